package wechat

import (
	"strings"
	"testing"
	"time"

	"tongfa/channels/channeltest"
	"tongfa/press"
	"tongfa/standin"
)

// withdraw opens a withdrawal of entries and delivers it until it rests.
func (w *office) withdraw(entries ...press.Entry) (press.Receipt, error) {
	e := press.Edition{Key: "withdrawal", Slot: press.Slot{Channel: "wechat"}, Entries: entries}
	return w.goOn(w.memory.Open(press.Withdraw, e))
}

func TestAWithdrawalDeletesNothingElse(t *testing.T) {
	for _, mode := range []string{modePublish, modeMass} {
		t.Run(mode, func(t *testing.T) {
			w := newOffice(t, mode)
			es := w.publish(w.edition(3))
			if r, err := w.withdraw(es[1]); err != nil || r.Status != press.Gone {
				t.Fatalf("%s %v", r.Status, err)
			}
			for i, want := range []int{1, 0, 1} {
				if n := w.out(es[i].Copy.Marker); n != want {
					t.Errorf("article %d is out there %d times", i+1, n)
				}
			}
			if r, err := w.withdraw(es...); err != nil || r.Status != press.Gone || w.out(es[0].Copy.Marker)+w.out(es[2].Copy.Marker) != 0 {
				t.Errorf("the rest: %s %v", r.Status, err)
			}
		})
	}
}

func TestAWholeMessageCostsOneDeletion(t *testing.T) {
	w := newOffice(t, modePublish)
	es := w.publish(w.edition(8))
	if r, err := w.withdraw(es...); err != nil || r.Status != press.Gone {
		t.Fatalf("%s %v", r.Status, err)
	}
	if n := w.memory.Spent(pubDelete.path); n != 1 {
		t.Errorf("%d deletions", n)
	}
}

func TestTheDayHasTenDeletions(t *testing.T) {
	w := newOffice(t, modePublish)
	for range 10 {
		if r, err := w.withdraw(w.publish(w.edition(1))...); err != nil || r.Status != press.Gone {
			t.Fatalf("%s %v", r.Status, err)
		}
	}
	e := w.publish(w.edition(1))
	a := w.memory.Open(press.Withdraw, press.Edition{Key: "w", Entries: e})
	_, err := w.deliver(a)
	if tr := press.TroubleOf(err); tr.Remedy != press.TryLater || tr.When.IsZero() {
		t.Fatalf("the eleventh: %+v", tr)
	}
	w.advance(24 * time.Hour)
	if r, err := w.deliver(a); err != nil || r.Status != press.Gone {
		t.Errorf("the next day: %s %v", r.Status, err)
	}
}

func TestAWithdrawalFindsItsArticleByMarker(t *testing.T) {
	w := newOffice(t, modePublish)
	es := w.publish(w.edition(2))
	swapped := es[0]
	swapped.Copy.Ref = es[1].Copy.Ref // as if the platform counted otherwise
	a := w.memory.Open(press.Withdraw, press.Edition{Key: "w"})
	a.Edition.Entries = []press.Entry{swapped}
	if r, err := w.deliver(a); err != nil || r.Status != press.Gone {
		t.Fatalf("%s %v", r.Status, err)
	}
	if w.out(es[0].Copy.Marker) != 0 || w.out(es[1].Copy.Marker) != 1 {
		t.Error("the wrong article was deleted")
	}
	stranger := es[1]
	stranger.Copy.Marker = "ffffffffffffffffffff"
	a = w.memory.Open(press.Withdraw, press.Edition{Key: "w2"})
	a.Edition.Entries = []press.Entry{stranger}
	r, err := w.deliver(a)
	if err != nil || r.Status != press.NeedsHand || !han(r.Note) || w.out(es[1].Copy.Marker) != 1 {
		t.Errorf("a stranger: %s %v", r.Status, err)
	}
}

func TestWithdrawingWhatIsStillUnderReviewWaits(t *testing.T) {
	w := newOffice(t, modePublish, setup{standin: func(o *standin.Options) { o.Review = 10 * time.Minute }})
	e := w.edition(1)
	if r, err := w.deliver(w.memory.Open(press.Publish, e)); err != nil || r.Status != press.HandedOver {
		t.Fatalf("%s %v", r.Status, err)
	}
	a := w.memory.Open(press.Withdraw, e)
	if r, err := w.deliver(a); err != nil || r.Status != press.CannotTell || r.Again.IsZero() {
		t.Fatalf("under review: %s %v", r.Status, err)
	}
	if r, err := w.goOn(a); err != nil || r.Status != press.Gone || w.out(e.Entries[0].Copy.Marker) != 0 {
		t.Errorf("after it: %s %v", r.Status, err)
	}
}

func TestWithdrawingWhatWasRefusedIsDone(t *testing.T) {
	w := newOffice(t, modePublish)
	w.must(w.we.Decide(account, standin.Outcome{Status: 4}))
	e := w.edition(1)
	if r, err := w.goOn(w.memory.Open(press.Publish, e)); err != nil || r.Status != press.Refused {
		t.Fatalf("%s %v", r.Status, err)
	}
	if r, err := w.withdraw(w.memory.Open(press.Publish, e).Edition.Entries...); err != nil || r.Status != press.Gone || w.effects("article-delete") != 0 {
		t.Errorf("%s %v", r.Status, err)
	}
}

