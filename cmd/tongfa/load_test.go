package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tongfa/ledger"
	"tongfa/press"
	"tongfa/standin"
)

// peak is the most memory that a process has had, in megabytes; 0 where the system does not tell.
func peak(pid int) float64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	text, _, _ := strings.Cut(rest, "kB")
	kb, _ := strconv.Atoi(strings.TrimSpace(text))
	return float64(kb) / 1024
}

// rushed is what came of many items that were due in the same second.
type rushed struct {
	public, verified time.Duration // after that second, the last
	peak             float64
}

// rush lets items be due in the same second on all three channels, and looks at the outside for what is early or there twice.
func (o *office) rush(items int, ahead time.Duration) (r rushed) {
	o.t.Helper()
	d := o.start("serve")
	defer kill(d)
	due := time.Now().Add(ahead).Truncate(time.Second)
	for n := range items {
		o.item(n+1, map[string]any{"release_at": due.Format(time.RFC3339)})
	}
	if text, code := o.tongfa("add", "in"); code != 0 {
		o.t.Fatalf("add ended with %d:\n%.2000s", code, text)
	}
	if left := time.Until(due); left < 0 {
		o.t.Fatalf("filing took %s too long", -left)
	}
	<-time.After(time.Until(due.Add(100 * time.Millisecond)))
	led := o.ledger()
	defer led.Close()
	o.within(8*time.Minute, "everything is public", func() bool {
		return o.none(led, press.Waiting, press.CopyHanded, press.CopyUnknown, press.CopyNeedsHand)
	})
	r.public = time.Since(due)
	o.within(4*time.Minute, "everything is verified", func() bool { return o.none(led, press.CopyLive, press.CopyDiffers) })
	r.verified, r.peak = time.Since(due), peak(d.Process.Pid)
	if !o.status().everywhere("verified") {
		o.t.Errorf("not verified: %v", o.status().tally())
	}
	o.notBefore(due)
	o.onceOnWeChat(items)
	o.onceOnTheSite(items)
	o.onceInTheGazette(items)
	return r
}

// none reports whether no copy is in one of these states.
func (o *office) none(led *ledger.Ledger, states ...press.CopyState) bool {
	o.t.Helper()
	for _, s := range states {
		lines, _, err := led.Lines(o.t.Context(), ledger.Filter{Copy: s, Limit: 1})
		if err != nil {
			o.t.Fatal(err)
		}
		if len(lines) > 0 {
			return false
		}
	}
	return true
}

// notBefore looks at what the outside has for anything that is older than it may be.
func (o *office) notBefore(due time.Time) {
	o.t.Helper()
	var effects []standin.Effect
	if err := o.get("http://"+o.wx+"/_standin/effects", &effects); err != nil {
		o.t.Fatal(err)
	}
	for _, e := range effects {
		if e.At.Before(due) {
			o.t.Errorf("early: %s at the stand-in, %s before its time", e.Kind, due.Sub(e.At))
		}
	}
	seen := 0
	for _, dir := range []string{"content", "gazette"} {
		err := filepath.WalkDir(filepath.Join(o.dir, "public", dir), func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || filepath.Ext(path) != ".html" || strings.HasPrefix(e.Name(), "index") {
				return err
			}
			info, err := e.Info()
			if err == nil && info.ModTime().Before(due.Add(-10*time.Millisecond)) { // the clock of a file system goes by ticks
				o.t.Errorf("early: %s is %s older than its time", e.Name(), due.Sub(info.ModTime()))
			}
			seen++
			return err
		})
		if err != nil {
			o.t.Fatal(err)
		}
	}
	if seen == 0 || len(effects) == 0 {
		o.t.Errorf("nothing was looked at: %d files, %d effects", seen, len(effects))
	}
}

// mostMemory is what the daemon may use, in megabytes; the plain run of the tests asks for it.
const mostMemory = 300

