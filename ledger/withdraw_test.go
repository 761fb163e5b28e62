package ledger

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

// onItsWay brings an item to a state of its copy on wechat.
func onItsWay(b *testBench, st press.CopyState) {
	b.Helper()
	b.filed(ready("甲", "wechat"))
	if st == "" {
		return
	}
	b.composed(wechatPlan(), b.now)
	if st == press.Waiting {
		return
	}
	a := b.one("wechat")
	b.intend(a, "publish")
	status := map[press.CopyState]press.Status{press.CopyHanded: press.HandedOver, press.CopyUnknown: press.CannotTell,
		press.CopyNeedsHand: press.NeedsHand, press.CopyRefused: press.Refused}[st]
	if status != "" {
		b.settle(a, press.Receipt{Status: status})
		return
	}
	b.settle(a, live())
	switch st {
	case press.CopyVerified:
		b.saw(b.copy("甲", "wechat"), press.SeenEqual)
	case press.CopyDiffers:
		b.saw(b.copy("甲", "wechat"), press.SeenDiffers)
	}
}

func TestWithdrawInEveryState(t *testing.T) {
	for _, c := range []struct {
		state press.CopyState // "" for not composed
		after press.CopyState // right after the move
		look  press.Status    // what the next looks say
	}{
		{"", press.CopyWithdrawn, ""},
		{press.Waiting, press.CopyWithdrawn, ""},
		{press.CopyRefused, press.CopyWithdrawn, ""},
		{press.CopyHanded, press.CopyHanded, press.Live},
		{press.CopyUnknown, press.CopyUnknown, press.Live},
		{press.CopyUnknown, press.CopyUnknown, press.Absent},
		{press.CopyNeedsHand, press.CopyNeedsHand, press.Absent},
		{press.CopyLive, press.CopyLive, ""},
		{press.CopyVerified, press.CopyVerified, ""},
		{press.CopyDiffers, press.CopyDiffers, ""},
	} {
		t.Run(string(c.state+" "+press.CopyState(c.look)), func(t *testing.T) {
			b := setup(t)
			onItsWay(b, c.state)
			if err := b.Withdraw(b.ctx, "甲", " ", press.NoticePage, publisher, b.now); err == nil {
				t.Fatal("withdrawn without a reason")
			}
			must(t, b.Withdraw(b.ctx, "甲", "内容有误", "https://www.example.gov.cn/new", publisher, b.now))
			b.state("甲", "wechat", c.after)
			for range 5 {
				b.pass(2 * time.Hour)
				for _, a := range b.begun("wechat") {
					if a.Verb == press.Withdraw {
						equal(t, "reason", a.Reason, "内容有误")
						equal(t, "notice", a.Notice, "https://www.example.gov.cn/new")
						b.settle(a, press.Receipt{Status: press.Gone})
						continue
					}
					equal(t, "look only", a.LookOnly, true)
					b.settle(a, press.Receipt{Status: c.look, URL: "https://mp.example.com/1"})
				}
				b.holds()
			}
			b.state("甲", "wechat", press.CopyWithdrawn)
			equal(t, "shown", b.story("甲").Shown, press.Withdrawn)
			equal(t, "composed", len(b.composed(wechatPlan(), b.now)), 0)
			equal(t, "open acts", b.count(`SELECT COUNT(*) FROM act WHERE state = 'open'`), 0)
		})
	}
}

func TestWithdrawOneOfAnEdition(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "wechat"))
	b.filed(ready("乙", "wechat"))
	b.out(wechatPlan())
	must(t, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
	a := b.one("wechat")
	equal(t, "entries", len(a.Edition.Entries), 1)
	equal(t, "item", a.Edition.Entries[0].Item.ExternalID, "甲")
	b.settle(a, press.Receipt{Status: press.Gone})
	b.state("乙", "wechat", press.CopyLive)
	b.state("甲", "wechat", press.CopyWithdrawn)
	for _, r := range b.story("乙").Receipts {
		equal(t, "receipts of the other are not its own", r.Verb, press.Publish)
	}
}

