package desk

import (
	"net/http"
	"slices"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// neweditionPage asks for which channel and which moment an edition is opened.
type neweditionPage struct {
	frame
	Channels   []ledger.ChannelState // whose editions people compose
	Channel    string
	Slots      []time.Time // the next moments of its timetable
	Slot       string      // as chosen; "other" for the moment that is typed
	At         string      // as typed
	Counted    []string    // channels that number their issues, of which one may be a supplement
	Supplement bool        // as chosen
	Problem    string
	Field      string
}

// nextSlots is how many moments of a timetable are offered.
const nextSlots = 6

func (d *desk) newEdition(w http.ResponseWriter, r *http.Request) {
	p, err := d.neweditionPage(r)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	d.show(w, r, http.StatusOK, "newedition", p)
}

func (d *desk) neweditionPage(r *http.Request) (neweditionPage, error) {
	p := neweditionPage{frame: d.frame(r, d.t(r, "新开一期"), "editions"), Channel: r.FormValue("channel"), Slot: r.FormValue("slot"), At: r.FormValue("at"), Supplement: r.FormValue("supplement") == "on"}
	cs, err := d.Ledger.Channels(r.Context())
	for _, c := range cs {
		x, ok := d.composing(c.Name)
		if ok {
			p.Channels = append(p.Channels, c)
		}
		if ok && x.Plan.Issues != nil {
			p.Counted = append(p.Counted, c.Name)
		}
	}
	if !slices.ContainsFunc(p.Channels, func(c ledger.ChannelState) bool { return c.Name == p.Channel }) {
		p.Channel = ""
	}
	if p.Channel == "" && len(p.Channels) == 1 {
		p.Channel = p.Channels[0].Name
	}
	if p.Channel != "" && d.Firings != nil {
		p.Slots = d.Firings(p.Channel, d.Now(), nextSlots)
	}
	if p.Slot == "" && len(p.Slots) > 0 {
		p.Slot = p.Stamp(p.Slots[0])
	}
	return p, err
}

// Numbers reports whether the channel numbers its issues.
func (p neweditionPage) Numbers() bool { return slices.Contains(p.Counted, p.Channel) }

// Stamp is a moment as the form carries it.
func (neweditionPage) Stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (d *desk) makeEdition(w http.ResponseWriter, r *http.Request) {
	p, err := d.neweditionPage(r)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	c, ok := d.composing(p.Channel)
	at, fine := d.editionTime(p.At)
	if p.Slot != "other" && p.Slot != "" {
		at, err = time.Parse(time.RFC3339, p.Slot)
		fine = err == nil && slices.ContainsFunc(p.Slots, at.Equal)
	}
	switch {
	case !ok:
		p.Problem, p.Field = d.t(r, "请选择渠道。"), "channel"
	case p.Slot != "other" && p.Slot != "" && !fine:
		p.Problem, p.Field = d.t(r, "这个时段已经过去，请另选一个。"), "slot"
	case !fine:
		p.Problem, p.Field = d.t(r, "时间没有写对，请写成 2026-12-01 09:00 的样子。"), "at"
	case at.Before(d.Now().Add(-time.Minute)):
		p.Problem, p.Field = d.t(r, "这个时刻已经过去，请写一个将来的时刻。"), "at"
	}
	if p.Problem != "" {
		d.show(w, r, http.StatusUnprocessableEntity, "newedition", p)
		return
	}
	plan := d.Ledger.Plan
	if p.Supplement {
		plan = d.Ledger.PlanSupplement
	}
	key, err := plan(r.Context(), c.Plan, at, d.by(r, press.MayCompose), d.Now())
	if err != nil {
		d.fail(w, r, err)
		return
	}
	d.wake()
	http.Redirect(w, r, to("editions", key, "compose")+"?done=new", http.StatusSeeOther)
}
