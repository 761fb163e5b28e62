package gazette

import (
	"slices"
	"strings"
	"testing"

	"tongfa/config"
	"tongfa/press"
	"tongfa/workday"
)

func TestArticlesStandInTheOrderOfTheRule(t *testing.T) {
	o := newOffice(t)
	make := func(title string, k press.Kind, day int, number, column, section string) press.Entry {
		e := o.entry(kind(k), titled(title))
		e.Revision.Meta.FormedOn = workday.Date{Year: 2026, Month: 11, Day: day}
		if day == 0 {
			e.Revision.Meta.FormedOn = workday.Date{}
		}
		e.Revision.Meta.DocNumber, e.Revision.Meta.Column, e.Section = number, column, section
		return e
	}
	in := []press.Entry{
		make("没有栏目", press.News, 1, "", "", ""), make("任免", press.Personnel, 3, "", "", ""), make("没有日期", press.Policy, 0, "", "", ""),
		make("十号", press.Policy, 5, "示政发〔2026〕10号", "", ""), make("二号", press.Policy, 5, "示政发〔2026〕2号", "", ""),
		make("早一天", press.Policy, 4, "示政发〔2026〕11号", "", ""), make("大事", press.Policy, 1, "", "大事记", ""),
		make("编辑放的", press.News, 9, "", "", "政策解读"), make("甲", press.Personnel, 3, "", "", ""),
	}
	ed := press.Edition{Year: 2026, Number: 4, Entries: in}
	got := o.gazette.Arrange(ed)
	var titles, refs []string
	for i, e := range got.Entries {
		titles, refs = append(titles, e.Section+"/"+e.Revision.Title), append(refs, e.Copy.Ref)
		if e.Position != i+1 {
			t.Errorf("position %d, want %d", e.Position, i+1)
		}
	}
	want := []string{"政府文件/早一天", "政府文件/二号", "政府文件/十号", "政府文件/没有日期", "政策解读/编辑放的", "人事任免/任免", "人事任免/甲", "大事记/大事", "其他/没有栏目"}
	if !slices.Equal(titles, want) {
		t.Errorf("order\n%v, want\n%v", titles, want)
	}
	if refs[0] != "2026/04/01" || refs[8] != "2026/04/09" {
		t.Errorf("places %v", refs)
	}
	if in[0].Position != 0 || in[0].Section != "" {
		t.Error("the edition that was given was changed")
	}
	if again := o.gazette.Arrange(got); again.Entries[0].Revision.Title != "早一天" || again.Entries[8].Section != unsorted {
		t.Error("arranged again it is another order")
	}
	if planned := o.gazette.Arrange(press.Edition{Year: 2026, Entries: in}); planned.Entries[0].Copy.Ref != "" {
		t.Error("an issue without number has places")
	}
}

func TestIssuesAreNamedByYearNumberAndTotal(t *testing.T) {
	o := newOffice(t)
	if got := o.gazette.Title(press.Edition{Year: 2026, Number: 4, Total: 123}); got != "示例区人民政府公报 2026年第4号（总第123号）" {
		t.Error(got)
	}
	if got := o.gazette.Title(press.Edition{Year: 2026, Number: 4}); got != "示例区人民政府公报 2026年第4号" {
		t.Error(got)
	}
}

func TestPlacesAreReadBack(t *testing.T) {
	for _, p := range []place{{2026, 4, 1, false}, {2026, 12, 99, false}, {2026, 366, 1000, false}, {2026, 1, 1, true}, {2026, 12, 30, true}} {
		if got, ok := parsePlace(p.ref()); !ok || got != p {
			t.Errorf("%v is read back as %v", p, got)
		}
	}
	for _, s := range []string{"", "2026/04", "2026/4/1", "../04/01", "2026/04/01/x", "2026/04/01\n", "2026/s01/01", "2026/s0/01", "2026/s/01", "2026/004/01", "2026/00/01", "2026/ss1/01"} {
		if p, ok := parsePlace(s); ok {
			t.Errorf("%q is %v", s, p)
		}
	}
}

