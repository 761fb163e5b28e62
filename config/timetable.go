package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"tongfa/press"
)

// timetable reads one line on the wall clock of loc: a cron line of five fields (minute, hour, day of month, month, day of
// week), a descriptor (@hourly @daily @weekly @monthly @yearly @every 90m), or a single moment (2026-11-24T18:00, or RFC 3339
// with its own zone). The error is in Chinese and names the line.
//
// Where a zone changes its clock, an hour that is named strikes exactly once that day: a time that does not exist strikes as much later as
// the clock is set forward, and of a time that comes twice the first strikes. Where the hour is *, the line strikes in every hour that passes.
// A moment in the past is no error; it strikes no more.
func timetable(line string, loc *time.Location) (press.Timetable, error) {
	line = strings.TrimSpace(line)
	if once, ok := moment(line, loc); ok {
		return once, nil
	}
	if err := refuse(line); err != nil {
		return nil, err
	}
	if rest, ok := strings.CutPrefix(line, "@every "); ok {
		return newEvery(rest, loc)
	}
	if strings.HasPrefix(line, "@") {
		if !slices.Contains(descriptors, line) {
			return nil, fmt.Errorf("不认识%s，可以写：@hourly @daily @weekly @monthly @yearly @every 90m", show(line))
		}
	} else if err := checkFields(line); err != nil {
		return nil, err
	}
	s, err := parseCron(line)
	if err != nil {
		return nil, err
	}
	c := clock{s, loc, strings.HasPrefix(line, "@hourly") || !strings.HasPrefix(line, "@") && strings.Fields(line)[1] == "*"}
	if c.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, loc)).IsZero() { // a fixed day: the answer must not depend on when the file is read
		return nil, fmt.Errorf("%s永远不会到来（没有这样的日期），请检查第 3、4 栏的日和月", show(line))
	}
	return c, nil
}

var descriptors = []string{"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}

// moment reads a single date with a time, on the clock of loc unless it says otherwise.
func moment(line string, loc *time.Location) (press.Timetable, bool) {
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(form, line, loc); err == nil {
			return press.Once(t), true
		}
	}
	return nil, false
}

// refuse says in words what other schedulers know and this one does not. The equals sign would make the parser panic.
func refuse(line string) error {
	switch {
	case line == "":
		return errors.New("时间表的这一行是空的")
	case len(line) > 200:
		return errors.New("时间表的这一行太长")
	case strings.Contains(line, "="):
		return fmt.Errorf("%s里不能写 TZ= 或 CRON_TZ=，时区在配置顶层用 timezone 写", show(line))
	case strings.ContainsAny(line, "，＊－／　"):
		return fmt.Errorf("%s里有全角符号，请改成半角", show(line))
	}
	if strings.HasPrefix(line, "@") {
		return nil
	}
	for _, f := range strings.Fields(line) {
		switch {
		case strings.Contains(f, "?"):
			return fmt.Errorf("%s里的 ? 不能用，写 *", show(line))
		case strings.Contains(f, "#"):
			return fmt.Errorf("%s里的 #（第几个星期几）不能用，请写成日期范围，或者逐次写出日期", show(line))
		case isLast(f):
			return fmt.Errorf("%s里的 L（最后一天）不能用，请写成具体的日，例如 28", show(line))
		case isWeekday(f):
			return fmt.Errorf("%s里的 W（最近的工作日）不能用，请写成具体的日", show(line))
		}
	}
	return nil
}

// isLast reports L, 5L, L-3, LW; JUL is a month.
func isLast(field string) bool {
	return slices.ContainsFunc(strings.Split(field, ","), func(p string) bool {
		p = strings.ToUpper(p)
		return strings.HasPrefix(p, "L") || strings.HasSuffix(p, "L") && strings.Trim(p[:len(p)-1], "0123456789") == ""
	})
}

// isWeekday reports W, 15W; WED is a day.
func isWeekday(field string) bool {
	return slices.ContainsFunc(strings.Split(field, ","), func(p string) bool {
		p, found := strings.CutSuffix(strings.ToUpper(p), "W")
		return found && strings.Trim(p, "0123456789") == ""
	})
}

// field is one of the five fields of a cron line.
type field struct {
	name        string
	least, most int
	names       []string // of the numbers from least on
}

