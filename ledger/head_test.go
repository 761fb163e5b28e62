package ledger

import (
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

func (b *testBench) seal(quiet bool) (Head, bool) {
	b.Helper()
	h, made, err := b.Seal(b.ctx, quiet, b.now)
	must(b, err)
	return h, made
}

func (b *testBench) headsHold() []string {
	b.Helper()
	_, odd, err := b.CheckHeads(b.ctx, true)
	must(b, err)
	return odd
}

func TestADailyHeadCoversWhatCameSinceTheLast(t *testing.T) {
	b := written(t)
	one, made := b.seal(false)
	if !made || one.N != 1 || one.Chains != 4 || one.Moves == 0 || one.Receipts == 0 || one.Deed == "" || one.Hash != one.Sum() {
		t.Fatalf("%+v", one)
	}
	if _, made := b.seal(false); made {
		t.Error("a head over nothing")
	}
	b.pass(24 * time.Hour)
	quiet, made := b.seal(true)
	if !made || quiet.Chains != 0 || quiet.Prev != one.Hash {
		t.Errorf("a quiet day: %+v", quiet)
	}
	id := b.filed(ready("后来的", "site")).ID
	third, _ := b.seal(false)
	if third.Chains != 1 || third.N != 3 {
		t.Errorf("%+v", third)
	}
	if odd := b.headsHold(); len(odd) > 0 {
		t.Error(odd)
	}
	for ref, head := range map[string]int64{string(id): 3, b.oldest(): 1} {
		c, err := b.covering(b.ctx, press.ItemID(ref))
		must(t, err)
		hs, err := b.Heads(b.ctx, head+1, 1)
		must(t, err)
		if c == nil || c.Head != head {
			t.Fatalf("%s: %+v", ref, c)
		}
		root, err := press.Climb(End(press.ItemID(ref), c.N, c.Hash), c.At, c.Of, c.Path)
		if err != nil || root != hs[0].Root {
			t.Errorf("%s: %v, %s is not %s", ref, err, root, hs[0].Root)
		}
	}
}

func (b *testBench) oldest() (id string) {
	b.Helper()
	must(b, b.read.QueryRow(`SELECT id FROM item ORDER BY n LIMIT 1`).Scan(&id))
	return id
}

// Who can write to the file can make a chain that holds in itself; a head that was kept, and even one in the file, still shows it.
func TestAHeadShowsWhatTheChainsCannot(t *testing.T) {
	for name, harm := range map[string][]string{
		"a chain made anew": {`DROP TRIGGER move_stays`, `UPDATE move SET hash = 'g' || substr(hash, 2) WHERE item = (SELECT MIN(id) FROM item)`},
		"a receipt":         {`DROP TRIGGER receipt_stays`, `UPDATE receipt SET url = 'https://elsewhere.example/' WHERE id = 1`},
		"a receipt gone":    {`DROP TRIGGER receipt_kept`, `DELETE FROM receipt WHERE id = 1`},
		"a head":            {`DROP TRIGGER head_stays`, `UPDATE head SET root = prev`},
	} {
		b := written(t)
		b.unchecked = true
		b.seal(false)
		for _, q := range harm {
			if _, err := b.writes.Exec(q); err != nil {
				t.Fatal(err)
			}
		}
		if odd := b.headsHold(); len(odd) == 0 || !strings.Contains(odd[0], "每日总摘要") {
			t.Errorf("%s is not seen: %v", name, odd)
		}
		c, _, err := b.CheckChains(b.ctx, "王某", func() time.Time { return b.now }, func(int) {})
		must(t, err)
		last, ok, err := b.LastChecked(b.ctx)
		must(t, err)
		if !ok || c.Wrong == 0 || last.Wrong != c.Wrong || last.By != "王某" || len(last.Odd) == 0 {
			t.Errorf("%s: %+v, remembered as %+v", name, c, last)
		}
	}
}

func TestAHeadStays(t *testing.T) {
	b := written(t)
	b.seal(false)
	for _, q := range []string{`UPDATE head SET hash = ''`, `DELETE FROM head`} {
		if _, err := b.writes.Exec(q); err == nil {
			t.Errorf("%s went through", q)
		}
	}
}
