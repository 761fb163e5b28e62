package desk

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// tab is a browser's tab that shows the matrix: it does with the stream what the script of the page does.
type tab struct {
	server string
	page   string // address
	on     string

	mu     sync.Mutex
	seq    string
	rows   map[string]string
	strip  string
	anew   int // how often it would have read the page anew
	beyond map[string]bool
	opened chan struct{}
}

var (
	rowPattern   = regexp.MustCompile(`(?s)<tr role="row" data-row="([^"]+)".*?</tr>`)
	seqPattern   = regexp.MustCompile(`data-seq="(\d+)"`)
	onPattern    = regexp.MustCompile(`data-live="rows" data-about="([^"]*)"`)
	stripPattern = regexp.MustCompile(`(?s)<div data-live="strip" data-push="strip">(.*?)</div>`)
)

// load reads the page.
func (b *tab) load(client *http.Client) error {
	res, err := client.Get(b.server + b.page)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var page strings.Builder
	if _, err := bufio.NewReader(res.Body).WriteTo(&page); err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s %w", b.page, res.Status, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seq = seqPattern.FindStringSubmatch(page.String())[1]
	b.on = onPattern.FindStringSubmatch(page.String())[1]
	b.rows, b.beyond = map[string]string{}, map[string]bool{}
	for _, m := range rowPattern.FindAllStringSubmatch(page.String(), -1) {
		b.rows[m[1]] = m[0]
	}
	b.strip = stripPattern.FindStringSubmatch(page.String())[1]
	return nil
}

// listen follows the stream once, until it ends or ctx does.
func (b *tab) listen(ctx context.Context, client *http.Client) error {
	b.mu.Lock()
	var ids []string
	for id := range b.rows {
		ids = append(ids, id)
	}
	v := url.Values{"rows": {strings.Join(ids, ",")}, "on": {"strip," + b.on}, "since": {b.seq}}
	b.mu.Unlock()
	req, err := http.NewRequestWithContext(ctx, "GET", b.server+"/live?"+v.Encode(), nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var name, id string
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		switch key, val, _ := strings.Cut(lines.Text(), ": "); key {
		case "event":
			name, id = val, ""
		case "id":
			id = val
		case "data":
			if err := b.heard(name, id, val); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}

func (b *tab) heard(name, id, data string) (err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch name {
	case "hello":
		if b.opened != nil {
			close(b.opened)
			b.opened = nil
		}
	case "rows":
		rows := map[string]string{}
		err = json.Unmarshal([]byte(data), &rows)
		for id, html := range rows {
			b.rows[id] = html
		}
	case "strip":
		err = json.Unmarshal([]byte(data), &b.strip)
	case "touch":
		var topics []string
		err = json.Unmarshal([]byte(data), &topics)
		for _, t := range topics {
			b.beyond[t] = true
		}
	case "all":
		b.anew++
	case "full", "gone":
		return fmt.Errorf("the stream says %s", name)
	}
	if id != "" {
		b.seq = id
	}
	return err
}

// shows reports whether a tab shows what the page would show now, and what differs.
func (b *tab) shows(client *http.Client) (string, error) {
	now := &tab{server: b.server, page: b.page}
	if err := now.load(client); err != nil {
		return "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, html := range now.rows {
		if was, ok := b.rows[id]; ok && was != html {
			return fmt.Sprintf("row %s is\n%s\nand should be\n%s", id, was, html), nil
		}
	}
	return "", nil
}

// until asks again until a condition is met.
func (w *world) until(what string, met func() bool) {
	w.Helper()
	end := time.After(time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !met() {
		select {
		case <-end:
			w.Fatalf("it did not come: %s", what)
		case <-tick.C:
		}
	}
}

func (w *world) serve() *httptest.Server {
	w.Helper()
	s := httptest.NewServer(w.desk)
	w.Cleanup(s.Close)
	return s
}

// open opens a tab and waits until its stream has begun.
func (w *world) open(s *httptest.Server, page string) (b *tab, shut func()) {
	w.Helper()
	b = &tab{server: s.URL, page: page, opened: make(chan struct{})}
	w.must(b.load(s.Client()))
	return b, w.follow(s, b)
}

// follow lets a tab listen.
func (w *world) follow(s *httptest.Server, b *tab) (shut func()) {
	w.Helper()
	ctx, stop := context.WithCancel(w.Context())
	opened := make(chan struct{})
	b.mu.Lock()
	b.opened = opened
	b.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := b.listen(ctx, s.Client()); err != nil && ctx.Err() == nil {
			w.Errorf("listen: %v", err)
		}
	}()
	shut = func() { stop(); <-ended }
	w.Cleanup(shut)
	select {
	case <-opened:
	case <-time.After(time.Minute):
		w.Fatal("the stream did not begin")
	}
	return shut
}

func (b *tab) row(id press.ItemID) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rows[string(id)]
}

func (b *tab) told(topic string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.beyond[topic]
}

func TestLivePageShowsWhatHappens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	s := w.serve()
	b, _ := w.open(s, "/matrix")
	w.must(w.ledger.Hold(t.Context(), string(ids["waiting"]), "等一等", ledger.Who{Name: "王某", Role: press.Publisher}, w.now))
	w.until("the row of what is held", func() bool { return strings.Contains(b.row(ids["waiting"]), "暂缓") })
	w.until("the strip", func() bool { b.mu.Lock(); defer b.mu.Unlock(); return strings.Contains(b.strip, "暂缓 <b>1</b>") })
	w.file("新的一篇", "site")
	w.until("a word of the new item", func() bool { return b.told("list") })
	if diff, err := b.shows(s.Client()); err != nil || diff != "" {
		t.Error(diff, err)
	}
	if b.anew != 0 {
		t.Error("the page was read anew")
	}
}

