package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

// tally is what came of a year.
type tally struct {
	Lines    []tallyLine `json:"lines"`
	Wrong    []string    `json:"wrong"` // where ledger and world do not agree, item by item
	Compared int         `json:"compared"`
	Restarts int         `json:"restarts"`
	Passes   int         `json:"passes"`
	Acts     int         `json:"acts"`
	Looks    int         `json:"looks"`
	Calls    int         `json:"wechat_calls"`
	Spoiled  int         `json:"wechat_faults"`
	Unseen   int         `json:"page_faults"`
	Asked    int         `json:"asked"`       // copies of which a person had to say whether they are public
	Late     int         `json:"late"`        // editions that were public more than a minute after their moment
	Latest   string      `json:"latest"`      // the longest of these
	Lived    string      `json:"took_living"` // real time of the year
	Took     string      `json:"took"`        // with the count
	Chain    int         `json:"chained_moves"`
}

// tallyLine sets one figure of the report beside what the ledger has and what stands outside.
type tallyLine struct {
	What   string `json:"what"`
	Report int    `json:"report"`
	Ledger int    `json:"ledger"`
	World  int    `json:"world"`
}

// world is what stands outside, by the marker of a copy and how often.
type world map[string]map[string]int

// tally counts the year: in the ledger, outside, and item by item.
func (r *replay) tally(ctx context.Context) (*tally, error) {
	lived := time.Since(r.began)
	r.net.becalm()
	t := &tally{Restarts: r.restarts - 1, Passes: r.passes, Acts: r.done.Acts, Looks: r.done.Looks, Calls: r.net.calls, Spoiled: r.net.spoilt,
		Unseen: r.net.pages, Asked: r.asked, Lived: lived.Round(100 * time.Millisecond).String()}
	w, issues, err := r.outside()
	if err != nil {
		return nil, err
	}
	copies, err := r.compare(ctx, t, w)
	if err != nil {
		return nil, err
	}
	r.figures(t, w, copies, issues)
	if err := r.history(ctx, t); err != nil {
		return nil, err
	}
	t.Took = time.Since(r.began).Round(100 * time.Millisecond).String()
	return t, nil
}

// outside reads what stands on the website, on the account and in the gazette, without asking the program's own drivers.
func (r *replay) outside() (w world, issues int, err error) {
	w = world{"site": {}, "wechat": {}, "gazette": {}}
	root := r.h.cfg.Channels[0].Site.Root
	err = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".html") {
			if err == nil && e.Name() == "edition.json" {
				issues++
			}
			return err
		}
		page, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		head, ok := channels.HeadOf(page[:min(len(page), channels.HeadBytes)])
		if !ok || head.Withdrawn != "" {
			return nil
		}
		rel, err := filepath.Rel(root, path)
		name := "site"
		if strings.HasPrefix(rel, "gazette"+string(filepath.Separator)) {
			name = "gazette"
		}
		w[name][head.Marker]++
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read website: %w", err)
	}
	for _, article := range r.net.wechat.Articles() {
		if marker, ok := markerOf(article); ok {
			w["wechat"][marker]++
		}
	}
	return w, issues, nil
}

// counted is one public copy of the ledger.
type counted struct{ channel, ref string }

// compare goes through the ledger's public copies and looks each of them up in the world: there once, and in the approved words.
func (r *replay) compare(ctx context.Context, t *tally, w world) ([]counted, error) {
	var all []counted
	left := world{"site": {}, "wechat": {}, "gazette": {}}
	for name := range w {
		for marker, n := range w[name] {
			left[name][marker] = n
		}
	}
	var last int64
	for {
		entries, err := r.h.led.PublicPage(ctx, last, pageOfLooks)
		if err != nil {
			return nil, err
		}
		if len(entries) == 0 {
			break
		}
		last = entries[len(entries)-1].Copy.ID
		wrong := r.seen(ctx, entries)
		for i, e := range entries {
			c := e.Copy
			all = append(all, counted{c.Channel, e.Item.ExternalID})
			if n := w[c.Channel][c.Marker]; n != 1 {
				wrong[i] = fmt.Sprintf("在外面有%d份", n)
			}
			if c.State != press.CopyVerified {
				wrong[i] = "台账里是" + c.State.Name()
			}
			delete(left[c.Channel], c.Marker)
			if wrong[i] != "" {
				t.Wrong = append(t.Wrong, fmt.Sprintf("%s 在 %s：%s", e.Item.ExternalID, c.Channel, wrong[i]))
			}
		}
	}
	t.Compared = len(all)
	for name, markers := range left {
		for marker, n := range markers {
			t.Wrong = append(t.Wrong, fmt.Sprintf("%s 上有台账不认识的内容（标记 %s，%d份）", name, marker, n))
		}
	}
	slices.Sort(t.Wrong)
	return all, nil
}

// seen looks at entries as a reader does, several at a time, and says what is wrong with each.
func (r *replay) seen(ctx context.Context, entries []press.Entry) []string {
	wrong := make([]string, len(entries))
	var wg sync.WaitGroup
	places := make(chan struct{}, 4)
	for i, e := range entries {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			for _, l := range r.h.lanes {
				if o, ok := l.Driver.(channels.Observer); ok && l.Plan.Channel == e.Copy.Channel {
					s, err := o.Observe(ctx, e)
					if err != nil || s.Status != press.SeenEqual {
						wrong[i] = cmp.Or(s.Detail, "看不到")
					}
				}
			}
		})
	}
	wg.Wait()
	return wrong
}

