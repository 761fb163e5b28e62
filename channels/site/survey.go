package site

import (
	"context"
	"errors"
	"html"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

// Survey walks through Root. It tells every page of an item, whatever its age, and every document that the program did not put there and
// that was changed since the given moment. It follows no link: a linked folder is told, and what is in it remains unknown. It reads the beginning of each
// page, and of no more than one folder a few hundred names at a time.
func (s *Site) Survey(ctx context.Context, since time.Time, _ channels.Journal, tell func(press.Found) error) (complete bool, err error) {
	v := &survey{s: s, ctx: ctx, since: since, tell: tell, complete: true, own: map[string]bool{}, head: make([]byte, factBytes)}
	if err := v.columns(); err != nil {
		return false, err
	}
	if err := v.folder(""); err != nil {
		return false, err
	}
	return v.complete, nil
}

// survey is one walk.
type survey struct {
	s        *Site
	ctx      context.Context
	since    time.Time
	tell     func(press.Found) error
	complete bool
	own      map[string]bool // folders of lists
	head     []byte          // of the page that is being looked at
}

// columns learns the folders of the lists, also of columns that are not configured any more.
func (v *survey) columns() error {
	shelves, err := v.s.o.Archive.Shelves(v.ctx, shelfColumn)
	if err != nil {
		return archiveTrouble(err)
	}
	for _, shelf := range shelves {
		v.own[v.s.column(strings.TrimPrefix(shelf.Name, shelfColumn)).Path] = true
	}
	for _, c := range v.s.c.Columns {
		v.own[v.s.column(c.Name).Path] = true
	}
	return nil
}

// namesAtOnce is how many names of a folder are read at a time.
const namesAtOnce = 512

func (v *survey) folder(rel string) error {
	if err := v.ctx.Err(); err != nil {
		return err
	}
	dir, err := os.Open(v.s.abs(rel))
	if errors.Is(err, fs.ErrNotExist) && rel != "" {
		return nil // withdrawn since
	}
	if err != nil {
		return diskTrouble(rel, err)
	}
	defer dir.Close()
	for {
		entries, err := dir.ReadDir(namesAtOnce)
		for _, e := range entries {
			if err := v.entry(path.Join(rel, e.Name()), e); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return diskTrouble(rel, err)
		}
	}
}

func (v *survey) entry(rel string, e os.DirEntry) error {
	switch {
	case path.Dir(rel) == tmpDir && halfDone.MatchString(e.Name()):
		return nil
	case e.IsDir():
		return v.folder(rel)
	case e.Type()&fs.ModeSymlink != 0:
		return v.link(rel)
	case !e.Type().IsRegular():
		return nil
	case strings.HasPrefix(rel, "content/") && path.Ext(rel) == ".html":
		return v.page(rel)
	case !document(rel) || v.ours(rel):
		return nil
	case path.Ext(rel) == ".html":
		return v.page(rel) // perhaps a page of an item in the wrong place
	}
	return v.stranger(rel, path.Base(rel))
}

// link tells a link that leads readers to something. What is in a linked folder nobody has looked at.
func (v *survey) link(rel string) error {
	info, err := os.Stat(v.s.abs(rel))
	if err == nil && info.IsDir() {
		v.complete = false
		return v.stranger(rel, path.Base(rel))
	}
	if err != nil || !document(rel) {
		return nil
	}
	return v.stranger(rel, path.Base(rel))
}

// factBytes is enough of a page for its title and its date, which stand in its head.
const factBytes = 8 << 10

// page tells an HTML file: a page of an item, or a stranger.
func (v *survey) page(rel string) error {
	head, err := readHead(v.s.abs(rel), v.head)
	if err != nil {
		return diskTrouble(rel, err)
	}
	if head == nil {
		return nil // withdrawn and taken away since
	}
	st := stateIn(head)
	if !st.there {
		return v.stranger(rel, titleIn(head))
	}
	f := press.Found{Marker: st.Marker, Ref: rel, URL: v.s.address(rel), Title: metaIn(head, "ArticleTitle"), Revision: st.Revision, Withdrawn: st.Withdrawn != ""}
	if at, err := time.ParseInLocation(minutes, metaIn(head, "PubDate"), v.s.o.Location); err == nil {
		f.Public = at
	}
	return v.tell(f)
}

// stranger tells something that the program did not put there.
func (v *survey) stranger(rel, title string) error {
	info, err := os.Lstat(v.s.abs(rel))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return diskTrouble(rel, err)
	}
	if info.ModTime().Before(v.since) {
		return nil
	}
	return v.tell(press.Found{Ref: rel, URL: v.s.address(rel), Title: title, Public: info.ModTime()})
}

