package gazette

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"tongfa/channels"
	"tongfa/press"
)

// replaced puts something in the place of a file of the public folder.
func (o *office) replaced(rel string, put func(path string) error) {
	o.t.Helper()
	path := filepath.Join(o.cfg.Root, filepath.FromSlash(rel))
	o.unlock(path)
	if err := os.RemoveAll(path); err != nil {
		o.t.Fatal(err)
	}
	if err := put(path); err != nil {
		o.t.Fatal(err)
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
// it is taken for what was issued, and an amendment in place makes the issue as it was.
func TestWhatIsNotAFileHarmsNobody(t *testing.T) {
	for name, put := range map[string]func(path string) error{"pipe": pipe, "link": linkTo("/dev/zero"), "dangling link": linkTo("nothing"), "vast": vast} {
		for _, rel := range []string{"2026/04/01.html", "2026/04/edition.json", "2026/04/index.html", "2026/04/01/" + fileOf("%PDF-1.4 a"), "2026/index.html", "index.html", "2026/04/withdrawn.json"} {
			t.Run(name+" "+rel, func(t *testing.T) {
				o := newOffice(t)
				ed := o.publish(o.withFile(o.entry(), "附件.pdf", "%PDF-1.4 a"), o.entry())
				o.replaced(rel, put)
				a := o.memory.Open(press.Publish, ed)
				r, err := o.gazette.Lookup(t.Context(), a, o.memory.Journal(a.ID))
				if err == nil && r.Status == press.Live {
					t.Error("the issue is called whole")
				}
				if s, err := o.gazette.Observe(t.Context(), ed.Entries[1]); err != nil || s.Status == "" {
					t.Errorf("observed: %+v, %v", s, err)
				}
				if _, err := o.gazette.everything(t.Context()); err != nil && press.RemedyOf(err) != press.AskPerson {
					t.Error(err)
				}
				if r, err := o.deliver(o.act(press.Amend, press.InPlace, only(ed, 0))); err == nil && r.Status == press.Live && !whole(o, ed) {
					t.Error("called mended, and is not")
				}
				r, err = o.deliver(o.memory.Open(press.Withdraw, only(ed, 0)))
				page, readErr := channels.ReadPlain(filepath.Join(o.cfg.Root, "2026", "04", "01.html"), 1<<20)
				head, _ := channels.HeadOf(page)
				if err == nil && r.Status == press.Gone && (readErr != nil || head.Withdrawn == "") {
					t.Errorf("called gone without a notice: %v", readErr)
				}
				if err != nil && press.RemedyOf(err) != press.AskPerson || err == nil && r.Status != press.Gone {
					t.Errorf("withdrawn: %s, %v", r.Status, err)
				}
			})
		}
	}
}

// whole reports whether an issue and its lists are as they were issued.
func whole(o *office, ed press.Edition) bool {
	a := o.memory.Open(press.Publish, ed)
	r, err := o.gazette.Lookup(o.t.Context(), a, o.memory.Journal(a.ID))
	return err == nil && r.Status == press.Live
}

func fileOf(data string) string {
	return channels.FileName(press.Asset{Digest: sum([]byte(data)), Name: "附件.pdf", MIME: "application/pdf"})
}

// Nothing is written through a folder that was replaced by a link to another place, and its files are not taken for those of the issue.
func TestNothingIsWrittenThroughALinkedFolder(t *testing.T) {
	for _, rel := range []string{"2026/04/01", "2026/04"} {
		t.Run(rel, func(t *testing.T) {
			o := newOffice(t)
			ed := o.publish(o.withFile(o.entry(), "附件.pdf", "%PDF-1.4 a"), o.entry())
			elsewhere := t.TempDir()
			if err := os.Chmod(elsewhere, 0o700); err != nil {
				t.Fatal(err)
			}
			o.replaced(rel, linkTo(elsewhere))
			r, err := o.deliver(o.act(press.Amend, press.InPlace, only(ed, 0)))
			if err == nil && r.Status == press.Live {
				t.Errorf("amended: %s", r.Status)
			}
			_, _ = o.deliver(o.memory.Open(press.Withdraw, only(ed, 0)))
			left, err := os.ReadDir(elsewhere)
			info, statErr := os.Stat(elsewhere)
			if err != nil || statErr != nil || len(left) != 0 || info.Mode().Perm() != 0o700 {
				t.Errorf("the other folder has %v, mode %v, %v %v", left, info.Mode().Perm(), err, statErr)
			}
		})
	}
}

// A link in the place of a file of the issue, and what is named as if it were being written, are told.
func TestASurveyTellsLinksAndWhatHides(t *testing.T) {
	o := newOffice(t)
	o.publish(o.withFile(o.entry(), "附件.pdf", "%PDF-1.4 a"), o.entry())
	o.replaced("2026/04/02.html", linkTo("/etc/hostname"))
	o.replaced("2026/04/.new-ad.html", vast)
	o.replaced(".new-ad.html", vast)
	got := refs(o.survey())
	for _, want := range []string{"2026/04/02.html", "2026/04/.new-ad.html", ".new-ad.html"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not told: %v", want, got)
		}
	}
}

// Who changes edition.json cannot make the program write, read or remove anything outside of the issue.
func TestARecordThatNamesOtherFoldersIsForeign(t *testing.T) {
	for name, change := range map[string]func(r *record){
		"page":          func(r *record) { r.Articles[0].Page = "../../../../victim/01.html" },
		"absolute page": func(r *record) { r.Articles[0].Page = "/victim/01.html" },
		"record":        func(r *record) { r.Articles[0].Page = recordName },
		"file":          func(r *record) { r.Files[0].Path = "../../../../victim/secret.txt" },
		"hidden file":   func(r *record) { r.Files[0].Path = "01/../../../../../victim/secret.txt" },
		"no name":       func(r *record) { r.Files[0].Path = "" },
		"twice":         func(r *record) { r.Articles[1].Position = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			ed := o.publish(o.withFile(o.entry(), "附件.pdf", "%PDF-1.4 a"), o.entry())
			o.forget()
			victim := filepath.Join(filepath.Dir(o.withheld), "victim")
			if err := errors.Join(os.MkdirAll(filepath.Join(victim, "01"), 0o755), os.WriteFile(filepath.Join(victim, "secret.txt"), []byte("x"), 0o600)); err != nil {
				t.Fatal(err)
			}
			r, _, err := o.gazette.readRecord(place{year: 2026, number: 4})
			if err != nil {
				t.Fatal(err)
			}
			change(&r)
			data, err := r.encode()
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(o.cfg.Root, "2026", "04", recordName)
			o.unlock(path)
			o.write(path, data)
			before := tree(t, victim)
			for _, a := range []press.Act{o.memory.Open(press.Publish, ed), o.act(press.Amend, press.InPlace, only(ed, 0)), o.memory.Open(press.Withdraw, only(ed, 0))} {
				if r, err := o.deliver(a); err == nil && r.Status != press.NeedsHand || err != nil && press.RemedyOf(err) != press.AskPerson {
					t.Errorf("%s: %s, %v", a.Verb, r.Status, err)
				}
			}
			if !maps.Equal(tree(t, victim), before) {
				t.Error("the other folder was changed")
			}
			if _, err := os.Stat(filepath.Join(victim, "01")); err != nil {
				t.Errorf("a folder outside was removed: %v", err)
			}
		})
	}
}

// A record of withdrawals that somebody put there sends no reader anywhere that the office did not say.
func TestAWithdrawalThatSomebodyRecordedSendsNobodyAway(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.entry(), o.entry())
	path := filepath.Join(o.cfg.Root, "2026", "04", withdrawnName)
	o.unlock(path)
	o.write(path, []byte(`[{"marker":"`+ed.Entries[0].Copy.Marker+`","page":"01.html","at":"2026-11-24T09:00:00+08:00","how":"moved","title":"x","target":"https://evil.example/"}]`))
	o.withdraw(press.NoticePage, ed.Entries[0])
	if page := string(o.read("2026/04/01.html")); strings.Contains(page, "evil.example") {
		t.Errorf("the notice leads away:\n%s", page)
	}
}
