package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tongfa/press"
)

// mostComposed bounds one transaction, so that a thousand items due in the same second do not keep the others from the ledger.
const mostComposed = 50

// mostWhole bounds it where everything that is ready goes into one edition, which must not be cut.
const mostWhole = 5000

// Compose claims what is ready for a channel and closes it into editions. For a channel with slots, at is the slot, and what
// became ready after it is left to the next one; otherwise at is now. Approvals, gates, prerequisites and groups are asked
// again here, at the moment of release. It costs the same however many items wait.
func (l *Ledger) Compose(ctx context.Context, p press.Plan, at, now time.Time) (press.Composed, error) {
	var out press.Composed
	var due bool
	err := l.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM copy WHERE channel = $1 AND due_at <= $2 AND ready_at <= $3)
			AND NOT EXISTS (SELECT 1 FROM channel WHERE name = $1 AND restored_to IS NOT NULL)`,
		p.Channel, now.UnixMicro(), at.UnixMicro()).Scan(&due)
	if err != nil {
		return out, fmt.Errorf("read what is due on %s: %w", p.Channel, err)
	}
	if !due {
		return out, nil // the usual case costs no write
	}
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		out = press.Composed{}
		c := &composer{l: l, tx: tx, q: tx, p: p, at: at, now: now, out: &out, taken: map[press.ItemID]bool{}}
		return c.run(ctx)
	})
	return out, err
}

type composer struct {
	l       *Ledger
	tx      *sql.Tx
	q       querier // tx, or the read pool where it is only asked
	p       press.Plan
	at, now time.Time
	ahead   bool // people compose for a later moment: what must be verified first is asked when it has come
	out     *press.Composed
	taken   map[press.ItemID]bool
}

// unit is what must go out together: one copy, or those of a group.
type unit struct {
	entries []press.Entry
	due     time.Time // the moment at which it should have gone out
}

func (c *composer) run(ctx context.Context) error {
	most := mostComposed
	switch {
	case c.p.Max == 0:
		most = mostWhole
	case c.p.Max < most:
		most -= most % c.p.Max // what is ready fills its editions, as far as nothing is held back
	}
	due, err := c.due(ctx, most)
	if err != nil {
		return err
	}
	if err := c.noTimetable(ctx); err != nil {
		return err
	}
	c.out.More = len(due) == most
	var units []unit
	for _, d := range due {
		if c.taken[d.item] {
			continue
		}
		u, err := c.weigh(ctx, d)
		if err != nil {
			return err
		}
		if len(u.entries) > 0 {
			units = append(units, u)
		}
	}
	editions, err := c.fill(ctx, c.pack(units))
	if err != nil {
		return err
	}
	for _, us := range editions {
		if err := c.close(ctx, us); err != nil {
			return err
		}
	}
	return nil
}

// fill keeps the last edition of a slot open while it has room and another copy of the slot will be ready in a moment. Each page elsewhere is
// verified at its own instant, and readers would get a message for each article, or the account would have none left for the second one today.
// Its copies stay due, so that the next call finds them; when nothing is under way any more, or at Plan.Until, they go out as they are.
func (c *composer) fill(ctx context.Context, editions [][]unit) ([][]unit, error) {
	last := len(editions) - 1
	if last < 0 || c.out.More || !c.p.Slots || c.p.Max == 1 || !c.p.Until.After(c.now) {
		return editions, nil
	}
	size := 0
	for _, u := range editions[last] {
		size += len(u.entries)
	}
	if c.p.Max > 0 && size >= c.p.Max {
		return editions, nil
	}
	for _, before := range c.p.After {
		soon, err := c.underWay(ctx, before)
		if err != nil {
			return nil, err
		}
		if soon {
			return editions[:last], nil
		}
	}
	return editions, nil
}

// mostAwaited bounds how many of the copies that wait for their page are asked after; the newest ones first, as the oldest may wait for long.
const mostAwaited = 200

// underWay reports whether a channel is making, or about to verify, the page of a copy that waits for it and is of the slot.
func (c *composer) underWay(ctx context.Context, before string) (soon bool, err error) {
	err = c.tx.QueryRowContext(ctx, `
		SELECT EXISTS (
			SELECT 1
			FROM (SELECT item_n FROM copy WHERE channel = $1 AND waits_for = 'after' AND ready_at <= $2 ORDER BY ready_at DESC LIMIT $5) few
			CROSS JOIN copy b ON b.channel = $3 AND b.item_n = few.item_n AND b.newest
			WHERE NOT EXISTS (SELECT 1 FROM channel WHERE name = $3 AND (paused OR restored_to IS NOT NULL)) AND (
				b.state = 'waiting' AND b.due_at <= $4
				OR b.state = 'live'
				OR EXISTS (
					SELECT 1
					FROM act a
					WHERE a.edition = b.edition AND a.state = 'open' AND (a.due_at <= $4 OR a.due_at IS NULL AND b.state NOT IN ('needs_hand', 'refused')))))`,
		c.p.Channel, c.at.UnixMicro(), before, c.p.Until.UnixMicro(), mostAwaited).Scan(&soon)
	if err != nil {
		return false, fmt.Errorf("read what is under way on %s: %w", before, err)
	}
	return soon, nil
}

// noTimetable forgets the timetable that a channel had before the configuration was changed, so that nothing is measured by it any more.
func (c *composer) noTimetable(ctx context.Context) error {
	if c.p.Slots {
		return nil
	}
	if _, err := c.tx.ExecContext(ctx, `DELETE FROM timetable WHERE channel = $1`, c.p.Channel); err != nil {
		return fmt.Errorf("forget timetable of %s: %w", c.p.Channel, err)
	}
	return nil
}

type dueCopy struct {
	id   int64
	item press.ItemID
	due  time.Time
}

func (c *composer) due(ctx context.Context, most int) ([]dueCopy, error) {
	rows, err := c.tx.QueryContext(ctx, `
		SELECT id, item, due_at
		FROM copy
		WHERE channel = $1 AND due_at <= $2 AND ready_at <= $3
		ORDER BY due_at, id
		LIMIT $4`, c.p.Channel, c.now.UnixMicro(), c.at.UnixMicro(), most)
	if err != nil {
		return nil, fmt.Errorf("read what is due: %w", err)
	}
	defer rows.Close()
	var out []dueCopy
	for rows.Next() {
		var d dueCopy
		var at sql.NullInt64
		if err := rows.Scan(&d.id, &d.item, &at); err != nil {
			return nil, fmt.Errorf("read what is due: %w", err)
		}
		d.due = c.l.moment(at)
		out = append(out, d)
	}
	return out, rows.Err()
}

// wait is why a copy cannot go out yet.
type wait struct {
	kind  string // after, group, gate, hold
	note  string
	until time.Time // when to ask again; zero: when something happens
}

// weigh decides on a copy that is due: the unit it goes out in, or an empty one if it has to wait.
func (c *composer) weigh(ctx context.Context, d dueCopy) (unit, error) {
	g, err := c.l.group(ctx, c.tx, d.item)
	if err != nil {
		return unit{}, err
	}
	u := unit{due: d.due}
	var why *wait
	if len(g.missing) > 0 {
		why = &wait{kind: "group", note: "须与“" + strings.Join(g.missing, "、") + "”同时发布，等待其报送"}
	}
	for i, m := range g.members {
		if why != nil {
			break
		}
		e, w, err := c.member(ctx, m, i == 0)
		if err != nil {
			return unit{}, err
		}
		why = w
		if e != nil {
			u.entries = append(u.entries, *e)
		}
		if i == 0 && e == nil && w == nil {
			why = &wait{} // nothing of this item is to go out here any more
		}
	}
	if why != nil {
		return unit{}, c.postpone(ctx, d, *why)
	}
	for _, e := range u.entries {
		c.taken[e.Item.ID] = true
	}
	slices.SortStableFunc(u.entries, func(a, b press.Entry) int { return cmp.Compare(a.Copy.ID, b.Copy.ID) })
	return u, nil
}

// member looks at one member of a group: an entry when it goes out now, nothing when it does not concern this channel,
// or why it has to wait. first is the copy that is due itself.
func (c *composer) member(ctx context.Context, id press.ItemID, first bool) (*press.Entry, *wait, error) {
	cp, wanted, err := c.l.newest(ctx, c.q, id, c.p.Channel)
	if err != nil {
		return nil, nil, err
	}
	if !wanted || cp.State != press.Waiting {
		return nil, nil, nil // not wanted here, or out already
	}
	if cp.Edition != "" {
		w, err := c.inHand(ctx, id, cp, first)
		return nil, w, err
	}
	s, err := c.l.subject(ctx, c.q, id, c.now)
	if err != nil {
		return nil, nil, err
	}
	if s.Item.State == press.Withdrawn {
		return nil, nil, nil
	}
	if w := c.ready(s.Item, cp, first); w != nil {
		return nil, w, nil
	}
	if !c.ahead {
		if w, err := c.after(ctx, s.Item); w != nil || err != nil {
			return nil, w, err
		}
	}
	if found := press.Check(s); press.Stops(found) {
		return nil, &wait{kind: "gate", note: firstStop(found)}, nil
	}
	if w, err := c.doubted(ctx, s, cp); w != nil || err != nil {
		return nil, w, err
	}
	cp.Revision = s.Revision.Number
	return &press.Entry{Copy: cp, Item: s.Item, Revision: s.Revision, Public: c.now}, nil, nil
}

// inHand is why the others of a group must not go out by themselves: people have one of them in an edition that is not issued. Anything else that is
// claimed was so a moment ago, and is on its way.
func (c *composer) inHand(ctx context.Context, id press.ItemID, cp press.Copy, first bool) (*wait, error) {
	if first {
		return nil, nil
	}
	var state press.EditionState
	if err := c.q.QueryRowContext(ctx, `SELECT state FROM edition WHERE key = $1`, cp.Edition).Scan(&state); err != nil {
		return nil, fmt.Errorf("read edition %s: %w", cp.Edition, err)
	}
	if state != press.EditionPlanned && state != press.EditionFrozen {
		return nil, nil
	}
	return &wait{kind: "group", note: "须同时发布的“" + string(id) + "”已编入" + cp.Edition + "，请一并编入，或者把它移出"}, nil
}

func (c *composer) ready(it press.Item, cp press.Copy, first bool) *wait {
	kind, held, whose := "gate", "hold", ""
	if !first {
		kind, held, whose = "group", "group", "同时发布的“"+string(it.ID)+"”"
	}
	switch {
	case it.State != press.Approved:
		return &wait{kind: kind, note: whose + "尚未签发"}
	case it.Held:
		return &wait{kind: held, note: whose + "已暂缓"}
	case cp.ReadyAt.After(c.at):
		return &wait{kind: kind, note: whose + "定于" + clockTime(cp.ReadyAt) + "发布", until: cp.ReadyAt}
	}
	return nil
}

// after asks whether the copies on the channels before this one have been verified, in the text that is approved by now or
// in the older one that a person left there.
func (c *composer) after(ctx context.Context, it press.Item) (*wait, error) {
	for _, before := range c.p.After {
		cp, wanted, err := c.l.newest(ctx, c.q, it.ID, before)
		if err != nil {
			return nil, err
		}
		if wanted && cp.State.Public() && (cp.Amending > 0 || cp.Behind(it) != "") {
			return &wait{kind: "after", note: fmt.Sprintf("等待“%s”先更正为第%d版", before, it.Head)}, nil
		}
		if wanted && cp.State != press.CopyVerified && cp.State != press.CopyWithdrawn {
			return &wait{kind: "after", note: fmt.Sprintf("等待“%s”先核验（现为%s）", before, cp.State.Name())}, nil
		}
	}
	return nil, nil
}

func firstStop(found []press.Finding) string {
	for _, f := range found {
		if f.Severity == press.Stop {
			return f.Message
		}
	}
	return ""
}

// postpone takes a copy out of what is due. The moment to ask again is after now, so that one pass never meets it twice.
func (c *composer) postpone(ctx context.Context, d dueCopy, w wait) error {
	c.out.Held++
	c.taken[d.item] = true
	if !w.until.IsZero() && !w.until.After(c.now) {
		w.until = c.now.Add(time.Millisecond)
	}
	_, err := c.tx.ExecContext(ctx, `UPDATE copy SET due_at = $2, waits_for = $3, note = $4 WHERE id = $1`,
		d.id, micros(w.until), w.kind, w.note)
	if err != nil {
		return fmt.Errorf("postpone copy %d: %w", d.id, err)
	}
	return c.l.show(ctx, c.tx, d.item)
}

// pack lays units into editions of at most Max entries.
func (c *composer) pack(units []unit) [][]unit {
	if c.p.Max == 0 {
		if len(units) == 0 {
			return nil
		}
		return [][]unit{units}
	}
	var out [][]unit
	size := 0
	for _, u := range units {
		for _, part := range c.split(u) {
			if len(out) == 0 || size+len(part.entries) > c.p.Max {
				out, size = append(out, nil), 0
			}
			out[len(out)-1] = append(out[len(out)-1], part)
			size += len(part.entries)
		}
	}
	return out
}

// split divides a group that one edition cannot hold.
func (c *composer) split(u unit) []unit {
	if c.p.Whole || len(u.entries) <= c.p.Max {
		return []unit{u}
	}
	var out []unit
	for part := range slices.Chunk(u.entries, c.p.Max) {
		out = append(out, unit{part, u.due})
	}
	return out
}

// close makes one edition of units: key, number, sections, links, places, and the act that puts it out.
func (c *composer) close(ctx context.Context, units []unit) error {
	e := press.Edition{Slot: press.Slot{Channel: c.p.Channel, At: c.at}, Composed: c.now, State: press.EditionOpen}
	for _, u := range units {
		e.Entries = append(e.Entries, u.entries...)
		if !c.p.Slots && (len(e.Entries) == len(u.entries) || u.due.After(e.Slot.At)) {
			e.Slot.At = u.due
		}
	}
	if c.p.Issues != nil {
		e.State = press.EditionPlanned
	}
	var err error
	if e.Seq, err = c.l.nextSeq(ctx, c.tx, e.Slot); err != nil {
		return err
	}
	e.Key = press.EditionKey(e.Slot, e.Seq)
	e = c.arrange(e)
	if err := c.l.addEdition(ctx, c.tx, e); err != nil {
		return err
	}
	if err := c.claim(ctx, e); err != nil {
		return err
	}
	c.out.Editions = append(c.out.Editions, e.Key)
	if c.p.Issues == nil {
		return c.l.openAct(ctx, c.tx, e, press.Publish, c.now)
	}
	if !c.p.Issues.Auto {
		return nil
	}
	if _, err := c.l.freeze(ctx, c.tx, c.p, e.Key, Edit{}, c.now); err != nil {
		return err
	}
	return c.l.issue(ctx, c.tx, c.p, e.Key, c.now)
}

func (c *composer) arrange(e press.Edition) press.Edition {
	for i := range e.Entries {
		e.Entries[i].Position = i + 1
	}
	if c.p.Arrange != nil {
		e = c.p.Arrange(e)
	}
	return e
}

// nextSeq counts within the second, because a key tells the seconds of its slot and no less. The key of an edition that was moved away is not given
// to another one, as the record tells what was done to it under that key.
func (l *Ledger) nextSeq(ctx context.Context, tx *sql.Tx, s press.Slot) (int, error) {
	var seq sql.NullInt64
	second := time.Unix(s.At.Unix(), 0)
	err := tx.QueryRowContext(ctx, `SELECT MAX(seq) FROM edition WHERE channel = $1 AND slot_at >= $2 AND slot_at < $3`,
		s.Channel, second.UnixMicro(), second.Add(time.Second).UnixMicro()).Scan(&seq)
	if err != nil {
		return 0, fmt.Errorf("count editions: %w", err)
	}
	for n := int(seq.Int64) + 1; ; n++ {
		var known bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM deed WHERE about = $1 AND about <> '')`, press.EditionKey(s, n)).Scan(&known); err != nil {
			return 0, fmt.Errorf("count editions: %w", err)
		}
		if !known {
			return n, nil
		}
	}
}

