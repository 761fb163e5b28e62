package typeset

import "tongfa/press"

// grid is a table laid out as a grid: which cell covers which square.
type grid struct {
	cols  int
	cells []cell
	heads int
	rows  int
}

// cell is one cell with its place in the grid.
type cell struct {
	press.Cell
	row, col, rows, cols int
	head                 bool
	set                  []row
}

// mostColumns bounds a table; a wider one is not for a page, and its cells beyond are set in the last column.
const mostColumns = 64

// gridOf finds the place of every cell, as HTML does.
func gridOf(t *press.Table) *grid {
	g := &grid{heads: t.Head, rows: len(t.Rows)}
	taken := map[[2]int]bool{}
	for r, cells := range t.Rows {
		col := 0
		for _, c := range cells {
			for taken[[2]int{r, col}] {
				col++
			}
			w, h := min(max(1, c.ColSpan), mostColumns), min(max(1, c.RowSpan), len(t.Rows)-r)
			g.cells = append(g.cells, cell{Cell: c, row: r, col: col, rows: h, cols: w, head: c.Header || r < t.Head})
			for dr := range h {
				for dc := range w {
					taken[[2]int{r + dr, col + dc}] = true
				}
			}
			col += w
			g.cols = max(g.cols, col)
		}
	}
	return g
}

// cellPad is the air in a cell, at each side.
const cellPad = Length(3000)

// table is a table as pieces: its caption, and rows of which the head is repeated at the top of each column.
func (c *composer) table(t *press.Table, parent int, width Length) []piece {
	s := c.style
	el := c.element(Element{Role: RoleTable, Parent: parent})
	var ps []piece
	if t.Caption != "" {
		cap := c.element(Element{Role: RoleCaption, Parent: el, Text: t.Caption})
		ps = whole(c.lines(c.text([]press.Span{{Text: t.Caption}}, setting{row: s.Head, size: s.TableSize, width: width, align: press.AlignCenter, element: cap}), s.Leading))
	}
	g := gridOf(t)
	if g.cols == 0 {
		return ps
	}
	size, widths := c.columns(g, width)
	c.setCells(g, el, size, widths)
	return append(ps, c.tableRows(g, size, widths)...)
}

// columns are the widths of the columns, and the size of the characters, smaller in a table that would not fit.
func (c *composer) columns(g *grid, width Length) (size Length, widths []Length) {
	for size = c.style.TableSize; ; size -= 500 {
		least, most := c.wants(g, size)
		if sumOf(least) <= width || size <= 6000 {
			return size, share(least, most, width)
		}
	}
}

// wants are the least and the most that each column can use: its longest word, and its longest cell.
func (c *composer) wants(g *grid, size Length) (least, most []Length) {
	least, most = make([]Length, g.cols), make([]Length, g.cols)
	for i := range least {
		least[i], most[i] = 2*size+2*cellPad, 2*size+2*cellPad
	}
	for _, x := range g.cells {
		if x.cols > 1 {
			continue
		}
		bs, _ := c.quiet(func() ([]box, []mark) { return c.boxes(x.Spans, c.cellSetting(x, size, 0, -1)) })
		prepare(bs)
		var all, word, longest Length
		for i := range bs {
			if bs[i].class == forced {
				most[x.col] = max(most[x.col], all+2*cellPad)
				all, word = 0, 0
				continue
			}
			all += bs[i].w + bs[i].gap
			word += bs[i].w
			longest = max(longest, word)
			if bs[i].breakable {
				word = 0
			}
		}
		least[x.col], most[x.col] = max(least[x.col], longest+2*cellPad), max(most[x.col], all+2*cellPad)
	}
	return least, most
}

// quiet does something whose missing characters and elements are met again later.
func (c *composer) quiet(do func() ([]box, []mark)) ([]box, []mark) {
	missed, order, els := c.missed, c.order, len(c.els)
	c.missed = map[rune]*Missing{}
	bs, ms := do()
	c.missed, c.order, c.els = missed, order, c.els[:els]
	return bs, ms
}

func sumOf(ls []Length) (n Length) {
	for _, l := range ls {
		n += l
	}
	return n
}

// share gives each column its least, and of what is left in proportion to what it could use more. All of the width is used.
func share(least, most []Length, width Length) []Length {
	out := make([]Length, len(least))
	low := sumOf(least)
	if low >= width { // it does not fit: everybody gives in proportion
		for i := range out {
			out[i] = width * least[i] / low
		}
	} else {
		var want Length
		for i := range least {
			want += most[i] - least[i] + 1
		}
		for i := range out {
			out[i] = least[i] + (width-low)*(most[i]-least[i]+1)/want
		}
	}
	out[len(out)-1] += width - sumOf(out)
	return out
}

func (c *composer) cellSetting(x cell, size, width Length, el int) setting {
	set := setting{row: c.style.Body, size: size, width: width, element: el, align: x.Align, justify: x.Align == press.AlignBody}
	if x.head {
		set.row = c.style.Head
		if x.Align == press.AlignBody {
			set.align, set.justify = press.AlignCenter, false
		}
	}
	return set
}

