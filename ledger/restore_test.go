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

func said(err error) string {
	if err == nil {
		return "nothing"
	}
	return press.TroubleOf(err).Say()
}

func TestOnlyAWholeLedgerIsPutBack(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site"))
	good, err := os.ReadFile(b.backup("good.db"))
	must(t, err)
	dir := t.TempDir()
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, data, 0o600))
		return path
	}
	changed := func(name, query string) string {
		path := file(name, good)
		db, err := openRaw(path)
		must(t, err)
		for _, q := range strings.Split(query, ";") {
			_, err = db.Exec(q)
			must(t, err)
		}
		must(t, db.Close())
		return path
	}
	torn := append([]byte(nil), good...)
	for i := len(torn) / 2; i < len(torn)/2+9000; i++ {
		torn[i] ^= 0x5a
	}
	before, err := os.ReadFile(b.file)
	must(t, err)
	must(t, b.Close())
	b.opened = nil
	for path, words := range map[string]string{
		filepath.Join(dir, "nowhere"):                        "不存在",
		file("empty", nil):                                   "空的",
		file("text", []byte(strings.Repeat("not it ", 500))): "不是台账",
		file("half", good[:len(good)/2]):                     "",
		file("torn", torn):                                   "",
		changed("other", `DROP TABLE house`):                 "不是台账",
		changed("newer", `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`): "较新版本",
		changed("forged", `DROP TRIGGER move_stays;UPDATE move SET detail = 'x' WHERE n = 1`):    "对不上",
		changed("foreign", `UPDATE house SET value = 'feed' WHERE key = 'id'`):                   "--force",
	} {
		_, err := Restore(b.ctx, Restoring{File: path, Path: b.file, Rules: testRules(), Now: b.now})
		if err == nil || !strings.Contains(said(err), words) {
			t.Errorf("%s: %v (%s), want it refused with %q", filepath.Base(path), err, said(err), words)
		}
	}
	if now, err := os.ReadFile(b.file); err != nil || len(now) < len(before) {
		t.Errorf("the ledger was touched: %v", err)
	}
	if left, _ := filepath.Glob(b.file + ".re*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	_, err = Restore(b.ctx, Restoring{File: filepath.Join(dir, "foreign"), Path: b.file, Rules: testRules(), Now: b.now, Force: true})
	must(t, err)
	b.open()
}

func TestTheLedgerThatIsReplacedIsSetAside(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site"))
	file := b.backup("one.db")
	b.filed(ready("b", "site"))
	r := b.restored(file)
	equal(t, "items", b.count(`SELECT COUNT(*) FROM item`), 1)
	aside, err := Inspect(b.ctx, r.Aside)
	must(t, err)
	equal(t, "items of the old one", aside.Items, 2)
	again := b.restored(file) // in the same second
	if again.Aside == r.Aside {
		t.Fatal("the second one overwrote the first")
	}
}

func TestNoLedgerIsReplacedWhileSomebodyUsesIt(t *testing.T) {
	b := setup(t)
	file := b.backup("one.db")
	lease, err := b.Take(b.ctx, "tongfa serve", b.now)
	must(t, err)
	ask := Restoring{File: file, Path: b.file, Rules: testRules(), Now: b.now}
	if _, err := Restore(b.ctx, ask); !errors.Is(err, ErrHeld) {
		t.Fatalf("with a daemon at work: %v", err)
	}
	must(t, lease.Release())
	if _, err := Restore(b.ctx, ask); err == nil || !strings.Contains(said(err), "还有别的命令") {
		t.Fatalf("with a command at work: %v", err)
	}
	if left, _ := filepath.Glob(b.file + ".re*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestALedgerThatIsGoneOrBrokenIsReplaced(t *testing.T) {
	for what, ruin := range map[string]func(path string) error{
		"gone":   os.Remove,
		"broken": func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("x", 8192)), 0o600) },
		"empty":  func(path string) error { return os.Truncate(path, 0) },
	} {
		t.Run(what, func(t *testing.T) {
			b := setup(t)
			b.filed(ready("a", "site"))
			file := b.backup("one.db")
			must(t, b.Close())
			b.opened = nil
			must(t, ruin(b.file))
			must(t, os.WriteFile(b.file+"-wal", []byte("of the old one"), 0o600))
			r, err := Restore(b.ctx, Restoring{File: file, Path: b.file, Rules: testRules(), Now: b.now})
			must(t, err)
			if kept := exists(r.Aside + "-wal"); what != "gone" && !kept {
				t.Error("the log of the broken ledger was thrown away")
			}
			b.open()
			equal(t, "items", b.count(`SELECT COUNT(*) FROM item`), 1)
		})
	}
}

