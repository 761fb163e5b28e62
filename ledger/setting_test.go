package ledger

import (
	"strings"
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
