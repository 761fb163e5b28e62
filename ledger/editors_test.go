package ledger

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongfa/press"
)

// byHand are the plans of channels whose editions people compose.
func byHand() map[string]press.Plan {
	w, g := wechatPlan(), gazettePlan()
	w.Hand = 3
	return map[string]press.Plan{"wechat": w, "gazette": g}
}

// unissued are the editions that people have in hand.
func (b *testBench) unissued(channel string) []EditionLine {
	b.Helper()
	list, err := b.Ahead(b.ctx, channel, 50)
	must(b, err)
	return list
}

// plannedRight checks what is true of the editions that people compose, after every transaction.
func (b *testBench) plannedRight() {
	b.Helper()
	never := map[string]string{
		"positions with a gap in what is frozen or out": `SELECT n.edition FROM entry n JOIN edition d ON d.key = n.edition WHERE d.state IN ('frozen', 'composed', 'out')
			GROUP BY n.edition HAVING MIN(n.position) <> 1 OR MAX(n.position) <> COUNT(*) OR COUNT(DISTINCT n.position) <> COUNT(*)`,
		"two entries in one place":  `SELECT edition FROM entry GROUP BY edition, position HAVING COUNT(*) > 1`,
		"a total left out":          `SELECT channel FROM edition WHERE total > 0 GROUP BY channel HAVING MAX(total) - MIN(total) + 1 <> COUNT(*)`,
		"a number left out":         `SELECT channel FROM edition WHERE number > 0 GROUP BY channel, year, supplement HAVING MAX(number) - MIN(number) + 1 <> COUNT(*)`,
		"an issue without number":   `SELECT key FROM edition WHERE channel = 'gazette' AND state IN ('frozen', 'composed', 'out', 'partly') AND number = 0`,
		"a supplement with a total": `SELECT key FROM edition WHERE supplement AND total > 0`,
		"a given up issue with a number": `SELECT key FROM edition d WHERE state = 'failed' AND number > 0 AND NOT EXISTS (SELECT 1 FROM act WHERE edition = d.key)
			AND NOT EXISTS (SELECT 1 FROM edition x WHERE x.channel = d.channel AND x.supplement = d.supplement AND (x.year, x.number) > (d.year, d.number) AND x.number > 0)`,
		"a plan with a number":           `SELECT key FROM edition WHERE state = 'planned' AND number > 0`,
		"a claim of what is over":        `SELECT n.edition FROM entry n JOIN edition d ON d.key = n.edition WHERE d.state = 'failed' AND n.claims = 1 AND NOT EXISTS (SELECT 1 FROM act WHERE edition = d.key)`,
		"a moment of what is not frozen": `SELECT key FROM edition WHERE try_at IS NOT NULL AND state <> 'frozen'`,
		"an edition out early":           `SELECT key FROM edition d JOIN act a ON a.edition = d.key AND a.verb = 'publish' WHERE a.opened_at < d.slot_at`,
		"more than fit":                  `SELECT n.edition FROM entry n JOIN edition d ON d.key = n.edition WHERE n.claims = 1 AND d.channel = 'wechat' GROUP BY n.edition HAVING COUNT(*) > 3`,
		"changes without their deeds": `SELECT key FROM edition d WHERE version <> (SELECT COUNT(*) FROM deed WHERE about = d.key AND verb NOT IN ('pull_proof', 'pass_proof', 'remark_proof', 'settle_remark'))
			AND NOT EXISTS (SELECT 1 FROM deed WHERE about = d.key AND verb = 'move_edition')`,
	}
	for what, query := range never {
		found, err := texts(b.ctx, b.read, query)
		must(b, err)
		if len(found) > 0 {
			b.Fatalf("%s: %v", what, found)
		}
	}
	b.provedRight()
}

// provedRight fails if a frozen issue does not equal the proof round that it says it was frozen as.
func (b *testBench) provedRight() {
	b.Helper()
	keys, err := texts(b.ctx, b.read, `SELECT key FROM edition WHERE state = 'frozen' AND proof > 0`)
	must(b, err)
	for _, key := range keys {
		e, err := b.Edition(b.ctx, key)
		must(b, err)
		rounds, err := b.Rounds(b.ctx, key)
		must(b, err)
		r := rounds[e.Proof-1]
		now := press.ContentsOf(e.Edition, b.Zone())
		now.Dated = r.Contents.Dated
		if turns := press.Turns(r.Contents, now); len(turns) > 0 {
			b.Fatalf("%s says that it equals round %d: %s", key, e.Proof, press.SayTurns(turns))
		}
	}
}

