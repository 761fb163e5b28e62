package site

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"tongfa/press"
)

// disk is the folder that a web server serves. Its calls are fields so that a test can make each of them fail.
type disk struct {
	root   string
	create func(dir string) (file, error)
	rename func(from, to string) error
	remove func(path string) error
	mkdir  func(path string) error
	sync   func(dir string) error
}

// file is an open temporary file.
type file interface {
	io.Writer
	Name() string
	Chmod(fs.FileMode) error
	Sync() error
	Close() error
}

// tmpDir holds what is being written. It is on the same file system as everything else, so a rename out of it is atomic.
const tmpDir = ".tmp"

func newDisk(root string) disk {
	return disk{
		root:   root,
		create: func(dir string) (file, error) { return os.CreateTemp(dir, "w-*") },
		rename: os.Rename,
		remove: os.RemoveAll,
		mkdir:  func(path string) error { return os.Mkdir(path, 0o755) },
		sync:   syncDir,
	}
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	return errors.Join(err, d.Close())
}

// batch writes several files, and syncs each folder that was changed once, in flush.
type batch struct {
	d      disk
	dirs   map[string]bool
	staged []staged
}

type staged struct{ tmp, path string }

func (d disk) batch() *batch { return &batch{d: d, dirs: map[string]bool{}} }

// stage writes data aside for a path below the root, unless the file there is already the same.
func (b *batch) stage(rel string, data []byte) error {
	path := filepath.Join(b.d.root, filepath.FromSlash(rel))
	if same(path, data) {
		return nil
	}
	tmpRoot := filepath.Join(b.d.root, tmpDir)
	for _, dir := range []string{tmpRoot, filepath.Dir(path)} {
		if err := b.makeDir(dir); err != nil {
			return diskTrouble(rel, err)
		}
	}
	tmp, err := b.d.writeAside(tmpRoot, data)
	if err != nil {
		return diskTrouble(rel, err)
	}
	b.staged = append(b.staged, staged{tmp, path})
	return nil
}

// same reports whether a file has exactly these bytes.
func same(path string, data []byte) bool {
	info, err := os.Stat(path)
	if err != nil || info.Size() != int64(len(data)) {
		return false
	}
	old, err := os.ReadFile(path)
	return err == nil && bytes.Equal(old, data)
}

// makeDir makes a folder and those above it, and remembers whose entries must be synced.
func (b *batch) makeDir(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := b.makeDir(parent); err != nil {
			return err
		}
	}
	if err := b.d.mkdir(dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	b.dirs[filepath.Dir(dir)] = true
	return nil
}

// writeAside writes a synced temporary file and leaves nothing behind when it cannot.
func (d disk) writeAside(dir string, data []byte) (name string, err error) {
	f, err := d.create(dir)
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			_ = d.remove(f.Name()) // what cannot be removed now is removed by Setup
		}
	}()
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return f.Name(), err
}

// publish renames everything staged into place, in the order it was staged.
func (b *batch) publish() error {
	for i, st := range b.staged {
		if err := b.d.rename(st.tmp, st.path); err != nil {
			b.staged = b.staged[i:]
			b.discard()
			return diskTrouble(b.rel(st.path), err)
		}
		b.dirs[filepath.Dir(st.path)] = true
	}
	b.staged = nil
	return nil
}

// put writes one file into place.
func (b *batch) put(rel string, data []byte) error {
	if err := b.stage(rel, data); err != nil {
		return err
	}
	return b.publish()
}

// discard removes what was staged and not put in place.
func (b *batch) discard() {
	for _, st := range b.staged {
		_ = b.d.remove(st.tmp) // what cannot be removed now is removed by Setup
	}
	b.staged = nil
}

// drop removes a file or a folder below the root.
func (b *batch) drop(rel string) error {
	path := filepath.Join(b.d.root, filepath.FromSlash(rel))
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := b.d.remove(path); err != nil {
		return diskTrouble(rel, err)
	}
	b.dirs[filepath.Dir(path)] = true
	return nil
}

// flush makes the changes of folders survive a power cut.
func (b *batch) flush() error {
	dirs := make([]string, 0, len(b.dirs))
	for dir := range b.dirs {
		if dir == b.d.root || strings.HasPrefix(dir, b.d.root+string(filepath.Separator)) {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs)
	for _, dir := range dirs {
		if err := b.d.sync(dir); err != nil {
			return diskTrouble(b.rel(dir), err)
		}
	}
	clear(b.dirs)
	return nil
}

func (b *batch) rel(path string) string {
	rel, err := filepath.Rel(b.d.root, path)
	if err != nil {
		return filepath.Base(path)
	}
	return filepath.ToSlash(rel)
}

// diskTrouble says what a failure of the disk asks for. Nothing can be published twice by it: a file is there or it is not.
func diskTrouble(rel string, err error) error {
	t := &press.Trouble{Remedy: press.AskPerson, Who: press.Operator.Name(), Err: fmt.Errorf("write %s: %w", rel, err)}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		t.What, t.Do = "网站所在的磁盘已满，网页没有写成", "清理磁盘空间后重试"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		t.What, t.Do = "网站文件夹没有写权限，网页没有写成", "检查网站文件夹的所有者和权限后重试"
	default:
		t.Remedy, t.Who = press.TryAgain, ""
		t.What, t.Do = "写网站文件时出错，网页没有写成", "系统会自动再试；若反复出现，请系统管理员检查磁盘"
	}
	return t
}
