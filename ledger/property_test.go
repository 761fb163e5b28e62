package ledger

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
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
	out    map[string]bool   // markers in public now
	ever   map[string]bool   // markers that ever were
	hand   map[string]bool   // markers that a person put there
	says   map[string]int    // the revision that a marker's page shows
	beside map[string]string // the remarks that it shows
	flying []press.Act       // handed out, not yet delivered
	items  []string          // that it is about
	texts  int               // filed by textOne

	wanted map[string][]press.Want // what an item's last filing of any channels asked for

	pages   map[string]press.Found // of markers that ever were, as a survey finds them
	notices map[string]bool        // markers whose pages say that they were withdrawn
	saved   string                 // the last backup
}

func (w *world) pick(what string, from ...string) string {
	return rapid.SampledFrom(from).Draw(w.r, what)
}

func (w *world) chance(what string) bool { return rapid.Bool().Draw(w.r, what) }

func (w *world) channel() press.Plan {
	return map[string]press.Plan{"site": sitePlan(), "wechat": wechatPlan(), "gazette": gazettePlan()}[w.pick("channel", "site", "wechat", "gazette")]
}

func (w *world) item() string {
	if w.items != nil {
		return w.pick("item", w.items...)
	}
	return w.pick("item", "甲", "乙", "丙", "丁")
}

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
	w.take(f)
}

// take files a text and remembers which channels it is for.
func (w *world) take(f Filing) {
	_, err := w.File(w.ctx, f, w.now)
	if w.may(err); err == nil {
		w.wanted[f.Item.ExternalID] = f.Item.Wants
	}
}

func (w *world) moveOne() {
	ref := w.item()
	switch w.pick("move", "hold", "release", "withdraw", "sign", "refuse", "reschedule") {
	case "hold":
		w.may(w.Hold(w.ctx, ref, "等一等", publisher, w.now))
	case "release":
		w.may(w.Release(w.ctx, ref, publisher, w.now))
	case "reschedule":
		at := w.now.Add(map[string]time.Duration{"past": -time.Hour, "soon": time.Minute, "later": 2 * time.Hour}[w.pick("to", "past", "soon", "later")])
		w.may(w.Reschedule(w.ctx, ref, at, publisher, w.now))
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
	switch w.pick("hint", "", "link", "absent", "done", "leave") {
	case "link":
		if busy || c.State != press.CopyUnknown && c.State != press.CopyNeedsHand {
			return
		}
		if !w.ever[c.Marker] { // published by hand, where no look of the driver finds it
			r, err := w.revision(w.ctx, w.read, id, c.Revision)
			must(w, err)
			w.goesOut(press.Entry{Item: press.Item{ExternalID: ref}, Copy: c, Revision: r})
			w.hand[c.Marker] = true
		}
		if !w.out[c.Marker] {
			return
		}
		h.Link = pageOf(c.Marker)
	case "done":
		if c.Task == "" || busy {
			return
		}
		w.byHand(c)
		h.Done = true
	case "leave":
		h.Leave = true
	case "absent":
		if busy || w.stands(c) {
			return
		}
		h.Absent = true
	}
	_, err = w.Retry(w.ctx, ref, p.Channel, h, publisher, w.now)
	w.may(err)
	if h.Done && err == nil {
		w.beside[c.Marker] = remarksOf(w.entry(ref, p.Channel)) // all that was asked for
	}
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
			_, err := w.Freeze(w.ctx, gazettePlan(), e.Key, Edit{Who: editor}, w.now)
			w.may(err)
		case press.EditionFrozen:
			w.may(w.Issue(w.ctx, gazettePlan(), e.Key, Edit{Who: editor}, w.now))
			w.may(w.Drop(w.ctx, gazettePlan(), e.Key, w.item(), Edit{Who: editor}, w.now))
		}
	}
}

