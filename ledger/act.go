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

// Begin takes up to most acts of a channel that are due. Each is handed out once, until Settle, Resume or a retry makes it due
// again. A publication of which nothing was begun and which may not go out any more (withdrawn, held, revised) is given up
// here, the last moment at which that is safe.
func (l *Ledger) Begin(ctx context.Context, channel string, now time.Time, most int) ([]press.Act, error) {
	return l.handOut(ctx, now, `
		SELECT id
		FROM act
		WHERE channel = $1 AND due_at <= $2 AND NOT EXISTS (SELECT 1 FROM channel WHERE name = $1 AND paused)
		ORDER BY due_at, id
		LIMIT $3`, channel, now.UnixMicro(), most)
}

// BeginItem is Begin for the acts of one item, on every channel that is not paused.
func (l *Ledger) BeginItem(ctx context.Context, ref string, now time.Time) ([]press.Act, error) {
	id, err := find(ctx, l.read, ref)
	if err != nil {
		return nil, err
	}
	return l.handOut(ctx, now, `
		SELECT a.id
		FROM copy c
		JOIN act a ON a.edition = c.edition
		WHERE c.item = $1 AND a.due_at <= $2 AND NOT EXISTS (SELECT 1 FROM channel WHERE name = a.channel AND paused)
			AND (a.verb <> 'withdraw' OR EXISTS (SELECT 1 FROM act_copy WHERE act = a.id AND copy = c.id))
		ORDER BY a.due_at, a.id`, id, now.UnixMicro())
}

// Pending reports whether an act of an item is due or under way, on a channel that is not paused.
func (l *Ledger) Pending(ctx context.Context, ref string) (open bool, err error) {
	id, err := find(ctx, l.read, ref)
	if err != nil {
		return false, err
	}
	err = l.read.QueryRowContext(ctx, `
		SELECT EXISTS (
			SELECT 1
			FROM copy c
			JOIN act a ON a.edition = c.edition
			WHERE c.item = $1 AND a.state = 'open' AND (a.due_at IS NULL OR a.attempt = 0)
				AND NOT EXISTS (SELECT 1 FROM channel WHERE name = a.channel AND paused))`, id).Scan(&open)
	if err != nil {
		return false, fmt.Errorf("read what is under way: %w", err)
	}
	return open, nil
}

