package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"tongfa/press"
)

// Coming is a copy that no edition has claimed yet, as the pages of what is to go out show it.
type Coming struct {
	Item  press.Item
	Title string
	Copy  press.Copy
	Waits Wait      // what it waits for; "" for nothing but its time
	Due   time.Time // when composing considers it; zero while something else must happen first
	Shown press.State
}

// Window is a span of time on a channel.
type Window struct {
	Channel     string
	After, Till time.Time  // after the first, up to and including the second
	Kind        press.Kind // "" for every kind
}

func (w Window) args(more ...any) []any {
	return append([]any{w.Channel, w.After.UnixMicro(), w.Till.UnixMicro(), w.Kind}, more...)
}

const (
	comingColumns = `i.shown, r.title, c.waits_for, c.due_at`
	comingCopies  = itemColumns + `, ` + copyColumns + `, ` + comingColumns + `
		FROM copy c
		CROSS JOIN item i ON i.n = c.item_n
		CROSS JOIN revision r ON r.item = i.id AND r.number = i.head`
)

// Upcoming are the copies of a channel whose moment lies in a window, in its order.
func (l *Ledger) Upcoming(ctx context.Context, w Window, most int) ([]Coming, error) {
	return l.coming(ctx, `
		SELECT `+comingCopies+`
		WHERE c.newest AND c.state = 'waiting' AND c.edition IS NULL AND c.channel = $1 AND c.ready_at > $2 AND c.ready_at <= $3
			AND ($4 = '' OR i.kind = $4)
		ORDER BY c.ready_at, c.item_n
		LIMIT $5`, w.args(most)...)
}

// Kept are the copies of a channel for which a moment was set that lies in a window, and which are kept from going out by something.
func (l *Ledger) Kept(ctx context.Context, w Window, most int) ([]Coming, error) {
	return l.coming(ctx, `
		SELECT `+comingCopies+`
		WHERE c.newest AND c.state = 'waiting' AND c.edition IS NULL AND c.channel = $1 AND c.ready_at > $2 AND c.ready_at <= $3
			AND ($4 = '' OR i.kind = $4) AND i.release_at IS NOT NULL AND c.due_at IS NULL
		ORDER BY c.ready_at, c.item_n
		LIMIT $5`, w.args(most)...)
}

// Ripe are the copies of a channel that go out as soon as it puts something out again: they wait for nothing else. Till is now.
func (l *Ledger) Ripe(ctx context.Context, w Window, most int) ([]Coming, error) {
	return l.coming(ctx, `
		SELECT `+comingCopies+`
		WHERE c.channel = $1 AND c.due_at > $2 AND c.due_at <= $3 AND ($4 = '' OR i.kind = $4)
		ORDER BY c.due_at, c.id
		LIMIT $5`, w.args(most)...)
}

// CountAhead counts the items that have a copy in one of the windows. It stops at so many copies.
func (l *Ledger) CountAhead(ctx context.Context, ws []Window, most int) (n int, err error) {
	type window struct {
		Channel     string
		After, Till int64
		Kind        press.Kind
	}
	var all []window
	for _, w := range ws {
		all = append(all, window{w.Channel, w.After.UnixMicro(), w.Till.UnixMicro(), w.Kind})
	}
	list, err := json.Marshal(all)
	if err != nil {
		return 0, fmt.Errorf("encode windows: %w", err) // unreachable
	}
	err = l.read.QueryRowContext(ctx, `
		SELECT COUNT(DISTINCT item_n)
		FROM (
			SELECT c.item_n
			FROM json_each($1) w
			CROSS JOIN copy c ON c.channel = json_extract(w.value, '$.Channel')
				AND c.ready_at > json_extract(w.value, '$.After') AND c.ready_at <= json_extract(w.value, '$.Till')
			WHERE c.newest AND c.state = 'waiting' AND c.edition IS NULL
				AND (json_extract(w.value, '$.Kind') = '' OR EXISTS (SELECT 1 FROM item WHERE n = c.item_n AND kind = json_extract(w.value, '$.Kind')))
			LIMIT $2)`, string(list), most).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count what is to go out: %w", err)
	}
	return n, nil
}

func (l *Ledger) coming(ctx context.Context, query string, args ...any) ([]Coming, error) {
	rows, err := l.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read what is to go out: %w", err)
	}
	defer rows.Close()
	var out []Coming
	for rows.Next() {
		x, err := l.scanComing(rows)
		if err != nil {
			return nil, fmt.Errorf("read what is to go out: %w", err)
		}
		out = append(out, x)
	}
	return out, rows.Err()
}

