package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tongfa/press"
)

// front is somebody else's web server before the folder of the website. It can be told to send readers elsewhere.
type front struct {
	mu    sync.Mutex
	moved map[string]string
}

func (f *front) move(path, to string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.moved[path] = to
}

// serveFront lets such a server answer at the address of the office's website.
func (o *office) serveFront() *front {
	o.t.Helper()
	f := &front{moved: map[string]string{}}
	files := http.FileServer(http.Dir(filepath.Join(o.dir, "public")))
	l, err := net.Listen("tcp", o.siteAt)
	if err != nil {
		o.t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		to := f.moved[r.URL.Path]
		f.mu.Unlock()
		if to != "" {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		files.ServeHTTP(w, r)
	})}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	o.t.Cleanup(func() {
		if err := errors.Join(s.Close(), <-ended); !errors.Is(err, http.ErrServerClosed) {
			o.t.Error(err)
		}
	})
	return f
}

// What somebody does to a page, and to an article.
var (
	onTheSite  = []string{"words edited", "page deleted", "attachment replaced", "page replaced", "redirected"}
	onTheChat  = []string{"article deleted", "article banned", "article edited"}
	attachedTo = regexp.MustCompile(`href="([^"]+\.csv)"`)
)

// detection is an office whose public copies are tampered with.
type detection struct {
	*office
	front *front
	dice  *rand.Rand
	done  map[string]done // by channel and item
}

// done is what was done to one copy, and when.
type done struct {
	how string
	at  time.Time
}

// detecting makes an office with so many verified pages and articles, which the daemon looks at again after so long, and at so many of a
// channel a second at most.
func detecting(t testing.TB, after string, looks, pages, articles int) *detection {
	t.Helper()
	o := newOffice(t)
	yaml := strings.Replace(o.yaml(), "verify: {after: [10s, 1m]}", "verify: {after: ["+after+"]}", 1)
	yaml = strings.Replace(yaml, "    serve: "+o.siteAt+"\n", "", 1)
	yaml = strings.ReplaceAll(yaml, "    rehearsal: true\n", fmt.Sprintf("    rehearsal: true\n    looks: %d\n", looks))
	o.write("tongfa.yaml", []byte(yaml))
	d := &detection{office: o, front: o.serveFront(), dice: rand.New(rand.NewPCG(5, uint64(pages))), done: map[string]done{}}
	o.write("in/0/list.csv", []byte("序号,事项\n1,供暖\n"))
	for n := range pages {
		channels := []string{"site"}
		if n < articles {
			channels = []string{"site", "wechat"}
		}
		o.item(n+1, map[string]any{"channels": channels, "attachments": []string{"list.csv"}})
	}
	if text, code := o.tongfa("add", "in/0"); code != 0 {
		t.Fatalf("add ended with %d:\n%s", code, text)
	}
	daemon := o.start("serve")
	t.Cleanup(func() { kill(daemon) })
	o.within(3*time.Minute, "everything is verified", func() bool { return o.status().everywhere("verified") })
	return d
}

