package standin

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Fault spoils calls. A kind says what happens and, after a dash, whether it happens before the effect (which then never comes) or after it
// (which the client then cannot know); each has a default, so the suffix may be left out:
//
//	delay        wait Delay, then go on if the client is still there (before); or do it, then wait (delay-after)
//	late         wait Delay, then do it even if the client has gone: an effect after its client gave up
//	drop         the connection is closed without a reply (after)
//	502, 504     a gateway's error page (before)
//	html-page    HTTP 200 with somebody's portal page (before)
//	empty-200    HTTP 200 without a body (after)
//	empty-object HTTP 200 with {} (after)
//	minus1       errcode -1, system busy (before)
//	errcode      errcode Code (before); 40164 names the caller's address, as the real one does
//	truncated    the first half of the reply, well delivered (after)
//	cut          the first half of the reply, then the connection is closed (after)
type Fault struct {
	Path  string        `json:"path"`  // a path, a prefix ending in *, or empty for every /cgi-bin/ path
	AppID string        `json:"appid"` // only calls of this account; empty for all. Needs a token call or a token that is known
	Nth   int           `json:"nth"`   // the nth matching call from now on, counted from 1; 0 means the first
	Times int           `json:"times"` // how many in a row; 0 means one (with Rate: no end), negative means until ClearFaults
	Rate  float64       `json:"rate"`  // instead of Nth: the share of calls, 0 to 1, drawn from Options.Seed
	Kind  string        `json:"kind"`
	Delay time.Duration `json:"delay"` // nanoseconds in JSON
	Code  int           `json:"code"`  // for errcode
}

// armed is a fault that waits for its calls.
type armed struct {
	Fault
	what  string
	after bool
	seen  int // matching calls so far
	hits  int
}

// defaultAfter lists the kinds and whether they strike after the effect when nothing is said.
func defaultAfter(what string) (after, known bool) {
	switch what {
	case "delay", "late", "502", "504", "html-page", "minus1", "errcode":
		return false, true
	case "drop", "empty-200", "empty-object", "truncated", "cut":
		return true, true
	}
	return false, false
}

func arm(f Fault) (*armed, error) {
	a := &armed{Fault: f}
	what, before := strings.CutSuffix(f.Kind, "-before")
	what, after := strings.CutSuffix(what, "-after")
	usual, known := defaultAfter(what)
	if !known || what == "late" && (before || after) {
		return nil, fmt.Errorf("standin: unknown kind of fault %q", f.Kind)
	}
	a.what, a.after = what, usual
	if before || after {
		a.after = after
	}
	a.Nth = max(a.Nth, 1)
	switch {
	case a.Times != 0:
	case a.Rate > 0:
		a.Times = -1
	default:
		a.Times = 1
	}
	return a, nil
}

// Inject arms faults: all of them, or none and an error when one has an unknown kind. Of several that match a call the first one strikes.
func (w *WeChat) Inject(faults ...Fault) error {
	var list []*armed
	for _, f := range faults {
		a, err := arm(f)
		if err != nil {
			return err
		}
		list = append(list, a)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, list...)
	return nil
}

// ClearFaults disarms every fault.
func (w *WeChat) ClearFaults() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = nil
}

// Faults returns what is still armed.
func (w *WeChat) Faults() []Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []Fault{}
	for _, a := range w.faults {
		out = append(out, a.Fault)
	}
	return out
}

func (a *armed) matches(path, appid string) bool {
	if a.AppID != "" && a.AppID != appid {
		return false
	}
	prefix, isPrefix := strings.CutSuffix(a.Path, "*")
	switch {
	case a.Path == "":
		return strings.HasPrefix(path, "/cgi-bin/")
	case isPrefix:
		return strings.HasPrefix(path, prefix)
	}
	return path == a.Path
}

// strike chooses the fault of a call and counts the call for the others. Callers hold mu.
func (w *WeChat) strike(path, appid string) *armed {
	var chosen *armed
	left := w.faults[:0]
	for _, a := range w.faults {
		if a.matches(path, appid) {
			a.seen++
			if chosen == nil && w.due(a) {
				chosen = a
				a.hits++
			}
		}
		if a.Times < 0 || a.hits < a.Times {
			left = append(left, a)
		}
	}
	w.faults = left
	return chosen
}

