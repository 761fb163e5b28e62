package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

// items names what an edition holds, in order.
func (b *testBench) items(key string) string {
	b.Helper()
	e, err := b.Edition(b.ctx, key)
	must(b, err)
	var names []string
	for _, en := range e.Entries {
		names = append(names, en.Item.ExternalID)
	}
	return strings.Join(names, " ")
}

func TestComposeAtItsOwnTime(t *testing.T) {
	b := setup(t)
	for i, ext := range []string{"甲", "乙", "丙"} { // in the same second
		b.now = start.Add(time.Duration(i) * time.Millisecond)
		b.filed(ready(ext, "site"))
	}
	b.pass(time.Second)
	keys := b.composed(sitePlan(), b.now)
	equal(t, "editions", strings.Join(keys, " "), "site@2026-11-25T01:00:00Z#1 site@2026-11-25T01:00:00Z#2 site@2026-11-25T01:00:00Z#3")
	for i, key := range keys {
		e, err := b.Edition(b.ctx, key)
		must(t, err)
		equal(t, "slot", e.Slot.At.Equal(start.Add(time.Duration(i)*time.Millisecond)), true)
	}
	equal(t, "composed again", len(b.composed(sitePlan(), b.now)), 0)
}

func TestSlotTakesWhatWasReadyAtIt(t *testing.T) {
	b := setup(t)
	slot := start.Add(time.Hour)
	for ext, at := range map[string]time.Time{"先": slot.Add(-time.Minute), "准时": slot, "后": slot.Add(time.Minute)} {
		f := ready(ext, "wechat")
		f.Item.ReleaseAt = at
		b.filed(f)
	}
	b.now = slot.Add(5 * time.Minute)
	keys := b.composed(wechatPlan(), slot)
	equal(t, "editions", len(keys), 1)
	equal(t, "items", b.items(keys[0]), "先 准时")
	equal(t, "items", b.items(b.composed(wechatPlan(), slot.Add(24*time.Hour))[0]), "后")
}

func TestAfterWaitsForVerified(t *testing.T) {
	b := setup(t)
	must(t, b.Strike(b.ctx, "wechat", b.now, press.SlotOpen, b.now.Add(10*time.Minute)))
	b.filed(ready("甲", "site", "wechat"))
	b.filed(ready("乙", "wechat")) // not wanted on the website
	slot := b.now
	equal(t, "items", b.items(b.composed(wechatPlan(), slot)[0]), "乙")
	if c := b.copy("甲", "wechat"); !strings.Contains(c.Note, "等待“site”先核验") {
		t.Fatalf("note = %q", c.Note)
	}
	a := b.out(sitePlan())[0]
	equal(t, "composed before it was verified", len(b.composed(wechatPlan(), slot)), 0)
	pending := func() int {
		slots, err := b.OpenSlots(b.ctx, "wechat")
		must(t, err)
		return slots[0].Pending
	}
	equal(t, "pending", pending(), 1)
	b.pass(time.Minute)
	b.saw(a.Edition.Entries[0].Copy, press.SeenEqual)
	equal(t, "pending until it is composed", pending(), 1)
	keys := b.composed(wechatPlan(), slot)
	equal(t, "items", b.items(keys[0]), "甲")
	equal(t, "pending", pending(), 0)
	e, err := b.Edition(b.ctx, keys[0])
	must(t, err)
	link, _ := e.Entries[0].Link(press.LinkCanonical)
	equal(t, "link to the page", link.URL, "https://www.example.gov.cn/a")
}

func TestAfterAPageThatIsNotWantedAnyMore(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site", "wechat"))
	b.composed(wechatPlan(), b.now)
	b.filed(ready("甲", "wechat"))
	equal(t, "composed", len(b.composed(wechatPlan(), b.now)), 1)
}

func TestClosedSlotSaysSo(t *testing.T) {
	b := setup(t)
	must(t, b.Strike(b.ctx, "wechat", b.now, press.SlotOpen, b.now.Add(10*time.Minute)))
	b.filed(ready("甲", "site", "wechat"))
	b.composed(wechatPlan(), b.now)
	must(t, b.CloseSlot(b.ctx, "wechat", b.now))
	must(t, b.CloseSlot(b.ctx, "wechat", b.now))
	if c := b.copy("甲", "wechat"); strings.Count(c.Note, "移到下一时段") != 1 {
		t.Fatalf("note = %q", c.Note)
	}
	slots, err := b.OpenSlots(b.ctx, "wechat")
	must(t, err)
	equal(t, "open slots", len(slots), 0)
}

