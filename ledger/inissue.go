package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tongfa/press"
)

// inIssue tells a copy in an issue that people have not issued yet, or one that waits for others.
func (l *Ledger) inIssue(ctx context.Context, q querier, c press.Copy, open int) (Todo, bool, error) {
	if c.State != press.Waiting || open > 0 {
		return Todo{}, false, nil
	}
	var waits Wait
	var state press.EditionState
	var gone bool
	err := q.QueryRowContext(ctx, `
		SELECT c.waits_for, COALESCE(d.state, ''), i.state = 'withdrawn' OR c.waits_for = 'unwanted'
		FROM copy c
		JOIN item i ON i.id = c.item
		LEFT JOIN edition d ON d.key = c.edition
		WHERE c.id = $1`, c.ID).Scan(&waits, &state, &gone)
	if err != nil {
		return Todo{}, false, fmt.Errorf("read what copy %d waits for: %w", c.ID, err)
	}
	t := Todo{Channel: c.Channel, Verb: press.Publish, State: c.State, Since: c.Since, What: cmp.Or(c.Note, "已编入"+c.Edition)}
	switch {
	case state == press.EditionPlanned:
		t.Next, t.Help = "等人定稿", []Help{{"定稿", "tongfa edition freeze " + c.Edition}}
	case state == press.EditionFrozen && gone:
		t.Next, t.Help = "等人移出", []Help{{"移出", fmt.Sprintf("tongfa edition drop %s %s", c.Edition, c.Item)}}
	case state == press.EditionFrozen:
		t.Next, t.Help = "等人发行", []Help{{"发行", "tongfa edition issue " + c.Edition}}
	case waits == "group":
		t.Next, t.Help = "同时发布的稿件就绪以后发布", []Help{patience()}
	default:
		return t, false, nil
	}
	return t, true, nil
}

// erratumOf tells a correction that no issue has printed yet.
func (l *Ledger) erratumOf(ctx context.Context, q querier, it press.Item, c press.Copy) (Todo, bool, error) {
	t := Todo{Channel: c.Channel, Verb: press.Amend, Way: press.Erratum, State: c.State, What: "更正尚未刊登", Help: []Help{patience()}}
	var revision int
	var key string
	var state press.EditionState
	var at sql.NullInt64
	err := q.QueryRowContext(ctx, `
		SELECT e.revision, e.at, COALESCE(d.key, ''), COALESCE(d.state, '')
		FROM erratum e
		LEFT JOIN edition d ON d.key = e.edition
		WHERE e.copy = $1 AND (d.key IS NULL OR d.state IN ('planned', 'frozen', 'composed'))
		ORDER BY e.id DESC
		LIMIT 1`, c.ID).Scan(&revision, &at, &key, &state)
	if errors.Is(err, sql.ErrNoRows) {
		return t, false, nil
	}
	if err != nil {
		return t, false, fmt.Errorf("read errata of copy %d: %w", c.ID, err)
	}
	t.Since = l.moment(at)
	switch {
	case it.Held, it.State != press.Approved, it.Head != revision:
		t.Next = fmt.Sprintf("稿件有暂缓，或者有更新的一版：第%d版的更正先不刊登，办结以后编入下一期", revision)
	case state == press.EditionOpen:
		t.Next = "正随" + key + "发行"
	case key != "":
		t.Next, t.Help = "随"+key+"发行", []Help{{"发行", "tongfa edition issue " + key}}
	default:
		t.Next = "编入下一期"
		t.Help = []Help{{"专出一期", "tongfa edition new " + c.Channel}, patience()}
	}
	return t, true, nil
}
