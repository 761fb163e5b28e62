package wechat

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/silenceper/wechat/v2/officialaccount/freepublish"

	"tongfa/channels"
	"tongfa/press"
)

// How long what is not to be seen proves nothing. The first two follow the configured settle (5 s as a rule: a minute, ten minutes), so that a
// rehearsal need not wait as long as the platform.
const (
	draftLags  = 12  // times settle: a new draft may not be listed yet
	submitLags = 120 // times settle: a draft that was accepted may still be in the box

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
	switch s, st := stateOf(steps, stepSend); st {
	case made:
		return c.massReceipt(ctx, a, j, s)
	case unknown:
		return c.lostMass(ctx, a, j, s, steps)
	}
	switch s, st := stateOf(steps, stepSubmit); st {
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
	s, st := stateOf(steps, stepDraft)
	id := s.Ref
	switch st {
	case refused:
		return absent(), nil
	case never:
		return c.unrecorded(ctx, a, j)
	case unknown:
		lost, out, err := c.lostDraft(ctx, a, j, s)
		if err != nil || out.Status != "" {
			return out, err
		}
		id = lost
	}
	if id == "" || c.c.Mode != modeDraft {
		return absent(), nil
	}
	return c.inTheBox(ctx, a, j, id, s.Intended)
}

// unrecorded is the look for an act of which nothing is on record, as after a restore of an older ledger.
func (c *Channel) unrecorded(ctx context.Context, a press.Act, j channels.Journal) (press.Receipt, error) {
	out, _, err := c.inPublic(ctx, a, j, a.Opened, time.Time{})
	if err != nil || out.Status != "" {
		return out, err
	}
	if c.c.Mode == modePublish {
		return absent(), nil
	}
	found, _, err := c.drafts.find(ctx, j, asking(a, a.Opened, time.Time{}))
	switch {
	case err != nil:
		return press.Receipt{}, err
	case len(found) > 0 && c.c.Mode == modeDraft:
		return waiting(a, found[0].ID, ""), nil
	case len(found) == 0 && c.c.Mode == modeMass: // what was sent is listed nowhere
		return cannotTell("台账没有记录，平台的接口也查不到群发过的文章，请新媒体编辑在公众平台“发表记录”里核实", c.o.Now().Add(time.Hour)), nil
	}
	return absent(), nil
}

// inTheBox is the look at a draft that a person is to publish.
func (c *Channel) inTheBox(ctx context.Context, a press.Act, j channels.Journal, id string, since time.Time) (press.Receipt, error) {
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
	remark := ""
	if change := changed(a, d); change != "" {
		remark = "注意：草稿与审签的文本不一致（" + change + "），请先改回。"
	}
	return waiting(a, id, remark), nil
}

// gone is the look for a draft that is no longer in the box, where we did not take it out: a person published, sent or deleted it. What
// was sent to followers is listed nowhere.
func (c *Channel) gone(ctx context.Context, a press.Act, j channels.Journal, id string, since time.Time) (press.Receipt, error) {
	if since.IsZero() {
		since = a.Opened
	}
	out, _, err := c.inPublic(ctx, a, j, since, c.o.Now().Add(-listFresh))
	if err != nil || out.Status != "" {
		return out, err
	}
	return whole(a, press.NeedsHand, refDraft, id, "草稿已不在草稿箱，也不在已发布的列表里：如果已由人工群发，请登记文章链接；如果已删除，请登记“未发布”"), nil
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

// lostDraft looks for the draft whose answer got lost. All three results may be empty: then there is none.
func (c *Channel) lostDraft(ctx context.Context, a press.Act, j channels.Journal, s channels.Step) (id string, out press.Receipt, err error) {
	settled := s.Intended.Add(c.settle())
	if c.o.Now().Before(settled) {
		return "", cannotTell("草稿可能已经建立，正在核实", settled), nil
	}
	found, complete, err := c.drafts.find(ctx, j, asking(a, s.Intended, settled))
	if err != nil {
		return "", out, err
	}
	if len(found) > 0 { // the newest; others are litter that only a person may judge
		c.warnOfOthers(a, found)
		return found[0].ID, out, wrap("record draft", j.Done(context.WithoutCancel(ctx), stepDraft, found[0].ID))
	}
	if out, _, err := c.inPublic(ctx, a, j, s.Intended, settled); err != nil || out.Status != "" {
		return "", out, err // a person was quicker
	}
	switch listed := s.Intended.Add(draftLags * c.settle()); {
	case c.o.Now().Before(listed):
		return "", cannotTell("草稿可能还没有列出，稍后再查", listed), nil
	case !complete:
		return "", c.patience(a, s, refDraft, "", "草稿箱太大，找不全刚建立的草稿"), nil
	}
	return "", press.Receipt{}, nil
}

func (c *Channel) warnOfOthers(a press.Act, found []message) {
	for _, m := range found[1:] {
		c.o.Log.Warn("more than one draft of an edition, delete by hand", "act", a.Key(), "media_id", m.ID)
	}
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

// patience waits for what cannot be found, and calls a person when it was looked for long enough.
func (c *Channel) patience(a press.Act, s channels.Step, kind, id, note string) press.Receipt {
	if !c.o.Now().Before(s.Intended.Add(c.c.Recover)) {
		return whole(a, press.NeedsHand, kind, id, note+"，已查找多次。请新媒体编辑到公众平台“发表记录”和草稿箱核实：已发布的登记链接，没有发布的登记“未发布”")
	}
	for _, d := range []time.Duration{listFresh, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour} {
		if at := s.Intended.Add(d); at.After(c.o.Now()) {
			return cannotTell(note+"，稍后再查", at)
		}
	}
	return cannotTell(note+"，稍后再查", c.o.Now().Add(6*time.Hour))
}

// lostSubmission looks for a submission whose answer got lost. The draft's absence is evidence that it was accepted. Its presence, while the
// list of what was published lacks it and time enough has passed, proves that it was not; but only once, as the box may lag.
func (c *Channel) lostSubmission(ctx context.Context, a press.Act, j channels.Journal, s channels.Step, steps []channels.Step) (press.Receipt, error) {
	settled := s.Intended.Add(c.settle())
	if c.o.Now().Before(settled) {
		return cannotTell("提交发布没有收到答复，正在核实", settled), nil
	}
	out, complete, err := c.inPublic(ctx, a, j, s.Intended, settled)
	if err != nil || out.Status != "" {
		return out, err
	}
	there, err := c.draftThere(ctx, j, steps)
	if err != nil {
		return press.Receipt{}, err
	}
	draft, _ := stateOf(steps, stepDraft)
	switch sure := s.Intended.Add(submitLags * c.settle()); {
	case !there:
		return c.patience(a, s, refDraft, draft.Ref, "已经提交，平台还没有列出"), nil
	case c.o.Now().Before(sure):
		return cannotTell("提交发布没有收到答复，草稿仍在草稿箱，正在核实", sure), nil
	case openSteps(steps, stepSubmit) > 1:
		return c.leftToAPerson(a, s, draft.Ref), nil
	case !complete:
		return c.patience(a, s, refDraft, draft.Ref, "提交发布没有收到答复，也不能证明没有提交"), nil
	}
	return absent(), nil
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
	s, st := stateOf(steps, stepDraft)
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

// jobReceipt asks what became of a submission.
func (c *Channel) jobReceipt(ctx context.Context, a press.Act, j channels.Journal, s channels.Step) (press.Receipt, error) {
	id := identifier(s.Ref)
	if err := c.spend(ctx, j, pubGet); err != nil {
		return c.listInstead(ctx, a, j, s, err)
	}
	p, err := c.publicationOf(ctx, id)
	if coded(err, 53502) { // not known: the list may know it
		out, _, err := c.inPublic(ctx, a, j, s.Intended, s.Done)
		if err != nil || out.Status != "" {
			return out, err
		}
		return c.patience(a, s, refJob, id, "平台查不到这次提交"), nil
	}
	if err != nil {
		return press.Receipt{}, err
	}
	return c.judged(a, s, id, p), nil
}

// listInstead asks the list when the day's questions about submissions are used up: it tells what is public, though not what was refused.
func (c *Channel) listInstead(ctx context.Context, a press.Act, j channels.Journal, s channels.Step, spent error) (press.Receipt, error) {
	if press.RemedyOf(spent) != press.TryLater {
		return press.Receipt{}, spent
	}
	out, _, err := c.inPublic(ctx, a, j, s.Intended, s.Done)
	if err != nil || out.Status == "" {
		return press.Receipt{}, spent
	}
	return out, nil
}

// judged maps the platform's states of a submission to ours.
func (c *Channel) judged(a press.Act, s channels.Step, id string, p publication) press.Receipt {
	switch *p.Status {
	case freepublish.PublishStatusSuccess:
		return c.live(a, s, id, p)
	case freepublish.PublishStatusPublishing:
		return until(whole(a, press.HandedOver, refJob, id, "平台审核中"), c.nextPoll(s.Done))
	case freepublish.PublishStatusOriginalFail:
		return failed(a, id, p.Failed, "没有通过原创校验：与平台上已有的原创文章相同。请取得转载授权，或者修改后重新送审")
	case freepublish.PublishStatusAuditRefused:
		return failed(a, id, p.Failed, "没有通过平台审核。请新媒体编辑在公众平台查看原因，修改后重新送审")
	case freepublish.PublishStatusUserDeleted:
		return whole(a, press.Gone, refJob, id, "文章发布后已在公众平台被删除")
	case freepublish.PublishStatusSystemBanned:
		return whole(a, press.Gone, refJob, id, "文章发布后被平台封禁，请公众号管理员立即查看通知")
	case freepublish.PublishStatusFail:
		return failed(a, id, nil, "发布失败，平台没有说明原因。请新媒体编辑核对内容和公众号状态后再次发布")
	}
	return until(whole(a, press.HandedOver, refJob, id, fmt.Sprintf("平台返回了没有见过的发布状态 %d", *p.Status)), c.nextPoll(s.Done))
}

// live is the receipt of a submission that is public, with the permanent address of each article.
func (c *Channel) live(a press.Act, s channels.Step, id string, p publication) press.Receipt {
	if p.ArticleID == "" { // it says success and does not yet say what
		return until(whole(a, press.HandedOver, refJob, id, "平台已发布，还没有给出链接"), c.nextPoll(s.Done))
	}
	r := whole(a, press.Live, refArticle, p.ArticleID, "")
	for _, it := range p.Detail.Items {
		if n := int(it.Index); n >= 1 && n <= len(r.Parts) {
			r.Parts[n-1].URL = c.secure(it.ArticleURL)
		}
	}
	r.URL = r.Parts[0].URL
	return r
}

// failed is the receipt of a message that was refused as a whole; the note tells which articles were the cause.
func failed(a press.Act, id string, places []uint, why string) press.Receipt {
	r := whole(a, press.Refused, refJob, id, why)
	if len(places) == 0 || len(r.Parts) < 2 {
		return r
	}
	var names []string
	for _, n := range places {
		names = append(names, fmt.Sprint(n))
	}
	r.Note = fmt.Sprintf("第%s篇%s", strings.Join(names, "、"), why)
	for i := range r.Parts {
		if !slices.Contains(places, uint(i+1)) {
			r.Parts[i].Note = fmt.Sprintf("同一条消息的第%s篇没有通过，整条消息没有发布；本篇可以直接再次发布", strings.Join(names, "、"))
		}
	}
	return r
}

// massReceipt asks what became of a mass message. No interface tells the addresses of its articles.
func (c *Channel) massReceipt(ctx context.Context, a press.Act, j channels.Journal, s channels.Step) (press.Receipt, error) {
	id := identifier(s.Ref)
	if err := c.spend(ctx, j, massGet); err != nil {
		return press.Receipt{}, err
	}
	status, err := c.massStatus(ctx, id)
	if coded(err, 40059) { // seen shortly after sending
		return c.patience(a, s, refMass, id, "平台查不到这次群发"), nil
	}
	if err != nil {
		return press.Receipt{}, err
	}
	switch status {
	case massSuccess:
		return whole(a, press.Live, refMass, id, "已群发。平台的接口不给出群发文章的链接，请新媒体编辑登记链接，以便核验"), nil
	case massFailed:
		return whole(a, press.Refused, refMass, id, "群发失败：没有通过平台审核，或者管理员没有在30分钟内确认。请新媒体编辑在公众平台查看原因"), nil
	case massDeleted:
		return whole(a, press.Gone, refMass, id, "群发的文章已被删除"), nil
	case massSending:
		return until(whole(a, press.HandedOver, refMass, id, massUnderWay), c.nextPoll(s.Done)), nil
	}
	return until(whole(a, press.HandedOver, refMass, id, "平台返回了没有见过的群发状态"), c.nextPoll(s.Done)), nil
}

// lostMass looks for a mass message whose answer got lost. While the draft is in the box nothing was sent, or the administrator is being
// asked; sending again under the same clientmsgid is then harmless, so that the act may be resumed, unless it must not be made any more. Once
// the draft is gone nothing can be sent by naming it, and the platform is asked by naming it what it sent under this clientmsgid.
func (c *Channel) lostMass(ctx context.Context, a press.Act, j channels.Journal, s channels.Step, steps []channels.Step) (press.Receipt, error) {
	age := c.o.Now().Sub(s.Intended)
	if age < massLag {
		return cannotTell("群发没有收到答复，正在核实", s.Intended.Add(massLag)), nil
	}
	there, err := c.draftThere(ctx, j, steps)
	switch {
	case err != nil:
		return press.Receipt{}, err
	case !there && age < massHours:
		return c.askMass(ctx, a, j, s, steps)
	case !there:
		return c.patience(a, s, refDraft, draftRef(steps), "群发没有收到答复，草稿已不在草稿箱"), nil
	case a.LookOnly && age < adminLag:
		return cannotTell("群发可能在等管理员确认，稍后再查", s.Intended.Add(adminLag)), nil
	}
	return absent(), nil
}

func draftRef(steps []channels.Step) string {
	s, _ := stateOf(steps, stepDraft)
	return s.Ref
}

// askMass learns the message that was sent under the act's clientmsgid. Its draft is gone, so that nothing can be sent by it.
func (c *Channel) askMass(ctx context.Context, a press.Act, j channels.Journal, s channels.Step, steps []channels.Step) (press.Receipt, error) {
	if err := c.spend(ctx, j, massSend); err != nil {
		return press.Receipt{}, err
	}
	ref, err := c.sendOnce(ctx, a, draftRef(steps))
	switch {
	case err == nil:
		if err := j.Done(context.WithoutCancel(ctx), stepSend, ref); err != nil {
			return press.Receipt{}, fmt.Errorf("record send: %w", err)
		}
		s.Ref, s.Done = ref, c.o.Now()
		return c.massReceipt(ctx, a, j, s)
	case coded(err, 45066):
		return cannotTell("群发没有收到答复，正在核实", c.o.Now().Add(massLag)), nil
	case !coded(err, 40007):
		return press.Receipt{}, err
	}
	out, _, err := c.inPublic(ctx, a, j, s.Intended, s.Intended)
	if err != nil || out.Status != "" {
		return out, err
	}
	return c.patience(a, s, refDraft, draftRef(steps), "草稿已不在草稿箱，平台也没有这次群发的记录"), nil
}
