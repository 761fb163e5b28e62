package typeset

import (
	"fmt"
	"slices"
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
	notes  []footnote
	ties   []noteTie // of each, as soon as its mark is met
	said   []string  // the footnotes of the article that is being set
	seal   string    // of the same, until it is set
	report Report

	scratch []box   // of the text that is being set
	breaker breaker // and what breaks it
}

// Compose lays a work out. Its error is a MissingError when a character has no face, and nothing else can go wrong: any text of any length is laid out, in
// time that grows with its length. The book keeps work, style and faces, which nobody may change any more.
func Compose(w *Work, s *Style, faces Faces) (*Book, error) {
	c := &composer{work: w, style: s, faces: faces, missed: map[rune]*Missing{}}
	c.element(Element{Role: RoleDocument, Parent: -1})
	pieces, marks := c.body()
	body := c.record(c.flow(pieces))
	c.number(body)
	front := c.front(marks, len(body))
	b := &Book{Work: w, Style: s, Pages: append(front, body...)}
	b.Outline = c.outline(marks, len(front))
	c.shift(b, len(front))
	b.Elements, b.Report = c.els, c.report
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
		parent, level, title := 0, 1, sec.heading()
		if title == "" && sec.Title != "" {
			level = 0
		}
		if title != "" {
			parent = c.element(Element{Role: RolePart, Parent: 0})
			sp := c.spot()
			hs = append(hs, heading{title: title, spot: sp.name})
			c.where = "栏目《" + title + "》"
			head := c.sectionTitle(title, c.element(Element{Role: RoleH1, Parent: parent, Text: title}))
			head[0].marks = []spot{sp}
			if si > 0 {
				head[0].start = NewPage
			}
			ps = append(ps, head...)
		}
		for ai, a := range sec.Articles {
			n++
			sp := c.spot()
			head := heading{title: a.Title, number: a.Number, level: level, spot: sp.name}
			if level == 0 {
				head.number = ""
			}
			hs = append(hs, head)
			one := c.article(a, n, level, c.element(Element{Role: RoleArticle, Parent: parent}))
			one[0].marks = append(one[0].marks, sp)
			switch {
			case level == 0 && si > 0:
				one[0].start = max(a.Start, NewPage)
			case ai > 0 || sec.Title == "" && len(ps) > 0:
				one[0].start = max(a.Start, c.style.Start)
				one[0].space += 3 * c.style.Leading
			}
			one[len(one)-1].keep = false // whatever it ends with does not belong to the next
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
		out[i] = piece{h: h, rows: []placed{{r, 0, base}}, notes: r.notes}
	}
	return out
}

