package typeset

import (
	"unicode"
	"unicode/utf8"

	"tongfa/press"
)

// setting is how a run of text is set.
type setting struct {
	row     Fonts
	size    Length
	width   Length
	indent  Length // of the first line
	hang    Length // of all lines
	align   press.Align
	colour  Colour
	element int
	justify bool
	track   Length
	notes   []int    // for each span, the footnote that it is the mark of, or -1; nil when there is none
	rigid   int      // how many characters at the beginning do not give way: a label that later lines are set in by
	title   bool     // its words are not parted where that can be helped
	back    *noteTie // of a footnote, whose first span is its mark and leads back; nil for other text
}

// mark is what a span asks for beyond its words.
type mark struct {
	under bool
	rise  Length // of the baseline
	link  string
	to    int // the spot that it leads to, or -1
	elem  int
}

// row is one line with what is drawn on it, from its own left edge and baseline.
type row struct {
	runs  []Run
	rules []Rule
	links []Link
	w     Length
	notes []int // footnotes whose marks stand on it
	check check
}

// check is what Report counts of a line.
type check struct {
	justified, loose, over, lone, edge bool
	spread                             int
}

// text breaks spans into rows.
func (c *composer) text(spans []press.Span, s setting) []row {
	bs, marks := c.boxes(spans, s)
	prepare(bs)
	if s.track != 0 {
		track(bs, s.track)
	}
	for i := range bs[:min(s.rigid, len(bs))] {
		bs[i].stretch, bs[i].shrink = 0, 0
	}
	if s.title {
		wholeWords(bs)
	}
	lines := c.breaker.lines(bs, s.width-s.hang, s.indent, s.justify, c.style.Hanging)
	rows := make([]row, len(lines))
	for i, l := range lines {
		in := s.hang
		if i == 0 {
			in += s.indent
		}
		switch s.align {
		case press.AlignCenter:
			in = (s.width - l.w) / 2
		case press.AlignRight:
			in = s.width - l.w
		}
		rows[i] = c.draw(bs, marks, l, in, s)
		rows[i].check = checked(l, s)
	}
	return rows
}

// checked is what is wrong with a line. Only the lines of a justified paragraph can be loose, and only their last can be too short.
func checked(l line, s setting) check {
	k := check{over: l.over > 10, edge: l.edge}
	if s.justify {
		k.justified, k.spread, k.lone = !l.last, l.spread, l.lone
		k.loose = l.spread > Bound
	}
	return k
}

// track widens every square, or narrows it.
func track(bs []box, by Length) {
	for i := range bs {
		if bs[i].w >= bs[i].size*9/10 {
			bs[i].gap += by
		}
	}
}

// boxes are the characters of spans, until the next call. A character that no face has is noted, and stands for nothing here: the work is not finished then.
func (c *composer) boxes(spans []press.Span, s setting) ([]box, []mark) {
	bs, marks := c.scratch[:0], make([]mark, 0, len(spans))
	for k, sp := range spans {
		row, size, m := s.row, s.size, mark{under: sp.Under, link: sp.Link, to: -1, elem: s.element}
		if sp.Bold {
			row = c.style.Strong
		} else if sp.Italic {
			row = c.style.Kai
		}
		if sp.Sup || sp.Sub {
			size = size * 6 / 10
			m.rise = s.size * 4 / 10
			if sp.Sub {
				m.rise = -s.size / 10
			}
		}
		if sp.Link != "" {
			m.elem = c.element(Element{Role: RoleLink, Parent: s.element})
		}
		switch {
		case s.notes != nil && s.notes[k] >= 0:
			m.to, m.elem = c.ties[s.notes[k]].note.name, c.tie(RoleReference, s.element, "脚注"+sp.Text)
		case s.back != nil && k == 0:
			m.to, m.elem = s.back.mark.name, c.tie(RoleLabel, s.element, sp.Text+"，回到正文")
		}
		marks = append(marks, m)
		for i, r := range sp.Text {
			if b, ok := c.box(r, row, size); ok {
				if b.text = string(b.r); b.r == r && r != utf8.RuneError { // a piece of the text costs no memory of its own
					b.text = sp.Text[i : i+utf8.RuneLen(r)]
				}
				b.span, b.raised = len(marks)-1, m.rise
				bs = append(bs, b)
			}
		}
	}
	c.scratch = bs
	return bs, marks
}

// noteTie is the two places that a footnote and its mark lead to: each the other's.
type noteTie struct{ mark, note spot }

// tie is the link of a mark within the element that it is.
func (c *composer) tie(r Role, parent int, says string) int {
	return c.element(Element{Role: RoleLink, Parent: c.element(Element{Role: r, Parent: parent}), Alt: says})
}

// box is one character.
func (c *composer) box(r rune, row Fonts, size Length) (box, bool) {
	if r == '\u00a0' || r == '\t' || unicode.Is(unicode.Zs, r) && r != '\u3000' {
		r = ' '
	}
	b := box{r: r, size: size, class: classOf(r)}
	if press.Fold(string(r)) == "" && r != ' ' && r != '\n' && r != '\u3000' {
		return b, false // zero-width characters draw nothing
	}
	look := r
	if r == '\n' {
		look = ' '
	}
	f, g, ok := c.faces.find(row, look)
	if !ok {
		c.miss(r)
		return b, false
	}
	b.face, b.glyph = f, g
	return b, true
}

// draw makes the runs, underlines and links of a line.
func (c *composer) draw(bs []box, marks []mark, l line, in Length, s setting) row {
	out := row{w: l.w + in}
	glyphs := make([]Glyph, 0, l.to-l.from) // of all runs, one after the other
	for i := l.from; i < l.to; i++ {
		if k := bs[i].span; s.notes != nil && s.notes[k] >= 0 && (i == 0 || bs[i-1].span != k) {
			out.notes = append(out.notes, s.notes[k])
		}
		b, m, x := bs[i], marks[bs[i].span], in+l.x[i-l.from]
		adv := b.w
		if i+1 < l.to {
			adv = l.x[i+1-l.from] - l.x[i-l.from]
		}
		n := len(out.runs)
		if n == 0 || !sameRun(&out.runs[n-1], b, m, s) {
			out.runs = append(out.runs, Run{Face: b.face, Size: b.size, X: x, Y: -m.rise, Colour: s.colour, Element: m.elem})
			glyphs = glyphs[len(glyphs):]
			n++
		}
		r := &out.runs[n-1]
		glyphs = append(glyphs, Glyph{ID: b.glyph, Text: b.text, X: x - r.X})
		r.Glyphs = glyphs[:len(glyphs):len(glyphs)]
		if m.under {
			out.rules = append(out.rules, Rule{X: x, Y: b.size / 6, W: adv, H: b.size / 24, Colour: s.colour, Element: -1})
		}
		if m.link != "" || m.to >= 0 {
			out.link(m, x, adv, b.size)
		}
	}
	return out
}

func sameRun(r *Run, b box, m mark, s setting) bool {
	return r.Face == b.face && r.Size == b.size && r.Y == -m.rise && r.Element == m.elem && r.Colour == s.colour
}

// link makes the area of a link, or the last one wider.
func (r *row) link(m mark, x, w, size Length) {
	if n := len(r.links); n > 0 && r.links[n-1].URL == m.link && r.links[n-1].Element == m.elem {
		r.links[n-1].W = x + w - r.links[n-1].X
		return
	}
	r.links = append(r.links, Link{X: x, Y: -m.rise - size, W: w, H: size * 5 / 4, URL: m.link, Page: max(0, m.to), Element: m.elem})
}
