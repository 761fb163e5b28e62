package gazette

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tongfa/channels"
	"tongfa/channels/channeltest"
	"tongfa/press"
)

func TestADamagedIssueIsMadeAgain(t *testing.T) {
	for _, kept := range []bool{true, false} {
		o := newOffice(t)
		e := o.withFile(o.entry(), "附件.pdf", "%PDF-1.4 a")
		e.Links = []press.Link{{Rel: press.LinkCanonical, Title: "网页", URL: "https://www.example.gov.cn/a.html"}}
		ed := o.publish(e, o.entry(), o.entry())
		o.amend(press.Annotate, "", only(ed, 1), repealed("废止"))
		o.memory.Link(e.Item.ID, e.Links[0], press.Link{Rel: press.LinkAmendedBy, Title: "后来的", URL: "https://www.example.gov.cn/b.html"})
		if !kept {
			o.forget()
		}
		dir := filepath.Join(o.cfg.Root, "2026", "04")
		want, wantModes := tree(t, dir), modes(t, dir)
		for name := range want {
			for kind, harm := range map[string]func(path string) error{
				"deleted": os.Remove,
				"edited":  func(p string) error { return os.WriteFile(p, []byte(want[name]+"<p>广告</p>"), 0o644) },
				"emptied": func(p string) error { return os.WriteFile(p, nil, 0o644) },
			} {
				path := filepath.Join(dir, filepath.FromSlash(name))
				o.unlock(path)
				if err := harm(path); err != nil {
					t.Fatal(err)
				}
				r := o.amend(press.Amend, press.InPlace, only(ed, 0))
				if name == recordName && !kept {
					if r.Status != press.NeedsHand || !strings.Contains(r.Note, recordName) || !strings.Contains(r.Note, "从备份恢复") {
						t.Errorf("%s %s: %v %s", name, kind, r.Status, r.Note)
					}
					o.write(path, []byte(want[name]))
					o.lock(path)
				} else if r.Status != press.Live {
					t.Errorf("%s %s: %v %s", name, kind, r.Status, r.Note)
				}
				if !maps.Equal(tree(t, dir), want) || !maps.Equal(modes(t, dir), wantModes) {
					t.Errorf("%s %s, own copy %v: not as it was: %v", name, kind, kept, differing(tree(t, dir), want))
				}
			}
		}
		o.foundKept(want, kept)
	}
}

// foundKept checks that what was found in place of each file of an issue is kept.
func (o *office) foundKept(files map[string]string, record bool) {
	o.t.Helper()
	apart := o.apart()
	for name, data := range files {
		bad := data + "<p>广告</p>"
		if got := apart["2026/04/"+name+"."+sum([]byte(bad))[:8]]; got != bad && (record || name != recordName) {
			o.t.Errorf("what was found in place of %s is not kept", name)
		}
	}
}

// Who changes a page and edition.json with it is found out by the office's own copy.
func TestARecordThatWasChangedWithItsPageIsNoticed(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.entry())
	dir := filepath.Join(o.cfg.Root, "2026", "04")
	want := tree(t, dir)
	page := strings.Replace(want["01.html"], "</main>", "<p>广告</p></main>", 1)
	record := strings.Replace(want[recordName], sum([]byte(want["01.html"])), sum([]byte(page)), 1)
	for name, data := range map[string]string{"01.html": page, recordName: record} {
		o.unlock(filepath.Join(dir, name))
		o.write(filepath.Join(dir, name), []byte(data))
	}
	if r, err := o.deliver(o.memory.Open(press.Publish, ed)); err != nil || r.Status != press.NeedsHand || !strings.Contains(r.Note, recordName) {
		t.Errorf("the issue is %v %s, %v", r.Status, r.Note, err)
	}
	if s, err := o.gazette.Observe(t.Context(), ed.Entries[0]); err != nil || s.Status != press.SeenDiffers {
		t.Errorf("seen %v, %v", s.Status, err)
	}
	if r := o.amend(press.Amend, press.InPlace, ed); r.Status != press.Live || !maps.Equal(tree(t, dir), want) {
		t.Errorf("%v %s", r.Status, r.Note)
	}
}

