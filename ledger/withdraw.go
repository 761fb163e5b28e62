package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"tongfa/press"
)

// Withdraw takes an item back from every channel. What is public gets an act of withdrawal at once; what is on its way is
// withdrawn as soon as it is known to be out; what was not begun never begins. notice is press.NoticePage,
// press.NoticeGone or an address that readers are sent to. Asked again while something is still out there, it changes nothing:
// whoever asked goes on to see the withdrawal through.
func (l *Ledger) Withdraw(ctx context.Context, ref, reason, notice string, who Who, now time.Time) error {
	if err := withdrawable(reason, notice); err != nil {
		return err
	}
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		under, err := l.withdrawing(ctx, tx, ref)
		if err != nil || under {
			return err
		}
		return l.withdraw(ctx, tx, ref, reason, notice, who, now)
	})
}

// WithdrawAll takes several items back by one decision, all of them or none: what of them stands in one message or issue goes by one act, which
// a platform that counts deletions counts once. What is being withdrawn already, or is gone, needs nothing.
func (l *Ledger) WithdrawAll(ctx context.Context, refs []string, reason, notice string, who Who, now time.Time) error {
	if err := withdrawable(reason, notice); err != nil {
		return err
	}
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, ref := range refs {
			id, err := find(ctx, tx, ref)
			if err != nil {
				return err
			}
			it, err := l.item(ctx, tx, id)
			if err != nil {
				return err
			}
			if it.State == press.Withdrawn {
				continue
			}
			if err := l.withdraw(ctx, tx, ref, reason, notice, who, now); err != nil {
				return fmt.Errorf("“%s”撤不了，这一次一篇也没有撤：%w", ref, err)
			}
		}
		return nil
	})
}

// withdrawable asks whether a withdrawal says what it must.
func withdrawable(reason, notice string) error {
	if strings.TrimSpace(reason) == "" {
		return errors.New("撤回必须写明理由，理由会在公开的撤回说明里显示")
	}
	if notice != press.NoticePage && notice != press.NoticeGone && !public(notice) {
		return fmt.Errorf("撤下以后转去的网址“%.60s”不对，要写 notice、gone 或者以 https:// 开头的完整网址", notice)
	}
	return nil
}

func (l *Ledger) withdraw(ctx context.Context, tx *sql.Tx, ref, reason, notice string, who Who, now time.Time) error {
	return l.moveIn(ctx, tx, ref, press.Withdraw, who, now, func(ctx context.Context, tx *sql.Tx, it press.Item, _ press.State) (string, error) {
		if _, err := tx.ExecContext(ctx, `UPDATE item SET notice = $2 WHERE id = $1`, it.ID, notice); err != nil {
			return "", fmt.Errorf("withdraw %s: %w", it.ID, err)
		}
		return reason, nil
	}, func(ctx context.Context, tx *sql.Tx, it press.Item) error {
		cs, err := l.copies(ctx, tx, it.ID)
		if err != nil {
			return err
		}
		for _, c := range cs {
			if err := l.withdrawCopy(ctx, tx, c, who, now); err != nil {
				return err
			}
			if err := l.dropErrata(ctx, tx, c); err != nil {
				return err
			}
		}
		return l.wakeOthers(ctx, tx, it.ID, now) // what belongs with it need not wait for it any more
	})
}

// public reports whether a text is an address that readers may be sent to.
func public(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil
}

// withdrawing reports whether an item was withdrawn and is not gone everywhere yet.
func (l *Ledger) withdrawing(ctx context.Context, q querier, ref string) (under bool, err error) {
	id, err := find(ctx, q, ref)
	if err != nil {
		return false, err
	}
	err = q.QueryRowContext(ctx, `
		SELECT EXISTS (
			SELECT 1
			FROM item i
			JOIN copy c ON c.item = i.id
			WHERE i.id = $1 AND i.state = 'withdrawn' AND c.state <> 'withdrawn')`, id).Scan(&under)
	if err != nil {
		return false, fmt.Errorf("read withdrawal of %s: %w", id, err)
	}
	return under, nil
}

