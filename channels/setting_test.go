package channels

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongfa/press"
)

// line is a block of a document and the role it must have.
type line struct {
	role Role
	press.Block
}

func para(r Role, text string) line            { return line{r, press.P(text)} }
func head(r Role, level int, text string) line { return line{r, press.H(level, text)} }
func table() line                              { return line{"", press.Block{Kind: press.TableKind, Table: &press.Table{}}} }

func TestDocumentsAreReadAsTheirEditorsReadThem(t *testing.T) {
	for name, doc := range map[string][]line{
		"a notice that encloses rules": {
			para(Addressee, "各镇人民政府、街道办事处，区政府各部门、各直属单位："), para("", "现将《办法》印发给你们，请认真贯彻执行。"),
			para(Signature, "示例区人民政府办公室"), para(Date, "2026年11月20日"), para("", "（此件公开发布）"),
			head(Enclosed, 1, "示例区政务信息发布审核管理办法"), head(Chapter, 2, "第一章　总则"), para(Clause, "第一条　为了规范工作，制定本办法。"),
			para("", "第二条规定的情形，依照前款办理。"), head(Chapter, 2, "第二章　附则"), head("", 2, "一、解释"), para(Clause, "第十条之一 本办法自公布之日起施行。"),
		},
		"a notice with annexes": {
			para(Addressee, "各有关单位："), para("", "具体安排见附件。"), para(Annex, "附件：1. 示例区除雪防冻重点路段责任分工图"), para(AnnexMore, "2. 示例区应急物资储备点清单"),
			para(AnnexMore, "3．示例区联系人名单"), para(Signature, "示例区应急管理局"), para(Signature, "示例区财政局"), para(Date, "二〇二六年十一月二十日"),
			para(Label, "附件1"), para(Enclosed, "责任分工图"), para("", "2. 不是附件说明"), head(Label, 1, "附件 2"), head(Enclosed, 2, "应急物资储备点"), head("", 1, "一、镇区"),
		},
		"a report with tables": {
			head("", 1, "一、收入"), para(TableName, "表1　收入（单位：万元）"), table(), para(TableName, "附表 2　支出"), para(TableUnit, "（单位：万元）"), table(),
			para("", "表3　没有表"), para("", "单位：万元"), para("", "妥否，请批示。"), para(Signature, "示例区财政局（代章）"), para(Date, "2026年11月20日"),
		},
		"an appointment":             {para("", "经2026年11月17日区政府第四十六次常务会议研究决定："), head("", 1, "任命"), para("", "王某为示例区财政局局长。"), para(Signature, "示例区人民政府"), para(Date, "2026年11月18日")},
		"what is told below a head":  {head("", 1, "提出意见的方式"), para("", "可以通过下列方式提出意见：")},
		"a consultation":             {para("", "现公开征求意见。"), para(Signature, "示例区商务局"), para(Date, "2026年11月23日"), head(Enclosed, 1, "示例区便民早餐服务点设置和管理办法（征求意见稿）"), head("", 2, "征求意见")},
		"an order":                   {para("", "现公布《示例区办法》。"), para(Signature, "区长　王某"), para(Date, "2026年11月23日")},
		"days in a story":            {para("", "大事如下。"), para("", "2026年11月20日"), para("", "示例区召开会议。"), para("", "2026年11月21日"), para("", "示例区举行演练。")},
		"a day at the beginning":     {para("", "2026年11月20日")},
		"last words and no name":     {para("", "请遵照执行。"), para("", "特此通知"), para(Date, "2026年11月20日")},
		"a list above the date":      {para("", "有关清单："), para("", "2. 示例区物资储备点清单"), para(Signature, "示例区财政局"), para(Date, "2026年11月20日")},
		"a signature in one block":   {para("", "请遵照执行。"), para(Signature, "示例区财政局\n示例区审计局\n2026年11月20日"), para("", "请到场。\n2026年11月20日")},
		"an article's subheads":      {head("", 1, "二、工作方案"), head(Enclosed, 1, "三年行动方案"), head("", 2, "工作方案"), head("", 1, "基本情况")},
		"a number above the text":    {{"", press.Block{Kind: press.Paragraph, Align: press.AlignCenter, Spans: []press.Span{{Text: "示政发〔2026〕1号"}}}}, para(Addressee, "王某代表："), para("", "请注意：")},
		"an alignment of its own":    {para("", "公告。"), {"", press.Block{Kind: press.Paragraph, Align: press.AlignCenter, Spans: []press.Span{{Text: "2026年11月20日"}}}}},
		"a signature that is right":  {para("", "公告。"), {Signature, press.Block{Kind: press.Paragraph, Align: press.AlignRight, Spans: []press.Span{{Text: "示例图书馆"}}}}, para(Date, "2026年1月2日")},
		"nothing":                    {},
		"a clause that begins a run": {para("", "总则。"), {Clause, press.Block{Kind: press.Paragraph, Spans: []press.Span{{Text: "第三条　依照"}, {Text: "《办法》", Link: "https://a.example"}}}}},
	} {
		var body []press.Block
		for _, l := range doc {
			body = append(body, l.Block)
		}
		for i, p := range Set(body) {
			if p.Role != doc[i].role {
				t.Errorf("%s: %q is %q, want %q", name, press.Text(body[i:i+1]), p.Role, doc[i].role)
			}
			if own := body[i].Align; own != press.AlignBody && p.Align != own || own == press.AlignBody && p.Align != p.Role.Align() {
				t.Errorf("%s: %q stands %q", name, press.Text(body[i:i+1]), p.Align)
			}
		}
	}
}

