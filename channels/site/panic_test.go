package site

import (
	"context"
	"testing"

	"tongfa/channels"
)

type panics struct{ channels.Archive }

func (panics) Shelves(context.Context, string) ([]channels.Shelf, error) { panic("bug") }

// A refresh that panics has refreshed nothing, also for those who only waited for it.
func TestARefreshThatPanicsIsNotDone(t *testing.T) {
	w := newTown(t)
	s := w.open(panics{w.memory})
	mine := s.lists.begin().join(s.published(w.compose(w.entry()).Entries))
	func() {
		defer func() {
			if recover() == nil {
				t.Fatal("it did not panic")
			}
		}()
		_ = s.refreshed(t.Context(), mine)
	}()
	if s.refreshed(t.Context(), mine) == nil {
		t.Error("another act was told that its lists are written")
	}
}
