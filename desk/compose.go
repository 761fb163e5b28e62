package desk

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tongfa/ledger"
	"tongfa/press"
)

// composePage is where an edition is made: what may be taken into it, what is in it, and how it will look.
type composePage struct {
	frame
	planned
	Seen       int // the version of the plan that the page shows
	Key        string
	Candidates []ledger.Candidate
	Query      string
	After      string
	Next       string        // address of the next page of candidates
	First      string        // and of the first one
	Awaiting   int           // submissions that nobody has taken in yet
	Problem    string        // why the last step was not done
	Meanwhile  []ledger.Deed // what others changed since the page was read
	Name, At   string        // as typed
}

// candidatesSize is how many candidates a page lists.
const candidatesSize = 20

// mostQuery bounds what is searched for, in bytes.
const mostQuery = 200

func (d *desk) compose(w http.ResponseWriter, r *http.Request) {
	d.showCompose(w, r, http.StatusOK, "", 0)
}

func (d *desk) showCompose(w http.ResponseWriter, r *http.Request, status int, problem string, seen int) {
	key := r.PathValue("key")
	e, err := d.planned(r, key)
	if err != nil {
		d.refuseEdition(w, r, err)
		return
	}
	if !e.Planned() && problem != "" {
		d.refuse(w, r, status, problem, d.t(r, "请回到这一期的页面，看它现在的样子。"))
		return
	}
	if !e.Planned() {
		http.Redirect(w, r, to("editions", key), http.StatusSeeOther)
		return
	}
	p := composePage{frame: d.frame(r, d.t(r, "编排：%s", d.editionName(langOf(r), e.Edition)), "editions"), planned: e, Key: key, Seen: e.Version, Problem: problem,
		Query: strings.TrimSpace(r.FormValue("q")), After: r.FormValue("after"), Name: e.Name, At: d.editionStamp(e.Slot.At)}
	p.Done = d.editionDone(r)
	if len(p.Query) > mostQuery {
		p.Query = ""
	}
	if status != http.StatusOK && r.Method == http.MethodPost {
		if r.PostForm.Has("name") {
			p.Name = r.PostFormValue("name")
		}
		if r.PostForm.Has("at") {
			p.At = r.PostFormValue("at")
		}
	}
	var next string
	if p.Candidates, next, err = d.Ledger.Candidates(r.Context(), e.Plan, e.Edition, p.Query, p.After, candidatesSize, d.Now()); err != nil {
		d.fail(w, r, err)
		return
	}
	if next != "" {
		p.Next = p.address(p.Query, next)
	}
	if p.After != "" {
		p.First = p.address(p.Query, "")
	}
	if e.Numbered() {
		if p.Awaiting, err = d.Ledger.Awaiting(r.Context()); err != nil {
			d.fail(w, r, err)
			return
		}
	}
	if p.Meanwhile, err = d.changedMeanwhile(r, key, seen, e.Version); err != nil {
		d.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Security-Policy", framing)
	d.show(w, r, status, "compose", p)
}

func (p composePage) address(query, after string) string {
	v := url.Values{}
	for k, s := range map[string]string{"q": query, "after": after} {
		if s != "" {
			v.Set(k, s)
		}
	}
	a := to("editions", p.Key, "compose")
	if len(v) > 0 {
		a += "?" + v.Encode()
	}
	return a + "#candidates"
}

// planSection is one section of the plan, with its entries.
type planSection struct {
	Section string
	Entries []planEntry
}

// planEntry is an entry as the plan shows it.
type planEntry struct {
	press.Entry
	First, Last bool // of its section
	Old         bool // the item has a newer revision
	Bad         bool // something stops it
}

// Groups are the sections that have entries, in order.
func (p composePage) Groups() []planSection {
	var out []planSection
	for i, en := range p.Entries {
		if i == 0 || out[len(out)-1].Section != en.Section {
			out = append(out, planSection{Section: en.Section})
		}
		g := &out[len(out)-1]
		bad := slices.ContainsFunc(p.Found, func(f press.Finding) bool {
			return f.Severity == press.Stop && f.Place == "第"+strconv.Itoa(i+1)+"篇"
		})
		g.Entries = append(g.Entries, planEntry{Entry: en, First: len(g.Entries) == 0, Old: en.Copy.Revision != en.Item.Head, Bad: bad})
	}
	for _, g := range out {
		g.Entries[len(g.Entries)-1].Last = true
	}
	return out
}

// Full reports whether nothing more fits.
func (p composePage) Full() bool { return len(p.Entries) >= p.Room() }

// changePlan makes one change of the plan.
func (d *desk) changePlan(w http.ResponseWriter, r *http.Request) {
	key := r.PathValue("key")
	if err := r.ParseForm(); err != nil {
		d.refuse(w, r, http.StatusBadRequest, d.t(r, "表单读不出来，没有执行"), d.t(r, "请返回重试。"))
		return
	}
	seen, _ := strconv.Atoi(r.PostFormValue("seen"))
	e, err := d.planned(r, key)
	if err != nil {
		d.refuseEdition(w, r, err)
		return
	}
	ed := ledger.Edit{Who: d.by(r, press.MayCompose), Seen: max(seen, 1)}
	key, code, anchor, err := d.planMoved(r, e, ed)
	switch {
	case errors.Is(err, ledger.ErrStale):
		d.showCompose(w, r, http.StatusConflict, say(err), ed.Seen)
		return
	case ledger.Broke(err):
		d.fail(w, r, err)
		return
	case err != nil:
		d.showCompose(w, r, http.StatusUnprocessableEntity, d.plainly(say(err)), 0)
		return
	}
	d.wake()
	v := url.Values{"done": {code}}
	for _, k := range []string{"q", "after"} {
		if s := r.PostFormValue(k); s != "" && len(s) <= mostQuery {
			v.Set(k, s)
		}
	}
	if !e.Planned() { // from a frozen one only what cannot go out is taken
		http.Redirect(w, r, to("editions", key)+"?done="+code, http.StatusSeeOther)
		return
	}
	http.Redirect(w, r, to("editions", key, "compose")+"?"+v.Encode()+"#"+url.PathEscape(anchor), http.StatusSeeOther)
}

// planMoved makes the step that a form asks for, and returns what was done, the key of the edition from now on, and where on the page that is.
func (d *desk) planMoved(r *http.Request, e planned, ed ledger.Edit) (key, code, anchor string, err error) {
	key, code = r.PathValue("key"), r.PostFormValue("do")
	item := press.ItemID(r.PostFormValue("item"))
	switch code {
	case "put", "renew":
		return key, code, "e-" + string(item), d.Ledger.Put(r.Context(), e.Plan, key, string(item), ed, d.Now())
	case "drop":
		return key, code, "plan", d.Ledger.Drop(r.Context(), e.Plan, key, string(item), ed, d.Now())
	case "up", "down", "section", "order":
		places, err := d.rearranged(r, e, code, item)
		if err == nil {
			err = d.Ledger.Arrange(r.Context(), key, places, ed, d.Now())
		}
		return key, "order", "e-" + string(item), err
	case "name":
		return key, code, "plan", d.Ledger.Rename(r.Context(), key, r.PostFormValue("name"), ed, d.Now())
	case "supplement":
		return key, code, "plan", d.Ledger.Supplement(r.Context(), e.Plan, key, r.PostFormValue("supplement") == "on", ed, d.Now())
	case "index":
		return key, code, "plan", d.Ledger.YearIndex(r.Context(), e.Plan, key, r.PostFormValue("index") == "on", ed, d.Now())
	case "at":
		at, ok := d.editionTime(r.PostFormValue("at"))
		if !ok {
			return key, code, "plan", errors.New(d.t(r, "时间没有写对，请写成 2026-12-01 09:00 的样子。"))
		}
		key, err = d.Ledger.Replan(r.Context(), key, at, ed, d.Now())
		return key, code, "plan", err
	}
	return key, code, "plan", errors.New(d.t(r, "没有选择要做什么。"))
}

// rearranged is the plan after one step: an entry moved within its section, or into another one, or everything as a script has it.
func (d *desk) rearranged(r *http.Request, e planned, do string, item press.ItemID) ([]ledger.Place, error) {
	var places []ledger.Place
	for _, en := range e.Entries {
		places = append(places, ledger.Place{Item: en.Item.ID, Section: en.Section})
	}
	if do == "order" {
		return d.readOrder(r, e)
	}
	i := slices.IndexFunc(places, func(p ledger.Place) bool { return p.Item == item })
	if i < 0 {
		return nil, ledger.ErrStale
	}
	switch do {
	case "up":
		if i > 0 && places[i-1].Section == places[i].Section {
			places[i-1], places[i] = places[i], places[i-1]
		}
	case "down":
		if i+1 < len(places) && places[i+1].Section == places[i].Section {
			places[i+1], places[i] = places[i], places[i+1]
		}
	case "section":
		pl := places[i]
		if pl.Section = r.PostFormValue("section"); !slices.Contains(e.Sections, pl.Section) {
			return nil, errors.New(d.t(r, "没有这个栏目，请从列表里选。"))
		}
		places = append(slices.Delete(places, i, i+1), pl)
	}
	return places, nil
}

// readOrder reads what a script sends after something was dragged: each item with the section that it was dropped in.
func (d *desk) readOrder(r *http.Request, e planned) ([]ledger.Place, error) {
	var places []ledger.Place
	for _, line := range r.PostForm["order"] {
		id, section, _ := strings.Cut(line, ":")
		if section != "" && !slices.Contains(e.Sections, section) && !slices.ContainsFunc(e.Entries, func(en press.Entry) bool { return en.Section == section }) {
			return nil, errors.New(d.t(r, "没有这个栏目，请从列表里选。"))
		}
		places = append(places, ledger.Place{Item: press.ItemID(id), Section: section})
		if len(places) > e.Room() {
			return nil, ledger.ErrStale
		}
	}
	return places, nil
}
