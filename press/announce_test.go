package press

import (
	"strings"
	"testing"
	"unicode/utf8"

	"tongfa/workday"
)

func TestAnAnnouncementHasTheDirectoryOfItsIssue(t *testing.T) {
	entry := func(section, title, number string, s CopyState) Entry {
		return Entry{Section: section, Copy: Copy{State: s, URL: "https://x/" + title}, Revision: Revision{Title: title, Meta: Meta{DocNumber: number}}}
	}
	e := Edition{Title: "示例区人民政府公报 2026年第4号（总第123号） 专刊", Year: 2026, Number: 4, Total: 123, Errata: make([]Correction, 2), Entries: []Entry{
		entry("政府文件", "甲办法", "示政发〔2026〕1号", CopyVerified), entry("政府文件", "乙办法", "", CopyWithdrawn), entry("政策解读", "丙解读", "", CopyLive)}}
	r := Announcement(e, "https://x/2026/04/", "示例区人民政府办公室", workday.Date{Year: 2026, Month: 10, Day: 1})
	want := `《示例区人民政府公报》2026年第4号（总第123号） 专刊已于2026年10月1日出版，刊登2篇，更正2则。全文见电子版。
政府文件
1. 甲办法（示政发〔2026〕1号）
政策解读
2. 丙解读`
	if got := Text(r.Body); got != want {
		t.Errorf("says\n%s", got)
	}
	if r.Title != "《示例区人民政府公报》2026年第4号（总第123号） 专刊出版" || r.ShortTitle != "示例区人民政府公报2026年第4号" || r.Meta.Summary != "本期刊登：甲办法；丙解读。" || r.Meta.Column != "政府公报" {
		t.Errorf("%q %q %q", r.Title, r.ShortTitle, r.Meta.Summary)
	}
	for n := range 40 {
		var titles []string
		for range n {
			titles = append(titles, strings.Repeat("长", 3*n))
		}
		if s := announced(titles); utf8.RuneCountInString(s) > mostAnnounced+len("本期刊登：") && n > 1 && 3*n < 90 {
			t.Errorf("%d titles: %d characters", n, utf8.RuneCountInString(s))
		}
	}
}
