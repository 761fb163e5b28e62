package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"tongfa/channels"
	"tongfa/channels/site"
	"tongfa/desk"
	"tongfa/press"
	"tongfa/scheduler"
	"tongfa/standin"
)

func (a *app) serveCmd() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "运行服务：按时发布、核验，并打开编辑台", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var working atomic.Bool
			a.log = slog.New(slog.NewTextHandler(a.err, nil))
			err := a.within(c.Context(), func(h *house) error {
				return a.serve(c.Context(), h, func(*daemon) error { working.Store(true); <-c.Context().Done(); return nil })
			})
			if !working.Load() && c.Context().Err() != nil {
				return nil // told to end before it had begun
			}
			return err
		},
	}
}

// daemon is a house at work.
type daemon struct {
	*house
	sched   *scheduler.Scheduler
	outside *standin.WeChat // nil in real life
	servers []*listening
	audit   *audit
	life    context.Context // of what goes on beside the work, and ends with it
	copying atomic.Bool     // a backup that somebody asked for is being made
	asides  sync.WaitGroup

	ending chan struct{} // closed when the servers shut down: streams that have no end of their own end then
	ends   sync.Once
}

// listening is one address that the daemon serves.
type listening struct {
	name string
	l    net.Listener
	s    *http.Server
}

// url is where a server can be reached from this machine.
func (l *listening) url() string { return "http://" + l.l.Addr().String() + "/" }

// softMemory is how much memory the daemon's own things may take, in bytes, before garbage is collected more eagerly: making an issue of a gazette drops much
// in a moment. It is no bound: what is needed is had. GOMEMLIMIT says otherwise.
const softMemory = 200 << 20

// serve takes the lease, opens every address, and works until do returns or something fails.
func (a *app) serve(ctx context.Context, h *house, do func(*daemon) error) (err error) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softMemory)
	}
	if err := h.secrets(); err != nil {
		return err
	}
	lease, err := h.led.Take(ctx, "tongfa serve", h.now())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lease.Release()) }()
	if err := h.setUp(ctx); err != nil {
		return err
	}
	if h.guest == nil {
		if err := h.offerFirstCode(ctx); err != nil {
			return err
		}
	}
	d := &daemon{house: h, sched: h.scheduler(), audit: newAudit(h), ending: make(chan struct{})}
	if err := d.listen(); err != nil {
		return errors.Join(err, d.close())
	}
	return errors.Join(d.work(ctx, do), d.close())
}

// setUp makes the channels presentable before their first item. Only the holder of the lease may do it.
func (h *house) setUp(ctx context.Context) error {
	for _, c := range h.lanes {
		s, ok := c.Driver.(interface{ Setup(context.Context) error })
		if !ok {
			continue
		}
		if err := s.Setup(ctx); err != nil {
			return fmt.Errorf("渠道“%s”没有准备好：%w", c.Plan.Channel, err)
		}
	}
	return nil
}

// listen opens every address before anything is done, so that one that is taken stops the start and not the work.
func (d *daemon) listen() error {
	if s := d.cfg.Standin; s != nil {
		w, err := standin.New(standin.Options{Accounts: d.accounts(s.Listen), Review: s.Review, State: s.State, SaveEffects: true, PublicURL: "http://" + s.Listen})
		if err != nil {
			return fmt.Errorf("微信模拟接口启动不了：%w", err)
		}
		d.outside = w
		if err := d.open("微信模拟接口", s.Listen, w); err != nil {
			return err
		}
	}
	for i, c := range d.cfg.Channels {
		if c.Site == nil || c.Site.Serve == "" {
			continue
		}
		s := d.lanes[i].Driver.(*site.Site) // a channel with a Site has this driver
		if err := d.open("网站 "+c.Name, c.Site.Serve, s.Handler(s.Search(d.find(c.Name)))); err != nil {
			return err
		}
	}
	return d.open("编辑台", d.cfg.Listen, d.front(d.desk()))
}

func (d *daemon) open(name, addr string, h http.Handler) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("%s的地址 %s 打不开（可能已被别的程序占用）：%w", name, addr, err)
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(d.log.Handler(), slog.LevelWarn)}
	s.RegisterOnShutdown(func() { d.ends.Do(d.endStreams) })
	d.servers = append(d.servers, &listening{name, l, s})
	return nil
}

// accounts are the official accounts whose interface is the stand-in at an address.
func (d *daemon) accounts(addr string) []standin.Account {
	var out []standin.Account
	for _, c := range d.cfg.Channels {
		if c.WeChat == nil {
			continue
		}
		if u, err := url.Parse(c.WeChat.BaseURL); err == nil && u.Host == addr {
			out = append(out, standin.Account{AppID: c.WeChat.AppID, Secret: c.WeChat.Secret.Reveal(), Name: cmp.Or(c.WeChat.Account, d.cfg.Office), Service: true,
				Callback: d.pushed(c)})
		}
	}
	return out
}

