package desk

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// doubleTime is how long the same word of the same person is taken for a button pressed twice.
const doubleTime = 10 * time.Minute

// justDone reports whether the same person has just made the same move: a button that is pressed twice is no second move, and no mistake either.
func justDone(s ledger.Story, verb press.Verb, detail string, who ledger.Who, now time.Time) bool {
	return slices.ContainsFunc(s.Moves, func(m ledger.Moved) bool {
		return m.Verb == string(verb) && m.Channel == "" && m.By == who.Name && strings.HasPrefix(m.Detail, detail) && now.Sub(m.At) < doubleTime
	})
}

// asked is one item that a form is about.
type asked struct {
	Story  ledger.Story
	Offers []offer
}

// Item is the item itself.
func (a asked) Item() press.Item { return a.Story.Item }

// ID is its id as the address of a page has it.
func (a asked) ID() string { return string(a.Story.Item.ID) }

// Name is its title.
func (a asked) Name() string { return a.Story.Title }

// Seen is what the form sends back: what a person had before her when she decided, so that a decision about yesterday's state is not taken for today's.
func (a asked) Seen() string { return a.Story.Tag() }

// still has a move happen only while the item is as it was found when the request came.
func (a asked) still(r *http.Request) context.Context { return ledger.While(r.Context(), a.Story) }

// about reads the item that a form is about. Where it fails it has answered.
func (d *desk) about(w http.ResponseWriter, r *http.Request) (asked, bool) {
	if err := r.ParseForm(); err != nil {
		d.refuse(w, r, http.StatusBadRequest, d.t(r, "提交的内容读不出来，没有执行"), d.t(r, "请回到稿件页重新操作。"))
		return asked{}, false
	}
	s, err := d.Ledger.Story(r.Context(), r.PathValue("id"), d.Now())
	if err != nil {
		d.fail(w, r, err)
		return asked{}, false
	}
	return asked{s, d.offers(r, s)}, true
}

// notNow answers who asks for a move that an item does not allow as it stands.
func (d *desk) notNow(w http.ResponseWriter, r *http.Request, a asked, verb press.Verb, right press.Right) {
	why := d.t(r, "这篇稿件现在不需要这个操作")
	if _, err := a.Story.Item.State.Move(verb, d.by(r, right).Role); err != nil {
		why = d.t(r, "稿件处于“%s”，现在不能这样做", d.t(r, a.Story.Shown.Name()))
	}
	d.show(w, r, http.StatusConflict, "trouble", troublePage{frame: d.frame(r, why, "matrix"), Code: http.StatusConflict, What: why,
		Do: d.t(r, "没有改动任何内容。请回到稿件页查看它现在的状态。"), Back: to("items", a.ID())})
}

// stale is what is said to a person whose item has changed under her hands.
func (d *desk) stale(r *http.Request) string {
	return d.t(r, "稿件的状态在您填写期间有了变化，没有执行。下面是现在的情况，请看过再决定。")
}

// after ends a move that was made: back to the item, which says so once.
func (d *desk) after(w http.ResponseWriter, r *http.Request, id press.ItemID, code string) {
	d.wake()
	http.Redirect(w, r, to("items", string(id))+"?done="+code, http.StatusSeeOther)
}
