package scheduler

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

const wait = 10 * time.Minute

func both() []string { return []string{"site", "wechat"} }

// slow makes the site's review take its time.
func (w *world) slow(d time.Duration) { w.fakes["site"].Review = d }

func (w *world) openSlots() []press.OpenSlot {
	w.t.Helper()
	slots, err := w.led.OpenSlots(w.t.Context(), "wechat")
	w.check(err)
	return slots
}

func TestASlotTakesWhatIsReadyAndLeavesTheRestToTheNext(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.slots(w.at(18, 0), time.Hour, wait)
		w.start()
		early := w.file(want{id: "oa-1", channels: []string{"wechat"}})
		exact := w.file(want{id: "oa-2", channels: []string{"wechat"}, at: w.at(18, 0)})
		late := w.file(want{id: "oa-3", channels: []string{"wechat"}, at: w.at(18, 0).Add(time.Microsecond)})
		w.until(w.at(18, 0).Add(-time.Microsecond))
		w.s.Wake()
		w.sleep(0)
		w.is(early, "wechat", press.Waiting, 0)
		w.until(w.at(18, 0))
		w.is(early, "wechat", press.CopyVerified, 1)
		w.is(exact, "wechat", press.CopyVerified, 1)
		if n := len(w.openSlots()); n != 0 {
			t.Fatal("nothing is coming and the slot stays open")
		}
		w.until(w.at(19, 0).Add(-time.Microsecond))
		w.is(late, "wechat", press.Waiting, 0)
		w.until(w.at(19, 0))
		w.is(late, "wechat", press.CopyVerified, 1)
		if at := w.slotOf(late, "wechat"); !at.Equal(w.at(19, 0)) {
			t.Fatalf("it went out in the slot of %v", at)
		}
	})
}

func TestSeveralTimetablesAreOne(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.slots(w.at(12, 0), 24*time.Hour, 0)
		w.wechat().When = press.Timetables{steps{w.at(12, 0), 24 * time.Hour}, press.Once(w.at(15, 30))}
		w.start()
		for _, at := range []time.Time{w.at(12, 0), w.at(15, 30), w.at(36, 0)} {
			id := w.file(want{id: at.String(), channels: []string{"wechat"}})
			w.until(at.Add(-time.Microsecond))
			w.is(id, "wechat", press.Waiting, 0)
			w.until(at)
			w.is(id, "wechat", press.CopyVerified, 1)
		}
	})
}

func TestASlotWaitsForThePageAndEndsAsSoonAsItHasIt(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.slots(w.at(18, 0), time.Hour, wait)
		w.slow(3 * time.Minute)
		id := w.file(want{id: "oa-1", channels: both(), at: w.at(18, 0)})
		w.start()
		w.until(w.at(18, 2))
		w.is(id, "wechat", press.Waiting, 0)
		if n := len(w.openSlots()); n != 1 {
			t.Fatalf("%d slots are open while a page is being verified", n)
		}
		w.until(w.at(18, 6))
		w.is(id, "site", press.CopyVerified, 1)
		w.is(id, "wechat", press.CopyVerified, 1)
		if at := w.slotOf(id, "wechat"); !at.Equal(w.at(18, 0)) {
			t.Fatalf("it went out in the slot of %v", at)
		}
		if n := len(w.openSlots()); n != 0 {
			t.Fatal("nothing is coming and the slot stays open")
		}
	})
}

func TestWhatIsNotReadyInTimeMovesToTheNextSlot(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.slots(w.at(18, 0), time.Hour, wait)
		w.slow(30 * time.Minute)
		id := w.file(want{id: "oa-1", channels: both(), at: w.at(18, 0)})
		w.start()
		w.until(w.at(18, 10).Add(-time.Microsecond))
		if n := len(w.openSlots()); n != 1 {
			t.Fatalf("%d slots are open before the wait is over", n)
		}
		w.until(w.at(18, 10))
		if n := len(w.openSlots()); n != 0 {
			t.Fatal("the slot stays open after its wait")
		}
		if note := w.copy(id, "wechat").Note; !strings.Contains(note, "移到下一时段") {
			t.Fatalf("nobody says that it moved: %q", note)
		}
		w.until(w.at(18, 59))
		w.is(id, "site", press.CopyVerified, 1)
		w.is(id, "wechat", press.Waiting, 0)
		w.until(w.at(19, 0))
		w.is(id, "wechat", press.CopyVerified, 1)
	})
}

func TestAPageThatIsVerifiedWhileTheSlotIsWeighedIsNotLeftBehind(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.slots(w.at(18, 0), time.Hour, wait)
		id := w.file(want{id: "oa-1", channels: both(), at: w.at(18, 0)})
		w.slow(time.Hour)
		w.fakes["site"].look = func(context.Context, press.Entry) error { return errDisk } // nobody else verifies it
		w.start()
		var composed bool
		w.store.set(nil, func(call string) error {
			if c := w.copy(id, "site"); call == "Compose for wechat" && c.State == press.CopyHanded && !composed {
				composed = true // what waits for the page was not composed; now it is verified, before the lane asks whether anything is pending
				_, err := w.led.Retry(t.Context(), "oa-1", "site", ledger.Hint{Link: "https://fake.example.gov.cn/x"}, operator, w.now())
				w.check(err)
				w.check(w.led.Saw(t.Context(), press.Sighting{Copy: c.ID, Status: press.SeenEqual}, w.now()))
				w.s.Wake()
			}
			return nil
		})
		w.until(w.at(18, 1))
		if !composed {
			t.Fatal("the story did not happen")
		}
		w.is(id, "wechat", press.CopyVerified, 1)
		if at := w.slotOf(id, "wechat"); !at.Equal(w.at(18, 0)) {
			t.Fatalf("it went out in the slot of %v", at)
		}
	})
}

