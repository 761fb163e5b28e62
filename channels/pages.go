package channels

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"tongfa/press"
)

// Pages are the templates of a driver's pages by their names: each is the frame and what stands in it.
type Pages map[string]*template.Template

// ParsePages reads pages/*.html of a driver; pages/frame.html is around all others.
func ParsePages(files fs.FS) (Pages, error) {
	names, err := fs.Glob(files, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	pages := Pages{}
	for _, n := range names {
		name := strings.TrimSuffix(path.Base(n), ".html")
		if name == "frame" {
			continue
		}
		t, err := template.New("frame.html").Option("missingkey=error").ParseFS(files, "pages/frame.html", n)
		if err != nil {
			return nil, fmt.Errorf("parse template: %w", err)
		}
		pages[name] = t
	}
	return pages, nil
}

// Render executes a page's template with its struct.
func (p Pages) Render(name string, data any) ([]byte, error) {
	t, ok := p[name]
	if !ok {
		return nil, fmt.Errorf("render page %q: no such template", name)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return nil, fmt.Errorf("render page: %w", err)
	}
	return b.Bytes(), nil
}

// HeadBytes is enough of a page for HeadOf.
const HeadBytes = 512

// Head is what the first tag of an item's page says of it, as every frame.html writes it.
type Head struct {
	Marker    string // of the copy
	Withdrawn string // how: "", press.NoticePage, press.NoticeGone or NoticeMoved
}

var pageHead = regexp.MustCompile(`^<!doctype html>\n<html lang="zh-CN" data-marker="([^"]*)"(?: data-withdrawn="([^"]*)")?>`)

// HeadOf reads the head of a page; false when it is not an item's.
func HeadOf(page []byte) (Head, bool) {
	m := pageHead.FindSubmatch(page[:min(len(page), HeadBytes)])
	if m == nil {
		return Head{}, false
	}
	return Head{html.UnescapeString(string(m[1])), string(m[2])}, true
}

// NoticeMoved is how a page was withdrawn that sends its readers on.
const NoticeMoved = "moved"

// NoticeOf is how an act wants its pages withdrawn, and the address that readers are sent on to.
func NoticeOf(a press.Act) (how, target string) {
	switch {
	case a.Notice == press.NoticeGone:
		return press.NoticeGone, ""
	case SafeLink(a.Notice):
		return NoticeMoved, a.Notice
	}
	return press.NoticePage, ""
}
