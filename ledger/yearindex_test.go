package ledger

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

// issued puts an item out in an issue of its own.
func (b *testBench) issued1(at time.Time, supplement bool, ext string) press.Edition {
	b.Helper()
	e := b.frozenIssue(at, supplement, ext)
	must(b, b.Issue(b.ctx, gazettePlan(), e.Key, Edit{Who: editor}, b.now))
	b.settle(b.one("gazette"), live())
	return e
}

func indexLines(list []press.Indexed) string {
	var out []string
	for _, x := range list {
		s := fmt.Sprintf("%s %d %s", x.Issue(), x.Position, x.Title)
		if x.Withdrawn {
			s += " 已撤回"
		}
		out = append(out, s)
	}
	return strings.Join(out, "\n")
}

func TestTheIndexOfAYearIsWhatWasIssuedInIt(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	b.imported(pastIssue(start.Year(), 6, 119))
	b.issued1(start, false, "甲")
	b.issued1(start, true, "乙")
	b.issued1(start, false, "丙")
	must(t, b.Withdraw(b.ctx, "丙", "内容有误", press.NoticeGone, publisher, b.now))
	b.settle(b.one("gazette"), press.Receipt{Status: press.Gone})
	b.frozenIssue(start, false, "丁") // which is not out

	b.filed(ready("戊", "gazette"))
	key, err := b.Plan(b.ctx, p, start, editor, b.now)
	must(t, err)
	must(t, b.Put(b.ctx, p, key, "戊", Edit{Who: editor}, b.now))
	if e, err := b.Edition(b.ctx, key); err != nil || len(e.Index) > 0 {
		t.Fatalf("an index that nobody asked for: %v, %v", e.Index, err)
	}
	must(t, b.YearIndex(b.ctx, p, key, true, Edit{Who: editor}, b.now))
	e, err := b.Edition(b.ctx, key)
	must(t, err)
	want := "2026年第6号 1 关于甲的通知\n2026年第7号 1 甲\n2026年第8号 1  已撤回\n2026年增刊第1期 1 乙"
	if got := indexLines(e.Index); short(got) != short(want) {
		t.Errorf("listed\n%s\nwant\n%s", got, want)
	}
	frozen, err := b.Freeze(b.ctx, p, key, Edit{Who: editor}, b.now)
	must(t, err)
	b.issued1(start, true, "己") // after the freeze: the proof was read without it
	again, err := b.Edition(b.ctx, key)
	must(t, err)
	equal(t, "as it was frozen", indexLines(again.Index), indexLines(frozen.Index))
	if err := b.YearIndex(b.ctx, p, key, false, Edit{Who: editor}, b.now); err == nil {
		t.Error("the index of a frozen issue was taken out")
	}
	if err := b.YearIndex(b.ctx, press.Plan{Channel: "wechat", Hand: 3}, key, true, Edit{Who: editor}, b.now); err == nil {
		t.Error("a message has an index")
	}
}

// short leaves of the titles what tells them apart.
func short(s string) string {
	var out []string
	for _, l := range strings.Split(s, "\n") {
		f := strings.Fields(l)
		if len(f) > 2 && f[2] != "已撤回" && !strings.HasPrefix(f[2], "关于") {
			f[2] = "…"
		}
		out = append(out, strings.Join(f, " "))
	}
	return strings.Join(out, "\n")
}

func TestTheLastIssueOfAYearIsToldThatItMayCarryTheIndex(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	p.When = press.Once(start.AddDate(1, 0, 0))
	said := func(key string) string {
		e, err := b.Edition(b.ctx, key)
		must(t, err)
		found, err := b.Proofread(b.ctx, p, e.Edition, b.now)
		must(t, err)
		var out []string
		for _, f := range found {
			if f.Rule == RuleIndex || f.Rule == RuleGap {
				out = append(out, string(f.Severity)+" "+f.Message)
			}
		}
		return strings.Join(out, "\n")
	}
	first, err := b.Plan(b.ctx, p, start, editor, b.now)
	must(t, err)
	equal(t, "the last one", said(first), "info 这是2026年预定的最后一期，可以带年度总目录")
	must(t, b.YearIndex(b.ctx, p, first, true, Edit{Who: editor}, b.now))
	equal(t, "with its index", said(first), "")
	last := b.frozenIssue(start.Add(time.Hour), false, "甲")
	if got := said(first); !strings.Contains(got, "后面还有2026年第7号") {
		t.Errorf("not the last: %q", got)
	}
	if got := said(last.Key); !strings.Contains(got, "前面的"+first+"还没有发行") {
		t.Errorf("before its turn: %q", got)
	}
	p.When = press.Once(start.Add(2 * time.Hour))
	must(t, b.YearIndex(b.ctx, p, first, false, Edit{Who: editor}, b.now))
	equal(t, "one is to come", said(first), "")
}
