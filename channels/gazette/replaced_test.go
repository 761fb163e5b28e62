package gazette

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tongfa/press"
	"tongfa/typeset"
)

// saying is an entry whose text is known by a word.
func (o *office) saying(word string) press.Entry {
	return o.entry(titled("关于"+word+"的通知"), func(e *press.Entry) { e.Revision.Body = []press.Block{press.P("现将" + word + "的办法印发。")} })
}

// publicText is all that anybody can read below the public folder: the text of every page and of every file of an issue.
func (o *office) publicText() string {
	o.t.Helper()
	var all strings.Builder
	for name, data := range tree(o.t, o.cfg.Root) {
		text := data
		for _, f := range typeset.Formats() {
			if filepath.Ext(name) != "."+string(f) || f == typeset.FormatHTML {
				continue
			}
			var err error
			if text, err = typeset.Extract(f, []byte(data)); err != nil {
				o.t.Fatalf("%s: %v", name, err)
			}
		}
		all.WriteString(press.Fold(text))
	}
	return all.String()
}

// proofOf reads a verification block of the issue 2026/04 and finds its files as it says.
func (o *office) proofOf(name string) (p typeset.Proof) {
	o.t.Helper()
	if err := json.Unmarshal(o.read("2026/04/"+name), &p); err != nil {
		o.t.Fatal(err)
	}
	for _, f := range p.Files {
		if got := typeset.DigestsOf(o.read("2026/04/" + f.Name)); got != f.Digests || !f.Same {
			o.t.Errorf("%s: %s is another file", name, f.Name)
		}
	}
	return p
}

// What is withdrawn is in no file of the issue any more: the whole is there without it, under a name that says so, with a block of its own.
func TestAWithdrawalLeavesTheWholeIssueWithoutIt(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.saying("供水"), o.saying("供热"), o.saying("供电"))
	if p := o.proofOf(verifyName); len(p.Files) != 4+3 || len(p.Articles) != 3 || !p.SameText || p.Edition.Number != 4 || p.Edition.Version != 0 {
		t.Errorf("issued with %+v", p)
	}
	issued := tree(t, filepath.Join(o.cfg.Root, "2026", "04"))
	o.withdraw(press.NoticePage, ed.Entries[1])
	if text := o.publicText(); strings.Contains(text, "供热的办法") || !strings.Contains(text, "关于供热的通知（已撤回）") || !strings.Contains(text, "供电的办法") {
		t.Error("the text is public, or more went with it")
	}
	p := o.proofOf("verify-r1.json")
	if len(p.Files) != 4 || p.Files[0].Name != "gazette-2026-04-r1.pdf" || p.Edition.Version != 1 || p.Edition.Instead != verifyName || !strings.Contains(p.Edition.Why, "第2篇已撤回") {
		t.Errorf("replaced by %+v", p)
	}
	index := o.dom("2026/04/index.html")
	if l := links(index); l["gazette-2026-04-r1.ofd"] != "OFD" || l["verify-r1.json"] == "" || l["verify.json"] == "" || l["gazette-2026-04.pdf"] != "" {
		t.Errorf("the directory leads to %v", l)
	}
	if said := texts(index, "p"); !strings.Contains(strings.Join(said, "\n"), "本期第2篇已撤回，发行时的整期文件不再提供") {
		t.Errorf("the directory says %q", said)
	}
	o.consistent(ed, "one is withdrawn", 0, 2)
	for name, data := range issued {
		if name == recordName || name == verifyName {
			if string(o.read("2026/04/"+name)) != data {
				t.Errorf("%s is not what was issued", name)
			}
		}
	}

	o.advance(3600e9)
	o.withdraw(press.NoticeGone, ed.Entries[2])
	if text := o.publicText(); strings.Contains(text, "供电的办法") || !strings.Contains(text, "本篇内容不再提供") {
		t.Error("the second text is public")
	}
	if p := o.proofOf("verify-r2.json"); p.Edition.Version != 2 {
		t.Errorf("replaced by %+v", p.Edition)
	}
	if strings.Contains(string(o.read("2026/04/index.html")), "关于供电的通知") {
		t.Error("of what is gone without a word the directory tells the title")
	}
	files := tree(t, filepath.Join(o.cfg.Root, "2026", "04"))
	for name := range files {
		if strings.Contains(name, "-r1.") {
			t.Errorf("%s is still there", name)
		}
	}
	if kept := o.apart(); kept["2026/04/gazette-2026-04.pdf"] != issued["gazette-2026-04.pdf"] || kept["2026/04/gazette-2026-04-r1.pdf"] == "" {
		t.Error("the office has no copy of what was public")
	}
	o.consistent(ed, "two are withdrawn", 0)
}

