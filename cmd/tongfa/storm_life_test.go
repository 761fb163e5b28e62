//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"modernc.org/sqlite"

	"tongfa/channels"
	"tongfa/channels/wechat"
	"tongfa/config"
	"tongfa/intake"
	"tongfa/ledger"
	"tongfa/press"
	"tongfa/scheduler"
	"tongfa/standin"
)

const stormYAML = `office: 示例区人民政府办公室
data: ./data
allow_private: [127.0.0.0/8]
channels:
  site:
    kind: site
    when: on release
    root: ./public
    url: https://www.example.gov.cn
    site_name: 示例区人民政府
    site_id_code: "3700000001"
  wechat:
    kind: wechat
    when: on release
    after: [site]
    appid: wx0123456789abcdef
    secret: {file: secret}
    callback: {token: {file: callback}}
    mode: %s
    per_message: %d
`

// storm leads one life after another in a folder.
type storm struct {
	t        testing.TB
	dir      string
	template string
	item     *office // writes packages

	p       stormPlan
	now     atomic.Int64 // true time
	behind  time.Duration
	outside *standin.WeChat
	h       *house
	death   *death
	cancel  context.CancelFunc
	heard   *hearing
	say     func(string, ...any)
	touched map[string]bool // titles whose draft or article a person has changed
	broken  []string

	callback sync.Mutex // one of the platform's messages at a time

	told int64          // the effect that was told last
	ends map[string]int // of the last life: how its copies ended
}

// death is when a process dies: from then on nothing that it does has an effect.
type death struct {
	mu    sync.Mutex
	kind  string
	left  int
	dead  bool
	after func()
}

// hit counts a moment and says whether the process is dead.
func (d *death) hit(kind string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead || kind != d.kind || d.left == 0 {
		return d.dead
	}
	if d.left--; d.left == 0 {
		d.dead = true
		d.after()
	}
	return d.dead
}

func (d *death) is() bool { d.mu.Lock(); defer d.mu.Unlock(); return d.dead }

var errDead = errors.New("the process is dead")

// deaths finds the process that a ledger's connection belongs to, by the ledger's folder.
var (
	deaths    sync.Map
	hookDeath = sync.OnceFunc(func() {
		sqlite.RegisterConnectionHook(func(c sqlite.ExecQuerierContext, dsn string) error {
			path, _, _ := strings.Cut(strings.TrimPrefix(dsn, "file:"), "?")
			found, ok := deaths.Load(path)
			if !ok {
				return nil
			}
			h, ok := c.(sqlite.HookRegisterer)
			if !ok {
				return fmt.Errorf("%T has no hooks", c)
			}
			h.RegisterCommitHook(func() int32 {
				if found.(*death).hit("die-commit") {
					return 1 // undone
				}
				return 0
			})
			return nil
		})
	})
)

func newStorm(t testing.TB) *storm {
	hookDeath()
	s := &storm{t: t, dir: memoryDir(t)}
	s.item = &office{t: t, dir: filepath.Join(s.dir, "packages")}
	s.now.Store(time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC).UnixNano())
	s.template = filepath.Join(s.dir, "template")
	o := &office{t: t, dir: s.template}
	o.write("tongfa.yaml", fmt.Appendf(nil, stormYAML, "publish", 1))
	o.write("secret", []byte("rehearsal-only"))
	o.write("callback", []byte(stormToken))
	a := &app{out: io.Discard, err: io.Discard, config: filepath.Join(o.dir, "tongfa.yaml"), now: s.time}
	if err := a.within(context.Background(), func(h *house) error { return h.setUp(context.Background()) }); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *storm) time() time.Time { return time.Unix(0, s.now.Load()).UTC() }

// clock is what the machine says, which may have been set back.
func (s *storm) clock() time.Time { return s.time().Add(-s.behind) }

func (s *storm) run() string { return filepath.Join(s.dir, "run") }

