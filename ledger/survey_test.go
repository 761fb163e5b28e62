package ledger

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

func (b *testBench) survey(p press.Plan, found ...press.Found) press.Survey {
	b.Helper()
	sum, err := b.Surveyed(b.ctx, p, found, b.now)
	must(b, err)
	return sum
}

func (b *testBench) surveyed(p press.Plan, complete bool, found ...press.Found) press.Survey {
	b.Helper()
	sum := b.survey(p, found...)
	must(b, b.SurveyEnded(b.ctx, p.Channel, time.Time{}, complete, b.now))
	return sum
}

// outThere is how a copy is found on its channel.
func (b *testBench) outThere(ref, channel string) press.Found {
	b.Helper()
	c := b.copy(ref, channel)
	return press.Found{Marker: c.Marker, Ref: "ref-" + ref, URL: "https://www.example.gov.cn/" + ref, Title: "示例区召开" + ref + "工作会议", Revision: 1, Public: b.now.Add(-time.Hour)}
}

func TestWhatWaitsAndIsOutThereIsAdoptedOnce(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site"))
	b.filed(ready("b", "site"))
	found := b.outThere("a", "site")
	equal(t, "survey", b.surveyed(sitePlan(), true, found), press.Survey{Seen: 1, Adopted: 1})
	c := b.state("a", "site", press.CopyLive)
	equal(t, "url", c.URL, found.URL)
	equal(t, "revision", c.Revision, 1)
	equal(t, "again", b.surveyed(sitePlan(), true, found), press.Survey{Seen: 1})
	if keys := b.composed(sitePlan(), b.now); len(keys) != 1 {
		t.Fatalf("composed %v, want one edition for b", keys)
	}
	for _, e := range b.one("site").Edition.Entries {
		equal(t, "what goes out", e.Item.ExternalID, "b")
	}
	b.saw(c, press.SeenEqual)
	b.state("a", "site", press.CopyVerified)
	equal(t, "moves", b.count(`SELECT COUNT(*) FROM move WHERE verb = 'adopt'`), 1)
	equal(t, "places", b.count(`SELECT COUNT(*) FROM place WHERE copy = $1`, c.ID), 1)
	equal(t, "receipts", b.count(`SELECT COUNT(*) FROM receipt WHERE status = 'live'`), 1)
}

func TestWhatIsTakenDownOutThereIsNotPublishedAgain(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site"))
	found := b.outThere("a", "site")
	found.Withdrawn = true
	b.surveyed(sitePlan(), true, found)
	c := b.state("a", "site", press.CopyDiffers)
	if !strings.Contains(c.Note, "已被撤下") {
		t.Fatalf("note %q", c.Note)
	}
	if keys := b.composed(sitePlan(), b.now); len(keys) != 0 {
		t.Fatalf("composed %v", keys)
	}
}

func TestAPublicCopyThatIsNotAsBelievedIsLookedAtAtOnce(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site"))
	b.verified(sitePlan())
	b.pass(time.Second)
	found := b.outThere("a", "site")
	equal(t, "as believed", b.surveyed(sitePlan(), true, found), press.Survey{Seen: 1})
	for _, change := range []func(*press.Found){func(f *press.Found) { f.Withdrawn = true }, func(f *press.Found) { f.Revision = 2 }} {
		other := found
		change(&other)
		equal(t, "not as believed", b.surveyed(sitePlan(), true, other), press.Survey{Seen: 1, Looked: 1})
		if next, err := b.NextLook(b.ctx, "site"); err != nil || !next.Equal(b.now) {
			t.Fatalf("next look %v, %v; want now", next, err)
		}
	}
}

func TestAnActUnderWayThatIsOutThereLooks(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site"))
	b.composed(sitePlan(), b.now)
	b.fail(b.one("site"), &press.Trouble{Remedy: press.TryLater, When: b.now.Add(time.Hour), What: "限流"})
	equal(t, "survey", b.surveyed(sitePlan(), true, b.outThere("a", "site")), press.Survey{Seen: 1, Looked: 1})
	if a := b.one("site"); !a.Look {
		t.Fatal("it acts without a look")
	}
}

