package intake

import (
	"encoding/xml"
	"fmt"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// fault is something for which the document is refused, at the paragraph that is open.
func (d *docx) fault(text, do string) {
	p := Problem{Field: "body", Text: text, Do: do}
	if n := len(d.open); n > 0 {
		d.open[n-1].list = append(d.open[n-1].list, p)
		return
	}
	p.Text = firstOf(d.within, fmt.Sprintf("第%d段之后：", d.told)) + text
	d.r.refuse(p)
}

func (d *docx) revision() {
	d.fault("有没有接受的修订", "请在文字处理软件的“审阅”里接受或拒绝全部修订，再提交")
}

// blocks reads paragraphs and tables into parent.
func (d *docx) blocks(parent *html.Node) error {
	return d.each(func(name string, el xml.StartElement) error {
		switch name {
		case "p":
			return d.paragraph(parent)
		case "tbl":
			return d.table(parent)
		case "sdt":
			return d.control(func() error { return d.blocks(parent) })
		case "customXml", "smartTag", "sdtContent":
			return d.blocks(parent)
		case "ins", "moveTo":
			d.revision()
			return d.blocks(parent)
		case "del", "moveFrom":
			d.revision()
		case "mc:AlternateContent":
			return d.alternate(func() error { return d.blocks(parent) })
		case "altChunk":
			d.fault("嵌入了另一份文件", "请把它的内容粘贴到正文里，再提交")
		case "m:oMathPara", "m:oMath":
			d.fault("有公式", "请把公式存成图片，插入在原处，再提交")
		}
		return d.dec.Skip()
	})
}

// alternate takes the first of several ways in which the same is written.
func (d *docx) alternate(read func() error) error {
	taken := false
	return d.each(func(name string, _ xml.StartElement) error {
		if taken || name != "mc:Choice" && name != "mc:Fallback" {
			return d.dec.Skip()
		}
		taken = true
		return read()
	})
}

// control is a content control (内容控件): its content counts, unless it is only the request to write some.
func (d *docx) control(read func() error) error {
	return d.each(func(name string, _ xml.StartElement) error {
		switch name {
		case "sdtPr":
			return d.each(func(name string, el xml.StartElement) error {
				if name == "showingPlcHdr" && on(el) {
					d.fault("有没有填写的内容控件，现在显示的是提示文字", "请填写它，或者删去")
				}
				return d.dec.Skip()
			})
		case "sdtContent":
			return read()
		}
		return d.dec.Skip()
	})
}

// para is a paragraph while it is read.
type para struct {
	at    int // how many were met before
	props paraProps
	node  *html.Node
}

func (d *docx) paragraph(parent *html.Node) error {
	p := para{at: d.met, node: node(atom.P)}
	if d.within == "" {
		d.met++
	}
	d.open = append(d.open, &faults{})
	err := d.inline(p.node, &p, runProps{}, "")
	fs := d.open[len(d.open)-1]
	d.open = d.open[:len(d.open)-1]
	if err != nil {
		return err
	}
	words := oneLine(textOf(p.node))
	if words != "" && d.within == "" {
		d.told++
	}
	for _, f := range fs.list {
		place := firstOf(d.within, fmt.Sprintf("第%d段", max(1, d.told)))
		if words != "" {
			place += "（“" + clip(words) + "”）"
		}
		f.Text = place + f.Text
		d.r.refuse(f)
	}
	if d.within != "" {
		d.noteLine(parent, &p)
		return nil
	}
	d.place(parent, &p, words)
	return nil
}

// noteLine puts a paragraph into a note, in which nothing is a heading or numbered by itself.
func (d *docx) noteLine(parent *html.Node, p *para) {
	if number, _ := d.number(d.resolve(p)); number != "" {
		d.fault("里有自动编号“"+clip(number)+"”", "请把编号改成打出来的文字，再提交")
	}
	parent.AppendChild(p.node)
}

// place puts a paragraph where it belongs: a heading, an item of a list, or a paragraph.
func (d *docx) place(parent *html.Node, p *para, words string) {
	s := d.resolve(p)
	number, listed := d.number(s)
	if words == "" && !d.holds(p.node) {
		return
	}
	if words == "" {
		number, listed = "", false
	}
	d.titled = d.titled || s.name == "title" && words != ""
	if level := s.level(d.titled); level > 0 && words != "" {
		p.node.DataAtom = []atom.Atom{atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6}[min(level, 6)-1]
		p.node.Data = p.node.DataAtom.String()
		listed = false
	}
	if number != "" {
		d.numbers[p.at] = number
	}
	if s.name == "caption" && d.caption(parent, p.node, number) {
		return
	}
	if align := s.align(words, listed); align != "" {
		p.node.Attr = append(p.node.Attr, html.Attribute{Key: "align", Val: align})
	}
	if listed {
		li := node(atom.Li, html.Attribute{Key: markerAttribute, Val: number})
		li.AppendChild(p.node)
		listIn(parent, s.ilvl).AppendChild(li)
		return
	}
	if number != "" {
		p.node.InsertBefore(textNode(number), p.node.FirstChild)
	}
	parent.AppendChild(p.node)
}

// caption gives the picture above its caption (题注); that of a table stands above it, and is kept in mind until the table comes. One that is more than
// plain words stays a paragraph.
func (d *docx) caption(parent, name *html.Node, number string) bool {
	if listed := number != ""; listed || d.holds(name) {
		return false
	}
	for n := range name.Descendants() {
		if n.DataAtom == atom.A || n.DataAtom == atom.Sup || n.DataAtom == atom.Sub {
			return false
		}
	}
	words := oneLine(textOf(name))
	above := parent.LastChild
	if strings.HasPrefix(words, "表") || strings.HasPrefix(words, "附表") || !pictureAlone(above) {
		d.captions[name] = !strings.HasPrefix(words, "图")
		return false
	}
	figure := node(atom.Figure)
	parent.RemoveChild(above)
	figure.AppendChild(filled(atom.Div, above))
	figure.AppendChild(filled(atom.Figcaption, name))
	parent.AppendChild(figure)
	return true
}

// pictureAlone reports whether a paragraph is one picture and nothing else.
func pictureAlone(p *html.Node) bool {
	if p == nil || p.DataAtom != atom.P || oneLine(textOf(p)) != "" {
		return false
	}
	pictures := 0
	for n := range p.Descendants() {
		switch n.DataAtom {
		case atom.Img:
			pictures++
		case atom.Sup: // the mark of a note
			return false
		}
	}
	return pictures == 1
}

// filled is an element with what another one holds.
func filled(a atom.Atom, from *html.Node) *html.Node {
	to := node(a)
	for c := from.FirstChild; c != nil; c = from.FirstChild {
		from.RemoveChild(c)
		to.AppendChild(c)
	}
	return to
}

// holds reports whether a paragraph without words has a picture or the mark of a note.
func (d *docx) holds(n *html.Node) bool {
	for c := range n.Descendants() {
		if c.DataAtom == atom.Img || d.marks.of[c] != nil {
			return true
		}
	}
	return false
}

// listIn is the list of a depth at the end of parent, made if it is not there.
func listIn(parent *html.Node, level int) *html.Node {
	list := parent.LastChild
	if list == nil || list.DataAtom != atom.Ul {
		list = node(atom.Ul)
		parent.AppendChild(list)
	}
	for range level {
		item := list.LastChild
		if item == nil {
			break
		}
		inner := item.LastChild
		if inner == nil || inner.DataAtom != atom.Ul {
			inner = node(atom.Ul)
			item.AppendChild(inner)
		}
		list = inner
	}
	return list
}

// inline reads what stands inside a paragraph, or inside what stands there.
func (d *docx) inline(to *html.Node, p *para, m runProps, link string) error {
	return d.each(func(name string, el xml.StartElement) error {
		switch name {
		case "pPr":
			var err error
			p.props, err = d.paraProps()
			return err
		case "r":
			return d.run(to, link)
		case "hyperlink":
			to2 := link
			if rel, ok := d.rels[attr(el, "id")]; ok && rel.outside {
				to2 = rel.target
			}
			return d.inline(to, p, m, to2)
		case "fldSimple":
			d.instruction(attr(el, "instr"))
			return d.inline(to, p, m, link)
		case "sdt":
			return d.control(func() error { return d.inline(to, p, m, link) })
		case "customXml", "smartTag", "sdtContent", "dir", "bdo":
			return d.inline(to, p, m, link)
		case "ins", "moveTo":
			d.revision()
			return d.inline(to, p, m, link)
		case "del", "moveFrom":
			d.revision()
		case "m:oMath", "m:oMathPara":
			d.fault("有公式", "请把公式存成图片，插入在原处，再提交")
		case "mc:AlternateContent":
			return d.alternate(func() error { return d.inline(to, p, m, link) })
		case "subDoc":
			d.fault("引用了另一份文件", "请把它的内容粘贴到正文里，再提交")
		}
		return d.dec.Skip()
	})
}

// docField is a field (域) that is open: what it says of itself, and whether what it shows has begun.
type docField struct {
	instr strings.Builder
	shown bool
	link  string
}

// instruction looks at what a field computes: some show text that stands nowhere but in the instruction.
func (d *docx) instruction(s string) (link string) {
	words := strings.Fields(s)
	if len(words) == 0 {
		return ""
	}
	switch strings.ToUpper(words[0]) {
	case "EQ", "SYMBOL", "MACROBUTTON", "ADVANCE":
		d.fault("有用域代码写成的文字（"+clip(words[0])+"）", "请改成普通文字，或者存成图片插入在原处，再提交")
	case "NOTEREF":
		d.r.warn(0, "正文里引用了脚注的编号（如“见注3”），编号照原样保留；脚注按出现的先后编号，请核对是否一致")
	case "HYPERLINK":
		if len(words) > 1 && strings.HasPrefix(words[1], `"`) {
			return strings.Trim(words[1], `"`)
		}
	}
	return ""
}

// inField reports whether what is read now is the instruction of a field, and the link of the innermost one.
func (d *docx) inField() (hidden bool, link string) {
	for i := range d.fields {
		hidden = hidden || !d.fields[i].shown
		if d.fields[i].link != "" {
			link = d.fields[i].link
		}
	}
	return hidden, link
}

func (d *docx) fieldChar(kind string) {
	n := len(d.fields)
	switch {
	case kind == "begin":
		d.fields = append(d.fields, docField{})
	case n == 0:
	case kind == "separate":
		f := &d.fields[n-1]
		f.shown, f.link = true, d.instruction(f.instr.String())
	case kind == "end":
		if !d.fields[n-1].shown {
			d.instruction(d.fields[n-1].instr.String())
		}
		d.fields = d.fields[:n-1]
	}
}

// run reads text with the same properties.
func (d *docx) run(to *html.Node, link string) error {
	var m runProps
	return d.each(func(name string, el xml.StartElement) error {
		hidden, field := d.inField()
		if link == "" {
			link = field
		}
		put := func(n *html.Node) {
			if hidden {
				return
			}
			if m.is(m.vanish) {
				d.fault("有隐藏的文字", "请在文字处理软件里显示隐藏文字，取消隐藏或者删去，再提交")
			}
			to.AppendChild(m.around(n, link))
		}
		switch name {
		case "rPr":
			var err error
			m, err = d.runProps()
			if m.style != "" {
				m = m.on(d.styleRun(m.style))
			}
			if m.is(m.strike) {
				d.r.warn(0, "正文里有删除线，文字保留但删除线不保留，请确认这些字是否应当删去")
			}
			return err
		case "t":
			s, err := d.characters()
			put(textNode(s))
			return err
		case "tab", "ptab":
			put(textNode(" "))
		case "br", "cr":
			if !hidden {
				to.AppendChild(node(atom.Br))
			}
		case "noBreakHyphen":
			put(textNode("-"))
		case "sym":
			c := symbol(attr(el, "font"), attr(el, "char"))
			if c == "" {
				d.fault("有特殊字体的符号（"+clip(attr(el, "font")+" "+attr(el, "char"))+"）", "请改用普通的符号，例如√、□、○，再提交")
			}
			put(textNode(c))
		case "fldChar":
			d.fieldChar(attr(el, "fldCharType"))
		case "instrText":
			s, err := d.characters()
			if n := len(d.fields); n > 0 && d.fields[n-1].instr.Len() < 10_000 {
				d.fields[n-1].instr.WriteString(s)
			}
			return err
		case "drawing", "pict":
			return d.graphic(to)
		case "object":
			d.fault("嵌入了别的程序的对象", "请把它存成图片或者改作附件，再提交")
		case "mc:AlternateContent":
			return d.alternate(func() error { return d.graphicOrRun(to, put) })
		case "footnoteReference", "endnoteReference":
			if m.is(m.vanish) {
				d.fault("有隐藏的脚注", "请在文字处理软件里取消隐藏或者删去，再提交")
			}
			if !hidden {
				d.noteMark(to, name, el)
			}
		case "ruby":
			d.fault("有拼音指南", "请去掉拼音，或者写在括号里，再提交")
		case "delText", "delInstrText":
			d.revision()
		case "dayShort", "dayLong", "monthShort", "monthLong", "yearShort", "yearLong", "pgNum":
			d.fault("有自动生成的日期或页码", "请改成普通文字，再提交")
		}
		return d.dec.Skip()
	})
}

// graphicOrRun reads what a choice inside a run holds: pictures, boxes, and now and then text.
func (d *docx) graphicOrRun(to *html.Node, put func(*html.Node)) error {
	return d.each(func(name string, el xml.StartElement) error {
		switch name {
		case "drawing", "pict":
			return d.graphic(to)
		case "t":
			s, err := d.characters()
			put(textNode(s))
			return err
		case "object":
			d.fault("嵌入了别的程序的对象", "请把它存成图片或者改作附件，再提交")
		}
		return d.dec.Skip()
	})
}

// graphic reads a drawing: pictures, and boxes with text.
func (d *docx) graphic(to *html.Node) error {
	return d.each(func(name string, el xml.StartElement) error {
		_, local, _ := strings.Cut(name, ":")
		switch {
		case name == "txbxContent":
			d.r.warn(0, "文本框里的文字放在了它所在的段落处，请核对位置")
			box := node(atom.Div)
			to.AppendChild(box)
			return d.blocks(box)
		case name == "mc:AlternateContent":
			return d.alternate(func() error { return d.graphic(to) })
		case name == "m:oMath":
			d.fault("有公式", "请把公式存成图片，插入在原处，再提交")
		case local == "docPr" || local == "cNvPr" && d.alt == "":
			d.alt = oneLine(firstOf(plainAttr(el, "descr"), plainAttr(el, "title")))
			return d.graphic(to)
		case local == "shape" && plainAttr(el, "alt") != "": // a picture as older programs wrote it
			d.alt = oneLine(plainAttr(el, "alt"))
			return d.graphic(to)
		case local == "blip", local == "imagedata":
			d.picture(to, el)
			return d.dec.Skip()
		case local == "chart", local == "relIds":
			d.fault("有图表或SmartArt图形", "请把它存成图片，插入在原处，再提交")
		case local == "textpath":
			d.fault("有艺术字", "请改成普通文字，再提交")
		default:
			return d.graphic(to)
		}
		return d.dec.Skip()
	})
}

// picture takes a picture out of the document.
func (d *docx) picture(to *html.Node, el xml.StartElement) {
	alt := d.alt
	d.alt = ""
	rel, ok := d.rels[firstOf(attr(el, "embed"), attr(el, "id"))]
	switch {
	case attr(el, "link") != "" || rel.outside:
		d.fault("有只留了链接的图片，图片不在文件里", "请把图片插入到文件里，再提交")
		return
	case !ok || d.files[strings.ToLower(rel.target)] == nil:
		d.fault("有一张图片在文件里找不到", "请重新插入这张图片，再提交")
		return
	}
	ext := format(rel.target)
	if ext == "emf" || ext == "wmf" || ext == "svg" || ext == "tif" || ext == "tiff" {
		d.fault("有一张"+ext+"格式的图片，网页和公众号显示不了", "请把它另存为png或jpg，重新插入，再提交")
		return
	}
	r := d.r
	data, err := d.part(rel.target, r.o.Limits.Attachment)
	if err != nil {
		d.fault("有一张图片读不出来："+err.Error(), "请重新插入这张图片，再提交")
		return
	}
	src := insidePicture + rel.target
	if _, again := r.loaded[src]; !again {
		d.pictures++
		if r.total += int64(len(data)); len(r.loaded) >= r.o.Limits.Files || r.total > r.o.Limits.Total {
			d.fault("图片太多或太大", "请减少图片")
			return
		}
		r.loaded[src] = loadedFile{data: data, ok: true}
	}
	to.AppendChild(node(atom.Img, html.Attribute{Key: "src", Val: src}, html.Attribute{Key: "alt", Val: alt}))
}

// insidePicture is how the address of a picture begins that came inside a document; nothing that is written in a document can begin so.
const insidePicture = "docx\x00"

func firstOf(ss ...string) string {
	for _, s := range ss {
		if s != "" {
			return s
		}
	}
	return ""
}

// symbol is the character that stands for one of a symbol font, of those that offices use for boxes and ticks.
func symbol(font, char string) string {
	if !strings.HasPrefix(strings.ToLower(font), "wingdings") {
		return ""
	}
	return map[string]string{
		"wingdings F0FE": "☑", "wingdings F052": "☑", "wingdings F0FD": "☒", "wingdings F0FC": "√", "wingdings F0FB": "×", "wingdings F0A8": "□", "wingdings F06F": "□",
		"wingdings F071": "□", "wingdings F0A1": "○", "wingdings F06C": "●", "wingdings F06E": "■", "wingdings F075": "◆", "wingdings F0D8": "➢",
		"wingdings 2 F052": "☑", "wingdings 2 F0A3": "□", "wingdings 2 F053": "☒", "wingdings 2 F050": "√", "wingdings 2 F02A": "□",
	}[strings.ToLower(font)+" "+strings.ToUpper(char)]
}
