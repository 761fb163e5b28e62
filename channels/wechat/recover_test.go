package wechat

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tongfa/config"
	"tongfa/press"
	"tongfa/standin"
)

// A rehearsal with a short settle is looked for soon, also when the program was killed and asks at once: a list that was read a moment ago is no
// answer to the next look.
func TestARehearsalDoesNotWaitAsLongAsThePlatform(t *testing.T) {
	for _, age := range []time.Duration{100, 200, 400, 800, 1100} {
		w := newOffice(t, modePublish,
			setup{conf: func(c *config.WeChat) { c.Settle = 100 * time.Millisecond }, standin: func(o *standin.Options) { o.Review = time.Second }})
		w.must(w.we.Inject(standin.Fault{Path: pubSubmit.path, Kind: "drop"}))
		a := w.memory.Open(press.Publish, w.edition(1))
		if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
			t.Fatal(err)
		}
		start := w.clock()
		w.advance(age * time.Millisecond)
		w.c = w.open()
		for range 20 {
			r, err := w.deliver(a)
			if err != nil {
				t.Fatal(err)
			}
			if r.Status == press.Live {
				break
			}
			w.advance(r.Again.Sub(w.clock()))
		}
		if took := w.clock().Sub(start); took > 3*time.Second || w.effects("published") != 1 {
			t.Errorf("asked first after %dms, live after %s", age, took)
		}
	}
}

// An act that is to be given up is not given up while its submission may be under review: what follows is another draft.
func TestWhatMayBeUnderReviewIsNotGivenUp(t *testing.T) {
	for mode, ep := range map[string]endpoint{modePublish: pubSubmit, modeMass: massSend} {
		w := newOffice(t, mode, setup{standin: func(o *standin.Options) { o.Review, o.Switch.DraftLeavesLate = 90*time.Minute, true }})
		w.must(w.we.Inject(standin.Fault{Path: ep.path, Kind: "drop"}))
		e := w.edition(1)
		a := w.memory.Open(press.Publish, e)
		if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
			t.Fatal(err)
		}
		a.LookOnly = true
		r, err := w.goOn(a)
		if err != nil || r.Status == press.Absent || w.out(e.Entries[0].Copy.Marker) != 1 {
			t.Errorf("%s: %s %s %v", mode, r.Status, r.Note, err)
		}
	}
}

// The list is asked again at 2, 10 and 30 minutes, after 2 hours and the next day, and each of these looks reads it anew.
func TestWhenALostSubmissionIsLookedFor(t *testing.T) {
	w := newOffice(t, modePublish, setup{standin: func(o *standin.Options) { o.Review = 100 * time.Hour }})
	w.must(w.we.Inject(standin.Fault{Path: pubSubmit.path, Kind: "drop"}))
	a := w.memory.Open(press.Publish, w.edition(1))
	if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
		t.Fatal(err)
	}
	start := w.clock()
	w.advance(testSettle)
	var looks []time.Duration
	for {
		lists := w.memory.Spent(pubBatch.path)
		r, err := w.deliver(a)
		if err != nil {
			t.Fatal(err)
		}
		if w.memory.Spent(pubBatch.path) == lists && w.clock().In(beijing()).Hour() != 0 {
			t.Errorf("after %s an old list was believed", w.clock().Sub(start))
		}
		looks = append(looks, w.clock().Sub(start))
		if r.Status == press.NeedsHand {
			break
		}
		w.advance(r.Again.Sub(w.clock()))
	}
	want := []time.Duration{testSettle, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 24 * time.Hour}
	if !slices.Equal(looks, want) || w.effects("submit") != 1 || w.effects("draft-add") != 1 {
		t.Errorf("looked after %v, want %v", looks, want)
	}
}

// A submission may be carried out late. As long as one has no answer, a refusal of the next is no proof that nothing was submitted.
func TestARefusalAfterAnUnknownSubmissionProvesNothing(t *testing.T) {
	for _, code := range []int{53501, 45009, 53503, 53504, 50002} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			w := newOffice(t, modePublish)
			w.must(w.we.Inject(standin.Fault{Path: pubSubmit.path, Kind: "drop-before"}, standin.Fault{Path: pubSubmit.path, Kind: "errcode", Code: code, Nth: 2}))
			e := w.edition(1)
			a := w.memory.Open(press.Publish, e)
			if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
				t.Fatal(err)
			}
			w.advance(submitLag)
			if _, err := w.deliver(a); !coded(err, code) {
				t.Fatalf("the second: %v", err)
			}
			// The first was carried out after all, and is under review.
			list := w.we.Drafts()
			w.must(w.we.PublishDraft(account, list[0].MediaID))
			w.must(w.we.Inject(standin.Fault{Path: pubBatch.path, Kind: "errcode", Code: -1, Times: 2}))
			calls := w.memory.Spent(pubSubmit.path)
			if r, err := w.c.Lookup(t.Context(), a, w.memory.Journal(a.ID)); err == nil && r.Status == press.Absent {
				t.Fatal("called absent without a look")
			}
			w.advance(time.Minute)
			w.must(w.we.Inject())
			r, err := w.goOn(a)
			if err != nil || r.Status != press.Live || w.memory.Spent(pubSubmit.path) != calls || w.out(e.Entries[0].Copy.Marker) != 1 {
				t.Errorf("%s %v after %d submissions", r.Status, err, w.memory.Spent(pubSubmit.path))
			}
		})
	}
}