func TestBelongsWith(t *testing.T) {
	b := setup(t)
	f := ready("文件", "site")
	f.Item.BelongsWith = []string{"解读"}
	b.filed(f)
	equal(t, "composed without its member", len(b.composed(sitePlan(), b.now)), 0)
	if c := b.copy("文件", "site"); !strings.Contains(c.Note, "解读") || !strings.Contains(c.Note, "等待其报送") {
		t.Fatalf("note = %q", c.Note)
	}
	b.filed(draft("解读", "site"))
	equal(t, "composed with an unready member", len(b.composed(sitePlan(), b.now)), 0)
	b.filed(ready("解读", "site"))
	must(t, b.Hold(b.ctx, "解读", "", publisher, b.now))
	equal(t, "composed with a held member", len(b.composed(sitePlan(), b.now)), 0)
	if c := b.copy("文件", "site"); !strings.Contains(c.Note, "已暂缓") {
		t.Fatalf("note = %q", c.Note)
	}
	must(t, b.Release(b.ctx, "解读", publisher, b.now))
	keys := b.composed(sitePlan(), b.now)
	equal(t, "editions", len(keys), 1)
	equal(t, "items", b.items(keys[0]), "文件 解读")
}

func TestBelongsWithIsPerChannel(t *testing.T) {
	b := setup(t)
	f := ready("文件", "site", "gazette")
	f.Item.BelongsWith = []string{"解读"}
	b.filed(f)
	b.filed(ready("解读", "site"))
	equal(t, "items", b.items(b.composed(gazettePlan(), b.now)[0]), "文件")
	equal(t, "items", b.items(b.composed(sitePlan(), b.now)[0]), "文件 解读")
}

func TestBelongsWithLater(t *testing.T) {
	b := setup(t)
	f := ready("文件", "site")
	f.Item.BelongsWith = []string{"解读"}
	b.filed(f)
	later := ready("解读", "site")
	later.Item.ReleaseAt = start.Add(time.Hour)
	b.filed(later)
	equal(t, "composed early", len(b.composed(sitePlan(), b.now)), 0)
	next, err := b.Next(b.ctx, "site", false)
	must(t, err)
	equal(t, "next", next.Equal(start.Add(time.Hour)), true)
	b.pass(time.Hour)
	equal(t, "editions", len(b.composed(sitePlan(), b.now)), 1)
}

func TestGroupGoesOnWithoutAMember(t *testing.T) {
	leave := map[string]func(*testBench){
		"withdrawn": func(b *testBench) {
			must(b, b.Withdraw(b.ctx, "解读", "不再需要", press.NoticePage, publisher, b.now))
		},
		"not wanted here": func(b *testBench) { b.filed(draft("解读", "gazette")) },
		"unbound": func(b *testBench) {
			b.filed(ready("文件", "site"))
		},
	}
	for name, do := range leave {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			f := ready("文件", "site")
			f.Item.BelongsWith = []string{"解读"}
			b.filed(f)
			b.filed(draft("解读", "site"))
			equal(t, "composed", len(b.composed(sitePlan(), b.now)), 0)
			do(b)
			keys := b.composed(sitePlan(), b.now)
			equal(t, "editions", len(keys), 1)
			equal(t, "items", b.items(keys[0]), "文件")
		})
	}
}

func TestManyGroupsWithAMemberReadyAfterTheSlot(t *testing.T) {
	b := setup(t)
	for i := range mostComposed + 5 {
		f := ready(fmt.Sprint("文件", i), "wechat")
		f.Item.BelongsWith = []string{"解读"}
		b.filed(f)
	}
	late := ready("解读", "wechat")
	late.Item.ReleaseAt = start.Add(time.Minute)
	b.filed(late)
	b.pass(2 * time.Minute)
	equal(t, "composed for the slot before", len(b.composed(wechatPlan(), start)), 0) // and it ends
	b.pass(time.Minute)
	equal(t, "composed for the next", len(b.composed(wechatPlan(), b.now)) > 0, true)
}

func TestEditionsAreOfAtMostMax(t *testing.T) {
	group := func(b *testBench, n int) {
		for i := range n {
			f := ready(fmt.Sprint("组", i), "wechat")
			f.Item.BelongsWith = []string{"组0"}
			b.filed(f)
		}
	}
	for _, c := range []struct {
		single, group int
		whole         bool
		want          string
	}{
		{4, 0, false, "3 1"},
		{2, 2, false, "2 2"},
		{0, 5, false, "3 2"},
		{0, 5, true, "5"},
		{1, 5, true, "1 5"},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			b := setup(t)
			for i := range c.single {
				b.filed(ready(fmt.Sprint("单", i), "wechat"))
			}
			group(b, c.group)
			p := wechatPlan()
			p.Whole = c.whole
			var sizes []string
			for _, key := range b.composed(p, b.now) {
				sizes = append(sizes, fmt.Sprint(len(strings.Fields(b.items(key)))))
			}
			equal(t, "sizes", strings.Join(sizes, " "), c.want)
		})
	}
}

