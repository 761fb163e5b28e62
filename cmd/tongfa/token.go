package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tongfa/ledger"
	"tongfa/press"
)

func (a *app) tokenCmd() *cobra.Command {
	c := &cobra.Command{Use: "token", Short: "接口令牌：新增、列出、撤销", Args: cobra.ArbitraryArgs, RunE: a.needSub}
	c.AddCommand(a.tokenAddCmd(), &cobra.Command{Use: "list", Short: "列出接口令牌", Args: noArgs, RunE: func(c *cobra.Command, _ []string) error {
		return a.within(c.Context(), func(h *house) error { return a.tokens(c.Context(), h) })
	}}, &cobra.Command{Use: "revoke 名称", Short: "撤销一个接口令牌，立即失效，不能恢复", Args: exactly(1, "哪一个令牌"), RunE: func(c *cobra.Command, args []string) error {
		return a.within(c.Context(), func(h *house) error { return h.led.RevokeToken(c.Context(), args[0], a.operator(), h.now()) })
	}})
	return c
}

func (a *app) tokenAddCmd() *cobra.Command {
	var scopes []string
	var expires string
	c := &cobra.Command{Use: "add 名称", Short: "新增一个接口令牌；令牌本身只显示这一次", Args: exactly(1, "令牌给哪个系统用"),
		Long: "新增一个接口令牌。台账里只存它的摘要，令牌本身只显示这一次，请马上存到对方系统里。\n权限（--scope，可写几个，用逗号分开）：\n" + scopeHelp(),
		Example: `  tongfa token add OA系统 --scope see,file --expires 365d
  tongfa token add 值班看板 --scope see --expires 2027-06-30`,
		RunE: func(c *cobra.Command, args []string) error {
			return a.within(c.Context(), func(h *house) error { return a.addToken(c.Context(), h, args[0], scopes, expires) })
		}}
	c.Flags().StringSliceVar(&scopes, "scope", []string{string(press.MaySee)}, "权限")
	c.Flags().StringVar(&expires, "expires", "365d", "什么时候到期：多少天以后，如 90d；哪一天，如 2027-06-30；never 不到期")
	return c
}

func scopeHelp() string {
	var b strings.Builder
	for _, i := range press.Rights() {
		fmt.Fprintf(&b, "  %-9s %s：%s\n", i.Right, i.Name, i.Help)
	}
	return strings.TrimRight(b.String(), "\n")
}

func (a *app) addToken(ctx context.Context, h *house, name string, scopes []string, expires string) error {
	t := ledger.Token{Name: name}
	for _, s := range scopes {
		t.Rights = append(t.Rights, press.Right(strings.TrimSpace(s)))
	}
	var err error
	if t.Expires, err = h.expiry(expires); err != nil {
		a.begun = false
		return err
	}
	secret, t, err := h.led.AddToken(ctx, t, a.operator(), h.now())
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{"name": t.Name, "secret": secret, "scopes": t.Rights, "expires": stamp(t.Expires)})
	}
	fmt.Fprintln(a.err, "令牌只显示这一次，请马上存到对方系统里：")
	fmt.Fprintln(a.out, secret)
	return nil
}

// expiry reads when a token ends: after so many days, at the end of a day, or never.
func (h *house) expiry(s string) (time.Time, error) {
	if s == "never" {
		return time.Time{}, nil
	}
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n <= 3660 {
			return h.now().AddDate(0, 0, n), nil
		}
	}
	day, err := time.ParseInLocation(time.DateOnly, s, h.cfg.Timezone)
	if err != nil {
		return day, errors.New("--expires 要写成 90d（多少天以后）、2027-06-30（哪一天）或者 never（不到期）")
	}
	return day.AddDate(0, 0, 1), nil
}

// tokenLine is one token in JSON.
type tokenLine struct {
	Name    string        `json:"name"`
	Hint    string        `json:"hint"`
	Scopes  []press.Right `json:"scopes"`
	Works   bool          `json:"works"`
	Made    string        `json:"made"`
	MadeBy  string        `json:"made_by"`
	Expires string        `json:"expires,omitempty"`
	Used    string        `json:"used,omitempty"`
	Revoked string        `json:"revoked,omitempty"`
}

func (a *app) tokens(ctx context.Context, h *house) error {
	list, err := h.led.Tokens(ctx)
	if err != nil {
		return err
	}
	if a.json {
		out := []tokenLine{}
		for _, t := range list {
			out = append(out, tokenLine{t.Name, t.Hint, t.Rights, t.Works(h.now()), stamp(t.Made), t.MadeBy, stamp(t.Expires), stamp(t.Used), stamp(t.Revoked)})
		}
		return a.printJSON(out)
	}
	zone := h.cfg.Timezone
	rows := [][]string{{"名称", "令牌", "权限", "状态", "到期", "最近使用", "新增"}}
	for _, t := range list {
		state := map[bool]string{true: "有效", false: "已到期"}[t.Works(h.now())]
		if !t.Revoked.IsZero() {
			state = "已撤销"
		}
		var rights []string
		for _, r := range t.Rights {
			rights = append(rights, string(r))
		}
		rows = append(rows, []string{t.Name, t.Hint + "…", strings.Join(rights, " "), state, at(t.Expires, zone), at(t.Used, zone), at(t.Made, zone) + " " + t.MadeBy})
	}
	table(a.out, rows)
	return nil
}
