package desk

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"tongfa/ledger"
)

// editionsSize is how many editions a page lists, or a few more.
const editionsSize = 50

// editionsPage lists what went out, or will.
type editionsPage struct {
	frame
	Channel  string
	Channels []string
	Rows     []ledger.EditionLine
	Next     string // address of the next page
	First    string
}

func (d *desk) editions(w http.ResponseWriter, r *http.Request) {
	p := editionsPage{frame: d.frame(r, "期次", "editions"), Channel: r.URL.Query().Get("channel")}
	cs, err := d.Ledger.Channels(r.Context())
	if err != nil {
		d.fail(w, r, err)
		return
	}
	for _, c := range cs {
		p.Channels = append(p.Channels, c.Name)
	}
	before, err := readBefore(r.URL.Query().Get("before"))
	if err != nil {
		d.refuse(w, r, http.StatusBadRequest, "翻页标记无效", "请从第一页重新开始。")
		return
	}
	rows, more, err := d.editionPage(r.Context(), p.Channel, before)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	p.Rows = rows
	if more {
		p.Next = editionsAddress(p.Channel, rows[len(rows)-1].Slot.At)
	}
	if !before.IsZero() {
		p.First = editionsAddress(p.Channel, time.Time{})
	}
	d.show(w, r, http.StatusOK, "editions", p)
}

// editionPage reads a page, which the ledger never ends within a slot, and whether there is another one.
func (d *desk) editionPage(ctx context.Context, channel string, before time.Time) (rows []ledger.EditionLine, more bool, err error) {
	rows, err = d.Ledger.Editions(ctx, channel, before, editionsSize)
	if err != nil || len(rows) < editionsSize {
		return rows, false, err
	}
	older, err := d.Ledger.Editions(ctx, channel, rows[len(rows)-1].Slot.At, 1)
	return rows, len(older) > 0, err
}

func editionsAddress(channel string, before time.Time) string {
	v := url.Values{}
	if channel != "" {
		v.Set("channel", channel)
	}
	if !before.IsZero() {
		v.Set("before", before.UTC().Format(time.RFC3339Nano))
	}
	if len(v) == 0 {
		return "/editions"
	}
	return "/editions?" + v.Encode()
}

func readBefore(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339Nano, s)
}

// lateness tells how late an edition was in words; "" before it is out.
func lateness(e ledger.EditionLine) string {
	if e.OutAt.IsZero() {
		return ""
	}
	late := e.OutAt.Sub(e.Slot.At)
	if late < time.Second {
		return "准时"
	}
	return "晚" + span(late)
}

// tolerable is how late an edition may be before the desk says so in red.
const tolerable = time.Minute

// Late is the lateness of an edition, for the template.
func (editionsPage) Late(e ledger.EditionLine) string { return lateness(e) }

// TooLate reports whether an edition went out later than is tolerable.
func (editionsPage) TooLate(e ledger.EditionLine) bool {
	return !e.OutAt.IsZero() && e.OutAt.Sub(e.Slot.At) > tolerable
}
