package desk

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"tongfa/ledger"
	"tongfa/press"
)

// alarmsPage is what is wrong now, who sees to it, and what was wrong.
type alarmsPage struct {
	frame
	Open    []press.Alarm
	Past    []press.Alarm
	First   string // address of the first page; "" on it
	Next    string // of the next page of the history; "" on the last
	Problem string // what is wrong with a name
	Taking  int64  // the alarm that it was given for
}

// pastAlarms is how many alarms of the history a page shows.
const pastAlarms = 30

func (d *desk) alarms(w http.ResponseWriter, r *http.Request) {
	d.showAlarms(w, r, http.StatusOK, "", 0)
}

func (d *desk) showAlarms(w http.ResponseWriter, r *http.Request, status int, problem string, taking int64) {
	p := alarmsPage{frame: d.frame(r, "告警", "alarms"), Problem: problem, Taking: taking}
	before, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	if r.URL.Query().Has("before") && (err != nil || before < 1) {
		d.fail(w, r, ledger.ErrCursor)
		return
	}
	if before > 0 {
		p.First = "/alarms"
	} else if p.Open, err = d.Ledger.OpenAlarms(r.Context()); err != nil {
		d.fail(w, r, err)
		return
	}
	if p.Past, err = d.Ledger.PastAlarms(r.Context(), before, pastAlarms+1); err != nil {
		d.fail(w, r, err)
		return
	}
	if len(p.Past) > pastAlarms {
		p.Past = p.Past[:pastAlarms]
		p.Next = "/alarms?before=" + strconv.FormatInt(p.Past[pastAlarms-1].ID, 10)
	}
	p.Done = done(r.URL.Query().Get("done"))
	d.show(w, r, status, "alarms", p)
}

// mostName bounds a person's name, in characters.
const mostName = 20

// takeAlarm records who sees to an alarm. Until people sign in they write their name.
func (d *desk) takeAlarm(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		d.nowhere(w, r)
		return
	}
	name := strings.Join(strings.Fields(r.PostFormValue("who")), " ")
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		d.showAlarms(w, r, http.StatusUnprocessableEntity, "请写明由谁处理，同事才知道找谁。", id)
		return
	case n > mostName:
		d.showAlarms(w, r, http.StatusUnprocessableEntity, "姓名太长，请写在20字以内。", id)
		return
	}
	by := d.by(r, press.MayAnswer)
	by.Name = name
	err = d.Ledger.TakeAlarm(r.Context(), id, by, d.Now())
	if press.RemedyOf(err) == press.AskPerson && err != nil { // it is over already
		d.showAlarms(w, r, http.StatusConflict, press.TroubleOf(err).Say(), 0)
		return
	}
	if err != nil {
		d.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/alarms?"+url.Values{"done": {"taken"}}.Encode(), http.StatusSeeOther)
}
