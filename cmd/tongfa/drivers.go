package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tongfa/channels"
	"tongfa/channels/gazette"
	"tongfa/channels/site"
	"tongfa/channels/wechat"
	"tongfa/config"
	"tongfa/press"
	"tongfa/scheduler"
)

// driver makes the channel that a configuration describes.
func (h *house) driver(c config.Channel) (channels.Channel, error) {
	get := channels.NewGetter(h.cfg.AllowPrivate, h.outside)
	archive := h.led.Archive(c.Name)
	switch c.Kind {
	case config.KindSite:
		return site.New(*c.Site, site.Options{Archive: archive, Blobs: h.led, Get: get, Now: h.now, Location: h.cfg.Timezone, Office: h.cfg.Office, Hasty: h.outside != nil,
			Disk: h.disk})
	case config.KindWeChat:
		return wechat.New(*c.WeChat, wechat.Options{Blobs: h.led, Get: get, Now: h.now, Log: h.log, Transport: h.outside})
	case config.KindGazette:
		return gazette.New(*c.Gazette, gazette.Options{Archive: archive, Blobs: h.led, Get: get, Now: h.now, Location: h.cfg.Timezone,
			Withheld: filepath.Join(h.cfg.Data, "withheld", c.Name), Disk: h.disk})
	}
	return nil, fmt.Errorf("不认识的渠道种类“%s”", c.Kind)
}

// lane is a channel with its timetable and how it composes.
func lane(c config.Channel, d channels.Channel) scheduler.Channel {
	p := press.Plan{Channel: c.Name, After: c.After, Max: c.PerEdition, Slots: c.When != nil, Whole: c.Kind == config.KindSite, Wait: c.Wait, When: c.When}
	if s, ok := d.(channels.Shelver); ok {
		p.Shelves = s.Shelves
	}
	if ad, ok := d.(channels.Addresser); ok {
		p.Address = ad.Address
	}
	if w, ok := d.(*wechat.Channel); ok {
		p.Hand = w.Most()
	}
	if g, ok := d.(*gazette.Channel); ok {
		first := c.Gazette.First
		p.Arrange, p.Check = g.Arrange, g.Check
		p.Issues = &press.Issues{Auto: c.Gazette.Issue == "auto", FirstYear: first.Year, FirstNo: first.Number, FirstTotal: first.Total, Title: g.Title, Proofs: c.Gazette.Proofs, Publisher: c.Gazette.Host}
	}
	return scheduler.Channel{Driver: d, Plan: p, When: c.When, Spec: c.Spec, Wait: c.Wait, Late: press.Late(c.Late),
		Concurrency: c.Concurrency, Every: c.Every, LookEvery: time.Second / time.Duration(c.Looks)}
}

// foreign tells what stands below a website's address and belongs to another channel that has a part of it.
func (h *house) foreign(c config.Channel) func(press.Found) bool {
	var others []string
	for _, o := range h.cfg.Channels {
		if u := publicURL(o); o.Name != c.Name && u != "" && strings.HasPrefix(u, publicURL(c)) {
			others = append(others, u)
		}
	}
	return func(f press.Found) bool {
		return slices.ContainsFunc(others, func(u string) bool { return strings.HasPrefix(f.URL, u) })
	}
}
