package ledger

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongfa/press"
)

// commands are what a person can do, in one line.
func commands(t Todo) string {
	var out []string
	for _, h := range t.Help {
		out = append(out, h.Name)
	}
	return strings.Join(out, " ")
}

func (b *testBench) todo(ref string) Todo {
	b.Helper()
	list := b.story(ref).Todo
	if len(list) != 1 {
		b.Fatalf("%d things are open: %+v", len(list), list)
	}
	return list[0]
}

func TestTodo(t *testing.T) {
	for name, tc := range map[string]struct {
		do         func(b *testBench)
		verb       press.Verb
		next, help string
	}{
		"nothing was begun yet": {func(b *testBench) {}, press.Publish, "开始", "现在就查 等待"},
		"being sent":            {func(b *testBench) { b.one("wechat") }, press.Publish, "正在进行", "等待"},
		"unknown": {func(b *testBench) {
			a := b.one("wechat")
			b.intend(a, "publish")
			b.fail(a, errors.New("timeout"))
		}, press.Publish, "先查明再决定，查明以前不会重发", "登记链接 认定未发布 现在就查 等待"},
		"handed over": {func(b *testBench) {
			a := b.one("wechat")
			b.intend(a, "publish")
			b.settle(a, press.Receipt{Status: press.HandedOver})
		}, press.Publish, "先查明再决定，查明以前不会重发", "登记链接 现在就查 等待"},
		"paused": {func(b *testBench) {
			must(b, b.Pause(b.ctx, "wechat", "检修", publisher, b.now))
		}, press.Publish, "渠道已暂停，恢复以后继续", "恢复渠道"},
		"refused": {func(b *testBench) { b.settle(b.one("wechat"), press.Receipt{Status: press.Refused}) }, press.Publish, "等人处理", "修改后重新报送 再试"},
		"differs": {func(b *testBench) {
			b.settle(b.one("wechat"), live())
			b.saw(b.copy("甲", "wechat"), press.SeenDiffers)
		}, press.Amend, "再次核验", "恢复公开文本 现在就核验 撤回"},
		"behind": {func(b *testBench) {
			b.settle(b.one("wechat"), live())
			b.revised("甲", "一", "wechat")
		}, press.Amend, "等人决定", "更正 保留原文"},
		"by hand": {func(b *testBench) {
			b.settle(b.one("wechat"), live())
			b.revised("甲", "一", "wechat")
			b.correct("甲", Correction{Reason: "有误"})
		}, press.Amend, "等人完成", "标记已完成 保留原样"},
		"a withdrawal that a person has to make": {func(b *testBench) {
			b.settle(b.one("wechat"), live())
			must(b, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
			b.settle(b.one("wechat"), press.Receipt{Status: press.NeedsHand, Note: "请在后台删除"})
		}, press.Withdraw, "再试", "撤下以后再查 认定已撤下"},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			b.filed(ready("甲", "wechat"))
			b.composed(wechatPlan(), b.now)
			tc.do(b)
			got := b.todo("甲")
			equal(t, "channel", got.Channel, "wechat")
			equal(t, "verb", got.Verb, tc.verb)
			equal(t, "next", got.Next, tc.next)
			equal(t, "help", commands(got), tc.help)
			if got.What == "" && tc.verb != press.Publish || got.Since.IsZero() {
				t.Errorf("what or since is missing: %+v", got)
			}
			for _, h := range got.Help {
				if (h.Command == "") != (h.Name == "等待") || h.Command != "" && !strings.HasPrefix(h.Command, "tongfa ") {
					t.Errorf("command %q", h.Command)
				}
			}
		})
	}
}

func TestTodoTellsWhenItLooksAndHowOftenItWasTried(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "wechat"))
	b.composed(wechatPlan(), b.now)
	a := b.one("wechat")
	b.intend(a, "publish")
	b.fail(a, errors.New("timeout"))
	since := b.now
	for range 3 {
		b.pass(time.Hour)
		b.fail(b.one("wechat"), errors.New("timeout"))
	}
	got := b.todo("甲")
	equal(t, "tries", got.Tries, 4)
	equal(t, "since", got.Since.Equal(since), true)
	equal(t, "next look", got.At.After(b.now), true)
	b.settle(b.lateOne(), live())
	equal(t, "open", len(b.story("甲").Todo), 0)
}

// While an outcome is unknown the same act is handed out again with what it began on record, so that its channel looks; nothing else is made of the
// item there, and what is open is told.
func TestNothingIsSentAgainWhileItIsUnknown(t *testing.T) {
	bounded(t, "rapid.checks", "30")
	bounded(t, "rapid.nofailfile", "true")
	rapid.Check(t, func(r *rapid.T) {
		tb := &rapidTB{TB: t, r: r}
		defer func() {
			for _, end := range slices.Backward(tb.ends) {
				end()
			}
		}()
		b := setup(tb)
		b.filed(ready("甲", "wechat"))
		b.composed(wechatPlan(), b.now)
		first := b.one("wechat")
		b.intend(first, "publish")
		a := first
		for range rapid.IntRange(1, 12).Draw(r, "answers") {
			switch rapid.SampledFrom([]string{"lost", "blind", "cannot tell", "handed over", "put off", "crash"}).Draw(r, "answer") {
			case "lost":
				b.fail(a, errors.New("connection reset"))
			case "blind":
				b.fail(a, &press.Trouble{Remedy: press.LookFirst, What: "查不到"})
			case "cannot tell":
				b.settle(a, press.Receipt{Status: press.CannotTell})
			case "handed over":
				b.settle(a, press.Receipt{Status: press.HandedOver})
			case "put off":
				b.fail(a, &press.Trouble{Remedy: press.TryLater, What: "次数用完", When: b.now.Add(time.Minute)})
			case "crash":
				b.crash()
			}
			open := b.todo("甲")
			if len(open.Help) == 0 || open.Next == "" || open.Tries == 0 {
				r.Fatalf("open and not told: %+v", open)
			}
			if rapid.Bool().Draw(r, "retried") {
				_, err := b.Retry(b.ctx, "甲", "", Hint{}, publisher, b.now)
				must(b, err)
			}
			b.pass(time.Duration(rapid.IntRange(31, 200).Draw(r, "minutes")) * time.Minute)
			equal(b, "composed anew", len(b.composed(wechatPlan(), b.now)), 0)
			a = b.one("wechat")
			equal(b, "act", a.ID, first.ID)
			steps, err := b.Journal(a, func() time.Time { return b.now }).Steps(b.ctx)
			must(b, err)
			equal(b, "steps on record", len(steps), 1)
		}
		b.settle(a, live())
		equal(b, "generation", b.state("甲", "wechat", press.CopyLive).Generation, 1)
		equal(b, "publications", b.count(`SELECT COUNT(*) FROM act WHERE verb = 'publish'`), 1)
	})
}

// lateOne is the act that is due after a while.
func (b *testBench) lateOne() press.Act {
	b.Helper()
	b.pass(time.Hour)
	return b.one("wechat")
}

func TestLinesTellWhatWaitsForAPerson(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "wechat"))
	b.filed(ready("乙", "wechat"))
	b.verified(wechatPlan())
	b.revised("甲", "一", "wechat")
	lines, _, err := b.Lines(b.ctx, Filter{})
	must(t, err)
	for _, x := range lines {
		equal(t, x.Item.ExternalID, x.Waits(), x.Item.ExternalID == "甲")
	}
}
