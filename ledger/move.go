package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tongfa/press"
)

// assess asks the gates about the newest revision. A submitted item without a stop is approved; what it says is also what
// releasing it asks again.
func (l *Ledger) assess(ctx context.Context, tx *sql.Tx, id press.ItemID, now time.Time) ([]press.Finding, error) {
	s, err := l.subject(ctx, tx, id, now)
	if err != nil {
		return nil, err
	}
	found := press.Check(s)
	if press.Stops(found) {
		if err := l.block(ctx, tx, id, found); err != nil {
			return found, err
		}
		return found, l.wakeOthers(ctx, tx, id, now) // it may have been dropped from a channel that they wait for it on
	}
	if s.Item.State == press.Submitted {
		to, err := s.Item.State.Move(press.Approve, press.System)
		if err != nil {
			return nil, err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE item SET state = $2 WHERE id = $1`, id, to); err != nil {
			return nil, fmt.Errorf("approve %s: %w", id, err)
		}
		err = note(ctx, tx, moved{item: id, who: program(), verb: string(press.Approve), was: string(s.Item.State), now: string(to),
			detail: fmt.Sprintf("第%d版 %s", s.Revision.Number, s.Revision.Digest), at: now})
		if err != nil {
			return nil, err
		}
		if err := l.registerItem(ctx, tx, s, now); err != nil {
			return nil, err
		}
	}
	return found, l.wakeGroup(ctx, tx, id, now)
}

// block says on every waiting copy what the item is stopped by. Of one that a person keeps back, that is what it says.
func (l *Ledger) block(ctx context.Context, tx *sql.Tx, id press.ItemID, found []press.Finding) error {
	var first string
	stops := 0
	for _, f := range found {
		if f.Severity == press.Stop {
			if stops++; stops == 1 {
				first = f.Message
			}
		}
	}
	if stops > 1 {
		first = fmt.Sprintf("%s（共%d项未通过）", first, stops)
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE copy
		SET due_at = NULL, waits_for = 'gate', note = $2
		WHERE item = $1 AND state = 'waiting' AND edition IS NULL AND NOT EXISTS (SELECT 1 FROM item WHERE id = $1 AND held)`, id, first)
	if err != nil {
		return fmt.Errorf("block %s: %w", id, err)
	}
	return nil
}

// subject is everything the gates look at.
func (l *Ledger) subject(ctx context.Context, q querier, id press.ItemID, now time.Time) (press.Subject, error) {
	set := l.set.Load()
	s := press.Subject{Steps: l.rules.Steps, OnePerson: l.rules.OnePerson, Limits: l.rules.Limits, Calendar: set.calendar, Words: set.words, Now: now.In(l.rules.Zone)}
	var err error
	if s.Item, err = l.item(ctx, q, id); err != nil {
		return s, err
	}
	if s.Revision, err = l.revision(ctx, q, id, s.Item.Head); err != nil {
		return s, err
	}
	if s.Approvals, err = l.approvals(ctx, q, id); err != nil {
		return s, err
	}
	if s.Waivers, err = l.waivers(ctx, q, id); err != nil {
		return s, err
	}
	var first sql.NullInt64
	if err := q.QueryRowContext(ctx, `SELECT MIN(first_at) FROM copy WHERE item = $1`, id).Scan(&first); err != nil {
		return s, fmt.Errorf("read first public time of %s: %w", id, err)
	}
	s.FirstSeen = l.moment(first)
	return s, nil
}

func (l *Ledger) approvals(ctx context.Context, q querier, id press.ItemID) ([]press.Approval, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT revision, digest, step, by, office, at, pass, ground, recorded_by
		FROM approval
		WHERE item = $1
		ORDER BY id`, id)
	if err != nil {
		return nil, fmt.Errorf("read approvals: %w", err)
	}
	defer rows.Close()
	var out []press.Approval
	for rows.Next() {
		a := press.Approval{Item: id}
		var at sql.NullInt64
		if err := rows.Scan(&a.Revision, &a.Digest, &a.Step, &a.By, &a.Office, &at, &a.Pass, &a.Ground, &a.RecordedBy); err != nil {
			return nil, fmt.Errorf("read approvals: %w", err)
		}
		a.At = l.moment(at)
		out = append(out, a)
	}
	return out, rows.Err()
}

func (l *Ledger) waivers(ctx context.Context, q querier, id press.ItemID) ([]press.Waiver, error) {
	rows, err := q.QueryContext(ctx, `SELECT revision, rule, by, reason, at FROM waiver WHERE item = $1`, id)
	if err != nil {
		return nil, fmt.Errorf("read waivers: %w", err)
	}
	defer rows.Close()
	var out []press.Waiver
	for rows.Next() {
		w := press.Waiver{Item: id}
		var at sql.NullInt64
		if err := rows.Scan(&w.Revision, &w.Rule, &w.By, &w.Reason, &at); err != nil {
			return nil, fmt.Errorf("read waivers: %w", err)
		}
		w.At = l.moment(at)
		out = append(out, w)
	}
	return out, rows.Err()
}

func addApproval(ctx context.Context, tx *sql.Tx, a press.Approval) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO approval (item, revision, digest, step, by, office, at, pass, ground, recorded_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT DO NOTHING`,
		a.Item, a.Revision, a.Digest, a.Step, a.By, a.Office, a.At.UnixMicro(), a.Pass, a.Ground, a.RecordedBy)
	if err != nil {
		return fmt.Errorf("store approval: %w", err)
	}
	return nil
}

