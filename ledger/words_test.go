package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

// texts are three items of which only the first is public.
func worded(t *testing.T) *testBench {
	t.Helper()
	b := setup(t)
	for _, x := range [][2]string{
		{"甲", "城乡居民医疗保险缴费第12号公告，Wi-Fi办理点见附件。"},
		{"乙", "龙泉街道停水，供水管网改造。"},
		{"丙", "公开工作年度报告。公务用车保障人民。"},
	} {
		f := ready(x[0], "site")
		if x[0] != "甲" {
			f = draft(x[0], "site")
		}
		f.Revision.Title = "关于" + x[0] + "事项的通知"
		f.Revision.Body = []press.Block{press.P(x[1])}
		b.pass(time.Second)
		b.filed(f)
	}
	return b
}

func TestEveryItemIsFoundByItsText(t *testing.T) {
	b := worded(t)
	for query, want := range map[string]string{
		"停水": "乙", "水": "乙", "停": "乙", "造": "乙", "改造。": "乙", "街道停水": "乙", "停水供水": "", "停水，供水": "乙", "龙泉 改造": "乙", "龙泉 医疗": "", "水管": "乙", "泉街": "乙",
		"公开": "丙", "公务": "丙", "开务": "", "保障": "丙", "障人": "丙", "障": "丙", "民": "丙 甲", "医疗保险": "甲", "第12号": "甲", "12号公": "甲", "12号": "甲", "12": "甲",
		"第1": "", "2号": "", "wi-fi": "甲", "通知": "丙 乙 甲", "乙事项 管网": "乙", "关于乙 通知": "乙", "事项的 缴费": "甲", "通": "丙 乙 甲", "oa": "",
		`"`: "", `水" OR "医`: "", "水*": "乙", "title:水": "", "NOT 水": "", "^水": "乙", "水\x00": "乙", "'; DROP TABLE item; --": "", "\xff水": "乙", strings.Repeat("水 ", 9999): "乙",
		strings.Repeat("水", 9999): "",
	} {
		equal(t, fmt.Sprintf("%.40q", query), b.lines(Filter{Title: query}), want)
	}
}

func TestAnItemIsFoundByItsNewestTextOnly(t *testing.T) {
	b := worded(t)
	f := draft("乙", "site")
	f.Revision.Title, f.Revision.Body = "关于乙事项的通知", []press.Block{press.P("恢复供电。")}
	b.filed(f)
	equal(t, "old words", b.lines(Filter{Title: "停水"}), "")
	equal(t, "new words", b.lines(Filter{Title: "供电"}), "乙")
}

// TestWordsOfAnOlderLedgerAreFilledIn goes back to a ledger without this search, and on.
func TestWordsOfAnOlderLedgerAreFilledIn(t *testing.T) {
	b := worded(t)
	b.raw(`DELETE FROM words WHERE rowid < 100`)
	b.raw(`INSERT INTO house (key, value) VALUES ('words below', 4)`)
	equal(t, "a title meanwhile", b.lines(Filter{Title: "乙事项"}), "乙")
	equal(t, "a text meanwhile", b.lines(Filter{Title: "停水"}), "")
	for more := true; more; {
		must(t, b.write(b.ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
			more, err = fillSome(ctx, tx, 1)
			return err
		}))
	}
	equal(t, "a title", b.lines(Filter{Title: "乙事项"}), "乙")
	equal(t, "a text", b.lines(Filter{Title: "停水"}), "乙")
	equal(t, "what is left to do", b.count(`SELECT COUNT(*) FROM house WHERE key = 'words below'`), 0)

	b.raw(`DELETE FROM words WHERE rowid < 100`)
	b.raw(`INSERT INTO house (key, value) VALUES ('words below', 4)`)
	b.open() // as a newer program does
	b.behind.Wait()
	equal(t, "a text after opening", b.lines(Filter{Title: "停水"}), "乙")
}

