package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"tongfa/ledger"
	"tongfa/press"
	"tongfa/scheduler"
)

//go:embed replay.yaml
var replayConfig []byte

func (a *app) replayCmd() *cobra.Command {
	var number int
	var dir string
	var faults float64
	var seed int64
	c := &cobra.Command{
		Use: "replay", Short: "用模拟的时钟和对面，重放一个区政府办公室的一年", Args: noArgs,
		Long: `按一份公开的年度报告的数字，把一年的稿件在那一年真实的工作日里发一遍：网站、公众号、公报都用真的程序，
对面是模拟的微信接口和本机的文件夹，时钟是模拟的，一部分调用出故障，每月重新启动一次。
最后逐篇核对台账、网站的文件、公众号的文章和公报，与报告的数字并排列出。`,
		RunE: func(c *cobra.Command, _ []string) error {
			if number != year2019.number {
				a.begun = false
				return fmt.Errorf("只有%d年的报告数字，请写 --year %d", year2019.number, year2019.number)
			}
			if faults < 0 || faults > 50 {
				a.begun = false
				return errors.New("--faults 是百分数，写 0 到 50")
			}
			return a.replay(c.Context(), year2019, dir, faults/100, seed)
		},
	}
	c.Flags().IntVar(&number, "year", year2019.number, "哪一年")
	c.Flags().StringVar(&dir, "dir", "", "放在哪个文件夹，结束以后留着看（默认用临时文件夹，能放在内存里就放在内存里，结束即删）")
	c.Flags().Float64Var(&faults, "faults", 2, "百分之几的调用出故障")
	c.Flags().Int64Var(&seed, "seed", 1, "随机数的种子：同样的种子，同样的稿件和发布时刻")
	return c
}

// replay lives through a year, counts what came of it and prints that.
func (a *app) replay(ctx context.Context, y year, dir string, faults float64, seed int64) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp(roomy(), "tongfa-replay-"); err != nil {
			return fmt.Errorf("临时文件夹建不了：%w", err)
		}
		defer func() { err = errors.Join(err, removeAll(dir)) }()
	}
	r, err := a.newReplay(y, dir, faults, seed)
	if err != nil {
		return err
	}
	if err := r.live(ctx); err != nil {
		return errors.Join(err, r.leave())
	}
	t, err := r.tally(ctx)
	if err = errors.Join(err, r.leave()); err != nil {
		return err
	}
	return a.printTally(t)
}

// roomy is where a year has room that nobody will look at afterwards: in memory where there is enough, as a year is some 200,000 small files
// written and synced one by one; else "", for where temporary folders are.
func roomy() string {
	const memory = "/dev/shm"
	if free, ok := freeSpace(memory); ok && free > 1<<30 {
		return memory
	}
	return ""
}

// removeAll also removes the folders of issued gazettes, which nobody may write into.
func removeAll(dir string) error {
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			err = os.Chmod(path, 0o750)
		}
		return err
	})
	return errors.Join(err, os.RemoveAll(dir))
}

// replay is a year that is being lived through.
type replay struct {
	a     *app
	y     year
	zone  *time.Location
	net   *network
	items []replayed
	clock atomic.Int64 // microseconds since 1970
	began time.Time

	h     *house
	lease *ledger.Lease
	sched *scheduler.Scheduler

	restarts, passes int
	done             scheduler.Passed
	asked            int       // how often a person had to say what nobody else could know
	morning          time.Time // from which on the new-media editor looks at what asks her next
}

func (r *replay) now() time.Time { return time.UnixMicro(r.clock.Load()).In(r.zone) }

func (r *replay) set(t time.Time) { r.clock.Store(t.UnixMicro()) }

// newReplay makes the year's items, the folder of the house and what is outside.
func (a *app) newReplay(y year, dir string, faults float64, seed int64) (*replay, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("文件夹 %s 建不了：%w", dir, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "wechat-secret"), []byte("replay-only\n"), 0o600); err != nil {
		return nil, fmt.Errorf("凭据文件写不了：%w", err)
	}
	path, err := writeConfig(dir, replayConfig)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return nil, fmt.Errorf("load time zone: %w", err)
	}
	days, err := calendar(nil)
	if err != nil {
		return nil, err
	}
	r := &replay{a: a, y: y, zone: zone, began: time.Now()}
	if r.items, err = y.items(days, zone, uint64(seed)); err != nil {
		return nil, err
	}
	if r.net, err = newNetwork(r.now, faults, seed); err != nil {
		return nil, err
	}
	r.set(time.Date(y.number, time.January, 1, 0, 0, 0, 0, zone))
	a.config, a.now, a.outside = path, r.now, r.net
	return r, nil
}

// enter starts the daemon's part of the house, as after a restart.
func (r *replay) enter(ctx context.Context) error {
	h, err := r.a.open(ctx)
	if err != nil {
		return err
	}
	r.h = h
	if r.lease, err = h.led.Take(ctx, "tongfa replay", r.now()); err != nil {
		return err
	}
	if err := h.setUp(ctx); err != nil {
		return err
	}
	r.net.serve(h)
	r.sched = h.scheduler()
	r.restarts++
	return nil
}

