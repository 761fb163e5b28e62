package scheduler

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

// surveyor looks through everything that one channel shows: on its timetable, and after a restore before the channel may act.
type surveyor struct {
	l     *lane
	woken chan struct{}
}

func (v *surveyor) run(ctx context.Context) {
	failed := 0
	now := v.l.s.o.Now
	for ctx.Err() == nil {
		next, err := v.turn(ctx, now)
		if err != nil && ctx.Err() == nil {
			failed++
			v.l.log.Warn("survey failed", "error", err, "failed", failed)
			next = v.again(err, failed, now())
		} else {
			failed = 0
		}
		doze(ctx, v.woken, now, next)
	}
}

// again is when a survey that failed is tried once more: when its error says, or after a pause that grows to an hour.
func (v *surveyor) again(err error, failed int, now time.Time) time.Time {
	if t := press.TroubleOf(err); t.When.After(now) {
		return t.When
	}
	return now.Add(min(time.Second<<min(failed-1, 12), time.Hour))
}

// turn surveys if that is due, and says when to come again; zero for not before it is woken.
func (v *surveyor) turn(ctx context.Context, clock func() time.Time) (time.Time, error) {
	s, l := v.l.s, v.l
	if err := s.ready(ctx, clock()); err != nil {
		return time.Time{}, err
	}
	if err := s.reconcile(ctx, l, clock); err != nil {
		return time.Time{}, err
	}
	if _, can := l.c.Driver.(channels.Surveyor); !can || s.o.Survey <= 0 {
		return time.Time{}, nil
	}
	at, complete, err := s.o.Store.SurveyedAt(ctx, l.name, clock())
	if err != nil {
		return time.Time{}, err
	}
	if next := at.Add(s.o.Survey); next.After(clock()) {
		return next, nil
	}
	var since time.Time
	if complete {
		since = clock().Add(-reach)
	}
	began := clock()
	if _, _, err := s.survey(ctx, l, since, clock); err != nil {
		return time.Time{}, err
	}
	return began.Add(s.o.Survey), nil
}

// reach is how far back a survey looks when an earlier one was complete.
const reach = 31 * 24 * time.Hour

// closed tells a channel that was not surveyed since the ledger was restored. It does nothing.
func (l *lane) closed(ctx context.Context) (bool, error) {
	if l.open.Load() {
		return false, nil
	}
	to, err := l.s.o.Store.Unreconciled(ctx, l.name)
	if err != nil {
		return true, fmt.Errorf("read whether the channel may act: %w", err)
	}
	l.open.Store(to.IsZero())
	return !to.IsZero(), nil
}

// margin is how long before the last move of a backup something may say that it became public, though it did so after.
const margin = 24 * time.Hour

// reconcile surveys a channel after a restore and lets it act again. After an error it stays closed.
func (s *Scheduler) reconcile(ctx context.Context, l *lane, clock func() time.Time) error {
	closed, err := l.closed(ctx)
	if !closed || err != nil {
		return err
	}
	to, err := s.o.Store.Unreconciled(ctx, l.name)
	if err != nil {
		return fmt.Errorf("read what to survey: %w", err)
	}
	since := to.Add(-margin)
	sum, complete, err := s.survey(ctx, l, since, clock)
	why := ""
	switch {
	case errors.Is(err, errNoSurvey):
		why = "这个渠道没有普查的接口"
	case err != nil:
		return fmt.Errorf("survey after restore: %w", err)
	case !complete:
		why = "渠道的接口列不全已经发布的内容"
	}
	if err := s.o.Store.Reconciled(ctx, l.name, why, l.scarce(), clock()); err != nil {
		return err
	}
	l.log.Info("channel was reconciled after a restore", "since", since, "seen", sum.Seen, "adopted", sum.Adopted, "strangers", sum.Strangers, "complete", why == "")
	l.open.Store(true)
	nudge(l.woken)
	s.wakeLook(l.name)
	return nil
}

// mostScarce is how many calls a day make a quota scarce: one too many costs the office its day.
const mostScarce = 10

// scarce are the quotas of a channel that are taken as spent on the day of a restore.
func (l *lane) scarce() []press.Quota {
	c, ok := l.c.Driver.(interface{ Quotas() []channels.Quota })
	if !ok {
		return nil
	}
	var out []press.Quota
	for _, q := range c.Quotas() {
		if q.PerDay <= mostScarce {
			out = append(out, q)
		}
	}
	return out
}

// errNoSurvey is of a channel that cannot list what it shows.
var errNoSurvey = errors.New("the channel cannot be surveyed")

// part is how much of a survey is held in memory at a time.
const part = 500

// survey looks through what a channel shows since a moment, and hands it to the ledger part by part.
func (s *Scheduler) survey(ctx context.Context, l *lane, since time.Time, clock func() time.Time) (sum press.Survey, complete bool, err error) {
	v, ok := l.c.Driver.(channels.Surveyor)
	if !ok {
		return sum, false, errNoSurvey
	}
	began := clock()
	found := make([]press.Found, 0, part)
	flush := func() error {
		if len(found) == 0 {
			return nil
		}
		some, err := s.o.Store.Surveyed(ctx, l.c.Plan, found, began)
		sum, found = sum.Add(some), found[:0]
		return err
	}
	j := s.o.Store.Journal(press.Act{Edition: press.Edition{Slot: press.Slot{Channel: l.name}}}, clock)
	complete, err = surveyed(ctx, v, since, j, func(f press.Found) error {
		if l.c.Foreign != nil && l.c.Foreign(f) {
			return nil
		}
		if found = append(found, f); len(found) < part {
			return nil
		}
		return flush()
	})
	if err := errors.Join(err, flush()); err != nil { // what was found counts also when the rest was not
		return sum, false, err
	}
	if err := s.o.Store.SurveyEnded(ctx, l.name, since, complete, began); err != nil {
		return sum, false, err
	}
	if sum.Adopted+sum.Looked > 0 {
		s.Wake()
	}
	l.log.Info("channel was surveyed", "since", since, "seen", sum.Seen, "adopted", sum.Adopted, "looked", sum.Looked, "strangers", sum.Strangers, "complete", complete)
	return sum, complete, nil
}

// surveyed keeps a driver that panics from taking the others with it.
func surveyed(ctx context.Context, v channels.Surveyor, since time.Time, j channels.Journal, tell func(press.Found) error) (complete bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			complete, err = false, panicked(p)
		}
	}()
	return v.Survey(ctx, since, j, tell)
}

// prepare is what comes before the acts of a pass: other clocks are asked, and channels that were closed by a restore are surveyed. One that
// cannot be surveyed now stays closed, and the others go on.
func (s *Scheduler) prepare(ctx context.Context, clock func() time.Time) error {
	if err := s.askOnce(ctx); err != nil {
		return err
	}
	if err := s.ready(ctx, clock()); err != nil {
		return err
	}
	for _, l := range s.lanes {
		l.spaced(ctx)
		if err := s.reconcile(ctx, l, clock); err != nil {
			if ctx.Err() != nil {
				return err
			}
			l.log.Error("channel stays closed after a restore", "error", err)
		}
	}
	return nil
}
