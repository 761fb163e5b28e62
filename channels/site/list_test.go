package site

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tongfa/channels"
	"tongfa/config"
	"tongfa/press"
)

// small makes list pages of three entries, so that a few items fill several.
func small(c *config.Site) { c.PageSize = 3 }

// changed lists the files that differ between two trees.
func changed(before, after map[string]string) (names []string) {
	for name, data := range after {
		if old, ok := before[name]; !ok || old != data {
			names = append(names, name)
		}
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

var oldPage = regexp.MustCompile(`/page-(\d+)\.html$`)

// Page K of a list never changes again once page K+1 is there.
func TestOldListPagesNeverChange(t *testing.T) {
	w := newTown(t, small)
	for range 12 {
		w.publish(w.entry())
	}
	before := w.tree()
	for range 4 {
		w.publish(w.entry())
		after := w.tree()
		for _, name := range changed(before, after) {
			if m := oldPage.FindStringSubmatch(name); m != nil && (m[1] == "1" || m[1] == "2" || m[1] == "3") {
				t.Errorf("%s was written again", name)
			}
		}
	}
	if page := w.tree()["tzgg/page-1.html"]; page == "" || page != before["tzgg/page-1.html"] {
		t.Error("the oldest page is not there, or not the same")
	}
	for k, want := range map[string][]int{"tzgg/page-1.html": {3, 2, 1}, "tzgg/page-4.html": {12, 11, 10}, "tzgg/page-6.html": {16}, "tzgg/index.html": {16, 15, 14}} {
		if got := w.shown(k); !slices.Equal(got, want) {
			t.Errorf("%s shows items %v, want %v", k, got, want)
		}
	}
}

var itemHref = regexp.MustCompile(`/20261124-a0*(\d+)\.html$`)

// shown are the numbers of the items that a list page shows, as they stand on it.
func (w *town) shown(rel string) (numbers []int) {
	for _, a := range all(w.dom(rel), "a") {
		if m := itemHref.FindStringSubmatch(channels.AttrOf(a, "href")); m != nil {
			var n int
			fmt.Sscan(m[1], &n)
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// One publication touches as many files in a large website as in a small one.
func TestAPublicationTouchesTheSameFewFiles(t *testing.T) {
	w := newTown(t, small)
	touched := map[int]int{}
	for n := 1; n <= 41; n++ {
		before := w.tree()
		w.publish(w.entry())
		if n%3 == 2 { // neither first nor last on its page
			touched[n] = len(changed(before, w.tree()))
		}
	}
	for n, files := range touched {
		if n > 3 && files != touched[5] {
			t.Errorf("item %d touched %d files, item 5 touched %d", n, files, touched[5])
		}
	}
	if touched[5] > 20 {
		t.Errorf("one publication touches %d files", touched[5])
	}
}

func TestPublishingAgainTouchesNothing(t *testing.T) {
	w := newTown(t, small)
	for range 5 {
		w.publish(w.entry())
	}
	var touched atomic.Int32
	rename := w.site.disk.Rename
	w.site.disk.Rename = func(from, to string) error { touched.Add(1); return rename(from, to) }
	ed := w.compose(w.entry())
	a := w.memory.Open(press.Publish, ed)
	for round := range 2 {
		touched.Store(0)
		if _, err := w.site.Publish(t.Context(), a, w.memory.Journal(int64(1000+round))); err != nil {
			t.Fatal(err)
		}
	}
	if n := touched.Load(); n != 0 {
		t.Errorf("the same publication once more touched %d files", n)
	}
}

// Many publications at once share the writing of the lists.
func TestPublicationsAtOnceShareTheirLists(t *testing.T) {
	w := newTown(t)
	var homes atomic.Int32
	rename := w.site.disk.Rename
	w.site.disk.Rename = func(from, to string) error {
		if to == w.site.abs("index.html") {
			homes.Add(1)
		}
		return rename(from, to)
	}
	const many = 200
	acts := make([]press.Act, many)
	for i := range acts {
		acts[i] = w.memory.Open(press.Publish, w.compose(w.entry()))
	}
	w.site.lists.work.Lock() // as if a refresh were under way while all of them write their pages
	var wg sync.WaitGroup
	var left atomic.Int32
	left.Store(many)
	written := make(chan struct{})
	w.memory.After = func(op, step string) error {
		if op == "intend" && step == stepLists && left.Add(-1) == 0 {
			close(written)
		}
		return nil
	}
	errs := make([]error, many)
	for i, a := range acts {
		wg.Go(func() {
			_, errs[i] = w.deliver(a)
		})
	}
	<-written
	w.site.lists.work.Unlock()
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if n := homes.Load(); n > many/10 {
		t.Errorf("%d publications at once wrote the home page %d times", many, n)
	}
	if got, want := len(w.shown("tzgg/page-1.html")), defaultPageSize; got != want {
		t.Errorf("the first page shows %d entries, want %d", got, want)
	}
	if !strings.Contains(w.tree()["search/2026-11-1.json"], fmt.Sprintf("a%05d.html", many)) {
		t.Error("the search index lacks the last item")
	}
}

// What was composed and has no page yet is on no list.
func TestListsLeaveOutWhatHasNoPage(t *testing.T) {
	w := newTown(t)
	w.compose(w.entry())
	b := w.publish(w.entry())[0]
	if got := w.shown("tzgg/index.html"); !slices.Equal(got, []int{2}) {
		t.Errorf("the column shows %v, want only item 2", got)
	}
	if err := os.Remove(w.site.abs(w.path(b))); err != nil {
		t.Fatal(err)
	}
	w.publish(w.entry())
	for _, list := range []string{"tzgg/index.html", "index.html", "catalog/2026/index.html", "tzgg/page-1.html"} {
		if got := w.shown(list); !slices.Contains(got, 3) || slices.Contains(got, 2) || slices.Contains(got, 1) {
			t.Errorf("%s shows %v, want item 3 and neither 1 nor 2", list, got)
		}
	}
}

// A crash between the pages and the lists leaves an act that the next round finishes.
func TestACrashBeforeTheListsIsMended(t *testing.T) {
	for _, at := range []string{"before the lists", "in the middle of the lists"} {
		t.Run(at, func(t *testing.T) {
			w := newTown(t, small)
			for range 3 {
				w.publish(w.entry())
			}
			renames := 0
			rename := w.site.disk.Rename
			w.site.disk.Rename = func(from, to string) error {
				if renames++; at == "in the middle of the lists" && renames > 3 {
					return errors.New("power cut")
				}
				return rename(from, to)
			}
			w.memory.Before = func(op, step string) error {
				if at == "before the lists" && op == "intend" && step == stepLists {
					return errors.New("power cut")
				}
				return nil
			}
			a := w.memory.Open(press.Publish, w.compose(w.entry()))
			if r, err := w.deliver(a); err == nil {
				t.Fatalf("the crash did not happen: %v", r.Status)
			}
			w.memory.Before = nil
			w.site = w.open(w.memory) // the program starts again
			if err := w.site.Setup(t.Context()); err != nil {
				t.Fatal(err)
			}
			if r, err := w.deliver(a); err != nil || r.Status != press.Live {
				t.Fatalf("after the crash: %v, %v", r.Status, err)
			}
			for _, list := range []string{"tzgg/index.html", "index.html", "tzgg/page-2.html"} {
				if !slices.Contains(w.shown(list), 4) {
					t.Errorf("%s does not show item 4", list)
				}
			}
			if _, ok := links(w.dom("tzgg/page-1.html"))["/tzgg/page-2.html"]; !ok {
				t.Error("page 1 does not lead to page 2")
			}
			if left, _ := os.ReadDir(w.site.abs(tmpDir)); len(left) > 0 {
				t.Errorf("half-written files were left: %v", left)
			}
		})
	}
}

// A ledger that was restored and remembers nothing of the act finds it by its mark, and finishes what is missing.
func TestAnActNobodyRemembersIsFound(t *testing.T) {
	w := newTown(t)
	ed := w.compose(w.entry())
	a := w.memory.Open(press.Publish, ed)
	if _, err := w.deliver(a); err != nil {
		t.Fatal(err)
	}
	a = w.memory.Open(press.Publish, ed)
	before := w.tree()
	if r, err := w.site.Lookup(t.Context(), a, w.memory.Journal(a.ID)); err != nil || r.Status != press.Live {
		t.Errorf("a look without memory: %v, %v", r.Status, err)
	}
	if c := changed(before, w.tree()); len(c) > 0 {
		t.Errorf("a look changed %v", c)
	}
	if err := os.Remove(w.site.abs("tzgg/page-1.html")); err != nil {
		t.Fatal(err)
	}
	if r, err := w.site.Lookup(t.Context(), a, w.memory.Journal(a.ID)); err != nil || r.Status != press.Absent {
		t.Errorf("a look without memory and without the list: %v, %v", r.Status, err)
	}
}

// Every link within the website leads to a file.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	for base, serve := range map[string]string{"": "", "/zwgk": "127.0.0.1:0"} {
		t.Run("at "+base+"/", func(t *testing.T) {
			w := newTown(t, small, func(c *config.Site) { c.URL, c.Serve = c.URL+base, serve })
			if err := w.site.Setup(t.Context()); err != nil {
				t.Fatal(err)
			}
			empty := w.crawl(base)
			w.fill()
			if full := w.crawl(base); full <= empty+20 {
				t.Errorf("the crawl saw %d pages of the empty website and %d of the full one", empty, full)
			}
		})
	}
}

// fill publishes what a website has: many columns, links both ways, files, pictures, and things that were taken back.
func (w *town) fill() {
	w.t.Helper()
	var doc press.Entry
	for i := range 23 {
		e := w.entry(func(e *press.Entry) {
			e.Revision.Meta.Column = []string{"通知公告", "政策文件", "人事任免", ""}[i%4]
			e.Revision.Meta.Theme = []string{`综合政务\其他`, `卫生、体育\卫生`, ""}[i%3]
			pdf := fmt.Sprintf("%%PDF %d", i)
			e.Revision.Attachments = []press.Asset{{Digest: w.memory.Put([]byte(pdf)), Name: "附件 一.pdf", MIME: "application/pdf", Size: int64(len(pdf))}}
			png := press.Asset{Digest: w.memory.Put([]byte("png")), Name: "图.png", MIME: "image/png", Width: 4, Height: 3}
			e.Revision.Images = []press.Asset{png}
			e.Revision.Body = append(e.Revision.Body, press.Block{Kind: press.Figure, Picture: &press.Picture{Digest: png.Digest, Alt: "图"}})
			if i%5 == 4 {
				e.Links = []press.Link{{Rel: press.LinkInterprets, Item: doc.Item.ID, Title: doc.Revision.Title, URL: doc.Copy.URL}}
			}
		})
		e = w.publish(e)[0]
		if i%5 == 0 {
			doc = e
		}
		if i%7 == 6 {
			w.withdraw([]string{press.NoticePage, press.NoticeGone, w.site.Address(doc)}[i/7%3], e)
		}
		w.advance(40 * time.Hour)
	}
}

// crawl follows every address from the home page, sitemap and feed on, through the built-in server, and returns how many pages it saw.
func (w *town) crawl(base string) int {
	w.t.Helper()
	todo := []string{base + "/", base + "/search.html", base + "/404.html"}
	for _, name := range slices.Sorted(maps.Keys(w.tree())) {
		if strings.HasSuffix(name, ".html") {
			todo = append(todo, base+"/"+name)
		}
	}
	from := map[string]string{}
	pages := 0
	search := http.NotFoundHandler() // nobody may be led to it where it is not served
	if w.cms.Serve != "" {
		search = w.site.Search(func(context.Context, string, int) ([]Hit, int, error) { return nil, 0, nil })
	}
	for len(todo) > 0 {
		at := todo[0]
		todo = todo[1:]
		rec := httptest.NewRecorder()
		w.site.Handler(search).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, at, nil))
		gone := rec.Code == http.StatusGone && from[at] == ""
		if rec.Code != http.StatusOK && !gone {
			w.t.Errorf("%s, linked from %s, answers %d", at, from[at], rec.Code)
			continue
		}
		if !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/html") {
			continue
		}
		pages++
		for link := range channels.LinksIn(rec.Body.Bytes()) {
			link, ours := w.internal(at, link)
			if _, known := from[link]; ours && !known && link != at {
				from[link] = at
				todo = append(todo, link)
			}
		}
	}
	return pages
}

