package wechat

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tongfa/channels"
	"tongfa/channels/channeltest"
	"tongfa/config"
	"tongfa/press"
	"tongfa/standin"
	"tongfa/workday"
)

const account = "wx0123456789abcdef"

// testSettle is the settle of the tests, and with it how long a list may lag.
const (
	testSettle = 5 * time.Second
	draftLag   = draftLags * testSettle
	submitLag  = submitLags * testSettle
)

// line is the network between an account and the stand-in: it counts the calls and can break each of them.
type line struct {
	to http.RoundTripper

	mu     sync.Mutex
	calls  int
	broken map[int]channeltest.Fault
	hook   func(*http.Request) // sees every call; may be nil
	dial   bool                // a lost question is one for which no connection came about
}

func (l *line) breakAfter(kind channeltest.Fault, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken[l.calls+n] = kind
}

func (l *line) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls
}

func (l *line) take(r *http.Request) channeltest.Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	kind := l.broken[l.calls]
	delete(l.broken, l.calls)
	l.calls++
	if l.hook != nil {
		l.hook(r)
	}
	return kind
}

// RoundTrip implements http.RoundTripper.
func (l *line) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	kind := l.take(r)
	if kind == channeltest.LostBefore {
		if l.dial {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: fmt.Errorf("connection refused")}
		}
		return nil, fmt.Errorf("write to %s: broken pipe", r.URL) // as an error that tells the address does
	}
	res, err := l.to.RoundTrip(r)
	switch {
	case err != nil || kind == "":
		return res, err
	case kind == channeltest.LostAfter:
		res.Body.Close()
		return nil, fmt.Errorf("read answer of %s: %w", r.URL, io.ErrUnexpectedEOF)
	}
	res.Body.Close()
	res.Body = io.NopCloser(strings.NewReader("<html><title>上网认证</title></html>"))
	return res, nil
}

// office is an account under test with a stand-in, a memory in place of the ledger and a clock that moves when it is told to.
type office struct {
	t      testing.TB
	c      *Channel
	we     *standin.WeChat
	memory *channeltest.Memory
	line   *line
	logs   *bytes.Buffer
	conf   config.WeChat

	mu    sync.Mutex
	now   time.Time
	items int
}

type setup struct {
	conf    func(*config.WeChat)
	standin func(*standin.Options)
}

func newOffice(t testing.TB, mode string, change ...setup) *office {
	t.Helper()
	w := &office{t: t, now: time.Date(2026, 11, 24, 18, 0, 0, 0, beijing()), logs: &bytes.Buffer{}}
	w.conf = config.WeChat{
		Account: "示例区发布", AppID: account, Secret: config.NewSecret(channeltest.Secret), Mode: mode, BaseURL: "https://standin.example.gov.cn",
		Articles: "https://mp.example.gov.cn", Recover: 24 * time.Hour, Settle: testSettle,
	}
	o := standin.Options{
		Now: w.clock, Review: time.Minute, PublicURL: "https://mp.example.gov.cn",
		Accounts: []standin.Account{{AppID: account, Secret: channeltest.Secret, Name: "示例区发布", MassPerDay: -1}},
	}
	for _, s := range change {
		if s.conf != nil {
			s.conf(&w.conf)
		}
		if s.standin != nil {
			s.standin(&o)
		}
	}
	var err error
	if w.we, err = standin.New(o); err != nil {
		t.Fatal(err)
	}
	w.line = &line{to: w.we.Transport(), broken: map[int]channeltest.Fault{}}
	w.memory = channeltest.NewMemory(w.clock)
	w.c = w.open()
	return w
}

