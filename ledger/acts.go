package ledger

import (
	"context"
	"errors"

	"tongfa/press"
)

// Acts are the acts on an edition, oldest first.
func (l *Ledger) Acts(ctx context.Context, edition string) ([]press.Act, error) {
	ids, err := numbers(ctx, l.read, `SELECT id FROM act WHERE edition = $1 ORDER BY id`, edition)
	if err != nil {
		return nil, err
	}
	var out []press.Act
	for _, id := range ids {
		a, err2 := l.Act(ctx, id)
		out = append(out, a)
		err = errors.Join(err, err2)
	}
	return out, err
}
