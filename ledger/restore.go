package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"tongfa/press"
)

// Inspected is what a file says of itself that is a whole ledger.
type Inspected struct {
	ID      string
	Version int64     // of its schema
	Items   int       // filed
	Moves   int       // on record, all of them holding together
	Heads   int       // daily heads, all of them hanging together
	Last    time.Time // the last move; zero for none
}

// newestVersion is the schema that this program knows. The last migration carries it in its name.
func newestVersion() (int64, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil || len(names) == 0 {
		return 0, errors.New("no migrations") // unreachable: they are embedded
	}
	var n int64
	if _, err := fmt.Sscanf(filepath.Base(names[len(names)-1]), "%d_", &n); err != nil {
		return 0, fmt.Errorf("read version: %w", err)
	}
	return n, nil
}

// Inspect reads a file from one end to the other, writes nothing, and refuses what is no ledger, not whole, newer than the program, or
// altered in its moves.
func Inspect(ctx context.Context, path string) (Inspected, error) {
	var in Inspected
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return in, &press.Trouble{Remedy: press.AskPerson, What: "文件 " + path + " 不存在或者是空的", Do: "检查路径", Err: err}
	}
	db, err := openDB(plain(path, "?mode=ro&_pragma=query_only(1)&_pragma=busy_timeout(10000)"))
	if err != nil {
		return in, fmt.Errorf("open %s: %w", path, err)
	}
	defer db.Close()
	in, err = inspect(ctx, db, path)
	if err != nil {
		return in, explain(err)
	}
	return in, nil
}

