package wechat

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"tongfa/channels"
	"tongfa/press"
)

// words draws text of what documents hold and of what breaks pages.
func words() *rapid.Generator[string] {
	part := rapid.SampledFrom([]string{"关于印发", "《办法》", "2026年", "<b>", "</section>", "&amp;", "&", `"`, "'", "\n", " ", "　", "<script>", "]]>", "<!--", "％", "\u200b", "\u2028", "x"})
	return rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(part, 0, 6).Draw(t, "parts"), "") })
}

func spans() *rapid.Generator[[]press.Span] {
	one := rapid.Custom(func(t *rapid.T) press.Span {
		return press.Span{
			Text: words().Draw(t, "text"), Bold: rapid.Bool().Draw(t, "bold"), Sup: rapid.Bool().Draw(t, "sup"), Under: rapid.Bool().Draw(t, "under"),
			Note: rapid.OneOf(rapid.Just(""), words()).Draw(t, "note"),
			Link: rapid.SampledFrom([]string{"", "", "https://www.example.gov.cn/a?b=1&c='", "https://mp.weixin.qq.com/s/abc", "javascript:x", "mailto:a@example.gov.cn",
				`https://www.example.gov.cn/"><script>`}).Draw(t, "link"),
		}
	})
	return rapid.SliceOfN(one, 0, 4)
}

func body(depth int) *rapid.Generator[[]press.Block] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) press.Block { return block(t, depth) }), 0, 4)
}

func block(t *rapid.T, depth int) press.Block {
	kinds := []press.BlockKind{press.Heading, press.Paragraph, press.TableKind, press.Figure, press.ListKind, press.Note}
	if depth == 0 {
		kinds = kinds[:4]
	}
	b := press.Block{Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Level: rapid.IntRange(0, 6).Draw(t, "level"), Spans: spans().Draw(t, "spans"),
		Align: rapid.SampledFrom([]press.Align{"", press.AlignLeft, press.AlignCenter, press.AlignRight, `x" onload="`}).Draw(t, "align")}
	switch b.Kind {
	case press.TableKind:
		cells := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) press.Cell {
			return press.Cell{Spans: spans().Draw(t, "cell"), Align: b.Align, Header: rapid.Bool().Draw(t, "header"), ColSpan: rapid.IntRange(0, 3).Draw(t, "colspan")}
		}), 0, 3)
		b.Table = &press.Table{Caption: words().Draw(t, "caption"), Head: rapid.IntRange(0, 3).Draw(t, "head"), Rows: rapid.SliceOfN(cells, 0, 3).Draw(t, "rows")}
	case press.Figure:
		b.Picture = &press.Picture{Digest: "d", Alt: words().Draw(t, "alt"), Caption: words().Draw(t, "caption")}
	case press.ListKind:
		b.Items = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) press.ListItem {
			return press.ListItem{Marker: words().Draw(t, "marker"), Blocks: body(depth-1).Draw(t, "item")}
		}), 0, 3).Draw(t, "items")
	case press.Note:
		b.Blocks = body(depth-1).Draw(t, "note")
	}
	return b
}

// Whatever a body holds, its page says the same words, and nothing of the text becomes an element or an attribute.
func TestAnyBodyKeepsItsWordsAndTheDialect(t *testing.T) {
	w := newOffice(t, modePublish)
	w.c.c.Articles = "https://mp.weixin.qq.com"
	rapid.Check(t, func(t *rapid.T) {
		e := press.Entry{Revision: press.Revision{Body: body(2).Draw(t, "body")}}
		src := w.c.render(e, func(string) string { return "http://mmbiz.qpic.cn/a?b=1&c=2" })
		root, err := html.Parse(strings.NewReader(src))
		if err != nil {
			t.Fatal(err)
		}
		if equal, where := channels.Compare(press.Text(e.Revision.Body), channels.NodeText(root)); !equal {
			t.Fatalf("%s in %s", where, src)
		}
		for n := range root.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			if !strings.Contains(dialect, " "+n.Data+" ") {
				t.Fatalf("element %s in %s", n.Data, src)
			}
			for _, a := range n.Attr {
				if !strings.Contains(" style class data-aside data-wxk href src alt colspan rowspan ", " "+a.Key+" ") {
					t.Fatalf("attribute %s in %s", a.Key, src)
				}
			}
		}
		if n, want := images(root), figures(e.Revision.Body); n != want {
			t.Fatalf("%d pictures, want %d, in %s", n, want, src)
		}
	})
}
