package typeset

import (
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongfa/press"
)

// generated is a text of sentences that are put together by a fixed rule, so that no two paragraphs break alike. Kinds differ in what is hard about them: rules
// with numbers of articles and documents, a report full of figures and dates, a technical text of Latin words, addresses and standards.
func generated(kind, paragraphs int) []press.Block {
	parts := [][]string{
		{"各镇人民政府、街道办事处，区政府各部门应当", "依照《中华人民共和国政府信息公开条例》（国务院令第711号）", "建立健全“五公开”工作机制，", "对县（市、区）人民政府负责；", "按照示政办发〔2026〕12号文件要求，", "经第三方评估——含专家论证——后，", "报本级人民政府备案。", "第二十三条规定的情形除外。", "有下列情形之一的，不予公开：", "涉及国家秘密、商业秘密、个人隐私的……"},
		{"2026年1—11月，全区一般公共预算收入完成28.6亿元，", "同比增长7.3％，", "其中税收收入21.45亿元（占75%）。", "主动公开政府信息12,345条，", "依申请公开131件（上年结转4件），", "按时办结率100%；", "平均用时8.5个工作日，", "较法定时限20个工作日压缩57.5％。", "气温在－5℃～12℃之间，", "完成投资￥3.2亿元。"},
		{"系统按照GB/T 9704—2012和GB/T 33190—2016设计，", "接口地址为https://www.example.gov.cn/api/v2/gazette/2026/11/index.html?from=list&id=20261126，", "联系邮箱open-data.office@example.gov.cn，", "采用SM2/SM3算法和SHA-256摘要，", "支持PDF、OFD、EPUB、HTML四种格式，", "响应时间不超过1/10秒；", "统一社会信用代码为11370000MB2847123X。", "浏览器为Chromium 90及以上版本,", "详见\"附录A\"(资料性)。", "“‘示例·平台’接口”，"},
	}[kind]
	state := uint32(kind + 7)
	var out []press.Block
	for range paragraphs {
		var b strings.Builder
		for range 3 + state>>8%9 {
			state = state*1664525 + 1013904223
			b.WriteString(parts[state>>16%uint32(len(parts))])
		}
		out = append(out, press.P(strings.TrimRight(b.String(), "，；、")+"。"))
	}
	return out
}

func one(title string, bs []press.Block) *Work {
	return &Work{Name: title, Sections: []Section{{Articles: []Article{{ID: "a", Title: title, Body: bs}}}}}
}

func styles() []*Style {
	hung := Gazette()
	hung.Name, hung.Hanging = "gazette-hung", true
	return []*Style{Gazette(), hung, Gazette16(), GazetteTwoColumns(), Official()}
}

// TestEveryLineIsWellSet has a machine look at every line of three texts of different kinds in every style, and at a text of the office's own, whose path the
// environment may name.
func TestEveryLineIsWellSet(t *testing.T) {
	t.Parallel()
	texts := map[string][]press.Block{"rules": generated(0, 400), "report": generated(1, 400), "technical": generated(2, 400)}
	if path := os.Getenv("TYPESET_TEXT"); path != "" {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for l := range strings.SplitSeq(string(data), "\n") {
			if l = strings.TrimSpace(l); l != "" {
				texts[path] = append(texts[path], press.P(l))
			}
		}
	}
	for name, bs := range texts {
		for _, s := range styles() {
			b, err := Compose(one("文本", bs), s, faces(t))
			if err != nil {
				t.Fatal(err)
			}
			r := b.Report
			t.Logf("%s, %s: %d lines, %d justified, widest %d/1000 em", name, s.Name, r.Lines, r.Justified, r.Widest)
			if !r.OK() {
				t.Errorf("%s, %s: %+v", name, s.Name, r)
			}
			if s.Columns == 1 {
				edges(t, b)
			}
		}
	}
}

// edges reads the lines back from the pages, and looks at their first and last characters by lists of its own.
func edges(t *testing.T, b *Book) {
	t.Helper()
	for n, p := range b.Pages {
		at := map[Length]string{}
		for _, r := range p.Runs {
			if r.Element >= 0 {
				for _, g := range r.Glyphs {
					at[r.Y] += g.Text
				}
			}
		}
		for _, l := range at {
			rs := []rune(strings.TrimSpace(l))
			if len(rs) == 0 {
				continue
			}
			if strings.ContainsRune("。，、；：！？）》”’〕】％%℃·", rs[0]) {
				t.Errorf("page %d: a line begins with %q", n+1, l)
			}
			if strings.ContainsRune("（《“‘〔【￥", rs[len(rs)-1]) {
				t.Errorf("page %d: a line ends with %q", n+1, l)
			}
		}
	}
}

