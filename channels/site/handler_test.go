package site

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tongfa/channels"
	"tongfa/config"
	"tongfa/press"
)

func TestTheBuiltInServer(t *testing.T) {
	w := newTown(t)
	if err := w.site.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	e := w.publish(w.entry(func(e *press.Entry) {
		e.Revision.Attachments = []press.Asset{{Digest: w.memory.Put([]byte("%PDF")), Name: "附件.pdf", MIME: "application/pdf"}}
	}))[0]
	if err := os.Symlink("/etc/passwd", w.site.abs("content/link.txt")); err != nil {
		t.Fatal(err)
	}
	file := w.site.href(filesDir(w.path(e)) + "/" + channels.FileName(e.Revision.Attachments[0]))
	for _, c := range []struct {
		path, kind string
		status     int
	}{
		{"/", "text/html; charset=utf-8", 200}, {"/tzgg/", "text/html; charset=utf-8", 200}, {"/" + w.path(e), "text/html; charset=utf-8", 200},
		{"/feed.xml", "application/atom+xml; charset=utf-8", 200}, {"/sitemap.xml", "application/xml; charset=utf-8", 200},
		{"/search/index.json", "application/json", 200}, {w.site.href(w.site.assets.css), "text/css; charset=utf-8", 200}, {file, "application/pdf", 200},
		{"/tzgg", "", 301}, {"/search?q=a", "", 302}, {"/content/", "text/html; charset=utf-8", 404}, {"/content/2026", "text/html; charset=utf-8", 404},
		{"/content/link.txt", "text/html; charset=utf-8", 404}, {"/nothing.html", "text/html; charset=utf-8", 404}, {"/.tmp/", "", 404}, {"/.tmp/w-1", "", 404}, {"/a\x00b", "", 404},
		{"/../../etc/passwd", "", 404}, {"/..%2f..%2fetc/passwd", "", 404}, {`/..\..\x`, "", 404}, {"//etc/passwd", "", 404}, {"/tzgg/../.tmp/x", "", 404},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL = &url.URL{Path: c.path}
		if u, err := url.Parse(c.path); err == nil && !strings.HasPrefix(c.path, "//") {
			r.URL = u
		}
		rec := httptest.NewRecorder()
		w.site.Handler(nil).ServeHTTP(rec, r)
		if rec.Code != c.status {
			t.Errorf("%q answers %d, want %d", c.path, rec.Code, c.status)
		}
		if got := rec.Header().Get("Content-Type"); c.kind != "" && got != c.kind {
			t.Errorf("%q is %q, want %q", c.path, got, c.kind)
		}
		if rec.Header().Get("X-Content-Type-Options") != "nosniff" || rec.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%q has the headers %v", c.path, rec.Header())
		}
	}
	if rec := w.get(file); !strings.HasPrefix(rec.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("an attachment is shown in place: %v", rec.Header())
	}
	if rec := w.get(w.site.href(w.site.assets.css)); !strings.Contains(rec.Header().Get("Cache-Control"), "immutable") {
		t.Error("the style sheet is not cached")
	}
	rec := httptest.NewRecorder()
	w.site.Handler(nil).ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/", nil))
	if rec.Code != http.StatusMethodNotAllowed || rec.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST answers %d %v", rec.Code, rec.Header())
	}
}

