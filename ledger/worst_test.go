package ledger

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

// A backup that was made before anything was filed says nothing of when the channels are to be surveyed from. They are closed all the same, and
// the survey opens them.
func TestAnEmptyBackupClosesItsChannelsUntilTheyAreSurveyed(t *testing.T) {
	b := setup(t)
	b.restored(b.backup("empty.db"))
	to, err := b.Unreconciled(b.ctx, "site")
	must(t, err)
	if to.IsZero() {
		t.Fatal("the scheduler is told that the channel is open, and the ledger hands out nothing")
	}
	must(t, b.Reconciled(b.ctx, "site", "", nil, b.now))
	b.filed(ready("a", "site"))
	equal(t, "goes out", len(b.out(sitePlan())), 1)
}

// issuing brings items out in an issue, up to the act.
func (b *testBench) issuing(refs ...string) press.Act {
	b.Helper()
	for _, ref := range refs {
		b.filed(ready(ref, "gazette"))
	}
	b.frozen(b.composed(gazettePlan(), b.now)[0])
	must(b, b.Issue(b.ctx, gazettePlan(), b.lastEdition("gazette").Key, Edit{Who: editor}, b.now))
	return b.one("gazette")
}

func (b *testBench) frozen(key string) press.Edition {
	b.Helper()
	e, err := b.Freeze(b.ctx, gazettePlan(), key, Edit{Who: editor}, b.now)
	must(b, err)
	return e
}

func (b *testBench) lastEdition(channel string) EditionLine {
	b.Helper()
	list, err := b.Editions(b.ctx, channel, time.Time{}, 1)
	must(b, err)
	return list[0]
}

// An issue that was given up, as nobody found it, is out there after all.
func TestAnIssueThatWasGivenUpAndIsOutThereIsAdopted(t *testing.T) {
	b := setup(t)
	a := b.issuing("a", "b")
	b.intend(a, "write")
	must(t, b.Hold(b.ctx, "b", "等", publisher, b.now))
	b.fail(a, &press.Trouble{Remedy: press.LookFirst, What: "断线"})
	b.pass(time.Hour)
	b.settle(b.one("gazette"), press.Receipt{Status: press.Absent})
	b.state("a", "gazette", press.Waiting)
	f := b.outThere("a", "gazette")
	f.Year, f.Number, f.Total, f.Place = 2026, 7, 120, 1
	equal(t, "survey", b.surveyed(gazettePlan(), true, f), press.Survey{Seen: 1, Adopted: 1})
	equal(t, "edition", b.state("a", "gazette", press.CopyLive).Edition, a.Edition.Key)
	e, err := b.Edition(b.ctx, a.Edition.Key)
	must(t, err)
	equal(t, "state of the issue", e.State, press.EditionPart)
}

// What stands in a frozen issue is withdrawn, and a survey finds it in another one.
func TestAFrozenAndWithdrawnCopyThatIsOutThereIsTakenBack(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "gazette"))
	b.frozen(b.composed(gazettePlan(), b.now)[0])
	must(t, b.Withdraw(b.ctx, "a", "有误", press.NoticePage, publisher, b.now))
	f := b.outThere("a", "gazette")
	f.Year, f.Number, f.Total, f.Place = 2026, 9, 122, 1
	b.pass(time.Minute)
	b.surveyed(gazettePlan(), true, f)
	a := b.one("gazette")
	equal(t, "verb", a.Verb, press.Withdraw)
	b.settle(a, press.Receipt{Status: press.Gone})
	b.state("a", "gazette", press.CopyWithdrawn)
	b.shown("a", press.Withdrawn)
}

// An item is withdrawn between a restore and the survey, which finds that it had been published since the backup.
func TestWhatWasWithdrawnBeforeTheSurveyAndIsOutThereIsTakenBack(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site"))
	f := b.outThere("a", "site")
	b.restored(b.backup("one.db"))
	b.pass(time.Minute)
	must(t, b.Withdraw(b.ctx, "a", "内容有误", press.NoticePage, publisher, b.now))
	b.shown("a", press.Withdrawn)
	b.pass(time.Minute)
	b.surveyed(sitePlan(), true, f)
	b.shown("a", press.Hand)
	must(t, b.Reconciled(b.ctx, "site", "", nil, b.now))
	a := b.one("site")
	equal(t, "verb", a.Verb, press.Withdraw)
	equal(t, "reason", a.Reason, "内容有误")
	b.settle(a, press.Receipt{Status: press.Gone})
	b.shown("a", press.Withdrawn)
	b.pass(time.Minute)
	equal(t, "met again", b.surveyed(sitePlan(), true, withdrawn(f)), press.Survey{Seen: 1})
}

