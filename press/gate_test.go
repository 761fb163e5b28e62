package press

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tongfa/workday"
)

var (
	beijing  = time.FixedZone("Asia/Shanghai", 8*60*60)
	now      = time.Date(2026, 11, 25, 9, 0, 0, 0, beijing)
	calendar = workday.Builtin()
)

func day(y int, m time.Month, d int) workday.Date { return workday.Date{Year: y, Month: m, Day: d} }

// good is a policy that every gate lets through with nothing but the deadline to say.
func good() Subject {
	s := Subject{
		Item: Item{ID: "20261124-7kq2md", Kind: Policy, State: Submitted, Head: 1, Wants: []Want{{Channel: "site"}, {Channel: "wechat"}}, BelongsWith: []string{"oa-2"}},
		Revision: Revision{
			Item: "20261124-7kq2md", Number: 1, Title: "示例区人民政府办公室关于印发某办法的通知", ShortTitle: "某办法印发",
			Body: []Block{P("各镇人民政府："), P("现将办法印发给你们。"), {Kind: Paragraph, Align: AlignRight, Spans: []Span{{Text: "2026年11月20日"}}}, P("（此件公开发布）")},
			Meta: Meta{
				DocNumber: "示政办发〔2026〕18号", Issuer: "示例区人民政府办公室", FormedOn: day(2026, 11, 20), Theme: `综合政务\政务公开`,
				Genre: "通知", Disclosure: Proactive, Column: "区政府办公室文件", Summary: "印发某办法。",
			},
		},
		Limits: map[string]Limits{
			"site":   {Title: 200},
			"wechat": {Title: 32, Author: 16, Summary: 120, TextWarn: 15000, TextStop: 20000, Pictures: 3, PictureBytes: 1 << 20},
		},
		Calendar: calendar,
		Now:      now,
	}
	return sign(s)
}

// sign gives the revision as it is now all the approvals that it needs.
func sign(s Subject) Subject {
	s.Revision.Digest = s.Revision.Sum()
	s.Approvals = nil
	at := time.Date(2026, 11, 20, 10, 0, 0, 0, beijing)
	for i, step := range []Step{SecrecyReview, FirstReview, SecondReview, FinalReview} {
		s.Approvals = append(s.Approvals, Approval{
			Item: s.Item.ID, Revision: s.Revision.Number, Digest: s.Revision.Digest, Step: step,
			By: []string{"王某", "李某", "赵某", "孙某"}[i], Office: "区政府办公室", At: at.Add(time.Duration(i) * time.Hour), Pass: true,
		})
	}
	return s
}

// changed is the good subject with a change, signed again.
func changed(change func(*Subject)) Subject {
	s := good()
	change(&s)
	return sign(s)
}

// spoiled is the good subject with a change that nobody signed.
func spoiled(change func(*Subject)) Subject {
	s := good()
	change(&s)
	return s
}

func withBody(blocks ...Block) Subject { return changed(func(s *Subject) { s.Revision.Body = blocks }) }
func withText(text string) Subject     { return withBody(P("各镇："), P(text)) }
func withMeta(f func(*Meta)) Subject   { return changed(func(s *Subject) { f(&s.Revision.Meta) }) }
func withKind(k Kind, f func(*Subject)) Subject {
	return changed(func(s *Subject) { s.Item.Kind = k; f(s) })
}

func nothing(*Subject) {}

// saying lists findings as "severity rule field place", without what the deadline says in passing.
func saying(fs []Finding) []string {
	out := []string{}
	for _, f := range fs {
		if f.Rule == ruleDeadline && f.Severity == Info {
			continue
		}
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", f.Severity, f.Rule, f.Field, f.Place)))
	}
	return out
}

type gateCase struct {
	name    string
	subject Subject
	want    []string // all findings, as saying lists them
}

func runCases(t *testing.T, cases []gateCase) {
	t.Helper()
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			found := Check(tc.subject)
			if got := saying(found); !slices.Equal(got, tc.want) {
				t.Errorf("got  %q\nwant %q\n%s", got, tc.want, messages(found))
			}
		})
	}
}

func messages(fs []Finding) string {
	var b strings.Builder
	for _, f := range fs {
		fmt.Fprintln(&b, f.Rule, f.Message)
	}
	return b.String()
}

