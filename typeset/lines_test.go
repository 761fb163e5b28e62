package typeset

import (
	"bytes"
	"cmp"
	"fmt"
	"html"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tongfa/press"
)

// texts are the three kinds that every line is looked at of: an issue of the usual size, the report of a district as it was published, with the ASCII marks of its author,
// and an issue of dense marks, figures, addresses, tables and quotes in quotes.
func texts(t testing.TB) map[string]*Work {
	t.Helper()
	data, err := os.ReadFile("testdata/report-2019.txt")
	if err != nil {
		t.Fatal(err)
	}
	var bs []press.Block
	for l := range strings.SplitSeq(string(data), "\n") {
		l = strings.TrimSpace(l)
		switch {
		case l == "":
		case regexp.MustCompile(`^[一二三四五六]、`).MatchString(l):
			bs = append(bs, press.H(1, l))
		case regexp.MustCompile(`^\([一二三四五六]\).{2,30}$`).MatchString(l):
			bs = append(bs, press.H(2, l))
		default:
			bs = append(bs, press.P(l))
		}
	}
	return map[string]*Work{"edition": edition(t), "report": one("济南市莱芜区2019年政府信息公开工作年度报告", bs), "dense": sampler(t)}
}

// TestNoLineIsAtFault sets the three texts in every style. The book's own report finds nothing, neither does a count by the places of what is drawn, and the four formats
// of the report of the district say the same.
func TestNoLineIsAtFault(t *testing.T) {
	t.Parallel()
	for name, w := range texts(t) {
		for _, s := range styles() {
			b := composed(t, w, s)
			t.Logf("%s, %s: %d pages, %d lines, %d justified, widest %d/1000 em", name, s.Name, len(b.Pages), b.Report.Lines, b.Report.Justified, b.Report.Widest)
			if !b.Report.OK() {
				t.Errorf("%s, %s: %+v", name, s.Name, b.Report)
			}
			for _, f := range b.stragglers() {
				t.Errorf("%s, %s: %s", name, s.Name, f)
			}
		}
		if p := Verify(w, files(t, w, Gazette(), faces(t))); name == "report" && !p.Same() {
			t.Errorf("%+v", p)
		}
	}
}

// TestAThousandDocumentsHaveNoLineAtFault sets documents that are put together by chance of what official text is made of.
func TestAThousandDocumentsHaveNoLineAtFault(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(2026, 11))
	han, styles := commonHan(t, 2200), styles()
	pic := picture(t)
	for i := range 1000 {
		w := one("", nil)
		w.Pictures = map[string]Picture{"p1": pic}
		w.Sections[0].Articles[0] = byChance(r, han)
		b := composed(t, w, styles[i%len(styles)])
		if fs := b.stragglers(); !b.Report.OK() || len(fs) > 0 {
			t.Fatalf("document %d, %s: %+v %v", i, b.Style.Name, b.Report, fs)
		}
	}
}

