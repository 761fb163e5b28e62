package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"tongfa/ledger"
	"tongfa/press"
)

// progress shows how items go out: on a terminal a table that is drawn anew, elsewhere a line for each change.
type progress struct {
	out   io.Writer
	h     *house
	drawn int                       // lines of the table on the terminal now
	told  map[int64]press.CopyState // what was said of each copy
}

func newProgress(out io.Writer, h *house) *progress {
	return &progress{out: out, h: h, told: map[int64]press.CopyState{}}
}

// follow shows the newest items until each has come to rest on every channel.
func (p *progress) follow(ctx context.Context, now func() time.Time) error {
	t := time.NewTicker(200 * time.Millisecond)
	defer t.Stop()
	for {
		lines, _, err := p.h.led.Lines(ctx, ledger.Filter{Limit: 100})
		if err != nil {
			return err
		}
		rest := atRest(lines)
		p.show(lines, now(), rest)
		if rest {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		}
	}
}

// atRest reports whether nothing will move any more without a person.
func atRest(lines []ledger.Line) bool { return !slices.ContainsFunc(lines, moves) }

// moves reports whether something of an item will move without a person.
func moves(l ledger.Line) bool {
	return l.Item.State == press.Approved && !l.Item.Held && slices.ContainsFunc(l.Copies, func(c press.Copy) bool {
		switch c.State {
		case press.Waiting, press.CopyHanded, press.CopyUnknown, press.CopyLive:
			return true
		}
		return false
	})
}

func (p *progress) show(lines []ledger.Line, now time.Time, last bool) {
	slices.Reverse(lines)
	columns, rows := sizeOf(p.out)
	if rows > 3 && columns >= narrowest+1+(wide+1)*len(p.h.cfg.Channels) {
		p.draw(lines, now, columns, rows, last)
		return
	}
	for _, l := range lines {
		for _, c := range l.Copies {
			if p.told[c.ID] == c.State {
				continue
			}
			p.told[c.ID] = c.State
			head := fmt.Sprintf("%s  %s  %s  ", at(now, p.h.cfg.Timezone)[11:], pad(c.Channel, 8), pad(cell(c), 14))
			if rows > 0 { // a terminal that is too small for the table
				fmt.Fprintln(p.out, clip(head+titled(l.Title), columns-1))
				continue
			}
			fmt.Fprintf(p.out, "%s%s %s\n", head, titled(clip(l.Title, 50)), c.URL)
		}
	}
}

// How many columns a cell of the table has, and a title at least.
const (
	wide      = 15
	narrowest = 20
)

// draw writes the table over the one before. What is taller than the terminal cannot be written over, so of such a table only what
// still moves is shown as it goes, and the whole of it once at the end.
func (p *progress) draw(lines []ledger.Line, now time.Time, columns, rows int, last bool) {
	var b strings.Builder
	if p.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", p.drawn)
	}
	titles := columns - 1 - (wide+1)*len(p.h.cfg.Channels)
	row := func(first string, cells []string) {
		b.WriteString("\r\x1b[K" + pad(clip(first, titles), titles))
		for _, c := range cells {
			b.WriteString(" " + c)
		}
		b.WriteByte('\n')
	}
	var heads []string
	for _, c := range p.h.cfg.Channels {
		heads = append(heads, pad(clip(c.Name, wide), wide))
	}
	row(at(now, p.h.cfg.Timezone), heads)
	shown := lines
	if room := rows - 2; !last && len(lines) > room { // the head and the cursor have a line each
		shown = slices.DeleteFunc(slices.Clone(lines), func(l ledger.Line) bool { return !moves(l) })
		shown = shown[:min(len(shown), room-1)]
	}
	for _, l := range shown {
		var cells []string
		for _, ch := range p.h.cfg.Channels {
			cells = append(cells, p.cell(l, ch.Name))
		}
		row(l.Title, cells)
	}
	p.drawn = len(shown) + 1
	if left := len(lines) - len(shown); left > 0 {
		fmt.Fprintf(&b, "\r\x1b[K另有%d篇\n", left)
		p.drawn++
	}
	b.WriteString("\x1b[J") // what is left of a longer table
	fmt.Fprint(p.out, b.String())
}

// cell is a copy's glyph and word in its colour, linked to its page where the terminal knows links.
func (p *progress) cell(l ledger.Line, channel string) string {
	for _, c := range l.Copies {
		if c.Channel != channel {
			continue
		}
		text := pad(clip(cell(c), wide), wide)
		if c.URL != "" {
			text = "\x1b]8;;" + c.URL + "\x1b\\" + text + "\x1b]8;;\x1b\\"
		}
		return colour(c.State) + text + "\x1b[0m"
	}
	return pad("– 不发布", wide)
}

func colour(s press.CopyState) string {
	switch s {
	case press.CopyVerified:
		return "\x1b[32m"
	case press.CopyRefused, press.CopyDiffers, press.CopyNeedsHand:
		return "\x1b[31m"
	case press.CopyUnknown:
		return "\x1b[33m"
	}
	return ""
}

// pad fills a text up to a width on the screen.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-runewidth.StringWidth(s)))
}