// TestManyDueInTheSameSecond lets 150 items be due in the same second on three channels. BenchmarkThousandInASecond takes a thousand.
func TestManyDueInTheSameSecond(t *testing.T) {
	o := newOfficeWith(t, eight, "--review", "300ms", "--unlimited")
	r := o.rush(150, 20*time.Second) // filing takes 2 s, and 5 s with the race detector
	t.Logf("150 items on three channels: all public %s after their second, verified after %s, at most %.0f MB", short(r.public), short(r.verified), r.peak)
	if r.peak > mostMemory && !underRace {
		t.Errorf("the daemon used %.0f MB", r.peak)
	}
}

// BenchmarkThousandInASecond lets a thousand items be due in the same second on three channels. Run it with -benchtime 1x.
func BenchmarkThousandInASecond(b *testing.B) {
	for b.Loop() {
		o := newOfficeWith(b, eight, "--review", "300ms", "--unlimited")
		r := o.rush(1000, 40*time.Second)
		b.ReportMetric(r.public.Seconds(), "public-s")
		b.ReportMetric(r.verified.Seconds(), "verified-s")
		b.ReportMetric(r.peak, "peak-MB")
		if r.peak > mostMemory && !underRace {
			b.Errorf("the daemon used %.0f MB", r.peak)
		}
	}
	b.ReportMetric(0, "ns/op")
}

// outage keeps a replay from the interface of WeChat while it is down.
type outage struct {
	*network
	down  atomic.Bool
	tried atomic.Int64
}

func (o *outage) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host == "api.example.test" && o.down.Load() {
		o.tried.Add(1)
		return nil, errors.New("dial tcp: connection refused")
	}
	return o.network.RoundTrip(req)
}