func TestADraftThatIsFoundGoesOnAsAnActThatLooks(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "wechat"))
	b.surveyed(wechatPlan(), true, press.Found{Marker: b.copy("a", "wechat").Marker, Ref: "draft-1", Title: "x"})
	b.state("a", "wechat", press.CopyHanded)
	a := b.one("wechat")
	equal(t, "verb", a.Verb, press.Publish)
	equal(t, "look", a.Look, true)
	equal(t, "look only", a.LookOnly, true)
	b.settle(a, live())
	b.state("a", "wechat", press.CopyLive)
}

// What the platform lists without an address is public, and is only looked for. That it cannot be found any more sends nothing again.
func TestWhatIsOutThereWithoutAnAddressIsLookedForOnly(t *testing.T) {
	for _, r := range []press.Receipt{live(), {Status: press.Absent}} {
		b := setup(t)
		b.filed(ready("a", "wechat"))
		b.surveyed(wechatPlan(), true, press.Found{Marker: b.copy("a", "wechat").Marker, Ref: "article-1", Title: "x", Public: b.now})
		b.state("a", "wechat", press.CopyLive)
		a := b.one("wechat")
		equal(t, "look only", a.LookOnly, true)
		b.settle(a, r)
		equal(t, "url", b.state("a", "wechat", press.CopyLive).URL, r.URL)
		if keys := b.composed(wechatPlan(), b.now); len(keys) != 0 {
			t.Fatalf("composed %v", keys)
		}
	}
}

// A withdrawal of what may be out there already must not end it unseen.
func TestAnActThatIsToLookFirstIsNotGivenUpUnseen(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site"))
	b.composed(sitePlan(), b.now)
	b.surveyed(sitePlan(), true, b.outThere("a", "site"))
	must(t, b.Withdraw(b.ctx, "a", "内容有误", press.NoticePage, publisher, b.now))
	a := b.one("site")
	if !a.Look || !a.LookOnly {
		t.Fatalf("look %v, look only %v", a.Look, a.LookOnly)
	}
	b.settle(a, live())
	equal(t, "verb", b.one("site").Verb, press.Withdraw)
}

func TestStrangersAreKeptUntilTheyAreGoneOrKnown(t *testing.T) {
	b := setup(t)
	one := press.Found{Ref: "r1", URL: "https://www.example.gov.cn/1", Title: "别人 发的", Public: b.now}
	two := press.Found{Ref: "r2", Marker: "tf-unknown", Title: "丢失的一篇"}
	equal(t, "first", b.surveyed(sitePlan(), true, one, two), press.Survey{Seen: 2, Strangers: 2})
	b.pass(time.Hour)
	equal(t, "again", b.surveyed(sitePlan(), false, one), press.Survey{Seen: 1})
	open := func(want ...string) {
		t.Helper()
		list, err := b.Strangers(b.ctx, "", 10)
		must(t, err)
		var got []string
		for _, s := range list {
			got = append(got, s.Ref)
		}
		equal(t, "strangers", fmt.Sprint(got), fmt.Sprint(want))
	}
	open("r1", "r2") // the survey was not complete
	b.pass(time.Hour)
	b.surveyed(sitePlan(), true, one)
	open("r1")
	b.pass(time.Hour)
	equal(t, "back again", b.surveyed(sitePlan(), true, one, two), press.Survey{Seen: 2, Strangers: 1})
	must(t, b.KnowStranger(b.ctx, "site", "r2", "旧系统发布的", publisher, b.now))
	open("r1")
	b.surveyed(sitePlan(), true, one, two)
	open("r1")
	if err := b.KnowStranger(b.ctx, "site", "r2", "再说一次", publisher, b.now); err == nil {
		t.Error("it was known already")
	}
	if err := b.KnowStranger(b.ctx, "site", "r1", " ", publisher, b.now); err == nil {
		t.Error("no reason was wanted")
	}
	h, err := b.Health(b.ctx, b.now)
	must(t, err)
	equal(t, "strangers in health", h.Strangers, 1)
}

