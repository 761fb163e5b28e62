package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) channelCmd() *cobra.Command {
	var reason, at string
	c := &cobra.Command{Use: "channel", Short: "渠道：列出、暂停、恢复、补发错过的时段", Args: cobra.ArbitraryArgs, RunE: a.needSub}
	list := &cobra.Command{Use: "list", Short: "各渠道的情况", Args: noArgs, RunE: func(c *cobra.Command, _ []string) error {
		return a.within(c.Context(), func(h *house) error { return a.channels(c.Context(), h) })
	}}
	pause := &cobra.Command{Use: "pause 渠道", Short: "暂停一个渠道的一切动作，已经开始的做完", Args: exactly(1, "哪个渠道"), RunE: func(c *cobra.Command, args []string) error {
		return a.within(c.Context(), func(h *house) error {
			return h.led.Pause(c.Context(), args[0], reason, a.operator(), h.now())
		})
	}}
	pause.Flags().StringVar(&reason, "reason", "", "理由")
	resume := &cobra.Command{Use: "resume 渠道", Short: "恢复一个暂停的渠道", Args: exactly(1, "哪个渠道"), RunE: func(c *cobra.Command, args []string) error {
		return a.within(c.Context(), func(h *house) error { return h.led.Unpause(c.Context(), args[0], a.operator(), h.now()) })
	}}
	answer := &cobra.Command{Use: "catch-up 渠道", Short: "补发一个错过的、等人决定的时段（late: ask）", Args: exactly(1, "哪个渠道"), RunE: func(c *cobra.Command, args []string) error {
		return a.within(c.Context(), func(h *house) error {
			slot, err := h.when(at)
			if err != nil {
				a.begun = false
				return err
			}
			return h.led.AnswerSlot(c.Context(), args[0], slot, a.operator(), h.now())
		})
	}}
	answer.Flags().StringVar(&at, "at", "", "错过的时段，如 2026-11-24T18:00")
	c.AddCommand(list, pause, resume, answer)
	return c
}

type channelLine struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	When    string `json:"when"`
	Paused  bool   `json:"paused"`
	Reason  string `json:"reason,omitempty"`
	Next    string `json:"next,omitempty"`
	Trouble string `json:"trouble,omitempty"`
}

func (a *app) channels(ctx context.Context, h *house) error {
	known, err := h.led.Channels(ctx)
	if err != nil {
		return err
	}
	out := []channelLine{}
	for _, k := range known {
		c, ok := h.cfg.Channel(k.Name)
		if !ok {
			continue
		}
		l := channelLine{Name: k.Name, Kind: k.Kind, When: strings.ReplaceAll(c.Spec, "\n", "；"), Paused: k.Paused, Reason: k.Reason, Trouble: k.Trouble}
		if c.When != nil {
			l.Next = stamp(c.When.Next(h.now()))
		}
		out = append(out, l)
	}
	if a.json {
		return a.printJSON(out)
	}
	rows := [][]string{{"渠道", "种类", "时间表", "下一个时段", "情况"}}
	for _, l := range out {
		word := "正常"
		if l.Trouble != "" {
			word = l.Trouble
		}
		if l.Paused {
			word = fmt.Sprintf("已暂停 %s", l.Reason)
		}
		rows = append(rows, []string{l.Name, l.Kind, l.When, l.Next, word})
	}
	table(a.out, rows)
	return nil
}
