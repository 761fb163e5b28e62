package wechat

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/officialaccount/draft"

	"tongfa/channels"
	"tongfa/config"
	"tongfa/press"
	"tongfa/standin"
)

func TestWhatBecomesOfASubmission(t *testing.T) {
	for status, words := range map[int]string{2: "原创", 3: "没有说明原因", 4: "审核"} {
		w := newOffice(t, modePublish)
		w.must(w.we.Decide(account, standin.Outcome{Status: status}))
		r, err := w.goOn(w.memory.Open(press.Publish, w.edition(2)))
		if err != nil || r.Status != press.Refused || !strings.Contains(r.Note, words) || len(r.Parts) != 2 {
			t.Errorf("%d: %s %s %v", status, r.Status, r.Note, err)
		}
		if same := r.Parts[0].Note == r.Parts[1].Note; same != (status == 3) {
			t.Errorf("%d: the articles are told %q and %q", status, r.Parts[0].Note, r.Parts[1].Note)
		}
	}
}

func TestALiveReceiptNamesEveryArticle(t *testing.T) {
	for _, long := range []bool{false, true} {
		w := newOffice(t, modePublish, setup{standin: func(o *standin.Options) { o.Switch.LongURLs, o.Switch.StringIDs = long, long }})
		es := w.publish(w.edition(8))
		seen := map[string]bool{}
		for i, e := range es {
			live, _ := w.article(e.Copy.Marker)
			if r := parseReference(e.Copy.Ref); r.kind != refArticle || r.place != i+1 || e.Copy.URL != live.URL || seen[live.URL] {
				t.Errorf("article %d is %s at %s, want %s", i+1, e.Copy.Ref, e.Copy.URL, live.URL)
			}
			seen[e.Copy.URL] = true
		}
	}
}

func TestWhatWasPublishedAndIsGoneAgain(t *testing.T) {
	for name, k := range map[string]struct {
		act   func(*office, string) error
		words string
	}{
		"deleted": {func(w *office, u string) error { return w.we.DeleteArticle(u) }, "删除"},
		"banned":  {func(w *office, u string) error { return w.we.BanArticle(u) }, "封禁"},
	} {
		w := newOffice(t, modePublish)
		e := w.edition(1)
		es := w.publish(e)
		a := w.memory.Open(press.Publish, e)
		a.ID = 1
		w.must(k.act(w, es[0].Copy.URL))
		r, err := w.c.Lookup(t.Context(), a, w.memory.Journal(1))
		if err != nil || r.Status != press.Gone || !strings.Contains(r.Note, k.words) {
			t.Errorf("%s: %s %s %v", name, r.Status, r.Note, err)
		}
	}
}

// interrupted publishes up to the intent of a step, where the program dies.
func (w *office) interrupted(a press.Act, step string) {
	w.t.Helper()
	dead := errors.New("dead")
	w.memory.Before = func(op, name string) error {
		if op == "intend" && name == step {
			return dead
		}
		return nil
	}
	if _, err := w.deliver(a); !errors.Is(err, dead) {
		w.t.Fatal(err)
	}
	w.memory.Before = nil
}

func TestADraftThatAPersonChangedIsNotPublished(t *testing.T) {
	for _, mode := range []string{modePublish, modeMass} {
		w := newOffice(t, mode)
		a := w.memory.Open(press.Publish, w.edition(2))
		step := map[string]string{modePublish: stepSubmit, modeMass: stepSend}[mode]
		w.interrupted(a, step)
		id := w.we.Drafts()[0].MediaID
		w.must(w.we.EditDraft(account, id, standin.Edit{Index: 1, Find: "依法依规", Put: "从速"}))
		r, err := w.deliver(a)
		if err != nil || r.Status != press.NeedsHand || !strings.Contains(r.Note, "第2篇的正文") || w.effects("submit")+w.effects("mass") != 0 {
			t.Fatalf("%s: %s %s %v", mode, r.Status, r.Note, err)
		}
		w.must(w.we.EditDraft(account, id, standin.Edit{Index: 1, Find: "从速", Put: "依法依规"})) // she puts it right
		if r, err := w.goOn(a); err != nil || r.Status != press.Live {
			t.Errorf("%s: put right: %s %v", mode, r.Status, err)
		}
	}
}

