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

// Register makes a configured channel known. One that a restored ledger did not know may have published since its backup all the same.
func (l *Ledger) Register(ctx context.Context, name, kind string) error {
	var have string
	if err := l.read.QueryRowContext(ctx, `SELECT kind FROM channel WHERE name = $1`, name).Scan(&have); err == nil && have == kind {
		return nil
	}
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO channel (name, kind, restored_to) VALUES ($1, $2, (SELECT CAST(value AS INTEGER) FROM house WHERE key = 'restored_to'))
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
		verb := "resume"
		if paused {
			verb = "pause"
		}
		return noteDeed(ctx, tx, Deed{At: now, By: who, Verb: verb, About: name, Detail: reason})
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

// ErrClock is in the error of Clock while the clock is not to be trusted.
var ErrClock = errors.New("the clock is not to be trusted")

// clockSlack is how far a clock may be set back by ordinary correction.
const clockSlack = 2 * time.Second

const (
	keyClock         = "clock"
	keyClockDoubt    = "clock_doubt"    // why the clock is not to be trusted until a person has looked
	keyClockAccepted = "clock_accepted" // when a person took it as right
)

// Clock remembers the latest moment that was acted at, and refuses one before it, and every moment while the clock is doubted. The mark is
// written at most once a minute.
func (l *Ledger) Clock(ctx context.Context, now time.Time) error {
	var seen int64
	var doubt string
	err := l.read.QueryRowContext(ctx, `
		SELECT
			COALESCE((SELECT CAST(value AS INTEGER) FROM house WHERE key = 'clock'), 0),
			COALESCE((SELECT value FROM house WHERE key = 'clock_doubt'), '')`).Scan(&seen, &doubt)
	if err != nil {
		return fmt.Errorf("read clock mark: %w", err)
	}
	last := time.UnixMicro(seen)
	switch {
	case doubt != "":
		return clockTrouble(doubt+"，已停止一切发布", "校准本机时钟；核实本机时钟是对的，运行 tongfa check --accept-clock")
	case seen != 0 && now.Before(last.Add(-clockSlack)):
		return clockTrouble(fmt.Sprintf("本机时钟（%s）早于台账已记录的时刻（%s），已停止一切发布", clockTime(now.In(l.rules.Zone)), clockTime(last.In(l.rules.Zone))),
			"校准本机时钟；如台账记录的时刻有误，核实后运行 tongfa check --accept-clock")
	case seen != 0 && now.Sub(last) < time.Minute:
		return nil
	}
	return l.remember(ctx, map[string]string{keyClock: fmt.Sprint(now.UnixMicro())})
}

func clockTrouble(what, do string) error {
	return &press.Trouble{Remedy: press.AskPerson, Code: "CLOCK", What: what, Who: "系统管理员", Do: do, Err: ErrClock}
}

// acceptedFor is how long a person's word on the clock counts more than what other hosts say.
const acceptedFor = 24 * time.Hour

// DoubtClock stops everything until a person has looked at the clock: other hosts say another time. It survives a restart. A person's word
// of less than a day ago counts more, as long as they have not agreed since; so it says whether everything has stopped.
func (l *Ledger) DoubtClock(ctx context.Context, why string, now time.Time) (stopped bool, err error) {
	accepted, err := l.recallTime(ctx, keyClockAccepted)
	if err != nil {
		return false, err
	}
	if !accepted.IsZero() && now.Sub(accepted).Abs() < acceptedFor {
		return false, nil
	}
	return true, l.remember(ctx, map[string]string{keyClockDoubt: why})
}

// AgreeClock ends what a person's word on the clock counts for: other hosts say the same time, so that nothing is left of what she judged, and the next
// that goes wrong is another matter.
func (l *Ledger) AgreeClock(ctx context.Context) error {
	accepted, err := l.recallTime(ctx, keyClockAccepted)
	if err != nil || accepted.IsZero() {
		return err
	}
	return l.remember(ctx, map[string]string{keyClockAccepted: ""})
}

// AcceptClock takes the wall clock as right, on a person's word.
func (l *Ledger) AcceptClock(ctx context.Context, now time.Time) error {
	mark := fmt.Sprint(now.UnixMicro())
	return l.remember(ctx, map[string]string{keyClock: mark, keyClockAccepted: mark, keyClockDoubt: ""})
}

// Began remembers when an act of a channel was begun last, for a channel that keeps a distance between its acts.
func (l *Ledger) Began(ctx context.Context, channel string, at time.Time) error {
	return l.remember(ctx, map[string]string{"began/" + channel: fmt.Sprint(at.UnixMicro())})
}

// LastBegan is what Began remembers; zero for nothing.
func (l *Ledger) LastBegan(ctx context.Context, channel string) (time.Time, error) {
	return l.recallTime(ctx, "began/"+channel)
}
