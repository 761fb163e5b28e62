package main

import (
	"context"
	"fmt"

	"tongfa/channels"
	"tongfa/desk"
	"tongfa/press"
)

// itemMoves hands the desk what it needs of the drivers for the moves of an item.
func (d *daemon) itemMoves(o desk.Options) desk.Options {
	o.Amends, o.Withdraws, o.Look = d.amenders, d.withdrawers, d.lookNow
	o.Compose = d.composing
	return o
}

// withdrawers are the channels that can take back what is public.
func (h *house) withdrawers() map[string]bool {
	out := map[string]bool{}
	for _, l := range h.lanes {
		_, out[l.Plan.Channel] = l.Driver.(channels.Withdrawer)
	}
	return out
}

// lookNow looks at the public copy of an item on a channel, and writes down what was seen.
func (d *daemon) lookNow(ctx context.Context, item press.ItemID, channel string) (press.Sighting, error) {
	entries, err := d.led.PublicCopies(ctx, string(item))
	if err != nil {
		return press.Sighting{}, err
	}
	for _, e := range entries {
		if e.Copy.Channel == channel {
			return d.sched.Look(ctx, e, d.now())
		}
	}
	return press.Sighting{}, &press.Trouble{Remedy: press.AskPerson, What: fmt.Sprintf("稿件在渠道“%s”上没有公开的副本，没有可以核验的", channel), Do: "请回到稿件页查看它现在的状态"}
}
