package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tongfa/press"
)

// Freeze (清样定稿) settles a planned edition: its order, and what it holds. A numbered issue gets its number, for ever, and prints the errata that
// wait; a supplement, which stands outside of the numbers, prints none. A number is for ever but where the issue is given up before anything of it came out,
// and no later one was given: then the next issue has it, so that the numbers have no gap (see giveBack).
// An issue without an article is frozen if it has errata to print.
func (l *Ledger) Freeze(ctx context.Context, p press.Plan, key string, ed Edit, now time.Time) (e press.Edition, err error) {
	if ed.Seen, err = l.printable(ctx, p, key, ed.Seen); err != nil {
		return e, err
	}
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if e, err = l.freeze(ctx, tx, p, key, ed, now); err != nil {
			return err
		}
		if err := l.changed(ctx, tx, key, "freeze_edition", equals(e), ed.Who, now); err != nil {
			return err
		}
		e.Version++
		return l.noteEntries(ctx, tx, e, ed.Who, "freeze", now)
	})
	return e, err
}

// printable refuses a planned edition that its channel could not put out as it is, before it is given a number, and returns the version that it looked at.
func (l *Ledger) printable(ctx context.Context, p press.Plan, key string, seen int) (int, error) {
	e, err := l.Edition(ctx, key)
	if err != nil || p.Check == nil || e.State != press.EditionPlanned || len(e.Entries)+len(e.Errata) == 0 {
		return seen, err
	}
	var stops []string
	for _, f := range p.Check(e.Edition) {
		if f.Severity == press.Stop {
			stops = append(stops, f.Place+f.Message)
		}
	}
	if len(stops) > 0 {
		return seen, fmt.Errorf("%s还不能定稿：%s", key, strings.Join(stops, "；"))
	}
	return cmp.Or(seen, e.Version), nil
}

