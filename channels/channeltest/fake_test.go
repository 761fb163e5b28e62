package channeltest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongfa/channels"
	"tongfa/press"
)

// clock is a time that only moves when it is told to.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func newClock() *clock { return &clock{t: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)} }

// fakeWorld is a Fake with a review of two minutes and up to three articles in an edition.
func fakeWorld(b bug) World {
	c := newClock()
	f := NewFake(c.now)
	f.bug = b
	f.Review = 2 * time.Minute
	f.Quota.Name, f.Quota.PerDay = "提交", 10
	m := NewMemory(c.now)
	items := 0
	return World{
		Channel: f,
		Memory:  m,
		Edition: func(n int) press.Edition {
			e := press.Edition{Slot: press.Slot{Channel: "假渠道", At: c.now()}, Seq: items}
			for range n {
				items++
				e.Entries = append(e.Entries, sample(items))
			}
			m.Compose(&e, f)
			return e
		},
		Most:       3,
		Effects:    f.Count,
		Public:     func(marker string) (string, bool) { text, ok := f.Texts()[marker]; return text, ok },
		Tamper:     func(_ *testing.T, marker string) { f.Tamper(marker, "示例区人民政府的另一句话。") },
		Remove:     func(_ *testing.T, marker string) { f.Remove(marker) },
		Beside:     func(marker string) string { return strings.Join(f.Remarks(marker), "\n") },
		Stranger:   func(*testing.T) string { f.Stranger("某人发布的文章"); return "某人发布的文章" },
		Break:      func(kind Fault) { f.Fail(kind, 1) },
		BreakAfter: f.FailAfter,
		Calls:      f.Calls,
		Advance:    c.advance,
		MaxLooks:   3,
	}
}

func sample(n int) press.Entry {
	id := press.ItemID(fmt.Sprintf("20261123-%06d", n))
	return press.Entry{
		Item: press.Item{ID: id, Kind: press.Notice, State: press.Approved},
		Revision: press.Revision{
			Item: id, Number: 1, Title: fmt.Sprintf("示例区通告第%d号", n),
			Body: []press.Block{press.H(1, "一、总则"), press.P(fmt.Sprintf("第%d号通告自发布之日起施行。", n))},
		},
	}
}

func TestTheFakeKeepsThePromises(t *testing.T) {
	Run(t, func(*testing.T) World { return fakeWorld(sound) })
}

func TestTheFakeKeepsThePromisesWithoutCountedCalls(t *testing.T) {
	Run(t, func(*testing.T) World {
		w := fakeWorld(sound)
		w.BreakAfter, w.Calls = nil, nil
		return w
	})
}

// A driver with any of these mistakes must not get through, and each mistake is to be found by the promise it breaks.
func TestTheSuiteFindsEveryPlantedBug(t *testing.T) {
	for _, c := range []struct {
		bug   bug
		name  string
		found string // a check that must fail
	}{
		{actsUnannounced, "submits without Intend", "delivering a finished act again changes nothing"},
		{actsUnannounced, "submits without Intend", "an answer to a publication may get lost"},
		{absentWhenUnknown, "says Absent when it cannot tell", "a crash at any commit of a publication does no harm"},
		{absentWhenUnknown, "says Absent when it cannot tell", "an answer to a publication may get lost"},
		{forgetsDone, "forgets done steps", "a crash at any commit of a publication does no harm"},
		{goneUnmade, "says Gone and does nothing", "a withdrawal takes back what was published"},
		{ignoresJournal, "ignores the journal's errors", "a refused intent keeps a step of a publication from being made"},
		{leaksSecret, "leaks a secret", "an answer to a publication may get lost"},
		{speaksEnglish, "speaks English", "errors speak Chinese, ask for a remedy and keep secrets"},
		{equalUnseen, "observes without looking", "an observer sees what is there, what changed and what is gone"},
		{goneWhenBlind, "calls gone what does not answer", "an observer sees what is there, what changed and what is gone"},
		{looksByActing, "acts when it looks", "a look before anything finds nothing and changes nothing"},
		{changesWords, "changes the words", "the public text says the words that were approved"},
		{bluntWithdrawal, "withdraws too much", "withdrawing one entry leaves the others"},
		{skipsEntry, "skips an entry in receipts", "a full edition becomes live exactly once"},
		{amendsNothing, "amends nothing", "an amendment shows the new text once at the same address"},
		{amendsNothing, "amends nothing", "amending restores what was changed by hand"},
		{amendsByNewPost, "amends by a new post", "an amendment shows the new text once at the same address"},
		{amendsWithdrawal, "brings back what was withdrawn", "amending what is withdrawn leaves it withdrawn"},
		{losesRemarks, "loses remarks", "an annotation shows its remark beside the same text"},
		{liveUnamended, "calls amended what is only there", "an amendment shows the new text once at the same address"},
		{liveUnamended, "calls amended what is only there", "a crash at any commit of a correction does no harm"},
		{surveysOwnOnly, "tells its own things only", "a survey tells what a human put there"},
		{surveysDeleted, "tells what was withdrawn as public", "a survey does not tell as public what is withdrawn"},
		{surveysOne, "tells one thing and says that it is all", "a survey tells what is published and changes nothing"},
		{completeUnseen, "calls complete what it could not see", "a survey tells what is published and changes nothing"},
		{meansNothing, "does not explain how it is corrected", "a channel tells people how it is corrected"},
	} {
		t.Run(c.name+": "+c.found, func(t *testing.T) {
			if err := checkNamed(t, c.found).run(t, func() World { return fakeWorld(c.bug) }); err == nil {
				t.Errorf("the check passes a driver that %s", c.name)
			} else {
				t.Log(err)
			}
		})
	}
}

