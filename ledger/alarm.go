package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tongfa/press"
)

// Alarms are level-triggered: Judge compares what is wrong now with what is open, and nothing that happened in between can be lost. What
// makes an alarm is a row of another table, so that an alarm cannot be forgotten as long as its cause is there, and cannot outlive it.

// Watch is what Judge is told: the thresholds, what only the world outside of the ledger knows, and who is to be told.
type Watch struct {
	Unknown   time.Duration            // how long an outcome may be unknown; zero means half an hour
	Blind     time.Duration            // how long nobody may be able to look; zero means a day
	Quotas    map[string][]press.Quota // of each channel, a day
	Facts     []press.Alarm            // wrong outside of the ledger: Key, Kind, Channel, Text, Remedy
	Unsure    []press.AlarmKind        // of these nothing is known at the moment: what is open stays open
	Receivers []Receiver
}

// Receiver is somebody who is told of alarms.
type Receiver struct {
	Name  string
	Least press.AlarmLevel // Incident: of incidents only
}

// Bounds and times of alarms.
const (
	mostAlarms  = 200              // open at once of one kind; one more says how many there are besides
	mostFacts   = 5000             // that are read of one kind
	flapTime    = 10 * time.Minute // an alarm that comes back within this time is the same story
	settleTime  = 2 * time.Minute  // a warning is told when it has lasted for this long
	overdueTime = 5 * time.Minute  // how late an act may begin before people are called
	longWait    = 24 * time.Hour   // how long something may wait for people or for other items
	closedTime  = 30 * time.Minute // how long the survey after a restore may take
	longErratum = 31 * 24 * time.Hour
	slowLooks   = 3              // slow looks in a row; the index copy_slow has the same number
	remindFirst = time.Hour      // an incident that nobody takes
	remindThen  = 24 * time.Hour // and again
	mostBackOff = time.Hour      // between two tries to tell a receiver
	badReceiver = 3              // failed tries that make a receiver an alarm itself
)

// Judge reads what is wrong now and opens and closes alarms. It writes nothing when nothing has changed.
func (l *Ledger) Judge(ctx context.Context, w Watch, now time.Time) (opened, closed int, err error) {
	v, err := l.verdict(ctx, l.read, w, now)
	if err != nil || v.empty() {
		return 0, 0, err
	}
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		v, err := l.verdict(ctx, tx, w, now) // as it is in this transaction
		if err != nil {
			return err
		}
		opened, closed = len(v.opens), len(v.closes)
		return v.carryOut(ctx, tx, w.Receivers, now)
	})
	return opened, closed, err
}

// verdict is what Judge has to change.
type verdict struct {
	opens   []press.Alarm
	closes  []press.Alarm
	changes []press.Alarm // other words for what is open
	reminds []int64
}

func (v verdict) empty() bool {
	return len(v.opens)+len(v.closes)+len(v.changes)+len(v.reminds) == 0
}

// verdict compares what is wrong with what is open.
func (l *Ledger) verdict(ctx context.Context, q querier, w Watch, now time.Time) (verdict, error) {
	var v verdict
	open, err := l.openAlarms(ctx, q)
	if err != nil {
		return v, err
	}
	f := &finder{l: l, q: q, w: w, now: now, kinds: map[press.AlarmKind][]press.Alarm{}}
	if err := f.find(ctx); err != nil {
		return v, err
	}
	wrong, flooded := f.bounded(open)
	for key, a := range wrong {
		have, ok := open[key]
		switch {
		case !ok:
			v.opens = append(v.opens, a)
		case have.Text != a.Text || have.Remedy != a.Remedy || have.URL != a.URL:
			a.ID = have.ID
			v.changes = append(v.changes, a)
		}
	}
	for key, a := range open {
		if _, still := wrong[key]; !still && !slices.Contains(w.Unsure, a.Kind) && !flooded[a.Kind] {
			v.closes = append(v.closes, a)
		}
	}
	byKey := func(a, b press.Alarm) int { return strings.Compare(a.Key, b.Key) }
	slices.SortFunc(v.opens, byKey)
	slices.SortFunc(v.closes, byKey)
	v.reminds, err = numbers(ctx, q, `SELECT id FROM alarm WHERE remind_at <= $1 ORDER BY remind_at LIMIT 1000`, now.UnixMicro())
	return v, err
}

