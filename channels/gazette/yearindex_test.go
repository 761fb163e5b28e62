package gazette

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"tongfa/press"
	"tongfa/typeset"
)

// withIndex is compose for the last issue of the year, which carries its index.
func (o *office) withIndex(index []press.Indexed, entries ...press.Entry) press.Edition {
	ed := o.compose(entries...)
	ed.WithIndex, ed.Index = true, index
	o.memory.Compose(&ed, o.gazette)
	return ed
}

func TestTheLastIssueCarriesTheIndexOfItsYear(t *testing.T) {
	o := newOffice(t)
	first := o.publish(o.entry(titled("第四号的办法")), o.entry(titled("第四号的解读"), kind(press.Interpretation)))
	o.imported(press.BackIssue{Year: 2026, Number: 3, Total: 122, Day: "2026-07-01", PDF: sum([]byte(pastPDF)), Articles: []press.BackArticle{{Section: "政府文件", Title: "第三号的办法", Page: 5}}})
	o.advance(24 * time.Hour)
	index := []press.Indexed{
		{Section: "政府文件", Title: "第三号的办法", Year: 2026, Number: 3, Position: 1, Page: 5, Imported: true},
		{Section: "政府文件", Title: "第四号的办法", DocNumber: "示政办发〔2026〕1号", Year: 2026, Number: 4, Position: 1},
		{Section: "政策解读", Title: "", Year: 2026, Number: 4, Position: 2, Withdrawn: true}}
	last := o.withIndex(index, o.entry(titled("第五号的办法")), o.entry(titled("第五号的任免"), kind(press.Personnel)))
	last = o.out(last)

	page := o.dom("2026/05/yearindex.html")
	if got := texts(page, "h3"); !slices.Equal(got, []string{"政府文件", "政策解读", "人事任免"}) {
		t.Errorf("sections %q", got)
	}
	to := links(page)
	for href, words := range map[string]string{"../03/gazette-2026-03.pdf#page=5": "第三号的办法", "../04/01.html": "第四号的办法", "../04/02.html": "本篇", "01.html": "第五号的办法", "02.html": "第五号的任免",
		"gazette-2026-05-yearindex.pdf": "下载总目录 PDF"} {
		if !strings.HasSuffix(to[href], words) {
			t.Errorf("%s leads from %q", href, to[href])
		}
	}
	if _, ok := links(o.dom("2026/05/index.html"))["yearindex.html"]; !ok {
		t.Error("the directory does not lead to it")
	}
	if _, ok := links(o.dom("2026/05/02.html"))["yearindex.html"]; !ok {
		t.Error("the last article does not lead to it")
	}
	text, err := typeset.Extract(typeset.FormatPDF, o.read("2026/05/gazette-2026-05.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"2026年总目录", "第三号的办法", "第四号的办法", "本篇已撤回", "第五号的任免"} {
		if !strings.Contains(strings.ReplaceAll(text, " ", ""), want) {
			t.Errorf("the PDF has no “%s”", want)
		}
	}
	var r record
	if err := json.Unmarshal(o.read("2026/04/"+recordName), &r); err != nil || r.Articles[0].Begins < 1 || r.Articles[1].Begins <= r.Articles[0].Begins-1 {
		t.Errorf("the articles begin on %d and %d, %v", r.Articles[0].Begins, r.Articles[1].Begins, err)
	}
	if err := json.Unmarshal(o.read("2026/05/"+recordName), &r); err != nil || len(r.YearIndex) != 5 || r.YearIndex[1].Page < 1 {
		t.Errorf("the record has %+v, %v", r.YearIndex, err)
	}

	// A withdrawal makes the page and the files again without the title, and what is lost comes back as it was.
	o.withdraw(press.NoticeGone, last.Entries[0])
	again := string(o.read("2026/05/yearindex.html"))
	if strings.Contains(again, "第五号的办法") || !strings.Contains(again, "（已撤回）") || strings.Contains(again, "yearindex.pdf") {
		t.Error("the page still names what was withdrawn")
	}
	for name := range tree(t, o.cfg.Root) {
		if strings.HasSuffix(name, ".pdf") && strings.HasPrefix(name, "2026/05/") {
			if text, err := typeset.Extract(typeset.FormatPDF, o.read(name)); err != nil || strings.Contains(strings.ReplaceAll(text, " ", ""), "第五号的办法") {
				t.Errorf("%s still names it, %v", name, err)
			}
		}
	}
	o.withdraw(press.NoticePage, first.Entries[0])
	if got := string(o.read("2026/contents.html")); !strings.Contains(got, "第四号的办法</a><span class=\"mark\">（已撤回）") || strings.Contains(got, "第五号的办法") {
		t.Error("the titles of the year are not as they should be")
	}
	if got := string(o.read("2026/index.html")); !strings.Contains(got, "其中1篇已撤回") {
		t.Error("the page of the year does not say what was withdrawn")
	}
	if found := o.survey(); slices.ContainsFunc(found, func(f press.Found) bool { return f.Number == 0 }) {
		t.Errorf("a survey finds strangers: %+v", found)
	}
}
