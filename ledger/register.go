package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"tongfa/press"
	"tongfa/workday"
)

// RegisterLine is a normative document of the register (登记簿) with what became of it for the gazette.
type RegisterLine struct {
	press.Registered
	N          int64
	Source     press.RegisterSource
	At         time.Time // when it was recorded, and by whom
	By         string
	Explained  string     // why it is not printed
	HoldsUntil press.Date // the last day of that explanation; zero: it holds for good
	Submission *Submission
	Item       press.ItemID
	Print      *Printing
	Status     RegisterStatus
	Overdue    int // working days since it was to be handed in, while it is not
}

// RegisterStatus is what became of a registered document for the gazette.
type RegisterStatus string

// A registered document is printed, is in an issue that is to come, is explained, or is missing.
const (
	RegPrinted   RegisterStatus = "printed"
	RegComing    RegisterStatus = "coming"
	RegExplained RegisterStatus = "explained"
	RegMissing   RegisterStatus = "missing"
)

// Name is the status as people see it.
func (s RegisterStatus) Name() string {
	switch s {
	case RegPrinted:
		return "已刊登"
	case RegComing:
		return "已编入"
	case RegExplained:
		return "已说明"
	case RegMissing:
		return "缺"
	}
	return string(s)
}

// Glyph stands before the word of a status.
func (s RegisterStatus) Glyph() string {
	switch s {
	case RegPrinted:
		return "✓"
	case RegComing:
		return "◐"
	case RegExplained:
		return "·"
	}
	return "!"
}

// Do is what a person has to do about a document that is missing.
func (r RegisterLine) Do() string {
	switch s := r.Submission; {
	case r.Status != RegMissing:
		return ""
	case r.Print != nil && r.Print.State == WasPrinted:
		return "它" + r.Print.Say() + "。请重新刊登，或者写明不刊登的原因"
	case r.Item != "":
		return fmt.Sprintf("稿件%s还没有编入。请编入，或者写明不刊登的原因", r.Item)
	case s == nil || s.State == press.SentBack:
		overdue := ""
		if r.Overdue > 0 {
			overdue = fmt.Sprintf("，已超过报送期限%d个工作日", r.Overdue)
		}
		return fmt.Sprintf("还没有报送%s。请催%s报送，或者写明不刊登的原因", overdue, r.Unit)
	}
	return r.Submission.Receipt() + "还没有收稿。请收稿后编入，或者写明不刊登的原因"
}

// Explanation is why a registered document is not printed, by whose word.
type Explanation struct {
	Text       string // "" takes the one before back
	HoldsUntil press.Date
	At         time.Time
	By         string
}

// ErrNotRegistered is in the error for a document that the register does not have.
var ErrNotRegistered = errors.New("not in the register")

// registerColumns are what scanRegister reads.
const registerColumns = `r.n, r.reg_number, r.title, r.doc_number, r.unit, r.registered_on, r.source, r.at, r.by, r.explained, r.holds_until`

// registeredItems are the items that a line r of the register is about: by its number, by what was handed in, by the document number.
const registeredItems = `(
	SELECT id FROM item WHERE reg_number = r.reg_number AND reg_number <> ''
	UNION ALL SELECT item FROM submission WHERE reg_number = r.reg_number AND reg_number <> '' AND item IS NOT NULL
	UNION ALL SELECT id FROM item WHERE doc_number = r.doc_number AND doc_number <> '')`

// registeredPrint is 3 for a line r that is printed, 2 for one that is in an issue to come, less for the others.
const registeredPrint = `COALESCE((
	SELECT MAX(CASE WHEN c.state IN ('live', 'verified', 'differs') THEN 3 WHEN c.state = 'withdrawn' THEN 1 ELSE 2 END)
	FROM copy c
	CROSS JOIN channel h ON h.name = c.channel AND h.kind = 'gazette'
	CROSS JOIN entry e ON e.copy = c.id AND e.claims = 1
	WHERE c.item IN ` + registeredItems + `), 0)`

