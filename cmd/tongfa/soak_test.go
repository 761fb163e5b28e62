package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

var (
	soakTime = flag.Duration("soak", 15*time.Second, "how long TestSoak runs; an hour by hand")
	soakDays = flag.Int("soak.days", 3, "working days that TestSoak lives through meanwhile; a month has 22")
)

// reading is what a process holds at a moment.
type reading struct {
	at         time.Duration
	heap       uint64 // bytes that are reachable
	goroutines int
	files      int // open file descriptors
}

func read(since time.Time) reading {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fds, _ := os.ReadDir("/proc/self/fd") // nothing where there is no such folder
	return reading{time.Since(since).Round(time.Second), m.HeapAlloc, runtime.NumGoroutine(), len(fds)}
}

// TestSoak lets the daemon's clockwork run with a clock that is many times as fast as ours, with faults, corrections and withdrawals, and
// looks whether anything grows that must not: goroutines, open files, memory. By hand, for a simulated month in an hour:
//
//	go test -race ./cmd/tongfa -run Soak -soak 1h -soak.days 22 -timeout 2h -v
func TestSoak(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("month", soak)
	for start := time.Now(); runtime.NumGoroutine() > before+2; <-time.After(50 * time.Millisecond) {
		if time.Since(start) > 10*time.Second {
			t.Fatalf("%d goroutines are left of it, %d were there before", runtime.NumGoroutine(), before)
		}
	}
}

func soak(t *testing.T) {
	a := &app{out: io.Discard, err: io.Discard}
	dir := t.TempDir()
	r, err := a.newReplay(year2019, dir, 0.02, 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := removeAll(dir); err != nil {
			t.Error(err)
		}
	}()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.sched.Run(ctx) }()
	s := &soaking{t: t, r: r, began: time.Now()}
	s.days()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := r.leave(); err != nil {
		t.Error(err)
	}
	s.judge()
}

type soaking struct {
	t        *testing.T
	r        *replay
	began    time.Time
	filed    int
	readings []reading
	last     time.Time // of the readings
}

// days lives through the working days, each as long as the others, and then waits until nothing is open any more.
func (s *soaking) days() {
	each := *soakTime / time.Duration(*soakDays)
	for day := range *soakDays {
		morning := morning(s.r.items[s.filed].at)
		s.r.set(later(morning, s.r.now()))
		n, err := s.r.file(s.t.Context(), s.r.items[s.filed:])
		if err != nil {
			s.t.Fatal(err)
		}
		today := s.r.items[s.filed : s.filed+n]
		s.filed += n
		s.r.sched.Wake()
		s.run(morning.Add(24*time.Hour), each)
		if day > 0 { // what is out since yesterday is corrected and withdrawn
			s.change(today)
		}
	}
	s.r.net.becalm()
	for range 200 { // two more days for what is still on its way
		s.r.set(s.r.now().Add(15 * time.Minute))
		s.r.sched.Wake()
		<-time.After(10 * time.Millisecond)
	}
	s.read()
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// run lets the clock run to a moment, over a real time.
func (s *soaking) run(until time.Time, over time.Duration) {
	const tick = 10 * time.Millisecond
	from := s.r.now()
	for start := time.Now(); ; <-time.After(tick) {
		part := min(1, float64(time.Since(start))/float64(over))
		s.r.set(from.Add(time.Duration(part * float64(until.Sub(from)))))
		s.r.net.count()
		if time.Since(s.last) > *soakTime/60 {
			s.read()
		}
		if part == 1 {
			return
		}
	}
}

func (s *soaking) read() {
	s.last = time.Now()
	s.readings = append(s.readings, read(s.began))
}

// change corrects one of the items that are out and withdraws another.
func (s *soaking) change(items []replayed) {
	if len(items) < 2 {
		return
	}
	ctx, now := s.t.Context(), s.r.now()
	chief := ledger.Who{Name: "发布科", Role: press.Publisher}
	f := items[0].filing
	f.Revision.Title += "（修订）"
	for i := range f.Approvals {
		f.Approvals[i].At = now.Add(time.Duration(i-4) * time.Minute)
	}
	if _, err := s.r.h.led.File(ctx, f, now); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.r.h.led.Correct(ctx, items[0].ref, ledger.Correction{Reason: "标题更正", Means: s.r.h.means()}, chief, now); err != nil {
		s.t.Fatal(err)
	}
	if err := s.r.h.led.Withdraw(ctx, items[1].ref, "内容有误", press.NoticePage, chief, now); err != nil {
		s.t.Fatal(err)
	}
	s.r.sched.Wake()
}

// judge compares the last third of the time with the second one: a floor that goes on rising is a leak, a peak is only a busy moment.
func (s *soaking) judge() {
	var b strings.Builder
	for _, x := range s.readings {
		fmt.Fprintf(&b, "%8s  heap %5.1f MB  goroutines %3d  files %3d\n", x.at, float64(x.heap)/1e6, x.goroutines, x.files)
	}
	s.t.Logf("%d items, %d calls of the interface, %d of them spoilt, %d page views failed\n%s", s.filed, s.r.net.calls, s.r.net.spoilt, s.r.net.pages, b.String())
	if len(s.readings) < 9 {
		s.t.Fatalf("only %d readings", len(s.readings))
	}
	third := len(s.readings) / 3
	then, now := least(s.readings[third:2*third]), least(s.readings[2*third:])
	if now.goroutines > then.goroutines+10 {
		s.t.Errorf("goroutines grew from %d to %d", then.goroutines, now.goroutines)
	}
	if now.files > then.files+10 {
		s.t.Errorf("open files grew from %d to %d", then.files, now.files)
	}
	if now.heap > then.heap+then.heap/2+8<<20 {
		s.t.Errorf("memory grew from %.1f to %.1f MB", float64(then.heap)/1e6, float64(now.heap)/1e6)
	}
	out := 0
	for _, it := range s.r.items[:s.filed] {
		if len(it.filing.Item.Wants) > 0 {
			out++
		}
	}
	if got := len(s.r.net.wechat.Articles()); got == 0 || out == 0 {
		s.t.Error("nothing was published meanwhile")
	}
}

// least is the smallest of each.
func least(list []reading) reading {
	m := list[0]
	for _, x := range list {
		m.heap, m.goroutines, m.files = min(m.heap, x.heap), min(m.goroutines, x.goroutines), min(m.files, x.files)
	}
	return m
}