func withdrawn(f press.Found) press.Found {
	f.Withdrawn = true
	return f
}

// What waits because of a stranger goes on when the stranger turns out to be a copy.
func TestWhatWaitsForAStrangerGoesOnWhenItIsAdopted(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site"))
	f := b.outThere("a", "site")
	stranger := f
	stranger.Marker = "" // as long as its page cannot be read
	b.surveyed(sitePlan(), true, stranger)
	twin := ready("b", "site")
	twin.Revision.Title = f.Title
	b.filed(twin)
	b.composed(sitePlan(), b.now)
	for _, ref := range []string{"a", "b"} {
		if c := b.state(ref, "site", press.Waiting); !strings.Contains(c.Note, "已有同名内容") {
			t.Fatalf("%s says %q", ref, c.Note)
		}
	}
	b.pass(time.Minute)
	equal(t, "survey", b.surveyed(sitePlan(), true, f), press.Survey{Seen: 1, Adopted: 1})
	equal(t, "composed", len(b.composed(sitePlan(), b.now)), 1)
}

// A channel could not be surveyed in full after a restore. What the backup has in an issue that was not issued may be out there like what waits.
func TestWhatAnIssueHasIsDoubtedAfterARestoreToo(t *testing.T) {
	for _, froze := range []bool{false, true} {
		b := setup(t)
		b.filed(ready("a", "gazette"))
		key := b.composed(gazettePlan(), b.now)[0]
		if froze {
			b.frozen(key)
		}
		b.restored(b.backup("one.db"))
		b.pass(time.Minute)
		must(t, b.Reconciled(b.ctx, "gazette", "渠道的接口列不全已经发布的内容", nil, b.now))
		if froze {
			err := b.Issue(b.ctx, gazettePlan(), key, Edit{Who: editor}, b.now)
			if err == nil || !strings.Contains(err.Error(), "移出这一期") {
				t.Fatalf("issued: %v", err)
			}
		} else if _, err := b.Freeze(b.ctx, gazettePlan(), key, Edit{Who: editor}, b.now); err == nil {
			t.Fatal("frozen")
		}
		must(t, b.Drop(b.ctx, gazettePlan(), key, "a", Edit{Who: editor}, b.now))
		equal(t, "composed", len(b.composed(gazettePlan(), b.now)), 0)
		if c := b.state("a", "gazette", press.Waiting); !strings.Contains(c.Note, "不能确认这一份是否已经发布") {
			t.Fatalf("it says %q", c.Note)
		}
		_, err := b.Retry(b.ctx, "a", "gazette", Hint{Absent: true}, publisher, b.now)
		must(t, err)
		equal(t, "composed", len(b.composed(gazettePlan(), b.now)), 1)
	}
}

// An issue that was frozen in the backup is issued before its channel was surveyed: it may have been issued already.
func TestWhatIsIssuedBeforeTheSurveyLooksFirst(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "gazette"))
	key := b.composed(gazettePlan(), b.now)[0]
	b.frozen(key)
	b.restored(b.backup("one.db"))
	must(t, b.Issue(b.ctx, gazettePlan(), key, Edit{Who: editor}, b.now))
	equal(t, "handed out", len(b.begun("gazette")), 0)
	must(t, b.Reconciled(b.ctx, "gazette", "渠道的接口列不全已经发布的内容", nil, b.now))
	equal(t, "look", b.one("gazette").Look, true)
}

// A page that does not tell its revision is found while a newer text was handed in that nobody has approved.
func TestNothingUnapprovedIsTakenForWhatIsOutThere(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site"))
	f := b.outThere("a", "site")
	f.Revision = 0
	b.restored(b.backup("one.db"))
	d := draft("a", "site")
	d.Revision.Title = "没有人审过的标题"
	b.filed(d)
	b.surveyed(sitePlan(), true, f)
	must(t, b.Reconciled(b.ctx, "site", "", nil, b.now))
	equal(t, "revision", b.state("a", "site", press.CopyLive).Revision, 1)
}

