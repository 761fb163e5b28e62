package ledger

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

// means is what the channels of the tests can do.
func means() map[string][]press.Means {
	return map[string][]press.Means{
		"site":    {{Way: press.InPlace, What: "同一网址显示新版"}},
		"wechat":  {{Way: press.Republish, What: "删除后重新发布"}, {Way: press.ByHand, What: "请在公众平台修改这一篇"}, {Way: press.Leave, What: "原文不动"}},
		"gazette": {{Way: press.Erratum, What: "下一期刊登更正"}},
	}
}

func correction() Correction { return Correction{Reason: "成文日期有误", Means: means()} }

// revised files a second text of an item, approved.
func (b *testBench) revised(ext, more string, channels ...string) {
	b.Helper()
	f := ready(ext, channels...)
	f.Revision.Body = append(f.Revision.Body, press.P("更正"+more+"。"))
	f.Approvals = signed()
	for i := range f.Approvals {
		f.Approvals[i].At = b.now
	}
	out := b.filed(f)
	equal(b, "state of the text", b.story(ext).Item.State, press.Approved)
	equal(b, "outcome", out.Outcome, Revised)
}

func (b *testBench) correct(ref string, cor Correction) []Planned {
	b.Helper()
	plan, err := b.Correct(b.ctx, ref, cor, publisher, b.now)
	must(b, err)
	return plan
}

func (b *testBench) refuses(ref string, cor Correction, words string) {
	b.Helper()
	_, err := b.Correct(b.ctx, ref, cor, publisher, b.now)
	if err == nil || !strings.Contains(err.Error(), words) {
		b.Fatalf("error = %v, want %q", err, words)
	}
}

func (b *testBench) shown(ref string, want press.State) {
	b.Helper()
	equal(b, "shown", b.story(ref).Shown, want)
}

func planOf(plan []Planned, channel string) Planned {
	return plan[slices.IndexFunc(plan, func(p Planned) bool { return p.Channel == channel })]
}

// entry is a public copy as its page is to show it.
func (b *testBench) entry(ref, channel string) press.Entry {
	b.Helper()
	e, err := b.entryOf(b.ctx, b.read, b.copy(ref, channel).ID)
	must(b, err)
	return e
}

func TestInPlace(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	b.verified(sitePlan())
	b.refuses("甲", correction(), "公开的已经是第1版")
	b.pass(time.Hour)
	b.revised("甲", "一", "site")
	b.shown("甲", press.Hand)
	if why := b.copy("甲", "site").Behind(b.story("甲").Item); !strings.Contains(why, "tongfa correct") {
		t.Errorf("behind: %q", why)
	}
	plan, err := b.PlanCorrection(b.ctx, "甲", correction(), b.now)
	must(t, err)
	p := planOf(plan, "site")
	equal(t, "way", p.Way, press.InPlace)
	equal(t, "will show", p.Will, 2)
	equal(t, "nothing done", len(b.begun("site")), 0)

	b.correct("甲", correction())
	b.shown("甲", press.GoingOut)
	equal(t, "shown while it is not done", len(b.entry("甲", "site").Remarks), 0)
	a := b.one("site")
	equal(t, "verb", a.Verb, press.Amend)
	equal(t, "way", a.Way, press.InPlace)
	equal(t, "revision of the act", a.Revision, 2)
	e := a.Edition.Entries[0]
	equal(t, "revision given", e.Revision.Number, 2)
	equal(t, "revision of the copy", e.Copy.Revision, 1)
	equal(t, "remarks given", len(e.Remarks), 1)
	equal(t, "remark", e.Remarks[0].Text, "成文日期有误")
	b.settle(a, live())
	c := b.state("甲", "site", press.CopyLive)
	equal(t, "revision", c.Revision, 2)
	equal(t, "amending", c.Amending, 0)
	if c.NextLook.After(b.now) {
		t.Errorf("looked at at %s", c.NextLook)
	}
	b.saw(c, press.SeenEqual)
	b.shown("甲", press.Corrected)
	equal(t, "remarks", len(b.entry("甲", "site").Remarks), 1)
	found, _, err := b.Search(b.ctx, "site", "更正一", 0, 10)
	must(t, err)
	equal(t, "found by the new text", len(found), 1)
	b.refuses("甲", correction(), "没有需要更正的渠道")
	equal(t, "first seen", b.copy("甲", "site").FirstSeen.Equal(start), true)
}

