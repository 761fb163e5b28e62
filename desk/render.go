package desk

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

//go:embed page/*.html static en/*.json openapi.yaml
var files embed.FS

// frame is what every page has around it.
type frame struct {
	Title  string
	Office string
	Now    time.Time
	Here   string // which entry of the navigation it is
	Done   string // what was just done, said once
	Person ledger.Person
	Lang   string // of the page: zh or en
	Theme  string // light or dark; "" is as the browser says
	Path   string // of the page, to come back to
	Nav    []entry
	Seq    int64           // of the feed: the page shows at least what happened up to it
	Guises []ledger.Person // whom the visitor of a demonstration may be
}

// entry is one entry of the navigation.
type entry struct {
	Word, URL string
	Current   bool
}

// nav is the navigation of who looks, with the entry where she is.
func (d *desk) nav(r *http.Request, here string) []entry {
	all := []struct {
		here, word, url string
		right           press.Right
	}{
		{"today", "今天", "/", press.MaySee},
		{"calendar", "日历", "/calendar", press.MaySee},
		{"matrix", "同步状态", "/matrix", press.MaySee},
		{"new", "收稿", "/items/new", press.MayFile},
		{"submissions", "报送", "/submissions", press.MaySee},
		{"review", "审签", "/review", press.MaySee},
		{"editions", "期次", "/editions", press.MaySee},
		{"alarms", "告警", "/alarms", press.MaySee},
		{"strangers", "台账外内容", "/strangers", press.MaySee},
		{"record", "操作记录", "/record", press.MaySee},
		{"settings", "设置", "/settings", press.MaySee},
	}
	var out []entry
	for _, e := range all {
		if personOf(r).May(e.right) {
			out = append(out, entry{d.t(r, e.word), e.url, e.here == here})
		}
	}
	return out
}

// May reports whether who looks at the page has a right, so that it offers only what she may do.
func (f frame) May(right press.Right) bool { return f.Person.May(right) }

// Locale is the language for the lang attribute.
func (f frame) Locale() string {
	if f.Lang == english {
		return "en"
	}
	return "zh-CN"
}

// frame makes the frame of a page. Its title is in the language of the request already.
func (d *desk) frame(r *http.Request, title, here string) frame {
	return frame{Title: title, Office: d.Office, Now: d.Now().In(d.Location), Here: here, Person: personOf(r), Lang: langOf(r), Theme: themeOf(r),
		Path: cameFor(r), Nav: d.nav(r, here), Guises: d.guises(r), Seq: seqOf(r)}
}

func (f frame) language() string { return f.Lang }

// parse reads every template, each inside the layout, once for each language.
func (d *desk) parse(lang string) map[string]*template.Template {
	t := func(zh any, more ...any) string { return d.say(lang, fmt.Sprint(zh), more...) }
	spoken := func(zh any) bool { _, ok := d.words[fmt.Sprint(zh)]; return ok || lang == chinese }
	funcs := template.FuncMap{"t": t, "spoken": spoken, "at": d.at, "to": to, "static": d.link, "web": web, "plain": d.plainly, "pair": pair,
		"ago":     func(at time.Time) string { return d.ago(lang, at) },
		"span":    func(t time.Duration) string { return d.span(lang, t) },
		"between": func(from, to time.Time) string { return d.between(lang, from, to) },
		"on":      func(channel string) string { return d.called(lang, channel) },
		"clock":   func(t time.Time) string { return d.clock(lang, t) },
	}
	d.editionFuncs(funcs, lang)
	base := template.Must(template.New("layout.html").Funcs(funcs).ParseFS(files, "page/layout.html", "page/part_*.html"))
	names, err := fs.Glob(files, "page/*.html")
	if err != nil {
		panic(err) // unreachable: the pattern is right
	}
	pages := map[string]*template.Template{}
	for _, n := range names {
		name := strings.TrimSuffix(path.Base(n), ".html")
		if name == "layout" || strings.HasPrefix(name, "part_") {
			continue
		}
		pages[name] = template.Must(template.Must(base.Clone()).ParseFS(files, n))
	}
	return pages
}

// show writes a page, in the language of its frame. It is written to memory first, so that a page is whole or is an error.
func (d *desk) show(w http.ResponseWriter, r *http.Request, status int, name string, page interface{ language() string }) {
	var buf bytes.Buffer
	if err := d.pages[page.language()][name].ExecuteTemplate(&buf, "layout.html", page); err != nil {
		d.Log.ErrorContext(r.Context(), "render page", "page", name, "err", err)
		http.Error(w, "编辑台内部错误，请系统管理员查看日志", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if status == http.StatusOK {
		tag := `"` + digest(buf.Bytes()) + `"`
		h.Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.WriteHeader(status)
	_, _ = w.Write(buf.Bytes()) // the reader may have gone
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// file is one of our own files that a page needs.
type file struct {
	mime, digest string
	data         []byte
}

// readStatic reads our own files. The style sheet is desk.css and then every file of static/css, the script desk.js and then every file of
// static/js, by name: a page that needs more than the others has a file of its own there.
func readStatic() map[string]file {
	out := map[string]file{}
	for name, mime := range map[string]string{
		"desk.css": "text/css; charset=utf-8", "desk.js": "text/javascript; charset=utf-8", "desk.svg": "image/svg+xml",
	} {
		ext := strings.TrimPrefix(path.Ext(name), ".")
		more, err := fs.Glob(files, "static/"+ext+"/*."+ext)
		if err != nil {
			panic(err) // unreachable: the pattern is right
		}
		var data []byte
		for _, n := range append([]string{"static/" + name}, more...) {
			part, err := files.ReadFile(n)
			if err != nil {
				panic(err) // unreachable: it is embedded
			}
			data = append(data, part...)
		}
		out[name] = file{mime, digest(data), data}
	}
	return out
}

// link is the address of a file, which changes with its content so that it may be kept for ever.
func (d *desk) link(name string) string { return "/static/" + name + "?v=" + d.static[name].digest }

func (d *desk) file(w http.ResponseWriter, r *http.Request) {
	f, ok := d.static[r.PathValue("name")]
	if !ok {
		d.nowhere(w, r)
		return
	}
	w.Header().Set("Content-Type", f.mime)
	if r.URL.Query().Get("v") == f.digest {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, _ = w.Write(f.data)
}

// pair hands a part of a page two things.
func pair(a, b any) struct{ A, B any } { return struct{ A, B any }{a, b} }

// to is an address on the desk: each part is escaped, also the "#" in the key of an edition.
func to(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("/" + url.PathEscape(p))
	}
	return b.String()
}

// web is an address that may stand in a link: a page out there, or nothing.
func web(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}
