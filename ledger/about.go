package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tongfa/press"
)

// Attempt is one act about an item, with what it intended and did.
type Attempt struct {
	Channel string
	Edition string
	Verb    press.Verb
	Way     press.Way
	Tries   int
	Opened  time.Time
	Steps   []press.JournalStep
}

// Attempts are the acts about an item, oldest first: what was published with it, and what was done about its own copies.
func (l *Ledger) Attempts(ctx context.Context, id press.ItemID) ([]Attempt, error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT DISTINCT a.id, a.channel, a.edition, a.verb, a.way, a.attempt, a.opened_at
		FROM copy c
		CROSS JOIN entry e ON e.copy = c.id -- in this order, and not from all acts
		CROSS JOIN act a ON a.edition = e.edition
		WHERE c.item = $1 AND (a.verb = 'publish' OR EXISTS (SELECT 1 FROM act_copy WHERE act = a.id AND copy = c.id))
		ORDER BY a.id`, id)
	if err != nil {
		return nil, fmt.Errorf("read acts about %s: %w", id, err)
	}
	var out []Attempt
	var acts []int64
	for rows.Next() {
		var a Attempt
		var act int64
		var opened sql.NullInt64
		if err := rows.Scan(&act, &a.Channel, &a.Edition, &a.Verb, &a.Way, &a.Tries, &opened); err != nil {
			rows.Close()
			return nil, fmt.Errorf("read acts about %s: %w", id, err)
		}
		a.Opened = l.moment(opened)
		out, acts = append(out, a), append(acts, act)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("read acts about %s: %w", id, err)
	}
	for i := range out {
		if out[i].Steps, err = l.steps(ctx, acts[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// AlarmsAbout are the alarms about an item, open ones first, then the newest.
func (l *Ledger) AlarmsAbout(ctx context.Context, id press.ItemID, most int) ([]press.Alarm, error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT `+alarmColumns+`
		FROM alarm a
		WHERE a.item = $1 AND a.item <> ''
		ORDER BY a.closed_at IS NOT NULL, a.id DESC
		LIMIT $2`, id, most)
	if err != nil {
		return nil, fmt.Errorf("read alarms about %s: %w", id, err)
	}
	return l.scanAlarms(rows)
}

// Related is another item that stands in a relation to one.
type Related struct {
	Rel   press.LinkRel // "" where it must go out at the same moment
	Back  bool          // the other item says so
	Ref   string        // as it was written
	Item  press.ItemID  // "" while it was not filed
	Title string
	Shown press.State
	Held  bool
}

// mostRelated bounds what is read of an item that everything refers to.
const mostRelated = 50

// Related are the items that an item names, and those that name it: what it interprets, amends, repeals or answers, and what goes out with it.
func (l *Ledger) Related(ctx context.Context, id press.ItemID) ([]Related, error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT '', ref, 0 FROM belongs WHERE item = $1
		UNION ALL
		SELECT * FROM (SELECT '', b.item, 1 FROM belongs b JOIN item i ON b.ref IN (i.id, i.external_id) WHERE i.id = $1 LIMIT $2)
		UNION ALL
		SELECT type, ref, 0 FROM relation WHERE item = $1
		UNION ALL
		SELECT * FROM (SELECT r.type, r.item, 1 FROM relation r JOIN item i ON r.ref IN (i.id, i.external_id) WHERE i.id = $1 LIMIT $2)`, id, mostRelated)
	if err != nil {
		return nil, fmt.Errorf("read relations of %s: %w", id, err)
	}
	var out []Related
	for rows.Next() {
		var x Related
		var typ press.RelationType
		if err := rows.Scan(&typ, &x.Ref, &x.Back); err != nil {
			rows.Close()
			return nil, fmt.Errorf("read relations of %s: %w", id, err)
		}
		if typ != "" {
			x.Rel = relOf(typ, x.Back)
		}
		out = append(out, x)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("read relations of %s: %w", id, err)
	}
	for i := range out {
		if err := l.nameRelated(ctx, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// nameRelated adds what the ledger knows of a related item: nothing of one that was not filed.
func (l *Ledger) nameRelated(ctx context.Context, x *Related) error {
	id, err := find(ctx, l.read, x.Ref)
	if errors.Is(err, ErrNoItem) {
		return nil
	}
	if err != nil {
		return err
	}
	x.Item = id
	err = l.read.QueryRowContext(ctx, `
		SELECT r.title, i.shown, i.held
		FROM item i
		JOIN revision r ON r.item = i.id AND r.number = i.head
		WHERE i.id = $1`, id).Scan(&x.Title, &x.Shown, &x.Held)
	if err != nil {
		return fmt.Errorf("read related item %s: %w", id, err)
	}
	return nil
}

// Erratum is a correction of a copy that an issue prints, or is to print.
type Erratum struct {
	Channel  string
	Was, Now int // revisions
	Reason   string
	At       time.Time
	Edition  string // that prints it; "" while it waits for one
	State    press.EditionState
}

// ErrataOf are the corrections of an item that issues print, oldest first.
func (l *Ledger) ErrataOf(ctx context.Context, id press.ItemID) ([]Erratum, error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT e.channel, e.was, e.revision, e.reason, e.at, COALESCE(d.key, ''), COALESCE(d.state, '')
		FROM copy c
		CROSS JOIN erratum e ON e.copy = c.id
		LEFT JOIN edition d ON d.key = e.edition
		WHERE c.item = $1
		ORDER BY e.id`, id)
	if err != nil {
		return nil, fmt.Errorf("read errata of %s: %w", id, err)
	}
	defer rows.Close()
	var out []Erratum
	for rows.Next() {
		var x Erratum
		var at sql.NullInt64
		if err := rows.Scan(&x.Channel, &x.Was, &x.Now, &x.Reason, &at, &x.Edition, &x.State); err != nil {
			return nil, fmt.Errorf("read errata of %s: %w", id, err)
		}
		x.At = l.moment(at)
		out = append(out, x)
	}
	return out, rows.Err()
}