func TestADraftThatAPersonTookOut(t *testing.T) {
	for name, k := range map[string]struct {
		act  func(*office, string) error
		want press.Status
	}{
		"published": {func(w *office, id string) error { return w.we.PublishDraft(account, id) }, press.Live},
		"deleted":   {func(w *office, id string) error { return w.we.DeleteDraft(account, id) }, press.NeedsHand},
		"sent":      {func(w *office, id string) error { return w.we.MassSendDraft(account, id) }, press.NeedsHand},
	} {
		for _, mode := range []string{modePublish, modeDraft} {
			w := newOffice(t, mode)
			a := w.memory.Open(press.Publish, w.edition(1))
			if mode == modePublish {
				w.interrupted(a, stepSubmit)
			} else if r, err := w.deliver(a); err != nil || r.Status != press.NeedsHand {
				t.Fatalf("%s %v", r.Status, err)
			}
			w.must(k.act(w, w.we.Drafts()[0].MediaID))
			w.advance(5 * time.Minute)
			r, err := w.deliver(a)
			if err != nil || r.Status != k.want || w.effects("submit") != 0 || !(k.want == press.Live || han(r.Note)) {
				t.Errorf("%s %s: %s %s %v", mode, name, r.Status, r.Note, err)
			}
			if k.want == press.Live && r.Parts[0].URL == "" {
				t.Errorf("%s %s: no address", mode, name)
			}
		}
	}
}

func TestWhileADraftWaitsItsChangesAreTold(t *testing.T) {
	w := newOffice(t, modeDraft)
	a := w.memory.Open(press.Publish, w.edition(1))
	if _, err := w.deliver(a); err != nil {
		t.Fatal(err)
	}
	w.must(w.we.EditDraft(account, w.we.Drafts()[0].MediaID, standin.Edit{Find: "依法依规", Put: "从速"}))
	if r, err := w.deliver(a); err != nil || r.Status != press.NeedsHand || !strings.Contains(r.Note, "不一致") {
		t.Errorf("%s %s %v", r.Status, r.Note, err)
	}
}

func TestASubmissionThatVanishedIsLeftToAPersonInTheEnd(t *testing.T) {
	w := newOffice(t, modePublish, setup{standin: func(o *standin.Options) { o.Review = 100 * time.Hour }})
	w.must(w.we.Inject(standin.Fault{Path: pubSubmit.path, Kind: "drop"}))
	a := w.memory.Open(press.Publish, w.edition(1))
	start := w.clock()
	r, err := w.goOn(a)
	if took := w.clock().Sub(start); err != nil || r.Status != press.NeedsHand || took < w.conf.Recover || w.effects("submit") != 1 {
		t.Errorf("%s %v after %s", r.Status, err, took)
	}
	if n := w.line.count(); n > 40 {
		t.Errorf("%d calls in a day of looking", n)
	}
	w.advance(100 * time.Hour)
	if r, err := w.deliver(a); err != nil || r.Status != press.Live {
		t.Errorf("found later: %s %v", r.Status, err)
	}
}

func TestAnEmptyJournalAsksTheOutside(t *testing.T) {
	w := newOffice(t, modePublish)
	e := w.edition(2)
	w.publish(e)
	a := w.memory.Open(press.Publish, e) // an act of a restored ledger, with nothing on record
	r, err := w.c.Lookup(t.Context(), a, w.memory.Journal(a.ID))
	if err != nil || r.Status != press.Live || len(r.Parts) != 2 || r.Parts[1].URL == "" {
		t.Errorf("%s %v", r.Status, err)
	}

	d := newOffice(t, modeDraft)
	a = d.memory.Open(press.Publish, d.edition(1))
	if _, err := d.deliver(a); err != nil {
		t.Fatal(err)
	}
	if r, err := d.c.Lookup(t.Context(), a, d.memory.Journal(99)); err != nil || r.Status != press.NeedsHand || parseReference(r.Ref).kind != refDraft {
		t.Errorf("%s %v", r.Status, err)
	}

	m := newOffice(t, modeMass)
	e = m.edition(1)
	m.publish(e)
	a = m.memory.Open(press.Publish, e)
	if r, err := m.c.Lookup(t.Context(), a, m.memory.Journal(a.ID)); err != nil || r.Status != press.CannotTell || !han(r.Note) {
		t.Errorf("what was sent is called %s %v", r.Status, err)
	}
	a = m.memory.Open(press.Publish, m.edition(1))
	m.interrupted(a, stepSend)
	m.advance(time.Minute)
	if r, err := m.c.Lookup(t.Context(), a, m.memory.Journal(99)); err != nil || r.Status != press.Absent {
		t.Errorf("what is still in the box is called %s %v", r.Status, err)
	}
}

