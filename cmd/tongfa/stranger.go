package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"tongfa/ledger"
)

func (a *app) strangerCmd() *cobra.Command {
	var channel, reason string
	c := &cobra.Command{Use: "stranger", Short: "普查时在渠道上看到、台账里没有的内容：列出、说明", Args: cobra.ArbitraryArgs, RunE: a.needSub}
	list := &cobra.Command{Use: "list", Short: "列出还没有人说明的", Args: noArgs, RunE: func(c *cobra.Command, _ []string) error {
		return a.within(c.Context(), func(h *house) error { return a.strangers(c.Context(), h, channel) })
	}}
	known := &cobra.Command{Use: "known 编号", Short: "说明一件内容是什么；因它而停下的稿件接着发布", Args: exactly(1, "哪一件，编号见 tongfa stranger list"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.within(c.Context(), func(h *house) error {
				if _, err := h.plan(channel); err != nil {
					return err
				}
				return h.led.KnowStranger(c.Context(), channel, args[0], reason, a.operator(), h.now())
			})
		}}
	for _, sub := range []*cobra.Command{list, known} {
		sub.Flags().StringVar(&channel, "channel", "", "哪个渠道")
	}
	known.Flags().StringVar(&reason, "reason", "", "这是什么、为什么不在台账里，记入台账")
	c.AddCommand(list, known)
	return c
}

// mostStrangers is how many are listed at most.
const mostStrangers = 1000

func (a *app) strangers(ctx context.Context, h *house, channel string) error {
	found, err := h.led.Strangers(ctx, channel, mostStrangers)
	if err != nil {
		return err
	}
	if a.json {
		if found == nil {
			found = []ledger.Stranger{}
		}
		return a.printJSON(found)
	}
	if len(found) == 0 {
		fmt.Fprintln(a.out, "没有")
		return nil
	}
	rows := [][]string{{"渠道", "编号", "标题", "发现", "说明"}}
	for _, s := range found {
		rows = append(rows, []string{s.Channel, s.Ref, s.Title, at(s.Found, h.cfg.Timezone), cmp.Or(s.Note, s.URL)})
	}
	table(a.out, rows)
	return nil
}
