package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"

	"tongfa/press"
)

// Backup writes a copy of the ledger as it is now to a file that does not exist yet, while work goes on, and checks it: that it is whole,
// that it is this ledger, that its moves hold together. The file has its name only once all of that is so and it is on disk. When the
// last good one was made, and what went wrong since, is written down.
func (l *Ledger) Backup(ctx context.Context, path string, now time.Time) error {
	failed := l.backup(ctx, path)
	if failed == nil {
		return l.remember(ctx, map[string]string{keyBackup: encodeBackup(Backup{At: now, File: path}), keyBackupTrouble: ""})
	}
	told := encodeBackup(Backup{At: now, File: path, Trouble: press.TroubleOf(backupTrouble(path, failed)).Say()})
	_ = l.remember(ctx, map[string]string{keyBackupTrouble: told}) // where the disk is full there is nowhere to write it, and the caller is told
	return backupTrouble(path, failed)
}

const (
	keyBackup        = "backup"
	keyBackupTrouble = "backup_trouble"
)

func backupTrouble(path string, err error) error {
	var t *press.Trouble
	if errors.As(err, &t) {
		return err
	}
	return &press.Trouble{Remedy: press.AskPerson, Who: "系统管理员", What: "台账没有备份成（" + path + "）", Do: "检查备份所在磁盘的空间和权限", Raw: err.Error(), Err: err}
}

func (l *Ledger) backup(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return &press.Trouble{Remedy: press.AskPerson, What: "备份文件 " + path + " 已经存在", Do: "请换一个文件名"}
	}
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove what an earlier backup left: %w", err)
	}
	if err := os.WriteFile(part, nil, 0o600); err != nil { // a backup holds what is not published yet
		return fmt.Errorf("begin backup: %w", err)
	}
	if err := errors.Join(l.copyTo(ctx, part), flush(part)); err != nil {
		return errors.Join(fmt.Errorf("back up ledger: %w", explain(err)), os.RemoveAll(part))
	}
	if err := os.Rename(part, path); err != nil {
		return errors.Join(fmt.Errorf("name backup: %w", err), os.RemoveAll(part))
	}
	return flushFolder(path)
}

// copyTo copies the file through a connection of its own: those that read refuse to write anything, a copy too.
func (l *Ledger) copyTo(ctx context.Context, path string) error {
	from, err := sql.Open("sqlite", dsn(l.path, ""))
	if err != nil {
		return err
	}
	defer from.Close()
	if _, err := from.ExecContext(ctx, `VACUUM INTO $1`, path); err != nil {
		return err
	}
	made, err := Inspect(ctx, path)
	switch {
	case err != nil:
		return fmt.Errorf("check copy: %w", err)
	case made.ID != l.id:
		return fmt.Errorf("check copy: it is of ledger %.8s", made.ID)
	}
	return nil
}

func flush(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Backup (备份) is what the ledger remembers of its last copy.
type Backup struct {
	At      time.Time `json:"at"`
	File    string    `json:"file"`
	Trouble string    `json:"trouble,omitempty"` // for people; "" when it went well
}

// LastBackup is the last good copy (zero for none), and what went wrong since, if anything did.
func (l *Ledger) LastBackup(ctx context.Context) (good Backup, failed *Backup, err error) {
	for key, take := range map[string]func(Backup){keyBackup: func(b Backup) { good = b }, keyBackupTrouble: func(b Backup) { failed = &b }} {
		text, err := l.recall(ctx, key)
		if err != nil {
			return good, failed, err
		}
		if text == "" {
			continue
		}
		var b Backup
		if err := json.Unmarshal([]byte(text), &b); err != nil {
			return good, failed, fmt.Errorf("read %s: %w", key, err)
		}
		b.At = b.At.In(l.rules.Zone)
		take(b)
	}
	return good, failed, nil
}

// BackupTrouble is what is wrong with the backups, for people: the last one failed, or the last good one is older than it may be. nil is well.
func (l *Ledger) BackupTrouble(ctx context.Context, most time.Duration, now time.Time) (*press.Trouble, error) {
	good, failed, err := l.LastBackup(ctx)
	if err != nil {
		return nil, err
	}
	do := "检查备份所在磁盘的空间和权限，再运行 tongfa backup"
	switch {
	case failed != nil:
		return &press.Trouble{Remedy: press.AskPerson, Who: "系统管理员", What: clockTime(failed.At) + "的台账备份没有做成：" + failed.Trouble, Do: do}, nil
	case most > 0 && !good.At.IsZero() && now.Sub(good.At) > most:
		return &press.Trouble{Remedy: press.AskPerson, Who: "系统管理员", What: "台账的上一份备份是" + clockTime(good.At) + "的，已经过期", Do: do}, nil
	}
	return nil, nil
}

func encodeBackup(b Backup) string {
	text, _ := json.Marshal(b) // a moment and texts always can be
	return string(text)
}

// remember writes values of the house down; recall reads one, "" for none.
func (l *Ledger) remember(ctx context.Context, values map[string]string) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error { return remember(ctx, tx, values) })
}

func remember(ctx context.Context, tx *sql.Tx, values map[string]string) error {
	for key, value := range values {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO house (key, value) VALUES ($1, $2)
			ON CONFLICT (key) DO UPDATE SET value = $2`, key, value)
		if err != nil {
			return fmt.Errorf("remember %s: %w", key, err)
		}
	}
	return nil
}

func (l *Ledger) recall(ctx context.Context, key string) (value string, err error) {
	err = l.read.QueryRowContext(ctx, `SELECT value FROM house WHERE key = $1`, key).Scan(&value)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("recall %s: %w", key, err)
	}
	return value, nil
}

// recallTime reads a moment that was remembered; zero for none.
func (l *Ledger) recallTime(ctx context.Context, key string) (time.Time, error) {
	text, err := l.recall(ctx, key)
	if err != nil || text == "" {
		return time.Time{}, err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("recall %s: %w", key, err)
	}
	return time.UnixMicro(n).In(l.rules.Zone), nil
}
