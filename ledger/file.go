package ledger

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tongfa/press"
)

// Filing is an item as it is handed in.
type Filing struct {
	Item      press.Item // ExternalID, Kind, Wants, ReleaseAt, BelongsWith
	Revision  press.Revision
	Approvals []press.Approval  // given for exactly this text; By vouches for them
	Files     map[string][]byte // the bytes of the assets of Revision by digest; what the ledger has already may be left out
	By        Who

	ID      press.ItemID // the item that it is a revision of, where that is known; otherwise ExternalID tells
	Was     string       // with ID: the digest of the revision that this one was written over; another one meanwhile refuses it
	Draft   bool         // it is kept as a draft, and not sent to review
	Written Written      // how it was written
	Handed  int64        // the submission (报送) that it is taken in from; 0 for none
	Whole   bool         // it is taken in only where no gate puts a stop on it, and otherwise not at all
}

// ErrStopped is in the error of a filing that was to be whole and that a gate stops.
var ErrStopped = errors.New("a gate stops the item")

// Filed tells what became of a Filing.
type Filed struct {
	ID         press.ItemID
	ExternalID string
	Outcome    Outcome
	Revision   int
	State      press.State // as people see it
	Findings   []press.Finding
}

// Outcome of a filing.
type Outcome string

// The same post twice is one item; other content under the same external id is a new revision.
const (
	New     Outcome = "new"
	Same    Outcome = "same"
	Revised Outcome = "revised"
)

// File stores an item, or a new revision of the item with the same external id. Approvals that come with it are checked
// like any others. An item on which no gate puts a stop is approved at once; otherwise it is stored and waits, and the
// findings say for what.
func (l *Ledger) File(ctx context.Context, f Filing, now time.Time) (Filed, error) {
	var out Filed
	f.Revision.Digest = f.Revision.Sum()
	if f.Revision.Digest == "" {
		return out, errors.New("revision cannot be encoded")
	}
	for digest, data := range f.Files {
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != digest {
			return out, fmt.Errorf("文件内容与它的摘要%.12s不符，可能在传送中损坏，请重新报送", digest)
		}
	}
	f.Item.ReleaseAt = f.Item.ReleaseAt.Truncate(time.Microsecond) // what the ledger keeps, so that the same moment is the same
	err := l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var err error
		out, err = l.file(ctx, tx, f, now)
		return err
	})
	return out, err
}

func (l *Ledger) file(ctx context.Context, tx *sql.Tx, f Filing, now time.Time) (Filed, error) {
	out := Filed{ExternalID: f.Item.ExternalID}
	if err := storeFiles(ctx, tx, f); err != nil {
		return out, err
	}
	was, err := l.identify(ctx, tx, &f, &out, now)
	if err != nil {
		return out, err
	}
	if out.Outcome != Same {
		if err := l.addRevision(ctx, tx, f, out, now); err != nil {
			return out, err
		}
	}
	if f.Handed != 0 {
		if err := l.takenOnce(ctx, tx, f.Handed, out.ID); err != nil {
			return out, err
		}
		if err := l.takeAs(ctx, tx, f.Handed, out.ID, f.By, now); err != nil {
			return out, err
		}
	}
	if out.Outcome != Same || was.State != press.Withdrawn { // the same text again does not bring back what was withdrawn
		if err := l.want(ctx, tx, f, out, was, now); err != nil {
			return out, err
		}
	}
	for _, a := range f.Approvals {
		a.Item, a.Revision, a.Digest, a.RecordedBy = out.ID, out.Revision, f.Revision.Digest, f.By.Name
		if err := addApproval(ctx, tx, a); err != nil {
			return out, err
		}
	}
	if out.Findings, err = l.assess(ctx, tx, out.ID, now); err != nil {
		return out, err
	}
	if f.Whole && press.Stops(out.Findings) {
		return out, fmt.Errorf("稿件未通过门禁：%w", ErrStopped)
	}
	if err := l.show(ctx, tx, out.ID); err != nil {
		return out, err
	}
	err = tx.QueryRowContext(ctx, `SELECT shown FROM item WHERE id = $1`, out.ID).Scan(&out.State)
	return out, err
}

