package standin

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const (
	callbackToken = "rehearsal"
	callbackKey   = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
)

// server is a developer's server that keeps its post.
type server struct {
	letters []letter
	status  int // of the answers, 200 if none
	after   time.Duration
	on      func()
}

type letter struct {
	query url.Values
	kind  string
	body  []byte
}

// RoundTrip implements http.RoundTripper.
func (s *server) RoundTrip(req *http.Request) (*http.Response, error) {
	b, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	s.letters = append(s.letters, letter{req.URL.Query(), req.Header.Get("Content-Type"), b})
	if s.on != nil {
		s.on()
	}
	if !sleep(req.Context(), s.after) {
		return nil, req.Context().Err()
	}
	status := s.status
	if status == 0 {
		status = http.StatusOK
	}
	answer := "success"
	if req.Method == http.MethodGet {
		answer = req.URL.Query().Get("echostr")
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer)), Request: req}, nil
}

// newCallback starts a stand-in that posts to a server.
func newCallback(t *testing.T, b Callback, o Options) (*rig, *server) {
	s := &server{}
	b.URL, b.Token = "https://oa.example.gov.cn/wechat?x=1", callbackToken
	o.Accounts = []Account{{AppID: appid, Secret: secret, Callback: b, MassPerDay: -1}}
	o.Caller = s
	return newRig(t, o), s
}

// news is a PUBLISHJOBFINISH or MASSSENDJOBFINISH as the document describes it.
type news struct {
	ToUserName   string
	FromUserName string
	CreateTime   int64
	MsgType      string
	Event        string
	Encrypt      string
	MsgID        int64
	Status       string
	Publish      struct {
		ID        int64  `xml:"publish_id" json:"publish_id"`
		Status    int    `xml:"publish_status" json:"publish_status"`
		ArticleID string `xml:"article_id" json:"article_id"`
		Detail    struct {
			Count int `xml:"count" json:"count"`
			Item  []struct {
				Index int    `xml:"idx" json:"idx"`
				URL   string `xml:"article_url" json:"article_url"`
			} `xml:"item" json:"item"`
		} `xml:"article_detail" json:"article_detail"`
		Failed []int `xml:"fail_idx" json:"fail_idx"`
	} `xml:"PublishEventInfo" json:"PublishEventInfo"`
	Links struct {
		List struct {
			Item []struct{ ArticleUrl string } `xml:"item" json:"item"`
		} `xml:"ResultList" json:"ResultList"`
	} `xml:"ArticleUrlResult" json:"ArticleUrlResult"`
}

func (l letter) read(t *testing.T) (n news) {
	t.Helper()
	var err error
	if l.kind == "application/json" {
		err = json.Unmarshal(l.body, &n)
	} else {
		err = xml.Unmarshal(l.body, &n)
	}
	if err != nil {
		t.Fatalf("%v in %s", err, l.body)
	}
	return n
}

