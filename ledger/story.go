package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"tongfa/press"
)

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
	Todo      []Todo       // what is open
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
	Changes []press.Change       `json:"changes,omitempty"` // against the approved text, the first few
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
	if s.Todo, err = l.todo(ctx, l.read, s.Item, s.Copies); err != nil {
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
		WHERE c.item = $1 AND (a.verb = 'publish' OR EXISTS (SELECT 1 FROM act_copy WHERE act = a.id AND copy = c.id))
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
		SELECT c.channel, s.status, s.at, s.last_at, s.times, s.url, s.digest, s.detail, s.changes
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
		var changes []byte
		if err := rows.Scan(&s.Channel, &s.Status, &at, &last, &s.Times, &s.URL, &s.Digest, &s.Detail, &changes); err != nil {
			return nil, fmt.Errorf("read sightings: %w", err)
		}
		if err := json.Unmarshal(changes, &s.Changes); err != nil {
			return nil, fmt.Errorf("decode changes: %w", err)
		}
		s.At, s.LastAt = l.moment(at), l.moment(last)
		out = append(out, s)
	}
	return out, rows.Err()
}
