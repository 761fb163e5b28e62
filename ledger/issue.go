package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"tongfa/press"
)

// Freeze (清样定稿) gives a planned issue its number, for ever, settles its order, and has it print the errata that wait. A number is used
// up even if the issue never comes out: proofs and files of that number may be about, and nobody can prove that they are not. An issue without an
// article is frozen if it has errata to print.
func (l *Ledger) Freeze(ctx context.Context, p press.Plan, key string, who Who, now time.Time) (e press.Edition, err error) {
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if e, err = l.freeze(ctx, tx, p, key, now); err != nil {
			return err
		}
		return l.noteEntries(ctx, tx, e, who, "freeze", now)
	})
	return e, err
}

func (l *Ledger) freeze(ctx context.Context, tx *sql.Tx, p press.Plan, key string, now time.Time) (press.Edition, error) {
	e, err := l.edition(ctx, tx, key)
	if err != nil {
		return e, err
	}
	if e.State != press.EditionPlanned {
		return e, fmt.Errorf("%s处于“%s”，只有编排中的一期才能定稿", key, e.State.Name())
	}
	if p.Issues == nil {
		return e, fmt.Errorf("渠道“%s”不编期号，不需要定稿", p.Channel)
	}
	if err := l.allFit(ctx, tx, key, now); err != nil {
		return e, err
	}
	if err := l.claimErrata(ctx, tx, p.Channel, key); err != nil {
		return e, err
	}
	if e.Errata, err = l.errata(ctx, tx, key); err != nil {
		return e, err
	}
	if len(e.Entries)+len(e.Errata) == 0 {
		return e, fmt.Errorf("%s里还没有稿件，也没有等待刊登的更正，不能定稿", key)
	}
	if err := l.number(ctx, tx, p, &e); err != nil {
		return e, err
	}
	e = (&composer{p: p}).arrange(e)
	if p.Issues.Title != nil {
		e.Title = p.Issues.Title(e)
	}
	e.State = press.EditionFrozen
	for i := range e.Entries {
		e.Entries[i].Public = now
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE edition
		SET year = $2, number = $3, total = $4, title = $5, state = $6, composed_at = $7
		WHERE key = $1`, key, e.Year, e.Number, e.Total, e.Title, e.State, now.UnixMicro())
	if err != nil {
		return e, fmt.Errorf("freeze %s: %w", key, err)
	}
	return e, l.settlePlaces(ctx, tx, p, e)
}

// number counts the issue: within the year of its slot, and since the first issue. A number that was seen out there is never given again.
func (l *Ledger) number(ctx context.Context, tx *sql.Tx, p press.Plan, e *press.Edition) error {
	e.Year = e.Slot.At.In(l.rules.Zone).Year()
	var number, total sql.NullInt64
	var restored bool
	err := tx.QueryRowContext(ctx, `
		SELECT
			(SELECT MAX(n) FROM (
				SELECT MAX(number) n FROM edition WHERE channel = $1 AND year = $2 AND number > 0
				UNION ALL
				SELECT last FROM serial WHERE name = $3)),
			(SELECT MAX(n) FROM (
				SELECT MAX(total) n FROM edition WHERE channel = $1 AND total > 0
				UNION ALL
				SELECT last FROM serial WHERE name = $4)),
			EXISTS (SELECT 1 FROM channel WHERE name = $1 AND restored_to IS NOT NULL)`,
		p.Channel, e.Year, issueSerial(p.Channel, e.Year), totalSerial(p.Channel)).Scan(&number, &total, &restored)
	if err != nil {
		return fmt.Errorf("count issues of %s: %w", p.Channel, err)
	}
	if restored {
		return fmt.Errorf("台账恢复以后，渠道“%s”还没有普查完，不能编期号；普查以后再定稿", p.Channel)
	}
	e.Number, e.Total = int(number.Int64)+1, int(total.Int64)+1
	if !number.Valid && p.Issues.FirstYear == e.Year {
		e.Number = max(1, p.Issues.FirstNo)
	}
	if !total.Valid {
		e.Total = max(1, p.Issues.FirstTotal)
	}
	return nil
}

// Issue puts a frozen issue out. Every entry must still be approved in exactly the revision that was frozen.
func (l *Ledger) Issue(ctx context.Context, p press.Plan, key string, who Who, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := l.issue(ctx, tx, key, now); err != nil {
			return err
		}
		e, err := l.edition(ctx, tx, key)
		if err != nil {
			return err
		}
		return l.noteEntries(ctx, tx, e, who, "issue", now)
	})
}

func (l *Ledger) issue(ctx context.Context, tx *sql.Tx, key string, now time.Time) error {
	e, err := l.edition(ctx, tx, key)
	if err != nil {
		return err
	}
	if e.State != press.EditionFrozen {
		return fmt.Errorf("%s处于“%s”，定稿之后才能发行", key, e.State.Name())
	}
	if err := l.allFit(ctx, tx, key, now); err != nil {
		return err
	}
	if err := l.checkErrata(ctx, tx, key); err != nil {
		return err
	}
	if e.Errata, err = l.errata(ctx, tx, key); err != nil {
		return err
	}
	if len(e.Entries)+len(e.Errata) == 0 {
		return fmt.Errorf("%s里已经没有稿件，也没有要刊登的更正，不能发行", key)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE edition SET state = $2 WHERE key = $1`, key, press.EditionOpen); err != nil {
		return fmt.Errorf("issue %s: %w", key, err)
	}
	return l.openAct(ctx, tx, e, press.Publish, now)
}

