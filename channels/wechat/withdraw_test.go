package wechat

import (
	"net/http"
	"net/http/httptest"
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
	r, err := w.deliver(a)
	if err != nil || r.Status != press.CannotTell || !strings.Contains(r.Note, "还有1篇") || r.Again.In(beijing()).Day() != 25 || w.effects("article-delete") != 10 {
		t.Fatalf("the eleventh: %s %s %v, again %s", r.Status, r.Note, err, r.Again)
	}
	w.advance(r.Again.Sub(w.clock()))
	if r, err := w.deliver(a); err != nil || r.Status != press.Gone {
		t.Errorf("the next day: %s %v", r.Status, err)
	}
}

// A correction leaves the last deletions of a day to urgent withdrawals, and a withdrawal of many tells what is gone already.
func TestCorrectionsLeaveDeletionsToWithdrawals(t *testing.T) {
	w := newOffice(t, modePublish, setup{standin: func(o *standin.Options) { o.Quotas = map[string]int{"*": -1} }})
	var es []press.Entry
	for range 12 {
		es = append(es, w.publish(w.edition(1))...)
		w.advance(20 * time.Minute)
	}
	w.advance(24 * time.Hour)
	a := w.memory.Open(press.Withdraw, press.Edition{Key: "w", Entries: es[:9]})
	a.Way = press.Republish
	r, err := w.deliver(a)
	if err != nil || r.Status != press.CannotTell || !strings.Contains(r.Note, "还有2篇") || w.effects("article-delete") != 7 || r.Parts[6].Status != press.Gone {
		t.Fatalf("%s %s %v after %d deletions", r.Status, r.Note, err, w.effects("article-delete"))
	}
	if r, err := w.withdraw(es[9]); err != nil || r.Status != press.Gone {
		t.Errorf("an urgent withdrawal: %s %v", r.Status, err)
	}
	w.advance(r.Again.Sub(w.clock()))
	if r, err := w.deliver(a); err != nil || r.Status != press.Gone || w.effects("article-delete") != 10 {
		t.Errorf("the next day: %s %v after %d deletions", r.Status, err, w.effects("article-delete"))
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
	t.Run("when all of it is withdrawn", func(t *testing.T) {
		for _, kind := range []channeltest.Fault{"", channeltest.LostBefore, channeltest.LostAfter} {
			w := newOffice(t, modeDraft)
			es := entries(w, 3)
			a := w.memory.Open(press.Withdraw, press.Edition{Key: "w", Entries: es})
			w.line.breakAfter(kind, 3) // three looks at the draft come first
			if r, err := w.goOn(a); err != nil || r.Status != press.Gone || len(w.we.Drafts()) != 0 || w.memory.Spent(draftDelete.path) > 2 {
				t.Errorf("%s: %s %s %v, %d drafts, %d deletions", kind, r.Status, r.Note, err, len(w.we.Drafts()), w.memory.Spent(draftDelete.path))
			}
			if r, err := w.deliver(a); err != nil || r.Status != press.Gone {
				t.Errorf("%s: asked again: %s %v", kind, r.Status, err)
			}
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
	for _, articles := range []int{1, 3} {
		w := newOffice(t, modePublish)
		es := w.publish(w.edition(articles))
		w.must(w.we.Inject(standin.Fault{Path: pubDelete.path, Kind: "errcode", Code: 48001}))
		r, err := w.withdraw(es...)
		if err != nil || r.Status != press.NeedsHand || !strings.Contains(r.Note, "48001") {
			t.Errorf("%s %s %v", r.Status, r.Note, err)
		}
		for i, e := range es {
			if r.Parts[i].Status != press.NeedsHand || w.out(e.Copy.Marker) != 1 {
				t.Errorf("article %d of %d: %+v", i+1, articles, r.Parts[i])
			}
		}
	}
}

// What may not go out any more, held back or revised since, is taken out of the box, unless a person has worked on it: then she is told not to
// publish it.
func TestADraftThatMustNotGoOutIsTakenOut(t *testing.T) {
	begun := func(t *testing.T, mode string) (*office, press.Act) {
		w := newOffice(t, mode)
		a := w.memory.Open(press.Publish, w.edition(2))
		if step := map[string]string{modePublish: stepSubmit, modeMass: stepSend}[mode]; step != "" {
			w.interrupted(a, step)
		} else if r, err := w.deliver(a); err != nil || r.Status != press.NeedsHand {
			t.Fatalf("%s %v", r.Status, err)
		}
		a.LookOnly = true
		return w, a
	}
	for _, mode := range []string{modeDraft, modePublish, modeMass} {
		t.Run(mode, func(t *testing.T) {
			w, a := begun(t, mode)
			if r, err := w.deliver(a); err != nil || r.Status != press.Absent || len(w.we.Drafts()) != 0 {
				t.Fatalf("%s %s %v, %d drafts", r.Status, r.Note, err, len(w.we.Drafts()))
			}
			a.LookOnly = false // the program died before that was written down, and what held it back was taken back
			if r, err := w.goOn(a); err != nil || r.Status != press.Live && mode != modeDraft || w.effects("draft-add") != 2 {
				t.Errorf("resumed: %s %s %v", r.Status, r.Note, err)
			}
		})
		t.Run(mode+" that was there for a while", func(t *testing.T) {
			w, a := begun(t, mode)
			w.advance(time.Hour)
			start := w.clock()
			if r, err := w.deliver(a); err != nil || r.Status != press.CannotTell || !r.Again.Equal(start.Add(submitLag)) || len(w.we.Drafts()) != 0 {
				t.Fatalf("%s %s %v, %d drafts", r.Status, r.Note, err, len(w.we.Drafts()))
			}
			if r, err := w.goOn(a); err != nil || r.Status != press.Absent || w.clock().Sub(start) < submitLag {
				t.Errorf("%s %s %v", r.Status, r.Note, err)
			}
		})
		t.Run(mode+" changed by a person", func(t *testing.T) {
			w, a := begun(t, mode)
			w.advance(5 * time.Minute)
			w.must(w.we.EditDraft(account, w.we.Drafts()[0].MediaID, standin.Edit{Index: 1, Find: "依法", Put: "依"}))
			r, err := w.deliver(a)
			if err != nil || r.Status != press.NeedsHand || len(w.we.Drafts()) != 1 || !strings.Contains(r.Note, "不要发布") {
				t.Errorf("%s %s %v", r.Status, r.Note, err)
			}
		})
		t.Run(mode+" published by a person", func(t *testing.T) {
			w, a := begun(t, mode)
			w.must(w.we.PublishDraft(account, w.we.Drafts()[0].MediaID))
			if r, err := w.goOn(a); err != nil || r.Status != press.Live || w.out(a.Edition.Entries[0].Copy.Marker) != 1 {
				t.Errorf("%s %s %v", r.Status, r.Note, err)
			}
		})
		t.Run(mode+" sent by a person after a deletion that never arrived", func(t *testing.T) {
			w, a := begun(t, mode)
			w.must(w.we.Inject(standin.Fault{Path: draftDelete.path, Kind: "drop-before"}))
			if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
				t.Fatal(err)
			}
			w.must(w.we.MassSendDraft(account, w.we.Drafts()[0].MediaID))
			w.advance(time.Hour)
			if r, err := w.goOn(a); err != nil || r.Status != press.NeedsHand || !strings.Contains(r.Note, "群发") {
				t.Errorf("%s %s %v", r.Status, r.Note, err)
			}
		})
		for _, kind := range []channeltest.Fault{channeltest.LostBefore, channeltest.LostAfter, channeltest.Garbage} {
			t.Run(mode+" "+string(kind), func(t *testing.T) {
				w, a := begun(t, mode)
				w.must(w.we.Inject(standin.Fault{Path: draftDelete.path, Kind: map[channeltest.Fault]string{
					channeltest.LostBefore: "drop-before", channeltest.LostAfter: "drop", channeltest.Garbage: "html-page"}[kind]}))
				if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
					t.Fatal(err)
				}
				if r, err := w.goOn(a); err != nil || r.Status != press.Absent || len(w.we.Drafts()) != 0 {
					t.Errorf("%s %s %v, %d drafts", r.Status, r.Note, err, len(w.we.Drafts()))
				}
			})
		}
	}
}

// lateBox is a draft box that tells late that a person has taken a draft: it says yes to deleting what is gone.
type lateBox struct {
	to    http.RoundTripper
	taken func() // what she does just before
}

func (b lateBox) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, draftDelete.path) {
		return b.to.RoundTrip(r)
	}
	b.taken()
	rec := httptest.NewRecorder()
	_, _ = rec.WriteString(`{"errcode":0,"errmsg":"ok"}`)
	res := rec.Result()
	res.Request = r
	return res, nil
}

