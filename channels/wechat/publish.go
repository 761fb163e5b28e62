package wechat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"golang.org/x/net/html"

	"tongfa/channels"
	"tongfa/press"
)

// Publish makes the draft of an edition and, by the mode of the account, leaves it to a person, submits it or sends it to the followers. It
// goes on after the last step that is done.
func (c *Channel) Publish(ctx context.Context, a press.Act, j channels.Journal) (press.Receipt, error) {
	steps, err := j.Steps(ctx)
	if err != nil {
		return press.Receipt{}, fmt.Errorf("read journal: %w", err)
	}
	if handedOver(steps) {
		return c.look(ctx, a, j, steps)
	}
	id, out, err := c.draft(ctx, a, j, steps)
	if err != nil || out.Status != "" {
		return out, err
	}
	if c.c.Mode == modeDraft {
		if steps, err = j.Steps(ctx); err != nil {
			return out, wrap("read journal", err)
		}
		return waiting(a, id, madeAgain(steps)), nil
	}
	if out, err := c.stillApproved(ctx, a, j, id); err != nil || out.Status != "" {
		return out, err
	}
	if c.c.Mode == modeMass {
		return c.send(ctx, a, j, id, steps)
	}
	return c.submit(ctx, a, j, id, steps)
}

// handedOver reports whether the last step was made.
func handedOver(steps []channels.Step) bool {
	_, submit := stateOf(steps, stepSubmit)
	_, send := stateOf(steps, stepSend)
	return submit == made || send == made
}

// draft is the media id of the edition's draft: the one that is known, the one whose answer was lost, or a new one. A receipt in its
// place means that there is nothing to be made now.
func (c *Channel) draft(ctx context.Context, a press.Act, j channels.Journal, steps []channels.Step) (id string, out press.Receipt, err error) {
	s, st := draftOf(steps)
	switch st {
	case made:
		return s.Ref, out, nil
	case unknown:
		if id, out, err = c.lostDraft(ctx, a, j, s); err != nil || id != "" || out.Status != "" {
			return id, out, err
		}
	}
	list, err := c.articles(ctx, a, j)
	if err != nil {
		return "", out, err
	}
	id, err = c.once(ctx, j, stepDraft, draftAdd, func() (string, error) { return c.addDraft(ctx, list) })
	if coded(err, 40007) {
		err = c.coverLost(ctx, a, j, err)
	}
	return id, out, err
}

// waiting is the receipt of a draft that a person has to publish, or to throw away if it may not go out any more.
func waiting(a press.Act, id, remark string) press.Receipt {
	if a.LookOnly {
		return whole(a, press.NeedsHand, refDraft, id, notAnyMore)
	}
	return whole(a, press.NeedsHand, refDraft, id, remark+"草稿已放进公众平台的草稿箱，请新媒体编辑核对后点“发布”或“群发”；群发的请登记文章链接")
}

const notAnyMore = "稿件已撤回、暂缓或者修改，或者有的已另外登记，草稿箱里的这份草稿不要发布。请新媒体编辑删除它，然后认定“未发布”；已经发布的请登记文章链接"

// stillApproved looks at the draft before it goes out: a person may have changed it since, and what was not approved must not be
// published. A receipt means that it does not go out now.
func (c *Channel) stillApproved(ctx context.Context, a press.Act, j channels.Journal, id string) (press.Receipt, error) {
	if err := c.spend(ctx, j, draftGet); err != nil {
		return press.Receipt{}, err
	}
	d, err := c.getDraft(ctx, id)
	switch {
	case coded(err, 40007):
		return c.gone(ctx, a, j, id, time.Time{})
	case err != nil:
		return press.Receipt{}, err
	}
	if change := changed(a, d); change != "" {
		return whole(a, press.NeedsHand, refDraft, id, "草稿与审签的文本不一致，没有发布："+change+
			"。请新媒体编辑到公众平台草稿箱改回，或者删除后人工处理；确认改动正确的，请人工发布并登记链接"), nil
	}
	if d.workedOn() {
		return whole(a, press.NeedsHand, refDraft, id, savedByHand), nil
	}
	return press.Receipt{}, nil
}

const savedByHand = "草稿在公众平台上被人保存过，没有自动发布：文字与审签的一致，图片、格式和链接无法核对。请新媒体编辑核对后人工点“发布”" +
	"（群发的请登记文章链接）；不用这份草稿的请删除它，然后认定“未发布”"

