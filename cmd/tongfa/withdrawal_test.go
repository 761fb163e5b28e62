package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

// outThere is what a reader may find of one item on one channel.
type outThere struct {
	channel, item, url, text string
}

// outsideOf lists the public copies with the words by which a reader would know each.
func (o *office) outsideOf() []outThere {
	o.t.Helper()
	led := o.ledger()
	defer led.Close()
	entries, err := led.PublicPage(o.t.Context(), 0, 100_000)
	if err != nil {
		o.t.Fatal(err)
	}
	var out []outThere
	for _, e := range entries {
		var n int
		if _, err := fmt.Sscanf(e.Item.ExternalID, "oa-%d", &n); err != nil {
			o.t.Fatal(err)
		}
		out = append(out, outThere{e.Copy.Channel, e.Item.ExternalID, e.Copy.URL, fmt.Sprintf("现就第%d号事项通知如下", n)})
	}
	return out
}

// stillThere asks the outside, and not the ledger, what of a list a reader still finds.
func (o *office) stillThere(list []outThere) []outThere {
	o.t.Helper()
	return slices.DeleteFunc(slices.Clone(list), func(x outThere) bool {
		shown, err := pageAt(x.url)
		return err == nil && !strings.Contains(shown, x.text)
	})
}

func pageAt(url string) (string, error) {
	r, err := http.Get(url)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if r.StatusCode >= http.StatusInternalServerError {
		err = errors.Join(err, errors.New(r.Status))
	}
	return string(b), err
}

// withdrawn withdraws items by one command and waits until a reader finds none of them. It tells how long the command took, and how long it
// was until the last was gone from each channel.
func (o *office) withdrawn(wait time.Duration, refs ...string) (command time.Duration, gone map[string]time.Duration) {
	o.t.Helper()
	all := o.outsideOf()
	list := slices.DeleteFunc(slices.Clone(all), func(x outThere) bool { return !slices.Contains(refs, x.item) })
	if there := o.stillThere(list); len(there) != len(list) || len(list) != 3*len(refs) {
		o.t.Fatalf("of %d copies of %d items %d are there", len(list), len(refs), len(there))
	}
	began, ended := time.Now(), make(chan time.Duration, 1)
	go func() {
		text, code := o.tongfa(append([]string{"withdraw", "--reason", "内容有误"}, refs...)...)
		if code != 0 {
			o.t.Errorf("withdraw ended with %d:\n%s", code, text)
		}
		ended <- time.Since(began)
	}()
	gone = map[string]time.Duration{}
	left := list
	o.within(wait, "everything is gone", func() bool {
		left = o.stillThere(left)
		for _, name := range []string{"site", "wechat", "gazette"} {
			there := slices.ContainsFunc(left, func(x outThere) bool { return x.channel == name })
			if _, was := gone[name]; !there && !was {
				gone[name] = time.Since(began)
			}
		}
		return len(left) == 0
	}, func() any { return left })
	command = <-ended
	others := slices.DeleteFunc(all, func(x outThere) bool { return slices.Contains(refs, x.item) })
	if there := o.stillThere(others); len(there) != len(others) {
		o.t.Errorf("of %d copies of other items only %d are left", len(others), len(there))
	}
	return command, gone
}

// refs are the names of items.
func refs(from, to int) (out []string) {
	for n := from; n <= to; n++ {
		out = append(out, fmt.Sprintf("oa-%05d", n))
	}
	return out
}

// eight is a WeChat channel that nobody counts the calls of, with eight articles in a message.
var eight = strings.NewReplacer("when: on release\n", "when: [\"@every 3s\"]\n    per_message: 8\n", "{draft_add:", "{draft_get: 1000000, draft_add:").Replace(hurried)