// waitingDraft is an edition of one whose draft waits for a person.
func waitingDraft(t *testing.T) (*office, press.Entry, string) {
	t.Helper()
	w := newOffice(t, modeDraft)
	e := w.edition(1)
	if r, err := w.deliver(w.memory.Open(press.Publish, e)); err != nil || r.Status != press.NeedsHand {
		t.Fatalf("%s %v", r.Status, err)
	}
	es := w.memory.Open(press.Publish, e).Edition.Entries
	return w, es[0], parseReference(es[0].Copy.Ref).id
}

func TestADraftIsGoneOnlyWhenNobodyCanHavePublishedIt(t *testing.T) {
	t.Run("published while the box was late", func(t *testing.T) {
		w, e, id := waitingDraft(t)
		w.line.to = lateBox{w.line.to, func() { w.must(w.we.PublishDraft(account, id)) }}
		a := w.memory.Open(press.Withdraw, press.Edition{Key: "w", Entries: []press.Entry{e}})
		if r, err := w.deliver(a); err != nil || r.Status != press.CannotTell || r.Again.IsZero() {
			t.Fatalf("just deleted: %s %v", r.Status, err)
		}
		if r, err := w.goOn(a); err != nil || r.Status != press.Gone || w.out(e.Copy.Marker) != 0 {
			t.Errorf("%s %s %v, out there %d times", r.Status, r.Note, err, w.out(e.Copy.Marker))
		}
	})
	t.Run("sent by hand after a deletion that never arrived", func(t *testing.T) {
		w, e, id := waitingDraft(t)
		a := w.memory.Open(press.Withdraw, press.Edition{Key: "w", Entries: []press.Entry{e}})
		w.line.breakAfter(channeltest.LostBefore, 1)
		if r, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
			t.Fatalf("%s %v", r.Status, err)
		}
		w.must(w.we.MassSendDraft(account, id))
		w.advance(time.Hour)
		if r, err := w.goOn(a); err != nil || r.Status != press.NeedsHand || !strings.Contains(r.Note, "群发") || w.out(e.Copy.Marker) != 1 {
			t.Errorf("%s %s %v", r.Status, r.Note, err)
		}
	})
	t.Run("sent by hand in the moment of its deletion", func(t *testing.T) {
		w, e, id := waitingDraft(t)
		a := w.memory.Open(press.Withdraw, press.Edition{Key: "w", Entries: []press.Entry{e}})
		w.line.hook = func(r *http.Request) {
			if strings.HasSuffix(r.URL.Path, draftDelete.path) {
				w.must(w.we.MassSendDraft(account, id))
			}
		}
		if r, err := w.goOn(a); err != nil || r.Status != press.NeedsHand || !strings.Contains(r.Note, "群发") {
			t.Errorf("%s %s %v", r.Status, r.Note, err)
		}
	})
	t.Run("a link to another article deletes nothing", func(t *testing.T) {
		w, e, id := waitingDraft(t)
		other := w.edition(1)
		if r, err := w.deliver(w.memory.Open(press.Publish, other)); err != nil || r.Status != press.NeedsHand {
			t.Fatalf("%s %v", r.Status, err)
		}
		marker := other.Entries[0].Copy.Marker
		for _, d := range w.we.Drafts() {
			w.must(w.we.MassSendDraft(account, d.MediaID))
		}
		live, _ := w.article(marker)
		e.Copy.URL = live.URL
		a := w.memory.Open(press.Withdraw, press.Edition{Key: "w"})
		a.Edition.Entries = []press.Entry{e}
		if r, err := w.goOn(a); err != nil || r.Status != press.NeedsHand || w.out(marker) != 1 || w.out(e.Copy.Marker) != 1 {
			t.Errorf("of %s: %s %s %v, the other is out %d times", id, r.Status, r.Note, err, w.out(marker))
		}
	})
	t.Run("a link that leads nowhere proves nothing", func(t *testing.T) {
		w, e, id := waitingDraft(t)
		w.must(w.we.MassSendDraft(account, id))
		e.Copy.URL = "https://mp.example.gov.cn/s/mistyped"
		a := w.memory.Open(press.Withdraw, press.Edition{Key: "w"})
		a.Edition.Entries = []press.Entry{e}
		if r, err := w.goOn(a); err == nil && r.Status == press.Gone || w.out(e.Copy.Marker) != 1 {
			t.Errorf("%s %s %v", r.Status, r.Note, err)
		}
	})
}
