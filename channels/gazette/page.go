package gazette

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/url"
	"path"
	"strings"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed gazette.css
var styleSheet []byte

const styleName = "gazette.css"

// Ids of the elements that hold exactly the approved title and text.
const (
	titleID = "title"
	textID  = "text"
)

// frame is what every page has around its content.
type frame struct {
	HeadTitle string
	Kind      string // class of the body: home, year, issue, article, notice
	Marker    string // of the copy, on an article's page
	Withdrawn string // how an article was withdrawn
	Refresh   string // address that a redirecting page leads to
	NoIndex   bool
	Metas     []meta
	Root      string // relative path to the folder of the lists: "", "../" or "../../"
	Style     string // relative path to the style sheet: an issue has its own
	Name      string
	Host      string
	Statement string
	Number    string // 2026年第4号（总第123号）; "" on lists
	Theme     string // what the issue is called beside its number
	Date      string
	Script    bool // the page runs scripts of its own folder, which read what the gazette publishes
	Record    bool // the page belongs to an issue, so that there is an edition.json beside it
}

type meta struct{ Name, Content string }

// frame begins a page of a kind. Its title is followed by the gazette's name, as screen readers and search engines read it first.
func (c *Channel) frame(kind, title, root string) frame {
	return frame{HeadTitle: title, Kind: kind, Root: root, Style: root + styleName, Name: c.cfg.Name, Host: c.cfg.Host, Statement: c.cfg.Statement}
}

// inIssue begins a page that belongs to an issue.
func (c *Channel) inIssue(kind, title string, r record) frame {
	f := c.frame(kind, title, "../../")
	f.Style, f.Name, f.Host, f.Statement = styleName, r.Name, r.Host, r.Statement
	f.Number, f.Theme, f.Date, f.Record = numberText(r.Year, r.Number, r.Total, r.Supplement), r.Theme, chineseDay(r.Date), true
	return f
}

type articlePage struct {
	frame
	Title, TitleID, TextID string
	TitleHTML              template.HTML
	Section                string
	DocNumber              string
	Body                   template.HTML
	Files                  []channels.FileLink
	Links                  []relatedLink
	PDF                    fileLink
	Before, After          *neighbour
}

type relatedLink struct{ Rel, Title, URL string }

type neighbour struct{ Title, Page string }

// articleOf draws the page of an entry.
func (c *Channel) articleOf(r record, e press.Entry) ([]byte, error) {
	p, err := c.articlePage(r, e)
	if err != nil {
		return nil, err
	}
	return c.pages.Render("article", p)
}

func (c *Channel) articlePage(r record, e press.Entry) (articlePage, error) {
	a, _ := r.at(e.Position)
	dir := strings.TrimSuffix(a.Page, ".html")
	link := func(name string) string { return href(path.Join(dir, name)) }
	var body bytes.Buffer
	if err := channels.WriteHTML(&body, e.Revision.Body, channels.HTMLOptions{Picture: channels.Pictures(e.Revision, link)}); err != nil {
		return articlePage{}, fmt.Errorf("write body: %w", err)
	}
	p := articlePage{
		frame: c.inIssue("article", a.Title+" - "+r.Title, r), Title: a.Title, TitleID: titleID, TextID: textID,
		TitleHTML: channels.TitleHTML(a.Title), Section: a.Section,
		DocNumber: a.DocNumber, Body: template.HTML(body.String()), Files: channels.FileLinks(e.Revision, link), Links: c.related(e), PDF: r.link(a.PDF),
	}
	p.Marker, p.Metas = a.Marker, c.metas(a, e)
	p.Before, p.After = r.neighbour(a.Position-1), r.neighbour(a.Position+1)
	return p, nil
}

