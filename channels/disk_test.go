package channels

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"tongfa/press"
)

func TestAFileIsSyncedWithItsModeAndEveryNewFolderIsTold(t *testing.T) {
	root := t.TempDir()
	d := NewDisk()
	var changed []string
	note := func(dir string) error { changed = append(changed, dir); return d.Sync(dir) }
	dir := filepath.Join(root, "a", "b")
	for range 2 {
		if err := d.MakeDir(dir, note); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{root, filepath.Join(root, "a")}; !slices.Equal(changed, want) {
		t.Errorf("told %v, want %v", changed, want)
	}
	path := filepath.Join(dir, "x.html")
	if err := d.Write(path, []byte("甲"), 0o444); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o444 {
		t.Errorf("%v, %v", info, err)
	}
	if !SameFile(path, []byte("甲")) || SameFile(path, []byte("乙")) || SameFile(path, []byte("甲乙")) || SameFile(path+"x", nil) {
		t.Error("files are not told apart")
	}
}

func TestTroubleOfTheDiskSaysWhoMustActAndNoPathOfTheMachine(t *testing.T) {
	for err, want := range map[error]struct {
		remedy press.Remedy
		words  string
	}{
		syscall.ENOSPC: {press.AskPerson, "网站所在的磁盘已满"}, syscall.EDQUOT: {press.AskPerson, "网站所在的磁盘已满"}, syscall.EACCES: {press.AskPerson, "网站文件夹没有写权限"},
		syscall.EROFS: {press.AskPerson, "网站文件夹没有写权限"}, syscall.EIO: {press.TryAgain, "写网站文件时出错"},
	} {
		for _, wrapped := range []error{&fs.PathError{Op: "open", Path: "/srv/secret", Err: err}, &os.LinkError{Op: "rename", Old: "/srv/secret", New: "/srv/secret", Err: err}} {
			got := press.TroubleOf(DiskTrouble("网站", "a.html", wrapped))
			if got.Remedy != want.remedy || !strings.Contains(got.Say(), want.words) || strings.Contains(got.Error()+got.Say(), "secret") {
				t.Errorf("%v: %+v", wrapped, got)
			}
		}
	}
	if DiskTrouble("网站", "a.html", nil) != nil {
		t.Error("trouble of nothing")
	}
}

func TestALinkIsNotTheFileThatItLeadsTo(t *testing.T) {
	dir := t.TempDir()
	name, link := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	if err := errors.Join(os.WriteFile(name, []byte("x"), 0o644), os.Symlink(name, link)); err != nil {
		t.Fatal(err)
	}
	if !SameFile(name, []byte("x")) || SameFile(name, []byte("y")) || SameFile(link, []byte("x")) || SameFile(dir, nil) {
		t.Error("what is the same file is told wrongly")
	}
}
