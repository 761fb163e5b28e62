package main

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/spf13/cobra"

	"tongfa/config"
	"tongfa/intake"
	"tongfa/ledger"
)

//go:embed demo
var samples embed.FS

//go:embed demo.yaml
var demoText string

func (a *app) demoCmd() *cobra.Command {
	var dir, listen string
	var exit bool
	var scheduled time.Duration
	c := &cobra.Command{
		Use: "demo", Short: "在本机试一试：样例稿件发到自带网站、微信模拟接口和公报", Args: noArgs,
		Long: `在本机试一试，什么也不用装，什么也不会发到网上。它生成一个文件夹（默认 ./tongfa-demo），里面是普通的配置和台账，
报送十几篇已签发的样例稿件，发到自带网站、微信模拟接口和公报，然后一直运行，按 Ctrl-C 结束。
以后用 tongfa --config tongfa-demo/tongfa.yaml serve 接着运行，删掉文件夹就能重来。`,
		RunE: func(c *cobra.Command, _ []string) error { return a.demo(c.Context(), dir, listen, scheduled, exit) },
	}
	c.Flags().StringVar(&dir, "dir", "tongfa-demo", "放在哪个文件夹")
	c.Flags().StringVar(&listen, "listen", "", "编辑台的监听地址（默认 127.0.0.1:8080，被占用时另选）")
	c.Flags().DurationVar(&scheduled, "scheduled", time.Minute, "定时发布的那一篇样例，多久以后发布")
	c.Flags().BoolVar(&exit, "exit", false, "全部就位以后退出，不再运行")
	return c
}

func (a *app) demo(ctx context.Context, dir, listen string, scheduled time.Duration, exit bool) error {
	a.config = filepath.Join(dir, configName)
	if _, err := os.Stat(a.config); errors.Is(err, fs.ErrNotExist) {
		if err := makeDemo(dir, listen, time.Now()); err != nil {
			return err
		}
	}
	log, err := os.OpenFile(filepath.Join(dir, "tongfa.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return fmt.Errorf("日志文件打不开：%w", err)
	}
	defer log.Close()
	a.log = slog.New(slog.NewTextHandler(log, nil)) // the terminal is for the table
	began := time.Now()
	return a.within(ctx, func(h *house) error {
		h.guest = visitor()
		if err := h.demoPeople(ctx); err != nil {
			return err
		}
		return a.serve(ctx, h, func(d *daemon) error {
			if err := a.fileSamples(ctx, h, began.Add(scheduled)); err != nil {
				return err
			}
			if err := h.handInSamples(ctx); err != nil {
				return err
			}
			return a.play(ctx, d, began, exit)
		})
	})
}

// demoConfig are the values of demo.yaml.
type demoConfig struct{ Desk, Site, WeChat, Issue string }

// makeDemo writes the folder of a demonstration: an ordinary configuration, and the secret of the stand-in.
func makeDemo(dir, listen string, now time.Time) error {
	if left, err := os.ReadDir(dir); err == nil && len(left) > 0 {
		return fmt.Errorf("文件夹 %s 里已有别的内容，请用 --dir 另选一个", dir)
	}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return fmt.Errorf("load time zone: %w", err)
	}
	c := demoConfig{Desk: listen, Issue: now.In(zone).Add(15 * time.Second).Format("2006-01-02T15:04:05")}
	for _, p := range []struct {
		addr *string
		want string
	}{{&c.Desk, "127.0.0.1:8080"}, {&c.Site, "127.0.0.1:8081"}, {&c.WeChat, "127.0.0.1:8090"}} {
		if *p.addr != "" {
			continue
		}
		if *p.addr, err = freeAddress(p.want); err != nil {
			return err
		}
	}
	var b strings.Builder
	if err := template.Must(template.New("demo").Parse(demoText)).Execute(&b, c); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("文件夹 %s 建不了：%w", dir, err)
	}
	for _, name := range []string{"wechat-secret", "wechat-token"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("demonstration-only\n"), 0o600); err != nil {
			return fmt.Errorf("凭据文件写不了：%w", err)
		}
	}
	_, err = writeConfig(dir, []byte(b.String()))
	return err
}