// A text that stands out there and that the ledger does not know to be approved is not put back.
func TestOnlyWhatWasApprovedIsPutBack(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site"))
	d := draft("a", "site")
	d.Revision.Title = "没有人审过的标题"
	b.filed(d)
	f := b.outThere("a", "site")
	f.Revision = 2 // approved and published after the backup
	b.surveyed(sitePlan(), true, f)
	b.saw(b.state("a", "site", press.CopyLive), press.SeenDiffers)
	b.revised("a", "三", "site")
	_, err := b.Correct(b.ctx, "a", Correction{Means: means(), Restore: true}, publisher, b.now)
	if err == nil || !strings.Contains(err.Error(), "没有签发") {
		t.Fatalf("error = %v", err)
	}
	b.correct("a", correction())
	equal(t, "revision of the act", b.one("site").Revision, 3)
}

// A remark that a channel will not have, or has nothing for at the moment, is not forgotten.
func TestARemarkThatIsRefusedIsAPersonsTask(t *testing.T) {
	for _, st := range []press.Status{press.Refused, press.Gone} {
		b := setup(t)
		b.filed(ready("a", "site"))
		b.verified(sitePlan())
		_, err := b.Annotate(b.ctx, []Annotation{{Ref: "a", Validity: press.Repealed}}, map[string]bool{"site": true}, publisher, b.now)
		must(t, err)
		b.settle(b.one("site"), press.Receipt{Status: st, Note: "页面不能改"})
		b.shown("a", press.Hand)
		c := b.copy("a", "site")
		b.saw(c, press.SeenEqual) // which says nothing about the remark
		todo := b.story("a").Todo
		equal(t, "todo", len(todo), 1)
		equal(t, "verb", todo[0].Verb, press.Annotate)
		if st == press.Refused {
			if !strings.Contains(b.copy("a", "site").Task, "废止") {
				t.Errorf("task %q", b.copy("a", "site").Task)
			}
			_, err = b.Retry(b.ctx, "a", "site", Hint{Done: true}, publisher, b.now)
			must(t, err)
		} else {
			b.pass(time.Hour)
			b.settle(b.one("site"), live())
		}
		equal(t, "remarks", len(b.entry("a", "site").Remarks), 1)
		equal(t, "open acts", b.count(`SELECT COUNT(*) FROM act WHERE state = 'open'`), 0)
	}
}

// A person said that a copy is not out there, and was wrong. The next look tells, and the next generation waits for a person.
func TestWhatAPersonDeclaredAbsentAndIsFoundIsTold(t *testing.T) {
	b := setup(t)
	p := wechatPlan()
	b.filed(ready("a", "wechat"))
	b.filed(ready("b", "wechat"))
	b.composed(p, b.now)
	a := b.one("wechat")
	b.intend(a, "publish")
	b.fail(a, &press.Trouble{Remedy: press.LookFirst, What: "断线"})
	b.pass(time.Hour)
	_, err := b.Retry(b.ctx, "a", "wechat", Hint{Absent: true}, publisher, b.now)
	must(t, err)
	a = b.one("wechat")
	equal(t, "look only", a.LookOnly, true)
	b.settle(a, live())
	b.state("b", "wechat", press.CopyLive)
	list, err := b.Strangers(b.ctx, "wechat", 10)
	must(t, err)
	equal(t, "strangers", len(list), 1)
	equal(t, "where", list[0].URL, live().URL)
	equal(t, "composed", len(b.composed(p, b.now)), 0)
	if c := b.state("a", "wechat", press.Waiting); c.Generation != 2 || !strings.Contains(c.Note, "已有同名内容") {
		t.Fatalf("generation %d says %q", c.Generation, c.Note)
	}
}

// A driver is still sending when a person registers a link and withdraws the item. What the driver sent is told.
func TestWhatWasSentBesideAWithdrawalIsTold(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "wechat"))
	b.composed(wechatPlan(), b.now)
	a := b.one("wechat")
	b.intend(a, "publish")
	b.fail(a, &press.Trouble{Remedy: press.LookFirst, What: "断线"})
	b.pass(time.Hour)
	a = b.one("wechat") // sends
	_, err := b.Retry(b.ctx, "a", "wechat", Hint{Link: "https://mp.weixin.qq.com/s/hand"}, publisher, b.now)
	must(t, err)
	must(t, b.Withdraw(b.ctx, "a", "有误", press.NoticeGone, publisher, b.now))
	b.settle(b.one("wechat"), press.Receipt{Status: press.Gone})
	b.state("a", "wechat", press.CopyWithdrawn)
	b.settle(a, live())
	list, err := b.Strangers(b.ctx, "wechat", 10)
	must(t, err)
	equal(t, "strangers", len(list), 1)
	equal(t, "where", list[0].URL, live().URL)
}

