package desk

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// How live pages are served.
const (
	mostLive   = 500                    // streams at the same time
	mostShown  = 300                    // items that one page says it shows
	mostBehind = 2000                   // lines of the feed that are gone through for who comes back; who is further behind reads its page anew
	batchPause = 450 * time.Millisecond // so that what belongs together comes together
	slowLook   = 5 * time.Second        // what changes without a commit, such as a gauge
	stripPause = time.Second
	heartbeat  = 15 * time.Second
	slowReader = 10 * time.Second // who takes longer to read an event is dropped, and comes back for the rest
)

// reader is what a page is made for beside its data: in which language, and whether it offers the moves of who has the right to resolve.
type reader struct {
	lang    string
	resolve bool
}

func readerOf(r *http.Request) reader { return reader{langOf(r), personOf(r).May(press.MayRetry)} }

// hub tells live pages what has changed. There is one for all of them: it reads the feed once, renders a row that anybody shows once for each
// kind of reader, and leaves with each page what concerns it. What a page has not read yet is replaced by what is newer, so that a page holds at
// most what it shows.
type hub struct {
	d    *desk
	mu   sync.Mutex
	subs map[*subscriber]bool
	stop context.CancelFunc // nil while nobody listens
	seq  int64              // of the feed, up to which everybody was told

	strips map[string]string // what the strip said last, by language
}

// subscriber is one live page.
type subscriber struct {
	reader
	rows   map[press.ItemID]bool // whose rows it shows
	topics map[string]bool       // what else it shows: ids of items, or list, any, hand, strip, and which alarms (alarmsTopic)
	alarms string                // the topic that it was told of last, of the alarms

	wake chan struct{}
	mu   sync.Mutex
	news news
	told map[press.ItemID]int64 // up to which number of the feed it was told of a row; what is older comes too late
}

// news is what a page has still to be told.
type news struct {
	seq   int64
	all   bool // to read itself anew
	rows  map[press.ItemID]string
	touch map[string]bool
	strip string
}

func (n news) empty() bool { return !n.all && len(n.rows) == 0 && len(n.touch) == 0 && n.strip == "" }