// registerOpen is true for a line r that is in no issue and is not explained for good.
const registerOpen = `(r.explained = '' OR r.holds_until <> '') AND NOT EXISTS (
	SELECT 1
	FROM copy c
	CROSS JOIN channel h ON h.name = c.channel AND h.kind = 'gazette'
	CROSS JOIN entry e ON e.copy = c.id AND e.claims = 1
	WHERE c.state <> 'withdrawn' AND c.item IN ` + registeredItems + `)`

// scanRegister reads a line of the register as it stands on a day.
func (l *Ledger) scanRegister(row interface{ Scan(...any) error }, on press.Date) (r RegisterLine, err error) {
	var day, until string
	var at sql.NullInt64
	var print int
	if err := row.Scan(&r.N, &r.RegNumber, &r.Title, &r.DocNumber, &r.Unit, &day, &r.Source, &at, &r.By, &r.Explained, &until, &print); err != nil {
		return r, err
	}
	r.At = l.moment(at)
	if r.On, err = workday.ParseDate(day); err != nil {
		return r, err
	}
	if until != "" {
		if r.HoldsUntil, err = workday.ParseDate(until); err != nil {
			return r, err
		}
	}
	switch {
	case print == 3:
		r.Status = RegPrinted
	case print == 2:
		r.Status = RegComing
	case r.Explained != "" && (r.HoldsUntil.IsZero() || !on.After(r.HoldsUntil)):
		r.Status = RegExplained
	default:
		r.Status = RegMissing
	}
	return r, nil
}

