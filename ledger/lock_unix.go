//go:build unix

package ledger

import (
	"os"

	"golang.org/x/sys/unix"
)

// lock takes an exclusive lock that ends with the process, without waiting for it.
func lock(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) }