// freeAddress is the address that is wanted, or one that nobody uses.
func freeAddress(want string) (string, error) {
	l, err := net.Listen("tcp", want)
	if err != nil {
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return "", fmt.Errorf("本机没有可用的端口：%w", err)
	}
	return l.Addr().String(), l.Close()
}

// play shows how everything goes out, and then where to look.
func (a *app) play(ctx context.Context, d *daemon, began time.Time, exit bool) error {
	d.sched.Wake()
	fmt.Fprintf(a.out, "\n编辑台已打开：%s\n\n", d.servers[len(d.servers)-1].url()) // it opens last
	p := newProgress(a.out, d.house)
	if err := p.follow(ctx, d.now); err != nil {
		return cmp.Or(ctx.Err(), err)
	}
	fmt.Fprintf(a.out, "\n全部就位，用时 %s。\n\n", time.Since(began).Round(100*time.Millisecond))
	a.whereToLook(d)
	more := "一直运行，按 Ctrl-C 结束。以后接着运行："
	if exit {
		more = "接着运行："
	}
	fmt.Fprintf(a.out, "\n%s\n  tongfa --config %s serve\n", more, d.cfg.File)
	if exit {
		return nil
	}
	<-ctx.Done()
	return nil
}

// fileSamples files the samples that are not there yet; the one that is scheduled is to go out at a moment.
func (a *app) fileSamples(ctx context.Context, h *house, scheduled time.Time) error {
	names, err := sampleNames()
	if err != nil {
		return err
	}
	for _, name := range names {
		p, err := readSample(name, h.reading(nil))
		if err != nil {
			return err
		}
		if _, err := h.led.Story(ctx, p.Item.ExternalID, h.now()); !errors.Is(err, ledger.ErrNoItem) {
			if err != nil {
				return err
			}
			continue
		}
		if !p.Item.ReleaseAt.IsZero() {
			p.Item.ReleaseAt = scheduled.Truncate(time.Second)
		}
		f, err := h.file(ctx, p, "演示", h.now())
		if err != nil {
			return fmt.Errorf("报送样例 %s：%w", name, err)
		}
		columns, _ := sizeOf(a.out)
		head := fmt.Sprintf("报送 %s %s ", f.ID, f.State.Name())
		fmt.Fprintln(a.out, head+titled(clip(f.title, max(20, columns-runewidth.StringWidth(head)-4))))
		for _, x := range f.Findings {
			if x.Severity == "stop" {
				paragraph(a.out, "     ", "门禁拦住："+x.Message)
			}
		}
	}
	return nil
}

// sampleNames are the documents of the samples, in their order.
func sampleNames() ([]string, error) {
	var names []string
	err := fs.WalkDir(samples, "demo", func(name string, e fs.DirEntry, err error) error {
		if ext := path.Ext(name); err == nil && (ext == ".md" || ext == ".json") {
			names = append(names, name)
		}
		return err
	})
	return names, err
}

func readSample(name string, o intake.Options) (intake.Package, error) {
	b, err := samples.ReadFile(name)
	if err != nil {
		return intake.Package{}, fmt.Errorf("read sample: %w", err)
	}
	return intake.ReadBytes(path.Base(name), b, func(file string) ([]byte, error) { return samples.ReadFile(path.Join(path.Dir(name), file)) }, o)
}

func (a *app) whereToLook(d *daemon) {
	for _, s := range d.servers {
		fmt.Fprintf(a.out, "%s  %s\n", pad(s.name, 14), s.url())
	}
	for _, c := range d.cfg.Channels {
		if c.Kind == config.KindGazette {
			fmt.Fprintf(a.out, "%s  %s/\n", pad("公报", 14), c.Gazette.URL)
		}
	}
	fmt.Fprintf(a.out, "%s  %s\n%s  %s\n", pad("配置", 14), d.cfg.File, pad("日志", 14), filepath.Join(filepath.Dir(d.cfg.File), "tongfa.log"))
}
