package site

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"

	"tongfa/press"
)

// changes are what lists and related pages must be brought up to date with.
type changes struct {
	places  map[string]map[int64]bool     // shelf -> positions; 0 stands for "the newest"
	related map[press.ItemID][]press.Link // items whose pages are written again, with the links they gain
}

func newChanges() changes {
	return changes{places: map[string]map[int64]bool{}, related: map[press.ItemID][]press.Link{}}
}

func (c changes) place(shelf string, position int64) {
	if c.places[shelf] == nil {
		c.places[shelf] = map[int64]bool{}
	}
	c.places[shelf][position] = true
}

func (c changes) merge(other changes) {
	for shelf, positions := range other.places {
		for p := range positions {
			c.place(shelf, p)
		}
	}
	for id, links := range other.related {
		c.related[id] = append(c.related[id], links...)
	}
}

// changesOf are the places of entries on their shelves.
func (s *Site) changesOf(entries []press.Entry) changes {
	c := newChanges()
	for _, e := range entries {
		if len(e.Places) == 0 { // it was never composed
			for _, shelf := range s.Shelves(e) {
				c.place(shelf.Name, 0)
			}
		}
		for shelf, position := range e.Places {
			c.place(shelf, position)
		}
	}
	return c
}

// published adds the other side of every link: the document links its interpretation as the interpretation links the document.
func (s *Site) published(entries []press.Entry) changes {
	c := s.changesOf(entries)
	for _, e := range entries {
		for _, l := range e.Links {
			if rel := inverse(l.Rel); rel != "" && l.Item != "" && l.Item != e.Item.ID {
				c.related[l.Item] = append(c.related[l.Item], press.Link{Rel: rel, Item: e.Item.ID, Title: e.Revision.Title, URL: s.Address(e)})
			}
		}
	}
	return c
}

// withdrawn has the pages that link the entries written again: no page links a page that was withdrawn.
func (s *Site) withdrawn(entries []press.Entry) changes {
	c := s.changesOf(entries)
	for _, e := range entries {
		for _, l := range e.Links {
			if l.Item != "" && l.Item != e.Item.ID {
				c.related[l.Item] = append(c.related[l.Item], press.Link{}) // nothing gained; an empty address is never shown
			}
		}
	}
	return c
}

// round is one refresh of the lists.
type round struct {
	s       *Site
	ctx     context.Context
	b       *batch
	shelves *shelves
	states  map[string]pageState // of the pages shown in lists
}

func (s *Site) writeLists(ctx context.Context, c changes) error {
	r := &round{s: s, ctx: ctx, b: s.disk.batch(), shelves: &s.lists.shelf, states: map[string]pageState{}}
	r.shelves.forget(c.places)
	err := errHalfWay
	defer func() {
		if err != nil {
			*r.shelves = shelves{} // what was written is not known
		}
	}()
	err = r.writeAll(c)
	return err
}

func (r *round) writeAll(c changes) error {
	for _, id := range slices.Sorted(maps.Keys(c.related)) {
		if err := r.relink(id, c.related[id], c); err != nil {
			return err
		}
	}
	for _, shelf := range slices.Sorted(maps.Keys(c.places)) {
		if err := r.shelf(shelf, c.places[shelf]); err != nil {
			return err
		}
	}
	for _, write := range []func() error{r.catalogIndex, r.home, r.feed, r.siteMap, r.sitemapIndex, r.searchIndex} {
		if err := write(); err != nil {
			return err
		}
	}
	return r.b.flush()
}

