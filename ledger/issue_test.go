package ledger

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

var editor = Who{"赵某", press.GazetteEditor}

func TestIssueByHand(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	for _, ext := range []string{"甲", "乙", "丙"} {
		b.filed(ready(ext, "gazette"))
	}
	key, err := b.Plan(b.ctx, p, start.Add(24*time.Hour), editor, b.now)
	must(t, err)
	if _, err := b.Freeze(b.ctx, p, key, Edit{Who: editor}, b.now); err == nil {
		t.Fatal("an empty issue was frozen")
	}
	for _, ext := range []string{"丙", "甲", "乙"} {
		must(t, b.Put(b.ctx, p, key, ext, Edit{Who: editor}, b.now))
	}
	if err := b.Put(b.ctx, p, key, "甲", Edit{Who: editor}, b.now); err == nil {
		t.Fatal("the same item was put twice")
	}
	must(t, b.Drop(b.ctx, gazettePlan(), key, "甲", Edit{Who: editor}, b.now))
	if err := b.Drop(b.ctx, gazettePlan(), key, "甲", Edit{Who: editor}, b.now); err == nil {
		t.Fatal("the same item was dropped twice")
	}
	must(t, b.Put(b.ctx, p, key, "甲", Edit{Who: editor}, b.now))
	equal(t, "items", b.items(key), "丙 乙 甲")
	if err := b.Issue(b.ctx, p, key, Edit{Who: editor}, b.now); err == nil {
		t.Fatal("issued before it was frozen")
	}
	e, err := b.Freeze(b.ctx, p, key, Edit{Who: editor}, b.now)
	must(t, err)
	equal(t, "title", e.Title, "2026年第7号（总第120号）")
	if _, err := b.Freeze(b.ctx, p, key, Edit{Who: editor}, b.now); err == nil {
		t.Fatal("frozen twice")
	}
	if err := b.Drop(b.ctx, gazettePlan(), key, "甲", Edit{Who: editor}, b.now); err == nil {
		t.Fatal("dropped from a frozen issue what is fit to go out")
	}
	equal(t, "begun before it was issued", len(b.begun("gazette")), 0)
	if err := b.Issue(b.ctx, p, key, Edit{Who: editor}, b.now); err == nil {
		t.Fatal("issued before its time")
	}
	b.now = start.Add(24 * time.Hour)
	must(t, b.Issue(b.ctx, p, key, Edit{Who: editor}, b.now))
	a := b.one("gazette")
	equal(t, "number", a.Edition.Number, 7)
	equal(t, "total", a.Edition.Total, 120)
	b.settle(a, live())
	list, err := b.Editions(b.ctx, "gazette", time.Time{}, 10)
	must(t, err)
	equal(t, "editions", len(list), 1)
	equal(t, "state", list[0].State, press.EditionOut)
	equal(t, "entries", list[0].Count, 3)
	acts, err := b.Acts(b.ctx, key)
	must(t, err)
	equal(t, "acts", len(acts), 1)
}

func TestNumbersGoOnAcrossYears(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	var titles []string
	for i, day := range []time.Time{
		time.Date(2026, 11, 26, 9, 0, 0, 0, china),
		time.Date(2026, 12, 31, 23, 30, 0, 0, china),
		time.Date(2027, 1, 1, 0, 30, 0, 0, china), // still 2026 in UTC
		time.Date(2027, 4, 1, 9, 0, 0, 0, china),
	} {
		b.now = day
		b.filed(ready(fmt.Sprint(i), "gazette"))
		key := b.composed(p, b.now)[0]
		e, err := b.Freeze(b.ctx, p, key, Edit{Who: editor}, b.now)
		must(t, err)
		titles = append(titles, e.Title)
	}
	equal(t, "titles", strings.Join(titles, " "),
		"2026年第7号（总第120号） 2026年第8号（总第121号） 2027年第1号（总第122号） 2027年第2号（总第123号）")
}

func TestIssueByItself(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	p.Issues.Auto = true
	p.Shelves = func(press.Entry) []press.Shelf { return []press.Shelf{{Name: "issues"}} }
	b.filed(ready("甲", "gazette"))
	b.filed(ready("乙", "gazette"))
	a := b.out(p)[0]
	equal(t, "title", a.Edition.Title, "2026年第7号（总第120号）")
	equal(t, "places", a.Edition.Entries[1].Places["issues"], 2)
	b.state("甲", "gazette", press.CopyLive)
}

func TestWithdrawnFromAnIssue(t *testing.T) {
	withdraw := func(b *testBench, ext string) {
		b.Helper()
		must(b, b.Withdraw(b.ctx, ext, "有误", press.NoticePage, publisher, b.now))
	}
	t.Run("planned", func(t *testing.T) {
		b := setup(t)
		p := gazettePlan()
		b.filed(ready("甲", "gazette"))
		b.filed(ready("乙", "gazette"))
		key := b.composed(p, b.now)[0]
		withdraw(b, "甲")
		equal(t, "items", b.items(key), "乙")
		b.state("甲", "gazette", press.CopyWithdrawn)
		equal(t, "shown", b.story("甲").Shown, press.Withdrawn)
	})
	t.Run("frozen", func(t *testing.T) {
		b := setup(t)
		p := gazettePlan()
		b.filed(ready("甲", "gazette"))
		b.filed(ready("乙", "gazette"))
		key := b.composed(p, b.now)[0]
		_, err := b.Freeze(b.ctx, p, key, Edit{Who: editor}, b.now)
		must(t, err)
		withdraw(b, "甲")
		equal(t, "shown", b.story("甲").Shown, press.Hand)
		err = b.Issue(b.ctx, p, key, Edit{Who: editor}, b.now)
		if err == nil || !strings.Contains(err.Error(), "移出") {
			t.Fatalf("error = %v, want what to do", err)
		}
		must(t, b.Drop(b.ctx, gazettePlan(), key, "甲", Edit{Who: editor}, b.now))
		b.state("甲", "gazette", press.CopyWithdrawn)
		must(t, b.Issue(b.ctx, p, key, Edit{Who: editor}, b.now))
		b.settle(b.one("gazette"), live())
		b.state("乙", "gazette", press.CopyLive)
	})
}

func TestFrozenIsWhatIsIssued(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	b.filed(ready("甲", "gazette"))
	key := b.composed(p, b.now)[0]
	_, err := b.Freeze(b.ctx, p, key, Edit{Who: editor}, b.now)
	must(t, err)
	f := ready("甲", "gazette")
	f.Revision.Title = "定稿以后又改的标题"
	b.filed(f)
	if err := b.Issue(b.ctx, p, key, Edit{Who: editor}, b.now); err == nil {
		t.Fatal("issued in another revision than the frozen one")
	}
	must(t, b.Drop(b.ctx, gazettePlan(), key, "甲", Edit{Who: editor}, b.now))
	if err := b.Issue(b.ctx, p, key, Edit{Who: editor}, b.now); err == nil {
		t.Fatal("issued without anything in it")
	}
	b.state("甲", "gazette", press.Waiting)
}
