package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tongfa/press"
	"tongfa/workday"
)

// Completeness (刊登核对) counts what became of the documents that were registered in a period: what is neither printed, nor in an issue to come, nor
// explained is missing.
type Completeness struct {
	From      press.Date `json:"from"`
	To        press.Date `json:"to"`
	Printed   int        `json:"printed"`
	Coming    int        `json:"coming"`
	Explained int        `json:"explained"`
	Missing   int        `json:"missing"`
	More      bool       `json:"more,omitempty"` // there are more than were counted
}

// Registered is how many there are.
func (c Completeness) Registered() int { return c.Printed + c.Coming + c.Explained + c.Missing }

// mostCompared is how many lines of the register a period is counted by.
const mostCompared = 2000

// Complete counts what became of what was registered in a period, by the explanations that hold on a day.
func (l *Ledger) Complete(ctx context.Context, from, to, on press.Date) (Completeness, error) {
	c := Completeness{From: from, To: to}
	f := RegisterFilter{From: from, To: to, On: on, Limit: mostCompared}
	query, args := f.query("9999-99-99", 1<<62)
	lines, err := l.readRegister(ctx, on, query, args...)
	if len(lines) > mostCompared {
		lines, c.More = lines[:mostCompared], true
	}
	for _, r := range lines {
		switch r.Status {
		case RegPrinted:
			c.Printed++
		case RegComing:
			c.Coming++
		case RegExplained:
			c.Explained++
		default:
			c.Missing++
		}
	}
	return c, err
}

// IssuePeriod is which documents an issue is to print: those that were registered from the day of the issue before up to its own; without one
// before, those of its year.
func (l *Ledger) IssuePeriod(ctx context.Context, e press.Edition) (from, to press.Date, err error) {
	to = workday.DateOf(e.Due().In(l.rules.Zone))
	var at sql.NullInt64
	err = l.read.QueryRowContext(ctx, `
		SELECT slot_at
		FROM edition
		WHERE channel = $1 AND total > 0 AND slot_at < $2 AND state <> 'failed'
		ORDER BY total DESC
		LIMIT 1`, e.Slot.Channel, e.Slot.At.UnixMicro()).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return press.Date{Year: to.Year, Month: time.January, Day: 1}, to, nil
	}
	if err != nil {
		return from, to, fmt.Errorf("read issue before %s: %w", e.Key, err)
	}
	return workday.DateOf(l.moment(at).In(l.rules.Zone)), to, nil
}

// Owing are the documents that an issue is to print and does not: registered in its period, known here only since then, or put off until now, and neither
// printed, nor in an issue, nor explained. Older is how many of the year before were passed over by the issues before.
func (l *Ledger) Owing(ctx context.Context, e press.Edition, now time.Time) (missing []RegisterLine, older int, err error) {
	from, to, err := l.IssuePeriod(ctx, e)
	if err != nil {
		return nil, 0, err
	}
	for _, q := range []struct {
		query    string
		from, to any
	}{
		{`SELECT ` + registerColumns + `, 0
			FROM register r
			WHERE r.registered_on >= $1 AND r.registered_on <= $2 AND ` + registerOpen + `
			ORDER BY r.registered_on, r.n
			LIMIT $3`, from.String(), to.String()},
		{`SELECT ` + registerColumns + `, 0
			FROM register r
			WHERE r.at >= $1 AND +r.registered_on < $2 AND ` + registerOpen + `
			ORDER BY r.at, r.n
			LIMIT $3`, l.midnight(from).UnixMicro(), from.String()},
		{`SELECT ` + registerColumns + `, 0
			FROM register r
			WHERE r.holds_until >= $1 AND r.holds_until < $2 AND r.holds_until <> '' AND ` + registerOpen + `
			ORDER BY r.holds_until, r.n
			LIMIT $3`, from.String(), to.String()},
	} {
		lines, err := l.readRegister(ctx, to, q.query, q.from, q.to, mostCompared)
		if err != nil {
			return nil, 0, err
		}
		missing = lacked(missing, lines, from.AddDays(-365), to)
	}
	passed, err := l.readRegister(ctx, to, `
		SELECT `+registerColumns+`, 0
		FROM register r
		WHERE r.registered_on >= $1 AND r.registered_on < $2 AND `+registerOpen+`
		ORDER BY r.registered_on DESC, r.n DESC
		LIMIT $3`, from.AddDays(-365).String(), from.String(), mostPassedOver)
	if err != nil {
		return nil, 0, err
	}
	older = len(lacked(missing, passed, from.AddDays(-365), to)) - len(missing)
	return missing, older, l.fillRegister(ctx, missing[:min(len(missing), MostOwing)], workday.DateOf(now.In(l.rules.Zone)))
}

