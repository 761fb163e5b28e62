package desk

import (
	"context"
	"html/template"
	"log/slog"
	"net/http"
	"time"

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

	Wake    func()                                         // called after a move, so that its holder notices at once
	Alive   func() error                                   // nil while passes are being made; the error is for people
	Channel func(ctx context.Context, name string) Outlook // what lies ahead of a channel
	Gauges  func(ctx context.Context) []Gauge              // disk, backup and the like
	Means   func() map[string][]press.Means                // what each channel can do to show a later text, best first
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
	pages  map[string]*template.Template
	static map[string]file
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
	d := &desk{Options: o}
	d.static = readStatic()
	d.pages = d.parse()
	return d.guard(d.routes())
}

func (d *desk) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", d.matrix)
	mux.HandleFunc("GET /items/{id}", d.item)
	mux.HandleFunc("GET /items/{id}/retry", d.retryForm)
	mux.HandleFunc("POST /items/{id}/retry", d.retry)
	mux.HandleFunc("GET /editions", d.editions)
	mux.HandleFunc("GET /editions/{key}", d.edition)
	mux.HandleFunc("GET /channels/{name}", d.channel)
	mux.HandleFunc("POST /channels/{name}/pause", d.pause)
	mux.HandleFunc("POST /channels/{name}/resume", d.resume)
	mux.HandleFunc("POST /channels/{name}/catch-up", d.catchUp)
	mux.HandleFunc("GET /alarms", d.alarms)
	mux.HandleFunc("POST /alarms/{id}/take", d.takeAlarm)
	mux.HandleFunc("GET /strangers", d.strangers)
	mux.HandleFunc("POST /strangers/known", d.knowStranger)
	mux.HandleFunc("GET /api/v1/items", d.apiItems)
	mux.HandleFunc("GET /api/v1/items/{id}", d.apiItem)
	mux.HandleFunc("GET /api/v1/strangers", d.apiStrangers)
	mux.HandleFunc("GET /api/v1/alarms", d.apiAlarms)
	mux.HandleFunc("GET /api/v1/channels", d.apiChannels)
	mux.HandleFunc("GET /healthz", d.healthz)
	mux.HandleFunc("GET /readyz", d.readyz)
	mux.HandleFunc("GET /static/{name}", d.file)
	mux.HandleFunc("/", d.nowhere)
	return mux
}

// wake tells the holder of the lease that there is something to do.
func (d *desk) wake() {
	if d.Wake != nil {
		d.Wake()
	}
}