var hostile = []rune("政府公开要点一二，。；：？！、“”‘’（）《》〔〕·—…2026abcXYZ %℃￥№第年月号 -/.()~\"@\n\t　〇，，，")

func hostileText(rt *rapid.T, most int) string {
	return string(rapid.SliceOfN(rapid.SampledFrom(hostile), 0, most).Draw(rt, "text"))
}

// hostileBlocks are blocks of any shape: tables whose cells reach over each other, notes longer than a page, lists in lists.
func hostileBlocks(rt *rapid.T, deep int) []press.Block {
	var out []press.Block
	for range rapid.IntRange(0, 6).Draw(rt, "blocks") {
		align := rapid.SampledFrom([]press.Align{press.AlignBody, press.AlignLeft, press.AlignCenter, press.AlignRight}).Draw(rt, "align")
		spans := []press.Span{{Text: hostileText(rt, 300)}, {Text: hostileText(rt, 9), Bold: true, Note: hostileText(rt, 80)}}
		switch k := rapid.IntRange(0, 6).Draw(rt, "kind"); {
		case k == 0:
			out = append(out, press.Block{Kind: press.Heading, Level: rapid.IntRange(-1, 6).Draw(rt, "level"), Align: align, Spans: spans})
		case k == 1:
			tb := &press.Table{Caption: hostileText(rt, 30), Head: rapid.IntRange(-1, 5).Draw(rt, "head")}
			for range rapid.IntRange(0, 12).Draw(rt, "rows") {
				var row []press.Cell
				for range rapid.IntRange(0, 14).Draw(rt, "cells") {
					row = append(row, press.Cell{Spans: []press.Span{{Text: hostileText(rt, 60)}}, Align: align, ColSpan: rapid.IntRange(-1, 70).Draw(rt, "columns") % 9, RowSpan: rapid.IntRange(-1, 9).Draw(rt, "over")})
				}
				tb.Rows = append(tb.Rows, row)
			}
			out = append(out, press.Block{Kind: press.TableKind, Table: tb})
		case k == 2 && deep < 3:
			out = append(out, press.Block{Kind: press.ListKind, Items: []press.ListItem{{Marker: hostileText(rt, 3), Blocks: hostileBlocks(rt, deep+1)}}})
		case k == 3 && deep < 3:
			out = append(out, press.Block{Kind: press.Note, Blocks: hostileBlocks(rt, deep+1)})
		case k == 4:
			out = append(out, press.Block{Kind: press.Figure, Picture: &press.Picture{Digest: "p1", Alt: "图", Caption: hostileText(rt, 40)}},
				press.Block{Kind: press.Paragraph, Align: press.AlignRight, Spans: span("示例区人民政府")}, press.Block{Kind: press.Paragraph, Align: press.AlignRight, Spans: span("2026年11月26日")}, press.P("附件1"))
		default:
			out = append(out, press.Block{Kind: press.Paragraph, Align: align, Spans: spans})
		}
	}
	return out
}

// TestAnyWorkIsLaidOut draws works of any shape and looks that nothing is lost and nothing is off the page.
func TestAnyWorkIsLaidOut(t *testing.T) {
	t.Parallel()
	fs, pic := faces(t), picture(t)
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.SampledFrom(styles()).Draw(rt, "style")
		s.Start = Start(rapid.IntRange(0, 2).Draw(rt, "start"))
		w := &Work{Name: "公报", Volume: "第1期", Pictures: map[string]Picture{"p1": pic}, Head: &RedHead{Mark: "示例区人民政府文件", Copies: hostileText(rt, 80), PrintedOn: "2026年11月26日印发"}}
		for range rapid.IntRange(0, 3).Draw(rt, "sections") {
			sec := Section{Title: hostileText(rt, 20)}
			for range rapid.IntRange(0, 3).Draw(rt, "articles") {
				sec.Articles = append(sec.Articles, Article{ID: "a", Title: hostileText(rt, 120), Number: hostileText(rt, 12), Seal: rapid.SampledFrom([]string{"", "p1"}).Draw(rt, "seal"), Body: hostileBlocks(rt, 0)})
			}
			w.Sections = append(w.Sections, sec)
		}
		b, err := Compose(w, s, fs)
		if err != nil {
			rt.Fatal(err)
		}
		drawn := make([]strings.Builder, len(b.Elements))
		for n, p := range b.Pages {
			for _, r := range p.Runs {
				onPage(rt, n, &p, r)
				e := r.Element
				for e >= 0 && b.Elements[e].Role.inline() {
					e = b.Elements[e].Parent
				}
				for _, g := range r.Glyphs {
					if e >= 0 {
						drawn[e].WriteString(g.Text)
					}
				}
			}
		}
		for i, e := range b.Elements {
			if got, want := press.Fold(drawn[i].String()), press.Fold(e.Text); got != want {
				rt.Errorf("%s says %q and draws %q", e.Role, want, got)
			}
		}
	})
}

