package desk

import (
	"net/http"
	"net/url"
	"strconv"

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
	Problem string // why it was not taken
}

// Shown names the alarms that the page shows, for the stream of its changes.
func (p alarmsPage) Shown() string { return alarmsTopic(p.Open) }

// pastAlarms is how many alarms of the history a page shows.
const pastAlarms = 30

func (d *desk) alarms(w http.ResponseWriter, r *http.Request) {
	d.showAlarms(w, r, http.StatusOK, "")
}

func (d *desk) showAlarms(w http.ResponseWriter, r *http.Request, status int, problem string) {
	p := alarmsPage{frame: d.frame(r, d.t(r, "告警"), "alarms"), Problem: problem}
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
	if r.URL.Query().Get("done") == "taken" {
		p.Done = d.t(r, "已认领。不再提醒；恢复以后仍会通知。")
	}
	d.show(w, r, status, "alarms", p)
}

// mostName bounds a person's name, in characters.
const mostName = 20

// takeAlarm records that who is signed in sees to an alarm.
func (d *desk) takeAlarm(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		d.nowhere(w, r)
		return
	}
	err = d.Ledger.TakeAlarm(r.Context(), id, d.by(r, press.MayAnswer), d.Now())
	if press.RemedyOf(err) == press.AskPerson && err != nil { // it is over already
		d.showAlarms(w, r, http.StatusConflict, press.TroubleOf(err).Say())
		return
	}
	if err != nil {
		d.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/alarms?"+url.Values{"done": {"taken"}}.Encode(), http.StatusSeeOther)
}
