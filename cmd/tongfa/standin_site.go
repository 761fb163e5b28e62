package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tongfa/standin"
)

func (a *app) siteStandinCmd() *cobra.Command {
	var root, addr string
	var faults []string
	c := &cobra.Command{
		Use: "site", Short: "会出故障的网站主机", Args: noArgs,
		Long: `像普通的网站服务器一样提供一个文件夹，并按要求出故障，用来演练核验和告警。
把网站渠道的 url 指向它的地址，root 指向同一个文件夹，不写 serve，写上 rehearsal: true。

故障写成 路径=故障，路径以 / 结尾表示它下面的全部：
  drop 断开  half 只给一半  stale 只给旧的  endless 没完没了  drip 一点一点给
  slow:3s 慢  status:503 出错  redirect:网址 转走  other:文字 换成别的页面
运行中要改，向 /_standin/ 提交（fault、mend、edit、delete、replace、inject），写法见 go doc tongfa/standin Host。`,
		Example: `  tongfa standin site --root public --fault /content/=status:503 --fault /index.html=slow:6s`,
		RunE: func(c *cobra.Command, _ []string) error {
			h, err := failingHost(root, faults)
			if err != nil {
				a.begun = false
				return err
			}
			return a.hosting(c.Context(), addr, h)
		},
	}
	c.Flags().StringVar(&root, "root", "", "网站的文件夹")
	c.Flags().StringVar(&addr, "listen", "127.0.0.1:8081", "监听地址")
	c.Flags().StringArrayVar(&faults, "fault", nil, "路径=故障，可写多次")
	return c
}

// failingHost makes a host of a folder that is there, with its faults armed.
func failingHost(root string, faults []string) (*standin.Host, error) {
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("--root 要写网站的文件夹，“%s”不是", root)
	}
	h := standin.NewHost(root)
	for _, s := range faults {
		f, err := hostFault(s)
		if err == nil {
			err = h.Fail(f)
		}
		if err != nil {
			return nil, fmt.Errorf("--fault “%s”不对，写法见 tongfa standin site --help：%w", s, err)
		}
	}
	return h, nil
}

// hostFault reads PATH=KIND or PATH=KIND:MORE.
func hostFault(s string) (f standin.HostFault, err error) {
	path, kind, ok := strings.Cut(s, "=")
	if !ok || !strings.HasPrefix(path, "/") {
		return f, errors.New("要写成 /路径=故障")
	}
	kind, more, _ := strings.Cut(kind, ":")
	f = standin.HostFault{Path: path, Do: kind}
	switch kind {
	case "slow":
		f.Do = ""
		f.Delay, err = time.ParseDuration(more)
	case standin.HostDrip:
		f.Delay = 100 * time.Millisecond
	case standin.HostStatus:
		f.Status, err = strconv.Atoi(more)
	case standin.HostRedirect:
		f.To = more
	case standin.HostOther:
		f.Body = more
	case "":
		err = errors.New("没有写是什么故障")
	}
	return f, err
}

func (a *app) hosting(ctx context.Context, addr string, h http.Handler) error {
	d := &daemon{house: &house{log: slog.New(slog.NewTextHandler(a.err, nil))}}
	if err := d.open("网站主机", addr, h); err != nil {
		return err
	}
	s := d.servers[0]
	fmt.Fprintf(a.out, "网站主机：%s\n", s.url())
	end := context.AfterFunc(ctx, func() { _ = s.s.Close() })
	defer end()
	if err := s.s.Serve(s.l); ctx.Err() == nil {
		return err
	}
	return nil
}
