package gazette

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tongfa/channels"
	"tongfa/press"
)

// correction is what a ledger has an issue print about an article of an earlier one.
func correction(title string, number int, changes ...press.Change) press.Correction {
	return press.Correction{Item: press.ItemID(title), Title: title, DocNumber: "示政办发〔2026〕1号", Year: 2026, Number: number,
		URL: "https://www.example.gov.cn/gazette/2026/03/01.html", Reason: "排印有误", Changes: changes}
}

// corrected composes an issue with corrections, as the ledger does when it is frozen.
func (o *office) corrected(list []press.Correction, entries ...press.Entry) press.Edition {
	ed := o.compose(entries...)
	ed.Errata = list
	return ed
}

func (o *office) issue(ed press.Edition) press.Receipt {
	o.t.Helper()
	r, err := o.deliver(o.memory.Open(press.Publish, ed))
	if err != nil || r.Status != press.Live {
		o.t.Fatalf("publish: %v %v, %v", r.Status, r.Note, err)
	}
	return r
}

func TestAnIssuePrintsItsCorrectionsOnAPageOfTheirOwn(t *testing.T) {
	o := newOffice(t)
	ed := o.corrected([]press.Correction{
		correction("示例区关于印发《办法》的通知", 3, press.Change{Before: "坚持以", Was: "人民", Now: "群众", After: "为中心"}, press.Change{Before: "有关", Now: "具体", After: "事项"}),
		correction("第二个文件", 2, press.Change{Before: "办公室", Was: "印章", After: ""}),
	}, o.entry(), o.entry())
	o.issue(ed)
	text := channels.NodeText(o.dom("2026/04/errata.html"))
	for _, want := range []string{
		"对2026年第2号、第3号所载文件的更正",
		"二、本刊2026年第3号刊登的《示例区关于印发〈办法〉的通知》（示政办发〔2026〕1号）更正如下：",
		"“坚持以人民为中心”应为“坚持以群众为中心”；", "“有关”后应补“具体”。",
		"一、本刊2026年第2号刊登的《第二个文件》（示政办发〔2026〕1号）中，“办公室印章”中的“印章”应删去。",
		"更正原因：排印有误。", "特此更正。",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q:\n%s", want, text)
		}
	}
	if l := links(o.dom("2026/04/errata.html")); l["../../2026/03/01.html"] != "《示例区关于印发〈办法〉的通知》" || l["02.html"] == "" {
		t.Errorf("links %v", l)
	}
	directory := o.dom("2026/04/index.html")
	if got := texts(directory, "h3"); got[len(got)-1] != "更正" {
		t.Errorf("sections %q", got)
	}
	if l := links(directory); l["errata.html"] != "对2026年第2号、第3号所载文件的更正" {
		t.Errorf("the directory leads to %v", l)
	}
	if l := links(o.dom("2026/04/02.html")); !strings.Contains(l["errata.html"], "所载文件的更正") {
		t.Errorf("the last article leads on to %v", l)
	}
	if l := channels.NodeText(o.dom("2026/index.html")); !strings.Contains(l, "更正2则") || !strings.Contains(l, "共2篇") {
		t.Errorf("the year says %s", l)
	}
}

func TestCorrectionsArePartOfTheRecord(t *testing.T) {
	o := newOffice(t)
	ed := o.corrected([]press.Correction{correction("文件", 3, press.Change{Was: "一", Now: "二"})}, o.entry())
	o.issue(ed)
	var r record
	if err := json.Unmarshal(o.read("2026/04/edition.json"), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Errata) != 1 || r.Errata[0].Changes[0].Now != "二" || !r.sealed(errataName, o.read("2026/04/errata.html")) {
		t.Errorf("edition.json has %+v", r.Errata)
	}
	path := filepath.Join(o.cfg.Root, "2026", "04", errataName)
	want := o.read("2026/04/errata.html")
	o.unlock(path)
	o.write(path, []byte("改过"))
	if r, err := o.deliver(o.memory.Open(press.Publish, ed)); err != nil || r.Status != press.NeedsHand {
		t.Errorf("a changed page: %v, %v", r.Status, err)
	}
	if r := o.amend(press.Amend, press.InPlace, ed); r.Status != press.Live || string(o.read("2026/04/errata.html")) != string(want) {
		t.Errorf("was not made again: %v %s", r.Status, r.Note)
	}
	other := ed
	other.Errata = nil
	if _, err := o.gazette.issued(other); press.RemedyOf(err) != press.AskPerson {
		t.Errorf("an issue without corrections is taken for it: %v", err)
	}
}