// figures sets the report's numbers beside those of the ledger and of the world.
func (r *replay) figures(t *tally, w world, copies []counted, issues int) {
	byChannel, byCategory := map[string]int{}, map[string]int{}
	for _, c := range copies {
		byChannel[c.channel]++
		if c.channel == "site" {
			parts := strings.Split(c.ref, "-")
			byCategory[parts[1]]++
		}
	}
	there := map[string]int{}
	for name := range w {
		for _, n := range w[name] {
			there[name] += n
		}
	}
	t.Lines = append(t.Lines, tallyLine{"区政府网站主动发布信息", r.y.site, byChannel["site"], there["site"]},
		tallyLine{"微信公众号发布信息", r.y.wechat, byChannel["wechat"], there["wechat"]})
	editions, err := r.h.led.Editions(context.Background(), "gazette", time.Time{}, 100)
	out := 0
	for _, e := range editions {
		if e.State == press.EditionOut {
			out++
		}
	}
	if err != nil {
		t.Wrong = append(t.Wrong, "公报各期读不出来："+err.Error())
	}
	t.Lines = append(t.Lines, tallyLine{"政府公报（期）", r.y.issues, out, issues})
	columns := r.columns()
	for _, f := range r.y.categories {
		t.Lines = append(t.Lines, tallyLine{"其中：" + f.name, f.count, byCategory[f.short], columns[f.name]})
	}
	for _, l := range t.Lines {
		if l.Report != l.Ledger || l.Report != l.World {
			t.Wrong = append(t.Wrong, fmt.Sprintf("%s：报告%d，台账%d，外面%d", l.What, l.Report, l.Ledger, l.World))
		}
	}
}

// columns counts the website's item pages by the column that their own text names.
func (r *replay) columns() map[string]int {
	counts := map[string]int{}
	root := r.h.cfg.Channels[0].Site.Root
	_ = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".html") || strings.Contains(path, string(filepath.Separator)+"gazette"+string(filepath.Separator)) {
			return nil // what cannot be read is missing in the count, and so is noticed
		}
		page, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		if head, ok := channels.HeadOf(page[:min(len(page), channels.HeadBytes)]); !ok || head.Withdrawn != "" {
			return nil
		}
		for _, f := range r.y.categories {
			if strings.Contains(string(page), `<meta name="ColumnName" content="`+f.name+`"`) {
				counts[f.name]++
			}
		}
		return nil
	})
	return counts
}

// history reads what happened on the way: how late editions were, how often nobody knew, and whether the chains hold.
func (r *replay) history(ctx context.Context, t *tally) error {
	var latest time.Duration
	for _, name := range []string{"site", "wechat", "gazette"} {
		var before time.Time
		for {
			list, err := r.h.led.Editions(ctx, name, before, 500)
			if err != nil {
				return err
			}
			if len(list) == 0 {
				break
			}
			for _, e := range list {
				if e.State == press.EditionFailed {
					continue // nothing of it is out: what it held went out with another one, or is missed by the figures
				}
				late := e.OutAt.Sub(e.Slot.At)
				if late < 0 {
					t.Wrong = append(t.Wrong, fmt.Sprintf("%s 提前了%s", e.Key, -late))
				}
				if late > 10*time.Minute {
					t.Late++
				}
				latest = max(latest, late)
			}
			before = list[len(list)-1].Slot.At
		}
	}
	t.Latest = latest.Round(time.Second).String()
	read, broken, err := r.h.led.Chain(ctx)
	t.Chain = read
	for _, b := range broken {
		t.Wrong = append(t.Wrong, fmt.Sprintf("%s不连贯：%s", b.Place(), b.Why))
	}
	return err
}

// printTally prints what came of a year, and fails when anything is not as it should be.
func (a *app) printTally(t *tally) error {
	if a.json {
		if err := a.printJSON(t); err != nil {
			return err
		}
	} else {
		rows := [][]string{{"项目", "报告", "台账", "网上"}}
		for _, l := range t.Lines {
			rows = append(rows, []string{l.What, fmt.Sprint(l.Report), fmt.Sprint(l.Ledger), fmt.Sprint(l.World)})
		}
		table(a.out, rows)
		fmt.Fprintf(a.out, "\n逐篇核对%d份：标记在外面恰好一份，所见与签发文本一致；记录%d条，链条%s。\n", t.Compared, t.Chain, map[bool]string{true: "完整", false: "有误，见下"}[len(t.Wrong) == 0])
		fmt.Fprintf(a.out, "动作%d个，核验%d处，微信接口调用%d次，其中出故障%d次；核验的网页打不开%d次；在半途中断并重新启动%d次。\n",
			t.Acts, t.Looks, t.Calls, t.Spoiled, t.Unseen, t.Restarts)
		fmt.Fprintf(a.out, "查不清是否已经发布、由人核实并认定的%d份。\n", t.Asked)
		fmt.Fprintf(a.out, "没有一期提前；从时段到公开超过10分钟的%d期，最久的%s。\n一年用时 %s，连核对共 %s。\n", t.Late, t.Latest, t.Lived, t.Took)
		for _, w := range t.Wrong[:min(20, len(t.Wrong))] {
			fmt.Fprintln(a.out, "不符："+w)
		}
	}
	if len(t.Wrong) > 0 {
		return fmt.Errorf("有%d处不符", len(t.Wrong))
	}
	return nil
}