func (l *Ledger) withdrawCopy(ctx context.Context, tx *sql.Tx, c press.Copy, who Who, now time.Time) error {
	switch {
	case c.State == press.CopyWithdrawn:
		return nil
	case c.State == press.Waiting && c.Edition == "":
		return l.drop(ctx, tx, c, who, "发布前已撤回", now)
	case c.State.Public():
		if err := l.dropAmendments(ctx, tx, c, false, now); err != nil {
			return err
		}
		return l.openWithdrawal(ctx, tx, c, now)
	}
	ended, err := l.stopInTime(ctx, tx, c, now)
	if err != nil || ended {
		return err
	}
	switch c.State {
	case press.CopyNeedsHand: // something may be there, such as a draft
		return l.openWithdrawal(ctx, tx, c, now)
	case press.CopyRefused:
		return l.turnCopy(ctx, tx, c, turn{state: press.CopyWithdrawn, who: who, verb: string(press.Withdraw), at: now})
	}
	return nil // on its way: Settle withdraws it once it is out, or lets it go once it is known not to be
}

// stopInTime ends what a claimed copy waits in, if nothing of it was begun: a planned issue goes on without it, an act is given up.
func (l *Ledger) stopInTime(ctx context.Context, tx *sql.Tx, c press.Copy, now time.Time) (bool, error) {
	var state press.EditionState
	err := tx.QueryRowContext(ctx, `SELECT state FROM edition WHERE key = $1`, c.Edition).Scan(&state)
	if err != nil {
		return false, fmt.Errorf("read edition of copy %d: %w", c.ID, err)
	}
	if state == press.EditionPlanned {
		return true, l.takeOut(ctx, tx, c, program(), now)
	}
	var act int64
	err = tx.QueryRowContext(ctx, `
		SELECT id
		FROM act
		WHERE edition = $1 AND verb = 'publish' AND state = 'open' AND due_at IS NOT NULL AND NOT look
			AND NOT EXISTS (SELECT 1 FROM step WHERE act = act.id)`, c.Edition).Scan(&act)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read act of copy %d: %w", c.ID, err)
	}
	return true, l.giveUp(ctx, tx, act, c.Edition, now)
}

