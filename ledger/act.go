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
// again. An act of which nothing was begun and which may not be made any more (withdrawn, held, revised) is given up
// here, the last moment at which that is safe. Of the acts on one edition one is in hands at a time, as each would miss what the other does.
func (l *Ledger) Begin(ctx context.Context, channel string, now time.Time, most int) ([]press.Act, error) {
	return l.handOut(ctx, now, `
		SELECT id
		FROM act
		WHERE channel = $1 AND due_at <= $2 AND NOT EXISTS (SELECT 1 FROM channel WHERE name = $1 AND (paused OR restored_to IS NOT NULL))
			AND NOT EXISTS (SELECT 1 FROM act b WHERE b.edition = act.edition AND b.state = 'open' AND b.due_at IS NULL)
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
		WHERE c.item = $1 AND a.due_at <= $2 AND NOT EXISTS (SELECT 1 FROM channel WHERE name = a.channel AND (paused OR restored_to IS NOT NULL))
			AND (a.verb = 'publish' OR EXISTS (SELECT 1 FROM act_copy WHERE act = a.id AND copy = c.id))
			AND NOT EXISTS (SELECT 1 FROM act b WHERE b.edition = a.edition AND b.state = 'open' AND b.due_at IS NULL)
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
				AND (a.verb = 'publish' OR EXISTS (SELECT 1 FROM act_copy WHERE act = a.id AND copy = c.id))
				AND NOT EXISTS (SELECT 1 FROM channel WHERE name = a.channel AND (paused OR restored_to IS NOT NULL)))`, id).Scan(&open)
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
				a, ok, err := l.begin(ctx, tx, id, begun, now)
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

// begin hands out one act. false means that it was given up instead, or has to wait for another one on its edition.
func (l *Ledger) begin(ctx context.Context, tx *sql.Tx, id int64, begun []press.Act, now time.Time) (press.Act, bool, error) {
	a, err := l.act(ctx, tx, id)
	if err != nil {
		return a, false, err
	}
	if slices.ContainsFunc(begun, func(other press.Act) bool { return other.Edition.Key == a.Edition.Key }) {
		return a, false, nil
	}
	var steps int
	err = tx.QueryRowContext(ctx, `
		UPDATE act
		SET due_at = NULL, attempt = attempt + 1
		WHERE id = $1 AND state = 'open'
		RETURNING (SELECT COUNT(*) FROM step WHERE act = $1)`, id).Scan(&steps)
	if errors.Is(err, sql.ErrNoRows) {
		return a, false, nil // it ended with the publication that was given up just before it
	}
	if err != nil {
		return a, false, fmt.Errorf("begin act %d: %w", id, err)
	}
	if a.Verb != press.Publish {
		ok, err := l.beginPublic(ctx, tx, a, steps, now)
		return a, ok, err
	}
	if steps == 0 && !a.Look && a.Edition.Number > 0 { // what it corrects is asked for again too
		if err := l.checkErrata(ctx, tx, a.Edition.Key); err != nil {
			return a, false, err
		}
		if a.Edition.Errata, err = l.errata(ctx, tx, a.Edition.Key); err != nil {
			return a, false, err
		}
		if len(a.Edition.Entries)+len(a.Edition.Errata) == 0 {
			return a, false, l.giveUp(ctx, tx, id, a.Edition.Key, now)
		}
	}
	bad, err := l.unfit(ctx, tx, a.Edition.Key, now)
	if err != nil {
		return a, false, err
	}
	if a.LookOnly = len(bad) > 0; !a.LookOnly && a.Attempt > 0 {
		if a.LookOnly, err = l.settledByHand(ctx, tx, a); err != nil {
			return a, false, err
		}
	}
	if !a.LookOnly {
		return a, true, nil
	}
	if steps > 0 || a.Look {
		return a, true, nil
	}
	return a, false, l.giveUp(ctx, tx, id, a.Edition.Key, now)
}

// settledByHand reports whether a person has settled a part of an edition whose publication is still open: registered the link of what
// was published by hand, or let a copy go to its next generation; or whether it was found out there and adopted. Sending the edition would publish that part twice.
func (l *Ledger) settledByHand(ctx context.Context, q querier, a press.Act) (settled bool, err error) {
	err = q.QueryRowContext(ctx, `
		SELECT EXISTS (
			SELECT 1
			FROM entry e
			JOIN copy c ON c.id = e.copy
			WHERE e.edition = $1 AND (e.claims = 0 OR NOT c.newest OR EXISTS (
				SELECT 1
				FROM move m
				WHERE m.item = c.item AND m.channel = c.channel AND (m.verb = 'retry' AND m.is_now = 'live' OR m.verb = 'adopt') AND m.at >= $2)))`,
		a.Edition.Key, a.Opened.UnixMicro()).Scan(&settled)
	if err != nil {
		return false, fmt.Errorf("read what a person did to %s: %w", a.Edition.Key, err)
	}
	return settled, nil
}

// unfit names the items of an edition that may not go out any more: withdrawn, held, revised, or stopped by a gate. What is out
// already is past asking.
func (l *Ledger) unfit(ctx context.Context, q querier, edition string, now time.Time) ([]string, error) {
	return l.unfitAt(ctx, q, edition, now, now)
}

// unfitAt asks ahead: which may not go out at a moment that is to come.
func (l *Ledger) unfitAt(ctx context.Context, q querier, edition string, at, now time.Time) ([]string, error) {
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
		why, err := l.misfit(ctx, q, press.ItemID(id), edition, at, now)
		if err != nil {
			return nil, err
		}
		if why != "" {
			bad = append(bad, id)
		}
	}
	return bad, nil
}