// issued makes an office in which so many items are out on all three channels and verified. WeChat strikes only after the pages are there, so that
// its messages are full.
func issued(t testing.TB, wechat string, items int, outside ...string) (o *office, end func()) {
	t.Helper()
	o = newOfficeWith(t, wechat, outside...)
	yaml, err := os.ReadFile(filepath.Join(o.dir, "tongfa.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	o.write("tongfa.yaml", bytes.Replace(yaml, []byte(`when: ["@every 3s"]`), []byte(`when: ["0 0 1 1 *"]`), 1))
	o.file(1, items, "site", "wechat", "gazette")
	d := o.start("serve")
	o.within(2*time.Minute, "website and gazette are verified", func() bool { return o.count("verified") == 2*items })
	kill(d)
	o.write("tongfa.yaml", yaml)
	d = o.start("serve")
	var last statusOut
	o.within(4*time.Minute, "everything is verified", func() bool { last = o.status(); return last.everywhere("verified") }, func() any { return last.tally() })
	return o, func() { kill(d) }
}

// TestWithdrawnFromEveryChannel takes back one item, and then twenty by one command: they are gone for readers of all three channels, and the
// others stay.
func TestWithdrawnFromEveryChannel(t *testing.T) {
	t.Parallel()
	o, end := issued(t, eight, 23, "--review", "300ms", "--unlimited")
	defer end()
	for _, list := range [][]string{refs(1, 1), refs(2, 21)} {
		command, gone := o.withdrawn(time.Minute, list...)
		t.Logf("%d items: command %s, gone after %v", len(list), short(command), gone)
		o.until("the ledger says so", func() bool { return o.count("withdrawn") >= 3*len(list) })
	}
	if got := o.count("withdrawn"); got != 63 {
		t.Errorf("%d copies are withdrawn, want 63", got)
	}
	if got := o.count("verified"); got != 6 {
		t.Errorf("%d copies are verified, want 6", got)
	}
	// The first; what is left of its message and the whole of the next by one each; and of the third, of which two stay, one by one.
	if calls := o.effects("article-delete"); calls != 1+1+1+5 {
		t.Errorf("%d deletions at the stand-in", calls)
	}
}

// TestWithdrawnWithinTheQuota withdraws three messages of eight with one deletion a day: the others wait for the next day and say so, also
// after the next look.
func TestWithdrawnWithinTheQuota(t *testing.T) {
	t.Parallel()
	o, end := issued(t, strings.Replace(eight, "freepublish_delete: 1000000", "freepublish_delete: 1", 1), 24, "--review", "300ms")
	defer end()
	list := o.outsideOf()
	text, code := o.tongfa(append([]string{"withdraw", "--reason", "内容有误"}, refs(1, 24)...)...)
	if code != 0 || !strings.Contains(text, "次日零时后自动继续") {
		t.Errorf("withdraw ended with %d:\n%s", code, text)
	}
	looked := o.looksOn("wechat")
	var last statusOut
	done := func() bool { last = o.status(); return last.settledButWeChat() }
	o.until("what can be done is done", done)
	o.until("the rest is looked at again", func() bool { return o.looksOn("wechat") > looked })
	if !done() {
		t.Errorf("after a look nothing says why it waits: %v", last.tally())
	}
	if left := o.stillThere(list); len(left) != 16 || o.effects("article-delete") != 1 {
		t.Errorf("%d articles are left after %d deletions", len(left), o.effects("article-delete"))
	}
}

// looksOn is how often the copies on a channel were seen to be right.
func (o *office) looksOn(channel string) (n int) {
	o.t.Helper()
	led := o.ledger()
	defer led.Close()
	list, err := led.PublicPage(o.t.Context(), 0, 10_000)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, e := range list {
		if e.Copy.Channel == channel {
			n += e.Copy.Looks
		}
	}
	return n
}

// effects counts what the stand-in did of a kind.
func (o *office) effects(kind string) (n int) {
	o.t.Helper()
	var list []struct{ Kind string }
	if err := o.get("http://"+o.wx+"/_standin/effects", &list); err != nil {
		o.t.Fatal(err)
	}
	for _, e := range list {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// BenchmarkWithdrawal tells how long it takes from the command until the last reader finds nothing more, for 1 item and for 100, with nobody
// counting the calls. Run it with -benchtime 1x.
func BenchmarkWithdrawal(b *testing.B) {
	for _, items := range []int{1, 100} {
		b.Run(fmt.Sprintf("items=%d", items), func(b *testing.B) {
			for b.Loop() {
				o, end := issued(b, eight, items, "--review", "300ms", "--unlimited")
				command, gone := o.withdrawn(2*time.Minute, refs(1, items)...)
				b.ReportMetric(command.Seconds(), "command-s")
				for name, took := range gone {
					b.ReportMetric(took.Seconds(), name+"-s")
				}
				end()
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkWithdrawalWithinQuotas withdraws 100 items within the ten deletions of a day: tells how many are gone from WeChat the same day, and
// what is said of the others.
func BenchmarkWithdrawalWithinQuotas(b *testing.B) {
	for b.Loop() {
		o, end := issued(b, strict, 100, "--review", "1s")
		defer end()
		list := o.outsideOf()
		began := time.Now()
		text, code := o.tongfa(append([]string{"withdraw", "--reason", "内容有误"}, refs(1, 100)...)...)
		b.ReportMetric(time.Since(began).Seconds(), "command-s")
		if code != 0 {
			b.Errorf("withdraw ended with %d:\n%s", code, text)
		}
		var last statusOut
		o.within(time.Minute, "the other channels are done, and the rest waits", func() bool { last = o.status(); return last.settledButWeChat() },
			func() any { return last.tally() })
		left := o.stillThere(list)
		b.ReportMetric(time.Since(began).Seconds(), "all-but-the-rest-s")
		b.ReportMetric(float64(100-len(left)), "gone-on-wechat")
		if slices.ContainsFunc(left, func(x outThere) bool { return x.channel != "wechat" }) {
			b.Errorf("left elsewhere: %v", left)
		}
		for what, n := range last.tally() {
			b.Logf("%3d %s", n, what)
		}
		b.Logf("the command ended with:\n%s", text[max(0, strings.LastIndex(text, "oa-00100")):])
		end()
	}
	b.ReportMetric(0, "ns/op")
}

// settledButWeChat reports whether everything is withdrawn but what WeChat says to have put off.
func (s statusOut) settledButWeChat() bool {
	for _, it := range s.Items {
		for name, c := range it.Channels {
			if c["state"] != string(press.CopyWithdrawn) && (name != "wechat" || !strings.Contains(c["note"], "次日零时")) {
				return false
			}
		}
	}
	return true
}
