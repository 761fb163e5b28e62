package channels

import (
	"fmt"
	"html"
	"io"
	"slices"
	"strconv"
	"strings"

	"tongfa/press"
)

// HTMLOptions says what WriteHTML cannot know by itself.
type HTMLOptions struct {
	Top     int                            // heading element of level 1; 0 means 2, as the title is the page's h1
	Picture func(press.Picture) (p Placed) // where a picture's file is; nil leaves pictures out and keeps their captions
	Notes   *[]string                      // the footnotes so far, for a body that is written block by block: these are added, and left to WriteNotes
}

// Placed is where a picture's file is and how large it is in pixels.
type Placed struct {
	Src           string
	Width, Height int
}

// WriteHTML writes a body as plain, accessible HTML, set as Set says: headings, paragraphs with their alignment or role as the class,
// tables with caption and header cells, figures with alternative text, footnotes at the end. Text of it is press.Text of the body again.
func WriteHTML(w io.Writer, body []press.Block, o HTMLOptions) error {
	if o.Top == 0 {
		o.Top = 2
	}
	h := &htmlWriter{o: o}
	if o.Notes != nil {
		h.notes = *o.Notes
	}
	for _, p := range Set(body) {
		h.piece(p)
	}
	if o.Notes != nil {
		*o.Notes = h.notes
	} else {
		h.footnotes()
	}
	_, err := io.WriteString(w, h.b.String())
	return err
}

// WriteNotes writes the footnotes that WriteHTML left, below a heading that is no part of the text. Each note begins with its mark, which leads back to the
// mark in the text.
func WriteNotes(w io.Writer, o HTMLOptions) error {
	if o.Notes == nil {
		return nil
	}
	h := &htmlWriter{o: o, notes: *o.Notes}
	h.footnotes()
	_, err := io.WriteString(w, h.b.String())
	return err
}

type htmlWriter struct {
	b     strings.Builder
	o     HTMLOptions
	notes []string // met so far
}

// spans writes spans as inline HTML, with the mark of each footnote behind the words that it is about. A mark leads to its note.
func (h *htmlWriter) spans(ss []press.Span) string {
	if !slices.ContainsFunc(ss, func(s press.Span) bool { return s.Note != "" }) {
		return spansHTML(ss)
	}
	var b strings.Builder
	for i, s := range ss {
		b.WriteString(spansHTML(ss[i : i+1]))
		if s.Note == "" {
			continue
		}
		h.notes = append(h.notes, s.Note)
		n := len(h.notes)
		fmt.Fprintf(&b, `<sup class="noteref"><a id="fnref-%[1]d" href="#fn-%[1]d" role="doc-noteref" aria-label="注释%[2]s">%[2]s</a></sup>`, n, press.NoteMark(n))
	}
	return b.String()
}

func (h *htmlWriter) footnotes() {
	if len(h.notes) == 0 {
		return
	}
	h.b.WriteString("<section class=\"footnotes\" role=\"doc-endnotes\" aria-label=\"注释\">\n<p class=\"footnotes-head\" data-aside>注释</p>\n")
	for i, n := range h.notes {
		fmt.Fprintf(&h.b, "<p id=\"fn-%[1]d\"><a href=\"#fnref-%[1]d\" role=\"doc-backlink\" aria-label=\"注释%[2]s，回到正文\">%[2]s</a>%[3]s</p>\n", i+1, press.NoteMark(i+1), noteHTML(n))
	}
	h.b.WriteString("</section>\n")
}

// noteHTML is the text of a footnote. An address in it is a link, and may be broken behind its strokes.
func noteHTML(note string) string {
	var b strings.Builder
	for _, s := range press.Linked(note) {
		text := s.HTML()
		if s.Link != "" {
			text = "<a href=\"" + html.EscapeString(s.Link) + "\">" + strokes.Replace(text) + "</a>"
		}
		b.WriteString(text)
	}
	return b.String()
}

var strokes = strings.NewReplacer("//", "//", "/", "/<wbr>", "?", "<wbr>?", "&amp;", "<wbr>&amp;")

// piece writes a block of the body itself. Some roles are set as no alignment can.
func (h *htmlWriter) piece(p Piece) {
	switch p.Role {
	case Annex, AnnexMore, TableName, TableUnit:
		h.b.WriteString("<p class=\"" + string(p.Role) + "\">" + h.spans(p.Spans) + "</p>\n")
	default:
		h.block(p.Block)
	}
}

func (h *htmlWriter) blocks(blocks []press.Block) {
	for _, b := range blocks {
		h.block(b)
	}
}