// consistent finds that those articles of an issue that are public are seen to be, and that nothing is damaged or foreign.
func (o *office) consistent(ed press.Edition, when string, public ...int) {
	o.t.Helper()
	for _, i := range public {
		if s, err := o.gazette.Observe(o.t.Context(), ed.Entries[i]); err != nil || s.Status != press.SeenEqual {
			o.t.Errorf("%s: article %d is seen %s %s, %v", when, i+1, s.Status, s.Detail, err)
		}
	}
	a := o.memory.Open(press.Publish, ed)
	if r, err := o.gazette.Lookup(o.t.Context(), a, o.memory.Journal(a.ID)); err != nil || r.Status != press.Live {
		o.t.Errorf("%s: looked up %s %s, %v", when, r.Status, r.Note, err)
	}
	for _, f := range o.survey() {
		if f.Marker == "" {
			o.t.Errorf("%s: a survey tells of %s", when, f.Ref)
		}
	}
}

// Each file that replaces one of the issue is watched like a page, and comes back from the office's own copy.
func TestWhatReplacesAnIssueIsWatchedAndMadeAgain(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.saying("供水"), o.saying("供热"))
	o.withdraw(press.NoticePage, ed.Entries[1])
	dir := filepath.Join(o.cfg.Root, "2026", "04")
	want := tree(t, dir)
	for name := range want {
		if name == withdrawnName || name == "02.html" {
			continue // the ledger's to say, and a notice
		}
		for kind, harm := range map[string]func(path string) error{
			"deleted": os.Remove,
			"edited":  func(p string) error { return os.WriteFile(p, []byte(want[name]+" "), 0o644) },
		} {
			path := filepath.Join(dir, filepath.FromSlash(name))
			o.unlock(path)
			if err := harm(path); err != nil {
				t.Fatal(err)
			}
			if s, err := o.gazette.Observe(t.Context(), ed.Entries[0]); name != recordName && name != replacedName && name != styleName && (err != nil || s.Status != press.SeenDiffers && s.Status != press.SeenGone) {
				t.Errorf("%s %s: seen %s, %v", name, kind, s.Status, err)
			}
			if name != recordName || kind == "edited" {
				if r, err := o.deliver(o.memory.Open(press.Publish, ed)); err != nil || r.Status != press.NeedsHand {
					t.Errorf("%s %s: the issue is %s %s, %v", name, kind, r.Status, r.Note, err)
				}
			}
			if r := o.amend(press.Amend, press.InPlace, only(ed, 0)); r.Status != press.Live || !maps.Equal(tree(t, dir), want) {
				t.Errorf("%s %s: %s %s, not as it was: %v", name, kind, r.Status, r.Note, differing(tree(t, dir), want))
			}
		}
	}
}

// A file that holds what was withdrawn is told when somebody puts it back, and leaves again.
func TestAWithdrawnFileThatComesBackLeavesAgain(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.saying("供水"), o.saying("供热"))
	old := o.read("2026/04/gazette-2026-04.pdf")
	o.withdraw(press.NoticePage, ed.Entries[1])
	dir := filepath.Join(o.cfg.Root, "2026", "04")
	want := tree(t, dir)
	for _, name := range []string{"gazette-2026-04.pdf", "gazette-2026-04-r3.pdf"} {
		o.unlock(filepath.Join(dir, name))
		o.write(filepath.Join(dir, name), old)
		if got := refs(o.survey()); len(got) != 3 || got[2] != "2026/04/"+name {
			t.Errorf("a survey tells %v", got)
		}
		if r, err := o.deliver(o.memory.Open(press.Publish, ed)); err != nil || r.Status != press.NeedsHand || !strings.Contains(r.Note, name) {
			t.Errorf("%s: the issue is %s %s, %v", name, r.Status, r.Note, err)
		}
		if r := o.amend(press.Amend, press.InPlace, only(ed, 0)); r.Status != press.Live || !maps.Equal(tree(t, dir), want) {
			t.Errorf("%s: %s %s, %v", name, r.Status, r.Note, differing(tree(t, dir), want))
		}
	}
}

