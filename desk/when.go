package desk

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tongfa/ledger"
	"tongfa/press"
	"tongfa/workday"
)

// whenPage moves an item to another time: first it asks for the time, then it shows what follows from it and asks whether that is meant.
type whenPage struct {
	frame
	Item   press.Item
	Name   string
	Answer whenAnswer
	Errors []fieldError
	Back   string // page of the calendar to return to; "" for the item's

	Check bool // the second step
	Old   time.Time
	New   time.Time
	Soon  bool // as soon as possible
	Past  bool // because the time that was given is past
	Day   string
	Lanes []whenLane
	Says  []follow
	Seen  string
}

// whenAnswer is what was typed.
type whenAnswer struct {
	When, Date, Time string // when: at, soon
}

// fieldError is what is wrong with one field.
type fieldError struct{ Field, Text string }

// whenLane is what a new time means for a channel.
type whenLane struct {
	Channel string
	State   press.CopyState
	At      time.Time // when it will go out at the earliest
	Slot    bool      // by a timetable
	Stays   bool      // it does not move
	Note    string
}

// follow is one consequence.
type follow struct {
	Bad  bool
	Text string
	List []ledger.Together
}

// whenForm shows the form, or with check=1, as after a drag in the calendar, at once what follows.
func (d *desk) whenForm(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p, s, err := d.whenPage(r, q)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	if q.Get("check") == "1" {
		d.whenCheck(w, r, p, s)
		return
	}
	d.show(w, r, http.StatusOK, "when", p)
}

// whenPage reads the item and what was typed. Where nothing was, the time that it has stands in the fields.
func (d *desk) whenPage(r *http.Request, v url.Values) (whenPage, ledger.Story, error) {
	s, err := d.Ledger.Story(r.Context(), r.PathValue("id"), d.Now())
	if err != nil {
		return whenPage{}, s, err
	}
	p := whenPage{frame: d.frame(r, d.t(r, "改发布时间")+"："+s.Title, "calendar"), Item: s.Item, Name: s.Title, Back: calendarPath(v.Get("back")), Old: s.Item.ReleaseAt, Seen: seenTime(s)}
	now := d.Now().In(d.Location)
	at := now.Truncate(time.Hour).Add(time.Hour)
	if s.Item.ReleaseAt.After(now) {
		at = s.Item.ReleaseAt.In(d.Location)
	}
	p.Answer = whenAnswer{When: v.Get("when"), Date: v.Get("date"), Time: v.Get("time")}
	if p.Answer.When == "" {
		p.Answer.When = "at"
	}
	if p.Answer.Date == "" && p.Answer.Time == "" && !v.Has("seen") {
		p.Answer.Date, p.Answer.Time = at.Format(time.DateOnly), clockField(at)
	}
	if p.Answer.Time == "" && v.Get("check") == "1" { // dragged to another day it keeps its time of day
		p.Answer.Time = clockField(at)
	}
	return p, s, nil
}

// clockField is a time of day as the field has it: with seconds only where there are some.
func clockField(t time.Time) string {
	if t.Second() == 0 {
		return t.Format("15:04")
	}
	return t.Format(time.TimeOnly)
}

// seenTime names what a person had before her: the time, and what may still be moved.
func seenTime(s ledger.Story) string {
	var free []string
	for _, c := range s.Copies {
		if c.Free() {
			free = append(free, c.Channel)
		}
	}
	at := int64(0)
	if !s.Item.ReleaseAt.IsZero() {
		at = s.Item.ReleaseAt.UnixMicro()
	}
	return fmt.Sprintf("%d/%s/%s", at, s.Item.State, strings.Join(free, ","))
}

// calendarPath is an address of the calendar, or "" for what is none: nobody is sent elsewhere.
func calendarPath(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || u.Opaque != "" || len(s) > 300 || u.Path != "/calendar" && !strings.HasPrefix(u.Path, "/calendar/") || strings.Contains(u.Path, "//") {
		return ""
	}
	return (&url.URL{Path: u.Path, RawQuery: u.Query().Encode()}).String()
}