// relink writes the page of a related item again. The ledger is asked for the item as it is now; in the moment in which its page is
// there and the ledger does not call it public yet, or not corrected yet, what this process wrote itself serves. After a crash it may be the
// page alone that shows a correction: it is left as it is, and Lookup has the correction made again, with the links it lacks.
func (r *round) relink(id press.ItemID, gained []press.Link, places changes) error {
	e, ok, err := r.s.o.Archive.Entry(r.ctx, id)
	if err != nil {
		return archiveTrouble(err)
	}
	if !ok {
		if e, ok = r.s.recent.get(id); !ok {
			return nil
		}
	}
	page := r.s.contentPath(e.Item.ID, e.Public)
	defer r.s.writing.lock([]string{page})()
	st, err := readState(r.s.abs(page))
	if err != nil {
		return diskTrouble(page, err)
	}
	e.Copy.Marker = st.Marker
	if e = r.s.recent.newest(e); !st.live() || st.Older(e) {
		return nil // not out yet, withdrawn or corrected: its own act writes it
	}
	if err := r.s.stageArticle(r.b, e, gained); err != nil {
		return err
	}
	if err := r.b.publish(); err != nil {
		return err
	}
	after, err := readState(r.s.abs(page))
	if err == nil && after.Validity != st.Validity {
		places.merge(r.s.changesOf([]press.Entry{e})) // the catalogue tells the validity
	}
	return diskTrouble(page, err)
}

// shelf brings the pages of one shelf up to date.
func (r *round) shelf(name string, positions map[int64]bool) error {
	switch {
	case strings.HasPrefix(name, shelfColumn):
		return r.list(r.s.columnList(strings.TrimPrefix(name, shelfColumn)), positions)
	case strings.HasPrefix(name, shelfTheme):
		return r.list(r.s.themeList(strings.TrimPrefix(name, shelfTheme)), positions)
	case strings.HasPrefix(name, shelfIndex):
		return r.list(r.s.yearList(strings.TrimPrefix(name, shelfIndex)), positions)
	case strings.HasPrefix(name, shelfMonth):
		return r.month(strings.TrimPrefix(name, shelfMonth), positions)
	}
	return nil
}

// rows are the entries at positions from to to that readers can open, newest first.
func (r *round) rows(shelf string, from, to int64) (rows []row, err error) {
	from = max(1, from)
	known := r.shelves.of(shelf)
	if first, last := known.gap(from, to); first <= last {
		if err := r.read(shelf, first, last, known); err != nil {
			return nil, err
		}
	}
	for p := to; p >= from; p-- {
		row := known[p]
		if row == nil {
			continue
		}
		st, err := r.shown(row.path)
		if err != nil {
			return nil, err
		}
		if st.live() {
			rows = append(rows, row.as(st))
		} else {
			delete(known, p) // what becomes of it the ledger need not know yet
		}
	}
	return rows, nil
}

// read asks the ledger for the entries at positions.
func (r *round) read(shelf string, first, last int64, known shelf) error {
	listed, err := r.s.o.Archive.Shelf(r.ctx, shelf, first, last)
	if err != nil {
		return archiveTrouble(err)
	}
	for p := first; p <= last; p++ {
		known[p] = nil
	}
	for _, l := range listed {
		page := r.s.contentPath(l.Item, l.Public)
		delete(r.shelves.pages, r.s.abs(page)) // a change of this very moment need not show in the file's time
		if !l.Withdrawn {
			if e, ok := r.s.recent.get(l.Item); ok { // what this process wrote the ledger may not tell yet
				l.Title, l.Meta = e.Revision.Title, e.Revision.Meta
			}
			row := r.s.row(l, page)
			known[l.Position] = &row
		}
	}
	return nil
}

// shown is the state of the page of an entry. It is live when a list may show it: its page is there and was not withdrawn, and so are those
// it goes out with.
func (r *round) shown(page string) (pageState, error) {
	if r.s.pending.has(page) {
		return pageState{}, nil
	}
	if st, ok := r.states[page]; ok {
		return st, nil
	}
	st, err := r.shelves.state(r.s.abs(page))
	if err != nil {
		return pageState{}, diskTrouble(page, err)
	}
	r.states[page] = st
	return st, nil
}

func (r *round) top(shelf string) (int64, error) {
	top, err := r.s.o.Archive.Top(r.ctx, shelf)
	return top, archiveTrouble(err)
}

func (r *round) exists(rel string) bool {
	_, err := os.Stat(r.s.abs(rel))
	return err == nil
}

// write renders a page and puts it in place.
func (r *round) write(rel, template string, data any) error {
	page, err := r.s.pages.Render(template, data)
	if err != nil {
		return err
	}
	return r.b.put(rel, page)
}
