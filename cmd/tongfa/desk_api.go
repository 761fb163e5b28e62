package main

import (
	"tongfa/desk"
	"tongfa/intake"
	"tongfa/press"
)

// withAPI gives a desk what the HTTP API needs to know of this house.
func (d *daemon) withAPI(o desk.Options) desk.Options {
	o.Reading = func() intake.Options { return d.reading(nil) }
	o.Plan = func(channel string) (press.Plan, error) { return d.plan(channel) }
	o.Webhooks = d.webhooks
	return o
}
