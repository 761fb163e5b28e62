package press

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Every gate that reads the text reads its footnotes, those in headings, cells and lists too, and names the note.
func TestGatesReadFootnotes(t *testing.T) {
	t.Parallel()
	note := func(text string) []Span { return []Span{{Text: "正文", Note: text}} }
	s := changed(func(s *Subject) {
		s.Revision.Body = []Block{
			{Kind: Heading, Level: 1, Spans: note("联系电话13800138001")},
			{Kind: TableKind, Table: &Table{Rows: [][]Cell{{{Spans: note("老大难问题")}, {Spans: note("无")}}}}},
			{Kind: ListKind, Items: []ListItem{{Marker: "1.", Blocks: []Block{{Kind: Paragraph, Spans: note("机密★1年")}}}}},
			{Kind: Note, Blocks: []Block{{Kind: Paragraph, Spans: note("此件不公开")}}},
		}
		s.Revision.Digest = s.Revision.Sum()
		s.Words = NewWords([]Word{{"老大难", Stop, ""}})
	})
	var got []string
	for _, f := range Check(s) {
		if strings.HasPrefix(f.Place, "脚注") {
			got = append(got, fmt.Sprint(f.Severity, " ", f.Rule, " ", f.Place))
		}
	}
	for _, want := range []string{"stop pii.phone 脚注1", "stop word 脚注2", "脚注4", "脚注5"} {
		if !slices.ContainsFunc(got, func(f string) bool { return strings.Contains(f, want) }) {
			t.Errorf("no finding %s in %q", want, got)
		}
	}
}

// The digest of a text with footnotes, beside TestSumGolden, which is that of a text without any: neither may ever change.
func TestSumOfFootnotesGolden(t *testing.T) {
	r := Revision{Title: "标题", Body: []Block{{Kind: Paragraph, Spans: []Span{{Text: "甲", Note: "注"}, {Text: "乙"}}}}}
	const want = "eb3e43df9b925d7a9bed32c3bb28b71e0ad2354454e0a9e08463c778ddf06938"
	if got := r.Sum(); got != want {
		t.Errorf("got %s", got)
	}
}

func TestLinkedKeepsEveryWord(t *testing.T) {
	for text, links := range map[string][]string{
		"": nil,
		"见《公报》（https://www.example.gov.cn/gb/2026.html?a=1&b=2）。": {"https://www.example.gov.cn/gb/2026.html?a=1&b=2"},
		"http://a.example.gov.cn/，https://b.example.gov.cn。后":     {"http://a.example.gov.cn/", "https://b.example.gov.cn"},
		"see https://a.example.gov.cn/x. And more.":               {"https://a.example.gov.cn/x"},
		"javascript:alert(1) ftp://x https://":                    nil,
	} {
		var got []string
		spans := Linked(text)
		for _, s := range spans {
			if s.Link != "" {
				got = append(got, s.Link)
			}
		}
		if SpanText(spans) != text || !slices.Equal(got, links) {
			t.Errorf("%q: %+v", text, spans)
		}
	}
}