// openWithdrawal opens the act that takes one copy back, for the reason and with the notice that were given when the item was withdrawn. One
// that was under way to publish the copy anew goes on for that reason.
func (l *Ledger) openWithdrawal(ctx context.Context, tx *sql.Tx, c press.Copy, now time.Time) error {
	var reason, notice string
	err := tx.QueryRowContext(ctx, `
		SELECT m.detail, i.notice
		FROM item i
		JOIN move m ON m.item = i.id
		WHERE i.id = $1 AND m.verb = 'withdraw' AND m.channel = ''
		ORDER BY m.n DESC
		LIMIT 1`, c.Item).Scan(&reason, &notice)
	if err != nil {
		return fmt.Errorf("read why %s was withdrawn: %w", c.Item, err)
	}
	acts, err := l.onCopy(ctx, tx, c)
	if err != nil {
		return err
	}
	for _, a := range acts {
		if a.verb != press.Withdraw {
			continue
		}
		if a.way != press.Republish {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `UPDATE act SET way = '', reason = $2, notice = $3 WHERE id = $1`, a.id, reason, notice); err != nil {
			return fmt.Errorf("withdraw copy %d: %w", c.ID, err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE copy SET amending = 0 WHERE id = $1`, c.ID); err != nil {
			return fmt.Errorf("withdraw copy %d: %w", c.ID, err)
		}
		return l.show(ctx, tx, c.Item)
	}
	return l.takeBack(ctx, tx, c, withdrawal{reason: reason, notice: notice}, now)
}

// withdrawal is why a copy is taken back and what its page says then. Its way is press.Republish where the next generation is to follow.
type withdrawal struct {
	reason, notice string
	way            press.Way
}

// takeBack opens the act that takes a copy back. Copies of one edition that are taken back for the same reason before any of it was begun share
// one, as a message of which nothing is to be left goes by a single deletion.
func (l *Ledger) takeBack(ctx context.Context, tx *sql.Tx, c press.Copy, w withdrawal, now time.Time) error {
	act, err := l.sharedWithdrawal(ctx, tx, c.Edition, w)
	if errors.Is(err, sql.ErrNoRows) {
		err = tx.QueryRowContext(ctx, `
			INSERT INTO act (channel, edition, verb, seq, state, reason, notice, way, opened_at, due_at)
			SELECT $1, $2, 'withdraw', COALESCE(MAX(seq), 0) + 1, 'open', $3, $4, $5, $6, $6
			FROM act
			WHERE edition = $2 AND verb = 'withdraw'
			RETURNING id`, c.Channel, c.Edition, w.reason, w.notice, w.way, now.UnixMicro()).Scan(&act)
	}
	if err != nil {
		return fmt.Errorf("open withdrawal of copy %d: %w", c.ID, err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO act_copy (act, copy) VALUES ($1, $2)`, act, c.ID); err != nil {
		return fmt.Errorf("open withdrawal of copy %d: %w", c.ID, err)
	}
	return nil
}

// sharedWithdrawal is an act on an edition that another copy may be taken back with. One that makes room for a later text is about one copy.
func (l *Ledger) sharedWithdrawal(ctx context.Context, tx *sql.Tx, edition string, w withdrawal) (act int64, err error) {
	if w.way != "" {
		return 0, sql.ErrNoRows
	}
	err = tx.QueryRowContext(ctx, `
		SELECT id
		FROM act
		WHERE edition = $1 AND verb = 'withdraw' AND state = 'open' AND due_at IS NOT NULL AND attempt = 0 AND NOT look AND way = ''
			AND reason = $2 AND notice = $3 AND NOT EXISTS (SELECT 1 FROM step WHERE act = act.id)
		ORDER BY id
		LIMIT 1`, edition, w.reason, w.notice).Scan(&act)
	return act, err
}

// endWithdrawal takes a copy out of its withdrawal, as there is nothing of it to take back, and ends what is about nothing any more then.
func (l *Ledger) endWithdrawal(ctx context.Context, tx *sql.Tx, cp int64, edition string) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE act
		SET state = 'done', due_at = NULL
		WHERE edition = $2 AND verb = 'withdraw' AND state = 'open' AND EXISTS (SELECT 1 FROM act_copy WHERE act = act.id AND copy = $1)
			AND NOT EXISTS (SELECT 1 FROM act_copy k JOIN copy c ON c.id = k.copy WHERE k.act = act.id AND k.copy <> $1 AND c.state <> 'withdrawn')`, cp, edition)
	if err != nil {
		return fmt.Errorf("end withdrawal of copy %d: %w", cp, err)
	}
	_, err = tx.ExecContext(ctx, `
		DELETE FROM act_copy
		WHERE copy = $1 AND act IN (SELECT id FROM act WHERE edition = $2 AND verb = 'withdraw' AND state = 'open')`, cp, edition)
	if err != nil {
		return fmt.Errorf("end withdrawal of copy %d: %w", cp, err)
	}
	return nil
}

// Hint is what a person knows that no interface tells.
type Hint struct {
	Link   string // the address of what was published by hand
	Absent bool   // declared not to be out there: publish it again, as a new generation
	Done   bool   // what a person was asked to do about a public copy is done
	Leave  bool   // it is not to be done: the public copy stays as it is
}

// Retry is a person's word that what stood in the way is seen to, for the copies of an item on one channel, or on all for "". Nothing
// is sent again on its strength alone: an act that was begun looks first. Only a hint says more.
func (l *Ledger) Retry(ctx context.Context, ref, channel string, h Hint, who Who, now time.Time) (changed int, err error) {
	err = l.move(ctx, ref, press.Retry, who, now, func(ctx context.Context, tx *sql.Tx, it press.Item, _ press.State) (string, error) {
		changed = 0
		cs, err := l.copies(ctx, tx, it.ID)
		if err != nil {
			return "", err
		}
		for _, c := range cs {
			if channel != "" && c.Channel != channel {
				continue
			}
			did, err := l.retry(ctx, tx, c, h, who, now)
			if err != nil {
				return "", err
			}
			if did {
				changed++
			}
		}
		return strings.TrimSpace(channel + " " + h.String()), nil
	}, nil)
	return changed, err
}

// String is the hint as the history tells it.
func (h Hint) String() string {
	switch {
	case h.Absent:
		return "人工认定未发布"
	case h.Link != "":
		return "人工登记链接 " + h.Link
	case h.Done:
		return "人工标记已完成"
	case h.Leave:
		return "人工决定保留原样"
	}
	return ""
}

func (l *Ledger) retry(ctx context.Context, tx *sql.Tx, c press.Copy, h Hint, who Who, now time.Time) (bool, error) {
	switch {
	case c.State == press.Waiting && c.Edition == "" && (h.Link != "" || h.Absent):
		return l.word(ctx, tx, c, h, who, now)
	case h.Link != "":
		return l.pasted(ctx, tx, c, h.Link, who, now)
	case h.Absent:
		return l.absent(ctx, tx, c, who, now)
	case h.Done, h.Leave:
		return l.byPerson(ctx, tx, c, h.Done, who, now)
	}
	switch c.State {
	case press.Waiting:
		if c.Edition != "" {
			return l.dueNow(ctx, tx, c, now)
		}
		_, err := l.assess(ctx, tx, c.Item, now)
		return true, err
	case press.CopyHanded, press.CopyUnknown, press.CopyNeedsHand:
		return l.dueNow(ctx, tx, c, now)
	case press.CopyRefused:
		return true, l.again(ctx, tx, c, now)
	case press.CopyLive, press.CopyVerified, press.CopyDiffers:
		if err := l.actsNow(ctx, tx, c, now); err != nil {
			return false, err
		}
		return true, l.lookAgain(ctx, tx, c.ID, now, c.Looks)
	}
	return false, nil
}

// actsNow makes what is to be changed on a public copy due.
func (l *Ledger) actsNow(ctx context.Context, tx *sql.Tx, c press.Copy, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE act
		SET due_at = $3
		WHERE edition = $1 AND state = 'open' AND due_at IS NOT NULL AND EXISTS (SELECT 1 FROM act_copy WHERE act = act.id AND copy = $2)`,
		c.Edition, c.ID, now.UnixMicro())
	if err != nil {
		return fmt.Errorf("retry copy %d: %w", c.ID, err)
	}
	return nil
}

