package ledger

import (
	"strings"
	"testing"
	"time"

	"tongfa/press"
	"tongfa/workday"
)

func repealed(ref string) Annotation {
	return Annotation{Ref: ref, Validity: press.Repealed, By: "示政办发〔2026〕9号", URL: "https://www.example.gov.cn/9", On: workday.Date{Year: 2026, Month: 12, Day: 1}}
}

// policy is a filing of a document with a number.
func policy(ext, number string, channels ...string) Filing {
	f := ready(ext, channels...)
	f.Revision.Meta.DocNumber = number
	f.Revision.Meta.Validity = press.InForce
	return f
}

func (b *testBench) annotate(list ...Annotation) []Annotated {
	b.Helper()
	out, err := b.Annotate(b.ctx, list, map[string]bool{"site": true}, publisher, b.now)
	must(b, err)
	return out
}

func TestAnnotate(t *testing.T) {
	b := setup(t)
	b.filed(policy("甲", "示政办发〔2025〕3号", "site", "wechat"))
	b.verified(sitePlan())
	b.verified(wechatPlan())
	b.pass(time.Hour)
	digest := b.entry("甲", "site").Revision.Digest
	out := b.annotate(repealed("示政办发[2025]3号"))
	equal(t, "problem", out[0].Problem, "")
	equal(t, "made", strings.Join(out[0].Made, " "), "site")
	equal(t, "by hand", strings.Join(out[0].Hand, " "), "wechat")

	list, err := b.Archive("site").Shelf(b.ctx, "column/政务动态", 1, 10)
	must(t, err)
	equal(t, "listed", list[0].Meta.Validity, press.Repealed)
	equal(t, "shown before it is made", b.entry("甲", "site").Revision.Meta.Validity, press.InForce)

	a := b.one("site")
	equal(t, "verb", a.Verb, press.Annotate)
	e := a.Edition.Entries[0]
	equal(t, "revision given", e.Revision.Number, 1)
	equal(t, "validity given", e.Revision.Meta.Validity, press.Repealed)
	m := e.Remarks[0]
	equal(t, "remark given", m.Text, "本文件自2026年12月1日起废止，依据：示政办发〔2026〕9号。")
	equal(t, "kind", m.Kind, press.RemarkValidity)
	equal(t, "link", m.URL, "https://www.example.gov.cn/9")
	b.settle(a, live())
	c := b.state("甲", "site", press.CopyVerified)
	equal(t, "looked at at once", c.NextLook.After(b.now), false)
	e = b.entry("甲", "site")
	equal(t, "shown", e.Revision.Meta.Validity, press.Repealed)
	equal(t, "digest", e.Revision.Digest, digest)
	sub := b.story("甲").Revisions[0]
	equal(t, "approved text", sub.Meta.Validity, press.InForce)

	b.shown("甲", press.Hand)
	c = b.copy("甲", "wechat")
	if !strings.Contains(c.Task, "公众平台") {
		t.Errorf("task %q", c.Task)
	}
	b.settle(b.one("wechat"), press.Receipt{Status: press.NeedsHand, Note: c.Task})
	_, err = b.Retry(b.ctx, "甲", "wechat", Hint{Leave: true}, publisher, b.now)
	must(t, err)
	b.shown("甲", press.Everyone)
	equal(t, "left as it is", len(b.entry("甲", "wechat").Remarks), 0)
}

// Each line is done whole or not at all, and keeps no other from being done.
func TestAnnotateLineByLine(t *testing.T) {
	b := setup(t)
	b.filed(policy("甲", "示政发〔2025〕1号", "site"))
	b.filed(policy("乙", "示政发〔2025〕2号", "site"))
	b.filed(policy("丙", "示政发〔2025〕2号", "site"))
	b.filed(policy("戊", "示政发〔2025〕12号", "site"))
	b.verified(sitePlan())
	b.filed(policy("丁", "示政发〔2025〕4号", "site"))
	bad := repealed("甲")
	bad.Validity = "作废"
	lost := repealed("甲")
	lost.URL = "javascript:alert(1)"
	out := b.annotate(repealed("没有"), repealed("示政发〔2025〕2号"), repealed("丁"), bad, lost, repealed(" "), repealed("〔〕"),
		repealed("示政发〔2025〕1号"), repealed("甲"))
	for i, want := range []string{"没有这个编号", "文号有重复", "没有公开", "有效性", "网址", "没有写明", "没有这个编号", "", "已经出现过"} {
		if got := out[i].Problem; want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("line %d: %q, want %q", i+1, got, want)
		}
	}
	equal(t, "acts", b.count(`SELECT COUNT(*) FROM act WHERE verb = 'annotate'`), 1)
	equal(t, "annotations", b.count(`SELECT COUNT(*) FROM annotation`), 1)
	if _, err := b.Annotate(b.ctx, []Annotation{repealed("乙")}, nil, registrar, b.now); err != nil {
		t.Fatal(err)
	}
	equal(t, "by a registrar", b.count(`SELECT COUNT(*) FROM annotation`), 1)
}

// What goes out after a document was annotated says so from the start; what was under way then, at once after.
func TestWhatGoesOutLaterIsAnnotatedToo(t *testing.T) {
	b := setup(t)
	b.filed(policy("甲", "示政发〔2025〕1号", "site", "wechat", "gazette"))
	b.verified(sitePlan())
	b.composed(wechatPlan(), b.now)
	b.pass(time.Minute)
	b.annotate(repealed("甲"))
	b.settle(b.one("site"), live())
	b.settle(b.one("wechat"), live())
	a := b.one("wechat")
	equal(t, "verb", a.Verb, press.Annotate)
	b.settle(a, live())
	b.pass(time.Minute)
	issue := b.issued(gazettePlan())
	equal(t, "remarks", len(issue.Edition.Entries[0].Remarks), 1)
	equal(t, "validity", issue.Edition.Entries[0].Revision.Meta.Validity, press.Repealed)
	equal(t, "acts on what says so already", len(b.begun("gazette")), 0)
}

// The next generation keeps the remark, and a text that is corrected keeps it too.
func TestARemarkOutlivesItsCopy(t *testing.T) {
	b := setup(t)
	b.filed(policy("甲", "示政发〔2025〕1号", "wechat"))
	b.verified(wechatPlan())
	b.pass(time.Minute)
	b.annotate(repealed("甲"))
	b.settle(b.one("wechat"), press.Receipt{Status: press.NeedsHand})
	_, err := b.Retry(b.ctx, "甲", "wechat", Hint{Done: true}, publisher, b.now)
	must(t, err)
	equal(t, "remarks", len(b.entry("甲", "wechat").Remarks), 1)
	b.pass(time.Minute)
	f := policy("甲", "示政发〔2025〕1号", "wechat")
	f.Revision.Title += "（修订）"
	b.filed(f)
	b.correct("甲", correction())
	b.settle(b.one("wechat"), press.Receipt{Status: press.Gone})
	b.pass(time.Minute)
	b.verified(wechatPlan())
	e := b.entry("甲", "wechat")
	equal(t, "generation", e.Copy.Generation, 2)
	equal(t, "remarks", len(e.Remarks), 1)
	equal(t, "validity", e.Revision.Meta.Validity, press.Repealed)
}
