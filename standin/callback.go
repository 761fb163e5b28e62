package standin

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Callback is what an account's console says about the developer's server.
type Callback struct {
	URL    string
	Token  string
	AESKey string // EncodingAESKey: 43 characters; for compat and safe
	Mode   string // plain (or empty), compat, safe
	JSON   bool   // events are JSON (otherwise XML)
}

func (b Callback) check() error {
	if b.URL == "" {
		return nil
	}
	if b.Mode != "" && b.Mode != "plain" && b.Mode != "compat" && b.Mode != "safe" {
		return fmt.Errorf("mode %q: want plain, compat or safe", b.Mode)
	}
	if _, err := url.ParseRequestURI(b.URL); err != nil {
		return err
	}
	if !b.encrypted() {
		return nil
	}
	_, err := b.key()
	return err
}

func (b Callback) encrypted() bool { return b.Mode == "compat" || b.Mode == "safe" }

func (b Callback) key() ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(b.AESKey + "=")
	if err != nil || len(key) != 32 {
		return nil, errors.New("AESKey: want 43 characters of base64")
	}
	return key, nil
}

const (
	publishEvent = "PUBLISHJOBFINISH"
	massEvent    = "MASSSENDJOBFINISH"

	callbackPatience = 5 * time.Second // a slower answer is none
	callbackTries    = 3
	deliveriesKept   = 1000
)

// fate is what a fault does to one callback.
type fate struct {
	Kind  string        `json:",omitempty"`
	Delay time.Duration `json:",omitempty"`
}

// fate looks for the fault of the callback that a job will end with. Callers hold mu.
func (w *WeChat) fate(a *account, name string) fate {
	if a.Callback.URL == "" {
		return fate{}
	}
	if f := w.strike("callback/"+name, a.AppID); f != nil {
		return fate{f.what, f.Delay}
	}
	return fate{}
}

// part is one element of an event: a text, a number or more parts. Parts with the same name follow each other.
type part struct {
	name  string
	value any
}

// event is one callback.
type event struct {
	acc   *account
	name  string
	at    time.Time
	parts []part
	fate  fate
}

// announce arranges for a callback. Callers hold mu.
func (w *WeChat) announce(a *account, name string, parts []part, n fate, at time.Time) {
	if a.Callback.URL == "" {
		return
	}
	e := &event{acc: a, name: name, at: at, parts: parts, fate: n}
	switch n.Kind {
	case "lost":
		w.delivered(Delivery{AppID: a.AppID, Event: name, At: at, Fault: "lost"})
	case "hold":
		w.held = append(w.held, e)
	case "delay":
		w.later(at.Add(n.Delay), func(time.Time) { w.queue(e) })
	default:
		w.queue(e)
	}
}

// queue lets what was held follow the event that overtook it.
func (w *WeChat) queue(e *event) {
	w.outbox = append(append(w.outbox, e), w.held...)
	w.held = nil
	w.stir()
}

// stir tells Keep that something is to come.
func (w *WeChat) stir() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// jobNews is the PublishEventInfo of a job that ended.
func (w *WeChat) jobNews(a *account, j *job, p *post) []part {
	info := []part{{"publish_id", j.ID}, {"publish_status", int64(j.Status)}}
	if p == nil {
		return []part{{"PublishEventInfo", append(info, part{"fail_idx", int64(1)})}}
	}
	id := p.ArticleID
	if w.o.Switch.BrokenArticleID {
		id = id[:20] + "\n" + id[20:]
	}
	detail := []part{{"count", int64(len(p.Pieces))}}
	for i, one := range p.Pieces {
		detail = append(detail, part{"item", []part{{"idx", int64(i + 1)}, {"article_url", w.pageURL(a, p, i, one)}}})
	}
	return []part{{"PublishEventInfo", append(info, part{"article_id", id}, part{"article_detail", detail})}}
}

// massNews is what the event of a mass message says.
func (w *WeChat) massNews(a *account, m *mass, p *post) []part {
	status, sent := "send success", int64(100)
	if p == nil {
		status, sent = "send fail", 0
		if m.Err != 0 {
			status = fmt.Sprintf("err(%d)", m.Err)
		}
	}
	out := []part{
		{"MsgID", m.ID}, {"Status", status}, {"TotalCount", int64(100)}, {"FilterCount", sent}, {"SentCount", sent}, {"ErrorCount", 100 - sent},
	}
	if p == nil {
		return out
	}
	var links []part
	for i, one := range p.Pieces {
		links = append(links, part{"item", []part{{"ArticleIdx", int64(i + 1)}, {"ArticleUrl", w.pageURL(a, p, i, one)}}})
	}
	return append(out,
		part{"CopyrightCheckResult", []part{{"Count", int64(0)}, {"ResultList", []part{}}, {"CheckState", int64(0)}}},
		part{"ArticleUrlResult", []part{{"Count", int64(len(links))}, {"ResultList", links}}})
}

