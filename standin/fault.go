package standin

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault spoils calls. A kind says what happens and, after a dash, whether it happens before the effect (which then never comes) or after it
// (which the client then cannot know); each has a default, so the suffix may be left out:
//
//	delay        wait Delay, then go on if the client is still there (before); or do it, then wait (delay-after)
//	hang         no answer until the client gives up (before)
//	late         wait Delay, then do it even if the client has gone: an effect after its client gave up
//	unreachable  the connection is never made (before); behind a socket it breaks instead
//	drop         the connection is closed without a reply (after)
//	403, 407, 500, 502, 503, 504: a proxy's or gateway's error page (before)
//	redirect     HTTP 302 to somebody's log-in page (before)
//	html-page    HTTP 200 with somebody's portal page (before)
//	empty-200    HTTP 200 without a body (after)
//	empty-object HTTP 200 with {} (after)
//	minus1       errcode -1, system busy (before)
//	errcode      errcode Code (before); 40164 names the caller's address, as the real one does
//	truncated    the first half of the reply, well delivered (after)
//	cut          the first half of the reply, then the connection is closed (after)
//	drip         the reply in many small pieces within Delay (after)
//	gzip         the reply compressed and said to be (after)
//	gzip-wrong   the reply said to be compressed, but not (after)
//	garbage      the reply with bytes in it that are not UTF-8 (after)
//	huge         the reply with Code megabytes (32 if none) of an unknown field in it (after)
//	skew         the reply with a Date header that is off by Delay (after)
//
// Some change the world and spoil nothing; the call then meets what they did:
//
//	expire         the account's tokens expire
//	steal          somebody forces new tokens of both families: the ones in use are dead
//	steal-classic  somebody fetches a classic token: the one in use has five minutes left
//	revoke         the account loses the right to publish and to push (48001 from here on)
//
// any is one of them, drawn for each call. For the callback of a job, the paths are callback/PUBLISHJOBFINISH and callback/MASSSENDJOBFINISH (or
// callback*), counted as the jobs are accepted, and the kinds:
//
//	lost     it never comes
//	repeat   it comes three times, whatever is answered
//	badsign  its signatures are wrong
//	early    it comes before the reply to the call that started the job, which ends at once
//	hold     it comes after the next one
//	delay    it comes Delay after the job has ended
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

// kinds lists the kinds of fault and whether they strike after the effect when nothing is said.
var kinds = map[string]bool{
	"delay": false, "hang": false, "late": false, "unreachable": false, "403": false, "407": false, "500": false, "502": false, "503": false,
	"504": false, "redirect": false, "html-page": false, "minus1": false, "errcode": false, "any": false,
	"drop": true, "empty-200": true, "empty-object": true, "truncated": true, "cut": true, "drip": true, "gzip": true, "gzip-wrong": true,
	"garbage": true, "huge": true, "skew": true,
	"expire": false, "steal": false, "steal-classic": false, "revoke": false,
}

// happenings are the kinds that change the world instead of the call; with late and unreachable they know no before and after.
var happenings = words("expire steal steal-classic revoke")

var callbackKinds = words("lost repeat badsign early hold delay")

func (a *armed) name(kind string) error {
	if strings.HasPrefix(a.Path, "callback") {
		if a.what = kind; !callbackKinds[kind] {
			return fmt.Errorf("standin: unknown kind of fault %q for a callback", kind)
		}
		return nil
	}
	usual, known := kinds[kind]
	a.what, a.after = kind, usual
	if known {
		return nil
	}
	what, before := strings.CutSuffix(kind, "-before")
	what, after := strings.CutSuffix(what, "-after")
	_, known = kinds[what]
	if !known || !before && !after || happenings[what] || what == "late" || what == "unreachable" || what == "any" {
		return fmt.Errorf("standin: unknown kind of fault %q", kind)
	}
	a.what, a.after = what, after
	return nil
}

