package press

import (
	"testing"
	"time"

	"tongfa/workday"
)

func TestFreshness(t *testing.T) {
	today := workday.Date{Year: 2026, Month: 11, Day: 25}
	ago := func(days int) time.Time { return time.Date(2026, 11, 25-days, 23, 59, 0, 0, time.UTC) }
	for _, tc := range []struct {
		kind, column string
		last         time.Time
		left         int
		level        Severity
	}{
		{"site", "", ago(0), 14, Info},
		{"site", "", ago(6), 8, Info},
		{"wechat", "", ago(7), 7, Warn},
		{"wechat", "", ago(10), 4, Stop},
		{"wechat", "", ago(15), -1, Stop},
		{"site", "政务动态", ago(9), 5, Warn},
		{"site", "通知公告", ago(119), 63, Info},
		{"site", "通知公告", ago(120), 62, Warn},
		{"site", "政策文件", ago(150), 32, Stop},
		{"site", "政策文件", time.Time{}, 0, Stop},
		{"gazette", "", ago(400), -400, Info},
	} {
		if f := FreshnessOf(tc.kind, tc.column).On(tc.last, today); f.Left != tc.left || f.Level != tc.level {
			t.Errorf("%s %s %s: %+v", tc.kind, tc.column, tc.last, f)
		}
	}
}