// tell leaves news with a page.
func (s *subscriber) tell(seq int64, add func(n *news)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	add(&s.news)
	s.news.seq = max(s.news.seq, seq)
	if s.news.empty() {
		return
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// take takes what was left.
func (s *subscriber) take() news {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.news
	s.news = news{seq: n.seq}
	return n
}

// touches notes a topic that a page is about.
func (n *news) touches(topic string) {
	if n.touch == nil {
		n.touch = map[string]bool{}
	}
	n.touch[topic] = true
}

func (d *desk) liveRoutes() []route {
	return []route{{"GET", "/live", press.MaySee, d.live}}
}

// live is the stream of a page's changes, as server-sent events. What the page shows stands in the address: rows, whose rows it wants; on, what
// else it is about; since, the number of the feed at which it was made. The events are
//
//	hello  the stream has begun
//	rows   {"id": "<tr>…"}: rows that look otherwise
//	strip  "…": the health strip
//	touch  ["id", "list", …]: what else has changed, of what the page is about
//	all    the page is to be read anew
//	tick   the clock of the desk, every 15 seconds
//	full   too many streams; the page asks now and then instead
//	gone   who reads may not any more
//
// The id of an event is the number of the feed up to which the page was told everything.
func (d *desk) live(w http.ResponseWriter, r *http.Request) {
	s, since, err := subscription(r)
	if err != nil {
		d.refuse(w, r, http.StatusBadRequest, d.t(r, "这个地址是页面自己用的"), d.t(r, "请从同步状态重新进入。"))
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	o := outlet{w: w, rc: http.NewResponseController(w)}
	if !d.hub.add(r.Context(), s) {
		_ = o.send(sent{"full", "", 0}) // the reader may have gone
		return
	}
	defer d.hub.remove(s)
	if err := o.send(sent{"hello", "", 0}); err != nil {
		return
	}
	if err := d.hub.catchUp(r.Context(), s, since); err != nil {
		d.Log.WarnContext(r.Context(), "catch up a live page", "err", err)
		return
	}
	d.stream(r, o, s)
}

// stream sends news until somebody has had enough.
func (d *desk) stream(r *http.Request, o outlet, s *subscriber) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		var out []sent
		select {
		case <-r.Context().Done():
			return
		case <-d.Ending:
			return
		case <-s.wake:
			out = s.take().events()
		case <-beat.C:
			if !d.stillIn(r) {
				_ = o.send(sent{"gone", "", 0})
				return
			}
			n := s.take()
			out = append(n.events(), sent{"tick", d.clock(langOf(r), d.Now().In(d.Location)), n.seq})
		}
		if err := o.send(out...); err != nil {
			return
		}
	}
}

// subscription reads from an address what a page shows.
func subscription(r *http.Request) (s *subscriber, since int64, err error) {
	q := r.URL.Query()
	s = &subscriber{reader: readerOf(r), wake: make(chan struct{}, 1), rows: map[press.ItemID]bool{}, topics: map[string]bool{},
		told: map[press.ItemID]int64{}}
	rows, topics := strings.FieldsFunc(q.Get("rows"), comma), strings.FieldsFunc(q.Get("on"), comma)
	if len(rows) > mostShown || len(topics) > mostShown {
		return nil, 0, fmt.Errorf("%d rows, %d topics", len(rows), len(topics))
	}
	for _, id := range rows {
		s.rows[press.ItemID(id)] = true
	}
	for _, t := range topics {
		s.topics[t] = true
	}
	text := q.Get("since")
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		text = last
	}
	if text == "" {
		return s, -1, nil
	}
	since, err = strconv.ParseInt(text, 10, 64)
	return s, since, err
}

func comma(r rune) bool { return r == ',' }

// sent is one server-sent event. With an id of 0 it has none.
type sent struct {
	name string
	data any
	id   int64
}

// events are the news as they are sent. The last one carries the number: who loses the line before it gets all of them again.
func (n news) events() []sent {
	var out []sent
	if n.all {
		return []sent{{"all", "", n.seq}}
	}
	if len(n.rows) > 0 {
		out = append(out, sent{"rows", n.rows, 0})
	}
	if n.strip != "" {
		out = append(out, sent{"strip", n.strip, 0})
	}
	if len(n.touch) > 0 {
		out = append(out, sent{"touch", slices.Sorted(maps.Keys(n.touch)), 0})
	}
	if len(out) > 0 {
		out[len(out)-1].id = n.seq
	}
	return out
}

// outlet writes events to one reader.
type outlet struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

func (o outlet) send(es ...sent) error {
	var b bytes.Buffer
	for _, e := range es {
		data, err := json.Marshal(e.data)
		if err != nil {
			return err // unreachable: it is text
		}
		fmt.Fprintf(&b, "event: %s\n", e.name)
		if e.id > 0 {
			fmt.Fprintf(&b, "id: %d\n", e.id)
		}
		fmt.Fprintf(&b, "data: %s\n\n", data)
	}
	_ = o.rc.SetWriteDeadline(time.Now().Add(slowReader)) // a recorder of a test has none
	if _, err := o.w.Write(b.Bytes()); err != nil {
		return err
	}
	return o.rc.Flush()
}

// add takes a page in; false where there are too many.
func (h *hub) add(ctx context.Context, s *subscriber) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.subs) >= mostLive {
		return false
	}
	if h.stop == nil {
		end, err := h.d.Ledger.FeedEnd(ctx)
		if err != nil {
			return false
		}
		h.seq, h.strips = end, map[string]string{}
		var work context.Context
		work, h.stop = context.WithCancel(context.Background())
		go h.run(work)
	}
	h.subs[s] = true
	return true
}

