package ledger

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tongfa/press"
	"tongfa/workday"
)

// Submission (报送) is a document that a department hands in for the gazette.
type Submission struct {
	N            int64
	Year, Number int // of its receipt
	Unit         string
	Title        string
	DocNumber    string
	RegNumber    string     // 统一编号
	FormedOn     press.Date // when the document was issued: from then on the period runs
	ReceivedOn   press.Date
	DueOn        press.Date
	Late         int  // working days; 0 when it came in time
	Provisional  bool // the holidays of a year were not known when it was counted
	HandedBy     string
	Note         string
	At           time.Time // when it was recorded
	By           string    // who took it
	State        press.SubmissionState
	Reason       string // why it was returned
	Item         press.ItemID
	MovedAt      time.Time // when its state changed last, and by whom
	MovedBy      string
	Papers       []SubmissionPaper
	Print        *Printing // where its item is printed, or will be; nil where neither
}

// SubmissionPaper is a file of a submission. Of several of one kind the last counts.
type SubmissionPaper struct {
	Kind press.Paper
	press.Asset
	At time.Time
	By string
}

// Receipt is the number of its receipt (回执号), as people write it.
func (s Submission) Receipt() string { return fmt.Sprintf("报送〔%d〕%d号", s.Year, s.Number) }

// Shown is the state as people see it: what is printed is printed, whatever was recorded here.
func (s Submission) Shown() press.SubmissionState {
	if s.State == press.TakenIn && s.Print != nil && s.Print.State == IsPrinted {
		return press.Printed
	}
	return s.State
}

// Missing are the papers that it still owes.
func (s Submission) Missing() (out []press.Paper) {
	for _, k := range press.Owed() {
		if _, ok := s.Paper(k); !ok {
			out = append(out, k)
		}
	}
	return out
}

// Paper is the newest file of a kind.
func (s Submission) Paper(k press.Paper) (p SubmissionPaper, ok bool) {
	for _, x := range s.Papers {
		if x.Kind == k {
			p, ok = x, true
		}
	}
	return p, ok
}

// ErrNoSubmission is in the error for a submission that the ledger does not know.
var ErrNoSubmission = errors.New("no such submission")

// handIn is within how many working days of being issued a document is to be handed in, where the office says nothing.
const handIn = 10

// mostHanded bounds the texts of a submission, in characters.
const mostHanded = 300

// Receive records what a department hands in and gives it its receipt: one number after another within a year, of which none is left out or given
// twice. The same once more is the same submission; another under the same number is refused until the first was returned.
func (l *Ledger) Receive(ctx context.Context, s Submission, files map[string][]byte, who Who, now time.Time) (out Submission, what Outcome, err error) {
	s.Unit, s.Title, s.HandedBy, s.Note = oneLine(s.Unit), oneLine(s.Title), oneLine(s.HandedBy), strings.TrimSpace(s.Note)
	s.DocNumber, s.RegNumber = press.DocNumber(s.DocNumber), oneLine(s.RegNumber)
	today := workday.DateOf(now.In(l.rules.Zone))
	if s.ReceivedOn.IsZero() {
		s.ReceivedOn = today
	}
	if err := s.check(today); err != nil {
		return s, "", err
	}
	if err := checkFiles(s.Papers, files); err != nil {
		return s, "", err
	}
	l.judge(&s)
	s.At, s.By, s.State, s.MovedAt, s.MovedBy = now, who.Name, press.Received, now, who.Name
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var err error
		out, what, err = l.receive(ctx, tx, s, files, who, now)
		return err
	})
	return out, what, err
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// check says what a submission lacks.
func (s Submission) check(today press.Date) error {
	err := lines(line{"unit", "报送单位", s.Unit, true}, line{"title", "标题", s.Title, true}, line{"doc_number", "文号", s.DocNumber, false},
		line{"reg_number", "统一编号", s.RegNumber, false}, line{"handed_by", "报送人", s.HandedBy, false}, line{"note", "备注", s.Note, false})
	if err != nil {
		return err
	}
	switch {
	case !s.FormedOn.Valid():
		return &Lacking{"formed_on", "请填写印发日期，报送期限从这一天起算"}
	case s.FormedOn.After(today):
		return &Lacking{"formed_on", "印发日期" + s.FormedOn.String() + "还没有到，请核对"}
	case !s.ReceivedOn.Valid() || s.ReceivedOn.After(today):
		return &Lacking{"received_on", "收到日期不能晚于今天"}
	case s.ReceivedOn.Before(s.FormedOn):
		return &Lacking{"received_on", "收到日期早于印发日期，请核对"}
	}
	return nil
}

