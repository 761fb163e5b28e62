package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"sync/atomic"

	"tongfa/press"
)

// Tag names where an item stands as a person sees it who decides about it: its state, its copies, and how many times people have moved it.
func (s Story) Tag() string {
	people := 0
	for _, m := range s.Moves {
		if m.Role != string(press.System) {
			people++
		}
	}
	return tagOf(s.Item, s.Copies, people)
}

func tagOf(it press.Item, copies []press.Copy, people int) string {
	h := sha256.New()
	fmt.Fprintln(h, it.State, it.Held, it.Head)
	for _, c := range copies {
		fmt.Fprintln(h, c.Channel, c.Generation, c.State, c.Revision, c.Amending, c.Kept, c.Task, c.Edition)
	}
	fmt.Fprintln(h, people)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

type whileKey struct{}

// changedError says to a person that an item has changed under her hands. It is an ErrMoved.
type changedError struct{ id press.ItemID }

func (e changedError) Error() string {
	return fmt.Sprintf("稿件%s的状态刚刚有了变化，请看过现在的情况再决定", e.id)
}

func (changedError) Is(target error) bool { return target == ErrMoved }

// condition is what must still be true when a write is made.
type condition struct {
	tags map[press.ItemID]string
	met  atomic.Bool
}

// While has the next write that is made with the context happen only while the items stand as their stories tell, which is checked in its
// transaction; otherwise nothing is written and the error has ErrMoved in it.
func While(ctx context.Context, stories ...Story) context.Context {
	c := &condition{tags: map[press.ItemID]string{}}
	for _, s := range stories {
		c.tags[s.Item.ID] = s.Tag()
	}
	return context.WithValue(ctx, whileKey{}, c)
}

// provided is a write that is made on the condition of its context, if there is one.
func (l *Ledger) provided(c *condition, do func(ctx context.Context, tx *sql.Tx) error) func(ctx context.Context, tx *sql.Tx) error {
	if c == nil || c.met.Load() {
		return do
	}
	return func(ctx context.Context, tx *sql.Tx) error {
		for id, seen := range c.tags {
			now, err := l.tag(ctx, tx, id)
			if err != nil {
				return err
			}
			if now != seen {
				return changedError{id}
			}
		}
		return do(ctx, tx)
	}
}

func (l *Ledger) tag(ctx context.Context, q querier, id press.ItemID) (string, error) {
	it, err := l.item(ctx, q, id)
	if err != nil {
		return "", err
	}
	copies, err := l.copies(ctx, q, id)
	if err != nil {
		return "", err
	}
	var people int
	if err := q.QueryRowContext(ctx, `SELECT count(*) FROM move WHERE item = $1 AND role <> $2`, id, press.System).Scan(&people); err != nil {
		return "", fmt.Errorf("count moves of %s: %w", id, err)
	}
	return tagOf(it, copies, people), nil
}
