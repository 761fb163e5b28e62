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
	if err := s.prepare(ctx, func() time.Time { return now }); err != nil {
		return err
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
			return
		}
	}
	err := s.o.Store.Settle(context.WithoutCancel(ctx), a, press.Receipt{}, noSuchChannel(a.Edition.Slot.Channel, now), now)
	if err != nil {
		s.o.Log.Error("cannot put an act off", "edition", a.Edition.Key, "error", err)
	}
}

// noSuchChannel puts an act off whose channel is not in the configuration, as nobody can make it.
func noSuchChannel(name string, now time.Time) error {
	return &press.Trouble{Remedy: press.TryLater, When: now.Add(time.Hour), What: "配置里没有渠道“" + name + "”，动作没有执行",
		Who: "系统管理员", Do: "在配置里补上这个渠道，或者人工处理以后登记结果"}
}
