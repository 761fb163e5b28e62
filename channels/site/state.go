package site

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
	"syscall"

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

// readState reads the state of the page at a path in the file system. What is not one of our item pages counts as not there, for it does not
// show the item; neither does a link, even to one.
func readState(path string) (pageState, error) {
	head, err := readHead(path, make([]byte, channels.HeadBytes))
	return stateIn(head), err
}

// readHead reads the beginning of a file, as much as head holds; nothing of what is not there or is no file.
func readHead(path string, head []byte) ([]byte, error) {
	f, _, err := openFile(path)
	if f == nil {
		return nil, err
	}
	defer f.Close()
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return head[:n], nil
}

// mostPage bounds what is read of a page; the text of an item is far shorter.
const mostPage = 16 << 20

// readPage reads a whole page; nothing of what is not there or is no file.
func readPage(path string) ([]byte, error) {
	f, _, err := openFile(path)
	if f == nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, mostPage))
}

// openFile opens a file; nil for what is not there, is a link or is no file: whoever put it there, it is not what the program wrote.
func openFile(path string) (*os.File, os.FileInfo, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil, nil
	}
	if err != nil || !info.Mode().IsRegular() {
		return nil, info, err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	return f, info, err
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

// linking are the links by which entries published last point to an item, seen from there.
func (r *recent) linking(to press.ItemID, address func(press.Entry) string) (links []press.Link) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range r.order {
		e := r.entries[id]
		for _, l := range e.Links {
			if rel := inverse(l.Rel); rel != "" && l.Item == to && id != to {
				links = append(links, press.Link{Rel: rel, Item: id, Title: e.Revision.Title, URL: address(e)})
			}
		}
	}
	return links
}

// newest is the later one of an entry as the ledger has it and as this process wrote it: the page of an amendment stands before the ledger
// hears of it.
func (r *recent) newest(e press.Entry) press.Entry {
	mine, ok := r.get(e.Item.ID)
	if !ok || mine.Copy.Generation != e.Copy.Generation || mine.Revision.Number < e.Revision.Number {
		return e
	}
	if mine.Revision.Number == e.Revision.Number && !channels.FewerRemarks(e.Remarks, mine.Remarks) {
		return e
	}
	e.Revision, e.Remarks = mine.Revision, mine.Remarks
	return e
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