// Of a copy that a restored ledger does not have yet its mark was met out there, under another title. When the copy is made it is not published
// again.
func TestACopyWhoseMarkWasMetWaits(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "wechat"))
	b.verifiedAt(wechatPlan())
	one := b.copy("a", "wechat")
	b.restored(b.backup("one.db"))
	two := press.Found{Marker: press.Marker(b.id, "wechat", one.Item, 2), Ref: "art-2", URL: "https://mp.weixin.qq.com/s/two", Title: "更正后的标题", Public: b.now}
	b.surveyed(wechatPlan(), true, two) // it was republished after the backup
	must(t, b.Reconciled(b.ctx, "wechat", "", nil, b.now))
	b.revised("a", "一", "wechat")
	b.correct("a", correction())
	b.settle(b.one("wechat"), press.Receipt{Status: press.Gone})
	equal(t, "generation", b.state("a", "wechat", press.Waiting).Generation, 2)
	equal(t, "composed", len(b.composed(wechatPlan(), b.now)), 0)
	b.pass(time.Minute)
	equal(t, "survey", b.surveyed(wechatPlan(), true, two).Adopted, 1)
	b.state("a", "wechat", press.CopyLive)
}

// verifiedAt is verified for a channel that waits for no other.
func (b *testBench) verifiedAt(p press.Plan) {
	b.Helper()
	p.After = nil
	b.verified(p)
}

// A document was annotated before the survey found that one of its copies is public: that page does not say so yet.
func TestAnAdoptedCopyIsAnnotatedLate(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site", "gazette"))
	b.verified(sitePlan())
	b.restored(b.backup("one.db"))
	b.pass(time.Hour)
	_, err := b.Annotate(b.ctx, []Annotation{{Ref: "a", Validity: press.Repealed}}, map[string]bool{"site": true, "gazette": true}, publisher, b.now)
	must(t, err)
	b.pass(time.Hour)
	f := b.outThere("a", "gazette")
	f.Public = b.now.Add(-90 * time.Minute)
	b.surveyed(gazettePlan(), true, f)
	must(t, b.Reconciled(b.ctx, "gazette", "", nil, b.now))
	a := b.one("gazette")
	equal(t, "verb", a.Verb, press.Annotate)
}

// What a person is asked to do can be left also after a restore: nobody has begun it.
func TestATaskCanBeLeftAfterARestore(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site"))
	b.verified(sitePlan())
	b.revised("a", "一", "site")
	cor := correction()
	cor.Ways = map[string]press.Way{"site": press.ByHand}
	b.correct("a", cor)
	b.settle(b.one("site"), press.Receipt{Status: press.NeedsHand})
	b.restored(b.backup("one.db"))
	must(t, b.Reconciled(b.ctx, "site", "", nil, b.now))
	for _, a := range b.begun("site") {
		b.settle(a, press.Receipt{Status: press.NeedsHand})
	}
	n, err := b.Retry(b.ctx, "a", "site", Hint{Leave: true}, publisher, b.now)
	must(t, err)
	equal(t, "changed", n, 1)
	equal(t, "task", b.copy("a", "site").Task, "")
}

// A person says that what no interface could take down is gone.
func TestWhatAPersonTookDownIsNotFoundAnyMore(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site"))
	b.verified(sitePlan())
	must(t, b.Withdraw(b.ctx, "a", "有误", press.NoticeGone, publisher, b.now))
	b.settle(b.one("site"), press.Receipt{Status: press.NeedsHand})
	_, err := b.Retry(b.ctx, "a", "site", Hint{Absent: true}, publisher, b.now)
	must(t, err)
	b.shown("a", press.Withdrawn)
	found, _, err := b.Search(b.ctx, "site", "工作会议", 0, 10)
	must(t, err)
	equal(t, "found", len(found), 0)
}

