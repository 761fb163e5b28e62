package channels

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongfa/press"
)

// TestHTMLSaysTheSameWords writes random bodies as HTML and reads them back.
func TestHTMLSaysTheSameWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.SliceOfN(blocks(2), 1, 6).Draw(t, "body")
		var b strings.Builder
		b.WriteString(`<!doctype html><title>题</title><body><h1>题</h1><div id="text">`)
		if err := WriteHTML(&b, body, HTMLOptions{}); err != nil {
			t.Fatal(err)
		}
		b.WriteString(`<p data-aside>不是正文</p></div><footer>页脚</footer>`)
		seen, ok := TextIn([]byte(b.String()), "text")
		if !ok {
			t.Fatal("the element was not found")
		}
		if equal, detail := Compare(press.Text(body), seen); !equal {
			t.Fatalf("%s\n%s", detail, b.String())
		}
	})
}

// blocks draws a block; depth bounds what stands inside one another.
func blocks(depth int) *rapid.Generator[press.Block] {
	text := rapid.StringMatching(`[一-龥ａ-ｚ0-9 <>&"'，。〔〕\n]{0,12}[一-龥a-z0-9]`)
	spans := rapid.Custom(func(t *rapid.T) []press.Span {
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) press.Span {
			return press.Span{Text: text.Draw(t, "text"), Bold: rapid.Bool().Draw(t, "bold"), Sup: rapid.Bool().Draw(t, "sup"),
				Note: rapid.OneOf(rapid.Just(""), text).Draw(t, "note"),
				Link: rapid.SampledFrom([]string{"", "https://www.example.gov.cn/a?b=1&c=2", "javascript:alert(1)"}).Draw(t, "link")}
		}), 1, 3).Draw(t, "spans")
	})
	plain := rapid.Custom(func(t *rapid.T) press.Block {
		return press.Block{Kind: rapid.SampledFrom([]press.BlockKind{press.Heading, press.Paragraph}).Draw(t, "kind"), Level: rapid.IntRange(0, 5).Draw(t, "level"),
			Align: rapid.SampledFrom([]press.Align{press.AlignBody, press.AlignRight, press.AlignCenter}).Draw(t, "align"), Spans: spans.Draw(t, "spans")}
	})
	table := rapid.Custom(func(t *rapid.T) press.Block {
		row := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) press.Cell { return press.Cell{Spans: spans.Draw(t, "cell")} }), 1, 3)
		tb := &press.Table{Caption: text.Draw(t, "caption"), Rows: rapid.SliceOfN(row, 1, 3).Draw(t, "rows")}
		tb.Head = rapid.IntRange(0, 2).Draw(t, "head")
		return press.Block{Kind: press.TableKind, Table: tb}
	})
	figure := rapid.Custom(func(t *rapid.T) press.Block {
		return press.Block{Kind: press.Figure, Picture: &press.Picture{Digest: "d", Alt: "图", Caption: text.Draw(t, "caption")}}
	})
	if depth == 0 {
		return rapid.OneOf(plain, table, figure)
	}
	list := rapid.Custom(func(t *rapid.T) press.Block {
		item := rapid.Custom(func(t *rapid.T) press.ListItem {
			return press.ListItem{Marker: rapid.SampledFrom([]string{"1.", "（一）", "•"}).Draw(t, "marker"), Blocks: rapid.SliceOfN(blocks(depth-1), 1, 2).Draw(t, "in")}
		})
		return press.Block{Kind: press.ListKind, Items: rapid.SliceOfN(item, 1, 3).Draw(t, "items")}
	})
	note := rapid.Custom(func(t *rapid.T) press.Block {
		return press.Block{Kind: press.Note, Blocks: rapid.SliceOfN(blocks(depth-1), 1, 2).Draw(t, "in")}
	})
	return rapid.OneOf(plain, table, figure, list, note)
}

func TestCompareTellsTheFirstDifference(t *testing.T) {
	if equal, _ := Compare("第一条　为了规范", "第一条 为了\n规范"); !equal {
		t.Error("white space is not a difference")
	}
	equal, detail := Compare("自2026年12月1日起施行。", "自2026年12月7日起施行。")
	if equal || !strings.Contains(detail, "第10字") {
		t.Errorf("got %v %s", equal, detail)
	}
	if _, detail := Compare("甲乙丙", "甲乙"); !strings.Contains(detail, "到此为止") {
		t.Errorf("a text that ends early is told as %s", detail)
	}
}

