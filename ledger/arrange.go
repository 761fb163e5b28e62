package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tongfa/press"
)

// Edit is who changes an edition that people compose, and the version of its plan that she looked at; 0 changes it as it is.
type Edit struct {
	Who
	Seen int
}

// ErrStale is in the error for a change of a plan that somebody else has changed meanwhile.
var ErrStale = errors.New("the plan was changed meanwhile")

// mostCalled bounds the name of an edition.
const mostCalled = 60

// Place is where an entry stands: its section, "" for the one that the channel gives it.
type Place struct {
	Item    press.ItemID
	Section string
}

// Plan (新开一期) makes an empty edition that people fill, for a moment of their choice.
func (l *Ledger) Plan(ctx context.Context, p press.Plan, slot time.Time, who Who, now time.Time) (key string, err error) {
	return l.planned(ctx, p, press.Edition{Slot: press.Slot{At: slot}}, who, now)
}

// PlanSupplement is Plan for a supplement (增刊).
func (l *Ledger) PlanSupplement(ctx context.Context, p press.Plan, slot time.Time, who Who, now time.Time) (key string, err error) {
	if p.Issues == nil {
		return "", fmt.Errorf("渠道“%s”不编期号，没有增刊", p.Channel)
	}
	return l.planned(ctx, p, press.Edition{Slot: press.Slot{At: slot}, Supplement: true}, who, now)
}

func (l *Ledger) planned(ctx context.Context, p press.Plan, e press.Edition, who Who, now time.Time) (key string, err error) {
	if p.Room() == 0 {
		return "", fmt.Errorf("渠道“%s”不由人编排，不能先编后发", p.Channel)
	}
	e.Slot = press.Slot{Channel: p.Channel, At: e.Slot.At.Truncate(time.Second)}
	e.State, e.Composed, e.Version = press.EditionPlanned, now, 1
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if e.Seq, err = l.nextSeq(ctx, tx, e.Slot); err != nil {
			return err
		}
		e.Key = press.EditionKey(e.Slot, e.Seq)
		key = e.Key
		if err := l.addEdition(ctx, tx, e); err != nil {
			return err
		}
		return noteDeed(ctx, tx, Deed{At: now, By: who, Verb: "plan_edition", About: key})
	})
	return key, err
}

// change is one change of a planned edition: do makes it, and says what it was.
type change struct {
	verb string
	ed   Edit
	now  time.Time
	do   func(ctx context.Context, tx *sql.Tx, e press.Edition) (detail string, err error)
}

// change makes a change in one transaction, counts it and records who made it. What somebody else changed meanwhile is not overwritten.
func (l *Ledger) change(ctx context.Context, key string, c change) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		e, err := l.edition(ctx, tx, key)
		if err != nil {
			return err
		}
		if err := unchanged(e, c.ed); err != nil {
			return err
		}
		detail, err := c.do(ctx, tx, e)
		if err != nil {
			return err
		}
		return l.changed(ctx, tx, key, c.verb, detail, c.ed.Who, c.now)
	})
}

func unchanged(e press.Edition, ed Edit) error {
	if ed.Seen == 0 || ed.Seen == e.Version {
		return nil
	}
	return &press.Trouble{Remedy: press.AskPerson, What: "您看着的时候，别人改动了这一期，您的这一步没有执行", Do: "看过新的安排以后再做", Err: ErrStale}
}

// changed counts a change of an edition and records it.
func (l *Ledger) changed(ctx context.Context, tx *sql.Tx, key, verb, detail string, who Who, now time.Time) error {
	if _, err := tx.ExecContext(ctx, `UPDATE edition SET version = version + 1 WHERE key = $1`, key); err != nil {
		return fmt.Errorf("count change of %s: %w", key, err)
	}
	return noteDeed(ctx, tx, Deed{At: now, By: who, Verb: verb, About: key, Detail: detail})
}