func onPage(rt *rapid.T, n int, p *Page, r Run) {
	last := r.Glyphs[len(r.Glyphs)-1]
	if r.X < -r.Size || r.Y < 0 || r.Y > p.H || r.X+last.X > p.W {
		var b strings.Builder
		for _, g := range r.Glyphs {
			b.WriteString(g.Text)
		}
		rt.Errorf("page %d: %q stands at %d, %d of %d x %d", n+1, b.String(), r.X, r.Y, p.W, p.H)
	}
}

// TestTimeGrowsWithLength sets ten times the text, of kinds that could make it grow faster: plain paragraphs, one paragraph, forced breaks, marks that no break may
// part, one endless word, a table.
func TestTimeGrowsWithLength(t *testing.T) {
	fs := faces(t)
	kinds := map[string]func(n int) []press.Block{
		"paragraphs": func(n int) []press.Block { return generated(0, n/120) },
		"one paragraph": func(n int) []press.Block {
			return []press.Block{press.P(strings.Repeat("政务公开工作要点，", n/9))}
		},
		"breaks":   func(n int) []press.Block { return []press.Block{press.P(strings.Repeat("公开\n", n/3))} },
		"marks":    func(n int) []press.Block { return []press.Block{press.P(strings.Repeat("，。", n/2))} },
		"one word": func(n int) []press.Block { return []press.Block{press.P(strings.Repeat("abcdefghi/", n/10))} },
		"table":    func(n int) []press.Block { return []press.Block{{Kind: press.TableKind, Table: tall(n / 40)}} },
	}
	for name, make := range kinds {
		least := func(n int) time.Duration {
			best := time.Hour
			for range 3 {
				at := time.Now()
				if _, err := Compose(one("长文", make(n)), Gazette(), fs); err != nil {
					t.Fatal(err)
				}
				best = min(best, time.Since(at))
			}
			return best
		}
		small, large := least(10_000), least(100_000)
		t.Logf("%s: 10,000 characters %v, 100,000 %v: %.1f times", name, small, large, float64(large)/float64(small))
		if large > 40*small && large > time.Second {
			t.Errorf("%s: ten times the text takes %.0f times as long", name, float64(large)/float64(small))
		}
	}
}

// TestATitleIsBrokenByItsMeaning looks at where titles part.
func TestATitleIsBrokenByItsMeaning(t *testing.T) {
	t.Parallel()
	c := &composer{style: Official(), faces: faces(t), missed: map[rune]*Missing{}}
	for title, want := range map[string]string{
		"示例区人民政府关于印发示例区政府公报管理办法的通知":        "示例区人民政府关于印发|示例区政府公报管理办法的通知",
		"示例区人民政府办公室关于进一步加强安全生产和消防工作的若干意见":  "示例区人民政府办公室关于|进一步加强安全生产和消防工作的若干意见",
		"示例区人民政府办公室关于印发《示例区突发事件总体应急预案》的通知": "示例区人民政府办公室关于印发|《示例区突发事件总体应急预案》的通知",
		"短标题": "短标题",
	} {
		var lines []string
		for _, r := range c.title(title, setting{row: c.style.Title, size: c.style.TitleSize, width: c.style.width()}) {
			lines = append(lines, r.words())
		}
		if got := strings.Join(lines, "|"); got != want {
			t.Errorf("%s is broken as %s", title, got)
		}
	}
}

// official is a short document with everything that GB/T 9704 puts around one.
func official() *Work {
	w := one("示例区人民政府关于印发示例区政府公报管理办法的通知", append(generated(0, 30),
		press.Block{Kind: press.Paragraph, Align: press.AlignRight, Spans: span("示例区人民政府")}, press.Block{Kind: press.Paragraph, Align: press.AlignRight, Spans: span("2026年11月20日")}))
	w.Sections[0].Articles[0].Number = "示政发〔2026〕12号"
	w.Head = &RedHead{Mark: "示例区人民政府文件", Copies: "区委各部门。", Printer: "示例区人民政府办公室", PrintedOn: "2026年11月20日印发"}
	return w
}