func TestGoodItemPasses(t *testing.T) {
	found := Check(good())
	if len(found) != 1 || found[0].Rule != ruleDeadline || found[0].Severity != Info {
		t.Fatalf("a complete policy should only be told its deadline, got:\n%s", messages(found))
	}
	if want := "还剩17个工作日：主动公开，自成文日期2026-11-20起20个工作日，最迟2026-12-18"; found[0].Message != want {
		t.Errorf("got %q, want %q", found[0].Message, want)
	}
}

func TestDisclosureGate(t *testing.T) {
	attribute := func(d Disclosure) Subject { return withMeta(func(m *Meta) { m.Disclosure = d }) }
	runCases(t, []gateCase{
		{"open", attribute(Proactive), []string{}},
		{"missing", attribute(""), []string{"stop disclosure disclosure"}},
		{"on request", attribute(OnRequest), []string{"stop disclosure disclosure"}},
		{"withheld", attribute(Withheld), []string{"stop disclosure disclosure"}},
		{"unknown", attribute("公开"), []string{"stop disclosure disclosure"}},
		{"note says on request", withText("（此件依申请公开）"), []string{"stop disclosure body 第2段"}},
		{"note says not open, spaced", withText("( 此件 不予公开 )"), []string{"stop disclosure body 第2段"}},
		{"note says open", withText("（此件公开发布）"), []string{}},
		{"text speaks of such notes", withText("正文末尾应当注明“此件依申请公开”或者“此件不予公开”。"), []string{}},
	})
}

func TestDigestGate(t *testing.T) {
	runCases(t, []gateCase{
		{"text changed behind our back", spoiled(func(s *Subject) { s.Revision.Body[1] = P("另一段文字。") }), []string{
			"stop digest body", "stop secrecy approvals 保密审查", "stop signoff approvals 初审", "stop signoff approvals 复审", "stop signoff approvals 终审"}},
		{"not filed yet has no digest", spoiled(func(s *Subject) { s.Revision.Digest = "" }), []string{}},
		{"date without digest", changed(func(s *Subject) { s.Revision.Meta.FormedOn = day(2026, 2, 30) }), []string{
			"stop digest formed_on", "stop secrecy approvals 保密审查", "stop signoff approvals 初审", "stop signoff approvals 复审", "stop signoff approvals 终审", "stop date formed_on"}},
	})
}

func TestSecrecyGate(t *testing.T) {
	only := func(f func(*Approval)) Subject { return spoiled(func(s *Subject) { f(&s.Approvals[0]) }) }
	more := func(a Approval) Subject {
		return spoiled(func(s *Subject) {
			a.Item, a.Digest, a.Step, a.By = s.Item.ID, s.Revision.Digest, SecrecyReview, "王某"
			s.Approvals = append(s.Approvals, a)
		})
	}
	runCases(t, []gateCase{
		{"missing", spoiled(func(s *Subject) { s.Approvals = s.Approvals[1:] }), []string{"stop secrecy approvals 保密审查"}},
		{"another text", only(func(a *Approval) { a.Digest = "0" }), []string{"stop secrecy approvals 保密审查"}},
		{"another item", only(func(a *Approval) { a.Item = "x" }), []string{"stop secrecy approvals 保密审查"}},
		{"not passed", only(func(a *Approval) { a.Pass = false; a.Ground = "涉及工作秘密" }), []string{"stop secrecy approvals 保密审查"}},
		{"passed, then not", more(Approval{At: now.Add(-time.Hour)}), []string{"stop secrecy approvals 保密审查"}},
		{"not passed, then passed", spoiled(func(s *Subject) {
			no := s.Approvals[0]
			no.Pass, no.At = false, no.At.Add(-time.Hour)
			s.Approvals = append(s.Approvals, no)
		}), []string{}},
		{"same moment, the later record counts", spoiled(func(s *Subject) {
			no := s.Approvals[0]
			no.Pass = false
			s.Approvals = append(s.Approvals, no)
		}), []string{"stop secrecy approvals 保密审查"}},
		{"nobody", only(func(a *Approval) { a.By = "　" }), []string{"stop secrecy approvals 保密审查"}},
		{"no time", only(func(a *Approval) { a.At = time.Time{} }), []string{"stop signoff.time approvals 保密审查"}},
		{"half a minute ahead", only(func(a *Approval) { a.At = now.Add(30 * time.Second) }), []string{}},
		{"two minutes ahead", only(func(a *Approval) { a.At = now.Add(2 * time.Minute) }), []string{"stop signoff.time approvals 保密审查"}},
		{"before the date of the document", only(func(a *Approval) { a.At = now.AddDate(0, -1, 0) }), []string{}},
	})
}

