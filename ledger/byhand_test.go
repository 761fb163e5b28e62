package ledger

import (
	"testing"
	"time"

	"tongfa/press"
)

// together brings two items in one edition to a person's hands.
func together(b *testBench) press.Act {
	b.Helper()
	b.filed(ready("甲", "wechat"))
	b.filed(ready("乙", "wechat"))
	b.composed(wechatPlan(), b.now)
	a := b.one("wechat")
	b.intend(a, "draft")
	b.settle(a, press.Receipt{Status: press.NeedsHand})
	return a
}

// What a person published by hand stays so when the rest of its edition is given up.
func TestGivingUpLeavesWhatIsPublic(t *testing.T) {
	b := setup(t)
	together(b)
	_, err := b.Retry(b.ctx, "甲", "wechat", Hint{Link: "https://mp.example.com/s/1"}, publisher, b.now)
	must(t, err)
	must(t, b.Hold(b.ctx, "乙", "再看", publisher, b.now))
	b.pass(2 * time.Hour)
	a := b.one("wechat")
	equal(t, "look only", a.LookOnly, true)
	b.settle(a, press.Receipt{Status: press.Absent})
	b.state("甲", "wechat", press.CopyLive)
	b.state("乙", "wechat", press.Waiting)
	b.holds()
	equal(t, "composed again", len(b.composed(wechatPlan(), b.now)), 0)
}

// An edition of which a person has settled a part by hand is not sent any more: what is left goes out in another one.
func TestWhatAPersonSettledIsNotSentAgain(t *testing.T) {
	for name, h := range map[string]Hint{"a link": {Link: "https://mp.example.com/s/1"}, "absent": {Absent: true}} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			together(b)
			_, err := b.Retry(b.ctx, "甲", "wechat", h, publisher, b.now)
			must(t, err)
			b.pass(2 * time.Hour)
			a := b.one("wechat")
			equal(t, "look only", a.LookOnly, true)
			b.settle(a, press.Receipt{Status: press.Absent})
			b.holds()
			b.state("乙", "wechat", press.Waiting)
			b.composed(wechatPlan(), b.now)
			for _, a := range b.begun("wechat") {
				equal(t, "look only", a.LookOnly, false)
				b.settle(a, live())
			}
			c := b.state("乙", "wechat", press.CopyLive)
			equal(t, "generation", c.Generation, 1)
			b.state("甲", "wechat", press.CopyLive)
		})
	}
}

// While an act is being made nobody knows better than the one who makes it.
func TestNothingIsAbsentWhileItIsBeingSent(t *testing.T) {
	b := setup(t)
	onItsWay(b, press.CopyUnknown)
	b.pass(time.Hour)
	a := b.one("wechat")
	if _, err := b.Retry(b.ctx, "甲", "wechat", Hint{Absent: true}, publisher, b.now); err == nil {
		t.Error("declared absent in the middle of the act")
	}
	b.settle(a, live())
	equal(t, "generation", b.state("甲", "wechat", press.CopyLive).Generation, 1)
}

// A withdrawal of what is then found never to have been published has nothing to do any more.
func TestGivingUpEndsTheWithdrawal(t *testing.T) {
	b := setup(t)
	onItsWay(b, press.CopyNeedsHand)
	must(t, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
	b.pass(2 * time.Hour)
	for range 2 {
		for _, a := range b.begun("wechat") {
			if a.Verb == press.Publish {
				b.settle(a, press.Receipt{Status: press.Absent})
			} else {
				b.fail(a, &press.Trouble{Remedy: press.AskPerson, What: "找不到"})
			}
		}
	}
	b.state("甲", "wechat", press.CopyWithdrawn)
	b.pass(24 * time.Hour)
	equal(t, "acts", len(b.begun("wechat")), 0)
	equal(t, "open acts", b.count(`SELECT COUNT(*) FROM act WHERE state = 'open'`), 0)
}

// A later time that is asked for before anything was begun counts, also when the copy is in an edition already.
func TestPutOffAfterItWasComposed(t *testing.T) {
	b := setup(t)
	f := ready("甲", "site")
	b.filed(f)
	must(t, b.Pause(b.ctx, "site", "检修", publisher, b.now))
	b.composed(sitePlan(), b.now)
	b.pass(time.Minute)
	f.Item.ReleaseAt = b.now.Add(24 * time.Hour)
	b.filed(f)
	must(t, b.Unpause(b.ctx, "site", publisher, b.now))
	equal(t, "begun early", len(b.begun("site")), 0)
	equal(t, "composed early", len(b.composed(sitePlan(), b.now)), 0)
	b.pass(24 * time.Hour)
	b.composed(sitePlan(), b.now)
	b.settle(b.one("site"), live())
	b.state("甲", "site", press.CopyLive)
}

// Two acts on one edition are not made at once: one would not see what the other does.
func TestOneActAtATimeOnAnEdition(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "wechat"))
	b.filed(ready("乙", "wechat"))
	b.composed(wechatPlan(), b.now)
	a := b.one("wechat")
	b.intend(a, "publish")
	b.settle(a, press.Receipt{Status: press.HandedOver, Parts: []press.Part{{Copy: a.Edition.Entries[0].Copy.ID, Status: press.Live}}})
	b.pass(time.Hour)
	must(t, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
	first := b.one("wechat")
	next, err := b.Next(b.ctx, "wechat", true)
	must(t, err)
	equal(t, "nothing is due while one is made", next.IsZero(), true)
	if first.Verb == press.Publish {
		b.settle(first, live())
	} else {
		b.settle(first, press.Receipt{Status: press.Gone})
	}
	b.one("wechat")
}

