package wechat

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"tongfa/config"
	"tongfa/press"
	"tongfa/standin"
)

const (
	testToken  = "rehearsaltoken"
	testAESKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
)

func listening(c *config.WeChat) { c.Callback.Token = config.NewSecret(testToken) }
func encrypted(c *config.WeChat) {
	listening(c)
	c.Callback.AESKey = config.NewSecret(testAESKey)
}

// posted is a message as the platform would send it.
type posted struct {
	token, key, app string
	at              time.Time
	nonce           string
	body            string
	compat          bool // the plain text beside the encrypted one
}

// request signs a message, and encrypts it when there is a key.
func (p posted) request(t *testing.T) *http.Request {
	t.Helper()
	stamp := strconv.FormatInt(p.at.Unix(), 10)
	q := url.Values{"timestamp": {stamp}, "nonce": {p.nonce}, "signature": {util.Signature(p.token, stamp, p.nonce)}}
	body := p.body
	if p.key != "" {
		box, err := util.EncryptMsg([]byte("0123456789abcdef"), []byte(p.body), p.app, p.key)
		if err != nil {
			t.Fatal(err)
		}
		q.Set("encrypt_type", "aes")
		q.Set("msg_signature", util.Signature(p.token, stamp, p.nonce, string(box)))
		inner := ""
		if p.compat {
			inner = strings.TrimSuffix(strings.TrimPrefix(p.body, "<xml>"), "</xml>")
		}
		body = "<xml><ToUserName><![CDATA[gh_1]]></ToUserName>" + inner + "<Encrypt><![CDATA[" + string(box) + "]]></Encrypt></xml>"
		if strings.HasPrefix(p.body, "{") {
			body = `{"ToUserName":"gh_1","Encrypt":"` + string(box) + `"}`
		}
	}
	return httptest.NewRequest(http.MethodPost, "/wechat?"+q.Encode(), strings.NewReader(body))
}

func published(id string, status int) string {
	return fmt.Sprintf("<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName><CreateTime>1764000000</CreateTime>"+
		"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[PUBLISHJOBFINISH]]></Event><PublishEventInfo><publish_id>%s</publish_id>"+
		"<publish_status>%d</publish_status><article_id><![CDATA[b\n2]]></article_id><fail_idx>1</fail_idx><fail_idx>2</fail_idx></PublishEventInfo></xml>", id, status)
}

func massSent(id string) string {
	return "<xml><FromUserName><![CDATA[o1]]></FromUserName><CreateTime>1764000000</CreateTime><MsgType><![CDATA[event]]></MsgType>" +
		"<Event><![CDATA[MASSSENDJOBFINISH]]></Event><MsgID>" + id + "</MsgID><Status><![CDATA[send success]]></Status></xml>"
}

func publishedJSON(id string) string {
	return `{"ToUserName":"gh_1","FromUserName":"o1","CreateTime":1764000000,"MsgType":"event","Event":"PUBLISHJOBFINISH",` +
		`"PublishEventInfo":{"publish_id":` + id + `,"publish_status":4,"article_id":"b2"}}`
}

// sent gives a message to a fresh receiver and returns its answer and what it hinted at.
func (w *office) sent(t *testing.T, r *http.Request) (code int, answer string, hints []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		got := make(chan string, 10)
		h := w.open().Callback(func(_ context.Context, ref string) { got <- ref })
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		synctest.Wait()
		close(got)
		code, answer = rec.Code, rec.Body.String()
		for ref := range got {
			hints = append(hints, ref)
		}
	})
	return code, answer, hints
}