func TestSignoffGate(t *testing.T) {
	runCases(t, []gateCase{
		{"second missing", spoiled(func(s *Subject) { s.Approvals = slices.Delete(s.Approvals, 2, 3) }), []string{"stop signoff approvals 复审"}},
		{"final said no", spoiled(func(s *Subject) { s.Approvals[3].Pass = false }), []string{"stop signoff approvals 终审"}},
		{"one person twice", spoiled(func(s *Subject) { s.Approvals[3].By = " 李 某" }), []string{"stop signoff.people approvals 终审"}},
		{"one person twice, allowed", spoiled(func(s *Subject) { s.Approvals[3].By, s.OnePerson = "李某", true }), []string{}},
		{"secrecy reviewer signs too", spoiled(func(s *Subject) { s.Approvals[1].By = "王某" }), []string{}},
		{"nobody", spoiled(func(s *Subject) { s.Approvals[1].By = "" }), []string{"stop signoff approvals 初审"}},
		{"final before second", spoiled(func(s *Subject) { s.Approvals[3].At = s.Approvals[2].At.Add(-time.Minute) }), []string{"warn signoff.time approvals 终审"}},
		{"in the future", spoiled(func(s *Subject) { s.Approvals[3].At = now.Add(time.Hour) }), []string{"stop signoff.time approvals 终审"}},
		{"two steps configured", spoiled(func(s *Subject) {
			s.Steps = []Step{FirstReview, FinalReview}
			s.Approvals = slices.Delete(s.Approvals, 2, 3)
		}), []string{}},
		{"own step configured", spoiled(func(s *Subject) { s.Steps = []Step{"法制审核"} }), []string{"stop signoff approvals 法制审核"}},
		{"no step configured", spoiled(func(s *Subject) { s.Steps = []Step{}; s.Approvals = s.Approvals[:1] }), []string{}},
		{"secrecy among the steps is looked at once", spoiled(func(s *Subject) { s.Steps = []Step{SecrecyReview}; s.Approvals = nil }), []string{"stop secrecy approvals 保密审查"}},
		{"old text", spoiled(func(s *Subject) { s.Approvals[2].Digest = "0" }), []string{"stop signoff approvals 复审"}},
	})
}

func TestMarkGate(t *testing.T) {
	title := func(text string) Subject { return changed(func(s *Subject) { s.Revision.Title = text }) }
	attached := func(name string) Subject {
		return changed(func(s *Subject) { s.Revision.Attachments = []Asset{{Digest: "a", Name: name}} })
	}
	cell := func(text string) Subject {
		return withBody(P("如下："), Block{Kind: TableKind, Table: &Table{Rows: [][]Cell{{{Spans: []Span{{Text: text}}}}}}})
	}
	second := []string{"stop mark body 第2段"}
	runCases(t, []gateCase{
		{"secret, star, period", withText("秘密★1年"), second},
		{"top secret in full width", withText("绝 密 ★ 长 期"), second},
		{"star in the middle of a line", withText("示政办发电 机密☆ 特急"), second},
		{"grade on a line of its own", withText("机密"), second},
		{"grade in brackets", withText("【秘密】"), second},
		{"grade with period", withText("秘密10年"), second},
		{"labelled", withText("文件编号：1　密级：机密"), second},
		{"internal", withText("内部资料　注意保存"), second},
		{"internal, sentence", withText("内部文件，不得外传！"), second},
		{"not for the web", withText("（严禁上网）"), second},
		{"second line of a paragraph", withText("第一行\n秘密★"), second},
		{"cell with a star", cell("秘密★"), []string{"stop mark body 表1第1行第1列"}},
		{"cell of a list of grades", cell("秘密"), []string{}},
		{"title", title("关于某事的通报（内部资料）"), []string{"stop mark title"}},
		{"attachment", attached("工作方案（内部文件）.pdf"), []string{"stop mark attachments 附件1"}},
		{"attachment, plain", attached("保密审查表.pdf"), []string{}},
		{"item of a list of grades", withBody(Block{Kind: ListKind, Items: []ListItem{{Marker: "（三）", Blocks: []Block{P("秘密")}}}}), []string{}},
		{"item of a list with a star", withBody(Block{Kind: ListKind, Items: []ListItem{{Marker: "1.", Blocks: []Block{P("秘密★")}}}}), []string{"stop mark body 第1段"}},
		{"attachment without a format", attached("机密.2026年度工作方案"), []string{}},
		{"trade secrets", withText("涉及国家秘密、商业秘密、个人隐私的，不得公开。"), []string{}},
		{"guard secrets", withText("为反映人保密，保守国家秘密和工作秘密。"), []string{}},
		{"law of secrets", withText("根据《中华人民共和国保守国家秘密法》，分为绝密、机密、秘密三级。"), []string{}},
		{"must not be opened", withText("依照本条例规定不得公开的政府信息"), []string{}},
		{"heading about secrets", withBody(H(1, "一、保密审查"), P("略。")), []string{}},
		{"quoted mark", withText("国家秘密标志写成“机密★10年”的样子。"), []string{"warn mark body 第2段"}},
		{"stars of hotels", withText("五星级★★★★★饭店"), []string{}},
		{"publication for inside", withText("内部资料性出版物准印证号：示0001"), []string{}},
	})
}

