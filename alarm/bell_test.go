package alarm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tongfa/press"
)

// shelf is a store in memory: what each receiver is to be told, from when.
type shelf struct {
	mu     sync.Mutex
	judged int
	fails  bool
	due    map[string][]due
}

type due struct {
	press.AlarmNews
	at    time.Time
	tries int
}

func (s *shelf) Judge(context.Context, time.Time) (int, int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.judged++
	if s.fails {
		return 0, 0, errors.New("disk")
	}
	return 0, 0, nil
}

func (s *shelf) Untold(_ context.Context, receiver string, now time.Time, most int) (out []press.AlarmNews, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.due[receiver] {
		if !d.at.After(now) && len(out) < most {
			out = append(out, d.AlarmNews)
		}
	}
	return out, nil
}

func (s *shelf) NextMessage(_ context.Context, receiver string) (next time.Time, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.due[receiver] {
		if next.IsZero() || d.at.Before(next) {
			next = d.at
		}
	}
	return next, nil
}

func (s *shelf) Told(_ context.Context, receiver string, ns []press.AlarmNews, failed error, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	told := func(d due) bool { return slices.ContainsFunc(ns, func(n press.AlarmNews) bool { return n.ID == d.ID }) }
	if failed == nil {
		s.due[receiver] = slices.DeleteFunc(s.due[receiver], told)
		return nil
	}
	for i, d := range s.due[receiver] {
		if told(d) {
			s.due[receiver][i].tries++
			s.due[receiver][i].at = now.Add(time.Minute << d.tries)
		}
	}
	return nil
}

// add has everybody be told of alarms.
func (s *shelf) add(ids ...int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for r := range s.due {
		for _, id := range ids {
			s.due[r] = append(s.due[r], due{AlarmNews: gone(id), at: time.Now()})
		}
	}
}

func (s *shelf) judgements() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.judged
}

// ear is a receiver.
type ear struct {
	name  string
	mu    sync.Mutex
	heard []time.Time
	texts []string
	send  func(ctx context.Context) error
}

func (e *ear) Name() string { return e.name }
func (e *ear) Most() int    { return 2048 }
func (e *ear) Send(ctx context.Context, m Message) error {
	e.mu.Lock()
	e.heard, e.texts = append(e.heard, time.Now()), append(e.texts, m.Text)
	send := e.send
	e.mu.Unlock()
	if send != nil {
		return send(ctx)
	}
	return nil
}

// does says what becomes of a message from now on.
func (e *ear) does(send func(ctx context.Context) error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.send = send
}

func (e *ear) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.heard)
}

// ringing runs a story with a bell.
func ringing(t *testing.T, story func(s *shelf, b *Bell, a, z *ear)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a, z := &ear{name: "甲"}, &ear{name: "乙"}
		s := &shelf{due: map[string][]due{"甲": nil, "乙": nil}}
		b := New(Bell{Store: s, Receivers: []Receiver{a, z}, Words: words()})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { b.Run(ctx); close(done) }()
		synctest.Wait()
		story(s, b, a, z)
		stop()
		<-done
	})
}

func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestAChangeIsJudgedAndToldInTheSameSecond(t *testing.T) {
	ringing(t, func(s *shelf, b *Bell, a, z *ear) {
		pass(10 * time.Second)
		s.add(1)
		b.Wake()
		synctest.Wait()
		if a.count() != 1 || z.count() != 1 {
			t.Fatalf("told %d and %d times", a.count(), z.count())
		}
		n := s.judgements()
		for range 100 { // however often it is woken
			b.Wake()
			pass(10 * time.Millisecond)
		}
		if m := s.judgements() - n; m < 2 || m > 4 {
			t.Fatalf("judged %d times in a second", m)
		}
		pass(10 * time.Minute)
		if m := s.judgements() - n; m < 10 || m > 14 {
			t.Fatalf("judged %d times in ten minutes", m)
		}
	})
}

func TestManyAlarmsAreOneMessageAMinute(t *testing.T) {
	ringing(t, func(s *shelf, b *Bell, a, _ *ear) {
		pass(time.Second)
		for i := range 500 {
			s.add(i)
			b.Wake()
			pass(10 * time.Millisecond)
		}
		pass(2 * time.Minute)
		if n := a.count(); n != 2 {
			t.Fatalf("500 alarms in five seconds are %d messages", n)
		}
		if d := a.heard[1].Sub(a.heard[0]); d < time.Minute {
			t.Fatalf("two messages within %v", d)
		}
	})
}

func TestAReceiverThatFailsKeepsNobody(t *testing.T) {
	ringing(t, func(s *shelf, b *Bell, a, z *ear) {
		a.does(func(ctx context.Context) error { <-ctx.Done(); return fmt.Errorf("stuck") })
		s.add(1)
		b.Wake()
		pass(time.Second)
		if z.count() != 1 {
			t.Fatal("the other waits")
		}
		pass(20 * time.Minute)
		n := a.count()
		if n < 3 || n > 6 {
			t.Fatalf("it was tried %d times in twenty minutes", n)
		}
		a.does(nil)
		pass(30 * time.Minute)
		if next, err := s.NextMessage(t.Context(), "甲"); err != nil || !next.IsZero() || a.count() != n+1 {
			t.Fatal("it is not told once it can be reached")
		}
	})
}

func TestAStoreThatFailsIsAskedAgain(t *testing.T) {
	ringing(t, func(s *shelf, b *Bell, a, _ *ear) {
		s.mu.Lock()
		s.fails = true
		s.mu.Unlock()
		pass(5 * time.Minute)
		if n := s.judgements(); n < 5 || n > 8 {
			t.Fatalf("judged %d times", n)
		}
		s.add(1)
		pass(time.Minute)
		if a.count() != 1 {
			t.Fatal("what is due is not told when judging fails")
		}
	})
}
