package standin

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// Account is one official account of the stand-in's world. The zero value of a capability means that the account has it.
type Account struct {
	AppID  string // 公众号的开发者 ID, e.g. wx0123456789abcdef
	Secret string // AppSecret; never shown, logged or saved
	Name   string // shown on article pages

	Service    bool     // 服务号: four mass messages a calendar month; otherwise 订阅号: one a day
	NoPublish  bool     // freepublish answers 48001
	NoMass     bool     // message/mass answers 48001
	NoComments bool     // need_open_comment=1 answers 88000
	AllowIPs   []string // addresses and CIDR ranges; empty admits every caller, otherwise others get 40164 on every call
	MassPerDay int      // successful mass messages a Beijing day; 0 means by kind, negative means without limit
	Trial      bool     // 测试号: every submission ends with status 3
	Callback   Callback // where events are pushed to
}

// Switches choose between behaviours on which the documents, the field and common sense do not agree. The zero value is the likelier one.
type Switches struct {
	RefuseForeignLinks bool // an <a href> to another site makes the call fail with 45166 (otherwise the href is silently lost)
	DraftLeavesLate    bool // an accepted draft stays in the box until its job ends (otherwise it leaves when submit accepts it)
	RefusedDraftBack   bool // a draft returns to the box when its publish job fails
	StringIDs          bool // publish_id, msg_id and msg_data_id are JSON strings, as documented (otherwise integers, as seen)
	StrictNumbers      bool // no_content:true instead of 1 answers 47001
	DecodeEscapes      bool // \uXXXX in a draft is decoded (otherwise it stays visible in the article, as the documents warn)
	TagOptional        bool // sendall with is_to_all needs no tag_id (otherwise its absence answers 40152)
	SubmitTwice        bool // a second submit of the same draft within ten seconds is accepted and publishes it again (otherwise 40007)
	BrokenArticleID    bool // the article_id of a callback has a line break in it, as in the document's sample
	EditDropsData      bool // saving by hand loses the data-* attributes of the content
	LongURLs           bool // article_url is /s?__biz=…&mid=…&idx=…&sn=… (otherwise /s/…)
}

// Options describe a stand-in. The zero value of every field but Accounts is useful.
type Options struct {
	Now      func() time.Time // nil means time.Now
	Accounts []Account

	Review  time.Duration // how long a job is "publishing" or "sending": 0 means one second, negative means not at all
	Visible time.Duration // how long a fresh material is unknown to draft/add (40007)

	DraftListed time.Duration // how long a fresh draft is missing from batchget and count
	DraftLinger time.Duration // how long an accepted draft stays in the box; 0 leaves that to Switches.DraftLeavesLate
	PostListed  time.Duration // how long a fresh publication is missing from freepublish/batchget
	MassKnown   time.Duration // how long mass/get does not know a fresh msg_id (40059)
	SubmitMax   int           // submissions within SubmitPer; more answer 53501, whatever the quota; 0 means without limit
	SubmitPer   time.Duration
	DataFrom    string // the first day of the reading statistics, default 2025-11-01

	// Limits; 0 means the default. Above them: 45008, 45003, 45004, 45110, 45002.
	//
	// The document of 2025-12 says a title has at most 32 characters, yet longer ones were accepted and read back unchanged in 2026, and older
	// documents say 64: the default is 64. For content the same document says 2 kB, 20,000 characters and 1 MB, while contents of 26,000 to
	// 39,000 characters were accepted: so by default only the megabyte is enforced and ContentMax is off.
	MaxArticles  int // articles a draft, default 8
	TitleMax     int // characters, default 64
	DigestMax    int // characters, default 128, as documented; the console's editor stops at 120
	AuthorMax    int // characters, default 16
	ContentMax   int // characters of the HTML, default 0: not counted
	ContentBytes int // bytes of the HTML, default 1 MiB; the content must be smaller
	ClientMsgMax int // bytes of a clientmsgid, default 32 (older documents: 64); above: 45067

	Quotas  map[string]int // path -> calls a Beijing day, laid over the real numbers; "*" replaces all of them; negative means unlimited
	Switch  Switches
	Seed    int64 // makes identifiers and random faults repeatable
	NoWait  bool  // faults do not wait: a client with a deadline nearer than the delay is told at once that it gave up
	BodyMax int64 // bytes of a request body, default 12 MiB; larger ones get HTTP 413

	PublicURL   string // base of article pages, e.g. http://127.0.0.1:9180; empty means derived from each request's Host
	PictureURL  string // base of picture URLs; empty means the same as the pages'
	State       string // file that keeps the world over a restart; empty means memory only
	EffectsMax  int    // how many effects are kept at least, the newest; 0 means all
	SaveEffects bool   // save State before a reply that changed the world leaves, so that it survives a killed process

	Caller http.RoundTripper // carries the callbacks; nil means http.DefaultTransport
}

