package intake

import (
	"html"
	"strconv"
	"strings"

	"tongfa/press"
)

// Page writes a body as simple HTML for people to go on writing in. Read with Options.Own it is the same body again. name is what a picture is called.
func Page(blocks []press.Block, name func(digest string) string) string {
	p := pageWriter{name: name}
	p.blocks(blocks)
	return p.b.String()
}

type pageWriter struct {
	b    strings.Builder
	name func(string) string
}

func (p *pageWriter) blocks(blocks []press.Block) {
	for _, b := range blocks {
		p.block(b)
	}
}

func (p *pageWriter) block(b press.Block) {
	switch b.Kind {
	case press.Heading:
		tag := "h" + strconv.Itoa(min(max(1, b.Level), 4))
		p.b.WriteString("<" + tag + aligned(b.Align) + ">" + spansOf(b.Spans) + "</" + tag + ">\n")
	case press.Paragraph:
		p.b.WriteString("<p" + aligned(b.Align) + ">" + spansOf(b.Spans) + "</p>\n")
	case press.TableKind:
		p.table(b.Table)
	case press.Figure:
		p.figure(b.Picture)
	case press.ListKind:
		p.b.WriteString("<ul>\n")
		for _, it := range b.Items {
			p.b.WriteString("<li " + markerAttribute + `="` + html.EscapeString(it.Marker) + `">` + "\n")
			p.blocks(it.Blocks)
			p.b.WriteString("</li>\n")
		}
		p.b.WriteString("</ul>\n")
	case press.Note:
		p.b.WriteString("<blockquote>\n")
		p.blocks(b.Blocks)
		p.b.WriteString("</blockquote>\n")
	}
}

func (p *pageWriter) figure(pic *press.Picture) {
	if pic == nil {
		return
	}
	p.b.WriteString(`<figure><img src="` + html.EscapeString(p.name(pic.Digest)) + `" alt="` + html.EscapeString(pic.Alt) + `">`)
	if pic.Caption != "" {
		p.b.WriteString("<figcaption>" + html.EscapeString(pic.Caption) + "</figcaption>")
	}
	p.b.WriteString("</figure>\n")
}

func (p *pageWriter) table(t *press.Table) {
	if t == nil {
		return
	}
	p.b.WriteString("<table>\n")
	if t.Caption != "" {
		p.b.WriteString("<caption>" + html.EscapeString(t.Caption) + "</caption>\n")
	}
	for i, row := range t.Rows {
		p.b.WriteString("<tr>")
		for _, c := range row {
			tag := "td"
			if c.Header || i < t.Head {
				tag = "th"
			}
			p.b.WriteString("<" + tag + aligned(c.Align) + c.Covers() + ">" + spansOf(c.Spans) + "</" + tag + ">")
		}
		p.b.WriteString("</tr>\n")
	}
	p.b.WriteString("</table>\n")
}

func aligned(a press.Align) string {
	if a == press.AlignBody {
		return ""
	}
	return ` align="` + html.EscapeString(string(a)) + `"`
}

func spansOf(spans []press.Span) string {
	var b strings.Builder
	for _, s := range spans {
		text := s.HTML()
		if s.Link != "" {
			text = `<a href="` + html.EscapeString(s.Link) + `">` + text + "</a>"
		}
		b.WriteString(text)
		if s.Note != "" {
			b.WriteString("<sup " + noteAttribute + `="` + html.EscapeString(s.Note) + `"></sup>`)
		}
	}
	return b.String()
}