// remove lets a page go. With the last one the hub rests.
func (h *hub) remove(s *subscriber) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.subs, s)
	if len(h.subs) == 0 && h.stop != nil {
		h.stop()
		h.stop = nil
	}
}

// catchUp tells a page what happened between its making and its listening.
func (h *hub) catchUp(ctx context.Context, s *subscriber, since int64) error {
	end, err := h.d.Ledger.FeedEnd(ctx)
	if err != nil || since < 0 || since == end {
		return err
	}
	if since > end || end-since > mostBehind { // a ledger that was restored has an end that lies before
		s.tell(end, func(n *news) { n.all = true })
		return nil
	}
	touched, err := h.d.Ledger.Touched(ctx, since, mostBehind)
	if err != nil {
		return err
	}
	return h.spread(ctx, touched, []*subscriber{s}, end)
}

// run tells what happens until nobody listens.
func (h *hub) run(ctx context.Context) {
	changed := make(chan struct{}, 1)
	go func() {
		err := h.d.Ledger.Watch(ctx, 200*time.Millisecond, func() {
			select {
			case changed <- struct{}{}:
			default:
			}
		})
		if err != nil && ctx.Err() == nil {
			h.d.Log.Warn("watch the ledger for live pages", "err", err) // the slow look goes on
		}
	}()
	slow := time.NewTicker(slowLook)
	defer slow.Stop()
	var striped time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-slow.C:
		}
		if err := h.batch(ctx, &striped); err != nil && ctx.Err() == nil {
			h.d.Log.Warn("tell live pages", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(batchPause):
		}
	}
}

// batch tells everybody what has happened since the last batch.
func (h *hub) batch(ctx context.Context, striped *time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	h.mu.Lock()
	seq := h.seq
	h.mu.Unlock()
	touched, err := h.d.Ledger.Touched(ctx, seq, mostBehind+1)
	if err != nil {
		return err
	}
	if len(touched) > 0 {
		if err := h.tellTouched(ctx, touched); err != nil {
			return err
		}
	}
	if time.Since(*striped) < stripPause {
		return nil
	}
	*striped = time.Now()
	return h.glance(ctx)
}

func (h *hub) tellTouched(ctx context.Context, touched []ledger.Touch) error {
	end := touched[len(touched)-1].Seq
	if len(touched) > mostBehind { // more than pages show: they read themselves anew
		var err error
		if end, err = h.d.Ledger.FeedEnd(ctx); err != nil {
			return err
		}
		for _, s := range h.everybody() {
			s.tell(end, func(n *news) { n.all = true })
		}
	} else if err := h.spread(ctx, touched, h.everybody(), end); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seq = end
	return nil
}

func (h *hub) everybody() []*subscriber {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.subs))
}

// spread tells some pages of lines of the feed.
func (h *hub) spread(ctx context.Context, touched []ledger.Touch, to []*subscriber, seq int64) error {
	ids := map[press.ItemID]bool{}
	filed := false
	for _, t := range touched {
		ids[t.Item] = true
		filed = filed || t.Verb == "file"
	}
	lines, err := h.d.Ledger.LinesOf(ctx, slices.Collect(maps.Keys(ids)))
	if err != nil {
		return err
	}
	p, err := h.print(ctx, lines)
	if err != nil {
		return err
	}
	for _, s := range to {
		s.tell(seq, func(n *news) {
			for _, l := range lines {
				if err = p.leave(s, n, l, seq); err != nil {
					return
				}
			}
			n.about(s, "list", filed)
			n.about(s, "any", len(touched) > 0)
		})
	}
	return err
}

// about notes a topic, where a page is about it and it is so.
func (n *news) about(s *subscriber, topic string, so bool) {
	if so && s.topics[topic] {
		n.touches(topic)
	}
}

// printer renders rows, each once for each kind of reader.
type printer struct {
	d        *desk
	channels []string
	done     map[reader]map[press.ItemID]string
}

