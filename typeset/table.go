package typeset

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"tongfa/press"
)

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
	notes                []int
	number               bool   // stands in a column of numbers
	shift                Length // of its lines to the left, so that the points of numbers stand below each other
	set                  []row
	y                    Length // of its first line, from the top of the table
	want                 Length // how wide it is on one line
}

// widestCell bounds how many columns a cell spans.
const widestCell = 64

// gridOf finds the place of every cell, as HTML does; a cell that would lie over one from a row above is as wide as there is room.
func gridOf(t *press.Table) *grid {
	g := &grid{heads: min(max(0, t.Head), len(t.Rows)), rows: len(t.Rows)}
	var until []int // the row at which each column is free again
	free := func(col, row int) bool { return col >= len(until) || until[col] <= row }
	for r, cells := range t.Rows {
		col := 0
		for _, c := range cells {
			for !free(col, r) {
				col++
			}
			w, h := min(max(1, c.ColSpan), widestCell), min(max(1, c.RowSpan), len(t.Rows)-r)
			for k := 1; k < w; k++ {
				if !free(col+k, r) {
					w = k
				}
			}
			g.cells = append(g.cells, cell{Cell: c, row: r, col: col, rows: h, cols: w, head: c.Header || r < g.heads})
			for len(until) < col+w {
				until = append(until, 0)
			}
			for k := range w {
				until[col+k] = r + h
			}
			col += w
			g.cols = max(g.cols, col)
		}
	}
	return g
}

// list makes a table of so many columns that no page holds them into one column: each cell on a row of its own, so that all of it is read.
func (g *grid) list() {
	for i := range g.cells {
		x := &g.cells[i]
		x.row, x.col, x.rows, x.cols = i, 0, 1, 1
	}
	g.rows, g.cols, g.heads = len(g.cells), 1, 0
}

// cellPad is the air in a cell, at each side.
const cellPad = Length(3000)

// table is a table as pieces: its caption, and rows of which the head is repeated at the top of each column.
func (c *composer) table(t *press.Table, parent int, width Length) []piece {
	s := c.style
	el := c.element(Element{Role: RoleTable, Parent: parent})
	caption := setting{row: s.Head, size: s.TableSize, width: width, align: press.AlignCenter}
	if t.Caption != "" {
		caption.element = c.element(Element{Role: RoleCaption, Parent: el, Text: t.Caption})
	}
	g := gridOf(t)
	if g.cols == 0 {
		return c.caption(t.Caption, caption)
	}
	if Length(g.cols)*(c.style.TableSize+2*cellPad) > c.style.frame(turned, false).width {
		g.list()
	}
	for i := range g.cells {
		g.cells[i].Spans, g.cells[i].notes = c.noted(g.cells[i].Spans)
	}
	size, widths, m := c.columns(g, width)
	c.setCells(g, el, size, widths)
	caption.width = sumOf(widths)
	ps := c.caption(t.Caption, caption)
	caption.element = -1
	ps = append(ps, c.tableRows(g, size, widths, m, c.caption(continued(t.Caption), caption))...)
	for i := range ps {
		ps[i].mode = m
	}
	return append(ps, piece{mode: m, off: true, h: c.style.Leading / 3}) // some air, and the text after it is on the grid again
}

// caption stands above a table.
func (c *composer) caption(text string, set setting) []piece {
	if text == "" {
		return nil
	}
	ps := whole(c.lines(c.text(span1(text), set), c.style.Leading))
	if len(ps) > 0 {
		ps[0].space = c.style.Leading / 2
	}
	return ps
}

var tableNumber = regexp.MustCompile(`^(附?表)\s*[0-9０-９A-Z一二三四五六七八九十]+([-—–.．][0-9]+)*`)

// continued is what stands above the part of a table that goes over to the next page: 表1（续）, or 续表 where it has no number.
func continued(caption string) string {
	if caption == "" {
		return ""
	}
	if n := tableNumber.FindString(caption); n != "" {
		return n + "（续）"
	}
	return "续表"
}

// columns are the widths of the columns, the size of the characters, and the kind of page: a table that does not fit is set smaller, and then, where the text
// has several columns, across all of them, and then on a landscape page. One that fits nowhere has its longest words parted.
func (c *composer) columns(g *grid, width Length) (size Length, widths []Length, m mode) {
	s := c.style
	smallest := s.TableSize * 5 / 6
	try := []mode{inColumns}
	if width == s.width() {
		if s.Columns > 1 {
			try = append(try, across)
		}
		try = append(try, turned)
	}
	for _, m = range try {
		if m != inColumns {
			width = s.frame(m, false).width
		}
		for size = s.TableSize; size >= smallest; size -= 500 {
			least, short, most := c.wants(g, size)
			if m == inColumns && s.Columns > 1 && easy(least, most, 10*size) > width {
				break // it stands across all columns rather than small in one of them
			}
			if easy(least, most, 5*size) <= width {
				return size, g.level(shareWhole(least, short, most, width), least, short, most, size), m
			}
		}
	}
	for size = smallest; size > s.TableSize*3/4; size -= 500 {
		if least, short, most := c.wants(g, size); sumOf(least) <= width {
			return size, g.level(shareWhole(least, short, most, width), least, short, most, size), m
		}
	}
	least, _, most := c.wants(g, size)
	return size, share(least, most, width), m
}

