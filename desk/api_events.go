package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// How a stream of events goes.
const (
	mostEvents   = 500              // read at once
	eventsPause  = time.Second      // between two looks at the feed
	apiHeartbeat = 15 * time.Second // of silence, and then a line that says nothing
	mostStreams  = 100              // at once
	streamLife   = 10 * time.Minute // of one stream: who comes back is asked for her token again
)

// apiEvents tells what happens as it happens (server-sent events), from after a number of the feed on; without one, from now on. Who was cut off
// goes on with the number that she got last, as every EventSource does, and misses nothing.
func (d *desk) apiEvents(w http.ResponseWriter, r *http.Request) {
	after, types, ok := d.eventsAsked(w, r)
	if !ok {
		return
	}
	select {
	case d.streams <- struct{}{}:
		defer func() { <-d.streams }()
	default:
		w.Header().Set("Retry-After", "30")
		d.problem(w, r, apiProblem{Status: http.StatusTooManyRequests, Code: "too_many", Detail: fmt.Sprintf("最多同时开%d个事件流", mostStreams)})
		return
	}
	ctx := unbounded(r).Context() // a stream has no end of its own
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	s := stream{w, http.NewResponseController(w), time.Now()}
	if s.send(fmt.Sprintf("retry: 3000\n: from %d\n\n", after)) != nil {
		return
	}
	tick := time.NewTicker(eventsPause)
	defer tick.Stop()
	for began := time.Now(); time.Since(began) < streamLife; {
		var err error
		if after, err = d.sendEvents(ctx, s.send, after, types); err != nil {
			return
		}
		if time.Since(s.last) > apiHeartbeat && s.send(": still here\n\n") != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-d.Ending:
			return
		case <-tick.C:
		}
	}
}

// stream is an answer that does not end.
type stream struct {
	w    http.ResponseWriter
	c    *http.ResponseController
	last time.Time // when something was sent
}

func (s *stream) send(text string) error {
	_ = s.c.SetWriteDeadline(time.Now().Add(apiHeartbeat)) // where the server knows of deadlines
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	s.last = time.Now()
	return s.c.Flush()
}

// eventsAsked reads where a stream begins and what it is to tell of. It answers what makes no sense.
func (d *desk) eventsAsked(w http.ResponseWriter, r *http.Request) (after int64, types []string, ok bool) {
	q := r.URL.Query()
	end, err := d.Ledger.FeedEnd(r.Context())
	if err != nil {
		d.apiFail(w, r, err)
		return 0, nil, false
	}
	after = end
	if s := r.Header.Get("Last-Event-ID"); s != "" {
		q.Set("after", s)
	}
	if s := q.Get("after"); s != "" {
		if after, err = strconv.ParseInt(s, 10, 64); err != nil || after < 0 {
			d.badQuery(w, r, "after", "应当是事件的编号，从0起")
			return 0, nil, false
		}
	}
	if after > end { // of a ledger that was lost, and restored from a backup
		d.problem(w, r, apiProblem{Status: http.StatusConflict, Code: "ahead", Field: "after", Detail: fmt.Sprintf("台账的最后一个事件是%d；台账可能从备份恢复过，请重新读取稿件的情况，再从%d接着收", end, end)})
		return 0, nil, false
	}
	if s := q.Get("types"); s != "" {
		types = strings.Split(s, ",")
	}
	for _, t := range types {
		if !slices.ContainsFunc(press.Events(), func(e press.EventInfo) bool { return e.Type == t }) {
			d.badQuery(w, r, "types", "没有叫“"+clipped(t)+"”的事件")
			return 0, nil, false
		}
	}
	return after, types, true
}

// sendEvents sends what happened after a number, and returns the number that was reached.
func (d *desk) sendEvents(ctx context.Context, send func(string) error, after int64, types []string) (int64, error) {
	end, err := d.Ledger.FeedEnd(ctx)
	if err != nil || end <= after {
		return after, err
	}
	for {
		events, err := d.Ledger.Events(ctx, after, mostEvents)
		if err != nil {
			return after, err
		}
		var b strings.Builder
		for _, e := range events {
			after = e.ID
			if len(types) == 0 || slices.Contains(types, e.Type) {
				writeEvent(&b, e)
			}
		}
		if b.Len() > 0 {
			if err := send(b.String()); err != nil {
				return after, err
			}
		}
		if len(events) < mostEvents {
			return max(after, end), nil // what is left before the end is no move
		}
	}
}

func writeEvent(b *strings.Builder, e ledger.Event) {
	data, err := json.Marshal(e)
	if err != nil {
		return // unreachable: they are texts
	}
	fmt.Fprintf(b, "id: %d\nevent: %s\ndata: %s\n\n", e.ID, e.Type, data)
}
