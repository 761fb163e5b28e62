package wechat

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"tongfa/config"
)

const (
	mostMessage   = 256 << 10        // bytes of one event
	messageWindow = 10 * time.Minute // between the platform's clock and ours; what is older may be a replay
	mostHints     = 8                // under way at once; a hint more is dropped, as the look comes anyway
	hintTime      = 30 * time.Second
)

// Callback receives what the platform sends to the developer's address (消息推送). An event proves nothing and changes nothing: it is a hint
// that now is a good moment for the look which would come anyway, so that a lost, early, repeated or forged one does no harm. hint is told the
// publish_id or msg_id that the event names, which is the first part of the ref of the step submit or send; it runs on its own, and the
// platform gets its answer at once. Without a token in the configuration there is no such address.
func (c *Channel) Callback(hint func(ctx context.Context, ref string)) http.Handler {
	if c.c.Callback.Token.Reveal() == "" {
		return http.NotFoundHandler()
	}
	return &receiver{c: c, hint: hint, key: decodeAESKey(c.c.Callback.AESKey), places: make(chan struct{}, mostHints)}
}

// receiver is the developer's address of one account.
type receiver struct {
	c      *Channel
	hint   func(ctx context.Context, ref string)
	key    []byte // nil means that messages are not encrypted
	places chan struct{}
}

// ServeHTTP implements http.Handler.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	q := req.URL.Query()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch {
	case req.Method != http.MethodGet && req.Method != http.MethodPost:
		w.Header().Set("Allow", "GET, POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
	case !r.recent(q.Get("timestamp")) || !r.signed(q.Get("signature"), q):
		w.WriteHeader(http.StatusForbidden)
	case req.Method == http.MethodGet:
		_, _ = io.WriteString(w, q.Get("echostr"))
	default:
		r.take(w, req, q)
	}
}

// take reads an event. Whatever is in it, a message that the platform signed is answered with success: it would only send it again.
func (r *receiver) take(w http.ResponseWriter, req *http.Request, q url.Values) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, mostMessage))
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	e, err := r.read(body, q)
	switch {
	case errors.Is(err, errForged):
		r.c.o.Log.Warn("callback is not signed by the platform")
		w.WriteHeader(http.StatusForbidden)
		return
	case err != nil:
		r.c.o.Log.Warn("callback cannot be read", "err", err)
	default:
		r.wake(e)
	}
	_, _ = io.WriteString(w, "success")
}

// wake passes an event on as a hint, unless it was passed on before.
func (r *receiver) wake(e event) {
	ref := e.ref()
	if ref == "" || !r.c.heard.first(e.key(), r.c.o.Now()) {
		return
	}
	r.c.o.Log.Info("callback", "event", e.Event, "ref", ref, "article", strings.TrimSpace(string(e.Publish.ArticleID)))
	select {
	case r.places <- struct{}{}:
	default:
		return
	}
	go func() {
		defer func() {
			<-r.places
			if p := recover(); p != nil {
				r.c.o.Log.Error("hint panicked", "panic", p)
			}
		}()
		ctx, cancel := context.WithTimeout(context.Background(), hintTime)
		defer cancel()
		r.hint(ctx, ref)
	}()
}

var errForged = errors.New("wrong signature")

// recent reports whether a timestamp is about now.
func (r *receiver) recent(timestamp string) bool {
	unix, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return false
	}
	off := r.c.o.Now().Sub(time.Unix(unix, 0))
	return off.Abs() <= messageWindow
}

// signed compares a signature over the token, the time, the nonce and more with what it must be.
func (r *receiver) signed(signature string, q url.Values, more ...string) bool {
	want := util.Signature(append(more, r.c.c.Callback.Token.Reveal(), q.Get("timestamp"), q.Get("nonce"))...)
	return equal(signature, want)
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// event is what the events that count here have in common. What they say came of it is not read: only a question to the platform tells that.
type event struct {
	From    string      `xml:"FromUserName" json:"FromUserName"`
	Created json.Number `xml:"CreateTime" json:"CreateTime"`
	Type    string      `xml:"MsgType" json:"MsgType"`
	Event   string      `xml:"Event" json:"Event"`
	MsgID   loose       `xml:"MsgID" json:"MsgID"`
	Publish struct {
		ID        loose `xml:"publish_id" json:"publish_id"`
		ArticleID loose `xml:"article_id" json:"article_id"`
	} `xml:"PublishEventInfo" json:"PublishEventInfo"`
	Encrypt string `xml:"Encrypt" json:"Encrypt"`
}

// loose is a text that JSON may also give as a number.
type loose string

// UnmarshalJSON takes both.
func (l *loose) UnmarshalJSON(b []byte) error {
	*l = loose(strings.Trim(string(b), `"`))
	return nil
}

var identifierForm = regexp.MustCompile(`^[0-9]{1,20}$`)

// ref is the identifier of the submission or message that an event is about; "" for every other event.
func (e event) ref() string {
	var id string
	switch {
	case e.Type != "event":
	case e.Event == "PUBLISHJOBFINISH":
		id = strings.TrimSpace(string(e.Publish.ID))
	case e.Event == "MASSSENDJOBFINISH":
		id = strings.TrimSpace(string(e.MsgID))
	}
	if !identifierForm.MatchString(id) {
		return ""
	}
	return id
}

// key names an event as the platform says that repetitions are to be known.
func (e event) key() string {
	return strings.Join([]string{e.From, e.Created.String(), e.Event, e.ref()}, "\x00")
}

// read decodes a message. Where a key is configured, only what is encrypted with it counts, also of a message that says both.
func (r *receiver) read(body []byte, q url.Values) (event, error) {
	outer, err := parseEvent(body)
	if err != nil || r.key == nil {
		return outer, err
	}
	if outer.Encrypt == "" || !r.signed(q.Get("msg_signature"), q, outer.Encrypt) {
		return event{}, errForged
	}
	plain, err := r.decrypt(outer.Encrypt)
	if err != nil {
		return event{}, err
	}
	return parseEvent(plain)
}

func (r *receiver) decrypt(encrypted string) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil {
		return nil, errForged
	}
	_, plain, app, err := util.AESDecryptMsg(data, r.key)
	if err != nil || !equal(string(app), r.c.c.AppID) {
		return nil, errForged
	}
	return plain, nil
}

// parseEvent reads XML, or JSON where the console is set to it.
func parseEvent(body []byte) (e event, err error) {
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		err = json.Unmarshal(body, &e)
	} else {
		err = xml.Unmarshal(body, &e)
	}
	return e, err
}

// decodeAESKey is the key that an EncodingAESKey stands for; nil if it is none.
func decodeAESKey(s config.Secret) []byte {
	key, err := base64.StdEncoding.DecodeString(s.Reveal() + "=")
	if err != nil || len(key) != 32 || len(s.Reveal()) != 43 {
		return nil
	}
	return key
}

// heard remembers the events of the last minutes, so that a replay wakes nobody, and when the last one came: a list that was read before it does not
// answer the question it suggests.
type heard struct {
	mu   sync.Mutex
	keys map[string]time.Time
	at   time.Time
}

const mostHeard = 4096

// first reports whether an event is new, and remembers it.
func (h *heard) first(key string, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for k, at := range h.keys {
		if now.Sub(at) > 2*messageWindow {
			delete(h.keys, k)
		}
	}
	if _, again := h.keys[key]; again || len(h.keys) >= mostHeard {
		return false
	}
	h.keys[key], h.at = now, now
	return true
}

// last is when the last event came.
func (h *heard) last() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}
