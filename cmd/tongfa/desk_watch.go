package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"tongfa/channels"
	"tongfa/config"
	"tongfa/desk"
	"tongfa/ledger"
	"tongfa/workday"
)

// withWatch gives a desk what supervision and settings need to know of this house.
func (d *daemon) withWatch(o desk.Options) desk.Options {
	o.Checks, o.CheckChains = d.audit.going, d.audit.begin
	o.Test = d.testChannel
	o.Upkeep = desk.Upkeep{Version: version(), Checks: d.upkeep, Backups: d.copies, BackUp: d.copyNow, Years: d.years}
	return o
}

// audit is the check of all chains: by itself once a day, and when a person asks for it; one at a time.
type audit struct {
	h    *house
	asks chan string

	mu     sync.Mutex
	now    desk.Checking
	broken []ledger.Broken
	odd    []string
	read   bool // everything was read once
}

func newAudit(h *house) *audit { return &audit{h: h, asks: make(chan string, 1)} }

func (a *audit) going() desk.Checking {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now
}

// begin asks for a check; false while one is under way or asked for.
func (a *audit) begin(by string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now.Running {
		return false
	}
	select {
	case a.asks <- by:
		a.now = desk.Checking{Running: true, By: by, Began: a.h.now()}
		return true
	default:
		return false
	}
}

// found is what the last check found; read is false before the first.
func (a *audit) found() (broken []ledger.Broken, odd []string, read bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.broken, a.odd, a.read
}

// run checks whenever it is due or asked for.
func (a *audit) run(ctx context.Context) {
	for wait := chainFirst; ; wait = chainEvery {
		by := ""
		select {
		case <-ctx.Done():
			return
		case by = <-a.asks:
		case <-time.After(wait):
		}
		a.check(ctx, by)
	}
}

func (a *audit) check(ctx context.Context, by string) {
	a.mu.Lock()
	a.now = desk.Checking{Running: true, By: by, Began: a.h.now()}
	a.mu.Unlock()
	c, broken, err := a.h.led.CheckChains(ctx, by, a.h.now, func(read int) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.now.Read = read
	})
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now = desk.Checking{}
	if err != nil {
		a.h.log.Warn("cannot read the chains of moves", "error", err)
		a.now.Trouble = say(err)
		return
	}
	a.broken, a.odd, a.read = broken, c.Odd, true
}

const (
	headFirst = time.Minute      // after the start
	headEvery = 10 * time.Minute // how often it is looked whether a day has ended
)

// heads makes the daily head once a day has ended.
func (h *house) heads(ctx context.Context) {
	for wait := headFirst; ; wait = headEvery {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		last, err := h.led.Heads(ctx, 0, 1)
		if err != nil {
			h.log.Warn("cannot read the daily heads", "error", err)
			continue
		}
		today := h.now().In(h.cfg.Timezone).Format(time.DateOnly)
		if len(last) == 0 || last[0].At.Format(time.DateOnly) < today {
			h.seal(ctx, true)
		}
	}
}

// seal makes a daily head and writes it where the ledger is not: into the log, and into a file beside the backups.
func (h *house) seal(ctx context.Context, quiet bool) {
	head, made, err := h.led.Seal(ctx, quiet, h.now())
	if err != nil {
		h.log.Warn("cannot make the daily head", "error", err)
		return
	}
	if !made {
		return
	}
	h.log.Info("daily head", "n", head.N, "hash", head.Hash)
	if err := h.keepHead(head); err != nil {
		h.log.Warn("cannot write the daily head beside the backups", "error", err)
	}
}

func (h *house) keepHead(head ledger.Head) error {
	dir := filepath.Join(h.cfg.Data, "backup")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, "heads.txt"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%d %s %s\n", head.N, head.At.Format(time.RFC3339), head.Hash)
	if err2 := f.Close(); err == nil {
		err = err2
	}
	return err
}

