package site

import (
	"context"
	"errors"
	"sync"
	"time"
)

// refresher lets publications of the same moment share one refresh of the lists. One that comes alone does not wait for others.
type refresher struct {
	mu      sync.Mutex
	waiting *shared       // what the next refresh will do; nil when nobody waits
	coming  int           // acts under way that are going to join a refresh
	acts    int           // acts under way
	most    int           // acts that ever were under way at once
	joined  chan struct{} // closed when an act joins or ends; nil when nobody wants to know

	pause time.Duration // the longest that a refresh waits for more to share it

	work  sync.Mutex // held by the one who refreshes; guards what follows
	shelf shelves
	took  time.Duration // the last refresh
	ended time.Time     // the last refresh
}

// shared is one refresh that several acts wait for.
type shared struct {
	once sync.Once
	c    changes
	acts int
	err  error
}

// part is an act's part in a refresh.
type part struct {
	l      *refresher
	joined bool
}

// begin announces an act that is going to join a refresh. Its end is to be told in any case.
func (l *refresher) begin() *part {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.coming++
	l.acts++
	l.most = max(l.most, l.acts)
	return &part{l: l}
}

// join adds an act's changes to the next refresh.
func (p *part) join(c changes) *shared {
	p.l.mu.Lock()
	defer p.l.mu.Unlock()
	if !p.joined {
		p.joined = true
		p.l.coming--
	}
	mine := p.l.add(c)
	mine.acts++
	p.l.tell()
	return mine
}

func (p *part) end() {
	p.l.mu.Lock()
	defer p.l.mu.Unlock()
	p.l.acts--
	if !p.joined {
		p.l.coming--
		p.l.tell()
	}
}

func (l *refresher) add(c changes) *shared {
	if l.waiting == nil {
		l.waiting = &shared{c: newChanges()}
	}
	l.waiting.c.merge(c)
	return l.waiting
}

func (l *refresher) tell() {
	if l.joined != nil {
		close(l.joined)
		l.joined = nil
	}
}

// A refresh begins a while after the last one: so many times what that took, but not longer than this.
const (
	pauseTimes = 20
	mostPause  = 200 * time.Millisecond
)

// gather waits for acts that may share the refresh: while some are on their way, and while the last refresh is so fresh that more are to be
// expected. It ends at once when as many wait as ever were under way.
func (l *refresher) gather() {
	fresh := l.ended.Add(min(pauseTimes*l.took, l.pause))
	near := time.Now().Add(min(l.took, l.pause))
	for {
		until, joined := l.expect(fresh, near)
		left := time.Until(until)
		if left <= 0 {
			return
		}
		t := time.NewTimer(left)
		select {
		case <-joined:
		case <-t.C:
		}
		t.Stop()
	}
}

// expect is until when more acts are worth waiting for, and what tells of one.
func (l *refresher) expect(fresh, near time.Time) (until time.Time, joined <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.coming == 0 && l.waiting.acts >= l.most {
		return time.Time{}, nil
	}
	if l.joined == nil {
		l.joined = make(chan struct{})
	}
	if l.coming > 0 && near.After(fresh) {
		return near, l.joined
	}
	return fresh, l.joined
}

// refresh brings the lists up to date outside of any act.
func (s *Site) refresh(ctx context.Context, c changes) error {
	s.lists.mu.Lock()
	mine := s.lists.add(c)
	s.lists.mu.Unlock()
	return s.refreshed(ctx, mine)
}

var errHalfWay = errors.New("the refresh of the lists ended half way")

// refreshed returns when a refresh has ended that began after it was joined. The first to wait does the work for all that come before it
// begins.
func (s *Site) refreshed(ctx context.Context, mine *shared) error {
	l := &s.lists
	mine.once.Do(func() {
		l.work.Lock()
		defer l.work.Unlock()
		l.gather()
		l.mu.Lock()
		l.waiting = nil // who comes from now on waits for the next one
		l.mu.Unlock()
		mine.err = errHalfWay // should it panic, those who wait are told no lie
		began := time.Now()
		mine.err = s.writeLists(context.WithoutCancel(ctx), mine.c)
		l.ended = time.Now()
		l.took = l.ended.Sub(began)
	})
	return mine.err
}
