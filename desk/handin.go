package desk

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"tongfa/intake"
	"tongfa/ledger"
	"tongfa/press"
	"tongfa/workday"
)

// handinPage is the form on which a submission is recorded.
type handinPage struct {
	frame
	Tabs     []entry
	Units    []string
	Problems problems
	Form     map[string]string
	Lost     bool // files were chosen, and must be chosen again
	Today    press.Date
}

// handInKeys are the fields of the form.
func handInKeys() []string {
	return []string{"unit", "title", "doc_number", "reg_number", "formed_on", "received_on", "handed_by", "note"}
}

// Get is what was typed, for the template.
func (p handinPage) Get(key string) string { return p.Form[key] }

// Papers are the kinds of files, for the template.
func (handinPage) Papers() []press.Paper { return press.Papers() }

func (d *desk) handInForm(w http.ResponseWriter, r *http.Request) {
	form := map[string]string{}
	for _, k := range handInKeys() {
		form[k] = bounded(r.URL.Query().Get(k), mostForm)
	}
	if form["received_on"] == "" {
		form["received_on"] = d.thisDay().String()
	}
	d.showHandIn(w, r, http.StatusOK, handinPage{Form: form})
}

// mostForm bounds what a form of submissions gives back.
const mostForm = 400

func (d *desk) thisDay() press.Date { return workday.DateOf(d.Now().In(d.Location)) }

func (d *desk) showHandIn(w http.ResponseWriter, r *http.Request, status int, p handinPage) {
	p.frame, p.Tabs, p.Today = d.frame(r, d.t(r, "登记报送"), "submissions"), d.submissionTabs(r, "/submissions"), d.thisDay()
	var err error
	if p.Units, err = d.Ledger.Units(r.Context()); err != nil {
		d.fail(w, r, err)
		return
	}
	d.show(w, r, status, "handin", p)
}

func (d *desk) handIn(w http.ResponseWriter, r *http.Request) {
	post, err := d.posted(w, r)
	if err != nil {
		d.formRefused(w, r, err)
		return
	}
	p := handinPage{Form: map[string]string{}, Lost: len(post.files) > 0}
	for _, k := range handInKeys() {
		p.Form[k] = bounded(written(post.Get(k)), mostForm)
	}
	s := ledger.Submission{Unit: p.Form["unit"], Title: p.Form["title"], DocNumber: p.Form["doc_number"], RegNumber: p.Form["reg_number"], HandedBy: p.Form["handed_by"], Note: p.Form["note"]}
	s.FormedOn = d.dateOf(&p.Problems, r, "formed_on", p.Form["formed_on"])
	s.ReceivedOn = d.dateOf(&p.Problems, r, "received_on", p.Form["received_on"])
	files := map[string][]byte{}
	s.Papers = d.papers(post, files, &p.Problems)
	if len(p.Problems) > 0 {
		d.showHandIn(w, r, http.StatusUnprocessableEntity, p)
		return
	}
	got, what, err := d.Ledger.Receive(r.Context(), s, files, d.by(r, press.MayReceive), d.Now())
	if err != nil {
		if p.Problems = lackingIn(err); p.Problems == nil {
			d.fail(w, r, err)
			return
		}
		d.showHandIn(w, r, http.StatusUnprocessableEntity, p)
		return
	}
	d.wake()
	done := "received"
	if what == ledger.Same {
		done = "same"
	}
	http.Redirect(w, r, to("submissions", fmt.Sprint(got.N))+"?done="+done, http.StatusSeeOther)
}

// dateOf reads a day of a form.
func (d *desk) dateOf(wrong *problems, r *http.Request, field, s string) press.Date {
	if s == "" {
		return press.Date{}
	}
	day, err := workday.ParseDate(s)
	if err != nil || !day.Valid() {
		wrong.add(field, d.t(r, "日期没有写对，请写成 2026-12-01 的样子。"))
	}
	return day
}

// papers are the files of a form, each recognised by its content; their bytes go into files.
func (d *desk) papers(post posted, files map[string][]byte, wrong *problems) (out []ledger.SubmissionPaper) {
	o := d.readingOptions()
	for _, k := range press.Papers() {
		for _, u := range post.of("paper-" + string(k)) {
			a, err := intake.Paper(u.name, u.data, o)
			var refused *intake.Refusal
			if errors.As(err, &refused) {
				for _, x := range refused.Problems {
					*wrong = append(*wrong, problem{Field: "paper-" + string(k), Text: k.Name() + "“" + clip(u.name, 60) + "”：" + strings.TrimSuffix(x.Text+"。"+x.Do, "。") + "。", Foreign: true})
				}
				continue
			}
			files[a.Digest] = u.data
			out = append(out, ledger.SubmissionPaper{Kind: k, Asset: a})
		}
	}
	return out
}

// lackingIn is what the ledger says of what was typed; nil for what is broken.
func lackingIn(err error) problems {
	var l *ledger.Lacking
	if errors.As(err, &l) {
		return problems{{Field: l.Field, Text: l.Text + "。", Foreign: true}}
	}
	said, _ := refused(err)
	return said
}
