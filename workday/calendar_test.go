package workday

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func parse(t testing.TB, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The notices of four years as the State Council office announced them, written down apart from the table in the program.
var announced = []struct {
	year, workdays int
	rest           string // first/last
	worked         string
}{
	{2019, 250,
		"2018-12-30/2019-01-01 2019-02-04/2019-02-10 2019-04-05/2019-04-05 2019-05-01/2019-05-04 2019-06-07/2019-06-07 2019-09-13/2019-09-13 2019-10-01/2019-10-07",
		"2018-12-29 2019-02-02 2019-02-03 2019-04-28 2019-05-05 2019-09-29 2019-10-12"},
	{2024, 251,
		"2024-01-01/2024-01-01 2024-02-10/2024-02-17 2024-04-04/2024-04-06 2024-05-01/2024-05-05 2024-06-10/2024-06-10 2024-09-15/2024-09-17 2024-10-01/2024-10-07",
		"2024-02-04 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-09-14 2024-09-29 2024-10-12"},
	{2025, 248,
		"2025-01-01/2025-01-01 2025-01-28/2025-02-04 2025-04-04/2025-04-06 2025-05-01/2025-05-05 2025-05-31/2025-06-02 2025-10-01/2025-10-08",
		"2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11"},
	{2026, 248,
		"2026-01-01/2026-01-03 2026-02-15/2026-02-23 2026-04-04/2026-04-06 2026-05-01/2026-05-05 2026-06-19/2026-06-21 2026-09-25/2026-09-27 2026-10-01/2026-10-07",
		"2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10"},
}

// Every single day of four real years, and the days of the December before that their notices reach into.
func TestBuiltinIsWhatWasAnnounced(t *testing.T) {
	c := Builtin()
	for _, a := range announced {
		t.Run(fmt.Sprint(a.year), func(t *testing.T) {
			off, worked := map[Date]bool{}, map[Date]bool{}
			for _, span := range strings.Fields(a.rest) {
				first, last, _ := strings.Cut(span, "/")
				for d := range dates(parse(t, first), parse(t, last)) {
					off[d] = true
				}
			}
			for _, s := range strings.Fields(a.worked) {
				d := parse(t, s)
				worked[d] = true
				if w := d.Weekday(); w != time.Saturday && w != time.Sunday {
					t.Fatalf("the test is wrong: %s is a %s", d, w)
				}
			}
			first := Date{a.year, 1, 1}
			if a.year == 2019 {
				first = Date{2018, 12, 29}
			}
			count := 0
			for d, weekday := range dates(first, Date{a.year, 12, 25}) {
				want := worked[d] || !off[d] && ordinary(weekday)
				work, known := works(c, d)
				if work != want || !known {
					t.Errorf("%s %s: worked %v, known %v; announced %v", d, weekday, work, known, want)
				}
				if work && d.Year == a.year {
					count++
				}
			}
			for d := range dates(Date{a.year, 12, 26}, Date{a.year, 12, 31}) {
				if work, _ := works(c, d); work {
					count++
				}
			}
			if count != a.workdays {
				t.Errorf("%d working days, announced %d", count, a.workdays)
			}
		})
	}
}

func TestBuiltinKnowsItsYears(t *testing.T) {
	c := Builtin()
	years := c.Years()
	if years[0] != 2002 || !slices.Contains(years, 2026) || len(years) != years[len(years)-1]-years[0]+1 {
		t.Errorf("the years have a gap: %v", years)
	}
	for _, n := range c.notices {
		if n.Kind != Yearly || !plausible(n.Workdays()) {
			t.Errorf("%d has %d working days", n.Year, n.Workdays())
		}
		for _, d := range n.Days {
			if !n.covers(d.Date) || d.Name == "" {
				t.Errorf("%d: %+v does not belong there", n.Year, d)
			}
		}
	}
	if day, ok := c.days[Date{2019, 10, 12}]; !ok || day.Off || day.Name != "国庆节" {
		t.Errorf("got %+v", day)
	}
	if _, ok := c.days[Date{2019, 10, 15}]; ok {
		t.Error("an ordinary Tuesday is in no notice")
	}
}

func TestDecemberBelongsToTheNextYear(t *testing.T) {
	c := Builtin()
	last := c.Years()[len(c.Years())-1]
	for _, tc := range []struct {
		date  Date
		known bool
	}{
		{Date{last, 12, 25}, true},
		{Date{last, 12, 26}, false}, // the next notice may still change it
		{Date{last - 1, 12, 31}, true},
		{Date{last + 1, 3, 2}, false},
		{Date{2001, 6, 1}, false},
	} {
		if _, known := works(c, tc.date); known != tc.known {
			t.Errorf("%s: known %v", tc.date, known)
		}
	}
}

func TestWorkingDaysToTheDay(t *testing.T) {
	c := Builtin()
	for _, tc := range []struct {
		start string
		n     int
		want  string
	}{
		{"2019-06-28", 20, "2019-07-26"},
		{"2019-07-15", 20, "2019-08-12"},
		{"2019-09-16", 20, "2019-10-17"}, // over National Day, with two worked weekend days
		{"2019-10-17", 20, "2019-11-14"},
		{"2019-01-25", 20, "2019-02-27"}, // over the Spring Festival
		{"2026-02-10", 20, "2026-03-16"},
		{"2026-09-18", 20, "2026-10-22"},
		{"2026-09-30", 3, "2026-10-10"}, // a worked Saturday
		{"2019-09-27", 3, "2019-10-08"},
		{"2024-04-26", 3, "2024-04-30"},
		{"2018-12-28", 1, "2018-12-29"}, // worked for New Year 2019
		{"2019-04-30", 1, "2019-05-05"}, // the amended Labour Day
		{"2024-02-08", 1, "2024-02-09"}, // New Year's Eve of 2024 was no statutory rest day
		{"2019-06-28", 0, "2019-06-28"},
		{"2019-06-28", -3, "2019-06-28"},
	} {
		due := c.Add(parse(t, tc.start), tc.n)
		if due.Date.String() != tc.want || due.Provisional || due.Missing != 0 {
			t.Errorf("%s + %d: got %s, want %s", tc.start, tc.n, due, tc.want)
		}
	}
}

func TestCalendarDaysGiveWay(t *testing.T) {
	c := Builtin()
	for _, tc := range []struct {
		start string
		n     int
		want  string
	}{
		{"2026-01-08", 20, "2026-01-28"},
		{"2026-01-11", 20, "2026-02-02"}, // the 31st is a Saturday
		{"2019-09-15", 20, "2019-10-08"}, // the last day is in the holiday
		{"2019-09-22", 20, "2019-10-12"}, // a worked Saturday does not give way
		{"2026-01-08", 0, "2026-01-08"},
	} {
		if due := c.AddCalendar(parse(t, tc.start), tc.n); due.Date.String() != tc.want || due.Provisional {
			t.Errorf("%s + %d days: got %s, want %s", tc.start, tc.n, due, tc.want)
		}
	}
	if due := c.AddCalendar(Date{2026, 1, 1}, 1<<40); due.Date != lastDate || !due.Provisional {
		t.Errorf("a period without an end: got %s", due)
	}
}

func TestProvisional(t *testing.T) {
	for _, tc := range []struct {
		start   string
		n       int
		want    string
		missing int
	}{
		{"2026-11-20", 20, "2026-12-18", 0},
		{"2026-12-01", 20, "2026-12-29", 2027}, // only touches the last days of December
		{"2026-12-18", 20, "2027-01-15", 2027},
		{"2027-03-01", 3, "2027-03-04", 2027},
	} {
		due := upTo(2026).Add(parse(t, tc.start), tc.n)
		if due.Date.String() != tc.want || due.Missing != tc.missing || due.Provisional != (tc.missing != 0) {
			t.Errorf("%s + %d: got %s missing %d", tc.start, tc.n, due, due.Missing)
		}
	}
	due := upTo(2026).Add(Date{2026, 12, 18}, 20)
	if got := due.String(); got != "2027-01-15（2027年放假安排未导入，暂按周一至周五推算）" {
		t.Errorf("got %q", got)
	}
	known := upTo(2026).With(Notice{Kind: Yearly, Year: 2027, Confirmed: true, Days: []Day{{Date{2027, 1, 1}, "元旦", true}}})
	if due := known.Add(Date{2026, 12, 18}, 20); due.Provisional || due.Date.String() != "2027-01-18" {
		t.Errorf("with the notice: got %s", due)
	}
	var none Calendar
	if due := none.Add(Date{2026, 11, 20}, 1); !due.Provisional || due.Missing != 2026 {
		t.Errorf("a calendar that knows nothing: %s", due)
	}
	if due := none.Add(Date{2026, 2, 30}, 1); due != (Due{}) {
		t.Errorf("no such day: %s", due)
	}
}

// upTo is the builtin calendar without what later releases of its table add.
func upTo(year int) *Calendar {
	var notices []Notice
	for _, n := range Builtin().notices {
		if n.Year <= year {
			notices = append(notices, n)
		}
	}
	return new(Calendar).With(notices...)
}

func TestBetween(t *testing.T) {
	c := Builtin()
	for _, tc := range []struct {
		from, to string
		want     int
	}{
		{"2026-11-25", "2026-11-25", 0},
		{"2026-11-25", "2026-11-26", 1},
		{"2026-11-27", "2026-11-29", 0}, // over a weekend
		{"2026-09-30", "2026-10-10", 3},
		{"2026-10-10", "2026-09-30", -3},
		{"2019-09-16", "2019-10-17", 20},
	} {
		if got, provisional := c.Between(parse(t, tc.from), parse(t, tc.to)); got != tc.want || provisional {
			t.Errorf("%s to %s: got %d", tc.from, tc.to, got)
		}
	}
	if _, provisional := c.Between(Date{}, Date{2026, 1, 1}); !provisional {
		t.Error("no date is not certain")
	}
	if n, provisional := upTo(2026).Between(Date{2026, 12, 24}, Date{2026, 12, 28}); n != 2 || !provisional {
		t.Errorf("got %d, %v", n, provisional)
	}
}

func TestNoticesLieOnTopOfEachOther(t *testing.T) {
	d := Date{2026, 3, 3} // a Tuesday
	off := func(k NoticeKind, off bool) Notice {
		return Notice{Kind: k, Year: 2026, Days: []Day{{d, "三月三", off}}}
	}
	base := Builtin()
	for _, tc := range []struct {
		name    string
		notices []Notice
		work    bool
	}{
		{"nothing", nil, true},
		{"amendment", []Notice{off(Amendment, true)}, false},
		{"the later amendment wins", []Notice{off(Amendment, true), off(Amendment, false)}, true},
		{"an overlay stays on top", []Notice{off(Overlay, true), off(Amendment, false)}, false},
	} {
		c := base.With(tc.notices...)
		if work, _ := works(c, d); work != tc.work {
			t.Errorf("%s: worked %v", tc.name, work)
		}
	}
	if work, _ := works(base, d); !work {
		t.Error("With has changed the calendar it was called on")
	}
	overlay := new(Calendar).With(off(Overlay, true))
	if overlay.Knows(2026) {
		t.Error("an overlay alone does not make its year known")
	}
}

// works reports whether d is worked, and whether that is known.
func works(c *Calendar, d Date) (work, known bool) {
	work, missing := c.look(d, d.Weekday())
	return work, missing == 0
}

func TestClocks(t *testing.T) {
	c := Builtin()
	seen := map[ClockID]bool{}
	for _, clock := range Clocks() {
		if seen[clock.ID] || clock.Name == "" || clock.From == "" || clock.N < 1 || !strings.Contains(clock.Basis, "《") {
			t.Errorf("bad line %+v", clock)
		}
		seen[clock.ID] = true
		if got, ok := ClockOf(clock.ID); !ok || got != clock {
			t.Errorf("%s is not found", clock.ID)
		}
		if due := c.Deadline(clock, Date{}); !due.Date.IsZero() {
			t.Errorf("%s without a start: %s", clock.ID, due)
		}
	}
	if _, ok := ClockOf("none"); ok {
		t.Error("there is no such clock")
	}
	for id, want := range map[ClockID]string{
		Proactive: "2026-10-22", Budget: "2026-10-08", Credit: "2026-09-29", Enforcement: "2026-10-22",
		Revocation: "2026-09-22", Interpretation: "2026-09-22", Repost: "2026-09-19",
	} {
		clock, _ := ClockOf(id)
		if due := c.Deadline(clock, Date{2026, 9, 18}); due.Date.String() != want {
			t.Errorf("%s: got %s, want %s", id, due, want)
		}
	}
}

// The arithmetic agrees with counting day by day, for any start and length.
func TestAddAndBetweenAgree(t *testing.T) {
	c := Builtin()
	rapid.Check(t, func(t *rapid.T) {
		start := Date{2002, 1, 1}.AddDays(rapid.IntRange(0, 9300).Draw(t, "start"))
		n := rapid.IntRange(1, 60).Draw(t, "n")
		due := c.Add(start, n)
		work, _ := works(c, due.Date)
		if !work || !due.Date.After(start) {
			t.Fatalf("%s + %d = %s, which is no working day after it", start, n, due)
		}
		got, provisional := c.Between(start, due.Date)
		if got != n || provisional != due.Provisional {
			t.Fatalf("%s + %d = %s, but between them are %d", start, n, due, got)
		}
		back, _ := c.Between(due.Date, start)
		if back != -n {
			t.Fatalf("backwards %d", back)
		}
		calendarDue := c.AddCalendar(start, n)
		if work, _ := works(c, calendarDue.Date); !work || calendarDue.Date.DaysSince(start) < n || calendarDue.Date.DaysSince(start) > n+10 {
			t.Fatalf("%s + %d days = %s", start, n, calendarDue)
		}
	})
}

func TestDates(t *testing.T) {
	for s, ok := range map[string]bool{
		"2026-11-20": true, "2024-02-29": true, "0001-01-01": true, "9999-12-31": true,
		"2026-02-29": false, "2026-11-31": false, "2026-13-01": false, "2026-1-1": false, "0000-01-01": false, "": false,
		"2026/11/20": false, "2026-11-20 ": false, "２０２６-11-20": false, "20261120": false, "-026-11-20": false,
	} {
		d, err := ParseDate(s)
		if (err == nil) != ok || ok && (d.String() != s || !d.Valid()) {
			t.Errorf("%q: %v, %v", s, d, err)
		}
	}
	if _, err := ParseDate(strings.Repeat("九", 500)); len(err.Error()) > 250 {
		t.Errorf("the message is as long as the mistake: %s", err)
	}
	rapid.Check(t, func(t *rapid.T) {
		d := Date{1900, 1, 1}.AddDays(rapid.IntRange(0, 100000).Draw(t, "day"))
		n := rapid.IntRange(-5000, 5000).Draw(t, "n")
		e := d.AddDays(n)
		if e.DaysSince(d) != n || d.Before(e) != (n > 0) || d.After(e) != (n < 0) {
			t.Fatalf("%s + %d = %s", d, n, e)
		}
		text, err := d.MarshalText()
		var again Date
		if err != nil || again.UnmarshalText(text) != nil || again != d {
			t.Fatalf("%s was written as %s", d, text)
		}
	})
	var zero Date
	if text, err := zero.MarshalText(); err != nil || len(text) != 0 || zero.UnmarshalText(nil) != nil || !zero.IsZero() || zero.Valid() {
		t.Error("no date is written as nothing")
	}
	if _, err := (Date{2026, 2, 30}).MarshalText(); err == nil {
		t.Error("February 30 was written")
	}
	beijing := time.FixedZone("", 8*60*60)
	if got := DateOf(time.Date(2026, 11, 24, 16, 0, 0, 0, time.UTC).In(beijing)); got != (Date{2026, 11, 25}) {
		t.Errorf("midnight in Beijing is on %s", got)
	}
	if Weekday(Date{2026, 11, 25}) != "周三" || Weekday(Date{2026, 11, 29}) != "周日" {
		t.Error("the names of the weekdays are shifted")
	}
}

func BenchmarkBuiltin(b *testing.B) {
	for b.Loop() {
		Builtin()
	}
}

func TestOnOneDay(t *testing.T) {
	c := Builtin()
	for day, want := range map[string]Standing{
		"2026-10-01": {false, "国庆节", true, 0},
		"2026-10-10": {true, "国庆节", true, 0}, // a Saturday
		"2026-11-25": {Work: true},
		"2026-11-28": {},
		"2029-05-01": {Work: true, Missing: 2029},
		"2029-05-05": {Missing: 2029},
	} {
		d, err := ParseDate(day)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.On(d); got != want {
			t.Errorf("%s: %+v, want %+v", day, got, want)
		}
	}
}