func (w *WeChat) due(a *armed) bool {
	if a.Rate <= 0 {
		return a.seen >= a.Nth
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %d %s", w.o.Seed, w.drawn, a.Path)
	return float64(mix(h.Sum64())>>11)/(1<<53) < a.Rate
}

// mix spreads the bits of a hash that was fed little.
func mix(x uint64) uint64 {
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// outside answers everything that is WeChat's, and spoils it when a fault says so.
func (w *WeChat) outside(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			http.Error(rw, "413 Request Entity Too Large", http.StatusRequestEntityTooLarge)
			return
		}
		panic(http.ErrAbortHandler) // the client left in the middle of its own request
	}
	f := w.chooseFault(r, body)
	var rep reply
	switch {
	case f != nil && f.what == "late":
		rep = w.late(r, body, f)
	case f != nil && !f.after && !f.hold(r.Context()):
		w.spoil(rw, r, f, reply{status: http.StatusOK, kind: "application/json; encoding=utf-8", body: encode(done())})
		return
	default:
		rep = w.answer(r, body, f)
	}
	if w.o.SaveEffects {
		if err := w.save(true); err != nil {
			http.Error(rw, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	if f != nil && f.after {
		f.hold(r.Context())
		w.spoil(rw, r, f, rep)
		return
	}
	rep.write(rw)
}

func (w *WeChat) chooseFault(r *http.Request, body []byte) *armed {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drawn++
	if len(w.faults) == 0 {
		return nil
	}
	return w.strike(r.URL.Path, w.callerApp(r, body))
}

// hold waits if the fault is a delay and says whether the call goes on as if there were no fault.
func (a *armed) hold(ctx context.Context) bool {
	if a.what != "delay" && a.what != "late" {
		return false
	}
	t := time.NewTimer(a.Delay)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// late makes a call when its delay is over, whether or not its client still waits. The call is an errand of the world, as everything is that
// happens later; so the handler can leave with its client, and the next look finds the effect.
func (w *WeChat) late(r *http.Request, body []byte, f *armed) reply {
	var rep reply
	made := false
	do := func(at time.Time) {
		if !made {
			rep, made = w.carryOut(r, body, f, at), true
		}
	}
	w.mu.Lock()
	w.later(w.now().Add(f.Delay), do)
	w.mu.Unlock()
	if !f.hold(r.Context()) {
		panic(http.ErrAbortHandler)
	}
	now := w.enter()
	defer w.mu.Unlock()
	do(now)
	return rep
}

const gatewayPage = "<html>\r\n<head><title>%[1]s</title></head>\r\n<body>\r\n<center><h1>%[1]s</h1></center>\r\n</body>\r\n</html>\r\n"

const portalPage = `<!DOCTYPE html><html><head><meta charset="utf-8"><title>网络准入认证</title></head>` +
	`<body><h1>上网认证</h1><p>请先登录后再访问互联网。</p></body></html>`

// spoil writes what the client gets instead of rep, and notes the request when it was never carried out.
func (w *WeChat) spoil(rw http.ResponseWriter, r *http.Request, f *armed, rep reply) {
	whole := len(rep.body)
	rep = w.ruin(f, r, rep)
	if !f.after {
		w.note(r, rep, f)
	}
	switch f.what {
	case "drop":
		panic(http.ErrAbortHandler)
	case "delay":
		if !f.after {
			panic(http.ErrAbortHandler) // it never arrived, and nobody is there to be told
		}
	case "cut":
		rw.Header().Set("Content-Length", strconv.Itoa(whole))
		rep.write(rw)
		_ = http.NewResponseController(rw).Flush() // the half must leave before the connection dies; a recorder cannot, and need not
		panic(http.ErrAbortHandler)
	}
	rep.write(rw)
}

// ruin is what is left of a reply.
func (w *WeChat) ruin(a *armed, r *http.Request, rep reply) reply {
	switch a.what {
	case "502":
		return reply{status: http.StatusBadGateway, kind: "text/html", body: fmt.Appendf(nil, gatewayPage, "502 Bad Gateway")}
	case "504":
		return reply{status: http.StatusGatewayTimeout, kind: "text/html", body: fmt.Appendf(nil, gatewayPage, "504 Gateway Time-out")}
	case "html-page":
		return reply{status: http.StatusOK, kind: "text/html; charset=utf-8", body: []byte(portalPage)}
	case "empty-200":
		rep.body = nil
	case "empty-object":
		rep.body = []byte("{}")
	case "minus1":
		rep.code, rep.body = -1, encode(fields{"errcode": -1, "errmsg": "system error"})
	case "errcode":
		msg := "refused by decision"
		if a.Code == 40164 {
			w.mu.Lock()
			msg = notListed(w.callerIP(r))
			w.mu.Unlock()
		}
		rep.code, rep.body = a.Code, encode(fields{"errcode": a.Code, "errmsg": fmt.Sprintf("%s rid: %08x-%08x", msg, a.Code, a.hits)})
	case "truncated", "cut":
		rep.body = rep.body[:len(rep.body)/2]
	}
	return rep
}

func (rep reply) write(rw http.ResponseWriter) {
	rw.Header().Set("Content-Type", rep.kind)
	rw.WriteHeader(rep.status)
	_, _ = rw.Write(rep.body) // a client that left is its own affair
}
