package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"tongfa/ledger"
	"tongfa/press"
	"tongfa/workday"
)

// figure is one line of a year's report on disclosure: so many items of a category.
type figure struct {
	name, short string // as the report has it, and in external ids
	kind        press.Kind
	count       int
	gazette     bool // also printed in the gazette
}

// year is what the report of a district office counts for one year. Policies count as other items of the website there.
type year struct {
	number, site, wechat, issues int
	categories                   []figure
}

// year2019 are the figures of a district government's published report for 2019.
var year2019 = year{number: 2019, site: 4362, wechat: 1010, issues: 4, categories: []figure{
	{"重大建设项目", "project", press.OtherKind, 13, false},
	{"公共资源配置", "resource", press.OtherKind, 11, false},
	{"社会公益事业", "welfare", press.News, 1756, false},
	{"执行和落实", "execution", press.ReportKind, 68, true},
	{"行政执法", "enforcement", press.Enforcement, 39, false},
	{"建议提案", "proposal", press.Proposal, 68, false},
	{"政策解读", "interpretation", press.Interpretation, 4, true},
}}

// others are the items that the report counts for the website and for no category.
const (
	policies  = "policy"
	policyDoc = "政策文件"
	otherNews = "政务动态"
)

// replayed is one item of the year.
type replayed struct {
	ref, category string
	at            time.Time // release
	filing        ledger.Filing
}

// moments are the times of a day at which an office releases.
var moments = []time.Duration{9 * time.Hour, 10 * time.Hour, 11 * time.Hour, 14*time.Hour + 30*time.Minute, 15*time.Hour + 30*time.Minute, 16*time.Hour + 30*time.Minute}

// lastGazetteDay is the day of December after which nothing is left to a later issue of the year.
const lastGazetteDay = 18

// items makes the year's items in the order of their release: evenly over the working days, each at one of the moments.
func (y year) items(days *workday.Calendar, zone *time.Location, seed uint64) ([]replayed, error) {
	rnd := rand.New(rand.NewPCG(seed, uint64(y.number)))
	work, err := y.workdays(days)
	if err != nil {
		return nil, err
	}
	kinds := y.kinds()
	rnd.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	counts := map[string]int{}
	var all []replayed
	for i, f := range kinds {
		day := work[i*len(work)/len(kinds)]
		if f.gazette && day.Month == time.December && day.Day > lastGazetteDay {
			day = work[rnd.IntN(len(work)*9/10)]
		}
		counts[f.short]++
		all = append(all, y.item(f, counts[f.short], day, moments[rnd.IntN(len(moments))], zone, rnd))
	}
	y.pair(all)
	y.alsoOnWeChat(all)
	slices.SortStableFunc(all, func(a, b replayed) int { return a.at.Compare(b.at) })
	return all, nil
}

func (y year) workdays(days *workday.Calendar) ([]workday.Date, error) {
	var work []workday.Date
	for d := (workday.Date{Year: y.number - 1, Month: time.December, Day: 31}); ; {
		due := days.Add(d, 1)
		if due.Provisional && due.Missing == y.number {
			return nil, fmt.Errorf("没有%d年的放假安排，不能按实际工作日重放", y.number)
		}
		if d = due.Date; d.Year > y.number {
			return work, nil
		}
		work = append(work, d)
	}
}

// kinds is one figure for each item.
func (y year) kinds() []figure {
	var list []figure
	for _, f := range y.categories {
		list = append(list, slices.Repeat([]figure{f}, f.count)...)
	}
	policy := figure{policyDoc, policies, press.Policy, y.interpretations(), true}
	list = append(list, slices.Repeat([]figure{policy}, policy.count)...)
	rest := y.site - len(list)
	return append(list, slices.Repeat([]figure{{otherNews, "news", press.News, rest, false}}, rest)...)
}

func (y year) interpretations() int {
	for _, f := range y.categories {
		if f.kind == press.Interpretation {
			return f.count
		}
	}
	return 0
}