// told lists the kinds of the alarms that are open.
func (b *testBench) told() []press.AlarmKind {
	b.Helper()
	_, _, err := b.Judge(b.ctx, Watch{}, b.now)
	must(b, err)
	list, err := b.OpenAlarms(b.ctx)
	must(b, err)
	var out []press.AlarmKind
	for _, a := range list {
		out = append(out, a.Kind)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// An issue of which no page stands in its place any more is no stranger: its pages are looked at, and people are called.
func TestAnIssueWithoutItsPagesIsLookedAt(t *testing.T) {
	b := setup(t)
	b.settle(b.issuing("a", "b"), live())
	for _, ref := range []string{"a", "b"} {
		b.saw(b.copy(ref, "gazette"), press.SeenEqual)
	}
	empty := press.Found{Ref: "2026/007", URL: "https://www.example.gov.cn/2026/007/", Title: "2026年第7号", Year: 2026, Number: 7, Total: 120}
	b.pass(time.Second)
	equal(t, "survey", b.surveyed(gazettePlan(), true, empty), press.Survey{Seen: 1, Looked: 2})
	es, err := b.Looks(b.ctx, "gazette", b.now, 10)
	must(t, err)
	equal(t, "looked at", len(es), 2)
	for _, e := range es {
		b.saw(e.Copy, press.SeenGone)
	}
	equal(t, "told", slices.Equal(b.told(), []press.AlarmKind{press.AlarmGone}), true)
	empty.Number, empty.Total = 8, 121
	equal(t, "another", b.surveyed(gazettePlan(), true, empty), press.Survey{Seen: 1, Strangers: 1})
}

// An issue may have nothing but errata. None of them is lost, whatever becomes of it.
func TestAnIssueOfErrataOnly(t *testing.T) {
	begin := func(t *testing.T) (*testBench, string) {
		b := setup(t)
		b.settle(b.issuing("a"), live())
		b.saw(b.copy("a", "gazette"), press.SeenEqual)
		key, err := b.Plan(b.ctx, gazettePlan(), b.now.Add(time.Hour), editor, b.now)
		must(t, err)
		_, err = b.Freeze(b.ctx, gazettePlan(), key, Edit{Who: editor}, b.now)
		if err == nil || !strings.Contains(err.Error(), "也没有等待刊登的更正") {
			t.Fatalf("an empty issue: %v", err)
		}
		b.pass(time.Hour)
		b.revised("a", "一", "gazette")
		b.correct("a", correction())
		b.settle(b.one("gazette"), live()) // the remark
		equal(t, "errata", len(b.frozen(key).Errata), 1)
		return b, key
	}
	waits := func(b *testBench, want int) {
		b.Helper()
		equal(b, "errata that wait", b.count(`SELECT COUNT(*) FROM erratum WHERE edition IS NULL`), want)
		equal(b, "todo", len(b.story("a").Todo), 1)
	}
	t.Run("out", func(t *testing.T) {
		b, key := begin(t)
		must(t, b.Issue(b.ctx, gazettePlan(), key, Edit{Who: editor}, b.now))
		a := b.one("gazette")
		equal(t, "errata", len(a.Edition.Errata), 1)
		b.intend(a, "write")
		b.fail(a, &press.Trouble{Remedy: press.LookFirst, What: "断线"})
		waits(b, 0)
		b.pass(time.Hour)
		equal(t, "told", slices.Contains(b.told(), press.AlarmUnknown), true)
		b.settle(b.one("gazette"), live())
		e, err := b.Edition(b.ctx, key)
		must(t, err)
		equal(t, "state", e.State, press.EditionOut)
		equal(t, "out", e.OutAt.Equal(b.now), true)
		b.settle(b.one("gazette"), live()) // the remark that it was printed
		equal(t, "todo", len(b.story("a").Todo), 0)
		equal(t, "open acts", b.count(`SELECT COUNT(*) FROM act WHERE state = 'open'`), 0)
	})
	t.Run("refused", func(t *testing.T) {
		b, key := begin(t)
		must(t, b.Issue(b.ctx, gazettePlan(), key, Edit{Who: editor}, b.now))
		b.settle(b.one("gazette"), press.Receipt{Status: press.Refused})
		waits(b, 1)
		b.filed(ready("b", "gazette"))
		equal(t, "errata of the next", len(b.frozen(b.composed(gazettePlan(), b.now)[0]).Errata), 1)
	})
	t.Run("overtaken before it begins", func(t *testing.T) {
		b, key := begin(t)
		must(t, b.Issue(b.ctx, gazettePlan(), key, Edit{Who: editor}, b.now))
		must(t, b.Hold(b.ctx, "a", "等", publisher, b.now))
		equal(t, "begun", len(b.begun("gazette")), 0)
		waits(b, 1)
		e, err := b.Edition(b.ctx, key)
		must(t, err)
		equal(t, "state", e.State, press.EditionFailed)
		equal(t, "open acts", b.count(`SELECT COUNT(*) FROM act WHERE state = 'open'`), 0)
	})
	t.Run("overtaken while it is frozen", func(t *testing.T) {
		b, key := begin(t)
		must(t, b.Hold(b.ctx, "a", "等", publisher, b.now))
		if err := b.Issue(b.ctx, gazettePlan(), key, Edit{Who: editor}, b.now); err == nil {
			t.Fatal("an issue of nothing")
		}
		must(t, b.Release(b.ctx, "a", publisher, b.now))
		must(t, b.Issue(b.ctx, gazettePlan(), key, Edit{Who: editor}, b.now))
	})
	t.Run("found out there", func(t *testing.T) {
		b, key := begin(t)
		b.surveyed(gazettePlan(), true, press.Found{Ref: "2026/008", URL: "https://www.example.gov.cn/2026/008/", Year: 2026, Number: 8, Total: 121})
		a := b.one("gazette")
		equal(t, "edition", a.Edition.Key, key)
		equal(t, "look", a.Look, true)
	})
}

// An issue is known not to have come out, but for an article that a person published: what it was to correct is printed by the next.
func TestErrataOfAnIssueThatWasGivenUpInPart(t *testing.T) {
	b := setup(t)
	b.settle(b.issuing("a"), live())
	b.saw(b.copy("a", "gazette"), press.SeenEqual)
	b.revised("a", "一", "gazette")
	b.correct("a", correction())
	b.settle(b.one("gazette"), live())
	b.pass(time.Hour)
	a := b.issuing("b", "c")
	equal(t, "errata", len(a.Edition.Errata), 1)
	b.intend(a, "write")
	b.fail(a, &press.Trouble{Remedy: press.LookFirst, What: "断线"})
	_, err := b.Retry(b.ctx, "b", "gazette", Hint{Link: "https://www.example.gov.cn/hand"}, publisher, b.now)
	must(t, err)
	b.pass(time.Hour)
	b.settle(b.one("gazette"), press.Receipt{Status: press.Absent})
	equal(t, "errata that wait", b.count(`SELECT COUNT(*) FROM erratum WHERE edition IS NULL`), 1)
}

// What changed in the title and what changed in the text are two things.
func TestAnErratumTellsTitleAndTextApart(t *testing.T) {
	b := setup(t)
	b.settle(b.issuing("a"), live())
	f := ready("a", "gazette")
	f.Revision.Title += "纪要"
	f.Revision.Body[0] = press.P("经" + press.Text(f.Revision.Body[:1]))
	b.filed(f)
	b.correct("a", correction())
	b.settle(b.one("gazette"), live())
	a := b.issuing("b")
	equal(t, "errata", len(a.Edition.Errata), 1)
	changes := a.Edition.Errata[0].Changes
	if len(changes) != 2 || changes[0].After != "" || changes[1].Before != "" {
		t.Fatalf("changes %+v", changes)
	}
}

// What is to go out and is kept back by something for which nobody else is called is an alarm.
func TestWhatIsKeptBackIsTold(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "wechat"))
	bound := ready("b", "site")
	bound.Item.BelongsWith = []string{"never filed"}
	b.filed(bound)
	b.filed(ready("c", "gazette"))
	b.composed(gazettePlan(), b.now)
	equal(t, "todo of what is in an issue", b.todo("c").Next, "等人定稿")
	b.composed(sitePlan(), b.now)
	equal(t, "todo of what waits for another", b.todo("b").Next, "同时发布的稿件就绪以后发布")
	b.restored(b.backup("one.db"))
	b.pass(time.Hour)
	equal(t, "closed", slices.Contains(b.told(), press.AlarmClock), true)
	for _, channel := range []string{"site", "wechat", "gazette"} {
		why := map[string]string{"wechat": "这个渠道没有普查的接口"}[channel]
		must(t, b.Reconciled(b.ctx, channel, why, nil, b.now))
	}
	equal(t, "doubted", slices.Equal(b.told(), []press.AlarmKind{press.AlarmOverdue}), true)
	b.pass(25 * time.Hour)
	b.composed(sitePlan(), b.now)
	equal(t, "told after a day", slices.Equal(b.told(), []press.AlarmKind{press.AlarmOverdue, press.AlarmTask}), true)
	equal(t, "of two", b.count(`SELECT COUNT(*) FROM alarm WHERE kind = 'overdue' AND closed_at IS NULL`), 2)
}