// readOne is a reader's word on the last round of an edition, or an editor's on a reader's.
func (w *world) readOne(key string) error {
	rounds, err := w.Rounds(w.ctx, key)
	if err != nil || len(rounds) == 0 {
		return err
	}
	last := rounds[len(rounds)-1]
	if open := last.Open(); len(open) > 0 {
		return w.SettleRemark(w.ctx, key, open[0].ID, true, "", editor, w.now)
	}
	if w.chance("pass") {
		return w.PassProof(w.ctx, key, last.Number, reader, w.now)
	}
	return w.RemarkProof(w.ctx, key, press.Reading{Round: last.Number, Text: "标题"}, reader, w.now)
}

// issuedRight fails if an edition that has just been issued holds what is not approved in the very revision, is held, or is early.
func (b *testBench) issuedRight(key string, now time.Time) error {
	found, err := texts(b.ctx, b.read, `
		SELECT c.item
		FROM entry n
		JOIN copy c ON c.id = n.copy
		JOIN item i ON i.id = c.item
		JOIN act a ON a.edition = n.edition AND a.verb = 'publish' AND a.attempt = 0 AND a.state = 'open'
		WHERE n.edition = $1 AND n.claims = 1 AND (i.state <> 'approved' OR i.held OR i.head <> c.revision OR c.ready_at > $2)`, key, now.UnixMicro())
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return fmt.Errorf("%s was issued with %v, which may not go out", key, found)
	}
	return nil
}

// editorOne does one thing that an editor may do to an edition of a channel, with the version that she saw or one that is older.
func (w *world) editorOne() {
	channel := w.pick("hand", "wechat", "gazette")
	p := byHand()[channel]
	list := w.unissued(channel)
	if len(list) == 0 || w.chanceOf("new", 12) {
		_, err := w.Plan(w.ctx, p, w.now.Add(time.Duration(rapid.IntRange(0, 120).Draw(w.r, "slot"))*time.Minute), editor, w.now)
		must(w, err)
		return
	}
	e, err := w.Edition(w.ctx, list[rapid.IntRange(0, len(list)-1).Draw(w.r, "which")].Key)
	must(w, err)
	ed := Edit{Who: editor, Seen: e.Version}
	stale := e.Version > 1 && w.chanceOf("stale", 5)
	if stale {
		ed.Seen--
	}
	switch w.pick("edit", "put", "put", "put", "drop", "arrange", "rename", "supplement", "replan", "freeze", "freeze", "thaw", "issue", "issue", "time", "time", "untime", "abandon", "pull", "pull", "read") {
	case "pull":
		if channel != "gazette" {
			return
		}
		_, err = w.PullProof(w.ctx, p, e.Key, press.Made{}, ed, w.now)
	case "read":
		must(w, w.readOne(e.Key))
		return
	case "put":
		err = w.Put(w.ctx, p, e.Key, w.item(), ed, w.now)
	case "drop":
		err = w.Drop(w.ctx, p, e.Key, w.item(), ed, w.now)
	case "arrange":
		var places []Place
		for _, en := range e.Entries {
			places = append([]Place{{en.Item.ID, w.pick("section", "", "区政府文件", "政策解读")}}, places...)
		}
		err = w.Arrange(w.ctx, e.Key, places, ed, w.now)
	case "rename":
		err = w.Rename(w.ctx, e.Key, w.pick("name", "", "专刊"), ed, w.now)
	case "supplement":
		err = w.Supplement(w.ctx, p, e.Key, w.chance("supplement"), ed, w.now)
	case "replan":
		_, err = w.Replan(w.ctx, e.Key, w.now.Add(time.Duration(rapid.IntRange(0, 90).Draw(w.r, "to"))*time.Minute), ed, w.now)
	case "freeze":
		_, err = w.Freeze(w.ctx, p, e.Key, ed, w.now)
	case "thaw":
		err = w.Thaw(w.ctx, e.Key, "有误", ed, w.now)
	case "issue":
		if err = w.Issue(w.ctx, p, e.Key, ed, w.now); err == nil {
			must(w, w.issuedRight(e.Key, w.now))
		}
	case "time":
		err = w.IssueAt(w.ctx, p, e.Key, w.now.Add(time.Duration(rapid.IntRange(1, 60).Draw(w.r, "at"))*time.Minute), ed, w.now)
	case "untime":
		err = w.CallOff(w.ctx, e.Key, "再等等", ed, w.now)
	case "abandon":
		err = w.Abandon(w.ctx, e.Key, "不出了", ed, w.now)
	}
	if stale && err == nil {
		w.r.Fatalf("%s of %s took a stale version", e.Key, channel)
	}
	w.may(err)
}

