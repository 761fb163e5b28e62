package scheduler

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// hosts answer with the bubble's time, each as far off as it is told to be.
type hosts struct {
	mu    sync.Mutex
	off   map[string]time.Duration
	deaf  map[string]bool
	delay time.Duration
	asked atomic.Int64
}

// set changes how the hosts answer.
func (h *hosts) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

func (h *hosts) ask(ctx context.Context, host string) (time.Time, error) {
	h.asked.Add(1)
	h.mu.Lock()
	off, deaf, delay := h.off[host], h.deaf[host], h.delay
	h.mu.Unlock()
	if deaf {
		delay = 24 * time.Hour
	}
	select {
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	case <-time.After(delay):
	}
	return time.Now().Add(off).Truncate(time.Second), nil
}

// watchedBy lets hosts be asked for the time.
func (w *world) watchedBy(names ...string) *hosts {
	h := &hosts{off: map[string]time.Duration{}, deaf: map[string]bool{}}
	w.opts.Time = Time{Hosts: names, Ask: h.ask}
	return h
}

func (w *world) trouble(words string) {
	w.t.Helper()
	err := w.s.Trouble()
	if words == "" {
		w.check(err)
		return
	}
	if err == nil || press.TroubleOf(err).Code != "CLOCK" || !strings.Contains(press.TroubleOf(err).Say(), words) {
		w.t.Fatalf("trouble is %v, want %q", err, words)
	}
}

func TestALidThatWasClosedForADayIsToldFromAClockThatWasSet(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		h := w.watchedBy("one", "two")
		w.slots(w.begin.Add(2*time.Hour), 6*time.Hour, time.Minute)
		w.wechat().Late = press.LatePublish
		w.wechat().Plan.After = nil
		site := w.file(want{id: "oa-1", at: w.begin.Add(5 * time.Hour)})
		wechat := w.file(want{id: "oa-2", at: w.begin.Add(time.Hour), channels: []string{"wechat"}})
		w.start()
		w.sleep(time.Minute)
		// The lid is closed: the wall clock goes on, and so do the hosts' clocks.
		h.set(func() { h.off["one"], h.off["two"], h.delay = 24*time.Hour, 24*time.Hour, 3*time.Second })
		w.shift.Store(int64(24 * time.Hour))
		w.sleep(2 * time.Second)
		w.trouble("正在与外部主机核对")
		w.is(site, "site", press.Waiting, 0)
		w.sleep(10 * time.Second)
		w.trouble("")
		w.is(site, "site", press.CopyVerified, 1)
		w.is(wechat, "wechat", press.CopyVerified, 1)
	})
}

func TestAClockThatWasSetAheadStopsEverythingUntilAPersonHasLooked(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.watchedBy("one", "two")
		id := w.file(want{id: "oa-1", at: w.begin.Add(5 * time.Hour)})
		w.start()
		w.sleep(time.Minute)
		w.shift.Store(int64(365 * 24 * time.Hour))
		w.sleep(time.Minute)
		w.trouble("不符")
		w.is(id, "site", press.Waiting, 0)
		w.halt()
		w.start() // a restart does not forget it
		w.sleep(time.Minute)
		w.trouble("不符")
		w.shift.Store(0) // and is put right
		w.sleep(time.Minute)
		w.trouble("accept-clock")
		w.is(id, "site", press.Waiting, 0)
		w.check(w.led.AcceptClock(t.Context(), w.now()))
		w.s.Wake()
		w.until(w.begin.Add(5*time.Hour - time.Second))
		w.trouble("")
		w.is(id, "site", press.Waiting, 0)
		w.sleep(3 * time.Second)
		w.is(id, "site", press.CopyVerified, 1)
	})
}

