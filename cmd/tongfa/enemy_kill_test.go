package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// killAfter starts a command and kills it once something is so, or lets it end. It reports whether it was killed in its work.
func (o *office) killAfter(when func() bool, args ...string) (killed bool) {
	o.t.Helper()
	c := o.start(args...)
	gone := make(chan struct{})
	go func() { _ = c.Wait(); close(gone) }()
	for {
		select {
		case <-gone:
			return false
		default:
		}
		if when() {
			_ = c.Process.Kill()
			<-gone
			return !c.ProcessState.Success()
		}
	}
}

// after is true once some time has gone by since it was made.
func after(d time.Duration) func() bool {
	end := time.Now().Add(d)
	return func() bool {
		left := time.Until(end)
		if left > 0 {
			<-time.After(min(left, time.Millisecond))
		}
		return left <= 0
	}
}

// TestKilledWhileAdding cuts the filing of three hundred items off, twice, and hands all of them in again.
func TestKilledWhileAdding(t *testing.T) {
	t.Parallel()
	items := 300
	if testing.Short() {
		items = 100
	}
	o := quietOffice(t)
	for n := range items {
		o.item(n+1, nil)
	}
	wal := filepath.Join(o.dir, "data", "tongfa.db-wal")
	grown := func(size int64) func() bool {
		return func() bool { info, err := os.Stat(wal); return err == nil && info.Size() > size }
	}
	for _, size := range []int64{300 << 10, 1 << 20} {
		if !o.killAfter(grown(size), "add", "in") {
			t.Error("it had ended before it was killed")
		}
		s := o.status()
		t.Logf("killed with %d items taken in", len(s.Items))
		for _, it := range s.Items {
			if it.State != "scheduled" || len(it.Channels) != 3 {
				t.Errorf("half an item: %+v", it)
			}
		}
		if text, code := o.said("check", "--offline"); code != 0 {
			t.Errorf("check ended with %d:\n%s", code, text)
		}
	}
	before := len(o.status().Items)
	text, code := o.said("add", "in")
	if had, took := strings.Count(text, "已有 "), strings.Count(text, "收下 "); code != 0 || had != before || had+took != items {
		t.Errorf("again: exit %d, %d there already, %d taken in; %d were there", code, had, took, before)
	}
	seen := map[string]bool{}
	for _, it := range o.status().Items {
		if seen[it.External] {
			t.Errorf("%s is there twice", it.External)
		}
		seen[it.External] = true
	}
	if len(seen) != items {
		t.Errorf("%d items, want %d", len(seen), items)
	}
	o.backupKilled(items)
}

// backupKilled cuts backups off. What has the name that was asked for is whole, and the next backup is not disturbed by what is left.
func (o *office) backupKilled(items int) {
	o.t.Helper()
	killed := 0
	for i := range 6 {
		name := fmt.Sprintf("backups/%d.db", i)
		started := func() bool {
			found, err := filepath.Glob(filepath.Join(o.dir, name+"*"))
			return err == nil && len(found) > 0
		}
		more := after(time.Duration(i) * 8 * time.Millisecond)
		if o.killAfter(func() bool { return started() && more() }, "backup", name) {
			killed++
		}
		if _, err := os.Stat(filepath.Join(o.dir, name)); err != nil {
			if text, code := o.said("backup", name); code != 0 {
				o.t.Errorf("after a killed one, backup ended with %d:\n%s", code, text)
			}
		}
		o.write(fmt.Sprintf("b%d/data/tongfa.db", i), o.read(name))
		o.write(fmt.Sprintf("b%d/tongfa.yaml", i), []byte(o.yaml()))
		if text, code := o.said("--config", fmt.Sprintf("b%d/tongfa.yaml", i), "list", "--limit", "1000", "--json"); code != 0 || strings.Count(text, `"external_id"`) != items {
			o.t.Errorf("backup %d is not whole (exit %d, %d items)", i, code, strings.Count(text, `"external_id"`))
		}
	}
	o.t.Logf("%d of 6 backups were killed", killed)
}

