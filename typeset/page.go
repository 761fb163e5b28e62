package typeset

import "slices"

// mode is how the page is used that a piece stands on.
type mode uint8

const (
	inColumns mode = iota
	across         // one column over the whole width, in a style of several: a title, a wide table
	turned         // a landscape page: a wider one
)

// piece is something that stands in a column as a whole: a line of text, a slice of a table, a picture.
type piece struct {
	h      Length // a whole number of lines of the grid, unless it is off it
	rows   []placed
	rules  []Rule
	images []Image
	space  Length  // above it; gone at the top of a column
	keep   bool    // never the last of a column: what follows belongs to it
	head   []piece // repeated above it when it begins a column: the head of a table
	start  Start   // whether it begins a page
	mode   mode
	off    bool   // follows what is above at once; everything else stands on the grid
	above  []Rule // drawn when it is the first of its column, and below when it is the last: the edges of a row that is parted there
	below  []Rule
	notes  []int  // footnotes that have to stand at the foot of its column
	marks  []spot // places that the outline and links lead to
}

// placed is a row of text within a piece.
type placed struct {
	row
	x, y Length // of its left edge and baseline
}

// spot is a place that has a name.
type spot struct {
	name int // index into the composer's places
}

// place is where a spot came to stand.
type place struct {
	page int // index into the pages of the body
	at   Length
}

// footnote is a note laid out, ready to stand at the foot of a column.
type footnote struct {
	lines []piece
	h     Length
}

// flow puts pieces into columns and pages.
func (c *composer) flow(ps []piece) []Page {
	f := &flow{c: c}
	for i := 0; i < len(ps); {
		pages := len(f.pages)
		f.enter(ps[i:])
		if i > 0 && ps[i-1].keep && ps[i].start == Continuous && (ps[i].mode == ps[i-1].mode || len(f.pages) > pages) {
			c.report.part(&ps[i-1])
		}
		n := f.fit(ps[i:], f.y, f.reserved, f.height)
		n += f.forward(ps, i, n)
		i += n
		f.close()
	}
	for len(f.carry) > 0 {
		f.page(inColumns)
		f.close()
	}
	f.feet()
	return f.pages
}

// flow is the place where the next piece stands.
type flow struct {
	c        *composer
	pages    []Page
	mode     mode
	column   int    // that is being filled
	top, low Length // of a page whose columns are parted by what stands across: where the ones that are being filled begin, and how far down they are filled
	foots    []foot // the footnotes of the page, which are drawn when it is full
	foot     Length // how high those of the columns above are
	y        Length
	height   Length  // that may be filled: less than the whole in columns that are balanced
	reserved Length  // for footnotes at the foot of the column
	carry    []piece // lines of footnotes that are still to be drawn
	below    []Rule
}

// frame is the area of text of a page.
type frame struct {
	w, h       Length // of the page
	x, y       Length
	width, gap Length // of a column, and between two
	height     Length
	columns    int
}

// frame is the area of text by the use and the side of a page.
func (s *Style) frame(m mode, left bool) frame {
	f := frame{w: s.PageW, h: s.PageH, x: s.Inner, y: s.Top, width: s.width(), gap: s.Gutter, height: s.height(), columns: max(1, s.Columns)}
	if left {
		f.x = s.Outer
	}
	switch m {
	case across:
		f.width, f.columns = s.PageW-s.Inner-s.Outer, 1
	case turned:
		f.w, f.h, f.columns = s.PageH, s.PageW, 1
		f.width, f.height = s.PageH-s.Top-s.Bottom, (s.PageW-s.Inner-s.Outer)/s.Leading*s.Leading
		f.x, f.y = (f.w-f.width)/2, s.Inner
	}
	return f
}

func (f *flow) frame() frame { return f.c.style.frame(f.mode, len(f.pages)%2 == 0) }

// full is how high a column can be.
func (f *flow) full() Length { return f.frame().height - f.top - f.foot }

