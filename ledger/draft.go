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

// ErrMoved is in the error of a move that was made looking at a revision which is not the newest any more, or at an item that has changed since (While).
var ErrMoved = errors.New("the item has changed meanwhile")

// Written is a revision as somebody wrote it at the desk.
type Written struct {
	Format string // markdown or html; "" where it was not written but handed in
	Source string
	Notes  []string // what was said when it was taken in
}

func overtaken(it press.Item) error {
	return &press.Trouble{Remedy: press.AskPerson, What: fmt.Sprintf("稿件已经有了第%d版，和您看到的不是同一版，没有执行", it.Head),
		Do: "请看过新的一版再决定", Err: ErrMoved}
}

// seen refuses what was decided on another revision than the newest. "" has seen none, and is not asked.
func seen(ctx context.Context, q querier, it press.Item, digest string) error {
	if digest == "" {
		return nil
	}
	var head string
	if err := q.QueryRowContext(ctx, `SELECT digest FROM revision WHERE item = $1 AND number = $2`, it.ID, it.Head).Scan(&head); err != nil {
		return fmt.Errorf("read digest of %s: %w", it.ID, err)
	}
	if head != digest {
		return overtaken(it)
	}
	return nil
}

// Submit (送审) sends the newest revision to review; digest is that of the revision that was seen. What was signed of the same text counts.
func (l *Ledger) Submit(ctx context.Context, ref, digest string, who Who, now time.Time) (found []press.Finding, err error) {
	err = l.move(ctx, ref, press.Submit, who, now, func(ctx context.Context, tx *sql.Tx, it press.Item, _ press.State) (string, error) {
		return fmt.Sprintf("第%d版", it.Head), seen(ctx, tx, it, digest)
	}, func(ctx context.Context, tx *sql.Tx, it press.Item) error {
		var err error
		found, err = l.assess(ctx, tx, it.ID, now)
		return err
	})
	return found, err
}

// Check says what the gates would say of a filing, and files nothing. What an approval or a waiver was given for counts if it is the same text.
func (l *Ledger) Check(ctx context.Context, f Filing, now time.Time) ([]press.Finding, error) {
	set := l.set.Load()
	s := press.Subject{Item: f.Item, Revision: f.Revision, Steps: l.rules.Steps, OnePerson: l.rules.OnePerson, Limits: l.rules.Limits,
		Calendar: set.calendar, Words: set.words, Now: now.In(l.rules.Zone)}
	if f.ID != "" {
		var err error
		if s, err = l.subject(ctx, l.read, f.ID, now); err != nil {
			return nil, err
		}
		f.Revision.Item, f.Revision.Number, f.Revision.Digest = f.ID, s.Revision.Number, f.Revision.Sum()
		if f.Revision.Digest != s.Revision.Digest {
			f.Revision.Number++
		}
		s.Item.Kind, s.Item.Wants, s.Item.ReleaseAt, s.Item.BelongsWith = f.Item.Kind, f.Item.Wants, f.Item.ReleaseAt, f.Item.BelongsWith
		s.Revision = f.Revision
	}
	return press.Check(s), nil
}

// Reviews are the steps that a revision needs, in their order, and whether one person may give several of them.
func (l *Ledger) Reviews() (steps []press.Step, onePerson bool) {
	return l.reviews(), l.rules.OnePerson
}

// Pile (案头) is one of the piles that editors work through before an item is approved.
type Pile struct {
	State press.State // Draft, Submitted or Returned
	After int64       // the last one of the page before; zero at the beginning
	Limit int
}

// OnDesk is one item of a pile.
type OnDesk struct {
	N         int64
	Item      press.Item
	Title     string
	Digest    string // of its newest revision
	At        time.Time
	By        string           // who wrote the newest revision
	Approvals []press.Approval // of exactly that text
}

// OnDesk lists a pile, oldest first.
func (l *Ledger) OnDesk(ctx context.Context, d Pile) ([]OnDesk, error) {
	if d.Limit <= 0 || d.Limit > mostLines {
		d.Limit = 100
	}
	var query string
	switch d.State {
	case press.Draft:
		query = `SELECT ` + itemColumns + `, i.n, r.title, r.digest, r.at, r.by FROM item i CROSS JOIN revision r ON r.item = i.id AND r.number = i.head WHERE i.state = 'draft' AND i.n > $1 ORDER BY i.n LIMIT $2`
	case press.Returned:
		query = `SELECT ` + itemColumns + `, i.n, r.title, r.digest, r.at, r.by FROM item i CROSS JOIN revision r ON r.item = i.id AND r.number = i.head WHERE i.state = 'returned' AND i.n > $1 ORDER BY i.n LIMIT $2`
	case press.Submitted:
		query = `SELECT ` + itemColumns + `, i.n, r.title, r.digest, r.at, r.by FROM item i CROSS JOIN revision r ON r.item = i.id AND r.number = i.head WHERE i.state = 'submitted' AND i.n > $1 ORDER BY i.n LIMIT $2`
	default:
		return nil, fmt.Errorf("no pile of items that are %s", d.State)
	}
	rows, err := l.read.QueryContext(ctx, query, d.After, d.Limit)
	if err != nil {
		return nil, fmt.Errorf("read pile: %w", err)
	}
	defer rows.Close()
	var out []OnDesk
	for rows.Next() {
		var o OnDesk
		var at sql.NullInt64
		if o.Item, err = l.scanItem(rows, &o.N, &o.Title, &o.Digest, &at, &o.By); err != nil {
			return nil, fmt.Errorf("read pile: %w", err)
		}
		o.At = l.moment(at)
		out = append(out, o)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("read pile: %w", err)
	}
	return out, l.fillSigned(ctx, out)
}

