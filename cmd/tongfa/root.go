package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/user"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tongfa/channels"
	"tongfa/config"
	"tongfa/intake"
	"tongfa/press"
)

// Exit codes of product.md.
const (
	exitFailed  = 1
	exitUsage   = 2 // wrong usage or configuration
	exitStopped = 3 // stopped by a gate
)

// app is one run of the program.
type app struct {
	in       io.Reader
	out, err io.Writer
	log      *slog.Logger  // of a command that keeps running; nil for the others
	disk     channels.Disk // how website and gazette change their files; the zero Disk means the machine's own

	now     func() time.Time  // of a replay, which has a time of its own; nil for the wall clock
	outside http.RoundTripper // what stands for the network in a replay; nil for the network

	config string
	json   bool
	as     string // who vouches for what is done by this command
	begun  bool   // usage was right, a command runs
}

// errStopped says that a gate stopped an item; the findings were printed.
var errStopped = errors.New("有稿件未通过门禁")

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "tongfa",
		Short: "同发：签发的稿件按时在政府网站、公众号、政府公报上一次发出，并持续核验",
		Long: `同发（tongfa）把已签发的稿件按时发布到政府网站、微信公众号和政府公报电子版：
只发一次，不早发，不漏发；发出以后继续核验网上所见与签发文本是否一致。

先试一试：tongfa demo`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.Help()
			}
			a.begun = false
			return fmt.Errorf("没有“%s”这个命令，运行 tongfa --help 看全部命令", args[0])
		},
		PersistentPreRun: func(*cobra.Command, []string) { a.begun = true },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%s，运行 %s --help 看用法", flagError(err), c.CommandPath())
	})
	f := root.PersistentFlags()
	f.StringVar(&a.config, "config", "", "配置文件（默认是当前文件夹的 tongfa.yaml）")
	f.BoolVar(&a.json, "json", false, "以 JSON 输出结果")
	f.StringVar(&a.as, "as", "", "经办人，记入台账（默认是登录本机的用户名）")
	root.AddCommand(
		a.demoCmd(), a.initCmd(), a.serveCmd(), a.passCmd(), a.checkCmd(),
		a.addCmd(), a.listCmd(), a.showCmd(), a.statusCmd(),
		a.approveCmd(), a.waiveCmd(), a.holdCmd(), a.releaseCmd(), a.rescheduleCmd(), a.correctCmd(), a.withdrawCmd(), a.annotateCmd(), a.retryCmd(),
		a.editionCmd(), a.submissionCmd(), a.registerCmd(), a.typesetCmd(), a.channelCmd(), a.verifyCmd(), a.alarmCmd(), a.evidenceCmd(), a.backupCmd(), a.restoreCmd(), a.strangerCmd(), a.tokenCmd(), a.userCmd(), a.standinCmd(), a.replayCmd(),
	)
	inChinese(root)
	return root
}

// inChinese gives the help of every command the words of its readers.
func inChinese(c *cobra.Command) {
	c.SetUsageTemplate(usage)
	c.DisableFlagsInUseLine = true
	c.InitDefaultHelpFlag()
	c.Flags().Lookup("help").Usage = "显示用法"
	if c.Version != "" {
		c.InitDefaultVersionFlag()
		c.Flags().Lookup("version").Usage = "显示版本"
	}
	for _, sub := range c.Commands() {
		inChinese(sub)
	}
	c.SetHelpCommand(&cobra.Command{Use: "help", Hidden: true, RunE: func(h *cobra.Command, args []string) error {
		sub, _, err := h.Root().Find(args)
		if err != nil {
			return err
		}
		return sub.Help()
	}})
}

const usage = `用法：
  {{.CommandPath}}{{if .HasAvailableSubCommands}} 命令{{end}}{{if .Runnable}}{{slice .UseLine (len .CommandPath)}}{{end}}
{{- if .HasExample}}

例子：
{{.Example}}{{end}}
{{- if .HasAvailableSubCommands}}

命令：{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}
{{- if .HasAvailableLocalFlags}}

选项：
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
{{- if .HasAvailableInheritedFlags}}

各命令共用的选项：
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
`

// flagError says in Chinese what is wrong with an option.
func flagError(err error) string {
	var unknown *pflag.NotExistError
	var noValue *pflag.ValueRequiredError
	var bad *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		return "没有选项“--" + unknown.GetSpecifiedName() + "”"
	case errors.As(err, &noValue):
		return "选项“--" + noValue.GetSpecifiedName() + "”后面要有值"
	case errors.As(err, &bad):
		return fmt.Sprintf("选项“--%s”的值“%s”不对", bad.GetFlag().Name, bad.GetValue())
	}
	return "选项有误：" + err.Error()
}

// exactly wants n arguments, named in Chinese.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return fmt.Errorf("要写明%s，运行 %s --help 看用法", what, c.CommandPath())
		}
		return nil
	}
}

// atLeast wants something to be named, perhaps several times.
func atLeast(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < n {
			return fmt.Errorf("要写明%s，运行 %s --help 看用法", what, c.CommandPath())
		}
		return nil
	}
}

func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s 不带参数“%s”，运行 %s --help 看用法", c.CommandPath(), args[0], c.CommandPath())
	}
	return nil
}

// code prints an error for a person and gives the exit code.
func (a *app) code(ctx context.Context, err error) int {
	if err == nil {
		return 0
	}
	var wrong config.Problems
	var stopped *stop
	switch {
	case errors.As(err, &stopped):
		fmt.Fprintln(a.err, "tongfa："+stopped.Error())
		return exitStopped
	case errors.Is(err, errStopped):
		return exitStopped
	case errors.As(err, &wrong):
		for _, p := range wrong {
			fmt.Fprintln(a.err, p.String())
		}
		return exitUsage
	case ctx.Err() != nil && !errors.As(err, new(*press.Trouble)):
		fmt.Fprintln(a.err, "tongfa：已按要求中止；没有做完的，再运行一次即接着做")
		return exitFailed
	case !a.begun:
		fmt.Fprintln(a.err, "tongfa："+err.Error())
		return exitUsage
	}
	fmt.Fprintln(a.err, "tongfa："+say(err))
	return exitFailed
}

// stop is an error that ends with the exit code of a gate.
type stop struct{ text string }

func (s *stop) Error() string { return s.text }

// say tells an error to a person: in the words made for people where there are any.
func say(err error) string {
	var t *press.Trouble
	var r *intake.Refusal
	switch {
	case errors.As(err, &t):
		return t.Say()
	case errors.As(err, &r):
		return strings.TrimSpace("没有收下：\n" + r.Error())
	}
	return err.Error()
}

// who is the person on whose word a command acts.
func (a *app) who() string {
	if a.as != "" {
		return a.as
	}
	if u, err := user.Current(); err == nil {
		return cmp.Or(u.Name, u.Username)
	}
	return cmp.Or(os.Getenv("USER"), "命令行")
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "未知版本"
	}
	return info.Main.Version
}