func TestReleaseIsAskedAgain(t *testing.T) {
	change := map[string]func(*testBench){
		"an approval is taken back": func(b *testBench) {
			f := draft("甲", "site")
			f.Approvals = []press.Approval{{Step: press.FinalReview, By: "审签人3", At: b.now, Ground: "收回"}}
			b.filed(f)
		},
		"revised": func(b *testBench) {
			f := draft("甲", "site")
			f.Revision.Title = "另一个标题"
			b.filed(f)
		},
		"held":      func(b *testBench) { must(b, b.Hold(b.ctx, "甲", "", publisher, b.now)) },
		"withdrawn": func(b *testBench) { must(b, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now)) },
	}
	for name, do := range change {
		t.Run(name+" before composing", func(t *testing.T) {
			b := setup(t)
			b.filed(ready("甲", "site"))
			do(b)
			b.raw(`UPDATE copy SET due_at = $1 WHERE state = 'waiting'`, b.now.UnixMicro()) // as if it had been asked for in the same moment
			equal(t, "composed", len(b.composed(sitePlan(), b.now)), 0)
		})
		t.Run(name+" before the act", func(t *testing.T) {
			b := setup(t)
			b.filed(ready("甲", "site"))
			key := b.composed(sitePlan(), b.now)[0]
			do(b)
			equal(t, "begun", len(b.begun("site")), 0)
			e, err := b.Edition(b.ctx, key)
			must(t, err)
			equal(t, "edition", e.State, press.EditionFailed)
			equal(t, "composed", len(b.composed(sitePlan(), b.now)), 0)
			equal(t, "places", b.count(`SELECT COUNT(*) FROM place`), 0)
		})
		t.Run(name+" after a step was begun", func(t *testing.T) {
			b := setup(t)
			b.filed(ready("甲", "site"))
			b.composed(sitePlan(), b.now)
			a := b.one("site")
			b.intend(a, "write")
			b.fail(a, fmt.Errorf("connection reset"))
			do(b)
			b.pass(time.Minute)
			a = b.one("site")
			equal(t, "look only", a.LookOnly, true)
			b.settle(a, press.Receipt{Status: press.Absent})
			if st := b.copy("甲", "site").State; st != press.Waiting && st != press.CopyWithdrawn {
				t.Fatalf("state = %s", st)
			}
			equal(t, "composed", len(b.composed(sitePlan(), b.now)), 0)
		})
	}
}

func TestOneOfAnEditionIsHeld(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "wechat"))
	b.filed(ready("乙", "wechat"))
	b.composed(wechatPlan(), b.now)
	must(t, b.Hold(b.ctx, "甲", "", publisher, b.now))
	equal(t, "begun", len(b.begun("wechat")), 0)
	equal(t, "items", b.items(b.composed(wechatPlan(), b.now)[0]), "乙")
}

func TestNoCopyIsClaimedTwice(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	b.composed(sitePlan(), b.now)
	c := b.copy("甲", "site")
	err := b.write(b.ctx, func(ctx context.Context, tx *sql.Tx) error {
		e := press.Edition{Key: "site@x#1", Slot: press.Slot{Channel: "site", At: b.now.Add(time.Hour)}, Seq: 1, State: press.EditionOpen, Composed: b.now}
		if err := b.addEdition(ctx, tx, e); err != nil {
			return err
		}
		return b.addEntry(ctx, tx, e, press.Entry{Copy: c, Item: press.Item{ID: c.Item}, Revision: press.Revision{Number: 1}}, program())
	})
	if err == nil || !strings.Contains(err.Error(), "UNIQUE") {
		t.Fatalf("error = %v, want the index to refuse a second claim", err)
	}
	equal(t, "editions", b.count(`SELECT COUNT(*) FROM edition`), 1)
}

func TestComposersAtTheSameMoment(t *testing.T) {
	b := setup(t)
	for i := range 30 {
		b.filed(ready(fmt.Sprint(i), "site"))
	}
	done := make(chan error)
	for range 8 {
		go func() {
			_, err := b.Compose(b.ctx, sitePlan(), b.now, b.now)
			done <- err
		}()
	}
	for range 8 {
		must(t, <-done)
	}
	equal(t, "editions", b.count(`SELECT COUNT(*) FROM edition`), 30)
	equal(t, "acts", b.count(`SELECT COUNT(*) FROM act`), 30)
}

