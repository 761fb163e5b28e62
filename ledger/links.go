package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tongfa/press"
)

// links are the addresses of related pages on the entry's own channel, and of its own page on the website.
func (l *Ledger) links(ctx context.Context, q querier, en press.Entry, e press.Edition, address func(press.Entry) string) ([]press.Link, error) {
	links := []press.Link{}
	rows, err := q.QueryContext(ctx, `
		SELECT type, ref, 0 FROM relation WHERE item = $1
		UNION ALL
		SELECT r.type, r.item, 1 FROM relation r JOIN item i ON r.ref IN (i.id, i.external_id) WHERE i.id = $1`, en.Item.ID)
	if err != nil {
		return nil, fmt.Errorf("read relations: %w", err)
	}
	type related struct {
		typ  press.RelationType
		ref  string
		back bool
	}
	var rs []related
	for rows.Next() {
		var r related
		if err := rows.Scan(&r.typ, &r.ref, &r.back); err != nil {
			rows.Close()
			return nil, fmt.Errorf("read relations: %w", err)
		}
		rs = append(rs, r)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("read relations: %w", err)
	}
	for _, r := range rs {
		link, ok, err := l.link(ctx, q, r.ref, en, e, address)
		if err != nil {
			return nil, err
		}
		if ok {
			link.Rel = relOf(r.typ, r.back)
			links = append(links, link)
		}
	}
	return l.canonical(ctx, q, en, links)
}

// link finds where a related item is: on the same channel, else in the same edition, else on the website.
func (l *Ledger) link(ctx context.Context, q querier, ref string, en press.Entry, e press.Edition, address func(press.Entry) string) (press.Link, bool, error) {
	id, err := find(ctx, q, ref)
	if errors.Is(err, ErrNoItem) {
		return press.Link{}, false, nil
	}
	if err != nil {
		return press.Link{}, false, err
	}
	out := press.Link{Item: id}
	err = q.QueryRowContext(ctx, `
		SELECT r.title, COALESCE(c.url, '')
		FROM item i
		JOIN revision r ON r.item = i.id AND r.number = i.head
		LEFT JOIN copy c ON c.item = i.id AND c.url <> '' AND c.state IN ('live', 'verified', 'differs')
		LEFT JOIN channel h ON h.name = c.channel
		WHERE i.id = $1 AND (c.id IS NULL OR c.channel = $2 OR h.kind = 'site')
		ORDER BY c.channel = $2 DESC
		LIMIT 1`, id, en.Copy.Channel).Scan(&out.Title, &out.URL)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	if err != nil {
		return out, false, fmt.Errorf("find link to %s: %w", id, err)
	}
	if out.URL == "" && address != nil {
		for _, other := range e.Entries {
			if other.Item.ID == id {
				out.Title, out.URL = other.Revision.Title, address(other)
			}
		}
	}
	return out, out.URL != "", nil
}

func (l *Ledger) canonical(ctx context.Context, q querier, en press.Entry, links []press.Link) ([]press.Link, error) {
	var u string
	err := q.QueryRowContext(ctx, `
		SELECT c.url
		FROM copy c
		JOIN channel h ON h.name = c.channel
		WHERE c.item = $1 AND c.channel <> $2 AND h.kind = 'site' AND c.url <> '' AND c.state IN ('live', 'verified', 'differs')
		ORDER BY c.id
		LIMIT 1`, en.Item.ID, en.Copy.Channel).Scan(&u)
	if errors.Is(err, sql.ErrNoRows) {
		return links, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find page of %s: %w", en.Item.ID, err)
	}
	return append(links, press.Link{Rel: press.LinkCanonical, Item: en.Item.ID, Title: en.Revision.Title, URL: u}), nil
}

func relOf(t press.RelationType, back bool) press.LinkRel {
	there := map[press.RelationType]press.LinkRel{
		press.Interprets: press.LinkInterprets, press.Answers: press.LinkAnswers, press.Amends: press.LinkAmends, press.Repeals: press.LinkRepeals,
	}
	here := map[press.RelationType]press.LinkRel{
		press.Interprets: press.LinkInterpretation, press.Answers: press.LinkFeedback, press.Amends: press.LinkAmendedBy, press.Repeals: press.LinkRepealedBy,
	}
	if back {
		return here[t]
	}
	return there[t]
}
