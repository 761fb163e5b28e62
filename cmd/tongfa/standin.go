package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tongfa/standin"
)

func (a *app) standinCmd() *cobra.Command {
	c := &cobra.Command{Use: "standin", Short: "单独运行一个模拟接口，用于演练", Args: noArgs, RunE: a.needSub}
	var r rehearsal
	w := &cobra.Command{
		Use: "wechat", Short: "微信公众号的模拟接口", Args: noArgs,
		Long: `微信公众号接口的模拟：和真的一样严格，什么也不会发到网上。把配置里公众号渠道的 base_url 和 articles
都指向它的地址，写上 rehearsal: true，就可以演练。在浏览器里打开它的地址，能看到“发出去”的文章，
也能扮演后台里的人和平台：改稿、删稿、封禁、确认群发、让时间前进、制造故障。

故障写成一行，例如：--faults "draft/add@2=drop freepublish/get=errcode(45009) callback*=early"
随机故障：--storm 0.05 表示每次调用有百分之五出错，同一个 --seed 得到同样的故障。`,
		RunE: func(c *cobra.Command, _ []string) error { return a.standin(c.Context(), r) },
	}
	r.flags(w.Flags())
	c.AddCommand(w, a.siteStandinCmd())
	return c
}

// rehearsal is what the flags say about a stand-in.
type rehearsal struct {
	addr      string
	o         standin.Options
	acc       standin.Account
	unlimited bool
	faults    string
	storm     float64
}

func (r *rehearsal) flags(f *pflag.FlagSet) {
	f.StringVar(&r.addr, "listen", "127.0.0.1:8090", "监听地址")
	f.StringVar(&r.acc.AppID, "appid", "wx0123456789abcdef", "公众号的 AppID")
	f.StringVar(&r.acc.Secret, "secret", "rehearsal-only", "公众号的 AppSecret；只用于演练，不要写真的")
	f.StringVar(&r.acc.Name, "name", "演练公众号", "公众号的名称")
	f.StringVar(&r.o.State, "state", "", "记住模拟内容的文件；不写就只在内存里")
	f.DurationVar(&r.o.Review, "review", 2*time.Second, "模拟平台审核要多久")
	f.DurationVar(&r.o.DraftListed, "draft-lag", 0, "新草稿过多久才出现在草稿列表里")
	f.DurationVar(&r.o.PostListed, "list-lag", 0, "新文章过多久才出现在已发布列表里")
	f.BoolVar(&r.unlimited, "unlimited", false, "不限各接口每天的次数")
	f.StringVar(&r.faults, "faults", "", "开始时就布置的故障，写成一行")
	f.Float64Var(&r.storm, "storm", 0, "随机故障占调用的比例，0 到 1")
	f.Int64Var(&r.o.Seed, "seed", 0, "随机故障和编号的种子")
	f.StringVar(&r.acc.Callback.URL, "callback", "", "消息推送的地址；不写就不推送")
	f.StringVar(&r.acc.Callback.Token, "callback-token", "", "消息推送的 Token；只用于演练")
	f.StringVar(&r.acc.Callback.AESKey, "callback-key", "", "消息推送的 EncodingAESKey；只用于演练")
	f.StringVar(&r.acc.Callback.Mode, "callback-mode", "plain", "消息推送的方式：plain（明文）、compat（兼容）、safe（安全）")
	f.BoolVar(&r.acc.Callback.JSON, "callback-json", false, "消息推送用 JSON；不写就是 XML")
}

// start makes the stand-in with its faults armed.
func (r *rehearsal) start() (*standin.WeChat, error) {
	script, err := standin.ParseScript(r.faults)
	if err != nil {
		return nil, fmt.Errorf("--faults：%w", err)
	}
	if r.storm < 0 || r.storm > 1 {
		return nil, errors.New("--storm 应在 0 到 1 之间")
	}
	if r.storm > 0 {
		script = append(script, standin.Fault{Kind: "any", Rate: r.storm})
	}
	r.acc.Service, r.o.SaveEffects = true, true
	r.o.Accounts = []standin.Account{r.acc}
	if r.unlimited {
		r.o.Quotas = map[string]int{"*": -1}
	}
	w, err := standin.New(r.o)
	if err != nil {
		return nil, err
	}
	return w, w.Inject(script...)
}

func (a *app) standin(ctx context.Context, r rehearsal) error {
	w, err := r.start()
	if err != nil {
		return err
	}
	d := &daemon{house: &house{log: slog.New(slog.NewTextHandler(a.err, nil))}, outside: w}
	if err := d.open("微信模拟接口", r.addr, w); err != nil {
		return err
	}
	s := d.servers[0]
	fmt.Fprintf(a.out, "微信模拟接口：%s\n", s.url())
	end := context.AfterFunc(ctx, func() { _ = s.s.Close() })
	defer end()
	go d.keep(ctx)
	go w.Keep(ctx)
	if err := s.s.Serve(s.l); ctx.Err() == nil {
		return errors.Join(err, w.Close())
	}
	return w.Close()
}
