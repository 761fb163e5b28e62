package typeset

import (
	"bytes"
	"fmt"
)

// pale is the grey of a watermark: it stands under the text, which stays easy to read.
var pale = Colour{228, 228, 228}

// watermark is a text across a page as a run around the origin; none for "". It is set in a face that the book uses anyway.
func (b *Book) watermark(text string) ([]Run, error) {
	if text == "" || len(b.Pages) == 0 {
		return nil, nil
	}
	f := b.faceFor(text)
	if f == nil {
		var out MissingError
		for _, r := range text {
			if b.faceFor(string(r)) == nil {
				out = append(out, Missing{Char: r, Where: "水印", Count: 1})
			}
		}
		if len(out) == 0 {
			return nil, fmt.Errorf("no face of the book has all of the watermark %q", text)
		}
		return nil, out
	}
	const most = 72 * Point
	across := b.Pages[0].W // as long as the page is wide; aslant it reaches from edge to edge
	size := min(most, across/Length(len([]rune(text))))
	r := Run{Face: f, Size: size, Colour: pale, Element: -1}
	var pen Length
	for _, c := range text {
		g, _ := f.Glyph(c)
		r.Glyphs = append(r.Glyphs, Glyph{ID: g, Text: string(c), X: pen})
		pen += f.Advance(g, size)
	}
	r.X, r.Y = -pen/2, size/3
	return []Run{r}, nil
}

// faceFor is the first face of the book that has every character of a text; nil for none.
func (b *Book) faceFor(text string) *Face {
	tried := map[*Face]bool{}
	for i := range b.Pages {
		for k := range b.Pages[i].Runs {
			f := b.Pages[i].Runs[k].Face
			if tried[f] {
				continue
			}
			tried[f] = true
			if f.hasAll(text) {
				return f
			}
		}
	}
	return nil
}

func (f *Face) hasAll(text string) bool {
	for _, r := range text {
		if _, ok := f.Glyph(r); !ok {
			return false
		}
	}
	return true
}

// background is the layer that holds the watermark of a page; "" without one. It is read no more than the foreground is.
func (d *ofd) background(pg *Page) string {
	if len(d.mark) == 0 {
		return ""
	}
	var b bytes.Buffer
	id := d.id()
	place := fmt.Sprintf(`Boundary="%s" CTM="0.7071 -0.7071 0.7071 0.7071 %s %s"`, box4(0, 0, pg.W, pg.H), mm(pg.W/2), mm(pg.H/2))
	for i := range d.mark {
		r := &d.mark[i]
		d.parted(r, func(gs []Glyph) { d.words(&b, r, gs, d.id(), place, r.X+gs[0].X, r.Y) })
	}
	return fmt.Sprintf(`<ofd:Layer Type="Background" ID="%d">%s</ofd:Layer>`, id, b.String())
}

// watermark draws the watermark aslant across the middle of a page, under everything else. It belongs to no element.
func (c *content) watermark(pg *Page) {
	for i := range c.p.mark {
		c.mark(-1)
		fmt.Fprintf(c, "q .707 .707 -.707 .707 %s %s cm\n", num(pg.W/2), num(pg.H/2))
		c.h = 0
		c.run(&c.p.mark[i])
		c.WriteString("Q\n")
		c.h, c.colour = pg.H, Colour{}
	}
}
