package ledger

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

// written fills a record: three items that went out, one held back by a person, and deeds between.
func written(t *testing.T) *testBench {
	t.Helper()
	b := setup(t)
	for i := range 3 {
		b.filed(ready(fmt.Sprint("稿件", i), "site"))
		must(t, b.Note(b.ctx, "sign_in", "wang", "", Who{"王某", press.Publisher}, b.now))
		b.pass(time.Minute)
	}
	b.composed(sitePlan(), b.now)
	for _, a := range b.begun("site") {
		b.settle(a, live())
	}
	id := b.filed(ready("要暂缓的", "site", "wechat")).ID
	must(t, b.Hold(b.ctx, string(id), "等领导", Who{"李某", press.Publisher}, b.now))
	must(t, b.Note(b.ctx, "test_channel", "site", "", Who{"李某", press.Operator}, b.now))
	return b
}

func (b *testBench) record(f RecordFilter) []Recorded {
	b.Helper()
	var out []Recorded
	for {
		lines, next, err := b.Record(b.ctx, f)
		must(b, err)
		out = append(out, lines...)
		if f.After = next; next == "" {
			return out
		}
	}
}

func TestTheRecordIsOneListThatPagesNeitherRepeatNorLose(t *testing.T) {
	b := written(t)
	all := b.record(RecordFilter{Program: true, Most: 1000})
	var moves, deeds int
	must(t, b.read.QueryRow(`SELECT (SELECT COUNT(*) FROM move), (SELECT COUNT(*) FROM deed)`).Scan(&moves, &deeds))
	if len(all) != moves+deeds || deeds != 4 {
		t.Fatalf("%d lines of %d moves and %d deeds", len(all), moves, deeds)
	}
	if !slices.IsSortedFunc(all, func(x, y Recorded) int { return y.At.Compare(x.At) }) {
		t.Error("not newest first")
	}
	for _, most := range []int{1, 2, 3, 7} {
		if got := b.record(RecordFilter{Program: true, Most: most}); !slices.Equal(got, all) {
			t.Errorf("in pages of %d: %d lines", most, len(got))
		}
	}
	for _, r := range all {
		if !r.Deed() && r.Title == "" || r.What() == "" || r.What() == r.Verb {
			t.Errorf("no words: %+v", r)
		}
	}
}

func TestTheRecordFilters(t *testing.T) {
	b := written(t)
	all := b.record(RecordFilter{Program: true, Most: 1000})
	hold := all[slices.IndexFunc(all, func(r Recorded) bool { return r.Verb == "hold" })]
	for _, c := range []struct {
		name string
		f    RecordFilter
		fits func(Recorded) bool
	}{
		{"people", RecordFilter{}, func(r Recorded) bool { return r.By.Role != press.System }},
		{"person", RecordFilter{Person: "李某"}, func(r Recorded) bool { return r.By.Name == "李某" }},
		{"program", RecordFilter{Person: "同发"}, func(r Recorded) bool { return r.By.Name == "同发" }},
		{"verb", RecordFilter{Verb: "hold"}, func(r Recorded) bool { return r.Verb == "hold" }},
		{"deed", RecordFilter{Verb: "sign_in"}, func(r Recorded) bool { return r.Verb == "sign_in" }},
		{"item", RecordFilter{Item: hold.Item, Program: true}, func(r Recorded) bool { return r.Item == hold.Item }},
		{"channel", RecordFilter{Channel: "site", Program: true}, func(r Recorded) bool { return r.Channel == "site" }},
		{"both", RecordFilter{Person: "李某", Verb: "hold"}, func(r Recorded) bool { return r.Verb == "hold" }},
		{"time", RecordFilter{Program: true, From: start.Add(time.Minute), To: start.Add(2 * time.Minute)},
			func(r Recorded) bool {
				return !r.At.Before(start.Add(time.Minute)) && r.At.Before(start.Add(2*time.Minute))
			}},
	} {
		want := slices.DeleteFunc(slices.Clone(all), func(r Recorded) bool { return !c.fits(r) })
		c.f.Most = 2
		if got := b.record(c.f); !slices.Equal(got, want) || len(want) == 0 {
			t.Errorf("%s: %d lines, want %d", c.name, len(got), len(want))
		}
	}
	n, err := b.RecordEach(b.ctx, RecordFilter{Program: true}, func(Recorded) error { return nil })
	if err != nil || n != len(all) {
		t.Errorf("each: %d %v", n, err)
	}
	for _, bad := range []string{"x", "1.2", "a.b.c", strings.Repeat("9", 400)} {
		if _, _, err := b.Record(b.ctx, RecordFilter{After: bad}); err == nil {
			t.Errorf("%q is a cursor", bad)
		}
	}
}

func TestEveryPageOfTheRecordGoesByAnIndex(t *testing.T) {
	b := setup(t)
	for _, f := range []RecordFilter{{}, {Program: true}, {Person: "王某"}, {Person: "同发"}, {Verb: "hold"}, {Channel: "site", Program: true}, {Channel: "site"},
		{Item: "x"}, {Person: "王某", Verb: "hold", Channel: "site"}} {
		q, _ := f.narrows()
		d, _ := f.narrowsDeeds()
		for _, query := range []string{q, d} {
			for _, step := range b.explained(query) {
				sorts := strings.Contains(step, "TEMP B-TREE") && f.Item == ""
				if !strings.HasPrefix(step, "SEARCH") && !strings.Contains(step, "TEMP B-TREE") || sorts {
					t.Errorf("%+v: %s\n%s", f, step, query)
				}
			}
		}
	}
}
