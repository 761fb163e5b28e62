package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// remount makes a small disk read-only, or lets it be written to again.
func (o *office) remount(name string, flags uintptr) {
	o.t.Helper()
	if err := syscall.Mount("tmpfs", filepath.Join(o.dir, name), "tmpfs", syscall.MS_REMOUNT|flags, "size=8m"); err != nil {
		o.t.Fatal(err)
	}
}

// TestDiskOfTheLedgerIsReadOnly kills the daemon while it has articles in hand and lets the disk of the ledger be read-only after that, as after a
// restart upon an error. Nothing is done meanwhile, each command says why, and all goes on when it may be written to again.
func TestDiskOfTheLedgerIsReadOnly(t *testing.T) {
	t.Parallel()
	const items = 4
	o := newOffice(t)
	if !o.small("data") {
		return
	}
	d := o.start("serve")
	o.order("faults", map[string]any{"faults": []fault{{Path: submit, Kind: "delay", Delay: time.Second, Times: items}}}) // to have something in hand
	o.file(1, items, "site", "wechat")
	o.until("something is in hand", func() bool { return o.status().onTheWay() > 0 })
	kill(d)
	o.remount("data", syscall.MS_RDONLY)
	pages, drafts := o.pages(), o.effects("draft-add")
	o.item(items+1, map[string]any{"channels": []string{"site"}})
	for _, args := range [][]string{{"add", fmt.Sprintf("in/0/%05d.json", items+1)}, {"serve"}, {"pass"}, {"withdraw", "oa-00001", "--reason", "有误"}} {
		text, code := o.said(args...)
		t.Logf("%s: exit %d  %.200s", args[0], code, strings.ReplaceAll(text, o.dir, "…"))
		o.judge(args[0], text, code, exitFailed, "只读")
	}
	if p, n := o.pages(), o.effects("draft-add"); p != pages || n != drafts {
		t.Errorf("%d pages and %d drafts were made that the ledger knows nothing of", p-pages, n-drafts)
	}
	o.remount("data", 0)
	d = o.start("serve")
	defer func() { kill(d) }()
	o.until("everything is verified", func() bool { return o.status().everywhere("verified") })
	o.onceOnWeChat(items)
	o.onceOnTheSite(items)
}

// content reads all files that readers of the website may find, by name.
func (o *office) content() map[string]string {
	o.t.Helper()
	out := map[string]string{}
	found, err := filepath.Glob(filepath.Join(o.dir, "public", "content", "*", "*", "*.html"))
	if err != nil {
		o.t.Fatal(err)
	}
	for _, name := range found {
		b, err := os.ReadFile(name)
		if err != nil {
			o.t.Fatal(err)
		}
		out[name] = string(b)
	}
	return out
}

// TestDiskOfTheSiteIsFullForACorrectionAndAWithdrawal fills the disk before a page is corrected, and another withdrawn. Readers find the old
// pages whole, it is said what to do, and when there is room again it is done.
func TestDiskOfTheSiteIsFullForACorrectionAndAWithdrawal(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	if !o.small("public") {
		return
	}
	d := o.start("serve")
	defer kill(d)
	o.file(1, 3, "site")
	o.until("everything is verified", func() bool { return o.status().everywhere("verified") })
	o.retold(1, strings.Repeat("更正后的事项", 2000))
	signed := o.signIn()
	before := o.content()
	empty := o.fill("public", 0)
	text, code := o.said("correct", "oa-00001", "--reason", "日期有误")
	t.Logf("correct: exit %d\n%s", code, text)
	text, code = o.said("withdraw", "oa-00002", "--reason", "内容有误")
	t.Logf("withdraw: exit %d\n%s", code, text)
	for _, name := range []string{"oa-00001", "oa-00002"} {
		o.within(20*time.Second, name+" says that the disk is full", func() bool { return strings.Contains(o.page(signed, "/items/"+name), "满") },
			func() any { return o.states(name) })
	}
	for name, page := range o.content() {
		if old, was := before[name]; was && page != old {
			t.Errorf("%s changed while the disk was full: %d bytes, had %d", filepath.Base(name), len(page), len(old))
		}
	}
	empty()
	for _, name := range []string{"oa-00001", "oa-00002"} {
		if text, code := o.said("retry", name); code != 0 && !strings.Contains(text, "没有可以重试的渠道") {
			t.Errorf("retry ended with %d:\n%s", code, text)
		}
	}
	o.within(30*time.Second, "both are done", func() bool {
		return o.states("oa-00002")["site"]["state"] == "withdrawn" && o.corrected()
	}, func() any { return o.status().tally() })
	if got := o.states("oa-00003")["site"]["state"]; got != "verified" {
		t.Errorf("the third is %s", got)
	}
}

// corrected reports whether the first page shows its new text, and only that.
func (o *office) corrected() bool {
	n := 0
	for _, page := range o.content() {
		if strings.Contains(page, "更正后的事项") && strings.Contains(page, "日期有误") && !strings.Contains(page, "第1号事项通知如下") {
			n++
		}
	}
	return n == 1
}
