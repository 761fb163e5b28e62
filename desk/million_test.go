package desk

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// What a page may take and weigh. A small ledger on a busy machine proves the weight and the plans; the time is measured with -million.
const (
	mostTime   = 100 * time.Millisecond
	mostWeight = 100_000
)

// looked are the addresses that are measured: every route that is read, with what people ask of it.
func (w *world) looked() []string {
	w.Helper()
	find := func(f ledger.Filter) press.ItemID {
		f.Limit = 1
		lines, _, err := w.ledger.Lines(w.Context(), f)
		w.must(err)
		if len(lines) == 0 {
			w.Fatalf("no item for %+v", f)
		}
		return lines[0].Item.ID
	}
	out, hand, stopped := find(ledger.Filter{Copy: press.CopyVerified}), find(ledger.Filter{State: press.Hand}), find(ledger.Filter{Waits: ledger.ForGate})
	page, err := w.ledger.Page(w.Context(), ledger.Filter{Filed: ledger.Span{To: w.now.AddDate(-10, 0, 0)}, Limit: 1})
	w.must(err)
	edition := w.copy(out, "site").Edition
	samples := map[string][]string{
		"{id}": {string(out), string(hand), string(stopped)}, "{key}": {strings.TrimPrefix(to(edition), "/")}, "{name}": {"site", "wechat", "gazette"},
		"{date}": {w.now.Format(time.DateOnly)}, "{day}": {w.now.Format(time.DateOnly)}, "{n}": {"1"}, "{revision}": {"1"}, "{number}": {"1"},
		"{channel}": {"site"}, "{login}": {"wang"}, "{digest}": {strings.Repeat("0", 64)},
	}
	var all []string
	d := &desk{}
	for _, t := range d.table() {
		if t.method == "GET" && !strings.HasPrefix(t.path, "/static/") && !strings.HasSuffix(t.path, "/events") && t.path != "/live" {
			all = append(all, filledIn(strings.TrimSuffix(t.path, "{$}"), samples)...)
		}
	}
	for _, q := range []string{
		"after=" + page.Older, "before=" + page.Older, "state=needs_hand", "state=live", "state=withdrawn", "state=partly_live", "channel=wechat", "copy=verified", "copy=live", "copy=differs", "copy=unknown", "copy=gate",
		"copy=hold", "copy=waiting", "copy=not_wanted", "copy=not_wanted&channel=site", "channel=wechat&copy=verified", "channel=gazette&copy=waiting", "kind=policy", "kind=other", "kind=list&copy=differs", "column=通知公告",
		"issuer=示例区水务局", "by=王某", "by=无此人", "column=通知公告&issuer=示例区水务局&by=王某&kind=news", "state=needs_hand&column=财政信息&kind=budget", "state=live&copy=verified&kind=list",
		"filed_from=2010-01-01&filed_to=2010-12-31", "filed_from=2010-01-01&filed_to=2010-12-31&state=needs_hand", "public_from=2015-03-01&public_to=2015-03-31", "public_from=2008-01-01", "public_from=2008-01-01&by=无此人",
		"q=工作", "q=冬季供暖", "q=示例区人民政府办公室", "q=鳜鱼洄游", "q=的", "q=供", "q=没有这样的词", "q=冬季供暖 防汛抗旱 电梯安全", "q=通知 鳜鱼", "q=示政办发〔2015〕12号", "q=" + string(out), "q=冬季供暖&state=needs_hand", "q=冬季供暖&copy=differs&channel=site",
		"q=的通知&by=无此人", "q=工作&filed_from=2012-01-01&filed_to=2012-02-01", "q=人民政 民政府 政府办 府办公", "q=第500000号", "q=不予受理 有效期五年",
	} {
		all = append(all, "/matrix?"+strings.ReplaceAll(q, " ", "+"))
	}
	return append(all, w.more()...)
}