// Sign records one person's word on the newest revision; with a digest, on exactly that one. A no returns the item. The last missing yes approves it.
func (l *Ledger) Sign(ctx context.Context, ref string, a press.Approval, who Who, now time.Time) (found []press.Finding, err error) {
	if steps := l.reviews(); !slices.Contains(steps, a.Step) {
		return nil, fmt.Errorf("没有叫“%.40s”的审签环节，可用的有：%s", a.Step, strings.Trim(fmt.Sprint(steps), "[]"))
	}
	if strings.TrimSpace(a.By) == "" {
		return nil, errors.New("审签必须写明审签人")
	}
	err = l.move(ctx, ref, press.Sign, who, now, func(ctx context.Context, tx *sql.Tx, it press.Item, to press.State) (string, error) {
		var digest string
		err := tx.QueryRowContext(ctx, `SELECT digest FROM revision WHERE item = $1 AND number = $2`, it.ID, it.Head).Scan(&digest)
		if err != nil {
			return "", fmt.Errorf("read digest of %s: %w", it.ID, err)
		}
		if a.Digest != "" && a.Digest != digest {
			return "", overtaken(it)
		}
		a.Item, a.Revision, a.Digest, a.RecordedBy = it.ID, it.Head, digest, who.Name
		if a.At.IsZero() {
			a.At = now
		}
		if err := addApproval(ctx, tx, a); err != nil {
			return "", err
		}
		if !a.Pass {
			why := a.Step.Name() + "未通过：" + a.Ground
			if err := l.block(ctx, tx, it.ID, []press.Finding{{Severity: press.Stop, Message: why}}); err != nil {
				return "", err
			}
			return why, l.setState(ctx, tx, it.ID, press.Returned)
		}
		return a.Step.Name() + "通过", nil
	}, func(ctx context.Context, tx *sql.Tx, it press.Item) error {
		var err error
		if a.Pass {
			found, err = l.assess(ctx, tx, it.ID, now)
		}
		return err
	})
	return found, err
}

// reviews are the steps in which somebody can give a word.
func (l *Ledger) reviews() []press.Step {
	if l.rules.Steps == nil {
		return []press.Step{press.SecrecyReview, press.FirstReview, press.SecondReview, press.FinalReview}
	}
	return append([]press.Step{press.SecrecyReview}, l.rules.Steps...)
}

