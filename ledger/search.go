package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"tongfa/press"
)

// index puts a copy on the website into the full-text search.
func (l *Ledger) index(ctx context.Context, tx *sql.Tx, c press.Copy) error {
	var kind string
	err := tx.QueryRowContext(ctx, `SELECT kind FROM channel WHERE name = $1`, c.Channel).Scan(&kind)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read kind of %s: %w", c.Channel, err)
	}
	if kind != "site" {
		return nil // only what readers find on the website is searched there
	}
	if err := l.unindex(ctx, tx, c); err != nil {
		return err
	}
	it, err := l.item(ctx, tx, c.Item)
	if err != nil {
		return err
	}
	r, err := l.revision(ctx, tx, c.Item, max(c.Revision, 1))
	if err != nil {
		return err
	}
	numbers := strings.Join([]string{it.IndexNumber, r.Meta.DocNumber, r.Meta.Issuer}, " ")
	_, err = tx.ExecContext(ctx, `INSERT INTO search (rowid, title, numbers, body) VALUES ($1, $2, $3, $4)`,
		c.ID, splitHan(r.Title), splitHan(numbers), splitHan(press.Text(r.Body)))
	if err != nil {
		return fmt.Errorf("index copy %d: %w", c.ID, err)
	}
	return nil
}

func (l *Ledger) unindex(ctx context.Context, tx *sql.Tx, c press.Copy) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM search WHERE rowid = $1`, c.ID); err != nil {
		return fmt.Errorf("take copy %d from the search: %w", c.ID, err)
	}
	return nil
}

// catalogue lets an item be found by the title and the numbers of its newest revision.
func (l *Ledger) catalogue(ctx context.Context, tx *sql.Tx, f Filing, out Filed) error {
	var n int64
	var index string
	if err := tx.QueryRowContext(ctx, `SELECT n, index_number FROM item WHERE id = $1`, out.ID).Scan(&n, &index); err != nil {
		return fmt.Errorf("read number of %s: %w", out.ID, err)
	}
	if out.Outcome == Revised {
		if _, err := tx.ExecContext(ctx, `DELETE FROM catalogue WHERE rowid = $1`, n); err != nil {
			return fmt.Errorf("take %s from the catalogue: %w", out.ID, err)
		}
	}
	titles := strings.Join([]string{f.Revision.Title, f.Revision.ShortTitle}, "\n")
	numbers := strings.Join([]string{string(out.ID), f.Item.ExternalID, index, f.Revision.Meta.DocNumber, f.Revision.Meta.RegNumber}, "\n")
	_, err := tx.ExecContext(ctx, `INSERT INTO catalogue (rowid, title, numbers) VALUES ($1, $2, $3)`, n, splitHan(titles), splitHan(numbers))
	if err != nil {
		return fmt.Errorf("put %s into the catalogue: %w", out.ID, err)
	}
	m := f.Revision.Meta
	_, err = tx.ExecContext(ctx, `UPDATE item SET column_name = $2, issuer = $3, doc_number = $4, reg_number = $5 WHERE n = $1`,
		n, m.Column, m.Issuer, press.DocNumber(m.DocNumber), oneLine(m.RegNumber))
	if err != nil {
		return fmt.Errorf("put %s into the lists: %w", out.ID, err)
	}
	return putWords(ctx, tx, n, titles, numbers, press.Text(f.Revision.Body))
}

// splitHan puts blanks around Han characters, so that each is a word of its own.
func splitHan(s string) string {
	var b strings.Builder
	b.Grow(2 * len(s))
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			b.WriteByte(' ')
			b.WriteRune(r)
			b.WriteByte(' ')
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Found is one page that a search found.
type Found struct {
	Item      press.ItemID
	Title     string
	URL       string
	DocNumber string
	Issuer    string
	Public    time.Time
	Snippet   string
}

// Search finds public pages of the website whose title, numbers or text hold every word of the query, newest first. Words of
// any length are found exactly. The total stops counting at 10,000.
func (l *Ledger) Search(ctx context.Context, channel, query string, offset, limit int) (found []Found, total int, err error) {
	match := phrases(query)
	if match == "" {
		return nil, 0, nil
	}
	err = l.read.QueryRowContext(ctx, `
		SELECT COUNT(*)
		FROM (SELECT 1 FROM search s JOIN copy c ON c.id = s.rowid WHERE search MATCH $1 AND c.channel = $2 LIMIT 10000)`,
		match, channel).Scan(&total)
	if err != nil {
		return nil, 0, fmt.Errorf("search: %w", err)
	}
	if total == 0 {
		return nil, 0, nil
	}
	rows, err := l.read.QueryContext(ctx, `
		SELECT c.item, r.title, c.url, COALESCE(json_extract(r.meta, '$.doc_number'), ''), COALESCE(json_extract(r.meta, '$.issuer'), ''),
			e.public_at, r.body
		FROM search s
		JOIN copy c ON c.id = s.rowid
		JOIN revision r ON r.item = c.item AND r.number = c.revision
		LEFT JOIN entry e ON e.edition = c.edition AND e.copy = c.id
		WHERE search MATCH $1 AND c.channel = $2
		ORDER BY s.rowid DESC
		LIMIT $3 OFFSET $4`, match, channel, min(max(limit, 0), mostFound), max(offset, 0))
	if err != nil {
		return nil, 0, fmt.Errorf("search: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var f Found
		var public sql.NullInt64
		var body []byte
		if err := rows.Scan(&f.Item, &f.Title, &f.URL, &f.DocNumber, &f.Issuer, &public, &body); err != nil {
			return nil, 0, fmt.Errorf("search: %w", err)
		}
		f.Public = l.moment(public)
		f.Snippet = snippet(body, query)
		found = append(found, f)
	}
	return found, total, rows.Err()
}

// mostWords, mostLetters and mostFound bound a query, its words and a page of its answer.
const (
	mostWords   = 8
	mostLetters = 60
	mostFound   = 100
)

// wordsOf are the words of a query. What is neither letter nor number only parts them.
func wordsOf(query string) []string {
	words := strings.FieldsFunc(query, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	words = words[:min(len(words), mostWords)]
	for i, w := range words {
		if rs := []rune(w); len(rs) > mostLetters {
			words[i] = string(rs[:mostLetters])
		}
	}
	return words
}

// phrases turns a query into phrases that must all occur.
func phrases(query string) string {
	words := wordsOf(query)
	for i, w := range words {
		words[i] = `"` + strings.TrimSpace(splitHan(w)) + `"`
	}
	return strings.Join(words, " ")
}
