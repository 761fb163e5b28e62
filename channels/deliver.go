package channels

import (
	"context"
	"fmt"

	"tongfa/press"
)

// Deliver makes an act, and is safe to call again at any time: after a crash, after a lost answer, twice. With nothing
// on record it acts. With anything on record it looks first, and acts only if the look proves that the act has not
// happened. The receipt's status is Absent only for an act that is LookOnly: proved not to have happened, and not made.
// What only a person can do is hers to look at too: a channel that finds the copy in public does not tell what she has done about it.
//
// An error is a *press.Trouble or is to be read with press.RemedyOf; after LookFirst the next call looks.
func Deliver(ctx context.Context, c Channel, a press.Act, j Journal) (press.Receipt, error) {
	own := &noting{Journal: j}
	r, err := deliver(ctx, c, a, own)
	if err != nil && own.failed != nil {
		return press.Receipt{}, unwritten(own.failed)
	}
	return r, err
}

// noting remembers that the ledger could not be written, which a driver cannot tell from what went wrong out there.
type noting struct {
	Journal
	failed *press.Trouble
}

func (n *noting) note(err error) error {
	if err != nil && press.RemedyOf(err) == press.AskPerson { // a limit that is spent is an answer, not a failure
		n.failed = press.TroubleOf(err)
	}
	return err
}

func (n *noting) Intend(ctx context.Context, step string) error {
	return n.note(n.Journal.Intend(ctx, step))
}

func (n *noting) Done(ctx context.Context, step, ref string) error {
	return n.note(n.Journal.Done(ctx, step, ref))
}

func (n *noting) Keep(ctx context.Context, digest, ref string) error {
	return n.note(n.Journal.Keep(ctx, digest, ref))
}

func (n *noting) Spend(ctx context.Context, q Quota, calls int) error {
	return n.note(n.Journal.Spend(ctx, q, calls))
}

// unwritten is a ledger that could not be written while an act was made: nobody need do anything about this copy. Once the ledger can be written again, the
// next call looks and goes on by itself.
func unwritten(t *press.Trouble) error {
	out := *t
	out.Remedy = press.LookFirst
	return &out
}

func deliver(ctx context.Context, c Channel, a press.Act, j Journal) (press.Receipt, error) {
	steps, err := j.Steps(ctx)
	if err != nil {
		return press.Receipt{}, fmt.Errorf("read journal: %w", err)
	}
	act := actOf(c, a)
	if act != nil && (len(steps) > 0 || a.Look) {
		r, err := c.Lookup(ctx, a, j)
		if err != nil {
			return press.Receipt{}, onLook(err)
		}
		switch {
		case r.Status == press.Absent && a.LookOnly:
			return giveUp(ctx, c, a, j, r)
		case r.Status != press.Absent:
			return r, nil
		}
	}
	switch {
	case a.LookOnly:
		return press.Receipt{Status: press.Absent}, nil
	case act == nil:
		return byHand(a), nil
	}
	r, err := act(ctx, a, j)
	if err == nil && (r.Status == press.Absent || r.Status == "") {
		r.Status = press.CannotTell // who has just acted cannot have proved that nothing happened
	}
	return r, err
}

// giveUp ends an act that is proved not to have happened and must not happen any more. What was seen tells the parts that are public all the same.
func giveUp(ctx context.Context, c Channel, a press.Act, j Journal, seen press.Receipt) (press.Receipt, error) {
	g, ok := c.(GivingUp)
	if !ok {
		return seen, nil
	}
	r, err := g.GiveUp(ctx, a, j)
	if err != nil {
		return press.Receipt{}, onLook(err)
	}
	return r, nil
}

// actOf is how a channel makes an act; nil if only a person can.
func actOf(c Channel, a press.Act) func(context.Context, press.Act, Journal) (press.Receipt, error) {
	switch a.Verb {
	case press.Publish:
		return c.Publish
	case press.Withdraw:
		if w, ok := c.(Withdrawer); ok {
			return w.Withdraw
		}
	case press.Amend, press.Annotate:
		if m, ok := c.(Amender); ok && a.Way != press.ByHand {
			return m.Amend
		}
	}
	return nil
}

func byHand(a press.Act) press.Receipt {
	if a.Task != "" {
		return press.Receipt{Status: press.NeedsHand, Note: a.Task}
	}
	return press.Receipt{
		Status: press.NeedsHand,
		Note:   fmt.Sprintf("这个渠道没有“%s”的接口，请人工处理后登记结果", a.Verb.Name()),
	}
}

// onLook makes sure that a failed look never reads as "not executed, act again": what failed is the look, and the act's
// outcome is as unknown as before it. A limit or a person's task is passed on as it is, because it says when to look again.
func onLook(err error) error {
	t := *press.TroubleOf(err)
	if t.Remedy == press.TryAgain || t.Remedy == press.ChangeText {
		t.Remedy = press.LookFirst
	}
	return &t
}
