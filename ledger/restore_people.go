package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A backup lets in whom the office let in when it was made. Who was shut out since must not come back with it, so what the present ledger says of
// that is taken over; where there is none that can be read, no token of the API works any more, as nobody knows which were revoked.

// admitted is who may come in, as a ledger has it.
type admitted struct {
	people []person
	tokens []shut
}

// person is what changes of somebody, as the columns have it.
type person struct {
	login, roles, password string
	mustChange             bool
	disabled, locked       sql.NullInt64
	changed                int64
	failures               int
}

// shut is a token that was revoked.
type shut struct {
	hash, by string
	at       int64
}

// present reads who may come in from the ledger that is replaced; false where that is not the same ledger, or cannot be read.
func (r Restoring) present(ctx context.Context, id string) (a admitted, ok bool) {
	was, err := identity(ctx, r.Path)
	if err != nil || was != id {
		return a, false
	}
	db, err := openDB(plain(r.Path, "?mode=ro&_pragma=busy_timeout(10000)"))
	if err != nil {
		return a, false
	}
	defer db.Close()
	return a, errors.Join(a.readPeople(ctx, db), a.readTokens(ctx, db)) == nil
}

func (a *admitted) readPeople(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, `SELECT login, roles, password, must_change, failures, disabled_at, locked_until, changed_at FROM person`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var p person
		if err := rows.Scan(&p.login, &p.roles, &p.password, &p.mustChange, &p.failures, &p.disabled, &p.locked, &p.changed); err != nil {
			return err
		}
		a.people = append(a.people, p)
	}
	return rows.Err()
}

func (a *admitted) readTokens(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, `SELECT hash, revoked_at, revoked_by FROM token WHERE revoked_at IS NOT NULL`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var t shut
		if err := rows.Scan(&t.hash, &t.at, &t.by); err != nil {
			return err
		}
		a.tokens = append(a.tokens, t)
	}
	return rows.Err()
}

// shutOut keeps out of a restored ledger whom the office has shut out since the backup, ends every session, and says which tokens do not work any
// more because nothing is known of them.
func (r Restoring) shutOut(ctx context.Context, tx *sql.Tx, a admitted, known bool) (revoked []string, err error) {
	if _, err := tx.ExecContext(ctx, `DELETE FROM session`); err != nil { // one may have been ended since
		return nil, fmt.Errorf("end sessions: %w", err)
	}
	for _, p := range a.people {
		_, err := tx.ExecContext(ctx, `
			UPDATE person
			SET roles = $2, password = $3, must_change = $4, failures = $5, disabled_at = $6, locked_until = $7, changed_at = $8
			WHERE login = $1 AND changed_at <= $8`, p.login, p.roles, p.password, p.mustChange, p.failures, p.disabled, p.locked, p.changed)
		if err != nil {
			return nil, fmt.Errorf("take over person: %w", err)
		}
	}
	for _, t := range a.tokens {
		_, err := tx.ExecContext(ctx, `UPDATE token SET revoked_at = $2, revoked_by = $3 WHERE hash = $1 AND revoked_at IS NULL`, t.hash, t.at, t.by)
		if err != nil {
			return nil, fmt.Errorf("take over token: %w", err)
		}
	}
	detail := "备份里最后一条记录是" + clockTime(r.last) + "的"
	if !known {
		revoked, err = texts(ctx, tx, `UPDATE token SET revoked_at = $1, revoked_by = $2 WHERE revoked_at IS NULL RETURNING name`, r.Now.UnixMicro(), "恢复台账")
		if err != nil {
			return nil, fmt.Errorf("revoke tokens: %w", err)
		}
		if len(revoked) > 0 {
			detail += "；读不到原来的台账，不知道哪些令牌已经撤销，全部撤销：" + strings.Join(revoked, "、")
		}
	}
	return revoked, noteDeed(ctx, tx, Deed{At: r.Now, By: Who{Name: r.By}, Verb: "restore", About: "台账", Detail: detail})
}

// feedFrom has the feed of a restored ledger go on with numbers that the lost one cannot have given: readers outside go by them, and would take what
// happens now for what they have had.
func feedFrom(ctx context.Context, tx *sql.Tx, now time.Time) error {
	res, err := tx.ExecContext(ctx, `UPDATE sqlite_sequence SET seq = MAX(seq, $1) WHERE name = 'feed'`, now.UnixMilli())
	if err != nil {
		return fmt.Errorf("number the feed anew: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO sqlite_sequence (name, seq) VALUES ('feed', $1)`, now.UnixMilli()); err != nil {
		return fmt.Errorf("number the feed anew: %w", err)
	}
	return nil
}