// internal is where a link on a page leads, if that is on this website.
func (w *town) internal(at, link string) (string, bool) {
	page, err := url.Parse("https://www.example.gov.cn" + at)
	if err != nil {
		w.t.Fatal(err)
	}
	to, err := page.Parse(link)
	if err != nil {
		w.t.Errorf("%s links %q: %v", at, link, err)
		return "", false
	}
	return to.EscapedPath(), to.Host == "www.example.gov.cn" && link != ""
}

// The catalogue stands at the serial numbers of index numbers, whatever the order of publication.
func TestTheCatalogueIsByIndexNumber(t *testing.T) {
	w := newTown(t)
	numbered := func(n string) func(*press.Entry) {
		return func(e *press.Entry) { e.Item.IndexNumber = n }
	}
	w.publish(w.entry(numbered("SL/2026-00003")))
	w.publish(w.entry(numbered("SL/2026-00001")))
	w.publish(w.entry(numbered("SL/2025-00009")))
	if got := w.shown("catalog/2026/index.html"); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("2026 shows %v, want item 1 (number 3) above item 2 (number 1)", got)
	}
	if got := w.shown("catalog/2025/index.html"); !slices.Equal(got, []int{3}) {
		t.Errorf("2025 shows %v, want item 3", got)
	}
	if got := w.shown(themeDir("综合政务") + "/index.html"); !slices.Equal(got, []int{3, 2, 1}) {
		t.Errorf("the theme shows %v, want all three", got)
	}
	catalog := links(w.dom("catalog/index.html"))
	for address, want := range map[string]string{"/catalog/2026/": "2026年", "/catalog/2025/": "2025年", "/" + themeDir("综合政务") + "/": "综合政务"} {
		if catalog[address] != want {
			t.Errorf("the catalogue calls %s %q, want %q", address, catalog[address], want)
		}
	}
}

func TestSetupMakesAnEmptySitePresentable(t *testing.T) {
	w := newTown(t)
	if err := os.MkdirAll(w.site.abs(tmpDir), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(w.site.abs(tmpDir+"/w-1"), []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := w.site.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := w.tree()
	for _, name := range []string{"index.html", "tzgg/index.html", "zwdt/index.html", "catalog/index.html", "search.html", "404.html", "map.html", "robots.txt", "feed.xml", "sitemap.xml", "search/index.json"} {
		if before[name] == "" {
			t.Errorf("no %s", name)
		}
	}
	if _, still := before[tmpDir+"/w-1"]; still {
		t.Error("a half-written file of an earlier run is still there")
	}
	if err := w.site.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := changed(before, w.tree()); len(c) > 0 {
		t.Errorf("a second Setup changed %v", c)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.site.Setup(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled Setup says %v", err)
	}
}
