package channeltest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"tongfa/channels"
	"tongfa/press"
)

// enough bounds every enumeration: an act with more commits or calls than this is not one.
const enough = 2000

// scene brings a world to the moment before the act under test, and opens that act.
type scene func(ctx context.Context, w World) (press.Act, error)

func publishing(_ context.Context, w World) (press.Act, error) {
	return w.Memory.Open(press.Publish, w.Edition(w.most())), nil
}

func withdrawing(ctx context.Context, w World) (press.Act, error) {
	a, _, err := w.publish(ctx, w.most())
	if err != nil {
		return press.Act{}, fmt.Errorf("publish before the withdrawal: %w", err)
	}
	return w.Memory.Open(press.Withdraw, a.Edition), nil
}

// needsWithdrawer limits a check to channels that can withdraw.
func needsWithdrawer(run func(t *testing.T, fresh func() World) error) func(t *testing.T, fresh func() World) error {
	return func(t *testing.T, fresh func() World) error {
		if !has[channels.Withdrawer](fresh()) {
			return nil
		}
		return run(t, fresh)
	}
}

// trap goes off at one commit of the journals, before or after it is made. From then on every commit fails with err, if there
// is one, until it is disarmed.
type trap struct {
	at    int
	after bool
	only  string // the one operation that counts; "" for all
	once  bool   // later commits are let through
	err   error
	goOff func() // called when it goes off; may be nil

	mu     sync.Mutex
	seen   [2]int // commits begun and commits made
	sprung bool
	place  string
}

func (t *trap) arm(m *Memory) {
	m.Before = func(op, step string) error { return t.meet(op, step, false) }
	m.After = func(op, step string) error { return t.meet(op, step, true) }
}

func (t *trap) disarm(m *Memory) { m.Before, m.After = nil, nil }

func (t *trap) meet(op, step string, after bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sprung {
		if t.once {
			return nil
		}
		return t.err
	}
	if t.only != "" && t.only != op {
		return nil
	}
	side := 0
	if after {
		side = 1
	}
	n := t.seen[side]
	t.seen[side]++
	if n != t.at || after != t.after {
		return nil
	}
	t.sprung = true
	t.place = fmt.Sprintf("%s commit %d (%s %q)", [...]string{"before", "after"}[side], n+1, op, step)
	if t.goOff != nil {
		t.goOff()
	}
	return t.err
}

// crash lets the program crash at every commit in turn, before it and after it, and starts it again.
func crash(s scene) func(*testing.T, func() World) error {
	return func(t *testing.T, fresh func() World) error {
		for n := range enough {
			met := false
			for _, after := range []bool{false, true} {
				tr := &trap{at: n, after: after, err: errCrash}
				if err := crashOnce(t.Context(), s, fresh(), tr); err != nil {
					return fmt.Errorf("crash %s: %w", tr.place, err)
				}
				met = met || tr.sprung
			}
			if !met {
				return nil
			}
		}
		return errors.New("the act commits without end")
	}
}

func crashOnce(ctx context.Context, s scene, w World, tr *trap) error {
	a, err := s(ctx, w)
	if err != nil {
		return err
	}
	var atCrash []int
	tr.goOff = func() { atCrash = w.effects(a.Edition) }
	tr.arm(w.Memory)
	err = untilSprung(ctx, w, a, tr)
	tr.disarm(w.Memory)
	if err != nil || !tr.sprung {
		return err
	}
	if now := w.effects(a.Edition); !slices.Equal(now, atCrash) {
		return fmt.Errorf("the act went on after its journal had failed: %v copies became %v", atCrash, now)
	}
	return w.recover(ctx, a)
}