// A person loses patience with a channel that is paused, and publishes by hand. What was composed before is not sent on top of it.
func TestWhatAPersonPublishedMeanwhileIsNotSent(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site"))
	b.composed(sitePlan(), b.now)
	must(t, b.Pause(b.ctx, "site", "检修", publisher, b.now))
	b.surveyed(sitePlan(), true, press.Found{Ref: "hand", URL: "https://www.example.gov.cn/hand", Title: "示例区召开a工作会议"})
	must(t, b.Unpause(b.ctx, "site", publisher, b.now))
	equal(t, "begun", len(b.begun("site")), 0)
	b.pass(time.Minute)
	equal(t, "composed", len(b.composed(sitePlan(), b.now)), 0)
	if c := b.state("a", "site", press.Waiting); !strings.Contains(c.Note, "https://www.example.gov.cn/hand") {
		t.Fatalf("it says %q", c.Note)
	}
	_, err := b.Retry(b.ctx, "a", "site", Hint{Link: "https://www.example.gov.cn/hand"}, publisher, b.now)
	must(t, err)
	b.state("a", "site", press.CopyLive)
}

// What may be out there already is not wanted any more, and then wanted again: the doubt goes on to the next generation.
func TestADoubtOutlivesTheWishToPublish(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site", "wechat"))
	b.restored(b.backup("one.db"))
	b.pass(time.Minute)
	must(t, b.Reconciled(b.ctx, "site", "列不全", nil, b.now))
	b.revised("a", "一", "wechat")
	if c := b.state("a", "site", press.CopyWithdrawn); !strings.Contains(c.Note, "列不全") {
		t.Fatalf("it says %q", c.Note)
	}
	b.revised("a", "二", "site", "wechat")
	equal(t, "composed", len(b.composed(sitePlan(), b.now)), 0)
	equal(t, "generation", b.state("a", "site", press.Waiting).Generation, 2)
}

