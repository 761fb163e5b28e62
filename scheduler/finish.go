package scheduler

import (
	"context"
	"fmt"
	"time"

	"tongfa/press"
)

// Finish makes the acts of one item that are due, and nothing else, and returns when none of them is. It is for commands that run while no
// daemon does.
func (s *Scheduler) Finish(ctx context.Context, item string, now time.Time) error {
	if err := s.ready(ctx, now); err != nil {
		return err
	}
	if err := s.o.Store.Resume(ctx, now); err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	for range mostRounds {
		acts, err := s.o.Store.BeginItem(ctx, item, now)
		for _, a := range acts { // also those handed out before an error
			s.finish(ctx, a, now)
		}
		if err != nil || len(acts) == 0 {
			return err
		}
	}
	return fmt.Errorf("acts of %s did not end after %d rounds", item, mostRounds)
}

// finish makes one act in its lane's time.
func (s *Scheduler) finish(ctx context.Context, a press.Act, now time.Time) {
	for _, l := range s.lanes {
		if l.name == a.Edition.Slot.Channel {
			l.rest(ctx)
			l.started(s.o.Now())
			l.attempt(ctx, a, func() time.Time { return now })
			l.ended()
		}
	}
}
