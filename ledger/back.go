package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tongfa/press"
)

// errOther is in the error for an issue that is another one than the ledger has.
var errOther = errors.New("another issue has this number")

// CheckBack says why past issues cannot be imported: an issue of that number is known already and is another one, or it is of the ledger's own time, or its
// total number contradicts the others. fresh are those of which nothing is there yet. It changes nothing.
func (l *Ledger) CheckBack(ctx context.Context, p press.Plan, issues []press.BackIssue) (wrong map[int]string, fresh int, err error) {
	wrong = map[int]string{}
	for i, b := range issues {
		why, known, err := l.whyNotBack(ctx, l.read, p, b)
		switch {
		case err != nil:
			return nil, 0, err
		case why != "":
			wrong[i] = why
		case !known:
			fresh++
		}
	}
	return wrong, fresh, nil
}

// whyNotBack is why an issue cannot be imported, and whether it has been.
func (l *Ledger) whyNotBack(ctx context.Context, q querier, p press.Plan, b press.BackIssue) (why string, known bool, err error) {
	if p.Issues == nil {
		return fmt.Sprintf("渠道“%s”不编期号，没有过刊", p.Channel), false, nil
	}
	var digest string
	err = q.QueryRowContext(ctx, `SELECT digest FROM back_issue WHERE channel = $1 AND year = $2 AND supplement = $3 AND number = $4`,
		p.Channel, b.Year, b.Supplement, b.Number).Scan(&digest)
	switch {
	case err == nil && digest == b.Digest():
		return "", true, nil
	case err == nil:
		return b.Name() + "已经导入过，内容和这一份不一样；过刊导入以后不再改", true, nil
	case !errors.Is(err, sql.ErrNoRows):
		return "", false, fmt.Errorf("look for imported %s: %w", b.Name(), err)
	}
	why, err = l.ownTime(ctx, q, p, b)
	if err == nil && why == "" {
		why, err = l.outOfOrder(ctx, q, p, b)
	}
	return why, false, err
}

// ownTime is why an issue is not from before the ledger: it, or one before it, was numbered here, or the configuration says that the ledger begins with it.
func (l *Ledger) ownTime(ctx context.Context, q querier, p press.Plan, b press.BackIssue) (string, error) {
	var year, number, total sql.NullInt64
	var title string
	err := q.QueryRowContext(ctx, `
		SELECT year, number, title,
			(SELECT MIN(total) FROM edition WHERE channel = $1 AND total > 0)
		FROM edition
		WHERE channel = $1 AND number > 0 AND supplement = $2
		ORDER BY year, number
		LIMIT 1`, p.Channel, b.Supplement).Scan(&year, &number, &title, &total)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("find the first issue of %s: %w", p.Channel, err)
	}
	before := func(y, n int) bool { return b.Year < y || b.Year == y && b.Number < n }
	first := p.Issues
	switch {
	case year.Valid && !before(int(year.Int64), int(number.Int64)):
		return fmt.Sprintf("%s不是过刊：本台账从%s开始编号", b.Name(), title), nil
	case total.Valid && b.Total >= int(total.Int64):
		return fmt.Sprintf("%s是总第%d期，本台账从总第%d期开始编号，对不上", b.Name(), b.Total, total.Int64), nil
	case !b.Supplement && first.FirstYear > 0 && !before(first.FirstYear, max(1, first.FirstNo)):
		return fmt.Sprintf("%s不是过刊：配置写明本台账从%s开始编号", b.Name(), press.IssueName(first.FirstYear, max(1, first.FirstNo), false)), nil
	case first.FirstTotal > 1 && b.Total >= first.FirstTotal:
		return fmt.Sprintf("%s是总第%d期，配置写明本台账从总第%d期开始编号，对不上", b.Name(), b.Total, first.FirstTotal), nil
	}
	return "", nil
}

