package desk

import (
	"net/http"
	"slices"
	"strings"

	"tongfa/ledger"
	"tongfa/press"
)

// offer is one review of a revision: what was said, or whether who looks may say it.
type reviewOffer struct {
	Step  press.Step
	Given *press.Approval // the newest word on this text
	May   bool
	Why   string // it is not offered
}

// reviewOffers are the reviews of a revision, in their order. Only the next sign-off is offered; the secrecy review at any time. One person gives one word only,
// unless the office's rules allow it.
func (d *desk) reviewOffers(r *http.Request, it press.Item, digest string, given []press.Approval) (out []reviewOffer) {
	steps, one := d.Ledger.Reviews()
	me := personOf(r)
	waits := ""
	for _, step := range steps {
		o := reviewOffer{Step: step}
		for i := range given {
			if a := &given[i]; a.Step == step && a.Digest == digest {
				o.Given = a
			}
		}
		passed := o.Given != nil && o.Given.Pass
		right := press.MaySign
		if step == press.SecrecyReview {
			right = press.MayClear
		}
		mine := ""
		for _, a := range given {
			if a.Digest == digest && a.Pass && a.Step != step && press.Fold(a.By) == press.Fold(me.Name) {
				mine = d.t(r, a.Step.Name())
			}
		}
		switch {
		case passed:
		case it.State != press.Submitted:
			o.Why = d.t(r, "稿件现在是“%s”，没有在审。", d.t(r, it.State.Name()))
		case !me.May(right):
			o.Why = d.t(r, "由有“%s”权限的人来做。", d.t(r, rightName(right)))
		case mine != "" && !one:
			o.Why = d.t(r, "您已经做过%s，按规定要由另一人来做。", mine)
		case step != press.SecrecyReview && waits != "":
			o.Why = d.t(r, "等%s通过以后再做。", waits)
		default:
			o.May = true
		}
		if step != press.SecrecyReview && !passed && waits == "" {
			waits = d.t(r, step.Name())
		}
		out = append(out, o)
	}
	return out
}

func rightName(right press.Right) string {
	for _, i := range press.Rights() {
		if i.Right == right {
			return i.Name
		}
	}
	return string(right)
}

// reviewPage is one revision as it is reviewed.
type reviewPage struct {
	frame
	Tabs     itemTabs
	Story    ledger.Story
	Head     press.Revision
	Facts    []fact
	Blocks   []shownBlock
	Findings []findingLine
	Base     int // the revision that it is compared with; 0 for none
	BaseWord string
	Diff     comparison
	Offers   []reviewOffer
	Notes    []string
	Files    []heldFile
	Problem  string
	Typed    map[string]string
	Last     string // why it was returned last
}

// CanSign reports whether who looks can say anything.
func (p reviewPage) CanSign() bool {
	return slices.ContainsFunc(p.Offers, func(o reviewOffer) bool { return o.May })
}

// Secrecy reports whether the secrecy review is among what can be said.
func (p reviewPage) Secrecy() bool {
	return slices.ContainsFunc(p.Offers, func(o reviewOffer) bool { return o.May && o.Step == press.SecrecyReview })
}

// FileURL is where a file can be looked at, for the template.
func (p reviewPage) FileURL(f heldFile) string { return fileOf(p.Story.Item.ID)(f.Asset) }

func (d *desk) reviewPage(r *http.Request) (reviewPage, error) {
	s, err := d.Ledger.Story(r.Context(), r.PathValue("id"), d.Now())
	if err != nil {
		return reviewPage{}, err
	}
	f := d.frame(r, d.t(r, "审签：%s", s.Title), "review")
	head := s.Revisions[len(s.Revisions)-1]
	p := reviewPage{frame: f, Tabs: itemTabs{f, s.Item, "review"}, Story: s, Head: head, Facts: d.facts(r, s.Item, head), Typed: map[string]string{}}
	found := slices.DeleteFunc(slices.Clone(s.Findings), func(f press.Finding) bool { // the sheet says who has still to say something
		return f.Field == "approvals" && (f.Rule == "secrecy" || f.Rule == "signoff")
	})
	p.Blocks, _ = shownBody(head, found, fileOf(s.Item.ID))
	p.Findings = jumps(found, p.Blocks)
	for i, l := range p.Findings {
		switch {
		case l.Field == "approvals":
			p.Findings[i].URL = "#sheet"
		case l.Field == "body" && strings.HasPrefix(l.URL, "#f-"), l.Field == "attachments", l.Field == "images", l.Field == "cover":
			p.Findings[i].URL = "#text"
		case strings.HasPrefix(l.URL, "#f-"):
			p.Findings[i].URL = "#facts"
		}
	}
	if p.Base, p.BaseWord = base(s); p.Base > 0 {
		p.Diff = d.compared(r, s.Item, s.Revisions[p.Base-1], head)
	}
	p.Offers = d.reviewOffers(r, s.Item, head.Digest, s.Approvals)
	for _, a := range head.Attachments {
		p.Files = append(p.Files, heldFile{Asset: a})
	}
	for _, m := range slices.Backward(s.Moves) {
		if m.Now == string(press.Returned) {
			p.Last = m.Detail
			break
		}
	}
	w, err := d.Ledger.Writing(r.Context(), s.Item.ID, head.Number)
	p.Notes = w.Notes
	return p, err
}