func inspect(ctx context.Context, db *sql.DB, path string) (Inspected, error) {
	var in Inspected
	var word string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&word); err != nil {
		return in, err
	}
	if word != "ok" {
		return in, &press.Trouble{Remedy: press.AskPerson, What: "文件 " + path + " 已损坏", Do: "换另一份备份", Raw: word}
	}
	var ours int
	err := db.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name IN ('house', 'move', 'copy', 'goose_db_version')`).Scan(&ours)
	if err != nil {
		return in, err
	}
	if ours < 4 {
		return in, &press.Trouble{Remedy: press.AskPerson, What: "文件 " + path + " 不是台账", Do: "检查路径"}
	}
	var last sql.NullInt64
	err = db.QueryRowContext(ctx, `
		SELECT
			(SELECT MAX(version_id) FROM goose_db_version WHERE is_applied),
			COALESCE((SELECT value FROM house WHERE key = 'id'), ''),
			COALESCE((SELECT MAX(n) FROM item), 0),
			(SELECT MAX(at) FROM move)`).Scan(&in.Version, &in.ID, &in.Items, &last)
	if err != nil {
		return in, err
	}
	newest, err := newestVersion()
	if err != nil {
		return in, err
	}
	if in.Version > newest {
		return in, &press.Trouble{Remedy: press.AskPerson, Who: "系统管理员", What: "文件 " + path + " 由较新版本的同发写成", Do: "换新版本的程序", Err: ErrNewer}
	}
	l := &Ledger{read: db, rules: Rules{Zone: time.UTC}}
	in.Last = l.moment(last)
	read, broken, err := l.Chain(ctx)
	if err != nil {
		return in, err
	}
	if in.Moves = read; len(broken) > 0 {
		return in, &press.Trouble{Remedy: press.AskPerson, What: fmt.Sprintf("文件 %s 里有%d处记录对不上，第一处是%s（%s）",
			path, len(broken), broken[0].Place(), broken[0].Why), Do: "换另一份备份"}
	}
	heads, odd, err := l.CheckHeads(ctx, false)
	if err != nil {
		return in, err
	}
	if in.Heads = heads; len(odd) > 0 {
		return in, &press.Trouble{Remedy: press.AskPerson, What: fmt.Sprintf("文件 %s 里有%d处每日总摘要对不上：%s", path, len(odd), odd[0]), Do: "换另一份备份"}
	}
	return in, nil
}

// Restoring is what Restore is asked for.
type Restoring struct {
	File  string // the backup
	Path  string // of the ledger
	Rules Rules
	Force bool // also the backup of another ledger
	By    string
	Now   time.Time

	last time.Time // the last move of the backup
}

// Restored tells what was put back.
type Restored struct {
	Inspected
	At       time.Time         `json:"at"`
	Aside    string            `json:"aside,omitempty"` // where the ledger is that was in its place; "" for none
	Open     []string          `json:"open,omitempty"`  // channels that nobody has reconciled yet
	Adopted  map[string]int    `json:"adopted,omitempty"`
	Doubtful map[string]int    `json:"doubtful,omitempty"` // copies that wait for a person's word
	Why      map[string]string `json:"why,omitempty"`
	Kept     bool              `json:"kept"`              // who was shut out since the backup stays out, as the ledger before could be read
	Revoked  []string          `json:"revoked,omitempty"` // tokens of the API that do not work any more, as nobody knows which were revoked since
}

// Restore (恢复) puts a backup in the place of the ledger, which is set aside and never deleted. At any instant the old one or the new one is
// there, whole. Nobody may act on the ledger meanwhile: it takes the lease. What was published since the backup is not known to it, so
// every channel is closed until Reconciled, and every act that was open looks before it acts.
func Restore(ctx context.Context, r Restoring) (Restored, error) {
	out := Restored{At: r.Now}
	var err error
	if out.Inspected, err = Inspect(ctx, r.File); err != nil {
		return out, err
	}
	if err := os.MkdirAll(filepath.Dir(r.Path), 0o750); err != nil {
		return out, noFolder(r.Path, err)
	}
	lease, err := lockFile(r.Path, "tongfa restore", r.Now)
	if err != nil {
		return out, err
	}
	defer lease.Release()
	if exists(r.Path + "-journal") { // an earlier restore was cut off while it folded the log: what it had begun is undone first
		_ = fold(ctx, r.Path) // of a ledger that is broken it cannot be, and that is kept with the rest of it
	}
	if err := r.mayReplace(ctx, out.ID); err != nil {
		return out, err
	}
	part := r.Path + ".restoring"
	if out.Kept, out.Revoked, err = r.prepare(ctx, part, out.Inspected); err != nil {
		return out, errors.Join(err, discard(part))
	}
	if out.Aside, err = r.setAside(ctx); err != nil {
		return out, errors.Join(err, discard(part))
	}
	if err := os.Rename(part, r.Path); err != nil {
		return out, errors.Join(fmt.Errorf("put ledger in place: %w", err), discard(part))
	}
	return out, flushFolder(r.Path)
}

// lockFile takes the lease of a ledger that need not be readable.
func lockFile(path, who string, now time.Time) (*Lease, error) {
	l := &Ledger{path: path, rules: Rules{Zone: now.Location()}}
	return l.lock(who, now)
}

// mayReplace refuses to put one office's ledger in the place of another's.
func (r Restoring) mayReplace(ctx context.Context, id string) error {
	if r.Force {
		return nil
	}
	present, err := identity(ctx, r.Path)
	if err != nil || present == "" || present == id {
		return nil // nothing there, or nothing that can be read any more
	}
	return &press.Trouble{Remedy: press.AskPerson, What: fmt.Sprintf("备份属于另一个台账（%.8s），现在的台账是%.8s", id, present),
		Do: "核对备份文件；确实要用它代替现在的台账，加上 --force"}
}

// identity is the id of the ledger in a file; "" when there is none.
func identity(ctx context.Context, path string) (id string, err error) {
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		return "", nil
	}
	db, err := openDB(plain(path, "?mode=ro&_pragma=busy_timeout(10000)"))
	if err != nil {
		return "", err
	}
	defer db.Close()
	err = db.QueryRowContext(ctx, `SELECT value FROM house WHERE key = 'id'`).Scan(&id)
	return id, err
}

// prepare makes the new ledger beside the old one: a copy of the backup, brought up to date and marked as restored.
func (r Restoring) prepare(ctx context.Context, part string, in Inspected) (kept bool, revoked []string, err error) {
	if err := discard(part); err != nil {
		return false, nil, err
	}
	if err := copyFile(r.File, part); err != nil {
		return false, nil, &press.Trouble{Remedy: press.AskPerson, Who: "系统管理员", What: "备份抄不进台账的文件夹，现在的台账没有动", Do: "检查磁盘空间和权限", Raw: err.Error(), Err: err}
	}
	l, err := Open(ctx, part, r.Rules)
	if err != nil {
		return false, nil, err
	}
	kept, revoked, err = l.markRestored(ctx, r, in)
	if err := errors.Join(err, l.Close()); err != nil {
		return false, nil, fmt.Errorf("mark restored ledger: %w", err)
	}
	if err := fold(ctx, part); err != nil {
		return false, nil, err
	}
	return kept, revoked, flush(part)
}

const (
	keyRestoredAt = "restored_at"
	keyRestoredTo = "restored_to"
	keyRestoredBy = "restored_by"
)

func (l *Ledger) markRestored(ctx context.Context, r Restoring, in Inspected) (kept bool, revoked []string, err error) {
	var to int64 // of a backup without a move: the beginning
	if !in.Last.IsZero() {
		to = in.Last.UnixMicro()
	}
	r.last = in.Last.In(l.rules.Zone)
	present, kept := r.present(ctx, in.ID)
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		err := remember(ctx, tx, map[string]string{keyRestoredAt: fmt.Sprint(r.Now.UnixMicro()), keyRestoredTo: fmt.Sprint(to), keyRestoredBy: r.By})
		if err != nil {
			return err
		}
		// A restored ledger that is restored once more, before it was reconciled, reaches back to the older moment.
		if _, err := tx.ExecContext(ctx, `UPDATE channel SET restored_to = MIN(COALESCE(restored_to, $1), $1)`, to); err != nil {
			return fmt.Errorf("close channels: %w", err)
		}
		_, err = tx.ExecContext(ctx, `UPDATE act SET look = way <> 'by_hand', due_at = $1 WHERE state = 'open'`, r.Now.UnixMicro())
		if err != nil {
			return fmt.Errorf("make acts look first: %w", err)
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM survey`)
		if err != nil {
			return fmt.Errorf("forget surveys: %w", err)
		}
		if err := feedFrom(ctx, tx, r.Now); err != nil {
			return err
		}
		revoked, err = r.shutOut(ctx, tx, present, kept)
		return err
	})
	return kept, revoked, err
}