// misfit is why an item may not go out at a moment in the revision that an edition was composed of, in words; "" when it may, and nobody doubts
// that it is out there already.
func (l *Ledger) misfit(ctx context.Context, q querier, id press.ItemID, edition string, at, now time.Time) (string, error) {
	s, err := l.subject(ctx, q, id, now)
	if err != nil {
		return "", err
	}
	var composed int
	var ready sql.NullInt64
	var doubt string
	var waits Wait
	c := press.Copy{Item: id}
	err = q.QueryRowContext(ctx, `SELECT revision, ready_at, doubt, waits_for, marker, channel, generation FROM copy WHERE item = $1 AND edition = $2`, id, edition).Scan(
		&composed, &ready, &doubt, &waits, &c.Marker, &c.Channel, &c.Generation)
	if err != nil {
		return "", fmt.Errorf("read copy of %s in %s: %w", id, edition, err)
	}
	switch found := press.Check(s); {
	case doubt != "":
		return doubt, nil
	case s.Item.State == press.Withdrawn:
		return "已经撤回", nil
	case waits == unwanted:
		return notWantedHere, nil
	case s.Item.Held:
		return "已暂缓", nil
	case s.Item.Head != composed:
		return fmt.Sprintf("编入的是第%d版，现在是第%d版（%s）", composed, s.Item.Head, s.Item.State.Name()), nil
	case s.Item.State != press.Approved:
		return "不再是已签发（现为" + s.Item.State.Name() + "）", nil
	case press.Stops(found):
		return firstStop(found), nil
	case l.moment(ready).After(at): // it was put off after it had been composed
		return "不早于" + clockTime(l.moment(ready).In(l.rules.Zone)) + "发布", nil
	}
	channel, where, err := l.standsThere(ctx, q, s, c) // a person may have published it meanwhile
	if err != nil || channel == "" {
		return "", err
	}
	return fmt.Sprintf("渠道“%s”上已有同名内容，或者带着这篇稿件的标识（%s），请先查明", channel, where), nil
}

