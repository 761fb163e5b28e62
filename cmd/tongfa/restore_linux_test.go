package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAFullDiskLeavesNothingHalf backs up to a disk that is full, and restores on it.
func TestAFullDiskLeavesNothingHalf(t *testing.T) {
	t.Parallel()
	o := quietOffice(t)
	if !o.small("data") {
		return
	}
	o.file(1, 40, "site")
	o.must("backup", "backups/one.db")
	o.file(41, 42, "site")
	empty := o.fill("data", 128<<10) // enough to read, and to note something
	for name, args := range map[string][]string{"backup": {"backup", "data/backup/two.db"}, "restore": {"restore", "backups/one.db"}} {
		text, code := o.said(args...)
		if t.Logf("%s on a full disk: exit %d  %s", name, code, text); code != exitFailed || !strings.Contains(text, "磁盘") {
			t.Errorf("%s ended with %d:\n%s", name, code, text)
		}
	}
	for _, pattern := range []string{"data/backup/*", "data/tongfa.db.re*"} {
		left, _ := filepath.Glob(filepath.Join(o.dir, pattern))
		for _, name := range left {
			if text, err := os.ReadFile(name); filepath.Base(name) != "heads.txt" || err != nil || !strings.HasSuffix(string(text), "\n") { // the list of daily heads is no copy
				t.Errorf("left behind: %s", name)
			}
		}
	}
	empty()
	if n := len(o.status().Items); n != 42 {
		t.Errorf("%d items are left, want 42", n)
	}
	o.must("backup", "data/backup/two.db")
	o.must("restore", "backups/one.db")
	if n := len(o.status().Items); n != 40 {
		t.Errorf("%d items after the restore, want 40", n)
	}
	aside, err := filepath.Glob(filepath.Join(o.dir, "data", "tongfa.db.replaced-*"))
	if err != nil || len(aside) != 1 {
		t.Fatalf("set aside: %v, %v", aside, err)
	}
	if info, err := os.Stat(aside[0]); err != nil || info.Size() == 0 {
		t.Errorf("set aside: %v, %v", info, err)
	}
}

// TestBadBackupsAreRefusedInWords hands the command what is no backup of this ledger.
func TestBadBackupsAreRefusedInWords(t *testing.T) {
	t.Parallel()
	o := quietOffice(t)
	o.file(1, 3, "site")
	o.must("backup", "backups/one.db")
	whole := o.read("backups/one.db")
	o.write("backups/half.db", whole[:len(whole)/2])
	o.write("backups/text.db", []byte(strings.Repeat("这不是台账\n", 1000)))
	other := quietOffice(t)
	other.file(1, 1, "site")
	other.must("backup", "one.db")
	o.write("backups/other.db", other.read("one.db"))
	for _, c := range []struct{ name, file, say string }{
		{"nowhere", "backups/nowhere.db", "不存在"}, {"half", "backups/half.db", ""}, {"text", "backups/text.db", "不是台账"},
		{"other", "backups/other.db", "--force"}, {"folder", "backups", "不存在"},
	} {
		text, code := o.said("restore", c.file)
		if code != exitFailed || !strings.Contains(text, c.say) || strings.Contains(text, "goroutine") {
			t.Errorf("%s: exit %d, want it refused with %q:\n%s", c.name, code, c.say, text)
		}
	}
	if text, code := o.said("restore"); code != exitUsage {
		t.Errorf("without a file: exit %d\n%s", code, text)
	}
	if n := len(o.status().Items); n != 3 {
		t.Errorf("%d items are left, want 3", n)
	}
	o.must("restore", "--force", "backups/other.db")
	if n := len(o.status().Items); n != 1 {
		t.Errorf("%d items after the restore, want 1", n)
	}
	if text, code := o.said("restore", "--without-survey", "nowhere"); code == 0 {
		t.Errorf("a channel that is not: exit %d\n%s", code, text)
	}
	o.must("restore", "--without-survey", "site")
	text, _ := o.said("check", "--offline")
	if !strings.Contains(text, "不等普查") || !strings.Contains(text, "要人查明") {
		t.Errorf("check says:\n%s", text)
	}
	list := o.must("list", "--waits", "restore")
	if !strings.Contains(list, "第1号") {
		t.Errorf("list says:\n%s", list)
	}
}