func (l *Ledger) freeze(ctx context.Context, tx *sql.Tx, p press.Plan, key string, ed Edit, now time.Time) (press.Edition, error) {
	e, err := l.edition(ctx, tx, key)
	if err != nil {
		return e, err
	}
	if err := unchanged(e, ed); err != nil {
		return e, err
	}
	if e.State != press.EditionPlanned {
		return e, fmt.Errorf("%s处于“%s”，只有编排中的一期才能定稿", key, e.State.Name())
	}
	if p.Room() == 0 {
		return e, fmt.Errorf("渠道“%s”不编期号，也不由人编排，不需要定稿", p.Channel)
	}
	if err := l.allFit(ctx, tx, e, now); err != nil {
		return e, err
	}
	if n, room := len(e.Entries), p.Room(); n > room {
		return e, fmt.Errorf("这一期有%d篇，最多%d篇，请移出%d篇", n, room, n-room)
	}
	if p.Issues != nil && !e.Supplement {
		if err := l.claimErrata(ctx, tx, p.Channel, key); err != nil {
			return e, err
		}
		if e.Errata, err = l.errata(ctx, tx, key); err != nil {
			return e, err
		}
	}
	if len(e.Entries)+len(e.Errata) == 0 {
		return e, fmt.Errorf("%s里还没有稿件，也没有等待刊登的更正，不能定稿", key)
	}
	if p.Issues != nil {
		if err := l.number(ctx, tx, p, &e); err != nil {
			return e, err
		}
	}
	e = (&composer{p: p}).arrange(e)
	if p.Issues != nil && p.Issues.Title != nil {
		e.Title = p.Issues.Title(e)
	}
	if e.WithIndex {
		if err := l.settleIndex(ctx, tx, &e); err != nil {
			return e, err
		}
	}
	if err := l.settleProof(ctx, tx, p, &e, now); err != nil {
		return e, err
	}
	e.State = press.EditionFrozen
	for i := range e.Entries {
		e.Entries[i].Public = now
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE edition
		SET year = $2, number = $3, total = $4, title = $5, state = $6, composed_at = $7, proof = $8
		WHERE key = $1`, key, e.Year, e.Number, e.Total, e.Title, e.State, now.UnixMicro(), e.Proof)
	if err != nil {
		return e, fmt.Errorf("freeze %s: %w", key, err)
	}
	return e, l.settlePlaces(ctx, tx, p, e)
}

// Thaw (撤销定稿) lets people change a frozen edition again. One that has its number stays as its proof was read.
func (l *Ledger) Thaw(ctx context.Context, key, reason string, ed Edit, now time.Time) error {
	return l.change(ctx, key, change{"thaw_edition", ed, now, func(ctx context.Context, tx *sql.Tx, e press.Edition) (string, error) {
		if e.State != press.EditionFrozen {
			return "", fmt.Errorf("%s处于“%s”，没有定稿可撤销", key, e.State.Name())
		}
		if e.Number > 0 {
			return "", fmt.Errorf("%s已经编为%s，期号给出以后不能撤销定稿；可以移出不能发布的稿件，或者放弃这一期", key, e.IssueName())
		}
		_, err := tx.ExecContext(ctx, `UPDATE edition SET state = $2, try_at = NULL, issue_at = NULL, stopped = '', proof = 0 WHERE key = $1`, key, press.EditionPlanned)
		if err != nil {
			return "", fmt.Errorf("thaw %s: %w", key, err)
		}
		return reason, l.takeOutGone(ctx, tx, e, now)
	}})
}

// takeOutGone takes out of a planned edition what was withdrawn, or is not wanted on its channel any more, since it was frozen: there it had to
// stay until a person saw it.
func (l *Ledger) takeOutGone(ctx context.Context, tx *sql.Tx, e press.Edition, now time.Time) error {
	gone, err := texts(ctx, tx, `
		SELECT c.item
		FROM entry e
		JOIN copy c ON c.id = e.copy
		JOIN item i ON i.id = c.item
		WHERE e.edition = $1 AND (i.state = 'withdrawn' OR c.waits_for = 'unwanted')`, e.Key)
	if err != nil {
		return err
	}
	for _, en := range e.Entries {
		if !slices.Contains(gone, string(en.Item.ID)) {
			continue
		}
		if err := l.takeOut(ctx, tx, en.Copy, program(), now); err != nil {
			return err
		}
	}
	return nil
}

// Numbering is what an edition would be if it were frozen now: in its order, with the number and the title that it would get.
func (l *Ledger) Numbering(ctx context.Context, p press.Plan, e press.Edition) (press.Edition, error) {
	if e.State != press.EditionPlanned {
		return e, nil
	}
	e.Entries = slices.Clone(e.Entries)
	if p.Issues != nil {
		if err := l.number(ctx, l.read, p, &e); err != nil {
			return e, err
		}
	}
	e = (&composer{p: p}).arrange(e)
	if p.Issues != nil && p.Issues.Title != nil {
		e.Title = p.Issues.Title(e)
	}
	return e, nil
}

// number counts the issue: within the year of its slot, and since the first issue; a supplement only among those of its year. A number that was seen out
// there, or that an imported issue has, is never given again.
func (l *Ledger) number(ctx context.Context, tx querier, p press.Plan, e *press.Edition) error {
	e.Year = e.Slot.At.In(l.rules.Zone).Year()
	var own, seen, back struct{ number, total sql.NullInt64 }
	var restored bool
	err := tx.QueryRowContext(ctx, `
		SELECT
			(SELECT MAX(number) FROM edition WHERE channel = $1 AND year = $2 AND supplement = $5 AND number > 0),
			(SELECT MAX(total) FROM edition WHERE channel = $1 AND total > 0),
			(SELECT last FROM serial WHERE name = $3),
			(SELECT last FROM serial WHERE name = $4),
			(SELECT MAX(number) FROM back_issue WHERE channel = $1 AND year = $2 AND supplement = $5),
			(SELECT MAX(total) FROM back_issue WHERE channel = $1 AND total > 0),
			EXISTS (SELECT 1 FROM channel WHERE name = $1 AND restored_to IS NOT NULL)`,
		p.Channel, e.Year, issueSerial(p.Channel, e.Year, e.Supplement), totalSerial(p.Channel), e.Supplement).
		Scan(&own.number, &own.total, &seen.number, &seen.total, &back.number, &back.total, &restored)
	if err != nil {
		return fmt.Errorf("count issues of %s: %w", p.Channel, err)
	}
	if restored {
		return fmt.Errorf("台账恢复以后，渠道“%s”还没有普查完，不能编期号；普查以后再定稿", p.Channel)
	}
	next := func(ns ...sql.NullInt64) (n int) {
		for _, x := range ns {
			n = max(n, int(x.Int64))
		}
		return n + 1
	}
	e.Number, e.Total = next(own.number, seen.number, back.number), next(own.total, seen.total, back.total)
	if e.Supplement {
		e.Total = 0
		return nil
	}
	if !own.number.Valid && p.Issues.FirstYear == e.Year {
		e.Number = max(e.Number, p.Issues.FirstNo)
	}
	if !own.total.Valid {
		e.Total = max(e.Total, p.Issues.FirstTotal)
	}
	return nil
}

// giveBack takes its number from an issue that is given up and of which nothing came out, so that the next issue has it. Where a later number is in
// public, or may be, the number is lost: one that comes after it would be out of order.
func (l *Ledger) giveBack(ctx context.Context, tx *sql.Tx, e press.Edition, who Who, now time.Time) error {
	if e.Number == 0 {
		return nil
	}
	last, err := l.isLast(ctx, tx, e)
	if err != nil {
		return err
	}
	detail := "期号" + e.IssueName() + "收回，由下一期使用"
	if last {
		_, err = tx.ExecContext(ctx, `UPDATE edition SET year = 0, number = 0, total = 0, title = '' WHERE key = $1`, e.Key)
	} else {
		detail = "期号" + e.IssueName() + "不再使用：后面的期号已经给出"
	}
	if err != nil {
		return fmt.Errorf("give back the number of %s: %w", e.Key, err)
	}
	if err := l.changed(ctx, tx, e.Key, "free_number", detail, who, now); err != nil || !last {
		return err
	}
	return l.giveBackBefore(ctx, tx, e, now)
}

// giveBackBefore gives back the number of the issue before one that has just given back its own, if that issue was given up too: its number was
// lost only because a later one had been given.
func (l *Ledger) giveBackBefore(ctx context.Context, tx *sql.Tx, e press.Edition, now time.Time) error {
	query, args := `SELECT key FROM edition WHERE channel = $1 AND total > 0 ORDER BY total DESC LIMIT 1`, []any{e.Slot.Channel}
	if e.Total == 0 { // a supplement is counted only within its year
		query = `SELECT key FROM edition WHERE channel = $1 AND year = $2 AND supplement = $3 AND number > 0 ORDER BY number DESC LIMIT 1`
		args = append(args, e.Year, e.Supplement)
	}
	before, err := texts(ctx, tx, query, args...)
	if err != nil || len(before) == 0 {
		return err
	}
	return l.neverBegun(ctx, tx, before[0], now)
}

// isLast reports whether no issue has a number after an edition's, within its year or since the first.
func (l *Ledger) isLast(ctx context.Context, q querier, e press.Edition) (bool, error) {
	var later bool
	err := q.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM edition WHERE channel = $1 AND year = $2 AND supplement = $3 AND number > $4 AND number > 0)
			OR EXISTS (SELECT 1 FROM edition WHERE channel = $1 AND total > $5 AND total > 0 AND $5 > 0)`,
		e.Slot.Channel, e.Year, e.Supplement, e.Number, e.Total).Scan(&later)
	if err != nil {
		return false, fmt.Errorf("look for issues after %s: %w", e.Key, err)
	}
	return !later, nil
}

