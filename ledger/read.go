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

// Story is everything the ledger knows of one item.
type Story struct {
	Line
	Revisions []press.Revision
	Approvals []press.Approval
	Waivers   []press.Waiver
	Findings  []press.Finding // what the gates say now
	Moves     []Moved
	Receipts  []Received
	Sightings []Seen
	All       []press.Copy // every generation
}

// Moved is one line of an item's history.
type Moved struct {
	N       int       `json:"n"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Role    string    `json:"role"`
	Verb    string    `json:"verb"`
	Channel string    `json:"channel,omitempty"`
	Was     string    `json:"was,omitempty"`
	Now     string    `json:"now,omitempty"`
	Detail  string    `json:"detail,omitempty"`
	Hash    string    `json:"hash"`
}

// Received is one receipt of an act, with the channel and the verb of the act.
type Received struct {
	Channel string       `json:"channel"`
	Edition string       `json:"edition"`
	Verb    press.Verb   `json:"verb"`
	At      time.Time    `json:"at"`
	Status  press.Status `json:"status"`
	Code    string       `json:"code,omitempty"`
	Ref     string       `json:"ref,omitempty"`
	URL     string       `json:"url,omitempty"`
	Note    string       `json:"note,omitempty"`
	Raw     string       `json:"raw,omitempty"`
}

// Seen is one sighting, and how often it was the same.
type Seen struct {
	Channel string               `json:"channel"`
	Status  press.SightingStatus `json:"status"`
	At      time.Time            `json:"at"`
	LastAt  time.Time            `json:"last_at"`
	Times   int                  `json:"times"`
	URL     string               `json:"url,omitempty"`
	Digest  string               `json:"digest,omitempty"`
	Detail  string               `json:"detail,omitempty"`
}

// Story reads an item by its id or its external id.
func (l *Ledger) Story(ctx context.Context, ref string, now time.Time) (Story, error) {
	var s Story
	id, err := find(ctx, l.read, ref)
	if err != nil {
		return s, err
	}
	sub, err := l.subject(ctx, l.read, id, now)
	if err != nil {
		return s, err
	}
	s.Item, s.Title, s.Approvals, s.Waivers = sub.Item, sub.Revision.Title, sub.Approvals, sub.Waivers
	s.Findings = press.Check(sub)
	if err := l.read.QueryRowContext(ctx, `SELECT shown FROM item WHERE id = $1`, id).Scan(&s.Shown); err != nil {
		return s, fmt.Errorf("read item: %w", err)
	}
	if s.Copies, err = l.copies(ctx, l.read, id); err != nil {
		return s, err
	}
	if s.Blocked, err = l.blocked(ctx, id); err != nil {
		return s, err
	}
	if s.All, err = l.generations(ctx, id); err != nil {
		return s, err
	}
	for n := 1; n <= sub.Item.Head; n++ {
		r, err := l.revision(ctx, l.read, id, n)
		if err != nil {
			return s, err
		}
		s.Revisions = append(s.Revisions, r)
	}
	if s.Moves, err = l.moves(ctx, id); err != nil {
		return s, err
	}
	if s.Receipts, err = l.receipts(ctx, id); err != nil {
		return s, err
	}
	s.Sightings, err = l.sightings(ctx, id)
	return s, err
}

// blocked is what the gates keep an item's copies from going out by.
func (l *Ledger) blocked(ctx context.Context, id press.ItemID) (string, error) {
	notes, err := texts(ctx, l.read, `
		SELECT note
		FROM copy
		WHERE item = $1 AND newest AND state = 'waiting' AND due_at IS NULL AND waits_for = 'gate'
		ORDER BY id
		LIMIT 1`, id)
	if err != nil || len(notes) == 0 {
		return "", err
	}
	return notes[0], nil
}

// generations are all copies of an item there ever were, oldest first.
func (l *Ledger) generations(ctx context.Context, id press.ItemID) ([]press.Copy, error) {
	rows, err := l.read.QueryContext(ctx, `SELECT `+copyColumns+` FROM copy c WHERE c.item = $1 ORDER BY c.id`, id)
	if err != nil {
		return nil, fmt.Errorf("read copies: %w", err)
	}
	defer rows.Close()
	var out []press.Copy
	for rows.Next() {
		c, err := l.scanCopy(rows)
		if err != nil {
			return nil, fmt.Errorf("read copies: %w", err)
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

func (l *Ledger) moves(ctx context.Context, id press.ItemID) ([]Moved, error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT n, at, by, role, verb, channel, was, is_now, detail, hash
		FROM move
		WHERE item = $1
		ORDER BY n`, id)
	if err != nil {
		return nil, fmt.Errorf("read moves: %w", err)
	}
	defer rows.Close()
	var out []Moved
	for rows.Next() {
		var m Moved
		var at sql.NullInt64
		if err := rows.Scan(&m.N, &at, &m.By, &m.Role, &m.Verb, &m.Channel, &m.Was, &m.Now, &m.Detail, &m.Hash); err != nil {
			return nil, fmt.Errorf("read moves: %w", err)
		}
		m.At = l.moment(at)
		out = append(out, m)
	}
	return out, rows.Err()
}

