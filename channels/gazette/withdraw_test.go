package gazette

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tongfa/channels"
	"tongfa/press"
)

func TestAWithdrawalTouchesNothingButItsArticle(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.entry(), o.withFile(o.entry(titled("要撤回的文件")), "附件.pdf", "%PDF-1.4 a"), o.entry())
	at := slices.IndexFunc(ed.Entries, func(e press.Entry) bool { return e.Revision.Title == "要撤回的文件" })
	e := ed.Entries[at]
	dir := filepath.Join(o.cfg.Root, "2026", "04")
	before := tree(t, dir)
	o.withdraw(press.NoticePage, e)
	after := tree(t, dir)

	for name, data := range before {
		if mine := strings.HasPrefix(name, "02") || name == "index.html" || holds(name, 2); !mine && after[name] != data {
			t.Errorf("%s changed", name)
		}
	}
	page, file := before["02.html"], "02/"+channels.FileName(e.Revision.Attachments[0])
	want := map[string]string{"2026/04/02.html": page, "2026/04/" + file: before[file]}
	for name, data := range before {
		if holds(name, 2) {
			want["2026/04/"+name] = data
		}
	}
	if kept := o.apart(); len(want) != 2+1+4 || !maps.Equal(kept, want) {
		t.Errorf("withheld %v", slices.Collect(maps.Keys(kept)))
	}
	if _, there := after[file]; there || strings.Contains(after["02.html"], "依法依规推进") {
		t.Error("the text or the file is public")
	}
	notice := channels.NodeText(o.dom("2026/04/02.html"))
	for _, want := range []string{"本篇已撤回", "要撤回的文件", "2026年11月24日 09:00", "内容有误，经研究予以撤回", "原刊载于《示例区人民政府公报》2026年第4号"} {
		if !strings.Contains(notice, want) {
			t.Errorf("the notice does not say %q", want)
		}
	}
	if l := links(o.dom("2026/04/index.html")); l["02.html"] != "要撤回的文件" {
		t.Errorf("the directory leads to %v", l)
	}
	if s, err := o.gazette.Observe(t.Context(), e); err != nil || s.Status != press.SeenGone {
		t.Errorf("seen %v, %v", s.Status, err)
	}
	if r, err := o.deliver(o.memory.Open(press.Publish, ed)); err != nil || r.Status != press.Live || r.Parts[at].Status != press.Gone {
		t.Errorf("a late call brought it back: %+v, %v", r, err)
	}
}

// holds reports whether a file of the issue 2026/04 is made of the text of an article, alone or among the others.
func holds(name string, article int) bool {
	return name == fmt.Sprintf("gazette-2026-04-%02d.pdf", article) || strings.HasPrefix(name, "gazette-2026-04.")
}

func TestAWithdrawalIsRecordedBesideTheIssue(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.entry(), o.entry(), o.entry())
	for i, notice := range []string{press.NoticePage, press.NoticeGone, "https://www.example.gov.cn/new.html"} {
		o.advance(3600e9)
		o.withdraw(notice, ed.Entries[i])
	}
	var w withdrawals
	if err := json.Unmarshal(o.read("2026/04/withdrawn.json"), &w); err != nil || len(w) != 3 {
		t.Fatalf("%v, %v", w, err)
	}
	if w[0].How != press.NoticePage || w[0].At != "2026-11-24T10:00:00+08:00" || w[0].Page != "01.html" || w[0].Reason == "" {
		t.Errorf("notice %+v", w[0])
	}
	if w[1].How != press.NoticeGone || w[1].Title != "" || w[1].Reason != "" {
		t.Errorf("gone %+v", w[1])
	}
	if w[2].How != channels.NoticeMoved || w[2].Target != "https://www.example.gov.cn/new.html" {
		t.Errorf("moved %+v", w[2])
	}
	info, err := os.Stat(filepath.Join(o.cfg.Root, "2026", "04"))
	if err != nil || info.Mode().Perm() != 0o555 {
		t.Errorf("the folder was left open: %v, %v", info.Mode(), err)
	}
	r, err := o.deliver(o.memory.Open(press.Publish, ed))
	if err != nil || r.Status != press.Gone {
		t.Errorf("an issue of which nothing is left is %v, %v", r.Status, err)
	}
}

func TestABareFactTellsNeitherTitleNorReason(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.entry(titled("不宜再提的标题")))
	o.withdraw(press.NoticeGone, ed.Entries[0])
	for _, name := range []string{"2026/04/01.html", "2026/04/withdrawn.json", "index.html", "2026/index.html"} {
		if s := string(o.read(name)); strings.Contains(s, "不宜再提的标题") || strings.Contains(s, "内容有误") {
			t.Errorf("%s tells more than the fact", name)
		}
	}
	if s := channels.NodeText(o.dom("index.html")); !strings.Contains(s, "本篇（已撤回）") {
		t.Errorf("home page: %s", s)
	}
}

func TestReadersAreSentOn(t *testing.T) {
	o := newOffice(t)
	o.withdraw("https://www.example.gov.cn/new.html", o.publish(o.entry()).Entries[0])
	page := string(o.read("2026/04/01.html"))
	if !strings.Contains(page, `http-equiv="refresh" content="5; url=https://www.example.gov.cn/new.html"`) || links(o.dom("2026/04/01.html"))["https://www.example.gov.cn/new.html"] == "" {
		t.Error("no way to the new address")
	}
}

func TestWhatWasChangedByHandIsKeptToo(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.entry())
	path := filepath.Join(o.cfg.Root, "2026", "04", "01.html")
	o.unlock(path)
	o.write(path, []byte("有人改过"))
	kept := filepath.Join(o.withheld, "2026", "04", "01.html")
	if err := os.MkdirAll(filepath.Dir(kept), 0o755); err != nil {
		t.Fatal(err)
	}
	o.write(kept, []byte("先前留存"))
	o.withdraw(press.NoticePage, ed.Entries[0])
	got := o.apart()
	maps.DeleteFunc(got, func(name, _ string) bool { return holds(strings.TrimPrefix(name, "2026/04/"), 1) })
	if got["2026/04/01.html"] != "先前留存" || len(got) != 2 {
		t.Errorf("withheld %v", got)
	}
	if !slices.Contains(slices.Collect(maps.Values(got)), "有人改过") {
		t.Error("what was found in public is lost")
	}
}

func TestWhatIsNotThereCannotBeWithdrawn(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.entry())
	other := ed.Entries[0]
	other.Copy.ID, other.Copy.Marker = 77, "another"
	_, err := o.deliver(o.memory.Open(press.Withdraw, press.Edition{Key: "w", Entries: []press.Entry{other}}))
	if press.RemedyOf(err) != press.AskPerson {
		t.Errorf("%v", err)
	}
	if s, err := o.gazette.Observe(t.Context(), ed.Entries[0]); err != nil || s.Status != press.SeenEqual {
		t.Errorf("the article that is there is %v, %v", s.Status, err)
	}
}
