package ledger

import (
	"testing"
	"time"

	"tongfa/press"
)

// A draft that waits for a person is withdrawn: nothing is left to be asked about its publication.
func TestAWithdrawnDraftLeavesNoOpenPublication(t *testing.T) {
	b := setup(t)
	onItsWay(b, press.CopyNeedsHand)
	must(t, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
	a := b.one("wechat")
	equal(t, "verb", a.Verb, press.Withdraw)
	b.settle(a, press.Receipt{Status: press.Gone})
	b.state("甲", "wechat", press.CopyWithdrawn)
	for range 3 {
		b.pass(2 * time.Hour)
		for _, a := range b.begun("wechat") {
			b.settle(a, press.Receipt{Status: press.NeedsHand}) // the draft is not in the box
		}
	}
	equal(t, "open acts", b.count(`SELECT COUNT(*) FROM act WHERE state = 'open'`), 0)
	equal(t, "open editions", b.count(`SELECT COUNT(*) FROM edition WHERE state = 'composed'`), 0)
}

// An item is withdrawn while nobody knows whether its draft was made. Then it turns out to be in the box.
func TestADraftFoundAfterTheWithdrawalIsTakenAway(t *testing.T) {
	for _, st := range []press.CopyState{press.CopyUnknown, press.CopyHanded} {
		b := setup(t)
		onItsWay(b, st)
		must(t, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
		for range 5 {
			b.pass(2 * time.Hour)
			for _, a := range b.begun("wechat") {
				if a.Verb == press.Withdraw {
					b.settle(a, press.Receipt{Status: press.Gone})
					continue
				}
				b.settle(a, press.Receipt{Status: press.NeedsHand, Ref: "draft:x#1"})
			}
		}
		b.state("甲", "wechat", press.CopyWithdrawn)
		equal(t, "open acts", b.count(`SELECT COUNT(*) FROM act WHERE state = 'open'`), 0)
	}
}

// A failure says nothing of what is there: the next look does, and nothing is taken away that never was.
func TestAFailureAfterTheWithdrawalOpensNoWithdrawal(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "wechat"))
	b.composed(wechatPlan(), b.now)
	a := b.one("wechat")
	b.intend(a, "publish")
	must(t, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
	b.fail(a, &press.Trouble{Remedy: press.AskPerson, What: "没有权限"})
	b.pass(time.Hour)
	a = b.one("wechat")
	equal(t, "look only", a.LookOnly, true)
	b.settle(a, press.Receipt{Status: press.Absent})
	b.state("甲", "wechat", press.CopyWithdrawn)
	equal(t, "withdrawals", b.count(`SELECT COUNT(*) FROM act WHERE verb = 'withdraw'`), 0)
	equal(t, "open acts", b.count(`SELECT COUNT(*) FROM act WHERE state = 'open'`), 0)
}

// The platform refuses what was withdrawn during its review.
func TestRefusedAfterTheWithdrawal(t *testing.T) {
	b := setup(t)
	onItsWay(b, press.CopyHanded)
	must(t, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
	b.pass(2 * time.Hour)
	b.settle(b.one("wechat"), press.Receipt{Status: press.Refused})
	b.state("甲", "wechat", press.CopyWithdrawn)
	equal(t, "shown", b.story("甲").Shown, press.Withdrawn)
}

// An act that was ended while those before it began is not handed out.
func TestAnActThatWasJustEndedIsNotBegun(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "wechat"))
	b.composed(wechatPlan(), b.now)
	a := b.one("wechat")
	b.fail(a, &press.Trouble{Remedy: press.AskPerson, What: "没有权限"})
	b.pass(time.Hour)
	a = b.one("wechat")
	must(t, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now)) // while it is in hands
	b.fail(a, &press.Trouble{Remedy: press.AskPerson, What: "没有权限", When: b.now})
	b.pass(time.Hour)
	for _, a := range b.begun("wechat") {
		var state string
		must(t, b.read.QueryRow(`SELECT state FROM act WHERE id = $1`, a.ID).Scan(&state))
		equal(t, string(a.Verb), state, "open")
	}
	b.state("甲", "wechat", press.CopyWithdrawn)
}

// One of a message is withdrawn during its review, which refuses the message: the other waits for a person, as it would without it.
func TestOneOfARefusedMessageWasWithdrawn(t *testing.T) {
	for _, first := range []string{"甲", "乙"} {
		b := setup(t)
		b.filed(ready("甲", "wechat"))
		b.filed(ready("乙", "wechat"))
		b.composed(wechatPlan(), b.now)
		a := b.one("wechat")
		b.intend(a, "publish")
		b.settle(a, press.Receipt{Status: press.HandedOver})
		must(t, b.Withdraw(b.ctx, first, "有误", press.NoticePage, publisher, b.now))
		b.pass(time.Hour)
		b.settle(b.one("wechat"), press.Receipt{Status: press.Refused})
		other := map[string]string{"甲": "乙", "乙": "甲"}[first]
		b.state(first, "wechat", press.CopyWithdrawn)
		b.state(other, "wechat", press.CopyRefused)
		equal(t, "open acts", b.count(`SELECT COUNT(*) FROM act WHERE state = 'open'`), 0)
		equal(t, "failed editions", b.count(`SELECT COUNT(*) FROM edition WHERE state = 'failed'`), 1)
		_, err := b.Retry(b.ctx, other, "wechat", Hint{}, publisher, b.now)
		must(t, err)
		b.composed(wechatPlan(), b.now)
		b.settle(b.one("wechat"), live())
		b.state(other, "wechat", press.CopyLive)
	}
}

// A new text was handed in after the withdrawal, while the old one was in review. The review refuses the old one: the new one goes on.
func TestRefusedAfterTheWithdrawalAndANewText(t *testing.T) {
	b := setup(t)
	onItsWay(b, press.CopyHanded)
	must(t, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
	f := ready("甲", "wechat")
	f.Revision.Title = "更正后的标题"
	b.filed(f)
	b.pass(2 * time.Hour)
	b.settle(b.one("wechat"), press.Receipt{Status: press.Refused})
	equal(t, "generation", b.state("甲", "wechat", press.Waiting).Generation, 2)
	equal(t, "composed", len(b.composed(wechatPlan(), b.now)), 1)
	b.settle(b.one("wechat"), live())
	equal(t, "revision", b.state("甲", "wechat", press.CopyLive).Revision, 2)
	equal(t, "open acts", b.count(`SELECT COUNT(*) FROM act WHERE state = 'open'`), 0)
}
