package intake

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tongfa/press"
)

// What one document of a word processor may hold. A real one stays far below.
const (
	maxPart   = 32 << 20  // bytes of one XML part, unpacked
	maxTokens = 2_000_000 // of one part
	maxDeep   = 256       // elements within each other
	maxMerged = 20        // styles that a style is based on, one after another
)

// docxBody reads the text of a .docx (Office Open XML, ISO/IEC 29500, transitional or strict). Its elements are turned into the elements of a
// page, which goes the way of all HTML; so its pictures, links and characters are judged like all others.
//
// What readers would see otherwise, or cannot be told from what they should not see, is refused with the paragraph: revisions that nobody
// accepted, hidden text, formulas, charts. In the end every character of its text and of its notes, read once more from the file and as plainly as can be,
// must stand in the body; a document of which a word is missing is refused.
func (r *reading) docxBody(data []byte) {
	d := &docx{r: r, numbers: map[int]string{}, marks: noFootnotes(), captions: map[*html.Node]bool{}}
	if !d.unpack(data) {
		return
	}
	if !d.read() || len(r.problems) > 0 {
		return
	}
	w := weaver{r: r, markdown: true, notes: d.marks}
	w.walk(d.body, marks{}, 0)
	w.flush()
	if len(r.problems) > 0 || !d.audit(w.out) {
		return
	}
	d.name(w.out)
	r.pkg.Revision.Body = r.withoutTitle(w.out, true)
	levelHeadings(r.pkg.Revision.Body)
}

// docx is a document of a word processor while it is read.
type docx struct {
	r        *reading
	files    map[string]*zip.File // by name in lower case, as its own rules want
	main     string
	rels     map[string]relation
	styles   map[string]docStyle
	lists    numbering
	body     *html.Node
	dec      *xml.Decoder
	tokens   int
	deep     int
	met      int // paragraphs met, blank ones too
	told     int // paragraphs with text
	open     []*faults
	fields   []docField
	numbers  map[int]string // what numbering writes before a paragraph, by how many were met before
	alt      string         // of the picture that comes next
	pictures int
	titled   bool                // a paragraph with the style of a title was met
	captions map[*html.Node]bool // paragraphs with the style of a caption, which may be that of a table below
	notes    map[string]*docNote
	marks    *footnotes
	within   string // what is read is not the text itself, but one of its notes
}

// faults are what is wrong with one paragraph, told when its text is known.
type faults struct{ list []Problem }

// relation is what an id of a part stands for.
type relation struct {
	kind, target string
	outside      bool
}

// unpack opens the archive and reads what the text needs.
func (d *docx) unpack(data []byte) bool {
	r := d.r
	bad := func(text, do string) bool { r.refuse(Problem{Text: text, Do: do}); return false }
	const again = "请在文字处理软件里打开它，重新另存为docx，再提交"
	if bytes.HasPrefix(data, []byte(oleHead)) {
		return bad("内容不是docx：它设了打开密码，或者是改了扩展名的旧版doc", "请去掉打开密码，另存为docx，再提交")
	}
	if !bytes.HasPrefix(data, []byte(zipHead)) {
		return bad(disagrees(data, "docx"), again)
	}
	names, _, trouble := openArchive(data)
	if trouble != "" {
		return bad(trouble, again)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return bad("文件不完整或已损坏，打不开", again)
	}
	d.files = map[string]*zip.File{}
	for i, f := range z.File {
		if isMacro(names[i]) {
			return bad("文件里有宏", "请另存为不带宏的docx，再提交")
		}
		key := strings.ToLower(names[i])
		if d.files[key] != nil {
			return bad("里面有两个同名的部件“"+clip(names[i])+"”，不知道哪一个是正文", again)
		}
		d.files[key] = f
	}
	d.main = "word/document.xml"
	for _, rel := range d.relations("_rels/.rels", "") {
		if strings.HasSuffix(rel.kind, "/officeDocument") && !rel.outside {
			d.main = rel.target
		}
	}
	if d.files[strings.ToLower(d.main)] == nil {
		return bad("里面没有正文，是别的文件改了扩展名，或已损坏", again)
	}
	d.rels = d.relations(path.Join(path.Dir(d.main), "_rels", path.Base(d.main)+".rels"), path.Dir(d.main))
	return true
}

