package intake

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tongfa/press"
)

// marks are what the elements around a text say of it.
type marks struct {
	bold, italic, under, sup, sub, pre bool
	link                               string
}

// space is white space that was read and may come to nothing: at the ends of a paragraph, or between two Chinese
// characters when it was only the end of a source line.
type space int

const (
	noSpace space = iota
	blank
	lineEnd
)

// weaver makes blocks of a parsed page. Text gathers in cur until a block ends.
type weaver struct {
	r        *reading
	markdown bool
	out      []press.Block
	cur      []press.Span
	level    int // of the heading that is open; 0 in a paragraph
	align    press.Align
	pending  space
	last     rune // last character in cur; 0 at its beginning
	notes    *footnotes
}

// inner is a weaver for what stands inside a list item, a cell or a quotation.
func (w *weaver) inner() *weaver {
	return &weaver{r: w.r, markdown: w.markdown, align: w.align, notes: w.notes}
}

func (w *weaver) children(n *html.Node, m marks, depth int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.walk(c, m, depth)
	}
}

func (w *weaver) walk(n *html.Node, m marks, depth int) {
	switch {
	case depth > w.r.o.Limits.Nesting:
		w.r.deep()
	case n.Type == html.TextNode:
		w.text(n.Data, m)
	case n.Type == html.DocumentNode:
		w.children(n, m, depth)
	case w.notes.apart[n]:
	case w.notes.of[n] != nil:
		w.footnote(n, w.notes.of[n], depth)
	case n.Type == html.ElementNode:
		w.element(n, m, depth+1)
	}
}

func (w *weaver) element(n *html.Node, m marks, depth int) {
	switch n.DataAtom {
	case atom.Head:
		w.head(n, m, depth)
	case atom.Title:
		w.r.page = oneLine(w.r.clean(textOf(n), origin{field: "title"}))
	case atom.Br:
		w.lineBreak(m)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		w.heading(n, m, depth)
	case atom.Ul, atom.Ol:
		w.list(n, m, depth)
	case atom.Table:
		w.table(n, m, depth)
	case atom.Blockquote:
		w.quotation(n, m, depth)
	case atom.Figure:
		w.figure(n, m, depth)
	case atom.Img:
		w.image(n)
	default:
		w.other(n, m, depth)
	}
}

// head holds no text but its title; what a browser would move out of it is no longer in it after parsing.
func (w *weaver) head(n *html.Node, m marks, depth int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			w.walk(c, m, depth)
		}
	}
}

func (w *weaver) other(n *html.Node, m marks, depth int) {
	switch fateOf(n) {
	case silent:
	case dropped:
		w.dropped(n)
	case apart:
		w.apart(n, m, depth)
	default:
		w.children(n, w.marked(n, m), depth)
		if text, noted := find(n, noteAttribute); noted && (w.markdown || w.r.o.Own) {
			w.note(strings.TrimSpace(w.r.clean(text, origin{field: "body"})))
		}
	}
}

func (w *weaver) dropped(n *html.Node) {
	words := textOf(n)
	if n.DataAtom == atom.Script || n.DataAtom == atom.Style {
		words = ""
	}
	w.r.drop(w.r.lineOf("<"+n.Data), "网页标记<"+n.Data+">没有放进正文", words)
}

func (w *weaver) apart(n *html.Node, m marks, depth int) {
	w.flush()
	outer := w.align
	w.align = alignOf(n, outer)
	m = styled(n, m)
	m.pre = m.pre || n.DataAtom == atom.Pre || n.DataAtom == atom.Listing || n.DataAtom == atom.Xmp || n.DataAtom == atom.Plaintext
	w.children(n, m, depth)
	w.flush()
	w.align = outer
}

func (w *weaver) heading(n *html.Node, m marks, depth int) {
	w.flush()
	level, align := w.level, w.align
	w.level, w.align = int(n.Data[1]-'0'), alignOf(n, align)
	w.children(n, m, depth)
	w.flush()
	w.level, w.align = level, align
}

func (w *weaver) quotation(n *html.Node, m marks, depth int) {
	w.flush()
	in := w.inner()
	in.children(n, m, depth)
	in.flush()
	if len(in.out) > 0 {
		w.out = append(w.out, press.Block{Kind: press.Note, Blocks: in.out})
	}
}