func TestAnEditorIsToldWhatIsWrongWithAnIssue(t *testing.T) {
	o := newOffice(t)
	good := func() []press.Entry {
		return []press.Entry{o.entry(), o.entry(kind(press.Interpretation)), o.entry(kind(press.Personnel)), o.entry(func(e *press.Entry) { e.Revision.Meta.Column = "大事记" })}
	}
	edition := func(change func(es []press.Entry) []press.Entry) press.Edition {
		return press.Edition{Slot: press.Slot{At: o.clock()}, Entries: change(good())}
	}
	if found := o.gazette.Check(edition(func(es []press.Entry) []press.Entry { return es })); len(found) > 0 {
		t.Fatalf("a good issue: %v", found)
	}
	for _, c := range []struct {
		name     string
		rule     press.Rule
		severity press.Severity
		field    string
		words    string
		change   func(es []press.Entry) []press.Entry
	}{
		{"nothing in it", RuleEmpty, press.Stop, "entries", "还没有稿件", func([]press.Entry) []press.Entry { return nil }},
		{"an item twice", RuleDouble, press.Stop, "item", "第1篇", func(es []press.Entry) []press.Entry { return append(es, es[0]) }},
		{"a number twice", RuleDouble, press.Stop, "doc_number", "重复", func(es []press.Entry) []press.Entry {
			es[1].Revision.Meta.DocNumber = " " + es[0].Revision.Meta.DocNumber
			return es
		}},
		{"a title twice", RuleDouble, press.Warn, "title", "重复", func(es []press.Entry) []press.Entry { es[1].Revision.Title = es[0].Revision.Title; return es }},
		{"no title", RuleMissing, press.Stop, "title", "没有标题", func(es []press.Entry) []press.Entry { es[0].Revision.Title = " "; return es }},
		{"no text", RuleMissing, press.Stop, "body", "没有正文", func(es []press.Entry) []press.Entry { es[0].Revision.Body = nil; return es }},
		{"no number", RuleMissing, press.Warn, "doc_number", "没有文号", func(es []press.Entry) []press.Entry { es[0].Revision.Meta.DocNumber = ""; return es }},
		{"no issuer", RuleMissing, press.Warn, "issuer", "没有写发布机构", func(es []press.Entry) []press.Entry { es[2].Revision.Meta.Issuer = ""; return es }},
		{"no day", RuleMissing, press.Warn, "formed_on", "没有成文日期", func(es []press.Entry) []press.Entry { es[2].Revision.Meta.FormedOn = workday.Date{}; return es }},
		{"a day to come", RuleMissing, press.Warn, "formed_on", "晚于出版日期", func(es []press.Entry) []press.Entry {
			es[2].Revision.Meta.FormedOn = workday.Date{Year: 2026, Month: 11, Day: 25}
			return es
		}},
		{"not to be open", RuleOpen, press.Stop, "disclosure", "依申请公开", func(es []press.Entry) []press.Entry { es[0].Revision.Meta.Disclosure = press.OnRequest; return es }},
		{"an empty section", RuleSection, press.Info, "section", "人事任免", func(es []press.Entry) []press.Entry { return slices.Delete(es, 2, 3) }},
		{"no section takes it", RuleSection, press.Warn, "section", "政务动态", func(es []press.Entry) []press.Entry { return append(es, o.entry(kind(press.News))) }},
	} {
		found := o.gazette.Check(edition(c.change))
		if !slices.ContainsFunc(found, func(f press.Finding) bool {
			return f.Rule == c.rule && f.Severity == c.severity && f.Field == c.field && strings.Contains(f.Message, c.words)
		}) {
			t.Errorf("%s: %v", c.name, found)
		}
	}
}

func TestAFrozenIssueIsNumberedWithoutGaps(t *testing.T) {
	o := newOffice(t, func(c *config.Gazette) { c.Sections = c.Sections[:1] })
	ed := o.compose(o.entry(), o.entry(), o.entry())
	ed.State = press.EditionFrozen
	if found := o.gazette.Check(ed); len(found) > 0 {
		t.Fatalf("a good issue: %v", found)
	}
	ed.Entries = slices.Delete(ed.Entries, 1, 2)
	if found := o.gazette.Check(ed); len(found) != 1 || found[0].Rule != RuleOrder || found[0].Severity != press.Stop {
		t.Errorf("a gap: %v", found)
	}
}