func TestARestoreOfARestoreReachesBackToTheOlderBackup(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site"))
	first := b.now
	old := b.backup("old.db")
	b.pass(time.Hour)
	b.restored(old)
	b.pass(time.Hour)
	b.filed(ready("b", "site"))
	b.restored(b.backup("new.db")) // nobody has surveyed yet
	to, err := b.Unreconciled(b.ctx, "site")
	must(t, err)
	equal(t, "reaches back to", to.Equal(first), true)
	must(t, b.Register(b.ctx, "late", "site")) // a channel that is configured only now
	if to, err := b.Unreconciled(b.ctx, "late"); err != nil || to.IsZero() {
		t.Fatalf("a channel that the backup did not know may act (%v)", err)
	}
}

// restoreEnv names, in the process that is killed, the backup and the ledger that it replaces.
const restoreEnv = "TONGFA_TEST_RESTORE"

// restoring is the process that is killed.
func restoring(job string) {
	file, path, _ := strings.Cut(job, "|")
	_, err := Restore(context.Background(), Restoring{File: file, Path: path, Rules: testRules(), Now: time.Now()})
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	os.Exit(0)
}

// A restore is killed at one moment after another: the ledger is the old one or the new one, and whole.
func TestARestoreThatIsKilledLeavesAWholeLedger(t *testing.T) {
	b := setup(t)
	for _, ref := range []string{"a", "b", "c"} {
		b.filed(ready(ref, "site"))
	}
	file := b.backup("one.db")
	b.filed(ready("lost", "site"))
	must(t, b.Close())
	b.opened, b.unchecked = nil, true
	old, anew := 0, 0
	runs := 60
	if testing.Short() {
		runs = 15
	}
	for i := range runs {
		dir := t.TempDir()
		path := filepath.Join(dir, "ledger.db")
		must(t, copyFile(b.file, path))
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), restoreEnv+"="+file+"|"+path)
		must(t, c.Start())
		end := time.After(time.Duration(i) * 3 * time.Millisecond)
		done := make(chan struct{})
		go func() { _ = c.Wait(); close(done) }()
		select {
		case <-done:
		case <-end:
			_ = c.Process.Kill()
			<-done
		}
		if i%2 == 1 { // the next one finds it as it was left
			_, err := Restore(b.ctx, Restoring{File: file, Path: path, Rules: testRules(), Now: time.Now()})
			must(t, err)
		}
		l, err := Open(b.ctx, path, testRules())
		must(t, err)
		at, _, err := l.LastRestore(b.ctx)
		must(t, err)
		must(t, l.Close())
		in, err := Inspect(b.ctx, path)
		if err != nil {
			t.Fatalf("killed after %d ms: %v", i*3, err)
		}
		switch {
		case in.Items == 4 && at.At.IsZero() && i%2 == 0:
			old++
		case in.Items == 3 && !at.At.IsZero():
			anew++
		default:
			t.Fatalf("killed after %d ms: %d items, restored %v", i*3, in.Items, at.At)
		}
	}
	t.Logf("%d kills: %d left the old ledger, %d the new one", runs, old, anew)
	if old == 0 {
		t.Error("no kill came in time")
	}
}

func TestTheLedgerRemembersItsBackups(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site"))
	trouble := func(most time.Duration) string {
		t.Helper()
		w, err := b.BackupTrouble(b.ctx, most, b.now)
		must(t, err)
		if w == nil {
			return ""
		}
		return w.Say()
	}
	equal(t, "before the first", trouble(time.Hour), "")
	path := b.backup("one.db")
	b.pass(time.Minute)
	good, failed, err := b.LastBackup(b.ctx)
	must(t, err)
	if !good.At.Equal(start) || good.File != path || failed != nil {
		t.Fatalf("%+v, %v", good, failed)
	}
	if err := b.Backup(b.ctx, filepath.Join(b.file, "below a file"), b.now); err == nil {
		t.Fatal("that cannot have gone well")
	}
	if s := trouble(time.Hour); !strings.Contains(s, "没有做成") || !strings.Contains(s, "系统管理员") {
		t.Errorf("after a failure: %q", s)
	}
	must(t, b.Backup(b.ctx, filepath.Join(filepath.Dir(b.file), "two.db"), b.now))
	equal(t, "after a good one", trouble(time.Hour), "")
	b.pass(2 * time.Hour)
	if s := trouble(time.Hour); !strings.Contains(s, "过期") {
		t.Errorf("too old: %q", s)
	}
}

