package desk

import (
	"cmp"
	"context"
	"slices"
	"sort"
	"time"

	"tongfa/ledger"
	"tongfa/press"
	"tongfa/workday"
)

// agenda answers what goes out on a day, and what went out, channel by channel. Today and the calendar are made of it.
type agenda struct {
	d       *desk
	ctx     context.Context
	lang    string
	now     time.Time
	lanes   []*lane
	channel string // only this one; "" for all
	kind    press.Kind
}

// lane is a channel with its timetable.
type lane struct {
	Name, Kind string
	Paused     bool
	Slots      bool // it has a timetable; else each item goes out at its own time
	OnRelease  bool // it is known to have none
	next       time.Time
	before     map[time.Time]time.Time // see lastBefore
}

// agendaDay is one day of an agenda.
type agendaDay struct {
	Date  workday.Date
	Lines []agendaLine
	More  int // what is not in Lines
}

// agendaLine is an edition that went out or is on its way, or an item that is to go out.
type agendaLine struct {
	At       time.Time // when it went out, or will
	Planned  time.Time // when it should have; zero where that is the same to the second
	Ready    time.Time // what is to go out: not before this moment, where the timetable takes it later
	Late     string    // how much later it went out than planned, in words
	Title    string
	URL      string // on the desk
	Item     press.ItemID
	Channels []string
	Count    int // articles of an edition
	Kind     press.Kind
	Mark     mark
	Note     string
	Moves    bool // it may be moved to another time
	Within   bool // it stands under its day
}

// settled orders lines by whether anything can still be done about them: 1 for what is out.
func (x agendaLine) settled() int {
	if x.Mark == markOut || x.Mark == markVerified {
		return 1
	}
	return 0
}

// Brief is the title as far as a narrow place has room for it; the whole of it stands behind.
func (x agendaLine) Brief() string {
	const most = 28
	if r := []rune(x.Title); len(r) > most {
		return string(r[:most]) + "…"
	}
	return x.Title
}

// VeryLate reports whether it went out so late that it is to be seen at a glance.
func (x agendaLine) VeryLate() bool { return !x.Planned.IsZero() && x.At.Sub(x.Planned) >= time.Minute }

// mark is where a line stands: glyph, word and colour together.
type mark struct{ Class, Glyph, Word string }

// The marks of an agenda, in the words of a calendar.
var (
	markAhead    = mark{"waiting", "◌", "待发布"}
	markStopped  = mark{"needs_hand", "!", "检查未过"}
	markHeld     = mark{"needs_hand", "‖", "已暂缓"}
	markWaits    = mark{"waiting", "…", "在等"}
	markMissed   = mark{"needs_hand", "!", "到时间没有发出"}
	markGoing    = mark{"handed_over", "◔", "发布中"}
	markOut      = mark{"live", "◐", "已发布"}
	markVerified = mark{"verified", "●", "已核验"}
	markWrong    = mark{"differs", "!", "需人工处理"}
	markPlanned  = mark{"waiting", "◌", "编排中"}
	markFrozen   = mark{"waiting", "◌", "已定稿"}
)

func (d *desk) agenda(ctx context.Context, lang, channel string, kind press.Kind) (*agenda, error) {
	cs, err := d.Ledger.Channels(ctx)
	if err != nil {
		return nil, err
	}
	a := &agenda{d: d, ctx: ctx, lang: lang, now: d.Now().In(d.Location), channel: channel, kind: kind}
	for _, c := range cs {
		l := &lane{Name: c.Name, Kind: c.Kind, Paused: c.Paused, before: map[time.Time]time.Time{}}
		l.next = a.now
		if fs := d.moments(c.Name, a.now.Add(-time.Nanosecond), 1); len(fs) > 0 {
			l.Slots, l.next = true, fs[0]
		}
		if d.Options.Channel != nil {
			l.OnRelease = d.Options.Channel(ctx, c.Name).OnRelease
		}
		if channel == "" || channel == c.Name {
			a.lanes = append(a.lanes, l)
		}
	}
	return a, nil
}

// moments are the next moments of a channel's timetable; none for a channel without one.
func (d *desk) moments(name string, after time.Time, most int) []time.Time {
	if d.Firings == nil {
		return nil
	}
	fs := d.Firings(name, after, most)
	for i := range fs {
		fs[i] = fs[i].In(d.Location)
	}
	return fs
}