func TestMetadataGate(t *testing.T) {
	none := func(s *Subject) { s.Revision.Meta = Meta{Disclosure: Proactive}; s.Item.BelongsWith = nil }
	runCases(t, []gateCase{
		{"policy without anything", withKind(Policy, none), []string{
			"stop meta issuer", "stop meta column", "stop meta formed_on", "stop meta theme", "warn meta genre", "warn meta summary", "stop docno doc_number", "warn relation belongs_with"}},
		{"notice without anything", withKind(Notice, none), []string{"stop meta issuer", "stop meta column", "stop meta formed_on", "warn meta theme"}},
		{"news without anything", withKind(News, none), []string{"stop meta issuer", "warn meta column"}},
		{"unknown kind", withKind("通知", nothing), []string{"stop meta kind"}},
		{"no title", changed(func(s *Subject) { s.Revision.Title = "\u200b " }), []string{"stop meta title"}},
		{"no body", withBody(P(" ")), []string{"stop meta body"}},
		{"no body but an attachment", changed(func(s *Subject) { s.Revision.Body = nil; s.Revision.Attachments = []Asset{{Name: "正文.pdf"}} }), []string{}},
		{"repealed", withMeta(func(m *Meta) { m.Validity = Repealed }), []string{"warn meta validity"}},
		{"validity unknown", withMeta(func(m *Meta) { m.Validity = "长期" }), []string{"warn meta validity"}},
		{"in force", withMeta(func(m *Meta) { m.Validity = InForce }), []string{}},
	})
}

