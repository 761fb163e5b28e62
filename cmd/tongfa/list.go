package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tongfa/ledger"
	"tongfa/press"
)

// sensible refuses a filter that could only give an empty list, or another one than was meant.
func (a *app) sensible(h *house, f ledger.Filter) error {
	known := []press.State{"", press.Draft, press.Submitted, press.Returned, press.Approved, press.Scheduled, press.GoingOut, press.Everyone,
		press.Partly, press.Hand, press.Corrected, press.Withdrawn}
	_, channel := h.cfg.Channel(f.Channel)
	a.begun = false
	switch {
	case f.Limit < 1 || f.Limit > 1000:
		return fmt.Errorf("--limit 要写 1 到 1000，现在是 %d", f.Limit)
	case !slices.Contains(known, f.State):
		return fmt.Errorf("--state 没有“%s”这个状态，可用的有：%s", f.State, strings.Trim(fmt.Sprint(known), "[ ]"))
	case f.Copy != "" && !slices.Contains(press.CopyStates(), f.Copy):
		return fmt.Errorf("--copy 没有“%s”这个状态，可用的有：%s", f.Copy, strings.Trim(fmt.Sprint(press.CopyStates()), "[]"))
	case !slices.Contains([]ledger.Wait{"", ledger.ForGate, ledger.ForRelease, ledger.ForRestore, ledger.ForStranger}, f.Waits):
		return fmt.Errorf("--waits 没有“%s”，可用的有：gate hold restore stranger", f.Waits)
	case f.Channel != "" && !channel:
		return fmt.Errorf("--channel：配置里没有叫“%s”的渠道", f.Channel)
	}
	a.begun = true
	return nil
}

// filterFlags are the options by which list and status choose items.
func filterFlags(c *cobra.Command) *ledger.Filter {
	var f ledger.Filter
	c.Flags().StringVar((*string)(&f.State), "state", "", "稿件状态，如 scheduled、needs_hand、live")
	c.Flags().StringVar(&f.Channel, "channel", "", "要在这个渠道发布的")
	c.Flags().StringVar((*string)(&f.Copy), "copy", "", "在渠道上处于这个状态的，如 unknown、verified、differs")
	c.Flags().StringVar((*string)(&f.Waits), "waits", "", "在等什么的：gate 检查未过，hold 已暂缓，restore 恢复后待查明，stranger 渠道上已有同名内容")
	c.Flags().StringVar(&f.Title, "find", "", "标题、文号或编号里有这些字")
	c.Flags().IntVar(&f.Limit, "limit", 50, "最多列几篇（1 到 1000）")
	c.Flags().StringVar(&f.After, "after", "", "接着上一页：上一页末尾给出的翻页标记")
	return &f
}

func (a *app) listCmd() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "列出稿件，新的在前", Args: noArgs}
	f := filterFlags(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.within(c.Context(), func(h *house) error { return a.list(c.Context(), h, *f) })
	}
	return c
}

type listed struct {
	ID          press.ItemID `json:"id"`
	ExternalID  string       `json:"external_id"`
	IndexNumber string       `json:"index_number"`
	Kind        press.Kind   `json:"kind"`
	Title       string       `json:"title"`
	State       press.State  `json:"state"`
	FiledAt     string       `json:"filed_at"`
	ReleaseAt   string       `json:"release_at,omitempty"`
}

func (a *app) list(ctx context.Context, h *house, f ledger.Filter) error {
	if err := a.sensible(h, f); err != nil {
		return err
	}
	lines, after, err := h.led.Lines(ctx, f)
	if err != nil {
		return err
	}
	if a.json {
		out := struct {
			Items []listed `json:"items"`
			After string   `json:"after,omitempty"`
		}{[]listed{}, after}
		for _, l := range lines {
			out.Items = append(out.Items, listed{l.Item.ID, l.Item.ExternalID, l.Item.IndexNumber, l.Item.Kind, l.Title, l.Shown,
				stamp(l.Item.FiledAt), stamp(l.Item.ReleaseAt)})
		}
		return a.printJSON(out)
	}
	rows := [][]string{{"编号", "状态", "种类", "报送", "标题"}}
	for _, l := range lines {
		rows = append(rows, []string{string(l.Item.ID), l.Shown.Name(), l.Item.Kind.Name(), at(l.Item.FiledAt, h.cfg.Timezone), l.Title})
	}
	table(a.out, fitted(a.out, rows))
	a.more(after)
	return nil
}