// dueOne puts out what people have given a moment, under one of the rules for what is late.
func (w *world) dueOne() {
	channel := w.pick("due", "wechat", "gazette")
	p := byHand()[channel]
	p.Late = press.Late(w.pick("late", "publish", "next", "ask"))
	p.When = press.Once(w.now.Add(30 * time.Minute))
	before := w.unissued(channel)
	_, err := w.IssueDue(w.ctx, p, w.now)
	must(w, err)
	for _, e := range before {
		must(w, w.issuedRight(e.Key, w.now))
	}
}

// pressOne brings an edition out, with something in between that may forbid it.
func (w *world) pressOne() {
	channel := w.pick("press", "wechat", "gazette")
	p := byHand()[channel]
	list := w.unissued(channel)
	if len(list) == 0 {
		return
	}
	key := list[rapid.IntRange(0, len(list)-1).Draw(w.r, "which")].Key
	_, err := w.Freeze(w.ctx, p, key, Edit{Who: editor}, w.now)
	w.may(err)
	switch w.pick("meanwhile", "", "move", "file", "compose") {
	case "move":
		w.moveOne()
	case "file":
		w.fileOne()
	case "compose":
		w.composeOne()
	}
	if w.chance("timed") {
		w.may(w.IssueAt(w.ctx, p, key, w.now.Add(time.Minute), Edit{Who: editor}, w.now))
		w.pass(time.Minute)
		w.dueOne()
		return
	}
	if err = w.Issue(w.ctx, p, key, Edit{Who: editor}, w.now); err == nil {
		must(w, w.issuedRight(key, w.now))
	}
	w.may(err)
}

// TestAnyCourseOfEditors composes editions by hand in any order, between everything else that people and channels do.
func TestAnyCourseOfEditors(t *testing.T) {
	courses(t, "40", "40", func(r *rapid.T, w *world) {
		for _, ext := range []string{"甲", "乙", "丙"} {
			w.filed(ready(ext, "site", "wechat", "gazette"))
		}
		for _, p := range byHand() {
			key, err := w.Plan(w.ctx, p, w.now, editor, w.now)
			must(w, err)
			must(w, w.Put(w.ctx, p, key, "甲", Edit{Who: editor}, w.now))
			must(w, w.Put(w.ctx, p, key, "乙", Edit{Who: editor}, w.now))
		}
		r.Repeat(map[string]func(*rapid.T){
			"edit":    func(r *rapid.T) { w.editorOne() },
			"edit 2":  func(r *rapid.T) { w.editorOne() },
			"edit 3":  func(r *rapid.T) { w.editorOne() },
			"press":   func(r *rapid.T) { w.pressOne() },
			"press 2": func(r *rapid.T) { w.pressOne() },
			"due":     func(r *rapid.T) { w.dueOne() },
			"file":    func(r *rapid.T) { w.fileOne() },
			"move":    func(r *rapid.T) { w.moveOne() },
			"correct": func(r *rapid.T) { w.correctOne() },
			"compose": func(r *rapid.T) { w.composeOne() },
			"begin":   func(r *rapid.T) { w.beginOne() },
			"deliver": func(r *rapid.T) { w.deliverOne() },
			"look":    func(r *rapid.T) { w.lookOne() },
			"crash":   func(r *rapid.T) { w.crashNow() },
			"wait":    func(r *rapid.T) { w.pass(time.Duration(rapid.IntRange(1, 90).Draw(r, "minutes")) * time.Minute) },
			"":        func(r *rapid.T) { w.holds(); w.plannedRight() },
		})
	})
}

// TestWhatBelongsWithAnEntryInHandWaitsForIt keeps the others of a group from going out while people have one of it in an edition.
func TestWhatBelongsWithAnEntryInHandWaitsForIt(t *testing.T) {
	b := setup(t)
	p := byHand()["wechat"]
	f := ready("甲", "wechat")
	f.Item.BelongsWith = []string{"乙"}
	b.filed(f)
	b.filed(ready("乙", "wechat"))
	key, err := b.Plan(b.ctx, p, b.now.Add(time.Hour), editor, b.now)
	must(t, err)
	must(t, b.Put(b.ctx, p, key, "甲", Edit{Who: editor}, b.now))
	if keys := b.composed(p, b.now); len(keys) != 0 {
		t.Fatalf("%v went out without what it belongs with", keys)
	}
	if c := b.copy("乙", "wechat"); !strings.Contains(c.Note, "已编入"+key) {
		t.Errorf("nobody says what it waits for: %q", c.Note)
	}
	must(t, b.Abandon(b.ctx, key, "不编了", Edit{Who: editor}, b.now))
	keys := b.composed(p, b.now)
	equal(t, "editions", len(keys), 1)
	equal(t, "items", b.items(keys[0]), "甲 乙")
}

