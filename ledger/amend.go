package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"tongfa/press"
)

// amendment is an act on one public copy that is about to be opened: a correction or an annotation.
type amendment struct {
	verb     press.Verb
	way      press.Way
	revision int // what the copy is to show; 0: what it shows
	amending int // the revision that the copy is as good as once the act is done; 0 for an annotation
	task     string
	reason   string
	remark   press.Remark // none without a text
	replaces int64        // the remark that this one renews
}

// openAmendment opens an act on a public copy, due at once. Its remark is shown by this act, and by everything else once it is done.
func (l *Ledger) openAmendment(ctx context.Context, tx *sql.Tx, c press.Copy, m amendment, now time.Time) error {
	var act int64
	err := tx.QueryRowContext(ctx, `
		INSERT INTO act (channel, edition, verb, seq, state, way, revision, task, reason, opened_at, due_at)
		SELECT $1, $2, $3, COALESCE(MAX(seq), 0) + 1, 'open', $4, $5, $6, $7, $8, $8
		FROM act
		WHERE edition = $2 AND verb = $3
		RETURNING id`, c.Channel, c.Edition, m.verb, m.way, m.revision, m.task, m.reason, now.UnixMicro()).Scan(&act)
	if err != nil {
		return fmt.Errorf("open %s of copy %d: %w", m.verb, c.ID, err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO act_copy (act, copy) VALUES ($1, $2)`, act, c.ID); err != nil {
		return fmt.Errorf("open %s of copy %d: %w", m.verb, c.ID, err)
	}
	if m.remark.Text != "" {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO remark (copy, act, kind, validity, text, url, at, replaces)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			c.ID, act, m.remark.Kind, m.remark.Validity, m.remark.Text, m.remark.URL, m.remark.At.UnixMicro(), m.replaces)
		if err != nil {
			return fmt.Errorf("remark on copy %d: %w", c.ID, err)
		}
	}
	if m.amending > 0 {
		if _, err := tx.ExecContext(ctx, `UPDATE copy SET amending = $2 WHERE id = $1`, c.ID, m.amending); err != nil {
			return fmt.Errorf("amend copy %d: %w", c.ID, err)
		}
	}
	return l.retask(ctx, tx, c)
}

// retask writes on a copy what its open acts ask a person to do.
func (l *Ledger) retask(ctx context.Context, tx *sql.Tx, c press.Copy) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE copy
		SET task = COALESCE((
			SELECT GROUP_CONCAT(a.task, '；')
			FROM act a
			WHERE a.edition = $2 AND a.state = 'open' AND a.task <> '' AND EXISTS (SELECT 1 FROM act_copy k WHERE k.act = a.id AND k.copy = $1)), '')
		WHERE id = $1`, c.ID, c.Edition)
	if err != nil {
		return fmt.Errorf("note task of copy %d: %w", c.ID, err)
	}
	return nil
}

// onCopy is an open act on one copy.
type onCopy struct {
	id       int64
	verb     press.Verb
	way      press.Way
	revision int
	task     string
	inHands  bool
	begun    bool
}

// idle reports that nobody is making the act and that nothing of it was begun: it may be given up.
func (a onCopy) idle() bool { return !a.inHands && !a.begun }

// onCopy are the open acts on a copy that are no publication, oldest first.
func (l *Ledger) onCopy(ctx context.Context, q querier, c press.Copy) ([]onCopy, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT a.id, a.verb, a.way, a.revision, a.task, a.due_at IS NULL, a.look OR EXISTS (SELECT 1 FROM step WHERE act = a.id)
		FROM act a
		WHERE a.edition = $1 AND a.state = 'open' AND a.verb <> 'publish' AND EXISTS (SELECT 1 FROM act_copy k WHERE k.act = a.id AND k.copy = $2)
		ORDER BY a.id`, c.Edition, c.ID)
	if err != nil {
		return nil, fmt.Errorf("read acts on copy %d: %w", c.ID, err)
	}
	defer rows.Close()
	var out []onCopy
	for rows.Next() {
		var a onCopy
		if err := rows.Scan(&a.id, &a.verb, &a.way, &a.revision, &a.task, &a.inHands, &a.begun); err != nil {
			return nil, fmt.Errorf("read acts on copy %d: %w", c.ID, err)
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

// beginPublic is the last moment to stop an act on what is public. What may not be shown any more and was not begun is given up; what was
// begun is made whole, as half of it may stand there. An item's withdrawal is never given up.
func (l *Ledger) beginPublic(ctx context.Context, tx *sql.Tx, a press.Act, steps int, now time.Time) (bool, error) {
	if a.Verb == press.Withdraw && a.Way != press.Republish || len(a.Edition.Entries) == 0 {
		return true, nil
	}
	e := a.Edition.Entries[0]
	fit, err := l.fitPublic(ctx, tx, a, e, now)
	if err != nil {
		return false, err
	}
	if !fit && steps == 0 && !a.Look && (e.Copy.State.Public() || a.Verb != press.Withdraw) {
		return false, l.dropAct(ctx, tx, a.ID, e.Copy, now)
	}
	if a.Verb == press.Withdraw {
		return true, nil
	}
	_, err = tx.ExecContext(ctx, `UPDATE copy SET look_at = MAX(look_at, $2) WHERE id = $1`, e.Copy.ID, now.Add(lookTime).UnixMicro())
	if err != nil {
		return false, fmt.Errorf("put off look at copy %d: %w", e.Copy.ID, err)
	}
	return true, nil
}

// fitPublic asks whether what an act is to bring about is still wanted.
func (l *Ledger) fitPublic(ctx context.Context, q querier, a press.Act, e press.Entry, now time.Time) (bool, error) {
	switch {
	case !e.Copy.State.Public(), e.Item.State == press.Withdrawn:
		return false, nil
	case a.Verb == press.Annotate:
		return true, nil
	case a.Way != press.Erratum && a.Revision > 0 && a.Revision == e.Copy.Revision: // what was published is put back
		return true, nil
	}
	s, err := l.subject(ctx, q, e.Item.ID, now)
	if err != nil {
		return false, err
	}
	return s.Item.State == press.Approved && !s.Item.Held && s.Item.Head == e.Copy.Amending && !press.Stops(press.Check(s)), nil
}

// dropAct ends an act on a public copy that is known not to have been made, or that has nothing to change any more. Its remark goes with it,
// and the erratum that it announced, unless that is printed.
func (l *Ledger) dropAct(ctx context.Context, tx *sql.Tx, act int64, c press.Copy, now time.Time) error {
	var verb press.Verb
	var way press.Way
	err := tx.QueryRowContext(ctx, `UPDATE act SET state = 'done', due_at = NULL WHERE id = $1 RETURNING verb, way`, act).Scan(&verb, &way)
	if err != nil {
		return fmt.Errorf("give up act %d: %w", act, err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM remark WHERE act = $1`, act); err != nil {
		return fmt.Errorf("give up act %d: %w", act, err)
	}
	if way == press.Erratum {
		if err := l.dropErrata(ctx, tx, c); err != nil {
			return err
		}
	}
	if verb != press.Annotate {
		if _, err := tx.ExecContext(ctx, `UPDATE copy SET amending = 0 WHERE id = $1`, c.ID); err != nil {
			return fmt.Errorf("give up act %d: %w", act, err)
		}
	}
	if err := l.retask(ctx, tx, c); err != nil {
		return err
	}
	err = note(ctx, tx, moved{item: c.Item, who: program(), verb: "drop", channel: c.Channel, was: string(c.State), now: string(c.State),
		detail: verb.Name() + "没有做，已放弃", at: now})
	if err != nil {
		return err
	}
	return l.settled(ctx, tx, c, now)
}

