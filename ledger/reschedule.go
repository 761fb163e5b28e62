package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"tongfa/press"
)

// farthest is how far ahead an item may be put off: what is later is most likely a year that was mistyped.
const farthest = 10 // years

// Reschedule (改期) moves an item to another moment, approved or not. Only copies that no edition has claimed move; what is going out, or is out,
// stays as it is, and where that is all of it the move is refused. A moment that is past means as soon as possible, and is recorded as now: no
// time is ever put back. What a channel was told to wait for beside it (not_before) stays, and so do the times of items that it belongs with.
func (l *Ledger) Reschedule(ctx context.Context, ref string, at time.Time, who Who, now time.Time) error {
	at = at.Truncate(time.Microsecond)
	if at.After(now.AddDate(farthest, 0, 0)) {
		return fmt.Errorf("发布时间最多定到%d年以后，请核对年份", farthest)
	}
	if at.Before(now) {
		at = now.Truncate(time.Microsecond)
	}
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		id, err := find(ctx, tx, ref)
		if err != nil {
			return err
		}
		it, err := l.item(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := it.State.Move(press.Reschedule, who.Role); err != nil {
			return err
		}
		detail, err := l.moveCopies(ctx, tx, it, at, now)
		if err != nil {
			return err
		}
		return l.rescheduled(ctx, tx, it, at, moved{item: id, who: who, verb: string(press.Reschedule),
			was: clockTime(it.ReleaseAt), now: clockTime(at.In(l.rules.Zone)), detail: detail, at: now})
	})
}

// moveCopies gives the copies of an item that may still move their time, and says which could not.
func (l *Ledger) moveCopies(ctx context.Context, tx *sql.Tx, it press.Item, at, now time.Time) (string, error) {
	cs, err := l.copies(ctx, tx, it.ID)
	if err != nil {
		return "", err
	}
	it.ReleaseAt = at
	var stays []string
	moved := 0
	for _, c := range cs {
		switch {
		case c.State == press.CopyWithdrawn:
		case !c.Free():
			stays = append(stays, c.Channel+c.Stands())
		default:
			moved++
			if err := l.moveCopy(ctx, tx, c, readyAt(it, wantOf(it, c.Channel), now)); err != nil {
				return "", err
			}
		}
	}
	if moved == 0 && len(stays) > 0 {
		return "", errors.New("已经改不了发布时间：" + strings.Join(stays, "，") + "。需要的话请撤回")
	}
	if len(stays) > 0 {
		return "不改：" + strings.Join(stays, "，"), nil
	}
	return "", nil
}

func wantOf(it press.Item, channel string) press.Want {
	for _, w := range it.Wants {
		if w.Channel == channel {
			return w
		}
	}
	return press.Want{Channel: channel}
}

// moveCopy gives a copy its time. One that waits for something else than a moment goes on waiting for it.
func (l *Ledger) moveCopy(ctx context.Context, tx *sql.Tx, c press.Copy, ready time.Time) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE copy
		SET ready_at = $2, due_at = IIF(due_at IS NULL, NULL, $2), waits_for = IIF(due_at IS NULL, waits_for, ''), note = IIF(due_at IS NULL, note, '')
		WHERE id = $1 AND state = 'waiting' AND edition IS NULL`, c.ID, ready.UnixMicro())
	if err != nil {
		return fmt.Errorf("reschedule copy %d: %w", c.ID, err)
	}
	return nil
}

// rescheduled writes down the new time of an item, and keeps the one that was asked for when it was filed: a package that is handed in once
// more, with the time that it had before, does not undo what a person decided. The gates are asked again, for one of them is about time.
func (l *Ledger) rescheduled(ctx context.Context, tx *sql.Tx, it press.Item, at time.Time, m moved) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE item
		SET asked_at = IIF(retimed, asked_at, release_at), retimed = 1, release_at = $2
		WHERE id = $1`, it.ID, at.UnixMicro())
	if err != nil {
		return fmt.Errorf("reschedule %s: %w", it.ID, err)
	}
	if err := note(ctx, tx, m); err != nil {
		return err
	}
	if it.State == press.Approved || it.State == press.Submitted {
		_, err = l.assess(ctx, tx, it.ID, m.at)
	} else {
		err = l.wakeOthers(ctx, tx, it.ID, m.at)
	}
	if err != nil {
		return err
	}
	return l.show(ctx, tx, it.ID)
}

// keepTime puts the time that a person gave an item into a filing that asks for the same as the one before it did.
func (l *Ledger) keepTime(ctx context.Context, tx *sql.Tx, it press.Item, f *Filing) error {
	var asked sql.NullInt64
	var retimed bool
	if err := tx.QueryRowContext(ctx, `SELECT asked_at, retimed FROM item WHERE id = $1`, it.ID).Scan(&asked, &retimed); err != nil {
		return fmt.Errorf("read what was asked for %s: %w", it.ID, err)
	}
	if !retimed {
		return nil
	}
	if f.Item.ReleaseAt.Equal(l.moment(asked)) {
		f.Item.ReleaseAt = it.ReleaseAt
		return nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE item SET retimed = 0 WHERE id = $1`, it.ID); err != nil {
		return fmt.Errorf("reschedule %s: %w", it.ID, err)
	}
	return nil
}

// Together is an item that another one belongs with.
type Together struct {
	Item  press.Item
	Title string
}

// Together are the items that must go out with an item, and the references to those that were not filed yet.
func (l *Ledger) Together(ctx context.Context, id press.ItemID) (with []Together, missing []string, err error) {
	g, err := l.group(ctx, l.read, id)
	if err != nil {
		return nil, nil, err
	}
	for _, m := range g.members[1:] {
		var x Together
		x.Item, err = l.scanItem(l.read.QueryRowContext(ctx, `
			SELECT `+itemColumns+`, r.title
			FROM item i
			CROSS JOIN revision r ON r.item = i.id AND r.number = i.head
			WHERE i.id = $1`, m), &x.Title)
		if err != nil {
			return nil, nil, fmt.Errorf("read what %s belongs with: %w", id, err)
		}
		with = append(with, x)
	}
	return with, g.missing, nil
}
