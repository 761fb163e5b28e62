package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"tongfa/channels"
	"tongfa/config"
	"tongfa/desk"
)

func (a *app) checkCmd() *cobra.Command {
	var accept, offline bool
	c := &cobra.Command{
		Use: "check", Short: "检查配置、台账、时钟、磁盘、凭据和对外访问，说明怎么处理", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.within(c.Context(), func(h *house) error {
				if accept {
					if err := h.led.AcceptClock(c.Context(), h.now()); err != nil {
						return err
					}
				}
				return a.check(c.Context(), h, offline)
			})
		},
	}
	c.Flags().BoolVar(&accept, "accept-clock", false, "核实过本机时钟是对的，以它为准")
	c.Flags().BoolVar(&offline, "offline", false, "不对外访问")
	return c
}

// checked is the answer of one check. A hint is no failure.
type checked struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Hint bool   `json:"hint,omitempty"`
	Said string `json:"said"`
}

func (a *app) check(ctx context.Context, h *house, offline bool) error {
	all := []checked{{Name: "配置", OK: true, Said: h.cfg.File}}
	for _, p := range h.cfg.MissingSecrets {
		all = append(all, checked{Name: "凭据", Said: p.String()})
	}
	all = append(all, h.checkLedger(ctx), h.checkClock(ctx), h.checkService(), h.checkBackup(ctx))
	all = append(all, h.checkDoor(ctx)...)
	all = append(all, h.checkRestore(ctx)...)
	all = append(all, h.checkStrangers(ctx)...)
	all = append(all, h.checkDisks()...)
	all = append(all, h.checkYears())
	all = append(all, h.checkGazettes()...)
	if !offline {
		all = append(all, h.checkOutside(ctx)...)
	}
	bad := 0
	for _, c := range all {
		if !c.OK && !c.Hint {
			bad++
		}
	}
	if err := a.printChecks(all); err != nil {
		return err
	}
	if bad > 0 {
		return fmt.Errorf("有%d项要处理", bad)
	}
	return nil
}

func (a *app) printChecks(all []checked) error {
	if a.json {
		return a.printJSON(all)
	}
	for _, c := range all {
		mark := "✗"
		switch {
		case c.OK:
			mark = "✓"
		case c.Hint:
			mark = "!"
		}
		paragraph(a.out, "", fmt.Sprintf("%s %s：%s", mark, c.Name, c.Said))
	}
	return nil
}

func (h *house) checkLedger(ctx context.Context) checked {
	n, broken, err := h.led.Chain(ctx)
	switch {
	case err != nil:
		return checked{Name: "台账", Said: say(err)}
	case len(broken) > 0:
		return checked{Name: "台账", Said: fmt.Sprintf("有%d处记录对不上，第一处是%s（%s），请系统管理员保留现场并核对备份",
			len(broken), broken[0].Place(), broken[0].Why)}
	}
	heads, odd, err := h.led.CheckHeads(ctx, true)
	switch {
	case err != nil:
		return checked{Name: "台账", Said: say(err)}
	case len(odd) > 0:
		return checked{Name: "台账", Said: fmt.Sprintf("有%d处每日总摘要对不上：%s，请系统管理员保留现场并核对备份", len(odd), odd[0])}
	case heads > 0:
		return checked{Name: "台账", OK: true, Said: fmt.Sprintf("%s，%d条记录连贯，%d份每日总摘要相符", h.led.Path(), n, heads)}
	}
	return checked{Name: "台账", OK: true, Said: fmt.Sprintf("%s，%d条记录连贯", h.led.Path(), n)}
}

// checkDoor tells what is not safe about how people come in to the desk.
func (h *house) checkDoor(ctx context.Context) []checked {
	var out []checked
	if u, err := url.Parse(h.cfg.Desk); err == nil && u.Scheme == "http" && u.Hostname() != "localhost" && !strings.HasPrefix(u.Hostname(), "127.") {
		out = append(out, checked{Name: "编辑台", Hint: true, Said: "desk 是 http 的网址，密码和会话在网上明文传送；请在前面放一个 https 的反向代理，把 desk 改成 https"})
	}
	if has, err := h.led.HasOperator(ctx, h.cfg.SignIn.OIDC != nil); err == nil && !has {
		out = append(out, checked{Name: "人员", Hint: true, Said: "还没有能登录的系统管理员；运行 tongfa user add 登录名 --name 姓名 --role operator，或者启动服务以后按日志里的提示建立"})
	}
	return out
}