func storeFiles(ctx context.Context, tx *sql.Tx, f Filing) error {
	for digest, data := range f.Files {
		if _, err := tx.ExecContext(ctx, `INSERT INTO asset (digest, data) VALUES ($1, $2) ON CONFLICT DO NOTHING`, digest, data); err != nil {
			return fmt.Errorf("store file: %w", err)
		}
	}
	for _, a := range assets(f.Revision) {
		var have bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM asset WHERE digest = $1)`, a.Digest).Scan(&have); err != nil {
			return fmt.Errorf("look for file: %w", err)
		}
		if !have {
			return fmt.Errorf("缺少文件“%s”的内容，请连同文件一起重新报送", a.Name)
		}
	}
	return nil
}

// identify finds the item that this filing is about, as it was before, or makes it.
func (l *Ledger) identify(ctx context.Context, tx *sql.Tx, f *Filing, out *Filed, now time.Time) (was press.Item, err error) {
	var id press.ItemID
	if f.ID != "" {
		if was, err = l.item(ctx, tx, f.ID); err != nil {
			return was, err
		}
		if err := seen(ctx, tx, was, f.Was); err != nil {
			return was, err
		}
		return was, l.known(ctx, tx, was, f, out, now)
	}
	err = tx.QueryRowContext(ctx, `SELECT id FROM item WHERE external_id = NULLIF($1, '')`, f.Item.ExternalID).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return was, l.register(ctx, tx, f, out, now)
	}
	if err != nil {
		return was, fmt.Errorf("find item: %w", err)
	}
	if was, err = l.item(ctx, tx, id); err != nil {
		return was, err
	}
	if err := l.keepTime(ctx, tx, was, f); err != nil {
		return was, err
	}
	return was, l.known(ctx, tx, was, f, out, now)
}

func (l *Ledger) known(ctx context.Context, tx *sql.Tx, it press.Item, f *Filing, out *Filed, now time.Time) error {
	id := it.ID
	var digest string
	err := tx.QueryRowContext(ctx, `SELECT digest FROM revision WHERE item = $1 AND number = $2`, id, it.Head).Scan(&digest)
	if err != nil {
		return fmt.Errorf("read digest of %s: %w", id, err)
	}
	out.ID, out.Outcome, out.Revision = id, Same, it.Head
	if digest == f.Revision.Digest {
		if it.State == press.Withdrawn {
			return nil
		}
		if err := l.bind(ctx, tx, it, f, now); err != nil {
			return err
		}
		if err := l.rekind(ctx, tx, it, f, now); err != nil {
			return err
		}
		return l.reschedule(ctx, tx, it, f, now)
	}
	out.Outcome, out.Revision = Revised, it.Head+1
	verb := press.Revise
	if f.Draft {
		verb = press.Save
	}
	state, err := it.State.Move(verb, f.By.Role)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE item SET kind = $2, state = $3, head = $4, release_at = $5 WHERE id = $1`,
		id, f.Item.Kind, state, out.Revision, micros(f.Item.ReleaseAt))
	if err != nil {
		return fmt.Errorf("revise %s: %w", id, err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE copy SET due_at = NULL WHERE item = $1 AND edition IS NULL`, id); err != nil {
		return fmt.Errorf("hold back %s: %w", id, err)
	}
	if err := l.bind(ctx, tx, it, f, now); err != nil {
		return err
	}
	return note(ctx, tx, moved{item: id, who: f.By, verb: string(verb), was: string(it.State), now: string(state),
		detail: fmt.Sprintf("第%d版 %s", out.Revision, f.Revision.Digest), at: now})
}

// rekind takes another kind for a text that is still being written: no approval vouches for it, so that it is not changed once it was approved.
func (l *Ledger) rekind(ctx context.Context, tx *sql.Tx, it press.Item, f *Filing, now time.Time) error {
	if !f.Draft || it.Kind == f.Item.Kind {
		return nil
	}
	if it.State == press.Approved {
		return errors.New("稿件已签发，不能只改种类。请同时修改正文或目录信息，作为新的一版重新送审")
	}
	if _, err := tx.ExecContext(ctx, `UPDATE item SET kind = $2 WHERE id = $1`, it.ID, f.Item.Kind); err != nil {
		return fmt.Errorf("change kind of %s: %w", it.ID, err)
	}
	return note(ctx, tx, moved{item: it.ID, who: f.By, verb: string(press.Save), was: string(it.State), now: string(it.State),
		detail: "种类由“" + it.Kind.Name() + "”改为“" + f.Item.Kind.Name() + "”", at: now})
}

// bind takes what an item belongs with from its newest filing, and wakes what it belonged with before.
func (l *Ledger) bind(ctx context.Context, tx *sql.Tx, it press.Item, f *Filing, now time.Time) error {
	refs := slices.Compact(slices.Sorted(slices.Values(f.Item.BelongsWith)))
	if slices.Equal(refs, it.BelongsWith) {
		return nil
	}
	before, err := l.group(ctx, tx, it.ID)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM belongs WHERE item = $1`, it.ID); err != nil {
		return fmt.Errorf("bind %s: %w", it.ID, err)
	}
	if err := addBelongs(ctx, tx, it.ID, refs); err != nil {
		return err
	}
	for _, m := range before.members[1:] {
		if err := l.wake(ctx, tx, m, now); err != nil {
			return err
		}
	}
	return note(ctx, tx, moved{item: it.ID, who: f.By, verb: "bind",
		was: strings.Join(it.BelongsWith, " "), now: strings.Join(refs, " "), at: now})
}

