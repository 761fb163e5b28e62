package ledger

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

// told everybody of everything.
func everybody() Watch {
	return Watch{Receivers: []Receiver{{Name: "邮件", Least: press.Warning}, {Name: "群", Least: press.Incident}}}
}

func (b *testBench) judged(w Watch, opened, closed int) {
	b.Helper()
	o, c, err := b.Judge(b.ctx, w, b.now)
	must(b, err)
	if o != opened || c != closed {
		open, _ := b.OpenAlarms(b.ctx)
		b.Fatalf("%d opened and %d closed, want %d and %d; open are %+v", o, c, opened, closed, open)
	}
}

// alarms are the keys of what is open.
func (b *testBench) alarms() []string {
	b.Helper()
	open, err := b.OpenAlarms(b.ctx)
	must(b, err)
	var keys []string
	for _, a := range open {
		keys = append(keys, a.Key)
	}
	slices.Sort(keys)
	return keys
}

// untold is what a receiver is to hear: about and kind of each.
func (b *testBench) untold(receiver string) []press.AlarmNews {
	b.Helper()
	ns, err := b.Untold(b.ctx, receiver, b.now, 1000)
	must(b, err)
	return ns
}

func (b *testBench) hears(receiver string, want ...string) {
	b.Helper()
	ns := b.untold(receiver)
	var got []string
	for _, n := range ns {
		got = append(got, string(n.About)+" "+string(n.Kind))
	}
	if !slices.Equal(got, want) {
		b.Fatalf("%s hears %v, want %v", receiver, got, want)
	}
	must(b, b.Told(b.ctx, receiver, ns, nil, b.now))
	if again := b.untold(receiver); len(again) > 0 {
		b.Fatalf("%s hears %v again", receiver, again)
	}
}

// page is an item that is verified on the website.
func (b *testBench) page(ext string) press.Copy {
	b.Helper()
	b.filed(ready(ext, "site"))
	b.verified(sitePlan())
	return b.state(ext, "site", press.CopyVerified)
}

func (b *testBench) sees(c press.Copy, s press.Sighting) {
	b.Helper()
	s.Copy, s.URL = c.ID, c.URL
	must(b, b.Saw(b.ctx, s, b.now))
}

func TestAChangedPageIsAnAlarmUntilItIsMended(t *testing.T) {
	b := setup(t)
	c := b.page("甲")
	b.judged(everybody(), 0, 0)
	b.pass(time.Minute)
	b.sees(c, press.Sighting{Status: press.SeenDiffers, Detail: "第2段不一致", Changes: []press.Change{{Before: "会议要求", Was: "抓好", Now: "暂缓", After: "落实"}}})
	b.judged(everybody(), 1, 0)
	open, err := b.OpenAlarms(b.ctx)
	must(t, err)
	a := open[0]
	for what, word := range map[string]string{"title": "示例区召开甲工作会议", "id": string(c.Item), "channel": "site", "difference": "应为“抓好”，现为“暂缓”", "detail": "第2段不一致"} {
		if !strings.Contains(a.Text, word) {
			t.Errorf("the alarm does not tell the %s %q: %s", what, word, a.Text)
		}
	}
	if a.Kind != press.AlarmChanged || a.Level != press.Incident || a.Item != c.Item || a.URL == "" || !strings.Contains(a.Remedy, "网站管理员") || !a.Opened.Equal(b.now) {
		t.Fatalf("the alarm is %+v", a)
	}
	if seen := b.story("甲").Sightings; len(seen) != 2 || len(seen[1].Changes) != 1 || seen[1].Changes[0].Now != "暂缓" {
		t.Fatalf("the sightings do not keep the changes: %+v", seen)
	}
	b.hears("邮件", "opened changed")
	b.hears("群", "opened changed")
	writes, _ := b.Written()
	b.judged(everybody(), 0, 0)
	if now, _ := b.Written(); now != writes {
		t.Fatal("judging writes though nothing has changed")
	}
	b.pass(time.Minute)
	b.saw(c, press.SeenEqual)
	b.judged(everybody(), 0, 1)
	b.hears("邮件", "closed changed")
	past, err := b.PastAlarms(b.ctx, 0, 10)
	must(t, err)
	if len(past) != 1 || !past[0].Closed.Equal(b.now) {
		t.Fatalf("the history says %+v", past)
	}
	if past, err = b.PastAlarms(b.ctx, past[0].ID, 10); err != nil || len(past) != 0 {
		t.Fatalf("the second page says %+v: %v", past, err)
	}
}