// document reports whether a file is something that readers take for a publication, or that a server or a browser would run.
func document(rel string) bool {
	return slices.Contains([]string{".html", ".htm", ".shtml", ".xhtml", ".mht", ".mhtml", ".svg", ".swf", ".php", ".phtml", ".jsp", ".jspx", ".asp", ".aspx", ".ashx", ".cgi",
		".js", ".exe", ".apk", ".pdf", ".ofd", ".doc", ".docx", ".wps", ".rtf", ".xls", ".xlsx", ".et", ".csv", ".ppt", ".pptx", ".dps",
		".zip", ".rar", ".7z", ".mp4"}, strings.ToLower(path.Ext(rel)))
}

var (
	halfDone = regexp.MustCompile(`^` + tmpName + `[A-Z2-7]{26}$`)
	listName = regexp.MustCompile(`^(?:index|page-[0-9]{1,9})\.html$`)
	lookName = regexp.MustCompile(`^assets/[0-9a-f]{10}/(?:site\.js|icon\.svg)$`)
	catalogs = regexp.MustCompile(`^catalog(?:/[A-Za-z0-9_-]+|/theme/t-[0-9a-f]{8})?$`)
	fileName = regexp.MustCompile(`^[0-9a-f]{8}-`)
)

// ours reports whether the program wrote a file that is no page of an item: a list, a page of its own, its look, or a file of an item.
func (v *survey) ours(rel string) bool {
	dir, name := path.Dir(rel), path.Base(rel)
	switch {
	case dir == ".":
		return slices.Contains([]string{"index.html", "404.html", "search.html", "map.html"}, name)
	case strings.HasPrefix(rel, "content/"):
		return v.fileOfPage(dir, name)
	case strings.HasPrefix(rel, "assets/"):
		return lookName.MatchString(rel)
	}
	return (v.own[dir] || catalogs.MatchString(dir)) && listName.MatchString(name)
}

// fileOfPage reports whether the page beside a folder links a file in it. No ending that a browser runs is ever among an item's files.
func (v *survey) fileOfPage(dir, name string) bool {
	if !fileName.MatchString(name) || !channels.Harmless(name) {
		return false
	}
	page, err := readPage(v.s.abs(dir + ".html"))
	return err == nil && stateIn(page).live() && strings.Contains(string(page), v.s.href(dir)+"/"+name[:9])
}

var (
	pageTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	pageMetas = map[string]*regexp.Regexp{
		"ArticleTitle": regexp.MustCompile(`<meta name="ArticleTitle" content="([^"]*)">`),
		"PubDate":      regexp.MustCompile(`<meta name="PubDate" content="([^"]*)">`),
	}
)

func titleIn(head []byte) string {
	m := pageTitle.FindSubmatch(head)
	if m == nil {
		return ""
	}
	title := []rune(strings.Join(strings.Fields(html.UnescapeString(strings.ToValidUTF8(string(m[1]), "�"))), " "))
	return string(title[:min(len(title), 200)])
}

// metaIn is a tag of a page that the program wrote.
func metaIn(head []byte, name string) string {
	m := pageMetas[name].FindSubmatch(head)
	if m == nil {
		return ""
	}
	return html.UnescapeString(string(m[1]))
}
