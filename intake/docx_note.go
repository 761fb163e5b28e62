package intake

import (
	"encoding/xml"
	"fmt"
	"path"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tongfa/press"
)

// docNote is a footnote or an endnote of a document. Readers meet both in one row, numbered as their marks come in the text; the marks that the word
// processor draws are fields and not text, and do not come along.
type docNote struct {
	kind string     // footnote or endnote
	page *html.Node // its paragraphs
	said string     // its text once more, as plainly as it can be read
	used bool
}

// readNotes reads the notes beside the text, by what their marks call them.
func (d *docx) readNotes() {
	d.notes = map[string]*docNote{}
	for _, kind := range []string{"footnote", "endnote"} {
		for _, rel := range d.rels {
			if !rel.outside && strings.HasSuffix(rel.kind, "/"+kind+"s") {
				d.notesOf(kind, rel.target)
			}
		}
	}
}

func (d *docx) notesOf(kind, name string) {
	own := d.rels
	d.rels = d.relations(path.Join(path.Dir(name), "_rels", path.Base(name)+".rels"), path.Dir(name))
	d.within = map[string]string{"footnote": "脚注", "endnote": "尾注"}[kind]
	each := func(read func(n *docNote) error) func() error {
		return func() error {
			return d.each(func(_ string, _ xml.StartElement) error {
				return d.each(func(name string, el xml.StartElement) error {
					if t := attr(el, "type"); name != kind || t != "" && t != "normal" {
						return d.dec.Skip() // the rule above the notes
					}
					n := d.notes[kind+" "+attr(el, "id")]
					if n == nil {
						n = &docNote{kind: kind, page: node(atom.Div)}
						d.notes[kind+" "+attr(el, "id")] = n
					}
					return read(n)
				})
			})
		}
	}
	d.parse(name, each(func(n *docNote) error { return d.blocks(n.page) }))
	d.parse(name, each(func(n *docNote) error {
		return d.flat(func(bool) {}, func(s string) { n.said += s }, func(string) {})
	}))
	d.rels, d.within = own, ""
}

// noteMark puts the mark of a note into a line.
func (d *docx) noteMark(to *html.Node, name string, el xml.StartElement) {
	kind := strings.TrimSuffix(name, "Reference")
	n := d.notes[kind+" "+attr(el, "id")]
	switch {
	case d.within != "":
		d.fault("里又有脚注或尾注", "请把里面的那一条并进去，再提交")
	case attr(el, "customMarkFollows") != "" && attr(el, "customMarkFollows") != "0" && attr(el, "customMarkFollows") != "false":
		d.fault("有自定义标记的脚注或尾注", "请在“脚注和尾注”里改成自动编号，再提交")
	case n == nil:
		d.fault("有一个脚注或尾注的标记，找不到它的文字", "请删去这个标记，或者重新插入脚注，再提交")
	default:
		mark := node(atom.Sup)
		d.marks.of[mark] = n.page
		n.used = true
		to.AppendChild(mark)
	}
}

// besideNotes tells of notes that no mark leads to, and that endnotes stand among footnotes.
func (d *docx) besideNotes() {
	var feet, ends int
	for _, n := range d.notes {
		switch {
		case !n.used && oneLine(n.said) == "": // left over in the file
		case !n.used:
			d.r.drop(0, "没有标记的脚注或尾注没有放进正文", oneLine(n.said))
		case n.kind == "endnote":
			ends++
		default:
			feet++
		}
	}
	if feet > 0 && ends > 0 {
		d.r.warn(0, fmt.Sprintf("文件里有脚注%d条、尾注%d条，按在正文里出现的先后一起编号，请核对", feet, ends))
	}
}

// auditNotes compares the notes at the end of the body's text with the file: have is what is left of the text, and met the notes in the order of
// their marks. It gives what is left after them.
func (d *docx) auditNotes(have string, met []string, written []string) (rest string, ok bool) {
	bare := &reading{o: d.r.o, file: d.r.file, seen: map[string]int{}}
	for i, key := range met {
		n := d.notes[key]
		text := ""
		if i < len(written) {
			text = written[i]
		}
		plain := text
		for _, a := range d.marks.added[text] {
			plain = strings.Replace(plain, a, "", 1)
		}
		rest, same := strings.CutPrefix(have, press.Fold(press.NoteMark(i+1)+text))
		if !same || press.Fold(plain) != press.Fold(bare.clean(n.said, origin{})) {
			d.r.refuse(Problem{Field: "body", Text: fmt.Sprintf("脚注%d（“%s”）未能识别", i+1, clip(oneLine(n.said))), Do: "请把这条脚注改成普通的文字（例如剪切后只粘贴文字），再提交"})
			return "", false
		}
		have = rest
	}
	return have, true
}
