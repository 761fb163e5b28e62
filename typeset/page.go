package typeset

// piece is something that stands in a column as a whole: a line of text, a row of a table, a picture.
type piece struct {
	h      Length // a whole number of lines of the grid
	base   Length // of its baseline from its top
	rows   []placed
	rules  []Rule
	images []Image
	space  Length  // above it; gone at the top of a column
	keep   bool    // never the last of a column: what follows belongs to it
	head   []piece // repeated above it when it begins a column: the head of a table
	page   bool    // begins on a new page
	marks  []spot  // places that the outline and links lead to
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
	page  int // index into the pages of the body
	at    Length
	label string
}

// flow puts pieces into columns and pages.
func (c *composer) flow(ps []piece) []Page {
	s := c.style
	f := &flow{c: c, height: s.height()}
	for i := 0; i < len(ps); {
		n := f.fit(ps[i:])
		for k := range n {
			f.put(&ps[i+k], k == 0 && f.y == 0)
		}
		i += n
		if i < len(ps) {
			f.next(ps[i].page)
		}
	}
	return f.pages
}

// flow is the place where the next piece stands.
type flow struct {
	c      *composer
	pages  []Page
	column int
	y      Length
	height Length
	open   bool
}

// fit is how many of the pieces go into the rest of this column: at least one in an empty column, and none that would leave a heading alone.
func (f *flow) fit(ps []piece) int {
	y, best := f.y, 0
	for i := range ps {
		p := &ps[i]
		if p.page && (i > 0 || f.y > 0) {
			return i // what begins a page ends this one, whatever it keeps
		}
		need := p.h
		if y > 0 {
			need += p.space
		} else {
			need += heights(p.head)
		}
		if y+need > f.height && (i > 0 || f.y > 0) {
			if best == 0 && f.y == 0 {
				return i // nothing here may be parted: part it where the column ends
			}
			return best
		}
		y += need
		if !p.keep {
			best = i + 1
		}
	}
	return len(ps)
}

func heights(ps []piece) Length {
	var h Length
	for i := range ps {
		h += ps[i].h
	}
	return h
}

// next goes to the next column, or page.
func (f *flow) next(page bool) {
	f.y = 0
	if f.column++; page || f.column >= max(1, f.c.style.Columns) {
		f.column, f.open = 0, false
	}
}

// put draws a piece.
func (f *flow) put(p *piece, top bool) {
	if !f.open {
		f.pages = append(f.pages, Page{W: f.c.style.PageW, H: f.c.style.PageH})
		f.open = true
	}
	if top {
		for i := range p.head {
			f.draw(&p.head[i])
		}
	} else {
		f.y += p.space
	}
	f.draw(p)
}

func (f *flow) draw(p *piece) {
	s, pg := f.c.style, &f.pages[len(f.pages)-1]
	x := s.Inner
	if len(f.pages)%2 == 0 { // a left-hand page
		x = s.Outer
	}
	x += Length(f.column) * (s.width() + s.Gutter)
	y := s.Top + f.y
	for _, m := range p.marks {
		f.c.places[m.name] = place{page: len(f.pages) - 1, at: y}
	}
	for _, r := range p.rules {
		r.X, r.Y = r.X+x, r.Y+y
		pg.Rules = append(pg.Rules, r)
	}
	for _, im := range p.images {
		im.X, im.Y = im.X+x, im.Y+y
		pg.Images = append(pg.Images, im)
	}
	for _, r := range p.rows {
		pg.add(r.row, x+r.x, y+r.y)
	}
	f.y += p.h
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
