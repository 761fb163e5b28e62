package typeset

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"tongfa/press"
)

// markup writes a work's text as XHTML, which is HTML as well: the body of the EPUB and of the page for phones.
type markup struct {
	bytes.Buffer
	picture func(digest string) string // its address; "" leaves the picture out, and its text stays
	notes   []string                   // footnotes of the article so far
	level   int                        // of an article's own title: 1 in a book of chapters, 3 on one page
	anchor  string                     // of the next article; "" for the one that its item gives it
	book    bool                       // for an EPUB, whose readers know footnotes by epub:type
}

func (m *markup) article(a Article) {
	fmt.Fprintf(m, "<article id=\"%s\">\n<h%d>%s</h%d>\n", escape(cmp.Or(m.anchor, "a-"+a.ID)), m.level, parted(a.Title), m.level)
	if a.Number != "" {
		fmt.Fprintf(m, "<p class=\"number\">%s</p>\n", escape(a.Number))
	}
	m.blocks(a.blocks())
	m.footnotes()
	if a.Origin != "" {
		fmt.Fprintf(m, "<p class=\"origin\">%s</p>\n", escape(a.Origin))
	}
	m.WriteString("</article>\n")
}

// parted is a title that a line may end in where its meaning parts, and nowhere else.
func parted(title string) string {
	var b strings.Builder
	at := 0
	for _, to := range titleParts(title) {
		b.WriteString(escape(title[at:to]) + "<wbr/>")
		at = to
	}
	return b.String() + escape(title[at:])
}

// footnotes stand at the end of their article, each with its mark.
func (m *markup) footnotes() {
	if len(m.notes) == 0 {
		return
	}
	m.WriteString("<div class=\"notes\">\n")
	for i, n := range m.notes {
		mark := press.NoteMark(i + 1)
		fmt.Fprintf(m, "<aside%s role=\"doc-footnote\" id=\"%s\"><p><a href=\"#%s\" role=\"doc-backlink\" aria-label=\"%s，回到正文\">%s</a>%s</p></aside>\n",
			m.kind("footnote"), m.place("note", i), m.place("mark", i), mark, mark, escape(n))
	}
	m.WriteString("</div>\n")
	m.notes = nil
}

// kind tells the reader of an EPUB what an element is.
func (m *markup) kind(name string) string {
	if !m.book {
		return ""
	}
	return ` epub:type="` + name + `"`
}

// place is the address of a footnote, or of its mark, within the page.
func (m *markup) place(what string, i int) string {
	if m.anchor == "" {
		return fmt.Sprintf("%s-%d", what, i+1)
	}
	return fmt.Sprintf("%s-%s-%d", m.anchor, what, i+1)
}

func (m *markup) blocks(bs []press.Block) {
	annexed := false
	for _, b := range bs {
		switch {
		case isAnnex(b):
			m.heading(b.Spans, m.level+1, ` class="annex"`)
		case annexed && b.Kind == press.Paragraph && b.Align == press.AlignCenter:
			m.paragraph(b.Spans, ` class="annex-title"`)
		default:
			m.block(b)
		}
		annexed = isAnnex(b)
	}
}

func (m *markup) heading(ss []press.Span, level int, class string) {
	fmt.Fprintf(m, "<h%d%s>", level, class)
	m.spans(ss)
	fmt.Fprintf(m, "</h%d>\n", level)
}

func (m *markup) paragraph(ss []press.Span, class string) {
	m.WriteString("<p" + class + ">")
	m.spans(ss)
	m.WriteString("</p>\n")
}

func (m *markup) block(b press.Block) {
	switch b.Kind {
	case press.Heading:
		m.heading(b.Spans, min(m.level+min(max(b.Level, 1), 4), 6), alignClass(b.Align))
	case press.Paragraph:
		m.paragraph(b.Spans, alignClass(b.Align))
	case press.TableKind:
		if b.Table != nil {
			m.table(b.Table)
		}
	case press.Figure:
		if b.Picture != nil {
			m.figure(b.Picture)
		}
	case press.ListKind:
		m.WriteString("<div class=\"list\">\n")
		for _, it := range b.Items {
			m.item(it)
		}
		m.WriteString("</div>\n")
	case press.Note:
		m.WriteString("<blockquote>\n")
		m.blocks(b.Blocks)
		m.WriteString("</blockquote>\n")
	}
}

// item writes the mark of a list's item as text, as it stands in print.
func (m *markup) item(it press.ListItem) {
	for i, b := range it.Blocks {
		if i == 0 && b.Kind == press.Paragraph {
			b.Spans = append([]press.Span{{Text: it.Marker + " "}}, b.Spans...)
		}
		m.block(b)
	}
}