// line is a text of a form.
type line struct {
	key, name, value string
	needed           bool
}

// lines says what is wrong with the first text that cannot be taken.
func lines(all ...line) error {
	for _, x := range all {
		switch {
		case x.needed && x.value == "":
			return &Lacking{x.key, "请填写" + x.name}
		case utf8.RuneCountInString(x.value) > mostHanded:
			return &Lacking{x.key, fmt.Sprintf("%s超过%d字", x.name, mostHanded)}
		}
	}
	return nil
}

// Lacking is what is wrong with one field of a form, by its key, for people.
type Lacking struct{ Field, Text string }

func (l *Lacking) Error() string { return l.Text }

func checkFiles(papers []SubmissionPaper, files map[string][]byte) error {
	for _, p := range papers {
		if !slices.Contains(press.Papers(), p.Kind) {
			return &Lacking{"files", "没有“" + string(p.Kind) + "”这种材料"}
		}
		sum := sha256.Sum256(files[p.Digest])
		if hex.EncodeToString(sum[:]) != p.Digest {
			return &Lacking{"files", fmt.Sprintf("文件“%s”的内容与它的摘要不符，可能在传送中损坏，请重新报送", p.Name)}
		}
	}
	return nil
}

func (l *Ledger) handInDays() int {
	if l.rules.HandIn > 0 {
		return l.rules.HandIn
	}
	return handIn
}

// judge counts the period within which a submission was due, by the calendar that is known today: it is not judged by another one later.
func (l *Ledger) judge(s *Submission) {
	due := l.Calendar().Add(s.FormedOn, l.handInDays())
	s.DueOn, s.Provisional, s.Late = due.Date, due.Provisional, 0
	if s.ReceivedOn.After(s.DueOn) {
		days, provisional := l.Calendar().Between(s.DueOn, s.ReceivedOn)
		s.Late, s.Provisional = max(1, days), s.Provisional || provisional // on a rest day after the period it is late too
	}
}

// sum is what tells a submission that was sent twice from another one.
func (s Submission) sum() string {
	var files []string
	for _, p := range s.Papers {
		files = append(files, string(p.Kind)+" "+p.Digest)
	}
	slices.Sort(files)
	b, _ := json.Marshal([]any{s.Unit, s.Title, s.DocNumber, s.RegNumber, s.FormedOn.String(), files}) // of texts: it cannot fail
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func (l *Ledger) receive(ctx context.Context, tx *sql.Tx, s Submission, files map[string][]byte, who Who, now time.Time) (Submission, Outcome, error) {
	s.Papers = slices.Clone(s.Papers) // a write may run twice
	sum := s.sum()
	before, err := l.handedBefore(ctx, tx, s)
	if err != nil {
		return s, "", err
	}
	if before != 0 {
		old, err := l.submission(ctx, tx, before)
		if err != nil {
			return s, "", err
		}
		var had string // as it was handed in, before papers were added
		if err := tx.QueryRowContext(ctx, `SELECT digest FROM submission WHERE n = $1`, before).Scan(&had); err != nil {
			return s, "", fmt.Errorf("read submission %d: %w", before, err)
		}
		if had == sum {
			return old, Same, nil
		}
		return s, "", fmt.Errorf("%s的“%s”已经收到，回执是%s。要补材料，请在那一件上补交；内容有误的，先把那一件退回再报送", old.Unit, cmp.Or(old.DocNumber, old.Title), old.Receipt())
	}
	s.Year = now.In(l.rules.Zone).Year()
	number, err := next(ctx, tx, fmt.Sprintf("submission/%d", s.Year))
	if err != nil {
		return s, "", err
	}
	s.Number = int(number)
	err = tx.QueryRowContext(ctx, `
		INSERT INTO submission (year, number, unit, title, doc_number, reg_number, formed_on, received_on, due_on, late, provisional, handed_by, note, digest, at, by,
			state, moved_at, moved_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $15, $16)
		RETURNING n`, s.Year, s.Number, s.Unit, s.Title, s.DocNumber, s.RegNumber, s.FormedOn.String(), s.ReceivedOn.String(), s.DueOn.String(), s.Late, s.Provisional,
		s.HandedBy, s.Note, sum, now.UnixMicro(), who.Name, press.Received).Scan(&s.N)
	if err != nil {
		return s, "", fmt.Errorf("record submission: %w", err)
	}
	if err := addPapers(ctx, tx, s.N, 0, s.Papers, files, who, now); err != nil {
		return s, "", err
	}
	for i := range s.Papers {
		s.Papers[i].At, s.Papers[i].By = now, who.Name
	}
	return s, New, noteDeed(ctx, tx, Deed{At: now, By: who, Verb: "receive_submission", About: s.Receipt(), Detail: s.Unit + "《" + s.Title + "》"})
}

// handedBefore is the submission of the same document that is there already and was not returned; 0 for none.
func (l *Ledger) handedBefore(ctx context.Context, q querier, s Submission) (n int64, err error) {
	query, args := `SELECT n FROM submission WHERE title = $1 AND unit = $2 AND doc_number = '' AND reg_number = '' AND state <> 'returned' LIMIT 1`, []any{s.Title, s.Unit}
	switch {
	case s.RegNumber != "":
		query, args = `SELECT n FROM submission WHERE reg_number = $1 AND reg_number <> '' AND state <> 'returned' LIMIT 1`, []any{s.RegNumber}
	case s.DocNumber != "":
		query, args = `SELECT n FROM submission WHERE doc_number = $1 AND doc_number <> '' AND state <> 'returned' LIMIT 1`, []any{s.DocNumber}
	}
	err = q.QueryRowContext(ctx, query, args...).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look for submission: %w", err)
	}
	return n, nil
}

