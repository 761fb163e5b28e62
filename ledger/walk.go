package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongfa/press"
)

// walk looks for the lines of a page in stretches of items, away from where it begins.
type walk struct {
	l      *Ledger
	f      Filter
	up     bool  // to newer items
	lo, hi int64 // what is looked through lies between: lo < n < hi
	lo0    int64 // the bounds at the beginning
	hi0    int64
	width  int64 // of the next stretch
	began  time.Time
	counts bool // the lines themselves are of no interest
	found  int
	lines  []Line
	ns     []int64
	titles bool // the texts cannot be searched yet
}

// The first stretch is as wide as a search for what stands in every text can be in the twinkling of an eye. Where it took less, the next is wider.
const (
	firstStretch = 10_000
	leastStretch = 1_000
	briefly      = 6 * time.Millisecond
)

func (l *Ledger) walk(ctx context.Context, f Filter) (*walk, error) {
	w := &walk{l: l, f: f, up: f.Before != "", width: firstStretch, began: time.Now()}
	var last sql.NullInt64
	if err := l.read.QueryRowContext(ctx, `SELECT MAX(n) FROM item`).Scan(&last); err != nil {
		return nil, fmt.Errorf("read lines: %w", err)
	}
	w.hi = last.Int64 + 1
	if err := w.fromCursor(); err != nil {
		return nil, err
	}
	if err := w.spans(ctx); err != nil {
		return nil, err
	}
	var err error
	if f.Title != "" {
		w.titles, err = l.lacksWords(ctx, l.read)
	}
	w.lo0, w.hi0 = w.lo, w.hi
	return w, err
}

func (w *walk) fromCursor() (err error) {
	switch {
	case w.f.Before != "":
		w.lo, err = readCursor(w.f.Before)
	case w.f.After != "":
		var n int64
		n, err = readCursor(w.f.After)
		w.hi = min(w.hi, n)
	}
	return err
}

// spans narrows the walk to the items that spans of time can be about. Items are filed in the order of their n, but for a clock that was put right.
func (w *walk) spans(ctx context.Context) error {
	const slack = 24 * time.Hour
	if from := w.f.Filed.From; !from.IsZero() {
		err := w.narrow(ctx, `SELECT MIN(n) - 1, NULL FROM (SELECT n FROM item WHERE filed_at >= $1 ORDER BY filed_at LIMIT 1)`, from.Add(-slack).UnixMicro())
		if err != nil {
			return err
		}
	}
	if to := w.f.Filed.To; !to.IsZero() {
		err := w.narrow(ctx, `SELECT NULL, MAX(n) + 1 FROM (SELECT n FROM item WHERE filed_at < $1 ORDER BY filed_at DESC LIMIT 1)`, to.Add(slack).UnixMicro())
		if err != nil {
			return err
		}
	}
	if w.f.Public.IsZero() {
		return nil
	}
	from, to := bounds(w.f.Public)
	return w.narrow(ctx, `
		SELECT MIN(item_n) - 1, MAX(item_n) + 1
		FROM (SELECT item_n FROM copy WHERE first_at >= $1 AND first_at < $2 LIMIT $3)
		HAVING COUNT(*) < $3`, from, to, mostPublic)
}

// mostPublic is up to how many copies a span of first public times is looked up beforehand; a longer one is met often enough on the way.
const mostPublic = 100_000

// narrow takes a lower and an upper bound from a query; nothing found where nothing was asked for is the end of the walk.
func (w *walk) narrow(ctx context.Context, query string, args ...any) error {
	var lo, hi sql.NullInt64
	rows, err := w.l.read.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("read bounds: %w", err)
	}
	defer rows.Close()
	if !rows.Next() {
		return rows.Err()
	}
	if err := rows.Scan(&lo, &hi); err != nil {
		return fmt.Errorf("read bounds: %w", err)
	}
	if !lo.Valid && !hi.Valid {
		w.hi = w.lo
	}
	if lo.Valid {
		w.lo = max(w.lo, lo.Int64)
	}
	if hi.Valid {
		w.hi = min(w.hi, hi.Int64)
	}
	return rows.Err()
}

func bounds(s Span) (from, to int64) {
	from, to = math.MinInt64, math.MaxInt64
	if !s.From.IsZero() {
		from = s.From.UnixMicro()
	}
	if !s.To.IsZero() {
		to = s.To.UnixMicro()
	}
	return from, to
}

// ended reports whether everything was looked through.
func (w *walk) ended() bool { return w.hi <= w.lo+1 }