// beginOne takes what is due and checks that none of it may not go out.
func (w *world) beginOne() {
	as, err := w.Begin(w.ctx, w.channel().Channel, w.now, 2)
	must(w, err)
	for _, a := range as {
		w.flying = append(w.flying, a)
		w.mayAmend(a)
		for _, e := range a.Edition.Entries {
			if a.Verb != press.Publish || a.LookOnly || e.Copy.State.Public() || e.Copy.State == press.CopyRefused || e.Copy.State == press.CopyWithdrawn {
				continue
			}
			if w.unwanted(e) {
				w.r.Fatalf("%s is begun on %s, where nobody wants it", e.Item.ExternalID, e.Copy.Channel)
			}
			if e.Item.State != press.Approved || e.Item.Held || e.Item.Head != e.Revision.Number || e.Copy.ReadyAt.After(w.now) {
				w.r.Fatalf("begun though it may not go out: revision %d of %s", e.Revision.Number, e.Item.ExternalID)
			}
		}
	}
}

// unwanted reports whether the last text of an item that was handed in was not for the channel of an entry. A restored ledger cannot know that.
func (w *world) unwanted(e press.Entry) bool {
	ws, known := w.wanted[e.Item.ExternalID]
	return known && w.saved == "" && !slices.ContainsFunc(ws, func(x press.Want) bool { return x.Channel == e.Copy.Channel })
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
	if a.Verb != press.Publish {
		w.amend(a, j, len(steps) > 0 || a.Look)
		return
	}
	if len(steps) > 0 || a.Look {
		if w.chance("blind") {
			w.fail(a, errors.New("timeout"))
			return
		}
		if w.looked(a) {
			return
		}
	}
	if a.LookOnly {
		w.settle(a, press.Receipt{Status: press.Absent})
		return
	}
	w.publish(a, j)
}

// looked settles a publication of which the driver finds something: pages that are there, or that say that they were withdrawn, which nobody
// publishes again.
func (w *world) looked(a press.Act) bool {
	there := func(e press.Entry) bool { return w.out[e.Copy.Marker] && !w.hand[e.Copy.Marker] }
	withdrawn := func(e press.Entry) bool { return w.notices[e.Copy.Marker] }
	switch {
	case slices.ContainsFunc(a.Edition.Entries, there):
	case !slices.ContainsFunc(a.Edition.Entries, withdrawn):
		return false
	case a.LookOnly:
		w.settle(a, w.parts(a, press.Absent))
		return true
	default: // it goes on with the rest
		for _, e := range a.Edition.Entries {
			if !withdrawn(e) {
				w.goesOut(e)
			}
		}
		w.numbered(a)
	}
	w.settle(a, w.parts(a, press.Live))
	return true
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
	w.numbered(a)
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
	if w.stands(e.Copy) {
		w.r.Fatalf("%s is on %s in two generations", e.Item.ExternalID, e.Copy.Channel)
	}
	for marker, page := range w.pages {
		if w.out[marker] && page.Title == e.Revision.Title && w.on(page) == e.Copy.Channel {
			w.r.Fatalf("%s is on %s as another item already", e.Item.ExternalID, e.Copy.Channel)
		}
	}
	if w.notices[e.Copy.Marker] {
		w.r.Fatalf("%s is published on %s again, where its page says that it was withdrawn", e.Item.ExternalID, e.Copy.Channel)
	}
	w.out[e.Copy.Marker], w.ever[e.Copy.Marker] = true, true
	w.pages[e.Copy.Marker] = press.Found{Marker: e.Copy.Marker, Ref: e.Copy.Channel + " " + e.Copy.Marker, URL: pageOf(e.Copy.Marker),
		Title: e.Revision.Title, Public: w.now, Place: e.Position}
	w.shows(e)
}

// stands reports whether a copy is out there in any generation, be it one that a restored ledger has forgotten.
func (w *world) stands(c press.Copy) bool {
	return slices.ContainsFunc(w.marks(c), func(marker string) bool { return w.out[marker] })
}

// marks are those that the generations of a copy bear, also those to come.
func (w *world) marks(c press.Copy) (out []string) {
	for n := range 40 {
		out = append(out, press.Marker(w.id, c.Channel, c.Item, n+1))
	}
	return out
}

func pageOf(marker string) string { return "https://example.gov.cn/" + marker }

// on is the channel that a page is on.
func (w *world) on(f press.Found) string {
	channel, _, _ := strings.Cut(f.Ref, " ")
	return channel
}

