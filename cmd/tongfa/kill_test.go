package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestKilledTimeAndAgainEverythingIsOutOnce kills the daemon while it publishes on three channels, as a power cut would, and counts
// in the end what the outside shows.
func TestKilledTimeAndAgainEverythingIsOutOnce(t *testing.T) {
	items, kills := 200, 10
	if testing.Short() {
		items, kills = 160, 4
	}
	o := newOfficeWith(t, strict, "--review", "1s")
	dice := rand.New(rand.NewPCG(20261125, uint64(items)))
	began := time.Now()
	var struck []int // copies on their way at each kill
	for round := range kills {
		add := []string{"add"}
		for n := range items / kills {
			add = append(add, o.item(round*(items/kills)+n+1, nil))
		}
		if _, code := o.tongfa(add...); code != 0 {
			t.Fatalf("add ended with %d", code)
		}
		before := o.pages()
		d := o.start("serve")
		for tick := time.NewTicker(5 * time.Millisecond); o.pages() == before; {
			<-tick.C // the first page of this portion; the test's own limit ends a wait in vain
		}
		<-time.After(time.Duration(dice.IntN(100)) * time.Millisecond)
		kill(d)
		struck = append(struck, o.status().onTheWay())
	}
	t.Logf("copies on their way at each kill: %v", struck)
	if idle := len(slices.DeleteFunc(struck, func(n int) bool { return n > 0 })); idle > kills*3/4 {
		t.Errorf("%d of %d kills struck a daemon that published nothing", idle, kills)
	}
	d := o.start("serve")
	defer kill(d)
	var last statusOut
	o.within(4*time.Minute, "every copy is verified", func() bool { last = o.status(); return last.everywhere("verified") },
		func() any { return last.tally() })
	t.Logf("%d items on three channels, killed %d times: all verified after %s", items, kills, time.Since(began).Round(time.Millisecond))

	if len(last.Items) != items {
		t.Errorf("%d items in the ledger, want %d", len(last.Items), items)
	}
	o.onceOnWeChat(items)
	o.onceOnTheSite(items)
	o.onceInTheGazette(items)
	if text, code := o.tongfa("check", "--offline"); code != 0 {
		t.Errorf("check ended with %d:\n%s", code, text)
	}
}

// pages counts the item pages of the site.
func (o *office) pages() int {
	o.t.Helper()
	found, err := filepath.Glob(filepath.Join(o.dir, "public", "content", "*", "*", "*.html"))
	if err != nil {
		o.t.Fatal(err)
	}
	return len(found)
}

func (o *office) onceOnWeChat(items int) {
	o.t.Helper()
	var effects []struct{ Kind string }
	if err := o.get("http://"+o.wx+"/_standin/effects", &effects); err != nil {
		o.t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, e := range effects {
		kinds[e.Kind]++
	}
	o.t.Logf("what the stand-in did, by kind: %v", kinds)
	seen := map[string]int{}
	for _, a := range o.articles() {
		if !a.Deleted {
			seen[a.Title]++
		}
	}
	o.onceEach("on WeChat", seen, items)
}

func (o *office) onceOnTheSite(items int) {
	o.t.Helper()
	seen := map[string]int{}
	err := filepath.WalkDir(filepath.Join(o.dir, "public", "content"), func(path string, e fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".html") {
			var b []byte
			b, err = os.ReadFile(path)
			_, rest, _ := strings.Cut(string(b), `<meta name="ArticleTitle" content="`)
			title, _, _ := strings.Cut(rest, `"`)
			seen[title]++
		}
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	o.onceEach("on the site", seen, items)
}

func (o *office) onceInTheGazette(items int) {
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
		var e struct {
			Articles []struct {
				Title string `json:"title"`
			} `json:"articles"`
		}
		if err := json.Unmarshal(b, &e); err != nil {
			o.t.Fatal(err)
		}
		for _, a := range e.Articles {
			seen[a.Title]++
		}
	}
	o.onceEach(fmt.Sprintf("in %d issues of the gazette", len(found)), seen, items)
}

// onceEach holds the titles that were seen somewhere, and how often, against the number of items that belong there.
func (o *office) onceEach(where string, seen map[string]int, items int) {
	o.t.Helper()
	if len(seen) != items {
		o.t.Errorf("%d titles %s, want %d", len(seen), where, items)
	}
	for title, n := range seen {
		if n != 1 {
			o.t.Errorf("%s %d times: %s", where, n, title)
		}
	}
}
