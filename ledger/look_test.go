package ledger

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

func (b *testBench) looks(channel string) []press.Entry {
	b.Helper()
	es, err := b.Looks(b.ctx, channel, b.now, 100)
	must(b, err)
	return es
}

func TestLooksThinOut(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	b.out(sitePlan())
	var gaps []time.Duration
	last := b.now
	for range 8 {
		at, err := b.NextLook(b.ctx, "site")
		must(t, err)
		b.now = at.Add(-time.Microsecond)
		equal(t, "looked at early", len(b.looks("site")), 0)
		b.now = at
		es := b.looks("site")
		equal(t, "looks", len(es), 1)
		equal(t, "handed out twice", len(b.looks("site")), 0)
		gaps = append(gaps, at.Sub(last))
		last = at
		b.saw(es[0].Copy, press.SeenEqual)
	}
	equal(t, "gaps", fmt.Sprint(gaps), "[0s 1m0s 10m0s 1h0m0s 6h0m0s 24h0m0s 168h0m0s 168h0m0s]")
	s := b.story("甲")
	equal(t, "sightings", len(s.Sightings), 1)
	equal(t, "times", s.Sightings[0].Times, 8)
	equal(t, "first public time", s.Copies[0].FirstSeen.Equal(start), true)
	equal(t, "last seen", s.Sightings[0].LastAt.Equal(b.now), true)
}

func TestLostLookComesBack(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	b.out(sitePlan())
	equal(t, "looks", len(b.looks("site")), 1)
	b.pass(lookTime)
	equal(t, "looks", len(b.looks("site")), 1)
}

func TestDiffersAndBack(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site", "wechat"))
	b.out(sitePlan())
	first := b.now
	b.saw(b.copy("甲", "site"), press.SeenEqual)
	for _, st := range []press.SightingStatus{press.SeenDiffers, press.SeenGone, press.SeenBanned, press.SeenMoved} {
		b.pass(time.Hour)
		equal(t, "looks", len(b.looks("site")), 1)
		must(t, b.Saw(b.ctx, press.Sighting{Copy: b.copy("甲", "site").ID, Status: st, Detail: "第2段"}, b.now))
		c := b.state("甲", "site", press.CopyDiffers)
		equal(t, "note ends with the detail", strings.HasSuffix(c.Note, "：第2段"), true)
		equal(t, "looked at again soon", c.NextLook.Equal(b.now.Add(time.Minute)), true)
		equal(t, "shown", b.story("甲").Shown, press.Hand)
	}
	equal(t, "composed while the page is wrong", len(b.composed(wechatPlan(), b.now)), 0)
	b.pass(time.Hour)
	b.saw(b.copy("甲", "site"), press.SeenEqual)
	c := b.state("甲", "site", press.CopyVerified)
	equal(t, "note", c.Note, "")
	equal(t, "first public time", c.FirstSeen.Equal(first), true)
	equal(t, "composed", len(b.composed(wechatPlan(), b.now)), 1)
	equal(t, "sightings", len(b.story("甲").Sightings), 6)
}

func TestBlindSaysNothing(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	b.out(sitePlan())
	blind := func() time.Duration {
		t.Helper()
		b.looks("site")
		must(t, b.Saw(b.ctx, press.Sighting{Copy: b.copy("甲", "site").ID, Status: press.SeenBlind, Detail: "验证码"}, b.now))
		return b.copy("甲", "site").NextLook.Sub(b.now)
	}
	equal(t, "first pause", blind(), 2*time.Minute)
	c := b.state("甲", "site", press.CopyLive)
	equal(t, "note", c.Note, "未能核验：验证码")
	equal(t, "first public time", c.FirstSeen.IsZero(), true)
	equal(t, "second pause", blind(), 4*time.Minute)
	for range 20 {
		blind()
	}
	equal(t, "longest pause", blind(), mostBlind)
	moves := len(b.story("甲").Moves)
	blind()
	equal(t, "moves", len(b.story("甲").Moves), moves)
	b.saw(c, press.SeenEqual)
	b.state("甲", "site", press.CopyVerified)
	blind()
	b.state("甲", "site", press.CopyVerified)
}

// TestALookThatSomebodyWantedStaysDue lets a link be entered, or a look be asked for, while another look is under way.
func TestALookThatSomebodyWantedStaysDue(t *testing.T) {
	for _, st := range []press.SightingStatus{press.SeenBlind, press.SeenEqual, press.SeenGone} {
		b := setup(t)
		b.filed(ready("甲", "site"))
		b.out(sitePlan())
		equal(t, "looks", len(b.looks("site")), 1)
		b.pass(time.Second)
		_, err := b.Retry(b.ctx, "甲", "", Hint{}, publisher, b.now)
		must(t, err)
		b.pass(time.Second)
		must(t, b.Saw(b.ctx, press.Sighting{Copy: b.copy("甲", "site").ID, Status: st}, b.now))
		equal(t, "looks that are due at once after one that saw "+string(st), len(b.looks("site")), 1)
	}
}

func TestWithdrawnWhileItWasLookedAt(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	b.out(sitePlan())
	e := b.looks("site")[0]
	must(t, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
	b.settle(b.one("site"), press.Receipt{Status: press.Gone})
	b.saw(e.Copy, press.SeenEqual)
	b.state("甲", "site", press.CopyWithdrawn)
	at, err := b.NextLook(b.ctx, "site")
	must(t, err)
	equal(t, "next look", at.IsZero(), true)
}

func TestPublicCopies(t *testing.T) {
	b := setup(t)
	for _, ext := range []string{"甲", "乙", "丙"} {
		b.filed(ready(ext, "site", "gazette"))
	}
	b.out(sitePlan())
	es, err := b.PublicCopies(b.ctx, "甲")
	must(t, err)
	equal(t, "copies", len(es), 1)
	equal(t, "title", es[0].Revision.Title, "示例区召开甲工作会议")
	var seen []string
	for after := int64(0); ; {
		es, err := b.PublicPage(b.ctx, after, 2)
		must(t, err)
		if len(es) == 0 {
			break
		}
		for _, e := range es {
			seen = append(seen, e.Item.ExternalID)
			after = e.Copy.ID
		}
	}
	equal(t, "pages", strings.Join(seen, " "), "甲 乙 丙")
}
