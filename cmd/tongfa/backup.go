package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tongfa/press"
)

func (a *app) backupCmd() *cobra.Command {
	return &cobra.Command{
		Use: "backup 文件", Short: "把台账备份到一个新文件并检查，服务照常运行", Args: exactly(1, "备份到哪个文件"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.within(c.Context(), func(h *house) error {
				if err := h.backup(c.Context(), args[0]); err != nil {
					return err
				}
				fmt.Fprintf(a.out, "已备份到 %s，检查无误\n", args[0])
				return nil
			})
		},
	}
}

// backup writes a checked copy of the ledger to a file that is not there yet.
func (h *house) backup(ctx context.Context, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("备份的文件夹 %s 建不了，请检查路径和权限：%w", filepath.Dir(path), err)
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) { // over what is there no copy is made, and nothing is written
		h.seal(ctx, false) // so that the copy proves what it has
	}
	return h.led.Backup(ctx, path, h.now())
}

// backups makes a copy whenever one is due, and keeps the newest few.
func (h *house) backups(ctx context.Context) {
	dir := filepath.Join(h.cfg.Data, "backup")
	for failed := 0; h.cfg.BackupEvery > 0; {
		wait := h.cfg.BackupEvery
		if last := newestBackup(dir); !last.IsZero() {
			wait = min(wait, max(time.Second, last.Add(h.cfg.BackupEvery).Sub(h.now())))
		}
		if failed > 0 {
			wait = min(time.Minute<<min(failed-1, 6), time.Hour)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		name := filepath.Join(dir, backupName(h.now()))
		if err := h.backup(ctx, name); err != nil {
			failed++
			h.log.Error("backup failed", "error", err, "failed", failed)
			continue
		}
		failed = 0
		h.prune(dir)
	}
}

// backupTrouble is what is wrong with the backups, for people and for alarms; nil is well.
func (h *house) backupTrouble(ctx context.Context) (*press.Trouble, error) {
	if h.cfg.BackupEvery <= 0 {
		return nil, nil
	}
	return h.led.BackupTrouble(ctx, 2*h.cfg.BackupEvery, h.now())
}

func backupName(now time.Time) string {
	return "tongfa-" + now.UTC().Format("20060102T150405Z") + ".db"
}

func newestBackup(dir string) time.Time {
	names := backupNames(dir)
	if len(names) == 0 {
		return time.Time{}
	}
	info, err := os.Stat(names[len(names)-1])
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

func backupNames(dir string) []string {
	names, _ := filepath.Glob(filepath.Join(dir, "tongfa-*.db")) // the pattern is right
	slices.Sort(names)
	return names
}

func (h *house) prune(dir string) {
	names := backupNames(dir)
	for len(names) > max(1, h.cfg.BackupKeep) {
		if err := os.Remove(names[0]); err != nil {
			h.log.Warn("cannot remove an old backup", "file", names[0], "error", err)
		}
		names = names[1:]
	}
}