func TestAClockThatIsDoubtedStopsEverythingUntilAPersonHasLooked(t *testing.T) {
	b := setup(t)
	must(t, b.Clock(b.ctx, b.now))
	stopped, err := b.DoubtClock(b.ctx, "本机时钟与外部主机不符", b.now)
	must(t, err)
	equal(t, "stopped", stopped, true)
	b.crash() // a restart does not forget it
	if err := b.Clock(b.ctx, b.now); !errors.Is(err, ErrClock) || press.TroubleOf(err).Code != "CLOCK" || !strings.Contains(said(err), "accept-clock") {
		t.Fatalf("doubted: %v", err)
	}
	must(t, b.AcceptClock(b.ctx, b.now))
	must(t, b.Clock(b.ctx, b.now))
	if stopped, err = b.DoubtClock(b.ctx, "还是不符", b.now.Add(time.Hour)); err != nil || stopped {
		t.Fatalf("an hour after a person's word: stopped %v, %v", stopped, err)
	}
	must(t, b.Clock(b.ctx, b.now.Add(time.Hour)))
	must(t, b.AgreeClock(b.ctx)) // she put it right
	if stopped, err = b.DoubtClock(b.ctx, "又快了", b.now.Add(2*time.Hour)); err != nil || !stopped {
		t.Fatalf("wrong again after it was right: stopped %v, %v", stopped, err)
	}
	must(t, b.AcceptClock(b.ctx, b.now.Add(2*time.Hour)))
	if stopped, err = b.DoubtClock(b.ctx, "又不符了", b.now.Add(27*time.Hour)); err != nil || !stopped {
		t.Fatalf("a day after it: stopped %v, %v", stopped, err)
	}
}

// A clock that was a year ahead for an hour does not lock the office out for a year.
func TestAYearAheadAndBackTakesOneWord(t *testing.T) {
	b := setup(t)
	must(t, b.Clock(b.ctx, b.now))
	must(t, b.Clock(b.ctx, b.now.AddDate(1, 0, 0)))
	if err := b.Clock(b.ctx, b.now.Add(time.Minute)); !errors.Is(err, ErrClock) {
		t.Fatalf("back again: %v", err)
	}
	must(t, b.AcceptClock(b.ctx, b.now.Add(time.Minute)))
	must(t, b.Clock(b.ctx, b.now.Add(2*time.Minute)))
	must(t, b.Clock(b.ctx, b.now.Add(time.Hour)))
}

func TestWhoWasShutOutStaysOutAfterARestore(t *testing.T) {
	for _, gone := range []bool{false, true} {
		b := setup(t)
		add := func(login, name string, roles ...press.Role) Person {
			p, err := b.AddPerson(b.ctx, Person{Login: login, Name: name, Roles: roles}, "hash of "+login, keeper, b.now)
			must(t, err)
			return p
		}
		add("boss", "钱某", press.Operator)
		leaver, mover, changer := add("leaver", "甲某", press.Publisher), add("mover", "乙某", press.Publisher, press.Reviewer), add("changer", "丙某", press.Drafter)
		lost, _ := b.token("旧系统", time.Time{}, press.MayFile)
		used, _ := b.token("办公系统", time.Time{}, press.MayFile)
		must(t, b.Sessions().CommitCtx(b.ctx, "t", []byte("x"), time.Now().Add(time.Hour)))
		b.filed(ready("a", "site"))
		file := b.backup("one.db")
		b.pass(time.Hour)
		b.filed(ready("b", "site"))
		before, err := b.FeedEnd(b.ctx)
		must(t, err)
		must(t, b.Disable(b.ctx, leaver.ID, "调离", keeper, b.now))
		must(t, b.SetRoles(b.ctx, mover.ID, []press.Role{press.Reviewer}, "", keeper, b.now))
		must(t, b.SetPassword(b.ctx, changer.ID, "a new hash", false, keeper, b.now))
		must(t, b.RevokeToken(b.ctx, "旧系统", keeper, b.now))
		add("later", "丁某", press.Operator)
		if gone {
			must(t, b.Close())
			b.opened = nil
			must(t, os.Remove(b.file))
		}
		b.pass(time.Minute)
		r := b.restored(file)
		equal(t, "kept", r.Kept, !gone)
		equal(t, "revoked", strings.Join(r.Revoked, " "), map[bool]string{false: "", true: "旧系统 办公系统"}[gone])
		if _, err := b.Bearer(b.ctx, lost, b.now); !errors.Is(err, ErrNoToken) {
			t.Errorf("gone %v: a token that was revoked lets in again: %v", gone, err)
		}
		if _, err := b.Bearer(b.ctx, used, b.now); (err == nil) == gone {
			t.Errorf("gone %v: the other token: %v", gone, err)
		}
		equal(t, "sessions", b.count(`SELECT COUNT(*) FROM session`), 0)
		if !gone {
			p, err := b.Person(b.ctx, leaver.ID)
			must(t, err)
			equal(t, "disabled", p.Disabled.IsZero(), false)
			p, err = b.Person(b.ctx, mover.ID)
			must(t, err)
			equal(t, "may still hold", p.May(press.MayHold), false)
			_, hash, err := b.PersonByLogin(b.ctx, "changer")
			must(t, err)
			equal(t, "password", hash, "a new hash")
		}
		b.Reconciled(b.ctx, "site", "", nil, b.now)
		b.filed(ready("c", "site"))
		events, err := b.Events(b.ctx, before, 10)
		must(t, err)
		if len(events) == 0 || events[0].Verb != "file" {
			t.Errorf("who reads from %d on misses what happens after the restore: %+v", before, events)
		}
		ds, err := b.Deeds(b.ctx, DeedFilter{Verb: "restore"})
		must(t, err)
		equal(t, "on record", len(ds), 1)
	}
}
