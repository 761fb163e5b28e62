//go:build unix

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tongfa/scheduler"
	"tongfa/standin"
)

// crasher is the name under which the test binary is the daemon that is killed.
const crasher = "tongfa-crashing"

// crashMode is a channel in one of its modes.
type crashMode struct {
	name    string
	channel string
	items   int
	yaml    string // keys of the channel
	files   bool   // file operations are counted
	slots   int    // lives that are led at the same time: some wait more than they work
	every   int    // of its file operations one in so many is taken, unless -crash.all; 0 for all
}

func crashModes() []crashMode {
	const hasty = "settle: 50ms\n    quotas: {freepublish_delete: 1000000}\n    "
	return []crashMode{
		{"wechat mass", "wechat", 1, hasty + "when: on release\n    mode: mass", false, 5, 0},
		{"wechat publish", "wechat", 1, hasty + "when: on release\n    mode: publish", false, 3, 0},
		{"wechat publish, 8 in a message", "wechat", 8, hasty + "when: on release\n    mode: publish\n    per_message: 8", false, 4, 0},
		{"wechat draft", "wechat", 1, hasty + "when: on release\n    mode: draft", false, 2, 0},
		{"site", "site", 1, "", true, 3, 3},
		{"gazette", "gazette", 1, "", true, 5, 6}, // it writes some hundred files, and a life takes longer than that of the others
	}
}

const crashYAML = `office: 示例区人民政府办公室
data: ./data
listen: %[1]s
allow_private: [127.0.0.0/8]
verify: {after: [1h]}
channels:
  site:
    kind: site
    when: on release
    root: ./public
    url: http://%[2]s
    serve: %[2]s
    site_name: 示例区人民政府
    site_id_code: "3700000001"
`

const crashWeChatYAML = `  wechat:
    kind: wechat
    after: [site]
    appid: wx0123456789abcdef
    secret: {file: secret}
    base_url: http://%[1]s
    articles: http://%[1]s
    %[2]s
`

const crashGazetteYAML = `  gazette:
    kind: gazette
    when: ["@every 1s"]
    issue: auto
    name: 示例区人民政府公报
`

// slot is a place where one run after another is made, with addresses and folders of its own.
type slot struct {
	dir                string
	deskAt, siteAt, wx string
	template           string // folder that runs are copied from; "" before the first

	world http.Server
	mu    sync.Mutex
	serve http.Handler
}

func newSlot(t *testing.T) *slot {
	s := &slot{dir: memoryDir(t), deskAt: quietPort(t), siteAt: quietPort(t), wx: quietPort(t)}
	l, err := net.Listen("tcp", s.wx)
	if err != nil {
		t.Fatal(err)
	}
	s.world.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		h := s.serve
		s.mu.Unlock()
		h.ServeHTTP(w, r)
	})
	go s.world.Serve(l)
	t.Cleanup(func() { _ = s.world.Close() })
	return s
}

// quietPort is an address that nobody else takes between two daemons that listen there: where the machine has more than one address of its own,
// at one that nobody uses, and below the ports that connections are given by chance.
func quietPort(t testing.TB) string {
	for n := range 1000 {
		host := fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254))
		if n%2 == 1 {
			host = "127.0.0.1"
		}
		l, err := net.Listen("tcp", fmt.Sprintf("%s:%d", host, 12000+rand.IntN(20000)))
		if err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}

// memoryDir is a folder that is gone after the test, in memory where there is a place for that: a commit waits for the disk.
func memoryDir(t testing.TB) string {
	if dir, err := os.MkdirTemp("/dev/shm", "tongfa-test"); err == nil {
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		return dir
	}
	return t.TempDir()
}

func (s *slot) answer(h http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serve = h
}