func addPapers(ctx context.Context, tx *sql.Tx, submission int64, have int, papers []SubmissionPaper, files map[string][]byte, who Who, now time.Time) error {
	for i, p := range papers {
		if _, err := tx.ExecContext(ctx, `INSERT INTO asset (digest, data) VALUES ($1, $2) ON CONFLICT DO NOTHING`, p.Digest, files[p.Digest]); err != nil {
			return fmt.Errorf("store file: %w", err)
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO paper (submission, n, kind, digest, name, mime, size, at, by)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, submission, have+i+1, p.Kind, p.Digest, p.Name, p.MIME, p.Size, now.UnixMicro(), who.Name)
		if err != nil {
			return fmt.Errorf("record paper: %w", err)
		}
	}
	return nil
}

// AddPapers (补交) adds files to a submission that was not returned. What came before stays; of several of one kind the last counts.
func (l *Ledger) AddPapers(ctx context.Context, n int64, papers []SubmissionPaper, files map[string][]byte, who Who, now time.Time) error {
	if len(papers) == 0 {
		return &Lacking{"files", "请选择要补交的文件"}
	}
	if err := checkFiles(papers, files); err != nil {
		return err
	}
	return l.changeSubmission(ctx, n, func(ctx context.Context, tx *sql.Tx, s Submission) error {
		if s.State == press.SentBack {
			return fmt.Errorf("%s已退回，请重新报送", s.Receipt())
		}
		var names []string
		for _, p := range papers {
			names = append(names, p.Kind.Name()+"“"+p.Name+"”")
		}
		if err := addPapers(ctx, tx, n, len(s.Papers), papers, files, who, now); err != nil {
			return err
		}
		return noteDeed(ctx, tx, Deed{At: now, By: who, Verb: "add_papers", About: s.Receipt(), Detail: strings.Join(names, "、")})
	})
}

func (l *Ledger) changeSubmission(ctx context.Context, n int64, do func(ctx context.Context, tx *sql.Tx, s Submission) error) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		s, err := l.submission(ctx, tx, n)
		if err != nil {
			return err
		}
		return do(ctx, tx, s)
	})
}

// ReturnSubmission (退回) sends a submission back to its department, which hands it in anew. One whose item is in an issue stays.
func (l *Ledger) ReturnSubmission(ctx context.Context, n int64, reason string, who Who, now time.Time) error {
	if reason = oneLine(reason); reason == "" {
		return &Lacking{"reason", "请写明退回的原因，报送单位照着修改"}
	}
	if utf8.RuneCountInString(reason) > mostHanded {
		return &Lacking{"reason", fmt.Sprintf("退回原因超过%d字", mostHanded)}
	}
	return l.changeSubmission(ctx, n, func(ctx context.Context, tx *sql.Tx, s Submission) error {
		switch {
		case s.State == press.SentBack:
			return fmt.Errorf("%s已经退回", s.Receipt())
		case s.Print != nil && s.Print.State != WasPrinted:
			return fmt.Errorf("%s收成的稿件%s，不能退回。要退回，请先把稿件移出那一期", s.Receipt(), s.Print.Say())
		}
		_, err := tx.ExecContext(ctx, `UPDATE submission SET state = $2, reason = $3, item = NULL, moved_at = $4, moved_by = $5 WHERE n = $1`,
			n, press.SentBack, reason, now.UnixMicro(), who.Name)
		if err != nil {
			return fmt.Errorf("return submission: %w", err)
		}
		return noteDeed(ctx, tx, Deed{At: now, By: who, Verb: "return_submission", About: s.Receipt(), Detail: reason})
	})
}

