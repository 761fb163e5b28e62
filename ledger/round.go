package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tongfa/press"
)

// Bounds of what is read of one issue.
const (
	mostRounds   = 40
	mostReadings = 1000 // of a round
	mostRemark   = 1000 // characters
	mostPlace    = 60
)

// PullProof (出校样) records a proof round of a planned issue: its contents as they are now, and what was made of them. What was made of other contents,
// because somebody changed the plan meanwhile, is refused (ErrStale). That nothing changed since the last round is no obstacle: another pair of
// eyes reads it.
func (l *Ledger) PullProof(ctx context.Context, p press.Plan, key string, made press.Made, ed Edit, now time.Time) (r press.Round, err error) {
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		e, err := l.edition(ctx, tx, key)
		if err != nil {
			return err
		}
		if err := unchanged(e, ed); err != nil {
			return err
		}
		if e.State != press.EditionPlanned {
			return fmt.Errorf("%s处于“%s”，只有编排中的一期才能出校样", key, e.State.Name())
		}
		if p.Issues == nil {
			return fmt.Errorf("渠道“%s”不编期号，没有校次", p.Channel)
		}
		c, err := l.contents(ctx, tx, p, e, now)
		if err != nil {
			return err
		}
		if len(c.Articles)+len(c.Errata) == 0 {
			return fmt.Errorf("%s里还没有稿件，也没有等待刊登的更正，出不了校样", key)
		}
		r = press.Round{At: now, By: ed.Name, Version: e.Version, Contents: c, Digest: c.Sum(), Made: made}
		if made.Of != "" && made.Of != r.Digest {
			return unchanged(e, Edit{Seen: -1})
		}
		r.Of = r.Digest
		var last sql.NullInt64
		if err := tx.QueryRowContext(ctx, `SELECT MAX(number) FROM round WHERE edition = $1`, key).Scan(&last); err != nil {
			return fmt.Errorf("count rounds of %s: %w", key, err)
		}
		if r.Number = int(last.Int64) + 1; r.Number > mostRounds {
			return fmt.Errorf("%s已经出了%d次校样，最多%d次", key, last.Int64, mostRounds)
		}
		if made.As != 0 && made.As != r.Number {
			return unchanged(e, Edit{Seen: -1})
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO round (edition, number, at, by, role, version, contents, digest, pages, block)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			key, r.Number, now.UnixMicro(), ed.Name, ed.Role, r.Version, string(c.JSON()), r.Digest, made.Pages, string(made.Block))
		if err != nil {
			return fmt.Errorf("add round of %s: %w", key, err)
		}
		detail := press.Ordinal(r.Number) + " 内容 " + r.Digest
		if made.Pages > 0 {
			detail += fmt.Sprintf(" %d页", made.Pages)
		}
		return noteDeed(ctx, tx, Deed{At: now, By: ed.Who, Verb: "pull_proof", About: key, Detail: detail})
	})
	return r, err
}

// contents are those of an issue as it is, or would be if it were frozen now.
func (l *Ledger) contents(ctx context.Context, q querier, p press.Plan, e press.Edition, now time.Time) (press.Contents, error) {
	if e.State == press.EditionPlanned && p.Issues != nil {
		e.Entries, e.Composed = slices.Clone(e.Entries), now
		var err error
		if e.Errata = nil; !e.Supplement {
			if e.Errata, err = l.waitingErrata(ctx, q, e.Slot.Channel); err != nil {
				return press.Contents{}, err
			}
		}
		if err := l.number(ctx, q, p, &e); err != nil {
			return press.Contents{}, err
		}
		e = (&composer{p: p}).arrange(e)
		if p.Issues.Title != nil {
			e.Title = p.Issues.Title(e)
		}
	}
	return press.ContentsOf(e, l.rules.Zone), nil
}

