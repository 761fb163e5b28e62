package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"tongfa/ledger"
)

// Store is the ledger as a Sender sees it.
type Store interface {
	Spread(ctx context.Context, h ledger.Hook, now time.Time) (more bool, err error)
	DueDeliveries(ctx context.Context, hook string, now time.Time, most int) ([]ledger.Delivery, error)
	NextDelivery(ctx context.Context, hook string) (time.Time, error)
	Delivered(ctx context.Context, d ledger.Delivery, taken bool, status int, said string, now time.Time) error
	ForgetDeliveries(ctx context.Context, now time.Time) (more bool, err error)
}

// Poster sends a body to an address. An error means that there was no answer.
type Poster interface {
	Post(ctx context.Context, address string, head http.Header, body []byte) (status int, answer string, err error)
}

// Hook is somebody who is told.
type Hook struct {
	ledger.Hook
	URL    string
	Secret string
}

// Sender tells.
type Sender struct {
	Store Store
	Post  Poster
	Hooks []Hook
	Now   func() time.Time
	Log   *slog.Logger

	rings []chan struct{}
}

// Pauses of a Sender.
const (
	calm     = 200 * time.Millisecond // between two looks at the feed, however often it is woken
	idle     = time.Minute            // and at least so often
	afterBad = 5 * time.Second        // of the ledger's own troubles
	mostDue  = 50                     // taken at once
	forget   = time.Hour              // between two clearings of what is old
)

// New makes a Sender ready to be woken.
func New(s Sender) *Sender {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	for range s.Hooks {
		s.rings = append(s.rings, make(chan struct{}, 1))
	}
	return &s
}

// Wake has it look soon. It never blocks.
func (s *Sender) Wake() {
	for _, r := range s.rings {
		select {
		case r <- struct{}{}:
		default: // it is to look already
		}
	}
}

// Run tells everybody until ctx ends. Each has a line of its own, so that one that does not answer keeps nobody else waiting.
func (s *Sender) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for i, h := range s.Hooks {
		wg.Go(func() { s.tell(ctx, h, s.rings[i]) })
	}
	if len(s.Hooks) > 0 {
		wg.Go(func() { s.clear(ctx) })
	}
	wg.Wait()
}

// tell tells one, and waits until there is something to tell.
func (s *Sender) tell(ctx context.Context, h Hook, woken <-chan struct{}) {
	for ctx.Err() == nil {
		wait, err := s.turn(ctx, h)
		if err != nil && ctx.Err() == nil {
			s.Log.Warn("cannot read what a webhook is to be told", "webhook", h.Name, "error", err)
			wait = afterBad
		}
		pause(ctx, nil, min(wait, calm))
		pause(ctx, woken, wait-calm)
	}
}

// turn sends what is due and says how long there will be nothing.
func (s *Sender) turn(ctx context.Context, h Hook) (time.Duration, error) {
	for more := true; more; {
		var err error
		if more, err = s.Store.Spread(ctx, h.Hook, s.Now()); err != nil {
			return 0, err
		}
	}
	due, err := s.Store.DueDeliveries(ctx, h.Name, s.Now(), mostDue)
	if err != nil {
		return 0, err
	}
	for _, d := range due {
		if err := s.send(ctx, h, d); err != nil {
			return 0, err
		}
	}
	if len(due) > 0 {
		return 0, nil // what waited for them may be due now
	}
	next, err := s.Store.NextDelivery(ctx, h.Name)
	if err != nil || next.IsZero() {
		return idle, err
	}
	return max(0, min(next.Sub(s.Now()), idle)), nil
}

// send makes one attempt and records what came of it. The error is that of the store.
func (s *Sender) send(ctx context.Context, h Hook, d ledger.Delivery) error {
	body := []byte(d.Body)
	now := s.Now()
	head := http.Header{}
	head.Set("Content-Type", "application/json")
	head.Set("Tongfa-Event", d.Event)
	head.Set("Tongfa-Delivery", d.UID)
	head.Set("Tongfa-Signature", Sign(h.Secret, now, body))
	status, answer, err := s.Post.Post(ctx, h.URL, head, body)
	if ctx.Err() != nil {
		return ctx.Err() // it is tried again by the next run
	}
	if err != nil {
		status, answer = 0, err.Error()
	}
	taken := status >= 200 && status < 300
	if !taken {
		s.Log.Warn("a webhook did not take an event", "webhook", h.Name, "event", d.Event, "delivery", d.UID, "status", status)
	}
	return s.Store.Delivered(context.WithoutCancel(ctx), d, taken, status, answer, s.Now())
}

// clear forgets what is old.
func (s *Sender) clear(ctx context.Context) {
	for ctx.Err() == nil {
		more, err := s.Store.ForgetDeliveries(ctx, s.Now())
		if err != nil && ctx.Err() == nil {
			s.Log.Warn("cannot forget old deliveries", "error", err)
		}
		pause(ctx, nil, map[bool]time.Duration{true: calm, false: forget}[more && err == nil])
	}
}

// pause waits for a while, or until it is woken, or until ctx ends.
func pause(ctx context.Context, woken <-chan struct{}, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-woken:
	case <-t.C:
	}
}

// Sign is the signature of a body that is sent at a moment.
func Sign(secret string, at time.Time, body []byte) string {
	stamp := strconv.FormatInt(at.Unix(), 10)
	m := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(m, "%s.", stamp)
	m.Write(body)
	return "t=" + stamp + ",v1=" + hex.EncodeToString(m.Sum(nil))
}
