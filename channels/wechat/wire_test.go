package wechat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/silenceper/wechat/v2/util"

	"tongfa/channels/channeltest"
	"tongfa/config"
	"tongfa/press"
	"tongfa/standin"
)

// Accounts of one program use one library with one client, and each goes its own way.
func TestSeveralAccountsAtOnce(t *testing.T) {
	var offices []*office
	for i, mode := range []string{modePublish, modeMass, modePublish, modeDraft} {
		id := fmt.Sprintf("wx000000000000000%d", i)
		w := newOffice(t, mode, setup{
			conf:    func(c *config.WeChat) { c.AppID, c.BaseURL = id, fmt.Sprintf("https://api%d.example.gov.cn/gate", i) },
			standin: func(o *standin.Options) { o.Accounts[0].AppID = id },
		})
		gate := w.line.to
		w.line.to = roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "mp.example.gov.cn" {
				return gate.RoundTrip(r)
			}
			if want := fmt.Sprintf("api%d.example.gov.cn", i); r.URL.Host != want || !strings.HasPrefix(r.URL.Path, "/gate/cgi-bin/") {
				return nil, fmt.Errorf("went astray to %s%s", r.URL.Host, r.URL.Path)
			}
			r.URL.Path = strings.TrimPrefix(r.URL.Path, "/gate")
			return gate.RoundTrip(r)
		})
		offices = append(offices, w)
	}
	var wg sync.WaitGroup
	for _, w := range offices {
		for range 6 {
			e := w.edition(2)
			a := w.memory.Open(press.Publish, e)
			wg.Go(func() {
				r, err := w.goOn(a)
				if err != nil || r.Status != press.Live && w.conf.Mode != modeDraft || w.out(e.Entries[0].Copy.Marker) != 1 {
					t.Errorf("%s: %s %v", w.conf.AppID, r.Status, err)
				}
			})
		}
	}
	wg.Wait()
	for _, w := range offices {
		for _, l := range w.we.Log() {
			if l.AppID != w.conf.AppID && strings.HasPrefix(l.Path, "/cgi-bin/") {
				t.Errorf("a call of %q reached %s", l.AppID, w.conf.AppID)
			}
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestWhatIsNotAnAccountsGoesOnAsItDid(t *testing.T) {
	newOffice(t, modePublish)
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/from" {
			http.Redirect(rw, r, "/to", http.StatusFound)
			return
		}
		fmt.Fprint(rw, r.URL.Path)
	}))
	defer srv.Close()
	if b, err := util.HTTPGet(srv.URL + "/from"); err != nil || string(b) != "/to" {
		t.Errorf("%q %v", b, err)
	}
}

// real makes an account that speaks to a server through a real transport.
func real(t *testing.T, base string, transport http.RoundTripper) *Channel {
	t.Helper()
	c, err := New(config.WeChat{AppID: account, Secret: config.NewSecret(channeltest.Secret), BaseURL: base, Mode: modePublish},
		Options{Blobs: blobs(nil), Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	c.cache.token, c.cache.until = strings.Repeat("t", 100), c.o.Now().AddDate(1, 0, 0)
	return c
}

func TestWhetherAWriteWasExecuted(t *testing.T) {
	answer := func(f http.HandlerFunc) *httptest.Server {
		srv := httptest.NewServer(f)
		t.Cleanup(srv.Close)
		return srv
	}
	closed := answer(nil)
	closed.Close()
	hangUp := answer(func(rw http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) })
	status := func(code int) *httptest.Server {
		return answer(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(code) })
	}
	redirected := answer(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/steal" {
			t.Errorf("the token went to %s", r.URL)
		}
		http.Redirect(rw, r, "/steal?"+r.URL.RawQuery, http.StatusTemporaryRedirect)
	})
	refusing := answer(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusForbidden) })
	proxy, _ := url.Parse(refusing.URL)
	tlsOnly := httptest.NewUnstartedServer(http.NotFoundHandler())
	tlsOnly.Config.ErrorLog = log.New(io.Discard, "", 0)
	tlsOnly.StartTLS()
	t.Cleanup(tlsOnly.Close)
	for name, k := range map[string]struct {
		base string
		tr   http.RoundTripper
		want press.Remedy
	}{
		"nobody listens":       {closed.URL, nil, press.TryAgain},
		"no such name":         {"http://api.example.gov.cn", &http.Transport{DialContext: noName}, press.TryAgain},
		"proxy refuses":        {"https://api.example.gov.cn", &http.Transport{Proxy: http.ProxyURL(proxy)}, press.TryAgain},
		"unknown certificate":  {tlsOnly.URL, &http.Transport{}, press.TryAgain},
		"hangs up":             {hangUp.URL, nil, press.LookFirst},
		"gateway":              {status(502).URL, nil, press.LookFirst},
		"too many":             {status(429).URL, nil, press.TryLater},
		"forbidden by a proxy": {status(403).URL, nil, press.AskPerson},
		"proxy wants a name":   {status(407).URL, nil, press.AskPerson},
		"redirect":             {redirected.URL, nil, press.LookFirst},
		"endless":              {"http://api.example.gov.cn", roundTrip(endless), press.LookFirst},
	} {
		t.Run(name, func(t *testing.T) {
			c := real(t, k.base, k.tr)
			_, err := c.submitDraft(t.Context(), "m")
			if tr := press.TroubleOf(err); tr.Remedy != k.want || !han(tr.What) || strings.Contains(fmt.Sprintf("%+v %v", tr, tr.Err), "ttt") {
				t.Errorf("%+v %v", tr, tr.Err)
			}
		})
	}
}

