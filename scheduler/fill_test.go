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

// row files items for the moment of a slot, whose pages are made one after another.
func (w *world) row(n int, at time.Time, apart time.Duration) []press.ItemID {
	w.t.Helper()
	w.slots(at, time.Hour, wait)
	return w.rowOf(n, at, apart)
}

func (w *world) rowOf(n int, at time.Time, apart time.Duration) []press.ItemID {
	w.t.Helper()
	w.site().Every, w.site().Concurrency = apart, 1
	w.start()
	var ids []press.ItemID
	for i := range n {
		ids = append(ids, w.file(want{id: fmt.Sprint("oa-", i+1), channels: both(), at: at}))
	}
	return ids
}

// together fails unless items went out on wechat as one edition, and are out once each.
func (w *world) together(ids ...press.ItemID) {
	w.t.Helper()
	for _, id := range ids {
		w.is(id, "wechat", press.CopyVerified, 1)
		if a, b := w.copy(ids[0], "wechat").Edition, w.copy(id, "wechat").Edition; a != b {
			w.t.Fatalf("%s went out in %s, and %s in %s", ids[0], a, id, b)
		}
	}
}

func TestPagesThatAreVerifiedOneAfterAnotherAreOneMessage(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		ids := w.row(3, w.at(18, 0), 5*time.Second)
		w.until(w.at(18, 0).Add(10*time.Second - time.Microsecond))
		w.is(ids[1], "site", press.CopyVerified, 1)
		w.is(ids[0], "wechat", press.Waiting, 0)
		w.until(w.at(18, 0).Add(10 * time.Second))
		w.together(ids...)
		if n := len(w.openSlots()); n != 0 {
			t.Fatal("nothing is coming and the slot stays open")
		}
	})
}

func TestAMessageWaitsForOthersNoLongerThanAMinute(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		ids := w.row(3, w.at(18, 0), 40*time.Second)
		w.until(w.at(18, 1).Add(-time.Microsecond))
		w.is(ids[0], "wechat", press.Waiting, 0)
		w.until(w.at(18, 1))
		w.together(ids[0], ids[1])
		w.is(ids[2], "wechat", press.Waiting, 0)
		w.until(w.at(18, 1).Add(20 * time.Second))
		w.is(ids[2], "wechat", press.CopyVerified, 1)
	})
}

func TestAMessageThatIsFullWaitsForNobody(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.slots(w.at(18, 0), time.Hour, wait)
		w.wechat().Plan.Max = 2
		ids := w.rowOf(3, w.at(18, 0), 5*time.Second)
		w.until(w.at(18, 0).Add(5 * time.Second))
		w.together(ids[0], ids[1])
		w.is(ids[2], "wechat", press.Waiting, 0)
		w.until(w.at(18, 0).Add(10 * time.Second))
		w.is(ids[2], "wechat", press.CopyVerified, 1)
	})
}

func TestAMessageDoesNotWaitForAPageThatNeedsAPerson(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.fakes["site"].hold = func(_ context.Context, a press.Act) error {
			if a.Edition.Entries[0].Item.ExternalID == "oa-2" {
				return &press.Trouble{Remedy: press.AskPerson, What: "栏目不存在", Who: "网站编辑", Do: "改栏目"}
			}
			return nil
		}
		ids := w.row(2, w.at(18, 0), 5*time.Second)
		w.until(w.at(18, 0).Add(5*time.Second - time.Microsecond))
		w.is(ids[0], "wechat", press.Waiting, 0)
		w.until(w.at(18, 0).Add(5 * time.Second))
		w.is(ids[1], "site", press.CopyNeedsHand, 0)
		w.is(ids[0], "wechat", press.CopyVerified, 1)
	})
}

func TestARestartWhileAMessageWaitsForOthersMakesItOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		ids := w.row(3, w.at(18, 0), 5*time.Second)
		w.until(w.at(18, 0).Add(7 * time.Second))
		w.halt()
		w.start()
		w.until(w.at(18, 0).Add(10 * time.Second))
		w.together(ids...)
	})
}

func TestAComposedMessageWhoseMomentPassedFollowsTheRule(t *testing.T) {
	for _, late := range []press.Late{"", press.LatePublish, press.LateNext, press.LateAsk} {
		t.Run(string(late), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.slots(w.at(18, 0), time.Hour, wait)
				w.wechat().Late, w.wechat().Plan.After, w.wechat().Plan.Hand = late, nil, 8
				w.start()
				id := w.file(want{id: "oa-1", channels: []string{"wechat"}})
				p := w.wechat().Plan
				key, err := w.led.Plan(t.Context(), p, w.at(18, 0), operator, w.now())
				w.check(err)
				by := ledger.Edit{Who: operator}
				w.check(w.led.Put(t.Context(), p, key, string(id), by, w.now()))
				_, err = w.led.Freeze(t.Context(), p, key, by, w.now())
				w.check(err)
				w.check(w.led.IssueAt(t.Context(), p, key, w.at(18, 0), by, w.now()))
				w.halt()
				w.until(w.at(18, 30))
				w.start()
				switch late {
				case press.LateNext:
					w.is(id, "wechat", press.Waiting, 0)
					w.until(w.at(19, 0))
				case press.LateAsk:
					w.until(w.at(20, 0))
					w.is(id, "wechat", press.Waiting, 0)
					e, err := w.led.Edition(t.Context(), key)
					w.check(err)
					if !strings.Contains(e.Stopped, "错过了") {
						t.Fatalf("nobody is asked: %q", e.Stopped)
					}
					w.check(w.led.Issue(t.Context(), p, key, by, w.now()))
					w.s.Wake()
					w.sleep(0)
				}
				w.is(id, "wechat", press.CopyVerified, 1)
			})
		})
	}
}