// mostPassedOver is how many documents that the issues before passed over are counted.
const mostPassedOver = 200

// lacked adds to what is missing the lines that are missing too, and were registered between two days.
func lacked(missing, lines []RegisterLine, from, to press.Date) []RegisterLine {
	for _, r := range lines {
		known := slices.ContainsFunc(missing, func(m RegisterLine) bool { return m.N == r.N })
		if r.Status == RegMissing && !known && !r.On.Before(from) && !r.On.After(to) {
			missing = append(missing, r)
		}
	}
	return missing
}

// midnight is when a day begins in the office's zone.
func (l *Ledger) midnight(d press.Date) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, l.rules.Zone)
}

// MostOwing is how many missing documents an issue names one by one.
const MostOwing = 10

// complete says which documents of the register an issue leaves out. It stops nothing: the editor explains, or puts them in.
func (r *proofreader) complete(ctx context.Context) error {
	if r.e.Supplement {
		return nil // it prints what it is made for
	}
	if err := r.registeredOnce(ctx); err != nil {
		return err
	}
	missing, older, err := r.l.Owing(ctx, r.e, r.now)
	if err != nil {
		return err
	}
	for _, m := range missing[:min(len(missing), MostOwing)] {
		put := ""
		if m.Explained != "" {
			put = fmt.Sprintf("，原说明“%s”到%s为止", m.Explained, m.HoldsUntil)
		}
		r.say(RuleOwing, press.Warn, "register", "应刊登而没有编入：《%s》（%s，%s%s）。%s", m.Title, cmp.Or(m.DocNumber, m.RegNumber), m.Unit, put, m.Do())
	}
	if more := len(missing) - MostOwing; more > 0 {
		r.say(RuleOwing, press.Warn, "register", "应刊登而没有编入的还有%d件，见登记簿的刊登核对", more)
	}
	if older > 0 {
		r.say(RuleOwing, press.Warn, "register", "此前一年内登记的规范性文件还有%d件没有刊登，也没有说明。请在登记簿里逐件编入或者说明", older)
	}
	return nil
}

// registeredOnce finds entries that carry the registration number of another item.
func (r *proofreader) registeredOnce(ctx context.Context) error {
	for _, en := range r.e.Entries {
		number := oneLine(en.Revision.Meta.RegNumber)
		if number == "" {
			continue
		}
		others, err := texts(ctx, r.l.read, `SELECT id FROM item WHERE reg_number = $1 AND reg_number <> '' AND id <> $2 AND state <> 'withdrawn' LIMIT 3`, number, en.Item.ID)
		if err != nil {
			return err
		}
		if len(others) > 0 {
			r.say(RuleTwice, press.Warn, "reg_number", "《%s》的统一编号%s，稿件%s也有。一个编号只属于一件文件，请核对哪一篇写错了", en.Revision.Title, number, strings.Join(others, "、"))
		}
	}
	return nil
}