// midnight is where a day begins on the office's clock.
func (a *agenda) midnight(day workday.Date) time.Time {
	return time.Date(day.Year, day.Month, day.Day, 0, 0, 0, 0, a.d.Location)
}

// today is the day on the office's clock.
func (a *agenda) today() workday.Date { return workday.DateOf(a.now) }

// lastBefore is the last moment of a lane's timetable before another; zero when there is none in the year before it. A timetable only tells
// what comes next, so it is asked from further and further back.
func (a *agenda) lastBefore(l *lane, t time.Time) time.Time {
	if last, ok := l.before[t]; ok {
		return last
	}
	const day = 24 * time.Hour
	var last time.Time
	for _, back := range []time.Duration{2 * time.Hour, day, 8 * day, 32 * day, 370 * day} {
		for _, f := range a.d.moments(l.Name, t.Add(-back-time.Nanosecond), 300) {
			if f.Before(t) {
				last = f
			}
		}
		if !last.IsZero() {
			break
		}
	}
	l.before[t] = last
	return last
}

// window is the span of moments before which a copy may not go out, so that it goes out on a day; false when nothing does.
func (a *agenda) window(l *lane, start, end time.Time) (ledger.Window, bool) {
	w := ledger.Window{Channel: l.Name, Kind: a.kind, After: start.Add(-time.Microsecond), Till: end.Add(-time.Microsecond)}
	if l.Slots {
		w.After, w.Till = a.lastBefore(l, start), a.lastBefore(l, end)
		if l.next.Before(end) && !l.next.Before(start) { // what went by before is past
			w.After = time.Time{}
		}
		if w.Till.Before(l.next) {
			return w, false
		}
	}
	if w.After.Before(a.now) {
		w.After = a.now
	}
	return w, w.Till.After(w.After)
}

// strikes is when a copy goes out on a lane that may go out from a moment on.
func (a *agenda) strikes(l *lane, ready time.Time) time.Time {
	if !l.Slots {
		return ready
	}
	if ready.Before(l.next) {
		return l.next
	}
	if fs := a.d.moments(l.Name, ready.Add(-time.Nanosecond), 1); len(fs) > 0 {
		return fs[0]
	}
	return ready
}

// mostDay bounds what is counted of a day.
const mostDay = 5000

// day is what goes out on a day and what went out, in the order of time, at most so many lines.
func (a *agenda) day(day workday.Date, most int) (agendaDay, error) {
	out := agendaDay{Date: day}
	start, end := a.midnight(day), a.midnight(day.AddDays(1))
	puts, err := a.d.Ledger.Puts(a.ctx, a.channel, a.kind, start, end, most+1)
	if err != nil {
		return out, err
	}
	total := len(puts)
	if total > most {
		if total, err = a.d.Ledger.CountPuts(a.ctx, a.channel, a.kind, start, end, mostDay); err != nil {
			return out, err
		}
	}
	for _, p := range puts {
		out.Lines = append(out.Lines, a.put(p))
	}
	items, n, err := a.items(start, end, most)
	if err != nil {
		return out, err
	}
	out.Lines = append(out.Lines, items...)
	byTime := func(x, y agendaLine) int { return x.At.Compare(y.At) }
	slices.SortStableFunc(out.Lines, byTime)
	if len(out.Lines) > most {
		if day == a.today() && most < dayMost { // in little room, what somebody can still do something about
			slices.SortStableFunc(out.Lines, func(x, y agendaLine) int { return cmp.Compare(x.settled(), y.settled()) })
		}
		out.Lines = out.Lines[:most]
		slices.SortStableFunc(out.Lines, byTime)
	}
	out.More = max(0, total+n-len(out.Lines))
	return out, nil
}

// items are those that are to go out on a day, or should have, and how many there are.
func (a *agenda) items(start, end time.Time, most int) (lines []agendaLine, n int, err error) {
	var windows []ledger.Window
	full := false
	for _, l := range a.lanes {
		if w, ok := a.window(l, start, end); ok && end.After(a.now) {
			windows = append(windows, w)
			ahead, err := a.d.Ledger.Upcoming(a.ctx, w, most+1)
			if err != nil {
				return nil, 0, err
			}
			full = full || len(ahead) > most
			lines = a.add(lines, l, ahead)
		}
		past := ledger.Window{Channel: l.Name, Kind: a.kind, Till: a.now}
		if !l.next.Before(start) && l.next.Before(end) {
			ripe, err := a.d.Ledger.Ripe(a.ctx, past, max(most, 100))
			if err != nil {
				return nil, 0, err
			}
			lines = a.add(lines, l, ripe)
		}
		if past.After = start.Add(-time.Microsecond); !start.After(a.now) {
			if end.Before(past.Till) {
				past.Till = end.Add(-time.Microsecond)
			}
			missed, err := a.d.Ledger.Kept(a.ctx, past, max(most, 20))
			if err != nil {
				return nil, 0, err
			}
			lines = a.add(lines, l, missed)
		}
	}
	if full {
		n, err = a.d.Ledger.CountAhead(a.ctx, windows, mostDay)
	}
	return lines, max(n, len(lines)), err
}

