package desk

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// editionDoc is an edition; a list leaves out the entries.
type editionDoc struct {
	Key        string             `json:"key"`
	Channel    string             `json:"channel"`
	Slot       time.Time          `json:"slot"`
	State      press.EditionState `json:"state"`
	Title      string             `json:"title"`
	Year       int                `json:"year,omitempty"`
	Number     int                `json:"number,omitempty"`
	Total      int                `json:"total,omitempty"`
	Supplement bool               `json:"supplement,omitempty"`
	WithIndex  bool               `json:"with_index,omitempty"`
	Count      int                `json:"count"`
	Composed   time.Time          `json:"composed"`
	OutAt      *time.Time         `json:"out_at,omitempty"`
	Name       string             `json:"name,omitempty"`
	Version    int                `json:"version"` // of the plan: how often it was changed
	IssueAt    *time.Time         `json:"issue_at,omitempty"`
	Stopped    string             `json:"stopped,omitempty"`   // why it did not go out then
	FrozenAs   int                `json:"frozen_as,omitempty"` // the proof round that it was frozen as
	Entries    []entryDoc         `json:"entries,omitempty"`
	Rounds     []roundDoc         `json:"rounds,omitempty"`
	Changed    []turnDoc          `json:"changed_since,omitempty"` // since the last of them, while it is not out
}

type entryDoc struct {
	Position int          `json:"position"`
	Section  string       `json:"section,omitempty"`
	ID       press.ItemID `json:"id"`
	Title    string       `json:"title"`
	Revision int          `json:"revision"`
	URL      string       `json:"url,omitempty"`
}

func editionOf(e ledger.EditionLine) editionDoc {
	doc := editionDoc{Key: e.Key, Channel: e.Slot.Channel, Slot: e.Slot.At, State: e.State, Title: e.Title, Year: e.Year, Number: e.Number, Total: e.Total, Supplement: e.Supplement, WithIndex: e.WithIndex,
		Count: e.Count, Composed: e.Composed, OutAt: known(e.OutAt),
		Name: e.Name, Version: e.Version, IssueAt: known(e.IssueAt), Stopped: e.Stopped, FrozenAs: e.Edition.Proof}
	for _, en := range e.Entries {
		doc.Entries = append(doc.Entries, entryDoc{en.Position, en.Section, en.Item.ID, en.Revision.Title, en.Revision.Number, en.Copy.URL})
	}
	return doc
}

// editionsDoc is a page of editions. Before is the slot from which the next page goes on.
type editionsDoc struct {
	At       time.Time    `json:"at"`
	Editions []editionDoc `json:"editions"`
	Before   *time.Time   `json:"before,omitempty"`
}

func (d *desk) apiEditions(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	var before time.Time
	if s := q.Get("before"); s != "" {
		var err error
		if before, err = time.Parse(time.RFC3339Nano, s); err != nil {
			d.badQuery(w, r, "before", "时间要写成 2026-12-01T09:00:00+08:00")
			return
		}
	}
	limit, _ := strconv.Atoi(q.Get("limit")) // no number means the usual
	if limit <= 0 {
		limit = pageSize
	}
	list, err := d.Ledger.Editions(r.Context(), q.Get("channel"), before, min(limit, mostPage))
	if err != nil {
		d.apiFail(w, r, err)
		return
	}
	doc := editionsDoc{At: d.Now().In(d.Location), Editions: []editionDoc{}}
	for _, e := range list {
		doc.Editions = append(doc.Editions, editionOf(e))
	}
	if n := len(list); n >= min(limit, mostPage) {
		doc.Before = &list[n-1].Slot.At
	}
	reply(w, http.StatusOK, "application/json", doc)
}

func (d *desk) apiEdition(w http.ResponseWriter, r *http.Request) {
	d.showEdition(w, r, http.StatusOK, r.PathValue("key"))
}

func (d *desk) showEdition(w http.ResponseWriter, r *http.Request, status int, key string) {
	e, err := d.Ledger.Edition(r.Context(), key)
	if err != nil {
		d.apiFail(w, r, err)
		return
	}
	doc := editionOf(e)
	if err := d.addRounds(r.Context(), &doc, e); err != nil {
		d.apiFail(w, r, err)
		return
	}
	reply(w, status, "application/json", doc)
}

// apiNewEdition begins an issue that people fill.
func (d *desk) apiNewEdition(w http.ResponseWriter, r *http.Request) {
	d.once(func(w http.ResponseWriter, r *http.Request) {
		var o struct {
			Channel    string    `json:"channel"`
			At         time.Time `json:"at"`
			Supplement bool      `json:"supplement"`
		}
		if !d.order(w, r, &o) || d.bad(w, r, wordy("channel", o.Channel, true)) {
			return
		}
		if o.At.IsZero() {
			o.At = d.Now()
		}
		p, ok := d.planOf(w, r, o.Channel)
		if !ok {
			return
		}
		plan := d.Ledger.Plan
		if o.Supplement {
			plan = d.Ledger.PlanSupplement
		}
		key, err := plan(r.Context(), p, o.At, d.by(r, press.MayCompose), d.Now())
		if err != nil {
			d.apiFail(w, r, err)
			return
		}
		w.Header().Set("Location", to("api", "v1", "editions", key))
		d.showEdition(w, r, http.StatusCreated, key)
	})(w, r)
}

