package press

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// BlockKind says which of a Block's fields count.
type BlockKind string

// The six kinds of block.
const (
	Heading   BlockKind = "heading"   // Level, Spans
	Paragraph BlockKind = "paragraph" // Spans, Align
	TableKind BlockKind = "table"     // Table
	Figure    BlockKind = "figure"    // Picture
	ListKind  BlockKind = "list"      // Items
	Note      BlockKind = "note"      // Blocks: text set apart from the body, such as a quotation or a remark
)

// Align is how a paragraph or a cell stands. A document number stands in the centre, a signature and its date on the right.
type Align string

// Alignments; the zero value is the ordinary, justified paragraph with an indented first line.
const (
	AlignBody   Align = ""
	AlignLeft   Align = "left" // flush left, not indented: the addressee line
	AlignCenter Align = "center"
	AlignRight  Align = "right"
)

// Block is one piece of a body. A []Block is the one body model: whatever arrives is turned into it, and every channel renders from it.
type Block struct {
	Kind    BlockKind  `json:"kind"`
	Level   int        `json:"level,omitempty"` // heading: 1 (章, 一、) to 4; the title of the revision is not in the body
	Align   Align      `json:"align,omitempty"`
	Spans   []Span     `json:"spans,omitempty"`
	Table   *Table     `json:"table,omitempty"`
	Picture *Picture   `json:"picture,omitempty"`
	Items   []ListItem `json:"items,omitempty"`
	Blocks  []Block    `json:"blocks,omitempty"`
}

// Span is a run of text with the same marks. A line break inside a paragraph is a "\n" in Text.
type Span struct {
	Text   string `json:"text"`
	Bold   bool   `json:"bold,omitempty"`
	Italic bool   `json:"italic,omitempty"`
	Under  bool   `json:"under,omitempty"`
	Sup    bool   `json:"sup,omitempty"`
	Sub    bool   `json:"sub,omitempty"`
	Link   string `json:"link,omitempty"` // http(s) or mailto address, or "" for plain text
	Note   string `json:"note,omitempty"` // a footnote, whose mark stands right after Text
}

// Table is a grid whose rows hold cells in reading order; a cell covered by a neighbour's span is absent, as in HTML.
type Table struct {
	Caption string   `json:"caption,omitempty"`
	Head    int      `json:"head,omitempty"` // how many leading rows are the head
	Rows    [][]Cell `json:"rows"`
}

// Cell is one cell of a table.
type Cell struct {
	Spans   []Span `json:"spans,omitempty"`
	Align   Align  `json:"align,omitempty"`
	Header  bool   `json:"header,omitempty"` // a row header outside the head rows
	ColSpan int    `json:"colspan,omitempty"`
	RowSpan int    `json:"rowspan,omitempty"`
}

// Picture is an image with the text that stands in for it.
type Picture struct {
	Digest  string `json:"digest"` // of an asset in Revision.Images
	Alt     string `json:"alt"`
	Caption string `json:"caption,omitempty"`
}

// ListItem is one item of a list. Marker is written out as text on every channel ("1.", "（一）", "•"), so that a
// copied document keeps its numbering and all channels carry the same characters.
type ListItem struct {
	Marker string  `json:"marker"`
	Blocks []Block `json:"blocks"`
}

// P makes an ordinary paragraph of plain text.
func P(text string) Block { return Block{Kind: Paragraph, Spans: []Span{{Text: text}}} }

// H makes a heading of plain text.
func H(level int, text string) Block {
	return Block{Kind: Heading, Level: level, Spans: []Span{{Text: text}}}
}

// SpanText is the plain text of spans.
func SpanText(spans []Span) string {
	if len(spans) == 1 {
		return spans[0].Text
	}
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Text is the one text that every comparison uses: one line a paragraph, table cells parted by tabs, a picture by
// its caption, and the footnotes at the end, each with its mark. A picture's alternative text is not part of it, because no channel shows it to every reader.
func Text(blocks []Block) string {
	var w textWriter
	w.blocks(blocks)
	for i, n := range w.notes {
		line(&w.Builder, NoteMark(i+1)+n)
	}
	return strings.TrimRight(w.String(), "\n")
}

// NoteMark is the mark of a footnote by its number within a body: ① to ⑳, and 〔21〕 beyond, where many faces have no circles.
func NoteMark(n int) string {
	if n >= 1 && n <= 20 {
		return string(rune('①' + n - 1))
	}
	return "〔" + strconv.Itoa(n) + "〕"
}

// Noted puts the mark of each footnote behind the words that it is about, raised, and adds the notes to those before them. Spans without notes are returned
// as they are.
func Noted(spans []Span, notes []string) ([]Span, []string) {
	if !slices.ContainsFunc(spans, func(s Span) bool { return s.Note != "" }) {
		return spans, notes
	}
	var out []Span
	for _, s := range spans {
		n := s.Note
		s.Note = ""
		out = append(out, s)
		if n != "" {
			notes = append(notes, n)
			out = append(out, Span{Text: NoteMark(len(notes)), Sup: true})
		}
	}
	return out, notes
}

// Bare is the text without its footnotes and their marks, for an extract in which nobody can follow them.
func Bare(blocks []Block) string {
	w := textWriter{bare: true}
	w.blocks(blocks)
	return strings.TrimRight(w.String(), "\n")
}

// textWriter writes the text of blocks and keeps their footnotes.
type textWriter struct {
	strings.Builder
	notes []string
	bare  bool
}

func (w *textWriter) spans(ss []Span) string {
	if !w.bare {
		ss, w.notes = Noted(ss, w.notes)
	}
	return SpanText(ss)
}

func (w *textWriter) blocks(blocks []Block) {
	for _, bl := range blocks {
		switch bl.Kind {
		case Heading, Paragraph:
			line(&w.Builder, w.spans(bl.Spans))
		case TableKind:
			w.table(bl.Table)
		case Figure:
			if bl.Picture != nil && bl.Picture.Caption != "" {
				line(&w.Builder, bl.Picture.Caption)
			}
		case ListKind:
			for _, it := range bl.Items {
				w.item(it)
			}
		case Note:
			w.blocks(bl.Blocks)
		}
	}
}

// item writes an item with its mark; its notes are numbered with those of the body.
func (w *textWriter) item(it ListItem) {
	inner := textWriter{notes: w.notes, bare: w.bare}
	inner.blocks(it.Blocks)
	w.notes = inner.notes
	line(&w.Builder, strings.TrimSpace(it.Marker+" "+strings.TrimRight(inner.String(), "\n")))
}

func (w *textWriter) table(t *Table) {
	if t == nil {
		return
	}
	if t.Caption != "" {
		line(&w.Builder, t.Caption)
	}
	for _, row := range t.Rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = w.spans(c.Spans)
		}
		line(&w.Builder, strings.Join(cells, "\t"))
	}
}

func line(b *strings.Builder, s string) {
	b.WriteString(s)
	b.WriteByte('\n')
}

// Fold removes what a channel may change without changing the text: white space of every width, zero-width
// characters and soft hyphens. Two texts say the same words when their folds are equal.
func Fold(text string) string {
	return strings.Map(func(r rune) rune {
		if unseen(r) {
			return -1
		}
		return r
	}, text)
}

func unseen(r rune) bool {
	switch r {
	case '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u00ad':
		return true
	}
	return unicode.IsSpace(r)
}

// Walk calls f for every block, depth first, also for those inside lists and notes.
func Walk(blocks []Block, f func(Block)) {
	for _, b := range blocks {
		f(b)
		for _, it := range b.Items {
			Walk(it.Blocks, f)
		}
		Walk(b.Blocks, f)
	}
}
