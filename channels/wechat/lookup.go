package wechat

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

// How long what is not to be seen proves nothing. The first two follow the configured settle (5 s as a rule: a minute, ten minutes), so that a
// rehearsal need not wait as long as the platform.
const (
	draftLags  = 12  // times settle: a new draft may not be listed yet
	submitLags = 120 // times settle: a draft that was accepted may still be in the box
	reviewLags = 12  // times that: it may be there for as long as the review takes, which counts before an act is given up

	massLag   = 65 * time.Second // the platform wants a minute before it is asked about the same message
	massHours = 23 * time.Hour   // for a day it remembers a clientmsgid
	adminLag  = 35 * time.Minute // the administrator has thirty minutes to confirm
)

// settle is how long a step without an answer is left alone before it is looked for.
func (c *Channel) settle() time.Duration { return max(c.c.Settle, 50*time.Millisecond) }

// Lookup says what the platform knows of an act.
func (c *Channel) Lookup(ctx context.Context, a press.Act, j channels.Journal) (press.Receipt, error) {
	steps, err := j.Steps(ctx)
	if err != nil {
		return press.Receipt{}, fmt.Errorf("read journal: %w", err)
	}
	if a.Verb == press.Withdraw {
		return c.lookWithdrawn(ctx, a, j, steps)
	}
	return c.look(ctx, a, j, steps)
}

func (c *Channel) look(ctx context.Context, a press.Act, j channels.Journal, steps []channels.Step) (press.Receipt, error) {
	if _, asked := stateOf(steps, stepForget); asked == made || asked == unknown {
		if r, err := c.lookForgotten(ctx, a, j, steps); err != nil || r.Status != "" {
			return r, err
		}
	}
	switch s, st := outcome(steps, stepSend); st {
	case made:
		return c.massReceipt(ctx, a, j, s)
	case unknown:
		return c.lostMass(ctx, a, j, s, steps)
	}
	switch s, st := outcome(steps, stepSubmit); st {
	case made:
		return c.jobReceipt(ctx, a, j, s)
	case unknown:
		return c.lostSubmission(ctx, a, j, s, steps)
	}
	return c.lookDraft(ctx, a, j, steps)
}

// absent is the answer that lets an act be made or resumed.
func absent() press.Receipt { return press.Receipt{Status: press.Absent} }

// lookDraft is the look at an act that did not get beyond its draft.
func (c *Channel) lookDraft(ctx context.Context, a press.Act, j channels.Journal, steps []channels.Step) (press.Receipt, error) {
	s, st := draftOf(steps)
	id := s.Ref
	switch st {
	case refused:
		return absent(), nil
	case never:
		return c.unrecorded(ctx, a, j, steps)
	case unknown:
		lost, out, err := c.lostDraft(ctx, a, j, s)
		if err != nil || out.Status != "" {
			return out, err
		}
		id = lost
	}
	if id == "" || c.c.Mode != modeDraft || a.LookOnly { // GiveUp sees to a draft that must not go out
		return absent(), nil
	}
	return c.inTheBox(ctx, a, j, id, s.Intended, steps)
}

// inTheBox is the look at a draft that a person is to publish.
func (c *Channel) inTheBox(ctx context.Context, a press.Act, j channels.Journal, id string, since time.Time, steps []channels.Step) (press.Receipt, error) {
	if err := c.spend(ctx, j, draftGet); err != nil {
		return press.Receipt{}, err
	}
	d, err := c.getDraft(ctx, id)
	switch {
	case coded(err, 40007):
		return c.gone(ctx, a, j, id, since)
	case err != nil:
		return press.Receipt{}, err
	}
	remark := madeAgain(steps)
	if change := changed(a, d); change != "" {
		remark += "注意：草稿与审签的文本不一致（" + change + "），请先改回。"
	}
	return waiting(a, id, remark), nil
}

// gone is the look for a draft that is no longer in the box, where we did not take it out: a person published, sent or deleted it. What
// was sent to followers is listed nowhere.
func (c *Channel) gone(ctx context.Context, a press.Act, j channels.Journal, id string, since time.Time) (press.Receipt, error) {
	if since.IsZero() {
		since = a.Opened
	}
	out, _, err := c.inPublic(ctx, a, j, since, c.o.Now().Add(-c.settle()))
	if err != nil || out.Status != "" {
		return out, err
	}
	return whole(a, press.NeedsHand, refDraft, id, "草稿已不在草稿箱，也不在已发布的列表里：如果已由人工群发，请登记文章链接；如果已删除，请认定“未发布”"), nil
}

// inPublic looks for an edition in the list of what was published. An account that may not ask knows nothing. The receipt is empty
// when it is not there; complete means that it is proved.
func (c *Channel) inPublic(ctx context.Context, a press.Act, j channels.Journal, since, notBefore time.Time) (out press.Receipt, complete bool, err error) {
	found, complete, err := c.published.find(ctx, j, asking(a, since, notBefore))
	if coded(err, 48001) {
		return out, false, nil
	}
	if err != nil || len(found) == 0 {
		return out, complete, err
	}
	m := found[0]
	if i := slices.IndexFunc(found, message.readable); i >= 0 {
		m = found[i]
	}
	return c.listedReceipt(a, m), true, nil
}

// readable reports whether anything of a message is left.
func (m message) readable() bool {
	return slices.ContainsFunc(m.Articles, func(it listed) bool { return !it.Deleted })
}

// listedReceipt tells what a published message says of the entries.
func (c *Channel) listedReceipt(a press.Act, m message) press.Receipt {
	r := press.Receipt{Status: press.Gone, Ref: reference{refArticle, m.ID, 1}.String(), Note: "文章已在公众平台被删除"}
	for _, e := range a.Edition.Entries {
		n := m.index(e.Copy.Marker)
		it := m.Articles[n-1]
		p := press.Part{Copy: e.Copy.ID, Status: press.Live, Ref: reference{refArticle, m.ID, n}.String(), URL: c.secure(it.URL)}
		if it.Deleted {
			p.Status, p.Note = press.Gone, r.Note
		} else {
			r.Status = press.Live
		}
		r.Parts = append(r.Parts, p)
	}
	if r.Status == press.Live {
		r.Note, r.URL = "", r.Parts[0].URL
	}
	return r
}

func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func cannotTell(note string, again time.Time) press.Receipt {
	return press.Receipt{Status: press.CannotTell, Note: note, Again: again}
}