// enter goes to the column that the first of some pieces begins.
func (f *flow) enter(ps []piece) {
	p := &ps[0]
	if len(f.pages) > 0 && p.start == Continuous {
		switch {
		case p.mode == f.mode && f.column+1 < f.frame().columns && (f.top == 0 || f.least(ps) <= f.full()):
			f.column++
			f.begin()
			return
		case p.mode != f.mode && f.under(ps):
			return
		}
	}
	if p.start == OddPage && len(f.pages)%2 == 1 {
		f.page(inColumns)
		f.close()
		if len(f.pages)%2 == 1 || len(f.carry) > 0 {
			f.enter(ps)
			return
		}
	}
	f.page(p.mode)
	f.height = f.balanced(ps)
}

// under goes on below the columns of the page, in others: those below a title that stands across, or a table that does below them. It needs room for the
// beginning of what comes above the footnotes at the foot of the page.
func (f *flow) under(ps []piece) bool {
	p := &ps[0]
	if p.mode == turned || f.mode == turned || len(f.carry) > 0 {
		return false
	}
	grid := f.c.style.Leading
	top, foot := (f.top+f.low+p.space+grid-1)/grid*grid, f.foot
	for i := range f.foots {
		if f.foots[i].top == f.top {
			foot = max(foot, f.foot+f.foots[i].high)
		}
	}
	if top+foot+f.least(ps) > f.frame().height {
		return false
	}
	f.mode, f.column, f.top, f.low, f.foot = p.mode, 0, top, 0, foot
	f.height = f.full()
	f.begin()
	f.height = f.balanced(ps)
	return true
}

// least is how much room some pieces need at their beginning: up to the first after which a column may end.
func (f *flow) least(ps []piece) (y Length) {
	notes := Length(0)
	for i := range ps {
		y = f.c.below(&ps[i], y) + ps[i].h
		notes += f.notesOf(&ps[i], notes)
		if !ps[i].keep {
			break
		}
	}
	return y + notes
}

// forward draws the first n of some pieces, and returns how many more: where a landscape page comes next, the text after it goes on to the foot of the page
// before it, so that no page stands half empty. The next article does not come before the table of this one.
func (f *flow) forward(ps []piece, i, n int) (more int) {
	for k := range n {
		f.put(&ps[i+k])
	}
	i += n
	if i == len(ps) || ps[i].mode != turned || ps[i].start != Continuous || f.mode != inColumns || f.frame().columns > 1 {
		return 0
	}
	from := i
	for from < len(ps) && ps[from].mode == turned && len(ps[from].marks) == 0 {
		from++
	}
	to := from
	for to < len(ps) && ps[to].mode == inColumns && ps[to].start == Continuous && len(ps[to].marks) == 0 {
		to++
	}
	owed := Length(0)
	if len(f.carry) > 0 {
		owed = noteGap + heights(f.carry)
	}
	more = f.fit(ps[from:to], f.y, owed, f.height)
	table := slices.Clone(ps[i:from])
	copy(ps[i:], ps[from:from+more])
	copy(ps[i+more:], table)
	for k := range more {
		f.put(&ps[i+k])
	}
	return more
}

// page begins a page.
func (f *flow) page(m mode) {
	f.feet()
	f.mode, f.column, f.top, f.low, f.foot = m, 0, 0, 0, 0
	fr := f.c.style.frame(m, false)
	f.pages = append(f.pages, Page{W: fr.w, H: fr.h, turned: m == turned})
	f.height = fr.height
	f.begin()
}

// begin begins a column, of which what is left over of the footnotes before may take two thirds.
func (f *flow) begin() {
	f.y, f.below, f.reserved = 0, nil, 0
	if len(f.carry) > 0 {
		f.reserved = min(noteGap+heights(f.carry), f.full()*2/3)
	}
}

