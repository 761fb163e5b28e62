package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

func (b *testBench) due(a press.Act) time.Duration {
	b.Helper()
	n := b.count(`SELECT COALESCE(due_at, 0) FROM act WHERE id = $1`, a.ID)
	if n == 0 {
		return -1
	}
	return time.UnixMicro(int64(n)).Sub(b.now)
}

func TestReceiptTurnsCopy(t *testing.T) {
	trouble := func(r press.Remedy) error {
		return &press.Trouble{Remedy: r, What: "出了问题", Who: "新媒体编辑", Do: "看一看"}
	}
	for _, c := range []struct {
		name   string
		r      press.Receipt
		failed error
		want   press.CopyState
		due    time.Duration // of the act; -1 when it is done
	}{
		{"live", live(), nil, press.CopyLive, -1},
		{"handed over", press.Receipt{Status: press.HandedOver}, nil, press.CopyHanded, time.Second},
		{"handed over, again at", press.Receipt{Status: press.HandedOver, Again: start.Add(time.Hour)}, nil, press.CopyHanded, time.Hour},
		{"again in the past", press.Receipt{Status: press.HandedOver, Again: start.Add(-time.Hour)}, nil, press.CopyHanded, 0},
		{"cannot tell", press.Receipt{Status: press.CannotTell}, nil, press.CopyUnknown, time.Second},
		{"refused", press.Receipt{Status: press.Refused}, nil, press.CopyRefused, -1},
		{"needs hand", press.Receipt{Status: press.NeedsHand}, nil, press.CopyNeedsHand, time.Hour},
		{"gone", press.Receipt{Status: press.Gone}, nil, press.CopyDiffers, -1},
		{"absent", press.Receipt{Status: press.Absent}, nil, press.Waiting, time.Second},
		{"try again", press.Receipt{}, trouble(press.TryAgain), press.Waiting, time.Second},
		{"try later", press.Receipt{}, &press.Trouble{Remedy: press.TryLater, When: start.Add(3 * time.Hour)}, press.Waiting, 3 * time.Hour},
		{"a person", press.Receipt{}, trouble(press.AskPerson), press.CopyNeedsHand, 10 * time.Minute},
		{"change text", press.Receipt{}, trouble(press.ChangeText), press.CopyRefused, -1},
		{"unknown", press.Receipt{}, trouble(press.LookFirst), press.CopyUnknown, time.Second},
		{"an error that does not say", press.Receipt{}, errors.New("EOF"), press.CopyUnknown, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := setup(t)
			b.filed(ready("甲", "wechat"))
			b.composed(wechatPlan(), b.now)
			a := b.one("wechat")
			equal(t, "begun again", len(b.begun("wechat")), 0)
			must(t, b.Settle(b.ctx, a, c.r, c.failed, b.now))
			b.state("甲", "wechat", c.want)
			equal(t, "due", b.due(a), c.due)
			must(t, b.Settle(b.ctx, a, c.r, c.failed, b.now))
			b.state("甲", "wechat", c.want)
			equal(t, "receipts", len(b.story("甲").Receipts), 1)
			equal(t, "composed", len(b.composed(wechatPlan(), b.now)), 0)
		})
	}
}

func TestWithdrawalReceipt(t *testing.T) {
	for _, c := range []struct {
		status press.Status
		want   press.CopyState
		open   bool
	}{
		{press.Gone, press.CopyWithdrawn, false},
		{press.Live, press.CopyLive, true},
		{press.CannotTell, press.CopyLive, true},
		{press.HandedOver, press.CopyLive, true},
		{press.NeedsHand, press.CopyNeedsHand, true},
		{press.Refused, press.CopyNeedsHand, true},
	} {
		t.Run(string(c.status), func(t *testing.T) {
			b := setup(t)
			b.filed(ready("甲", "site"))
			b.out(sitePlan())
			must(t, b.Withdraw(b.ctx, "甲", "内容有误", press.NoticeGone, publisher, b.now))
			a := b.one("site")
			equal(t, "verb", a.Verb, press.Withdraw)
			equal(t, "reason", a.Reason, "内容有误")
			equal(t, "notice", a.Notice, press.NoticeGone)
			b.settle(a, press.Receipt{Status: c.status})
			b.state("甲", "site", c.want)
			equal(t, "open", b.due(a) >= 0, c.open)
			if c.open {
				b.pass(2 * time.Hour)
				b.settle(b.one("site"), press.Receipt{Status: press.Gone})
			}
			b.state("甲", "site", press.CopyWithdrawn)
			equal(t, "shown", b.story("甲").Shown, press.Withdrawn)
		})
	}
}

