package press

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongfa/workday"
)

// drawBlocks makes any body, also ones that no reader of documents would.
func drawBlocks(t *rapid.T, depth int) []Block {
	var out []Block
	for range rapid.IntRange(0, 3).Draw(t, "blocks") {
		b := Block{
			Kind:  rapid.SampledFrom([]BlockKind{Heading, Paragraph, TableKind, Figure, ListKind, Note, "?"}).Draw(t, "kind"),
			Level: rapid.IntRange(-1, 9).Draw(t, "level"), Spans: drawSpans(t),
		}
		if rapid.Bool().Draw(t, "table") {
			b.Table = drawTable(t)
		}
		if rapid.Bool().Draw(t, "picture") {
			b.Picture = &Picture{Digest: "d", Alt: drawText(t), Caption: drawText(t)}
		}
		if depth > 0 {
			b.Blocks = drawBlocks(t, depth-1)
			for range rapid.IntRange(0, 2).Draw(t, "items") {
				b.Items = append(b.Items, ListItem{Marker: drawText(t), Blocks: drawBlocks(t, depth-1)})
			}
		}
		out = append(out, b)
	}
	return out
}

func drawTable(t *rapid.T) *Table {
	table := &Table{Caption: drawText(t), Head: rapid.IntRange(-1, 1<<40).Draw(t, "head")}
	for range rapid.IntRange(0, 3).Draw(t, "rows") {
		var row []Cell
		for range rapid.IntRange(0, 3).Draw(t, "cells") {
			row = append(row, Cell{Spans: drawSpans(t), ColSpan: rapid.IntRange(-2, 1<<40).Draw(t, "colspan"), RowSpan: rapid.IntRange(-2, 1<<40).Draw(t, "rowspan")})
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

func drawSpans(t *rapid.T) []Span {
	var out []Span
	for range rapid.IntRange(0, 2).Draw(t, "spans") {
		out = append(out, Span{Text: drawText(t), Bold: rapid.Bool().Draw(t, "bold"), Note: drawText(t)})
	}
	return out
}

func drawText(t *rapid.T) string {
	return rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{"", "13800138000", "1 3 8", "11010519491231002X", "秘密★", "3号楼2单元", "X", "\xff\xfe", "（此件公开发布）", "2026年13月99日"}),
		rapid.StringMatching(`[0-9０-９ X.\-—]{0,40}`),
	).Draw(t, "text")
}

func drawSubject(t *rapid.T) Subject {
	date := func(name string) workday.Date {
		return workday.Date{Year: rapid.SampledFrom([]int{-1, 0, 1, 1949, 2026, 9999, 1 << 30}).Draw(t, name), Month: time.Month(rapid.IntRange(-1, 13).Draw(t, "month")), Day: rapid.IntRange(-1, 32).Draw(t, "day")}
	}
	r := Revision{
		Number: 1, Title: drawText(t), ShortTitle: drawText(t), Body: drawBlocks(t, 2),
		Meta: Meta{
			DocNumber: drawText(t), Issuer: drawText(t), FormedOn: date("formed"), ApprovedOn: date("approved"), Disclosure: Disclosure(drawText(t)),
			Summary: drawText(t), Keywords: []string{drawText(t)}, Relations: []Relation{{RelationType(drawText(t)), drawText(t)}},
		},
		Attachments: []Asset{{Name: drawText(t)}},
	}
	s := Subject{
		Item:     Item{Kind: Kind(rapid.SampledFrom([]string{"policy", "budget", "news", "?"}).Draw(t, "item kind")), Wants: []Want{{Channel: drawText(t)}, {Channel: "site"}}},
		Revision: r, Limits: map[string]Limits{"site": {Title: 1, Author: 1, Summary: 1, TextWarn: 1, TextStop: 2, Pictures: 1, PictureBytes: 1}},
		Approvals: []Approval{{Step: SecrecyReview, Digest: r.Sum(), By: drawText(t), Pass: rapid.Bool().Draw(t, "pass"), At: now}},
	}
	if rapid.Bool().Draw(t, "dated") {
		s.Now, s.Calendar = now, calendar
		s.Item.ReleaseAt = time.Unix(rapid.Int64Range(-1<<40, 1<<40).Draw(t, "release"), 0)
	}
	return s
}

func TestCheckTakesAnything(t *testing.T) {
	known := map[Rule]int{}
	for i, r := range Rules() {
		known[r.Code] = i
	}
	rapid.Check(t, func(t *rapid.T) {
		s := drawSubject(t)
		found := Check(s)
		if again := Check(s); !reflect.DeepEqual(found, again) {
			t.Fatalf("two answers:\n%v\n%v", found, again)
		}
		last := 0
		for _, f := range found {
			order, ok := known[f.Rule]
			if !ok || order < last {
				t.Fatalf("%s is not in Rules, or out of order", f.Rule)
			}
			last = order
			if f.Message == "" || f.Field == "" || strings.Contains(f.Message, "%!(EXTRA") || strings.Contains(f.Message, "(MISSING)") || weight(f.Severity) < 0 || f.Waivable && f.Severity != Stop {
				t.Fatalf("bad finding %+v", f)
			}
		}
	})
}

func TestSumIsOneOfItsOwn(t *testing.T) {
	base := good().Revision
	sums := map[string]string{base.Sum(): "nothing"}
	for name, change := range map[string]func(*Revision){
		"title":         func(r *Revision) { r.Title += "。" },
		"short title":   func(r *Revision) { r.ShortTitle += "。" },
		"text":          func(r *Revision) { r.Body[1] = P("别的。") },
		"note":          func(r *Revision) { r.Body[1].Spans[0].Note = "注" },
		"bold":          func(r *Revision) { r.Body[1].Spans = []Span{{Text: "现将办法印发给你们。", Bold: true}} },
		"align":         func(r *Revision) { r.Body[2].Align = AlignCenter },
		"order":         func(r *Revision) { slices.Reverse(r.Body) },
		"kind of block": func(r *Revision) { r.Body[1].Kind, r.Body[1].Level = Heading, 1 },
		"doc number":    func(r *Revision) { r.Meta.DocNumber = "示政办发〔2026〕19号" },
		"issuer":        func(r *Revision) { r.Meta.Issuer = "示例区" },
		"source":        func(r *Revision) { r.Meta.Source = "示例区" },
		"author":        func(r *Revision) { r.Meta.Author = "王某" },
		"formed on":     func(r *Revision) { r.Meta.FormedOn = day(2026, 11, 21) },
		"approved on":   func(r *Revision) { r.Meta.ApprovedOn = day(2026, 11, 21) },
		"theme":         func(r *Revision) { r.Meta.Theme = "其他" },
		"genre":         func(r *Revision) { r.Meta.Genre = "意见" },
		"validity":      func(r *Revision) { r.Meta.Validity = InForce },
		"disclosure":    func(r *Revision) { r.Meta.Disclosure = OnRequest },
		"ground":        func(r *Revision) { r.Meta.DisclosureGround = "第十六条" },
		"column":        func(r *Revision) { r.Meta.Column = "通知公告" },
		"summary":       func(r *Revision) { r.Meta.Summary = "概述" },
		"keywords":      func(r *Revision) { r.Meta.Keywords = []string{"词"} },
		"relations":     func(r *Revision) { r.Meta.Relations = []Relation{{Amends, "oa-0"}} },
		"cover":         func(r *Revision) { r.Cover = &Asset{Digest: "c"} },
		"images":        func(r *Revision) { r.Images = []Asset{{Digest: "c"}} },
		"attachments":   func(r *Revision) { r.Attachments = []Asset{{Digest: "c"}} },
	} {
		r := good().Revision
		change(&r)
		sum := r.Sum()
		if other, dup := sums[sum]; dup {
			t.Errorf("%s and %s have the same digest", name, other)
		}
		sums[sum] = name
	}
	same := base
	same.Number, same.At, same.By, same.Item, same.Digest = 9, now, "王某", "other", "x"
	same.Images, same.Attachments = []Asset{}, []Asset{}
	if same.Sum() != base.Sum() {
		t.Error("number, time, author and an empty list are not content")
	}
}

// The golden digest: a ledger of today must be readable by every program to come.
func TestSumGolden(t *testing.T) {
	const want = "2679e911deedeeee38945458b1e50bb510a0d1fa483981707792c86e287b61e6"
	if got := good().Revision.Sum(); got != want {
		t.Errorf("got %s: the canonical encoding has changed, and with it every approval on record is void", got)
	}
	if got := (Revision{Meta: Meta{FormedOn: day(2026, 2, 30)}}).Sum(); got != "" {
		t.Errorf("a date that does not exist has no digest, got %s", got)
	}
}

// A revision that was stored as JSON and read again is still the same.
func TestSumSurvivesStorage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Revision{Title: drawText(t), Body: drawBlocks(t, 2), Meta: Meta{Summary: drawText(t), Keywords: []string{drawText(t)}}, Attachments: []Asset{{Name: drawText(t)}}}
		body, err := json.Marshal(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		again := r
		again.Body = nil
		if err := json.Unmarshal(body, &again.Body); err != nil {
			t.Fatal(err)
		}
		if r.Sum() != again.Sum() {
			t.Fatalf("digest changed from %s to %s", r.Sum(), again.Sum())
		}
	})
}