func (l *Ledger) addEdition(ctx context.Context, tx *sql.Tx, e press.Edition) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO edition (key, channel, slot_at, seq, title, state, composed_at, name, by_hand, version, supplement, with_index)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		e.Key, e.Slot.Channel, e.Slot.At.UnixMicro(), e.Seq, e.Title, e.State, e.Composed.UnixMicro(), e.Name, e.ByHand, e.Version, e.Supplement, e.WithIndex)
	if err != nil {
		return fmt.Errorf("add edition %s: %w", e.Key, err)
	}
	return nil
}

// claim binds the copies to the edition. The index on entry refuses a copy that another edition has.
func (c *composer) claim(ctx context.Context, e press.Edition) error {
	for _, en := range e.Entries {
		if err := c.l.addEntry(ctx, c.tx, e, en, program()); err != nil {
			return err
		}
	}
	if c.p.Issues != nil {
		return nil // links and places come when the issue is frozen
	}
	return c.l.settlePlaces(ctx, c.tx, c.p, e)
}

func (l *Ledger) addEntry(ctx context.Context, tx *sql.Tx, e press.Edition, en press.Entry, who Who) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO entry (edition, copy, section, position, public_at)
		VALUES ($1, $2, $3, $4, $5)`, e.Key, en.Copy.ID, en.Section, en.Position, e.Composed.UnixMicro())
	if err != nil {
		return fmt.Errorf("claim copy %d for %s: %w", en.Copy.ID, e.Key, err)
	}
	res, err := tx.ExecContext(ctx, `
		UPDATE copy
		SET edition = $2, revision = $3, due_at = NULL, waits_for = '', note = ''
		WHERE id = $1 AND state = 'waiting' AND edition IS NULL`, en.Copy.ID, e.Key, en.Revision.Number)
	if err != nil {
		return fmt.Errorf("claim copy %d: %w", en.Copy.ID, err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return fmt.Errorf("claim copy %d for %s: it does not wait", en.Copy.ID, e.Key) // unreachable unless program bug
	}
	err = note(ctx, tx, moved{item: en.Item.ID, who: who, verb: "compose", channel: en.Copy.Channel,
		was: string(press.Waiting), now: string(press.Waiting), detail: e.Key, at: e.Composed})
	if err != nil {
		return err
	}
	return l.show(ctx, tx, en.Item.ID)
}

// settlePlaces gives each entry its links and its position on every list it will be shown on.
func (l *Ledger) settlePlaces(ctx context.Context, tx *sql.Tx, p press.Plan, e press.Edition) error {
	for _, en := range e.Entries {
		links, err := l.links(ctx, tx, en, e, p.Address)
		if err != nil {
			return err
		}
		b, err := json.Marshal(links)
		if err != nil {
			return fmt.Errorf("encode links: %w", err)
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE entry
			SET links = $3, section = $4, position = $5, public_at = $6
			WHERE edition = $1 AND copy = $2`,
			e.Key, en.Copy.ID, string(b), en.Section, en.Position, en.Public.UnixMicro())
		if err != nil {
			return fmt.Errorf("store links: %w", err)
		}
		if p.Shelves == nil {
			continue
		}
		for _, s := range p.Shelves(en) {
			if err := l.shelve(ctx, tx, en.Copy, s); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *Ledger) shelve(ctx context.Context, tx *sql.Tx, c press.Copy, s press.Shelf) error {
	err := tx.QueryRowContext(ctx, `
		INSERT INTO shelf (channel, name, top) VALUES ($1, $2, MAX(1, $3))
		ON CONFLICT (channel, name) DO UPDATE SET top = CASE WHEN $3 = 0 THEN top + 1 ELSE MAX(top, $3) END
		RETURNING CASE WHEN $3 = 0 THEN top ELSE $3 END`, c.Channel, s.Name, s.Position).Scan(&s.Position)
	if err != nil {
		return fmt.Errorf("find place on %s: %w", s.Name, err)
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO place (channel, shelf, position, copy)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (channel, shelf, position) DO UPDATE SET copy = $4`, c.Channel, s.Name, s.Position, c.ID)
	if err != nil {
		return fmt.Errorf("place on %s: %w", s.Name, err)
	}
	return nil
}

// openAct opens an act on an edition, due at once. On a channel that was not surveyed since a restore it looks first: it may have been made before.
func (l *Ledger) openAct(ctx context.Context, tx *sql.Tx, e press.Edition, v press.Verb, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO act (channel, edition, verb, seq, state, opened_at, due_at, look)
		SELECT $1, $2, $3, COALESCE(MAX(seq), 0) + 1, 'open', $4, $4, EXISTS (SELECT 1 FROM channel WHERE name = $1 AND restored_to IS NOT NULL)
		FROM act
		WHERE edition = $2 AND verb = $3`, e.Slot.Channel, e.Key, v, now.UnixMicro())
	if err != nil {
		return fmt.Errorf("open act on %s: %w", e.Key, err)
	}
	return nil
}