// WeChat is a running stand-in: an http.Handler with the API, the article pages and the inspection. It is safe for concurrent use.
type WeChat struct {
	o      Options
	routes map[string]endpoint
	quotas map[string]int

	mu       sync.Mutex // guards everything below
	world    world
	pieces   map[string]*onPage // by page id and by preview key
	pending  errands
	errands  int64 // counted
	faults   []*armed
	requests []LogEntry
	served   int64                // requests answered since the start
	drawn    int64                // requests for which a fault was looked for
	address  string               // base of the last request, for URLs asked for outside of one
	markers  map[string][]*onPage // public articles by content_source_url
	touched  map[thing]bool
	order    []thing // what was touched, as it came
	anew     bool    // the state file must be written whole

	outbox     []*event // callbacks to be posted, in order
	held       []*event // callbacks that let the next one pass
	deliveries []Delivery
	wake       chan struct{} // something was put into the outbox

	posting sync.Mutex // held while a callback is posted
	saving  sync.Mutex // held while the state file is written
	journal *os.File
	base    struct{ size, tail int64 } // of the state file: what was written whole, what was added since
}

// New makes a stand-in and loads its state file if there is one. It fails for accounts without or with equal AppIDs and for a damaged file.
func New(o Options) (*WeChat, error) {
	if len(o.Accounts) == 0 {
		return nil, errors.New("standin: no account given")
	}
	w := &WeChat{o: withDefaults(o), quotas: dailyLimits(o.Quotas), pieces: map[string]*onPage{}, markers: map[string][]*onPage{}, wake: make(chan struct{}, 1)}
	w.routes = endpoints()
	if err := w.load(); err != nil {
		return nil, fmt.Errorf("load stand-in state: %w", err)
	}
	seen := map[string]bool{}
	for i, a := range o.Accounts {
		if a.AppID == "" || seen[a.AppID] {
			return nil, fmt.Errorf("standin: account %d has an empty or repeated appid %q", i+1, a.AppID)
		}
		seen[a.AppID] = true
		if err := a.Callback.check(); err != nil {
			return nil, fmt.Errorf("standin: callback of %s: %w", a.AppID, err)
		}
		if _, known := w.world.Accounts[a.AppID]; !known {
			w.touch("account", a.AppID, "")
		}
		one := w.world.account(a.AppID)
		one.Account, one.configured = a, true
	}
	w.index()
	return w, nil
}

func withDefaults(o Options) Options {
	for field, value := range map[*int]int{
		&o.MaxArticles: 8, &o.TitleMax: 64, &o.DigestMax: 128, &o.AuthorMax: 16, &o.ContentBytes: 1 << 20, &o.ClientMsgMax: 32,
	} {
		if *field == 0 {
			*field = value
		}
	}
	if o.DataFrom == "" {
		o.DataFrom = firstRecord
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Review == 0 {
		o.Review = time.Second
	}
	o.Review = max(o.Review, 0)
	if o.BodyMax == 0 {
		o.BodyMax = 12 << 20
	}
	o.PublicURL = strings.TrimSuffix(o.PublicURL, "/")
	o.PictureURL = strings.TrimSuffix(o.PictureURL, "/")
	return o
}

// ServeHTTP answers the API, pages and pictures as WeChat would, faults included, and the start page and /_standin/ as itself.
func (w *WeChat) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(rw, r.Body, w.o.BodyMax)
	switch path := r.URL.Path; {
	case path == "/" || path == "/_standin" || strings.HasPrefix(path, "/_standin/"):
		w.inspect(rw, r)
	default:
		w.outside(rw, r)
	}
}

// now is the world's time. Callers hold mu.
func (w *WeChat) now() time.Time { return w.o.Now().Add(w.world.Offset) }

// enter locks the world, brings it up to date and returns its time; the caller must call w.mu.Unlock.
func (w *WeChat) enter() time.Time {
	w.mu.Lock()
	now := w.now()
	w.settle(now)
	return now
}

// baseURL is where pages are: configured, or as the last caller addressed us. Callers hold mu.
func (w *WeChat) baseURL() string {
	if w.o.PublicURL != "" {
		return w.o.PublicURL
	}
	return w.address
}

// pictureBase is where pictures are. Callers hold mu.
func (w *WeChat) pictureBase() string {
	if w.o.PictureURL != "" {
		return w.o.PictureURL
	}
	return w.baseURL()
}
