package site

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongfa/channels"
	"tongfa/press"
)

// withNames gives an entry attachments by their names; what is in them is their name.
func (w *town) withNames(names ...string) func(*press.Entry) {
	return func(e *press.Entry) {
		e.Revision.Attachments = nil
		for _, n := range names {
			data := []byte("%PDF-1.4 " + n)
			e.Revision.Attachments = append(e.Revision.Attachments, press.Asset{Digest: w.memory.Put(data), Name: n, MIME: "application/pdf", Size: int64(len(data))})
		}
	}
}

// revised makes of an entry the next revision, with a remark.
func (w *town) revised(change ...func(*press.Entry)) func(*press.Entry) {
	return func(e *press.Entry) {
		e.Revision.Number++
		e.Revision.Title = strings.Replace(e.Revision.Title, "通知", "通知（修订）", 1)
		e.Revision.Body = append([]press.Block{press.P("修订后的第一段。")}, e.Revision.Body...)
		e.Remarks = append([]press.Remark{}, e.Remarks...)
		e.Remarks = append(e.Remarks, press.Remark{At: w.clock(), Kind: press.RemarkCorrection, Text: "施行日期由12月1日更正为12月11日"})
		for _, f := range change {
			f(e)
		}
		e.Revision.Digest = e.Revision.Sum()
	}
}

func repealedBy(at time.Time) press.Remark {
	return press.Remark{At: at, Kind: press.RemarkValidity, Validity: press.Repealed, Text: "被《示例区人民政府关于废止部分文件的决定》废止", URL: "https://www.example.gov.cn/content/2026/11/jueding.html"}
}

// amend corrects entries and gives them back as the ledger knows them afterwards.
func (w *town) amend(v press.Verb, e press.Entry, change func(*press.Entry)) press.Entry {
	w.t.Helper()
	a := w.memory.Revise(v, press.Edition{Key: "a", Entries: []press.Entry{e}}, change)
	r, err := w.deliver(a)
	if err != nil || r.Status != press.Live {
		w.t.Fatalf("%s: %v, %v", v, r.Status, err)
	}
	return w.again(e)
}

// again is an entry as the ledger knows it now.
func (w *town) again(e press.Entry) press.Entry {
	return w.memory.Open(press.Publish, press.Edition{Entries: []press.Entry{e}}).Edition.Entries[0]
}

func (w *town) sees(e press.Entry, want press.SightingStatus) press.Sighting {
	w.t.Helper()
	s, err := w.site.Observe(w.t.Context(), e)
	if err != nil || s.Status != want {
		w.t.Errorf("seen %v %q %v, want %s", s.Status, s.Detail, err, want)
	}
	return s
}

func TestACorrectionShowsWhatItIsAndWhen(t *testing.T) {
	w := newTown(t)
	old := w.publish(w.entry(w.withNames("旧表.pdf", "共用.pdf")))[0]
	w.advance(26 * time.Hour)
	e := w.amend(press.Amend, old, w.revised(w.withNames("共用.pdf", "新表.pdf")))
	page := w.dom(w.path(e))
	if got := press.Fold(words(byID(page, remarksID))); got != "更正说明2026年11月25日：施行日期由12月1日更正为12月11日" {
		t.Errorf("the remark reads %q", got)
	}
	about := press.Fold(words(channels.FindElement(page, isClass("told"))))
	if !strings.HasPrefix(about, "发布时间：2026-11-2418:00更正时间：2026-11-2520:00来源：") {
		t.Errorf("the page says %q", about)
	}
	if byID(byID(page, articleID), remarksID) != nil {
		t.Error("the remark stands in the approved text")
	}
	w.sees(e, press.SeenEqual)
	w.sees(old, press.SeenDiffers)
	var files []string
	for rel := range w.tree() {
		if strings.HasPrefix(rel, filesDir(w.path(e))+"/") {
			files = append(files, path.Base(rel)[9:])
		}
	}
	if len(files) != 2 || strings.Contains(strings.Join(files, " "), "旧表") {
		t.Errorf("files in service: %v", files)
	}
	for _, rel := range []string{"index.html", "tzgg/index.html", "tzgg/page-1.html", "catalog/2026/index.html", "search/2026-11-1.json", "feed.xml"} {
		if !bytes.Contains(w.read(rel), []byte(e.Revision.Title)) {
			t.Errorf("%s does not show the new title", rel)
		}
	}
}

