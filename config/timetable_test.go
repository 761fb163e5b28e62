package config

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// next lists n strikes after a moment, in the form "12-31 18:00".
func next(table press.Timetable, after time.Time, n int) string {
	var out []string
	for range n {
		if after = table.Next(after); after.IsZero() {
			out = append(out, "never")
			break
		}
		out = append(out, after.Format("2006-01-02 15:04:05"))
	}
	return strings.Join(out, " | ")
}

func TestTimetablesStrikeOnTheWallClockOverTheYearsEnd(t *testing.T) {
	shanghai := zone(t, "Asia/Shanghai")
	from := time.Date(2026, 12, 31, 10, 0, 0, 0, time.UTC) // Thursday 18:00 in Shanghai
	for _, c := range []struct {
		lines []string
		want  string
	}{
		{[]string{"0 18 * * *"}, "2027-01-01 18:00:00 | 2027-01-02 18:00:00 | 2027-01-03 18:00:00"},
		{[]string{"30 7 * * *", "0 18 * * *"}, "2027-01-01 07:30:00 | 2027-01-01 18:00:00 | 2027-01-02 07:30:00"},
		{[]string{"0 9 1 1,4,7,10 *"}, "2027-01-01 09:00:00 | 2027-04-01 09:00:00 | 2027-07-01 09:00:00"},
		{[]string{"0 9 1 JAN,apr *"}, "2027-01-01 09:00:00 | 2027-04-01 09:00:00 | 2028-01-01 09:00:00"},
		{[]string{"*/5 8-18 * * 1-5"}, "2026-12-31 18:05:00 | 2026-12-31 18:10:00 | 2026-12-31 18:15:00"},
		{[]string{"0 8 * * mon-fri"}, "2027-01-01 08:00:00 | 2027-01-04 08:00:00 | 2027-01-05 08:00:00"},
		{[]string{"0 8 15 * 1"}, "2027-01-04 08:00:00 | 2027-01-11 08:00:00 | 2027-01-15 08:00:00"}, // either
		{[]string{"0 0 29 2 *"}, "2028-02-29 00:00:00 | 2032-02-29 00:00:00 | 2036-02-29 00:00:00"},
		{[]string{"0 0 31 * *"}, "2027-01-31 00:00:00 | 2027-03-31 00:00:00 | 2027-05-31 00:00:00"},
		{[]string{"@hourly"}, "2026-12-31 19:00:00 | 2026-12-31 20:00:00 | 2026-12-31 21:00:00"},
		{[]string{"@daily"}, "2027-01-01 00:00:00 | 2027-01-02 00:00:00 | 2027-01-03 00:00:00"},
		{[]string{"@weekly"}, "2027-01-03 00:00:00 | 2027-01-10 00:00:00 | 2027-01-17 00:00:00"},
		{[]string{"@monthly"}, "2027-01-01 00:00:00 | 2027-02-01 00:00:00 | 2027-03-01 00:00:00"},
		{[]string{"@yearly"}, "2027-01-01 00:00:00 | 2028-01-01 00:00:00 | 2029-01-01 00:00:00"},
		{[]string{"@every 8h"}, "2027-01-01 00:00:00 | 2027-01-01 08:00:00 | 2027-01-01 16:00:00"},
		{[]string{"@every 1d"}, "2027-01-01 00:00:00 | 2027-01-02 00:00:00 | 2027-01-03 00:00:00"},
		{[]string{"@every 1s"}, "2026-12-31 18:00:01 | 2026-12-31 18:00:02 | 2026-12-31 18:00:03"},
		{[]string{"2027-01-01T08:00"}, "2027-01-01 08:00:00 | never"},
		{[]string{"2027-01-01T00:00:00Z", "2027-02-01 09:30"}, "2027-01-01 00:00:00 | 2027-02-01 09:30:00 | never"},
		{[]string{"2020-01-01T08:00"}, "never"},
	} {
		var table press.Timetables
		for _, l := range c.lines {
			one, err := timetable(l, shanghai)
			if err != nil {
				t.Errorf("%q: %v", l, err)
				continue
			}
			table = append(table, one)
		}
		if got := next(table, from, 3); got != c.want {
			t.Errorf("%q strikes\n%s, want\n%s", c.lines, got, c.want)
		}
	}
}

