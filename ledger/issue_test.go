package ledger

import (
	"errors"
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

// What was withdrawn while its edition was frozen waits there for a person to see it; once it is thawed, it is as if it had been planned then.
func TestThawedWithoutWhatWasWithdrawn(t *testing.T) {
	b := setup(t)
	p := handPlan()
	b.filed(ready("甲", "site", "wechat"))
	b.filed(ready("乙", "site", "wechat"))
	key := b.frozenOf(p, "甲", "乙")
	must(t, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
	equal(t, "items while it is frozen", b.items(key), "甲 乙")
	must(t, b.Thaw(b.ctx, key, "有误", Edit{Who: editor}, b.now))
	equal(t, "items", b.items(key), "乙")
	b.state("甲", "wechat", press.CopyWithdrawn)
	_, err := b.Freeze(b.ctx, p, key, Edit{Who: editor}, b.now)
	must(t, err)
	b.pass(time.Hour)
	must(t, b.Issue(b.ctx, p, key, Edit{Who: editor}, b.now))
	b.settle(b.one("wechat"), live())
	b.state("乙", "wechat", press.CopyLive)
}

// A channel on which an item is not wanted any more does not get it by an edition that is frozen either. The edition waits for a person, who takes
// it out, thaws it or gives it up; none of that lets the item wait for the next one.
func TestNotWantedAfterItWasFrozen(t *testing.T) {
	p := handPlan()
	seen := func(b *testBench) Edit { return Edit{Who: editor} }
	for name, do := range map[string]func(b *testBench, key string) error{
		"dropped":   func(b *testBench, key string) error { return b.Drop(b.ctx, p, key, "甲", seen(b), b.now) },
		"thawed":    func(b *testBench, key string) error { return b.Thaw(b.ctx, key, "改稿", seen(b), b.now) },
		"abandoned": func(b *testBench, key string) error { return b.Abandon(b.ctx, key, "不出了", seen(b), b.now) },
		"wanted again": func(b *testBench, key string) error {
			b.filed(ready("甲", "site", "wechat"))
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			b.filed(ready("甲", "site", "wechat"))
			b.filed(ready("乙", "site", "wechat"))
			key := b.frozenOf(p, "甲", "乙")
			b.pass(time.Hour)
			b.filed(ready("甲", "site"))
			if err := b.Issue(b.ctx, p, key, seen(b), b.now); err == nil || !strings.Contains(err.Error(), "不再需要在这个渠道发布") {
				t.Fatal("issued: ", err)
			}
			equal(t, "wants", len(b.story("甲").Item.Wants), 1)
			equal(t, "todo", b.todo("甲").Next, "等人移出")
			must(t, do(b, key))
			b.holds()
			if name == "wanted again" {
				equal(t, "wants", len(b.story("甲").Item.Wants), 2)
				must(t, b.Issue(b.ctx, p, key, seen(b), b.now))
				equal(t, "entries", len(b.one("wechat").Edition.Entries), 2)
				return
			}
			b.state("甲", "wechat", press.CopyWithdrawn)
			b.pass(time.Hour)
			b.composed(wechatPlan(), b.now)
			for _, a := range b.begun("wechat") {
				equal(t, "item", a.Edition.Entries[0].Item.ExternalID, "乙")
			}
		})
	}
}

// What is on its way when it is not wanted any more stays if it is out, and does not go out again if it is not.
func TestNotWantedWhileItIsOnItsWay(t *testing.T) {
	for status, want := range map[press.Status]press.CopyState{press.Absent: press.CopyWithdrawn, press.Live: press.CopyLive} {
		b := setup(t)
		b.filed(ready("甲", "site", "gazette"))
		b.composed(sitePlan(), b.now)
		a := b.one("site")
		b.intend(a, "publish")
		b.filed(ready("甲", "gazette"))
		b.fail(a, errors.New("timeout"))
		b.pass(time.Hour)
		again := b.one("site")
		if !again.LookOnly {
			t.Fatal("it may be published where nobody wants it")
		}
		b.settle(again, press.Receipt{Status: status, URL: "https://example.gov.cn/x"})
		b.state("甲", "site", want)
		b.pass(time.Hour)
		equal(t, "composed", len(b.composed(sitePlan(), b.now)), 0)
	}
}

// What was on its way when it was not wanted any more, and came out, stays; who has it published anew there is not left without it.
func TestNotWantedAndPublishedAnewByAPersonsWord(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site", "wechat"))
	b.verified(sitePlan())
	b.composed(wechatPlan(), b.now)
	a := b.one("wechat")
	b.intend(a, "publish")
	b.filed(ready("甲", "site"))
	b.settle(a, live())
	b.saw(b.copy("甲", "wechat"), press.SeenEqual)
	b.pass(time.Hour)
	b.revised("甲", "二", "site")
	cor := correction()
	cor.Ways = map[string]press.Way{"wechat": press.Republish}
	b.correct("甲", cor)
	b.settle(b.one("wechat"), press.Receipt{Status: press.Gone})
	equal(t, "generation", b.state("甲", "wechat", press.Waiting).Generation, 2)
}

// Whatever a copy has come to when it is not wanted any more, no next generation follows it there; until it is wanted again.
func TestNothingFollowsWhatIsNotWanted(t *testing.T) {
	for name, meet := range map[string]func(b *testBench){
		"refused": func(b *testBench) {
			b.settle(b.one("site"), press.Receipt{Status: press.Refused})
			b.filed(ready("甲", "gazette"))
		},
		"refused after that": func(b *testBench) {
			a := b.one("site")
			b.intend(a, "publish")
			b.filed(ready("甲", "gazette"))
			b.settle(a, press.Receipt{Status: press.Refused})
		},
		"not out there by a person's word": func(b *testBench) {
			a := b.one("site")
			b.intend(a, "publish")
			b.settle(a, press.Receipt{Status: press.NeedsHand})
			b.filed(ready("甲", "gazette"))
			_, err := b.Retry(b.ctx, "甲", "site", Hint{Absent: true}, publisher, b.now)
			must(b, err)
		},
		"being withdrawn": func(b *testBench) {
			b.settle(b.one("site"), live())
			must(b, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
			b.revised("甲", "重发", "gazette")
			b.settle(b.one("site"), press.Receipt{Status: press.Gone})
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			b.filed(ready("甲", "site", "gazette"))
			b.composed(sitePlan(), b.now)
			meet(b)
			equal(t, "generation", b.state("甲", "site", press.CopyWithdrawn).Generation, 1)
			b.pass(time.Hour)
			equal(t, "composed", len(b.composed(sitePlan(), b.now)), 0)
			b.revised("甲", "又要", "site", "gazette")
			equal(t, "composed again", len(b.composed(sitePlan(), b.now)), 1)
			equal(t, "next generation", b.state("甲", "site", press.Waiting).Generation, 2)
		})
	}
}

// What waits for an item that is let go, as it belongs with it, waits no longer.
func TestWhatBelongsWithWhatIsNotWantedGoesOn(t *testing.T) {
	b := setup(t)
	p := byHand()["wechat"]
	f := ready("乙", "wechat")
	f.Item.BelongsWith = []string{"甲"}
	b.filed(ready("甲", "site", "wechat"))
	key, err := b.Plan(b.ctx, p, b.now.Add(time.Hour), editor, b.now)
	must(t, err)
	must(t, b.Put(b.ctx, p, key, "甲", Edit{Who: editor}, b.now))
	_, err = b.Freeze(b.ctx, p, key, Edit{Who: editor}, b.now)
	must(t, err)
	b.filed(f)
	equal(t, "composed without it", len(b.composed(p, b.now)), 0)
	b.filed(ready("甲", "site"))
	equal(t, "composed while it is still there", len(b.composed(p, b.now)), 0)
	must(t, b.Thaw(b.ctx, key, "改稿", Edit{Who: editor}, b.now))
	equal(t, "composed", len(b.composed(p, b.now)), 1)
}
