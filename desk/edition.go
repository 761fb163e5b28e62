package desk

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// editionPage is one edition: entries in order, what its acts did, how late it was.
type editionPage struct {
	frame
	Edition  press.Edition
	OutAt    time.Time
	Late     string
	Timeline []event
}

func (d *desk) edition(w http.ResponseWriter, r *http.Request) {
	e, err := d.Ledger.Edition(r.Context(), r.PathValue("key"))
	if err != nil {
		d.fail(w, r, err)
		return
	}
	p := editionPage{frame: d.frame(r, d.editionName(e.Edition), "editions"), Edition: e.Edition, OutAt: e.OutAt, Late: lateness(e)}
	if p.Timeline, err = d.editionTimeline(r.Context(), e.Edition); err != nil {
		d.fail(w, r, err)
		return
	}
	d.show(w, r, http.StatusOK, "edition", p)
}

// editionName is what people call an edition: its title, or where and for when it was composed.
func (d *desk) editionName(e press.Edition) string {
	if e.Title != "" {
		return e.Title
	}
	return d.keyName(e.Key)
}

// keyName is the key of an edition for people: the channel, the slot on the office's clock, and its number in that second.
func (d *desk) keyName(key string) string {
	channel, rest, _ := strings.Cut(key, "@")
	slot, seq, _ := strings.Cut(rest, "#")
	at, err := time.Parse(time.RFC3339, slot)
	if err != nil {
		return key
	}
	form := "2006-01-02 15:04:05"
	if at = at.In(d.Location); at.Year() == d.Now().In(d.Location).Year() {
		form = "01-02 15:04:05"
	}
	return channel + " " + at.Format(form) + " 第" + seq + "期"
}

// keys finds the keys of editions in a sentence. The names of channels are so (config).
var keys = regexp.MustCompile(`[a-z][a-z0-9_-]{0,31}@\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ#\d+`)

// plainly is a sentence of the ledger with the keys of editions in it said for people.
func (d *desk) plainly(s string) string { return keys.ReplaceAllStringFunc(s, d.keyName) }

// editionTimeline tells the steps and the receipts of an edition. Every entry has the same receipts, so the first one's story has all.
func (d *desk) editionTimeline(ctx context.Context, e press.Edition) ([]event, error) {
	acts, err := d.actsOf(ctx, []string{e.Key})
	if err != nil || len(e.Entries) == 0 {
		return nil, err
	}
	s, err := d.Ledger.Story(ctx, string(e.Entries[0].Item.ID), d.Now())
	if err != nil {
		return nil, err
	}
	own := slices.DeleteFunc(s.Receipts, func(r ledger.Received) bool { return r.Edition != e.Key })
	return timeline(ledger.Story{Receipts: own}, acts), nil
}
