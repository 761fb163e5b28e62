package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// BenchmarkLateness lets 2,000 items be due on the website over one minute, with the daemon as a process of its own, and tells how late
// each was: from its release time to the moment at which the channel said that it is public. Run it with -benchtime 1x.
func BenchmarkLateness(b *testing.B) {
	const items = 2000
	for b.Loop() {
		o := newOffice(b)
		start := time.Now().Add(45 * time.Second).Truncate(time.Second)
		for n := range items {
			at := start.Add(time.Duration(n) * time.Minute / items)
			o.item(n+1, map[string]any{"channels": []string{"site"}, "release_at": at.Format(time.RFC3339Nano)})
		}
		d := o.start("serve")
		if _, code := o.tongfa("add", "in/0", "in/1", "in/2"); code != 0 {
			b.Fatalf("add ended with %d", code)
		}
		if left := time.Until(start); left < 0 {
			b.Fatalf("filing took %s too long", -left)
		} else {
			b.ReportMetric(left.Seconds(), "s-to-spare")
		}
		o.within(3*time.Minute, "everything is out", func() bool {
			s, _ := o.tongfa("edition", "list", "--json", "--limit", fmt.Sprint(items+1))
			return countOut(s) == items
		})
		kill(d)
		late := o.lateness(b, items)
		at := func(p float64) float64 { return float64(late[int(p*float64(items-1))].Microseconds()) / 1000 }
		b.ReportMetric(at(0.5), "p50-ms")
		b.ReportMetric(at(0.99), "p99-ms")
		b.ReportMetric(at(1), "max-ms")
		if late[0] < 0 {
			b.Errorf("one was %s early", -late[0])
		}
		b.ReportMetric(0, "ns/op")
	}
}

// lateness reads from the ledger how late each edition was, sorted.
func (o *office) lateness(b *testing.B, items int) []time.Duration {
	led, err := ledger.Open(b.Context(), filepath.Join(o.dir, "data", "tongfa.db"), ledger.Rules{Limits: map[string]press.Limits{}})
	if err != nil {
		b.Fatal(err)
	}
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
