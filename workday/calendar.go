package workday

import (
	"iter"
	"maps"
	"slices"
	"time"
)

// Day is what a notice says of one date.
type Day struct {
	Date Date
	Name string // the holiday it belongs to, such as 国庆节
	Off  bool   // a rest day; otherwise a worked one
}

// NoticeKind says what a Notice does to the calendar.
type NoticeKind string

// The three kinds of notice.
const (
	Yearly    NoticeKind = "notice"    // the year's announcement: it makes the year known
	Amendment NoticeKind = "amendment" // changes some days of a year
	Overlay   NoticeKind = "overlay"   // the days of a region, on top of every national notice
)

// Notice is one announcement of rest days and worked weekends.
type Notice struct {
	Kind      NoticeKind
	Year      int // the year of its title; its days may lie in the last days of the December before
	Number    string
	IssuedOn  Date
	Region    string // overlay: where it applies
	Papers    []string
	Confirmed bool // a person has checked that an unusual number of working days is right
	Days      []Day
}

// A year has had 248 to 252 working days since 2002. Outside of this range its list was most likely not typed in full.
const (
	fewestWorkdays = 245
	mostWorkdays   = 255
)

// Workdays counts the working days of the notice's year by the notice alone.
func (n Notice) Workdays() int {
	stated := make(map[Date]Day, len(n.Days))
	for _, d := range n.Days {
		stated[d.Date] = d
	}
	count := 0
	for d, weekday := range dates(Date{n.Year, time.January, 1}, Date{n.Year, time.December, 31}) {
		work := ordinary(weekday)
		if s, ok := stated[d]; ok {
			work = !s.Off
		}
		if work {
			count++
		}
	}
	return count
}

// decides reports whether the notice is good enough to call its year known.
func (n Notice) decides() bool {
	return n.Kind == Yearly && (n.Confirmed || plausible(n.Workdays()))
}

func plausible(workdays int) bool { return workdays >= fewestWorkdays && workdays <= mostWorkdays }

// Calendar tells working days from rest days. It never changes once made and may be shared by goroutines. The zero
// Calendar knows no year: all its answers are provisional.
type Calendar struct {
	notices []Notice
	days    map[Date]Day
	known   map[int]bool
}

// With returns a calendar with notices laid on top of c, later ones over earlier ones and overlays over all others.
func (c *Calendar) With(notices ...Notice) *Calendar {
	all := slices.Concat(c.notices, notices)
	next := &Calendar{notices: all, days: map[Date]Day{}, known: map[int]bool{}}
	for _, n := range all {
		if n.Kind != Overlay {
			next.lay(n)
		}
	}
	for _, n := range all {
		if n.Kind == Overlay {
			next.lay(n)
		}
	}
	return next
}

func (c *Calendar) lay(n Notice) {
	for _, d := range n.Days {
		c.days[d.Date] = d
	}
	if n.decides() {
		c.known[n.Year] = true
	}
}

// Years lists the years whose notice is in the calendar, in order.
func (c *Calendar) Years() []int { return slices.Sorted(maps.Keys(c.known)) }

// Knows reports whether the notice of a year is in the calendar.
func (c *Calendar) Knows(year int) bool { return c.known[year] }

// reach is the first day of December that the notice of the next year may still change. The earliest so far was the
// 29th (2001, 2007, 2018); three days more leave room for a whole weekend.
const reach = 26

// look says whether d is worked, and which year's notice is missing to be sure of it; 0 for none.
func (c *Calendar) look(d Date, weekday time.Weekday) (work bool, missing int) {
	if stated, ok := c.days[d]; ok {
		return !stated.Off, 0
	}
	switch {
	case !c.known[d.Year]:
		missing = d.Year
	case d.Month == time.December && d.Day >= reach && !c.known[d.Year+1]:
		missing = d.Year + 1
	}
	return ordinary(weekday), missing
}

func ordinary(w time.Weekday) bool { return w != time.Saturday && w != time.Sunday }

// dates runs from one date to another, both included, with their weekdays.
func dates(from, to Date) iter.Seq2[Date, time.Weekday] {
	return func(yield func(Date, time.Weekday) bool) {
		end := to.midnight()
		for t := from.midnight(); !t.After(end); t = t.Add(secondsADay * time.Second) {
			if !yield(dateOf(t), t.Weekday()) {
				return
			}
		}
	}
}

// Standing is what a calendar says of one day.
type Standing struct {
	Work    bool
	Name    string // the holiday that a notice names for it: of a rest day, or of a weekend that is worked in exchange (调休)
	Stated  bool   // a notice names it
	Missing int    // the year whose notice is needed to be sure; 0 when it is sure
}

// On says whether a day is worked, and why.
func (c *Calendar) On(d Date) Standing {
	work, missing := c.look(d, d.Weekday())
	stated, ok := c.days[d]
	return Standing{work, stated.Name, ok, missing}
}