// fit is how many pieces go into the rest of a column: at least one in an empty column, and none that would leave a heading alone.
func (f *flow) fit(ps []piece, from, notes, height Length) int {
	y, best, part := from, 0, false // part: of a long footnote only the beginning stands in this column, below the line of its mark
	for i := range ps {
		p := &ps[i]
		begun := i > 0 || from > 0
		if begun && (p.start != Continuous || p.mode != f.mode) {
			return i // what begins a page ends this one, whatever it keeps
		}
		at := f.c.below(p, y)
		more := f.notesOf(p, notes)
		if least := f.begun(p, notes); at+p.h+notes+more > height && least < more && !part && begun && at+p.h+notes+least <= height {
			more, part = least, true
		}
		if at+p.h+notes+more > height && begun {
			if best == 0 && from == 0 {
				return i // nothing here may be parted: part it where the column ends
			}
			return best
		}
		y, notes = at+p.h, notes+more
		if !p.keep {
			best = i + 1
		}
		if part && best == i+1 {
			return best
		}
	}
	return len(ps)
}

// fewLines is how many lines of a footnote have to stand in the column of its mark.
const fewLines = 3

// begun is how much room the footnotes of a piece need at least: all but the last as a whole, and the beginning of that.
func (f *flow) begun(p *piece, have Length) (need Length) {
	if len(p.notes) == 0 {
		return 0
	}
	if have == 0 {
		need = noteGap
	}
	last := len(p.notes) - 1
	for _, n := range p.notes[:last] {
		need += f.c.notes[n].h
	}
	ls := f.c.notes[p.notes[last]].lines
	return need + heights(ls[:min(fewLines, len(ls))])
}

// below is where a piece begins when what is above it ends at y.
func (c *composer) below(p *piece, y Length) Length {
	if y == 0 {
		return heights(p.head)
	}
	y += p.space
	if grid := c.style.Leading; !p.off {
		y = (y + grid - 1) / grid * grid
	}
	return y
}

// notesOf is how much more room the footnotes of a piece need: no more than what leaves half of the column to the text, the rest goes over.
func (f *flow) notesOf(p *piece, have Length) Length {
	if len(p.notes) == 0 {
		return 0
	}
	need := have
	if have == 0 {
		need = noteGap
	}
	for _, n := range p.notes {
		need += f.c.notes[n].h
	}
	return max(0, min(need, f.full()/2)-have)
}

// balanced is the height that columns are filled to: the whole of it, or, on the last page before another kind of page or the end, the least that holds all.
func (f *flow) balanced(ps []piece) Length {
	full := f.full()
	if f.frame().columns == 1 || len(f.carry) > 0 {
		return full
	}
	end := f.fills(ps, full)
	if end < len(ps) && ps[end].start == Continuous && ps[end].mode == f.mode {
		return full
	}
	least, most := Length(1), full/f.c.style.Leading
	for least < most {
		if mid := (least + most) / 2; f.fills(ps[:end], mid*f.c.style.Leading) == end {
			most = mid
		} else {
			least = mid + 1
		}
	}
	return most * f.c.style.Leading
}

// fills is how many pieces the columns of one page hold at a height.
func (f *flow) fills(ps []piece, height Length) (n int) {
	for range f.frame().columns {
		if n == len(ps) || n > 0 && (ps[n].start != Continuous || ps[n].mode != f.mode) {
			return n
		}
		k := f.fit(ps[n:], 0, 0, height)
		over := k == 1 && f.c.below(&ps[n], 0)+ps[n].h > height
		n += k
		if parted := n < len(ps) && ps[n-1].keep && ps[n].start == Continuous && ps[n].mode == f.mode; (over || parted) && height < f.frame().height {
			return n - k // it would stick out of a column that is not as high as the page, or leave its caption
		}
	}
	return n
}

func heights(ps []piece) (h Length) {
	for i := range ps {
		h += ps[i].h
	}
	return h
}