// tight is a title as one piece: its lines stand as near as their size asks, and all of them take a whole number of lines of the grid, with some air beside.
func (c *composer) tight(rows []row, size Length, air int) []piece {
	grid := c.style.Leading
	step := size * 3 / 2
	if step > grid && step < grid*9/8 || step < grid {
		step = grid
	}
	need := Length(len(rows)) * step
	h := (need+grid-1)/grid*grid + Length(air)*grid
	if h > c.style.height()/2 {
		return whole(c.lines(rows, step))
	}
	p := piece{h: h, keep: true}
	top := (h - Length(air)*grid - need) / 2
	for i, r := range rows {
		p.rows = append(p.rows, placed{r, 0, top + Length(i+1)*step - (step-size)/2 - size/8})
		p.notes = append(p.notes, r.notes...)
	}
	return []piece{p}
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

func (c *composer) sectionTitle(title string, el int) []piece {
	s := c.style
	ps := c.tight(c.title(title, setting{row: s.Head, size: s.TitleSize, width: s.whole(), element: el}), s.TitleSize, 1)
	last := &ps[len(ps)-1]
	last.rules = append(last.rules, Rule{X: 0, Y: last.h - s.Leading*3/4, W: s.whole(), H: 1000, Element: -1})
	ps[0].space = s.Leading
	return c.wide(ps)
}

// wide makes pieces stand across all columns, in a style of several.
func (c *composer) wide(ps []piece) []piece {
	for i := range ps {
		if c.style.Columns > 1 {
			ps[i].mode = across
		}
	}
	return ps
}

// blank is some empty lines that belong to what follows.
func (c *composer) blank(n int) piece { return piece{h: Length(n) * c.style.Leading, keep: true} }

// article is one document.
func (c *composer) article(a Article, n, deep, parent int) []piece {
	s := c.style
	c.where = fmt.Sprintf("第%d篇《%s》的标题", n, a.Title)
	level := RoleH2
	if deep == 0 || len(c.work.Sections) == 1 && c.work.Sections[0].Title == "" {
		level = RoleH1
	}
	el := c.element(Element{Role: level, Parent: parent, Text: a.Title})
	c.said, c.seal = nil, a.Seal
	var ps []piece
	printed := false
	if s.Official && c.work.Head != nil && n == 1 {
		ps, printed = c.redHead(a, parent)
	}
	if deep == 0 {
		ps = append(ps, c.sectionTitle(a.Title, el)...)
	} else {
		ps = append(ps, c.tight(c.title(a.Title, setting{row: s.Title, size: s.TitleSize, width: s.whole(), element: el}), s.TitleSize, 0)...)
	}
	if a.Number != "" && !printed {
		el := c.element(Element{Role: RoleP, Parent: parent, Text: a.Number})
		ps = append(ps, whole(c.lines(c.text([]press.Span{{Text: a.Number}}, setting{row: s.Kai, size: s.Size, width: s.whole(), align: press.AlignCenter, element: el}), s.Leading))...)
	}
	ps = c.wide(append(ps, c.blank(1)))
	ps = append(ps, c.blocks(a.blocks(), parent, n, 0, s.width())...)
	ps = append(ps, c.lastSeal(parent, s.width())...)
	c.layNotes(parent, n)
	return ps
}

// noted puts the marks of footnotes among spans, and says of which note of the book each span is the mark, or -1.
func (c *composer) noted(spans []press.Span) ([]press.Span, []int) {
	have, base := len(c.said), len(c.notes)
	out, said := press.Noted(spans, c.said)
	if len(said) == have {
		return spans, nil
	}
	of := make([]int, 0, len(out))
	for _, sp := range spans {
		if of = append(of, -1); sp.Note != "" {
			of = append(of, base+have)
			have++
			c.ties = append(c.ties, noteTie{c.spot(), c.spot()})
		}
	}
	c.said = said
	return out, of
}

// layNotes lays out the footnotes of an article, which stand in the book's elements after its body.
func (c *composer) layNotes(parent, article int) {
	s := c.style
	for i, text := range c.said {
		c.where = fmt.Sprintf("第%d篇脚注%d", article, i+1)
		number := press.NoteMark(i + 1)
		el := c.element(Element{Role: RoleNote, Parent: parent, Text: number + text})
		tie := c.ties[len(c.notes)]
		rows := c.text([]press.Span{{Text: number}, {Text: text}}, setting{row: s.Body, size: s.TableSize, width: s.width(), hang: s.TableSize, indent: -s.TableSize, element: el, justify: true, back: &tie})
		step := s.TableSize * 3 / 2
		var f footnote
		for _, r := range rows {
			f.lines = append(f.lines, piece{h: step, rows: []placed{{r, 0, step - (step-s.TableSize)/2 - s.TableSize/8}}})
			f.h += step
		}
		if len(f.lines) > 0 {
			f.lines[0].marks = []spot{tie.note}
		}
		c.notes = append(c.notes, f)
	}
	c.said = nil
}

// paragraph is an ordinary paragraph.
func (c *composer) paragraph(b press.Block, parent int, hang, width Length) []piece {
	s := c.style
	spans, notes := c.noted(b.Spans)
	el := c.element(Element{Role: RoleP, Parent: parent, Text: press.SpanText(spans)})
	set := setting{row: s.Body, size: s.Size, width: width, hang: hang, align: b.Align, element: el, track: s.Tracking, notes: notes}
	switch b.Align {
	case press.AlignBody:
		set.indent, set.justify = Length(s.Indent)*(s.Size+s.Tracking), true
	case press.AlignLeft:
		set.justify = true
	case press.AlignRight:
		set.width -= 2 * s.Size // a signature stands two characters in
	}
	return together(c.lines(c.text(spans, set), s.Leading))
}

// blocks are the pieces of a body.
func (c *composer) blocks(bs []press.Block, parent, article int, hang, width Length) []piece {
	var ps []piece
	listed, annexed := false, false // the block before is a line of the list of attachments; it begins an annex
	for i := 0; i < len(bs); i++ {
		c.where = fmt.Sprintf("第%d篇第%d段", article, i+1)
		if n := signature(bs[i:]); n > 0 && hang == 0 {
			if len(ps) > 0 {
				ps[len(ps)-1].keep = true // a signature is never alone on its page
			}
			ps = append(ps, c.sign(bs[i:i+n], parent, width)...)
			i += n - 1
			continue
		}
		var more []piece
		wasAnnex, wasListed := annexed, listed
		more, listed = c.attachment(bs[i], parent, width, listed)
		if listed && wasListed { // a list of attachments is read at a glance
			ps[len(ps)-1].keep = true
		}
		annexed = isAnnex(bs[i])
		switch {
		case listed:
		case annexed:
			more = c.annex(bs[i], parent, width)
		case wasAnnex && bs[i].Align == press.AlignCenter && (bs[i].Kind == press.Paragraph || bs[i].Kind == press.Heading) && !hasNote(bs[i].Spans):
			more = c.annexTitle(bs[i], parent)
			if i+1 == len(bs) || !isChapter(bs[i+1]) || c.style.Official {
				more = append(more, c.wide([]piece{c.blank(1)})...)
			}
		default:
			more = c.block(bs[i], parent, article, hang, width)
		}
		ps = append(ps, more...)
	}
	return ps
}

// isChapter reports whether a block is the heading of a chapter (第一章), which has air of its own.
func isChapter(b press.Block) bool {
	return b.Kind == press.Heading && b.Align == press.AlignCenter && b.Level <= 1
}

func hasNote(ss []press.Span) bool {
	return slices.ContainsFunc(ss, func(s press.Span) bool { return s.Note != "" })
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
		hang = min(hang, width/2)
		ps := c.blocks(b.Blocks, el, article, hang+2*s.Size, width)
		for i := range ps {
			ps[i].rules = append(ps[i].rules, Rule{X: hang + s.Size, Y: 0, W: 750, H: ps[i].h, Colour: Colour{150, 150, 150}, Element: -1})
		}
		return ps
	case press.Paragraph:
		return c.paragraph(b, parent, hang, width)
	}
	return nil
}