// LinkSubmission (收稿) says which item a submission became.
func (l *Ledger) LinkSubmission(ctx context.Context, n int64, ref string, who Who, now time.Time) error {
	if ref = strings.TrimSpace(ref); ref == "" {
		return &Lacking{"item", "请填写稿件编号或者来源编号"}
	}
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		id, err := find(ctx, tx, ref)
		if err != nil {
			return err
		}
		return l.takeAs(ctx, tx, n, id, who, now)
	})
}

func (l *Ledger) takeAs(ctx context.Context, tx *sql.Tx, n int64, id press.ItemID, who Who, now time.Time) error {
	s, err := l.submission(ctx, tx, n)
	switch {
	case err != nil:
		return err
	case s.State == press.SentBack:
		return fmt.Errorf("%s已退回，不能收稿", s.Receipt())
	case s.Item == id:
		return nil
	case s.Print != nil && s.Print.State != WasPrinted:
		return fmt.Errorf("%s收成的稿件%s%s，不能改成别的稿件", s.Receipt(), s.Item, s.Print.Say())
	}
	_, err = tx.ExecContext(ctx, `UPDATE submission SET state = $2, item = $3, moved_at = $4, moved_by = $5 WHERE n = $1`, n, press.TakenIn, id, now.UnixMicro(), who.Name)
	if err != nil {
		return fmt.Errorf("link submission: %w", err)
	}
	if s.RegNumber != "" {
		r := press.Registered{RegNumber: s.RegNumber, Title: s.Title, DocNumber: s.DocNumber, Unit: s.Unit, On: s.FormedOn}
		if err := addRegistered(ctx, tx, r, press.BySubmission, who, now); err != nil {
			return err
		}
	}
	return noteDeed(ctx, tx, Deed{At: now, By: who, Verb: "link_submission", About: s.Receipt(), Detail: string(id)})
}

// takenOnce refuses to make a second item of a submission, such as by a form that is sent twice.
func (l *Ledger) takenOnce(ctx context.Context, q querier, n int64, id press.ItemID) error {
	s, err := l.submission(ctx, q, n)
	if err != nil || s.Item == "" || s.Item == id {
		return err
	}
	return fmt.Errorf("%s已经收成稿件%s，请在那一篇上修改", s.Receipt(), s.Item)
}

// submissionColumns are what scanSubmission reads.
const submissionColumns = `n, year, number, unit, title, doc_number, reg_number, formed_on, received_on, due_on, late, provisional, handed_by, note, at, by, state, reason,
	COALESCE(item, ''), moved_at, moved_by`

func (l *Ledger) scanSubmission(row interface{ Scan(...any) error }) (s Submission, err error) {
	var formed, received, due string
	var at, moved sql.NullInt64
	err = row.Scan(&s.N, &s.Year, &s.Number, &s.Unit, &s.Title, &s.DocNumber, &s.RegNumber, &formed, &received, &due, &s.Late, &s.Provisional, &s.HandedBy, &s.Note, &at, &s.By,
		&s.State, &s.Reason, &s.Item, &moved, &s.MovedBy)
	if err != nil {
		return s, err
	}
	s.At, s.MovedAt = l.moment(at), l.moment(moved)
	var e1, e2, e3 error
	s.FormedOn, e1 = workday.ParseDate(formed)
	s.ReceivedOn, e2 = workday.ParseDate(received)
	s.DueOn, e3 = workday.ParseDate(due)
	return s, errors.Join(e1, e2, e3)
}

// Submission reads a submission with its papers and where it is printed.
func (l *Ledger) Submission(ctx context.Context, n int64) (Submission, error) {
	return l.submission(ctx, l.read, n)
}

