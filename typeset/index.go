package typeset

import (
	"strconv"

	"tongfa/press"
)

// Indexed is an entry of the index of a year (年度总目录).
type Indexed struct {
	Section       string
	Title, Number string
	Issue         string // 第3期
	Page          int
}

// pageText is a page as the index has it; "" where nobody knows it.
func pageText(n int) string {
	if n < 1 {
		return ""
	}
	return strconv.Itoa(n)
}

// YearIndex is the index of a year as the last article of its last issue, so that every format has it: by section, in the order given.
func YearIndex(title string, es []Indexed) Article {
	cell := func(text string, align press.Align) press.Cell {
		return press.Cell{Spans: []press.Span{{Text: text}}, Align: align}
	}
	t := &press.Table{Head: 1, Rows: [][]press.Cell{{cell("标题", ""), cell("文号", ""), cell("期号", ""), cell("页码", "")}}}
	section := ""
	for _, e := range es {
		if e.Section != section {
			section = e.Section
			t.Rows = append(t.Rows, []press.Cell{{Spans: []press.Span{{Text: section}}, Header: true, Align: press.AlignLeft, ColSpan: 4}})
		}
		t.Rows = append(t.Rows, []press.Cell{cell(e.Title, ""), cell(e.Number, ""), cell(e.Issue, press.AlignCenter), cell(pageText(e.Page), "")})
	}
	return Article{ID: "year-index", Title: title, Body: []press.Block{{Kind: press.TableKind, Table: t}}}
}
