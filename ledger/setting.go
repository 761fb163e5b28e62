package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"tongfa/press"
	"tongfa/workday"
)

// What the office sets at the desk and the gates ask: its list of words (词表) and the notices of holidays (放假安排) that came after the program. They are
// rows; what is made of them is kept ready, and made anew as soon as one of them has changed.

// settings are what the gates go by, ready to be asked. They never change once made.
type settings struct {
	calendar *workday.Calendar
	words    *press.Words
}

// Calendar tells working days: the built-in table, what the configuration says over it, and over that what was handed in at the desk.
func (l *Ledger) Calendar() *workday.Calendar { return l.set.Load().calendar }

// reset reads the settings.
func (l *Ledger) reset(ctx context.Context) error {
	s := &settings{calendar: l.rules.Calendar}
	if s.calendar == nil {
		s.calendar = new(workday.Calendar)
	}
	files, err := l.Holidays(ctx)
	if err != nil {
		return err
	}
	for i := len(files) - 1; i >= 0; i-- {
		if f := files[i]; f.Dropped.IsZero() {
			s.calendar = s.calendar.With(f.Notices...)
		}
	}
	list, err := l.Words(ctx)
	if err != nil {
		return err
	}
	words := make([]press.Word, len(list))
	for i, w := range list {
		words[i] = w.Word
	}
	s.words = press.NewWords(words)
	l.set.Store(s)
	return nil
}

// setIn does something to the settings, records it, and lets it count at once. One follows the other: what was read for an earlier one must not
// take the place of a later one.
func (l *Ledger) setIn(ctx context.Context, d Deed, do func(ctx context.Context, tx *sql.Tx) error) error {
	l.setting.Lock()
	defer l.setting.Unlock()
	err := l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := do(ctx, tx); err != nil {
			return err
		}
		return noteDeed(ctx, tx, d)
	})
	if err != nil {
		return err
	}
	return l.reset(context.WithoutCancel(ctx))
}

// HolidayFile is a file of holiday notices that was handed in at the desk.
type HolidayFile struct {
	ID        int64
	Name      string
	Data      string
	Notices   []workday.Notice
	At        time.Time
	By        string
	Dropped   time.Time // when it was taken out again
	DroppedBy string
}

// mostHolidays is how many files of holidays are kept in use. A year needs one.
const mostHolidays = 60

// Holidays are the files of holiday notices that were handed in, newest first, also those that were taken out again.
func (l *Ledger) Holidays(ctx context.Context) ([]HolidayFile, error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT id, name, data, at, by, dropped_at, dropped_by
		FROM holiday
		ORDER BY id DESC
		LIMIT 500`)
	if err != nil {
		return nil, fmt.Errorf("read holidays: %w", err)
	}
	defer rows.Close()
	var out []HolidayFile
	for rows.Next() {
		var f HolidayFile
		var at, dropped sql.NullInt64
		if err := rows.Scan(&f.ID, &f.Name, &f.Data, &at, &f.By, &dropped, &f.DroppedBy); err != nil {
			return nil, fmt.Errorf("read holidays: %w", err)
		}
		f.At, f.Dropped = l.moment(at), l.moment(dropped)
		if f.Notices, _, err = workday.Parse([]byte(f.Data)); err != nil {
			return nil, fmt.Errorf("read holidays %d: %w", f.ID, err)
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

// AddHolidays lays the notices of a file over the calendar. A file that is wrong is refused with all that is wrong in it.
func (l *Ledger) AddHolidays(ctx context.Context, name string, data []byte, who Who, now time.Time) error {
	notices, _, err := workday.Parse(data)
	if err != nil {
		return err
	}
	about := ""
	for _, n := range notices {
		about += fmt.Sprintf("%d年%s ", n.Year, n.Number)
	}
	d := Deed{At: now, By: who, Verb: "add_holidays", About: name, Detail: about}
	return l.setIn(ctx, d, func(ctx context.Context, tx *sql.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM holiday ORDER BY id DESC LIMIT 500)`).Scan(&n); err != nil {
			return fmt.Errorf("count holidays: %w", err)
		}
		if n >= mostHolidays {
			return fmt.Errorf("放假安排的文件已经有%d个，不能再增加；请系统管理员把历年的合并到配置的 holidays 里", n)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO holiday (name, data, at, by) VALUES ($1, $2, $3, $4)`, name, string(data), now.UnixMicro(), who.Name)
		if err != nil {
			return fmt.Errorf("store holidays: %w", err)
		}
		return nil
	})
}

// DropHolidays takes a file out of the calendar again. What it was stays on record.
func (l *Ledger) DropHolidays(ctx context.Context, id int64, who Who, now time.Time) error {
	var name string
	err := l.read.QueryRowContext(ctx, `SELECT name FROM holiday WHERE id = $1 AND dropped_at IS NULL`, id).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return errors.New("这个文件已经不在使用")
	}
	if err != nil {
		return fmt.Errorf("read holidays: %w", err)
	}
	return l.setIn(ctx, Deed{At: now, By: who, Verb: "drop_holidays", About: name}, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE holiday SET dropped_at = $2, dropped_by = $3 WHERE id = $1 AND dropped_at IS NULL`, id, now.UnixMicro(), who.Name)
		if err != nil {
			return fmt.Errorf("drop holidays: %w", err)
		}
		if n, err := res.RowsAffected(); err == nil && n == 0 {
			return errors.New("这个文件已经不在使用")
		}
		return nil
	})
}

