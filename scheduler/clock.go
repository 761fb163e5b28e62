package scheduler

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tongfa/press"
)

// Time is who else knows what time it is.
type Time struct {
	Hosts []string                                                  // whose clocks are asked; none: the wall clock is trusted
	Ask   func(ctx context.Context, host string) (time.Time, error) // what a host says, to the second
	Every time.Duration                                             // zero means five minutes
	Most  time.Duration                                             // how far the wall clock may be off; zero means one minute
}

func (t Time) filled() Time {
	if t.Ask == nil {
		t.Hosts = nil
	}
	if t.Every <= 0 {
		t.Every = 5 * time.Minute
	}
	if t.Most <= 0 {
		t.Most = time.Minute
	}
	return t
}

// askTime bounds one round of questions, for which everything waits when the program starts and after a jump of the clock.
const askTime = 10 * time.Second

// watch compares the wall clock with one that only goes on. Where the machine slept, or somebody set the clock, the two part.
type watch struct {
	woken chan struct{}

	mu      sync.Mutex
	on      bool
	wall    time.Time // the last readings of the two
	real    time.Time
	pending bool // acts wait until other hosts were asked
	asked   bool // of a scheduler that only passes
}

// begin starts to compare. Where there are hosts to ask, everything waits for their first answer.
func (w *watch) begin(hosts bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.on, w.pending = true, hosts
	w.wall = time.Time{}
}

func (w *watch) done() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pending = false
}

// read takes a reading and says how far the wall clock has gone ahead of the other since the last one.
func (w *watch) read(wall, real time.Time) (jump time.Duration, on bool) {
	if !w.on {
		return 0, false
	}
	if !w.wall.IsZero() {
		jump = wall.Sub(w.wall) - real.Sub(w.real)
	}
	w.wall, w.real = wall, real
	return jump, true
}

// steady refuses to act after the wall clock went ahead all at once, until other hosts were asked: a lid that was closed for a day is told
// from a clock that was set. Where there is nobody to ask, it is told in the log only.
func (s *Scheduler) steady() error {
	w := &s.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	jump, on := w.read(s.o.Now().Round(0), time.Now())
	if !on {
		return nil
	}
	if jump > s.o.Time.Most {
		s.o.Log.Warn("the clock went ahead all at once", "by", jump)
		if len(s.o.Time.Hosts) > 0 {
			w.pending = true
			nudge(w.woken)
		}
	}
	if !w.pending {
		return nil
	}
	return &press.Trouble{Remedy: press.TryAgain, Code: "CLOCK", What: "正在与外部主机核对本机时钟，核对以后再发布"}
}

// keepTime asks the hosts on and on.
func (s *Scheduler) keepTime(ctx context.Context) {
	for failed := 0; ctx.Err() == nil; {
		pause := s.o.Time.Every
		if err := s.ask(ctx); err != nil {
			failed++
			s.o.Log.Error("cannot write down that the clock is wrong", "error", err)
			pause = pauseAfter(failed)
		} else if ctx.Err() == nil {
			failed = 0
			s.watch.done()
			s.Wake()
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-s.watch.woken:
		case <-t.C:
		}
		t.Stop()
	}
}

// askOnce asks the hosts before the first pass.
func (s *Scheduler) askOnce(ctx context.Context) error {
	s.watch.mu.Lock()
	due := len(s.o.Time.Hosts) > 0 && !s.watch.asked
	s.watch.asked = true
	s.watch.mu.Unlock()
	if !due {
		return nil
	}
	return s.ask(ctx)
}

// ask asks all hosts at once. Where most of those that answer say another time, everything stops until a person has looked. Who does not
// answer proves nothing. The error is the ledger's.
func (s *Scheduler) ask(ctx context.Context) error {
	within, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	said := make([]answer, len(s.o.Time.Hosts))
	var wg sync.WaitGroup
	for i, host := range s.o.Time.Hosts {
		wg.Go(func() { said[i] = s.askHost(within, host) })
	}
	wg.Wait()
	if ctx.Err() != nil {
		return nil
	}
	answered, off := 0, 0
	var worst answer
	for _, a := range said {
		if a.date.IsZero() {
			continue
		}
		answered++
		if a.off > s.o.Time.Most {
			off++
		}
		if a.off > worst.off {
			worst = a
		}
	}
	switch {
	case off*2 > answered:
	case off == 0 && answered > 0:
		return s.o.Store.AgreeClock(ctx)
	default:
		return nil
	}
	now := s.o.Now()
	why := fmt.Sprintf("本机时钟（%s）与外部主机不符：%s说现在是%s，相差%s", now.Format(time.DateTime), worst.host,
		worst.date.In(now.Location()).Format(time.DateTime), worst.off.Round(time.Second))
	stopped, err := s.o.Store.DoubtClock(ctx, why, now)
	if err == nil {
		s.o.Log.Error("other hosts say another time", "host", worst.host, "says", worst.date, "off", worst.off, "of", answered, "stopped", stopped)
	}
	return err
}

// answer is what a host said of the time, and how far that is from the wall clock at least.
type answer struct {
	host string
	date time.Time // zero: it did not answer
	off  time.Duration
}

func (s *Scheduler) askHost(ctx context.Context, host string) answer {
	before := s.o.Now()
	date, err := s.o.Time.Ask(ctx, host)
	after := s.o.Now()
	if err != nil || date.IsZero() {
		s.o.Log.Debug("a host does not say what time it is", "host", host, "error", err)
		return answer{host: host}
	}
	late, early := before.Sub(date.Add(time.Second)), date.Sub(after) // its seconds are cut off
	return answer{host, date, max(0, late, early)}
}