// Delivery is one callback as the log of callbacks knows it.
type Delivery struct {
	AppID  string    `json:"appid"`
	Event  string    `json:"event"`
	At     time.Time `json:"at"`
	Tries  int       `json:"tries"`
	Status int       `json:"status"` // of the last answer, 0 for none
	Error  string    `json:"error,omitempty"`
	Fault  string    `json:"fault,omitempty"`
}

func (w *WeChat) delivered(d Delivery) {
	if len(w.deliveries) >= 2*deliveriesKept {
		w.deliveries = slices.Clone(w.deliveries[deliveriesKept:])
	}
	w.deliveries = append(w.deliveries, d)
}

// Deliveries returns the last callbacks, the oldest first.
func (w *WeChat) Deliveries() []Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.deliveries[max(len(w.deliveries)-deliveriesKept, 0):])
}

// Deliver posts the callbacks that have become due, one after the other, and returns how many it had. An answer that is not HTTP 200 or takes
// longer than five seconds is asked for again, three times in all.
func (w *WeChat) Deliver(ctx context.Context) int {
	return w.deliver(ctx, func(*event) bool { return true })
}

func (w *WeChat) deliver(ctx context.Context, which func(*event) bool) int {
	w.posting.Lock()
	defer w.posting.Unlock()
	return w.deliverAll(ctx, which)
}

func (w *WeChat) deliverAll(ctx context.Context, which func(*event) bool) int {
	for n := 0; ; n++ {
		e := w.nextEvent(which)
		if e == nil || ctx.Err() != nil {
			return n
		}
		d := w.post(ctx, e)
		w.mu.Lock()
		w.delivered(d)
		w.mu.Unlock()
	}
}

func (w *WeChat) nextEvent(which func(*event) bool) *event {
	w.enter()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.outbox, which)
	if i < 0 {
		return nil
	}
	e := w.outbox[i]
	w.outbox = slices.Delete(w.outbox, i, i+1)
	return e
}

// deliverEarly posts what is to arrive before the reply to the call that caused it. Should a callback be on its way already, its end may come
// only after this very call, so that nobody must wait for it here; whoever posts it takes the next one along.
func (w *WeChat) deliverEarly(ctx context.Context) {
	w.mu.Lock()
	early := slices.ContainsFunc(w.outbox, isEarly)
	w.mu.Unlock()
	if early && w.posting.TryLock() {
		defer w.posting.Unlock()
		w.deliverAll(context.WithoutCancel(ctx), isEarly)
	}
}

func isEarly(e *event) bool { return e.fate.Kind == "early" }

// Keep posts callbacks when they are due, until ctx ends. Whatever serves a stand-in with a callback runs it beside.
func (w *WeChat) Keep(ctx context.Context) {
	for ctx.Err() == nil {
		w.Deliver(ctx)
		t := time.NewTimer(w.untilNext())
		select {
		case <-ctx.Done():
		case <-w.wake:
		case <-t.C:
		}
		t.Stop()
	}
}

// untilNext is how long nothing happens; not more than a second, as anybody may add to what is to come, or travel.
func (w *WeChat) untilNext() time.Duration {
	now := w.enter()
	defer w.mu.Unlock()
	if len(w.pending) == 0 {
		return time.Second
	}
	return min(max(w.pending[0].at.Sub(now), time.Millisecond), time.Second)
}

// VerifyCallback asks the developer's server to echo, as the console does when its address is saved.
func (w *WeChat) VerifyCallback(ctx context.Context, appid string) error {
	a, now, err := w.human(appid)
	if err != nil {
		return err
	}
	b, echo := a.Callback, w.newID("echo", 19)
	w.mu.Unlock()
	q := signed(b.Token, now, echo[:9])
	q.Set("echostr", echo)
	status, body, err := w.ask(ctx, http.MethodGet, b.URL, q, nil, b.JSON)
	if err != nil {
		return err
	}
	if status != http.StatusOK || body != echo {
		return fmt.Errorf("the server at %s does not echo: HTTP %d", b.URL, status)
	}
	return nil
}

// post sends one callback until it is answered, or three times in any case for "repeat".
func (w *WeChat) post(ctx context.Context, e *event) Delivery {
	d := Delivery{AppID: e.acc.AppID, Event: e.name, At: e.at, Fault: e.fate.Kind}
	w.mu.Lock()
	now, nonce := w.o.Now(), w.newID("nonce", 10) // a travel of the platform does not make what arrives look old
	w.mu.Unlock()
	q, body, err := e.letter(now, nonce)
	if err == nil && w.o.SaveEffects { // what the letter tells must not be forgotten
		err = w.Save()
	}
	for err == nil && d.Tries < callbackTries {
		d.Tries++
		d.Error = ""
		var problem error
		if d.Status, _, problem = w.ask(ctx, http.MethodPost, e.acc.Callback.URL, q, body, e.acc.Callback.JSON); problem != nil {
			d.Error = problem.Error()
		}
		if d.Status == http.StatusOK && e.fate.Kind != "repeat" {
			break
		}
	}
	if err != nil {
		d.Error = err.Error()
	}
	return d
}