// open makes the channel anew, as after a restart of the program.
func (w *office) open() *Channel {
	w.t.Helper()
	c, err := New(w.conf, Options{
		Blobs: w.memory, Get: channels.NewGetter([]netip.Prefix{}, w.line), Now: w.clock, Transport: w.line,
		Log: slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *office) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *office) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// entry is an item with everything that an article can show.
func (w *office) entry(change ...func(*press.Entry)) press.Entry {
	w.mu.Lock()
	w.items++
	n := w.items
	w.mu.Unlock()
	picture := drawing(40, 30, n)
	digest := w.memory.Put(picture)
	e := press.Entry{
		Item: press.Item{ID: press.ItemID(fmt.Sprintf("20261124-w%05d", n)), Kind: press.Policy},
		Revision: press.Revision{
			Number: 1, Title: fmt.Sprintf("关于第%d项工作的通知", n),
			Body: []press.Block{
				{Kind: press.Paragraph, Align: press.AlignLeft, Spans: []press.Span{{Text: "各街道办事处，区政府各部门："}}},
				press.P(fmt.Sprintf("现将第%d项工作的有关事项通知如下。", n)), press.H(1, "一、总体要求"), {Kind: press.Paragraph, Spans: []press.Span{{Text: "坚持以人民为中心，依法依规推进，按期", Note: "依据见https://www.example.org/gb。"}, {Text: "完成"}, {Text: "。", Note: "以印发之日为准。"}}},
				{Kind: press.Figure, Picture: &press.Picture{Digest: digest, Alt: "办事流程图", Caption: "图1 办事流程"}},
			},
			Images: []press.Asset{{Digest: digest, Name: "图1.png", MIME: "image/png", Size: int64(len(picture))}},
			Meta: press.Meta{Issuer: "示例区人民政府办公室", DocNumber: fmt.Sprintf("示政办发〔2026〕%d号", n), Summary: "关于工作的通知",
				FormedOn: workday.Date{Year: 2026, Month: 11, Day: 20}},
		},
		Links: []press.Link{{Rel: press.LinkCanonical, Title: "网页", URL: fmt.Sprintf("https://www.example.gov.cn/content/%d.html", n)}},
	}
	e.Item.Head = 1
	for _, f := range change {
		f(&e)
	}
	e.Revision.Item = e.Item.ID
	e.Revision.Digest = e.Revision.Sum()
	return e
}

// drawing is a small PNG; every seed gives another.
func drawing(width, height, seed int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	m.Set(seed%width, seed/width%height, color.RGBA{R: 200, G: uint8(seed), B: 30, A: 255})
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.NoCompression} // setting up to compress takes longer than anything else of a test
	if err := enc.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func (w *office) compose(entries ...press.Entry) press.Edition {
	e := press.Edition{Slot: press.Slot{Channel: "wechat", At: w.clock()}, Entries: entries}
	w.mu.Lock()
	e.Seq = w.items
	w.mu.Unlock()
	w.memory.Compose(&e, w.c)
	return e
}

func (w *office) edition(n int) press.Edition {
	var entries []press.Entry
	for range n {
		entries = append(entries, w.entry())
	}
	return w.compose(entries...)
}

func (w *office) deliver(a press.Act) (press.Receipt, error) {
	r, err := channels.Deliver(context.Background(), w.c, a, w.memory.Journal(a.ID))
	if err == nil {
		w.memory.Settle(a, r)
	}
	return r, err
}

// publish delivers an edition until it is live, and gives its entries back as the ledger knows them afterwards.
func (w *office) publish(e press.Edition) []press.Entry {
	w.t.Helper()
	a := w.memory.Open(press.Publish, e)
	for range 4 {
		r, err := w.deliver(a)
		if err != nil {
			w.t.Fatal(err)
		}
		if r.Status == press.Live {
			return w.memory.Open(press.Publish, e).Edition.Entries
		}
		w.advance(2 * time.Minute)
	}
	w.t.Fatal("never became live")
	return nil
}

// out counts what is out there with a marker: public, or accepted and not yet decided, or, for a person to publish, in the draft box.
func (w *office) out(marker string) (n int) {
	for _, a := range w.we.Articles() {
		if markerIn(a.Marker) == marker && !a.Deleted {
			n++
		}
	}
	for _, e := range w.we.Effects() {
		if !slices.ContainsFunc(e.Markers, func(s string) bool { return markerIn(s) == marker }) {
			continue
		}
		switch e.Kind {
		case "submit", "mass":
			n++
		case "published", "pushed", "refused":
			n--
		}
	}
	return n + w.drafts(marker)
}

// drafts counts the drafts with a marker where a person is to publish them; elsewhere a second draft is only litter.
func (w *office) drafts(marker string) (n int) {
	if w.conf.Mode != modeDraft {
		return 0
	}
	for _, d := range w.we.Drafts() {
		if slices.ContainsFunc(d.Markers, func(s string) bool { return markerIn(s) == marker }) {
			n++
		}
	}
	return n
}

// article is the public article with a marker.
func (w *office) article(marker string) (standin.LiveArticle, bool) {
	for _, a := range w.we.Articles() {
		if markerIn(a.Marker) == marker && !a.Deleted {
			return a, true
		}
	}
	return standin.LiveArticle{}, false
}

// page is what the public gets, without the line.
func (w *office) page(address string) []byte {
	w.t.Helper()
	p, err := channels.NewGetter([]netip.Prefix{}, w.we.Transport()).Get(context.Background(), address)
	if err != nil {
		w.t.Fatal(err)
	}
	return p.Body
}

func (w *office) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *office) test() error {
	_, err := w.c.Test(context.Background())
	return err
}

// effects counts what happened out there, by kind.
func (w *office) effects(kind string) (n int) {
	for _, e := range w.we.Effects() {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// blobs gives files by a function.
type blobs func(digest string) []byte

func (b blobs) Blob(_ context.Context, digest string) ([]byte, error) { return b(digest), nil }