func TestWithdrawingADraftThatNobodyPublished(t *testing.T) {
	entries := func(w *office, n int) []press.Entry {
		e := w.edition(n)
		if r, err := w.deliver(w.memory.Open(press.Publish, e)); err != nil || r.Status != press.NeedsHand {
			t.Fatalf("%s %v", r.Status, err)
		}
		return w.memory.Open(press.Publish, e).Edition.Entries
	}
	t.Run("deletes it", func(t *testing.T) {
		w := newOffice(t, modeDraft)
		if r, err := w.withdraw(entries(w, 1)...); err != nil || r.Status != press.Gone || len(w.we.Drafts()) != 0 {
			t.Errorf("%s %v", r.Status, err)
		}
	})
	t.Run("not when others are in it", func(t *testing.T) {
		w := newOffice(t, modeDraft)
		r, err := w.withdraw(entries(w, 2)[0])
		if err != nil || r.Status != press.NeedsHand || !strings.Contains(r.Note, "第1篇") || len(w.we.Drafts()) != 1 {
			t.Errorf("%s %s %v", r.Status, r.Note, err)
		}
	})
	t.Run("not when a person worked on it", func(t *testing.T) {
		w := newOffice(t, modeDraft)
		es := entries(w, 1)
		w.advance(time.Minute)
		w.must(w.we.EditDraft(account, parseReference(es[0].Copy.Ref).id, standin.Edit{Find: "依法", Put: "依"}))
		if r, err := w.withdraw(es...); err != nil || r.Status != press.NeedsHand || len(w.we.Drafts()) != 1 {
			t.Errorf("%s %v", r.Status, err)
		}
	})
	t.Run("published by hand meanwhile", func(t *testing.T) {
		w := newOffice(t, modeDraft)
		es := entries(w, 1)
		w.must(w.we.PublishDraft(account, parseReference(es[0].Copy.Ref).id))
		if r, err := w.withdraw(es...); err != nil || r.Status != press.Gone || w.out(es[0].Copy.Marker) != 0 {
			t.Errorf("%s %v", r.Status, err)
		}
	})
	t.Run("published by hand after a deletion that never arrived", func(t *testing.T) {
		w := newOffice(t, modeDraft)
		es := entries(w, 1)
		a := w.memory.Open(press.Withdraw, press.Edition{Key: "w", Entries: es})
		w.line.breakAfter(channeltest.LostBefore, 1) // the first call looks at the draft
		if r, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
			t.Fatalf("%s %v", r.Status, err)
		}
		w.must(w.we.PublishDraft(account, parseReference(es[0].Copy.Ref).id))
		if r, err := w.goOn(a); err != nil || r.Status != press.Gone || w.out(es[0].Copy.Marker) != 0 {
			t.Errorf("%s %v, out there %d times", r.Status, err, w.out(es[0].Copy.Marker))
		}
	})
	t.Run("when the answer to its deletion is lost", func(t *testing.T) {
		w := newOffice(t, modeDraft)
		es := entries(w, 1)
		a := w.memory.Open(press.Withdraw, press.Edition{Key: "w", Entries: es})
		w.line.breakAfter(channeltest.LostAfter, 1)
		if r, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
			t.Fatalf("%s %v", r.Status, err)
		}
		if r, err := w.goOn(a); err != nil || r.Status != press.Gone || len(w.we.Drafts()) != 0 {
			t.Errorf("%s %v", r.Status, err)
		}
	})
	t.Run("sent by hand meanwhile", func(t *testing.T) {
		w := newOffice(t, modeDraft)
		es := entries(w, 1)
		w.must(w.we.MassSendDraft(account, parseReference(es[0].Copy.Ref).id))
		w.advance(5 * time.Minute)
		if r, err := w.withdraw(es...); err != nil || r.Status != press.NeedsHand || !han(r.Note) {
			t.Fatalf("%s %v", r.Status, err)
		}
		live, _ := w.article(es[0].Copy.Marker)
		es[0].Copy.URL = live.URL // a person entered the link
		a := w.memory.Open(press.Withdraw, press.Edition{Key: "w"})
		a.Edition.Entries = es
		if r, err := w.goOn(a); err != nil || r.Status != press.Gone || w.out(es[0].Copy.Marker) != 0 {
			t.Errorf("%s %v", r.Status, err)
		}
	})
}

func TestARightThatWasTakenAwayCallsAPerson(t *testing.T) {
	w := newOffice(t, modePublish)
	es := w.publish(w.edition(1))
	w.must(w.we.Inject(standin.Fault{Path: pubDelete.path, Kind: "errcode", Code: 48001}))
	r, err := w.withdraw(es...)
	if err != nil || r.Status != press.NeedsHand || !strings.Contains(r.Note, "48001") || w.out(es[0].Copy.Marker) != 1 {
		t.Errorf("%s %s %v", r.Status, r.Note, err)
	}
}

// A text that may not go out any more, held back or revised since, is not to be helped out by a person.
func TestNobodyIsAskedToPublishWhatMustNotGoOut(t *testing.T) {
	w := newOffice(t, modeDraft)
	a := w.memory.Open(press.Publish, w.edition(1))
	if r, err := w.deliver(a); err != nil || r.Status != press.NeedsHand || !strings.Contains(r.Note, "点“发布”") {
		t.Fatalf("%s %s %v", r.Status, r.Note, err)
	}
	a.LookOnly = true
	r, err := w.deliver(a)
	if err != nil || r.Status != press.NeedsHand || strings.Contains(r.Note, "点“发布”") || !strings.Contains(r.Note, "不要发布") {
		t.Errorf("%s %s %v", r.Status, r.Note, err)
	}
}