func addBelongs(ctx context.Context, tx *sql.Tx, id press.ItemID, refs []string) error {
	for _, ref := range refs {
		if _, err := tx.ExecContext(ctx, `INSERT INTO belongs (item, ref) VALUES ($1, $2) ON CONFLICT DO NOTHING`, id, ref); err != nil {
			return fmt.Errorf("register belongs with: %w", err)
		}
	}
	return nil
}

// reschedule takes another release time for the same text.
func (l *Ledger) reschedule(ctx context.Context, tx *sql.Tx, it press.Item, f *Filing, now time.Time) error {
	if it.ReleaseAt.Equal(f.Item.ReleaseAt) {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE item SET release_at = $2 WHERE id = $1`, it.ID, micros(f.Item.ReleaseAt)); err != nil {
		return fmt.Errorf("reschedule %s: %w", it.ID, err)
	}
	return note(ctx, tx, moved{item: it.ID, who: f.By, verb: "reschedule",
		was: clockTime(it.ReleaseAt), now: clockTime(f.Item.ReleaseAt.In(l.rules.Zone)), at: now})
}

func clockTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2006-01-02 15:04:05")
}

func (l *Ledger) register(ctx context.Context, tx *sql.Tx, f *Filing, out *Filed, now time.Time) error {
	index, err := l.nextIndex(ctx, tx, now)
	if err != nil {
		return err
	}
	state := press.Submitted
	if f.Draft {
		state = press.Draft
	}
	out.ID, out.Outcome, out.Revision = newID(now.In(l.rules.Zone)), New, 1
	_, err = tx.ExecContext(ctx, `
		INSERT INTO item (id, external_id, kind, index_number, state, shown, head, release_at, filed_at, filed_by)
		VALUES ($1, NULLIF($2, ''), $3, $4, $5, $5, 1, $6, $7, $8)`,
		out.ID, f.Item.ExternalID, f.Item.Kind, index, state, micros(f.Item.ReleaseAt), now.UnixMicro(), f.By.Name)
	if err != nil {
		return fmt.Errorf("register item: %w", err)
	}
	if err := addBelongs(ctx, tx, out.ID, f.Item.BelongsWith); err != nil {
		return err
	}
	return note(ctx, tx, moved{item: out.ID, who: f.By, verb: "file", now: string(state),
		detail: fmt.Sprintf("第1版 %s", f.Revision.Digest), at: now})
}

// nextIndex gives an index number (索引号): unique, in order of filing within a year, never given again.
func (l *Ledger) nextIndex(ctx context.Context, tx *sql.Tx, now time.Time) (string, error) {
	year := now.In(l.rules.Zone).Format("2006")
	n, err := next(ctx, tx, "index/"+year)
	if err != nil {
		return "", err
	}
	index := fmt.Sprintf("%s-%05d", year, n)
	if l.rules.USCC != "" {
		index = l.rules.USCC + "/" + index
	}
	return index, nil
}

// next counts a serial number up.
func next(ctx context.Context, tx *sql.Tx, name string) (int64, error) {
	var n int64
	err := tx.QueryRowContext(ctx, `
		INSERT INTO serial (name, last) VALUES ($1, 1)
		ON CONFLICT (name) DO UPDATE SET last = last + 1
		RETURNING last`, name).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count %s: %w", name, err)
	}
	return n, nil
}

// newID makes an item's id: the day it was filed and six characters of chance, so that an older ledger restored from a backup
// never gives an id again that the lost one had given.
func newID(now time.Time) press.ItemID {
	const letters = "23456789abcdefghjkmnpqrstuvwxyz"
	var raw [6]byte
	_, _ = rand.Read(raw[:]) // never fails since Go 1.24
	for i, b := range raw {
		raw[i] = letters[int(b)%len(letters)]
	}
	return press.ItemID(now.Format("20060102") + "-" + string(raw[:]))
}

func (l *Ledger) addRevision(ctx context.Context, tx *sql.Tx, f Filing, out Filed, now time.Time) error {
	r := f.Revision
	body, err1 := json.Marshal(r.Body)
	meta, err2 := json.Marshal(r.Meta)
	file, err3 := json.Marshal(files{r.Cover, r.Images, r.Attachments})
	if err := errors.Join(err1, err2, err3); err != nil {
		return fmt.Errorf("encode revision: %w", err)
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO revision (item, number, title, short_title, body, meta, files, digest, at, by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		out.ID, out.Revision, r.Title, r.ShortTitle, string(body), string(meta), string(file), r.Digest, now.UnixMicro(), f.By.Name)
	if err != nil {
		return fmt.Errorf("store revision: %w", err)
	}
	if err := keepWritten(ctx, tx, out.ID, out.Revision, f.Written); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM relation WHERE item = $1`, out.ID); err != nil {
		return fmt.Errorf("replace relations: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE item SET term_from = $2 WHERE id = $1`, out.ID, press.TermFrom(f.Item.Kind, r.Meta).String()); err != nil {
		return fmt.Errorf("store term: %w", err)
	}
	for _, rel := range r.Meta.Relations {
		_, err := tx.ExecContext(ctx, `INSERT INTO relation (item, type, ref) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, out.ID, rel.Type, rel.To)
		if err != nil {
			return fmt.Errorf("store relation: %w", err)
		}
	}
	return l.catalogue(ctx, tx, f, out)
}

// want makes a copy for each channel that the item is newly wanted on, gives waiting ones their time, and drops those that
// are not wanted any more and not begun. A new text is a new try where the old one was refused.
func (l *Ledger) want(ctx context.Context, tx *sql.Tx, f Filing, out Filed, was press.Item, now time.Time) error {
	cs, err := l.copies(ctx, tx, out.ID)
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, w := range f.Item.Wants {
		if wanted[w.Channel] {
			continue
		}
		wanted[w.Channel] = true
		i := slices.IndexFunc(cs, func(c press.Copy) bool { return c.Channel == w.Channel })
		switch {
		case i < 0:
			err = l.addCopy(ctx, tx, out.ID, w, 1, readyAt(f.Item, w, now), now)
		case cs[i].State == press.CopyWithdrawn, cs[i].State == press.CopyRefused && out.Outcome == Revised:
			err = l.addCopy(ctx, tx, out.ID, w, cs[i].Generation+1, readyAt(f.Item, w, now), now)
		default: // also one that is composed, which is asked for its time again before it is begun
			err = errors.Join(l.wantAgain(ctx, tx, cs[i], f.By, now), l.retime(ctx, tx, cs[i], f.Item, w, was, now))
		}
		if err != nil {
			return fmt.Errorf("want %s on %s: %w", out.ID, w.Channel, err)
		}
	}
	for _, c := range cs {
		if wanted[c.Channel] {
			continue
		}
		if err := l.forgo(ctx, tx, c, f.By, now); err != nil {
			return err
		}
	}
	return nil
}

const notWantedHere = "不再需要在这个渠道发布"

// forgo drops a copy that is not wanted any more. One that an edition claims which is frozen, or may be under way, is let go as soon as that may
// be done; until then it keeps the edition from being issued, as every reader of its proof expects to find it there. What is in public stays; where
// it is being withdrawn, nothing comes in its place.
func (l *Ledger) forgo(ctx context.Context, tx *sql.Tx, c press.Copy, who Who, now time.Time) error {
	switch {
	case c.State == press.CopyWithdrawn:
		return nil
	case c.State.Public():
		going, err := l.goingAway(ctx, tx, c)
		if err != nil || !going {
			return err
		}
	case c.State == press.CopyRefused, c.Edition == "":
		return l.drop(ctx, tx, c, who, notWantedHere, now)
	}
	res, err := tx.ExecContext(ctx, `UPDATE copy SET waits_for = $2 WHERE id = $1 AND waits_for <> $2`, c.ID, unwanted)
	if err != nil {
		return fmt.Errorf("forgo copy %d: %w", c.ID, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	err = note(ctx, tx, moved{item: c.Item, who: who, verb: "retarget", channel: c.Channel, was: string(c.State), now: string(c.State),
		detail: notWantedHere, at: now})
	if err != nil || c.State != press.Waiting {
		return err
	}
	if ended, err := l.stopInTime(ctx, tx, c, now); err != nil || ended {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE copy SET note = $2 WHERE id = $1`, c.ID, notWantedHere+"，请移出"+c.Edition); err != nil {
		return fmt.Errorf("forgo copy %d: %w", c.ID, err)
	}
	return nil
}

// goingAway reports whether a copy is being taken back for good.
func (l *Ledger) goingAway(ctx context.Context, tx *sql.Tx, c press.Copy) (bool, error) {
	acts, err := l.onCopy(ctx, tx, c)
	return slices.ContainsFunc(acts, func(a onCopy) bool { return a.verb == press.Withdraw && a.way == "" }), err
}

// forgone reports whether a copy is not wanted any more.
func (l *Ledger) forgone(ctx context.Context, q querier, c press.Copy) (bool, error) {
	var waits Wait
	if err := q.QueryRowContext(ctx, `SELECT waits_for FROM copy WHERE id = $1`, c.ID).Scan(&waits); err != nil {
		return false, fmt.Errorf("read what copy %d waits for: %w", c.ID, err)
	}
	return waits == unwanted, nil
}

// wantAgain keeps a copy that was to be let go.
func (l *Ledger) wantAgain(ctx context.Context, tx *sql.Tx, c press.Copy, who Who, now time.Time) error {
	res, err := tx.ExecContext(ctx, `
		UPDATE copy
		SET waits_for = '', note = CASE WHEN state = 'waiting' THEN '' ELSE note END
		WHERE id = $1 AND waits_for = $2`, c.ID, unwanted)
	if err != nil {
		return fmt.Errorf("want copy %d again: %w", c.ID, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return note(ctx, tx, moved{item: c.Item, who: who, verb: "retarget", channel: c.Channel, was: string(c.State), now: string(c.State),
		detail: "又需要在这个渠道发布", at: now})
}

// retime gives a waiting copy the time that its item's newest filing asks for, if that is another than before.
func (l *Ledger) retime(ctx context.Context, tx *sql.Tx, c press.Copy, it press.Item, w press.Want, was press.Item, now time.Time) error {
	if c.State != press.Waiting {
		return nil
	}
	var before time.Time
	for _, old := range was.Wants {
		if old.Channel == w.Channel {
			before = old.NotBefore
		}
	}
	if it.ReleaseAt.Equal(was.ReleaseAt) && w.NotBefore.Truncate(time.Microsecond).Equal(before) {
		return nil
	}
	ready := readyAt(it, w, now).UnixMicro()
	_, err := tx.ExecContext(ctx, `
		UPDATE copy
		SET not_before = $2, ready_at = $3, due_at = CASE WHEN due_at IS NULL THEN NULL ELSE $3 END
		WHERE id = $1`, c.ID, micros(w.NotBefore), ready)
	return err
}

// drop ends a copy that was never begun. Of one of which nobody has said whether it is out there, it says so.
func (l *Ledger) drop(ctx context.Context, tx *sql.Tx, c press.Copy, who Who, why string, now time.Time) error {
	var doubt string
	if err := tx.QueryRowContext(ctx, `SELECT doubt FROM copy WHERE id = $1`, c.ID).Scan(&doubt); err != nil {
		return fmt.Errorf("read doubts about copy %d: %w", c.ID, err)
	}
	if doubt != "" {
		why += "；" + doubt
	}
	if _, err := tx.ExecContext(ctx, `UPDATE copy SET due_at = NULL WHERE id = $1`, c.ID); err != nil {
		return fmt.Errorf("drop copy %d: %w", c.ID, err)
	}
	return l.turnCopy(ctx, tx, c, turn{state: press.CopyWithdrawn, note: why, who: who, verb: string(press.Withdraw), at: now})
}

func readyAt(it press.Item, w press.Want, now time.Time) time.Time {
	at := now
	if !it.ReleaseAt.IsZero() {
		at = it.ReleaseAt
	}
	if w.NotBefore.After(at) {
		at = w.NotBefore
	}
	return at
}

func (l *Ledger) addCopy(ctx context.Context, tx *sql.Tx, id press.ItemID, w press.Want, generation int, ready, now time.Time) error {
	if _, err := tx.ExecContext(ctx, `UPDATE copy SET newest = 0 WHERE item = $1 AND channel = $2 AND newest`, id, w.Channel); err != nil {
		return err
	}
	// Where nobody has said whether the generation before is out there, this one waits for the same word; so does a first one, of an item that a
	// lost ledger had, on a channel that could not be surveyed as a whole.
	_, err := tx.ExecContext(ctx, `
		INSERT INTO copy (item, item_n, channel, generation, state, marker, not_before, ready_at, since_at, waits_for, note, doubt)
		VALUES ($1, (SELECT n FROM item WHERE id = $1), $2, $3, $4, $5, $6, $7, $8,
			(SELECT IIF(held, 'hold', '') FROM item WHERE id = $1), (SELECT IIF(held, '已暂缓', '') FROM item WHERE id = $1),
			COALESCE((SELECT doubt FROM copy WHERE item = $1 AND channel = $2 AND generation = $3 - 1), (
				SELECT h.value
				FROM house h
				WHERE h.key = 'doubt/' || $2 AND (SELECT filed_at FROM item WHERE id = $1) <= (SELECT CAST(value AS INTEGER) FROM house WHERE key = 'doubt_at/' || $2)), ''))`,
		id, w.Channel, generation, press.Waiting, press.Marker(l.id, w.Channel, id, generation),
		micros(w.NotBefore), ready.UnixMicro(), now.UnixMicro())
	return err
}

func assets(r press.Revision) []press.Asset {
	all := slices.Concat(r.Images, r.Attachments)
	if r.Cover != nil {
		all = append(all, *r.Cover)
	}
	return all
}

// Blob gives the bytes of a file by its digest.
func (l *Ledger) Blob(ctx context.Context, digest string) ([]byte, error) {
	var data []byte
	err := l.read.QueryRowContext(ctx, `SELECT data FROM asset WHERE digest = $1`, strings.ToLower(digest)).Scan(&data)
	if err != nil {
		return nil, fmt.Errorf("read file %.12s: %w", digest, err)
	}
	return data, nil
}
