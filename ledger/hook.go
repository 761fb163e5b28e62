package ledger

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Hook (推送) is an address of another system that is told what happens, and of what.
type Hook struct {
	Name   string
	Events []string // of press.Events; "*" for all
}

func (h Hook) wants(kind string) bool {
	return slices.Contains(h.Events, "*") || slices.Contains(h.Events, kind)
}

// DeliveryState is what became of a delivery.
type DeliveryState string

// A delivery is due until it was taken or given up.
const (
	DeliveryDue  DeliveryState = "due"
	DeliveryDone DeliveryState = "done"
	DeliveryDead DeliveryState = "dead"
)

// Name is the state as people see it.
func (s DeliveryState) Name() string {
	switch s {
	case DeliveryDue:
		return "待送达"
	case DeliveryDone:
		return "已送达"
	case DeliveryDead:
		return "已放弃"
	}
	return string(s)
}

// Delivery is one thing that a hook is told.
type Delivery struct {
	ID     int64
	UID    string // the same at every attempt, so that the other side knows what it has had
	Hook   string
	Item   string // "" for a trial
	Event  string
	Body   string
	State  DeliveryState
	Made   time.Time
	Due    time.Time
	Until  time.Time // after which it is not tried again
	Tries  int
	Tried  time.Time
	Status int    // of HTTP; 0 where there was no answer
	Said   string // what was answered, or why there was no answer
}

// Trial is the event of a delivery that tells of nothing.
const Trial = "ping"

// Bounds and times of deliveries.
const (
	mostSpread  = 500                  // events that are made deliveries at once
	deliverFor  = 24 * time.Hour       // and then it is given up
	keptLog     = 400 * 24 * time.Hour // deliveries that have ended
	mostSaid    = 500                  // bytes of an answer
	mostForgot  = 200                  // old deliveries that go at once
	mostWaiting = 1000                 // where counting stops
)

// pauses are those between two attempts; the last one again and again.
func pauses() []time.Duration {
	return []time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour}
}