func TestMarkersDiffer(t *testing.T) {
	seen := map[string]bool{}
	for _, ledger := range []string{"l1", "l2"} {
		for _, channel := range []string{"site", "wechat", "site1"} {
			for _, item := range []ItemID{"20261124-7kq2md", "20261124-7kq2me", "1"} {
				for generation := range 12 {
					m := Marker(ledger, channel, item, generation)
					if seen[m] || len(m) != 20 || strings.Trim(m, "0123456789abcdef") != "" {
						t.Fatalf("marker %q", m)
					}
					seen[m] = true
				}
			}
		}
	}
	if first := Marker("l", "site", "a", 1); first != Marker("l", "site", "a", 1) {
		t.Errorf("the same copy has two markers, %s is one", first)
	}
	if Marker("a", "b", "c", 1) == Marker("ab", "", "c", 1) {
		t.Error("parts run into each other")
	}
}

func TestTextOfBlocks(t *testing.T) {
	cell := func(s string) Cell { return Cell{Spans: []Span{{Text: s[:3]}, {Text: s[3:]}}} }
	for _, tc := range []struct {
		name   string
		blocks []Block
		want   string
	}{
		{"nothing", nil, ""},
		{"paragraphs", []Block{H(1, "一、标题"), P("第一段"), P("第二\n行")}, "一、标题\n第一段\n第二\n行"},
		{"spans", []Block{{Kind: Paragraph, Spans: []Span{{Text: "甲"}, {Text: "乙", Bold: true}}}}, "甲乙"},
		{"table", []Block{{Kind: TableKind, Table: &Table{Caption: "表题", Rows: [][]Cell{{cell("甲一"), cell("乙二")}, {cell("丙三")}}}}}, "表题\n甲一\t乙二\n丙三"},
		{"table without a table", []Block{{Kind: TableKind}, P("后")}, "后"},
		{"picture by its caption only", []Block{{Kind: Figure, Picture: &Picture{Alt: "替代", Caption: "图题"}}, {Kind: Figure, Picture: &Picture{Alt: "替代"}}, {Kind: Figure}}, "图题"},
		{"list with its markers", []Block{{Kind: ListKind, Items: []ListItem{{"1.", []Block{P("甲"), P("续")}}, {"（二）", []Block{P("乙")}}}}}, "1. 甲\n续\n（二） 乙"},
		{"note", []Block{{Kind: Note, Blocks: []Block{P("按语")}}, P("正文")}, "按语\n正文"},
		{"footnotes at the end, numbered through", []Block{{Kind: Heading, Spans: []Span{{Text: "甲", Note: "注甲"}}},
			{Kind: TableKind, Table: &Table{Rows: [][]Cell{{{Spans: []Span{{Text: "乙", Note: "注乙"}, {Text: "后"}}}, cell("丙三")}}}},
			{Kind: ListKind, Items: []ListItem{{"1.", []Block{{Kind: Paragraph, Spans: []Span{{Text: "丁", Note: "注丁\n又一段"}}}}}}}, P("末")},
			"甲①\n乙②后\t丙三\n1. 丁③\n末\n①注甲\n②注乙\n③注丁\n又一段"},
		{"empty ends are cut", []Block{P("甲"), P("")}, "甲"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := Text(tc.blocks); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestFold(t *testing.T) {
	if got := Fold(" 甲\u00a0\u3000\t乙\u200b\u00ad\ufeff丙\r\n"); got != "甲乙丙" {
		t.Errorf("got %q", got)
	}
	if DigestText("甲 乙") != DigestText("甲\n乙") || DigestText("甲乙") == DigestText("甲丙") {
		t.Error("the digest of a text should not see white space, and nothing else")
	}
	rapid.Check(t, func(t *rapid.T) {
		if s := drawText(t); Fold(Fold(s)) != Fold(s) {
			t.Fatalf("%q folds twice", s)
		}
	})
}

func TestWalkReachesEverything(t *testing.T) {
	var got []string
	Walk([]Block{P("a"), {Kind: ListKind, Items: []ListItem{{Blocks: []Block{P("b"), {Kind: Note, Blocks: []Block{P("c")}}}}}}, P("d")}, func(b Block) {
		if b.Kind == Paragraph {
			got = append(got, SpanText(b.Spans))
		}
	})
	if !slices.Equal(got, []string{"a", "b", "c", "d"}) {
		t.Errorf("got %q", got)
	}
}

func TestTitleWithin(t *testing.T) {
	r := Revision{Title: "很长的标题", ShortTitle: "短"}
	for max, want := range map[int]string{0: "很长的标题", 5: "很长的标题", 4: "短"} {
		if got := r.TitleWithin(max); got != want {
			t.Errorf("%d: got %s", max, got)
		}
	}
	if got := (Revision{Title: "很长的标题", ShortTitle: " "}).TitleWithin(1); got != "很长的标题" {
		t.Errorf("a blank short title is none, got %q", got)
	}
}

// Text made to be slow: what takes a square of the time on it would not end within the test's patience.
func TestCheckIsLinear(t *testing.T) {
	for _, unit := range []string{"1 ", "1-1-", "里1楼1室", "示范小区3号楼2单元501室", "秘密★", "13800138000 ", "住址：一", "密级："} {
		s := withText(strings.Repeat(unit, 300_000/len(unit)))
		if len(Check(s)) == 0 {
			t.Errorf("%q: not even a deadline", unit)
		}
	}
	table := &Table{Head: 1 << 40}
	for range 5000 {
		table.Rows = append(table.Rows, []Cell{{Spans: []Span{{Text: "张三"}}, ColSpan: 1 << 40, RowSpan: 1 << 40}, {Spans: []Span{{Text: "13800138000"}}}})
	}
	s := withBody(Block{Kind: TableKind, Table: table})
	s.Limits = map[string]Limits{"site": {}, "wechat": {}}
	if got := saying(Check(s)); len(got) != mostOfARule+1 {
		t.Errorf("got %q", got)
	}
}

func BenchmarkCheck(b *testing.B) {
	s := report()
	b.ReportAllocs()
	for b.Loop() {
		Check(s)
	}
}

// report is a yearly report of some 9,000 characters with a table, as an office writes it.
func report() Subject {
	const sentence = "全年通过区政府网站主动发布政府信息4362条，其中公开2019年度重大行政决策目录，涉及国家秘密、商业秘密的不予公开，联系电话0000-8880116。"
	return changed(func(s *Subject) {
		s.Item.Kind = ReportKind
		s.Revision.Body = nil
		for range 20 {
			s.Revision.Body = append(s.Revision.Body, H(1, "一、总体情况"), P(strings.Repeat(sentence, 5)))
		}
		table := &Table{Head: 1}
		for range 40 {
			table.Rows = append(table.Rows, []Cell{{Spans: []Span{{Text: "行政许可"}}}, {Spans: []Span{{Text: "186500"}}}, {Spans: []Span{{Text: "示市监处罚〔2026〕201号"}}}})
		}
		s.Revision.Body = append(s.Revision.Body, Block{Kind: TableKind, Table: table})
	})
}

func TestReportHasNoFalseAlarms(t *testing.T) {
	s := report()
	if n := runes(Text(s.Revision.Body)); n < 8000 || n > 10000 {
		t.Fatalf("the report has %d characters", n)
	}
	if got := saying(Check(s)); len(got) > 0 {
		t.Errorf("got %q", got)
	}
}