// The same, and then the survey meets the first generation, under its old title.
func TestAnEarlierGenerationThatWasMetKeepsTheNextBack(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site", "wechat"))
	f := b.outThere("a", "site")
	b.restored(b.backup("one.db"))
	b.pass(time.Minute)
	g := ready("a", "wechat")
	g.Revision.Title = "另一个标题"
	b.filed(g)
	b.pass(time.Minute)
	equal(t, "survey", b.surveyed(sitePlan(), true, f), press.Survey{Seen: 1, Strangers: 1})
	must(t, b.Reconciled(b.ctx, "site", "", nil, b.now))
	b.revised("a", "二", "site", "wechat")
	equal(t, "composed", len(b.composed(sitePlan(), b.now)), 0)
	_, err := b.Retry(b.ctx, "a", "site", Hint{Absent: true}, publisher, b.now)
	must(t, err)
	equal(t, "composed", len(b.composed(sitePlan(), b.now)), 1)
}

// The survey meets the first generation, under its old title, and could not see everything. Who says that what is doubted is not out there was not
// told of that page: it is asked next, by its address.
func TestAWordOnARestoreIsNoWordOnWhatTheSurveyMet(t *testing.T) {
	for what, h := range map[string]Hint{"absent": {Absent: true}, "link": {Link: "https://www.example.gov.cn/a"}} {
		t.Run(what, func(t *testing.T) {
			b := setup(t)
			b.filed(ready("a", "site", "wechat"))
			f := b.outThere("a", "site")
			b.restored(b.backup("one.db"))
			b.pass(time.Minute)
			b.revised("a", "一", "wechat")
			b.pass(time.Minute)
			g := ready("a", "site", "wechat")
			g.Revision.Title = "另一个标题"
			b.filed(g)
			b.pass(time.Minute)
			equal(t, "survey", b.surveyed(sitePlan(), false, f), press.Survey{Seen: 1, Strangers: 1})
			must(t, b.Reconciled(b.ctx, "site", "列不全", nil, b.now))
			if c := b.state("a", "site", press.Waiting); !strings.Contains(c.Note, "列不全") {
				t.Fatalf("it says %q", c.Note)
			}
			_, err := b.Retry(b.ctx, "a", "site", Hint{Absent: true}, publisher, b.now)
			must(t, err)
			equal(t, "composed", len(b.composed(sitePlan(), b.now)), 0)
			if c := b.state("a", "site", press.Waiting); !strings.Contains(c.Note, f.URL) {
				t.Fatalf("it says %q", c.Note)
			}
			_, err = b.Retry(b.ctx, "a", "site", h, publisher, b.now)
			must(t, err)
			equal(t, "composed after that", len(b.composed(sitePlan(), b.now)), map[string]int{"absent": 1}[what])
			if what == "absent" {
				return
			}
			// It bears the mark of the first for ever, and is the second by a person's word.
			b.state("a", "site", press.CopyLive)
			b.pass(time.Hour)
			equal(t, "survey again", b.surveyed(sitePlan(), true, f).Strangers, 0)
			list, err := b.Strangers(b.ctx, "", 10)
			must(t, err)
			equal(t, "strangers", len(list), 0)
		})
	}
}

