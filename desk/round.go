package desk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"tongfa/ledger"
	"tongfa/press"
)

func (d *desk) roundRoutes() []route {
	return []route{
		{"POST", "/editions/{key}/rounds", press.MayCompose, d.pullRound},
		{"GET", "/editions/{key}/rounds/new", press.MaySee, d.makingRound},
		{"GET", "/editions/{key}/rounds/{n}", press.MaySee, d.round},
		{"GET", "/editions/{key}/rounds/{n}/making", press.MaySee, d.makingRound},
		{"GET", "/editions/{key}/rounds/{n}/files/{name}", press.MaySee, d.roundFile},
		{"POST", "/editions/{key}/rounds/{n}/pass", press.MayRead, d.passRound},
		{"POST", "/editions/{key}/rounds/{n}/remark", press.MayRead, d.remarkRound},
		{"POST", "/editions/{key}/remarks/{id}", press.MayCompose, d.settleRemark},
		{"GET", "/editions/{key}/changes", press.MaySee, d.changes},
	}
}

// roundLine is a round as a list shows it.
type roundLine struct {
	press.Round
	Turns []press.Turn // since the one before
	Last  bool
}

// Passer is who let the round pass last; "" while a remark is open.
func (r roundLine) Passer() string {
	if len(r.Open()) > 0 {
		return ""
	}
	return r.Passed()
}

// First reports whether there is none before it.
func (r roundLine) First() bool { return r.Number == 1 }

// proofed is what is known of the proof rounds of an edition.
type proofed struct {
	Rounds []roundLine // the last one first
	Since  []press.Turn
	Cannot string // why it is not known what changed since
	Making *jobShown
}

// proofed reads the rounds of an edition.
func (d *desk) proofed(ctx context.Context, e planned) (p proofed, err error) {
	if !e.Numbered() {
		return p, nil
	}
	rounds, err := d.Ledger.Rounds(ctx, e.Key)
	if err != nil {
		return p, err
	}
	var was press.Contents
	for i, r := range rounds {
		l := roundLine{Round: r, Last: i == len(rounds)-1}
		if i > 0 {
			l.Turns = press.Turns(was, r.Contents)
		}
		p.Rounds, was = append(p.Rounds, l), r.Contents
	}
	slices.Reverse(p.Rounds)
	if len(rounds) > 0 && e.Open() {
		if _, p.Since, _, err = d.Ledger.Since(ctx, e.Plan, e.Edition, d.Now()); err != nil {
			if ledger.Broke(err) {
				return p, err
			}
			p.Cannot = say(err)
		}
	}
	if j, ok := d.making.show(freshName(e.Key)); ok && !j.Ended {
		p.Making = &j
	}
	return p, nil
}

// roundPage is one round: what changed since the one before, what its readers said, its files.
type roundPage struct {
	frame
	planned
	Round   roundLine
	Changed []ledger.Changed
	Unlike  []string // files that came out otherwise when they were made again
	Problem string
	Item    string // of the remark, as typed
	Place   string
	Text    string
}

// Unread reports whether an edition that may be read waits for who looks.
func (p roundPage) Unread() bool { return p.Open() && p.May(press.MayRead) }

// Mine reports whether who looks has passed the round already.
func (p roundPage) Mine() bool {
	return slices.ContainsFunc(p.Round.Readings, func(x press.Reading) bool { return x.Pass && x.By == p.Person.Name })
}

// Article is an article of the round as a sentence names it.
func (p roundPage) Article(id press.ItemID) string {
	for _, a := range p.Round.Contents.Articles {
		if a.Item == id {
			return press.Turn{Title: a.Title}.Article()
		}
	}
	return string(id)
}

// numbered reads an edition that has rounds.
func (d *desk) numbered(w http.ResponseWriter, r *http.Request) (planned, bool) {
	e, err := d.planned(r, r.PathValue("key"))
	if err == nil && (!e.Numbered() || e.Makes == nil) {
		err = errNotComposed
	}
	if err != nil {
		d.refuseEdition(w, r, err)
		return e, false
	}
	return e, true
}