func TestASightingCarriesTheFirstFewChanges(t *testing.T) {
	var was, now strings.Builder
	for range 30 {
		was.WriteString("甲乙丙丁戊己")
		now.WriteString("甲乙丙丁戊庚")
	}
	s := Sighted(press.Entry{}, was.String(), now.String()+strings.Repeat("长", 500))
	if s.Status != press.SeenDiffers || len(s.Changes) != mostChanges || !strings.Contains(s.Detail, "共30处；第一处：“甲乙丙丁戊”之后的“己”变成“庚”") {
		t.Errorf("%s, %d changes, %q", s.Status, len(s.Changes), s.Detail)
	}
	s = Sighted(press.Entry{}, "甲", "甲"+strings.Repeat("长", 500))
	if got := s.Changes[0].Now; len([]rune(got)) != mostSaid || !strings.HasSuffix(got, "……") {
		t.Errorf("a long change has %d characters", len([]rune(got)))
	}
	for _, c := range []struct{ was, now, want string }{
		{"甲乙丙", "甲丙", "“甲”之后缺少“乙”（"}, {"甲乙", "甲", "“甲”之后缺少“乙”，所见到此为止"}, {"甲", "乙甲", "共1处；开头多了“乙”"}, {"甲乙", "丙乙", "开头的“甲”变成“丙”"},
	} {
		if _, detail := Compare(c.was, c.now); !strings.Contains(detail, c.want) {
			t.Errorf("%s and %s: %s", c.was, c.now, detail)
		}
	}
	if s := Sighted(press.Entry{}, "甲 乙", "甲乙"); s.Status != press.SeenEqual || s.Changes != nil || s.Detail != "" {
		t.Errorf("equal texts are seen as %+v", s)
	}
}

func TestTextInLeavesOutWhatIsNoText(t *testing.T) {
	page := `<div id="x">甲<script>乙</script><style>丙</style><p data-aside>丁</p><template>戊</template>己</div>`
	if got, ok := TextIn([]byte(page), "x"); !ok || press.Fold(got) != "甲己" {
		t.Errorf("got %q %v", got, ok)
	}
	if _, ok := TextIn([]byte(page), "y"); ok {
		t.Error("found an element that is not there")
	}
}

func TestSafeLink(t *testing.T) {
	for link, want := range map[string]bool{"https://a": true, "HTTP://a": true, "mailto:a@b": true, "javascript:x": false, "data:x": false, "//a": false, "": false, " https://a": false} {
		if SafeLink(link) != want {
			t.Errorf("SafeLink(%q) = %v", link, !want)
		}
	}
}

// A mark leads to its note and the note back, each by a name of its own, and the heading of the notes is no part of the text.
func TestFootnotesInHTML(t *testing.T) {
	noted := func(text, note string) press.Block {
		return press.Block{Kind: press.Paragraph, Spans: []press.Span{{Text: text, Note: note}, {Text: "。"}}}
	}
	body := []press.Block{noted("第一条　甲", "见<https://www.example.gov.cn/a>。\n又一段"),
		{Kind: press.TableKind, Table: &press.Table{Head: 1, Rows: [][]press.Cell{{{Spans: []press.Span{{Text: "乙", Note: "注乙"}}}}}}}}
	var whole, parts strings.Builder
	if err := WriteHTML(&whole, body, HTMLOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<strong>第一条</strong>　甲<sup class="noteref"><a id="fnref-1" href="#fn-1" role="doc-noteref" aria-label="注释①">①</a></sup>。`,
		`>乙<sup class="noteref"><a id="fnref-2"`, `<section class="footnotes" role="doc-endnotes" aria-label="注释">`, `<p class="footnotes-head" data-aside>注释</p>`,
		`<p id="fn-1"><a href="#fnref-1" role="doc-backlink" aria-label="注释①，回到正文">①</a>见&lt;<a href="https://www.example.gov.cn/a">https://www.example.gov.cn/<wbr>a</a>&gt;。<br>又一段</p>`} {
		if !strings.Contains(whole.String(), want) {
			t.Errorf("no %s in %s", want, whole.String())
		}
	}
	var notes []string
	o := HTMLOptions{Notes: &notes}
	for _, b := range body {
		if err := WriteHTML(&parts, []press.Block{b}, o); err != nil {
			t.Fatal(err)
		}
	}
	if err := WriteNotes(&parts, o); err != nil {
		t.Fatal(err)
	}
	if got := parts.String(); got != whole.String() {
		t.Errorf("block by block\n%s\nwhole\n%s", got, whole.String())
	}
}
