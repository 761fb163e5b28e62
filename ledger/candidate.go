package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tongfa/press"
	"tongfa/workday"
)

// Candidate is an item that is wanted on a channel, as who composes an edition sees it.
type Candidate struct {
	Item      press.Item
	Title     string
	DocNumber string
	Issuer    string
	Copy      press.Copy
	With      []string // what it belongs with: ids, or references to what is not filed yet
	Term      bool     // a statutory period runs, and nothing of it is public yet
	Left      int      // what is left of that, in its unit; negative once it is over
	Unit      string   // 工作日, or 自然日
	Why       string   // why it cannot be taken into the edition now; "" when it can
}

// mostCandidates is the longest page of candidates, and mostPassed how many that nobody can take it passes over.
const (
	mostCandidates = 100
	mostPassed     = 400
)

// Candidates reads a page of what may be taken into a planned edition, what came first first, and the cursor of the next; "" when there is none.
// Without words it tells what is signed, waits on the edition's channel and is in no edition. With words it tells all that they find of what is wanted there,
// also what cannot be taken, newest first.
func (l *Ledger) Candidates(ctx context.Context, p press.Plan, e press.Edition, words, after string, limit int, now time.Time) (out []Candidate, next string, err error) {
	if limit <= 0 || limit > mostCandidates {
		limit = 30
	}
	var from int64
	if after != "" {
		if from, err = readCursor(after); err != nil {
			return nil, "", err
		}
	}
	ns, next, err := l.candidates(ctx, p.Channel, words, from, limit)
	if err != nil {
		return nil, "", err
	}
	for _, n := range ns {
		c, err := l.candidate(ctx, p, e, n, now)
		if err != nil {
			return nil, "", err
		}
		out = append(out, c)
	}
	return out, next, nil
}

// candidates are the numbers of the items of a page.
func (l *Ledger) candidates(ctx context.Context, channel, words string, from int64, limit int) (ns []int64, next string, err error) {
	query, args := `
		SELECT c.item_n, i.state = 'approved'
		FROM copy c
		CROSS JOIN item i ON i.n = c.item_n
		WHERE c.channel = $1 AND c.newest AND c.state = 'waiting' AND c.edition IS NULL AND c.item_n > $2
		ORDER BY c.item_n
		LIMIT $3`, []any{channel, from, mostPassed + 1}
	if words != "" {
		match := phrases(words)
		if match == "" {
			return nil, "", nil
		}
		if from == 0 {
			from = 1 << 62
		}
		query, args = `
			SELECT k.rowid, 1
			FROM catalogue k
			CROSS JOIN copy c ON c.channel = $1 AND c.item_n = k.rowid AND c.newest
			WHERE catalogue MATCH $4 AND k.rowid < $2
			ORDER BY k.rowid DESC
			LIMIT $3`, []any{channel, from, limit + 1, match}
	}
	rows, err := l.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, "", fmt.Errorf("read candidates: %w", err)
	}
	defer rows.Close()
	var last int64
	for passed := 0; rows.Next(); passed++ {
		var n int64
		var signed bool
		if err := rows.Scan(&n, &signed); err != nil {
			return nil, "", fmt.Errorf("read candidates: %w", err)
		}
		if signed && len(ns) == limit || passed == mostPassed {
			return ns, cursor(last), nil
		}
		if signed {
			ns = append(ns, n)
		}
		last = n
	}
	return ns, "", rows.Err()
}

