package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tongfa/press"
)

// ErrNoPerson is in the error for somebody whom the ledger does not know.
var ErrNoPerson = errors.New("no such person")

// Wrong is one thing that is wrong with what was asked about a person, in words for who asked.
type Wrong struct {
	Field string // login, name, office or roles; "" is about the whole
	Say   string // a format where there is more
	More  []any
}

func (w *Wrong) Error() string {
	if len(w.More) == 0 {
		return w.Say
	}
	return fmt.Sprintf(w.Say, w.More...)
}

const (
	mostName   = 40 // characters
	mostOffice = 100
)

var loginForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{1,63}$`)

// Login is a login as it is stored: people type capitals and spaces.
func Login(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// personWrong is everything that is wrong with a person who is to be added or changed.
func personWrong(p Person) error {
	var all []error
	no := func(field, say string, more ...any) { all = append(all, &Wrong{field, say, more}) }
	if !loginForm.MatchString(p.Login) {
		no("login", "登录名要用2到64个小写字母、数字或 . _ - @，以字母或数字开头")
	}
	switch {
	case p.Name == "":
		no("name", "请填写姓名")
	case utf8.RuneCountInString(p.Name) > mostName || strings.ContainsFunc(p.Name, odd):
		no("name", "姓名最多%d个字，不能有换行等控制字符", mostName)
	case p.Name == program().Name:
		no("name", "“%s”是程序自己的名称，请用别的", p.Name)
	case strings.HasPrefix(p.Name, tokenSign):
		no("name", "以“%s”开头的是接口令牌的名称，请用别的", tokenSign)
	}
	if utf8.RuneCountInString(p.Office) > mostOffice || strings.ContainsFunc(p.Office, odd) {
		no("office", "单位（处室）最多%d个字，不能有换行等控制字符", mostOffice)
	}
	if len(p.Roles) == 0 {
		no("roles", "请至少选一个角色")
	}
	for _, r := range p.Roles {
		if !slices.Contains(press.Roles(), r) {
			no("roles", "没有叫“%.40s”的角色", r)
		}
	}
	return errors.Join(all...)
}

// odd are characters that make a name look like another one or break a line.
func odd(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) || r == utf8.RuneError
}

const personColumns = `id, login, name, office, roles, password, must_change, failures, locked_until, disabled_at, made_at, made_by, changed_at, seen_at, lang, theme`

// scanPerson reads a person and the hash of the password.
func (l *Ledger) scanPerson(row interface{ Scan(...any) error }) (Person, string, error) {
	var p Person
	var roles, hash string
	var locked, disabled, made, changed, seen sql.NullInt64
	err := row.Scan(&p.ID, &p.Login, &p.Name, &p.Office, &roles, &hash, &p.MustChange, &p.Failures, &locked, &disabled, &made, &p.MadeBy, &changed, &seen, &p.Lang, &p.Theme)
	if errors.Is(err, sql.ErrNoRows) {
		return p, "", ErrNoPerson
	}
	if err != nil {
		return p, "", fmt.Errorf("read person: %w", err)
	}
	for _, r := range strings.Fields(roles) {
		p.Roles = append(p.Roles, press.Role(r))
	}
	p.HasPassword = hash != ""
	p.Locked, p.Disabled, p.Made, p.Changed, p.Seen = l.moment(locked), l.moment(disabled), l.moment(made), l.moment(changed), l.moment(seen)
	return p, hash, nil
}

// Person is a person by number.
func (l *Ledger) Person(ctx context.Context, id int64) (Person, error) {
	return l.person(ctx, l.read, id)
}

func (l *Ledger) person(ctx context.Context, q querier, id int64) (Person, error) {
	p, _, err := l.scanPerson(q.QueryRowContext(ctx, `SELECT `+personColumns+` FROM person WHERE id = $1`, id))
	return p, err
}

// PersonByLogin is a person by what is typed to sign in, and the hash of the password in PHC form, "" where there is none.
func (l *Ledger) PersonByLogin(ctx context.Context, login string) (p Person, hash string, err error) {
	return l.scanPerson(l.read.QueryRowContext(ctx, `SELECT `+personColumns+` FROM person WHERE login = $1`, Login(login)))
}

// People are those who may work at the desk, by login, and those who were disabled: a page after a login.
func (l *Ledger) People(ctx context.Context, after string, most int) ([]Person, error) {
	rows, err := l.read.QueryContext(ctx, `SELECT `+personColumns+` FROM person WHERE login > $1 ORDER BY login LIMIT $2`, after, most)
	if err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	defer rows.Close()
	var out []Person
	for rows.Next() {
		p, _, err := l.scanPerson(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// HasOperator reports whether somebody can sign in who may admit others; without a password that is only so with single sign-on.
func (l *Ledger) HasOperator(ctx context.Context, withoutPassword bool) (bool, error) {
	var n int
	err := l.read.QueryRowContext(ctx, `
		SELECT COUNT(*)
		FROM person
		WHERE disabled_at IS NULL AND ' ' || roles || ' ' LIKE '% operator %' AND (password <> '' OR $1)`, withoutPassword).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for an operator: %w", err)
	}
	return n > 0, nil
}

// AddPerson admits a person. hash is of the password in PHC form, "" for who comes in by single sign-on only; p.MustChange says that the
// password is to be changed at once. Errors about what was typed are Wrong.
func (l *Ledger) AddPerson(ctx context.Context, p Person, hash string, who Who, now time.Time) (Person, error) {
	p.Login, p.Name, p.Office = Login(p.Login), strings.TrimSpace(p.Name), strings.TrimSpace(p.Office)
	if err := personWrong(p); err != nil {
		return p, err
	}
	err := l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := unique(ctx, tx, p); err != nil {
			return err
		}
		err := tx.QueryRowContext(ctx, `
			INSERT INTO person (login, name, office, roles, password, must_change, made_at, made_by, changed_at, lang, theme)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7, $9, $10)
			RETURNING id`, p.Login, p.Name, p.Office, joined(p.Roles), hash, p.MustChange, now.UnixMicro(), who.Name, p.Lang, p.Theme).Scan(&p.ID)
		if err != nil {
			return fmt.Errorf("add person: %w", err)
		}
		if err := noteDeed(ctx, tx, Deed{At: now, By: who, Verb: "admit", About: p.Login, Detail: about(p)}); err != nil {
			return err
		}
		p, err = l.person(ctx, tx, p.ID)
		return err
	})
	return p, err
}

// unique refuses what the schema would refuse, in words.
func unique(ctx context.Context, q querier, p Person) error {
	for _, c := range []struct{ field, value, query, say string }{
		{"login", p.Login, `SELECT COUNT(*) FROM person WHERE login = $1 AND id <> $2`, "登录名“%s”已经有人用了"},
		{"name", p.Name, `SELECT COUNT(*) FROM person WHERE name = $1 AND id <> $2`, "已经有一位“%s”。台账按姓名记人，请写成能区分的，例如加上科室"},
	} {
		var n int
		if err := q.QueryRowContext(ctx, c.query, c.value, p.ID).Scan(&n); err != nil {
			return fmt.Errorf("look for the same person: %w", err)
		}
		if n > 0 {
			return &Wrong{c.field, c.say, []any{c.value}}
		}
	}
	return nil
}

func joined(roles []press.Role) string {
	var out []string
	for _, r := range press.Roles() { // in the order of the table, each once
		if slices.Contains(roles, r) {
			out = append(out, string(r))
		}
	}
	return strings.Join(out, " ")
}

// about says in a deed who a person is.
func about(p Person) string {
	var names []string
	for _, r := range press.Roles() {
		if slices.Contains(p.Roles, r) {
			names = append(names, r.Name())
		}
	}
	s := p.Name + "："
	if p.Office != "" {
		s += p.Office + "，"
	}
	return s + strings.Join(names, "、")
}

// ErrLastOperator refuses what would leave nobody who could admit people.
var ErrLastOperator = &Wrong{Field: "roles", Say: "这是最后一位能用的系统管理员，停用或者换掉角色以后就没有人能管理人员了。请先给另一位同事系统管理员的角色"}

// changePerson is one change of a person by another one, or herself: do says what is noted of it, "" for nothing at all.
func (l *Ledger) changePerson(ctx context.Context, id int64, verb string, who Who, now time.Time, do func(ctx context.Context, tx *sql.Tx, p Person) (detail string, err error)) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		p, err := l.person(ctx, tx, id)
		if err != nil {
			return err
		}
		detail, err := do(ctx, tx, p)
		if err != nil || detail == "" {
			return err
		}
		return noteDeed(ctx, tx, Deed{At: now, By: who, Verb: verb, About: p.Login, Detail: detail})
	})
}

// ended is the moment of a change that ends what a person had begun. It is later than any before, whatever the clock says.
func ended(p Person, now time.Time) int64 { return max(now.UnixMicro(), p.Changed.UnixMicro()+1) }

// lastOperator reports whether a person is the only one left who may admit people.
func lastOperator(ctx context.Context, tx *sql.Tx, p Person) (bool, error) {
	if !slices.Contains(p.Roles, press.Operator) || !p.Disabled.IsZero() {
		return false, nil
	}
	var n int
	err := tx.QueryRowContext(ctx, `
		SELECT COUNT(*)
		FROM person
		WHERE disabled_at IS NULL AND id <> $1 AND ' ' || roles || ' ' LIKE '% operator %'`, p.ID).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("count operators: %w", err)
	}
	return n == 0, nil
}

// SetRoles gives a person other roles or another office. Her sessions end; she signs in with what she may do now.
func (l *Ledger) SetRoles(ctx context.Context, id int64, roles []press.Role, office string, who Who, now time.Time) error {
	return l.changePerson(ctx, id, "change_roles", who, now, func(ctx context.Context, tx *sql.Tx, p Person) (string, error) {
		was := p
		p.Roles, p.Office = roles, strings.TrimSpace(office)
		if err := personWrong(p); err != nil {
			return "", err
		}
		if joined(was.Roles) == joined(p.Roles) && was.Office == p.Office {
			return "", nil
		}
		if !slices.Contains(roles, press.Operator) {
			last, err := lastOperator(ctx, tx, was)
			if err != nil {
				return "", err
			}
			if last {
				return "", ErrLastOperator
			}
		}
		_, err := tx.ExecContext(ctx, `UPDATE person SET roles = $2, office = $3, changed_at = $4 WHERE id = $1`, id, joined(roles), p.Office, ended(was, now))
		if err != nil {
			return "", fmt.Errorf("change roles: %w", err)
		}
		return about(was) + " → " + about(p), nil
	})
}

// Disable ends everything that a person had begun and lets her in no more. Her name stays on the records.
func (l *Ledger) Disable(ctx context.Context, id int64, reason string, who Who, now time.Time) error {
	return l.changePerson(ctx, id, "disable", who, now, func(ctx context.Context, tx *sql.Tx, p Person) (string, error) {
		if !p.Disabled.IsZero() {
			return "", nil
		}
		last, err := lastOperator(ctx, tx, p)
		if err != nil {
			return "", err
		}
		if last {
			return "", ErrLastOperator
		}
		if _, err := tx.ExecContext(ctx, `UPDATE person SET disabled_at = $2, changed_at = $3 WHERE id = $1`, id, now.UnixMicro(), ended(p, now)); err != nil {
			return "", fmt.Errorf("disable person: %w", err)
		}
		return strings.TrimSuffix(about(p)+"。"+reason, "。"), nil
	})
}

// Enable lets a person in again.
func (l *Ledger) Enable(ctx context.Context, id int64, who Who, now time.Time) error {
	return l.changePerson(ctx, id, "enable", who, now, func(ctx context.Context, tx *sql.Tx, p Person) (string, error) {
		if p.Disabled.IsZero() {
			return "", nil
		}
		_, err := tx.ExecContext(ctx, `
			UPDATE person
			SET disabled_at = NULL, failures = 0, locked_until = NULL, changed_at = $2
			WHERE id = $1`, id, ended(p, now))
		if err != nil {
			return "", fmt.Errorf("enable person: %w", err)
		}
		return about(p), nil
	})
}

// Unlock lets a person try her password again at once.
func (l *Ledger) Unlock(ctx context.Context, id int64, who Who, now time.Time) error {
	return l.changePerson(ctx, id, "unlock", who, now, func(ctx context.Context, tx *sql.Tx, p Person) (string, error) {
		if p.Failures == 0 && p.Locked.IsZero() {
			return "", nil
		}
		if _, err := tx.ExecContext(ctx, `UPDATE person SET failures = 0, locked_until = NULL WHERE id = $1`, id); err != nil {
			return "", fmt.Errorf("unlock person: %w", err)
		}
		return about(p), nil
	})
}

// SetPassword stores the hash of a new password. One that was given by somebody else must be changed at once.
func (l *Ledger) SetPassword(ctx context.Context, id int64, hash string, given bool, who Who, now time.Time) error {
	verb := "change_password"
	if given {
		verb = "reset_password"
	}
	return l.changePerson(ctx, id, verb, who, now, func(ctx context.Context, tx *sql.Tx, p Person) (string, error) {
		_, err := tx.ExecContext(ctx, `
			UPDATE person
			SET password = $2, must_change = $3, failures = 0, locked_until = NULL, changed_at = $4
			WHERE id = $1`, id, hash, given, ended(p, now))
		if err != nil {
			return "", fmt.Errorf("set password: %w", err)
		}
		return about(p), nil
	})
}

// SetTaste stores the language and the colours that a person likes.
func (l *Ledger) SetTaste(ctx context.Context, id int64, lang, theme string) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE person SET lang = $2, theme = $3 WHERE id = $1`, id, lang, theme); err != nil {
			return fmt.Errorf("set language: %w", err)
		}
		return nil
	})
}

