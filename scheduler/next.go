package scheduler

import (
	"context"
	"time"
)

// Next is when something is due again after a Pass at a moment, on any channel; zero when nothing is.
func (s *Scheduler) Next(ctx context.Context, now time.Time) (time.Time, error) {
	var next time.Time
	for i, l := range s.lanes {
		due, err := l.next(ctx, now)
		if err != nil {
			return next, err
		}
		look, err := s.o.Store.NextLook(ctx, s.looks[i].channel)
		if err != nil {
			return next, err
		}
		next = earliest(next, earliest(due, look))
	}
	return next, nil
}