// handOut begins the acts that a query names. It asks again while all that it found was given up, so that nothing handed out means
// nothing due. Acts are read in the transaction that hands them out, so that none is handed out to nobody.
func (l *Ledger) handOut(ctx context.Context, now time.Time, query string, args ...any) ([]press.Act, error) {
	due, err := numbers(ctx, l.read, query, args...)
	if err != nil || len(due) == 0 {
		return nil, err // the usual case costs no write
	}
	var begun []press.Act
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		begun = nil
		for len(begun) == 0 {
			due, err := numbers(ctx, tx, query, args...)
			if err != nil || len(due) == 0 {
				return err
			}
			for _, id := range due {
				a, ok, err := l.begin(ctx, tx, id, now)
				if err != nil {
					return err
				}
				if ok {
					begun = append(begun, a)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return begun, nil
}

// begin hands out one act. false means that it was given up instead.
func (l *Ledger) begin(ctx context.Context, tx *sql.Tx, id int64, now time.Time) (press.Act, bool, error) {
	a, err := l.act(ctx, tx, id)
	if err != nil {
		return a, false, err
	}
	var steps int
	err = tx.QueryRowContext(ctx, `
		UPDATE act
		SET due_at = NULL, attempt = attempt + 1
		WHERE id = $1
		RETURNING (SELECT COUNT(*) FROM step WHERE act = $1)`, id).Scan(&steps)
	if err != nil {
		return a, false, fmt.Errorf("begin act %d: %w", id, err)
	}
	if a.Verb != press.Publish {
		return a, true, nil
	}
	bad, err := l.unfit(ctx, tx, a.Edition.Key, now)
	if err != nil || len(bad) == 0 {
		return a, err == nil, err
	}
	a.LookOnly = true
	if steps > 0 {
		return a, true, nil
	}
	return a, false, l.giveUp(ctx, tx, id, a.Edition.Key, now)
}

// unfit names the items of an edition that may not go out any more: withdrawn, held, revised, or stopped by a gate. What is out
// already is past asking.
func (l *Ledger) unfit(ctx context.Context, q querier, edition string, now time.Time) ([]string, error) {
	ids, err := texts(ctx, q, `
		SELECT c.item
		FROM entry e
		JOIN copy c ON c.id = e.copy
		WHERE e.edition = $1 AND e.claims = 1 AND c.state NOT IN ('live', 'verified', 'differs')
		ORDER BY e.position, c.id`, edition)
	if err != nil {
		return nil, err
	}
	var bad []string
	for _, id := range ids {
		fit, err := l.fit(ctx, q, press.ItemID(id), edition, now)
		if err != nil {
			return nil, err
		}
		if !fit {
			bad = append(bad, id)
		}
	}
	return bad, nil
}

// fit asks whether an item may go out in the revision that an edition was composed of.
func (l *Ledger) fit(ctx context.Context, q querier, id press.ItemID, edition string, now time.Time) (bool, error) {
	s, err := l.subject(ctx, q, id, now)
	if err != nil {
		return false, err
	}
	var composed int
	err = q.QueryRowContext(ctx, `SELECT revision FROM copy WHERE item = $1 AND edition = $2`, id, edition).Scan(&composed)
	if err != nil {
		return false, fmt.Errorf("read copy of %s in %s: %w", id, edition, err)
	}
	return s.Item.State == press.Approved && !s.Item.Held && s.Item.Head == composed && !press.Stops(press.Check(s)), nil
}

// giveUp ends a publication that is known not to have happened, and lets its copies be composed again.
func (l *Ledger) giveUp(ctx context.Context, tx *sql.Tx, act int64, edition string, now time.Time) error {
	ids, err := numbers(ctx, tx, `SELECT copy FROM entry WHERE edition = $1 AND claims = 1`, edition)
	if err != nil {
		return err
	}
	for _, q := range []string{
		`UPDATE act SET state = 'done', due_at = NULL WHERE id = $1 AND edition = $2`,
		`UPDATE edition SET state = 'failed' WHERE key = $2 AND $1 > 0`,
		`DELETE FROM place WHERE copy IN (SELECT copy FROM entry WHERE edition = $2 AND claims = 1) AND $1 > 0`,
		`UPDATE entry SET claims = 0 WHERE edition = $2 AND $1 > 0`,
	} {
		if _, err := tx.ExecContext(ctx, q, act, edition); err != nil {
			return fmt.Errorf("give up %s: %w", edition, err)
		}
	}
	for _, id := range ids {
		if err := l.unclaim(ctx, tx, id, edition+"未发布，已放弃", now); err != nil {
			return err
		}
	}
	return nil
}

// unclaim makes a copy wait again as if it had never been composed.
func (l *Ledger) unclaim(ctx context.Context, tx *sql.Tx, id int64, why string, now time.Time) error {
	c, err := l.copyOf(ctx, tx, id)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE copy SET edition = NULL, revision = 0, url = '', ref = '' WHERE id = $1`, id); err != nil {
		return fmt.Errorf("release copy %d: %w", id, err)
	}
	it, err := l.item(ctx, tx, c.Item)
	if err != nil {
		return err
	}
	t := turn{state: press.Waiting, note: why, who: program(), verb: "give_up", at: now}
	if it.State == press.Withdrawn {
		t.state = press.CopyWithdrawn
	}
	if err := l.turnCopy(ctx, tx, c, t); err != nil {
		return err
	}
	if it.State == press.Approved && !it.Held {
		if _, err := l.assess(ctx, tx, c.Item, now); err != nil {
			return err
		}
	}
	return l.show(ctx, tx, c.Item)
}

func numbers(ctx context.Context, q querier, query string, args ...any) ([]int64, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	defer rows.Close()
	var out []int64
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, fmt.Errorf("read: %w", err)
		}
		out = append(out, n)
	}
	return out, rows.Err()
}

// Act reads an act with its edition and everything that a driver needs to make it.
func (l *Ledger) Act(ctx context.Context, id int64) (press.Act, error) { return l.act(ctx, l.read, id) }

func (l *Ledger) act(ctx context.Context, q querier, id int64) (press.Act, error) {
	a := press.Act{ID: id}
	var edition string
	var opened sql.NullInt64
	err := q.QueryRowContext(ctx, `SELECT edition, verb, seq, attempt, reason, notice, opened_at FROM act WHERE id = $1`, id).Scan(
		&edition, &a.Verb, &a.Seq, &a.Attempt, &a.Reason, &a.Notice, &opened)
	if err != nil {
		return a, fmt.Errorf("read act %d: %w", id, err)
	}
	a.Opened = l.moment(opened)
	if a.Edition, err = l.edition(ctx, q, edition); err != nil {
		return a, err
	}
	if a.Verb == press.Publish {
		return a, nil
	}
	only, err := numbers(ctx, q, `SELECT copy FROM act_copy WHERE act = $1`, id)
	if err != nil {
		return a, err
	}
	a.Edition.Entries = slices.DeleteFunc(a.Edition.Entries, func(e press.Entry) bool { return !slices.Contains(only, e.Copy.ID) })
	return a, nil
}

const editionColumns = `key, channel, slot_at, seq, year, number, total, title, state, composed_at`

func (l *Ledger) scanEdition(row interface{ Scan(...any) error }) (press.Edition, error) {
	var e press.Edition
	var slot, composed sql.NullInt64
	err := row.Scan(&e.Key, &e.Slot.Channel, &slot, &e.Seq, &e.Year, &e.Number, &e.Total, &e.Title, &e.State, &composed)
	e.Slot.At, e.Composed = l.moment(slot), l.moment(composed)
	return e, err
}

// edition reads an edition with its entries, bodies included.
func (l *Ledger) edition(ctx context.Context, q querier, key string) (press.Edition, error) {
	e, err := l.scanEdition(q.QueryRowContext(ctx, `SELECT `+editionColumns+` FROM edition WHERE key = $1`, key))
	if errors.Is(err, sql.ErrNoRows) {
		return e, fmt.Errorf("没有“%s”这一期", key)
	}
	if err != nil {
		return e, fmt.Errorf("read edition %s: %w", key, err)
	}
	rows, err := q.QueryContext(ctx, `
		SELECT `+copyColumns+`, e.section, e.position, e.links, e.public_at
		FROM entry e
		JOIN copy c ON c.id = e.copy
		WHERE e.edition = $1
		ORDER BY e.position, c.id`, key)
	if err != nil {
		return e, fmt.Errorf("read entries of %s: %w", key, err)
	}
	for rows.Next() {
		var en press.Entry
		var links []byte
		var public sql.NullInt64
		if en.Copy, err = l.scanCopy(rows, &en.Section, &en.Position, &links, &public); err == nil {
			err = json.Unmarshal(links, &en.Links)
		}
		if err != nil {
			rows.Close()
			return e, fmt.Errorf("read entries of %s: %w", key, err)
		}
		en.Public = l.moment(public)
		e.Entries = append(e.Entries, en)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return e, fmt.Errorf("read entries of %s: %w", key, err)
	}
	for i := range e.Entries {
		if err := l.fill(ctx, q, &e.Entries[i]); err != nil {
			return e, err
		}
	}
	return e, nil
}

// fill reads the item, the revision and the places of an entry.
func (l *Ledger) fill(ctx context.Context, q querier, en *press.Entry) error {
	var err error
	if en.Item, err = l.item(ctx, q, en.Copy.Item); err != nil {
		return err
	}
	number := en.Copy.Revision
	if number == 0 {
		number = en.Item.Head
	}
	if en.Revision, err = l.revision(ctx, q, en.Copy.Item, number); err != nil {
		return err
	}
	en.Places, err = places(ctx, q, en.Copy.ID)
	return err
}

func places(ctx context.Context, q querier, cp int64) (map[string]int64, error) {
	rows, err := q.QueryContext(ctx, `SELECT shelf, position FROM place WHERE copy = $1`, cp)
	if err != nil {
		return nil, fmt.Errorf("read places: %w", err)
	}
	defer rows.Close()
	m := map[string]int64{}
	for rows.Next() {
		var s string
		var p int64
		if err := rows.Scan(&s, &p); err != nil {
			return nil, fmt.Errorf("read places: %w", err)
		}
		m[s] = p
	}
	return m, rows.Err()
}

// Settle records what came of an act: a receipt, or the error of an attempt. It turns the copies, ends the act or says when to
// go on with it.
func (l *Ledger) Settle(ctx context.Context, a press.Act, r press.Receipt, failed error, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		s := &settler{l: l, tx: tx, a: a, now: now}
		if failed != nil {
			return s.failed(ctx, press.TroubleOf(failed))
		}
		return s.receipt(ctx, r, "")
	})
}

type settler struct {
	l   *Ledger
	tx  *sql.Tx
	a   press.Act
	now time.Time
}

func (s *settler) receipt(ctx context.Context, r press.Receipt, code string) error {
	if err := s.append(ctx, r, code); err != nil {
		return err
	}
	var open bool
	if err := s.tx.QueryRowContext(ctx, `SELECT state = 'open' FROM act WHERE id = $1`, s.a.ID).Scan(&open); err != nil {
		return fmt.Errorf("read act %d: %w", s.a.ID, err)
	}
	if !open {
		return nil // a person was quicker, or it is told twice: kept as a receipt, and no more
	}
	if r.Status == press.Absent && s.a.LookOnly {
		return s.l.giveUp(ctx, s.tx, s.a.ID, s.a.Edition.Key, s.now)
	}
	ended := true
	for _, e := range s.a.Edition.Entries {
		p := r.PartOf(e.Copy.ID)
		ended = ended && s.final(p.Status)
		if err := s.turn(ctx, e, p, r.Note); err != nil {
			return err
		}
	}
	if !ended {
		return s.later(ctx, s.again(r))
	}
	return s.end(ctx)
}

// final tells an answer after which nothing is to be asked any more. A withdrawal ends when the copy is gone, and not before.
func (s *settler) final(st press.Status) bool {
	if s.a.Verb == press.Publish {
		return st == press.Live || st == press.Refused || st == press.Gone
	}
	return st == press.Gone
}

// again is when a receipt that is not final is looked at next.
func (s *settler) again(r press.Receipt) time.Time {
	if !r.Again.IsZero() {
		return r.Again
	}
	if r.Status == press.NeedsHand {
		return s.now.Add(time.Hour) // a person may have done it meanwhile
	}
	return s.now.Add(backOff(s.a.Attempt))
}

// backOff grows from a second to half an hour with the attempts before this one.
func backOff(attempt int) time.Duration {
	waits := []time.Duration{time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute}
	return waits[min(max(attempt, 0), len(waits)-1)]
}

// append writes a receipt that differs from the last one.
func (s *settler) append(ctx context.Context, r press.Receipt, code string) error {
	parts, err := json.Marshal(r.Parts)
	if err != nil {
		return fmt.Errorf("encode receipt: %w", err)
	}
	_, err = s.tx.ExecContext(ctx, `
		INSERT INTO receipt (act, at, status, code, ref, url, note, raw, parts)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
		WHERE NOT EXISTS (
			SELECT 1
			FROM (SELECT status, code, ref, url, note, parts FROM receipt WHERE act = $1 ORDER BY id DESC LIMIT 1)
			WHERE status = $3 AND code = $4 AND ref = $5 AND url = $6 AND note = $7 AND parts = $9)`,
		s.a.ID, s.now.UnixMicro(), r.Status, code, r.Ref, r.URL, r.Note, r.Raw, string(parts))
	if err != nil {
		return fmt.Errorf("append receipt: %w", err)
	}
	return nil
}

// turn gives a copy the state that its part of the receipt says.
func (s *settler) turn(ctx context.Context, e press.Entry, p press.Part, whole string) error {
	c, err := s.l.copyOf(ctx, s.tx, e.Copy.ID) // as it is now: a check may have been quicker
	if err != nil {
		return err
	}
	if past, err := s.past(ctx, c); err != nil || past {
		return err
	}
	note := p.Note
	if note == "" {
		note = whole
	}
	t := turn{state: s.stateOf(c, p.Status), note: note, url: p.URL, ref: p.Ref, who: program(), verb: string(s.a.Verb), at: s.now}
	if c.State.Public() && t.state == c.State && s.a.Verb == press.Publish {
		t.note = c.Note // what the others of its edition still wait for is not its own trouble
	}
	if err := s.l.turnCopy(ctx, s.tx, c, t); err != nil {
		return err
	}
	switch {
	case t.state == press.CopyLive && c.State != press.CopyLive:
		return s.l.wentLive(ctx, s.tx, c, s.now)
	case t.state == press.CopyDiffers && !c.State.Public():
		return s.l.lookAgain(ctx, s.tx, c.ID, s.now, 0)
	case t.state == press.CopyWithdrawn:
		return s.wentAway(ctx, c)
	}
	return nil
}

// past tells a copy that the act has nothing to say about any more: withdrawn, or let go to its next generation.
func (s *settler) past(ctx context.Context, c press.Copy) (bool, error) {
	if c.State == press.CopyWithdrawn {
		return true, nil
	}
	var claimed bool
	err := s.tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM entry WHERE edition = $1 AND copy = $2 AND claims = 1)`,
		s.a.Edition.Key, c.ID).Scan(&claimed)
	if err != nil {
		return false, fmt.Errorf("read claim of copy %d: %w", c.ID, err)
	}
	return !claimed, nil
}

func (s *settler) stateOf(c press.Copy, st press.Status) press.CopyState {
	if s.a.Verb == press.Withdraw {
		switch st {
		case press.Gone:
			return press.CopyWithdrawn
		case press.NeedsHand, press.Refused:
			return press.CopyNeedsHand
		}
		return c.State // still as it was, until it is gone
	}
	switch st {
	case press.Gone:
		return press.CopyDiffers
	case press.Refused:
		if c.State.Public() {
			return press.CopyDiffers // taken down after it was out: it keeps its claim, and a person decides
		}
		return press.CopyRefused
	}
	if c.State.Public() {
		return c.State // a later look at what is known to be out does not undo what a check saw
	}
	switch st {
	case press.Live:
		return press.CopyLive
	case press.HandedOver:
		return press.CopyHanded
	case press.CannotTell:
		return press.CopyUnknown
	case press.NeedsHand:
		return press.CopyNeedsHand
	}
	return c.State
}

// wentLive makes a copy that has just become public be looked at, found, and withdrawn again if that was decided meanwhile.
func (l *Ledger) wentLive(ctx context.Context, tx *sql.Tx, c press.Copy, now time.Time) error {
	if err := l.lookAgain(ctx, tx, c.ID, now, 0); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE edition SET out_at = $2 WHERE key = $1 AND out_at IS NULL`, c.Edition, now.UnixMicro())
	if err != nil {
		return fmt.Errorf("note time of %s: %w", c.Edition, err)
	}
	if err := l.index(ctx, tx, c); err != nil {
		return err
	}
	it, err := l.item(ctx, tx, c.Item)
	if err != nil || it.State != press.Withdrawn {
		return err
	}
	return l.openWithdrawal(ctx, tx, c, now)
}

// wentAway ends what is done for a public copy. An item that was revised while its withdrawal was under way goes on with its next
// generation.
func (s *settler) wentAway(ctx context.Context, c press.Copy) error {
	_, err := s.tx.ExecContext(ctx, `UPDATE copy SET look_at = NULL, due_at = NULL WHERE id = $1`, c.ID)
	if err != nil {
		return fmt.Errorf("end looks at copy %d: %w", c.ID, err)
	}
	if err := s.l.unindex(ctx, s.tx, c); err != nil {
		return err
	}
	it, err := s.l.item(ctx, s.tx, c.Item)
	if err != nil || it.State == press.Withdrawn {
		return err
	}
	return s.l.again(ctx, s.tx, c, s.now)
}

func (s *settler) later(ctx context.Context, at time.Time) error {
	if at.Before(s.now) {
		at = s.now
	}
	if _, err := s.tx.ExecContext(ctx, `UPDATE act SET due_at = $2 WHERE id = $1 AND state = 'open'`, s.a.ID, at.UnixMicro()); err != nil {
		return fmt.Errorf("put off act %d: %w", s.a.ID, err)
	}
	return nil
}

// end closes an act of which nothing is open any more.
func (s *settler) end(ctx context.Context) error {
	if _, err := s.tx.ExecContext(ctx, `UPDATE act SET state = 'done', due_at = NULL WHERE id = $1`, s.a.ID); err != nil {
		return fmt.Errorf("end act %d: %w", s.a.ID, err)
	}
	if s.a.Verb != press.Publish {
		return s.l.clearTrouble(ctx, s.tx, s.a.Edition.Slot.Channel)
	}
	// A refused copy is claimed no longer: its next generation may be composed.
	_, err := s.tx.ExecContext(ctx, `
		UPDATE entry
		SET claims = 0
		WHERE edition = $1 AND copy IN (SELECT c.id FROM entry e JOIN copy c ON c.id = e.copy WHERE e.edition = $1 AND c.state = 'refused')`,
		s.a.Edition.Key)
	if err != nil {
		return fmt.Errorf("release claims of %s: %w", s.a.Edition.Key, err)
	}
	return s.l.endEdition(ctx, s.tx, s.a.Edition.Key)
}

// endEdition says of an edition without an open act what became of it: all its entries went out, some, or none.
func (l *Ledger) endEdition(ctx context.Context, tx *sql.Tx, key string) error {
	var channel string
	var out, all int
	err := tx.QueryRowContext(ctx, `
		SELECT d.channel, SUM(e.claims), COUNT(*)
		FROM edition d
		JOIN entry e ON e.edition = d.key
		WHERE d.key = $1
		GROUP BY d.channel`, key).Scan(&channel, &out, &all)
	if err != nil {
		return fmt.Errorf("count entries of %s: %w", key, err)
	}
	state := press.EditionPart
	switch out {
	case 0:
		state = press.EditionFailed
	case all:
		state = press.EditionOut
	}
	if _, err := tx.ExecContext(ctx, `UPDATE edition SET state = $2 WHERE key = $1 AND state = $3`, key, state, press.EditionOpen); err != nil {
		return fmt.Errorf("end edition %s: %w", key, err)
	}
	if out == 0 {
		return nil
	}
	return l.clearTrouble(ctx, tx, channel)
}

// failed records the error of an attempt, by what it asks for.
func (s *settler) failed(ctx context.Context, t *press.Trouble) error {
	if err := s.l.trouble(ctx, s.tx, s.a.Edition.Slot.Channel, t, s.now); err != nil {
		return err
	}
	r := press.Receipt{Note: t.Say(), Raw: t.Raw}
	switch t.Remedy {
	case press.ChangeText:
		r.Status = press.Refused
		return s.receipt(ctx, r, t.Code)
	case press.LookFirst:
		r.Status = press.CannotTell
		r.Again = t.When
		return s.receipt(ctx, r, t.Code)
	case press.AskPerson:
		r.Status = press.NeedsHand
		r.Again = t.When
		if r.Again.IsZero() {
			r.Again = s.now.Add(10 * time.Minute) // nothing was executed: asking again is harmless, and finds out that it was mended
		}
		return s.receipt(ctx, r, t.Code)
	}
	at := t.When
	if at.IsZero() {
		at = s.now.Add(backOff(s.a.Attempt))
	}
	if err := s.append(ctx, press.Receipt{Status: press.PutOff, Note: r.Note, Raw: r.Raw}, t.Code); err != nil {
		return err
	}
	if err := s.say(ctx, fmt.Sprintf("%s；%s再试", t.Say(), clockTime(at.In(s.l.rules.Zone)))); err != nil {
		return err
	}
	return s.later(ctx, at)
}

// say puts a note on the copies of an act without turning them: nothing was executed.
func (s *settler) say(ctx context.Context, text string) error {
	for _, e := range s.a.Edition.Entries {
		c, err := s.l.copyOf(ctx, s.tx, e.Copy.ID)
		if err != nil {
			return err
		}
		t := turn{state: c.State, note: text, who: program(), verb: string(s.a.Verb), at: s.now}
		if err := s.l.turnCopy(ctx, s.tx, c, t); err != nil {
			return err
		}
	}
	return nil
}

// Resume makes every act due that an earlier run of the program was in the middle of. Only the holder of the lease calls it.
func (l *Ledger) Resume(ctx context.Context, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE act SET due_at = $1 WHERE state = 'open' AND due_at IS NULL`, now.UnixMicro()); err != nil {
			return fmt.Errorf("resume acts: %w", err)
		}
		_, err := tx.ExecContext(ctx, `
			UPDATE copy
			SET look_at = $1
			WHERE (state = 'live' AND (look_at IS NULL OR look_at > $1)) OR (look_at IS NULL AND state IN ('verified', 'differs'))`, now.UnixMicro())
		if err != nil {
			return fmt.Errorf("resume looks: %w", err)
		}
		return nil
	})
}
