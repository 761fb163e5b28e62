package typeset

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"maps"
	"sync"
	"testing"
	"time"

	"tongfa/press"
)

// unpacked are the built-in faces, once for all tests.
var unpacked = sync.OnceValues(Builtin)

func faces(t testing.TB) Faces {
	t.Helper()
	fs, err := unpacked()
	if err != nil {
		t.Fatal(err)
	}
	return maps.Clone(fs)
}

func made() time.Time { return time.Date(2026, 11, 26, 1, 0, 0, 0, time.UTC) }

func span(s string) []press.Span { return []press.Span{{Text: s}} }

// picture is a small PNG.
func picture(t testing.TB) Picture {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 300, 180))
	for x := range 300 {
		for y := range 180 {
			m.Set(x, y, color.RGBA{uint8(x), uint8(y), 90, 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return Picture{Mime: "image/png", Data: b.Bytes(), W: 300, H: 180}
}

// tall is a table with merged cells that goes over several pages.
func tall(rows int) *press.Table {
	tb := &press.Table{Caption: "表1　行政许可办理情况", Head: 2, Rows: [][]press.Cell{
		{{Spans: span("序号"), RowSpan: 2}, {Spans: span("事项"), RowSpan: 2}, {Spans: span("数量"), ColSpan: 2}},
		{{Spans: span("本年新制作数量")}, {Spans: span("对外公开总数量")}},
	}}
	for i := range rows {
		tb.Rows = append(tb.Rows, []press.Cell{
			{Spans: span(fmt.Sprint(i + 1)), Align: press.AlignCenter}, {Spans: span("建设项目环境影响评价文件审批，含变更、延续和补正等情形")},
			{Spans: span(fmt.Sprint(i * 37)), Align: press.AlignRight}, {Spans: span(fmt.Sprint(i * 11)), Align: press.AlignRight},
		})
	}
	return tb
}

// issue is a small issue with one of everything.
func issue(t testing.TB) *Work {
	t.Helper()
	notice := []press.Block{
		{Kind: press.Paragraph, Align: press.AlignLeft, Spans: span("各镇人民政府，区政府各部门：")},
		press.P("《示例区政务公开工作要点》已经区政府同意，现印发给你们，请结合实际，认真贯彻执行。"),
		press.H(1, "一、总体要求"),
		press.H(2, "（一）坚持以公开为常态、不公开为例外"),
		{Kind: press.Paragraph, Spans: []press.Span{{Text: "2026年11月30日前，完成率达到98.5%以上，见"}, {Text: "公开目录", Link: "https://www.example.gov.cn/zwgk/?a=1&b=2"},
			{Text: "；"}, {Text: "重点领域", Bold: true}, {Text: "、"}, {Text: "基层", Italic: true}, {Text: "、"}, {Text: "试点", Under: true}, {Text: "，面积3000m"}, {Text: "2", Sup: true}, {Text: "。姓名：𫗧某、𬭛某。"}}},
		{Kind: press.ListKind, Items: []press.ListItem{{Marker: "1.", Blocks: []press.Block{press.P("公开范围。")}}, {Marker: "2.", Blocks: []press.Block{press.P("公开时限。"), press.P("另有规定的，从其规定。")}}}},
		{Kind: press.Note, Blocks: []press.Block{press.P("注：本要点自发布之日起施行，有效期至2031年11月30日。")}},
		{Kind: press.TableKind, Table: tall(60)},
		{Kind: press.Figure, Picture: &press.Picture{Digest: "p1", Alt: "办事流程：受理、审查、决定", Caption: "图1　办事流程"}},
		{Kind: press.Paragraph, Align: press.AlignRight, Spans: span("示例区人民政府办公室")},
		{Kind: press.Paragraph, Align: press.AlignRight, Spans: span("2026年11月20日")},
	}
	return &Work{Name: "示例区人民政府公报", Volume: "2026年第4期（总第16期）", Issued: made(), Issuer: "示例区人民政府办公室", Cover: &Cover{Notes: []string{"季刊"}},
		Colophon: []Fact{{"主办", "示例区人民政府办公室"}, {"地址", "示例区示例路1号"}, {"网址", "https://www.example.gov.cn/gazette/"}}, Statement: "在本公报上刊登的行政规范性文件文本为标准文本。",
		Pictures: map[string]Picture{"p1": picture(t)},
		Sections: []Section{
			{Title: "区政府办公室文件", Articles: []Article{{ID: "a1", Title: "示例区人民政府办公室关于印发《示例区政务公开工作要点》的通知", Number: "示政办发〔2026〕12号", Body: notice, Attachments: []string{"统计表.xlsx"}}}},
			{Title: "政策解读", Articles: []Article{{ID: "a2", Title: "《示例区政务公开工作要点》政策解读", Body: []press.Block{press.P("“你好，‘世界’。”（附：《目录》。）——完……"),
				press.P("见 https://www.example.gov.cn/zwgk/tzgg/202611/20261126-uaeajv/index.html?from=gazette&id=20261126 ，后面还有文字。")}}}},
		}}
}

func unzip(t testing.TB, packed []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
