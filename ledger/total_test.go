package ledger

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tongfa/press"
)

// Issues that are frozen at once, with supplements between them, have every number once and none is left out, also over the turn of the year.
func TestIssuesThatAreFrozenAtOnceHaveEveryNumberOnce(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	turn := time.Date(start.Year()+1, 1, 1, 0, 30, 0, 0, b.rules.Zone) // still the old year in Greenwich
	var keys []string
	for i := range 12 {
		ext := fmt.Sprintf("稿%d", i)
		b.filed(ready(ext, "gazette"))
		at, plan := start, b.Plan
		if i%2 == 1 {
			at = turn
		}
		if i%6 == 5 {
			plan = b.PlanSupplement
		}
		key, err := plan(b.ctx, p, at, editor, b.now)
		must(t, err)
		must(t, b.Put(b.ctx, p, key, ext, Edit{Who: editor}, b.now))
		keys = append(keys, key)
	}
	var wg sync.WaitGroup
	errs := make([]error, 2*len(keys))
	for i := range errs { // each twice
		wg.Go(func() { _, errs[i] = b.Freeze(b.ctx, p, keys[i%len(keys)], Edit{Who: editor}, b.now) })
	}
	wg.Wait()
	failed := len(slices.DeleteFunc(errs, func(err error) bool { return err == nil }))
	equal(t, "second freezes that failed", failed, len(keys))
	var numbers, supplements []string
	for _, k := range keys {
		e, err := b.Edition(b.ctx, k)
		must(t, err)
		if e.Supplement {
			supplements = append(supplements, e.IssueName())
			continue
		}
		numbers = append(numbers, e.IssueName())
	}
	slices.Sort(numbers)
	slices.Sort(supplements)
	equal(t, "numbers", strings.Join(numbers, " "), "2026年第10号 2026年第11号 2026年第12号 2026年第7号 2026年第8号 2026年第9号 2027年第1号 2027年第2号 2027年第3号 2027年第4号")
	equal(t, "supplements", strings.Join(supplements, " "), "2027年增刊第1期 2027年增刊第2期")
	totals, err := texts(b.ctx, b.read, `SELECT CAST(total AS TEXT) FROM edition WHERE total > 0 ORDER BY total`)
	must(t, err)
	equal(t, "totals", strings.Join(totals, " "), "120 121 122 123 124 125 126 127 128 129")
}

// A ledger that is restored from before an issue gives its number to none: not before the survey, which says so, and not after it.
func TestARestoredLedgerGivesNoNumberTwice(t *testing.T) {
	b := setup(t)
	b.issued1(start, false, "甲")
	old := b.backup("old.db")
	b.issued1(start, false, "乙")
	supplement := b.issued1(start, true, "丙")
	equal(t, "a supplement", supplement.Number, 1)
	b.restored(old)
	b.filed(ready("丁", "gazette"))
	plan := func(make func() (string, error), ext string) string {
		key, err := make()
		must(t, err)
		must(t, b.Put(b.ctx, gazettePlan(), key, ext, Edit{Who: editor}, b.now))
		return key
	}
	key := plan(func() (string, error) { return b.Plan(b.ctx, gazettePlan(), start, editor, b.now) }, "丁")
	if _, err := b.Freeze(b.ctx, gazettePlan(), key, Edit{Who: editor}, b.now); err == nil || !strings.Contains(err.Error(), "还没有普查完") {
		t.Fatalf("numbered before the survey: %v", err)
	}
	_, err := b.Surveyed(b.ctx, gazettePlan(), []press.Found{
		{Ref: "2026/08", URL: "https://x/2026/08/", Year: 2026, Number: 8, Total: 121}, {Ref: "2026/s1", URL: "https://x/2026/s1/", Year: 2026, Number: 1, Supplement: true}}, b.now)
	must(t, err)
	must(t, b.Reconciled(b.ctx, "gazette", "", nil, b.now))
	e, err := b.Freeze(b.ctx, gazettePlan(), key, Edit{Who: editor}, b.now)
	must(t, err)
	if e.Number != 9 || e.Total != 122 {
		t.Errorf("number %d, total %d", e.Number, e.Total)
	}
	must(t, b.Abandon(b.ctx, key, "不出了", Edit{Who: editor}, b.now))
	if again := b.frozenIssue(start, false, "戊"); again.Number != 9 || again.Total != 122 {
		t.Errorf("given back: number %d, total %d", again.Number, again.Total)
	}
	if s := b.frozenIssue(start, true, "己"); s.Number != 2 {
		t.Errorf("the supplement is number %d", s.Number)
	}
}

// The configuration says which issue the first one is; later changes of it do not make a jump.
func TestTheFirstNumberIsTheConfiguredOneAndOnlyTheFirst(t *testing.T) {
	b := setup(t)
	first := func(year, no, total int) press.Plan {
		p := gazettePlan()
		p.Issues.FirstYear, p.Issues.FirstNo, p.Issues.FirstTotal = year, no, total
		return p
	}
	number := func(p press.Plan, at time.Time) string {
		e, err := b.Numbering(b.ctx, p, press.Edition{Slot: press.Slot{Channel: "gazette", At: at}, State: press.EditionPlanned})
		must(t, err)
		return fmt.Sprintf("%d %d", e.Number, e.Total)
	}
	equal(t, "nothing configured", number(first(0, 0, 0), start), "1 1")
	equal(t, "in its year", number(first(2026, 7, 120), start), "7 120")
	equal(t, "in the year after", number(first(2026, 7, 120), start.AddDate(1, 0, 0)), "1 120")
	b.frozenIssue(start, false, "甲")
	equal(t, "the second one", number(first(2026, 7, 120), start), "8 121")
	equal(t, "configured otherwise since", number(first(2026, 30, 900), start), "8 121")
}
