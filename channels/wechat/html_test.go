package wechat

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"

	"tongfa/channels"
	"tongfa/press"
	"tongfa/standin"
)

// everything is a body with every kind of block and what may go wrong in it.
func everything() []press.Block {
	cell := func(s string) press.Cell { return press.Cell{Spans: []press.Span{{Text: s}}} }
	wide := press.Table{Head: 1, Rows: [][]press.Cell{{}, {}}}
	for i := range 8 {
		wide.Rows[0] = append(wide.Rows[0], cell(fmt.Sprintf("第%d列", i+1)))
		wide.Rows[1] = append(wide.Rows[1], cell(fmt.Sprint(i)))
	}
	return []press.Block{
		{Kind: press.Paragraph, Align: press.AlignLeft, Spans: []press.Span{{Text: "各单位："}}},
		press.H(1, "一、总体要求"), press.H(2, "（一）目标"), press.H(3, "1.近期"), press.H(4, "（1）当年"), press.H(9, "更深的一层"),
		{Kind: press.Paragraph, Spans: []press.Span{
			{Text: "依照"}, {Text: "《办法》", Link: "https://www.example.gov.cn/a?x=1&y=2"}, {Text: "和", Bold: true},
			{Text: "通知", Link: "https://mp.example.gov.cn/s/abc"}, {Text: "，再看"}, {Text: "《办法》附表", Link: "https://www.example.gov.cn/a?x=1&y=2"},
			{Text: "，网址https://www.example.gov.cn/b", Italic: true}, {Text: "https://www.example.gov.cn/b", Link: "https://www.example.gov.cn/b"},
			{Text: "或来信", Link: "mailto:office@example.gov.cn"}, {Text: "；点", Link: "javascript:alert(1)"},
			{Text: "<script>alert('x')</script> & \"引号\"", Under: true}, {Text: "x", Sup: true}, {Text: "2", Sub: true}, {Text: "一行\n另一行"},
		}},
		{Kind: press.ListKind, Items: []press.ListItem{
			{Marker: "1.", Blocks: []press.Block{press.P("第一项")}},
			{Marker: "2.", Blocks: []press.Block{press.P("第二项"), {Kind: press.ListKind, Items: []press.ListItem{
				{Marker: "（1）", Blocks: []press.Block{press.P("第二项之一")}}}}}},
			{Marker: "3.", Blocks: []press.Block{{Kind: press.TableKind, Table: &press.Table{Rows: [][]press.Cell{{cell("甲"), cell("乙")}}}}}},
		}},
		{Kind: press.TableKind, Table: &press.Table{Caption: "表1 分工", Head: 1, Rows: [][]press.Cell{
			{cell("事项"), {Spans: []press.Span{{Text: "单位"}}, ColSpan: 2}},
			{{Spans: []press.Span{{Text: "受理"}}, Header: true, RowSpan: 2}, cell("甲局"), {Spans: []press.Span{{Text: "12"}}, Align: press.AlignRight}},
			{}, {cell("乙局"), cell("3")},
		}}},
		{Kind: press.TableKind, Table: &wide},
		{Kind: press.Note, Blocks: []press.Block{press.P("说明：以上为节选。")}},
		{Kind: press.Figure, Picture: &press.Picture{Digest: "d", Alt: `图"一"`, Caption: "图1 流程"}},
		{Kind: press.Paragraph, Align: press.AlignRight, Spans: []press.Span{{Text: "示例区人民政府办公室"}}},
		{Kind: press.Paragraph, Align: press.AlignCenter, Spans: []press.Span{{Text: "2026年11月20日"}}},
	}
}

// dialect is every element that a body may have.
const dialect = " html head body section p h2 h3 h4 h5 strong em u sub sup br a span img figure figcaption blockquote table tbody tr td th "

func full(w *office) press.Entry {
	return w.entry(func(e *press.Entry) {
		digest := w.memory.Put(drawing(20, 20, 7))
		e.Revision.Body = everything()
		press.Walk(e.Revision.Body, func(b press.Block) {
			if b.Picture != nil {
				b.Picture.Digest = digest
			}
		})
		e.Revision.Attachments = []press.Asset{{Name: "附件1.pdf", Digest: "x"}, {Name: "表<二>.xlsx", Digest: "y"}}
		e.Links = append(e.Links, press.Link{Rel: press.LinkInterpretation, Title: "政策解读", URL: "https://mp.example.gov.cn/s/def"},
			press.Link{Rel: press.LinkAmends, Title: "旧办法", URL: "https://www.example.gov.cn/old.html"},
			press.Link{Rel: press.LinkRepeals, Title: "更旧的办法"})
	})
}