var fields = [5]field{
	{"分", 0, 59, nil},
	{"时", 0, 23, nil},
	{"日", 1, 31, nil},
	{"月", 1, 12, []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
	{"星期", 0, 6, []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
}

// checkFields looks at a line before the cron parser does, to say in Chinese which field is wrong, and to refuse what
// that parser takes silently for something else: *-5, */90, an empty list.
func checkFields(line string) error {
	fs := strings.Fields(line)
	if len(fs) != len(fields) {
		hint := ""
		if len(fs) == 6 {
			hint = "；不能写秒"
		}
		return fmt.Errorf("%s不是时间表：要写 5 栏（分 时 日 月 星期），这里有 %d 栏%s。例如 \"0 18 * * *\"；各稿按自己的时间发就写 on release",
			show(line), len(fs), hint)
	}
	for i, f := range fields {
		for part := range strings.SplitSeq(fs[i], ",") {
			if why := f.check(part); why != "" {
				return fmt.Errorf("%s的第 %d 栏（%s）%s", show(line), i+1, f.name, why)
			}
		}
	}
	return nil
}

// check explains what is wrong with one part of a list; empty if nothing is.
func (f field) check(part string) string {
	span, step, stepped := strings.Cut(part, "/")
	if stepped {
		n, err := strconv.Atoi(step)
		if err != nil || n < 1 || n > f.most-f.least {
			return fmt.Sprintf("的步长%s不对，应当是 1 到 %d", show(step), f.most-f.least)
		}
	}
	if span == "*" {
		return ""
	}
	low, high, ranged := strings.Cut(span, "-")
	if !ranged {
		high = low
	}
	a, okA := f.number(low)
	b, okB := f.number(high)
	switch {
	case f.name == "星期" && (low == "7" || high == "7"):
		return "里的星期日写 0，不写 7"
	case !okA || !okB:
		return fmt.Sprintf("的%s不对，应当是 *、%d 到 %d 的数、范围（1-5）、列表（1,15）或步长（*/10）", show(part), f.least, f.most)
	case a > b:
		return fmt.Sprintf("的范围%s前大后小", show(span))
	}
	return ""
}

func (f field) number(s string) (int, bool) {
	if i := slices.Index(f.names, strings.ToLower(s)); i >= 0 {
		return i + f.least, true
	}
	n, err := strconv.ParseUint(s, 10, 8)
	if err != nil || int(n) < f.least || int(n) > f.most {
		return 0, false
	}
	return int(n), true
}

// parseCron calls the foreign parser, which is known to panic on some texts.
func parseCron(line string) (s cron.Schedule, err error) {
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("%s不是时间表，例如 \"0 18 * * *\"", show(line))
		}
	}()
	s, err = cron.ParseStandard(line)
	if err != nil {
		return nil, fmt.Errorf("%s不是时间表（%w），例如 \"0 18 * * *\"", show(line), err)
	}
	return s, nil
}

// clock is a cron schedule on the wall clock of one zone.
type clock struct {
	schedule cron.Schedule
	loc      *time.Location
	hourly   bool // it strikes in every hour, and so goes by the hours that pass
}

// widestChange is more than any zone has ever set its clock by; Samoa left out a whole day in 2011.
const widestChange = 25 * time.Hour

// Next implements press.Timetable. The schedule was parsed without a zone, so it follows the one of the time it is given: for a line that names
// its hours a zone without changes, in which the wall clock's time is taken for the time, and turned into a moment after.
func (c clock) Next(after time.Time) time.Time {
	after = after.In(c.loc)
	if c.hourly {
		return c.schedule.Next(after)
	}
	wall := time.Date(after.Year(), after.Month(), after.Day(), after.Hour(), after.Minute(), after.Second(), after.Nanosecond(), time.UTC)
	if !steady(after) {
		wall = wall.Add(-widestChange)
	}
	for {
		if wall = c.schedule.Next(wall); wall.IsZero() {
			return time.Time{}
		}
		if at := c.moment(wall); at.After(after) {
			return at
		}
	}
}

// steady reports that a zone does not change its clock around a moment.
func steady(t time.Time) bool {
	_, before := t.Add(-2 * widestChange).Zone()
	_, after := t.Add(2 * widestChange).Zone()
	return before == after
}

// moment is when a wall clock shows a time: the first time of two, and for one that does not exist the moment that it would be if the clock had
// not been set.
func (c clock) moment(wall time.Time) time.Time {
	around := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, c.loc)
	_, before := around.Add(-widestChange).Zone()
	_, after := around.Add(widestChange).Zone()
	first := wall.Add(-time.Duration(before) * time.Second).In(c.loc)
	if second := wall.Add(-time.Duration(after) * time.Second).In(c.loc); !shows(first, wall) && shows(second, wall) {
		return second
	}
	return first
}

// shows reports that the wall clock of a moment's zone shows a time.
func shows(t, wall time.Time) bool {
	return t.Day() == wall.Day() && t.Hour() == wall.Hour() && t.Minute() == wall.Minute()
}

// every strikes at whole multiples of a duration since its epoch.
type every struct {
	step  time.Duration
	epoch time.Time
}

func newEvery(rest string, loc *time.Location) (press.Timetable, error) {
	d, ok := parseDuration(strings.TrimSpace(rest))
	switch {
	case !ok:
		return nil, fmt.Errorf("@every 后面的%s不是时长，例如 @every 90m", show(rest))
	case d < time.Second || d%time.Second != 0:
		return nil, fmt.Errorf("@every 后面的%s不对，最短 1s，并且是整秒", show(rest))
	case d > 366*day:
		return nil, fmt.Errorf("@every 后面的%s太长，最长 366d", show(rest))
	}
	return every{d, time.Date(1970, 1, 1, 0, 0, 0, 0, loc)}, nil
}

// Next implements press.Timetable. It counts in seconds: nanoseconds since the epoch would overflow in 2262.
func (e every) Next(after time.Time) time.Time {
	step := int64(e.step / time.Second)
	passed := after.Unix() - e.epoch.Unix()
	n := passed / step
	if passed%step < 0 {
		n--
	}
	return time.Unix(e.epoch.Unix()+(n+1)*step, 0).In(e.epoch.Location())
}