func (c *composer) setCells(g *grid, table int, size Length, widths []Length) {
	row, tr := -1, -1
	for i := range g.cells {
		x := &g.cells[i]
		if x.row != row {
			row, tr = x.row, c.element(Element{Role: RoleRow, Parent: table})
		}
		role := RoleCell
		if x.head {
			role = RoleHeadCell
		}
		el := c.element(Element{Role: role, Parent: tr, ColSpan: x.cols, RowSpan: x.rows, Text: press.SpanText(x.Spans)})
		x.set = c.text(x.Spans, c.cellSetting(*x, size, x.width(widths)-2*cellPad, el))
	}
}

// width is how wide a cell is.
func (x *cell) width(widths []Length) Length {
	return sumOf(widths[x.col:min(len(widths), x.col+x.cols)])
}

// tableRows makes pieces of rows. Rows that a cell spans stay together.
func (c *composer) tableRows(g *grid, size Length, widths []Length) []piece {
	leading := size + size/3
	heights := g.heights(leading)
	joined := make([]bool, g.rows) // with the next row
	for _, x := range g.cells {
		for r := x.row; r < x.row+x.rows-1; r++ {
			joined[r] = true
		}
	}
	var head, ps []piece
	for r := 0; r < g.rows; {
		end := r + 1
		if r < g.heads {
			end = min(g.heads, g.rows)
		}
		for joined[end-1] && end < g.rows { // a cell may reach from the head into the body
			end++
		}
		p := c.tablePieces(g, r, end, heights, leading, widths)
		if r < g.heads && len(head) == 0 && len(p) == 1 && p[0].h < c.style.height()/3 {
			head = []piece{strip(p[0])}
			p[0].keep = true
		} else {
			for i := range p {
				p[i].head = head
			}
		}
		ps = append(ps, p...)
		r = end
	}
	return ps
}

// strip makes a head that is drawn again belong to no element: it is an artefact there, and its text is in the document once.
func strip(p piece) piece {
	out := p
	out.rows = make([]placed, len(p.rows))
	for i, r := range p.rows {
		r.runs = append([]Run(nil), r.runs...)
		for k := range r.runs {
			r.runs[k].Element = -1
		}
		r.links = nil
		out.rows[i] = r
	}
	out.marks = nil
	return out
}

// heights of the rows: what their cells need; a cell of several rows makes the last of them higher where the others do not suffice.
func (g *grid) heights(leading Length) []Length {
	hs := make([]Length, g.rows)
	for i := range hs {
		hs[i] = leading + 2*cellPad
	}
	need := func(x *cell) Length { return Length(max(1, len(x.set)))*leading + 2*cellPad }
	for i := range g.cells {
		if x := &g.cells[i]; x.rows == 1 {
			hs[x.row] = max(hs[x.row], need(x))
		}
	}
	for i := range g.cells {
		x := &g.cells[i]
		if have := sumOf(hs[x.row : x.row+x.rows]); have < need(x) {
			hs[x.row+x.rows-1] += need(x) - have
		}
	}
	return hs
}

// tablePieces draws rows that stay together: one piece, or, where no page can hold them, one for each pageful of lines.
func (c *composer) tablePieces(g *grid, from, to int, heights []Length, leading Length, widths []Length) []piece {
	tall := sumOf(heights[from:to])
	most := c.style.height() * 2 / 3
	if tall <= most {
		return []piece{c.tablePiece(g, from, to, heights, leading, widths, 0, tall)}
	}
	var out []piece
	step := (most - 2*cellPad) / leading * leading
	for at := Length(0); at < tall; at += step {
		out = append(out, c.tablePiece(g, from, to, heights, leading, widths, at, min(step, tall-at)))
	}
	return out
}

// tablePiece draws what of some rows stands between two heights of them, with the lines around it.
func (c *composer) tablePiece(g *grid, from, to int, heights []Length, leading Length, widths []Length, top, high Length) piece {
	p := piece{h: high}
	const thin = Length(500)
	tops := make([]Length, to-from+1)
	for r := from; r < to; r++ {
		tops[r-from+1] = tops[r-from] + heights[r]
	}
	for i := range g.cells {
		x := &g.cells[i]
		if x.row < from || x.row >= to {
			continue
		}
		left, w := sumOf(widths[:min(len(widths), x.col)]), x.width(widths)
		up, down := tops[x.row-from]-top, tops[x.row+x.rows-from]-top
		a, b := max(0, up), min(high, down)
		if a >= b {
			continue
		}
		p.box(left, a, w, b-a, thin)
		free := down - up - 2*cellPad - Length(len(x.set))*leading
		y := up + cellPad + free/2 + leading - (leading-leading*3/4)/2
		for k, r := range x.set {
			if base := y + Length(k)*leading; base > a && base <= b {
				p.rows = append(p.rows, placed{r, left + cellPad, base - leading/8})
			}
		}
	}
	return p
}

// box draws the four lines around a cell. Neighbours draw the same line at the same place.
func (p *piece) box(x, y, w, h, thin Length) {
	for _, r := range []Rule{{X: x, Y: y, W: w, H: thin}, {X: x, Y: y + h, W: w, H: thin}, {X: x, Y: y, W: thin, H: h + thin}, {X: x + w, Y: y, W: thin, H: h + thin}} {
		r.Element = -1
		p.rules = append(p.rules, r)
	}
}
