package scheduler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

func TestAnItemGoesOutAtItsReleaseTimeAndNeverBefore(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		at := w.begin.Add(3*time.Hour + 17*time.Second + 250*time.Millisecond)
		id := w.file(want{id: "oa-1", at: at})
		w.start()
		w.until(at.Add(-time.Microsecond))
		w.s.Wake()
		w.sleep(0)
		w.is(id, "site", press.Waiting, 0)
		if n := w.out("site"); n != 0 {
			t.Fatalf("%d are public before their time", n)
		}
		w.until(at)
		w.is(id, "site", press.CopyVerified, 1)
		if late := w.fakes["site"].count().began[0].Sub(at); late != 0 {
			t.Fatalf("the act began %v late", late)
		}
	})
}

func TestAnItemWithoutATimeGoesOutAsSoonAsSomebodyWakesTheDaemon(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.start()
		s := w.s
		w.s = nil // nobody wakes it
		id := w.file(want{id: "oa-1"})
		w.sleep(time.Hour)
		w.is(id, "site", press.Waiting, 0)
		s.Wake()
		w.sleep(0)
		w.is(id, "site", press.CopyVerified, 1)
	})
}

func TestAnIdleDaemonAsksTheLedgerNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.slots(w.at(18, 0), 24*time.Hour, 10*time.Minute)
		id := w.file(want{id: "oa-1", at: w.at(17, 0)})
		w.start()
		quiet := w.store.sum()
		w.until(w.at(16, 59))
		if n := w.store.sum(); n != quiet {
			t.Fatalf("%d calls of the ledger while nothing was due", n-quiet)
		}
		w.until(w.at(17, 0))
		w.is(id, "site", press.CopyVerified, 1)
		w.check(w.led.Withdraw(t.Context(), "oa-1", "内容有误", press.NoticePage, operator, w.now()))
		w.s.Wake()
		w.sleep(0)
		w.is(id, "site", press.CopyWithdrawn, 0)
		quiet = w.store.sum()
		w.until(w.at(17, 59))
		if n := w.store.sum(); n != quiet {
			t.Fatalf("%d calls of the ledger after all was done", n-quiet)
		}
		w.until(w.at(18, 0))
		struck := w.store.sum()
		if struck == quiet {
			t.Fatal("the slot did not strike")
		}
		w.sleep(23 * time.Hour)
		if n := w.store.sum(); n != struck {
			t.Fatalf("%d calls of the ledger between two slots", n-struck)
		}
	})
}

func TestAPausedChannelWaitsWithoutAskingAndKeepsNoOther(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.check(w.led.Pause(t.Context(), "site", "系统维护", operator, w.now()))
		id := w.file(want{id: "oa-1", channels: []string{"site", "wechat"}})
		w.start()
		w.sleep(time.Second)
		w.is(id, "site", press.Waiting, 0)
		w.is(id, "wechat", press.CopyVerified, 1)
		before := w.store.count("Begin") + w.store.count("Compose")
		w.sleep(50 * time.Second) // the wechat copy is looked at after a minute
		if n := w.store.count("Begin") + w.store.count("Compose"); n != before {
			t.Fatalf("%d calls of the ledger by a paused channel", n-before)
		}
		w.sleep(23 * time.Hour)
		w.is(id, "site", press.Waiting, 0)
		if n := w.store.sum(); n > 200 { // each of the handful of looks of a day wakes every lane
			t.Fatalf("%d calls of the ledger in a day of pause", n)
		}
		w.check(w.led.Unpause(t.Context(), "site", operator, w.now()))
		w.s.Wake()
		w.sleep(0)
		w.is(id, "site", press.CopyVerified, 1)
	})
}

