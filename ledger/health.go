package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// MostCounted is where counting stops: nobody reads a larger number, and every look would pay for it.
const MostCounted = 100_000

// Health is what the strip at the top of the desk says. Copies are counted in their newest generation only, no more than MostCounted.
type Health struct {
	Overdue   int // acts, and copies on their own, that should have been begun more than a minute ago on a channel that is not paused
	Unknown   int
	NeedsHand int
	Tasks     int // public copies that a person was asked to change
	Differs   int
	Refused   int
	Blocked   int // items that findings or missing signatures stop
	Held      int // items with copies that a person keeps back
	Doubtful  int // items with copies that may be out already, after a restore or as a stranger has their title: a person says whether they are
	Strangers int // things that channels show and nobody has explained
	Closed    int // channels that do nothing, as they were not surveyed since a restore
	Waiting   int // copies with a time ahead
	LastMove  time.Time
	Holder    string // who holds the lease; "" for nobody
}

// Health counts what needs eyes. It goes by indexes only. A copy on a channel with a timetable is overdue when a slot has come and gone
// without it, on the others when its own time has.
func (l *Ledger) Health(ctx context.Context, now time.Time) (Health, error) {
	h := Health{Holder: l.Holder()}
	late := now.Add(-time.Minute).UnixMicro()
	var last sql.NullInt64
	var copies int
	err := l.read.QueryRowContext(ctx, `
		SELECT
			(SELECT COUNT(*) FROM (
				SELECT 1
				FROM channel
				CROSS JOIN act ON act.channel = channel.name AND act.due_at < $1
				WHERE NOT channel.paused
				LIMIT $3)),
			(SELECT COUNT(*) FROM (
				SELECT 1
				FROM channel
				LEFT JOIN timetable ON timetable.channel = channel.name
				CROSS JOIN copy ON copy.channel = channel.name
					AND copy.due_at < CASE WHEN fired_at IS NULL THEN $1 WHEN fired_at < $1 THEN fired_at + 1 ELSE 0 END
				WHERE NOT channel.paused
				LIMIT $3)),
			(SELECT COUNT(*) FROM (SELECT 1 FROM copy WHERE newest AND state = 'unknown' LIMIT $3)),
			(SELECT COUNT(*) FROM (SELECT 1 FROM copy WHERE newest AND state = 'needs_hand' LIMIT $3)),
			(SELECT COUNT(*) FROM (SELECT 1 FROM copy WHERE newest AND task <> '' LIMIT $3)),
			(SELECT COUNT(*) FROM (SELECT 1 FROM copy WHERE newest AND state = 'differs' LIMIT $3)),
			(SELECT COUNT(*) FROM (SELECT 1 FROM copy WHERE newest AND state = 'refused' LIMIT $3)),
			(SELECT COUNT(*) FROM (SELECT DISTINCT item_n FROM copy WHERE state = 'waiting' AND due_at IS NULL AND waits_for = 'gate' LIMIT $3)),
			(SELECT COUNT(*) FROM (SELECT DISTINCT item_n FROM copy WHERE state = 'waiting' AND due_at IS NULL AND waits_for = 'hold' LIMIT $3)),
			(SELECT COUNT(*) FROM (SELECT DISTINCT item_n FROM copy WHERE state = 'waiting' AND due_at IS NULL AND waits_for = 'restore' LIMIT $3))
				+ (SELECT COUNT(*) FROM (SELECT DISTINCT item_n FROM copy WHERE state = 'waiting' AND due_at IS NULL AND waits_for = 'stranger' LIMIT $3)),
			(SELECT COUNT(*) FROM (
				SELECT 1
				FROM channel
				CROSS JOIN stranger ON stranger.channel = channel.name AND known_by = '' AND gone_at IS NULL
				LIMIT $3)),
			(SELECT COUNT(*) FROM channel WHERE restored_to IS NOT NULL),
			(SELECT COUNT(*) FROM (
				SELECT 1
				FROM channel
				CROSS JOIN copy ON copy.channel = channel.name AND copy.due_at >= $2
				LIMIT $3)),
			(SELECT MAX(at) FROM move)`, late, now.UnixMicro(), MostCounted).Scan(
		&h.Overdue, &copies, &h.Unknown, &h.NeedsHand, &h.Tasks, &h.Differs, &h.Refused, &h.Blocked, &h.Held,
		&h.Doubtful, &h.Strangers, &h.Closed, &h.Waiting, &last)
	if err != nil {
		return h, fmt.Errorf("read health: %w", err)
	}
	h.Overdue += copies
	h.LastMove = l.moment(last)
	return h, nil
}

// Backlog counts the copies that wait to go out on a channel, whatever they wait for, up to MostCounted.
func (l *Ledger) Backlog(ctx context.Context, channel string) (n int, err error) {
	err = l.read.QueryRowContext(ctx, `
		SELECT COUNT(*)
		FROM (SELECT 1 FROM copy WHERE newest AND channel = $1 AND state = 'waiting' LIMIT $2)`, channel, MostCounted).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count what waits on %s: %w", channel, err)
	}
	return n, nil
}
