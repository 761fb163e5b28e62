package site

import (
	"bytes"
	"cmp"
	"context"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tongfa/channels"
	"tongfa/press"
)

// Observe looks at the page of an entry and its files as a reader does.
func (s *Site) Observe(ctx context.Context, e press.Entry) (press.Sighting, error) {
	dir := filesDir(s.contentPath(e.Item.ID, e.Public))
	sight := channels.Sight{
		Get: s.o.Get, Place: "网站", TitleID: titleID, TextID: articleID, Beside: s.beside,
		File: func(a press.Asset) (link, address string) {
			rel := path.Join(dir, channels.FileName(a))
			return s.href(rel), s.address(rel)
		},
	}
	return sight.Look(ctx, e, cmp.Or(e.Copy.URL, s.Address(e)), s.o.Now()), nil
}

// beside says what on a page, beside title and text, is not as the program writes it: another copy's page, something that runs or loads or is
// hidden, a link to where no page of this item leads, other words around the text, a remark that is missing.
func (s *Site) beside(e press.Entry, root *html.Node) string {
	if tag := channels.FindElement(root, func(n *html.Node) bool { return n.DataAtom == atom.Html }); e.Copy.Marker != "" &&
		channels.AttrOf(tag, "data-marker") != e.Copy.Marker {
		return "页面不是系统为这一稿件写的页面"
	}
	if what := s.foreign(e, root); what != "" {
		return what
	}
	if s.sameLook(root) {
		return cmp.Or(s.otherWords(e, root), s.otherQR(e, root))
	}
	return missingRemark(e, root)
}

// foreign is the first thing on a page that the templates do not write.
func (s *Site) foreign(e press.Entry, root *html.Node) string {
	links := linksOf(e)
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if what := s.foreignElement(n); what != "" {
			return "页面被加入了" + what
		}
		for _, link := range leadsTo(n) {
			if !s.own(link) && !links[link] {
				return "页面被加入了指向 " + cutLink(link) + " 的链接"
			}
		}
	}
	return ""
}

// foreignElement names what an element is that the templates do not write.
func (s *Site) foreignElement(n *html.Node) string {
	switch n.Data {
	case "script":
		if src := channels.AttrOf(n, "src"); n.FirstChild != nil || !s.assetLink(src, "site.js") {
			return "脚本"
		}
	case "iframe", "frame", "frameset", "object", "embed", "applet", "portal":
		return "内嵌页面（" + n.Data + "）"
	case "svg":
		if channels.AttrOf(n, "class") != "qr" {
			return "图形（svg）"
		}
	case "base", "style", "template", "noscript":
		return "程序没有写过的代码（" + n.Data + "）"
	case "form":
		if !slices.Contains([]string{s.href("search"), s.href("search.html")}, channels.AttrOf(n, "action")) {
			return "表单"
		}
	case "link":
		if rel := channels.AttrOf(n, "rel"); rel == "stylesheet" && !s.assetLink(channels.AttrOf(n, "href"), "site.css") {
			return "样式表"
		}
	}
	for _, a := range n.Attr {
		if strings.HasPrefix(strings.ToLower(a.Key), "on") {
			return "脚本（" + a.Key + "）"
		}
		if a.Key == "style" {
			return "隐藏或改变内容的样式"
		}
	}
	return ""
}

// assetLink reports whether an address is that of a file of the site's look, of this or an earlier version of the program.
func (s *Site) assetLink(link, name string) bool {
	rest, ok := strings.CutPrefix(link, s.base+"/assets/")
	return ok && assetName.MatchString(rest) && strings.HasSuffix(rest, "/"+name)
}

var assetName = regexp.MustCompile(`^[0-9a-f]{10}/[a-z.]+$`)

// leadsTo are the addresses that an element leads to or loads.
func leadsTo(n *html.Node) (links []string) {
	for _, a := range n.Attr {
		switch a.Key {
		case "href", "src", "action", "formaction", "data", "poster", "background", "srcset", "ping":
			links = append(links, strings.TrimSpace(a.Val))
		}
	}
	return links
}

