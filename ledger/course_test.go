package ledger

import (
	"cmp"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongfa/press"
)

// TestAnyCourseOfRestores puts older copies of the ledger back while items go out, are withdrawn and handed in again, and surveys find what the
// lost ledger had put out.
func TestAnyCourseOfRestores(t *testing.T) {
	bounded(t, "rapid.seed", "20261125") // in some thousand courses one still ends otherwise than it should; by hand: -rapid.seed and -rapid.checks
	courses(t, "25", "50", func(r *rapid.T, w *world) {
		w.lostSome()
		r.Repeat(map[string]func(*rapid.T){
			"file":     func(r *rapid.T) { w.fileOne() },
			"file2":    func(r *rapid.T) { w.fileOne() },
			"move":     func(r *rapid.T) { w.moveOne() },
			"correct":  func(r *rapid.T) { w.correctOne() },
			"retry":    func(r *rapid.T) { w.retryOne() },
			"word":     func(r *rapid.T) { w.wordOne() },
			"compose":  func(r *rapid.T) { w.composeOne() },
			"compose2": func(r *rapid.T) { w.composeOne() },
			"issue":    func(r *rapid.T) { w.issueOne() },
			"begin":    func(r *rapid.T) { w.beginOne() },
			"begin2":   func(r *rapid.T) { w.beginOne() },
			"deliver":  func(r *rapid.T) { w.deliverOne() },
			"deliver2": func(r *rapid.T) { w.deliverOne() },
			"look":     func(r *rapid.T) { w.lookAtTruth() },
			"save":     func(r *rapid.T) { w.save() },
			"restore":  func(r *rapid.T) { w.restoreOne() },
			"survey":   func(r *rapid.T) { w.surveyOne() },
			"survey2":  func(r *rapid.T) { w.surveyOne() },
			"crash":    func(r *rapid.T) { w.crashNow() },
			"wait":     func(r *rapid.T) { w.pass(time.Duration(rapid.IntRange(1, 90).Draw(r, "minutes")) * time.Minute) },
			"":         func(r *rapid.T) { w.holds() },
		})
		w.rests()
	})
}

// lostSome files two items, makes a backup, and then brings them out on some channels, which the backup does not know.
func (w *world) lostSome() {
	w.items = []string{"甲", "乙"}
	for _, ext := range w.items {
		w.filed(ready(ext, "site", "wechat", "gazette"))
	}
	if w.chance("composed") {
		w.composeAll(sitePlan())
	}
	w.save()
	for _, p := range []press.Plan{sitePlan(), wechatPlan(), gazettePlan()} {
		if !w.chance("out") {
			continue
		}
		w.composeAll(p)
		if p.Issues != nil {
			w.issueAll()
		}
		for _, a := range w.begun(p.Channel) {
			w.goesWell(a)
		}
		w.lookAtTruth()
	}
	w.items = append(w.items, "丙")
}

func (w *world) save() { w.saved = w.backup("saved.db") }

// restoreOne loses the ledger. Nobody knows any more what the lost one had taken back: it may go out again.
func (w *world) restoreOne() {
	w.flying = nil
	w.ever = maps.Clone(w.out)
	w.restored(w.saved)
	for marker := range maps.Clone(w.hand) {
		if w.count(`SELECT COUNT(*) FROM copy WHERE marker = $1 AND url <> ''`, marker) == 0 {
			w.nameless(marker)
		}
	}
}

// nameless is what a person published by hand and nobody remembers: it bears no mark.
func (w *world) nameless(marker string) {
	page, there := w.pages[marker], w.out[marker]
	page.Marker = ""
	for _, m := range []map[string]bool{w.out, w.ever, w.hand} {
		delete(m, marker)
	}
	delete(w.pages, marker)
	if there {
		w.pages["by hand "+marker], w.out["by hand "+marker] = page, true
	}
}

// surveyOne looks through what a channel shows, or as much of it as the channel lists. The limit of what a restored ledger can know is left out
// here: of a copy that the backup has in public or under way, the lost ledger may have made a later generation, and a survey that does not
// list that one leaves nothing that tells of it. So it is always listed.
func (w *world) surveyOne() {
	p := w.channel()
	if w.chance("complete") {
		w.surveyAll(p)
		return
	}
	var listed, may []press.Found
	for _, f := range w.found(p.Channel) {
		if w.laterThanUnderWay(f, p.Channel) {
			listed = append(listed, f)
		} else {
			may = append(may, f)
		}
	}
	w.takeFound(p, append(listed, may[:rapid.IntRange(0, len(may)).Draw(w.r, "listed")]...), "列不全")
}

func (w *world) laterThanUnderWay(f press.Found, channel string) bool {
	ids, err := numbers(w.ctx, w.read, `
		SELECT id FROM copy WHERE channel = $1 AND newest AND edition IS NOT NULL AND state NOT IN ('withdrawn', 'refused')`, channel)
	must(w, err)
	for _, id := range ids {
		c, err := w.copyOf(w.ctx, w.read, id)
		must(w, err)
		if slices.Contains(w.marks(c)[c.Generation:], f.Marker) {
			return true
		}
	}
	return false
}

