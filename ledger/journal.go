package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tongfa/press"
)

// Journal is the memory of one act. It implements channels.Journal.
type Journal struct {
	l       *Ledger
	act     int64
	channel string
	now     func() time.Time
}

// Journal opens the memory of an act.
func (l *Ledger) Journal(a press.Act, now func() time.Time) *Journal {
	return &Journal{l, a.ID, a.Edition.Slot.Channel, now}
}

// Intend records that a step is about to be made.
func (j *Journal) Intend(ctx context.Context, step string) error {
	return j.l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO step (act, n, name, intended_at)
			SELECT $1, COALESCE(MAX(n), 0) + 1, $2, $3 FROM step WHERE act = $1`, j.act, step, j.now().UnixMicro())
		if err != nil {
			return fmt.Errorf("intend %s: %w", step, err)
		}
		return nil
	})
}

// Done records what came of the step intended last under this name.
func (j *Journal) Done(ctx context.Context, step, ref string) error {
	return j.l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE step
			SET done_at = $3, ref = $4
			WHERE act = $1 AND n = (SELECT MAX(n) FROM step WHERE act = $1 AND name = $2)`, j.act, step, j.now().UnixMicro(), ref)
		if err != nil {
			return fmt.Errorf("done %s: %w", step, err)
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return fmt.Errorf("done %s: it was not intended", step)
		}
		return nil
	})
}

// Steps lists what this act intended and did, oldest first.
func (j *Journal) Steps(ctx context.Context) ([]press.JournalStep, error) {
	return j.l.steps(ctx, j.act)
}

func (l *Ledger) steps(ctx context.Context, act int64) ([]press.JournalStep, error) {
	rows, err := l.read.QueryContext(ctx, `SELECT name, intended_at, done_at, ref FROM step WHERE act = $1 ORDER BY n`, act)
	if err != nil {
		return nil, fmt.Errorf("read steps: %w", err)
	}
	defer rows.Close()
	var out []press.JournalStep
	for rows.Next() {
		var s press.JournalStep
		var intended, done sql.NullInt64
		if err := rows.Scan(&s.Name, &intended, &done, &s.Ref); err != nil {
			return nil, fmt.Errorf("read steps: %w", err)
		}
		s.Intended, s.Done = l.moment(intended), l.moment(done)
		out = append(out, s)
	}
	return out, rows.Err()
}

// Asset is what the channel called a file that was uploaded before.
func (j *Journal) Asset(ctx context.Context, digest string) (string, bool, error) {
	var ref string
	err := j.l.read.QueryRowContext(ctx, `SELECT ref FROM upload WHERE channel = $1 AND digest = $2`, j.channel, digest).Scan(&ref)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("read upload: %w", err)
	}
	return ref, true, nil
}

// Keep remembers what the channel calls a file.
func (j *Journal) Keep(ctx context.Context, digest, ref string) error {
	return j.l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO upload (channel, digest, ref) VALUES ($1, $2, $3)
			ON CONFLICT (channel, digest) DO UPDATE SET ref = $3`, j.channel, digest, ref)
		if err != nil {
			return fmt.Errorf("keep upload: %w", err)
		}
		return nil
	})
}

// beijing is the zone in which the outside counts its days.
func beijing() *time.Location { return time.FixedZone("CST", 8*60*60) }

// Spend takes n calls from a quota of the Beijing day, but not from its reserve.
func (j *Journal) Spend(ctx context.Context, q press.Quota, n int) error {
	now := j.now().In(beijing())
	return j.l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var spent int
		err := tx.QueryRowContext(ctx, `
			INSERT INTO quota (channel, name, day, spent) VALUES ($1, $2, $3, $4)
			ON CONFLICT (channel, name, day) DO UPDATE SET spent = spent + $4
			RETURNING spent`, j.channel, q.Name, now.Format(time.DateOnly), n).Scan(&spent)
		if err != nil {
			return fmt.Errorf("spend %s: %w", q.Name, err)
		}
		if spent <= q.PerDay-q.Reserve {
			return nil
		}
		y, m, d := now.Date()
		return &press.Trouble{Remedy: press.TryLater, When: time.Date(y, m, d+1, 0, 5, 0, 0, beijing()),
			What: fmt.Sprintf("接口“%s”今日的自动调用次数已用完（每日%d次，为人工保留%d次）", q.Name, q.PerDay, q.Reserve),
			Do:   "明日零时后自动继续；急件请在公众号后台人工处理"}
	})
}
