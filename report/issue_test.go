package report

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tongfa/press"
	"tongfa/typeset"
)

// issueFolder is the folder of a small issue as the gazette puts it out.
func issueFolder(t *testing.T) fstest.MapFS {
	t.Helper()
	faces, err := typeset.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	w := &typeset.Work{Name: "示例区人民政府公报", Volume: "2026年第4号", Cover: &typeset.Cover{}, Sections: []typeset.Section{{Title: "政府文件", Articles: []typeset.Article{
		{ID: "a", Title: "关于供水的通知", Body: []press.Block{press.P("现将供水的办法印发。")}}, {ID: "b", Title: "关于供热的通知", Body: []press.Block{press.P("现将供热的办法印发。")}}}}}}
	m := typeset.Making{Style: typeset.Gazette(), Faces: faces, Made: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)}
	made, _, err := typeset.Make(w, m)
	if err != nil {
		t.Fatal(err)
	}
	folder := fstest.MapFS{}
	put := func(name string, data []byte) { folder[name] = &fstest.MapFile{Data: data, Mode: 0o444} }
	p := typeset.Verify(w, made)
	for i := range p.Files {
		p.Files[i].Name = "gazette-2026-04." + string(p.Files[i].Format)
		put(p.Files[i].Name, made[p.Files[i].Format])
	}
	m.Formats = []typeset.Format{typeset.FormatPDF}
	for i, a := range w.Sections[0].Articles {
		one, _, err := typeset.Make(w.Single(a), m)
		if err != nil {
			t.Fatal(err)
		}
		alone := typeset.Verify(w.Single(a), one)
		f := alone.Files[0]
		f.Name, f.Article = fmt.Sprintf("gazette-2026-04-%02d.pdf", i+1), i+1
		p.Files = append(p.Files, f)
		p.Articles = append(p.Articles, typeset.ArticleText{Article: i + 1, Title: a.Title, Text: alone.Text})
		put(f.Name, one[typeset.FormatPDF])
	}
	put("verify.json", p.JSON())
	block := "<p>附注</p>"
	put("01.html", []byte("<!doctype html>\n<p>甲</p>\n"))
	put("02.html", []byte("<!doctype html>\n<p>乙</p>\n"))
	relist(t, folder)
	put("02.html", []byte("<!doctype html>\n<!--remarks sha256:"+sumOf([]byte(block))+"-->\n"+block+"<!--/remarks-->\n<p>乙</p>\n"))
	return folder
}

// relist writes edition.json as it would be for what is in a folder.
func relist(t *testing.T, folder fstest.MapFS) {
	t.Helper()
	var e struct {
		Files    []listedFile        `json:"files"`
		Articles []map[string]string `json:"articles"`
	}
	for name, f := range folder {
		if name != editionName {
			e.Files = append(e.Files, listedFile{name, len(f.Data), sumOf(f.Data)})
		}
	}
	for i := range 2 {
		e.Articles = append(e.Articles, map[string]string{"page": fmt.Sprintf("%02d.html", i+1), "pdf": fmt.Sprintf("gazette-2026-04-%02d.pdf", i+1), "marker": fmt.Sprintf("m%d", i+1)})
	}
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	folder[editionName] = &fstest.MapFile{Data: data, Mode: 0o444}
}

func saidOf(vs []Verdict) string {
	var b strings.Builder
	for _, v := range vs {
		fmt.Fprintf(&b, "%v %v %s：%s\n", v.OK, v.Remark, v.Name, v.Said)
	}
	return b.String()
}

