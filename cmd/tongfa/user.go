package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"tongfa/desk"
	"tongfa/ledger"
	"tongfa/press"
)

func (a *app) userCmd() *cobra.Command {
	c := &cobra.Command{Use: "user", Short: "人员：新增、列出、调整角色、停用、改密码", Args: cobra.ArbitraryArgs, RunE: a.needSub,
		Long: "能登录编辑台的人。平时在编辑台的“人员”里管理；还没有管理员，或者管理员进不去时，在服务器上用这个命令。"}
	var reason string
	disable := a.userMove("disable 登录名", "停用一个账号：在各处的登录马上结束，记录都保留", func(ctx context.Context, h *house, p ledger.Person) error {
		return h.led.Disable(ctx, p.ID, reason, a.operator(), h.now())
	})
	disable.Flags().StringVar(&reason, "reason", "", "原因")
	c.AddCommand(a.userAddCmd(), a.userListCmd(), a.userRolesCmd(), a.userPasswdCmd(), disable,
		a.userMove("enable 登录名", "启用一个停用了的账号", func(ctx context.Context, h *house, p ledger.Person) error {
			return h.led.Enable(ctx, p.ID, a.operator(), h.now())
		}),
		a.userMove("unlock 登录名", "解除连续输错密码以后的锁定", func(ctx context.Context, h *house, p ledger.Person) error {
			return h.led.Unlock(ctx, p.ID, a.operator(), h.now())
		}))
	return c
}

// userMove is a command that changes one person.
func (a *app) userMove(use, short string, do func(ctx context.Context, h *house, p ledger.Person) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: exactly(1, "谁的登录名"), RunE: func(c *cobra.Command, args []string) error {
		return a.within(c.Context(), func(h *house) error {
			p, err := h.user(c.Context(), args[0])
			if err != nil {
				return err
			}
			return do(c.Context(), h, p)
		})
	}}
}

// user is a person by login.
func (h *house) user(ctx context.Context, login string) (ledger.Person, error) {
	p, _, err := h.led.PersonByLogin(ctx, login)
	if errors.Is(err, ledger.ErrNoPerson) {
		return p, fmt.Errorf("没有登录名是“%.64s”的人，运行 tongfa user list 查看", login)
	}
	return p, err
}

func rolesHelp() string {
	var b strings.Builder
	for _, r := range press.Roles() {
		fmt.Fprintf(&b, "  %-17s %s：%s\n", r, r.Name(), r.Help())
	}
	return strings.TrimRight(b.String(), "\n")
}

func asRoles(names []string) []press.Role {
	var out []press.Role
	for _, n := range names {
		out = append(out, press.Role(strings.TrimSpace(n)))
	}
	return out
}

func (a *app) userAddCmd() *cobra.Command {
	var p ledger.Person
	var roles []string
	var given, keep bool
	c := &cobra.Command{Use: "add 登录名", Short: "新增一个人；不给密码的，生成一个初始密码，只显示这一次", Args: exactly(1, "登录名"),
		Long:    "新增一个人。台账按姓名记人，登录名和姓名都不能和别人一样，定了不能改。\n角色（--role，可写几个，用逗号分开）：\n" + rolesHelp(),
		Example: "  tongfa user add wang.mou --name 王某 --office 信息中心 --role operator\n  tongfa user add li.mou --name 李某 --role reviewer,publisher",
		RunE: func(c *cobra.Command, args []string) error {
			return a.within(c.Context(), func(h *house) error {
				p.Login, p.Roles = ledger.Login(args[0]), asRoles(roles)
				return a.addUser(c.Context(), h, p, given, keep)
			})
		}}
	f := c.Flags()
	f.StringVar(&p.Name, "name", "", "姓名")
	f.StringVar(&p.Office, "office", "", "单位（处室）")
	f.StringSliceVar(&roles, "role", nil, "角色")
	f.BoolVar(&given, "password", false, "密码由我给：在终端里输入两次，或者从标准输入读一行")
	f.BoolVar(&keep, "keep", false, "给的密码是本人自己定的，第一次登录不用改")
	return c
}

func (a *app) addUser(ctx context.Context, h *house, p ledger.Person, given, keep bool) error {
	password, err := a.password(p, given)
	if err != nil {
		return err
	}
	hash, err := desk.HashPassword(password)
	if err != nil {
		return err
	}
	p.MustChange = !given || !keep
	if p, err = h.led.AddPerson(ctx, p, hash, a.operator(), h.now()); err != nil {
		return err
	}
	return a.tellPassword(p, password, given)
}