func TestALineGivesTheSameSlotsWheneverItIsAsked(t *testing.T) {
	shanghai := zone(t, "Asia/Shanghai")
	for _, line := range []string{"@every 7m", "@every 90s", "*/7 * * * *", "0 18 * * *"} {
		table, err := timetable(line, shanghai)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Date(2026, 12, 31, 23, 0, 0, 0, shanghai)
		want := table.Next(start)
		for at := start; at.Before(want); at = at.Add(want.Sub(start)/50 + time.Nanosecond) {
			if got := table.Next(at); !got.Equal(want) {
				t.Errorf("%s: asked at %v it strikes at %v, asked at %v at %v", line, start, want, at, got)
			}
		}
		if again := table.Next(want); !again.After(want) {
			t.Errorf("%s strikes twice at %v", line, want)
		}
	}
	early, _ := timetable("@every 1h", time.UTC)
	if got := next(early, time.Date(1969, 12, 31, 22, 30, 0, 0, time.UTC), 3); got != "1969-12-31 23:00:00 | 1970-01-01 00:00:00 | 1970-01-01 01:00:00" {
		t.Errorf("before the epoch: %s", got)
	}
}

// strikes are the moments of a line in a span of time.
func strikes(t *testing.T, line string, from, to time.Time) []time.Time {
	t.Helper()
	table, err := timetable(line, from.Location())
	if err != nil {
		t.Fatal(err)
	}
	var out []time.Time
	for at := table.Next(from); !at.After(to); at = table.Next(at) {
		if len(out) > 0 && !at.After(out[len(out)-1]) {
			t.Fatalf("%s: %v after %v", line, at, out[len(out)-1])
		}
		out = append(out, at)
	}
	return out
}

func TestAnHourThatIsNamedStrikesOnceOnEveryDay(t *testing.T) {
	for _, c := range []struct{ name, line, day, want string }{
		{"America/New_York", "30 2 * * *", "2026-03-08", "03:30:00 EDT"},    // 02:30 does not exist
		{"America/New_York", "0 2 * * *", "2026-03-08", "03:00:00 EDT"},     // the first moment that does not
		{"America/New_York", "0 3 * * *", "2026-03-08", "03:00:00 EDT"},     // the first one after
		{"America/New_York", "30 1 * * *", "2026-11-01", "01:30:00 EDT"},    // it comes twice
		{"America/New_York", "0 2 * * *", "2026-11-01", "02:00:00 EST"},     // once only
		{"America/New_York", "0 18 * * *", "2026-03-08", "18:00:00 EDT"},    // hours later
		{"America/New_York", "0 18 * * *", "2026-11-01", "18:00:00 EST"},    //
		{"Europe/Berlin", "30 2 * * *", "2026-03-29", "03:30:00 CEST"},      //
		{"Europe/Berlin", "30 2 * * *", "2026-10-25", "02:30:00 CEST"},      //
		{"Australia/Lord_Howe", "15 2 * * *", "2026-10-04", "02:45:00 +11"}, // half an hour
		{"Africa/Cairo", "@daily", "2026-04-24", "01:00:00 EEST"},           // midnight does not exist
		{"Asia/Shanghai", "0 18 * * *", "2026-03-08", "18:00:00 CST"},
	} {
		loc := zone(t, c.name)
		day, err := time.ParseInLocation(time.DateOnly, c.day, loc)
		if err != nil {
			t.Fatal(err)
		}
		from, to := day.AddDate(0, 0, -3).Add(12*time.Hour), day.AddDate(0, 0, 4).Add(12*time.Hour)
		days := map[string][]string{}
		for _, at := range strikes(t, c.line, from, to) {
			days[at.Format(time.DateOnly)] = append(days[at.Format(time.DateOnly)], at.Format("15:04:05 MST"))
		}
		for i := -2; i <= 3; i++ {
			if d := day.Add(12*time.Hour).AddDate(0, 0, i).Format(time.DateOnly); len(days[d]) != 1 {
				t.Errorf("%s in %s strikes on %s at %v, want once", c.line, c.name, d, days[d])
			}
		}
		if got := strings.Join(days[c.day], " "); got != c.want {
			t.Errorf("%s in %s on %s: %s, want %s", c.line, c.name, c.day, got, c.want)
		}
	}
}

