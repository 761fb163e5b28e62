package desk

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"

	"tongfa/channels"
	"tongfa/channels/channeltest"
	"tongfa/ledger"
	"tongfa/press"
	"tongfa/scheduler"
)

var (
	browsers = flag.Int("browsers", 8, "tabs that show the matrix while items go out")
	outgoing = flag.Int("outgoing", 24, "items that go out while they do")
)

// TestNoUpdateIsLostWhileItemsGoOut lets the real clockwork publish items through two channels, first with nobody at the desk and then with many
// tabs open, each a client of its own. Afterwards every tab must show what its page says now. By hand: -browsers 200 -outgoing 1000.
func TestNoUpdateIsLostWhileItemsGoOut(t *testing.T) {
	w := newWorld(t)
	o := w.options()
	o.Now = time.Now
	w.desk = New(o)
	w.now = time.Now()
	s := w.serve()
	stop := w.clockwork()
	alone := w.published(*outgoing/2, "无人看")

	var ms runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&ms)
	before := ms.HeapAlloc
	w.now = time.Now()
	ahead := w.ahead(*outgoing - *outgoing/2)
	tabs := w.tabs(s.URL, *browsers)
	w.release(ahead)
	beside := w.wait(ahead)
	runtime.ReadMemStats(&ms)
	held := ms.HeapAlloc
	stop()

	var wrong sync.Map
	client := s.Client()
	w.until("every tab shows what is so", func() bool {
		ok := true
		for i, b := range tabs {
			if diff, err := b.shows(client); err != nil || diff != "" {
				wrong.Store(i, diff)
				ok = false
				break
			}
		}
		return ok
	})
	for i, b := range tabs {
		if b.anew != 0 {
			t.Logf("tab %d would have read its page anew %d times", i, b.anew)
		}
	}
	t.Logf("%d items went out in %s with nobody at the desk (%.1f a second)", *outgoing/2, alone.Round(time.Millisecond), float64(*outgoing/2)/alone.Seconds())
	t.Logf("%d items went out in %s with %d tabs open (%.1f a second)", len(ahead), beside.Round(time.Millisecond), len(tabs), float64(len(ahead))/beside.Seconds())
	t.Logf("heap before %.1f MB, with tabs and at work %.1f MB (clients included), from the system %.1f MB", float64(before)/1e6, float64(held)/1e6, float64(ms.Sys)/1e6)
}

// shop is the ledger as the clockwork takes it.
type shop struct{ *ledger.Ledger }

func (s shop) Journal(a press.Act, now func() time.Time) channels.Journal {
	return s.Ledger.Journal(a, now)
}

// clockwork runs the scheduler with two stand-in channels.
func (w *world) clockwork() (stop func()) {
	w.Helper()
	var cs []scheduler.Channel
	for _, name := range []string{"site", "wechat"} {
		cs = append(cs, scheduler.Channel{Driver: channeltest.NewFake(time.Now), Plan: press.Plan{Channel: name, Max: 1}, Concurrency: 4})
	}
	sched := scheduler.New(scheduler.Options{Store: shop{w.ledger}, Channels: cs})
	ctx, cancel := context.WithCancel(w.Context())
	ended := make(chan error, 1)
	go func() { ended <- sched.Run(ctx) }()
	go func() { _ = w.ledger.Watch(ctx, 100*time.Millisecond, sched.Wake) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			w.Error(err)
		}
	})
	w.Cleanup(stop)
	return stop
}

// ahead files items that a person keeps back.
func (w *world) ahead(n int) []press.ItemID {
	w.Helper()
	var ids []press.ItemID
	for i := range n {
		id := w.fileAt(fmt.Sprintf("示例区第%d号通知", i), w.now.Add(time.Hour*24), true, "site", "wechat")
		ids = append(ids, id)
	}
	return ids
}

// release lets them go out now.
func (w *world) release(ids []press.ItemID) {
	w.Helper()
	who := ledger.Who{Name: "王某", Role: press.Publisher}
	for _, id := range ids {
		w.must(w.ledger.Reschedule(w.Context(), string(id), time.Now(), who, time.Now()))
	}
}

// wait waits until all are out on both channels, and tells how long that took.
func (w *world) wait(ids []press.ItemID) time.Duration {
	w.Helper()
	began := time.Now()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for left := ids; ; <-tick.C {
		lines, err := w.ledger.LinesOf(w.Context(), left)
		w.must(err)
		left = nil
		for _, l := range lines {
			if l.Shown != press.Everyone {
				left = append(left, l.Item.ID)
			}
		}
		if len(left) == 0 {
			return time.Since(began)
		}
		if time.Since(began) > 20*time.Minute {
			w.Fatalf("%d are not out: %+v", len(left), lines[0])
		}
	}
}

// published files and publishes items.
func (w *world) published(n int, _ string) time.Duration {
	ids := w.ahead(n)
	w.release(ids)
	return w.wait(ids)
}

// tabs opens tabs, each with a client of its own.
func (w *world) tabs(server string, n int) []*tab {
	w.Helper()
	ctx, stop := context.WithCancel(w.Context())
	var wg sync.WaitGroup
	w.Cleanup(func() { stop(); wg.Wait() })
	var all []*tab
	for range n {
		client := &http.Client{Transport: &http.Transport{}}
		opened := make(chan struct{})
		b := &tab{server: server, page: "/matrix", opened: opened}
		w.must(b.load(client))
		wg.Go(func() {
			defer client.CloseIdleConnections()
			if err := b.listen(ctx, client); err != nil && ctx.Err() == nil {
				w.Errorf("listen: %v", err)
			}
		})
		<-opened
		all = append(all, b)
	}
	return all
}
