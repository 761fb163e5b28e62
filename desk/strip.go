package desk

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// strip is the health strip: is anyone at work, what needs eyes, how each channel stands.
type strip struct {
	Holder   string // who holds the lease; "" for nobody
	Dead     string // why no passes are being made; "" while they are
	Counts   []count
	Gauges   []Gauge
	Channels []channelLine
}

// count is a number that opens what is behind it.
type count struct {
	Word string
	N    int
	URL  string // "" when no list shows it
	Bad  bool
}

// Number is the number as it is read.
func (c count) Number() string { return number(c.N) }

// number is a count of the ledger, which stops counting somewhere.
func number(n int) string {
	if n >= ledger.MostCounted {
		return strconv.Itoa(ledger.MostCounted) + "+"
	}
	return strconv.Itoa(n)
}

// channelLine is one channel as the strip shows it.
type channelLine struct {
	ledger.ChannelState
	Outlook
	Slots   bool        // Next is a moment of a timetable, or of an act that comes before it
	Backlog int         // copies that wait to go out on it
	Uses    []use       // of its quotas today
	Late    bool        // Next has gone by for more than a minute
	Asked   []time.Time // slots that were missed, and that a person must decide on
	Closed  time.Time   // it does nothing until it was surveyed: what was published after this moment is not known since a restore
}

// use is how much of a quota is spent today.
type use struct {
	press.Quota
	Spent int
}

func (d *desk) strip(ctx context.Context) (strip, error) {
	h, err := d.Ledger.Health(ctx, d.Now())
	if err != nil {
		return strip{}, err
	}
	s := strip{Holder: h.Holder, Dead: d.dead(), Counts: counts(h)}
	if d.Gauges != nil {
		s.Gauges = d.Options.Gauges(ctx)
	}
	s.Channels, err = d.channels(ctx)
	return s, err
}

// dead says why no passes are being made, "" while they are or where nobody can tell.
func (d *desk) dead() string {
	if d.Alive == nil {
		return ""
	}
	if err := d.Alive(); err != nil {
		return say(err)
	}
	return ""
}

func counts(h ledger.Health) []count {
	// The counts are of copies. The name of this state is also that of an item of which any copy is in trouble, so it is said otherwise.
	hand := count{Word: "待人工完成", N: h.NeedsHand, URL: "/matrix?" + url.Values{"copy": {string(press.CopyNeedsHand)}}.Encode(), Bad: h.NeedsHand > 0}
	one := func(s press.CopyState, n int) count {
		return count{Word: s.Name(), N: n, URL: "/matrix?" + url.Values{"copy": {string(s)}}.Encode(), Bad: n > 0}
	}
	out := []count{
		{Word: "逾期未办", N: h.Overdue, Bad: h.Overdue > 0},
		hand,
		one(press.CopyUnknown, h.Unknown),
		one(press.CopyDiffers, h.Differs),
		one(press.CopyRefused, h.Refused),
		{Word: "检查未过", N: h.Blocked, URL: "/matrix?" + url.Values{"copy": {string(ledger.ForGate)}}.Encode(), Bad: h.Blocked > 0},
		{Word: "暂缓", N: h.Held, URL: "/matrix?" + url.Values{"copy": {string(ledger.ForRelease)}}.Encode()},
		{Word: "定时待发", N: h.Waiting, URL: "/matrix?" + url.Values{"copy": {string(press.Waiting)}}.Encode()},
	}
	for _, c := range []count{
		{Word: "待人工改", N: h.Tasks, URL: "/matrix?" + url.Values{"state": {string(press.Hand)}}.Encode(), Bad: true},
		{Word: "疑似已发布", N: h.Doubtful, URL: "/strangers", Bad: true},
		{Word: "台账外内容", N: h.Strangers, URL: "/strangers", Bad: true},
		{Word: "恢复后待普查渠道", N: h.Closed, Bad: true},
	} {
		if c.N > 0 {
			out = append(out, c)
		}
	}
	return out
}

func (d *desk) channels(ctx context.Context) ([]channelLine, error) {
	cs, err := d.Ledger.Channels(ctx)
	if err != nil {
		return nil, err
	}
	missed, err := d.Ledger.Asked(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]channelLine, 0, len(cs))
	for _, c := range cs {
		l, err := d.channelLine(ctx, c, missed)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// channelLine adds to what the ledger knows of a channel what lies ahead of it.
func (d *desk) channelLine(ctx context.Context, c ledger.ChannelState, missed []press.Slot) (channelLine, error) {
	l := channelLine{ChannelState: c}
	var err error
	for _, s := range missed {
		if s.Channel == c.Name {
			l.Asked = append(l.Asked, s.At)
		}
	}
	if d.Options.Channel != nil {
		l.Outlook = d.Options.Channel(ctx, c.Name)
		l.Slots = !l.OnRelease && !l.Next.IsZero()
	}
	if l.Closed, err = d.Ledger.Unreconciled(ctx, c.Name); err != nil {
		return l, err
	}
	if l.Uses, err = d.uses(ctx, l); err != nil {
		return l, err
	}
	if l.Backlog, err = d.Ledger.Backlog(ctx, c.Name); err != nil {
		return l, err
	}
	due, err := d.Ledger.Next(ctx, c.Name, !l.Next.IsZero()) // without a timetable each copy has its own time
	if err != nil {
		return l, err
	}
	if l.Next.IsZero() || !due.IsZero() && due.Before(l.Next) {
		l.Next = due
	}
	l.Late = !c.Paused && !l.Next.IsZero() && d.Now().Sub(l.Next) > time.Minute
	return l, nil
}

// uses are the quotas of a channel with what is spent of them today.
func (d *desk) uses(ctx context.Context, l channelLine) ([]use, error) {
	if len(l.Quotas) == 0 {
		return nil, nil
	}
	spent, err := d.Ledger.Spent(ctx, l.Name, d.Now())
	if err != nil {
		return nil, err
	}
	var out []use
	for _, q := range l.Quotas {
		out = append(out, use{q, spent[q.Name]})
	}
	return out, nil
}

// Telling are the uses that the strip has room for: those that will not last, and the one that most is spent of.
func (c channelLine) Telling() []use {
	var most string
	best := 0
	for _, u := range c.Uses {
		if u.Spent > best {
			most, best = u.Quota.Name, u.Spent
		}
	}
	return slices.DeleteFunc(slices.Clone(c.Uses), func(u use) bool { return !u.Low() && u.Quota.Name != most })
}

// Word is what the calls do that the quota limits.
func (u use) Word() string { return quotaName(u.Name) }

// Waiting is the number of copies that wait, as it is read.
func (c channelLine) Waiting() string { return number(c.Backlog) }

// Left is what automatic calls may still take of a quota today.
func (u use) Left() int { return max(0, u.PerDay-u.Reserve-u.Spent) }

// Low reports whether a quota will not last for much longer.
func (u use) Low() bool { return u.PerDay > 0 && u.Left()*5 < u.PerDay }

// Shut reports whether a channel does nothing until it was surveyed.
func (c channelLine) Shut() bool { return !c.Closed.IsZero() }

// ShutSays is what a person must know about such a channel.
func (c channelLine) ShutSays() string {
	return "台账从备份恢复，这个渠道还没有普查；普查以前不发布。有服务运行时自动普查"
}
