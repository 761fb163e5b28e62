package press

import (
	"fmt"

	"tongfa/workday"
)

// Term (期限) is the statutory period in which an item must be public.
type Term struct {
	Clock   workday.Clock
	From    workday.Date // the day that sets it running and does not count
	Assumed bool         // the day of approval is not on record; the day of formation stands in for it
	Due     workday.Due  // the last day
}

// TermFrom is the day that sets the statutory period of a kind running: the day of formation, or for a budget that of its approval where it is
// on record.
func TermFrom(k Kind, m Meta) workday.Date {
	if k == Budget && !m.ApprovedOn.IsZero() {
		return m.ApprovedOn
	}
	return m.FormedOn
}

// Deadline is the statutory period of a kind with its metadata; false when no clock runs or the day that starts it is not known.
func Deadline(k Kind, m Meta, cal *workday.Calendar) (Term, bool) {
	id, from, assumed := workday.Proactive, TermFrom(k, m), false
	switch k {
	case Enforcement:
		id = workday.Credit
	case Budget:
		id, assumed = workday.Budget, m.ApprovedOn.IsZero()
	}
	clock, ok := workday.ClockOf(id)
	if !ok || !from.Valid() {
		return Term{}, false
	}
	if cal == nil {
		cal = new(workday.Calendar)
	}
	return Term{Clock: clock, From: from, Assumed: assumed, Due: cal.Deadline(clock, from)}, true
}

// Left is what remains of the period on a day, in the clock's own unit: 0 on the last day, negative once it is over.
func (t Term) Left(on workday.Date, cal *workday.Calendar) int {
	if t.Clock.Unit == workday.CalendarDays {
		return t.Due.Date.DaysSince(on)
	}
	if cal == nil {
		cal = new(workday.Calendar)
	}
	left, _ := cal.Between(on, t.Due.Date)
	if left == 0 && on.After(t.Due.Date) {
		return -1 // over, though no working day has passed since
	}
	return left
}

// nearTerm is how many days before the end a term becomes a warning.
const nearTerm = 3

// deadline says how much time the law leaves. It never stops an item: what is late must go out all the sooner.
func (c *check) deadline() {
	if c.Now.IsZero() || c.Item.State == Withdrawn {
		return
	}
	t, ok := Deadline(c.Item.Kind, c.Revision.Meta, c.Calendar)
	if !ok || t.From.Before(earliest) || t.From.After(c.today()) {
		return // a date that cannot be true is a finding of its own
	}
	if !c.FirstSeen.IsZero() {
		c.kept(t)
		return
	}
	unit, left := t.unit(), t.Left(c.today(), c.Calendar)
	switch {
	case left < 0:
		c.warn(ruleDeadline, t.field(), "", "已经逾期%d个%s：%s。请尽快发布，并记录逾期原因", -left, unit, t.say())
	case left == 0:
		c.warn(ruleDeadline, t.field(), "", "今天是法定期限的最后一天：%s。请今天发布", t.say())
	case c.releasedAfter(t):
		c.warn(ruleDeadline, "release_at", "", "预定的发布时间在法定期限之后：%s。请提前", t.say())
	case left <= nearTerm:
		c.warn(ruleDeadline, t.field(), "", "只剩%d个%s：%s。请抓紧办理", left, unit, t.say())
	default:
		c.say(Info, ruleDeadline, t.field(), "", "还剩%d个%s：%s", left, unit, t.say())
	}
}

// kept judges an item that is public already.
func (c *check) kept(t Term) {
	day := workday.DateOf(c.FirstSeen.In(c.Now.Location()))
	if left := t.Left(day, c.Calendar); left < 0 {
		c.warn(ruleDeadline, t.field(), "", "%s公开，逾期%d个%s：%s。请记录逾期原因", day, -left, t.unit(), t.say())
		return
	}
	c.say(Info, ruleDeadline, t.field(), "", "%s公开，没有超过法定期限：%s", day, t.say())
}

func (c *check) releasedAfter(t Term) bool {
	at := c.Item.ReleaseAt
	return !at.IsZero() && workday.DateOf(at.In(c.Now.Location())).After(t.Due.Date)
}

func (t Term) field() string {
	if t.Clock.ID == workday.Budget {
		return "approved_on"
	}
	return "formed_on"
}

func (t Term) unit() string {
	if t.Clock.Unit == workday.WorkingDays {
		return "工作日"
	}
	return "自然日"
}

// say is the period in words, with what is not certain about it.
func (t Term) say() string {
	start := "成文日期"
	switch {
	case t.Clock.ID == workday.Budget && !t.Assumed:
		start = "批准日期"
	case t.Assumed:
		start = "成文日期（没有填写批准日期approved_on，暂以成文日期代替）"
	}
	s := fmt.Sprintf("%s，自%s%s起%d个%s，最迟%s", t.Clock.Name, start, t.From, t.Clock.N, t.unit(), t.Due.Date)
	if t.Due.Provisional {
		s += fmt.Sprintf("（%d年放假安排尚未导入，按周末推算，暂定）", t.Due.Missing)
	}
	return s
}