func (l *Ledger) candidate(ctx context.Context, p press.Plan, e press.Edition, n int64, now time.Time) (c Candidate, err error) {
	var id press.ItemID
	if err := l.read.QueryRowContext(ctx, `SELECT id FROM item WHERE n = $1`, n).Scan(&id); err != nil {
		return c, fmt.Errorf("read item %d: %w", n, err)
	}
	s, err := l.subject(ctx, l.read, id, now)
	if err != nil {
		return c, err
	}
	c = Candidate{Item: s.Item, Title: s.Revision.Title, DocNumber: s.Revision.Meta.DocNumber, Issuer: s.Revision.Meta.Issuer}
	if c.Copy, _, err = l.newest(ctx, l.read, id, p.Channel); err != nil {
		return c, err
	}
	if t, ok := press.Deadline(s.Item.Kind, s.Revision.Meta, l.Calendar()); ok && s.FirstSeen.IsZero() {
		c.Term, c.Unit = true, "工作日"
		if t.Clock.Unit == workday.CalendarDays {
			c.Unit = "自然日"
		}
		c.Left = t.Left(workday.DateOf(now.In(l.rules.Zone)), l.Calendar())
	}
	g, err := l.group(ctx, l.read, id)
	if err != nil {
		return c, err
	}
	for _, m := range g.members[1:] {
		c.With = append(c.With, string(m))
	}
	c.With = append(c.With, g.missing...)
	c.Why, err = l.untakable(ctx, p, e, id, now)
	return c, err
}

// untakable is why an item cannot be taken into an edition now; "" when it can.
func (l *Ledger) untakable(ctx context.Context, p press.Plan, e press.Edition, id press.ItemID, now time.Time) (string, error) {
	cp := &composer{l: l, q: l.read, p: p, at: later(e.Slot.At, now), now: now, ahead: true}
	en, w, err := cp.member(ctx, id, true)
	switch {
	case err != nil:
		return "", err
	case w != nil:
		return w.note, nil
	case en == nil:
		return l.elsewhere(ctx, l.read, id, p.Channel)
	}
	return "", nil
}

// Rules of an edition that people compose, as findings name them.
const (
	RuleUnfit   press.Rule = "edition_unfit"   // an entry that may not go out any more
	RuleApart   press.Rule = "edition_apart"   // an entry without what it belongs with
	RuleAfter   press.Rule = "edition_after"   // an entry whose page elsewhere is not verified
	RuleTwice   press.Rule = "edition_twice"   // the same document twice
	RuleRelated press.Rule = "edition_related" // an interpretation without its policy, or the reverse
	RuleFile    press.Rule = "edition_file"    // an attachment or a picture that is not there
	RuleFull    press.Rule = "edition_full"    // more than fit
	RuleEmpty   press.Rule = "edition_empty"   // nothing in it
	RuleProof   press.Rule = "edition_proof"   // not read as often as it must be, or changed since
	RuleRemark  press.Rule = "edition_remark"  // a reader's remark that nobody has settled
	RuleIndex   press.Rule = "edition_index"   // the index of a year that it should carry, or should not
	RuleGap     press.Rule = "edition_gap"     // an issue before it that is not out
	RuleOwing   press.Rule = "edition_owing"   // a registered normative document that it leaves out
)

// Proofread tells what is wrong with an edition that has not gone out yet, entry by entry. What stops it keeps it from being frozen or issued.
func (l *Ledger) Proofread(ctx context.Context, p press.Plan, e press.Edition, now time.Time) ([]press.Finding, error) {
	if e.State != press.EditionPlanned && e.State != press.EditionFrozen {
		return nil, nil
	}
	r := &proofreader{l: l, p: p, e: e, now: now, at: now, seen: map[string]string{}}
	if e.State == press.EditionPlanned || !e.IssueAt.IsZero() {
		r.at = later(e.Due(), now)
	}
	if len(e.Entries)+len(e.Errata) == 0 && p.Issues == nil { // a gazette says so itself
		r.say(RuleEmpty, press.Stop, "entries", "这一期还没有稿件，先编入稿件再定稿")
	}
	if room := p.Room(); room > 0 && len(e.Entries) > room {
		r.say(RuleFull, press.Stop, "entries", "这一期有%d篇，最多%d篇，请移出%d篇", len(e.Entries), room, len(e.Entries)-room)
	}
	if p.Issues != nil {
		if err := r.complete(ctx); err != nil {
			return nil, err
		}
		if err := r.yearIndex(ctx); err != nil {
			return nil, err
		}
	}
	for i, en := range e.Entries {
		r.place = fmt.Sprintf("第%d篇", i+1)
		if err := r.entry(ctx, en); err != nil {
			return nil, err
		}
	}
	r.place = ""
	proofs, err := l.unproved(ctx, p, e, now)
	r.found = append(r.found, proofs...)
	if p.Check != nil {
		r.found = append(r.found, p.Check(e)...)
	}
	return r.found, err
}

