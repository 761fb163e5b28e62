package desk

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

//go:embed page/*.html static/*
var files embed.FS

// frame is what every page has around it.
type frame struct {
	Title  string
	Office string
	Now    time.Time
	Here   string // which entry of the navigation it is
	Done   string // what was just done, said once
}

func (d *desk) frame(title, here string) frame {
	return frame{Title: title, Office: d.Office, Now: d.Now().In(d.Location), Here: here}
}

// parse reads every template, each inside the layout.
func (d *desk) parse() map[string]*template.Template {
	funcs := template.FuncMap{"at": d.at, "to": to, "static": d.link, "web": web, "edition": d.editionName, "key": d.keyName, "plain": d.plainly}
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

// show writes a page. It is written to memory first, so that a page is whole or is an error.
func (d *desk) show(w http.ResponseWriter, r *http.Request, status int, name string, page any) {
	var buf bytes.Buffer
	if err := d.pages[name].ExecuteTemplate(&buf, "layout.html", page); err != nil {
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

func readStatic() map[string]file {
	out := map[string]file{}
	for name, mime := range map[string]string{
		"desk.css": "text/css; charset=utf-8", "desk.js": "text/javascript; charset=utf-8", "desk.svg": "image/svg+xml",
	} {
		data, err := files.ReadFile("static/" + name)
		if err != nil {
			panic(err) // unreachable: it is embedded
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

// Clock is the office's own time at the top of the page, to the minute.
func (f frame) Clock() string {
	days := []string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}
	return f.Now.Format("1月2日 ") + days[f.Now.Weekday()] + f.Now.Format(" 15:04")
}
