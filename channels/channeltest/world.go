package channeltest

import (
	"cmp"
	"testing"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

// Secret is what a driver under test has to be configured with wherever it takes a secret.
const Secret = "s3cr3t"

// Fault is how a call of the outside goes wrong.
type Fault string

// The faults. A channel that speaks to no network ignores those it cannot have.
const (
	LostBefore Fault = "lost_before" // the question never arrived: nothing happened
	LostAfter  Fault = "lost_after"  // it happened, and the answer was lost
	Garbage    Fault = "garbage"     // the answer cannot be understood; whether it happened is up to the outside
)

// World is a driver under test with an outside, all of it fresh. Channel, Memory, Edition, Effects and Advance are needed; what is
// nil or zero besides is not tested, or is what its comment says.
type World struct {
	Channel channels.Channel
	Memory  *Memory

	// Edition composes (Memory.Compose) an edition of n items that no earlier edition had, as the channel accepts them, with markers.
	Edition func(n int) press.Edition
	// Most is how many entries one edition may have; 0 means one.
	Most int

	// Effects counts the copies with a marker that are out there right now, public or handed over. It may be called while
	// an act is under way.
	Effects func(marker string) int
	// Public is the text of the body as the public sees it; false when there is none.
	Public func(marker string) (text string, ok bool)
	// Tamper changes the words of the public copy by hand, Remove deletes it by hand.
	Tamper func(t *testing.T, marker string)
	Remove func(t *testing.T, marker string)

	// Beside is everything that the public reads on the page of a copy, beside title and text, such as remarks.
	Beside func(marker string) string
	// Stranger puts something there by hand that the channel did not publish, and tells its title as a survey will.
	Stranger func(t *testing.T) (title string)

	// Break makes the next call of the outside go wrong in this way; nil for a channel whose outside cannot fail.
	Break func(kind Fault)
	// BreakAfter lets n calls pass and makes the one after them go wrong. With Calls, which counts the calls made so far, the suite breaks
	// every call in turn; without them it breaks the first call of every round and the first after every commit of the journal.
	BreakAfter func(kind Fault, n int)
	Calls      func() int

	// Advance lets time pass, for the outside and for Memory.
	Advance func(d time.Duration)
	// Pause is how much of it passes between two rounds; 0 means a minute.
	Pause time.Duration
	// MaxLooks is after how many rounds of Deliver an act that nothing disturbs is final; 0 means one.
	MaxLooks int
}

func (w World) most() int            { return max(1, w.Most) }
func (w World) looks() int           { return max(1, w.MaxLooks) }
func (w World) pause() time.Duration { return cmp.Or(w.Pause, time.Minute) }

// patience is how many rounds an act gets that was disturbed.
func (w World) patience() int { return 2*w.looks() + 8 }

// effects is how many copies of each entry are out there.
func (w World) effects(e press.Edition) []int {
	counts := make([]int, len(e.Entries))
	for i, en := range e.Entries {
		counts[i] = w.Effects(en.Copy.Marker)
	}
	return counts
}
