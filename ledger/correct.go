package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tongfa/press"
)

// Correction (更正) is a person's word that what is public is to say what is approved by now.
type Correction struct {
	Reason  string
	Means   map[string][]press.Means // what each channel can do, best first; one that is not here is corrected by hand
	Ways    map[string]press.Way     // chosen instead of the first
	Restore bool                     // put back what was published where the public copy differs: no new text, no remark
}

// Planned is what a correction comes to on one channel. Without a way there is nothing to do, and What says why.
type Planned struct {
	Channel string
	Copy    press.Copy
	Way     press.Way
	Other   []press.Way // that may be chosen instead
	Will    int         // the revision that it is to show, or be as good as
	What    string      // a sentence for a person; for press.ByHand what the person is asked to do

	replaces int64 // the act, not begun yet, that this one makes needless
}

// PlanCorrection tells what Correct would do now, channel by channel, and changes nothing.
func (l *Ledger) PlanCorrection(ctx context.Context, ref string, cor Correction, now time.Time) ([]Planned, error) {
	id, err := find(ctx, l.read, ref)
	if err != nil {
		return nil, err
	}
	it, err := l.item(ctx, l.read, id)
	if err != nil {
		return nil, err
	}
	return l.planCorrection(ctx, l.read, it, cor)
}

// Correct brings what is public to the approved text, each channel in its way, for a reason that readers are told. The gates are asked
// again; nothing is shown that is not approved. Corrections under way go on, and are replaced only where they were not begun and a newer
// text was approved, or another way is chosen.
func (l *Ledger) Correct(ctx context.Context, ref string, cor Correction, who Who, now time.Time) (plan []Planned, err error) {
	cor.Reason = strings.TrimSpace(cor.Reason)
	if cor.Reason == "" && !cor.Restore {
		return nil, errors.New("更正必须写明理由，理由会在公开的更正说明里显示")
	}
	err = l.move(ctx, ref, press.Amend, who, now, func(ctx context.Context, tx *sql.Tx, it press.Item, _ press.State) (string, error) {
		if err := l.mayCorrect(ctx, tx, it, cor, now); err != nil {
			return "", err
		}
		if plan, err = l.planCorrection(ctx, tx, it, cor); err != nil {
			return "", err
		}
		did := []string{cmp.Or(cor.Reason, "恢复公开文本")}
		for _, p := range plan {
			if p.Way == "" {
				continue
			}
			if err := l.correct(ctx, tx, it, cor, p, who, now); err != nil {
				return "", err
			}
			did = append(did, p.Channel+" "+p.Way.Name())
		}
		if len(did) == 1 {
			return "", nothingToCorrect(plan)
		}
		return strings.Join(did, "；"), nil
	}, func(ctx context.Context, tx *sql.Tx, it press.Item) error {
		return l.wakeGroup(ctx, tx, it.ID, now) // what waited for a decision about a copy
	})
	return plan, err
}

func nothingToCorrect(plan []Planned) error {
	said := []string{"没有需要更正的渠道"}
	for _, p := range plan {
		said = append(said, p.Channel+"："+p.What)
	}
	return errors.New(strings.Join(said, "；"))
}

// mayCorrect asks what releasing an item asks. What was published once is put back without asking again.
func (l *Ledger) mayCorrect(ctx context.Context, tx *sql.Tx, it press.Item, cor Correction, now time.Time) error {
	if it.Held {
		return errors.New("稿件已暂缓，解除暂缓后才能更正")
	}
	if cor.Restore {
		return nil
	}
	s, err := l.subject(ctx, tx, it.ID, now)
	if err != nil {
		return err
	}
	if found := press.Check(s); press.Stops(found) {
		return fmt.Errorf("第%d版没有通过门禁，不能用来更正：%s", it.Head, firstStop(found))
	}
	return nil
}

func (l *Ledger) planCorrection(ctx context.Context, q querier, it press.Item, cor Correction) ([]Planned, error) {
	cs, err := l.copies(ctx, q, it.ID)
	if err != nil {
		return nil, err
	}
	for _, channel := range slices.Sorted(maps.Keys(cor.Ways)) {
		if !slices.ContainsFunc(cs, func(c press.Copy) bool { return c.Channel == channel }) {
			return nil, fmt.Errorf("稿件不在渠道“%.40s”发布，不能选择它的更正方式", channel)
		}
	}
	var out []Planned
	for _, c := range cs {
		acts, err := l.onCopy(ctx, q, c)
		if err != nil {
			return nil, err
		}
		p, err := planCopy(it, c, acts, cor)
		if err != nil {
			return nil, err
		}
		if cor.Restore && p.Way != "" {
			ok, err := l.wasApproved(ctx, q, c.Item, c.Revision)
			if err != nil {
				return nil, err
			}
			if !ok {
				p = Planned{Channel: c.Channel, Copy: c, Will: c.Revision, What: fmt.Sprintf("第%d版在台账里没有签发的记录，不能恢复成它；请更正为已签发的一版", c.Revision)}
			}
		}
		out = append(out, p)
	}
	return out, nil
}