func TestAnIssueMayHoldNothingButCorrections(t *testing.T) {
	o := newOffice(t)
	ed := o.corrected([]press.Correction{correction("文件", 3, press.Change{Was: "一", Now: "二"})})
	a := o.memory.Open(press.Publish, ed)
	if r, err := o.gazette.Lookup(t.Context(), a, o.memory.Journal(a.ID)); err != nil || r.Status != press.Absent {
		t.Errorf("before it is out: %v, %v", r.Status, err)
	}
	if r := o.issue(ed); r.Ref != "2026/04" || r.URL != o.cfg.URL+"/2026/04/" {
		t.Errorf("receipt %+v", r)
	}
	if f := o.gazette.Check(ed); slices.ContainsFunc(f, func(f press.Finding) bool { return f.Severity == press.Stop }) {
		t.Errorf("findings %v", f)
	}
	if s := channels.NodeText(o.dom("2026/index.html")); strings.Contains(s, "共0篇") || !strings.Contains(s, "更正1则") {
		t.Errorf("the year says %s", s)
	}
	if l := links(o.dom("index.html")); l["2026/04/errata.html"] == "" {
		t.Errorf("the home page leads to %v", l)
	}
}

func TestChangesAreToldAsErrataTellThem(t *testing.T) {
	for _, tc := range []struct {
		change press.Change
		want   string
	}{
		{press.Change{Before: "前", Was: "错", Now: "对", After: "后"}, "“前错后”应为“前对后”"},
		{press.Change{Before: "前", Now: "漏", After: "后"}, "“前”后应补“漏”"},
		{press.Change{Now: "漏", After: "后"}, "“后”前应补“漏”"},
		{press.Change{Now: "全"}, "应补“全”"},
		{press.Change{Before: "前", Was: "多", After: "后"}, "“前多后”中的“多”应删去"},
		{press.Change{Before: "“前”", Was: "错", Now: "对"}, "“‘前’错”应为“‘前’对”"},
		{press.Change{Before: "前", Was: "“", Now: "‘"}, "“前“”应为“前‘”"},
		{press.Change{Before: "<b>", Was: "1", Now: "2"}, "“&lt;b&gt;1”应为“&lt;b&gt;2”"},
	} {
		got := strings.NewReplacer("<q>", "", "</q>", "", "<strong>", "", "</strong>", "").Replace(string(worded(tc.change).HTML()))
		if got != tc.want {
			t.Errorf("%+v is told as %s, want %s", tc.change, got, tc.want)
		}
	}
}

func TestACorrectionThatSaysNothingIsPointedOut(t *testing.T) {
	o := newOffice(t)
	empty := correction("文件", 3)
	empty.Reason = ""
	nowhere := correction("何处", 0)
	ed := o.corrected([]press.Correction{empty, correction("另一文件", 3), nowhere}, o.entry())
	if f := o.gazette.Check(ed); !slices.ContainsFunc(f, func(f press.Finding) bool { return f.Field == "errata" && strings.Contains(f.Message, "“何处”") }) {
		t.Errorf("findings %v", f)
	}
	n := 0
	for _, f := range o.gazette.Check(ed) {
		if f.Field == "errata" && f.Severity == press.Warn && strings.Contains(f.Message, "“文件”") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d findings", n)
	}
}

func TestACorrectionOfNobodyKnowsWhichIssueNamesNone(t *testing.T) {
	o := newOffice(t)
	o.issue(o.corrected([]press.Correction{correction("何处", 0, press.Change{Was: "一", Now: "二"})}))
	if s := channels.NodeText(o.dom("2026/04/errata.html")); !strings.Contains(s, "本刊刊登的《何处》") || strings.Contains(s, "0号所载") {
		t.Errorf("the page says %s", s)
	}
}

func TestNumbersAreWrittenAsListsWriteThem(t *testing.T) {
	for n, want := range map[int]string{1: "一", 10: "十", 11: "十一", 20: "二十", 99: "九十九", 100: "100"} {
		if got := chineseNumber(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}
