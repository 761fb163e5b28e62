package channeltest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

// Memory (记忆) is what the ledger is to one channel, kept in memory: the journals of its acts, the names of uploaded files, the
// quotas, the shelves and the bytes of assets. It implements channels.Archive and channels.Blobs. One Memory serves one channel.
// It is safe for concurrent use; the hooks are to be set before the act that they are to meet.
type Memory struct {
	// Before is called before each commit of a journal with the operation (intend, done, keep or spend) and the name of the step,
	// digest or quota. An error keeps the commit from being made and is what the driver is told. nil does nothing.
	Before func(op, step string) error
	// After is called after each commit. An error is what the driver is told, though the commit was made. nil does nothing.
	After func(op, step string) error

	now func() time.Time

	mu      sync.Mutex
	acts    int64 // how many acts were opened
	last    int64 // the last id given to a copy
	steps   map[int64][]channels.Step
	assets  map[string]string
	spent   map[string]int
	blobs   map[string][]byte
	copies  map[int64]*kept
	order   []int64 // of copies, as they were composed
	shelves map[string]map[int64]int64
	tops    map[string]int64
}

// kept is an entry as it was composed, with what came of it since.
type kept struct {
	entry     press.Entry
	withdrawn bool
}

// NewMemory makes an empty memory. It takes its time from now, as the driver under test does.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{
		now:     now,
		steps:   map[int64][]channels.Step{},
		assets:  map[string]string{},
		spent:   map[string]int{},
		blobs:   map[string][]byte{},
		copies:  map[int64]*kept{},
		shelves: map[string]map[int64]int64{},
		tops:    map[string]int64{},
	}
}

// Put keeps the bytes of an asset and returns their digest.
func (m *Memory) Put(data []byte) (digest string) {
	sum := sha256.Sum256(data)
	digest = hex.EncodeToString(sum[:])
	m.mu.Lock()
	defer m.mu.Unlock()
	m.blobs[digest] = slices.Clone(data)
	return digest
}

// Blob gives the bytes of an asset that was Put.
func (m *Memory) Blob(ctx context.Context, digest string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.blobs[digest]
	if !ok {
		return nil, fmt.Errorf("no asset %s", digest)
	}
	return slices.Clone(data), nil
}

// Compose completes an edition as the ledger does when it closes one: ids, generations, markers, positions and times that are missing, and
// a position on every shelf that the channel names. It remembers the entries, which the Archive lists from now on.
func (m *Memory) Compose(e *press.Edition, c channels.Channel) {
	if e.Composed.IsZero() {
		e.Composed = m.now()
	}
	if e.Key == "" {
		e.Key = press.EditionKey(e.Slot, e.Seq)
	}
	e.State = press.EditionOpen
	m.mu.Lock()
	for i := range e.Entries {
		m.complete(e, i)
	}
	m.mu.Unlock()
	for i := range e.Entries {
		entry := &e.Entries[i]
		var on []press.Shelf
		if s, ok := c.(channels.Shelver); ok {
			on = s.Shelves(*entry)
		}
		m.place(entry, on)
	}
}

// complete fills in what the ledger would have given an entry before it is composed. The lock is held.
func (m *Memory) complete(e *press.Edition, i int) {
	en := &e.Entries[i]
	en.Position = i + 1
	if en.Public.IsZero() {
		en.Public = e.Composed
	}
	c := &en.Copy
	if c.ID == 0 {
		c.ID = m.last + 1
	}
	m.last = max(m.last, c.ID)
	c.Item = cmp.Or(c.Item, en.Item.ID)
	c.Channel = cmp.Or(c.Channel, e.Slot.Channel)
	c.Generation = cmp.Or(c.Generation, 1)
	c.Revision = cmp.Or(c.Revision, en.Revision.Number)
	c.Marker = cmp.Or(c.Marker, press.Marker("channeltest", c.Channel, c.Item, c.Generation))
	c.State = cmp.Or(c.State, press.Waiting)
	c.Edition = e.Key
}

// place gives an entry its positions and remembers it. A copy that is composed again keeps the positions it has.
func (m *Memory) place(e *press.Entry, on []press.Shelf) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id := e.Copy.ID
	places := map[string]int64{}
	if k := m.copies[id]; k != nil {
		maps.Copy(places, k.entry.Places)
	} else {
		m.order = append(m.order, id)
	}
	for _, s := range on {
		if _, ok := places[s.Name]; !ok {
			places[s.Name] = m.take(s, id)
		}
	}
	e.Places = places
	m.copies[id] = &kept{entry: *e}
	m.copies[id].entry.Places = maps.Clone(places)
}

// take gives out a position on a shelf: the one asked for if it is free, else the next. The lock is held.
func (m *Memory) take(s press.Shelf, id int64) int64 {
	if m.shelves[s.Name] == nil {
		m.shelves[s.Name] = map[int64]int64{}
	}
	at := s.Position
	if _, taken := m.shelves[s.Name][at]; taken || at <= 0 {
		at = m.tops[s.Name] + 1
	}
	m.shelves[s.Name][at] = id
	m.tops[s.Name] = max(m.tops[s.Name], at)
	return at
}

