package scheduler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

// lane is one channel's part of the clockwork. Everything but woken and the workers is touched by its own goroutine only.
type lane struct {
	s     *Scheduler
	c     Channel
	name  string
	log   *slog.Logger
	woken chan struct{}
	open  atomic.Bool // known to be surveyed since the last restore

	workers sync.WaitGroup
	mu      sync.Mutex
	busy    int
	last    time.Time // when the last act was begun, by the wall clock
}

// run takes turns until ctx ends, and waits for the acts under way. Acts have a context of their own.
func (l *lane) run(ctx, acts context.Context) {
	defer l.workers.Wait()
	failed := 0
	for ctx.Err() == nil {
		now := l.s.o.Now()
		next, err := l.turn(ctx, acts, now)
		switch {
		case err == nil:
			failed = 0
			l.sleep(ctx, next)
		case ctx.Err() == nil:
			failed++
			l.log.Warn("turn failed", "error", err, "failed", failed)
			l.sleep(ctx, now.Add(pauseAfter(failed)))
		}
	}
}

// pauseAfter grows from half a second to half a minute.
func pauseAfter(failed int) time.Duration {
	return min(500*time.Millisecond<<min(failed-1, 10), 30*time.Second)
}

// longestNap is how often a sleeping lane looks at the wall clock, which may have been set or have stood still with the machine.
const longestNap = time.Second

// sleep waits until the wall clock shows at, until Wake, or until ctx ends. The zero time is never.
func (l *lane) sleep(ctx context.Context, at time.Time) { doze(ctx, l.woken, l.s.o.Now, at) }

// doze is a sleep that also ends when the wall clock goes back, which is for the ledger to judge.
func doze(ctx context.Context, woken <-chan struct{}, now func() time.Time, at time.Time) {
	for last := now().Round(0); ; { // without the monotonic reading, which never goes back
		wall := now().Round(0)
		if wall.Before(last) {
			return
		}
		last = wall
		nap := longestNap
		if !at.IsZero() {
			left := at.Sub(now())
			if left <= 0 {
				return
			}
			nap = min(left, longestNap)
		}
		t := time.NewTimer(nap)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-woken:
			t.Stop()
			return
		case <-t.C:
		}
	}
}

// turn does what is due and says when to come again; zero for not before Wake. Acts do not wait for composing that fails: one of
// them may be a withdrawal.
func (l *lane) turn(ctx, acts context.Context, now time.Time) (time.Time, error) {
	if err := l.s.ready(ctx, now); err != nil {
		return time.Time{}, err
	}
	if closed, err := l.closed(ctx); closed || err != nil {
		return time.Time{}, err // the survey that opens it wakes it
	}
	_, failed := l.compose(ctx, now)
	_, err := l.begin(ctx, acts, now, l.s.o.Now)
	if err := errors.Join(failed, err); err != nil {
		return time.Time{}, err
	}
	next, err := l.next(ctx, now)
	return l.s.soon(next, now), err
}

// pass takes turns at a moment until nothing more is due then, and says whether anything was.
func (l *lane) pass(ctx context.Context, now time.Time, done *Passed) (moved bool, err error) {
	if err := l.s.ready(ctx, now); err != nil {
		return false, err
	}
	if closed, err := l.closed(ctx); closed || err != nil {
		return false, err
	}
	for range mostRounds {
		n, err := l.compose(ctx, now)
		done.Editions += n
		moved = moved || n > 0
		if err != nil {
			return moved, err
		}
		due, err := l.s.o.Store.Next(ctx, l.name, true) // of acts
		if err != nil || due.IsZero() || due.After(now) {
			return moved, err
		}
		moved = true // the ledger may also give up what is due, and hand out nothing
		l.rest(ctx)
		n, err = l.begin(ctx, ctx, now, func() time.Time { return now })
		done.Acts += n
		l.workers.Wait()
		if err != nil {
			return moved, err
		}
	}
	return moved, fmt.Errorf("it did not end after %d rounds", mostRounds)
}

// compose puts out what people have composed for this moment, closes what else is ready into editions, and says how many.
func (l *lane) compose(ctx context.Context, now time.Time) (int, error) {
	p := l.c.Plan
	p.Late, p.When = l.c.Late, l.c.When
	made, failed := l.s.o.Store.IssueDue(ctx, p, now)
	n, err := l.composeReady(ctx, now)
	return made + n, errors.Join(failed, err)
}

// composeReady closes what is ready into editions, and says how many. It does not wait for what people have composed and cannot go out.
func (l *lane) composeReady(ctx context.Context, now time.Time) (made int, err error) {
	if l.c.When == nil {
		n, _, err := l.close(ctx, l.c.Plan, now, now)
		return n, err
	}
	if err := l.strike(ctx, now); err != nil {
		return 0, err
	}
	for {
		n, changed, err := l.serve(ctx, now)
		made += n
		if err != nil || !changed {
			return made, err
		}
	}
}