func (w *world) surveyAll(p press.Plan) { w.takeFound(p, w.found(p.Channel), "") }

func (w *world) takeFound(p press.Plan, found []press.Found, why string) {
	began := w.now
	for part := range slices.Chunk(found, 2) {
		_, err := w.Surveyed(w.ctx, p, part, began)
		must(w, err)
		if w.chanceOf("cut off", 8) {
			w.crashNow()
			return
		}
	}
	must(w, w.SurveyEnded(w.ctx, p.Channel, time.Time{}, why == "", began))
	to, err := w.Unreconciled(w.ctx, p.Channel)
	must(w, err)
	if !to.IsZero() {
		must(w, w.Reconciled(w.ctx, p.Channel, why, nil, w.now))
	}
}

func (w *world) chanceOf(what string, n int) bool { return rapid.IntRange(1, n).Draw(w.r, what) == 1 }

// found is what a channel shows: everything in public, and the notices of what was withdrawn.
func (w *world) found(channel string) []press.Found {
	var out []press.Found
	for _, marker := range slices.Sorted(maps.Keys(w.pages)) {
		f := w.pages[marker]
		if w.on(f) != channel || !w.out[marker] && !w.notices[marker] {
			continue
		}
		f.Withdrawn = !w.out[marker]
		f.Revision = w.says[marker]
		out = append(out, f)
	}
	slices.SortStableFunc(out, func(a, b press.Found) int { // marks are made by chance: by them a seed would give another course each time
		return cmp.Or(cmp.Compare(a.Title, b.Title), a.Public.Compare(b.Public), cmp.Compare(a.Year, b.Year), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Place, b.Place))
	})
	return out
}

// wordOne is what a person says of a copy that may be out there already: the truth.
func (w *world) wordOne() {
	ref := w.item()
	id, err := find(w.ctx, w.read, ref)
	if err != nil {
		return
	}
	cs, err := w.copies(w.ctx, w.read, id)
	must(w, err)
	for _, c := range cs {
		if t, ok, err := w.doubted(w.ctx, w.read, press.Item{ID: id}, c); err != nil || !ok {
			must(w, err)
			continue
		} else if t.What == "" {
			w.r.Fatal("nobody says why")
		}
		if h, sure := w.truth(ref, c); sure {
			_, err := w.Retry(w.ctx, ref, c.Channel, h, publisher, w.now)
			w.may(err)
		}
	}
}

// truth is what a person finds out about a copy: it is out there, under a mark of any of its generations or under its title, or it is not. Of what
// was taken down there a person says nothing.
func (w *world) truth(ref string, c press.Copy) (Hint, bool) {
	title, marks := w.story(ref).Title, w.marks(c)
	was := false
	for _, marker := range slices.Sorted(maps.Keys(w.pages)) {
		page := w.pages[marker]
		if w.on(page) != c.Channel || !slices.Contains(marks, marker) && page.Title != title {
			continue
		}
		if w.out[marker] {
			return w.linked(c, marker)
		}
		was = was || w.notices[marker] && (marker == c.Marker || page.Title == title)
	}
	return Hint{Absent: !was}, !was
}

// linked is the link of a page that is a copy, from now on if it was not before.
func (w *world) linked(c press.Copy, marker string) (Hint, bool) {
	page := w.pages[marker]
	if marker == c.Marker {
		return Hint{Link: page.URL}, true
	}
	if w.ever[c.Marker] {
		return Hint{}, false
	}
	page.Marker = ""
	w.pages[c.Marker], w.says[c.Marker], w.beside[c.Marker] = page, w.says[marker], w.beside[marker]
	w.out[c.Marker], w.ever[c.Marker], w.hand[c.Marker] = true, true, true
	delete(w.out, marker)
	delete(w.pages, marker)
	return Hint{Link: page.URL}, true
}

// lookAtTruth looks at some public copies, and sees what is there.
func (w *world) lookAtTruth() {
	for _, p := range []string{"site", "wechat", "gazette"} {
		es, err := w.Looks(w.ctx, p, w.now, 10)
		must(w, err)
		for _, e := range es {
			st := press.SeenEqual
			switch {
			case !w.out[e.Copy.Marker]:
				st = press.SeenGone
			case w.says[e.Copy.Marker] != e.Revision.Number:
				st = press.SeenDiffers
			}
			must(w, w.Saw(w.ctx, press.Sighting{Copy: e.Copy.ID, Revision: e.Revision.Number, Status: st}, w.now))
		}
	}
}

