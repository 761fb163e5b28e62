package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"
)

// Within a transaction a statement may be wanted again while its rows are still being read.
func TestAStatementWithinItself(t *testing.T) {
	b := setup(t)
	tx, err := b.writes.Begin()
	must(t, err)
	defer tx.Rollback()
	const query = `SELECT value FROM json_each($1) ORDER BY value`
	outer, err := tx.Query(query, "[1,2,3]")
	must(t, err)
	var seen []string
	for outer.Next() {
		var o int
		must(t, outer.Scan(&o))
		inner, err := tx.Query(query, fmt.Sprintf("[%d,%d]", o*10, o*10+1))
		must(t, err)
		for inner.Next() {
			var i int
			must(t, inner.Scan(&i))
			seen = append(seen, fmt.Sprint(o, ":", i))
		}
		must(t, inner.Close())
	}
	must(t, outer.Close())
	equal(t, "rows", fmt.Sprint(seen), "[1:10 1:11 2:20 2:21 3:30 3:31]")
}

// More texts than have a place are run all the same, and what a row was left at does not stay with the statement.
func TestMoreStatementsThanAreKept(t *testing.T) {
	b := setup(t)
	c, err := b.read.Conn(b.ctx)
	must(t, err)
	defer c.Close()
	for round := range 2 {
		for n := range mostKept + 10 {
			var got int
			must(t, c.QueryRowContext(b.ctx, fmt.Sprintf(`SELECT value + %d FROM json_each($1)`, n), "[1,2,3]").Scan(&got)) // one of three rows
			if got != n+1 {
				t.Fatalf("round %d: statement %d = %d, want %d", round, n, got, n+1)
			}
		}
	}
	err = c.Raw(func(own any) error {
		equal(t, "kept", len(own.(*conn).kept), mostKept)
		return nil
	})
	must(t, err)
}

// A query that was given up leaves its statement fit for the next one.
func TestAStatementAfterACancelledQuery(t *testing.T) {
	b := setup(t)
	const query = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT COUNT(*) FROM n`
	for range 3 {
		ctx, cancel := context.WithTimeout(b.ctx, 10*time.Millisecond)
		var n int
		err := b.read.QueryRowContext(ctx, query, 1_000_000_000).Scan(&n)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("error = %v", err)
		}
		must(t, b.read.QueryRowContext(b.ctx, query, 10).Scan(&n))
		equal(t, "count", n, 10)
	}
}

// A failed write leaves its statement fit for the next one.
func TestAStatementAfterAnError(t *testing.T) {
	b := setup(t)
	put := func(key, value string) error {
		return b.write(b.ctx, func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO house (key, value) VALUES ($1, $2)`, key, value)
			return err
		})
	}
	must(t, put("甲", "1"))
	for range 3 {
		if put("甲", "2") == nil {
			t.Fatal("the same key twice")
		}
	}
	must(t, put("乙", "3"))
	var got string
	must(t, b.read.QueryRow(`SELECT group_concat(value, ' ') FROM (SELECT value FROM house WHERE key IN ('甲', '乙') ORDER BY value)`).Scan(&got))
	equal(t, "values", got, "1 3")
}

func TestSteady(t *testing.T) {
	equal(t, "text", steady(`a = $1 AND b IN ($2, $13) AND json_extract(m, '$.doc') = ''`), `a = +$1 AND b IN (+$2, +$13) AND json_extract(m, '$.doc') = ''`)
}
