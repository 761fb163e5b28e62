package site

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tongfa/channels"
)

// disk is the folder that a web server serves.
type disk struct {
	channels.Disk
	root string
}

// tmpDir holds what is being written, in files that begin with tmpName. It is on the same file system as everything else, so a rename out
// of it is atomic.
const (
	tmpDir  = ".tmp"
	tmpName = "w-"
)

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
	if channels.SameFile(path, data) {
		return nil
	}
	tmpRoot := filepath.Join(b.d.root, tmpDir)
	for _, dir := range []string{tmpRoot, filepath.Dir(path)} {
		if err := b.makeDir(dir); err != nil {
			return diskTrouble(rel, err)
		}
	}
	tmp := filepath.Join(tmpRoot, tmpName+rand.Text())
	if err := b.d.Write(tmp, data, 0o644); err != nil {
		_ = b.d.Remove(tmp) // what cannot be removed now is removed by Setup
		return diskTrouble(rel, err)
	}
	b.staged = append(b.staged, staged{tmp, path})
	return nil
}

func (b *batch) makeDir(dir string) error {
	return b.d.MakeDir(dir, func(parent string) error {
		b.dirs[parent] = true
		return nil
	})
}

// publish renames everything staged into place, in the order it was staged.
func (b *batch) publish() error {
	for i, st := range b.staged {
		if info, err := os.Lstat(st.path); err == nil && info.IsDir() {
			_ = b.d.Remove(st.path) // a folder in the place of a file is somebody's mischief; the rename tells if it cannot be removed
		}
		if err := b.d.Rename(st.tmp, st.path); err != nil {
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
		_ = b.d.Remove(st.tmp) // what cannot be removed now is removed by Setup
	}
	b.staged = nil
}

// drop removes a file or a folder below the root.
func (b *batch) drop(rel string) error {
	path := filepath.Join(b.d.root, filepath.FromSlash(rel))
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := b.d.Remove(path); err != nil {
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
		if err := b.d.Sync(dir); err != nil {
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

func diskTrouble(rel string, err error) error { return channels.DiskTrouble("网站", rel, err) }