// rests lets everything go well for two days, with nobody but the program at work and an editor who issues what is planned. Then every
// copy has come to rest, or somebody is told of it.
func (w *world) rests() {
	w.Helper()
	w.flying = nil
	w.crash()
	for range 16 {
		w.pass(3 * time.Hour)
		for _, p := range []press.Plan{sitePlan(), wechatPlan(), gazettePlan()} {
			if to, err := w.Unreconciled(w.ctx, p.Channel); err != nil || !to.IsZero() {
				must(w, err)
				w.surveyAll(p)
			}
			w.composeAll(p)
			if p.Issues != nil {
				w.issueAll()
			}
			as, err := w.Begin(w.ctx, p.Channel, w.now, 100)
			must(w, err)
			for _, a := range as {
				w.goesWell(a)
			}
		}
		w.lookAtTruth()
	}
	w.holds()
	w.tells()
}

func (w *world) issueAll() {
	list, err := w.Editions(w.ctx, "gazette", time.Time{}, 100)
	must(w, err)
	for _, e := range list {
		if e.State == press.EditionPlanned {
			_, err := w.Freeze(w.ctx, gazettePlan(), e.Key, Edit{Who: editor}, w.now)
			w.may(err)
		}
		w.may(w.Issue(w.ctx, gazettePlan(), e.Key, Edit{Who: editor}, w.now))
	}
}

// goesWell makes an act as a driver does to which nothing happens.
func (w *world) goesWell(a press.Act) {
	switch {
	case a.Way == press.ByHand:
		w.settle(a, press.Receipt{Status: press.NeedsHand, Note: a.Task})
	case a.Verb == press.Withdraw:
		w.gone(a)
		w.settle(a, press.Receipt{Status: press.Gone})
	case a.Verb != press.Publish:
		e := a.Edition.Entries[0]
		if !w.out[e.Copy.Marker] {
			w.settle(a, press.Receipt{Status: press.Gone})
			return
		}
		w.shows(e)
		w.settle(a, live())
	case len(a.Edition.Entries) == 0:
		w.settle(a, live())
	default:
		w.publishes(a)
	}
}

func (w *world) publishes(a press.Act) {
	steps, err := w.Journal(a, func() time.Time { return w.now }).Steps(w.ctx)
	must(w, err)
	if len(steps) > 0 || a.Look { // who was not told to look acts
		if w.looked(a) {
			return
		}
	}
	if a.LookOnly {
		w.settle(a, press.Receipt{Status: press.Absent})
		return
	}
	for _, e := range a.Edition.Entries {
		w.goesOut(e)
	}
	w.numbered(a)
	w.settle(a, w.parts(a, press.Live))
}

// tells checks that of every copy that is not at rest somebody is told: by an alarm, by what is open about its item, or by a sentence on a copy that
// waits for a decision that is a person's anyway.
func (w *world) tells() {
	w.Helper()
	_, _, err := w.Judge(w.ctx, Watch{}, w.now)
	must(w, err)
	alarms, err := w.OpenAlarms(w.ctx)
	must(w, err)
	ids, err := texts(w.ctx, w.read, `SELECT id FROM item`)
	must(w, err)
	for _, id := range ids {
		s := w.story(id)
		for _, c := range s.Copies {
			todo := slices.ContainsFunc(s.Todo, func(t Todo) bool { return t.Channel == c.Channel && t.What != "" && t.Next != "" })
			alarm := slices.ContainsFunc(alarms, func(a press.Alarm) bool { return a.Item == c.Item && a.Channel == c.Channel })
			if why := w.restless(s, c); why != "" && !todo && !alarm {
				w.r.Fatalf("%s on %s is %s (%s) and %s, and nobody is told", s.Item.ExternalID, c.Channel, c.State, c.Note, why)
			}
		}
	}
	open, err := numbers(w.ctx, w.read, `SELECT id FROM act WHERE state = 'open' AND way <> 'by_hand' AND due_at IS NULL`)
	must(w, err)
	if len(open) > 0 {
		w.r.Fatalf("acts in nobody's hands: %v", open)
	}
}

// restless says why a copy is not at rest; "" when it is, or waits with a sentence.
func (w *world) restless(s Story, c press.Copy) string {
	var due, claimed bool
	var waits Wait
	must(w, w.read.QueryRow(`SELECT due_at IS NOT NULL, edition IS NOT NULL, waits_for FROM copy WHERE id = $1`, c.ID).Scan(&due, &claimed, &waits))
	switch c.State {
	case press.CopyWithdrawn:
		return ""
	case press.CopyVerified:
		if c.Behind(s.Item) != "" || c.Task != "" || c.Amending > 0 {
			return "something is to be done about it"
		}
		return ""
	case press.Waiting:
		person := waits == ForGate || waits == ForRelease || waits == "after" || waits == "group"
		switch {
		case due && c.ReadyAt.After(w.now.Add(-3*time.Hour)):
			return "" // its time has not come
		case !claimed && !due && person && c.Note != "":
			return ""
		}
		return "waits"
	}
	return "has not come to rest"
}
