package typeset

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tongfa/press"
)

// These tests hold what was mended after looking at the pages.

// drawnLine is a line as it stands on a page: the runs of one baseline and one column.
type drawnLine struct {
	page     int
	x, y, to Length
	element  int
	text     string
}

// drawnLines are the lines of a book, page by page and from top to bottom. What stands apart by more than two characters is not one line.
func drawnLines(b *Book) (out []drawnLine) {
	for n, p := range b.Pages {
		runs := slices.Clone(p.Runs)
		slices.SortStableFunc(runs, func(a, b Run) int { return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X)) })
		for _, r := range runs {
			last := r.Glyphs[len(r.Glyphs)-1]
			l := drawnLine{page: n, x: r.X, y: r.Y, to: r.X + last.X + r.Face.Advance(last.ID, r.Size), element: r.Element}
			for _, g := range r.Glyphs {
				l.text += g.Text
			}
			if k := len(out); k > 0 && out[k-1].page == n && out[k-1].y == l.y && l.x-out[k-1].to < r.Size {
				out[k-1].text, out[k-1].to = out[k-1].text+l.text, l.to
				continue
			}
			out = append(out, l)
		}
	}
	return out
}

// find is the first line that holds a text.
func find(t *testing.T, ls []drawnLine, text string) drawnLine {
	t.Helper()
	i := slices.IndexFunc(ls, func(l drawnLine) bool { return strings.Contains(l.text, text) })
	if i < 0 {
		t.Fatalf("%q is not drawn", text)
	}
	return ls[i]
}

func composed(t testing.TB, w *Work, s *Style) *Book {
	t.Helper()
	b, err := Compose(w, s, faces(t))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// broad is a table that only a landscape page holds.
func broad() press.Block {
	for _, b := range measures() {
		if b.Table != nil && len(b.Table.Rows[1]) == 12 {
			return b
		}
	}
	panic("there is none")
}

// TestALandscapeTableLeavesNoHole puts one between paragraphs: the text after it goes on at the foot of the page before, and its caption stands over its middle.
func TestALandscapeTableLeavesNoHole(t *testing.T) {
	t.Parallel()
	w := one("有宽表", append(append(generated(0, 9), broad()), generated(1, 40)...))
	w.Pictures = map[string]Picture{}
	b := composed(t, w, Gazette())
	i := slices.IndexFunc(b.Pages, func(p Page) bool { return p.turned })
	if i < 1 {
		t.Fatal("no landscape page")
	}
	if low, foot := b.Pages[i-1].lowestText(), b.Style.PageH-b.Style.Bottom-4*b.Style.Leading; low < foot {
		t.Errorf("the page before ends at %d of %d", low, foot)
	}
	c := find(t, drawnLines(b), "表2　2026年")
	if off := (c.x+c.to)/2 - b.Pages[i].W/2; c.page != i || off < -3*Point || off > 3*Point {
		t.Errorf("the caption is on page %d of %d, %d beside the middle", c.page+1, i+1, off)
	}
	if p := Verify(w, files(t, w, Gazette(), faces(t))); !p.Same() {
		t.Errorf("%+v", p.Files)
	}
}

func (p *Page) lowestText() (y Length) {
	for _, r := range p.Runs {
		if r.Element >= 0 {
			y = max(y, r.Y)
		}
	}
	return y
}

// TestATableThatGoesOverSaysSo looks at the pages of a long table: each but the first says 表1（续） above the head, as no part of the text, and none has a row alone.
func TestATableThatGoesOverSaysSo(t *testing.T) {
	t.Parallel()
	for rows := 30; rows < 80; rows += 3 {
		b := composed(t, one("长表", []press.Block{{Kind: press.TableKind, Table: tall(rows)}}), Gazette())
		ls := drawnLines(b)
		for n := 1; n < len(b.Pages); n++ {
			above, body := 0, 0
			for _, l := range ls {
				switch {
				case l.page != n:
				case l.text == "表1（续）" && l.element == -1:
					above++
				case l.element >= 0 && strings.Contains(l.text, "建设项目"):
					body++
				}
			}
			if above != 1 || body < 2 {
				t.Errorf("%d rows, page %d: %d times 续, %d rows", rows, n+1, above, body)
			}
		}
	}
	for caption, want := range map[string]string{"表1　收入": "表1（续）", "附表2-1 支出": "附表2-1（续）", "收入情况": "续表", "": ""} {
		if got := continued(caption); got != want {
			t.Errorf("%q goes on as %q", caption, got)
		}
	}
}

// TestShortColumnsAreWhole shares a width among columns of a table.
func TestShortColumnsAreWhole(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ least, most, want []Length }{
		{[]Length{20, 20, 20}, []Length{30, 400, 40}, []Length{30, 230, 40}},  // the long one has the rest
		{[]Length{20, 20, 20}, []Length{300, 600, 30}, []Length{90, 180, 30}}, // two long ones in proportion
		{[]Length{40, 200, 50}, []Length{60, 200, 80}, []Length{42, 200, 58}}, // none less than its least
		{[]Length{20, 20}, []Length{50, 100}, []Length{100, 200}},             // room for all
		{[]Length{200, 400}, []Length{200, 400}, []Length{100, 200}},          // room for none
		{[]Length{10, 10, 250}, []Length{90, 90, 250}, []Length{25, 25, 250}}, // what is short must leave the others theirs
	} {
		got := share(c.least, c.most, 300)
		if sumOf(got) != 300 {
			t.Errorf("%v is not all of it", got)
		}
		for i := range got {
			if got[i] < c.want[i]-1 || got[i] > c.want[i]+1 {
				t.Errorf("%v and %v share as %v, not %v", c.least, c.most, got, c.want)
				break
			}
		}
	}
}

