package desk

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// How many items a page of the matrix has, and how many that need a hand stand above them: a page is read on slow lines too.
const (
	pageSize  = 40
	frontSize = 30 // on the front page, below them
	handSize  = 10
)

// patienceOfPage is how long a page looks for rows before it shows those that it has, and a link to look on.
const patienceOfPage = 35 * time.Millisecond

// matrixPage is the page of items × channels.
type matrixPage struct {
	frame
	Strip    strip
	Ask      ask
	Views    []viewLink
	Channels []string
	Columns  []string
	Issuers  []string
	Filers   []string
	Groups   []group
	Next     string    // address of the next page; "" on the last
	Prev     string    // address of the page before; "" on the first
	First    string    // address of the first page; "" on it
	Cut      time.Time // of a page that took too long: it has looked through what was filed since; zero for a whole one
	On       string    // what else than its rows the page is about, for the stream of changes
}

// ask is what the reader asked for.
type ask struct {
	State   press.State
	Channel string
	Copy    press.CopyState
	Waits   ledger.Wait // asked for in the place of Copy
	Query   string
	Kind    press.Kind
	Column  string
	Issuer  string
	By      string
	Filed   days
	Public  days
}

// days are from a day to another one, both of them meant; as they were typed.
type days struct{ From, To string }

// span is what days mean on the office's clock. What is no day is none.
func (x days) span(zone *time.Location) ledger.Span {
	var s ledger.Span
	if t, err := time.ParseInLocation(time.DateOnly, x.From, zone); err == nil {
		s.From = t
	}
	if t, err := time.ParseInLocation(time.DateOnly, x.To, zone); err == nil {
		s.To = t.AddDate(0, 0, 1)
	}
	return s
}

// askOf reads a question from an address. What no field of the form can have sent is left out.
func askOf(q url.Values) ask {
	one := func(key string) string { return clip(strings.TrimSpace(q.Get(key)), mostAsked) }
	day := func(key string) string {
		if _, err := time.Parse(time.DateOnly, q.Get(key)); err != nil {
			return ""
		}
		return q.Get(key)
	}
	a := ask{State: press.State(one("state")), Channel: one("channel"), Query: one("q"), Kind: press.Kind(one("kind")), Column: one("column"), Issuer: one("issuer"),
		By: one("by"), Filed: days{day("filed_from"), day("filed_to")}, Public: days{day("public_from"), day("public_to")}}
	switch c := q.Get("copy"); ledger.Wait(c) {
	case ledger.ForGate, ledger.ForRelease, ledger.ForRestore, ledger.ForStranger:
		a.Waits = ledger.Wait(c)
	default:
		a.Copy = press.CopyState(clip(c, mostAsked))
	}
	return a
}

// mostAsked is the longest thing that is asked for.
const mostAsked = 200

// Empty reports whether nothing was asked for.
func (a ask) Empty() bool { return a == ask{} }

// More reports whether something was asked for that the form has behind a fold.
func (a ask) More() bool {
	return a.Kind != "" || a.Column != "" || a.Issuer != "" || a.By != "" || a.Filed != days{} || a.Public != days{}
}

// States are the choices of an item's state.
func (ask) States() []press.State {
	return []press.State{press.Hand, press.GoingOut, press.Scheduled, press.Partly, press.Everyone, press.Corrected, press.Submitted,
		press.Returned, press.Draft, press.Withdrawn}
}

// Kinds are the choices of a kind.
func (a ask) Kinds() []option {
	var out []option
	for _, k := range press.Kinds() {
		out = append(out, option{string(k.Kind), k.Name, a.Kind == k.Kind})
	}
	return out
}

// option is one choice of a list.
type option struct {
	Value, Name string
	Chosen      bool
}

// Copies are the choices of where a copy stands, or what it waits for.
func (a ask) Copies() []option {
	out := []option{
		{string(ledger.ForGate), "检查未过", a.Waits == ledger.ForGate}, {string(ledger.ForRelease), "暂缓", a.Waits == ledger.ForRelease},
		{string(ledger.ForRestore), "恢复后待查明", a.Waits == ledger.ForRestore}, {string(ledger.ForStranger), "疑似已发布", a.Waits == ledger.ForStranger},
	}
	for _, s := range press.CopyStates()[1:] {
		out = append(out, option{string(s), s.Name(), a.Copy == s})
	}
	return out
}