// more are addresses with questions of other pages.
func (w *world) more() []string {
	return []string{"/record?program=1", "/record?by=王某", "/record?verb=look", "/record?from=2012-01-01&to=2012-02-01", "/record?item=x", "/editions?channel=site", "/editions?channel=wechat", "/editions?state=out", "/editions?after=1500000000000000",
		"/api/v1/items?limit=200", "/api/v1/items?q=供暖", "/api/v1/editions?channel=site", "/calendar?view=week", "/calendar?view=month", "/review?step=first",
		"/submissions?state=printed", "/submissions?state=taken", "/submissions?state=received&late=1", "/submissions?unit=示例区水务局&state=returned&late=1", "/submissions?unit=示例区水务局", "/submissions?late=1&before=900",
		"/submissions?q=示政办发〔2015〕12号", "/submissions?q=报送〔2015〕3号", "/submissions/notice?year=2015&quarter=2", "/submissions/notice.csv?year=2015&quarter=2", "/register?from=2015-01-01&to=2015-03-31",
		"/register?from=2007-01-01&missing=1", "/register?from=2015-01-01&to=2015-12-31&unit=示例区水务局", "/register?q=XXDR-3", "/items/new?submission=1", "/api/v1/submissions?limit=200", "/api/v1/register?missing=true"}
}

// filledIn puts samples into the variables of a route.
func filledIn(path string, samples map[string][]string) []string {
	name := regexp.MustCompile(`\{[a-z]+\}`).FindString(path)
	if name == "" {
		return []string{path}
	}
	var out []string
	for _, s := range samples[name] {
		out = append(out, filledIn(strings.Replace(path, name, s, 1), samples)...)
	}
	return out
}

// TestEveryPageOfALargeLedger measures every page and looks at every query that a page made. go test -run LargeLedger -million FILE takes a
// million items.
func TestEveryPageOfALargeLedger(t *testing.T) {
	file, n := largeFile(t)
	w := large(t, file, n)
	times := 3
	switch {
	case *million != "":
		times = 10
	case testing.Short():
		times = 1
	}
	type measured struct {
		target   string
		p50, p95 time.Duration
		weight   int
		status   int
	}
	var all []measured
	for _, target := range w.looked() {
		m := measured{target: target}
		var took []time.Duration
		for range times {
			began := time.Now()
			status, body := w.get(target)
			took = append(took, time.Since(began))
			m.status, m.weight = status, len(body)
		}
		slices.Sort(took)
		m.p50, m.p95 = took[len(took)/2], took[len(took)*95/100]
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b measured) int { return int(b.p95 - a.p95) })
	for _, m := range all {
		flag := ""
		if *million != "" && m.p95 > mostTime {
			flag = " SLOW"
		}
		if m.weight > mostWeight && !strings.HasPrefix(m.target, "/api/") {
			flag += " HEAVY"
			t.Errorf("%s weighs %d bytes", m.target, m.weight)
		}
		if m.status >= 500 && m.target != "/healthz" { // nobody is on watch
			t.Errorf("%s: status %d", m.target, m.status)
		}
		t.Logf("%8s %8s %7d %d %s%s", m.p50.Round(100*time.Microsecond), m.p95.Round(100*time.Microsecond), m.weight, m.status, m.target, flag)
	}
	w.plans(40)
}

// plans looks at how every query of the pages goes about its work, and that there were some.
func (w *world) plans(least int) {
	w.Helper()
	plans, err := w.ledger.Plans(w.Context())
	w.must(err)
	if len(plans) < least {
		w.Fatalf("only %d queries were made", len(plans))
	}
	for _, text := range slices.Sorted(maps.Keys(plans)) {
		for _, step := range plans[text] {
			if readsAll(step) {
				w.Errorf("%s\n%s", step, text)
			}
		}
	}
}

// small are what a step may read all of: as many rows as an office has channels, lists of words or notices of holidays, what is read until one row
// or a page is found, and partial indexes that hold only what is open.
var small = regexp.MustCompile(`^SCAN (channel|timetable|v|head|holiday|word|goose_db_version|pragma_\w+|(slot|alarm|a|i|act|copy|c|stranger) USING (COVERING )?INDEX ` +
	`(slot_asked|slot_open|alarm_open|item_term|item_term_kind|act_open|stranger_open|item_in_review|item_returned|item_draft|copy_task|copy_slow|edition_waits))\b`)

// readsAll tells a step that reads all of a table that may be large.
func readsAll(step string) bool {
	return strings.HasPrefix(step, "SCAN ") && !strings.Contains(step, "VIRTUAL TABLE") && !strings.HasPrefix(step, "SCAN CONSTANT") && !strings.HasPrefix(step, "SCAN (") &&
		!small.MatchString(step)
}
