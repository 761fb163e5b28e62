package scheduler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"tongfa/press"
)

func TestOnePassDoesAllThatIsDue(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.slots(w.at(18, 0), time.Hour, wait)
		w.pass() // the timetable begins
		w.until(w.at(18, 0))
		var ids []press.ItemID
		for i := range 20 {
			ids = append(ids, w.file(want{id: fmt.Sprint("oa-", i), channels: both(), at: w.at(18, 0)}))
		}
		done := w.pass()
		for _, id := range ids {
			w.is(id, "site", press.CopyVerified, 1)
			w.is(id, "wechat", press.CopyVerified, 1)
			if at := w.slotOf(id, "wechat"); !at.Equal(w.at(18, 0)) {
				t.Fatalf("it went out in the slot of %v", at)
			}
		}
		if done.Acts != done.Editions || done.Acts < 20+20/8 || done.Looks != 40 {
			t.Fatalf("the pass says that it did %+v", done)
		}
		if again := w.pass(); again != (Passed{}) {
			t.Fatalf("a second pass did %+v", again)
		}
	})
}

func TestAPassIsNeverEarly(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		at := w.at(12, 0)
		id := w.file(want{id: "oa-1", at: at})
		w.fresh()
		for _, now := range []time.Time{w.begin, at.Add(-time.Microsecond)} {
			if done, err := w.s.Pass(t.Context(), now); err != nil || done != (Passed{}) {
				t.Fatalf("at %v the pass did %+v: %v", now, done, err)
			}
		}
		if done, err := w.s.Pass(t.Context(), at); err != nil || done != (Passed{1, 1, 1}) {
			t.Fatalf("at its time the pass did %+v: %v", done, err)
		}
		w.is(id, "site", press.CopyVerified, 1)
	})
}

func TestAPassKeepsTheChannelsPace(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.site().Every, w.site().Concurrency = 10*time.Second, 2
		for i := range 3 {
			w.file(want{id: fmt.Sprint("oa-", i)})
		}
		if done := w.pass(); done.Acts != 3 {
			t.Fatalf("the pass did %+v", done)
		}
		if d := time.Since(w.begin); d != 20*time.Second {
			t.Fatalf("it took %v", d)
		}
	})
}

// What the ledger gives up when it is asked for acts is no act, but more may be due behind it, and what it let go of may go out at once.
func TestAPassGoesOnBehindWhatIsGivenUp(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.site().Plan.Max = 2
		w.check(w.led.Pause(t.Context(), "site", "系统维护", operator, w.now()))
		var ids []press.ItemID
		for i := range 4 {
			ids = append(ids, w.file(want{id: fmt.Sprint("oa-", i)}))
		}
		if done := w.pass(); done.Editions != 2 || done.Acts != 0 {
			t.Fatalf("a paused channel did %+v", done)
		}
		w.check(w.led.Hold(t.Context(), "oa-0", "有待核实", operator, w.now()))
		w.check(w.led.Unpause(t.Context(), "site", operator, w.now()))
		w.pass()
		w.is(ids[0], "site", press.Waiting, 0)
		for _, id := range ids[1:] {
			w.is(id, "site", press.CopyVerified, 1)
		}
	})
}

func TestAPassTellsWhatItDidWhenItFails(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := w.file(want{id: "oa-1"})
		w.store.set(failing("Saw"), nil)
		w.fresh()
		done, err := w.s.Pass(t.Context(), w.now())
		if !errors.Is(err, errDisk) || done != (Passed{1, 1, 1}) {
			t.Fatalf("the pass did %+v: %v", done, err)
		}
		w.store.set(nil, nil)
		if done := w.pass(); done != (Passed{0, 0, 1}) {
			t.Fatalf("the next pass did %+v", done)
		}
		w.is(id, "site", press.CopyVerified, 1)
		for _, call := range []string{"Resume", "Clock", "Compose", "Begin", "Next", "Looks"} {
			w.file(want{id: "oa-" + call})
			w.store.set(failing(call), nil)
			w.fresh() // the first pass of a run resumes
			if _, err := w.s.Pass(t.Context(), w.now()); !errors.Is(err, errDisk) {
				t.Fatalf("%s fails and the pass says %v", call, err)
			}
		}
	})
}

