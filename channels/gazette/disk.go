package gazette

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

// disk is how files are changed. Its calls are fields so that a test can make each of them fail.
type disk struct {
	create func(path string) (file, error)
	rename func(from, to string) error
	remove func(path string) error
	mkdir  func(path string) error
	chmod  func(path string, m fs.FileMode) error
	sync   func(dir string) error
}

// file is an open file that is being written.
type file interface {
	io.Writer
	Sync() error
	Close() error
}

func newDisk() disk {
	return disk{
		create: func(path string) (file, error) { return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644) },
		rename: os.Rename,
		remove: os.RemoveAll,
		mkdir:  func(path string) error { return os.MkdirAll(path, 0o755) },
		chmod:  os.Chmod,
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

// What is being written has a name that begins with a dot and this word; Setup removes what a crash left of it.
const halfDone = ".new-"

// write writes and syncs one file.
func (d disk) write(path string, data []byte, mode fs.FileMode) error {
	f, err := d.create(path)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = d.chmod(path, mode)
	}
	return err
}

// put replaces a file by one rename, unless it has these bytes already.
func (d disk) put(path string, data []byte, mode fs.FileMode) error {
	if same(path, data) {
		return nil
	}
	dir := filepath.Dir(path)
	if err := d.makeDir(dir); err != nil {
		return err
	}
	tmp := filepath.Join(dir, halfDone+filepath.Base(path))
	if err := d.remove(tmp); err != nil { // of an attempt that crashed; it may be read-only
		return err
	}
	err := d.write(tmp, data, mode)
	if err == nil {
		err = d.rename(tmp, path)
	}
	if err != nil {
		_ = d.remove(tmp) // what cannot be removed now is removed by Setup
		return err
	}
	return d.sync(dir)
}

// makeDir makes a folder and those above it, and syncs those that gained one.
func (d disk) makeDir(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := d.makeDir(parent); err != nil {
			return err
		}
	}
	if err := d.mkdir(dir); err != nil {
		return err
	}
	return d.sync(parent)
}

// same reports whether a file has exactly these bytes.
func same(path string, data []byte) bool {
	old, err := os.ReadFile(path)
	return err == nil && bytes.Equal(old, data)
}

// blob is a file and where it belongs, by a slash-separated path.
type blob struct {
	rel  string
	data []byte
}

// putFolder builds a folder beside its place, makes it read-only and renames it into place. An existing folder that is not empty makes the
// rename fail, so that nothing is ever written over.
func (d disk) putFolder(path string, files []blob) error {
	parent := filepath.Dir(path)
	if err := d.makeDir(parent); err != nil {
		return err
	}
	tmp := filepath.Join(parent, halfDone+filepath.Base(path))
	if err := d.removeTree(tmp); err != nil {
		return err
	}
	err := d.fill(tmp, files)
	if err == nil {
		err = d.rename(tmp, path)
	}
	if err != nil {
		_ = d.removeTree(tmp) // what cannot be removed now is removed by Setup
		return err
	}
	return d.sync(parent)
}

// fill writes the files of a new folder and syncs each of its folders, the innermost first, as read-only ones.
func (d disk) fill(root string, files []blob) error {
	dirs := []string{root}
	for _, f := range files {
		path := filepath.Join(root, filepath.FromSlash(f.rel))
		dir := filepath.Dir(path)
		if err := d.mkdir(dir); err != nil {
			return err
		}
		if err := d.write(path, f.data, 0o444); err != nil {
			return err
		}
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	for _, dir := range slices.Backward(dirs) {
		if err := d.sync(dir); err != nil {
			return err
		}
		if err := d.chmod(dir, 0o555); err != nil {
			return err
		}
	}
	return nil
}

// removeTree removes a folder, also one that was made read-only.
func (d disk) removeTree(path string) error {
	err := filepath.WalkDir(path, func(p string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		return d.chmod(p, 0o755)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.remove(path)
}

// diskTrouble says what a failure of the disk asks for. Nothing can be issued twice by it: a folder is there or it is not.
func (c *Channel) diskTrouble(path string, err error) error {
	if err == nil {
		return nil
	}
	t := &press.Trouble{Remedy: press.AskPerson, Who: press.Operator.Name(), Err: fmt.Errorf("write %s: %w", c.rel(path), hidePath(err))}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		t.What, t.Do = "公报所在的磁盘已满，网页没有写成", "清理磁盘空间后重试"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		t.What, t.Do = "公报文件夹没有写权限，网页没有写成", "检查公报文件夹的所有者和权限后重试"
	default:
		t.Remedy, t.Who = press.TryAgain, ""
		t.What, t.Do = "写公报文件时出错，网页没有写成", "系统会自动再试；若反复出现，请系统管理员检查磁盘"
	}
	return t
}

// hidePath leaves the machine's own paths out of an error.
func hidePath(err error) error {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		return p.Err
	case errors.As(err, &l):
		return l.Err
	}
	return err
}

// rel is a path as messages name it.
func (c *Channel) rel(path string) string {
	if r, err := filepath.Rel(c.cfg.Root, path); err == nil && !strings.HasPrefix(r, "..") {
		return filepath.ToSlash(r)
	}
	return filepath.Base(path)
}