// giveUp ends a publication that is known not to have happened, and lets its copies be composed again. Those that are out all the same,
// or were, keep their claims: a person published them by hand, or they went out before the rest was stopped, or they are being taken back
// to be published anew.
func (l *Ledger) giveUp(ctx context.Context, tx *sql.Tx, act int64, edition string, now time.Time) error {
	ids, err := numbers(ctx, tx, `
		SELECT c.id
		FROM entry e
		JOIN copy c ON c.id = e.copy
		WHERE e.edition = $1 AND e.claims = 1 AND c.state NOT IN ('live', 'verified', 'differs', 'withdrawn') AND c.amending = 0`, edition)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE act SET state = 'done', due_at = NULL WHERE id = $1`, act); err != nil {
		return fmt.Errorf("give up %s: %w", edition, err)
	}
	why := edition + "未发布，已放弃"
	for _, id := range ids {
		if err := l.letGo(ctx, tx, id, edition); err != nil {
			return err
		}
		if err := l.unclaim(ctx, tx, id, why, program(), now); err != nil {
			return err
		}
	}
	if err := l.releaseErrata(ctx, tx, edition); err != nil { // also where a part of it is out, by a person's hand
		return err
	}
	if err := l.endEdition(ctx, tx, edition, now); err != nil {
		return err
	}
	return l.neverBegun(ctx, tx, edition, now)
}

// neverBegun gives back the number of an issue that has failed before a step of it was begun.
func (l *Ledger) neverBegun(ctx context.Context, tx *sql.Tx, key string, now time.Time) error {
	e, err := l.scanEdition(tx.QueryRowContext(ctx, `SELECT `+editionColumns+` FROM edition WHERE key = $1`, key))
	if err != nil {
		return fmt.Errorf("read edition %s: %w", key, err)
	}
	var begun bool
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM act a CROSS JOIN step s ON s.act = a.id WHERE a.edition = $1)`, key).Scan(&begun)
	if err != nil {
		return fmt.Errorf("read steps of %s: %w", key, err)
	}
	if e.State != press.EditionFailed || begun {
		return nil
	}
	return l.giveBack(ctx, tx, e, program(), now)
}

// letGo takes from a copy what it had of an edition: its claim, its places, and a withdrawal that has nothing to withdraw.
func (l *Ledger) letGo(ctx context.Context, tx *sql.Tx, id int64, edition string) error {
	for _, q := range []string{
		`UPDATE entry SET claims = 0 WHERE copy = $1 AND edition = $2`,
		`DELETE FROM place WHERE copy = $1 AND $2 <> ''`,
	} {
		if _, err := tx.ExecContext(ctx, q, id, edition); err != nil {
			return fmt.Errorf("let copy %d of %s go: %w", id, edition, err)
		}
	}
	return l.endWithdrawal(ctx, tx, id, edition)
}