// A program that starts in the middle of the hour that is not, or that comes twice, misses nothing and repeats nothing.
func TestAStrikeIsTheSameFromWhereverItIsAskedFor(t *testing.T) {
	york := zone(t, "America/New_York")
	for _, line := range []string{"30 2 * * *", "30 1 * * *", "*/20 0-3 * * *", "0 0,12 * * *", "15 2 8 3 *", "30 1 1 11 *"} {
		table, err := timetable(line, york)
		if err != nil {
			t.Fatal(err)
		}
		for _, day := range []time.Time{time.Date(2026, 3, 7, 20, 0, 0, 0, york), time.Date(2026, 10, 31, 20, 0, 0, 0, york)} {
			all := strikes(t, line, day, day.Add(400*24*time.Hour))
			for at := day; at.Before(day.Add(12 * time.Hour)); at = at.Add(7 * time.Minute) {
				i := slices.IndexFunc(all, func(s time.Time) bool { return s.After(at) })
				if i < 0 {
					t.Fatalf("%s never strikes after %v", line, at)
				}
				if got := table.Next(at); !got.Equal(all[i]) {
					t.Errorf("%s after %v: %v, want %v", line, at, got, all[i])
				}
			}
		}
	}
}

func TestALineOfEveryHourStrikesInEveryHourThatPasses(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	spring := time.Date(2026, 3, 28, 12, 0, 0, 0, berlin)
	hourly, _ := timetable("0 * * * *", berlin)
	for at, n := spring, 0; n < 6000; n++ {
		then := hourly.Next(at)
		if d := then.Sub(at); d != time.Hour {
			t.Fatalf("from %v to %v are %v", at, then, d)
		}
		at = then
	}
}

func TestTheMachinesOwnZoneDoesNotMatter(t *testing.T) {
	table, err := timetable("0 18 * * *", zone(t, "Asia/Shanghai"))
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range []*time.Location{time.UTC, time.Local, zone(t, "America/New_York")} {
		got := table.Next(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC).In(from))
		if want := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC); !got.Equal(want) || got.Location().String() != "Asia/Shanghai" {
			t.Errorf("from %v: %v", from, got)
		}
	}
}

func TestTimetablesThatWouldGoWrongAreRefusedInWords(t *testing.T) {
	for line, part := range map[string]string{
		"":                             "空的",
		"TZ=":                          "timezone",
		"CRON_TZ=UTC":                  "timezone",
		"CRON_TZ=UTC 0 18 * * *":       "timezone",
		"0 18 * *":                     "这里有 4 栏",
		"0 0 18 * * *":                 "不能写秒",
		"60 18 * * *":                  "第 1 栏（分）",
		"0 24 * * *":                   "第 2 栏（时）",
		"0 18 0 * *":                   "第 3 栏（日）",
		"0 18 * 13 *":                  "第 4 栏（月）",
		"0 18 * * 7":                   "星期日写 0",
		"0 18 * * 8":                   "第 5 栏（星期）",
		"0 18 * * fri-mon":             "前大后小",
		"0 18 L * *":                   "L（最后一天）",
		"0 18 * * 5L":                  "L（最后一天）",
		"0 18 15W * *":                 "W（最近的工作日）",
		"0 18 * * 1#2":                 "#（第几个星期几）",
		"0 18 ? * *":                   "写 *",
		"0 0 31 2 *":                   "永远不会到来",
		"0 0 31 4,6,9,11 *":            "永远不会到来",
		"0 0 30 feb *":                 "永远不会到来",
		", * * * *":                    "第 1 栏",
		"*-5 * * * *":                  "第 1 栏",
		"*/90 * * * *":                 "步长",
		"*/0 * * * *":                  "步长",
		"1-2-3 * * * *":                "第 1 栏",
		"1/2/3 * * * *":                "步长",
		"-1 * * * *":                   "第 1 栏",
		"+1 * * * *":                   "第 1 栏",
		"0，30 18 * * *":                "全角",
		"18:00":                        "5 栏",
		"@":                            "不认识",
		"@never":                       "不认识",
		"@Daily":                       "不认识",
		"@every":                       "不认识",
		"@every x":                     "不是时长",
		"@every 1ms":                   "最短 1s",
		"@every 1500ms":                "整秒",
		"@every 0s":                    "最短 1s",
		"@every -5m":                   "不是时长",
		"@every 9999d":                 "最长 366d",
		"2026-02-30T08:00":             "5 栏",
		strings.Repeat("0,", 200):      "太长",
		"99999999999999999999 * * * *": "第 1 栏",
	} {
		table, err := timetable(line, time.UTC)
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q gives %v, %v; want it refused with %q", line, table, err, part)
		}
	}
}

func TestNoLineMakesTheParserPanic(t *testing.T) {
	for _, line := range []string{"TZ=", "CRON_TZ=UTC", "TZ=UTC"} {
		if s, err := parseCron(line); err == nil {
			t.Errorf("%q became %v", line, s)
		}
	}
}