func TestARepealIsSaidAtTheTopAndInTheCatalogue(t *testing.T) {
	w := newTown(t)
	e := w.publish(w.entry())[0]
	e = w.amend(press.Amend, e, w.revised())
	e = w.amend(press.Annotate, e, func(e *press.Entry) { e.Remarks = append(e.Remarks, repealedBy(w.clock())) })
	page := w.dom(w.path(e))
	if got := press.Fold(words(byID(page, bannerID))); got != "本文件已废止（2026年11月24日）被《示例区人民政府关于废止部分文件的决定》废止" {
		t.Errorf("the banner reads %q", got)
	}
	if first := channels.FindElement(page, isClass("article")).FirstChild.NextSibling; channels.AttrOf(first, "role") != "note" {
		t.Errorf("the page begins with %v", first)
	}
	if l := links(page)["https://www.example.gov.cn/content/2026/11/jueding.html"]; l == "" {
		t.Error("the banner has no link to what repealed it")
	}
	for rel, want := range map[string]string{"catalog/2026/index.html": `<td class="day off">废止</td>`, "tzgg/index.html": "（已废止）</span></a>"} {
		if !strings.Contains(string(w.read(rel)), want) {
			t.Errorf("%s does not say that the document is repealed", rel)
		}
	}
	if got := press.Fold(words(byID(page, remarksID))); strings.Contains(got, "废止") || !strings.Contains(got, "更正说明") {
		t.Errorf("the remarks read %q", got)
	}
	w.sees(e, press.SeenEqual)
	e = w.amend(press.Annotate, e, func(e *press.Entry) {
		e.Remarks = append(e.Remarks, press.Remark{At: w.clock(), Kind: press.RemarkValidity, Validity: press.InForce, Text: "废止决定已撤销"})
	})
	if got := press.Fold(words(byID(w.dom(w.path(e)), bannerID))); !strings.HasPrefix(got, "本文件现行有效") {
		t.Errorf("the banner reads %q", got)
	}
}

// Whatever became of a page and its files, an amendment with the same revision makes them as they were.
func TestARestoreMakesEverythingAsItWas(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, page, dir, file string){
		"words changed":       func(t *testing.T, page, _, _ string) { edit(t, page, "依法依规", "酌情") },
		"a remark taken away": func(t *testing.T, page, _, _ string) { edit(t, page, "更正说明", "") },
		"a script put in":     func(t *testing.T, page, _, _ string) { edit(t, page, "</main>", "<script>x()</script></main>") },
		"page deleted":        func(t *testing.T, page, _, _ string) { must(t, os.Remove(page)) },
		"page cut":            func(t *testing.T, page, _, _ string) { must(t, os.Truncate(page, 900)) },
		"page empty":          func(t *testing.T, page, _, _ string) { must(t, os.Truncate(page, 0)) },
		"page is a folder":    func(t *testing.T, page, _, _ string) { must(t, os.Remove(page), os.MkdirAll(page+"/x", 0o755)) },
		"page is a link": func(t *testing.T, page, _, _ string) {
			must(t, os.Rename(page, page+".bak"), os.Symlink(page+".bak", page))
		},
		"page leads nowhere": func(t *testing.T, page, _, _ string) { must(t, os.Remove(page), os.Symlink("/nowhere", page)) },
		"file deleted":       func(t *testing.T, _, _, file string) { must(t, os.Remove(file)) },
		"file replaced":      func(t *testing.T, _, _, file string) { edit(t, file, "%PDF", "%PDX") },
		"file cut":           func(t *testing.T, _, _, file string) { must(t, os.Truncate(file, 3)) },
		"file is a folder":   func(t *testing.T, _, _, file string) { must(t, os.Remove(file), os.Mkdir(file, 0o755)) },
		"file is a link": func(t *testing.T, _, _, file string) {
			must(t, os.Rename(file, file+".x"), os.Symlink(file+".x", file))
		},
		"folder deleted":      func(t *testing.T, _, dir, _ string) { must(t, os.RemoveAll(dir)) },
		"folder is a file":    func(t *testing.T, _, dir, _ string) { must(t, os.RemoveAll(dir), os.WriteFile(dir, nil, 0o644)) },
		"folder is a link":    func(t *testing.T, _, dir, _ string) { must(t, os.Rename(dir, dir+".x"), os.Symlink(dir+".x", dir)) },
		"another file put in": func(t *testing.T, _, dir, _ string) { must(t, os.WriteFile(dir+"/evil.html", nil, 0o644)) },
		"revision made up":    func(t *testing.T, page, _, _ string) { edit(t, page, `data-revision="2"`, `data-revision="99"`) },
		"marker made up":      func(t *testing.T, page, _, _ string) { edit(t, page, `data-marker="`, `data-marker="0`) },
		"a related link put in": func(t *testing.T, page, _, _ string) {
			edit(t, page, `<aside class="phone"`, evilLinks+`<aside class="phone"`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTown(t)
			e := w.amend(press.Amend, w.publish(w.entry(w.withNames("表.pdf")))[0], w.revised())
			rel := w.path(e)
			dir := filesDir(rel)
			before := w.tree()
			spoil(t, w.site.abs(rel), w.site.abs(dir), w.site.abs(path.Join(dir, channels.FileName(e.Revision.Attachments[0]))))
			a := w.memory.Revise(press.Amend, press.Edition{Key: "r", Entries: []press.Entry{e}}, func(*press.Entry) {})
			if r, err := w.site.Lookup(t.Context(), a, w.memory.Journal(a.ID)); err != nil || r.Status != press.Absent {
				t.Errorf("a look at it says %v, %v", r.Status, err)
			}
			if r, err := w.deliver(a); err != nil || r.Status != press.Live {
				t.Fatalf("restore: %v, %v", r.Status, err)
			}
			after := w.tree()
			for name := range after {
				if strings.HasSuffix(name, ".x") || strings.HasSuffix(name, ".bak") || strings.Contains(name, ".x/") {
					delete(after, name) // what was moved away out of the item's folder is a stranger, which the survey tells
				}
			}
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("restored (-before +after):\n%s", diff)
			}
			w.sees(e, press.SeenEqual)
		})
	}
}

