package typeset

// mode is how the page is used that a piece stands on.
type mode uint8

const (
	inColumns mode = iota
	across         // one column over the whole width, in a style of several: a wide table
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
		f.enter(ps[i:])
		n := f.fit(ps[i:], f.y, f.reserved, f.height)
		for k := range n {
			f.put(&ps[i+k])
		}
		i += n
		f.close()
	}
	for len(f.carry) > 0 {
		f.page(inColumns)
		f.close()
	}
	return f.pages
}

// flow is the place where the next piece stands.
type flow struct {
	c        *composer
	pages    []Page
	mode     mode
	column   int // that is being filled
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

// enter goes to the column that the first of some pieces begins.
func (f *flow) enter(ps []piece) {
	p := &ps[0]
	if len(f.pages) > 0 && p.start == Continuous && p.mode == f.mode && f.column+1 < f.frame().columns {
		f.column++
		f.begin()
		return
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

// page begins a page.
func (f *flow) page(m mode) {
	f.mode, f.column = m, 0
	fr := f.c.style.frame(m, false)
	f.pages = append(f.pages, Page{W: fr.w, H: fr.h, turned: m == turned})
	f.height = fr.height
	f.begin()
}

// begin begins a column, of which what is left over of the footnotes before may take two thirds.
func (f *flow) begin() {
	f.y, f.below, f.reserved = 0, nil, 0
	if len(f.carry) > 0 {
		f.reserved = min(noteGap+heights(f.carry), f.frame().height*2/3)
	}
}

// fit is how many pieces go into the rest of a column: at least one in an empty column, and none that would leave a heading alone.
func (f *flow) fit(ps []piece, from, notes, height Length) int {
	y, best := from, 0
	for i := range ps {
		p := &ps[i]
		begun := i > 0 || from > 0
		if begun && (p.start != Continuous || p.mode != f.mode) {
			return i // what begins a page ends this one, whatever it keeps
		}
		at := f.c.below(p, y)
		more := f.notesOf(p, notes)
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
	}
	return len(ps)
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
	return max(0, min(need, f.frame().height/2)-have)
}

// balanced is the height that columns are filled to: the whole of it, or, on the last page before another kind of page or the end, the least that holds all.
func (f *flow) balanced(ps []piece) Length {
	fr := f.frame()
	if fr.columns == 1 || len(f.carry) > 0 {
		return fr.height
	}
	end := f.fills(ps, fr.height)
	if end < len(ps) && ps[end].start == Continuous && ps[end].mode == f.mode {
		return fr.height
	}
	for i := range ps[:end] {
		if len(ps[i].notes) > 0 {
			return fr.height
		}
	}
	least, most := Length(1), fr.height/f.c.style.Leading
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
		if over := f.c.below(&ps[n], 0) + ps[n].h; k == 1 && over > height && height < f.frame().height {
			return n // it would stick out of a column that is only this high because it is balanced
		}
		n += k
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
	if f.y == 0 {
		for i := range p.head {
			f.draw(&p.head[i], f.y)
			f.y += p.head[i].h
		}
		f.rules(p.above, f.y)
	} else {
		f.y = f.c.below(p, f.y)
	}
	for _, n := range p.notes {
		f.carry = append(f.carry, f.c.notes[n].lines...)
	}
	f.draw(p, f.y)
	f.y += p.h
	f.below = p.below
}

// noteGap is the air above the footnotes, with the short rule in it.
const noteGap = Length(12_000)

// close ends a column: the edge of a row that is parted here, and the footnotes, as many of their lines as there is room for.
func (f *flow) close() {
	f.rules(f.below, f.y)
	fr := f.frame()
	n, high := 0, noteGap
	for n < len(f.carry) && (f.y+high+f.carry[n].h <= fr.height || f.y == 0 && n == 0) {
		high += f.carry[n].h
		n++
	}
	if n == 0 {
		return
	}
	y := max(f.y, fr.height-high)
	f.rules([]Rule{{Y: y + noteGap/2, W: fr.width / 4, H: 500, Element: -1}}, 0)
	y += noteGap
	for i := range f.carry[:n] {
		f.draw(&f.carry[i], y)
		y += f.carry[i].h
	}
	f.carry = append([]piece(nil), f.carry[n:]...)
	f.y = fr.height
}

// origin is where the column begins.
func (f *flow) origin() (x, y Length) {
	fr := f.frame()
	return fr.x + Length(f.column)*(fr.width+fr.gap), fr.y
}

func (f *flow) rules(rs []Rule, down Length) {
	pg := &f.pages[len(f.pages)-1]
	x, y := f.origin()
	for _, r := range rs {
		r.X, r.Y = r.X+x, r.Y+y+down
		pg.Rules = append(pg.Rules, r)
	}
}

func (f *flow) draw(p *piece, down Length) {
	pg := &f.pages[len(f.pages)-1]
	x, y := f.origin()
	y += down
	for _, m := range p.marks {
		f.c.places[m.name] = place{page: len(f.pages) - 1, at: y}
	}
	for _, im := range p.images {
		im.X, im.Y = im.X+x, im.Y+y
		pg.Images = append(pg.Images, im)
	}
	f.rules(p.rules, down)
	for _, r := range p.rows {
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