// Who looked before or while a page was amended says nothing about it.
func TestALookThatAnAmendmentOvertookSaysNothing(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	b.out(sitePlan())
	slow, err := b.Looks(b.ctx, "site", b.now, 1)
	must(t, err)
	equal(t, "handed out", len(slow), 1)
	b.revised("甲", "一", "site")
	b.correct("甲", correction())
	a := b.one("site")
	b.saw(b.copy("甲", "site"), press.SeenDiffers) // the new text, which the ledger does not know to be there yet
	b.state("甲", "site", press.CopyLive)
	b.settle(a, live())
	must(t, b.Saw(b.ctx, press.Sighting{Copy: slow[0].Copy.ID, Revision: slow[0].Revision.Number, Status: press.SeenEqual}, b.now))
	c := b.state("甲", "site", press.CopyLive)
	equal(t, "first seen", c.FirstSeen.IsZero(), true)
	equal(t, "looked at again at once", c.NextLook.After(b.now), false)
	must(t, b.Saw(b.ctx, press.Sighting{Copy: c.ID, Revision: 2, Status: press.SeenEqual}, b.now))
	b.state("甲", "site", press.CopyVerified)
}

func TestWhatMayNotBeCorrected(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	b.verified(sitePlan())
	b.revised("甲", "一", "site")
	b.refuses("甲", Correction{Means: means()}, "必须写明理由")
	_, err := b.Correct(b.ctx, "甲", correction(), registrar, b.now)
	if err == nil {
		t.Error("a registrar corrected")
	}
	cor := correction()
	cor.Ways = map[string]press.Way{"site": press.Erratum}
	b.refuses("甲", cor, "不能“下期刊登更正”")
	cor.Ways = map[string]press.Way{"gazette": press.Erratum}
	b.refuses("甲", cor, "不在渠道“gazette”发布")
	must(t, b.Hold(b.ctx, "甲", "等一等", publisher, b.now))
	b.refuses("甲", correction(), "已暂缓")
	must(t, b.Release(b.ctx, "甲", publisher, b.now))
	f := draft("甲", "site")
	f.Revision.Title += "（三）"
	b.filed(f) // a third text that nobody has approved
	b.refuses("甲", correction(), "不能更正")
	equal(t, "acts", b.count(`SELECT COUNT(*) FROM act WHERE verb = 'amend'`), 0)
}

// What was not begun is given up when it may not be shown any more; what was begun is made whole, or ends with the withdrawal, which does
// not wait for an answer that may never come.
func TestAnAmendmentIsAskedForAgainWhenItBegins(t *testing.T) {
	for name, spoil := range map[string]func(b *testBench){
		"withdrawn": func(b *testBench) { must(b, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now)) },
		"held":      func(b *testBench) { must(b, b.Hold(b.ctx, "甲", "等", publisher, b.now)) },
		"another text": func(b *testBench) {
			f := draft("甲", "site")
			f.Revision.Title += "（三）"
			b.filed(f)
		},
	} {
		for _, begun := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", begun"}[begun], func(t *testing.T) {
				b := setup(t)
				b.filed(ready("甲", "site"))
				b.verified(sitePlan())
				b.revised("甲", "一", "site")
				b.correct("甲", correction())
				if begun {
					a := b.one("site")
					b.intend(a, "write")
					b.fail(a, errors.New("timeout"))
				}
				spoil(b)
				b.pass(time.Hour)
				as := b.begun("site")
				switch {
				case name == "withdrawn":
					equal(t, "verb", as[0].Verb, press.Withdraw)
					b.settle(as[0], press.Receipt{Status: press.Gone})
				case begun:
					equal(t, "verb", as[0].Verb, press.Amend)
					b.settle(as[0], live())
					equal(t, "revision", b.copy("甲", "site").Revision, 2)
				default:
					equal(t, "handed out", len(as), 0)
				}
				equal(t, "remarks", b.count(`SELECT COUNT(*) FROM remark`), map[bool]int{true: 1}[begun && name != "withdrawn"])
				equal(t, "open acts", b.count(`SELECT COUNT(*) FROM act WHERE state = 'open'`), 0)
				b.holds()
			})
		}
	}
}

