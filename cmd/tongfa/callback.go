package main

import (
	"context"
	"net/http"
	"time"

	"tongfa/channels/wechat"
	"tongfa/config"
	"tongfa/standin"
)

// callbackPath is where the platform's messages (消息推送) about a channel arrive.
func callbackPath(channel string) string { return "/wechat/callback/" + channel }

// front is the daemon's own address: the desk, and beside it what the platform sends. The desk answers to this machine only; a callback is
// known by its signature, whatever name it was sent to.
func (d *daemon) front(desk http.Handler) http.Handler {
	callbacks := map[string]http.Handler{}
	for i, c := range d.cfg.Channels {
		if c.WeChat != nil && c.WeChat.Callback.Token.Reveal() != "" {
			w := d.lanes[i].Driver.(*wechat.Channel) // a channel with a WeChat has this driver
			callbacks[callbackPath(c.Name)] = w.Callback(d.heard(c.Name))
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, ok := callbacks[r.URL.Path]; ok {
			h.ServeHTTP(w, r)
			return
		}
		desk.ServeHTTP(w, r)
	})
}

// heardAgain is how soon a hint is given again that came while its act was in hands.
const heardAgain = time.Second

// heard takes the hints about a channel to the ledger.
func (d *daemon) heard(channel string) func(ctx context.Context, ref string) {
	return func(ctx context.Context, ref string) {
		for tick := time.NewTicker(heardAgain); ; {
			woken, busy, err := d.led.Heard(ctx, channel, ref, d.now())
			if woken > 0 {
				d.sched.Wake()
			}
			if err != nil {
				d.log.Warn("cannot take a callback", "channel", channel, "error", err)
			}
			if err != nil || !busy {
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}
}

// pushed is where the stand-in of a channel's account sends its events.
func (d *daemon) pushed(c config.Channel) standin.Callback {
	k := c.WeChat.Callback
	if k.Token.Reveal() == "" {
		return standin.Callback{}
	}
	b := standin.Callback{URL: "http://" + d.cfg.Listen + callbackPath(c.Name), Token: k.Token.Reveal(), AESKey: k.AESKey.Reveal()}
	if b.AESKey != "" {
		b.Mode = "safe"
	}
	return b
}
