package ledger

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"regexp"

	"modernc.org/sqlite"
)

// openDB opens a pool whose connections keep their statements: for the short queries of this room SQLite would need longer to read the
// text of one than to run it.
func openDB(dsn string) (*sql.DB, error) {
	c, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(keeping{c}), nil
}

type keeping struct{ driver.Connector }

func (k keeping) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	own, ok := c.(full)
	if !ok {
		return nil, fmt.Errorf("connect: %T lacks a method", c) // unreachable unless the driver is another one
	}
	return &conn{full: own, kept: map[string]*kept{}}, nil
}

// full is what a connection of the driver can do, and database/sql asks of it.
type full interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// conn is one connection with the statements that it has prepared. database/sql lets one goroutine in at a time.
type conn struct {
	full
	kept map[string]*kept
}

// mostKept bounds the statements of a connection. The texts of this room are fewer, but for those that are put together from a filter.
const mostKept = 400

// kept is a prepared statement. While rows of it are being read it cannot be run again.
type kept struct {
	driver.Stmt
	exec    driver.StmtExecContext
	query   driver.StmtQueryContext
	reading bool
}

// statement is the prepared statement of a text; false when it is better run as a text: it is being read from, or has no place.
func (c *conn) statement(ctx context.Context, text string) (*kept, bool, error) {
	if k, ok := c.kept[text]; ok {
		return k, !k.reading, nil
	}
	if len(c.kept) >= mostKept {
		return nil, false, nil
	}
	s, err := c.full.PrepareContext(ctx, steady(text))
	if err != nil {
		return nil, false, err
	}
	exec, ok := s.(driver.StmtExecContext)
	query, ok2 := s.(driver.StmtQueryContext)
	if !ok || !ok2 {
		return nil, false, s.Close() // unreachable unless the driver is another one
	}
	k := &kept{Stmt: s, exec: exec, query: query}
	c.kept[text] = k
	return k, true, nil
}

var bound = regexp.MustCompile(`\$[0-9]+`)

// steady puts a + before every parameter, which changes no value. SQLite looks at what is bound to a bare one when it plans, and therefore
// reads and plans the statement again each time something else is bound to it.
func steady(text string) string { return bound.ReplaceAllString(text, "+$0") }

func (c *conn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	k, ok, err := c.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	if !ok {
		return c.full.ExecContext(ctx, text, args)
	}
	return k.exec.ExecContext(ctx, args)
}

func (c *conn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	k, ok, err := c.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	if !ok {
		return c.full.QueryContext(ctx, text, args)
	}
	rows, err := k.query.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	k.reading = true
	return &keptRows{rows, k}, nil
}

// Close ends the statements and the connection.
func (c *conn) Close() error {
	for _, k := range c.kept {
		_ = k.Close() // of no consequence: the connection ends
	}
	clear(c.kept)
	return c.full.Close()
}

// keptRows give their statement back when they are closed.
type keptRows struct {
	driver.Rows
	k *kept
}

func (r *keptRows) Close() error {
	r.k.reading = false
	return r.Rows.Close()
}

// explain is the plan of a text, one step a line.
func (c *conn) explain(ctx context.Context, text string, parameters int) ([]string, error) {
	args := make([]driver.NamedValue, parameters)
	for i := range args {
		args[i].Ordinal = i + 1
	}
	rows, err := c.full.QueryContext(ctx, "EXPLAIN QUERY PLAN "+steady(text), args)
	if err != nil {
		return nil, fmt.Errorf("explain %s: %w", text, err)
	}
	defer rows.Close()
	var out []string
	for line := make([]driver.Value, len(rows.Columns())); ; {
		switch err := rows.Next(line); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, fmt.Errorf("explain %s: %w", text, err)
		}
		out = append(out, fmt.Sprint(line[len(line)-1]))
	}
}
