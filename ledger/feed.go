package ledger

import (
	"context"
	"database/sql"
	"fmt"

	"tongfa/press"
)

// Happened is one move, as the feed (动态) of all items has it.
type Happened struct {
	Seq  int64 // its number in the feed: later ones were committed later, and none is given twice
	Item press.ItemID
	Moved
}

// mostHappened is how much of the feed is read at once.
const mostHappened = 1000

// Feed reads what happened after a number of the feed, in the order in which it was committed, up to most of it. Who has read to the end, and
// asks again after the last number that it got, misses nothing and meets nothing twice.
func (l *Ledger) Feed(ctx context.Context, after int64, most int) ([]Happened, error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT f.n, f.item, m.n, m.at, m.by, m.role, m.verb, m.channel, m.was, m.is_now, m.detail, m.hash
		FROM feed f
		JOIN move m ON m.item = f.item AND m.n = f.move_n
		WHERE f.n > $1
		ORDER BY f.n
		LIMIT $2`, after, min(max(most, 1), mostHappened))
	if err != nil {
		return nil, fmt.Errorf("read feed: %w", err)
	}
	defer rows.Close()
	var out []Happened
	for rows.Next() {
		var h Happened
		var at sql.NullInt64
		if err := rows.Scan(&h.Seq, &h.Item, &h.N, &at, &h.By, &h.Role, &h.Verb, &h.Channel, &h.Was, &h.Now, &h.Detail, &h.Hash); err != nil {
			return nil, fmt.Errorf("read feed: %w", err)
		}
		h.At = l.moment(at)
		out = append(out, h)
	}
	return out, rows.Err()
}

// FeedEnd is the number of what happened last; zero where nothing has.
func (l *Ledger) FeedEnd(ctx context.Context) (n int64, err error) {
	if err := l.read.QueryRowContext(ctx, `SELECT COALESCE(MAX(n), 0) FROM feed`).Scan(&n); err != nil {
		return 0, fmt.Errorf("read the end of the feed: %w", err)
	}
	return n, nil
}

// Touch is one line of the feed as live pages go by it: an item that looks otherwise than before.
type Touch struct {
	Seq  int64
	Item press.ItemID
	Verb string // of its move; "" where it only waits for something else
}

// Touched reads which items look otherwise since a number of the feed, in the order in which that was committed, up to most lines.
func (l *Ledger) Touched(ctx context.Context, after int64, most int) ([]Touch, error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT f.n, f.item, COALESCE(m.verb, '')
		FROM feed f
		LEFT JOIN move m ON m.item = f.item AND m.n = f.move_n
		WHERE f.n > $1
		ORDER BY f.n
		LIMIT $2`, after, most)
	if err != nil {
		return nil, fmt.Errorf("read feed: %w", err)
	}
	defer rows.Close()
	var out []Touch
	for rows.Next() {
		var t Touch
		if err := rows.Scan(&t.Seq, &t.Item, &t.Verb); err != nil {
			return nil, fmt.Errorf("read feed: %w", err)
		}
		out = append(out, t)
	}
	return out, rows.Err()
}
