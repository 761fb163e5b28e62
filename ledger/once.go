package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Once (只做一次) names a request that is executed once however often it is sent: whoever has lost the answer asks again.
type Once struct {
	Owner  string // whose key it is: two owners may use the same one
	Key    string
	Digest string // of the whole request
}

// Answer is what a request was answered.
type Answer struct {
	Made   bool // it was executed
	Status int  // zero while the answer was not written down
	Body   []byte
}

// ErrOtherRequest is in the error for a key that was used for another request.
var ErrOtherRequest = errors.New("the key was used for another request")

// keptAnswers is for how long an answer is kept.
const keptAnswers = 24 * time.Hour

type onceKey struct{}

// onceMark is a request and when it came.
type onceMark struct {
	Once
	at time.Time
}

// WithOnce has the first write that is made with the context mark the request as executed, in the same transaction: after a crash it is known
// for certain whether it was.
func WithOnce(ctx context.Context, o Once, now time.Time) context.Context {
	return context.WithValue(ctx, onceKey{}, onceMark{o, now})
}

// marked is a write that also marks the request it is made for.
func marked(ctx context.Context, do func(ctx context.Context, tx *sql.Tx) error) func(ctx context.Context, tx *sql.Tx) error {
	o, ok := ctx.Value(onceKey{}).(onceMark)
	if !ok {
		return do
	}
	return func(ctx context.Context, tx *sql.Tx) error {
		if err := do(ctx, tx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO answer (owner, key, digest, at)
			VALUES ($1, $2, $3, $4)
			ON CONFLICT (owner, key) DO UPDATE
			SET digest = excluded.digest, at = excluded.at, status = 0, body = NULL
			WHERE answer.at <= $5`, o.Owner, o.Key, o.Digest, o.at.UnixMicro(), o.at.Add(-keptAnswers).UnixMicro())
		if err != nil {
			return fmt.Errorf("mark request: %w", err)
		}
		return nil
	}
}

// Answered is what a request was answered before; not made for one that is new.
func (l *Ledger) Answered(ctx context.Context, o Once, now time.Time) (Answer, error) {
	a := Answer{Made: true}
	var digest string
	err := l.read.QueryRowContext(ctx, `SELECT digest, status, body FROM answer WHERE owner = $1 AND key = $2 AND at > $3`,
		o.Owner, o.Key, now.Add(-keptAnswers).UnixMicro()).Scan(&digest, &a.Status, &a.Body)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Answer{}, nil
	case err != nil:
		return Answer{}, fmt.Errorf("read answer: %w", err)
	case digest != o.Digest:
		return Answer{}, ErrOtherRequest
	}
	return a, nil
}

// KeepAnswer keeps what a request was answered, and forgets what is older than a day.
func (l *Ledger) KeepAnswer(ctx context.Context, o Once, status int, body []byte, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM answer WHERE at <= $1`, now.Add(-keptAnswers).UnixMicro()); err != nil {
			return fmt.Errorf("forget answers: %w", err)
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO answer (owner, key, digest, at, status, body)
			VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (owner, key) DO UPDATE SET status = excluded.status, body = excluded.body`,
			o.Owner, o.Key, o.Digest, now.UnixMicro(), status, body)
		if err != nil {
			return fmt.Errorf("keep answer: %w", err)
		}
		return nil
	})
}
