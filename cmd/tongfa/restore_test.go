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

// gazetteTitles counts the articles in all issues by title.
func (o *office) gazetteTitles() map[string]int {
	o.t.Helper()
	found, err := filepath.Glob(filepath.Join(o.dir, "public", "gazette", "*", "*", "edition.json"))
	if err != nil {
		o.t.Fatal(err)
	}
	seen := map[string]int{}
	for _, name := range found {
		b, err := os.ReadFile(name)
		if err != nil {
			o.t.Fatal(err)
		}
		for _, part := range strings.Split(string(b), `"title":`)[1:] {
			if title := firstQuoted(part); strings.Contains(title, "事项的通知") {
				seen[title]++
			}
		}
	}
	return seen
}

func firstQuoted(text string) string {
	_, rest, _ := strings.Cut(text, `"`)
	title, _, _ := strings.Cut(rest, `"`)
	return title
}

// siteTitles counts the pages of items by title. Those that were withdrawn tell none, and stand for themselves.
func (o *office) siteTitles() map[string]int {
	o.t.Helper()
	seen := map[string]int{}
	err := filepath.WalkDir(filepath.Join(o.dir, "public", "content"), func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".html" {
			return err
		}
		b, err := os.ReadFile(path)
		_, rest, ok := strings.Cut(string(b), `name="ArticleTitle" content="`)
		title, _, _ := strings.Cut(rest, `"`)
		if !ok {
			title = path
		}
		seen[title]++
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return seen
}

// accountTitles counts the articles that the account ever published by title, also those that were deleted.
func (o *office) accountTitles() map[string]int {
	o.t.Helper()
	seen := map[string]int{}
	for _, a := range o.articles() {
		seen[a.Title]++
	}
	return seen
}

// everywhereOnce wants the items of some numbers, and no others, once on every channel.
func (o *office) everywhereOnce(when string, items int) {
	o.t.Helper()
	for where, seen := range map[string]map[string]int{"site": o.siteTitles(), "account": o.accountTitles(), "gazette": o.gazetteTitles()} {
		if len(seen) != items {
			o.t.Errorf("%s, the %s has %d titles, want %d", when, where, len(seen), items)
		}
		for title, n := range seen {
			if n != 1 {
				o.t.Errorf("%s, %s is on the %s %d times", when, title, where, n)
			}
		}
	}
}

// must runs a command that has to go well.
func (o *office) must(args ...string) string {
	o.t.Helper()
	text, code := o.said(args...)
	if code != 0 {
		o.t.Fatalf("tongfa %s ended with %d:\n%s", strings.Join(args, " "), code, text)
	}
	return text
}

// settled counts the copies of the first items that are public and verified on all channels.
func (o *office) verifiedUpTo(items int) func() bool {
	return func() bool {
		n := 0
		for _, it := range o.status().Items {
			done := len(it.Channels) == 3
			for _, c := range it.Channels {
				done = done && c["state"] == "verified"
			}
			if done {
				n++
			}
		}
		return n >= items
	}
}

// TestARestoreOfAnOlderLedgerPublishesNothingTwice loses a ledger with everything that was done since its backup: what had waited and went out,
// what was under way, what was filed only then, what was withdrawn. All channels are the real ones.
func TestARestoreOfAnOlderLedgerPublishesNothingTwice(t *testing.T) {
	t.Parallel()
	before, open, waiting, all := 30, 38, 46, 60
	if testing.Short() {
		before, open, waiting, all = 8, 12, 16, 24
	}
	channels := []string{"site", "wechat", "gazette"}
	o := newOffice(t)
	o.file(1, before, channels...)
	d := o.start("serve")
	o.until("the first ones are verified", o.verifiedUpTo(before))
	for _, c := range channels {
		o.must("channel", "pause", c, "--reason", "备份")
	}
	o.file(before+1, open, channels...) // composed, and not sent
	o.until("they are composed on the site", func() bool { return o.status().onTheWay() >= open-before })
	kill(d)
	o.file(open+1, waiting, channels...) // waits
	o.must("backup", "backups/one.db")
	d = o.start("serve")
	for _, c := range channels {
		o.must("channel", "resume", c)
	}
	o.file(waiting+1, all, channels...) // the backup does not know them
	o.until("all are verified", o.verifiedUpTo(all))
	for _, n := range []int{1, open, waiting} {
		o.must("withdraw", fmt.Sprintf("oa-%05d", n), "--reason", "内容有误")
	}
	kill(d)
	o.everywhereOnce("before the disaster", all)
	for _, name := range []string{"tongfa.db", "tongfa.db-wal", "tongfa.db-shm"} {
		if err := os.Remove(filepath.Join(o.dir, "data", name)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if text := o.must("restore", "backups/one.db"); !strings.Contains(text, fmt.Sprintf("%d篇稿件", waiting)) {
		t.Errorf("restore said:\n%s", text)
	}
	if text, code := o.said("check", "--offline"); code == 0 || !strings.Contains(text, "还没有普查") {
		t.Errorf("check ended with %d:\n%s", code, text)
	}
	for i := range 4 { // and the survey is cut off, more than once
		o.killAfter(after(timeOf(150*(i+1))), "serve")
	}
	d = o.start("serve")
	defer func() { kill(d) }()
	for _, c := range channels {
		o.must("channel", "resume", c)
	}
	o.within(time.Minute, "everything in the backup is settled", func() bool {
		for _, it := range o.status().Items {
			for _, c := range it.Channels {
				if c["state"] != "verified" && c["state"] != "differs" && c["state"] != "needs_hand" {
					return false
				}
			}
		}
		return true
	}, func() any { return o.status().tally() })
	o.everywhereOnce("after the restore", all)
	text, _ := o.said("check", "--offline")
	if !strings.Contains(text, "认领了") || strings.Contains(text, "还没有普查") {
		t.Errorf("check says:\n%s", text)
	}
	t.Log(text)
	o.file(waiting+1, all, channels...) // the office's system hands in again what was lost
	o.until("they are stopped", func() bool {
		n := 0
		for _, it := range o.status().Items {
			for _, c := range it.Channels {
				if strings.Contains(c["note"], "已有同名内容") {
					n++
				}
			}
		}
		return n >= (all-waiting)*2 // the gazette asks at its next slot
	})
	o.until("the next slots have gone by", timesUp(6))
	o.everywhereOnce("after they were filed again", all)
	list := o.must("stranger", "list")
	if n := strings.Count(list, "事项的通知"); n < (all-waiting)*3 {
		t.Errorf("%d strangers:\n%s", n, list)
	}
	o.must("retry", fmt.Sprintf("oa-%05d", all), "--channel", "site", "--link", o.strangerURL(all))
	o.until("the page that a person registered is verified", func() bool {
		s := o.states(fmt.Sprintf("oa-%05d", all))["site"]["state"]
		return s == "verified" || s == "differs"
	})
	o.everywhereOnce("at the end", all)
}

func timeOf(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }

// timesUp is true once it was asked for some seconds.
func timesUp(seconds int) func() bool {
	end := time.Now().Add(time.Duration(seconds) * time.Second)
	return func() bool { return time.Now().After(end) }
}

// strangerURL is where the page of a lost item stands on the site.
func (o *office) strangerURL(n int) string {
	o.t.Helper()
	var list []struct{ Channel, URL, Title string }
	if err := json.Unmarshal([]byte(o.must("stranger", "list", "--json")), &list); err != nil {
		o.t.Fatal(err)
	}
	for _, s := range list {
		if s.Channel == "site" && strings.Contains(s.Title, fmt.Sprintf("第%d号", n)) {
			return s.URL
		}
	}
	o.t.Fatalf("item %d is no stranger on the site: %+v", n, list)
	return ""
}