// headingOf is a heading within a document: 黑体, 楷体, and then the strong face of the body.
func (c *composer) headingOf(b press.Block, parent int, hang, width Length) []piece {
	s := c.style
	roles := []Role{RoleH3, RoleH4, RoleH4, RoleH4}
	rows := []Fonts{s.Head, s.Kai, s.Strong, s.Body}
	at := min(max(b.Level, 1), 4) - 1
	spans, notes := c.noted(b.Spans)
	el := c.element(Element{Role: roles[at], Parent: parent, Text: press.SpanText(spans)})
	set := setting{row: rows[at], size: s.Size, width: width, hang: hang, element: el, align: b.Align, track: s.Tracking, justify: b.Align == press.AlignBody, notes: notes}
	if b.Align == press.AlignBody {
		set.indent = Length(s.Indent) * (s.Size + s.Tracking)
	}
	ps := whole(c.lines(c.text(spans, set), s.Leading))
	if isChapter(b) && !s.Official && len(ps) > 0 {
		ps[0].space = s.Leading
		ps = append(ps, c.blank(1))
	}
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
	tall := (h + s.Leading - 1 + s.Leading/2) / s.Leading * s.Leading
	ps := []piece{{h: tall, images: []Image{{Digest: p.Digest, X: (width - w) / 2, Y: (tall - h) / 2, W: w, H: h, Element: el}}, keep: p.Caption != ""}}
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

// number puts the running head and the page number on the pages of the body. A blank page has neither.
func (c *composer) number(pages []Page) {
	s := c.style
	c.where = "页码"
	for i := range pages {
		p := &pages[i]
		if p.bare || len(p.Runs)+len(p.Rules)+len(p.Images) == 0 {
			continue
		}
		p.Label = strconv.Itoa(i + 1)
		left := (i+1)%2 == 0
		fr := s.frame(inColumns, left)
		width, y := s.PageW-s.Inner-s.Outer, s.PageH-s.Bottom/2
		set := setting{row: s.Body, size: s.TableSize, width: width, element: -1, align: press.AlignRight}
		if p.turned {
			fr = s.frame(turned, left)
			set.width, y = fr.width, fr.h-s.Outer/2
		}
		in := -s.TableSize
		if s.Official { // 四号 between dashes, one character from the outer edge; the dash 7 mm below the text
			set.size, in = size4, -size4
			y = fr.y + fr.height + numberGap + size4*38/100
			if p.turned {
				y = fr.h - s.Outer/2
			}
		}
		if left {
			set.align, in = press.AlignLeft, -in
		}
		for _, r := range c.text(span1("— "+p.Label+" —"), set) {
			p.add(r, fr.x+in, y)
		}
		if !s.Official && c.work.Volume != "" {
			c.runningHead(p, left, fr.x, set.width, fr.y*6/10)
		}
	}
}

// runningHead names the publication on the left-hand page and the issue on the right-hand one.
func (c *composer) runningHead(p *Page, left bool, x, w, y Length) {
	s := c.style
	text, align := c.work.Volume, press.AlignRight
	if left {
		text, align = c.work.Name, press.AlignLeft
	}
	set := setting{row: s.Body, size: s.TableSize, width: w, element: -1, align: align}
	if c.widthOf(text, set) > w { // one line is all there is room for
		return
	}
	for _, r := range c.text(span1(text), set) {
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
