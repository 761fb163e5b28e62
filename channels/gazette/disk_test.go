package gazette

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tongfa/channels"
	"tongfa/press"
)

// faulty counts the changes of a disk and makes one of them fail.
type faulty struct {
	at, n int
	err   error
}

func (f *faulty) call() error {
	f.n++
	if f.n-1 == f.at {
		return f.err
	}
	return nil
}

func (f *faulty) on(d disk) disk {
	return disk{channels.Disk{
		Create: func(path string) (channels.File, error) {
			if err := f.call(); err != nil {
				return nil, &fs.PathError{Op: "open", Path: path, Err: err}
			}
			opened, err := d.Create(path)
			return faultyFile{opened, f}, err
		},
		Rename: func(from, to string) error {
			return errors.Join(f.call(), f.unless(func() error { return d.Rename(from, to) }))
		},
		Remove: func(path string) error {
			return errors.Join(f.call(), f.unless(func() error { return d.Remove(path) }))
		},
		Mkdir: func(path string) error { return errors.Join(f.call(), f.unless(func() error { return d.Mkdir(path) })) },
		Chmod: func(path string, m fs.FileMode) error {
			return errors.Join(f.call(), f.unless(func() error { return d.Chmod(path, m) }))
		},
		Sync: func(dir string) error { return errors.Join(f.call(), f.unless(func() error { return d.Sync(dir) })) },
	}}
}

// unless makes a change, but for the one that fails.
func (f *faulty) unless(change func() error) error {
	if f.n-1 == f.at {
		return nil
	}
	return change()
}

type faultyFile struct {
	channels.File
	f *faulty
}

func (w faultyFile) Write(b []byte) (int, error) {
	if err := w.f.call(); err != nil {
		n, _ := w.File.Write(b[:len(b)/2])
		return n, err
	}
	return w.File.Write(b)
}

func (w faultyFile) Sync() error { return errors.Join(w.f.call(), w.File.Sync()) }

// Every change of the disk fails once, in turn: then the issue is there whole or not at all, and the next attempt ends well.
func TestEveryFailureOfTheDiskLeavesAWholeIssueOrNone(t *testing.T) {
	for n := 0; ; n++ {
		o := newOffice(t)
		o.publish(o.entry())
		a := o.memory.Open(press.Publish, o.compose(o.withFile(o.entry(), "附件.pdf", "%PDF-1.4 a"), o.entry()))
		whole, f := o.gazette.disk, &faulty{at: n, err: syscall.EIO}
		o.gazette.disk = f.on(whole)
		_, err := o.deliver(a)
		o.gazette.disk = whole
		if f.n <= n {
			if n < 30 {
				t.Errorf("only %d changes of the disk", n)
			}
			return
		}
		o.wholeOrNone(fmt.Sprintf("change %d failed (%v)", n+1, err))
		if r, err := o.deliver(a); err != nil || r.Status != press.Live {
			t.Fatalf("after change %d failed: %v %s, %v", n+1, r.Status, r.Note, err)
		}
		o.tidy(fmt.Sprintf("change %d", n+1))
	}
}

// wholeOrNone checks that an issue folder under its own name is complete.
func (o *office) wholeOrNone(when string) {
	o.t.Helper()
	p := place{year: 2026, number: 5}
	if _, err := os.Stat(o.gazette.abs(p.issue())); err != nil {
		return
	}
	r, there, err := o.gazette.readRecord(p)
	if err != nil || !there {
		o.t.Fatalf("%s: half an issue: %v", when, err)
	}
	if bad := o.gazette.damaged(r, nil); len(bad) > 0 {
		o.t.Fatalf("%s: damaged: %v", when, bad)
	}
}

// tidy checks that nothing half done is left after a new start of the program.
func (o *office) tidy(when string) {
	o.t.Helper()
	if err := o.gazette.Setup(o.t.Context()); err != nil {
		o.t.Fatalf("%s: %v", when, err)
	}
	for name := range tree(o.t, o.cfg.Root) {
		if strings.Contains(name, halfDone) {
			o.t.Errorf("%s left %s", when, name)
		}
	}
}

