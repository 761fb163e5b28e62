package gazette

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

// remark is what a ledger says beside the text of an entry.
func remark(text string) press.Remark {
	return press.Remark{At: time.Date(2026, 12, 1, 10, 0, 0, 0, zone), Kind: press.RemarkCorrection, Text: text, URL: "https://www.example.gov.cn/gazette/2026/05/errata.html#e1"}
}

func repealed(text string) press.Remark {
	return press.Remark{At: time.Date(2027, 3, 1, 9, 0, 0, 0, zone), Kind: press.RemarkValidity, Validity: press.Repealed, Text: text, URL: "https://www.example.gov.cn/decision.html"}
}

// act opens an amendment or annotation of some entries with the remarks given for each of them.
func (o *office) act(v press.Verb, w press.Way, ed press.Edition, remarks ...press.Remark) press.Act {
	a := o.memory.Open(v, press.Edition{Key: ed.Key, Entries: ed.Entries})
	a.Way = w
	for i := range a.Edition.Entries {
		a.Edition.Entries[i].Remarks = remarks
	}
	return a
}

func (o *office) amend(v press.Verb, w press.Way, ed press.Edition, remarks ...press.Remark) press.Receipt {
	o.t.Helper()
	r, err := o.deliver(o.act(v, w, ed, remarks...))
	if err != nil {
		o.t.Fatalf("%s: %v", v, err)
	}
	return r
}

// only is an edition with one of its entries, as an act on one copy has it.
func only(ed press.Edition, i int) press.Edition {
	ed.Entries = ed.Entries[i : i+1]
	return ed
}

// modes are the permissions of everything below a folder.
func modes(t testing.TB, dir string) map[string]fs.FileMode {
	t.Helper()
	m := map[string]fs.FileMode{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			m[p] = info.Mode()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// closed checks that nothing of an issue can be written.
func (o *office) closed(when string) {
	o.t.Helper()
	for p, m := range modes(o.t, filepath.Join(o.cfg.Root, "2026", "04")) {
		if m.Perm()&0o222 != 0 {
			o.t.Errorf("%s: %s can be written: %v", when, p, m)
		}
	}
}

func TestAnIssueIsCorrectedInTheNextOne(t *testing.T) {
	o := newOffice(t)
	if m := o.gazette.Means(); len(m) != 1 || m[0].Way != press.Erratum || m[0].What == "" {
		t.Errorf("means %+v", m)
	}
}

func TestARemarkStandsOnItsPageAndTheIssuedBytesBelowIt(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.withFile(o.entry(), "附件.pdf", "%PDF-1.4 a"), o.entry())
	dir := filepath.Join(o.cfg.Root, "2026", "04")
	before := tree(t, dir)
	words := "正文第二段“坚持以人民为中心”误为“坚持为中心”，更正见2026年第5号。<b>"
	if r := o.amend(press.Amend, press.Erratum, only(ed, 0), remark(words)); r.Status != press.Live || len(r.Parts) != 1 || r.Parts[0].URL != ed.Entries[0].Copy.URL {
		t.Fatalf("receipt %+v", r)
	}
	after := tree(t, dir)
	for name, data := range before {
		if name != "01.html" && after[name] != data {
			t.Errorf("%s changed", name)
		}
	}
	page := []byte(after["01.html"])
	if p := part(page); p.broken || string(p.issued) != before["01.html"] || len(p.block) == 0 {
		t.Error("without its remark the page is not what was issued")
	}
	text := channels.NodeText(o.dom("2026/04/01.html"))
	if strings.Contains(text, words) {
		t.Error("the remark counts as text of the page")
	}
	for _, want := range []string{"更正说明", "2026年12月1日", "&lt;b&gt;", `href="../../2026/05/errata.html#e1"`, "data-aside"} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if text, _ := channels.TextIn(page, textID); press.Fold(text) != press.Fold(press.Text(ed.Entries[0].Revision.Body)) {
		t.Errorf("the text is now %q", text)
	}
	o.closed("after a remark")
	if r, err := o.deliver(o.memory.Open(press.Publish, ed)); err != nil || r.Status != press.Live {
		t.Errorf("the issue with a remark is %v %s, %v", r.Status, r.Note, err)
	}
}

func TestRemarksAddUpAndTheNewestStandsFirst(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.entry())
	o.amend(press.Amend, press.Erratum, ed, remark("更正一"))
	o.amend(press.Annotate, "", ed, remark("更正一"), repealed("依据某决定，本文件自2027年3月1日起废止。"))
	page := o.read("2026/04/01.html")
	if got := strings.Count(string(page), `<p class="`+wordsClass+`">`); got != 2 {
		t.Errorf("%d remarks", got)
	}
	if newest, oldest := bytes.Index(page, []byte("本文件已废止")), bytes.Index(page, []byte("更正一")); newest < 0 || newest > oldest {
		t.Errorf("the newest remark is at %d, the oldest at %d", newest, oldest)
	}
	o.amend(press.Annotate, "", ed)
	if p := part(o.read("2026/04/01.html")); p.block != nil {
		t.Error("remarks that no longer hold are still there")
	}
}

