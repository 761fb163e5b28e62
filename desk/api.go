package desk

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// apiRoutes is the HTTP API, which openapi.yaml describes: a test holds the two against each other.
func (d *desk) apiRoutes() []route {
	out := []route{
		{"GET", "/api/v1/openapi.json", "", d.apiDescription},
		{"GET", "/api/v1/items", press.MaySee, d.apiItems},
		{"POST", "/api/v1/items", press.MayFile, d.apiFile},
		{"GET", "/api/v1/items/{id}", press.MaySee, d.apiItem},
		{"GET", "/api/v1/submissions", press.MaySee, d.apiSubmissions},
		{"POST", "/api/v1/submissions", press.MayReceive, d.apiHandIn},
		{"GET", "/api/v1/submissions/{n}", press.MaySee, d.apiSubmission},
		{"POST", "/api/v1/submissions/{n}/papers", press.MayReceive, d.apiAddPapers},
		{"GET", "/api/v1/register", press.MaySee, d.apiRegister},
		{"GET", "/api/v1/editions", press.MaySee, d.apiEditions},
		{"POST", "/api/v1/editions", press.MayCompose, d.apiNewEdition},
		{"GET", "/api/v1/editions/{key}", press.MaySee, d.apiEdition},
		{"GET", "/api/v1/channels", press.MaySee, d.apiChannels},
		{"GET", "/api/v1/alarms", press.MaySee, d.apiAlarms},
		{"GET", "/api/v1/strangers", press.MaySee, d.apiStrangers},
		{"GET", "/api/v1/events", press.MaySee, d.apiEvents},
		{"GET", "/api/v1/webhooks", press.MaySet, d.apiHooks},
		{"GET", "/api/v1/webhooks/{name}/deliveries", press.MaySet, d.apiDeliveries},
	}
	return slices.Concat(out, d.apiMoves())
}

// statusDoc is what "tongfa status --json" prints, and of each item also who or what keeps it back. After is the cursor of the next page.
type statusDoc struct {
	At    time.Time    `json:"at"`
	Items []statusItem `json:"items"`
	After string       `json:"after,omitempty"`
}

type statusItem struct {
	ID         press.ItemID          `json:"id"`
	ExternalID string                `json:"external_id"`
	Title      string                `json:"title"`
	State      press.State           `json:"state"`
	Held       bool                  `json:"held,omitempty"`
	Blocked    string                `json:"blocked,omitempty"` // what a gate keeps it back by
	Channels   map[string]statusCopy `json:"channels"`
}

type statusCopy struct {
	State   press.CopyState `json:"state"`
	URL     string          `json:"url"`
	Since   time.Time       `json:"since"`
	Edition string          `json:"edition"`
	Note    string          `json:"note"`
}

// mostPage bounds a page of the API.
const mostPage = 200

func (d *desk) apiItems(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	limit, _ := strconv.Atoi(q.Get("limit")) // no number means the ledger's own
	a := askOf(q)
	switch {
	case a.State != "" && !slices.Contains(a.States(), a.State) && a.State != press.Approved:
		d.badQuery(w, r, "state", "没有这种状态")
		return
	case a.Copy != "" && !slices.Contains(press.CopyStates(), a.Copy):
		d.badQuery(w, r, "copy", "没有这种状态")
		return
	}
	f := d.filter(a, min(limit, mostPage))
	f.After = q.Get("after")
	lines, after, err := d.Ledger.Lines(r.Context(), f)
	if err != nil {
		d.apiFail(w, r, err)
		return
	}
	doc := statusDoc{At: d.Now().In(d.Location), Items: []statusItem{}, After: after}
	for _, l := range lines {
		doc.Items = append(doc.Items, itemOf(l))
	}
	reply(w, http.StatusOK, "application/json", doc)
}

func itemOf(l ledger.Line) statusItem {
	it := statusItem{l.Item.ID, l.Item.ExternalID, l.Title, l.Shown, l.Item.Held, l.Blocked, map[string]statusCopy{}}
	for _, c := range l.Copies {
		it.Channels[c.Channel] = statusCopy{c.State, c.URL, c.Since, c.Edition, cmp.Or(c.Task, c.Note, c.Behind(l.Item))}
	}
	return it
}

func (d *desk) apiStrangers(w http.ResponseWriter, r *http.Request) {
	found, err := d.Ledger.Strangers(r.Context(), r.URL.Query().Get("channel"), mostAPI)
	replyList(d, w, r, "strangers", found, err)
}

func (d *desk) apiAlarms(w http.ResponseWriter, r *http.Request) {
	open, err := d.Ledger.OpenAlarms(r.Context())
	replyList(d, w, r, "alarms", open, err)
}

// mostAPI bounds a list that has no pages.
const mostAPI = 1000

func replyList[T any](d *desk, w http.ResponseWriter, r *http.Request, name string, list []T, err error) {
	if err != nil {
		d.apiFail(w, r, err)
		return
	}
	if list == nil {
		list = []T{}
	}
	reply(w, http.StatusOK, "application/json", map[string]any{"at": d.Now().In(d.Location), name: list})
}

type channelDoc struct {
	Name      string     `json:"name"`
	Kind      string     `json:"kind"`
	Paused    bool       `json:"paused"`
	PausedBy  string     `json:"paused_by,omitempty"`
	Reason    string     `json:"reason,omitempty"`
	OnRelease bool       `json:"on_release,omitempty"`
	Next      *time.Time `json:"next,omitempty"`
	Waiting   int        `json:"waiting"`
	Trouble   string     `json:"trouble,omitempty"`
	TroubleAt *time.Time `json:"trouble_at,omitempty"`
	Closed    *time.Time `json:"closed,omitempty"` // nothing is done until it was surveyed: what the ledger knows ends here
}

func channelOf(c channelLine) channelDoc {
	doc := channelDoc{Name: c.Name, Kind: c.Kind, Paused: c.Paused, Reason: c.Reason, Trouble: c.Trouble,
		OnRelease: c.OnRelease, Next: known(c.Next), Waiting: c.Backlog, TroubleAt: known(c.TroubleAt), Closed: known(c.Closed)}
	if c.Paused {
		doc.PausedBy = c.PausedBy
	}
	return doc
}

func (d *desk) apiChannels(w http.ResponseWriter, r *http.Request) {
	cs, err := d.channels(r.Context())
	out := []channelDoc{}
	for _, c := range cs {
		out = append(out, channelOf(c))
	}
	replyList(d, w, r, "channels", out, err)
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
