package typeset

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongfa/press"
)

// files makes a work in all formats.
func files(t interface {
	Helper()
	Fatal(...any)
}, w *Work, s *Style, fs Faces) map[Format][]byte {
	t.Helper()
	out, _, err := Make(w, Making{Style: s, Faces: fs, Made: made()})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestFourFormatsOneText reads an issue again from all of its formats, in every style.
func TestFourFormatsOneText(t *testing.T) {
	t.Parallel()
	for _, s := range []*Style{Gazette(), Gazette16(), GazetteTwoColumns(), Official()} {
		w := issue(t)
		p := Verify(w, files(t, w, s, faces(t)))
		if len(p.Files) != 4 {
			t.Fatalf("%d files", len(p.Files))
		}
		for _, f := range p.Files {
			if !f.Same {
				t.Errorf("%s, %s: %s", s.Name, f.Format, f.Difference)
			}
		}
		if !bytes.Contains(p.JSON(), []byte(`"sm3"`)) {
			t.Error("the verification block has no SM3")
		}
	}
}

// TestADifferenceIsNamed changes a word of the work after its files were made.
func TestADifferenceIsNamed(t *testing.T) {
	t.Parallel()
	w := issue(t)
	fs := files(t, w, Gazette(), faces(t))
	w.Sections[1].Articles[0].Body[0].Spans[0].Text = strings.Replace(w.Sections[1].Articles[0].Body[0].Spans[0].Text, "世界", "地球", 1)
	p := Verify(w, fs)
	if p.Same() {
		t.Fatal("nobody noticed")
	}
	for _, f := range p.Files {
		if f.Same || !strings.Contains(f.Difference, "第2篇") || !strings.Contains(f.Difference, "地球") || !strings.Contains(f.Difference, "世界") {
			t.Errorf("%s: %q", f.Format, f.Difference)
		}
	}
	fs[FormatPDF] = fs[FormatPDF][:len(fs[FormatPDF])/2]
	fs[FormatOFD] = []byte("no archive")
	for _, f := range Verify(w, fs).Files[:2] {
		if f.Same || !strings.Contains(f.Difference, "读不出文字") {
			t.Errorf("%s: %q", f.Format, f.Difference)
		}
	}
}

// drawWork draws a document of any blocks with any text that the faces have.
func drawWork(t *rapid.T) *Work {
	alphabet := []rune("政府公开工作要点，。；：？！、“”‘’（）《》【】〔〕·—…2026abcXYZ %℃¥№第一年月日 -/.()~<>&'\"\n\t　𫗧𬭛〇①②③")
	text := func(most int) string {
		return string(rapid.SliceOfN(rapid.SampledFrom(alphabet), 0, most).Draw(t, "text"))
	}
	spans := func(most int) []press.Span {
		n := rapid.IntRange(0, 4).Draw(t, "spans")
		out := make([]press.Span, n)
		for i := range out {
			mark := rapid.IntRange(0, 15).Draw(t, "mark")
			out[i] = press.Span{Text: text(most), Bold: mark == 1, Italic: mark == 2, Under: mark == 3, Sup: mark == 4, Sub: mark == 5}
			if mark == 6 {
				out[i].Note = "注" + text(60)
			}
			if mark > 12 {
				out[i].Link = "https://www.example.gov.cn/?a=1&b=\"<'"
			}
		}
		return out
	}
	align := func() press.Align {
		return rapid.SampledFrom([]press.Align{"", "", "", press.AlignLeft, press.AlignCenter, press.AlignRight}).Draw(t, "align")
	}
	table := func() *press.Table {
		tb := &press.Table{Caption: text(12), Head: rapid.IntRange(0, 2).Draw(t, "head")}
		cols := rapid.IntRange(1, 5).Draw(t, "columns")
		for range rapid.IntRange(1, 14).Draw(t, "rows") {
			row := make([]press.Cell, rapid.IntRange(1, cols).Draw(t, "cells"))
			for i := range row {
				row[i] = press.Cell{Spans: spans(30), Align: align(), ColSpan: rapid.IntRange(0, 3).Draw(t, "over"), RowSpan: rapid.IntRange(0, 3).Draw(t, "down"), Header: rapid.Bool().Draw(t, "header")}
			}
			tb.Rows = append(tb.Rows, row)
		}
		tb.Head = min(tb.Head, len(tb.Rows))
		return tb
	}
	var blocks func(deep int) []press.Block
	blocks = func(deep int) []press.Block {
		var out []press.Block
		for range rapid.IntRange(0, 6).Draw(t, "blocks") {
			switch k := rapid.IntRange(0, 9).Draw(t, "kind"); {
			case k == 0:
				out = append(out, press.Block{Kind: press.Heading, Level: rapid.IntRange(0, 5).Draw(t, "level"), Spans: spans(40), Align: align()})
			case k == 1:
				out = append(out, press.Block{Kind: press.TableKind, Table: table()})
			case k == 2:
				out = append(out, press.Block{Kind: press.Figure, Picture: &press.Picture{Digest: rapid.SampledFrom([]string{"p1", "none"}).Draw(t, "digest"), Alt: text(9), Caption: text(9)}})
			case k == 3 && deep < 2:
				b := press.Block{Kind: press.ListKind}
				for n := range rapid.IntRange(1, 4).Draw(t, "items") {
					b.Items = append(b.Items, press.ListItem{Marker: fmt.Sprintf("（%d）", n+1), Blocks: append([]press.Block{press.P(text(50) + "。")}, blocks(deep+1)...)})
				}
				out = append(out, b)
			case k == 4 && deep < 2:
				out = append(out, press.Block{Kind: press.Note, Blocks: blocks(deep + 1)})
			default:
				out = append(out, press.Block{Kind: press.Paragraph, Spans: spans(300), Align: align()})
			}
		}
		return out
	}
	w := &Work{Name: "公报" + text(6), Volume: text(6), Issuer: "办公室"}
	if rapid.Bool().Draw(t, "cover") {
		w.Cover, w.Issued = &Cover{}, made()
	}
	for range rapid.IntRange(1, 3).Draw(t, "sections") {
		s := Section{}
		if w.Cover != nil {
			s.Title = "栏目" + text(8)
		}
		for range rapid.IntRange(1, 3).Draw(t, "articles") {
			s.Articles = append(s.Articles, Article{ID: "x", Title: "关于" + text(50), Number: text(12), Body: blocks(0), Attachments: rapid.SliceOfN(rapid.Just("表.xlsx"), 0, 2).Draw(t, "attached")})
		}
		w.Sections = append(w.Sections, s)
	}
	return w
}

// TestAnyDocumentIsOneText draws documents, 1,000 of them, and reads each again from its four formats.
func TestAnyDocumentIsOneText(t *testing.T) {
	t.Parallel()
	rounds := 10
	if testing.Short() {
		rounds = 1
	}
	styles := []*Style{Gazette(), GazetteTwoColumns(), Official()}
	shown := picture(t)
	for n := range rounds {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				w := drawWork(rt)
				w.Pictures = map[string]Picture{"p1": shown}
				for _, f := range Verify(w, files(rt, w, styles[rapid.IntRange(0, 2).Draw(rt, "style")], faces(t))).Files {
					if !f.Same {
						rt.Fatalf("%s: %s", f.Format, f.Difference)
					}
				}
			})
		})
	}
}

