package main

import (
	"slices"
	"time"

	"tongfa/scheduler"
)

// firings are the next moments of a channel's timetable, for the desk; none for a channel that has none.
func (d *daemon) firings(name string, after time.Time, most int) []time.Time {
	i := slices.IndexFunc(d.lanes, func(c scheduler.Channel) bool { return c.Plan.Channel == name })
	if i < 0 || d.lanes[i].When == nil {
		return nil
	}
	var out []time.Time
	for len(out) < most {
		if after = d.lanes[i].When.Next(after); after.IsZero() {
			break
		}
		out = append(out, after)
	}
	return out
}