func checkNamed(t *testing.T, name string) check {
	t.Helper()
	for _, c := range checks() {
		if c.name == name {
			return c
		}
	}
	t.Fatalf("no check is named %q", name)
	return check{}
}

// The enumerations are worth what they reach: a delivery of the Fake has five commits, each met from two sides, and then one try that meets none.
func TestEveryCommitAndEveryCallIsDisturbed(t *testing.T) {
	for _, c := range []struct {
		name   string
		run    func(*testing.T, func() World) error
		worlds int
	}{
		{"crash", crash(publishing), 2*5 + 2},
		{"stop", cancelled(publishing), 5 + 1},
		{"refused intent", refusedIntent(publishing), 2 + 1},
		{"lost answer", fault(LostAfter, publishing), 2 + 5}, // draft, submit, status, and two looks
	} {
		worlds := 0
		err := c.run(t, func() World {
			worlds++
			return fakeWorld(sound)
		})
		if err != nil || worlds != c.worlds {
			t.Errorf("%s: %d worlds, %v: want %d", c.name, worlds, err, c.worlds)
		}
	}
}

// handOnly is a Fake that cannot withdraw.
type handOnly struct{ channels.Channel }

func TestAChannelThatCannotWithdrawKeepsThePromisesToo(t *testing.T) {
	Run(t, func(*testing.T) World {
		w := fakeWorld(sound)
		w.Channel = handOnly{w.Channel}
		return w
	})
}

func TestTheReviewRefusesByMarkerAndByTitle(t *testing.T) {
	w := fakeWorld(sound)
	f := w.Channel.(*Fake)
	e := w.Edition(3)
	f.Refuse = map[string]string{e.Entries[0].Copy.Marker: "含有违规内容", e.Entries[2].Revision.Title: "标题不合规"}
	a := w.Memory.Open(press.Publish, e)
	o, err := w.finish(t.Context(), a, 3, nil)
	if err != nil || o.receipt.Status != press.Live {
		t.Fatalf("%v, %v", o, err)
	}
	want := []press.Part{
		{Copy: 1, Status: press.Refused, Ref: "P1", Note: "含有违规内容"},
		{Copy: 2, Status: press.Live, Ref: "P1", URL: "https://fake.example.gov.cn/P1/" + e.Entries[1].Copy.Marker},
		{Copy: 3, Status: press.Refused, Ref: "P1", Note: "标题不合规"},
	}
	if diff := cmp.Diff(want, o.receipt.Parts); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{e.Entries[1].Copy.Marker}, f.Published()); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
	if text := f.Texts()[e.Entries[1].Copy.Marker]; text != press.Text(e.Entries[1].Revision.Body) {
		t.Errorf("the public reads %q", text)
	}
}

func TestAWhollyRefusedEditionIsRefusedWithItsReason(t *testing.T) {
	w := fakeWorld(sound)
	f := w.Channel.(*Fake)
	e := w.Edition(1)
	f.Refuse = map[string]string{e.Entries[0].Copy.Marker: "含有违规内容"}
	o, err := w.finish(t.Context(), w.Memory.Open(press.Publish, e), 3, nil)
	if err != nil || o.receipt.Status != press.Refused || o.receipt.Note != "含有违规内容" {
		t.Errorf("%v (%q), %v", o, o.receipt.Note, err)
	}
	if n := f.Count(e.Entries[0].Copy.Marker); n != 0 {
		t.Errorf("a refused copy is out there %d times", n)
	}
}

func TestASpentQuotaWaitsForTheNextDay(t *testing.T) {
	w := fakeWorld(sound)
	w.Channel.(*Fake).Quota.PerDay = 1
	if _, _, err := w.publish(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	a := w.Memory.Open(press.Publish, w.Edition(1))
	_, err := channels.Deliver(t.Context(), w.Channel, a, w.Memory.Journal(a.ID))
	if press.RemedyOf(err) != press.TryLater {
		t.Fatalf("want to be told to try later, got %v", err)
	}
	o, err := w.finish(t.Context(), a, 5, nil)
	if err == nil {
		err = w.ended(a, o)
	}
	if err != nil {
		t.Error(err)
	}
}