// Open opens an act on an edition as the ledger does: with an id of its own and with the entries as they are remembered, addresses and names
// included. A withdrawal gets a reason and answers with a notice page; change the act for anything else.
func (m *Memory) Open(v press.Verb, e press.Edition) press.Act {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.acts++
	a := press.Act{ID: m.acts, Verb: v, Edition: e, Seq: 1, Opened: m.now()}
	a.Edition.Entries = slices.Clone(e.Entries)
	for i, en := range a.Edition.Entries {
		if k := m.copies[en.Copy.ID]; k != nil {
			a.Edition.Entries[i] = k.entry
		}
	}
	if v == press.Withdraw {
		a.Reason, a.Notice = "内容有误，经研究予以撤回", press.NoticePage
	}
	return a
}

// Revise opens an act that corrects or annotates what is public: change makes of each entry, as it is remembered, what the act gives. The memory
// knows it once the act is settled.
func (m *Memory) Revise(v press.Verb, e press.Edition, change func(*press.Entry)) press.Act {
	a := m.Open(v, e)
	a.Way = press.InPlace
	for i := range a.Edition.Entries {
		change(&a.Edition.Entries[i])
		a.Revision = a.Edition.Entries[i].Revision.Number
	}
	return a
}

// Settle takes down what a receipt says of the entries of an act, as the ledger does: their states, addresses and names. A refused
// entry leaves a hole on its shelves.
func (m *Memory) Settle(a press.Act, r press.Receipt) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range a.Edition.Entries {
		k := m.copies[e.Copy.ID]
		if k == nil {
			k = &kept{entry: e}
			m.copies[e.Copy.ID] = k
			m.order = append(m.order, e.Copy.ID)
		}
		p := r.PartOf(e.Copy.ID)
		if p.Status == press.Live && (a.Verb == press.Amend || a.Verb == press.Annotate) {
			k.entry.Revision, k.entry.Remarks, k.entry.Copy.Revision = e.Revision, e.Remarks, e.Revision.Number
		}
		m.settle(k, p, a.Verb)
	}
}

func (m *Memory) settle(k *kept, p press.Part, v press.Verb) {
	c := &k.entry.Copy
	c.URL, c.Ref = cmp.Or(p.URL, c.URL), cmp.Or(p.Ref, c.Ref)
	if s, ok := stateAfter(p.Status, v); ok {
		c.State, c.Since, c.Note = s, m.now(), p.Note
		k.withdrawn = s == press.CopyWithdrawn
	}
	if c.State == press.CopyRefused {
		for name, at := range k.entry.Places {
			delete(m.shelves[name], at)
		}
	}
}

// stateAfter is the state a copy has after a channel's word on it, if that word changes it.
func stateAfter(s press.Status, v press.Verb) (press.CopyState, bool) {
	switch {
	case s == press.Gone:
		return press.CopyWithdrawn, true
	case v == press.Withdraw:
		return "", false // it stays what it was until it is gone
	case s == press.Live:
		return press.CopyLive, true
	case s == press.HandedOver:
		return press.CopyHanded, true
	case s == press.Refused:
		return press.CopyRefused, true
	case s == press.NeedsHand:
		return press.CopyNeedsHand, true
	case s == press.CannotTell:
		return press.CopyUnknown, true
	}
	return "", false
}

// Link gives an item's remembered entries other links, as when a related item was published since.
func (m *Memory) Link(item press.ItemID, links ...press.Link) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range m.copies {
		if k.entry.Copy.Item == item {
			k.entry.Links = slices.Clone(links)
		}
	}
}

// Shelf implements channels.Archive.
func (m *Memory) Shelf(ctx context.Context, shelf string, from, to int64) ([]channels.Listed, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []channels.Listed
	for _, at := range slices.Sorted(maps.Keys(m.shelves[shelf])) {
		if at >= from && at <= to {
			list = append(list, m.listed(at, m.shelves[shelf][at]))
		}
	}
	return list, nil
}

func (m *Memory) listed(at, id int64) channels.Listed {
	k := m.copies[id]
	e := k.entry
	return channels.Listed{
		Position:    at,
		Item:        e.Copy.Item,
		IndexNumber: e.Item.IndexNumber,
		Kind:        e.Item.Kind,
		Title:       e.Revision.Title,
		Meta:        e.Revision.Meta,
		URL:         e.Copy.URL,
		Public:      e.Public,
		Withdrawn:   k.withdrawn,
	}
}

// Top implements channels.Archive.
func (m *Memory) Top(ctx context.Context, shelf string) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tops[shelf], nil
}

// Shelves implements channels.Archive.
func (m *Memory) Shelves(ctx context.Context, prefix string) ([]channels.Shelf, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []channels.Shelf
	for _, name := range slices.Sorted(maps.Keys(m.tops)) {
		if strings.HasPrefix(name, prefix) {
			list = append(list, channels.Shelf{Name: name, Position: m.tops[name]})
		}
	}
	return list, nil
}

// Entry implements channels.Archive.
func (m *Memory) Entry(ctx context.Context, item press.ItemID) (press.Entry, bool, error) {
	if err := ctx.Err(); err != nil {
		return press.Entry{}, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range slices.Backward(m.order) {
		if e := m.copies[id].entry; e.Copy.Item == item && e.Copy.State.Public() {
			e.Places = maps.Clone(e.Places)
			e.Links = slices.Clone(e.Links)
			return e, true, nil
		}
	}
	return press.Entry{}, false, nil
}
