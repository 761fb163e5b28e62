package ledger

import (
	"strings"
	"testing"
	"unicode/utf8"

	"tongfa/press"
)

func searchable(t *testing.T) *testBench {
	t.Helper()
	b := setup(t)
	for ext, text := range map[string]string{
		"医保": "示例区城乡居民基本医疗保险参保缴费工作自即日起开展，Wi-Fi办理点见附件。",
		"水":  "关于龙泉街道停水的说明，二〇二六年起改造管网。",
		"年报": "政府信息公开工作年度报告。" + strings.Repeat("统计数据略。", 60) + "其中行政复议三件。" + strings.Repeat("其他情况略。", 60),
	} {
		f := ready(ext, "site", "gazette")
		f.Revision.Body = []press.Block{press.P(text)}
		f.Revision.Meta.DocNumber = "示政办发〔2026〕" + map[string]string{"医保": "1", "水": "2", "年报": "3"}[ext] + "号"
		b.filed(f)
	}
	b.out(sitePlan())
	return b
}

func TestSearch(t *testing.T) {
	b := searchable(t)
	for query, want := range map[string]int{
		"基本医疗保险": 1, "医疗 缴费": 1, "保险医疗": 0, "水": 1, "停水": 1, "二〇二六年": 1, "〇": 1, "wi-fi": 1, "ＷＩＦＩ": 0,
		"示政办发〔2026〕2号": 1, "2026": 3, "示例区人民政府办公室": 3, "没有的词": 0, "": 0, "！？。": 0,
		`"`: 0, `水" OR "医`: 0, "水*": 1, "title:水": 0, "NOT 水": 0, "水 AND 管": 0, "-水": 1, "(水": 1, "^水": 1, "水\x00": 1, "%": 0, "'; DROP TABLE item; --": 0,
		strings.Repeat("水", 100000): 0, strings.Repeat("水 ", 100000): 1, "\xff水": 1,
	} {
		found, total, err := b.Search(b.ctx, "site", query, 0, 10)
		if err != nil {
			t.Errorf("search %.40q: %v", query, err)
			continue
		}
		if len(found) != want || total != want {
			t.Errorf("search %.40q found %d of %d, want %d", query, len(found), total, want)
		}
	}
	_, total, err := b.Search(b.ctx, "gazette", "水", 0, 10)
	must(t, err)
	equal(t, "found on another channel", total, 0)
	page, total, err := b.Search(b.ctx, "site", "示例区", 2, 10)
	must(t, err)
	equal(t, "total", total, 3)
	equal(t, "second page", len(page), 1)
	page, _, err = b.Search(b.ctx, "site", "示例区", -5, -5)
	must(t, err)
	equal(t, "a page of nothing", len(page), 0)
}

func TestSearchSnippet(t *testing.T) {
	b := searchable(t)
	found, _, err := b.Search(b.ctx, "site", "行政复议", 0, 10)
	must(t, err)
	s := found[0].Snippet
	if !strings.HasPrefix(s, "……") || !strings.HasSuffix(s, "……") || !strings.Contains(s, "行政复议三件") || !utf8.ValidString(s) {
		t.Fatalf("snippet = %q", s)
	}
	equal(t, "document number", found[0].DocNumber, "示政办发〔2026〕3号")
	equal(t, "address", found[0].URL, live().URL)
}

func TestSearchForgetsTheWithdrawn(t *testing.T) {
	b := searchable(t)
	must(t, b.Withdraw(b.ctx, "水", "有误", press.NoticePage, publisher, b.now))
	b.settle(b.one("site"), press.Receipt{Status: press.Gone})
	_, total, err := b.Search(b.ctx, "site", "停水", 0, 10)
	must(t, err)
	equal(t, "found", total, 0)
}