// Awaiting counts the submissions that nobody has taken in or returned yet, up to a hundred.
func (l *Ledger) Awaiting(ctx context.Context) (n int, err error) {
	err = l.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM submission WHERE state = 'received' LIMIT 100)`).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count submissions: %w", err)
	}
	return n, nil
}

// Notice (报送刊登情况通报) is how the departments handed in during a period, and what was printed of it.
type Notice struct {
	From  press.Date   `json:"from"`
	To    press.Date   `json:"to"`
	Units []NoticeLine `json:"units"`
	Sum   NoticeLine   `json:"sum"`
	More  bool         `json:"more,omitempty"` // there are more than were counted
}

// NoticeLine is the part of one department.
type NoticeLine struct {
	Unit       string `json:"unit"`
	Submitted  int    `json:"submitted"` // and not sent back
	InTime     int    `json:"in_time"`
	Late       int    `json:"late"`
	DaysLate   int    `json:"days_late"` // the longest
	Printed    int    `json:"printed"`
	NotPrinted int    `json:"not_printed"`
	Returned   int    `json:"returned"`
	Owed       int    `json:"not_submitted"` // registered in the period, and neither handed in nor here
}

// mostNoticed is how many submissions a notice counts.
const mostNoticed = 20_000

// Notice counts what was handed in during a period, both days included, by department.
func (l *Ledger) Notice(ctx context.Context, from, to press.Date) (Notice, error) {
	n := Notice{From: from, To: to, Units: []NoticeLine{}}
	rows, err := l.handedIn(ctx, from, to)
	if err != nil {
		return n, err
	}
	if len(rows) > mostNoticed {
		rows, n.More = rows[:mostNoticed], true
	}
	of := map[string]*NoticeLine{}
	line := func(unit string) *NoticeLine {
		if of[unit] == nil {
			of[unit] = &NoticeLine{Unit: unit}
		}
		return of[unit]
	}
	for part := range slices.Chunk(rows, 500) {
		if err := l.count(ctx, part, line); err != nil {
			return n, err
		}
	}
	if err := l.neverHandedIn(ctx, from, to, line); err != nil {
		return n, err
	}
	for _, x := range of {
		n.Units = append(n.Units, *x)
		n.Sum.add(*x)
	}
	slices.SortFunc(n.Units, func(a, b NoticeLine) int { return cmp.Or(b.Submitted-a.Submitted, cmp.Compare(a.Unit, b.Unit)) })
	return n, nil
}

func (s *NoticeLine) add(x NoticeLine) {
	s.Submitted += x.Submitted
	s.InTime += x.InTime
	s.Late += x.Late
	s.DaysLate = max(s.DaysLate, x.DaysLate)
	s.Printed += x.Printed
	s.NotPrinted += x.NotPrinted
	s.Returned += x.Returned
	s.Owed += x.Owed
}

// handed is what a notice counts of a submission.
type handed struct {
	unit  string
	late  int
	state press.SubmissionState
	item  press.ItemID
}

func (l *Ledger) handedIn(ctx context.Context, from, to press.Date) (out []handed, err error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT unit, late, state, COALESCE(item, '')
		FROM submission
		WHERE received_on >= $1 AND received_on <= $2
		ORDER BY received_on, n
		LIMIT $3`, from.String(), to.String(), mostNoticed+1)
	if err != nil {
		return nil, fmt.Errorf("read submissions: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var h handed
		if err := rows.Scan(&h.unit, &h.late, &h.state, &h.item); err != nil {
			return nil, fmt.Errorf("read submissions: %w", err)
		}
		out = append(out, h)
	}
	return out, rows.Err()
}

func (l *Ledger) count(ctx context.Context, part []handed, line func(string) *NoticeLine) error {
	var items []press.ItemID
	for _, h := range part {
		if h.item != "" {
			items = append(items, h.item)
		}
	}
	printed, err := l.printings(ctx, l.read, items)
	if err != nil {
		return err
	}
	for _, h := range part {
		x := line(h.unit)
		if h.state == press.SentBack {
			x.Returned++
			continue
		}
		x.Submitted++
		if h.late > 0 {
			x.Late++
			x.DaysLate = max(x.DaysLate, h.late)
		} else {
			x.InTime++
		}
		if printed[h.item].State == IsPrinted {
			x.Printed++
		} else {
			x.NotPrinted++
		}
	}
	return nil
}

// neverHandedIn counts by department what was registered in a period and not handed in. What came here as an item needs no handing in.
func (l *Ledger) neverHandedIn(ctx context.Context, from, to press.Date, line func(string) *NoticeLine) error {
	units, err := texts(ctx, l.read, `
		SELECT r.unit
		FROM register r
		WHERE r.registered_on >= $1 AND r.registered_on <= $2
			AND NOT EXISTS (SELECT 1 FROM submission WHERE reg_number = r.reg_number AND reg_number <> '' AND state <> 'returned')
			AND NOT EXISTS (SELECT 1 FROM submission WHERE doc_number = r.doc_number AND doc_number <> '' AND state <> 'returned')
			AND NOT EXISTS (SELECT 1 FROM item WHERE reg_number = r.reg_number AND reg_number <> '')
			AND NOT EXISTS (SELECT 1 FROM item WHERE doc_number = r.doc_number AND doc_number <> '')
		ORDER BY r.registered_on
		LIMIT $3`, from.String(), to.String(), mostNoticed)
	for _, u := range units {
		line(u).Owed++
	}
	return err
}
