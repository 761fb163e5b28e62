package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tongfa/press"
)

// Broken is one place where a chain does not hold.
type Broken struct {
	Item press.ItemID // "" of deeds, which are one chain
	N    int
	Why  string
}

// Place says which record it is.
func (b Broken) Place() string {
	if b.Item == "" {
		return fmt.Sprintf("操作记录第%d条", b.N)
	}
	return fmt.Sprintf("稿件%s第%d条", b.Item, b.N)
}

// Chain recomputes the chain of moves of every item and the chain of deeds, and returns how many records it read and where they do not hold.
func (l *Ledger) Chain(ctx context.Context) (read int, broken []Broken, err error) {
	return l.chainTelling(ctx, func(int) {})
}

// chainTelling is Chain that tells now and then how many records it has read.
func (l *Ledger) chainTelling(ctx context.Context, told func(read int)) (read int, broken []Broken, err error) {
	read, broken, err = l.chainMoves(ctx, told)
	if err != nil {
		return read, broken, err
	}
	has, err := l.hasTable(ctx, "deed")
	if err != nil || !has {
		return read, broken, err
	}
	more, also, err := l.chainDeeds(ctx)
	read, broken = read+more, append(broken, also...)
	if err != nil {
		return read, broken, err
	}
	if has, err = l.hasTable(ctx, "round"); err != nil || !has {
		return read, broken, err
	}
	also, err = l.chainRounds(ctx)
	return read, append(broken, also...), err
}

// toldEvery is how often a long reading tells how far it is.
const toldEvery = 10_000

// chainMoves is Chain of the moves. That an item's last moves were cut off shows only where its state tells more than they do.
func (l *Ledger) chainMoves(ctx context.Context, told func(read int)) (read int, broken []Broken, err error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT item, n, at, by, role, verb, channel, was, is_now, detail, prev, hash
		FROM move
		ORDER BY item, n`)
	if err != nil {
		return 0, nil, fmt.Errorf("read chain: %w", err)
	}
	defer rows.Close()
	var item press.ItemID
	var last string
	var count int
	for rows.Next() {
		var m moved
		var n int
		var at sql.NullInt64
		var prev, hash string
		if err := rows.Scan(&m.item, &n, &at, &m.who.Name, &m.who.Role, &m.verb, &m.channel, &m.was, &m.now, &m.detail, &prev, &hash); err != nil {
			return read, broken, fmt.Errorf("read chain: %w", err)
		}
		m.at = l.moment(at)
		if m.item != item {
			item, last, count = m.item, "", 0
		}
		count++
		if read++; read%toldEvery == 0 {
			told(read)
		}
		switch {
		case n != count || prev != last:
			broken = append(broken, Broken{m.item, n, "前一条流转记录缺失或者被改动"})
		case link(m, n, prev) != hash:
			broken = append(broken, Broken{m.item, n, "这一条流转记录被改动"})
		}
		last, count = hash, n
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return read, broken, fmt.Errorf("read chain: %w", err)
	}
	cut, err := l.cutOff(ctx)
	return read, append(broken, cut...), err
}

// cutOff finds the items whose state is not the one that their last editorial move led to, or that have no move at all.
func (l *Ledger) cutOff(ctx context.Context) ([]Broken, error) {
	rows, err := l.read.QueryContext(ctx, `
		SELECT i.id, COALESCE((SELECT MAX(n) FROM move WHERE item = i.id), 0)
		FROM item i
		WHERE i.state IS NOT (
			SELECT is_now
			FROM move
			WHERE item = i.id AND channel = '' AND verb IN ('file', 'submit', 'sign', 'approve', 'return', 'save', 'revise', 'hold', 'release', 'withdraw', 'retry')
			ORDER BY n DESC
			LIMIT 1)
		ORDER BY i.id`)
	if err != nil {
		return nil, fmt.Errorf("read ends of chains: %w", err)
	}
	defer rows.Close()
	var out []Broken
	for rows.Next() {
		b := Broken{Why: "稿件的状态与最后一条流转记录不符，其后的记录可能被删去"}
		if err := rows.Scan(&b.Item, &b.N); err != nil {
			return nil, fmt.Errorf("read ends of chains: %w", err)
		}
		out = append(out, b)
	}
	return out, rows.Err()
}
