package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"tongfa/press"
)

var china = time.FixedZone("CST", 8*60*60)

// start is when every test begins.
var start = time.Date(2026, 11, 25, 9, 0, 0, 0, china)

// testBench is a ledger in a folder of its own with a clock that the test moves.
type testBench struct {
	testing.TB
	*Ledger
	ctx    context.Context
	now    time.Time
	file   string
	opened []*Ledger

	unchecked bool // of a benchmark
}

func testRules() Rules {
	return Rules{Zone: china, USCC: "示例", Limits: map[string]press.Limits{"site": {}, "wechat": {Title: 64}, "gazette": {}}}
}

// setup makes an empty ledger with three channels. When the test ends, what must always hold is checked once more.
func setup(t testing.TB) *testBench {
	t.Helper()
	b := &testBench{TB: t, ctx: context.Background(), now: start, file: filepath.Join(t.TempDir(), "ledger.db")}
	t.Cleanup(func() {
		if !t.Failed() && !b.unchecked {
			b.holds()
		}
		for _, l := range b.opened {
			l.Close()
		}
	})
	b.open()
	for _, name := range []string{"site", "wechat", "gazette"} {
		must(t, b.Register(b.ctx, name, name))
	}
	return b
}

func (b *testBench) open() {
	b.Helper()
	l, err := Open(b.ctx, b.file, testRules())
	must(b, err)
	b.Ledger = l
	b.opened = append(b.opened, l)
	if _, measured := b.TB.(*testing.B); !measured {
		_, err = l.writes.Exec(`PRAGMA synchronous = OFF`) // spares the tests the disk's flushes, which end nothing but a power cut
		must(b, err)
	}
}

// crash goes on with the file as a new process would that was not told how the old one ended.
func (b *testBench) crash() {
	b.Helper()
	b.open()
	must(b, b.Resume(b.ctx, b.now))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s = %v, want %v", what, got, want)
	}
}

var registrar = Who{"王某", press.Registrar}
var publisher = Who{"李某", press.Publisher}

// draft is a filing without approvals.
func draft(ext string, channels ...string) Filing {
	f := Filing{
		Item: press.Item{ExternalID: ext, Kind: press.News},
		Revision: press.Revision{
			Title: "示例区召开" + ext + "工作会议",
			Body:  []press.Block{press.P("示例区人民政府召开会议，研究" + ext + "有关工作。"), press.P("会议要求抓好落实。")},
			Meta:  press.Meta{Issuer: "示例区人民政府办公室", Column: "政务动态", Disclosure: press.Proactive},
		},
		By: registrar,
	}
	for _, c := range channels {
		f.Item.Wants = append(f.Item.Wants, press.Want{Channel: c})
	}
	return f
}

// signed are the approvals that a text needs.
func signed() []press.Approval {
	var as []press.Approval
	for i, s := range []press.Step{press.SecrecyReview, press.FirstReview, press.SecondReview, press.FinalReview} {
		as = append(as, press.Approval{Step: s, By: fmt.Sprintf("审签人%d", i), Office: "示例区人民政府办公室",
			At: start.Add(time.Duration(i-10) * time.Minute), Pass: true})
	}
	return as
}

// ready is a filing that goes out at once.
func ready(ext string, channels ...string) Filing {
	f := draft(ext, channels...)
	f.Approvals = signed()
	return f
}

func (b *testBench) filed(f Filing) Filed {
	b.Helper()
	out, err := b.File(b.ctx, f, b.now)
	must(b, err)
	return out
}

func (b *testBench) pass(d time.Duration) { b.now = b.now.Add(d) }

func sitePlan() press.Plan {
	return press.Plan{Channel: "site", Max: 1, Whole: true,
		Address: func(e press.Entry) string { return "https://www.example.gov.cn/" + string(e.Item.ID) },
		Shelves: func(e press.Entry) []press.Shelf { return []press.Shelf{{Name: "column/" + e.Revision.Meta.Column}} }}
}

func wechatPlan() press.Plan {
	return press.Plan{Channel: "wechat", Max: 3, Slots: true, After: []string{"site"}}
}

func gazettePlan() press.Plan {
	return press.Plan{Channel: "gazette", Slots: true, Issues: &press.Issues{
		FirstYear: 2026, FirstNo: 7, FirstTotal: 120,
		Title: func(e press.Edition) string {
			return fmt.Sprintf("%d年第%d号（总第%d号）", e.Year, e.Number, e.Total)
		}}}
}

