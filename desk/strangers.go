package desk

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"tongfa/ledger"
	"tongfa/press"
)

// strangersPage (台账外内容) is what channels show and the ledger does not know, and what waits because it may be out there already.
type strangersPage struct {
	frame
	Channel string // of one channel only; "" for all
	Found   []ledger.Stranger
	More    bool // there are more than a page shows
	Waiting []waiting
	Problem string
	Ref     string // of the stranger that the problem is about
	Reason  string
}

// waiting is an item that waits because it may be out there already.
type waiting struct {
	ID    press.ItemID
	Title string
	Notes []string // why, channel by channel
}

func waitingOf(l ledger.Line) waiting {
	w := waiting{ID: l.Item.ID, Title: l.Title}
	for _, c := range l.Copies {
		if c.State == press.Waiting && c.Note != "" {
			w.Notes = append(w.Notes, c.Channel+"："+c.Note)
		}
	}
	return w
}

// mostStrangers is how many a page shows.
const mostStrangers = 100

func (d *desk) strangers(w http.ResponseWriter, r *http.Request) {
	d.showStrangers(w, r, http.StatusOK, strangersPage{Channel: r.URL.Query().Get("channel")})
}

func (d *desk) showStrangers(w http.ResponseWriter, r *http.Request, status int, p strangersPage) {
	p.frame = d.frame(r, d.t(r, "台账外内容"), "strangers")
	var err error
	if p.Found, err = d.Ledger.Strangers(r.Context(), p.Channel, mostStrangers+1); err != nil {
		d.fail(w, r, err)
		return
	}
	if p.More = len(p.Found) > mostStrangers; p.More {
		p.Found = p.Found[:mostStrangers]
	}
	for _, wait := range []ledger.Wait{ledger.ForStranger, ledger.ForRestore} {
		lines, _, err := d.Ledger.Lines(r.Context(), ledger.Filter{Waits: wait, Channel: p.Channel, Limit: handSize})
		if err != nil {
			d.fail(w, r, err)
			return
		}
		for _, l := range lines {
			p.Waiting = append(p.Waiting, waitingOf(l))
		}
	}
	if r.URL.Query().Get("done") == "known" {
		p.Done = d.t(r, "已记录。因它停下的稿件接着发布。")
	}
	d.show(w, r, status, "strangers", p)
}

// knowStranger records what a person knows of a stranger, and so lets go on what waited because of it.
func (d *desk) knowStranger(w http.ResponseWriter, r *http.Request) {
	p := strangersPage{Channel: r.PostFormValue("only"), Ref: r.PostFormValue("ref"), Reason: strings.TrimSpace(r.PostFormValue("reason"))}
	switch {
	case p.Reason == "":
		p.Problem = d.t(r, "请写明这是什么、为什么不在台账里。")
	case utf8.RuneCountInString(p.Reason) > mostReason:
		p.Problem = d.t(r, "说明太长，请写在200字以内。")
	}
	if p.Problem != "" {
		d.showStrangers(w, r, http.StatusUnprocessableEntity, p)
		return
	}
	if err := d.Ledger.KnowStranger(r.Context(), r.PostFormValue("channel"), p.Ref, p.Reason, d.by(r, press.MayAnswer), d.Now()); err != nil {
		if errors.As(err, new(*press.Trouble)) {
			d.fail(w, r, err)
			return
		}
		p.Problem = err.Error() + "。" + d.t(r, "没有执行。")
		d.showStrangers(w, r, http.StatusConflict, p)
		return
	}
	d.wake()
	back := url.Values{"done": {"known"}}
	if p.Channel != "" {
		back.Set("channel", p.Channel)
	}
	http.Redirect(w, r, "/strangers?"+back.Encode(), http.StatusSeeOther)
}