// chainRounds finds proof rounds that are not what their deeds say, and deeds whose rounds are gone.
func (l *Ledger) chainRounds(ctx context.Context) (broken []Broken, err error) {
	deeds := map[string][]int{} // of each digest of contents
	rows, err := l.read.QueryContext(ctx, `SELECT n, detail FROM deed WHERE verb = 'pull_proof' ORDER BY n`)
	if err != nil {
		return nil, fmt.Errorf("read deeds of rounds: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int
		var detail string
		if err := rows.Scan(&n, &detail); err != nil {
			return nil, fmt.Errorf("read deeds of rounds: %w", err)
		}
		if words := strings.Fields(detail); len(words) > 2 {
			deeds[words[2]] = append(deeds[words[2]], n)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("read deeds of rounds: %w", err)
	}
	if rows, err = l.read.QueryContext(ctx, `SELECT contents, digest FROM round ORDER BY id`); err != nil {
		return nil, fmt.Errorf("read rounds: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var contents []byte
		var digest string
		if err := rows.Scan(&contents, &digest); err != nil {
			return nil, fmt.Errorf("read rounds: %w", err)
		}
		sum := sha256.Sum256(contents)
		if of := deeds[digest]; len(of) > 0 && hex.EncodeToString(sum[:]) == digest {
			deeds[digest] = of[1:]
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read rounds: %w", err)
	}
	for _, of := range deeds {
		for _, n := range of {
			broken = append(broken, Broken{N: n, Why: "这一次校样的内容被改动或者删去"})
		}
	}
	slices.SortFunc(broken, func(a, b Broken) int { return a.N - b.N })
	return broken, nil
}

// Rounds are the proof rounds of an issue, the first one first.
func (l *Ledger) Rounds(ctx context.Context, key string) ([]press.Round, error) {
	return l.rounds(ctx, l.read, key)
}

func (l *Ledger) rounds(ctx context.Context, q querier, key string) (out []press.Round, err error) {
	rows, err := q.QueryContext(ctx, `
		SELECT number, at, by, version, contents, digest, pages, block
		FROM round
		WHERE edition = $1
		ORDER BY number`, key)
	if err != nil {
		return nil, fmt.Errorf("read rounds of %s: %w", key, err)
	}
	defer rows.Close()
	for rows.Next() {
		var r press.Round
		var at sql.NullInt64
		var contents, block []byte
		if err := rows.Scan(&r.Number, &at, &r.By, &r.Version, &contents, &r.Digest, &r.Pages, &block); err != nil {
			return nil, fmt.Errorf("read rounds of %s: %w", key, err)
		}
		r.At, r.Of = l.moment(at), r.Digest
		if err := json.Unmarshal(contents, &r.Contents); err != nil {
			return nil, fmt.Errorf("read contents of %s: %w", key, err)
		}
		if r.Made, err = readBlock(r.Made, block); err != nil {
			return nil, fmt.Errorf("read verification block of %s: %w", key, err)
		}
		out = append(out, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read rounds of %s: %w", key, err)
	}
	return out, l.readings(ctx, q, key, out)
}

// readBlock reads the lines of a verification block.
func readBlock(m press.Made, block []byte) (press.Made, error) {
	if len(block) == 0 {
		return m, nil
	}
	var files struct {
		Files []press.MadeFile `json:"files"`
	}
	err := json.Unmarshal(block, &files)
	m.Block, m.Files = block, files.Files
	return m, err
}

// readings adds to rounds what was said of them.
func (l *Ledger) readings(ctx context.Context, q querier, key string, rounds []press.Round) error {
	rows, err := q.QueryContext(ctx, `
		SELECT r.number, s.id, s.at, s.by, s.pass, s.item, s.place, s.text, z.at, COALESCE(z.by, ''), COALESCE(z.mended, 0), COALESCE(z.text, '')
		FROM round r
		CROSS JOIN reading s ON s.round = r.id
		LEFT JOIN reading_end z ON z.reading = s.id
		WHERE r.edition = $1
		ORDER BY r.number, s.id`, key)
	if err != nil {
		return fmt.Errorf("read readings of %s: %w", key, err)
	}
	defer rows.Close()
	for rows.Next() {
		var x press.Reading
		var at, settled sql.NullInt64
		if err := rows.Scan(&x.Round, &x.ID, &at, &x.By, &x.Pass, &x.Item, &x.Place, &x.Text, &settled, &x.Settler, &x.Mended, &x.Outcome); err != nil {
			return fmt.Errorf("read readings of %s: %w", key, err)
		}
		x.At, x.Settled = l.moment(at), l.moment(settled)
		for i := range rounds {
			if rounds[i].Number == x.Round {
				rounds[i].Readings = append(rounds[i].Readings, x)
			}
		}
	}
	return rows.Err()
}

// RoundEdition is an issue as a round had it, with the texts of then, so that its files can be made again.
func (l *Ledger) RoundEdition(ctx context.Context, key string, r press.Round) (press.Edition, error) {
	e, err := l.scanEdition(l.read.QueryRowContext(ctx, `SELECT `+editionColumns+` FROM edition WHERE key = $1`, key))
	if err != nil {
		return e, fmt.Errorf("read edition %s: %w", key, err)
	}
	c := r.Contents
	e.Year, e.Number, e.Total, e.Title, e.Name, e.State, e.IssueAt, e.Composed = c.Year, c.Number, c.Total, c.Title, c.Name, press.EditionPlanned, time.Time{}, time.Time{}
	e.Supplement, e.WithIndex, e.Index = c.Supplement, c.WithIndex, c.Index
	if day, err := time.ParseInLocation(time.DateOnly, c.Dated, l.rules.Zone); err == nil && e.Slot.At.In(l.rules.Zone).Format(time.DateOnly) != c.Dated {
		e.Slot.At = day
	}
	for i, a := range c.Articles {
		v, err := l.revision(ctx, l.read, a.Item, a.Revision)
		if err != nil {
			return e, err
		}
		e.Entries = append(e.Entries, press.Entry{Item: press.Item{ID: a.Item}, Revision: v, Section: a.Section, Position: i + 1, Public: r.At,
			Copy: press.Copy{Item: a.Item, Channel: e.Slot.Channel, Revision: a.Revision, Marker: string(a.Item)}}) // nothing of a round is looked for by its mark
	}
	for _, x := range c.Errata {
		e.Errata = append(e.Errata, press.Correction{Item: x.Item, Title: x.Title, DocNumber: x.DocNumber, Year: x.Year, Number: x.Number, Supplement: x.Supplement, Reason: x.Reason, Changes: x.Changes})
	}
	return e, nil
}

// Changed is one thing that changed between two proofs; where a text did, word by word.
type Changed struct {
	press.Turn
	Difference *press.Difference `json:"difference,omitempty"`
}

// Since is what changed in an issue since its last proof round, and that round; false where there is none.
func (l *Ledger) Since(ctx context.Context, p press.Plan, e press.Edition, now time.Time) (last press.Round, turns []press.Turn, ok bool, err error) {
	rounds, err := l.rounds(ctx, l.read, e.Key)
	if err != nil || len(rounds) == 0 {
		return last, nil, false, err
	}
	last = rounds[len(rounds)-1]
	c, err := l.contents(ctx, l.read, p, e, now)
	if err != nil {
		return last, nil, true, err
	}
	return last, press.Turns(last.Contents, c), true, nil
}

// Differences adds to what changed between two proofs how the texts differ.
func (l *Ledger) Differences(ctx context.Context, turns []press.Turn) (out []Changed, err error) {
	for _, t := range turns {
		c := Changed{Turn: t}
		switch t.Kind {
		case press.TurnRevised:
			was, err := l.revision(ctx, l.read, t.Item, t.From)
			if err != nil {
				return nil, err
			}
			now, err := l.revision(ctx, l.read, t.Item, t.To)
			if err != nil {
				return nil, err
			}
			d := press.Between(was, now)
			c.Difference = &d
		case press.TurnErratum:
			c.Difference = &press.Difference{Changes: press.Diff(t.Was, t.Now)}
		}
		out = append(out, c)
	}
	return out, nil
}

// PassProof (通过) records that a reader lets the last round stand. One that is not the last any more cannot pass: what counts is what is read now.
func (l *Ledger) PassProof(ctx context.Context, key string, round int, who Who, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		id, last, err := l.readable(ctx, tx, key, round)
		if err != nil {
			return err
		}
		if round != last {
			return &press.Trouble{Remedy: press.AskPerson, What: fmt.Sprintf("这一期已经出了%s，%s不能再通过", press.Ordinal(last), press.Ordinal(round)), Do: "请看新的一校", Err: ErrStale}
		}
		if err := addReading(ctx, tx, id, press.Reading{Pass: true}, who, now); err != nil {
			return err
		}
		return noteDeed(ctx, tx, Deed{At: now, By: who, Verb: "pass_proof", About: key, Detail: press.Ordinal(round)})
	})
}

// RemarkProof records what a reader wants mended in a round, and where; of an older round too, as she may have it on her table.
func (l *Ledger) RemarkProof(ctx context.Context, key string, x press.Reading, who Who, now time.Time) error {
	x.Pass, x.Place, x.Text = false, strings.Join(strings.Fields(x.Place), " "), strings.TrimSpace(x.Text)
	switch n := utf8.RuneCountInString(x.Text); {
	case n == 0:
		return errors.New("请写明要改什么")
	case n > mostRemark:
		return fmt.Errorf("意见有%d个字，最多%d个字，请分几条写", n, mostRemark)
	case utf8.RuneCountInString(x.Place) > mostPlace:
		return fmt.Errorf("位置最多写%d个字，如“第2段”“第15页”", mostPlace)
	}
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		id, _, err := l.readable(ctx, tx, key, x.Round)
		if err != nil {
			return err
		}
		if x.Item != "" {
			rounds, err := l.rounds(ctx, tx, key)
			if err != nil {
				return err
			}
			i := slices.IndexFunc(rounds, func(r press.Round) bool { return r.Number == x.Round })
			if !slices.ContainsFunc(rounds[i].Contents.Articles, func(a press.Placed) bool { return a.Item == x.Item }) {
				return fmt.Errorf("%s里没有稿件%s", press.Ordinal(x.Round), x.Item)
			}
		}
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM reading WHERE round = $1`, id).Scan(&n); err != nil {
			return fmt.Errorf("count readings of %s: %w", key, err)
		}
		if n >= mostReadings {
			return fmt.Errorf("这一校已有%d条意见，不能再加，请先处理", n)
		}
		if err := addReading(ctx, tx, id, x, who, now); err != nil {
			return err
		}
		at := strings.TrimSpace(fmt.Sprintf("%s %s %s", press.Ordinal(x.Round), x.Item, x.Place))
		return noteDeed(ctx, tx, Deed{At: now, By: who, Verb: "remark_proof", About: key, Detail: at + "：" + x.Text})
	})
}

// readable is a round of an issue that has not gone out yet, and the number of the last one.
func (l *Ledger) readable(ctx context.Context, tx *sql.Tx, key string, round int) (id int64, last int, err error) {
	e, err := l.scanEdition(tx.QueryRowContext(ctx, `SELECT `+editionColumns+` FROM edition WHERE key = $1`, key))
	if errors.Is(err, sql.ErrNoRows) {
		_, err = l.edition(ctx, tx, key)
		return 0, 0, err
	}
	if err != nil {
		return 0, 0, fmt.Errorf("read edition %s: %w", key, err)
	}
	if e.State != press.EditionPlanned && e.State != press.EditionFrozen {
		return 0, 0, fmt.Errorf("%s处于“%s”，已经不能校对", key, e.State.Name())
	}
	err = tx.QueryRowContext(ctx, `SELECT id, (SELECT MAX(number) FROM round WHERE edition = $1) FROM round WHERE edition = $1 AND number = $2`, key, round).Scan(&id, &last)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, fmt.Errorf("%s没有%s，请先出校样", key, press.Ordinal(max(round, 1)))
	}
	if err != nil {
		return 0, 0, fmt.Errorf("read round %d of %s: %w", round, key, err)
	}
	return id, last, nil
}

func addReading(ctx context.Context, tx *sql.Tx, round int64, x press.Reading, who Who, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO reading (round, at, by, role, pass, item, place, text)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, round, now.UnixMicro(), who.Name, who.Role, x.Pass, x.Item, x.Place, x.Text)
	if err != nil {
		return fmt.Errorf("add reading: %w", err)
	}
	return nil
}

// SettleRemark (处理意见) records what became of a remark: it was mended, or it stays as it is, for a reason.
func (l *Ledger) SettleRemark(ctx context.Context, key string, id int64, mended bool, text string, who Who, now time.Time) error {
	text = strings.TrimSpace(text)
	switch n := utf8.RuneCountInString(text); {
	case n == 0 && !mended:
		return errors.New("不改的，请写明理由")
	case n > mostRemark:
		return fmt.Errorf("说明有%d个字，最多%d个字", n, mostRemark)
	}
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var pass, settled bool
		var round int
		err := tx.QueryRowContext(ctx, `
			SELECT s.pass, r.number, EXISTS (SELECT 1 FROM reading_end WHERE reading = s.id)
			FROM reading s
			JOIN round r ON r.id = s.round
			WHERE s.id = $1 AND r.edition = $2`, id, key).Scan(&pass, &round, &settled)
		switch {
		case errors.Is(err, sql.ErrNoRows) || err == nil && pass:
			return fmt.Errorf("这一期没有第%d号校对意见", id)
		case err != nil:
			return fmt.Errorf("read remark %d: %w", id, err)
		case settled:
			return &press.Trouble{Remedy: press.AskPerson, What: "这条意见已经有人处理了，没有再记", Do: "请看现在的样子", Err: ErrStale}
		}
		if _, _, err := l.readable(ctx, tx, key, round); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO reading_end (reading, at, by, role, mended, text) VALUES ($1, $2, $3, $4, $5, $6)`,
			id, now.UnixMicro(), who.Name, who.Role, mended, text)
		if err != nil {
			return fmt.Errorf("settle remark %d: %w", id, err)
		}
		outcome := "不改"
		if mended {
			outcome = "已改"
		}
		return noteDeed(ctx, tx, Deed{At: now, By: who, Verb: "settle_remark", About: key,
			Detail: strings.TrimSuffix(fmt.Sprintf("%s 第%d号意见 %s：%s", press.Ordinal(round), id, outcome, text), "：")})
	})
}