// untilSprung delivers an act until the trap goes off, which must stop it, or it is final.
func untilSprung(ctx context.Context, w World, a press.Act, tr *trap) error {
	for range w.looks() {
		r, err := channels.Deliver(ctx, w.Channel, a, w.Memory.Journal(a.ID))
		if bad := w.holds(a, r, err); bad != nil {
			return bad
		}
		if tr.sprung {
			if err == nil && tr.err != nil {
				return fmt.Errorf("the journal failed, and the driver answered %s as if nothing were", r.Status)
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("an undisturbed delivery: %w", err)
		}
		w.Memory.Settle(a, r)
		w.Advance(w.wait(outcome{receipt: r}))
	}
	return nil
}

// recover goes on with an act after a crash. When the journal left nothing open, everything was known, so that the
// end must be the good one and no step that was done is made again.
func (w World) recover(ctx context.Context, a press.Act) error {
	open, done := w.Memory.left(a.ID)
	o, err := w.finish(ctx, a, w.patience(), nil)
	if err != nil {
		return err
	}
	if open {
		return w.settled(a, o)
	}
	if err := w.ended(a, o); err != nil {
		return fmt.Errorf("nothing was left unknown: %w", err)
	}
	for _, name := range done {
		if n := w.Memory.intents(a.ID, name); n != 1 {
			return fmt.Errorf("step %q was done before the crash and was intended again", name)
		}
	}
	return nil
}

// cancelled takes the context away at every commit in turn, as when the program is told to stop.
func cancelled(s scene) func(*testing.T, func() World) error {
	return func(t *testing.T, fresh func() World) error {
		for n := range enough {
			w := fresh()
			a, err := s(t.Context(), w)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithCancel(t.Context())
			tr := &trap{at: n, after: true, goOff: cancel}
			tr.arm(w.Memory)
			err = untilSprung(ctx, w, a, tr)
			tr.disarm(w.Memory)
			cancel()
			if err == nil && tr.sprung {
				err = w.recoverLoosely(t.Context(), a)
			}
			if err != nil {
				return fmt.Errorf("cancelled %s: %w", tr.place, err)
			}
			if !tr.sprung {
				return nil
			}
		}
		return errors.New("the act commits without end")
	}
}

func (w World) recoverLoosely(ctx context.Context, a press.Act) error {
	o, err := w.finish(ctx, a, w.patience(), nil)
	if err != nil {
		return err
	}
	return w.settled(a, o)
}

// refusedIntent lets every intent in turn fail, and nothing else: the step it announced must not be made.
func refusedIntent(s scene) func(*testing.T, func() World) error {
	return func(t *testing.T, fresh func() World) error {
		for n := range enough {
			tr := &trap{at: n, only: "intend", once: true, err: errCrash}
			if err := crashOnce(t.Context(), s, fresh(), tr); err != nil {
				return fmt.Errorf("intent refused %s: %w", tr.place, err)
			}
			if !tr.sprung {
				return nil
			}
		}
		return errors.New("the act intends without end")
	}
}

// fault lets every call of the outside in turn go wrong in one way.
func fault(kind Fault, s scene) func(*testing.T, func() World) error {
	return func(t *testing.T, fresh func() World) error {
		w := fresh()
		switch {
		case w.BreakAfter != nil && w.Calls != nil:
			return faultEachCall(t.Context(), kind, s, fresh)
		case w.Break != nil:
			if err := faultEachRound(t.Context(), kind, s, fresh); err != nil {
				return err
			}
			return faultEachCommit(t.Context(), kind, s, fresh)
		}
		return nil // nothing out there can fail
	}
}

func faultEachCall(ctx context.Context, kind Fault, s scene, fresh func() World) error {
	w := fresh()
	a, err := s(ctx, w)
	if err != nil {
		return err
	}
	from := w.Calls()
	if _, err := w.finish(ctx, a, w.looks(), nil); err != nil {
		return err
	}
	for n := range min(enough, w.Calls()-from) {
		w := fresh()
		a, err := s(ctx, w)
		if err == nil {
			w.BreakAfter(kind, n)
			err = w.recoverLoosely(ctx, a)
		}
		if err != nil {
			return fmt.Errorf("%s at call %d: %w", kind, n+1, err)
		}
	}
	return nil
}

func faultEachRound(ctx context.Context, kind Fault, s scene, fresh func() World) error {
	for n := range fresh().looks() + 1 {
		w := fresh()
		a, err := s(ctx, w)
		if err != nil {
			return err
		}
		o, err := w.finish(ctx, a, w.patience(), func(round int) {
			if round == n {
				w.Break(kind)
			}
		})
		if err == nil {
			err = w.settled(a, o)
		}
		if err != nil {
			return fmt.Errorf("%s at the first call of round %d: %w", kind, n+1, err)
		}
	}
	return nil
}

func faultEachCommit(ctx context.Context, kind Fault, s scene, fresh func() World) error {
	for n := range enough {
		w := fresh()
		a, err := s(ctx, w)
		if err != nil {
			return err
		}
		tr := &trap{at: n, after: true, goOff: func() { w.Break(kind) }}
		tr.arm(w.Memory)
		err = w.recoverLoosely(ctx, a)
		tr.disarm(w.Memory)
		if err != nil {
			return fmt.Errorf("%s at the first call %s: %w", kind, tr.place, err)
		}
		if !tr.sprung {
			return nil
		}
	}
	return errors.New("the act commits without end")
}
