package press

import "time"

// Plan is how a channel composes its editions.
type Plan struct {
	Channel string
	After   []string // channels on which an item's copy must be verified first
	Max     int      // entries in an edition; 0 means no limit
	Whole   bool     // a belongs-with group is one edition, also above Max
	Slots   bool     // goes out at the moments of a timetable; otherwise each copy at its own time
	Issues  *Issues  // numbered issues; nil for channels without numbers
	Hand    int      // entries in an edition that people compose; 0: people compose none, but for numbered issues

	Wait  time.Duration // how long an edition waits, at its moment, for copies whose prerequisite is going out
	Until time.Time     // composing for a slot: the last edition, while it has room, waits until then for such copies; zero: it does not

	Late Late      // what becomes of a composed edition that was to go out while nothing ran; empty means LatePublish
	When Timetable // the moments that LateNext means; nil: none

	Shelves func(Entry) []Shelf     // nil: no lists
	Address func(Entry) string      // nil: unknown before it is out
	Arrange func(Edition) Edition   // nil: in order of readiness
	Check   func(Edition) []Finding // what the channel itself finds of an edition that people compose; nil: nothing
}

// mostInIssue bounds a numbered issue.
const mostInIssue = 300

// Room is how many entries an edition has room for that people compose; 0 where they compose none.
func (p Plan) Room() int {
	if p.Hand == 0 && p.Issues != nil {
		return mostInIssue
	}
	return p.Hand
}

// Late is what is done about a moment that was missed, because nothing ran then.
type Late string

// The rules of the configuration's key late.
const (
	LatePublish Late = "publish" // put out at once what should have gone out then
	LateNext    Late = "next"    // leave it to the next moment of the timetable
	LateAsk     Late = "ask"     // ask a person
)

// OnTime is how late a moment may be met without having been missed.
const OnTime = time.Minute

// Issues is how a gazette counts.
type Issues struct {
	Auto                           bool // frozen and issued at the slot without a person
	FirstYear, FirstNo, FirstTotal int  // where an office that moves here goes on counting
	Proofs                         int  // rounds that must have been read before an issue is frozen; 0: what is missing is only said
	Title                          func(Edition) string
	Publisher                      string // who publishes it, as what is said of an issue names
}

// Composed is what one call of composing did.
type Composed struct {
	Editions []string // keys, in the order in which they go out
	Held     int      // copies that must wait for something else first
	More     bool     // call again: there was more than fits one call
}

// SlotState is what became of a moment of a timetable.
type SlotState string

// A slot is open while it may still take copies, then closed; or it was missed, and skipped or asked about.
const (
	SlotOpen    SlotState = "open"
	SlotClosed  SlotState = "closed"
	SlotSkipped SlotState = "skipped"
	SlotAsked   SlotState = "asked"
)

// OpenSlot is a slot that may still take copies.
type OpenSlot struct {
	At, Until time.Time
	Pending   int // copies that were ready but for their page on another channel
}