func alignClass(a press.Align) string {
	if a == press.AlignBody {
		return ""
	}
	return ` class="` + string(a) + `"`
}

func (m *markup) spans(ss []press.Span) {
	for _, s := range ss {
		m.span(s)
		if s.Note == "" {
			continue
		}
		i := len(m.notes)
		m.notes = append(m.notes, s.Note)
		mark := press.NoteMark(i + 1)
		fmt.Fprintf(m, "<sup><a%s role=\"doc-noteref\" id=\"%s\" href=\"#%s\" aria-label=\"脚注%s\">%s</a></sup>", m.kind("noteref"), m.place("mark", i), m.place("note", i), mark, mark)
	}
}

func (m *markup) span(s press.Span) {
	tags := []string{}
	open := func(on bool, tag string) {
		if on {
			tags = append(tags, tag)
			m.WriteString("<" + tag + ">")
		}
	}
	if s.Link != "" {
		m.WriteString(`<a href="` + escape(s.Link) + `">`)
		tags = append(tags, "a")
	}
	open(s.Bold, "strong")
	open(s.Italic, "em")
	open(s.Under, "u")
	open(s.Sup, "sup")
	open(s.Sub, "sub")
	for i, part := range bytes.Split([]byte(s.Text), []byte("\n")) {
		if i > 0 {
			m.WriteString("<br/>")
		}
		m.words(string(part))
	}
	for i := len(tags) - 1; i >= 0; i-- {
		m.WriteString("</" + tags[i] + ">")
	}
}

// longWord is an address or a number that is as long as a line of a phone: it is parted where the line ends.
var longWord = regexp.MustCompile(`[!-~]{16,}`)

func (m *markup) words(text string) {
	at := 0
	for _, w := range longWord.FindAllStringIndex(text, -1) {
		fmt.Fprintf(m, "%s<span class=\"long\">%s</span>", escape(text[at:w[0]]), escape(text[w[0]:w[1]]))
		at = w[1]
	}
	m.WriteString(escape(text[at:]))
}

func (m *markup) table(t *press.Table) {
	m.WriteString("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"" + escape(tableName(t)) + "\"><table>\n")
	if t.Caption != "" {
		fmt.Fprintf(m, "<caption>%s</caption>\n", escape(t.Caption))
	}
	for i, row := range t.Rows {
		switch {
		case i == 0 && t.Head > 0:
			m.WriteString("<thead>\n")
		case i == t.Head:
			m.WriteString("<tbody>\n")
		}
		m.WriteString("<tr>")
		for _, c := range row {
			m.cell(c, i < t.Head)
		}
		m.WriteString("</tr>\n")
		if i == t.Head-1 {
			m.WriteString("</thead>\n")
		}
	}
	if len(t.Rows) > t.Head {
		m.WriteString("</tbody>\n")
	}
	m.WriteString("</table></div>\n")
}

func tableName(t *press.Table) string {
	if t.Caption != "" {
		return t.Caption
	}
	return "表格"
}

func (m *markup) cell(c press.Cell, head bool) {
	tag, scope := "td", ""
	switch {
	case head:
		tag, scope = "th", ` scope="col"`
	case c.Header:
		tag, scope = "th", ` scope="row"`
	}
	m.WriteString("<" + tag + scope + cellClass(c, tag == "th"))
	if c.ColSpan > 1 {
		fmt.Fprintf(m, ` colspan="%d"`, c.ColSpan)
	}
	if c.RowSpan > 1 {
		fmt.Fprintf(m, ` rowspan="%d"`, c.RowSpan)
	}
	m.WriteString(">")
	m.spans(c.Spans)
	m.WriteString("</" + tag + ">")
}

// cellClass says how a cell stands: numbers on the right, a short text on one line, and a long one not narrower than can be read, as a table is moved under the finger.
func cellClass(c press.Cell, head bool) string {
	text := press.Fold(press.SpanText(c.Spans))
	class := string(c.Align)
	if class == "" && !head && numeric.MatchString(text) {
		class = "right"
	}
	switch n := len([]rune(text)); {
	case c.ColSpan > 1:
	case n <= 5:
		class += " short"
	case n > 30:
		class += " longest"
	case n > 10:
		class += " longer"
	}
	if class = strings.TrimSpace(class); class == "" {
		return ""
	}
	return ` class="` + class + `"`
}

func (m *markup) figure(p *press.Picture) {
	m.WriteString("<figure>")
	if src := m.picture(p.Digest); src != "" {
		fmt.Fprintf(m, `<img src="%s" alt="%s"/>`, escape(src), escape(p.Alt))
	}
	if p.Caption != "" {
		fmt.Fprintf(m, "<figcaption>%s</figcaption>", escape(p.Caption))
	}
	m.WriteString("</figure>\n")
}
