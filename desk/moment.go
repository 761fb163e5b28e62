package desk

import "time"

// moment is a time as a page shows it: short in a table, to the second where it is proof.
type moment struct {
	ISO   string
	Short string // 18:00 today, 11-24 18:00 this year, 2025-11-24 before
	Full  string // 2026-11-24 18:00:03

	Minute string // 18:00
	Clock  string // 18:00:03
	Second string // the same today, 11-24 18:00:03 on another day
}

// at is a time for a page; nil for the zero time.
func (d *desk) at(t time.Time) *moment {
	if t.IsZero() {
		return nil
	}
	t = t.In(d.Location)
	now := d.Now().In(d.Location)
	m := &moment{ISO: t.Format(time.RFC3339), Full: t.Format(time.DateTime), Minute: t.Format("15:04"), Clock: t.Format(time.TimeOnly), Second: t.Format("01-02 15:04:05")}
	switch {
	case t.Format(time.DateOnly) == now.Format(time.DateOnly):
		m.Short, m.Second = t.Format("15:04"), m.Clock
	case t.Year() == now.Year():
		m.Short = t.Format("01-02 15:04")
	default:
		m.Short = t.Format("2006-01-02 15:04")
	}
	return m
}

// span is a length of time in the words of a language, in its two largest units.
func (d *desk) span(lang string, t time.Duration) string {
	t = t.Round(time.Second)
	h, m, s := int(t.Hours()), int(t.Minutes())%60, int(t.Seconds())%60
	switch {
	case h >= 48:
		return d.say(lang, "%d天%d小时", h/24, h%24)
	case h > 0:
		return d.say(lang, "%d小时%d分", h, m)
	case m > 0:
		return d.say(lang, "%d分%d秒", m, s)
	}
	return d.say(lang, "%d秒", s)
}

// between is how long it took from one moment to another; "" where either is not known.
func (d *desk) between(lang string, from, to time.Time) string {
	if from.IsZero() || to.IsZero() || to.Before(from) {
		return ""
	}
	return d.span(lang, to.Sub(from))
}

// clock is the office's own time at the top of a page, to the minute.
func (d *desk) clock(lang string, t time.Time) string {
	if lang == english {
		return t.Format("Mon 2 January 15:04")
	}
	return t.Format("1月2日 ") + weekdays[t.Weekday()] + t.Format(" 15:04")
}