// Spread makes deliveries of what happened since a hook was told last, and reports whether there is more. A hook that is new is told of what
// happens from now on. What it has read and what it is to be told are written down together, so that a crash loses nothing.
func (l *Ledger) Spread(ctx context.Context, h Hook, now time.Time) (more bool, err error) {
	var cursor int64
	err = l.read.QueryRowContext(ctx, `SELECT cursor FROM hook WHERE name = $1`, h.Name).Scan(&cursor)
	if errors.Is(err, sql.ErrNoRows) {
		end, err := l.FeedEnd(ctx)
		if err != nil {
			return false, err
		}
		return false, l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO hook (name, cursor) VALUES ($1, $2) ON CONFLICT DO NOTHING`, h.Name, end)
			return err
		})
	}
	if err != nil {
		return false, fmt.Errorf("read hook: %w", err)
	}
	events, err := l.Events(ctx, cursor, mostSpread)
	if err != nil || len(events) == 0 {
		return false, err
	}
	return len(events) == mostSpread, l.write(ctx, func(ctx context.Context, tx *sql.Tx) error { return spread(ctx, tx, h, events, cursor, now) })
}

func spread(ctx context.Context, tx *sql.Tx, h Hook, events []Event, cursor int64, now time.Time) error {
	moved, err := tx.ExecContext(ctx, `UPDATE hook SET cursor = $2 WHERE name = $1 AND cursor = $3`, h.Name, events[len(events)-1].ID, cursor)
	if err != nil {
		return fmt.Errorf("move hook on: %w", err)
	}
	if n, err := moved.RowsAffected(); err != nil || n == 0 {
		return err // somebody else has told it meanwhile
	}
	for _, e := range events {
		if !h.wants(e.Type) {
			continue
		}
		body, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("write event: %w", err)
		}
		if err := addDelivery(ctx, tx, Delivery{Hook: h.Name, Item: string(e.Item), Event: e.Type, Body: string(body)}, now); err != nil {
			return err
		}
	}
	return nil
}

func addDelivery(ctx context.Context, tx *sql.Tx, d Delivery, now time.Time) error {
	var raw [12]byte
	_, _ = rand.Read(raw[:]) // never fails since Go 1.24
	_, err := tx.ExecContext(ctx, `
		INSERT INTO delivery (uid, hook, item, event, body, made_at, due_at, until_at)
		VALUES ($1, $2, $3, $4, $5, $6, $6, $7)`,
		hex.EncodeToString(raw[:]), d.Hook, d.Item, d.Event, d.Body, now.UnixMicro(), now.Add(deliverFor).UnixMicro())
	if err != nil {
		return fmt.Errorf("add delivery: %w", err)
	}
	return nil
}

const deliveryColumns = `d.id, d.uid, d.hook, d.item, d.event, d.body, d.state, d.made_at, d.due_at, d.until_at, d.tries, d.tried_at, d.status, d.said`

func (l *Ledger) scanDelivery(row interface{ Scan(...any) error }) (Delivery, error) {
	var d Delivery
	var made, due, until, tried sql.NullInt64
	err := row.Scan(&d.ID, &d.UID, &d.Hook, &d.Item, &d.Event, &d.Body, &d.State, &made, &due, &until, &d.Tries, &tried, &d.Status, &d.Said)
	d.Made, d.Due, d.Until, d.Tried = l.moment(made), l.moment(due), l.moment(until), l.moment(tried)
	return d, err
}

func (l *Ledger) deliveries(ctx context.Context, query string, args ...any) ([]Delivery, error) {
	rows, err := l.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read deliveries: %w", err)
	}
	defer rows.Close()
	var out []Delivery
	for rows.Next() {
		d, err := l.scanDelivery(rows)
		if err != nil {
			return nil, fmt.Errorf("read deliveries: %w", err)
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

// DueDeliveries are what a hook is to be told by now. What concerns one item is told in its order: a later event waits until the one before it
// was taken or given up.
func (l *Ledger) DueDeliveries(ctx context.Context, hook string, now time.Time, most int) ([]Delivery, error) {
	return l.deliveries(ctx, `
		SELECT `+deliveryColumns+`
		FROM delivery d
		WHERE d.hook = $1 AND d.state = 'due' AND d.due_at <= $2
			AND NOT EXISTS (SELECT 1 FROM delivery e WHERE e.hook = $1 AND e.item = d.item AND e.state = 'due' AND e.id < d.id)
		ORDER BY d.due_at
		LIMIT $3`, hook, now.UnixMicro(), most)
}

// NextDelivery is when a hook is to be told something next; zero for nothing.
func (l *Ledger) NextDelivery(ctx context.Context, hook string) (time.Time, error) {
	var at sql.NullInt64
	err := l.read.QueryRowContext(ctx, `
		SELECT (
			SELECT d.due_at
			FROM delivery d
			WHERE d.hook = $1 AND d.state = 'due'
				AND NOT EXISTS (SELECT 1 FROM delivery e WHERE e.hook = $1 AND e.item = d.item AND e.state = 'due' AND e.id < d.id)
			ORDER BY d.due_at
			LIMIT 1)`, hook).Scan(&at)
	if err != nil {
		return time.Time{}, fmt.Errorf("read next delivery: %w", err)
	}
	return l.moment(at), nil
}

// Delivered records what came of an attempt. One that was not taken is tried again, later and later, for a day.
func (l *Ledger) Delivered(ctx context.Context, d Delivery, taken bool, status int, said string, now time.Time) error {
	if len(said) > mostSaid {
		said = said[:mostSaid]
	}
	list := pauses()
	due := now.Add(list[min(d.Tries, len(list)-1)])
	state := DeliveryDue
	switch {
	case taken:
		state = DeliveryDone
	case due.After(d.Until):
		state = DeliveryDead
	}
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE delivery
			SET state = $2, due_at = $3, tries = tries + 1, tried_at = $4, status = $5, said = $6
			WHERE id = $1 AND state = 'due'`, d.ID, state, due.UnixMicro(), now.UnixMicro(), status, said)
		if err != nil {
			return fmt.Errorf("record delivery: %w", err)
		}
		return nil
	})
}

