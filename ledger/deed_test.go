package ledger

import (
	"fmt"
	"testing"
	"time"

	"tongfa/press"
)

func TestDeeds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	operator := Who{"孙某", press.Operator}
	for i := range 5 {
		must(t, b.Note(b.ctx, "sign_in", "sun", fmt.Sprint(i), operator, b.now))
		b.pass(time.Minute)
	}
	must(t, b.Note(b.ctx, "disable", "wang", "", operator, b.now))
	must(t, b.Note(b.ctx, "sign_in", "li", "", publisher, b.now))
	for _, c := range []struct {
		what string
		f    DeedFilter
		want []int64
	}{
		{"all", DeedFilter{}, []int64{7, 6, 5, 4, 3, 2, 1}},
		{"a page", DeedFilter{Most: 2}, []int64{7, 6}},
		{"the next page", DeedFilter{Most: 2, Before: 6}, []int64{5, 4}},
		{"of one person", DeedFilter{By: "李某"}, []int64{7}},
		{"of one kind", DeedFilter{Verb: "disable"}, []int64{6}},
		{"about somebody", DeedFilter{About: "sun", Before: 3}, []int64{2, 1}},
		{"of a time", DeedFilter{From: start.Add(time.Minute), To: start.Add(3 * time.Minute)}, []int64{3, 2}},
		{"none", DeedFilter{By: "赵某"}, nil},
	} {
		got, err := b.Deeds(b.ctx, c.f)
		must(t, err)
		var ns []int64
		for _, d := range got {
			ns = append(ns, d.N)
		}
		equal(t, c.what, fmt.Sprint(ns), fmt.Sprint(c.want))
	}
	got, err := b.Deeds(b.ctx, DeedFilter{Most: 1})
	must(t, err)
	equal(t, "the newest", got[0], Deed{N: 7, At: b.now, By: publisher, Verb: "sign_in", About: "li"})
	equal(t, "its kind", got[0].What(), "登录")
}

func TestChainOfDeeds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tamper string
		n      int // of the deed that is named
	}{
		{`UPDATE deed SET by = '别人' WHERE n = 2`, 2},
		{`UPDATE deed SET role = 'operator' WHERE n = 2`, 2},
		{`UPDATE deed SET at = at - 1 WHERE n = 1`, 1},
		{`UPDATE deed SET detail = '' WHERE n = 3`, 3},
		{`UPDATE deed SET about = 'x' WHERE n = 3`, 3},
		{`UPDATE deed SET verb = 'x' WHERE n = 3`, 3},
		{`UPDATE deed SET hash = prev WHERE n = 2`, 2},
		{`DELETE FROM deed WHERE n = 2`, 3},
		{`DELETE FROM deed WHERE n = 1`, 2},
		{`DELETE FROM deed WHERE n = 3`, 2},
		{`DELETE FROM deed`, 0},
	} {
		t.Run(c.tamper, func(t *testing.T) {
			b := setup(t)
			b.unchecked = true
			for i := range 3 {
				must(t, b.Note(b.ctx, "disable", "li", fmt.Sprint(i), publisher, b.now))
			}
			read, broken, err := b.Chain(b.ctx)
			must(t, err)
			equal(t, "read", read, 3)
			equal(t, "broken", len(broken), 0)
			for _, q := range []string{`DROP TRIGGER deed_stays`, `DROP TRIGGER deed_kept`, c.tamper} {
				b.raw(q)
			}
			_, broken, err = b.Chain(b.ctx)
			must(t, err)
			if len(broken) == 0 || broken[0].Item != "" || broken[0].N != c.n || broken[0].Why == "" {
				t.Fatalf("broken = %+v, want deed %d", broken, c.n)
			}
		})
	}
}

func TestADeedStays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	must(t, b.Note(b.ctx, "disable", "li", "", publisher, b.now))
	for _, q := range []string{`UPDATE deed SET by = '别人'`, `DELETE FROM deed`} {
		if _, err := b.writes.Exec(q); err == nil {
			t.Errorf("%s went through", q)
		}
	}
}