func TestAWithdrawalWaitsForWhatIsInHandsAndEndsTheRest(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	b.verified(sitePlan())
	b.revised("甲", "一", "site")
	b.correct("甲", correction())
	a := b.one("site")
	must(t, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
	equal(t, "begun beside it", len(b.begun("site")), 0)
	b.settle(a, live())
	w := b.one("site")
	equal(t, "verb", w.Verb, press.Withdraw)
	equal(t, "revision withdrawn", w.Edition.Entries[0].Revision.Number, 2)
	b.settle(w, press.Receipt{Status: press.Gone})
	b.shown("甲", press.Withdrawn)
}

func TestARefusedAmendmentChangesNothing(t *testing.T) {
	for _, r := range []press.Receipt{{Status: press.Refused, Note: "不合要求"}, {Status: press.Gone}} {
		b := setup(t)
		b.filed(ready("甲", "site"))
		b.verified(sitePlan())
		b.revised("甲", "一", "site")
		b.correct("甲", correction())
		b.settle(b.one("site"), r)
		b.shown("甲", press.Hand)
		c := b.copy("甲", "site")
		equal(t, "revision", c.Revision, 1)
		if c.Note == "" {
			t.Error("nobody is told")
		}
		equal(t, "remarks", b.count(`SELECT COUNT(*) FROM remark`), 0)
		b.correct("甲", correction()) // it may be tried again
	}
}

func TestTroubleOfTheDiskIsAPersonsTaskUntilItIsMended(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	b.verified(sitePlan())
	b.revised("甲", "一", "site")
	b.correct("甲", correction())
	b.fail(b.one("site"), &press.Trouble{Remedy: press.AskPerson, What: "磁盘已满"})
	b.shown("甲", press.Hand)
	if task := b.copy("甲", "site").Task; !strings.Contains(task, "磁盘已满") {
		t.Errorf("task %q", task)
	}
	b.pass(11 * time.Minute)
	b.settle(b.one("site"), live())
	equal(t, "task", b.copy("甲", "site").Task, "")
}

func TestRepublish(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site", "wechat"))
	b.verified(sitePlan())
	b.verified(wechatPlan())
	b.pass(time.Hour)
	b.revised("甲", "一", "site", "wechat")
	plan := b.correct("甲", correction())
	p := planOf(plan, "wechat")
	equal(t, "way", p.Way, press.Republish)
	equal(t, "others", len(p.Other), 2)
	w := b.one("wechat")
	equal(t, "verb", w.Verb, press.Withdraw)
	equal(t, "reason", w.Reason, "更正：成文日期有误")
	b.intend(w, "delete")
	b.fail(w, errors.New("timeout"))
	equal(t, "composed before the old one is gone", len(b.composed(wechatPlan(), b.now)), 0)
	b.pass(time.Minute)
	b.settle(b.one("wechat"), press.Receipt{Status: press.Gone})
	c := b.state("甲", "wechat", press.Waiting)
	equal(t, "generation", c.Generation, 2)
	equal(t, "composed before the site shows it", len(b.composed(wechatPlan(), b.now)), 0)
	if note := b.copy("甲", "wechat").Note; !strings.Contains(note, "更正") {
		t.Errorf("note %q", note)
	}
	b.settle(b.one("site"), live())
	equal(t, "composed before the site is verified", len(b.composed(wechatPlan(), b.now)), 0)
	b.saw(b.copy("甲", "site"), press.SeenEqual)
	b.verified(wechatPlan())
	c = b.state("甲", "wechat", press.CopyVerified)
	equal(t, "revision", c.Revision, 2)
	b.shown("甲", press.Corrected)
}

// A withdrawal of the item takes over what was being taken back to be published anew.
func TestAWithdrawalTakesOverARepublication(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "wechat"))
	b.verified(wechatPlan())
	b.revised("甲", "一", "wechat")
	b.correct("甲", correction())
	must(t, b.Withdraw(b.ctx, "甲", "全文有误", press.NoticeGone, publisher, b.now))
	w := b.one("wechat")
	equal(t, "reason", w.Reason, "全文有误")
	equal(t, "notice", w.Notice, press.NoticeGone)
	b.settle(w, press.Receipt{Status: press.Gone})
	b.shown("甲", press.Withdrawn)
	equal(t, "generations", len(b.story("甲").All), 1)
}

// A republication of which nothing was begun is given up when the text may not be shown any more.
func TestARepublicationIsGivenUpInTime(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "wechat"))
	b.verified(wechatPlan())
	b.revised("甲", "一", "wechat")
	b.correct("甲", correction())
	f := draft("甲", "wechat")
	f.Revision.Title += "（三）"
	b.filed(f)
	equal(t, "begun", len(b.begun("wechat")), 0)
	c := b.state("甲", "wechat", press.CopyVerified)
	equal(t, "amending", c.Amending, 0)
}

