package ledger

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongfa/press"
)

// rapidTB lets the helpers of this room fail a rapid test, so that it finds a shorter one.
type rapidTB struct {
	testing.TB
	r    *rapid.T
	ends []func()
}

func (t *rapidTB) Helper()                      {}
func (t *rapidTB) Fatal(args ...any)            { t.r.Fatal(args...) }
func (t *rapidTB) Fatalf(f string, args ...any) { t.r.Fatalf(f, args...) }
func (t *rapidTB) Error(args ...any)            { t.r.Error(args...) }
func (t *rapidTB) Errorf(f string, args ...any) { t.r.Errorf(f, args...) }
func (t *rapidTB) Failed() bool                 { return t.r.Failed() }
func (t *rapidTB) Cleanup(f func())             { t.ends = append(t.ends, f) }
func (t *rapidTB) TempDir() string {
	dir, err := os.MkdirTemp(t.TB.TempDir(), "")
	must(t, err)
	return dir
}

// world is a ledger and the truth outside, which the ledger hears of only by answers that may be lost.
type world struct {
	*testBench
	r      *rapid.T
	out    map[string]bool // markers in public now
	ever   map[string]bool // markers that ever were
	hand   map[string]bool // markers that a person put there
	flying []press.Act     // handed out, not yet delivered
}

func (w *world) pick(what string, from ...string) string {
	return rapid.SampledFrom(from).Draw(w.r, what)
}

func (w *world) chance(what string) bool { return rapid.Bool().Draw(w.r, what) }

func (w *world) channel() press.Plan {
	return map[string]press.Plan{"site": sitePlan(), "wechat": wechatPlan(), "gazette": gazettePlan()}[w.pick("channel", "site", "wechat", "gazette")]
}

func (w *world) item() string { return w.pick("item", "甲", "乙", "丙", "丁") }

// may accepts an error that tells a person what cannot be done, and no other.
func (w *world) may(err error) {
	if err == nil || errors.Is(err, ErrNoItem) {
		return
	}
	for _, wrong := range []string{"SQL", "constraint", "read ", "unreachable", "begin "} {
		if strings.Contains(err.Error(), wrong) {
			w.r.Fatalf("not an answer for a person: %v", err)
		}
	}
}

func (w *world) fileOne() {
	f := draft(w.item(), rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"site", "wechat", "gazette"}), 1, 3, rapid.ID).Draw(w.r, "wants")...)
	f.Revision.Title += w.pick("text", "", "（二）", "（三）")
	if rapid.IntRange(0, 4).Draw(w.r, "approved") > 0 {
		f.Approvals = signed()
	}
	switch w.pick("release", "", "later") {
	case "later":
		f.Item.ReleaseAt = w.now.Add(time.Hour)
	}
	if rapid.IntRange(0, 3).Draw(w.r, "bound") == 0 {
		f.Item.BelongsWith = []string{w.item()}
	}
	_, err := w.File(w.ctx, f, w.now)
	w.may(err)
}

func (w *world) moveOne() {
	ref := w.item()
	switch w.pick("move", "hold", "release", "withdraw", "sign", "refuse") {
	case "hold":
		w.may(w.Hold(w.ctx, ref, "等一等", publisher, w.now))
	case "release":
		w.may(w.Release(w.ctx, ref, publisher, w.now))
	case "withdraw":
		w.may(w.Withdraw(w.ctx, ref, "有误", press.NoticePage, publisher, w.now))
	case "sign":
		for _, a := range signed() {
			_, err := w.Sign(w.ctx, ref, a, registrar, w.now)
			w.may(err)
		}
	case "refuse":
		_, err := w.Sign(w.ctx, ref, press.Approval{Step: press.FinalReview, By: "审签人3", At: w.now}, registrar, w.now)
		w.may(err)
	}
}