func TestAThousandAtOnce(t *testing.T) {
	b := setup(t)
	filed := make(chan error)
	for w := range 50 {
		go func() {
			var err error
			for i := 0; i < 20 && err == nil; i++ {
				f := ready(fmt.Sprint(w, "之", i), "site")
				f.Item.ReleaseAt = start.Add(time.Hour)
				_, err = b.File(b.ctx, f, b.now)
			}
			filed <- err
		}()
	}
	for range 50 {
		must(t, <-filed)
	}
	b.pass(time.Hour)
	began := time.Now()
	keys := b.composed(sitePlan(), b.now)
	equal(t, "editions", len(keys), 1000)
	as := b.begun("site")
	equal(t, "acts", len(as), 1000)
	t.Logf("composed and begun in %v", time.Since(began))
	equal(t, "last place", b.count(`SELECT MAX(position) FROM place`), 1000)
	equal(t, "places", b.count(`SELECT COUNT(DISTINCT position) FROM place`), 1000)
}

func TestPlacesAreGivenOnce(t *testing.T) {
	b := setup(t)
	for _, ext := range []string{"甲", "乙", "丙"} {
		b.filed(ready(ext, "site"))
	}
	b.verified(sitePlan())
	must(t, b.Withdraw(b.ctx, "乙", "有误", press.NoticePage, publisher, b.now))
	b.settle(b.one("site"), press.Receipt{Status: press.Gone})
	f := ready("乙", "site")
	f.Revision.Title = "更正后的标题"
	b.filed(f)
	b.verified(sitePlan())
	ar := b.Archive("site")
	list, err := ar.Shelf(b.ctx, "column/政务动态", 1, 10)
	must(t, err)
	var got []string
	for _, x := range list {
		got = append(got, fmt.Sprint(x.Position, x.Title, x.Withdrawn))
	}
	equal(t, "shelf", strings.Join(got, "\n"), "1示例区召开甲工作会议false\n2示例区召开乙工作会议true\n3示例区召开丙工作会议false\n4更正后的标题false")
	top, err := ar.Top(b.ctx, "column/政务动态")
	must(t, err)
	equal(t, "top", top, 4)
	shelves, err := ar.Shelves(b.ctx, "column/")
	must(t, err)
	equal(t, "shelves", len(shelves), 1)
	en, ok, err := ar.Entry(b.ctx, b.copy("乙", "site").Item)
	must(t, err)
	equal(t, "entry", ok, true)
	equal(t, "place", en.Places["column/政务动态"], 4)
}

func TestRelatedPagesAreLinked(t *testing.T) {
	b := setup(t)
	b.filed(ready("文件", "site"))
	b.verified(sitePlan())
	f := ready("解读", "site")
	f.Revision.Meta.Relations = []press.Relation{{Type: press.Interprets, To: "文件"}, {Type: press.Amends, To: "没有"}}
	b.filed(f)
	a := b.out(sitePlan())[0]
	link, ok := a.Edition.Entries[0].Link(press.LinkInterprets)
	equal(t, "linked", ok, true)
	equal(t, "links", len(a.Edition.Entries[0].Links), 1)
	equal(t, "title", link.Title, "示例区召开文件工作会议")
	en, _, err := b.Archive("site").Entry(b.ctx, b.copy("文件", "site").Item)
	must(t, err)
	back, ok := en.Link(press.LinkInterpretation)
	equal(t, "linked back", ok, true)
	equal(t, "address", back.URL, "https://www.example.gov.cn/a")
}

func TestTimetable(t *testing.T) {
	b := setup(t)
	fired, err := b.Fired(b.ctx, "wechat", "0 9 * * *", b.now)
	must(t, err)
	equal(t, "a new timetable missed nothing", fired.Equal(b.now), true)
	noon := b.now.Add(3 * time.Hour)
	for range 2 { // the same moment strikes once
		must(t, b.Strike(b.ctx, "wechat", noon, press.SlotAsked, noon))
	}
	fired, err = b.Fired(b.ctx, "wechat", "0 9 * * *", b.now)
	must(t, err)
	equal(t, "fired", fired.Equal(noon), true)
	asked, err := b.Asked(b.ctx)
	must(t, err)
	equal(t, "asked", len(asked), 1)
	must(t, b.AnswerSlot(b.ctx, "wechat", noon, Who{"李某", press.Operator}, noon.Add(time.Hour)))
	equal(t, "who opened it", b.count(`SELECT COUNT(*) FROM slot WHERE at = $1 AND opened_by = '李某'`, noon.UnixMicro()), 1)
	if err := b.AnswerSlot(b.ctx, "wechat", noon, Who{"王某", press.Operator}, noon); err == nil {
		t.Fatal("a slot was answered twice")
	}
	open, err := b.OpenSlots(b.ctx, "wechat")
	must(t, err)
	equal(t, "open", len(open), 1)
	fired, err = b.Fired(b.ctx, "wechat", "0 18 * * *", noon.Add(time.Hour))
	must(t, err)
	equal(t, "a changed timetable begins now", fired.Equal(noon.Add(time.Hour)), true)
}
