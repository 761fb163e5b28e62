package desk

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"tongfa/press"
	"tongfa/workday"
)

// How much of a day the views of the calendar show.
const (
	monthFew  = 3
	weekMost  = 6
	dayMost   = 120
	dayDeep   = 5000
	laneMost  = 6 // windows of a channel on a day
	firstYear = 2000
	lastYear  = 2100
)

// calendarPage is a month, or a week with a lane for each channel.
type calendarPage struct {
	frame
	Ask     calendarAsk
	Heading string
	Caption string
	Unsure  []int // years without a notice of holidays
	Prev    string
	Next    string
	Today   string
	Month   string // the same in the other view
	Week    string
	Days    []calendarDay   // the heads of the week view
	Weeks   [][]calendarDay // month view
	Lanes   []calendarLane  // week view
	Filters calendarFilters
}

// calendarAsk is what is asked for.
type calendarAsk struct {
	View    string // month, week
	On      workday.Date
	Channel string
	Kind    press.Kind
}

// calendarFilters are the choices of the form.
type calendarFilters struct {
	Channels []option
	Kinds    []option
}

// calendarDay is a day with what happens on it.
type calendarDay struct {
	agendaDay
	Name   string // of the day of the week
	Off    string // what is to be said of it; "" for an ordinary working day
	Rest   bool   // it is not worked
	Unsure bool   // nobody knows yet whether it is worked
	Today  bool
	Other  bool // of another month
	Ahead  bool // today or later: something may be moved to it
	URL    string
}

// calendarLane is a channel in the week view.
type calendarLane struct {
	Name      string
	OnRelease bool
	Paused    bool
	Days      []laneDay
}

// laneDay is a channel's day: its windows, and what happens in and beside them.
type laneDay struct {
	calendarDay
	Windows     []time.Time
	MoreWindows bool
}

// Plain is the day of a lane.
func (x laneDay) Plain() calendarDay { return x.calendarDay }

// address is the page that answers a question.
func (a calendarAsk) address() string {
	v := url.Values{"on": {a.On.String()}}
	if a.View == "week" {
		v.Set("view", a.View)
	}
	return "/calendar?" + a.filters(v).Encode()
}

// dayAddress is the page of one day, from a line on.
func (a calendarAsk) dayAddress(day workday.Date, skip int) string {
	v := a.filters(url.Values{})
	if skip > 0 {
		v.Set("skip", strconv.Itoa(skip))
	}
	if len(v) == 0 {
		return "/calendar/" + day.String()
	}
	return "/calendar/" + day.String() + "?" + v.Encode()
}

func (a calendarAsk) filters(v url.Values) url.Values {
	if a.Channel != "" {
		v.Set("channel", a.Channel)
	}
	if a.Kind != "" {
		v.Set("kind", string(a.Kind))
	}
	return v
}

func (a calendarAsk) on(day workday.Date) calendarAsk { a.On = day; return a }

func (a calendarAsk) as(view string) calendarAsk { a.View = view; return a }

// calendarAsk reads what is asked for. What is no date, or far from all dates that there can be, is today.
func (d *desk) calendarAsk(r *http.Request) calendarAsk {
	q := r.URL.Query()
	a := calendarAsk{View: "month", Channel: q.Get("channel"), Kind: press.Kind(q.Get("kind"))}
	if q.Get("view") == "week" {
		a.View = "week"
	}
	var ok bool
	if a.On, ok = calendarDate(q.Get("on")); !ok {
		a.On = workday.DateOf(d.Now().In(d.Location))
	}
	return a
}

func calendarDate(s string) (workday.Date, bool) {
	day, err := workday.ParseDate(s)
	return day, err == nil && day.Year >= firstYear && day.Year <= lastYear
}

func (d *desk) calendar(w http.ResponseWriter, r *http.Request) {
	ask := d.calendarAsk(r)
	a, err := d.agenda(r.Context(), langOf(r), ask.Channel, ask.Kind)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	p := calendarPage{frame: d.frame(r, d.t(r, "日历"), "calendar"), Ask: ask, Today: ask.on(a.today()).address(),
		Month: ask.as("month").address(), Week: ask.as("week").address()}
	fill := d.fillMonth
	if ask.View == "week" {
		fill = d.fillWeek
	}
	if err = fill(r, a, &p); err == nil {
		p.Filters, err = d.calendarFilters(r, ask)
	}
	if err != nil {
		d.fail(w, r, err)
		return
	}
	p.Done = d.calendarDone(r)
	d.show(w, r, http.StatusOK, "calendar", p)
}

// calendarDone is said once after a move that came back here.
func (d *desk) calendarDone(r *http.Request) string {
	if r.URL.Query().Get("done") == "time" {
		return d.t(r, "发布时间已改。")
	}
	return ""
}

func (d *desk) calendarFilters(r *http.Request, ask calendarAsk) (calendarFilters, error) {
	cs, err := d.Ledger.Channels(r.Context())
	var out calendarFilters
	for _, c := range cs {
		out.Channels = append(out.Channels, option{c.Name, c.Name, c.Name == ask.Channel})
	}
	for _, k := range press.Kinds() {
		out.Kinds = append(out.Kinds, option{string(k.Kind), d.t(r, k.Name), k.Kind == ask.Kind})
	}
	return out, err
}

