package standin

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// SmallDisk is a folder with a file system of its own, which can be full or read-only. Making one takes the rights of root.
type SmallDisk struct{ Dir string }

// NewSmallDisk puts a file system of so many bytes on a folder. Close takes it away.
func NewSmallDisk(dir string, size int64) (*SmallDisk, error) {
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		return nil, fmt.Errorf("mount small disk: %w", err)
	}
	return &SmallDisk{dir}, nil
}

const ballast = ".ballast"

// Fill leaves so many bytes free.
func (d *SmallDisk) Fill(left int64) error {
	var st syscall.Statfs_t
	if err := syscall.Statfs(d.Dir, &st); err != nil {
		return fmt.Errorf("fill disk: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(d.Dir, ballast), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("fill disk: %w", err)
	}
	block := make([]byte, 4096)
	for n := int64(st.Bavail)*st.Bsize - left; n > 0 && err == nil; n -= int64(len(block)) {
		_, err = f.Write(block)
	}
	if errors.Is(err, syscall.ENOSPC) {
		err = nil // as full as it can be
	}
	return errors.Join(err, f.Close())
}

// Empty makes room again.
func (d *SmallDisk) Empty() error { return os.Remove(filepath.Join(d.Dir, ballast)) }

// ReadOnly refuses every change from now on, or no longer.
func (d *SmallDisk) ReadOnly(on bool) error {
	flags := uintptr(syscall.MS_REMOUNT)
	if on {
		flags |= syscall.MS_RDONLY
	}
	if err := syscall.Mount("tmpfs", d.Dir, "tmpfs", flags, ""); err != nil {
		return fmt.Errorf("remount small disk: %w", err)
	}
	return nil
}

// Close takes the file system away.
func (d *SmallDisk) Close() error { return syscall.Unmount(d.Dir, syscall.MNT_DETACH) }