func TestEveryFailureOfTheDiskLeavesAWithdrawalThatCanBeFinished(t *testing.T) {
	for n := 0; ; n++ {
		o := newOffice(t)
		ed := o.publish(o.withFile(o.entry(), "附件.pdf", "%PDF-1.4 a"), o.entry())
		original := tree(t, filepath.Join(o.cfg.Root, "2026", "04"))
		one := ed
		one.Entries = ed.Entries[:1]
		a := o.memory.Open(press.Withdraw, one)
		whole, f := o.gazette.disk, &faulty{at: n, err: syscall.EIO}
		o.gazette.disk = f.on(whole)
		_, err := o.deliver(a)
		o.gazette.disk = whole
		if f.n <= n {
			if n < 15 {
				t.Errorf("only %d changes of the disk", n)
			}
			return
		}
		if r, err := o.deliver(a); err != nil || r.Status != press.Gone {
			t.Fatalf("after change %d failed: %v, %v", n+1, r.Status, err)
		}
		o.tidy(fmt.Sprintf("change %d (%v)", n+1, err))
		kept := map[string]string{}
		for name, data := range original {
			if strings.HasPrefix(name, "01") || holds(name, 1) {
				kept["2026/04/"+name] = data
			}
		}
		if got := o.apart(); !maps.Equal(got, kept) {
			t.Errorf("after change %d failed the withheld files are %d, want %d", n+1, len(got), len(kept))
		}
	}
}

func TestTroubleOfTheDiskSaysWhoMustActAndNoPathOfTheMachine(t *testing.T) {
	for err, want := range map[error]press.Remedy{syscall.ENOSPC: press.AskPerson, syscall.EACCES: press.AskPerson, syscall.EROFS: press.AskPerson, syscall.EIO: press.TryAgain} {
		o := newOffice(t)
		f := &faulty{at: 8, err: err}
		o.gazette.disk = f.on(o.gazette.disk)
		_, got := o.deliver(o.memory.Open(press.Publish, o.compose(o.entry())))
		if press.RemedyOf(got) != want {
			t.Errorf("%v: %v", err, got)
		}
		if got != nil && strings.Contains(got.Error()+press.TroubleOf(got).Say(), o.cfg.Root) {
			t.Errorf("%v: the error tells %v", err, got)
		}
	}
}

// A power cut after the rename must not find a folder whose files are not there yet.
func TestEverythingIsSyncedBeforeItIsPutInPlace(t *testing.T) {
	o := newOffice(t)
	d := disk{channels.NewDisk()}
	unsynced := map[string]bool{}
	o.gazette.disk = d
	o.gazette.disk.Create = func(path string) (channels.File, error) {
		unsynced[path], unsynced[filepath.Dir(path)] = true, true
		f, err := d.Create(path)
		return noted{f, func() { delete(unsynced, path) }}, err
	}
	o.gazette.disk.Sync = func(dir string) error {
		delete(unsynced, dir)
		return d.Sync(dir)
	}
	renamed := 0
	o.gazette.disk.Rename = func(from, to string) error {
		renamed++
		for path := range unsynced {
			if path == from || strings.HasPrefix(path, from+string(filepath.Separator)) {
				t.Errorf("%s is renamed while %s is not on the disk", filepath.Base(from), path)
			}
		}
		unsynced[filepath.Dir(to)] = true
		return d.Rename(from, to)
	}
	o.withdraw(press.NoticePage, o.publish(o.withFile(o.entry(), "附件.pdf", "%PDF-1.4 a"), o.entry()).Entries[0])
	if renamed < 5 || len(unsynced) > 0 {
		t.Errorf("after %d renames not on the disk: %v", renamed, unsynced)
	}
}

type noted struct {
	channels.File
	synced func()
}

func (n noted) Sync() error {
	n.synced()
	return n.File.Sync()
}
