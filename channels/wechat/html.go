package wechat

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"unicode/utf8"

	"tongfa/channels"
	"tongfa/press"
)

// The look of a body. The platform keeps inline styles only; a style with a quotation mark in it is emptied, and position is removed.
const (
	styleBody    = "font-size:17px;line-height:1.75;color:#222222;letter-spacing:0.3px;word-break:break-word"
	styleMeta    = "margin:0 0 20px;padding:0 0 10px;border-bottom:1px solid #d9d9d9;font-size:14px;line-height:1.6;color:#6b6b6b"
	stylePara    = "margin:0 0 14px;text-align:justify;text-indent:2em"
	styleLeft    = "margin:0 0 14px;text-align:left"
	styleCenter  = "margin:0 0 14px;text-align:center"
	styleRight   = "margin:0 0 14px;padding-right:2em;text-align:right"
	styleSigned  = "margin:28px 0 6px;padding-right:2em;text-align:right"
	styleAnnex   = "margin:0 0 6px;padding-left:5em;text-indent:-3em;text-align:left"
	styleMore    = "margin:0 0 6px;padding-left:5em;text-align:left"
	styleTitled  = styleCenter + ";font-weight:bold;text-indent:0"
	styleUnit    = "margin:0;font-size:14px;text-align:right"
	styleItem    = "margin:0 0 10px;padding-left:2em;text-indent:-2em;text-align:justify"
	styleNested  = "padding-left:2em"
	styleNote    = "margin:0 0 14px;padding:10px 14px;border-left:3px solid #b7c3d0;background-color:#f6f8fa;color:#444444"
	styleFigure  = "margin:18px 0;text-align:center"
	styleImage   = "max-width:100%;height:auto;display:block;margin:0 auto"
	styleCaption = "margin:6px 0 0;font-size:14px;line-height:1.5;color:#6b6b6b;text-align:center"
	styleScroll  = "margin:16px 0;overflow-x:auto;-webkit-overflow-scrolling:touch"
	styleTable   = "border-collapse:collapse;width:100%;font-size:14px;line-height:1.5;text-indent:0"
	styleCell    = "border:1px solid #c9ced6;padding:6px 8px;vertical-align:middle"
	styleHead    = styleCell + ";background-color:#eef2f6;font-weight:bold"
	styleAside   = "margin:28px 0 0;padding:14px 0 0;border-top:1px solid #d9d9d9;font-size:14px;line-height:1.7;color:#555555;word-break:break-all"
	styleRef     = "font-size:12px;color:#6b6b6b"
	styleNotes   = "margin:28px 0 0;padding:12px 0 0;border-top:1px solid #d9d9d9;font-size:15px;line-height:1.7;color:#444444"
	styleNotesH  = "margin:0 0 6px;font-size:14px;color:#6b6b6b"
	styleNoteP   = "margin:0 0 6px;padding-left:1.1em;text-indent:-1.1em;text-align:left;word-break:break-word"
	styleMarked  = "white-space:nowrap"
	narrowTable  = 4  // columns that fit a phone
	columnWidth  = 96 // pixels of a column of a wider table, which scrolls
)

// aside marks what is not part of the approved text, so that a comparison leaves it out.
const aside = ` data-aside="1"`

// render writes the body of an entry in the platform's dialect: sections instead of div, inline styles, no identifiers, no foreign
// links. A link becomes a number, and its address a line at the end, as the platform loses foreign links or refuses the article. picture says
// where a picture is.
func (c *Channel) render(e press.Entry, picture func(digest string) string) string {
	w := &writer{own: c.c.Articles + "/s", secure: c.secure, picture: picture}
	w.b.Grow(1 << 12)
	w.b.WriteString(`<section class="tf-body" ` + markerAttr + `="` + html.EscapeString(e.Copy.Marker) + `" style="` + styleBody + `">`)
	w.meta(e.Revision.Meta)
	w.body(e.Revision.Body)
	w.after(e)
	w.b.WriteString("</section>")
	return separators.Replace(w.b.String())
}

// separators are the two characters that JSON writers escape whatever they are told, and the platform shows an escape as it is written.
var separators = strings.NewReplacer("\u2028", " ", "\u2029", " ")

type writer struct {
	b       strings.Builder
	own     string // what a link that may stay begins with
	secure  func(address string) string
	picture func(digest string) string
	links   []string
	notes   []string // footnotes
}

func (w *writer) element(tag, style, inner string) {
	w.b.WriteString("<" + tag + ` style="` + style + `">` + inner + "</" + tag + ">")
}