func (l *Ledger) readRegister(ctx context.Context, on press.Date, query string, args ...any) (out []RegisterLine, err error) {
	rows, err := l.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read register: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		r, err := l.scanRegister(rows, on)
		if err != nil {
			return nil, fmt.Errorf("read register: %w", err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// fillRegister reads what was handed in of lines, which items they are, and, as of a day, how long they are overdue.
func (l *Ledger) fillRegister(ctx context.Context, lines []RegisterLine, on press.Date) error {
	for i := range lines {
		r := &lines[i]
		list, err := l.readSubmissions(ctx, `
			SELECT `+submissionColumns+`
			FROM submission
			WHERE n = COALESCE(
				(SELECT MAX(n) FROM submission WHERE reg_number = $1 AND reg_number <> '' AND state <> 'returned'),
				(SELECT MAX(n) FROM submission WHERE doc_number = $2 AND doc_number <> '' AND state <> 'returned'),
				(SELECT MAX(n) FROM submission WHERE reg_number = $1 AND reg_number <> ''),
				(SELECT MAX(n) FROM submission WHERE doc_number = $2 AND doc_number <> ''))`, r.RegNumber, r.DocNumber)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			r.Submission = &list[0]
		}
		if due := l.Calendar().Add(r.On, l.handInDays()).Date; (r.Submission == nil || r.Submission.State == press.SentBack) && on.After(due) {
			r.Overdue, _ = l.Calendar().Between(due, on)
		}
		ids, err := texts(ctx, l.read, `
			SELECT id FROM item WHERE reg_number = $1 AND reg_number <> ''
			UNION ALL SELECT item FROM submission WHERE reg_number = $1 AND reg_number <> '' AND item IS NOT NULL
			UNION ALL SELECT id FROM item WHERE doc_number = $2 AND doc_number <> ''
			LIMIT 20`, r.RegNumber, r.DocNumber)
		if err != nil {
			return err
		}
		if err := l.fillPrint(ctx, r, ids); err != nil {
			return err
		}
	}
	return nil
}

// fillPrint says of a line which item it is, the printed one first, and where.
func (l *Ledger) fillPrint(ctx context.Context, r *RegisterLine, ids []string) error {
	var items []press.ItemID
	for _, id := range ids {
		items = append(items, press.ItemID(id))
	}
	all, err := l.printings(ctx, l.read, items)
	if err != nil {
		return err
	}
	for _, id := range items {
		p, ok := all[id]
		if r.Item == "" || ok && (r.Print == nil || weightOf(p.State) > weightOf(r.Print.State)) {
			r.Item = id
			if ok {
				r.Print = &p
			}
		}
	}
	return nil
}

// RegisterFilter says which lines of the register; zero fields do not restrict.
type RegisterFilter struct {
	Unit     string
	From, To press.Date // of registration, both included
	Number   string     // registration number, document number or title
	Missing  bool       // only what is missing as of On
	On       press.Date // the day as of which explanations hold
	After    string     // cursor
	Limit    int        // zero means 50
}

// RegisterLines lists lines of the register, those registered last first, and gives the cursor of the next page; "" at the end.
func (l *Ledger) RegisterLines(ctx context.Context, f RegisterFilter) (out []RegisterLine, next string, err error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	if f.Number != "" {
		out, err = l.readRegister(ctx, f.On, `
			SELECT `+registerColumns+`, `+registeredPrint+`
			FROM register r
			WHERE r.n IN (SELECT n FROM register WHERE reg_number = $1 UNION SELECT n FROM register WHERE doc_number = $2 AND doc_number <> '' LIMIT 100)
			ORDER BY r.n DESC`, oneLine(f.Number), press.DocNumber(f.Number))
	} else {
		out, next, err = l.registerPage(ctx, f)
	}
	if err != nil {
		return nil, "", err
	}
	return out, next, l.fillRegister(ctx, out, f.On)
}

func (l *Ledger) registerPage(ctx context.Context, f RegisterFilter) (out []RegisterLine, next string, err error) {
	day, n := "9999-99-99", int64(1)<<62
	if f.After != "" {
		at, rest, ok := strings.Cut(f.After, ".")
		if _, err := fmt.Sscan(rest, &n); err != nil || !ok || len(at) != len(day) {
			return nil, "", ErrCursor
		}
		day = at
	}
	for looked := 0; looked < mostLooked; {
		query, args := f.query(day, n)
		list, err := l.readRegister(ctx, f.On, query, args...)
		if err != nil {
			return nil, "", err
		}
		for _, r := range list {
			if len(out) == f.Limit {
				last := out[len(out)-1]
				return out, fmt.Sprintf("%s.%d", last.On, last.N), nil
			}
			day, n = r.On.String(), r.N
			if !f.Missing || r.Status == RegMissing {
				out = append(out, r)
			}
		}
		if looked += len(list); len(list) <= f.Limit {
			return out, "", nil
		}
	}
	return out, fmt.Sprintf("%s.%d", day, n), nil
}

func (f RegisterFilter) query(day string, n int64) (string, []any) {
	from, to := "0000-00-00", day
	if !f.From.IsZero() {
		from = f.From.String()
	}
	if !f.To.IsZero() && f.To.String() < day {
		to, n = f.To.String(), int64(1)<<62
	}
	which, args := "", []any{from, to, n, f.Limit + 1}
	if f.Unit != "" {
		which, args = "r.unit = $5 AND ", append(args, f.Unit)
	}
	return `
		SELECT ` + registerColumns + `, ` + registeredPrint + `
		FROM register r
		WHERE ` + which + `r.registered_on >= $1 AND (r.registered_on, r.n) < ($2, $3)
		ORDER BY r.registered_on DESC, r.n DESC
		LIMIT $4`, args
}

// RegisterEntry reads one line of the register, by its registration number or its n, with every word on why it is not printed, the newest first.
func (l *Ledger) RegisterEntry(ctx context.Context, n int64, on press.Date) (RegisterLine, []Explanation, error) {
	lines, err := l.readRegister(ctx, on, `SELECT `+registerColumns+`, `+registeredPrint+` FROM register r WHERE r.n = $1`, n)
	if err != nil {
		return RegisterLine{}, nil, err
	}
	if len(lines) == 0 {
		return RegisterLine{}, nil, fmt.Errorf("登记簿里没有这一件：%w", ErrNotRegistered)
	}
	if err := l.fillRegister(ctx, lines, on); err != nil {
		return RegisterLine{}, nil, err
	}
	words, err := l.explanations(ctx, n)
	return lines[0], words, err
}

func (l *Ledger) explanations(ctx context.Context, n int64) (out []Explanation, err error) {
	rows, err := l.read.QueryContext(ctx, `SELECT text, holds_until, at, by FROM explanation WHERE register = $1 ORDER BY n DESC`, n)
	if err != nil {
		return nil, fmt.Errorf("read explanations: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var e Explanation
		var until string
		var at sql.NullInt64
		if err := rows.Scan(&e.Text, &until, &at, &e.By); err != nil {
			return nil, fmt.Errorf("read explanations: %w", err)
		}
		e.At = l.moment(at)
		if until != "" {
			if e.HoldsUntil, err = workday.ParseDate(until); err != nil {
				return nil, fmt.Errorf("read explanations: %w", err)
			}
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

// RegisterNumber is the n of a line of the register by its registration number.
func (l *Ledger) RegisterNumber(ctx context.Context, reg string) (n int64, err error) {
	err = l.read.QueryRowContext(ctx, `SELECT n FROM register WHERE reg_number = $1`, oneLine(reg)).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("登记簿里没有统一编号“%s”：%w", oneLine(reg), ErrNotRegistered)
	}
	return n, err
}

// Explain (说明) records why a registered document is not printed, for good or until a day; with no text it takes the word before back.
func (l *Ledger) Explain(ctx context.Context, n int64, e Explanation, who Who, now time.Time) error {
	e.Text = oneLine(e.Text)
	if utf8.RuneCountInString(e.Text) > mostHanded {
		return &Lacking{"text", fmt.Sprintf("说明超过%d字", mostHanded)}
	}
	until := ""
	switch {
	case e.Text == "" || e.HoldsUntil.IsZero():
	case e.HoldsUntil.Before(workday.DateOf(now.In(l.rules.Zone))):
		return &Lacking{"holds_until", "说明有效到的那一天已经过去"}
	default:
		until = e.HoldsUntil.String()
	}
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var reg, had string
		err := tx.QueryRowContext(ctx, `SELECT reg_number, explained FROM register WHERE n = $1`, n).Scan(&reg, &had)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("登记簿里没有这一件：%w", ErrNotRegistered)
		}
		if err != nil {
			return fmt.Errorf("read register: %w", err)
		}
		if e.Text == "" && had == "" {
			return &Lacking{"text", "请写明不刊登的原因，例如：涉密，不刊登；下期刊登"}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE register SET explained = $2, holds_until = $3 WHERE n = $1`, n, e.Text, until); err != nil {
			return fmt.Errorf("explain: %w", err)
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO explanation (register, n, text, holds_until, at, by)
			VALUES ($1, 1 + COALESCE((SELECT MAX(n) FROM explanation WHERE register = $1), 0), $2, $3, $4, $5)`, n, e.Text, until, now.UnixMicro(), who.Name)
		if err != nil {
			return fmt.Errorf("explain: %w", err)
		}
		detail := cmp.Or(e.Text, "收回说明")
		if until != "" {
			detail += "（到" + until + "）"
		}
		return noteDeed(ctx, tx, Deed{At: now, By: who, Verb: "explain_register", About: reg, Detail: detail})
	})
}

// Imported tells what became of a line that was handed to the register.
type Imported struct {
	press.Registered
	Outcome Outcome
	Was     press.Registered // of one that is revised
}

// ImportRegister takes lines into the register, each by its registration number: a new one is added, one that says otherwise than before is
// revised. A dry run only tells what would become of each.
func (l *Ledger) ImportRegister(ctx context.Context, lines []press.Registered, source press.RegisterSource, dry bool, who Who, now time.Time) (out []Imported, err error) {
	today := workday.DateOf(now.In(l.rules.Zone))
	for i := range lines {
		r := &lines[i]
		r.RegNumber, r.Title, r.DocNumber, r.Unit = oneLine(r.RegNumber), oneLine(r.Title), press.DocNumber(r.DocNumber), oneLine(r.Unit)
		if err := lacking(*r, today); err != nil {
			return nil, err
		}
	}
	if dry {
		return l.compared(ctx, l.read, lines)
	}
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var err error
		if out, err = l.compared(ctx, tx, lines); err != nil {
			return err
		}
		return l.takeLines(ctx, tx, out, source, who, now)
	})
	return out, err
}