func TestDocNumberGate(t *testing.T) {
	wrong := []string{"stop docno doc_number"}
	for number, want := range map[string][]string{
		"示政办发〔2026〕18号": {}, "示政办函〔2026〕1号": {}, "高政发〔2026〕100号": {}, "示政办发明电〔2026〕3号": {}, "示ZF发〔2026〕3号": {},
		"示例区人民政府令第12号": {}, "第十二号": {}, "示例区人民政府公告2026年第3号": {},
		"示政办发[2026]18号": wrong, "示政办发（2026）18号": wrong, "示政办发(2026)18号": wrong, "示政办发【2026】18号": wrong, "示政办发［2026］18号": wrong,
		"示政办发〔26〕18号": wrong, "示政办发〔2026〕018号": wrong, "示政办发〔2026〕第18号": wrong, "示政办发〔2026〕18": wrong,
		"示政办发 〔2026〕 18号": wrong, "18号": wrong, "待编": wrong,
	} {
		t.Run(number, func(t *testing.T) {
			if got := saying(Check(withMeta(func(m *Meta) { m.DocNumber = number }))); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	if got := advice("示政办发[2026]第018号"); !strings.Contains(got, "“示政办发〔2026〕18号”") {
		t.Errorf("the advice should show the right form, got %q", got)
	}
}

func TestDateGate(t *testing.T) {
	formed := func(d workday.Date) Subject {
		return changed(func(s *Subject) {
			s.Revision.Meta.FormedOn, s.Revision.Meta.DocNumber = d, fmt.Sprintf("示政办发〔%d〕1号", d.Year)
			s.Revision.Body = []Block{P("略。")}
		})
	}
	release := func(t time.Time) Subject { return changed(func(s *Subject) { s.Item.ReleaseAt = t }) }
	runCases(t, []gateCase{
		{"today", formed(day(2026, 11, 25)), []string{}},
		{"tomorrow", formed(day(2026, 11, 26)), []string{"stop date formed_on"}},
		{"before the republic", formed(day(1949, 9, 30)), []string{"stop date formed_on"}},
		{"approved tomorrow", withMeta(func(m *Meta) { m.ApprovedOn = day(2026, 11, 26) }), []string{"stop date approved_on"}},
		{"number of another year", withMeta(func(m *Meta) { m.DocNumber = "示政办发〔2025〕18号" }), []string{"warn date doc_number"}},
		{"signature of another day", withText("2026年11月2日"), []string{"warn date formed_on 第2段"}},
		{"signatures of two other days", withBody(P("2026年1月5日"), P("2026年1月6日")), []string{"warn date formed_on 第1段"}},
		{"not a signature", withBody(P("公示期至2026年1月5日")), []string{}},
		{"signature of two documents", withBody(P("2026年1月5日"), P("2026 年 11 月 20 日")), []string{}},
		{"signature in full width", withText("示例区人民政府\n２０２６年１１月２０日"), []string{}},
		{"release in time", release(now.AddDate(0, 0, 2)), []string{}},
		{"release before the document", release(now.AddDate(0, -1, 0)), []string{"warn date release_at"}},
		{"release in two years", release(now.AddDate(2, 0, 0)), []string{"warn date release_at", "warn deadline release_at"}},
		{"release on one channel in two years", changed(func(s *Subject) { s.Item.Wants[1].NotBefore = now.AddDate(2, 0, 0) }), []string{"warn date release_at"}},
	})
}

func TestPictureGate(t *testing.T) {
	figure := func(p *Picture) Subject {
		return changed(func(s *Subject) {
			s.Revision.Body = []Block{P("见图。"), {Kind: Figure, Picture: p}}
			s.Revision.Images = []Asset{{Digest: "d1", Name: "pic1.png"}}
		})
	}
	runCases(t, []gateCase{
		{"described", figure(&Picture{Digest: "d1", Alt: "柱状图：办件量逐月上升"}), []string{}},
		{"not described", figure(&Picture{Digest: "d1", Alt: " "}), []string{"stop alt body 图1"}},
		{"described by its file name", figure(&Picture{Digest: "d1", Alt: "IMG_2031.jpg"}), []string{"warn alt body 图1"}},
		{"described by a word", figure(&Picture{Digest: "d1", Alt: "图片1"}), []string{"warn alt body 图1"}},
		{"described by a word processor's guess", figure(&Picture{Digest: "d1", Alt: "图片包含 图形用户界面, 文本\n\n描述已自动生成"}), []string{"warn alt body 图1"}},
		{"described by a program", figure(&Picture{Digest: "d1", Alt: "一栋楼 AI 生成的内容可能不正确。"}), []string{"warn alt body 图1"}},
		{"file missing", figure(&Picture{Digest: "d2", Alt: "示意图一张"}), []string{"stop picture body 图1"}},
		{"no picture", figure(nil), []string{"stop picture body 图1"}},
		{"inside a list", changed(func(s *Subject) {
			s.Revision.Images = []Asset{{Digest: "d1"}}
			s.Revision.Body = []Block{{Kind: ListKind, Items: []ListItem{{Marker: "1.", Blocks: []Block{{Kind: Figure, Picture: &Picture{Digest: "d1"}}}}}}}
		}), []string{"stop alt body 图1"}},
	})
}

func TestLimitGate(t *testing.T) {
	long := strings.Repeat("长", 40)
	pictures := func(n int) Subject {
		return changed(func(s *Subject) {
			s.Revision.Images = []Asset{{Digest: "d"}}
			for range n {
				s.Revision.Body = append(s.Revision.Body, Block{Kind: Figure, Picture: &Picture{Digest: "d", Alt: "办公楼外景"}})
			}
		})
	}
	runCases(t, []gateCase{
		{"long title, short title", changed(func(s *Subject) { s.Revision.Title = long }), []string{}},
		{"long title, no short title", changed(func(s *Subject) { s.Revision.Title, s.Revision.ShortTitle = long, "" }), []string{"stop limit title wechat"}},
		{"long title, long short title", changed(func(s *Subject) { s.Revision.Title, s.Revision.ShortTitle = long, long+"。" }), []string{"stop limit short_title wechat"}},
		{"title at the limit", changed(func(s *Subject) { s.Revision.Title, s.Revision.ShortTitle = strings.Repeat("长", 32), "" }), []string{}},
		{"long author", withMeta(func(m *Meta) { m.Author = long }), []string{"stop limit author wechat"}},
		{"long summary", withMeta(func(m *Meta) { m.Summary = strings.Repeat("概", 121) }), []string{"stop limit summary wechat"}},
		{"longish text", withText(strings.Repeat("文", 15001)), []string{"warn limit body wechat"}},
		{"long text", withText(strings.Repeat("文", 20001)), []string{"stop limit body wechat"}},
		{"three pictures", pictures(3), []string{}},
		{"four pictures", pictures(4), []string{"stop limit body wechat"}},
		{"heavy picture, light cover", changed(func(s *Subject) {
			s.Revision.Images, s.Revision.Cover = []Asset{{Name: "a.png", Size: 3 << 20}}, &Asset{Name: "cover.png", Size: 1 << 10}
		}), []string{"stop limit body wechat"}},
		{"heavy cover", changed(func(s *Subject) { s.Revision.Cover = &Asset{Name: "cover.png", Size: 1<<20 + 1} }), []string{"stop limit body wechat"}},
		{"channel unknown", changed(func(s *Subject) { s.Item.Wants = append(s.Item.Wants, Want{Channel: "weibo"}, Want{Channel: "weibo"}) }), []string{"stop channel channels weibo"}},
		{"no channel configured", changed(func(s *Subject) { s.Limits = nil; s.Item.Wants = s.Item.Wants[:1] }), []string{"stop channel channels site"}},
		{"no channel wanted", changed(func(s *Subject) { s.Item.Wants = nil }), []string{"warn channel channels"}},
	})
}

func TestRelationGate(t *testing.T) {
	relation := func(k Kind, rs ...Relation) Subject {
		return withKind(k, func(s *Subject) { s.Revision.Meta.Relations = rs; s.Item.BelongsWith = nil })
	}
	runCases(t, []gateCase{
		{"policy alone", relation(Policy), []string{"warn relation belongs_with"}},
		{"policy with a blank line", changed(func(s *Subject) { s.Item.BelongsWith = []string{" "} }), []string{"warn relation belongs_with"}},
		{"policy with its interpretation", changed(nothing), []string{}},
		{"interpretation of nothing", relation(Interpretation), []string{"warn relation relations"}},
		{"interpretation", relation(Interpretation, Relation{Interprets, "oa-1"}), []string{}},
		{"interpretation that only amends", relation(Interpretation, Relation{Amends, "oa-1"}), []string{"warn relation relations"}},
		{"feedback to nothing", relation(Feedback), []string{"warn relation relations"}},
		{"feedback", relation(Feedback, Relation{Answers, "oa-1"}), []string{}},
		{"notice", relation(Notice), []string{}},
	})
}

func TestWaiver(t *testing.T) {
	subject := func(w Waiver) Subject {
		s := withText("联系人手机13800138000，证件号码11010519491231002X")
		s.Waivers = []Waiver{w}
		return s
	}
	waiver := Waiver{Item: good().Item.ID, Revision: 1, Rule: rulePhone, By: "孙某", Reason: "依法公示", At: now}
	open, shut := []string{"stop pii.id body 第2段", "warn pii.phone body 第2段"}, []string{"stop pii.id body 第2段", "stop pii.phone body 第2段"}
	with := func(f func(*Waiver)) Subject { w := waiver; f(&w); return subject(w) }
	runCases(t, []gateCase{
		{"one rule of this revision", subject(waiver), open},
		{"another revision", with(func(w *Waiver) { w.Revision = 2 }), shut},
		{"another item", with(func(w *Waiver) { w.Item = "x" }), shut},
		{"nobody", with(func(w *Waiver) { w.By = "" }), shut},
		{"no reason", with(func(w *Waiver) { w.Reason = " " }), shut},
		{"a rule that cannot be waived", func() Subject {
			s := withText("秘密★")
			s.Waivers = []Waiver{{Item: s.Item.ID, Revision: 1, Rule: ruleMark, By: "孙某", Reason: "没关系"}}
			return s
		}(), []string{"stop mark body 第2段"}},
	})
	found := Check(subject(waiver))
	if f := found[0]; !f.Waivable || f.Rule != ruleIDNumber {
		t.Errorf("what was not waived should still be waivable: %+v", f)
	}
	if f := found[1]; f.Waivable || !strings.Contains(f.Message, "孙某已准许放行，理由：依法公示") {
		t.Errorf("a waiver should be named in the finding: %+v", f)
	}
}

func TestMessages(t *testing.T) {
	for _, tc := range []struct {
		name    string
		subject Subject
		rule    Rule
		want    string
	}{
		{"wrong check digit", withText("身份证号110105194912310021"), ruleIDNumber, "正文第2段的号码110***********0021像身份证号，但校验码不对。"},
		{"small limit", changed(func(s *Subject) {
			s.Limits["wechat"] = Limits{PictureBytes: 64 << 10}
			s.Revision.Cover = &Asset{Name: "cover.png", Size: 3 << 20}
		}), ruleLimit, "图片“cover.png”有3.0MB，渠道“wechat”最多64KB。"},
		{"budget without its day", withKind(Budget, nothing), ruleDeadline, "还剩15个自然日：预算、决算公开，自成文日期（没有填写批准日期approved_on，暂以成文日期代替）2026-11-20起20个自然日，最迟2026-12-10"},
		{"long quotation", withMeta(func(m *Meta) { m.DocNumber = strings.Repeat("示", 60) }), ruleDocNumber, "文号“" + strings.Repeat("示", 40) + "……”的写法不规范。"},
		{"quoted number", withMeta(func(m *Meta) { m.DocNumber = "13800138000" }), ruleDocNumber, "文号“***********”的写法不规范。"},
		{"unknown channel", changed(func(s *Subject) { s.Item.Wants = []Want{{Channel: "微博"}} }), ruleChannel, "没有名为“微博”的渠道。可以写的渠道：site、wechat；"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			found := Check(tc.subject)
			if !slices.ContainsFunc(found, func(f Finding) bool { return f.Rule == tc.rule && strings.HasPrefix(f.Message, tc.want) }) {
				t.Errorf("want %s, got\n%s", tc.want, messages(found))
			}
		})
	}
}

func TestManyFindingsAreBounded(t *testing.T) {
	var list []Block
	for i := range 50 {
		list = append(list, P(fmt.Sprintf("第%d人：138001380%02d", i, i)))
	}
	found := Check(withBody(list...))
	var phones []Finding
	for _, f := range found {
		if f.Rule == rulePhone {
			phones = append(phones, f)
		}
	}
	if len(phones) != mostOfARule+1 {
		t.Fatalf("got %d findings", len(phones))
	}
	if last := phones[mostOfARule]; !strings.HasPrefix(last.Message, "另有30处") || last.Severity != Stop || !last.Waivable {
		t.Errorf("the rest should be counted as a stop: %+v", last)
	}
}

func TestRulesTable(t *testing.T) {
	seen := map[Rule]bool{}
	for _, r := range Rules() {
		if seen[r.Code] || r.Code == "" || r.Name == "" || r.Source == "" {
			t.Errorf("bad line %+v", r)
		}
		seen[r.Code] = true
		if r.Waivable != slices.Contains([]Rule{ruleDocNumber, ruleIDNumber, rulePhone, ruleCard, ruleAddress, ruleWord, ruleAlt}, r.Code) {
			t.Errorf("%s: waivable is %v", r.Code, r.Waivable)
		}
	}
	for _, code := range []Rule{"digest", "disclosure", "mark", "secrecy", "signoff", "signoff.people", "signoff.time", "meta", "docno", "date",
		"pii.id", "pii.phone", "pii.card", "pii.address", "word", "picture", "alt", "channel", "limit", "relation", "deadline"} {
		if !seen[code] {
			t.Errorf("the stable code %s is gone", code)
		}
	}
}
