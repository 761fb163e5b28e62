package typeset

import (
	"fmt"
	"strconv"

	"tongfa/press"
)

// composer makes one Book.
type composer struct {
	work   *Work
	style  *Style
	faces  Faces
	els    []Element
	places []place
	where  string // what is being set, for a missing character
	missed map[rune]*Missing
	order  []rune // of missed, as met
}

// Compose lays a work out. Its error is a MissingError when a character has no face, and nothing else can go wrong: any text of any length is laid out, in
// time that grows with its length. The book keeps work, style and faces, which nobody may change any more.
func Compose(w *Work, s *Style, faces Faces) (*Book, error) {
	c := &composer{work: w, style: s, faces: faces, missed: map[rune]*Missing{}}
	c.element(Element{Role: RoleDocument, Parent: -1})
	pieces, marks := c.body()
	body := c.flow(pieces)
	c.number(body)
	front := c.front(marks, len(body))
	b := &Book{Work: w, Style: s, Pages: append(front, body...)}
	b.Outline = c.outline(marks, len(front))
	c.shift(b, len(front))
	b.Elements = c.els
	if len(c.order) > 0 {
		return nil, c.missing()
	}
	return b, nil
}

func (c *composer) element(e Element) int {
	c.els = append(c.els, e)
	return len(c.els) - 1
}

// miss notes a character that no face has.
func (c *composer) miss(r rune) {
	m := c.missed[r]
	if m == nil {
		m = &Missing{Char: r, Where: c.where}
		c.missed[r] = m
		c.order = append(c.order, r)
	}
	m.Count++
}

func (c *composer) missing() MissingError {
	var out MissingError
	for _, r := range c.order {
		out = append(out, *c.missed[r])
	}
	return out
}

// heading is an entry of the directory and the outline, with the spot where it stands.
type heading struct {
	title, number string
	level         int // 0 for a section, 1 for an article
	spot          int
}

// spot makes a name for a place.
func (c *composer) spot() spot {
	c.places = append(c.places, place{})
	return spot{len(c.places) - 1}
}

// body is every section and article as pieces.
func (c *composer) body() (ps []piece, hs []heading) {
	n := 0
	for si, sec := range c.work.Sections {
		parent := 0
		if sec.Title != "" {
			parent = c.element(Element{Role: RolePart, Parent: 0})
			sp := c.spot()
			hs = append(hs, heading{title: sec.Title, spot: sp.name})
			c.where = "栏目《" + sec.Title + "》"
			head := c.sectionTitle(sec.Title, parent)
			head[0].marks, head[0].page = []spot{sp}, si > 0 || len(ps) > 0
			ps = append(ps, head...)
		}
		for ai, a := range sec.Articles {
			n++
			sp := c.spot()
			hs = append(hs, heading{title: a.Title, number: a.Number, level: 1, spot: sp.name})
			one := c.article(a, n, c.element(Element{Role: RoleArticle, Parent: parent}))
			one[0].marks = append(one[0].marks, sp)
			one[0].page = c.style.NewPage && (ai > 0 || sec.Title == "") && len(ps) > 0
			if len(ps) > 0 && ai > 0 {
				one[0].space += 2 * c.style.Leading
			}
			ps = append(ps, one...)
		}
	}
	return ps, hs
}

// lines makes a piece of each row of text, on the grid: a row takes as many lines of it as it needs.
func (c *composer) lines(rows []row, leading Length) []piece {
	s := c.style
	h := (leading + s.Leading - 1) / s.Leading * s.Leading
	out := make([]piece, len(rows))
	for i, r := range rows {
		base := h - (h-s.Size)/2 - s.Size/8
		out[i] = piece{h: h, rows: []placed{{r, 0, base}}}
	}
	return out
}

// together keeps the first lines of a paragraph together, and the last ones: no widow, no orphan.
func together(ps []piece) []piece {
	n := len(ps)
	for i := range ps {
		ps[i].keep = i < n-1 && (i == 0 || i == n-2 || n == 3)
	}
	return ps
}

// whole keeps all pieces together, and with what follows.
func whole(ps []piece) []piece {
	for i := range ps {
		ps[i].keep = true
	}
	return ps
}

func (c *composer) sectionTitle(title string, parent int) []piece {
	s := c.style
	el := c.element(Element{Role: RoleH1, Parent: parent, Text: title})
	rows := c.text([]press.Span{{Text: title}}, setting{row: s.Head, size: s.TitleSize, width: s.width(), align: press.AlignCenter, element: el})
	ps := c.lines(rows, s.TitleSize+s.TitleSize/2)
	last := &ps[len(ps)-1]
	last.rules = append(last.rules, Rule{X: 0, Y: last.h - 500, W: s.width(), H: 1000, Element: -1})
	ps[0].space = s.Leading
	return append(whole(ps), c.blank(1))
}

// blank is some empty lines that belong to what follows.
func (c *composer) blank(n int) piece { return piece{h: Length(n) * c.style.Leading, keep: true} }