func (h *hub) print(ctx context.Context, lines []ledger.Line) (*printer, error) {
	if len(lines) == 0 {
		return nil, nil
	}
	channels, err := h.d.channelNames(ctx)
	return &printer{h.d, channels, map[reader]map[press.ItemID]string{}}, err
}

// leave leaves with a page what it is to know of an item.
func (p *printer) leave(s *subscriber, n *news, l ledger.Line, seq int64) error {
	id := l.Item.ID
	if s.rows[id] && s.told[id] <= seq {
		s.told[id] = seq
		html, err := p.row(s.reader, l)
		if err != nil {
			return err
		}
		if n.rows == nil {
			n.rows = map[press.ItemID]string{}
		}
		n.rows[id] = html
	} else if !s.rows[id] {
		n.about(s, "hand", l.Shown == press.Hand || l.Blocked != "")
	}
	n.about(s, string(id), true)
	return nil
}

func (p *printer) row(who reader, l ledger.Line) (string, error) {
	if html, ok := p.done[who][l.Item.ID]; ok {
		return html, nil
	}
	var b bytes.Buffer
	r := p.d.rows([]ledger.Line{l}, p.channels, who)[0]
	if err := p.d.pages[who.lang]["matrix"].ExecuteTemplate(&b, "row", r); err != nil {
		return "", fmt.Errorf("render row: %w", err)
	}
	if p.done[who] == nil {
		p.done[who] = map[press.ItemID]string{}
	}
	p.done[who][l.Item.ID] = b.String()
	return b.String(), nil
}

// glance tells of what is no item: the strip, and the alarms.
func (h *hub) glance(ctx context.Context) error {
	subs := h.everybody()
	langs := map[string]bool{}
	asks := map[*subscriber]string{}
	for _, s := range subs {
		if s.topics["strip"] {
			langs[s.lang] = true
		}
		for t := range s.topics {
			if strings.HasPrefix(t, "alarms-") {
				asks[s] = t
			}
		}
	}
	if err := h.glanceStrip(ctx, subs, langs); err != nil || len(asks) == 0 {
		return err
	}
	open, err := h.d.Ledger.OpenAlarms(ctx)
	if err != nil {
		return err
	}
	now := alarmsTopic(open)
	for s, shown := range asks {
		if cmp.Or(s.alarms, shown) != now {
			s.alarms = now
			s.tell(0, func(n *news) { n.about(s, shown, true) })
		}
	}
	return nil
}

// alarmsTopic names the alarms that a page shows, so that one which was opened between its making and its listening is not missed.
func alarmsTopic(open []press.Alarm) string { return "alarms-" + digest(fmt.Append(nil, open)) }

func (h *hub) glanceStrip(ctx context.Context, subs []*subscriber, langs map[string]bool) error {
	if len(langs) == 0 {
		return nil
	}
	strip, err := h.d.strip(ctx)
	if err != nil {
		return err
	}
	for lang := range langs {
		var b bytes.Buffer
		if err := h.d.pages[lang]["matrix"].ExecuteTemplate(&b, "strip", strip); err != nil {
			return fmt.Errorf("render strip: %w", err)
		}
		html := b.String()
		if html == h.strips[lang] {
			continue
		}
		h.strips[lang] = html
		for _, s := range subs {
			if s.lang == lang && s.topics["strip"] {
				s.tell(0, func(n *news) { n.strip = html })
			}
		}
	}
	return nil
}

type seqKey struct{}

// stamped notes in a request how far the feed has come before its page is made: a live page asks for what came after.
func (d *desk) stamped(r *http.Request) *http.Request {
	if r.Method != http.MethodGet {
		return r
	}
	end, err := d.Ledger.FeedEnd(r.Context())
	if err != nil {
		return r // the page will say what is wrong, and asks for everything
	}
	return r.WithContext(context.WithValue(r.Context(), seqKey{}, end))
}

func seqOf(r *http.Request) int64 {
	n, _ := r.Context().Value(seqKey{}).(int64)
	return n
}