// live leads the life of a plan, and says what was wrong with it.
func (s *storm) live(p stormPlan, say func(string, ...any)) []string {
	s.p, s.say, s.touched, s.broken, s.ends, s.behind = p, say, map[string]bool{}, nil, map[string]int{}, 0
	s.told = 0
	s.now.Store(time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC).UnixNano())
	err := errors.Join(os.RemoveAll(s.run()), os.CopyFS(s.run(), os.DirFS(s.template)), os.Chmod(filepath.Join(s.run(), "secret"), 0o600), os.Chmod(filepath.Join(s.run(), "callback"), 0o600),
		os.WriteFile(filepath.Join(s.run(), "tongfa.yaml"), fmt.Appendf(nil, stormYAML, p.mode, p.per), 0o600))
	if err != nil {
		s.t.Fatal(err)
	}
	o := p.options
	o.Now, o.PublicURL, o.Caller = s.time, "https://mp.weixin.qq.com", stormCaller{s}
	o.Accounts = []standin.Account{{AppID: "wx0123456789abcdef", Secret: "rehearsal-only", Service: true,
		Callback: standin.Callback{URL: "https://office.example/callback", Token: stormToken}}}
	if s.outside, err = standin.New(o); err != nil {
		s.t.Fatal(err)
	}
	if err := s.outside.Inject(p.faults...); err != nil {
		s.t.Fatal(err)
	}
	s.start() // the template is set up
	for n := range p.items {
		s.file(n+1, 1)
	}
	s.file(unapproved, 0)
	for _, step := range p.steps {
		s.step(step)
		s.tellStates(step.String())
		if s.death.is() {
			s.restart()
		}
	}
	s.settle()
	s.judge()
	s.stop()
	return s.broken
}

func (s *storm) tell(format string, args ...any) {
	if s.say != nil {
		s.say(s.time().Format("02 15:04:05 ")+format, args...)
	}
}

func (s *storm) tellStates(after string) {
	if s.say != nil {
		s.tell("%s  %v", after, s.states())
	}
}

// news are the effects that were not told yet.
func (s *storm) news() string {
	if s.say == nil {
		return ""
	}
	var b strings.Builder
	for _, e := range s.outside.EffectsSince(s.told) {
		s.told = e.Seq
		fmt.Fprintf(&b, "\n    effect %d at %s: %s %s %v", e.Seq, e.At.Format("15:04:05"), e.Kind, e.Ref, e.Titles)
	}
	return b.String()
}

func (s *storm) wrong(format string, args ...any) {
	s.broken = append(s.broken, fmt.Sprintf(format, args...))
}

// start is the beginning of a process.
func (s *storm) start() {
	s.death, s.heard = &death{after: func() { s.cancel() }}, &hearing{done: make(chan struct{}, 64)}
	deaths.Store(filepath.Join(s.run(), "data", "tongfa.db"), s.death)
	s.cancel = func() {}
	a := &app{out: io.Discard, err: io.Discard, config: filepath.Join(s.run(), "tongfa.yaml"), now: s.clock, outside: s, disk: s.disk(),
		log: slog.New(s.heard)}
	cfg, err := config.Load(a.config)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.h, err = a.enter(context.Background(), cfg); err != nil {
		s.t.Fatalf("seed %d: %v", s.p.seed, err)
	}
	for i := range s.h.lanes {
		s.h.lanes[i].LookEvery = 0 // time stands still during a pass
	}
	s.heard.at = s.h.lanes[1].Driver.(*wechat.Channel).Callback(s.hint(s.h.led, s.heard))
}

func (s *storm) stop() {
	if err := s.h.close(); err != nil && !s.death.is() {
		s.wrong("close: %v", err)
	}
}

func (s *storm) restart() {
	s.stop()
	s.start()
	if err := s.h.setUp(context.Background()); err != nil {
		s.t.Fatalf("seed %d: %v", s.p.seed, err)
	}
}

// stormToken signs the platform's messages.
const stormToken = "rehearsaltoken"

// hearing is the address at which a process hears from the platform. It is also its log, which tells when a message sets off a hint.
type hearing struct {
	at    http.Handler
	hints int
	done  chan struct{}
}

func (h *hearing) Enabled(_ context.Context, l slog.Level) bool { return l == slog.LevelInfo }

func (h *hearing) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "callback" {
		h.hints++
	}
	return nil
}