// bounded keeps of each kind what is open already and as much more as people can read. Of a kind of which there is more than was read nothing
// is closed: what was not read may be wrong still.
func (f *finder) bounded(open map[string]press.Alarm) (wrong map[string]press.Alarm, flooded map[press.AlarmKind]bool) {
	wrong, flooded = map[string]press.Alarm{}, map[press.AlarmKind]bool{}
	for _, kind := range slices.Sorted(maps.Keys(f.kinds)) {
		all := f.kinds[kind]
		flooded[kind] = len(all) >= mostFacts
		slices.SortStableFunc(all, func(a, b press.Alarm) int { // what is open comes first
			_, x := open[a.Key]
			_, y := open[b.Key]
			switch {
			case x == y:
				return 0
			case x:
				return -1
			}
			return 1
		})
		for i, a := range all {
			if i == mostAlarms {
				wrong[string(kind)+"/more"] = more(kind, len(all)-mostAlarms, flooded[kind])
				break
			}
			wrong[a.Key] = a
		}
	}
	return wrong, flooded
}

// more stands for the alarms of a kind that are not told one by one.
func more(kind press.AlarmKind, n int, flooded bool) press.Alarm {
	words := fmt.Sprintf("另有%d处", n)
	if flooded {
		words = fmt.Sprintf("另有%d处以上", n)
	}
	return press.Alarm{Key: string(kind) + "/more", Kind: kind, Text: words + "“" + kind.Name() + "”没有逐条列出",
		Remedy: "数量很多，多半是同一个原因：请系统管理员先查网站服务器、网络和渠道整体是否正常；逐篇情况见编辑台的同步状态"}
}

// carryOut writes a verdict down, with what the receivers are to be told.
func (v verdict) carryOut(ctx context.Context, tx *sql.Tx, to []Receiver, now time.Time) error {
	for _, a := range v.closes {
		if err := closeAlarm(ctx, tx, a, now); err != nil {
			return err
		}
	}
	for _, a := range v.opens {
		if err := openAlarm(ctx, tx, a, to, now); err != nil {
			return err
		}
	}
	for _, a := range v.changes {
		_, err := tx.ExecContext(ctx, `UPDATE alarm SET text = $2, remedy = $3, url = $4, last_at = $5 WHERE id = $1`,
			a.ID, a.Text, a.Remedy, a.URL, now.UnixMicro())
		if err != nil {
			return fmt.Errorf("change alarm %d: %w", a.ID, err)
		}
	}
	for _, id := range v.reminds {
		if err := remind(ctx, tx, id, now); err != nil {
			return err
		}
	}
	return nil
}

