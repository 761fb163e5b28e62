package workday

import (
	"container/list"

	"github.com/6tail/lunar-go/HolidayUtil"
)

// The years to ask the table for. It begins with the notice for 2002 and grows by a year with each of its releases;
// years that it does not have yet come out empty.
const (
	tableFirst = 2001 // the last days of it belong to the notice for 2002
	tableLast  = 2040
)

// Builtin is the calendar of the table that comes with the program. It takes well under a millisecond; make it once
// and pass it on. The table behind it is a variable that anyone may change, so it is copied here and not asked again.
func Builtin() *Calendar {
	byYear := map[int][]Day{}
	for year := tableFirst; year <= tableLast; year++ {
		copyDays(byYear, HolidayUtil.GetHolidaysByYear(year))
	}
	var notices []Notice
	for year := tableFirst; year <= tableLast; year++ {
		if days := byYear[year]; len(days) > 0 {
			notices = append(notices, Notice{Kind: Yearly, Year: year, Days: days})
		}
	}
	return new(Calendar).With(notices...)
}

// copyDays files each day under the year of the holiday it belongs to: a December day may belong to the next New Year.
func copyDays(byYear map[int][]Day, table *list.List) {
	for e := table.Front(); e != nil; e = e.Next() {
		h, ok := e.Value.(*HolidayUtil.Holiday)
		if !ok {
			continue
		}
		date, err := ParseDate(h.GetDay())
		target, err2 := ParseDate(h.GetTarget())
		if err != nil || err2 != nil {
			continue // the test of the whole table shows that there is none
		}
		byYear[target.Year] = append(byYear[target.Year], Day{Date: date, Name: h.GetName(), Off: !h.IsWork()})
	}
}