func (h *hearing) WithAttrs([]slog.Attr) slog.Handler { return h }

func (h *hearing) WithGroup(string) slog.Handler { return h }

func (s *storm) hint(l *ledger.Ledger, h *hearing) func(context.Context, string) {
	return func(ctx context.Context, ref string) {
		_, _, err := l.Heard(ctx, "wechat", ref, s.clock())
		s.tell("heard of %s: %v", ref, err)
		h.done <- struct{}{}
	}
}

// stormCaller carries the platform's messages to the office. They have done what they do when it answers.
type stormCaller struct{ s *storm }

func (c stormCaller) RoundTrip(r *http.Request) (*http.Response, error) {
	h := c.s.heard
	c.s.callback.Lock()
	defer c.s.callback.Unlock()
	if c.s.death.is() {
		return nil, errDead
	}
	before, got := h.hints, httptest.NewRecorder()
	h.at.ServeHTTP(got, r)
	if h.hints > before {
		select {
		case <-h.done:
		case <-time.After(time.Second): // there was no place for it
		}
	}
	return got.Result(), nil
}

// RoundTrip is the network: the platform, and the website's own files.
func (s *storm) RoundTrip(r *http.Request) (*http.Response, error) {
	if s.death.hit("die-call") {
		return nil, errDead
	}
	if r.URL.Host == "www.example.gov.cn" {
		return http.NewFileTransport(http.Dir(filepath.Join(s.run(), "public"))).RoundTrip(r)
	}
	got, err := s.outside.Transport().RoundTrip(r)
	dead := s.death.hit("die-effect")
	s.tell("call %s: %v, dead %v%s", r.URL.Path, err, dead, s.news())
	if dead {
		return nil, errDead
	}
	return got, err
}

// disk is the machine's own, on which a dead process changes nothing.
func (s *storm) disk() channels.Disk {
	d, death := channels.NewDisk(), s.death
	mortal := d
	mortal.Create = func(path string) (channels.File, error) {
		if death.hit("die-file") {
			return nil, errDead
		}
		return d.Create(path)
	}
	mortal.Rename = func(from, to string) error {
		if death.hit("die-file") {
			return errDead
		}
		return d.Rename(from, to)
	}
	mortal.Remove = func(path string) error {
		if death.hit("die-file") {
			return errDead
		}
		return d.Remove(path)
	}
	mortal.Sync = func(string) error {
		if death.hit("die-file") {
			return errDead
		}
		return nil // nothing here outlives the machine
	}
	return mortal
}

// file hands in a revision of an item; 0 is one that nobody has signed.
func (s *storm) file(n, revision int) {
	more := map[string]any{"channels": []string{"site", "wechat"}, "formed_on": "2026-11-23"}
	if n <= len(s.p.items) {
		more["release_at"] = s.release(n).Format(time.RFC3339)
	}
	if revision == 0 {
		more["approvals"] = []any{}
	}
	if revision != 1 {
		more["body"] = fmt.Sprintf("各街道办事处，区政府各部门：\n\n%s更正通知如下，第%d稿，请认真贯彻执行。", words(n), revision)
	}
	name := s.item.item(n, more)
	b, err := os.ReadFile(filepath.Join(s.item.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	p, err := intake.ReadBytes(filepath.Base(name), b, nil, s.h.reading(nil))
	if err != nil {
		s.t.Fatal(err)
	}
	_, err = s.h.file(context.Background(), p, "王某", s.clock())
	s.tell("file %d revision %d: %v", n, revision, err)
}

func (s *storm) release(n int) time.Time {
	return time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC).Add(s.p.items[n-1])
}

// pass does what is due, as the machine's clock says.
func (s *storm) pass() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s.death.mu.Lock()
	s.cancel = cancel
	s.death.mu.Unlock()
	s.outside.Deliver(ctx)
	_, err := scheduler.New(scheduler.Options{Store: store{s.h.led, false}, Channels: s.h.lanes, Now: s.clock, Log: s.h.log, Time: scheduler.Time{
		Hosts: []string{"another"}, Ask: func(context.Context, string) (time.Time, error) { return s.time(), nil },
	}}).Pass(ctx, s.clock())
	if err != nil && !s.death.is() && !errors.Is(err, ledger.ErrClock) {
		s.wrong("pass: %v", err)
	}
}

