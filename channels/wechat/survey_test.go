package wechat

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tongfa/config"
	"tongfa/press"
	"tongfa/standin"
)

// survey collects what a survey tells.
func (w *office) survey(since time.Time) (list []press.Found, complete bool) {
	w.t.Helper()
	complete, err := w.c.Survey(w.t.Context(), since, w.memory.Journal(9999), func(f press.Found) error {
		list = append(list, f)
		return nil
	})
	w.must(err)
	return list, complete
}

const strange = "放假通知"

// stranger makes a draft as a person would, without any marker.
func (w *office) stranger() (mediaID string) {
	w.t.Helper()
	list, err := w.c.articles(w.t.Context(), press.Act{Edition: w.edition(1)}, w.memory.Journal(1000))
	w.must(err)
	list[0].ContentSourceURL, list[0].Content, list[0].Title = "", "<p>放假通知</p>", strange
	id, err := w.c.addDraft(w.t.Context(), list)
	w.must(err)
	return id
}

func TestASurveyTellsWhatIsThere(t *testing.T) {
	w := newOffice(t, modePublish)
	es := w.publish(w.edition(3))
	w.must(w.we.DeleteArticle(es[1].Copy.URL))
	bare := w.compose(w.entry(func(e *press.Entry) { e.Links = nil })) // its marker is in the body only
	w.publish(bare)
	w.must(w.we.PublishDraft(account, w.stranger()))
	w.stranger() // a draft of a person's own
	w.interrupted(w.memory.Open(press.Publish, w.edition(2)), stepSubmit)

	found, complete := w.survey(time.Time{})
	if !complete || len(found) != 7 {
		t.Fatalf("complete %v, %d found: %+v", complete, len(found), found)
	}
	for i, e := range es {
		k := slices.IndexFunc(found, func(f press.Found) bool { return f.Marker == e.Copy.Marker })
		if k < 0 {
			t.Fatalf("article %d is not told", i+1)
		}
		f := found[k]
		if f.Withdrawn != (i == 1) || f.Place != i+1 || f.Title != e.Revision.Title || f.Public.IsZero() || f.Ref != e.Copy.Ref {
			t.Errorf("article %d: %+v, want ref %s", i+1, f, e.Copy.Ref)
		}
	}
	count := map[string]int{}
	for _, f := range found {
		switch {
		case parseReference(f.Ref).kind == refDraft && f.Public.IsZero() && f.URL == "" && f.Marker != "":
			count["draft"]++
		case f.Marker == "" && f.Title == strange && f.URL != "":
			count["stranger"]++
		case f.Marker == bare.Entries[0].Copy.Marker:
			count["bare"]++
		}
	}
	if count["draft"] != 2 || count["stranger"] != 1 || count["bare"] != 1 {
		t.Errorf("%v in %+v", count, found)
	}
}

func TestASurveyGoesBackAsFarAsItIsAsked(t *testing.T) {
	unlimited := setup{conf: func(c *config.WeChat) {
		c.Quotas = map[string]int{"freepublish_batchget": 1000, "freepublish_submit": 1000, "freepublish_get": 1000, "draft_get": 10000}
	}, standin: func(o *standin.Options) { o.Quotas, o.Review = map[string]int{"*": -1}, time.Second }}
	w := newOffice(t, modePublish, unlimited)
	const messages = 230
	for range messages {
		w.publish(w.edition(1))
	}
	since := w.clock()
	w.advance(time.Hour)
	w.publish(w.edition(1))
	before := w.memory.Spent(pubBatch.path)
	found, complete := w.survey(since.Add(30 * time.Minute))
	if calls := w.memory.Spent(pubBatch.path) - before; !complete || len(found) != 1 || calls != 1 {
		t.Errorf("of the last hour: complete %v, %d found, %d calls", complete, len(found), calls)
	}
	before = w.memory.Spent(pubBatch.path)
	found, complete = w.survey(time.Time{})
	if calls := w.memory.Spent(pubBatch.path) - before; !complete || len(found) != messages+1 || calls != 12 {
		t.Errorf("of all time: complete %v, %d found, %d calls", complete, len(found), calls)
	}
}