func TestBackOffGrows(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	b.composed(sitePlan(), b.now)
	var waits []time.Duration
	for i := range 10 {
		a := b.one("site")
		equal(t, "attempts before", a.Attempt, i)
		b.fail(a, &press.Trouble{Remedy: press.TryAgain, What: "连接被拒绝"})
		waits = append(waits, b.due(a))
		b.pass(b.due(a) - time.Nanosecond)
		equal(t, "begun early", len(b.begun("site")), 0)
		b.pass(time.Nanosecond)
	}
	equal(t, "waits", fmt.Sprint(waits), "[1s 5s 15s 1m0s 2m0s 5m0s 10m0s 30m0s 30m0s 30m0s]")
	equal(t, "receipts", len(b.story("甲").Receipts), 1)
	b.settle(b.one("site"), live())
	chs, err := b.Channels(b.ctx)
	must(t, err)
	equal(t, "trouble after it went well", chs[0].Trouble, "")
}

func TestTroubleIsShown(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	b.composed(sitePlan(), b.now)
	b.fail(b.one("site"), &press.Trouble{Remedy: press.ChangeText, What: "正文含违规词", Code: "53503"})
	chs, err := b.Channels(b.ctx)
	must(t, err)
	equal(t, "trouble", chs[0].Trouble, "正文含违规词（代码 53503）")
	equal(t, "code", b.story("甲").Receipts[0].Code, "53503")
}

func TestPausedChannelDoesNothing(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	b.composed(sitePlan(), b.now)
	must(t, b.Pause(b.ctx, "site", "网站迁移", publisher, b.now))
	equal(t, "begun", len(b.begun("site")), 0)
	next, err := b.Next(b.ctx, "site", false)
	must(t, err)
	equal(t, "next", next.IsZero(), true)
	must(t, b.Unpause(b.ctx, "site", publisher, b.now))
	equal(t, "begun", len(b.begun("site")), 1)
	if err := b.Pause(b.ctx, "没有", "", publisher, b.now); err == nil {
		t.Fatal("paused a channel that is not there")
	}
}

func TestPartlyRefused(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "wechat"))
	b.filed(ready("乙", "wechat"))
	key := b.composed(wechatPlan(), b.now)[0]
	a := b.one("wechat")
	one, two := a.Edition.Entries[0].Copy, a.Edition.Entries[1].Copy
	b.settle(a, press.Receipt{Status: press.HandedOver, Parts: []press.Part{
		{Copy: one.ID, Status: press.Live, URL: "https://mp.example.com/1"}, {Copy: two.ID, Status: press.HandedOver}}})
	b.saw(b.state("甲", "wechat", press.CopyLive), press.SeenEqual)

	b.pass(time.Minute) // what is out stays out while the other is not known
	b.fail(b.one("wechat"), errors.New("timeout"))
	b.state("甲", "wechat", press.CopyVerified)
	b.state("乙", "wechat", press.CopyUnknown)

	b.pass(time.Minute)
	b.settle(b.one("wechat"), press.Receipt{Status: press.Live, Parts: []press.Part{
		{Copy: one.ID, Status: press.Live}, {Copy: two.ID, Status: press.Refused, Note: "标题党"}}})
	b.state("甲", "wechat", press.CopyVerified)
	equal(t, "note", b.state("乙", "wechat", press.CopyRefused).Note, "标题党")
	e, err := b.Edition(b.ctx, key)
	must(t, err)
	equal(t, "edition", e.State, press.EditionPart)
	f := ready("乙", "wechat")
	f.Revision.Title = "换一个标题"
	b.filed(f) // a new text is a new try
	equal(t, "generation", b.state("乙", "wechat", press.Waiting).Generation, 2)
	equal(t, "items", b.items(b.composed(wechatPlan(), b.now)[0]), "乙")
}

