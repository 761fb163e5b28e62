package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tongfa/press"
)

// SurveyedAt is when the last survey of a channel began, and whether it was complete. A channel that never was surveyed begins to count now.
func (l *Ledger) SurveyedAt(ctx context.Context, channel string, now time.Time) (at time.Time, complete bool, err error) {
	var n sql.NullInt64
	err = l.read.QueryRowContext(ctx, `SELECT at, complete FROM survey WHERE channel = $1`, channel).Scan(&n, &complete)
	if errors.Is(err, sql.ErrNoRows) {
		return now, false, l.SurveyEnded(ctx, channel, now, false, now)
	}
	if err != nil {
		return time.Time{}, false, fmt.Errorf("read survey of %s: %w", channel, err)
	}
	return l.moment(n), complete, nil
}

// Surveyed takes a part of what a survey of a channel found. What is out there and waits here is adopted: it is claimed by an edition
// that is out, so that nothing can publish it again. What the ledger does not know is kept as a stranger. The same part again changes nothing.
// began is when the survey began, the same for all its parts.
func (l *Ledger) Surveyed(ctx context.Context, p press.Plan, found []press.Found, began time.Time) (out press.Survey, err error) {
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		out = press.Survey{}
		s := &surveyed{l: l, tx: tx, p: p, now: began, who: program(), out: &out}
		for _, f := range found {
			if err := s.take(ctx, f); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// SurveyEnded notes that a survey is over, which reached back to a moment (zero: to the beginning). After a complete one, a stranger that
// was not met again is gone.
func (l *Ledger) SurveyEnded(ctx context.Context, channel string, since time.Time, complete bool, began time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO survey (channel, at, complete) VALUES ($1, $2, $3)
			ON CONFLICT (channel) DO UPDATE SET at = $2, complete = $3`, channel, began.UnixMicro(), complete)
		if err != nil {
			return fmt.Errorf("note survey of %s: %w", channel, err)
		}
		if !complete {
			return nil
		}
		res, err := tx.ExecContext(ctx, `
			UPDATE stranger
			SET gone_at = $2
			WHERE channel = $1 AND known_by = '' AND gone_at IS NULL AND last_at < $2 AND ($3 IS NULL OR public_at >= $3)`,
			channel, began.UnixMicro(), micros(since))
		if err != nil {
			return fmt.Errorf("let strangers on %s go: %w", channel, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return l.wakeDoubted(ctx, tx, began)
	})
}

// surveyed takes what was found, within one transaction.
type surveyed struct {
	l   *Ledger
	tx  *sql.Tx
	p   press.Plan
	now time.Time
	who Who
	out *press.Survey
}

func (s *surveyed) take(ctx context.Context, f press.Found) error {
	s.out.Seen++
	f.Title = plainTitle(f.Title)
	f.Ref = cmp.Or(f.Ref, f.URL)
	if back, err := s.isBack(ctx, f); err != nil || back {
		return errors.Join(err, s.met(ctx, f))
	}
	if err := s.number(ctx, f); err != nil {
		return err
	}
	c, known, err := s.copy(ctx, f)
	if err != nil {
		return err
	}
	if !known {
		return s.unmarked(ctx, f)
	}
	switch {
	case c.State == press.CopyWithdrawn, c.State == press.CopyRefused:
		return s.ended(ctx, c, f)
	case c.State.Public():
		return s.public(ctx, c, f)
	case c.State == press.Waiting && c.Edition == "":
		return s.adopt(ctx, c, f)
	}
	return s.claimed(ctx, c, f)
}

// unmarked is no copy. It may be the place of a whole issue: then its pages are looked at, as none of them was told.
func (s *surveyed) unmarked(ctx context.Context, f press.Found) error {
	e, ours, err := s.issue(ctx, f)
	if err != nil {
		return err
	}
	if !ours || f.Marker != "" {
		return s.stranger(ctx, f, "")
	}
	if e, err = s.l.edition(ctx, s.tx, e.Key); err != nil {
		return err
	}
	do := map[press.EditionState]func(context.Context, press.Edition) error{
		press.EditionOut: s.lookAtAll, press.EditionPart: s.lookAtAll, press.EditionOpen: s.lookFirst,
	}[e.State]
	if e.State == press.EditionFrozen && len(e.Entries) == 0 { // of errata only
		do = s.underway
	}
	if do != nil {
		return errors.Join(s.met(ctx, f), do(ctx, e))
	}
	return s.stranger(ctx, f, fmt.Sprintf("占着%s的期号，台账里它是“%s”", e.Key, e.State.Name()))
}

// lookAtAll has every public page of an issue looked at, now.
func (s *surveyed) lookAtAll(ctx context.Context, e press.Edition) error {
	res, err := s.tx.ExecContext(ctx, `
		UPDATE copy
		SET look_at = MIN(COALESCE(look_at, $2), $2)
		WHERE id IN (SELECT copy FROM entry WHERE edition = $1 AND claims = 1) AND newest AND state IN ('live', 'verified', 'differs')`, e.Key, s.now.UnixMicro())
	if err != nil {
		return fmt.Errorf("look at the pages of %s: %w", e.Key, err)
	}
	n, err := res.RowsAffected()
	s.out.Looked += int(n)
	return err
}

// underway is a frozen issue that was issued without us: its act looks.
func (s *surveyed) underway(ctx context.Context, e press.Edition) error {
	if _, err := s.tx.ExecContext(ctx, `UPDATE edition SET state = $2 WHERE key = $1`, e.Key, press.EditionOpen); err != nil {
		return fmt.Errorf("open %s: %w", e.Key, err)
	}
	if err := s.l.openAct(ctx, s.tx, e, press.Publish, s.now); err != nil {
		return err
	}
	return s.lookFirst(ctx, e)
}

// lookFirst has a publication that is open look before it acts, at once unless it is in hands.
func (s *surveyed) lookFirst(ctx context.Context, e press.Edition) error {
	s.out.Looked++
	_, err := s.tx.ExecContext(ctx, `
		UPDATE act
		SET look = 1, due_at = CASE WHEN due_at IS NULL THEN NULL ELSE $2 END
		WHERE edition = $1 AND verb = 'publish' AND state = 'open'`, e.Key, s.now.UnixMicro())
	if err != nil {
		return fmt.Errorf("look at %s: %w", e.Key, err)
	}
	return nil
}

// ended is met out there though the ledger has ended it. What was withdrawn before the ledger knew that it was out is adopted, and taken back.
func (s *surveyed) ended(ctx context.Context, c press.Copy, f press.Found) error {
	if f.Withdrawn || c.Since.After(s.now) { // it may have been met before it went
		return nil
	}
	it, err := s.l.item(ctx, s.tx, c.Item)
	if err != nil {
		return err
	}
	newest, _, err := s.l.newest(ctx, s.tx, c.Item, c.Channel)
	if err != nil {
		return err
	}
	if newest.State.Public() && f.URL != "" && newest.URL == f.URL { // a person said that it is this one by now
		return s.public(ctx, newest, f)
	}
	if it.State == press.Withdrawn && c.Edition == "" && newest.ID == c.ID && (f.URL != "" || !f.Public.IsZero()) {
		return s.unclaimed(ctx, c, f)
	}
	return s.stranger(ctx, f, fmt.Sprintf("是稿件%s的一份，台账里已是“%s”", c.Item, c.State.Name()))
}

// unclaimed is met while no edition has it. One that was withdrawn waits once more for an instant, to be claimed by the one that it went out in.
func (s *surveyed) unclaimed(ctx context.Context, c press.Copy, f press.Found) error {
	if c.State == press.CopyWithdrawn {
		if f.Withdrawn {
			return nil
		}
		t := turn{state: press.Waiting, note: "撤回时已在渠道上公开，台账里没有发布记录", who: s.who, verb: "adopt", at: s.now}
		if err := s.l.turnCopy(ctx, s.tx, c, t); err != nil {
			return err
		}
		c.State = press.Waiting
	}
	return s.adopt(ctx, c, f)
}

// plainTitle is a title without what layout adds to it, so that equal ones compare equal.
func plainTitle(s string) string { return strings.Join(strings.Fields(s), " ") }

// number remembers the numbers that issues out there have, so that none is given again.
func (s *surveyed) number(ctx context.Context, f press.Found) error {
	for name, n := range map[string]int{issueSerial(s.p.Channel, f.Year, f.Supplement): f.Number, totalSerial(s.p.Channel): f.Total} {
		if n <= 0 {
			continue
		}
		_, err := s.tx.ExecContext(ctx, `
			INSERT INTO serial (name, last) VALUES ($1, $2)
			ON CONFLICT (name) DO UPDATE SET last = MAX(last, $2)`, name, n)
		if err != nil {
			return fmt.Errorf("note number of an issue: %w", err)
		}
	}
	return nil
}

func issueSerial(channel string, year int, supplement bool) string {
	if supplement {
		return fmt.Sprintf("supplement/%s/%d", channel, year)
	}
	return fmt.Sprintf("issue/%s/%d", channel, year)
}

func totalSerial(channel string) string { return "total/" + channel }

// copy finds the copy that something out there is: by its marker, or by the address that a person registered.
func (s *surveyed) copy(ctx context.Context, f press.Found) (press.Copy, bool, error) {
	c, err := s.l.scanCopy(s.tx.QueryRowContext(ctx, `
		SELECT `+copyColumns+`
		FROM copy c
		WHERE c.marker = $1 AND c.channel = $2`, f.Marker, s.p.Channel))
	if errors.Is(err, sql.ErrNoRows) && f.URL != "" {
		c, err = s.l.scanCopy(s.tx.QueryRowContext(ctx, `
			SELECT `+copyColumns+`
			FROM copy c
			WHERE c.url = $1 AND c.url <> '' AND c.channel = $2
			ORDER BY c.generation DESC
			LIMIT 1`, f.URL, s.p.Channel))
	}
	if errors.Is(err, sql.ErrNoRows) {
		return c, false, nil
	}
	if err != nil {
		return c, false, fmt.Errorf("find copy of %s: %w", f.Ref, err)
	}
	return c, true, nil
}

// public is met where it is believed to be. What it says of itself may show that it is not as believed.
func (s *surveyed) public(ctx context.Context, c press.Copy, f press.Found) error {
	if err := s.met(ctx, f); err != nil {
		return err
	}
	if !f.Withdrawn && (f.Revision == 0 || f.Revision == c.Revision) {
		return nil
	}
	s.out.Looked++
	return s.l.lookAgain(ctx, s.tx, c.ID, s.now, 0)
}

// met ends what was a stranger until its copy was adopted.
func (s *surveyed) met(ctx context.Context, f press.Found) error {
	res, err := s.tx.ExecContext(ctx, `
		UPDATE stranger
		SET known_by = $3, note = '已认领'
		WHERE channel = $1 AND ref = $2 AND known_by = ''`, s.p.Channel, f.Ref, s.who.Name)
	if err != nil {
		return fmt.Errorf("end stranger %s: %w", f.Ref, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return s.l.wakeDoubted(ctx, s.tx, s.now) // others of its title waited for it too
}

func (s *surveyed) stranger(ctx context.Context, f press.Found, why string) error {
	if why == "" && f.Withdrawn {
		why = "已撤下的页面"
	}
	var fresh bool
	err := s.tx.QueryRowContext(ctx, `
		INSERT INTO stranger (channel, ref, marker, url, title, public_at, found_at, last_at, note)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)
		ON CONFLICT (channel, ref) DO UPDATE SET
			url = $4, title = $5, last_at = $7, gone_at = NULL,
			found_at = CASE WHEN gone_at IS NULL THEN found_at ELSE $7 END
		RETURNING found_at = last_at`,
		s.p.Channel, f.Ref, f.Marker, f.URL, f.Title, micros(f.Public), s.now.UnixMicro(), why).Scan(&fresh)
	if err != nil {
		return fmt.Errorf("note stranger %s: %w", f.Ref, err)
	}
	if fresh {
		s.out.Strangers++
	}
	return nil
}

// claimed is met while an edition has it. An act that is open looks at once; an issue that is not yet an act was issued without us.
func (s *surveyed) claimed(ctx context.Context, c press.Copy, f press.Found) error {
	e, err := s.l.scanEdition(s.tx.QueryRowContext(ctx, `SELECT `+editionColumns+` FROM edition WHERE key = $1`, c.Edition))
	if err != nil {
		return fmt.Errorf("read edition of copy %d: %w", c.ID, err)
	}
	same := e.Number == f.Number && e.Year == f.Year && e.Supplement == f.Supplement
	switch {
	case e.State == press.EditionFrozen && same:
		return s.underway(ctx, e)
	case e.State == press.EditionPlanned, e.State == press.EditionFrozen:
		if err := s.l.takeOut(ctx, s.tx, c, program(), s.now); err != nil {
			return err
		}
		if c, err = s.l.copyOf(ctx, s.tx, c.ID); err != nil {
			return err
		}
		return s.unclaimed(ctx, c, f)
	}
	return s.lookFirst(ctx, e)
}

// adopt claims a copy that waits and is out there. What has no address yet, such as a draft, goes on as an act that looks and finds it.
func (s *surveyed) adopt(ctx context.Context, c press.Copy, f press.Found) error {
	if err := s.met(ctx, f); err != nil {
		return err
	}
	en, err := s.entry(ctx, c, f)
	if err != nil {
		return err
	}
	under := f.URL == "" && !f.Withdrawn
	e, err := s.edition(ctx, f, under)
	if err != nil {
		return err
	}
	// It may have been in an issue that was given up, and is out there.
	if _, err := s.tx.ExecContext(ctx, `DELETE FROM entry WHERE edition = $1 AND copy = $2 AND claims = 0`, e.Key, c.ID); err != nil {
		return fmt.Errorf("claim copy %d again: %w", c.ID, err)
	}
	if err := s.l.addEntry(ctx, s.tx, e, en, program()); err != nil {
		return err
	}
	if err := s.isOut(ctx, e.Key); err != nil {
		return err
	}
	e.Entries = []press.Entry{en}
	if err := s.l.settlePlaces(ctx, s.tx, s.p, e); err != nil {
		return err
	}
	if c, err = s.l.copyOf(ctx, s.tx, c.ID); err != nil {
		return err
	}
	s.out.Adopted++
	return s.turn(ctx, c, f)
}

// isOut says of an issue that was thought to have failed, in whole or in part, what is claimed by it now.
func (s *surveyed) isOut(ctx context.Context, key string) error {
	_, err := s.tx.ExecContext(ctx, `
		UPDATE edition
		SET state = CASE WHEN EXISTS (SELECT 1 FROM entry WHERE edition = $1 AND claims = 0) THEN 'partly' ELSE 'out' END
		WHERE key = $1 AND state IN ('failed', 'partly')`, key)
	if err != nil {
		return fmt.Errorf("note that %s is out: %w", key, err)
	}
	return nil
}

func (s *surveyed) turn(ctx context.Context, c press.Copy, f press.Found) error {
	if _, err := s.tx.ExecContext(ctx, `UPDATE copy SET doubt = '' WHERE id = $1`, c.ID); err != nil {
		return fmt.Errorf("adopt copy %d: %w", c.ID, err)
	}
	t := turn{state: press.CopyLive, note: "在渠道上找到，台账里没有发布记录，已认领", url: f.URL, ref: f.Ref, who: s.who, verb: "adopt", at: s.now}
	switch {
	case f.URL == "" && f.Public.IsZero() && !f.Withdrawn:
		t.state = press.CopyHanded
		return s.l.turnCopy(ctx, s.tx, c, t)
	case f.Withdrawn:
		t.state, t.note = press.CopyDiffers, "在渠道上找到，已被撤下，台账里没有记录"
		if err := s.l.turnCopy(ctx, s.tx, c, t); err != nil {
			return err
		}
		return s.l.lookAgain(ctx, s.tx, c.ID, s.now, 0)
	}
	if err := s.l.turnCopy(ctx, s.tx, c, t); err != nil {
		return err
	}
	return s.l.wentLive(ctx, s.tx, c, s.now)
}

// entry is how a copy stands in what was found: in the revision that its page names, if the ledger has that one, else in the newest that was approved.
func (s *surveyed) entry(ctx context.Context, c press.Copy, f press.Found) (press.Entry, error) {
	en := press.Entry{Copy: c, Position: 1, Public: s.now}
	if !f.Public.IsZero() {
		en.Public = f.Public
	}
	var err error
	if en.Item, err = s.l.item(ctx, s.tx, c.Item); err != nil {
		return en, err
	}
	number := f.Revision
	if number < 1 || number > en.Item.Head {
		if number, err = s.l.lastApproved(ctx, s.tx, c.Item); err != nil {
			return en, err
		}
		number = cmp.Or(number, en.Item.Head)
	}
	if en.Revision, err = s.l.revision(ctx, s.tx, c.Item, number); err != nil {
		return en, err
	}
	en.Copy.Revision = number
	arranged := (&composer{p: s.p}).arrange(press.Edition{Entries: []press.Entry{en}})
	en = arranged.Entries[0]
	en.Position = max(1, f.Place)
	return en, nil
}

// edition is the one that adopted copies are claimed by: of an issue the one with its number, else one for each.
func (s *surveyed) edition(ctx context.Context, f press.Found, under bool) (press.Edition, error) {
	e, have, err := s.issue(ctx, f)
	if err != nil || have {
		return e, err
	}
	e = press.Edition{Slot: press.Slot{Channel: s.p.Channel, At: s.now}, Composed: s.now, State: press.EditionOut, Year: f.Year, Number: f.Number, Total: f.Total, Supplement: f.Supplement}
	if !f.Public.IsZero() {
		e.Slot.At = f.Public
	}
	if under {
		e.State = press.EditionOpen
	}
	if e.Seq, err = s.l.nextSeq(ctx, s.tx, e.Slot); err != nil {
		return e, err
	}
	e.Key = press.EditionKey(e.Slot, e.Seq)
	if e.Number > 0 && s.p.Issues != nil && s.p.Issues.Title != nil {
		e.Title = s.p.Issues.Title(e)
	}
	if err := s.l.addEdition(ctx, s.tx, e); err != nil {
		return e, err
	}
	// Its pages say nothing of what was said after they went out.
	_, err = s.tx.ExecContext(ctx, `UPDATE edition SET year = $2, number = $3, total = $4, out_at = $5, composed_at = COALESCE($5, composed_at) WHERE key = $1`,
		e.Key, e.Year, e.Number, e.Total, micros(f.Public))
	if err != nil {
		return e, fmt.Errorf("number %s: %w", e.Key, err)
	}
	return e, s.act(ctx, e, f, under)
}

// issue finds the edition that has the number of what was found.
func (s *surveyed) issue(ctx context.Context, f press.Found) (press.Edition, bool, error) {
	if f.Number <= 0 {
		return press.Edition{}, false, nil
	}
	e, err := s.l.scanEdition(s.tx.QueryRowContext(ctx, `
		SELECT `+editionColumns+`
		FROM edition
		WHERE channel = $1 AND year = $2 AND supplement = $3 AND number = $4 AND number > 0`, s.p.Channel, f.Year, f.Supplement, f.Number))
	if errors.Is(err, sql.ErrNoRows) {
		return e, false, nil
	}
	if err != nil {
		return e, false, fmt.Errorf("find %s: %w", press.IssueName(f.Year, f.Number, f.Supplement), err)
	}
	e.Composed = s.now
	return e, true, nil
}

// act is the publication that an adopted copy went out by: it is done, with what was found as its receipt, or it is under way, begun by
// whoever begun it, and is only looked for.
func (s *surveyed) act(ctx context.Context, e press.Edition, f press.Found, under bool) error {
	state, due := "done", sql.NullInt64{}
	r := press.Receipt{Status: press.Live, Ref: f.Ref, URL: f.URL, Note: "普查时在渠道上找到"}
	if under {
		state, due = "open", micros(s.now)
	}
	if under && f.Public.IsZero() {
		r.Status = press.HandedOver
	}
	var id int64
	err := s.tx.QueryRowContext(ctx, `
		INSERT INTO act (channel, edition, verb, seq, state, attempt, look, opened_at, due_at)
		VALUES ($1, $2, 'publish', 1, $3, 1, 1, $4, $5)
		RETURNING id`, e.Slot.Channel, e.Key, state, s.now.UnixMicro(), due).Scan(&id)
	if err != nil {
		return fmt.Errorf("record publication of %s: %w", e.Key, err)
	}
	return (&settler{l: s.l, tx: s.tx, a: press.Act{ID: id}, now: s.now}).append(ctx, r, "")
}

// doubted is why a copy that is ready may be out there already: after a restore, or because something of the same title is, or something with
// its own mark, as from a generation that a restored ledger has forgotten.
func (c *composer) doubted(ctx context.Context, s press.Subject, cp press.Copy) (*wait, error) {
	var doubt string
	if err := c.q.QueryRowContext(ctx, `SELECT doubt FROM copy WHERE id = $1`, cp.ID).Scan(&doubt); err != nil {
		return nil, fmt.Errorf("read doubts about copy %d: %w", cp.ID, err)
	}
	if doubt != "" {
		return &wait{kind: string(ForRestore), note: doubt}, nil
	}
	channel, where, err := c.l.standsThere(ctx, c.q, s, cp)
	if err != nil || channel == "" {
		return nil, err
	}
	return &wait{kind: string(ForStranger), note: fmt.Sprintf("渠道“%s”上已有同名内容，或者带着这篇稿件的标识，不在台账里：请先登记链接或说明（%s）", channel, where)}, nil
}

// standsThere finds a stranger that may be a copy: by its title on any channel that its item is wanted on, or by the mark of
// this or of another generation.
func (l *Ledger) standsThere(ctx context.Context, q querier, s press.Subject, c press.Copy) (channel, where string, err error) {
	err = q.QueryRowContext(ctx, `
		SELECT channel, CASE WHEN url = '' THEN ref ELSE url END
		FROM stranger
		WHERE gone_at IS NULL AND (title IN ($2, $3) AND title <> '' AND known_by = ''
				AND EXISTS (SELECT 1 FROM copy WHERE item = $1 AND newest AND copy.channel = stranger.channel)
			OR marker <> '' AND marker IN (SELECT c.marker FROM copy c WHERE c.item = $1) AND (known_by = '' OR marker = $4)
			OR marker <> '' AND marker IN (SELECT value FROM json_each($5)) AND known_by = '')
		LIMIT 1`, s.Item.ID, plainTitle(s.Revision.Title), plainTitle(s.Revision.ShortTitle), c.Marker, l.forgotten(c)).Scan(&channel, &where)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", "", fmt.Errorf("look for strangers: %w", err)
	}
	return channel, where, nil
}

// mostForgotten bounds how many generations of a copy a restored ledger can know by their marks though it never made them.
const mostForgotten = 16

// forgotten are the marks, as a JSON list, of the generations after this one: a ledger that was lost may have made them, and put them out under
// another title.
func (l *Ledger) forgotten(c press.Copy) string {
	var marks []string
	for n := range mostForgotten {
		marks = append(marks, press.Marker(l.id, c.Channel, c.Item, c.Generation+1+n))
	}
	list, _ := json.Marshal(marks) // of strings it never fails
	return string(list)
}

// ForRestore and ForStranger are what a copy waits for that may be out there already: a person's word.
const (
	ForRestore  Wait = "restore"
	ForStranger Wait = "stranger"
)

// wakeDoubted asks again about everything that waits because of a stranger.
func (l *Ledger) wakeDoubted(ctx context.Context, tx *sql.Tx, now time.Time) error {
	ids, err := texts(ctx, tx, `SELECT item FROM copy WHERE waits_for = 'stranger' AND state = 'waiting' AND due_at IS NULL`)
	if err != nil {
		return err
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if err := l.wakeGroup(ctx, tx, press.ItemID(id), now); err != nil {
			return err
		}
		if err := l.show(ctx, tx, press.ItemID(id)); err != nil {
			return err
		}
	}
	return nil
}

// word is what a person says of a waiting copy that may be out there already: that it is, and where, or that it is not. false: nobody doubted.
func (l *Ledger) word(ctx context.Context, tx *sql.Tx, c press.Copy, h Hint, who Who, now time.Time) (bool, error) {
	var waits Wait
	var doubt string
	if err := tx.QueryRowContext(ctx, `SELECT waits_for, doubt FROM copy WHERE id = $1`, c.ID).Scan(&waits, &doubt); err != nil {
		return false, fmt.Errorf("read doubts about copy %d: %w", c.ID, err)
	}
	if waits != ForRestore && waits != ForStranger && doubt == "" {
		return false, fmt.Errorf("这一份处于“%s”，不能登记链接，也不用认定未发布", c.State.Name())
	}
	if h.Link != "" && !public(h.Link) {
		return false, fmt.Errorf("链接“%.60s”不对，要写公众看到的、以 https:// 开头的完整网址", h.Link)
	}
	// Who answers for a restore was not told of what a survey met: that is asked next.
	if h.Link != "" || waits == ForStranger {
		if err := l.tell(ctx, tx, c, h, who, now); err != nil {
			return false, err
		}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE copy SET doubt = '' WHERE id = $1`, c.ID); err != nil {
		return false, fmt.Errorf("end doubts about copy %d: %w", c.ID, err)
	}
	if h.Link != "" {
		s := &surveyed{l: l, tx: tx, p: press.Plan{Channel: c.Channel}, now: now, who: who, out: &press.Survey{}}
		if err := s.adopt(ctx, c, press.Found{URL: h.Link, Ref: h.Link}); err != nil {
			return false, err
		}
	}
	if err := l.wakeDoubted(ctx, tx, now); err != nil {
		return false, err
	}
	_, err := l.assess(ctx, tx, c.Item, now)
	return true, err
}