// open decrypts as a developer's server does.
func open(t *testing.T, sealed string) (message []byte, app string) {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(callbackKey + "=")
	if err != nil {
		t.Fatal(err)
	}
	b, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(b)%32 != 0 {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	cipher.NewCBCDecrypter(block, key[:16]).CryptBlocks(b, b)
	b = b[16 : len(b)-int(b[len(b)-1])]
	n := binary.BigEndian.Uint32(b)
	return b[4 : 4+n], string(b[4+n:])
}

func TestACallbackTellsHowAPublishEnded(t *testing.T) {
	for _, mode := range []string{"plain", "compat", "safe"} {
		for _, isJSON := range []bool{false, true} {
			r, s := newCallback(t, Callback{Mode: mode, JSON: isJSON, AESKey: callbackKey}, Options{Review: time.Minute})
			id := r.submit(r.draft(marker, marker+"b"))
			if n := r.Deliver(t.Context()); n != 0 {
				t.Fatalf("%d callbacks before the review is over", n)
			}
			r.clock.add(time.Hour)
			if n := r.Deliver(t.Context()); n != 1 || len(s.letters) != 1 {
				t.Fatalf("%d callbacks", n)
			}
			l := s.letters[0]
			q := l.query
			if q.Get("x") != "1" || q.Get("signature") != signature(callbackToken, q.Get("timestamp"), q.Get("nonce")) {
				t.Errorf("%s: query %v", mode, q)
			}
			n := l.read(t)
			if mode != "plain" {
				if q.Get("encrypt_type") != "aes" || q.Get("msg_signature") != signature(callbackToken, q.Get("timestamp"), q.Get("nonce"), n.Encrypt) {
					t.Errorf("%s: query %v", mode, q)
				}
				if mode == "safe" && n.Event != "" {
					t.Errorf("safe mode tells it openly: %s", l.body)
				}
				var app string
				if l.body, app = open(t, n.Encrypt); app != appid {
					t.Errorf("appid %q", app)
				}
				n = l.read(t)
			}
			got := n.Publish
			if n.Event != "PUBLISHJOBFINISH" || n.MsgType != "event" || got.ID != id || got.Status != 0 || got.ArticleID != r.Live(marker)[0].ArticleID ||
				got.Detail.Count != 2 || len(got.Detail.Item) != 2 || got.Detail.Item[1].URL != r.Live(marker + "b")[0].URL || len(got.Failed) != 0 {
				t.Errorf("%s: %s", mode, l.body)
			}
			if at := time.Unix(n.CreateTime, 0); !at.Equal(r.Live(marker)[0].At) {
				t.Errorf("dated %s, public since %s", at, r.Live(marker)[0].At)
			}
		}
	}
}

func TestCallbacksOfWhatWasNotPublished(t *testing.T) {
	r, s := newCallback(t, Callback{}, Options{Switch: Switches{BrokenArticleID: true}})
	if err := r.Decide(appid, Outcome{Status: 4}, Outcome{Status: 3, Err: 20001}, Outcome{}); err != nil {
		t.Fatal(err)
	}
	r.submit(r.draft(marker))
	r.mass(r.draft(marker), "a")
	r.mass(r.draft(marker), "b")
	if err := r.RequireConfirm(appid, true); err != nil {
		t.Fatal(err)
	}
	r.mass(r.draft(marker), "c")
	r.clock.add(time.Hour) // nobody answers
	r.Deliver(t.Context())
	var got []string
	for _, l := range s.letters {
		n := l.read(t)
		if n.Event == publishEvent && (n.Publish.Status != 4 || !slices.Equal(n.Publish.Failed, []int{1}) || n.Publish.ArticleID != "") {
			t.Errorf("%s", l.body)
		}
		if n.Status == "send success" && (len(n.Links.List.Item) != 1 || n.Links.List.Item[0].ArticleUrl != r.Live(marker)[0].URL) {
			t.Errorf("%s", l.body)
		}
		got = append(got, n.Status)
	}
	if want := []string{"", "err(20001)", "send success", "err(40002)"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	r.submit(r.draft(marker))
	r.clock.add(time.Second)
	r.Deliver(t.Context())
	if id := s.letters[4].read(t).Publish.ArticleID; !strings.Contains(id, "\n") || strings.ReplaceAll(id, "\n", "") != r.Live(marker)[1].ArticleID {
		t.Errorf("article_id %q", id)
	}
}

func TestWhatGoesWrongWithCallbacks(t *testing.T) {
	for _, c := range []struct {
		script string
		want   string // markers as they arrive; ! for a wrong signature
	}{
		{"", "abc"},
		{"callback/PUBLISHJOBFINISH=lost", "bc"},
		{"callback*@2=repeat", "abbbc"},
		{"callback*=badsign", "!abc"},
		{"callback*=hold", "bac"},
		{"callback*@2=delay(1h)", "acb"},
		{"callback/MASSSENDJOBFINISH=lost", "abc"},
	} {
		r, s := newCallback(t, Callback{}, Options{})
		script, err := ParseScript(c.script)
		if err := errors.Join(err, r.Inject(script...)); err != nil {
			t.Fatal(err)
		}
		names := map[int64]string{}
		for _, m := range []string{"a", "b", "c"} {
			names[r.submit(r.draft(marker+m))] = m
			r.clock.add(time.Second)
		}
		r.Deliver(t.Context())
		r.clock.add(2 * time.Hour)
		r.Deliver(t.Context())
		var got strings.Builder
		for _, l := range s.letters {
			if q := l.query; q.Get("signature") != signature(callbackToken, q.Get("timestamp"), q.Get("nonce")) {
				got.WriteByte('!')
			}
			got.WriteString(names[l.read(t).Publish.ID])
		}
		if got.String() != c.want {
			t.Errorf("%s: %s, want %s", c.script, got.String(), c.want)
		}
	}
}

func TestACallbackMayOvertakeTheReply(t *testing.T) {
	r, s := newCallback(t, Callback{}, Options{Review: time.Hour})
	if err := r.Inject(Fault{Path: "callback*", Kind: "early", Times: 2}); err != nil {
		t.Fatal(err)
	}
	arrived := false
	s.on = func() {
		arrived = len(r.requests) > 0 && r.requests[len(r.requests)-1].Path == "/cgi-bin/freepublish/submit"
	}
	id := r.submit(r.draft(marker))
	if len(s.letters) != 1 || s.letters[0].read(t).Publish.ID != id || !arrived || len(r.Live(marker)) != 1 {
		t.Fatalf("%d letters when submit was answered", len(s.letters))
	}
	r.mass(r.draft(marker), "key")
	if len(s.letters) != 2 || s.letters[1].read(t).Event != massEvent {
		t.Fatalf("%d letters when sendall was answered", len(s.letters))
	}
}

func TestASlowOrBrokenServerIsAskedThreeTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		w, err := New(Options{Review: -1, Caller: s, Accounts: []Account{{AppID: appid, Callback: Callback{URL: "https://oa.example.gov.cn/"}}}})
		if err != nil {
			t.Fatal(err)
		}
		publish := func() Delivery {
			s.letters = nil
			w.mu.Lock()
			a := w.world.Accounts[appid]
			w.announce(a, publishEvent, w.jobNews(a, &job{ID: 7, Status: 3}, nil), fate{}, w.now())
			w.mu.Unlock()
			w.Deliver(t.Context())
			list := w.Deliveries()
			return list[len(list)-1]
		}
		start := time.Now()
		s.after = 4 * time.Second
		if d := publish(); d.Tries != 1 || d.Status != 200 || d.Error != "" {
			t.Errorf("in time: %+v", d)
		}
		s.after = 6 * time.Second
		if d := publish(); d.Tries != 3 || len(s.letters) != 3 || d.Status != 0 || d.Error == "" || time.Since(start) != 19*time.Second {
			t.Errorf("too slow: %+v after %s", d, time.Since(start))
		}
		s.after, s.status = 0, 500
		if d := publish(); d.Tries != 3 || d.Status != 500 {
			t.Errorf("broken: %+v", d)
		}
	})
}

