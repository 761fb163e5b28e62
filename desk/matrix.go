package desk

import (
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
	Query   string
}

// Empty reports whether nothing was asked for.
func (a ask) Empty() bool { return a == ask{} }

// States are the choices of an item's state.
func (ask) States() []press.State {
	return []press.State{press.Hand, press.GoingOut, press.Scheduled, press.Partly, press.Everyone, press.Corrected, press.Submitted,
		press.Returned, press.Draft, press.Withdrawn}
}

// CopyStates are the choices of a copy's state.
func (ask) CopyStates() []press.CopyState { return press.CopyStates()[1:] }

// address is the page that answers this question, from a cursor on.
func (a ask) address(after string) string {
	v := url.Values{}
	for key, val := range map[string]string{
		"state": string(a.State), "channel": a.Channel, "copy": string(a.Copy), "q": a.Query, "after": after,
	} {
		if val != "" {
			v.Set(key, val)
		}
	}
	if len(v) == 0 {
		return "/"
	}
	return "/?" + v.Encode()
}

// group is a run of rows under a heading.
type group struct {
	Title string
	Hand  bool // it needs a hand
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
	Filed time.Time
	Cells []cell
}

// Hand reports whether the item needs a person.
func (r row) Hand() bool { return r.State == press.Hand }

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
	a := ask{press.State(q.Get("state")), q.Get("channel"), press.CopyState(q.Get("copy")), strings.TrimSpace(q.Get("q"))}
	p := matrixPage{frame: d.frame("稿件矩阵", "matrix"), Ask: a}
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
	if err != nil && after != "" && r.Context().Err() == nil {
		d.Log.WarnContext(r.Context(), "read page of matrix", "after", after, "err", err)
		d.refuse(w, r, http.StatusBadRequest, "翻页标记无效", "请从第一页重新开始。")
		return
	}
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
	return ledger.Filter{State: a.State, Channel: a.Channel, Copy: a.Copy, Title: a.Query, After: after, Limit: limit}
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
	asked := ask{State: press.Hand}
	hand, next, err := d.Ledger.Lines(r.Context(), asked.filter("", handSize))
	if err != nil {
		return nil, err
	}
	first := group{Title: press.Hand.Name(), Hand: true, Rows: rows(hand, p.Channels, d.Now())}
	if next != "" {
		first.More = asked.address("")
	}
	rest := slices.DeleteFunc(lines, func(l ledger.Line) bool {
		return slices.ContainsFunc(hand, func(h ledger.Line) bool { return h.Item.ID == l.Item.ID })
	})
	if len(hand) > 0 {
		title = "其他稿件，新收的在前"
	}
	return []group{first, {Title: title, Rows: rows(rest, p.Channels, d.Now())}}, nil
}

func rows(lines []ledger.Line, channels []string, now time.Time) []row {
	out := make([]row, 0, len(lines))
	for _, l := range lines {
		x := row{ID: l.Item.ID, Title: l.Title, Kind: l.Item.Kind.Name(), State: l.Shown, Held: l.Item.Held, Filed: l.Item.FiledAt}
		for _, name := range channels {
			x.Cells = append(x.Cells, cellOf(l.Copies, name, now))
		}
		out = append(out, x)
	}
	return out
}

func cellOf(cs []press.Copy, channel string, now time.Time) cell {
	i := slices.IndexFunc(cs, func(c press.Copy) bool { return c.Channel == channel })
	if i < 0 {
		return cell{Channel: channel, State: press.NotWanted}
	}
	c := cs[i]
	x := cell{Channel: channel, State: c.State, At: c.Since, URL: c.URL, Note: c.Note, Hand: needsHand(c.State)}
	if c.State == press.Waiting && c.ReadyAt.After(now) {
		x.At, x.Ahead = c.ReadyAt, true
	}
	return x
}
