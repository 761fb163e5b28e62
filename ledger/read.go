package ledger

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"tongfa/press"
)

// Line is an item as the matrix shows it.
type Line struct {
	Item   press.Item
	Title  string
	Shown  press.State
	Copies []press.Copy // newest generation of each channel

	Blocked string // what a gate keeps it from going out by, in words; "" when none does, or when a person keeps it back
}

// Wait is what a copy waits for that is no moment and no other copy.
type Wait string

// Gates stop what has findings or lacks signatures; a hold is a person's.
const (
	ForGate    Wait = "gate"
	ForRelease Wait = "hold"
)

// unwanted is what a copy waits for that an edition claims and that is not wanted on its channel any more: that the edition lets it go.
const unwanted Wait = "unwanted"

// Filter chooses lines of the matrix. The zero Filter is everything, newest first.
type Filter struct {
	State   press.State     // as shown
	Channel string          // wanted on this channel
	Copy    press.CopyState // with Channel: the copy's state there; without: any copy's
	Waits   Wait            // some copy waits for this
	Title   string          // words, of the title, the numbers or the text; all must be there
	Kind    press.Kind
	Column  string // 栏目 of the newest revision
	Issuer  string // of the newest revision
	By      string // who filed it
	Filed   Span   // when it was filed
	Public  Span   // when a copy was seen in public first
	After   string // cursor of the page before: what was filed earlier
	Before  string // cursor in the place of After: what was filed later
	Limit   int

	// Within bounds how long a page is looked for; zero is until it is full. A page may then have fewer lines than there is room for, or none, and
	// all the same a cursor to look on from.
	Within time.Duration
}

// Span is from a moment to another one, which is no part of it. A zero moment is no bound.
type Span struct{ From, To time.Time }

// IsZero reports whether a span has no bounds.
func (s Span) IsZero() bool { return s.From.IsZero() && s.To.IsZero() }

// mostLines is the longest page.
const mostLines = 1000

// Lines reads one page of the matrix and the cursor of the next; "" when there is none.
func (l *Ledger) Lines(ctx context.Context, f Filter) ([]Line, string, error) {
	p, err := l.Page(ctx, f)
	return p.Lines, p.Older, err
}

// Page is a page of the matrix with where the pages beside it begin.
type Page struct {
	Lines []Line
	Older string // cursor for After; "" where nothing is older
	Newer string // cursor for Before; "" where nothing is newer
	Cut   bool   // the time was over before the page was full

	Through time.Time // of a page that was cut: it has looked through what was filed from this moment on, or up to it where it looks for newer ones
}

// Page reads one page of the matrix. What is asked for is looked for in stretches of items, from the cursor on: so a question to which nothing, or
// hardly anything, is the answer does not take longer than it may.
func (l *Ledger) Page(ctx context.Context, f Filter) (Page, error) {
	if f.Limit <= 0 || f.Limit > mostLines {
		f.Limit = 50
	}
	w, err := l.walk(ctx, f)
	if err != nil {
		return Page{}, err
	}
	for !w.over() {
		if err := w.stretch(ctx); err != nil {
			return Page{}, err
		}
	}
	p := w.page()
	if p.Cut {
		if p.Through, err = w.through(ctx); err != nil {
			return p, err
		}
	}
	return p, l.fillLines(ctx, p.Lines)
}

// LinesOf reads the lines of some items, in no order. What is no item is left out.
func (l *Ledger) LinesOf(ctx context.Context, ids []press.ItemID) ([]Line, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, fmt.Errorf("encode ids: %w", err) // unreachable
	}
	rows, err := l.read.QueryContext(ctx, `
		SELECT `+itemColumns+`, i.shown, r.title
		FROM json_each($1) x
		CROSS JOIN item i ON i.id = x.value
		CROSS JOIN revision r ON r.item = i.id AND r.number = i.head`, string(list))
	if err != nil {
		return nil, fmt.Errorf("read lines: %w", err)
	}
	defer rows.Close()
	var out []Line
	for rows.Next() {
		var x Line
		if x.Item, err = l.scanItem(rows, &x.Shown, &x.Title); err != nil {
			return nil, fmt.Errorf("read lines: %w", err)
		}
		out = append(out, x)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("read lines: %w", err)
	}
	return out, l.fillLines(ctx, out)
}

