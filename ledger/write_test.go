package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tongfa/press"
)

// stopWriter keeps the writer busy until its function is called, so that what is written meanwhile shares one commit.
func (b *testBench) stopWriter() (goOn func()) {
	b.Helper()
	stopped, on := make(chan bool), make(chan bool)
	ended := make(chan error)
	go func() {
		ended <- b.write(b.ctx, func(context.Context, *sql.Tx) error {
			stopped <- true
			<-on
			return nil
		})
	}()
	<-stopped
	return func() {
		close(on)
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}
}

// together writes all at once and gives their errors in order.
func (b *testBench) together(ctxs []context.Context, do func(i int, ctx context.Context, tx *sql.Tx) error) []error {
	b.Helper()
	results := make([]error, len(ctxs))
	requests := make([]*request, len(ctxs))
	for i, ctx := range ctxs {
		requests[i] = &request{ctx: ctx, done: make(chan error, 1), do: func(ctx context.Context, tx *sql.Tx) error { return do(i, ctx, tx) }}
	}
	b.onWriter(func() { b.commit(requests) })
	for i, r := range requests {
		results[i] = <-r.done
	}
	return results
}

// onWriter runs f while the writer stands still.
func (b *testBench) onWriter(f func()) {
	b.Helper()
	must(b, b.write(b.ctx, func(context.Context, *sql.Tx) error { return nil }))
	f()
}

func contexts(n int) []context.Context {
	ctxs := make([]context.Context, n)
	for i := range ctxs {
		ctxs[i] = context.Background()
	}
	return ctxs
}

func put(ctx context.Context, tx *sql.Tx, key string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO house (key, value) VALUES ($1, '')`, key)
	return err
}

func (b *testBench) houses() int { return b.count(`SELECT COUNT(*) FROM house WHERE key LIKE 'k%'`) }

func TestOneCommitForManyWrites(t *testing.T) {
	b := setup(t)
	wrong := errors.New("this one is wrong")
	runs := make([]int, mostAtOnce)
	results := b.together(contexts(mostAtOnce), func(i int, ctx context.Context, tx *sql.Tx) error {
		runs[i]++
		if err := put(ctx, tx, fmt.Sprint("k", i)); err != nil {
			return err
		}
		if i == 7 {
			return wrong
		}
		return nil
	})
	for i, err := range results {
		if i == 7 && !errors.Is(err, wrong) || i != 7 && err != nil {
			t.Fatalf("write %d: %v", i, err)
		}
		equal(t, "runs", runs[i], 1)
	}
	equal(t, "written", b.houses(), mostAtOnce-1)
}

func TestNeighbourOfABrokenTransaction(t *testing.T) {
	for name, breaks := range map[string]string{"rolled back": `ROLLBACK`, "cannot be committed": `PRAGMA defer_foreign_keys = 1`} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			results := b.together(contexts(5), func(i int, ctx context.Context, tx *sql.Tx) error {
				if i != 2 {
					return put(ctx, tx, fmt.Sprint("k", i))
				}
				if _, err := tx.ExecContext(ctx, breaks); err != nil {
					return err
				}
				_, err := tx.ExecContext(ctx, `INSERT INTO belongs (item, ref) VALUES ('nobody', 'x')`)
				return err
			})
			for i, err := range results {
				if (i == 2) != (err != nil) {
					t.Fatalf("write %d: %v", i, err)
				}
			}
			equal(t, "written", b.houses(), 4)
			equal(t, "of the broken one", b.count(`SELECT COUNT(*) FROM belongs`), 0)
		})
	}
}

func TestCancelledWrite(t *testing.T) {
	b := setup(t)
	over, cancel := context.WithCancel(b.ctx)
	cancel()
	if _, err := b.File(over, ready("甲", "site"), b.now); !errors.Is(err, context.Canceled) {
		t.Fatalf("error = %v, want cancelled", err)
	}
	ctxs := contexts(3)
	ctxs[1] = over
	results := b.together(ctxs, func(i int, ctx context.Context, tx *sql.Tx) error { return put(ctx, tx, fmt.Sprint("k", i)) })
	if results[0] != nil || !errors.Is(results[1], context.Canceled) || results[2] != nil {
		t.Fatalf("results = %v", results)
	}
	equal(t, "written", b.houses(), 2)

	on := b.stopWriter()
	waits, stop := context.WithCancel(b.ctx)
	answered := make(chan error)
	go func() { answered <- b.Hold(waits, "甲", "", publisher, b.now) }()
	stop()
	if err := <-answered; !errors.Is(err, context.Canceled) {
		t.Fatalf("error = %v, want cancelled while it waits", err)
	}
	on()

	during, end := context.WithCancel(b.ctx)
	err := b.write(during, func(ctx context.Context, tx *sql.Tx) error {
		end()
		return put(ctx, tx, "k9")
	})
	must(t, err) // what was begun is finished
	equal(t, "written", b.houses(), 3)
}

func TestWriteAfterClose(t *testing.T) {
	b := setup(t)
	old := b.Ledger
	must(t, old.Close())
	b.open()
	if _, err := old.File(b.ctx, ready("甲", "site"), b.now); !errors.Is(err, errClosed) {
		t.Fatalf("error = %v, want closed", err)
	}
	must(t, old.Close())
}

func TestManyWriters(t *testing.T) {
	b := setup(t)
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			f := ready(fmt.Sprint(i), "site")
			if i%16 == 0 {
				f.Revision.Images = []press.Asset{{Digest: "0", Name: "缺.png"}}
			}
			if _, err := b.File(b.ctx, f, b.now); (err != nil) != (i%16 == 0) {
				t.Errorf("write %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	equal(t, "items", b.count(`SELECT COUNT(*) FROM item`), 60)
}

func TestDiskFull(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	b.composed(sitePlan(), b.now)
	a := b.one("site")
	var pages int
	must(t, b.writes.QueryRow(`PRAGMA page_count`).Scan(&pages))
	if _, err := b.writes.Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)); err != nil {
		t.Fatal(err)
	}
	big := func(ext string) Filing {
		f := ready(ext, "site")
		f.Revision.Body = []press.Block{press.P(strings.Repeat("会议要求抓好落实。", 20000))}
		return f
	}
	_, err := b.File(b.ctx, big("乙"), b.now)
	var told *press.Trouble
	if !errors.As(err, &told) || !strings.Contains(told.Say(), "磁盘已满") || !strings.Contains(told.Say(), "系统管理员") {
		t.Fatalf("error = %v, want 磁盘已满", err)
	}
	equal(t, "items", b.count(`SELECT COUNT(*) FROM item`), 1)
	b.holds()
	small := b.together(contexts(8), func(i int, ctx context.Context, tx *sql.Tx) error {
		if i == 3 {
			_, err := b.Ledger.file(ctx, tx, sumOf(big("丙")), b.now)
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE house SET value = value WHERE key = 'id'`)
		return err
	})
	for i, err := range small {
		if (i == 3) != (err != nil) {
			t.Fatalf("write %d beside the one that does not fit: %v", i, err)
		}
	}
	if _, err := b.writes.Exec(`PRAGMA max_page_count = 1000000`); err != nil {
		t.Fatal(err)
	}
	b.filed(big("乙"))
	b.settle(a, live())
	b.state("甲", "site", press.CopyLive)
}