// Without the office's own copy the whole is set again from the ledger; of withdrawals that nobody answers for only the fact is told.
func TestTheWholeIsMadeAgainWithoutTheOwnCopy(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.saying("供水"), o.saying("供热"), o.saying("供电"))
	o.withdraw(press.NoticePage, ed.Entries[1])
	o.forget()
	path := filepath.Join(o.cfg.Root, "2026", "04", withdrawnName)
	o.unlock(path)
	o.write(path, []byte(strings.ReplaceAll(string(o.read("2026/04/"+withdrawnName)), "内容有误", "广告")))
	o.withdraw(press.NoticePage, ed.Entries[2])
	text := o.publicText()
	if strings.Contains(strings.ReplaceAll(text, string(o.read("2026/04/"+withdrawnName)), ""), "撤回原因：广告") || strings.Contains(text, "供热的办法") || strings.Contains(text, "供电的办法") {
		t.Error("words that nobody answers for are in the issue, or a text that was withdrawn")
	}
	if p := o.proofOf("verify-r2.json"); len(p.Files) != 4 {
		t.Errorf("made again: %+v", p.Files)
	}
	o.consistent(ed, "made from the ledger", 0)
}

// Who writes into withdrawn.json that a public article is withdrawn takes nothing away: a repair calls a person, and once the file is as it was, so is the issue.
func TestAWithdrawalThatSomebodyRecordedTakesNothingAway(t *testing.T) {
	for i := range 2 {
		o := newOffice(t)
		ed := o.publish(o.saying("供水"), o.saying("供热"))
		dir := filepath.Join(o.cfg.Root, "2026", "04")
		want := tree(t, dir)
		path := filepath.Join(dir, withdrawnName)
		o.unlock(path)
		o.write(path, []byte(`[{"marker":"`+ed.Entries[1].Copy.Marker+`","page":"02.html","at":"2026-11-24T09:00:00+08:00","how":"notice","title":"广告"}]`))
		if r := o.amend(press.Amend, press.InPlace, only(ed, i)); r.Status == press.Live {
			t.Errorf("article %d: %s %s", i+1, r.Status, r.Note)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if got := tree(t, dir); !maps.Equal(got, want) {
			t.Errorf("article %d: taken away or put in: %v", i+1, differing(got, want))
		}
		if r := o.amend(press.Amend, press.InPlace, only(ed, i)); r.Status != press.Live {
			t.Errorf("article %d, afterwards: %s %s", i+1, r.Status, r.Note)
		}
		o.consistent(ed, "afterwards", 0, 1)
	}
}

// A withdrawal is never held up by what is to be made afterwards: then the directory says that there are no whole files, and a later repair makes them.
func TestAWithdrawalDoesNotWaitForTheNewFiles(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.saying("供水"), o.saying("供热"))
	good := o.gazette.faces
	o.gazette.faces = func() (typeset.Faces, error) { return nil, os.ErrNotExist }
	a := o.memory.Open(press.Withdraw, only(ed, 1))
	r, err := o.deliver(a)
	if err != nil || r.Status != press.Gone || !strings.Contains(r.Note, "没有能够") {
		t.Fatalf("%s %q, %v", r.Status, r.Note, err)
	}
	if text := o.publicText(); strings.Contains(text, "供热的办法") || !strings.Contains(text, "其余各篇的网页和单篇PDF不受影响") {
		t.Error("the text is public, or the directory does not say what is missing")
	}
	o.consistent(ed, "no whole", 0)
	o.gazette.faces = good
	if r := o.amend(press.Amend, press.InPlace, only(ed, 0)); r.Status != press.Live {
		t.Errorf("%s %s", r.Status, r.Note)
	}
	if p := o.proofOf("verify-r1.json"); len(p.Files) != 4 {
		t.Errorf("made later: %+v", p.Files)
	}
	o.consistent(ed, "made later", 0)
}

// What was withdrawn and is published again stands in a later issue; the one that it was taken out of stays as it is.
func TestWhatIsPublishedAgainStandsInALaterIssue(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.saying("供水"), o.saying("供热"))
	o.withdraw(press.NoticePage, ed.Entries[1])
	before := tree(t, filepath.Join(o.cfg.Root, "2026", "04"))
	again := ed.Entries[1]
	again.Copy = press.Copy{Generation: 2}
	next := o.publish(again)
	if text, err := typeset.Extract(typeset.FormatPDF, o.read("2026/05/gazette-2026-05.pdf")); err != nil || !strings.Contains(press.Fold(text), "供热的办法") {
		t.Errorf("it is not in the later issue: %v", err)
	}
	if after := tree(t, filepath.Join(o.cfg.Root, "2026", "04")); !maps.Equal(before, after) {
		t.Errorf("the first issue changed: %v", differing(before, after))
	}
	o.consistent(next, "again", 0)
	o.consistent(ed, "before", 0)
}