func TestTheNumberOfAClauseIsBold(t *testing.T) {
	for _, c := range []struct{ in, want []press.Span }{
		{[]press.Span{{Text: "第三条　依照", Italic: true}, {Text: "乙"}}, []press.Span{{Text: "第三条", Bold: true, Italic: true}, {Text: "　依照", Italic: true}, {Text: "乙"}}},
		{[]press.Span{{Text: "第三条", Bold: true}, {Text: "　依照"}}, nil},
		{[]press.Span{{Text: "第三条　依照", Link: "https://a.example"}}, nil},
		{[]press.Span{{Text: "第三"}, {Text: "条　依照"}}, nil},
	} {
		if c.want == nil {
			c.want = c.in
		}
		got := Set([]press.Block{press.P("总则。"), {Kind: press.Paragraph, Spans: c.in}})[1]
		if got.Role != Clause || !reflect.DeepEqual(got.Spans, c.want) {
			t.Errorf("%v is set %q %v", c.in, got.Role, got.Spans)
		}
	}
}

// Whatever stands in a body, setting it changes no word and nothing of the approved blocks.
func TestSettingTouchesNoWord(t *testing.T) {
	said := rapid.SampledFrom([]string{"各单位：", "第一条　为了", "附件1", "附件：1. 甲", "2. 乙", "表1 甲", "单位：元", "示例区财政局", "2026年11月20日", "（公开）", "办法", "甲\n2026年1月2日", ""})
	block := rapid.Custom(func(t *rapid.T) press.Block {
		return press.Block{Kind: rapid.SampledFrom([]press.BlockKind{press.Heading, press.Paragraph, press.Paragraph, press.TableKind}).Draw(t, "kind"), Level: rapid.IntRange(0, 3).Draw(t, "level"),
			Align: rapid.SampledFrom([]press.Align{"", "", "", press.AlignRight, press.AlignCenter}).Draw(t, "align"), Table: &press.Table{},
			Spans: []press.Span{{Text: said.Draw(t, "text")}, {Text: said.Draw(t, "more"), Bold: true}}[:rapid.IntRange(0, 2).Draw(t, "spans")]}
	})
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.SliceOfN(block, 0, 12).Draw(t, "body")
		before := fmt.Sprint(body)
		var set []press.Block
		for _, p := range Set(body) {
			set = append(set, p.Block)
		}
		if press.Text(set) != press.Text(body) {
			t.Fatalf("%q became %q", press.Text(body), press.Text(set))
		}
		if fmt.Sprint(body) != before {
			t.Fatal("the approved blocks were changed")
		}
	})
}

func TestRolesThatNoAlignmentCanSetAreClasses(t *testing.T) {
	var b strings.Builder
	if err := WriteHTML(&b, []press.Block{press.P("各局："), press.P("附件：1. 甲"), press.P("2. <乙>"), press.P("表1"), press.P("单位：元"), {Kind: press.TableKind, Table: &press.Table{}}}, HTMLOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<p class="left">各局：</p>`, `<p class="annex">附件：1. 甲</p>`, `<p class="annex-more">2. &lt;乙&gt;</p>`, `<p class="tablename">表1</p>`, `<p class="unit">单位：元</p>`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s lacks %s", b.String(), want)
		}
	}
}

func BenchmarkSet(b *testing.B) {
	var body []press.Block
	for range 100 {
		body = append(body, press.H(1, "一、总则"), press.P("第一条　"+strings.Repeat("坚持以人民为中心，依法依规推进各项工作。", 10)), press.P("示例区财政局"))
	}
	for b.Loop() {
		Set(body)
	}
}