// A later version of the program draws pages otherwise; a remark still goes on the page that was issued.
func TestARemarkOnADamagedPageBringsBackTheIssuedOne(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.entry())
	want := o.read("2026/04/01.html")
	path := filepath.Join(o.cfg.Root, "2026", "04", "01.html")
	o.unlock(path)
	o.write(path, []byte("改过"))
	a := o.act(press.Annotate, "", ed, repealed("废止"))
	a.Edition.Entries[0].Public = a.Edition.Entries[0].Public.Add(time.Hour) // drawn now, the page would be another one
	r, err := o.deliver(a)
	if p := part(o.read("2026/04/01.html")); err != nil || r.Status != press.Live || !bytes.Equal(p.issued, want) || p.block == nil {
		t.Errorf("%v %s, %v", r.Status, r.Note, err)
	}
}

// With withdrawn.json lost, nothing in the folder says what was withdrawn: what the ledger does not know to be public stays away.
func TestWhatWasWithdrawnDoesNotComeBackWithTheRest(t *testing.T) {
	for _, kept := range []bool{true, false} {
		o := newOffice(t)
		ed := o.publish(o.withFile(o.entry(titled("撤回的")), "附件.pdf", "%PDF-1.4 a"), o.entry())
		o.withdraw(press.NoticePage, ed.Entries[0])
		dir := filepath.Join(o.cfg.Root, "2026", "04")
		withdrawn := filepath.Join(dir, withdrawnName)
		o.unlock(withdrawn)
		if err := os.Remove(withdrawn); err != nil {
			t.Fatal(err)
		}
		if !kept {
			o.forget()
		}
		for i := range ed.Entries {
			a := o.act(press.Amend, press.InPlace, only(ed, i))
			if _, err := o.deliver(a); err != nil {
				t.Fatal(err)
			}
		}
		files := tree(t, dir)
		if _, there := files["01/"+channels.FileName(ed.Entries[0].Revision.Attachments[0])]; there || strings.Contains(files["01.html"], "依法依规推进") {
			t.Errorf("own copy %v: what was withdrawn is public again", kept)
		}
	}
}

// lock makes a file and its folder read-only, as an issue is.
func (o *office) lock(path string) {
	o.t.Helper()
	if err := errors.Join(os.Chmod(path, 0o444), os.Chmod(filepath.Dir(path), 0o555)); err != nil {
		o.t.Fatal(err)
	}
}

func TestWhatCannotBeMadeAgainIsNamedAndNotWritten(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.withFile(o.entry(), "附件.pdf", "%PDF-1.4 a"), o.entry())
	o.forget()
	dir := filepath.Join(o.cfg.Root, "2026", "04")
	file := "01/" + channels.FileName(ed.Entries[0].Revision.Attachments[0])
	for _, name := range []string{"01.html", file, "index.html"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		o.unlock(path)
		o.write(path, []byte("改过"))
	}
	a := o.act(press.Amend, press.InPlace, ed)
	a.Edition.Entries[0].Public = a.Edition.Entries[0].Public.Add(time.Hour) // the page would bear another time
	o.gazette.o.Blobs = noBlobs{}
	r, err := o.deliver(a)
	if err != nil || r.Status != press.NeedsHand || r.Parts[0].Status != press.NeedsHand || r.Parts[1].Status != press.Live {
		t.Fatalf("%+v, %v", r, err)
	}
	for _, want := range []string{"01.html", file, "从备份恢复", "2026年第4号"} {
		if !strings.Contains(r.Note, want) {
			t.Errorf("the note does not say %q: %s", want, r.Note)
		}
	}
	if strings.Contains(r.Note, "index.html") || string(o.read("2026/04/01.html")) != "改过" {
		t.Errorf("note %s, page %s", r.Note, o.read("2026/04/01.html"))
	}
	if sum(o.read("2026/04/index.html")) == sum([]byte("改过")) {
		t.Error("what can be made again was not")
	}
}

