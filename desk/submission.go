package desk

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongfa/ledger"
	"tongfa/press"
)

// submissionPage is one submission: what came with it, what it still owes, what became of it and what can be done now.
type submissionPage struct {
	frame
	Tabs     []entry
	S        ledger.Submission
	Deeds    []ledger.Deed
	Others   []ledger.Submission // of the same document: what was returned before, or handed in anew after
	Problems problems
	Reason   string // as it was typed
	Ref      string
	Readable bool // the final text can be read into a draft
}

// Papers are the kinds of files, for the template.
func (submissionPage) Papers() []press.Paper { return press.Papers() }

// Size is how large a file is, for people.
func (submissionPage) Size(p ledger.SubmissionPaper) string { return sizeOf(p.Asset.Size) }

// Old reports whether a newer file of its kind has come.
func (p submissionPage) Old(i int) bool {
	x := p.S.Papers[i]
	return x.Kind != press.OtherPaper && slices.ContainsFunc(p.S.Papers[i+1:], func(y ledger.SubmissionPaper) bool { return y.Kind == x.Kind })
}

// Open reports whether it can still be taken in or returned.
func (p submissionPage) Open() bool {
	return p.S.State != press.SentBack && (p.S.Print == nil || p.S.Print.State == ledger.WasPrinted)
}

// submissionOf reads the submission of an address; it answers what is not there.
func (d *desk) submissionOf(w http.ResponseWriter, r *http.Request) (s ledger.Submission, ok bool) {
	n, err := strconv.ParseInt(r.PathValue("n"), 10, 64)
	if err == nil {
		s, err = d.Ledger.Submission(r.Context(), n)
	} else {
		err = ledger.ErrNoSubmission
	}
	if errors.Is(err, ledger.ErrNoSubmission) {
		d.refuse(w, r, http.StatusNotFound, d.t(r, "没有这一件报送"), d.t(r, "请从报送列表重新进入。"))
		return s, false
	}
	if err != nil {
		d.fail(w, r, err)
		return s, false
	}
	return s, true
}

func (d *desk) submission(w http.ResponseWriter, r *http.Request) {
	d.showSubmission(w, r, http.StatusOK, submissionPage{})
}

func (d *desk) showSubmission(w http.ResponseWriter, r *http.Request, status int, p submissionPage) {
	var ok bool
	if p.S, ok = d.submissionOf(w, r); !ok {
		return
	}
	p.frame, p.Tabs = d.frame(r, d.t(r, "报送：%s", p.S.Title), "submissions"), d.submissionTabs(r, "/submissions")
	final, has := p.S.Paper(press.FinalText)
	p.Readable = has && readable(final.Name)
	var err error
	if p.Deeds, err = d.Ledger.Deeds(r.Context(), ledger.DeedFilter{About: p.S.Receipt(), Most: 50}); err != nil {
		d.fail(w, r, err)
		return
	}
	if p.Others, err = d.sameDocument(r, p.S); err != nil {
		d.fail(w, r, err)
		return
	}
	switch r.URL.Query().Get("done") {
	case "received":
		p.Done = d.t(r, "已收到，回执号%s。", p.S.Receipt())
	case "same":
		p.Done = d.t(r, "这一件先前已经收到，没有重复登记。")
	case "papers":
		p.Done = d.t(r, "补交的材料已收到。")
	case "returned":
		p.Done = d.t(r, "已退回。报送单位改好以后重新报送，另给回执。")
	case "linked":
		p.Done = d.t(r, "已收稿。")
	}
	d.show(w, r, status, "submission", p)
}

// sameDocument are the other submissions of a document, by its number.
func (d *desk) sameDocument(r *http.Request, s ledger.Submission) ([]ledger.Submission, error) {
	number := cmp.Or(s.RegNumber, s.DocNumber)
	if number == "" {
		return nil, nil
	}
	all, _, err := d.Ledger.Submissions(r.Context(), ledger.SubmissionFilter{Number: number})
	return slices.DeleteFunc(all, func(x ledger.Submission) bool { return x.N == s.N }), err
}

// readable reports whether intake reads a document with such a name into a text.
func readable(name string) bool {
	return slices.Contains([]string{"docx", "md", "markdown", "html", "htm", "txt"}, extension(name))
}

// moved answers a move on a submission: on to its page, or back to the form with what is wrong.
func (d *desk) movedSubmission(w http.ResponseWriter, r *http.Request, n int64, done string, err error, p submissionPage) {
	switch {
	case err == nil:
		d.wake()
		http.Redirect(w, r, to("submissions", fmt.Sprint(n))+"?done="+done, http.StatusSeeOther)
	case errors.Is(err, ledger.ErrNoItem):
		p.Problems = problems{{Field: "item", Text: d.t(r, "没有这篇稿件，请核对编号。")}}
		d.showSubmission(w, r, http.StatusUnprocessableEntity, p)
	default:
		if p.Problems = lackingIn(err); p.Problems == nil {
			d.fail(w, r, err)
			return
		}
		d.showSubmission(w, r, http.StatusUnprocessableEntity, p)
	}
}

func (d *desk) addPapers(w http.ResponseWriter, r *http.Request) {
	post, err := d.posted(w, r)
	if err != nil {
		d.formRefused(w, r, err)
		return
	}
	s, ok := d.submissionOf(w, r)
	if !ok {
		return
	}
	p := submissionPage{}
	files := map[string][]byte{}
	papers := d.papers(post, files, &p.Problems)
	if len(p.Problems) > 0 {
		d.showSubmission(w, r, http.StatusUnprocessableEntity, p)
		return
	}
	err = d.Ledger.AddPapers(r.Context(), s.N, papers, files, d.by(r, press.MayReceive), d.Now())
	d.movedSubmission(w, r, s.N, "papers", err, p)
}

func (d *desk) returnSubmission(w http.ResponseWriter, r *http.Request) {
	s, ok := d.submissionOf(w, r)
	if !ok {
		return
	}
	p := submissionPage{Reason: bounded(written(r.PostFormValue("reason")), mostForm)}
	err := d.Ledger.ReturnSubmission(r.Context(), s.N, p.Reason, d.by(r, press.MayReceive), d.Now())
	d.movedSubmission(w, r, s.N, "returned", err, p)
}

func (d *desk) linkSubmission(w http.ResponseWriter, r *http.Request) {
	s, ok := d.submissionOf(w, r)
	if !ok {
		return
	}
	p := submissionPage{Ref: bounded(r.PostFormValue("item"), mostForm)}
	err := d.Ledger.LinkSubmission(r.Context(), s.N, p.Ref, d.by(r, press.MayReceive), d.Now())
	d.movedSubmission(w, r, s.N, "linked", err, p)
}

// submissionFile gives a file of a submission.
func (d *desk) submissionFile(w http.ResponseWriter, r *http.Request) {
	s, ok := d.submissionOf(w, r)
	if !ok {
		return
	}
	f, ok := s.SubmissionFile(strings.ToLower(r.PathValue("digest")))
	if !ok {
		d.nowhere(w, r)
		return
	}
	d.sendFile(w, r, f.Asset)
}