// TestAnOfficialDocumentHasItsMeasures checks the page of GB/T 9704: 22 lines of 28 characters in 156 x 225 mm, the red line, the record on an even page.
func TestAnOfficialDocumentHasItsMeasures(t *testing.T) {
	t.Parallel()
	s := Official()
	if s.width() != MM(156) || s.height() != 22*s.Leading || s.height() > MM(225) || s.height() < MM(225)-22 {
		t.Errorf("the area of text is %d x %d", s.width(), s.height())
	}
	b, err := Compose(official(), s, faces(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Pages)%2 != 0 {
		t.Errorf("the record is on page %d", len(b.Pages))
	}
	lines, full := 0, 0
	for _, p := range b.Pages {
		ys := map[Length]int{}
		for _, r := range p.Runs {
			if r.Element >= 0 {
				ys[r.Y] += len(r.Glyphs)
				full = max(full, ys[r.Y])
			}
		}
		lines = max(lines, len(ys))
	}
	if lines != 22 || full < 28 {
		t.Errorf("the fullest page has %d lines of up to %d characters", lines, full)
	}
	reds := 0
	for _, r := range b.Pages[0].Rules {
		if r.Colour == red && r.W == MM(156) {
			reds++
		}
	}
	last := b.Pages[len(b.Pages)-1]
	if bottom := last.lowestRule() - s.Top; reds != 1 || bottom < s.height() || bottom > s.height()+Point {
		t.Errorf("%d red lines; the record ends at %d of %d", reds, bottom, s.height())
	}
}

func (p *Page) lowestRule() (y Length) {
	for _, r := range p.Rules {
		y = max(y, r.Y)
	}
	return y
}

// TestALongFootnoteLeavesNoHole pushes the mark of one down a page: it begins below its mark with three lines, and the page is full.
func TestALongFootnoteLeavesNoHole(t *testing.T) {
	t.Parallel()
	for n := 20; n < 40; n++ {
		bs := []press.Block{press.P(strings.Repeat("政务公开\n", n)), {Kind: press.Paragraph, Spans: []press.Span{{Text: "有关事项", Note: strings.Repeat("长注文字，", 600)}, {Text: "见下文。"}}}}
		b := composed(t, one("有长注", append(bs, generated(0, 30)...)), Gazette())
		mark, lines := 0, 0
		for _, l := range drawnLines(b) {
			if strings.HasPrefix(l.text, "有关事项") {
				mark = l.page
			}
			if l.page == mark && strings.Contains(l.text, "长注文字") {
				lines++
			}
		}
		if low := b.Pages[0].lowestText(); lines < 3 || low < b.Style.PageH-b.Style.Bottom-5*b.Style.Leading {
			t.Errorf("%d lines above: %d lines of the note with its mark; the first page ends at %d", n, lines, low)
		}
	}
}

// TestASmallTableIsNotParted pushes one down a page.
func TestASmallTableIsNotParted(t *testing.T) {
	t.Parallel()
	for n := range 45 {
		b := composed(t, one("小表", []press.Block{press.P(strings.Repeat("政务公开\n", n)), {Kind: press.TableKind, Table: tall(4)}}), Gazette())
		ls := drawnLines(b)
		if a, z := find(t, ls, "表1"), ls[len(ls)-2]; a.page != len(b.Pages)-1 {
			t.Errorf("after %d lines it begins on page %d and ends on %d", n, a.page+1, z.page+1)
		}
	}
}

// TestTheLastColumnsAreBalanced sets a short text in two columns.
func TestTheLastColumnsAreBalanced(t *testing.T) {
	t.Parallel()
	s := GazetteTwoColumns()
	b, err := Compose(one("短文", generated(0, 8)), s, faces(t))
	if err != nil {
		t.Fatal(err)
	}
	var low [2]Length
	for _, r := range b.Pages[len(b.Pages)-1].Runs {
		if k := 0; r.Element >= 0 {
			if r.X > s.PageW/2 {
				k = 1
			}
			low[k] = max(low[k], r.Y)
		}
	}
	if d := low[0] - low[1]; d < -2*s.Leading || d > 2*s.Leading {
		t.Errorf("one column ends at %d, the other at %d", low[0], low[1])
	}
}

// TestAFootnoteStandsOnThePageOfItsMark, and one that is longer than a page goes over.
func TestAFootnoteStandsOnThePageOfItsMark(t *testing.T) {
	t.Parallel()
	bs := generated(0, 40)
	bs[20].Spans = append(bs[20].Spans, press.Span{Text: "此处", Note: "短注。"}, press.Span{Text: "又一处", Note: strings.Repeat("长注文字，", 900)})
	b, err := Compose(one("有注", bs), Gazette(), faces(t))
	if err != nil {
		t.Fatal(err)
	}
	mark, note := -1, -1
	for n, p := range b.Pages {
		for _, r := range p.Runs {
			if r.Element < 0 || r.Glyphs[0].Text != "①" {
				continue
			}
			if b.under(r.Element, RoleNote) {
				note = n
			} else {
				mark = n
			}
		}
	}
	if mark < 0 || mark != note {
		t.Errorf("the mark is on page %d, the note on page %d", mark+1, note+1)
	}
}

// under reports whether an element is of a role, or stands within one of it.
func (b *Book) under(e int, role Role) bool {
	for e >= 0 && b.Elements[e].Role != role {
		e = b.Elements[e].Parent
	}
	return e >= 0
}

// TestAFootnoteAndItsMarkLeadToEachOther follows the links of the sampler: from each mark to the line of its note, from each note to the line of its mark. The PDF has
// the tags of both.
func TestAFootnoteAndItsMarkLeadToEachOther(t *testing.T) {
	t.Parallel()
	for _, s := range styles() {
		b := composed(t, sampler(t), s)
		marks, notes := 0, 0
		for n, p := range b.Pages {
			for _, l := range p.Links {
				if l.URL != "" || l.Element < 0 {
					continue
				}
				switch target := &b.Pages[l.Page]; {
				case b.under(l.Element, RoleReference):
					marks++
					if !b.leadsTo(l, func(e int) bool { return b.under(e, RoleNote) && b.under(e, RoleLabel) }) {
						t.Errorf("%s: a mark on page %d leads to %d of page %d", s.Name, n+1, l.At, l.Page+1)
					}
				case b.under(l.Element, RoleLabel):
					notes++
					if !b.leadsTo(l, func(e int) bool { return b.under(e, RoleReference) }) {
						t.Errorf("%s: a note on page %d leads to %d of page %d (%d high)", s.Name, n+1, l.At, l.Page+1, target.H)
					}
				}
			}
		}
		if marks != 5 || notes != 5 {
			t.Errorf("%s: %d marks and %d notes are links", s.Name, marks, notes)
		}
	}
	p, err := openParcel(files(t, sampler(t), Gazette(), faces(t))[FormatOFD])
	if err != nil {
		t.Fatal(err)
	}
	links := 0
	for _, f := range p.z.File {
		if strings.HasSuffix(f.Name, "/Content.xml") {
			data, err := p.read(f.Name)
			if err != nil {
				t.Fatal(err)
			}
			body, _, _ := strings.Cut(string(data), `<ofd:Layer Type="Foreground"`)
			links += strings.Count(body, "<ofd:Goto>")
		}
	}
	if links != 10 {
		t.Errorf("%d links of the OFD lead to notes and back", links)
	}
	tags := tool(t, "pdfinfo", "poppler-utils", "-struct", onDisk(t, "sampler.pdf", pdfOf(t, sampler(t), Making{})))
	for _, want := range []string{"Reference", "Note", "Lbl"} {
		if strings.Count(tags, want+"\n")+strings.Count(tags, want+" ") < 5 {
			t.Errorf("not every note has a tag %s", want)
		}
	}
}

// leadsTo reports whether a run of such an element stands right below the place that a link leads to.
func (b *Book) leadsTo(l Link, is func(e int) bool) bool {
	for _, r := range b.Pages[l.Page].Runs {
		if r.Element >= 0 && is(r.Element) && r.Y >= l.At && r.Y-l.At < 2*b.Style.Leading {
			return true
		}
	}
	return false
}

// TestAYearIsIndexed sets an index of a year.
func TestAYearIsIndexed(t *testing.T) {
	t.Parallel()
	var es []Indexed
	for i := range 100 {
		es = append(es, Indexed{Section: []string{"区政府文件", "部门文件"}[i/50], Title: "关于第" + itoa(i) + "件事的通知", Number: "示政发〔2026〕" + itoa(i) + "号", Issue: "第" + itoa(i/30+1) + "期", Page: i})
	}
	w := &Work{Sections: []Section{{Articles: []Article{YearIndex("2026年总目录", es)}}}}
	if text := w.Text(); !strings.Contains(text, "部门文件\n关于第50件事的通知\t示政发〔2026〕50号\t第2期\t50") {
		t.Errorf("it says %s", text)
	}
	if b, err := Compose(w, Gazette(), faces(t)); err != nil || !b.Report.OK() {
		t.Errorf("%v", err)
	}
}
