package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"tongfa/alarm"
	"tongfa/config"
	"tongfa/press"
)

func (a *app) alarmCmd() *cobra.Command {
	c := &cobra.Command{Use: "alarm", Short: "告警：看、认领、试发"}
	var all bool
	list := &cobra.Command{Use: "list", Short: "列出没有恢复的告警", Args: noArgs, RunE: func(c *cobra.Command, _ []string) error {
		return a.within(c.Context(), func(h *house) error { return a.alarms(c.Context(), h, all) })
	}}
	list.Flags().BoolVar(&all, "all", false, "也列出最近已经恢复的")
	take := &cobra.Command{Use: "take 编号", Short: "认领一条告警，此后不再提醒", Args: exactly(1, "哪一条告警"), RunE: func(c *cobra.Command, args []string) error {
		id, err := strconv.ParseInt(args[0], 10, 64)
		if err != nil {
			a.begun = false
			return fmt.Errorf("告警的编号是数字，见 tongfa alarm list；现在是“%.20s”", args[0])
		}
		return a.within(c.Context(), func(h *house) error { return h.led.TakeAlarm(c.Context(), id, a.operator(), h.now()) })
	}}
	test := &cobra.Command{Use: "test", Short: "给每个接收方发一条试验消息，说明哪里不通", Args: noArgs, RunE: func(c *cobra.Command, _ []string) error {
		return a.within(c.Context(), func(h *house) error { return a.alarmTest(c.Context(), h) })
	}}
	c.AddCommand(list, take, test)
	return c
}

// fewPast is how many alarms that are over a list shows.
const fewPast = 50

func (a *app) alarms(ctx context.Context, h *house, all bool) error {
	found, err := h.led.OpenAlarms(ctx)
	if err != nil {
		return err
	}
	if all {
		past, err := h.led.PastAlarms(ctx, 0, fewPast)
		if err != nil {
			return err
		}
		found = append(found, past...)
	}
	if a.json {
		if found == nil {
			found = []press.Alarm{}
		}
		return a.printJSON(found)
	}
	if len(found) == 0 {
		fmt.Fprintln(a.out, "没有未恢复的告警")
	}
	for _, w := range found {
		a.printAlarm(h, w)
	}
	return nil
}

func (a *app) printAlarm(h *house, w press.Alarm) {
	state := "还没有人认领"
	switch {
	case !w.Closed.IsZero():
		state = "已于" + at(w.Closed, h.cfg.Timezone) + "恢复"
	case w.TakenBy != "":
		state = w.TakenBy + "于" + at(w.Taken, h.cfg.Timezone) + "认领"
	}
	fmt.Fprintf(a.out, "%d  %s%s  %s  自%s起，%s\n", w.ID, w.Level.Glyph(), w.Level.Name(), w.Kind.Name(), at(w.Opened, h.cfg.Timezone), state)
	for _, line := range []string{w.Text, w.URL, w.Remedy} {
		if line != "" {
			paragraph(a.out, "    ", line)
		}
	}
}

// tried is what came of a trial message.
type tried struct {
	Receiver string `json:"receiver"`
	OK       bool   `json:"ok"`
	Said     string `json:"said,omitempty"`
}

func (a *app) alarmTest(ctx context.Context, h *house) error {
	if err := h.secrets(); err != nil {
		return err
	}
	to, err := h.receivers()
	if err != nil {
		return err
	}
	if len(to) == 0 {
		return errors.New("配置里没有写告警的接收方。在 alarms 下写 email、wecom、dingtalk 或 feishu，写法见 tongfa init 生成的说明")
	}
	out, failed := []tried{}, 0
	for _, r := range to {
		one := tried{Receiver: r.Name(), OK: true}
		if err := r.Send(ctx, h.words().Trial(h.now())); err != nil {
			one.OK, one.Said = false, press.TroubleOf(err).Say()
			if raw := press.TroubleOf(err).Raw; raw != "" {
				one.Said += "（对方原话：" + raw + "）"
			}
			failed++
		}
		out = append(out, one)
	}
	if a.json {
		err = a.printJSON(out)
	} else {
		for _, one := range out {
			paragraph(a.out, "", map[bool]string{true: "✓ " + one.Receiver + "：已经收下", false: "✕ " + one.Receiver + "：" + one.Said}[one.OK])
		}
	}
	if failed > 0 {
		err = errors.Join(err, fmt.Errorf("%d个接收方里有%d个不通", len(out), failed))
	}
	return err
}

// receivers makes the ways to reach people that are configured.
func (h *house) receivers() ([]alarm.Receiver, error) {
	var out []alarm.Receiver
	var failed error
	add := func(r alarm.Receiver, err error) {
		if err == nil {
			out = append(out, r)
		}
		failed = errors.Join(failed, err)
	}
	c := h.cfg.Alarms
	if e := c.Email; e != nil {
		add(alarm.NewMail(alarm.Mail{SMTP: e.SMTP, TLS: e.TLS, User: e.User, Password: e.Password.Reveal(), From: e.From, To: e.To}))
	}
	for _, r := range []struct {
		c    *config.Robot
		made func(alarm.Robot) (alarm.Receiver, error)
	}{{c.WeCom, alarm.WeCom}, {c.DingTalk, alarm.DingTalk}, {c.Feishu, alarm.Feishu}} {
		if r.c != nil {
			add(r.made(alarm.Robot{URL: r.c.URL.Reveal(), Secret: r.c.Secret.Reveal(), Keyword: r.c.Keyword, BaseURL: r.c.BaseURL, Now: h.now}))
		}
	}
	return out, failed
}
