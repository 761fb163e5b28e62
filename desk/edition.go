package desk

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// editionPage is one edition: entries in order, what its acts did, how late it was, what people did to it.
type editionPage struct {
	frame
	planned
	proofed
	Hand     bool         // people compose editions of its channel
	Told     press.ItemID // the item that announces it
	Tells    bool         // its announcement may be drafted
	Timeline []event
	Deeds    []ledger.Deed
}

// fewDeeds is how many of the last changes of a plan an edition's page shows.
const fewDeeds = 30

func (d *desk) editionRoutes() []route {
	return []route{
		{"GET", "/editions", press.MaySee, d.editions},
		{"POST", "/editions", press.MayCompose, d.makeEdition},
		{"GET", "/editions/new", press.MayCompose, d.newEdition},
		{"GET", "/editions/past", press.MaySee, d.past},
		{"GET", "/editions/{key}", press.MaySee, d.edition},
		{"GET", "/editions/{key}/compose", press.MayCompose, d.compose},
		{"POST", "/editions/{key}/compose", press.MayCompose, d.changePlan},
		{"GET", "/editions/{key}/proof/{path...}", press.MaySee, d.proof},
		{"GET", "/editions/{key}/freeze", press.MayIssue, d.step("freeze")},
		{"POST", "/editions/{key}/freeze", press.MayIssue, d.settle("freeze")},
		{"GET", "/editions/{key}/issue", press.MayIssue, d.step("issue")},
		{"POST", "/editions/{key}/issue", press.MayIssue, d.settle("issue")},
		{"POST", "/editions/{key}/announce", press.MayIssue, d.announce},
		{"GET", "/editions/{key}/end", press.MayIssue, d.step("end")},
		{"POST", "/editions/{key}/end", press.MayIssue, d.settle("end")},
	}
}

func (d *desk) edition(w http.ResponseWriter, r *http.Request) {
	key := r.PathValue("key")
	e, err := d.planned(r, key)
	hand := err == nil
	if errors.Is(err, errNotComposed) {
		e.EditionLine, err = d.Ledger.Edition(r.Context(), key)
	}
	if err != nil {
		d.fail(w, r, err)
		return
	}
	p := editionPage{frame: d.frame(r, d.editionName(langOf(r), e.Edition), "editions"), planned: e, Hand: hand}
	p.Done = d.editionDone(r)
	if p.Deeds, err = d.Ledger.Deeds(r.Context(), ledger.DeedFilter{About: key, Most: fewDeeds}); err != nil {
		d.fail(w, r, err)
		return
	}
	if hand {
		if p.proofed, err = d.proofed(r.Context(), e); err != nil {
			d.fail(w, r, err)
			return
		}
	}
	if p.Timeline, err = d.editionTimeline(r.Context(), e.Edition); err != nil {
		d.fail(w, r, err)
		return
	}
	if p.Hand && p.Numbered() && p.Out() {
		if p.Told, err = d.Ledger.Announced(r.Context(), key); err != nil {
			d.fail(w, r, err)
			return
		}
		p.Tells = p.Told == ""
	}
	w.Header().Set("Content-Security-Policy", framing)
	d.show(w, r, http.StatusOK, "edition", p)
}

// announce drafts what is said of an issue that is out. The draft goes the way of any item; nothing goes out by this.
func (d *desk) announce(w http.ResponseWriter, r *http.Request) {
	key := r.PathValue("key")
	e, err := d.planned(r, key)
	if err != nil {
		d.refuseEdition(w, r, err)
		return
	}
	seen, _ := strconv.Atoi(r.PostFormValue("seen"))
	wants, err := d.tellers(r.Context(), e.Slot.Channel)
	if err == nil {
		_, err = d.Ledger.Announce(r.Context(), e.Plan, key, wants, ledger.Edit{Who: d.by(r, press.MayIssue), Seen: max(seen, 1)}, d.Now())
	}
	switch {
	case ledger.Broke(err):
		d.fail(w, r, err)
	case err != nil:
		d.refuse(w, r, http.StatusConflict, d.plainly(say(err)), d.t(r, "请回到这一期的页面，看它现在的样子。"))
	default:
		d.wake()
		http.Redirect(w, r, to("editions", key)+"?done=announce", http.StatusSeeOther)
	}
}

