package ledger

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

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

// Filter chooses lines of the matrix. The zero Filter is everything, newest first.
type Filter struct {
	State   press.State     // as shown
	Channel string          // wanted on this channel
	Copy    press.CopyState // with Channel: the copy's state there; without: any copy's
	Waits   Wait            // some copy waits for this
	Title   string          // words, of the title, the document number or an id; all must be there
	After   string          // cursor from a page before
	Limit   int
}

// mostLines is the longest page.
const mostLines = 1000

// Lines reads one page of the matrix and the cursor of the next; "" when there is none.
func (l *Ledger) Lines(ctx context.Context, f Filter) ([]Line, string, error) {
	if f.Limit <= 0 || f.Limit > mostLines {
		f.Limit = 50
	}
	query, args, err := f.query()
	if err != nil {
		return nil, "", err
	}
	rows, err := l.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, "", fmt.Errorf("read lines: %w", err)
	}
	var out []Line
	var ns []int64
	for rows.Next() {
		var x Line
		var n int64
		if x.Item, err = l.scanItem(rows, &n, &x.Shown, &x.Title); err != nil {
			rows.Close()
			return nil, "", fmt.Errorf("read lines: %w", err)
		}
		out, ns = append(out, x), append(ns, n)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, "", fmt.Errorf("read lines: %w", err)
	}
	next := ""
	if len(out) > f.Limit {
		out = out[:f.Limit]
		next = cursor(ns[f.Limit-1])
	}
	return out, next, l.fillLines(ctx, out)
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
		SELECT `+copyColumns+`, c.not_before, c.state = 'waiting' AND c.due_at IS NULL AND c.waits_for = 'gate'
		FROM copy c
		WHERE c.item IN (SELECT value FROM json_each($1)) AND c.newest
		ORDER BY c.item, (SELECT MIN(id) FROM copy WHERE item = c.item AND channel = c.channel)`, ids)
	if err != nil {
		return fmt.Errorf("read copies: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var at sql.NullInt64
		var blocked bool
		c, err := l.scanCopy(rows, &at, &blocked)
		if err != nil {
			return fmt.Errorf("read copies: %w", err)
		}
		x := of[c.Item]
		if blocked && x.Blocked == "" {
			x.Blocked = c.Note
		}
		x.Copies = append(x.Copies, c)
		if c.State != press.CopyWithdrawn || x.Item.State == press.Withdrawn {
			x.Item.Wants = append(x.Item.Wants, press.Want{Channel: c.Channel, NotBefore: l.moment(at)})
		}
	}
	return rows.Err()
}

// query asks for one line more than the page holds, to know whether there is another page.
func (f Filter) query() (string, []any, error) {
	from, where, args, err := f.where()
	if err != nil {
		return "", nil, err
	}
	args = append(args, f.Limit+1)
	return `
		SELECT ` + itemColumns + `, i.n, i.shown, r.title
		FROM ` + from.tables + `
		CROSS JOIN revision r ON r.item = i.id AND r.number = i.head
		WHERE ` + strings.Join(where, " AND ") + `
		ORDER BY ` + from.n + ` DESC
		LIMIT $` + fmt.Sprint(len(args)), args, nil
}

// source is where a page begins to read: tables of which the first is met in the order of its items' n, by an index that has nothing but
// what is asked for. So a page costs what it shows, and not what lies between.
type source struct{ tables, n string }

// The sources. What is asked for by its words, by what a copy waits for, by a copy's state or by a channel is read from there, the rest from
// the items.
var (
	fromItems     = source{`item i`, `i.n`}
	fromCopies    = source{`copy c CROSS JOIN item i ON i.n = c.item_n`, `c.item_n`}
	fromCatalogue = source{`catalogue k CROSS JOIN item i ON i.n = k.rowid`, `k.rowid`}
)

// from chooses the source. An item's state that few are in is quicker than a copy's state; one that nearly all are in is not.
func (f Filter) from() source {
	switch {
	case f.Title != "":
		return fromCatalogue
	case f.Waits != "":
		return fromCopies
	case f.Copy == press.NotWanted, f.State != "" && f.State != press.Everyone:
		return fromItems
	case f.Copy != "", f.Channel != "":
		return fromCopies
	}
	return fromItems
}

func (f Filter) where() (from source, where []string, args []any, err error) {
	from = f.from()
	add := func(cond string, vals ...any) {
		for _, v := range vals {
			args = append(args, v)
			cond = strings.Replace(cond, "?", "$"+fmt.Sprint(len(args)), 1)
		}
		where = append(where, cond)
	}
	add("1 = 1")
	if f.Title != "" {
		words := phrases(f.Title)
		if words == "" {
			add("0 = 1") // nothing but signs, which nothing is found by
		}
		add("catalogue MATCH ?", words)
	}
	if f.State != "" {
		add("i.shown = ?", f.State)
	}
	if cond, vals := f.copies(from); cond != "" {
		add(cond, vals...)
	}
	if f.After != "" {
		n, err := readCursor(f.After)
		if err != nil {
			return from, nil, nil, err
		}
		add(from.n+" < ?", n)
	}
	return from, where, args, nil
}

// copies is the condition on the copies of an item. Read from the copies themselves, an item that has several such copies is met at the first
// of them only.
func (f Filter) copies(from source) (cond string, vals []any) {
	if f.Waits == "" && f.Channel == "" && f.Copy == "" {
		return "", nil
	}
	if f.Copy == press.NotWanted {
		return "NOT EXISTS (SELECT 1 FROM copy c WHERE c.item = i.id AND c.newest AND (? = '' OR c.channel = ?))", []any{f.Channel, f.Channel}
	}
	var conds []string
	also := func(cond, val string) {
		if val != "" {
			conds, vals = append(conds, cond), append(vals, val)
		}
	}
	also("c.channel = ?", f.Channel)
	also("c.state = ?", string(f.Copy))
	if f.Waits != "" {
		conds = append(conds, "c.state = 'waiting' AND c.due_at IS NULL")
	}
	also("c.waits_for = ?", string(f.Waits))
	one := "c.newest AND " + strings.Join(conds, " AND ")
	if from != fromCopies {
		return "EXISTS (SELECT 1 FROM copy c WHERE c.item_n = i.n AND " + one + ")", vals
	}
	if f.Channel != "" {
		return one, vals // there is one copy
	}
	before := strings.ReplaceAll(one, "c.", "d.")
	return one + " AND NOT EXISTS (SELECT 1 FROM copy d WHERE d.item_n = c.item_n AND d.id < c.id AND " + before + ")", append(vals, vals...)
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