// setAside gives the present ledger a second name, after folding what its log holds into it. One that cannot be read is kept with its log.
func (r Restoring) setAside(ctx context.Context) (string, error) {
	if _, err := os.Lstat(r.Path); errors.Is(err, fs.ErrNotExist) {
		return "", dropLog(r.Path) // the log of a ledger that is gone would be taken for the new one's
	}
	if id, err := identity(ctx, r.Path); err == nil && id != "" { // opening what is broken would make SQLite throw its log away
		if err := fold(ctx, r.Path); busy(err) {
			return "", &press.Trouble{Remedy: press.AskPerson, What: "还有别的命令在使用台账", Do: "等它结束再恢复", Err: err}
		}
	}
	aside := r.Path + ".replaced-" + r.Now.UTC().Format("20060102T150405Z")
	for n := 2; exists(aside); n++ {
		aside = fmt.Sprintf("%s.replaced-%s-%d", r.Path, r.Now.UTC().Format("20060102T150405Z"), n)
	}
	for _, tail := range []string{"", "-wal", "-journal"} {
		if !exists(r.Path + tail) {
			continue
		}
		if err := os.Link(r.Path+tail, aside+tail); err != nil {
			if err := copyFile(r.Path+tail, aside+tail); err != nil { // where the disk knows no second names
				return "", errors.Join(notAside(err), discard(aside))
			}
		}
	}
	if err := flushFolder(r.Path); err != nil {
		return "", err
	}
	return aside, dropLog(r.Path)
}

func notAside(err error) error {
	return &press.Trouble{Remedy: press.AskPerson, Who: "系统管理员", What: "现在的台账不能改名留下，没有动它", Do: "检查磁盘空间和权限", Raw: err.Error(), Err: err}
}

// fold makes a ledger one file without a log beside it. It fails while anybody else has it open.
func fold(ctx context.Context, path string) error {
	db, err := openDB(plain(path, "?_pragma=busy_timeout(2000)"))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	var mode string
	err = db.QueryRowContext(ctx, `PRAGMA journal_mode = DELETE`).Scan(&mode)
	return errors.Join(err, db.Close())
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func dropLog(path string) error {
	for _, tail := range []string{"-wal", "-shm", "-journal"} {
		if err := os.Remove(path + tail); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove log of the old ledger: %w", err)
		}
	}
	return nil
}

func discard(part string) error {
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove what an earlier restore left: %w", err)
	}
	return dropLog(part)
}

// copyFile copies a file; what is there under its name by then is whole and on disk, or is not used.
func copyFile(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Sync(), dst.Close())
}

// flushFolder puts the names in a file's folder on disk, where the system can.
func flushFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("flush folder: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// Unreconciled is the moment up to which the ledger knows what a channel did, when it was restored and the channel was not surveyed since; zero
// for a channel that may act.
func (l *Ledger) Unreconciled(ctx context.Context, channel string) (time.Time, error) {
	var to sql.NullInt64
	err := l.read.QueryRowContext(ctx, `SELECT restored_to FROM channel WHERE name = $1`, channel).Scan(&to)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, fmt.Errorf("read restore of %s: %w", channel, err)
	}
	return l.moment(to), nil
}

