package main

import (
	"slices"

	"tongfa/channels"
	"tongfa/config"
	"tongfa/desk"
	"tongfa/scheduler"
)

// composing is what the desk must know of a channel whose editions people compose; false for the others.
func (h *house) composing(name string) (desk.Composing, bool) {
	plan, proof, ok := h.proofer(name)
	if !ok {
		return desk.Composing{}, false
	}
	i := slices.IndexFunc(h.lanes, func(c scheduler.Channel) bool { return c.Plan.Channel == name })
	c := desk.Composing{Plan: plan, Proof: proof, Sections: h.sections(name), Phone: h.cfg.Channels[i].Kind == config.KindWeChat}
	c.Makes, _ = h.lanes[i].Driver.(channels.Roundsman)
	return c, true
}
