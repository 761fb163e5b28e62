package standin

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Effect is one change of the world that somebody outside could notice.
type Effect struct {
	Seq   int64     `json:"seq"`
	At    time.Time `json:"at"`
	AppID string    `json:"appid"`
	// Kind is one of picture, material, material-delete, draft-add, draft-update, draft-delete, submit, mass, preview, article-delete,
	// temporary, comments, clear-quota; published, pushed, refused for the end of a review or push; and human-… for what a human did.
	Kind    string   `json:"kind"`
	Path    string   `json:"path"`    // the call; review, push, administrator or human otherwise
	Ref     string   `json:"ref"`     // media_id, publish_id, msg_id, article_id or page id
	Marker  string   `json:"marker"`  // content_source_url of the first article
	Markers []string `json:"markers"` // of every article
	Titles  []string `json:"titles"`
	Result  string   `json:"result"`

	of []*piece
}

// record appends an effect. Callers hold mu.
func (w *WeChat) record(e Effect) {
	e.Seq = w.world.LastSeq + 1
	if e.At.IsZero() {
		e.At = w.now()
	}
	if e.Result == "" {
		e.Result = "ok"
	}
	for _, p := range e.of {
		e.Markers, e.Titles = append(e.Markers, p.SourceURL), append(e.Titles, p.Title)
	}
	if len(e.Markers) > 0 {
		e.Marker = e.Markers[0]
	}
	e.of = nil
	w.keepEffect(e)
	w.touch("effect", "", strconv.FormatInt(e.Seq, 10))
}

// keepEffect appends an effect and forgets the oldest above EffectsMax, some at a time.
func (w *WeChat) keepEffect(e Effect) {
	w.world.LastSeq = e.Seq
	w.world.Effects = append(w.world.Effects, e)
	if most := w.o.EffectsMax; most > 0 && len(w.world.Effects) >= most+max(most/4, 64) {
		w.world.Effects = slices.Clone(w.world.Effects[len(w.world.Effects)-most:])
	}
}

// record fills in the call.
func (c *call) record(e Effect) {
	e.At, e.Path = c.time, c.r.URL.Path
	if c.acc != nil {
		e.AppID = c.acc.AppID
	}
	c.WeChat.record(e)
}

// Effects returns every change so far, in order; with EffectsMax, the last ones.
func (w *WeChat) Effects() []Effect { return w.EffectsSince(0) }

// EffectsSince returns the changes after the one with this Seq.
func (w *WeChat) EffectsSince(seq int64) []Effect {
	w.enter()
	defer w.mu.Unlock()
	list := w.world.Effects
	i, _ := slices.BinarySearchFunc(list, seq+1, func(e Effect, seq int64) int { return cmp.Compare(e.Seq, seq) })
	return append([]Effect{}, list[i:]...)
}

// logLength is how many requests the log remembers.
const logLength = 10000

// LogEntry is one request. It holds no query and no body, and so no secret.
type LogEntry struct {
	Seq    int64     `json:"seq"`
	At     time.Time `json:"at"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	AppID  string    `json:"appid,omitempty"`
	IP     string    `json:"ip"`
	Size   int64     `json:"size"` // bytes of the request
	Status int       `json:"status"`
	Code   int       `json:"errcode"`
	Rid    string    `json:"rid,omitempty"`
	Fault  string    `json:"fault,omitempty"`
}

// Log returns the last requests, the oldest first.
func (w *WeChat) Log() []LogEntry {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.requests[max(len(w.requests)-logLength, 0):])
}

// note logs a request that was not answered.
func (w *WeChat) note(r *http.Request, rep reply, f *armed) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.noteLocked(r, rep, f)
}

func (w *WeChat) noteLocked(r *http.Request, rep reply, f *armed) {
	e := LogEntry{
		At: w.now(), Method: r.Method, Path: r.URL.Path, AppID: rep.appid, IP: w.callerIP(r), Size: max(r.ContentLength, 0),
		Status: rep.status, Code: rep.code, Rid: rep.rid,
	}
	if f != nil {
		e.Fault = f.Kind
	}
	if len(w.requests) >= 2*logLength {
		w.requests = append(w.requests[:0], w.requests[logLength:]...)
	}
	e.Seq = 1
	if n := len(w.requests); n > 0 {
		e.Seq = w.requests[n-1].Seq + 1
	}
	w.requests = append(w.requests, e)
}

// answer does what a request asks for: API, page or picture.
func (w *WeChat) answer(r *http.Request, body []byte, f *armed) reply {
	now := w.enter()
	defer w.mu.Unlock()
	return w.carryOut(r, body, f, now)
}

// carryOut answers a request as of now. Callers hold mu.
func (w *WeChat) carryOut(r *http.Request, body []byte, f *armed, now time.Time) reply {
	w.served++
	w.address = baseOf(r)
	var rep reply
	switch path := r.URL.Path; {
	case strings.HasPrefix(path, "/cgi-bin/"), strings.HasPrefix(path, "/datacube/"):
		rep = w.api(r, body, now)
	case strings.HasPrefix(path, "/mmbiz"):
		rep = w.servePicture(path)
	case path == "/s" || strings.HasPrefix(path, "/s/"):
		rep = w.page(r)
	default:
		rep = reply{status: http.StatusNotFound, kind: "text/plain; charset=utf-8", body: []byte("404 not found")}
	}
	w.noteLocked(r, rep, f)
	return rep
}

// callerApp guesses the account of a request for a fault that is meant for one. Callers hold mu.
func (w *WeChat) callerApp(r *http.Request, body []byte) string {
	q := r.URL.Query()
	if t := w.world.Tokens[q.Get("access_token")]; t != nil {
		return t.AppID
	}
	if id := q.Get("appid"); id != "" {
		return id
	}
	var in struct {
		AppID string `json:"appid"`
	}
	if r.URL.Path == "/cgi-bin/stable_token" && json.Unmarshal(body, &in) == nil {
		return in.AppID
	}
	return ""
}

// DraftView is a draft as the console would list it.
type DraftView struct {
	AppID    string    `json:"appid"`
	MediaID  string    `json:"media_id"`
	Titles   []string  `json:"titles"`
	Markers  []string  `json:"markers"`
	Created  time.Time `json:"created"`
	Updated  time.Time `json:"updated"`
	InReview bool      `json:"in_review"`
	Preview  string    `json:"preview"` // temporary link of the first article
}

// Drafts returns every draft box, account by account, in the order of creation.
func (w *WeChat) Drafts() []DraftView {
	w.enter()
	defer w.mu.Unlock()
	out := []DraftView{}
	for _, appid := range w.appids() {
		for _, d := range w.world.Accounts[appid].Drafts.List {
			v := DraftView{AppID: appid, MediaID: d.MediaID, Created: d.Created, Updated: d.Updated, InReview: d.InReview}
			for _, p := range d.Pieces {
				v.Titles, v.Markers = append(v.Titles, p.Title), append(v.Markers, p.SourceURL)
			}
			v.Preview = w.baseURL() + "/s?tempkey=" + d.Pieces[0].PreviewKey
			out = append(out, v)
		}
	}
	return out
}

// appids lists the accounts in their order of configuration, then those that only the state file knows.
func (w *WeChat) appids() []string {
	var out []string
	for _, a := range w.o.Accounts {
		out = append(out, a.AppID)
	}
	var rest []string
	for id := range w.world.Accounts {
		if !slices.Contains(out, id) {
			rest = append(rest, id)
		}
	}
	slices.Sort(rest)
	return append(out, rest...)
}