// TestKilledWhileWithdrawing cuts a withdrawal off at one moment after another, and asks for it again.
func TestKilledWhileWithdrawing(t *testing.T) {
	t.Parallel()
	items := 8
	if testing.Short() {
		items = 3
	}
	o := newOffice(t)
	o.file(1, items, "site", "wechat")
	d := o.start("serve")
	o.until("everything is verified", func() bool { return o.status().everywhere("verified") })
	kill(d)
	killed := 0
	for n := range items {
		id := fmt.Sprintf("oa-%05d", n+1)
		if o.killAfter(after(time.Duration(15+n*7)*time.Millisecond), "withdraw", id, "--reason", "内容有误") {
			killed++
		}
		_, code := o.said("withdraw", id, "--reason", "内容有误")
		for channel, c := range o.states(id) {
			if c["state"] != "withdrawn" && c["state"] != "not_wanted" {
				t.Errorf("%s was withdrawn again (exit %d), and on %s is %s", id, code, channel, c["state"])
			}
		}
	}
	d = o.start("serve")
	defer kill(d)
	o.until("everything is withdrawn", func() bool { return o.status().everywhere("withdrawn") })
	deleted := map[string]int{}
	var effects []struct {
		Kind string `json:"kind"`
		Ref  string `json:"ref"`
	}
	if err := o.get("http://"+o.wx+"/_standin/effects", &effects); err != nil {
		t.Fatal(err)
	}
	for _, e := range effects {
		if e.Kind == "article-delete" {
			deleted[e.Ref]++
		}
	}
	if t.Logf("%d of %d were killed", killed, items); len(deleted) != items {
		t.Errorf("%d articles were deleted, want %d: %v", len(deleted), items, deleted)
	}
	if text, code := o.said("check", "--offline"); code != 0 {
		t.Errorf("check ended with %d:\n%s", code, text)
	}
}

// TestKilledWhileIssuing cuts the issue of a gazette off. Its folder is there whole, or not at all.
func TestKilledWhileIssuing(t *testing.T) {
	t.Parallel()
	const items = 60
	o := quietOffice(t)
	o.file(1, items, "gazette")
	killed := 0
	for i := range 8 {
		at := after(2300*time.Millisecond + time.Duration(i)*60*time.Millisecond)
		if i > 0 {
			at = after(time.Duration(i) * 25 * time.Millisecond)
		}
		if o.killAfter(at, "serve") {
			killed++
		}
		o.wholeIssues()
	}
	d := o.start("serve")
	defer kill(d)
	o.until("everything is verified", func() bool { return o.status().everywhere("verified") })
	t.Logf("%d times killed", killed)
	o.wholeIssues()
	o.onceInTheGazette(items)
}

// wholeIssues wants every issue that readers can reach to have all its articles.
func (o *office) wholeIssues() {
	o.t.Helper()
	found, err := filepath.Glob(filepath.Join(o.dir, "public", "gazette", "*", "*"))
	if err != nil {
		o.t.Fatal(err)
	}
	for _, dir := range found {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() || strings.HasPrefix(filepath.Base(dir), ".") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, "edition.json"))
		var e struct {
			Articles []struct {
				Path string `json:"path"`
			} `json:"articles"`
		}
		if err == nil {
			err = json.Unmarshal(b, &e)
		}
		pages, _ := filepath.Glob(filepath.Join(dir, "*.html"))
		if err != nil || len(e.Articles) == 0 || len(pages) < len(e.Articles) {
			o.t.Errorf("%s is not whole: %d articles, %d pages (%v)", dir, len(e.Articles), len(pages), err)
		}
	}
}

// TestKilledOnTheFirstDay cuts the very first start off, over and over, and starts once more.
func TestKilledOnTheFirstDay(t *testing.T) {
	t.Parallel()
	o := quietOffice(t)
	for i := range 12 {
		if i%4 == 0 { // the first day again
			if err := os.RemoveAll(filepath.Join(o.dir, "data")); err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(filepath.Join(o.dir, "public")); err != nil {
				t.Fatal(err)
			}
		}
		o.killAfter(after(time.Duration(10+i*6)*time.Millisecond), "serve")
	}
	d := o.start("serve")
	defer kill(d)
	o.until("it serves", func() bool {
		return o.get("http://"+o.siteAt+"/", nil) == nil && o.get("http://"+o.deskAt+"/healthz", nil) == nil
	})
	left, err := filepath.Glob(filepath.Join(o.dir, "public", ".*"))
	t.Logf("hidden beside the pages: %v (%v)", left, err)
	o.file(1, 1, "site")
	o.until("an item is verified", func() bool { return o.count("verified") == 1 })
}