// TestShortCellsAreNotBroken looks at a catalogue with more words than its page is wide: what is short in it stands on one line, and what is long gives way.
func TestShortCellsAreNotBroken(t *testing.T) {
	t.Parallel()
	if got := shareWhole([]Length{20, 20, 20}, []Length{20, 90, 60}, []Length{400, 200, 60}, 300); got[1] < 90 || got[2] < 60 {
		t.Errorf("a column is too narrow for its short cells: %v", got)
	}
	if got := shareWhole([]Length{20, 20}, []Length{200, 200}, []Length{400, 400}, 300); sumOf(got) != 300 || got[1] < 20 {
		t.Errorf("short cells for which there is no room are shared as %v", got)
	}
}

// TestACellEndsWithTwoRatherThanBeginsWithOne breaks four characters where three have room.
func TestACellEndsWithTwoRatherThanBeginsWithOne(t *testing.T) {
	t.Parallel()
	faces, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	c := &composer{work: &Work{}, style: Gazette(), faces: faces, missed: map[rune]*Missing{}}
	bs, _ := c.boxes([]press.Span{{Text: "全程网办"}}, setting{row: c.style.Body, size: 10000, width: 30500, element: -1})
	prepare(bs)
	if ls := c.breaker.lines(bs, 30500, 0, false, false); len(ls) != 2 || ls[0].to != 2 {
		t.Errorf("broken as %v", ls)
	}
}

// TestATableIsAsLowAsItCanBe gives the shorter of two long columns what it needs for one line.
func TestATableIsAsLowAsItCanBe(t *testing.T) {
	t.Parallel()
	ls := drawnLines(composed(t, sampler(t), Gazette()))
	find(t, ls, "区市场监管局")
	for _, l := range ls {
		if strings.Contains(l.text, "区市场监") && !strings.Contains(l.text, "区市场监管局") {
			t.Errorf("it is parted: %s", l.text)
		}
	}
}

// TestTwoColumnsGoOnBelowATable looks at the sampler in two columns: titles and wide tables stand across, the columns above them are balanced, text goes on below them
// on the same page, and the footnotes are at its foot in their order.
func TestTwoColumnsGoOnBelowATable(t *testing.T) {
	t.Parallel()
	s := GazetteTwoColumns()
	b := composed(t, sampler(t), s)
	ls := drawnLines(b)
	title, body, table, second := find(t, ls, "关于印发2026年重点任务分工"), find(t, ls, "各有关单位"), find(t, ls, "表1　重点任务"), find(t, ls, "（二）计算办法")
	for _, l := range ls {
		if strings.Contains(l.text, "关于印发2026年") && l.page == body.page {
			title = l
		}
	}
	if title.page != body.page || table.page != body.page || second.page != body.page || title.y > body.y || table.y < body.y || table.y < second.y {
		t.Errorf("title, text and table are on pages %d, %d, %d at %d, %d, %d", title.page, body.page, table.page, title.y, body.y, table.y)
	}
	if body.x > s.PageW/2 || second.x < s.PageW/2 {
		t.Errorf("the columns above the table are not balanced: %d, %d", body.x, second.x)
	}
	one, two := find(t, ls, "①见国家统计局"), find(t, ls, "②第5项任务")
	if one.page != body.page || two.page != body.page || one.y >= two.y || one.y < s.PageH*3/4 {
		t.Errorf("the notes are on pages %d and %d at %d and %d", one.page, two.page, one.y, two.y)
	}
	picture, caption := -1, find(t, ls, "图1　政府信息公开申请")
	for n, p := range b.Pages {
		for _, im := range p.Images {
			if im.Digest == "p1" && n == caption.page && caption.x > im.X-s.width() && caption.to < im.X+im.W+s.width() && caption.y > im.Y+im.H {
				picture = n
			}
		}
	}
	if picture < 0 {
		t.Error("the picture and its caption stand in different columns")
	}
}

