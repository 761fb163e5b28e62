package desk

import (
	"sync"
	"time"
)

// throttle makes who tries passwords wait longer each time. It counts failures by key, an address or a login, in memory: what lasts over a
// restart is the lock-out in the ledger.
type throttle struct {
	free  int           // failures that cost nothing
	first time.Duration // wait after the next one, then twice as long
	most  time.Duration
	last  int           // failures after which the wait is the longest; 0 for none
	keep  time.Duration // after which a failure is forgotten

	mu   sync.Mutex
	seen map[string]tries
}

type tries struct {
	n    int
	last time.Time
}

// mostKeys bounds what is remembered. Who floods the table with logins is still counted by address.
const mostKeys = 20_000

// wait is how long a key has to wait before it may try again.
func (t *throttle) wait(key string, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, ok := t.seen[key]
	if !ok || s.n <= t.free {
		return 0
	}
	pause := t.most
	if over := s.n - t.free - 1; (t.last == 0 || s.n < t.last) && over < 20 {
		pause = min(t.first<<over, t.most)
	}
	return max(0, s.last.Add(pause).Sub(now))
}

// failed counts a failure.
func (t *throttle) failed(key string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen == nil {
		t.seen = map[string]tries{}
	}
	if len(t.seen) >= mostKeys {
		t.forget(now)
	}
	s := t.seen[key]
	if now.Sub(s.last) > t.keep {
		s.n = 0
	}
	t.seen[key] = tries{s.n + 1, now}
}

// forget drops what is old, and where nothing is, the oldest tenth or so.
func (t *throttle) forget(now time.Time) {
	oldest := now
	for key, s := range t.seen {
		if now.Sub(s.last) > t.keep {
			delete(t.seen, key)
		} else if s.last.Before(oldest) {
			oldest = s.last
		}
	}
	for cut := now.Sub(oldest) / 10; len(t.seen) >= mostKeys; cut *= 2 {
		for key, s := range t.seen {
			if !s.last.After(oldest.Add(cut)) {
				delete(t.seen, key)
			}
		}
		if cut == 0 {
			clear(t.seen) // all of one moment
		}
	}
}

// passed forgets the failures of a key.
func (t *throttle) passed(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.seen, key)
}
