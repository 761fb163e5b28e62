package desk

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"tongfa/ledger"
	"tongfa/press"
	"tongfa/workday"
)

// registerSize is how many lines of the register a page lists.
const registerSize = 50

// registerPage (规范性文件登记簿) lists what was registered in a period, or what an issue owes, with what became of it.
type registerPage struct {
	frame
	Tabs     []entry
	From, To press.Date
	Unit     string
	Missing  bool
	Query    string
	Units    []string
	Rows     []ledger.RegisterLine
	Sum      ledger.Completeness
	Issue    *ledger.EditionLine // whose completeness is asked for
	Older    int                 // missing in the year before that issue's period
	Cut      int                 // missing in its period and not listed
	Next     string
	First    string
	Problems problems
	Form     map[string]string // of one that is added by hand
}

// Get is what was typed, for the template.
func (p registerPage) Get(key string) string { return p.Form[key] }

func (d *desk) register(w http.ResponseWriter, r *http.Request) {
	d.showRegister(w, r, http.StatusOK, registerPage{})
}

func (d *desk) showRegister(w http.ResponseWriter, r *http.Request, status int, p registerPage) {
	q := r.URL.Query()
	p.frame, p.Tabs = d.frame(r, d.t(r, "规范性文件登记簿"), "submissions"), d.submissionTabs(r, "/register")
	p.Unit, p.Missing, p.Query = bounded(q.Get("unit"), mostTyped), q.Get("missing") == "1", bounded(q.Get("q"), mostTyped)
	if p.Form == nil {
		p.Form = map[string]string{"registered_on": d.thisDay().String()}
	}
	p.Done = d.registerDone(r)
	err := d.registerPeriod(r, &p)
	if err == nil && p.Issue != nil {
		err = d.registerOwing(r, &p)
	} else if err == nil {
		err = d.registerRows(r, &p)
	}
	if err == nil {
		p.Units, err = d.Ledger.Units(r.Context())
	}
	switch {
	case errors.Is(err, ledger.ErrCursor):
		d.refuse(w, r, http.StatusBadRequest, d.t(r, "翻页标记无效"), d.t(r, "请从第一页重新开始。"))
	case err != nil:
		d.fail(w, r, err)
	default:
		d.show(w, r, status, "register", p)
	}
}

func (d *desk) registerDone(r *http.Request) string {
	q := r.URL.Query()
	switch q.Get("done") {
	case "added":
		return d.t(r, "已登记。")
	case "changed":
		return d.t(r, "登记簿里已有这个统一编号，已按新内容改动。")
	case "same":
		return d.t(r, "登记簿里已有这一件，没有改动。")
	case "imported":
		return d.t(r, "已导入：新增%s件，改动%s件。", digits(q.Get("n")), digits(q.Get("m")))
	}
	return ""
}

// registerPeriod reads which days are asked for: those of an issue, those that are typed, else the quarter that runs.
func (d *desk) registerPeriod(r *http.Request, p *registerPage) error {
	q := r.URL.Query()
	if key := q.Get("issue"); key != "" {
		e, err := d.Ledger.Edition(r.Context(), key)
		if err != nil {
			return err
		}
		p.Issue = &e
		p.From, p.To, err = d.Ledger.IssuePeriod(r.Context(), e.Edition)
		return err
	}
	today := d.thisDay()
	p.From, p.To = quarterDays(today.Year, (int(today.Month)+2)/3)
	if day, err := workday.ParseDate(q.Get("from")); err == nil && day.Valid() {
		p.From = day
	}
	if day, err := workday.ParseDate(q.Get("to")); err == nil && day.Valid() {
		p.To = day
	}
	return nil
}

func (d *desk) registerOwing(r *http.Request, p *registerPage) (err error) {
	if p.Rows, p.Older, err = d.Ledger.Owing(r.Context(), p.Issue.Edition, d.Now()); err != nil {
		return err
	}
	p.Sum.Missing = len(p.Rows)
	if p.Cut = len(p.Rows) - ledger.MostOwing; p.Cut > 0 {
		p.Rows = p.Rows[:ledger.MostOwing]
	}
	return nil
}

func (d *desk) registerRows(r *http.Request, p *registerPage) (err error) {
	f := ledger.RegisterFilter{Unit: p.Unit, From: p.From, To: p.To, Missing: p.Missing, Number: p.Query, On: d.thisDay(), After: r.URL.Query().Get("after"), Limit: registerSize}
	if p.Sum, err = d.Ledger.Complete(r.Context(), p.From, p.To, d.thisDay()); err != nil {
		return err
	}
	var next string
	if p.Rows, next, err = d.Ledger.RegisterLines(r.Context(), f); err != nil {
		return err
	}
	if next != "" {
		p.Next = p.address(next)
	}
	if f.After != "" {
		p.First = p.address("")
	}
	return nil
}

func (p registerPage) address(after string) string {
	v := url.Values{"from": {p.From.String()}, "to": {p.To.String()}}
	for k, s := range map[string]string{"unit": p.Unit, "q": p.Query, "after": after} {
		if s != "" {
			v.Set(k, s)
		}
	}
	if p.Missing {
		v.Set("missing", "1")
	}
	return "/register?" + v.Encode()
}

// Until is the day to which an explanation is offered to hold that puts a document off to the next issue; "" where no issue is looked at.
func (p registerPage) Until() string {
	if p.Issue == nil {
		return ""
	}
	return p.To.String()
}

func (d *desk) addRegistered(w http.ResponseWriter, r *http.Request) {
	p := registerPage{Form: map[string]string{}}
	for _, k := range []string{"reg_number", "title", "doc_number", "unit", "registered_on"} {
		p.Form[k] = bounded(written(r.PostFormValue(k)), mostForm)
	}
	x := press.Registered{RegNumber: p.Form["reg_number"], Title: p.Form["title"], DocNumber: p.Form["doc_number"], Unit: p.Form["unit"]}
	x.On = d.dateOf(&p.Problems, r, "registered_on", p.Form["registered_on"])
	if len(p.Problems) > 0 {
		d.showRegister(w, r, http.StatusUnprocessableEntity, p)
		return
	}
	got, err := d.Ledger.ImportRegister(r.Context(), []press.Registered{x}, press.ByPerson, false, d.by(r, press.MayReceive), d.Now())
	if err != nil {
		if p.Problems = lackingIn(err); p.Problems == nil {
			d.fail(w, r, err)
			return
		}
		d.showRegister(w, r, http.StatusUnprocessableEntity, p)
		return
	}
	n, err := d.Ledger.RegisterNumber(r.Context(), got[0].RegNumber)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	done := map[ledger.Outcome]string{ledger.New: "added", ledger.Revised: "changed", ledger.Same: "same"}[got[0].Outcome]
	http.Redirect(w, r, to("register", strconv.FormatInt(n, 10))+"?done="+done, http.StatusSeeOther)
}