// outOfOrder is why the total number of an issue contradicts those that were imported before.
func (l *Ledger) outOfOrder(ctx context.Context, q querier, p press.Plan, b press.BackIssue) (string, error) {
	if b.Total == 0 {
		return "", nil
	}
	var year, number, total int
	err := q.QueryRowContext(ctx, `
		SELECT year, number, total
		FROM back_issue
		WHERE channel = $1 AND supplement = 0 AND total > 0
			AND (total = $4 OR ((year, number) < ($2, $3)) <> (total < $4))
		LIMIT 1`, p.Channel, b.Year, b.Number, b.Total).Scan(&year, &number, &total)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("compare total of %s: %w", b.Name(), err)
	}
	return fmt.Sprintf("%s是总第%d期，和导入过的%s（总第%d期）先后对不上", b.Name(), b.Total, press.IssueName(year, number, false), total), nil
}

// BeginBack records a past issue that is about to be put into the public folder: its list, who imports it, and the digest. What was recorded is not
// recorded again, so that an import that was broken off goes on.
func (l *Ledger) BeginBack(ctx context.Context, p press.Plan, b press.BackIssue, title string, who Who, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		why, known, err := l.whyNotBack(ctx, tx, p, b)
		switch {
		case err != nil:
			return err
		case why != "":
			return &press.Trouble{Remedy: press.AskPerson, Who: press.GazetteEditor.Name(), What: why, Do: "核对清单后再导入", Err: errOther}
		case known:
			return nil
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO back_issue (channel, year, supplement, number, total, day, title, digest, by, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			p.Channel, b.Year, b.Supplement, b.Number, b.Total, b.Day, title, b.Digest(), who.Name, now.UnixMicro())
		if err != nil {
			return fmt.Errorf("record imported %s: %w", b.Name(), err)
		}
		for i, a := range b.Articles {
			_, err := tx.ExecContext(ctx, `
				INSERT INTO back_article (channel, year, supplement, number, position, section, title, doc_number, issuer, page)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
				p.Channel, b.Year, b.Supplement, b.Number, i+1, a.Section, a.Title, a.DocNumber, a.Issuer, a.Page)
			if err != nil {
				return fmt.Errorf("record article %d of %s: %w", i+1, b.Name(), err)
			}
		}
		return noteDeed(ctx, tx, Deed{At: now, By: who, Verb: "import_issue", About: p.Channel, Detail: fmt.Sprintf("%s %d篇 PDF SHA-256 %s", title, len(b.Articles), b.PDF)})
	})
}

// EndBack notes that a past issue is in the public folder, and where.
func (l *Ledger) EndBack(ctx context.Context, channel string, b press.BackIssue, url string, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE back_issue
			SET put_at = COALESCE(put_at, $5), url = $6
			WHERE channel = $1 AND year = $2 AND supplement = $3 AND number = $4`, channel, b.Year, b.Supplement, b.Number, now.UnixMicro(), url)
		if err != nil {
			return fmt.Errorf("note that %s is there: %w", b.Name(), err)
		}
		// A survey may have met it while it was being put there, or before the ledger was restored.
		_, err = tx.ExecContext(ctx, `UPDATE stranger SET known_by = '导入', note = '导入的过刊' WHERE channel = $1 AND ref = $2 AND known_by = ''`, channel, backRef(b))
		if err != nil {
			return fmt.Errorf("end stranger: %w", err)
		}
		return l.wakeDoubted(ctx, tx, now)
	})
}

// backRef is what the gazette calls an issue.
func backRef(b press.BackIssue) string {
	if b.Supplement {
		return fmt.Sprintf("%04d/s%d", b.Year, b.Number)
	}
	return fmt.Sprintf("%04d/%02d", b.Year, b.Number)
}

// BackLine is an imported issue as a list shows it, and what of it was found.
type BackLine struct {
	Channel string
	press.BackIssue
	Title string
	URL   string
	By    string
	At    time.Time
	Put   time.Time // when its folder was there; zero: it may not be
	Count int       // of its articles
	Found []press.BackArticle
}