func (l *Ledger) receipts(ctx context.Context, id press.ItemID) ([]Received, error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT a.channel, a.edition, a.verb, r.at, r.status, r.code, r.ref, r.url, r.note, r.raw
		FROM copy c
		CROSS JOIN entry e ON e.copy = c.id -- in this order, and not from all receipts
		CROSS JOIN act a ON a.edition = e.edition
		CROSS JOIN receipt r ON r.act = a.id
		WHERE c.item = $1 AND (a.verb <> 'withdraw' OR EXISTS (SELECT 1 FROM act_copy WHERE act = a.id AND copy = c.id))
		ORDER BY r.id`, id)
	if err != nil {
		return nil, fmt.Errorf("read receipts: %w", err)
	}
	defer rows.Close()
	var out []Received
	for rows.Next() {
		var r Received
		var at sql.NullInt64
		if err := rows.Scan(&r.Channel, &r.Edition, &r.Verb, &at, &r.Status, &r.Code, &r.Ref, &r.URL, &r.Note, &r.Raw); err != nil {
			return nil, fmt.Errorf("read receipts: %w", err)
		}
		r.At = l.moment(at)
		out = append(out, r)
	}
	return out, rows.Err()
}

func (l *Ledger) sightings(ctx context.Context, id press.ItemID) ([]Seen, error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT c.channel, s.status, s.at, s.last_at, s.times, s.url, s.digest, s.detail
		FROM copy c
		JOIN sighting s ON s.copy = c.id
		WHERE c.item = $1
		ORDER BY s.id`, id)
	if err != nil {
		return nil, fmt.Errorf("read sightings: %w", err)
	}
	defer rows.Close()
	var out []Seen
	for rows.Next() {
		var s Seen
		var at, last sql.NullInt64
		if err := rows.Scan(&s.Channel, &s.Status, &at, &last, &s.Times, &s.URL, &s.Digest, &s.Detail); err != nil {
			return nil, fmt.Errorf("read sightings: %w", err)
		}
		s.At, s.LastAt = l.moment(at), l.moment(last)
		out = append(out, s)
	}
	return out, rows.Err()
}

// MostCounted is where counting stops: nobody reads a larger number, and every look would pay for it.
const MostCounted = 100_000

// Health is what the strip at the top of the desk says. Copies are counted in their newest generation only, no more than MostCounted.
type Health struct {
	Overdue   int // acts, and copies on their own, that should have been begun more than a minute ago on a channel that is not paused
	Unknown   int
	NeedsHand int
	Differs   int
	Refused   int
	Blocked   int // items that findings or missing signatures stop
	Held      int // items with copies that a person keeps back
	Waiting   int // copies with a time ahead
	LastMove  time.Time
	Holder    string // who holds the lease; "" for nobody
}

// Health counts what needs eyes. It goes by indexes only. A copy on a channel with a timetable is overdue when a slot has come and gone
// without it, on the others when its own time has.
func (l *Ledger) Health(ctx context.Context, now time.Time) (Health, error) {
	h := Health{Holder: l.Holder()}
	late := now.Add(-time.Minute).UnixMicro()
	var last sql.NullInt64
	var copies int
	err := l.read.QueryRowContext(ctx, `
		SELECT
			(SELECT COUNT(*) FROM (
				SELECT 1
				FROM channel
				CROSS JOIN act ON act.channel = channel.name AND act.due_at < $1
				WHERE NOT channel.paused
				LIMIT $3)),
			(SELECT COUNT(*) FROM (
				SELECT 1
				FROM channel
				LEFT JOIN timetable ON timetable.channel = channel.name
				CROSS JOIN copy ON copy.channel = channel.name
					AND copy.due_at < CASE WHEN fired_at IS NULL THEN $1 WHEN fired_at < $1 THEN fired_at + 1 ELSE 0 END
				WHERE NOT channel.paused
				LIMIT $3)),
			(SELECT COUNT(*) FROM (SELECT 1 FROM copy WHERE newest AND state = 'unknown' LIMIT $3)),
			(SELECT COUNT(*) FROM (SELECT 1 FROM copy WHERE newest AND state = 'needs_hand' LIMIT $3)),
			(SELECT COUNT(*) FROM (SELECT 1 FROM copy WHERE newest AND state = 'differs' LIMIT $3)),
			(SELECT COUNT(*) FROM (SELECT 1 FROM copy WHERE newest AND state = 'refused' LIMIT $3)),
			(SELECT COUNT(*) FROM (SELECT DISTINCT item_n FROM copy WHERE state = 'waiting' AND due_at IS NULL AND waits_for = 'gate' LIMIT $3)),
			(SELECT COUNT(*) FROM (SELECT DISTINCT item_n FROM copy WHERE state = 'waiting' AND due_at IS NULL AND waits_for = 'hold' LIMIT $3)),
			(SELECT COUNT(*) FROM (
				SELECT 1
				FROM channel
				CROSS JOIN copy ON copy.channel = channel.name AND copy.due_at >= $2
				LIMIT $3)),
			(SELECT MAX(at) FROM move)`, late, now.UnixMicro(), MostCounted).Scan(
		&h.Overdue, &copies, &h.Unknown, &h.NeedsHand, &h.Differs, &h.Refused, &h.Blocked, &h.Held, &h.Waiting, &last)
	if err != nil {
		return h, fmt.Errorf("read health: %w", err)
	}
	h.Overdue += copies
	h.LastMove = l.moment(last)
	return h, nil
}

// Backlog counts the copies that wait to go out on a channel, whatever they wait for, up to MostCounted.
func (l *Ledger) Backlog(ctx context.Context, channel string) (n int, err error) {
	err = l.read.QueryRowContext(ctx, `
		SELECT COUNT(*)
		FROM (SELECT 1 FROM copy WHERE newest AND channel = $1 AND state = 'waiting' LIMIT $2)`, channel, MostCounted).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count what waits on %s: %w", channel, err)
	}
	return n, nil
}