// byChance is a document: headings, paragraphs, lists, tables, footnotes, pictures, a signature.
func byChance(r *rand.Rand, han []rune) Article {
	kinds := [][]string{phrases, strings.Fields(`《〈示例区条例〉实施办法》 （国务院令第711号） GB/T9704—2012 ￥3.2亿元 “‘应公开、尽公开’” ——特别是“一网通办”—— 98.6%…… －5℃～12℃ PM2.5 1,286项
		https://www.example.gov.cn/api/v2/index.html?from=list&id=20261126 open-data.office@example.gov.cn 〔2026〕12号 2026年11月30日 第二十三条第（二）项 SM2/SM3算法 EPUB、OFD 1/10秒 （含法律、法规授权的组织） ①统计口径 𫗧某、𬭛某 王某·李某 7.5个百分点，`)}
	sentence := func() string {
		var b strings.Builder
		for range 2 + r.IntN(6) {
			k := kinds[min(1, r.IntN(5)/3)]
			b.WriteString(k[r.IntN(len(k))])
			for range r.IntN(10) {
				b.WriteRune(han[r.IntN(len(han))])
			}
			b.WriteString([]string{"", "", "，", "、", "；"}[r.IntN(5)])
		}
		return strings.TrimRight(b.String(), "，、；。：—…") + []string{"。", "。", "？", "！", "……"}[r.IntN(5)]
	}
	a := Article{ID: "a", Title: "关于" + string(han[r.IntN(9)]) + "的通知", Number: "示政发〔2026〕1号"}
	for range 2 + r.IntN(8) {
		p := press.P(sentence() + sentence())
		switch r.IntN(9) {
		case 0:
			a.Body = append(a.Body, press.H(1+r.IntN(3), "一、"+strings.TrimRight(sentence(), "。？！…")))
		case 1:
			p.Spans = append(p.Spans, press.Span{Text: "有关事项", Note: sentence()}, press.Span{Text: "另行通知。"})
		case 2:
			p = press.Block{Kind: press.ListKind, Items: []press.ListItem{{Marker: "1.", Blocks: []press.Block{press.P(sentence())}}, {Marker: "2.", Blocks: []press.Block{press.P(sentence())}}}}
		case 3:
			p = press.Block{Kind: press.TableKind, Table: tall(2 + r.IntN(12))}
		case 4:
			p = press.Block{Kind: press.Figure, Picture: &press.Picture{Digest: "p1", Alt: "图", Caption: "图1　流程"}}
		}
		a.Body = append(a.Body, p)
	}
	a.Body = append(a.Body, press.P(sentence()), right("示例区人民政府"), right(fmt.Sprintf("2026年%d月%d日", 1+r.IntN(12), 1+r.IntN(28))))
	return a
}

// stragglers are the lines that stand alone, by the places of what is drawn: the first line of a paragraph at the foot of a column, the last one at the top of the
// next, a heading with nothing of its text below it.
func (b *Book) stragglers() (out []string) {
	type spot struct{ page, column int }
	middle := b.Style.PageW / 2
	group := map[int][]spot{} // of each paragraph: where each of its lines stands
	low := map[spot]Length{}  // the lowest text of each column that is no heading
	heads := map[int]drawnLine{}
	says := map[int]string{}
	place := func(l drawnLine) spot {
		at := spot{page: l.page}
		if b.Style.Columns > 1 && l.x > middle {
			at.column = 1
		}
		return at
	}
	lines := drawnLines(b)
	slices.SortStableFunc(lines, func(l, m drawnLine) int {
		a, z := place(l), place(m)
		return cmp.Or(cmp.Compare(a.page, z.page), cmp.Compare(a.column, z.column), cmp.Compare(l.y, m.y))
	})
	for _, l := range lines {
		e, at := l.element, place(l)
		if e < 0 {
			continue
		}
		for b.Elements[e].Role.inline() {
			e = b.Elements[e].Parent
		}
		if !b.under(e, RoleArticle) && !b.under(e, RolePart) || b.under(e, RoleNote) && b.Elements[e].Role == RoleNote {
			continue
		}
		switch b.Elements[e].Role {
		case RoleH1, RoleH2, RoleH3, RoleH4:
			heads[e] = l
		case RoleP:
			if b.under(e, RoleTable) {
				break
			}
			if says[e] == "" {
				says[e] = l.text
			}
			group[e] = append(group[e], at)
			fallthrough
		default:
			low[at] = max(low[at], l.y)
		}
	}
	for n, p := range b.Pages {
		for _, im := range p.Images {
			low[spot{page: n}] = max(low[spot{page: n}], im.Y+im.H)
		}
	}
	for e, ls := range group {
		var runs []int
		for i := range ls {
			if i == 0 || ls[i] != ls[i-1] {
				runs = append(runs, 0)
			}
			runs[len(runs)-1]++
		}
		if len(runs) > 1 && (runs[0] < 2 || runs[len(runs)-1] < 2) {
			out = append(out, fmt.Sprintf("%q is parted into %v lines on page %d", says[e], runs, ls[0].page+1))
		}
	}
	for _, l := range heads {
		at := place(l)
		if low[at] <= l.y && (l.to < middle || low[spot{l.page, 1}] <= l.y) {
			out = append(out, fmt.Sprintf("nothing stands below the heading %q on page %d", l.text, l.page+1))
		}
	}
	slices.Sort(out)
	return out
}