func (l *Ledger) submission(ctx context.Context, q querier, n int64) (Submission, error) {
	s, err := l.scanSubmission(q.QueryRowContext(ctx, `SELECT `+submissionColumns+` FROM submission WHERE n = $1`, n))
	if errors.Is(err, sql.ErrNoRows) {
		return s, fmt.Errorf("没有这一件报送：%w", ErrNoSubmission)
	}
	if err != nil {
		return s, fmt.Errorf("read submission %d: %w", n, err)
	}
	list := []Submission{s}
	err = l.fillSubmissions(ctx, q, list)
	return list[0], err
}

// receiptNumber is how people write the number of a receipt, and what they type of it.
var receiptNumber = regexp.MustCompile(`^(?:报送)?\s*[〔\[(（]?\s*((?:19|20)[0-9]{2})\s*[〕\])）]?\s*[-—/ ]?\s*([0-9]{1,6})\s*号?$`)

// FindSubmission finds a submission by its receipt's number, such as 报送〔2026〕12号 or 2026-12.
func (l *Ledger) FindSubmission(ctx context.Context, ref string) (Submission, error) {
	m := receiptNumber.FindStringSubmatch(strings.TrimSpace(ref))
	if m == nil {
		return Submission{}, fmt.Errorf("“%s”不是回执号，请写成 报送〔2026〕12号 或者 2026-12：%w", ref, ErrNoSubmission)
	}
	var n int64
	err := l.read.QueryRowContext(ctx, `SELECT n FROM submission WHERE year = $1 AND number = $2`, m[1], m[2]).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return Submission{}, fmt.Errorf("没有报送〔%s〕%s号：%w", m[1], m[2], ErrNoSubmission)
	}
	if err != nil {
		return Submission{}, fmt.Errorf("find submission: %w", err)
	}
	return l.Submission(ctx, n)
}

