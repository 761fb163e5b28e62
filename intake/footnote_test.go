package intake

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tongfa/press"
)

// wordNotes are the footnotes or endnotes of a document, numbered from 1. One that is not a paragraph becomes one, behind the mark that the word processor draws.
func wordNotes(kind string, notes ...string) part {
	out := `<w:` + kind + `s ` + wordSpace + `><w:` + kind + ` w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:` + kind + `>`
	for i, n := range notes {
		if !strings.HasPrefix(n, "<w:p>") {
			n = `<w:p><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:` + kind + `Ref/></w:r><w:r><w:t xml:space="preserve"> ` + n + `</w:t></w:r></w:p>`
		}
		out += fmt.Sprintf(`<w:%s w:id="%d">%s</w:%[1]s>`, kind, i+1, n)
	}
	return part{"word/" + kind + "s.xml", out + `</w:` + kind + `s>`}
}

func wordMark(kind, id string) string {
	return `<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:` + kind + `Reference w:id="` + id + `"/></w:r>`
}

func wordRun(text string) string { return `<w:r><w:t xml:space="preserve">` + text + `</w:t></w:r>` }

// notesOf are the notes of a body, each with the words that it stands behind.
func behind(blocks []press.Block) (out []string) {
	for _, b := range blocks {
		for _, l := range blockLines(b) {
			for _, s := range l {
				if s.Note != "" {
					out = append(out, s.Text+"|"+s.Note)
				}
			}
		}
	}
	return out
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

// The notes of a word processor come in at their places, headings and cells too, and not a character of them is lost.
func TestWordNotes(t *testing.T) {
	link := `<w:p><w:r><w:footnoteRef/></w:r>` + wordRun(" 见") + `<w:hyperlink r:id="site">` + wordRun("区政府网站") + `</w:hyperlink>` + wordRun("。") + `</w:p><w:p>` + wordRun("第二段。") + `</w:p>`
	cells := `<w:tbl><w:tr><w:tc>` + wordPara("", "项目") + `</w:tc><w:tc><w:p>` + wordRun("收入") + wordMark("footnote", "3") + `</w:p></w:tc></w:tr><w:tr><w:tc>` + wordPara("", "供暖") + `</w:tc><w:tc>` + wordPara("", "10") + `</w:tc></w:tr></w:tbl>`
	data := wordOf(`<w:p><w:pPr><w:pStyle w:val="1"/></w:pPr>`+wordRun("一、总体情况")+wordMark("footnote", "2")+`</w:p>`+
		`<w:p>`+wordRun("全区常住人口")+wordMark("footnote", "1")+wordRun("12万人")+wordMark("endnote", "1")+`。</w:p>`+`<w:p>`+wordMark("footnote", "5")+`</w:p>`+cells,
		part{"word/styles.xml", wordStyles},
		wordNotes("footnote", "指居住半年以上的人口。", link, "不含基金。", "没人提到的一条。", "单独一段的注。"), wordNotes("endnote", "据统计局。"),
		part{"word/_rels/footnotes.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="site" Type="` + officeKinds + `hyperlink" Target="https://www.example.gov.cn/b" TargetMode="External"/></Relationships>`})
	p := takeWord(t, data)
	same(t, "notes", behind(p.Revision.Body), []string{"一、总体情况|见区政府网站（https://www.example.gov.cn/b）。\n第二段。", "全区常住人口|指居住半年以上的人口。", "12万人|据统计局。", "|单独一段的注。", "收入|不含基金。"})
	if b := p.Revision.Body; b[0].Kind != press.Heading || len(b) != 4 {
		t.Errorf("body %+v", b)
	}
	for _, w := range []string{"没有标记的脚注或尾注没有放进正文：“没人提到的一条。”", "脚注4条、尾注1条"} {
		if !warned(p, w) {
			t.Errorf("no warning %q: %+v", w, p.Warnings)
		}
	}
	want := "一、总体情况①\n全区常住人口②12万人③\n④\n项目\t收入⑤\n供暖\t10\n①见区政府网站（https://www.example.gov.cn/b）。\n第二段。\n②指居住半年以上的人口。\n③据统计局。\n④单独一段的注。\n⑤不含基金。"
	if got := body(p); got != want {
		t.Errorf("text\n%s\nwant\n%s", got, want)
	}
}

func TestWordNotesRefused(t *testing.T) {
	run := func(mark string) string { return `<w:p>` + wordRun("这一段") + mark + `</w:p>` }
	title := `<w:p><w:pPr><w:pStyle w:val="a3"/></w:pPr>` + wordRun("示例区关于某事的通知") + wordMark("footnote", "1") + `</w:p>` + wordPara("", "正文。")
	for name, c := range map[string]struct{ body, note, want string }{
		"revision":  {run(wordMark("footnote", "1")), `<w:p>` + wordRun("注") + `<w:ins w:id="9">` + wordRun("加的") + `</w:ins></w:p>`, "脚注（“注加的”）有没有接受的修订"},
		"hidden":    {run(wordMark("footnote", "1")), `<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>密</w:t></w:r></w:p>`, "脚注（“密”）有隐藏的文字"},
		"formula":   {run(wordMark("footnote", "1")), `<w:p>` + wordRun("注") + `<m:oMath><m:r><m:t>x</m:t></m:r></m:oMath></w:p>`, "脚注（“注”）有公式"},
		"nested":    {run(wordMark("footnote", "1")), `<w:p>` + wordRun("注") + wordMark("footnote", "1") + `</w:p>`, "脚注（“注”）里又有脚注"},
		"own mark":  {run(`<w:r><w:footnoteReference w:customMarkFollows="1" w:id="1"/><w:t>*</w:t></w:r>`), "注", "自定义标记"},
		"no note":   {run(wordMark("footnote", "7")), "注", "找不到它的文字"},
		"vanished":  {run(`<w:r><w:rPr><w:vanish/></w:rPr><w:footnoteReference w:id="1"/></w:r>`), "注", "隐藏的脚注"},
		"unknown":   {run(wordMark("footnote", "1")), `<w:p>` + wordRun("注") + `<w:r><w:odd><w:t>没人认识</w:t></w:odd></w:r></w:p>`, "脚注1（“注没人认识”）未能识别"},
		"picture":   {run(wordMark("footnote", "1")), `<w:p>` + wordRun("注") + `<w:r><w:drawing><a:blip r:embed="none"/></w:drawing></w:r></w:p>`, "图片在文件里找不到"},
		"title":     {title, "注", "标题“示例区关于某事的通知”上有脚注"},
		"too long":  {run(wordMark("footnote", "1")), strings.Repeat("长", 5001), "超过上限5000字"},
		"too many":  {run(strings.Repeat(wordMark("footnote", "1"), 1001)), "注", "脚注超过1000条"},
		"numbering": {run(wordMark("footnote", "1")), `<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>` + wordRun("注") + `</w:p>`, "自动编号“1.”"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readWord(t, wordOf(c.body, part{"word/styles.xml", wordStyles}, part{"word/numbering.xml", wordNumbers}, wordNotes("footnote", c.note)))
			if ps := problems(t, err); !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", ps, c.want)
			}
		})
	}
}

const markdownNotes = "# 一、总体情况[^a]\n\n全区常住人口[^人口]12万人，见[网站](https://www.example.gov.cn/)[^3]。\n\n| 项目 | 金额[^4] |\n|---|---|\n| 供暖 | 10 |\n\n" +
	"- 一项[^3]\n\n[^a]: 总的说明，\n    第二行。\n\n    又一段。\n[^人口]: 指居住半年以上的人口，**不含**流动人口；见[公报](https://www.example.gov.cn/gb)。\n[^3]: 注三。\n[^4]: 万元。\n"

func TestMarkdownNotes(t *testing.T) {
	want := []string{"一、总体情况|总的说明，第二行。\n又一段。", "全区常住人口|指居住半年以上的人口，不含流动人口；见公报（https://www.example.gov.cn/gb）。", "网站|注三。", "金额|万元。", "一项|注三。"}
	p := read(t, "a.md", head+markdownNotes, nil, Options{})
	same(t, "Markdown", behind(p.Revision.Body), want)
	if strings.ContainsAny(body(p), "↩[^") || p.Revision.Body[len(p.Revision.Body)-1].Kind != press.ListKind {
		t.Errorf("text %q", body(p))
	}
	doc, err := json.Marshal(map[string]string{"title": "示例区关于某事的通知", "kind": "notice", "body": markdownNotes})
	if err != nil {
		t.Fatal(err)
	}
	p = read(t, "a.json", string(doc), nil, Options{})
	same(t, "JSON", behind(p.Revision.Body), want)
	p = read(t, "a.md", head+"没有脚注的标记[^9]留在原处。", nil, Options{})
	if body(p) != "没有脚注的标记[^9]留在原处。" || !warned(p, "[^9]没有对应的脚注") {
		t.Errorf("%q %+v", body(p), p.Warnings)
	}
	for text, want := range map[string]string{
		"正文。\n\n[^1]: 没有标记的注。":                                       "脚注[^1]在正文里没有标记",
		"正文[^1]。\n\n[^1]: 注[^2]\n[^2]: 再注":                           "里又有脚注",
		"# 示例区关于某事的通知[^1]\n\n正文。\n\n[^1]: 注":                         "标题“示例区关于某事的通知”上有脚注",
		"正文[^1]。\n\n[^1]: | 甲 | 乙 |\n    |---|---|\n    | 1 | 2 |\n": "里有表格或图片",
		strings.Repeat("甲[^1]", 1001) + "\n\n[^1]: 注":                "脚注超过1000条",
		strings.Repeat("甲[^1]", 4001) + "\n\n[^1]: 注":                "脚注超过1000条",
		"正文[^1]。\n\n[^1]: " + strings.Repeat("长", 5001):              "超过上限5000字",
	} {
		_, err := ReadBytes("a.md", []byte(head+text), nil, Options{})
		if problems(t, err); !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
}

// wordNotesPage is a page as Word saves it.
const wordNotesPage = `<p class=MsoNormal>全区常住人口<a style='mso-footnote-id:ftn1' href="#_ftn1" name="_ftnref1" title=""><span class=MsoFootnoteReference><span style='mso-special-character:footnote'>[1]</span></span></a>12万人。</p>
<table><tr><td>收入<sup><a href="#_ftn2" name="_ftnref2">[2]</a></sup></td><td>10</td></tr></table>
<div style='mso-element:footnote-list'><br clear=all><hr align=left size=1 width="33%">
<div style='mso-element:footnote' id=ftn1><p class=MsoFootnoteText><a href="#_ftnref1" name="_ftn1" title=""><span>[1]</span></a> 指居住半年以上的人口。</p><p>第二段。</p></div>
<div style='mso-element:footnote' id=ftn2><p class=MsoFootnoteText><a href="#_ftnref2" name="_ftn2"><span>[2]</span></a> 见<a href="https://www.example.gov.cn/b">网站</a>。</p></div></div>`

// Pages come with notes in many shapes, which agree in that the mark and the note lead to each other.
func TestPageNotes(t *testing.T) {
	for name, c := range map[string]struct {
		page string
		want []string
		text string
	}{
		"word": {wordNotesPage, []string{"全区常住人口|指居住半年以上的人口。\n第二段。", "收入|见网站（https://www.example.gov.cn/b）。"},
			"全区常住人口①12万人。\n收入②\t10\n①指居住半年以上的人口。\n第二段。\n②见网站（https://www.example.gov.cn/b）。"},
		"list": {`<p>甲<sup id="r1">[<a href="#n1">1</a>]</sup>乙</p><h2>注释</h2><ol><li id="n1"><a href="#r1">↑</a> 注一。</li></ol>`, []string{"甲|注一。"}, "甲①乙\n①注一。"},
		"paragraph": {`<p>甲<a id="r1" href="#n1"><sup>①</sup></a>乙</p><p id="n1">①注一。<a href="#r1">返回正文</a></p><p>责任编辑：王某</p>`, []string{"甲|注一。"},
			"甲①乙\n责任编辑：王某\n①注一。"},
		"contents":  {`<p><a id="c1" href="#s1">1</a></p><h2 id="s1"><a href="#c1">1</a> 总则</h2><p>正文。</p>`, nil, "1\n1 总则\n正文。"},
		"one way":   {`<p>甲<sup><a href="#n1">[1]</a></sup></p><p id="n1">[1] 注一。</p>`, nil, "甲[1]\n[1] 注一。"},
		"words":     {`<p>甲<a id="r" href="#n">详见说明</a></p><p id="n">说明。<a href="#r">回到上文</a></p>`, nil, "甲详见说明\n说明。回到上文"},
		"attribute": {`<p>甲<sup data-note="不让写">1</sup></p>`, nil, "甲1"},
	} {
		t.Run(name, func(t *testing.T) {
			p := read(t, "a.html", c.page, nil, Options{Meta: map[string]string{"kind": "notice", "title": "示例区关于某事的通知"}})
			same(t, "notes", behind(p.Revision.Body), c.want)
			if got := body(p); got != c.text {
				t.Errorf("text %q, want %q", got, c.text)
			}
			if l := lost(visible(c.page), p); l != "" {
				t.Errorf("lost %q", l)
			}
		})
	}
	for page, want := range map[string]string{
		`<p>甲<button>乙<a id="r1" href="#n1">[1]</a></button></p><p id="n1"><a href="#r1">[1]</a> 注一。</p>`:                                 "标记不在正文里",
		`<table><caption>表1<a id="r1" href="#n1">[1]</a></caption><tr><td>1<td>2</table><p id="n1"><a href="#r1">[1]</a> 注一。</p>`:         "表题“表1”上有脚注",
		`<p>甲</p><table><tr><td>1<td>2</table><p id="n1">甲<a id="r1" href="#n1">[1]</a></p>` + strings.Repeat("<p>x", 3) + "<iframe>没有写完": "没有结束标记",
	} {
		_, err := ReadBytes("a.html", []byte(page), nil, Options{Meta: map[string]string{"kind": "notice", "title": "示例区关于某事的通知"}})
		if problems(t, err); !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %q", page, err, want)
		}
	}
}

// A hostile page of links takes no longer than its length allows.
func TestManyLinksWithinAPage(t *testing.T) {
	page := `<p>甲</p>` + strings.Repeat(`<p><a id="r" href="#n">[1]</a></p><p id="n"><a href="#r">[1]</a></p>`, 20_000) + `<p>` + strings.Repeat(`<span></span><a href="#n">[1]</a>`, 20_000) + `</p>`
	p, err := ReadBytes("a.html", []byte(page), nil, Options{Meta: map[string]string{"kind": "notice", "title": "某个很特别的标题"}})
	check(t, p, err)
}
