package channels

import (
	"context"
	"time"

	"tongfa/press"
)

// Channel is a way out. Its methods may be called by several goroutines at once, but never two at once for the same act.
type Channel interface {
	// Lookup says what the outside knows of an act, by what the journal holds and by markers, and changes nothing that is or may become public;
	// what it finds out it may write into the journal. Its status is
	// Absent only when the outside proves that the step which cannot be repeated has not happened (or nothing was begun),
	// in which case the act may be made or resumed. For a withdrawal, Gone means that it is done and Absent that it may be made.
	Lookup(ctx context.Context, a press.Act, j Journal) (press.Receipt, error)

	// Publish hands the edition over, or resumes what an earlier call left half done. A receipt with status
	// HandedOver means accepted and not yet public: Lookup will be asked again.
	Publish(ctx context.Context, a press.Act, j Journal) (press.Receipt, error)
}

// Withdrawer can take back what it published. The act's Edition.Entries are only those to be withdrawn.
type Withdrawer interface {
	Withdraw(ctx context.Context, a press.Act, j Journal) (press.Receipt, error)
}

// GivingUp can take back what an act prepared that must not be made any more, such as a draft that a person might publish by mistake. It is called
// when Lookup has said Absent, keeps its own steps between Intend and Done, and answers Absent when nothing is left; anything else that it finds is
// the act's outcome.
type GivingUp interface {
	GiveUp(ctx context.Context, a press.Act, j Journal) (press.Receipt, error)
}

// Amender can change what is public where it is.
type Amender interface {
	// Amend makes every entry of the act be shown as the act gives it, its revision and its remarks, at the address where it is. It
	// serves the verbs Amend and Annotate, and may be called again at any time. Lookup then answers Live when it is shown so and Absent
	// when it is not. An entry that is withdrawn stays so.
	Amend(ctx context.Context, a press.Act, j Journal) (press.Receipt, error)
}

// Corrector tells how a channel can be brought to show a later text, the best way first. A channel without it is corrected by hand.
type Corrector interface {
	Means() []press.Means
}

// Surveyor can list what the channel shows, whoever put it there.
type Surveyor interface {
	// Survey tells everything that has become public since a moment; the zero time means all there is. It also tells what is handed over and
	// waits for a person, such as a draft. complete means that what it did not tell is not there. Calls are counted by the journal.
	Survey(ctx context.Context, since time.Time, j Journal, tell func(press.Found) error) (complete bool, err error)
}

// Observer looks at a copy as the public does. An error is only for what is wrong with the program; not being able to
// look is a sighting with status SeenBlind.
type Observer interface {
	Observe(ctx context.Context, e press.Entry) (press.Sighting, error)
}

// Shelf is a list on which an entry is shown.
type Shelf = press.Shelf

// Shelver says on which lists an entry will be shown. The ledger gives the positions when the edition is composed, and hands
// them back in Entry.Places; a position is never given twice.
type Shelver interface {
	Shelves(e press.Entry) []Shelf
}

// Addresser knows the address of an entry before it is published, so that entries of one edition can link each other.
type Addresser interface {
	Address(e press.Entry) string
}

// Limiter tells the limits that the gates ask about.
type Limiter interface {
	Limits() press.Limits
}

// Step is one line of a driver's memory of an act.
type Step = press.JournalStep

// Quota is a limit on calls by Beijing day.
type Quota = press.Quota

// Journal is a driver's memory of one act. Every method is committed before it returns; an error means that the act
// must stop at once. It is safe for concurrent use.
type Journal interface {
	// Intend records that a step which cannot be repeated is about to be made. A step that was done before may be intended
	// again under the same name only after a look has proved the first one absent.
	Intend(ctx context.Context, step string) error
	// Done records what came of the step intended last under this name.
	Done(ctx context.Context, step, ref string) error
	// Steps lists what this act intended and did, oldest first, also in earlier runs of the program.
	Steps(ctx context.Context) ([]Step, error)

	// Asset is what the channel called a file that was uploaded before; Keep remembers it. Names are per channel.
	Asset(ctx context.Context, digest string) (ref string, ok bool, err error)
	Keep(ctx context.Context, digest, ref string) error

	// Spend takes n calls from a quota, or returns a *press.Trouble with TryLater and the moment the day ends.
	Spend(ctx context.Context, q Quota, n int) error
}

// Blobs gives the bytes of assets by their digest.
type Blobs interface {
	Blob(ctx context.Context, digest string) ([]byte, error)
}

// Listed is an entry as a list shows it: everything but the body.
type Listed = press.Listed

// Archive lists what was composed for one channel. Every call costs the same however much there is. It is safe for
// concurrent use.
type Archive interface {
	// Shelf lists the entries at positions from to to, both included, ascending; holes are left out.
	Shelf(ctx context.Context, shelf string, from, to int64) ([]Listed, error)
	// Top is the highest position given on a shelf; 0 for an empty one.
	Top(ctx context.Context, shelf string) (int64, error)
	// Shelves lists the names of the shelves that begin with prefix, in order, with their tops.
	Shelves(ctx context.Context, prefix string) ([]Shelf, error)
	// Entry is the newest public entry of an item with its body and with its links as they are now.
	Entry(ctx context.Context, item press.ItemID) (e press.Entry, ok bool, err error)
}

// StepNamed returns the last step of a name.
func StepNamed(steps []Step, name string) (Step, bool) {
	for i := len(steps) - 1; i >= 0; i-- {
		if steps[i].Name == name {
			return steps[i], true
		}
	}
	return Step{}, false
}