func sumOf(f Filing) Filing {
	f.Revision.Digest = f.Revision.Sum()
	return f
}

func TestBackupWhileWriting(t *testing.T) {
	b := setup(t)
	stop, ended := make(chan bool), make(chan int)
	go func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				ended <- n
				return
			default:
			}
			if _, err := b.File(b.ctx, ready(fmt.Sprint(n), "site"), b.now); err != nil {
				t.Error(err)
			}
		}
	}()
	var paths []string
	for i := range 3 {
		paths = append(paths, filepath.Join(t.TempDir(), fmt.Sprint("备份 ", i, ".db")))
		must(t, b.Backup(b.ctx, paths[i], b.now))
	}
	stop <- true
	n := <-ended
	for _, path := range paths {
		left, err := filepath.Glob(path + "*")
		must(t, err)
		equal(t, "files", len(left), 1)
		l, err := Open(b.ctx, path, testRules())
		must(t, err)
		equal(t, "id", l.id, b.id)
		_, broken, err := l.Chain(b.ctx)
		must(t, err)
		equal(t, "broken", len(broken), 0)
		lines, _, err := l.Lines(b.ctx, Filter{Limit: 1000})
		must(t, err)
		if len(lines) > n {
			t.Fatalf("%d items in the backup of %d", len(lines), n)
		}
		must(t, l.Close())
	}
	if err := b.Backup(b.ctx, paths[0], b.now); err == nil || !strings.Contains(err.Error(), "已经存在") {
		t.Fatalf("error = %v, want that it exists", err)
	}
	nowhere := filepath.Join(t.TempDir(), "没有", "b.db")
	if err := b.Backup(b.ctx, nowhere, b.now); err == nil {
		t.Fatal("backed up to nowhere")
	}
	if _, err := os.Stat(nowhere + ".part"); err == nil {
		t.Fatal("a failed backup left something behind")
	}
}
