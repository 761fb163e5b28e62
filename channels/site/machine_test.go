package site

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"tongfa/config"
	"tongfa/press"
)

// wellFormed reads XML to its end.
func wellFormed(data string) error {
	d := xml.NewDecoder(strings.NewReader(data))
	for {
		if _, err := d.Token(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestTheFeedIsAtom(t *testing.T) {
	w := newTown(t)
	if err := w.site.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := wellFormed(w.tree()["feed.xml"]); err != nil {
		t.Errorf("empty feed: %v", err)
	}
	for range feedMost + 3 {
		w.publish(w.entry(func(e *press.Entry) {
			e.Revision.Title, e.Revision.Meta.Issuer, e.Revision.Meta.Summary = evil, evil, evil
		}))
		w.advance(time.Hour)
	}
	data := w.tree()["feed.xml"]
	if err := wellFormed(data); err != nil {
		t.Fatal(err)
	}
	var feed atomFeed
	if err := xml.Unmarshal([]byte(data), &feed); err != nil {
		t.Fatal(err)
	}
	if feed.XMLName != (xml.Name{Space: "http://www.w3.org/2005/Atom", Local: "feed"}) || feed.ID == "" || len(feed.Links) != 2 {
		t.Errorf("the head of the feed is %+v", feed)
	}
	if len(feed.Entries) != feedMost {
		t.Fatalf("%d entries, want %d", len(feed.Entries), feedMost)
	}
	for _, e := range feed.Entries {
		if _, err := time.Parse(time.RFC3339, e.Updated); err != nil || e.Title == "" || e.Author.Name == "" {
			t.Errorf("entry %+v: %v", e, err)
		}
	}
	if newest := w.clock().Add(-time.Hour).In(zone).Format(time.RFC3339); feed.Updated != newest {
		t.Errorf("updated %s, want %s", feed.Updated, newest)
	}
	ids := map[string]bool{}
	for _, id := range xmlTexts(t, data, "id") {
		if ids[id] {
			t.Errorf("two entries have the id %s", id)
		}
		ids[id] = true
	}
}

// xmlTexts are the texts of all elements of a name.
func xmlTexts(t *testing.T, data, name string) (texts []string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(data))
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return texts
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := tok.(xml.StartElement); ok && start.Name.Local == name {
			var text string
			if err := d.DecodeElement(&text, &start); err != nil {
				t.Fatal(err)
			}
			texts = append(texts, text)
		}
	}
}

func TestSitemapsListWhatIsThere(t *testing.T) {
	w := newTown(t, func(c *config.Site) { c.URL = "https://www.example.gov.cn/区/" })
	if err := w.site.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := w.publish(w.entry())[0]
	b := w.publish(w.entry())[0]
	w.advance(10 * 24 * time.Hour)
	c := w.publish(w.entry())[0]
	w.withdraw(press.NoticePage, b)
	tree := w.tree()
	maps := xmlTexts(t, tree["sitemap.xml"], "loc")
	want := []string{w.site.address("sitemap-2026-12-1.xml"), w.site.address("sitemap-2026-11-1.xml")}
	if fmt.Sprint(maps) != fmt.Sprint(want) {
		t.Errorf("sitemap.xml lists %v, want %v", maps, want)
	}
	for name, want := range map[string]press.Entry{"sitemap-2026-11-1.xml": a, "sitemap-2026-12-1.xml": c} {
		if err := wellFormed(tree[name]); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if locs := xmlTexts(t, tree[name], "loc"); len(locs) != 1 || locs[0] != w.site.Address(want) {
			t.Errorf("%s lists %v, want %s", name, locs, w.site.Address(want))
		}
		for _, mod := range xmlTexts(t, tree[name], "lastmod") {
			if _, err := time.Parse(time.RFC3339, mod); err != nil {
				t.Errorf("%s: lastmod %v", name, err)
			}
		}
	}
	w.withdraw(press.NoticePage, c)
	if maps := xmlTexts(t, w.tree()["sitemap.xml"], "loc"); len(maps) != 1 || w.tree()["sitemap-2026-12-1.xml"] != "" {
		t.Errorf("with nothing left in December the sitemaps are %v", maps)
	}
	if !strings.Contains(tree["robots.txt"], "Sitemap: "+w.site.address("sitemap.xml")) {
		t.Errorf("robots.txt: %s", tree["robots.txt"])
	}
}

func TestTheSearchIndexIsInChunks(t *testing.T) {
	w := newTown(t)
	old := w.publish(w.entry(func(e *press.Entry) { e.Revision.Title = "</script>" + evil }))[0]
	w.advance(20 * 24 * time.Hour)
	w.publish(w.entry())
	var index struct {
		Chunks []string `json:"chunks"`
	}
	tree := w.tree()
	if err := json.Unmarshal([]byte(tree["search/index.json"]), &index); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(index.Chunks) != "[2026-12-1 2026-11-1]" {
		t.Fatalf("chunks %v, want the newest first", index.Chunks)
	}
	var entries []found
	if err := json.Unmarshal([]byte(tree["search/2026-11-1.json"]), &entries); err != nil {
		t.Fatal(err)
	}
	want := found{Title: old.Revision.Title, URL: w.site.href(w.path(old)), Number: "11370000MB2840001X/2026-00001", Doc: "示政办发〔2026〕1号",
		Issuer: "示例区人民政府办公室", Date: "2026-11-24"}
	if len(entries) != 1 || entries[0] != want {
		t.Errorf("the index holds %+v, want %+v", entries, want)
	}
	w.withdraw(press.NoticePage, old)
	if got := w.tree()["search/2026-11-1.json"]; got != "[]\n" {
		t.Errorf("after a withdrawal the index holds %s", got)
	}
}

func TestChunksHoldFiveHundred(t *testing.T) {
	for position, want := range map[int64]int64{1: 1, chunkSize: 1, chunkSize + 1: 2, 2 * chunkSize: 2, 2*chunkSize + 1: 3} {
		if got := chunkOf(position); got != want {
			t.Errorf("position %d is in chunk %d, want %d", position, got, want)
		}
	}
}