// part reads one part; empty when it is not there.
func (d *docx) part(name string, most int64) ([]byte, error) {
	f := d.files[strings.ToLower(strings.TrimPrefix(name, "/"))]
	if f == nil {
		return nil, nil
	}
	if f.UncompressedSize64 > uint64(most) {
		return nil, fmt.Errorf("里面的部件“%s”有%s，超过上限%s", clip(name), bytesOf(int64(min(f.UncompressedSize64, 1<<62))), bytesOf(most))
	}
	in, err := f.Open()
	if err != nil {
		return nil, errors.New("部件“" + clip(name) + "”已损坏")
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil || int64(len(data)) > most {
		return nil, errors.New("部件“" + clip(name) + "”已损坏")
	}
	return data, nil
}

// relations reads what the ids of a part stand for; base is the folder that its targets are relative to.
func (d *docx) relations(name, base string) map[string]relation {
	out := map[string]relation{}
	d.parse(name, func() error {
		return d.each(func(_ string, el xml.StartElement) error {
			return d.each(func(_ string, el xml.StartElement) error {
				rel := relation{kind: plainAttr(el, "Type"), target: plainAttr(el, "Target"), outside: plainAttr(el, "TargetMode") == "External"}
				if !rel.outside {
					if to, absolute := strings.CutPrefix(rel.target, "/"); absolute {
						rel.target = path.Clean(to)
					} else {
						rel.target = path.Join(base, rel.target)
					}
				}
				out[plainAttr(el, "Id")] = rel
				return d.dec.Skip()
			})
		})
	})
	return out
}

// parse reads a part that may be absent. The decoder itself refuses one that ends within an element. What is wrong with it is a problem of the document.
func (d *docx) parse(name string, do func() error) bool {
	data, err := d.part(name, maxPart)
	if err == nil && len(data) == 0 {
		return true
	}
	if err == nil {
		d.dec, d.tokens, d.deep = xml.NewDecoder(bytes.NewReader(data)), 0, 0
		d.dec.Entity = map[string]string{}
		err = do()
	}
	if err == nil || errors.Is(err, io.EOF) {
		return true
	}
	var own docxFault
	text := "部件“" + clip(name) + "”已损坏"
	if errors.As(err, &own) {
		text = string(own)
	} else if data == nil {
		text = err.Error()
	}
	d.r.refuse(Problem{Text: text, Do: "请在文字处理软件里打开它，重新另存为docx，再提交"})
	return false
}

// docxFault is what is wrong with a part, in words.
type docxFault string

func (f docxFault) Error() string { return string(f) }

// each calls f for every child of the element that was begun last, until that ends. f must read its child to the end.
func (d *docx) each(f func(name string, el xml.StartElement) error) error {
	if d.deep++; d.deep > maxDeep {
		return docxFault(fmt.Sprintf("里面的标记嵌套超过%d层", maxDeep))
	}
	for {
		t, err := d.token()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if err := f(wordName(t.Name), t); err != nil {
				return err
			}
		case xml.EndElement:
			d.deep--
			return nil
		}
	}
}

func (d *docx) token() (xml.Token, error) {
	if d.tokens++; d.tokens > maxTokens {
		return nil, docxFault("里面的标记太多，不像是正常的文件")
	}
	t, err := d.dec.Token()
	if _, ok := t.(xml.Directive); ok {
		return nil, docxFault("里面有文档类型声明（DOCTYPE），不是正常的docx")
	}
	return t, err
}

// characters is the text of the element that was begun last.
func (d *docx) characters() (string, error) {
	var b strings.Builder
	for depth := 1; ; {
		t, err := d.token()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			if depth--; depth == 0 {
				return b.String(), nil
			}
		case xml.CharData:
			b.Write(t)
		}
	}
}

