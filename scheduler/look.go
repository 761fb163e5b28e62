package scheduler

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

// looker looks at what is public on one channel, when the ledger says that it is time.
type looker struct {
	s       *Scheduler
	channel string
	woken   chan struct{}
}

func (k *looker) run(ctx, looks context.Context) {
	failed := 0
	for ctx.Err() == nil {
		now := k.s.o.Now()
		n, err := k.turn(looks, now, k.s.o.Now)
		var next time.Time
		if err == nil && n == 0 {
			next, err = k.s.o.Store.NextLook(ctx, k.channel)
			next = k.s.soon(next, now)
		}
		switch {
		case err != nil && ctx.Err() == nil:
			failed++
			k.s.o.Log.Warn("looking failed", "channel", k.channel, "error", err, "failed", failed)
			doze(ctx, k.woken, k.s.o.Now, now.Add(pauseAfter(failed)))
		case n == 0:
			failed = 0
			doze(ctx, k.woken, k.s.o.Now, next)
		}
	}
}

// batch is how many copies are taken from the ledger at a time, for each that is looked at at once.
const batch = 4

// turn looks at copies that are due and says at how many. A wrong clock stops it too: what it sees first is the first public time for ever.
func (k *looker) turn(ctx context.Context, now time.Time, clock func() time.Time) (int, error) {
	if err := k.s.ready(ctx, now); err != nil {
		return 0, err
	}
	due, err := k.s.o.Store.Looks(ctx, k.channel, now, batch*k.s.o.Lookers) // also those handed out before an error
	if err != nil {
		err = fmt.Errorf("take looks: %w", err)
	}
	var wg sync.WaitGroup
	places := make(chan struct{}, k.s.o.Lookers)
	failed := make(chan error, len(due))
	for _, e := range due {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			_, err := k.s.look(ctx, e, clock)
			failed <- err
			k.s.wakeAfter(k.channel) // what waits for a verified page may go now
		})
	}
	wg.Wait()
	close(failed)
	for e := range failed {
		err = errors.Join(err, e)
	}
	if err != nil {
		k.s.doubt.Store(true) // a copy that was handed out and not written down is looked at again
	}
	return len(due), err
}

// lookTime is the longest that one look may take.
const lookTime = time.Minute

// Look looks at one public copy at once, and writes down and returns what was seen.
func (s *Scheduler) Look(ctx context.Context, e press.Entry, now time.Time) (press.Sighting, error) {
	return s.look(ctx, e, func() time.Time { return now })
}

func (s *Scheduler) look(ctx context.Context, e press.Entry, clock func() time.Time) (press.Sighting, error) {
	within, cancel := context.WithTimeout(ctx, lookTime)
	seen := s.observe(within, e)
	cancel()
	if seen.Status != press.SeenEqual {
		s.o.Log.Warn("public copy is not as approved", "item", e.Item.ID, "channel", e.Copy.Channel, "status", seen.Status)
	}
	if err := s.o.Store.Saw(ctx, seen, clock()); err != nil {
		return seen, fmt.Errorf("write down sighting of copy %d: %w", e.Copy.ID, err)
	}
	return seen, nil
}

// observe is what is seen of a copy. Where nobody can look, or the look itself fails, that says nothing about the copy.
func (s *Scheduler) observe(ctx context.Context, e press.Entry) press.Sighting {
	blind := press.Sighting{Copy: e.Copy.ID, URL: e.Copy.URL, Status: press.SeenBlind, Detail: "配置里没有这个渠道，无法核验"}
	for _, l := range s.lanes {
		if l.name != e.Copy.Channel {
			continue
		}
		o, ok := l.c.Driver.(channels.Observer)
		if !ok {
			blind.Detail = "这个渠道没有核验的办法，请人工核验"
			return blind
		}
		seen, err := observed(ctx, o, e)
		if err != nil {
			l.log.Error("cannot look", "item", e.Item.ID, "error", err)
			blind.Detail = press.TroubleOf(err).Say()
			return blind
		}
		return seen
	}
	return blind
}

// observed keeps a driver that panics from taking the others with it.
func observed(ctx context.Context, o channels.Observer, e press.Entry) (seen press.Sighting, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
	}()
	return o.Observe(ctx, e)
}