// The same with followers: what is not known to have been sent is not sent again because the platform once said no.
func TestARefusalAfterAnUnknownMassMessageProvesNothing(t *testing.T) {
	w := newOffice(t, modeMass)
	w.must(w.we.RequireConfirm(account, true))
	w.must(w.we.Inject(standin.Fault{Path: massSend.path, Kind: "drop"}, standin.Fault{Path: massSend.path, Kind: "errcode", Code: 45028, Nth: 2}))
	e := w.edition(1)
	a := w.memory.Open(press.Publish, e)
	if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
		t.Fatal(err)
	}
	w.advance(2 * time.Minute)
	_, err := w.deliver(a) // the draft is still there while the administrator thinks; the day's one message is used up, by this one
	if !coded(err, 45028) {
		t.Fatal(err)
	}
	w.must(w.we.ConfirmMass(account, w.waitingMass(), true))
	w.advance(23*time.Hour + 30*time.Minute)
	r, err := w.deliver(a)
	if err != nil || r.Status == press.Absent || w.effects("mass") != 1 || w.out(e.Entries[0].Copy.Marker) != 1 {
		t.Errorf("%s %v, %d messages", r.Status, err, w.effects("mass"))
	}
}

// Under one clientmsgid the platform knows a repetition for a day. After it nothing is sent, even if the draft seems to say that nothing was.
func TestAfterADayNothingIsSentThoughTheDraftIsThere(t *testing.T) {
	w := newOffice(t, modeMass)
	w.must(w.we.Inject(standin.Fault{Path: massSend.path, Kind: "drop-before"}))
	a := w.memory.Open(press.Publish, w.edition(1))
	if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
		t.Fatal(err)
	}
	w.advance(25 * time.Hour)
	r, err := w.deliver(a)
	if err != nil || r.Status != press.NeedsHand || !han(r.Note) || w.effects("mass") != 0 || len(w.we.Drafts()) != 1 {
		t.Errorf("%s %v", r.Status, err)
	}
}

// While the program was down for hours, a person may have sent the draft whose answer was lost; that is listed nowhere.
func TestALostDraftThatAPersonSentMeanwhile(t *testing.T) {
	for _, mode := range []string{modePublish, modeMass} {
		w := newOffice(t, mode)
		w.must(w.we.Inject(standin.Fault{Path: draftAdd.path, Kind: "drop"}))
		e := w.edition(1)
		a := w.memory.Open(press.Publish, e)
		if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
			t.Fatal(err)
		}
		w.must(w.we.MassSendDraft(account, w.we.Drafts()[0].MediaID))
		w.advance(10 * time.Hour)
		r, err := w.deliver(a)
		if err != nil || r.Status != press.NeedsHand || !han(r.Note) || w.out(e.Entries[0].Copy.Marker) != 1 || w.effects("draft-add") != 1 {
			t.Errorf("%s: %s %v, out %d times", mode, r.Status, err, w.out(e.Entries[0].Copy.Marker))
		}
	}
}

// A draft that a person saved after we made it is hers to publish, also when she changed nothing that its text tells.
func TestADraftThatAPersonSavedIsLeftToHer(t *testing.T) {
	title, yes := "换了标题", true
	for name, edit := range map[string]standin.Edit{
		"nothing":                     {Index: 1},
		"the title of one of several": {Index: 1, Title: &title},
		"a word of one of several":    {Index: 2, Find: "依法", Put: "依"},
		"a picture of one of several": {Index: 1, Find: "<img", Put: `<img data-x="1"`},
		"with the console's features": {Index: 0, ConsoleOnly: &yes},
		"saved by itself":             {Index: 0, AutoSaved: &yes},
	} {
		for mode, step := range map[string]string{modePublish: stepSubmit, modeMass: stepSend} {
			w := newOffice(t, mode)
			e := w.edition(3)
			a := w.memory.Open(press.Publish, e)
			w.interrupted(a, step)
			w.advance(5 * time.Minute)
			w.must(w.we.EditDraft(account, w.we.Drafts()[0].MediaID, edit))
			w.c = w.open()
			for range 3 {
				r, err := w.deliver(a)
				if err != nil || r.Status != press.NeedsHand || !han(r.Note) || w.effects("submit")+w.effects("mass") != 0 {
					t.Fatalf("%s, %s: %s %s %v", mode, name, r.Status, r.Note, err)
				}
				w.advance(time.Hour)
			}
			w.must(w.we.PublishDraft(account, w.we.Drafts()[0].MediaID))
			if r, err := w.goOn(a); err != nil || r.Status != press.Live || w.out(e.Entries[0].Copy.Marker) != 1 {
				t.Errorf("%s, %s: published by her: %s %v", mode, name, r.Status, err)
			}
		}
	}
}

