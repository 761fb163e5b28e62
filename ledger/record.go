package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongfa/press"
)

// Recorded is one line of the record (操作记录): a move of an item, or a deed, which is about none.
type Recorded struct {
	At      time.Time
	Item    press.ItemID // "" of a deed
	Title   string       // of the item, now
	N       int64        // in its chain
	By      Who
	Verb    string
	Channel string // of a deed: what it is about
	Was     string
	Now     string
	Detail  string
	Hash    string
}

// Deed reports whether the line is about no item.
func (r Recorded) Deed() bool { return r.Item == "" }

// What is the verb as people read it.
func (r Recorded) What() string {
	if r.Deed() {
		return press.DeedName(r.Verb)
	}
	return r.moved().What()
}

// Turn is the change of a state in words; "" for none, or where a line has something else in its place.
func (r Recorded) Turn() string {
	switch r.Verb {
	case "reschedule", "bind":
		return cmp.Or(r.Was, "未定") + " → " + cmp.Or(r.Now, "未定")
	}
	return r.moved().Turn()
}

func (r Recorded) moved() Moved {
	return Moved{Verb: r.Verb, Channel: r.Channel, Was: r.Was, Now: r.Now, Detail: r.Detail}
}

// RecordFilter says which lines of the record; zero fields do not restrict.
type RecordFilter struct {
	Person   string
	Verb     string
	Item     press.ItemID
	Channel  string
	From, To time.Time // To is the first moment that is not meant
	Program  bool      // also what the program did by itself
	After    string    // cursor from a page before
	Most     int       // zero means 50
}

const (
	mostRecorded = 1000  // lines of a page
	mostScanned  = 6_000 // lines that are read for a page: what matches seldom is looked for in pieces
)

// place is where a line stands: by time, and in one moment deeds come after all items.
type place struct {
	at   int64
	item press.ItemID
	n    int64
}

func (r Recorded) place() place { return place{r.At.UnixMicro(), r.Item, r.N} }

// less orders places as time goes.
func (p place) less(o place) bool {
	return cmp.Or(cmp.Compare(p.at, o.at), cmp.Compare(p.item, o.item), cmp.Compare(p.n, o.n)) < 0
}

func (p place) String() string { return fmt.Sprintf("%d.%d.%s", p.at, p.n, p.item) }

func parsePlace(s string) (p place, err error) {
	parts := strings.SplitN(s, ".", 3)
	if len(parts) != 3 || len(s) > 200 {
		return p, ErrCursor
	}
	var err2 error
	p.at, err = strconv.ParseInt(parts[0], 10, 64)
	p.n, err2 = strconv.ParseInt(parts[1], 10, 64)
	if err != nil || err2 != nil {
		return p, ErrCursor
	}
	p.item = press.ItemID(parts[2])
	return p, nil
}

// Record reads a page of the record, newest first, and the cursor of the next; "" when there is none. A page may be short, even empty, and
// still have a next one, where what is asked for is rare: it says how far was looked.
func (l *Ledger) Record(ctx context.Context, f RecordFilter) (lines []Recorded, next string, err error) {
	if f.Most <= 0 || f.Most > mostRecorded {
		f.Most = 50
	}
	from := place{at: 1<<63 - 1}
	if f.After != "" {
		if from, err = parsePlace(f.After); err != nil {
			return nil, "", err
		}
	}
	if !f.To.IsZero() && f.To.UnixMicro() <= from.at && f.After == "" {
		from = place{at: f.To.UnixMicro()} // before everything of that moment
	}
	var end place // how far both were read, where that was not to the end
	for _, part := range []func(context.Context, RecordFilter, place) ([]Recorded, place, error){l.recordMoves, l.recordDeeds} {
		more, stopped, err := part(ctx, f, from)
		if err != nil {
			return nil, "", err
		}
		lines = append(lines, more...)
		if end.less(stopped) {
			end = stopped
		}
	}
	slices.SortFunc(lines, func(a, b Recorded) int {
		if b.place().less(a.place()) {
			return -1
		}
		return 1
	})
	lines = slices.DeleteFunc(lines, func(r Recorded) bool { return r.place().less(end) }) // of these others may be missing
	if len(lines) > f.Most {
		lines = lines[:f.Most]
		end = lines[f.Most-1].place()
	}
	if end != (place{}) {
		next = end.String()
	}
	return lines, next, l.recordTitles(ctx, lines)
}

// recordQuery reads moves by the index that narrows most.
func recordQuery(by string) string {
	return `
		SELECT item, n, at, by, role, verb, channel, was, is_now, detail, hash
		FROM move
		WHERE ` + by + ` at <= $1 AND at >= $2 AND (at, item, n) < ($1, $3, $4)
		ORDER BY at DESC, item DESC, n DESC`
}

// recordOfItem reads the moves of one item, which are few.
const recordOfItem = `
		SELECT item, n, at, by, role, verb, channel, was, is_now, detail, hash
		FROM move
		WHERE item = $5 AND at <= $1 AND at >= $2 AND (at, item, n) < ($1, $3, $4)
		ORDER BY at DESC, n DESC`

// narrows chooses the index. The program made most moves: its name narrows nothing.
func (f RecordFilter) narrows() (query string, arg any) {
	switch {
	case f.Item != "":
		return recordOfItem, f.Item
	case f.Person != "" && f.Person != program().Name:
		return recordQuery(`by = $5 AND`), f.Person
	case f.Verb != "":
		return recordQuery(`verb = $5 AND`), f.Verb
	case !f.Program && f.Person == "":
		return recordQuery(`role <> 'system' AND`), nil
	case f.Channel != "":
		return recordQuery(`channel = $5 AND channel <> '' AND`), f.Channel
	}
	return recordQuery(""), nil
}