// Put (编入) adds an item's waiting copy to a planned edition, or, where the edition has an older revision of it, takes the newest one.
func (l *Ledger) Put(ctx context.Context, p press.Plan, key, ref string, ed Edit, now time.Time) error {
	return l.change(ctx, key, change{"put_entry", ed, now, func(ctx context.Context, tx *sql.Tx, e press.Edition) (string, error) {
		if e.State != press.EditionPlanned {
			return "", fmt.Errorf("%s处于“%s”，只有编排中的一期才能加稿件", key, e.State.Name())
		}
		id, err := find(ctx, tx, ref)
		if err != nil {
			return "", err
		}
		if i := slices.IndexFunc(e.Entries, func(en press.Entry) bool { return en.Item.ID == id }); i >= 0 {
			return l.renew(ctx, tx, e.Entries[i], now)
		}
		if room := p.Room(); len(e.Entries) >= room {
			return "", fmt.Errorf("这一期已有%d篇，最多%d篇", len(e.Entries), room)
		}
		en, err := l.putting(ctx, tx, p, e, id, ref, now)
		if err != nil {
			return "", err
		}
		en.Position = 1
		if n := len(e.Entries); n > 0 {
			en.Position = e.Entries[n-1].Position + 1
		}
		e.Composed = now
		return fmt.Sprintf("%s《%s》", id, en.Revision.Title), l.addEntry(ctx, tx, e, *en, ed.Who)
	}})
}

// putting is an item as an entry of a planned edition, or why it cannot be one.
func (l *Ledger) putting(ctx context.Context, q querier, p press.Plan, e press.Edition, id press.ItemID, ref string, now time.Time) (*press.Entry, error) {
	c := &composer{l: l, q: q, p: p, at: later(e.Slot.At, now), now: now, ahead: true}
	en, w, err := c.member(ctx, id, true)
	switch {
	case err != nil:
		return nil, err
	case w != nil:
		return nil, fmt.Errorf("稿件%s现在不能编入：%s", ref, w.note)
	case en == nil:
		why, err := l.elsewhere(ctx, q, id, p.Channel)
		if err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("稿件%s不能编入：%s", ref, why)
	}
	return en, nil
}