// fillMonth fills the weeks that a month lies in.
func (d *desk) fillMonth(r *http.Request, a *agenda, p *calendarPage) error {
	first := workday.Date{Year: p.Ask.On.Year, Month: p.Ask.On.Month, Day: 1}
	next := first.AddDays(31)
	next.Day = 1
	p.Heading, p.Caption = monthName(langOf(r), first), d.t(r, "一格是一天，一周从周一开始；时间是已发布的实际时间，或者将要发布的时间")
	p.Prev, p.Next = p.Ask.on(monthBefore(first)).address(), p.Ask.on(next).address()
	for _, name := range weekdays[1:] {
		p.Days = append(p.Days, calendarDay{Name: d.t(r, name)})
	}
	p.Days = append(p.Days, calendarDay{Name: d.t(r, weekdays[0])})
	for day := monday(first); day.Before(next); day = day.AddDays(7) {
		var week []calendarDay
		for i := range 7 {
			x, err := d.calendarDayOf(r, a, p.Ask, day.AddDays(i), monthFew)
			if err != nil {
				return err
			}
			x.Other = x.Date.Month != first.Month
			p.unsure(x)
			week = append(week, x)
		}
		p.Weeks = append(p.Weeks, week)
	}
	return nil
}

// unsure collects the years of which nobody knows the holidays yet.
func (p *calendarPage) unsure(x calendarDay) {
	if x.Unsure && !slices.Contains(p.Unsure, x.Date.Year) {
		p.Unsure = append(p.Unsure, x.Date.Year)
	}
}

func monthBefore(first workday.Date) workday.Date {
	last := first.AddDays(-1)
	last.Day = 1
	return last
}

func monthName(lang string, day workday.Date) string {
	t := time.Date(day.Year, day.Month, 1, 0, 0, 0, 0, time.UTC)
	if lang == english {
		return t.Format("January 2006")
	}
	return t.Format("2006年1月")
}

// fillWeek fills the lanes of a week.
func (d *desk) fillWeek(r *http.Request, a *agenda, p *calendarPage) error {
	first := monday(p.Ask.On)
	p.Heading = first.String() + " – " + first.AddDays(6).String()
	p.Caption = d.t(r, "一行是一个渠道，一列是一天；“时段”是这个渠道的时间表")
	p.Prev, p.Next = p.Ask.on(first.AddDays(-7)).address(), p.Ask.on(first.AddDays(7)).address()
	for i := range 7 {
		x := d.plainDay(r, a, p.Ask, first.AddDays(i))
		p.unsure(x)
		p.Days = append(p.Days, x)
	}
	for _, l := range a.lanes {
		out := calendarLane{Name: l.Name, OnRelease: l.OnRelease, Paused: l.Paused}
		one := *a
		one.lanes, one.channel = []*lane{l}, l.Name
		for i := range 7 {
			day, err := d.calendarDayOf(r, &one, p.Ask, first.AddDays(i), weekMost)
			if err != nil {
				return err
			}
			day.URL = p.Ask.lane(l.Name).dayAddress(day.Date, 0)
			x := laneDay{calendarDay: day}
			x.Windows, x.MoreWindows = a.windowsOf(l, day.Date, laneMost)
			out.Days = append(out.Days, x)
		}
		p.Lanes = append(p.Lanes, out)
	}
	return nil
}

func (a calendarAsk) lane(channel string) calendarAsk { a.Channel = channel; return a }

// plainDay is a day without what happens on it.
func (d *desk) plainDay(r *http.Request, a *agenda, ask calendarAsk, day workday.Date) calendarDay {
	s := d.Ledger.Calendar().On(day)
	return calendarDay{agendaDay: agendaDay{Date: day}, Name: d.t(r, weekdays[day.Weekday()]), Off: d.shortOff(langOf(r), s), Rest: !s.Work,
		Unsure: s.Missing != 0, Today: day == a.today(), Ahead: !day.Before(a.today()), URL: ask.dayAddress(day, 0)}
}

// shortOff is what is said of a day in a narrow place: that a year's holidays are not known stands above it once.
func (d *desk) shortOff(lang string, s workday.Standing) string {
	switch {
	case s.Stated && s.Work:
		return d.say(lang, "上班（调休）")
	case s.Stated:
		return d.say(lang, "%s放假", d.say(lang, s.Name))
	case s.Missing != 0 && s.Work:
		return d.say(lang, "工作日（暂定）")
	case s.Missing != 0:
		return d.say(lang, "周末（暂定）")
	case !s.Work:
		return d.say(lang, "周末")
	}
	return ""
}

func (d *desk) calendarDayOf(r *http.Request, a *agenda, ask calendarAsk, day workday.Date, most int) (calendarDay, error) {
	x := d.plainDay(r, a, ask, day)
	var err error
	x.agendaDay, err = a.day(day, most)
	return x, err
}

// calendarCell is a day in the table of a calendar, with what the person who looks may do.
type calendarCell struct {
	calendarDay
	Back string // where a move returns to
	Lane bool   // the channel stands at the head of the line
	may  bool
}

// Cell is a day as the table shows it.
func (p calendarPage) Cell(x calendarDay) calendarCell {
	return calendarCell{x, p.Ask.address(), p.Ask.View == "week", p.May(press.MayHold)}
}

// Moves reports whether a line may be moved by who looks.
func (c calendarCell) Moves(x agendaLine) bool { return c.may && x.Moves }

// Marks are what the marks of a calendar mean.
func (calendarPage) Marks() []mark {
	return []mark{markAhead, markWaits, markGoing, markOut, markVerified, markStopped, markWrong}
}

// AskAction is where the form of the filters goes.
func (p calendarPage) AskAction() string { return "/calendar" }

// AskView is the view that the form keeps.
func (p calendarPage) AskView() string { return p.Ask.View }

// AskClear is the same without filters.
func (p calendarPage) AskClear() string {
	return calendarAsk{View: p.Ask.View, On: p.Ask.On}.address()
}
