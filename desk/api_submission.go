package desk

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"

	"tongfa/intake"
	"tongfa/ledger"
	"tongfa/press"
	"tongfa/workday"
)

// submissionOrder is a submission as a department's own system hands it in.
type submissionOrder struct {
	Unit      string       `json:"unit"`
	Title     string       `json:"title"`
	DocNumber string       `json:"doc_number"`
	RegNumber string       `json:"reg_number"`
	FormedOn  string       `json:"formed_on"`
	HandedBy  string       `json:"handed_by"`
	Note      string       `json:"note"`
	Files     []paperOrder `json:"files"`
}

type paperOrder struct {
	Kind   press.Paper `json:"kind"`
	Name   string      `json:"name"`
	Base64 []byte      `json:"base64"`
}

// apiSubmissions lists submissions, newest first.
func (d *desk) apiSubmissions(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	limit, _ := strconv.Atoi(q.Get("limit")) // no number means the ledger's own
	f := ledger.SubmissionFilter{Unit: q.Get("unit"), State: press.SubmissionState(q.Get("state")), Late: q.Get("late") == "true", Number: q.Get("number"), Limit: min(limit, mostPage)}
	if f.State != "" && !slices.Contains(press.SubmissionStates(), f.State) {
		d.badQuery(w, r, "state", "没有这种状态")
		return
	}
	if after := q.Get("after"); after != "" {
		n, err := strconv.ParseInt(after, 10, 64)
		if err != nil || n < 1 {
			d.apiFail(w, r, ledger.ErrCursor)
			return
		}
		f.Before = n
	}
	list, next, err := d.Ledger.Submissions(r.Context(), f)
	if err != nil {
		d.apiFail(w, r, err)
		return
	}
	doc := map[string]any{"at": d.Now().In(d.Location), "submissions": some(list)}
	if next > 0 {
		doc["after"] = strconv.FormatInt(next, 10)
	}
	reply(w, http.StatusOK, "application/json", doc)
}

func (d *desk) apiSubmission(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.ParseInt(r.PathValue("n"), 10, 64)
	if err != nil {
		d.apiFail(w, r, ledger.ErrNoSubmission)
		return
	}
	s, err := d.Ledger.Submission(r.Context(), n)
	if err != nil {
		d.apiFail(w, r, err)
		return
	}
	reply(w, http.StatusOK, "application/json", s)
}

// apiRegister lists the register of normative documents, those registered last first.
func (d *desk) apiRegister(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	limit, _ := strconv.Atoi(q.Get("limit")) // no number means the ledger's own
	f := ledger.RegisterFilter{Unit: q.Get("unit"), Missing: q.Get("missing") == "true", Number: q.Get("number"), On: d.thisDay(), After: q.Get("after"), Limit: min(limit, mostPage)}
	for name, day := range map[string]*press.Date{"from": &f.From, "to": &f.To} {
		if s := q.Get(name); s != "" {
			at, err := workday.ParseDate(s)
			if err != nil || !at.Valid() {
				d.badQuery(w, r, name, "日期要写成 2026-11-20")
				return
			}
			*day = at
		}
	}
	lines, next, err := d.Ledger.RegisterLines(r.Context(), f)
	if err != nil {
		d.apiFail(w, r, err)
		return
	}
	doc := map[string]any{"at": d.Now().In(d.Location), "register": some(lines)}
	if next != "" {
		doc["after"] = next
	}
	reply(w, http.StatusOK, "application/json", doc)
}

// apiHandIn takes a submission in and gives its receipt. The same once more is answered with 200.
func (d *desk) apiHandIn(w http.ResponseWriter, r *http.Request) {
	d.withFiles(w, r, func(w http.ResponseWriter, r *http.Request) {
		o, ok := d.submissionOrder(w, r)
		if !ok {
			return
		}
		s := ledger.Submission{Unit: written(o.Unit), Title: written(o.Title), DocNumber: written(o.DocNumber), RegNumber: written(o.RegNumber), HandedBy: written(o.HandedBy), Note: written(o.Note)}
		var err error
		if s.FormedOn, err = workday.ParseDate(o.FormedOn); err != nil && o.FormedOn != "" {
			d.invalid(w, r, fieldProblem{Field: "formed_on", Message: "日期要写成 2026-11-20"})
			return
		}
		var files map[string][]byte
		if s.Papers, files, ok = d.apiPapers(w, r, o.Files); !ok {
			return
		}
		got, what, err := d.Ledger.Receive(r.Context(), s, files, d.by(r, press.MayReceive), d.Now())
		if err != nil {
			d.lacks(w, r, err)
			return
		}
		d.wake()
		status := http.StatusCreated
		if what == ledger.Same {
			status = http.StatusOK
		}
		w.Header().Set("Location", to("api", "v1", "submissions", fmt.Sprint(got.N)))
		reply(w, status, "application/json", got)
	})
}

