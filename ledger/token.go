package ledger

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tongfa/press"
)

// Token (接口令牌) lets another system use the HTTP API, with rights of its own. Its secret is shown once, when it is made; the ledger has its
// hash only.
type Token struct {
	ID        int64
	Name      string
	Hint      string // how the secret begins
	Rights    []press.Right
	Made      time.Time
	MadeBy    string
	Expires   time.Time // zero for never
	Used      time.Time // to the minute
	Revoked   time.Time
	RevokedBy string
}

// Works reports whether a token lets anybody in.
func (t Token) Works(now time.Time) bool {
	return t.Revoked.IsZero() && (t.Expires.IsZero() || now.Before(t.Expires))
}

// Person is the token as who makes a move: the record tells at once that it was no person.
func (t Token) Person() Person { return Person{Name: tokenSign + t.Name, Rights: t.Rights} }

// ErrNoToken is in the error for a secret that is of no token, or of one that has expired or was revoked.
var ErrNoToken = errors.New("no such token")

// Bounds of tokens.
const (
	tokenSign  = "接口:"       // how the record names one; no person is called so
	secretSign = "tf_"       // how a secret begins, so that it is known for one where it strays
	secretLong = 32          // bytes of chance
	hintLong   = 8           // characters
	mostTitle  = 40          // characters of a name
	usedPause  = time.Minute // between two notes that a token was used
)

