package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) editionAnnounceCmd() *cobra.Command {
	var to []string
	c := &cobra.Command{Use: "announce 期", Short: "拟出刊消息：一期公报发行以后，把它的目录和链接拟成一篇稿件的草稿，照常送审签发", Args: exactly(1, "哪一期（键见 edition list）")}
	c.Flags().StringSliceVar(&to, "channels", nil, "发在哪些渠道；默认公报以外的全部渠道")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.within(c.Context(), func(h *house) error { return a.announce(c.Context(), h, h.key(args[0]), to) })
	}
	return c
}

func (a *app) announce(ctx context.Context, h *house, key string, to []string) error {
	e, err := h.led.Edition(ctx, key)
	if err != nil {
		return err
	}
	p, err := h.plan(e.Slot.Channel)
	if err != nil {
		return err
	}
	can := h.tellers()
	for _, name := range to {
		if !slices.Contains(can, name) {
			a.begun = false
			return fmt.Errorf("“%s”不是可以发出刊消息的渠道，可以写：%s", name, strings.Join(can, "、"))
		}
	}
	if len(to) == 0 {
		to = can
	}
	out, err := h.led.Announce(ctx, p, key, to, a.edit(), h.now())
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{"id": out.ID, "external_id": out.ExternalID, "edition": key, "state": out.State, "channels": to})
	}
	fmt.Fprintf(a.out, "已拟成稿件%s（%s），改好以后送审\n", out.ID, out.State.Name())
	return nil
}

// tellers are the channels on which an issue of a gazette is announced: those that are none themselves.
func (h *house) tellers() (names []string) {
	for _, c := range h.lanes {
		if c.Plan.Issues == nil {
			names = append(names, c.Plan.Channel)
		}
	}
	return names
}