// composed composes until nothing more is ready at a moment, and gives the keys.
func (b *testBench) composed(p press.Plan, at time.Time) []string {
	b.Helper()
	var keys []string
	for range 1000 {
		c, err := b.Compose(b.ctx, p, at, b.now)
		must(b, err)
		keys = append(keys, c.Editions...)
		if !c.More {
			return keys
		}
	}
	b.Fatal("composing never ends")
	return nil
}

func (b *testBench) begun(channel string) []press.Act {
	b.Helper()
	as, err := b.Begin(b.ctx, channel, b.now, 1000)
	must(b, err)
	return as
}

// one is the only act that is due on a channel.
func (b *testBench) one(channel string) press.Act {
	b.Helper()
	as := b.begun(channel)
	if len(as) != 1 {
		b.Fatalf("%d acts are due on %s, want one", len(as), channel)
	}
	return as[0]
}

func (b *testBench) settle(a press.Act, r press.Receipt) {
	b.Helper()
	must(b, b.Settle(b.ctx, a, r, nil, b.now))
}

func (b *testBench) fail(a press.Act, err error) {
	b.Helper()
	must(b, b.Settle(b.ctx, a, press.Receipt{}, err, b.now))
}

func (b *testBench) intend(a press.Act, step string) {
	b.Helper()
	must(b, b.Journal(a, func() time.Time { return b.now }).Intend(b.ctx, step))
}

func live() press.Receipt {
	return press.Receipt{Status: press.Live, Ref: "r1", URL: "https://www.example.gov.cn/a"}
}

func (b *testBench) saw(c press.Copy, s press.SightingStatus) {
	b.Helper()
	must(b, b.Saw(b.ctx, press.Sighting{Copy: c.ID, Status: s, Digest: "d", URL: c.URL}, b.now))
}

// out brings what is ready on a channel to the public.
func (b *testBench) out(p press.Plan) []press.Act {
	b.Helper()
	b.composed(p, b.now)
	as := b.begun(p.Channel)
	for _, a := range as {
		b.settle(a, live())
	}
	return as
}

// verified brings what is ready on a channel to a verified sighting.
func (b *testBench) verified(p press.Plan) {
	b.Helper()
	for _, a := range b.out(p) {
		for _, e := range a.Edition.Entries {
			b.saw(e.Copy, press.SeenEqual)
		}
	}
}

func (b *testBench) copy(ref, channel string) press.Copy {
	b.Helper()
	id, err := find(b.ctx, b.read, ref)
	must(b, err)
	c, ok, err := b.newest(b.ctx, b.read, id, channel)
	must(b, err)
	if !ok {
		b.Fatalf("%s is not wanted on %s", ref, channel)
	}
	return c
}

func (b *testBench) state(ref, channel string, want press.CopyState) press.Copy {
	b.Helper()
	c := b.copy(ref, channel)
	if c.State != want {
		b.Fatalf("%s on %s is %s (%s), want %s", ref, channel, c.State, c.Note, want)
	}
	return c
}

func (b *testBench) story(ref string) Story {
	b.Helper()
	s, err := b.Story(b.ctx, ref, b.now)
	must(b, err)
	return s
}

// openRaw opens a file as any program might.
func openRaw(path string) (*sql.DB, error) { return sql.Open("sqlite", plain(path, "")) }

// raw writes to the file behind the ledger's back.
func (b *testBench) raw(query string, args ...any) {
	b.Helper()
	must(b, b.write(b.ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	}))
}

func (b *testBench) count(query string, args ...any) int {
	b.Helper()
	var n int
	must(b, b.read.QueryRow(query, args...).Scan(&n))
	return n
}