// full reports whether more was found than is asked for.
func (w *walk) full() bool { return w.found > w.f.Limit }

func (w *walk) over() bool {
	return w.ended() || w.full() || w.f.Within > 0 && w.lo0+w.hi0 != w.lo+w.hi && time.Since(w.began) >= w.f.Within
}

// stretch looks through the next stretch.
func (w *walk) stretch(ctx context.Context) error {
	began := time.Now()
	lo, hi := max(w.lo, w.hi-w.width-1), w.hi
	if w.up {
		lo, hi = w.lo, min(w.hi, w.lo+w.width+1)
	}
	query, args := w.f.query(w.source(), lo, hi, w.up, w.f.Limit+1-w.found, w.counts)
	if err := w.read(ctx, query, args); err != nil {
		return err
	}
	if w.up {
		w.lo = hi - 1
	} else {
		w.hi = lo + 1
	}
	w.pace(hi-lo, time.Since(began))
	return nil
}

// pace chooses how wide the next stretch is: wider after a quick one, and no wider than there is time for.
func (w *walk) pace(width int64, took time.Duration) {
	if took < briefly {
		w.width *= 8
	}
	if left := w.f.Within - time.Since(w.began); w.f.Within > 0 && took > 0 {
		w.width = min(w.width, max(leastStretch, int64(float64(width)*left.Seconds()/took.Seconds())))
	}
}

func (w *walk) read(ctx context.Context, query string, args []any) error {
	if w.counts {
		var n int
		if err := w.l.read.QueryRowContext(ctx, query, args...).Scan(&n); err != nil {
			return fmt.Errorf("count lines: %w", err)
		}
		w.found += n
		return nil
	}
	rows, err := w.l.read.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("read lines: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var x Line
		var n int64
		if x.Item, err = w.l.scanItem(rows, &n, &x.Shown, &x.Title); err != nil {
			return fmt.Errorf("read lines: %w", err)
		}
		w.lines, w.ns = append(w.lines, x), append(w.ns, n)
		w.found++
	}
	return rows.Err()
}

// through is when the item was filed at which the walk stands.
func (w *walk) through(ctx context.Context) (time.Time, error) {
	var at sql.NullInt64
	query, n := `SELECT filed_at FROM item WHERE n >= $1 ORDER BY n LIMIT 1`, w.hi
	if w.up {
		query, n = `SELECT filed_at FROM item WHERE n <= $1 ORDER BY n DESC LIMIT 1`, w.lo
	}
	if err := w.l.read.QueryRowContext(ctx, query, n).Scan(&at); err != nil {
		return time.Time{}, fmt.Errorf("read where the search stands: %w", err)
	}
	return w.l.moment(at), nil
}

// page is what was found, newest first.
func (w *walk) page() Page {
	p := Page{Lines: w.lines, Cut: !w.full() && !w.ended()}
	ns := w.ns
	more := w.full()
	if more {
		p.Lines, ns = p.Lines[:w.f.Limit], ns[:w.f.Limit]
	}
	onward, back := "", ""
	switch {
	case more:
		onward = cursor(ns[len(ns)-1])
	case p.Cut && w.up:
		onward = cursor(w.lo)
	case p.Cut:
		onward = cursor(w.hi)
	}
	if len(ns) > 0 && (w.f.After != "" || w.f.Before != "") {
		back = cursor(ns[0])
	}
	p.Older, p.Newer = onward, back
	if w.up {
		slices.Reverse(p.Lines)
		p.Older, p.Newer = back, onward
	}
	return p
}

// source is where a stretch is read from: tables of which the first is met in the order of its items' n, by an index that has nothing but
// what is asked for. So a page costs what it shows, and not what lies between.
type source struct{ tables, n, match string }

// The sources. What is asked for by its words, by what a copy waits for, by a copy's state or by a channel is read from there, the rest from
// the items.
var (
	fromItems  = source{tables: `item i`, n: `i.n`}
	fromCopies = source{tables: `copy c CROSS JOIN item i ON i.n = c.item_n`, n: `c.item_n`}
	fromWords  = source{`words k CROSS JOIN item i ON i.n = k.rowid`, `k.rowid`, `words MATCH ?`}
	fromTitles = source{`catalogue k CROSS JOIN item i ON i.n = k.rowid`, `k.rowid`, `catalogue MATCH ?`}
)

