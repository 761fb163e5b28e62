package site

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode"

	"tongfa/channels"
	"tongfa/press"
)

// brokenFile is a temporary file whose disk gives out while it is written.
type brokenFile struct {
	channels.File
	write, sync error
}

func (f brokenFile) Write(p []byte) (int, error) {
	if f.write != nil {
		n, _ := f.File.Write(p[:len(p)/2])
		return n, f.write
	}
	return f.File.Write(p)
}

func (f brokenFile) Sync() error {
	if f.sync != nil {
		return f.sync
	}
	return f.File.Sync()
}

// breakDisk makes one kind of call fail from the n-th on, and returns what mends it.
func breakDisk(s *Site, call string, n int, err error) (mend func()) {
	good := s.disk
	count := 0
	fails := func() error {
		if count++; count > n {
			return err
		}
		return nil
	}
	switch call {
	case "create":
		s.disk.Create = func(path string) (channels.File, error) {
			if err := fails(); err != nil {
				return nil, err
			}
			return good.Create(path)
		}
	case "write", "sync file":
		s.disk.Create = func(path string) (channels.File, error) {
			f, err := good.Create(path)
			if err != nil {
				return nil, err
			}
			if err := fails(); err != nil && call == "write" {
				return brokenFile{File: f, write: err}, nil
			} else if err != nil {
				return brokenFile{File: f, sync: err}, nil
			}
			return f, nil
		}
	case "rename":
		s.disk.Rename = func(from, to string) error {
			if err := fails(); err != nil {
				return err
			}
			return good.Rename(from, to)
		}
	case "mkdir":
		s.disk.Mkdir = func(path string) error {
			if err := fails(); err != nil {
				return err
			}
			return good.Mkdir(path)
		}
	case "sync folder":
		s.disk.Sync = func(dir string) error {
			if err := fails(); err != nil {
				return err
			}
			return good.Sync(dir)
		}
	case "remove":
		s.disk.Remove = func(path string) error {
			if err := fails(); err != nil {
				return err
			}
			return good.Remove(path)
		}
	}
	return func() { s.disk = good }
}

// plainChinese checks an error as an editor would: who must do what, in her language, and nothing of the machine's.
func plainChinese(t *testing.T, err error, remedy press.Remedy, words string) {
	t.Helper()
	var trouble *press.Trouble
	if !errors.As(err, &trouble) {
		t.Fatalf("not a Trouble: %v", err)
	}
	say := trouble.Say()
	if trouble.Remedy != remedy || !strings.Contains(say, words) {
		t.Errorf("%s: %s; want %s and %q", trouble.Remedy, say, remedy, words)
	}
	for _, r := range say {
		if r < unicode.MaxASCII && unicode.IsLetter(r) {
			t.Errorf("not plain Chinese: %s", say)
			break
		}
	}
}

// Before a file is renamed into place it is synced, and its folder is synced after it.
func TestFilesAreSyncedBeforeTheyAreSeen(t *testing.T) {
	w := newTown(t)
	w.synced = true
	w.site = w.open(w.memory)
	synced, dirty := map[string]bool{}, map[string]bool{}
	real := w.site.disk
	w.site.disk.Create = func(path string) (channels.File, error) {
		f, err := real.Create(path)
		return watchedFile{f, func() { synced[path] = true }}, err
	}
	w.site.disk.Rename = func(from, to string) error {
		if !synced[from] {
			t.Errorf("%s was put in place before it was synced", to)
		}
		dirty[filepath.Dir(to)] = true
		return real.Rename(from, to)
	}
	w.site.disk.Sync = func(dir string) error {
		delete(dirty, dir)
		return real.Sync(dir)
	}
	e := w.publish(w.entry())[0]
	w.withdraw(press.NoticePage, e)
	if len(synced) == 0 || len(dirty) > 0 {
		t.Errorf("%d files were synced, folders left unsynced: %v", len(synced), dirty)
	}
}

type watchedFile struct {
	channels.File
	synced func()
}

func (f watchedFile) Sync() error {
	f.synced()
	return f.File.Sync()
}

