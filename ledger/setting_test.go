package ledger

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tongfa/press"
	"tongfa/workday"
)

var keeper = Who{"周某", press.Operator}

func TestWordsOfTheListCountAtOnce(t *testing.T) {
	b := setup(t)
	list := []press.Word{{Text: "老 大难", Level: press.Stop, Instead: "重点难点"}, {Text: "务必", Level: press.Warn}}
	added, changed, err := b.AddWords(b.ctx, list, keeper, b.now)
	must(t, err)
	if added != 2 || changed != 0 {
		t.Error(added, changed)
	}
	f := ready("治理老大难问题", "site")
	out := b.filed(f)
	if !press.Stops(out.Findings) || !strings.Contains(out.Findings[0].Message, "重点难点") {
		t.Errorf("%+v", out.Findings)
	}
	must(t, b.DropWord(b.ctx, "老大难", keeper, b.now))
	s, err := b.Story(b.ctx, string(out.ID), b.now)
	must(t, err)
	if press.Stops(s.Findings) || s.Item.State != press.Approved || s.Blocked != "" {
		t.Errorf("%s, %q: %+v", s.Item.State, s.Blocked, s.Findings)
	}
	if err := b.DropWord(b.ctx, "老大难", keeper, b.now); err == nil {
		t.Error("dropped twice")
	}
	if added, changed, err = b.AddWords(b.ctx, []press.Word{{Text: "务必", Level: press.Stop}, {Text: "新词", Level: press.Warn}}, keeper, b.now); err != nil || added != 1 || changed != 1 {
		t.Error(added, changed, err)
	}
	for _, bad := range [][]press.Word{{}, {{Text: " ", Level: press.Stop}}, {{Text: strings.Repeat("长", 41), Level: press.Stop}}, {{Text: "好", Level: "x"}}} {
		if _, _, err := b.AddWords(b.ctx, bad, keeper, b.now); err == nil {
			t.Errorf("%v is a list", bad)
		}
	}
	b.crash()
	if got, err := b.Words(b.ctx); err != nil || len(got) != 2 || b.set.Load().words.Len() != 2 {
		t.Error(got, err)
	}
	if ds, err := b.Deeds(b.ctx, DeedFilter{}); err != nil || len(ds) != 3 {
		t.Errorf("%+v %v", ds, err)
	}
}

const nextYear = `year: 2031
number: 国办发明电〔2030〕9号
confirmed: true
days:
  - {name: 元旦, date: 2031-01-02, isOffDay: true}
`

func TestHolidaysThatAreHandedInCountAtOnceAndCanBeTakenOut(t *testing.T) {
	b := setup(t)
	if b.Calendar().Knows(2031) {
		t.Fatal("the test is out of date")
	}
	must(t, b.AddHolidays(b.ctx, "2031.yaml", []byte(nextYear), keeper, b.now))
	if !b.Calendar().Knows(2031) {
		t.Error("not known at once")
	}
	b.crash()
	if !b.Calendar().Knows(2031) {
		t.Error("forgotten by a restart")
	}
	hs, err := b.Holidays(b.ctx)
	must(t, err)
	must(t, b.DropHolidays(b.ctx, hs[0].ID, keeper, b.now.Add(time.Hour)))
	if b.Calendar().Knows(2031) {
		t.Error("still known")
	}
	if err := b.DropHolidays(b.ctx, hs[0].ID, keeper, b.now); err == nil {
		t.Error("dropped twice")
	}
	if err := b.AddHolidays(b.ctx, "bad", []byte("year: x"), keeper, b.now); err == nil {
		t.Error("a bad file went in")
	} else if _, ok := err.(workday.Problems); !ok {
		t.Errorf("%T", err)
	}
	if hs, err = b.Holidays(b.ctx); err != nil || len(hs) != 1 || hs[0].DroppedBy != "周某" || hs[0].Dropped.IsZero() {
		t.Errorf("%+v %v", hs, err)
	}
}

func TestWordsThatTwoAddAtOnceAllCount(t *testing.T) {
	b := setup(t)
	const many, rounds = 2000, 12
	var list []press.Word // so long that reading it takes a while
	for n := range many {
		list = append(list, press.Word{Text: fmt.Sprintf("词%d号", n), Level: press.Warn})
	}
	_, _, err := b.AddWords(b.ctx, list, keeper, b.now)
	must(t, err)
	for n := range rounds {
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				if _, _, err := b.AddWords(b.ctx, []press.Word{{Text: fmt.Sprintf("新%d之%d", n, i), Level: press.Stop}}, keeper, b.now); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		equal(t, "words that the gates know", b.set.Load().words.Len(), many+4*(n+1))
	}
}

func TestHolidaysOfTheDeskCountForCandidates(t *testing.T) {
	b := setup(t)
	f := ready("甲", "gazette")
	f.Item.Kind = press.Policy
	f.Revision.Meta.FormedOn = workday.DateOf(b.now)
	f.Revision.Meta.DocNumber, f.Revision.Meta.Theme = "示政发〔2026〕1号", "综合政务"
	b.filed(f)
	key, err := b.Plan(b.ctx, gazettePlan(), b.now.Add(time.Hour), editor, b.now)
	must(t, err)
	e, err := b.Edition(b.ctx, key)
	must(t, err)
	left := func() int {
		cs, _, err := b.Candidates(b.ctx, gazettePlan(), e.Edition, "甲", "", 10, b.now.Add(30*24*time.Hour))
		must(t, err)
		if len(cs) != 1 || !cs[0].Term {
			t.Fatalf("%+v", cs)
		}
		return cs[0].Left
	}
	before := left()
	must(t, b.AddHolidays(b.ctx, "x.yaml", []byte("year: 2026\nnumber: 示例〔2026〕1号\nconfirmed: true\ndays:\n  - {name: 节, date: 2026-12-01, isOffDay: true}\n"), keeper, b.now))
	if after := left(); after <= before {
		t.Errorf("%d days left before the holiday was known, %d after", before, after)
	}
}