// SubmissionOf is the newest submission that became an item; false for none.
func (l *Ledger) SubmissionOf(ctx context.Context, id press.ItemID) (Submission, bool, error) {
	s, err := l.scanSubmission(l.read.QueryRowContext(ctx, `SELECT `+submissionColumns+` FROM submission WHERE item = $1 AND item IS NOT NULL ORDER BY n DESC LIMIT 1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return s, false, nil
	}
	if err != nil {
		return s, false, fmt.Errorf("read submission of %s: %w", id, err)
	}
	return s, true, nil
}

// fillSubmissions reads the papers of submissions and where their items are printed.
func (l *Ledger) fillSubmissions(ctx context.Context, q querier, list []Submission) error {
	of, ns, items := map[int64]*Submission{}, []int64{}, []press.ItemID{}
	for i := range list {
		of[list[i].N] = &list[i]
		ns = append(ns, list[i].N)
		if list[i].Item != "" {
			items = append(items, list[i].Item)
		}
	}
	in, err := json.Marshal(ns)
	if err != nil {
		return err
	}
	rows, err := q.QueryContext(ctx, `
		SELECT submission, kind, digest, name, mime, size, at, by
		FROM paper
		WHERE submission IN (SELECT value FROM json_each($1))
		ORDER BY submission, n`, string(in))
	if err != nil {
		return fmt.Errorf("read papers: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		var p SubmissionPaper
		var at sql.NullInt64
		if err := rows.Scan(&n, &p.Kind, &p.Digest, &p.Name, &p.MIME, &p.Size, &at, &p.By); err != nil {
			return fmt.Errorf("read papers: %w", err)
		}
		p.At = l.moment(at)
		of[n].Papers = append(of[n].Papers, p)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	printed, err := l.printings(ctx, q, items)
	if err != nil {
		return err
	}
	for i := range list {
		if p, ok := printed[list[i].Item]; ok {
			list[i].Print = &p
		}
	}
	return nil
}

// SubmissionFilter says which submissions; zero fields do not restrict.
type SubmissionFilter struct {
	Unit   string
	State  press.SubmissionState
	Late   bool
	Number string // document number, registration number or receipt
	Before int64  // the N of the last one of the page before
	Limit  int    // zero means 50
}

// mostLooked is how many submissions a page looks at to find those that are printed, or are not: the next page goes on from there.
const mostLooked = 2000

// Submissions lists submissions, newest first, and tells where the next page goes on; 0 at the end.
func (l *Ledger) Submissions(ctx context.Context, f SubmissionFilter) (out []Submission, next int64, err error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	if f.Number != "" {
		out, err = l.numbered(ctx, f)
		return out, 0, err
	}
	derived := f.State == press.TakenIn || f.State == press.Printed
	for looked := 0; looked < mostLooked; {
		list, err := l.submissionRows(ctx, f, f.Limit+1)
		if err != nil {
			return nil, 0, err
		}
		for _, s := range list {
			if len(out) == f.Limit {
				return out, out[len(out)-1].N, nil
			}
			f.Before = s.N
			if !derived || s.Shown() == f.State {
				out = append(out, s)
			}
		}
		if looked += len(list); len(list) <= f.Limit {
			return out, 0, nil
		}
	}
	return out, f.Before, nil
}

func (l *Ledger) submissionRows(ctx context.Context, f SubmissionFilter, limit int) (out []Submission, err error) {
	query, args := f.query(limit)
	return l.readSubmissions(ctx, query, args...)
}

func (l *Ledger) readSubmissions(ctx context.Context, query string, args ...any) (out []Submission, err error) {
	rows, err := l.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read submissions: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		s, err := l.scanSubmission(rows)
		if err != nil {
			return nil, fmt.Errorf("read submissions: %w", err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return out, l.fillSubmissions(ctx, l.read, out)
}

func (f SubmissionFilter) query(limit int) (string, []any) {
	where, args := []string{}, []any{}
	is := func(text string, value any) {
		args = append(args, value)
		where = append(where, text+"$"+strconv.Itoa(len(args)))
	}
	if f.Unit != "" {
		is("unit = ", f.Unit)
	}
	switch f.State {
	case "":
	case press.Printed:
		is("state = ", press.TakenIn)
	default:
		is("state = ", f.State)
	}
	if f.Late {
		where = append(where, "late > 0")
	}
	if f.Before > 0 {
		is("n < ", f.Before)
	}
	if len(where) == 0 {
		where = append(where, "n > 0")
	}
	return `SELECT ` + submissionColumns + ` FROM submission WHERE ` + strings.Join(where, " AND ") + ` ORDER BY n DESC LIMIT ` + strconv.Itoa(limit), args
}

// numbered are the submissions with a number that somebody typed.
func (l *Ledger) numbered(ctx context.Context, f SubmissionFilter) ([]Submission, error) {
	year, number := "0", "0"
	if m := receiptNumber.FindStringSubmatch(strings.TrimSpace(f.Number)); m != nil {
		year, number = m[1], m[2]
	}
	return l.readSubmissions(ctx, `
		SELECT `+submissionColumns+`
		FROM submission
		WHERE n IN (
			SELECT n FROM submission WHERE doc_number = $1 AND doc_number <> ''
			UNION SELECT n FROM submission WHERE reg_number = $2 AND reg_number <> ''
			UNION SELECT n FROM submission WHERE year = $3 AND number = $4
			UNION SELECT n FROM submission WHERE title = $2
			LIMIT 100)
		ORDER BY n DESC`, press.DocNumber(f.Number), oneLine(f.Number), year, number)
}

// Units are the departments that have handed something in or have registered something, for forms and filters.
func (l *Ledger) Units(ctx context.Context) ([]string, error) {
	handed, err := texts(ctx, l.read, `
		WITH RECURSIVE v (x) AS (
			SELECT MIN(unit) FROM submission WHERE unit > ''
			UNION ALL
			SELECT (SELECT MIN(unit) FROM submission WHERE unit > v.x) FROM v WHERE v.x IS NOT NULL
		)
		SELECT x FROM v WHERE x IS NOT NULL LIMIT 300`)
	if err != nil {
		return nil, err
	}
	registered, err := texts(ctx, l.read, `
		WITH RECURSIVE v (x) AS (
			SELECT MIN(unit) FROM register WHERE unit > ''
			UNION ALL
			SELECT (SELECT MIN(unit) FROM register WHERE unit > v.x) FROM v WHERE v.x IS NOT NULL
		)
		SELECT x FROM v WHERE x IS NOT NULL LIMIT 300`)
	all := append(handed, registered...)
	slices.Sort(all)
	return slices.Compact(all), err
}

// SubmissionFile is a file of a submission; false where it has none with that digest.
func (s Submission) SubmissionFile(digest string) (SubmissionPaper, bool) {
	i := slices.IndexFunc(s.Papers, func(p SubmissionPaper) bool { return p.Digest == digest })
	if i < 0 {
		return SubmissionPaper{}, false
	}
	return s.Papers[i], true
}