// What happens while a page is made, or while nobody listens, is told afterwards.
func TestLivePageMissesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	s := w.serve()
	who := ledger.Who{Name: "王某", Role: press.Publisher}
	b := &tab{server: s.URL, page: "/matrix"}
	w.must(b.load(s.Client()))
	w.must(w.ledger.Hold(t.Context(), string(ids["waiting"]), "等一等", who, w.now))
	shut := w.follow(s, b)
	w.until("what happened before the stream", func() bool { return strings.Contains(b.row(ids["waiting"]), "暂缓") })
	shut()
	w.must(w.ledger.Release(t.Context(), string(ids["waiting"]), who, w.now))
	w.follow(s, b)
	w.until("what happened between two streams", func() bool { return !strings.Contains(b.row(ids["waiting"]), "暂缓") })
	if diff, err := b.shows(s.Client()); err != nil || diff != "" {
		t.Error(diff, err)
	}
}

// A page that is too far behind, or ahead of a ledger that was restored, reads itself anew.
func TestLivePageThatIsFarBehindIsReadAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.busy()
	s := w.serve()
	end, err := w.ledger.FeedEnd(t.Context())
	w.must(err)
	for _, since := range []int64{end + 1, end + 99999} {
		b := &tab{server: s.URL, page: "/matrix"}
		w.must(b.load(s.Client()))
		b.seq = strconv.FormatInt(since, 10)
		w.follow(s, b)
		w.until("the page is read anew", func() bool { b.mu.Lock(); defer b.mu.Unlock(); return b.anew == 1 })
	}
}

// A row is told in the language of who reads it, and with the moves that she may make.
func TestLiveRowsAreForTheirReader(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	o := w.options()
	o.Guest.Roles, o.Guest.Lang = []press.Role{press.Supervisor}, english
	w.desk = New(o)
	b, _ := w.open(w.serve(), "/matrix")
	w.must(w.ledger.Hold(t.Context(), string(ids["hand"]), "等一等", ledger.Who{Name: "王某", Role: press.Publisher}, w.now))
	w.until("the row in English", func() bool { return strings.Contains(b.row(ids["hand"]), "Verified") })
	if strings.Contains(b.row(ids["hand"]), "/retry") {
		t.Error("a supervisor is offered what she may not do")
	}
}

func TestLiveRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, target := range []string{"/live?since=x", "/live?rows=" + strings.Repeat("a,", 400)} {
		if status, _ := w.get(target); status != http.StatusBadRequest {
			t.Errorf("%.40s: status %d", target, status)
		}
	}
	o := w.options()
	o.Guest.Roles = nil
	w.desk = New(o)
	if status, _ := w.get("/live"); status != http.StatusForbidden {
		t.Errorf("somebody without rights: status %d", status)
	}
}

// The daemon ends though pages are open.
func TestLiveStreamsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.options()
	ending := make(chan struct{})
	o.Ending = ending
	w.desk = New(o)
	s := w.serve()
	b := &tab{server: s.URL, page: "/matrix"}
	w.must(b.load(s.Client()))
	opened := make(chan struct{})
	b.opened = opened
	ended := make(chan error, 1)
	go func() { ended <- b.listen(t.Context(), s.Client()) }()
	<-opened
	close(ending)
	select {
	case err := <-ended:
		w.must(err)
	case <-time.After(time.Minute):
		t.Fatal("the stream goes on")
	}
}

// A slow reader holds nobody up, and what it has not read is replaced by what is newer.
func TestNewsOfASlowReaderDoNotPileUp(t *testing.T) {
	t.Parallel()
	s := &subscriber{wake: make(chan struct{}, 1), topics: map[string]bool{"list": true}}
	for i := range int64(10_000) {
		s.tell(i, func(n *news) {
			n.rows = map[press.ItemID]string{"a": strconv.FormatInt(i, 10)}
			n.about(s, "list", true)
			n.about(s, "alarms", true)
		})
	}
	es := s.take().events()
	if len(es) != 2 || es[0].id != 0 || es[1].id != 9999 || fmt.Sprint(es[0].data) != "map[a:9999]" || fmt.Sprint(es[1].data) != "[list]" {
		t.Errorf("%+v", es)
	}
	if es := s.take().events(); len(es) != 0 {
		t.Errorf("told twice: %+v", es)
	}
}

func TestTooManyStreamsAreToldSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := &desk{Options: w.options()}
	d.Log = slog.New(slog.DiscardHandler)
	h := &hub{d: d, subs: map[*subscriber]bool{}}
	var all []*subscriber
	for i := range mostLive + 1 {
		s := &subscriber{wake: make(chan struct{}, 1)}
		all = append(all, s)
		if h.add(t.Context(), s) != (i < mostLive) {
			t.Fatalf("stream %d", i)
		}
	}
	for _, s := range all {
		h.remove(s)
	}
	if h.stop != nil {
		t.Error("the hub works for nobody")
	}
}

// TestAnAlarmBetweenAPageAndItsStreamIsTold has the alarms change after the page was made, and before the hub looked at them for the first time.
func TestAnAlarmBetweenAPageAndItsStreamIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := &hub{d: &desk{Options: w.options()}, subs: map[*subscriber]bool{}, strips: map[string]string{}}
	old := &subscriber{wake: make(chan struct{}, 1), topics: map[string]bool{"alarms-0123456789abcdef": true}}
	fresh := &subscriber{wake: make(chan struct{}, 1), topics: map[string]bool{alarmsTopic(nil): true}}
	h.subs[old], h.subs[fresh] = true, true
	for want := range 2 {
		w.must(h.glance(t.Context()))
		if n := len(old.take().touch); n != 1-want {
			t.Errorf("told of %d topics", n)
		}
		if n := fresh.take(); !n.empty() {
			t.Errorf("told of what it shows: %+v", n)
		}
	}
}