// numbered notes the number of the issue that what just went out is in.
func (w *world) numbered(a press.Act) {
	for _, e := range a.Edition.Entries {
		if f, ok := w.pages[e.Copy.Marker]; ok {
			f.Year, f.Number, f.Total = a.Edition.Year, a.Edition.Number, a.Edition.Total
			w.pages[e.Copy.Marker] = f
		}
	}
}

// shows is the moment of truth of a text: readers see it, and so it must be one that was approved.
func (w *world) shows(e press.Entry) {
	approved := w.count(`SELECT COUNT(*) FROM move WHERE item = $1 AND verb = 'approve' AND detail LIKE '第' || $2 || '版 %'`, e.Copy.Item, e.Revision.Number)
	if approved == 0 {
		w.r.Fatalf("revision %d of %s is shown on %s, and nobody approved it", e.Revision.Number, e.Item.ExternalID, e.Copy.Channel)
	}
	w.says[e.Copy.Marker], w.beside[e.Copy.Marker] = e.Revision.Number, remarksOf(e)
}

// remarksOf is what stands beside a text, in one line.
func remarksOf(e press.Entry) (said string) {
	for _, m := range e.Remarks {
		said += fmt.Sprint(m.Kind, m.Validity, m.Text)
	}
	return said
}

// mayAmend checks of an act on a public copy that nothing but what is approved by now is begun. What a lost ledger may have begun is made whole.
func (w *world) mayAmend(a press.Act) {
	if a.Verb != press.Amend || a.Attempt > 0 || a.Look {
		return
	}
	e := a.Edition.Entries[0]
	head := e.Copy.Amending == e.Item.Head || a.Revision == e.Copy.Revision // or what was published is put back
	if e.Item.State == press.Withdrawn || !head || a.Way != press.InPlace && a.Revision != e.Copy.Revision && a.Way != press.ByHand {
		w.r.Fatalf("begun though it may not be shown: revision %d, %s, of %s", a.Revision, a.Way, e.Item.ExternalID)
	}
}

// amend is what becomes of a correction or an annotation out there.
func (w *world) amend(a press.Act, j *Journal, begun bool) {
	e := a.Edition.Entries[0]
	if !w.out[e.Copy.Marker] && w.saved != "" { // a restored ledger does not know that it was taken back
		w.settle(a, press.Receipt{Status: press.Gone})
		return
	}
	if !w.out[e.Copy.Marker] {
		w.r.Fatalf("%s of %s on %s, where it is not", a.Verb, e.Item.ExternalID, e.Copy.Channel)
	}
	if a.Way == press.ByHand {
		w.settle(a, press.Receipt{Status: press.NeedsHand, Note: a.Task})
		return
	}
	if begun {
		if w.chance("blind") {
			w.fail(a, errors.New("timeout"))
			return
		}
		if w.says[e.Copy.Marker] == e.Revision.Number && w.beside[e.Copy.Marker] == remarksOf(e) {
			w.settle(a, live())
			return
		}
	}
	outcome := w.pick("outcome", "live", "live", "lost", "failed", "unknown", "later", "person", "refused", "gone")
	switch outcome {
	case "later":
		w.fail(a, &press.Trouble{Remedy: press.TryAgain, What: "连接被拒绝"})
		return
	case "refused":
		w.settle(a, press.Receipt{Status: press.Refused})
		return
	case "person":
		w.settle(a, press.Receipt{Status: press.NeedsHand})
		return
	}
	must(w, j.Intend(w.ctx, "amend"))
	if outcome != "failed" && outcome != "gone" {
		w.shows(e)
	}
	switch outcome {
	case "live":
		w.settle(a, live())
	case "lost":
		w.crashNow()
	case "gone": // a lie: the page is there
		w.settle(a, press.Receipt{Status: press.Gone})
	default:
		w.fail(a, errors.New("timeout"))
	}
}

// byHand is a person who does what a copy's task asks for, and all of it.
func (w *world) byHand(c press.Copy) {
	acts, err := w.onCopy(w.ctx, w.read, c)
	must(w, err)
	for _, a := range acts {
		if a.verb == press.Withdraw || a.task == "" {
			continue
		}
		act, err := w.Act(w.ctx, a.id)
		must(w, err)
		e := act.Edition.Entries[0]
		if a.verb == press.Annotate {
			e.Revision.Number = w.says[c.Marker]
		}
		w.shows(e)
	}
}