// easy is how wide a table is in which no cell has to be narrower than a few characters.
func easy(least, most []Length, few Length) (n Length) {
	for i := range most {
		n += max(least[i], min(most[i], few+2*cellPad))
	}
	return n
}

// shortCell is how many characters wide a cell is at most that should not be broken: 全程网办, 不收费.
const shortCell = 5

// wants are what each column can use: the least, its longest word; the longest of its short cells; and the most, its longest cell.
func (c *composer) wants(g *grid, size Length) (least, short, most []Length) {
	least, short, most = make([]Length, g.cols), make([]Length, g.cols), make([]Length, g.cols)
	for i := range least {
		least[i], short[i], most[i] = 2*size+2*cellPad, 2*size+2*cellPad, 2*size+2*cellPad
	}
	for k := range g.cells {
		x := &g.cells[k]
		if x.cols > 1 {
			continue
		}
		bs, _ := c.quiet(func() ([]box, []mark) { return c.boxes(x.Spans, c.cellSetting(*x, size, 0, -1)) })
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
		x.want = all
		least[x.col], most[x.col] = max(least[x.col], longest+2*cellPad), max(most[x.col], all+2*cellPad)
		if all <= shortCell*size {
			short[x.col] = max(short[x.col], all+2*cellPad)
		}
	}
	for i := range most {
		most[i] = max(most[i], least[i]) // marks beside each other take less than alone
		short[i] = max(short[i], least[i])
	}
	return least, short, most
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

// shareWhole breaks no short cell, where there is room for all of them.
func shareWhole(least, short, most []Length, width Length) []Length {
	if sumOf(short) <= width {
		least = short
	}
	return share(least, most, width)
}

// share gives each column what it could use, as long as that is less than its even part; the long ones have the rest, in proportion to what they could use, and
// none less than its least. All of the width is used.
func share(least, most []Length, width Length) []Length {
	out := make([]Length, len(least))
	low, high := sumOf(least), sumOf(most)
	switch {
	case low >= width: // it does not fit: everybody gives in proportion
		for i := range out {
			out[i] = width * least[i] / low
		}
	case high <= width:
		for i := range out {
			out[i] = width * most[i] / high
		}
	default:
		settled(out, least, most, width)
	}
	out[len(out)-1] += width - sumOf(out)
	return out
}

// settled finds the widths where some columns have less than they could use.
func settled(out, least, most []Length, width Length) {
	rest, want, low, open := width, sumOf(most), sumOf(least), Length(len(out))
	settle := func(test func(i int) bool, to []Length) bool {
		for i := range out {
			if out[i] == 0 && test(i) {
				out[i] = to[i]
				rest, want, low, open = rest-to[i], want-most[i], low-least[i], open-1
				return true
			}
		}
		return false
	}
	for settle(func(i int) bool { return most[i]*open <= rest && rest-most[i] >= low-least[i] }, most) {
	}
	for settle(func(i int) bool { return rest*most[i]/want < least[i] }, least) {
	}
	for i := range out {
		if out[i] == 0 {
			out[i] = rest * most[i] / want
		}
	}
}

// The bounds of what is tried to make a table lower.
const (
	levelRows  = 120
	levelMoves = 40
)

// level moves width, a character at a time, between the columns that have less than they could use, as long as that makes the table lower.
func (g *grid) level(widths, least, short, most []Length, size Length) []Length {
	if sumOf(short) <= sumOf(widths) {
		least = short
	}
	var open []int
	for i := range widths {
		if widths[i] < most[i] {
			open = append(open, i)
		}
	}
	if len(open) < 2 || len(open) > 8 {
		return widths
	}
	now := g.lines(widths)
	for range levelMoves {
		from, to, best := -1, -1, now
		for _, a := range open {
			for _, b := range open {
				if a == b || widths[a]-size < least[a] {
					continue
				}
				widths[a], widths[b] = widths[a]-size, widths[b]+size
				if n := g.lines(widths); n < best {
					from, to, best = a, b, n
				}
				widths[a], widths[b] = widths[a]+size, widths[b]-size
			}
		}
		if from < 0 {
			break
		}
		widths[from], widths[to], now = widths[from]-size, widths[to]+size, best
	}
	return widths
}

// lines is how many lines the rows of a table have together, about.
func (g *grid) lines(widths []Length) (n Length) {
	row, most := 0, Length(1)
	for i := range g.cells {
		x := &g.cells[i]
		if x.row >= levelRows {
			break
		}
		if x.row != row {
			n, row, most = n+most, x.row, 1
		}
		if room := widths[x.col] - 2*cellPad; x.cols == 1 && x.rows == 1 && x.want > room && room > 0 {
			most = max(most, (x.want+room/16)/room+1)
		}
	}
	return n + most
}

// justifiedFrom is how many characters wide a cell must be for its lines to be filled; in a narrower one they end where they end.
const justifiedFrom = 16

func (c *composer) cellSetting(x cell, size, width Length, el int) setting {
	set := setting{row: c.style.Body, size: size, width: width, element: el, align: x.Align, justify: x.Align == press.AlignBody && width >= justifiedFrom*size, notes: x.notes}
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
	c.alignNumbers(g, size, widths)
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
		set := c.cellSetting(*x, size, x.width(widths)-2*cellPad, el)
		if x.number {
			set.align, set.justify = press.AlignRight, false
			set.width -= x.shift
		}
		x.set = c.text(x.Spans, set)
	}
}

