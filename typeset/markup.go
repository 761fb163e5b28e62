package typeset

import (
	"bytes"
	"cmp"
	"fmt"

	"tongfa/press"
)

// markup writes a work's text as XHTML, which is HTML as well: the body of the EPUB and of the page for phones.
type markup struct {
	bytes.Buffer
	picture func(digest string) string // its address; "" leaves the picture out, and its text stays
	notes   []string                   // footnotes of the article so far
	level   int                        // of an article's own title: 1 in a book of chapters, 3 on one page
	anchor  string                     // of the next article; "" for the one that its item gives it
}

func (m *markup) article(a Article) {
	fmt.Fprintf(m, "<article id=\"%s\">\n<h%d>%s</h%d>\n", escape(cmp.Or(m.anchor, "a-"+a.ID)), m.level, escape(a.Title), m.level)
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

// footnotes stand at the end of their article, each with its mark.
func (m *markup) footnotes() {
	if len(m.notes) == 0 {
		return
	}
	m.WriteString("<section class=\"notes\">\n")
	for i, n := range m.notes {
		fmt.Fprintf(m, "<p>%s</p>\n", escape(press.NoteMark(i+1)+n))
	}
	m.WriteString("</section>\n")
	m.notes = nil
}

func (m *markup) blocks(bs []press.Block) {
	for _, b := range bs {
		m.block(b)
	}
}

func (m *markup) block(b press.Block) {
	switch b.Kind {
	case press.Heading:
		h := min(m.level+min(max(b.Level, 1), 4), 6)
		fmt.Fprintf(m, "<h%d>", h)
		m.spans(b.Spans)
		fmt.Fprintf(m, "</h%d>\n", h)
	case press.Paragraph:
		m.WriteString("<p" + alignClass(b.Align) + ">")
		m.spans(b.Spans)
		m.WriteString("</p>\n")
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
	ss, m.notes = press.Noted(ss, m.notes)
	for _, s := range ss {
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
			m.WriteString(escape(string(part)))
		}
		for i := len(tags) - 1; i >= 0; i-- {
			m.WriteString("</" + tags[i] + ">")
		}
	}
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
	m.WriteString("<" + tag + scope + alignClass(c.Align))
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
