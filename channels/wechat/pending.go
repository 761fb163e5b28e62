package wechat

import (
	"context"
	"sync"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

// pending holds the submissions that were under review when they were last asked about. It is only a hint to save calls, so a restart may
// forget it.
type pending struct {
	mu   sync.Mutex
	jobs map[string]time.Time
}

const (
	manyPending = 3
	pendingFor  = 8 * time.Hour    // without being asked about
	listFirst   = 15 * time.Minute // after which a refusal, which no list tells, should be known
)

func (p *pending) note(id string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.jobs[id] = now
}

func (p *pending) drop(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.jobs, id)
}

// many reports whether there are so many that one list call is cheaper than asking about each.
func (p *pending) many(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, at := range p.jobs {
		if now.Sub(at) > pendingFor {
			delete(p.jobs, id)
		}
	}
	return len(p.jobs) >= manyPending
}

// listTells asks the published list, once for everybody, while several submissions are young. What it lacks is still under review, and nobody
// asks about it alone; what it has is asked about, because only that answer holds the permanent address.
func (c *Channel) listTells(ctx context.Context, a press.Act, j channels.Journal, s channels.Step) (r press.Receipt, waits bool) {
	now := c.o.Now()
	if now.Sub(s.Done) >= listFirst || !c.pending.many(now) {
		return r, false
	}
	id := identifier(s.Ref)
	pace := min(listFresh, c.c.Poll[0])
	found, _, err := c.published.find(ctx, j, asking(a, s.Intended, newer(s.Done, now.Add(-pace/2))))
	if err != nil || len(found) > 0 {
		return r, false
	}
	c.pending.note(id, now)
	next := c.nextPoll(s.Done)
	if rest := next.Sub(next.Truncate(pace)); rest > 0 {
		next = next.Add(pace - rest) // so that all ask together
	}
	return until(whole(a, press.HandedOver, refJob, id, "平台审核中"), next), true
}