// marked adds what an element inside a line says of its text.
func (w *weaver) marked(n *html.Node, m marks) marks {
	switch n.DataAtom {
	case atom.B, atom.Strong:
		m.bold = true
	case atom.I, atom.Em, atom.Cite, atom.Dfn, atom.Var:
		m.italic = true
	case atom.U, atom.Ins:
		m.under = true
	case atom.Sup:
		m.sup, m.sub = true, false
	case atom.Sub:
		m.sub, m.sup = true, false
	case atom.S, atom.Strike, atom.Del:
		w.r.warn(w.r.lineOf("<"+n.Data), "正文里有删除线，文字保留但删除线不保留，请确认这些字是否应当删去")
	case atom.A:
		m.link = w.link(n)
	}
	return styled(n, m)
}

func styled(n *html.Node, m marks) marks {
	css := attribute(n, "style")
	if css == "" {
		return m
	}
	switch weight := style(css, "font-weight"); weight {
	case "bold", "bolder", "600", "700", "800", "900":
		m.bold = true
	case "normal", "400":
		m.bold = false
	}
	if style(css, "font-style") == "italic" {
		m.italic = true
	}
	if strings.Contains(style(css, "text-decoration"), "underline") {
		m.under = true
	}
	return m
}

// link keeps addresses that readers may follow. Others lose the link and keep the words.
func (w *weaver) link(n *html.Node) string {
	href := strings.TrimSpace(w.r.clean(attribute(n, "href"), origin{field: "body"}))
	if href == "" || strings.HasPrefix(href, "#") {
		return ""
	}
	u, err := url.Parse(href)
	if err == nil {
		switch scheme := strings.ToLower(u.Scheme); {
		case (scheme == "http" || scheme == "https") && u.Host != "" && len(href) <= 2000:
			return u.String()
		case scheme == "mailto" && u.Opaque != "":
			return u.String()
		}
	}
	w.r.warn(w.r.lineOf(href[:min(len(href), 24)]), "链接“"+clip(href)+"”不是http、https或mailto地址，只保留文字；附件请写进attachments")
	return ""
}

// text adds characters to the open block, with white space treated as browsers do, except that the end of a source line
// between two Chinese characters is nothing.
func (w *weaver) text(s string, m marks) {
	s = w.r.clean(s, origin{field: "body", file: w.r.file})
	var b strings.Builder
	for _, c := range s {
		switch {
		case m.pre:
			w.put(&b, c)
		case c == '\n':
			w.pending = lineEnd
		case c == ' ' || c == '\t' || c == '\f' || c == '\r':
			w.pending = max(w.pending, blank)
		default:
			if w.pending == blank || w.pending == lineEnd && !(wide(w.last) && wide(c)) {
				w.gap(&b, m)
			}
			w.put(&b, c)
		}
	}
	w.span(b.String(), m)
}

// gap writes a space, unless a line begins here. A space between two elements belongs to neither.
func (w *weaver) gap(b *strings.Builder, m marks) {
	switch {
	case w.last == 0 || w.last == '\n':
	case b.Len() > 0 || len(w.cur) > 0 && sameMarks(w.cur[len(w.cur)-1], m):
		b.WriteByte(' ')
	default:
		w.span(" ", marks{})
	}
}

func sameMarks(s press.Span, m marks) bool {
	s.Text = ""
	return s == press.Span{Bold: m.bold, Italic: m.italic, Under: m.under, Sup: m.sup, Sub: m.sub, Link: m.link}
}

func (w *weaver) put(b *strings.Builder, c rune) {
	w.pending, w.last = noSpace, c
	b.WriteRune(c)
}

func (w *weaver) span(text string, m marks) {
	if text == "" {
		return
	}
	s := press.Span{Text: text, Bold: m.bold, Italic: m.italic, Under: m.under, Sup: m.sup, Sub: m.sub, Link: m.link}
	w.cur = join(w.cur, s)
}

// join adds a span, as part of the last one when that has the same marks.
func join(spans []press.Span, s press.Span) []press.Span {
	if n := len(spans); n > 0 {
		last := spans[n-1]
		last.Text, last.Note = s.Text, s.Note
		if last == s && spans[n-1].Note == "" {
			spans[n-1].Text += s.Text
			spans[n-1].Note = s.Note
			return spans
		}
	}
	return append(spans, s)
}

