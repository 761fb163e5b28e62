package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"tongfa/press"
)

// Indexed is what the issues of a year have printed that are out, and those that were imported: the numbered ones in their order, then the supplements. What
// was withdrawn is told as that, without its title where only the fact may be told.
func (l *Ledger) Indexed(ctx context.Context, channel string, year int) ([]press.Indexed, error) {
	return l.indexed(ctx, l.read, channel, year)
}

func (l *Ledger) indexed(ctx context.Context, q querier, channel string, year int) ([]press.Indexed, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT d.supplement, d.number, e.position, e.section, r.title, COALESCE(json_extract(r.meta, '$.doc_number'), ''), 0, 0,
			c.state = 'withdrawn', c.state = 'withdrawn' AND i.notice = 'gone'
		FROM edition d
		CROSS JOIN entry e ON e.edition = d.key AND e.claims = 1
		CROSS JOIN copy c ON c.id = e.copy
		CROSS JOIN item i ON i.id = c.item
		CROSS JOIN revision r ON r.item = c.item AND r.number = c.revision
		WHERE d.channel = $1 AND d.year = $2 AND d.number > 0 AND d.state IN ('out', 'partly')
		UNION ALL
		SELECT b.supplement, b.number, a.position, a.section, a.title, a.doc_number, a.page, 1, 0, 0
		FROM back_issue b
		CROSS JOIN back_article a ON a.channel = b.channel AND a.year = b.year AND a.supplement = b.supplement AND a.number = b.number
		WHERE b.channel = $1 AND b.year = $2 AND b.put_at IS NOT NULL
		ORDER BY 1, 2, 3`, channel, year)
	if err != nil {
		return nil, fmt.Errorf("read index of %d: %w", year, err)
	}
	defer rows.Close()
	out := []press.Indexed{}
	for rows.Next() {
		x := press.Indexed{Year: year}
		var silent bool
		if err := rows.Scan(&x.Supplement, &x.Number, &x.Position, &x.Section, &x.Title, &x.DocNumber, &x.Page, &x.Imported, &x.Withdrawn, &silent); err != nil {
			return nil, fmt.Errorf("read index of %d: %w", year, err)
		}
		if silent {
			x.Title, x.DocNumber = "", ""
		}
		out = append(out, x)
	}
	return out, rows.Err()
}

// indexOf is the index that an issue carries, without what it prints itself: as it was settled at the freeze, and before that as it would be.
func (l *Ledger) indexOf(ctx context.Context, q querier, e press.Edition) (out []press.Indexed, err error) {
	if e.State == press.EditionPlanned {
		return l.indexed(ctx, q, e.Slot.Channel, e.Slot.At.In(l.rules.Zone).Year())
	}
	var list []byte
	if err := q.QueryRowContext(ctx, `SELECT year_index FROM edition WHERE key = $1`, e.Key).Scan(&list); err != nil {
		return nil, fmt.Errorf("read index of %s: %w", e.Key, err)
	}
	return out, json.Unmarshal(list, &out)
}

// settleIndex writes down what the index of an issue lists: its proof is read with that, and it is printed so whatever happens until then.
func (l *Ledger) settleIndex(ctx context.Context, tx *sql.Tx, e *press.Edition) error {
	var err error
	if e.Index, err = l.indexed(ctx, tx, e.Slot.Channel, e.Year); err != nil {
		return err
	}
	list, err := json.Marshal(e.Index)
	if err != nil {
		return fmt.Errorf("encode index of %s: %w", e.Key, err) // unreachable
	}
	if _, err := tx.ExecContext(ctx, `UPDATE edition SET year_index = $2 WHERE key = $1`, e.Key, string(list)); err != nil {
		return fmt.Errorf("settle index of %s: %w", e.Key, err)
	}
	return nil
}

// yearIndex says where an issue should carry the index of its year and does not, or carries it and is not the last one; and which issues before it are
// not out, so that it would come out before them.
func (r *proofreader) yearIndex(ctx context.Context) error {
	zone := r.l.rules.Zone
	year := r.e.Slot.At.In(zone).Year()
	from, to := time.Date(year, 1, 1, 0, 0, 0, 0, zone), time.Date(year+1, 1, 1, 0, 0, 0, 0, zone)
	before, after, err := r.l.others(ctx, r.e, from, to)
	if err != nil {
		return err
	}
	if !r.e.Supplement && len(before) > 0 && r.e.State == press.EditionFrozen {
		r.say(RuleGap, press.Warn, "", "前面的%s还没有发行，请先发行它，期号才连着", strings.Join(before, "、"))
	}
	last := r.p.When != nil && !r.p.When.Next(r.e.Slot.At).Before(to) && len(after) == 0
	switch {
	case r.e.WithIndex && len(before) > 0:
		r.say(RuleIndex, press.Warn, "index", "%s还没有发行，%d年总目录里没有它；先发行它，总目录才全", strings.Join(before, "、"), year)
	case r.e.WithIndex && len(after) > 0:
		r.say(RuleIndex, press.Warn, "index", "这一期带%d年总目录，但后面还有%s，总目录里没有它", year, strings.Join(after, "、"))
	case !r.e.WithIndex && !r.e.Supplement && last && r.e.State == press.EditionPlanned:
		r.say(RuleIndex, press.Info, "index", "这是%d年预定的最后一期，可以带年度总目录", year)
	}
	return nil
}

// others names the issues of a time that are not out, before an edition and after it.
func (l *Ledger) others(ctx context.Context, e press.Edition, from, to time.Time) (before, after []string, err error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT key, title, slot_at, seq
		FROM edition
		WHERE channel = $1 AND slot_at >= $2 AND slot_at < $3 AND state IN ('planned', 'frozen', 'composed') AND key <> $4
		ORDER BY slot_at, seq
		LIMIT 20`, e.Slot.Channel, from.UnixMicro(), to.UnixMicro(), e.Key)
	if err != nil {
		return nil, nil, fmt.Errorf("read issues beside %s: %w", e.Key, err)
	}
	defer rows.Close()
	for rows.Next() {
		var key, title string
		var slot sql.NullInt64
		var seq int
		if err := rows.Scan(&key, &title, &slot, &seq); err != nil {
			return nil, nil, fmt.Errorf("read issues beside %s: %w", e.Key, err)
		}
		if title == "" {
			title = key
		}
		if at := l.moment(slot); at.Before(e.Slot.At) || at.Equal(e.Slot.At) && seq < e.Seq {
			before = append(before, title)
		} else {
			after = append(after, title)
		}
	}
	return before, after, errors.Join(rows.Err(), rows.Close())
}