func TestTheListAnswersWhenTheQuestionsOfTheDayAreSpent(t *testing.T) {
	w := newOffice(t, modePublish, setup{conf: func(c *config.WeChat) { c.Quotas = map[string]int{"freepublish_get": 0} }})
	a := w.memory.Open(press.Publish, w.edition(1))
	for _, want := range []press.Status{press.HandedOver, "", press.Live} {
		r, err := w.deliver(a)
		if r.Status != want || (want == "") != (press.TroubleOf(err).Remedy == press.TryLater) {
			t.Errorf("%s %v, want %s", r.Status, err, want)
		}
		w.advance(50 * time.Second)
	}
}

func TestAnArticleWithoutAPageOnTheWebsiteIsFoundByItsBody(t *testing.T) {
	w := newOffice(t, modePublish)
	e := w.compose(w.entry(func(e *press.Entry) { e.Links = nil }))
	w.must(w.we.Inject(standin.Fault{Path: draftAdd.path, Kind: "drop"}, standin.Fault{Path: pubSubmit.path, Kind: "drop"}))
	r, err := w.goOn(w.memory.Open(press.Publish, e))
	if err != nil || r.Status != press.Live || w.effects("draft-add") != 1 || w.effects("submit") != 1 {
		t.Errorf("%s %v", r.Status, err)
	}
}

func TestOneListAnswersEverybody(t *testing.T) {
	w := newOffice(t, modePublish)
	var acts []press.Act
	for range 12 {
		a := w.memory.Open(press.Publish, w.edition(1))
		w.must(w.we.Inject(standin.Fault{Path: pubSubmit.path, Kind: "drop"}))
		if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
			t.Fatal(err)
		}
		acts = append(acts, a)
	}
	w.advance(5 * time.Minute)
	for _, a := range acts {
		if r, err := w.deliver(a); err != nil || r.Status != press.Live {
			t.Fatalf("%s %v", r.Status, err)
		}
	}
	if n := w.memory.Spent(pubBatch.path); n != 1 {
		t.Errorf("%d list calls for %d acts", n, len(acts))
	}
}

