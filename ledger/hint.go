package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Heard takes a hint (消息推送) that something came of a submission, which a channel knows by ref: what goes before the slash in the ref of the
// step that made it. The act is looked at now instead of later. Where no act has such a ref, its answer may have been lost, and the acts of the
// channel are looked at whose submission nobody knows the outcome of. A hint proves nothing and ends nothing. busy says that such an act is
// in hands just now, and may have asked before the answer was there; the hint is then to be given again.
func (l *Ledger) Heard(ctx context.Context, channel, ref string, now time.Time) (woken int, busy bool, err error) {
	ids, err := numbers(ctx, l.read, `
		SELECT id
		FROM act
		WHERE channel = $1 AND state = 'open'
			AND EXISTS (SELECT 1 FROM step WHERE act = act.id AND name IN ('submit', 'send') AND (ref = $2 OR substr(ref, 1, length($2) + 1) = $2 || '/'))`,
		channel, ref)
	if err == nil && len(ids) == 0 {
		ids, err = numbers(ctx, l.read, `
			SELECT id
			FROM act
			WHERE channel = $1 AND state = 'open' AND EXISTS (SELECT 1 FROM step WHERE act = act.id AND name IN ('submit', 'send') AND done_at IS NULL)`,
			channel)
	}
	if err != nil || len(ids) == 0 {
		return 0, false, err
	}
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		woken, busy = 0, false
		for _, id := range ids {
			due, hands, err := l.wakeAct(ctx, tx, id, now)
			if err != nil {
				return err
			}
			busy = busy || hands
			if due {
				woken++
			}
		}
		return nil
	})
	return woken, busy, err
}

// wakeAct makes an act due that would be due later. One in hands is left to who has it.
func (l *Ledger) wakeAct(ctx context.Context, tx *sql.Tx, id int64, now time.Time) (due, busy bool, err error) {
	done, err := tx.ExecContext(ctx, `UPDATE act SET due_at = $2 WHERE id = $1 AND state = 'open' AND due_at > $2`, id, now.UnixMicro())
	if err != nil {
		return false, false, fmt.Errorf("make act %d due: %w", id, err)
	}
	n, err := done.RowsAffected()
	if err != nil {
		return false, false, fmt.Errorf("make act %d due: %w", id, err)
	}
	if err := tx.QueryRowContext(ctx, `SELECT state = 'open' AND due_at IS NULL FROM act WHERE id = $1`, id).Scan(&busy); err != nil {
		return false, false, fmt.Errorf("read act %d: %w", id, err)
	}
	return n > 0, busy, nil
}