func lacking(r press.Registered, today press.Date) error {
	err := lines(line{"reg_number", "统一编号", r.RegNumber, true}, line{"title", "标题", r.Title, true}, line{"unit", "制定单位", r.Unit, true}, line{"doc_number", "文号", r.DocNumber, false})
	if err != nil {
		return err
	}
	if !r.On.Valid() || r.On.After(today) {
		return &Lacking{"registered_on", "请填写登记日期，不能晚于今天"}
	}
	return nil
}

func (l *Ledger) compared(ctx context.Context, q querier, lines []press.Registered) (out []Imported, err error) {
	for _, r := range lines {
		was, day := press.Registered{RegNumber: r.RegNumber}, ""
		err := q.QueryRowContext(ctx, `SELECT title, doc_number, unit, registered_on FROM register WHERE reg_number = $1`, r.RegNumber).Scan(&was.Title, &was.DocNumber, &was.Unit, &day)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			out = append(out, Imported{Registered: r, Outcome: New})
			continue
		case err != nil:
			return nil, fmt.Errorf("read register: %w", err)
		}
		if was.On, err = workday.ParseDate(day); err != nil {
			return nil, err
		}
		x := Imported{Registered: r, Outcome: Revised, Was: was}
		if was == r {
			x.Outcome = Same
		}
		out = append(out, x)
	}
	return out, nil
}