// TestFiguresHaveNoHolesAroundThem measures the gaps of justified lines: those between Han and figures are at most 3/8 em before all others grow as well.
func TestFiguresHaveNoHolesAroundThem(t *testing.T) {
	t.Parallel()
	bs := set(t, strings.Repeat("2026年1月，全区一般公共预算收入完成28.6亿元，同比增长7个百分点，其中税收收入占75个百分点", 9))
	for _, l := range new(breaker).lines(bs, 22*10_500, 21_000, true, false) {
		air, square := Length(0), Length(0)
		for i := l.from; i+1 < l.to && !l.last; i++ {
			a, z := &bs[i], &bs[i+1]
			gap := l.x[i+1-l.from] - l.x[i-l.from] - a.w
			switch {
			case latin(a) && wide(z), wide(a) && latin(z):
				air = max(air, gap)
			case wide(a) && wide(z):
				square = max(square, gap)
			}
		}
		if most := Length(10_500)*3/8 + square + 2; air > most {
			t.Errorf("%s: %d around a figure, %d between squares", words(bs, l), air, square)
		}
	}
}

// TestAnOnlyArticleStandsForItsSection prints 更正 once.
func TestAnOnlyArticleStandsForItsSection(t *testing.T) {
	t.Parallel()
	w := sampler(t)
	if n := strings.Count(w.Text(), "\n更正\n"); n != 1 {
		t.Errorf("it stands %d times in the text", n)
	}
	b := composed(t, w, Gazette())
	if i := slices.IndexFunc(b.Outline, func(m Bookmark) bool { return m.Title == "更正" }); i < 0 || len(b.Outline[i].Kids) > 0 {
		t.Errorf("the outline is %v", b.Outline)
	}
	page := string(files(t, w, Gazette(), faces(t))[FormatHTML])
	if strings.Contains(page, "<h2 class=\"section\" id=\"s-5\">") || !strings.Contains(page, "<h2>更正</h2>") {
		t.Error("the page for phones has the title twice, or not")
	}
}

// TestAListOfAttachmentsIsWhole pushes one down a page line by line: it is never parted.
func TestAListOfAttachmentsIsWhole(t *testing.T) {
	t.Parallel()
	for n := range 45 {
		bs := []press.Block{press.P(strings.Repeat("政务公开\n", n)), press.P("附件：1. 办理规定"), press.P("2. 申请表"), press.P("3. 机构名录"), right("示例区人民政府"), right("2026年11月20日")}
		ls := drawnLines(composed(t, one("通知", bs), Gazette()))
		if a, z := find(t, ls, "办理规定"), find(t, ls, "机构名录"); a.page != z.page {
			t.Fatalf("after %d lines it begins on page %d and ends on %d", n, a.page+1, z.page+1)
		}
	}
}

// TestALongTitleIsBrokenAfterItsMarks looks at a title that lists things.
func TestALongTitleIsBrokenAfterItsMarks(t *testing.T) {
	t.Parallel()
	c := &composer{style: Gazette(), faces: faces(t), missed: map[rune]*Missing{}}
	var lines []string
	for _, r := range c.title(sampler(t).Sections[0].Articles[1].Title, setting{row: c.style.Title, size: c.style.TitleSize, width: c.style.width()}) {
		lines = append(lines, r.words())
	}
	if got := strings.Join(lines, "|"); strings.Contains(got, "危险|") || strings.Contains(got, "化学|") || !strings.Contains(got, "、|") {
		t.Error(got)
	}
}

// TestATitleOnAScreenIsPartedByItsMeaning, and its text stays the same.
func TestATitleOnAScreenIsPartedByItsMeaning(t *testing.T) {
	t.Parallel()
	got := parted("示例区人民政府关于加强政务公开工作和危险化学品安全管理的通知<1>\xff")
	for _, no := range []string{"人民<wbr/>政府", "关<wbr/>于", "<wbr/>的", "和<wbr/>", "危险<wbr/>", "<wbr/>和"} {
		if strings.Contains(got, no) {
			t.Errorf("%s has %s", got, no)
		}
	}
	if !strings.Contains(got, "关于<wbr/>加强<wbr/>政务公开<wbr/>工作") || strings.ReplaceAll(got, "<wbr/>", "") != escape("示例区人民政府关于加强政务公开工作和危险化学品安全管理的通知<1>\xff") {
		t.Error(got)
	}
}

