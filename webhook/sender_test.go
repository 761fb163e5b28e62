package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// other is another system that is told.
type other struct {
	mu     sync.Mutex
	heard  []string // event and delivery of each attempt
	seen   map[string]int
	answer func(n int) (int, error)
	head   http.Header
	body   []byte
}

func (o *other) Post(_ context.Context, _ string, head http.Header, body []byte) (int, string, error) {
	o.mu.Lock()
	o.heard = append(o.heard, head.Get("Tongfa-Event"))
	if o.seen == nil {
		o.seen = map[string]int{}
	}
	o.seen[head.Get("Tongfa-Delivery")]++
	o.head, o.body = head, body
	n, answer := len(o.heard), o.answer
	o.mu.Unlock()
	if answer == nil {
		return http.StatusNoContent, "", nil
	}
	status, err := answer(n)
	return status, strings.Repeat("长", 2000), err
}

func (o *other) said() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.heard)
}

const secret = "a-secret-of-both-sides"

// story runs a sender beside a ledger, on a clock of its own.
func story(t *testing.T, o *other, tell func(l *ledger.Ledger, s *Sender)) {
	t.Helper()
	l, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), ledger.Rules{Limits: map[string]press.Limits{"site": {}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	if err := l.Register(t.Context(), "site", "site"); err != nil {
		t.Fatal(err)
	}
	s := New(Sender{Store: l, Post: o, Hooks: []Hook{{ledger.Hook{Name: "oa", Events: []string{"*"}}, "https://oa.example.gov.cn/", secret}}})
	if _, err := l.Spread(t.Context(), s.Hooks[0].Hook, time.Now()); err != nil {
		t.Fatal(err)
	}
	tell(l, s)
}

func file(t *testing.T, l *ledger.Ledger, n int) {
	t.Helper()
	f := ledger.Filing{Item: press.Item{ExternalID: fmt.Sprint("oa-", n), Kind: press.News, Wants: []press.Want{{Channel: "site"}}},
		Revision: press.Revision{Title: fmt.Sprint("第", n, "篇"), Body: []press.Block{press.P("正文。")}}, By: ledger.Who{Name: "王某", Role: press.Registrar}}
	if _, err := l.File(t.Context(), f, time.Now()); err != nil {
		t.Fatal(err)
	}
}

// drain has the sender do all that is due now.
func drain(t *testing.T, s *Sender) (wait time.Duration) {
	t.Helper()
	for wait == 0 {
		var err error
		if wait, err = s.turn(t.Context(), s.Hooks[0]); err != nil {
			t.Fatal(err)
		}
	}
	return wait
}

func TestWhatHappensIsToldSigned(t *testing.T) {
	t.Parallel()
	o := &other{}
	story(t, o, func(l *ledger.Ledger, s *Sender) {
		file(t, l, 1)
		drain(t, s)
		if got := o.said(); !slices.Equal(got, []string{"item.filed"}) {
			t.Fatal(got)
		}
		var at int64
		var sum string
		if _, err := fmt.Sscanf(strings.ReplaceAll(o.head.Get("Tongfa-Signature"), ",v1=", " "), "t=%d %s", &at, &sum); err != nil {
			t.Fatal(err, o.head)
		}
		m := hmac.New(sha256.New, []byte(secret))
		fmt.Fprintf(m, "%d.%s", at, o.body)
		if hex.EncodeToString(m.Sum(nil)) != sum || time.Since(time.Unix(at, 0)).Abs() > time.Minute {
			t.Error("the signature is not that of the body", o.head)
		}
		if !strings.Contains(string(o.body), `"external_id":"oa-1"`) || strings.Contains(fmt.Sprint(o.head)+string(o.body), secret) {
			t.Errorf("%s", o.body)
		}
		if drain(t, s); len(o.said()) != 1 {
			t.Error("it was told twice")
		}
	})
}

func TestWhatIsNotTakenIsToldAgainUnderTheSameID(t *testing.T) {
	t.Parallel()
	o := &other{answer: func(n int) (int, error) {
		switch n {
		case 1:
			return 500, nil
		case 2:
			return 0, errors.New("连不上对方")
		case 3:
			return 301, nil
		}
		return 200, nil
	}}
	story(t, o, func(l *ledger.Ledger, s *Sender) {
		now := time.Now()
		s.Now = func() time.Time { return now }
		file(t, l, 1)
		for range 4 {
			now = now.Add(drain(t, s) + time.Millisecond)
		}
		drain(t, s)
		if len(o.seen) != 1 || len(o.said()) != 4 {
			t.Fatalf("%v, %v", o.seen, o.said())
		}
		ds, err := l.Deliveries(t.Context(), "oa", 0, 10)
		if err != nil || len(ds) != 1 || ds[0].State != ledger.DeliveryDone || ds[0].Tries != 4 || ds[0].Status != 200 {
			t.Errorf("%+v %v", ds, err)
		}
	})
}

// TestASenderThatWasKilledTellsItAgain ends a sender between the answer and its record.
func TestASenderThatWasKilledTellsItAgain(t *testing.T) {
	t.Parallel()
	ctx, kill := context.WithCancel(t.Context())
	o := &other{}
	story(t, o, func(l *ledger.Ledger, s *Sender) {
		file(t, l, 1)
		o.answer = func(int) (int, error) { kill(); return 200, nil }
		for {
			if _, err := s.turn(ctx, s.Hooks[0]); err != nil {
				break
			}
		}
		o.answer = nil
		drain(t, New(*s))
		if len(o.seen) != 1 || len(o.said()) != 2 {
			t.Errorf("%v, %v", o.seen, o.said())
		}
	})
}

// shelf is a store in memory, for a story that runs on a clock of its own.
type shelf struct {
	mu    sync.Mutex
	due   map[string][]ledger.Delivery
	spoke int
}

// reads is how often the feed was read.
func (s *shelf) reads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.spoke
}