// apiAddPapers adds files to a submission.
func (d *desk) apiAddPapers(w http.ResponseWriter, r *http.Request) {
	d.withFiles(w, r, func(w http.ResponseWriter, r *http.Request) {
		o, ok := d.submissionOrder(w, r)
		if !ok {
			return
		}
		n, err := strconv.ParseInt(r.PathValue("n"), 10, 64)
		if err != nil {
			d.apiFail(w, r, ledger.ErrNoSubmission)
			return
		}
		papers, files, ok := d.apiPapers(w, r, o.Files)
		if !ok {
			return
		}
		if err := d.Ledger.AddPapers(r.Context(), n, papers, files, d.by(r, press.MayReceive), d.Now()); err != nil {
			d.lacks(w, r, err)
			return
		}
		d.wake()
		d.apiSubmission(w, r)
	})
}

// lacks answers what the ledger says of one field as such.
func (d *desk) lacks(w http.ResponseWriter, r *http.Request, err error) {
	var l *ledger.Lacking
	if errors.As(err, &l) {
		d.invalid(w, r, fieldProblem{Field: l.Field, Message: l.Text})
		return
	}
	d.apiFail(w, r, err)
}

// submissionOrder reads what is handed in: as JSON with the files in it, or in parts, the part submission and each file in a part named by its kind.
func (d *desk) submissionOrder(w http.ResponseWriter, r *http.Request) (o submissionOrder, ok bool) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return o, d.order(w, r, &o)
	}
	parts := multipart.NewReader(r.Body, params["boundary"])
	for n := 0; ; n++ {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return o, true
		}
		var data []byte
		if err == nil {
			data, err = io.ReadAll(part)
		}
		switch {
		case err != nil:
			d.unread(w, r, err)
			return o, false
		case n > mostFiles:
			d.invalid(w, r, fieldProblem{Field: "files", Message: fmt.Sprintf("文件超过%d个", mostFiles)})
			return o, false
		case part.FormName() != "submission":
			o.Files = append(o.Files, paperOrder{press.Paper(part.FormName()), part.FileName(), data})
			continue
		}
		files := o.Files
		if p := strictly(data, &o); p != nil {
			d.invalid(w, r, *p)
			return o, false
		}
		o.Files = append(files, o.Files...)
	}
}

// apiPapers recognises the files of a submission by their content. It answers what cannot be taken.
func (d *desk) apiPapers(w http.ResponseWriter, r *http.Request, orders []paperOrder) (papers []ledger.SubmissionPaper, files map[string][]byte, ok bool) {
	files = map[string][]byte{}
	var wrong []fieldProblem
	for _, f := range orders {
		if int64(len(f.Base64)) > d.mostFile() {
			wrong = append(wrong, fieldProblem{Field: "files", File: clipped(f.Name), Message: fmt.Sprintf("超过上限%d MB", d.mostFile()>>20)})
			continue
		}
		a, err := intake.Paper(plainName(f.Name), f.Base64, d.readingOptions())
		var no *intake.Refusal
		if errors.As(err, &no) {
			for _, x := range no.Problems {
				wrong = append(wrong, fieldProblem{Field: "files", File: clipped(f.Name), Message: x.Text, Do: x.Do})
			}
			continue
		}
		files[a.Digest] = f.Base64
		papers = append(papers, ledger.SubmissionPaper{Kind: f.Kind, Asset: a})
	}
	if len(wrong) > 0 {
		d.invalid(w, r, wrong...)
		return nil, nil, false
	}
	return papers, files, true
}
