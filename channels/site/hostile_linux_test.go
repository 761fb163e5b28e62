package site

import (
	"errors"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

// replaced puts something in the place of a file or folder of the public folder.
func (w *town) replaced(rel string, put func(path string) error) {
	w.t.Helper()
	name := filepath.Join(w.cms.Root, filepath.FromSlash(rel))
	if err := errors.Join(os.RemoveAll(name), put(name)); err != nil {
		w.t.Fatal(err)
	}
}

func pipe(path string) error { return syscall.Mkfifo(path, 0o644) }

func linkTo(target string) func(path string) error {
	return func(path string) error { return os.Symlink(target, path) }
}

// vast is a file of a terabyte that takes no room: who reads it whole is lost.
func vast(path string) error {
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		return err
	}
	return os.Truncate(path, 1<<40)
}

// Who can write into the public folder may put a pipe, a link or a vast file in the place of any of its files. Every look comes to an end, nothing of
// it is taken for what was published, and an amendment with the revision that is public makes everything as it was.
func TestWhatIsNotAFileHarmsNobody(t *testing.T) {
	for name, put := range map[string]func(path string) error{"pipe": pipe, "link": linkTo("/dev/zero"), "dangling link": linkTo("nothing"), "vast": vast} {
		for _, what := range []string{"page", "file", "files", "column", "home"} {
			t.Run(name+" "+what, func(t *testing.T) {
				w := newTown(t)
				e := w.publish(w.entry(w.withNames("表.pdf")))[0]
				dir := filesDir(w.path(e))
				rel := map[string]string{"page": w.path(e), "file": path.Join(dir, channels.FileName(e.Revision.Attachments[0])), "files": dir,
					"column": "tzgg/page-1.html", "home": "index.html"}[what]
				w.replaced(rel, put)
				if rec := w.get("/" + w.path(e)); rec.Body.Len() > 1<<20 {
					t.Errorf("%d bytes were served", rec.Body.Len())
				}
				_, err := w.site.Survey(t.Context(), time.Time{}, nil, func(press.Found) error { return nil })
				must(t, err)
				a := w.memory.Open(press.Amend, press.Edition{Key: "a", Entries: []press.Entry{e}})
				r, err := w.site.Lookup(t.Context(), a, w.memory.Journal(a.ID))
				if err != nil || r.Status != press.Absent && what != "home" {
					t.Errorf("the look says %s, %v", r.Status, err)
				}
				if r, err := w.deliver(a); err != nil || r.Status != press.Live {
					t.Errorf("amended: %s, %v", r.Status, err)
				}
				w.sees(e, press.SeenEqual)
				w.replaced(rel, put)
				w.withdraw(press.NoticePage, e)
				if st, err := readState(w.site.abs(w.path(e))); err != nil || st.Withdrawn == "" {
					t.Errorf("called gone without a notice: %+v, %v", st, err)
				}
			})
		}
	}
}

// A withdrawal is not done while a file of the item can be read, or a list shows its title, whoever put them back.
func TestAWithdrawalIsNotDoneWhileAnythingIsLeft(t *testing.T) {
	for name, put := range map[string]func(t *testing.T, w *town, e press.Entry, before map[string]string){
		"a file": func(t *testing.T, w *town, e press.Entry, _ map[string]string) {
			must(t, os.MkdirAll(w.site.abs(filesDir(w.path(e))), 0o755))
			must(t, os.WriteFile(w.site.abs(path.Join(filesDir(w.path(e)), channels.FileName(e.Revision.Attachments[0]))), []byte("%PDF"), 0o644))
		},
		"a list": func(t *testing.T, w *town, _ press.Entry, before map[string]string) {
			must(t, os.WriteFile(w.site.abs("catalog/2026/index.html"), []byte(before["catalog/2026/index.html"]), 0o644))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTown(t)
			e := w.publish(w.entry(w.withNames("表.pdf")))[0]
			before := w.tree()
			w.withdraw(press.NoticePage, e)
			put(t, w, e, before)
			w.site = w.open(w.memory)
			a := w.memory.Open(press.Withdraw, press.Edition{Key: "again", Entries: []press.Entry{e}})
			a.Look = true // as after a restore, when the ledger remembers nothing of the first one
			if r, err := w.deliver(a); err != nil || r.Status != press.Gone {
				t.Fatalf("%s, %v", r.Status, err)
			}
			if rec := w.get(w.site.href(path.Join(filesDir(w.path(e)), channels.FileName(e.Revision.Attachments[0])))); rec.Code != http.StatusNotFound {
				t.Errorf("its file answers %d", rec.Code)
			}
			if strings.Contains(w.tree()["catalog/2026/index.html"], e.Revision.Title) {
				t.Error("the catalogue still shows it")
			}
		})
	}
}

// What hides in the folder of files that are being written is told.
func TestASurveyTellsWhatHidesAmongTheHalfDone(t *testing.T) {
	w := newTown(t)
	w.publish(w.entry())
	w.replaced(".tmp/w-ad.html", func(path string) error { return os.WriteFile(path, []byte("<title>广告</title>"), 0o644) })
	var found []string
	_, err := w.site.Survey(t.Context(), time.Time{}, nil, func(f press.Found) error { found = append(found, f.Ref); return nil })
	if err != nil || !slices.Contains(found, ".tmp/w-ad.html") {
		t.Errorf("found %v, %v", found, err)
	}
}