func (y year) item(f figure, n int, day workday.Date, clock time.Duration, zone *time.Location, rnd *rand.Rand) replayed {
	at := time.Date(day.Year, day.Month, day.Day, 0, 0, 0, 0, zone).Add(clock)
	r := replayed{ref: fmt.Sprintf("y%d-%s-%04d", y.number, f.short, n), category: f.name, at: at}
	r.filing = ledger.Filing{
		Item: press.Item{ExternalID: r.ref, Kind: f.kind, ReleaseAt: at, Wants: []press.Want{{Channel: "site"}}},
		Revision: press.Revision{
			Title: titleOf(f, n, day), Body: paragraphs(f, n, day, rnd),
			Meta: press.Meta{Issuer: "示例区人民政府办公室", FormedOn: day, Theme: `综合政务\政务公开`, Genre: "其他", Disclosure: press.Proactive, Column: f.name,
				Validity: press.InForce, Summary: fmt.Sprintf("%s第%d条。", f.name, n), Keywords: []string{f.name}},
		},
		By: ledger.Who{Name: "收稿登记", Role: press.Registrar},
	}
	if f.kind == press.Policy {
		r.filing.Revision.Meta.DocNumber = fmt.Sprintf("示政办发〔%d〕%d号", y.number, n)
		r.filing.Revision.Meta.Genre = "通知"
	}
	if f.gazette {
		r.filing.Item.Wants = append(r.filing.Item.Wants, press.Want{Channel: "gazette"})
	}
	for i, s := range []press.Step{press.SecrecyReview, press.FirstReview, press.SecondReview, press.FinalReview} {
		r.filing.Approvals = append(r.filing.Approvals, press.Approval{Step: s, By: []string{"王示例", "李样本", "赵示范", "孙演示"}[i], Office: "区政府办公室",
			At: at.Add(-20*time.Hour + time.Duration(i)*time.Hour), Pass: true, Ground: "已审查，同意公开"})
	}
	return r
}

func titleOf(f figure, n int, day workday.Date) string {
	if f.kind == press.Policy {
		return fmt.Sprintf("示例区人民政府办公室关于第%d项重点工作的实施意见", n)
	}
	return fmt.Sprintf("%s：%d月%d日第%d号公开信息", f.name, int(day.Month), day.Day, n)
}

// sentences are what bodies are made of.
var sentences = []string{
	"各有关单位按照职责分工，抓好工作落实，按时报送进展情况。", "相关信息已在区政府网站公开，欢迎社会各界监督。", "下一步将继续完善工作机制，提高办理质量和效率。",
	"本项工作自公布之日起施行，由主管部门负责解释。", "办理过程中遇到的问题，可以向主管部门咨询。", "经核对，以上数据与年度统计口径一致。",
	"各镇、街道要加强组织领导，明确责任人和完成时限。", "工作经费由区级财政统筹安排，专款专用。",
}

func paragraphs(f figure, n int, day workday.Date, rnd *rand.Rand) []press.Block {
	body := []press.Block{press.P(fmt.Sprintf("现将%s第%d号信息公开如下。", f.name, n))}
	for range 3 + rnd.IntN(4) {
		var s string
		for range 2 + rnd.IntN(4) {
			s += sentences[rnd.IntN(len(sentences))]
		}
		body = append(body, press.P(s))
	}
	return append(body, press.P("示例区人民政府办公室"), press.P(fmt.Sprintf("%d年%d月%d日", day.Year, int(day.Month), day.Day)))
}

// pair binds each interpretation to its policy: they go out at the same moment.
func (y year) pair(all []replayed) {
	policy := map[string]*replayed{}
	for i := range all {
		if all[i].category == policyDoc {
			policy[all[i].ref] = &all[i]
		}
	}
	n := 0
	for i := range all {
		it := &all[i]
		if it.filing.Item.Kind != press.Interpretation {
			continue
		}
		n++
		ref := fmt.Sprintf("y%d-%s-%04d", y.number, policies, n)
		p := policy[ref]
		*it = it.movedTo(p.at)
		it.filing.Item.BelongsWith = []string{ref}
		it.filing.Revision.Meta.Relations = []press.Relation{{Type: press.Interprets, To: ref}}
		p.filing.Item.BelongsWith = []string{it.ref}
	}
}

// movedTo is an item with another release, its approvals with it.
func (r replayed) movedTo(at time.Time) replayed {
	by := at.Sub(r.at)
	r.at, r.filing.Item.ReleaseAt = at, at
	r.filing.Revision.Meta.FormedOn = workday.DateOf(at)
	for i := range r.filing.Approvals {
		r.filing.Approvals[i].At = r.filing.Approvals[i].At.Add(by)
	}
	return r
}

// alsoOnWeChat picks the items that the account publishes too: policies with their interpretations, and the rest evenly.
func (y year) alsoOnWeChat(all []replayed) {
	want := func(r *replayed) { r.filing.Item.Wants = append(r.filing.Item.Wants, press.Want{Channel: "wechat"}) }
	var rest []*replayed
	left := y.wechat
	for i := range all {
		switch r := &all[i]; r.filing.Item.Kind {
		case press.Policy, press.Interpretation:
			want(r)
			left--
		case press.News:
			rest = append(rest, r)
		}
	}
	slices.SortStableFunc(rest, func(a, b *replayed) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.ref, b.ref)) })
	for i := range left {
		want(rest[i*len(rest)/left])
	}
}
