package ledger

import (
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

// frozenIssue plans an issue at a moment, puts an item into it, and freezes it.
func (b *testBench) frozenIssue(at time.Time, supplement bool, ext string) press.Edition {
	b.Helper()
	plan := b.Plan
	if supplement {
		plan = b.PlanSupplement
	}
	b.filed(ready(ext, "gazette"))
	key, err := plan(b.ctx, gazettePlan(), at, editor, b.now)
	must(b, err)
	must(b, b.Put(b.ctx, gazettePlan(), key, ext, Edit{Who: editor}, b.now))
	e, err := b.Freeze(b.ctx, gazettePlan(), key, Edit{Who: editor}, b.now)
	must(b, err)
	return e
}

func TestSupplementsStandOutsideOfTheNumbers(t *testing.T) {
	b := setup(t)
	next := start.AddDate(1, 0, 0)
	for _, c := range []struct {
		at            time.Time
		supplement    bool
		ext           string
		number, total int
	}{
		{start, false, "甲", 7, 120}, {start, true, "乙", 1, 0}, {start, true, "丙", 2, 0}, {start, false, "丁", 8, 121},
		{next, true, "戊", 1, 0}, {next, false, "己", 1, 122},
	} {
		e := b.frozenIssue(c.at, c.supplement, c.ext)
		if e.Number != c.number || e.Total != c.total || e.Supplement != c.supplement {
			t.Errorf("%s is number %d, total %d, supplement %v", c.ext, e.Number, e.Total, e.Supplement)
		}
		read, err := b.Edition(b.ctx, e.Key)
		must(t, err)
		equal(t, "read back", read.Supplement, c.supplement)
	}
	if _, err := b.PlanSupplement(b.ctx, press.Plan{Channel: "wechat", Hand: 3}, start, editor, b.now); err == nil {
		t.Error("a message of WeChat is a supplement")
	}
}

func TestAnIssueBecomesASupplementOnlyWhileItIsPlanned(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	b.filed(ready("甲", "gazette"))
	key, err := b.Plan(b.ctx, p, start, editor, b.now)
	must(t, err)
	must(t, b.Supplement(b.ctx, p, key, true, Edit{Who: editor, Seen: 1}, b.now))
	if err := b.Supplement(b.ctx, p, key, false, Edit{Who: editor, Seen: 1}, b.now); err == nil {
		t.Error("a stale change was made")
	}
	must(t, b.Put(b.ctx, p, key, "甲", Edit{Who: editor}, b.now))
	moved, err := b.Replan(b.ctx, key, start.Add(time.Hour), Edit{Who: editor}, b.now)
	must(t, err)
	e, err := b.Freeze(b.ctx, p, moved, Edit{Who: editor}, b.now)
	must(t, err)
	if !e.Supplement || e.Number != 1 || e.Total != 0 {
		t.Errorf("%+v", e)
	}
	if err := b.Supplement(b.ctx, p, moved, false, Edit{Who: editor}, b.now); err == nil || !strings.Contains(err.Error(), "已定稿") {
		t.Errorf("a frozen one was changed: %v", err)
	}
}

func TestASurveyDoesNotTakeASupplementForAnIssue(t *testing.T) {
	b := setup(t)
	for _, f := range []press.Found{
		{Ref: "2026/s9", URL: "https://x/2026/s9/", Year: 2026, Number: 9, Supplement: true},
		{Ref: "2026/11", URL: "https://x/2026/11/", Year: 2026, Number: 11, Total: 130},
	} {
		_, err := b.Surveyed(b.ctx, gazettePlan(), []press.Found{f}, b.now)
		must(t, err)
	}
	if e := b.frozenIssue(start, true, "甲"); e.Number != 10 {
		t.Errorf("the supplement is number %d", e.Number)
	}
	if e := b.frozenIssue(start, false, "乙"); e.Number != 12 || e.Total != 131 {
		t.Errorf("the issue is number %d, total %d", e.Number, e.Total)
	}
}

func TestTheNumberOfAnIssueThatIsGivenUpGoesToTheNext(t *testing.T) {
	b := setup(t)
	first := b.frozenIssue(start, false, "甲")
	second := b.frozenIssue(start, false, "乙")
	supplement := b.frozenIssue(start, true, "丙")
	ed := Edit{Who: editor}
	if err := b.Abandon(b.ctx, first.Key, "不出了", ed, b.now); err == nil || !strings.Contains(err.Error(), "先放弃后面那一期") {
		t.Fatalf("an issue before a frozen one was given up: %v", err)
	}
	if err := b.Thaw(b.ctx, second.Key, "改稿", ed, b.now); err == nil {
		t.Fatal("a numbered issue was thawed")
	}
	for _, e := range []press.Edition{supplement, second, first} {
		must(t, b.Abandon(b.ctx, e.Key, "不出了", ed, b.now))
	}
	for _, want := range []int{7, 8} {
		e := b.frozenIssue(start, false, string(rune('子'+want)))
		equal(t, "number", e.Number, want)
		equal(t, "total", e.Total, 113+want)
		must(t, b.Issue(b.ctx, gazettePlan(), e.Key, ed, b.now))
		b.settle(b.one("gazette"), live())
	}
	deeds, err := b.Deeds(b.ctx, DeedFilter{About: first.Key, Most: 10})
	must(t, err)
	equal(t, "the newest deed", deeds[0].Verb+" "+deeds[1].Verb+" "+deeds[1].Detail, "abandon_edition free_number 期号2026年第7号收回，由下一期使用")
}

func TestTheNumberOfAnIssueBeforeOneThatIsOutIsLost(t *testing.T) {
	b := setup(t)
	first := b.frozenIssue(start, false, "甲")
	second := b.frozenIssue(start, false, "乙")
	ed := Edit{Who: editor}
	must(t, b.Issue(b.ctx, gazettePlan(), second.Key, ed, b.now))
	b.settle(b.one("gazette"), live())
	must(t, b.Abandon(b.ctx, first.Key, "不出了", ed, b.now))
	if e := b.frozenIssue(start, false, "丙"); e.Number != 9 || e.Total != 122 {
		t.Errorf("number %d, total %d", e.Number, e.Total)
	}
}

// A number that was lost because the next one was given is not lost if that one is given back before anything of it was begun.
func TestALostNumberComesBackWithTheOneAfterIt(t *testing.T) {
	b := setup(t)
	first := b.frozenIssue(start, false, "甲")
	second := b.frozenIssue(start, false, "乙")
	ed := Edit{Who: editor}
	must(t, b.Issue(b.ctx, gazettePlan(), second.Key, ed, b.now))
	must(t, b.Abandon(b.ctx, first.Key, "不出了", ed, b.now))
	must(t, b.Withdraw(b.ctx, "乙", "有误", press.NoticePage, publisher, b.now))
	e, err := b.Edition(b.ctx, second.Key)
	must(t, err)
	equal(t, "second", e.State, press.EditionFailed)
	if e := b.frozenIssue(start, false, "丙"); e.Number != first.Number || e.Total != first.Total {
		t.Errorf("number %d, total %d", e.Number, e.Total)
	}
	b.plannedRight()
}