// testChannel tries one channel from end to end, for the desk.
func (d *daemon) testChannel(ctx context.Context, name string) []desk.CheckLine {
	i := slices.IndexFunc(d.cfg.Channels, func(c config.Channel) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return lines(d.checkChannel(ctx, i))
}

func lines(all []checked) []desk.CheckLine {
	var out []desk.CheckLine
	for _, c := range all {
		out = append(out, desk.CheckLine{Name: c.Name, Said: c.Said, OK: c.OK, Hint: c.Hint})
	}
	return out
}

// upkeep is what tongfa check says of this machine, but for the chains, which the desk has checked in their own time.
func (d *daemon) upkeep(ctx context.Context) []desk.CheckLine {
	all := []checked{d.checkClock(ctx), d.checkService(), d.checkBackup(ctx)}
	all = append(all, d.checkRestore(ctx)...)
	all = append(all, d.checkStrangers(ctx)...)
	all = append(all, d.checkDisks()...)
	return lines(append(all, d.checkYears()))
}

// checkChannel tries a channel: its folder, its interface where it has one, and whether its public address shows what it has written.
func (h *house) checkChannel(ctx context.Context, i int) []checked {
	root := rootOf(h.cfg.Channels[i])
	var out []checked
	if root != "" {
		out = append(out, checkDisk("文件夹", root))
	}
	return append(out, h.checkOutsideOf(ctx, i)...)
}

// checkOutsideOf tries what of a channel is not on this machine.
func (h *house) checkOutsideOf(ctx context.Context, i int) []checked {
	c := h.cfg.Channels[i]
	if t, ok := h.lanes[i].Driver.(tester); ok {
		said, err := t.Test(ctx)
		if err != nil {
			said = say(err)
		}
		return []checked{{Name: "接口", OK: err == nil, Said: said}}
	}
	u := publicURL(c)
	if u == "" {
		return nil
	}
	out := []checked{h.checkAddress(ctx, "公开地址", u)}
	if root := rootOf(c); out[0].OK && root != "" {
		out = append(out, h.checkHome(ctx, root, u)...)
	}
	return out
}

func rootOf(c config.Channel) string {
	switch {
	case c.Site != nil:
		return c.Site.Root
	case c.Gazette != nil:
		return c.Gazette.Root
	}
	return ""
}

// checkHome compares the home page that the public sees with the one in the folder: a web server that serves another folder shows here.
func (h *house) checkHome(ctx context.Context, root, address string) []checked {
	const name = "公开的内容"
	ours, err := os.ReadFile(filepath.Join(root, "index.html"))
	if err != nil {
		return []checked{{Name: name, Hint: true, Said: "文件夹里还没有首页，发布第一篇以后再测"}}
	}
	p, err := channels.NewGetter(h.cfg.AllowPrivate, nil).Get(ctx, address)
	switch {
	case err != nil:
		return []checked{{Name: name, Hint: true, Said: fmt.Sprintf("首页取不到（%v）", err)}}
	case p.Status != 200:
		return []checked{{Name: name, Said: fmt.Sprintf("%s 应答 %d，公众看不到首页；请网站管理员检查网站服务器是否指向 %s", address, p.Status, root)}}
	case !bytes.Equal(bytes.TrimSpace(p.Body), bytes.TrimSpace(ours)):
		return []checked{{Name: name, Hint: true, Said: fmt.Sprintf("%s 的首页与 %s 里的不同；请网站管理员核对网站服务器指向的文件夹，以及有没有缓存或者改写", address, root)}}
	}
	return []checked{{Name: name, OK: true, Said: "公众看到的首页就是本系统写的"}}
}

// years is what the calendar has without what was handed in at the desk.
func (d *daemon) years() (builtin []int, files []string) {
	return workday.Builtin().Years(), d.cfg.Holidays
}

// copies are the backups there are.
func (d *daemon) copies(ctx context.Context) desk.Backups {
	dir := filepath.Join(d.cfg.Data, "backup")
	b := desk.Backups{Dir: dir, Every: d.cfg.BackupEvery, Keep: d.cfg.BackupKeep, Running: d.copying.Load()}
	names := backupNames(dir)
	slices.Reverse(names)
	for _, n := range names {
		if info, err := os.Stat(n); err == nil {
			b.Files = append(b.Files, desk.BackupFile{Name: filepath.Base(n), Size: info.Size(), At: info.ModTime()})
		}
	}
	if b.Every > 0 {
		if b.Next = d.now().Add(b.Every); len(b.Files) > 0 {
			b.Next = b.Files[0].At.Add(b.Every)
		}
	}
	if wrong, err := d.backupTrouble(ctx); err == nil && wrong != nil {
		b.Trouble = wrong.Say()
	}
	return b
}

// copyNow makes a backup beside the work; false while one is being made.
func (d *daemon) copyNow(by string) bool {
	if !d.copying.CompareAndSwap(false, true) {
		return false
	}
	d.asides.Go(func() {
		defer d.copying.Store(false)
		name := filepath.Join(d.cfg.Data, "backup", backupName(d.now()))
		if err := d.backup(d.life, name); err != nil {
			d.log.Error("backup failed", "error", err, "by", by)
			return
		}
		d.prune(filepath.Dir(name))
	})
	return true
}