type proofreader struct {
	l       *Ledger
	p       press.Plan
	e       press.Edition
	at, now time.Time
	place   string
	seen    map[string]string
	found   []press.Finding
}

func (r *proofreader) say(rule press.Rule, s press.Severity, field, format string, args ...any) {
	r.found = append(r.found, press.Finding{Rule: rule, Severity: s, Field: field, Place: r.place, Message: fmt.Sprintf(format, args...)})
}

func (r *proofreader) entry(ctx context.Context, en press.Entry) error {
	title := en.Revision.Title
	why, err := r.l.misfit(ctx, r.l.read, en.Item.ID, r.e.Key, r.at, r.now)
	if err != nil {
		return err
	}
	if why != "" {
		r.say(RuleUnfit, press.Stop, "entries", "“%s”不能发布：%s。请先处理，或者把它移出这一期", title, why)
	}
	apart, err := r.l.apart(ctx, r.l.read, r.e, en)
	if err != nil {
		return err
	}
	for _, other := range apart {
		r.say(RuleApart, press.Stop, "belongs_with", "“%s”须与“%s”同时发布，后者不在这一期里。请一并编入，或者把它移出", title, r.l.called(ctx, other))
	}
	w, err := (&composer{l: r.l, q: r.l.read, p: r.p}).after(ctx, en.Item)
	if err != nil {
		return err
	}
	if w != nil {
		r.say(RuleAfter, press.Info, "entries", "“%s”%s；发出的时候还没有核验的，这一期等到核验以后再发", title, w.note)
	}
	if r.p.Issues == nil { // a gazette looks at these itself
		r.once("文号", en.Revision.Meta.DocNumber, press.Warn)
		r.once("标题", title, press.Warn)
	}
	if err := r.before(ctx, en); err != nil {
		return err
	}
	if err := r.files(ctx, en); err != nil {
		return err
	}
	return r.related(ctx, en)
}

// mostNamesakes bounds how many items with a document number are looked at: it may be part of the numbers of others.
const mostNamesakes = 20

// before looks for the document under another item in another edition of the channel.
func (r *proofreader) before(ctx context.Context, en press.Entry) error {
	number := en.Revision.Meta.DocNumber
	match := phrases(number)
	if match == "" {
		return nil
	}
	rows, err := r.l.read.QueryContext(ctx, `
		SELECT c.edition, d.title, c.state = 'waiting', json_extract(v.meta, '$.doc_number')
		FROM catalogue k
		CROSS JOIN copy c ON c.channel = $1 AND c.item_n = k.rowid AND c.newest
		CROSS JOIN edition d ON d.key = c.edition
		CROSS JOIN revision v ON v.item = c.item AND v.number = c.revision
		WHERE catalogue MATCH $2 AND c.edition <> $3 AND c.state NOT IN ('withdrawn', 'refused')
		ORDER BY k.rowid DESC
		LIMIT $4`, r.p.Channel, `numbers : (`+match+`)`, r.e.Key, mostNamesakes)
	if err != nil {
		return fmt.Errorf("look for %s elsewhere: %w", number, err)
	}
	defer rows.Close()
	for rows.Next() {
		var key, title string
		var waits bool
		var other sql.NullString
		if err := rows.Scan(&key, &title, &waits, &other); err != nil {
			return fmt.Errorf("look for %s elsewhere: %w", number, err)
		}
		if press.Fold(other.String) != press.Fold(number) {
			continue
		}
		where := "已在" + cmp.Or(title, key) + "刊发"
		if waits {
			where = "已编入" + cmp.Or(title, key)
		}
		r.say(RuleTwice, press.Warn, "entries", "“%s”的文号“%s”%s，请核对是不是同一份文件", en.Revision.Title, number, where)
		return nil
	}
	return rows.Err()
}