var numeric = regexp.MustCompile(`^[-+−]?[0-9][0-9,，]*(\.[0-9]+)?[%％‰]?$`)

// alignNumbers finds the columns below whose heads there are numbers alone, and sets these so that their points stand below each other and the widest of them in
// the middle of the column. A column whose cells say themselves how they stand is left alone.
func (c *composer) alignNumbers(g *grid, size Length, widths []Length) {
	type column struct {
		bad         bool
		cells       []int
		whole, part Length
	}
	cols := make([]column, g.cols)
	for i := range g.cells {
		x := &g.cells[i]
		text := press.Fold(press.SpanText(x.Spans))
		col := &cols[x.col]
		switch {
		case x.head || x.cols > 1 || text == "" || text == "—" || text == "-" || text == "/":
		case x.notes != nil || !numeric.MatchString(text) || x.Align == press.AlignCenter || x.Align == press.AlignLeft:
			col.bad = true
		default:
			col.cells = append(col.cells, i)
		}
	}
	set := setting{row: c.style.Body, size: size}
	for k := range cols {
		col := &cols[k]
		if col.bad || len(col.cells) == 0 {
			continue
		}
		tails := make([]Length, len(col.cells))
		for n, i := range col.cells {
			text := press.Fold(press.SpanText(g.cells[i].Spans))
			tail := strings.IndexAny(text, ".%％‰")
			if tail < 0 {
				tail = len(text)
			}
			tails[n] = c.widthOf(text[tail:], set)
			col.part = max(col.part, tails[n])
			col.whole = max(col.whole, c.widthOf(text[:tail], set))
		}
		room := widths[k] - 2*cellPad
		if col.whole+col.part > room {
			continue
		}
		for n, i := range col.cells {
			g.cells[i].number = true
			g.cells[i].shift = (room-col.whole-col.part)/2 + col.part - tails[n]
		}
	}
}

// width is how wide a cell is.
func (x *cell) width(widths []Length) Length {
	return sumOf(widths[x.col:min(len(widths), x.col+x.cols)])
}