// holds checks what is true of a ledger after every transaction.
func (b *testBench) holds() {
	b.Helper()
	never := map[string]string{
		"a copy with two claims": `SELECT copy FROM entry WHERE claims = 1 GROUP BY copy HAVING COUNT(*) > 1`,
		"two generations at once": `SELECT item FROM copy WHERE state NOT IN ('withdrawn', 'refused')
			GROUP BY item, channel HAVING COUNT(*) > 1`,
		"a generation left out":           `SELECT item FROM copy GROUP BY item, channel HAVING MAX(generation) <> COUNT(*)`,
		"a claimed copy without an entry": `SELECT c.id FROM copy c WHERE c.state = 'waiting' AND c.edition IS NOT NULL AND NOT EXISTS (SELECT 1 FROM entry WHERE edition = c.edition AND copy = c.id AND claims = 1)`,
		"a claimed copy that is due":      `SELECT id FROM copy WHERE due_at IS NOT NULL AND (edition IS NOT NULL OR state <> 'waiting')`,
		"a copy under way without an act": `SELECT c.id FROM copy c WHERE c.state IN ('handed_over', 'unknown', 'needs_hand') AND NOT EXISTS (SELECT 1 FROM act WHERE edition = c.edition AND state = 'open')`,
		"a composed edition without act":  `SELECT key FROM edition d WHERE state = 'composed' AND NOT EXISTS (SELECT 1 FROM act WHERE edition = d.key AND verb = 'publish' AND state = 'open')`,
		"an ended edition with an act":    `SELECT key FROM edition d WHERE state <> 'composed' AND EXISTS (SELECT 1 FROM act WHERE edition = d.key AND verb = 'publish' AND state = 'open')`,
		"a public copy never looked at":   `SELECT id FROM copy WHERE state IN ('live', 'verified', 'differs') AND look_at IS NULL`,
		"a withdrawn item still out there": `SELECT i.id FROM item i JOIN copy c ON c.item = i.id WHERE i.state = 'withdrawn' AND c.state NOT IN ('withdrawn', 'refused')
			AND NOT EXISTS (SELECT 1 FROM act WHERE edition = c.edition AND state = 'open')
			AND NOT EXISTS (SELECT 1 FROM edition WHERE key = c.edition AND state = 'frozen')`,
		"a refused copy that keeps its claim": `SELECT c.id FROM copy c JOIN entry e ON e.edition = c.edition AND e.copy = c.id JOIN edition d ON d.key = e.edition
			WHERE c.state = 'refused' AND e.claims = 1 AND d.state <> 'composed'`,
		"an act that was ended and is due":         `SELECT id FROM act WHERE state = 'done' AND due_at IS NOT NULL`,
		"an item that its catalogue does not have": `SELECT id FROM item WHERE n NOT IN (SELECT rowid FROM catalogue)`,
		"a newest copy that is not the newest, or is missing": `SELECT id FROM copy c
			WHERE newest <> (generation = (SELECT MAX(generation) FROM copy WHERE item = c.item AND channel = c.channel))`,
		"a copy that is filed under another item": `SELECT c.id FROM copy c JOIN item i ON i.id = c.item WHERE i.n <> c.item_n`,
		"a held item with a copy that does not say so": `SELECT c.id FROM copy c JOIN item i ON i.id = c.item
			WHERE i.held AND c.state = 'waiting' AND c.edition IS NULL AND c.waits_for <> 'hold'`,
		"a copy that waits for nothing and nobody": `SELECT c.id FROM copy c JOIN item i ON i.id = c.item
			WHERE c.state = 'waiting' AND c.edition IS NULL AND c.due_at IS NULL AND c.waits_for = ''`,
		"an act on a public copy that is about no copy, or one other than an item's withdrawal about several": `SELECT id FROM act WHERE verb <> 'publish'
			AND (SELECT COUNT(*) FROM act_copy WHERE act = act.id) NOT BETWEEN 1 AND CASE WHEN verb = 'withdraw' AND way = '' THEN 8000 ELSE 1 END`,
		"a copy that is being amended by no act": `SELECT c.id FROM copy c WHERE c.amending > 0 AND NOT EXISTS (
			SELECT 1 FROM act a JOIN act_copy k ON k.act = a.id WHERE k.copy = c.id AND a.state = 'open' AND (a.verb = 'amend' OR a.way = 'republish'))`,
		"an amendment that its copy does not tell": `SELECT a.id FROM act a JOIN act_copy k ON k.act = a.id JOIN copy c ON c.id = k.copy
			WHERE a.state = 'open' AND (a.verb = 'amend' OR a.way = 'republish') AND c.amending = 0`,
		"two amendments of a copy at once": `SELECT k.copy FROM act a JOIN act_copy k ON k.act = a.id
			WHERE a.state = 'open' AND (a.verb = 'amend' OR a.way = 'republish') GROUP BY k.copy HAVING COUNT(*) > 1`,
		"a copy that is gone and is to be amended": `SELECT c.id FROM copy c JOIN act_copy k ON k.copy = c.id JOIN act a ON a.id = k.act
			WHERE c.state IN ('withdrawn', 'refused', 'waiting') AND a.state = 'open' AND a.verb IN ('amend', 'annotate')`,
		"a task that nobody gave": `SELECT c.id FROM copy c WHERE c.task <> '' AND NOT EXISTS (
			SELECT 1 FROM act a JOIN act_copy k ON k.act = a.id WHERE k.copy = c.id AND a.state = 'open' AND a.task <> '')`,
		"a task that its copy does not tell": `SELECT a.id FROM act a JOIN act_copy k ON k.act = a.id JOIN copy c ON c.id = k.copy
			WHERE a.state = 'open' AND a.task <> '' AND c.task = ''`,
		"a remark by no act on its copy":                           `SELECT id FROM remark m WHERE NOT EXISTS (SELECT 1 FROM act_copy WHERE act = m.act AND copy = m.copy)`,
		"an erratum that an ended issue keeps and has not printed": `SELECT e.id FROM erratum e JOIN edition d ON d.key = e.edition WHERE d.state = 'failed'`,
		"two errata of a copy that wait":                           `SELECT copy FROM erratum WHERE edition IS NULL GROUP BY copy HAVING COUNT(*) > 1`,
		"a page in the search that is gone":                        `SELECT rowid FROM search WHERE rowid IN (SELECT id FROM copy WHERE state = 'withdrawn')`,
	}
	for what, query := range never {
		found, err := texts(b.ctx, b.read, query)
		must(b, err)
		if len(found) > 0 {
			b.Fatalf("%s: %v", what, found)
		}
	}
	_, broken, err := b.Chain(b.ctx)
	must(b, err)
	if len(broken) > 0 {
		b.Fatalf("chain is broken: %v", broken)
	}
	b.shownRight()
	b.noneLost()
}