// AddToken makes a token. This is the only time that its secret is told.
func (l *Ledger) AddToken(ctx context.Context, t Token, who Who, now time.Time) (secret string, made Token, err error) {
	if err := t.check(now); err != nil {
		return "", t, err
	}
	var raw [secretLong]byte
	_, _ = rand.Read(raw[:]) // never fails since Go 1.24
	secret = secretSign + base64.RawURLEncoding.EncodeToString(raw[:])
	t.Hint, t.Made, t.MadeBy = secret[:hintLong], now, who.Name
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var taken bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM token WHERE name = $1)`, t.Name).Scan(&taken); err != nil {
			return fmt.Errorf("look for token: %w", err)
		}
		if taken {
			return fmt.Errorf("已经有过叫“%s”的令牌，名称写进了台账，不能再用，请换一个", t.Name)
		}
		err := tx.QueryRowContext(ctx, `
			INSERT INTO token (name, hash, hint, rights, made_at, made_by, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)
			RETURNING id`, t.Name, hashOf(secret), t.Hint, words(t.Rights), now.UnixMicro(), who.Name, micros(t.Expires)).Scan(&t.ID)
		if err != nil {
			return fmt.Errorf("add token: %w", err)
		}
		return noteDeed(ctx, tx, Deed{At: now, By: who, Verb: "add_token", About: t.Name, Detail: words(t.Rights)})
	})
	return secret, t, err
}

// check says in words what a token cannot have.
func (t *Token) check(now time.Time) error {
	t.Name = strings.Join(strings.Fields(t.Name), " ")
	n := utf8.RuneCountInString(t.Name)
	switch {
	case n == 0:
		return errors.New("请写明令牌给哪个系统用，名称会写进台账")
	case n > mostTitle || !utf8.ValidString(t.Name) || strings.ContainsFunc(t.Name, func(c rune) bool { return !unicode.IsGraphic(c) }):
		return fmt.Errorf("名称请写在%d字以内，不要有不可见的字符", mostTitle)
	case len(t.Rights) == 0:
		return errors.New("请至少选择一项权限")
	case !t.Expires.IsZero() && !t.Expires.After(now):
		return errors.New("到期时间已经过去，请另选一个")
	}
	for _, r := range t.Rights {
		if !slices.ContainsFunc(press.Rights(), func(i press.RightInfo) bool { return i.Right == r }) {
			return fmt.Errorf("没有叫“%.40s”的权限", r)
		}
	}
	slices.SortFunc(t.Rights, func(a, b press.Right) int { return cmp.Compare(placeOf(a), placeOf(b)) })
	t.Rights = slices.Compact(t.Rights)
	return nil
}

// placeOf is where a right stands in the table of rights.
func placeOf(r press.Right) int {
	return slices.IndexFunc(press.Rights(), func(i press.RightInfo) bool { return i.Right == r })
}

func words(rights []press.Right) string {
	var out []string
	for _, r := range rights {
		out = append(out, string(r))
	}
	return strings.Join(out, " ")
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

const tokenColumns = `id, name, hint, rights, made_at, made_by, expires_at, used_at, revoked_at, revoked_by`

func (l *Ledger) scanToken(row interface{ Scan(...any) error }) (Token, error) {
	var t Token
	var rights string
	var made, expires, used, revoked sql.NullInt64
	err := row.Scan(&t.ID, &t.Name, &t.Hint, &rights, &made, &t.MadeBy, &expires, &used, &revoked, &t.RevokedBy)
	for _, r := range strings.Fields(rights) {
		t.Rights = append(t.Rights, press.Right(r))
	}
	t.Made, t.Expires, t.Used, t.Revoked = l.moment(made), l.moment(expires), l.moment(used), l.moment(revoked)
	return t, err
}

// Tokens lists every token, the newest first, also those that let nobody in any more: records name them.
func (l *Ledger) Tokens(ctx context.Context) ([]Token, error) {
	rows, err := l.read.QueryContext(ctx, `SELECT `+tokenColumns+` FROM token WHERE id > 0 ORDER BY id DESC`)
	if err != nil {
		return nil, fmt.Errorf("read tokens: %w", err)
	}
	defer rows.Close()
	var out []Token
	for rows.Next() {
		t, err := l.scanToken(rows)
		if err != nil {
			return nil, fmt.Errorf("read tokens: %w", err)
		}
		out = append(out, t)
	}
	return out, rows.Err()
}

// Bearer is the token that a secret is of. It looks for the hash, so that the time it takes tells nothing of the secret.
func (l *Ledger) Bearer(ctx context.Context, secret string, now time.Time) (Token, error) {
	if !strings.HasPrefix(secret, secretSign) {
		return Token{}, ErrNoToken
	}
	t, err := l.scanToken(l.read.QueryRowContext(ctx, `SELECT `+tokenColumns+` FROM token WHERE hash = $1`, hashOf(secret)))
	if errors.Is(err, sql.ErrNoRows) {
		return t, ErrNoToken
	}
	if err != nil {
		return t, fmt.Errorf("read token: %w", err)
	}
	if !t.Works(now) {
		return t, ErrNoToken
	}
	if now.Sub(t.Used) < usedPause {
		return t, nil
	}
	_ = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error { // a disk that is full keeps nobody from reading
		_, err := tx.ExecContext(ctx, `UPDATE token SET used_at = $2 WHERE id = $1`, t.ID, now.UnixMicro())
		return err
	})
	return t, nil
}

// RevokeToken ends a token by its name, at once and for ever.
func (l *Ledger) RevokeToken(ctx context.Context, name string, who Who, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		t, err := l.scanToken(tx.QueryRowContext(ctx, `SELECT `+tokenColumns+` FROM token WHERE name = $1`, name))
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return fmt.Errorf("没有叫“%.40s”的令牌：%w", name, ErrNoToken)
		case err != nil:
			return fmt.Errorf("read token: %w", err)
		case !t.Revoked.IsZero():
			return nil // it is what was asked for
		}
		_, err = tx.ExecContext(ctx, `UPDATE token SET revoked_at = $2, revoked_by = $3 WHERE id = $1`, t.ID, now.UnixMicro(), who.Name)
		if err != nil {
			return fmt.Errorf("revoke token: %w", err)
		}
		return noteDeed(ctx, tx, Deed{At: now, By: who, Verb: "revoke_token", About: t.Name})
	})
}