// tableRows makes pieces of rows, of which the head is repeated.
func (c *composer) tableRows(g *grid, size Length, widths []Length, m mode, again []piece) []piece {
	t := &ruled{grid: g, leading: size + size/3, page: c.style.frame(m, false).height}
	t.lefts = make([]Length, g.cols+1)
	for i, w := range widths {
		t.lefts[i+1] = t.lefts[i] + w
	}
	t.tops = make([]Length, g.rows+1)
	for r, h := range g.heights(t.leading) {
		t.tops[r+1] = t.tops[r] + h
	}
	t.settle()
	ps := t.slices()
	k, n := 0, t.headRows()
	for at := Length(0); k < len(ps) && at < t.tops[n]; k++ {
		at += ps[k].h
		ps[k].keep = true
	}
	head := again
	for i := range k {
		head = append(head, strip(ps[i]))
	}
	for i := max(1, k); i < len(ps); i++ {
		ps[i].head = head
	}
	if t.tops[t.rows] < t.page/5 { // a small table is not parted
		whole(ps)
		ps[len(ps)-1].keep = false
	}
	if len(ps)-k > 3 { // no row is alone below the head or on the last page
		ps[k].keep, ps[len(ps)-2].keep = true, true
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
		r.links, r.notes = nil, nil
		out.rows[i] = r
	}
	out.marks, out.notes, out.above, out.below = nil, nil, nil, nil
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

// ruled is a table with the places of its lines.
type ruled struct {
	*grid
	leading, page Length
	lefts, tops   []Length
}

// headRows is how many rows are repeated at the top of each page: the head, with what its cells reach over, unless that takes too much of a page.
func (t *ruled) headRows() int {
	n := min(t.heads, t.rows)
	for i := range t.cells {
		if x := &t.cells[i]; x.row < n {
			n = max(n, x.row+x.rows)
		}
	}
	if n == t.rows || t.tops[n] > t.page/3 {
		return 0
	}
	return n
}

func (t *ruled) top(x *cell) Length    { return t.tops[x.row] }
func (t *ruled) bottom(x *cell) Length { return t.tops[x.row+x.rows] }

// settle finds the height of each cell's lines: in the middle, or, in a cell that goes over pages, at its top.
func (t *ruled) settle() {
	for i := range t.cells {
		x := &t.cells[i]
		high := t.bottom(x) - t.top(x)
		x.y = t.top(x) + cellPad
		if free := high - 2*cellPad - Length(len(x.set))*t.leading; free > 0 && high < t.page/3 {
			x.y += free / 2
		}
	}
}

// cut is a height at which a table may be parted; keep says only where nothing else helps.
type cut struct {
	at   Length
	keep bool
}

// cuts are the heights at which no line of text stands: between rows, and, in rows that are taller than a quarter of a page, between their lines. Rows that a
// cell spans stay together unless they are tall as well.
func (t *ruled) cuts() []cut {
	type span struct{ from, to Length }
	var lines []span
	var at []cut
	for r := 1; r <= t.rows; r++ {
		at = append(at, cut{at: t.tops[r]})
	}
	for i := range t.cells {
		x := &t.cells[i]
		high := t.bottom(x) - t.top(x)
		for k := range x.set {
			y := x.y + Length(k)*t.leading
			lines = append(lines, span{y, y + t.leading})
			if k > 0 && high > t.page/4 {
				at = append(at, cut{at: y})
			}
		}
		if x.rows > 1 && high <= t.page/3 {
			for r := x.row + 1; r < x.row+x.rows; r++ {
				at = append(at, cut{t.tops[r], true})
			}
		}
	}
	slices.SortFunc(lines, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	slices.SortFunc(at, func(a, b cut) int { return cmp.Compare(a.at, b.at) })
	var out []cut
	k, reach := 0, Length(0)
	for _, c := range at {
		for k < len(lines) && lines[k].from < c.at {
			reach = max(reach, lines[k].to)
			k++
		}
		if n := len(out); n > 0 && out[n-1].at == c.at {
			out[n-1].keep = out[n-1].keep || c.keep
			continue
		}
		if reach <= c.at || c.at == t.tops[t.rows] {
			out = append(out, c)
		}
	}
	return out
}

// slices are the pieces between the cuts.
func (t *ruled) slices() []piece {
	byTop := make([]*cell, len(t.cells))
	for i := range t.cells {
		byTop[i] = &t.cells[i]
	}
	slices.SortStableFunc(byTop, func(a, b *cell) int { return cmp.Compare(a.row, b.row) })
	var ps []piece
	var open []*cell
	from, k := Length(0), 0
	for _, c := range t.cuts() {
		for k < len(byTop) && t.top(byTop[k]) < c.at {
			open = append(open, byTop[k])
			k++
		}
		p := piece{h: c.at - from, keep: c.keep, off: true}
		for _, x := range open {
			t.draw(&p, x, from, c.at)
		}
		ps = append(ps, p)
		open = slices.DeleteFunc(open, func(x *cell) bool { return t.bottom(x) <= c.at })
		from = c.at
	}
	return ps
}

// draw draws what of a cell stands between two heights: its lines of text, and the rules around it, of which those at a cut are drawn only where the page ends.
func (t *ruled) draw(p *piece, x *cell, from, to Length) {
	const thin = Length(500)
	left, right := t.lefts[min(x.col, t.cols)], t.lefts[min(x.col+x.cols, t.cols)]
	top, bottom := max(from, t.top(x)), min(to, t.bottom(x))
	if top >= bottom {
		return
	}
	across := func(y Length) Rule { return Rule{X: left, Y: y, W: right - left + thin, H: thin, Element: -1} }
	for _, at := range []Length{left, right} {
		p.rules = append(p.rules, Rule{X: at, Y: top - from, W: thin, H: bottom - top + thin, Element: -1})
	}
	if t.top(x) >= from {
		p.rules = append(p.rules, across(top-from))
	} else {
		p.above = append(p.above, across(0))
	}
	if t.bottom(x) <= to {
		p.rules = append(p.rules, across(bottom-from))
	} else {
		p.below = append(p.below, across(0))
	}
	for i, r := range x.set {
		if y := x.y + Length(i)*t.leading; y >= from && y < to {
			p.rows = append(p.rows, placed{r, left + cellPad, y - from + t.leading - t.leading/4})
			p.notes = append(p.notes, r.notes...)
		}
	}
}