func (l *Ledger) scanComing(rows *sql.Rows) (Coming, error) {
	var x Coming
	var release, filed, ready, since, first, look, due sql.NullInt64
	err := rows.Scan(&x.Item.ID, &x.Item.ExternalID, &x.Item.Kind, &x.Item.IndexNumber, &x.Item.State, &x.Item.Held, &x.Item.Head,
		&release, &filed, &x.Item.FiledBy,
		&x.Copy.ID, &x.Copy.Item, &x.Copy.Channel, &x.Copy.Generation, &x.Copy.State, &x.Copy.Revision, &x.Copy.Marker, &x.Copy.URL, &x.Copy.Ref,
		&x.Copy.Note, &x.Copy.Edition, &ready, &since, &first, &look, &x.Copy.Looks, &x.Copy.Task, &x.Copy.Amending, &x.Copy.Kept,
		&x.Shown, &x.Title, &x.Waits, &due)
	x.Item.ReleaseAt, x.Item.FiledAt, x.Due = l.moment(release), l.moment(filed), l.moment(due)
	x.Copy.ReadyAt, x.Copy.Since, x.Copy.FirstSeen, x.Copy.NextLook = l.moment(ready), l.moment(since), l.moment(first), l.moment(look)
	return x, err
}

// Late are the copies that should have been composed by now: on a channel with a timetable a slot has come and gone without them, on the others
// their own time has; see Health. Those of channels that are paused wait for a person's word.
func (l *Ledger) Late(ctx context.Context, now time.Time, most int) ([]Coming, error) {
	return l.coming(ctx, `
		SELECT `+itemColumns+`, `+copyColumns+`, `+comingColumns+`
		FROM channel
		LEFT JOIN timetable ON timetable.channel = channel.name
		CROSS JOIN copy c ON c.channel = channel.name AND c.due_at < CASE WHEN fired_at IS NULL THEN $1 WHEN fired_at < $1 THEN fired_at + 1 ELSE 0 END
		CROSS JOIN item i ON i.n = c.item_n
		CROSS JOIN revision r ON r.item = i.id AND r.number = i.head
		WHERE NOT channel.paused
		LIMIT $2`, now.Add(-time.Minute).UnixMicro(), most)
}

// Put is an edition as a calendar shows it.
type Put struct {
	press.Edition           // without entries
	OutAt         time.Time // zero until it is public
	Item          press.ItemID
	Kind          press.Kind
	Name          string // title of its first entry
	Count         int    // entries
	Verified      int
	Wrong         int // entries that need a person
}

// putColumns are what a Put is read from, and the tables.
const putColumns = `e.key, e.channel, e.slot_at, e.seq, e.year, e.number, e.total, e.supplement, e.title, e.state, e.composed_at, e.out_at, COALESCE(i.id, ''), COALESCE(i.kind, ''), COALESCE(r.title, ''),
			(SELECT COUNT(*) FROM entry WHERE edition = e.key),
			(SELECT COUNT(*) FROM entry x CROSS JOIN copy d ON d.id = x.copy WHERE x.edition = e.key AND d.state IN ('verified', 'withdrawn')),
			(SELECT COUNT(*) FROM entry x CROSS JOIN copy d ON d.id = x.copy WHERE x.edition = e.key AND d.state IN ('unknown', 'needs_hand', 'refused', 'differs'))
		FROM edition e
		LEFT JOIN copy c ON c.id = (SELECT copy FROM entry WHERE edition = e.key ORDER BY position LIMIT 1)
		LEFT JOIN item i ON i.n = c.item_n
		LEFT JOIN revision r ON r.item = c.item AND r.number = c.revision`

// Puts are the editions whose slot lies from a moment on and before another, of one channel or of all for "", with an entry of a kind or all
// for "". What did not come out at all is left out: its copies are composed again.
func (l *Ledger) Puts(ctx context.Context, channel string, kind press.Kind, from, to time.Time, most int) ([]Put, error) {
	return l.puts(ctx, `SELECT `+putColumns+putWhere(channel)+`
		ORDER BY e.slot_at, e.seq
		LIMIT $5`, channel, kind, from.UnixMicro(), to.UnixMicro(), most)
}

// LastPuts are the newest of Puts, newest first.
func (l *Ledger) LastPuts(ctx context.Context, channel string, kind press.Kind, from, to time.Time, most int) ([]Put, error) {
	return l.puts(ctx, `SELECT `+putColumns+putWhere(channel)+`
		ORDER BY e.slot_at DESC, e.seq DESC
		LIMIT $5`, channel, kind, from.UnixMicro(), to.UnixMicro(), most)
}