// values are the question as an address has it.
func (a ask) values() url.Values {
	v := url.Values{}
	for key, val := range map[string]string{
		"state": string(a.State), "channel": a.Channel, "copy": string(a.Copy) + string(a.Waits), "q": a.Query, "kind": string(a.Kind), "column": a.Column,
		"issuer": a.Issuer, "by": a.By, "filed_from": a.Filed.From, "filed_to": a.Filed.To, "public_from": a.Public.From, "public_to": a.Public.To,
	} {
		if val != "" {
			v.Set(key, val)
		}
	}
	return v
}

// Encoded is the question as the query of an address.
func (a ask) Encoded() string { return a.values().Encode() }

// address is the page that answers this question, from a cursor on: "after" or "before", and where.
func (a ask) address(turn ...string) string {
	v := a.values()
	if len(turn) == 2 {
		v.Set(turn[0], turn[1])
	}
	if len(v) == 0 {
		return "/matrix"
	}
	return "/matrix?" + v.Encode()
}

// group is a run of rows under a heading.
type group struct {
	Title string
	Hand  bool   // it needs a hand
	Rest  string // what the link to the rest is called
	Rows  []row
	More  string // address of the rest, when there is more than fits
}

// framed is a group with the columns it stands under.
type framed struct {
	group
	Channels []string
}

// In is the group on its page, for the template.
func (g group) In(p matrixPage) framed { return framed{g, p.Channels} }

// row is one item.
type row struct {
	ID      press.ItemID
	Title   string
	Kind    string
	State   press.State
	Held    bool
	Gate    bool   // a gate keeps it from going out
	Why     string // what is to be said of more than one channel, once
	Filed   time.Time
	Cells   []cell
	Resolve bool // who reads it may do something about what needs a hand
}

// Hand reports whether the item needs a person.
func (r row) Hand() bool { return r.State == press.Hand || r.Gate }

// cell is one item on one channel.
type cell struct {
	Channel string
	State   press.CopyState
	At      time.Time // since when it is so, or for one that waits not before when
	Ahead   bool      // At lies ahead
	URL     string
	Note    string
	Hand    bool // a person's word may help it on
}

func (d *desk) matrix(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p := matrixPage{frame: d.frame(r, d.t(r, "同步状态"), "matrix"), Ask: askOf(q)}
	p.Done = d.doneView(r)
	if err := d.around(r, &p); err != nil {
		d.fail(w, r, err)
		return
	}
	after, before := q.Get("after"), q.Get("before")
	front := p.Ask.Empty() && after == "" && before == ""
	size := pageSize
	if front {
		size = frontSize
	}
	f := d.filter(p.Ask, size)
	f.After, f.Before, f.Within = after, before, patienceOfPage
	if before != "" {
		f.After = ""
	}
	page, err := d.Ledger.Page(r.Context(), f)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	d.turns(&p, page, after+before != "")
	if p.Groups, err = d.groups(r, p, page.Lines, front); err != nil {
		d.fail(w, r, err)
		return
	}
	p.On = "strip"
	switch {
	case front:
		p.On += ",list,hand"
	case after+before == "":
		p.On += ",any"
	}
	d.show(w, r, http.StatusOK, "matrix", p)
}

// around reads what stands around the rows.
func (d *desk) around(r *http.Request, p *matrixPage) (err error) {
	ctx := r.Context()
	if p.Strip, err = d.strip(ctx); err != nil {
		return err
	}
	for _, c := range p.Strip.Channels {
		p.Channels = append(p.Channels, c.Name)
	}
	for _, list := range []struct {
		to   *[]string
		read func(context.Context) ([]string, error)
	}{{&p.Columns, d.Ledger.Columns}, {&p.Issuers, d.Ledger.Issuers}, {&p.Filers, d.Ledger.Filers}} {
		if *list.to, err = list.read(ctx); err != nil {
			return err
		}
	}
	p.Views, err = d.views(r, p.Ask)
	return err
}

// turns are the addresses of the pages beside this one.
func (d *desk) turns(p *matrixPage, page ledger.Page, inside bool) {
	if page.Older != "" {
		p.Next = p.Ask.address("after", page.Older)
	}
	if inside {
		p.First = p.Ask.address()
	}
	if page.Newer != "" {
		p.Prev = p.Ask.address("before", page.Newer)
	}
	p.Cut = page.Through
}