func TestLinesByWhatTheyAre(t *testing.T) {
	b := setup(t)
	for i, ext := range []string{"一", "二", "三", "四"} {
		f := ready(ext, "site")
		if i%2 == 0 {
			f.Revision.Meta.Column, f.Revision.Meta.Issuer = "通知公告", "示例区民政局"
		}
		f.By.Name = []string{"王某", "李某"}[i/2]
		b.filed(f)
		b.pass(48 * time.Hour)
	}
	b.verified(sitePlan()) // all at once, on the ninth day
	day := func(n int) time.Time { return start.Add(time.Duration(n) * 24 * time.Hour) }
	for _, c := range []struct {
		f    Filter
		want string
	}{
		{Filter{Column: "通知公告"}, "三 一"},
		{Filter{Issuer: "示例区民政局", By: "李某"}, "三"},
		{Filter{By: "李某"}, "四 三"},
		{Filter{Kind: press.Budget}, ""},
		{Filter{Kind: press.News, Column: "通知公告", Channel: "site"}, "三 一"},
		{Filter{Filed: Span{From: day(2)}}, "四 三 二"},
		{Filter{Filed: Span{To: day(2)}}, "一"},
		{Filter{Filed: Span{day(1), day(3)}}, "二"},
		{Filter{Filed: Span{day(50), day(60)}}, ""},
		{Filter{Filed: Span{To: day(-9)}}, ""},
		{Filter{Public: Span{day(7), day(9)}}, "四 三 二 一"},
		{Filter{Public: Span{day(7), day(9)}, By: "王某"}, "二 一"},
		{Filter{Public: Span{To: day(7)}}, ""},
	} {
		equal(t, fmt.Sprintf("%+v", c.f), b.lines(c.f), c.want)
		n, certain, err := b.Count(b.ctx, c.f)
		must(t, err)
		equal(t, fmt.Sprintf("number of %+v", c.f), n, len(strings.Fields(c.want)))
		equal(t, "certain", certain, true)
	}
	f := ready("一", "site")
	f.Revision.Meta.Column = "政策文件"
	b.filed(f)
	equal(t, "after a revision", b.lines(Filter{Column: "通知公告"}), "三")
}

// TestPagesTurnBothWays goes to the last page and back, with little time for each page.
func TestPagesTurnBothWays(t *testing.T) {
	b := setup(t)
	prefill(t, b, 3000)
	for _, within := range []time.Duration{0, time.Nanosecond} {
		for _, f := range []Filter{{Limit: 70}, {Limit: 70, Title: "工作"}, {Limit: 70, Channel: "site", Copy: press.CopyVerified}, {Limit: 1000, Title: "第2999项"}, {Limit: 9, By: "无此人"}} {
			f.Within = within
			var pages [][]press.ItemID
			p, err := b.Page(b.ctx, f)
			for ; err == nil; p, err = b.Page(b.ctx, f) {
				pages = append(pages, ids(p))
				if p.Older == "" {
					break
				}
				f.After, f.Before = p.Older, ""
			}
			must(t, err)
			for i := len(pages) - 2; i >= 0 && p.Newer != ""; i-- {
				f.After, f.Before = "", p.Newer
				p, err = b.Page(b.ctx, f)
				must(t, err)
				equal(t, fmt.Sprintf("page %d of %+v", i, f), fmt.Sprint(ids(p)), fmt.Sprint(pages[i]))
			}
			if len(pages) > 1 && p.Newer != "" {
				t.Errorf("%+v: something is newer than the first page", f)
			}
		}
	}
}

func ids(p Page) []press.ItemID {
	var out []press.ItemID
	for _, x := range p.Lines {
		out = append(out, x.Item.ID)
	}
	return out
}

// A line of the feed without a move tells that an item looks otherwise, and is not kept for long.
func TestTouchesAreNoMoves(t *testing.T) {
	b := setup(t)
	b.filed(draft("甲", "site"))
	before, err := b.FeedEnd(b.ctx)
	must(t, err)
	b.raw(`UPDATE copy SET note = 'x'`)
	b.raw(`UPDATE copy SET looks = looks + 1`)
	got, err := b.Touched(b.ctx, before, 10)
	must(t, err)
	equal(t, "touched", len(got), 1)
	moves, err := b.Feed(b.ctx, before, 10)
	must(t, err)
	equal(t, "moves", len(moves), 0)
	b.raw(`UPDATE sqlite_sequence SET seq = seq + 50000 - 1 WHERE name = 'feed'`)
	b.raw(`UPDATE copy SET note = 'y'`)
	equal(t, "kept", b.count(fmt.Sprintf(`SELECT COUNT(*) FROM feed WHERE n > %d`, before)), 1)
}