func TestAListIsNotBelievedWhenItIsTooOld(t *testing.T) {
	now := time.Date(2026, 11, 24, 18, 0, 0, 0, beijing())
	s := &snapshot{at: now.Add(-10 * time.Second), since: now.Add(-time.Hour)}
	for name, k := range map[string]struct {
		s    *snapshot
		q    question
		want bool
	}{
		"good":          {s, question{since: now.Add(-time.Hour), notBefore: now.Add(-time.Minute)}, true},
		"none":          {nil, question{}, false},
		"before":        {s, question{since: now, notBefore: now}, false},
		"reaches short": {s, question{since: now.Add(-2 * time.Hour)}, false},
		"no contents":   {s, question{since: now, contents: true}, false},
		"stale":         {&snapshot{at: now.Add(-time.Minute)}, question{}, false},
	} {
		if got := k.s.good(now, time.Time{}, k.q); got != k.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestALongListIsReadOnlyAsFarAsNeeded(t *testing.T) {
	w := newOffice(t, modeDraft, setup{standin: func(o *standin.Options) { o.Quotas = map[string]int{"*": -1} }})
	w.publishDrafts(230)
	w.advance(2 * time.Hour)
	w.must(w.we.Inject(standin.Fault{Path: draftAdd.path, Kind: "drop"}))
	before := w.memory.Spent(draftBatch.path)
	r, err := w.goOn(w.memory.Open(press.Publish, w.edition(1)))
	if err != nil || r.Status != press.NeedsHand || w.effects("draft-add") != 231 {
		t.Errorf("%s %v", r.Status, err)
	}
	if n := w.memory.Spent(draftBatch.path) - before; n != 1 {
		t.Errorf("%d list calls", n)
	}
}

func (w *office) publishDrafts(n int) {
	w.t.Helper()
	list, err := w.c.articles(w.t.Context(), press.Act{Edition: w.edition(1)}, w.memory.Journal(1000))
	w.must(err)
	for range n {
		_, err := w.c.addDraft(w.t.Context(), list)
		w.must(err)
	}
}

func TestCallsAreCountedAndSomeAreKeptForPeople(t *testing.T) {
	w := newOffice(t, modePublish, setup{conf: func(c *config.WeChat) {
		c.Quotas = map[string]int{"/cgi-bin/freepublish/submit": 10, "freepublish_get": 50, "mass_sendall": 7}
	}})
	for ep, want := range map[*endpoint]channels.Quota{
		&pubSubmit: {Name: pubSubmit.path, PerDay: 10, Reserve: 1}, &pubGet: {Name: pubGet.path, PerDay: 50, Reserve: 15},
		&pubDelete: {Name: pubDelete.path, PerDay: 10}, &massSend: {Name: massSend.path, PerDay: 7},
	} {
		if got := w.c.quota(*ep); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	for range 9 {
		w.publish(w.edition(1))
	}
	_, err := w.deliver(w.memory.Open(press.Publish, w.edition(1)))
	if tr := press.TroubleOf(err); tr.Remedy != press.TryLater || !tr.When.After(w.clock()) || w.effects("submit") != 9 {
		t.Errorf("%+v after %d submissions", tr, w.effects("submit"))
	}
}

func TestThePlanOfPolling(t *testing.T) {
	w := newOffice(t, modePublish, setup{conf: func(c *config.WeChat) { c.Poll = []time.Duration{15 * time.Second, time.Minute, time.Hour} }})
	start := w.clock()
	for at, want := range map[time.Duration]time.Duration{
		0: 15 * time.Second, 15 * time.Second: 75 * time.Second, time.Minute: 75 * time.Second, 2 * time.Minute: 75*time.Second + time.Hour,
		90 * time.Minute: 75*time.Second + 2*time.Hour, 75*time.Second + 2*time.Hour: 75*time.Second + 3*time.Hour,
	} {
		w.now = start.Add(at)
		if got := w.c.nextPoll(start).Sub(start); got != want {
			t.Errorf("after %s: at %s, want %s", at, got, want)
		}
	}
}

func TestReferences(t *testing.T) {
	for s, want := range map[string]reference{
		"article:abc_-x#3": {refArticle, "abc_-x", 3}, "mass:12#1": {refMass, "12", 1}, "": {}, "article:x": {}, "article:#1": {}, "article:x#0": {}, "article:x#-1": {},
	} {
		if got := parseReference(s); got != want {
			t.Errorf("%q: %+v", s, got)
		}
		if want.place > 0 && want.String() != s {
			t.Errorf("%q is written %q", s, want)
		}
	}
}

// before lets something happen in the moment before a call reaches the platform.
func (w *office) before(ep endpoint, act func() error) {
	gate, done := w.line.to, false
	w.line.to = roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == ep.path && !done {
			done = true
			w.must(act())
		}
		return gate.RoundTrip(r)
	})
}

// A person presses the button between our look at the draft and our submission.
func TestAPersonIsQuickerByAMoment(t *testing.T) {
	for mode, ep := range map[string]endpoint{modePublish: pubSubmit, modeMass: massSend} {
		w := newOffice(t, mode)
		w.before(ep, func() error { return w.we.PublishDraft(account, w.we.Drafts()[0].MediaID) })
		e := w.edition(2)
		a := w.memory.Open(press.Publish, e)
		if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst || !han(press.TroubleOf(err).What) {
			t.Fatalf("%s: %v", mode, err)
		}
		r, err := w.goOn(a)
		if err != nil || r.Status != press.Live || w.out(e.Entries[1].Copy.Marker) != 1 || r.Parts[1].URL == "" {
			t.Errorf("%s: %s %v", mode, r.Status, err)
		}
	}
}

func TestADraftThatVanishedWithAMassMessageThatNeverWas(t *testing.T) {
	w := newOffice(t, modeMass)
	w.must(w.we.Inject(standin.Fault{Path: massSend.path, Kind: "drop-before"}))
	a := w.memory.Open(press.Publish, w.edition(1))
	if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
		t.Fatal(err)
	}
	w.must(w.we.DeleteDraft(account, w.we.Drafts()[0].MediaID))
	r, err := w.goOn(a)
	if err != nil || r.Status != press.NeedsHand || !han(r.Note) || w.effects("mass") != 0 {
		t.Errorf("%s %v", r.Status, err)
	}
}