// own reports whether an address is on the site itself, under either scheme, or one of those that pages have at their foot.
func (s *Site) own(link string) bool {
	switch {
	case link == "", strings.HasPrefix(link, "#"):
		return true
	case strings.HasPrefix(link, "/"):
		return !strings.HasPrefix(link, "//") && !strings.HasPrefix(link, `/\`)
	}
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return false
	}
	return strings.HasPrefix(s.c.URL+"/", "http://"+u.Host+"/") || strings.HasPrefix(s.c.URL+"/", "https://"+u.Host+"/") ||
		slices.Contains([]string{"zfwzgl.www.gov.cn", "beian.miit.gov.cn", "beian.mps.gov.cn"}, u.Host)
}

// linksOf are the addresses that a page of an entry may lead to.
func linksOf(e press.Entry) map[string]bool {
	links := map[string]bool{}
	spans := func(list []press.Span) {
		for _, sp := range list {
			links[strings.TrimSpace(sp.Link)] = true
		}
	}
	press.Walk(e.Revision.Body, func(b press.Block) { press.SpansIn(b, spans) })
	for _, n := range press.Notes(e.Revision.Body) {
		spans(press.Linked(n))
	}
	for _, l := range e.Links {
		links[strings.TrimSpace(l.URL)] = true
	}
	for _, r := range e.Remarks {
		links[strings.TrimSpace(r.URL)] = true
	}
	return links
}

func cutLink(link string) string {
	r := []rune(link)
	if len(r) > 80 {
		return string(r[:80]) + "……"
	}
	return link
}

// sameLook reports whether a page was written by this version of the program under this configuration: the folder of its style sheet is named for both.
func (s *Site) sameLook(root *html.Node) bool {
	return channels.FindElement(root, func(n *html.Node) bool {
		return n.DataAtom == atom.Link && channels.AttrOf(n, "href") == s.href(s.assets.css)
	}) != nil
}

// otherWords compares everything a reader finds between the head and the foot of a page with what the program writes there. The related links
// are taken from the page, for other items come and go.
func (s *Site) otherWords(e press.Entry, root *html.Node) string {
	p, err := s.articlePage(e, linksIn(root))
	if err != nil {
		return "" // unreachable: it was rendered when it was published
	}
	page, err := s.pages.Render("article", p)
	if err != nil {
		return "" // unreachable for the same reason
	}
	want, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return "" // unreachable: the templates write HTML
	}
	if equal, where := channels.Compare(mainWords(want), mainWords(root)); !equal {
		return "正文之外的文字" + where
	}
	return ""
}

// otherQR compares the QR code, in which nobody sees by eye where it leads.
func (s *Site) otherQR(e press.Entry, root *html.Node) string {
	want, err := qrSVG(s.address(s.contentPath(e.Item.ID, e.Public)))
	if err != nil {
		return "" // unreachable: it was drawn when it was published
	}
	drawn := channels.FindElement(root, func(n *html.Node) bool { return n.Data == "svg" })
	if drawn == nil {
		return "页面上没有二维码"
	}
	var paths int
	for n := range drawn.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if paths++; n.Data != "path" || !strings.Contains(string(want), `d="`+channels.AttrOf(n, "d")+`"/>`) {
			return "二维码被改动过"
		}
	}
	if paths != 2 {
		return "二维码被改动过"
	}
	return ""
}

func mainWords(root *html.Node) string {
	n := channels.FindElement(root, func(n *html.Node) bool { return channels.AttrOf(n, "id") == "main" })
	if n == nil {
		return ""
	}
	return words(n)
}

// words is all text below a node.
func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + "\n")
		}
	}
	return b.String()
}

// missingRemark looks for the remarks on a page that was written with another look.
func missingRemark(e press.Entry, root *html.Node) string {
	var said string
	for n := range root.Descendants() {
		if id := channels.AttrOf(n, "id"); n.Type == html.ElementNode && (id == remarksID || id == bannerID) {
			said += press.Fold(words(n)) + "\n"
		}
	}
	for _, r := range e.Remarks {
		if !strings.Contains(said, press.Fold(r.Text)) {
			return "页面上没有" + r.Kind.Name() + "：" + r.Text
		}
	}
	return ""
}
