package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tongfa/press"
	"tongfa/workday"
)

// Announced is the item that announces an edition; "" where nobody has drafted one.
func (l *Ledger) Announced(ctx context.Context, key string) (press.ItemID, error) {
	return announced(ctx, l.read, key)
}

func announced(ctx context.Context, q querier, key string) (id press.ItemID, err error) {
	err = q.QueryRowContext(ctx, `SELECT id FROM item WHERE external_id = $1`, press.AnnouncementRef(key)).Scan(&id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("find announcement of %s: %w", key, err)
	}
	return id, nil
}

// Announce drafts the announcement of an issue that is out: an item like any other, for the channels that are named, which goes out once it has passed the
// gates and is signed. It is drafted once; whoever wants it otherwise edits the draft.
func (l *Ledger) Announce(ctx context.Context, p press.Plan, key string, wants []string, ed Edit, now time.Time) (out Filed, err error) {
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		e, err := l.edition(ctx, tx, key)
		if err != nil {
			return err
		}
		if err := unchanged(e, ed); err != nil {
			return err
		}
		id, err := announced(ctx, tx, key)
		switch {
		case err != nil:
			return err
		case id != "":
			return fmt.Errorf("%s的出刊消息已经拟过了，是稿件%s；要改就改那一篇", e.Title, id)
		case p.Issues == nil:
			return fmt.Errorf("渠道“%s”不编期号，没有出刊消息", p.Channel)
		case e.State != press.EditionOut && e.State != press.EditionPart:
			return fmt.Errorf("%s处于“%s”，发行以后才能拟出刊消息", key, e.State.Name())
		case len(wants) == 0:
			return errors.New("配置里没有可以发出刊消息的网站或公众号")
		}
		f, err := l.announcement(ctx, tx, p, e, now)
		if err != nil {
			return err
		}
		f.By = ed.Who
		for _, name := range wants {
			f.Item.Wants = append(f.Item.Wants, press.Want{Channel: name})
		}
		if out, err = l.file(ctx, tx, f, now); err != nil {
			return err
		}
		return l.changed(ctx, tx, key, "announce_edition", string(out.ID), ed.Who, now)
	})
	return out, err
}

// announcement is the filing of it, but for who files it and where it is wanted.
func (l *Ledger) announcement(ctx context.Context, q querier, p press.Plan, e press.Edition, now time.Time) (Filing, error) {
	address, err := l.issueURL(ctx, q, e.Key)
	if err != nil {
		return Filing{}, err
	}
	var outAt sql.NullInt64
	if err := q.QueryRowContext(ctx, `SELECT out_at FROM edition WHERE key = $1`, e.Key).Scan(&outAt); err != nil {
		return Filing{}, fmt.Errorf("read when %s came out: %w", e.Key, err)
	}
	on := now
	if outAt.Valid {
		on = l.moment(outAt)
	}
	r := press.Announcement(e, address, p.Issues.Publisher, workday.DateOf(on.In(l.rules.Zone)))
	f := Filing{Item: press.Item{ExternalID: press.AnnouncementRef(e.Key), Kind: press.News}, Revision: r, Draft: true}
	f.Revision.Digest = f.Revision.Sum()
	return f, nil
}