func TestAPassEndsWhenItIsToldTo(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.fakes["site"].hold = stuck
		id := w.file(want{id: "oa-1"})
		w.file(want{id: "oa-2"})
		w.fresh()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := w.s.Pass(ctx, w.now()); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("Pass: %v", err)
		}
		w.is(id, "site", press.CopyUnknown, 0) // what came of it is on record all the same
		if n := len(w.fakes["site"].count().began); n != 1 {
			t.Fatalf("%d acts were begun", n)
		}
	})
}

func TestFinishMakesTheActsOfOneItemOnly(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.wechat().Every = 10 * time.Second
		a := w.file(want{id: "oa-1", channels: both()})
		b := w.file(want{id: "oa-2", channels: both()})
		w.pass()
		for _, ref := range []string{"oa-1", "oa-2"} {
			w.check(w.led.Withdraw(t.Context(), ref, "内容有误", press.NoticePage, operator, w.now()))
		}
		w.check(w.s.Finish(t.Context(), "oa-1", w.now()))
		for _, channel := range both() {
			w.is(a, channel, press.CopyWithdrawn, 0)
			w.is(b, channel, press.CopyVerified, 1)
		}
		if err := w.s.Finish(t.Context(), "oa-9", w.now()); err == nil {
			t.Fatal("an item that nobody knows was finished")
		}
		w.check(w.s.Finish(t.Context(), "oa-2", w.now()))
		w.is(b, "site", press.CopyWithdrawn, 0)
		for _, call := range []string{"Clock", "Resume", "BeginItem"} {
			w.store.set(failing(call), nil)
			if err := w.s.Finish(t.Context(), "oa-1", w.now()); !errors.Is(err, errDisk) {
				t.Fatalf("%s fails and Finish says %v", call, err)
			}
		}
	})
}

func TestFinishKeepsTheChannelsPace(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.site().Every = 10 * time.Second
		w.file(want{id: "oa-1"})
		w.pass()
		w.check(w.led.Withdraw(t.Context(), "oa-1", "内容有误", press.NoticePage, operator, w.now()))
		began := time.Now()
		w.check(w.s.Finish(t.Context(), "oa-1", w.now()))
		if d := time.Since(began); d != 10*time.Second {
			t.Fatalf("the withdrawal came %v after the publication", d)
		}
	})
}

func TestFinishBeginsNothingWhenItIsToldToEnd(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		for _, channel := range both() {
			w.check(w.led.Pause(t.Context(), channel, "系统维护", operator, w.now()))
		}
		id := w.file(want{id: "oa-1", channels: both()})
		w.pass()
		for _, channel := range both() {
			w.check(w.led.Unpause(t.Context(), channel, operator, w.now()))
		}
		w.fakes["site"].hold = stuck
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.s.Finish(ctx, "oa-1", w.now()); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("Finish: %v", err)
		}
		w.is(id, "site", press.CopyUnknown, 0)
		w.is(id, "wechat", press.Waiting, 0)
		w.pass()
		w.is(id, "wechat", press.CopyVerified, 1)
	})
}

func TestMakingASchedulerFillsInWhatIsMissing(t *testing.T) {
	s := New(Options{Channels: []Channel{{Plan: press.Plan{Channel: "site"}, Concurrency: -1}}})
	if o := s.o; o.Now == nil || o.Log == nil || o.Lookers != 4 || o.ActTime != 5*time.Minute || o.Grace != 10*time.Second {
		t.Fatalf("options are %+v", o)
	}
	if n := s.lanes[0].c.Concurrency; n != 1 {
		t.Fatalf("concurrency is %d", n)
	}
	for range 3 {
		s.Wake() // never blocks
	}
}

func TestPausesGrow(t *testing.T) {
	var got []time.Duration
	for failed := 1; failed < 100; failed++ {
		got = append(got, pauseAfter(failed))
	}
	if !slices.IsSorted(got) || got[0] != 500*time.Millisecond || got[98] != 30*time.Second {
		t.Fatalf("pauses are %v", got)
	}
}
