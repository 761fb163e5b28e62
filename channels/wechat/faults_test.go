package wechat

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"tongfa/channels"
	"tongfa/press"
	"tongfa/standin"
)

// goOn delivers an act as the scheduler does, until it is final, and reports the last status. A person sees to what she is asked for once.
func (w *office) goOn(a press.Act) (press.Receipt, error) {
	var r press.Receipt
	var err error
	for range 40 {
		r, err = w.deliver(a)
		wait := time.Minute
		switch {
		case err != nil:
			a.Attempt++
			if t := press.TroubleOf(err); !t.When.IsZero() {
				wait = max(wait, t.When.Sub(w.clock()))
			} else if t.Remedy == press.AskPerson || t.Remedy == press.ChangeText {
				return r, err
			}
		case r.Status != press.HandedOver && r.Status != press.CannotTell:
			return r, err
		case !r.Again.IsZero():
			wait = max(wait, r.Again.Sub(w.clock()))
		}
		w.advance(wait)
	}
	return r, fmt.Errorf("never came to rest, is %s: %w", r.Status, err)
}

// Every call of a publication, with every fault of the stand-in, before its effect and after it.
func TestNothingIsEverOutTwice(t *testing.T) {
	paths := map[string][]endpoint{
		modeDraft:   {stableToken, uploadImg, addMaterial, draftAdd, draftGet, draftBatch},
		modePublish: {stableToken, uploadImg, addMaterial, draftAdd, draftGet, pubSubmit, pubGet},
		modeMass:    {stableToken, uploadImg, addMaterial, draftAdd, draftGet, massSend, massGet},
	}
	for mode, eps := range paths {
		for _, ep := range eps {
			for _, kind := range faultKinds() {
				for _, times := range []int{1, 2} {
					t.Run(fmt.Sprintf("%s %s %s %d", mode, ep.path, kind, times), func(t *testing.T) {
						w := newOffice(t, mode)
						w.must(w.we.Inject(standin.Fault{Path: ep.path, Kind: kind, Times: times}))
						w.settles(t, mode, ep == pubSubmit && times > 1)
					})
				}
			}
		}
	}
}

// faultKinds are what may happen to a call of which the caller lives to hear.
func faultKinds() []string {
	return []string{"drop", "drop-before", "502", "502-after", "504-after", "html-page", "html-page-after", "empty-200", "empty-200-before",
		"empty-object", "empty-object-before", "minus1", "minus1-after", "truncated", "truncated-before", "cut", "403", "407", "503-after", "redirect", "unreachable",
		"gzip", "gzip-wrong", "garbage", "skew", "expire", "steal", "steal-classic"}
}

// An answer that never ends is no answer, and costs no more memory than the largest that makes sense.
func TestAnAnswerThatIsTooLarge(t *testing.T) {
	for _, ep := range []endpoint{draftAdd, pubSubmit} {
		w := newOffice(t, modePublish)
		w.must(w.we.Inject(standin.Fault{Path: ep.path, Kind: "huge", Code: mostAnswer>>20 + 1}))
		e := w.edition(1)
		a := w.memory.Open(press.Publish, e)
		if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
			t.Fatalf("%s: %v", ep.path, err)
		}
		if r, err := w.goOn(a); err != nil || r.Status != press.Live || w.out(e.Entries[0].Copy.Marker) != 1 {
			t.Errorf("%s: %s %v", ep.path, r.Status, err)
		}
	}
}

// Every call of a withdrawal, with every fault: in the end it is gone, and nothing else is.
func TestWithdrawalsUnderEveryFault(t *testing.T) {
	for mode, eps := range map[string][]endpoint{
		modeDraft:   {stableToken, draftGet, draftDelete, pubBatch},
		modePublish: {stableToken, pubArticle, pubDelete},
		modeMass:    {stableToken, massGet, massDelete},
	} {
		for _, ep := range eps {
			for _, kind := range faultKinds() {
				t.Run(fmt.Sprintf("%s %s %s", mode, ep.path, kind), func(t *testing.T) {
					w := newOffice(t, mode)
					es, others := w.standing(t), w.standing(t)
					w.must(w.we.Inject(standin.Fault{Path: ep.path, Kind: kind, Times: 2}))
					w.takenBack(t, es)
					for _, e := range others {
						if n := w.out(e.Copy.Marker); n != 1 {
							t.Errorf("another article is out there %d times", n)
						}
					}
				})
			}
		}
	}
}

// standing publishes an edition of two as far as the mode does by itself.
func (w *office) standing(t *testing.T) []press.Entry {
	t.Helper()
	e := w.edition(2)
	if r, err := w.goOn(w.memory.Open(press.Publish, e)); err != nil || r.Status != press.Live && r.Status != press.NeedsHand {
		t.Fatalf("%s %v", r.Status, err)
	}
	return w.memory.Open(press.Publish, e).Edition.Entries
}

