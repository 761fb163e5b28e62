package ledger

import (
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

// handPlan is an account on which people compose.
func handPlan() press.Plan {
	p := wechatPlan()
	p.Hand, p.After = 8, nil
	return p
}

// frozen is an edition of some items, frozen for an hour from now.
func (b *testBench) frozenOf(p press.Plan, refs ...string) string {
	b.Helper()
	key, err := b.Plan(b.ctx, p, b.now.Add(time.Hour), editor, b.now)
	must(b, err)
	for _, ref := range refs {
		must(b, b.Put(b.ctx, p, key, ref, Edit{Who: editor}, b.now))
	}
	_, err = b.Freeze(b.ctx, p, key, Edit{Who: editor}, b.now)
	must(b, err)
	return key
}

func TestAnEditionIssuedBeforeTheMomentThatItWasGivenIsAskedAboutNow(t *testing.T) {
	b := setup(t)
	p := handPlan()
	f := ready("甲", "wechat")
	b.filed(f)
	key := b.frozenOf(p, "甲")
	must(t, b.IssueAt(b.ctx, p, key, b.now.Add(5*time.Hour), Edit{Who: editor}, b.now))
	f.Item.ReleaseAt = b.now.Add(3 * time.Hour) // the office puts it off
	b.filed(f)
	b.pass(2 * time.Hour)
	if err := b.Issue(b.ctx, p, key, Edit{Who: editor}, b.now); err == nil {
		t.Error("issued an hour before the item may go out")
	}
	equal(t, "begun", len(b.begun("wechat")), 0)
	b.pass(2 * time.Hour)
	must(t, b.Issue(b.ctx, p, key, Edit{Who: editor}, b.now))
	b.settle(b.one("wechat"), live())
	b.state("甲", "wechat", press.CopyLive)
}

func TestAnEditionThatCannotBeIssuedAtItsMomentKeepsNothingElseBack(t *testing.T) {
	b := setup(t)
	p := handPlan()
	for _, ext := range []string{"甲", "乙", "丙"} {
		b.filed(ready(ext, "wechat"))
	}
	key, other := b.frozenOf(p, "甲"), b.frozenOf(p, "乙")
	at := b.now.Add(2 * time.Hour)
	must(t, b.IssueAt(b.ctx, p, key, at, Edit{Who: editor}, b.now))
	must(t, b.IssueAt(b.ctx, p, other, at.Add(time.Second), Edit{Who: editor}, b.now))
	must(t, b.Hold(b.ctx, "甲", "核对", publisher, b.now))
	must(t, b.Drop(b.ctx, p, key, "甲", Edit{Who: editor}, b.now)) // nothing is left in it
	b.now = at.Add(time.Minute)
	n, err := b.IssueDue(b.ctx, p, b.now)
	must(t, err)
	equal(t, "issued", n, 1)
	b.settle(b.one("wechat"), live())
	b.state("乙", "wechat", press.CopyLive)
	e, err := b.Edition(b.ctx, key)
	must(t, err)
	if !strings.Contains(e.Stopped, "没有稿件") {
		t.Errorf("nobody is told why: %q", e.Stopped)
	}
	if n, err = b.IssueDue(b.ctx, p, b.now.Add(time.Minute)); n != 0 || err != nil {
		t.Error("asked once more", n, err)
	}
}

// What an edition that people have composed holds is claimed: nothing else publishes it, whatever the timetable does, and it goes out once.
func TestWhatPeopleComposeGoesOutOnceAlsoThroughACrash(t *testing.T) {
	b := setup(t)
	p := handPlan()
	for _, ext := range []string{"甲", "乙", "丙"} {
		b.filed(ready(ext, "wechat"))
	}
	key := b.frozenOf(p, "甲", "乙")
	at := b.now.Add(2 * time.Hour)
	must(t, b.IssueAt(b.ctx, p, key, at, Edit{Who: editor}, b.now))
	if err := b.Reschedule(b.ctx, "甲", b.now.Add(9*time.Hour), publisher, b.now); err == nil {
		t.Error("an item that an edition has claimed was given another time")
	}
	b.now = at
	equal(t, "composed by the timetable", len(b.composed(p, b.now)), 1)
	b.crash()
	for range 2 {
		_, err := b.IssueDue(b.ctx, p, b.now)
		must(t, err)
		b.crash()
		equal(t, "composed again", len(b.composed(p, b.now)), 0)
	}
	acts := b.begun("wechat")
	equal(t, "acts", len(acts), 2)
	seen := map[press.ItemID]int{}
	for _, a := range acts {
		for _, en := range a.Edition.Entries {
			seen[en.Item.ID]++
		}
		b.settle(a, live())
	}
	equal(t, "items", len(seen), 3)
	for id, n := range seen {
		equal(t, string(id), n, 1)
	}
}