func (h *house) checkClock(ctx context.Context) checked {
	if err := h.led.Clock(ctx, h.now()); err != nil {
		return checked{Name: "时钟", Said: say(err)}
	}
	return checked{Name: "时钟", OK: true, Said: at(h.now(), h.cfg.Timezone) + " " + h.cfg.Timezone.String()}
}

// checkBackup tells when the last good copy of the ledger was made, and what went wrong since.
func (h *house) checkBackup(ctx context.Context) checked {
	if h.cfg.BackupEvery <= 0 {
		return checked{Name: "备份", Hint: true, Said: "没有启用自动备份"}
	}
	if wrong, err := h.backupTrouble(ctx); err != nil || wrong != nil {
		if err == nil {
			err = wrong
		}
		return checked{Name: "备份", Said: say(err)}
	}
	last, _, err := h.led.LastBackup(ctx)
	switch {
	case err != nil:
		return checked{Name: "备份", Said: say(err)}
	case last.At.IsZero():
		return checked{Name: "备份", Hint: true, Said: "还没有备份过"}
	}
	return checked{Name: "备份", OK: true, Said: at(last.At, h.cfg.Timezone) + "，" + last.File}
}

// checkRestore tells of the last restore what was taken in since, and what a person has still to see to.
func (h *house) checkRestore(ctx context.Context) []checked {
	r, ok, err := h.led.LastRestore(ctx)
	if err != nil {
		return []checked{{Name: "恢复", Said: say(err)}}
	}
	if !ok {
		return nil
	}
	out := []checked{{Name: "恢复", OK: true, Said: fmt.Sprintf("%s从备份恢复，备份里最后一条记录是%s的", at(r.At, h.cfg.Timezone), at(r.Last, h.cfg.Timezone))}}
	for _, c := range h.cfg.Channels {
		one := checked{Name: "恢复（" + c.Name + "）", OK: true}
		switch {
		case slices.Contains(r.Open, c.Name):
			one.OK, one.Said = false, "还没有普查，普查以前不发布；运行 tongfa serve 或 tongfa pass 即开始"
		case r.Doubtful[c.Name] > 0:
			one.OK, one.Said = false, fmt.Sprintf("认领了%d件；%s，有%d件要人查明是否已经发布（tongfa list --waits restore），再用 tongfa retry 登记",
				r.Adopted[c.Name], r.Why[c.Name], r.Doubtful[c.Name])
		default:
			one.Said = fmt.Sprintf("%s，认领了%d件", cmp.Or(r.Why[c.Name], "已普查"), r.Adopted[c.Name])
		}
		out = append(out, one)
	}
	return out
}

// checkStrangers tells of what channels show that nobody has explained.
func (h *house) checkStrangers(ctx context.Context) []checked {
	const most = 1000
	found, err := h.led.Strangers(ctx, "", most)
	switch {
	case err != nil:
		return []checked{{Name: "普查", Said: say(err)}}
	case len(found) > 0:
		return []checked{{Name: "普查", Said: fmt.Sprintf("渠道上有%d件内容不在台账里，见 tongfa stranger list", len(found))}}
	}
	return nil
}

func (h *house) checkService() checked {
	if who := h.led.Holder(); who != "" {
		return checked{Name: "服务", OK: true, Said: who}
	}
	return checked{Name: "服务", Hint: true, Said: "没有运行；到时间的稿件不会发出，运行 tongfa serve"}
}

// checkYears tells whether the calendar knows the years that deadlines run into.
func (h *house) checkYears() checked {
	days := h.led.Calendar()
	for _, y := range []int{h.now().Year(), h.now().Year() + 1} {
		if !days.Knows(y) {
			return checked{Name: "放假安排", Hint: true, Said: fmt.Sprintf("还没有%d年的放假通知，涉及的期限按周末推算，标为暂定；通知公布以后在编辑台的设置里导入，或者用配置的 holidays 补上", y)}
		}
	}
	return checked{Name: "放假安排", OK: true, Said: "今明两年的放假通知都有"}
}

// littleSpace is how much free space calls for a person.
const littleSpace = 1 << 30