// unclaim makes a copy wait again as if it had never been composed.
func (l *Ledger) unclaim(ctx context.Context, tx *sql.Tx, id int64, why string, who Who, now time.Time) error {
	c, err := l.copyOf(ctx, tx, id)
	if err != nil {
		return err
	}
	forgone, err := l.forgone(ctx, tx, c)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE copy SET edition = NULL, revision = 0, url = '', ref = '', waits_for = '' WHERE id = $1`, id); err != nil {
		return fmt.Errorf("release copy %d: %w", id, err)
	}
	it, err := l.item(ctx, tx, c.Item)
	if err != nil {
		return err
	}
	t := turn{state: press.Waiting, note: why, who: who, verb: "give_up", at: now}
	switch {
	case it.State == press.Withdrawn:
		t.state = press.CopyWithdrawn
	case forgone:
		t.state, t.note = press.CopyWithdrawn, notWantedHere
	}
	if err := l.turnCopy(ctx, tx, c, t); err != nil {
		return err
	}
	switch {
	case t.state == press.CopyWithdrawn: // what waits for it waits for nothing any more
		if err := l.wakeGroup(ctx, tx, c.Item, now); err != nil {
			return err
		}
	case it.Held:
		if _, err := tx.ExecContext(ctx, `UPDATE copy SET waits_for = 'hold', note = '已暂缓' WHERE id = $1`, id); err != nil {
			return fmt.Errorf("hold copy %d back: %w", id, err)
		}
	case it.State == press.Returned:
		if _, err := tx.ExecContext(ctx, `UPDATE copy SET waits_for = 'gate', note = '已退回，修改后重新送审' WHERE id = $1`, id); err != nil {
			return fmt.Errorf("keep copy %d back: %w", id, err)
		}
	case it.State == press.Approved, it.State == press.Submitted:
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
	err := q.QueryRowContext(ctx, `
		SELECT edition, verb, seq, attempt, reason, notice, way, revision, task, look, opened_at
		FROM act
		WHERE id = $1`, id).Scan(
		&edition, &a.Verb, &a.Seq, &a.Attempt, &a.Reason, &a.Notice, &a.Way, &a.Revision, &a.Task, &a.Look, &opened)
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
	for i := range a.Edition.Entries {
		if err := l.given(ctx, q, a, &a.Edition.Entries[i]); err != nil {
			return a, err
		}
	}
	return a, nil
}

// given makes an entry what an act is to have shown: its revision, and the remarks that stand there already with its own.
func (l *Ledger) given(ctx context.Context, q querier, a press.Act, e *press.Entry) (err error) {
	if a.Revision > 0 && a.Revision != e.Revision.Number {
		if e.Revision, err = l.revision(ctx, q, e.Item.ID, a.Revision); err != nil {
			return err
		}
	}
	return l.remark(ctx, q, e, a.ID)
}

// ErrNoEdition is in the error for an edition that the ledger does not know.
var ErrNoEdition = errors.New("no such edition")

const editionColumns = `key, channel, slot_at, seq, year, number, total, title, state, composed_at, name, by_hand, version, issue_at, stopped, proof, supplement, with_index`

func (l *Ledger) scanEdition(row interface{ Scan(...any) error }, more ...any) (press.Edition, error) {
	var e press.Edition
	var slot, composed, issue sql.NullInt64
	err := row.Scan(append([]any{&e.Key, &e.Slot.Channel, &slot, &e.Seq, &e.Year, &e.Number, &e.Total, &e.Title, &e.State, &composed,
		&e.Name, &e.ByHand, &e.Version, &issue, &e.Stopped, &e.Proof, &e.Supplement, &e.WithIndex}, more...)...)
	e.Slot.At, e.Composed, e.IssueAt = l.moment(slot), l.moment(composed), l.moment(issue)
	return e, err
}

// edition reads an edition with its entries, bodies included.
func (l *Ledger) edition(ctx context.Context, q querier, key string) (press.Edition, error) {
	e, err := l.scanEdition(q.QueryRowContext(ctx, `SELECT `+editionColumns+` FROM edition WHERE key = $1`, key))
	if errors.Is(err, sql.ErrNoRows) {
		return e, &press.Trouble{Remedy: press.AskPerson, What: fmt.Sprintf("没有“%s”这一期", key), Do: "请核对期的键，见编辑台的“期次”（tongfa edition list）", Err: ErrNoEdition}
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
	if e.Errata, err = l.errata(ctx, q, key); err != nil || !e.WithIndex {
		return e, err
	}
	e.Index, err = l.indexOf(ctx, q, e)
	return e, err
}

// fill reads the item, the revision, the remarks and the places of an entry.
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
	if err := l.remark(ctx, q, en, 0); err != nil {
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

// Resume makes every act due that an earlier run of the program was in the middle of. Only the holder of the lease calls it.
func (l *Ledger) Resume(ctx context.Context, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE act SET due_at = $1 WHERE state = 'open' AND due_at IS NULL`, now.UnixMicro()); err != nil {
			return fmt.Errorf("resume acts: %w", err)
		}
		_, err := tx.ExecContext(ctx, `
			UPDATE copy
			SET look_at = $1
			WHERE newest AND state IN ('live', 'verified', 'differs') AND (look_at IS NULL OR (state = 'live' AND look_at > $1))`, now.UnixMicro())
		if err != nil {
			return fmt.Errorf("resume looks: %w", err)
		}
		return nil
	})
}