func TestARemarkLeadsToTheVeryCorrection(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.entry(), o.entry())
	mine := correction("我的", 4, press.Change{Was: "一", Now: "二"})
	mine.Item = ed.Entries[1].Item.ID
	o.issue(o.corrected([]press.Correction{correction("别的", 4, press.Change{Was: "一", Now: "二"}), mine}, o.entry()))
	m := remark("更正见第5号")
	for address, want := range map[string]string{
		o.cfg.URL + "/2026/05/":            "../../2026/05/errata.html#e2",
		o.cfg.URL + "/2026/05/01.html":     "../../2026/05/01.html",
		o.cfg.URL + "/2026/04/":            "../../2026/04/",
		"https://www.example.gov.cn/a.htm": "https://www.example.gov.cn/a.htm",
	} {
		m.URL = address
		o.amend(press.Annotate, "", only(ed, 1), m)
		if l := links(o.dom("2026/04/02.html")); l[want] != "查看更正" {
			t.Errorf("%s: the page leads to %v, want %s", address, l, want)
		}
	}
	m.URL = "javascript:alert(1)"
	o.amend(press.Annotate, "", only(ed, 1), m)
	if strings.Contains(string(o.read("2026/04/02.html")), "javascript") {
		t.Error("a link that is no address")
	}
}

// A document may be repealed before the issue is out that prints it: its page says so from the beginning, beside the bytes that are issued.
func TestAnIssueComesOutWithTheRemarksThatAreKnown(t *testing.T) {
	o := newOffice(t)
	e := o.entry()
	e.Remarks = []press.Remark{repealed("出刊前已经废止")}
	ed := o.publish(e, o.entry())
	page := o.read("2026/04/01.html")
	r, _, err := o.gazette.readRecord(place{year: 2026, number: 4})
	if p := part(page); err != nil || p.broken || p.block == nil || !r.sealed("01.html", p.issued) {
		t.Errorf("the page is not what was issued, with a remark: %v", err)
	}
	if r := o.amend(press.Annotate, "", only(ed, 0), e.Remarks...); r.Status != press.Live || !bytes.Equal(o.read("2026/04/01.html"), page) {
		t.Errorf("the same remark again: %v", r.Status)
	}
	s, err := o.gazette.Observe(t.Context(), o.act(press.Annotate, "", only(ed, 0), e.Remarks...).Edition.Entries[0])
	if err != nil || s.Status != press.SeenEqual {
		t.Errorf("seen %v %s, %v", s.Status, s.Detail, err)
	}
}

func TestARemarkThatTheLedgerDoesNotKnowIsNoticed(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.entry())
	before := o.act(press.Annotate, "", ed).Edition.Entries[0]
	o.amend(press.Annotate, "", ed, repealed("假的废止"))
	if s, err := o.gazette.Observe(t.Context(), before); err != nil || s.Status != press.SeenDiffers || !strings.Contains(s.Detail, "假的废止") {
		t.Errorf("seen %v %s, %v", s.Status, s.Detail, err)
	}
}

func TestAnAmendmentMadeAgainWritesNothing(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.entry(), o.entry())
	a := o.act(press.Annotate, "", ed, repealed("已废止"))
	if r, err := o.gazette.Lookup(t.Context(), a, o.memory.Journal(a.ID)); err != nil || r.Status != press.Absent {
		t.Errorf("before it is made: %v, %v", r.Status, err)
	}
	if _, err := o.deliver(a); err != nil {
		t.Fatal(err)
	}
	f := &faulty{at: 0, err: errors.New("written again")}
	o.gazette.disk = f.on(o.gazette.disk)
	if r, err := o.gazette.Amend(t.Context(), a, o.memory.Journal(a.ID)); err != nil || r.Status != press.Live || f.n > 0 {
		t.Errorf("again: %v, %d changes, %v", r.Status, f.n, err)
	}
	if r, err := o.gazette.Lookup(t.Context(), a, o.memory.Journal(a.ID)); err != nil || r.Status != press.Live || len(r.Parts) != 2 {
		t.Errorf("after it was made: %+v, %v", r, err)
	}
}

