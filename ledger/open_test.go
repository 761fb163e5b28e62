package ledger

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

func TestOpenAgain(t *testing.T) {
	b := setup(t)
	id := b.id
	b.filed(ready("甲", "site"))
	must(t, b.Close())
	b.open()
	equal(t, "id", b.id, id)
	b.state("甲", "site", press.Waiting)
}

// Each of many processes of an office's first day may be the one that makes the ledger: whichever comes between the migrations of another
// finds a whole ledger in the end.
func TestOpenTwiceAtOnce(t *testing.T) {
	const rounds, many = 6, 12
	for range rounds {
		path := filepath.Join(t.TempDir(), "new", "ledger.db")
		opened := make(chan error)
		ids := make(chan string, many)
		for range many {
			go func() {
				l, err := Open(context.Background(), path, testRules())
				if err == nil {
					ids <- l.id
					err = l.Close()
				}
				opened <- err
			}()
		}
		for range many {
			must(t, <-opened)
		}
		for first := <-ids; len(ids) > 0; {
			equal(t, "id", <-ids, first)
		}
	}
}

func TestOpenRefusesNewer(t *testing.T) {
	b := setup(t)
	b.raw(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`)
	must(t, b.Close())
	_, err := Open(b.ctx, b.file, testRules())
	if !errors.Is(err, ErrNewer) {
		t.Fatalf("error = %v, want ErrNewer", err)
	}
	b.open2()
}

// open2 opens the newer file as the newer program would, so that what must hold can be checked.
func (b *testBench) open2() {
	b.Helper()
	db, err := openRaw(b.file)
	must(b, err)
	_, err = db.Exec(`DELETE FROM goose_db_version WHERE version_id = 99`)
	must(b, errors.Join(err, db.Close()))
	b.open()
}

func TestOpenRefusesOtherFiles(t *testing.T) {
	text := filepath.Join(t.TempDir(), "notes.txt")
	must(t, os.WriteFile(text, []byte(strings.Repeat("这不是数据库。", 100)), 0o600))
	other := filepath.Join(t.TempDir(), "other.db")
	db, err := openRaw(other)
	must(t, err)
	_, err = db.Exec(`CREATE TABLE bookmarks (url TEXT)`)
	must(t, errors.Join(err, db.Close()))
	for _, path := range []string{text, other} {
		before, err := os.ReadFile(path)
		must(t, err)
		_, err = Open(context.Background(), path, testRules())
		var told *press.Trouble
		if !errors.As(err, &told) || !strings.Contains(told.Say(), "不是台账") {
			t.Fatalf("error = %v, want a plain word that it is no ledger", err)
		}
		after, err := os.ReadFile(path)
		must(t, err)
		if string(before) != string(after) {
			t.Fatalf("%s was changed", path)
		}
	}
}

func TestOpenFolderInTheWay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	_, err := Open(context.Background(), filepath.Join(file, "ledger.db"), testRules())
	var told *press.Trouble
	if !errors.As(err, &told) || told.Who != "系统管理员" || !strings.Contains(told.Say(), "文件夹") {
		t.Fatalf("error = %v, want a plain word about the folder", err)
	}
}

// TestMain lets the test binary be the other process of the tests of the lease, and of a restore that is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("LEDGER_TEST_HOLD"); path != "" {
		hold(path)
	}
	if job := os.Getenv(restoreEnv); job != "" {
		restoring(job)
	}
	os.Exit(m.Run())
}

// hold takes the lease, says so, and keeps it until it is killed.
func hold(path string) {
	l, err := Open(context.Background(), path, testRules())
	if err == nil {
		_, err = l.Take(context.Background(), "另一个进程", start)
	}
	if err != nil {
		os.Stdout.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	os.Stdout.WriteString("held\n")
	select {}
}

func TestLeaseIsExclusive(t *testing.T) {
	b := setup(t)
	first, err := b.Take(b.ctx, "发布服务", b.now)
	must(t, err)
	_, err = b.Take(b.ctx, "手工命令", b.now)
	if !errors.Is(err, ErrHeld) || !strings.Contains(press.TroubleOf(err).Say(), "发布服务") {
		t.Fatalf("error = %v, want ErrHeld naming the holder", err)
	}
	if h := b.Holder(); !strings.Contains(h, "发布服务") {
		t.Fatalf("holder = %q", h)
	}
	must(t, first.Release())
	equal(t, "holder", b.Holder(), "")
	second, err := b.Take(b.ctx, "手工命令", b.now)
	must(t, err)
	must(t, second.Release())
}

func TestLeaseEndsWithItsProcess(t *testing.T) {
	b := setup(t)
	exe, err := os.Executable()
	must(t, err)
	child := exec.Command(exe)
	child.Env = append(os.Environ(), "LEDGER_TEST_HOLD="+b.file)
	says, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	word := make([]byte, 100)
	n, err := says.Read(word)
	must(t, err)
	equal(t, "child says", string(word[:n]), "held\n")
	if _, err := b.Take(b.ctx, "我", b.now); !errors.Is(err, ErrHeld) || !strings.Contains(press.TroubleOf(err).Say(), "另一个进程") {
		t.Fatalf("error = %v, want ErrHeld", err)
	}
	b.filed(ready("甲", "site")) // only the lease is exclusive, not the ledger
	must(t, child.Process.Kill())
	_ = child.Wait() // it was killed: that is its error
	lease, err := b.Take(b.ctx, "我", b.now)
	must(t, err)
	must(t, lease.Release())
}

func TestWatchTellsOfOthersWrites(t *testing.T) {
	b := setup(t)
	ctx, cancel := context.WithCancel(b.ctx)
	changed := make(chan bool, 100)
	ended := make(chan error)
	go func() { ended <- b.Watch(ctx, time.Millisecond, func() { changed <- true }) }()
	other, err := Open(b.ctx, b.file, testRules())
	must(t, err)
	defer other.Close()
	for done := false; !done; { // the watcher may have begun after the first write
		_, err = other.File(b.ctx, ready("", "site"), b.now)
		must(t, err)
		select {
		case <-changed:
			done = true
		case <-time.After(5 * time.Millisecond):
		}
	}
	cancel()
	must(t, <-ended)
}

func TestClockGoesBack(t *testing.T) {
	b := setup(t)
	must(t, b.Clock(b.ctx, b.now))
	must(t, b.Clock(b.ctx, b.now.Add(-time.Second)))
	must(t, b.Clock(b.ctx, b.now.Add(time.Hour)))
	err := b.Clock(b.ctx, b.now)
	if !errors.Is(err, ErrClock) || !strings.Contains(press.TroubleOf(err).Say(), "09:00:00") {
		t.Fatalf("error = %v, want ErrClock with both times", err)
	}
	must(t, b.AcceptClock(b.ctx, b.now))
	must(t, b.Clock(b.ctx, b.now))
}
