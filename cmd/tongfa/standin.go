package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"tongfa/standin"
)

func (a *app) standinCmd() *cobra.Command {
	c := &cobra.Command{Use: "standin", Short: "单独运行一个模拟接口，用于演练", Args: noArgs, RunE: a.needSub}
	o := standin.Options{SaveEffects: true}
	acc := standin.Account{Service: true}
	var addr string
	var unlimited bool
	w := &cobra.Command{
		Use: "wechat", Short: "微信公众号的模拟接口", Args: noArgs,
		Long: `微信公众号接口的模拟：和真的一样严格，什么也不会发到网上。把配置里公众号渠道的 base_url 和 articles
都指向它的地址，写上 rehearsal: true，就可以演练。在浏览器里打开它的地址，能看到“发出去”的文章。`,
		RunE: func(c *cobra.Command, _ []string) error {
			o.Accounts = []standin.Account{acc}
			if unlimited {
				o.Quotas = map[string]int{"*": -1}
			}
			return a.standin(c.Context(), addr, o)
		},
	}
	w.Flags().StringVar(&addr, "listen", "127.0.0.1:8090", "监听地址")
	w.Flags().StringVar(&acc.AppID, "appid", "wx0123456789abcdef", "公众号的 AppID")
	w.Flags().StringVar(&acc.Secret, "secret", "rehearsal-only", "公众号的 AppSecret；只用于演练，不要写真的")
	w.Flags().StringVar(&acc.Name, "name", "演练公众号", "公众号的名称")
	w.Flags().StringVar(&o.State, "state", "", "记住模拟内容的文件；不写就只在内存里")
	w.Flags().DurationVar(&o.Review, "review", 2*time.Second, "模拟平台审核要多久")
	w.Flags().BoolVar(&unlimited, "unlimited", false, "不限各接口每天的次数")
	c.AddCommand(w)
	return c
}

func (a *app) standin(ctx context.Context, addr string, o standin.Options) error {
	w, err := standin.New(o)
	if err != nil {
		return err
	}
	d := &daemon{house: &house{log: slog.New(slog.NewTextHandler(a.err, nil))}, outside: w}
	if err := d.open("微信模拟接口", addr, w); err != nil {
		return err
	}
	s := d.servers[0]
	fmt.Fprintf(a.out, "微信模拟接口：%s\n", s.url())
	end := context.AfterFunc(ctx, func() { _ = s.s.Close() })
	defer end()
	go d.keep(ctx)
	if err := s.s.Serve(s.l); ctx.Err() == nil {
		return errors.Join(err, w.Close())
	}
	return w.Close()
}