func TestMissedSlotsAreDealtWithByTheRule(t *testing.T) {
	for _, missed := range []int{1, 5} {
		for _, late := range []press.Late{"", press.LatePublish, press.LateNext, press.LateAsk} {
			t.Run(fmt.Sprintf("%s, %d missed", late, missed), func(t *testing.T) {
				inWorld(t, func(t *testing.T, w *world) { missedSlots(t, w, late, missed) })
			})
		}
	}
}

func missedSlots(t *testing.T, w *world, late press.Late, missed int) {
	w.slots(w.at(18, 0), time.Hour, 0)
	w.wechat().Late = late
	w.start()
	w.halt()
	last := w.at(17+missed, 0)
	next := last.Add(time.Hour)
	id := w.file(want{id: "oa-1", channels: []string{"wechat"}})
	after := w.file(want{id: "oa-2", channels: []string{"wechat"}, at: last.Add(time.Minute)})
	w.until(last.Add(30 * time.Minute))
	w.start()
	switch late {
	case press.LateNext:
		w.is(id, "wechat", press.Waiting, 0)
	case press.LateAsk:
		w.is(id, "wechat", press.Waiting, 0)
		w.check(w.led.AnswerSlot(t.Context(), "wechat", last, ledger.Who{Name: "李某", Role: press.Operator}, w.now()))
		w.s.Wake()
		w.sleep(0)
		w.is(id, "wechat", press.CopyVerified, 1)
	default:
		w.is(id, "wechat", press.CopyVerified, 1)
	}
	if late != press.LateNext && !w.slotOf(id, "wechat").Equal(last) {
		t.Fatalf("it went out in the slot of %v", w.slotOf(id, "wechat"))
	}
	if n := w.store.count("Strike"); n != missed {
		t.Fatalf("%d of %d missed moments are on record", n, missed)
	}
	w.is(after, "wechat", press.Waiting, 0) // it was not ready at any of them
	w.until(next)
	w.is(id, "wechat", press.CopyVerified, 1)
	w.is(after, "wechat", press.CopyVerified, 1)
}

func TestASlotThatIsALittleLateWasNotMissed(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.slots(w.at(18, 0), time.Hour, 0)
		w.wechat().Late = press.LateNext
		w.start()
		w.halt()
		id := w.file(want{id: "oa-1", channels: []string{"wechat"}})
		w.until(w.at(18, 1)) // a restart of a minute
		w.start()
		w.is(id, "wechat", press.CopyVerified, 1)
	})
}

func TestOfManyMissedMomentsTheLastHundredAreRecorded(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.slots(w.at(11, 0), time.Minute, 0)
		w.start()
		w.halt()
		id := w.file(want{id: "oa-1", channels: []string{"wechat"}})
		w.until(w.at(15, 30).Add(30 * time.Second))
		w.start()
		if n := w.store.count("Strike"); n != mostMissed {
			t.Fatalf("%d moments on record, want %d", n, mostMissed)
		}
		w.is(id, "wechat", press.CopyVerified, 1)
		if at := w.slotOf(id, "wechat"); !at.Equal(w.at(15, 30)) {
			t.Fatalf("it went out in the slot of %v", at)
		}
	})
}

func TestAChangedTimetableHasMissedNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.slots(w.at(11, 0), time.Hour, 0)
		w.start()
		w.halt()
		id := w.file(want{id: "oa-1", channels: []string{"wechat"}})
		w.until(w.at(15, 10))
		w.slots(w.at(11, 20), time.Hour, 0)
		w.start()
		w.is(id, "wechat", press.Waiting, 0)
		w.until(w.at(15, 20))
		w.is(id, "wechat", press.CopyVerified, 1)
	})
}

func TestAnEndedTimetableStrikesNoMore(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.slots(w.at(11, 0), time.Hour, 0)
		w.wechat().When = press.Once(w.at(11, 0))
		w.start()
		w.until(w.at(11, 0))
		id := w.file(want{id: "oa-1", channels: []string{"wechat"}})
		w.sleep(0)
		calls := w.store.sum()
		w.sleep(24 * time.Hour)
		w.is(id, "wechat", press.Waiting, 0)
		if n := w.store.sum(); n != calls {
			t.Fatalf("%d calls of the ledger though nothing will ever be due", n-calls)
		}
	})
}

func TestWhatBelongsTogetherGoesOutInOneSlot(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.slots(w.at(18, 0), time.Hour, wait)
		w.start()
		policy := w.file(want{id: "oa-1", channels: both(), with: []string{"oa-2"}})
		w.until(w.at(18, 30))
		w.is(policy, "site", press.Waiting, 0)
		w.is(policy, "wechat", press.Waiting, 0)
		reading := w.file(want{id: "oa-2", channels: both()})
		w.until(w.at(18, 59))
		w.is(policy, "site", press.CopyVerified, 1)
		w.is(reading, "site", press.CopyVerified, 1)
		w.until(w.at(19, 0))
		w.is(policy, "wechat", press.CopyVerified, 1)
		w.is(reading, "wechat", press.CopyVerified, 1)
	})
}
