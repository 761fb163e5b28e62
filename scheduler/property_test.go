package scheduler

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tongfa/channels/channeltest"
	"tongfa/press"
)

// FuzzFaultsAndRestarts plays scripts of chance: items for one or both channels, faults of the outside, of the drivers and of the ledger, and
// restarts, gentle or as by a loss of power. In the end every copy is out there once, or is in a state that names a person; and none was early.
func FuzzFaultsAndRestarts(f *testing.F) {
	const quick = 12 // more: go test -fuzz Faults -fuzztime 1000x
	for seed := range uint64(quick) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			defer w.close()
			p := &play{w: w, r: rand.New(rand.NewPCG(seed, 1))}
			p.run()
			if t.Failed() {
				t.Logf("seed %d: %v", seed, p.told)
			}
		})
	})
}

// play is one script and what it did.
type play struct {
	w     *world
	r     *rand.Rand
	items []wanted
	told  []string
}

type wanted struct {
	id   press.ItemID
	at   time.Time
	want []string
}

func (p *play) run() {
	w := p.w
	w.slots(w.at(10, 5), 5*time.Minute, 3*time.Minute)
	w.wechat().Late = []press.Late{press.LatePublish, press.LateNext}[p.r.IntN(2)]
	w.site().Concurrency = 1 + p.r.IntN(3)
	w.slow(time.Duration(p.r.IntN(3)) * 2 * time.Minute)
	w.opts.ActTime, w.opts.Grace = 20*time.Second, 5*time.Second
	for name, f := range w.fakes {
		f.hold = p.early(name)
	}
	for i := range 2 + p.r.IntN(3) {
		x := want{id: fmt.Sprint("oa-", i), at: w.begin.Add(time.Duration(p.r.IntN(15*60)) * time.Second), channels: [][]string{{"site"}, {"wechat"}, both()}[p.r.IntN(3)]}
		p.items = append(p.items, wanted{w.file(x), x.at, x.channels})
	}
	w.start()
	for range 3 + p.r.IntN(5) {
		p.mishap()
		w.sleep(time.Duration(p.r.IntN(4*60)) * time.Second)
	}
	w.store.set(nil, nil)
	if w.stop == nil {
		w.start()
	}
	w.sleep(150 * time.Minute) // what waits for a person is asked about every hour
	p.judge()
}

// early makes a driver watch that nothing is begun before its time, and now and then makes it stick or panic.
func (p *play) early(channel string) func(context.Context, press.Act) error {
	r := rand.New(rand.NewPCG(p.r.Uint64(), 2))
	var mu sync.Mutex
	chance := func() int {
		mu.Lock()
		defer mu.Unlock()
		return r.IntN(10)
	}
	return func(ctx context.Context, a press.Act) error {
		for _, e := range a.Edition.Entries {
			if e.Item.ReleaseAt.After(time.Now()) {
				p.w.t.Errorf("%s on %s is begun %v early", e.Item.ExternalID, channel, time.Until(e.Item.ReleaseAt))
			}
		}
		if time.Since(p.w.begin) > time.Hour {
			return nil
		}
		switch chance() {
		case 0:
			return stuck(ctx, a)
		case 1:
			panic("a mistake in a driver")
		}
		return nil
	}
}

// mishap does one thing that may happen on any day.
func (p *play) mishap() {
	w := p.w
	kinds := []channeltest.Fault{channeltest.LostBefore, channeltest.LostAfter, channeltest.Garbage}
	f := w.fakes[both()[p.r.IntN(2)]]
	call := everyCall()[p.r.IntN(len(everyCall()))]
	switch p.r.IntN(7) {
	case 0:
		p.say("the outside fails")
		f.Fail(kinds[p.r.IntN(3)], 1+p.r.IntN(3))
	case 1:
		p.say("the outside fails later")
		f.FailAfter(kinds[p.r.IntN(3)], p.r.IntN(4))
	case 2:
		p.say(call + " fails")
		w.store.set(once(call), nil)
	case 3:
		p.say(call + " fails late")
		w.store.set(nil, once(call))
	case 4:
		p.say(call + " fails for a while")
		w.store.set(until(time.Now().Add(time.Duration(p.r.IntN(120))*time.Second), call), nil)
	case 5:
		p.say("restart")
		p.restart()
	case 6:
		p.say("power loss")
		w.store.set(func(string) error { return errDisk }, nil)
		p.restart()
	}
}

func (p *play) restart() {
	w := p.w
	w.halt()
	w.store.set(nil, nil)
	w.sleep(time.Duration(p.r.IntN(400)) * time.Second)
	w.start()
}

func (p *play) say(s string) { p.told = append(p.told, s) }

func (p *play) judge() {
	named := []press.CopyState{press.CopyNeedsHand, press.CopyRefused, press.CopyUnknown}
	for _, x := range p.items {
		for _, channel := range x.want {
			c := p.w.copy(x.id, channel)
			n := p.w.fakes[channel].Count(c.Marker)
			switch {
			case n > 1:
				p.w.t.Errorf("%s on %s is out there %d times", x.id, channel, n)
			case n == 1 && c.State != press.CopyVerified:
				p.w.t.Errorf("%s on %s is out there and %s (%s)", x.id, channel, c.State, c.Note)
			case n == 0 && !slices.Contains(named, c.State):
				p.w.t.Errorf("%s on %s is lost: %s (%s)", x.id, channel, c.State, c.Note)
			}
		}
	}
	for name, f := range p.w.fakes {
		if f.twice {
			p.w.t.Errorf("an act on %s was under way twice at once", name)
		}
	}
}