func putWhere(channel string) string {
	which := `$1 = ''`
	if channel != "" {
		which = `e.channel = $1`
	}
	return `
		WHERE ` + which + ` AND e.slot_at >= $3 AND e.slot_at < $4 AND e.state <> 'failed'
			AND ($2 = '' OR EXISTS (SELECT 1 FROM entry x CROSS JOIN copy d ON d.id = x.copy CROSS JOIN item j ON j.n = d.item_n WHERE x.edition = e.key AND j.kind = $2))`
}

// CountPuts counts what Puts lists, up to most.
func (l *Ledger) CountPuts(ctx context.Context, channel string, kind press.Kind, from, to time.Time, most int) (n int, err error) {
	err = l.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM edition e`+putWhere(channel)+` LIMIT $5)`,
		channel, kind, from.UnixMicro(), to.UnixMicro(), most).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count editions: %w", err)
	}
	return n, nil
}

// Slow are the editions that were begun more than a minute ago and are not known to be public, oldest slot first.
func (l *Ledger) Slow(ctx context.Context, now time.Time, most int) ([]Put, error) {
	return l.puts(ctx, `SELECT `+putColumns+`
		WHERE e.state = 'composed' AND e.slot_at < $1
		ORDER BY e.slot_at
		LIMIT $2`, now.Add(-time.Minute).UnixMicro(), most)
}

func (l *Ledger) puts(ctx context.Context, query string, args ...any) ([]Put, error) {
	rows, err := l.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read editions: %w", err)
	}
	defer rows.Close()
	var out []Put
	for rows.Next() {
		var p Put
		var slot, composed, outAt sql.NullInt64
		err := rows.Scan(&p.Key, &p.Slot.Channel, &slot, &p.Seq, &p.Year, &p.Number, &p.Total, &p.Supplement, &p.Edition.Title, &p.State, &composed, &outAt,
			&p.Item, &p.Kind, &p.Name, &p.Count, &p.Verified, &p.Wrong)
		if err != nil {
			return nil, fmt.Errorf("read editions: %w", err)
		}
		p.Slot.At, p.Composed, p.OutAt = l.moment(slot), l.moment(composed), l.moment(outAt)
		out = append(out, p)
	}
	return out, rows.Err()
}

// Tally counts the copies of the editions of a time by their state, of at most so many editions. What did not come out is left out.
func (l *Ledger) Tally(ctx context.Context, from, to time.Time, most int) (map[press.CopyState]int, error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT c.state, COUNT(*)
		FROM entry x
		CROSS JOIN copy c ON c.id = x.copy
		WHERE x.edition IN (SELECT key FROM edition WHERE slot_at >= $1 AND slot_at < $2 AND state NOT IN ('failed', 'planned', 'frozen') LIMIT $3)
			AND x.claims = 1
		GROUP BY c.state`, from.UnixMicro(), to.UnixMicro(), most)
	if err != nil {
		return nil, fmt.Errorf("count copies: %w", err)
	}
	defer rows.Close()
	out := map[press.CopyState]int{}
	for rows.Next() {
		var s press.CopyState
		var n int
		if err := rows.Scan(&s, &n); err != nil {
			return nil, fmt.Errorf("count copies: %w", err)
		}
		out[s] = n
	}
	return out, rows.Err()
}

// Owed is an item that is not public yet and for which a statutory period runs.
type Owed struct {
	Item  press.Item
	Title string
	Shown press.State
	Term  press.Term
}

// Terms are those of the not yet public items whose statutory periods end first, at most so many for each clock. What is not to be made public
// has no period.
func (l *Ledger) Terms(ctx context.Context, most int) ([]Owed, error) {
	var out []Owed
	for _, query := range []string{
		owedQuery("item_term_kind", `AND i.kind = 'enforcement'`), owedQuery("item_term_kind", `AND i.kind = 'budget'`),
		owedQuery("item_term", `AND i.kind NOT IN ('enforcement', 'budget')`),
	} {
		owed, err := l.owed(ctx, query, most)
		if err != nil {
			return nil, err
		}
		out = append(out, owed...)
	}
	return out, nil
}