func TestTakenDownAfterItWasOut(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "wechat"))
	b.filed(ready("乙", "wechat"))
	b.composed(wechatPlan(), b.now)
	a := b.one("wechat")
	b.settle(a, press.Receipt{Status: press.HandedOver, Parts: []press.Part{{Copy: a.Edition.Entries[0].Copy.ID, Status: press.Live}}})
	b.pass(time.Minute)
	b.settle(b.one("wechat"), press.Receipt{Status: press.Refused})
	b.state("甲", "wechat", press.CopyDiffers) // keeps its claim
	b.state("乙", "wechat", press.CopyRefused)
	equal(t, "claims", b.count(`SELECT COUNT(*) FROM entry WHERE claims = 1`), 1)
}

// TestCrashAnywhere ends the program after each of its calls to the ledger, and lets the next one go on.
func TestCrashAnywhere(t *testing.T) {
	const calls = 7
	for crash := range calls + 1 {
		t.Run(fmt.Sprint("after call ", crash), func(t *testing.T) {
			b := setup(t)
			did := 0
			call := func(f func() error) bool {
				t.Helper()
				if did == crash {
					return false
				}
				did++
				must(t, f())
				return true
			}
			var a press.Act
			published := 0
			run := func() {
				_ = call(func() error { _, err := b.File(b.ctx, ready("甲", "site"), b.now); return err }) &&
					call(func() error { _, err := b.Compose(b.ctx, sitePlan(), b.now, b.now); return err }) &&
					call(func() error { a = b.one("site"); return nil }) &&
					call(func() error { return b.Journal(a, time.Now).Intend(b.ctx, "write") }) &&
					call(func() error { published++; return b.Journal(a, time.Now).Done(b.ctx, "write", "r1") }) &&
					call(func() error { return b.Settle(b.ctx, a, live(), nil, b.now) }) &&
					call(func() error {
						return b.Saw(b.ctx, press.Sighting{Copy: a.Edition.Entries[0].Copy.ID, Status: press.SeenEqual}, b.now)
					})
			}
			run()
			b.pass(time.Minute)
			b.crash()
			crash = -1
			b.filed(ready("甲", "site"))
			b.composed(sitePlan(), b.now)
			for _, a := range b.begun("site") {
				steps, err := b.Journal(a, time.Now).Steps(b.ctx)
				must(t, err)
				if len(steps) == 0 || published == 0 { // the look proves it absent
					b.intend(a, "write")
					published++
				}
				b.settle(a, live())
			}
			looks, err := b.Looks(b.ctx, "site", b.now, 10)
			must(t, err)
			for _, e := range looks {
				b.saw(e.Copy, press.SeenEqual)
			}
			b.state("甲", "site", press.CopyVerified)
			equal(t, "published", published, 1)
			equal(t, "editions", b.count(`SELECT COUNT(*) FROM edition`), 1)
			equal(t, "claims", b.count(`SELECT COUNT(*) FROM entry WHERE claims = 1`), 1)
			equal(t, "acts", b.count(`SELECT COUNT(*) FROM act`), 1)
		})
	}
}

func TestJournal(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "wechat"))
	b.composed(wechatPlan(), b.now)
	j := b.Journal(b.one("wechat"), func() time.Time { return b.now })
	if err := j.Done(b.ctx, "draft", "x"); err == nil {
		t.Fatal("done what was not intended")
	}
	for _, ref := range []string{"r1", "r2"} {
		must(t, j.Intend(b.ctx, "draft"))
		must(t, j.Done(b.ctx, "draft", ref))
	}
	must(t, j.Intend(b.ctx, "publish"))
	b.crash()
	steps, err := b.Journal(press.Act{ID: 1}, time.Now).Steps(b.ctx)
	must(t, err)
	equal(t, "steps", len(steps), 3)
	equal(t, "first", steps[0].Ref+steps[1].Ref, "r1r2")
	equal(t, "open", steps[2].Done.IsZero(), true)

	_, ok, err := j.Asset(b.ctx, "abc")
	must(t, err)
	equal(t, "known", ok, false)
	must(t, j.Keep(b.ctx, "abc", "m1"))
	must(t, j.Keep(b.ctx, "abc", "m2"))
	ref, ok, err := j.Asset(b.ctx, "abc")
	must(t, err)
	equal(t, "known", ok, true)
	equal(t, "ref", ref, "m2")
}

