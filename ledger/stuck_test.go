package ledger

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

// health is what the strip says now, in the order of the names.
func (b *testBench) health(names string) string {
	b.Helper()
	h, err := b.Health(b.ctx, b.now)
	must(b, err)
	all := map[string]int{"overdue": h.Overdue, "refused": h.Refused, "blocked": h.Blocked, "held": h.Held, "waiting": h.Waiting}
	var out []string
	for _, n := range strings.Fields(names) {
		out = append(out, fmt.Sprint(n, all[n]))
	}
	return strings.Join(out, " ")
}

func TestWhatAGateStopsIsCountedAndSaysWhy(t *testing.T) {
	b := setup(t)
	b.filed(ready("正常", "site"))
	b.filed(draft("缺审签", "site", "wechat"))
	equal(t, "health", b.health("blocked held"), "blocked1 held0") // one item, though on two channels
	s := b.story("缺审签")
	if s.Blocked == "" || s.Blocked != s.Copies[1].Note {
		t.Fatalf("blocked by %q, its copy says %q", s.Blocked, s.Copies[1].Note)
	}
	must(t, b.Hold(b.ctx, "缺审签", "等会议", publisher, b.now))
	equal(t, "held", b.health("blocked held"), "blocked0 held1")
	equal(t, "held ones", b.lines(Filter{Waits: ForRelease}), "缺审签")
	equal(t, "a held one is not blocked", b.story("缺审签").Blocked, "")
	b.filed(draft("缺审签", "site", "wechat", "gazette"))
	equal(t, "held, with one channel more", b.health("blocked held"), "blocked0 held1")
	if c := b.copy("缺审签", "site"); !strings.Contains(c.Note, "等会议") {
		t.Fatalf("a new filing took the reason of the hold away: %q", c.Note)
	}
	must(t, b.Release(b.ctx, "缺审签", publisher, b.now))
	equal(t, "released", b.health("blocked held"), "blocked1 held0")
	_, err := b.Sign(b.ctx, "缺审签", press.Approval{Step: press.FirstReview, By: "李某", Ground: "数字有误"}, publisher, b.now)
	must(t, err)
	if s := b.story("缺审签"); !strings.Contains(s.Blocked, "数字有误") || s.Shown != press.Returned {
		t.Fatalf("returned: %s, %q", s.Shown, s.Blocked)
	}
	must(t, b.Withdraw(b.ctx, "缺审签", "不发了", press.NoticePage, publisher, b.now))
	equal(t, "withdrawn", b.health("blocked held"), "blocked0 held0")
}

func TestOnlyTheNewestGenerationIsCounted(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	b.composed(sitePlan(), b.now)
	b.settle(b.one("site"), press.Receipt{Status: press.Refused})
	equal(t, "refused", b.health("refused"), "refused1")
	_, err := b.Retry(b.ctx, "甲", "", Hint{}, publisher, b.now)
	must(t, err)
	equal(t, "tried again", b.health("refused"), "refused0")
	equal(t, "generations", len(b.story("甲").All), 2)
}

func TestACopyThatNobodyComposesIsOverdue(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site", "gazette"))
	b.pass(59 * time.Second)
	equal(t, "in time", b.health("overdue"), "overdue0")
	b.pass(2 * time.Second)
	equal(t, "late", b.health("overdue"), "overdue2")
	_, err := b.Fired(b.ctx, "gazette", "每天18:00", b.now)
	must(t, err)
	equal(t, "with a timetable that has just begun", b.health("overdue"), "overdue1")
	b.pass(time.Hour)
	must(t, b.Strike(b.ctx, "gazette", b.now, press.SlotSkipped, b.now))
	equal(t, "in the minute of its slot", b.health("overdue"), "overdue1")
	b.pass(2 * time.Minute)
	equal(t, "when its slot has gone by", b.health("overdue"), "overdue2")
	must(t, b.Pause(b.ctx, "gazette", "检修", publisher, b.now))
	equal(t, "on a paused channel", b.health("overdue"), "overdue1")
	must(t, b.Unpause(b.ctx, "gazette", publisher, b.now))
	b.filed(ready("乙", "gazette"))
	equal(t, "after the slot", b.health("overdue"), "overdue2")
	p := gazettePlan()
	p.Slots, p.Max = false, 1
	b.composed(p, b.now.Add(-time.Minute)) // the timetable was taken out of the configuration
	b.pass(2 * time.Minute)
	equal(t, "by its own time again", b.health("overdue"), "overdue2")
}

