package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"tongfa/press"
)

// Evidence (证据) is everything that the ledger can prove of one item.
type Evidence struct {
	Ledger string // its id
	Story
	Chain   []Chained // the moves, as they hang together
	Broken  []Broken  // where they do not
	Issued  []Issued  // the editions that its copies went out in
	Steps   []Stepped // what drivers intended and did
	Covered *Covered  // by which daily head, and the proof; nil while none covers it
	Heads   []Head    // from that one to the newest, oldest first
}

// Chained is a move with what it hangs on.
type Chained struct {
	Moved
	Prev string `json:"prev"`
}

// Sum is the hash that a move of an item must have.
func (c Chained) Sum(item press.ItemID) string {
	return link(moved{item: item, who: Who{c.By, press.Role(c.Role)}, verb: c.Verb, channel: c.Channel, was: c.Was, now: c.Now, detail: c.Detail, at: c.At}, c.N, c.Prev)
}

// CheckChain says where the chain of an item does not hold.
func CheckChain(item press.ItemID, chain []Chained) (out []Broken) {
	prev := ""
	for i, c := range chain {
		switch {
		case c.N != i+1 || c.Prev != prev:
			out = append(out, Broken{item, c.N, "前一条流转记录缺失或者被改动"})
		case c.Sum(item) != c.Hash:
			out = append(out, Broken{item, c.N, "这一条流转记录被改动"})
		}
		prev = c.Hash
	}
	return out
}

// Issued is an edition with the place of the item's copy in it.
type Issued struct {
	Key        string             `json:"key"`
	Channel    string             `json:"channel"`
	Generation int                `json:"generation"`
	Slot       time.Time          `json:"slot"`
	Seq        int                `json:"seq"`
	Year       int                `json:"year,omitempty"`
	Number     int                `json:"number,omitempty"`
	Total      int                `json:"total,omitempty"`
	Supplement bool               `json:"supplement,omitempty"`
	Title      string             `json:"title,omitempty"`
	State      press.EditionState `json:"state"`
	Composed   time.Time          `json:"composed"`
	Out        time.Time          `json:"out,omitzero"`
	Section    string             `json:"section,omitempty"`
	Position   int                `json:"position"`
	Public     time.Time          `json:"public"` // the publication time that its page prints
	Claims     bool               `json:"claims"` // false: it was let go
}

// Stepped is a step of an act that cannot be repeated: intended before it, done after it.
type Stepped struct {
	Channel  string     `json:"channel"`
	Edition  string     `json:"edition"`
	Verb     press.Verb `json:"verb"`
	Seq      int        `json:"seq"`
	N        int        `json:"n"`
	Name     string     `json:"name"`
	Intended time.Time  `json:"intended"`
	Done     time.Time  `json:"done,omitzero"`
	Ref      string     `json:"ref,omitempty"`
}

// Evidence reads everything about one item. What happens to it meanwhile is left out whole, or is in it whole.
func (l *Ledger) Evidence(ctx context.Context, ref string, now time.Time) (e Evidence, err error) {
	const tries = 5
	for range tries {
		e = Evidence{Ledger: l.id}
		if err := l.evidence(ctx, ref, now, &e); err != nil {
			return e, err
		}
		var n int
		if err := l.read.QueryRowContext(ctx, `SELECT COALESCE(MAX(n), 0) FROM move WHERE item = $1`, e.Item.ID).Scan(&n); err != nil {
			return e, fmt.Errorf("read chain of %s: %w", e.Item.ID, err)
		}
		if n == len(e.Moves) && n == len(e.Chain) {
			return e, nil
		}
	}
	return e, &press.Trouble{Remedy: press.TryAgain, What: "这篇稿件正在变动，证据没有取成", Do: "请稍后再试"}
}

