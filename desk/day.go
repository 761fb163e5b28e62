package desk

import (
	"net/http"
	"strconv"

	"tongfa/press"
)

// dayPage is one day, whole.
type dayPage struct {
	frame
	Ask     calendarAsk
	Heading string
	Day     calendarDay
	Prev    string
	Next    string
	Month   string
	Week    string
	After   string // address of the next part of a very full day
	Before  string
	Filters calendarFilters
}

// calendarDay is the page of one day.
func (d *desk) calendarDay(w http.ResponseWriter, r *http.Request) {
	day, ok := calendarDate(r.PathValue("date"))
	if !ok {
		d.nowhere(w, r)
		return
	}
	ask := d.calendarAsk(r).on(day)
	skip, _ := strconv.Atoi(r.URL.Query().Get("skip"))
	skip = min(max(skip, 0), dayDeep)
	a, err := d.agenda(r.Context(), langOf(r), ask.Channel, ask.Kind)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	p := dayPage{frame: d.frame(r, d.longDate(r, day), "calendar"), Ask: ask, Heading: d.longDate(r, day),
		Prev: ask.dayAddress(day.AddDays(-1), 0), Next: ask.dayAddress(day.AddDays(1), 0), Month: ask.as("month").address(), Week: ask.as("week").address()}
	if p.Day, err = d.calendarDayOf(r, a, ask, day, skip+dayMost); err == nil {
		p.Filters, err = d.calendarFilters(r, ask)
	}
	if err != nil {
		d.fail(w, r, err)
		return
	}
	p.Day.Off = d.dayKind(langOf(r), day)
	p.Day.Lines = p.Day.Lines[min(skip, len(p.Day.Lines)):]
	if p.Day.More > 0 && skip+dayMost <= dayDeep {
		p.After = ask.dayAddress(day, skip+dayMost)
	}
	if skip > 0 {
		p.Before = ask.dayAddress(day, max(0, skip-dayMost))
	}
	p.Done = d.calendarDone(r)
	d.show(w, r, http.StatusOK, "day", p)
}

// Moves reports whether a line may be moved by who looks.
func (p dayPage) Moves(x agendaLine) bool { return p.May(press.MayHold) && x.Moves }

// Back is where a move returns to.
func (p dayPage) Back() string { return p.Ask.dayAddress(p.Day.Date, 0) }

// AskAction is where the form of the filters goes.
func (p dayPage) AskAction() string { return "/calendar/" + p.Day.Date.String() }

// AskView is "": the day stands in the address.
func (p dayPage) AskView() string { return "" }

// AskClear is the same without filters.
func (p dayPage) AskClear() string { return p.AskAction() }
