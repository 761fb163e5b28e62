package press

import (
	"fmt"
	"strings"
	"time"

	"tongfa/workday"
)

// Freshness (更新) is how long something public may go without anything new before an inspection fails the whole site or account for it
// (单项否决), and when to be warned of it. All are days; the zero Freshness has no limit.
type Freshness struct {
	Warn, Alarm, Limit int
	Basis              string
}

// The limits of 国办秘函〔2019〕19号 with the warning marks that inspectors and their suppliers use.
var (
	fortnight = Freshness{7, 10, 14, "两周内没有更新即单项否决（国办秘函〔2019〕19号）"}
	halfYear  = Freshness{120, 150, 182, "六个月内没有更新计入单项否决（国办秘函〔2019〕19号）"}
)

// FreshnessOf is the limit of a channel as a whole, by its kind, or of a column of a website. A column of news has to have something new in two
// weeks, every other one in six months. A gazette has its own period, which no inspection sets.
func FreshnessOf(kind, column string) Freshness {
	switch {
	case column != "":
		for _, word := range []string{"动态", "要闻", "新闻", "快讯"} {
			if strings.Contains(column, word) {
				return fortnight
			}
		}
		return halfYear
	case kind == "gazette":
		return Freshness{}
	}
	return fortnight
}

// Fresh is how something public stands against its limit on a day.
type Fresh struct {
	Age   int // days since it got something new
	Left  int // days before the limit; negative once it is over
	Level Severity
}

// On judges the last time on a day. Never updated is over the limit already.
func (f Freshness) On(last time.Time, today workday.Date) Fresh {
	if last.IsZero() {
		return Fresh{Age: -1, Level: f.level(f.Limit)}
	}
	age := today.DaysSince(workday.DateOf(last))
	return Fresh{age, f.Limit - age, f.level(age)}
}

func (f Freshness) level(age int) Severity {
	switch {
	case f.Limit > 0 && age >= f.Alarm:
		return Stop
	case f.Limit > 0 && age >= f.Warn:
		return Warn
	}
	return Info
}

// String is the limit in words.
func (f Freshness) String() string {
	if f.Limit == 0 {
		return "没有统一的更新时限"
	}
	return fmt.Sprintf("%d天以内", f.Limit)
}
