package workday

import (
	"cmp"
	"fmt"
	"time"
)

// Date is a civil date: a day on the wall calendar, without a time or a zone. The zero Date means "no date" and is
// written as the empty text. Dates are comparable with == and serve as map keys.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads YYYY-MM-DD and nothing else: ten ASCII characters naming a day that exists, from year 1 on.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || len(s) != len(time.DateOnly) || t.Year() < 1 {
		return Date{}, fmt.Errorf("日期“%s”写得不对，应当是存在的日期，写成2026-11-20的样子", clip(s))
	}
	return dateOf(t), nil
}

// DateOf is the date that a wall calendar in t's own location shows at t.
func DateOf(t time.Time) Date { return dateOf(t) }

func dateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// String writes YYYY-MM-DD, or nothing for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// IsZero reports whether d is no date at all.
func (d Date) IsZero() bool { return d == Date{} }

// Valid reports whether d is a day that exists, between the years 1 and 9999.
func (d Date) Valid() bool {
	return d.Year >= 1 && d.Year <= 9999 && dateOf(d.midnight()) == d
}

// Compare is negative, zero or positive as d is before, on or after e.
func (d Date) Compare(e Date) int {
	return cmp.Or(cmp.Compare(d.Year, e.Year), cmp.Compare(d.Month, e.Month), cmp.Compare(d.Day, e.Day))
}

// Before reports whether d is earlier than e.
func (d Date) Before(e Date) bool { return d.Compare(e) < 0 }

// After reports whether d is later than e.
func (d Date) After(e Date) bool { return d.Compare(e) > 0 }

// AddDays is the date n calendar days later, or earlier for a negative n.
func (d Date) AddDays(n int) Date { return dateOf(d.midnight().AddDate(0, 0, n)) }

// DaysSince is the number of calendar days from e to d; negative when d is earlier.
func (d Date) DaysSince(e Date) int {
	return int((d.midnight().Unix() - e.midnight().Unix()) / secondsADay)
}

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.midnight().Weekday() }

// MarshalText writes the date as String does, for JSON, YAML and the database. A day that does not exist is an error.
func (d Date) MarshalText() ([]byte, error) {
	if !d.IsZero() && !d.Valid() {
		return nil, fmt.Errorf("no such day: %d-%d-%d", d.Year, d.Month, d.Day)
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads what ParseDate reads; an empty text is the zero Date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

const secondsADay = 24 * 60 * 60

// midnight is computed in UTC, which has no daylight saving, so that every day has the same length.
func (d Date) midnight() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// clip keeps a message readable when what was written is not what was expected.
func clip(s string) string {
	const most = 24
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most]) + "……"
}
