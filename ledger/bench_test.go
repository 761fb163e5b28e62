package ledger

import (
	"fmt"
	"testing"
	"time"

	"tongfa/press"
)

// BenchmarkPublishOne takes one item all the way, from the filing to the verified page, beside an archive.
func BenchmarkPublishOne(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint("archive=", n), func(b *testing.B) {
			t := setup(b)
			prefill(t, t, size(b, n))
			for i := 0; b.Loop(); i++ {
				t.pass(time.Second)
				t.filed(ready(fmt.Sprint("新", i), "site"))
				t.composed(sitePlan(), t.now)
				a := t.one("site")
				j := t.Journal(a, func() time.Time { return t.now })
				for _, step := range []string{"page", "lists"} {
					must(b, j.Intend(t.ctx, step))
					must(b, j.Done(t.ctx, step, "r"))
				}
				t.settle(a, live())
				t.saw(a.Edition.Entries[0].Copy, press.SeenEqual)
			}
			t.quick()
		})
	}
}

// BenchmarkPass composes while very many copies wait for a moment far ahead.
func BenchmarkPass(b *testing.B) {
	for _, n := range []int{1_000, 1_000_000} {
		b.Run(fmt.Sprint("waiting=", n), func(b *testing.B) {
			t := setup(b)
			waiting(t, t, size(b, n))
			p := gazettePlan()
			p.Slots, p.Issues, p.Max = false, nil, 1
			b.Run("nothing due", func(b *testing.B) {
				for b.Loop() {
					if keys := t.composed(p, t.now); len(keys) > 0 {
						b.Fatal("composed what is not due")
					}
					if as := t.begun("gazette"); len(as) > 0 {
						b.Fatal("begun what is not due")
					}
				}
			})
			b.Run("one due", func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					t.pass(time.Second)
					t.raw(`UPDATE copy SET due_at = $2, ready_at = $2 WHERE id = (SELECT id FROM copy WHERE channel = 'gazette' AND due_at > $1 ORDER BY due_at DESC LIMIT 1)`,
						t.now.UnixMicro(), t.now.UnixMicro())
					if c, err := t.Compose(t.ctx, p, t.now, t.now); err != nil || len(c.Editions)+c.Held != 1 {
						b.Fatalf("composed %v, %v", c, err)
					}
				}
			})
			t.quick()
		})
	}
}

// BenchmarkLines reads pages of the matrix over very many items.
func BenchmarkLines(b *testing.B) {
	t := setup(b)
	n := size(b, 1_000_000)
	prefill(t, t, n)
	_, half, err := t.Lines(t.ctx, Filter{Limit: 1})
	must(b, err)
	for name, f := range map[string]Filter{
		"first page":         {Limit: 50},
		"a page further on":  {Limit: 50, After: half},
		"by state":           {Limit: 50, State: press.Everyone},
		"by a rare state":    {Limit: 50, State: press.Hand},
		"by a rare copy":     {Limit: 50, Copy: press.CopyNeedsHand},
		"by channel's state": {Limit: 50, Channel: "site", Copy: press.CopyVerified},
		"verified copies":    {Limit: 50, Copy: press.CopyVerified},
		"waiting copies":     {Limit: 50, Copy: press.Waiting}, // there is none: nothing may be read through to find that out
		"by channel":         {Limit: 50, Channel: "wechat"},
		"blocked":            {Limit: 50, Waits: ForGate},
		"by a common word":   {Limit: 50, Title: "人民政府"},
		"by a rare word":     {Limit: 50, Title: "第777项"},
		"by common letters that never stand together": {Limit: 50, Title: "知项"},
		"by words of which none is there":             {Limit: 50, Title: "供暖保障"},
		"by an id":                                    {Limit: 50, Title: "old-0000777"},
		"by a common word, in a rare state":           {Limit: 50, Title: "人民政府", State: press.Hand},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := t.Lines(t.ctx, f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("story", func(b *testing.B) {
		for b.Loop() {
			t.story(fmt.Sprint("o", n/2))
		}
	})
	b.Run("health", func(b *testing.B) {
		for b.Loop() {
			if _, err := t.Health(t.ctx, t.now); err != nil {
				b.Fatal(err)
			}
		}
	})
	t.quick()
}

// quick leaves out the checks at the end, which read everything.
func (b *testBench) quick() { b.unchecked = true }

// BenchmarkRecord reads pages of the record beside very many moves.
func BenchmarkRecord(b *testing.B) {
	t := setup(b)
	t.unchecked = true // its moves are written over, so that they are of different times and people
	prefill(t, t, size(b, 1_000_000))
	t.raw(`DROP TRIGGER move_stays`)
	t.raw(`UPDATE move SET at = $1 + (SELECT i.n FROM item i WHERE i.id = move.item) * 60000000, role = CASE WHEN item LIKE '%7' THEN 'registrar' ELSE 'system' END,
		by = CASE WHEN item LIKE '%7' THEN '王某' ELSE '同发' END, verb = CASE WHEN item LIKE '%00007' THEN 'hold' ELSE 'file' END`, start.UnixMicro())
	for name, f := range map[string]RecordFilter{"people": {}, "all": {Program: true}, "person": {Person: "王某"}, "verb": {Verb: "hold"}, "nobody": {Person: "无此人"},
		"item": {Item: "old-0000007"}, "channel": {Channel: "wechat", Program: true}, "rare": {Person: "王某", Verb: "sign"}, "day": {Program: true, From: start.AddDate(0, 1, 0), To: start.AddDate(0, 1, 1)}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := t.Record(t.ctx, f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("head", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := t.Seal(t.ctx, true, t.now); err != nil {
				b.Fatal(err)
			}
		}
	})
}
