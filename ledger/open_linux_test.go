package ledger

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"tongfa/press"
)

// asNobody runs f without the right to write where it is not allowed to, which root has everywhere. The thread is thrown away.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if os.Getuid() == 0 {
			if err := unix.Setfsuid(65534); err != nil {
				done <- err
				return
			}
		}
		f()
		done <- nil
	}()
	must(t, <-done)
}

func TestOpenReadOnlyFolder(t *testing.T) {
	dir := t.TempDir()
	must(t, errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(dir, 0o555)))
	var err error
	asNobody(t, func() { _, err = Open(context.Background(), filepath.Join(dir, "ledger.db"), testRules()) })
	var told *press.Trouble
	if !errors.As(err, &told) || told.Remedy != press.AskPerson || told.Who != "系统管理员" || told.Do == "" {
		t.Fatalf("error = %v, want a Trouble in plain Chinese", err)
	}
	asNobody(t, func() { _, err = Open(context.Background(), filepath.Join(dir, "sub", "ledger.db"), testRules()) })
	if !errors.As(err, &told) {
		t.Fatalf("error = %v, want a Trouble in plain Chinese", err)
	}
}
