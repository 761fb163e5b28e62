package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"tongfa/press"
)

// Settle records what came of an act: a receipt, or the error of an attempt. It turns the copies, ends the act or says when to
// go on with it.
func (l *Ledger) Settle(ctx context.Context, a press.Act, r press.Receipt, failed error, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		s := &settler{l: l, tx: tx, a: a, now: now}
		if failed != nil {
			return s.failed(ctx, press.TroubleOf(failed))
		}
		return s.receipt(ctx, r, "")
	})
}

type settler struct {
	l   *Ledger
	tx  *sql.Tx
	a   press.Act
	now time.Time
}

func (s *settler) receipt(ctx context.Context, r press.Receipt, code string) error {
	if err := s.append(ctx, r, code); err != nil {
		return err
	}
	var open bool
	if err := s.tx.QueryRowContext(ctx, `SELECT state = 'open' FROM act WHERE id = $1`, s.a.ID).Scan(&open); err != nil {
		return fmt.Errorf("read act %d: %w", s.a.ID, err)
	}
	if !open {
		return s.tooLate(ctx, r) // a person was quicker, or it is told twice: kept as a receipt
	}
	if s.a.Verb == press.Amend || s.a.Verb == press.Annotate {
		return s.amendment(ctx, r)
	}
	if r.Status == press.Absent && s.a.LookOnly {
		return s.notSent(ctx, r)
	}
	if len(s.a.Edition.Entries) == 0 {
		return s.errataOnly(ctx, r)
	}
	ended := true
	for _, e := range s.a.Edition.Entries {
		p := r.PartOf(e.Copy.ID)
		ended = ended && s.final(p.Status)
		if err := s.turn(ctx, e, p, r.Note); err != nil {
			return err
		}
	}
	if !ended {
		return s.later(ctx, s.again(r))
	}
	return s.end(ctx)
}

// errataOnly settles an issue that has errata and no article: no copy tells where it stands, only the answer.
func (s *settler) errataOnly(ctx context.Context, r press.Receipt) error {
	if !s.final(r.Status) {
		return s.later(ctx, s.again(r))
	}
	if r.Status == press.Live {
		if _, err := s.tx.ExecContext(ctx, `UPDATE edition SET out_at = COALESCE(out_at, $2) WHERE key = $1`, s.a.Edition.Key, s.now.UnixMicro()); err != nil {
			return fmt.Errorf("note time of %s: %w", s.a.Edition.Key, err)
		}
	}
	return s.end(ctx)
}

// tooLate hears of a publication that had been ended by a person, who registered a link while it was being sent. Whether it brought
// about a second one only a person can tell, as one page may have several addresses; it is said.
func (s *settler) tooLate(ctx context.Context, r press.Receipt) error {
	if s.a.Verb != press.Publish {
		return nil
	}
	for _, e := range s.a.Edition.Entries {
		p := r.PartOf(e.Copy.ID)
		if p.Status != press.Live || p.URL == "" {
			continue
		}
		c, err := s.l.copyOf(ctx, s.tx, e.Copy.ID)
		if err != nil {
			return err
		}
		past, err := s.past(ctx, c)
		if err != nil {
			return err
		}
		if past && c.URL != p.URL {
			if err := s.astray(ctx, c, p); err != nil {
				return err
			}
		}
		if past || !c.State.Public() || c.URL == "" || c.URL == p.URL {
			continue
		}
		t := turn{state: c.State, note: "渠道答复的链接与人工登记的不同，请到后台核对有没有发布两次：" + p.URL, who: program(), verb: string(s.a.Verb), at: s.now}
		if err := s.l.turnCopy(ctx, s.tx, c, t); err != nil {
			return err
		}
	}
	return nil
}

// notSent gives up what is not out there. What a look found in public all the same is public.
func (s *settler) notSent(ctx context.Context, r press.Receipt) error {
	for _, e := range s.a.Edition.Entries {
		p := r.PartOf(e.Copy.ID)
		if p.Status != press.Live && p.Status != press.Gone {
			continue
		}
		if err := s.turn(ctx, e, p, r.Note); err != nil {
			return err
		}
	}
	return s.l.giveUp(ctx, s.tx, s.a.ID, s.a.Edition.Key, s.now)
}