func (h *htmlWriter) block(b press.Block) {
	switch b.Kind {
	case press.Heading:
		tag := "h" + strconv.Itoa(min(6, h.o.Top+max(1, b.Level)-1))
		h.b.WriteString("<" + tag + alignAttr(b.Align) + ">" + h.spans(b.Spans) + "</" + tag + ">\n")
	case press.Paragraph:
		h.b.WriteString("<p" + alignAttr(b.Align) + ">" + h.spans(b.Spans) + "</p>\n")
	case press.TableKind:
		h.table(b.Table)
	case press.Figure:
		h.figure(b.Picture)
	case press.ListKind:
		h.list(b.Items)
	case press.Note:
		h.b.WriteString("<blockquote>\n")
		h.blocks(b.Blocks)
		h.b.WriteString("</blockquote>\n")
	}
}

// list keeps each marker as text in front of its item: numbering that a style sheet makes is lost when a text is copied.
func (h *htmlWriter) list(items []press.ListItem) {
	h.b.WriteString("<ul class=\"marked\">\n")
	for _, it := range items {
		h.b.WriteString("<li><span class=\"marker\">" + html.EscapeString(it.Marker) + "</span> ")
		if len(it.Blocks) == 1 && it.Blocks[0].Kind == press.Paragraph {
			h.b.WriteString(h.spans(it.Blocks[0].Spans))
		} else {
			h.blocks(it.Blocks)
		}
		h.b.WriteString("</li>\n")
	}
	h.b.WriteString("</ul>\n")
}

func (h *htmlWriter) figure(p *press.Picture) {
	if p == nil || h.o.Picture == nil && p.Caption == "" {
		return
	}
	h.b.WriteString("<figure>")
	if h.o.Picture != nil {
		h.picture(p, h.o.Picture(*p))
	}
	if p.Caption != "" {
		h.b.WriteString("<figcaption>" + html.EscapeString(p.Caption) + "</figcaption>")
	}
	h.b.WriteString("</figure>\n")
}

func (h *htmlWriter) picture(p *press.Picture, at Placed) {
	h.b.WriteString("<img src=\"" + html.EscapeString(at.Src) + "\" alt=\"" + html.EscapeString(p.Alt) + "\"")
	if at.Width > 0 && at.Height > 0 {
		fmt.Fprintf(&h.b, " width=\"%d\" height=\"%d\"", at.Width, at.Height)
	}
	h.b.WriteString(" loading=\"lazy\">")
}

// table stands in a region that scrolls sideways and takes the keyboard's focus, so that a wide table does not widen a phone's page.
func (h *htmlWriter) table(t *press.Table) {
	if t == nil {
		return
	}
	label := t.Caption
	if label == "" {
		label = "表格"
	}
	h.b.WriteString("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"" + html.EscapeString(label) + "\"><table>\n")
	if t.Caption != "" {
		h.b.WriteString("<caption>" + html.EscapeString(t.Caption) + "</caption>\n")
	}
	head := min(t.Head, len(t.Rows))
	if head > 0 {
		h.b.WriteString("<thead>\n")
		h.rows(t.Rows[:head], true)
		h.b.WriteString("</thead>\n")
	}
	h.b.WriteString("<tbody>\n")
	h.rows(t.Rows[head:], false)
	h.b.WriteString("</tbody>\n</table></div>\n")
}

func (h *htmlWriter) rows(rows [][]press.Cell, head bool) {
	for _, row := range rows {
		h.b.WriteString("<tr>")
		for _, c := range row {
			h.cell(c, head)
		}
		h.b.WriteString("</tr>\n")
	}
}

func (h *htmlWriter) cell(c press.Cell, head bool) {
	tag, scope := "td", ""
	switch {
	case head:
		tag, scope = "th", " scope=\"col\""
	case c.Header:
		tag, scope = "th", " scope=\"row\""
	}
	h.b.WriteString("<" + tag + scope + c.Covers() + alignAttr(c.Align) + ">" + h.spans(c.Spans) + "</" + tag + ">")
}

// alignAttr knows the alignments there are, so that no other word gets into the page.
func alignAttr(a press.Align) string {
	switch a {
	case press.AlignLeft, press.AlignCenter, press.AlignRight:
		return " class=\"" + string(a) + "\""
	}
	return ""
}

// spansHTML writes spans as inline HTML. A link is written only with a scheme that cannot run anything.
func spansHTML(spans []press.Span) string {
	var b strings.Builder
	for _, s := range spans {
		text := s.HTML()
		if SafeLink(s.Link) {
			text = "<a href=\"" + html.EscapeString(s.Link) + "\">" + text + "</a>"
		}
		b.WriteString(text)
	}
	return b.String()
}

// SafeLink reports whether an address may stand behind a link: http, https or mailto.
func SafeLink(link string) bool {
	l := strings.ToLower(link)
	return strings.HasPrefix(l, "http://") || strings.HasPrefix(l, "https://") || strings.HasPrefix(l, "mailto:")
}