// Waive lets one waivable finding of the newest revision pass, with a reason.
func (l *Ledger) Waive(ctx context.Context, ref string, rule press.Rule, reason string, who Who, now time.Time) (found []press.Finding, err error) {
	if strings.TrimSpace(reason) == "" {
		return nil, errors.New("准许放行必须写明理由")
	}
	if !slices.ContainsFunc(press.Rules(), func(r press.RuleInfo) bool { return r.Code == rule && r.Waivable }) {
		return nil, fmt.Errorf("代号“%.40s”不是可以准许放行的门禁，代号见 add 或 show 的输出", rule)
	}
	err = l.move(ctx, ref, press.Sign, who, now, func(ctx context.Context, tx *sql.Tx, it press.Item, _ press.State) (string, error) {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO waiver (item, revision, rule, by, reason, at)
			VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT DO NOTHING`, it.ID, it.Head, rule, who.Name, reason, now.UnixMicro())
		if err != nil {
			return "", fmt.Errorf("store waiver: %w", err)
		}
		return fmt.Sprintf("准许放行 %s：%s", rule, reason), nil
	}, func(ctx context.Context, tx *sql.Tx, it press.Item) error {
		var err error
		found, err = l.assess(ctx, tx, it.ID, now)
		return err
	})
	return found, err
}

// Hold keeps an item back until Release. What is already being sent is not held.
func (l *Ledger) Hold(ctx context.Context, ref, reason string, who Who, now time.Time) error {
	return l.move(ctx, ref, press.Hold, who, now, func(ctx context.Context, tx *sql.Tx, it press.Item, _ press.State) (string, error) {
		if _, err := tx.ExecContext(ctx, `UPDATE item SET held = 1 WHERE id = $1`, it.ID); err != nil {
			return "", fmt.Errorf("hold %s: %w", it.ID, err)
		}
		_, err := tx.ExecContext(ctx, `
			UPDATE copy
			SET due_at = NULL, waits_for = 'hold', note = $2
			WHERE item = $1 AND state = 'waiting' AND edition IS NULL`, it.ID, "已暂缓："+reason)
		return reason, err
	}, nil)
}

// Release ends a hold. It never makes anything go out before its time.
func (l *Ledger) Release(ctx context.Context, ref string, who Who, now time.Time) error {
	return l.move(ctx, ref, press.Release, who, now, func(ctx context.Context, tx *sql.Tx, it press.Item, _ press.State) (string, error) {
		if !it.Held {
			return "", errors.New("这篇稿件没有被暂缓")
		}
		_, err := tx.ExecContext(ctx, `UPDATE item SET held = 0 WHERE id = $1`, it.ID)
		return "", err
	}, func(ctx context.Context, tx *sql.Tx, it press.Item) error {
		_, err := l.assess(ctx, tx, it.ID, now)
		return err
	})
}

// move is what every editorial move does: find the item, ask the table of moves, do it, append it to the chain, and then
// perhaps something more.
func (l *Ledger) move(ctx context.Context, ref string, v press.Verb, who Who, now time.Time,
	do func(ctx context.Context, tx *sql.Tx, it press.Item, to press.State) (detail string, err error), after func(ctx context.Context, tx *sql.Tx, it press.Item) error) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error { return l.moveIn(ctx, tx, ref, v, who, now, do, after) })
}

// moveIn is move within a transaction that does more.
func (l *Ledger) moveIn(ctx context.Context, tx *sql.Tx, ref string, v press.Verb, who Who, now time.Time,
	do func(ctx context.Context, tx *sql.Tx, it press.Item, to press.State) (detail string, err error), after func(ctx context.Context, tx *sql.Tx, it press.Item) error) error {
	id, err := find(ctx, tx, ref)
	if err != nil {
		return err
	}
	it, err := l.item(ctx, tx, id)
	if err != nil {
		return err
	}
	to, err := it.State.Move(v, who.Role)
	if err != nil {
		return err
	}
	if to != it.State {
		if err := l.setState(ctx, tx, id, to); err != nil {
			return err
		}
	}
	detail, err := do(ctx, tx, it, to)
	if err != nil {
		return err
	}
	if err := tx.QueryRowContext(ctx, `SELECT state FROM item WHERE id = $1`, id).Scan(&to); err != nil {
		return fmt.Errorf("read state of %s: %w", id, err)
	}
	err = note(ctx, tx, moved{item: id, who: who, verb: string(v), was: string(it.State), now: string(to), detail: detail, at: now})
	if err != nil {
		return err
	}
	if after != nil {
		if err := after(ctx, tx, it); err != nil {
			return err
		}
	}
	return l.show(ctx, tx, id)
}

func (l *Ledger) setState(ctx context.Context, tx *sql.Tx, id press.ItemID, to press.State) error {
	if _, err := tx.ExecContext(ctx, `UPDATE item SET state = $2 WHERE id = $1`, id, to); err != nil {
		return fmt.Errorf("move %s: %w", id, err)
	}
	return nil
}

// wake lets composing consider the waiting copies of an item again, if a person does not stand in the way.
func (l *Ledger) wake(ctx context.Context, tx *sql.Tx, id press.ItemID, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE copy
		SET due_at = MAX(ready_at, $2), waits_for = '', note = ''
		WHERE item = $1 AND state = 'waiting' AND edition IS NULL AND (due_at IS NULL OR due_at > MAX(ready_at, $2))
			AND EXISTS (SELECT 1 FROM item WHERE id = $1 AND state = 'approved' AND NOT held)`, id, now.UnixMicro())
	if err != nil {
		return fmt.Errorf("wake %s: %w", id, err)
	}
	return nil
}

// wakeGroup wakes an item and everything that may be waiting for it.
func (l *Ledger) wakeGroup(ctx context.Context, tx *sql.Tx, id press.ItemID, now time.Time) error {
	if err := l.wake(ctx, tx, id, now); err != nil {
		return err
	}
	return l.wakeOthers(ctx, tx, id, now)
}

func (l *Ledger) wakeOthers(ctx context.Context, tx *sql.Tx, id press.ItemID, now time.Time) error {
	g, err := l.group(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, m := range g.members[1:] {
		if err := l.wake(ctx, tx, m, now); err != nil {
			return err
		}
	}
	return nil
}

// mostTogether bounds a belongs-with group.
const mostTogether = 64

// group is what must go out together with an item: everything that it belongs with, and that belongs with it, in turn.
type group struct {
	members []press.ItemID // the item first
	missing []string       // references to what was not filed yet
}

func (l *Ledger) group(ctx context.Context, q querier, id press.ItemID) (group, error) {
	g := group{members: []press.ItemID{id}}
	seen := map[string]bool{string(id): true}
	for i := 0; i < len(g.members) && i < mostTogether; i++ {
		refs, err := texts(ctx, q, `
			SELECT ref FROM belongs WHERE item = $1
			UNION
			SELECT b.item FROM belongs b JOIN item i ON b.ref IN (i.id, i.external_id) WHERE i.id = $1`, g.members[i])
		if err != nil {
			return g, err
		}
		for _, ref := range refs {
			m, err := find(ctx, q, ref)
			if errors.Is(err, ErrNoItem) {
				g.missing = append(g.missing, ref)
				continue
			}
			if err != nil {
				return g, err
			}
			if !seen[string(m)] {
				seen[string(m)] = true
				g.members = append(g.members, m)
			}
		}
	}
	return g, nil
}
