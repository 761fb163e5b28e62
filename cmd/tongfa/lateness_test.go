package main

import (
	"flag"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

var (
	lateItems = flag.Int("late.items", 2000, "items of BenchmarkLateness")
	lateOver  = flag.Duration("late.over", time.Minute, "over which BenchmarkLateness spreads their release")
)

// BenchmarkLateness lets items be due on the website one after another, with the daemon as a process of its own, and tells how late
// each was: from its release time to the moment at which the channel said that it is public. Run it with -benchtime 1x. Its rivals are in
// testdata/rivals.
func BenchmarkLateness(b *testing.B) {
	items, over := *lateItems, *lateOver
	for b.Loop() {
		o := newOffice(b)
		start := time.Now().Add(30*time.Second + time.Duration(items)*8*time.Millisecond).Truncate(time.Second)
		for n := range items {
			at := start.Add(time.Duration(n) * over / time.Duration(items))
			o.item(n+1, map[string]any{"channels": []string{"site"}, "release_at": at.Format(time.RFC3339Nano)})
		}
		d := o.start("serve")
		if _, code := o.tongfa(append([]string{"add"}, o.folders()...)...); code != 0 {
			b.Fatalf("add ended with %d", code)
		}
		if left := time.Until(start); left < 0 {
			b.Fatalf("filing took %s too long", -left)
		} else {
			b.ReportMetric(left.Seconds(), "s-to-spare")
		}
		<-time.After(time.Until(start.Add(over))) // who asks meanwhile is a load
		o.verified(3 * time.Minute)
		kill(d)
		used := d.ProcessState.UserTime() + d.ProcessState.SystemTime()
		b.ReportMetric(used.Seconds()*1000/float64(items), "cpu-ms/item")
		o.reportLateness(b, items)
		b.ReportMetric(0, "ns/op")
	}
}

// folders are those of the items that were written.
func (o *office) folders() []string {
	found, err := filepath.Glob(filepath.Join(o.dir, "in", "*"))
	if err != nil {
		o.t.Fatal(err)
	}
	for i, f := range found {
		found[i] = filepath.Join("in", filepath.Base(f))
	}
	return found
}

// verified waits until every copy on the website is, asking the ledger for one that is not.
func (o *office) verified(wait time.Duration) {
	led := o.ledger()
	defer led.Close()
	o.within(wait, "everything is verified", func() bool {
		left := 0
		for _, s := range []press.CopyState{press.Waiting, press.CopyHanded, press.CopyUnknown, press.CopyLive} {
			lines, _, err := led.Lines(o.t.Context(), ledger.Filter{Channel: "site", Copy: s, Limit: 1})
			if err != nil {
				o.t.Fatal(err)
			}
			left += len(lines)
		}
		return left == 0
	})
}

// ledger opens the office's ledger beside the daemon.
func (o *office) ledger() *ledger.Ledger {
	led, err := ledger.Open(o.t.Context(), filepath.Join(o.dir, "data", "tongfa.db"), ledger.Rules{Limits: map[string]press.Limits{}})
	if err != nil {
		o.t.Fatal(err)
	}
	return led
}

func (o *office) reportLateness(b *testing.B, items int) {
	late := o.lateness(b, items)
	at := func(p float64) float64 { return float64(late[int(p*float64(items-1))].Microseconds()) / 1000 }
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
	b.ReportMetric(at(1), "max-ms")
	if late[0] < 0 {
		b.Errorf("one was %s early", -late[0])
	}
}

// lateness reads from the ledger how late each edition was, sorted.
func (o *office) lateness(b *testing.B, items int) []time.Duration {
	led := o.ledger()
	defer led.Close()
	editions, err := led.Editions(b.Context(), "site", time.Time{}, items+1)
	if err != nil {
		b.Fatal(err)
	}
	if len(editions) != items {
		b.Fatalf("%d editions, want %d", len(editions), items)
	}
	var late []time.Duration
	for _, e := range editions {
		late = append(late, e.OutAt.Sub(e.Slot.At))
	}
	slices.Sort(late)
	return late
}