// retryOne tells the truth, as far as the person can see: nothing is on its way at the moment.
func (w *world) retryOne() {
	ref, p := w.item(), w.channel()
	id, err := find(w.ctx, w.read, ref)
	if err != nil {
		return
	}
	c, ok, err := w.newest(w.ctx, w.read, id, p.Channel)
	must(w, err)
	if !ok {
		return
	}
	var h Hint
	busy := slices.ContainsFunc(w.flying, func(a press.Act) bool { return a.Edition.Key == c.Edition })
	switch w.pick("hint", "", "link", "absent") {
	case "link":
		if busy || c.State != press.CopyUnknown && c.State != press.CopyNeedsHand {
			return
		}
		if !w.ever[c.Marker] { // published by hand, where no look of the driver finds it
			w.goesOut(press.Entry{Item: press.Item{ExternalID: ref}, Copy: c})
			w.hand[c.Marker] = true
		}
		if !w.out[c.Marker] {
			return
		}
		h.Link = "https://example.gov.cn/hand"
	case "absent":
		if busy || w.out[c.Marker] {
			return
		}
		h.Absent = true
	}
	_, err = w.Retry(w.ctx, ref, p.Channel, h, publisher, w.now)
	w.may(err)
}

func (w *world) composeOne() { w.composeAll(w.channel()) }

func (w *world) composeAll(p press.Plan) {
	for range 100 {
		c, err := w.Compose(w.ctx, p, w.now, w.now)
		must(w, err)
		if !c.More {
			return
		}
	}
	w.r.Fatal("composing never ends")
}

func (w *world) issueOne() {
	list, err := w.Editions(w.ctx, "gazette", time.Time{}, 100)
	must(w, err)
	for _, e := range list {
		switch e.State {
		case press.EditionPlanned:
			_, err := w.Freeze(w.ctx, gazettePlan(), e.Key, editor, w.now)
			w.may(err)
		case press.EditionFrozen:
			w.may(w.Issue(w.ctx, gazettePlan(), e.Key, editor, w.now))
			w.may(w.Drop(w.ctx, e.Key, w.item(), w.now))
		}
	}
}

// beginOne takes what is due and checks that none of it may not go out.
func (w *world) beginOne() {
	as, err := w.Begin(w.ctx, w.channel().Channel, w.now, 2)
	must(w, err)
	for _, a := range as {
		w.flying = append(w.flying, a)
		for _, e := range a.Edition.Entries {
			if a.Verb != press.Publish || a.LookOnly || e.Copy.State.Public() || e.Copy.State == press.CopyRefused || e.Copy.State == press.CopyWithdrawn {
				continue
			}
			if e.Item.State != press.Approved || e.Item.Held || e.Item.Head != e.Revision.Number || e.Copy.ReadyAt.After(w.now) {
				w.r.Fatalf("begun though it may not go out: %+v", e.Item)
			}
		}
	}
}

func (w *world) deliverOne() {
	if len(w.flying) == 0 {
		return
	}
	a := w.flying[0]
	w.flying = w.flying[1:]
	if a.Verb == press.Withdraw {
		w.takeBack(a)
		return
	}
	j := w.Journal(a, func() time.Time { return w.now })
	steps, err := j.Steps(w.ctx)
	must(w, err)
	if len(steps) > 0 {
		switch {
		case w.chance("blind"):
			w.fail(a, errors.New("timeout"))
			return
		case slices.ContainsFunc(a.Edition.Entries, func(e press.Entry) bool { return w.out[e.Copy.Marker] && !w.hand[e.Copy.Marker] }):
			w.settle(a, w.parts(a, press.Live))
			return
		}
	}
	if a.LookOnly {
		w.settle(a, press.Receipt{Status: press.Absent})
		return
	}
	w.publish(a, j)
}

func (w *world) publish(a press.Act, j *Journal) {
	outcome := w.pick("outcome", "live", "handed over", "lost", "failed", "later", "crash", "refused", "partly", "person")
	if outcome == "later" {
		w.fail(a, &press.Trouble{Remedy: press.TryAgain, What: "连接被拒绝"})
		return
	}
	must(w, j.Intend(w.ctx, "publish"))
	switch outcome {
	case "failed":
		w.fail(a, errors.New("connection reset"))
		return
	case "crash":
		w.crashNow()
		return
	case "refused":
		w.settle(a, press.Receipt{Status: press.Refused})
		return
	case "person":
		w.settle(a, press.Receipt{Status: press.NeedsHand})
		return
	}
	for i, e := range a.Edition.Entries {
		if outcome == "partly" && i == 0 {
			continue
		}
		w.goesOut(e)
	}
	switch outcome {
	case "lost":
		w.crashNow()
	case "handed over":
		w.settle(a, press.Receipt{Status: press.HandedOver})
	default:
		w.settle(a, w.parts(a, press.Live))
	}
}

