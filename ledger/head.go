package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tongfa/press"
)

// Head (每日总摘要) covers everything that was appended to the ledger since the head before: the ends of all chains of moves that grew, the receipts,
// the sightings, the last deed. Who has kept one elsewhere can prove later that nothing before it was altered, left out or cut off.
type Head struct {
	N         int64     `json:"n"`
	At        time.Time `json:"at"`
	Feed      int64     `json:"feed"`     // the last move of the feed that it covers
	Receipt   int64     `json:"receipt"`  // the last receipt
	Sighting  int64     `json:"sighting"` // the last sighting
	DeedN     int64     `json:"deeds"`    // the last deed
	Chains    int       `json:"chains"`   // how many chains grew since the head before
	Moves     int       `json:"moves"`
	Receipts  int       `json:"receipts"`
	Sightings int       `json:"sightings"`
	Root      string    `json:"root"`     // of the tree over the ends of those chains, in the order of the items' ids
	Received  string    `json:"received"` // SHA-256 over those receipts
	Seen      string    `json:"seen"`     // SHA-256 over those sightings, as they were first seen
	Deed      string    `json:"deed"`     // hash of the last deed
	Prev      string    `json:"prev"`
	Hash      string    `json:"hash"`
}

// Sum is the hash that a head must have.
func (h Head) Sum() string {
	b, _ := json.Marshal([]any{h.Prev, h.N, h.At.UnixMicro(), h.Feed, h.Receipt, h.Sighting, h.DeedN, h.Chains, h.Moves, h.Receipts, h.Sightings,
		h.Root, h.Received, h.Seen, h.Deed})
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// End is the end of an item's chain, as a leaf of the tree.
func End(item press.ItemID, n int, hash string) []byte {
	b, _ := json.Marshal([]any{item, n, hash})
	return b
}

// Seal makes a head over what was appended since the last one. Where nothing was, there is none, unless a quiet day is to have its own.
func (l *Ledger) Seal(ctx context.Context, quiet bool, now time.Time) (Head, bool, error) {
	last, err := l.lastHead(ctx)
	if err != nil {
		return Head{}, false, err
	}
	h := Head{N: last.N + 1, At: now, Prev: last.Hash}
	err = l.read.QueryRowContext(ctx, `
		SELECT
			COALESCE((SELECT MAX(n) FROM feed), 0),
			COALESCE((SELECT MAX(id) FROM receipt), 0),
			COALESCE((SELECT MAX(id) FROM sighting), 0),
			COALESCE((SELECT MAX(n) FROM deed), 0),
			COALESCE((SELECT hash FROM deed WHERE n = (SELECT MAX(n) FROM deed)), '')`).Scan(&h.Feed, &h.Receipt, &h.Sighting, &h.DeedN, &h.Deed)
	if err != nil {
		return h, false, fmt.Errorf("read what a head covers: %w", err)
	}
	if !quiet && h.Feed == last.Feed && h.Receipt == last.Receipt && h.Sighting == last.Sighting && h.DeedN == last.DeedN {
		return last, false, nil
	}
	if err := l.cover(ctx, last, &h, nil); err != nil {
		return h, false, err
	}
	h.Hash = h.Sum()
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO head (n, at, feed_to, receipt_to, sighting_to, deed_to, chains, moves, receipts, sightings, root, received, seen, deed, prev, hash)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
			h.N, h.At.UnixMicro(), h.Feed, h.Receipt, h.Sighting, h.DeedN, h.Chains, h.Moves, h.Receipts, h.Sightings, h.Root, h.Received, h.Seen, h.Deed, h.Prev, h.Hash)
		if err != nil {
			return fmt.Errorf("append head: %w", err) // another one may have been made meanwhile: then its number is taken
		}
		return nil
	})
	return h, err == nil, err
}

