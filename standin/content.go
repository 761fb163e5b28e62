package standin

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// cleaner rewrites the HTML of an article as WeChat was seen to rewrite it between draft/add and draft/get.
type cleaner struct {
	// picture answers the attributes that an <img> or a style's url() keeps, or false when the picture is not WeChat's.
	picture func(src string) ([]html.Attribute, bool)
	// link says whether an href may stay.
	link    func(href string) bool
	foreign int // hrefs to other sites met so far
}

// clean rewrites src. It fails only for nesting that the parser refuses.
func (c *cleaner) clean(src string) (string, error) {
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(emptyQuotedStyles(src)), body)
	if err != nil {
		return "", err
	}
	for _, n := range nodes {
		body.AppendChild(n)
	}
	c.children(body)
	var b strings.Builder
	for n := body.FirstChild; n != nil; n = n.NextSibling {
		render(&b, n)
	}
	return strings.TrimSpace(b.String()), nil
}

// What is lost with everything in it, and what is lost but leaves its content behind.
var (
	dropped = words("script style iframe frame frameset object embed applet link meta base title template noscript " +
		"input button select textarea option datalist audio video source track canvas")
	unwrapped = words("form fieldset legend label html head body")
	blocks    = words("section p div h1 h2 h3 h4 h5 h6 blockquote ul ol li table figure figcaption hr pre dl dt dd center " +
		"article header footer main nav aside address details")
	voids = words("area br col hr img wbr")
)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

func (c *cleaner) children(parent *html.Node) {
	for n := parent.FirstChild; n != nil; {
		next := n.NextSibling
		c.node(parent, n)
		n = next
	}
}

func (c *cleaner) node(parent, n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		return
	case n.Type != html.ElementNode || dropped[n.Data]:
		parent.RemoveChild(n)
		return
	case n.Data == "img":
		c.image(parent, n)
		return
	}
	c.attributes(n)
	c.children(n)
	switch {
	case unwrapped[n.Data]:
		hoist(parent, n)
	case n.Data == "div":
		dissolve(parent, n)
	}
}

// image keeps a picture of WeChat's own with data-src in place of src, and removes every other.
func (c *cleaner) image(parent, n *html.Node) {
	src := attribute(n, "src")
	if src == "" {
		src = attribute(n, "data-src") // a body that was fetched and comes back
	}
	kept, ok := c.picture(src)
	if !ok {
		parent.RemoveChild(n)
		return
	}
	c.attributes(n)
	own := map[string]bool{"src": true, "srcset": true}
	for _, a := range kept {
		own[a.Key] = true
	}
	attrs := kept
	for _, a := range n.Attr {
		if !own[a.Key] {
			attrs = append(attrs, a)
		}
	}
	if attribute(n, "class") == "" {
		attrs = append(attrs, html.Attribute{Key: "class", Val: "rich_pages wxw-img"})
	}
	n.Attr = attrs
}

// attributes drops id, handlers and foreign addresses, and cleans the style.
func (c *cleaner) attributes(n *html.Node) {
	kept := n.Attr[:0]
	for _, a := range n.Attr {
		switch {
		case a.Key == "id" || a.Key == "name" || strings.HasPrefix(a.Key, "on"):
			continue
		case a.Key == "href" && !c.hrefStays(n, a.Val):
			continue
		case a.Key == "style":
			a.Val = c.style(a.Val)
		}
		kept = append(kept, a)
	}
	n.Attr = kept
}

func (c *cleaner) hrefStays(n *html.Node, href string) bool {
	if n.Data != "a" { // svg: a reference inside the drawing, or a picture
		_, own := c.picture(href)
		return own || strings.HasPrefix(href, "#")
	}
	if c.link(href) {
		return true
	}
	if foreignLink.MatchString(href) {
		c.foreign++
	}
	return false
}

var foreignLink = regexp.MustCompile(`(?i)^\s*(https?:)?//`)

var styleURL = regexp.MustCompile(`(?i)url\(\s*["']?([^"')]*)["']?\s*\)`)

// style removes position and foreign pictures; a style that has neither stays as it came.
func (c *cleaner) style(s string) string {
	parts := declarations(s)
	var kept []string
	for _, d := range parts {
		name, _, _ := strings.Cut(d, ":")
		if strings.EqualFold(strings.TrimSpace(name), "position") || !c.ownPictures(d) {
			continue
		}
		kept = append(kept, strings.TrimSpace(d))
	}
	if len(kept) == len(parts) {
		return s
	}
	return strings.Join(kept, ";")
}

func (c *cleaner) ownPictures(declaration string) bool {
	for _, m := range styleURL.FindAllStringSubmatch(declaration, -1) {
		if _, ok := c.picture(m[1]); !ok && !strings.HasPrefix(m[1], "#") {
			return false
		}
	}
	return true
}

