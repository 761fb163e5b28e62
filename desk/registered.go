package desk

import (
	"errors"
	"net/http"
	"strconv"

	"tongfa/ledger"
	"tongfa/press"
	"tongfa/workday"
)

// registeredPage is one normative document of the register: whether it was handed in, whether it is printed, and who said why not.
type registeredPage struct {
	frame
	Tabs     []entry
	R        ledger.RegisterLine
	Words    []ledger.Explanation
	Problems problems
	Text     string // as it was typed
	Until    string
}

func (d *desk) registered(w http.ResponseWriter, r *http.Request) {
	until := ""
	if day, err := workday.ParseDate(r.URL.Query().Get("until")); err == nil && day.Valid() {
		until = day.String()
	}
	d.showRegistered(w, r, http.StatusOK, registeredPage{Until: until})
}

func (d *desk) showRegistered(w http.ResponseWriter, r *http.Request, status int, p registeredPage) {
	n, err := strconv.ParseInt(r.PathValue("n"), 10, 64)
	if err == nil {
		p.R, p.Words, err = d.Ledger.RegisterEntry(r.Context(), n, d.thisDay())
	} else {
		err = ledger.ErrNotRegistered
	}
	if errors.Is(err, ledger.ErrNotRegistered) {
		d.refuse(w, r, http.StatusNotFound, d.t(r, "登记簿里没有这一件"), d.t(r, "请从登记簿重新进入。"))
		return
	}
	if err != nil {
		d.fail(w, r, err)
		return
	}
	p.frame, p.Tabs = d.frame(r, p.R.Title, "submissions"), d.submissionTabs(r, "/register")
	if p.Done = d.registerDone(r); r.URL.Query().Get("done") == "explained" {
		p.Done = d.t(r, "说明已记下。")
	}
	d.show(w, r, status, "registered", p)
}

func (d *desk) explainRegistered(w http.ResponseWriter, r *http.Request) {
	p := registeredPage{Text: bounded(written(r.PostFormValue("text")), mostForm), Until: bounded(r.PostFormValue("holds_until"), mostTyped)}
	e := ledger.Explanation{Text: p.Text}
	e.HoldsUntil = d.dateOf(&p.Problems, r, "holds_until", p.Until)
	if r.PostFormValue("do") == "back" {
		e = ledger.Explanation{}
	}
	n, err := strconv.ParseInt(r.PathValue("n"), 10, 64)
	if err != nil || len(p.Problems) > 0 {
		d.showRegistered(w, r, http.StatusUnprocessableEntity, p)
		return
	}
	err = d.Ledger.Explain(r.Context(), n, e, d.by(r, press.MayIssue), d.Now())
	switch {
	case err == nil:
		d.wake()
		http.Redirect(w, r, to("register", strconv.FormatInt(n, 10))+"?done=explained", http.StatusSeeOther)
	case errors.Is(err, ledger.ErrNotRegistered):
		d.showRegistered(w, r, http.StatusNotFound, p)
	default:
		if p.Problems = lackingIn(err); p.Problems == nil {
			d.fail(w, r, err)
			return
		}
		d.showRegistered(w, r, http.StatusUnprocessableEntity, p)
	}
}