// Issue (发行) puts a frozen edition out, never before its slot. Every entry must still be approved in exactly the revision that was frozen.
func (l *Ledger) Issue(ctx context.Context, p press.Plan, key string, ed Edit, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		e, err := l.frozen(ctx, tx, key, ed)
		if err != nil {
			return err
		}
		if at := e.Slot.At; at.After(now) {
			return fmt.Errorf("%s定于%s发行，不能提前；可以定在这个时刻到点发行", key, clockTime(at.In(l.rules.Zone)))
		}
		if err := l.issue(ctx, tx, p, key, now); err != nil {
			return err
		}
		if err := l.changed(ctx, tx, key, "issue_edition", e.Title, ed.Who, now); err != nil {
			return err
		}
		return l.noteEntries(ctx, tx, e, ed.Who, "issue", now)
	})
}

// IssueAt has a frozen edition put out at a moment that is to come, such as that of the paper edition, and not before its slot. It is asked again then
// whether everything in it may go out; what keeps it back calls a person.
func (l *Ledger) IssueAt(ctx context.Context, p press.Plan, key string, at time.Time, ed Edit, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		e, err := l.frozen(ctx, tx, key, ed)
		if err != nil {
			return err
		}
		switch {
		case at.Before(e.Slot.At.Truncate(time.Minute)):
			return fmt.Errorf("%s定于%s发行，不能定在这以前", key, clockTime(e.Slot.At.In(l.rules.Zone)))
		case !at.After(now):
			return fmt.Errorf("%s已经过去，请定一个将来的时刻，或者现在就发行", clockTime(at.In(l.rules.Zone)))
		}
		e.IssueAt = at
		if err := l.allFit(ctx, tx, e, now); err != nil {
			return err
		}
		if err := l.tryAt(ctx, tx, key, at, at); err != nil {
			return err
		}
		return l.changed(ctx, tx, key, "time_edition", clockTime(at.In(l.rules.Zone)), ed.Who, now)
	})
}

