package main

import (
	"net/url"

	"tongfa/channels"
	"tongfa/desk"
	"tongfa/ledger"
	"tongfa/webhook"
)

// sender makes the loop that tells other systems what happens.
func (h *house) sender() *webhook.Sender {
	s := webhook.Sender{Store: h.led, Post: channels.NewPoster(h.cfg.AllowPrivate), Now: h.now, Log: h.log}
	for _, c := range h.cfg.Webhooks {
		s.Hooks = append(s.Hooks, webhook.Hook{Hook: ledger.Hook{Name: c.Name, Events: c.Events}, URL: c.URL, Secret: c.Secret.Reveal()})
	}
	return webhook.New(s)
}

// webhooks are those of the configuration, for the desk. An address may hold a key in its path: people see where it leads, and no more.
func (h *house) webhooks() []desk.Webhook {
	var out []desk.Webhook
	for _, c := range h.cfg.Webhooks {
		shown := c.Name
		if u, err := url.Parse(c.URL); err == nil {
			shown = u.Scheme + "://" + u.Host + "/…"
		}
		out = append(out, desk.Webhook{Name: c.Name, URL: shown, Events: c.Events})
	}
	return out
}