func (h *house) checkDisks() []checked {
	places := map[string]string{"磁盘（台账）": h.cfg.Data}
	order := []string{"磁盘（台账）"}
	for _, c := range h.cfg.Channels {
		root := ""
		switch {
		case c.Site != nil:
			root = c.Site.Root
		case c.Gazette != nil:
			root = c.Gazette.Root
		}
		if root != "" {
			name := "磁盘（" + c.Name + "）"
			places[name] = root
			order = append(order, name)
		}
	}
	var out []checked
	for _, name := range order {
		out = append(out, checkDisk(name, places[name]))
	}
	return out
}

func checkDisk(name, dir string) checked {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return checked{Name: name, Said: fmt.Sprintf("%s 建不了，请系统管理员检查权限（%v）", dir, err)}
	}
	f, err := os.CreateTemp(dir, ".check-*")
	if err != nil {
		return checked{Name: name, Said: fmt.Sprintf("%s 写不了，请系统管理员检查权限和空间（%v）", dir, err)}
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return checked{Name: name, Said: fmt.Sprintf("%s 写不了，请系统管理员检查权限和空间（%v）", dir, err)}
	}
	free, ok := freeSpace(dir)
	if !ok {
		return checked{Name: name, OK: true, Said: dir + " 可以写"}
	}
	said := fmt.Sprintf("%s 可以写，剩余 %s", dir, humanize.IBytes(free))
	if free < littleSpace {
		return checked{Name: name, Said: said + "，请系统管理员尽快清理"}
	}
	return checked{Name: name, OK: true, Said: said}
}

// tester is the power of a channel to try its outside without changing anything.
type tester interface {
	Test(ctx context.Context) (said string, err error)
}

// checkOutside tries every channel: its interface where it has one, and the public address of what it writes.
func (h *house) checkOutside(ctx context.Context) []checked {
	var out []checked
	for i, c := range h.cfg.Channels {
		for _, one := range h.checkOutsideOf(ctx, i) {
			one.Name = "渠道（" + c.Name + "）"
			out = append(out, one)
		}
	}
	return out
}

func publicURL(c config.Channel) string {
	switch {
	case c.Site != nil:
		return c.Site.URL + "/"
	case c.Gazette != nil:
		return c.Gazette.URL + "/"
	}
	return ""
}

// clockMay is how far this machine's clock may be from another's.
const clockMay = time.Minute

func (h *house) checkAddress(ctx context.Context, name, address string) checked {
	p, err := channels.NewGetter(h.cfg.AllowPrivate, nil).Get(ctx, address)
	u, _ := url.Parse(address) // it came out of the configuration's checks
	if err != nil {
		return checked{Name: name, Hint: true, Said: fmt.Sprintf("%s 访问不到，发布以后就核验不了；请网站管理员检查（%v）", cmp.Or(u.Host, address), err)}
	}
	if off := p.Date.Sub(h.now()); !p.Date.IsZero() && off.Abs() > clockMay {
		return checked{Name: name, Said: fmt.Sprintf("%s 的时钟与本机相差%s，请系统管理员校准本机时钟", u.Host, off.Abs().Round(time.Second))}
	}
	return checked{Name: name, OK: true, Said: fmt.Sprintf("%s 应答 %d，用时%s", address, p.Status, p.Elapsed.Round(time.Millisecond))}
}

// gauges are what the desk's strip says of this machine.
func (h *house) gauges(ctx context.Context) []desk.Gauge {
	var out []desk.Gauge
	if free, ok := freeSpace(h.cfg.Data); ok {
		out = append(out, desk.Gauge{Name: "磁盘剩余", Word: humanize.IBytes(free), Bad: free < littleSpace})
	}
	last := newestBackup(filepath.Join(h.cfg.Data, "backup"))
	wrong, err := h.backupTrouble(ctx)
	switch {
	case err != nil || wrong != nil:
		out = append(out, desk.Gauge{Name: "备份", Word: "没有做成", Bad: true})
	case h.cfg.BackupEvery <= 0:
		out = append(out, desk.Gauge{Name: "备份", Word: "未启用", Bad: true})
	case last.IsZero():
		out = append(out, desk.Gauge{Name: "备份", Word: "还没有"})
	default:
		age := h.now().Sub(last)
		out = append(out, desk.Gauge{Name: "备份", Word: age.Round(time.Minute).String() + "前", Bad: age > 2*h.cfg.BackupEvery})
	}
	return out
}