// allFit says which entry of an issue keeps it from being frozen or issued.
func (l *Ledger) allFit(ctx context.Context, tx *sql.Tx, key string, now time.Time) error {
	bad, err := l.unfit(ctx, tx, key, now)
	if err != nil || len(bad) == 0 {
		return err
	}
	return fmt.Errorf("%s里有%d篇稿件不能发布（撤回、暂缓、修改、审签变化，或者不能确认是否已经发布）：%s。请先处理，或者把它移出这一期", key, len(bad), strings.Join(bad, "、"))
}

// Plan makes an empty issue that people fill, for a slot of their choice.
func (l *Ledger) Plan(ctx context.Context, p press.Plan, slot, now time.Time) (key string, err error) {
	if p.Issues == nil {
		return "", fmt.Errorf("渠道“%s”不是公报，不能先编后发", p.Channel)
	}
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		e := press.Edition{Slot: press.Slot{Channel: p.Channel, At: slot}, State: press.EditionPlanned, Composed: now}
		if e.Seq, err = l.nextSeq(ctx, tx, e.Slot); err != nil {
			return err
		}
		e.Key = press.EditionKey(e.Slot, e.Seq)
		key = e.Key
		return l.addEdition(ctx, tx, e)
	})
	return key, err
}

// Put adds an item's waiting copy to a planned issue.
func (l *Ledger) Put(ctx context.Context, p press.Plan, key, ref string, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		e, err := l.planned(ctx, tx, key)
		if err != nil {
			return err
		}
		id, err := find(ctx, tx, ref)
		if err != nil {
			return err
		}
		c := &composer{l: l, tx: tx, p: p, at: now, now: now}
		en, w, err := c.member(ctx, id, true)
		switch {
		case err != nil:
			return err
		case w != nil:
			return fmt.Errorf("稿件%s现在不能编入：%s", ref, w.note)
		case en == nil:
			return fmt.Errorf("稿件%s没有等待在“%s”发布的副本（未要求在此发布、已编入别的一期或者已经发布）", ref, p.Channel)
		}
		en.Position = 1
		if n := len(e.Entries); n > 0 {
			en.Position = e.Entries[n-1].Position + 1
		}
		e.Composed = now
		return l.addEntry(ctx, tx, e, *en)
	})
}

// Drop takes an item out of a planned issue; it waits for the next one. From a frozen issue, whose proof has been read, only what
// may not go out any more is taken.
func (l *Ledger) Drop(ctx context.Context, key, ref string, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		id, err := find(ctx, tx, ref)
		if err != nil {
			return err
		}
		e, err := l.edition(ctx, tx, key)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(e.Entries, func(en press.Entry) bool { return en.Item.ID == id })
		if i < 0 {
			return fmt.Errorf("%s里没有稿件%s", key, ref)
		}
		bad, err := l.unfit(ctx, tx, key, now)
		if err != nil {
			return err
		}
		if e.State != press.EditionPlanned && !(e.State == press.EditionFrozen && slices.Contains(bad, string(id))) {
			return fmt.Errorf("%s处于“%s”，只有编排中的一期才能减稿件，定稿后只能移出不能再发布的稿件", key, e.State.Name())
		}
		return l.takeOut(ctx, tx, e.Entries[i].Copy, now)
	})
}

