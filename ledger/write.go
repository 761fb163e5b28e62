package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"tongfa/press"
)

// request is one write that waits for the writer.
type request struct {
	ctx  context.Context
	do   func(ctx context.Context, tx *sql.Tx) error
	done chan error
}

// errClosed answers a write after Close.
var errClosed = errors.New("the ledger is closed")

// write runs do in a transaction of its own and returns when it is on disk. What do changes is either all there or not at
// all; do may be run a second time, on a fresh transaction, when a neighbour in the same commit made that fail.
//
// The context counts until the writer takes the request. From then on do runs to its end under a context that is never
// cancelled: SQLite undoes the whole transaction of a statement that it interrupts, which would be the neighbours' too.
func (l *Ledger) write(ctx context.Context, do func(ctx context.Context, tx *sql.Tx) error) error {
	c, _ := ctx.Value(whileKey{}).(*condition)
	r := &request{ctx: ctx, do: l.provided(c, marked(ctx, do)), done: make(chan error, 1)}
	select {
	case l.queue <- r:
	case <-l.gone:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	err := <-r.done
	if c != nil && err == nil {
		c.met.Store(true)
	}
	return err
}

// Written counts the writes since Open and the commits that they shared, for who measures what an item costs.
func (l *Ledger) Written() (writes, commits int64) { return l.written.Load(), l.commits.Load() }

// mostAtOnce is how many waiting writes share a commit at most.
const mostAtOnce = 64

// writer is the one goroutine that writes. A disk's flush is what a write costs, so all that wait at the same moment
// share one, each behind a savepoint of its own.
func (l *Ledger) writer(ctx context.Context) {
	defer close(l.gone)
	for {
		select {
		case <-ctx.Done():
			return
		case first := <-l.queue:
			l.commit(l.gather(first))
		}
	}
}

func (l *Ledger) gather(first *request) []*request {
	batch := []*request{first}
	for len(batch) < mostAtOnce {
		select {
		case r := <-l.queue:
			batch = append(batch, r)
		default:
			return batch
		}
	}
	return batch
}

func (l *Ledger) commit(batch []*request) {
	l.written.Add(int64(len(batch)))
	results := make([]error, len(batch))
	if err := l.together(batch, results); err != nil {
		for i, r := range batch {
			results[i] = l.alone(r)
		}
	}
	for i, r := range batch {
		r.done <- explain(results[i])
	}
}

// together runs a batch in one transaction. An error means that nothing of it is on disk.
func (l *Ledger) together(batch []*request, results []error) error {
	if len(batch) == 1 {
		results[0] = l.alone(batch[0])
		return nil
	}
	tx, err := l.writes.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for i, r := range batch {
		if results[i] = inside(tx, r); errors.Is(results[i], errBroken) {
			return results[i]
		}
	}
	l.commits.Add(1)
	return tx.Commit()
}

var errBroken = errors.New("the shared transaction is broken")

func inside(tx *sql.Tx, r *request) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if _, err := tx.Exec(`SAVEPOINT one`); err != nil {
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	failed := r.do(context.WithoutCancel(r.ctx), tx)
	if failed != nil {
		if _, err := tx.Exec(`ROLLBACK TO one`); err != nil {
			return fmt.Errorf("%w: %w", errBroken, err)
		}
	}
	if _, err := tx.Exec(`RELEASE one`); err != nil {
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	return failed
}

func (l *Ledger) alone(r *request) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	tx, err := l.writes.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := r.do(context.WithoutCancel(r.ctx), tx); err != nil {
		return err
	}
	l.commits.Add(1)
	return tx.Commit()
}

// explain turns what the disk says into what the operator must do. The program's own errors pass unchanged.
func explain(err error) error {
	if err == nil {
		return nil
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	for _, d := range diskTroubles() {
		if e.Code()&0xff == d.code {
			return &press.Trouble{Remedy: press.AskPerson, What: d.what, Who: "系统管理员", Do: d.do, Raw: e.Error(), Err: err}
		}
	}
	return err
}

// Broke reports whether an error is the database's or of a request that was given up, and no word of the ledger for people.
func Broke(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// busy reports that another process had the file.
func busy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

func diskTroubles() []struct {
	code     int
	what, do string
} {
	return []struct {
		code     int
		what, do string
	}{
		{sqlite3.SQLITE_FULL, "台账所在磁盘已满，未写入任何内容", "清理磁盘空间，清理后自动继续"},
		{sqlite3.SQLITE_READONLY, "台账文件只读，未写入任何内容", "检查台账文件和所在文件夹的写权限"},
		{sqlite3.SQLITE_BUSY, "台账正被另一个进程长时间占用，未写入任何内容", "停掉占用台账文件的其他程序（如备份、杀毒软件），然后重试"},
		{sqlite3.SQLITE_IOERR, "台账所在磁盘读写出错", "检查磁盘，必要时从备份恢复"},
		{sqlite3.SQLITE_CORRUPT, "台账文件已损坏", "停止服务，从最近的备份恢复"},
		{sqlite3.SQLITE_NOTADB, "这个文件不是台账", "检查配置里的data是否指错了地方"},
		{sqlite3.SQLITE_CANTOPEN, "打不开台账文件", "检查台账文件和所在文件夹的权限"},
	}
}
