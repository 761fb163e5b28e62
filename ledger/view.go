package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tongfa/press"
)

// KeptView is a question to the matrix that a person keeps under a name.
type KeptView struct {
	Name  string
	Query string // of the address that asks it
}

// mostViews is how many views a person may keep: they stand in a row above the matrix, each with its number.
const mostViews = 20

// ErrManyViews is in the error for one view too many, ErrNoView for one that is not kept.
var (
	ErrManyViews = errors.New("too many views")
	ErrNoView    = errors.New("no such view")
)

// KeepView keeps a view of a person, in the place of another one of the same name.
func (l *Ledger) KeepView(ctx context.Context, person string, v KeptView, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var n int
		err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM kept_view WHERE person = $1 AND name <> $2`, person, v.Name).Scan(&n)
		if err != nil {
			return fmt.Errorf("count views: %w", err)
		}
		if n >= mostViews {
			return &press.Trouble{Remedy: press.AskPerson, What: fmt.Sprintf("一个人最多保存%d个视图", mostViews), Do: "先删掉不用的视图", Err: ErrManyViews}
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO kept_view (person, name, query, at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (person, name) DO UPDATE SET query = excluded.query, at = excluded.at`, person, v.Name, v.Query, now.UnixMicro())
		if err != nil {
			return fmt.Errorf("keep view: %w", err)
		}
		return nil
	})
}

// RenameView gives a view another name.
func (l *Ledger) RenameView(ctx context.Context, person, from, to string) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var taken bool
		err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM kept_view WHERE person = $1 AND name = $2)`, person, to).Scan(&taken)
		if err != nil {
			return fmt.Errorf("look for view: %w", err)
		}
		if taken && from != to {
			return &press.Trouble{Remedy: press.AskPerson, What: fmt.Sprintf("已有一个叫“%s”的视图", to), Do: "换一个名称"}
		}
		return one(tx.ExecContext(ctx, `UPDATE kept_view SET name = $3 WHERE person = $1 AND name = $2`, person, from, to))
	})
}

// DropView keeps a view no longer.
func (l *Ledger) DropView(ctx context.Context, person, name string) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return one(tx.ExecContext(ctx, `DELETE FROM kept_view WHERE person = $1 AND name = $2`, person, name))
	})
}

// one says so where no view was changed.
func one(r sql.Result, err error) error {
	if err != nil {
		return fmt.Errorf("change view: %w", err)
	}
	if n, err := r.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return &press.Trouble{Remedy: press.AskPerson, What: "没有这个视图，可能已在别处改名或删除", Do: "回到同步状态看现在的视图", Err: ErrNoView}
}

// Views are the views that a person keeps, by name.
func (l *Ledger) Views(ctx context.Context, person string) ([]KeptView, error) {
	rows, err := l.read.QueryContext(ctx, `SELECT name, query FROM kept_view WHERE person = $1 ORDER BY name`, person)
	if err != nil {
		return nil, fmt.Errorf("read views: %w", err)
	}
	defer rows.Close()
	var out []KeptView
	for rows.Next() {
		var v KeptView
		if err := rows.Scan(&v.Name, &v.Query); err != nil {
			return nil, fmt.Errorf("read views: %w", err)
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// Columns, Issuers and Filers are what items may be asked for by, each once and no more than a list shows.
func (l *Ledger) Columns(ctx context.Context) ([]string, error) {
	return l.distinct(ctx, "column_name")
}

// Issuers are the issuing bodies of the newest revisions.
func (l *Ledger) Issuers(ctx context.Context) ([]string, error) { return l.distinct(ctx, "issuer") }

// Filers are those who filed items.
func (l *Ledger) Filers(ctx context.Context) ([]string, error) { return l.distinct(ctx, "filed_by") }

// distinct jumps from value to value of an index.
func (l *Ledger) distinct(ctx context.Context, column string) ([]string, error) {
	return texts(ctx, l.read, `
		WITH RECURSIVE v (x) AS (
			SELECT MIN(`+column+`) FROM item WHERE `+column+` > ''
			UNION ALL
			SELECT (SELECT MIN(`+column+`) FROM item WHERE `+column+` > v.x) FROM v WHERE v.x IS NOT NULL
		)
		SELECT x FROM v WHERE x IS NOT NULL LIMIT 200`)
}