// ForgetDeliveries removes some of those that ended more than a year ago, and reports whether there are more.
func (l *Ledger) ForgetDeliveries(ctx context.Context, now time.Time) (more bool, err error) {
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `
			DELETE FROM delivery
			WHERE id IN (SELECT id FROM delivery WHERE made_at < $1 AND state <> 'due' ORDER BY made_at LIMIT $2)`,
			now.Add(-keptLog).UnixMicro(), mostForgot)
		if err != nil {
			return fmt.Errorf("forget deliveries: %w", err)
		}
		n, err := done.RowsAffected()
		more = n == mostForgot
		return err
	})
	return more, err
}

// Deliveries are those of a hook, the newest first. before is the id of the last one seen, zero at the beginning.
func (l *Ledger) Deliveries(ctx context.Context, hook string, before int64, most int) ([]Delivery, error) {
	if before <= 0 {
		before = 1 << 62
	}
	return l.deliveries(ctx, `SELECT `+deliveryColumns+` FROM delivery d WHERE d.hook = $1 AND d.id < $2 ORDER BY d.id DESC LIMIT $3`, hook, before, most)
}

// HookHealth is how a hook fares.
type HookHealth struct {
	Waiting, Dead int // counting stops at a thousand
	Last          time.Time
}

// HookHealth counts what a hook has not been told, and says when it took something last.
func (l *Ledger) HookHealth(ctx context.Context, hook string) (h HookHealth, err error) {
	var last sql.NullInt64
	err = l.read.QueryRowContext(ctx, `
		SELECT
			(SELECT COUNT(*) FROM (SELECT 1 FROM delivery WHERE hook = $1 AND state = 'due' LIMIT $2)),
			(SELECT COUNT(*) FROM (SELECT 1 FROM delivery WHERE hook = $1 AND state = 'dead' LIMIT $2)),
			(SELECT tried_at FROM delivery WHERE hook = $1 AND state = 'done' ORDER BY id DESC LIMIT 1)`, hook, mostWaiting).Scan(&h.Waiting, &h.Dead, &last)
	if err != nil {
		return h, fmt.Errorf("count deliveries: %w", err)
	}
	h.Last = l.moment(last)
	return h, nil
}

// ErrNoDelivery is in the error for a delivery that there is none of.
var ErrNoDelivery = errors.New("no such delivery")

// Resend has a delivery that has ended made once more, under the same uid, for another day.
func (l *Ledger) Resend(ctx context.Context, id int64, who Who, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		d, err := l.scanDelivery(tx.QueryRowContext(ctx, `SELECT `+deliveryColumns+` FROM delivery d WHERE d.id = $1`, id))
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("没有这次推送：%w", ErrNoDelivery)
		}
		if err != nil {
			return fmt.Errorf("read delivery: %w", err)
		}
		_, err = tx.ExecContext(ctx, `UPDATE delivery SET state = 'due', due_at = $2, until_at = $3 WHERE id = $1`,
			id, now.UnixMicro(), now.Add(deliverFor).UnixMicro())
		if err != nil {
			return fmt.Errorf("resend delivery: %w", err)
		}
		return noteDeed(ctx, tx, Deed{At: now, By: who, Verb: "resend_hook", About: d.Hook, Detail: d.UID})
	})
}

// TryHook has a hook told that this is a trial.
func (l *Ledger) TryHook(ctx context.Context, hook string, who Who, now time.Time) error {
	body, err := json.Marshal(map[string]any{"type": Trial, "at": now, "by": who.Name})
	if err != nil {
		return err // unreachable: they are texts
	}
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := addDelivery(ctx, tx, Delivery{Hook: hook, Event: Trial, Body: string(body)}, now); err != nil {
			return err
		}
		return noteDeed(ctx, tx, Deed{At: now, By: who, Verb: "test_hook", About: hook})
	})
}
