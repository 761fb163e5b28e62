package desk

import (
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
	f := askOf(q).filter(q.Get("after"), limit)
	lines, after, err := d.Ledger.Lines(r.Context(), f)
	if err != nil {
		d.apiFail(w, r, err)
		return
	}
	doc := statusDoc{At: d.Now().In(d.Location), Items: []statusItem{}, After: after}
	for _, l := range lines {
		it := statusItem{l.Item.ID, l.Item.ExternalID, l.Title, l.Shown, l.Item.Held, l.Blocked, map[string]statusCopy{}}
		for _, c := range l.Copies {
			it.Channels[c.Channel] = statusCopy{c.State, c.URL, c.Since, c.Edition, c.Note}
		}
		doc.Items = append(doc.Items, it)
	}
	reply(w, http.StatusOK, "application/json", doc)
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
			OnRelease: c.OnRelease, Next: known(c.Next), Waiting: c.Backlog, TroubleAt: known(c.TroubleAt)}
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