// takeOut removes a copy from an issue that is not under way.
func (l *Ledger) takeOut(ctx context.Context, tx *sql.Tx, c press.Copy, now time.Time) error {
	for _, q := range []string{`DELETE FROM entry WHERE copy = $1 AND edition = $2`, `DELETE FROM place WHERE copy = $1 AND $2 <> ''`} {
		if _, err := tx.ExecContext(ctx, q, c.ID, c.Edition); err != nil {
			return fmt.Errorf("take copy %d out of %s: %w", c.ID, c.Edition, err)
		}
	}
	var left bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM entry WHERE edition = $1)`, c.Edition).Scan(&left); err != nil {
		return fmt.Errorf("read entries of %s: %w", c.Edition, err)
	}
	if !left { // nothing will be issued
		if err := l.releaseErrata(ctx, tx, c.Edition); err != nil {
			return err
		}
	}
	return l.unclaim(ctx, tx, c.ID, "已从"+c.Edition+"移出", now)
}

func (l *Ledger) planned(ctx context.Context, tx *sql.Tx, key string) (press.Edition, error) {
	e, err := l.edition(ctx, tx, key)
	if err == nil && e.State != press.EditionPlanned {
		err = fmt.Errorf("%s处于“%s”，只有编排中的一期才能加稿件", key, e.State.Name())
	}
	return e, err
}

func (l *Ledger) noteEntries(ctx context.Context, tx *sql.Tx, e press.Edition, who Who, verb string, now time.Time) error {
	for _, en := range e.Entries {
		err := note(ctx, tx, moved{item: en.Item.ID, who: who, verb: verb, channel: e.Slot.Channel, detail: e.Key + " " + e.Title, at: now})
		if err != nil {
			return err
		}
	}
	return nil
}

// Edition reads one edition with its entries, and when it became public.
func (l *Ledger) Edition(ctx context.Context, key string) (EditionLine, error) {
	e, err := l.edition(ctx, l.read, key)
	if err != nil {
		return EditionLine{}, err
	}
	var out sql.NullInt64
	if err := l.read.QueryRowContext(ctx, `SELECT out_at FROM edition WHERE key = $1`, key).Scan(&out); err != nil {
		return EditionLine{}, fmt.Errorf("read edition %s: %w", key, err)
	}
	return EditionLine{e, len(e.Entries), l.moment(out)}, nil
}

// EditionLine is an edition as a list shows it. A list leaves out the entries.
type EditionLine struct {
	press.Edition
	Count int       // entries that it claims or claimed
	OutAt time.Time // when it became public; zero before
}

// Editions lists editions, newest slot first, of one channel or of all for "". before is the slot of the last one seen. A page never
// ends within a slot, and so may be longer than limit.
func (l *Ledger) Editions(ctx context.Context, channel string, before time.Time, limit int) ([]EditionLine, error) {
	if before.IsZero() {
		before = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	rows, err := l.read.QueryContext(ctx, editionsQuery(channel), channel, before.UnixMicro(), max(limit, 1)-1)
	if err != nil {
		return nil, fmt.Errorf("read editions: %w", err)
	}
	defer rows.Close()
	var out []EditionLine
	for rows.Next() {
		var e EditionLine
		var slot, composed, outAt sql.NullInt64
		err := rows.Scan(&e.Key, &e.Slot.Channel, &slot, &e.Seq, &e.Year, &e.Number, &e.Total, &e.Title, &e.State, &composed, &outAt, &e.Count)
		if err != nil {
			return nil, fmt.Errorf("read editions: %w", err)
		}
		e.Slot.At, e.Composed, e.OutAt = l.moment(slot), l.moment(composed), l.moment(outAt)
		out = append(out, e)
	}
	return out, rows.Err()
}

func editionsQuery(channel string) string {
	which := `$1 = ''`
	if channel != "" {
		which = `channel = $1`
	}
	return `
		SELECT ` + editionColumns + `, out_at, (SELECT COUNT(*) FROM entry WHERE edition = key)
		FROM edition
		WHERE ` + which + ` AND slot_at < $2
			AND slot_at >= COALESCE((
				SELECT slot_at
				FROM edition
				WHERE ` + which + ` AND slot_at < $2
				ORDER BY slot_at DESC, seq DESC
				LIMIT 1 OFFSET $3), 0)
		ORDER BY slot_at DESC, seq DESC`
}