func (l *Ledger) takeLines(ctx context.Context, tx *sql.Tx, lines []Imported, source press.RegisterSource, who Who, now time.Time) error {
	added, revised := 0, 0
	for _, x := range lines {
		switch x.Outcome {
		case New:
			if err := addRegistered(ctx, tx, x.Registered, source, who, now); err != nil {
				return err
			}
			added++
		case Revised:
			_, err := tx.ExecContext(ctx, `UPDATE register SET title = $2, doc_number = $3, unit = $4, registered_on = $5 WHERE reg_number = $1`,
				x.RegNumber, x.Title, x.DocNumber, x.Unit, x.On.String())
			if err != nil {
				return fmt.Errorf("revise register: %w", err)
			}
			detail := fmt.Sprintf("%s，%s，%s，%s；原为%s，%s，%s，%s", x.Title, x.DocNumber, x.Unit, x.On, x.Was.Title, x.Was.DocNumber, x.Was.Unit, x.Was.On)
			if err := noteDeed(ctx, tx, Deed{At: now, By: who, Verb: "register_document", About: x.RegNumber, Detail: detail}); err != nil {
				return err
			}
			revised++
		}
	}
	if source != press.ByTable {
		return nil
	}
	return noteDeed(ctx, tx, Deed{At: now, By: who, Verb: "import_register", About: "登记簿", Detail: fmt.Sprintf("新增%d件，改动%d件", added, revised)})
}

// addRegistered adds a document to the register where it has none of that number.
func addRegistered(ctx context.Context, tx *sql.Tx, r press.Registered, source press.RegisterSource, who Who, now time.Time) error {
	res, err := tx.ExecContext(ctx, `
		INSERT INTO register (reg_number, title, doc_number, unit, registered_on, source, at, by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (reg_number) DO NOTHING`, r.RegNumber, r.Title, r.DocNumber, r.Unit, r.On.String(), source, now.UnixMicro(), who.Name)
	if err != nil {
		return fmt.Errorf("add to register: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return noteDeed(ctx, tx, Deed{At: now, By: who, Verb: "register_document", About: r.RegNumber, Detail: "《" + r.Title + "》" + source.Name()})
}

// registerItem puts an item that was just approved, and carries a registration number, into the register.
func (l *Ledger) registerItem(ctx context.Context, tx *sql.Tx, s press.Subject, now time.Time) error {
	m := s.Revision.Meta
	if oneLine(m.RegNumber) == "" {
		return nil
	}
	on := m.FormedOn
	if today := workday.DateOf(now.In(l.rules.Zone)); !on.Valid() || on.After(today) {
		on = today
	}
	r := press.Registered{RegNumber: oneLine(m.RegNumber), Title: s.Revision.Title, DocNumber: press.DocNumber(m.DocNumber), Unit: oneLine(m.Issuer), On: on}
	return addRegistered(ctx, tx, r, press.ByItem, program(), now)
}
