package site

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"tongfa/channels"
	"tongfa/press"
)

// articleID is the id of the element that holds exactly the approved text; titleID that of the title.
const (
	articleID = "UCAPCONTENT"
	titleID   = "UCAPTITLE"
	relatedID = "related"
	bannerID  = "validity"
	remarksID = "remarks"
)

// minutes is the form of every publication time on a page and in a tag: 24 hours, to the minute.
const minutes = "2006-01-02 15:04"

type articlePage struct {
	frame
	TitleHTML  template.HTML
	TitleID    string
	ArticleID  string
	RelatedID  string
	Facts      []fact
	FactsFirst bool // before the title, as on a document; else after the text, as on news
	PubDate    string
	PubTime    string // for <time datetime>
	Source     string
	Banner     *bannerView
	BannerID   string
	Remarks    []remarkView
	RemarksID  string
	Corrected  *remarkView // the last correction
	Body       template.HTML
	Files      []channels.FileLink
	Links      []relatedLink
	QR         template.HTML
	Address    string
}

type fact struct{ Name, Value string }

type relatedLink struct {
	press.Link
	RelName string
}

// stageArticle renders the page of an entry and writes it aside. Links that the page has on disk already are kept, because
// a related item may have put them there a moment ago.
func (s *Site) stageArticle(b *batch, e press.Entry, gained []press.Link) error {
	rel := s.contentPath(e.Item.ID, e.Public)
	links, err := s.mergeLinks(rel, e, gained)
	if err != nil {
		return err
	}
	page, err := s.renderArticle(e, links)
	if err != nil {
		return err
	}
	return b.stage(rel, page)
}

func (s *Site) renderArticle(e press.Entry, links []press.Link) ([]byte, error) {
	p, err := s.articlePage(e, links)
	if err != nil {
		return nil, err
	}
	if p.QR, err = qrSVG(p.Address); err != nil {
		return nil, err
	}
	return s.pages.Render("article", p)
}

// articlePage is the page of an entry without its QR code, which says nothing that is not written and takes half the time.
func (s *Site) articlePage(e press.Entry, links []press.Link) (articlePage, error) {
	rel := s.contentPath(e.Item.ID, e.Public)
	r, m := e.Revision, e.Revision.Meta
	dir := filesDir(rel)
	href := func(name string) string { return s.href(path.Join(dir, name)) }
	var body bytes.Buffer
	if err := channels.WriteHTML(&body, r.Body, channels.HTMLOptions{Picture: channels.Pictures(r, href)}); err != nil {
		return articlePage{}, fmt.Errorf("write body: %w", err)
	}
	column := s.column(shelvedIn(e))
	public := s.local(e.Public)
	p := articlePage{
		frame: s.frame(r.Title, nil), TitleHTML: channels.TitleHTML(r.Title), TitleID: titleID, ArticleID: articleID, RelatedID: relatedID,
		PubDate: public.Format(minutes), PubTime: public.Format("2006-01-02T15:04:05-07:00"), Source: sourceOf(m, s.o.Office),
		Body: template.HTML(body.String()), Files: channels.FileLinks(r, href), Address: s.address(rel),
	}
	p.Metas = append(s.columnMetas(column), s.articleMetas(p, r, dir)...)
	p.ItemPage, p.Marker = true, e.Copy.Marker
	p.Nav = s.nav(column.Name)
	p.Crumbs = []navLink{{Name: column.Name, URL: s.href(column.Path + "/index.html")}, {Name: "正文"}}
	p.Revision, p.RemarksKey = r.Number, channels.RemarksKey(e.Remarks)
	valid := validNow(e, links)
	if valid != m.Validity && validityText(valid) != "" { // the head of a page is short
		p.ValidNow = string(valid)
	}
	s.remark(&p, e, links)
	p.FactsFirst = e.Item.Kind != press.News && e.Item.Kind != press.Interpretation
	p.Facts = facts(e, p.PubDate, valid)
	for _, l := range links {
		p.Links = append(p.Links, relatedLink{l, l.Rel.Name()})
	}
	return p, nil
}

// articleMetas are the three required tags of an article, and the optional ones that have something to say.
func (s *Site) articleMetas(p articlePage, r press.Revision, dir string) []meta {
	metas := []meta{{"ArticleTitle", r.Title}, {"PubDate", p.PubDate}, {"ContentSource", p.Source}}
	image := ""
	if len(r.Images) > 0 {
		image = s.address(path.Join(dir, channels.FileName(r.Images[0])))
	}
	for _, m := range []meta{{"Keywords", strings.Join(r.Meta.Keywords, ",")}, {"Author", r.Meta.Author},
		{"Description", strings.Join(strings.Fields(r.Meta.Summary), " ")}, {"Image", image}, {"Url", p.Address}} {
		if m.Content != "" {
			metas = append(metas, m)
		}
	}
	return metas
}

func sourceOf(m press.Meta, office string) string {
	for _, s := range []string{m.Source, m.Issuer} {
		if s != "" {
			return s
		}
	}
	return office
}

