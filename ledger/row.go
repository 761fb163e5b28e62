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

// querier is a transaction or the read pool.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// ErrNoItem is in the error for an item that the ledger does not know.
var ErrNoItem = errors.New("no such item")

// find is the id of an item by its id or its external id.
func find(ctx context.Context, q querier, ref string) (press.ItemID, error) {
	var id press.ItemID
	err := q.QueryRowContext(ctx, `SELECT id FROM item WHERE id = $1 OR external_id = $1 ORDER BY id = $1 DESC LIMIT 1`, ref).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", &press.Trouble{Remedy: press.AskPerson, What: fmt.Sprintf("没有编号是“%.60s”的稿件", ref), Do: "请核对编号，或者用 tongfa list 查找",
			Err: fmt.Errorf("item %.60q: %w", ref, ErrNoItem)}
	}
	if err != nil {
		return "", fmt.Errorf("find item: %w", err)
	}
	return id, nil
}

const itemColumns = `i.id, COALESCE(i.external_id, ''), i.kind, i.index_number, i.state, i.held, i.head, i.release_at, i.filed_at, i.filed_by`

func (l *Ledger) scanItem(row interface{ Scan(...any) error }, more ...any) (press.Item, error) {
	var it press.Item
	var release, filed sql.NullInt64
	err := row.Scan(append([]any{&it.ID, &it.ExternalID, &it.Kind, &it.IndexNumber, &it.State, &it.Held, &it.Head,
		&release, &filed, &it.FiledBy}, more...)...)
	it.ReleaseAt, it.FiledAt = l.moment(release), l.moment(filed)
	return it, err
}

func (l *Ledger) item(ctx context.Context, q querier, id press.ItemID) (press.Item, error) {
	it, err := l.scanItem(q.QueryRowContext(ctx, `SELECT `+itemColumns+` FROM item i WHERE i.id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return it, fmt.Errorf("item %q: %w", id, ErrNoItem)
	}
	if err != nil {
		return it, fmt.Errorf("read item: %w", err)
	}
	if it.BelongsWith, err = texts(ctx, q, `SELECT ref FROM belongs WHERE item = $1 ORDER BY ref`, id); err != nil {
		return it, err
	}
	it.Wants, err = l.wants(ctx, q, id)
	return it, err
}

// wants are the channels that an item is to be on: those of its copies, but for a copy that was dropped, or is to be, while the item goes on.
func (l *Ledger) wants(ctx context.Context, q querier, id press.ItemID) ([]press.Want, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT c.channel, c.not_before
		FROM copy c
		JOIN item i ON i.id = c.item
		WHERE c.item = $1
			AND c.newest
			AND (i.state = 'withdrawn' OR c.state <> 'withdrawn' AND (c.waits_for <> 'unwanted' OR c.state IN ('live', 'verified', 'differs')))
		ORDER BY (SELECT MIN(id) FROM copy WHERE item = c.item AND channel = c.channel)`, id)
	if err != nil {
		return nil, fmt.Errorf("read wants: %w", err)
	}
	defer rows.Close()
	var ws []press.Want
	for rows.Next() {
		var w press.Want
		var at sql.NullInt64
		if err := rows.Scan(&w.Channel, &at); err != nil {
			return nil, fmt.Errorf("read wants: %w", err)
		}
		w.NotBefore = l.moment(at)
		ws = append(ws, w)
	}
	return ws, rows.Err()
}

// files is how the files of a revision are stored beside its text.
type files struct {
	Cover       *press.Asset  `json:"cover,omitempty"`
	Images      []press.Asset `json:"images,omitempty"`
	Attachments []press.Asset `json:"attachments,omitempty"`
}

func (l *Ledger) revision(ctx context.Context, q querier, id press.ItemID, number int) (press.Revision, error) {
	r := press.Revision{Item: id, Number: number}
	var body, meta, file []byte
	var at sql.NullInt64
	err := q.QueryRowContext(ctx, `
		SELECT title, short_title, body, meta, files, digest, at, by
		FROM revision
		WHERE item = $1 AND number = $2`, id, number).Scan(&r.Title, &r.ShortTitle, &body, &meta, &file, &r.Digest, &at, &r.By)
	if err != nil {
		return r, fmt.Errorf("read revision %d of %s: %w", number, id, err)
	}
	r.At = l.moment(at)
	var f files
	err = errors.Join(json.Unmarshal(body, &r.Body), json.Unmarshal(meta, &r.Meta), json.Unmarshal(file, &f))
	if err != nil {
		return r, fmt.Errorf("decode revision %d of %s: %w", number, id, err)
	}
	r.Cover, r.Images, r.Attachments = f.Cover, f.Images, f.Attachments
	return r, nil
}

const copyColumns = `c.id, c.item, c.channel, c.generation, c.state, c.revision, c.marker, c.url, c.ref, c.note,
	COALESCE(c.edition, ''), c.ready_at, c.since_at, c.first_at, c.look_at, c.looks, c.task, c.amending, c.kept`

func (l *Ledger) scanCopy(row interface{ Scan(...any) error }, more ...any) (press.Copy, error) {
	var c press.Copy
	var ready, since, first, look sql.NullInt64
	err := row.Scan(append([]any{&c.ID, &c.Item, &c.Channel, &c.Generation, &c.State, &c.Revision, &c.Marker, &c.URL, &c.Ref, &c.Note,
		&c.Edition, &ready, &since, &first, &look, &c.Looks, &c.Task, &c.Amending, &c.Kept}, more...)...)
	c.ReadyAt, c.Since, c.FirstSeen, c.NextLook = l.moment(ready), l.moment(since), l.moment(first), l.moment(look)
	return c, err
}

// copies are the newest generation of each channel's copy of an item, in the order in which the channels were wanted.
func (l *Ledger) copies(ctx context.Context, q querier, id press.ItemID) ([]press.Copy, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT `+copyColumns+`
		FROM copy c
		WHERE c.item = $1 AND c.newest
		ORDER BY (SELECT MIN(id) FROM copy WHERE item = c.item AND channel = c.channel)`, id)
	if err != nil {
		return nil, fmt.Errorf("read copies: %w", err)
	}
	defer rows.Close()
	var cs []press.Copy
	for rows.Next() {
		c, err := l.scanCopy(rows)
		if err != nil {
			return nil, fmt.Errorf("read copies: %w", err)
		}
		cs = append(cs, c)
	}
	return cs, rows.Err()
}

func (l *Ledger) copyOf(ctx context.Context, q querier, id int64) (press.Copy, error) {
	c, err := l.scanCopy(q.QueryRowContext(ctx, `SELECT `+copyColumns+` FROM copy c WHERE c.id = $1`, id))
	if err != nil {
		return c, fmt.Errorf("read copy %d: %w", id, err)
	}
	return c, nil
}

// newest is the newest generation of an item's copy on a channel; false when the item is not wanted there.
func (l *Ledger) newest(ctx context.Context, q querier, id press.ItemID, channel string) (press.Copy, bool, error) {
	c, err := l.scanCopy(q.QueryRowContext(ctx, `
		SELECT `+copyColumns+`
		FROM copy c
		WHERE c.item = $1 AND c.channel = $2
		ORDER BY c.generation DESC
		LIMIT 1`, id, channel))
	if errors.Is(err, sql.ErrNoRows) {
		return c, false, nil
	}
	if err != nil {
		return c, false, fmt.Errorf("read copy of %s on %s: %w", id, channel, err)
	}
	return c, true, nil
}

// texts reads one column of text.
func texts(ctx context.Context, q querier, query string, args ...any) ([]string, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, fmt.Errorf("read: %w", err)
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// Who makes a move.
type Who struct {
	Name string
	Role press.Role
}

// program is who acts when nobody does.
func program() Who { return Who{"同发", press.System} }

// moved is a line to be appended to an item's history.
type moved struct {
	item     press.ItemID
	who      Who
	verb     string
	channel  string
	was, now string
	detail   string
	at       time.Time
}

// note appends a move to the chain of its item.
func note(ctx context.Context, tx *sql.Tx, m moved) error {
	var n int
	var prev string
	err := tx.QueryRowContext(ctx, `SELECT n, hash FROM move WHERE item = $1 ORDER BY n DESC LIMIT 1`, m.item).Scan(&n, &prev)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read chain of %s: %w", m.item, err)
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO move (item, n, at, by, role, verb, channel, was, is_now, detail, prev, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		m.item, n+1, m.at.UnixMicro(), m.who.Name, m.who.Role, m.verb, m.channel, m.was, m.now, m.detail, prev, link(m, n+1, prev))
	if err != nil {
		return fmt.Errorf("append move of %s: %w", m.item, err)
	}
	return nil
}

// link is the hash of a move in its chain.
func link(m moved, n int, prev string) string {
	b, _ := json.Marshal([]any{prev, m.item, n, m.at.UnixMicro(), m.who.Name, m.who.Role, m.verb, m.channel, m.was, m.now, m.detail})
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// show writes what people see of an item, after anything of it or of its copies has changed.
func (l *Ledger) show(ctx context.Context, tx *sql.Tx, id press.ItemID) error {
	var it press.Item
	if err := tx.QueryRowContext(ctx, `SELECT state, head FROM item WHERE id = $1`, id).Scan(&it.State, &it.Head); err != nil {
		return fmt.Errorf("read state of %s: %w", id, err)
	}
	cs, err := l.copies(ctx, tx, id)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE item SET shown = $2 WHERE id = $1 AND shown <> $2`, id, press.Overall(it, cs)); err != nil {
		return fmt.Errorf("show state of %s: %w", id, err)
	}
	return nil
}

