package desk

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

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

func (d *desk) apiItems(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	limit, _ := strconv.Atoi(q.Get("limit")) // no number means the ledger's own
	f := d.filter(askOf(q), limit)
	f.After = q.Get("after")
	lines, after, err := d.Ledger.Lines(r.Context(), f)
	if err != nil {
		d.apiFail(w, r, err)
		return
	}
	doc := statusDoc{At: d.Now().In(d.Location), Items: []statusItem{}, After: after}
	for _, l := range lines {
		it := statusItem{l.Item.ID, l.Item.ExternalID, l.Title, l.Shown, l.Item.Held, l.Blocked, map[string]statusCopy{}}
		for _, c := range l.Copies {
			it.Channels[c.Channel] = statusOf(l, c)
		}
		doc.Items = append(doc.Items, it)
	}
	reply(w, http.StatusOK, "application/json", doc)
}

func statusOf(l ledger.Line, c press.Copy) statusCopy {
	return statusCopy{c.State, c.URL, c.Since, c.Edition, cmp.Or(c.Task, c.Note, c.Behind(l.Item))}
}

// itemDoc is one item, with what is open about it and what stands beside its public texts.
type itemDoc struct {
	statusItem
	Todo    []ledger.Todo             `json:"todo"`
	Remarks map[string][]press.Remark `json:"remarks"` // by channel
}

func (d *desk) apiItem(w http.ResponseWriter, r *http.Request) {
	s, err := d.Ledger.Story(r.Context(), r.PathValue("id"), d.Now())
	if err != nil {
		d.apiFail(w, r, err)
		return
	}
	doc := itemDoc{statusItem: statusItem{s.Item.ID, s.Item.ExternalID, s.Title, s.Shown, s.Item.Held, s.Blocked, map[string]statusCopy{}}, Todo: s.Todo}
	for _, c := range s.Copies {
		doc.Channels[c.Channel] = statusOf(s.Line, c)
	}
	if doc.Remarks, err = d.remarks(r.Context(), s); err != nil {
		d.apiFail(w, r, err)
		return
	}
	if doc.Todo == nil {
		doc.Todo = []ledger.Todo{}
	}
	if doc.Remarks == nil {
		doc.Remarks = map[string][]press.Remark{}
	}
	reply(w, http.StatusOK, "application/json", doc)
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

func (d *desk) apiChannels(w http.ResponseWriter, r *http.Request) {
	cs, err := d.channels(r.Context())
	if err != nil {
		d.apiFail(w, r, err)
		return
	}
	out := []channelDoc{}
	for _, c := range cs {
		doc := channelDoc{Name: c.Name, Kind: c.Kind, Paused: c.Paused, Reason: c.Reason, Trouble: c.Trouble,
			OnRelease: c.OnRelease, Next: known(c.Next), Waiting: c.Backlog, TroubleAt: known(c.TroubleAt), Closed: known(c.Closed)}
		if c.Paused {
			doc.PausedBy = c.PausedBy
		}
		out = append(out, doc)
	}
	reply(w, http.StatusOK, "application/json", map[string]any{"at": d.Now().In(d.Location), "channels": out})
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// apiFail answers with a problem document (RFC 9457).
func (d *desk) apiFail(w http.ResponseWriter, r *http.Request, err error) {
	d.Log.ErrorContext(r.Context(), "serve api", "path", r.URL.Path, "err", err)
	if r.Context().Err() != nil {
		reply(w, http.StatusServiceUnavailable, "application/problem+json", map[string]any{"status": 503, "code": "too_slow", "title": "查找用时太长，已经停止"})
		return
	}
	if errors.Is(err, ledger.ErrNoItem) {
		reply(w, http.StatusNotFound, "application/problem+json", map[string]any{"status": 404, "code": "no_item", "title": "没有这篇稿件"})
		return
	}
	if errors.Is(err, ledger.ErrCursor) {
		reply(w, http.StatusBadRequest, "application/problem+json", map[string]any{"status": 400, "code": "bad_cursor", "title": "翻页标记无效", "field": "after"})
		return
	}
	reply(w, http.StatusInternalServerError, "application/problem+json", map[string]any{"status": 500, "code": "internal", "title": "读不到台账"})
}

func reply(w http.ResponseWriter, status int, mime string, doc any) {
	w.Header().Set("Content-Type", mime)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(doc) // the reader may have gone
}
