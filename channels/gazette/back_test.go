package gazette

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tongfa/press"
)

// past is an issue from before the office used the program.
func past(year, number, total int, pdf string) press.BackIssue {
	return press.BackIssue{Year: year, Number: number, Total: total, Day: "2019-03-30", PDF: sum([]byte(pdf)), Articles: []press.BackArticle{
		{Section: "政府文件", Title: "关于甲的通知", DocNumber: "示政发〔2019〕1号", Page: 3}, {Section: "政府文件", Title: `<script>"乙"`}, {Section: "大事记", Title: "大事记", Page: 12}}}
}

const pastPDF = "%PDF-1.4 past\n%%EOF"

func (o *office) imported(b press.BackIssue) string {
	o.t.Helper()
	url, err := o.gazette.Import(o.t.Context(), b, []byte(pastPDF))
	if err != nil {
		o.t.Fatal(err)
	}
	if err := o.gazette.Relist(o.t.Context(), b.Year); err != nil {
		o.t.Fatal(err)
	}
	return url
}

func TestAnImportedIssueStandsAmongTheOthers(t *testing.T) {
	o := newOffice(t)
	o.publish(o.entry())
	b := past(2019, 1, 9, pastPDF)
	if url := o.imported(b); url != "https://www.example.gov.cn/gazette/2019/01/" {
		t.Errorf("it is at %s", url)
	}
	page := o.dom("2019/01/index.html")
	to := links(page)
	for href, words := range map[string]string{"gazette-2019-01.pdf#page=3": "关于甲的通知", "gazette-2019-01.pdf": "", "gazette-2019-01.pdf#page=12": "大事记"} {
		if got, ok := to[href]; !ok || words != "" && got != words {
			t.Errorf("%s is %q in %v", href, got, to)
		}
	}
	if got := texts(o.dom("2019/index.html"), "h2"); !slices.Contains(got, "2019年第1号（总第9号）") {
		t.Errorf("the year lists %q", got)
	}
	if _, ok := links(o.dom("index.html"))["2019/index.html"]; !ok {
		t.Error("the home page does not lead to its year")
	}
	before := tree(t, o.cfg.Root)
	o.imported(b)
	if after := tree(t, o.cfg.Root); !sameTree(before, after) {
		t.Error("a second import changed something")
	}
	found := o.survey()
	if got := refs(found); !slices.Equal(got, []string{"2019/01", "2026/04/01"}) {
		t.Fatalf("a survey finds %v", got)
	}
	if f := found[0]; f.Imported != b.Digest() || f.Year != 2019 || f.Number != 1 || f.Total != 9 {
		t.Errorf("a survey tells %+v", f)
	}
}

func sameTree(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

// Whatever stands in its place is left alone, and what was done to an imported issue is found.
func TestAnImportedIssueIsNeverWrittenOver(t *testing.T) {
	o := newOffice(t)
	ours := o.publish(o.entry())
	if _, err := o.gazette.Import(t.Context(), past(ours.Year, ours.Number, ours.Total, pastPDF), []byte(pastPDF)); press.RemedyOf(err) != press.AskPerson {
		t.Errorf("imported over an issue: %v", err)
	}
	dir := filepath.Join(o.cfg.Root, "2019", "02")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	o.write(filepath.Join(dir, "index.html"), []byte("old"))
	if _, err := o.gazette.Import(t.Context(), past(2019, 2, 10, pastPDF), []byte(pastPDF)); press.RemedyOf(err) != press.AskPerson {
		t.Errorf("imported over a folder: %v", err)
	}
	if _, err := o.gazette.Import(t.Context(), past(2019, 3, 11, "another"), []byte(pastPDF)); err == nil {
		t.Error("a PDF was put there that is not the one of the list")
	}
	b := past(2019, 1, 9, pastPDF)
	o.imported(b)
	other := b
	other.Articles = other.Articles[:1]
	if _, err := o.gazette.Import(t.Context(), other, []byte(pastPDF)); press.RemedyOf(err) != press.AskPerson {
		t.Errorf("another list for the same issue: %v", err)
	}
	pdf := filepath.Join(o.cfg.Root, "2019", "01", "gazette-2019-01.pdf")
	o.unlock(pdf)
	o.write(pdf, []byte("%PDF-1.4 forged\n%%EOF"))
	if _, err := o.gazette.Import(t.Context(), b, []byte(pastPDF)); press.RemedyOf(err) != press.AskPerson || !strings.Contains(said(err), "gazette-2019-01.pdf") {
		t.Errorf("a forged PDF: %v", err)
	}
	if f := o.survey()[0]; f.Ref != "2019/01" || f.Imported != "" {
		t.Errorf("a survey takes a forged one for what was imported: %+v", f)
	}
}

// A record that somebody wrote does not lead out of its folder, nor to a script.
func TestARecordOfAnImportedIssueNamesItsPDFOnly(t *testing.T) {
	o := newOffice(t)
	b := past(2019, 1, 9, pastPDF)
	o.imported(b)
	path := filepath.Join(o.cfg.Root, "2019", "01", recordName)
	good := string(o.read("2019/01/" + recordName))
	o.unlock(path)
	for _, page := range []string{"javascript:alert(1)", "../../index.html", "02.html", "gazette-2019-01.pdf#page=4"} {
		o.write(path, []byte(strings.ReplaceAll(good, "gazette-2019-01.pdf#page=3", page)))
		if err := o.gazette.Relist(t.Context(), 2019); err != nil {
			t.Fatal(err)
		}
		if got := string(o.read("2019/index.html")); strings.Contains(got, "总第9号") {
			t.Errorf("%s is taken", page)
		}
	}
}

// said is what a person reads of an error.
func said(err error) string {
	var t *press.Trouble
	if errors.As(err, &t) {
		return t.Say()
	}
	return err.Error()
}

// An import that is killed at any change of the disk leaves nothing half done in public, and the next one ends as if nothing had happened.
func TestAnImportThatIsKilledGoesOn(t *testing.T) {
	b := past(2019, 1, 9, pastPDF)
	whole := newOffice(t)
	whole.imported(b)
	want := tree(t, whole.cfg.Root)
	for n := 0; ; n++ {
		o := newOffice(t)
		k := &killed{left: n}
		sound := o.gazette.disk
		o.gazette.disk = k.on(sound)
		_, err := o.gazette.Import(t.Context(), b, []byte(pastPDF))
		if err == nil {
			err = o.gazette.Relist(t.Context(), b.Year)
		}
		if _, statErr := os.Stat(filepath.Join(o.cfg.Root, "2019", "01")); statErr == nil {
			for name, data := range tree(t, filepath.Join(o.cfg.Root, "2019", "01")) {
				if want["2019/01/"+name] != data {
					t.Fatalf("killed at %d: %s stands there half done", n, name)
				}
			}
		}
		o.gazette = o.open()
		if err := o.gazette.Setup(t.Context()); err != nil {
			t.Fatal(err)
		}
		o.imported(b)
		if !sameTree(tree(t, o.cfg.Root), want) {
			t.Fatalf("killed at %d: it ends otherwise", n)
		}
		if err == nil {
			if n < 10 {
				t.Errorf("only %d changes of the disk", n)
			}
			return
		}
	}
}
