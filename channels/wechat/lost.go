package wechat

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/silenceper/wechat/v2/officialaccount/freepublish"

	"tongfa/channels"
	"tongfa/press"
)

// lostDraft looks for the draft whose answer got lost. All three results may be empty: then there is none.
func (c *Channel) lostDraft(ctx context.Context, a press.Act, j channels.Journal, s channels.Step) (id string, out press.Receipt, err error) {
	settled := s.Intended.Add(c.settle())
	if c.o.Now().Before(settled) {
		return "", cannotTell("草稿可能已经建立，正在核实", settled), nil
	}
	listed, asOf := s.Intended.Add(c.remakeAfter()), settled
	if !c.o.Now().Before(listed) {
		asOf = listed // only a list that was read by then proves that there is none
	}
	found, complete, err := c.drafts.find(ctx, j, asking(a, s.Intended, asOf))
	if err != nil {
		return "", out, err
	}
	answers, older := sinceStep(found, s)
	if len(answers) > 0 {
		c.clear(ctx, a, j, append(answers[1:], older...))
		return answers[0].ID, out, wrap("record draft", j.Done(context.WithoutCancel(ctx), stepDraft, answers[0].ID))
	}
	if out, _, err := c.inPublic(ctx, a, j, s.Intended, asOf); err != nil || out.Status != "" {
		return "", out, err // a person was quicker
	}
	switch {
	case c.o.Now().Before(listed):
		return "", cannotTell("草稿可能还没有列出，稍后再查", listed), nil
	case !complete:
		return "", c.patience(a, s.Intended, refDraft, "", "草稿箱太大或者正在变动，找不全刚建立的草稿"), nil
	case c.takenByHand(a, s):
		return "", whole(a, press.NeedsHand, refDraft, "", longUnseen), nil
	}
	c.clear(ctx, a, j, older)
	return "", press.Receipt{}, nil
}

// remakeAfter is how long after an unanswered draft/add its absence proves that there never was a draft: long enough for the box to list it. In
// mode draft a person waits for it and may publish it in its first minute, so there it is as long as that takes to be listed.
func (c *Channel) remakeAfter() time.Duration {
	if c.c.Mode == modeDraft {
		return submitLags * c.settle()
	}
	return draftLags * c.settle()
}

// takenByHand reports whether a person may have sent a draft without an answer to the followers, which is listed nowhere, or have it under review.
// In mode draft she may at any time: an act that goes on then makes another draft, which she is told of, and one that is given up asks her.
func (c *Channel) takenByHand(a press.Act, s channels.Step) bool {
	if c.c.Mode == modeDraft {
		return a.LookOnly
	}
	return c.o.Now().Sub(s.Intended) > unseen
}

// unseen is how long after an unanswered draft/add its absence proves anything, where the program itself publishes or sends: nobody could look
// while the program was down or the platform could not be reached. That nobody is quicker with a draft that is not hers to publish is an assumption.
const unseen = 5 * time.Minute

// madeAgain is what a person is told of a draft that follows one without an answer.
func madeAgain(steps []channels.Step) string {
	lost := openSteps(steps, stepDraft)
	if _, st := stateOf(steps, stepDraft); st == unknown {
		lost-- // this one, found a moment ago
	}
	if lost == 0 {
		return ""
	}
	return "这份草稿是重新建立的，前一份没有收到答复。如果前一份已经发布或者群发过，这份不要再发，请删除它并登记文章链接。"
}

const longUnseen = "草稿可能建立过，草稿箱和已发布的列表里都没有；如果有人群发了它，接口查不到。请新媒体编辑到公众平台“发表记录”核实：" +
	"已经群发的登记链接，没有的认定“未发布”"

// sinceStep parts drafts into those that a step can have made and those that are older, which earlier acts on the same copies left behind.
func sinceStep(found []message, s channels.Step) (answers, older []message) {
	for _, m := range found {
		if m.Made.Before(s.Intended.Add(-listSlack)) {
			older = append(older, m)
		} else {
			answers = append(answers, m)
		}
	}
	return answers, older
}

// clear takes superfluous drafts of an edition out of the box. What a person has worked on, or what holds anything else, is only named: she
// judges it. A failure is left to the next survey.
func (c *Channel) clear(ctx context.Context, a press.Act, j channels.Journal, litter []message) {
	for _, m := range litter {
		if m.Changed.After(m.Made) || len(m.Articles) != len(a.Edition.Entries) {
			c.o.Log.Warn("more than one draft of an edition, delete by hand", "act", a.Key(), "media_id", m.ID)
			continue
		}
		err := c.spend(ctx, j, draftDelete)
		if err == nil {
			err = c.deleteDraft(ctx, m.ID)
		}
		if err != nil {
			c.o.Log.Warn("more than one draft of an edition, cannot delete", "act", a.Key(), "media_id", m.ID, "err", err)
		}
	}
}

// patience waits for what cannot be found, and calls a person when it was looked for long enough.
func (c *Channel) patience(a press.Act, begun time.Time, kind, id, note string) press.Receipt {
	if !c.o.Now().Before(begun.Add(c.c.Recover)) {
		return whole(a, press.NeedsHand, kind, id, note+"，已查找多次。请新媒体编辑到公众平台“发表记录”和草稿箱核实：已发布的登记链接，没有发布的认定“未发布”")
	}
	for _, d := range c.looks() {
		if at := begun.Add(d); at.After(c.o.Now()) {
			return cannotTell(note+"，稍后再查", at)
		}
	}
	return cannotTell(note+"，稍后再查", c.o.Now().Add(24*time.Hour))
}