// Console-only features and automatic saving within the minute in which nothing can be told from the times: the platform refuses, a person is called.
func TestADraftThatOnlyTheConsoleCanPublish(t *testing.T) {
	yes := true
	for name, k := range map[string]struct {
		edit standin.Edit
		code map[string]string
	}{
		"console only": {standin.Edit{ConsoleOnly: &yes}, map[string]string{modePublish: "53504", modeMass: "53504"}},
		"auto saved":   {standin.Edit{AutoSaved: &yes}, map[string]string{modePublish: "53505", modeMass: "48021"}},
	} {
		for mode, ep := range map[string]endpoint{modePublish: pubSubmit, modeMass: massSend} {
			w := newOffice(t, mode)
			w.before(ep, func() error { return w.we.EditDraft(account, w.we.Drafts()[0].MediaID, k.edit) })
			a := w.memory.Open(press.Publish, w.edition(1))
			_, err := w.deliver(a)
			tr := press.TroubleOf(err)
			if tr.Remedy != press.AskPerson || tr.Code != k.code[mode] || tr.Who != editor || !han(tr.Do) {
				t.Fatalf("%s, %s: %+v", mode, name, tr)
			}
			w.must(w.we.PublishDraft(account, w.we.Drafts()[0].MediaID))
			if r, err := w.goOn(a); err != nil || r.Status != press.Live {
				t.Errorf("%s, %s: published by hand: %s %v", mode, name, r.Status, err)
			}
		}
	}
}

// While several submissions are under review, one list call stands for many questions; what is public is then asked about for its permanent
// address.
func TestOneListStandsForManyQuestions(t *testing.T) {
	w := newOffice(t, modePublish, setup{standin: func(o *standin.Options) { o.Review = 5 * time.Minute }})
	var acts []press.Act
	for range 8 {
		a := w.memory.Open(press.Publish, w.edition(1))
		if r, err := w.deliver(a); err != nil || r.Status != press.HandedOver {
			t.Fatalf("%s %v", r.Status, err)
		}
		acts = append(acts, a)
		w.advance(time.Second)
	}
	due := make([]time.Time, len(acts))
	for live := 0; live < len(acts); w.advance(time.Second) {
		live = 0
		for i, a := range acts {
			if due[i].IsZero() || due[i].After(w.clock()) && due[i].Year() < 3000 {
				if due[i].IsZero() {
					due[i] = w.clock()
				}
				continue
			}
			if due[i].Year() >= 3000 {
				live++
				continue
			}
			r, err := w.deliver(a)
			switch {
			case err != nil:
				t.Fatal(err)
			case r.Status == press.Live:
				article, _ := w.article(a.Edition.Entries[0].Copy.Marker)
				if r.URL != article.URL {
					t.Errorf("at %s, want %s", r.URL, article.URL)
				}
				due[i] = time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC)
			default:
				due[i] = r.Again
			}
		}
	}
	gets, lists := w.memory.Spent(pubGet.path), w.memory.Spent(pubBatch.path)
	if gets > len(acts)+2*manyPending || lists > 8 {
		t.Errorf("%d questions and %d lists for %d submissions", gets, lists, len(acts))
	}
}

// The article that a list tells has a provisional address. Where that address names the message by a number, the permanent one can be had.
func TestALostSubmissionGetsItsPermanentAddress(t *testing.T) {
	w := newOffice(t, modePublish, setup{standin: func(o *standin.Options) { o.Switch.LongURLs = true }})
	w.must(w.we.Inject(standin.Fault{Path: pubSubmit.path, Kind: "drop"}))
	a := w.memory.Open(press.Publish, w.edition(2))
	r, err := w.goOn(a)
	if err != nil || r.Status != press.Live {
		t.Fatalf("%s %v", r.Status, err)
	}
	for i, p := range r.Parts {
		if live, _ := w.article(a.Edition.Entries[i].Copy.Marker); strings.Contains(p.URL, "mid=") && p.URL != live.URL {
			t.Errorf("article %d is at %s, want %s", i+1, p.URL, live.URL)
		}
	}
}