func (s *shelf) Spread(context.Context, ledger.Hook, time.Time) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spoke++
	return false, nil
}

func (s *shelf) DueDeliveries(_ context.Context, hook string, now time.Time, _ int) (out []ledger.Delivery, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.due[hook] {
		if !d.Due.After(now) {
			out = append(out, d)
		}
	}
	return out, nil
}

func (s *shelf) NextDelivery(_ context.Context, hook string) (next time.Time, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.due[hook] {
		if next.IsZero() || d.Due.Before(next) {
			next = d.Due
		}
	}
	return next, nil
}

func (s *shelf) Delivered(_ context.Context, d ledger.Delivery, taken bool, _ int, _ string, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, x := range s.due[d.Hook] {
		if x.UID == d.UID && taken {
			s.due[d.Hook] = slices.Delete(s.due[d.Hook], i, i+1)
			break
		} else if x.UID == d.UID {
			s.due[d.Hook][i].Due = now.Add(10 * time.Second)
		}
	}
	return nil
}

func (s *shelf) ForgetDeliveries(context.Context, time.Time) (bool, error) { return false, nil }

func TestOneThatDoesNotAnswerKeepsNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{due: map[string][]ledger.Delivery{}}
		stuck, quick := &other{}, &other{}
		both := posters{"https://stuck.example/": stuck, "https://quick.example/": quick}
		stuck.answer = func(int) (int, error) {
			<-time.After(10 * time.Second)
			return 0, errors.New("对方在10秒之内没有答复")
		}
		sender := New(Sender{Store: s, Post: both, Hooks: []Hook{
			{ledger.Hook{Name: "stuck"}, "https://stuck.example/", secret}, {ledger.Hook{Name: "quick"}, "https://quick.example/", secret}}})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { sender.Run(ctx); close(done) }()
		synctest.Wait()
		s.mu.Lock()
		for i := range 20 {
			for _, hook := range []string{"stuck", "quick"} {
				s.due[hook] = append(s.due[hook], ledger.Delivery{UID: fmt.Sprint(hook, i), Hook: hook, Event: "item.live", Due: time.Now()})
			}
		}
		s.mu.Unlock()
		sender.Wake()
		<-time.After(time.Second)
		synctest.Wait()
		if len(quick.said()) != 20 || len(stuck.said()) != 1 {
			t.Errorf("quick %d, stuck %d", len(quick.said()), len(stuck.said()))
		}
		before := s.reads()
		for range 1000 {
			sender.Wake()
			<-time.After(time.Millisecond)
		}
		if n := s.reads() - before; n > 20 {
			t.Errorf("the feed was read %d times in a second", n)
		}
		stop()
		<-done
	})
}

type posters map[string]Poster

func (p posters) Post(ctx context.Context, address string, head http.Header, body []byte) (int, string, error) {
	return p[address].Post(ctx, address, head, body)
}