func (w *WeChat) ask(ctx context.Context, method, address string, q url.Values, body []byte, isJSON bool) (int, string, error) {
	ctx, cancel := context.WithTimeout(ctx, callbackPatience)
	defer cancel()
	u, err := url.Parse(address)
	if err != nil {
		return 0, "", err
	}
	all := u.Query()
	for k, v := range q {
		all[k] = v
	}
	u.RawQuery = all.Encode()
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("User-Agent", "Mozilla/4.0")
	req.Header.Set("Content-Type", "text/xml")
	if isJSON {
		req.Header.Set("Content-Type", "application/json")
	}
	client := &http.Client{Transport: w.o.Caller, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err // without the address, which is long and signed
	}
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	if err != nil {
		return 0, "", err
	}
	return resp.StatusCode, string(b), nil
}

// letter is the query and the body of a callback.
func (e *event) letter(now time.Time, nonce string) (url.Values, []byte, error) {
	b := e.acc.Callback
	token := b.Token
	if e.fate.Kind == "badsign" {
		token += "?"
	}
	q := signed(token, now, nonce)
	q.Set("openid", senderID)
	to := part{"ToUserName", "gh_" + e.acc.AppID[max(len(e.acc.AppID)-12, 0):]}
	parts := append([]part{
		to, {"FromUserName", senderID}, {"CreateTime", e.at.Unix()}, {"MsgType", "event"}, {"Event", e.name},
	}, e.parts...)
	if !b.encrypted() {
		return q, b.write(parts), nil
	}
	sealed, err := b.seal(b.write(parts), e.acc.AppID, nonce)
	if err != nil {
		return nil, nil, err
	}
	q.Set("encrypt_type", "aes")
	q.Set("msg_signature", signature(token, q.Get("timestamp"), nonce, sealed))
	if b.Mode == "safe" {
		parts = []part{to}
	}
	return q, b.write(append(parts, part{"Encrypt", sealed})), nil
}

const senderID = "oStandInFollower000000000001"

func signed(token string, now time.Time, nonce string) url.Values {
	at := strconv.FormatInt(now.Unix(), 10)
	return url.Values{"timestamp": {at}, "nonce": {nonce}, "signature": {signature(token, at, nonce)}}
}

func signature(words ...string) string {
	slices.Sort(words)
	sum := sha1.Sum([]byte(strings.Join(words, "")))
	return hex.EncodeToString(sum[:])
}

// seal encrypts as the platform does: sixteen bytes, the length, the message and the appid, filled up to blocks of 32.
func (b Callback) seal(message []byte, appid, nonce string) (string, error) {
	key, err := b.key()
	if err != nil {
		return "", err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", err
	}
	plain := []byte(strings.Repeat(nonce, 2)[:16])
	plain = binary.BigEndian.AppendUint32(plain, uint32(len(message)))
	plain = append(append(plain, message...), appid...)
	fill := 32 - len(plain)%32
	plain = append(plain, bytes.Repeat([]byte{byte(fill)}, fill)...)
	cipher.NewCBCEncrypter(block, key[:16]).CryptBlocks(plain, plain)
	return base64.StdEncoding.EncodeToString(plain), nil
}

func (b Callback) write(parts []part) []byte {
	var out bytes.Buffer
	if b.JSON {
		writeJSON(&out, parts)
	} else {
		out.WriteString("<xml>")
		writeXML(&out, parts)
		out.WriteString("</xml>")
	}
	return out.Bytes()
}

func writeXML(b *bytes.Buffer, parts []part) {
	for _, p := range parts {
		b.WriteString("<" + p.name + ">")
		switch v := p.value.(type) {
		case []part:
			writeXML(b, v)
		case string:
			b.WriteString("<![CDATA[" + strings.ReplaceAll(v, "]]>", "]]]]><![CDATA[>") + "]]>")
		default:
			fmt.Fprint(b, v)
		}
		b.WriteString("</" + p.name + ">\n")
	}
}

// writeJSON makes arrays of the elements that may come more than once.
func writeJSON(b *bytes.Buffer, parts []part) {
	b.WriteByte('{')
	for i, p := range parts {
		list := p.name == "item" || p.name == "fail_idx"
		switch again := i > 0 && parts[i-1].name == p.name; {
		case again:
			b.WriteByte(',')
		default:
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(b, "%q:", p.name)
			if list {
				b.WriteByte('[')
			}
		}
		switch v := p.value.(type) {
		case []part:
			writeJSON(b, v)
		default:
			text, _ := json.Marshal(v) // texts and numbers
			b.Write(text)
		}
		if list && (i+1 == len(parts) || parts[i+1].name != p.name) {
			b.WriteByte(']')
		}
	}
	b.WriteByte('}')
}