// roundOf reads a round of an edition, and what all of them are.
func (d *desk) roundOf(w http.ResponseWriter, r *http.Request) (planned, roundLine, bool) {
	e, ok := d.numbered(w, r)
	if !ok {
		return e, roundLine{}, false
	}
	all, err := d.proofed(r.Context(), e)
	if err != nil {
		d.fail(w, r, err)
		return e, roundLine{}, false
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	i := slices.IndexFunc(all.Rounds, func(l roundLine) bool { return l.Number == n })
	if err != nil || i < 0 {
		d.refuse(w, r, http.StatusNotFound, d.t(r, "这一期没有这个校次"), d.t(r, "请从这一期的页面重新进入。"))
		return e, roundLine{}, false
	}
	return e, all.Rounds[i], true
}

func (d *desk) round(w http.ResponseWriter, r *http.Request) {
	e, l, ok := d.roundOf(w, r)
	if ok {
		d.showRound(w, r, http.StatusOK, roundPage{planned: e, Round: l})
	}
}

func (d *desk) showRound(w http.ResponseWriter, r *http.Request, status int, p roundPage) {
	p.frame = d.frame(r, d.ordinal(langOf(r), p.Round.Number)+" "+d.editionName(langOf(r), p.Edition), "editions")
	p.Done = d.roundDone(r)
	var err error
	if p.Changed, err = d.Ledger.Differences(r.Context(), p.Round.Turns); err != nil {
		d.fail(w, r, err)
		return
	}
	if made, ok := d.making.files(roundName(p.Key, p.Round.Number)); ok {
		p.Unlike = p.Round.Unlike(made.Made)
	}
	d.show(w, r, status, "round", p)
}

// roundDone says once what was done to a round.
func (d *desk) roundDone(r *http.Request) string {
	switch r.URL.Query().Get("done") {
	case "pass":
		return d.t(r, "已记下：校对通过。")
	case "remark":
		return d.t(r, "已记下这条意见。")
	case "settled":
		return d.t(r, "已记下怎么处理。")
	}
	return ""
}

// ordinal is the name of a round for people: 二校.
func (d *desk) ordinal(lang string, n int) string {
	if lang == chinese {
		return press.Ordinal(n)
	}
	return d.say(lang, "第%d次校样", n)
}

// passRound records that a reader lets the last round stand.
func (d *desk) passRound(w http.ResponseWriter, r *http.Request) {
	e, l, ok := d.roundOf(w, r)
	if !ok {
		return
	}
	err := d.Ledger.PassProof(r.Context(), e.Key, l.Number, d.by(r, press.MayRead), d.Now())
	d.afterRound(w, r, roundPage{planned: e, Round: l}, "pass", err)
}

// remarkRound records what a reader wants mended.
func (d *desk) remarkRound(w http.ResponseWriter, r *http.Request) {
	e, l, ok := d.roundOf(w, r)
	if !ok {
		return
	}
	p := roundPage{planned: e, Round: l, Item: r.PostFormValue("item"), Place: oneLine(written(r.PostFormValue("place"))), Text: written(r.PostFormValue("text"))}
	err := d.Ledger.RemarkProof(r.Context(), e.Key, press.Reading{Round: l.Number, Item: press.ItemID(p.Item), Place: p.Place, Text: p.Text}, d.by(r, press.MayRead), d.Now())
	d.afterRound(w, r, p, "remark", err)
}

// settleRemark records what became of a remark.
func (d *desk) settleRemark(w http.ResponseWriter, r *http.Request) {
	e, ok := d.numbered(w, r)
	if !ok {
		return
	}
	all, err := d.proofed(r.Context(), e)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
	i := slices.IndexFunc(all.Rounds, func(l roundLine) bool {
		return slices.ContainsFunc(l.Readings, func(x press.Reading) bool { return x.ID == id && !x.Pass })
	})
	do := r.PostFormValue("do")
	if i < 0 || do != "mended" && do != "keep" {
		d.refuse(w, r, http.StatusNotFound, d.t(r, "这一期没有这条意见，没有执行"), d.t(r, "请从校次的页面重新操作。"))
		return
	}
	err = d.Ledger.SettleRemark(r.Context(), e.Key, id, do == "mended", written(r.PostFormValue("text")), d.by(r, press.MayCompose), d.Now())
	d.afterRound(w, r, roundPage{planned: e, Round: all.Rounds[i]}, "settled", err)
}

// afterRound shows a round after something was said of it, or why it was not taken.
func (d *desk) afterRound(w http.ResponseWriter, r *http.Request, p roundPage, code string, err error) {
	switch {
	case errors.Is(err, ledger.ErrStale):
		p.Problem = d.plainly(say(err))
		d.showRound(w, r, http.StatusConflict, p)
		return
	case ledger.Broke(err):
		d.fail(w, r, err)
		return
	case err != nil:
		p.Problem = d.plainly(say(err))
		d.showRound(w, r, http.StatusUnprocessableEntity, p)
		return
	}
	http.Redirect(w, r, to("editions", p.Key, "rounds", strconv.Itoa(p.Round.Number))+"?"+url.Values{"done": {code}}.Encode()+"#readings", http.StatusSeeOther)
}