// An issue that cannot be set as it was approved does not come out, and its editor is told why, at the check already.
func TestAnIssueThatCannotBeSetDoesNotComeOut(t *testing.T) {
	rare := "\U00030EDD"
	for name, c := range map[string]struct {
		change func(o *office, e *press.Entry)
		say    string
		check  bool
	}{
		"a missing character": {func(_ *office, e *press.Entry) {
			e.Revision.Body = append(e.Revision.Body, press.P("同意任命"+rare+"某为主任。"))
		}, "U+30EDD，第2篇", true},
		"a broken picture": {func(o *office, e *press.Entry) {
			digest := o.memory.Put([]byte("\x89PNG broken"))
			e.Revision.Images = []press.Asset{{Digest: digest, Name: "图.png", MIME: "image/png", Size: 11}}
			e.Revision.Body = append(e.Revision.Body, press.Block{Kind: press.Figure, Picture: &press.Picture{Digest: digest, Alt: "图"}})
		}, "第2篇《示例区人民政府办公室关于第2项工作的通知》的图片“图.png”读不出来", false},
	} {
		o := newOffice(t)
		ed := o.compose(o.entry(), o.entry(func(e *press.Entry) { c.change(o, e) }))
		_, err := o.deliver(o.memory.Open(press.Publish, ed))
		said := press.TroubleOf(err)
		if err == nil || said.Remedy != press.AskPerson && said.Remedy != press.ChangeText || said.Who == "" || said.Do == "" || !strings.Contains(said.What, c.say) {
			t.Errorf("%s: %+v", name, said)
		}
		if files := tree(t, o.cfg.Root); len(files) > 0 || len(tree(t, o.withheld)) > 0 {
			t.Errorf("%s: written %v", name, files)
		}
		found := false
		for _, f := range o.gazette.Check(ed) {
			found = found || f.Rule == RuleGlyph && f.Severity == press.Stop && strings.Contains(f.Message, "U+30EDD") && strings.HasPrefix(f.Place, "第2篇")
		}
		if found != c.check {
			t.Errorf("%s: told at the check: %v", name, found)
		}
	}
}

// Files that say something else are named, with the place.
func TestFilesThatDifferAreNamed(t *testing.T) {
	p := typeset.Proof{Files: []typeset.Checked{{Name: "a.pdf", Same: true}, {Name: "a.ofd", Difference: "第3篇《甲》：应当是“元”，文件里是“圆”"}}}
	said := press.TroubleOf(unevenTrouble(p))
	if said.Remedy != press.AskPerson || !strings.Contains(said.What, "a.ofd：第3篇《甲》") || strings.Contains(said.What, "a.pdf") || said.Who == "" || said.Do == "" {
		t.Errorf("%+v", said)
	}
}

// The same issue is the same to the byte wherever and whenever it is made, and a proof is what is published.
func TestAnIssueIsTheSameToTheByte(t *testing.T) {
	var before map[string]string
	for range 2 {
		o := newOffice(t)
		ed := o.compose(o.withFile(o.entry(rich(o)), "附件.pdf", "%PDF-1.4 a"), o.entry())
		made, err := o.gazette.Make(t.Context(), ed, nil)
		if err != nil || made.Folder != "2026/04" {
			t.Fatal(err)
		}
		o.out(ed)
		files := tree(t, filepath.Join(o.cfg.Root, "2026", "04"))
		proof := map[string]string{}
		for _, f := range made.Files {
			proof[f.Name] = string(f.Data)
		}
		if !maps.Equal(proof, files) || before != nil && !maps.Equal(before, files) {
			t.Errorf("differing: %v %v", differing(proof, files), differing(before, files))
		}
		before = files
		o.advance(48 * 3600e9)
	}
}

// Every file that a proof's pages lead to is made when it is asked for.
func TestAProofHasTheFilesOfTheIssue(t *testing.T) {
	o := newOffice(t)
	ed := o.compose(o.entry(), o.entry())
	for name, mime := range map[string]string{"gazette-2026-04.pdf": "application/pdf", "gazette-2026-04.ofd": "application/ofd", "gazette-2026-04.epub": "application/epub+zip",
		"gazette-2026-04.html": "text/html; charset=utf-8", "gazette-2026-04-02.pdf": "application/pdf", "verify.json": "application/json"} {
		s, err := o.gazette.Proof(t.Context(), ed, "2026/04/"+name)
		if err != nil || s.MIME != mime || len(s.Data) == 0 {
			t.Errorf("%s: %s, %d bytes, %v", name, s.MIME, len(s.Data), err)
		}
		o.memory.Put(s.Data)
	}
	if _, err := o.gazette.Proof(t.Context(), ed, "2026/04/gazette-2026-04-03.pdf"); err == nil {
		t.Error("an article that is not there has a PDF")
	}
	pdf, _ := o.gazette.Proof(t.Context(), ed, "2026/04/gazette-2026-04.pdf")
	o.out(ed)
	if string(o.read("2026/04/gazette-2026-04.pdf")) != string(pdf.Data) {
		t.Error("the proof is another file than what was published")
	}
}