// cover computes what a head says of everything between the one before and its own ends. Who watches gets each end of a chain.
func (l *Ledger) cover(ctx context.Context, last Head, h *Head, watch func(at int, item press.ItemID, n int, hash string)) (err error) {
	err = l.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM feed WHERE n > $1 AND n <= $2 AND move_n > 0`, last.Feed, h.Feed).Scan(&h.Moves)
	if err != nil {
		return fmt.Errorf("count moves: %w", err)
	}
	if h.Chains, h.Root, err = l.ends(ctx, last.Feed, h.Feed, new(press.Tree), watch); err != nil {
		return err
	}
	h.Receipts, h.Received, err = l.digestOf(ctx, `
		SELECT id, act, at, status, code, ref, url, note, raw, parts
		FROM receipt
		WHERE id > $1 AND id <= $2
		ORDER BY id`, last.Receipt, h.Receipt)
	if err != nil {
		return err
	}
	h.Sightings, h.Seen, err = l.digestOf(ctx, `
		SELECT id, copy, status, digest, url, detail, at
		FROM sighting
		WHERE id > $1 AND id <= $2
		ORDER BY id`, last.Sighting, h.Sighting)
	return err
}

// ends adds the ends of the chains that grew between two places of the feed to a tree, as they were at the second.
func (l *Ledger) ends(ctx context.Context, after, to int64, tree *press.Tree, watch func(at int, item press.ItemID, n int, hash string)) (int, string, error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT f.item, f.n, m.hash
		FROM (SELECT item, MAX(move_n) AS n FROM feed WHERE n > $1 AND n <= $2 AND move_n > 0 GROUP BY item) f
		JOIN move m ON m.item = f.item AND m.n = f.n
		ORDER BY f.item`, after, to)
	if err != nil {
		return 0, "", fmt.Errorf("read ends of chains: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var item press.ItemID
		var n int
		var hash string
		if err := rows.Scan(&item, &n, &hash); err != nil {
			return 0, "", fmt.Errorf("read ends of chains: %w", err)
		}
		if watch != nil {
			watch(tree.Len(), item, n, hash)
		}
		tree.Add(End(item, n, hash))
	}
	return tree.Len(), tree.Root(), rows.Err()
}

// digestOf is the digest of rows: SHA-256 over each as a line of JSON.
func (l *Ledger) digestOf(ctx context.Context, query string, args ...any) (n int, sum string, err error) {
	rows, err := l.read.QueryContext(ctx, query, args...)
	if err != nil {
		return 0, "", fmt.Errorf("digest: %w", err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return 0, "", fmt.Errorf("digest: %w", err)
	}
	row, into := make([]any, len(names)), make([]any, len(names))
	for i := range row {
		into[i] = &row[i]
	}
	h := sha256.New()
	enc := json.NewEncoder(h)
	for ; rows.Next(); n++ {
		if err := rows.Scan(into...); err != nil {
			return n, "", fmt.Errorf("digest: %w", err)
		}
		for i, v := range row {
			if b, ok := v.([]byte); ok {
				row[i] = string(b)
			}
		}
		if err := enc.Encode(row); err != nil {
			return n, "", fmt.Errorf("digest: %w", err)
		}
	}
	return n, hex.EncodeToString(h.Sum(nil)), rows.Err()
}

const headColumns = `n, at, feed_to, receipt_to, sighting_to, deed_to, chains, moves, receipts, sightings, root, received, seen, deed, prev, hash`

func (l *Ledger) heads(ctx context.Context, query string, args ...any) ([]Head, error) {
	rows, err := l.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read heads: %w", err)
	}
	defer rows.Close()
	var out []Head
	for rows.Next() {
		var h Head
		var at int64
		err := rows.Scan(&h.N, &at, &h.Feed, &h.Receipt, &h.Sighting, &h.DeedN, &h.Chains, &h.Moves, &h.Receipts, &h.Sightings, &h.Root, &h.Received, &h.Seen, &h.Deed, &h.Prev, &h.Hash)
		if err != nil {
			return nil, fmt.Errorf("read heads: %w", err)
		}
		h.At = time.UnixMicro(at).In(l.rules.Zone)
		out = append(out, h)
	}
	return out, rows.Err()
}

// Heads are the newest heads before one, newest first; before 0 is from the newest on.
func (l *Ledger) Heads(ctx context.Context, before int64, most int) ([]Head, error) {
	if before <= 0 {
		before = 1<<63 - 1
	}
	return l.heads(ctx, `SELECT `+headColumns+` FROM head WHERE n < $1 ORDER BY n DESC LIMIT $2`, before, most)
}

