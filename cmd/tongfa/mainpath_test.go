//go:build unix

package main

import (
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"tongfa/intake"
	"tongfa/ledger"
)

// siteYAML is an office with nothing but a website. It has one value for each %s: desk and site.
const siteYAML = `office: 示例区人民政府办公室
data: ./data
listen: %[1]s
allow_private: [127.0.0.0/8]
channels:
  site:
    kind: site
    when: on release
    rehearsal: true
    root: ./public
    url: http://%[2]s
    serve: %[2]s
    site_name: 示例区人民政府
    site_id_code: "3700000001"
`

// BenchmarkMainPath takes items the whole way on the website, from the release to the verified page, with the daemon in this process, and
// tells what one item costs: once with all items due at the same moment, and once at the pace of two thousand a minute.
func BenchmarkMainPath(b *testing.B) {
	for _, c := range []struct {
		name  string
		items int
		every time.Duration
	}{{"at once", 500, 0}, {"2000 a minute", 500, 30 * time.Millisecond}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				mainPath(b, c.items, c.every)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// mainPath files items that are due one after another and measures from the first release until the last page is verified.
func mainPath(b *testing.B, items int, every time.Duration) {
	o := &office{t: b, dir: b.TempDir(), deskAt: freePort(b), siteAt: freePort(b)}
	o.write("tongfa.yaml", fmt.Appendf(nil, siteYAML, o.deskAt, o.siteAt))
	a := &app{out: io.Discard, err: io.Discard, config: filepath.Join(o.dir, "tongfa.yaml")}
	err := a.within(b.Context(), func(h *house) error {
		start := time.Now().Add(time.Duration(items) * 8 * time.Millisecond)
		packages := o.packages(h, items, start, every)
		return a.serve(b.Context(), h, func(d *daemon) error {
			for _, p := range packages {
				if _, err := h.file(b.Context(), p, "王某", time.Now()); err != nil {
					return err
				}
			}
			d.sched.Wake()
			if time.Now().After(start) {
				return fmt.Errorf("filing took %s too long", time.Since(start))
			}
			<-time.After(time.Until(start.Add(-100 * time.Millisecond)))
			before := spentBy(b, h.led)
			<-time.After(time.Until(start.Add(time.Duration(items) * every))) // the asking costs too
			o.verified(2 * time.Minute)
			before.report(b, spentBy(b, h.led), items)
			return nil
		})
	})
	if err != nil {
		b.Fatal(err)
	}
	o.reportLateness(b, items)
}

// packages are items that are wanted on the website only.
func (o *office) packages(h *house, items int, start time.Time, every time.Duration) []intake.Package {
	for n := range items {
		at := start.Add(time.Duration(n) * every)
		o.item(n+1, map[string]any{"channels": []string{"site"}, "release_at": at.Format(time.RFC3339Nano)})
	}
	packages, err := intake.Read(filepath.Join(o.dir, "in"), h.reading(nil))
	if err != nil {
		o.t.Fatal(err)
	}
	return packages
}

// spent is what this process has used so far.
type spent struct {
	cpu     time.Duration
	allocs  uint64
	commits int64
	at      time.Time
}

func spentBy(b *testing.B, led *ledger.Ledger) spent {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	_, commits := led.Written()
	return spent{time.Duration(u.Utime.Nano() + u.Stime.Nano()), m.Mallocs, commits, time.Now()}
}

func (s spent) report(b *testing.B, until spent, items int) {
	n := float64(items)
	b.ReportMetric(n/until.at.Sub(s.at).Seconds(), "items/s")
	b.ReportMetric((until.cpu-s.cpu).Seconds()*1000/n, "cpu-ms/item")
	b.ReportMetric(float64(until.commits-s.commits)/n, "commits/item")
	b.ReportMetric(float64(until.allocs-s.allocs)/n, "allocs/item")
}
