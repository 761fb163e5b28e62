package ledger

import (
	"os"

	"golang.org/x/sys/windows"
)

// lock takes an exclusive lock that ends with the process, without waiting for it. It lies behind the text of the file, so that others can read who holds it.
func lock(f *os.File) error {
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY,
		0, 1, 0, &windows.Overlapped{Offset: 1 << 20})
}