// meta is the line above the text by which a reader knows a document.
func (w *writer) meta(m press.Meta) {
	var parts []string
	if m.Issuer != "" {
		parts = append(parts, "发布机构："+m.Issuer)
	}
	if m.DocNumber != "" {
		parts = append(parts, "文号："+m.DocNumber)
	}
	if len(parts) == 0 {
		return
	}
	for i, p := range parts {
		parts[i] = html.EscapeString(p)
	}
	w.b.WriteString(`<section` + aside + ` style="` + styleMeta + `">` + strings.Join(parts, "<br>") + `</section>`)
}

// roleStyles are the styles of the roles that are set as no alignment can.
var roleStyles = map[channels.Role]string{
	channels.Annex: styleAnnex, channels.AnnexMore: styleMore, channels.TableName: styleTitled, channels.TableUnit: styleUnit,
}

// body writes the approved text, set as on every channel. A signature stands apart from what is above it.
func (w *writer) body(body []press.Block) {
	last := press.AlignBody
	for _, p := range channels.Set(body) {
		style, special := roleStyles[p.Role]
		if p.Kind == press.Paragraph && p.Align == press.AlignRight && last != press.AlignRight && !special {
			style, special = styleSigned, true
		}
		if special {
			w.element("p", style, w.spans(p.Spans))
		} else {
			w.block(p.Block)
		}
		last = p.Align
	}
	w.footnotes()
}

// footnotes stand at the end of the text, each with its mark. The platform keeps no names of elements, so that no mark can lead to its note.
func (w *writer) footnotes() {
	if len(w.notes) == 0 {
		return
	}
	w.b.WriteString(`<section style="` + styleNotes + `"><p` + aside + ` style="` + styleNotesH + `">注释</p>`)
	for i, n := range w.notes {
		w.element("p", styleNoteP, strings.ReplaceAll(html.EscapeString(press.NoteMark(i+1)+n), "\n", "<br>"))
	}
	w.b.WriteString("</section>")
}

func (w *writer) blocks(blocks []press.Block) {
	for _, b := range blocks {
		w.block(b)
	}
}

func (w *writer) block(b press.Block) {
	switch b.Kind {
	case press.Heading:
		w.heading(b)
	case press.Paragraph:
		w.element("p", alignStyle(b.Align), w.spans(b.Spans))
	case press.TableKind:
		w.table(b.Table)
	case press.Figure:
		w.figure(b.Picture)
	case press.ListKind:
		w.list(b.Items)
	case press.Note:
		w.b.WriteString(`<blockquote style="` + styleNote + `">`)
		w.blocks(b.Blocks)
		w.b.WriteString("</blockquote>")
	}
}

func (w *writer) heading(b press.Block) {
	level := min(4, max(1, b.Level))
	size := []int{19, 18, 17, 17}[level-1]
	align := "left"
	if b.Align == press.AlignCenter || b.Align == press.AlignRight {
		align = string(b.Align)
	}
	style := fmt.Sprintf("margin:22px 0 12px;font-size:%dpx;line-height:1.5;font-weight:bold;text-align:%s", size, align)
	w.element("h"+strconv.Itoa(level+1), style, w.spans(b.Spans))
}

func alignStyle(a press.Align) string {
	switch a {
	case press.AlignLeft:
		return styleLeft
	case press.AlignCenter:
		return styleCenter
	case press.AlignRight:
		return styleRight
	}
	return stylePara
}

// list writes the markers as text: the platform's list markers are unreliable and nested lists break.
func (w *writer) list(items []press.ListItem) {
	for _, it := range items {
		inner, rest := "", it.Blocks
		if len(rest) > 0 && rest[0].Kind == press.Paragraph {
			inner, rest = w.spans(rest[0].Spans), rest[1:]
		}
		w.element("p", styleItem, html.EscapeString(it.Marker)+" "+inner)
		if len(rest) > 0 {
			w.b.WriteString(`<section style="` + styleNested + `">`)
			w.blocks(rest)
			w.b.WriteString("</section>")
		}
	}
}

func (w *writer) figure(p *press.Picture) {
	if p == nil {
		return
	}
	w.b.WriteString(`<figure style="` + styleFigure + `">`)
	if src := w.picture(p.Digest); src != "" {
		w.b.WriteString(`<img src="` + html.EscapeString(src) + `" alt="` + html.EscapeString(p.Alt) + `" style="` + styleImage + `">`)
	}
	if p.Caption != "" {
		w.element("figcaption", styleCaption, html.EscapeString(p.Caption))
	}
	w.b.WriteString("</figure>")
}

