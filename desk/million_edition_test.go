package desk

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// TestComposingInALargeLedger measures the pages on which editions are made, with the plans of their queries: a message of eight articles, and an
// issue of forty documents.
func TestComposingInALargeLedger(t *testing.T) {
	file, n := largeFile(t)
	w := large(t, file, n)
	times := 3
	switch {
	case *million != "":
		times = 10
	case testing.Short():
		times = 1
	}
	for channel, most := range map[string]int{"wechat": 8, "gazette": 40} {
		c, _ := w.composing(channel)
		key, err := w.ledger.Plan(t.Context(), c.Plan, w.now.Add(24*time.Hour), editorAt, w.now)
		w.must(err)
		next := w.taken(c.Plan, key, most)
		targets := []string{"/editions", at(key), at(key, "compose"), at(key, "compose") + "?q=工作", at(key, "compose") + "?q=" + url.QueryEscape("示政办发〔2015〕12号"), at(key, "freeze"),
			at(key, "end")}
		if next != "" {
			targets = append(targets, at(key, "compose")+"?after="+next)
		}
		for _, target := range targets {
			var took []time.Duration
			weight := 0
			for range times {
				began := time.Now()
				status, body := w.get(target)
				took = append(took, time.Since(began))
				if weight = len(body); status != 200 {
					t.Errorf("%s: status %d", target, status)
				}
			}
			slices.Sort(took)
			if weight > mostWeight {
				t.Errorf("%s weighs %d bytes", target, weight)
			}
			t.Logf("%8s %8s %7d %s", took[len(took)/2].Round(100*time.Microsecond), took[len(took)*95/100].Round(100*time.Microsecond), weight, target)
		}
		w.must(w.ledger.Abandon(t.Context(), key, "只是量一量", ledger.Edit{Who: editorAt}, w.now))
	}
	w.plans(20)
}

// taken fills an edition with new items, and gives the cursor of the second page of candidates.
func (w *world) taken(p press.Plan, key string, most int) (next string) {
	w.Helper()
	for range most {
		id := w.file("示例区召开冬季供暖保障工作会议", p.Channel)
		w.must(w.ledger.Put(w.Context(), p, key, string(id), ledger.Edit{Who: editorAt}, w.now))
	}
	e, err := w.ledger.Edition(w.Context(), key)
	w.must(err)
	_, next, err = w.ledger.Candidates(w.Context(), p, e.Edition, "", "", candidatesSize, w.now)
	w.must(err)
	return next
}
