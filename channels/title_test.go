package channels

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTitlesAreBrokenBetweenPhrases(t *testing.T) {
	for title, want := range map[string]string{
		"示例区人民政府办公室关于印发《示例区管理办法》的通知": "示例区人民政府办公室|关于印发|《示例区管理办法》的通知",
		"示例区2026年预算调整情况":             "示例区2026年预算调整情况",
		"关于王某任职的通知":                  "关于王某任职的通知",
		"事项清单（2026年版）":               "事项清单|（2026年版）",
		"":                           "",
	} {
		if got := strings.Join(phrases(title), "|"); got != want {
			t.Errorf("%q is parted %q, want %q", title, got, want)
		}
	}
	if got := TitleHTML("甲乙局关于印发《<b>》的通知"); got != `<span class="phrase">甲乙局</span><span class="phrase">关于印发</span><span class="phrase">《&lt;b&gt;》的通知</span>` {
		t.Errorf("title %q", got)
	}
}

func FuzzPhrases(f *testing.F) {
	f.Add("示例区人民政府办公室关于印发《示例区政务信息发布审核管理办法（试行）》的通知")
	f.Add("关于关于《》（）的")
	f.Add("\xff《\xff关于 a1b2c3 2026年度困难老年人家庭适老化改造补贴")
	f.Fuzz(func(t *testing.T, title string) {
		parts := phrases(title)
		if utf8.ValidString(title) && strings.Join(parts, "") != title {
			t.Errorf("%q became %q", title, parts)
		}
		if len(parts) > 1 && slices.Contains(parts, "") {
			t.Errorf("%q has an empty part: %q", title, parts)
		}
	})
}
