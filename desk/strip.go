package desk

import (
	"context"
	"net/url"
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

// channelLine is one channel as the strip shows it.
type channelLine struct {
	ledger.ChannelState
	Outlook
	Late  bool        // Next has gone by for more than a minute
	Asked []time.Time // slots that were missed, and that a person must decide on
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
	one := func(s press.CopyState, n int) count {
		return count{Word: s.Name(), N: n, URL: "/?" + url.Values{"copy": {string(s)}}.Encode(), Bad: n > 0}
	}
	return []count{
		{Word: "逾期未办", N: h.Overdue, Bad: h.Overdue > 0},
		one(press.CopyNeedsHand, h.NeedsHand),
		one(press.CopyUnknown, h.Unknown),
		one(press.CopyDiffers, h.Differs),
		one(press.CopyRefused, h.Refused),
		{Word: "定时待发", N: h.Waiting, URL: "/?" + url.Values{"copy": {string(press.Waiting)}}.Encode()},
	}
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
	for _, s := range missed {
		if s.Channel == c.Name {
			l.Asked = append(l.Asked, s.At)
		}
	}
	if d.Options.Channel != nil {
		l.Outlook = d.Options.Channel(ctx, c.Name)
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

// KindName is the kind of the channel for people.
func (c channelLine) KindName() string { return kindName(c.Kind) }

// Left is what automatic calls may still take of a quota today.
func (u Use) Left() int { return max(0, u.PerDay-u.Reserve-u.Spent) }

// Low reports whether a quota will not last for much longer.
func (u Use) Low() bool { return u.PerDay > 0 && u.Left()*5 < u.PerDay }