// TestPdftotextFindsNoLineAtFault counts by another program's reading of the files, which tells where each word stands: lines that begin with a closing mark or end with
// an opening one, last lines of a single character, and words outside of the text.
func TestPdftotextFindsNoLineAtFault(t *testing.T) {
	first, last := regexp.MustCompile(`^[。，、；：！？）》”’〕】％%℃·]`), regexp.MustCompile(`[（《“‘〔【￥]$`)
	lone := regexp.MustCompile(`^\p{Han}[。！？；：，、”）》…—]{1,3}$`)
	for name, w := range texts(t) {
		for _, s := range styles() {
			if name == "edition" && s.Name != "gazette" && s.Name != "gazette-2" { // hundreds of pages, and no other rules
				continue
			}
			var file bytes.Buffer
			b := composed(t, w, s)
			if err := WritePDF(&file, b, PDF{Made: made()}); err != nil {
				t.Fatal(err)
			}
			lines := popplerLines(t, file.Bytes(), b)
			for _, l := range lines {
				if b.Pages[l.page].Label == "" { // cover, directory
					continue
				}
				if first.MatchString(l.text) || last.MatchString(l.text) || lone.MatchString(l.text) {
					t.Errorf("%s, %s, page %d: %q", name, s.Name, l.page+1, l.text)
				}
				fr := s.frame(inColumns, l.page%2 == 1)
				if b.Pages[l.page].turned {
					fr = s.frame(turned, l.page%2 == 1)
				}
				// The blank half of a mark at an edge is outside, its ink is not; a hanging mark is outside as a whole.
				from, to := min(s.Inner, s.Outer, fr.x)-s.TitleSize/2, b.Pages[l.page].W-min(s.Inner, s.Outer, fr.x)+s.TitleSize/2
				if s.Hanging {
					to += s.Size / 2
				}
				if l.x < from || l.to > to {
					t.Errorf("%s, %s, page %d: %q stands from %d to %d of %d to %d", name, s.Name, l.page+1, l.text, l.x, l.to, from, to)
				}
			}
			if len(lines) < 100 {
				t.Errorf("%s, %s: only %d lines", name, s.Name, len(lines))
			}
		}
	}
}

// popplerLines are the lines of a file as pdftotext sees them: words of about the same height in the same column.
func popplerLines(t *testing.T, file []byte, b *Book) (out []drawnLine) {
	t.Helper()
	word := regexp.MustCompile(`<word xMin="([0-9.-]+)" yMin="([0-9.-]+)" xMax="([0-9.-]+)" yMax="([0-9.-]+)">(.*)</word>`)
	pages := strings.Split(tool(t, "pdftotext", "poppler-utils", "-enc", "UTF-8", "-bbox", onDisk(t, "text.pdf", file), "-"), "<page ")[1:]
	if len(pages) != len(b.Pages) {
		t.Fatalf("%d pages of %d", len(pages), len(b.Pages))
	}
	for n, p := range pages {
		var ws []drawnLine
		for _, m := range word.FindAllStringSubmatch(p, -1) {
			var at [4]Length
			for i := range at {
				f, err := strconv.ParseFloat(m[i+1], 64)
				if err != nil {
					t.Fatal(err)
				}
				at[i] = Length(f * 1000)
			}
			ws = append(ws, drawnLine{page: n, x: at[0], y: (at[1] + at[3]) / 2, to: at[2], text: html.UnescapeString(m[5])})
		}
		column := func(l drawnLine) bool { return b.Style.Columns > 1 && l.x > b.Style.PageW/2 }
		for len(ws) > 0 {
			line := ws[0]
			var same []drawnLine
			ws = slices.DeleteFunc(ws, func(l drawnLine) bool {
				is := column(l) == column(line) && l.y-line.y < 4*Point && line.y-l.y < 4*Point
				if is {
					same = append(same, l)
				}
				return is
			})
			slices.SortFunc(same, func(a, b drawnLine) int { return cmp.Compare(a.x, b.x) })
			line.text, line.x, line.to = "", same[0].x, 0
			for _, l := range same {
				line.text, line.to = line.text+l.text, max(line.to, l.to)
			}
			out = append(out, line)
		}
	}
	return out
}