func TestAnItemWithAStrangersTitleWaitsForAPerson(t *testing.T) {
	for what, settle := range map[string]func(b *testBench){
		"known": func(b *testBench) { must(b, b.KnowStranger(b.ctx, "site", "r1", "另一件事", publisher, b.now)) },
		"gone": func(b *testBench) {
			b.pass(time.Minute)
			b.surveyed(sitePlan(), true)
		},
		"absent": func(b *testBench) {
			n, err := b.Retry(b.ctx, "a", "site", Hint{Absent: true}, publisher, b.now)
			must(b, err)
			equal(b, "changed", n, 1)
		},
	} {
		t.Run(what, func(t *testing.T) {
			b := setup(t)
			b.surveyed(sitePlan(), true, press.Found{Ref: "r1", URL: "https://www.example.gov.cn/1", Title: "示例区召开a工作会议 "})
			b.filed(ready("a", "site", "wechat"))
			if keys := append(b.composed(sitePlan(), b.now), b.composed(wechatPlan(), b.now)...); len(keys) != 0 {
				t.Fatalf("composed %v", keys)
			}
			c := b.state("a", "site", press.Waiting)
			if !strings.Contains(c.Note, "已有同名内容") || !strings.Contains(c.Note, "https://www.example.gov.cn/1") {
				t.Fatalf("note %q", c.Note)
			}
			h, err := b.Health(b.ctx, b.now)
			must(t, err)
			equal(t, "doubtful in health", h.Doubtful, 1)
			settle(b)
			if keys := b.composed(sitePlan(), b.now); len(keys) != 1 {
				t.Fatalf("composed %v, want one edition; %s", keys, b.copy("a", "site").Note)
			}
		})
	}
}

func TestAStrangerIsRegisteredAsTheItemThatItIs(t *testing.T) {
	b := setup(t)
	b.surveyed(sitePlan(), true, press.Found{Ref: "r1", URL: "https://www.example.gov.cn/1", Title: "示例区召开a工作会议"})
	b.filed(ready("a", "site"))
	b.composed(sitePlan(), b.now)
	if _, err := b.Retry(b.ctx, "a", "site", Hint{Link: "javascript:1"}, publisher, b.now); err == nil {
		t.Fatal("any text is a link")
	}
	_, err := b.Retry(b.ctx, "a", "site", Hint{Link: "https://www.example.gov.cn/1"}, publisher, b.now)
	must(t, err)
	c := b.state("a", "site", press.CopyLive)
	equal(t, "url", c.URL, "https://www.example.gov.cn/1")
	list, err := b.Strangers(b.ctx, "", 10)
	must(t, err)
	equal(t, "strangers left", len(list), 0)
	// The next survey meets it again, without a mark of ours, and knows it by its address.
	b.pass(time.Hour)
	equal(t, "survey", b.surveyed(sitePlan(), true, press.Found{Ref: "r1", URL: "https://www.example.gov.cn/1", Title: "示例区召开a工作会议"}), press.Survey{Seen: 1})
}

func TestNobodyRegistersALinkForWhatIsNotDoubted(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site"))
	for _, h := range []Hint{{Link: "https://www.example.gov.cn/1"}, {Absent: true}} {
		if _, err := b.Retry(b.ctx, "a", "site", h, publisher, b.now); err == nil {
			t.Errorf("%+v was taken", h)
		}
	}
	b.state("a", "site", press.Waiting)
}

func TestAWithdrawnCopyThatIsOutThereIsAStranger(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site"))
	b.out(sitePlan())
	must(t, b.Withdraw(b.ctx, "a", "内容有误", press.NoticePage, publisher, b.now))
	b.settle(b.one("site"), press.Receipt{Status: press.Gone})
	found := b.outThere("a", "site")
	equal(t, "survey", b.surveyed(sitePlan(), true, found), press.Survey{Seen: 1, Strangers: 1})
	found.Ref, found.Withdrawn = "other", true
	equal(t, "withdrawn there too", b.surveyed(sitePlan(), true, found), press.Survey{Seen: 1})
}

func TestANumberThatWasSeenIsNeverGivenAgain(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "gazette"))
	b.surveyed(gazettePlan(), true, press.Found{Ref: "x", Marker: "tf-lost", Title: "丢失的一期里的一篇", Year: 2026, Number: 9, Total: 122})
	key := b.composed(gazettePlan(), b.now)[0]
	e, err := b.Freeze(b.ctx, gazettePlan(), key, Edit{Who: publisher}, b.now)
	must(t, err)
	equal(t, "title", e.Title, "2026年第10号（总第123号）")
}