func arm(f Fault) (*armed, error) {
	a := &armed{Fault: f}
	if err := a.name(f.Kind); err != nil {
		return nil, err
	}
	if !(f.Rate >= 0 && f.Rate <= 1) {
		return nil, fmt.Errorf("standin: a fault at a rate of %v", f.Rate)
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

// armedScript is what is still armed as a script.
func (w *WeChat) armedScript() Script { return w.Faults() }

func (a *armed) matches(path, appid string) bool {
	if a.AppID != "" && a.AppID != appid {
		return false
	}
	prefix, isPrefix := strings.CutSuffix(a.Path, "*")
	switch {
	case a.Path == "":
		return strings.HasPrefix(path, "/cgi-bin/") || strings.HasPrefix(path, "/datacube/")
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
	clear(w.faults[len(left):])
	w.faults = left
	if chosen != nil && chosen.what == "any" {
		return w.draw(chosen)
	}
	return chosen
}

// draw makes the fault that any stands for in this call.
func (w *WeChat) draw(a *armed) *armed {
	h := fnv.New64a()
	fmt.Fprintf(h, "any %d %d", w.o.Seed, w.drawn)
	f := randomFault(rand.New(rand.NewPCG(h.Sum64(), 0)))
	drawn := &armed{Fault: f, hits: a.hits}
	drawn.Path = a.Path
	_ = drawn.name(f.Kind) // our own
	return drawn
}

func (w *WeChat) due(a *armed) bool {
	if a.Rate <= 0 {
		return a.seen >= a.Nth
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %d %s %s", w.o.Seed, w.drawn, a.Path, a.Kind)
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
	rw.Header().Set("Date", w.date(f))
	var rep reply
	switch {
	case f != nil && f.what == "late":
		rep = w.late(rw, r, body, f)
	case f != nil && !f.after && !happenings[f.what] && !w.hold(r.Context(), f):
		w.spoil(rw, r, f, reply{status: http.StatusOK, kind: "application/json; encoding=utf-8", body: encode(done())})
		return
	default:
		rep = w.answer(r, body, f)
	}
	if w.o.SaveEffects {
		if err := w.Save(); err != nil {
			http.Error(rw, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	w.deliverEarly(r.Context())
	if f != nil && f.after {
		if (f.what == "delay" || f.what == "hang" || f.what == "drip" && w.o.NoWait) && !w.hold(r.Context(), f) {
			gaveUp(rw)
		}
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
	appid := w.callerApp(r, body)
	f := w.strike(r.URL.Path, appid)
	if f != nil && happenings[f.what] {
		w.happen(f.what, appid)
	}
	return f
}

// happen changes the world between two calls. Callers hold mu.
func (w *WeChat) happen(what, appid string) {
	a := w.world.Accounts[appid]
	if a == nil {
		return
	}
	switch what {
	case "expire":
		w.expireTokens(a)
	case "steal":
		w.stealTokens(a)
	case "steal-classic":
		w.stealClassic(a)
	case "revoke":
		a.Publish, a.Mass = new(bool), new(bool)
	}
	w.touch("account", a.AppID, "")
}

// date is the Date header of a reply: the clock of Options.Now, which travels of the platform do not move, and what is off on purpose.
func (w *WeChat) date(f *armed) string {
	w.mu.Lock()
	t := w.o.Now().Add(w.world.Skew)
	w.mu.Unlock()
	if f != nil && f.what == "skew" {
		t = t.Add(f.Delay)
	}
	return t.UTC().Format(http.TimeFormat)
}

// gaveUp ends a call whose client has gone.
func gaveUp(rw http.ResponseWriter) {
	if a, ok := rw.(*answered); ok {
		a.late = true
	}
	panic(http.ErrAbortHandler)
}

// hold waits as long as a fault says and says whether the client is still there and the call goes on; other faults let none go on.
func (w *WeChat) hold(ctx context.Context, f *armed) bool {
	switch {
	case f.what == "hang" && w.o.NoWait:
		return false
	case f.what == "hang":
		<-ctx.Done()
		return false
	case f.what != "delay" && f.what != "late" && f.what != "drip":
		return false
	case w.o.NoWait:
		end, patient := ctx.Deadline()
		return !patient || time.Until(end) > f.Delay
	}
	return sleep(ctx, f.Delay)
}

// sleep says whether ctx outlived d.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
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
func (w *WeChat) late(rw http.ResponseWriter, r *http.Request, body []byte, f *armed) reply {
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
	if !w.hold(r.Context(), f) {
		gaveUp(rw)
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
	case "unreachable":
		if a, ok := rw.(*answered); ok {
			a.unreachable = true
		}
		panic(http.ErrAbortHandler)
	case "drop":
		panic(http.ErrAbortHandler)
	case "delay", "hang":
		if !f.after {
			gaveUp(rw) // it never arrived, and nobody is there to be told
		}
	case "redirect":
		rw.Header().Set("Location", "https://login.example.net/portal?from=proxy")
	case "gzip", "gzip-wrong":
		rw.Header().Set("Content-Encoding", "gzip")
	case "drip":
		w.drip(rw, r, f, rep)
		return
	case "cut":
		rw.Header().Set("Content-Length", strconv.Itoa(whole))
		rep.write(rw)
		_ = http.NewResponseController(rw).Flush() // the half must leave before the connection dies; a recorder cannot, and need not
		panic(http.ErrAbortHandler)
	}
	rep.write(rw)
}

const drips = 16

// drip writes a reply in small pieces.
func (w *WeChat) drip(rw http.ResponseWriter, r *http.Request, f *armed, rep reply) {
	rw.Header().Set("Content-Type", rep.kind)
	rw.WriteHeader(rep.status)
	control := http.NewResponseController(rw)
	for piece := range slices.Chunk(rep.body, max(len(rep.body)/drips, 1)) {
		_, _ = rw.Write(piece)
		_ = control.Flush()
		if !w.o.NoWait && !sleep(r.Context(), f.Delay/drips) {
			gaveUp(rw)
		}
	}
}

// ruin is what is left of a reply.
func (w *WeChat) ruin(a *armed, r *http.Request, rep reply) reply {
	switch a.what {
	case "403", "407", "500", "502", "503", "504":
		status, _ := strconv.Atoi(a.what)
		title := a.what + " " + strings.Replace(http.StatusText(status), "Timeout", "Time-out", 1)
		return reply{status: status, kind: "text/html", body: fmt.Appendf(nil, gatewayPage, title)}
	case "redirect":
		return reply{status: http.StatusFound, kind: "text/html", body: fmt.Appendf(nil, gatewayPage, "302 Found")}
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
	case "gzip":
		rep.body = zipped(rep.body)
	case "garbage":
		rep.body = slices.Concat(rep.body[:len(rep.body)/2], []byte("\xff\xfe\xc3("), rep.body[len(rep.body)/2:])
	case "huge":
		rep.body = swollen(rep.body, a.Code)
	}
	return rep
}

func zipped(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b) // into memory
	_ = z.Close()
	return out.Bytes()
}

// swollen puts an unknown field of so many megabytes before the others.
func swollen(b []byte, megabytes int) []byte {
	if megabytes <= 0 {
		megabytes = 32
	}
	rest, _ := bytes.CutPrefix(b, []byte("{"))
	return slices.Concat([]byte(`{"padding":"`), bytes.Repeat([]byte("x"), megabytes<<20), []byte(`",`), rest)
}

func (rep reply) write(rw http.ResponseWriter) {
	rw.Header().Set("Content-Type", rep.kind)
	rw.WriteHeader(rep.status)
	_, _ = rw.Write(rep.body) // a client that left is its own affair
}
