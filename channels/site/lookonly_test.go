package site

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"tongfa/channels"
	"tongfa/press"
)

// A page that readers can open is not absent, also for an act that must not go on: whoever asks withdraws it.
func TestWhatIsPublicIsNeverAbsent(t *testing.T) {
	for name, fails := range map[string]func(path string, renamed int) bool{
		"the lists fail":        func(path string, _ int) bool { return filepath.Base(path) == "index.html" },
		"the second page fails": func(_ string, renamed int) bool { return renamed == 1 },
	} {
		t.Run(name, func(t *testing.T) {
			w := newTown(t)
			rename, n, broken := w.site.disk.Rename, 0, true
			w.site.disk.Rename = func(from, to string) error {
				if broken && fails(to, n) {
					return errors.New("input/output error")
				}
				n++
				return rename(from, to)
			}
			a := w.memory.Open(press.Publish, w.compose(w.entry(), w.entry()))
			if _, err := w.deliver(a); err == nil {
				t.Fatal("the disk did not fail")
			}
			broken = false
			if _, err := os.Stat(w.site.abs(w.path(a.Edition.Entries[0]))); err != nil {
				t.Fatal("the first page is not there")
			}
			a.LookOnly = true
			r, err := channels.Deliver(context.Background(), w.site, a, w.memory.Journal(a.ID))
			if err != nil {
				t.Fatal(err)
			}
			if p := r.PartOf(a.Edition.Entries[0].Copy.ID); p.Status != press.Live {
				t.Errorf("a public page is told as %s in %s", p.Status, r.Status)
			}
		})
	}
}