// tellers are the channels on which an issue of a gazette is announced: those of another kind that are in the configuration.
func (d *desk) tellers(ctx context.Context, gazette string) (names []string, err error) {
	cs, err := d.Ledger.Channels(ctx)
	i := slices.IndexFunc(cs, func(c ledger.ChannelState) bool { return c.Name == gazette })
	for _, c := range cs {
		known := d.Plan == nil
		if !known {
			_, err := d.Plan(c.Name)
			known = err == nil
		}
		if known && i >= 0 && c.Kind != cs[i].Kind {
			names = append(names, c.Name)
		}
	}
	return names, err
}

// Out reports whether some of it is public, or was.
func (p editionPage) Out() bool { return !p.OutAt.IsZero() }

// editionName is what people call an edition: its title, or its name, or where and for when it was composed.
func (d *desk) editionName(lang string, e press.Edition) string {
	switch {
	case e.Title != "":
		return e.Title
	case e.Name != "":
		return d.keyName(lang, e.Key) + " " + e.Name
	}
	return d.keyName(lang, e.Key)
}

// issueText is the number of an issue as people read it.
func (d *desk) issueText(lang string, e press.Edition) string {
	switch {
	case e.Supplement:
		return d.say(lang, "%d年增刊第%d期", e.Year, e.Number)
	case e.Total > 0:
		return d.say(lang, "%d年第%d号（总第%d号）", e.Year, e.Number, e.Total)
	}
	return d.say(lang, "%d年第%d号", e.Year, e.Number)
}

// keyName is the key of an edition for people: the channel, the slot on the office's clock, and its number in that second.
func (d *desk) keyName(lang, key string) string {
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
	return d.say(lang, "%s %s 第%s期", d.called(lang, channel), at.Format(form), seq)
}

// keys finds the keys of editions in a sentence. The names of channels are so (config).
var keys = regexp.MustCompile(`[a-z][a-z0-9_-]{0,31}@\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ#\d+`)

// commands finds what a sentence says to those who work on the server, in brackets.
var commands = regexp.MustCompile(`（(?:tongfa [a-z]+|short_title)）`)

// digests finds the digests in a sentence, of which people read the beginning.
var digests = regexp.MustCompile(`\b([0-9a-f]{12})[0-9a-f]{52}\b`)

// plainly is a sentence of the ledger with the keys of editions in it said for people, and without the commands that the desk has buttons for.
func (d *desk) plainly(s string) string {
	s = commands.ReplaceAllLiteralString(s, "")
	for name, title := range d.Titles {
		s = strings.ReplaceAll(s, "渠道“"+name+"”", "渠道“"+title+"”")
	}
	s = digests.ReplaceAllString(s, "$1…")
	return keys.ReplaceAllStringFunc(s, func(key string) string { return d.keyName(chinese, key) })
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

// editionFuncs are what templates call editions by, in a language.
func (d *desk) editionFuncs(funcs template.FuncMap, lang string) {
	funcs["count"] = func(i int) int { return i + 1 }
	funcs["round"] = func(n int) string { return d.ordinal(lang, n) }
	funcs["edition"] = func(e press.Edition) string { return d.editionName(lang, e) }
	funcs["issue"] = func(e press.Edition) string { return d.issueText(lang, e) }
	funcs["issueName"] = press.IssueName
	funcs["key"] = func(key string) string { return d.keyName(lang, key) }
	funcs["late"] = func(e ledger.EditionLine) string { return d.lateness(lang, e) }
}