// prepare makes the folder that the runs of a mode are copied from: configuration, ledger with approved items that are due, one that is not
// approved, one that is not due, and for the official account the pages behind 阅读原文.
func (s *slot) prepare(ctx context.Context, t testing.TB, m crashMode) (dir string, err error) {
	o := &office{t: t, dir: filepath.Join(s.dir, "template-"+strings.ReplaceAll(m.name, " ", "-"))}
	yaml := fmt.Sprintf(crashYAML, s.deskAt, s.siteAt)
	wants := []string{m.channel}
	switch m.channel {
	case "wechat":
		yaml += fmt.Sprintf(crashWeChatYAML, s.wx, m.yaml)
		wants = []string{"site", "wechat"}
	case "gazette":
		yaml += crashGazetteYAML
		wants = []string{"gazette"}
	}
	o.write("tongfa.yaml", []byte(yaml))
	o.write("secret", []byte("rehearsal-only"))
	for n := range m.items {
		o.item(n+1, map[string]any{"channels": wants})
	}
	o.secondRevision(1, wants)
	if m.channel == "gazette" {
		o.move(o.item(2, map[string]any{"channels": wants}), nextIssue)
	}
	o.item(unapproved, map[string]any{"channels": wants, "approvals": []any{}})
	o.item(notDue, map[string]any{"channels": wants, "release_at": time.Now().Add(24 * time.Hour).Format(time.RFC3339)})
	a := &app{out: io.Discard, err: os.Stderr, config: filepath.Join(o.dir, "tongfa.yaml")}
	return o.dir, a.within(ctx, func(h *house) error {
		if err := h.setUp(ctx); err != nil {
			return err
		}
		if err := fileLife(ctx, h, filepath.Join(o.dir, "in")); err != nil || m.channel != "wechat" {
			return err
		}
		return s.pagesFirst(ctx, o.dir, h)
	})
}

// pagesFirst publishes and verifies what goes on the website, as the official account waits for it.
func (s *slot) pagesFirst(ctx context.Context, dir string, h *house) error {
	l, err := net.Listen("tcp", s.siteAt)
	if err != nil {
		return err
	}
	site := httptest.Server{Listener: l, Config: &http.Server{Handler: http.FileServer(http.Dir(filepath.Join(dir, "public")))}}
	site.Start()
	defer site.Close()
	_, err = scheduler.New(scheduler.Options{Store: store{h.led, true}, Channels: h.lanes[:1]}).Pass(ctx, h.now())
	return err
}

// life is one run of a daemon from its first start to the end of its items, with at most one violent death.
type life struct {
	s       *slot
	m       crashMode
	dir     string
	outside *standin.WeChat
	kind    string // of the moment of death; "" for none
	at      int

	mu     sync.Mutex
	calls  int
	ahead  time.Duration // how far time was put forward
	child  *exec.Cmd
	points []string // of the first daemon
	died   string   // where it was killed
	wrong  []string
	made   map[string][]byte // files of issues of the gazette, when they were inspected last
	errata int               // that the gazette prints, when it was inspected last
	report lifeReport
	took   time.Duration
}

// run is a whole life. An error is one of the test itself.
func (l *life) run(ctx context.Context, template string) error {
	l.dir = filepath.Join(l.s.dir, "run")
	if err := errors.Join(os.RemoveAll(l.dir), os.CopyFS(l.dir, os.DirFS(template))); err != nil {
		return err
	}
	if err := os.Chmod(filepath.Join(l.dir, "secret"), 0o600); err != nil {
		return err
	}
	var err error
	l.outside, err = standin.New(standin.Options{Accounts: []standin.Account{{AppID: "wx0123456789abcdef", Secret: "rehearsal-only", Service: true}},
		Review: 30 * time.Millisecond, PublicURL: "http://" + l.s.wx, Quotas: map[string]int{"*": -1}})
	if err != nil {
		return err
	}
	l.s.answer(l)
	began := time.Now()
	defer func() { l.took = time.Since(began) }()
	ended, err := l.daemon(ctx, l.kind, l.at)
	if err != nil || ended {
		l.inspect("at the end")
		return err
	}
	l.inspect("after the kill")
	ended, err = l.daemon(ctx, "", 0)
	if err == nil && !ended {
		err = errors.New("the second daemon did not come to the end")
	}
	l.inspect("at the end")
	return err
}

// lifeTime is the longest that one daemon may live.
const lifeTime = 40 * time.Second