// final tells an answer after which nothing is to be asked any more. A withdrawal ends when the copy is gone, and not before.
func (s *settler) final(st press.Status) bool {
	if s.a.Verb == press.Publish {
		return st == press.Live || st == press.Refused || st == press.Gone
	}
	return st == press.Gone
}

// again is when a receipt that is not final is looked at next.
func (s *settler) again(r press.Receipt) time.Time {
	if !r.Again.IsZero() {
		return r.Again
	}
	if s.a.Way == press.ByHand {
		return s.now.AddDate(1, 0, 0) // the person says when it is done
	}
	if r.Status == press.NeedsHand {
		return s.now.Add(time.Hour) // a person may have done it meanwhile
	}
	return s.now.Add(backOff(s.a.Attempt))
}

// backOff grows from a second to half an hour with the attempts before this one.
func backOff(attempt int) time.Duration {
	waits := []time.Duration{time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute}
	return waits[min(max(attempt, 0), len(waits)-1)]
}

// append writes a receipt that differs from the last one.
func (s *settler) append(ctx context.Context, r press.Receipt, code string) error {
	parts, err := json.Marshal(r.Parts)
	if err != nil {
		return fmt.Errorf("encode receipt: %w", err)
	}
	_, err = s.tx.ExecContext(ctx, `
		INSERT INTO receipt (act, at, status, code, ref, url, note, raw, parts)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
		WHERE NOT EXISTS (
			SELECT 1
			FROM (SELECT status, code, ref, url, note, parts FROM receipt WHERE act = $1 ORDER BY id DESC LIMIT 1)
			WHERE status = $3 AND code = $4 AND ref = $5 AND url = $6 AND note = $7 AND parts = $9)`,
		s.a.ID, s.now.UnixMicro(), r.Status, code, r.Ref, r.URL, r.Note, r.Raw, string(parts))
	if err != nil {
		return fmt.Errorf("append receipt: %w", err)
	}
	return nil
}

// turn gives a copy the state that its part of the receipt says.
func (s *settler) turn(ctx context.Context, e press.Entry, p press.Part, whole string) error {
	c, err := s.l.copyOf(ctx, s.tx, e.Copy.ID) // as it is now: a check may have been quicker
	if err != nil {
		return err
	}
	claimed, err := s.claimed(ctx, c)
	switch {
	case err != nil:
		return err
	case !claimed && s.a.Verb == press.Publish && p.Status == press.Live:
		return s.astray(ctx, c, p)
	case !claimed, c.State == press.CopyWithdrawn:
		return nil
	}
	note := p.Note
	if note == "" {
		note = whole
	}
	t := turn{state: s.stateOf(c, p.Status), note: note, url: p.URL, ref: p.Ref, who: program(), verb: string(s.a.Verb), at: s.now}
	if c.State.Public() && t.state == c.State && s.a.Verb == press.Publish {
		t.note = c.Note // what the others of its edition still wait for is not its own trouble
	}
	late, err := s.lateFor(ctx, c, t.state)
	if err != nil {
		return err
	}
	forgone, err := s.l.forgone(ctx, s.tx, c)
	if err != nil {
		return err
	}
	if (late || forgone) && t.state == press.CopyRefused {
		t.state = press.CopyWithdrawn // it is nowhere, as was wanted
	}
	if err := s.l.turnCopy(ctx, s.tx, c, t); err != nil {
		return err
	}
	switch {
	case late && t.state == press.CopyNeedsHand && t.ref != "": // something is there, such as a draft
		return s.l.openWithdrawal(ctx, s.tx, c, s.now)
	case t.state == press.CopyLive && c.State != press.CopyLive:
		return s.l.wentLive(ctx, s.tx, c, s.now)
	case t.state == press.CopyDiffers && !c.State.Public(), c.State.Public() && c.URL == "" && t.url != "": // now there is something to look at
		return s.l.lookAgain(ctx, s.tx, c.ID, s.now, 0)
	case t.state == press.CopyWithdrawn:
		return s.wentAway(ctx, c)
	}
	return nil
}

