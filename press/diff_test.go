package press

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDiffTellsWordsNotLetters(t *testing.T) {
	for name, c := range map[string]struct {
		was, now string
		want     []Change
	}{
		"equal":                         {"第一条　为了规范", "第一条 为了\n规范", nil},
		"words parted elsewhere":        {"发送 e mail 申请", "发送 email 申请", nil},
		"a number is whole":             {"自2026年12月1日起施行。", "自2026年12月11日起施行。", []Change{{"2026年12月", "1", "11", "日起施行。"}}},
		"a word is whole":               {"使用 WeChat 平台", "使用 WeCom 平台", []Change{{"使用", "WeChat", "WeCom", "平台"}}},
		"put in":                        {"各街道办事处：", "各街道办事处、各部门：", []Change{{"各街道办事处", "", "、各部门", "："}}},
		"left out":                      {"不得收取任何费用。", "得收取任何费用。", []Change{{"", "不", "", "得收取任何费用。"}}},
		"from nothing":                  {"", "甲", []Change{{"", "", "甲", ""}}},
		"to nothing":                    {"甲 b", "", []Change{{"", "甲b", "", ""}}},
		"two changes with two between":  {"每月一千元整发放", "每年二千元整发放", []Change{{"每", "月一", "年二", "千元整发放"}}},
		"two changes with more between": {"每月由街道办理一次", "每年由街道办理二次", []Change{{"每", "月", "年", "由街道办理"}, {"由街道办理", "一", "二", "次"}}},
		"spaces stay between words":     {"Windows 10 系统", "Mac OS 系统", []Change{{"", "Windows 10", "Mac OS", "系统"}}},
		"the end of a paragraph":        {"有效期三年。\n示例区", "有效期五年。\n示例区", []Change{{"有效期", "三", "五", "年。"}}},
		"a whole paragraph":             {"甲乙。\n丙丁。\n戊己。", "甲乙。\n庚辛。\n戊己。", []Change{{"", "丙丁", "庚辛", "。"}}},
		"a paragraph that came":         {"甲乙。\n戊己。", "甲乙。\n庚辛，\n戊己。", []Change{{"甲乙。", "", "庚辛，", "戊己。"}}},
		"a paragraph that went":         {"甲乙。\n庚辛，\n戊己。", "甲乙。\n戊己。", []Change{{"甲乙。", "庚辛，", "", "戊己。"}}},
		"an unseen character":           {"政\u200b务公开a\u00adb", "政务公开abc", []Change{{"政务公开", "ab", "abc", ""}}},
	} {
		if diff := cmp.Diff(c.want, Diff(c.was, c.now)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestASentenceWrittenAnewIsOneChange(t *testing.T) {
	const before, after = "第三条　本办法适用于本行政区域。", "第五条　本办法由区政府办公室负责解释。"
	was := before + "申请人应当在收到通知之日起十五个工作日内向区民政局提交书面材料，逾期不予受理。" + after
	now := before + "申请材料可以随时通过网上平台提交，区民政局收到后五日内予以办理，并告知结果。" + after
	if got := Diff(was, now); len(got) > 4 {
		t.Errorf("a sentence is told as %d changes: %v", len(got), got)
	}
}

// put makes of was what the edits say it became.
func put(d *differ, edits []edit) string {
	var b strings.Builder
	at := 0
	for _, e := range edits {
		b.WriteString(spanOf(d.wasText, d.was[at:e.was]))
		b.WriteString(spanOf(d.nowText, d.now[e.now:e.nowEnd]))
		at = e.wasEnd
	}
	b.WriteString(spanOf(d.wasText, d.was[at:]))
	return Fold(b.String())
}

func checkDiff(t interface{ Fatalf(string, ...any) }, was, now string) {
	d := newDiffer(was, now)
	d.compare(0, len(d.was), 0, len(d.now))
	for _, edits := range [][]edit{d.edits(), calm(d.edits())} {
		if got := put(d, edits); got != Fold(now) {
			t.Fatalf("%q with its changes is %q, want %q", was, got, Fold(now))
		}
	}
	changes := Diff(was, now)
	if equal := Fold(was) == Fold(now); equal != (len(changes) == 0) {
		t.Fatalf("%q and %q: equal %v, %d changes", was, now, equal, len(changes))
	}
	for _, c := range changes {
		for side, text := range map[string]string{c.Before + c.Was + c.After: was, c.Now: now} {
			if !strings.Contains(Fold(text), Fold(side)) {
				t.Fatalf("%+v tells %q, which %q does not say", c, side, text)
			}
		}
	}
}

func TestChangesMakeTheNewTextOfTheOldOne(t *testing.T) {
	text := rapid.StringMatching(`[甲乙丙丁ab1 　\n，。]{0,40}`)
	rapid.Check(t, func(t *rapid.T) { checkDiff(t, text.Draw(t, "was"), text.Draw(t, "now")) })
}

// The search is cut short in texts that have nothing to do with each other; what comes of it is still right.
func TestChangesOfTextsThatHaveLittleInCommon(t *testing.T) {
	for seed := range uint64(3) {
		checkDiff(t, longText(seed, 6_000, 40), longText(seed+100, 5_000, 40))
	}
}

func FuzzDiff(f *testing.F) {
	f.Add("自2026年12月1日起施行。", "自2026年12月7日起施行。")
	f.Add("a ab", "aa b")
	f.Add("\xff\u200b甲\x80", "甲\xffe\u0301")
	f.Fuzz(func(t *testing.T, was, now string) { checkDiff(t, was, now) })
}

// longText is a text of n characters out of few.
func longText(seed uint64, n, few int) string {
	r := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	for range n {
		b.WriteRune('一' + rune(r.IntN(few)))
	}
	return b.String()
}

// editedIn is a text in which one character in so many is another one.
func editedIn(text string, oneIn int) string {
	r := rand.New(rand.NewPCG(7, 7))
	return strings.Map(func(c rune) rune {
		if r.IntN(oneIn) == 0 {
			return '龥'
		}
		return c
	}, text)
}

func BenchmarkDiff(b *testing.B) {
	was := longText(1, 100_000, 2000)
	for name, now := range map[string]string{
		"hundred changes":  editedIn(was, 1000),
		"many changes":     editedIn(was, 20),
		"nothing alike":    longText(2, 100_000, 2000),
		"few characters":   longText(2, 100_000, 40),
		"moved":            was[150_000:] + was[:150_000],
		"another alphabet": strings.Repeat("龥", 100_000),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Diff(was, now)
			}
		})
	}
}
