package channels

import (
	"context"
	"fmt"

	"tongfa/press"
)

// Deliver makes an act, and is safe to call again at any time: after a crash, after a lost answer, twice. With nothing
// on record it acts. With anything on record it looks first, and acts only if the look proves that the act has not
// happened. The receipt's status is Absent only for an act that is LookOnly: proved not to have happened, and not made.
//
// An error is a *press.Trouble or is to be read with press.RemedyOf; after LookFirst the next call looks.
func Deliver(ctx context.Context, c Channel, a press.Act, j Journal) (press.Receipt, error) {
	steps, err := j.Steps(ctx)
	if err != nil {
		return press.Receipt{}, fmt.Errorf("read journal: %w", err)
	}
	if len(steps) > 0 || a.Look {
		r, err := c.Lookup(ctx, a, j)
		if err != nil {
			return press.Receipt{}, onLook(err)
		}
		if r.Status != press.Absent || a.LookOnly {
			return r, nil // with the parts that are public all the same
		}
	}
	if a.LookOnly {
		return press.Receipt{Status: press.Absent}, nil
	}
	r, err := act(ctx, c, a, j)
	if err == nil && (r.Status == press.Absent || r.Status == "") {
		r.Status = press.CannotTell // who has just acted cannot have proved that nothing happened
	}
	return r, err
}

func act(ctx context.Context, c Channel, a press.Act, j Journal) (press.Receipt, error) {
	switch a.Verb {
	case press.Publish:
		return c.Publish(ctx, a, j)
	case press.Withdraw:
		if w, ok := c.(Withdrawer); ok {
			return w.Withdraw(ctx, a, j)
		}
	case press.Amend, press.Annotate:
		if m, ok := c.(Amender); ok && a.Way != press.ByHand {
			return m.Amend(ctx, a, j)
		}
		if a.Task != "" {
			return press.Receipt{Status: press.NeedsHand, Note: a.Task}, nil
		}
	}
	return press.Receipt{
		Status: press.NeedsHand,
		Note:   fmt.Sprintf("这个渠道没有“%s”的接口，请人工处理后登记结果", a.Verb.Name()),
	}, nil
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
