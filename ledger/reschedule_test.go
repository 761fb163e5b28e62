package ledger

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tongfa/press"
)

func (b *testBench) moved(ref string, at time.Time) {
	b.Helper()
	must(b, b.Reschedule(b.ctx, ref, at, publisher, b.now))
}

func TestRescheduleMovesWhatWaits(t *testing.T) {
	b := setup(t)
	f := ready("甲", "site", "wechat")
	f.Item.ReleaseAt = b.now.Add(time.Hour)
	f.Item.Wants[1].NotBefore = b.now.Add(5 * time.Hour)
	b.filed(f)
	b.moved("甲", b.now.Add(3*time.Hour))
	equal(t, "site", b.copy("甲", "site").ReadyAt.Equal(b.now.Add(3*time.Hour)), true)
	equal(t, "wechat keeps its own time", b.copy("甲", "wechat").ReadyAt.Equal(b.now.Add(5*time.Hour)), true)
	b.pass(2 * time.Hour)
	equal(t, "editions at the old time", len(b.composed(sitePlan(), b.now)), 0)
	b.pass(time.Hour)
	equal(t, "editions at the new time", len(b.composed(sitePlan(), b.now)), 1)
	last := b.story("甲").Moves
	m := last[len(last)-2]
	equal(t, "verb", m.Verb, "reschedule")
	equal(t, "by", m.By, publisher.Name)
	equal(t, "was", m.Was, "2026-11-25 10:00:00")
	equal(t, "now", m.Now, "2026-11-25 12:00:00")
}

func TestRescheduleForwardGoesOutAtOnceAndNoTimeIsPutBack(t *testing.T) {
	b := setup(t)
	f := ready("甲", "site")
	f.Item.ReleaseAt = b.now.Add(24 * time.Hour)
	b.filed(f)
	b.pass(time.Minute)
	b.moved("甲", b.now.Add(-72*time.Hour))
	equal(t, "release", b.story("甲").Item.ReleaseAt.Equal(b.now), true)
	keys := b.composed(sitePlan(), b.now)
	equal(t, "editions", len(keys), 1)
	e, err := b.Edition(b.ctx, keys[0])
	must(t, err)
	equal(t, "slot", e.Slot.At.Equal(b.now), true)
}

func TestRescheduleIsRefusedInWords(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	b.composed(sitePlan(), b.now)
	for range 2 { // claimed, then public
		err := b.Reschedule(b.ctx, "甲", b.now.Add(time.Hour), publisher, b.now)
		if err == nil || !strings.Contains(err.Error(), "已经改不了发布时间") {
			t.Fatalf("what goes out was moved: %v", err)
		}
		for _, a := range b.begun("site") {
			b.settle(a, press.Receipt{Status: press.Live, URL: "https://www.example.gov.cn/1"})
		}
	}
	b.filed(ready("乙", "site"))
	for _, who := range []Who{{"赵某", press.Drafter}, {"赵某", press.Supervisor}, {"赵某", press.Reviewer}, {"赵某", ""}} {
		if err := b.Reschedule(b.ctx, "乙", b.now.Add(time.Hour), who, b.now); err == nil {
			t.Errorf("%s moved it", who.Role)
		}
	}
	if err := b.Reschedule(b.ctx, "乙", b.now.AddDate(11, 0, 0), publisher, b.now); err == nil {
		t.Error("put off for eleven years")
	}
	if err := b.Reschedule(b.ctx, "没有", b.now, publisher, b.now); err == nil {
		t.Error("an item that is not there was moved")
	}
	must(t, b.Withdraw(b.ctx, "乙", "有误", press.NoticePage, publisher, b.now))
	if err := b.Reschedule(b.ctx, "乙", b.now.Add(time.Hour), publisher, b.now); err == nil {
		t.Error("a withdrawn item was moved")
	}
}

// What is out on one channel stays, what waits on another moves, and the record says so.
func TestRescheduleMovesTheRest(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site", "wechat"))
	b.verified(sitePlan())
	b.moved("甲", b.now.Add(time.Hour))
	ms := b.story("甲").Moves
	if d := ms[len(ms)-1].Detail; d != "不改：site已核验" {
		t.Errorf("the record says %q", d)
	}
	equal(t, "editions", len(b.composed(wechatPlan(), b.now)), 0)
	b.pass(time.Hour)
	equal(t, "editions later", len(b.composed(wechatPlan(), b.now)), 1)
}

// A text that is not approved yet may be moved, and keeps waiting for its approval; held, it stays held.
func TestRescheduleOfWhatIsNotApproved(t *testing.T) {
	b := setup(t)
	b.filed(draft("甲", "site"))
	b.moved("甲", b.now.Add(time.Hour))
	if c := b.copy("甲", "site"); c.Note == "" || b.count(`SELECT COUNT(*) FROM copy WHERE waits_for = 'gate' AND due_at IS NULL`) != 1 {
		t.Errorf("it does not wait for its approvals any more: %+v", c)
	}
	for _, a := range signed() {
		_, err := b.Sign(b.ctx, "甲", a, registrar, b.now)
		must(t, err)
	}
	must(t, b.Hold(b.ctx, "甲", "等", publisher, b.now))
	b.moved("甲", b.now)
	b.pass(2 * time.Hour)
	equal(t, "held", len(b.composed(sitePlan(), b.now)), 0)
	must(t, b.Release(b.ctx, "甲", publisher, b.now))
	equal(t, "released", len(b.composed(sitePlan(), b.now)), 1)
}

