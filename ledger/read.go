package ledger

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
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
}

// Filter chooses lines of the matrix. The zero Filter is everything, newest first.
type Filter struct {
	State   press.State     // as shown
	Channel string          // wanted on this channel
	Copy    press.CopyState // with Channel: the copy's state there; without: any copy's
	Title   string          // part of the title, of the document number or of an id
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
	for rows.Next() {
		var x Line
		if x.Item, err = l.scanItem(rows, &x.Shown, &x.Title); err != nil {
			rows.Close()
			return nil, "", fmt.Errorf("read lines: %w", err)
		}
		out = append(out, x)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, "", fmt.Errorf("read lines: %w", err)
	}
	next := ""
	if len(out) > f.Limit {
		out = out[:f.Limit]
		next = cursor(out[len(out)-1].Item)
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
		SELECT `+copyColumns+`, c.not_before
		FROM copy c
		WHERE c.item IN (SELECT value FROM json_each($1))
			AND c.generation = (SELECT MAX(generation) FROM copy WHERE item = c.item AND channel = c.channel)
		ORDER BY c.item, (SELECT MIN(id) FROM copy WHERE item = c.item AND channel = c.channel)`, ids)
	if err != nil {
		return fmt.Errorf("read copies: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var at sql.NullInt64
		c, err := l.scanCopy(rows, &at)
		if err != nil {
			return fmt.Errorf("read copies: %w", err)
		}
		x := of[c.Item]
		x.Copies = append(x.Copies, c)
		if c.State != press.CopyWithdrawn || x.Item.State == press.Withdrawn {
			x.Item.Wants = append(x.Item.Wants, press.Want{Channel: c.Channel, NotBefore: l.moment(at)})
		}
	}
	return rows.Err()
}

// query asks for one line more than the page holds, to know whether there is another page.
func (f Filter) query() (string, []any, error) {
	where, args, err := f.where()
	if err != nil {
		return "", nil, err
	}
	args = append(args, f.Limit+1)
	return `
		SELECT ` + itemColumns + `, i.shown, r.title
		FROM item i
		JOIN revision r ON r.item = i.id AND r.number = i.head
		WHERE ` + strings.Join(where, " AND ") + `
		ORDER BY i.filed_at DESC, i.id DESC
		LIMIT $` + fmt.Sprint(len(args)), args, nil
}

func (f Filter) where() (where []string, args []any, err error) {
	add := func(cond string, vals ...any) {
		for _, v := range vals {
			args = append(args, v)
			cond = strings.Replace(cond, "?", "$"+fmt.Sprint(len(args)), 1)
		}
		where = append(where, cond)
	}
	add("1 = 1")
	if f.State != "" {
		add("i.shown = ?", f.State)
	}
	switch {
	case f.Channel != "" && f.Copy == press.NotWanted:
		add("NOT EXISTS (SELECT 1 FROM copy WHERE item = i.id AND channel = ?)", f.Channel)
	case f.Channel != "" && f.Copy != "":
		add(among(f.Copy, "c.channel = ? AND "), f.Channel, f.Copy)
	case f.Channel != "":
		add("EXISTS (SELECT 1 FROM copy WHERE item = i.id AND channel = ?)", f.Channel)
	case f.Copy != "":
		add(among(f.Copy, ""), f.Copy)
	}
	if f.Title != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(f.Title) + "%"
		add(`(r.title LIKE ? ESCAPE '\' OR i.id = ? OR i.external_id = ? OR json_extract(r.meta, '$.doc_number') LIKE ? ESCAPE '\')`,
			like, f.Title, f.Title, like)
	}
	if f.After != "" {
		at, id, err := readCursor(f.After)
		if err != nil {
			return nil, nil, err
		}
		add("(i.filed_at, i.id) < (?, ?)", at, id)
	}
	return where, args, nil
}

// among chooses items by their newest copies. What is rare is looked up, what is common is met soon enough on the way through the
// items: there the plus keeps the state's index out of it, which would be read for every item.
func among(s press.CopyState, channel string) string {
	const newest = ` AND c.generation = (SELECT MAX(generation) FROM copy WHERE item = c.item AND channel = c.channel)`
	switch s {
	case press.Waiting, press.CopyVerified, press.CopyWithdrawn:
		return `EXISTS (SELECT 1 FROM copy c WHERE c.item = i.id AND ` + channel + `+c.state = ?` + newest + `)`
	}
	return `i.id IN (SELECT c.item FROM copy c WHERE ` + channel + `c.state = ?` + newest + `)`
}

func cursor(it press.Item) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", it.FiledAt.UnixMicro(), it.ID))
}

func readCursor(s string) (at int64, id string, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		_, err = fmt.Sscanf(string(b), "%d %s", &at, &id)
	}
	if err != nil {
		return 0, "", fmt.Errorf("翻页标记“%.40s”无效，请从第一页重新开始", s)
	}
	return at, id, nil
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

// Health is what the strip at the top of the desk says.
type Health struct {
	Overdue   int // acts that should have been begun more than a minute ago
	Unknown   int
	NeedsHand int
	Differs   int
	Refused   int
	Waiting   int // copies with a time ahead
	LastMove  time.Time
	Holder    string // who holds the lease; "" for nobody
}

// Health counts what needs eyes. It goes by indexes only.
func (l *Ledger) Health(ctx context.Context, now time.Time) (Health, error) {
	h := Health{Holder: l.Holder()}
	late := now.Add(-time.Minute).UnixMicro()
	var last sql.NullInt64
	err := l.read.QueryRowContext(ctx, `
		SELECT
			(SELECT COUNT(*) FROM act WHERE due_at < $1),
			(SELECT COUNT(*) FROM copy WHERE state = 'unknown'),
			(SELECT COUNT(*) FROM copy WHERE state = 'needs_hand'),
			(SELECT COUNT(*) FROM copy WHERE state = 'differs'),
			(SELECT COUNT(*) FROM copy WHERE state = 'refused'),
			(SELECT COUNT(*) FROM copy WHERE due_at >= $2),
			(SELECT MAX(at) FROM move)`, late, now.UnixMicro()).Scan(
		&h.Overdue, &h.Unknown, &h.NeedsHand, &h.Differs, &h.Refused, &h.Waiting, &last)
	if err != nil {
		return h, fmt.Errorf("read health: %w", err)
	}
	h.LastMove = l.moment(last)
	return h, nil
}
