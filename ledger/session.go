package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Sessions keeps the sessions of the desk's visitors, each by the hash of its token. It is a store of scs. Whether a session still counts is
// the desk's to say; one that has run out is not given any more.
type Sessions struct{ l *Ledger }

// Sessions are the sessions that this ledger keeps.
func (l *Ledger) Sessions() Sessions { return Sessions{l} }

// FindCtx gives what a session holds.
func (s Sessions) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var data []byte
	err := s.l.read.QueryRowContext(ctx, `SELECT data FROM session WHERE token = $1 AND expiry > $2`, token, time.Now().UnixMicro()).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read session: %w", err)
	}
	return data, true, nil
}

// CommitCtx stores a session, and clears away some that have run out.
func (s Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			DELETE FROM session
			WHERE token IN (SELECT token FROM session WHERE expiry < $1 ORDER BY expiry LIMIT 100)`, time.Now().UnixMicro())
		if err != nil {
			return fmt.Errorf("clear sessions: %w", err)
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO session (token, data, expiry)
			VALUES ($1, $2, $3)
			ON CONFLICT (token) DO UPDATE SET data = excluded.data, expiry = excluded.expiry`, token, data, expiry.UnixMicro())
		if err != nil {
			return fmt.Errorf("store session: %w", err)
		}
		return nil
	})
}

// DeleteCtx ends a session.
func (s Sessions) DeleteCtx(ctx context.Context, token string) error {
	return s.l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM session WHERE token = $1`, token); err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		return nil
	})
}

// Find is FindCtx without a context, for the interface of scs.
func (s Sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (s Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx without a context.
func (s Sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