func TestEveryKindOfTroubleIsAnAlarm(t *testing.T) {
	quotas := map[string][]press.Quota{"wechat": {{Name: "draft/add", PerDay: 10, Reserve: 2}}}
	for kind, story := range map[press.AlarmKind]struct {
		make func(b *testBench)
		word string
	}{
		press.AlarmGone: {func(b *testBench) { b.sees(b.page("甲"), press.Sighting{Status: press.SeenGone, Detail: "HTTP 404"}) }, "HTTP 404"},
		press.AlarmMoved: {func(b *testBench) {
			b.sees(b.page("甲"), press.Sighting{Status: press.SeenMoved, Detail: "跳转到别处"})
		}, "跳转"},
		press.AlarmBanned: {func(b *testBench) { b.sees(b.page("甲"), press.Sighting{Status: press.SeenBanned}) }, "屏蔽"},
		press.AlarmDeleted: {func(b *testBench) {
			b.sees(b.page("甲"), press.Sighting{Status: press.SeenGone, Detail: "文章已被发布者删除"})
		}, "删除"},
		press.AlarmSlow: {func(b *testBench) {
			c := b.page("甲")
			for range slowLooks {
				b.sees(c, press.Sighting{Status: press.SeenEqual, Digest: "d", Elapsed: 6 * time.Second})
			}
		}, "超过5s"},
		press.AlarmBlind: {func(b *testBench) {
			b.sees(b.page("甲"), press.Sighting{Status: press.SeenBlind, Detail: "要求验证"})
			b.pass(25 * time.Hour)
			b.sees(b.copy("甲", "site"), press.Sighting{Status: press.SeenBlind, Detail: "连不上"})
		}, "09:00:00起"},
		press.AlarmUnknown: {func(b *testBench) {
			b.filed(ready("甲", "site"))
			b.composed(sitePlan(), b.now)
			a := b.one("site")
			b.intend(a, "page")
			b.fail(a, errors.New("cut"))
			b.pass(31 * time.Minute)
		}, "09:00:00起"},
		press.AlarmHand: {func(b *testBench) {
			b.filed(ready("甲", "site"))
			b.composed(sitePlan(), b.now)
			b.settle(b.one("site"), press.Receipt{Status: press.NeedsHand, Note: "请按发布"})
		}, "请按发布"},
		press.AlarmRefused: {func(b *testBench) {
			b.filed(ready("甲", "site"))
			b.composed(sitePlan(), b.now)
			b.settle(b.one("site"), press.Receipt{Status: press.Refused, Note: "标题太长"})
		}, "标题太长"},
		press.AlarmOverdue: {func(b *testBench) {
			b.filed(ready("甲", "site"))
			b.composed(sitePlan(), b.now)
			b.pass(6 * time.Minute)
		}, "09:00:00开始"},
		press.AlarmTask: {func(b *testBench) {
			b.raw(`UPDATE copy SET task = '请在后台更正' WHERE id = $1`, b.page("甲").ID)
			b.Cleanup(func() { b.raw(`UPDATE copy SET task = ''`) })
		}, "请在后台更正"},
		press.AlarmStranger: {func(b *testBench) {
			b.raw(`INSERT INTO stranger (channel, ref, title, found_at, last_at) VALUES ('wechat', 'r9', '抽奖', $1, $1)`, b.now.UnixMicro())
		}, "《抽奖》"},
		press.AlarmSlot: {func(b *testBench) {
			must(b, b.Strike(b.ctx, "wechat", b.now.Add(-time.Hour), press.SlotAsked, b.now))
		}, "08:00"},
		press.AlarmTrouble: {func(b *testBench) {
			b.filed(ready("甲", "site"))
			b.composed(sitePlan(), b.now)
			b.fail(b.one("site"), &press.Trouble{Remedy: press.TryAgain, What: "磁盘写不进"})
		}, "磁盘写不进"},
		press.AlarmQuota: {func(b *testBench) {
			b.raw(`INSERT INTO quota (channel, name, day, spent) VALUES ('wechat', 'draft/add', '2026-11-25', 8)`)
		}, "draft/add"},
	} {
		t.Run(string(kind), func(t *testing.T) {
			b := setup(t)
			story.make(b)
			w := everybody()
			w.Quotas = quotas
			_, _, err := b.Judge(b.ctx, w, b.now)
			must(t, err)
			open, err := b.OpenAlarms(b.ctx)
			must(t, err)
			i := slices.IndexFunc(open, func(a press.Alarm) bool { return a.Kind == kind })
			if i < 0 || !strings.Contains(open[i].Text, story.word) || open[i].Remedy == "" || open[i].Level != kind.Level() {
				t.Fatalf("open are %+v", open)
			}
			if len(open) > 1 && kind != press.AlarmUnknown { // which nobody looks at here, and whose cause is a trouble of its channel
				t.Errorf("one trouble is %d alarms: %+v", len(open), open)
			}
			b.judged(w, 0, 0)
		})
	}
}

