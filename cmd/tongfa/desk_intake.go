package main

import (
	"context"

	"tongfa/channels"
	"tongfa/desk"
	"tongfa/press"
	"tongfa/scheduler"
)

// writing gives the desk what it needs of others for items that are being written: how each channel will show them.
func (d *daemon) writing(o desk.Options) desk.Options {
	o.Preview = func(ctx context.Context, channel string, e press.Entry) (channels.Preview, error) {
		return preview(ctx, d.lanes, channel, e)
	}
	return o
}

// preview asks the driver of a channel.
func preview(ctx context.Context, lanes []scheduler.Channel, channel string, e press.Entry) (channels.Preview, error) {
	for _, c := range lanes {
		if p, ok := c.Driver.(channels.Previewer); ok && c.Plan.Channel == channel {
			return p.Preview(ctx, e)
		}
	}
	return channels.Preview{}, &press.Trouble{Remedy: press.AskPerson, What: "这个渠道不能预览", Do: "请看其他渠道的预览"}
}
