package alarm

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"tongfa/press"
)

// Store is what a Bell asks of whoever keeps the alarms.
type Store interface {
	// Judge opens and closes alarms by what is wrong now.
	Judge(ctx context.Context, now time.Time) (opened, closed int, err error)
	// Untold is what a receiver is to be told by now.
	Untold(ctx context.Context, receiver string, now time.Time, most int) ([]press.AlarmNews, error)
	// NextMessage is when there will be something to tell it; zero for not before the next Judge.
	NextMessage(ctx context.Context, receiver string) (time.Time, error)
	// Told records what came of telling it.
	Told(ctx context.Context, receiver string, ns []press.AlarmNews, failed error, now time.Time) error
}

// Receiver is one way to reach people.
type Receiver interface {
	Name() string // as people know it
	// Most is how many bytes of text a message may have.
	Most() int
	// Send sends a message. The error is a *press.Trouble without secrets.
	Send(ctx context.Context, m Message) error
}

// Bell judges and tells.
type Bell struct {
	Store     Store
	Receivers []Receiver
	Words     Words
	Every     time.Duration    // at least so often it is judged; zero means a minute
	Gather    time.Duration    // what comes within this time is one message to a receiver; zero means a minute
	Now       func() time.Time // nil means time.Now
	Log       *slog.Logger     // nil discards

	woken chan struct{}
	rings []chan struct{}
}

// Pauses of a Bell.
const (
	calm     = 400 * time.Millisecond // between two judgements, however often it is woken
	patience = 30 * time.Second       // for one sending
	mostTold = 5000                   // in one message, most of them as a number
)

// New makes a Bell ready to be woken.
func New(b Bell) *Bell {
	if b.Every <= 0 {
		b.Every = time.Minute
	}
	if b.Gather <= 0 {
		b.Gather = time.Minute
	}
	if b.Now == nil {
		b.Now = time.Now
	}
	if b.Log == nil {
		b.Log = slog.New(slog.DiscardHandler)
	}
	b.woken = make(chan struct{}, 1)
	for range b.Receivers {
		b.rings = append(b.rings, make(chan struct{}, 1))
	}
	return &b
}

// Wake has it judged soon. It never blocks.
func (b *Bell) Wake() { nudge(b.woken) }

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is to wake already
	}
}

// Run judges and tells until ctx ends.
func (b *Bell) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for i, r := range b.Receivers {
		wg.Go(func() { b.tell(ctx, r, b.rings[i]) })
	}
	for ctx.Err() == nil {
		b.judge(ctx)
		wait(ctx, nil, calm)
		wait(ctx, b.woken, b.Every-calm)
	}
	wg.Wait()
}

func (b *Bell) judge(ctx context.Context) {
	opened, closed, err := b.Store.Judge(ctx, b.Now())
	switch {
	case err != nil && ctx.Err() == nil:
		b.Log.Warn("cannot judge alarms", "error", err)
	case opened+closed > 0:
		b.Log.Info("alarms", "opened", opened, "closed", closed)
	}
	for _, r := range b.rings {
		nudge(r)
	}
}

// wait waits for a while, or until it is woken, or until ctx ends.
func wait(ctx context.Context, woken <-chan struct{}, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-woken:
	case <-t.C:
	}
}

// tell tells one receiver what it has not heard, and then gathers for a while.
func (b *Bell) tell(ctx context.Context, r Receiver, woken chan struct{}) {
	for ctx.Err() == nil {
		sent, next, err := b.turn(ctx, r)
		switch {
		case err != nil && ctx.Err() == nil:
			b.Log.Warn("cannot tell", "receiver", r.Name(), "error", err)
			wait(ctx, nil, b.Gather)
		case sent:
			wait(ctx, nil, b.Gather)
		default:
			wait(ctx, woken, next)
		}
	}
}

// turn sends what is due to one receiver, and says when to come again where nothing was. A sending that fails is on record; the error is that
// of the store.
func (b *Bell) turn(ctx context.Context, r Receiver) (sent bool, next time.Duration, err error) {
	news, err := b.Store.Untold(ctx, r.Name(), b.Now(), mostTold)
	if err != nil {
		return false, 0, err
	}
	if len(news) == 0 {
		at, err := b.Store.NextMessage(ctx, r.Name())
		if err != nil || at.IsZero() {
			return false, b.Every, err
		}
		return false, max(time.Second, min(at.Sub(b.Now()), b.Every)), nil
	}
	within, cancel := context.WithTimeout(ctx, patience)
	failed := r.Send(within, b.Words.Digest(news, r.Most()))
	cancel()
	if failed != nil {
		if ctx.Err() != nil {
			return false, 0, ctx.Err()
		}
		b.Log.Warn("a receiver was not told", "receiver", r.Name(), "error", failed)
	}
	return true, 0, b.Store.Told(context.WithoutCancel(ctx), r.Name(), news, failed, b.Now())
}
