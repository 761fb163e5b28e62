package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"tongfa/channels/site"
	"tongfa/standin"
)

// network is what stands for the world in a replay: the WeChat stand-in and the website's own server, in this process.
type network struct {
	wechat *standin.WeChat
	faults float64

	mu   sync.Mutex
	rnd  *rand.Rand
	site http.Handler
	stop context.CancelFunc // of the pass under way
	left int                // calls until the daemon is ended; 0 for never
	calm bool               // no faults any more: the year is over
	seen int64              // of the stand-in's log, up to here

	calls, spoilt int // of the interface
	pages         int // page views that failed
}

func newNetwork(now func() time.Time, faults float64, seed int64) (*network, error) {
	w, err := standin.New(standin.Options{
		Now: now, Seed: seed, Review: 4 * time.Minute, NoWait: true, PublicURL: "http://mp.example.test",
		Accounts: []standin.Account{{AppID: "wx0123456789abcdef", Secret: "replay-only", Name: "示例区发布", Service: true}},
	})
	if err != nil {
		return nil, fmt.Errorf("微信模拟接口启动不了：%w", err)
	}
	n := &network{wechat: w, faults: faults, rnd: rand.New(rand.NewPCG(uint64(seed), 2))}
	if faults > 0 {
		if err := w.Inject(standin.Fault{Kind: "any", Rate: faults}); err != nil {
			return nil, fmt.Errorf("故障设不了：%w", err)
		}
	}
	return n, nil
}

// serve lets the website of a house answer.
func (n *network) serve(h *house) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range h.lanes {
		if s, ok := l.Driver.(*site.Site); ok {
			n.site = s.Handler(nil)
		}
	}
}

// stopSoon ends the daemon at one of its next calls, in the middle of whatever it does.
func (n *network) stopSoon() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.left = 1 + n.rnd.IntN(40)
}

// until is the context of a pass, which ends when the daemon is ended.
func (n *network) until(ctx context.Context) (context.Context, context.CancelFunc) {
	n.mu.Lock()
	defer n.mu.Unlock()
	ctx, n.stop = context.WithCancel(ctx)
	return ctx, n.stop
}

// count reads what was called since the last time, and what of it was spoilt.
func (n *network) count() {
	for _, e := range n.wechat.Log() {
		if e.Seq <= n.seen {
			continue
		}
		n.seen = e.Seq
		if !strings.HasPrefix(e.Path, "/cgi-bin/") {
			continue // a reader's view of an article
		}
		n.calls++
		if e.Fault != "" {
			n.spoilt++
		}
	}
}

// becalm ends all faults.
func (n *network) becalm() {
	n.wechat.ClearFaults()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.calm, n.left = true, 0
}

// published is the address of the article with a copy's marker, as whoever looks at the account finds it; "" where there is none.
func (n *network) published(marker string) string {
	for _, article := range n.wechat.Articles() {
		if m, ok := markerOf(article); ok && m == marker {
			return article.URL
		}
	}
	return ""
}

// markerOf is the marker of the copy that an article is, "" for a stranger, and whether a reader can read it.
func markerOf(article standin.LiveArticle) (marker string, ok bool) {
	u, err := url.Parse(article.Marker)
	if err != nil || article.Deleted || article.Banned {
		return "", false
	}
	return u.Query().Get("wxk"), true
}

// errOutage is how a page view fails that the network does not let through.
var errOutage = errors.New("connection reset by the replay")

// RoundTrip implements http.RoundTripper.
func (n *network) RoundTrip(req *http.Request) (*http.Response, error) {
	page := req.URL.Host == "www.example.test"
	handler, fails := n.strike(page)
	switch {
	case !page:
		return n.wechat.Transport().RoundTrip(req)
	case fails:
		return nil, errOutage
	}
	return answer(handler, req)
}

// strike ends the daemon if its time has come, and says whether a page view fails.
func (n *network) strike(page bool) (site http.Handler, fails bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.left > 0 {
		if n.left--; n.left == 0 {
			n.stop()
		}
	}
	if page && !n.calm && n.rnd.Float64() < n.faults {
		n.pages++
		return nil, true
	}
	return n.site, false
}

// answer lets a handler answer a client's request without a socket.
func answer(h http.Handler, req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	r := req.Clone(req.Context())
	r.RequestURI, r.RemoteAddr = req.URL.RequestURI(), "127.0.0.1:1"
	w := &written{header: http.Header{}, status: http.StatusOK}
	h.ServeHTTP(w, r)
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: w.header,
		Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: req,
	}, nil
}

// written is what a handler wrote.
type written struct {
	header http.Header
	status int
	begun  bool
	body   bytes.Buffer
}

func (w *written) Header() http.Header { return w.header }

func (w *written) WriteHeader(status int) {
	if !w.begun {
		w.begun, w.status = true, status
	}
}

func (w *written) Write(b []byte) (int, error) {
	w.begun = true
	return w.body.Write(b)
}
