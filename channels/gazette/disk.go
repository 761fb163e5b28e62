package gazette

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tongfa/channels"
)

// disk is how the folders of issues are changed.
type disk struct{ channels.Disk }

// What is being written has a name that begins with a dot and this word; Setup removes what a crash left of it.
const halfDone = ".new-"

// put replaces a file by one rename, unless it has these bytes already.
func (d disk) put(path string, data []byte, mode fs.FileMode) error {
	if channels.SameFile(path, data) {
		return nil
	}
	dir := filepath.Dir(path)
	if err := d.MakeDir(dir, d.Sync); err != nil {
		return err
	}
	tmp := filepath.Join(dir, halfDone+filepath.Base(path))
	if err := d.Remove(tmp); err != nil { // of an attempt that crashed; it may be read-only
		return err
	}
	err := d.Write(tmp, data, mode)
	if err == nil {
		err = d.Rename(tmp, path)
	}
	if err != nil {
		_ = d.Remove(tmp) // what cannot be removed now is removed by Setup
		return err
	}
	return d.Sync(dir)
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
	if err := d.MakeDir(parent, d.Sync); err != nil {
		return err
	}
	tmp := filepath.Join(parent, halfDone+filepath.Base(path))
	if err := d.removeTree(tmp); err != nil {
		return err
	}
	err := d.fill(tmp, files)
	if err == nil {
		err = d.Rename(tmp, path)
	}
	if err != nil {
		_ = d.removeTree(tmp) // what cannot be removed now is removed by Setup
		return err
	}
	return d.Sync(parent)
}

// fill writes the files of a new folder and syncs each of its folders, the innermost first, as read-only ones.
func (d disk) fill(root string, files []blob) error {
	dirs := []string{root}
	for _, f := range files {
		path := filepath.Join(root, filepath.FromSlash(f.rel))
		dir := filepath.Dir(path)
		if err := d.Mkdir(dir); err != nil {
			return err
		}
		if err := d.Write(path, f.data, 0o444); err != nil {
			return err
		}
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	for _, dir := range slices.Backward(dirs) {
		if err := d.Sync(dir); err != nil {
			return err
		}
		if err := d.Chmod(dir, closedMode); err != nil {
			return err
		}
	}
	return nil
}

// open makes folders writable, the outermost first. One that is not there is yet to be made.
func (d disk) open(dirs ...string) error {
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().Perm() == openMode {
			continue
		}
		if err != nil {
			return err
		}
		if err := d.Chmod(dir, openMode); err != nil {
			return err
		}
	}
	return nil
}

// close syncs and closes every folder of an issue that is open, the innermost first, also one that a crash left so.
func (d disk) close(root string) error {
	var open []string
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm() != closedMode {
			open = append(open, path)
		}
		return err
	})
	for _, dir := range slices.Backward(open) {
		if err == nil {
			err = d.Sync(dir)
		}
		if err == nil {
			err = d.Chmod(dir, closedMode)
		}
	}
	return err
}

// Folders of an issue are open while something is written into them.
const (
	openMode   = 0o755
	closedMode = 0o555
)

// removeTree removes a folder, also one that was made read-only.
func (d disk) removeTree(path string) error {
	err := filepath.WalkDir(path, func(p string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		return d.Chmod(p, openMode)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.Remove(path)
}

func (c *Channel) diskTrouble(path string, err error) error {
	return channels.DiskTrouble("公报", c.rel(path), err)
}

// rel is a path as messages name it.
func (c *Channel) rel(path string) string {
	if r, err := filepath.Rel(c.cfg.Root, path); err == nil && !strings.HasPrefix(r, "..") {
		return filepath.ToSlash(r)
	}
	return filepath.Base(path)
}
