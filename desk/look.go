package desk

import (
	"context"
	"net/http"
	"time"

	"tongfa/press"
)

// Bounds of looking at a person's word: the same page is not looked at again at once, and nobody waits for ever.
const (
	lookPause = 30 * time.Second
	lookLimit = 25 * time.Second
)

// looking keeps two people, or two clicks, from looking at one channel at the same time: whoever comes second is told so.
type looking struct{ turns chan struct{} }

// mostLooks is how many looks at people's words are under way at a time.
const mostLooks = 4

func newLooking() looking { return looking{make(chan struct{}, mostLooks)} }

// begin takes a turn, if there is one.
func (l looking) begin() (end func(), ok bool) {
	select {
	case l.turns <- struct{}{}:
		return func() { <-l.turns }, true
	default:
		return nil, false
	}
}

// look looks at one public copy now, as readers see it, and says what was seen.
func (d *desk) look(w http.ResponseWriter, r *http.Request) {
	a, ok := d.about(w, r)
	if !ok {
		return
	}
	channel := r.PostForm.Get("channel")
	if _, ok := offered(a.Offers, moveLook, channel); !ok {
		d.notNow(w, r, a, press.Retry, press.MayRetry)
		return
	}
	code, err := d.lookAt(r.Context(), a, channel)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	if code != "look-soon" && code != "look-busy" {
		if err := d.Ledger.Note(r.Context(), "look", a.ID(), channel, d.by(r, press.MayRetry), d.Now()); err != nil {
			d.fail(w, r, err)
			return
		}
	}
	d.after(w, r, a.Story.Item.ID, code)
}

// lookAt looks, unless somebody has looked a moment ago or too many look at this moment, and says which word the page has for what came of it.
func (d *desk) lookAt(ctx context.Context, a asked, channel string) (string, error) {
	for _, v := range a.Story.Sightings {
		if v.Channel == channel && d.Now().Sub(v.LastAt) < lookPause {
			return "look-soon", nil
		}
	}
	end, ok := d.looks.begin()
	if !ok {
		return "look-busy", nil
	}
	defer end()
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	seen, err := d.Look(ctx, a.Story.Item.ID, channel)
	switch {
	case err != nil:
		return "", err
	case seen.Status == press.SeenEqual:
		return "look-equal", nil
	case seen.Status == press.SeenBlind:
		return "look-blind", nil
	}
	return "look-wrong", nil
}
