package ledger

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"tongfa/press"
	"tongfa/workday"
)

// older makes the file of a ledger as the program of an older schema would have it: its migrations up to that schema, and of every row what
// that schema has a place for.
func (b *testBench) older(schema int64) string {
	b.Helper()
	must(b, b.Close())
	file := filepath.Join(b.TempDir(), "older.db")
	db, err := openRaw(file)
	must(b, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	sub, err := fs.Sub(migrations, "migrations")
	must(b, err)
	p, err := goose.NewProvider(goose.DialectSQLite3, db, sub, goose.WithVerbose(false))
	must(b, err)
	_, err = p.UpTo(b.ctx, schema)
	must(b, err)
	_, err = db.Exec(`ATTACH $1 AS newer`, b.file)
	must(b, err)
	for _, table := range column(b, db, `SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%' AND sql NOT LIKE 'CREATE VIRTUAL%'`) {
		columns := strings.Join(column(b, db, `SELECT name FROM pragma_table_info($1)`, table), ", ")
		_, err := db.Exec(`DELETE FROM main.` + table + `; INSERT INTO main.` + table + ` (` + columns + `) SELECT ` + columns + ` FROM newer.` + table)
		must(b, err)
	}
	_, err = db.Exec(`DELETE FROM house WHERE key NOT IN ('id', 'clock')`)
	must(b, err)
	return file
}

// column are the values of a query with one column.
func column(t testing.TB, db *sql.DB, query string, args ...any) (out []string) {
	t.Helper()
	rows, err := db.Query(query, args...)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var s string
		must(t, rows.Scan(&s))
		out = append(out, s)
	}
	must(t, rows.Err())
	return out
}

// TestALedgerOfTheFirstRelease brings a ledger with items, editions and alarms of the program before the desk up to date, and goes on with it.
func TestALedgerOfTheFirstRelease(t *testing.T) {
	b := worded(t)
	b.verified(sitePlan())
	f := draft("预算", "site", "gazette")
	f.Item.Kind, f.Revision.Meta.ApprovedOn, f.Revision.Meta.FormedOn = press.Budget, workday.Date{Year: 2026, Month: time.November, Day: 9}, workday.Date{Year: 2026, Month: time.November, Day: 2}
	f.Revision.Meta.Column, f.Revision.Meta.Issuer = "财政预决算", "示例区财政局"
	b.filed(f)
	b.saw(b.state("甲", "site", press.CopyVerified), press.SeenDiffers)
	b.judged(Watch{}, 1, 0)
	id, before := b.id, b.story("甲")

	b.file = b.older(2)
	b.open()
	b.behind.Wait()
	equal(t, "id", b.id, id)
	files, err := fs.Glob(migrations, "migrations/*.sql")
	must(t, err)
	equal(t, "schema", b.count(`SELECT MAX(version_id) FROM goose_db_version`), len(files))
	after := b.story("甲")
	equal(t, "moves of an item", len(after.Moves), len(before.Moves))
	b.state("甲", "site", press.CopyDiffers)
	equal(t, "alarms", len(b.alarms()), 1)
	equal(t, "moves in the feed", b.count(`SELECT COUNT(*) FROM feed JOIN move m ON m.item = feed.item AND m.n = feed.move_n`), b.count(`SELECT COUNT(*) FROM move`))
	equal(t, "moves out of order", b.count(`SELECT COUNT(*) FROM feed f JOIN move m ON m.item = f.item AND m.n = f.move_n JOIN feed g ON g.n = f.n + 1 JOIN move k ON k.item = g.item AND k.n = g.move_n WHERE k.at < m.at`), 0)
	equal(t, "by its column", b.lines(Filter{Column: "财政预决算"}), "预算")
	equal(t, "by its issuer", b.lines(Filter{Issuer: "示例区财政局"}), "预算")
	equal(t, "by its text", b.lines(Filter{Title: "停水"}), "乙")
	equal(t, "the day of a budget", b.count(`SELECT COUNT(*) FROM item WHERE term_from = '2026-11-09' AND kind = 'budget'`), 1)
	_, broken, err := b.Chain(b.ctx)
	must(t, err)
	equal(t, "broken chains", len(broken), 0)

	h, made := b.seal(false)
	equal(t, "a daily head", made, true)
	equal(t, "moves that it covers", int(h.Moves), b.count(`SELECT COUNT(*) FROM move`))
	must(t, b.Hold(b.ctx, "乙", "暂缓", publisher, b.now))
	must(t, b.Note(b.ctx, "sign_in", "wang", "", publisher, b.now))
	b.pass(time.Minute)
	b.filed(ready("丁", "site"))
	b.verified(sitePlan())
	b.state("丁", "site", press.CopyVerified)
}

// TestAMigrationThatFailsLeavesTheLedgerAsItWas stops the way from the first release half way, and lets the next start go on.
func TestAMigrationThatFailsLeavesTheLedgerAsItWas(t *testing.T) {
	b := worded(t)
	file := b.older(2)
	db, err := openRaw(file)
	must(t, err)
	_, err = db.Exec(`CREATE TABLE head (in_the_way TEXT)`)
	must(t, errors.Join(err, db.Close()))
	if _, err := Open(context.Background(), file, testRules()); err == nil {
		t.Fatal("a ledger was opened whose migration failed")
	}
	db, err = openRaw(file)
	must(t, err)
	var people int
	must(t, db.QueryRow(`SELECT COUNT(*) FROM sqlite_master WHERE name IN ('person', 'feed', 'words')`).Scan(&people))
	equal(t, "tables of a migration that was not made", people, 0)
	_, err = db.Exec(`DROP TABLE head`)
	must(t, errors.Join(err, db.Close()))
	b.file = file
	b.open()
	b.state("甲", "site", press.Waiting)
}