// CallOff takes back the moment at which a frozen edition goes out. It waits for a person then.
func (l *Ledger) CallOff(ctx context.Context, key, reason string, ed Edit, now time.Time) error {
	return l.change(ctx, key, change{"untime_edition", ed, now, func(ctx context.Context, tx *sql.Tx, e press.Edition) (string, error) {
		if e.State != press.EditionFrozen || e.IssueAt.IsZero() {
			return "", fmt.Errorf("%s没有定下发出的时刻", key)
		}
		return reason, l.tryAt(ctx, tx, key, time.Time{}, time.Time{})
	}})
}

func (l *Ledger) tryAt(ctx context.Context, tx *sql.Tx, key string, issue, try time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE edition SET issue_at = $2, try_at = $3, stopped = '' WHERE key = $1`, key, micros(issue), micros(try))
	if err != nil {
		return fmt.Errorf("set moment of %s: %w", key, err)
	}
	return nil
}

func (l *Ledger) frozen(ctx context.Context, tx *sql.Tx, key string, ed Edit) (press.Edition, error) {
	e, err := l.edition(ctx, tx, key)
	if err != nil {
		return e, err
	}
	if err := unchanged(e, ed); err != nil {
		return e, err
	}
	if e.State != press.EditionFrozen {
		return e, fmt.Errorf("%s处于“%s”，定稿之后才能发行", key, e.State.Name())
	}
	return e, nil
}

// tryAgain is how soon an edition is tried again whose articles' pages elsewhere are not verified yet.
const tryAgain = 15 * time.Second

// IssueDue puts out the frozen editions of a channel whose moment has come, and says how many. One that waits for pages on another channel is tried again
// for as long as the channel waits for such; what keeps it back otherwise is told to a person, and it goes out by her word only. One that was to go out
// while nothing ran follows the channel's rule for what is late.
func (l *Ledger) IssueDue(ctx context.Context, p press.Plan, now time.Time) (issued int, err error) {
	keys, err := texts(ctx, l.read, `
		SELECT key
		FROM edition
		WHERE channel = $1 AND try_at <= $2 AND NOT EXISTS (SELECT 1 FROM channel WHERE name = $1 AND (paused OR restored_to IS NOT NULL))
		ORDER BY try_at
		LIMIT 20`, p.Channel, now.UnixMicro())
	if err != nil {
		return 0, err
	}
	var failed error
	for _, key := range keys { // the usual case costs no write
		out := false
		err := l.write(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
			out, err = l.issueDue(ctx, tx, p, key, now)
			return err
		})
		if err != nil { // the others do not wait for one that fails
			failed = errors.Join(failed, fmt.Errorf("issue %s at its moment: %w", key, err))
			continue
		}
		if out {
			issued++
		}
	}
	return issued, failed
}

func (l *Ledger) issueDue(ctx context.Context, tx *sql.Tx, p press.Plan, key string, now time.Time) (bool, error) {
	var try sql.NullInt64
	if err := tx.QueryRowContext(ctx, `SELECT try_at FROM edition WHERE key = $1`, key).Scan(&try); err != nil {
		return false, fmt.Errorf("read moment of %s: %w", key, err)
	}
	if !try.Valid || l.moment(try).After(now) {
		return false, nil // called off, or put out, a moment ago
	}
	e, err := l.edition(ctx, tx, key)
	if err != nil {
		return false, err
	}
	if now.Sub(l.moment(try)) > press.OnTime && cmp.Or(p.Late, press.LatePublish) != press.LatePublish {
		return false, l.missed(ctx, tx, p, e, now)
	}
	why, err := l.keptBack(ctx, tx, e, now, now)
	if err == nil && why == "" {
		why, err = l.nothingIn(ctx, tx, &e)
	}
	if err != nil {
		return false, err
	}
	if why == "" {
		if why, err = l.unverified(ctx, tx, p, e); err != nil {
			return false, err
		}
		if why != "" && now.Before(e.IssueAt.Add(max(p.Wait, tryAgain))) {
			_, err := tx.ExecContext(ctx, `UPDATE edition SET try_at = $2 WHERE key = $1`, key, now.Add(tryAgain).UnixMicro())
			return false, err
		}
	}
	if why != "" {
		return false, l.stay(ctx, tx, key, why, now)
	}
	if err := l.issue(ctx, tx, p, key, now); err != nil {
		return false, err
	}
	return true, l.changed(ctx, tx, key, "issue_edition", e.Title, program(), now)
}

// missed deals with an edition whose moment has gone by while nothing ran, or its channel was paused, as the channel's rule says: it is left to the next
// moment of the timetable, or a person is asked. Where no moment is to come, she is asked too.
func (l *Ledger) missed(ctx context.Context, tx *sql.Tx, p press.Plan, e press.Edition, now time.Time) error {
	was := clockTime(e.Due().In(l.rules.Zone))
	if p.Late == press.LateNext && p.When != nil {
		if next := p.When.Next(now); !next.IsZero() {
			if err := l.tryAt(ctx, tx, e.Key, next, next); err != nil {
				return err
			}
			return l.changed(ctx, tx, e.Key, "time_edition", "错过了"+was+"，移到下一时段"+clockTime(next.In(l.rules.Zone)), program(), now)
		}
	}
	return l.stay(ctx, tx, e.Key, "定于"+was+"发出，那时程序没有运行或者渠道已暂停，错过了。请决定现在发行、另定时刻，还是放弃", now)
}

// stay keeps a frozen edition from going out by itself, and tells people why.
func (l *Ledger) stay(ctx context.Context, tx *sql.Tx, key, why string, now time.Time) error {
	if _, err := tx.ExecContext(ctx, `UPDATE edition SET try_at = NULL, stopped = $2 WHERE key = $1`, key, why); err != nil {
		return fmt.Errorf("stop %s: %w", key, err)
	}
	return l.changed(ctx, tx, key, "stop_edition", why, program(), now)
}

// nothingIn looks once more at what an edition is to correct, and says so where nothing is left in it; "" where something is.
func (l *Ledger) nothingIn(ctx context.Context, tx *sql.Tx, e *press.Edition) (string, error) {
	if err := l.checkErrata(ctx, tx, e.Key); err != nil {
		return "", err
	}
	var err error
	if e.Errata, err = l.errata(ctx, tx, e.Key); err != nil {
		return "", err
	}
	if err := l.unlikeProof(ctx, tx, *e); err != nil {
		return "", err
	}
	if len(e.Entries)+len(e.Errata) == 0 {
		return e.Key + "里已经没有稿件，也没有要刊登的更正，不能发行", nil
	}
	return "", nil
}

func (l *Ledger) issue(ctx context.Context, tx *sql.Tx, p press.Plan, key string, now time.Time) error {
	e, err := l.frozen(ctx, tx, key, Edit{})
	if err != nil {
		return err
	}
	why, err := l.keptBack(ctx, tx, e, now, now) // also where it was to go out later: nothing in it goes out before its own time
	if err == nil && why == "" {
		why, err = l.unverified(ctx, tx, p, e)
	}
	if err == nil && why == "" {
		why, err = l.nothingIn(ctx, tx, &e)
	}
	if err != nil {
		return err
	}
	if why != "" {
		return errors.New(why)
	}
	if e.Number == 0 { // what it links may have come meanwhile; a numbered issue stays as its proof was read
		for i := range e.Entries {
			e.Entries[i].Public = now
		}
		if err := l.settlePlaces(ctx, tx, p, e); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE edition SET state = $2, try_at = NULL, stopped = '' WHERE key = $1`, key, press.EditionOpen); err != nil {
		return fmt.Errorf("issue %s: %w", key, err)
	}
	return l.openAct(ctx, tx, e, press.Publish, now)
}