// tellPassword shows a password that was made up. One that was typed is known.
func (a *app) tellPassword(p ledger.Person, password string, given bool) error {
	if given {
		return nil
	}
	if a.json {
		return a.printJSON(map[string]any{"login": p.Login, "name": p.Name, "password": password})
	}
	fmt.Fprintf(a.err, "%s（%s）的初始密码，只显示这一次；第一次登录时要改掉：\n", p.Name, p.Login)
	fmt.Fprintln(a.out, password)
	return nil
}

// password makes up a one-time password, or reads one that was chosen: from the terminal without showing it, else one line of standard input.
func (a *app) password(p ledger.Person, given bool) (string, error) {
	if !given {
		return desk.OneTimePassword(), nil
	}
	var s string
	if f, ok := a.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		for i, ask := range []string{"密码：", "再输一次："} {
			fmt.Fprint(a.err, ask)
			b, err := term.ReadPassword(int(f.Fd()))
			fmt.Fprintln(a.err)
			if err != nil {
				return "", fmt.Errorf("读不到密码：%w", err)
			}
			if i == 1 && s != string(b) {
				return "", errors.New("两次输入的密码不一样，没有改动")
			}
			s = string(b)
		}
	} else {
		in := bufio.NewScanner(a.in)
		in.Scan()
		if err := in.Err(); err != nil {
			return "", fmt.Errorf("读不到密码：%w", err)
		}
		s = in.Text()
	}
	if problem := desk.PasswordProblem(s, p); problem != "" {
		return "", errors.New(problem + "，没有改动")
	}
	return s, nil
}

func (a *app) userListCmd() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "列出全部人员", Args: noArgs, RunE: func(c *cobra.Command, _ []string) error {
		return a.within(c.Context(), func(h *house) error { return a.users(c.Context(), h) })
	}}
}

// userLine is one person in JSON.
type userLine struct {
	Login      string       `json:"login"`
	Name       string       `json:"name"`
	Office     string       `json:"office"`
	Roles      []press.Role `json:"roles"`
	State      string       `json:"state"` // active, locked, disabled
	MustChange bool         `json:"must_change,omitempty"`
	Seen       string       `json:"seen,omitempty"`
}

func (h *house) userLine(p ledger.Person) userLine {
	u := userLine{p.Login, p.Name, p.Office, p.Roles, "active", p.MustChange, stamp(p.Seen)}
	switch {
	case !p.Disabled.IsZero():
		u.State = "disabled"
	case p.Locked.After(h.now()):
		u.State = "locked"
	}
	return u
}

func (a *app) users(ctx context.Context, h *house) error {
	out := []userLine{}
	for after := ""; ; {
		all, err := h.led.People(ctx, after, 200)
		if err != nil {
			return err
		}
		for _, p := range all {
			out = append(out, h.userLine(p))
			after = p.Login
		}
		if len(all) < 200 {
			break
		}
	}
	if a.json {
		return a.printJSON(out)
	}
	states := map[string]string{"active": "可用", "locked": "已锁定", "disabled": "停用"}
	for _, u := range out {
		var roles []string
		for _, r := range u.Roles {
			roles = append(roles, r.Name())
		}
		state := states[u.State]
		if u.MustChange && u.State == "active" {
			state = "须改密码"
		}
		fmt.Fprintf(a.out, "%s  %s  %s  %s  %s\n", pad(u.Login, 18), pad(u.Name, 10), pad(state, 8), strings.Join(roles, "、"), u.Office)
	}
	return nil
}

func (a *app) userRolesCmd() *cobra.Command {
	var roles []string
	c := a.userMove("roles 登录名", "调整一个人的角色", func(ctx context.Context, h *house, p ledger.Person) error {
		return h.led.SetRoles(ctx, p.ID, asRoles(roles), p.Office, a.operator(), h.now())
	})
	c.Long = "调整一个人的角色。本人在各处的登录都会结束，重新登录以后按新的角色办事。\n角色（--role，可写几个，用逗号分开）：\n" + rolesHelp()
	c.Flags().StringSliceVar(&roles, "role", nil, "角色，写全，没有写的就去掉")
	return c
}

func (a *app) userPasswdCmd() *cobra.Command {
	var given, keep bool
	c := a.userMove("passwd 登录名", "换一个初始密码，只显示这一次；本人登录时要改掉", func(ctx context.Context, h *house, p ledger.Person) error {
		password, err := a.password(p, given)
		if err != nil {
			return err
		}
		hash, err := desk.HashPassword(password)
		if err != nil {
			return err
		}
		if err := h.led.SetPassword(ctx, p.ID, hash, !given || !keep, a.operator(), h.now()); err != nil {
			return err
		}
		return a.tellPassword(p, password, given)
	})
	c.Flags().BoolVar(&given, "password", false, "密码由我给：在终端里输入两次，或者从标准输入读一行")
	c.Flags().BoolVar(&keep, "keep", false, "给的密码是本人自己定的，登录时不用改")
	return c
}
