package gazette

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tongfa/channels"
	"tongfa/config"
	"tongfa/press"
)

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	o := newOffice(t)
	good := Options{Archive: o.memory, Blobs: o.memory, Withheld: o.withheld}
	for name, change := range map[string]func(*config.Gazette, *Options){
		"no name":              func(c *config.Gazette, _ *Options) { c.Name = "" },
		"no root":              func(c *config.Gazette, _ *Options) { c.Root = "" },
		"no web address":       func(c *config.Gazette, _ *Options) { c.URL = "ftp://www.example.gov.cn" },
		"no withheld":          func(_ *config.Gazette, o *Options) { o.Withheld = "" },
		"withheld in public":   func(c *config.Gazette, o *Options) { o.Withheld = filepath.Join(c.Root, "w") },
		"withheld is the root": func(c *config.Gazette, o *Options) { o.Withheld = c.Root },
		"no archive":           func(_ *config.Gazette, o *Options) { o.Archive = nil },
		"no blobs":             func(_ *config.Gazette, o *Options) { o.Blobs = nil },
	} {
		cfg, opts := o.cfg, good
		change(&cfg, &opts)
		if _, err := New(cfg, opts); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := New(o.cfg, good); err != nil {
		t.Error(err)
	}
}

func TestAnIssueIsOneFolderWithEverything(t *testing.T) {
	o := newOffice(t)
	first := o.withFile(o.entry(), "责任分工.pdf", "%PDF-1.4 a")
	ed := o.publish(first, o.entry(kind(press.Interpretation), titled("政策解读")), o.entry())
	dir := filepath.Join(o.cfg.Root, "2026", "04")
	want := []string{"01.html", "01/" + channels.FileName(first.Revision.Attachments[0]), "02.html", "03.html", "edition.json", "gazette-2026-04-01.pdf",
		"gazette-2026-04-02.pdf", "gazette-2026-04-03.pdf", "gazette-2026-04.epub", "gazette-2026-04.html", "gazette-2026-04.ofd", "gazette-2026-04.pdf", "gazette.css", "index.html", "verify.json"}
	if got := slices.Sorted(maps.Keys(tree(t, dir))); !slices.Equal(got, want) {
		t.Errorf("files %v, want %v", got, want)
	}
	for _, e := range ed.Entries {
		if want := o.cfg.URL + "/" + e.Copy.Ref + ".html"; e.Copy.URL != want || o.gazette.Address(e) != want {
			t.Errorf("entry %d is at %q, Address %q, want %q", e.Position, e.Copy.URL, o.gazette.Address(e), want)
		}
	}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil {
			if info, _ := d.Info(); info.Mode().Perm()&0o222 != 0 {
				t.Errorf("%s can be written: %v", p, info.Mode())
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestEditionJSONKnowsEveryFileByItsDigest(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.withFile(o.entry(), "附件1.pdf", "%PDF-1.4 a"), o.entry())
	var r record
	if err := json.Unmarshal(o.read("2026/04/edition.json"), &r); err != nil {
		t.Fatal(err)
	}
	files := tree(t, filepath.Join(o.cfg.Root, "2026", "04"))
	delete(files, recordName)
	for _, f := range r.Files {
		data, ok := files[f.Path]
		if !ok || sum([]byte(data)) != f.SHA256 || len(data) != f.Bytes {
			t.Errorf("%s is not what edition.json says", f.Path)
		}
		delete(files, f.Path)
	}
	if len(files) > 0 {
		t.Errorf("edition.json does not know %v", slices.Collect(maps.Keys(files)))
	}
	if r.Title != "示例区人民政府公报 2026年第4号（总第123号）" || r.Date != "2026-11-24" || r.Total != 123 || r.Statement != o.cfg.Statement {
		t.Errorf("edition.json: %+v", r)
	}
	for i, a := range r.Articles {
		e := ed.Entries[i]
		if a.Marker != e.Copy.Marker || a.Digest != e.Revision.Digest || a.Text != press.DigestText(press.Text(e.Revision.Body)) || a.Item != string(e.Item.ID) {
			t.Errorf("article %d: %+v", i+1, a)
		}
	}
}

func TestTheReceiptCarriesTheDigestOfTheIssue(t *testing.T) {
	o := newOffice(t)
	r, err := o.deliver(o.memory.Open(press.Publish, o.compose(o.entry())))
	if err != nil {
		t.Fatal(err)
	}
	if want := "edition.json sha256:" + sum(o.read("2026/04/edition.json")); r.Raw != want || r.Ref != "2026/04" || r.URL != o.cfg.URL+"/2026/04/" {
		t.Errorf("receipt %+v, want %s", r, want)
	}
}

func TestTheDirectoryListsSectionsAndArticlesInOrder(t *testing.T) {
	o := newOffice(t)
	o.publish(o.entry(kind(press.Personnel), titled("关于王某任职的通知")), o.entry(kind(press.Interpretation), titled("《办法》解读")), o.entry())
	page := o.dom("2026/04/index.html")
	if got := texts(page, "h1"); !slices.Equal(got, []string{"示例区人民政府公报 2026年第4号（总第123号）"}) {
		t.Errorf("h1 %q", got)
	}
	if got := texts(page, "h3"); !slices.Equal(got, []string{"政府文件", "政策解读", "人事任免"}) {
		t.Errorf("sections %q", got)
	}
	l := links(page)
	if l["01.html"] != "示例区人民政府办公室关于第3项工作的通知" || l["02.html"] != "《办法》解读" || l["03.html"] != "关于王某任职的通知" || l["edition.json"] == "" {
		t.Errorf("links %v", l)
	}
	text := channels.NodeText(page)
	for _, want := range []string{"2026年11月24日出版", "示例区人民政府办公室主办", "示政办发〔2026〕3号", o.cfg.Statement} {
		if !strings.Contains(text, want) {
			t.Errorf("the directory does not say %q", want)
		}
	}
}

func TestAnArticleSaysWhereItIsPrintedAndLeadsOn(t *testing.T) {
	o := newOffice(t)
	before, e := o.entry(), o.withFile(o.entry(), "责任分工.pdf", "%PDF-1.4 a")
	e.Links = []press.Link{
		{Rel: press.LinkInterpretation, Title: "解读", URL: o.cfg.URL + "/2026/04/03.html"},
		{Rel: press.LinkCanonical, Title: "网页", URL: "https://www.example.gov.cn/a.html"},
		{Rel: press.LinkAmends, Title: "坏", URL: "javascript:alert(1)"},
	}
	o.publish(before, e, o.entry())
	page := o.dom("2026/04/02.html")
	text := channels.NodeText(page)
	for _, want := range []string{"刊载于《示例区人民政府公报》2026年第4号（总第123号）", "政府文件", "示政办发〔2026〕2号", "PDF，10 字节"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	l := links(page)
	for _, want := range []string{"01.html", "03.html", "index.html", "../../index.html", "../../2026/04/03.html", "https://www.example.gov.cn/a.html",
		href("02/" + channels.FileName(e.Revision.Attachments[0]))} {
		if _, ok := l[want]; !ok {
			t.Errorf("no link to %q in %v", want, l)
		}
	}
	if strings.Contains(string(o.read("2026/04/02.html")), "javascript") {
		t.Error("a link that runs something is on the page")
	}
	ends := links(o.dom("2026/04/01.html"))
	if ends["02.html"] == "" || ends["00.html"] != "" {
		t.Errorf("the first article leads to %v", ends)
	}
	if ends = links(o.dom("2026/04/03.html")); ends["04.html"] != "" {
		t.Errorf("the last article leads to %v", ends)
	}
}

func TestAnIssueNeverChangesOnceItIsOut(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.withFile(o.entry(), "附件.pdf", "%PDF-1.4 a"), o.entry())
	dir := filepath.Join(o.cfg.Root, "2026", "04")
	before := tree(t, dir)
	o.advance(24 * 90 * 3600e9)
	next := o.publish(o.entry())
	o.withdraw(press.NoticePage, next.Entries[0])
	o.cfg.Name, o.cfg.Statement = "另一个刊名", "另一个说明"
	o.gazette = o.open()
	if err := o.gazette.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r, err := o.deliver(o.memory.Open(press.Publish, ed)); err != nil || r.Status != press.Live {
		t.Fatalf("published again: %v, %v", r.Status, err)
	}
	if after := tree(t, dir); !maps.Equal(before, after) {
		t.Error("the issue changed")
	}
}

// A restored ledger remembers nothing of the act.
func TestPublishingAgainWithoutAJournalWritesNothing(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.entry(), o.entry())
	d := o.gazette.disk
	o.gazette.disk.Create = func(path string) (channels.File, error) {
		t.Errorf("%s was written", path)
		return d.Create(path)
	}
	if r, err := o.deliver(o.memory.Open(press.Publish, ed)); err != nil || r.Status != press.Live {
		t.Fatalf("published again: %v, %v", r.Status, err)
	}
}

func TestAPlaceThatIsTakenIsLeftAlone(t *testing.T) {
	for name, put := range map[string]func(o *office, dir string){
		"another issue of that number": func(o *office, _ string) { o.publish(o.entry()); o.numbers[2026]--; o.total-- },
		"a folder of somebody else":    func(o *office, dir string) { o.write(filepath.Join(dir, "index.html"), []byte("旧公报")) },
		"a broken edition.json":        func(o *office, dir string) { o.write(filepath.Join(dir, recordName), []byte("{")) },
		"an edition.json of elsewhere": func(o *office, dir string) {
			o.write(filepath.Join(dir, recordName), []byte(`{"format":"tongfa-gazette/1","year":2025,"number":4}`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			dir := filepath.Join(o.cfg.Root, "2026", "04")
			if name != "another issue of that number" {
				if err := os.MkdirAll(dir, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			put(o, dir)
			before := tree(t, o.cfg.Root)
			_, err := o.deliver(o.memory.Open(press.Publish, o.compose(o.entry())))
			var trouble *press.Trouble
			if !errors.As(err, &trouble) || trouble.Remedy != press.AskPerson || !strings.Contains(trouble.Say(), "2026/04") {
				t.Fatalf("published over it: %v", err)
			}
			if !maps.Equal(before, tree(t, o.cfg.Root)) {
				t.Error("something was changed")
			}
		})
	}
}

func TestADamagedIssueCallsAPerson(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.entry(), o.entry())
	path := filepath.Join(o.cfg.Root, "2026", "04", "02.html")
	o.unlock(path)
	o.write(path, []byte("改过"))
	r, err := o.deliver(o.memory.Open(press.Publish, ed))
	if err != nil || r.Status != press.NeedsHand || !strings.Contains(r.Note, "02.html") || strings.Contains(r.Note, "01.html") {
		t.Errorf("%v %q, %v", r.Status, r.Note, err)
	}
}

func TestAnIssueIsOutEvenIfItsListsAreOld(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.entry())
	o.write(filepath.Join(o.cfg.Root, "index.html"), []byte("旧"))
	a := o.memory.Open(press.Publish, ed)
	j := o.memory.Journal(a.ID)
	if r, err := o.gazette.Lookup(t.Context(), a, j); err != nil || r.Status != press.Absent {
		t.Errorf("a look that may resume says %v, %v", r.Status, err)
	}
	a.LookOnly = true
	if r, err := o.gazette.Lookup(t.Context(), a, j); err != nil || r.Status != press.Live {
		t.Errorf("a look that may not says %v, %v", r.Status, err)
	}
}

func TestAnIssueWithoutNumberOrEntriesIsNotIssued(t *testing.T) {
	o := newOffice(t)
	planned := press.Edition{Key: "gazette@x#1", Entries: []press.Entry{o.entry()}}
	gap := o.compose(o.entry(), o.entry())
	gap.Entries = gap.Entries[1:]
	for name, ed := range map[string]press.Edition{"no number": planned, "no entries": {Year: 2026, Number: 1}, "a gap": gap} {
		_, err := o.gazette.Publish(t.Context(), press.Act{ID: 99, Verb: press.Publish, Edition: ed}, o.memory.Journal(99))
		if err == nil || press.RemedyOf(err) != press.AskPerson {
			t.Errorf("%s: %v", name, err)
		}
	}
	if files := tree(t, o.cfg.Root); len(files) > 0 {
		t.Errorf("something was written: %v", slices.Collect(maps.Keys(files)))
	}
}

func TestAFileThatIsNotTheApprovedOneStopsTheIssue(t *testing.T) {
	o := newOffice(t)
	e := o.withFile(o.entry(), "附件.pdf", "%PDF-1.4 a")
	e.Revision.Attachments[0].Digest = strings.Repeat("0", 64)
	_, err := o.deliver(o.memory.Open(press.Publish, o.compose(e)))
	if press.RemedyOf(err) != press.TryAgain {
		t.Errorf("a blob that is not there: %v", err)
	}
	o.gazette.o.Blobs = wrongBlobs{}
	if _, err = o.deliver(o.memory.Open(press.Publish, o.compose(e))); press.RemedyOf(err) != press.AskPerson {
		t.Errorf("a blob that is another: %v", err)
	}
	if files := tree(t, o.cfg.Root); len(files) > 0 {
		t.Errorf("something was written: %v", slices.Collect(maps.Keys(files)))
	}
}

type wrongBlobs struct{}

func (wrongBlobs) Blob(context.Context, string) ([]byte, error) { return []byte("another file"), nil }

func TestListsShowTheNewestIssueAndEveryYear(t *testing.T) {
	o := newOffice(t)
	if err := o.gazette.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(o.read("index.html")), "尚未出刊") {
		t.Error("an empty gazette does not say so")
	}
	o.publish(o.entry())
	o.publish(o.entry(), o.entry(kind(press.Interpretation)))
	if got := texts(o.dom("2026/index.html"), "h2"); !slices.Equal(got, []string{"2026年第5号（总第124号）", "2026年第4号（总第123号）", "历年公报"}) {
		t.Errorf("year page %q", got)
	}
	if s := channels.NodeText(o.dom("2026/index.html")); !strings.Contains(s, "共2篇") || !strings.Contains(s, "政府文件1篇、政策解读1篇") {
		t.Errorf("year page %q", s)
	}
	o.advance(90 * 24 * 3600e9)
	o.publish(o.entry(titled("新年的文件")))
	home := links(o.dom("index.html"))
	if home["2027/01/index.html"] != "2027年第1号（总第125号）" || home["2027/01/01.html"] != "新年的文件" || home["2026/index.html"] == "" || home["2027/index.html"] == "" {
		t.Errorf("home page %v", home)
	}
	if l := links(o.dom("2026/index.html")); l["05/index.html"] == "" || l["04/index.html"] == "" {
		t.Errorf("page of last year %v", l)
	}
	if err := o.open().Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	if l := links(o.dom("2026/index.html")); l["../2027/index.html"] == "" {
		t.Errorf("page of last year after a start %v", l)
	}
}

func TestALostIssueIsTold(t *testing.T) {
	o := newOffice(t)
	o.publish(o.entry())
	openAll(o.cfg.Root)
	if err := os.RemoveAll(filepath.Join(o.cfg.Root, "2026", "04")); err != nil {
		t.Fatal(err)
	}
	r, err := o.deliver(o.memory.Open(press.Publish, o.compose(o.entry())))
	if err != nil || r.Status != press.Live || !strings.Contains(r.Note, "2026年第4号") || strings.Contains(r.Note, "2026年第5号") {
		t.Errorf("%v %q, %v", r.Status, r.Note, err)
	}
}

func TestIssuesThatWereMadeBeforeAreLeftInPeace(t *testing.T) {
	o := newOffice(t)
	old := filepath.Join(o.cfg.Root, "2019", "12")
	broken := filepath.Join(o.cfg.Root, "2026", "01")
	for _, dir := range []string{old, broken} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	o.write(filepath.Join(old, "index.html"), []byte("旧公报"))
	o.write(filepath.Join(broken, recordName), []byte("{"))
	if err := o.gazette.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.publish(o.entry())
	if l := links(o.dom("2026/index.html")); l["04/index.html"] == "" || l["01/index.html"] != "" {
		t.Errorf("year page %v", l)
	}
	if got, err := os.ReadFile(filepath.Join(old, "index.html")); err != nil || string(got) != "旧公报" {
		t.Errorf("the old issue is %q, %v", got, err)
	}
}

func TestSetupRemovesWhatACrashLeft(t *testing.T) {
	o := newOffice(t)
	o.publish(o.entry())
	issue := filepath.Join(o.cfg.Root, "2026", "04")
	left := []string{filepath.Join(o.cfg.Root, "2026", halfDone+"05", "01.html"), filepath.Join(o.cfg.Root, halfDone+"index.html"), filepath.Join(issue, halfDone+"01.html")}
	if err := os.Chmod(issue, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, p := range left {
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		o.write(p, []byte("半"))
	}
	if err := os.Chmod(filepath.Dir(left[0]), 0o555); err != nil {
		t.Fatal(err)
	}
	if err := o.open().Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name := range tree(t, o.cfg.Root) {
		if strings.Contains(name, halfDone) {
			t.Errorf("%s is left", name)
		}
	}
	if info, err := os.Stat(issue); err != nil || info.Mode().Perm() != 0o555 {
		t.Errorf("the issue was left open: %v, %v", info.Mode(), err)
	}
}

func TestShelvesNameTheIssueOnce(t *testing.T) {
	o := newOffice(t)
	ed := o.compose(o.entry(), o.entry())
	if got := o.gazette.Shelves(ed.Entries[0]); !slices.Equal(got, []channels.Shelf{{Name: "issues/2026", Position: 4}}) {
		t.Errorf("first article %v", got)
	}
	if got := o.gazette.Shelves(ed.Entries[1]); len(got) > 0 {
		t.Errorf("second article %v", got)
	}
	if got := o.gazette.Shelves(o.entry()); len(got) > 0 {
		t.Errorf("without a number %v", got)
	}
	if got := o.gazette.Address(o.entry()); got != "" {
		t.Errorf("address without a number %q", got)
	}
}

func TestAttachmentsAreComparedByDigest(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.withFile(o.entry(), "附件 1（终稿）.pdf", "%PDF-1.4 a"))
	e := ed.Entries[0]
	see := func(want press.SightingStatus, part string) {
		t.Helper()
		s, err := o.gazette.Observe(t.Context(), e)
		if err != nil || s.Status != want || !strings.Contains(s.Detail, part) {
			t.Errorf("seen %v %q, %v; want %v", s.Status, s.Detail, err, want)
		}
	}
	see(press.SeenEqual, "")
	path := filepath.Join(o.cfg.Root, "2026", "04", "01", channels.FileName(e.Revision.Attachments[0]))
	o.unlock(path)
	o.write(path, []byte("%PDF-1.4 b"))
	see(press.SeenDiffers, "附件 1（终稿）.pdf")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	see(press.SeenDiffers, "打不开")
	o.breakGet(1, true)
	see(press.SeenBlind, "附件 1（终稿）.pdf")
	o.breakGet(0, false)
	see(press.SeenBlind, "无法连接")
	e.Copy.URL, e.Copy.Ref = "", ""
	see(press.SeenBlind, "还没有编号")
}

func TestTheSameIssueTwiceIsTheSameBytes(t *testing.T) {
	var first map[string]string
	for range 2 {
		o := newOffice(t)
		o.publish(o.withFile(o.entry(), "附件.pdf", "%PDF-1.4 a"), o.entry(kind(press.Interpretation)))
		got := tree(t, o.cfg.Root)
		if first != nil && !maps.Equal(first, got) {
			t.Error("two machines make different bytes of one issue")
		}
		first = got
	}
}

// Nothing on this page comes from the office's own words as markup.
func TestHostileWordsStayWords(t *testing.T) {
	o := newOffice(t, func(c *config.Gazette) { c.Name = `公报"><script>a()</script>` })
	evil := `<script>alert(1)</script>"'&<img src=x onerror=alert(2)>`
	e := o.withFile(o.entry(func(e *press.Entry) {
		e.Revision.Title, e.Revision.Meta.DocNumber, e.Revision.Meta.Summary = evil, evil, evil+"\u202e"
		e.Revision.Body = append(e.Revision.Body, press.P(evil), press.H(9, evil))
	}), `../../../etc/passwd"><script>.html`, "%PDF-1.4 x")
	ed := o.publish(e)
	o.withdraw("javascript:alert(1)", o.publish(o.entry(titled(evil))).Entries[0])
	for name, page := range tree(t, o.cfg.Root) {
		if strings.HasSuffix(name, ".html") && !strings.HasPrefix(name, verifyFolder+"/") && (bytes.Contains([]byte(page), []byte("<script")) || strings.Contains(page, "<img src=x") || strings.Contains(page, "javascript:")) {
			t.Errorf("%s carries markup of the office's words", name)
		}
		if strings.Contains(name, "..") || strings.Contains(name, "passwd") && !strings.HasPrefix(name, "2026/04/01/") {
			t.Errorf("file %q", name)
		}
	}
	if s, err := o.gazette.Observe(t.Context(), ed.Entries[0]); err != nil || s.Status != press.SeenEqual {
		t.Errorf("seen %v %s, %v", s.Status, s.Detail, err)
	}
}

func TestATitleIsLimitedSoThatTheDirectoryCanCarryIt(t *testing.T) {
	if l := newOffice(t).gazette.Limits(); l.Title != 200 || l.TextStop != 0 {
		t.Errorf("limits %+v", l)
	}
}

func BenchmarkIssue(b *testing.B) {
	o := newOffice(b)
	o.gazette.disk = disk{channels.NewDisk()}
	body := slices.Repeat([]press.Block{press.P(strings.Repeat("坚持以人民为中心，依法依规推进各项工作。", 20))}, 15)
	var entries []press.Entry
	for range 20 {
		entries = append(entries, o.entry(func(e *press.Entry) { e.Revision.Body = body }))
	}
	b.ResetTimer()
	for range b.N {
		o.advance(400 * 24 * 3600e9)
		ed := o.compose(entries...)
		for i := range ed.Entries {
			ed.Entries[i].Copy.ID = 0
		}
		a := press.Act{ID: int64(o.total), Verb: press.Publish, Edition: ed}
		if r, err := o.gazette.Publish(b.Context(), a, o.memory.Journal(a.ID)); err != nil || r.Status != press.Live {
			b.Fatal(r.Status, err)
		}
	}
}