// planOf is how a channel composes its editions. It answers where nobody knows.
func (d *desk) planOf(w http.ResponseWriter, r *http.Request, channel string) (press.Plan, bool) {
	if d.Plan == nil {
		d.problem(w, r, apiProblem{Status: http.StatusNotImplemented, Code: "not_available"})
		return press.Plan{}, false
	}
	p, err := d.Plan(channel)
	if err != nil {
		d.problem(w, r, apiProblem{Status: http.StatusNotFound, Code: "no_channel", Field: "channel"})
	}
	return p, err == nil
}

// recompose changes an edition and answers with how it is then.
func (d *desk) recompose(w http.ResponseWriter, r *http.Request, do func(ctx context.Context, p press.Plan, key string, now time.Time) error) {
	key := r.PathValue("key")
	e, err := d.Ledger.Edition(r.Context(), key)
	if err != nil {
		d.apiFail(w, r, err)
		return
	}
	p, ok := d.planOf(w, r, e.Slot.Channel)
	if !ok {
		return
	}
	if err := do(r.Context(), p, key, d.Now()); err != nil {
		d.apiFail(w, r, err)
		return
	}
	d.wake()
	d.showEdition(w, r, http.StatusOK, key)
}

// itemOrder names an item, by its id or its external id. Seen is the version of the plan that the caller has looked at; 0 takes any.
type itemOrder struct {
	Item string `json:"item"`
	Seen int    `json:"seen"`
}

// seenOrder is an order about an edition as a whole.
type seenOrder struct {
	Seen int `json:"seen"`
}

// edit is who changes an edition, and what she had seen of it.
func (d *desk) edit(r *http.Request, right press.Right, seen int) ledger.Edit {
	return ledger.Edit{Who: d.by(r, right), Seen: seen}
}

func (d *desk) apiPut(w http.ResponseWriter, r *http.Request) {
	var o itemOrder
	if !d.order(w, r, &o) || d.bad(w, r, wordy("item", o.Item, true)) {
		return
	}
	d.recompose(w, r, func(ctx context.Context, p press.Plan, key string, now time.Time) error {
		return d.Ledger.Put(ctx, p, key, o.Item, d.edit(r, press.MayCompose, o.Seen), now)
	})
}

func (d *desk) apiDrop(w http.ResponseWriter, r *http.Request) {
	var o itemOrder
	if !d.order(w, r, &o) || d.bad(w, r, wordy("item", o.Item, true)) {
		return
	}
	d.recompose(w, r, func(ctx context.Context, p press.Plan, key string, now time.Time) error {
		return d.Ledger.Drop(ctx, p, key, o.Item, d.edit(r, press.MayCompose, o.Seen), now)
	})
}

// apiArrange puts the entries into an order and into sections. It names every entry once.
func (d *desk) apiArrange(w http.ResponseWriter, r *http.Request) {
	var o struct {
		Places []struct {
			Item    string `json:"item"`
			Section string `json:"section"`
		} `json:"places"`
		Seen int `json:"seen"`
	}
	if !d.order(w, r, &o) {
		return
	}
	var places []ledger.Place
	for i, x := range o.Places {
		if d.bad(w, r, wordy(fmt.Sprintf("places.%d.item", i), x.Item, true)) {
			return
		}
		places = append(places, ledger.Place{Item: press.ItemID(x.Item), Section: x.Section})
	}
	d.recompose(w, r, func(ctx context.Context, _ press.Plan, key string, now time.Time) error {
		return d.Ledger.Arrange(ctx, key, places, d.edit(r, press.MayCompose, o.Seen), now)
	})
}

func (d *desk) apiFreeze(w http.ResponseWriter, r *http.Request) {
	var o seenOrder
	if !d.order(w, r, &o) {
		return
	}
	d.recompose(w, r, func(ctx context.Context, p press.Plan, key string, now time.Time) error {
		_, err := d.Ledger.Freeze(ctx, p, key, d.edit(r, press.MayIssue, o.Seen), now)
		return err
	})
}

// apiIssue puts a frozen edition out now, or has it put out at a moment that is to come.
func (d *desk) apiIssue(w http.ResponseWriter, r *http.Request) {
	var o struct {
		At   time.Time `json:"at"`
		Seen int       `json:"seen"`
	}
	if !d.order(w, r, &o) {
		return
	}
	d.recompose(w, r, func(ctx context.Context, p press.Plan, key string, now time.Time) error {
		if !o.At.IsZero() {
			return d.Ledger.IssueAt(ctx, p, key, o.At, d.edit(r, press.MayIssue, o.Seen), now)
		}
		return d.Ledger.Issue(ctx, p, key, d.edit(r, press.MayIssue, o.Seen), now)
	})
}
