package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"tongfa/press"
)

// putWords lets an item be found by the words of its newest revision, in the place of those of an older one.
func putWords(ctx context.Context, tx *sql.Tx, n int64, title, numbers, body string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM words WHERE rowid = $1`, n); err != nil {
		return fmt.Errorf("take item %d from the search: %w", n, err)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO words (rowid, title, numbers, body) VALUES ($1, $2, $3, $4)`, n, pairs(title), pairs(numbers), pairs(body))
	if err != nil {
		return fmt.Errorf("put item %d into the search: %w", n, err)
	}
	return nil
}

// pairs makes a word of each Han character and the one after it. The last one of a run is a word of its own, so that each character has its
// place and a phrase is found exactly. Single characters would make phrases slow: each of them stands in nearly every text.
func pairs(s string) string {
	var b strings.Builder
	b.Grow(3 * len(s))
	rs := []rune(s)
	for i, r := range rs {
		if !unicode.Is(unicode.Han, r) {
			b.WriteRune(r)
			continue
		}
		b.WriteByte(' ')
		b.WriteRune(r)
		if i+1 < len(rs) && unicode.Is(unicode.Han, rs[i+1]) {
			b.WriteRune(rs[i+1])
		}
		b.WriteByte(' ')
	}
	return b.String()
}

// sought turns a query into phrases of pairs that must all occur, the longest first. The last character of a word may be followed by any other.
func sought(query string) []string {
	words := wordsOf(query)
	for i, w := range words {
		fields := strings.Fields(pairs(w))
		if len(fields) == 0 {
			continue
		}
		last := []rune(fields[len(fields)-1])
		star := ""
		if len(last) == 1 && unicode.Is(unicode.Han, last[0]) {
			if len(fields) > 1 && len([]rune(fields[len(fields)-2])) == 2 && strings.HasSuffix(fields[len(fields)-2], string(last)) {
				fields = fields[:len(fields)-1] // the pair before it holds it
			} else {
				star = " *"
			}
		}
		words[i] = `"` + strings.Join(fields, " ") + `"` + star
	}
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	return words
}

// wordsBelow is the key of the house under which the n is kept below which items are not in words yet.
const wordsBelow = "words below"

// lacksWords reports whether there are items that the search by their text does not know yet.
func (l *Ledger) lacksWords(ctx context.Context, q querier) (bool, error) {
	var lacks bool
	if err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM house WHERE key = $1)`, wordsBelow).Scan(&lacks); err != nil {
		return false, fmt.Errorf("read what the search lacks: %w", err)
	}
	return lacks, nil
}

// fillWords puts what an older program has filed into the search by text, newest first and a few at a time, so that what goes out is not kept.
// Where it is interrupted, the next one goes on.
func (l *Ledger) fillWords(ctx context.Context) {
	for more := true; more; {
		err := l.write(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
			more, err = fillSome(ctx, tx, 50)
			return err
		})
		if err != nil {
			more = ctx.Err() == nil && !errors.Is(err, errClosed) // a full disk may get room again
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(breath(err)):
		}
	}
}

// breath leaves the writer to others between two pieces of work in the background.
func breath(failed error) time.Duration {
	if failed != nil {
		return time.Minute
	}
	return 20 * time.Millisecond
}

// fillSome fills the search with up to most items that it lacks.
func fillSome(ctx context.Context, tx *sql.Tx, most int) (more bool, err error) {
	var below int64
	var text string
	err = tx.QueryRowContext(ctx, `SELECT value FROM house WHERE key = $1`, wordsBelow).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err == nil {
		below, err = strconv.ParseInt(text, 10, 64)
	}
	if err != nil {
		return false, fmt.Errorf("read what the search lacks: %w", err)
	}
	found, err := unworded(ctx, tx, below, most)
	if err != nil {
		return false, err
	}
	for _, u := range found {
		if err := putWords(ctx, tx, u.n, u.title, u.numbers, u.body); err != nil {
			return false, err
		}
		below = u.n
	}
	if len(found) < most {
		_, err = tx.ExecContext(ctx, `DELETE FROM house WHERE key = $1`, wordsBelow)
	} else {
		_, err = tx.ExecContext(ctx, `UPDATE house SET value = $2 WHERE key = $1`, wordsBelow, strconv.FormatInt(below, 10))
	}
	return len(found) == most, err
}

// wordless is an item whose words are not in the search.
type wordless struct {
	n                    int64
	title, numbers, body string
}

func unworded(ctx context.Context, tx *sql.Tx, below int64, most int) ([]wordless, error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT i.n, i.id, COALESCE(i.external_id, ''), i.index_number, r.title, r.short_title, COALESCE(json_extract(r.meta, '$.doc_number'), ''), r.body
		FROM item i
		CROSS JOIN revision r ON r.item = i.id AND r.number = i.head
		WHERE i.n < $1
		ORDER BY i.n DESC
		LIMIT $2`, below, most)
	if err != nil {
		return nil, fmt.Errorf("read texts: %w", err)
	}
	defer rows.Close()
	var out []wordless
	for rows.Next() {
		var u wordless
		var id, external, index, short, doc string
		var body []byte
		if err := rows.Scan(&u.n, &id, &external, &index, &u.title, &short, &doc, &body); err != nil {
			return nil, fmt.Errorf("read texts: %w", err)
		}
		var blocks []press.Block
		if err := json.Unmarshal(body, &blocks); err != nil {
			return nil, fmt.Errorf("decode text of %s: %w", id, err)
		}
		u.title = strings.Join([]string{u.title, short}, "\n")
		u.numbers = strings.Join([]string{id, external, index, doc}, "\n")
		u.body = press.Text(blocks)
		out = append(out, u)
	}
	return out, rows.Err()
}
