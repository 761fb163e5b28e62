package channeltest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongfa/channels"
	"tongfa/press"
)

func TestAQuotaCountsByBeijingDayAndKeepsItsReserve(t *testing.T) {
	c := &clock{t: time.Date(2026, 11, 23, 15, 59, 0, 0, time.UTC)} // a minute before midnight in Beijing
	m := NewMemory(c.now)
	j := m.Journal(1)
	q := channels.Quota{Name: "群发", PerDay: 3, Reserve: 1}
	if err := j.Spend(t.Context(), q, 2); err != nil {
		t.Fatal(err)
	}
	err := j.Spend(t.Context(), q, 1)
	if press.RemedyOf(err) != press.TryLater {
		t.Fatalf("the reserve was spent: %v", err)
	}
	midnight := time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)
	if when := press.TroubleOf(err).When; !when.Equal(midnight) {
		t.Errorf("told to come back at %v, want %v", when, midnight)
	}
	if n := m.Spent(q.Name); n != 2 {
		t.Errorf("%d spent, want 2: a refused spending must not count", n)
	}
	c.advance(time.Minute)
	if err := m.Journal(2).Spend(t.Context(), q, 1); err != nil {
		t.Errorf("a new day: %v", err)
	}
}

func TestAHookFailsACommitBeforeOrAfterItIsMade(t *testing.T) {
	stop := errors.New("stop")
	m := NewMemory(newClock().now)
	j := m.Journal(1)
	m.Before = func(string, string) error { return stop }
	if err := j.Intend(t.Context(), "a"); !errors.Is(err, stop) {
		t.Errorf("before: %v", err)
	}
	m.Before, m.After = nil, func(string, string) error { return stop }
	if err := j.Intend(t.Context(), "b"); !errors.Is(err, stop) {
		t.Errorf("after: %v", err)
	}
	steps, err := m.Journal(1).Steps(t.Context())
	if err != nil || len(steps) != 1 || steps[0].Name != "b" {
		t.Errorf("steps %v, %v: want b alone", steps, err)
	}
}

func TestAStepIsDoneWhereItWasIntendedLast(t *testing.T) {
	m := NewMemory(newClock().now)
	j := m.Journal(7)
	if err := j.Done(t.Context(), "a", "x"); err == nil {
		t.Error("a step that was never intended was done")
	}
	for _, ref := range []string{"first", "second"} {
		if err := errors.Join(j.Intend(t.Context(), "a"), j.Done(t.Context(), "a", ref)); err != nil {
			t.Fatal(err)
		}
	}
	steps, err := j.Steps(t.Context())
	if err != nil || len(steps) != 2 || steps[0].Ref != "first" || steps[1].Ref != "second" {
		t.Errorf("steps %v, %v", steps, err)
	}
	if other, err := m.Journal(8).Steps(t.Context()); err != nil || len(other) != 0 {
		t.Errorf("another act has steps %v, %v", other, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := j.Intend(ctx, "b"); !errors.Is(err, context.Canceled) {
		t.Errorf("intended though cancelled: %v", err)
	}
}

// shelved shows every entry in its column and, at a position of its own choice, among the issues.
type shelved struct {
	*Fake
	issue int64
}

func (s shelved) Shelves(e press.Entry) []channels.Shelf {
	return []channels.Shelf{{Name: "column/" + e.Revision.Meta.Column}, {Name: "issues", Position: s.issue}}
}

func TestTheArchiveListsWhatWasComposed(t *testing.T) {
	ctx := t.Context()
	c := newClock()
	m := NewMemory(c.now)
	ch := shelved{NewFake(c.now), 20}
	e := press.Edition{Slot: press.Slot{Channel: "网站", At: c.now()}}
	for n, column := range []string{"通知公告", "政策文件", "通知公告"} {
		en := sample(n + 1)
		en.Revision.Meta.Column = column
		e.Entries = append(e.Entries, en)
	}
	m.Compose(&e, ch)
	if diff := cmp.Diff(map[string]int64{"column/通知公告": 2, "issues": 22}, e.Entries[2].Places); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
	names, err := m.Shelves(ctx, "column/")
	if diff := cmp.Diff([]channels.Shelf{{Name: "column/政策文件", Position: 1}, {Name: "column/通知公告", Position: 2}}, names); diff != "" || err != nil {
		t.Errorf("shelves %v (-want +got):\n%s", err, diff)
	}
	again := e
	m.Compose(&again, ch)
	if top, err := m.Top(ctx, "issues"); top != 22 || err != nil {
		t.Errorf("composed again, the top is %d, %v: want 22", top, err)
	}

	a := m.Open(press.Publish, e)
	item := e.Entries[0].Item.ID
	if _, ok, err := m.Entry(ctx, item); ok || err != nil {
		t.Errorf("an entry that is not public yet is shown as public (%v)", err)
	}
	m.Settle(a, press.Receipt{Status: press.Live, Parts: []press.Part{
		{Copy: e.Entries[0].Copy.ID, Status: press.Live, URL: "https://www.example.gov.cn/1", Ref: "r1"},
		{Copy: e.Entries[1].Copy.ID, Status: press.Live},
		{Copy: e.Entries[2].Copy.ID, Status: press.Refused},
	}})
	m.Link(item, press.Link{Rel: press.LinkInterpretation, URL: "https://www.example.gov.cn/2"})
	got, ok, err := m.Entry(ctx, item)
	if err != nil || !ok || got.Copy.URL != "https://www.example.gov.cn/1" || got.Copy.Ref != "r1" || len(got.Links) != 1 {
		t.Errorf("entry %+v, %v, %v", got.Copy, ok, err)
	}
	if list := positions(t, m, "column/通知公告"); !cmp.Equal(list, []int64{1}) {
		t.Errorf("positions %v: a refused entry should leave a hole", list)
	}
	back := m.Open(press.Withdraw, e)
	if back.Edition.Entries[0].Copy.URL == "" || back.Reason == "" || back.ID == a.ID {
		t.Errorf("a withdrawal was opened without address or reason, or as the same act: %+v", back)
	}
	m.Settle(back, press.Receipt{Status: press.Gone})
	list, err := m.Shelf(ctx, "column/通知公告", 1, 9)
	if err != nil || len(list) != 1 || !list[0].Withdrawn || list[0].URL == "" {
		t.Errorf("after the withdrawal the shelf lists %+v, %v", list, err)
	}
	if _, ok, _ := m.Entry(ctx, item); ok {
		t.Error("a withdrawn entry is shown as public")
	}
}

func positions(t *testing.T, m *Memory, shelf string) (at []int64) {
	t.Helper()
	list, err := m.Shelf(t.Context(), shelf, 1, 99)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range list {
		at = append(at, l.Position)
	}
	return at
}

func TestABlobComesBackAsItWasPut(t *testing.T) {
	m := NewMemory(newClock().now)
	data, err := m.Blob(t.Context(), m.Put([]byte("附件")))
	if err != nil || string(data) != "附件" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := m.Blob(t.Context(), "00"); err == nil {
		t.Error("a blob came from nowhere")
	}
}