func (r *proofreader) once(name, value string, s press.Severity) {
	key := press.Fold(value)
	if key == "" {
		return
	}
	if before, ok := r.seen[name+key]; ok {
		r.say(RuleTwice, s, "entries", "%s“%s”与%s重复，请核对是否编入了两次", name, value, before)
		return
	}
	r.seen[name+key] = r.place
}

// called is the title of an item, or the reference to one that is not filed.
func (l *Ledger) called(ctx context.Context, ref string) string {
	var title string
	err := l.read.QueryRowContext(ctx, `SELECT r.title FROM item i JOIN revision r ON r.item = i.id AND r.number = i.head WHERE i.id = $1`, ref).Scan(&title)
	if err != nil {
		return ref + "（尚未报送）"
	}
	return title
}

// files asks that what an entry refers to is there.
func (r *proofreader) files(ctx context.Context, en press.Entry) error {
	files := append(append([]press.Asset{}, en.Revision.Attachments...), en.Revision.Images...)
	if en.Revision.Cover != nil {
		files = append(files, *en.Revision.Cover)
	}
	for _, f := range files {
		var there bool
		if err := r.l.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM asset WHERE digest = $1)`, f.Digest).Scan(&there); err != nil {
			return fmt.Errorf("look for file %s: %w", f.Digest, err)
		}
		if !there {
			r.say(RuleFile, press.Stop, "attachments", "“%s”的文件“%s”不在台账里，发不出去；请重新报送这篇稿件", en.Revision.Title, f.Name)
		}
	}
	return nil
}

// related looks for the other half of a policy and its interpretation: in this edition, or public on the channel.
func (r *proofreader) related(ctx context.Context, en press.Entry) error {
	type other struct {
		id      press.ItemID
		reading bool // it interprets the entry
	}
	var others []other
	refs, err := texts(ctx, r.l.read, `SELECT ref FROM relation WHERE item = $1 AND type = 'interprets'`, en.Item.ID)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		id, err := find(ctx, r.l.read, ref)
		if errors.Is(err, ErrNoItem) {
			continue
		}
		if err != nil {
			return err
		}
		others = append(others, other{id, false})
	}
	readings, err := texts(ctx, r.l.read, `
		SELECT x.item
		FROM relation x
		JOIN item i ON x.ref IN (i.id, i.external_id)
		WHERE i.id = $1 AND x.type = 'interprets'`, en.Item.ID)
	if err != nil {
		return err
	}
	for _, id := range readings {
		others = append(others, other{press.ItemID(id), true})
	}
	for _, o := range others {
		here, err := r.has(ctx, o.id)
		if err != nil {
			return err
		}
		switch {
		case here:
		case o.reading:
			r.say(RuleRelated, press.Warn, "relations", "“%s”的解读“%s”不在这一期，也没有在“%s”公开；政策和解读应当一起发", en.Revision.Title, r.l.called(ctx, string(o.id)), r.p.Channel)
		default:
			r.say(RuleRelated, press.Warn, "relations", "“%s”解读的“%s”不在这一期，也没有在“%s”公开；请核对是否漏编", en.Revision.Title, r.l.called(ctx, string(o.id)), r.p.Channel)
		}
	}
	return nil
}

// has reports whether an item is in the edition, or public on its channel, or never to be there.
func (r *proofreader) has(ctx context.Context, id press.ItemID) (bool, error) {
	for _, en := range r.e.Entries {
		if en.Item.ID == id {
			return true, nil
		}
	}
	var state press.CopyState
	err := r.l.read.QueryRowContext(ctx, `SELECT state FROM copy WHERE item = $1 AND channel = $2 AND newest`, id, r.p.Channel).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("read copy of %s on %s: %w", id, r.p.Channel, err)
	}
	return state != press.Waiting, nil
}
