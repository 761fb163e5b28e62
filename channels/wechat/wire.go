package wechat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"github.com/silenceper/wechat/v2/util"
)

// mostAnswer bounds the bytes of one answer: a page of the draft list with all its contents.
const mostAnswer = 32 << 20

// exchange is one call on its way through the library: the account it belongs to, and what came back. The library tells a failure as text
// with the access token in it, or not at all; so the exchange is what is judged, and the library's errors are thrown away.
type exchange struct {
	from   *Channel
	asked  bool // the transport was used
	unsent bool // no connection came about, so that nothing can have been executed
	status int
	body   []byte
	err    error
}

type exchangeKey struct{}

func (x *exchange) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, exchangeKey{}, x)
}

// dispatchLibrary gives the library, which knows a single client for everybody, one that sends each call out by the way of the account that
// made it. It is done once, before any call; what is not an account's goes on as it did.
var dispatchLibrary = sync.OnceFunc(func() {
	util.DefaultHTTPClient = &http.Client{Transport: dispatcher{}, CheckRedirect: noRedirect}
})

// noRedirect keeps a redirect of ours from carrying the token elsewhere.
func noRedirect(_ *http.Request, via []*http.Request) error {
	if _, ours := via[0].Context().Value(exchangeKey{}).(*exchange); ours {
		return http.ErrUseLastResponse
	}
	if len(via) >= 10 {
		return errors.New("stopped after 10 redirects")
	}
	return nil
}

type dispatcher struct{}

// RoundTrip implements http.RoundTripper.
func (dispatcher) RoundTrip(r *http.Request) (*http.Response, error) {
	x, ours := r.Context().Value(exchangeKey{}).(*exchange)
	if !ours {
		return http.DefaultTransport.RoundTrip(r)
	}
	return x.roundTrip(r)
}

func (x *exchange) roundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.URL.Scheme, out.URL.Host, out.Host = x.from.base.Scheme, x.from.base.Host, ""
	out.URL.Path = x.from.base.Path + out.URL.Path
	x.asked = true
	res, err := x.send(out)
	if err != nil {
		x.err = err
		return nil, err
	}
	defer res.Body.Close()
	x.status = res.StatusCode
	x.body, x.err = io.ReadAll(io.LimitReader(res.Body, mostAnswer+1))
	if x.err == nil && len(x.body) > mostAnswer {
		x.err = fmt.Errorf("answer is larger than %d bytes", mostAnswer)
	}
	if x.err != nil {
		return nil, x.err
	}
	res.Body = http.NoBody
	if res.StatusCode == http.StatusOK {
		res.Body = io.NopCloser(bytes.NewReader(x.body))
	}
	return res, nil
}

// send uses the account's transport. A real one tells whether it ever had a connection, which also covers a proxy that refuses and a
// handshake that fails.
func (x *exchange) send(r *http.Request) (*http.Response, error) {
	if _, tells := x.from.transport.(*http.Transport); !tells {
		return x.from.transport.RoundTrip(r)
	}
	var connected atomic.Bool // the hook may run in another goroutine
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	res, err := x.from.transport.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	x.unsent = err != nil && !connected.Load()
	return res, err
}

// newTransport is the way out of an account that was given none.
func newTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSHandshakeTimeout, t.ResponseHeaderTimeout, t.IdleConnTimeout = 10*time.Second, 2*time.Minute, 30*time.Second
	return t
}