func (b *testBench) shownRight() {
	b.Helper()
	ids, err := texts(b.ctx, b.read, `SELECT id FROM item`)
	must(b, err)
	for _, id := range ids {
		it, err := b.item(b.ctx, b.read, press.ItemID(id))
		must(b, err)
		cs, err := b.copies(b.ctx, b.read, it.ID)
		must(b, err)
		var shown press.State
		must(b, b.read.QueryRow(`SELECT shown FROM item WHERE id = $1`, id).Scan(&shown))
		if want := press.Overall(it, cs); shown != want {
			b.Fatalf("%s is shown as %s, want %s: %+v", id, shown, want, cs)
		}
	}
}

// noneLost checks that what waits with nobody to wake it has a reason that still stands.
func (b *testBench) noneLost() {
	b.Helper()
	plans := map[string]press.Plan{"site": sitePlan(), "wechat": wechatPlan(), "gazette": gazettePlan()}
	ids, err := numbers(b.ctx, b.read, `
		SELECT c.id
		FROM copy c
		JOIN item i ON i.id = c.item
		WHERE c.state = 'waiting' AND c.edition IS NULL AND c.due_at IS NULL AND i.state = 'approved' AND NOT i.held`)
	must(b, err)
	rollback := errors.New("only looking")
	for _, id := range ids {
		err := b.write(b.ctx, func(ctx context.Context, tx *sql.Tx) error {
			cp, err := b.copyOf(ctx, tx, id)
			if err != nil {
				return err
			}
			far := b.now.Add(100 * 365 * 24 * time.Hour)
			c := &composer{l: b.Ledger, tx: tx, q: tx, p: plans[cp.Channel], at: far, now: b.now, out: &press.Composed{}, taken: map[press.ItemID]bool{}}
			u, err := c.weigh(ctx, dueCopy{id: id, item: cp.Item})
			if err != nil {
				return err
			}
			if len(u.entries) > 0 {
				return fmt.Errorf("copy %d of %s on %s is ready and nobody wakes it (%s)", id, cp.Item, cp.Channel, cp.Note)
			}
			return rollback
		})
		if !errors.Is(err, rollback) {
			b.Fatal(err)
		}
	}
}
