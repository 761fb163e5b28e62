package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"tongfa/press"
)

// prefill puts n published and verified items into the archive, in one transaction and behind the back of all rules.
func prefill(t testing.TB, b *testBench, n int) {
	t.Helper()
	r := ready("档案", "site").Revision
	body, err := json.Marshal(r.Body)
	must(t, err)
	meta, err := json.Marshal(r.Meta)
	must(t, err)
	must(t, b.write(b.ctx, func(ctx context.Context, tx *sql.Tx) error {
		series := fmt.Sprintf(`WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < %d) `, n)
		filed := start.Add(-time.Duration(n) * time.Minute).UnixMicro()
		for _, q := range []struct {
			query string
			args  []any
		}{
			{`INSERT INTO item (n, id, external_id, kind, index_number, state, shown, head, filed_at, filed_by)
				` + series + `SELECT i, printf('old-%07d', i), printf('o%d', i), 'news', printf('old/%d', i), 'approved', 'live', 1, $1 + i / 2 * 60000000, '王某' FROM s`, []any{filed}},
			{`INSERT INTO revision (item, number, title, short_title, body, meta, files, digest, at, by)
				` + series + `SELECT printf('old-%07d', i), 1, printf('示例区人民政府关于第%d项工作的通知', i), '', $1, $2, '{}', $3, 0, '王某' FROM s`, []any{string(body), string(meta), r.Sum()}},
			{`INSERT INTO copy (item, item_n, channel, generation, state, revision, marker, url, edition, ready_at, since_at, first_at, look_at, looks)
				` + series + `SELECT printf('old-%07d', i), i, 'site', 1, 'verified', 1, printf('m%d', i), 'https://www.example.gov.cn/o', printf('site@old#%d', i), 0, 0, 1, $1, 5 FROM s`,
				[]any{start.Add(7 * 24 * time.Hour).UnixMicro()}},
			{`INSERT INTO edition (key, channel, slot_at, seq, state, composed_at)
				` + series + `SELECT printf('site@old#%d', i), 'site', i, 1, 'out', i FROM s`, nil},
			{`INSERT INTO entry (edition, copy, position, public_at) SELECT edition, id, 1, 0 FROM copy WHERE channel = 'site'`, nil},
			{`INSERT INTO act (channel, edition, verb, seq, state, opened_at) SELECT 'site', key, 'publish', 1, 'done', 0 FROM edition`, nil},
			{`INSERT INTO place (channel, shelf, position, copy) SELECT 'site', 'column/政务动态', id, id FROM copy WHERE channel = 'site'`, nil},
			{`INSERT INTO shelf (channel, name, top) SELECT 'site', 'column/政务动态', MAX(id) FROM copy`, nil},
		} {
			if _, err := tx.ExecContext(ctx, q.query, q.args...); err != nil {
				return fmt.Errorf("prefill: %w: %s", err, q.query)
			}
		}
		return chainOld(ctx, tx, n)
	}))
}

// chainOld gives each item of the archive the move that its chain begins with, and its place in the catalogue.
func chainOld(ctx context.Context, tx *sql.Tx, n int) error {
	add, err := tx.PrepareContext(ctx, `INSERT INTO move (item, n, at, by, role, verb, is_now, prev, hash) VALUES ($1, 1, 0, '王某', 'registrar', 'file', 'approved', '', $2)`)
	if err != nil {
		return err
	}
	defer add.Close()
	find, err := tx.PrepareContext(ctx, `INSERT INTO catalogue (rowid, title, numbers) VALUES ($1, $2, $3)`)
	if err != nil {
		return err
	}
	defer find.Close()
	for i := 1; i <= n; i++ {
		title, numbers := fmt.Sprintf("示例区人民政府关于第%d项工作的通知", i), fmt.Sprintf("old-%07d\no%d\nold/%d", i, i, i)
		if _, err := find.ExecContext(ctx, i, splitHan(title), splitHan(numbers)); err != nil {
			return err
		}
		if err := putWords(ctx, tx, int64(i), title, numbers, "今年以来"); err != nil {
			return err
		}
		m := moved{item: press.ItemID(fmt.Sprintf("old-%07d", i)), who: registrar, verb: "file", now: "approved", at: time.UnixMicro(0)}
		if _, err := add.ExecContext(ctx, m.item, link(m, 1, "")); err != nil {
			return err
		}
	}
	return nil
}

// waiting puts n items with a time far ahead on a channel.
func waiting(t testing.TB, b *testBench, n int) {
	t.Helper()
	prefill(t, b, n)
	far := start.Add(365 * 24 * time.Hour).UnixMicro()
	b.raw(`INSERT INTO copy (item, item_n, channel, generation, state, marker, ready_at, due_at, since_at)
		SELECT item, item_n, 'gazette', 1, 'waiting', 'g' || marker, $1, $1 + id, 0 FROM copy WHERE channel = 'site'`, far)
}

// size is how large a benchmark's ledger is: what it asks for, or less where LEDGER_BENCH_MOST says so.
func size(b *testing.B, n int) int {
	b.Helper()
	most, err := strconv.Atoi(os.Getenv("LEDGER_BENCH_MOST"))
	if err != nil {
		return n
	}
	return min(n, most)
}