func TestAMassMessageThatIsTooYoungToBeAskedAbout(t *testing.T) {
	w := newOffice(t, modeMass)
	w.must(w.we.Inject(standin.Fault{Path: massSend.path, Kind: "drop"}, standin.Fault{Path: massSend.path, Kind: "errcode", Code: 45066, Nth: 2}))
	a := w.memory.Open(press.Publish, w.edition(1))
	if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
		t.Fatal(err)
	}
	w.advance(massLag)
	if r, err := w.deliver(a); err != nil || r.Status != press.CannotTell || r.Again.IsZero() {
		t.Fatalf("%s %v", r.Status, err)
	}
	if r, err := w.goOn(a); err != nil || r.Status != press.Live || w.effects("mass") != 1 {
		t.Errorf("%s %v", r.Status, err)
	}
}

func TestIdentifiersThatThePlatformDoesNotKnow(t *testing.T) {
	t.Run("of a submission that is public", func(t *testing.T) {
		w := newOffice(t, modePublish)
		w.must(w.we.Inject(standin.Fault{Path: pubGet.path, Kind: "errcode", Code: 53502, Times: -1}))
		if r, err := w.goOn(w.memory.Open(press.Publish, w.edition(1))); err != nil || r.Status != press.Live || parseReference(r.Ref).kind != refArticle {
			t.Errorf("%s %v", r.Status, err)
		}
	})
	t.Run("of a mass message", func(t *testing.T) {
		w := newOffice(t, modeMass)
		w.must(w.we.Inject(standin.Fault{Path: massGet.path, Kind: "errcode", Code: 40059}))
		if r, err := w.goOn(w.memory.Open(press.Publish, w.edition(1))); err != nil || r.Status != press.Live {
			t.Errorf("%s %v", r.Status, err)
		}
	})
	t.Run("for a day", func(t *testing.T) {
		w := newOffice(t, modeMass)
		w.must(w.we.Inject(standin.Fault{Path: massGet.path, Kind: "errcode", Code: 40059, Times: -1}))
		if r, err := w.goOn(w.memory.Open(press.Publish, w.edition(1))); err != nil || r.Status != press.NeedsHand || !han(r.Note) {
			t.Errorf("%s %v", r.Status, err)
		}
	})
}

func TestAMassMessageThatWasDeletedByHand(t *testing.T) {
	w := newOffice(t, modeMass)
	e := w.edition(1)
	w.publish(e)
	live, _ := w.article(e.Entries[0].Copy.Marker)
	w.must(w.we.DeleteArticle(live.URL))
	a := w.memory.Open(press.Publish, e)
	if r, err := w.c.Lookup(t.Context(), a, w.memory.Journal(1)); err != nil || r.Status != press.Gone || !han(r.Note) {
		t.Errorf("%s %v", r.Status, err)
	}
}

// Of several drafts with the marker the newest is taken. The others are litter: what nobody has touched is taken out, what a person has worked on
// is only named.
func TestOfSeveralDraftsTheNewestIsTaken(t *testing.T) {
	for _, touched := range []bool{false, true} {
		w := newOffice(t, modePublish)
		e := w.edition(1)
		list, err := w.c.articles(t.Context(), press.Act{Edition: e}, w.memory.Journal(1000))
		w.must(err)
		old, err := w.c.addDraft(t.Context(), list)
		w.must(err)
		w.advance(time.Minute)
		if touched {
			w.must(w.we.EditDraft(account, old, standin.Edit{Find: "依法", Put: "依"}))
			w.advance(time.Minute)
		}
		w.must(w.we.Inject(standin.Fault{Path: draftAdd.path, Kind: "drop"}))
		if r, err := w.goOn(w.memory.Open(press.Publish, e)); err != nil || r.Status != press.Live {
			t.Fatalf("%s %v", r.Status, err)
		}
		left := w.we.Drafts()
		if !touched && len(left) != 0 || touched && (len(left) != 1 || left[0].MediaID != old || !strings.Contains(w.logs.String(), old)) {
			t.Errorf("touched %v: %+v", touched, left)
		}
	}
}

