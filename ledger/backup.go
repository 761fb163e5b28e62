package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Backup writes a copy of the ledger as it is now to a file that does not exist yet, while work goes on, and checks it. The file has
// its name only once it is whole and on disk.
func (l *Ledger) Backup(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("备份文件 %s 已经存在，请换一个文件名", path)
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
		return fmt.Errorf("name backup: %w", err)
	}
	return nil
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
	to, err := sql.Open("sqlite", plain(path, "?mode=ro"))
	if err != nil {
		return err
	}
	defer to.Close()
	var word string
	if err := to.QueryRowContext(ctx, `PRAGMA integrity_check`).Scan(&word); err != nil {
		return fmt.Errorf("check copy: %w", err)
	}
	if word != "ok" {
		return fmt.Errorf("check copy: %s", word)
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