// facts is the table of the disclosure catalogue above the text. What an item does not have is not shown.
func facts(e press.Entry, pubDate string, v press.Validity) (out []fact) {
	m := e.Revision.Meta
	for _, f := range []fact{
		{"索引号", e.Item.IndexNumber}, {"主题分类", strings.ReplaceAll(m.Theme, `\`, " › ")}, {"发布机构", m.Issuer},
		{"成文日期", dateText(m.FormedOn)}, {"文号", m.DocNumber}, {"统一编号", m.RegNumber}, {"发布日期", pubDate},
		{"体裁分类", m.Genre}, {"有效性", string(v)}, {"公开方式", string(m.Disclosure)}, {"关键词", strings.Join(m.Keywords, "；")},
	} {
		if f.Value != "" {
			out = append(out, f)
		}
	}
	return out
}

func dateText(d interface {
	IsZero() bool
	String() string
}) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// mergeLinks is what the page of an entry links to now: what was resolved when it was composed, what its page has already, and
// what is added. A page of ours that is not there, or was withdrawn, is left out: when it comes, it has this page written again.
func (s *Site) mergeLinks(rel string, e press.Entry, gained []press.Link) (out []press.Link, err error) {
	kept, err := s.linksOnDisk(rel)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, l := range slices.Concat(e.Links, s.trusted(kept), gained) {
		key := string(l.Rel) + " " + cmp.Or(string(l.Item), l.URL)
		if l.Rel == press.LinkCanonical || l.URL == "" || seen[key] {
			continue
		}
		there, err := s.leads(l.URL)
		if err != nil {
			return nil, err
		}
		if there {
			seen[key] = true
			l.Title = cmp.Or(s.titleOf(l.URL), l.Title)
			out = append(out, l)
		}
	}
	return out, nil
}

// trusted are those of the links read from a page that the program itself may have put there: to pages of ours. Whoever can write into
// the folder could add others.
func (s *Site) trusted(links []press.Link) (out []press.Link) {
	for _, l := range links {
		if strings.HasPrefix(l.URL, s.c.URL+"/content/") && plainID.MatchString(string(l.Item)) && inverse(l.Rel) != "" {
			out = append(out, l)
		}
	}
	return out
}

// titleOf is the title of one of our own pages as it is now; "" when there is none.
func (s *Site) titleOf(address string) string {
	rel, ours := strings.CutPrefix(address, s.c.URL+"/")
	if !ours || !servable(rel) {
		return ""
	}
	head, err := readHead(s.abs(rel), make([]byte, factBytes))
	if err != nil || !stateIn(head).live() {
		return ""
	}
	return metaIn(head, "ArticleTitle")
}

// leads reports whether a link leads somewhere: to another website, or to a page of ours that readers can open or that is being put in
// place right now.
func (s *Site) leads(address string) (bool, error) {
	rel, ours := strings.CutPrefix(address, s.c.URL+"/")
	if !ours {
		return true, nil
	}
	if !servable(rel) {
		return false, nil
	}
	if s.pending.has(rel) {
		return true, nil
	}
	st, err := readState(s.abs(rel))
	if err != nil {
		return false, diskTrouble(rel, err)
	}
	return st.live(), nil
}

// linksOnDisk reads the related links back from a live page.
func (s *Site) linksOnDisk(rel string) (links []press.Link, err error) {
	data, err := readPage(s.abs(rel))
	if err != nil {
		return nil, diskTrouble(rel, err)
	}
	if !stateIn(data).live() {
		return nil, nil
	}
	root, err := html.Parse(bytes.NewReader(data))
	if err != nil {
		return nil, nil // not a page of ours any more; it is about to be written again
	}
	return linksIn(root), nil
}

// linksIn are the related links of a page.
func linksIn(root *html.Node) (links []press.Link) {
	block := channels.FindElement(root, func(n *html.Node) bool { return channels.AttrOf(n, "id") == relatedID })
	if block == nil {
		return nil
	}
	for n := range block.Descendants() {
		if n.Type == html.ElementNode && n.Data == "a" {
			links = append(links, press.Link{Rel: press.LinkRel(channels.AttrOf(n, "data-rel")), Item: press.ItemID(channels.AttrOf(n, "data-item")),
				Title: channels.NodeText(n), URL: channels.AttrOf(n, "href")})
		}
	}
	return links
}

// inverse is the relation seen from the other side.
func inverse(r press.LinkRel) press.LinkRel {
	switch r {
	case press.LinkInterprets:
		return press.LinkInterpretation
	case press.LinkInterpretation:
		return press.LinkInterprets
	case press.LinkAnswers:
		return press.LinkFeedback
	case press.LinkFeedback:
		return press.LinkAnswers
	case press.LinkAmends:
		return press.LinkAmendedBy
	case press.LinkAmendedBy:
		return press.LinkAmends
	case press.LinkRepeals:
		return press.LinkRepealedBy
	case press.LinkRepealedBy:
		return press.LinkRepeals
	}
	return ""
}