// What was on its way when it was withdrawn is withdrawn once it is out, also if a new text was handed in meanwhile.
func TestRevisedOnItsWayAfterItWasWithdrawn(t *testing.T) {
	b := setup(t)
	onItsWay(b, press.CopyHanded)
	must(t, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
	f := ready("甲", "wechat")
	f.Revision.Title += "（更正）"
	b.pass(time.Second)
	b.filed(f)
	b.pass(time.Hour)
	b.settle(b.one("wechat"), live())
	b.pass(time.Second)
	a := b.one("wechat")
	equal(t, "verb", a.Verb, press.Withdraw)
	b.settle(a, press.Receipt{Status: press.Gone})
	equal(t, "generation", b.state("甲", "wechat", press.Waiting).Generation, 2)
}

// Of an edition that must not go on, what a look finds in public is public, and is withdrawn if that was decided; the rest is given up.
func TestPartOfAnEditionThatWasStoppedIsOut(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "wechat"))
	b.filed(ready("乙", "wechat"))
	key := b.composed(wechatPlan(), b.now)[0]
	a := b.one("wechat")
	b.intend(a, "page")
	b.fail(a, &press.Trouble{Remedy: press.TryAgain, What: "写不成"})
	must(t, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
	b.pass(time.Hour)
	a = b.one("wechat")
	equal(t, "look only", a.LookOnly, true)
	b.settle(a, press.Receipt{Status: press.Absent, Parts: []press.Part{
		{Copy: a.Edition.Entries[0].Copy.ID, Status: press.Live, URL: "https://www.example.gov.cn/a"},
		{Copy: a.Edition.Entries[1].Copy.ID, Status: press.Absent}}})
	b.state("甲", "wechat", press.CopyLive)
	b.state("乙", "wechat", press.Waiting)
	b.holds()
	e, err := b.Edition(b.ctx, key)
	must(t, err)
	equal(t, "edition", e.State, press.EditionPart)
	w := b.one("wechat")
	equal(t, "verb", w.Verb, press.Withdraw)
	b.settle(w, press.Receipt{Status: press.Gone})
	b.state("甲", "wechat", press.CopyWithdrawn)
	equal(t, "composed", len(b.composed(wechatPlan(), b.now)), 1)
}

// A channel on which an item is not wanted any more does not get it, also when it is in an edition that nobody has begun.
func TestNotWantedAfterItWasComposed(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site", "wechat"))
	b.verified(sitePlan())
	b.filed(ready("乙", "wechat"))
	must(t, b.Pause(b.ctx, "wechat", "检修", publisher, b.now))
	b.composed(wechatPlan(), b.now)
	b.filed(ready("甲", "site"))
	must(t, b.Unpause(b.ctx, "wechat", publisher, b.now))
	b.state("甲", "wechat", press.CopyWithdrawn)
	equal(t, "begun", len(b.begun("wechat")), 0)
	b.composed(wechatPlan(), b.now)
	a := b.one("wechat")
	equal(t, "entries", len(a.Edition.Entries), 1)
	equal(t, "item", a.Edition.Entries[0].Item.ExternalID, "乙")
	b.settle(a, live())
}

// An edition whose only copy was withdrawn before any of it was out did not come out.
func TestAnEditionThatNeverCameOut(t *testing.T) {
	b := setup(t)
	onItsWay(b, press.CopyNeedsHand)
	key := b.copy("甲", "wechat").Edition
	must(t, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
	b.pass(2 * time.Hour)
	for range 2 {
		for _, a := range b.begun("wechat") {
			if a.Verb == press.Publish {
				b.settle(a, press.Receipt{Status: press.Absent})
			} else {
				b.settle(a, press.Receipt{Status: press.Gone})
			}
		}
	}
	e, err := b.Edition(b.ctx, key)
	must(t, err)
	equal(t, "edition", e.State, press.EditionFailed)
}

// An item whose new text was returned after the old one had been composed says why it waits.
func TestReturnedAfterItWasComposed(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	b.composed(sitePlan(), b.now)
	b.pass(time.Minute)
	f := draft("甲", "site")
	f.Revision.Title += "（更正）"
	b.filed(f)
	no := press.Approval{Step: press.FinalReview, By: "审签人3", At: b.now, Ground: "再核"}
	_, err := b.Sign(b.ctx, "甲", no, registrar, b.now)
	must(t, err)
	equal(t, "begun", len(b.begun("site")), 0)
	b.holds()
}
