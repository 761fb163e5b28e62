package site

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tongfa/channels"
)

func TestHowLongARefreshWaitsForOthers(t *testing.T) {
	const took = 10 * time.Millisecond
	for name, c := range map[string]struct {
		ended time.Duration // ago, of the last refresh
		acts  int           // under way beside the one that waits
		then  func(others []*part)
		want  time.Duration
	}{
		"alone, long after":               {time.Hour, 0, nil, 0},
		"alone, soon after":               {0, 0, nil, 0},
		"another never comes":             {time.Hour, 1, nil, took},
		"another comes":                   {time.Hour, 1, func(o []*part) { <-time.After(3 * time.Millisecond); o[0].join(newChanges()) }, 3 * time.Millisecond},
		"another fails":                   {time.Hour, 1, func(o []*part) { <-time.After(3 * time.Millisecond); o[0].end() }, 0 + 3*time.Millisecond},
		"soon after, more were there":     {5 * time.Millisecond, 1, func(o []*part) { o[0].end() }, pauseTimes*took - 5*time.Millisecond},
		"soon after, all of them waiting": {0, 2, func(o []*part) { o[0].join(newChanges()); o[1].join(newChanges()) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &refresher{pause: mostPause, took: took, ended: time.Now().Add(-c.ended)}
				var others []*part
				for range c.acts {
					others = append(others, l.begin())
				}
				l.begin().join(newChanges())
				began := time.Now()
				var wg sync.WaitGroup
				if c.then != nil {
					wg.Go(func() { c.then(others) })
				}
				l.gather()
				if got := time.Since(began); got != c.want {
					t.Errorf("it waited %s, want %s", got, c.want)
				}
				wg.Wait()
			})
		})
	}
}

// asked counts the places that the ledger is asked for.
type asked struct {
	channels.Archive
	places int64
}

func (a *asked) Shelf(ctx context.Context, shelf string, from, to int64) ([]channels.Listed, error) {
	a.places += to - from + 1
	return a.Archive.Shelf(ctx, shelf, from, to)
}

// However long the lists are, a publication asks the ledger for its own places and a few more.
func TestARefreshReadsWhatChanged(t *testing.T) {
	w := newTown(t)
	a := &asked{Archive: w.memory}
	w.site = w.open(a)
	for range 121 {
		w.publish(w.entry())
	}
	a.places = 0
	w.publish(w.entry())
	if a.places > 10 {
		t.Errorf("it asked for %d places", a.places)
	}
	again := w.open(a) // a new process knows nothing
	a.places = 0
	w.site = again
	w.publish(w.entry())
	if a.places < 120 {
		t.Errorf("after a start it asked for %d places only", a.places)
	}
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	s := shelves{}
	s.forget(nil)
	for p := range int64(mostPlaces + 1) {
		s.of("column/甲")[p] = nil
	}
	s.forget(nil)
	if n := s.places(); n > 0 {
		t.Errorf("it remembers %d places", n)
	}
}