// public are the copies of a channel that nobody has tampered with, in no order.
func (d *detection) public(channel string) []press.Entry {
	d.t.Helper()
	led := d.ledger()
	defer led.Close()
	list, err := led.PublicPage(d.t.Context(), 0, 10_000)
	if err != nil {
		d.t.Fatal(err)
	}
	list = slices.DeleteFunc(list, func(e press.Entry) bool {
		_, yes := d.done[channel+" "+string(e.Item.ID)]
		return yes || e.Copy.Channel != channel
	})
	d.dice.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// tamperAll does each of the things so many times, at random moments.
func (d *detection) tamperAll(channel string, ways []string, times int, pause time.Duration) {
	d.t.Helper()
	list := d.public(channel)
	for n := range times * len(ways) {
		<-time.After(time.Duration(d.dice.Int64N(int64(2 * pause))))
		d.tamperWith(list[n], ways[n%len(ways)])
	}
}

func (d *detection) tamperWith(e press.Entry, how string) {
	d.t.Helper()
	at := time.Now()
	var err error
	switch how {
	case "article deleted":
		d.order("delete-article", map[string]any{"article": e.Copy.URL})
	case "article banned":
		d.order("ban-article", map[string]any{"article": e.Copy.URL})
	case "article edited":
		d.order("edit-article", map[string]any{"article": e.Copy.URL, "content": "<p>本通知暂缓执行。</p>"})
	default:
		err = d.tamperPage(e, how)
	}
	if err != nil {
		d.t.Fatalf("%s: %v", how, err)
	}
	d.done[e.Copy.Channel+" "+string(e.Item.ID)] = done{how, at}
}

func (d *detection) tamperPage(e press.Entry, how string) error {
	u, err := url.Parse(e.Copy.URL)
	if err != nil {
		return err
	}
	root := filepath.Join(d.dir, "public")
	path := filepath.Join(root, filepath.FromSlash(u.Path))
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	switch how {
	case "words edited":
		edited := bytes.ReplaceAll(page, []byte("认真贯彻执行"), []byte("暂缓贯彻执行"))
		if bytes.Equal(edited, page) {
			return errors.New("there is nothing to edit")
		}
		return put(path, edited)
	case "page deleted":
		return os.Remove(path)
	case "page replaced":
		return put(path, []byte("<!doctype html><html><head><title>恭喜发财</title></head><body><p>点击领取</p></body></html>"))
	case "redirected":
		d.front.move(u.Path, "/")
		return nil
	}
	found := attachedTo.FindSubmatch(page)
	if found == nil {
		return fmt.Errorf("no attachment in %s", path)
	}
	file, err := u.Parse(string(found[1]))
	if err != nil {
		return err
	}
	name := filepath.Join(root, filepath.FromSlash(file.Path))
	whole, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return put(name, bytes.ReplaceAll(whole, []byte("供"), []byte("停"))) // of the same size
}

// put replaces a file as a careful program does, so that nobody sees half of it.
func put(path string, data []byte) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.WriteFile(path+".new", data, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// lags waits until there is an alarm for everything that was done, and tells how long each took, by what was done. An alarm about a copy that
// nobody has touched is an error.
func (d *detection) lags() map[string][]time.Duration {
	d.t.Helper()
	led := d.ledger()
	defer led.Close()
	var open []press.Alarm
	d.within(2*time.Minute, "an alarm for each", func() bool {
		all, err := led.OpenAlarms(d.t.Context())
		if err != nil {
			d.t.Fatal(err)
		}
		open = slices.DeleteFunc(all, func(a press.Alarm) bool { return a.Item == "" })
		seen := map[string]bool{}
		for _, a := range open {
			seen[a.Channel+" "+string(a.Item)] = true
		}
		return len(seen) >= len(d.done)
	}, func() any { return fmt.Sprintf("%d alarms for %d", len(open), len(d.done)) })
	out := map[string][]time.Duration{}
	for _, a := range open {
		did, yes := d.done[a.Channel+" "+string(a.Item)]
		if !yes {
			d.t.Errorf("an alarm about what nobody has touched: %s", a.Text)
			continue
		}
		if len(out[did.how]) == 0 {
			d.t.Logf("%s: %s", did.how, a.Text)
		}
		out[did.how] = append(out[did.how], a.Opened.Sub(did.at))
	}
	return out
}

// TestTamperingIsDetected tampers with a few pages and articles in every way, at random moments, while the daemon looks at all of them once a
// second: each is an alarm soon, and nothing else is.
func TestTamperingIsDetected(t *testing.T) {
	t.Parallel()
	d := detecting(t, "1s", 1000, 25, 6)
	d.tamperAll("site", onTheSite, 2, 50*time.Millisecond)
	d.tamperAll("wechat", onTheChat, 1, 50*time.Millisecond)
	for how, list := range d.lags() {
		t.Logf("%-20s %v", how, list)
		if slowest := slices.Max(list); slowest < 0 || slowest > 20*time.Second {
			t.Errorf("%s: the alarm came after %s", how, slowest)
		}
	}
}

// BenchmarkDetection tells how long it takes from tampering with one of 300 pages, or of 12 articles, to the alarm, and how many pages a minute
// are looked at meanwhile. The timetable of the looks is in the name, and how many a second a channel allows: 20 are what the program asks of a
// website that it does not serve itself unless it is told otherwise. Run it with -benchtime 1x; BenchmarkVerification is about the most.
func BenchmarkDetection(b *testing.B) {
	for _, c := range []struct {
		after string
		looks int
	}{{"10s", 1000}, {"1s", 1000}, {"1s", 20}} {
		b.Run(fmt.Sprintf("every=%s/looks=%d", c.after, c.looks), func(b *testing.B) {
			for b.Loop() {
				d := detecting(b, c.after, c.looks, 300, 12)
				began, before := time.Now(), d.rightLooks()
				d.tamperAll("site", onTheSite, 20, 200*time.Millisecond)
				d.tamperAll("wechat", onTheChat, 4, 500*time.Millisecond)
				b.ReportMetric(d.pace(before, began), "pages/min")
				d.report(b)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// rightLooks is how often each page that nobody has tampered with was seen to be right.
func (d *detection) rightLooks() map[press.ItemID]int {
	out := map[press.ItemID]int{}
	for _, e := range d.public("site") {
		out[e.Item.ID] = e.Copy.Looks
	}
	return out
}

// looksSince counts the looks at those that are still as they were.
func (d *detection) looksSince(before map[press.ItemID]int) (n int) {
	for id, looks := range d.rightLooks() {
		n += looks - before[id]
	}
	return n
}

// pace is how many pages a minute were looked at, those that were tampered with reckoned like the others.
func (d *detection) pace(before map[press.ItemID]int, began time.Time) float64 {
	untouched := len(d.public("site"))
	return float64(d.looksSince(before)) / float64(untouched) * float64(len(before)) / time.Since(began).Minutes()
}

func (d *detection) report(b *testing.B) {
	pages, articles := []time.Duration{}, []time.Duration{}
	for how, list := range d.lags() {
		slices.Sort(list)
		b.Logf("%-20s n=%d min %v median %v max %v", how, len(list), short(list[0]), short(list[len(list)/2]), short(list[len(list)-1]))
		if slices.Contains(onTheChat, how) {
			articles = append(articles, list...)
		} else {
			pages = append(pages, list...)
		}
	}
	for kind, list := range map[string][]time.Duration{"page": pages, "article": articles} {
		slices.Sort(list)
		for name, p := range map[string]float64{"p50": 0.5, "p99": 0.99, "max": 1} {
			b.ReportMetric(list[int(p*float64(len(list)-1))].Seconds(), kind+"-"+name+"-s")
		}
	}
}

func short(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