func (d *desk) when(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		d.refuse(w, r, http.StatusBadRequest, d.t(r, "提交的内容读不出来，没有执行"), d.t(r, "请回到稿件页重新操作。"))
		return
	}
	p, s, err := d.whenPage(r, r.PostForm)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	if r.PostForm.Get("sure") != "yes" {
		d.whenCheck(w, r, p, s)
		return
	}
	if seen := r.PostForm.Get("seen"); seen != p.Seen {
		p.Errors = []fieldError{{"date", d.t(r, "这篇稿件的时间或者状态在您填写期间变了，没有执行。请看过现在的情况再改。")}}
	}
	if len(p.Errors) == 0 {
		p.Errors = d.readWhen(r, &p)
	}
	if len(p.Errors) > 0 {
		d.show(w, r, http.StatusUnprocessableEntity, "when", p)
		return
	}
	err = d.Ledger.Reschedule(ledger.While(r.Context(), s), string(s.Item.ID), p.New, d.by(r, press.MayHold), d.Now())
	var t *press.Trouble
	switch {
	case errors.As(err, &t):
		d.fail(w, r, err)
		return
	case err != nil:
		p.Errors = []fieldError{{"date", err.Error() + "。" + d.t(r, "没有执行。")}}
		d.show(w, r, http.StatusConflict, "when", p)
		return
	}
	d.wake()
	to := to("items", string(s.Item.ID)) + "?done=time"
	if p.Back != "" {
		u, _ := url.Parse(p.Back) // it was parsed before
		q := u.Query()
		q.Set("done", "time")
		u.RawQuery = q.Encode()
		to = u.String()
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// whenCheck shows what follows from the time that was typed, or what is wrong with it.
func (d *desk) whenCheck(w http.ResponseWriter, r *http.Request, p whenPage, s ledger.Story) {
	p.Errors = d.readWhen(r, &p)
	if _, err := s.Item.State.Move(press.Reschedule, press.Publisher); err != nil {
		p.Errors = append(p.Errors, fieldError{"date", err.Error()})
	}
	if len(p.Errors) == 0 {
		moves, err := d.whenFollows(r, &p, s)
		if err != nil {
			d.fail(w, r, err)
			return
		}
		if !moves && len(s.Copies) > 0 {
			p.Errors = append(p.Errors, fieldError{"date", d.t(r, "已经改不了发布时间：各渠道都已经在发布，或者已经公开。")})
		}
	}
	if len(p.Errors) > 0 {
		d.show(w, r, http.StatusUnprocessableEntity, "when", p)
		return
	}
	p.Check = true
	d.show(w, r, http.StatusOK, "when", p)
}

// readWhen reads the new time from what was typed.
func (d *desk) readWhen(r *http.Request, p *whenPage) (wrong []fieldError) {
	now := d.Now().In(d.Location)
	switch p.Answer.When {
	case "soon":
		p.New, p.Soon = now, true
		return nil
	case "at":
	default:
		return []fieldError{{"w-at", d.t(r, "请选择一项。")}}
	}
	day, err := workday.ParseDate(p.Answer.Date)
	if err != nil {
		wrong = append(wrong, fieldError{"date", d.t(r, "请填写存在的日期，如 2026-11-26。")})
	}
	clock, err := time.Parse("15:04", p.Answer.Time)
	if err != nil {
		if clock, err = time.Parse(time.TimeOnly, p.Answer.Time); err != nil {
			wrong = append(wrong, fieldError{"time", d.t(r, "请填写时间，如 09:00 或者 09:00:30。")})
		}
	}
	if len(wrong) > 0 {
		return wrong
	}
	p.New = time.Date(day.Year, day.Month, day.Day, clock.Hour(), clock.Minute(), clock.Second(), 0, d.Location)
	if p.New.After(now.AddDate(10, 0, 0)) {
		return []fieldError{{"date", d.t(r, "最多定到10年以后，请核对年份。")}}
	}
	if !p.New.After(now) {
		p.New, p.Soon, p.Past = now, true, true
	}
	return nil
}

// whenFollows tells what a new time means, and whether anything moves at all.
func (d *desk) whenFollows(r *http.Request, p *whenPage, s ledger.Story) (moves bool, err error) {
	a, err := d.agenda(r.Context(), langOf(r), "", "")
	if err != nil {
		return false, err
	}
	for _, c := range s.Copies {
		if c.State == press.CopyWithdrawn {
			continue
		}
		x := d.whenLane(r, a, p, s.Item, c)
		moves = moves || !x.Stays
		p.Lanes = append(p.Lanes, x)
	}
	day := workday.DateOf(p.New)
	p.Day = weekdays[day.Weekday()]
	p.Day = d.t(r, p.Day)
	if off := d.offWord(langOf(r), day); off != "" && !p.Soon {
		p.Says = append(p.Says, follow{Text: d.t(r, "新的日期：%s。", off)})
	}
	d.whenTerm(r, p, s, day)
	if s.Item.Held {
		p.Says = append(p.Says, follow{Bad: true, Text: d.t(r, "这篇稿件已暂缓：解除暂缓以前不会发布。")})
	} else if s.Blocked != "" {
		p.Says = append(p.Says, follow{Bad: true, Text: d.t(r, "检查没有通过：处理以前，到了时间也不会发布。")})
	}
	with, missing, err := d.Ledger.Together(r.Context(), s.Item.ID)
	if len(with)+len(missing) > 0 {
		p.Says = append(p.Says, follow{Bad: true, Text: d.t(r, "有必须同时发布的稿件。它们的时间不会跟着改，谁的时间晚就等谁；需要的话请分别改。"), List: with})
	}
	return moves, err
}

// whenTerm says whether the new time keeps the statutory period.
func (d *desk) whenTerm(r *http.Request, p *whenPage, s ledger.Story, day workday.Date) {
	head := s.Revisions[len(s.Revisions)-1]
	t, ok := press.Deadline(s.Item.Kind, head.Meta, d.Ledger.Calendar())
	public := false
	for _, c := range s.All {
		public = public || !c.FirstSeen.IsZero()
	}
	if !ok || public || head.Meta.Disclosure != press.Proactive {
		return
	}
	due := d.due(langOf(r), t.Due)
	if left := t.Left(day, d.Ledger.Calendar()); left < 0 {
		p.Says = append(p.Says, follow{Bad: true, Text: d.t(r, "超过法定期限：最迟%s，新的时间%s。请提前，或者记录逾期原因。", due, d.left(langOf(r), t, left))})
	} else {
		p.Says = append(p.Says, follow{Text: d.t(r, "在法定期限之内：最迟%s，到时%s。", due, d.left(langOf(r), t, left))})
	}
}

// whenLane tells what a new time means for one channel: the earliest moment at which it can go out there.
func (d *desk) whenLane(r *http.Request, a *agenda, p *whenPage, it press.Item, c press.Copy) whenLane {
	x := whenLane{Channel: c.Channel, State: c.State, Stays: !c.Free()}
	if x.Stays {
		x.Note = d.t(r, "不改")
		return x
	}
	ready := p.New
	for _, want := range it.Wants {
		if want.Channel == c.Channel && want.NotBefore.After(ready) {
			ready = want.NotBefore
			x.Note = d.t(r, "这个渠道另外定了不早于这个时间")
		}
	}
	x.At = ready
	for _, l := range a.lanes {
		if l.Name == c.Channel {
			x.At, x.Slot = a.strikes(l, ready), l.Slots
			if l.Paused {
				x.Note = d.t(r, "渠道已暂停，恢复以后才发布")
			}
		}
	}
	return x
}

// Wrong is what is wrong with a field; "" for nothing.
func (p whenPage) Wrong(field string) string {
	for _, e := range p.Errors {
		if e.Field == field {
			return e.Text
		}
	}
	return ""
}
