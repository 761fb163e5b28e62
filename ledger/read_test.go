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

func (b *testBench) lines(f Filter) string {
	b.Helper()
	lines, _, err := b.Lines(b.ctx, f)
	must(b, err)
	var names []string
	for _, x := range lines {
		names = append(names, x.Item.ExternalID)
	}
	return strings.Join(names, " ")
}

func TestLinesFilter(t *testing.T) {
	b := setup(t)
	file := func(f Filing) {
		b.pass(time.Second)
		b.filed(f)
	}
	file(ready("已发", "site", "wechat"))
	b.verified(sitePlan())
	file(ready("被拒", "site"))
	b.composed(sitePlan(), b.now)
	b.settle(b.one("site"), press.Receipt{Status: press.Refused})
	file(draft("待审", "site"))
	file(ready("重试", "site"))
	b.composed(sitePlan(), b.now)
	b.settle(b.one("site"), press.Receipt{Status: press.Refused})
	_, err := b.Retry(b.ctx, "重试", "", Hint{}, publisher, b.now)
	must(t, err)
	f := ready("文号", "gazette")
	f.Revision.Meta.DocNumber = "示政发〔2026〕10_号"
	f.Revision.Title = "100%完成"
	f.Item.BelongsWith = []string{"别的", "已发"}
	f.Item.Wants[0].NotBefore = start.Add(time.Hour)
	file(f)
	id := string(b.copy("已发", "site").Item)

	for _, c := range []struct {
		f    Filter
		want string
	}{
		{Filter{}, "文号 重试 待审 被拒 已发"},
		{Filter{Limit: 2}, "文号 重试"},
		{Filter{State: press.Hand}, "被拒"},
		{Filter{State: press.Partly}, "已发"},
		{Filter{Channel: "wechat"}, "已发"},
		{Filter{Copy: press.CopyRefused}, "被拒"}, // and not the one whose next generation waits
		{Filter{Channel: "site", Copy: press.CopyVerified}, "已发"},
		{Filter{Channel: "site", Copy: press.Waiting}, "重试 待审"},
		{Filter{Channel: "wechat", Copy: press.NotWanted}, "文号 重试 待审 被拒"},
		{Filter{Channel: "site", Copy: press.CopyRefused, State: press.Hand}, "被拒"},
		{Filter{Title: "待审"}, "待审"},
		{Filter{Title: "示政发〔2026〕"}, "文号"},
		{Filter{Title: "10_号"}, "文号"},
		{Filter{Title: "1_0"}, ""},
		{Filter{Title: "1"}, ""}, // a number is found as a whole
		{Filter{Title: "100%"}, "文号"},
		{Filter{Title: "完成 示政发"}, "文号"},
		{Filter{Title: "完成 示政发", State: press.Hand}, ""},
		{Filter{Title: "%"}, ""},
		{Filter{Copy: press.NotWanted}, ""},
		{Filter{Waits: ForGate}, "文号 待审"},
		{Filter{Waits: ForGate, Channel: "wechat"}, ""},
		{Filter{Waits: ForGate, Title: "待审", Copy: press.Waiting}, "待审"},
		{Filter{Waits: ForRelease}, ""},
		{Filter{State: press.Partly, Channel: "site"}, "已发"},
		{Filter{Title: `\`}, ""},
		{Filter{Title: id}, "已发"},
		{Filter{Title: "已发", Channel: "gazette"}, ""},
	} {
		equal(t, fmt.Sprintf("%+v", c.f), b.lines(c.f), c.want)
	}
	lines, _, err := b.Lines(b.ctx, Filter{})
	must(t, err)
	for _, x := range lines { // a line tells the same as the whole story
		s := b.story(string(x.Item.ID))
		equal(t, "line", fmt.Sprintf("%+v", x), fmt.Sprintf("%+v", s.Line))
	}
	for _, after := range []string{"不是标记", "MTcgeA", "eA"} {
		if _, _, err := b.Lines(b.ctx, Filter{After: after}); !errors.Is(err, ErrCursor) {
			t.Fatalf("cursor %q: %v", after, err)
		}
	}
}

func TestLinesPages(t *testing.T) {
	b := setup(t)
	prefill(t, b, 3000)
	for _, f := range []Filter{{Limit: 70}, {Limit: 1000}, {Limit: 70, State: press.Everyone}, {Limit: 70, Channel: "site", Copy: press.CopyVerified},
		{Limit: 70, Copy: press.CopyVerified}, {Limit: 70, Channel: "site"}, {Limit: 70, Title: "工作"}} {
		var got []press.ItemID
		for {
			lines, next, err := b.Lines(b.ctx, f)
			must(t, err)
			for _, x := range lines {
				got = append(got, x.Item.ID)
			}
			b.pass(time.Second)
			b.filed(draft("", "site")) // new ones come while a person turns the pages
			if next == "" {
				break
			}
			f.After = next
		}
		n := len(got)
		slices.Sort(got)
		equal(t, "without doubles", len(slices.Compact(got)), n)
		if n < 3000 {
			t.Fatalf("%+v: %d items of 3000", f, n)
		}
	}
}

func TestEditionsPages(t *testing.T) {
	b := setup(t)
	for i := range 12 {
		b.now = start.Add(time.Duration(i/3) * time.Hour) // three in a slot
		b.filed(ready(fmt.Sprint(i), "site"))
		if i%3 == 2 {
			b.composed(sitePlan(), b.now)
		}
	}
	var keys []string
	for before := (time.Time{}); ; {
		page, err := b.Editions(b.ctx, "", before, 2)
		must(t, err)
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			keys = append(keys, e.Key)
			before = e.Slot.At
		}
	}
	equal(t, "editions", len(keys), 12)
	slices.Sort(keys)
	equal(t, "without doubles", len(slices.Compact(keys)), 12)
	none, err := b.Editions(b.ctx, "gazette", time.Time{}, 10)
	must(t, err)
	equal(t, "of another channel", len(none), 0)
}

func TestStory(t *testing.T) {
	b := setup(t)
	f := ready("甲", "site", "wechat")
	f.Item.ReleaseAt = start.Add(time.Minute)
	f.Item.BelongsWith = []string{"甲"}
	b.filed(f)
	b.pass(time.Minute)
	b.verified(sitePlan())
	s := b.story("甲")
	equal(t, "title", s.Title, "示例区召开甲工作会议")
	equal(t, "receipts", len(s.Receipts), 1)
	equal(t, "receipt of", s.Receipts[0].Channel, "site")
	equal(t, "sightings", len(s.Sightings), 1)
	equal(t, "copies", len(s.Copies), 2)
	equal(t, "release", s.Item.ReleaseAt.Equal(start.Add(time.Minute)), true)
	equal(t, "stops", press.Stops(s.Findings), false)
	var verbs []string
	for _, m := range s.Moves {
		verbs = append(verbs, m.Verb)
	}
	equal(t, "history", strings.Join(verbs, " "), "file approve compose publish look")
	if lag := s.Copies[0].Since.Sub(b.now); lag != 0 {
		t.Fatalf("since = %v", s.Copies[0].Since)
	}
}

func TestHealth(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	later := ready("乙", "site")
	later.Item.ReleaseAt = start.Add(24 * time.Hour)
	b.filed(later)
	b.composed(sitePlan(), b.now)
	b.pass(2 * time.Minute)
	h, err := b.Health(b.ctx, b.now)
	must(t, err)
	equal(t, "health", fmt.Sprint(h.Overdue, h.Waiting, h.Unknown), "1 1 0")
	equal(t, "last move", h.LastMove.Equal(start), true)
	b.fail(b.one("site"), fmt.Errorf("timeout"))
	lease, err := b.Take(b.ctx, "发布服务", b.now)
	must(t, err)
	h, err = b.Health(b.ctx, b.now)
	must(t, err)
	equal(t, "health", fmt.Sprint(h.Overdue, h.Waiting, h.Unknown), "0 1 1")
	equal(t, "holder", strings.HasPrefix(h.Holder, "发布服务"), true)
	must(t, lease.Release())
}