func TestWhatTheLedgerCannotKnowComesFromOutside(t *testing.T) {
	b := setup(t)
	w := everybody()
	w.Facts = []press.Alarm{{Key: "disk:/srv", Kind: press.AlarmDisk, Text: "磁盘快满了", Remedy: "请系统管理员清理"}}
	b.judged(w, 1, 0)
	w.Facts, w.Unsure = nil, []press.AlarmKind{press.AlarmDisk}
	b.judged(w, 0, 0)
	w.Unsure = nil
	b.judged(w, 0, 1)
}

func TestAHundredsOfAlarmsAreBounded(t *testing.T) {
	b := setup(t)
	var w Watch
	for i := range mostAlarms + 50 {
		w.Facts = append(w.Facts, press.Alarm{Key: fmt.Sprintf("disk:%03d", i), Kind: press.AlarmDisk, Text: "满"})
	}
	b.judged(w, mostAlarms+1, 0)
	open, err := b.OpenAlarms(b.ctx)
	must(t, err)
	if i := slices.IndexFunc(open, func(a press.Alarm) bool { return a.Key == "disk/more" }); i < 0 || !strings.Contains(open[i].Text, "另有50处") {
		t.Fatal("nobody says how many more there are")
	}
	// What is open stays open when others come before it, and only what is mended is closed.
	w.Facts = append([]press.Alarm{{Key: "disk:!", Kind: press.AlarmDisk, Text: "满"}}, w.Facts...)
	b.judged(w, 0, 0)
	w.Facts = w.Facts[2:] // disk:! and disk:000
	b.judged(w, 1, 1)
}

func TestAnAlarmThatFlapsIsOneStory(t *testing.T) {
	b := setup(t)
	c := b.page("甲")
	wrong := func() { b.sees(c, press.Sighting{Status: press.SeenGone}) }
	wrong()
	b.judged(everybody(), 1, 0)
	b.hears("邮件", "opened gone")
	b.pass(time.Minute)
	b.saw(c, press.SeenEqual)
	b.judged(everybody(), 0, 1)
	b.hears("邮件", "closed gone")
	for range 5 {
		b.pass(time.Minute)
		wrong()
		b.judged(everybody(), 1, 0)
		b.hears("邮件")
		b.pass(time.Minute)
		b.saw(c, press.SeenEqual)
		b.judged(everybody(), 0, 1)
		b.hears("邮件")
	}
	if n := b.count(`SELECT COUNT(*) FROM alarm`); n != 1 {
		t.Fatalf("%d stories", n)
	}
	b.pass(time.Minute)
	wrong()
	b.judged(everybody(), 1, 0)
	b.hears("邮件", "opened gone") // it was ten minutes since the last message
	if a, err := b.OpenAlarms(b.ctx); err != nil || a[0].Times != 7 {
		t.Fatalf("%+v: %v", a, err)
	}
	b.saw(c, press.SeenEqual)
	b.judged(everybody(), 0, 1)
	b.hears("邮件")
	b.pass(flapTime)
	b.hears("邮件", "closed gone")
	b.pass(time.Minute)
	wrong()
	b.judged(everybody(), 1, 0)
	if n := b.count(`SELECT COUNT(*) FROM alarm`); n != 2 {
		t.Fatalf("after a quarter of an hour it is the same story still: %d", n)
	}
}

func TestAPageThatIsChangedOtherwiseIsAnotherStory(t *testing.T) {
	b := setup(t)
	c := b.page("甲")
	for i, detail := range []string{"第1段", "第2段", "第2段"} {
		b.sees(c, press.Sighting{Status: press.SeenDiffers, Detail: detail})
		b.judged(everybody(), 1, 0)
		b.hears("邮件", [][]string{{"opened changed"}, {"opened changed"}, nil}[i]...)
		b.pass(time.Second)
		b.saw(c, press.SeenEqual)
		b.judged(everybody(), 0, 1)
		b.hears("邮件", [][]string{{"closed changed"}, {"closed changed"}, nil}[i]...)
	}
	if n := b.count(`SELECT COUNT(*) FROM alarm`); n != 2 {
		t.Fatalf("%d stories", n)
	}
}

func TestAWarningThatPassesIsNotTold(t *testing.T) {
	b := setup(t)
	w := everybody()
	w.Facts = []press.Alarm{{Key: "backup", Kind: press.AlarmBackup, Text: "没有备份"}}
	b.judged(w, 1, 0)
	b.hears("邮件")
	b.pass(time.Minute)
	w.Facts = nil
	b.judged(w, 0, 1)
	b.pass(time.Hour)
	b.hears("邮件")
	w.Facts = []press.Alarm{{Key: "backup", Kind: press.AlarmBackup, Text: "没有备份"}}
	b.judged(w, 1, 0)
	b.pass(settleTime)
	b.hears("邮件", "opened backup")
	b.hears("群") // of incidents only
}

