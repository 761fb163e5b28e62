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

// How many items a page of the matrix has, and how many that need a hand stand above them.
const (
	pageSize = 50
	handSize = 20
)

// matrixPage is the page of items × channels.
type matrixPage struct {
	frame
	Strip    strip
	Ask      ask
	Channels []string
	Groups   []group
	Next     string // address of the next page; "" on the last
	First    string // address of the first page; "" on it
}

// ask is what the reader asked for.
type ask struct {
	State   press.State
	Channel string
	Copy    press.CopyState
	Waits   ledger.Wait // asked for in the place of Copy
	Query   string
}

// askOf reads a question from an address.
func askOf(q url.Values) ask {
	a := ask{State: press.State(q.Get("state")), Channel: q.Get("channel"), Query: strings.TrimSpace(q.Get("q"))}
	switch c := q.Get("copy"); ledger.Wait(c) {
	case ledger.ForGate, ledger.ForRelease, ledger.ForRestore, ledger.ForStranger:
		a.Waits = ledger.Wait(c)
	default:
		a.Copy = press.CopyState(c)
	}
	return a
}

// Empty reports whether nothing was asked for.
func (a ask) Empty() bool { return a == ask{} }

// States are the choices of an item's state.
func (ask) States() []press.State {
	return []press.State{press.Hand, press.GoingOut, press.Scheduled, press.Partly, press.Everyone, press.Corrected, press.Submitted,
		press.Returned, press.Draft, press.Withdrawn}
}

// option is one choice of a list.
type option struct {
	Value, Name string
	Chosen      bool
}

// Copies are the choices of where a copy stands, or what it waits for.
func (a ask) Copies() []option {
	out := []option{
		{string(ledger.ForGate), "门禁未过", a.Waits == ledger.ForGate}, {string(ledger.ForRelease), "暂缓", a.Waits == ledger.ForRelease},
		{string(ledger.ForRestore), "恢复后待查明", a.Waits == ledger.ForRestore}, {string(ledger.ForStranger), "疑似已发布", a.Waits == ledger.ForStranger},
	}
	for _, s := range press.CopyStates()[1:] {
		out = append(out, option{string(s), s.Name(), a.Copy == s})
	}
	return out
}

// address is the page that answers this question, from a cursor on.
func (a ask) address(after string) string {
	v := url.Values{}
	for key, val := range map[string]string{
		"state": string(a.State), "channel": a.Channel, "copy": string(a.Copy) + string(a.Waits), "q": a.Query, "after": after,
	} {
		if val != "" {
			v.Set(key, val)
		}
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
	ID    press.ItemID
	Title string
	Kind  string
	State press.State
	Held  bool
	Gate  bool   // a gate keeps it from going out
	Why   string // what is to be said of more than one channel, once
	Filed time.Time
	Cells []cell
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
	a := askOf(q)
	p := matrixPage{frame: d.frame(r, "稿件矩阵", "matrix"), Ask: a}
	var err error
	if p.Strip, err = d.strip(r.Context()); err != nil {
		d.fail(w, r, err)
		return
	}
	for _, c := range p.Strip.Channels {
		p.Channels = append(p.Channels, c.Name)
	}
	after := q.Get("after")
	lines, next, err := d.Ledger.Lines(r.Context(), a.filter(after, pageSize))
	if err != nil {
		d.fail(w, r, err)
		return
	}
	if next != "" {
		p.Next = a.address(next)
	}
	if after != "" {
		p.First = a.address("")
	}
	if p.Groups, err = d.groups(r, p, lines, a.Empty() && after == ""); err != nil {
		d.fail(w, r, err)
		return
	}
	d.show(w, r, http.StatusOK, "matrix", p)
}

// filter puts the question to the ledger. An item with a copy that needs a hand is itself shown as such (press.Overall), and
// those few are found by an index.
func (a ask) filter(after string, limit int) ledger.Filter {
	if a.State == "" && needsHand(a.Copy) {
		a.State = press.Hand
	}
	return ledger.Filter{State: a.State, Channel: a.Channel, Copy: a.Copy, Waits: a.Waits, Title: a.Query, After: after, Limit: limit}
}

// groups puts what needs a hand first. It is the front page that does so; whoever asks for something else gets just that.
func (d *desk) groups(r *http.Request, p matrixPage, lines []ledger.Line, front bool) ([]group, error) {
	title := "查找结果"
	if p.Ask.Empty() {
		title = "全部稿件，新收的在前"
	}
	if !front {
		return []group{{Title: title, Rows: rows(lines, p.Channels, d.Now())}}, nil
	}
	hand := group{Title: press.Hand.Name(), Rest: "查看全部需人工处理的稿件"}
	gate := group{Title: "门禁未过，处理前不会发布", Rest: "查看全部门禁未过的稿件"}
	first, err := d.urgent(r.Context(), p, ask{State: press.Hand}, &hand, nil)
	if err != nil {
		return nil, err
	}
	if first, err = d.urgent(r.Context(), p, ask{Waits: ledger.ForGate}, &gate, first); err != nil {
		return nil, err
	}
	if len(first) > 0 {
		title = "其他稿件，新收的在前"
	}
	out := slices.DeleteFunc([]group{hand, gate}, func(g group) bool { return len(g.Rows) == 0 })
	if len(out) == 0 {
		out = []group{hand} // which says that there is none
	}
	return append(out, group{Title: title, Rows: rows(without(lines, first), p.Channels, d.Now())}), nil
}

// urgent fills a group with what was asked for and does not stand in one before, and adds it to what stands in one.
func (d *desk) urgent(ctx context.Context, p matrixPage, a ask, g *group, before []press.ItemID) ([]press.ItemID, error) {
	lines, next, err := d.Ledger.Lines(ctx, a.filter("", handSize))
	if err != nil {
		return nil, err
	}
	lines = without(lines, before)
	g.Hand, g.Rows = true, rows(lines, p.Channels, d.Now())
	if next != "" {
		g.More = a.address("")
	}
	for _, l := range lines {
		before = append(before, l.Item.ID)
	}
	return before, nil
}

func without(lines []ledger.Line, shown []press.ItemID) []ledger.Line {
	return slices.DeleteFunc(lines, func(l ledger.Line) bool { return slices.Contains(shown, l.Item.ID) })
}

func rows(lines []ledger.Line, channels []string, now time.Time) []row {
	out := make([]row, 0, len(lines))
	for _, l := range lines {
		x := row{ID: l.Item.ID, Title: l.Title, Kind: l.Item.Kind.Name(), State: l.Shown, Held: l.Item.Held, Gate: l.Blocked != "",
			Why: l.Blocked, Filed: l.Item.FiledAt}
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
