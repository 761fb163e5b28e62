package desk

import (
	"net/http"
	"net/url"
	"strconv"

	"tongfa/ledger"
	"tongfa/press"
)

func (d *desk) submissionRoutes() []route {
	return []route{
		{"GET", "/submissions", press.MaySee, d.submissions},
		{"GET", "/submissions/new", press.MayReceive, d.handInForm},
		{"POST", "/submissions/new", press.MayReceive, d.handIn},
		{"GET", "/submissions/notice", press.MaySee, d.notice},
		{"GET", "/submissions/notice.csv", press.MaySee, d.noticeCSV},
		{"GET", "/submissions/{n}", press.MaySee, d.submission},
		{"GET", "/submissions/{n}/receipt", press.MaySee, d.receipt},
		{"GET", "/submissions/{n}/file/{digest}", press.MaySee, d.submissionFile},
		{"POST", "/submissions/{n}/papers", press.MayReceive, d.addPapers},
		{"POST", "/submissions/{n}/return", press.MayReceive, d.returnSubmission},
		{"POST", "/submissions/{n}/link", press.MayReceive, d.linkSubmission},
		{"GET", "/register", press.MaySee, d.register},
		{"POST", "/register/add", press.MayReceive, d.addRegistered},
		{"POST", "/register/import", press.MayReceive, d.importRegister},
		{"GET", "/register/{n}", press.MaySee, d.registered},
		{"POST", "/register/{n}/explain", press.MayIssue, d.explainRegistered},
	}
}

// submissionsSize is how many submissions a page lists.
const submissionsSize = 50

// submissionsPage (报送) lists what departments handed in, newest first.
type submissionsPage struct {
	frame
	Tabs   []entry
	Unit   string
	State  press.SubmissionState
	Late   bool
	Query  string
	Units  []string
	States []press.SubmissionState
	Rows   []ledger.Submission
	Next   string // address of the next page
	First  string
}

// submissionTabs are the pages about what departments hand in.
func (d *desk) submissionTabs(r *http.Request, here string) []entry {
	return []entry{{d.t(r, "部门报送"), "/submissions", here == "/submissions"}, {d.t(r, "规范性文件登记簿"), "/register", here == "/register"},
		{d.t(r, "刊登情况通报"), "/submissions/notice", here == "/submissions/notice"}}
}

func (d *desk) submissions(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p := submissionsPage{frame: d.frame(r, d.t(r, "报送"), "submissions"), Tabs: d.submissionTabs(r, "/submissions"), Unit: bounded(q.Get("unit"), mostTyped),
		State: press.SubmissionState(q.Get("state")), Late: q.Get("late") == "1", Query: bounded(q.Get("q"), mostTyped), States: press.SubmissionStates()}
	if p.State.Name() == string(p.State) {
		p.State = ""
	}
	before, err := strconv.ParseInt(q.Get("before"), 10, 64)
	if err != nil && q.Get("before") != "" || before < 0 {
		d.refuse(w, r, http.StatusBadRequest, d.t(r, "翻页标记无效"), d.t(r, "请从第一页重新开始。"))
		return
	}
	if p.Units, err = d.Ledger.Units(r.Context()); err != nil {
		d.fail(w, r, err)
		return
	}
	var next int64
	p.Rows, next, err = d.Ledger.Submissions(r.Context(), ledger.SubmissionFilter{Unit: p.Unit, State: p.State, Late: p.Late, Number: p.Query, Before: before, Limit: submissionsSize})
	if err != nil {
		d.fail(w, r, err)
		return
	}
	if next > 0 {
		p.Next = p.address(next)
	}
	if before > 0 {
		p.First = p.address(0)
	}
	d.show(w, r, http.StatusOK, "submissions", p)
}

// Asked reports whether the list is not of all.
func (p submissionsPage) Asked() bool {
	return p.Unit != "" || p.State != "" || p.Late || p.Query != ""
}

func (p submissionsPage) address(before int64) string {
	v := url.Values{}
	for k, s := range map[string]string{"unit": p.Unit, "state": string(p.State), "q": p.Query} {
		if s != "" {
			v.Set(k, s)
		}
	}
	if p.Late {
		v.Set("late", "1")
	}
	if before > 0 {
		v.Set("before", strconv.FormatInt(before, 10))
	}
	if len(v) == 0 {
		return "/submissions"
	}
	return "/submissions?" + v.Encode()
}