func TestAWithdrawnArticleStaysWithdrawn(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.entry(), o.entry())
	o.withdraw(press.NoticePage, ed.Entries[0])
	before := o.read("2026/04/01.html")
	for _, way := range []press.Way{press.Erratum, press.InPlace} {
		r := o.amend(press.Amend, way, ed, remark("更正"))
		if r.Status != press.Live || r.Parts[0].Status != press.Gone || r.Parts[1].Status != press.Live {
			t.Errorf("%s: %+v", way, r)
		}
	}
	if !bytes.Equal(o.read("2026/04/01.html"), before) {
		t.Error("the notice changed")
	}
	if r := o.amend(press.Annotate, "", only(ed, 0), repealed("废止")); r.Status != press.Gone {
		t.Errorf("nothing is left of it, and yet it is %v", r.Status)
	}
}

func TestWithdrawingARemarkedArticleKeepsWhatWasSeen(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.entry())
	o.amend(press.Amend, press.Erratum, ed, remark("更正"))
	page := string(o.read("2026/04/01.html"))
	o.withdraw(press.NoticePage, ed.Entries[0])
	kept := o.apart()
	maps.DeleteFunc(kept, func(name, _ string) bool { return holds(strings.TrimPrefix(name, "2026/04/"), 1) })
	if !maps.Equal(kept, map[string]string{"2026/04/01.html": page}) {
		t.Errorf("withheld %v", slices.Collect(maps.Keys(kept)))
	}
}

func TestWhatIsPutIntoARemarkIsNoticed(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.entry())
	o.amend(press.Amend, press.Erratum, ed, remark("更正一处"))
	good := o.read("2026/04/01.html")
	path := filepath.Join(o.cfg.Root, "2026", "04", "01.html")
	entry := o.act(press.Amend, press.Erratum, ed, remark("更正一处")).Edition.Entries[0]
	for name, bad := range map[string][]byte{
		"words":      bytes.Replace(good, []byte("更正一处"), []byte("更正两处"), 1),
		"more":       bytes.Replace(good, []byte("</aside>"), []byte("<p>广告</p></aside>"), 1),
		"open end":   bytes.Replace(good, []byte(remarksEnd), nil, 1),
		"beside":     bytes.Replace(good, []byte("</main>"), []byte(`<p><a href="https://bad.example">广告</a></p></main>`), 1),
		"no seal":    bytes.Replace(good, []byte(remarksBegin), []byte("<!--remarks "), 1),
		"a second":   bytes.Replace(good, textBegin, append([]byte(remarksBegin+sum([]byte("<p>x</p>"))+markEnd+"<p>x</p>"+remarksEnd), textBegin...), 1),
		"not at all": part(good).issued,
	} {
		o.unlock(path)
		o.write(path, bad)
		s, err := o.gazette.Observe(t.Context(), entry)
		if err != nil || s.Status != press.SeenDiffers || s.Detail == "" {
			t.Errorf("%s: seen %v %s, %v", name, s.Status, s.Detail, err)
		}
		if r, err := o.deliver(o.memory.Open(press.Publish, ed)); name != "not at all" && (err != nil || r.Status != press.NeedsHand) {
			t.Errorf("%s: the issue is %v, %v", name, r.Status, err)
		}
		o.amend(press.Amend, press.Erratum, ed, remark("更正一处"))
		if !bytes.Equal(o.read("2026/04/01.html"), good) {
			t.Errorf("%s: was not mended", name)
		}
	}
	o.unlock(path)
	o.write(path, good)
	if s, err := o.gazette.Observe(t.Context(), entry); err != nil || s.Status != press.SeenEqual {
		t.Errorf("the good page is %v %s, %v", s.Status, s.Detail, err)
	}
}

// Whatever a remark says, it stays within its marks, and what was issued stays as it was.
func TestAHostileRemarkStaysWithinItsMarks(t *testing.T) {
	const hostile = `--><!--/remarks--><script>alert(1)</script><!--remarks sha256:0000-->` + "\n" + `<div class="text" id="text">` + "\x00\u202e"
	o := newOffice(t)
	ed := o.publish(o.entry(), o.entry())
	issued := o.read("2026/04/01.html")
	for i := range 3 {
		m := remark(fmt.Sprint(hostile, i))
		m.URL = `https://www.example.gov.cn/"><script>` + hostile
		r := o.amend(press.Annotate, "", only(ed, 0), m)
		page := o.read("2026/04/01.html")
		if was := part(page); r.Status != press.Live || was.broken || !bytes.Equal(was.issued, issued) || bytes.Contains(page, []byte("<script")) {
			t.Fatalf("%s, broken %v:\n%s", r.Status, was.broken, page)
		}
	}
}
