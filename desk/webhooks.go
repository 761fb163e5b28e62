package desk

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"tongfa/ledger"
	"tongfa/press"
)

// webhooksPage (事件推送) is the configured webhooks with how they fare, or one of them with its log.
type webhooksPage struct {
	frame
	Tabs  []entry
	Hooks []hookLine
	One   *hookLine // whose log it is
	Log   []ledger.Delivery
	First string // address of the first page; "" on it
	Next  string // of the next page; "" on the last
}

type hookLine struct {
	Webhook
	ledger.HookHealth
}

func (d *desk) webhookRoutes() []route {
	return []route{
		{"GET", "/settings/webhooks", press.MaySet, d.webhooks},
		{"GET", "/settings/webhooks/{name}", press.MaySet, d.webhook},
		{"POST", "/settings/webhooks/{name}/test", press.MaySet, d.tryWebhook},
		{"POST", "/settings/webhooks/{name}/resend", press.MaySet, d.resend},
	}
}

// EventName is a kind of event as people see it, for the template.
func (webhooksPage) EventName(kind string) string {
	for _, e := range press.Events() {
		if e.Type == kind {
			return e.Name
		}
	}
	return map[string]string{"*": "全部", ledger.Trial: "试发"}[kind]
}

func (d *desk) webhookPage(w http.ResponseWriter, r *http.Request) (webhooksPage, bool) {
	p := webhooksPage{frame: d.frame(r, d.t(r, "事件推送"), "settings"), Tabs: d.settingTabs(r, "/settings/webhooks")}
	for _, h := range d.hooks() {
		health, err := d.Ledger.HookHealth(r.Context(), h.Name)
		if err != nil {
			d.fail(w, r, err)
			return p, false
		}
		p.Hooks = append(p.Hooks, hookLine{h, health})
	}
	switch r.URL.Query().Get("done") {
	case "test":
		p.Done = d.t(r, "已经安排试发，马上就发。刷新这一页看结果。")
	case "resend":
		p.Done = d.t(r, "已经安排重新发送，编号不变。刷新这一页看结果。")
	}
	return p, true
}

func (d *desk) webhooks(w http.ResponseWriter, r *http.Request) {
	if p, ok := d.webhookPage(w, r); ok {
		d.show(w, r, http.StatusOK, "webhooks", p)
	}
}

func (d *desk) webhook(w http.ResponseWriter, r *http.Request) {
	p, ok := d.webhookPage(w, r)
	if !ok {
		return
	}
	i := slices.IndexFunc(p.Hooks, func(h hookLine) bool { return h.Name == r.PathValue("name") })
	if i < 0 {
		d.nowhere(w, r)
		return
	}
	p.One, p.Title = &p.Hooks[i], d.t(r, "事件推送")+" "+p.Hooks[i].Name
	before, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	if r.URL.Query().Has("before") && (err != nil || before < 1) {
		d.fail(w, r, ledger.ErrCursor)
		return
	}
	if p.Log, err = d.Ledger.Deliveries(r.Context(), p.One.Name, before, pageSize+1); err != nil {
		d.fail(w, r, err)
		return
	}
	here := to("settings", "webhooks", p.One.Name)
	if before > 0 {
		p.First = here
	}
	if len(p.Log) > pageSize {
		p.Log = p.Log[:pageSize]
		p.Next = here + "?before=" + strconv.FormatInt(p.Log[pageSize-1].ID, 10)
	}
	d.show(w, r, http.StatusOK, "webhooks", p)
}

// hookOf reports whether an address names a configured webhook; it has answered where it does not.
func (d *desk) hookOf(w http.ResponseWriter, r *http.Request) bool {
	ok := slices.ContainsFunc(d.hooks(), func(h Webhook) bool { return h.Name == r.PathValue("name") })
	if !ok {
		d.nowhere(w, r)
	}
	return ok
}

func (d *desk) tryWebhook(w http.ResponseWriter, r *http.Request) {
	if !d.hookOf(w, r) {
		return
	}
	if err := d.Ledger.TryHook(r.Context(), r.PathValue("name"), d.by(r, press.MaySet), d.Now()); err != nil {
		d.fail(w, r, err)
		return
	}
	d.wake()
	http.Redirect(w, r, to("settings", "webhooks", r.PathValue("name"))+"?"+url.Values{"done": {"test"}}.Encode(), http.StatusSeeOther)
}

func (d *desk) resend(w http.ResponseWriter, r *http.Request) {
	if !d.hookOf(w, r) {
		return
	}
	id, err := strconv.ParseInt(r.PostFormValue("id"), 10, 64)
	if err == nil {
		err = d.Ledger.Resend(r.Context(), id, d.by(r, press.MaySet), d.Now())
	}
	if errors.Is(err, strconv.ErrSyntax) || errors.Is(err, strconv.ErrRange) || errors.Is(err, ledger.ErrNoDelivery) {
		d.nowhere(w, r)
		return
	}
	if err != nil {
		d.fail(w, r, err)
		return
	}
	d.wake()
	http.Redirect(w, r, to("settings", "webhooks", r.PathValue("name"))+"?"+url.Values{"done": {"resend"}}.Encode(), http.StatusSeeOther)
}