func TestLateLookDoesNotBringBackTheWithdrawn(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "wechat"))
	b.filed(ready("乙", "wechat"))
	b.composed(wechatPlan(), b.now)
	a := b.one("wechat")
	b.intend(a, "publish")
	b.settle(a, press.Receipt{Status: press.HandedOver, Parts: []press.Part{{Copy: a.Edition.Entries[0].Copy.ID, Status: press.Live}}})
	must(t, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
	b.settle(b.one("wechat"), press.Receipt{Status: press.Gone})
	b.pass(time.Minute)
	b.settle(b.one("wechat"), live())
	b.state("甲", "wechat", press.CopyWithdrawn)
	b.state("乙", "wechat", press.CopyLive)
	equal(t, "open acts", b.count(`SELECT COUNT(*) FROM act WHERE state = 'open'`), 0)
}

func TestRevisedWhileItIsWithdrawn(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	b.verified(sitePlan())
	must(t, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
	a := b.one("site")
	f := ready("甲", "site")
	f.Revision.Title = "更正后的标题"
	b.filed(f)
	b.settle(a, press.Receipt{Status: press.Gone})
	equal(t, "generation", b.state("甲", "site", press.Waiting).Generation, 2)
	b.verified(sitePlan())
	equal(t, "shown", b.story("甲").Shown, press.Corrected)
}

func TestRetry(t *testing.T) {
	retry := func(b *testBench, h Hint) (int, error) {
		return b.Retry(b.ctx, "甲", "wechat", h, publisher, b.now)
	}
	t.Run("makes an act due, that looks first", func(t *testing.T) {
		for _, st := range []press.CopyState{press.CopyHanded, press.CopyUnknown, press.CopyNeedsHand} {
			b := setup(t)
			onItsWay(b, st)
			n, err := retry(b, Hint{})
			must(t, err)
			equal(t, "changed", n, 1)
			steps, err := b.Journal(b.one("wechat"), time.Now).Steps(b.ctx)
			must(t, err)
			equal(t, "steps on record", len(steps), 1)
			n, err = retry(b, Hint{})
			must(t, err)
			equal(t, "changed while it runs", n, 0)
		}
	})
	t.Run("of what was refused is a new generation", func(t *testing.T) {
		b := setup(t)
		onItsWay(b, press.CopyRefused)
		n, err := retry(b, Hint{})
		must(t, err)
		equal(t, "changed", n, 1)
		equal(t, "generation", b.state("甲", "wechat", press.Waiting).Generation, 2)
		equal(t, "composed", len(b.composed(wechatPlan(), b.now)), 1)
	})
	t.Run("of what is public is a look", func(t *testing.T) {
		b := setup(t)
		onItsWay(b, press.CopyVerified)
		b.pass(time.Second)
		_, err := retry(b, Hint{})
		must(t, err)
		looks, err := b.Looks(b.ctx, "wechat", b.now, 10)
		must(t, err)
		equal(t, "looks", len(looks), 1)
	})
	t.Run("with a link", func(t *testing.T) {
		for _, st := range []press.CopyState{press.CopyHanded, press.CopyUnknown, press.CopyNeedsHand, press.CopyLive, press.CopyDiffers} {
			b := setup(t)
			onItsWay(b, st)
			_, err := retry(b, Hint{Link: "https://mp.example.com/hand"})
			must(t, err)
			equal(t, "link", b.state("甲", "wechat", press.CopyLive).URL, "https://mp.example.com/hand")
			b.pass(3 * time.Hour)
			equal(t, "acts", len(b.begun("wechat")), 0)
			e, err := b.Edition(b.ctx, b.copy("甲", "wechat").Edition)
			must(t, err)
			equal(t, "edition", e.State, press.EditionOut)
		}
		for _, st := range []press.CopyState{"", press.Waiting, press.CopyVerified, press.CopyRefused} {
			b := setup(t)
			onItsWay(b, st)
			if _, err := retry(b, Hint{Link: "https://mp.example.com/hand"}); err == nil {
				t.Fatalf("took a link for a copy that is %q", st)
			}
		}
	})
	t.Run("declared absent", func(t *testing.T) {
		for _, st := range []press.CopyState{press.CopyUnknown, press.CopyNeedsHand} {
			b := setup(t)
			onItsWay(b, st)
			_, err := retry(b, Hint{Absent: true})
			must(t, err)
			equal(t, "generation", b.state("甲", "wechat", press.Waiting).Generation, 2)
			b.pass(3 * time.Hour)
			equal(t, "acts", len(b.begun("wechat")), 0)
			equal(t, "marker", b.copy("甲", "wechat").Marker == b.story("甲").All[0].Marker, false)
			equal(t, "composed", len(b.composed(wechatPlan(), b.now)), 1)
		}
		for _, st := range []press.CopyState{"", press.Waiting, press.CopyHanded, press.CopyLive, press.CopyRefused} {
			b := setup(t)
			onItsWay(b, st)
			if _, err := retry(b, Hint{Absent: true}); err == nil {
				t.Fatalf("a copy that is %q was declared absent", st)
			}
		}
	})
	t.Run("of a withdrawal by hand", func(t *testing.T) {
		b := setup(t)
		onItsWay(b, press.CopyVerified)
		must(t, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
		b.settle(b.one("wechat"), press.Receipt{Status: press.NeedsHand, Note: "请在后台删除"})
		equal(t, "note", b.state("甲", "wechat", press.CopyNeedsHand).Note, "请在后台删除")
		_, err := retry(b, Hint{Absent: true})
		must(t, err)
		b.state("甲", "wechat", press.CopyWithdrawn)
		equal(t, "shown", b.story("甲").Shown, press.Withdrawn)
		e, err := b.Edition(b.ctx, b.copy("甲", "wechat").Edition)
		must(t, err)
		equal(t, "edition", e.State, press.EditionOut)
	})
	t.Run("with a link to what was withdrawn", func(t *testing.T) {
		b := setup(t)
		onItsWay(b, press.CopyUnknown)
		must(t, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
		_, err := retry(b, Hint{Link: "https://mp.example.com/hand"})
		must(t, err)
		a := b.one("wechat")
		equal(t, "verb", a.Verb, press.Withdraw)
		equal(t, "address", a.Edition.Entries[0].Copy.URL, "https://mp.example.com/hand")
		b.settle(a, press.Receipt{Status: press.Gone})
	})
	t.Run("asks the gates again", func(t *testing.T) {
		b := setup(t)
		f := ready("甲", "wechat")
		f.Item.Wants = append(f.Item.Wants, press.Want{Channel: "newspaper"})
		equal(t, "state", b.filed(f).State, press.Submitted)
		b.rules.Limits["newspaper"] = press.Limits{} // configured meanwhile
		_, err := retry(b, Hint{})
		must(t, err)
		equal(t, "shown", b.story("甲").Shown, press.Scheduled)
	})
}

func TestAbsentOneOfAnEdition(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "wechat"))
	b.filed(ready("乙", "wechat"))
	key := b.composed(wechatPlan(), b.now)[0]
	a := b.one("wechat")
	b.intend(a, "publish")
	b.fail(a, errors.New("timeout"))
	_, err := b.Retry(b.ctx, "甲", "wechat", Hint{Absent: true}, publisher, b.now)
	must(t, err)
	b.pass(time.Minute)
	b.settle(b.one("wechat"), live())
	equal(t, "the other", b.state("乙", "wechat", press.CopyLive).URL, live().URL)
	equal(t, "generation", b.state("甲", "wechat", press.Waiting).Generation, 2)
	e, err := b.Edition(b.ctx, key)
	must(t, err)
	equal(t, "edition", e.State, press.EditionPart)
	if h := b.story("甲").Moves; !strings.Contains(h[len(h)-1].Detail, "人工认定未发布") {
		t.Fatalf("history ends with %+v", h[len(h)-1])
	}
}