// daemon starts a daemon and reports whether it came to the end of its items.
func (l *life) daemon(ctx context.Context, kind string, at int) (ended bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, lifeTime)
	defer cancel()
	r, w, err := os.Pipe()
	if err != nil {
		return false, err
	}
	exe, err := os.Executable()
	if err != nil {
		return false, err
	}
	c := exec.CommandContext(ctx, exe)
	c.Args = []string{crasher, kind, fmt.Sprint(at), "http://" + l.s.wx}
	c.Dir, c.ExtraFiles = l.dir, []*os.File{w}
	log := &lastLines{}
	c.Stderr = log
	if err := c.Start(); err != nil {
		return false, errors.Join(err, r.Close(), w.Close())
	}
	l.mu.Lock()
	l.child = c
	l.mu.Unlock()
	_ = w.Close()
	ended = l.listen(r)
	err = c.Wait()
	switch {
	case ended && err == nil:
		return true, nil
	case ctx.Err() != nil:
		return false, fmt.Errorf("not over after %s; the daemon said:\n%s", lifeTime, log)
	case kind != "" && l.died != "":
		return false, nil
	case ended:
		return false, fmt.Errorf("the daemon came to the end and said %w:\n%s", err, log)
	}
	return false, fmt.Errorf("the daemon ended with %v and said:\n%s", err, log)
}

// listen reads the moments that a daemon tells.
func (l *life) listen(r *os.File) (ended bool) {
	defer r.Close()
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return ended
		}
		kind, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, what, _ := strings.Cut(rest, " ")
		if kind == "end" {
			ended = json.Unmarshal([]byte(what), &l.report) == nil
			continue
		}
		l.moment(kind, n, strings.ReplaceAll(what, l.dir, ""))
	}
}

// moment notes a moment of a daemon's life.
func (l *life) moment(kind, n, what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.died != "" {
		return
	}
	name := strings.TrimSpace(kind + " " + n + " " + what)
	l.points = append(l.points, name)
	if kind == l.kind && n == fmt.Sprint(l.at) {
		l.died = name
	}
}

// ServeHTTP is the world outside. At the chosen call the daemon is killed before the call has an effect, or after it and before the answer.
func (l *life) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if person, ok := strings.CutPrefix(r.URL.Path, "/person/"); ok {
		l.person(w, r, person)
		return
	}
	l.mu.Lock()
	l.calls++
	n, alive, child := fmt.Sprint(l.calls), l.died == "", l.child
	l.mu.Unlock()
	l.moment(beforeEffect, n, r.URL.Path)
	if alive && l.kind == beforeEffect && n == fmt.Sprint(l.at) {
		_ = child.Process.Kill()
		panic(http.ErrAbortHandler)
	}
	got := httptest.NewRecorder()
	l.outside.ServeHTTP(got, r)
	l.moment(afterEffect, n, r.URL.Path)
	if alive && l.kind == afterEffect && n == fmt.Sprint(l.at) {
		_ = child.Process.Kill()
		panic(http.ErrAbortHandler)
	}
	for k, v := range got.Header() {
		w.Header()[k] = v
	}
	l.mu.Lock()
	w.Header().Set("Date", time.Now().Add(l.ahead).UTC().Format(http.TimeFormat))
	l.mu.Unlock()
	w.WriteHeader(got.Code)
	_, _ = w.Write(got.Body.Bytes())
}

// person is what people do in the world outside.
func (l *life) person(w http.ResponseWriter, r *http.Request, what string) {
	switch what {
	case "publish":
		for _, d := range l.outside.Drafts() {
			if err := l.outside.PublishDraft(d.AppID, d.MediaID); err != nil {
				http.Error(w, err.Error(), http.StatusConflict)
			}
		}
	case "travel":
		by, _ := time.ParseDuration(r.URL.Query().Get("by"))
		l.outside.Travel(by)
		l.mu.Lock()
		l.ahead += by
		l.mu.Unlock()
		fallthrough
	case "clock":
		l.mu.Lock()
		defer l.mu.Unlock()
		_ = json.NewEncoder(w).Encode(l.ahead)
	case "link":
		link := ""
		for _, a := range l.outside.Articles() {
			if a.Title == r.URL.Query().Get("title") && !a.Deleted && !a.Banned {
				link = a.URL
			}
		}
		_ = json.NewEncoder(w).Encode(link)
	}
}

func urlText(s string) string { return url.QueryEscape(s) }