// wordName is the name of an element: plain for those of the text itself, with a prefix for those around it.
func wordName(n xml.Name) string {
	switch {
	case strings.HasSuffix(n.Space, "/wordprocessingml/2006/main"), strings.HasSuffix(n.Space, "/wordprocessingml/main"):
		return n.Local
	case strings.HasSuffix(n.Space, "/officeDocument/2006/math"), strings.HasSuffix(n.Space, "/officeDocument/math"):
		return "m:" + n.Local
	case strings.HasSuffix(n.Space, "/markup-compatibility/2006"):
		return "mc:" + n.Local
	}
	return "?:" + n.Local
}

func plainAttr(el xml.StartElement, name string) string {
	for _, a := range el.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// attr is an attribute whatever its prefix.
func attr(el xml.StartElement, name string) string {
	for _, a := range el.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// on is what a switch such as <w:b/> says.
func on(el xml.StartElement) bool {
	switch attr(el, "val") {
	case "0", "false", "off", "none":
		return false
	}
	return true
}

// read walks through the document.
func (d *docx) read() bool {
	d.styles, d.lists = map[string]docStyle{}, numbering{}
	for _, rel := range d.rels {
		switch {
		case rel.outside:
		case strings.HasSuffix(rel.kind, "/styles"):
			d.parse(rel.target, d.readStyles)
		case strings.HasSuffix(rel.kind, "/numbering"):
			d.parse(rel.target, d.readNumbering)
		}
	}
	d.readNotes()
	d.body = &html.Node{Type: html.DocumentNode}
	ok := d.parse(d.main, func() error {
		return d.each(func(_ string, _ xml.StartElement) error {
			return d.each(func(name string, el xml.StartElement) error {
				if name != "body" {
					return d.dec.Skip()
				}
				return d.blocks(d.body)
			})
		})
	})
	if ok {
		d.beside()
		d.besideNotes()
	}
	return ok
}

// beside tells of what stands beside the text and is not taken in.
func (d *docx) beside() {
	seen := map[string]bool{}
	for _, rel := range d.rels {
		if rel.outside {
			continue
		}
		switch path.Base(rel.kind) {
		case "header", "footer":
			var text strings.Builder
			d.parse(rel.target, func() error { return d.plainText(func(s string) { text.WriteString(s) }) })
			if words := oneLine(text.String()); strings.ContainsFunc(words, wide) && !seen[words] {
				seen[words] = true
				d.r.drop(0, "页眉或页脚没有放进正文", words)
			}
		case "comments":
			n := 0
			d.parse(rel.target, func() error { return d.plainText(func(s string) { n += len(strings.TrimSpace(s)) }) })
			if n > 0 {
				d.r.warn(0, "批注没有放进正文，请确认批注的意见都已处理")
			}
		}
	}
}

// name gives the document a title where nothing else did: its first paragraph, where that stands in the middle as titles do.
func (d *docx) name(blocks []press.Block) {
	r := d.r
	if r.pkg.Revision.Title != "" || r.asked["title"].shape != absent {
		return
	}
	for i := range blocks {
		b := &blocks[i]
		if b.Kind == press.Figure {
			continue
		}
		if b.Kind == press.Paragraph && b.Align == press.AlignCenter && i == 0 {
			b.Kind, b.Level, b.Align = press.Heading, 1, ""
			for j := range blocks[1:] {
				if blocks[j+1].Kind == press.Heading {
					blocks[j+1].Level++
				}
			}
		}
		if isText(*b) {
			r.warn(0, "没有写明标题，用正文开头的“"+clip(oneLine(press.SpanText(b.Spans)))+"”作标题，请核对")
		}
		return
	}
}

// node makes an element of a page.
func node(a atom.Atom, attrs ...html.Attribute) *html.Node {
	return &html.Node{Type: html.ElementNode, DataAtom: a, Data: a.String(), Attr: attrs}
}

func textNode(s string) *html.Node { return &html.Node{Type: html.TextNode, Data: s} }