// article is one document.
func (c *composer) article(a Article, n, parent int) []piece {
	s := c.style
	c.where = fmt.Sprintf("第%d篇《%s》的标题", n, a.Title)
	level := RoleH2
	if len(c.work.Sections) == 1 && c.work.Sections[0].Title == "" {
		level = RoleH1
	}
	el := c.element(Element{Role: level, Parent: parent, Text: a.Title})
	ps := whole(c.lines(c.title(a.Title, el), s.TitleSize+s.TitleSize/4))
	if a.Number != "" {
		el := c.element(Element{Role: RoleP, Parent: parent, Text: a.Number})
		ps = append(ps, whole(c.lines(c.text([]press.Span{{Text: a.Number}}, setting{row: s.Kai, size: s.Size, width: s.width(), align: press.AlignCenter, element: el}), s.Leading))...)
	}
	ps = append(ps, c.blank(1))
	ps = append(ps, c.blocks(a.Body, parent, n, 0, s.width())...)
	for i, name := range a.Attachments {
		text := attachmentLine(i, len(a.Attachments), name)
		el := c.element(Element{Role: RoleP, Parent: parent, Text: text})
		ps = append(ps, together(c.lines(c.paragraph([]press.Span{{Text: text}}, press.AlignBody, el, 0, s.width()), s.Leading))...)
	}
	return ps
}

// title is an article's title, in lines of about the same length, shaped as 梯形 or 菱形 are by hand: no word of one character alone.
func (c *composer) title(text string, el int) []row {
	s := c.style
	set := setting{row: s.Title, size: s.TitleSize, width: s.width(), align: press.AlignCenter, element: el}
	rows := c.text([]press.Span{{Text: text}}, set)
	if len(rows) < 2 {
		return rows
	}
	full := s.width()
	for narrow := full; narrow > full/2; narrow -= s.TitleSize {
		set.width = narrow
		tried := c.text([]press.Span{{Text: text}}, set)
		if len(tried) > len(rows) {
			break
		}
		for i := range tried { // centred in the whole width, not in the narrow one
			tried[i].move((full - narrow) / 2)
		}
		rows = tried
	}
	return rows
}

func (r *row) move(by Length) {
	for i := range r.runs {
		r.runs[i].X += by
	}
	for i := range r.rules {
		r.rules[i].X += by
	}
	for i := range r.links {
		r.links[i].X += by
	}
}

// paragraph is an ordinary paragraph.
func (c *composer) paragraph(spans []press.Span, align press.Align, el int, hang, width Length) []row {
	s := c.style
	set := setting{row: s.Body, size: s.Size, width: width, hang: hang, align: align, element: el, track: s.Tracking}
	if align == press.AlignBody {
		set.indent, set.justify = Length(s.Indent)*(s.Size+s.Tracking), true
	}
	if align == press.AlignRight {
		set.width -= 2 * s.Size // a signature stands two characters in
	}
	return c.text(spans, set)
}

// blocks are the pieces of a body.
func (c *composer) blocks(bs []press.Block, parent, article int, hang, width Length) []piece {
	var ps []piece
	for i, b := range bs {
		c.where = fmt.Sprintf("第%d篇第%d段", article, i+1)
		ps = append(ps, c.block(b, parent, article, hang, width)...)
	}
	return ps
}

func (c *composer) block(b press.Block, parent, article int, hang, width Length) []piece {
	s := c.style
	switch b.Kind {
	case press.Heading:
		return c.headingOf(b, parent, hang, width)
	case press.TableKind:
		if b.Table != nil {
			return c.table(b.Table, parent, width)
		}
	case press.Figure:
		if b.Picture != nil {
			return c.figure(b.Picture, parent, width)
		}
	case press.ListKind:
		var ps []piece
		list := c.element(Element{Role: RoleList, Parent: parent})
		for _, it := range b.Items {
			ps = append(ps, c.listItem(it, list, article, hang, width)...)
		}
		return ps
	case press.Note:
		el := c.element(Element{Role: RoleNote, Parent: parent})
		ps := c.blocks(b.Blocks, el, article, hang+2*s.Size, width)
		for i := range ps {
			ps[i].rules = append(ps[i].rules, Rule{X: hang + s.Size, Y: 0, W: 750, H: ps[i].h, Colour: Colour{150, 150, 150}, Element: -1})
		}
		return ps
	case press.Paragraph:
		el := c.element(Element{Role: RoleP, Parent: parent, Text: press.SpanText(b.Spans)})
		return together(c.lines(c.paragraph(b.Spans, b.Align, el, hang, width), s.Leading))
	}
	return nil
}

// headingOf is a heading within a document: 黑体, 楷体, and then the strong face of the body.
func (c *composer) headingOf(b press.Block, parent int, hang, width Length) []piece {
	s := c.style
	roles := []Role{RoleH3, RoleH4, RoleH4, RoleH4}
	rows := []Fonts{s.Head, s.Kai, s.Strong, s.Body}
	at := min(max(b.Level, 1), 4) - 1
	el := c.element(Element{Role: roles[at], Parent: parent, Text: press.SpanText(b.Spans)})
	set := setting{row: rows[at], size: s.Size, width: width, hang: hang, indent: Length(s.Indent) * (s.Size + s.Tracking), element: el, align: b.Align, track: s.Tracking, justify: b.Align == press.AlignBody}
	if b.Align == press.AlignCenter {
		set.indent = 0
	}
	ps := whole(c.lines(c.text(b.Spans, set), s.Leading))
	return ps
}

