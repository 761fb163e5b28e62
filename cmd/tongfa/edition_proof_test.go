package main

import (
	"io/fs"
	"strings"
	"syscall"
	"testing"
)

func TestWhyAProofWasNotWrittenIsSaidInWords(t *testing.T) {
	for err, want := range map[error]string{
		syscall.ENOSPC: "磁盘满了", syscall.EDQUOT: "磁盘满了", syscall.EROFS: "没有权限写", syscall.EACCES: "没有权限写",
		syscall.ENOTDIR: "和文件夹同名", syscall.EISDIR: "和文件夹同名", syscall.EIO: "写不了 proof/a.pdf",
	} {
		got := unwritten("proof/a.pdf", &fs.PathError{Op: "write", Path: "proof/a.pdf", Err: err})
		if got == nil || !strings.Contains(got.Error(), want) {
			t.Errorf("%v: %v", err, got)
		}
	}
	if unwritten("x", nil) != nil {
		t.Error("what was written is a failure")
	}
}
