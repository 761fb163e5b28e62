package channels

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"tongfa/press"
)

// Disk is how a driver changes its files: written aside, synced, renamed into place, so that neither a reader nor a power cut finds half of
// one. Its calls are fields so that a test can make each of them fail.
type Disk struct {
	Create func(path string) (File, error)
	Rename func(from, to string) error
	Remove func(path string) error // whatever is there, and all below it
	Mkdir  func(path string) error // and those above it
	Chmod  func(path string, m fs.FileMode) error
	Sync   func(dir string) error
}

// File is an open file that is being written.
type File interface {
	io.Writer
	Sync() error
	Close() error
}

// NewDisk is the machine's own disk.
func NewDisk() Disk {
	return Disk{
		Create: func(path string) (File, error) { return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644) },
		Rename: os.Rename,
		Remove: os.RemoveAll,
		Mkdir:  func(path string) error { return os.MkdirAll(path, 0o755) },
		Chmod:  os.Chmod,
		Sync:   syncDir,
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

// Write writes and syncs one file. What it cannot write whole it leaves for the caller to remove.
func (d Disk) Write(path string, data []byte, mode fs.FileMode) error {
	f, err := d.Create(path)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = d.Chmod(path, mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// MakeDir makes a folder and those above it, and calls changed with each that gained one, which is to be synced.
func (d Disk) MakeDir(dir string, changed func(dir string) error) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := d.MakeDir(parent, changed); err != nil {
			return err
		}
	}
	if err := d.Mkdir(dir); err != nil {
		return err
	}
	return changed(parent)
}

// SameFile reports whether a file is there that has exactly these bytes. What a link leads to does not count, as somebody else may change it.
func SameFile(path string, data []byte) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() != int64(len(data)) {
		return false
	}
	old, err := os.ReadFile(path)
	return err == nil && bytes.Equal(old, data)
}

// ErrNotFile is what ReadPlain says of something in the place of a file that the program did not write: a link, a pipe, a folder, or more bytes than
// any such file has.
var ErrNotFile = errors.New("not a file as the program writes it")

// ReadPlain reads a file of at most so many bytes. What a link leads to is not read, as somebody else may change it, and neither is what has no end.
func ReadPlain(path string, most int64) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > most {
		return nil, fmt.Errorf("read %s: %w", filepath.Base(path), ErrNotFile)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most { // it grew meanwhile
		err = fmt.Errorf("read %s: %w", filepath.Base(path), ErrNotFile)
	}
	return data, err
}

// DiskTrouble says what a failure of the disk of a channel asks for; nil for no failure. Nothing can be published twice by it: a file is there or it
// is not. The error names the file by its path below the channel's folder.
func DiskTrouble(channel, rel string, err error) error {
	if err == nil {
		return nil
	}
	t := &press.Trouble{Remedy: press.AskPerson, Who: press.Operator.Name(), Err: fmt.Errorf("write %s: %w", rel, hidePath(err))}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		t.What, t.Do = channel+"所在的磁盘已满，网页没有写成", "清理磁盘空间后重试"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		t.What, t.Do = channel+"文件夹没有写权限，网页没有写成", "检查"+channel+"文件夹的所有者和权限后重试"
	default:
		t.Remedy, t.Who = press.TryAgain, ""
		t.What, t.Do = "写"+channel+"文件时出错，网页没有写成", "系统会自动再试；若反复出现，请系统管理员检查磁盘"
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
