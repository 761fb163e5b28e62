package wechat

import (
	"context"

	"tongfa/channels"
	"tongfa/press"
)

// GiveUp takes the draft of an act out of the box that must not be made any more and is proved not to have been made: nobody shall publish it by
// mistake. What a person has worked on stays, and she is told not to publish it. The answer is Absent unless that is so or she has published it.
func (c *Channel) GiveUp(ctx context.Context, a press.Act, j channels.Journal) (press.Receipt, error) {
	steps, err := j.Steps(ctx) // a lost draft may have been found meanwhile
	if err != nil {
		return press.Receipt{}, wrap("read journal", err)
	}
	s, st := draftOf(steps)
	if st != made {
		return absent(), nil
	}
	if err := c.spend(ctx, j, draftGet); err != nil {
		return press.Receipt{}, err
	}
	d, err := c.getDraft(ctx, s.Ref)
	switch {
	case coded(err, 40007):
		return c.gone(ctx, a, j, s.Ref, s.Intended)
	case err != nil:
		return press.Receipt{}, err
	case !d.untouched() || changed(a, d) != "":
		return waiting(a, s.Ref, ""), nil // she might publish it
	}
	_, err = c.once(ctx, j, stepForget, draftDelete, func() (string, error) {
		err := c.deleteDraft(ctx, s.Ref)
		if coded(err, 40007) {
			return "", lookFirst(err, "草稿刚刚不在了，可能有人发布了它，结果待核实")
		}
		return s.Ref, err
	})
	if err != nil {
		return press.Receipt{}, err
	}
	if steps, err = j.Steps(ctx); err != nil {
		return press.Receipt{}, wrap("read journal", err)
	}
	return c.lookForgotten(ctx, a, j, steps)
}

// lookForgotten is the look for an act whose draft was to be taken out again, which had been proved not to have been made. The draft box may tell
// late that a person has published what was in it, so a draft that had been there for a while, or whose deletion got no answer, is looked for in
// public once more. The receipt is empty when the draft is there, be it this one or the next.
func (c *Channel) lookForgotten(ctx context.Context, a press.Act, j channels.Journal, steps []channels.Step) (press.Receipt, error) {
	draft, st := stateOf(steps, stepDraft)
	asked, how := stateOf(steps, stepForget)
	switch {
	case how == made && (st != made || asked.Ref != draft.Ref):
		return press.Receipt{}, nil // there is another one since
	case how == made && asked.Intended.Sub(draft.Intended) < handSlack:
		return absent(), nil
	case how == unknown:
		if there, err := c.draftThere(ctx, j, steps); there || err != nil {
			return press.Receipt{}, err
		}
		if c.o.Now().Sub(asked.Intended) > quick {
			return c.tookByHand(ctx, a, j, draft, asked)
		}
		if err := j.Done(context.WithoutCancel(ctx), stepForget, draft.Ref); err != nil {
			return press.Receipt{}, wrap("record deletion", err)
		}
	}
	sure := c.sureGone(asked.Intended)
	if c.o.Now().Before(sure) {
		return cannotTell("草稿已删除，正在核实是不是有人在这以前发布了", sure), nil
	}
	out, _, err := c.inPublic(ctx, a, j, draft.Intended, sure)
	if err != nil || out.Status != "" {
		return out, err
	}
	return absent(), nil
}

// tookByHand is the look for a draft that was found gone long after a deletion without an answer. It may not be that which took it: a person
// published it, or sent it to followers, which is listed nowhere.
func (c *Channel) tookByHand(ctx context.Context, a press.Act, j channels.Journal, draft, asked channels.Step) (press.Receipt, error) {
	if sure := c.sureGone(asked.Intended); c.o.Now().Before(sure) {
		return cannotTell("草稿已不在草稿箱，正在核实是不是有人发布了", sure), nil
	}
	return c.gone(ctx, a, j, draft.Ref, draft.Intended)
}
