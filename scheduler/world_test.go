package scheduler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"tongfa/channels"
	"tongfa/channels/channeltest"
	"tongfa/ledger"
	"tongfa/press"
	"tongfa/workday"
)

func TestMain(m *testing.M) {
	emptyLedger() // outside of every bubble
	goleak.VerifyTestMain(m)
}

// world is an office with a real ledger, whose channels are fakes, in a bubble in which time passes when nobody is busy.
type world struct {
	t     testing.TB
	led   *ledger.Ledger
	store *faulty
	fakes map[string]*watched
	opts  Options
	shift atomic.Int64 // how far the wall clock is from the bubble's, in nanoseconds
	begin time.Time    // when the bubble's day began: 2026-11-23 10:00 in Beijing, a Monday

	s     *Scheduler
	stop  context.CancelFunc
	ended chan error
}

// inWorld runs a story in a bubble of its own. The channels are a site, where each item has its own time, and a wechat that has none either
// until the story gives it a timetable.
func inWorld(t *testing.T, story func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel() // most of the time goes by waiting for the disk
	synced(t, story)
}

// synced is inWorld for a story that the test waits for.
func synced(t *testing.T, story func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.close()
		story(t, w)
	})
}

// emptyLedger is the file of a ledger in which nothing is yet; making one takes longer than most stories.
var emptyLedger = sync.OnceValue(func() []byte {
	dir, err := os.MkdirTemp("", "tongfa")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "tongfa.db")
	led, err := ledger.Open(context.Background(), path, ledger.Rules{})
	if err != nil {
		panic(err)
	}
	if err := led.Close(); err != nil {
		panic(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	return b
})

// operator is the person at the machine.
var operator = ledger.Who{Name: "王某", Role: press.Operator}

var shanghai = time.FixedZone("CST", 8*60*60)

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, fakes: map[string]*watched{}, begin: time.Date(2026, 11, 23, 10, 0, 0, 0, shanghai)}
	if left := time.Until(w.begin); left > 0 && left > 365*24*time.Hour { // in a bubble, where it is the year 2000
		<-time.After(left)
	}
	w.opts = Options{Now: w.now, Log: slog.New(slog.DiscardHandler)}
	path := filepath.Join(t.TempDir(), "tongfa.db")
	if err := os.WriteFile(path, emptyLedger(), 0o600); err != nil {
		t.Fatal(err)
	}
	w.open(path, "site", "wechat")
	for _, name := range []string{"site", "wechat"} {
		f := &watched{Fake: channeltest.NewFake(w.now)}
		w.fakes[name] = f
		w.opts.Channels = append(w.opts.Channels, Channel{Driver: f, Plan: press.Plan{Channel: name, Max: 1}})
	}
	return w
}

// open opens the ledger, also again.
func (w *world) open(path string, names ...string) {
	w.t.Helper()
	limits := map[string]press.Limits{}
	for _, n := range names {
		limits[n] = press.Limits{}
	}
	led, err := ledger.Open(w.t.Context(), path, ledger.Rules{Zone: shanghai, Limits: limits, Calendar: workday.Builtin()})
	w.check(err)
	w.led, w.store = led, &faulty{Ledger: led, calls: map[string]int{}}
	for _, n := range names {
		w.check(led.Register(w.t.Context(), n, n))
	}
}