// owedQuery looks no further than so many items, for those of which a newer text is not approved yet are public. It names its index: by what the planner knows, the one over all states looks as good, and would be sorted.
func owedQuery(index, kind string) string {
	return `
		SELECT ` + itemColumns + `, i.shown, r.title, r.meta
		FROM (
			SELECT i.n AS row, i.term_from AS day
			FROM item i INDEXED BY ` + index + `
			WHERE i.term_from <> '' AND i.shown IN ('draft', 'submitted', 'returned', 'approved', 'scheduled', 'going_out', 'needs_hand') ` + kind + `
			ORDER BY i.term_from
			LIMIT 1000)
		CROSS JOIN item i ON i.n = row
		CROSS JOIN revision r ON r.item = i.id AND r.number = i.head
		WHERE NOT EXISTS (SELECT 1 FROM copy c WHERE c.item = i.id AND (c.first_at IS NOT NULL OR c.state IN ('live', 'verified', 'differs')))
		LIMIT $1`
}

func (l *Ledger) owed(ctx context.Context, query string, most int) ([]Owed, error) {
	rows, err := l.read.QueryContext(ctx, query, most)
	if err != nil {
		return nil, fmt.Errorf("read terms: %w", err)
	}
	defer rows.Close()
	var out []Owed
	for rows.Next() {
		var x Owed
		var raw []byte
		if x.Item, err = l.scanItem(rows, &x.Shown, &x.Title, &raw); err != nil {
			return nil, fmt.Errorf("read terms: %w", err)
		}
		var m press.Meta
		if err := json.Unmarshal(raw, &m); err != nil {
			return nil, fmt.Errorf("read terms: %w", err)
		}
		ok := false
		if x.Term, ok = press.Deadline(x.Item.Kind, m, l.Calendar()); ok && m.Disclosure == press.Proactive {
			out = append(out, x)
		}
	}
	return out, rows.Err()
}

// Updated is when something became public last in a place that inspections look at.
type Updated struct {
	Channel string
	Column  string // of a website; "" for the channel as a whole
	At      time.Time
}

// Updates tells when each channel, and each column of it, last got something that is still public.
func (l *Ledger) Updates(ctx context.Context) ([]Updated, error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT name, '', (
			SELECT MAX(out_at)
			FROM (SELECT out_at FROM edition e WHERE e.channel = channel.name ORDER BY e.slot_at DESC, e.seq DESC LIMIT 300))
		FROM channel
		UNION ALL
		SELECT s.channel, substr(s.name, 8), (
			SELECT COALESCE(c.first_at, c.since_at)
			FROM place p
			CROSS JOIN copy c ON c.id = p.copy
			WHERE p.channel = s.channel AND p.shelf = s.name AND p.position > s.top - 300 AND c.state IN ('live', 'verified', 'differs')
			ORDER BY p.position DESC
			LIMIT 1)
		FROM channel
		CROSS JOIN shelf s ON s.channel = channel.name AND s.name >= 'column/' AND s.name < 'column0'`)
	if err != nil {
		return nil, fmt.Errorf("read updates: %w", err)
	}
	defer rows.Close()
	var out []Updated
	for rows.Next() {
		var u Updated
		var at sql.NullInt64
		if err := rows.Scan(&u.Channel, &u.Column, &at); err != nil {
			return nil, fmt.Errorf("read updates: %w", err)
		}
		u.At = l.moment(at)
		out = append(out, u)
	}
	return out, rows.Err()
}

// Stops are the findings that keep an item from going out, as the gates say at a moment.
func (l *Ledger) Stops(ctx context.Context, id press.ItemID, now time.Time) ([]press.Finding, error) {
	s, err := l.subject(ctx, l.read, id, now)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(press.Check(s), func(f press.Finding) bool { return f.Severity != press.Stop }), nil
}

// Stopped are the approved items that a gate keeps from going out, newest first: some rule or date has changed since, or a channel. Those that
// are not approved yet wait for a gate too; among the newest so many of all, these are found.
func (l *Ledger) Stopped(ctx context.Context, most int) ([]Line, error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT `+itemColumns+`, i.shown, r.title
		FROM (
			SELECT DISTINCT item_n AS row
			FROM copy
			WHERE state = 'waiting' AND due_at IS NULL AND waits_for = 'gate'
			ORDER BY item_n DESC
			LIMIT 3000)
		CROSS JOIN item i ON i.n = row
		CROSS JOIN revision r ON r.item = i.id AND r.number = i.head
		WHERE i.state = 'approved'
		LIMIT $1`, most)
	if err != nil {
		return nil, fmt.Errorf("read what is stopped: %w", err)
	}
	var out []Line
	for rows.Next() {
		var x Line
		if x.Item, err = l.scanItem(rows, &x.Shown, &x.Title); err != nil {
			rows.Close()
			return nil, fmt.Errorf("read what is stopped: %w", err)
		}
		out = append(out, x)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("read what is stopped: %w", err)
	}
	return out, l.fillLines(ctx, out)
}
