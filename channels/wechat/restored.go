package wechat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

// unrecorded is the look for an act of which nothing is on record, as after a restore of an older ledger.
func (c *Channel) unrecorded(ctx context.Context, a press.Act, j channels.Journal, steps []channels.Step) (press.Receipt, error) {
	since := firstPossible(a)
	sure := c.sureAfterRestore(steps)
	out, complete, err := c.inPublic(ctx, a, j, since, sure)
	if err != nil || out.Status != "" {
		return out, err
	}
	found, boxed, err := c.drafts.find(ctx, j, asking(a, since, time.Time{}))
	if err != nil {
		return press.Receipt{}, err
	}
	switch {
	case len(found) > 0 && c.c.Mode == modeDraft:
		return waiting(a, found[0].ID, ""), nil
	case len(found) > 0: // it was neither submitted nor sent
		return absent(), nil
	case c.c.Mode == modeDraft && !boxed:
		return c.patience(a, a.Opened, refDraft, "", "台账没有记录，草稿箱太大或者正在变动，找不全"), nil
	case c.c.Mode == modeMass, c.c.Mode == modeDraft && a.Look && len(steps) == 0: // what was sent is listed nowhere
		return cannotTell("台账没有记录，平台的接口也查不到群发过的文章，请新媒体编辑在公众平台“发表记录”里核实", c.o.Now().Add(time.Hour)), nil
	case c.c.Mode == modePublish && !complete:
		return c.patience(a, a.Opened, refDraft, "", "台账没有记录，已发布的列表太长，找不全"), nil
	case c.c.Mode == modePublish && a.Look && sure.IsZero():
		return c.waitAfterRestore(ctx, j)
	}
	return absent(), nil
}

// sureAfterRestore is when what may have been under review while an older ledger was restored has had its time; zero when nobody has begun to
// wait for it. An earlier list does not prove that it is not public.
func (c *Channel) sureAfterRestore(steps []channels.Step) time.Time {
	s, st := stateOf(steps, stepRestored)
	if sure := s.Intended.Add(submitLags * c.settle()); st == made && !c.o.Now().Before(sure) {
		return sure
	}
	return time.Time{}
}

// waitAfterRestore begins to wait, on record, because a program that runs a pass at a time forgets everything else.
func (c *Channel) waitAfterRestore(ctx context.Context, j channels.Journal) (press.Receipt, error) {
	steps, err := j.Steps(ctx)
	if err != nil {
		return press.Receipt{}, fmt.Errorf("read journal: %w", err)
	}
	s, st := stateOf(steps, stepRestored)
	if st != made {
		s.Intended = c.o.Now()
		if err := errors.Join(j.Intend(ctx, stepRestored), j.Done(context.WithoutCancel(ctx), stepRestored, "waiting")); err != nil {
			return press.Receipt{}, fmt.Errorf("record wait: %w", err)
		}
	}
	return cannotTell("台账可能比实际的旧，先等正在审核的文章列出来", s.Intended.Add(submitLags*c.settle())), nil
}

// firstPossible is the earliest moment at which a copy of an act can have gone out: an act that a restored ledger opens anew may have been made
// long before.
func firstPossible(a press.Act) time.Time {
	at := a.Opened
	for _, e := range a.Edition.Entries {
		if filed := e.Item.FiledAt; !filed.IsZero() && filed.Before(at) {
			at = filed
		}
	}
	return at
}
