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
	kinds := []string{"drop", "drop-before", "502", "502-after", "504-after", "html-page", "html-page-after", "empty-200", "empty-200-before",
		"empty-object", "empty-object-before", "minus1", "minus1-after", "truncated", "truncated-before", "cut"}
	for mode, eps := range paths {
		for _, ep := range eps {
			for _, kind := range kinds {
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

// settles publishes one edition under whatever was injected: in the end it is out exactly once, or a person may be asked and it is out
// at most once.
func (w *office) settles(t *testing.T, mode string, mayAsk bool) {
	t.Helper()
	e := w.edition(2)
	r, err := w.goOn(w.memory.Open(press.Publish, e))
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
	for _, ep := range []endpoint{draftAdd, pubSubmit} {
		for _, late := range []time.Duration{50 * time.Second, 3 * time.Minute, 15 * time.Minute} {
			t.Run(fmt.Sprintf("%s %s", ep.path, late), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newOffice(t, modePublish, setup{standin: func(o *standin.Options) { o.Now = time.Now }})
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
