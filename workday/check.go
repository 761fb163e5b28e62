package workday

import (
	"fmt"
	"time"
)

// Years that a notice can be about. The five-day week and its announcements are younger than the first.
const (
	firstYear = 1999
	lastYear  = 2199
)

// check is what can be said of a notice by itself.
func (r *reader) check(n notice) {
	if n.Year < firstYear || n.Year > lastYear {
		r.fail(n.line, "没有写year，或者year不是%d到%d之间的年份", firstYear, lastYear)
		return
	}
	if len(n.Days) == 0 {
		r.fail(n.line, "%d年的days里一天也没有", n.Year)
		return
	}
	if n.Kind == Overlay && n.Region == "" {
		r.fail(n.line, "地区假日（kind: overlay）要用region写明适用的地区")
	}
	if !n.IssuedOn.IsZero() && n.IssuedOn.Year > n.Year {
		r.fail(n.line, "issued_on写的%s晚于安排的%d年，请核对", n.IssuedOn, n.Year)
	}
	before := len(r.wrong)
	r.checkDays(n)
	if len(r.wrong) == before {
		r.checkCount(n)
	}
}

func (r *reader) checkDays(n notice) {
	seen := map[Date]int{}
	for i, d := range n.Days {
		line := n.lines[i]
		if first, dup := seen[d.Date]; dup {
			r.fail(line, "%s写了两次（前一次在第%d行），请删去一个", d.Date, first)
			continue
		}
		seen[d.Date] = line
		if !n.covers(d.Date) {
			r.fail(line, "%s不属于%d年的安排：只能是%d年的日子，或者%d年12月%d日以后的日子", d.Date, n.Year, n.Year, n.Year-1, reach)
		}
		if n.Kind == Yearly && !d.Off && ordinary(d.Date.Weekday()) {
			r.fail(line, "%s是%s，本来就上班；调休上班日只会是周六或者周日，请核对日期（取消原定放假的，另写一份kind: amendment）", d.Date, Weekday(d.Date))
		}
	}
}

// covers reports whether a notice may speak of a date.
func (n Notice) covers(d Date) bool {
	return d.Year == n.Year || d.Year == n.Year-1 && d.Month == time.December && d.Day >= reach
}

func (r *reader) checkCount(n notice) {
	count := n.Workdays()
	if n.Kind != Yearly || plausible(count) {
		return
	}
	text := fmt.Sprintf("按这份安排，%d年共有%d个工作日，通常是%d到%d个，可能没有录全", n.Year, count, fewestWorkdays, mostWorkdays)
	if !n.Confirmed {
		text += "；在补全或者核对无误后写上confirmed: true之前，这一年的期限仍作暂定"
	}
	r.warn = append(r.warn, Problem{n.line, text})
}

// Weekday is the day of the week as the notices write it: 周一 to 周日.
func Weekday(d Date) string {
	return [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}[d.Weekday()]
}