// serve composes for every open slot, and ends those that nothing is coming for any more. Whether anything is coming is asked before
// composing, so that what becomes ready in between is composed and not left behind.
func (l *lane) serve(ctx context.Context, now time.Time) (made int, changed bool, err error) {
	slots, err := l.s.o.Store.OpenSlots(ctx, l.name)
	if err != nil {
		return 0, false, err
	}
	for _, slot := range slots {
		p := l.c.Plan
		p.Until = l.full(slot)
		n, held, err := l.close(ctx, p, slot.At, now)
		made += n
		if err != nil {
			return made, changed, err
		}
		if n+held > 0 {
			changed = true
			continue
		}
		if slot.Pending > 0 && slot.Until.After(now) {
			continue
		}
		if err := l.s.o.Store.CloseSlot(ctx, l.name, slot.At); err != nil {
			return made, changed, err
		}
	}
	return made, changed, nil
}

// close composes until everything that was ready at a moment is claimed, or held back for something else.
func (l *lane) close(ctx context.Context, p press.Plan, at, now time.Time) (made, held int, err error) {
	for {
		c, err := l.s.o.Store.Compose(ctx, p, at, now)
		made += len(c.Editions)
		held += c.Held
		if err != nil || !c.More {
			return made, held, err
		}
	}
}

// filling is how long what is ready at a slot may wait for what is about to be, so that both go out as one edition.
const filling = time.Minute

// full is when a slot stops waiting for that: a while after it was opened, and never after it ends. One that a person opened waits for nothing.
func (l *lane) full(s press.OpenSlot) time.Time {
	return s.Until.Add(min(l.c.Wait, filling) - l.c.Wait)
}

// mostMissed is how many missed moments are recorded one by one.
const mostMissed = 100

// strike records the moments of the timetable that have come since the last one.
func (l *lane) strike(ctx context.Context, now time.Time) error {
	fired, err := l.s.o.Store.Fired(ctx, l.name, l.c.Spec, now)
	if err != nil {
		return err
	}
	var come []time.Time
	left := 0
	for at := l.c.When.Next(fired); !at.IsZero() && !at.After(now); at = l.c.When.Next(at) {
		if come = append(come, at); len(come) > mostMissed {
			come = come[1:]
			left++
		}
	}
	if left > 0 {
		l.log.Warn("many moments of the timetable were missed", "not_recorded", left, "recorded", len(come))
	}
	for i, at := range come {
		state, until := l.rule(at, now, i == len(come)-1)
		if state != press.SlotOpen || now.Sub(at) > press.OnTime {
			l.log.Warn("missed a moment of the timetable", "at", at, "late", now.Sub(at), "done", state)
		}
		if err := l.s.o.Store.Strike(ctx, l.name, at, state, until); err != nil {
			return err
		}
	}
	return nil
}

// rule says what becomes of a moment that has come. Of several that were missed the last one stands for all: it takes
// everything that was ready at the earlier ones too.
func (l *lane) rule(at, now time.Time, last bool) (press.SlotState, time.Time) {
	switch missed := now.Sub(at) > press.OnTime; {
	case !missed:
		return press.SlotOpen, at.Add(l.c.Wait)
	case !last || l.c.Late == press.LateNext:
		return press.SlotSkipped, now
	case l.c.Late == press.LateAsk:
		return press.SlotAsked, now
	}
	return press.SlotOpen, now.Add(l.c.Wait)
}

// begin starts the acts that are due, as many as the channel allows, and says how many.
func (l *lane) begin(ctx, acts context.Context, now time.Time, clock func() time.Time) (int, error) {
	free := l.free()
	if free == 0 {
		return 0, nil
	}
	l.s.hands.RLock()
	defer l.s.hands.RUnlock()
	due, err := l.s.o.Store.Begin(ctx, l.name, now, free)
	if err != nil {
		l.s.doubt.Store(true)
	}
	if len(due) > 0 && l.c.Every > 0 {
		if err := l.s.o.Store.Began(ctx, l.name, l.s.o.Now()); err != nil {
			l.log.Warn("cannot remember when an act was begun", "error", err)
		}
	}
	for _, a := range due { // also those handed out before an error
		l.started(l.s.o.Now())
		l.s.hands.RLock() // never waits: a writer only tries
		l.workers.Go(func() {
			defer l.ended()
			defer l.s.hands.RUnlock()
			l.attempt(acts, a, clock)
		})
	}
	return len(due), err
}

// free is how many more acts may begin now.
func (l *lane) free() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.c.Concurrency - l.busy
	if l.c.Every <= 0 || n <= 0 {
		return n
	}
	if l.s.o.Now().Before(l.last.Add(l.c.Every)) {
		return 0
	}
	return 1
}