func TestBacklogCountsWhatWaits(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site", "wechat"))
	b.filed(draft("乙", "wechat"))
	for channel, want := range map[string]int{"site": 1, "wechat": 2, "gazette": 0} {
		n, err := b.Backlog(b.ctx, channel)
		must(t, err)
		equal(t, channel, n, want)
	}
}

func TestSpentIsOfTheDay(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	b.composed(sitePlan(), b.now)
	j := b.Journal(b.one("site"), func() time.Time { return b.now })
	q := press.Quota{Name: "/cgi-bin/draft/add", PerDay: 10, Reserve: 2}
	must(t, j.Spend(b.ctx, q, 3))
	must(t, j.Spend(b.ctx, q, 1))
	spent, err := b.Spent(b.ctx, "site", b.now)
	must(t, err)
	equal(t, "spent", fmt.Sprint(spent), "map[/cgi-bin/draft/add:4]")
	for what, day := range map[string]time.Time{"tomorrow": b.now.Add(24 * time.Hour), "tomorrow in Beijing": time.Date(2026, 11, 25, 16, 0, 0, 0, time.UTC)} {
		spent, err = b.Spent(b.ctx, "site", day)
		must(t, err)
		equal(t, what, len(spent), 0)
	}
}

func TestPausesAreKept(t *testing.T) {
	b := setup(t)
	must(t, b.Pause(b.ctx, "site", "检修", publisher, b.now))
	b.pass(time.Hour)
	must(t, b.Unpause(b.ctx, "site", Who{Name: "赵某", Role: press.Operator}, b.now))
	must(t, b.Pause(b.ctx, "wechat", "换号", publisher, b.now))
	got, err := b.Pauses(b.ctx, "site", 10)
	must(t, err)
	want := []Paused{{b.now, "赵某", false, ""}, {start, publisher.Name, true, "检修"}}
	equal(t, "history", fmt.Sprint(got), fmt.Sprint(want))
	for _, q := range []string{`UPDATE pause SET by = '别人'`, `DELETE FROM pause`} {
		if _, err := b.writes.Exec(q); err == nil {
			t.Fatalf("%s was done", q)
		}
	}
	if err := b.Pause(b.ctx, "无", "检修", publisher, b.now); err == nil {
		t.Fatal("paused a channel that is none")
	}
}

func TestEditionSaysWhenItCameOut(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	key := b.composed(sitePlan(), b.now)[0]
	e, err := b.Edition(b.ctx, key)
	must(t, err)
	equal(t, "before", fmt.Sprint(e.OutAt.IsZero(), e.Count, len(e.Entries)), "true 1 1")
	b.pass(3 * time.Second)
	b.settle(b.one("site"), live())
	e, err = b.Edition(b.ctx, key)
	must(t, err)
	equal(t, "out", e.OutAt.Sub(e.Slot.At), 3*time.Second)
	if _, err := b.Edition(b.ctx, "site@2026-11-25T01:00:00Z#99"); !errors.Is(err, ErrNoEdition) {
		t.Fatalf("an edition that is none: %v", err)
	}
}

// The catalogue forgets the words of older revisions.
func TestCatalogueFollowsTheNewestRevision(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	f := ready("甲", "site")
	f.Revision.Title, f.Revision.ShortTitle, f.Revision.Meta.DocNumber = "冬季供暖保障方案", "供暖方案", "示政发〔2026〕12号"
	b.filed(f)
	for words, want := range map[string]string{"供暖保障": "甲", "供暖方案": "甲", "〔2026〕12号": "甲", "2026 12": "甲", "甲": "甲", "示例区召开": ""} {
		equal(t, words, b.lines(Filter{Title: words}), want)
	}
	b.filed(f) // the same once more
	equal(t, "found once", b.lines(Filter{Title: "供暖保障"}), "甲")
}