func TestTheBodyKeepsToTheDialect(t *testing.T) {
	w := newOffice(t, modePublish)
	e := full(w)
	e.Copy.Marker = "0123456789abcdef0123"
	src := w.c.render(e, func(string) string { return "http://mmbiz.qpic.cn/mmbiz_png/a/0?wx_fmt=png&x=1" })
	if !strings.HasPrefix(src, `<section class="tf-body" data-wxk="0123456789abcdef0123"`) {
		t.Errorf("begins %.80s", src)
	}
	root, err := html.Parse(strings.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if !strings.Contains(dialect, " "+n.Data+" ") {
			t.Errorf("element %s", n.Data)
		}
		if n.Data == "tr" && n.FirstChild == nil {
			t.Error("an empty row")
		}
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "id":
				t.Errorf("attribute %s", a.Key)
			case a.Key == "href" && !strings.HasPrefix(a.Val, "https://mp.example.gov.cn/s/"):
				t.Errorf("a link to %s", a.Val)
			case a.Key == "style" && (a.Val == "" || strings.ContainsAny(a.Val, `'"&`) || strings.Contains(a.Val, "position:")):
				t.Errorf("style %q", a.Val)
			}
		}
	}
	if equal, where := channels.Compare(press.Text(e.Revision.Body), channels.NodeText(root)); !equal {
		t.Error(where)
	}
	for _, want := range []string{
		`《办法》<sup data-aside="1" style="` + styleRef + `">[1]</sup>`, `《办法》附表<sup data-aside="1" style="` + styleRef + `">[1]</sup>`,
		`或来信<sup data-aside="1" style="` + styleRef + `">[2]</sup>`, `[1] 链接：https://www.example.gov.cn/a?x=1&amp;y=2`, `[2] 链接：mailto:office@example.gov.cn`,
		`<a href="https://mp.example.gov.cn/s/abc">通知</a>`, `&lt;script&gt;`, `min-width:768px`, ` colspan="2"`, ` rowspan="2"`,
		`alt="图&#34;一&#34;"`, `附件2：表&lt;二&gt;.xlsx`, `政策解读：<a href="https://mp.example.gov.cn/s/def">政策解读</a>`,
		`修改的文件：旧办法（https://www.example.gov.cn/old.html）`, `废止的文件：更旧的办法`, `文号：示政办发`, `一行<br>另一行`,
	} {
		if !strings.Contains(src, want) {
			t.Errorf("lacks %s", want)
		}
	}
}

func TestWhatThePlatformStoresSaysTheSameAndLosesNothing(t *testing.T) {
	w := newOffice(t, modePublish, setup{standin: func(o *standin.Options) { o.Switch.RefuseForeignLinks = true }})
	sent := w.publish(w.edition(1))[0].Copy.URL // only articles that were sent may be linked
	mixed := full(w)
	press.Walk(mixed.Revision.Body, func(b press.Block) {
		for i := range b.Spans {
			b.Spans[i].Link = strings.Replace(b.Spans[i].Link, "https://mp.example.gov.cn/s/abc", sent, 1)
		}
	})
	mixed.Links[1].URL = sent
	e := w.publish(w.compose(mixed))[0]
	page := string(w.page(e.Copy.URL))
	for _, want := range []string{`data-wxk="` + e.Copy.Marker, "data-aside", "min-width:768px", "overflow-x:auto", "关于工作的通知", "?wxk=" + e.Copy.Marker} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, `style=""`) {
		t.Error("a style was lost")
	}
	if s, err := w.c.Observe(t.Context(), e); err != nil || s.Status != press.SeenEqual {
		t.Errorf("%s %s %v", s.Status, s.Detail, err)
	}
}