// table stands in a section that scrolls sideways; one with many columns keeps a width at which its words can be read on a phone.
func (w *writer) table(t *press.Table) {
	if t == nil {
		return
	}
	if t.Caption != "" {
		w.element("p", styleTitled, html.EscapeString(t.Caption))
	}
	style := styleTable
	if n := columns(t); n > narrowTable {
		style += fmt.Sprintf(";min-width:%dpx", n*columnWidth)
	}
	w.b.WriteString(`<section style="` + styleScroll + `"><table style="` + style + `"><tbody>`)
	for i, row := range t.Rows {
		if len(row) == 0 {
			continue
		}
		w.b.WriteString("<tr>")
		for _, cell := range row {
			w.cell(cell, i < t.Head)
		}
		w.b.WriteString("</tr>")
	}
	w.b.WriteString("</tbody></table></section>")
}

func columns(t *press.Table) (most int) {
	for _, row := range t.Rows {
		n := 0
		for _, c := range row {
			n += max(1, c.ColSpan)
		}
		most = max(most, n)
	}
	return most
}

func (w *writer) cell(cell press.Cell, head bool) {
	tag, style := "td", styleCell
	if head || cell.Header {
		tag, style = "th", styleHead
	}
	switch cell.Align {
	case press.AlignLeft, press.AlignCenter, press.AlignRight:
		style += ";text-align:" + string(cell.Align)
	default:
		if tag == "th" {
			style += ";text-align:center"
		}
	}
	w.b.WriteString("<" + tag + cell.Covers() + ` style="` + style + `">` + w.spans(cell.Spans) + "</" + tag + ">")
}

// spans writes spans. The mark of a footnote stays on the line of the character before it.
func (w *writer) spans(spans []press.Span) string {
	var b strings.Builder
	for _, s := range spans {
		if s.Note == "" {
			b.WriteString(w.linked(s, s.HTML()))
			continue
		}
		w.notes = append(w.notes, s.Note)
		head, last := s, s
		_, n := utf8.DecodeLastRuneInString(s.Text)
		if s.Link != "" {
			n = 0 // a link is not parted
		}
		head.Text, last.Text = s.Text[:len(s.Text)-n], s.Text[len(s.Text)-n:]
		b.WriteString(w.linked(head, marked(head)) + `<span style="` + styleMarked + `">` + marked(last) + "<sup>" + press.NoteMark(len(w.notes)) + "</sup></span>")
	}
	return b.String()
}

// marked is a span with its marks, or nothing for one without text.
func marked(s press.Span) string {
	if s.Text == "" {
		return ""
	}
	return s.HTML()
}

// linked keeps a link to another article of the platform and gives every other one a number.
func (w *writer) linked(s press.Span, text string) string {
	switch {
	case !channels.SafeLink(s.Link):
		return text
	case w.stays(s.Link):
		return `<a href="` + html.EscapeString(s.Link) + `">` + text + "</a>"
	case strings.TrimSpace(s.Text) == s.Link:
		return text
	}
	return text + fmt.Sprintf(`<sup`+aside+` style="`+styleRef+`">[%d]</sup>`, w.number(s.Link))
}

// stays reports whether a link may stay in a body.
func (w *writer) stays(link string) bool {
	rest, ok := strings.CutPrefix(w.secure(link), w.own)
	return ok && rest != "" && (rest[0] == '/' || rest[0] == '?')
}

// number is the number of a link's address in the list at the end.
func (w *writer) number(link string) int {
	for i, l := range w.links {
		if l == link {
			return i + 1
		}
	}
	w.links = append(w.links, link)
	return len(w.links)
}

// after writes what stands below the text: attachments, related documents and the addresses of links. None of it is part of the text.
func (w *writer) after(e press.Entry) {
	var lines []string
	for i, a := range e.Revision.Attachments {
		lines = append(lines, fmt.Sprintf("附件%d：%s", i+1, html.EscapeString(a.Name)))
	}
	if len(lines) > 0 && sourceURL(e) != "" {
		lines = append(lines, "附件请点击文末“阅读原文”，在网页上查看或下载。")
	}
	for _, l := range e.Links {
		if l.Rel != press.LinkCanonical && l.Title != "" {
			lines = append(lines, html.EscapeString(l.Rel.Name())+"："+w.related(l))
		}
	}
	for i, l := range w.links {
		lines = append(lines, fmt.Sprintf("[%d] 链接：%s", i+1, html.EscapeString(l)))
	}
	if len(lines) == 0 {
		return
	}
	w.b.WriteString(`<section` + aside + ` style="` + styleAside + `">`)
	for _, l := range lines {
		w.element("p", "margin:0 0 6px", l)
	}
	w.b.WriteString("</section>")
}

func (w *writer) related(l press.Link) string {
	title := html.EscapeString(l.Title)
	switch {
	case w.stays(l.URL):
		return `<a href="` + html.EscapeString(l.URL) + `">` + title + "</a>"
	case channels.SafeLink(l.URL):
		return title + "（" + html.EscapeString(l.URL) + "）"
	}
	return title
}
