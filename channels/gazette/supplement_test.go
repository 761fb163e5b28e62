package gazette

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

// A supplement and an issue of the same number stand apart, and are listed together by their days.
func TestASupplementStandsBesideTheIssues(t *testing.T) {
	o := newOffice(t)
	o.numbers[2026] = 0
	o.publish(o.entry(titled("第一号的文件")))
	o.advance(24 * time.Hour)
	first := o.out(o.supplement(o.entry(titled("增刊的文件"))))
	o.advance(24 * time.Hour)
	o.publish(o.entry(titled("第二号的文件")))
	if got := first.Entries[0].Copy.URL; got != "https://www.example.gov.cn/gazette/2026/s1/01.html" {
		t.Errorf("the article is at %s", got)
	}
	if first.Title != "示例区人民政府公报 2026年增刊第1期" {
		t.Errorf("it is called %s", first.Title)
	}
	for file, want := range map[string]string{"2026/01/01.html": "第一号的文件", "2026/s1/01.html": "增刊的文件", "2026/02/01.html": "第二号的文件"} {
		if page := string(o.read(file)); !strings.Contains(page, want) {
			t.Errorf("%s has no “%s”", file, want)
		}
	}
	if got := texts(o.dom("2026/index.html"), "h2"); !slices.Equal(got[:3], []string{"2026年第2号（总第124号）", "2026年增刊第1期", "2026年第1号（总第123号）"}) {
		t.Errorf("the year lists %q", got)
	}
	found := o.survey()
	if got := refs(found); !slices.Equal(got, []string{"2026/01/01", "2026/02/01", "2026/s1/01"}) {
		t.Fatalf("a survey finds %v", got)
	}
	if f := found[2]; !f.Supplement || f.Number != 1 || f.Total != 0 || found[0].Supplement {
		t.Errorf("a survey tells %+v", f)
	}
	o.withdraw(press.NoticePage, first.Entries[0])
	if page := string(o.read("2026/s1/01.html")); !strings.Contains(page, "本篇已撤回") || strings.Contains(string(o.read("2026/01/01.html")), "已撤回") {
		t.Error("the withdrawal is not where it belongs")
	}
	if err := os.RemoveAll(o.lockOpen("2026/s1")); err != nil {
		t.Fatal(err)
	}
	r, err := o.deliver(o.memory.Open(press.Publish, o.compose(o.entry())))
	if err != nil || !strings.Contains(r.Note, "2026年增刊第1期") {
		t.Errorf("a supplement that is lost is not told: %q, %v", r.Note, err)
	}
}

// lockOpen makes the folder of an issue one that can be removed.
func (o *office) lockOpen(issue string) string {
	dir := filepath.Join(o.cfg.Root, filepath.FromSlash(issue))
	openAll(dir)
	return dir
}

// What stands in the place of a supplement, and is none, is not taken for it, nor for an issue.
func TestWhatIsNoSupplementIsNotTakenForOne(t *testing.T) {
	o := newOffice(t)
	ed := o.supplement(o.entry())
	issue := o.publish(o.entry())
	record := o.read("2026/04/" + recordName)
	for _, name := range []string{"2026/s01", "2026/s1", "2026/s0", "2026/S2"} {
		dir := filepath.Join(o.cfg.Root, filepath.FromSlash(name))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		o.write(filepath.Join(dir, recordName), record)
	}
	if _, err := o.deliver(o.memory.Open(press.Publish, ed)); press.RemedyOf(err) != press.AskPerson {
		t.Errorf("published over another issue's record: %v", err)
	}
	if got := refs(o.survey()); !slices.Equal(got, []string{"2026/S2", "2026/s0", "2026/s01", issue.Entries[0].Copy.Ref, "2026/s1"}) {
		t.Errorf("a survey finds %v", got)
	}
}