// tell says of the strangers on a channel that have an item's title or its mark what they are.
func (l *Ledger) tell(ctx context.Context, tx *sql.Tx, c press.Copy, h Hint, who Who, now time.Time) error {
	it, err := l.item(ctx, tx, c.Item)
	if err != nil {
		return err
	}
	r, err := l.revision(ctx, tx, c.Item, it.Head)
	if err != nil {
		return err
	}
	what := "不是稿件" + string(c.Item)
	if h.Link != "" {
		what = "登记为稿件" + string(c.Item)
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE stranger
		SET known_by = $4, note = $5
		WHERE channel = $1 AND known_by = ''
			AND (title IN ($2, $3) AND title <> '' OR marker <> '' AND marker IN (SELECT c.marker FROM copy c WHERE c.item = $6)
				OR marker <> '' AND marker IN (SELECT value FROM json_each($7)))`,
		c.Channel, plainTitle(r.Title), plainTitle(r.ShortTitle), who.Name, what, c.Item, l.forgotten(c))
	if err != nil {
		return fmt.Errorf("say what strangers are: %w", err)
	}
	// With its own mark it is this copy, or it is not there any more.
	if _, err := tx.ExecContext(ctx, `UPDATE stranger SET gone_at = $2 WHERE marker = $1 AND marker <> ''`, c.Marker, now.UnixMicro()); err != nil {
		return fmt.Errorf("say what strangers are: %w", err)
	}
	return nil
}

// Stranger (外来内容) is something that a channel shows and the ledger does not know.
type Stranger struct {
	Channel string    `json:"channel"`
	Ref     string    `json:"ref"`
	URL     string    `json:"url"`
	Title   string    `json:"title"`
	Public  time.Time `json:"public,omitzero"` // when the channel says so
	Found   time.Time `json:"found"`
	Last    time.Time `json:"last"` // when it was met last
	Note    string    `json:"note,omitempty"`
}

// Strangers lists those that nobody has explained and that are still there, oldest first, of one channel or of all for "".
func (l *Ledger) Strangers(ctx context.Context, channel string, most int) ([]Stranger, error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT s.channel, s.ref, s.url, s.title, s.public_at, s.found_at, s.last_at, s.note
		FROM channel
		CROSS JOIN stranger s ON s.channel = channel.name AND s.known_by = '' AND s.gone_at IS NULL
		WHERE $1 IN ('', channel.name)
		ORDER BY channel.rowid, s.found_at
		LIMIT $2`, channel, most)
	if err != nil {
		return nil, fmt.Errorf("read strangers: %w", err)
	}
	defer rows.Close()
	var out []Stranger
	for rows.Next() {
		var s Stranger
		var public, found, last sql.NullInt64
		if err := rows.Scan(&s.Channel, &s.Ref, &s.URL, &s.Title, &public, &found, &last, &s.Note); err != nil {
			return nil, fmt.Errorf("read strangers: %w", err)
		}
		s.Public, s.Found, s.Last = l.moment(public), l.moment(found), l.moment(last)
		out = append(out, s)
	}
	return out, rows.Err()
}

// KnowStranger records a person's word on what a stranger is. What waited because of it goes on.
func (l *Ledger) KnowStranger(ctx context.Context, channel, ref, reason string, who Who, now time.Time) error {
	if strings.TrimSpace(reason) == "" {
		return errors.New("请写明这是什么、为什么不在台账里")
	}
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE stranger SET known_by = $3, note = $4 WHERE channel = $1 AND ref = $2 AND known_by = ''`,
			channel, ref, who.Name, reason)
		if err != nil {
			return fmt.Errorf("know stranger %s: %w", ref, err)
		}
		if n, _ := res.RowsAffected(); n == 0 {
			return fmt.Errorf("渠道“%s”没有等待说明的“%.80s”，请核对 tongfa stranger list 列出的编号", channel, ref)
		}
		if err := noteDeed(ctx, tx, Deed{At: now, By: who, Verb: "know_stranger", About: channel, Detail: ref + " " + reason}); err != nil {
			return err
		}
		return l.wakeDoubted(ctx, tx, now)
	})
}
