package desk

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// editionsSize is how many editions a page lists, or a few more.
const editionsSize = 50

// editionsPage lists what went out, and what people have in hand.
type editionsPage struct {
	frame
	Channel  string
	State    press.EditionState
	Channels []string
	States   []press.EditionState
	Hand     bool // there is a channel whose editions people compose
	Past     bool // past issues were imported
	Ahead    []ahead
	Rows     []ledger.EditionLine
	Next     string // address of the next page
	First    string
}

// ahead is an edition that people have not issued yet, with what is missing.
type ahead struct {
	ledger.EditionLine
	Found []press.Finding
	Past  bool // its moment has gone by
	Whole bool // it was looked through
}

// editionStates are the states that are asked for.
func editionStates() []press.EditionState {
	return []press.EditionState{press.EditionPlanned, press.EditionFrozen, press.EditionOpen, press.EditionOut, press.EditionPart, press.EditionFailed}
}

func (d *desk) editions(w http.ResponseWriter, r *http.Request) {
	p := editionsPage{frame: d.frame(r, d.t(r, "期次"), "editions"), Channel: r.URL.Query().Get("channel"), State: press.EditionState(r.URL.Query().Get("state")),
		States: editionStates()}
	p.Done = d.editionDone(r)
	cs, err := d.Ledger.Channels(r.Context())
	if err != nil {
		d.fail(w, r, err)
		return
	}
	for _, c := range cs {
		p.Channels = append(p.Channels, c.Name)
		_, hand := d.composing(c.Name)
		p.Hand = p.Hand || hand
	}
	past, err := d.Ledger.BackIssues(r.Context(), ledger.BackFilter{Limit: 1})
	if err != nil {
		d.fail(w, r, err)
		return
	}
	p.Past = len(past) > 0
	if p.State != "" && !slices.Contains(p.States, p.State) {
		p.State = ""
	}
	before, err := readBefore(r.URL.Query().Get("before"))
	if err != nil {
		d.refuse(w, r, http.StatusBadRequest, d.t(r, "翻页标记无效"), d.t(r, "请从第一页重新开始。"))
		return
	}
	if before.IsZero() && p.State == "" {
		if p.Ahead, err = d.comingUp(r, p.Channel); err != nil {
			d.fail(w, r, err)
			return
		}
	}
	f := ledger.EditionFilter{Channel: p.Channel, State: p.State, Before: before, Limit: editionsSize}
	if p.Rows, err = d.Ledger.EditionsBy(r.Context(), f); err != nil {
		d.fail(w, r, err)
		return
	}
	if len(p.Rows) >= editionsSize {
		f.Before, f.Limit = p.Rows[len(p.Rows)-1].Slot.At, 1
		older, err := d.Ledger.EditionsBy(r.Context(), f)
		if err != nil {
			d.fail(w, r, err)
			return
		}
		if len(older) > 0 {
			p.Next = p.address(f.Before)
		}
	}
	if !before.IsZero() {
		p.First = p.address(time.Time{})
	}
	if len(p.Ahead) > 0 { // they stand above
		p.Rows = slices.DeleteFunc(p.Rows, func(e ledger.EditionLine) bool {
			return slices.ContainsFunc(p.Ahead, func(a ahead) bool { return a.Key == e.Key })
		})
	}
	d.show(w, r, http.StatusOK, "editions", p)
}

// mostAhead is how many editions that people have in hand stand above the list, and mostRead how many entries of them are looked through.
const (
	mostAhead = 10
	mostRead  = 60
)

func (d *desk) comingUp(r *http.Request, channel string) (out []ahead, err error) {
	lines, err := d.Ledger.Ahead(r.Context(), channel, mostAhead)
	if err != nil {
		return nil, err
	}
	read := 0
	for _, e := range lines {
		a := ahead{EditionLine: e, Past: !e.Due().After(d.Now())}
		if read += e.Count; read <= mostRead {
			p, err := d.planned(r, e.Key)
			if err == nil {
				a.Found, a.Whole = slices.DeleteFunc(p.Found, func(f press.Finding) bool { return f.Severity == press.Info }), true
			} else if err != errNotComposed {
				return nil, err
			}
		}
		out = append(out, a)
	}
	return out, nil
}

// Few are the first findings, as many as a list has room for.
func (a ahead) Few() []press.Finding { return a.Found[:min(len(a.Found), 2)] }

// More is how many findings there are beside them.
func (a ahead) More() int { return len(a.Found) - len(a.Few()) }

func (p editionsPage) address(before time.Time) string {
	v := url.Values{}
	if p.Channel != "" {
		v.Set("channel", p.Channel)
	}
	if p.State != "" {
		v.Set("state", string(p.State))
	}
	if !before.IsZero() {
		v.Set("before", before.UTC().Format(time.RFC3339Nano))
	}
	if len(v) == 0 {
		return "/editions"
	}
	return "/editions?" + v.Encode()
}

func readBefore(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339Nano, s)
}

// lateness tells how late an edition was in words; "" before it is out.
func (d *desk) lateness(lang string, e ledger.EditionLine) string {
	if e.OutAt.IsZero() {
		return ""
	}
	late := e.OutAt.Sub(e.Due())
	if late < time.Second {
		return d.say(lang, "准时")
	}
	return d.say(lang, "晚%s", d.span(lang, late))
}

// tolerable is how late an edition may be before the desk says so in red.
const tolerable = time.Minute

// TooLate reports whether an edition went out later than is tolerable.
func (editionsPage) TooLate(e ledger.EditionLine) bool {
	return !e.OutAt.IsZero() && e.OutAt.Sub(e.Due()) > tolerable
}