// Whatever the disk refuses, at whatever moment: it is told plainly, no reader sees half a page, and the next round ends well.
func TestADiskThatFails(t *testing.T) {
	full := &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	readOnly := &fs.PathError{Op: "open", Path: "x", Err: syscall.EROFS}
	for _, c := range []struct {
		call   string
		err    error
		remedy press.Remedy
		words  string
	}{
		{"create", readOnly, press.AskPerson, "没有写权限"}, {"create", &fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, press.AskPerson, "没有写权限"},
		{"write", full, press.AskPerson, "磁盘已满"}, {"sync file", full, press.AskPerson, "磁盘已满"}, {"sync file", syscall.EIO, press.TryAgain, "写网站文件时出错"},
		{"rename", syscall.EIO, press.TryAgain, "写网站文件时出错"}, {"rename", full, press.AskPerson, "磁盘已满"},
		{"mkdir", syscall.EDQUOT, press.AskPerson, "磁盘已满"}, {"sync folder", syscall.EIO, press.TryAgain, "写网站文件时出错"},
	} {
		for _, n := range []int{0, 1, 2, 4, 7, 11} {
			w := newTown(t, small)
			w.publish(w.entry())
			before := w.tree()
			pdf := w.memory.Put([]byte("%PDF"))
			a := w.memory.Open(press.Publish, w.compose(w.entry(func(e *press.Entry) {
				e.Revision.Attachments = []press.Asset{{Digest: pdf, Name: "a.pdf", MIME: "application/pdf"}}
			}), w.entry()))
			mend := breakDisk(w.site, c.call, n, c.err)
			r, err := w.deliver(a)
			if err == nil {
				if r.Status != press.Live || n == 0 {
					t.Errorf("%s %d: %v without an error", c.call, n, r.Status)
				}
				continue
			}
			plainChinese(t, err, c.remedy, c.words)
			w.wholePages(before, a)
			mend()
			if r, err := w.deliver(a); err != nil || r.Status != press.Live {
				t.Errorf("%s %d: after the disk was mended: %v, %v", c.call, n, r.Status, err)
			}
			if got := w.shown("tzgg/index.html"); len(got) != 3 {
				t.Errorf("%s %d: the column shows %v", c.call, n, got)
			}
		}
	}
}

// wholePages checks that every page is whole, and that no list shows an edition in part.
func (w *town) wholePages(before map[string]string, a press.Act) {
	w.t.Helper()
	there := 0
	for _, e := range a.Edition.Entries {
		if st, err := w.site.stateOf(e); err == nil && st.live() {
			there++
		}
	}
	for name, data := range w.tree() {
		if strings.HasSuffix(name, ".html") && (!strings.HasPrefix(data, "<!doctype html>") || !strings.HasSuffix(strings.TrimSpace(data), "</html>")) {
			w.t.Errorf("%s is half a page", name)
		}
		if strings.HasPrefix(name, tmpDir+"/") && before[name] == "" {
			w.t.Errorf("%s was left behind", name)
		}
		if name == "index.html" && there < len(a.Edition.Entries) && data != before[name] {
			w.t.Errorf("the home page changed though only %d of %d pages are there", there, len(a.Edition.Entries))
		}
	}
}

func TestAWithdrawalOnADiskThatFails(t *testing.T) {
	for _, call := range []string{"write", "rename", "remove", "sync folder"} {
		w := newTown(t)
		e := w.publish(w.entry(func(e *press.Entry) {
			e.Revision.Attachments = []press.Asset{{Digest: w.memory.Put([]byte("%PDF")), Name: "a.pdf", MIME: "application/pdf"}}
		}))[0]
		a := w.memory.Open(press.Withdraw, press.Edition{Key: "w", Entries: []press.Entry{e}})
		mend := breakDisk(w.site, call, 0, syscall.EIO)
		_, err := w.deliver(a)
		plainChinese(t, err, press.TryAgain, "写网站文件时出错")
		mend()
		if r, err := w.deliver(a); err != nil || r.Status != press.Gone {
			t.Errorf("%s: after the disk was mended: %v, %v", call, r.Status, err)
		}
		if _, err := os.Stat(w.site.abs(filesDir(w.path(e)))); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: the files are still there: %v", call, err)
		}
	}
}