// base is the revision with which the newest is compared: the one that is public, else the last one that was approved, else the one before.
func base(s ledger.Story) (number int, word string) {
	for _, c := range s.Copies {
		if c.State.Public() && c.Revision < s.Item.Head && c.Revision > number {
			number, word = c.Revision, "公开的"
		}
	}
	if number > 0 {
		return number, word
	}
	for _, m := range slices.Backward(s.Moves) {
		if m.Verb != string(press.Approve) {
			continue
		}
		for i, rev := range s.Revisions[:len(s.Revisions)-1] {
			if strings.Contains(m.Detail, rev.Digest) {
				return i + 1, "签发过的"
			}
		}
	}
	return s.Item.Head - 1, "前一版"
}

func (d *desk) review(w http.ResponseWriter, r *http.Request) {
	p, err := d.reviewPage(r)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	p.Done = d.wrote(r)
	d.show(w, r, http.StatusOK, "review", p)
}

// Bounds of what is typed at a review, in characters.
const longestReason = 1000

// sign takes a reviewer's word. It is for exactly the text that was shown.
func (d *desk) sign(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		d.refuse(w, r, http.StatusRequestEntityTooLarge, d.t(r, "表单太大，没有登记"), d.t(r, "请缩短理由后再提交。"))
		return
	}
	p, err := d.reviewPage(r)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	for _, key := range []string{"step", "result", "ground", "basis", "cleaned"} {
		p.Typed[key] = strings.TrimSpace(r.PostFormValue(key))
	}
	step, result := press.Step(p.Typed["step"]), p.Typed["result"]
	offered := slices.IndexFunc(p.Offers, func(o reviewOffer) bool { return o.Step == step }) >= 0
	if offered && !personOf(r).May(signRight(step)) {
		d.forbid(w, r, signRight(step))
		return
	}
	if p.Problem = d.signWrong(r, p); p.Problem != "" {
		status := http.StatusUnprocessableEntity
		if r.PostFormValue("digest") != p.Head.Digest {
			status = http.StatusConflict
		}
		d.show(w, r, status, "review", p)
		return
	}
	me := personOf(r)
	_, err = d.Ledger.Sign(r.Context(), string(p.Story.Item.ID), press.Approval{Step: step, By: me.Name, Office: me.Office, Pass: result == "pass",
		Ground: groundOf(step, p.Typed), Digest: p.Head.Digest}, d.by(r, signRight(step)), d.Now())
	if err != nil {
		d.cannot(w, r, err)
		return
	}
	d.wake()
	done := "passed"
	if result == "return" {
		done = "returned"
	}
	http.Redirect(w, r, to("items", string(p.Story.Item.ID), "review")+"?done="+done, http.StatusSeeOther)
}

// signWrong is what keeps what was typed from being recorded; "" for nothing.
func (d *desk) signWrong(r *http.Request, p reviewPage) string {
	step, result := press.Step(p.Typed["step"]), p.Typed["result"]
	i := slices.IndexFunc(p.Offers, func(o reviewOffer) bool { return o.Step == step })
	switch {
	case i < 0:
		return d.t(r, "请选是哪一个环节")
	case r.PostFormValue("digest") != p.Head.Digest:
		return d.t(r, "您看的不是最新的一版，没有登记。下面是最新的第%d版，请看过再定。", p.Head.Number)
	case p.Offers[i].Given != nil && p.Offers[i].Given.Pass:
		return d.t(r, "%s已经由%s做过了。", d.t(r, step.Name()), p.Offers[i].Given.By)
	case !p.Offers[i].May:
		return p.Offers[i].Why
	case result != "pass" && result != "return":
		return d.t(r, "请选通过还是退回")
	case result == "return" && p.Typed["ground"] == "":
		return d.t(r, "退回必须写明理由，拟稿人要照着改")
	case step == press.SecrecyReview && result == "pass" && p.Typed["basis"] == "":
		return d.t(r, "保密审查要写明依据")
	case step == press.SecrecyReview && result == "pass" && p.Typed["cleaned"] != "yes":
		return d.t(r, "请核对个人信息已作去标识化处理，或者依法应当公开，并勾选")
	case len([]rune(p.Typed["ground"]+p.Typed["basis"])) > longestReason:
		return d.t(r, "理由和依据合计不能超过%d字", longestReason)
	}
	return ""
}

func signRight(step press.Step) press.Right {
	if step == press.SecrecyReview {
		return press.MayClear
	}
	return press.MaySign
}

// groundOf is what the record keeps of a review: for the secrecy review its sheet, for a sign-off the reason.
func groundOf(step press.Step, typed map[string]string) string {
	if step != press.SecrecyReview {
		return typed["ground"]
	}
	var parts []string
	if typed["basis"] != "" {
		parts = append(parts, "依据："+typed["basis"])
	}
	if typed["cleaned"] == "yes" {
		parts = append(parts, "个人信息已核对去标识化")
	}
	if typed["ground"] != "" {
		parts = append(parts, "意见："+typed["ground"])
	}
	return strings.Join(parts, "；")
}
