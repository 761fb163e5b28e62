package typeset

import (
	"regexp"

	"tongfa/press"
)

// sealWidth is how wide a seal is printed: 4.2 cm, as one of a county's bodies is cut.
var sealWidth = MM(42)

// sign sets a signature and its date (发文机关署名、成文日期) as GB/T 9704 7.3.5 puts them. Without a seal the name ends two characters from the edge and the date
// begins two characters further right than the name; with one the date ends four characters from the edge, the name is centred above it, and the seal lies over both.
func (c *composer) sign(bs []press.Block, parent int, width Length) []piece {
	em := c.style.Size + c.style.Tracking
	seal := c.seal
	c.seal = ""
	rows := make([][]row, len(bs))
	for i, b := range bs {
		spans, notes := c.noted(b.Spans)
		el := c.element(Element{Role: RoleP, Parent: parent, Text: press.SpanText(spans)})
		rows[i] = c.text(spans, setting{row: c.style.Body, size: c.style.Size, width: width, align: press.AlignLeft, element: el, track: c.style.Tracking, notes: notes})
	}
	blank := 1
	if seal != "" {
		blank = max(1, int((sealWidth/2+c.style.Leading/2)/c.style.Leading)-1)
	}
	ps := []piece{c.blank(blank)}
	date := rows[len(rows)-1]
	for i, rs := range rows {
		at := make([]Length, len(rs))
		for k, r := range rs {
			at[k] = max(0, width-2*em-r.w)
			if len(rows) == 2 && len(rs) == 1 && len(date) == 1 {
				at[k] = signedAt(i == 1, rows[0][0].w, date[0].w, width, em, seal != "")
			}
		}
		lines := whole(c.lines(rs, c.style.Leading))
		for k := range lines {
			lines[k].rows[0].x = at[k]
		}
		ps = append(ps, lines...)
	}
	if seal != "" {
		ps[0].images = append(ps[0].images, c.sealAt(seal, parent, width-4*em-date[0].w/2, sealWidth/2))
	}
	ps[len(ps)-1].keep = false
	if under := sealWidth - Length(blank+len(rows))*c.style.Leading; seal != "" && under > 0 && !c.style.Official { // what follows is not under the seal
		ps[len(ps)-1].keep = true
		end := c.blank(int((under + c.style.Leading - 1) / c.style.Leading))
		end.keep = false
		ps = append(ps, end)
	}
	return ps
}

// signedAt is where the name, or the date, begins.
func signedAt(isDate bool, name, date, width, em Length, sealed bool) Length {
	if sealed {
		at := width - 4*em - date
		if !isDate {
			at = min(at+(date-name)/2, width-name)
		}
		return max(0, at)
	}
	at := width - 2*em - name
	if at+2*em+date > width-2*em { // the date is the longer one
		at = width - 4*em - date
	}
	if isDate {
		at = min(at+2*em, width-date)
	}
	return max(0, at)
}

// sealAt is the picture of a seal around a point.
func (c *composer) sealAt(digest string, parent int, x, y Length) Image {
	w, h := sealWidth, sealWidth
	if p := c.work.Pictures[digest]; p.W > 0 && p.H > 0 {
		h = min(2*sealWidth, w*Length(p.H)/Length(p.W))
	}
	el := c.element(Element{Role: RoleFigure, Parent: parent, Alt: "印章"})
	return Image{Digest: digest, X: x - w/2, Y: max(0, y-h/2), W: w, H: h, Element: el}
}

// lastSeal is the seal of an article that nobody signed in a way that is known: at its end, on the right.
func (c *composer) lastSeal(parent int, width Length) []piece {
	if c.seal == "" {
		return nil
	}
	im := c.sealAt(c.seal, parent, width-sealWidth/2, sealWidth/2)
	c.seal = ""
	return []piece{{h: (im.Y + im.H + c.style.Leading - 1) / c.style.Leading * c.style.Leading, images: []Image{im}}}
}

var (
	annexLine = regexp.MustCompile(`^附件[0-9０-９一二三四五六七八九十]{0,3}[:：]?$`)
	attachFor = regexp.MustCompile(`^附件[:：]\s*([0-9]{1,2}\s*[.．、]\s*)?`)
	attachOn  = regexp.MustCompile(`^[0-9]{1,2}\s*[.．、]\s*`)
)

// isAnnex reports whether a block only says that an annex begins (附件1).
func isAnnex(b press.Block) bool {
	return (b.Kind == press.Paragraph || b.Kind == press.Heading) && b.Align != press.AlignRight && annexLine.MatchString(press.Fold(press.SpanText(b.Spans)))
}

// annex is where an annex begins: its word in 黑体 at the left edge, in an official document at the top of a page of its own.
func (c *composer) annex(b press.Block, parent int, width Length) []piece {
	s := c.style
	spans, notes := c.noted(b.Spans)
	el := c.element(Element{Role: RoleH3, Parent: parent, Text: press.SpanText(spans)})
	ps := whole(c.lines(c.text(spans, setting{row: s.Head, size: s.Size, width: width, element: el, track: s.Tracking, notes: notes}), s.Leading))
	ps[0].space = 2 * s.Leading
	if s.Official {
		ps[0].start = NewPage
	}
	return c.wide(ps)
}

// annexTitle is the title of an annex, after a blank line as that of the document is.
func (c *composer) annexTitle(b press.Block, parent int) []piece {
	s := c.style
	size := s.TitleSize * 7 / 8
	if s.Official {
		size = s.TitleSize
	}
	text := press.SpanText(b.Spans)
	el := c.element(Element{Role: RoleH3, Parent: parent, Text: text})
	rows := c.title(text, setting{row: s.Title, size: size, width: s.whole(), element: el})
	return c.wide(append([]piece{c.blank(1)}, c.tight(rows, size, 0)...))
}

// attachment is one line of the list of attachments (附件说明): what goes over begins below the first character of the name. after says that another line of it
// stands before.
func (c *composer) attachment(b press.Block, parent int, width Length, after bool) ([]piece, bool) {
	text := press.SpanText(b.Spans)
	lead := attachFor.FindString(text)
	if after && lead == "" {
		lead = attachOn.FindString(text)
	}
	if lead == "" || b.Kind != press.Paragraph || b.Align != press.AlignBody || lead == text {
		return nil, false
	}
	s := c.style
	em := s.Size + s.Tracking
	first := Length(s.Indent) * em
	if attachFor.FindString(text) == "" {
		first += 3 * em
	}
	spans, notes := c.noted(b.Spans)
	el := c.element(Element{Role: RoleP, Parent: parent, Text: press.SpanText(spans)})
	hang := first + c.widthOf(lead+"一", setting{row: s.Body, size: s.Size, track: s.Tracking}) - em
	set := setting{row: s.Body, size: s.Size, width: width, hang: hang, indent: first - hang, element: el, track: s.Tracking, notes: notes}
	ps := whole(c.lines(c.text(spans, set), s.Leading))
	ps[len(ps)-1].keep = false
	if !after {
		ps[0].space = s.Leading
	}
	return ps, true
}

// widthOf is how wide some text is on one line.
func (c *composer) widthOf(text string, s setting) Length {
	bs, _ := c.quiet(func() ([]box, []mark) { return c.boxes([]press.Span{{Text: text}}, s) })
	if len(bs) == 0 {
		return 0
	}
	prepare(bs)
	track(bs, s.track)
	var t sum
	for i := range bs {
		t.add(&bs[i])
	}
	return t.w
}