func TestErratum(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	b.filed(ready("甲", "gazette"))
	out := func(ext string) press.Act {
		b.filed(ready(ext, "gazette"))
		return b.issued(p)
	}
	_ = b.issued(p)
	b.saw(b.copy("甲", "gazette"), press.SeenEqual)
	b.pass(24 * time.Hour)
	b.revised("甲", "一", "gazette")
	b.shown("甲", press.Hand)
	b.correct("甲", correction())
	a := b.one("gazette")
	e := a.Edition.Entries[0]
	equal(t, "revision given", e.Revision.Number, 1)
	if len(e.Remarks) != 1 || !strings.Contains(e.Remarks[0].Text, "刊登在下一期") {
		t.Fatalf("remarks %+v", e.Remarks)
	}
	b.settle(a, live())
	c := b.copy("甲", "gazette")
	equal(t, "revision", c.Revision, 1)
	equal(t, "behind", c.Behind(b.story("甲").Item), "")
	equal(t, "waits", len(b.story("甲").Todo), 1)

	next := out("乙")
	equal(t, "errata", len(next.Edition.Errata), 1)
	x := next.Edition.Errata[0]
	equal(t, "number corrected", x.Number, 7)
	equal(t, "number of the issue", next.Edition.Number, 8)
	equal(t, "changes", len(x.Changes), 1)
	if !strings.Contains(x.Changes[0].Now, "更正一") {
		t.Errorf("changes %+v", x.Changes)
	}
	renewed := b.one("gazette")
	equal(t, "verb", renewed.Verb, press.Annotate)
	rs := renewed.Edition.Entries[0].Remarks
	if len(rs) != 1 || !strings.Contains(rs[0].Text, "2026年第8号") || rs[0].URL == "" {
		t.Fatalf("remarks %+v", rs)
	}
	b.settle(renewed, live())
	equal(t, "remarks", len(b.entry("甲", "gazette").Remarks), 1)
	equal(t, "errata of a third issue", len(out("丙").Edition.Errata), 0)
	equal(t, "open", len(b.story("甲").Todo), 0)

	b.pass(24 * time.Hour) // what is corrected once more begins where the last erratum ended
	b.revised("甲", "二", "gazette")
	b.correct("甲", correction())
	b.settle(b.one("gazette"), live())
	equal(t, "was", b.count(`SELECT was FROM erratum ORDER BY id DESC LIMIT 1`), 2)
}

// issued freezes and issues the only planned issue.
func (b *testBench) issued(p press.Plan) press.Act {
	b.Helper()
	for _, key := range b.composed(p, b.now) {
		_, err := b.Freeze(b.ctx, p, key, Edit{Who: editor}, b.now)
		must(b, err)
		must(b, b.Issue(b.ctx, p, key, Edit{Who: editor}, b.now))
		for _, a := range b.begun("gazette") {
			if a.Verb == press.Publish {
				b.settle(a, live())
				return a
			}
		}
	}
	b.Fatal("nothing was issued")
	return press.Act{}
}

func TestAnErratumIsLostWithNothingButItsItem(t *testing.T) {
	for name, tc := range map[string]struct {
		do   func(b *testBench, key string)
		left int // errata
		free int // of which wait for an issue
	}{
		"the issue is given up": {func(b *testBench, key string) {
			must(b, b.Withdraw(b.ctx, "乙", "有误", press.NoticePage, publisher, b.now))
			must(b, b.Drop(b.ctx, gazettePlan(), key, "乙", Edit{Who: editor}, b.now))
		}, 1, 1},
		"the item is withdrawn": {func(b *testBench, key string) {
			must(b, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
		}, 0, 0},
		"the item has a newer text": {func(b *testBench, key string) {
			b.revised("甲", "二", "gazette")
			must(b, b.Issue(b.ctx, gazettePlan(), key, Edit{Who: editor}, b.now))
		}, 1, 1},
		"it is corrected anew": {func(b *testBench, key string) {
			b.revised("甲", "二", "gazette")
			b.correct("甲", correction())
		}, 1, 1},
		"nothing": {func(b *testBench, key string) {}, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			p := gazettePlan()
			b.filed(ready("甲", "gazette"))
			b.issued(p)
			b.revised("甲", "一", "gazette")
			b.correct("甲", correction())
			b.settle(b.one("gazette"), live())
			b.pass(time.Hour)
			b.filed(ready("乙", "gazette"))
			key := b.composed(p, b.now)[0]
			e, err := b.Freeze(b.ctx, p, key, Edit{Who: editor}, b.now)
			must(t, err)
			equal(t, "errata of the proof", len(e.Errata), 1)
			tc.do(b, key)
			equal(t, "errata left", b.count(`SELECT COUNT(*) FROM erratum`), tc.left)
			equal(t, "errata free", b.count(`SELECT COUNT(*) FROM erratum WHERE edition IS NULL`), tc.free)
			b.holds()
		})
	}
}