// TestHostileFilesAreRefused turns bytes of good files over, and cuts them: an error or another text, never a panic and never for ever.
func TestHostileFilesAreRefused(t *testing.T) {
	t.Parallel()
	w := issue(t)
	w.Sections[0].Articles[0].Body = w.Sections[0].Articles[0].Body[:6]
	good := files(t, w, Gazette(), faces(t))
	rapid.Check(t, func(rt *rapid.T) {
		f := rapid.SampledFrom(Formats()).Draw(rt, "format")
		data := bytes.Clone(good[f])
		for range rapid.IntRange(1, 20).Draw(rt, "changes") {
			data[rapid.IntRange(0, len(data)-1).Draw(rt, "at")] ^= byte(rapid.IntRange(1, 255).Draw(rt, "bits"))
		}
		data = data[:rapid.IntRange(0, len(data)).Draw(rt, "length")]
		_, _ = Extract(f, data)
	})
	if _, err := Extract("doc", nil); err == nil {
		t.Error("a format that there is not is read")
	}
	if _, err := extractPDF([]byte("%PDF-1.7\n" + strings.Repeat("[", 100_000))); !errors.Is(err, errPDF) {
		t.Errorf("deep values: %v", err)
	}
}

// TestAllFormatsAreRepeatable makes an issue twice, by Make.
func TestAllFormatsAreRepeatable(t *testing.T) {
	t.Parallel()
	a, b := files(t, issue(t), Gazette(), faces(t)), files(t, issue(t), Gazette(), faces(t))
	for _, f := range Formats() {
		if len(a[f]) == 0 || !bytes.Equal(a[f], b[f]) {
			t.Errorf("%s differs the second time", f)
		}
	}
}
