package workday

import "fmt"

// Due is the last day of a period.
type Due struct {
	Date        Date
	Provisional bool // a day was looked at whose notice is not in the calendar
	Missing     int  // the first year whose notice is missing; 0 when not provisional
}

// String is the date with what a person must know about it.
func (d Due) String() string {
	if !d.Provisional {
		return d.Date.String()
	}
	return fmt.Sprintf("%s（%d年放假安排未导入，暂按周一至周五推算）", d.Date, d.Missing)
}

func (d *Due) miss(year int) {
	if year == 0 || d.Missing != 0 {
		return
	}
	d.Provisional, d.Missing = true, year
}

// lastDate is where a search for a working day gives up; nothing is due after it.
var lastDate = Date{9999, 12, 31}

// Add is the n-th working day after start; start itself does not count. With n < 1 it is start. A start that is no
// date gives no due date.
func (c *Calendar) Add(start Date, n int) Due {
	if !start.Valid() {
		return Due{}
	}
	due := Due{Date: start}
	if n < 1 {
		return due
	}
	for d, weekday := range dates(start.AddDays(1), lastDate) {
		work, missing := c.look(d, weekday)
		due.miss(missing)
		due.Date = d
		if !work {
			continue
		}
		if n--; n == 0 {
			break
		}
	}
	return due
}

// AddCalendar is the end of a period of n calendar days after start. A last day that is a rest day gives way to the
// next working day (民法典第二百零三条).
func (c *Calendar) AddCalendar(start Date, n int) Due {
	if !start.Valid() {
		return Due{}
	}
	if n < 1 {
		return Due{Date: start}
	}
	if n > lastDate.DaysSince(start) {
		return Due{Date: lastDate, Provisional: true, Missing: lastDate.Year}
	}
	return c.notBefore(start.AddDays(n))
}

// notBefore is the first working day on or after d.
func (c *Calendar) notBefore(d Date) Due {
	due := Due{}
	for d, weekday := range dates(d, lastDate) {
		work, missing := c.look(d, weekday)
		due.miss(missing)
		due.Date = d
		if work {
			break
		}
	}
	return due
}

// Between counts the working days after from up to and including to: what is left of a period on the day from, 0 on
// its last working day. It is negative, the working days overdue, when to is earlier. The count is provisional when a day without a
// notice was looked at.
func (c *Calendar) Between(from, to Date) (n int, provisional bool) {
	if !from.Valid() || !to.Valid() {
		return 0, true
	}
	if to.Before(from) {
		n, provisional = c.Between(to, from)
		return -n, provisional
	}
	for d, weekday := range dates(from.AddDays(1), to) {
		work, missing := c.look(d, weekday)
		provisional = provisional || missing != 0
		if work {
			n++
		}
	}
	return n, provisional
}
