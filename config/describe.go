package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Describe says in Chinese when a line of a timetable strikes, for the desk and for check. A line that Timetable refuses,
// and "on release", come back in words too; the result is never empty for a line that is not.
func Describe(line string) string {
	line = strings.TrimSpace(line)
	if line == OnRelease {
		return "各稿到自己的发布时间即发"
	}
	if name, ok := descriptors[line]; ok {
		return name
	}
	t, err := timetable(line, time.UTC)
	if err != nil {
		return line
	}
	if e, ok := t.(every); ok {
		return "每隔" + span(e.step)
	}
	fs := strings.Fields(line)
	if _, ok := t.(clock); !ok || len(fs) != len(fields) {
		return line + "，只此一次"
	}
	return days(fs[2], fs[3], fs[4]) + times(fs[0], fs[1])
}

func span(d time.Duration) string {
	var b strings.Builder
	for _, u := range []struct {
		d    time.Duration
		name string
	}{{day, "天"}, {time.Hour, "小时"}, {time.Minute, "分钟"}, {time.Second, "秒"}} {
		if n := d / u.d; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, u.name)
			d -= n * u.d
		}
	}
	return b.String()
}

// days describes the three fields of the date. Day of month and day of week together mean either of them.
func days(dom, month, dow string) string {
	months := "每月"
	if month != "*" {
		months = "每年" + list(fields[3], month, "月")
	}
	week := "周" + strings.Join(weekdays(dow), "、周")
	switch {
	case dom == "*" && dow == "*" && month == "*":
		return "每天"
	case dom == "*" && dow == "*":
		return months + "的每天"
	case dom == "*" && month == "*":
		return "每" + week
	case dom == "*":
		return months + "的" + week
	case dow == "*":
		return months + list(fields[2], dom, "日")
	}
	return months + list(fields[2], dom, "日") + "，以及" + week + "（两者满足其一就算）"
}

// weekdays names the days of a field: 1-5 becomes 一至周五.
func weekdays(dow string) []string {
	name := func(s string) string {
		n, _ := fields[4].number(s)
		return string([]rune("日一二三四五六")[n])
	}
	var out []string
	for part := range strings.SplitSeq(dow, ",") {
		body, step, stepped := strings.Cut(part, "/")
		low, high, ranged := strings.Cut(body, "-")
		switch {
		case body == "*":
			low, high, ranged = "0", "6", true
		case stepped && !ranged:
			high, ranged = "6", true
		}
		s := name(low)
		if ranged {
			s += "至周" + name(high)
		}
		if stepped && step != "1" {
			s += "每" + step + "天"
		}
		out = append(out, s)
	}
	return out
}

// list describes a field of numbers with its unit: 1,15 becomes 1、15日, 8-18/2 becomes 8至18时每2小时.
func list(f field, text, unit string) string {
	var out []string
	var last string
	for part := range strings.SplitSeq(text, ",") {
		body, step, stepped := strings.Cut(part, "/")
		low, high, ranged := strings.Cut(body, "-")
		if body == "*" {
			low, high, ranged = strconv.Itoa(f.least), strconv.Itoa(f.most), true
		} else if stepped && !ranged {
			high, ranged = strconv.Itoa(f.most), true
		}
		a, _ := f.number(low)
		s := strconv.Itoa(a)
		if ranged {
			b, _ := f.number(high)
			s += "至" + strconv.Itoa(b)
		}
		last = unit
		if stepped && step != "1" {
			s += unit + "每" + step + f.unit
			last = ""
		}
		out = append(out, s)
	}
	return strings.Join(out, "、") + last
}

// times describes the fields of minute and hour.
func times(minute, hour string) string {
	var clocks []string
	if plainNumbers(minute) && plainNumbers(hour) {
		for h := range strings.SplitSeq(hour, ",") {
			for m := range strings.SplitSeq(minute, ",") {
				a, _ := strconv.Atoi(h)
				b, _ := strconv.Atoi(m)
				clocks = append(clocks, fmt.Sprintf("%02d:%02d", a, b))
			}
		}
		return strings.Join(clocks, "、")
	}
	hours := "每小时"
	if hour != "*" {
		hours = list(fields[1], hour, "时")
	}
	if step, ok := strings.CutPrefix(minute, "*/"); ok {
		return hours + "每" + step + "分钟"
	}
	if minute == "*" {
		return hours + "每分钟"
	}
	return hours + "的" + list(fields[0], minute, "分")
}

func plainNumbers(field string) bool { return strings.Trim(field, "0123456789,") == "" }