// A page that carries all it needs, and a policy that lets it do nothing, keeps its look; one whose policy lets it do more gets ours.
func TestAPageInOneFileKeepsItsOwnPolicy(t *testing.T) {
	w := newTown(t)
	strict := "default-src 'none'; style-src 'sha256-AAAA+/=='; img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
	for name, c := range map[string]struct {
		policy string
		own    bool
	}{
		"strict": {strict, true}, "script": {strict + "; script-src 'unsafe-inline'", false}, "inline": {strings.Replace(strict, "'sha256-AAAA+/=='", "'unsafe-inline'", 1), false},
	} {
		page := "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"" + c.policy + "\">\n"
		if err := os.WriteFile(filepath.Join(w.site.disk.root, name+".html"), []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		got := w.get("/" + name + ".html").Header().Get("Content-Security-Policy")
		if own := got == c.policy+"; frame-ancestors 'self'"; own != c.own || !c.own && !strings.HasPrefix(got, policy) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestTheServerBelowAPath(t *testing.T) {
	w := newTown(t, func(c *config.Site) { c.URL = "https://www.example.gov.cn/公开/" })
	if err := w.site.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/公开/": 200, "/公开": 301, "/公开/tzgg/": 200, "/tzgg/": 404, "/": 404} {
		if rec := w.get((&url.URL{Path: path}).EscapedPath()); rec.Code != want {
			t.Errorf("%s answers %d, want %d", path, rec.Code, want)
		}
	}
}

func TestSearchInTheFullText(t *testing.T) {
	w := newTown(t, func(c *config.Site) { c.Serve = "127.0.0.1:0" })
	var asked string
	var page int
	find := func(_ context.Context, query string, p int) ([]Hit, int, error) {
		asked, page = query, p
		if query == "坏" {
			return nil, 0, errors.New("secret path /var/lib")
		}
		if query == "无" {
			return nil, 0, nil
		}
		return []Hit{{Title: "<b>示例</b>文件", URL: "https://www.example.gov.cn/a.html", Snippet: evil + "示例", Date: w.clock(), DocNumber: "示政〔2026〕1号"},
			{Title: "坏地址", URL: "javascript:alert(1)"}}, 35, nil
	}
	get := func(query string) (*httptest.ResponseRecorder, string) {
		rec := httptest.NewRecorder()
		w.site.Handler(w.site.Search(find)).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/search?"+query, nil))
		return rec, channels.NodeText(parse(t, rec.Body.Bytes()))
	}
	rec, text := get(url.Values{"q": {" 示例  文件\x00\x01 "}, "page": {"2"}}.Encode())
	if rec.Code != 200 || asked != "示例 文件" || page != 2 || !strings.Contains(text, "找到 35 条") {
		t.Errorf("%d, asked %q page %d: %s", rec.Code, asked, page, text)
	}
	if rec.Header().Get("Cache-Control") != "no-store" {
		t.Error("results are cached")
	}
	root := parse(t, rec.Body.Bytes())
	to := links(root)
	if _, runs := to["javascript:alert(1)"]; runs || to["https://www.example.gov.cn/a.html"] != "<b>示例</b>文件" {
		t.Errorf("hits lead to %v", to)
	}
	if len(all(root, "img")) > 0 || len(all(root, "mark")) < 3 {
		t.Error("a snippet is HTML, or the words are not marked")
	}
	previous := "/search?" + url.Values{"page": {"1"}, "q": {"示例 文件"}}.Encode()
	if to[previous] != "上一页" {
		t.Errorf("no way back to %s", previous)
	}
	for _, c := range []struct {
		query  string
		status int
		want   string
	}{
		{"", 200, "请在页面上方的搜索框里输入"}, {"q=%20%20", 200, "请在页面上方的搜索框里输入"}, {"q=无", 200, "没有找到包含“无”的内容"},
		{"q=坏", 503, "搜索暂时不可用"}, {"q=a&page=x", 200, "第1页，共4页"}, {"q=a&page=-3", 200, "第1页"}, {"q=a&page=999999999999999999999", 200, "第1页"},
	} {
		rec, text := get(c.query)
		if rec.Code != c.status || !strings.Contains(text, c.want) {
			t.Errorf("%q: %d %s, want %d %q", c.query, rec.Code, text, c.status, c.want)
		}
		if strings.Contains(rec.Body.String(), "/var/lib") {
			t.Error("an error of the machine is on the page")
		}
	}
	if get("q=" + url.QueryEscape(strings.Repeat("长", 500))); len([]rune(asked)) != queryRunes {
		t.Errorf("asked with %d characters, want %d", len([]rune(asked)), queryRunes)
	}
	rec = httptest.NewRecorder()
	w.site.Search(find).ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/search", nil))
	if rec.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST answers %d", rec.Code)
	}
}

func TestWordsAreMarkedWhereTheyStand(t *testing.T) {
	for _, c := range []struct{ text, words, want string }{
		{"示例区示例", "示例", "<mark>示例</mark>区<mark>示例</mark>"}, {"ABC<abc", "abc", "<mark>ABC</mark>&lt;<mark>abc</mark>"},
		{"甲乙丙", "甲乙 乙丙", "<mark>甲乙丙</mark>"}, {"甲", "", "甲"}, {"", "甲", ""}, {"İstanbul甲", "甲", "İstanbul<mark>甲</mark>"},
	} {
		if got := highlight(c.text, strings.Fields(c.words)); string(got) != c.want {
			t.Errorf("%q in %q: %s, want %s", c.words, c.text, got, c.want)
		}
	}
}

func TestConfigurationThatCannotBe(t *testing.T) {
	w := newTown(t)
	for name, change := range map[string]func(*config.Site, *Options){
		"no root":    func(c *config.Site, _ *Options) { c.Root = "" },
		"no scheme":  func(c *config.Site, _ *Options) { c.URL = "www.example.gov.cn" },
		"other":      func(c *config.Site, _ *Options) { c.URL = "ftp://www.example.gov.cn" },
		"no host":    func(c *config.Site, _ *Options) { c.URL = "https:///x" },
		"no archive": func(_ *config.Site, o *Options) { o.Archive = nil },
		"no blobs":   func(_ *config.Site, o *Options) { o.Blobs = nil },
	} {
		c, o := w.cms, Options{Archive: w.memory, Blobs: w.memory}
		change(&c, &o)
		if _, err := New(c, o); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