func (l *Ledger) lastHead(ctx context.Context) (Head, error) {
	hs, err := l.Heads(ctx, 0, 1)
	if err != nil || len(hs) == 0 {
		return Head{}, err
	}
	return hs[0], nil
}

// CheckHeads computes the heads once more, from what the ledger has now, and says which do not hold. deep reads everything that they cover, and
// not only how they hang together.
func (l *Ledger) CheckHeads(ctx context.Context, deep bool) (read int, broken []string, err error) {
	has, err := l.hasTable(ctx, "head")
	if err != nil || !has {
		return 0, nil, err
	}
	hs, err := l.heads(ctx, `SELECT `+headColumns+` FROM head ORDER BY n`)
	if err != nil {
		return 0, nil, err
	}
	var last Head
	for _, h := range hs {
		again := h
		if deep {
			if err := l.cover(ctx, last, &again, nil); err != nil {
				return read, broken, err
			}
		}
		switch {
		case h.N != last.N+1 || h.Prev != last.Hash:
			broken = append(broken, fmt.Sprintf("第%d份每日总摘要以前有缺失", h.N))
		case h.Sum() != h.Hash:
			broken = append(broken, fmt.Sprintf("第%d份每日总摘要被改动", h.N))
		case again.Sum() != h.Hash:
			broken = append(broken, fmt.Sprintf("第%d份每日总摘要覆盖的记录、回执或者核验与当时不同", h.N))
		}
		read++
		last = h
	}
	return read, broken, nil
}

// hasTable reports whether a file, such as an old backup, is new enough to have a table.
func (l *Ledger) hasTable(ctx context.Context, name string) (bool, error) {
	var n int
	if err := l.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1`, name).Scan(&n); err != nil {
		return false, fmt.Errorf("look for %s: %w", name, err)
	}
	return n > 0, nil
}

// Covered is the proof that a head covers the chain of an item up to its move N: the leaf of which number in the tree, and what stands beside
// it on the way to the root.
type Covered struct {
	Head int64    `json:"head"`
	N    int      `json:"n"`
	Hash string   `json:"hash"`
	At   int      `json:"at"`
	Of   int      `json:"of"`
	Path []string `json:"path"`
}

// covering is the proof for an item by the last head that covers any of its moves; nil for none.
func (l *Ledger) covering(ctx context.Context, id press.ItemID) (*Covered, error) {
	var feed int64
	err := l.read.QueryRowContext(ctx, `
		SELECT n
		FROM feed
		WHERE item = $1 AND move_n > 0 AND n <= COALESCE((SELECT MAX(feed_to) FROM head), 0)
		ORDER BY n DESC
		LIMIT 1`, id).Scan(&feed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read feed of %s: %w", id, err)
	}
	hs, err := l.heads(ctx, `SELECT `+headColumns+` FROM head WHERE feed_to >= $1 ORDER BY feed_to, n LIMIT 1`, feed)
	if err != nil || len(hs) == 0 {
		return nil, err
	}
	h := hs[0]
	before, err := l.heads(ctx, `SELECT `+headColumns+` FROM head WHERE n = $1`, h.N-1)
	if err != nil {
		return nil, err
	}
	var after int64
	if len(before) > 0 {
		after = before[0].Feed
	}
	return l.proof(ctx, id, h, after)
}

// proof goes through the ends of the chains twice: where the item stands must be known before the path is added up.
func (l *Ledger) proof(ctx context.Context, id press.ItemID, h Head, after int64) (*Covered, error) {
	c := &Covered{Head: h.N, At: -1}
	err := l.read.QueryRowContext(ctx, `
		SELECT COUNT(DISTINCT item) FROM feed WHERE n > $1 AND n <= $2 AND move_n > 0 AND item < $3`, after, h.Feed, id).Scan(&c.At)
	if err != nil {
		return nil, fmt.Errorf("find %s in head %d: %w", id, h.N, err)
	}
	tree := new(press.Tree)
	tree.Watch(c.At)
	c.Of, _, err = l.ends(ctx, after, h.Feed, tree, func(at int, item press.ItemID, n int, hash string) {
		if item == id {
			c.At, c.N, c.Hash = at, n, hash
		}
	})
	c.Path = tree.Path()
	return c, err
}
