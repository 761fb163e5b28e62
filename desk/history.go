package desk

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"tongfa/ledger"
	"tongfa/press"
)

// history is a part of a timeline. Its lines are counted from the oldest, so that a page of it stays what it is when something happens.
type history struct {
	Events []event
	Older  string // address of what lies before; "" when this is all
	Left   int    // how many lines that is
}

// How many lines of a history the item's page shows, and a page of the whole history.
const (
	fewEvents  = 30
	someEvents = 90
)

// part cuts a timeline: most lines before a number, counted from the oldest; zero means the newest.
func part(all []event, before, most int, id press.ItemID, more url.Values) history {
	if before <= 0 || before > len(all) {
		before = len(all)
	}
	at := func(n int) string {
		q := url.Values{"before": {strconv.Itoa(n)}}
		for name, values := range more {
			q[name] = values
		}
		return to("items", string(id), "history") + "?" + q.Encode()
	}
	list := all[len(all)-before:]
	h := history{Events: slices.Clone(list[:min(len(list), most)])}
	if h.Left = len(list) - len(h.Events); h.Left > 0 {
		h.Older = at(before - most)
	}
	light(h.Events, func(i int) string { return at(before - i) })
	return h
}

// Bounds of what is listed of one difference.
const (
	mostChanges = 60
	mostAround  = 400 // characters of one change
)

// mostHeavy bounds the raw answers and differences of one page, in bytes.
const mostHeavy = 40 << 10

// light leaves out raw answers and differences once a page has enough of them. Each is found on a page that begins with it.
func light(events []event, at func(i int) string) {
	left := mostHeavy
	for i := range events {
		e := &events[i]
		if len(e.Changes) > mostChanges {
			e.Changes = e.Changes[:mostChanges]
		}
		weight := min(len(e.Raw), 3*mostRaw)
		for j, c := range e.Changes {
			c.Was, c.Now = shortened(c.Was, mostAround), shortened(c.Now, mostAround)
			if j == 0 {
				e.Changes = slices.Clone(e.Changes)
			}
			e.Changes[j] = c
			weight += len(c.Before) + len(c.Was) + len(c.Now) + len(c.After) + 100 // and what stands around it
		}
		if left -= weight; left < 0 && weight > 0 && i > 0 {
			left += weight
			e.Raw, e.Changes, e.Apart = "", nil, at(i)
		}
	}
}

// historyPage is the whole history of an item, a page at a time, and the chain that proves it.
type historyPage struct {
	frame
	asked
	Channel  string
	Sort     string
	History  history
	Newest   string // address of the newest page; "" on it
	Channels []string
	Chain    []ledger.Moved // of the moves on this page
}

// Sorts are the choices of what kind of line.
func (historyPage) Sorts() []string {
	return []string{"流转", "审签", "动作", "回执", "核验"}
}

func (d *desk) history(w http.ResponseWriter, r *http.Request) {
	a, ok := d.about(w, r)
	if !ok {
		return
	}
	q := r.URL.Query()
	before, err := strconv.Atoi(q.Get("before"))
	if q.Has("before") && (err != nil || before < 1) {
		d.fail(w, r, ledger.ErrCursor)
		return
	}
	acts, err := d.attempts(r.Context(), a.Story.Item.ID)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	p := historyPage{frame: d.frame(r, d.t(r, "时间线")+d.t(r, "：")+a.Name(), "matrix"), asked: a, Channel: q.Get("channel"), Sort: q.Get("sort")}
	more := url.Values{}
	all := timeline(a.Story, acts)
	for _, e := range all {
		if e.Channel != "" && !slices.Contains(p.Channels, e.Channel) {
			p.Channels = append(p.Channels, e.Channel)
		}
	}
	slices.Sort(p.Channels)
	if slices.Contains(p.Channels, p.Channel) {
		more.Set("channel", p.Channel)
		all = slices.DeleteFunc(all, func(e event) bool { return e.Channel != p.Channel })
	}
	if slices.Contains(p.Sorts(), p.Sort) {
		more.Set("sort", p.Sort)
		all = slices.DeleteFunc(all, func(e event) bool { return e.Sort != p.Sort })
	}
	p.History = part(all, before, someEvents, a.Story.Item.ID, more)
	if before > 0 {
		p.Newest = to("items", a.ID(), "history") + "?" + more.Encode()
	}
	p.Chain = chainOf(a.Story.Moves, p.History.Events)
	d.show(w, r, http.StatusOK, "history", p)
}

// chainOf are the moves that happened within a page of history.
func chainOf(moves []ledger.Moved, events []event) (out []ledger.Moved) {
	if len(events) == 0 {
		return nil
	}
	newest, oldest := events[0].At, events[len(events)-1].At
	for _, m := range moves {
		if !m.At.Before(oldest) && !m.At.After(newest) {
			out = append(out, m)
		}
	}
	if len(out) > someEvents {
		out = out[len(out)-someEvents:]
	}
	return out
}
