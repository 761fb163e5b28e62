package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) passCmd() *cobra.Command {
	var now string
	c := &cobra.Command{
		Use: "pass", Short: "把现在该做的做一遍就退出", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.within(c.Context(), func(h *house) error { return a.pass(c.Context(), h, now) })
		},
	}
	c.Flags().StringVar(&now, "now", "", "当作现在是这个时刻，如 2026-11-23T18:00:00+08:00；晚于本机时钟的只许在全是演练渠道时用")
	return c
}

func (a *app) pass(ctx context.Context, h *house, when string) error {
	now, err := h.moment(when)
	if err != nil {
		a.begun = false
		return err
	}
	if err := h.secrets(); err != nil {
		return err
	}
	lease, err := h.led.Take(ctx, "tongfa pass", h.now())
	if err != nil {
		return err
	}
	defer lease.Release()
	if err := h.setUp(ctx); err != nil {
		return err
	}
	done, err := h.scheduler().Pass(ctx, now)
	if a.json {
		if perr := a.printJSON(done); perr != nil {
			return perr
		}
		return err
	}
	fmt.Fprintf(a.out, "编成%d期，执行%d个动作，核验%d处\n", done.Editions, done.Acts, done.Looks)
	return err
}

// moment reads --now. Later than the clock it is refused unless everything is a rehearsal.
func (h *house) moment(s string) (time.Time, error) {
	now := h.now()
	if s == "" {
		return now, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t, err = time.ParseInLocation("2006-01-02T15:04:05", s, h.cfg.Timezone)
	}
	switch {
	case err != nil:
		return t, fmt.Errorf("--now 要写成 2026-11-23T18:00:00+08:00，现在是“%s”", s)
	case t.After(now) && !h.rehearsal():
		return t, fmt.Errorf("--now 晚于本机时钟，而有渠道不是演练（rehearsal），提前发布不许可")
	}
	return t, nil
}
