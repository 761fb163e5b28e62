package typeset

import (
	"tongfa/press"
)

// front is the cover, the colophon and the directory. A document has none.
func (c *composer) front(hs []heading, body int) []Page {
	if c.work.Cover == nil {
		return nil
	}
	c.where = "封面"
	pages := []Page{c.cover(), c.colophon()}
	return append(pages, c.directory(hs)...)
}

// sheet is a page being written from top to bottom.
type sheet struct {
	c    *composer
	page Page
	y    Length
}

func (c *composer) sheet() *sheet {
	return &sheet{c: c, page: Page{W: c.style.PageW, H: c.style.PageH}}
}

// write sets lines and goes down.
func (sh *sheet) write(text string, row Fonts, size Length, role Role, colour Colour, align press.Align) {
	c := sh.c
	el := c.element(Element{Role: role, Parent: 0, Text: text})
	w := c.style.PageW - c.style.Inner - c.style.Outer
	for _, r := range c.text([]press.Span{{Text: text}}, setting{row: row, size: size, width: w, align: align, colour: colour, element: el}) {
		sh.y += size * 3 / 2
		sh.page.add(r, c.style.Inner, sh.y)
	}
}

// red is the red of an official head.
var red = Colour{200, 16, 30}

func (c *composer) cover() Page {
	s, w := c.style, c.work
	sh := c.sheet()
	sh.y = s.PageH / 6
	sh.name(w.Name)
	sh.y += s.Leading
	sh.page.Rules = append(sh.page.Rules, Rule{X: s.Inner, Y: sh.y, W: s.PageW - s.Inner - s.Outer, H: 1500, Colour: red, Element: -1})
	sh.y += s.Leading / 2
	sh.write(w.Volume, s.Head, s.TitleSize, RoleP, Colour{}, press.AlignCenter)
	if p, ok := w.Pictures[w.Cover.Picture]; ok && p.W > 0 {
		pw, ph := c.fitPicture(w.Cover.Picture, s.PageW-s.Inner-s.Outer, s.PageH/3)
		sh.y += 2 * s.Leading
		el := c.element(Element{Role: RoleFigure, Parent: 0, Alt: "封面图"})
		sh.page.Images = append(sh.page.Images, Image{Digest: w.Cover.Picture, X: (s.PageW - pw) / 2, Y: sh.y, W: pw, H: ph, Element: el})
		sh.y += ph
	}
	sh.y += 2 * s.Leading
	for _, n := range w.Cover.Notes {
		sh.write(n, s.Body, s.Size, RoleP, Colour{}, press.AlignCenter)
	}
	sh.y = s.PageH - s.Bottom - 4*s.Leading
	if w.Issuer != "" {
		sh.write(w.Issuer, s.Head, s.TitleSize, RoleP, Colour{}, press.AlignCenter)
	}
	if !w.Issued.IsZero() {
		sh.write(w.Issued.Format("2006年1月2日"), s.Body, s.Size, RoleP, Colour{}, press.AlignCenter)
	}
	return sh.page
}

// name is that of the publication, as large as one line holds it; a long one is broken into two by its meaning.
func (sh *sheet) name(text string) {
	s, width := sh.c.style, sh.c.style.whole()
	n := Length(max(1, len([]rune(text))))
	size := min(44_000, width/n)
	if size < 28_000 {
		size = min(36_000, 7*width/(4*n))
	}
	el := sh.c.element(Element{Role: RoleH1, Parent: 0, Text: text})
	for _, r := range sh.c.title(text, setting{row: s.Title, size: size, width: width, colour: red, element: el}) {
		sh.y += size * 3 / 2
		sh.page.add(r, s.Inner, sh.y)
	}
}

func (c *composer) colophon() Page {
	s, w := c.style, c.work
	c.where = "版权页"
	sh := c.sheet()
	sh.y = s.Top + s.height()/2
	if w.Statement != "" {
		sh.write(w.Statement, s.Kai, s.Size, RoleP, Colour{}, press.AlignLeft)
		sh.y += s.Leading
	}
	for _, f := range w.Colophon {
		if f.Value != "" {
			sh.write(f.Name+"："+f.Value, s.Body, s.Size, RoleP, Colour{}, press.AlignLeft)
		}
	}
	return sh.page
}

// directory lists the articles by section with their page numbers.
func (c *composer) directory(hs []heading) []Page {
	s := c.style
	c.where = "目录"
	toc := c.element(Element{Role: RoleTOC, Parent: 0})
	el := c.element(Element{Role: RoleH1, Parent: toc, Text: "目录"})
	wide := *s // the directory is always in one column
	wide.Columns = 1
	c.style = &wide
	ps := whole(c.lines(c.text(span1("目　录"), setting{row: s.Head, size: s.TitleSize, width: wide.width(), align: press.AlignCenter, element: el}), s.TitleSize*3/2))
	ps = append(ps, c.blank(1))
	for _, h := range hs {
		ps = append(ps, c.entry(h, toc)...)
	}
	kept := append([]place(nil), c.places...)
	pages := c.flow(ps)
	c.places, c.style = kept, s
	return pages
}

// entry is one line of the directory: the title, dots, the number of the page; all of it leads there.
func (c *composer) entry(h heading, toc int) []piece {
	s := c.style
	number := c.label(h)
	el := c.element(Element{Role: RoleTOCI, Parent: toc, Text: h.title + number + h.number})
	set := setting{row: s.Body, size: s.Size, width: s.width() - 4*s.Size, element: el, title: true}
	if h.level == 0 {
		set.row = s.Head
	} else if c.hasSections() {
		set.hang = s.Size
	}
	rows := c.text(span1(h.title), set)
	if len(rows) == 0 { // an article without a title is found by its number
		rows = []row{{}}
	}
	last := &rows[len(rows)-1]
	nums := c.text([]press.Span{{Text: number}}, setting{row: s.Body, size: s.Size, width: s.width(), element: el, align: press.AlignRight})
	from := last.w + s.Size/2
	last.runs = append(last.runs, c.leader(from, s.width()-3*s.Size, s)...)
	last.runs = append(last.runs, nums[0].runs...)
	ps := together(c.lines(rows, s.Leading))
	for i := range ps {
		ps[i].keep = h.level == 0 || i < len(ps)-1
		ps[i].rows[0].links = append(ps[i].rows[0].links, Link{X: 0, Y: -s.Size, W: s.width(), H: s.Leading, Page: h.spot, Element: el})
	}
	if h.level == 0 {
		ps[0].space = s.Leading / 2
		return ps
	}
	if h.number != "" { // the document's number under its title
		ps[len(ps)-1].keep = true
		set.row, set.size, set.hang = s.Kai, s.TableSize, set.hang+s.Size
		ps = append(ps, together(c.lines(c.text(span1(h.number), set), s.Leading))...)
		ps[len(ps)-1].keep = false
	}
	return ps
}

// label is the number of the page where a heading stands.
func (c *composer) label(h heading) string { return itoa(c.places[h.spot].page + 1) }

// leader is a row of dots between two places, on a raster of its own so that the dots of all lines stand below each other.
func (c *composer) leader(from, to Length, s *Style) []Run {
	f, g, ok := c.faces.find(s.Body, '·')
	step := s.Size / 2
	if !ok || to-from < 2*step {
		return nil
	}
	from = (from + step - 1) / step * step
	r := Run{Face: f, Size: s.Size, X: from, Element: -1}
	for x := from; x < to; x += step {
		r.Glyphs = append(r.Glyphs, Glyph{ID: g, Text: "·", X: x - from})
	}
	return []Run{r}
}
