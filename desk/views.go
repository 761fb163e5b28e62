package desk

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// viewLink is a view (视图) above the matrix: a question with a name and how many items are the answer.
type viewLink struct {
	Name    string
	URL     string
	Number  string // "" where it is not known yet
	Own     bool   // the person keeps it herself
	Current bool
}

// viewsPage is where a person sees to the views that she keeps.
type viewsPage struct {
	frame
	Problem string
	Views   []ledger.KeptView
}

func (d *desk) viewRoutes() []route {
	return []route{
		{"GET", "/views", press.MaySee, d.viewList},
		{"POST", "/views", press.MaySee, d.keepView},
		{"POST", "/views/rename", press.MaySee, d.renameView},
		{"POST", "/views/drop", press.MaySee, d.dropView},
		{"GET", "/keys", press.MaySee, d.keys},
		{"POST", "/keys", press.MaySee, d.setKeys},
	}
}

// mostViewName is the longest name of a view.
const mostViewName = 30

func (d *desk) viewList(w http.ResponseWriter, r *http.Request) {
	d.showViews(w, r, http.StatusOK, "")
}

func (d *desk) showViews(w http.ResponseWriter, r *http.Request, status int, problem string) {
	p := viewsPage{frame: d.frame(r, d.t(r, "管理视图"), "matrix"), Problem: problem}
	p.Done = d.doneView(r)
	var err error
	if p.Views, err = d.Ledger.Views(r.Context(), personOf(r).Name); err != nil {
		d.fail(w, r, err)
		return
	}
	d.show(w, r, status, "views", p)
}

// doneView is what the page says once after a change of a view.
func (d *desk) doneView(r *http.Request) string {
	switch r.URL.Query().Get("done") {
	case "kept":
		return d.t(r, "视图已保存。")
	case "renamed":
		return d.t(r, "视图已改名。")
	case "dropped":
		return d.t(r, "视图已删除。")
	}
	return ""
}

// keepView keeps the question of a form. It is read and written anew, so that nothing is kept that the matrix would not ask.
func (d *desk) keepView(w http.ResponseWriter, r *http.Request) {
	q, err := url.ParseQuery(r.PostFormValue("query"))
	a := askOf(q)
	name, problem := d.viewName(r, "name")
	switch {
	case problem != "":
	case err != nil || a.Empty():
		problem = d.t(r, "没有条件可以保存：请先在“同步状态”里选好条件。")
	default:
		err = d.Ledger.KeepView(r.Context(), personOf(r).Name, ledger.KeptView{Name: name, Query: a.Encoded()}, d.Now())
		problem = d.viewProblem(w, r, err)
		if problem == "" && err != nil {
			return // it is answered
		}
	}
	if problem != "" {
		d.showViews(w, r, http.StatusUnprocessableEntity, problem)
		return
	}
	v := a.values()
	v.Set("done", "kept")
	http.Redirect(w, r, "/matrix?"+v.Encode(), http.StatusSeeOther)
}

func (d *desk) renameView(w http.ResponseWriter, r *http.Request) {
	to, problem := d.viewName(r, "to")
	if problem == "" {
		err := d.Ledger.RenameView(r.Context(), personOf(r).Name, r.PostFormValue("name"), to)
		if problem = d.viewProblem(w, r, err); problem == "" && err != nil {
			return
		}
	}
	if problem != "" {
		d.showViews(w, r, http.StatusUnprocessableEntity, problem)
		return
	}
	http.Redirect(w, r, "/views?done=renamed", http.StatusSeeOther)
}

func (d *desk) dropView(w http.ResponseWriter, r *http.Request) {
	err := d.Ledger.DropView(r.Context(), personOf(r).Name, r.PostFormValue("name"))
	switch problem := d.viewProblem(w, r, err); {
	case problem != "":
		d.showViews(w, r, http.StatusUnprocessableEntity, problem)
	case err == nil:
		http.Redirect(w, r, "/views?done=dropped", http.StatusSeeOther)
	}
}

// viewName reads a name, or says what is wrong with it.
func (d *desk) viewName(r *http.Request, field string) (name, problem string) {
	name = strings.Join(strings.Fields(r.PostFormValue(field)), " ")
	if name == "" || clip(name, mostViewName) != name {
		return "", d.t(r, "视图的名称要有1到%d个字。", mostViewName)
	}
	return name, ""
}

// viewProblem is what a person can mend. Anything else it answers itself.
func (d *desk) viewProblem(w http.ResponseWriter, r *http.Request, err error) string {
	var t *press.Trouble
	if errors.As(err, &t) && t.Raw == "" {
		return t.Say()
	}
	if err != nil {
		d.fail(w, r, err)
	}
	return ""
}