// add puts copies into the lines: those of an item that go out in the same minute are one line.
func (a *agenda) add(lines []agendaLine, l *lane, cs []ledger.Coming) []agendaLine {
	for _, c := range cs {
		x := a.coming(l, c)
		i := slices.IndexFunc(lines, func(o agendaLine) bool {
			return o.Item == x.Item && o.Mark == x.Mark && o.At.Truncate(time.Minute).Equal(x.At.Truncate(time.Minute))
		})
		if i < 0 {
			lines = append(lines, x)
			continue
		}
		lines[i].Channels = append(lines[i].Channels, x.Channels...)
		lines[i].Note = cmp.Or(lines[i].Note, x.Note)
	}
	return lines
}

// coming is a copy that is to go out.
func (a *agenda) coming(l *lane, c ledger.Coming) agendaLine {
	x := agendaLine{At: a.strikes(l, c.Copy.ReadyAt), Title: c.Title, URL: to("items", string(c.Item.ID)), Item: c.Item.ID, Channels: []string{l.Name},
		Kind: c.Item.Kind, Mark: markAhead, Note: c.Copy.Note, Moves: true}
	if !c.Item.ReleaseAt.IsZero() && x.At.After(c.Copy.ReadyAt) && c.Copy.ReadyAt.After(c.Item.FiledAt) {
		x.Ready = c.Copy.ReadyAt
	}
	past := c.Due.IsZero() && !c.Copy.ReadyAt.After(a.now)
	if past {
		x.At, x.Ready = c.Copy.ReadyAt, time.Time{}
	}
	switch {
	case c.Item.Held:
		x.Mark = markHeld
	case c.Waits == ledger.ForGate:
		x.Mark = markStopped
	case past:
		x.Mark = markMissed
	case c.Waits != "":
		x.Mark = markWaits
	}
	return x
}

// put is an edition that went out, is on its way, or is planned.
func (a *agenda) put(p ledger.Put) agendaLine {
	x := agendaLine{At: p.Slot.At, Title: cmp.Or(p.Edition.Title, p.Name), URL: to("editions", p.Key), Item: p.Item, Channels: []string{p.Slot.Channel},
		Count: p.Count, Kind: p.Kind}
	if p.Count == 1 && p.Number == 0 {
		x.URL = to("items", string(p.Item))
	}
	if x.Title == "" {
		x.Title = a.d.say(a.lang, "（还没有稿件）")
	}
	if !p.OutAt.IsZero() {
		x.At = p.OutAt
		if p.OutAt.Unix() != p.Slot.At.Unix() {
			x.Planned = p.Slot.At
			if late := p.OutAt.Sub(p.Slot.At); late >= time.Second {
				x.Late = a.d.span(a.lang, late)
			}
		}
	}
	switch {
	case p.Wrong > 0:
		x.Mark = markWrong
	case p.State == press.EditionPlanned:
		x.Mark = markPlanned
	case p.State == press.EditionFrozen:
		x.Mark = markFrozen
	case p.State == press.EditionOpen:
		x.Mark = markGoing
	case p.Count > 0 && p.Verified == p.Count:
		x.Mark = markVerified
	default:
		x.Mark = markOut
	}
	return x
}

// windowsOf are the moments of a lane's timetable on a day, at most so many, and whether there are more.
func (a *agenda) windowsOf(l *lane, day workday.Date, most int) (out []time.Time, more bool) {
	end := a.midnight(day.AddDays(1))
	fs := a.d.moments(l.Name, a.midnight(day).Add(-time.Nanosecond), most+1)
	n := sort.Search(len(fs), func(i int) bool { return !fs[i].Before(end) })
	return fs[:min(n, most)], n > most
}