// turn is a change of a copy's state.
type turn struct {
	state    press.CopyState
	note     string
	url, ref string // "" leaves what is there
	who      Who
	verb     string
	at       time.Time
}

// turnCopy changes the state of a copy and notes it in the item's history when it is a change.
func (l *Ledger) turnCopy(ctx context.Context, tx *sql.Tx, c press.Copy, t turn) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE copy
		SET state    = $2,
			note     = $3,
			url      = CASE WHEN $4 = '' THEN url ELSE $4 END,
			ref      = CASE WHEN $5 = '' THEN ref ELSE $5 END,
			since_at = CASE WHEN state = $2 THEN since_at ELSE $6 END
		WHERE id = $1`, c.ID, t.state, t.note, t.url, t.ref, t.at.UnixMicro())
	if err != nil {
		return fmt.Errorf("turn copy %d: %w", c.ID, err)
	}
	if c.State == t.state && c.Note == t.note && (t.url == "" || t.url == c.URL) {
		return nil
	}
	if t.state == press.CopyWithdrawn || t.state == press.CopyRefused { // also on a person's word
		if err := l.unindex(ctx, tx, c); err != nil {
			return err
		}
	}
	err = note(ctx, tx, moved{item: c.Item, who: t.who, verb: t.verb, channel: c.Channel,
		was: string(c.State), now: string(t.state), detail: detail(t.note, t.url, t.ref), at: t.at})
	if err != nil {
		return err
	}
	return l.show(ctx, tx, c.Item)
}

func detail(note, url, ref string) string {
	s := note
	for _, more := range []string{url, ref} {
		if more == "" {
			continue
		}
		if s != "" {
			s += " "
		}
		s += more
	}
	return s
}
