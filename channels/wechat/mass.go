package wechat

import (
	"context"
	"fmt"

	"tongfa/channels"
	"tongfa/press"
)

// massReceipt asks what became of a mass message. No interface tells the addresses of its articles.
func (c *Channel) massReceipt(ctx context.Context, a press.Act, j channels.Journal, s channels.Step) (press.Receipt, error) {
	id := identifier(s.Ref)
	if err := c.spend(ctx, j, massGet); err != nil {
		return press.Receipt{}, err
	}
	status, err := c.massStatus(ctx, id)
	if coded(err, 40059) { // seen shortly after sending
		return c.patience(a, s.Intended, refMass, id, "平台查不到这次群发"), nil
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
	if age >= massHours { // nothing is sent again, whatever the draft box says
		return c.patience(a, s.Intended, refDraft, draftRef(steps), "群发没有收到答复，平台一天以后不再认得它"), nil
	}
	there, err := c.draftThere(ctx, j, steps)
	switch {
	case err != nil:
		return press.Receipt{}, err
	case !there:
		return c.askMass(ctx, a, j, s, steps)
	case a.LookOnly && age < adminLag:
		return cannotTell("群发可能在等管理员确认，稍后再查", s.Intended.Add(adminLag)), nil
	case a.LookOnly && c.o.Now().Before(c.reviewed(s)):
		return cannotTell("群发没有收到答复，草稿仍在草稿箱；确定没有群发以前不放弃", c.nextLook(s)), nil
	}
	return absent(), nil
}

func draftRef(steps []channels.Step) string {
	s, _ := draftOf(steps)
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
	return c.patience(a, s.Intended, refDraft, draftRef(steps), "草稿已不在草稿箱，平台也没有这次群发的记录"), nil
}