func noName(context.Context, string, string) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "api.example.gov.cn"}}
}

// endless is an answer that does not stop.
func endless(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: readAll{}, Request: r}, nil
}

type readAll struct{}

func (readAll) Read(b []byte) (int, error) { return len(b), nil }
func (readAll) Close() error               { return nil }

func TestAConfigurationThatIsWrong(t *testing.T) {
	good := config.WeChat{AppID: account, Secret: config.NewSecret("x")}
	for name, change := range map[string]func(*config.WeChat, *Options){
		"appid":    func(c *config.WeChat, _ *Options) { c.AppID = "gh_1" },
		"mode":     func(c *config.WeChat, _ *Options) { c.Mode = "auto" },
		"base_url": func(c *config.WeChat, _ *Options) { c.BaseURL = "ftp://x" },
		"blobs":    func(_ *config.WeChat, o *Options) { o.Blobs = nil },
	} {
		c, o := good, Options{Blobs: blobs(nil)}
		change(&c, &o)
		if _, err := New(c, o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, err := New(good, Options{Blobs: blobs(nil)})
	if err != nil {
		t.Fatal(err)
	}
	if c.c.Mode != modeDraft || c.c.BaseURL != "https://api.weixin.qq.com" || c.Limits().Title != titleMax || len(c.c.Poll) == 0 {
		t.Errorf("%+v", c.c)
	}
}

// Whoever only looks at the ledger may make a channel whose secret is missing; it calls nobody.
func TestAMissingSecret(t *testing.T) {
	w := newOffice(t, modePublish)
	w.conf.Secret = config.Secret{}
	w.c = w.open()
	_, err := w.deliver(w.memory.Open(press.Publish, w.edition(1)))
	if tr := press.TroubleOf(err); tr.Remedy != press.AskPerson || tr.Who != operator || w.line.count() != 0 {
		t.Errorf("%+v after %d calls", tr, w.line.count())
	}
}

func TestAPrintedChannelKeepsItsSecret(t *testing.T) {
	w := newOffice(t, modePublish)
	w.must(w.test())
	said := fmt.Sprintf("%v %+v %#v %v", w.c, w.c, w.c, *w.c)
	if strings.Contains(said, channeltest.Secret) || strings.Contains(said, w.c.cache.known()) {
		t.Error("a printed channel tells its secret")
	}
}

func TestCodesAreReadFromTroublesOnly(t *testing.T) {
	err := errors.Join(errors.New("x"), &press.Trouble{Code: "45009"})
	if !coded(err, 1, 45009) || coded(err, 45010) || coded(errors.New("45009"), 45009) || coded(nil, 0) {
		t.Error("codes are read wrongly")
	}
}
