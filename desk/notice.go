package desk

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// noticePage (报送刊登情况通报) is how the departments handed in during a quarter, and what was printed of it.
type noticePage struct {
	frame
	Tabs          []entry
	Year, Quarter int
	Notice        ledger.Notice
	Quarters      []quarterLink
}

// quarterLink leads to the notice of a quarter.
type quarterLink struct {
	Year, Quarter int
	Current       bool
}

// quarterOf reads which quarter is asked for; the one that runs where none is, or none that can be.
func (d *desk) quarterOf(r *http.Request) (year, quarter int) {
	today := d.thisDay()
	year, err := strconv.Atoi(r.URL.Query().Get("year"))
	quarter, err2 := strconv.Atoi(r.URL.Query().Get("quarter"))
	if err != nil || err2 != nil || year < 2000 || year > 2199 || quarter < 1 || quarter > 4 {
		return today.Year, (int(today.Month) + 2) / 3
	}
	return year, quarter
}

func quarterDays(year, quarter int) (from, to press.Date) {
	from = press.Date{Year: year, Month: time.Month(3*quarter - 2), Day: 1}
	next := press.Date{Year: year, Month: from.Month + 3, Day: 1}
	if quarter == 4 {
		next = press.Date{Year: year + 1, Month: 1, Day: 1}
	}
	return from, next.AddDays(-1)
}

func (d *desk) notice(w http.ResponseWriter, r *http.Request) {
	p := noticePage{frame: d.frame(r, d.t(r, "刊登情况通报"), "submissions"), Tabs: d.submissionTabs(r, "/submissions/notice")}
	p.Year, p.Quarter = d.quarterOf(r)
	from, to := quarterDays(p.Year, p.Quarter)
	var err error
	if p.Notice, err = d.Ledger.Notice(r.Context(), from, to); err != nil {
		d.fail(w, r, err)
		return
	}
	y, q := d.thisDay().Year, (int(d.thisDay().Month)+2)/3
	for range 6 {
		p.Quarters = append(p.Quarters, quarterLink{y, q, y == p.Year && q == p.Quarter})
		if q--; q == 0 {
			y, q = y-1, 4
		}
	}
	d.show(w, r, http.StatusOK, "notice", p)
}

// noticeCSV is the same as a table for spreadsheets.
func (d *desk) noticeCSV(w http.ResponseWriter, r *http.Request) {
	year, quarter := d.quarterOf(r)
	from, to := quarterDays(year, quarter)
	n, err := d.Ledger.Notice(r.Context(), from, to)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="tongfa-notice-%dQ%d.csv"`, year, quarter))
	_, _ = w.Write([]byte("\ufeff")) // by which Excel knows UTF-8
	c := csv.NewWriter(w)
	_ = c.Write([]string{"单位", "报送", "按期", "迟报", "最长迟几个工作日", "已刊登", "未刊登", "退回", "登记而未报送"})
	sum := n.Sum
	sum.Unit = "合计"
	for _, x := range append(n.Units, sum) {
		_ = c.Write(safeCells(x.Unit, strconv.Itoa(x.Submitted), strconv.Itoa(x.InTime), strconv.Itoa(x.Late), strconv.Itoa(x.DaysLate), strconv.Itoa(x.Printed),
			strconv.Itoa(x.NotPrinted), strconv.Itoa(x.Returned), strconv.Itoa(x.Owed)))
	}
	c.Flush()
}