func TestAnIssueThatIsOutThereIsAdoptedWhole(t *testing.T) {
	b := setup(t)
	for _, ref := range []string{"a", "b", "c"} {
		b.filed(ready(ref, "gazette"))
	}
	planned := b.composed(gazettePlan(), b.now)[0] // as in a backup that was made before it was issued
	var found []press.Found
	for i, ref := range []string{"a", "b"} {
		f := b.outThere(ref, "gazette")
		f.Year, f.Number, f.Total, f.Place = 2026, 7, 120, i+1
		found = append(found, f)
	}
	equal(t, "survey", b.surveyed(gazettePlan(), true, found...), press.Survey{Seen: 2, Adopted: 2})
	one, two := b.state("a", "gazette", press.CopyLive), b.state("b", "gazette", press.CopyLive)
	if one.Edition != two.Edition || one.Edition == planned {
		t.Fatalf("editions %s and %s, planned was %s", one.Edition, two.Edition, planned)
	}
	e, err := b.Edition(b.ctx, one.Edition)
	must(t, err)
	equal(t, "title", e.Title, "2026年第7号（总第120号）")
	equal(t, "state", e.State, press.EditionOut)
	left, err := b.Edition(b.ctx, planned)
	must(t, err)
	equal(t, "left in the plan", left.Count, 1)
	next, err := b.Freeze(b.ctx, gazettePlan(), planned, Edit{Who: publisher}, b.now)
	must(t, err)
	equal(t, "next number", next.Number, 8)
}

func TestAFrozenIssueThatIsOutThereLooks(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "gazette"))
	key := b.composed(gazettePlan(), b.now)[0]
	_, err := b.Freeze(b.ctx, gazettePlan(), key, Edit{Who: publisher}, b.now)
	must(t, err)
	f := b.outThere("a", "gazette")
	f.Year, f.Number, f.Total = 2026, 7, 120
	b.surveyed(gazettePlan(), true, f)
	a := b.one("gazette")
	equal(t, "look", a.Look, true)
	b.settle(a, live())
	b.state("a", "gazette", press.CopyLive)
}

// restored goes on with a backup of the ledger in its place.
func (b *testBench) restored(file string) Restored {
	b.Helper()
	for _, l := range b.opened { // also those of processes that crashed
		must(b, l.Close())
	}
	b.opened = nil
	r, err := Restore(b.ctx, Restoring{File: file, Path: b.file, Rules: testRules(), By: "王某", Now: b.now})
	must(b, err)
	b.open()
	must(b, b.Resume(b.ctx, b.now))
	return r
}

func (b *testBench) backup(name string) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), name)
	must(b, b.Backup(b.ctx, path, b.now))
	return path
}

func TestNothingActsAfterARestoreUntilTheChannelWasSurveyed(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site"))
	b.filed(ready("b", "site"))
	b.composed(sitePlan(), b.now) // open acts
	b.filed(ready("c", "site"))   // waits
	b.filed(ready("d", "gazette"))
	at := b.now
	file := b.backup("one.db")
	b.pass(time.Hour)
	b.filed(ready("e", "site")) // lost
	b.out(sitePlan())
	r := b.restored(file)
	equal(t, "items", r.Items, 4)
	equal(t, "last move", r.Last.Equal(at), true)
	if len(b.begun("site")) != 0 || len(b.composed(sitePlan(), b.now)) != 0 {
		t.Fatal("it acts before it was surveyed")
	}
	if next, err := b.Next(b.ctx, "site", true); err != nil || !next.IsZero() {
		t.Fatalf("next act at %v, %v", next, err)
	}
	_, err := b.Plan(b.ctx, gazettePlan(), b.now, editor, b.now)
	must(t, err)
	h, err := b.Health(b.ctx, b.now)
	must(t, err)
	equal(t, "closed", h.Closed, 3)

	to, err := b.Unreconciled(b.ctx, "site")
	must(t, err)
	equal(t, "restored to", to.Equal(at), true)
	equal(t, "survey", b.surveyed(sitePlan(), true, b.outThere("a", "site"), b.outThere("c", "site"),
		press.Found{Ref: "e", Marker: "tf-e", URL: "https://www.example.gov.cn/e", Title: "示例区召开e工作会议"}),
		press.Survey{Seen: 3, Adopted: 1, Looked: 1, Strangers: 1})
	must(t, b.Reconciled(b.ctx, "site", "", []press.Quota{{Name: "send", PerDay: 10, Reserve: 2}}, b.now))
	for _, a := range b.begun("site") {
		equal(t, "look", a.Look, true)
	}
	spent, err := b.Spent(b.ctx, "site", b.now)
	must(t, err)
	equal(t, "spent", spent["send"], 8)
	b.filed(ready("e", "site"))
	b.composed(sitePlan(), b.now)
	if c := b.state("e", "site", press.Waiting); !strings.Contains(c.Note, "https://www.example.gov.cn/e") {
		t.Fatalf("filed again, it says %q", c.Note)
	}
	last, ok, err := b.LastRestore(b.ctx)
	must(t, err)
	equal(t, "restored", ok, true)
	equal(t, "adopted", last.Adopted["site"], 1)
	equal(t, "still closed", strings.Join(last.Open, " "), "wechat gazette")
}