func (w *world) close() {
	w.t.Helper()
	if w.stop != nil {
		w.halt()
	}
	w.check(w.led.Close())
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// now is the wall clock. It has no monotonic reading, as after a sleep of the machine.
func (w *world) now() time.Time { return time.Now().Round(0).Add(time.Duration(w.shift.Load())) }

func (w *world) site() *Channel   { return &w.opts.Channels[0] }
func (w *world) wechat() *Channel { return &w.opts.Channels[1] }

// slots gives wechat a timetable and the site first.
func (w *world) slots(first time.Time, step, wait time.Duration) {
	c := w.wechat()
	c.When, c.Spec, c.Wait = steps{first, step}, fmt.Sprint(first, step), wait
	c.Plan.Slots, c.Plan.After, c.Plan.Max = true, []string{"site"}, 8
}

// start lets the daemon run; halt ends it and waits for it.
func (w *world) start() {
	w.t.Helper()
	w.fresh()
	ctx, stop := context.WithCancel(w.t.Context())
	w.stop, w.ended = stop, make(chan error, 1)
	s := w.s
	go func() { w.ended <- s.Run(ctx) }()
	synctest.Wait()
}

func (w *world) fresh() {
	w.opts.Store = w.store
	w.s = New(w.opts)
}

func (w *world) halt() {
	w.t.Helper()
	w.stop()
	w.check(<-w.ended)
	w.stop = nil
}

// pass makes one pass as a process of its own does.
func (w *world) pass() Passed {
	w.t.Helper()
	w.fresh()
	done, err := w.s.Pass(w.t.Context(), w.now())
	w.check(err)
	return done
}

// sleep lets time pass, until the last of what then happens has happened.
func (w *world) sleep(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// until lets time pass until a moment of the bubble's clock.
func (w *world) until(at time.Time) { w.sleep(time.Until(at)) }

// want is what an item asks for.
type want struct {
	id       string // the external id
	at       time.Time
	channels []string // none means the site
	with     []string
}

// file hands in a complete item that was approved by everybody, and wakes the daemon as a caller does.
func (w *world) file(x want) press.ItemID {
	w.t.Helper()
	now := w.now()
	if len(x.channels) == 0 {
		x.channels = []string{"site"}
	}
	it := press.Item{ExternalID: x.id, Kind: press.Notice, ReleaseAt: x.at, BelongsWith: x.with}
	for _, c := range x.channels {
		it.Wants = append(it.Wants, press.Want{Channel: c})
	}
	y, m, d := now.In(shanghai).Date()
	f := ledger.Filing{Item: it, By: ledger.Who{Name: "周登记", Role: press.Registrar}, Revision: press.Revision{
		Title: "关于做好" + x.id + "工作的通知", ShortTitle: x.id,
		Body: []press.Block{press.P("各镇人民政府：现就" + x.id + "有关事项通知如下，请认真贯彻执行。"), press.P("示例区人民政府办公室")},
		Meta: press.Meta{Issuer: "示例区人民政府办公室", FormedOn: workday.Date{Year: y, Month: m, Day: d}, Theme: `综合政务\政务公开`, Genre: "通知",
			Disclosure: press.Proactive, Column: "通知公告", Summary: x.id + "的通知", Keywords: []string{"政务公开"}},
	}}
	for step, by := range map[press.Step]string{press.SecrecyReview: "王某", press.FirstReview: "李某", press.SecondReview: "赵某", press.FinalReview: "孙某"} {
		f.Approvals = append(f.Approvals, press.Approval{Step: step, By: by, Office: "示例区人民政府办公室", At: now.Add(-time.Hour), Pass: true, Ground: "同意公开"})
	}
	filed, err := w.led.File(w.t.Context(), f, now)
	w.check(err)
	if press.Stops(filed.Findings) || filed.State != press.Scheduled {
		w.t.Fatalf("item %s is %s and not approved; the gates say %v", x.id, filed.State, filed.Findings)
	}
	if w.s != nil {
		w.s.Wake()
	}
	return filed.ID
}

// copy is the newest copy of an item on a channel.
func (w *world) copy(id press.ItemID, channel string) press.Copy {
	w.t.Helper()
	story, err := w.led.Story(w.t.Context(), string(id), w.now())
	w.check(err)
	i := slices.IndexFunc(story.Copies, func(c press.Copy) bool { return c.Channel == channel })
	if i < 0 {
		w.t.Fatalf("%s has no copy on %s", id, channel)
	}
	return story.Copies[i]
}

// is fails unless a copy is in a state, with the outside agreeing how many of it there are.
func (w *world) is(id press.ItemID, channel string, state press.CopyState, out int) {
	w.t.Helper()
	c := w.copy(id, channel)
	if n := w.fakes[channel].Count(c.Marker); c.State != state || n != out {
		w.t.Fatalf("at %s on %s: %s (%s), out there %d times; want %s, %d times", w.now().In(shanghai).Format("15:04:05.000000"), channel, c.State, c.Note, n, state, out)
	}
}

func (w *world) out(channel string) int { return len(w.fakes[channel].Published()) }

// slotOf is the slot by which a copy went out.
func (w *world) slotOf(id press.ItemID, channel string) time.Time {
	w.t.Helper()
	key := w.copy(id, channel).Edition
	_, slot, ok := strings.Cut(key, "@")
	if !ok {
		w.t.Fatalf("%s is in no edition on %s", id, channel)
	}
	slot, _, _ = strings.Cut(slot, "#")
	at, err := time.Parse(time.RFC3339, slot)
	w.check(err)
	return at.In(shanghai)
}

// at is a time of the day on which the bubble begins.
func (w *world) at(hour, minute int) time.Time {
	y, m, d := w.begin.Date()
	return time.Date(y, m, d, hour, minute, 0, 0, shanghai)
}

// steps is a timetable that strikes at a moment and every so often after it.
type steps struct {
	first time.Time
	step  time.Duration
}

func (s steps) Next(after time.Time) time.Time {
	if after.Before(s.first) {
		return s.first
	}
	return s.first.Add((after.Sub(s.first)/s.step + 1) * s.step)
}

// watched is a Fake whose acts can be kept waiting, and that counts them.
type watched struct {
	*channeltest.Fake
	hold func(ctx context.Context, a press.Act) error // before each act and each look at it; nil for none
	look func(ctx context.Context, e press.Entry) error

	mu  sync.Mutex
	now map[int64]int // acts under way, by id
	figures
	looks int // under way
}

// figures are what a watched counts.
type figures struct {
	most, mostLooks int  // acts and looks at once
	twice           bool // the same act was under way twice
	began, looked   []time.Time
}

// count is what it has counted by now, also while the scheduler works.
func (f *watched) count() figures {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.figures
	out.began, out.looked = slices.Clone(f.began), slices.Clone(f.looked)
	return out
}

func (f *watched) under(ctx context.Context, a press.Act, do func() (press.Receipt, error)) (press.Receipt, error) {
	f.mu.Lock()
	if f.now == nil {
		f.now = map[int64]int{}
	}
	f.now[a.ID]++
	f.twice = f.twice || f.now[a.ID] > 1
	f.most = max(f.most, len(f.now))
	f.began = append(f.began, time.Now())
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.now[a.ID]--; f.now[a.ID] == 0 {
			delete(f.now, a.ID)
		}
	}()
	if f.hold != nil {
		if err := f.hold(ctx, a); err != nil {
			return press.Receipt{}, err
		}
	}
	return do()
}

func (f *watched) Publish(ctx context.Context, a press.Act, j channels.Journal) (press.Receipt, error) {
	return f.under(ctx, a, func() (press.Receipt, error) { return f.Fake.Publish(ctx, a, j) })
}

func (f *watched) Lookup(ctx context.Context, a press.Act, j channels.Journal) (press.Receipt, error) {
	return f.under(ctx, a, func() (press.Receipt, error) { return f.Fake.Lookup(ctx, a, j) })
}

func (f *watched) Observe(ctx context.Context, e press.Entry) (press.Sighting, error) {
	f.mu.Lock()
	f.looked = append(f.looked, time.Now())
	f.looks++
	f.mostLooks = max(f.mostLooks, f.looks)
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.looks--
	}()
	if f.look != nil {
		if err := f.look(ctx, e); err != nil {
			return press.Sighting{}, err
		}
	}
	return f.Fake.Observe(ctx, e)
}

