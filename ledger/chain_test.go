package ledger

import (
	"testing"

	"tongfa/press"
)

func TestChain(t *testing.T) {
	for _, c := range []struct {
		name   string
		tamper string
		n      int // of the move that is named
	}{
		{"a word", `UPDATE move SET by = '别人' WHERE n = 2`, 2},
		{"a moment", `UPDATE move SET at = at - 1 WHERE n = 1`, 1},
		{"a hash", `UPDATE move SET hash = prev WHERE n = 2`, 2},
		{"a hole", `DELETE FROM move WHERE n = 2`, 3},
		{"the beginning", `DELETE FROM move WHERE n = 1`, 2},
		{"the end", `DELETE FROM move WHERE n >= 2`, 1},
		{"everything", `DELETE FROM move`, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := setup(t)
			id := b.filed(ready("甲", "site")).ID
			must(t, b.Hold(b.ctx, "甲", "", publisher, b.now))
			must(t, b.Withdraw(b.ctx, "甲", "有误", press.NoticePage, publisher, b.now))
			read, broken, err := b.Chain(b.ctx)
			must(t, err)
			equal(t, "read", read, b.count(`SELECT COUNT(*) FROM move`))
			equal(t, "broken", len(broken), 0)

			for _, q := range []string{`DROP TRIGGER move_stays`, `DROP TRIGGER move_kept`, `CREATE TABLE saved AS SELECT * FROM move`, c.tamper} {
				b.raw(q)
			}
			_, broken, err = b.Chain(b.ctx)
			must(t, err)
			if len(broken) == 0 || broken[0].Item != id || broken[0].N != c.n || broken[0].Why == "" {
				t.Fatalf("broken = %+v, want move %d of %s", broken, c.n, id)
			}
			b.raw(`DELETE FROM move`)
			b.raw(`INSERT INTO move SELECT * FROM saved`)
		})
	}
}