func (s *storm) states() (all []string) {
	for _, l := range s.lines() {
		for _, c := range l.Copies {
			all = append(all, fmt.Sprintf("%s/%s%d %s %s", strings.TrimPrefix(l.Item.ExternalID, "oa-00"), c.Channel[:1], c.Generation, c.State, c.Note))
		}
	}
	return all
}

func (s *storm) lines() []ledger.Line {
	lines, _, err := s.h.led.Lines(context.Background(), ledger.Filter{Limit: 50})
	if err != nil {
		s.t.Fatalf("seed %d: %v", s.p.seed, err)
	}
	return lines
}

// step does one thing, and then what is due.
func (s *storm) step(step stormStep) {
	ctx, ref, who, now := context.Background(), external(step.item), ledger.Who{Name: "王某", Role: press.Operator}, s.clock()
	var err error
	switch step.do {
	case "wait", "long":
		s.now.Add(int64(step.d))
		s.setRight()
	case "back":
		s.behind = step.d
	case "ahead":
		s.behind = -step.d
	case "restart":
		s.restart()
	case "die-call", "die-effect", "die-commit", "die-file":
		s.death.mu.Lock()
		s.death.kind, s.death.left = step.do, step.n
		s.death.mu.Unlock()
	case "revise":
		s.file(step.item, 2)
	case "unsigned":
		s.file(step.item, 0)
	case "correct":
		s.file(step.item, 3)
		_, err = s.h.led.Correct(ctx, ref, ledger.Correction{Reason: lifeReason, Means: (&people{d: &daemon{house: s.h}}).means(),
			Ways: map[string]press.Way{"wechat": press.Republish}}, who, now)
	case "withdraw":
		err = s.h.led.Withdraw(ctx, ref, lifeReason, press.NoticePage, who, now)
	case "hold":
		err = s.h.led.Hold(ctx, ref, lifeReason, who, now)
	case "release":
		err = s.h.led.Release(ctx, ref, who, now)
	case "retry":
		_, err = s.h.led.Retry(ctx, ref, "", ledger.Hint{}, who, now)
	case "absent":
		err = s.declareAbsent(ctx, ref, who)
	case "expire":
		err = s.outside.ExpireTokens("")
	case "steal":
		err = s.outside.StealTokens("")
	default:
		err = s.human(step)
	}
	s.tell("%s: %v", step, err)
	s.pass()
}

// setRight is what the administrator does about a wrong clock.
func (s *storm) setRight() {
	if s.behind == 0 {
		return
	}
	s.behind = 0
	err := s.h.led.AcceptClock(context.Background(), s.clock())
	s.tell("the clock is right: %v", err)
}

// declareAbsent is an honest person's word: she looks before she gives it.
func (s *storm) declareAbsent(ctx context.Context, ref string, who ledger.Who) error {
	title := stormTitle(ref)
	for _, d := range s.outside.Drafts() {
		for _, t := range d.Titles {
			if t == title {
				return errors.New("there is a draft")
			}
		}
	}
	for _, a := range s.outside.Articles() {
		if a.Title == title && !a.Deleted && !a.Banned {
			return errors.New("there is an article")
		}
	}
	s.now.Add(int64(12 * time.Hour)) // what is under review comes out
	for _, a := range s.outside.Articles() {
		if a.Title == title && !a.Deleted && !a.Banned {
			return errors.New("there is an article by now")
		}
	}
	_, err := s.h.led.Retry(ctx, ref, "wechat", ledger.Hint{Absent: true}, who, s.clock())
	return err
}

func stormTitle(external string) string {
	return fmt.Sprintf("示例区人民政府办公室关于第%s号事项的通知", strings.TrimLeft(strings.TrimPrefix(external, "oa-"), "0"))
}

// neverSoQuick is how long people let drafts alone that are not theirs to publish. What the package wechat assumes of people, because nobody
// could know of it otherwise, holds in a storm as well.
const neverSoQuick = 5 * time.Minute