// takenBack withdraws entries, and asks again where a person was called for the network.
func (w *office) takenBack(t *testing.T, es []press.Entry) {
	t.Helper()
	a := w.memory.Open(press.Withdraw, press.Edition{Key: "w", Slot: press.Slot{Channel: "wechat"}, Entries: es})
	r, err := w.goOn(a)
	for range 3 {
		if press.RemedyOf(err) != press.AskPerson {
			break
		}
		w.advance(10 * time.Minute)
		r, err = w.goOn(a)
	}
	if err != nil || r.Status != press.Gone {
		t.Fatalf("%s %s %v", r.Status, r.Note, err)
	}
	for _, e := range es {
		if n := w.out(e.Copy.Marker); n != 0 {
			t.Errorf("still out there %d times", n)
		}
	}
}

// settles publishes one edition under whatever was injected: in the end it is out exactly once, or a person may be asked and it is out
// at most once.
func (w *office) settles(t *testing.T, mode string, mayAsk bool) {
	t.Helper()
	e := w.edition(2)
	a := w.memory.Open(press.Publish, e)
	r, err := w.goOn(a)
	for range 3 { // what a person is called for is tried again every ten minutes, as the scheduler does
		if press.RemedyOf(err) != press.AskPerson {
			break
		}
		w.advance(10 * time.Minute)
		r, err = w.goOn(a)
	}
	want := press.Live
	if mode == modeDraft {
		want = press.NeedsHand
	}
	asked := mayAsk && r.Status == press.NeedsHand
	if err != nil || r.Status != want && !asked {
		t.Fatalf("%s %v", r.Status, err)
	}
	for _, en := range e.Entries {
		if n := w.out(en.Copy.Marker); n > 1 || n == 0 && !asked {
			t.Errorf("out there %d times after %s (%s)", n, r.Status, r.Note)
		}
	}
}

func TestRandomFaultsAndRestarts(t *testing.T) {
	for _, mode := range []string{modeDraft, modePublish, modeMass} {
		for seed := range int64(25) {
			t.Run(fmt.Sprintf("%s %d", mode, seed), func(t *testing.T) {
				w := newOffice(t, mode, setup{standin: func(o *standin.Options) { o.Seed = seed }})
				w.must(w.we.Inject(
					standin.Fault{Path: "/cgi-bin/*", Kind: "drop", Rate: 0.15, Times: 4},
					standin.Fault{Path: "/cgi-bin/*", Kind: "minus1-after", Rate: 0.1, Times: 3},
					standin.Fault{Path: "/cgi-bin/*", Kind: "502", Rate: 0.1, Times: 3}))
				e := w.edition(3)
				a := w.memory.Open(press.Publish, e)
				for range 30 {
					r, err := w.deliver(a)
					if err == nil && (r.Status == press.Live || r.Status == press.NeedsHand) {
						break
					}
					w.advance(7 * time.Minute)
					w.c = w.open() // the program was started again
				}
				for _, en := range e.Entries {
					if n := w.out(en.Copy.Marker); n != 1 {
						t.Errorf("out there %d times", n)
					}
				}
			})
		}
	}
}

// A submission that is carried out after the program gave up: the draft is still in the box when it is looked for, and gone later.
func TestAnEffectAfterTheProgramGaveUp(t *testing.T) {
	for _, ep := range []endpoint{draftAdd, pubSubmit, massSend} {
		mode := modePublish
		if ep == massSend {
			mode = modeMass
		}
		for _, late := range []time.Duration{50 * time.Second, 3 * time.Minute, 15 * time.Minute} {
			t.Run(fmt.Sprintf("%s %s", ep.path, late), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newOffice(t, mode, setup{standin: func(o *standin.Options) { o.Now = time.Now }})
					w.c.o.Now, w.c.cache.now = time.Now, time.Now
					w.now = time.Now()
					w.must(w.we.Inject(standin.Fault{Path: ep.path, Kind: "late", Delay: late}))
					e := w.edition(1)
					a := w.memory.Open(press.Publish, e)
					start := time.Now()
					_, err := channels.Deliver(t.Context(), w.c, a, w.memory.Journal(a.ID))
					if got := time.Since(start); got != callTimeout || press.RemedyOf(err) != press.LookFirst {
						t.Fatalf("after %s: %v", got, err)
					}
					for range 60 {
						w.advance(time.Since(w.now))
						r, err := w.deliver(a)
						if err == nil && r.Status == press.Live {
							break
						}
						time.Sleep(time.Minute)
					}
					if n := w.out(e.Entries[0].Copy.Marker); n != 1 {
						t.Errorf("out there %d times", n)
					}
				})
			})
		}
	}
}

func TestAStopInTheMiddleOfACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newOffice(t, modePublish)
		w.must(w.we.Inject(standin.Fault{Path: pubSubmit.path, Kind: "late", Delay: 10 * time.Second}))
		e := w.edition(1)
		a := w.memory.Open(press.Publish, e)
		ctx, stop := context.WithTimeout(t.Context(), 2*time.Second)
		defer stop()
		_, err := channels.Deliver(ctx, w.c, a, w.memory.Journal(a.ID))
		if press.RemedyOf(err) != press.LookFirst {
			t.Fatalf("%v", err)
		}
		time.Sleep(time.Minute)
		r, err := w.goOn(a)
		if err != nil || r.Status != press.Live && r.Status != press.NeedsHand || w.out(e.Entries[0].Copy.Marker) != 1 {
			t.Errorf("%s %v", r.Status, err)
		}
	})
}