// usual are the views that somebody's work is likely to need, by role.
func usual(p ledger.Person) []ledger.KeptView {
	copies := func(name string, s press.CopyState) ledger.KeptView {
		return ledger.KeptView{Name: name, Query: ask{Copy: s}.Encoded()}
	}
	states := func(name string, s press.State) ledger.KeptView {
		return ledger.KeptView{Name: name, Query: ask{State: s}.Encoded()}
	}
	waits := func(name string, x ledger.Wait) ledger.KeptView {
		return ledger.KeptView{Name: name, Query: ask{Waits: x}.Encoded()}
	}
	unsure, differs, refused := copies("结果待核实", press.CopyUnknown), copies("与原文不一致", press.CopyDiffers), copies("平台未通过", press.CopyRefused)
	review, returned := states("待审", press.Submitted), states("退回", press.Returned)
	hand := states("需人工处理", press.Hand)
	own := ledger.KeptView{Name: "我收的稿件", Query: ask{By: p.Name}.Encoded()}
	of := map[press.Role][]ledger.KeptView{
		press.Publisher:       {hand, waits("检查未过", ledger.ForGate), waits("暂缓", ledger.ForRelease), review},
		press.NewMediaEditor:  {hand, unsure, differs, refused},
		press.GazetteEditor:   {states("待发布", press.Scheduled), waits("检查未过", ledger.ForGate)},
		press.Reviewer:        {review, returned},
		press.SecrecyReviewer: {review},
		press.Drafter:         {own, returned},
		press.Registrar:       {own, returned},
		press.Supervisor:      {differs, states("已更正", press.Corrected), states("已撤回", press.Withdrawn)},
		press.Operator:        {hand, unsure},
	}
	var out []ledger.KeptView
	for _, r := range p.Roles {
		for _, v := range of[r] {
			if !slices.ContainsFunc(out, func(o ledger.KeptView) bool { return o.Query == v.Query }) {
				out = append(out, v)
			}
		}
	}
	return out
}

// views are those above the matrix: the usual ones of the person's roles, and her own.
func (d *desk) views(r *http.Request, now ask) ([]viewLink, error) {
	kept, err := d.Ledger.Views(r.Context(), personOf(r).Name)
	if err != nil {
		return nil, err
	}
	var out []viewLink
	add := func(v ledger.KeptView, own bool) {
		q, err := url.ParseQuery(v.Query)
		a := askOf(q)
		if err != nil || a.Empty() {
			return // of an older program
		}
		out = append(out, viewLink{Name: v.Name, URL: a.address(), Own: own, Current: a == now})
	}
	for _, v := range usual(personOf(r)) {
		v.Name = d.t(r, v.Name)
		add(v, false)
	}
	for _, v := range kept {
		add(v, true)
	}
	return out, d.count(r, out)
}

// counting is how many items answer a question, as was counted at a moment.
type counting struct {
	at   time.Time
	text string
}

// counted are the numbers of views. They are counted anew after a while, and no page waits for all of them.
type counted struct {
	mu sync.Mutex
	at map[string]counting
}

const (
	countAgain   = 5 * time.Second       // how long a number is good for
	countPage    = 15 * time.Millisecond // of a page's time for all numbers
	countOne     = 5 * time.Millisecond  // and for one
	mostCounting = 2000                  // numbers that are remembered
)

// count puts the numbers to views.
func (d *desk) count(r *http.Request, vs []viewLink) error {
	end := time.Now().Add(countPage)
	for i := range vs {
		text, fresh := d.counted.of(vs[i].URL)
		if !fresh && time.Now().Before(end) {
			u, err := url.Parse(vs[i].URL)
			if err != nil {
				return err // unreachable: it was made here
			}
			f := d.filter(askOf(u.Query()), 0)
			f.Within = countOne
			n, certain, err := d.Ledger.Count(r.Context(), f)
			if err != nil {
				return err
			}
			text = strconv.Itoa(n)
			if !certain || n >= ledger.MostCertain {
				text += "+"
			}
			d.counted.keep(vs[i].URL, text)
		}
		vs[i].Number = text
	}
	return nil
}

func (c *counted) of(key string) (text string, fresh bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	x := c.at[key]
	return x.text, x.text != "" && time.Since(x.at) < countAgain
}

func (c *counted) keep(key, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.at) >= mostCounting {
		clear(c.at)
	}
	c.at[key] = counting{time.Now(), text}
}