// neighbour is what stands at a position; after the last article stand the corrections and the index of the year, if there are any.
func (r record) neighbour(position int) *neighbour {
	if after := r.after(); position > len(r.Articles) && position <= len(r.Articles)+len(after) {
		return &after[position-len(r.Articles)-1]
	}
	a, ok := r.at(position)
	if !ok {
		return nil
	}
	return &neighbour{a.Title, a.Page}
}

// metas are the tags of an article that the website guide asks for, and the optional ones that have something to say.
func (c *Channel) metas(a article, e press.Entry) (metas []meta) {
	m := e.Revision.Meta
	source := m.Source
	if source == "" {
		source = m.Issuer
	}
	for _, m := range []meta{
		{"ArticleTitle", a.Title}, {"PubDate", e.Public.In(c.o.Location).Format("2006-01-02 15:04")}, {"ContentSource", source},
		{"ColumnName", a.Section}, {"Keywords", strings.Join(m.Keywords, ",")}, {"Author", m.Author},
		{"Description", strings.Join(strings.Fields(m.Summary), " ")},
	} {
		if m.Content != "" {
			metas = append(metas, m)
		}
	}
	return metas
}

// related lists the related pages. Those of this gazette are linked by a relative path, as everything in an issue is.
func (c *Channel) related(e press.Entry) (out []relatedLink) {
	for _, l := range e.Links {
		if to := c.relative(l.URL); to != "" {
			out = append(out, relatedLink{l.Rel.Name(), l.Title, to})
		}
	}
	return out
}

// relative is an address as a page of an issue links it; "" for one that it may not link.
func (c *Channel) relative(to string) string {
	if !channels.SafeLink(to) {
		return ""
	}
	if rel, ours := strings.CutPrefix(to, c.cfg.URL+"/"); ours {
		return "../../" + rel
	}
	return to
}

// href is a relative path as a link writes it.
func href(rel string) string { return (&url.URL{Path: rel}).EscapedPath() }

// chineseDay writes 2026-11-24 as 2026年11月24日.
func chineseDay(day string) string {
	t, err := time.Parse("2006-01-02", day)
	if err != nil {
		return day
	}
	return t.Format("2006年1月2日")
}

// formedOn is the day an item was formed, or "".
func formedOn(m press.Meta) string {
	if m.FormedOn.IsZero() {
		return ""
	}
	return m.FormedOn.String()
}

type issuePage struct {
	frame
	Sections []sectionList
	Formats  formatsBlock
}

// sectionList is a section as a directory lists it.
type sectionList struct {
	Name     string
	Articles []listedArticle
}

type listedArticle struct {
	Ordinal, Title, DocNumber, Page string
	Withdrawn                       bool
}

// issueOf draws the directory of an issue as it comes out.
func (c *Channel) issueOf(r record) ([]byte, error) {
	return c.pages.Render("issue", issuePage{c.inIssue("issue", r.Title, r), r.sections("", nil), r.formats()})
}

// sections is the directory of an issue, seen from a folder from which base leads to it. What was withdrawn says so; one of which only
// the fact may be told is without its title.
func (r record) sections(base string, w withdrawals) (out []sectionList) {
	for _, a := range r.Articles {
		if len(out) == 0 || out[len(out)-1].Name != a.Section {
			out = append(out, sectionList{Name: a.Section})
		}
		l := listedArticle{fmt.Sprintf("%02d", a.Position), a.Title, a.DocNumber, base + a.Page, false}
		if gone, ok := w.of(a.Marker); ok {
			l.Withdrawn = true
			if gone.How == press.NoticeGone {
				l.Title, l.DocNumber = "本篇", ""
			}
		}
		s := &out[len(out)-1]
		s.Articles = append(s.Articles, l)
	}
	if len(r.Errata) > 0 {
		out = append(out, sectionList{errataSection, []listedArticle{r.listedErrata(base)}})
	}
	if len(r.YearIndex) > 0 {
		out = append(out, sectionList{indexSection, []listedArticle{r.listedIndex(base)}})
	}
	return out
}