// A machine that starts with a wrong clock sends nothing before the hosts were asked.
func TestAClockThatIsWrongFromTheStartSendsNothing(t *testing.T) {
	for _, by := range []string{"daemon", "pass", "finish"} {
		t.Run(by, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.watchedBy("one", "two", "three").off["three"] = 2 * time.Hour
				w.shift.Store(int64(2 * time.Hour))
				id := w.file(want{id: "oa-1"})
				w.fresh()
				var err error
				switch by {
				case "daemon":
					w.start()
					w.sleep(time.Minute)
					err = w.s.Trouble()
				case "pass":
					_, err = w.s.Pass(t.Context(), w.now())
				case "finish":
					err = w.s.Finish(t.Context(), string(id), w.now())
				}
				if !errors.Is(err, ledger.ErrClock) {
					t.Fatalf("trouble is %v", err)
				}
				w.is(id, "site", press.Waiting, 0)
			})
		})
	}
}

func TestHostsThatDoNotAnswerProveNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		h := w.watchedBy("one", "two", "three")
		h.deaf["one"], h.deaf["two"], h.deaf["three"] = true, true, true
		id := w.file(want{id: "oa-1"})
		w.start()
		w.sleep(askTime - time.Second)
		w.is(id, "site", press.Waiting, 0)
		w.sleep(12 * time.Second)
		w.is(id, "site", press.CopyVerified, 1)
		h.set(func() { h.deaf["one"], h.off["one"] = false, time.Hour }) // one of one
		w.sleep(6 * time.Minute)
		w.trouble("one说现在是")
	})
}

func TestOneHostOfManyThatIsWrongStopsNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		h := w.watchedBy("one", "two", "three", "four")
		h.off["one"], h.off["two"] = time.Hour, -time.Hour
		h.off["three"], h.off["four"] = 59*time.Second, -59*time.Second
		id := w.file(want{id: "oa-1"})
		w.start()
		w.sleep(12 * time.Minute)
		w.trouble("")
		w.is(id, "site", press.CopyVerified, 1)
		if n := h.asked.Load(); n != 12 {
			t.Fatalf("asked %d times in twelve minutes, want 12", n)
		}
	})
}

// What an office sees that has nobody to ask: the jump is taken for a closed lid, as it most often is.
// A person's word on a clock that she put right does not cover the next time that it is wrong.
func TestAClockThatIsWrongAgainOnTheSameDayStopsEverythingAgain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.watchedBy("one", "two")
		id := w.file(want{id: "oa-1", at: w.begin.Add(5 * time.Hour)})
		w.start()
		for range 2 {
			w.sleep(10 * time.Minute)
			w.shift.Store(int64(6 * time.Hour))
			w.sleep(10 * time.Minute)
			w.trouble("不符")
			w.is(id, "site", press.Waiting, 0)
			w.shift.Store(0)
			w.check(w.led.AcceptClock(t.Context(), w.now()))
			w.s.Wake()
		}
		w.sleep(5 * time.Hour)
		w.is(id, "site", press.CopyVerified, 1)
	})
}

func TestWithoutHostsAJumpOfTheClockIsALid(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := w.file(want{id: "oa-1", at: w.begin.Add(5 * time.Hour)})
		w.start()
		w.sleep(time.Minute)
		w.shift.Store(int64(6 * time.Hour))
		w.sleep(3 * time.Second)
		w.trouble("")
		w.is(id, "site", press.CopyVerified, 1)
	})
}

func TestAClockThatIsSetBackAnHourTakesOneWord(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.start()
		w.sleep(2 * time.Minute)
		w.shift.Store(-int64(time.Hour))
		id := w.file(want{id: "oa-1"})
		w.sleep(time.Minute)
		w.trouble("早于台账已记录的时刻")
		w.is(id, "site", press.Waiting, 0)
		w.check(w.led.AcceptClock(t.Context(), w.now()))
		w.s.Wake()
		w.sleep(3 * time.Second)
		w.trouble("")
		w.is(id, "site", press.CopyVerified, 1)
	})
}

func TestTheAnswerOfALedgerThatCannotBeWrittenIsNotLost(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.watchedBy("one").off["one"] = time.Hour
		w.store.set(failing("DoubtClock"), nil)
		id := w.file(want{id: "oa-1"})
		w.start()
		w.sleep(time.Minute)
		w.is(id, "site", press.Waiting, 0)
		w.store.set(nil, nil)
		w.sleep(time.Minute)
		w.trouble("不符")
		w.is(id, "site", press.Waiting, 0)
	})
}
