package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"tongfa/channels"
	"tongfa/config"
	"tongfa/ledger"
	"tongfa/press"
	"tongfa/scheduler"
	"tongfa/workday"
)

// house is what most commands need: the configuration, the ledger and the channels.
type house struct {
	cfg   *config.Config
	led   *ledger.Ledger
	lanes []scheduler.Channel
	log   *slog.Logger
	now   func() time.Time

	guest   *ledger.Person    // who a visitor of the desk is that has not signed in; nil but for the demonstration
	outside http.RoundTripper // see app
	disk    channels.Disk     // see app
}

// open reads the configuration, opens the ledger and makes the channels.
func (a *app) open(ctx context.Context) (*house, error) {
	cfg, err := config.Load(cmp.Or(a.config, "tongfa.yaml"))
	if err != nil {
		return nil, err
	}
	return a.enter(ctx, cfg)
}

func (a *app) enter(ctx context.Context, cfg *config.Config) (*house, error) {
	days, err := calendar(cfg.Holidays)
	if err != nil {
		return nil, err
	}
	limits := map[string]press.Limits{} // filled in as soon as the drivers are made; nothing is asked before
	led, err := ledger.Open(ctx, filepath.Join(cfg.Data, "tongfa.db"), ledger.Rules{
		Steps: cfg.Steps, OnePerson: cfg.OnePerson, Limits: limits, Calendar: days, Zone: cfg.Timezone, USCC: cfg.USCC, Looks: cfg.VerifyEvery.After, Slow: cfg.Alarms.Slow, HandIn: handIn(cfg),
	})
	if err != nil {
		return nil, err
	}
	h := &house{cfg: cfg, led: led, now: time.Now, log: a.log, outside: a.outside, disk: a.disk}
	if a.now != nil {
		h.now = a.now
	}
	if h.log == nil { // a command says itself what went wrong
		h.log = slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: slog.LevelError}))
	}
	found, err := h.connect(ctx)
	if err != nil {
		return nil, errors.Join(err, led.Close())
	}
	maps.Copy(limits, found)
	return h, nil
}

// handIn is within how many working days departments hand in their documents: the shortest period that a gazette sets; 0 without one.
func handIn(cfg *config.Config) (days int) {
	for _, c := range cfg.Channels {
		if g := c.Gazette; g != nil && (days == 0 || g.Within < days) {
			days = g.Within
		}
	}
	return days
}

// connect makes the driver of every channel, tells the ledger of it, and returns the channels' limits.
func (h *house) connect(ctx context.Context) (map[string]press.Limits, error) {
	limits := map[string]press.Limits{}
	for _, c := range h.cfg.Channels {
		d, err := h.driver(c)
		if err != nil {
			return nil, fmt.Errorf("渠道“%s”：%w", c.Name, err)
		}
		if err := h.led.Register(ctx, c.Name, c.Kind); err != nil {
			return nil, err
		}
		limits[c.Name] = press.Limits{}
		if l, ok := d.(channels.Limiter); ok {
			limits[c.Name] = l.Limits()
		}
		made := lane(c, d)
		made.Foreign = h.foreign(c)
		h.lanes = append(h.lanes, made)
	}
	return limits, nil
}

func (h *house) close() error { return h.led.Close() }

// within opens the house for one command and closes it after.
func (a *app) within(ctx context.Context, do func(h *house) error) error {
	h, err := a.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(do(h), h.close())
}

// calendar is the built-in one with what the operator's files say over it.
func calendar(files []string) (*workday.Calendar, error) {
	c := workday.Builtin()
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, config.Problems{{File: f, Text: "打不开放假安排的文件，请检查路径和权限", Err: err}}
		}
		notices, _, err := workday.Parse(b)
		if err != nil {
			return nil, config.Problems{{File: f, Text: "放假安排的文件有误：" + err.Error(), Err: err}}
		}
		c = c.With(notices...)
	}
	return c, nil
}

// secrets refuses to go on while a secret is missing that a channel needs.
func (h *house) secrets() error {
	if len(h.cfg.MissingSecrets) > 0 {
		return config.Problems(h.cfg.MissingSecrets)
	}
	return nil
}

// plan is how a channel composes, by its name.
func (h *house) plan(name string) (press.Plan, error) {
	i := slices.IndexFunc(h.lanes, func(c scheduler.Channel) bool { return c.Plan.Channel == name })
	if i < 0 {
		return press.Plan{}, fmt.Errorf("配置里没有叫“%s”的渠道", name)
	}
	return h.lanes[i].Plan, nil
}

// scheduler makes the clockwork of this house.
func (h *house) scheduler() *scheduler.Scheduler {
	return scheduler.New(scheduler.Options{Store: store{h.led, h.rehearsal()}, Channels: h.lanes, Now: h.now, Log: h.log,
		Survey: h.cfg.VerifyEvery.Survey, Time: h.clocks()})
}

// rehearsal reports whether everything behind every channel is a stand-in, so that the clock may be set.
func (h *house) rehearsal() bool {
	return !slices.ContainsFunc(h.cfg.Channels, func(c config.Channel) bool { return !c.Rehearsal })
}

// store is the ledger as the scheduler sees it.
type store struct {
	*ledger.Ledger
	rehearsal bool
}

func (s store) Journal(a press.Act, now func() time.Time) channels.Journal {
	return s.Ledger.Journal(a, now)
}

// Clock trusts any clock where nothing real can be harmed by it.
func (s store) Clock(ctx context.Context, now time.Time) error {
	if s.rehearsal {
		return nil
	}
	return s.Ledger.Clock(ctx, now)
}