// source chooses the source. An item's state that few are in is quicker than a copy's state; one that nearly all are in is not.
func (w *walk) source() source {
	f := w.f
	switch {
	case f.Title != "" && w.titles:
		return fromTitles
	case f.Title != "":
		return fromWords
	case f.Waits != "":
		return fromCopies
	case f.Copy == press.NotWanted, f.State != "" && f.State != press.Everyone:
		return fromItems
	case f.Copy != "", f.Channel != "" && f.Kind == "" && f.Column == "" && f.Issuer == "" && f.By == "":
		return fromCopies
	}
	return fromItems
}

// query reads what a stretch has of what is asked for.
func (f Filter) query(from source, lo, hi int64, up bool, most int, count bool) (string, []any) {
	where, args := f.where(from, lo, hi)
	args = append(args, lo, hi, most)
	bound := func(i int) string { return "$" + strconv.Itoa(len(args)-3+i) }
	where = append(where, from.n+" > "+bound(1), from.n+" < "+bound(2))
	order := " DESC"
	if up {
		order = ""
	}
	if count {
		return `SELECT COUNT(*) FROM (
			SELECT 1
			FROM ` + from.tables + `
			WHERE ` + strings.Join(where, " AND ") + `
			LIMIT ` + bound(3) + `)`, args
	}
	return `
		SELECT ` + itemColumns + `, i.n, i.shown, r.title
		FROM ` + from.tables + `
		CROSS JOIN revision r ON r.item = i.id AND r.number = i.head
		WHERE ` + strings.Join(where, " AND ") + `
		ORDER BY ` + from.n + order + `
		LIMIT ` + bound(3), args
}

func (f Filter) where(from source, lo, hi int64) (where []string, args []any) {
	add := func(cond string, vals ...any) {
		for _, v := range vals {
			args = append(args, v)
			cond = strings.Replace(cond, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		where = append(where, cond)
	}
	equal := func(column, val string) {
		if val != "" {
			add(column+" = ?", val)
		}
	}
	if f.Title != "" {
		match := sought(f.Title)
		if from == fromTitles {
			match = strings.Split(phrases(f.Title), "\x00")
		}
		if len(match) == 0 || match[0] == "" {
			add("0 = 1") // nothing but signs, which nothing is found by
			match = []string{`"x"`}
		}
		add(from.match, match[0])
		for _, m := range match[1:] {
			// What only some of the others are must not be looked for all the way back: FTS5 itself would go to the first text that has them all.
			add("+k.rowid IN (SELECT rowid FROM words WHERE words MATCH ? AND rowid > ? AND rowid < ?)", m, lo, hi)
		}
	}
	equal("i.shown", string(f.State))
	equal("i.kind", string(f.Kind))
	equal("i.column_name", f.Column)
	equal("i.issuer", f.Issuer)
	equal("i.filed_by", f.By)
	if !f.Filed.IsZero() {
		from, to := bounds(f.Filed)
		add("i.filed_at >= ? AND i.filed_at < ?", from, to)
	}
	if !f.Public.IsZero() {
		from, to := bounds(f.Public)
		add("EXISTS (SELECT 1 FROM copy p WHERE p.item = i.id AND p.first_at >= ? AND p.first_at < ?)", from, to)
	}
	if cond, vals := f.copies(from); cond != "" {
		add(cond, vals...)
	}
	return where, args
}

// copies is the condition on the copies of an item. Read from the copies themselves, an item that has several such copies is met at the first
// of them only.
func (f Filter) copies(from source) (cond string, vals []any) {
	if f.Waits == "" && f.Channel == "" && f.Copy == "" {
		return "", nil
	}
	if f.Copy == press.NotWanted {
		return "NOT EXISTS (SELECT 1 FROM copy c WHERE c.item = i.id AND c.newest AND (? = '' OR c.channel = ?))", []any{f.Channel, f.Channel}
	}
	var conds []string
	also := func(cond, val string) {
		if val != "" {
			conds, vals = append(conds, cond), append(vals, val)
		}
	}
	also("c.channel = ?", f.Channel)
	also("c.state = ?", string(f.Copy))
	if f.Waits != "" {
		conds = append(conds, "c.state = 'waiting' AND c.due_at IS NULL")
	}
	also("c.waits_for = ?", string(f.Waits))
	one := "c.newest AND " + strings.Join(conds, " AND ")
	if from != fromCopies {
		return "EXISTS (SELECT 1 FROM copy c WHERE c.item_n = i.n AND " + one + ")", vals
	}
	if f.Channel != "" {
		return one, vals // there is one copy
	}
	before := strings.ReplaceAll(one, "c.", "d.")
	return one + " AND NOT EXISTS (SELECT 1 FROM copy d WHERE d.item_n = c.item_n AND d.id < c.id AND " + before + ")", append(vals, vals...)
}
