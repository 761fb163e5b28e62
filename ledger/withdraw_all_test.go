package ledger

import (
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

// five brings five items out in one message.
func five(t *testing.T) *testBench {
	b := setup(t)
	for _, ref := range []string{"甲", "乙", "丙", "丁", "戊"} {
		b.filed(ready(ref, "wechat"))
	}
	p := wechatPlan()
	p.Max = 8
	b.out(p)
	return b
}

func TestWithdrawalsOfOneMessageShareAnAct(t *testing.T) {
	b := five(t)
	must(t, b.WithdrawAll(b.ctx, []string{"甲", "乙"}, "有误", press.NoticePage, publisher, b.now))
	must(t, b.Withdraw(b.ctx, "丙", "有误", press.NoticePage, publisher, b.now))
	must(t, b.Withdraw(b.ctx, "丁", "另有原因", press.NoticePage, publisher, b.now))
	must(t, b.Withdraw(b.ctx, "戊", "有误", press.NoticeGone, publisher, b.now))
	var sizes []int
	for range 3 {
		a := b.one("wechat")
		sizes = append(sizes, len(a.Edition.Entries))
		b.settle(a, press.Receipt{Status: press.Gone})
		b.pass(time.Second)
		b.holds()
	}
	equal(t, "acts", len(sizes), 3)
	equal(t, "entries of the first", sizes[0], 3)
	for _, ref := range []string{"甲", "乙", "丙", "丁", "戊"} {
		b.state(ref, "wechat", press.CopyWithdrawn)
	}
	equal(t, "open acts", b.count(`SELECT COUNT(*) FROM act WHERE state = 'open'`), 0)
}

func TestAWithdrawalThatWasBegunTakesNobodyIn(t *testing.T) {
	b := five(t)
	must(t, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
	a := b.one("wechat")
	must(t, b.Withdraw(b.ctx, "乙", "有误", press.NoticePage, publisher, b.now))
	b.settle(a, press.Receipt{Status: press.CannotTell, Again: b.now.Add(time.Hour)}) // its day has no more deletions
	must(t, b.Withdraw(b.ctx, "丙", "有误", press.NoticePage, publisher, b.now))
	second := b.one("wechat")
	equal(t, "entries of the second", len(second.Edition.Entries), 2)
	b.settle(second, press.Receipt{Status: press.Gone})
	b.state("甲", "wechat", press.CopyLive)
	b.state("丙", "wechat", press.CopyWithdrawn)
	b.pass(2 * time.Hour)
	b.settle(b.one("wechat"), press.Receipt{Status: press.Gone})
	b.state("甲", "wechat", press.CopyWithdrawn)
	b.holds()
}

func TestHalfOfASharedWithdrawalGoesOn(t *testing.T) {
	b := five(t)
	must(t, b.WithdrawAll(b.ctx, []string{"甲", "乙", "丙"}, "有误", press.NoticePage, publisher, b.now))
	a := b.one("wechat")
	b.settle(a, press.Receipt{Status: press.CannotTell, Again: b.now.Add(time.Hour), Parts: []press.Part{
		{Copy: a.Edition.Entries[0].Copy.ID, Status: press.Gone},
		{Copy: a.Edition.Entries[1].Copy.ID, Status: press.CannotTell, Note: "次日零时后自动继续"},
		{Copy: a.Edition.Entries[2].Copy.ID, Status: press.NeedsHand, Note: "请到后台删除"},
	}})
	b.state("甲", "wechat", press.CopyWithdrawn)
	b.state("乙", "wechat", press.CopyLive)
	b.state("丙", "wechat", press.CopyNeedsHand)
	for range 2 { // a look finds it there, which does not answer what it waits for
		b.saw(b.copy("乙", "wechat"), press.SeenEqual)
		equal(t, "note", b.copy("乙", "wechat").Note, "次日零时后自动继续")
	}
	if _, err := b.Retry(b.ctx, "丙", "wechat", Hint{Absent: true}, publisher, b.now); err != nil { // the person found it gone
		t.Fatal(err)
	}
	b.state("丙", "wechat", press.CopyWithdrawn)
	b.holds()
	b.pass(2 * time.Hour)
	b.settle(b.one("wechat"), press.Receipt{Status: press.Gone})
	b.state("乙", "wechat", press.CopyWithdrawn)
	equal(t, "open acts", b.count(`SELECT COUNT(*) FROM act WHERE state = 'open'`), 0)
	b.holds()
}

func TestWithdrawAllOrNone(t *testing.T) {
	b := five(t)
	if err := b.WithdrawAll(b.ctx, []string{"甲", "没有"}, "有误", press.NoticePage, publisher, b.now); err == nil {
		t.Fatal("withdrawn, though one is not in the ledger")
	}
	b.state("甲", "wechat", press.CopyLive)
	equal(t, "acts", b.count(`SELECT COUNT(*) FROM act WHERE state = 'open'`), 0)
	err := b.WithdrawAll(b.ctx, []string{"甲", "乙"}, "有误", press.NoticePage, Who{Name: "李某", Role: press.Drafter}, b.now)
	if err == nil || !strings.Contains(err.Error(), "甲") {
		t.Fatalf("a drafter withdraws: %v", err)
	}
	must(t, b.WithdrawAll(b.ctx, []string{"甲", "乙"}, "有误", press.NoticePage, publisher, b.now))
	b.settle(b.one("wechat"), press.Receipt{Status: press.Gone})
	must(t, b.WithdrawAll(b.ctx, []string{"甲", "乙", "丙"}, "有误", press.NoticePage, publisher, b.now)) // asked again, with one more
	equal(t, "entries", len(b.one("wechat").Edition.Entries), 1)
}