// byPerson ends what a person was asked to do about a public copy: it is done, and what is there now is looked at; or it is left.
func (l *Ledger) byPerson(ctx context.Context, tx *sql.Tx, c press.Copy, done bool, who Who, now time.Time) (bool, error) {
	acts, err := l.onCopy(ctx, tx, c)
	if err != nil {
		return false, err
	}
	ended := false
	for _, a := range acts {
		if a.verb == press.Withdraw || a.task == "" {
			continue
		}
		if a.inHands {
			return false, errors.New("程序正在处理这一份，请等它有了结果再标记；如果程序没有运行，先运行一次 tongfa pass")
		}
		if c, err = l.copyOf(ctx, tx, c.ID); err != nil { // as the act before left it
			return false, err
		}
		ended = true
		if done {
			err = l.amended(ctx, tx, a, c, who, now)
		} else {
			err = l.leaveAct(ctx, tx, a, c, now)
		}
		if err != nil {
			return false, err
		}
	}
	return ended, nil
}

// leaveAct gives up what a person was asked to do, as the person decided. Of what was begun nobody knows how much stands there.
func (l *Ledger) leaveAct(ctx context.Context, tx *sql.Tx, a onCopy, c press.Copy, now time.Time) error {
	if a.begun {
		return errors.New("这一份已经开始修改，不能保留原样：请重试，或者改好以后标记已完成")
	}
	if a.verb == press.Amend && c.Amending > c.Revision {
		if err := l.leave(ctx, tx, c, c.Amending); err != nil {
			return err
		}
	}
	return l.dropAct(ctx, tx, a.id, c, now)
}

