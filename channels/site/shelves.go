package site

import (
	"errors"
	"io/fs"
	"os"
)

// shelf is what the ledger says of the positions that were read: nil for nothing that could be shown.
type shelf map[int64]*row

// gap is the span of positions from from to to that were not read; last is less than first when there are none.
func (s shelf) gap(from, to int64) (first, last int64) {
	for first = from; first <= to; first++ {
		if _, ok := s[first]; !ok {
			break
		}
	}
	for last = to; last >= first; last-- {
		if _, ok := s[last]; !ok {
			break
		}
	}
	return first, last
}

// shelves remember what stands at the places of the lists and what was read of the pages, so that a refresh reads no more than what has
// changed. What changes in the ledger comes with its places, for only this process acts on the site; a file that was changed by
// anybody is told by its time and size. They are empty after a start, and after anything failed.
type shelves struct {
	by     map[string]shelf
	pages  map[string]look
	beside map[string]bool // pages of lists that their neighbours are known to link
}

// look is what was read of a page.
type look struct {
	info  os.FileInfo
	state pageState
}

// mostPlaces bounds what is remembered.
const mostPlaces = 20_000

func (s *shelves) places() (n int) {
	for _, known := range s.by {
		n += len(known)
	}
	return n
}

func (s *shelves) of(name string) shelf {
	if s.by[name] == nil {
		s.by[name] = shelf{}
	}
	return s.by[name]
}

// forget drops the places that have changed.
func (s *shelves) forget(places map[string]map[int64]bool) {
	if s.by == nil || s.places() > mostPlaces {
		*s = shelves{by: map[string]shelf{}, pages: map[string]look{}, beside: map[string]bool{}}
	}
	for name, positions := range places {
		for p := range positions {
			if delete(s.by[name], p); p <= 0 { // the newest, wherever it is
				delete(s.by, name)
			}
		}
	}
}

// state reads the state of the page at a path, unless it was read before and nobody has touched it since.
func (s *shelves) state(path string) (pageState, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return pageState{}, nil
	}
	if err != nil {
		return pageState{}, err
	}
	if was, ok := s.pages[path]; ok && os.SameFile(was.info, info) && was.info.Size() == info.Size() && was.info.ModTime().Equal(info.ModTime()) {
		return was.state, nil
	}
	st, err := readState(path)
	if err != nil {
		return pageState{}, err
	}
	s.pages[path] = look{info, st}
	return st, nil
}