// openAlarm opens an alarm. One that was closed a short while ago goes on, so that what comes and goes is one story and no flood; but a page that
// was changed otherwise than before is another story.
func openAlarm(ctx context.Context, tx *sql.Tx, a press.Alarm, to []Receiver, now time.Time) error {
	level := a.Kind.Level()
	var remind sql.NullInt64
	if level == press.Incident {
		remind = micros(now.Add(remindFirst))
	}
	var id int64
	err := tx.QueryRowContext(ctx, `
		UPDATE alarm
		SET closed_at = NULL, times = times + 1, text = $2, remedy = $3, url = $4, last_at = $5,
			remind_at = CASE WHEN taken_by = '' THEN $6 END
		WHERE id = (SELECT MAX(id) FROM alarm WHERE key = $1) AND closed_at > $7 AND (kind <> 'changed' OR text = $2)
		RETURNING id`, a.Key, a.Text, a.Remedy, a.URL, now.UnixMicro(), remind, now.Add(-flapTime).UnixMicro()).Scan(&id)
	if err == nil {
		return goOn(ctx, tx, id, level, now)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("reopen alarm %s: %w", a.Key, err)
	}
	err = tx.QueryRowContext(ctx, `
		INSERT INTO alarm (key, kind, level, item, channel, url, text, remedy, opened_at, last_at, remind_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)
		RETURNING id`, a.Key, a.Kind, level, a.Item, a.Channel, a.URL, a.Text, a.Remedy, now.UnixMicro(), remind).Scan(&id)
	if err != nil {
		return fmt.Errorf("open alarm %s: %w", a.Key, err)
	}
	for _, r := range to {
		if level != press.Incident && r.Least == press.Incident || a.Key == receiverKey(r.Name) { // it cannot be told that it cannot be told
			continue
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO message (alarm, receiver, about, due_at) VALUES ($1, $2, 'opened', $3)`,
			id, r.Name, settled(level, now).UnixMicro())
		if err != nil {
			return fmt.Errorf("plan message of alarm %s: %w", a.Key, err)
		}
	}
	return nil
}

// settled is when an alarm is told: an incident at once, a warning when it has lasted for a while.
func settled(level press.AlarmLevel, now time.Time) time.Time {
	if level == press.Incident {
		return now
	}
	return now.Add(settleTime)
}

// What a receiver knows of an alarm is what it was told last: that it is open, where the message opened was sent after the message closed.

// goOn tells of an alarm that came back whoever does not know that it is open, but not sooner after the last message than a story may change.
func goOn(ctx context.Context, tx *sql.Tx, id int64, level press.AlarmLevel, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE message
		SET tries = 0, due_at = MAX($2, COALESCE((SELECT MAX(sent_at) FROM message m WHERE m.alarm = $1 AND m.receiver = message.receiver) + $3, 0))
		WHERE alarm = $1 AND about = 'opened' AND (sent_at IS NULL OR sent_at <= (
			SELECT m.sent_at FROM message m WHERE m.alarm = $1 AND m.receiver = message.receiver AND m.about = 'closed'))`,
		id, settled(level, now).UnixMicro(), flapTime.Microseconds())
	if err != nil {
		return fmt.Errorf("go on with alarm %d: %w", id, err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE message SET due_at = NULL WHERE alarm = $1 AND about = 'closed'`, id); err != nil {
		return fmt.Errorf("go on with alarm %d: %w", id, err)
	}
	return nil
}

// closeAlarm ends an alarm. Who was told of it, or could not be, is told that it is over; whom nobody has tried to tell hears nothing.
func closeAlarm(ctx context.Context, tx *sql.Tx, a press.Alarm, now time.Time) error {
	if _, err := tx.ExecContext(ctx, `UPDATE alarm SET closed_at = $2, remind_at = NULL WHERE id = $1`, a.ID, now.UnixMicro()); err != nil {
		return fmt.Errorf("close alarm %s: %w", a.Key, err)
	}
	calm := time.Duration(0)
	if a.Times > 1 {
		calm = flapTime // it has come back before
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO message (alarm, receiver, about, due_at)
		SELECT alarm, receiver, 'closed', MAX($2, COALESCE(sent_at + $3, 0))
		FROM message
		WHERE alarm = $1 AND about = 'opened' AND (due_at IS NOT NULL AND tries > 0 OR sent_at > COALESCE((
			SELECT m.sent_at FROM message m WHERE m.alarm = $1 AND m.receiver = message.receiver AND m.about = 'closed'), 0))
		ON CONFLICT DO UPDATE SET due_at = excluded.due_at, tries = 0`, a.ID, now.UnixMicro(), calm.Microseconds())
	if err != nil {
		return fmt.Errorf("plan end of alarm %s: %w", a.Key, err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE message SET due_at = NULL WHERE alarm = $1 AND about <> 'closed'`, a.ID); err != nil {
		return fmt.Errorf("end messages of alarm %s: %w", a.Key, err)
	}
	return nil
}

// remind tells once more of an incident that nobody has taken.
func remind(ctx context.Context, tx *sql.Tx, id int64, now time.Time) error {
	if _, err := tx.ExecContext(ctx, `UPDATE alarm SET remind_at = $2 WHERE id = $1`, id, now.Add(remindThen).UnixMicro()); err != nil {
		return fmt.Errorf("remind of alarm %d: %w", id, err)
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO message (alarm, receiver, about, due_at)
		SELECT alarm, receiver, 'reminded', $2
		FROM message
		WHERE alarm = $1 AND about = 'opened' AND sent_at IS NOT NULL
		ON CONFLICT DO UPDATE SET due_at = $2, tries = 0`, id, now.UnixMicro())
	if err != nil {
		return fmt.Errorf("remind of alarm %d: %w", id, err)
	}
	return nil
}

// openAlarms are the alarms that are open, by key.
func (l *Ledger) openAlarms(ctx context.Context, q querier) (map[string]press.Alarm, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+alarmColumns+` FROM alarm a WHERE a.closed_at IS NULL`)
	if err != nil {
		return nil, fmt.Errorf("read open alarms: %w", err)
	}
	list, err := l.scanAlarms(rows)
	out := make(map[string]press.Alarm, len(list))
	for _, a := range list {
		out[a.Key] = a
	}
	return out, err
}

const alarmColumns = `a.id, a.key, a.kind, a.level, a.item, a.channel, a.url, a.text, a.remedy, a.opened_at, a.last_at, a.closed_at,
	a.taken_by, a.taken_at, a.times`

func (l *Ledger) scanAlarm(row interface{ Scan(...any) error }, more ...any) (press.Alarm, error) {
	var a press.Alarm
	var opened, last, closed, taken sql.NullInt64
	err := row.Scan(append([]any{&a.ID, &a.Key, &a.Kind, &a.Level, &a.Item, &a.Channel, &a.URL, &a.Text, &a.Remedy, &opened, &last, &closed,
		&a.TakenBy, &taken, &a.Times}, more...)...)
	a.Opened, a.Last, a.Closed, a.Taken = l.moment(opened), l.moment(last), l.moment(closed), l.moment(taken)
	return a, err
}

func (l *Ledger) scanAlarms(rows *sql.Rows) ([]press.Alarm, error) {
	defer rows.Close()
	var out []press.Alarm
	for rows.Next() {
		a, err := l.scanAlarm(rows)
		if err != nil {
			return nil, fmt.Errorf("read alarm: %w", err)
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

// OpenAlarms are the alarms that are open, incidents first and then the newest.
func (l *Ledger) OpenAlarms(ctx context.Context) ([]press.Alarm, error) {
	open, err := l.openAlarms(ctx, l.read)
	out := slices.Collect(maps.Values(open))
	slices.SortFunc(out, func(a, b press.Alarm) int {
		if a.Level != b.Level {
			return strings.Compare(string(a.Level), string(b.Level)) // incident comes before warning
		}
		return int(b.ID - a.ID)
	})
	return out, err
}

// PastAlarms are alarms that are over, newest first. before is the id of the last one seen, zero at the beginning.
func (l *Ledger) PastAlarms(ctx context.Context, before int64, most int) ([]press.Alarm, error) {
	if before <= 0 {
		before = 1 << 62
	}
	rows, err := l.read.QueryContext(ctx, `
		SELECT `+alarmColumns+`
		FROM alarm a
		WHERE a.id < $1 AND a.closed_at IS NOT NULL
		ORDER BY a.id DESC
		LIMIT $2`, before, most)
	if err != nil {
		return nil, fmt.Errorf("read past alarms: %w", err)
	}
	return l.scanAlarms(rows)
}

// TakeAlarm records who sees to an open alarm. Nobody is reminded of it any more.
func (l *Ledger) TakeAlarm(ctx context.Context, id int64, who Who, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE alarm
			SET taken_by = $2, taken_at = $3, remind_at = NULL
			WHERE id = $1 AND closed_at IS NULL`, id, who.Name, now.UnixMicro())
		if err != nil {
			return fmt.Errorf("take alarm %d: %w", id, err)
		}
		if n, _ := res.RowsAffected(); n == 0 {
			return &press.Trouble{Remedy: press.AskPerson, What: fmt.Sprintf("没有编号是 %d 的未恢复的告警", id), Do: "它可能已经恢复，请刷新告警列表核对"}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE message SET due_at = NULL WHERE alarm = $1 AND about = 'reminded'`, id); err != nil {
			return fmt.Errorf("stop reminders of alarm %d: %w", id, err)
		}
		var kind press.AlarmKind
		var text string
		if err := tx.QueryRowContext(ctx, `SELECT kind, text FROM alarm WHERE id = $1`, id).Scan(&kind, &text); err != nil {
			return fmt.Errorf("read alarm %d: %w", id, err)
		}
		return noteDeed(ctx, tx, Deed{At: now, By: who, Verb: "take_alarm", About: fmt.Sprint(id), Detail: kind.Name() + "：" + text})
	})
}

// Untold are what a receiver is to be told by now, oldest first.
func (l *Ledger) Untold(ctx context.Context, receiver string, now time.Time, most int) ([]press.AlarmNews, error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT `+alarmColumns+`, m.about
		FROM message m
		CROSS JOIN alarm a ON a.id = m.alarm
		WHERE m.receiver = $1 AND m.due_at <= $2
		ORDER BY m.due_at
		LIMIT $3`, receiver, now.UnixMicro(), most)
	if err != nil {
		return nil, fmt.Errorf("read messages for %s: %w", receiver, err)
	}
	defer rows.Close()
	var out []press.AlarmNews
	for rows.Next() {
		var n press.AlarmNews
		if n.Alarm, err = l.scanAlarm(rows, &n.About); err != nil {
			return nil, fmt.Errorf("read messages for %s: %w", receiver, err)
		}
		out = append(out, n)
	}
	return out, rows.Err()
}

// NextMessage is when a receiver is to be told something next; zero for nothing.
func (l *Ledger) NextMessage(ctx context.Context, receiver string) (time.Time, error) {
	var at sql.NullInt64
	err := l.read.QueryRowContext(ctx, `SELECT MIN(due_at) FROM message WHERE receiver = $1 AND due_at IS NOT NULL`, receiver).Scan(&at)
	if err != nil {
		return time.Time{}, fmt.Errorf("read next message for %s: %w", receiver, err)
	}
	return l.moment(at), nil
}

// Told records that a receiver was told, or, with failed, why it could not be; it is tried again after a while. A crash between the sending
// and this record tells it twice: better than not at all.
func (l *Ledger) Told(ctx context.Context, receiver string, ns []press.AlarmNews, failed error, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, n := range ns {
			if err := told(ctx, tx, receiver, n, failed, now); err != nil {
				return fmt.Errorf("record message of alarm %d to %s: %w", n.ID, receiver, err)
			}
		}
		return nil
	})
}

func told(ctx context.Context, tx *sql.Tx, receiver string, n press.AlarmNews, failed error, now time.Time) error {
	if failed != nil {
		var tries int
		err := tx.QueryRowContext(ctx, `SELECT tries FROM message WHERE alarm = $1 AND receiver = $2 AND about = $3`, n.ID, receiver, n.About).Scan(&tries)
		if err != nil {
			return err
		}
		again := now.Add(min(time.Minute<<min(tries, 10), mostBackOff))
		_, err = tx.ExecContext(ctx, `
			UPDATE message
			SET tries = tries + 1, trouble = $4, due_at = CASE WHEN due_at IS NOT NULL THEN $5 END
			WHERE alarm = $1 AND receiver = $2 AND about = $3`, n.ID, receiver, n.About, press.TroubleOf(failed).Say(), again.UnixMicro())
		return err
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE message
		SET sent_at = $4, due_at = NULL, tries = tries + 1, trouble = ''
		WHERE alarm = $1 AND receiver = $2 AND about = $3`, n.ID, receiver, n.About, now.UnixMicro())
	if err != nil || n.About != press.AboutOpened {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO message (alarm, receiver, about, due_at)
		SELECT id, $2, 'closed', $3
		FROM alarm
		WHERE id = $1 AND closed_at IS NOT NULL
		ON CONFLICT DO UPDATE SET due_at = excluded.due_at, tries = 0`, n.ID, receiver, now.UnixMicro()) // it was over while it was being told
	return err
}

// receiverKey is the key of the alarm that a receiver cannot be reached.
func receiverKey(name string) string { return "receiver:" + name }
