package site

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongfa/press"
)

func (w *town) survey(since time.Time) (found []press.Found, complete bool) {
	w.t.Helper()
	complete, err := w.site.Survey(w.t.Context(), since, nil, func(f press.Found) error {
		found = append(found, f)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	slices.SortFunc(found, func(a, b press.Found) int { return strings.Compare(a.Ref, b.Ref) })
	return found, complete
}

func (w *town) lay(rel, text string) {
	w.t.Helper()
	name := w.site.abs(rel)
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
		w.t.Fatal(err)
	}
}

func TestASurveyTellsItemsAndStrangersAndNothingElse(t *testing.T) {
	w := newTown(t)
	if err := w.site.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := w.publish(w.entry(w.withNames("表.pdf", "清单.docx")))[0]
	b := w.amend(press.Amend, w.publish(w.entry(func(e *press.Entry) { e.Revision.Meta.Column = "没有配置的栏目" }))[0], w.revised())
	gone := w.publish(w.entry())[0]
	w.withdraw(press.NoticePage, gone)
	known := []press.Found{
		{Marker: a.Copy.Marker, Ref: w.path(a), URL: a.Copy.URL, Title: a.Revision.Title, Revision: 1, Public: a.Public},
		{Marker: b.Copy.Marker, Ref: w.path(b), URL: b.Copy.URL, Title: b.Revision.Title, Revision: 2, Public: b.Public},
		{Marker: gone.Copy.Marker, Ref: w.path(gone), URL: gone.Copy.URL, Withdrawn: true},
	}
	found, complete := w.survey(time.Time{})
	if diff := cmp.Diff(known, found); diff != "" || !complete {
		t.Errorf("complete %v, found (-want +got):\n%s", complete, diff)
	}

	dir := filesDir(w.path(a))
	strangers := []string{dir + "/evil.html", dir + "/0badf00d-表.pdf", dir + "/" + "0badf00d-x.php", "content/2026/11/new.htm", "index.php", "tzgg/extra.html", "gonggao/1.html",
		"gonggao/1.PDF", "catalog/a/b/index.html", "assets/x.js", "zhaobiao.docx", filesDir(w.path(gone)) + "/0badf00d-left.pdf"}
	for _, rel := range strangers {
		w.lay(rel, "<html><title>\n 中奖 &amp; 公告 </title>")
	}
	w.lay("favicon.ico", "")
	w.lay("content/2026/11/copy.html", string(w.read(w.path(a))))
	w.lay(tmpDir+"/w-ABCDEFGHIJKLMNOPQRSTUVWXYZ", "")
	if err := os.Symlink("/etc/hostname", w.site.abs("link.html")); err != nil {
		t.Fatal(err)
	}
	strangers = append(strangers, "link.html")
	slices.Sort(strangers)
	found, complete = w.survey(time.Time{})
	var got []string
	copies := 0
	for _, f := range found {
		switch {
		case f.Marker == a.Copy.Marker:
			copies++
		case f.Marker == "":
			got = append(got, f.Ref)
			if strings.HasSuffix(f.Ref, ".html") && f.Ref != "link.html" && f.Title != "中奖 & 公告" {
				t.Errorf("%s is called %q", f.Ref, f.Title)
			}
		}
	}
	if diff := cmp.Diff(strangers, got); diff != "" || copies != 2 || !complete {
		t.Errorf("complete %v, %d pages of one copy, strangers (-want +got):\n%s", complete, copies, diff)
	}

	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(w.site.abs("index.php"), later, later); err != nil {
		t.Fatal(err)
	}
	found, _ = w.survey(time.Now().Add(time.Minute))
	if len(found) != 5 || !slices.ContainsFunc(found, func(f press.Found) bool { return f.Ref == "index.php" }) {
		t.Errorf("since a moment ago: %+v", found)
	}
	if err := os.Symlink(t.TempDir(), w.site.abs("elsewhere")); err != nil {
		t.Fatal(err)
	}
	if _, complete := w.survey(time.Time{}); complete {
		t.Error("a survey that did not look into a linked folder says that it is complete")
	}
}

func TestASurveyStopsWhenItIsTold(t *testing.T) {
	w := newTown(t)
	w.publish(w.entry())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if complete, err := w.site.Survey(ctx, time.Time{}, nil, func(press.Found) error { return nil }); err == nil || complete {
		t.Errorf("a cancelled survey: %v, %v", complete, err)
	}
	enough := errors.New("enough")
	if complete, err := w.site.Survey(t.Context(), time.Time{}, nil, func(press.Found) error { return enough }); !errors.Is(err, enough) || complete {
		t.Errorf("a survey whose listener fails: %v, %v", complete, err)
	}
}

// BenchmarkSurvey walks through a website of a hundred thousand pages.
func BenchmarkSurvey(b *testing.B) {
	const pages, months = 100_000, 100
	w := newTown(b)
	page, err := w.site.renderArticle(w.entry(), nil)
	if err != nil {
		b.Fatal(err)
	}
	for n := range pages {
		dir := w.site.abs(fmt.Sprintf("content/%d/%02d", 2018+n%months/12, n%months%12+1))
		if n < months {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				b.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("20261124-a%05d.html", n)), page, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		complete, err := w.site.Survey(b.Context(), time.Time{}, nil, func(press.Found) error { n++; return nil })
		if err != nil || !complete || n != pages {
			b.Fatalf("%d pages, complete %v, %v", n, complete, err)
		}
	}
}