func TestAnIssuedTextIsNotReplaced(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.entry())
	a := o.act(press.Amend, press.InPlace, ed)
	a.Edition.Entries[0].Revision.Body = []press.Block{press.P("新的文字")}
	a.Edition.Entries[0] = sealedEntry(a.Edition.Entries[0])
	before := o.read("2026/04/01.html")
	if _, err := o.deliver(a); press.RemedyOf(err) != press.AskPerson || !strings.Contains(press.TroubleOf(err).Say(), "下期刊登更正") {
		t.Errorf("%v", err)
	}
	if !bytes.Equal(o.read("2026/04/01.html"), before) {
		t.Error("the page changed")
	}
}

func TestALinkInPlaceOfAFileIsNotTheFile(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.entry())
	path, elsewhere := filepath.Join(o.cfg.Root, "2026", "04", "01.html"), filepath.Join(filepath.Dir(o.withheld), "01.html")
	o.unlock(path)
	if err := errors.Join(os.Rename(path, elsewhere), os.Symlink(elsewhere, path)); err != nil {
		t.Fatal(err)
	}
	if r, err := o.deliver(o.memory.Open(press.Publish, ed)); err != nil || r.Status != press.NeedsHand {
		t.Errorf("the issue is %v, %v", r.Status, err)
	}
	if r := o.amend(press.Amend, press.InPlace, ed); r.Status != press.Live {
		t.Errorf("%v %s", r.Status, r.Note)
	}
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		t.Errorf("still no file: %v, %v", info, err)
	}
}

// A page that is not the act's own, and of which the ledger knows nothing, is left to a person: nobody knows which remarks it had.
func TestAPageWhoseRemarksNobodyKnowsIsAPersonsMatter(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.entry(), o.entry())
	o.amend(press.Annotate, "", only(ed, 1), repealed("废止"))
	path := filepath.Join(o.cfg.Root, "2026", "04", "02.html")
	bad := bytes.Replace(o.read("2026/04/02.html"), []byte("</aside>"), []byte("<p>x</p></aside>"), 1)
	o.unlock(path)
	o.write(path, bad)
	o.gazette.o.Archive = channeltest.NewMemory(o.clock)
	r := o.amend(press.Amend, press.InPlace, only(ed, 0))
	if r.Status != press.NeedsHand || r.Parts[0].Status != press.Live || !strings.Contains(r.Note, "02.html") || !bytes.Equal(o.read("2026/04/02.html"), bad) {
		t.Errorf("%+v", r)
	}
}

func TestAFolderInTheWayIsAPersonsMatter(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.entry())
	path := filepath.Join(o.cfg.Root, "2026", "04", "01.html")
	o.unlock(path)
	if err := errors.Join(os.Remove(path), os.MkdirAll(filepath.Join(path, "x"), 0o755)); err != nil {
		t.Fatal(err)
	}
	if r := o.amend(press.Amend, press.InPlace, ed); r.Status != press.NeedsHand || !strings.Contains(r.Note, "01.html") {
		t.Errorf("%v %s", r.Status, r.Note)
	}
}

func TestAnIssueThatIsGoneComesBackFromTheOwnCopyOrIsAskedFor(t *testing.T) {
	for _, kept := range []bool{true, false} {
		o := newOffice(t)
		ed := o.publish(o.withFile(o.entry(), "附件.pdf", "%PDF-1.4 a"), o.entry())
		dir := filepath.Join(o.cfg.Root, "2026", "04")
		want := tree(t, dir)
		if !kept {
			o.forget()
			want = map[string]string{}
		}
		if err := o.gazette.disk.removeTree(dir); err != nil {
			t.Fatal(err)
		}
		r := o.amend(press.Amend, press.InPlace, only(ed, 1))
		if kept != (r.Status == press.Live) || !kept && (r.Status != press.NeedsHand || !strings.Contains(r.Note, "2026/04")) {
			t.Errorf("own copy %v: %v %s", kept, r.Status, r.Note)
		}
		if !maps.Equal(tree(t, dir), want) {
			t.Errorf("own copy %v: %v", kept, differing(tree(t, dir), want))
		}
	}
}

type noBlobs struct{}

func (noBlobs) Blob(context.Context, string) ([]byte, error) { return nil, fmt.Errorf("no assets") }
