package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"tongfa/press"
)

// Lease is the right to act on channels. The operating system holds it on a lock file beside the ledger and lets it go
// the moment its process ends, however it ends; so there is never a wait after a crash, and never a second holder.
type Lease struct {
	f *os.File
}

// ErrHeld is in the error of Take when another process acts on this ledger.
var ErrHeld = errors.New("another process holds the lease of this ledger")

// Take takes the lease, or says who has it. Its error text is for a person.
func (l *Ledger) Take(ctx context.Context, who string, now time.Time) (*Lease, error) {
	lease, err := l.lock(who, now)
	if err != nil {
		return nil, err
	}
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO lease (one, fence, holder, taken_at) VALUES (1, 1, $1, $2)
			ON CONFLICT (one) DO UPDATE SET fence = fence + 1, holder = $1, taken_at = $2`, strings.TrimSpace(holderLine(who, now.In(l.rules.Zone))), now.UnixMicro())
		return err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("record lease: %w", err), lease.Release())
	}
	return lease, nil
}

// lock takes the lock and writes into its file who has it.
func (l *Ledger) lock(who string, now time.Time) (*Lease, error) {
	f, err := os.OpenFile(l.path+".lock", os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, &press.Trouble{Remedy: press.AskPerson, Who: "系统管理员", What: "打不开台账的锁文件 " + l.path + ".lock", Do: "检查它和所在文件夹的权限",
			Err: fmt.Errorf("open lease file: %w", err)}
	}
	if err := patiently(f); err != nil {
		b, _ := os.ReadFile(f.Name())
		return nil, errors.Join(&press.Trouble{Remedy: press.AskPerson, Err: ErrHeld, Do: "请先停掉它",
			What: fmt.Sprintf("台账 %s 正由另一个进程使用（%s），不能再启动一个", l.path, strings.TrimSpace(string(b)))}, f.Close())
	}
	line := holderLine(who, now.In(l.rules.Zone))
	if err := errors.Join(f.Truncate(0), writeAt(f, line)); err != nil {
		return nil, errors.Join(&press.Trouble{Remedy: press.AskPerson, Who: "系统管理员", What: "写不了台账的锁文件 " + l.path + ".lock", Do: "检查磁盘空间和权限",
			Err: fmt.Errorf("write lease file: %w", err)}, f.Close())
	}
	return &Lease{f}, nil
}

func holderLine(who string, now time.Time) string {
	return fmt.Sprintf("%s，进程号%d，始于%s\n", who, os.Getpid(), clockTime(now))
}

// patiently tries for a moment, because Holder takes the lock for an instant to find out whether anyone has it.
func patiently(f *os.File) (err error) {
	for range 5 {
		if err = lock(f); err == nil {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}

func writeAt(f *os.File, s string) error {
	_, err := f.WriteAt([]byte(s), 0)
	return err
}

// Release gives the lease back.
func (l *Lease) Release() error { return l.f.Close() }

// Holder says who holds the lease now; "" when nobody does.
func (l *Ledger) Holder() string {
	f, err := os.OpenFile(l.path+".lock", os.O_RDWR, 0)
	if err != nil {
		return ""
	}
	defer f.Close()
	if lock(f) == nil {
		return ""
	}
	b, _ := os.ReadFile(f.Name())
	return strings.TrimSpace(string(b))
}