// lateFor reports whether a publication that was begun stops short of the public after its item was withdrawn: then nobody is to help
// it out any more.
func (s *settler) lateFor(ctx context.Context, c press.Copy, st press.CopyState) (bool, error) {
	if s.a.Verb != press.Publish || st != press.CopyRefused && st != press.CopyNeedsHand {
		return false, nil
	}
	var begun bool
	if err := s.tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM step WHERE act = $1)`, s.a.ID).Scan(&begun); err != nil {
		return false, fmt.Errorf("read steps of act %d: %w", s.a.ID, err)
	}
	if !begun {
		return false, nil // given up at the next turn
	}
	return withdrawnSince(ctx, s.tx, c)
}

// past tells a copy that the act has nothing to say about any more: withdrawn, or let go to its next generation.
func (s *settler) past(ctx context.Context, c press.Copy) (bool, error) {
	if c.State == press.CopyWithdrawn {
		return true, nil
	}
	claimed, err := s.claimed(ctx, c)
	return !claimed, err
}

// claimed reports whether the act's edition still has a copy.
func (s *settler) claimed(ctx context.Context, c press.Copy) (claimed bool, err error) {
	err = s.tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM entry WHERE edition = $1 AND copy = $2 AND claims = 1)`,
		s.a.Edition.Key, c.ID).Scan(&claimed)
	if err != nil {
		return false, fmt.Errorf("read claim of copy %d: %w", c.ID, err)
	}
	return claimed, nil
}

// astray is public though the ledger has let it go: a person declared it absent, or it was sent while it was taken back. It is a stranger by now,
// which a person is told of, and for which the next generation waits.
func (s *settler) astray(ctx context.Context, c press.Copy, p press.Part) error {
	it, err := s.l.item(ctx, s.tx, c.Item)
	if err != nil {
		return err
	}
	r, err := s.l.revision(ctx, s.tx, c.Item, cmp.Or(c.Revision, it.Head))
	if err != nil {
		return err
	}
	v := &surveyed{l: s.l, tx: s.tx, p: press.Plan{Channel: c.Channel}, now: s.now, who: program(), out: &press.Survey{}}
	return v.stranger(ctx, press.Found{Marker: c.Marker, Ref: cmp.Or(p.URL, p.Ref), URL: p.URL, Title: plainTitle(r.Title), Public: s.now},
		fmt.Sprintf("渠道答复它已公开，是稿件%s的一份，台账里已是“%s”", c.Item, c.State.Name()))
}

func (s *settler) stateOf(c press.Copy, st press.Status) press.CopyState {
	if s.a.Verb == press.Withdraw {
		switch st {
		case press.Gone:
			return press.CopyWithdrawn
		case press.NeedsHand, press.Refused:
			return press.CopyNeedsHand
		}
		return c.State // still as it was, until it is gone
	}
	switch st {
	case press.Gone:
		return press.CopyDiffers
	case press.Refused:
		if c.State.Public() {
			return press.CopyDiffers // taken down after it was out: it keeps its claim, and a person decides
		}
		return press.CopyRefused
	}
	if c.State.Public() {
		return c.State // a later look at what is known to be out does not undo what a check saw
	}
	switch st {
	case press.Live:
		return press.CopyLive
	case press.HandedOver:
		return press.CopyHanded
	case press.CannotTell:
		return press.CopyUnknown
	case press.NeedsHand:
		return press.CopyNeedsHand
	}
	return c.State
}

