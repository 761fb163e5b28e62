package ledger

import (
	"context"
	"database/sql"
	"fmt"
)

// Plans tells how SQLite goes about each query that was read since Open: its text, and the steps of its plan. It is for who looks after the
// ledger's speed: a step that begins with SCAN reads all of something.
func (l *Ledger) Plans(ctx context.Context) (map[string][]string, error) {
	texts := map[string]bool{}
	var taken []*sql.Conn
	defer func() {
		for _, c := range taken {
			_ = c.Close() // it goes back to the pool
		}
	}()
	for range l.read.Stats().OpenConnections {
		c, err := l.read.Conn(ctx)
		if err != nil {
			return nil, fmt.Errorf("take connection: %w", err)
		}
		taken = append(taken, c)
		err = c.Raw(func(raw any) error {
			for text := range raw.(*conn).kept {
				texts[text] = true
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read statements: %w", err)
		}
	}
	out := map[string][]string{}
	for text := range texts {
		steps, err := plan(ctx, taken[0], text)
		if err != nil {
			return nil, err
		}
		out[text] = steps
	}
	return out, nil
}

func plan(ctx context.Context, c *sql.Conn, text string) ([]string, error) {
	most := 0
	for _, m := range bound.FindAllString(text, -1) {
		var n int
		if _, err := fmt.Sscanf(m, "$%d", &n); err == nil {
			most = max(most, n)
		}
	}
	var steps []string
	err := c.Raw(func(raw any) (err error) {
		steps, err = raw.(*conn).explain(ctx, text, most)
		return err
	})
	return steps, err
}
