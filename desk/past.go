package desk

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tongfa/ledger"
	"tongfa/press"
)

// pastPage lists the issues from before the system was used (过刊), and finds what is in them.
type pastPage struct {
	frame
	Query string
	Rows  []ledger.BackLine
	Next  string // address of the next page
	First string
}

// pastSize is how many issues a page lists.
const pastSize = 50

func (d *desk) past(w http.ResponseWriter, r *http.Request) {
	p := pastPage{frame: d.frame(r, d.t(r, "导入的过刊"), "editions"), Query: strings.TrimSpace(r.FormValue("q"))}
	if len(p.Query) > mostQuery {
		p.Query = ""
	}
	f := ledger.BackFilter{Words: p.Query, Limit: pastSize + 1}
	var ok bool
	if f.Before, ok = readPast(r.FormValue("before")); !ok {
		d.refuse(w, r, http.StatusBadRequest, d.t(r, "翻页标记无效"), d.t(r, "请从第一页重新开始。"))
		return
	}
	var err error
	if p.Rows, err = d.Ledger.BackIssues(r.Context(), f); err != nil {
		d.fail(w, r, err)
		return
	}
	if len(p.Rows) > pastSize {
		p.Rows = p.Rows[:pastSize]
		p.Next = p.address(p.Rows[pastSize-1].BackIssue)
	}
	if f.Before.Year > 0 {
		p.First = p.address(press.BackIssue{})
	}
	d.show(w, r, http.StatusOK, "past", p)
}

func (p pastPage) address(before press.BackIssue) string {
	v := url.Values{}
	if p.Query != "" {
		v.Set("q", p.Query)
	}
	if before.Year > 0 {
		v.Set("before", fmt.Sprintf("%d-%t-%d", before.Year, before.Supplement, before.Number))
	}
	if len(v) == 0 {
		return "/editions/past"
	}
	return "/editions/past?" + v.Encode()
}

// readPast reads the last issue of the page before; the zero one for "".
func readPast(s string) (b press.BackIssue, ok bool) {
	if s == "" {
		return b, true
	}
	f := strings.Split(s, "-")
	if len(f) != 3 {
		return b, false
	}
	var err [3]error
	b.Year, err[0] = strconv.Atoi(f[0])
	b.Supplement, err[1] = strconv.ParseBool(f[1])
	b.Number, err[2] = strconv.Atoi(f[2])
	return b, err == [3]error{} && b.Year > 0 && b.Number > 0
}
