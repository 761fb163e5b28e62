package desk

import (
	"context"
	"fmt"
	"net/http"
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
	line, ok, err := d.editionLine(r.Context(), r.PathValue("key"))
	if err != nil {
		d.fail(w, r, err)
		return
	}
	if !ok {
		d.refuse(w, r, http.StatusNotFound, "没有这一期", "请核对期号，或者从期次列表重新进入。")
		return
	}
	e, err := d.Ledger.Edition(r.Context(), line.Key)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	p := editionPage{frame: d.frame(d.editionName(e), "editions"), Edition: e, OutAt: line.OutAt, Late: lateness(line)}
	if p.Timeline, err = d.editionTimeline(r.Context(), e); err != nil {
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
	name := e.Slot.Channel + " " + e.Slot.At.In(d.Location).Format("1月2日 15:04")
	if e.Seq > 1 {
		name += fmt.Sprintf(" 之%d", e.Seq)
	}
	return name
}

// mostInSecond is how many editions of a channel are looked through for the one that a key means.
const mostInSecond = 500

// editionLine finds an edition by its key, in which the slot stands to the second.
func (d *desk) editionLine(ctx context.Context, key string) (ledger.EditionLine, bool, error) {
	channel, rest, _ := strings.Cut(key, "@")
	slot, _, _ := strings.Cut(rest, "#")
	at, err := time.Parse(time.RFC3339, slot)
	if err != nil {
		return ledger.EditionLine{}, false, nil
	}
	lines, err := d.Ledger.Editions(ctx, channel, at.Add(time.Second), mostInSecond)
	if err != nil {
		return ledger.EditionLine{}, false, err
	}
	i := slices.IndexFunc(lines, func(l ledger.EditionLine) bool { return l.Key == key })
	if i < 0 {
		return ledger.EditionLine{}, false, nil
	}
	return lines[i], true, nil
}

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
