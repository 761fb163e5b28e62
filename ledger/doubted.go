package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tongfa/press"
)

// doubted tells a waiting copy that may be out there already: only a person's word moves it on.
func (l *Ledger) doubted(ctx context.Context, q querier, it press.Item, c press.Copy) (Todo, bool, error) {
	if c.State != press.Waiting || c.Edition != "" {
		return Todo{}, false, nil
	}
	var waits Wait
	var doubt string
	if err := q.QueryRowContext(ctx, `SELECT waits_for, doubt FROM copy WHERE id = $1`, c.ID).Scan(&waits, &doubt); err != nil {
		return Todo{}, false, fmt.Errorf("read doubts about copy %d: %w", c.ID, err)
	}
	if waits != ForRestore && waits != ForStranger && doubt == "" {
		return Todo{}, false, nil
	}
	retry := fmt.Sprintf("tongfa retry %s --channel %s", it.ID, c.Channel)
	t := Todo{Channel: c.Channel, Verb: press.Publish, State: c.State, Since: c.Since, What: cmp.Or(c.Note, doubt), Next: "等人查明，查明以前不发布",
		Help: []Help{{"登记链接", retry + " --link 网址"}, {"认定未发布", retry + " --absent"}}}
	if waits == ForStranger {
		t.Help = append(t.Help, Help{"说明渠道上那一件是什么", "tongfa stranger list"})
	}
	return t, true, nil
}

// LastSurvey is when the last survey of a channel began, or since when one is waited for, and whether it was complete; zero where none was thought
// of yet.
func (l *Ledger) LastSurvey(ctx context.Context, channel string) (at time.Time, complete bool, err error) {
	var n sql.NullInt64
	err = l.read.QueryRowContext(ctx, `SELECT at, complete FROM survey WHERE channel = $1`, channel).Scan(&n, &complete)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, fmt.Errorf("read survey of %s: %w", channel, err)
	}
	return l.moment(n), complete, nil
}