// Lockout is after how many wrong passwords in a row nobody can sign in as a person, and for how long.
type Lockout struct {
	After int
	For   time.Duration
}

// WrongPassword counts a wrong password, and locks the person out after too many of them. from is the address that it came from.
func (l *Ledger) WrongPassword(ctx context.Context, id int64, from string, lock Lockout, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		p, err := l.person(ctx, tx, id)
		if err != nil {
			return err
		}
		p.Failures++
		var until sql.NullInt64
		if lock.After > 0 && p.Failures >= lock.After {
			until = micros(now.Add(lock.For))
		}
		if _, err := tx.ExecContext(ctx, `UPDATE person SET failures = $2, locked_until = $3 WHERE id = $1`, id, p.Failures, until); err != nil {
			return fmt.Errorf("count wrong password: %w", err)
		}
		if !until.Valid {
			return nil
		}
		return noteDeed(ctx, tx, Deed{At: now, By: program(), Verb: "lock", About: p.Login,
			Detail: fmt.Sprintf("连续%d次密码不对，锁定%d分钟，来自 %s", p.Failures, int(lock.For.Minutes()), from)})
	})
}

// SignedIn records that a person has come in, and how, for example 密码.
func (l *Ledger) SignedIn(ctx context.Context, id int64, how, from string, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		p, err := l.person(ctx, tx, id)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE person SET failures = 0, locked_until = NULL, seen_at = $2 WHERE id = $1`, id, now.UnixMicro())
		if err != nil {
			return fmt.Errorf("record sign-in: %w", err)
		}
		who := Who{Name: p.Name}
		if len(p.Roles) > 0 {
			who.Role = p.Roles[0]
		}
		return noteDeed(ctx, tx, Deed{At: now, By: who, Verb: "sign_in", About: p.Login, Detail: how + "，来自 " + from})
	})
}

// Seen remembers that a person is at work.
func (l *Ledger) Seen(ctx context.Context, id int64, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE person SET seen_at = $2 WHERE id = $1`, id, now.UnixMicro()); err != nil {
			return fmt.Errorf("record presence: %w", err)
		}
		return nil
	})
}
