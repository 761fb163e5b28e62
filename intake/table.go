package intake

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tongfa/press"
)

// bullet is the marker of an item without a number.
const bullet = "•"

// list makes items with written-out markers. Content beside the items belongs to the item before it.
func (w *weaver) list(n *html.Node, m marks, depth int) {
	w.flush()
	b := press.Block{Kind: press.ListKind}
	count := newCounter(n)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		in := w.inner()
		in.level = 0
		if c.Type == html.ElementNode && c.DataAtom == atom.Li && !w.notes.apart[c] {
			in.children(c, styled(c, m), depth+1)
			in.flush()
			marker := count.marker(c, w.markdown || w.r.o.Own)
			if len(in.out) > 0 {
				b.Items = append(b.Items, press.ListItem{Marker: marker, Blocks: in.out})
			}
			continue
		}
		in.walk(c, m, depth)
		in.flush()
		if k := len(b.Items); k > 0 {
			b.Items[k-1].Blocks = append(b.Items[k-1].Blocks, in.out...)
		} else {
			w.out = append(w.out, in.out...)
		}
	}
	if len(b.Items) > 0 {
		w.out = append(w.out, b)
	}
}

// counter numbers the items of a list as a browser would.
type counter struct {
	ordered bool
	none    bool
	next    int
	step    int
	kind    string
}

func newCounter(n *html.Node) *counter {
	c := &counter{ordered: n.DataAtom == atom.Ol, step: 1, next: 1, kind: attribute(n, "type")}
	css := attribute(n, "style")
	c.none = strings.Contains(style(css, "list-style-type")+" "+style(css, "list-style"), "none")
	if _, reversed := find(n, "reversed"); reversed {
		c.step = -1
		c.next = 0
		for child := range n.ChildNodes() {
			if child.DataAtom == atom.Li {
				c.next++
			}
		}
	}
	if start, ok := find(n, "start"); ok {
		if v, err := strconv.Atoi(strings.TrimSpace(start)); err == nil {
			c.next = v
		}
	}
	return c
}

func find(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func (c *counter) marker(li *html.Node, markdown bool) string {
	if written, ok := find(li, markerAttribute); ok && markdown && utf8.RuneCountInString(written) <= 12 {
		return written
	}
	if v, ok := find(li, "value"); ok {
		if k, err := strconv.Atoi(strings.TrimSpace(v)); err == nil {
			c.next = k
		}
	}
	n := c.next
	c.next += c.step
	switch {
	case c.none:
		return ""
	case !c.ordered:
		return bullet
	}
	return numeral(n, c.kind) + "."
}

// numeral writes n as HTML's list types do.
func numeral(n int, kind string) string {
	switch {
	case (kind == "a" || kind == "A") && n > 0:
		s := ""
		for ; n > 0; n = (n - 1) / 26 {
			s = string(rune(kind[0])+rune((n-1)%26)) + s
		}
		return s
	case (kind == "i" || kind == "I") && n > 0 && n < 4000:
		s := roman(n)
		if kind == "i" {
			return strings.ToLower(s)
		}
		return s
	}
	return strconv.Itoa(n)
}

func roman(n int) string {
	var b strings.Builder
	for _, d := range []struct {
		value int
		text  string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= d.value; n -= d.value {
			b.WriteString(d.text)
		}
	}
	return b.String()
}

// sheet is a table while it is read.
type sheet struct {
	w        *weaver
	table    press.Table
	nodes    int // cells
	only     []press.Block
	pictures []press.Block
	stray    []press.Block
	headRows int
}

// table reads a table. One of a single cell is a frame around text, and its content is taken as if it stood alone.
// Cells hold lines of text only: pictures in them follow the table.
func (w *weaver) table(n *html.Node, m marks, depth int) {
	w.flush()
	s := sheet{w: w}
	s.section(n, m, depth)
	w.out = append(w.out, s.stray...)
	switch {
	case s.nodes == 1:
		if s.table.Caption != "" {
			w.out = append(w.out, press.P(s.table.Caption))
		}
		w.out = append(w.out, s.only...)
		return
	case len(s.table.Rows) == 0:
		if s.table.Caption != "" {
			w.out = append(w.out, press.P(s.table.Caption))
		}
	default:
		s.close()
		w.out = append(w.out, press.Block{Kind: press.TableKind, Table: &s.table})
	}
	if len(s.pictures) > 0 {
		w.r.warn(w.r.lineOf("<table"), "表格里的图片移到了表格后面，请核对位置")
		w.out = append(w.out, s.pictures...)
	}
}

func (s *sheet) section(n *html.Node, m marks, depth int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case depth > s.w.r.o.Limits.Nesting:
			s.w.r.deep()
			return
		case c.DataAtom == atom.Caption:
			in := s.w.inner()
			in.children(c, m, depth+1)
			in.flush()
			s.w.r.plain(in.out, "表题")
			s.table.Caption = trim(s.table.Caption + " " + oneLine(press.Text(in.out)))
			s.pictures = append(s.pictures, figures(in.out)...)
		case c.DataAtom == atom.Thead, c.DataAtom == atom.Tbody, c.DataAtom == atom.Tfoot:
			s.section(c, m, depth+1)
		case c.DataAtom == atom.Tr:
			s.row(c, m, depth+1)
		default:
			in := s.w.inner()
			in.walk(c, m, depth)
			in.flush()
			s.stray = append(s.stray, in.out...)
		}
	}
}

