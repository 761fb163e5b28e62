package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// small mounts a file system of eight megabytes on a folder of the office. Where that is not allowed it says so and returns false; in
// CI, where it is, it fails.
func (o *office) small(name string) bool {
	o.t.Helper()
	dir := filepath.Join(o.dir, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		o.t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); err != nil {
		if os.Getenv("TONGFA_CI") == "1" {
			o.t.Fatalf("mount a small disk: %v", err)
		}
		o.t.Logf("NOT TESTED: no small disk can be mounted here (%v); run this as root to have a full disk tried", err)
		return false
	}
	o.t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return true
}

// fill leaves a disk with so many bytes free. empty makes room again.
func (o *office) fill(name string, left int64) (empty func()) {
	o.t.Helper()
	var st syscall.Statfs_t
	dir := filepath.Join(o.dir, name)
	if err := syscall.Statfs(dir, &st); err != nil {
		o.t.Fatal(err)
	}
	ballast := filepath.Join(dir, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		o.t.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 4096)
	for n := int64(st.Bavail)*st.Bsize - left; n > 0; n -= int64(len(block)) {
		if _, err := f.Write(block); err != nil {
			break
		}
	}
	return func() {
		if err := os.Remove(ballast); err != nil {
			o.t.Fatal(err)
		}
	}
}

// page is what the desk shows.
func (o *office) page(signed, path string) string {
	o.t.Helper()
	_, text := ask(o.t, o.deskAt, "GET "+path+" HTTP/1.0\r\nHost: localhost\r\n"+signed+"\r\n\r\n")
	return text
}

// TestDiskOfTheLedgerIsFull fills the disk under a running daemon.
func TestDiskOfTheLedgerIsFull(t *testing.T) {
	t.Parallel()
	const items = 5
	o := newOffice(t)
	if !o.small("data") {
		return
	}
	d := o.start("serve")
	defer kill(d)
	o.until("the desk answers", func() bool { return o.get("http://"+o.deskAt+"/healthz", nil) == nil })
	for n := range items + 1 {
		o.item(n+1, map[string]any{"channels": []string{"site", "wechat"}})
	}
	signed := o.signIn()
	first, rest := fmt.Sprintf("in/0/%05d.json", items+1), "in/0/%05d.json"
	empty := o.fill("data", 0)
	text, code := o.said("add", first)
	t.Logf("add on a full disk: exit %d  %s", code, text)
	o.judge("add", text, code, exitFailed, "磁盘已满")
	empty()
	args := []string{"add"}
	for n := range items {
		args = append(args, fmt.Sprintf(rest, n+1))
	}
	o.order("faults", map[string]any{"faults": []fault{{Path: submit, Kind: "delay", Delay: time.Second, Times: items}}}) // to have something in hand
	if text, code := o.said(args...); code != 0 {
		t.Fatalf("add ended with %d:\n%s", code, text)
	}
	empty = o.fill("data", 0)
	for path, say := range map[string]string{"/matrix": "磁盘已满", "/healthz": "磁盘已满"} {
		if page := o.page(signed, path); !strings.Contains(page, say) {
			t.Errorf("on a full disk %s does not say “%s”:\n%s", path, say, page)
		}
	}
	text, code = o.said("check", "--offline")
	t.Logf("check on a full disk: exit %d\n%s", code, text)
	if code != exitFailed || !strings.Contains(text, "✗ 磁盘（台账）") {
		t.Error("check does not say it")
	}
	if err := d.Process.Signal(syscall.Signal(0)); err != nil {
		t.Fatalf("the daemon is gone: %v", err)
	}
	empty()
	if text, code := o.said("add", first); code != 0 {
		t.Errorf("add ended with %d:\n%s", code, text)
	}
	o.until("everything is verified", func() bool { return o.status().everywhere("verified") })
	o.onceOnWeChat(items + 1)
	o.onceOnTheSite(items + 1)
}