// A draft that an earlier act on the same copies left behind is no answer to a draft/add of now: its text may be an older one.
func TestAnOldDraftIsNoAnswer(t *testing.T) {
	w := newOffice(t, modePublish)
	e := w.edition(1)
	w.interrupted(w.memory.Open(press.Publish, e), stepSubmit)
	old := w.we.Drafts()[0].MediaID
	w.advance(time.Hour)
	e.Entries[0].Revision.Body[1] = press.P("修改后的文字。")
	w.must(w.we.Inject(standin.Fault{Path: draftAdd.path, Kind: "drop-before"}))
	a := w.memory.Open(press.Publish, e)
	a.Edition.Entries = e.Entries
	r, err := w.goOn(a)
	live, _ := w.article(e.Entries[0].Copy.Marker)
	if err != nil || r.Status != press.Live || w.effects("draft-add") != 2 || !strings.Contains(live.Text, "修改后的文字") {
		t.Errorf("%s %s %v: %s", r.Status, r.Note, err, live.Text)
	}
	for _, d := range w.we.Drafts() {
		if d.MediaID == old {
			t.Error("the old draft is still in the box")
		}
	}
}

func TestAnAccountThatMayNotPublishSaysSo(t *testing.T) {
	w := newOffice(t, modePublish, setup{standin: func(o *standin.Options) { o.Accounts[0].NoPublish = true }})
	if tr := press.TroubleOf(w.test()); tr.Code != "48001" || tr.Who != accountAdmin || !strings.Contains(tr.Do, "draft") {
		t.Errorf("check: %+v", tr)
	}
	_, err := w.deliver(w.memory.Open(press.Publish, w.edition(1)))
	if tr := press.TroubleOf(err); tr.Code != "48001" || tr.Remedy != press.AskPerson {
		t.Errorf("%+v", tr)
	}
	d := newOffice(t, modeDraft, setup{standin: func(o *standin.Options) { o.Accounts[0].NoPublish, o.Accounts[0].NoMass = true, true }})
	d.must(d.test())
	a := d.memory.Open(press.Publish, d.edition(1))
	if r, err := d.deliver(a); err != nil || r.Status != press.NeedsHand {
		t.Fatalf("%s %v", r.Status, err)
	}
	d.must(d.we.PublishDraft(account, d.we.Drafts()[0].MediaID)) // the console may what the interface may not
	if r, err := d.deliver(a); err != nil || r.Status != press.NeedsHand || !strings.Contains(r.Note, "链接") {
		t.Errorf("%s %s %v", r.Status, r.Note, err)
	}
}

// The platform may list late what it accepted: what is not to be seen proves nothing at once.
func TestPatienceBeforeAStepIsRepeated(t *testing.T) {
	t.Run("a submission", func(t *testing.T) {
		w := newOffice(t, modePublish)
		w.must(w.we.Inject(standin.Fault{Path: pubSubmit.path, Kind: "drop-before", Times: 3}))
		a := w.memory.Open(press.Publish, w.edition(1))
		for _, lost := range []int{1, 2} {
			if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
				t.Fatal(err)
			}
			w.advance(submitLag - time.Second)
			if r, err := w.deliver(a); err != nil || r.Status != press.CannotTell || w.memory.Spent(pubSubmit.path) != lost {
				t.Fatalf("after %d: %s %v", lost, r.Status, err)
			}
			w.advance(time.Second)
		}
		w.advance(3 * submitLag)
		r, err := w.deliver(a)
		if err != nil || r.Status != press.NeedsHand || !han(r.Note) || w.memory.Spent(pubSubmit.path) != 2 {
			t.Errorf("%s %v after %d submissions", r.Status, err, w.memory.Spent(pubSubmit.path))
		}
	})
	for mode, lag := range map[string]time.Duration{modePublish: draftLag, modeDraft: submitLag} {
		t.Run("a draft in mode "+mode, func(t *testing.T) {
			w := newOffice(t, mode)
			w.must(w.we.Inject(standin.Fault{Path: draftAdd.path, Kind: "drop-before"}))
			a := w.memory.Open(press.Publish, w.edition(1))
			if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
				t.Fatal(err)
			}
			for _, d := range []time.Duration{time.Second, lag - 2*time.Second} {
				w.advance(d)
				if r, err := w.deliver(a); err != nil || r.Status != press.CannotTell || w.memory.Spent(draftAdd.path) != 1 {
					t.Fatalf("%s %v", r.Status, err)
				}
			}
			w.advance(time.Second)
			if r, err := w.deliver(a); err != nil || r.Status == press.CannotTell || w.memory.Spent(draftAdd.path) != 2 {
				t.Errorf("%s %v", r.Status, err)
			}
		})
	}
}