func (s *sheet) row(tr *html.Node, m marks, depth int) {
	var cells []press.Cell
	head := true
	for c := tr.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom != atom.Td && c.DataAtom != atom.Th {
			in := s.w.inner()
			in.walk(c, m, depth)
			in.flush()
			s.stray = append(s.stray, in.out...)
			continue
		}
		head = head && c.DataAtom == atom.Th
		cells = append(cells, s.cell(c, m, depth+1))
	}
	if len(cells) == 0 {
		return
	}
	if (head || tr.Parent.DataAtom == atom.Thead) && s.headRows == len(s.table.Rows) {
		s.headRows++
	}
	s.table.Rows = append(s.table.Rows, cells)
}

// maxSpan bounds colspan and rowspan, as browsers do.
const maxSpan = 1000

func (s *sheet) cell(n *html.Node, m marks, depth int) press.Cell {
	in := s.w.inner()
	in.align = alignOf(n, press.AlignBody)
	in.children(n, styled(n, m), depth)
	in.flush()
	s.nodes++
	s.only = in.out
	c := press.Cell{Header: n.DataAtom == atom.Th, Align: in.align}
	if k := atoi(attribute(n, "colspan"), 1, maxSpan); k > 1 {
		c.ColSpan = k
	}
	if k := atoi(attribute(n, "rowspan"), 1, maxSpan); k > 1 {
		c.RowSpan = k
	}
	if len(in.out) > 0 && c.Align == press.AlignBody {
		c.Align = in.out[0].Align
	}
	c.Spans = cellSpans(in.out)
	s.pictures = append(s.pictures, figures(in.out)...)
	return c
}

// close marks the head and keeps row spans inside the table.
func (s *sheet) close() {
	t := &s.table
	t.Head = s.headRows
	if t.Head == len(t.Rows) {
		t.Head = 0 // headers only: row headers of a table without columns to head
	}
	for i, row := range t.Rows {
		for j := range row {
			c := &row[j]
			if c.RowSpan = min(c.RowSpan, len(t.Rows)-i); c.RowSpan == 1 {
				c.RowSpan = 0
			}
			if i < t.Head {
				c.Header = false
			}
		}
	}
}

// cellSpans makes lines of blocks, keeping the marks of their text.
func cellSpans(blocks []press.Block) []press.Span {
	var lines [][]press.Span
	for _, b := range blocks {
		lines = append(lines, blockLines(b)...)
	}
	return together(lines, "\n")
}

func blockLines(b press.Block) (lines [][]press.Span) {
	switch b.Kind {
	case press.ListKind:
		for _, it := range b.Items {
			lines = append(lines, []press.Span{{Text: it.Marker + " "}})
			for i, inner := range it.Blocks {
				ls := blockLines(inner)
				if i == 0 && len(ls) > 0 {
					lines[len(lines)-1] = append(lines[len(lines)-1], ls[0]...)
					ls = ls[1:]
				}
				lines = append(lines, ls...)
			}
		}
	case press.TableKind:
		if b.Table.Caption != "" {
			lines = append(lines, []press.Span{{Text: b.Table.Caption}})
		}
		for _, row := range b.Table.Rows {
			var line []press.Span
			for i, c := range row {
				if i > 0 {
					line = append(line, press.Span{Text: " "})
				}
				line = append(line, c.Spans...)
			}
			lines = append(lines, line)
		}
	case press.Note:
		for _, inner := range b.Blocks {
			lines = append(lines, blockLines(inner)...)
		}
	case press.Figure:
	default:
		lines = append(lines, linesOf(b.Spans)...)
	}
	return lines
}

// figures are the pictures among blocks, also those inside lists and notes.
func figures(blocks []press.Block) (out []press.Block) {
	press.Walk(blocks, func(b press.Block) {
		if b.Kind == press.Figure {
			out = append(out, b)
		}
	})
	return out
}