// TestDiskOfTheSiteIsFull fills the disk that the pages are written to.
func TestDiskOfTheSiteIsFull(t *testing.T) {
	t.Parallel()
	const items = 3
	o := newOffice(t)
	if !o.small("public") {
		return
	}
	d := o.start("serve")
	defer kill(d)
	o.until("the site is set up", func() bool { return o.get("http://"+o.siteAt+"/", nil) == nil })
	signed := o.signIn()
	empty := o.fill("public", 0)
	o.file(1, items, "site", "wechat")
	o.until("it says that the disk is full", func() bool { return strings.Contains(o.states("oa-00001")["site"]["note"], "满") })
	t.Logf("site: %v", o.states("oa-00001")["site"])
	if page := o.page(signed, "/items/oa-00001"); !strings.Contains(page, "满") {
		t.Errorf("the desk does not say that the disk is full:\n%s", page)
	}
	if n := len(o.articles()); n > 0 {
		t.Errorf("%d articles are on WeChat before their pages", n)
	}
	empty()
	for n := range items {
		if text, code := o.said("retry", fmt.Sprintf("oa-%05d", n+1)); code != 0 {
			t.Errorf("retry ended with %d:\n%s", code, text)
		}
	}
	o.until("everything is verified", func() bool { return o.status().everywhere("verified") })
	o.onceOnWeChat(items)
	o.onceOnTheSite(items)
}

// nobody is a user to whom permissions mean something, also where the tests run as root.
const nobody = 65534

// asNobody runs tongfa as such a user.
func (o *office) asNobody(args ...string) (text string, code int) {
	o.t.Helper()
	c := exec.Command(filepath.Join(o.dir, "tongfa"), args...)
	c.Dir = o.dir
	if os.Getuid() == 0 {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	return spoken(o.t, c)
}

// lend gives everything in the office's folder, and a copy of the program, to that user.
func (o *office) lend() {
	o.t.Helper()
	program, err := exec.LookPath("tongfa")
	if err != nil {
		o.t.Fatal(err)
	}
	if out, err := exec.Command("cp", program, filepath.Join(o.dir, "tongfa")).CombinedOutput(); err != nil {
		o.t.Fatalf("%s: %v", out, err)
	}
	if os.Getuid() != 0 {
		return
	}
	if out, err := exec.Command("chown", "-R", fmt.Sprintf("%d:%d", nobody, nobody), o.dir).CombinedOutput(); err != nil {
		o.t.Fatalf("%s: %v", out, err)
	}
	for dir := o.dir; strings.HasPrefix(filepath.Base(filepath.Dir(dir)), "Test") || strings.HasPrefix(filepath.Base(dir), "Test"); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			o.t.Fatal(err)
		}
	}
}

// TestPermissionsAreMissing takes the right to write away from the ledger and from the site.
func TestPermissionsAreMissing(t *testing.T) {
	t.Parallel()
	o := quietOffice(t)
	o.file(1, 2, "site")
	o.put("x.md", doc("正文"))
	o.put("data/tongfa.db.lock", "")
	o.put("public/.keep", "")
	o.lend()
	if text, code := o.asNobody("list"); code != 0 {
		t.Fatalf("list ended with %d:\n%s", code, text)
	}
	set := func(mode os.FileMode, names ...string) {
		for _, name := range names {
			if err := os.Chmod(filepath.Join(o.dir, name), mode); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
		}
	}
	try := func(what string, say string, commands ...[]string) {
		for _, args := range commands {
			text, code := o.asNobody(args...)
			t.Logf("%s: %v: exit %d  %.300s", what, args, code, strings.ReplaceAll(text, o.dir, "…"))
			o.judge(what+" "+args[0], text, code, exitFailed, say)
		}
	}
	set(0o555, "data")
	set(0o444, "data/tongfa.db")
	try("ledger read-only", "权限", []string{"add", "x.md"}, []string{"serve"}, []string{"pass"}, []string{"status"})
	set(0o755, "data")
	set(0o644, "data/tongfa.db")
	set(0o000, "data/tongfa.db")
	try("ledger unreadable", "权限", []string{"status"}, []string{"serve"})
	set(0o644, "data/tongfa.db")
	set(0o444, "data/tongfa.db.lock")
	try("lock read-only", "权限", []string{"pass"}, []string{"serve"})
	set(0o644, "data/tongfa.db.lock")
	set(0o555, "public")
	try("site read-only", "权限", []string{"pass"}, []string{"serve"}, []string{"check", "--offline"})
	set(0o000, "tongfa.yaml")
	text, code := o.asNobody("status")
	t.Logf("configuration unreadable: exit %d  %s", code, text)
	o.judge("configuration unreadable", text, code, exitUsage, "权限")
	set(0o600, "tongfa.yaml")
	if err := os.RemoveAll(filepath.Join(o.dir, "public")); err != nil {
		t.Fatal(err)
	}
	if text, code := o.asNobody("pass"); code != 0 || !strings.Contains(text, "编成2期") {
		t.Errorf("after all was given back pass ended with %d:\n%s", code, text)
	}
}
