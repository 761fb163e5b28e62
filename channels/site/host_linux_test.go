package site

import (
	"os"
	"strings"
	"testing"

	"tongfa/config"
	"tongfa/press"
	"tongfa/standin"
)

// onSmallDisk is a website on a disk of two megabytes. Where that is not allowed it says so and returns false; in CI, where it is, it fails.
func onSmallDisk(t *testing.T) (*town, *standin.SmallDisk, bool) {
	t.Helper()
	dir := t.TempDir()
	d, err := standin.NewSmallDisk(dir, 2<<20)
	if err != nil {
		if os.Getenv("TONGFA_CI") == "1" {
			t.Fatal(err)
		}
		t.Logf("NOT TESTED: no small disk can be mounted here (%v); run this as root to have a full disk tried", err)
		return nil, nil, false
	}
	t.Cleanup(func() { _ = d.Close() })
	return newTown(t, func(c *config.Site) { c.Root = dir }), d, true
}

// A disk that refuses leaves every page as it was, calls a person, and the act goes on when there is room again.
func TestADiskThatRefusesLeavesThePagesWhole(t *testing.T) {
	for name, c := range map[string]struct {
		refuse, allow func(*standin.SmallDisk) error
		words         string
	}{
		"full":      {func(d *standin.SmallDisk) error { return d.Fill(0) }, (*standin.SmallDisk).Empty, "磁盘已满"},
		"read-only": {func(d *standin.SmallDisk) error { return d.ReadOnly(true) }, func(d *standin.SmallDisk) error { return d.ReadOnly(false) }, "没有写权限"},
	} {
		t.Run(name, func(t *testing.T) {
			w, disk, ok := onSmallDisk(t)
			if !ok {
				return
			}
			e := w.publish(w.entry(w.withNames("表.pdf")))[0]
			before := string(w.read(w.path(e)))
			must(t, c.refuse(disk))
			amend := w.memory.Revise(press.Amend, press.Edition{Key: "a", Entries: []press.Entry{e}}, w.revised(w.withNames("新表.pdf")))
			publish := w.memory.Open(press.Publish, w.compose(w.entry()))
			for _, a := range []press.Act{amend, publish} {
				_, err := w.deliver(a)
				trouble := press.TroubleOf(err)
				if err == nil || trouble.Remedy != press.AskPerson || !strings.Contains(trouble.What, c.words) {
					t.Errorf("%s: %+v", a.Verb, trouble)
				}
			}
			if string(w.read(w.path(e))) != before {
				t.Error("the page was changed")
			}
			w.sees(e, press.SeenEqual)
			must(t, c.allow(disk))
			for _, a := range []press.Act{amend, publish} {
				if r, err := w.deliver(a); err != nil || r.Status != press.Live {
					t.Errorf("%s, when there is room again: %v, %v", a.Verb, r.Status, err)
				}
			}
			w.sees(w.again(e), press.SeenEqual)
		})
	}
}