func TestASurveyLeavesCallsToThoseWhoAskAboutASubmission(t *testing.T) {
	w := newOffice(t, modePublish, setup{conf: func(c *config.WeChat) { c.Quotas = map[string]int{"freepublish_batchget": 4} }})
	w.publish(w.edition(1))
	for i, want := range []bool{true, true, false} { // of four calls two are kept
		if found, complete := w.survey(time.Time{}); complete != want || (len(found) == 1) != want {
			t.Errorf("survey %d: complete %v, %+v", i+1, complete, found)
		}
	}
}

func TestWhatASurveyCannotKnow(t *testing.T) {
	for _, mode := range []string{modeMass, modeDraft} {
		w := newOffice(t, mode)
		a := w.memory.Open(press.Publish, w.edition(1))
		if _, err := w.deliver(a); err != nil {
			t.Fatal(err)
		}
		found, complete := w.survey(time.Time{})
		if want := map[string]int{modeMass: 0, modeDraft: 1}[mode]; complete || len(found) != want {
			t.Errorf("%s: complete %v, %+v", mode, complete, found)
		}
	}
	w := newOffice(t, modeDraft, setup{standin: func(o *standin.Options) { o.Accounts[0].NoPublish = true }})
	if found, complete := w.survey(time.Time{}); complete || len(found) != 0 {
		t.Errorf("without the right to list: complete %v, %+v", complete, found)
	}
	p := newOffice(t, modePublish, setup{standin: func(o *standin.Options) { o.Accounts[0].NoPublish = true }})
	if _, err := p.c.Survey(t.Context(), time.Time{}, p.memory.Journal(1), func(press.Found) error { return nil }); !coded(err, 48001) {
		t.Errorf("an account that is to publish: %v", err)
	}
	stop := errors.New("stop")
	q := newOffice(t, modePublish)
	q.publish(q.edition(1))
	if _, err := q.c.Survey(t.Context(), time.Time{}, q.memory.Journal(1), func(press.Found) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("told to stop: %v", err)
	}
}

func TestTheMeansOfAMode(t *testing.T) {
	for mode, want := range map[string][]press.Way{
		modePublish: {press.Republish, press.ByHand, press.Leave},
		modeDraft:   {press.Republish, press.ByHand, press.Leave},
		modeMass:    {press.ByHand, press.Republish, press.Leave},
	} {
		var got []press.Way
		for _, m := range newOffice(t, mode).c.Means() {
			got = append(got, m.Way)
			if !han(m.What) {
				t.Errorf("%s: %s says %q", mode, m.Way, m.What)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v", mode, got)
		}
	}
}

// What moves up while a list is read page by page is passed over, so that such a survey does not prove that anything is absent.
func TestASurveyOfAListThatMovesIsNotComplete(t *testing.T) {
	w := newOffice(t, modePublish, setup{standin: func(o *standin.Options) { o.Quotas = map[string]int{"*": -1} }})
	for range pageSize + 1 {
		w.interrupted(w.memory.Open(press.Publish, w.edition(1)), stepSubmit)
		w.advance(time.Second)
	}
	if found, complete := w.survey(time.Time{}); !complete || len(found) != pageSize+1 {
		t.Fatalf("at rest: complete %v, %d found", complete, len(found))
	}
	pages := 0
	w.line.hook = func(r *http.Request) {
		if strings.HasSuffix(r.URL.Path, draftBatch.path) {
			if pages++; pages == 2 {
				newest := slices.MaxFunc(w.we.Drafts(), func(a, b standin.DraftView) int { return a.Created.Compare(b.Created) })
				w.must(w.we.DeleteDraft(account, newest.MediaID))
			}
		}
	}
	if found, complete := w.survey(time.Time{}); complete {
		t.Errorf("moving: complete, with %d found", len(found))
	}
}
