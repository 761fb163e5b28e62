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

// lookTime is when a look that was handed out and never told about is handed out again.
const lookTime = 10 * time.Minute

// Looks takes up to most public copies of a channel that are due to be looked at. Each is handed out once, until Saw. One whose Saw
// never comes is handed out again after a while: a look does no harm.
func (l *Ledger) Looks(ctx context.Context, channel string, now time.Time, most int) ([]press.Entry, error) {
	if next, err := l.NextLook(ctx, channel); err != nil || next.IsZero() || next.After(now) {
		return nil, err // the usual case costs no write
	}
	var ids []int64
	err := l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var err error
		ids, err = numbers(ctx, tx, `
			UPDATE copy
			SET look_at = $4
			WHERE id IN (SELECT id FROM copy WHERE channel = $1 AND look_at <= $2 ORDER BY look_at LIMIT $3)
			RETURNING id`, channel, now.UnixMicro(), most, now.Add(lookTime).UnixMicro())
		return err
	})
	if err != nil {
		return nil, err
	}
	return l.entriesOf(ctx, ids)
}

// PublicCopies are the copies of an item that are believed to be out there, ready to be looked at.
func (l *Ledger) PublicCopies(ctx context.Context, ref string) ([]press.Entry, error) {
	id, err := find(ctx, l.read, ref)
	if err != nil {
		return nil, err
	}
	ids, err := numbers(ctx, l.read, `SELECT id FROM copy WHERE item = $1 AND state IN ('live', 'verified', 'differs') ORDER BY id`, id)
	if err != nil {
		return nil, err
	}
	return l.entriesOf(ctx, ids)
}

// PublicPage lists the public copies of all items after a copy's id, for a check of everything.
func (l *Ledger) PublicPage(ctx context.Context, after int64, most int) ([]press.Entry, error) {
	ids, err := numbers(ctx, l.read, `
		SELECT id
		FROM copy
		WHERE id > $1 AND state IN ('live', 'verified', 'differs')
		ORDER BY id
		LIMIT $2`, after, most)
	if err != nil {
		return nil, err
	}
	return l.entriesOf(ctx, ids)
}

// entriesOf are the entries by which copies went out, as far as they can be read.
func (l *Ledger) entriesOf(ctx context.Context, ids []int64) ([]press.Entry, error) {
	out := make([]press.Entry, 0, len(ids))
	for _, id := range ids {
		e, err := l.entryOf(ctx, l.read, id)
		if err != nil {
			return out, err
		}
		out = append(out, e)
	}
	return out, nil
}

// entryOf is the entry by which a copy went out.
func (l *Ledger) entryOf(ctx context.Context, q querier, id int64) (press.Entry, error) {
	var en press.Entry
	c, err := l.copyOf(ctx, q, id)
	if err != nil {
		return en, err
	}
	en.Copy = c
	var public sql.NullInt64
	err = q.QueryRowContext(ctx, `SELECT section, position, public_at FROM entry WHERE edition = $1 AND copy = $2`, c.Edition, id).Scan(
		&en.Section, &en.Position, &public)
	if err != nil && !errors.Is(err, sql.ErrNoRows) { // a copy that a person published by hand has none
		return en, fmt.Errorf("read entry of copy %d: %w", id, err)
	}
	en.Public = l.moment(public)
	return en, l.fill(ctx, q, &en)
}

// blindPause is when a copy that could not be looked at is tried again; it doubles while nothing is seen, up to mostBlind.
const (
	blindPause = 2 * time.Minute
	mostBlind  = 6 * time.Hour
)

// Saw records what a check saw. A copy that says the approved words is verified; its first verified sighting is its
// first public time for ever. What could not be seen says nothing about the copy.
func (l *Ledger) Saw(ctx context.Context, s press.Sighting, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		c, err := l.copyOf(ctx, tx, s.Copy)
		if err != nil {
			return err
		}
		if !c.State.Public() { // withdrawn while it was being looked at
			_, err := tx.ExecContext(ctx, `UPDATE copy SET look_at = NULL WHERE id = $1`, c.ID)
			return err
		}
		if again, err := l.seenTooEarly(ctx, tx, c, s, now); err != nil || !again.IsZero() {
			return errors.Join(err, l.lookAgain(ctx, tx, c.ID, again, c.Looks))
		}
		times, err := l.appendSighting(ctx, tx, s, now)
		if err != nil {
			return err
		}
		if err := l.pace(ctx, tx, s, now); err != nil {
			return err
		}
		switch s.Status {
		case press.SeenBlind:
			return l.blind(ctx, tx, c, s, times, now)
		case press.SeenEqual:
			return l.verified(ctx, tx, c, now)
		}
		return l.differs(ctx, tx, c, s, now)
	})
}

