package ledger

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestAMoveWhileTheItemStandsAsItWasSeen(t *testing.T) {
	b := setup(t)
	f := ready("甲", "site")
	f.Item.ReleaseAt = b.now.Add(time.Hour)
	b.filed(f)
	seen := b.story("甲")
	must(b, b.Hold(While(b.ctx, seen), "甲", "核对数字", publisher, b.now))
	err := b.Release(While(b.ctx, seen), "甲", publisher, b.now)
	if !errors.Is(err, ErrMoved) || !strings.Contains(err.Error(), "请看过现在的情况再决定") {
		t.Fatalf("released what had changed: %v", err)
	}
	equal(t, "held", b.story("甲").Item.Held, true)
	ctx := While(b.ctx, b.story("甲"))
	must(b, b.Release(ctx, "甲", publisher, b.now))
	must(b, b.Hold(ctx, "甲", "再核对", publisher, b.now)) // the condition was for one write
	if b.story("甲").Tag() == seen.Tag() {
		t.Fatal("three moves later the item has the tag that it had")
	}
}

// TestOfManyWhoSawTheSameOnlyOneMoves lets the moves share commits, where each runs behind the others'.
func TestOfManyWhoSawTheSameOnlyOneMoves(t *testing.T) {
	b := setup(t)
	f := ready("甲", "site")
	f.Item.ReleaseAt = b.now.Add(time.Hour)
	b.filed(f)
	for range 20 {
		seen := b.story("甲")
		errs := make([]error, 8)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() {
				ctx := While(b.ctx, seen)
				if seen.Item.Held {
					errs[i] = b.Release(ctx, "甲", publisher, b.now)
				} else {
					errs[i] = b.Hold(ctx, "甲", "核对数字", publisher, b.now)
				}
			})
		}
		wg.Wait()
		done := 0
		for _, err := range errs {
			switch {
			case err == nil:
				done++
			case !errors.Is(err, ErrMoved):
				t.Fatal(err)
			}
		}
		equal(t, "moves made", done, 1)
	}
}