// approvedRevision is where a move tells of the approval of a revision r.
const approvedRevision = `
	EXISTS (SELECT 1 FROM move m WHERE m.item = r.item AND m.verb = 'approve' AND m.detail = '第' || r.number || '版 ' || r.digest)`

// wasApproved reports whether a revision was approved once, whatever was handed in since.
func (l *Ledger) wasApproved(ctx context.Context, q querier, id press.ItemID, number int) (ok bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM revision r WHERE r.item = $1 AND r.number = $2 AND `+approvedRevision+`)`, id, number).Scan(&ok)
	if err != nil {
		return false, fmt.Errorf("read approval of revision %d of %s: %w", number, id, err)
	}
	return ok, nil
}

// lastApproved is the newest revision of an item that was approved; 0 for none.
func (l *Ledger) lastApproved(ctx context.Context, q querier, id press.ItemID) (number int, err error) {
	err = q.QueryRowContext(ctx, `SELECT COALESCE(MAX(r.number), 0) FROM revision r WHERE r.item = $1 AND `+approvedRevision, id).Scan(&number)
	if err != nil {
		return 0, fmt.Errorf("read approvals of %s: %w", id, err)
	}
	return number, nil
}

// planCopy decides what a correction comes to for one copy.
func planCopy(it press.Item, c press.Copy, acts []onCopy, cor Correction) (Planned, error) {
	p := Planned{Channel: c.Channel, Copy: c, Will: c.Revision}
	target := it.Head
	if cor.Restore {
		target = c.Revision
	}
	chosen := cor.Ways[c.Channel]
	if p.What = needless(it, c, cor, chosen); p.What != "" {
		return p, nil
	}
	for _, a := range acts {
		if a.verb == press.Annotate {
			continue
		}
		if why := inTheWay(c, a, target, chosen); why != "" {
			p.What = why
			return p, nil
		}
		p.replaces = a.id
	}
	return p.choose(it, target, cor, chosen)
}

// needless says why there is nothing to correct on a copy; "" when there is.
func needless(it press.Item, c press.Copy, cor Correction, chosen press.Way) string {
	switch {
	case c.State == press.Waiting:
		return fmt.Sprintf("尚未发布，将直接发布第%d版", it.Head)
	case c.State == press.CopyWithdrawn:
		return "已撤回"
	case !c.State.Public():
		return fmt.Sprintf("处于“%s”，先办结才能更正", c.State.Name())
	case cor.Restore && c.State != press.CopyDiffers:
		return "没有发现与已发布的文本不一致，不需要恢复"
	case cor.Restore:
		return ""
	case c.Revision >= it.Head:
		return fmt.Sprintf("公开的已经是第%d版", c.Revision)
	case c.Kept >= it.Head && (chosen == "" || chosen == press.Leave):
		return "已经决定保留原文，或者已安排刊登更正"
	}
	return ""
}

// inTheWay says why an open act keeps a copy from being corrected; "" when it may be replaced.
func inTheWay(c press.Copy, a onCopy, target int, chosen press.Way) string {
	switch {
	case a.verb == press.Withdraw && a.way == press.Republish:
		return "正在撤下旧版，撤下以后发布最新的一版"
	case a.verb == press.Withdraw:
		return "正在撤回"
	case !a.idle():
		return fmt.Sprintf("更正到第%d版（%s）正在进行，有了结果才能再更正", c.Amending, a.way.Name())
	case c.Amending >= target && (chosen == "" || chosen == a.way):
		return fmt.Sprintf("更正到第%d版（%s）已经安排", c.Amending, a.way.Name())
	}
	return ""
}

// choose takes the way that was asked for, or the best one that the channel has.
func (p Planned) choose(it press.Item, target int, cor Correction, chosen press.Way) (Planned, error) {
	var means []press.Means
	for _, m := range cor.Means[p.Channel] {
		if !cor.Restore || m.Way == press.InPlace || m.Way == press.ByHand || m.Way == press.Republish && it.Head == p.Copy.Revision {
			means = append(means, m)
		}
	}
	always := []press.Means{{Way: press.ByHand, What: "请在这个渠道的后台人工修改公开页面，改好后标记已完成"}}
	if !cor.Restore {
		always = append(always, press.Means{Way: press.Leave, What: "保留公开的旧版，不再提示"})
	}
	for _, more := range always {
		if !slices.ContainsFunc(means, func(m press.Means) bool { return m.Way == more.Way }) {
			means = append(means, more)
		}
	}
	i := slices.IndexFunc(means, func(m press.Means) bool { return m.Way == cmp.Or(chosen, means[0].Way) })
	if i < 0 {
		return p, fmt.Errorf("渠道“%s”不能“%s”，可以：%s", p.Channel, chosen.Name(), wayNames(means))
	}
	p.Way, p.Will, p.What = means[i].Way, target, means[i].What
	if p.Way == press.ByHand {
		p.What = fmt.Sprintf("%s（应当显示第%d版）", strings.TrimRight(p.What, "。"), target)
	}
	if p.Way == press.InPlace && cor.Restore {
		p.What = "原网址不变，页面改回已经发布的文字和附件，不加更正说明"
	}
	if p.Way == press.Leave {
		p.Will = p.Copy.Revision
	}
	for _, m := range slices.Delete(means, i, i+1) {
		p.Other = append(p.Other, m.Way)
	}
	return p, nil
}

func wayNames(means []press.Means) string {
	var names []string
	for _, m := range means {
		names = append(names, m.Way.Name()+"（"+string(m.Way)+"）")
	}
	return strings.Join(names, "、")
}

// correct does what is planned for one copy.
func (l *Ledger) correct(ctx context.Context, tx *sql.Tx, it press.Item, cor Correction, p Planned, who Who, now time.Time) error {
	c := p.Copy
	if p.replaces > 0 {
		if err := l.dropAct(ctx, tx, p.replaces, c, now); err != nil {
			return err
		}
	}
	if c.Kept >= it.Head { // decided otherwise
		if _, err := tx.ExecContext(ctx, `UPDATE copy SET kept = 0 WHERE id = $1`, c.ID); err != nil {
			return fmt.Errorf("correct copy %d: %w", c.ID, err)
		}
	}
	err := note(ctx, tx, moved{item: c.Item, who: who, verb: string(press.Amend), channel: c.Channel, was: string(c.State), now: string(c.State),
		detail: fmt.Sprintf("%s：公开第%d版，已签发第%d版", p.Way.Name(), c.Revision, it.Head), at: now})
	if err != nil {
		return err
	}
	m := amendment{verb: press.Amend, way: p.Way, revision: p.Will, amending: p.Will, reason: cor.Reason}
	if !cor.Restore {
		m.remark = press.Remark{Kind: press.RemarkCorrection, Text: cor.Reason, At: now}
	}
	switch p.Way {
	case press.Leave:
		return l.leave(ctx, tx, c, it.Head)
	case press.Republish:
		return l.republish(ctx, tx, c, it.Head, cor.Reason, now)
	case press.ByHand:
		m.task = p.What
	case press.Erratum:
		m.revision, m.remark.Text = c.Revision, "本文有更正："+strings.TrimRight(cor.Reason, "。")+"。更正内容刊登在下一期。"
		if m.replaces, err = l.addErratum(ctx, tx, c, it.Head, cor.Reason, now); err != nil {
			return err
		}
	}
	return l.openAmendment(ctx, tx, c, m, now)
}

// leave records that a copy need not show what is approved by now. What is approved later is another question.
func (l *Ledger) leave(ctx context.Context, tx *sql.Tx, c press.Copy, head int) error {
	if _, err := tx.ExecContext(ctx, `UPDATE copy SET kept = $2 WHERE id = $1`, c.ID, head); err != nil {
		return fmt.Errorf("leave copy %d: %w", c.ID, err)
	}
	return nil
}

// republish takes a copy back, so that its next generation goes out with the text that is approved by now, once it is proved to be gone.
func (l *Ledger) republish(ctx context.Context, tx *sql.Tx, c press.Copy, head int, reason string, now time.Time) error {
	w := withdrawal{reason: "更正：" + cmp.Or(reason, "恢复公开文本"), notice: press.NoticePage, way: press.Republish}
	if err := l.takeBack(ctx, tx, c, w, now); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE copy SET amending = $2, note = $3, waits_for = '' WHERE id = $1`, // it is wanted here, by her word
		c.ID, head, fmt.Sprintf("正在撤下第%d版，撤下以后发布第%d版", c.Revision, head))
	if err != nil {
		return fmt.Errorf("republish copy %d: %w", c.ID, err)
	}
	return nil
}
