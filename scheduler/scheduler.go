package scheduler

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

// Store is what the scheduler asks of the ledger. Every method is one transaction.
type Store interface {
	// Clock refuses a moment before one that was acted at.
	Clock(ctx context.Context, now time.Time) error
	// Resume makes due again what an earlier run of the program was in the middle of.
	Resume(ctx context.Context, now time.Time) error

	Fired(ctx context.Context, channel, spec string, now time.Time) (time.Time, error)
	Strike(ctx context.Context, channel string, at time.Time, state press.SlotState, until time.Time) error
	OpenSlots(ctx context.Context, channel string) ([]press.OpenSlot, error)
	CloseSlot(ctx context.Context, channel string, at time.Time) error

	Compose(ctx context.Context, p press.Plan, at, now time.Time) (press.Composed, error)
	// IssueDue puts out the editions that people have settled and given a moment, once it has come.
	IssueDue(ctx context.Context, p press.Plan, now time.Time) (int, error)
	Begin(ctx context.Context, channel string, now time.Time, most int) ([]press.Act, error)
	// BeginItem is Begin for the acts of one item, on every channel that is not paused.
	BeginItem(ctx context.Context, item string, now time.Time) ([]press.Act, error)
	Journal(a press.Act, now func() time.Time) channels.Journal
	Settle(ctx context.Context, a press.Act, r press.Receipt, failed error, now time.Time) error
	Next(ctx context.Context, channel string, slots bool) (time.Time, error)

	Looks(ctx context.Context, channel string, now time.Time, most int) ([]press.Entry, error)
	Saw(ctx context.Context, s press.Sighting, now time.Time) error
	NextLook(ctx context.Context, channel string) (time.Time, error)

	// Began remembers when an act of a channel was begun last, for one that keeps a distance between acts.
	Began(ctx context.Context, channel string, at time.Time) error
	LastBegan(ctx context.Context, channel string) (time.Time, error)

	// DoubtClock stops everything until a person has looked at the clock, unless one did lately.
	DoubtClock(ctx context.Context, why string, now time.Time) (stopped bool, err error)
	// AgreeClock is told when other hosts say the same time: what a person said of the clock is about no later error.
	AgreeClock(ctx context.Context) error

	// Unreconciled is what a channel's survey must reach back to before it may act; zero for one that may.
	Unreconciled(ctx context.Context, channel string) (time.Time, error)
	// Reconciled lets a channel act again after its survey. why says what kept that from being complete.
	Reconciled(ctx context.Context, channel, why string, scarce []press.Quota, now time.Time) error
	// SurveyedAt is when the last survey of a channel began, and whether it was complete.
	SurveyedAt(ctx context.Context, channel string, now time.Time) (at time.Time, complete bool, err error)
	Surveyed(ctx context.Context, p press.Plan, found []press.Found, began time.Time) (press.Survey, error)
	SurveyEnded(ctx context.Context, channel string, since time.Time, complete bool, began time.Time) error
}

// Channel is one way out with its timetable.
type Channel struct {
	Driver      channels.Channel
	Plan        press.Plan      // Plan.Channel names it
	When        press.Timetable // nil: each item at its own time
	Spec        string          // When as it was written, to tell whether it was changed
	Wait        time.Duration   // how long a slot stays open for copies whose prerequisite is going out
	Late        press.Late      // empty means press.LatePublish
	Concurrency int             // acts at once; less than one means one
	Every       time.Duration   // least time between the beginnings of two acts

	// Foreign tells what stands among a channel's things and belongs to another channel, such as a gazette in a folder of the website; nil
	// for nothing.
	Foreign   func(press.Found) bool
	LookEvery time.Duration // least time between the beginnings of two looks
}

// Options are what a Scheduler needs.
type Options struct {
	Store    Store
	Channels []Channel
	Now      func() time.Time // nil means time.Now
	Log      *slog.Logger     // nil discards
	Lookers  int              // public copies of a channel looked at at once; less than one means four
	ActTime  time.Duration    // the longest that one attempt may take; zero means five minutes
	Survey   time.Duration    // from one survey of a channel to the next; zero: only after a restore
	Time     Time             // who else knows what time it is
	Grace    time.Duration    // how long acts under way may go on after Run was told to end; zero means ten seconds
}

// Scheduler runs the lanes. Its methods are safe for concurrent use, except that Run and Pass exclude each other.
type Scheduler struct {
	o     Options
	lanes []*lane
	looks []*looker
	polls []*surveyor
	watch watch

	resumed bool // by the Pass before, which ended well

	mu      sync.Mutex
	stopped error // what keeps every lane from acting now

	// A call of the ledger that fails may have handed something out all the same, which is then in nobody's hands. Resume makes that due
	// again, but must not meet an act that is being made; hands is locked for reading while one is.
	doubt atomic.Bool
	hands sync.RWMutex
}