// The lost ledger had taken the first generation back, and put the next out under another title. Its mark tells.
func TestAGenerationThatWasForgottenKeepsTheFirstBack(t *testing.T) {
	b := setup(t)
	f := ready("a", "site")
	id := b.filed(f).ID
	b.restored(b.backup("one.db"))
	b.pass(time.Minute)
	lost := press.Found{Marker: press.Marker(b.id, "site", id, 2), Ref: "/2.html", URL: "https://www.example.gov.cn/2.html", Title: "后来的标题", Public: b.now.Add(-time.Hour)}
	b.surveyed(sitePlan(), true, lost)
	must(t, b.Reconciled(b.ctx, "site", "", nil, b.now))
	equal(t, "composed", len(b.composed(sitePlan(), b.now)), 0)
	if c := b.state("a", "site", press.Waiting); !strings.Contains(c.Note, lost.URL) {
		t.Fatalf("it says %q", c.Note)
	}
	_, err := b.Retry(b.ctx, "a", "site", Hint{Link: lost.URL}, publisher, b.now)
	must(t, err)
	b.state("a", "site", press.CopyLive)
	b.pass(time.Hour)
	equal(t, "survey", b.surveyed(sitePlan(), true, lost), press.Survey{Seen: 1})
}

// The backup has two publications open. The lost ledger had made both, and had taken one of them back: its page says so, and stays as it is.
func TestWhatTheLostLedgerTookBackIsNotPublishedAgain(t *testing.T) {
	b := setup(t)
	for _, ref := range []string{"a", "b"} {
		b.filed(ready(ref, "site"))
	}
	b.composed(sitePlan(), b.now)
	there, gone := b.outThere("a", "site"), b.outThere("b", "site")
	gone.Withdrawn = true
	b.restored(b.backup("one.db"))
	b.pass(time.Minute)
	b.surveyed(sitePlan(), true, there, gone)
	must(t, b.Reconciled(b.ctx, "site", "", nil, b.now))
	for _, a := range b.begun("site") {
		equal(t, "look", a.Look, true)
		r := press.Receipt{Status: press.Live}
		for _, e := range a.Edition.Entries {
			p := press.Part{Copy: e.Copy.ID, Status: press.Live, URL: there.URL}
			if e.Item.ExternalID == "b" {
				p.Status, p.URL = press.Gone, gone.URL
			}
			r.Parts = append(r.Parts, p)
		}
		b.settle(a, r)
	}
	b.state("a", "site", press.CopyLive)
	b.state("b", "site", press.CopyDiffers)
	b.pass(time.Hour)
	equal(t, "composed", len(b.composed(sitePlan(), b.now)), 0)
	equal(t, "begun", len(b.begun("site")), 0)
	equal(t, "told", b.todo("b").State, press.CopyDiffers)
	b.holds()
}

// What was given up while a channel was closed, or was never wanted there here, may be out there by the lost ledger. A survey that could not see
// everything leaves that to a person, whenever it is wanted again.
func TestWhatIsWantedAgainAfterAnIncompleteSurveyIsDoubted(t *testing.T) {
	b := setup(t)
	b.filed(ready("dropped", "site", "wechat"))
	b.filed(ready("never", "site"))
	b.restored(b.backup("one.db"))
	b.pass(time.Minute)
	b.revised("dropped", "一", "site")
	b.filed(ready("new", "site"))
	must(t, b.Reconciled(b.ctx, "site", "", nil, b.now))
	must(t, b.Reconciled(b.ctx, "wechat", "列不全", nil, b.now))
	p := wechatPlan()
	p.After = nil
	for _, ref := range []string{"dropped", "never"} {
		b.revised(ref, "二", "site", "wechat")
		equal(t, "composed", len(b.composed(p, b.now)), 0)
		if c := b.state(ref, "wechat", press.Waiting); !strings.Contains(c.Note, "列不全") {
			t.Fatalf("%s says %q", ref, c.Note)
		}
		_, err := b.Retry(b.ctx, ref, "wechat", Hint{Absent: true}, publisher, b.now)
		must(t, err)
		equal(t, "composed after a person's word", len(b.composed(p, b.now)), 1)
	}
	b.pass(time.Minute)
	b.filed(ready("later", "wechat"))
	equal(t, "what was filed since", len(b.composed(p, b.now)), 1)
}
