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

// looker looks at what is public on one channel, when the ledger says that it is time. A few copies are taken from the ledger at once, which
// costs it one write, and each is looked at by a worker of its own, so many at once as are allowed: one that is slow keeps no other. Taken and
// working are touched by its own goroutine only.
type looker struct {
	s       *Scheduler
	channel string
	pause   time.Duration // least time between the beginnings of two looks, for the sake of whoever is asked
	woken   chan struct{}

	taken []press.Entry // from the ledger, and not begun
	last  time.Time     // when the last look was begun, in the time of this machine, which is also theirs who are asked

	workers sync.WaitGroup
	mu      sync.Mutex
	busy    int
	good    int   // looks that ended well since somebody asked
	bad     error // of those that did not
}

// batch is how many copies are taken from the ledger at a time, for each that is looked at at once.
const batch = 4

// run looks until ctx ends. What was taken and not begun is handed out again by the ledger after a while.
func (k *looker) run(ctx, looks context.Context) {
	defer k.workers.Wait()
	failed := 0
	for ctx.Err() == nil {
		now := k.s.o.Now()
		next, err := k.turn(looks, now)
		good, bad := k.outcome()
		if good > 0 {
			failed = 0
		}
		if err = errors.Join(err, bad); err == nil || ctx.Err() != nil {
			doze(ctx, k.woken, k.s.o.Now, next)
			continue
		}
		failed++
		k.s.o.Log.Warn("looking failed", "channel", k.channel, "error", err, "failed", failed)
		k.s.doubt.Store(true) // a copy that was handed out and not written down is looked at again
		k.taken = nil
		doze(ctx, nil, k.s.o.Now, now.Add(pauseAfter(failed)))
	}
}

// turn begins the looks that may begin now, and says when to come again; zero for not before Wake, which a look that ends does too. A wrong
// clock stops it: what it sees first is the first public time for ever.
func (k *looker) turn(ctx context.Context, now time.Time) (time.Time, error) {
	for {
		if k.full() {
			return time.Time{}, nil
		}
		if len(k.taken) == 0 {
			if err := k.take(ctx, now); err != nil {
				return time.Time{}, err
			}
		}
		if len(k.taken) == 0 {
			next, err := k.s.o.Store.NextLook(ctx, k.channel)
			return k.s.soon(next, now), err
		}
		if wait := k.polite(); wait > 0 {
			return k.s.o.Now().Add(wait), nil
		}
		k.begin(ctx, k.taken[0], k.s.o.Now)
		k.taken = k.taken[1:]
	}
}

// take takes copies that are due from the ledger, also those that were handed out before an error.
func (k *looker) take(ctx context.Context, now time.Time) error {
	if err := k.s.ready(ctx, now); err != nil {
		return err
	}
	var err error
	if k.taken, err = k.s.o.Store.Looks(ctx, k.channel, now, batch*k.s.o.Lookers); err != nil {
		return fmt.Errorf("take looks: %w", err)
	}
	return nil
}

// begin looks at a copy in a worker of its own.
func (k *looker) begin(ctx context.Context, e press.Entry, clock func() time.Time) {
	k.mu.Lock()
	k.busy++
	k.mu.Unlock()
	k.last = time.Now()
	k.workers.Go(func() {
		_, err := k.s.look(ctx, e, clock)
		k.mu.Lock()
		k.busy--
		if err == nil {
			k.good++
		}
		k.bad = errors.Join(k.bad, err)
		k.mu.Unlock()
		k.s.wakeAfter(k.channel) // what waits for a verified page may go now
		nudge(k.woken)
	})
}

// polite is how long the next look has to wait.
func (k *looker) polite() time.Duration { return k.pause - time.Since(k.last) }

func (k *looker) full() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.busy >= k.s.o.Lookers
}

// outcome is how many looks ended well since it was asked last, and what went wrong with the others.
func (k *looker) outcome() (good int, bad error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	good, bad = k.good, k.bad
	k.good, k.bad = 0, nil
	return good, bad
}

// pass looks at copies that are due at a moment and says at how many.
func (k *looker) pass(ctx context.Context, now time.Time) (int, error) {
	failed := k.take(ctx, now)
	due := k.taken
	k.taken = nil
	for _, e := range due {
		for k.full() {
			doze(ctx, k.woken, k.s.o.Now, time.Time{})
			if ctx.Err() != nil {
				break
			}
		}
		if wait := k.polite(); wait > 0 {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
			}
		}
		k.begin(ctx, e, func() time.Time { return now })
	}
	k.workers.Wait()
	_, bad := k.outcome()
	err := errors.Join(failed, bad)
	if err != nil {
		k.s.doubt.Store(true)
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
	seen.Revision = e.Revision.Number
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