func TestEventsAreHints(t *testing.T) {
	plain := newOffice(t, modePublish, setup{conf: listening})
	safe := newOffice(t, modePublish, setup{conf: encrypted})
	good := posted{token: testToken, at: plain.clock(), nonce: "n1"}
	sealed := good
	sealed.key, sealed.app = testAESKey, account
	change := func(p posted, f func(*posted)) posted { f(&p); return p }
	for name, k := range map[string]struct {
		w    *office
		p    posted
		code int
		hint string
	}{
		"published":                    {plain, change(good, func(p *posted) { p.body = published("2247483650", 0) }), 200, "2247483650"},
		"refused":                      {plain, change(good, func(p *posted) { p.body = published("2247483650", 4) }), 200, "2247483650"},
		"sent":                         {plain, change(good, func(p *posted) { p.body = massSent("1000000001") }), 200, "1000000001"},
		"json":                         {plain, change(good, func(p *posted) { p.body = publishedJSON("2247483650") }), 200, "2247483650"},
		"json with a text":             {plain, change(good, func(p *posted) { p.body = publishedJSON(`"2247483650"`) }), 200, "2247483650"},
		"padded":                       {plain, change(good, func(p *posted) { p.body = published("<![CDATA[\n2247483650\n]]>", 0) }), 200, "2247483650"},
		"no number":                    {plain, change(good, func(p *posted) { p.body = published("../../x", 0) }), 200, ""},
		"json without an identifier":   {plain, change(good, func(p *posted) { p.body = publishedJSON("null") }), 200, ""},
		"another event":                {plain, change(good, func(p *posted) { p.body = strings.Replace(published("1", 0), "PUBLISHJOBFINISH", "subscribe", 1) }), 200, ""},
		"a reader's message":           {plain, change(good, func(p *posted) { p.body = "<xml><MsgType>text</MsgType><Content>PUBLISHJOBFINISH</Content></xml>" }), 200, ""},
		"not xml":                      {plain, change(good, func(p *posted) { p.body = "<xml><a>" }), 200, ""},
		"not json":                     {plain, change(good, func(p *posted) { p.body = "{" }), 200, ""},
		"empty":                        {plain, good, 200, ""},
		"sealed without a key here":    {plain, change(sealed, func(p *posted) { p.body = published("1", 0) }), 200, ""},
		"wrong token":                  {plain, change(good, func(p *posted) { p.token, p.body = "other", published("1", 0) }), 403, ""},
		"old":                          {plain, change(good, func(p *posted) { p.at, p.body = p.at.Add(-time.Hour), published("1", 0) }), 403, ""},
		"from the future":              {plain, change(good, func(p *posted) { p.at, p.body = p.at.Add(time.Hour), published("1", 0) }), 403, ""},
		"after 2038":                   {plain, change(good, func(p *posted) { p.at = time.Unix(1<<33, 0) }), 403, ""},
		"too large":                    {plain, change(good, func(p *posted) { p.body = strings.Repeat("x", mostMessage+1) }), 413, ""},
		"sealed":                       {safe, change(sealed, func(p *posted) { p.body = published("2247483650", 0) }), 200, "2247483650"},
		"sealed json":                  {safe, change(sealed, func(p *posted) { p.body = publishedJSON("2247483650") }), 200, "2247483650"},
		"compatible":                   {safe, change(sealed, func(p *posted) { p.body, p.compat = published("2247483650", 0), true }), 200, "2247483650"},
		"plain where a key is set":     {safe, change(good, func(p *posted) { p.body = published("1", 0) }), 403, ""},
		"sealed for another account":   {safe, change(sealed, func(p *posted) { p.app, p.body = "wxffffffffffffffff", published("1", 0) }), 403, ""},
		"sealed with another key":      {safe, change(sealed, func(p *posted) { p.key, p.body = strings.ToUpper(testAESKey), published("1", 0) }), 403, ""},
		"sealed with another token":    {safe, change(sealed, func(p *posted) { p.token, p.body = "other", published("1", 0) }), 403, ""},
		"sealed, and not xml inside":   {safe, change(sealed, func(p *posted) { p.body = "<xml" }), 200, ""},
		"sealed, and sealed inside":    {safe, change(sealed, func(p *posted) { p.body = "<xml><Encrypt>x</Encrypt></xml>" }), 200, ""},
		"sealed, and nothing in there": {safe, change(sealed, func(p *posted) { p.body = "<xml/>" }), 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			code, answer, hints := k.w.sent(t, k.p.request(t))
			if code != k.code || (answer == "success") != (code == 200) || strings.Join(hints, " ") != k.hint {
				t.Errorf("%d %q, hints %q; want %d, hint %q", code, answer, hints, k.code, k.hint)
			}
		})
	}
}

