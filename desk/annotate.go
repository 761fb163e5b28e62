package desk

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"tongfa/ledger"
	"tongfa/press"
)

// annotatePage says of one public document what became of its force.
type annotatePage struct {
	frame
	asked
	Validity press.Validity
	By, URL  string
	On       string
	Reason   string
	Problems problems
}

// Validities are the choices.
func (annotatePage) Validities() []press.Validity {
	return []press.Validity{press.Repealed, press.Expired, press.Amended, press.InForce}
}

// mostGround bounds the document that an annotation goes by, in characters.
const mostGround = 120

// amends are the channels that can change what is public, as far as anybody has told.
func (d *desk) amends() map[string]bool {
	if d.Amends == nil {
		return nil
	}
	return d.Amends()
}

// annotateOf reads the answers from a form or an address.
func annotateOf(a asked, f url.Values) annotatePage {
	return annotatePage{asked: a, Validity: press.Validity(f.Get("validity")), By: oneLine(written(f.Get("by"))), URL: strings.TrimSpace(f.Get("url")), On: strings.TrimSpace(f.Get("on")),
		Reason: written(f.Get("reason"))}
}

// annotation is what the ledger is asked.
func (p annotatePage) annotation() (ledger.Annotation, error) {
	on, err := ledger.AnnotationDate(p.On)
	return ledger.Annotation{Ref: p.ID(), Validity: p.Validity, By: p.By, URL: p.URL, On: on, Reason: p.Reason}, err
}

func (d *desk) annotateForm(w http.ResponseWriter, r *http.Request) {
	a, ok := d.about(w, r)
	if !ok {
		return
	}
	if _, ok := offered(a.Offers, moveAnnotate, ""); !ok {
		d.notNow(w, r, a, press.Annotate, press.MayCorrect)
		return
	}
	d.showAnnotate(w, r, http.StatusOK, annotateOf(a, r.URL.Query()))
}

func (d *desk) showAnnotate(w http.ResponseWriter, r *http.Request, status int, p annotatePage) {
	p.frame = d.frame(r, d.t(r, "标注")+d.t(r, "：")+p.Name(), "matrix")
	d.show(w, r, status, "annotate", p)
}

// annotateWrong is what is wrong with the answers.
func (d *desk) annotateWrong(r *http.Request, p annotatePage) (out problems) {
	known := false
	for _, v := range p.Validities() {
		known = known || v == p.Validity
	}
	if !known {
		out.add("h-"+string(press.Repealed), d.t(r, "请选择这份文件现在的效力。"))
	}
	if utf8.RuneCountInString(p.By) > mostGround {
		out.add("by", d.t(r, "依据太长，请写在%d字以内。", mostGround))
	}
	if p.URL != "" {
		out.add("url", d.linkWrong(r, p.URL))
	}
	if _, err := ledger.AnnotationDate(p.On); err != nil {
		out.add("on", d.t(r, "日期写得不对，要写成 2026-12-01。"))
	}
	if utf8.RuneCountInString(p.Reason) > mostPublic {
		out.add("reason", d.reasonWrong(r, p.Reason, mostPublic))
	}
	return out
}

func (d *desk) annotate(w http.ResponseWriter, r *http.Request) {
	a, ok := d.about(w, r)
	if !ok {
		return
	}
	f := r.PostForm
	p := annotateOf(a, f)
	who := d.by(r, press.MayCorrect)
	one, badDate := p.annotation()
	if f.Get("seen") != a.Seen() && badDate == nil && justDone(a.Story, press.Annotate, one.Text(), who, d.Now()) {
		d.after(w, r, a.Story.Item.ID, "annotate")
		return
	}
	if _, ok := offered(a.Offers, moveAnnotate, ""); !ok {
		d.notNow(w, r, a, press.Annotate, press.MayCorrect)
		return
	}
	if f.Get("seen") != a.Seen() {
		p.Problems.add("", d.stale(r))
	}
	p.Problems = append(p.Problems, d.annotateWrong(r, p)...)
	if len(p.Problems) > 0 {
		d.showAnnotate(w, r, http.StatusUnprocessableEntity, p)
		return
	}
	checked, agreed := sure(f)
	if !checked || !agreed {
		d.checkAnnotate(w, r, p, one, checked)
		return
	}
	out, err := d.Ledger.Annotate(a.still(r), []ledger.Annotation{one}, d.amends(), who, d.Now())
	if err != nil {
		d.fail(w, r, err)
		return
	}
	if out[0].Problem != "" {
		p.Problems = problems{{Text: out[0].Problem + "。没有执行。", Foreign: true}}
		d.showAnnotate(w, r, http.StatusConflict, p)
		return
	}
	d.after(w, r, a.Story.Item.ID, "annotate")
}

func (d *desk) checkAnnotate(w http.ResponseWriter, r *http.Request, p annotatePage, one ledger.Annotation, unsure bool) {
	out, err := d.Ledger.PlanAnnotations(r.Context(), []ledger.Annotation{one}, d.amends(), d.by(r, press.MayCorrect))
	if err != nil {
		d.fail(w, r, err)
		return
	}
	if out[0].Problem != "" {
		p.Problems = problems{{Text: out[0].Problem, Foreign: true}}
		d.showAnnotate(w, r, http.StatusUnprocessableEntity, p)
		return
	}
	form := to("items", p.ID(), "annotate")
	back := url.Values{"validity": {string(p.Validity)}, "by": {p.By}, "url": {p.URL}, "on": {p.On}, "reason": {p.Reason}}
	c := checkPage{Heading: p.Name(), ID: p.ID(), Unsure: unsure, To: form, Back: form + "?" + back.Encode(), Button: d.t(r, "标注"),
		Warning: d.t(r, "确认后，公开的每一份都加上这句话，目录里的有效性同时改变。已签发的文本不变。"), Consent: d.t(r, "我已核对公开的那句话，确认标注"),
		Hidden: append(carried(r.PostForm, "validity", "by", "url", "on", "reason"), hidden{"seen", p.Seen()})}
	c.Answers = []answer{{Name: d.t(r, "有效性"), Value: string(p.Validity), Foreign: true}, {Name: d.t(r, "读者看到"), Value: one.Text(), Foreign: true}}
	if p.URL != "" {
		c.Answers = append(c.Answers, answer{Name: d.t(r, "依据的网址"), Value: p.URL, URL: p.URL})
	}
	c.Plans = []checkPlan{{ID: p.ID(), Title: p.Name(), Lines: d.marked(r, out[0])}}
	d.check(w, r, c)
}

// marked tells who marks which channel.
func (d *desk) marked(r *http.Request, x ledger.Annotated) (out []checkLine) {
	for _, c := range x.Made {
		out = append(out, checkLine{Channel: c, What: d.t(r, "自动加上说明")})
	}
	for _, c := range x.Hand {
		out = append(out, checkLine{Channel: c, What: d.t(r, "没有修改的接口：列为人工待办，改好或者决定不改"), Hand: true})
	}
	return out
}
