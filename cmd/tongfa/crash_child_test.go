//go:build unix

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"modernc.org/sqlite"

	"tongfa/channels"
	"tongfa/config"
	"tongfa/intake"
	"tongfa/ledger"
	"tongfa/press"
)

// The kinds of moment at which a daemon is killed. A commit is cut off before it is on disk; the moment after it is the one before whatever
// comes next. A file operation is cut off before it, and a write also in its middle.
const (
	beforeCommit = "commit"
	beforeFile   = "file"
	halfWritten  = "half"
	beforeEffect = "call"   // the platform never hears of it
	afterEffect  = "effect" // the platform has done it, and the answer is lost
)

// points counts the moments of a daemon's life, tells each to whoever started it, and ends the process at the one that was chosen.
type points struct {
	kind string
	at   int
	tell io.Writer

	mu sync.Mutex
	n  map[string]int
}

func (p *points) hit(kind, what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n[kind]++
	fmt.Fprintf(p.tell, "%s %d %s\n", kind, p.n[kind], what)
	if kind == p.kind && p.n[kind] == p.at {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// commits makes every connection of the ledger tell of its commits.
func (p *points) commits() {
	sqlite.RegisterConnectionHook(func(c sqlite.ExecQuerierContext, _ string) error {
		h, ok := c.(sqlite.HookRegisterer)
		if !ok {
			return fmt.Errorf("%T has no hooks", c)
		}
		h.RegisterCommitHook(func() int32 { p.hit(beforeCommit, ""); return 0 })
		return nil
	})
}

// disk is the machine's own, whose operations are told.
func (p *points) disk() channels.Disk {
	d, told := channels.NewDisk(), channels.NewDisk()
	told.Create = func(path string) (channels.File, error) {
		p.hit(beforeFile, "create "+path)
		f, err := d.Create(path)
		return halves{f, p, path}, err
	}
	told.Rename = func(from, to string) error { p.hit(beforeFile, "rename "+to); return d.Rename(from, to) }
	told.Remove = func(path string) error { p.hit(beforeFile, "remove "+path); return d.Remove(path) }
	told.Mkdir = func(path string) error { p.hit(beforeFile, "mkdir "+path); return d.Mkdir(path) }
	told.Chmod = func(path string, m fs.FileMode) error { p.hit(beforeFile, "chmod "+path); return d.Chmod(path, m) }
	told.Sync = func(dir string) error { p.hit(beforeFile, "sync "+dir); return d.Sync(dir) }
	return told
}

// halves is a file of which half is written first.
type halves struct {
	channels.File
	p    *points
	path string
}

func (h halves) Write(b []byte) (int, error) {
	n, err := h.File.Write(b[:len(b)/2])
	if err != nil {
		return n, err
	}
	h.p.hit(halfWritten, h.path)
	m, err := h.File.Write(b[len(b)/2:])
	return n + m, err
}

func (h halves) Sync() error { h.p.hit(beforeFile, "sync "+h.path); return h.File.Sync() }

// crashing is the daemon that is killed: the program's own, in which an office leads its items through their lives. Its arguments are the kind
// and the number of the moment at which it dies, and the address of the people outside. It tells the moments to file 3.
func crashing() {
	at, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	tell := os.NewFile(3, "points")
	p := &points{kind: os.Args[1], at: at, tell: tell, n: map[string]int{}}
	p.commits()
	ctx := context.Background()
	o := &people{outside: os.Args[3], did: map[int64]time.Time{}, ahead: &atomic.Int64{}}
	var ahead time.Duration
	if err := o.ask("clock", &ahead); err != nil {
		panic(err)
	}
	o.ahead.Store(int64(ahead))
	a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr, disk: p.disk(), log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		now: func() time.Time { return time.Now().Add(time.Duration(o.ahead.Load())) }}
	err = a.hastily(ctx, func(h *house) error {
		return a.serve(ctx, h, func(d *daemon) error {
			o.d = d
			if err := o.work(ctx); err != nil {
				return err
			}
			return o.report(ctx, tell)
		})
	})
	os.Exit(a.code(ctx, err))
}

// hastily is within, with channels that are looked at, and an official account that is asked, as often as no office wants.
func (a *app) hastily(ctx context.Context, do func(*house) error) error {
	cfg, err := config.Load(cmp.Or(a.config, "tongfa.yaml"))
	if err != nil {
		return err
	}
	for i, c := range cfg.Channels {
		cfg.Channels[i].Looks = 1000
		if c.WeChat != nil {
			c.WeChat.Poll = []time.Duration{40 * time.Millisecond, 80 * time.Millisecond, 200 * time.Millisecond}
		}
	}
	h, err := a.enter(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(do(h), h.close())
}

// people are those who work in the office: they correct what is verified, withdraw what is corrected, and do what is asked of them.
type people struct {
	d       *daemon
	outside string        // where they act in the world
	ahead   *atomic.Int64 // by how much the clock is ahead of the machine's, in nanoseconds
	did     map[int64]time.Time

	writes int64     // of the ledger, when it was looked at last
	since  time.Time // when that changed
}

const lifeReason = "样例：按更正和撤回的规定办理"

// work leads every item to its end.
func (o *people) work(ctx context.Context) error {
	for tick, parent := time.NewTicker(10*time.Millisecond), os.Getppid(); ; <-tick.C {
		if os.Getppid() != parent {
			return errors.New("nobody watches any more")
		}
		lines, _, err := o.d.led.Lines(ctx, ledger.Filter{Limit: 50})
		if err != nil {
			return err
		}
		left := 0
		for _, l := range lines {
			if !wanted(l.Item.ExternalID) {
				continue
			}
			over, err := o.lead(ctx, l)
			if err != nil {
				return fmt.Errorf("%s: %w", l.Item.ExternalID, err)
			}
			if !over {
				left++
			}
		}
		if left == 0 {
			return nil
		}
		if err := o.pass(ctx, lines); err != nil {
			return err
		}
	}
}

// The clocks of daemon and platform are put forward over what would only be waited for.
const (
	quiet       = 100 * time.Millisecond // without a write, when something may be under way
	longestWait = 3 * time.Hour          // before what is not due
	theirTime   = 31 * time.Second       // what people take for what they are asked
)

// pass lets time pass while nothing happens.
func (o *people) pass(ctx context.Context, lines []ledger.Line) error {
	if writes, _ := o.d.led.Written(); writes != o.writes {
		o.writes, o.since = writes, time.Now()
	}
	if time.Since(o.since) < quiet {
		return nil
	}
	o.since = time.Now()
	now := o.d.now()
	var next time.Time
	for _, c := range o.d.lanes {
		due, err := o.d.led.Next(ctx, c.Plan.Channel, c.When != nil)
		if err != nil {
			return err
		}
		next = sooner(next, due, now)
		if c.When != nil {
			next = sooner(next, c.When.Next(now), now)
		}
		if !o.allSeen(lines, c.Plan.Channel) {
			if due, err = o.d.led.NextLook(ctx, c.Plan.Channel); err != nil {
				return err
			}
			next = sooner(next, due, now)
		}
	}
	if next.IsZero() || next.Sub(now) > longestWait {
		return nil
	}
	return o.jump(next.Sub(now))
}

func sooner(a, b, now time.Time) time.Time {
	if b.After(now) && (a.IsZero() || b.Before(a)) {
		return b
	}
	return a
}

// allSeen reports whether nothing on a channel waits to be looked at for the first time.
func (o *people) allSeen(lines []ledger.Line, channel string) bool {
	return !slices.ContainsFunc(lines, func(l ledger.Line) bool {
		return slices.ContainsFunc(l.Copies, func(c press.Copy) bool {
			return c.Channel == channel && (c.State == press.CopyLive || c.State == press.CopyDiffers)
		})
	})
}

func (o *people) jump(d time.Duration) error {
	var ahead time.Duration
	if err := o.ask("travel?by="+d.String(), &ahead); err != nil {
		return err
	}
	o.ahead.Store(int64(ahead))
	o.d.sched.Wake()
	return nil
}

// lead does for one item what is to be done by people now, and reports whether its life is over.
func (o *people) lead(ctx context.Context, l ledger.Line) (over bool, err error) {
	all := func(s press.CopyState) bool {
		for _, c := range l.Copies {
			if c.State != s && c.State != press.NotWanted {
				return false
			}
		}
		return true
	}
	if all(press.CopyWithdrawn) && l.Item.State == press.Withdrawn {
		return true, nil
	}
	if stays(l.Item.ExternalID) && all(press.CopyVerified) {
		return true, nil
	}
	for _, c := range l.Copies {
		if err := o.help(ctx, l, c); err != nil {
			return false, err
		}
	}
	if !all(press.CopyVerified) || l.Item.State == press.Withdrawn {
		return false, nil
	}
	return false, o.move(ctx, l)
}

// move does the next thing in the life of an item that is verified wherever it is wanted.
func (o *people) move(ctx context.Context, l ledger.Line) error {
	defer o.d.sched.Wake()
	ref, who := string(l.Item.ID), ledger.Who{Name: "王某", Role: press.Operator}
	switch second := secondOf(l); {
	case !there(second): // nothing is wrong with it
	case l.Item.Head == 1:
		return fileLife(ctx, o.d.house, second)
	case !corrected(l):
		_, err := o.d.led.Correct(ctx, ref, ledger.Correction{Reason: lifeReason, Means: o.means(), Ways: o.ways(l)}, who, o.d.now())
		return err
	case underWay(l): // until it is seen in its new form
		return nil
	}
	if printed, err := o.printed(ctx); err != nil || !printed {
		return err
	}
	return o.d.led.Withdraw(ctx, ref, lifeReason, press.NoticePage, who, o.d.now())
}

func there(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// printed reports whether the next issue of the gazette is out, and hands in what is to stand in it. The other channels have none.
func (o *people) printed(ctx context.Context) (bool, error) {
	if !there(nextIssue) {
		return true, nil
	}
	lines, _, err := o.d.led.Lines(ctx, ledger.Filter{Limit: 50})
	if err != nil {
		return false, err
	}
	i := slices.IndexFunc(lines, func(l ledger.Line) bool { return l.Item.ExternalID == external(2) })
	if i < 0 {
		return false, fileLife(ctx, o.d.house, nextIssue)
	}
	return !slices.ContainsFunc(lines[i].Copies, func(c press.Copy) bool { return c.State != press.CopyVerified && c.State != press.CopyWithdrawn }), nil
}

// stays tells the items that are only published: the others of a message.
func stays(external string) bool { return external > "oa-00002" }

// nextIssue is an item that comes in after a correction, so that there is another issue of the gazette to print it.
const nextIssue = "next.json"

func external(n int) string { return fmt.Sprintf("oa-%05d", n) }

// secondOf is where the second revision of an item lies.
func secondOf(l ledger.Line) string {
	n, _ := strconv.Atoi(strings.TrimPrefix(l.Item.ExternalID, "oa-"))
	return correctionOf(n)
}

// corrected reports whether every channel knows what is to become of the newest text.
func corrected(l ledger.Line) bool {
	return !slices.ContainsFunc(l.Copies, func(c press.Copy) bool { return max(c.Revision, c.Amending, c.Kept) < l.Item.Head })
}

func underWay(l ledger.Line) bool {
	return slices.ContainsFunc(l.Copies, func(c press.Copy) bool { return c.Amending > 0 || c.Task != "" })
}

// means are what the channels can do, as the program would tell the ledger.
func (o *people) means() map[string][]press.Means {
	out := map[string][]press.Means{}
	for _, c := range o.d.lanes {
		if m, ok := c.Driver.(channels.Corrector); ok {
			out[c.Plan.Channel] = m.Means()
		}
	}
	return out
}

// ways are what people choose: on the official account what is most dangerous.
func (o *people) ways(l ledger.Line) map[string]press.Way {
	if slices.ContainsFunc(l.Copies, func(c press.Copy) bool { return c.Channel == "wechat" }) {
		return map[string]press.Way{"wechat": press.Republish}
	}
	return nil
}

// help does what a copy needs a hand for: press the button, enter the link. Nobody does the same twice in a second.
func (o *people) help(ctx context.Context, l ledger.Line, c press.Copy) error {
	needs := c.State == press.CopyNeedsHand || c.State == press.CopyLive && c.URL == "" && c.Channel == "wechat"
	if !needs || time.Since(o.did[c.ID]) < time.Second {
		return nil
	}
	o.did[c.ID] = time.Now()
	var hint ledger.Hint
	if c.State == press.CopyNeedsHand {
		if err := errors.Join(o.ask("publish", nil), o.jump(theirTime)); err != nil {
			return err
		}
	} else if err := o.ask("link?title="+urlText(l.Title), &hint.Link); err != nil {
		return err
	}
	if c.State == press.CopyLive && hint.Link == "" {
		return nil // readers do not find it yet
	}
	_, err := o.d.led.Retry(ctx, string(l.Item.ID), c.Channel, hint, ledger.Who{Name: "李某", Role: press.Operator}, o.d.now())
	o.d.sched.Wake()
	return err
}

// ask lets a person act in the world outside.
func (o *people) ask(what string, answer any) error {
	r, err := http.Get(o.outside + "/person/" + what)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if answer == nil {
		_, err = io.Copy(io.Discard, r.Body)
		return err
	}
	return json.NewDecoder(r.Body).Decode(answer)
}

// lifeReport is what the ledger says at the end of a life.
type lifeReport struct {
	Broken []ledger.Broken
	Items  []lifeItem
}

type lifeItem struct {
	External, Title string
	State           press.State
	Copies          []lifeCopy
	Moves           []ledger.Moved
}

type lifeCopy struct {
	Channel    string
	Generation int
	Revision   int
	Marker     string
	State      press.CopyState
	FirstSeen  time.Time
}

func (o *people) report(ctx context.Context, to io.Writer) error {
	_, broken, err := o.d.led.Chain(ctx)
	if err != nil {
		return err
	}
	out := lifeReport{Broken: broken}
	lines, _, err := o.d.led.Lines(ctx, ledger.Filter{Limit: 50})
	if err != nil {
		return err
	}
	for _, l := range lines {
		s, err := o.d.led.Story(ctx, string(l.Item.ID), o.d.now())
		if err != nil {
			return err
		}
		it := lifeItem{External: l.Item.ExternalID, Title: l.Title, State: s.Shown, Moves: s.Moves}
		for _, c := range s.All {
			it.Copies = append(it.Copies, lifeCopy{c.Channel, c.Generation, c.Revision, c.Marker, c.State, c.FirstSeen})
		}
		out.Items = append(out.Items, it)
	}
	b, err := json.Marshal(out)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(to, "end 0 %s\n", b)
	return err
}

// fileLife files a package that a test has written.
func fileLife(ctx context.Context, h *house, path string) error {
	packages, err := intake.Read(path, h.reading(nil))
	if err != nil {
		return err
	}
	for _, p := range packages {
		if _, err := h.file(ctx, p, "王某", h.now()); err != nil {
			return err
		}
	}
	return nil
}