// stuck keeps an act until its time is over, as a peer that never answers does.
func stuck(ctx context.Context, _ press.Act) error {
	<-ctx.Done()
	return &press.Trouble{Remedy: press.LookFirst, What: "没有答复", Err: ctx.Err()}
}

// faulty is the ledger with calls that fail before or after they have done their work, and counts them.
type faulty struct {
	*ledger.Ledger
	surveyed func(found []press.Found) // told of every part of a survey; nil for none

	mu     sync.Mutex
	calls  map[string]int
	before func(call string) error
	after  func(call string) error
}

var errDisk = errors.New("disk I/O error")

func (f *faulty) set(before, after func(call string) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before, f.after = before, after
}

// failing makes some calls fail.
func failing(calls ...string) func(string) error {
	return func(call string) error {
		if slices.Contains(calls, call) {
			return fmt.Errorf("%s: %w", call, errDisk)
		}
		return nil
	}
}

// once makes the first call of a name fail.
func once(call string) func(string) error {
	done := false
	return func(c string) error {
		if c != call || done {
			return nil
		}
		done = true
		return fmt.Errorf("%s: %w", call, errDisk)
	}
}

// sum counts the calls so far.
func (f *faulty) sum() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for c := range maps.Values(f.calls) {
		n += c
	}
	return n
}

func (f *faulty) count(call string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[call]
}

func (f *faulty) ask(hook *func(string) error, call string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if hook == &f.before {
		f.calls[call]++
	}
	if *hook == nil {
		return nil
	}
	return (*hook)(call)
}

func (f *faulty) do(call string, do func() error) error {
	if err := f.ask(&f.before, call); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return f.ask(&f.after, call)
}

// give is do for calls with a result. After a failure that comes late the result is lost, unless the call is named with a "+".
func give[T any](f *faulty, call string, do func() (T, error)) (T, error) {
	var got T
	err := f.do(call, func() (err error) { got, err = do(); return err })
	if err != nil {
		var nothing T
		return nothing, err
	}
	return got, f.ask(&f.after, call+"+")
}

func (f *faulty) Clock(ctx context.Context, now time.Time) error {
	return f.do("Clock", func() error { return f.Ledger.Clock(ctx, now) })
}

func (f *faulty) Resume(ctx context.Context, now time.Time) error {
	return f.do("Resume", func() error { return f.Ledger.Resume(ctx, now) })
}

func (f *faulty) Fired(ctx context.Context, channel, spec string, now time.Time) (time.Time, error) {
	return give(f, "Fired", func() (time.Time, error) { return f.Ledger.Fired(ctx, channel, spec, now) })
}

