package ledger

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver named "sqlite"

	"tongfa/press"
	"tongfa/workday"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Rules are the office's settings that decide whether an item may go out. They are asked when an item is filed or signed, and
// again at the moment of release.
type Rules struct {
	Steps     []press.Step            // sign-offs beside the secrecy review; nil means first, second, final
	OnePerson bool                    // one person may give several sign-offs
	Limits    map[string]press.Limits // of every configured channel
	Calendar  *workday.Calendar
	Zone      *time.Location // of the office; nil means UTC
	USCC      string         // first part of an index number; may be empty
	Looks     []time.Duration
	HandIn    int           // working days after being issued within which a document is handed in for the gazette; zero means ten
	Slow      time.Duration // a look that takes longer is slow; zero means five seconds
}

// Ledger is the one SQLite file. It is safe for concurrent use; all writes go through one connection, one after
// another, and several that wait at the same time share one commit.
type Ledger struct {
	id     string
	path   string
	rules  Rules
	writes *sql.DB // one connection
	read   *sql.DB
	queue  chan *request
	gone   chan struct{} // closed when the writer has stopped
	stop   context.CancelFunc
	behind sync.WaitGroup // what is done in the background

	set     atomic.Pointer[settings] // what the gates go by and the desk may change
	setting sync.Mutex               // of who changes it

	written, commits atomic.Int64
}

// ErrNewer is in the error of Open when the file was written by a newer program.
var ErrNewer = errors.New("the ledger was written by a newer version of tongfa")

// Open opens the ledger at path, makes it if it is absent, and brings an older one up to date. An existing file that is
// not a ledger, or is newer than the program, is refused and left alone.
func Open(ctx context.Context, path string, rules Rules) (*Ledger, error) {
	if rules.Zone == nil {
		rules.Zone = time.UTC
	}
	if rules.Slow <= 0 {
		rules.Slow = 5 * time.Second
	}
	if len(rules.Looks) == 0 {
		rules.Looks = []time.Duration{time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("open ledger: %w", noFolder(path, err))
	}
	if err := meanwhile(ctx, func() error { return isLedger(ctx, path) }); err != nil {
		return nil, fmt.Errorf("open ledger %s: %w", path, explain(err))
	}
	w, err := openDB(dsn(path, "&_txlock=immediate&_pragma=synchronous(FULL)"))
	if err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	w.SetMaxOpenConns(1)
	w.SetConnMaxLifetime(0)
	l := &Ledger{path: path, rules: rules, writes: w, queue: make(chan *request), gone: make(chan struct{})}
	if err := meanwhile(ctx, func() error { return l.prepare(ctx) }); err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger %s: %w", path, explain(err)), w.Close())
	}
	r, err := openDB(dsn(path, "&_pragma=query_only(1)"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger: %w", err), w.Close())
	}
	r.SetMaxOpenConns(6) // two of them watch for what others commit
	r.SetMaxIdleConns(6)
	l.read = r
	if err := l.reset(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger %s: %w", path, explain(err)), r.Close(), w.Close())
	}
	wctx, stop := context.WithCancel(context.Background())
	l.stop = stop
	go l.writer(wctx)
	if lacks, err := l.lacksWords(ctx, r); err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger %s: %w", path, explain(err)), l.Close())
	} else if lacks {
		l.behind.Go(func() { l.fillWords(wctx) })
	}
	return l, nil
}

// meanwhile tries again while another process makes the same file a ledger: SQLite's own patience does not cover that.
func meanwhile(ctx context.Context, do func() error) (err error) {
	for pause := 5 * time.Millisecond; pause < 5*time.Second; pause *= 2 {
		if err = do(); !busy(err) && !errors.Is(err, errQuicker) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
	return err
}

func noFolder(path string, err error) error {
	return &press.Trouble{Remedy: press.AskPerson, Who: "系统管理员", Err: err, Raw: err.Error(),
		What: "建不了台账所在的文件夹" + filepath.Dir(path), Do: "检查配置里的data，以及上级文件夹的写权限"}
}

// isLedger refuses a file that something else has made, before anything is written to it.
func isLedger(ctx context.Context, path string) error {
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		return nil // absent or empty: it will be made
	}
	db, err := sql.Open("sqlite", plain(path, "?_pragma=busy_timeout(10000)"))
	if err != nil {
		return err
	}
	defer db.Close()
	var strange, ours int
	err = db.QueryRowContext(ctx, `
		SELECT
			COUNT(*) FILTER (WHERE name NOT IN ('goose_db_version', 'sqlite_sequence')),
			COUNT(*) FILTER (WHERE name IN ('house', 'move', 'copy'))
		FROM sqlite_master
		WHERE type = 'table'`).Scan(&strange, &ours)
	if err != nil {
		return err
	}
	if strange > 0 && ours < 3 {
		return &press.Trouble{Remedy: press.AskPerson, Who: "系统管理员", What: "这个文件是别的程序的数据库，不是台账", Do: "检查配置里的data是否指错了地方"}
	}
	return nil
}