// hitsPerPage is what the site's search expects of one page.
const hitsPerPage = 10

// find is the full-text search of a website.
func (d *daemon) find(channel string) site.Find {
	return func(ctx context.Context, query string, page int) ([]site.Hit, int, error) {
		found, total, err := d.led.Search(ctx, channel, query, (page-1)*hitsPerPage, hitsPerPage)
		var hits []site.Hit
		for _, f := range found {
			hits = append(hits, site.Hit{Title: f.Title, URL: f.URL, Snippet: f.Snippet, Date: f.Public, DocNumber: f.DocNumber})
		}
		return hits, total, err
	}
}

func (d *daemon) desk() http.Handler {
	return desk.New(d.door(d.writing(d.withWatch(d.withAPI(d.itemMoves(desk.Options{
		Ledger: d.led, Office: d.cfg.Office, Titles: d.cfg.Titles(), Location: d.cfg.Timezone, Now: d.now, Log: d.log,
		Wake: d.sched.Wake, Alive: d.alive, Channel: d.outlook, Firings: d.firings, Gauges: d.gauges, Means: d.means, Ending: d.ending,
	}))))))
}

// noSpace is how much free space is none: the ledger cannot take a commit more.
const noSpace = 256 << 10

// alive says what keeps everything from going out: what the clockwork knows, and a disk on which nothing can be written down.
func (d *daemon) alive() error {
	if err := d.sched.Trouble(); err != nil {
		return err
	}
	if free, ok := freeSpace(d.cfg.Data); ok && free < noSpace {
		return &press.Trouble{Remedy: press.AskPerson, Who: "系统管理员", What: "台账所在磁盘已满，不能登记，也不能发布", Do: "清理磁盘空间，清理后自动继续"}
	}
	return nil
}

// outlook is what lies ahead of a channel, for the desk.
func (d *daemon) outlook(_ context.Context, name string) desk.Outlook {
	i := slices.IndexFunc(d.lanes, func(c scheduler.Channel) bool { return c.Plan.Channel == name })
	if i < 0 {
		return desk.Outlook{}
	}
	o := desk.Outlook{OnRelease: d.lanes[i].When == nil}
	if !o.OnRelease {
		o.Next = d.lanes[i].When.Next(d.now())
	}
	if c, ok := d.lanes[i].Driver.(interface{ Quotas() []channels.Quota }); ok {
		o.Quotas = c.Quotas()
	}
	return o
}

// work runs everything until do returns or one part fails, and then ends all of it.
func (d *daemon) work(ctx context.Context, do func(*daemon) error) error {
	bell, err := d.bell()
	if err != nil {
		return err
	}
	others := d.sender()
	ctx, stop := context.WithCancel(ctx)
	d.life = ctx
	var wg sync.WaitGroup
	failed := make(chan error, len(d.servers)+3)
	for _, s := range d.servers {
		wg.Go(func() {
			if err := s.s.Serve(s.l); !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("%s停了：%w", s.name, err)
			}
		})
		d.log.Info("listening", "what", s.name, "url", s.url())
	}
	// Acts go out through the stand-in that this process serves, so the servers end after the clockwork.
	var clockwork sync.WaitGroup
	clockwork.Go(func() { failed <- d.sched.Run(ctx) })
	clockwork.Go(func() { bell.Run(ctx) })
	clockwork.Go(func() { d.audit.run(ctx) })
	clockwork.Go(func() { others.Run(ctx) })
	clockwork.Go(func() {
		failed <- d.led.Watch(ctx, 250*time.Millisecond, func() { d.sched.Wake(); bell.Wake(); others.Wake() })
	})
	clockwork.Go(func() { d.backups(ctx) })
	clockwork.Go(func() { d.heads(ctx) })
	if d.outside != nil {
		clockwork.Go(func() { d.keep(ctx) })
		clockwork.Go(func() { d.outside.Keep(ctx) })
	}
	done := make(chan error, 1)
	go func() { done <- do(d) }()
	select {
	case err = <-done:
	case err = <-failed:
	}
	stop()
	clockwork.Wait()
	for _, s := range d.servers {
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		late := s.s.Shutdown(within)
		if errors.Is(late, context.DeadlineExceeded) {
			late = s.s.Close() // a visitor who holds the line and asks nothing keeps nobody
		}
		err = errors.Join(err, late)
		cancel()
	}
	wg.Wait()
	d.asides.Wait()
	return err
}

// keep writes the stand-in's memory down now and then; what it did to the world it writes at once.
func (d *daemon) keep(ctx context.Context) {
	for t := time.NewTicker(10 * time.Second); ; {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if err := d.outside.Save(); err != nil {
				d.log.Warn("cannot save the stand-in", "error", err)
			}
		}
	}
}

func (d *daemon) close() error {
	var err error
	for _, s := range d.servers {
		_ = s.l.Close() // it is closed already where the server ran
	}
	if d.outside != nil {
		err = d.outside.Close()
	}
	return err
}