// filter puts the question to the ledger. An item with a copy that needs a hand is itself shown as such (press.Overall), and
// those few are found by an index.
func (d *desk) filter(a ask, limit int) ledger.Filter {
	if a.State == "" && needsHand(a.Copy) {
		a.State = press.Hand
	}
	return ledger.Filter{State: a.State, Channel: a.Channel, Copy: a.Copy, Waits: a.Waits, Title: a.Query, Kind: a.Kind, Column: a.Column, Issuer: a.Issuer, By: a.By,
		Filed: a.Filed.span(d.Location), Public: a.Public.span(d.Location), Limit: limit}
}

// groups puts what needs a hand first. It is the front page that does so; whoever asks for something else gets just that.
func (d *desk) groups(r *http.Request, p matrixPage, lines []ledger.Line, front bool) ([]group, error) {
	who := readerOf(r)
	title := d.t(r, "查找结果")
	if p.Ask.Empty() {
		title = d.t(r, "全部稿件，新收的在前")
	}
	if !front {
		return []group{{Title: title, Rows: d.rows(lines, p.Channels, who)}}, nil
	}
	hand := group{Title: d.t(r, press.Hand.Name()), Rest: d.t(r, "查看全部需人工处理的稿件")}
	gate := group{Title: d.t(r, "检查未过，处理前不会发布"), Rest: d.t(r, "查看全部检查未过的稿件")}
	first, err := d.urgent(r, p, ask{State: press.Hand}, &hand, nil)
	if err != nil {
		return nil, err
	}
	if first, err = d.urgent(r, p, ask{Waits: ledger.ForGate}, &gate, first); err != nil {
		return nil, err
	}
	if len(first) > 0 {
		title = d.t(r, "其他稿件，新收的在前")
	}
	out := slices.DeleteFunc([]group{hand, gate}, func(g group) bool { return len(g.Rows) == 0 })
	if len(out) == 0 {
		out = []group{hand} // which says that there is none
	}
	return append(out, group{Title: title, Rows: d.rows(without(lines, first), p.Channels, who)}), nil
}

// urgent fills a group with what was asked for and does not stand in one before, and adds it to what stands in one.
func (d *desk) urgent(r *http.Request, p matrixPage, a ask, g *group, before []press.ItemID) ([]press.ItemID, error) {
	lines, next, err := d.Ledger.Lines(r.Context(), d.filter(a, handSize))
	if err != nil {
		return nil, err
	}
	lines = without(lines, before)
	g.Hand, g.Rows = true, d.rows(lines, p.Channels, readerOf(r))
	if next != "" {
		g.More = a.address()
	}
	for _, l := range lines {
		before = append(before, l.Item.ID)
	}
	return before, nil
}

func without(lines []ledger.Line, shown []press.ItemID) []ledger.Line {
	return slices.DeleteFunc(lines, func(l ledger.Line) bool { return slices.Contains(shown, l.Item.ID) })
}

func (d *desk) rows(lines []ledger.Line, channels []string, who reader) []row {
	now := d.Now()
	out := make([]row, 0, len(lines))
	for _, l := range lines {
		x := row{ID: l.Item.ID, Title: l.Title, Kind: l.Item.Kind.Name(), State: l.Shown, Held: l.Item.Held, Gate: l.Blocked != "",
			Why: l.Blocked, Filed: l.Item.FiledAt, Resolve: who.resolve}
		if x.Why == "" {
			x.Why = shared(l.Copies)
		}
		for _, name := range channels {
			c := cellOf(l, name, now)
			if c.Note == x.Why {
				c.Note = ""
			}
			x.Cells = append(x.Cells, c)
		}
		out = append(out, x)
	}
	return out
}

// shared is what several copies of an item have to say alike.
func shared(cs []press.Copy) string {
	for i, c := range cs {
		if c.Note != "" && slices.ContainsFunc(cs[i+1:], func(o press.Copy) bool { return o.Note == c.Note }) {
			return c.Note
		}
	}
	return ""
}

func cellOf(l ledger.Line, channel string, now time.Time) cell {
	i := slices.IndexFunc(l.Copies, func(c press.Copy) bool { return c.Channel == channel })
	if i < 0 {
		return cell{Channel: channel, State: press.NotWanted}
	}
	c := l.Copies[i]
	x := cell{Channel: channel, State: c.State, At: c.Since, URL: c.URL, Note: cmp.Or(c.Task, c.Note, c.Behind(l.Item)), Hand: needsHand(c.State) || c.Task != ""}
	if c.State == press.Waiting && c.ReadyAt.After(now) {
		x.At, x.Ahead = c.ReadyAt, true
	}
	return x
}