// A ledger that was restored knows nothing of what was submitted after its copy was made. Before anything is sent again, what may have been under
// review then is waited for.
func TestARestoredLedgerWaitsForWhatIsUnderReview(t *testing.T) {
	w := newOffice(t, modePublish, setup{standin: func(o *standin.Options) { o.Review = 5 * time.Minute }})
	e := w.edition(1)
	if r, err := w.deliver(w.memory.Open(press.Publish, e)); err != nil || r.Status != press.HandedOver {
		t.Fatalf("%s %v", r.Status, err)
	}
	w.advance(2 * time.Minute)
	a := w.memory.Open(press.Publish, e)
	a.Look = true
	if r, err := w.deliver(a); err != nil || r.Status != press.CannotTell || !han(r.Note) {
		t.Fatalf("%s %v", r.Status, err)
	}
	w.advance(submitLag - time.Second)
	w.c = w.open()
	if r, err := w.deliver(a); err != nil || r.Status != press.Live || w.out(e.Entries[0].Copy.Marker) != 1 || w.effects("submit") != 1 {
		t.Errorf("%s %v", r.Status, err)
	}
	b := w.memory.Open(press.Publish, w.edition(1)) // and what was never begun goes out
	b.Look = true
	if r, err := w.deliver(b); err != nil || r.Status != press.CannotTell {
		t.Errorf("%s %v", r.Status, err)
	}
	w.c = w.open() // a pass at a time
	w.advance(submitLag)
	if r, err := w.deliver(b); err != nil || r.Status != press.HandedOver {
		t.Errorf("%s %v", r.Status, err)
	}
	if r, err := w.goOn(b); err != nil || r.Status != press.Live || w.effects("submit") != 2 {
		t.Errorf("what was never begun: %s %v", r.Status, err)
	}
}

// What was published long before a restored ledger opens its act is found beyond the first page.
func TestARestoredLedgerFindsWhatIsFarDownTheList(t *testing.T) {
	w := newOffice(t, modePublish, setup{standin: func(o *standin.Options) { o.Quotas, o.Review = map[string]int{"*": -1}, time.Second },
		conf: func(c *config.WeChat) {
			c.Quotas = map[string]int{"freepublish_submit": 1000, "freepublish_get": 1000, "freepublish_batchget": 1000}
		}})
	e := w.compose(w.entry(func(e *press.Entry) { e.Item.FiledAt = w.clock().Add(-time.Hour) }))
	w.publish(e)
	for range 9 * pageSize {
		w.publish(w.edition(1))
		w.advance(time.Hour)
	}
	for range pageSize + 5 {
		w.publish(w.edition(1))
	}
	a := w.memory.Open(press.Publish, e)
	a.Look = true
	w.advance(time.Hour)
	r, err := w.deliver(a)
	if err != nil || r.Status == press.Absent || w.out(e.Entries[0].Copy.Marker) != 1 {
		t.Errorf("%s %v, out %d times", r.Status, err, w.out(e.Entries[0].Copy.Marker))
	}
	if r.Status == press.HandedOver {
		t.Error("submitted again")
	}
}

// The calls of one publication that nothing disturbs, by mode: the day's limits are for many of them.
func TestWhatAPublicationCosts(t *testing.T) {
	for mode, want := range map[string]map[string]int{
		modeDraft:   {draftAdd.path: 1},
		modePublish: {draftAdd.path: 1, draftGet.path: 1, pubSubmit.path: 1, pubGet.path: 1},
		modeMass:    {draftAdd.path: 1, draftGet.path: 1, massSend.path: 1, massGet.path: 1},
	} {
		w := newOffice(t, mode)
		w.deliverOnce(t)
		first := w.line.count()
		before := map[string]int{}
		for _, q := range w.c.Quotas() {
			before[q.Name] = w.memory.Spent(q.Name)
		}
		w.deliverOnce(t)
		t.Logf("%s: %d calls for the first, %d for the next", mode, first, w.line.count()-first)
		for _, q := range w.c.Quotas() {
			if got := w.memory.Spent(q.Name) - before[q.Name]; got != want[q.Name] {
				t.Errorf("%s: %s %d times, want %d", mode, q.Name, got, want[q.Name])
			}
		}
	}
}

// deliverOnce publishes an edition of one as the scheduler would.
func (w *office) deliverOnce(t *testing.T) {
	t.Helper()
	if r, err := w.goOn(w.memory.Open(press.Publish, w.edition(1))); err != nil || r.Status != press.Live && r.Status != press.NeedsHand {
		t.Fatalf("%s %v", r.Status, err)
	}
}