// Reconciled opens a channel again after a restore. Where the survey could not be complete, what the backup has waiting there may be out
// already: it waits until a person says whether it is. why says in words for people why not; "" for a complete survey. The scarce quotas of
// the day are taken as spent, because nobody knows what the lost ledger spent.
func (l *Ledger) Reconciled(ctx context.Context, channel, why string, scarce []press.Quota, now time.Time) error {
	restored, err := l.recallTime(ctx, keyRestoredAt)
	if err != nil {
		return err
	}
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if why != "" {
			if err := l.doubt(ctx, tx, channel, why, restored); err != nil {
				return err
			}
		}
		for _, q := range scarce {
			_, err := tx.ExecContext(ctx, `
				INSERT INTO quota (channel, name, day, spent) VALUES ($1, $2, $3, $4)
				ON CONFLICT (channel, name, day) DO UPDATE SET spent = MAX(spent, $4)`,
				channel, q.Name, restored.In(beijing()).Format(time.DateOnly), q.PerDay-q.Reserve)
			if err != nil {
				return fmt.Errorf("take quota %s as spent: %w", q.Name, err)
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE channel SET restored_to = NULL WHERE name = $1`, channel); err != nil {
			return fmt.Errorf("open channel %s: %w", channel, err)
		}
		var adopted int
		err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM move WHERE at >= $1 AND verb = 'adopt' AND channel = $2`,
			restored.UnixMicro(), channel).Scan(&adopted)
		if err != nil {
			return fmt.Errorf("count what was adopted on %s: %w", channel, err)
		}
		return remember(ctx, tx, map[string]string{"reconciled/" + channel: cmp.Or(why, "已普查"), "adopted/" + channel: fmt.Sprint(adopted)})
	})
}

// doubt makes what waits on a channel, of items that the restored ledger has, wait for a person, be it a generation made since, or one that is
// still to be made: what was ended here may be out there all the same, and what was never wanted there may have been. What stands in an issue
// that was not issued stays there, and keeps it from being issued.
func (l *Ledger) doubt(ctx context.Context, tx *sql.Tx, channel, why string, restored time.Time) error {
	text := fmt.Sprintf("台账恢复自备份，不能确认这一份是否已经发布（%s）：请查明以后登记链接，或者认定未发布", why)
	items, err := texts(ctx, tx, `
		UPDATE copy
		SET doubt = $2,
			waits_for = CASE WHEN edition IS NOT NULL OR waits_for IN ('gate', 'hold') THEN waits_for ELSE 'restore' END,
			note = CASE WHEN waits_for IN ('gate', 'hold') THEN note ELSE $2 END,
			due_at = NULL
		WHERE channel = $1 AND newest AND state = 'waiting' AND EXISTS (SELECT 1 FROM item WHERE id = copy.item AND filed_at <= $3)
			AND (edition IS NULL OR EXISTS (SELECT 1 FROM edition d WHERE d.key = copy.edition AND d.state IN ('planned', 'frozen')))
		RETURNING item`, channel, text, restored.UnixMicro())
	if err != nil {
		return fmt.Errorf("doubt what waits on %s: %w", channel, err)
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE copy
		SET doubt = $2
		WHERE channel = $1 AND newest AND state IN ('withdrawn', 'refused') AND EXISTS (SELECT 1 FROM item WHERE id = copy.item AND filed_at <= $3)`,
		channel, text, restored.UnixMicro())
	if err != nil {
		return fmt.Errorf("doubt what was ended on %s: %w", channel, err)
	}
	err = remember(ctx, tx, map[string]string{"doubt/" + channel: text, "doubt_at/" + channel: fmt.Sprint(restored.UnixMicro())})
	if err != nil {
		return err
	}
	for _, id := range items {
		if err := l.show(ctx, tx, press.ItemID(id)); err != nil {
			return err
		}
	}
	return nil
}

// LastRestore tells of the last restore, and of how far what was published since its backup has been taken in; false for none.
func (l *Ledger) LastRestore(ctx context.Context) (out Restored, ok bool, err error) {
	if out.At, err = l.recallTime(ctx, keyRestoredAt); err != nil || out.At.IsZero() {
		return out, false, err
	}
	if out.Last, err = l.recallTime(ctx, keyRestoredTo); err != nil {
		return out, false, err
	}
	out.Adopted, out.Doubtful, out.Why = map[string]int{}, map[string]int{}, map[string]string{}
	rows, err := l.read.QueryContext(ctx, `
		SELECT name, restored_to IS NOT NULL,
			COALESCE((SELECT CAST(value AS INTEGER) FROM house WHERE key = 'adopted/' || name), 0),
			(SELECT COUNT(*) FROM copy WHERE channel = name AND newest AND state = 'waiting' AND doubt <> ''),
			COALESCE((SELECT value FROM house WHERE key = 'reconciled/' || name), '')
		FROM channel
		ORDER BY channel.rowid`)
	if err != nil {
		return out, false, fmt.Errorf("read restore: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, why string
		var open bool
		var adopted, doubtful int
		if err := rows.Scan(&name, &open, &adopted, &doubtful, &why); err != nil {
			return out, false, fmt.Errorf("read restore: %w", err)
		}
		if open {
			out.Open = append(out.Open, name)
		}
		out.Adopted[name], out.Doubtful[name], out.Why[name] = adopted, doubtful, why
	}
	return out, true, rows.Err()
}