// unverified is which entry still waits for its page on a channel that comes before; "" for none.
func (l *Ledger) unverified(ctx context.Context, q querier, p press.Plan, e press.Edition) (string, error) {
	c := &composer{l: l, q: q, p: p}
	for _, en := range e.Entries {
		w, err := c.after(ctx, en.Item)
		if err != nil {
			return "", err
		}
		if w != nil {
			return fmt.Sprintf("稿件%s%s", en.Item.ID, w.note), nil
		}
	}
	return "", nil
}

// allFit says which entry of an edition keeps it from being frozen or issued.
func (l *Ledger) allFit(ctx context.Context, tx *sql.Tx, e press.Edition, now time.Time) error {
	at := now
	if e.State == press.EditionPlanned || !e.IssueAt.IsZero() {
		at = later(e.Due(), now)
	}
	why, err := l.keptBack(ctx, tx, e, at, now)
	if err != nil || why == "" {
		return err
	}
	return errors.New(why)
}

// keptBack is what keeps an edition from going out at a moment: entries that may not, and those that belong with others that are not in it.
func (l *Ledger) keptBack(ctx context.Context, q querier, e press.Edition, at, now time.Time) (string, error) {
	bad, err := l.unfitAt(ctx, q, e.Key, at, now)
	if err != nil {
		return "", err
	}
	if len(bad) > 0 {
		return fmt.Sprintf("%s里有%d篇稿件不能发布（撤回、暂缓、修改、审签变化、不再需要在这个渠道发布，或者不能确认是否已经发布）：%s。请先处理，或者把它移出这一期",
			e.Key, len(bad), strings.Join(bad, "、")), nil
	}
	for _, en := range e.Entries {
		apart, err := l.apart(ctx, q, e, en)
		if err != nil {
			return "", err
		}
		if len(apart) > 0 {
			return fmt.Sprintf("稿件%s须与“%s”同时发布，不能分开。请一并编入，或者把它移出这一期", en.Item.ID, strings.Join(apart, "、")), nil
		}
	}
	return "", nil
}

