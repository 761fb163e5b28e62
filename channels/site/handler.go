package site

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tongfa/channels"
)

// policy is what a page may load: its own files, and nothing from elsewhere. The pages carry it too, for other web servers.
const policy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'"

// Handler serves Root without the help of another web server, and hands /search to search (nil: readers are led to the search
// in titles). It lists no folder, serves nothing that begins with a dot, and answers 410 for what was withdrawn. It expects
// paths as in the public address, with the address's own path in front.
func (s *Site) Handler(search http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		rest, ok := strings.CutPrefix(r.URL.Path, s.basePath()+"/")
		switch {
		case r.URL.Path == s.basePath():
			http.Redirect(w, r, s.base+"/", http.StatusMovedPermanently)
		case !ok:
			s.notFound(w, r)
		case rest == "search" && search != nil:
			search.ServeHTTP(w, r)
		case rest == "search":
			http.Redirect(w, r, s.href("search.html")+"?"+r.URL.RawQuery, http.StatusFound)
		case readOnly(w, r):
			s.serve(w, r, rest)
		}
	})
}

// basePath is the base as a request's decoded path has it.
func (s *Site) basePath() string {
	p, err := url.PathUnescape(s.base)
	if err != nil {
		return s.base // unreachable: New took it from a parsed address
	}
	return p
}

func secure(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	h.Set("Content-Security-Policy", policy+"; frame-ancestors 'self'")
}

func (s *Site) notFound(w http.ResponseWriter, r *http.Request) {
	s.answer(w, r, http.StatusNotFound, "error", s.errorPage("页面没有找到", "您要找的页面不存在，可能是地址有误，或者页面已经调整。"))
}

// answer renders a page that no file holds. It is never cached.
func (s *Site) answer(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	page, err := s.pages.Render(name, data)
	if err != nil {
		http.Error(w, "网页生成失败，请稍后再试", http.StatusInternalServerError)
		return
	}
	secure(w.Header())
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(len(page)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(page) // a reader who went away needs no answer
	}
}

// serve answers with a file of the tree.
func (s *Site) serve(w http.ResponseWriter, r *http.Request, rest string) {
	if rest == "" || strings.HasSuffix(rest, "/") {
		rest += "index.html"
	}
	if !servable(rest) {
		s.notFound(w, r)
		return
	}
	f, info, err := s.open(rest)
	switch {
	case err == nil && info.IsDir() && s.hasIndex(rest):
		http.Redirect(w, r, s.href(rest)+"/", http.StatusMovedPermanently)
		return
	case err != nil || !info.Mode().IsRegular():
		s.notFound(w, r)
		return
	}
	defer f.Close()
	w.Header().Set("Content-Type", contentType(rest))
	w.Header().Set("Cache-Control", cacheControl(rest))
	if strings.HasSuffix(rest, ".html") {
		s.servePage(w, r, f, info)
		return
	}
	if strings.HasPrefix(rest, "content/") && !strings.HasPrefix(contentType(rest), "image/") {
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": path.Base(rest)}))
	}
	http.ServeContent(w, r, "", info.ModTime(), f)
}

// open opens a file or folder below Root; a symbolic link does not lead out of it, and what is neither, such as a pipe, is not waited for.
func (s *Site) open(rel string) (*os.File, fs.FileInfo, error) {
	if info, err := os.Stat(s.abs(rel)); err != nil || !info.Mode().IsRegular() {
		return nil, info, err
	}
	f, err := os.OpenInRoot(s.disk.root, filepath.FromSlash(rel))
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		err = errors.Join(err, f.Close())
	}
	return f, info, err
}

// servePage answers with a page; one that was withdrawn is gone, and says so to machines too.
func (s *Site) servePage(w http.ResponseWriter, r *http.Request, f io.Reader, info fs.FileInfo) {
	page, err := io.ReadAll(io.LimitReader(f, mostPage+1))
	if err != nil || len(page) > mostPage {
		s.notFound(w, r)
		return
	}
	if own, ok := selfContained(page); ok {
		w.Header().Set("Content-Security-Policy", own+"; frame-ancestors 'self'")
	}
	if st := stateIn(page); st.Withdrawn != "" && st.Withdrawn != channels.NoticeMoved {
		w.Header().Set("Content-Length", strconv.Itoa(len(page)))
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusGone)
		if r.Method != http.MethodHead {
			_, _ = w.Write(page) // a reader who went away needs no answer
		}
		return
	}
	http.ServeContent(w, r, "", info.ModTime().Truncate(time.Second), bytes.NewReader(page))
}

// ownPolicy begins a page that is one file with everything in it, as an issue of a gazette is for phones, and that carries a policy which lets it load nothing and run
// nothing: only its own look, by digest, and pictures and fonts that are part of it. Ours would forbid the look.
var ownPolicy = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="(default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'; img-src data:; font-src data:; base-uri 'none'; form-action 'none')">`)

// selfContained is the policy of such a page.
func selfContained(page []byte) (string, bool) {
	m := ownPolicy.FindSubmatch(page[:min(len(page), 2048)])
	if m == nil {
		return "", false
	}
	return string(m[1]), true
}

func (s *Site) hasIndex(dir string) bool {
	_, err := os.Stat(s.abs(dir + "/index.html"))
	return err == nil
}

// servable reports whether a path names something that readers may have: plain, below Root, no part of it hidden.
func servable(rel string) bool {
	if !fs.ValidPath(rel) || strings.ContainsAny(rel, "\\\x00:") {
		return false
	}
	for part := range strings.SplitSeq(rel, "/") {
		if strings.HasPrefix(part, ".") {
			return false
		}
	}
	return true
}

// types are those of everything that the site writes; the system's own table is not asked, for it differs between machines.
var types = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".json": "application/json", ".xml": "application/xml; charset=utf-8", ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8",
	".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp", ".bmp": "image/bmp",
	".pdf": "application/pdf", ".ofd": "application/ofd", ".epub": "application/epub+zip", ".zip": "application/zip", ".csv": "text/csv; charset=utf-8",
	".doc": "application/msword", ".xls": "application/vnd.ms-excel", ".ppt": "application/vnd.ms-powerpoint",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".mp3":  "audio/mpeg", ".mp4": "video/mp4",
}

func contentType(rel string) string {
	if rel == "feed.xml" {
		return "application/atom+xml; charset=utf-8"
	}
	if t, ok := types[strings.ToLower(path.Ext(rel))]; ok {
		return t
	}
	return "application/octet-stream"
}

// cacheControl lets the assets be kept for ever, whose name changes with their content, and everything else be asked for again.
func cacheControl(rel string) string {
	if strings.HasPrefix(rel, "assets/") {
		return "public, max-age=31536000, immutable"
	}
	return "no-cache"
}
