package desk

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"tongfa/press"
)

// checkPage shows what was answered once more, and what follows from it, before what cannot be undone.
type checkPage struct {
	frame
	Heading  string
	ID       string // of the item that it is about; "" for several
	Answers  []answer
	Plans    []checkPlan
	Diffs    []press.Difference
	Warning  string
	Consent  string // what has to be ticked; "" where the button is enough
	Unsure   bool   // it was not
	Button   string
	Grave    bool
	To, Back string
	Hidden   []hidden
}

// answer is one line of what was answered.
type answer struct {
	Name, Value string
	Foreign     bool // Value is Chinese whatever the language of the page
	State       press.CopyState
	Since       time.Time
	URL         string
}

// checkPlan is what will be done about one item, channel by channel.
type checkPlan struct {
	ID, Title string
	Lines     []checkLine
}

// checkLine is what will be done on one channel.
type checkLine struct {
	Channel string
	State   press.CopyState
	Way     string // in one word; may be ""
	What    string
	Foreign bool // What is Chinese whatever the language of the page
	Hand    bool // a person has to
	URL     string
}

// hidden is an answer that the form carries on.
type hidden struct{ Name, Value string }

// carried are the answers of a form that the check page hands back, in a fixed order.
func carried(form url.Values, names ...string) []hidden {
	var out []hidden
	for _, n := range names {
		for _, v := range form[n] {
			out = append(out, hidden{n, v})
		}
	}
	return out
}

// check shows the page. A box that had to be ticked and was not is said there.
func (d *desk) check(w http.ResponseWriter, r *http.Request, p checkPage) {
	status := http.StatusOK
	if p.Unsure {
		status = http.StatusUnprocessableEntity
	}
	p.frame = d.frame(r, d.t(r, "请核对")+d.t(r, "：")+p.Heading, "matrix")
	d.show(w, r, status, "check", p)
}

// sure reports whether a form comes from the check page, and whether its box was ticked there.
func sure(form url.Values) (checked, agreed bool) {
	return slices.Contains(form["checked"], "yes"), form.Get("sure") == "yes"
}