// Listed is a word on the office's list, with who put it there.
type Listed struct {
	press.Word
	At time.Time
	By string
}

// The bounds of the list of words.
const (
	MostWords = 20_000
	MostWord  = 40 // characters
)

// Words are the office's list, in their order.
func (l *Ledger) Words(ctx context.Context) ([]Listed, error) {
	rows, err := l.read.QueryContext(ctx, `SELECT word, level, instead, at, by FROM word ORDER BY word`)
	if err != nil {
		return nil, fmt.Errorf("read words: %w", err)
	}
	defer rows.Close()
	var out []Listed
	for rows.Next() {
		var w Listed
		var at sql.NullInt64
		if err := rows.Scan(&w.Text, &w.Level, &w.Instead, &at, &w.By); err != nil {
			return nil, fmt.Errorf("read words: %w", err)
		}
		w.At = l.moment(at)
		out = append(out, w)
	}
	return out, rows.Err()
}

// AddWords puts words on the list; one that is there already is changed. It says how many are new and how many were changed.
func (l *Ledger) AddWords(ctx context.Context, list []press.Word, who Who, now time.Time) (added, changed int, err error) {
	for i, w := range list {
		list[i].Text = press.Fold(w.Text)
		switch n := utf8.RuneCountInString(list[i].Text); {
		case n == 0:
			return 0, 0, errors.New("词不能是空的")
		case n > MostWord || utf8.RuneCountInString(w.Instead) > MostWord:
			return 0, 0, fmt.Errorf("“%.40s”太长，词和建议用语不超过%d字", w.Text, MostWord)
		case w.Level != press.Stop && w.Level != press.Warn:
			return 0, 0, fmt.Errorf("“%s”的级别不对，只能是不得发布或者请留意", w.Text)
		}
	}
	if len(list) == 0 {
		return 0, 0, errors.New("没有词")
	}
	d := Deed{At: now, By: who, Verb: "add_words", About: list[0].Text, Detail: wordsSay(list)}
	err = l.setIn(ctx, d, func(ctx context.Context, tx *sql.Tx) error {
		added, changed = 0, 0
		for _, w := range list {
			had, err := texts(ctx, tx, `SELECT level || ' ' || instead FROM word WHERE word = $1`, w.Text)
			if err != nil {
				return err
			}
			switch {
			case len(had) == 0:
				added++
			case had[0] != string(w.Level)+" "+w.Instead:
				changed++
			default:
				continue
			}
			_, err = tx.ExecContext(ctx, `
				INSERT INTO word (word, level, instead, at, by)
				VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (word) DO UPDATE SET level = $2, instead = $3, at = $4, by = $5`, w.Text, w.Level, w.Instead, now.UnixMicro(), who.Name)
			if err != nil {
				return fmt.Errorf("store word: %w", err)
			}
		}
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM word`).Scan(&n); err != nil {
			return fmt.Errorf("count words: %w", err)
		}
		if n > MostWords {
			return fmt.Errorf("词表最多%d个词，加上这些有%d个，没有执行", MostWords, n)
		}
		return nil
	})
	return added, changed, err
}

// wordsSay are words for the record.
func wordsSay(list []press.Word) string {
	const most = 20
	s := ""
	for i, w := range list {
		if i == most {
			return s + fmt.Sprintf(" 等%d个", len(list))
		}
		if i > 0 {
			s += "、"
		}
		s += w.Text + "（" + w.Level.Name() + "）"
	}
	return s
}

// DropWord takes a word off the list, and has the gates asked again about what it stopped.
func (l *Ledger) DropWord(ctx context.Context, word string, who Who, now time.Time) error {
	err := l.setIn(ctx, Deed{At: now, By: who, Verb: "drop_word", About: word}, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM word WHERE word = $1`, word)
		if err != nil {
			return fmt.Errorf("drop word: %w", err)
		}
		if n, err := res.RowsAffected(); err == nil && n == 0 {
			return fmt.Errorf("词表里没有“%.40s”", word)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return l.askAgain(context.WithoutCancel(ctx), word, now)
}

// mostAsked is how many items are looked at anew when a word has gone; what else it stopped is asked about when a person asks.
const mostAsked = 500

// askAgain has the gates asked about what was stopped by a word.
func (l *Ledger) askAgain(ctx context.Context, word string, now time.Time) error {
	ids, err := texts(ctx, l.read, `
		SELECT DISTINCT item
		FROM copy
		WHERE state = 'waiting' AND due_at IS NULL AND waits_for = 'gate' AND instr(note, $1) > 0
		LIMIT $2`, "“"+word+"”", mostAsked)
	if err != nil {
		return err
	}
	for _, id := range ids {
		err := l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			if _, err := l.assess(ctx, tx, press.ItemID(id), now); err != nil {
				return err
			}
			return l.show(ctx, tx, press.ItemID(id))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ChainChecked is what came of the last check of all chains.
type ChainChecked struct {
	Began  time.Time `json:"began"`
	Ended  time.Time `json:"ended"`
	By     string    `json:"by,omitempty"` // "" for the program, which does it every day
	Read   int       `json:"read"`
	Heads  int       `json:"heads"`
	Broken []Broken  `json:"broken,omitempty"` // the first few
	Wrong  int       `json:"wrong"`            // how many there are
	Odd    []string  `json:"odd,omitempty"`    // what is wrong with the daily heads
}

const keyChecked = "chain_checked"

// mostBroken is how many broken places are remembered.
const mostBroken = 100

// CheckChains recomputes all chains and all daily heads, from one end to the other, and remembers what came of it.
func (l *Ledger) CheckChains(ctx context.Context, by string, now func() time.Time, told func(read int)) (c ChainChecked, broken []Broken, err error) {
	c = ChainChecked{Began: now(), By: by}
	if c.Read, broken, err = l.chainTelling(ctx, told); err != nil {
		return c, nil, err
	}
	if c.Heads, c.Odd, err = l.CheckHeads(ctx, true); err != nil {
		return c, nil, err
	}
	c.Ended, c.Wrong, c.Broken = now(), len(broken)+len(c.Odd), broken[:min(len(broken), mostBroken)]
	text, _ := json.Marshal(c) // moments, numbers and texts always can be
	return c, broken, l.remember(ctx, map[string]string{keyChecked: string(text)})
}

// LastChecked is what came of the last check of all chains; false where there was none.
func (l *Ledger) LastChecked(ctx context.Context) (c ChainChecked, ok bool, err error) {
	text, err := l.recall(ctx, keyChecked)
	if err != nil || text == "" {
		return c, false, err
	}
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return c, false, fmt.Errorf("read last check: %w", err)
	}
	c.Began, c.Ended = c.Began.In(l.rules.Zone), c.Ended.In(l.rules.Zone)
	return c, true, nil
}

// Facts are figures of the file itself.
type Facts struct {
	ID        string
	Path      string
	Items     int64
	Uncovered int // moves that no daily head covers yet, up to MostCounted
	Deeds     int64
	Schema    int64
	Bytes     int64
	Free      int64 // bytes of the file that nothing is in
	SQLite    string
	Waiting   int // acts in hand
}

// Facts reads figures of the file, none of which takes a walk.
func (l *Ledger) Facts(ctx context.Context) (f Facts, err error) {
	f.ID, f.Path = l.id, l.path
	err = l.read.QueryRowContext(ctx, `
		SELECT
			COALESCE((SELECT MAX(n) FROM item), 0),
			(SELECT COUNT(*) FROM (
				SELECT 1
				FROM feed
				WHERE n > COALESCE((SELECT MAX(feed_to) FROM head), 0) AND move_n > 0
				LIMIT 100000)),
			COALESCE((SELECT MAX(n) FROM deed), 0),
			(SELECT COUNT(*) FROM act WHERE state = 'open'),
			sqlite_version()`).Scan(&f.Items, &f.Uncovered, &f.Deeds, &f.Waiting, &f.SQLite)
	if err != nil {
		return f, fmt.Errorf("read figures: %w", err)
	}
	if f.Schema, err = newestVersion(); err != nil {
		return f, err
	}
	var pages, free, size int64
	for pragma, into := range map[string]*int64{"PRAGMA page_count": &pages, "PRAGMA freelist_count": &free, "PRAGMA page_size": &size} {
		if err := l.read.QueryRowContext(ctx, pragma).Scan(into); err != nil {
			return f, fmt.Errorf("read figures: %w", err)
		}
	}
	f.Bytes, f.Free = pages*size, free*size
	return f, nil
}

// MissedSlot is a slot (时段) that came while nobody was at work.
type MissedSlot struct {
	At    time.Time
	State press.SlotState
	By    string // who decided
}

// Missed are the newest slots of a channel that were skipped, or wait for a person's word.
func (l *Ledger) Missed(ctx context.Context, channel string, most int) ([]MissedSlot, error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT at, state, opened_by
		FROM slot
		WHERE channel = $1
		ORDER BY at DESC
		LIMIT 1000`, channel)
	if err != nil {
		return nil, fmt.Errorf("read slots: %w", err)
	}
	defer rows.Close()
	var out []MissedSlot
	for rows.Next() && len(out) < most {
		var s MissedSlot
		var at sql.NullInt64
		if err := rows.Scan(&at, &s.State, &s.By); err != nil {
			return nil, fmt.Errorf("read slots: %w", err)
		}
		s.At = l.moment(at)
		if s.State == press.SlotSkipped || s.State == press.SlotAsked || s.By != "" {
			out = append(out, s)
		}
	}
	return out, rows.Err()
}