// put draws a piece.
func (f *flow) put(p *piece) {
	x, y := f.origin()
	if f.y == 0 {
		for i := range p.head {
			f.draw(&p.head[i], x, y+f.y)
			f.y += p.head[i].h
		}
		f.rules(p.above, x, y+f.y)
	} else {
		f.y = f.c.below(p, f.y)
	}
	for _, n := range p.notes {
		f.carry = append(f.carry, f.c.notes[n].lines...)
	}
	f.draw(p, x, y+f.y)
	f.y += p.h
	f.below = p.below
}

// noteGap is the air above the footnotes, with the short rule in it.
const noteGap = Length(12_000)

// close ends a column: the edge of a row that is parted here, and the footnotes, as many of their lines as there is room for.
func (f *flow) close() {
	x, y := f.origin()
	f.rules(f.below, x, y+f.y)
	f.low = max(f.low, f.y)
	fr, full := f.frame(), f.full()
	n, high := 0, noteGap
	for n < len(f.carry) && (f.y+high+f.carry[n].h <= full || f.y == 0 && n == 0) {
		high += f.carry[n].h
		n++
	}
	if n == 0 {
		return
	}
	f.foots = append(f.foots, foot{lines: f.carry[:n:n], top: f.top, x: x, width: fr.width, high: high, over: max(0, f.y+high-full)})
	f.carry = append([]piece(nil), f.carry[n:]...)
	f.y = full
}

// foot is what stands at the foot of a column.
type foot struct {
	lines    []piece
	top      Length // of its column
	x, width Length
	high     Length // with the short rule above it
	over     Length // by how much it is higher than there is room
}

// feet draws the footnotes of the page that is full. Those of columns that end above others stand above the ones of these.
func (f *flow) feet() {
	fr := f.frame()
	for i, t := range f.foots {
		y := fr.y + fr.height + t.over
		for at, high := i+1, Length(0); at < len(f.foots); at++ {
			if later := f.foots[at]; later.top > t.top {
				if high = max(high, later.high); at+1 == len(f.foots) || f.foots[at+1].top > later.top {
					y, high = y-high, 0
				}
			}
		}
		y -= t.high
		f.rules([]Rule{{Y: noteGap / 2, W: t.width / 4, H: 500, Element: -1}}, t.x, y)
		y += noteGap
		for k := range t.lines {
			f.draw(&t.lines[k], t.x, y)
			y += t.lines[k].h
		}
	}
	f.foots = nil
}

// origin is where the column begins.
func (f *flow) origin() (x, y Length) {
	fr := f.frame()
	return fr.x + Length(f.column)*(fr.width+fr.gap), fr.y + f.top
}

func (f *flow) rules(rs []Rule, x, y Length) {
	pg := &f.pages[len(f.pages)-1]
	for _, r := range rs {
		r.X, r.Y = r.X+x, r.Y+y
		pg.Rules = append(pg.Rules, r)
	}
}

func (f *flow) draw(p *piece, x, y Length) {
	pg := &f.pages[len(f.pages)-1]
	for _, m := range p.marks {
		f.c.places[m.name] = place{page: len(f.pages) - 1, at: y}
	}
	for _, im := range p.images {
		im.X, im.Y = im.X+x, im.Y+y
		pg.Images = append(pg.Images, im)
	}
	f.rules(p.rules, x, y)
	for _, r := range p.rows {
		for _, n := range r.row.notes {
			f.c.places[f.c.ties[n].mark.name] = place{page: len(f.pages) - 1, at: y + r.y - f.c.style.Leading}
		}
		f.c.report.count(r.row)
		pg.add(r.row, x+r.x, y+r.y)
	}
}

// add draws a row of text with its left edge and baseline at a place.
func (pg *Page) add(r row, x, y Length) {
	for _, u := range r.runs {
		u.X, u.Y = u.X+x, u.Y+y
		pg.Runs = append(pg.Runs, u)
	}
	for _, u := range r.rules {
		u.X, u.Y = u.X+x, u.Y+y
		pg.Rules = append(pg.Rules, u)
	}
	for _, u := range r.links {
		u.X, u.Y = u.X+x, u.Y+y
		pg.Links = append(pg.Links, u)
	}
}