// wentLive makes a copy that has just become public be looked at, found, and withdrawn again if that was decided meanwhile.
func (l *Ledger) wentLive(ctx context.Context, tx *sql.Tx, c press.Copy, now time.Time) error {
	if err := l.lookAgain(ctx, tx, c.ID, now, 0); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE edition SET out_at = $2 WHERE key = $1 AND out_at IS NULL`, c.Edition, now.UnixMicro())
	if err != nil {
		return fmt.Errorf("note time of %s: %w", c.Edition, err)
	}
	if err := l.index(ctx, tx, c); err != nil {
		return err
	}
	withdrawn, err := withdrawnSince(ctx, tx, c)
	if err != nil {
		return err
	}
	if !withdrawn {
		return l.annotateLate(ctx, tx, c, now)
	}
	return l.openWithdrawal(ctx, tx, c, now)
}

// withdrawnSince reports whether an item is withdrawn, or was after a copy of it was composed, also if a new text was handed in since.
func withdrawnSince(ctx context.Context, tx *sql.Tx, c press.Copy) (withdrawn bool, err error) {
	err = tx.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM item WHERE id = $1 AND state = 'withdrawn') OR EXISTS (
			SELECT 1
			FROM move
			WHERE item = $1 AND verb = 'withdraw' AND channel = ''
				AND n > (SELECT COALESCE(MAX(n), 0) FROM move WHERE item = $1 AND verb = 'compose' AND channel = $2))`,
		c.Item, c.Channel).Scan(&withdrawn)
	if err != nil {
		return false, fmt.Errorf("read withdrawals of %s: %w", c.Item, err)
	}
	return withdrawn, nil
}

// wentAway ends what is done for a public copy. An item that was revised while its withdrawal was under way goes on with its next
// generation.
func (s *settler) wentAway(ctx context.Context, c press.Copy) error {
	_, err := s.tx.ExecContext(ctx, `UPDATE copy SET look_at = NULL, due_at = NULL WHERE id = $1`, c.ID)
	if err != nil {
		return fmt.Errorf("end looks at copy %d: %w", c.ID, err)
	}
	if err := s.l.dropAmendments(ctx, s.tx, c, true, s.now); err != nil {
		return err
	}
	if err := s.l.unindex(ctx, s.tx, c); err != nil {
		return err
	}
	if err := s.l.endPublic(ctx, s.tx, c.Edition, s.now); err != nil { // of a draft that nobody is to publish any more
		return err
	}
	it, err := s.l.item(ctx, s.tx, c.Item)
	if err != nil || it.State == press.Withdrawn {
		return err
	}
	forgone, err := s.l.forgone(ctx, s.tx, c)
	if err != nil {
		return err
	}
	if forgone {
		return s.l.wakeGroup(ctx, s.tx, c.Item, s.now)
	}
	return s.l.again(ctx, s.tx, c, s.now)
}

func (s *settler) later(ctx context.Context, at time.Time) error {
	if at.Before(s.now) {
		at = s.now
	}
	if _, err := s.tx.ExecContext(ctx, `UPDATE act SET due_at = $2 WHERE id = $1 AND state = 'open'`, s.a.ID, at.UnixMicro()); err != nil {
		return fmt.Errorf("put off act %d: %w", s.a.ID, err)
	}
	return nil
}

// end closes an act of which nothing is open any more.
func (s *settler) end(ctx context.Context) error {
	if _, err := s.tx.ExecContext(ctx, `UPDATE act SET state = 'done', due_at = NULL WHERE id = $1`, s.a.ID); err != nil {
		return fmt.Errorf("end act %d: %w", s.a.ID, err)
	}
	if s.a.Verb != press.Publish {
		return s.l.clearTrouble(ctx, s.tx, s.a.Edition.Slot.Channel)
	}
	// A refused copy is claimed no longer: its next generation may be composed.
	_, err := s.tx.ExecContext(ctx, `
		UPDATE entry
		SET claims = 0
		WHERE edition = $1 AND copy IN (SELECT c.id FROM entry e JOIN copy c ON c.id = e.copy WHERE e.edition = $1 AND c.state = 'refused')`,
		s.a.Edition.Key)
	if err != nil {
		return fmt.Errorf("release claims of %s: %w", s.a.Edition.Key, err)
	}
	return s.l.endEdition(ctx, s.tx, s.a.Edition.Key, s.now)
}