func (w *world) correctOne() {
	cor := Correction{Reason: "有误", Means: means(), Ways: map[string]press.Way{}, Restore: w.pick("restore", "", "", "", "restore") != ""}
	ref := w.item()
	if _, err := find(w.ctx, w.read, ref); err != nil {
		w.may(err)
		return
	}
	for _, c := range w.story(ref).Copies {
		if way := w.pick("way", "", "", string(press.ByHand), string(press.Leave), string(press.Republish)); way != "" {
			cor.Ways[c.Channel] = press.Way(way)
			cor.Means[c.Channel] = append(cor.Means[c.Channel], press.Means{Way: press.Way(way)})
		}
	}
	_, err := w.Correct(w.ctx, ref, cor, publisher, w.now)
	w.may(err)
}

func (w *world) annotateOne() {
	a := Annotation{Ref: w.item(), Validity: press.Validity(w.pick("validity", string(press.Repealed), string(press.InForce)))}
	_, err := w.Annotate(w.ctx, []Annotation{a}, map[string]bool{"site": true, "gazette": w.chance("gazette")}, publisher, w.now)
	must(w, err)
}

// agrees checks that the ledger knows what readers see, wherever it believes that nothing is under way.
func (w *world) agrees() {
	ids, err := numbers(w.ctx, w.read, `SELECT id FROM copy WHERE state IN ('live', 'verified', 'differs')`)
	must(w, err)
	for _, id := range ids {
		c, err := w.copyOf(w.ctx, w.read, id)
		must(w, err)
		acts, err := w.onCopy(w.ctx, w.read, c)
		must(w, err)
		if !w.out[c.Marker] {
			w.r.Fatalf("%s on %s is not out there, and the ledger says %s", c.Item, c.Channel, c.State)
		}
		if len(acts) > 0 || w.hand[c.Marker] {
			continue
		}
		e, err := w.entryOf(w.ctx, w.read, id)
		must(w, err)
		if w.says[c.Marker] != c.Revision || w.beside[c.Marker] != remarksOf(e) {
			w.r.Fatalf("%s on %s shows revision %d with %q, the ledger says %d with %q", c.Item, c.Channel,
				w.says[c.Marker], w.beside[c.Marker], c.Revision, remarksOf(e))
		}
	}
}

func (w *world) parts(a press.Act, st press.Status) press.Receipt {
	r := press.Receipt{Status: st, URL: "https://example.gov.cn/x"}
	for _, e := range a.Edition.Entries {
		p := press.Part{Copy: e.Copy.ID, Status: st, URL: pageOf(e.Copy.Marker)}
		switch {
		case w.out[e.Copy.Marker]:
		case w.notices[e.Copy.Marker]:
			p.Status = press.Gone
		case !w.ever[e.Copy.Marker]:
			p.Status = press.Refused
		}
		r.Parts = append(r.Parts, p)
	}
	return r
}

func (w *world) takeBack(a press.Act) {
	switch w.pick("withdrawal", "gone", "gone", "person", "refused", "failed") {
	case "gone":
		w.gone(a)
		w.settle(a, press.Receipt{Status: press.Gone})
	case "person":
		w.settle(a, press.Receipt{Status: press.NeedsHand})
	case "refused":
		w.settle(a, press.Receipt{Status: press.Refused})
	case "failed":
		w.fail(a, errors.New("timeout"))
	}
}

