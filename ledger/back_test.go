package ledger

import (
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

func pastIssue(year, number, total int) press.BackIssue {
	return press.BackIssue{Year: year, Number: number, Total: total, Day: "2019-03-30", PDF: "abc", Articles: []press.BackArticle{{Section: "政府文件", Title: "关于甲的通知", Page: 3}}}
}

func (b *testBench) imported(x press.BackIssue) {
	b.Helper()
	must(b, b.BeginBack(b.ctx, gazettePlan(), x, "公报 "+x.Name(), editor, b.now))
	must(b, b.EndBack(b.ctx, "gazette", x, "https://x/"+x.Name(), b.now))
}

func TestTheNumbersGoOnAfterTheImportedIssues(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	p.Issues.FirstYear, p.Issues.FirstNo, p.Issues.FirstTotal = 0, 0, 0
	year := start.Year()
	b.imported(pastIssue(year, 1, 41))
	b.imported(pastIssue(year, 2, 42))
	supplement := pastIssue(year, 1, 0)
	supplement.Supplement = true
	b.imported(supplement)
	for _, c := range []struct {
		supplement    bool
		number, total int
	}{{false, 3, 43}, {true, 2, 0}} {
		e, err := b.Numbering(b.ctx, p, press.Edition{Slot: press.Slot{Channel: "gazette", At: start}, State: press.EditionPlanned, Supplement: c.supplement})
		must(t, err)
		if e.Number != c.number || e.Total != c.total {
			t.Errorf("supplement %v: number %d, total %d", c.supplement, e.Number, e.Total)
		}
	}
	// What the configuration says of the first number holds as long as nothing is numbered here.
	e, err := b.Numbering(b.ctx, gazettePlan(), press.Edition{Slot: press.Slot{Channel: "gazette", At: start}, State: press.EditionPlanned})
	must(t, err)
	if e.Number != 7 || e.Total != 120 {
		t.Errorf("number %d, total %d", e.Number, e.Total)
	}
}

func TestAPastIssueIsRecordedOnceWithItsPerson(t *testing.T) {
	b := setup(t)
	x := pastIssue(2019, 1, 9)
	must(t, b.BeginBack(b.ctx, gazettePlan(), x, "公报 2019年第1号", editor, b.now))
	list, err := b.BackIssues(b.ctx, BackFilter{Channel: "gazette", Limit: 10})
	must(t, err)
	if len(list) != 1 || !list[0].Put.IsZero() || list[0].By != editor.Name || list[0].Count != 1 {
		t.Fatalf("%+v", list)
	}
	b.imported(x)
	b.imported(x)
	list, err = b.BackIssues(b.ctx, BackFilter{Channel: "gazette", Limit: 10})
	must(t, err)
	if len(list) != 1 || list[0].Put.IsZero() {
		t.Fatalf("%+v", list)
	}
	deeds, err := b.Deeds(b.ctx, DeedFilter{About: "gazette", Most: 10})
	must(t, err)
	if len(deeds) != 1 || deeds[0].Verb != "import_issue" || !strings.Contains(deeds[0].Detail, "abc") {
		t.Errorf("%+v", deeds)
	}
	if wrong, fresh, err := b.CheckBack(b.ctx, gazettePlan(), []press.BackIssue{x, pastIssue(2019, 2, 10)}); err != nil || len(wrong) > 0 || fresh != 1 {
		t.Errorf("%v %d %v", wrong, fresh, err)
	}
}

func TestWhatIsNoPastIssueIsRefused(t *testing.T) {
	b := setup(t)
	b.imported(pastIssue(2019, 1, 9))
	b.imported(pastIssue(2019, 2, 10))
	other := pastIssue(2019, 1, 9)
	other.Articles[0].Title = "别的"
	cases := map[string]press.BackIssue{
		"已经导入过": other, "先后对不上": pastIssue(2019, 3, 8), "配置写明本台账从2026年第7号开始": pastIssue(2026, 7, 0), "配置写明本台账从总第120期开始": pastIssue(2020, 1, 120)}
	check := func() {
		for want, x := range cases {
			wrong, _, err := b.CheckBack(b.ctx, gazettePlan(), []press.BackIssue{x})
			must(t, err)
			if !strings.Contains(wrong[0], want) {
				t.Errorf("%s: %q, want %q", x.Name(), wrong[0], want)
			}
			if err := b.BeginBack(b.ctx, gazettePlan(), x, "x", editor, b.now); err == nil {
				t.Errorf("%s was recorded", x.Name())
			}
		}
	}
	check()
	b.frozenIssue(start, false, "甲")
	cases = map[string]press.BackIssue{"本台账从2026年第7号": pastIssue(2026, 8, 11), "本台账从总第120期": pastIssue(2021, 1, 121)}
	check()
	if _, err := b.PlanSupplement(b.ctx, gazettePlan(), start, editor, b.now); err != nil {
		t.Error(err)
	}
}

// A survey takes an imported issue for what it is, as long as it is as it was put there, and one that was met before the import is no stranger any more.
func TestASurveyKnowsImportedIssues(t *testing.T) {
	b := setup(t)
	x := pastIssue(2019, 1, 9)
	f := press.Found{Ref: "2019/01", URL: "https://x/2019/01/", Title: "公报", Year: 2019, Number: 1, Total: 9, Imported: x.Digest()}
	met := func(f press.Found) int {
		_, err := b.Surveyed(b.ctx, gazettePlan(), []press.Found{f}, b.now)
		must(t, err)
		list, err := b.Strangers(b.ctx, "gazette", 10)
		must(t, err)
		return len(list)
	}
	equal(t, "strangers before the import", met(f), 1)
	b.imported(x)
	list, err := b.Strangers(b.ctx, "gazette", 10)
	must(t, err)
	equal(t, "strangers after it", len(list), 0)
	b.now = b.now.Add(time.Hour)
	equal(t, "strangers in the next survey", met(f), 0)
	f.Ref, f.Number, f.Imported = "2019/02", 2, "forged"
	equal(t, "one that nobody imported", met(f), 1)
}

func TestImportedIssuesAreListedAndSearched(t *testing.T) {
	b := setup(t)
	for i := range 3 {
		x := pastIssue(2019, i+1, i+9)
		x.Articles = append(x.Articles, press.BackArticle{Title: "第" + string(rune('一'+i)) + "号的办法", DocNumber: "示政办发〔2019〕7号", Page: 4})
		b.imported(x)
	}
	names := func(f BackFilter) string {
		list, err := b.BackIssues(b.ctx, f)
		must(t, err)
		var out []string
		for _, x := range list {
			s := x.Name()
			for _, a := range x.Found {
				s += " " + a.Title
			}
			out = append(out, s)
		}
		return strings.Join(out, "，")
	}
	equal(t, "all", names(BackFilter{Limit: 10}), "2019年第3号，2019年第2号，2019年第1号")
	equal(t, "a page", names(BackFilter{Channel: "gazette", Limit: 1, Before: press.BackIssue{Year: 2019, Number: 3}}), "2019年第2号")
	equal(t, "another channel", names(BackFilter{Channel: "site", Limit: 10}), "")
	equal(t, "by a title", names(BackFilter{Words: "第一号", Limit: 10}), "2019年第1号 第一号的办法")
	equal(t, "by a number", names(BackFilter{Words: "〔2019〕7号", Limit: 1}), "2019年第3号 第"+string(rune('一'+2))+"号的办法")
	equal(t, "by what is nowhere", names(BackFilter{Words: "%", Limit: 10}), "")
}
