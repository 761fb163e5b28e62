package wechat

import (
	"context"
	"strings"

	"tongfa/channels"
)

// spend takes one call from the day's quota of an endpoint, before it is made.
func (c *Channel) spend(ctx context.Context, j channels.Journal, ep endpoint) error {
	if ep.perDay == 0 {
		return nil
	}
	return j.Spend(ctx, c.quota(ep), 1)
}

// quota is the limit of an endpoint, under its own path. The configuration may name it in full or as freepublish_get.
func (c *Channel) quota(ep endpoint) channels.Quota {
	q := channels.Quota{Name: ep.path, PerDay: ep.perDay, Reserve: ep.reserve}
	short := strings.TrimPrefix(strings.TrimPrefix(ep.path, "/cgi-bin/"), "message/")
	for _, name := range []string{ep.path, short, strings.ReplaceAll(short, "/", "_")} {
		if n, ok := c.c.Quotas[name]; ok {
			q.PerDay, q.Reserve = n, ep.reserve*n/ep.perDay
		}
	}
	return q
}

// Quotas lists the limits that calls are counted against, in the order of a publication.
func (c *Channel) Quotas() []channels.Quota {
	eps := []endpoint{draftAdd, draftGet, draftBatch}
	switch c.c.Mode {
	case modePublish:
		eps = append(eps, pubSubmit, pubGet, pubBatch, pubArticle, pubDelete)
	case modeMass:
		eps = append(eps, massSend, massGet, massDelete)
	}
	var list []channels.Quota
	for _, ep := range eps {
		list = append(list, c.quota(ep))
	}
	return list
}