// The others of a group keep their times, and nobody goes without the one that was put off; brought forward again, it wakes them.
func TestRescheduleLeavesTheGroupTogether(t *testing.T) {
	b := setup(t)
	for _, ref := range []string{"甲", "乙"} {
		f := ready(ref, "site")
		f.Item.BelongsWith = []string{map[string]string{"甲": "乙", "乙": "甲"}[ref]}
		f.Item.ReleaseAt = b.now.Add(time.Hour)
		b.filed(f)
	}
	b.moved("甲", b.now.Add(3*time.Hour))
	equal(t, "the other's time", b.copy("乙", "site").ReadyAt.Equal(b.now.Add(time.Hour)), true)
	b.pass(time.Hour)
	equal(t, "one went without the other", len(b.composed(sitePlan(), b.now)), 0)
	b.pass(time.Minute)
	b.moved("甲", b.now)
	equal(t, "both", len(b.composed(sitePlan(), b.now)), 1)
}

// The office system hands in what it has handed in before. What a person decided since stands, until the system asks for another time.
func TestThePackageOnceMoreDoesNotUndoAReschedule(t *testing.T) {
	b := setup(t)
	f := ready("甲", "site")
	asked := b.now.Add(time.Hour)
	f.Item.ReleaseAt = asked
	b.filed(f)
	later := b.now.Add(4 * time.Hour)
	b.moved("甲", later)
	equal(t, "the same again", b.filed(f).Outcome, Same)
	b.moved("甲", later.Add(time.Hour))
	f.Revision.Title += "（修订）"
	equal(t, "a newer text", b.filed(f).Outcome, Revised)
	if at := b.copy("甲", "site").ReadyAt; !at.Equal(later.Add(time.Hour)) {
		t.Fatalf("it is to go out at %s", at)
	}
	f.Item.ReleaseAt = asked.Add(time.Minute)
	b.filed(f)
	if at := b.copy("甲", "site").ReadyAt; !at.Equal(asked.Add(time.Minute)) {
		t.Fatalf("the new wish of the office system was not heard: %s", at)
	}
}

// Putting off and composing meet at the same moment: an item either goes out in time and the person is told that it is too late, or it is put off
// and is not composed.
func TestRescheduleAndComposeAtTheSameMoment(t *testing.T) {
	b := setup(t)
	const many = 60
	for i := range many {
		b.filed(ready(fmt.Sprintf("稿%02d", i), "site"))
	}
	later := b.now.Add(24 * time.Hour)
	refused := make([]error, many)
	var all sync.WaitGroup
	begin := make(chan struct{})
	for i := range many {
		all.Go(func() {
			<-begin
			refused[i] = b.Reschedule(b.ctx, fmt.Sprintf("稿%02d", i), later, publisher, b.now)
		})
	}
	plan := sitePlan()
	plan.Max = 7
	for range 4 {
		all.Go(func() {
			<-begin
			for range 30 {
				if _, err := b.Compose(b.ctx, plan, b.now, b.now); err != nil {
					t.Error(err)
				}
			}
		})
	}
	close(begin)
	all.Wait()
	for i := range many {
		c := b.copy(fmt.Sprintf("稿%02d", i), "site")
		switch {
		case refused[i] == nil && (c.Edition != "" || !c.ReadyAt.Equal(later)):
			t.Errorf("%d was put off and is in %q, ready at %s", i, c.Edition, c.ReadyAt)
		case refused[i] != nil && (c.Edition == "" || !strings.Contains(refused[i].Error(), "已经改不了")):
			t.Errorf("%d was refused with %v and is in %q", i, refused[i], c.Edition)
		}
	}
	for {
		acts := b.begun("site")
		if len(acts) == 0 {
			break
		}
		for _, a := range acts {
			for _, e := range a.Edition.Entries {
				if e.Item.ReleaseAt.Equal(later) {
					t.Errorf("%s goes out a day early", e.Item.ExternalID)
				}
			}
			b.settle(a, press.Receipt{Status: press.Live, URL: "https://www.example.gov.cn/1"})
		}
	}
}

func TestTermOfEveryItemIsKept(t *testing.T) {
	b := setup(t)
	f := ready("甲", "site")
	f.Item.Kind = press.Budget
	f.Revision.Meta.FormedOn = press.Date{Year: 2026, Month: 11, Day: 2}
	b.filed(f)
	equal(t, "formed", b.count(`SELECT COUNT(*) FROM item WHERE term_from = '2026-11-02'`), 1)
	f.Revision.Meta.ApprovedOn = press.Date{Year: 2026, Month: 11, Day: 9}
	b.filed(f)
	equal(t, "approved", b.count(`SELECT COUNT(*) FROM item WHERE term_from = '2026-11-09'`), 1)
}