// endEdition says of an edition without an open act what became of it: all its entries went out, some, or none. What was withdrawn of
// one that never came out is claimed no longer.
func (l *Ledger) endEdition(ctx context.Context, tx *sql.Tx, key string, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE entry
		SET claims = 0
		WHERE edition = $1 AND EXISTS (SELECT 1 FROM copy WHERE id = entry.copy AND state = 'withdrawn')
			AND EXISTS (SELECT 1 FROM edition WHERE key = $1 AND out_at IS NULL)`, key)
	if err != nil {
		return fmt.Errorf("release what was withdrawn from %s: %w", key, err)
	}
	var channel string
	var out, all int
	var seen bool
	err = tx.QueryRowContext(ctx, `
		SELECT d.channel, COALESCE(SUM(e.claims), 0), COUNT(e.copy), d.out_at IS NOT NULL
		FROM edition d
		LEFT JOIN entry e ON e.edition = d.key
		WHERE d.key = $1
		GROUP BY d.key`, key).Scan(&channel, &out, &all, &seen)
	if err != nil {
		return fmt.Errorf("count entries of %s: %w", key, err)
	}
	state := press.EditionPart
	switch {
	case all == 0 && seen: // errata only
		state = press.EditionOut
	case out == 0:
		state = press.EditionFailed
	case out == all:
		state = press.EditionOut
	}
	var ended bool
	if err := tx.QueryRowContext(ctx, `SELECT state = $2 FROM edition WHERE key = $1`, key, press.EditionOpen).Scan(&ended); err != nil {
		return fmt.Errorf("read state of %s: %w", key, err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE edition SET state = $2 WHERE key = $1 AND state = $3`, key, state, press.EditionOpen); err != nil {
		return fmt.Errorf("end edition %s: %w", key, err)
	}
	if state == press.EditionFailed {
		return l.releaseErrata(ctx, tx, key)
	}
	if ended {
		if err := l.printed(ctx, tx, key, now); err != nil {
			return err
		}
	}
	return l.clearTrouble(ctx, tx, channel)
}

// failed records the error of an attempt, by what it asks for.
func (s *settler) failed(ctx context.Context, t *press.Trouble) error {
	if err := s.l.trouble(ctx, s.tx, s.a.Edition.Slot.Channel, t, s.now); err != nil {
		return err
	}
	r := press.Receipt{Note: t.Say(), Raw: t.Raw}
	switch t.Remedy {
	case press.ChangeText:
		r.Status = press.Refused
		return s.receipt(ctx, r, t.Code)
	case press.LookFirst:
		r.Status = press.CannotTell
		r.Again = t.When
		return s.receipt(ctx, r, t.Code)
	case press.AskPerson:
		r.Status = press.NeedsHand
		r.Again = t.When
		if r.Again.IsZero() {
			r.Again = s.now.Add(10 * time.Minute) // nothing was executed: asking again is harmless, and finds out that it was mended
		}
		return s.receipt(ctx, r, t.Code)
	}
	at := t.When
	if at.IsZero() {
		at = s.now.Add(backOff(s.a.Attempt))
	}
	if err := s.append(ctx, press.Receipt{Status: press.PutOff, Note: r.Note, Raw: r.Raw}, t.Code); err != nil {
		return err
	}
	if err := s.say(ctx, fmt.Sprintf("%s；%s再试", t.Say(), clockTime(at.In(s.l.rules.Zone)))); err != nil {
		return err
	}
	return s.later(ctx, at)
}

// say puts a note on the copies of an act without turning them: nothing was executed.
func (s *settler) say(ctx context.Context, text string) error {
	for _, e := range s.a.Edition.Entries {
		c, err := s.l.copyOf(ctx, s.tx, e.Copy.ID)
		if err != nil {
			return err
		}
		past, err := s.past(ctx, c)
		if err != nil {
			return err
		}
		if past {
			continue // what was withdrawn or let go is tried no more
		}
		t := turn{state: c.State, note: text, who: program(), verb: string(s.a.Verb), at: s.now}
		if err := s.l.turnCopy(ctx, s.tx, c, t); err != nil {
			return err
		}
	}
	return nil
}