// unproved tells what of the proof readings of a planned issue is missing.
func (l *Ledger) unproved(ctx context.Context, p press.Plan, e press.Edition, now time.Time) ([]press.Finding, error) {
	if p.Issues == nil || e.State != press.EditionPlanned || len(e.Entries)+len(e.Errata) == 0 {
		return nil, nil
	}
	rounds, err := l.rounds(ctx, l.read, e.Key)
	if err != nil {
		return nil, err
	}
	c, err := l.contents(ctx, l.read, p, e, now)
	if Broke(err) {
		return nil, err
	}
	if err != nil && len(rounds) > 0 {
		c = rounds[len(rounds)-1].Contents // it cannot be numbered now, and says so itself
	}
	return missingProofs(p, rounds, c), nil
}

// missingProofs tells what of the proof readings of an issue is missing. It stops the freeze where the gazette says how many rounds must be read.
func missingProofs(p press.Plan, rounds []press.Round, now press.Contents) (out []press.Finding) {
	severity := press.Warn
	if p.Issues.Proofs > 0 {
		severity = press.Stop
	}
	say := func(rule press.Rule, format string, args ...any) {
		out = append(out, press.Finding{Rule: rule, Severity: severity, Field: "proofs", Message: fmt.Sprintf(format, args...)})
	}
	if n := p.Issues.Proofs; n > 0 && len(rounds) < n {
		say(RuleProof, "这一期须有%d个校次，现在有%d个；请出校样，读过以后再定稿", n, len(rounds))
	} else if len(rounds) == 0 {
		say(RuleProof, "这一期还没有出过校样；请出校样，读过以后再定稿")
	}
	if len(rounds) == 0 {
		return out
	}
	last := rounds[len(rounds)-1]
	turns := press.Turns(last.Contents, now)
	if len(turns) > 0 {
		say(RuleProof, "%s以后内容有变化：%s。请再出一次校样", press.Ordinal(last.Number), press.SayTurns(turns))
	}
	for _, r := range rounds {
		if n := len(r.Open()); n > 0 {
			say(RuleRemark, "%s还有%d条意见没有处理", press.Ordinal(r.Number), n)
		}
		if p.Issues.Proofs > 0 && len(r.Readings) == 0 && r.Number != last.Number && len(rounds)-r.Number < p.Issues.Proofs {
			say(RuleProof, "%s没有人读过", press.Ordinal(r.Number))
		}
	}
	if last.Passed() == "" && len(turns) == 0 { // else there must be another one anyway
		say(RuleProof, "%s还没有人通过", press.Ordinal(last.Number))
	}
	if by, one := soleReader(rounds); one {
		out = append(out, press.Finding{Rule: RuleProof, Severity: press.Info, Field: "proofs", Message: fmt.Sprintf("各校次都只有%s一人读过，可以的话换一个人再读", by)})
	}
	return out
}

