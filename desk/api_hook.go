package desk

import (
	"net/http"
	"strconv"
	"time"

	"tongfa/ledger"
)

// Webhook is an address that is told what happens, as the configuration has it.
type Webhook struct {
	Name   string
	URL    string // without what may be a secret
	Events []string
}

type hookDoc struct {
	Name    string     `json:"name"`
	URL     string     `json:"url"`
	Events  []string   `json:"events"`
	Waiting int        `json:"waiting"`
	Dead    int        `json:"dead"`
	Last    *time.Time `json:"last,omitempty"` // when it took something last
}

type deliveryDoc struct {
	ID     int64                `json:"id"`
	UID    string               `json:"uid"`
	Item   string               `json:"item,omitempty"`
	Event  string               `json:"event"`
	State  ledger.DeliveryState `json:"state"`
	Made   time.Time            `json:"made"`
	Due    *time.Time           `json:"due,omitempty"`
	Tries  int                  `json:"tries"`
	Tried  *time.Time           `json:"tried,omitempty"`
	Status int                  `json:"status,omitempty"`
	Said   string               `json:"said,omitempty"`
}

// hooks are the configured webhooks.
func (d *desk) hooks() []Webhook {
	if d.Webhooks == nil {
		return nil
	}
	return d.Webhooks()
}

func (d *desk) apiHooks(w http.ResponseWriter, r *http.Request) {
	out := []hookDoc{}
	for _, h := range d.hooks() {
		health, err := d.Ledger.HookHealth(r.Context(), h.Name)
		if err != nil {
			d.apiFail(w, r, err)
			return
		}
		out = append(out, hookDoc{h.Name, h.URL, h.Events, health.Waiting, health.Dead, known(health.Last)})
	}
	replyList(d, w, r, "webhooks", out, nil)
}

func (d *desk) apiDeliveries(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	before, err := strconv.ParseInt(q.Get("before"), 10, 64)
	if q.Has("before") && (err != nil || before < 1) {
		d.badQuery(w, r, "before", "应当是推送的编号")
		return
	}
	list, err := d.Ledger.Deliveries(r.Context(), r.PathValue("name"), before, pageSize)
	var out []deliveryDoc
	for _, x := range list {
		doc := deliveryDoc{ID: x.ID, UID: x.UID, Item: x.Item, Event: x.Event, State: x.State, Made: x.Made, Tries: x.Tries, Tried: known(x.Tried), Status: x.Status, Said: x.Said}
		if x.State == ledger.DeliveryDue {
			doc.Due = known(x.Due)
		}
		out = append(out, doc)
	}
	replyList(d, w, r, "deliveries", out, err)
}
