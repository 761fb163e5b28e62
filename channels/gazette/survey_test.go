package gazette

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tongfa/press"
)

func (o *office) survey() []press.Found {
	o.t.Helper()
	var found []press.Found
	complete, err := o.gazette.Survey(o.t.Context(), time.Time{}, o.memory.Journal(99), func(f press.Found) error {
		found = append(found, f)
		return nil
	})
	if err != nil || !complete {
		o.t.Fatalf("survey: %v, %v", complete, err)
	}
	return found
}

func refs(found []press.Found) (out []string) {
	for _, f := range found {
		out = append(out, f.Ref)
	}
	return out
}

func TestASurveyTellsEveryArticle(t *testing.T) {
	o := newOffice(t)
	if found := o.survey(); len(found) > 0 {
		t.Errorf("before anything is there: %+v", found)
	}
	if err := o.gazette.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := o.publish(o.withFile(o.entry(titled("第一篇")), "附件.pdf", "%PDF-1.4 a"), o.entry())
	o.publish(o.entry())
	o.withdraw(press.NoticePage, first.Entries[1])
	o.amend(press.Amend, press.Erratum, only(first, 0), remark("更正"))
	found := o.survey()
	if got := refs(found); !slices.Equal(got, []string{"2026/04/01", "2026/04/02", "2026/05/01"}) {
		t.Fatalf("found %v", got)
	}
	e := first.Entries[0]
	if want := (press.Found{Marker: e.Copy.Marker, Ref: "2026/04/01", URL: e.Copy.URL, Title: e.Revision.Title, Revision: 1, Year: 2026, Number: 4, Total: 123, Place: 1}); found[0] != want {
		t.Errorf("found %+v, want %+v", found[0], want)
	}
	if !found[1].Withdrawn || found[1].Marker != first.Entries[1].Copy.Marker || found[2].Total != 124 {
		t.Errorf("found %+v", found[1:])
	}
}

func TestASurveyTellsWhatIsNotOurs(t *testing.T) {
	o := newOffice(t)
	o.publish(o.withFile(o.entry(), "附件.pdf", "%PDF-1.4 a"))
	for _, name := range []string{"2026/04/01/坏.html", "2026/04/shell.php", "2026/04/new/x.html", "2026/09/index.html", "2026/notes.txt", "2019/01/index.html", "2019/index.html", "ads.html", ".new-x"} {
		path := filepath.Join(o.cfg.Root, filepath.FromSlash(name))
		if _, err := os.Stat(filepath.Dir(path)); err == nil {
			o.unlock(path)
		} else if err := errors.Join(os.Chmod(filepath.Join(o.cfg.Root, "2026", "04"), 0o755), os.MkdirAll(filepath.Dir(path), 0o755)); err != nil {
			t.Fatal(err)
		}
		o.write(path, []byte("x"))
	}
	found := o.survey()
	want := []string{".new-x", "2019/01", "2019/index.html", "2026/04/01", "2026/04/01/坏.html", "2026/04/new", "2026/04/shell.php", "2026/09", "2026/notes.txt", "ads.html"}
	if got := slices.Sorted(slices.Values(refs(found))); !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
	for _, f := range found {
		if f.URL == "" || (f.Marker == "") != (f.Ref != "2026/04/01") {
			t.Errorf("found %+v", f)
		}
		if numbered := f.Ref == "2019/01" || f.Ref == "2026/09"; numbered && (f.Year == 0 || f.Number == 0) {
			t.Errorf("an issue without a number: %+v", f)
		}
	}
}

// A number that stands in a folder is told whatever became of the issue, so that it is not given again.
func TestASurveyTellsTheNumberOfEveryIssue(t *testing.T) {
	o := newOffice(t)
	o.publish(o.entry())
	o.issue(o.corrected([]press.Correction{correction("文件", 4, press.Change{Was: "一", Now: "二"})}))
	o.publish(o.entry())
	page, record := filepath.Join(o.cfg.Root, "2026", "04", "01.html"), filepath.Join(o.cfg.Root, "2026", "06", recordName)
	o.unlock(page)
	o.unlock(record)
	if err := os.Remove(page); err != nil {
		t.Fatal(err)
	}
	o.write(record, []byte("{"))
	found := o.survey()
	if got := refs(found); !slices.Equal(got, []string{"2026/04", "2026/05", "2026/06"}) {
		t.Fatalf("found %v", got)
	}
	for i, f := range found {
		if f.Marker != "" || f.Year != 2026 || f.Number != 4+i || i < 2 && f.Total != 123+i {
			t.Errorf("found %+v", f)
		}
	}
}

func TestASurveyStopsWhenItIsToldTo(t *testing.T) {
	o := newOffice(t)
	o.publish(o.entry(), o.entry())
	n, stop := 0, errors.New("stop")
	complete, err := o.gazette.Survey(t.Context(), time.Time{}, o.memory.Journal(99), func(press.Found) error {
		n++
		return stop
	})
	if complete || !errors.Is(err, stop) || n != 1 {
		t.Errorf("complete %v after %d, %v", complete, n, err)
	}
}