func TestASealedMessageIsNotBelievedWhenItIsTampered(t *testing.T) {
	w := newOffice(t, modePublish, setup{conf: encrypted})
	p := posted{token: testToken, key: testAESKey, app: account, at: w.clock(), nonce: "n", body: published("1", 0)}
	for name, spoil := range map[string]func(url.Values){
		"no signature of the message": func(q url.Values) { q.Del("msg_signature") },
		"another nonce":               func(q url.Values) { q.Set("nonce", "m") },
		"another time":                func(q url.Values) { q.Set("timestamp", strconv.FormatInt(p.at.Unix()+1, 10)) },
		"no time":                     func(q url.Values) { q.Set("timestamp", "") },
	} {
		r := p.request(t)
		q := r.URL.Query()
		spoil(q)
		r.URL.RawQuery = q.Encode()
		if code, _, hints := w.sent(t, r); code != 403 || len(hints) != 0 {
			t.Errorf("%s: %d %q", name, code, hints)
		}
	}
}

func TestTheAddressIsVerified(t *testing.T) {
	w := newOffice(t, modePublish, setup{conf: encrypted})
	h := w.c.Callback(nil)
	stamp := strconv.FormatInt(w.clock().Unix(), 10)
	for signature, want := range map[string]int{util.Signature(testToken, stamp, "n"): 200, util.Signature("other", stamp, "n"): 403, "": 403} {
		rec := httptest.NewRecorder()
		q := url.Values{"signature": {signature}, "timestamp": {stamp}, "nonce": {"n"}, "echostr": {"<b>5"}}
		h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/?"+q.Encode(), nil))
		if rec.Code != want || (rec.Body.String() == "<b>5") != (want == 200) || !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/plain") {
			t.Errorf("%d %q %v", rec.Code, rec.Body, rec.Header())
		}
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodPut, "/", nil))
	if rec.Code != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %d", rec.Code)
	}
	rec = httptest.NewRecorder()
	newOffice(t, modePublish).c.Callback(nil).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil))
	if rec.Code != http.StatusNotFound {
		t.Errorf("without a token: %d", rec.Code)
	}
	c := w.conf
	c.Callback.AESKey = config.NewSecret("short")
	if _, err := New(c, Options{Blobs: w.memory}); err == nil || !strings.Contains(err.Error(), "43") {
		t.Errorf("a wrong key: %v", err)
	}
}

// Whatever the hint does, the platform has its answer at once; and what is sent again wakes nobody.
func TestTheAnswerDoesNotWaitForTheHint(t *testing.T) {
	w := newOffice(t, modePublish, setup{conf: listening})
	synctest.Test(t, func(t *testing.T) {
		stuck, started := make(chan struct{}), make(chan string, 100)
		h := w.c.Callback(func(_ context.Context, ref string) {
			started <- ref
			if ref == "1" {
				panic("in a hint")
			}
			<-stuck
		})
		send := func(id, nonce string) {
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, posted{token: testToken, at: w.clock(), nonce: nonce, body: published(id, 0)}.request(t))
			if rec.Code != 200 || rec.Body.String() != "success" {
				t.Errorf("%d %q", rec.Code, rec.Body)
			}
		}
		for i := range 30 {
			send(strconv.Itoa(i+1), "n")
			send(strconv.Itoa(i+1), "m") // the same event, sent again
			synctest.Wait()
		}
		if n := len(started); n != mostHints+1 {
			t.Errorf("%d hints, want the one that panicked and the %d that are stuck", n, mostHints)
		}
		close(stuck)
	})
}

