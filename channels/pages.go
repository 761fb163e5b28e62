package channels

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"strconv"
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

// Head is what the first tag of an item's page says of it, as every frame.html writes it. What a page of an earlier version of the program does
// not say is zero.
type Head struct {
	Marker    string // of the copy
	Withdrawn string // how: "", press.NoticePage, press.NoticeGone or NoticeMoved
	Revision  int    // that the page shows
	Remarks   string // RemarksKey of the remarks that it shows
	Validity  string // of the document, as the page says at its top
}

var pageHead = regexp.MustCompile(`^<!doctype html>\n<html lang="zh-CN" data-marker="([^"]*)"` +
	`(?: data-revision="([0-9]{1,9})")?(?: data-remarks="([0-9a-f-]*)")?(?: data-validity="([^"]*)")?(?: data-withdrawn="([^"]*)")?>`)

// HeadOf reads the head of a page; false when it is not an item's.
func HeadOf(page []byte) (Head, bool) {
	m := pageHead.FindSubmatch(page[:min(len(page), HeadBytes)])
	if m == nil {
		return Head{}, false
	}
	revision, _ := strconv.Atoi(string(m[2])) // nine digits, or none
	return Head{Marker: html.UnescapeString(string(m[1])), Revision: revision, Remarks: string(m[3]), Validity: html.UnescapeString(string(m[4])), Withdrawn: string(m[5])}, true
}

// RemarksKey tells remarks apart: when the newest was made, how many they are, and a digest of them; "" for none.
func RemarksKey(remarks []press.Remark) string {
	if len(remarks) == 0 {
		return ""
	}
	var b strings.Builder
	for _, r := range remarks {
		fmt.Fprintf(&b, "%d %q %q %q %q\n", r.At.Unix(), r.Kind, r.Validity, r.Text, r.URL)
	}
	newest, count := ageOf(remarks)
	return fmt.Sprintf("%d-%d-%s", newest, count, hexDigest([]byte(b.String()))[:12])
}

func ageOf(remarks []press.Remark) (newest int64, count int) {
	for _, r := range remarks {
		newest = max(newest, r.At.Unix())
	}
	return newest, len(remarks)
}

// FewerRemarks reports whether a list of remarks is older than another one: a remark may take the place of earlier ones, so the newest decides first.
func FewerRemarks(a, b []press.Remark) bool {
	return older(a, RemarksKey(b))
}

func older(remarks []press.Remark, key string) bool {
	var shownNewest int64
	var shownCount int
	if n, _ := fmt.Sscanf(key, "%d-%d-", &shownNewest, &shownCount); n < 2 {
		return false // none are shown
	}
	newest, count := ageOf(remarks)
	return newest < shownNewest || newest == shownNewest && count < shownCount
}

// Older reports whether an entry would take something back that a page of the same copy shows: a later revision, or later remarks on the same.
func (h Head) Older(e press.Entry) bool {
	if h.Marker != e.Copy.Marker || h.Revision == 0 {
		return false
	}
	if h.Revision != e.Revision.Number {
		return h.Revision > e.Revision.Number
	}
	return older(e.Remarks, h.Remarks)
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