// BackFilter chooses imported issues: of one channel, or of all for "", and those with words in the title or the number of an article. Before is the last
// one seen.
type BackFilter struct {
	Channel string
	Words   string
	Before  press.BackIssue
	Limit   int
}

// mostInBack is how many articles of an issue a list shows that were found.
const mostInBack = 20

// BackIssues lists imported issues, newest first. They are few, and so are their titles: what is searched for is looked for in all of a channel's.
func (l *Ledger) BackIssues(ctx context.Context, f BackFilter) ([]BackLine, error) {
	year := f.Before.Year
	if year == 0 {
		year = 10_000
	}
	rows, err := l.read.QueryContext(ctx, `
		SELECT b.channel, b.year, b.number, b.supplement, b.total, b.day, b.title, b.url, b.by, b.at, b.put_at,
			(SELECT COUNT(*) FROM back_article a WHERE a.channel = b.channel AND a.year = b.year AND a.supplement = b.supplement AND a.number = b.number)
		FROM channel
		CROSS JOIN back_issue b ON b.channel = channel.name AND (b.year, b.supplement, b.number) < ($2, $3, $4)
		WHERE $1 IN ('', channel.name) AND ($5 = '' OR EXISTS (SELECT 1 FROM back_article a
			WHERE a.channel = b.channel AND a.year = b.year AND a.supplement = b.supplement AND a.number = b.number AND (instr(a.title, $5) > 0 OR instr(a.doc_number, $5) > 0)))
		ORDER BY b.year DESC, b.supplement DESC, b.number DESC
		LIMIT $6`, f.Channel, year, f.Before.Supplement, f.Before.Number, f.Words, max(f.Limit, 1))
	if err != nil {
		return nil, fmt.Errorf("read imported issues: %w", err)
	}
	defer rows.Close()
	var out []BackLine
	for rows.Next() {
		var b BackLine
		var at, put sql.NullInt64
		if err := rows.Scan(&b.Channel, &b.Year, &b.Number, &b.Supplement, &b.Total, &b.Day, &b.Title, &b.URL, &b.By, &at, &put, &b.Count); err != nil {
			return nil, fmt.Errorf("read imported issues: %w", err)
		}
		b.At, b.Put = l.moment(at), l.moment(put)
		out = append(out, b)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || f.Words == "" {
		return out, err
	}
	for i := range out {
		if out[i].Found, err = l.backFound(ctx, out[i], f.Words); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// backFound are the articles of an imported issue that words are found in.
func (l *Ledger) backFound(ctx context.Context, b BackLine, words string) (out []press.BackArticle, err error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT section, title, doc_number, issuer, page
		FROM back_article
		WHERE channel = $1 AND year = $2 AND supplement = $3 AND number = $4 AND (instr(title, $5) > 0 OR instr(doc_number, $5) > 0)
		ORDER BY position
		LIMIT $6`, b.Channel, b.Year, b.Supplement, b.Number, words, mostInBack)
	if err != nil {
		return nil, fmt.Errorf("search %s: %w", b.Title, err)
	}
	defer rows.Close()
	for rows.Next() {
		var a press.BackArticle
		if err := rows.Scan(&a.Section, &a.Title, &a.DocNumber, &a.Issuer, &a.Page); err != nil {
			return nil, fmt.Errorf("search %s: %w", b.Title, err)
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

// isBack reports whether something that was found is an issue that was imported, and is as it was put there.
func (s *surveyed) isBack(ctx context.Context, f press.Found) (bool, error) {
	if f.Imported == "" || f.Number <= 0 {
		return false, nil
	}
	var known bool
	err := s.tx.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM back_issue WHERE channel = $1 AND year = $2 AND supplement = $3 AND number = $4 AND digest = $5)`,
		s.p.Channel, f.Year, f.Supplement, f.Number, f.Imported).Scan(&known)
	if err != nil {
		return false, fmt.Errorf("look for imported issue: %w", err)
	}
	return known, nil
}