// Part of an edition in place, and then another publication: no list shows the part.
func TestNoListShowsPartOfAnEdition(t *testing.T) {
	w := newTown(t)
	if err := w.site.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := w.memory.Open(press.Publish, w.compose(w.entry(), w.entry()))
	mend := breakDisk(w.site, "rename", 1, syscall.EIO)
	if _, err := w.deliver(a); err == nil {
		t.Fatal("the disk did not fail")
	}
	mend()
	if st, err := w.site.stateOf(a.Edition.Entries[0]); err != nil || !st.live() {
		t.Fatalf("the first page is not there: %v", err)
	}
	w.publish(w.entry())
	if got := w.shown("tzgg/index.html"); len(got) != 1 {
		t.Errorf("the column shows %v, want item 3 only", got)
	}
	if r, err := w.deliver(a); err != nil || r.Status != press.Live {
		t.Fatalf("resumed: %v, %v", r.Status, err)
	}
	if got := w.shown("tzgg/index.html"); len(got) != 3 {
		t.Errorf("the column shows %v, want all three", got)
	}
}

// The root is a file, or stands in one: no folder can be made there.
func TestARootThatCannotBe(t *testing.T) {
	w := newTown(t)
	blocked := filepath.Join(w.cms.Root, "file")
	if err := os.WriteFile(blocked, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	w.cms.Root = filepath.Join(blocked, "site")
	w.site = w.open(w.memory)
	err := w.site.Setup(t.Context())
	plainChinese(t, err, press.TryAgain, "写网站文件时出错")
	a := w.memory.Open(press.Publish, w.compose(w.entry()))
	if _, err := w.deliver(a); err == nil {
		t.Error("published into a file")
	}
}

func TestABlobThatIsNotWhatWasApproved(t *testing.T) {
	w := newTown(t)
	for name, digest := range map[string]string{"gone": strings.Repeat("0", 64), "other": w.memory.Put([]byte("x"))} {
		blobs := wrongBlobs{name}
		s, err := New(w.cms, Options{Archive: w.memory, Blobs: blobs, Now: w.clock})
		if err != nil {
			t.Fatal(err)
		}
		w.site = s
		a := w.memory.Open(press.Publish, w.compose(w.entry(func(e *press.Entry) {
			e.Revision.Attachments = []press.Asset{{Digest: digest, Name: "表格", MIME: "application/pdf"}}
		})))
		_, err = w.deliver(a)
		if name == "gone" {
			plainChinese(t, err, press.TryAgain, "读取文件“表格”失败")
		} else {
			plainChinese(t, err, press.AskPerson, "不是同一个文件")
		}
		if st, err := w.site.stateOf(a.Edition.Entries[0]); err != nil || st.there {
			t.Errorf("%s: a page was written", name)
		}
	}
}

type wrongBlobs struct{ kind string }

func (b wrongBlobs) Blob(context.Context, string) ([]byte, error) {
	if b.kind == "gone" {
		return nil, errors.New("no such row")
	}
	return []byte("something else"), nil
}

// deafArchive is a ledger that cannot be asked.
type deafArchive struct{ channels.Archive }

func (deafArchive) Top(context.Context, string) (int64, error) {
	return 0, errors.New("database is locked")
}

func TestALedgerThatCannotBeAsked(t *testing.T) {
	w := newTown(t)
	w.site = w.open(deafArchive{w.memory})
	a := w.memory.Open(press.Publish, w.compose(w.entry()))
	_, err := w.deliver(a)
	plainChinese(t, err, press.TryAgain, "读取台账失败")
	w.site = w.open(w.memory)
	if r, err := w.deliver(a); err != nil || r.Status != press.Live {
		t.Errorf("when it can be asked again: %v, %v", r.Status, err)
	}
}
