package typeset

import (
	"tongfa/press"
)

// The measures of an official document after GB/T 9704-2012.
var (
	markTop   = MM(35)  // from the top of the area of text to the upper edge of the issuing body's mark
	ruleUnder = MM(4)   // from the number to the red line
	thickRule = MM(.35) // the first and the last line of the record
	thinRule  = MM(.25) // those between
	numberGap = MM(7)   // from the area of text to the dash of the page number
)

const (
	size4     = Length(14_000) // 四号
	mostMark  = Length(62_000) // the mark is no higher than 22 mm
	headBelow = 2              // blank lines under the mark, and again under the red line
)

// redHead is the head of an official document (版头): what is secret and urgent at the left, the mark of the issuing body in red, number and signer, and the red
// line, and then the blank lines above the title. It returns whether it has printed the number of the article.
func (c *composer) redHead(a Article, parent int) ([]piece, bool) {
	s, h := c.style, c.work.Head
	em, grid, width := s.Size+s.Tracking, s.Leading, s.width()
	c.where = "版头"
	p := piece{keep: true}
	put := func(rows []row, y Length) {
		for i, r := range rows {
			p.rows = append(p.rows, placed{r, 0, y + Length(i)*grid})
		}
	}
	line := func(n int) Length { return Length(n)*grid + grid - (grid-s.Size)/2 - s.Size/8 } // the baseline of a line
	for i, text := range []string{h.Secrecy, h.Urgency} {
		if text != "" {
			put(c.text(span1(text), setting{row: s.Head, size: s.Size, width: width, element: c.element(Element{Role: RoleP, Parent: 0, Text: text})}), line(i+1))
		}
	}
	size := mostMark
	if n := Length(len([]rune(h.Mark))); n*size > width {
		size = width / max(1, n)
	}
	el := c.element(Element{Role: RoleP, Parent: 0, Text: h.Mark})
	base := markTop + size*86/100
	put(c.text(span1(h.Mark), setting{row: s.Title, size: size, width: width + s.Size, align: press.AlignLeft, colour: red, element: el}), base)
	for i := range p.rows { // centred in the width as it is, not beside the letters' own blanks
		if r := &p.rows[i]; len(r.runs) > 0 && r.runs[0].Size == size {
			r.x = (width - r.w) / 2
		}
	}
	at := int((base+size/8+grid-1)/grid) + headBelow
	number, printed := h.Number, false
	owner := 0
	if a.Number != "" && (number == "" || number == a.Number) {
		number, owner, printed = a.Number, parent, true
	}
	if number != "" {
		set := setting{row: s.Body, size: s.Size, width: width, align: press.AlignCenter, track: s.Tracking, element: c.element(Element{Role: RoleP, Parent: owner, Text: number})}
		if h.Signer != "" {
			set.align, set.hang = press.AlignLeft, em
		}
		put(c.text(span1(number), set), line(at))
	}
	if h.Signer != "" {
		el := c.element(Element{Role: RoleP, Parent: 0, Text: "签发人：" + h.Signer})
		put(c.text([]press.Span{{Text: "签发人："}, {Text: h.Signer, Italic: true}}, setting{row: s.Body, size: s.Size, width: width - em, align: press.AlignRight, track: s.Tracking, element: el}), line(at))
	}
	under := line(at) + s.Size/8 + ruleUnder
	p.rules = append(p.rules, Rule{Y: under, W: width, H: MM(.5), Colour: red, Element: -1})
	p.h = ((under+grid-1)/grid + headBelow) * grid
	return []piece{p}, printed
}

func span1(text string) []press.Span { return []press.Span{{Text: text}} }

// record is the record of an official document (版记), at the foot of its last page, which is an even one: copies, printer, date of printing. A page that it stands
// on alone, and a blank one before that, have no number.
func (c *composer) record(pages []Page) []Page {
	h := c.work.Head
	if h == nil || !c.style.Official || h.Copies == "" && h.Printer == "" && h.PrintedOn == "" || len(pages) == 0 {
		return pages
	}
	s := c.style
	c.where = "版记"
	width := s.width()
	grid := s.Leading
	var rows []placed
	y := Length(0)
	rules := []Rule{{W: width, H: thickRule, Element: -1}}
	set := setting{row: s.Body, size: size4, width: width - 2*size4}
	if h.Copies != "" {
		text := "抄送：" + h.Copies
		set.element = c.element(Element{Role: RoleP, Parent: 0, Text: text})
		hung := set
		hung.hang, hung.indent, hung.justify, hung.rigid = 3*size4, -3*size4, true, 3
		for _, r := range c.text(span1(text), hung) {
			y += grid
			rows = append(rows, placed{r, size4, y - grid/3})
		}
		rules = append(rules, Rule{Y: y, W: width, H: thinRule, Element: -1})
	}
	y += grid
	base := y - grid/3
	for _, side := range []struct {
		text  string
		align press.Align
	}{{h.Printer, press.AlignLeft}, {h.PrintedOn, press.AlignRight}} {
		if side.text == "" {
			continue
		}
		set.align, set.element = side.align, c.element(Element{Role: RoleP, Parent: 0, Text: side.text})
		for i, r := range c.text(span1(side.text), set) {
			rows = append(rows, placed{r, size4, base + Length(i)*grid})
			y = max(y, base+Length(i)*grid+grid/3)
		}
	}
	rules = append(rules, Rule{Y: y, W: width, H: thickRule, Element: -1})
	last := &pages[len(pages)-1]
	free := s.Top + s.height() - last.lowest()
	if last.turned {
		free = 0
	}
	for len(pages)%2 == 1 || free < y+grid {
		pages = append(pages, Page{W: s.PageW, H: s.PageH, bare: true})
		free = s.height()
		if y+grid > free { // more than a page of copies: it stands as it can
			break
		}
	}
	fr := s.frame(inColumns, len(pages)%2 == 0)
	last = &pages[len(pages)-1]
	top := max(fr.y, fr.y+fr.height-y)
	for _, r := range rules {
		r.X, r.Y = r.X+fr.x, r.Y+top
		last.Rules = append(last.Rules, r)
	}
	for _, r := range rows {
		last.add(r.row, fr.x+r.x, top+r.y)
	}
	return pages
}

// lowest is how far down a page is drawn on.
func (p *Page) lowest() (y Length) {
	for _, r := range p.Runs {
		y = max(y, r.Y+r.Size/4)
	}
	for _, r := range p.Rules {
		y = max(y, r.Y+r.H)
	}
	for _, r := range p.Images {
		y = max(y, r.Y+r.H)
	}
	return y
}