// plain names a file for SQLite with what it is opened with, and no more.
func plain(path, with string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	return u.String() + with
}

func dsn(path, more string) string {
	return plain(path, "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_pragma=trusted_schema(0)"+more)
}

// prepare migrates the file and reads the ledger's own id.
func (l *Ledger) prepare(ctx context.Context) error {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err // unreachable unless the embedded folder is renamed
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, l.writes, sub, goose.WithVerbose(false))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read version (is this file a ledger?): %w", err)
	}
	sources := p.ListSources()
	newest := sources[len(sources)-1].Version
	if have > newest {
		return &press.Trouble{Remedy: press.AskPerson, Who: "系统管理员", What: "台账由较新版本的同发写成，现在的程序读不了，没有改动它", Do: "换回新版本的程序",
			Err: fmt.Errorf("version %d, this program knows %d: %w", have, newest, ErrNewer)}
	}
	if _, err := p.Up(ctx); err != nil {
		now, err2 := p.GetDBVersion(ctx)
		switch {
		case err2 == nil && now == newest: // another process was quicker
		case err2 == nil && now > have: // and is still at it
			return fmt.Errorf("migrate: %w: %w", errQuicker, err)
		default:
			return fmt.Errorf("migrate: %w", err)
		}
	}
	return l.readID(ctx)
}

// errQuicker says that another process has made some of the migrations that this one was about to make.
var errQuicker = errors.New("another process is migrating the same file")

func (l *Ledger) readID(ctx context.Context) error {
	var raw [8]byte
	if _, err := rand.Read(raw[:]); err != nil {
		return fmt.Errorf("make ledger id: %w", err)
	}
	if _, err := l.writes.ExecContext(ctx, `INSERT INTO house (key, value) VALUES ('id', $1) ON CONFLICT DO NOTHING`, hex.EncodeToString(raw[:])); err != nil {
		return fmt.Errorf("store ledger id: %w", err)
	}
	if err := l.writes.QueryRowContext(ctx, `SELECT value FROM house WHERE key = 'id'`).Scan(&l.id); err != nil {
		return fmt.Errorf("read ledger id: %w", err)
	}
	return nil
}

// Close waits for the writes under way and closes the file.
func (l *Ledger) Close() error {
	l.stop()
	<-l.gone
	l.behind.Wait()
	return errors.Join(l.read.Close(), l.writes.Close())
}

// Path is where the file is.
func (l *Ledger) Path() string { return l.path }

// Zone is the office's time zone.
func (l *Ledger) Zone() *time.Location { return l.rules.Zone }

// dataVersion changes whenever another process has committed. It looks from one connection of its own, as the pragma
// is about what that connection has seen.
func (l *Ledger) dataVersion(ctx context.Context, c *sql.Conn) (int64, error) {
	var v int64
	if err := c.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&v); err != nil {
		return 0, fmt.Errorf("read data version: %w", err)
	}
	return v, nil
}

// Watch sends on its channel when another process, or this one, has committed, looking every pause. It ends with ctx.
func (l *Ledger) Watch(ctx context.Context, pause time.Duration, changed func()) error {
	c, err := l.read.Conn(ctx)
	if err != nil {
		return fmt.Errorf("watch ledger: %w", err)
	}
	defer c.Close()
	var last int64
	t := time.NewTicker(pause)
	defer t.Stop()
	for {
		v, err := l.dataVersion(ctx, c)
		if err == nil && last != 0 && v != last {
			changed()
		}
		if err == nil {
			last = v
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

// micros is a moment as it is stored; the zero time is NULL.
func micros(t time.Time) sql.NullInt64 {
	if t.IsZero() {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: true}
}

// moment reads what micros wrote.
func (l *Ledger) moment(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.UnixMicro(n.Int64).In(l.rules.Zone)
}