// rest waits until another act may begin, in real time.
func (l *lane) rest(ctx context.Context) {
	l.mu.Lock()
	at := l.last.Add(l.c.Every)
	l.mu.Unlock()
	if l.c.Every > 0 {
		doze(ctx, nil, l.s.o.Now, at)
	}
}

// spaced takes the time of the last act from the ledger: an earlier run of the program may have begun one a moment ago. Where that cannot be read,
// it counts from now.
func (l *lane) spaced(ctx context.Context) {
	if l.c.Every <= 0 {
		return
	}
	at, err := l.s.o.Store.LastBegan(ctx, l.name)
	if err != nil {
		at = l.s.o.Now()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if at.After(l.last) && !at.After(l.s.o.Now()) { // a mark ahead of the clock would stop the lane for as long
		l.last = at
	}
}

func (l *lane) started(at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy++
	l.last = at
}

func (l *lane) ended() {
	l.mu.Lock()
	l.busy--
	l.mu.Unlock()
	l.s.wakeAfter(l.name)
	l.s.wakeLook(l.name)
}

// attempt delivers one act and writes down what came of it.
func (l *lane) attempt(ctx context.Context, a press.Act, clock func() time.Time) {
	if ctx.Err() != nil {
		return // nothing was begun; Resume will hand it out again
	}
	within, cancel := context.WithTimeout(ctx, l.s.o.ActTime)
	r, failed := l.deliver(within, a, clock)
	cancel()
	l.told(a, r, failed)
	r, failed = ahead(r, failed, clock())
	for n := 1; ; n++ {
		err := l.s.o.Store.Settle(context.WithoutCancel(ctx), a, r, failed, clock()) // also when the program is to end
		if err == nil {
			return
		}
		l.log.Error("cannot write down what came of an act; trying again", "edition", a.Edition.Key, "error", err)
		select {
		case <-ctx.Done():
			return // Resume will hand it out again, and Deliver will look
		case <-time.After(pauseAfter(n)):
		}
	}
}

// deliver keeps a driver that panics from taking the other channels with it.
func (l *lane) deliver(ctx context.Context, a press.Act, clock func() time.Time) (r press.Receipt, err error) {
	defer func() {
		if p := recover(); p != nil {
			r, err = press.Receipt{}, panicked(p)
		}
	}()
	return channels.Deliver(ctx, l.c.Driver, a, l.s.o.Store.Journal(a, clock))
}

// panicked is the error of a driver that panicked: whatever it did may have been done.
func panicked(p any) error {
	return &press.Trouble{Remedy: press.LookFirst, What: "渠道程序内部出错，结果待核实", Who: "系统管理员", Do: "把日志里的出错记录交给维护人员",
		Err: fmt.Errorf("driver panicked: %v\n%s", p, debug.Stack())}
}

// ahead drops a moment to come again that is not ahead, so that the ledger chooses one: a driver whose clock is slow must not be asked
// without a pause.
func ahead(r press.Receipt, failed error, now time.Time) (press.Receipt, error) {
	if !r.Again.After(now) {
		r.Again = time.Time{}
	}
	if failed == nil {
		return r, nil
	}
	if t := *press.TroubleOf(failed); !t.When.IsZero() && !t.When.After(now) {
		t.When = time.Time{}
		failed = &t
	}
	return r, failed
}

func (l *lane) told(a press.Act, r press.Receipt, failed error) {
	at := []any{"verb", a.Verb, "edition", a.Edition.Key, "items", len(a.Edition.Entries), "attempt", a.Attempt + 1}
	if failed != nil {
		l.log.Warn("act failed", append(at, "remedy", press.RemedyOf(failed), "error", failed)...)
		return
	}
	l.log.Info("act answered", append(at, "status", r.Status)...)
}

// next is when something of this lane is due again.
func (l *lane) next(ctx context.Context, now time.Time) (time.Time, error) {
	due, err := l.s.o.Store.Next(ctx, l.name, l.c.When != nil)
	if err != nil {
		return time.Time{}, err
	}
	if l.free() == 0 && !due.IsZero() {
		due = l.pause(due)
	}
	if l.c.When == nil {
		return due, nil
	}
	fired, err := l.s.o.Store.Fired(ctx, l.name, l.c.Spec, now)
	if err != nil {
		return time.Time{}, err
	}
	due = earliest(due, l.c.When.Next(fired))
	slots, err := l.s.o.Store.OpenSlots(ctx, l.name)
	for _, slot := range slots {
		due = earliest(due, slot.Until)
		if full := l.full(slot); full.After(now) {
			due = earliest(due, full)
		}
	}
	return due, err
}

// pause is when a lane that may begin nothing now may do so again; zero if an act has to end first, which wakes it.
func (l *lane) pause(due time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy >= l.c.Concurrency {
		return time.Time{}
	}
	if free := l.last.Add(l.c.Every); free.After(due) {
		return free
	}
	return due
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