// dueNow makes the open acts on a copy's edition due.
func (l *Ledger) dueNow(ctx context.Context, tx *sql.Tx, c press.Copy, now time.Time) (bool, error) {
	res, err := tx.ExecContext(ctx, `
		UPDATE act
		SET due_at = $2
		WHERE edition = $1 AND state = 'open' AND due_at IS NOT NULL`, c.Edition, now.UnixMicro())
	if err != nil {
		return false, fmt.Errorf("retry copy %d: %w", c.ID, err)
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// again makes the next generation of a copy that was withdrawn or refused, and lets it wait like the first one.
func (l *Ledger) again(ctx context.Context, tx *sql.Tx, c press.Copy, now time.Time) error {
	it, err := l.item(ctx, tx, c.Item)
	if err != nil {
		return err
	}
	w := press.Want{Channel: c.Channel}
	for _, old := range it.Wants {
		if old.Channel == c.Channel {
			w = old
		}
	}
	if err := l.addCopy(ctx, tx, c.Item, w, c.Generation+1, readyAt(it, w, now), now); err != nil {
		return fmt.Errorf("add copy: %w", err)
	}
	if _, err := l.assess(ctx, tx, c.Item, now); err != nil {
		return err
	}
	return l.show(ctx, tx, c.Item)
}

// pasted takes the link of what a person published, or found, by hand.
func (l *Ledger) pasted(ctx context.Context, tx *sql.Tx, c press.Copy, link string, who Who, now time.Time) (bool, error) {
	if !public(link) {
		return false, fmt.Errorf("链接“%.60s”不对，要写公众看到的、以 https:// 开头的完整网址", link)
	}
	switch c.State {
	case press.CopyUnknown, press.CopyNeedsHand, press.CopyHanded:
	case press.CopyLive, press.CopyVerified, press.CopyDiffers:
		if c.URL != "" && c.State == press.CopyVerified {
			return false, errors.New("这一份已经核验过，不能改链接")
		}
	default:
		return false, fmt.Errorf("这一份处于“%s”，不能登记链接", c.State.Name())
	}
	busy, err := l.busyEdition(ctx, tx, c.Edition)
	if err != nil {
		return false, err
	}
	said := ""
	if busy { // a driver that is sending cannot be stopped any more
		said = "登记链接时程序正在发布这一份，可能已经发布两次，请到渠道后台核对"
	}
	if err := l.turnCopy(ctx, tx, c, turn{state: press.CopyLive, note: said, url: link, who: who, verb: string(press.Retry), at: now}); err != nil {
		return false, err
	}
	if err := l.wentLive(ctx, tx, c, now); err != nil {
		return false, err
	}
	return true, l.endPublic(ctx, tx, c.Edition, now)
}

// endPublic ends the publication of an edition of which nothing is left to be asked: every copy was found in
// public by a person, or was withdrawn.
func (l *Ledger) endPublic(ctx context.Context, tx *sql.Tx, edition string, now time.Time) error {
	var left bool
	err := tx.QueryRowContext(ctx, `
		SELECT EXISTS (
			SELECT 1
			FROM entry e
			JOIN copy c ON c.id = e.copy
			WHERE e.edition = $1 AND e.claims = 1 AND c.state NOT IN ('live', 'verified', 'differs', 'withdrawn'))`, edition).Scan(&left)
	if err != nil || left {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE act SET state = 'done', due_at = NULL WHERE edition = $1 AND verb = 'publish' AND state = 'open'`, edition)
	if err != nil {
		return fmt.Errorf("end publication of %s: %w", edition, err)
	}
	return l.endEdition(ctx, tx, edition, now)
}

// absent ends a generation whose outcome could not be found out, on a person's word that nothing is out there.
func (l *Ledger) absent(ctx context.Context, tx *sql.Tx, c press.Copy, who Who, now time.Time) (bool, error) {
	if c.State != press.CopyUnknown && c.State != press.CopyNeedsHand {
		return false, fmt.Errorf("这一份处于“%s”，只有“结果待核实”或“需人工处理”的才能认定为未发布", c.State.Name())
	}
	busy, err := l.busyEdition(ctx, tx, c.Edition)
	if err != nil {
		return false, err
	}
	if busy {
		return false, errors.New("程序正在处理这一份，请等它有了结果再认定；如果程序没有运行，先运行一次 tongfa pass")
	}
	if _, err := tx.ExecContext(ctx, `UPDATE entry SET claims = 0 WHERE edition = $1 AND copy = $2`, c.Edition, c.ID); err != nil {
		return false, fmt.Errorf("release claim: %w", err)
	}
	if err := l.endUnclaimed(ctx, tx, c, now); err != nil {
		return false, err
	}
	it, err := l.item(ctx, tx, c.Item)
	if err != nil {
		return false, err
	}
	t := turn{state: press.CopyRefused, note: "人工认定未发布", who: who, verb: string(press.Retry), at: now}
	forgone, err := l.forgone(ctx, tx, c)
	if err != nil {
		return false, err
	}
	if forgone || it.State == press.Withdrawn {
		t.state = press.CopyWithdrawn
	}
	if err := l.turnCopy(ctx, tx, c, t); err != nil {
		return false, err
	}
	if t.state == press.CopyWithdrawn {
		return true, l.wakeGroup(ctx, tx, c.Item, now)
	}
	return true, l.again(ctx, tx, c, now)
}

// busyEdition reports whether an act on an edition is being made.
func (l *Ledger) busyEdition(ctx context.Context, q querier, edition string) (busy bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM act WHERE edition = $1 AND state = 'open' AND due_at IS NULL)`, edition).Scan(&busy)
	if err != nil {
		return false, fmt.Errorf("read acts on %s: %w", edition, err)
	}
	return busy, nil
}

// endUnclaimed ends the acts that are about nothing any more after a claim was released: the copy's own withdrawal, and the
// publication if its edition claims no other copy.
func (l *Ledger) endUnclaimed(ctx context.Context, tx *sql.Tx, c press.Copy, now time.Time) error {
	if err := l.dropAmendments(ctx, tx, c, true, now); err != nil {
		return err
	}
	if err := l.endWithdrawal(ctx, tx, c.ID, c.Edition); err != nil {
		return err
	}
	var claimed bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM entry WHERE edition = $1 AND claims = 1)`, c.Edition).Scan(&claimed)
	if err != nil || claimed {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE act SET state = 'done', due_at = NULL WHERE edition = $1 AND state = 'open'`, c.Edition); err != nil {
		return fmt.Errorf("end acts on %s: %w", c.Edition, err)
	}
	return l.endEdition(ctx, tx, c.Edition, now)
}
