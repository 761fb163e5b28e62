package main

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"tongfa/channels"
	"tongfa/config"
	"tongfa/scheduler"
)

// clocks are the other hosts that know what time it is. A rehearsal has a time of its own.
func (h *house) clocks() scheduler.Time {
	if h.rehearsal() || h.outside != nil {
		return scheduler.Time{}
	}
	get := channels.NewGetter(h.cfg.AllowPrivate, nil)
	return scheduler.Time{Hosts: h.clockHosts(), Every: h.cfg.Clock.Every, Most: h.cfg.Clock.Most,
		Ask: func(ctx context.Context, host string) (time.Time, error) {
			p, err := get.Get(ctx, host)
			return p.Date, err
		}}
}

// clockHosts are the configured ones, or the addresses at which other machines answer for the channels.
func (h *house) clockHosts() []string {
	if h.cfg.Clock.None || len(h.cfg.Clock.Hosts) > 0 {
		return h.cfg.Clock.Hosts
	}
	var out []string
	for _, c := range h.cfg.Channels {
		address := publicURL(c)
		switch {
		case c.WeChat != nil:
			address = c.WeChat.BaseURL
		case c.Site != nil && c.Site.Serve != "":
			continue // this process answers there
		}
		u, err := url.Parse(address)
		if err != nil || u.Hostname() == "" || ownHost(u.Hostname()) {
			continue
		}
		if host := (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}).String(); !slices.Contains(out, host) && !servedHere(h.cfg, u.Host) {
			out = append(out, host)
		}
	}
	return out
}

// servedHere reports a host that a website of this process has, such as that of a gazette below it.
func servedHere(cfg *config.Config, host string) bool {
	return slices.ContainsFunc(cfg.Channels, func(c config.Channel) bool {
		if c.Site == nil || c.Site.Serve == "" {
			return false
		}
		u, err := url.Parse(c.Site.URL)
		return err == nil && u.Host == host
	})
}

// ownHost reports a host that is this machine: its clock is the one that is to be checked.
func ownHost(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	if ip = ip.Unmap(); ip.IsLoopback() || ip.IsUnspecified() {
		return true
	}
	own, err := net.InterfaceAddrs()
	return err == nil && slices.ContainsFunc(own, func(a net.Addr) bool {
		p, err := netip.ParsePrefix(a.String())
		return err == nil && p.Addr().Unmap() == ip
	})
}
