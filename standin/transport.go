package standin

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
)

// Transport answers requests to any host out of this stand-in, without a socket: for clients whose time is fake (testing/synctest) and for
// a replay. Broken connections arrive as io.ErrUnexpectedEOF. A client that gives up gets its context's error at once, while the call it made
// goes its own way, as behind a real network.
func (w *WeChat) Transport() http.RoundTripper { return wire{w} }

type wire struct{ w *WeChat }

// RoundTrip implements http.RoundTripper.
func (t wire) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		b, err := io.ReadAll(req.Body)
		if err = errors.Join(err, req.Body.Close()); err != nil {
			return nil, err
		}
		body = b
	}
	if err := req.Context().Err(); err != nil {
		return nil, err // nothing was sent
	}
	got := make(chan *answered, 1)
	go func() { got <- t.serve(req, body) }()
	select {
	case a := <-got:
		if a.late && req.Context().Err() != nil {
			return nil, context.Cause(req.Context())
		}
		return a.response(req)
	case <-req.Context().Done():
		return nil, context.Cause(req.Context())
	}
}

// serve makes a server's request of a client's and runs the handler.
func (t wire) serve(req *http.Request, body []byte) (a *answered) {
	r := req.Clone(req.Context())
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	r.RequestURI, r.RemoteAddr = req.URL.RequestURI(), "127.0.0.1:1"
	if r.Host == "" {
		r.Host = req.URL.Host
	}
	a = &answered{header: http.Header{}}
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			a.broken = true
		default:
			panic(p)
		}
	}()
	t.w.ServeHTTP(a, r)
	return a
}

// answered is an http.ResponseWriter that remembers.
type answered struct {
	header  http.Header
	status  int
	body    bytes.Buffer
	flushed bool
	broken  bool
	late    bool // the client gave up

	unreachable bool
}

func (a *answered) Header() http.Header { return a.header }

func (a *answered) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answered) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// Flush marks what was written as sent, so that a connection that breaks later has delivered it.
func (a *answered) Flush() { a.flushed = true }

func (a *answered) response(req *http.Request) (*http.Response, error) {
	switch {
	case a.unreachable:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	case a.late:
		return nil, context.DeadlineExceeded
	case a.broken && !a.flushed:
		return nil, io.ErrUnexpectedEOF
	}
	unzip := a.header.Get("Content-Encoding") == "gzip" && req.Header.Get("Accept-Encoding") == ""
	a.WriteHeader(http.StatusOK)
	var body io.Reader = &a.body
	length := int64(a.body.Len())
	if a.broken {
		body, length = io.MultiReader(body, brokenOff{}), -1
	}
	if unzip { // as http.Transport does for those who did not ask
		a.header.Del("Content-Encoding")
		body, length = &unzipping{from: body}, -1
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", a.status, http.StatusText(a.status)), StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: io.NopCloser(body), ContentLength: length, Request: req,
	}, nil
}

// unzipping fails where a reply is not compressed after all.
type unzipping struct {
	from io.Reader
	z    *gzip.Reader
}

func (u *unzipping) Read(p []byte) (int, error) {
	if u.z == nil {
		z, err := gzip.NewReader(u.from)
		if err != nil {
			return 0, err
		}
		u.z = z
	}
	return u.z.Read(p)
}

// brokenOff is the end of a reply that did not arrive.
type brokenOff struct{}

func (brokenOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