const evilLinks = `<section class="related" id="related"><ul><li><a href="https://evil.example/" data-rel="interprets" data-item="20261124-x00001">点此中奖</a></li></ul></section>`

func edit(t *testing.T, name, was, now string) {
	t.Helper()
	data, err := os.ReadFile(name)
	must(t, err)
	if !bytes.Contains(data, []byte(was)) {
		t.Fatalf("there is no %q to be changed", was)
	}
	must(t, os.WriteFile(name, bytes.Replace(data, []byte(was), []byte(now), 1), 0o644))
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// An attachment that the new text has no more goes only when the new page stands.
func TestAnAttachmentGoesAfterThePageThatLinksIt(t *testing.T) {
	w := newTown(t)
	e := w.publish(w.entry(w.withNames("旧表.pdf")))[0]
	old := path.Join(filesDir(w.path(e)), channels.FileName(e.Revision.Attachments[0]))
	rename := w.site.disk.Rename
	w.site.disk.Rename = func(from, to string) error {
		if to == w.site.abs(w.path(e)) {
			return errors.New("the disk is gone")
		}
		return rename(from, to)
	}
	a := w.memory.Revise(press.Amend, press.Edition{Key: "a", Entries: []press.Entry{e}}, w.revised(w.withNames("新表.pdf")))
	if _, err := w.deliver(a); err == nil {
		t.Fatal("the page was written though the disk refused it")
	}
	w.read(old)
	w.sees(e, press.SeenEqual)
	w.site.disk.Rename = rename
	if r, err := w.deliver(a); err != nil || r.Status != press.Live {
		t.Fatalf("%v, %v", r.Status, err)
	}
	if _, err := os.Stat(w.site.abs(old)); !os.IsNotExist(err) {
		t.Errorf("the old file is still in service: %v", err)
	}
}

// The program dies between the corrected page and the ledger's word on it. Another publication that has the page written again puts neither the old
// text back nor the old title on a list, and when the correction is resumed the page has that publication's link too.
func TestARefreshPutsNoOlderTextBack(t *testing.T) {
	for _, restarted := range []bool{false, true} {
		for _, verb := range []press.Verb{press.Amend, press.Annotate, "annotate again"} {
			t.Run(fmt.Sprintf("%s, restarted %v", verb, restarted), func(t *testing.T) {
				w := newTown(t)
				e := w.publish(w.entry())[0]
				change := w.revised()
				if verb == "annotate again" { // a later word on the validity takes the place of the earlier one
					e = w.amend(press.Annotate, e, func(e *press.Entry) { e.Remarks = append(e.Remarks, repealedBy(w.clock())) })
					w.advance(time.Hour)
					change = func(e *press.Entry) {
						e.Remarks = []press.Remark{{At: w.clock(), Kind: press.RemarkValidity, Validity: press.Amended, Text: "被另一份文件修改"}}
					}
					verb = press.Annotate
				} else if verb == press.Annotate {
					change = func(e *press.Entry) { e.Remarks = append(e.Remarks, repealedBy(w.clock())) }
				}
				a := w.memory.Revise(verb, press.Edition{Key: "a", Entries: []press.Entry{e}}, change)
				if _, err := channels.Deliver(t.Context(), w.site, a, w.memory.Journal(a.ID)); err != nil {
					t.Fatal(err)
				}
				if restarted {
					w.site = w.open(w.memory)
				}
				note := w.publish(w.entry(func(n *press.Entry) {
					n.Links = []press.Link{{Rel: press.LinkInterprets, Item: e.Item.ID, Title: e.Revision.Title, URL: e.Copy.URL}}
				}))[0]
				now := a.Edition.Entries[0]
				if ok, err := w.site.pageShows(now); err != nil || !ok {
					t.Fatalf("the older text is back: %v\n%s", err, w.read(w.path(e)))
				}
				r, err := w.deliver(a)
				if err != nil || r.Status != press.Live {
					t.Fatalf("resumed: %v, %v", r.Status, err)
				}
				if links(w.dom(w.path(e)))[w.site.Address(note)] != note.Revision.Title {
					t.Error("the page has lost the link that it gained meanwhile")
				}
				for _, rel := range []string{"tzgg/index.html", "tzgg/page-1.html", "index.html"} {
					if !bytes.Contains(w.read(rel), []byte(now.Revision.Title)) {
						t.Errorf("%s does not show the title as it is now", rel)
					}
				}
				w.sees(w.again(e), press.SeenEqual)
			})
		}
	}
}

// A ledger that was restored from a copy remembers nothing of an amendment; a look tells it.
func TestALookTellsAnAmendmentThatTheLedgerForgot(t *testing.T) {
	w := newTown(t)
	e := w.publish(w.entry())[0]
	a := w.memory.Revise(press.Amend, press.Edition{Key: "a", Entries: []press.Entry{e}}, w.revised())
	if _, err := channels.Deliver(t.Context(), w.site, a, w.memory.Journal(a.ID)); err != nil {
		t.Fatal(err)
	}
	before := w.tree()
	again := w.memory.Revise(press.Amend, press.Edition{Key: "a", Entries: []press.Entry{e}}, w.revised())
	again.Look = true
	if r, err := w.deliver(again); err != nil || r.Status != press.Live {
		t.Errorf("%v, %v", r.Status, err)
	}
	if steps, _ := w.memory.Journal(again.ID).Steps(t.Context()); len(steps) > 0 {
		t.Errorf("what was there was made again: %v", steps)
	}
	if diff := cmp.Diff(before, w.tree()); diff != "" {
		t.Errorf("a look changed the site:\n%s", diff)
	}
}

func TestAnAmendmentOfWhatWasWithdrawnLeavesTheNotice(t *testing.T) {
	w := newTown(t)
	e := w.publish(w.entry(w.withNames("表.pdf")))[0]
	a := w.memory.Revise(press.Amend, press.Edition{Key: "a", Entries: []press.Entry{e}}, w.revised())
	w.withdraw(press.NoticePage, e)
	before := w.tree()
	r, err := w.deliver(a)
	if err != nil || r.Status != press.Gone || r.Parts[0].Status != press.Gone {
		t.Errorf("%+v, %v", r, err)
	}
	if diff := cmp.Diff(before, w.tree()); diff != "" {
		t.Errorf("the amendment changed the site:\n%s", diff)
	}
	must(t, os.Remove(w.site.abs(w.path(e)))) // whoever removes the notice does not bring the text back
	later := w.memory.Revise(press.Annotate, press.Edition{Key: "b", Entries: []press.Entry{w.again(e)}}, func(*press.Entry) {})
	if r, err := w.deliver(later); err != nil || r.Status != press.Gone {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := os.Stat(w.site.abs(w.path(e))); !os.IsNotExist(err) {
		t.Error("a withdrawn text is back")
	}
}

// A ledger that was restored from a copy of before a correction publishes again, and nothing older is put over the correction.
func TestALatePublicationPutsNoOlderTextBack(t *testing.T) {
	w := newTown(t)
	ed := w.compose(w.entry(w.withNames("表.pdf")))
	first := w.memory.Open(press.Publish, ed)
	if _, err := w.deliver(first); err != nil {
		t.Fatal(err)
	}
	e := w.amend(press.Amend, w.again(ed.Entries[0]), w.revised(w.withNames("新表.pdf")))
	for _, look := range []bool{true, false} {
		late := first
		late.ID, late.Look = first.ID+100, look
		if r, err := channels.Deliver(t.Context(), w.site, late, w.memory.Journal(late.ID)); err != nil || r.Status != press.Live {
			t.Errorf("look %v: %v, %v", look, r.Status, err)
		}
		if ok, err := w.site.pageShows(e); err != nil || !ok {
			t.Fatalf("look %v: the older text is back, %v", look, err)
		}
		w.sees(e, press.SeenEqual)
	}
}

// A ledger that was restored from an old copy may know only the first of two copies of an item, the second of which stands there. It is not overwritten.
func TestAnotherCopyIsNotOverwritten(t *testing.T) {
	w := newTown(t)
	second := w.publish(w.entry(func(e *press.Entry) { e.Copy.Generation = 2; e.Revision.Number = 2 }))[0]
	before := string(w.read(w.path(second)))
	first := second
	first.Copy.Marker, first.Copy.Generation, first.Revision.Number = strings.Repeat("1", 20), 1, 1
	a := w.memory.Open(press.Publish, press.Edition{Key: "old"})
	a.Look, a.Edition.Entries = true, []press.Entry{first}
	r, err := w.deliver(a)
	if err == nil || press.RemedyOf(err) != press.AskPerson || !strings.Contains(press.TroubleOf(err).What, "另一份") {
		t.Errorf("%s, %v", r.Status, err)
	}
	if string(w.read(w.path(second))) != before {
		t.Error("it was overwritten")
	}
}

// A correction changes the text and not the place: the entry stays on the lists where the ledger put it, and its page says so.
func TestACorrectionStaysInItsColumn(t *testing.T) {
	w := newTown(t)
	e := w.amend(press.Amend, w.publish(w.entry())[0], w.revised(func(e *press.Entry) { e.Revision.Meta.Column, e.Revision.Meta.Theme = "其他栏目", "民政" }))
	tree := w.tree()
	if page := tree["tzgg/index.html"]; !strings.Contains(page, e.Revision.Title) {
		t.Error("its column does not show it any more")
	}
	crumbs := channels.NodeText(channels.FindElement(w.dom(w.path(e)), isClass("crumbs")))
	if !strings.Contains(crumbs, "通知公告") || strings.Contains(crumbs, "其他栏目") {
		t.Errorf("the page says that it is in %q", crumbs)
	}
	for _, rel := range []string{w.site.column("其他栏目").Path + "/index.html", themeDir("民政") + "/index.html"} {
		if _, there := tree[rel]; there {
			t.Errorf("there is a list %s, which cannot show it", rel)
		}
	}
	a := w.memory.Open(press.Amend, press.Edition{Key: "again", Entries: []press.Entry{e}})
	if r, err := w.site.Lookup(t.Context(), a, w.memory.Journal(a.ID)); err != nil || r.Status != press.Live {
		t.Errorf("the look says %s, %v", r.Status, err)
	}
}

// Whatever a remark says, its page is known again and nothing of it runs; a look finds it as it is.
func TestAHostileRemarkStaysText(t *testing.T) {
	w := newTown(t)
	e := w.publish(w.entry())[0]
	for range 2 {
		e = w.amend(press.Annotate, e, func(e *press.Entry) {
			e.Remarks = append(e.Remarks, press.Remark{At: w.clock(), Kind: press.RemarkValidity, Validity: press.Validity(strings.Repeat(`"><失效`, 200)), Text: evil + "<!-- -->", URL: `https://www.example.gov.cn/"><script>`})
		})
		w.advance(time.Hour)
		w.sees(e, press.SeenEqual)
		if page := string(w.read(w.path(e))); strings.Contains(page, "<script>") || strings.Contains(page, "<img src=x") {
			t.Errorf("it runs:\n%s", page)
		}
	}
	w.withdraw(press.NoticePage, e)
}