func (a *app) more(after string) {
	if after != "" {
		fmt.Fprintf(a.out, "还有，看下一页：--after %s\n", after)
	}
}

func (a *app) statusCmd() *cobra.Command {
	c := &cobra.Command{Use: "status", Short: "同步状态：稿件 × 渠道", Args: noArgs}
	f := filterFlags(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.within(c.Context(), func(h *house) error { return a.status(c.Context(), h, *f) })
	}
	return c
}

// onChannel is a cell of the matrix in JSON.
type onChannel struct {
	State   press.CopyState `json:"state"`
	URL     string          `json:"url"`
	Since   string          `json:"since"`
	Edition string          `json:"edition"`
	Note    string          `json:"note"`
}

type statusLine struct {
	ID         press.ItemID         `json:"id"`
	ExternalID string               `json:"external_id"`
	Title      string               `json:"title"`
	State      press.State          `json:"state"`
	Channels   map[string]onChannel `json:"channels"`
}

func (a *app) status(ctx context.Context, h *house, f ledger.Filter) error {
	if err := a.sensible(h, f); err != nil {
		return err
	}
	lines, after, err := h.led.Lines(ctx, f)
	if err != nil {
		return err
	}
	now := h.now()
	if a.json {
		out := struct {
			At    string       `json:"at"`
			Items []statusLine `json:"items"`
			After string       `json:"after,omitempty"`
		}{now.In(h.cfg.Timezone).Format(time.RFC3339), []statusLine{}, after}
		for _, l := range lines {
			out.Items = append(out.Items, statusLine{l.Item.ID, l.Item.ExternalID, l.Title, l.Shown, h.cells(l)})
		}
		return a.printJSON(out)
	}
	if err := a.health(ctx, h, now); err != nil {
		return err
	}
	table(a.out, fitted(a.out, h.matrix(lines)))
	a.more(after)
	return nil
}

// cells are an item's copies by channel; a channel where it is not wanted says so.
func (h *house) cells(l ledger.Line) map[string]onChannel {
	out := map[string]onChannel{}
	for _, c := range h.cfg.Channels {
		out[c.Name] = onChannel{State: press.NotWanted}
	}
	for _, c := range l.Copies {
		out[c.Channel] = onChannel{c.State, c.URL, stamp(c.Since), c.Edition, cmp.Or(c.Task, c.Note, c.Behind(l.Item))}
	}
	return out
}

// matrix is the table of items and channels, with what a person should know under each item.
func (h *house) matrix(lines []ledger.Line) [][]string {
	head := []string{"编号", "状态"}
	for _, c := range h.cfg.Channels {
		head = append(head, c.Name)
	}
	rows := [][]string{append(head, "标题")}
	for _, l := range lines {
		row := []string{string(l.Item.ID), l.Shown.Name()}
		for _, c := range h.cfg.Channels {
			word := ""
			for _, cp := range l.Copies {
				if cp.Channel == c.Name {
					word = cell(cp)
				}
			}
			row = append(row, cmp.Or(word, "– 不发布"))
		}
		rows = append(rows, append(row, l.Title))
	}
	return rows
}

// health is the strip above the matrix.
func (a *app) health(ctx context.Context, h *house, now time.Time) error {
	s, err := h.led.Health(ctx, now)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s  服务：%s\n", at(now, h.cfg.Timezone), cmp.Or(s.Holder, "没有运行（到时间的稿件不会发出，运行 tongfa serve）"))
	fmt.Fprintf(a.out, "待核实 %d  需人工 %d  不一致 %d  未通过 %d  检查未过 %d  暂缓 %d  逾时 %d  待发布 %d\n",
		s.Unknown, s.NeedsHand+s.Tasks, s.Differs, s.Refused, s.Blocked, s.Held, s.Overdue, s.Waiting)
	for _, w := range []struct {
		n    int
		says string
	}{
		{s.Closed, "! %d个渠道在恢复以后还没有普查，普查以前不发布（tongfa check）"},
		{s.Doubtful, "! %d篇可能已经发布过，查明以前不发布（tongfa list --waits restore，--waits stranger）"},
		{s.Strangers, "! 渠道上有%d件内容不在台账里（tongfa stranger list）"},
	} {
		if w.n > 0 {
			paragraph(a.out, "", fmt.Sprintf(w.says, w.n))
		}
	}
	fmt.Fprintln(a.out)
	return nil
}