// TestFootnotesOnScreensLeadBothWays reads the page for phones and the chapters of the EPUB: every link within has its place, no place is there twice, and each mark and
// each note is called what it is.
func TestFootnotesOnScreensLeadBothWays(t *testing.T) {
	t.Parallel()
	out := files(t, sampler(t), Gazette(), faces(t))
	pages := []string{string(out[FormatHTML])}
	p, err := openParcel(out[FormatEPUB])
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range p.z.File {
		if strings.Contains(f.Name, "article-") {
			data, err := p.read(f.Name)
			if err != nil {
				t.Fatal(err)
			}
			pages = append(pages, string(data))
		}
	}
	marks := 0
	for i, page := range pages {
		ids, links := map[string]bool{}, []string{}
		for z := html.NewTokenizer(strings.NewReader(page)); z.Next() != html.ErrorToken; {
			k := z.Token()
			if k.Type != html.StartTagToken {
				continue
			}
			if id := attribute(k, "id"); id != "" {
				if ids[id] {
					t.Errorf("%s is there twice", id)
				}
				ids[id] = true
			}
			if to, ok := strings.CutPrefix(attribute(k, "href"), "#"); ok {
				links = append(links, to)
			}
			role, kind := attribute(k, "role"), attribute(k, "epub:type")
			switch {
			case role == "doc-noteref" && strings.HasPrefix(attribute(k, "aria-label"), "脚注") && kind == map[bool]string{true: "noteref"}[i > 0]:
				marks++
			case role == "doc-footnote" && kind != map[bool]string{true: "footnote"}[i > 0], role == "doc-backlink" && !strings.HasSuffix(attribute(k, "aria-label"), "回到正文"), role == "doc-noteref":
				t.Errorf("%v", k)
			}
		}
		for _, to := range links {
			if !ids[to] {
				t.Errorf("there is no %s", to)
			}
		}
	}
	if marks != 10 {
		t.Errorf("%d marks lead to their notes", marks)
	}
}

// TestMarksOnScreensAreSqueezed looks for the half width of marks in a web font, where a browser finds it.
func TestMarksOnScreensAreSqueezed(t *testing.T) {
	t.Parallel()
	f := faces(t)[Song]
	used := map[rune]uint16{}
	for _, r := range "《》，。A文" {
		used[r], _ = f.Glyph(r)
	}
	s := &subset{face: f}
	for r, g := range used {
		s.order = append(s.order, glyphText{g, string(r)})
	}
	g := s.halves()
	if len(g) < 60 || string(g[32:36]) != "halt" || be16(g, 62) != 4 {
		t.Errorf("the table is % x", g)
	}
	if plain := (&subset{face: f, order: s.order[:0]}).halves(); plain != nil {
		t.Errorf("a face without marks has one: % x", plain)
	}
}

// TestCellsOnScreensAreWideEnough looks at the classes of cells.
func TestCellsOnScreensAreWideEnough(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"1,286.5": "right", "98%": "right short", "王某": "short", "": "short", strings.Repeat("长", 40): "longest"} {
		if got := cellClass(press.Cell{Spans: span(text)}, false); got != ` class="`+want+`"` {
			t.Errorf("%s has %s", text, got)
		}
	}
}

// TestTheDirectoryPartsNoWord looks at the long titles of the directory.
func TestTheDirectoryPartsNoWord(t *testing.T) {
	t.Parallel()
	for _, s := range styles() {
		for _, l := range drawnLines(composed(t, sampler(t), s)) {
			if l.page == 2 && (strings.HasPrefix(l.text, "的") || strings.HasPrefix(l.text, "学品") || strings.HasPrefix(l.text, "化学品") || strings.HasPrefix(l.text, "路交通")) {
				t.Errorf("%s: %s", s.Name, l.text)
			}
		}
	}
}

// TestCopiesAreSetInUnderTheFirstOfThem looks at the record of an official document.
func TestCopiesAreSetInUnderTheFirstOfThem(t *testing.T) {
	t.Parallel()
	w := official()
	w.Head.Copies = strings.Repeat("区委各部门，区人大常委会办公室，", 5) + "驻区各单位。"
	b := composed(t, w, Official())
	label, next := Length(0), Length(-1)
	for _, r := range b.Pages[len(b.Pages)-1].Runs {
		if r.Glyphs[0].Text == "抄" {
			label = r.X + r.Glyphs[3].X
		} else if label > 0 && next < 0 {
			next = r.X
		}
	}
	if label == 0 || label != next {
		t.Errorf("the first stands at %d, the second line begins at %d", label, next)
	}
}