// TestAChannelIsDownForADay takes the interface of WeChat away for a whole day of a simulated clock, on which 96 items are due and the gazette
// comes out. The others go on; the articles follow when it is back, no more a day than a small quota allows, each once.
func TestAChannelIsDownForADay(t *testing.T) {
	t.Parallel()
	const items, perDay = 96, 8
	var log bytes.Buffer
	a := &app{out: io.Discard, err: &log}
	dir := t.TempDir()
	busy := year{number: 2019, site: items, wechat: items - 12, issues: 4, categories: []figure{{"执行和落实", "execution", press.ReportKind, 12, true}}}
	r, err := a.newReplay(busy, dir, 0, 7)
	if err != nil {
		t.Fatal(err)
	}
	out := &outage{network: r.net}
	a.outside = out
	yaml := strings.Replace(string(replayConfig), "    per_message: 8\n", fmt.Sprintf("    per_message: 8\n    quotas: {freepublish_submit: %d}\n", perDay), 1)
	if err := os.WriteFile(a.config, []byte(strings.Replace(yaml, "24h, 720h, 8784h", "24h, 8784h", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(r.leave(), removeAll(dir)); err != nil {
			t.Error(err)
		}
	})
	day := time.Date(2019, time.March, 20, 0, 0, 0, 0, r.zone) // a Wednesday, and the gazette's
	for i := range r.items {
		r.items[i] = r.items[i].movedTo(day.Add(8*time.Hour + 30*time.Minute))
	}
	r.set(day.Add(-time.Hour))
	ctx := t.Context()
	if err := r.enter(ctx); err != nil {
		t.Fatal(err)
	}
	out.down.Store(true)
	r.through(t, day.Add(8*time.Hour))
	if _, err := r.file(ctx, r.items); err != nil {
		t.Fatal(err)
	}
	r.through(t, day.Add(24*time.Hour))
	got := r.states(t)
	t.Logf("at the end of the day without WeChat: %v, after %d calls that failed", got, out.tried.Load())
	if got["site verified"]+got["site live"] != items || got["gazette verified"]+got["gazette live"] != 12 {
		t.Error("the others did not go on")
	}
	if n := len(r.net.wechat.Articles()); n != 0 || got["wechat waiting"] != items-12 {
		t.Errorf("%d articles of an account that nobody reaches", n)
	}
	out.down.Store(false)
	r.through(t, day.Add(4*24*time.Hour))
	t.Logf("three days later: %v", r.states(t))
	if got := r.states(t); got["wechat verified"]+got["wechat live"] != items-12 {
		t.Error("not everything followed")
	}
	r.oncePerDay(t, items-12, perDay)
}

// through lives on until a moment.
func (r *replay) through(t *testing.T, until time.Time) {
	t.Helper()
	for range 10_000 {
		next, err := r.sched.Next(t.Context(), r.now())
		if err != nil {
			t.Fatal(err)
		}
		if next.IsZero() || !next.Before(until) {
			r.set(until)
			return
		}
		if next.After(r.now()) {
			r.set(next)
		}
		if err := r.pass(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatalf("at %s something is due again and again", r.now())
}

// states counts the copies by channel and state.
func (r *replay) states(t *testing.T) map[string]int {
	t.Helper()
	n := map[string]int{}
	for after := ""; ; {
		lines, next, err := r.h.led.Lines(t.Context(), ledger.Filter{Limit: 1000, After: after})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			for _, c := range l.Copies {
				n[c.Channel+" "+string(c.State)]++
			}
		}
		if next == "" {
			return n
		}
		after = next
	}
}

// oncePerDay looks at the account: each article once, and no day with more submissions than are allowed.
func (r *replay) oncePerDay(t *testing.T, items, perDay int) {
	t.Helper()
	days, refused := map[string]int{}, 0
	for _, e := range r.net.wechat.Effects() {
		if e.Kind == "submit" {
			days[e.At.In(r.zone).Format("2006-01-02")]++
		}
	}
	for _, e := range r.net.wechat.Log() {
		if e.Code == 45009 {
			refused++
		}
	}
	t.Logf("submissions by day: %v", days)
	for day, n := range days {
		if n > perDay {
			t.Errorf("%d submissions on %s, %d are allowed", n, day, perDay)
		}
	}
	if len(days) < 2 || refused > 0 {
		t.Errorf("%d days, %d calls refused for their number", len(days), refused)
	}
	titles := map[string]int{}
	for _, a := range r.net.wechat.Articles() {
		titles[a.Title]++
	}
	for title, n := range titles {
		if n != 1 {
			t.Errorf("%d times on the account: %s", n, title)
		}
	}
	if len(titles) != items {
		t.Errorf("%d articles, want %d", len(titles), items)
	}
}

// archived makes an office whose website has so many items already, each a likeness of one that was really published, behind the back of
// everybody.
func archived(t testing.TB, items int) *office {
	t.Helper()
	o := &office{t: t, dir: t.TempDir(), deskAt: freePort(t), siteAt: freePort(t)}
	o.write("tongfa.yaml", fmt.Appendf(nil, siteYAML, o.deskAt, o.siteAt))
	o.file(1, 1, "site")
	if text, code := o.said("pass"); code != 0 {
		t.Fatalf("pass ended with %d:\n%s", code, text)
	}
	db, err := sql.Open("sqlite", filepath.Join(o.dir, "data", "tongfa.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := multiply(t.Context(), db, items); err != nil {
		t.Fatal(err)
	}
	return o
}

func multiply(ctx context.Context, db *sql.DB, items int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	series := fmt.Sprintf(`WITH RECURSIVE s (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM s WHERE i < %d) `, items+999)
	for _, query := range []string{
		`INSERT INTO item (n, id, external_id, kind, index_number, state, shown, head, filed_at, filed_by) ` + series +
			`SELECT i, printf('old-%07d', i), printf('o%d', i), kind, printf('old/%d', i), state, 'live', 1, filed_at, filed_by FROM s, item WHERE n = 1`,
		`INSERT INTO revision (item, number, title, short_title, body, meta, files, digest, at, by) ` + series +
			`SELECT printf('old-%07d', i), 1, printf('示例区人民政府关于第%d项工作的通知', i), '', body, meta, files, digest, at, by FROM s, revision WHERE item = (SELECT id FROM item WHERE n = 1)`,
		`INSERT INTO copy (id, item, item_n, channel, generation, state, revision, marker, url, edition, ready_at, since_at, first_at, look_at, looks) ` + series +
			`SELECT i, printf('old-%07d', i), i, 'site', 1, 'verified', 1, printf('m%d', i), printf('%s-%d', url, i), printf('site@old#%d', i), ready_at, since_at, since_at, since_at + 31536000000000, 5
			FROM s, copy WHERE item_n = 1`,
		`INSERT INTO edition (key, channel, slot_at, seq, state, composed_at) ` + series + `SELECT printf('site@old#%d', i), 'site', i, 1, 'out', i FROM s`,
		`INSERT INTO entry (edition, copy, position, public_at) SELECT edition, id, 1, since_at FROM copy WHERE id >= 1000`,
		`INSERT INTO act (channel, edition, verb, seq, state, opened_at) SELECT 'site', key, 'publish', 1, 'done', 0 FROM edition WHERE key LIKE 'site@old#%'`,
		`INSERT INTO place (channel, shelf, position, copy) SELECT p.channel, p.shelf, c.id, c.id FROM copy c, place p WHERE c.id >= 1000 AND p.copy < 1000`,
		`UPDATE shelf SET top = (SELECT MAX(position) FROM place WHERE channel = shelf.channel AND shelf = shelf.name)`,
	} {
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return fmt.Errorf("%w: %s", err, query)
		}
	}
	var there int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM copy WHERE state = 'verified' AND id >= 1000`).Scan(&there); err != nil || there != items {
		return fmt.Errorf("%d items in the archive: %w", there, err)
	}
	return tx.Commit()
}

// publishBesides starts the daemon beside an archive and publishes one item. It tells how long the start took, how long the item, and the memory.
func (o *office) publishBesides() (start, publish time.Duration, megabytes float64) {
	o.t.Helper()
	began := time.Now()
	d := o.start("serve")
	defer kill(d)
	o.until("the desk answers", func() bool { return o.get("http://"+o.deskAt+"/healthz", nil) == nil })
	start = time.Since(began)
	began = time.Now()
	o.file(2, 2, "site")
	led := o.ledger()
	defer led.Close()
	o.until("it is verified", func() bool {
		s, err := led.Story(o.t.Context(), "oa-00002", time.Now())
		if err != nil {
			o.t.Fatal(err)
		}
		return s.Copies[0].State == press.CopyVerified
	})
	return start, time.Since(began), peak(d.Process.Pid)
}

// TestAnArchiveCostsNoMemory publishes one item beside 10,000. BenchmarkArchive takes 200,000.
func TestAnArchiveCostsNoMemory(t *testing.T) {
	t.Parallel()
	start, publish, megabytes := archived(t, 10_000).publishBesides()
	t.Logf("beside 10,000 items: started after %s, one published after %s, at most %.0f MB", short(start), short(publish), megabytes)
	if megabytes > mostMemory && !underRace {
		t.Errorf("the daemon used %.0f MB", megabytes)
	}
}

// BenchmarkArchive starts the daemon beside 200,000 items and publishes one. Run it with -benchtime 1x.
func BenchmarkArchive(b *testing.B) {
	for b.Loop() {
		start, publish, megabytes := archived(b, 200_000).publishBesides()
		b.ReportMetric(start.Seconds(), "start-s")
		b.ReportMetric(publish.Seconds(), "publish-s")
		b.ReportMetric(megabytes, "peak-MB")
		if megabytes > mostMemory {
			b.Errorf("the daemon used %.0f MB", megabytes)
		}
	}
	b.ReportMetric(0, "ns/op")
}