// A person may be quick with a draft that she waits for, and what she published is listed late; what she took out of a box into which nobody
// looked may have gone to the followers, which is listed nowhere.
func TestWhatAPersonDidWithADraftWithoutAnAnswer(t *testing.T) {
	lost := func(t *testing.T, mode string) (*office, press.Act) {
		w := newOffice(t, mode, setup{standin: func(o *standin.Options) { o.PostListed = 5 * time.Minute }})
		w.must(w.we.Inject(standin.Fault{Path: draftAdd.path, Kind: "drop"}))
		a := w.memory.Open(press.Publish, w.edition(1))
		if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
			t.Fatal(err)
		}
		return w, a
	}
	t.Run("draft", func(t *testing.T) {
		w, a := lost(t, modeDraft)
		w.must(w.we.PublishDraft(account, w.we.Drafts()[0].MediaID))
		if r, err := w.goOn(a); err != nil || r.Status != press.Live || w.effects("draft-add") != 1 {
			t.Errorf("%s %s %v after %d drafts", r.Status, r.Note, err, w.effects("draft-add"))
		}
	})
	t.Run("draft, sent", func(t *testing.T) {
		w, a := lost(t, modeDraft)
		w.must(w.we.MassSendDraft(account, w.we.Drafts()[0].MediaID))
		for range 2 {
			if r, err := w.goOn(a); err != nil || r.Status != press.NeedsHand || !strings.HasPrefix(r.Note, "这份草稿是重新建立的") || w.effects("draft-add") != 2 {
				t.Errorf("%s %s %v after %d drafts", r.Status, r.Note, err, w.effects("draft-add"))
			}
		}
	})
	t.Run("draft, sent and given up", func(t *testing.T) {
		w, a := lost(t, modeDraft)
		w.must(w.we.MassSendDraft(account, w.we.Drafts()[0].MediaID))
		a.LookOnly = true
		if r, err := w.goOn(a); err != nil || r.Status != press.NeedsHand || !strings.Contains(r.Note, "群发") || w.effects("draft-add") != 1 {
			t.Errorf("%s %s %v after %d drafts", r.Status, r.Note, err, w.effects("draft-add"))
		}
	})
	for _, mode := range []string{modePublish, modeMass} {
		t.Run(mode, func(t *testing.T) {
			w, a := lost(t, mode)
			w.must(w.we.MassSendDraft(account, w.we.Drafts()[0].MediaID))
			w.advance(unseen + time.Second)
			if r, err := w.deliver(a); err != nil || r.Status != press.NeedsHand || !strings.Contains(r.Note, "群发") || w.effects("draft-add") != 1 {
				t.Errorf("%s %s %v after %d drafts", r.Status, r.Note, err, w.effects("draft-add"))
			}
		})
	}
}

// What answers instead of the platform may have passed the step on. A person who mends the way and tries again at once does not submit it twice.
func TestARedirectAfterASubmissionIsNoRefusal(t *testing.T) {
	w := newOffice(t, modePublish, setup{standin: func(o *standin.Options) { o.Switch.SubmitTwice = true }})
	w.must(w.we.Inject(standin.Fault{Path: pubSubmit.path, Kind: "redirect-after"}))
	a := w.memory.Open(press.Publish, w.edition(1))
	if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
		t.Fatal(err)
	}
	if r, err := w.goOn(a); err != nil || r.Status != press.Live || w.effects("submit") != 1 {
		t.Errorf("%s %s %v after %d submissions", r.Status, r.Note, err, w.effects("submit"))
	}
}

