package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/mattn/go-runewidth"
	"golang.org/x/term"

	"tongfa/ledger"
	"tongfa/press"
)

// progress shows how items go out: on a terminal a table that is drawn anew, elsewhere a line for each change.
type progress struct {
	out   io.Writer
	h     *house
	live  bool
	width int
	drawn int                       // lines of the table on the terminal now
	told  map[int64]press.CopyState // what was said of each copy
}

func newProgress(out io.Writer, h *house) *progress {
	p := &progress{out: out, h: h, width: 100, told: map[int64]press.CopyState{}}
	if f, ok := out.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		p.live = true
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			p.width = w
		}
	}
	return p
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
		p.show(lines, now())
		if atRest(lines) {
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
func atRest(lines []ledger.Line) bool {
	for _, l := range lines {
		if l.Item.State != press.Approved || l.Item.Held {
			continue
		}
		for _, c := range l.Copies {
			switch c.State {
			case press.Waiting, press.CopyHanded, press.CopyUnknown, press.CopyLive:
				return false
			}
		}
	}
	return true
}

func (p *progress) show(lines []ledger.Line, now time.Time) {
	if p.live {
		p.draw(lines, now)
		return
	}
	for i := len(lines) - 1; i >= 0; i-- {
		for _, c := range lines[i].Copies {
			if p.told[c.ID] == c.State {
				continue
			}
			p.told[c.ID] = c.State
			fmt.Fprintf(p.out, "%s  %s  %s  《%s》 %s\n", at(now, p.h.cfg.Timezone)[11:], pad(c.Channel, 8), pad(cell(c), 14), clip(lines[i].Title, 50), c.URL)
		}
	}
}

// wide is how many columns a cell of the table has.
const wide = 15

func (p *progress) draw(lines []ledger.Line, now time.Time) {
	var b strings.Builder
	if p.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", p.drawn)
	}
	titles := max(20, p.width-1-(wide+1)*len(p.h.cfg.Channels))
	row := func(first string, cells []string) {
		b.WriteString("\r\x1b[K" + pad(clip(first, titles), titles))
		for _, c := range cells {
			b.WriteString(" " + c)
		}
		b.WriteByte('\n')
	}
	var heads []string
	for _, c := range p.h.cfg.Channels {
		heads = append(heads, pad(c.Name, wide))
	}
	row(at(now, p.h.cfg.Timezone), heads)
	for i := len(lines) - 1; i >= 0; i-- {
		var cells []string
		for _, ch := range p.h.cfg.Channels {
			cells = append(cells, p.cell(lines[i], ch.Name))
		}
		row(lines[i].Title, cells)
	}
	p.drawn = len(lines) + 1
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
