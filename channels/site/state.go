package site

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"

	"tongfa/channels"
	"tongfa/press"
)

// pageState is what the first line of an item's page says of itself.
type pageState struct {
	there bool
	channels.Head
}

// live reports whether readers find the item's text there.
func (p pageState) live() bool { return p.there && p.Withdrawn == "" }

// readState reads the state of the page at a path in the file system. A file that is not one of our item pages counts as
// not there, for it does not show the item.
func readState(path string) (pageState, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return pageState{}, nil
	}
	if err != nil {
		return pageState{}, err
	}
	defer f.Close()
	head := make([]byte, channels.HeadBytes)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return pageState{}, err
	}
	return stateIn(head[:n]), nil
}

func stateIn(page []byte) pageState {
	head, ok := channels.HeadOf(page)
	return pageState{there: ok, Head: head}
}

// pending are the pages of editions that are being put in place: no list shows one of them before they all are. Those of an edition that
// failed half way stay pending until it is resumed.
type pending struct {
	mu    sync.Mutex
	pages map[string]bool
}

func (p *pending) add(pages []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pages == nil {
		p.pages = map[string]bool{}
	}
	for _, page := range pages {
		p.pages[page] = true
	}
}

func (p *pending) done(pages []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, page := range pages {
		delete(p.pages, page)
	}
}

func (p *pending) has(page string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pages[page]
}

// recent remembers the entries this process published last, for the moment in which their pages are there and the ledger does
// not call them public yet. It only helps a related page to be written again in that moment.
type recent struct {
	mu      sync.Mutex
	entries map[press.ItemID]press.Entry
	order   []press.ItemID
}

const recentMost = 256

func (r *recent) add(e press.Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.entries == nil {
		r.entries = map[press.ItemID]press.Entry{}
	}
	if _, ok := r.entries[e.Item.ID]; !ok {
		r.order = append(r.order, e.Item.ID)
	}
	r.entries[e.Item.ID] = e
	for len(r.order) > recentMost {
		delete(r.entries, r.order[0])
		r.order = r.order[1:]
	}
}

func (r *recent) get(id press.ItemID) (press.Entry, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.entries[id]
	return e, ok
}

// locks keeps two writers from changing the same page at once; each takes all its pages together.
type locks struct {
	mu   sync.Mutex
	free sync.Cond
	held map[string]bool
}

// lock waits until nobody holds any of the pages, takes them, and returns what gives them back.
func (l *locks) lock(pages []string) (unlock func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held == nil {
		l.held, l.free.L = map[string]bool{}, &l.mu
	}
	for l.anyHeld(pages) {
		l.free.Wait()
	}
	for _, p := range pages {
		l.held[p] = true
	}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, p := range pages {
			delete(l.held, p)
		}
		l.free.Broadcast()
	}
}

func (l *locks) anyHeld(pages []string) bool {
	for _, p := range pages {
		if l.held[p] {
			return true
		}
	}
	return false
}