// elsewhere is why an item has no copy that waits on a channel.
func (l *Ledger) elsewhere(ctx context.Context, q querier, id press.ItemID, channel string) (string, error) {
	c, wanted, err := l.newest(ctx, q, id, channel)
	switch {
	case err != nil:
		return "", err
	case !wanted:
		return fmt.Sprintf("没有要求在“%s”发布", channel), nil
	case c.State != press.Waiting:
		return fmt.Sprintf("在“%s”已经是“%s”", channel, c.State.Name()), nil
	case c.Edition != "":
		return "已编入" + c.Edition, nil
	}
	return "已经撤回", nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// renew takes the newest revision of an entry in place of the one that the edition has.
func (l *Ledger) renew(ctx context.Context, tx *sql.Tx, en press.Entry, now time.Time) (string, error) {
	s, err := l.subject(ctx, tx, en.Item.ID, now)
	if err != nil {
		return "", err
	}
	switch {
	case en.Copy.Revision == s.Item.Head:
		return "", fmt.Errorf("稿件%s已在这一期里，是最新的第%d版", en.Item.ID, s.Item.Head)
	case s.Item.State != press.Approved || press.Stops(press.Check(s)):
		return "", fmt.Errorf("稿件%s的第%d版尚未签发，不能换", en.Item.ID, s.Item.Head)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE copy SET revision = $2 WHERE id = $1`, en.Copy.ID, s.Item.Head); err != nil {
		return "", fmt.Errorf("renew copy %d: %w", en.Copy.ID, err)
	}
	return fmt.Sprintf("%s《%s》换成第%d版", en.Item.ID, s.Revision.Title, s.Item.Head), nil
}

// Drop (移出) takes an item out of a planned edition; it waits for the next one. From a frozen one, whose proof has been read, only what
// may not go out any more is taken, and the others close up.
func (l *Ledger) Drop(ctx context.Context, p press.Plan, key, ref string, ed Edit, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		id, err := find(ctx, tx, ref)
		if err != nil {
			return err
		}
		e, err := l.edition(ctx, tx, key)
		if err != nil {
			return err
		}
		if err := unchanged(e, ed); err != nil {
			return err
		}
		i := slices.IndexFunc(e.Entries, func(en press.Entry) bool { return en.Item.ID == id })
		if i < 0 {
			return fmt.Errorf("%s里没有稿件%s", key, ref)
		}
		if e.State == press.EditionPlanned {
			return l.takeOut(ctx, tx, e.Entries[i].Copy, ed.Who, now)
		}
		bad, err := l.unfitAt(ctx, tx, key, later(e.Due(), now), now)
		if err != nil {
			return err
		}
		if e.State != press.EditionFrozen || !slices.Contains(bad, string(id)) {
			return fmt.Errorf("%s处于“%s”，只有编排中的一期才能减稿件，定稿后只能移出不能再发布的稿件", key, e.State.Name())
		}
		if err := l.takeOut(ctx, tx, e.Entries[i].Copy, ed.Who, now); err != nil {
			return err
		}
		e.Entries = slices.Delete(e.Entries, i, i+1)
		e = (&composer{p: p}).arrange(e)
		if err := l.unlikeProof(ctx, tx, e); err != nil {
			return err
		}
		return l.settlePlaces(ctx, tx, p, e)
	})
}

// takeOut removes a copy from an edition that is not under way.
func (l *Ledger) takeOut(ctx context.Context, tx *sql.Tx, c press.Copy, who Who, now time.Time) error {
	for _, q := range []string{`DELETE FROM entry WHERE copy = $1 AND edition = $2`, `DELETE FROM place WHERE copy = $1 AND $2 <> ''`} {
		if _, err := tx.ExecContext(ctx, q, c.ID, c.Edition); err != nil {
			return fmt.Errorf("take copy %d out of %s: %w", c.ID, c.Edition, err)
		}
	}
	var left bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM entry WHERE edition = $1)`, c.Edition).Scan(&left); err != nil {
		return fmt.Errorf("read entries of %s: %w", c.Edition, err)
	}
	if !left { // nothing will be issued
		if err := l.releaseErrata(ctx, tx, c.Edition); err != nil {
			return err
		}
	}
	if err := l.unclaim(ctx, tx, c.ID, "已从"+c.Edition+"移出", who, now); err != nil {
		return err
	}
	return l.changed(ctx, tx, c.Edition, "drop_entry", string(c.Item), who, now)
}

// Arrange (编排) puts the entries of a planned edition into an order and into sections. It names every entry once.
func (l *Ledger) Arrange(ctx context.Context, key string, places []Place, ed Edit, now time.Time) error {
	return l.change(ctx, key, change{"arrange_edition", ed, now, func(ctx context.Context, tx *sql.Tx, e press.Edition) (string, error) {
		if e.State != press.EditionPlanned {
			return "", fmt.Errorf("%s处于“%s”，只有编排中的一期才能调整", key, e.State.Name())
		}
		at := map[press.ItemID]press.Entry{}
		for _, en := range e.Entries {
			at[en.Item.ID] = en
		}
		if len(places) != len(at) {
			return "", &press.Trouble{Remedy: press.AskPerson, What: "稿件和这一期里的不一样，没有调整", Do: "看过新的安排以后再做", Err: ErrStale}
		}
		var moved []string
		for i, pl := range places {
			en, ok := at[pl.Item]
			if !ok {
				return "", &press.Trouble{Remedy: press.AskPerson, What: "稿件和这一期里的不一样，没有调整", Do: "看过新的安排以后再做", Err: ErrStale}
			}
			delete(at, pl.Item)
			_, err := tx.ExecContext(ctx, `UPDATE entry SET section = $3, position = $4 WHERE edition = $1 AND copy = $2`, key, en.Copy.ID, pl.Section, i+1)
			if err != nil {
				return "", fmt.Errorf("arrange %s: %w", key, err)
			}
			if section := strings.TrimSpace(pl.Section); en.Position != i+1 || en.Section != section {
				moved = append(moved, strings.TrimSpace(fmt.Sprintf("%s→%d %s", pl.Item, i+1, section)))
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE edition SET by_hand = 1 WHERE key = $1`, key); err != nil {
			return "", fmt.Errorf("arrange %s: %w", key, err)
		}
		return strings.Join(moved[:min(len(moved), 20)], "；"), nil
	}})
}

// Rename gives a planned edition a name beside its number, or takes it away.
func (l *Ledger) Rename(ctx context.Context, key, name string, ed Edit, now time.Time) error {
	name = strings.Join(strings.Fields(name), " ")
	if n := len([]rune(name)); n > mostCalled {
		return fmt.Errorf("期名有%d个字，最多%d个字", n, mostCalled)
	}
	return l.change(ctx, key, change{"name_edition", ed, now, func(ctx context.Context, tx *sql.Tx, e press.Edition) (string, error) {
		if e.State != press.EditionPlanned {
			return "", fmt.Errorf("%s处于“%s”，只有编排中的一期才能改期名", key, e.State.Name())
		}
		if _, err := tx.ExecContext(ctx, `UPDATE edition SET name = $2 WHERE key = $1`, key, name); err != nil {
			return "", fmt.Errorf("name %s: %w", key, err)
		}
		return e.Name + "→" + name, nil
	}})
}

// Supplement makes a planned issue a supplement (增刊), or a numbered issue again.
func (l *Ledger) Supplement(ctx context.Context, p press.Plan, key string, on bool, ed Edit, now time.Time) error {
	return l.option(ctx, p, key, option{"supplement", "增刊", `UPDATE edition SET supplement = $2 WHERE key = $1`, on}, ed, now)
}

// YearIndex has a planned issue carry the index of its year (年度总目录), or not.
func (l *Ledger) YearIndex(ctx context.Context, p press.Plan, key string, on bool, ed Edit, now time.Time) error {
	return l.option(ctx, p, key, option{"index", "年度总目录", `UPDATE edition SET with_index = $2 WHERE key = $1`, on}, ed, now)
}

// option is a property that a planned issue has or has not.
type option struct {
	verb, name, query string
	on                bool
}

func (l *Ledger) option(ctx context.Context, p press.Plan, key string, o option, ed Edit, now time.Time) error {
	if p.Issues == nil {
		return fmt.Errorf("渠道“%s”不编期号，没有%s", p.Channel, o.name)
	}
	return l.change(ctx, key, change{o.verb + "_edition", ed, now, func(ctx context.Context, tx *sql.Tx, e press.Edition) (string, error) {
		if e.State != press.EditionPlanned {
			return "", fmt.Errorf("%s处于“%s”，只有编排中的一期才能改“%s”", key, e.State.Name(), o.name)
		}
		if _, err := tx.ExecContext(ctx, o.query, key, o.on); err != nil {
			return "", fmt.Errorf("set %s of %s: %w", o.verb, key, err)
		}
		if o.on {
			return o.name, nil
		}
		return "不要" + o.name, nil
	}})
}

// Replan moves a planned edition to another moment, by which it is known from then on.
func (l *Ledger) Replan(ctx context.Context, key string, slot time.Time, ed Edit, now time.Time) (to string, err error) {
	slot = slot.Truncate(time.Second)
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		e, err := l.edition(ctx, tx, key)
		if err != nil {
			return err
		}
		if err := unchanged(e, ed); err != nil {
			return err
		}
		if e.State != press.EditionPlanned {
			return fmt.Errorf("%s处于“%s”，只有编排中的一期才能改时间", key, e.State.Name())
		}
		if e.Slot.At.Unix() == slot.Unix() {
			to = key
			return nil
		}
		e.Slot.At = slot
		if e.Seq, err = l.nextSeq(ctx, tx, e.Slot); err != nil {
			return err
		}
		e.Key = press.EditionKey(e.Slot, e.Seq)
		to = e.Key
		if err := l.addEdition(ctx, tx, e); err != nil {
			return err
		}
		for _, q := range []string{
			`UPDATE entry SET edition = $2 WHERE edition = $1`,
			`UPDATE erratum SET edition = $2 WHERE edition = $1`,
			`UPDATE round SET edition = $2 WHERE edition = $1`,
		} {
			if _, err := tx.ExecContext(ctx, q, key, to); err != nil {
				return fmt.Errorf("move %s to %s: %w", key, to, err)
			}
		}
		for _, en := range e.Entries {
			if _, err := tx.ExecContext(ctx, `UPDATE copy SET edition = $2 WHERE id = $1`, en.Copy.ID, to); err != nil {
				return fmt.Errorf("move copy %d to %s: %w", en.Copy.ID, to, err)
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM edition WHERE key = $1`, key); err != nil {
			return fmt.Errorf("move %s to %s: %w", key, to, err)
		}
		return l.changed(ctx, tx, to, "move_edition", key+"→"+to, ed.Who, now)
	})
	return to, err
}

// Abandon (放弃) ends an edition that did not go out: its items wait again, and its number goes to the next issue. Where a later issue is frozen, that
// one is to be ended first, as its proof has been read with its number.
func (l *Ledger) Abandon(ctx context.Context, key, reason string, ed Edit, now time.Time) error {
	return l.change(ctx, key, change{"abandon_edition", ed, now, func(ctx context.Context, tx *sql.Tx, e press.Edition) (string, error) {
		if e.State != press.EditionPlanned && e.State != press.EditionFrozen {
			return "", fmt.Errorf("%s处于“%s”，只有还没有发行的一期才能放弃", key, e.State.Name())
		}
		if err := l.nextFrozen(ctx, tx, e); err != nil {
			return "", err
		}
		for _, en := range e.Entries {
			if err := l.letGo(ctx, tx, en.Copy.ID, key); err != nil {
				return "", err
			}
			if err := l.unclaim(ctx, tx, en.Copy.ID, key+"已放弃", ed.Who, now); err != nil {
				return "", err
			}
		}
		if err := l.releaseErrata(ctx, tx, key); err != nil {
			return "", err
		}
		_, err := tx.ExecContext(ctx, `UPDATE edition SET state = $2, try_at = NULL, issue_at = NULL, stopped = '', proof = 0 WHERE key = $1`, key, press.EditionFailed)
		if err != nil {
			return "", fmt.Errorf("abandon %s: %w", key, err)
		}
		return reason, l.giveBack(ctx, tx, e, ed.Who, now)
	}})
}

// nextFrozen refuses to end a frozen issue before those that are frozen after it, while none of those is out.
func (l *Ledger) nextFrozen(ctx context.Context, q querier, e press.Edition) error {
	if e.Number == 0 {
		return nil
	}
	var key, title string
	err := q.QueryRowContext(ctx, `
		SELECT key, title
		FROM edition a
		WHERE channel = $1 AND year = $2 AND supplement = $3 AND number > $4 AND number > 0 AND state = 'frozen'
			AND NOT EXISTS (SELECT 1 FROM edition b
				WHERE b.channel = $1 AND b.year = $2 AND b.supplement = $3 AND b.number > $4 AND b.number > 0 AND b.state <> 'frozen')
		ORDER BY number DESC
		LIMIT 1`, e.Slot.Channel, e.Year, e.Supplement, e.Number).Scan(&key, &title)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for issues after %s: %w", e.Key, err)
	}
	return fmt.Errorf("%s后面还有已定稿的%s（%s），期号会断开：先放弃后面那一期，再放弃这一期，期号由下一期接着用", e.IssueName(), title, key)
}
