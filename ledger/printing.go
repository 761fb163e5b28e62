package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"tongfa/press"
)

// Printing (刊登) is where an item stands in the gazette. It is read from the editions each time, and so it is never at odds with them.
type Printing struct {
	State    PrintState `json:"state"`
	Edition  string     `json:"edition"` // its key
	Title    string     `json:"title"`   // of the issue, such as 2026年第4号（总第120号）; "" before it is numbered
	Position int        `json:"position"`
	URL      string     `json:"url,omitempty"`
	At       time.Time  `json:"at,omitzero"` // when the issue came out; zero before
}

// PrintState is whether an item is printed.
type PrintState string

// An item is in an issue that is still to come, in one that is out, or was in one and was withdrawn.
const (
	ToBePrinted PrintState = "coming"
	IsPrinted   PrintState = "printed"
	WasPrinted  PrintState = "withdrawn"
)

// Say tells it to a person.
func (p Printing) Say() string {
	switch p.State {
	case IsPrinted:
		return "已刊登在" + p.issue()
	case WasPrinted:
		return "在" + p.issue() + "刊登以后已撤回"
	}
	return "已编入" + p.issue()
}

func (p Printing) issue() string {
	if p.Title == "" {
		return p.Edition
	}
	return p.Title
}

// printings tells of items where they are printed, or will be; the best of it where there are several.
func (l *Ledger) printings(ctx context.Context, q querier, items []press.ItemID) (map[press.ItemID]Printing, error) {
	out := map[press.ItemID]Printing{}
	if len(items) == 0 {
		return out, nil
	}
	ids, err := json.Marshal(items)
	if err != nil {
		return nil, err
	}
	rows, err := q.QueryContext(ctx, `
		SELECT c.item, c.state, c.url, d.key, d.title, e.position, d.out_at
		FROM copy c
		CROSS JOIN channel h ON h.name = c.channel AND h.kind = 'gazette'
		CROSS JOIN entry e ON e.copy = c.id AND e.claims = 1
		CROSS JOIN edition d ON d.key = e.edition
		WHERE c.item IN (SELECT value FROM json_each($1))
		ORDER BY c.item, c.id`, string(ids))
	if err != nil {
		return nil, fmt.Errorf("read printings: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id press.ItemID
		var state press.CopyState
		var p Printing
		var at sql.NullInt64
		if err := rows.Scan(&id, &state, &p.URL, &p.Edition, &p.Title, &p.Position, &at); err != nil {
			return nil, fmt.Errorf("read printings: %w", err)
		}
		p.At, p.State = l.moment(at), printState(state)
		if had, ok := out[id]; !ok || weightOf(p.State) >= weightOf(had.State) {
			out[id] = p
		}
	}
	return out, rows.Err()
}

func printState(s press.CopyState) PrintState {
	switch {
	case s.Public():
		return IsPrinted
	case s == press.CopyWithdrawn:
		return WasPrinted
	}
	return ToBePrinted
}

func weightOf(s PrintState) int {
	return map[PrintState]int{IsPrinted: 2, ToBePrinted: 1}[s]
}
