package intake

import (
	"encoding/xml"
	"fmt"
	"strings"

	"tongfa/press"
)

// audit reads the text of the document once more, knowing nothing of its layout, and compares it with the body: every character must be there, and
// no other. It names the paragraph at which they part.
func (d *docx) audit(blocks []press.Block) bool {
	var texts, met []string
	open := -1
	written := notesIn(blocks)
	ok := d.parse(d.main, func() error {
		return d.flat(func(began bool) {
			if began {
				texts = append(texts, "")
			}
		}, func(s string) {
			if open = len(texts) - 1; open >= 0 {
				texts[open] += s
			}
		}, func(note string) {
			open = len(texts) - 1
			if n := d.notes[note]; open >= 0 && n != nil && strings.TrimSpace(n.said) != "" {
				met = append(met, note)
				texts[open] += press.NoteMark(len(met))
			}
		})
	})
	if !ok {
		return false
	}
	bare := &reading{o: d.r.o, file: d.r.file, seen: map[string]int{}} // what it says of the characters was said already
	have := press.Fold(press.Text(blocks))
	n := 0
	for i, text := range texts {
		words := press.Fold(d.numbers[i] + bare.clean(text, origin{}))
		if words == "" {
			continue
		}
		n++
		rest, same := strings.CutPrefix(have, words)
		if !same {
			d.r.refuse(Problem{Field: "body", Text: fmt.Sprintf("第%d段（“%s”）未能识别", n, clip(oneLine(text))), Do: "请把这一段改成普通的段落（例如剪切后只粘贴文字），再提交"})
			return false
		}
		have = rest
	}
	if have, ok = d.auditNotes(have, met, written); !ok {
		return false
	}
	if have != "" {
		d.r.refuse(Problem{Field: "body", Text: "读出的文字比文件里多：“" + clip(have) + "”", Do: "请另存为html或txt提交"})
		return false
	}
	return true
}

// plainText gives all text of a part.
func (d *docx) plainText(text func(string)) error {
	return d.flat(func(bool) {}, text, func(string) {})
}

// notesIn are the footnotes of a body, in the order of their numbers.
func notesIn(blocks []press.Block) (notes []string) {
	for _, b := range blocks {
		for _, l := range blockLines(b) {
			_, notes = press.Noted(l, notes)
		}
	}
	return notes
}

// flat gives the text of a part, paragraph by paragraph, as it stands there, and where the marks of notes stand in it: only what is written twice, and what a
// field computes from, is left out.
func (d *docx) flat(paragraph func(began bool), text func(string), note func(key string)) error {
	var fields []bool // of each that is open, whether what it shows has begun
	var inside func() error
	shown := func() bool {
		for _, s := range fields {
			if !s {
				return false
			}
		}
		return true
	}
	inside = func() error {
		return d.each(func(name string, el xml.StartElement) error {
			switch name {
			case "p":
				paragraph(true)
				return inside()
			case "t":
				s, err := d.characters()
				if shown() {
					text(s)
				}
				return err
			case "sym":
				if shown() {
					text(symbol(attr(el, "font"), attr(el, "char")))
				}
			case "footnoteReference", "endnoteReference":
				if shown() {
					note(strings.TrimSuffix(name, "Reference") + " " + attr(el, "id"))
				}
			case "noBreakHyphen":
				if shown() {
					text("-")
				}
			case "fldChar":
				switch n := len(fields); attr(el, "fldCharType") {
				case "begin":
					fields = append(fields, false)
				case "separate":
					if n > 0 {
						fields[n-1] = true
					}
				case "end":
					if n > 0 {
						fields = fields[:n-1]
					}
				}
			case "mc:AlternateContent":
				return d.alternate(inside)
			default:
				return inside()
			}
			return d.dec.Skip()
		})
	}
	return inside()
}