// TestAnAnnexBeginsWithoutAHole measures from the title of an annex to its first chapter.
func TestAnAnnexBeginsWithoutAHole(t *testing.T) {
	t.Parallel()
	ls := drawnLines(composed(t, one("通知", regulations()), Gazette()))
	title, chapter := find(t, ls, "示例区政府信息公开申请办理规定"), find(t, ls, "第一章")
	for _, l := range ls {
		if l.text == "示例区政府信息公开申请办理规定" {
			title = l
		}
	}
	if gap := chapter.y - title.y; title.page != chapter.page || gap > 3*Gazette().Leading {
		t.Errorf("%d between them", gap)
	}
}

// TestMarksHangWhereTheStyleSaysSo asks for styles by name.
func TestMarksHangWhereTheStyleSaysSo(t *testing.T) {
	t.Parallel()
	s := StyleOf("gazette-2-hanging")
	if s == nil || !s.Hanging || s.Columns != 2 || StyleOf("gazette").Hanging || StyleOf("gazette-hung") != nil || StyleOf("-hanging") != nil {
		t.Fatalf("%+v", s)
	}
	edge, hung := s.Inner+s.width(), 0
	for _, l := range drawnLines(composed(t, one("文本", generated(0, 60)), s)) {
		if r := []rune(l.text); l.x < s.PageW/2 && hangs(r[len(r)-1]) && l.to > edge+s.Size/2 {
			hung++
		}
	}
	if hung < 5 {
		t.Errorf("%d marks hang", hung)
	}
}

// TestALongNameStandsInTwoLines looks at the cover of an issue with a long name, and at that of the others.
func TestALongNameStandsInTwoLines(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"示例区人民政府公报": 1, "示例维吾尔自治区示例自治州示例区人民政府公报": 2} {
		w := issue(t)
		w.Name = name
		lines := 0
		for _, r := range composed(t, w, Gazette16()).Pages[0].Runs {
			if r.Colour == red {
				lines++
				if r.Size < 24_000 {
					t.Errorf("%s is set in %d", name, r.Size)
				}
			}
		}
		if lines != want {
			t.Errorf("%s stands in %d lines", name, lines)
		}
	}
}

// TestArticlesOfNothingButAHeadingAreParted sets more of them than a page holds.
func TestArticlesOfNothingButAHeadingAreParted(t *testing.T) {
	t.Parallel()
	w := one("通知", []press.Block{press.H(1, "一、总体要求")})
	for range 60 {
		w.Sections[0].Articles = append(w.Sections[0].Articles, w.Sections[0].Articles[0])
	}
	if b := composed(t, w, Gazette()); !b.Report.OK() {
		t.Errorf("%+v", b.Report)
	}
}

// TestDatesAreSeldomParted breaks a text full of dates to many widths.
func TestDatesAreSeldomParted(t *testing.T) {
	t.Parallel()
	bs := set(t, strings.Repeat("自2026年11月30日起施行的《示例区供热管理办法》有效期至2031年11月29日，修订情况于2028年3月1日前报区政府备案。", 6))
	parted, lines := 0, 0
	for characters := Length(20); characters < 45; characters++ {
		for _, l := range new(breaker).lines(bs, characters*10_500, 21_000, true, false) {
			lines++
			if a := &bs[l.to-1]; !l.last && (a.r == '年' || a.r == '月') && l.to < len(bs) && digit(&bs[l.to]) {
				parted++
			}
		}
	}
	if t.Logf("%d of %d lines part a date", parted, lines); parted*9 > lines {
		t.Error("they are too many")
	}
}

// TestAnAddressIsPartedAfterItsDots and not spread.
func TestAnAddressIsPartedAfterItsDots(t *testing.T) {
	t.Parallel()
	bs := set(t, "数据接口：https://data.example.gov.cn/api/v2/statistics/2026/quarter-4/index.html")
	for i := range bs {
		if bs[i].r == '.' && bs[i+1].r == 'h' && !bs[i].breakable {
			t.Error("a line cannot end before html")
		}
	}
	for characters := Length(30); characters < 44; characters++ {
		for _, l := range new(breaker).lines(bs, characters*10_500, 21_000, true, false) {
			if l.spread > 120 {
				t.Errorf("%d characters: %s is spread by %d", characters, words(bs, l), l.spread)
			}
		}
	}
}