func (w *weaver) lineBreak(m marks) {
	w.pending, w.last = noSpace, '\n'
	w.span("\n", m)
}

// flush ends the open block.
func (w *weaver) flush() {
	lines := linesOf(w.cur)
	w.cur, w.pending, w.last = nil, noSpace, 0
	if w.level > 0 {
		if spans := trimSpans(together(lines, " ")); len(spans) > 0 {
			w.out = append(w.out, press.Block{Kind: press.Heading, Level: w.level, Align: headingAlign(w.align), Spans: spans})
		}
		return
	}
	for _, p := range paragraphs(lines) {
		if spans := trimSpans(together(p, "\n")); len(spans) > 0 {
			w.out = append(w.out, press.Block{Kind: press.Paragraph, Align: w.align, Spans: spans})
		}
	}
}

// headingAlign drops what a heading is anyway.
func headingAlign(a press.Align) press.Align {
	if a == press.AlignLeft {
		return press.AlignBody
	}
	return a
}

// linesOf parts spans at their line breaks. A footnote stays behind the last line of its span.
func linesOf(spans []press.Span) [][]press.Span {
	lines := [][]press.Span{nil}
	for _, s := range spans {
		parts := strings.Split(s.Text, "\n")
		for i, part := range parts {
			if i > 0 {
				lines = append(lines, nil)
			}
			p := s
			if p.Text = part; i < len(parts)-1 {
				p.Note = ""
			}
			if p.Text != "" || p.Note != "" {
				lines[len(lines)-1] = append(lines[len(lines)-1], p)
			}
		}
	}
	return lines
}

// paragraphs parts lines where an empty line or an indent shows that a new paragraph was meant: many editors write <br> for both.
func paragraphs(lines [][]press.Span) (out [][][]press.Span) {
	open := false
	for _, l := range lines {
		text := press.SpanText(l)
		switch {
		case trim(text) == "" && !noted(l):
			open = false
			continue
		case !open || indented(text):
			out = append(out, nil)
		}
		open = true
		out[len(out)-1] = append(out[len(out)-1], l)
	}
	return out
}

func noted(spans []press.Span) bool {
	return slices.ContainsFunc(spans, func(s press.Span) bool { return s.Note != "" })
}

func indented(s string) bool {
	rest := strings.TrimLeft(s, "\u3000\u00a0\u2003")
	return len(s)-len(rest) >= 4
}

// together joins lines again, each trimmed.
func together(lines [][]press.Span, with string) (out []press.Span) {
	for _, l := range lines {
		l = trimSpans(l)
		if len(l) == 0 {
			continue
		}
		if n := len(out); n > 0 {
			out[n-1].Text += with
		}
		for _, s := range l {
			out = join(out, s)
		}
	}
	return out
}

func trimSpans(spans []press.Span) []press.Span {
	for len(spans) > 0 {
		if spans[0].Text = strings.TrimLeftFunc(spans[0].Text, unicode.IsSpace); spans[0].Text != "" || spans[0].Note != "" {
			break
		}
		spans = spans[1:]
	}
	for n := len(spans); n > 0 && spans[n-1].Note == ""; n = len(spans) {
		if spans[n-1].Text = strings.TrimRightFunc(spans[n-1].Text, unicode.IsSpace); spans[n-1].Text != "" {
			break
		}
		spans = spans[:n-1]
	}
	return spans
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			return a.Val
		}
	}
	return ""
}

// style finds one property in a style attribute, in lower case.
func style(css, property string) string {
	for d := range strings.SplitSeq(strings.ToLower(css), ";") {
		k, v, _ := strings.Cut(d, ":")
		if strings.TrimSpace(k) == property {
			return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(v), "!important"))
		}
	}
	return ""
}

func alignOf(n *html.Node, outer press.Align) press.Align {
	if n.DataAtom == atom.Center {
		return press.AlignCenter
	}
	align := style(attribute(n, "style"), "text-align")
	if align == "" {
		align = strings.ToLower(attribute(n, "align"))
	}
	switch align {
	case "center", "middle":
		return press.AlignCenter
	case "right", "end":
		return press.AlignRight
	case "left", "start":
		return press.AlignLeft
	case "justify":
		return press.AlignBody
	}
	return outer
}

// atoi reads a small positive number of an attribute, or gives otherwise.
func atoi(s string, otherwise, most int) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 1 {
		return otherwise
	}
	return min(n, most)
}