// An article is set as a document is on paper, and what the platform keeps of it says the same words.
func TestADocumentIsSetAsOnPaper(t *testing.T) {
	w := newOffice(t, modePublish)
	e := w.publish(w.compose(w.entry(func(e *press.Entry) {
		e.Revision.Body = []press.Block{
			press.P("各镇人民政府："), press.P("现印发给你们。"), press.P("附件：1. 责任分工图"), press.P("2. 储备点清单"), press.P("表1　储备点"), press.P("单位：个"),
			{Kind: press.TableKind, Table: &press.Table{Rows: [][]press.Cell{{{Spans: []press.Span{{Text: "12"}}}}}}},
			press.P("示例区应急管理局"), press.P("示例区财政局"), press.P("2026年11月20日"), press.P("（此件公开发布）"),
			press.H(1, "示例区某某办法"), press.H(2, "第一章　总则"), press.P("第一条　为了规范工作，制定本办法。"),
		}
	})))[0]
	page := string(w.page(e.Copy.URL))
	for _, want := range []string{
		styleLeft + `">各镇人民政府：`, stylePara + `">现印发给你们。`, styleAnnex + `">附件：1. 责任分工图`, styleMore + `">2. 储备点清单`, styleTitled + `">表1　储备点`, styleUnit + `">单位：个`,
		styleSigned + `">示例区应急管理局`, styleRight + `">示例区财政局`, styleRight + `">2026年11月20日`, stylePara + `">（此件公开发布）`,
		`text-align:center">示例区某某办法`, `text-align:center">第一章　总则`, stylePara + `"><strong>第一条</strong>　为了规范`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	w.sees(e, press.SeenEqual, "")
}

func TestTitlesAuthorsAndDigests(t *testing.T) {
	w := newOffice(t, modePublish)
	long := strings.Repeat("很长的标题", 8)
	for _, k := range []struct{ title, short, want string }{
		{"短标题", "更短", "短标题"}, {long, "简短标题", "简短标题"}, {long, "", long},
	} {
		if got := title(press.Revision{Title: k.title, ShortTitle: k.short}); got != k.want {
			t.Errorf("%q and %q give %q", k.title, k.short, got)
		}
	}
	if got := w.c.author(press.Meta{Issuer: strings.Repeat("局", 20)}); got != "示例区发布" {
		t.Errorf("author %q", got)
	}
	if got := w.c.author(press.Meta{Author: "王某", Issuer: "某局"}); got != "王某" {
		t.Errorf("author %q", got)
	}
	if got := digest(press.Revision{Meta: press.Meta{Summary: strings.Repeat("要", 200)}}); utf8.RuneCountInString(got) != digestMax || !strings.HasSuffix(got, "…") {
		t.Errorf("digest of %d", utf8.RuneCountInString(got))
	}
	noted := press.Block{Kind: press.Heading, Spans: []press.Span{{Text: "一、总则", Note: "注"}}}
	if got := digest(press.Revision{Body: []press.Block{noted, press.P("第一条")}}); got != "一、总则 第一条" {
		t.Errorf("digest %q", got)
	}
}

func TestATextThatIsTooLongIsNotSent(t *testing.T) {
	w := newOffice(t, modePublish)
	e := w.entry(func(e *press.Entry) { e.Revision.Body = []press.Block{press.P(strings.Repeat("字", contentBytes/3))} })
	_, err := w.deliver(w.memory.Open(press.Publish, w.compose(e)))
	tr := press.TroubleOf(err)
	if tr.Remedy != press.ChangeText || tr.Code != "45002" || w.line.count() != 0 {
		t.Errorf("%+v after %d calls", tr, w.line.count())
	}
}

// The platform shows an escape of JSON as it is written.
func TestNoEscapeIsEverVisible(t *testing.T) {
	w := newOffice(t, modePublish)
	e := w.publish(w.compose(w.entry(func(e *press.Entry) {
		e.Revision.Title = "一\u2028二"
		e.Revision.Body = []press.Block{press.P("上行\u2028下行<b>&\u2029末行")}
		e.Revision.Meta.Summary = "摘\u2028要<&>"
	})))[0]
	if page := string(w.page(e.Copy.URL)); strings.Contains(page, `\u`) {
		t.Error(page)
	}
	w.sees(e, press.SeenEqual, "")
}

func TestAnAddressKeepsItsOwnParameters(t *testing.T) {
	e := press.Entry{Links: []press.Link{{Rel: press.LinkCanonical, URL: "https://www.example.gov.cn/a.html?n=1#top"}}}
	e.Copy.Marker = "abc"
	if got := sourceURL(e); got != "https://www.example.gov.cn/a.html?n=1&wxk=abc#top" || markerIn(got) != "abc" {
		t.Errorf("%s", got)
	}
	e.Links[0].URL = "/relative"
	if got := sourceURL(e); got != "" {
		t.Errorf("%s", got)
	}
}

func BenchmarkRender(b *testing.B) {
	w := newOffice(b, modePublish)
	e := full(w)
	for range 5 {
		e.Revision.Body = append(e.Revision.Body, everything()...)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n = len(w.c.render(e, func(string) string { return "http://mmbiz.qpic.cn/a" }))
	}
	b.SetBytes(int64(n))
}

// The notes stand at the end of the text and before what is not part of it, as plain text: the platform refuses foreign links and drops the names of elements.
func TestFootnotesOfAnArticle(t *testing.T) {
	w := newOffice(t, modePublish)
	e := w.entry(func(e *press.Entry) {
		e.Revision.Body = []press.Block{{Kind: press.Paragraph, Spans: []press.Span{{Text: "《办法》", Link: "https://www.example.gov.cn/a", Note: "见https://www.example.gov.cn/b。\n又一段"}}}}
		e.Revision.Attachments = []press.Asset{{Name: "附件.pdf", Digest: "x"}}
	})
	page := w.c.render(e, func(string) string { return "" })
	text, mark, notes, after := strings.Index(page, "《办法》"), strings.Index(page, "<sup>①</sup>"), strings.Index(page, "①见https://www.example.gov.cn/b。<br>又一段"), strings.Index(page, "附件1：附件.pdf")
	if !(0 <= text && text < mark && mark < notes && notes < after) || strings.Contains(page, " id=") || strings.Contains(page, "<a ") {
		t.Errorf("%d %d %d %d in %s", text, mark, notes, after, page)
	}
}
