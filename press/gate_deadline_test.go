package press

import (
	"strings"
	"testing"
	"time"

	"tongfa/workday"
)

func TestDeadlineOfKinds(t *testing.T) {
	formed, approved := day(2026, 9, 18), day(2026, 9, 11)
	for _, tc := range []struct {
		name    string
		kind    Kind
		meta    Meta
		clock   workday.ClockID
		due     workday.Date
		assumed bool
	}{
		{"policy over National Day", Policy, Meta{FormedOn: formed}, workday.Proactive, day(2026, 10, 22), false},
		{"news", News, Meta{FormedOn: formed}, workday.Proactive, day(2026, 10, 22), false},
		{"penalty", Enforcement, Meta{FormedOn: formed}, workday.Credit, day(2026, 9, 29), false},
		{"budget ends in the holiday", Budget, Meta{FormedOn: formed, ApprovedOn: approved}, workday.Budget, day(2026, 10, 8), false},
		{"budget without approval", Budget, Meta{FormedOn: day(2026, 11, 20)}, workday.Budget, day(2026, 12, 10), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			term, ok := Deadline(tc.kind, tc.meta, calendar)
			if !ok || term.Clock.ID != tc.clock || term.Due.Date != tc.due || term.Assumed != tc.assumed || term.Due.Provisional {
				t.Errorf("got %v %+v", ok, term)
			}
		})
	}
	if _, ok := Deadline(Policy, Meta{}, calendar); ok {
		t.Error("no date, no deadline")
	}
	if _, ok := Deadline(Budget, Meta{FormedOn: day(2026, 2, 30)}, calendar); ok {
		t.Error("no such day, no deadline")
	}
	if term, ok := Deadline(Policy, Meta{FormedOn: formed}, nil); !ok || !term.Due.Provisional {
		t.Errorf("without a calendar every deadline is provisional, got %+v", term)
	}
}

func TestDeadlineGate(t *testing.T) {
	at := func(d workday.Date, change func(*Subject)) Subject {
		return spoiled(func(s *Subject) {
			s.Now = time.Date(d.Year, d.Month, d.Day, 9, 0, 0, 0, beijing)
			change(s)
		})
	}
	budget := func(s *Subject) {
		s.Item.Kind = Budget
		s.Revision.Meta.ApprovedOn = day(2026, 11, 18)
		*s = sign(*s)
	}
	// formed on Friday 2026-11-20; the twentieth working day is Friday 2026-12-18
	for _, tc := range []struct {
		name    string
		subject Subject
		sev     Severity
		want    string // how the message begins
	}{
		{"plenty", at(day(2026, 12, 14), nothing), Info, "还剩4个工作日：主动公开，自成文日期2026-11-20起20个工作日，最迟2026-12-18"},
		{"near", at(day(2026, 12, 15), nothing), Warn, "只剩3个工作日"},
		{"last day", at(day(2026, 12, 18), nothing), Warn, "今天是法定期限的最后一天"},
		{"late, but no working day has passed", at(day(2026, 12, 19), nothing), Warn, "已经逾期1个工作日"},
		{"late on Monday", at(day(2026, 12, 21), nothing), Warn, "已经逾期1个工作日"},
		{"late on Tuesday", at(day(2026, 12, 22), nothing), Warn, "已经逾期2个工作日"},
		{"planned too late", at(day(2026, 12, 1), func(s *Subject) { s.Item.ReleaseAt = time.Date(2026, 12, 19, 0, 0, 0, 0, beijing) }), Warn, "预定的发布时间在法定期限之后"},
		{"planned for the last evening", at(day(2026, 12, 1), func(s *Subject) { s.Item.ReleaseAt = time.Date(2026, 12, 18, 23, 59, 0, 0, beijing) }), Info, "还剩13个工作日"},
		{"out in time, looked at long after", at(day(2027, 6, 1), func(s *Subject) { s.FirstSeen = time.Date(2026, 12, 18, 15, 59, 0, 0, time.UTC) }), Info, "2026-12-18公开，没有超过法定期限"},
		{"out late by the clock in Beijing", at(day(2027, 6, 1), func(s *Subject) { s.FirstSeen = time.Date(2026, 12, 18, 16, 1, 0, 0, time.UTC) }), Warn, "2026-12-19公开，逾期1个工作日"},
		{"budget", at(day(2026, 11, 25), budget), Info, "还剩13个自然日：预算、决算公开，自批准日期2026-11-18起20个自然日，最迟2026-12-08"},
		{"budget, late", at(day(2026, 12, 10), budget), Warn, "已经逾期2个自然日"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, ok := deadlineFinding(tc.subject)
			if !ok || f.Severity != tc.sev || !strings.HasPrefix(f.Message, tc.want) {
				t.Errorf("got %+v, want %s %s…", f, tc.sev, tc.want)
			}
		})
	}
}

func deadlineFinding(s Subject) (Finding, bool) {
	for _, f := range Check(s) {
		if f.Rule == ruleDeadline {
			return f, true
		}
	}
	return Finding{}, false
}

func TestDeadlineSaysWhatIsProvisional(t *testing.T) {
	s := spoiled(func(s *Subject) {
		s.Revision.Meta.FormedOn = day(2026, 12, 10)
		s.Now = time.Date(2026, 12, 11, 9, 0, 0, 0, beijing)
	})
	f, _ := deadlineFinding(s)
	if !strings.HasSuffix(f.Message, "最迟2027-01-07（2027年放假安排尚未导入，按周末推算，暂定）") {
		t.Errorf("got %q", f.Message)
	}
	s.Calendar = nil
	if f, _ = deadlineFinding(s); !strings.Contains(f.Message, "暂定") {
		t.Errorf("no calendar at all: got %q", f.Message)
	}
}

func TestNoDeadline(t *testing.T) {
	for name, s := range map[string]Subject{
		"withdrawn":             spoiled(func(s *Subject) { s.Item.State = Withdrawn }),
		"no date":               spoiled(func(s *Subject) { s.Revision.Meta.FormedOn = workday.Date{} }),
		"a date to come":        spoiled(func(s *Subject) { s.Revision.Meta.FormedOn = day(2027, 1, 1) }),
		"a date of long ago":    spoiled(func(s *Subject) { s.Revision.Meta.FormedOn = day(1900, 1, 1) }),
		"nobody tells the time": spoiled(func(s *Subject) { s.Now = time.Time{} }),
	} {
		if f, ok := deadlineFinding(s); ok {
			t.Errorf("%s: %+v", name, f)
		}
	}
}