// No event makes anything live, or anything at all: it only makes a list too old that was read before it.
func TestAnEventProvesNothing(t *testing.T) {
	w := newOffice(t, modePublish, setup{conf: listening}, setup{standin: func(o *standin.Options) { o.Review = 3 * time.Minute }})
	w.must(w.we.Inject(standin.Fault{Path: pubSubmit.path, Kind: "drop"}))
	a := w.memory.Open(press.Publish, w.edition(1))
	if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
		t.Fatal(err)
	}
	h := w.c.Callback(func(context.Context, string) {})
	event := func(id string) {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, posted{token: testToken, at: w.clock(), nonce: "n", body: published(id, 0)}.request(t))
		if rec.Code != 200 {
			t.Fatal(rec.Code)
		}
	}
	w.advance(time.Minute)
	event("1")
	if r, err := w.deliver(a); err != nil || r.Status != press.CannotTell {
		t.Fatalf("an early event: %s %v", r.Status, err)
	}
	w.advance(2*time.Minute - 10*time.Second)
	if r, err := w.deliver(a); err != nil || r.Status != press.CannotTell {
		t.Fatalf("%s %v", r.Status, err)
	}
	w.advance(11 * time.Second) // it is public, and the list in hand is young
	if r, err := w.deliver(a); err != nil || r.Status != press.CannotTell {
		t.Fatalf("%s %v", r.Status, err)
	}
	w.advance(time.Second)
	event("2")
	if r, err := w.deliver(a); err != nil || r.Status != press.Live || w.effects("submit") != 1 {
		t.Errorf("after the event: %s %v", r.Status, err)
	}
}

// The stand-in's own events, in every setting of the console and with everything that may happen to one on its way.
func TestTheEventsOfThePlatform(t *testing.T) {
	for _, mode := range []string{"plain", "compat", "safe"} {
		for _, asJSON := range []bool{false, true} {
			for fate, want := range map[string]int{"": 1, "lost": 0, "repeat": 1, "badsign": 0, "early": 1} {
				t.Run(fmt.Sprintf("%s %v %s", mode, asJSON, fate), func(t *testing.T) {
					platformEvents(t, standin.Callback{URL: "https://tongfa.example.gov.cn/wechat", Token: testToken, AESKey: testAESKey, Mode: mode, JSON: asJSON}, fate, want)
				})
			}
		}
	}
}

func platformEvents(t *testing.T, console standin.Callback, fate string, want int) {
	synctest.Test(t, func(t *testing.T) {
		var hinted []string
		var h http.Handler
		w := newOffice(t, modePublish, setup{
			conf: func(c *config.WeChat) {
				listening(c)
				if console.Mode != "plain" {
					encrypted(c)
				}
			},
			standin: func(o *standin.Options) {
				o.Accounts[0].Callback = console
				o.Caller = roundTrip(func(r *http.Request) (*http.Response, error) {
					rec := httptest.NewRecorder()
					h.ServeHTTP(rec, r)
					return rec.Result(), nil
				})
			},
		})
		got := make(chan string, 10)
		h = w.c.Callback(func(_ context.Context, ref string) { got <- ref })
		w.must(w.we.VerifyCallback(t.Context(), account))
		if fate != "" {
			w.must(w.we.Inject(standin.Fault{Path: "callback/PUBLISHJOBFINISH", Kind: fate}))
		}
		a := w.memory.Open(press.Publish, w.edition(2))
		if _, err := w.deliver(a); err != nil {
			t.Fatal(err)
		}
		w.advance(2 * time.Minute)
		w.we.Deliver(t.Context())
		synctest.Wait()
		close(got)
		for ref := range got {
			hinted = append(hinted, ref)
		}
		steps, err := w.memory.Journal(a.ID).Steps(t.Context())
		w.must(err)
		s, _ := stateOf(steps, stepSubmit)
		if len(hinted) != want || want > 0 && hinted[0] != identifier(s.Ref) {
			t.Errorf("hints %q, want %d of %s: %+v", hinted, want, s.Ref, w.we.Deliveries())
		}
		if r, err := w.goOn(a); err != nil || r.Status != press.Live { // whatever came of the event
			t.Errorf("%s %v", r.Status, err)
		}
	})
}