// goesOut is the moment of truth: a copy in public, that must be the only one.
func (w *world) goesOut(e press.Entry) {
	if w.ever[e.Copy.Marker] {
		w.r.Fatalf("%s was published twice on %s", e.Item.ExternalID, e.Copy.Channel)
	}
	for _, old := range w.story(e.Item.ExternalID).All {
		if old.Channel == e.Copy.Channel && w.out[old.Marker] {
			w.r.Fatalf("%s is on %s in two generations", e.Item.ExternalID, e.Copy.Channel)
		}
	}
	w.out[e.Copy.Marker], w.ever[e.Copy.Marker] = true, true
}

func (w *world) parts(a press.Act, st press.Status) press.Receipt {
	r := press.Receipt{Status: st, URL: "https://example.gov.cn/x"}
	for _, e := range a.Edition.Entries {
		p := press.Part{Copy: e.Copy.ID, Status: st, URL: "https://example.gov.cn/x"}
		if !w.out[e.Copy.Marker] && !w.ever[e.Copy.Marker] {
			p.Status = press.Refused
		}
		r.Parts = append(r.Parts, p)
	}
	return r
}

func (w *world) takeBack(a press.Act) {
	switch w.pick("withdrawal", "gone", "gone", "person", "refused", "failed") {
	case "gone":
		delete(w.out, a.Edition.Entries[0].Copy.Marker)
		w.settle(a, press.Receipt{Status: press.Gone})
	case "person":
		w.settle(a, press.Receipt{Status: press.NeedsHand})
	case "refused":
		w.settle(a, press.Receipt{Status: press.Refused})
	case "failed":
		w.fail(a, errors.New("timeout"))
	}
}

func (w *world) lookOne() {
	es, err := w.Looks(w.ctx, w.channel().Channel, w.now, 2)
	must(w, err)
	for _, e := range es {
		st := press.SeenEqual
		switch w.pick("seen", "equal", "equal", "differs", "blind") {
		case "differs":
			st = press.SeenDiffers
		case "blind":
			st = press.SeenBlind
		}
		must(w, w.Saw(w.ctx, press.Sighting{Copy: e.Copy.ID, Status: st}, w.now))
	}
}

func (w *world) crashNow() {
	w.flying = nil
	w.crash()
}

// TestAnyCourseOfEvents does what people, channels and accidents may do, in any order.
func TestAnyCourseOfEvents(t *testing.T) {
	bounded(t, "rapid.checks", "25")
	bounded(t, "rapid.steps", "40")
	bounded(t, "rapid.shrinktime", "5s")
	bounded(t, "rapid.nofailfile", "true")
	rapid.Check(t, func(r *rapid.T) {
		tb := &rapidTB{TB: t, r: r}
		defer func() {
			for _, end := range slices.Backward(tb.ends) {
				end()
			}
		}()
		w := &world{testBench: setup(tb), r: r, out: map[string]bool{}, ever: map[string]bool{}, hand: map[string]bool{}}
		r.Repeat(map[string]func(*rapid.T){
			"file":    func(r *rapid.T) { w.fileOne() },
			"move":    func(r *rapid.T) { w.moveOne() },
			"retry":   func(r *rapid.T) { w.retryOne() },
			"compose": func(r *rapid.T) { w.composeOne() },
			"issue":   func(r *rapid.T) { w.issueOne() },
			"begin":   func(r *rapid.T) { w.beginOne() },
			"deliver": func(r *rapid.T) { w.deliverOne() },
			"look":    func(r *rapid.T) { w.lookOne() },
			"crash":   func(r *rapid.T) { w.crashNow() },
			"wait":    func(r *rapid.T) { w.pass(time.Duration(rapid.IntRange(1, 90).Draw(r, "minutes")) * time.Minute) },
			"":        func(r *rapid.T) { w.holds() },
		})
	})
}

// bounded sets a flag of rapid for this test, unless the command line does.
func bounded(t *testing.T, name, value string) {
	t.Helper()
	f := flag.Lookup(name)
	if f.Value.String() != f.DefValue {
		return
	}
	must(t, flag.Set(name, value))
	t.Cleanup(func() { _ = flag.Set(name, fmt.Sprint(f.DefValue)) })
}
