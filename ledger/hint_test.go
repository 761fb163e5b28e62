package ledger

import (
	"testing"
	"time"

	"tongfa/press"
)

// submitted is an act of the account that waits an hour for the platform, whose submission has a ref; "" for one whose answer was lost.
func (b *testBench) submitted(ext, ref string) press.Act {
	b.Helper()
	b.filed(ready(ext, "wechat"))
	p := wechatPlan()
	p.After, p.Max = nil, 1
	b.composed(p, b.now)
	a := b.one("wechat")
	j := b.Journal(a, func() time.Time { return b.now })
	must(b, j.Intend(b.ctx, "submit"))
	if ref != "" {
		must(b, j.Done(b.ctx, "submit", ref))
		b.settle(a, press.Receipt{Status: press.HandedOver, Again: b.now.Add(time.Hour)})
		return a
	}
	b.settle(a, press.Receipt{Status: press.CannotTell, Again: b.now.Add(time.Hour)})
	return a
}

func TestAHintMakesTheActDueThatItIsAbout(t *testing.T) {
	b := setup(t)
	mine := b.submitted("a", "2247483650/100")
	b.submitted("b", "22474836501/100") // its number begins like the other
	b.submitted("c", "")
	heard := func(channel, ref string, want int) {
		t.Helper()
		n, busy, err := b.Heard(b.ctx, channel, ref, b.now)
		must(t, err)
		equal(t, "acts made due", n, want)
		equal(t, "busy", busy, false)
	}
	equal(t, "due before", len(b.begun("wechat")), 0)
	heard("site", "2247483650", 0)
	heard("wechat", "2247483650", 1)
	equal(t, "the act that is due", b.one("wechat").ID, mine.ID)
	b.settle(mine, press.Receipt{Status: press.HandedOver, Again: b.now.Add(time.Hour)})
	b.state("a", "wechat", press.CopyHanded) // a hint proves nothing
	heard("wechat", "2247483650", 1)
	heard("wechat", "2247483650", 0) // it is due already
}

func TestAHintThatNoActKnowsWakesWhatIsUnknown(t *testing.T) {
	b := setup(t)
	b.submitted("a", "2247483650/100")
	lost := b.submitted("b", "")
	n, _, err := b.Heard(b.ctx, "wechat", "2247483999", b.now)
	must(t, err)
	equal(t, "acts made due", n, 1)
	equal(t, "the act that is due", b.one("wechat").ID, lost.ID)
	b.state("b", "wechat", press.CopyUnknown)

	n, busy, err := b.Heard(b.ctx, "wechat", "2247483999", b.now)
	must(t, err)
	equal(t, "acts made due while they are in hands", n, 0)
	equal(t, "busy", busy, true)
}

func TestAHintAboutWhatIsOverWakesNothing(t *testing.T) {
	b := setup(t)
	b.submitted("a", "2247483650/100")
	b.pass(2 * time.Hour)
	b.settle(b.one("wechat"), live())
	n, busy, err := b.Heard(b.ctx, "wechat", "2247483650", b.now)
	must(t, err)
	equal(t, "acts made due", n, 0)
	equal(t, "busy", busy, false)
	b.state("a", "wechat", press.CopyLive)
}