func TestByHand(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "wechat"))
	b.verified(wechatPlan())
	b.pass(time.Hour)
	b.revised("甲", "一", "wechat")
	cor := correction()
	cor.Ways = map[string]press.Way{"wechat": press.ByHand}
	b.correct("甲", cor)
	b.shown("甲", press.Hand)
	c := b.state("甲", "wechat", press.CopyVerified)
	if !strings.Contains(c.Task, "公众平台") || !strings.Contains(c.Task, "第2版") {
		t.Errorf("task %q", c.Task)
	}
	a := b.one("wechat")
	equal(t, "task", a.Task, c.Task)
	b.settle(a, press.Receipt{Status: press.NeedsHand, Note: a.Task})
	b.pass(30 * 24 * time.Hour)
	equal(t, "asked again", len(b.begun("wechat")), 0)
	b.refuses("甲", cor, "已经安排")
	n, err := b.Retry(b.ctx, "甲", "wechat", Hint{Done: true}, publisher, b.now)
	must(t, err)
	equal(t, "changed", n, 1)
	c = b.state("甲", "wechat", press.CopyLive)
	equal(t, "revision", c.Revision, 2)
	equal(t, "task", c.Task, "")
	equal(t, "looked at at once", c.NextLook.After(b.now), false)
	if n, _ := b.Retry(b.ctx, "甲", "wechat", Hint{Done: true}, publisher, b.now); n != 0 {
		t.Error("done twice")
	}
}

func TestLeave(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site", "wechat"))
	b.verified(sitePlan())
	b.revised("甲", "一", "site", "wechat")
	equal(t, "composed while the site is behind", len(b.composed(wechatPlan(), b.now)), 0)
	cor := correction()
	cor.Ways = map[string]press.Way{"site": press.Leave}
	b.correct("甲", cor)
	equal(t, "kept", b.copy("甲", "site").Kept, 2)
	equal(t, "behind", b.copy("甲", "site").Behind(b.story("甲").Item), "")
	equal(t, "composed after the decision", len(b.composed(wechatPlan(), b.now)), 1)
	b.settle(b.one("wechat"), live())
	b.refuses("甲", cor, "已经决定保留原文")
	b.revised("甲", "二", "site", "wechat")
	if b.copy("甲", "site").Behind(b.story("甲").Item) == "" {
		t.Error("the decision about the second text was taken for one about the third")
	}
}

// A person may leave what was to be done by hand, and may choose another way as long as nothing was begun.
func TestAnotherWayInTime(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "wechat"))
	b.verified(wechatPlan())
	b.revised("甲", "一", "wechat")
	cor := correction()
	cor.Ways = map[string]press.Way{"wechat": press.ByHand}
	b.correct("甲", cor)
	cor.Ways = map[string]press.Way{"wechat": press.Republish}
	b.correct("甲", cor)
	b.holds()
	equal(t, "task", b.copy("甲", "wechat").Task, "")
	b.settle(b.one("wechat"), press.Receipt{Status: press.Gone})
	b.verified(wechatPlan())
	equal(t, "revision", b.copy("甲", "wechat").Revision, 2)

	b.revised("甲", "二", "wechat")
	cor.Ways = map[string]press.Way{"wechat": press.ByHand}
	b.correct("甲", cor)
	b.settle(b.one("wechat"), press.Receipt{Status: press.NeedsHand})
	_, err := b.Retry(b.ctx, "甲", "wechat", Hint{Leave: true}, publisher, b.now)
	must(t, err)
	equal(t, "kept", b.copy("甲", "wechat").Kept, 3)
	b.shown("甲", press.Corrected)
	equal(t, "remarks", len(b.entry("甲", "wechat").Remarks), 0)
}

func TestRestore(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	b.verified(sitePlan())
	restore := Correction{Means: means(), Restore: true}
	b.refuses("甲", restore, "不需要恢复")
	b.saw(b.copy("甲", "site"), press.SeenDiffers)
	plan := b.correct("甲", restore)
	equal(t, "way", planOf(plan, "site").Way, press.InPlace)
	a := b.one("site")
	equal(t, "revision", a.Revision, 1)
	equal(t, "remarks", len(a.Edition.Entries[0].Remarks), 0)
	b.settle(a, live())
	b.saw(b.copy("甲", "site"), press.SeenEqual)
	b.shown("甲", press.Everyone)
}
