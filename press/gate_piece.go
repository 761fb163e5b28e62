package press

import (
	"fmt"
	"path"
	"strings"
)

// piece is a text that readers will see, with the words by which a person finds it.
type piece struct {
	field string // key of the item package
	place string // as in Finding.Place
	where string // as in a sentence: 正文第3段
	text  string
	label string // table cell: the heads of its column and, in a second line, the cell before it; they say what it is
	cell  bool
	item  bool // inside a list
}

// piecesOf lists every text of a revision in the order in which it is read. A paragraph counts as 段 wherever it
// stands, headings and list items too; tables and pictures are counted apart.
func piecesOf(r Revision) []piece {
	p := &pieces{}
	p.meta("title", "标题", r.Title)
	p.meta("short_title", "短标题", r.ShortTitle)
	p.meta("author", "作者", r.Meta.Author)
	p.meta("summary", "内容概述", r.Meta.Summary)
	p.meta("keywords", "关键词", strings.Join(r.Meta.Keywords, "\n"))
	p.blocks(r.Body)
	for i, a := range r.Attachments {
		place := fmt.Sprintf("附件%d", i+1)
		p.add(piece{field: "attachments", place: place, where: place + "的文件名", text: bare(a.Name)})
	}
	return p.all
}

// bare is the name of a file without what tells its format.
func bare(name string) string {
	const longest = 6 // .xhtml
	if ext := path.Ext(name); len(ext) <= longest {
		return strings.TrimSuffix(name, ext)
	}
	return name
}

type pieces struct {
	all                       []piece
	paragraph, table, picture int
	note                      int
	lists                     int // how deep inside lists
}

func (p *pieces) add(x piece) {
	if !blank(x.text) {
		p.all = append(p.all, x)
	}
}

func (p *pieces) meta(field, where, text string) {
	p.add(piece{field: field, where: where, text: text})
}

func (p *pieces) body(place, what, text string) {
	p.add(piece{field: "body", place: place, where: "正文" + place + what, text: text, item: p.lists > 0})
}

func (p *pieces) blocks(blocks []Block) {
	for _, b := range blocks {
		switch b.Kind {
		case Heading, Paragraph:
			p.text(SpanText(b.Spans))
			p.notes(b.Spans)
		case TableKind:
			p.grid(b.Table)
		case Figure:
			p.figure(b.Picture)
		case ListKind:
			p.lists++
			for _, it := range b.Items {
				p.blocks(it.Blocks)
			}
			p.lists--
		case Note:
			p.blocks(b.Blocks)
		}
	}
}

func (p *pieces) text(s string) {
	if blank(s) {
		return
	}
	p.paragraph++
	p.body(fmt.Sprintf("第%d段", p.paragraph), "", s)
}

// notes are the footnotes of spans, in the order of their numbers.
func (p *pieces) notes(ss []Span) {
	for _, s := range ss {
		if s.Note != "" {
			p.note++
			p.body(fmt.Sprintf("脚注%d", p.note), "", s.Note)
		}
	}
}

func (p *pieces) figure(pic *Picture) {
	p.picture++
	if pic == nil {
		return
	}
	place := fmt.Sprintf("图%d", p.picture)
	p.body(place, "的图题", pic.Caption)
	p.body(place, "的替代文字", pic.Alt)
}

func (p *pieces) grid(t *Table) {
	p.table++
	if t == nil {
		return
	}
	p.body(fmt.Sprintf("表%d", p.table), "的表题", t.Caption)
	for _, row := range t.Rows {
		for _, c := range row {
			p.notes(c.Spans)
		}
	}
	g := gridOf(t)
	for i, row := range g.cells {
		before := ""
		for j, c := range row {
			col := g.columns[i][j]
			place := fmt.Sprintf("表%d第%d行第%d列", p.table, i+1, col+1)
			label := "\n" + before
			if i >= g.head {
				label = g.heads[col] + label
			}
			p.add(piece{field: "body", place: place, where: "正文" + place, text: c, label: label, cell: true})
			if before = c; digitsIn(c) > 0 {
				before = "" // a figure, and not a word for the next one
			}
		}
	}
}

// grid is a table with the column that every cell really stands in.
type grid struct {
	cells   [][]string
	columns [][]int
	heads   map[int]string // text of the head rows over a column
	head    int
}

// No table of an office is wider or has more rows of heads.
const (
	widest      = 256
	deepestHead = 4
)

func gridOf(t *Table) grid {
	g := grid{heads: map[int]string{}, head: min(max(t.Head, 1), deepestHead)}
	var under [widest]int // how many rows a cell above still reaches down, this one included
	for i, row := range t.Rows {
		var texts []string
		var columns []int
		next, col := under, 0
		for c := range next {
			next[c] = max(0, next[c]-1)
		}
		for _, c := range row {
			for col < widest && under[col] > 0 {
				col++
			}
			text := SpanText(c.Spans)
			texts, columns = append(texts, text), append(columns, col)
			for end := col + max(1, min(c.ColSpan, widest-col)); col < end; col++ {
				if i < g.head {
					g.heads[col] += Fold(text)
				}
				if col < widest {
					next[col] = max(next[col], c.RowSpan-1)
				}
			}
		}
		under = next
		g.cells, g.columns = append(g.cells, texts), append(g.columns, columns)
	}
	return g
}