// appendSighting writes down what differs from the last sighting, and counts what does not. It says how often the same was seen in a row.
func (l *Ledger) appendSighting(ctx context.Context, tx *sql.Tx, s press.Sighting, now time.Time) (times int, err error) {
	err = tx.QueryRowContext(ctx, `
		UPDATE sighting
		SET last_at = $6, times = times + 1
		WHERE id = (SELECT MAX(id) FROM sighting WHERE copy = $1) AND status = $2 AND digest = $3 AND detail = $4 AND url = $5
		RETURNING times`, s.Copy, s.Status, s.Digest, s.Detail, s.URL, now.UnixMicro()).Scan(&times)
	if err == nil {
		return times, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("count sighting: %w", err)
	}
	changes, err := json.Marshal(s.Changes[:min(len(s.Changes), mostChanges)])
	if err != nil {
		return 0, fmt.Errorf("encode changes: %w", err) // unreachable: they are texts
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO sighting (copy, status, digest, url, detail, at, last_at, elapsed, changes)
		VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)`, s.Copy, s.Status, s.Digest, s.URL, s.Detail, now.UnixMicro(), s.Elapsed.Microseconds(), changes)
	if err != nil {
		return 0, fmt.Errorf("append sighting: %w", err)
	}
	return 1, nil
}

// mostChanges is how many differences of a sighting are kept.
const mostChanges = 50

func (l *Ledger) blind(ctx context.Context, tx *sql.Tx, c press.Copy, s press.Sighting, times int, now time.Time) error {
	pause := min(blindPause<<min(times-1, 10), mostBlind)
	if err := l.lookNext(ctx, tx, c.ID, now, now.Add(pause), c.Looks); err != nil {
		return err
	}
	return l.turnCopy(ctx, tx, c, turn{state: c.State, note: unseen + s.Detail, who: program(), verb: "look", at: now})
}

func (l *Ledger) verified(ctx context.Context, tx *sql.Tx, c press.Copy, now time.Time) error {
	waits := l.rules.Looks
	if err := l.lookNext(ctx, tx, c.ID, now, now.Add(waits[min(c.Looks, len(waits)-1)]), c.Looks+1); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE copy SET first_at = $2 WHERE id = $1 AND first_at IS NULL`, c.ID, now.UnixMicro()); err != nil {
		return fmt.Errorf("note first public time of copy %d: %w", c.ID, err)
	}
	said, err := l.stillSaid(ctx, tx, c)
	if err != nil || c.State == press.CopyVerified && c.Note == said {
		return err
	}
	if err := l.turnCopy(ctx, tx, c, turn{state: press.CopyVerified, note: said, who: program(), verb: "look", at: now}); err != nil {
		return err
	}
	if c.State == press.CopyVerified {
		return nil
	}
	return l.wakeGroup(ctx, tx, c.Item, now) // what comes after this channel may go now
}

// unseen begins the note of a copy that could not be looked at.
const unseen = "未能核验："

// stillSaid is what of a copy's note a look that finds it as approved does not answer: what an act waits for that is to change it, such as the
// next day's deletions.
func (l *Ledger) stillSaid(ctx context.Context, tx *sql.Tx, c press.Copy) (string, error) {
	if c.Note == "" || c.State == press.CopyDiffers || strings.HasPrefix(c.Note, unseen) {
		return "", nil
	}
	acts, err := l.onCopy(ctx, tx, c)
	if err != nil || len(acts) == 0 {
		return "", err
	}
	return c.Note, nil
}

func (l *Ledger) differs(ctx context.Context, tx *sql.Tx, c press.Copy, s press.Sighting, now time.Time) error {
	if err := l.lookNext(ctx, tx, c.ID, now, now.Add(l.rules.Looks[0]), 0); err != nil {
		return err
	}
	words := map[press.SightingStatus]string{
		press.SeenDiffers: "与已签发的文本不一致", press.SeenGone: "公开页面已不存在", press.SeenBanned: "已被平台屏蔽", press.SeenMoved: "已被跳转到别处",
	}
	note := words[s.Status]
	if s.Detail != "" {
		note += "：" + s.Detail
	}
	return l.turnCopy(ctx, tx, c, turn{state: press.CopyDiffers, note: note, who: program(), verb: "look", at: now})
}

// pace notes since when nobody could look, and how many looks in a row were slow. A look that saw nothing says nothing about the latter.
func (l *Ledger) pace(ctx context.Context, tx *sql.Tx, s press.Sighting, now time.Time) error {
	blind, slow := s.Status == press.SeenBlind, s.Elapsed > l.rules.Slow
	_, err := tx.ExecContext(ctx, `
		UPDATE copy
		SET blind_at = CASE WHEN $2 THEN COALESCE(blind_at, $4) END,
			slow = CASE WHEN $2 THEN slow WHEN $3 THEN MIN(slow + 1, 3) ELSE 0 END
		WHERE id = $1 AND ($2 OR $3 OR slow > 0 OR blind_at IS NOT NULL)`, s.Copy, blind, slow, now.UnixMicro())
	if err != nil {
		return fmt.Errorf("note pace of copy %d: %w", s.Copy, err)
	}
	return nil
}

// lookNext plans the look after one that ended at now. What is due by now was made due while it was under way, as what was handed out is due
// again only after lookTime: it stays due, and is looked at again.
func (l *Ledger) lookNext(ctx context.Context, tx *sql.Tx, id int64, now, at time.Time, looks int) error {
	_, err := tx.ExecContext(ctx, `UPDATE copy SET look_at = CASE WHEN look_at <= $4 THEN look_at ELSE $2 END, looks = $3 WHERE id = $1`,
		id, at.UnixMicro(), looks, now.UnixMicro())
	if err != nil {
		return fmt.Errorf("plan look at copy %d: %w", id, err)
	}
	return nil
}

func (l *Ledger) lookAgain(ctx context.Context, tx *sql.Tx, id int64, at time.Time, looks int) error {
	if _, err := tx.ExecContext(ctx, `UPDATE copy SET look_at = $2, looks = $3 WHERE id = $1`, id, at.UnixMicro(), looks); err != nil {
		return fmt.Errorf("plan look at copy %d: %w", id, err)
	}
	return nil
}
