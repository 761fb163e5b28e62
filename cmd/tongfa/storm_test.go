//go:build unix

package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	stormRuns = flag.Int("storm.runs", 300, "how many lives TestStorm leads")
	stormSeed = flag.Uint64("storm.seed", 0, "lead the one life of this seed, and tell all of it")
)

// TestStorm leads items through random lives: calls fail in every way that the stand-in knows, the process dies at random commits, calls and file
// operations, clocks are set, and people correct, withdraw, hold, edit and delete at random moments. After each life nothing may ever have been in
// public twice, too early or unapproved, and everything is public and verified, withdrawn, or with a person who is told why. A life that ends
// otherwise is made as short as it can be and told with its seed:
//
//	go test ./cmd/tongfa -run Storm -storm.seed=N
//	go test ./cmd/tongfa -run Storm -storm.runs=10000
func TestStorm(t *testing.T) {
	if *stormSeed > 0 {
		p := drawStorm(*stormSeed)
		t.Log(p)
		s := newStorm(t)
		if wrong := s.live(p, t.Logf); len(wrong) > 0 {
			t.Errorf("%v\nshortest:\n%s", wrong, s.shrink(p))
		}
		return
	}
	runs := *stormRuns
	if testing.Short() {
		runs = min(runs, 20)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // the lives are short and the heap is small
	began := time.Now()
	var next atomic.Uint64
	var sums stormSums
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		s := newStorm(t)
		wg.Go(func() {
			for n := next.Add(1); n <= uint64(runs); n = next.Add(1) {
				p := drawStorm(n)
				wrong := s.live(p, nil)
				sums.add(s.ends)
				if n%1000 == 0 {
					t.Logf("life %d after %s", n, time.Since(began).Round(time.Second))
				}
				if len(wrong) > 0 && sums.bad() <= mostShrunk {
					t.Errorf("seed %d: %v\nshortest:\n%s", n, wrong, s.shrink(p))
				} else if len(wrong) > 0 {
					t.Errorf("seed %d: %v", n, wrong)
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	t.Logf("%d lives in %s, %s each; the copies ended as: %v", runs, took.Round(time.Millisecond), (took / time.Duration(runs)).Round(10*time.Microsecond), sums.ends)
}

// mostShrunk is how many bad lives are made shorter, which takes some hundred lives each.
const mostShrunk = 5

type stormSums struct {
	mu     sync.Mutex
	ends   map[string]int
	failed int
}

func (s *stormSums) add(ends map[string]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ends == nil {
		s.ends = map[string]int{}
	}
	for k, n := range ends {
		s.ends[k] += n
	}
}

func (s *stormSums) bad() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed++
	return s.failed
}

// shrink leaves out faults, steps and items as long as the life still ends badly.
func (s *storm) shrink(p stormPlan) string {
	wrong := s.live(p, nil)
	for smaller := true; smaller; {
		smaller = false
		for _, q := range p.less() {
			if w := s.live(q, nil); len(w) > 0 {
				p, wrong, smaller = q, w, true
				break
			}
		}
	}
	return fmt.Sprintf("%s\n%v", p, wrong)
}

// dice are the random numbers of a plan.
func dice(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 20261125)) }