// gone takes what an act withdraws away from readers.
func (w *world) gone(a press.Act) {
	for _, e := range a.Edition.Entries {
		delete(w.out, e.Copy.Marker)
		if e.Copy.Channel == "site" && a.Notice == press.NoticePage && w.ever[e.Copy.Marker] {
			w.notices[e.Copy.Marker] = true
		}
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

// courses runs some courses of so many steps, each in a world of its own.
func courses(t *testing.T, checks, steps string, run func(r *rapid.T, w *world)) {
	bounded(t, "rapid.checks", checks)
	bounded(t, "rapid.steps", steps)
	bounded(t, "rapid.shrinktime", "5s")
	bounded(t, "rapid.nofailfile", "true")
	rapid.Check(t, func(r *rapid.T) {
		tb := &rapidTB{TB: t, r: r}
		defer func() {
			for _, end := range slices.Backward(tb.ends) {
				end()
			}
		}()
		w := newWorld(tb, r)
		run(r, w)
	})
}

// TestAnyCourseOfEvents does what people, channels and accidents may do, in any order.
func TestAnyCourseOfEvents(t *testing.T) {
	courses(t, "25", "40", func(r *rapid.T, w *world) {
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
		w.rests()
	})
}

func newWorld(tb *rapidTB, r *rapid.T) *world {
	return &world{testBench: setup(tb), r: r, out: map[string]bool{}, ever: map[string]bool{}, hand: map[string]bool{}, says: map[string]int{}, beside: map[string]string{},
		wanted: map[string][]press.Want{}, pages: map[string]press.Found{}, notices: map[string]bool{}}
}

// TestAnyCourseOfCorrections begins with what is public everywhere, and corrects, annotates and withdraws it in any order.
func TestAnyCourseOfCorrections(t *testing.T) {
	courses(t, "40", "50", func(r *rapid.T, w *world) {
		w.outEverywhere()
		r.Repeat(map[string]func(*rapid.T){
			"text":     func(r *rapid.T) { w.textOne() },
			"move":     func(r *rapid.T) { w.moveOne() },
			"correct":  func(r *rapid.T) { w.correctOne() },
			"correct2": func(r *rapid.T) { w.correctOne() },
			"annotate": func(r *rapid.T) { w.annotateOne() },
			"retry":    func(r *rapid.T) { w.retryOne() },
			"compose":  func(r *rapid.T) { w.composeOne() },
			"issue":    func(r *rapid.T) { w.issueOne() },
			"begin":    func(r *rapid.T) { w.beginOne() },
			"begin2":   func(r *rapid.T) { w.beginOne() },
			"deliver":  func(r *rapid.T) { w.deliverOne() },
			"deliver2": func(r *rapid.T) { w.deliverOne() },
			"look":     func(r *rapid.T) { w.lookOne() },
			"crash":    func(r *rapid.T) { w.crashNow() },
			"wait":     func(r *rapid.T) { w.pass(time.Duration(rapid.IntRange(1, 90).Draw(r, "minutes")) * time.Minute) },
			"": func(r *rapid.T) {
				w.holds()
				w.agrees()
			},
		})
		w.rests()
		w.agrees()
	})
}

// outEverywhere brings two items to every channel.
func (w *world) outEverywhere() {
	w.items = []string{"甲", "乙"}
	for _, ext := range w.items {
		w.filed(ready(ext, "site", "wechat", "gazette"))
	}
	for _, p := range []press.Plan{sitePlan(), wechatPlan(), gazettePlan()} {
		w.composeAll(p)
		if p.Issues != nil {
			w.issueOne()
			w.issueOne()
		}
		for _, a := range w.begun(p.Channel) {
			for _, e := range a.Edition.Entries {
				w.goesOut(e)
			}
			w.numbered(a)
			w.settle(a, w.parts(a, press.Live))
			for _, e := range a.Edition.Entries {
				w.saw(e.Copy, press.SeenEqual)
			}
		}
	}
	w.pass(time.Hour)
}

// textOne files another text of an item, which nearly always is approved.
func (w *world) textOne() {
	w.texts++
	f := draft(w.item(), "site", "wechat", "gazette")
	f.Revision.Title += fmt.Sprintf("（%d）", w.texts)
	if rapid.IntRange(0, 5).Draw(w.r, "approved") > 0 {
		f.Approvals = signed()
	}
	w.take(f)
}

// bounded sets a flag of rapid for this test, unless the command line does.
func bounded(t *testing.T, name, value string) {
	t.Helper()
	f := flag.Lookup(name)
	if f.Value.String() != f.DefValue {
		return
	}
	if n, err := strconv.Atoi(value); err == nil && name == "rapid.checks" && testing.Short() {
		value = strconv.Itoa(max(1, n/4)) // the race detector is slow
	}
	must(t, flag.Set(name, value))
	t.Cleanup(func() { _ = flag.Set(name, fmt.Sprint(f.DefValue)) })
}