func TestKeepPostsCallbacksWhenTheyAreDue(t *testing.T) {
	got := make(chan string, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got <- string(b)
	}))
	defer srv.Close()
	r := newRig(t, Options{Accounts: []Account{{AppID: appid, Secret: secret, Callback: Callback{URL: srv.URL, JSON: true}}}, Now: time.Now, Review: 30 * time.Millisecond})
	go r.Keep(t.Context())
	r.submit(r.draft(marker))
	if body := <-got; !strings.Contains(body, `"PUBLISHJOBFINISH"`) {
		t.Error(body)
	}
}

func TestTheAddressOfCallbacksMustEcho(t *testing.T) {
	r, s := newCallback(t, Callback{Mode: "safe", AESKey: callbackKey}, Options{})
	if err := r.VerifyCallback(t.Context(), appid); err != nil {
		t.Error(err)
	}
	q := s.letters[0].query
	if q.Get("echostr") == "" || q.Get("signature") != signature(callbackToken, q.Get("timestamp"), q.Get("nonce")) {
		t.Error(q)
	}
	s.status = 403
	if err := r.VerifyCallback(t.Context(), appid); err == nil {
		t.Error("a server that refuses is verified")
	}
	for _, b := range []Callback{{URL: "x"}, {URL: "https://a.example", Mode: "secret"}, {URL: "https://a.example", Mode: "safe", AESKey: "short"}} {
		if _, err := New(Options{Accounts: []Account{{AppID: appid, Callback: b}}}); err == nil {
			t.Errorf("%+v is taken", b)
		}
	}
}

func TestACallbackIsNotPostedBeforeItIsSaved(t *testing.T) {
	r, s := newCallback(t, Callback{}, Options{})
	r.submit(r.draft(marker))
	r.clock.add(time.Second)
	var url string
	s.on = func() {
		next, err := New(r.o)
		if err != nil {
			t.Error(err)
			return
		}
		url = next.Live(marker)[0].ArticleID
	}
	r.Deliver(t.Context())
	if !bytes.Contains(s.letters[0].body, []byte(url)) || url == "" {
		t.Errorf("after a kill the article is %q, the callback says %s", url, s.letters[0].body)
	}
}

func TestACallbackMayCauseTheNextOne(t *testing.T) {
	r, s := newCallback(t, Callback{}, Options{})
	if err := r.Inject(Fault{Path: "callback*", Kind: "early", Times: 2}); err != nil {
		t.Fatal(err)
	}
	first, second := r.draft(marker), r.draft(marker+"b")
	s.on = func() { // a server that submits the next draft before it answers
		s.on = nil
		r.submit(second)
	}
	r.submit(first)
	if len(s.letters) != 2 {
		t.Errorf("%d letters", len(s.letters))
	}
}
