package intake

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"tongfa/press"
)

const (
	wordSpace   = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" xmlns:v="urn:schemas-microsoft-com:vml" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"`
	docxTypes   = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`
	officeKinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
)

// wordOf is a document of a word processor with a body, and with more parts beside it.
func wordOf(body string, more ...part) []byte {
	rels := ""
	for _, p := range more {
		kind := map[string]string{"word/styles.xml": "styles", "word/numbering.xml": "numbering", "word/header1.xml": "header", "word/comments.xml": "comments", "word/footnotes.xml": "footnotes", "word/endnotes.xml": "endnotes"}[p.name]
		if strings.HasPrefix(p.name, "word/media/") {
			kind = "image"
		}
		if kind != "" {
			rels += fmt.Sprintf(`<Relationship Id="%s" Type="%s%s" Target="%s"/>`, strings.Trim(p.name[strings.LastIndex(p.name, "/")+1:], ""), officeKinds, kind, strings.TrimPrefix(p.name, "word/"))
		}
	}
	rels += `<Relationship Id="out" Type="` + officeKinds + `hyperlink" Target="https://www.example.gov.cn/a" TargetMode="External"/>` +
		`<Relationship Id="far" Type="` + officeKinds + `image" Target="https://evil.example/a.png" TargetMode="External"/>`
	parts := []part{
		{"[Content_Types].xml", docxTypes},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="` + officeKinds + `officeDocument" Target="word/document.xml"/></Relationships>`},
		{"word/document.xml", `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document ` + wordSpace + `><w:body>` + body + `<w:sectPr/></w:body></w:document>`},
		{"word/_rels/document.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + rels + `</Relationships>`},
	}
	return zipOf(append(parts, more...)...)
}

// para is a paragraph with properties and text.
func wordPara(props, text string) string {
	return `<w:p><w:pPr>` + props + `</w:pPr><w:r><w:t xml:space="preserve">` + text + `</w:t></w:r></w:p>`
}

func readWord(t *testing.T, data []byte) (Package, error) {
	t.Helper()
	return ReadBytes("a.docx", data, nil, Options{Meta: map[string]string{"kind": "notice", "title": "示例区关于某事的通知"}})
}

func takeWord(t *testing.T, data []byte) Package {
	t.Helper()
	p, err := readWord(t, data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const wordStyles = `<w:styles ` + wordSpace + `>
<w:style w:type="paragraph" w:styleId="a3"><w:name w:val="Title"/><w:pPr><w:jc w:val="center"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/></w:style>
<w:style w:type="paragraph" w:styleId="2"><w:name w:val="heading 2"/><w:basedOn w:val="1"/></w:style>
<w:style w:type="paragraph" w:styleId="list"><w:name w:val="List Paragraph"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>
<w:style w:type="character" w:styleId="strong"><w:name w:val="Strong"/><w:rPr><w:b/></w:rPr></w:style>
</w:styles>`

const wordNumbers = `<w:numbering ` + wordSpace + `>
<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%2)"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="9"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl>
<w:lvl w:ilvl="1"><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="（%2）"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="2"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val=""/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
<w:num w:numId="3"><w:abstractNumId w:val="2"/></w:num>
<w:num w:numId="4"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>
</w:numbering>`

func TestWordDocument(t *testing.T) {
	num := func(id, level string) string {
		return `<w:numPr><w:ilvl w:val="` + level + `"/><w:numId w:val="` + id + `"/></w:numPr>`
	}
	link := `<w:p><w:r><w:t>见</w:t></w:r><w:hyperlink r:id="out"><w:r><w:t>网站</w:t></w:r></w:hyperlink><w:r><w:rPr><w:rStyle w:val="strong"/></w:rPr><w:t>重点</w:t></w:r><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>2</w:t></w:r></w:p>`
	field := `<w:p><w:r><w:t>共</w:t></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> NUMPAGES </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>三</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r><w:fldSimple w:instr="DATE"><w:r><w:t>页</w:t></w:r></w:fldSimple><w:smartTag><w:r><w:t>。</w:t></w:r></w:smartTag></w:p>`
	control := `<w:sdt><w:sdtPr><w:alias w:val="x"/></w:sdtPr><w:sdtContent>` + wordPara("", "控件里的一段。") + `</w:sdtContent></w:sdt>`
	box := `<w:p><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:anchor><wps:txbx><w:txbxContent>` + wordPara("", "框里的字") + `</w:txbxContent></wps:txbx></wp:anchor></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox><w:txbxContent>` + wordPara("", "框里的字") + `</w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>框外的字</w:t></w:r></w:p>`
	cell := func(props, text string) string {
		return `<w:tc><w:tcPr>` + props + `</w:tcPr>` + wordPara("", text) + `</w:tc>`
	}
	table := `<w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr>` + cell(`<w:gridSpan w:val="2"/>`, "项目") + cell("", "金额") + `</w:tr><w:tr>` +
		cell(`<w:vMerge w:val="restart"/>`, "供暖") + cell("", "城区") + cell("", "10") + `</w:tr><w:tr>` +
		cell(`<w:vMerge/>`, "") + cell("", "镇街") + cell("", "20") + `</w:tr></w:tbl>`
	image := `<w:p><w:r><w:drawing><wp:inline><wp:docPr id="1" name="x" descr="办事大厅的照片"/><a:graphic><a:blip r:embed="image1.png"/></a:graphic></wp:inline></w:drawing></w:r></w:p>`
	data := wordOf(wordPara(`<w:pStyle w:val="a3"/>`, "示例区关于某事的通知")+wordPara("", "各镇人民政府：")+wordPara(`<w:pStyle w:val="1"/>`+num("2", "0"), "总体要求")+
		wordPara(num("2", "1"), "抓好落实。")+wordPara(num("2", "1"), "按时报送。")+wordPara(`<w:pStyle w:val="list"/>`, "第一项")+wordPara(num("1", "1"), "小项")+wordPara(num("1", "0"), "第二项")+
		wordPara("", "又一段。")+wordPara(num("4", "0"), "重新开始")+wordPara(num("3", "0"), "圆点")+link+field+control+box+table+image+wordPara(`<w:jc w:val="right"/>`, "2026年11月24日"),
		part{"word/styles.xml", wordStyles}, part{"word/numbering.xml", wordNumbers}, part{"word/media/image1.png", string(pngOf(4, 3))},
		part{"word/header1.xml", `<w:hdr ` + wordSpace + `><w:p><w:r><w:t>内部资料样式的页眉</w:t></w:r></w:p></w:hdr>`})
	p := takeWord(t, data)
	want := "各镇人民政府：\n九、总体要求\n（一）抓好落实。\n（二）按时报送。\n1. 第一项\na) 小项\n2. 第二项\n又一段。\n1. 重新开始\n• 圆点\n见网站重点2\n共三页。\n控件里的一段。\n框里的字\n框外的字\n项目\t金额\n供暖\t城区\t10\n镇街\t20\n2026年11月24日"
	if got := body(p); got != want {
		t.Errorf("text:\n%s\nwant:\n%s", got, want)
	}
	b := p.Revision.Body
	if b[0].Align != press.AlignLeft || b[1].Kind != press.Heading || b[1].Level != 1 || b[len(b)-1].Align != press.AlignRight {
		t.Errorf("structure: %+v", b[:2])
	}
	var tables, pictures int
	press.Walk(b, func(x press.Block) {
		if x.Table != nil {
			tables++
			if x.Table.Head != 1 || x.Table.Rows[0][0].ColSpan != 2 || x.Table.Rows[1][0].RowSpan != 2 || len(x.Table.Rows[2]) != 2 {
				t.Errorf("table %+v", x.Table)
			}
		}
		if x.Picture != nil {
			pictures++
			if x.Picture.Alt != "办事大厅的照片" {
				t.Errorf("alt %q", x.Picture.Alt)
			}
		}
		for _, s := range x.Spans {
			if s.Text == "网站" && s.Link != "https://www.example.gov.cn/a" || s.Text == "重点" && !s.Bold || s.Text == "2" && !s.Sup {
				t.Errorf("span %+v", s)
			}
		}
	})
	if tables != 1 || pictures != 1 || len(p.Files) != 1 || p.Revision.Images[0].Name != "image1.png" {
		t.Errorf("%d tables, %d pictures, %d files, images %+v", tables, pictures, len(p.Files), p.Revision.Images)
	}
	for _, w := range []string{"页眉", "文本框"} {
		if !warned(p, w) {
			t.Errorf("no warning of %s: %+v", w, p.Warnings)
		}
	}
}

// A picture says what it shows where the program that wrote the file put it.
func TestWordPicturesSayWhatTheyShow(t *testing.T) {
	for name, drawing := range map[string]string{
		"description": `<w:drawing><wp:inline><wp:docPr id="1" name="图片 1" descr="大厅" title="题"/><a:blip r:embed="image1.png"/></wp:inline></w:drawing>`,
		"title":       `<w:drawing><wp:inline><wp:docPr id="1" name="图片 1" descr="" title="大厅"/><a:blip r:embed="image1.png"/></wp:inline></w:drawing>`,
		"old shape":   `<w:pict><v:shape id="_x0000_i1025" alt="大厅"><v:imagedata r:id="image1.png"/></v:shape></w:pict>`,
	} {
		p := takeWord(t, wordOf(wordPara("", "正文。")+`<w:p><w:r>`+drawing+`</w:r></w:p>`, part{"word/media/image1.png", string(pngOf(4, 3))}))
		if b := p.Revision.Body; len(b) != 2 || b[1].Picture == nil || b[1].Picture.Alt != "大厅" {
			t.Errorf("%s: %+v", name, b)
		}
	}
}

// A caption belongs to the picture above it or to the table below it, and is told from what stands nearby by its first word.
func TestWordCaptions(t *testing.T) {
	image := `<w:p><w:r><w:drawing><wp:inline><wp:docPr id="1" name="x" descr="办事大厅的照片"/><a:graphic><a:blip r:embed="image1.png"/></a:graphic></wp:inline></w:drawing></w:r></w:p>`
	name := func(text string) string { return wordPara(`<w:pStyle w:val="cap"/>`, text) }
	table := `<w:tbl><w:tr><w:tc>` + wordPara("", "甲") + `</w:tc><w:tc>` + wordPara("", "乙") + `</w:tc></w:tr></w:tbl>`
	seq := `<w:p><w:pPr><w:pStyle w:val="cap"/></w:pPr><w:r><w:t xml:space="preserve">图 </w:t></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> SEQ 图 </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t xml:space="preserve">  大厅</w:t></w:r></w:p>`
	noted := `<w:p><w:pPr><w:pStyle w:val="cap"/></w:pPr>` + wordRun("表2 有注") + wordMark("footnote", "1") + `</w:p>`
	data := wordOf(image+seq+wordPara("", "正文。")+name("表1 分工")+table+image+name("表3 另一张")+table+image+wordPara("", "图后正文。")+name("图9 没有图")+table+noted+table,
		part{"word/styles.xml", strings.Replace(wordStyles, "</w:styles>", `<w:style w:type="paragraph" w:styleId="cap"><w:name w:val="caption"/></w:style></w:styles>`, 1)},
		part{"word/media/image1.png", string(pngOf(4, 3))}, wordNotes("footnote", "注文。"))
	var got []string
	for _, b := range takeWord(t, data).Revision.Body {
		switch b.Kind {
		case press.Figure:
			got = append(got, "figure "+b.Picture.Alt+" "+b.Picture.Caption)
		case press.TableKind:
			got = append(got, "table "+b.Table.Caption)
		default:
			got = append(got, press.SpanText(b.Spans))
		}
	}
	same(t, "captions", got, []string{"figure 办事大厅的照片 图 1 大厅", "正文。", "table 表1 分工", "figure 办事大厅的照片 ", "table 表3 另一张", "figure 办事大厅的照片 ", "图后正文。", "图9 没有图", "table ", "表2 有注", "table "})
}

// A title that is not given is found, and said to have been.
func TestWordTitle(t *testing.T) {
	for name, body := range map[string]string{
		"style":  wordPara(`<w:pStyle w:val="a3"/>`, "关于供暖的通知") + wordPara(`<w:pStyle w:val="1"/>`, "一、要求") + wordPara("", "正文。"),
		"centre": wordPara(`<w:jc w:val="center"/>`, "关于供暖的通知") + wordPara(`<w:pStyle w:val="1"/>`, "一、要求") + wordPara("", "正文。"),
	} {
		p, err := ReadBytes("a.docx", wordOf(body, part{"word/styles.xml", wordStyles}), nil, Options{Meta: map[string]string{"kind": "notice"}})
		if err != nil {
			t.Fatal(name, err)
		}
		if p.Revision.Title != "关于供暖的通知" || p.Revision.Body[0].Level != 1 || body == "" || !warned(p, "作标题") {
			t.Errorf("%s: %q %+v %+v", name, p.Revision.Title, p.Revision.Body, p.Warnings)
		}
	}
	side := func(name string) ([]byte, error) {
		if name == "a.yaml" {
			return []byte("title: 旁边写的标题\nkind: notice\nchannels: [site]\n"), nil
		}
		return nil, fs.ErrNotExist
	}
	p, err := ReadBytes("a.docx", wordOf(wordPara("", "正文。")), side, Options{})
	if err != nil || p.Revision.Title != "旁边写的标题" || len(p.Item.Wants) != 1 {
		t.Errorf("side file: %v %+v", err, p.Item)
	}
}

// What cannot be taken is refused with the paragraph it stands in, never passed over.
func TestWordRefused(t *testing.T) {
	run := func(inner string) string {
		return wordPara("", "前面一段。") + `<w:p><w:r><w:t>这一段</w:t></w:r>` + inner + `</w:p>`
	}
	for name, c := range map[string]struct{ body, want string }{
		"insertion":      {run(`<w:ins w:id="1"><w:r><w:t>加的字</w:t></w:r></w:ins>`), "第2段（“这一段加的字”）有没有接受的修订"},
		"deletion":       {run(`<w:del w:id="1"><w:r><w:delText>删的字</w:delText></w:r></w:del>`), "第2段（“这一段”）有没有接受的修订"},
		"mark":           {`<w:p><w:pPr><w:rPr><w:ins w:id="1"/></w:rPr></w:pPr><w:r><w:t>甲</w:t></w:r></w:p>`, "第1段（“甲”）有没有接受的修订"},
		"row":            {`<w:tbl><w:tr><w:trPr><w:ins w:id="1"/></w:trPr><w:tc>` + wordPara("", "甲") + `</w:tc></w:tr></w:tbl>`, "没有接受的修订"},
		"hidden":         {run(`<w:r><w:rPr><w:vanish/></w:rPr><w:t>密</w:t></w:r>`), "第2段（“这一段密”）有隐藏的文字"},
		"footnote":       {run(`<w:r><w:footnoteReference w:id="2"/></w:r>`), "找不到它的文字"},
		"formula":        {run(`<m:oMath><m:r><m:t>x</m:t></m:r></m:oMath>`), "有公式"},
		"chart":          {run(`<w:r><w:drawing><wp:inline><a:graphic><c:chart r:id="x"/></a:graphic></wp:inline></w:drawing></w:r>`), "图表"},
		"object":         {run(`<w:r><w:object/></w:r>`), "别的程序的对象"},
		"outside":        {run(`<w:r><w:drawing><wp:inline><a:blip r:link="far"/></wp:inline></w:drawing></w:r>`), "只留了链接的图片"},
		"outside embed":  {run(`<w:r><w:drawing><wp:inline><a:blip r:embed="far"/></wp:inline></w:drawing></w:r>`), "只留了链接的图片"},
		"lost picture":   {run(`<w:r><w:drawing><wp:inline><a:blip r:embed="none"/></wp:inline></w:drawing></w:r>`), "在文件里找不到"},
		"symbol":         {run(`<w:r><w:sym w:font="Odd" w:char="F0AA"/></w:r>`), "特殊字体的符号"},
		"ruby":           {run(`<w:r><w:ruby><w:rubyBase><w:r><w:t>字</w:t></w:r></w:rubyBase></w:ruby></w:r>`), "拼音指南"},
		"equation field": {run(`<w:fldSimple w:instr="EQ \o(○,1)"><w:r><w:t/></w:r></w:fldSimple>`), "域代码"},
		"placeholder":    {run(`<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:r><w:t>单击此处</w:t></w:r></w:sdtContent></w:sdt>`), "没有填写的内容控件"},
		"other file":     {wordPara("", "甲") + `<w:altChunk r:id="x"/>`, "第1段之后：嵌入了另一份文件"},
		"unknown":        {run(`<w:r><w:odd><w:t>没人认识</w:t></w:odd></w:r>`), "第2段（“这一段没人认识”）未能识别"},
		"under a merge":  {`<w:tbl><w:tr><w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr>` + wordPara("", "甲") + `</w:tc><w:tc>` + wordPara("", "乙") + `</w:tc></w:tr><w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr>` + wordPara("", "盖住") + `</w:tc><w:tc>` + wordPara("", "丙") + `</w:tc></w:tr></w:tbl>`, "遮住的文字“盖住”"},
		"empty":          {`<w:p/>`, "没有正文"},
		"doctype":        {`]]><!DOCTYPE x>`, "已损坏"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readWord(t, wordOf(c.body))
			if ps := problems(t, err); !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", ps, c.want)
			}
		})
	}
}

func TestWordHostile(t *testing.T) {
	doc := func(xml string) []byte {
		return zipOf(part{"[Content_Types].xml", docxTypes}, part{"word/document.xml", xml})
	}
	open := `<w:document ` + wordSpace + `><w:body>`
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"ole":           {[]byte(oleHead + strings.Repeat("\x00", 600)), "打开密码"},
		"page":          {[]byte("<html><body>甲</body></html>"), "内容却是"},
		"half":          {wordOf(wordPara("", "甲"))[:200], "打不开"},
		"no body":       {zipOf(part{"[Content_Types].xml", docxTypes}), "里面没有正文"},
		"bomb":          {wordOf(wordPara("", "甲"), part{"word/media/x.bin", strings.Repeat("\x00", 40<<20)}), "压缩炸弹"},
		"macro":         {wordOf(wordPara("", "甲"), part{"word/vbaProject.bin", "x"}), "宏"},
		"twice":         {wordOf(wordPara("", "甲"), part{"word/DOCUMENT.xml", "x"}), "两个同名的部件"},
		"path":          {wordOf(wordPara("", "甲"), part{"../x", "x"}), "文件夹之外"},
		"deep":          {doc(open + strings.Repeat("<w:sdt><w:sdtContent>", 300)), "嵌套超过"},
		"cut":           {doc(open + wordPara("", "甲")), "已损坏"},
		"entity":        {doc(`<!DOCTYPE d [<!ENTITY a "aaaa">]><w:document ` + wordSpace + `><w:body><w:p><w:r><w:t>&a;</w:t></w:r></w:p></w:body></w:document>`), "DOCTYPE"},
		"not xml":       {doc("甲乙丙"), "没有正文"},
		"other charset": {doc(`<?xml version="1.0" encoding="utf-16"?>` + open + `</w:body></w:document>`), "已损坏"},
		"NUL":           {doc(open + wordPara("", "&#0;") + `</w:body></w:document>`), "已损坏"},
		"private use":   {wordOf(wordPara("", "甲\ue000")), "自造字"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readWord(t, c.data)
			if ps := problems(t, err); !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", ps, c.want)
			}
		})
	}
	for _, name := range []string{"a.doc", "a.wps", "a.ofd", "a.docm", "a.rtf"} {
		_, err := ReadBytes(name, []byte("x"), nil, Options{})
		if problems(t, err); !strings.Contains(err.Error(), "docx") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzWord(f *testing.F) {
	f.Add(wordPara("", "甲") + `<w:p><w:r><w:t>乙</w:t><w:tab/><w:br/></w:r></w:p>`)
	f.Add(`<w:tbl><w:tr><w:tc>` + wordPara("", "甲") + `</w:tc></w:tr></w:tbl>`)
	f.Add(wordPara(`<w:pStyle w:val="list"/>`, "一") + wordPara(`<w:numPr><w:numId w:val="2"/></w:numPr>`, "二"))
	f.Add(`<w:p><w:r><w:fldChar w:fldCharType="begin"/><w:fldChar w:fldCharType="separate"/><w:t>甲</w:t></w:r></w:p>` + wordPara("", "乙"))
	f.Add(`<w:p><w:r><w:t>甲</w:t><w:footnoteReference w:id="1"/></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:footnoteReference w:id="2"/></w:r></w:p></w:tc></w:tr></w:tbl>`)
	f.Fuzz(func(t *testing.T, body string) {
		data := wordOf(body, part{"word/styles.xml", wordStyles}, part{"word/numbering.xml", wordNumbers}, wordNotes("footnote", "注文。", `<w:p><w:r><w:t>再注</w:t></w:r></w:p>`))
		p, err := ReadBytes("a.docx", data, nil, Options{Meta: map[string]string{"kind": "notice", "title": "某个很特别的标题"}})
		check(t, p, err)
	})
}
