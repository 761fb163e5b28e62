package channeltest

import (
	"os"
	"syscall"
	"testing"
)

// memoryFolder is where Linux keeps files in memory.
const memoryFolder = "/dev/shm"

// memoryRoom is how much must be free there to be of use.
const memoryRoom = 512 << 20

// FastDir is a folder for the files of a test that looks at what was written and not at what survives a power cut: in memory, where there is room, as a
// suite changes ten thousands of files, and elsewhere like t.TempDir.
func FastDir(t testing.TB) string {
	t.Helper()
	var fs syscall.Statfs_t
	if err := syscall.Statfs(memoryFolder, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < memoryRoom {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp(memoryFolder, "tongfa-files-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove %s: %v", dir, err)
		}
	})
	return dir
}