// soleReader is who alone read the rounds that were read, where those are several.
func soleReader(rounds []press.Round) (by string, one bool) {
	read := 0
	for _, r := range rounds {
		for i, x := range r.Readings {
			if by != "" && x.By != by {
				return "", false
			}
			if by = x.By; i == 0 {
				read++
			}
		}
	}
	return by, read > 1
}

// settleProof notes which proof round a planned issue equals that is being frozen, and refuses one of which the readings that the gazette asks for are missing.
func (l *Ledger) settleProof(ctx context.Context, tx *sql.Tx, p press.Plan, e *press.Edition, at time.Time) error {
	if p.Issues == nil {
		return nil
	}
	rounds, err := l.rounds(ctx, tx, e.Key)
	if err != nil {
		return err
	}
	frozen := *e
	frozen.Composed = at
	now := press.ContentsOf(frozen, l.rules.Zone)
	for _, f := range missingProofs(p, rounds, now) {
		if f.Severity == press.Stop {
			return errors.New(f.Message)
		}
	}
	for _, r := range rounds {
		if len(press.Turns(r.Contents, now)) == 0 {
			e.Proof = r.Number // the last one of several that are equal
		}
	}
	return nil
}

// unlikeProof takes back that a frozen issue equals a proof round, once something was taken out of it. The day on which it goes out is no such thing.
func (l *Ledger) unlikeProof(ctx context.Context, tx *sql.Tx, e press.Edition) error {
	if e.Proof == 0 {
		return nil
	}
	rounds, err := l.rounds(ctx, tx, e.Key)
	if err != nil {
		return err
	}
	now := press.ContentsOf(e, l.rules.Zone)
	for _, r := range rounds {
		now.Dated = r.Contents.Dated
		if r.Number == e.Proof && len(press.Turns(r.Contents, now)) == 0 {
			return nil
		}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE edition SET proof = 0 WHERE key = $1`, e.Key); err != nil {
		return fmt.Errorf("note that %s is unlike its proof: %w", e.Key, err)
	}
	return nil
}

// equals is the title of a frozen edition and which round it equals.
func equals(e press.Edition) string {
	if e.Proof == 0 {
		return e.Title
	}
	return strings.TrimSpace(e.Title + " 与" + press.Ordinal(e.Proof) + "相同")
}
