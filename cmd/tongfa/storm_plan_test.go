//go:build unix

package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"tongfa/standin"
)

// stormPlan is everything that is random in a life.
type stormPlan struct {
	seed    uint64
	mode    string
	per     int
	items   []time.Duration // how long after the beginning each may go out
	options standin.Options
	faults  standin.Script
	steps   []stormStep
}

// stormStep is one thing that happens.
type stormStep struct {
	do   string
	item int
	n    int
	d    time.Duration
}

// The delays of the lists stay below what the package wechat assumes of the platform: a draft is in the box within a minute, and what was
// published in the list within ten.

// The things that happen in a life, the commoner ones more than once.
var stormActs = strings.Fields(`pass pass pass wait wait wait wait long die-call die-effect die-commit die-commit die-file restart
	correct correct withdraw withdraw hold release retry retry absent revise unsigned
	edit-draft delete-draft publish-draft mass-draft delete-article ban-article edit-article expire steal back ahead`)

func drawStorm(seed uint64) stormPlan {
	r := dice(seed)
	p := stormPlan{seed: seed, mode: []string{"draft", "publish", "publish", "publish", "mass"}[r.IntN(5)], per: []int{1, 1, 2, 8}[r.IntN(4)]}
	for range 1 + r.IntN(3) {
		p.items = append(p.items, []time.Duration{0, 0, 0, time.Minute, time.Hour}[r.IntN(5)])
	}
	pause := func(most time.Duration) time.Duration { return time.Duration(r.Int64N(int64(most))) }
	p.options = standin.Options{Seed: int64(seed), Review: 1 + pause(10*time.Minute), NoWait: true}
	if r.IntN(3) == 0 {
		p.options.DraftListed, p.options.PostListed = pause(45*time.Second), pause(5*time.Minute)
	}
	if r.IntN(4) == 0 {
		p.options.DraftLinger = pause(2 * time.Minute)
	}
	p.options.Switch.SubmitTwice = r.IntN(2) == 0
	p.options.Switch.RefusedDraftBack = r.IntN(2) == 0
	p.options.Switch.EditDropsData = r.IntN(2) == 0
	p.faults = standin.Storm(seed, r.IntN(6))
	for range 4 + r.IntN(12) {
		p.steps = append(p.steps, drawStep(r, len(p.items)))
	}
	return p
}

func drawStep(r *rand.Rand, items int) stormStep {
	s := stormStep{do: stormActs[r.IntN(len(stormActs))], item: 1 + r.IntN(items)}
	switch s.do {
	case "wait":
		s.d = time.Duration(1+r.IntN(900)) * time.Second
	case "long":
		s.d = time.Duration(1+r.IntN(30)) * time.Hour
	case "back":
		s.d = time.Duration(1+r.IntN(120)) * time.Minute
	case "ahead": // by more than the minute that other hosts are not believed to know better
		s.d = time.Duration(2+r.IntN(120)) * time.Minute
	case "die-call", "die-effect":
		s.n = 1 + r.IntN(12)
	case "die-commit":
		s.n = 1 + r.IntN(25)
	case "die-file":
		s.n = 1 + r.IntN(90)
	}
	return s
}

// less are the plans with one thing less.
func (p stormPlan) less() (out []stormPlan) {
	for i := range p.steps {
		q := p
		q.steps = slices.Delete(slices.Clone(p.steps), i, i+1)
		out = append(out, q)
	}
	for i := range p.faults {
		q := p
		q.faults = slices.Delete(slices.Clone(p.faults), i, i+1)
		out = append(out, q)
	}
	if len(p.items) > 1 {
		q := p
		q.items = p.items[:len(p.items)-1]
		q.steps = slices.DeleteFunc(slices.Clone(p.steps), func(s stormStep) bool { return s.item > len(q.items) })
		out = append(out, q)
	}
	if p.options.DraftListed+p.options.PostListed+p.options.DraftLinger > 0 {
		q := p
		q.options.DraftListed, q.options.PostListed, q.options.DraftLinger = 0, 0, 0
		out = append(out, q)
	}
	return out
}

func (s stormStep) String() string {
	out := s.do
	if s.n > 0 {
		out += fmt.Sprint(" ", s.n)
	}
	if s.d > 0 {
		return out + " " + s.d.String()
	}
	return out + fmt.Sprint(" #", s.item)
}

func (p stormPlan) String() string {
	var steps []string
	for _, s := range p.steps {
		steps = append(steps, s.String())
	}
	o := p.options
	return fmt.Sprintf("seed %d, mode %s, %d a message, items due after %v, review %s, listed after %s and %s, draft lingers %s\nfaults: %s\nsteps: %s", p.seed, p.mode, p.per,
		p.items, o.Review.Round(time.Second), o.DraftListed.Round(time.Second), o.PostListed.Round(time.Second), o.DraftLinger.Round(time.Second),
		p.faults, strings.Join(steps, ", "))
}
