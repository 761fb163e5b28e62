package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tongfa/press"
)

// Event is one move as other systems are told of it: by the stream of events, and by webhooks.
type Event struct {
	ID         int64        `json:"id"` // its number in the feed
	Type       string       `json:"type"`
	At         time.Time    `json:"at"`
	Item       press.ItemID `json:"item"`
	ExternalID string       `json:"external_id,omitempty"`
	Title      string       `json:"title"`
	Channel    string       `json:"channel,omitempty"`
	Was        string       `json:"was,omitempty"`
	Now        string       `json:"now,omitempty"`
	URL        string       `json:"url,omitempty"` // of the public copy, as it is by now
	By         string       `json:"by"`
	Verb       string       `json:"verb"`
	Detail     string       `json:"detail,omitempty"`
}

// Events reads the feed after a number, with what a reader needs to know of the items.
func (l *Ledger) Events(ctx context.Context, after int64, most int) ([]Event, error) {
	feed, err := l.Feed(ctx, after, most)
	if err != nil || len(feed) == 0 {
		return nil, err
	}
	about, urls, err := l.about(ctx, feed)
	if err != nil {
		return nil, err
	}
	out := make([]Event, 0, len(feed))
	for _, h := range feed {
		e := Event{ID: h.Seq, Type: press.EventType(h.Verb, h.Channel, h.Was, h.Now), At: h.At, Item: h.Item, Channel: h.Channel, Was: h.Was, Now: h.Now,
			By: h.By, Verb: h.Verb, Detail: h.Detail, ExternalID: about[h.Item][0], Title: about[h.Item][1]}
		if h.Channel != "" {
			e.URL = urls[[2]string{string(h.Item), h.Channel}]
		}
		out = append(out, e)
	}
	return out, nil
}

// about reads the external id and the title of the items of a piece of the feed, and where their copies are.
func (l *Ledger) about(ctx context.Context, feed []Happened) (map[press.ItemID][2]string, map[[2]string]string, error) {
	ids := map[press.ItemID]bool{}
	var list []press.ItemID
	for _, h := range feed {
		if !ids[h.Item] {
			ids[h.Item], list = true, append(list, h.Item)
		}
	}
	asked, err := json.Marshal(list)
	if err != nil {
		return nil, nil, err // unreachable: they are texts
	}
	rows, err := l.read.QueryContext(ctx, `
		SELECT i.id, COALESCE(i.external_id, ''), r.title, COALESCE(c.channel, ''), COALESCE(c.url, '')
		FROM json_each($1) j
		CROSS JOIN item i ON i.id = j.value
		CROSS JOIN revision r ON r.item = i.id AND r.number = i.head
		LEFT JOIN copy c ON c.item = i.id AND c.newest AND c.url <> ''`, string(asked))
	if err != nil {
		return nil, nil, fmt.Errorf("read items of the feed: %w", err)
	}
	defer rows.Close()
	about, urls := map[press.ItemID][2]string{}, map[[2]string]string{}
	for rows.Next() {
		var id, external, title, channel, url string
		if err := rows.Scan(&id, &external, &title, &channel, &url); err != nil {
			return nil, nil, fmt.Errorf("read items of the feed: %w", err)
		}
		about[press.ItemID(id)] = [2]string{external, title}
		urls[[2]string{id, channel}] = url
	}
	return about, urls, rows.Err()
}