func (l *Ledger) evidence(ctx context.Context, ref string, now time.Time, e *Evidence) (err error) {
	if e.Chain, err = l.chainOf(ctx, ref); err != nil {
		return err
	}
	if e.Story, err = l.Story(ctx, ref, now); err != nil {
		return err
	}
	id := e.Item.ID
	e.Broken = CheckChain(id, e.Chain)
	if e.Issued, err = l.issued(ctx, id); err != nil {
		return err
	}
	if e.Steps, err = l.stepped(ctx, id); err != nil {
		return err
	}
	if e.Covered, err = l.covering(ctx, id); err != nil || e.Covered == nil {
		return err
	}
	e.Heads, err = l.heads(ctx, `SELECT `+headColumns+` FROM head WHERE n >= $1 ORDER BY n`, e.Covered.Head)
	return err
}

// chainOf reads the chain of one item.
func (l *Ledger) chainOf(ctx context.Context, ref string) ([]Chained, error) {
	id, err := find(ctx, l.read, ref)
	if err != nil {
		return nil, err
	}
	rows, err := l.read.QueryContext(ctx, `
		SELECT n, at, by, role, verb, channel, was, is_now, detail, prev, hash
		FROM move
		WHERE item = $1
		ORDER BY n`, id)
	if err != nil {
		return nil, fmt.Errorf("read chain of %s: %w", id, err)
	}
	defer rows.Close()
	var out []Chained
	for rows.Next() {
		var c Chained
		var at sql.NullInt64
		if err := rows.Scan(&c.N, &at, &c.By, &c.Role, &c.Verb, &c.Channel, &c.Was, &c.Now, &c.Detail, &c.Prev, &c.Hash); err != nil {
			return nil, fmt.Errorf("read chain of %s: %w", id, err)
		}
		c.At = l.moment(at)
		out = append(out, c)
	}
	return out, rows.Err()
}

func (l *Ledger) issued(ctx context.Context, id press.ItemID) ([]Issued, error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT d.key, d.channel, c.generation, d.slot_at, d.seq, d.year, d.number, d.total, d.supplement, d.title, d.state, d.composed_at, d.out_at,
			e.section, e.position, e.public_at, e.claims
		FROM copy c
		CROSS JOIN entry e ON e.copy = c.id
		CROSS JOIN edition d ON d.key = e.edition
		WHERE c.item = $1
		ORDER BY d.composed_at, d.key`, id)
	if err != nil {
		return nil, fmt.Errorf("read editions of %s: %w", id, err)
	}
	defer rows.Close()
	var out []Issued
	for rows.Next() {
		var i Issued
		var slot, composed, outAt, public sql.NullInt64
		err := rows.Scan(&i.Key, &i.Channel, &i.Generation, &slot, &i.Seq, &i.Year, &i.Number, &i.Total, &i.Supplement, &i.Title, &i.State, &composed, &outAt,
			&i.Section, &i.Position, &public, &i.Claims)
		if err != nil {
			return nil, fmt.Errorf("read editions of %s: %w", id, err)
		}
		i.Slot, i.Composed, i.Out, i.Public = l.moment(slot), l.moment(composed), l.moment(outAt), l.moment(public)
		out = append(out, i)
	}
	return out, rows.Err()
}

func (l *Ledger) stepped(ctx context.Context, id press.ItemID) ([]Stepped, error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT a.channel, a.edition, a.verb, a.seq, s.n, s.name, s.intended_at, s.done_at, s.ref
		FROM copy c
		CROSS JOIN entry e ON e.copy = c.id
		CROSS JOIN act a ON a.edition = e.edition
		CROSS JOIN step s ON s.act = a.id
		WHERE c.item = $1 AND (a.verb = 'publish' OR EXISTS (SELECT 1 FROM act_copy WHERE act = a.id AND copy = c.id))
		ORDER BY a.id, s.n`, id)
	if err != nil {
		return nil, fmt.Errorf("read steps of %s: %w", id, err)
	}
	defer rows.Close()
	var out []Stepped
	for rows.Next() {
		var s Stepped
		var intended, done sql.NullInt64
		if err := rows.Scan(&s.Channel, &s.Edition, &s.Verb, &s.Seq, &s.N, &s.Name, &intended, &done, &s.Ref); err != nil {
			return nil, fmt.Errorf("read steps of %s: %w", id, err)
		}
		s.Intended, s.Done = l.moment(intended), l.moment(done)
		out = append(out, s)
	}
	return out, rows.Err()
}