// workedOn reports whether somebody saved a draft after it was made, as the platform's own clock tells. What was changed cannot always be
// seen in the text; a picture that was exchanged, say.
func (k kept) workedOn() bool {
	return k.Created > 0 && k.Updated-k.Created > int64(handSlack/time.Second)
}

// untouched reports whether a draft is certainly as it was made.
func (k kept) untouched() bool { return k.Updated <= k.Created }

// handSlack is how much later than a draft was made the platform may date it without anybody having touched it.
const handSlack = time.Minute

// changed tells in words what in a draft is not as it was approved; "" when everything is.
func changed(a press.Act, d kept) string {
	if len(d.Items) != len(a.Edition.Entries) {
		return fmt.Sprintf("应有%d篇，草稿里有%d篇", len(a.Edition.Entries), len(d.Items))
	}
	for i, e := range a.Edition.Entries {
		it := d.Items[i]
		if equal, where := channels.Compare(title(e.Revision), it.Title); !equal && html.UnescapeString(it.Title) != title(e.Revision) {
			return fmt.Sprintf("第%d篇的标题%s", i+1, where)
		}
		root, err := html.Parse(strings.NewReader(it.Content))
		if err != nil {
			return fmt.Sprintf("第%d篇的正文无法读取", i+1)
		}
		if equal, where := channels.Compare(press.Text(e.Revision.Body), channels.NodeText(root)); !equal {
			return fmt.Sprintf("第%d篇的正文%s", i+1, where)
		}
		if want, got := figures(e.Revision.Body), images(root); want != got {
			return fmt.Sprintf("第%d篇应有%d张图片，草稿里有%d张", i+1, want, got)
		}
	}
	return ""
}

// submit hands a draft over for publication. It is asked again whether an earlier submission got lost: the platform takes no key that would
// make a repetition harmless.
func (c *Channel) submit(ctx context.Context, a press.Act, j channels.Journal, id string, steps []channels.Step) (press.Receipt, error) {
	if s, st := outcome(steps, stepSubmit); st == unknown {
		if r, err := c.lostSubmission(ctx, a, j, s, steps); err != nil || r.Status != press.Absent {
			return r, err
		}
	}
	ref, err := c.once(ctx, j, stepSubmit, pubSubmit, func() (string, error) {
		done, err := c.submitDraft(ctx, id)
		if coded(err, 40007) {
			return "", lookFirst(err, "平台说草稿已不在，可能已经提交过，结果待核实")
		}
		return string(done.PublishID) + "/" + string(done.DataID), err
	})
	if err != nil {
		return press.Receipt{}, err
	}
	c.pending.note(identifier(ref), c.o.Now())
	return until(whole(a, press.HandedOver, refJob, identifier(ref), "已提交，平台审核中"), c.nextPoll(c.o.Now())), nil
}

// send pushes a draft to all followers. The same clientmsgid makes a repetition within a day harmless: the platform answers with
// the message that it made before.
func (c *Channel) send(ctx context.Context, a press.Act, j channels.Journal, id string, steps []channels.Step) (press.Receipt, error) {
	if s, st := outcome(steps, stepSend); st == unknown {
		if r, err := c.lostMass(ctx, a, j, s, steps); err != nil || r.Status != press.Absent {
			return r, err
		}
	}
	ref, err := c.once(ctx, j, stepSend, massSend, func() (string, error) { return c.sendOnce(ctx, a, id) })
	if err != nil {
		return press.Receipt{}, err
	}
	return until(whole(a, press.HandedOver, refMass, identifier(ref), massUnderWay), c.nextPoll(c.o.Now())), nil
}

const massUnderWay = "群发处理中；如果公众号开了群发保护，请公众号管理员在微信里确认（30分钟内有效）"

// sendOnce sends, and takes the platform's word that the same message was sent before for an answer.
func (c *Channel) sendOnce(ctx context.Context, a press.Act, id string) (ref string, err error) {
	out, err := c.sendAll(ctx, id, clientID(a))
	switch {
	case err == nil, out.MsgID != "" && coded(err, 45065, 89504, 89505):
		return string(out.MsgID) + "/" + string(out.DataID), nil
	case coded(err, 40007):
		return "", lookFirst(err, "平台说草稿已不在，可能已经群发过，结果待核实")
	case coded(err, 45065, 45066, 89504, 89505):
		return "", lookFirst(err, "平台说这条消息已经提交过，结果待核实")
	}
	return "", err
}

// clientID names a mass message by the copies in it, for as long as they exist.
func clientID(a press.Act) string {
	h := sha256.New()
	for _, e := range a.Edition.Entries {
		h.Write([]byte(e.Copy.Marker + "\n"))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}