func TestWhatCannotBeSurveyedAfterARestoreWaitsForAPerson(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "wechat"))
	b.filed(ready("b", "wechat"))
	b.filed(ready("h", "wechat"))
	must(t, b.Hold(b.ctx, "h", "等通知", publisher, b.now))
	b.restored(b.backup("one.db"))
	b.pass(time.Minute)
	b.filed(ready("new", "wechat"))
	must(t, b.Reconciled(b.ctx, "wechat", "这个渠道没有普查的接口", nil, b.now))
	p := wechatPlan()
	p.After = nil
	if keys := b.composed(p, b.now); len(keys) != 1 {
		t.Fatalf("composed %v, want what is new", keys)
	}
	b.state("new", "wechat", press.Waiting)
	for _, ref := range []string{"a", "b"} {
		if c := b.state(ref, "wechat", press.Waiting); c.Edition != "" || !strings.Contains(c.Note, "没有普查的接口") {
			t.Fatalf("%s is in %q and says %q", ref, c.Edition, c.Note)
		}
	}
	must(t, b.Release(b.ctx, "h", publisher, b.now))
	b.pass(time.Minute)
	if keys := b.composed(p, b.now); len(keys) != 0 {
		t.Fatalf("composed %v after a hold", keys)
	}
	_, err := b.Retry(b.ctx, "a", "", Hint{Absent: true}, publisher, b.now)
	must(t, err)
	_, err = b.Retry(b.ctx, "b", "wechat", Hint{Link: "https://mp.weixin.qq.com/s/b"}, publisher, b.now)
	must(t, err)
	b.state("b", "wechat", press.CopyLive)
	b.pass(time.Minute)
	if keys := b.composed(p, b.now); len(keys) != 1 || b.copy("a", "wechat").Edition != keys[0] {
		t.Fatalf("composed %v, want a", keys)
	}
}

// Where the clock is set back in autumn an hour comes twice, and an item may ask for either of the two.
func TestAReleaseInTheHourThatComesTwiceIsNeitherEarlyNorLate(t *testing.T) {
	york, err := time.LoadLocation("America/New_York")
	must(t, err)
	first := time.Date(2026, 11, 1, 1, 30, 0, 0, york) // in summer time
	second := first.Add(time.Hour)                     // the clock shows the same
	equal(t, "second", second.Format("15:04 MST"), "01:30 EST")
	for what, at := range map[string]time.Time{"first": first, "second": second} {
		b := setup(t)
		b.now = first.Add(-2 * time.Hour)
		f := ready("a", "site")
		f.Item.ReleaseAt, err = time.Parse(time.RFC3339, at.Format(time.RFC3339)) // as it is handed in
		must(t, err)
		for i := range f.Approvals {
			f.Approvals[i].At = b.now.Add(-time.Hour)
		}
		b.filed(f)
		b.now = at.Add(-time.Second)
		if keys := b.composed(sitePlan(), b.now); len(keys) != 0 {
			t.Errorf("%s: composed a second early", what)
		}
		b.now = at
		if keys := b.composed(sitePlan(), b.now); len(keys) != 1 {
			t.Errorf("%s: not composed in time: %s", what, b.copy("a", "site").Note)
		}
	}
}
