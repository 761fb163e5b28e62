package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tongfa/press"
)

// Fired is the last moment of a channel's timetable that was dealt with. A timetable that is new or was changed begins now:
// it has missed nothing.
func (l *Ledger) Fired(ctx context.Context, channel, spec string, now time.Time) (time.Time, error) {
	var at sql.NullInt64
	var have string
	err := l.read.QueryRowContext(ctx, `SELECT spec, fired_at FROM timetable WHERE channel = $1`, channel).Scan(&have, &at)
	if err == nil && have == spec {
		return l.moment(at), nil
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, fmt.Errorf("read timetable of %s: %w", channel, err)
	}
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO timetable (channel, spec, fired_at) VALUES ($1, $2, $3)
			ON CONFLICT (channel) DO UPDATE SET spec = $2, fired_at = $3`, channel, spec, now.UnixMicro())
		return err
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("begin timetable of %s: %w", channel, err)
	}
	return now, nil
}

// Strike records that a moment of a timetable has come, and what is to be done with it. The same moment strikes once.
func (l *Ledger) Strike(ctx context.Context, channel string, at time.Time, state press.SlotState, until time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO slot (channel, at, state, until_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (channel, at) DO NOTHING`, channel, at.UnixMicro(), state, until.UnixMicro())
		if err != nil {
			return fmt.Errorf("strike slot of %s: %w", channel, err)
		}
		_, err = tx.ExecContext(ctx, `UPDATE timetable SET fired_at = $2 WHERE channel = $1 AND fired_at < $2`, channel, at.UnixMicro())
		if err != nil {
			return fmt.Errorf("advance timetable of %s: %w", channel, err)
		}
		return nil
	})
}

// OpenSlots are the open slots of a channel, oldest first. A copy whose prerequisite was met a moment ago, so that the next Compose
// takes it, keeps its slot open like one that still waits for it.
func (l *Ledger) OpenSlots(ctx context.Context, channel string) ([]press.OpenSlot, error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT at, until_at,
			EXISTS (SELECT 1 FROM copy WHERE channel = $1 AND waits_for = 'after' AND ready_at <= slot.at)
				OR EXISTS (SELECT 1 FROM copy WHERE channel = $1 AND due_at IS NOT NULL AND ready_at <= slot.at)
		FROM slot
		WHERE state = 'open' AND channel = $1
		ORDER BY at`, channel)
	if err != nil {
		return nil, fmt.Errorf("read slots of %s: %w", channel, err)
	}
	defer rows.Close()
	var out []press.OpenSlot
	for rows.Next() {
		var s press.OpenSlot
		var at, until sql.NullInt64
		if err := rows.Scan(&at, &until, &s.Pending); err != nil {
			return nil, fmt.Errorf("read slots of %s: %w", channel, err)
		}
		s.At, s.Until = l.moment(at), l.moment(until)
		out = append(out, s)
	}
	return out, rows.Err()
}

// CloseSlot ends a slot. What was pending is told that it goes to the next one.
func (l *Ledger) CloseSlot(ctx context.Context, channel string, at time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE slot SET state = 'closed' WHERE channel = $1 AND at = $2 AND state = 'open'`, channel, at.UnixMicro())
		if err != nil {
			return fmt.Errorf("close slot of %s: %w", channel, err)
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE copy
			SET note = note || $3
			WHERE channel = $1 AND waits_for = 'after' AND ready_at <= $2 AND note NOT LIKE '%移到下一时段%'`,
			channel, at.UnixMicro(), "；"+clockTime(at.In(l.rules.Zone))+"的时段已过，移到下一时段")
		if err != nil {
			return fmt.Errorf("close slot of %s: %w", channel, err)
		}
		return nil
	})
}

// AnswerSlot opens a missed slot that a person was asked about, and records who decided.
func (l *Ledger) AnswerSlot(ctx context.Context, channel string, at time.Time, who Who, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE slot SET state = 'open', until_at = $3, opened_by = $4
			WHERE channel = $1 AND at = $2 AND state = 'asked'`, channel, at.UnixMicro(), now.UnixMicro(), who.Name)
		if err != nil {
			return fmt.Errorf("answer slot of %s: %w", channel, err)
		}
		if n, _ := res.RowsAffected(); n == 0 {
			return fmt.Errorf("渠道“%s”没有等待决定的时段 %s", channel, clockTime(at.In(l.rules.Zone)))
		}
		return noteDeed(ctx, tx, Deed{At: now, By: who, Verb: "catch_up", About: channel, Detail: clockTime(at.In(l.rules.Zone))})
	})
}

// Asked are the missed slots of all channels that wait for a person's decision, oldest first.
func (l *Ledger) Asked(ctx context.Context) ([]press.Slot, error) {
	rows, err := l.read.QueryContext(ctx, `SELECT channel, at FROM slot WHERE state = 'asked' ORDER BY at, channel`)
	if err != nil {
		return nil, fmt.Errorf("read missed slots: %w", err)
	}
	defer rows.Close()
	var out []press.Slot
	for rows.Next() {
		var s press.Slot
		var at sql.NullInt64
		if err := rows.Scan(&s.Channel, &at); err != nil {
			return nil, fmt.Errorf("read missed slots: %w", err)
		}
		s.At = l.moment(at)
		out = append(out, s)
	}
	return out, rows.Err()
}

// Next is the next moment at which anything of a channel is due: a copy that goes out at its own time, or
// an act or an edition with a moment of its own, if the channel is not paused. Zero means nothing is.
func (l *Ledger) Next(ctx context.Context, channel string, slots bool) (time.Time, error) {
	var act, cp, issue sql.NullInt64
	err := l.read.QueryRowContext(ctx, `
		SELECT
			(SELECT due_at FROM act
				WHERE channel = $1 AND due_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM channel WHERE name = $1 AND (paused OR restored_to IS NOT NULL))
					AND NOT EXISTS (SELECT 1 FROM act b WHERE b.edition = act.edition AND b.state = 'open' AND b.due_at IS NULL)
				ORDER BY due_at LIMIT 1),
			(SELECT due_at FROM copy WHERE channel = $1 AND due_at IS NOT NULL ORDER BY due_at LIMIT 1),
			(SELECT try_at FROM edition
				WHERE channel = $1 AND try_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM channel WHERE name = $1 AND (paused OR restored_to IS NOT NULL))
				ORDER BY try_at LIMIT 1)`, channel).Scan(&act, &cp, &issue)
	if err != nil {
		return time.Time{}, fmt.Errorf("read what is next on %s: %w", channel, err)
	}
	if slots {
		cp = sql.NullInt64{}
	}
	return earliest(l.moment(act), l.moment(cp), l.moment(issue)), nil
}

// NextLook is when the next public copy of a channel is to be looked at; zero for never.
func (l *Ledger) NextLook(ctx context.Context, channel string) (time.Time, error) {
	var at sql.NullInt64
	err := l.read.QueryRowContext(ctx, `SELECT MIN(look_at) FROM copy WHERE channel = $1 AND look_at IS NOT NULL`, channel).Scan(&at)
	if err != nil {
		return time.Time{}, fmt.Errorf("read next look: %w", err)
	}
	return l.moment(at), nil
}

func earliest(ts ...time.Time) time.Time {
	var best time.Time
	for _, t := range ts {
		if !t.IsZero() && (best.IsZero() || t.Before(best)) {
			best = t
		}
	}
	return best
}
