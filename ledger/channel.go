package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tongfa/press"
)

// ChannelState is what the ledger knows of a channel.
type ChannelState struct {
	Name, Kind string
	Paused     bool
	PausedBy   string
	Reason     string
	PausedAt   time.Time
	Trouble    string // what went wrong last, until something goes well again
	TroubleAt  time.Time
}

// Register makes a configured channel known.
func (l *Ledger) Register(ctx context.Context, name, kind string) error {
	var have string
	if err := l.read.QueryRowContext(ctx, `SELECT kind FROM channel WHERE name = $1`, name).Scan(&have); err == nil && have == kind {
		return nil
	}
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO channel (name, kind) VALUES ($1, $2)
			ON CONFLICT (name) DO UPDATE SET kind = $2`, name, kind)
		if err != nil {
			return fmt.Errorf("register channel %s: %w", name, err)
		}
		return nil
	})
}

// Pause stops all acts of a channel until Unpause. What is under way is finished.
func (l *Ledger) Pause(ctx context.Context, name, reason string, who Who, now time.Time) error {
	return l.setPaused(ctx, name, true, reason, who, now)
}

// Unpause lets a channel act again.
func (l *Ledger) Unpause(ctx context.Context, name string, who Who, now time.Time) error {
	return l.setPaused(ctx, name, false, "", who, now)
}

func (l *Ledger) setPaused(ctx context.Context, name string, paused bool, reason string, who Who, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE channel SET paused = $2, reason = $3, paused_by = $4, paused_at = $5 WHERE name = $1`,
			name, paused, reason, who.Name, now.UnixMicro())
		if err != nil {
			return fmt.Errorf("pause %s: %w", name, err)
		}
		if n, _ := res.RowsAffected(); n == 0 {
			return fmt.Errorf("没有叫“%s”的渠道", name)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO pause (channel, at, by, paused, reason) VALUES ($1, $2, $3, $4, $5)`,
			name, now.UnixMicro(), who.Name, paused, reason)
		if err != nil {
			return fmt.Errorf("record pause of %s: %w", name, err)
		}
		return nil
	})
}

// Paused is one line of a channel's history: a person stopped it, or let it go on.
type Paused struct {
	At     time.Time
	By     string
	Paused bool // false: it goes on
	Reason string
}

// Pauses lists who stopped a channel and who let it go on, newest first.
func (l *Ledger) Pauses(ctx context.Context, name string, most int) ([]Paused, error) {
	rows, err := l.read.QueryContext(ctx, `SELECT at, by, paused, reason FROM pause WHERE channel = $1 ORDER BY id DESC LIMIT $2`, name, most)
	if err != nil {
		return nil, fmt.Errorf("read pauses of %s: %w", name, err)
	}
	defer rows.Close()
	var out []Paused
	for rows.Next() {
		var p Paused
		var at sql.NullInt64
		if err := rows.Scan(&at, &p.By, &p.Paused, &p.Reason); err != nil {
			return nil, fmt.Errorf("read pauses of %s: %w", name, err)
		}
		p.At = l.moment(at)
		out = append(out, p)
	}
	return out, rows.Err()
}

// Spent is how much of each quota of a channel was used on the Beijing day of a moment, by the quota's name.
func (l *Ledger) Spent(ctx context.Context, channel string, day time.Time) (map[string]int, error) {
	rows, err := l.read.QueryContext(ctx, `SELECT name, spent FROM quota WHERE channel = $1 AND day = $2`,
		channel, day.In(beijing()).Format(time.DateOnly))
	if err != nil {
		return nil, fmt.Errorf("read quotas of %s: %w", channel, err)
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var name string
		var n int
		if err := rows.Scan(&name, &n); err != nil {
			return nil, fmt.Errorf("read quotas of %s: %w", channel, err)
		}
		out[name] = n
	}
	return out, rows.Err()
}

// Channels lists the channels in the order in which they were registered.
func (l *Ledger) Channels(ctx context.Context) ([]ChannelState, error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT name, kind, paused, paused_by, reason, paused_at, trouble, trouble_at
		FROM channel
		ORDER BY rowid`)
	if err != nil {
		return nil, fmt.Errorf("read channels: %w", err)
	}
	defer rows.Close()
	var out []ChannelState
	for rows.Next() {
		var c ChannelState
		var paused, trouble sql.NullInt64
		if err := rows.Scan(&c.Name, &c.Kind, &c.Paused, &c.PausedBy, &c.Reason, &paused, &c.Trouble, &trouble); err != nil {
			return nil, fmt.Errorf("read channels: %w", err)
		}
		c.PausedAt, c.TroubleAt = l.moment(paused), l.moment(trouble)
		out = append(out, c)
	}
	return out, rows.Err()
}

func (l *Ledger) trouble(ctx context.Context, tx *sql.Tx, channel string, t *press.Trouble, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE channel SET trouble = $2, trouble_at = $3 WHERE name = $1`, channel, t.Say(), now.UnixMicro())
	if err != nil {
		return fmt.Errorf("note trouble of %s: %w", channel, err)
	}
	return nil
}

func (l *Ledger) clearTrouble(ctx context.Context, tx *sql.Tx, channel string) error {
	_, err := tx.ExecContext(ctx, `UPDATE channel SET trouble = '', trouble_at = NULL WHERE name = $1 AND trouble <> ''`, channel)
	if err != nil {
		return fmt.Errorf("clear trouble of %s: %w", channel, err)
	}
	return nil
}

// ErrClock is in the error of Clock when the wall clock stands before a moment that the ledger has already seen.
var ErrClock = errors.New("the clock went back")

// clockSlack is how far a clock may be set back by ordinary correction.
const clockSlack = 2 * time.Second

// Clock remembers the latest moment that was acted at, and refuses one before it. The mark is written at most once a minute.
func (l *Ledger) Clock(ctx context.Context, now time.Time) error {
	var seen int64
	err := l.read.QueryRowContext(ctx, `SELECT CAST(value AS INTEGER) FROM house WHERE key = 'clock'`).Scan(&seen)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read clock mark: %w", err)
	}
	last := time.UnixMicro(seen)
	if seen != 0 && now.Before(last.Add(-clockSlack)) {
		return &press.Trouble{Remedy: press.AskPerson, Code: "CLOCK",
			What: fmt.Sprintf("本机时钟（%s）早于台账已记录的时刻（%s），已停止一切发布", clockTime(now.In(l.rules.Zone)), clockTime(last.In(l.rules.Zone))),
			Who:  "系统管理员", Do: "校准本机时钟；如台账记录的时刻有误，核实后运行 tongfa check --accept-clock", Err: ErrClock}
	}
	if seen != 0 && now.Sub(last) < time.Minute {
		return nil
	}
	return l.markClock(ctx, now)
}

// AcceptClock takes the wall clock as right, on a person's word.
func (l *Ledger) AcceptClock(ctx context.Context, now time.Time) error { return l.markClock(ctx, now) }

func (l *Ledger) markClock(ctx context.Context, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO house (key, value) VALUES ('clock', $1)
			ON CONFLICT (key) DO UPDATE SET value = $1`, fmt.Sprint(now.UnixMicro()))
		if err != nil {
			return fmt.Errorf("mark clock: %w", err)
		}
		return nil
	})
}