// apart are those that an entry belongs with, are to be on its channel, and are neither in its edition nor out.
func (l *Ledger) apart(ctx context.Context, q querier, e press.Edition, en press.Entry) ([]string, error) {
	if en.Copy.State.Public() {
		return nil, nil
	}
	g, err := l.group(ctx, q, en.Item.ID)
	if err != nil {
		return nil, err
	}
	out := g.missing
	for _, id := range g.members {
		if slices.ContainsFunc(e.Entries, func(x press.Entry) bool { return x.Item.ID == id }) {
			continue
		}
		c, wanted, err := l.newest(ctx, q, id, en.Copy.Channel)
		if err != nil {
			return nil, err
		}
		if wanted && c.State == press.Waiting {
			out = append(out, string(id))
		}
	}
	return out, nil
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
	if e.State == press.EditionPlanned && !e.Supplement { // what it will correct is claimed when it is frozen
		if e.Errata, err = l.waitingErrata(ctx, l.read, e.Slot.Channel); err != nil {
			return EditionLine{}, err
		}
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

// EditionFilter chooses editions: of one channel, or of all for "", in one state, or in any.
type EditionFilter struct {
	Channel string
	State   press.EditionState
	Before  time.Time // the slot of the last one seen
	Limit   int
}

// Editions lists editions, newest slot first, of one channel or of all for "". before is the slot of the last one seen. A page never
// ends within a slot, and so may be longer than limit.
func (l *Ledger) Editions(ctx context.Context, channel string, before time.Time, limit int) ([]EditionLine, error) {
	return l.EditionsBy(ctx, EditionFilter{Channel: channel, Before: before, Limit: limit})
}

// EditionsBy is Editions of those that a filter lets through.
func (l *Ledger) EditionsBy(ctx context.Context, f EditionFilter) ([]EditionLine, error) {
	before := f.Before
	if before.IsZero() {
		before = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return l.editionLines(ctx, f.query(), f.Channel, before.UnixMicro(), max(f.Limit, 1)-1, f.State)
}

// Ahead are the editions that people have not issued yet, the next one first; of one channel, or of all for "".
func (l *Ledger) Ahead(ctx context.Context, channel string, most int) ([]EditionLine, error) {
	return l.editionLines(ctx, `
		SELECT `+editionColumns+`, out_at, (SELECT COUNT(*) FROM entry WHERE edition = key)
		FROM edition
		WHERE state IN ('planned', 'frozen') AND ($1 = '' OR channel = $1)
		ORDER BY slot_at, seq
		LIMIT $2`, channel, most)
}

func (l *Ledger) editionLines(ctx context.Context, query string, args ...any) ([]EditionLine, error) {
	rows, err := l.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read editions: %w", err)
	}
	defer rows.Close()
	var out []EditionLine
	for rows.Next() {
		var e EditionLine
		var outAt sql.NullInt64
		if e.Edition, err = l.scanEdition(rows, &outAt, &e.Count); err != nil {
			return nil, fmt.Errorf("read editions: %w", err)
		}
		e.OutAt = l.moment(outAt)
		out = append(out, e)
	}
	return out, rows.Err()
}

func (f EditionFilter) query() string {
	which := `$1 = ''`
	if f.Channel != "" {
		which = `channel = $1`
	}
	if f.State != "" {
		which += ` AND state = $4`
	} else {
		which += ` AND $4 = ''`
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