// looks are the moments after a step without an answer at which it is looked for again: soon, after 2, 10 and 30 minutes, 2 and 6 hours, the next
// day, and when a person is called. In a rehearsal the first of them come as much sooner as settle is shorter.
func (c *Channel) looks() []time.Duration {
	list := []time.Duration{
		6 * c.settle(), draftLags * 2 * c.settle(), submitLags * c.settle(), listFresh, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
		2 * time.Hour, 6 * time.Hour, 24 * time.Hour, c.c.Recover,
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// reviewed is when a step that the platform accepted has certainly become visible. An act that goes on need not wait for it, because the platform
// refuses to take a draft twice; one that is given up is followed by another draft, which it does not know for the same.
func (c *Channel) reviewed(s channels.Step) time.Time {
	return s.Intended.Add(reviewLags * submitLags * c.settle())
}

// nextLook is the next look for a step of an act that is to be given up.
func (c *Channel) nextLook(s channels.Step) time.Time {
	for _, d := range c.looks() {
		if at := s.Intended.Add(d); at.After(c.o.Now()) && at.Before(c.reviewed(s)) {
			return at
		}
	}
	return c.reviewed(s)
}

// asOf is how new a list has to be to answer a look for a step: newer than the look before, though one list answers everybody who asks at
// about the same time.
func (c *Channel) asOf(s channels.Step) time.Time {
	at := s.Intended.Add(c.settle())
	for _, d := range c.looks() {
		if due := s.Intended.Add(d); !due.After(c.o.Now()) {
			at = newer(at, due.Add(-min(d/4, listFresh)))
		}
	}
	return at
}

func newer(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// lostSubmission looks for a submission whose answer got lost. The draft's absence is evidence that it was accepted. Its presence, while the
// list of what was published lacks it and time enough has passed, proves that it was not; but only once, as the box may lag.
func (c *Channel) lostSubmission(ctx context.Context, a press.Act, j channels.Journal, s channels.Step, steps []channels.Step) (press.Receipt, error) {
	settled := s.Intended.Add(c.settle())
	if c.o.Now().Before(settled) {
		return cannotTell("提交发布没有收到答复，正在核实", settled), nil
	}
	out, complete, err := c.inPublic(ctx, a, j, s.Intended, c.asOf(s))
	if err != nil || out.Status != "" {
		return c.withAddresses(ctx, j, out), err
	}
	there, err := c.draftThere(ctx, j, steps)
	if err != nil {
		return press.Receipt{}, err
	}
	draft, _ := draftOf(steps)
	switch sure := s.Intended.Add(submitLags * c.settle()); {
	case !there:
		return c.patience(a, s.Intended, refDraft, draft.Ref, "已经提交，平台还没有列出"), nil
	case c.o.Now().Before(sure):
		return cannotTell("提交发布没有收到答复，草稿仍在草稿箱，正在核实", sure), nil
	case a.LookOnly && c.o.Now().Before(c.reviewed(s)):
		return cannotTell("提交发布没有收到答复，草稿仍在草稿箱；稿件已撤回、暂缓或者修改，确定没有在审核以前不放弃", c.nextLook(s)), nil
	case openSteps(steps, stepSubmit) > 1:
		return c.leftToAPerson(a, s, draft.Ref), nil
	case !complete:
		return c.patience(a, s.Intended, refDraft, draft.Ref, "提交发布没有收到答复，也不能证明没有提交"), nil
	}
	return absent(), nil
}

// withAddresses replaces the provisional addresses that the published list tells by the permanent ones, where the provisional one names the
// message by a number: as far as anybody has seen, that number is the lost publish_id. It is only tried.
func (c *Channel) withAddresses(ctx context.Context, j channels.Journal, r press.Receipt) press.Receipt {
	u, err := url.Parse(r.URL)
	if r.Status != press.Live || err != nil || u.Query().Get("mid") == "" || c.spend(ctx, j, pubGet) != nil {
		return r
	}
	p, err := c.publicationOf(ctx, u.Query().Get("mid"))
	if err != nil || *p.Status != freepublish.PublishStatusSuccess || p.ArticleID != parseReference(r.Ref).id {
		return r
	}
	for _, it := range p.Detail.Items {
		for i := range r.Parts {
			if parseReference(r.Parts[i].Ref).place == int(it.Index) {
				r.Parts[i].URL = c.secure(it.ArticleURL)
			}
		}
	}
	r.URL = r.Parts[0].URL
	return r
}

// leftToAPerson leaves a draft to a person after two submissions got no answer: in the box she sees whether it is under review.
func (c *Channel) leftToAPerson(a press.Act, s channels.Step, id string) press.Receipt {
	if sure := s.Intended.Add(3 * submitLags * c.settle()); c.o.Now().Before(sure) {
		return cannotTell("两次提交发布都没有收到答复，草稿仍在草稿箱，正在核实", sure)
	}
	if a.LookOnly {
		return waiting(a, id, "")
	}
	return whole(a, press.NeedsHand, refDraft, id, "两次提交发布都没有收到答复，草稿仍在草稿箱。请新媒体编辑到公众平台核实，没有在审核的请人工点“发布”")
}

// draftThere reports whether the edition's draft is still in the box.
func (c *Channel) draftThere(ctx context.Context, j channels.Journal, steps []channels.Step) (bool, error) {
	s, st := draftOf(steps)
	if st != made {
		return false, nil
	}
	if err := c.spend(ctx, j, draftGet); err != nil {
		return false, err
	}
	_, err := c.getDraft(ctx, s.Ref)
	if coded(err, 40007) {
		return false, nil
	}
	return err == nil, err
}