// TestAKeyIsNotGivenAgain keeps the record of an edition that was moved away apart from that of the next one at its moment.
func TestAKeyIsNotGivenAgain(t *testing.T) {
	b := setup(t)
	p := byHand()["gazette"]
	key, err := b.Plan(b.ctx, p, b.now, editor, b.now)
	must(t, err)
	_, err = b.Replan(b.ctx, key, b.now.Add(time.Hour), Edit{Who: editor}, b.now)
	must(t, err)
	again, err := b.Plan(b.ctx, p, b.now, editor, b.now)
	must(t, err)
	if again == key {
		t.Errorf("%s names two editions", key)
	}
}

// TestEditorsAtTheSameMoment lets everybody at the same editions at once. Whatever came first, the ledger is as if one had been after the other.
func TestEditorsAtTheSameMoment(t *testing.T) {
	b := setup(t)
	var refs []string
	for i := range 12 {
		refs = append(refs, fmt.Sprint("稿", i))
		b.filed(ready(refs[i], "wechat", "gazette"))
	}
	for _, p := range byHand() {
		for range 2 {
			_, err := b.Plan(b.ctx, p, b.now, editor, b.now)
			must(t, err)
		}
	}
	now := b.now
	var wg sync.WaitGroup
	var mu sync.Mutex
	var bad []error
	stale, made := 0, 0
	do := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err == nil:
			made++
		case errors.Is(err, ErrStale):
			stale++
		default:
			for _, wrong := range []string{"SQL", "constraint", "unreachable", "locked", "busy"} {
				if strings.Contains(err.Error(), wrong) {
					bad = append(bad, err)
				}
			}
		}
	}
	for n := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(n), 4))
			who := Who{fmt.Sprint("编辑", n), press.GazetteEditor}
			for range 25 {
				channel := []string{"wechat", "gazette"}[r.IntN(2)]
				p, ref := byHand()[channel], refs[r.IntN(len(refs))]
				list, err := b.Ahead(context.Background(), channel, 10)
				if err != nil || len(list) == 0 {
					do(err)
					continue
				}
				e, err := b.Edition(context.Background(), list[r.IntN(len(list))].Key)
				if err != nil {
					continue // it was moved a moment ago
				}
				ed := Edit{Who: who, Seen: e.Version}
				switch r.IntN(14) {
				case 0, 1, 2, 3:
					do(b.Put(b.ctx, p, e.Key, ref, ed, now))
				case 4:
					do(b.Drop(b.ctx, p, e.Key, ref, ed, now))
				case 5:
					var places []Place
					for _, en := range e.Entries {
						places = append([]Place{{en.Item.ID, ""}}, places...)
					}
					do(b.Arrange(b.ctx, e.Key, places, ed, now))
				case 6:
					_, err = b.Freeze(b.ctx, p, e.Key, ed, now)
					do(err)
				case 7:
					do(b.Issue(b.ctx, p, e.Key, ed, now))
				case 8:
					_, err = b.Replan(b.ctx, e.Key, now.Add(-time.Duration(r.IntN(9))*time.Second), ed, now)
					do(err)
				case 9:
					do(b.Withdraw(b.ctx, ref, "有误", press.NoticePage, publisher, now))
				case 10:
					_, err = b.Compose(b.ctx, p, now, now)
					do(err)
				case 11:
					do(b.Hold(b.ctx, ref, "等一等", publisher, now))
					do(b.Release(b.ctx, ref, publisher, now))
				case 12:
					_, err = b.IssueDue(b.ctx, p, now)
					do(err)
				case 13:
					_, err = b.Plan(b.ctx, p, now, who, now)
					do(err)
				}
			}
		})
	}
	wg.Wait()
	for _, err := range bad {
		t.Error("not an answer for a person: ", err)
	}
	if made == 0 || stale == 0 {
		t.Errorf("%d changes were made, %d were refused as stale: nobody met", made, stale)
	}
	b.holds()
	b.plannedRight()
}