// settled shows a copy of which an act has ended, and wakes what waited for it.
func (l *Ledger) settled(ctx context.Context, tx *sql.Tx, c press.Copy, now time.Time) error {
	if err := l.wakeGroup(ctx, tx, c.Item, now); err != nil {
		return err
	}
	return l.show(ctx, tx, c.Item)
}

// dropAmendments ends what is to be changed on a copy: all of it when the copy is gone, else only what was not begun.
func (l *Ledger) dropAmendments(ctx context.Context, tx *sql.Tx, c press.Copy, all bool, now time.Time) error {
	acts, err := l.onCopy(ctx, tx, c)
	if err != nil {
		return err
	}
	for _, a := range acts {
		if a.verb == press.Withdraw || !all && !a.idle() {
			continue
		}
		if err := l.dropAct(ctx, tx, a.id, c, now); err != nil {
			return err
		}
	}
	if !all {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE copy SET amending = 0 WHERE id = $1`, c.ID); err != nil {
		return fmt.Errorf("end amendments of copy %d: %w", c.ID, err)
	}
	return nil
}

// amended ends an act that has changed a public copy: the copy shows what the act gave it, and is looked at at once.
func (l *Ledger) amended(ctx context.Context, tx *sql.Tx, a onCopy, c press.Copy, who Who, now time.Time) error {
	if _, err := tx.ExecContext(ctx, `UPDATE act SET state = 'done', due_at = NULL WHERE id = $1`, a.id); err != nil {
		return fmt.Errorf("end act %d: %w", a.id, err)
	}
	said, state := "", c.State
	switch {
	case a.verb == press.Annotate:
		said = "标注已显示"
	case a.way == press.Erratum:
		said = "已加更正说明，待下一期刊登更正"
		if _, err := tx.ExecContext(ctx, `UPDATE copy SET kept = MAX(kept, amending), amending = 0 WHERE id = $1`, c.ID); err != nil {
			return fmt.Errorf("end amendment of copy %d: %w", c.ID, err)
		}
	default:
		said = fmt.Sprintf("第%d版 → 第%d版（%s）", c.Revision, a.revision, a.way.Name())
		if c.State.Public() {
			state = press.CopyLive
		}
		_, err := tx.ExecContext(ctx, `
			UPDATE copy
			SET revision = $2, amending = 0, note = '', state = $3, since_at = CASE WHEN state = $3 THEN since_at ELSE $4 END
			WHERE id = $1`, c.ID, a.revision, state, now.UnixMicro())
		if err != nil {
			return fmt.Errorf("end amendment of copy %d: %w", c.ID, err)
		}
	}
	if err := l.retask(ctx, tx, c); err != nil {
		return err
	}
	err := note(ctx, tx, moved{item: c.Item, who: who, verb: string(a.verb), channel: c.Channel, was: string(c.State), now: string(state), detail: said, at: now})
	if err != nil {
		return err
	}
	if c.State.Public() {
		if err := l.shownAnew(ctx, tx, c.ID, now); err != nil {
			return err
		}
	}
	return l.settled(ctx, tx, c, now)
}

// shownAnew has a public copy looked at, and found by what it says now.
func (l *Ledger) shownAnew(ctx context.Context, tx *sql.Tx, id int64, now time.Time) error {
	c, err := l.copyOf(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := l.lookAgain(ctx, tx, id, now, 0); err != nil {
		return err
	}
	return l.index(ctx, tx, c)
}

// seenTooEarly tells a sighting that says nothing about a copy, and when to look again: the copy was amended since it was handed out to be looked
// at, or is being amended at this moment.
func (l *Ledger) seenTooEarly(ctx context.Context, q querier, c press.Copy, s press.Sighting, now time.Time) (again time.Time, err error) {
	if s.Revision > 0 && s.Revision != c.Revision {
		return now, nil
	}
	if s.Status == press.SeenEqual {
		return time.Time{}, nil
	}
	acts, err := l.onCopy(ctx, q, c)
	if err != nil {
		return time.Time{}, err
	}
	if slices.ContainsFunc(acts, func(a onCopy) bool { return a.inHands }) {
		return now.Add(lookTime), nil
	}
	return time.Time{}, nil
}

// amendment settles an act on a public copy that is no withdrawal.
func (s *settler) amendment(ctx context.Context, r press.Receipt) error {
	for _, e := range s.a.Edition.Entries { // there is one
		c, err := s.l.copyOf(ctx, s.tx, e.Copy.ID)
		if err != nil {
			return err
		}
		p := r.PartOf(c.ID)
		said := cmp.Or(p.Note, r.Note)
		switch p.Status {
		case press.Live:
			a := onCopy{id: s.a.ID, verb: s.a.Verb, way: s.a.Way, revision: s.a.Revision}
			if err := s.l.amended(ctx, s.tx, a, c, program(), s.now); err != nil {
				return err
			}
			return s.l.clearTrouble(ctx, s.tx, s.a.Edition.Slot.Channel)
		case press.Refused, press.Gone:
			return s.notAmended(ctx, c, p.Status, said)
		case press.NeedsHand:
			if err := s.ask(ctx, c, cmp.Or(said, "需要人工处理")); err != nil {
				return err
			}
		}
	}
	return s.later(ctx, s.again(r))
}

// ask notes what a person is to do before an act can go on.
func (s *settler) ask(ctx context.Context, c press.Copy, what string) error {
	if s.a.Way == press.ByHand {
		return nil // it was asked for when the act was opened
	}
	if _, err := s.tx.ExecContext(ctx, `UPDATE act SET task = $2 WHERE id = $1`, s.a.ID, what); err != nil {
		return fmt.Errorf("note task of act %d: %w", s.a.ID, err)
	}
	if err := s.l.retask(ctx, s.tx, c); err != nil {
		return err
	}
	return s.l.show(ctx, s.tx, c.Item)
}

// notAmended gives up a correction that the channel will not have, or has nothing for any more: its copy says that it is behind, or is not as it
// was approved. What is to be said of a document's force is not given up: a person does it, or it waits for the page. What is there is looked at.
func (s *settler) notAmended(ctx context.Context, c press.Copy, st press.Status, said string) error {
	switch {
	case !c.State.Public(), s.a.Verb == press.Amend:
		if err := s.l.dropAct(ctx, s.tx, s.a.ID, c, s.now); err != nil || !c.State.Public() {
			return err
		}
	case st == press.Refused:
		return s.toPerson(ctx, c, said)
	default:
		if err := s.later(ctx, s.again(press.Receipt{Status: st})); err != nil {
			return err
		}
	}
	t := turn{state: c.State, note: s.a.Verb.Name() + "未被接受：" + said, who: program(), verb: string(s.a.Verb), at: s.now}
	if st == press.Gone {
		t.state, t.note = press.CopyDiffers, "公开页面已不存在："+said
	}
	if err := s.l.turnCopy(ctx, s.tx, c, t); err != nil {
		return err
	}
	return s.l.lookAgain(ctx, s.tx, c.ID, s.now, 0)
}

// toPerson leaves a remark that a channel will not have to a person.
func (s *settler) toPerson(ctx context.Context, c press.Copy, said string) error {
	what := fmt.Sprintf("渠道没有接受这条说明（%s），请人工加上：“%s”；做好后标记已完成，或者决定保留原样", cmp.Or(said, "没有说明原因"), s.a.Reason)
	if _, err := s.tx.ExecContext(ctx, `UPDATE act SET way = 'by_hand', task = $2 WHERE id = $1`, s.a.ID, what); err != nil {
		return fmt.Errorf("leave act %d to a person: %w", s.a.ID, err)
	}
	if err := s.l.retask(ctx, s.tx, c); err != nil {
		return err
	}
	if err := s.l.show(ctx, s.tx, c.Item); err != nil {
		return err
	}
	return s.later(ctx, s.now.AddDate(1, 0, 0)) // the person says when it is done
}

// remarks are what stands beside the approved text of a copy, oldest first: by acts that are done, by the act in hands, and what was known of
// the document when the copy was composed. What was said last of its force is what holds; what was said before is not shown any more.
func (l *Ledger) remarks(ctx context.Context, q querier, c press.Copy, act int64) ([]press.Remark, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT m.id, m.replaces, m.kind, m.validity, m.text, m.url, m.at
		FROM remark m
		JOIN act a ON a.id = m.act
		WHERE m.copy = $1 AND (a.state = 'done' OR a.id = $2)
		UNION ALL
		SELECT 0, 0, 'validity', n.validity, n.text, n.url, n.at
		FROM annotation n
		WHERE n.item = $3 AND n.at < (SELECT composed_at FROM edition WHERE key = $4)
		ORDER BY 7, 1`, c.ID, act, c.Item, c.Edition)
	if err != nil {
		return nil, fmt.Errorf("read remarks on copy %d: %w", c.ID, err)
	}
	defer rows.Close()
	var out []press.Remark
	var ids, replaced []int64
	for rows.Next() {
		var m press.Remark
		var id, other int64
		var at sql.NullInt64
		if err := rows.Scan(&id, &other, &m.Kind, &m.Validity, &m.Text, &m.URL, &at); err != nil {
			return nil, fmt.Errorf("read remarks on copy %d: %w", c.ID, err)
		}
		m.At = l.moment(at)
		out, ids, replaced = append(out, m), append(ids, id), append(replaced, other)
	}
	var shown []press.Remark
	for i, m := range out {
		overtaken := m.Kind == press.RemarkValidity && slices.ContainsFunc(out[i+1:], func(n press.Remark) bool { return n.Kind == press.RemarkValidity })
		if !overtaken && (ids[i] == 0 || !slices.Contains(replaced, ids[i])) {
			shown = append(shown, m)
		}
	}
	return shown, rows.Err()
}

// remark fills in what stands beside the text of an entry, and what that says of its force.
func (l *Ledger) remark(ctx context.Context, q querier, en *press.Entry, act int64) (err error) {
	if en.Remarks, err = l.remarks(ctx, q, en.Copy, act); err != nil {
		return err
	}
	for _, m := range en.Remarks {
		if m.Kind == press.RemarkValidity {
			en.Revision.Meta.Validity = m.Validity
		}
	}
	return nil
}
