package desk

import (
	"context"
	"html/template"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"tongfa/channels"
	"tongfa/intake"
	"tongfa/ledger"
	"tongfa/press"
)

// Options is what a desk is made of. Only Ledger is required; every function may be nil, and the desk then leaves out
// what it would have said.
type Options struct {
	Ledger   *ledger.Ledger
	Office   string           // whose desk it is, as the top of each page says
	Location *time.Location   // of the times shown; nil means the ledger's
	Now      func() time.Time // nil means the wall clock
	Log      *slog.Logger     // of what went wrong inside; nil means nowhere

	Titles map[string]string // what people call each channel; one that is not here is called by its name

	Wake    func()                                         // called after a move, so that its holder notices at once
	Alive   func() error                                   // nil while passes are being made; the error is for people
	Channel func(ctx context.Context, name string) Outlook // what lies ahead of a channel
	Gauges  func(ctx context.Context) []Gauge              // disk, backup and the like
	Means   func() map[string][]press.Means                // what each channel can do to show a later text, best first

	Checks      func() Checking                                                                      // how a check of all chains is going
	CheckChains func(by string) bool                                                                 // begins one; false while one is under way
	Firings     func(name string, after time.Time, most int) []time.Time                             // of a channel's timetable; none where it has none
	Test        func(ctx context.Context, name string) []CheckLine                                   // tries a channel from end to end, changing nothing
	Upkeep      Upkeep                                                                               // of the machine and the file
	Amends      func() map[string]bool                                                               // the channels that can change what is public
	Withdraws   func() map[string]bool                                                               // the channels that can take back what is public
	Look        func(ctx context.Context, item press.ItemID, channel string) (press.Sighting, error) // looks at a public copy at once, and writes down what was seen
	Reading     func() intake.Options                                                                // how documents are read
	Plan        func(channel string) (press.Plan, error)                                             // how a channel composes its editions
	Webhooks    func() []Webhook                                                                     // who is told what happens

	// Ending is closed when the desk is to end what it keeps open: the streams of live pages. Nil is never.
	Ending <-chan struct{}

	Door // who comes in, and how

	Preview func(ctx context.Context, channel string, e press.Entry) (channels.Preview, error) // of a page before it is published
	// Compose is what is known of a channel whose editions people compose; false for the others.
	Compose func(channel string) (Composing, bool)

	// Guest is who a visitor is that has not signed in: the demo signs in by itself. Nil in real life: such a visitor is asked to sign in.
	Guest *ledger.Person
}

// Outlook is what the configuration and the driver know of a channel. The zero Outlook knows nothing.
type Outlook struct {
	OnRelease bool          // it has no timetable: each item goes out at its own time
	Next      time.Time     // when its timetable strikes next; zero means that it has none, or never again
	Quotas    []press.Quota // that its calls are counted against
}

// Gauge is one reading of the machine under the ledger, such as the age of the last backup.
type Gauge struct {
	Name string // 备份
	Word string // 2小时前
	Bad  bool   // a person must see to it
}

// desk serves the pages.
type desk struct {
	Options
	pages   map[string]map[string]*template.Template // by language and name
	static  map[string]file
	tests   tests
	looks   looking
	making  *making           // of proof rounds
	words   map[string]string // what is said in English instead of the Chinese
	hub     *hub
	counted *counted
	mux     *http.ServeMux // of every address
	pace    pace           // of the tokens of the API
	inTurn  turns          // of requests that are executed once

	filing    chan struct{} // one for each item that the API is taking in
	streams   chan struct{} // one for each stream of events
	reading   chan struct{} // one for each form with files that is read just now
	described func() ([]byte, error)
	door
}

// New makes the desk. It panics only if a template of its own does not parse, which a test rules out.
func New(o Options) http.Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Location == nil {
		o.Location = o.Ledger.Zone()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	d := &desk{Options: o, looks: newLooking(), making: newMaking(), filing: make(chan struct{}, mostFilings), streams: make(chan struct{}, mostStreams), reading: make(chan struct{}, mostAtOnce), described: sync.OnceValues(description)}
	d.hub = &hub{d: d, subs: map[*subscriber]bool{}}
	d.counted = &counted{at: map[string]counting{}}
	d.door = d.newDoor()
	d.static = readStatic()
	d.words = readWords()
	d.pages = map[string]map[string]*template.Template{chinese: d.parse(chinese), english: d.parse(english)}
	return d.guard(d.known(d.routes()))
}

// wake tells the holder of the lease that there is something to do.
func (d *desk) wake() {
	if d.Wake != nil {
		d.Wake()
	}
}