// What was published holds, as a folder and as a block with some of its files; each change is named, and ends the check badly.
func TestAnIssueIsCheckedFileByFileAndTextByText(t *testing.T) {
	good := issueFolder(t)
	edited := func(name, from, to string) func(f fstest.MapFS) {
		return func(f fstest.MapFS) {
			f[name] = &fstest.MapFile{Data: []byte(strings.Replace(string(f[name].Data), from, to, 1)), Mode: 0o444}
		}
	}
	for name, c := range map[string]struct {
		change func(f fstest.MapFS)
		ok     bool
		say    []string
	}{
		"as published": {func(fstest.MapFS) {}, true, []string{"6个文件的大小、SHA-256 和 SM3 都与 verify.json 相符", "从PDF、OFD、EPUB、HTML里重新读出的文字逐字相同", "2篇的单篇 PDF 的文字与各篇的摘要相符",
			"这2篇的文字都在整期里，次序相同", "没有多的，没有少的"}},
		"a page":   {edited("01.html", "甲", "丙"), false, []string{"01.html 与清单的摘要不符"}},
		"a remark": {edited("02.html", "附注", "广告"), false, []string{"02.html 与清单的摘要不符"}},
		"phone page": {edited("gazette-2026-04.html", "供水的办法", "供电的办法"), false, []string{"gazette-2026-04.html：SHA-256 不符", "gazette-2026-04.html 的文字与 gazette-2026-04.pdf 不同",
			"前者是“的通知现将供水的办法", "后者是“的通知现将供电的办法"}},
		"a file gone":   {func(f fstest.MapFS) { delete(f, "gazette-2026-04.ofd") }, false, []string{"gazette-2026-04.ofd 在清单里，文件夹里没有", "所列的gazette-2026-04.ofd不在这里"}},
		"a file put in": {func(f fstest.MapFS) { f["广告.html"] = &fstest.MapFile{Data: []byte("广告")} }, false, []string{"广告.html 不在清单里"}},
		"a link": {func(f fstest.MapFS) {
			f["gazette-2026-04.pdf"] = &fstest.MapFile{Data: []byte("/etc/passwd"), Mode: fs.ModeSymlink}
		}, false, []string{"不是普通文件"}},
		"a wrong format":    {func(f fstest.MapFS) { f["gazette-2026-04.epub"] = &fstest.MapFile{Data: []byte("PK\x03\x04")} }, false, []string{"文字读不出来"}},
		"another block":     {edited("verify.json", `"sm3": "`, `"sm3": "0`), false, []string{"全文摘要不符"}},
		"withdrawn, public": {func(f fstest.MapFS) { f[withdrawnName] = &fstest.MapFile{Data: []byte(`[{"marker":"m2"}]`)} }, false, []string{"gazette-2026-04-02.pdf 里有撤回的稿件，不应当还在"}},
		"withdrawn": {func(f fstest.MapFS) {
			f[withdrawnName] = &fstest.MapFile{Data: []byte(`[{"marker":"m2"}]`)}
			f[replacedName] = &fstest.MapFile{Data: []byte(`{"files":[]}`)}
			delete(f, "gazette-2026-04-02.pdf")
			f["02.html"] = &fstest.MapFile{Data: []byte("本篇已撤回")}
		}, true, []string{"因为有稿件撤回已经撤下"}},
	} {
		folder := fstest.MapFS{}
		maps.Copy(folder, good)
		c.change(folder)
		got, err := CheckIssue(folder)
		said := saidOf(got.Verdicts)
		if err != nil || got.OK() != c.ok {
			t.Errorf("%s: %v, %v\n%s", name, got.OK(), err, said)
		}
		for _, want := range c.say {
			if !strings.Contains(said, want) {
				t.Errorf("%s: does not say %s\n%s", name, want, said)
			}
		}
	}
}

// A reader has some of the files only: what is not there is said and is no fault, unless nothing is there.
func TestABlockIsCheckedWithTheFilesThatAreThere(t *testing.T) {
	good := issueFolder(t)
	some := fstest.MapFS{"verify.json": good["verify.json"], "gazette-2026-04.pdf": good["gazette-2026-04.pdf"]}
	got, err := CheckBlock(some, "verify.json")
	if said := saidOf(got.Verdicts); err != nil || !got.OK() || !strings.Contains(said, "1个文件的大小") || !strings.Contains(said, "等5个文件不在这里，没有核对") {
		t.Errorf("%v\n%s", err, said)
	}
	if got, err := CheckBlock(fstest.MapFS{"verify.json": good["verify.json"]}, "verify.json"); err != nil || got.OK() {
		t.Errorf("nothing to check is good: %v\n%s", err, saidOf(got.Verdicts))
	}
	for name, data := range map[string]string{"no JSON": "x", "another JSON": `{"format":"x"}`, "a path": `{"format":"` + typeset.ProofFormat + `","files":[{"name":"../../etc/passwd"}]}`} {
		if _, err := CheckBlock(fstest.MapFS{"v.json": {Data: []byte(data)}}, "v.json"); err == nil {
			t.Errorf("%s is taken for a block", name)
		}
	}
	for name, folder := range map[string]fs.FS{"empty": fstest.MapFS{}, "no folder": os.DirFS(t.TempDir() + "/none")} {
		if _, err := CheckIssue(folder); err == nil {
			t.Errorf("%s is taken for an issue", name)
		}
	}
}
