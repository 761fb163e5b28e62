package desk

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"tongfa/ledger"
	"tongfa/press"
)

// annotationsPage marks a list of documents: what an office has when it has cleared its normative documents.
type annotationsPage struct {
	frame
	List     string
	Lines    []annotationLine // what comes of it
	Problems problems
}

// annotationLine is one line of the list.
type annotationLine struct {
	ledger.Annotated
	N    int
	Says string // what readers will read
}

// Good counts the lines that can be done.
func (p annotationsPage) Good() (n int) {
	for _, l := range p.Lines {
		if l.Problem == "" {
			n++
		}
	}
	return n
}

// Bad counts the lines that cannot.
func (p annotationsPage) Bad() int { return len(p.Lines) - p.Good() }

// mostListed bounds the lines of a list that is pasted.
const mostListed = 300

func (d *desk) annotationsForm(w http.ResponseWriter, r *http.Request) {
	d.showAnnotations(w, r, http.StatusOK, annotationsPage{})
}

func (d *desk) showAnnotations(w http.ResponseWriter, r *http.Request, status int, p annotationsPage) {
	p.frame = d.frame(r, d.t(r, "按清单标注"), "matrix")
	q := r.URL.Query()
	if good, err := strconv.Atoi(q.Get("done")); err == nil && good >= 0 && good <= mostListed && r.Method == http.MethodGet {
		p.Done = d.t(r, "已标注%d行。公开的页面马上加上说明，要人做的列在各稿件的待办里。", good)
		if bad, err := strconv.Atoi(q.Get("left")); err == nil && bad > 0 && bad <= mostListed {
			p.Done += d.t(r, "%d行有问题，没有标注。", bad)
		}
	}
	d.show(w, r, status, "annotations", p)
}

func (d *desk) annotations(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		d.refuse(w, r, http.StatusRequestEntityTooLarge, d.t(r, "清单太长，没有执行"), d.t(r, "一次最多%d行，请分几次粘贴。", mostListed))
		return
	}
	p := annotationsPage{List: written(r.PostForm.Get("list"))}
	list, err := ledger.ReadAnnotations([]byte(p.List))
	switch {
	case p.List == "":
		p.Problems.add("list", d.t(r, "请粘贴清单。"))
	case err != nil:
		p.Problems = problems{{Field: "list", Text: err.Error(), Foreign: true}}
	case len(list) > mostListed:
		p.Problems.add("list", d.t(r, "清单有%d行，一次最多%d行，请分几次粘贴。", len(list), mostListed))
	}
	if len(p.Problems) > 0 {
		d.showAnnotations(w, r, http.StatusUnprocessableEntity, p)
		return
	}
	who := d.by(r, press.MayCorrect)
	plan, err := d.Ledger.PlanAnnotations(r.Context(), list, d.amends(), who)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	if checked, agreed := sure(r.PostForm); !checked || !agreed {
		if p.lines(list, plan); checked {
			p.Problems.add("sure", d.t(r, "请先勾选确认，再按下面的按钮。"))
		}
		d.showAnnotations(w, r, http.StatusOK, p)
		return
	}
	todo, err := d.fresh(r, list, plan, who)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	out, err := d.Ledger.Annotate(r.Context(), todo, d.amends(), who, d.Now())
	if err != nil {
		d.fail(w, r, err)
		return
	}
	d.wake()
	good, bad := len(list)-len(todo), 0 // what is left out was done a moment ago
	for _, x := range out {
		if x.Problem == "" {
			good++
		} else {
			bad++
		}
	}
	http.Redirect(w, r, "/annotate?"+url.Values{"done": {strconv.Itoa(good)}, "left": {strconv.Itoa(bad)}}.Encode(), http.StatusSeeOther)
}

// fresh leaves out the lines that the same person has just done: a list that is sent twice is done once.
func (d *desk) fresh(r *http.Request, list []ledger.Annotation, plan []ledger.Annotated, who ledger.Who) ([]ledger.Annotation, error) {
	out := slices.Clone(list)
	for i := len(plan) - 1; i >= 0; i-- {
		if plan[i].Problem != "" {
			continue
		}
		s, err := d.Ledger.Story(r.Context(), string(plan[i].Item), d.Now())
		if err != nil {
			return nil, err
		}
		if justDone(s, press.Annotate, list[i].Text(), who, d.Now()) {
			out = slices.Delete(out, i, i+1)
		}
	}
	return out, nil
}

// lines puts what comes of a list beside it.
func (p *annotationsPage) lines(list []ledger.Annotation, out []ledger.Annotated) {
	for i, x := range out {
		l := annotationLine{Annotated: x, N: i + 1}
		if x.Problem == "" {
			l.Says = list[i].Text()
		}
		p.Lines = append(p.Lines, l)
	}
}
