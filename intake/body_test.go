package intake

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"tongfa/press"
)

// sketch writes blocks shortly: kinds, levels, alignments and marks, so that a table of cases can show them.
func sketch(blocks []press.Block) string {
	var out []string
	for _, b := range blocks {
		switch b.Kind {
		case press.Heading:
			out = append(out, fmt.Sprintf("h%d(%s)", b.Level, spans(b.Spans)))
		case press.Paragraph:
			out = append(out, strings.TrimSuffix("p:"+string(b.Align), ":")+"("+spans(b.Spans)+")")
		case press.Figure:
			out = append(out, "img("+b.Picture.Alt+"|"+b.Picture.Caption+")")
		case press.Note:
			out = append(out, "note("+sketch(b.Blocks)+")")
		case press.ListKind:
			var items []string
			for _, it := range b.Items {
				items = append(items, it.Marker+sketch(it.Blocks))
			}
			out = append(out, "list("+strings.Join(items, " ")+")")
		case press.TableKind:
			out = append(out, tableSketch(b.Table))
		}
	}
	return strings.Join(out, " ")
}

func tableSketch(t *press.Table) string {
	var rows []string
	for _, r := range t.Rows {
		var cells []string
		for _, c := range r {
			s := spans(c.Spans)
			if c.Header {
				s = "th:" + s
			}
			if c.ColSpan+c.RowSpan > 0 {
				s += fmt.Sprintf("{%d,%d}", c.ColSpan, c.RowSpan)
			}
			if c.Align != "" {
				s += ":" + string(c.Align)
			}
			cells = append(cells, s)
		}
		rows = append(rows, strings.Join(cells, ","))
	}
	return fmt.Sprintf("table(%s|%d|%s)", t.Caption, t.Head, strings.Join(rows, ";"))
}

func spans(ss []press.Span) string {
	var b strings.Builder
	for _, s := range ss {
		text := strings.ReplaceAll(s.Text, "\n", "⏎")
		for _, m := range []struct {
			on   bool
			name string
		}{{s.Bold, "b"}, {s.Italic, "i"}, {s.Under, "u"}, {s.Sup, "sup"}, {s.Sub, "sub"}, {s.Link != "", "a:" + s.Link}} {
			if m.on {
				text = m.name + "[" + text + "]"
			}
		}
		b.WriteString(text)
	}
	return b.String()
}