func TestOfSeveralMessagesTheReadableOneCounts(t *testing.T) {
	w := newOffice(t, modePublish)
	e := w.edition(1)
	list, err := w.c.articles(t.Context(), press.Act{Edition: e}, w.memory.Journal(1000))
	w.must(err)
	for range 2 { // a person published two drafts of hers and deleted the newer one
		id, err := w.c.addDraft(t.Context(), list)
		w.must(err)
		w.must(w.we.PublishDraft(account, id))
		w.advance(time.Minute)
	}
	all := w.we.Articles()
	w.must(w.we.DeleteArticle(all[1].URL))
	a := w.memory.Open(press.Publish, e)
	r, err := w.c.Lookup(t.Context(), a, w.memory.Journal(a.ID))
	if err != nil || r.Status != press.Live || parseReference(r.Ref).id != all[0].ArticleID {
		t.Errorf("%s %s %v", r.Status, r.Ref, err)
	}
}

func TestWhatChangedInADraft(t *testing.T) {
	w := newOffice(t, modePublish)
	a := w.memory.Open(press.Publish, w.edition(1))
	r := a.Edition.Entries[0].Revision
	body := w.c.render(a.Edition.Entries[0], func(string) string { return "http://mmbiz.qpic.cn/a" })
	for name, k := range map[string]struct{ title, content, want string }{
		"nothing":     {r.Title, body, ""},
		"escapes":     {strings.ReplaceAll(r.Title, "第", "&#31532;"), body, ""},
		"the title":   {r.Title + "（修订）", body, "标题"},
		"a word":      {r.Title, strings.Replace(body, "依法", "依", 1), "正文"},
		"a picture":   {r.Title, strings.Replace(body, "<img", "<s", 1), "应有1张图片，草稿里有0张"},
		"a new image": {r.Title, body + "<img>", "草稿里有2张"},
	} {
		got := changed(a, kept{Items: []draft.Article{{Title: k.title, Content: k.content}}})
		if (got == "") != (k.want == "") || !strings.Contains(got, k.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	if changed(a, kept{}) == "" {
		t.Error("an empty draft is as it was")
	}
}

func TestTheQuotasOfAMode(t *testing.T) {
	for mode, want := range map[string]int{modeDraft: 3, modePublish: 8, modeMass: 6} {
		w := newOffice(t, mode)
		got := w.c.Quotas()
		if len(got) != want || got[0].Name != draftAdd.path || got[0].PerDay != 1000 {
			t.Errorf("%s: %+v", mode, got)
		}
		if said, err := w.c.Test(t.Context()); err != nil || !strings.Contains(said, "示例区发布") || !strings.Contains(said, "0") {
			t.Errorf("%s: %q %v", mode, said, err)
		}
	}
}

// While a list is read page by page a person may delete something from the first page, and what follows moves up: what was passed over by that
// is not absent.
func TestAListThatMovesWhileItIsReadProvesNothing(t *testing.T) {
	w := newOffice(t, modeDraft)
	a := w.memory.Open(press.Publish, w.edition(1))
	w.must(w.we.Inject(standin.Fault{Path: draftAdd.path, Kind: "drop"}))
	if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
		t.Fatal(err)
	}
	for range pageSize {
		w.advance(5 * time.Second)
		if r, err := w.deliver(w.memory.Open(press.Publish, w.edition(1))); err != nil || r.Status != press.NeedsHand {
			t.Fatalf("%s %v", r.Status, err)
		}
	}
	w.advance(10 * time.Minute)
	pages := 0
	w.line.hook = func(r *http.Request) {
		if strings.HasSuffix(r.URL.Path, draftBatch.path) {
			if pages++; pages == 2 {
				newest := slices.MaxFunc(w.we.Drafts(), func(a, b standin.DraftView) int { return a.Created.Compare(b.Created) })
				w.must(w.we.DeleteDraft(account, newest.MediaID))
			}
		}
	}
	if r, err := w.goOn(a); err != nil || r.Status != press.NeedsHand || w.out(a.Edition.Entries[0].Copy.Marker) != 1 {
		t.Errorf("%s %s %v, %d drafts", r.Status, r.Note, err, w.out(a.Edition.Entries[0].Copy.Marker))
	}
}