func (r *replay) leave() error {
	if r.h == nil {
		return nil
	}
	err := errors.Join(r.lease.Release(), r.h.close())
	r.h = nil
	return err
}

// live goes from one moment at which something is due to the next, until the year is over and nothing is open any more.
func (r *replay) live(ctx context.Context) error {
	if err := r.enter(ctx); err != nil {
		return err
	}
	over := time.Date(r.y.number+1, time.January, 1, 12, 0, 0, 0, r.zone)
	month := r.now().AddDate(0, 1, 0)
	filed := 0
	for {
		next, err := r.sched.Next(ctx, r.now())
		if err != nil {
			return err
		}
		if filed < len(r.items) {
			if at := morning(r.items[filed].at); next.IsZero() || at.Before(next) {
				next = at
			}
		}
		if next.IsZero() || next.After(over) {
			return nil
		}
		if next.After(r.now()) { // not after a pass that made something due at the moment of it
			r.set(next)
		}
		for filed < len(r.items) && !morning(r.items[filed].at).After(r.now()) {
			n, err := r.file(ctx, r.items[filed:])
			if err != nil {
				return err
			}
			filed += n
		}
		if !r.now().Before(month) {
			month = month.AddDate(0, 1, 0)
			r.net.stopSoon()
		}
		if err := r.pass(ctx); err != nil {
			return err
		}
	}
}

// morning is when the items of a day are filed.
func morning(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 8, 0, 0, 0, t.Location())
}

// file hands in the first items that belong to the same morning, several at a time, and says how many they were.
func (r *replay) file(ctx context.Context, items []replayed) (int, error) {
	n := 0
	for n < len(items) && morning(items[n].at).Equal(morning(items[0].at)) {
		n++
	}
	errs := make([]error, n)
	var wg sync.WaitGroup
	places := make(chan struct{}, 2*runtime.NumCPU())
	for i := range n {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			got, err := r.h.led.File(ctx, items[i].filing, r.now())
			if err == nil && press.Stops(got.Findings) {
				err = fmt.Errorf("稿件 %s 未通过门禁：%s", items[i].ref, got.Findings[0].Message)
			}
			errs[i] = err
		})
	}
	wg.Wait()
	return n, errors.Join(errs...)
}

// pass does what is due, and the gazette editor's part with it. When the daemon is ended in the middle of it, it is started again.
func (r *replay) pass(ctx context.Context) error {
	r.passes++
	within, stop := r.net.until(ctx)
	done, err := r.sched.Pass(within, r.now())
	cut := within.Err() != nil
	stop()
	r.done.Editions += done.Editions
	r.done.Acts += done.Acts
	r.done.Looks += done.Looks
	r.net.count()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case cut:
		return errors.Join(r.leave(), r.enter(ctx))
	case err != nil:
		return err
	}
	if err := r.answer(ctx); err != nil {
		return err
	}
	return r.issue(ctx)
}

// answer does once a day what the new-media editor is asked to do: she looks at the account whether what nobody could find out is public, and
// says so. What asks for anything else, such as a proxy in the way, she leaves alone.
func (r *replay) answer(ctx context.Context) error {
	if r.now().Before(r.morning) {
		return nil
	}
	r.morning = morning(r.now()).AddDate(0, 0, 1)
	editor := ledger.Who{Name: "新媒体编辑", Role: press.NewMediaEditor}
	page, err := r.h.led.Page(ctx, ledger.Filter{Channel: "wechat", Copy: press.CopyNeedsHand})
	if err != nil {
		return err
	}
	for _, line := range page.Lines {
		for _, c := range line.Copies {
			if c.Channel != "wechat" || !strings.Contains(c.Note, "认定“未发布”") {
				continue
			}
			hint := ledger.Hint{Absent: true}
			if address := r.net.published(c.Marker); address != "" {
				hint = ledger.Hint{Link: address}
			}
			if _, err := r.h.led.Retry(ctx, string(line.Item.ID), "wechat", hint, editor, r.now()); err != nil {
				return err
			}
			r.asked++
		}
	}
	return nil
}

// issue freezes and issues what was composed for the gazette, as its editor does.
func (r *replay) issue(ctx context.Context) error {
	editor := ledger.Who{Name: "公报编辑", Role: press.GazetteEditor}
	list, err := r.h.led.Editions(ctx, "gazette", time.Time{}, 1)
	if err != nil || len(list) == 0 || list[0].State != press.EditionPlanned {
		return err
	}
	p, err := r.h.plan("gazette")
	if err != nil {
		return err
	}
	if _, err := r.h.led.Freeze(ctx, p, list[0].Key, ledger.Edit{Who: editor}, r.now()); err != nil {
		return err
	}
	return r.h.led.Issue(ctx, p, list[0].Key, ledger.Edit{Who: editor}, r.now())
}
