package intake

import (
	"encoding/xml"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// runProps are the marks of text. Each is nil where nothing is said of it.
type runProps struct {
	bold, italic, under, sup, sub, vanish, strike *bool
	style                                         string
}

func (runProps) is(b *bool) bool { return b != nil && *b }

// paraProps are the properties of a paragraph as they stand there.
type paraProps struct {
	style   string
	jc      string
	indent  string // of the first line, "" where nothing is said
	outline int    // from 1; 0 where nothing is said
	numID   string
	ilvl    int
	hasIlvl bool
	run     runProps
}

// docStyle is a style, and what a paragraph comes to with the styles it is based on.
type docStyle struct {
	name, based string
	paraProps
}

func (d *docx) runProps() (m runProps, err error) {
	err = d.each(func(name string, el xml.StartElement) error {
		value := on(el)
		switch name {
		case "b":
			m.bold = &value
		case "i":
			m.italic = &value
		case "u":
			m.under = &value
		case "vanish":
			m.vanish = &value
		case "strike", "dstrike":
			m.strike = &value
		case "vertAlign":
			sup, sub := attr(el, "val") == "superscript", attr(el, "val") == "subscript"
			m.sup, m.sub = &sup, &sub
		case "rStyle":
			m.style = attr(el, "val")
		case "ins", "del", "moveFrom", "moveTo":
			d.revision()
		case "rPrChange":
			d.r.warn(0, "有没有接受的格式修订，按现在显示的格式收下")
		}
		return d.dec.Skip()
	})
	return m, err
}

func (d *docx) paraProps() (p paraProps, err error) {
	err = d.each(func(name string, el xml.StartElement) error {
		switch name {
		case "pStyle":
			p.style = attr(el, "val")
		case "jc":
			p.jc = attr(el, "val")
		case "ind":
			if v := firstOf(attr(el, "firstLineChars"), attr(el, "firstLine")); v != "" {
				p.indent = v
			}
		case "outlineLvl":
			if n, err := strconv.Atoi(attr(el, "val")); err == nil && n >= 0 && n <= 9 {
				p.outline = n + 1
			}
		case "numPr":
			return d.each(func(name string, el xml.StartElement) error {
				switch name {
				case "numId":
					p.numID = attr(el, "val")
				case "ilvl":
					p.ilvl, p.hasIlvl = atoi(attr(el, "val"), 0, 8), true
				case "ins":
					d.revision()
				}
				return d.dec.Skip()
			})
		case "rPr":
			var err error
			p.run, err = d.runProps()
			return err
		case "pPrChange":
			d.r.warn(0, "有没有接受的格式修订，按现在显示的格式收下")
		}
		return d.dec.Skip()
	})
	return p, err
}

// around puts marks around a text.
func (m runProps) around(n *html.Node, link string) *html.Node {
	for _, mark := range []struct {
		on *bool
		a  atom.Atom
	}{{m.sub, atom.Sub}, {m.sup, atom.Sup}, {m.under, atom.U}, {m.italic, atom.I}, {m.bold, atom.B}} {
		if m.is(mark.on) {
			outer := node(mark.a)
			outer.AppendChild(n)
			n = outer
		}
	}
	if link != "" {
		a := node(atom.A, html.Attribute{Key: "href", Val: link})
		a.AppendChild(n)
		n = a
	}
	return n
}

func over(a, b *bool) *bool {
	if a != nil {
		return a
	}
	return b
}

// on lays what is said here over what is said below it.
func (m runProps) on(below runProps) runProps {
	m.bold, m.italic, m.under = over(m.bold, below.bold), over(m.italic, below.italic), over(m.under, below.under)
	m.sup, m.sub = over(m.sup, below.sup), over(m.sub, below.sub)
	m.vanish, m.strike = over(m.vanish, below.vanish), over(m.strike, below.strike)
	return m
}

func (d *docx) readStyles() error {
	return d.each(func(_ string, _ xml.StartElement) error {
		return d.each(func(name string, el xml.StartElement) error {
			if name != "style" {
				return d.dec.Skip()
			}
			id := attr(el, "styleId")
			var s docStyle
			err := d.each(func(name string, el xml.StartElement) error {
				var err error
				switch name {
				case "name":
					s.name = strings.ToLower(attr(el, "val"))
				case "basedOn":
					s.based = attr(el, "val")
				case "pPr":
					run := s.run
					s.paraProps, err = d.paraProps()
					s.run = run
					return err
				case "rPr":
					s.run, err = d.runProps()
					return err
				}
				return d.dec.Skip()
			})
			d.styles[id] = s
			return err
		})
	})
}

// styleRun is what a style says of text, with the styles it is based on.
func (d *docx) styleRun(id string) (m runProps) {
	for range maxMerged {
		s, ok := d.styles[id]
		if !ok {
			break
		}
		m, id = m.on(s.run), s.based
	}
	return m
}

// resolve is what a paragraph comes to with its style and the styles that is based on.
func (d *docx) resolve(p *para) docStyle {
	out := docStyle{paraProps: p.props}
	id := p.props.style
	for range maxMerged {
		s, ok := d.styles[id]
		if !ok {
			break
		}
		if out.name == "" || strings.HasPrefix(s.name, "heading ") && !strings.HasPrefix(out.name, "heading ") && out.name != "title" {
			out.name = s.name
		}
		out.jc, out.indent = firstOf(out.jc, s.jc), firstOf(out.indent, s.indent)
		if out.outline == 0 {
			out.outline = s.outline
		}
		if out.numID == "" {
			out.numID = s.numID
			if !out.hasIlvl {
				out.ilvl, out.hasIlvl = s.ilvl, s.hasIlvl
			}
		}
		id = s.based
	}
	return out
}

// level is that of a heading; 0 for a paragraph. Where the title is a paragraph of its own style, the headings stand below it.
func (s docStyle) level(titled bool) int {
	n := 0
	switch {
	case s.name == "title":
		return 1
	case strings.HasPrefix(s.name, "heading "):
		n = atoi(s.name[len("heading "):], 0, 9)
	case s.outline > 0 && s.outline < 10:
		n = s.outline
	}
	if n > 0 && titled {
		n++
	}
	return n
}

// align is how a paragraph stands. One that is not indented and calls somebody by name stands on the left.
func (s docStyle) align(words string, listed bool) string {
	switch s.jc {
	case "center":
		return "center"
	case "right", "end":
		return "right"
	}
	flush := s.indent == "" || strings.Trim(s.indent, "0") == ""
	if flush && !listed && (strings.HasSuffix(words, "：") || strings.HasSuffix(words, ":")) && len([]rune(words)) <= 80 {
		return "left"
	}
	return ""
}
