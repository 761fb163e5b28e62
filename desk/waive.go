package desk

import (
	"net/http"
	"net/url"
	"slices"

	"tongfa/press"
)

// waivePage lets one finding pass, with a reason.
type waivePage struct {
	frame
	asked
	Rule     press.Rule
	Findings []press.Finding // of this rule
	Reason   string
	Problems problems
}

// waiver reads which finding is meant. Where there is none to be let pass it has answered.
func (d *desk) waiver(w http.ResponseWriter, r *http.Request, rule string) (waivePage, bool) {
	a, ok := d.about(w, r)
	if !ok {
		return waivePage{}, false
	}
	p := waivePage{asked: a, Rule: press.Rule(rule)}
	for _, f := range a.Story.Findings {
		if f.Rule == p.Rule {
			p.Findings = append(p.Findings, f)
		}
	}
	return p, true
}

// offered reports whether the finding may be let pass now.
func (p waivePage) offered() bool {
	return slices.ContainsFunc(p.Offers, func(o offer) bool { return o.Move == moveWaive && o.Rule == p.Rule })
}

func (d *desk) waiveForm(w http.ResponseWriter, r *http.Request) {
	p, ok := d.waiver(w, r, r.URL.Query().Get("rule"))
	if !ok {
		return
	}
	if !p.offered() {
		d.notNow(w, r, p.asked, press.Sign, press.MayWaive)
		return
	}
	p.Reason = shortened(r.URL.Query().Get("reason"), mostReason)
	d.showWaive(w, r, http.StatusOK, p)
}

func (d *desk) showWaive(w http.ResponseWriter, r *http.Request, status int, p waivePage) {
	p.frame = d.frame(r, d.t(r, "放行")+d.t(r, "：")+p.Name(), "matrix")
	d.show(w, r, status, "waive", p)
}

func (d *desk) waive(w http.ResponseWriter, r *http.Request) {
	p, ok := d.waiver(w, r, r.PostFormValue("rule"))
	if !ok {
		return
	}
	f := r.PostForm
	p.Reason = written(f.Get("reason"))
	who := d.by(r, press.MayWaive)
	if f.Get("seen") != p.Seen() && justDone(p.Story, press.Sign, "准许放行 "+string(p.Rule)+"："+p.Reason, who, d.Now()) {
		d.after(w, r, p.Story.Item.ID, "waive")
		return
	}
	if !p.offered() {
		d.notNow(w, r, p.asked, press.Sign, press.MayWaive)
		return
	}
	if f.Get("seen") != p.Seen() {
		p.Problems.add("", d.stale(r))
	}
	p.Problems.add("reason", d.reasonWrong(r, p.Reason, mostReason))
	if len(p.Problems) > 0 {
		d.showWaive(w, r, http.StatusUnprocessableEntity, p)
		return
	}
	if checked, agreed := sure(f); !checked || !agreed {
		d.checkWaive(w, r, p, checked)
		return
	}
	if _, err := d.Ledger.Waive(p.still(r), p.ID(), p.Rule, p.Reason, who, d.Now()); err != nil {
		if p.Problems, ok = refused(err); ok {
			d.showWaive(w, r, http.StatusConflict, p)
			return
		}
		d.fail(w, r, err)
		return
	}
	d.after(w, r, p.Story.Item.ID, "waive")
}

func (d *desk) checkWaive(w http.ResponseWriter, r *http.Request, p waivePage, unsure bool) {
	form := to("items", p.ID(), "waive")
	c := checkPage{Heading: p.Name(), ID: p.ID(), Unsure: unsure, To: form, Button: d.t(r, "放行"),
		Warning: d.t(r, "放行以您的名义记入台账，不能撤销，督查看得到。没有别的问题时，稿件随即签发，按时间发布。"),
		Consent: d.t(r, "我已核对检查结果，确认放行"),
		Hidden:  append(carried(r.PostForm, "rule", "reason"), hidden{"seen", p.Seen()}),
		Back:    form + "?" + url.Values{"rule": {string(p.Rule)}, "reason": {p.Reason}}.Encode()}
	c.Answers = []answer{{Name: d.t(r, "稿件"), Value: p.Name(), Foreign: true}, {Name: d.t(r, "检查项"), Value: ruleName(p.Rule), Foreign: true}}
	for _, f := range p.Findings {
		c.Answers = append(c.Answers, answer{Name: d.t(r, "检查结果"), Value: f.Message, Foreign: true})
	}
	c.Answers = append(c.Answers, answer{Name: d.t(r, "理由"), Value: p.Reason, Foreign: true})
	d.check(w, r, c)
}

// RuleName is the rule as people know it.
func (p waivePage) RuleName() string { return ruleName(p.Rule) }

// FieldName is the field that a finding is about.
func (waivePage) FieldName(f press.Finding) string { return fieldName(f.Field) }
