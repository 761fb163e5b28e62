package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tongfa/press"
)

// Deed is what somebody did that is about no item: signing in, accounts, settings, channels.
type Deed struct {
	N      int64
	At     time.Time
	By     Who
	Verb   string // of press.Deeds
	About  string // a login, a channel, the key of an edition, …
	Detail string
}

// What is the kind of a deed as people see it.
func (d Deed) What() string { return press.DeedName(d.Verb) }

// DeedFilter says which deeds; zero fields do not restrict.
type DeedFilter struct {
	By, Verb, About string
	From, To        time.Time // To is the first moment that is not meant
	Before          int64     // the number of the last deed of the page before
	Most            int       // zero means 50
}

// Note appends a deed to their chain.
func (l *Ledger) Note(ctx context.Context, verb, about, detail string, who Who, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return noteDeed(ctx, tx, Deed{At: now, By: who, Verb: verb, About: about, Detail: detail})
	})
}

// noteDeed is Note within a transaction that does more.
func noteDeed(ctx context.Context, tx *sql.Tx, d Deed) error {
	var prev string
	err := tx.QueryRowContext(ctx, `SELECT n, hash FROM deed WHERE n = (SELECT MAX(n) FROM deed)`).Scan(&d.N, &prev)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read chain of deeds: %w", err)
	}
	d.N++
	hash := linkDeed(d, prev)
	_, err = tx.ExecContext(ctx, `
		INSERT INTO deed (n, at, by, role, verb, about, detail, prev, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, d.N, d.At.UnixMicro(), d.By.Name, d.By.Role, d.Verb, d.About, d.Detail, prev, hash)
	if err != nil {
		return fmt.Errorf("append deed: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO house (key, value)
		VALUES ($1, $2)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, lastDeed, hash)
	if err != nil {
		return fmt.Errorf("remember last deed: %w", err)
	}
	return nil
}

// lastDeed is the hash of the newest deed, so that it shows when the end of the chain is cut off.
const lastDeed = "last_deed"

// linkDeed is the hash of a deed in the chain.
func linkDeed(d Deed, prev string) string {
	b, _ := json.Marshal([]any{prev, d.N, d.At.UnixMicro(), d.By.Name, d.By.Role, d.Verb, d.About, d.Detail})
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Deeds are the newest deeds that a filter lets through.
func (l *Ledger) Deeds(ctx context.Context, f DeedFilter) ([]Deed, error) {
	where, args := f.where()
	if f.Most <= 0 {
		f.Most = 50
	}
	rows, err := l.read.QueryContext(ctx, `
		SELECT n, at, by, role, verb, about, detail
		FROM deed
		WHERE `+where+`
		ORDER BY n DESC
		LIMIT `+strconv.Itoa(f.Most), args...)
	if err != nil {
		return nil, fmt.Errorf("read deeds: %w", err)
	}
	defer rows.Close()
	var out []Deed
	for rows.Next() {
		var d Deed
		var at sql.NullInt64
		if err := rows.Scan(&d.N, &at, &d.By.Name, &d.By.Role, &d.Verb, &d.About, &d.Detail); err != nil {
			return nil, fmt.Errorf("read deeds: %w", err)
		}
		d.At = l.moment(at)
		out = append(out, d)
	}
	return out, rows.Err()
}

func (f DeedFilter) where() (string, []any) {
	all, args := []string{"n > 0"}, []any{}
	is := func(column, op string, value any) {
		args = append(args, value)
		all = append(all, fmt.Sprintf("%s %s $%d", column, op, len(args)))
	}
	for _, c := range []struct{ name, value string }{{"by", f.By}, {"verb", f.Verb}, {"about", f.About}} {
		if c.value != "" {
			is(c.name, "=", c.value)
		}
	}
	if f.Before > 0 {
		is("n", "<", f.Before)
	}
	if !f.From.IsZero() { // deeds are numbered as time goes, but for a clock that was set back
		is("at", ">=", f.From.UnixMicro())
	}
	if !f.To.IsZero() {
		is("at", "<", f.To.UnixMicro())
	}
	return strings.Join(all, " AND "), args
}

// chainDeeds recomputes the chain of deeds.
func (l *Ledger) chainDeeds(ctx context.Context) (read int, broken []Broken, err error) {
	var last, end string
	err = l.read.QueryRowContext(ctx, `SELECT COALESCE((SELECT value FROM house WHERE key = $1), '')`, lastDeed).Scan(&end)
	if err != nil {
		return 0, nil, fmt.Errorf("read last deed: %w", err)
	}
	rows, err := l.read.QueryContext(ctx, `SELECT n, at, by, role, verb, about, detail, prev, hash FROM deed ORDER BY n`)
	if err != nil {
		return 0, nil, fmt.Errorf("read chain of deeds: %w", err)
	}
	defer rows.Close()
	var count int64
	var known bool // what the house remembers as the end has come
	for rows.Next() {
		var d Deed
		var at sql.NullInt64
		var prev, hash string
		if err := rows.Scan(&d.N, &at, &d.By.Name, &d.By.Role, &d.Verb, &d.About, &d.Detail, &prev, &hash); err != nil {
			return read, broken, fmt.Errorf("read chain of deeds: %w", err)
		}
		d.At = l.moment(at)
		count++
		read++
		switch {
		case d.N != count || prev != last:
			broken = append(broken, Broken{N: int(d.N), Why: "前一条操作记录缺失或者被改动"})
		case linkDeed(d, prev) != hash:
			broken = append(broken, Broken{N: int(d.N), Why: "这一条操作记录被改动"})
		}
		last, count = hash, d.N
		known = known || hash == end
	}
	if end != "" && !known {
		broken = append(broken, Broken{N: int(count), Why: "其后的操作记录被删去"})
	}
	return read, broken, rows.Err()
}