// MostCertain is where Count stops counting.
const MostCertain = 1000

// Count counts the items that a filter chooses, up to MostCertain. It is not certain where the time of the filter was over before; there may be
// more then.
func (l *Ledger) Count(ctx context.Context, f Filter) (n int, certain bool, err error) {
	f.Limit = MostCertain
	w, err := l.walk(ctx, f)
	if err != nil {
		return 0, false, err
	}
	w.counts = true
	for !w.over() {
		if err := w.stretch(ctx); err != nil {
			return 0, false, err
		}
	}
	return min(w.found, MostCertain), w.ended() || w.found >= MostCertain, nil
}

// fillLines reads what belongs to lines beside their items, for all of them at once.
func (l *Ledger) fillLines(ctx context.Context, lines []Line) error {
	of := make(map[press.ItemID]*Line, len(lines))
	ids := make([]press.ItemID, len(lines))
	for i := range lines {
		ids[i] = lines[i].Item.ID
		of[ids[i]] = &lines[i]
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return fmt.Errorf("encode ids: %w", err) // unreachable
	}
	if err := l.fillCopies(ctx, string(list), of); err != nil {
		return err
	}
	rows, err := l.read.QueryContext(ctx, `
		SELECT item, ref
		FROM belongs
		WHERE item IN (SELECT value FROM json_each($1))
		ORDER BY item, ref`, string(list))
	if err != nil {
		return fmt.Errorf("read lines: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id press.ItemID
		var ref string
		if err := rows.Scan(&id, &ref); err != nil {
			return fmt.Errorf("read lines: %w", err)
		}
		of[id].Item.BelongsWith = append(of[id].Item.BelongsWith, ref)
	}
	return rows.Err()
}

// fillCopies reads the newest copies of lines, and what they say of the channels that the items are wanted on, see wants.
func (l *Ledger) fillCopies(ctx context.Context, ids string, of map[press.ItemID]*Line) error {
	rows, err := l.read.QueryContext(ctx, `
		SELECT `+copyColumns+`, c.not_before, c.state = 'waiting' AND c.due_at IS NULL AND c.waits_for = 'gate', c.waits_for = 'unwanted'
		FROM copy c
		WHERE c.item IN (SELECT value FROM json_each($1)) AND c.newest
		ORDER BY c.item, (SELECT MIN(id) FROM copy WHERE item = c.item AND channel = c.channel)`, ids)
	if err != nil {
		return fmt.Errorf("read copies: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var at sql.NullInt64
		var blocked, forgone bool
		c, err := l.scanCopy(rows, &at, &blocked, &forgone)
		if err != nil {
			return fmt.Errorf("read copies: %w", err)
		}
		x := of[c.Item]
		if blocked && x.Blocked == "" {
			x.Blocked = c.Note
		}
		x.Copies = append(x.Copies, c)
		if forgone = forgone && !c.State.Public(); c.State != press.CopyWithdrawn && !forgone || x.Item.State == press.Withdrawn {
			x.Item.Wants = append(x.Item.Wants, press.Want{Channel: c.Channel, NotBefore: l.moment(at)})
		}
	}
	return rows.Err()
}

// ErrCursor is in the error for a cursor that no page has given.
var ErrCursor = errors.New("no such cursor")

func cursor(n int64) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Append(nil, n))
}

func readCursor(s string) (int64, error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		var n int64
		if n, err = strconv.ParseInt(string(b), 10, 64); err == nil {
			return n, nil
		}
	}
	return 0, &press.Trouble{Remedy: press.AskPerson, What: fmt.Sprintf("翻页标记“%.40s”无效", s), Do: "请从第一页重新开始", Err: ErrCursor}
}