func TestAChannelMakesNoMoreActsAtOnceThanItAllows(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.site().Concurrency = 3
		w.fakes["site"].hold = lasting(time.Minute)
		var ids []press.ItemID
		for i := range 10 {
			ids = append(ids, w.file(want{id: fmt.Sprint("oa-", i)}))
		}
		w.start()
		w.sleep(4*time.Minute - time.Second)
		if n := w.out("site"); n != 9 {
			t.Fatalf("%d of 10 are out after three rounds of three", n)
		}
		w.sleep(time.Second)
		for _, id := range ids {
			w.is(id, "site", press.CopyVerified, 1)
		}
		if f := w.fakes["site"].count(); f.most != 3 || f.twice {
			t.Fatalf("%d acts at once, the same one twice: %v", f.most, f.twice)
		}
	})
}

// lasting makes an act take its time.
func lasting(d time.Duration) func(context.Context, press.Act) error {
	return func(ctx context.Context, _ press.Act) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return &press.Trouble{Remedy: press.LookFirst, What: "没有答复", Err: ctx.Err()}
		}
	}
}

func TestAChannelBeginsActsNoFasterThanItAllows(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.site().Concurrency, w.site().Every = 4, 10*time.Second
		for i := range 5 {
			w.file(want{id: fmt.Sprint("oa-", i)})
		}
		w.start()
		before := w.store.sum()
		w.sleep(9 * time.Second)
		if n := w.store.sum(); n != before {
			t.Fatalf("%d calls of the ledger while the channel may begin nothing", n-before)
		}
		w.sleep(31 * time.Second)
		var at []time.Duration
		for _, b := range w.fakes["site"].count().began {
			at = append(at, b.Sub(w.begin))
		}
		s := time.Second
		if want := []time.Duration{0, 10 * s, 20 * s, 30 * s, 40 * s}; !slices.Equal(at, want) {
			t.Fatalf("acts began after %v, want %v", at, want)
		}
	})
}

func TestAChannelThatIsDownKeepsNoOther(t *testing.T) {
	for name, down := range map[string]func(context.Context, press.Act) error{
		"it never answers": stuck,
		"it fails": func(context.Context, press.Act) error {
			return &press.Trouble{Remedy: press.TryAgain, What: "连接不上平台", Err: errDisk}
		},
		"its driver panics": func(context.Context, press.Act) error { panic("index out of range") },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.fakes["site"].hold = down
				w.start()
				var ids []press.ItemID
				for i := range 2 {
					ids = append(ids, w.file(want{id: fmt.Sprint("oa-", i), channels: []string{"site", "wechat"}}))
					w.sleep(time.Second)
					w.is(ids[i], "wechat", press.CopyVerified, 1)
					w.sleep(12*time.Hour - time.Second)
				}
				if n := len(w.fakes["site"].count().began); n > 400 {
					t.Fatalf("%d attempts in a day", n)
				}
				w.halt()
				w.fakes["site"].hold = nil
				w.start()
				w.sleep(time.Hour)
				for _, id := range ids {
					w.is(id, "site", press.CopyVerified, 1)
				}
				if w.fakes["site"].twice {
					t.Fatal("an act was under way twice at once")
				}
			})
		})
	}
}

func TestAnActThatTakesTooLongIsEndedAndLookedAt(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.opts.ActTime = time.Minute
		first := true
		w.fakes["site"].hold = func(ctx context.Context, a press.Act) error {
			if !first {
				return nil
			}
			first = false
			return stuck(ctx, a)
		}
		id := w.file(want{id: "oa-1"})
		w.start()
		w.sleep(time.Minute - time.Nanosecond)
		w.is(id, "site", press.Waiting, 0)
		w.sleep(time.Nanosecond)
		w.is(id, "site", press.CopyUnknown, 0)
		w.sleep(time.Second)
		w.is(id, "site", press.CopyVerified, 1)
	})
}