// human is what people do in the platform's console.
func (s *storm) human(step stormStep) error {
	title := stormTitle(external(step.item))
	if strings.HasSuffix(step.do, "-draft") {
		for _, d := range s.outside.Drafts() {
			if i := slices.Index(d.Titles, title); i >= 0 {
				return s.onDraft(step.do, d, i)
			}
		}
		return standin.ErrNoSuch
	}
	for _, a := range s.outside.Articles() {
		if a.Title != title || a.Deleted || a.Banned {
			continue
		}
		switch step.do {
		case "delete-article":
			return s.outside.DeleteArticle(a.URL)
		case "ban-article":
			return s.outside.BanArticle(a.URL)
		case "edit-article":
			s.touched[title] = true
			return s.outside.EditArticle(a.URL, standin.Edit{Find: "通知如下", Put: byPeople})
		}
	}
	return standin.ErrNoSuch
}

const byPeople = "有人改过"

func (s *storm) onDraft(do string, d standin.DraftView, index int) error {
	switch do {
	case "edit-draft":
		for _, t := range d.Titles {
			s.touched[t] = true
		}
		return s.outside.EditDraft(d.AppID, d.MediaID, standin.Edit{Index: index, Find: "通知如下", Put: byPeople})
	case "delete-draft":
		return s.outside.DeleteDraft(d.AppID, d.MediaID)
	}
	if s.p.mode != "draft" && s.time().Sub(d.Created) < neverSoQuick {
		return errors.New("nobody is so quick with a draft that the program publishes")
	}
	if s.toldOfAnother(d.Titles[index]) {
		return errors.New("she published the one before, and was told to look")
	}
	if do == "mass-draft" {
		return s.outside.MassSendDraft(d.AppID, d.MediaID)
	}
	return s.outside.PublishDraft(d.AppID, d.MediaID)
}

// toldOfAnother reports whether a person has published an earlier draft by hand, and is told that this one may be its repetition.
func (s *storm) toldOfAnother(title string) bool {
	told := slices.ContainsFunc(s.lines(), func(l ledger.Line) bool {
		return l.Title == title && slices.ContainsFunc(l.Copies, func(c press.Copy) bool { return strings.Contains(c.Note, "重新建立") })
	})
	return told && slices.ContainsFunc(s.outside.Effects(), func(e standin.Effect) bool {
		return (e.Kind == "human-publish" || e.Kind == "human-mass") && slices.Contains(e.Titles, title)
	})
}

// settle is what follows: no more faults, a right clock, and ten days.
func (s *storm) settle() {
	s.outside.ClearFaults()
	if s.death.kind = ""; s.death.is() {
		s.restart()
	}
	s.behind = 0
	if err := s.h.led.AcceptClock(context.Background(), s.clock()); err != nil {
		s.wrong("clock: %v", err)
	}
	for _, d := range []time.Duration{time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 11 * time.Minute, 20 * time.Minute, 40 * time.Minute,
		time.Hour, time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 6 * time.Hour, 6 * time.Hour, 12 * time.Hour, 12 * time.Hour,
		24 * time.Hour, 24 * time.Hour, 24 * time.Hour, 24 * time.Hour, 48 * time.Hour} {
		s.now.Add(int64(d))
		s.pass()
		s.tellStates("settle " + d.String())
		if s.settled() {
			break
		}
	}
	for _, d := range []time.Duration{8 * 24 * time.Hour, time.Hour, 8 * 24 * time.Hour} { // whatever is public is looked at once a week
		s.now.Add(int64(d))
		s.pass()
		s.tellStates("at the end")
	}
}

func (s *storm) settled() bool {
	for _, l := range s.lines() {
		for _, c := range l.Copies {
			switch c.State {
			case press.CopyVerified, press.CopyWithdrawn:
				if c.Amending > 0 || l.Item.State == press.Withdrawn && c.State == press.CopyVerified {
					return false
				}
			case press.Waiting:
				if l.Item.State == press.Approved && !l.Item.Held {
					return false
				}
			default:
				return false
			}
		}
	}
	return true
}