// declarations splits a style at its semicolons, but for those in quotes and parentheses.
func declarations(s string) []string {
	var out []string
	var quote byte
	depth, from := 0, 0
	for i := 0; i < len(s); i++ {
		switch ch := s[i]; {
		case quote != 0:
			if ch == quote {
				quote = 0
			}
		case ch == '"' || ch == '\'':
			quote = ch
		case ch == '(':
			depth++
		case ch == ')' && depth > 0:
			depth--
		case ch == ';' && depth == 0:
			out = append(out, s[from:i])
			from = i + 1
		}
	}
	if strings.TrimSpace(s[from:]) != "" {
		out = append(out, s[from:])
	}
	return out
}

// hoist puts the children of n in its place.
func hoist(parent, n *html.Node) {
	for n.FirstChild != nil {
		child := n.FirstChild
		n.RemoveChild(child)
		parent.InsertBefore(child, n)
	}
	parent.RemoveChild(n)
}

// dissolve turns a div into a paragraph, or, when it holds blocks, into those blocks with paragraphs around what stood between them; then its
// own style is lost.
func dissolve(parent, div *html.Node) {
	if !holdsBlock(div) {
		div.Data, div.DataAtom = "p", atom.P
		return
	}
	var p *html.Node
	for div.FirstChild != nil {
		n := div.FirstChild
		div.RemoveChild(n)
		switch {
		case n.Type == html.ElementNode && blocks[n.Data]:
			p = nil
			parent.InsertBefore(n, div)
			continue
		case p == nil && n.Type == html.TextNode && strings.TrimSpace(n.Data) == "":
			continue
		case p == nil:
			p = &html.Node{Type: html.ElementNode, Data: "p", DataAtom: atom.P}
			parent.InsertBefore(p, div)
		}
		p.AppendChild(n)
	}
	parent.RemoveChild(div)
}

func holdsBlock(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && (blocks[c.Data] || holdsBlock(c)) {
			return true
		}
	}
	return false
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// rawAttribute is one attribute as it stands in the source of a tag, so that a match never begins inside a value.
var rawAttribute = regexp.MustCompile("([^\\s\"'<>/=]+)(\\s*=\\s*(\"[^\"]*\"|'[^']*'|[^\\s\"'=<>`]+))?")

var quoteEntity = regexp.MustCompile(`(?i)&#0*39;|&#x0*27;|&apos;|&quot;|&#0*34;|&#x0*22;`)

// emptyQuotedStyles empties each style attribute that was sent with a quotation mark written as an entity. It has to look at the source: a
// parser gives the same value for both spellings, WeChat does not.
func emptyQuotedStyles(src string) string {
	if !quoteEntity.MatchString(src) {
		return src
	}
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(src))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			b.Write(z.Raw())
			return b.String()
		}
		raw := string(z.Raw())
		if (kind == html.StartTagToken || kind == html.SelfClosingTagToken) && quoteEntity.MatchString(raw) {
			raw = rawAttribute.ReplaceAllStringFunc(raw, func(a string) string {
				name, value, _ := strings.Cut(a, "=")
				if strings.EqualFold(strings.TrimSpace(name), "style") && quoteEntity.MatchString(value) {
					return `style=""`
				}
				return a
			})
		}
		b.WriteString(raw)
	}
}

var (
	textEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "'", "&#39;", "\u00a0", "&nbsp;")
	attrEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "'", "&#39;", `"`, "&quot;")
)

// render writes n as WeChat stores it: an apostrophe is &#39; everywhere, also inside a style.
func render(b *strings.Builder, n *html.Node) {
	switch n.Type {
	case html.TextNode:
		_, _ = textEscapes.WriteString(b, n.Data)
		return
	case html.ElementNode:
	default:
		return
	}
	b.WriteString("<" + n.Data)
	for _, a := range n.Attr {
		b.WriteByte(' ')
		if a.Namespace != "" {
			b.WriteString(a.Namespace + ":")
		}
		b.WriteString(a.Key + `="`)
		_, _ = attrEscapes.WriteString(b, a.Val)
		b.WriteByte('"')
	}
	if n.Namespace == "" && voids[n.Data] {
		b.WriteString("/>")
		return
	}
	b.WriteByte('>')
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		render(b, c)
	}
	b.WriteString("</" + n.Data + ">")
}

// plainText is the text a reader sees, one line a block.
func plainText(src string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(src))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return squeeze(b.String())
		case html.TextToken:
			b.WriteString(lineEnds.Replace(string(z.Text())))
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			if tag := string(name); blocks[tag] || tag == "br" || tag == "tr" {
				b.WriteByte('\n')
			} else if tag == "td" || tag == "th" {
				b.WriteByte(' ')
			}
		}
	}
}

var lineEnds = strings.NewReplacer("\n", " ", "\r", " ", "\t", " ")

func squeeze(s string) string {
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		if line = strings.Join(strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\u00a0' }), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