func TestAClockThatGoesBackStopsEveryAct(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.file(want{id: "oa-0"})
		w.start()
		w.sleep(2 * time.Minute)
		w.shift.Store(-int64(time.Hour))
		w.sleep(2 * time.Second)
		if err := w.s.Trouble(); !errors.Is(err, ledger.ErrClock) {
			t.Fatalf("an idle daemon does not notice: trouble is %v", err)
		}
		id := w.file(want{id: "oa-1"})
		looks := len(w.fakes["site"].count().looked)
		_, err := w.led.Retry(t.Context(), "oa-0", "site", ledger.Hint{}, operator, w.now()) // a person asks for a look at once
		w.check(err)
		w.s.Wake()
		w.sleep(30 * time.Minute)
		w.is(id, "site", press.Waiting, 0)
		if n := len(w.fakes["site"].count().looked); n != looks {
			t.Fatalf("%d looks, whose times would stand in the ledger", n-looks)
		}
		if n := w.store.count("Clock"); n > 400 {
			t.Fatalf("the ledger was asked about the clock %d times in half an hour", n)
		}
		w.shift.Store(0)
		w.sleep(30 * time.Second)
		w.is(id, "site", press.CopyVerified, 1)
		if err := w.s.Trouble(); err != nil {
			t.Fatalf("trouble stays: %v", err)
		}
	})
}

func TestAClockThatJumpsAheadStrikesAtOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := w.file(want{id: "oa-1", at: w.begin.Add(5 * time.Hour)})
		w.start()
		w.sleep(time.Minute)
		w.shift.Store(int64(5 * time.Hour)) // the machine slept
		w.sleep(longestNap)
		w.is(id, "site", press.CopyVerified, 1)
	})
}

func TestActsUnderWayMayEndWhenTheDaemonStops(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.opts.Grace = 10 * time.Second
		w.fakes["site"].hold = lasting(5 * time.Second)
		id := w.file(want{id: "oa-1"})
		w.start()
		w.halt()
		if d := time.Since(w.begin); d != 5*time.Second {
			t.Fatalf("Run returned after %v", d)
		}
		if c := w.copy(id, "site"); c.State != press.CopyLive {
			t.Fatalf("what came of the act is lost: %s", c.State)
		}
	})
}

func TestActsThatDoNotEndWhenTheDaemonStopsAreEnded(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.opts.Grace = 10 * time.Second
		w.fakes["site"].hold = stuck
		id := w.file(want{id: "oa-1"})
		w.start()
		w.halt()
		if d := time.Since(w.begin); d != 10*time.Second {
			t.Fatalf("Run returned after %v", d)
		}
		w.is(id, "site", press.CopyUnknown, 0)
		w.fakes["site"].hold = nil
		w.start()
		w.sleep(time.Minute)
		w.is(id, "site", press.CopyVerified, 1)
	})
}

func TestRunTellsThatItCouldNotBegin(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.store.set(failing("Resume"), nil)
		w.fresh()
		if err := w.s.Run(t.Context()); !errors.Is(err, errDisk) {
			t.Fatalf("Run: %v", err)
		}
	})
}

func TestAThousandItemsOfOneSecondGoOutOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		const many = 1000
		w.site().Plan.Max, w.site().Concurrency, w.opts.Lookers = 8, 8, 64
		at := w.begin.Add(time.Hour)
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				for j := range many / 50 {
					w.file(want{id: fmt.Sprint("oa-", i, "-", j), at: at})
				}
			})
		}
		wg.Wait()
		w.start()
		w.until(at.Add(-time.Microsecond))
		if w.out("site") != 0 {
			t.Fatal("early")
		}
		w.until(at)
		markers := w.fakes["site"].Published()
		if n := len(markers); n != many || len(slices.Compact(slices.Sorted(slices.Values(markers)))) != many {
			t.Fatalf("%d articles are out", n)
		}
		if f := w.fakes["site"].count(); f.most > 8 || f.mostLooks > 64 || f.twice {
			t.Fatalf("%d acts and %d looks at once, the same act twice: %v", f.most, f.mostLooks, f.twice)
		}
	})
}
