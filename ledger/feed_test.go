package ledger

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync"
	"testing"

	"tongfa/press"
)

// TestFeedTellsEveryMoveOnceInOrder reads the feed in small pieces while many write, and one in three takes back what it wrote.
func TestFeedTellsEveryMoveOnceInOrder(t *testing.T) {
	b := setup(t)
	from, err := b.FeedEnd(b.ctx)
	must(t, err)
	ids := []string{string(b.filed(ready("a", "site")).ID), string(b.filed(ready("b", "site")).ID)}
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			switch i % 3 {
			case 0:
				_ = b.Hold(b.ctx, ids[i%2], "暂缓", Who{"王某", press.Publisher}, b.now)
			case 1:
				_ = b.Release(b.ctx, ids[i%2], Who{"王某", press.Publisher}, b.now)
			default:
				_ = b.write(b.ctx, func(ctx context.Context, tx *sql.Tx) error {
					return errors.Join(note(ctx, tx, moved{item: "nobody", verb: "file", at: b.now}), errors.New("taken back"))
				})
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	var seen []Happened
	for after, last := from, false; ; {
		select {
		case <-done:
			last = true
		default:
		}
		hs, err := b.Feed(b.ctx, after, 3)
		must(t, err)
		for _, h := range hs {
			if h.Seq <= after {
				t.Fatalf("number %d comes after %d", h.Seq, after)
			}
			after, seen = h.Seq, append(seen, h)
		}
		if last && len(hs) == 0 {
			break
		}
	}
	for _, id := range ids {
		s, err := b.Story(b.ctx, id, b.now)
		must(t, err)
		var told []Moved
		for _, h := range seen {
			if h.Item == s.Item.ID {
				told = append(told, h.Moved)
			}
		}
		if !slices.Equal(told, s.Moves) {
			t.Errorf("the feed tells %d moves of %s, its history %d", len(told), id, len(s.Moves))
		}
	}
	end, err := b.FeedEnd(b.ctx)
	must(t, err)
	if end < seen[len(seen)-1].Seq {
		t.Errorf("the feed ends at %d, the last read was %d", end, seen[len(seen)-1].Seq)
	}
}
