package wechat

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/silenceper/wechat/v2/officialaccount/freepublish"

	"tongfa/channels"
	"tongfa/press"
)

// jobReceipt asks what became of a submission.
func (c *Channel) jobReceipt(ctx context.Context, a press.Act, j channels.Journal, s channels.Step) (press.Receipt, error) {
	id := identifier(s.Ref)
	if r, waits := c.listTells(ctx, a, j, s); waits {
		return r, nil
	}
	if err := c.spend(ctx, j, pubGet); err != nil {
		return c.listInstead(ctx, a, j, s, err)
	}
	p, err := c.publicationOf(ctx, id)
	if coded(err, 53502) { // not known: the list may know it
		out, _, err := c.inPublic(ctx, a, j, s.Intended, s.Done)
		if err != nil || out.Status != "" {
			return out, err
		}
		return c.patience(a, s.Intended, refJob, id, "平台查不到这次提交"), nil
	}
	if err != nil {
		return press.Receipt{}, err
	}
	r := c.judged(a, s, id, p)
	if r.Status == press.HandedOver {
		c.pending.note(id, c.o.Now())
	} else {
		c.pending.drop(id)
	}
	return r, nil
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