func (f *faulty) Strike(ctx context.Context, channel string, at time.Time, state press.SlotState, until time.Time) error {
	return f.do("Strike", func() error { return f.Ledger.Strike(ctx, channel, at, state, until) })
}

func (f *faulty) OpenSlots(ctx context.Context, channel string) ([]press.OpenSlot, error) {
	return give(f, "OpenSlots", func() ([]press.OpenSlot, error) { return f.Ledger.OpenSlots(ctx, channel) })
}

func (f *faulty) CloseSlot(ctx context.Context, channel string, at time.Time) error {
	return f.do("CloseSlot", func() error { return f.Ledger.CloseSlot(ctx, channel, at) })
}

func (f *faulty) Compose(ctx context.Context, p press.Plan, at, now time.Time) (press.Composed, error) {
	c, err := give(f, "Compose", func() (press.Composed, error) { return f.Ledger.Compose(ctx, p, at, now) })
	return c, errors.Join(err, f.ask(&f.after, "Compose for "+p.Channel))
}

func (f *faulty) IssueDue(ctx context.Context, p press.Plan, now time.Time) (int, error) {
	return give(f, "IssueDue", func() (int, error) { return f.Ledger.IssueDue(ctx, p, now) })
}

func (f *faulty) Begin(ctx context.Context, channel string, now time.Time, most int) ([]press.Act, error) {
	return give(f, "Begin", func() ([]press.Act, error) { return f.Ledger.Begin(ctx, channel, now, most) })
}

func (f *faulty) BeginItem(ctx context.Context, item string, now time.Time) ([]press.Act, error) {
	return give(f, "BeginItem", func() ([]press.Act, error) { return f.Ledger.BeginItem(ctx, item, now) })
}

func (f *faulty) Settle(ctx context.Context, a press.Act, r press.Receipt, failed error, now time.Time) error {
	return f.do("Settle", func() error { return f.Ledger.Settle(ctx, a, r, failed, now) })
}

func (f *faulty) Next(ctx context.Context, channel string, slots bool) (time.Time, error) {
	return give(f, "Next", func() (time.Time, error) { return f.Ledger.Next(ctx, channel, slots) })
}

func (f *faulty) Looks(ctx context.Context, channel string, now time.Time, most int) ([]press.Entry, error) {
	return give(f, "Looks", func() ([]press.Entry, error) { return f.Ledger.Looks(ctx, channel, now, most) })
}

func (f *faulty) Saw(ctx context.Context, s press.Sighting, now time.Time) error {
	return f.do("Saw", func() error { return f.Ledger.Saw(ctx, s, now) })
}

func (f *faulty) NextLook(ctx context.Context, channel string) (time.Time, error) {
	return give(f, "NextLook", func() (time.Time, error) { return f.Ledger.NextLook(ctx, channel) })
}

func (f *faulty) Journal(a press.Act, now func() time.Time) channels.Journal {
	return journal{f.Ledger.Journal(a, now), f}
}

// journal is the memory of an act whose writes can fail too.
type journal struct {
	channels.Journal
	f *faulty
}

func (j journal) Intend(ctx context.Context, step string) error {
	return j.f.do("Intend", func() error { return j.Journal.Intend(ctx, step) })
}

func (j journal) Done(ctx context.Context, step, ref string) error {
	return j.f.do("Done", func() error { return j.Journal.Done(ctx, step, ref) })
}

func (f *faulty) DoubtClock(ctx context.Context, why string, now time.Time) (stopped bool, err error) {
	err = f.do("DoubtClock", func() (err error) { stopped, err = f.Ledger.DoubtClock(ctx, why, now); return err })
	return stopped, err
}

func (f *faulty) Unreconciled(ctx context.Context, channel string) (to time.Time, err error) {
	err = f.do("Unreconciled", func() (err error) { to, err = f.Ledger.Unreconciled(ctx, channel); return err })
	return to, err
}

func (f *faulty) Reconciled(ctx context.Context, channel, why string, scarce []press.Quota, now time.Time) error {
	return f.do("Reconciled", func() error { return f.Ledger.Reconciled(ctx, channel, why, scarce, now) })
}

func (f *faulty) Surveyed(ctx context.Context, p press.Plan, found []press.Found, began time.Time) (sum press.Survey, err error) {
	if f.surveyed != nil {
		f.surveyed(found)
	}
	err = f.do("Surveyed", func() (err error) { sum, err = f.Ledger.Surveyed(ctx, p, found, began); return err })
	return sum, err
}

func (f *faulty) SurveyEnded(ctx context.Context, channel string, since time.Time, complete bool, began time.Time) error {
	return f.do("SurveyEnded", func() error { return f.Ledger.SurveyEnded(ctx, channel, since, complete, began) })
}