func TestHTMLBecomesBlocks(t *testing.T) {
	for name, c := range map[string]struct{ html, want string }{
		"marks":               {`<p><strong>重</strong><b>点</b><em>斜</em><u>线</u>x<sup>2</sup>H<sub>2</sub></p>`, "p(b[重点]i[斜]u[线]xsup[2]Hsub[2])"},
		"styles":              {`<p><span style="font-weight: bold">重</span><span style="TEXT-DECORATION:underline">线</span></p>`, "p(b[重]u[线])"},
		"lines are joined":    {"<p>第一\n  行abc\n  def</p>", "p(第一行abc def)"},
		"lines across marks":  {"<p>第一\n<b>行</b> <b>x</b></p>", "p(第一b[行 x])"},
		"hard breaks":         {"<p>甲<br>乙</p>", "p(甲⏎乙)"},
		"breaks for ends":     {"<div>甲<br><br>乙<br>　　丙<br>丁</div>", "p(甲) p(乙) p(丙⏎丁)"},
		"indents":             {"<p>&nbsp;&nbsp;　　甲　</p>", "p(甲)"},
		"headings":            {"<h2>一</h2><h3>（一）</h3><h6>细</h6>", "h1(一) h2(（一）) h4(细)"},
		"broken heading":      {"<h2>一<br>二</h2>", "h1(一 二)"},
		"alignment":           {`<p align=center>甲</p><p style="text-align: right">乙</p><center><div>丙</div></center><div align="left">丁</div>`, "p:center(甲) p:right(乙) p:center(丙) p:left(丁)"},
		"links":               {`<a href="https://www.example.gov.cn/a?b=1">甲</a><a href="mailto:a@example.gov.cn">乙</a><a href="#x">丙</a>`, "p(a:https://www.example.gov.cn/a?b=1[甲]a:mailto:a@example.gov.cn[乙]丙)"},
		"hostile links":       {`<a href="javascript:x">甲</a><a href=" JaVa&#9;Script:x">乙</a><a href="data:text/html,x">丙</a><a href="vbscript:x">丁</a><a href="//x">戊</a><a href="a.pdf">己</a>`, "p(甲乙丙丁戊己)"},
		"scripts":             {`<p onclick="x">甲<script>x</script><style>y</style>乙</p><iframe src=x></iframe><object data=x></object><svg onload=x><script>x</script></svg>`, "p(甲乙)"},
		"form":                {`<form action=x><p>甲</p><input value=x></form>`, "p(甲)"},
		"unknown elements":    {`<o:p>甲</o:p><custom>乙</custom><section>丙</section><nav>丁</nav><font face=x>戊</font>`, "p(甲乙) p(丙) p(丁) p(戊)"},
		"unclosed":            {`<p>甲<b>乙<p>丙<ul><li>丁<li>戊`, "p(甲b[乙]) p(b[丙]) list(•p(b[丁]) •p(b[戊]))"},
		"lists":               {`<ol start=3><li>甲<li value=7>乙<ul><li>丙</ul><li>丁</ol>`, "list(3.p(甲) 7.p(乙) list(•p(丙)) 8.p(丁))"},
		"list types":          {`<ol type=a><li>甲</ol><ol type=I start=4><li>乙</ol><ol reversed><li>丙<li>丁</ol><ul style="list-style:none"><li>戊</ul>`, "list(a.p(甲)) list(IV.p(乙)) list(2.p(丙) 1.p(丁)) list(p(戊))"},
		"list without items":  {`<ul>甲<li>乙</li>丙<ul><li>丁</ul></ul>`, "p(甲) list(•p(乙) p(丙) list(•p(丁)))"},
		"table":               {`<table><caption>表1</caption><thead><tr><th>甲<th>乙<tbody><tr><td colspan=2>丙<tr><th rowspan=9>丁<td align=right>戊<tr><td>己</table>`, "table(表1|1|甲,乙;丙{2,0};th:丁{0,2},戊:right;己)"},
		"table without thead": {`<table><tr><th>甲<th>乙<tr><td>丙<td>丁</table>`, "table(|1|甲,乙;丙,丁)"},
		"cells of blocks":     {`<table><tr><td><p>甲</p><p>乙</p><ul><li>丙</ul><td>丁</table>`, "table(|0|甲⏎乙⏎• 丙,丁)"},
		"table in a table":    {`<table><tr><td><table><tr><td>甲<td>乙</table><td>丙</table>`, "table(|0|甲 乙,丙)"},
		"table as a frame":    {`<table><tr><td><h2>一</h2><p>甲</p></table>`, "h1(一) p(甲)"},
		"words astray":        {`<table>甲<tr>乙<td>丙<td>丁</table>`, "p(甲乙) table(|0|丙,丁)"},
		"quotation":           {`<blockquote><p>甲</p>乙</blockquote>`, "note(p(甲) p(乙))"},
		"figure":              {`<figure><img src=a.png alt=图><figcaption>图<b>1</b></figcaption></figure>`, "img(图|图1)"},
		"picture in a line":   {`<p>甲<img src="a.png" title="x">乙</p>`, "p(甲) img(|) p(乙)"},
		"picture in a table":  {`<table><tr><td>甲<img src=a.png><td>乙</table>`, "table(|0|甲,乙) img(|)"},
		"table with caption":  {`<figure><table><tr><td>甲<td>乙</table><figcaption>表1</figcaption></figure>`, "table(表1|0|甲,乙)"},
		"definitions":         {`<dl><dt>甲<dd>乙</dl>`, "p(甲) p(乙)"},
		"as written":          {"<pre>甲\n  乙</pre>", "p(甲⏎乙)"},
		"entities":            {"<p>&lt;甲&gt; &amp; &#20057;&hellip;</p>", "p(<甲> & 乙…)"},
		"no script":           {"<noscript>甲</noscript>", "p(甲)"},
		"after the end":       {"<html><body><p>甲</body></html>乙", "p(甲乙)"},
		"title again":         {"<h1>甲题</h1><h2>一</h2>", "h1(一)"},
	} {
		t.Run(name, func(t *testing.T) {
			f := files{"a.yaml": []byte("title: 甲题\nkind: news\n"), "a.png": pngOf(1, 1)}
			if got := sketch(read(t, "a.html", c.html, f, Options{}).Revision.Body); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestMarkdownBecomesBlocks(t *testing.T) {
	for name, c := range map[string]struct{ md, want string }{
		"bold before text":     {"**重点。**后文", "p(b[重点。]后文)"},
		"bold in quotation":    {"前文**「重点」**后文", "p(前文b[「重点」]后文)"},
		"curly quotation":      {"前文**“重点”**继续", "p(前文b[“重点”]继续)"},
		"half-width colon":     {"**注意:**请", "p(b[注意:]请)"},
		"before Latin":         {"**重点。**abc", "p(b[重点。]abc)"},
		"brackets":             {"按**（一）**办", "p(按b[（一）]办)"},
		"both":                 {"甲***乙。***丙*丁，*戊", "p(甲i[b[乙。]]丙i[丁，]戊)"},
		"CommonMark as ever":   {"a*b*c ** d ** 2 * 3 * 4 snake_case_x", "p(ai[b]c ** d ** 2 * 3 * 4 snake_case_x)"},
		"lines are joined":     {"第一行，\n第二行\nabc\ndef", "p(第一行，第二行 abc def)"},
		"hard breaks":          {"甲  \n乙\\\n丙", "p(甲⏎乙⏎丙)"},
		"written numbers":      {"3. 甲\n5. 乙\n\n1) 丙", "list(3.p(甲) 5.p(乙)) list(1)p(丙))"},
		"nested lists":         {"- 甲\n  1. 乙\n     - 丙\n- 丁", "list(•p(甲) list(1.p(乙) list(•p(丙))) •p(丁))"},
		"tables":               {"|甲|乙|\n|:-:|--:|\n|丙|**丁**|", "table(|1|甲:center,乙:right;丙:center,b[丁]:right)"},
		"pictures":             {"![某图](a.png \"图1\")", "img(某图|图1)"},
		"links":                {"[甲](https://www.example.gov.cn/) <https://www.example.gov.cn/b> [乙](javascript:x)", "p(a:https://www.example.gov.cn/[甲] a:https://www.example.gov.cn/b[https://www.example.gov.cn/b] 乙)"},
		"HTML":                 {"H<sub>2</sub>O <u>线</u><script>x</script>\n\n<p align=\"right\">落款</p>\n\n<table><tr><td rowspan=2>甲<td>乙<tr><td>丙</table>", "p(Hsub[2]O u[线]) p:right(落款) table(|0|甲{0,2},乙;丙)"},
		"indent is no code":    {"甲\n\n    乙\n\n　　丙", "p(甲) p(乙) p(丙)"},
		"angle brackets":       {"按<某办法>办理，1<2", "p(按<某办法>办理，1<2)"},
		"quotations":           {"> 甲\n> 乙", "note(p(甲乙))"},
		"headings":             {"### 一\n\n#### 二\n\n正文", "h1(一) h2(二) p(正文)"},
		"reference is no loss": {"[甲][1]\n\n[1]: https://www.example.gov.cn/", "p(a:https://www.example.gov.cn/[甲])"},
	} {
		t.Run(name, func(t *testing.T) {
			p := read(t, "a.md", head+c.md, files{"a.png": pngOf(1, 1)}, Options{})
			if got := sketch(p.Revision.Body); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestWarningsNameThePlace(t *testing.T) {
	for name, c := range map[string]struct {
		file, text string
		line       int
		say, words string
	}{
		"stray marks":         {"a.md", head + "甲\n\n乙 ** 丙", 7, "未识别的**", ""},
		"script":              {"a.html", "<p>甲</p>\n<script>x</script>", 2, "<script>", ""},
		"script in Markdown":  {"a.md", head + "甲\n\n乙<script>x</script>", 7, "<script>", ""},
		"button":              {"a.html", "<p>甲</p>\n\n<button>打印</button>", 3, "<button>", "打印"},
		"event":               {"a.html", "<p>甲</p>\n<p onclick=x>乙</p>", 2, "on事件", ""},
		"event in Markdown":   {"a.md", head + "甲\n\n<b onclick=x>乙</b>", 7, "on事件", ""},
		"link":                {"a.md", head + "甲\n\n[乙](javascript:alert)", 7, "javascript:alert", ""},
		"struck out":          {"a.html", "<p>甲</p>\n<del>乙</del>", 2, "删除线", ""},
		"CDATA":               {"a.html", "<p>甲</p>\n<![CDATA[乙]]>", 2, "不完整的标记", "[CDATA[乙]]"},
		"page title":          {"a.html", "<title>某网站</title><p>甲</p>", 0, "title没有使用", "某网站"},
		"direction":           {"a.md", head + "甲\n乙\u202e丙", 6, "U+202E", ""},
		"zero width":          {"a.txt", "标题\n甲\u200b乙", 2, "U+200B", ""},
		"control":             {"a.txt", "标题\n甲\x07乙", 2, "U+0007", ""},
		"zero width by code":  {"a.html", "<p>甲&#x200b;乙</p>", 0, "U+200B", ""},
		"direction in a key":  {"a.txt", "标题\n甲", 2, "author里的改变文字方向", ""},
		"button of a page":    {"a.txt", "标题\n字号: 大 中 小\n甲", 2, "按钮文字", "字号: 大 中 小"},
		"picture left behind": {"a.txt", "标题\n甲\n![]() |\n乙", 3, "图片或表格", "![]() |"},
	} {
		t.Run(name, func(t *testing.T) {
			f := files{"a.yaml": []byte("kind: news\nauthor: \"某\u2066某\"\n")}
			if strings.HasSuffix(c.file, ".html") {
				f["a.yaml"] = append(f["a.yaml"], "title: 标题\n"...)
			}
			p := read(t, c.file, c.text, f, Options{})
			for _, w := range p.Warnings {
				if w.Line == c.line && strings.Contains(w.Text, c.say) && w.Dropped == c.words {
					return
				}
			}
			t.Errorf("%+v", p.Warnings)
		})
	}
}

func TestInvisibleCharactersAreGoneEverywhere(t *testing.T) {
	text := "---\nkind: news\ntitle: \"题\u200b目\\u202e\"\n---\n甲\u2066乙\u00ad丙\u0007丁&#x202e;戊\u2028己"
	p := read(t, "a.md", text, nil, Options{})
	if p.Revision.Title != "题目" || press.Fold(body(p)) != "甲乙丙丁戊己" {
		t.Errorf("%q %q", p.Revision.Title, body(p))
	}
}

func TestTakingOutACharacterMakesNoTag(t *testing.T) {
	for page, want := range map[string]string{
		"<p>甲<\u200bb>乙</p>": "甲<b>乙", "<p>甲&\u200blt;乙</p>": "甲&lt;乙", "<p>\n甲\x07乙</p>": "甲乙", "<p>甲<scr\u200bipt>乙</p>": "甲乙",
	} {
		p := read(t, "a.html", page, meta, Options{})
		if body(p) != want || len(p.Warnings) != 1 || p.Warnings[0].Line == 0 {
			t.Errorf("%q: %q, warnings %+v", page, body(p), p.Warnings)
		}
	}
}

func TestEncodingsAreRecognised(t *testing.T) {
	const text = "示例区年度报告\r\n一、总体情况\r\n正文“引号”，数字35.9%与〔2026〕号𠮷。\r\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	little, big := []byte{}, []byte{}
	for _, u := range utf16.Encode([]rune(text)) {
		little, big = binary.LittleEndian.AppendUint16(little, u), binary.BigEndian.AppendUint16(big, u)
	}
	want := []press.Block{press.H(1, "一、总体情况"), press.P("正文“引号”，数字35.9%与〔2026〕号𠮷。")}
	for name, data := range map[string]string{
		"UTF-8": text, "UTF-8 with mark": "\ufeff" + text, "GB18030": gb, "UTF-16LE with mark": "\xff\xfe" + string(little),
		"UTF-16BE with mark": "\xfe\xff" + string(big), "UTF-16LE": string(little), "UTF-16BE": string(big), "old Mac": strings.ReplaceAll(text, "\r\n", "\r"),
	} {
		p, err := ReadBytes("a.txt", []byte(data), nil, Options{Meta: map[string]string{"kind": "report"}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := cmp.Diff(want, p.Revision.Body); d != "" || p.Revision.Title != "示例区年度报告" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// report has what a report copied from a government page has: furniture, numbering of three kinds, a lost table.
const report = `示例区2026年政府信息公开工作年度报告
字号:
大 中 小


本报告根据有关规定编制，“目标  任务”全部完成,邮编:000000。
一、总体情况
(一)主动公开情况
1、围绕政策落实扩大公开。
公开信息4362条,其中网站3352条;公众号1010条。
（二）加强队伍建设。打造一支队伍。
第二章 附则
二、主动公开政府信息情况
![]() |
三、需要报告的事项:
一是要公开。
扫码使用手机浏览本页内容`

func TestPlainTextKeepsEveryCharacter(t *testing.T) {
	p := read(t, "a.txt", report, nil, Options{Meta: map[string]string{"kind": "report"}})
	want := "p(本报告根据有关规定编制，“目标  任务”全部完成,邮编:000000。) h1(一、总体情况) h2((一)主动公开情况) p(1、围绕政策落实扩大公开。) " +
		"p(公开信息4362条,其中网站3352条;公众号1010条。) p(（二）加强队伍建设。打造一支队伍。) h1(第二章 附则) h1(二、主动公开政府信息情况) " +
		"p(三、需要报告的事项:) p(一是要公开。)"
	if got := sketch(p.Revision.Body); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	rest := press.Fold(report)
	for _, gone := range append([]string{p.Revision.Title}, droppedBy(p)...) {
		rest = strings.Replace(rest, press.Fold(gone), "", 1)
	}
	if got := press.Fold(body(p)); got != rest {
		t.Errorf("got  %s\nwant %s", got, rest)
	}
	if len(droppedBy(p)) != 4 {
		t.Errorf("dropped %q", droppedBy(p))
	}
}

func droppedBy(p Package) (out []string) {
	for _, w := range p.Warnings {
		if w.Dropped != "" {
			out = append(out, w.Dropped)
		}
	}
	return out
}

func TestButtonsInTheMiddleOfATextAreText(t *testing.T) {
	p := read(t, "a.txt", "标题\n"+strings.Repeat("正文。\n", 20)+"打印\n"+strings.Repeat("正文。\n", 20), nil, Options{Meta: map[string]string{"kind": "news"}})
	if !strings.Contains(body(p), "打印") {
		t.Error("a word of the text was taken for a button")
	}
}