// fillSigned reads what was signed of the newest texts of a pile, for all of it at once.
func (l *Ledger) fillSigned(ctx context.Context, pile []OnDesk) error {
	of := map[press.ItemID]*OnDesk{}
	ids := make([]press.ItemID, len(pile))
	for i := range pile {
		ids[i] = pile[i].Item.ID
		of[ids[i]] = &pile[i]
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return fmt.Errorf("encode ids: %w", err) // unreachable
	}
	rows, err := l.read.QueryContext(ctx, `
		SELECT item, revision, digest, step, by, office, at, pass, ground
		FROM approval
		WHERE item IN (SELECT value FROM json_each($1))
		ORDER BY id`, string(list))
	if err != nil {
		return fmt.Errorf("read approvals: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var a press.Approval
		var at sql.NullInt64
		if err := rows.Scan(&a.Item, &a.Revision, &a.Digest, &a.Step, &a.By, &a.Office, &at, &a.Pass, &a.Ground); err != nil {
			return fmt.Errorf("read approvals: %w", err)
		}
		a.At = l.moment(at)
		if o := of[a.Item]; o.Digest == a.Digest {
			o.Approvals = append(o.Approvals, a)
		}
	}
	return rows.Err()
}

// Writing reads how a revision was written; the zero Written where nobody wrote it at the desk.
func (l *Ledger) Writing(ctx context.Context, id press.ItemID, number int) (w Written, err error) {
	var notes string
	err = l.read.QueryRowContext(ctx, `SELECT format, source, notes FROM written WHERE item = $1 AND number = $2`, id, number).Scan(&w.Format, &w.Source, &notes)
	if errors.Is(err, sql.ErrNoRows) {
		return w, nil
	}
	if err != nil {
		return w, fmt.Errorf("read how %s was written: %w", id, err)
	}
	return w, json.Unmarshal([]byte(notes), &w.Notes)
}

func keepWritten(ctx context.Context, tx *sql.Tx, id press.ItemID, number int, w Written) error {
	if w.Format == "" && len(w.Notes) == 0 {
		return nil
	}
	notes, err := json.Marshal(slices.Concat([]string{}, w.Notes))
	if err != nil {
		return fmt.Errorf("encode notes: %w", err) // unreachable
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO written (item, number, format, source, notes) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		id, number, w.Format, w.Source, string(notes))
	if err != nil {
		return fmt.Errorf("keep how %s was written: %w", id, err)
	}
	return nil
}

// Draw makes the entry of an item on a channel as it would be composed now, from any of its revisions, published or not.
func (l *Ledger) Draw(ctx context.Context, ref, channel string, number int, now time.Time) (press.Entry, error) {
	id, err := find(ctx, l.read, ref)
	if err != nil {
		return press.Entry{}, err
	}
	it, err := l.item(ctx, l.read, id)
	if err != nil {
		return press.Entry{}, err
	}
	if number < 1 || number > it.Head {
		number = it.Head
	}
	en := press.Entry{Item: it, Position: 1, Public: now}
	if en.Revision, err = l.revision(ctx, l.read, id, number); err != nil {
		return en, err
	}
	c, ok, err := l.newest(ctx, l.read, id, channel)
	if err != nil {
		return en, err
	}
	if !ok {
		c = press.Copy{Item: id, Channel: channel, Generation: 1, State: press.NotWanted, Marker: press.Marker(l.id, channel, id, 1)}
	}
	if ok && c.State.Public() { // it stands where it stands, with what is remarked of it
		revision := en.Revision
		if en, err = l.entryOf(ctx, l.read, c.ID); err != nil {
			return en, err
		}
		en.Revision = revision
		if en.Public.IsZero() {
			en.Public = now
		}
		en.Position = max(1, en.Position)
	}
	en.Copy = c
	if en.Links, err = l.links(ctx, l.read, en, press.Edition{}, nil); err != nil {
		return en, err
	}
	return en, nil
}

// Shows reports whether a file belongs to a revision of an item, so that whoever may see the item may see the file.
func (l *Ledger) Shows(ctx context.Context, ref string, digest string) (press.Asset, bool, error) {
	id, err := find(ctx, l.read, ref)
	if err != nil {
		return press.Asset{}, false, err
	}
	it, err := l.item(ctx, l.read, id)
	if err != nil {
		return press.Asset{}, false, err
	}
	for n := it.Head; n > 0; n-- {
		r, err := l.revision(ctx, l.read, id, n)
		if err != nil {
			return press.Asset{}, false, err
		}
		for _, a := range assets(r) {
			if a.Digest == digest {
				return a, true, nil
			}
		}
	}
	return press.Asset{}, false, nil
}
