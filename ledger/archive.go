package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"tongfa/press"
)

// Archive lists what was composed for one channel. It implements channels.Archive; every call goes by an index.
type Archive struct {
	l       *Ledger
	channel string
}

// Archive opens the archive of a channel.
func (l *Ledger) Archive(channel string) *Archive { return &Archive{l, channel} }

// Shelf lists the entries at positions from to to, both included, ascending.
func (a *Archive) Shelf(ctx context.Context, shelf string, from, to int64) ([]press.Listed, error) {
	rows, err := a.l.read.QueryContext(ctx, `
		SELECT p.position, i.id, i.index_number, i.kind, r.title, r.meta, c.url, COALESCE(e.public_at, c.since_at), c.state,
			COALESCE((SELECT validity FROM annotation WHERE item = i.id ORDER BY n DESC LIMIT 1), '')
		FROM place p
		JOIN copy c ON c.id = p.copy
		JOIN item i ON i.id = c.item
		JOIN revision r ON r.item = c.item AND r.number = c.revision
		LEFT JOIN entry e ON e.edition = c.edition AND e.copy = c.id
		WHERE p.channel = $1 AND p.shelf = $2 AND p.position BETWEEN $3 AND $4
		ORDER BY p.position`, a.channel, shelf, from, to)
	if err != nil {
		return nil, fmt.Errorf("read shelf %s: %w", shelf, err)
	}
	defer rows.Close()
	var out []press.Listed
	for rows.Next() {
		var x press.Listed
		var meta []byte
		var public sql.NullInt64
		var state press.CopyState
		var validity press.Validity
		if err := rows.Scan(&x.Position, &x.Item, &x.IndexNumber, &x.Kind, &x.Title, &meta, &x.URL, &public, &state, &validity); err != nil {
			return nil, fmt.Errorf("read shelf %s: %w", shelf, err)
		}
		if err := json.Unmarshal(meta, &x.Meta); err != nil {
			return nil, fmt.Errorf("read shelf %s: %w", shelf, err)
		}
		x.Meta.Validity = cmp.Or(validity, x.Meta.Validity)
		x.Public, x.Withdrawn = a.l.moment(public), state == press.CopyWithdrawn
		out = append(out, x)
	}
	return out, rows.Err()
}

// Top is the highest position given on a shelf.
func (a *Archive) Top(ctx context.Context, shelf string) (int64, error) {
	var top int64
	err := a.l.read.QueryRowContext(ctx, `SELECT top FROM shelf WHERE channel = $1 AND name = $2`, a.channel, shelf).Scan(&top)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("read top of %s: %w", shelf, err)
	}
	return top, nil
}

// Shelves lists the shelves whose names begin with prefix, in order.
func (a *Archive) Shelves(ctx context.Context, prefix string) ([]press.Shelf, error) {
	rows, err := a.l.read.QueryContext(ctx, `
		SELECT name, top
		FROM shelf
		WHERE channel = $1 AND name >= $2 AND name < $3
		ORDER BY name`, a.channel, prefix, prefix+"\U0010ffff")
	if err != nil {
		return nil, fmt.Errorf("read shelves: %w", err)
	}
	defer rows.Close()
	var out []press.Shelf
	for rows.Next() {
		var s press.Shelf
		if err := rows.Scan(&s.Name, &s.Position); err != nil {
			return nil, fmt.Errorf("read shelves: %w", err)
		}
		if strings.HasPrefix(s.Name, prefix) {
			out = append(out, s)
		}
	}
	return out, rows.Err()
}

// Entry is the newest public entry of an item, with its links as they are now.
func (a *Archive) Entry(ctx context.Context, item press.ItemID) (press.Entry, bool, error) {
	c, ok, err := a.l.newest(ctx, a.l.read, item, a.channel)
	if err != nil || !ok || !c.State.Public() {
		return press.Entry{}, false, err
	}
	en, err := a.l.entryOf(ctx, a.l.read, c.ID)
	if err != nil {
		return en, false, err
	}
	en.Links, err = a.l.links(ctx, a.l.read, en, press.Edition{}, nil)
	return en, err == nil, err
}