// New makes a Scheduler. Nothing happens before Run or Pass.
func New(o Options) *Scheduler {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Lookers < 1 {
		o.Lookers = 4
	}
	if o.ActTime <= 0 {
		o.ActTime = 5 * time.Minute
	}
	if o.Grace <= 0 {
		o.Grace = 10 * time.Second
	}
	o.Time = o.Time.filled()
	s := &Scheduler{o: o, watch: watch{woken: make(chan struct{}, 1)}}
	for _, c := range o.Channels {
		c.Concurrency = max(1, c.Concurrency)
		s.lanes = append(s.lanes, &lane{s: s, c: c, name: c.Plan.Channel, woken: make(chan struct{}, 1), log: o.Log.With("channel", c.Plan.Channel)})
		s.looks = append(s.looks, &looker{s: s, channel: c.Plan.Channel, pause: c.LookEvery, woken: make(chan struct{}, 1)})
		s.polls = append(s.polls, &surveyor{l: s.lanes[len(s.lanes)-1], woken: make(chan struct{}, 1)})
	}
	return s
}

// Wake makes every lane ask the ledger what is due. It never blocks.
func (s *Scheduler) Wake() {
	for _, l := range s.lanes {
		nudge(l.woken)
	}
	for _, k := range s.looks {
		nudge(k.woken)
	}
}

// wakeAfter makes the lanes ask that something on a channel may have made more due for: its own, and those whose copies wait until they are
// verified or gone there.
func (s *Scheduler) wakeAfter(channel string) {
	for _, l := range s.lanes {
		if l.name == channel || slices.Contains(l.c.Plan.After, channel) {
			nudge(l.woken)
		}
	}
}

func (s *Scheduler) wakeLook(channel string) {
	for _, k := range s.looks {
		if k.channel == channel {
			nudge(k.woken)
		}
	}
}

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is to wake already
	}
}

// Trouble is what keeps the lanes from acting now, such as a clock that went back; nil when they are free to act.
func (s *Scheduler) Trouble() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped
}

func (s *Scheduler) setTrouble(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && s.stopped == nil {
		s.o.Log.Error("acts have stopped", "error", err)
	}
	if err == nil && s.stopped != nil {
		s.o.Log.Info("acts go on")
	}
	s.stopped = err
}

// ready asks the ledger whether time is to be trusted, without which nothing is done on any channel, and takes back what a failed call may
// have handed out to nobody.
func (s *Scheduler) ready(ctx context.Context, now time.Time) error {
	err := s.steady()
	if err == nil {
		err = s.o.Store.Clock(ctx, now)
	}
	if ctx.Err() == nil {
		s.setTrouble(err)
	}
	if err != nil || !s.doubt.Load() || !s.hands.TryLock() {
		return err
	}
	defer s.hands.Unlock()
	if err := s.o.Store.Resume(ctx, now); err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	s.doubt.Store(false)
	return nil
}

// soon is next, but not later than in a second while something may be in nobody's hands.
func (s *Scheduler) soon(next, now time.Time) time.Time {
	if !s.doubt.Load() {
		return next
	}
	return earliest(next, now.Add(time.Second))
}

// Run goes on until ctx ends, and then lets the acts under way end. A driver that does not heed its context keeps Run from returning,
// because nobody else may make that act meanwhile. The error is that of Resume.
func (s *Scheduler) Run(ctx context.Context) error {
	if err := s.o.Store.Resume(ctx, s.o.Now()); err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	acts, kill := context.WithCancel(context.WithoutCancel(ctx))
	defer kill()
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(s.o.Grace):
			kill()
		case <-acts.Done():
		}
	})
	defer stop()

	s.watch.begin(len(s.o.Time.Hosts) > 0)
	var wg sync.WaitGroup
	if len(s.o.Time.Hosts) > 0 {
		wg.Go(func() { s.keepTime(ctx) })
	}
	for _, l := range s.lanes {
		l.spaced(ctx)
		wg.Go(func() { l.run(ctx, acts) })
	}
	for _, k := range s.looks {
		wg.Go(func() { k.run(ctx, acts) })
	}
	for _, v := range s.polls {
		wg.Go(func() { v.run(ctx) })
	}
	wg.Wait()
	return nil
}

// mostRounds ends a Pass in which every round makes something else due.
const mostRounds = 100_000

// Passed counts what a pass did.
type Passed struct {
	Editions int `json:"editions"` // composed
	Acts     int `json:"acts"`     // attempted
	Looks    int `json:"looks"`    // public copies looked at
}

// Pass does everything that is due at now, in every lane, and returns when nothing more is. What it did is also told when it fails.
func (s *Scheduler) Pass(ctx context.Context, now time.Time) (done Passed, err error) {
	if !s.resumed { // a Pass that ends well leaves nothing in anybody's hands
		if err := s.o.Store.Resume(ctx, now); err != nil {
			return done, fmt.Errorf("resume: %w", err)
		}
	}
	defer func() { s.resumed = err == nil }()
	if err := s.prepare(ctx, func() time.Time { return now }); err != nil {
		return done, err
	}
	for range mostRounds {
		moved := false
		for _, l := range s.lanes {
			m, err := l.pass(ctx, now, &done)
			if err != nil {
				return done, fmt.Errorf("pass of %s: %w", l.name, err)
			}
			moved = moved || m
		}
		for _, k := range s.looks {
			n, err := k.pass(ctx, now)
			done.Looks += n
			if err != nil {
				return done, fmt.Errorf("looks on %s: %w", k.channel, err)
			}
			moved = moved || n > 0
		}
		if !moved {
			return done, nil
		}
	}
	return done, fmt.Errorf("pass did not end after %d rounds", mostRounds)
}