// fits is the rest of the filter.
func (f RecordFilter) fits(r Recorded) bool {
	switch {
	case f.Item != "" && f.Item != r.Item && string(f.Item) != r.Channel,
		f.Person != "" && f.Person != r.By.Name,
		f.Verb != "" && f.Verb != r.Verb,
		f.Channel != "" && f.Channel != r.Channel,
		!f.Program && f.Person == "" && r.By.Role == press.System:
		return false
	}
	return true
}

func (f RecordFilter) since() int64 {
	if f.From.IsZero() {
		return -1 << 62
	}
	return f.From.UnixMicro()
}

func (l *Ledger) recordMoves(ctx context.Context, f RecordFilter, from place) ([]Recorded, place, error) {
	query, arg := f.narrows()
	args := []any{from.at, f.since(), from.item, from.n}
	if arg != nil {
		args = append(args, arg)
	}
	return l.recorded(ctx, f, query, args, func(rows *sql.Rows) (r Recorded, at int64, err error) {
		err = rows.Scan(&r.Item, &r.N, &at, &r.By.Name, &r.By.Role, &r.Verb, &r.Channel, &r.Was, &r.Now, &r.Detail, &r.Hash)
		return r, at, err
	})
}

// recordDeedQuery reads deeds by the index that narrows most.
func recordDeedQuery(by string) string {
	return `
		SELECT n, at, by, role, verb, about, detail, hash
		FROM deed
		WHERE ` + by + ` at <= $1 AND at >= $2 AND (at, n) < ($1, $3)
		ORDER BY at DESC, n DESC`
}

func (f RecordFilter) narrowsDeeds() (query string, arg any) {
	switch about := cmp.Or(string(f.Item), f.Channel); {
	case about != "":
		return recordDeedQuery(`about = $4 AND`), about
	case f.Person != "":
		return recordDeedQuery(`by = $4 AND`), f.Person
	case f.Verb != "":
		return recordDeedQuery(`verb = $4 AND`), f.Verb
	}
	return recordDeedQuery(""), nil
}

func (l *Ledger) recordDeeds(ctx context.Context, f RecordFilter, from place) ([]Recorded, place, error) {
	query, arg := f.narrowsDeeds()
	n := from.n
	if from.item != "" { // in that moment all deeds are still to come
		n = 1<<63 - 1
	}
	args := []any{from.at, f.since(), n}
	if arg != nil {
		args = append(args, arg)
	}
	return l.recorded(ctx, f, query, args, func(rows *sql.Rows) (r Recorded, at int64, err error) {
		err = rows.Scan(&r.N, &at, &r.By.Name, &r.By.Role, &r.Verb, &r.Channel, &r.Detail, &r.Hash)
		return r, at, err
	})
}

// recorded reads lines until a page is full or enough was looked at; then it says where it stopped.
func (l *Ledger) recorded(ctx context.Context, f RecordFilter, query string, args []any, scan func(*sql.Rows) (Recorded, int64, error)) (out []Recorded, stopped place, err error) {
	rows, err := l.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, stopped, fmt.Errorf("read record: %w", err)
	}
	defer rows.Close()
	for n := 0; rows.Next(); n++ {
		r, at, err := scan(rows)
		if err != nil {
			return nil, stopped, fmt.Errorf("read record: %w", err)
		}
		r.At = time.UnixMicro(at).In(l.rules.Zone)
		if f.fits(r) {
			out = append(out, r)
		}
		if len(out) > f.Most || n >= mostScanned {
			return out, r.place(), nil
		}
	}
	return out, stopped, rows.Err()
}

// recordTitles says what the items are called.
func (l *Ledger) recordTitles(ctx context.Context, lines []Recorded) error {
	known := map[press.ItemID]string{"": ""}
	for i, r := range lines {
		title, ok := known[r.Item]
		if !ok {
			err := l.read.QueryRowContext(ctx, `
				SELECT title
				FROM item i
				JOIN revision r ON r.item = i.id AND r.number = i.head
				WHERE i.id = $1`, r.Item).Scan(&title)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return fmt.Errorf("read title of %s: %w", r.Item, err)
			}
			known[r.Item] = title
		}
		lines[i].Title = title
	}
	return nil
}

// RecordEach gives the lines of the record one after another, newest first, and takes a page of memory for it. A long one does not keep the
// file from being tidied up, and has what was on record when each page was read.
func (l *Ledger) RecordEach(ctx context.Context, f RecordFilter, do func(Recorded) error) (n int, err error) {
	f.Most, f.After = mostRecorded, ""
	for {
		lines, next, err := l.Record(ctx, f)
		if err != nil {
			return n, err
		}
		for _, r := range lines {
			if err := do(r); err != nil {
				return n, err
			}
			n++
		}
		if next == "" {
			return n, nil
		}
		f.After = next
	}
}

// RecordVerbs are the verbs that moves on record have, beside those of press.Deeds.
func RecordVerbs() []string {
	return []string{"file", "submit", "sign", "approve", "return", "revise", "hold", "release", "reschedule", "bind", "retarget", "compose", "drop", "freeze", "issue",
		"publish", "look", "adopt", "give_up", "amend", "annotate", "withdraw", "retry"}
}

// Named is the id of an item by its id or its external id.
func (l *Ledger) Named(ctx context.Context, ref string) (press.ItemID, error) {
	return find(ctx, l.read, ref)
}