// listItem is one item: its mark stands before its first paragraph, as in an official document.
func (c *composer) listItem(it press.ListItem, parent, article int, hang, width Length) []piece {
	el := c.element(Element{Role: RoleItem, Parent: parent})
	var ps []piece
	for i, b := range it.Blocks {
		if i == 0 && b.Kind == press.Paragraph {
			b.Spans = append([]press.Span{{Text: it.Marker + " "}}, b.Spans...)
		}
		ps = append(ps, c.block(b, el, article, hang, width)...)
	}
	return ps
}

// figure is a picture with its caption, no wider than the text and no higher than half a page.
func (c *composer) figure(p *press.Picture, parent int, width Length) []piece {
	s := c.style
	el := c.element(Element{Role: RoleFigure, Parent: parent, Alt: p.Alt})
	w, h := c.fitPicture(p.Digest, width, s.height()/2)
	tall := (h + s.Leading - 1) / s.Leading * s.Leading
	ps := []piece{{h: tall, space: s.Leading / 2 / s.Leading, images: []Image{{Digest: p.Digest, X: (width - w) / 2, Y: (tall - h) / 2, W: w, H: h, Element: el}}, keep: p.Caption != ""}}
	if p.Caption != "" {
		cap := c.element(Element{Role: RoleCaption, Parent: el, Text: p.Caption})
		ps = append(ps, c.lines(c.text([]press.Span{{Text: p.Caption}}, setting{row: s.Head, size: s.TableSize, width: width, align: press.AlignCenter, element: cap}), s.Leading)...)
	}
	return ps
}

// fitPicture is the size of a picture as it is shown: 150 dots an inch, unless that is too large.
func (c *composer) fitPicture(digest string, most, high Length) (w, h Length) {
	p, ok := c.work.Pictures[digest]
	if !ok || p.W <= 0 || p.H <= 0 {
		return most / 2, most / 4
	}
	w, h = Length(p.W)*72_000/150, Length(p.H)*72_000/150
	if w > most {
		w, h = most, most*Length(p.H)/Length(p.W)
	}
	if h > high {
		w, h = high*Length(p.W)/Length(p.H), high
	}
	return w, h
}

// number puts the running head and the page number on the pages of the body.
func (c *composer) number(pages []Page) {
	s := c.style
	for i := range pages {
		n := strconv.Itoa(i + 1)
		pages[i].Label = n
		left := (i+1)%2 == 0
		text := n
		if s.Official {
			text = "— " + n + " —"
		}
		set := setting{row: s.Body, size: s.TableSize, width: s.PageW - s.Inner - s.Outer, element: -1, align: press.AlignRight}
		if s.Official {
			set.size = 14_000
		}
		x, y := s.Inner, s.PageH-s.Bottom/2
		if left {
			set.align, x = press.AlignLeft, s.Outer
		}
		for _, r := range c.text([]press.Span{{Text: text}}, set) {
			pages[i].add(r, x, y)
		}
		if !s.Official && c.work.Volume != "" {
			c.runningHead(&pages[i], left, x)
		}
	}
}

// runningHead names the publication on the left-hand page and the issue on the right-hand one.
func (c *composer) runningHead(p *Page, left bool, x Length) {
	s := c.style
	text, align := c.work.Volume, press.AlignRight
	if left {
		text, align = c.work.Name, press.AlignLeft
	}
	w := s.PageW - s.Inner - s.Outer
	y := s.Top * 6 / 10
	for _, r := range c.text([]press.Span{{Text: text}}, setting{row: s.Body, size: s.TableSize, width: w, element: -1, align: align}) {
		p.add(r, x, y)
	}
	p.Rules = append(p.Rules, Rule{X: x, Y: y + s.TableSize/2, W: w, H: 500, Element: -1})
}

// outline is the directory as bookmarks.
func (c *composer) outline(hs []heading, front int) []Bookmark {
	var out []Bookmark
	for _, h := range hs {
		p := c.places[h.spot]
		m := Bookmark{Title: h.title, Page: p.page + front, At: p.at}
		if h.level == 1 && len(out) > 0 && c.hasSections() {
			out[len(out)-1].Kids = append(out[len(out)-1].Kids, m)
			continue
		}
		out = append(out, m)
	}
	return out
}

func (c *composer) hasSections() bool {
	return len(c.work.Sections) > 0 && c.work.Sections[0].Title != ""
}

// shift makes links to places of the body lead past the pages before it.
func (c *composer) shift(b *Book, front int) {
	for i := range b.Pages {
		for k := range b.Pages[i].Links {
			l := &b.Pages[i].Links[k]
			if l.URL == "" {
				p := c.places[l.Page]
				l.Page, l.At = p.page+front, p.at
			}
		}
	}
}

func itoa(n int) string { return strconv.Itoa(n) }