func TestQuotaEndsWithTheBeijingDay(t *testing.T) {
	b := setup(t)
	b.now = time.Date(2026, 11, 25, 15, 59, 0, 0, time.UTC) // 23:59 in Beijing
	j := b.Journal(press.Act{Edition: press.Edition{Slot: press.Slot{Channel: "wechat"}}}, func() time.Time { return b.now })
	q := press.Quota{Name: "publish", PerDay: 10, Reserve: 2}
	must(t, j.Spend(b.ctx, q, 7))
	err := j.Spend(b.ctx, q, 2)
	var told *press.Trouble
	if !errors.As(err, &told) || told.Remedy != press.TryLater {
		t.Fatalf("error = %v, want TryLater", err)
	}
	equal(t, "again", told.When.Equal(time.Date(2026, 11, 25, 16, 5, 0, 0, time.UTC)), true)
	must(t, j.Spend(b.ctx, q, 1)) // what was refused was not spent
	b.pass(time.Minute)
	must(t, j.Spend(b.ctx, q, 8))
}

func TestBeginItem(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site", "gazette"))
	b.filed(ready("乙", "site"))
	b.composed(sitePlan(), b.now)
	pending, err := b.Pending(b.ctx, "甲")
	must(t, err)
	equal(t, "pending", pending, true)
	as, err := b.BeginItem(b.ctx, "甲", b.now)
	must(t, err)
	equal(t, "begun", len(as), 1)
	equal(t, "item", as[0].Edition.Entries[0].Item.ExternalID, "甲")
	b.settle(as[0], live())
	pending, err = b.Pending(b.ctx, "甲")
	must(t, err)
	equal(t, "pending", pending, false)
}

func TestBeginGoesOnPastWhatItGivesUp(t *testing.T) {
	b := setup(t)
	for _, ext := range []string{"甲", "乙"} {
		b.filed(ready(ext, "site"))
	}
	b.composed(sitePlan(), b.now)
	must(t, b.Hold(b.ctx, "甲", "", publisher, b.now))
	as, err := b.Begin(b.ctx, "site", b.now, 1)
	must(t, err)
	equal(t, "begun", len(as), 1)
	equal(t, "item", as[0].Edition.Entries[0].Item.ExternalID, "乙")
}

func TestAnswerAfterAPersonWasQuicker(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "wechat"))
	b.composed(wechatPlan(), b.now)
	a := b.one("wechat")
	b.intend(a, "publish")
	b.settle(a, press.Receipt{Status: press.NeedsHand})
	b.pass(2 * time.Hour)
	slow := b.one("wechat")
	_, err := b.Retry(b.ctx, "甲", "wechat", Hint{Link: "https://mp.example.com/hand"}, publisher, b.now)
	must(t, err)
	b.settle(slow, live())
	c := b.state("甲", "wechat", press.CopyLive)
	equal(t, "link", c.URL, "https://mp.example.com/hand")
	if !strings.Contains(c.Note, "发布两次") {
		t.Errorf("nobody is told that it may be out twice: %q", c.Note)
	}
	equal(t, "receipts", len(b.story("甲").Receipts), 2)
}

func TestNothingIsRewritten(t *testing.T) {
	b := setup(t)
	f := ready("甲", "site")
	f.Revision.Body = append(f.Revision.Body, press.P("联系人手机：13800138000。"))
	b.filed(f)
	_, err := b.Waive(b.ctx, "甲", "pii.phone", "依法公开", publisher, b.now)
	must(t, err)
	b.verified(sitePlan())
	for _, q := range []string{
		`UPDATE move SET detail = ''`, `DELETE FROM move`,
		`UPDATE receipt SET raw = ''`, `DELETE FROM receipt`,
		`UPDATE revision SET title = ''`, `DELETE FROM revision`,
		`UPDATE approval SET pass = 1`, `DELETE FROM approval`,
		`UPDATE waiver SET reason = ''`, `DELETE FROM waiver`,
		`UPDATE sighting SET status = 'gone'`, `DELETE FROM sighting`,
		`DELETE FROM copy`, `DELETE FROM item`,
		`UPDATE copy SET first_at = first_at - 1`, `UPDATE copy SET first_at = NULL`,
	} {
		_, err := b.writes.ExecContext(context.Background(), q)
		if err == nil {
			t.Errorf("%s: went through", q)
		}
	}
}