func TestAnIncidentIsRemindedOfUntilSomebodyTakesIt(t *testing.T) {
	b := setup(t)
	b.sees(b.page("甲"), press.Sighting{Status: press.SeenGone})
	b.judged(everybody(), 1, 0)
	b.hears("邮件", "opened gone")
	for _, wait := range []time.Duration{remindFirst, remindThen} {
		b.pass(wait)
		b.judged(everybody(), 0, 0)
		b.hears("邮件", "reminded gone")
	}
	open, err := b.OpenAlarms(b.ctx)
	must(t, err)
	b.pass(remindThen)
	b.judged(everybody(), 0, 0) // a reminder is due when it is taken
	must(t, b.TakeAlarm(b.ctx, open[0].ID, publisher, b.now))
	b.hears("邮件")
	b.pass(48 * time.Hour)
	b.judged(everybody(), 0, 0)
	b.hears("邮件")
	open, err = b.OpenAlarms(b.ctx)
	must(t, err)
	if open[0].TakenBy != "李某" || open[0].Taken.IsZero() {
		t.Fatalf("nobody has taken %+v", open[0])
	}
	if err := b.TakeAlarm(b.ctx, 99, publisher, b.now); press.RemedyOf(err) != press.AskPerson {
		t.Fatalf("an alarm that is not there is taken: %v", err)
	}
}

func TestAReceiverThatFailsIsTriedAgainAndIsAnAlarmItself(t *testing.T) {
	b := setup(t)
	c := b.page("甲")
	b.sees(c, press.Sighting{Status: press.SeenGone})
	b.judged(everybody(), 1, 0)
	b.hears("邮件", "opened gone")
	down := &press.Trouble{Remedy: press.AskPerson, What: "机器人已被移出群"}
	var waits []time.Duration
	for range badReceiver {
		must(t, b.Told(b.ctx, "群", b.untold("群"), down, b.now))
		next, err := b.NextMessage(b.ctx, "群")
		must(t, err)
		waits = append(waits, next.Sub(b.now))
		b.now = next
	}
	if !slices.IsSorted(waits) || waits[0] != time.Minute || waits[1] <= waits[0] {
		t.Fatalf("it is tried again after %v", waits)
	}
	b.judged(everybody(), 1, 0)
	if !slices.Contains(b.alarms(), "receiver:群") {
		t.Fatalf("open are %v", b.alarms())
	}
	b.pass(settleTime)
	ns := b.untold("邮件")
	if len(ns) != 1 || !strings.Contains(ns[0].Text, "机器人已被移出群") {
		t.Fatalf("the others hear %+v", ns)
	}
	b.hears("邮件", "opened receiver")
	b.hears("群", "opened gone")
	b.judged(everybody(), 0, 1)
	b.hears("邮件", "closed receiver")
	b.saw(c, press.SeenEqual)
	b.judged(everybody(), 0, 1)
	b.hears("群", "closed gone")
}

func TestWhatIsOverWhileItIsBeingToldIsToldToBeOver(t *testing.T) {
	b := setup(t)
	c := b.page("甲")
	b.sees(c, press.Sighting{Status: press.SeenGone})
	b.judged(everybody(), 1, 0)
	ns := b.untold("群")
	b.saw(c, press.SeenEqual)
	b.judged(everybody(), 0, 1)
	must(t, b.Told(b.ctx, "群", ns, nil, b.now))
	b.hears("群", "closed gone")
	b.hears("邮件") // it never began to hear
}

func TestSlowLooksAreCountedInARow(t *testing.T) {
	b := setup(t)
	c := b.page("甲")
	look := func(s press.SightingStatus, d time.Duration) {
		b.sees(c, press.Sighting{Status: s, Digest: "d", Elapsed: d})
	}
	look(press.SeenEqual, 6*time.Second)
	look(press.SeenEqual, 6*time.Second)
	look(press.SeenEqual, time.Second)
	look(press.SeenEqual, 6*time.Second)
	look(press.SeenEqual, 6*time.Second)
	b.judged(everybody(), 0, 0)
	look(press.SeenBlind, 30*time.Second) // says nothing
	b.judged(everybody(), 0, 0)
	look(press.SeenEqual, 6*time.Second)
	b.judged(everybody(), 1, 0)
	look(press.SeenEqual, time.Second)
	b.judged(everybody(), 0, 1)
}

// BenchmarkJudge is what a judgement costs beside many public copies of which a few are wrong.
func BenchmarkJudge(b *testing.B) {
	t := setup(b)
	t.unchecked = true
	for i := range 300 {
		c := t.page(fmt.Sprint("件", i))
		if i%10 == 0 {
			t.sees(c, press.Sighting{Status: press.SeenGone})
		}
	}
	w := everybody()
	t.judged(w, 30, 0)
	for b.Loop() {
		t.judged(w, 0, 0)
	}
}
