package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) rescheduleCmd() *cobra.Command {
	var at string
	c := &cobra.Command{
		Use: "reschedule 稿件", Short: "改发布时间；已经在发布或者已公开的不能改", Args: exactly(1, "哪一篇稿件"),
		Long: `改发布时间，还没有签发的也可以改。还没有编入期次的渠道改到新的时间；已经在发布的、已公开的不动，全都动不了时拒绝。
各渠道自己的“不早于”照旧有效；“同时发布”的其他稿件不会跟着改，要分别改。写 now 或者过去的时间，意思是尽快发布。`,
		RunE: func(c *cobra.Command, args []string) error {
			return a.within(c.Context(), func(h *house) error {
				when, err := h.releaseTime(at)
				if err != nil {
					a.begun = false
					return err
				}
				if err := h.led.Reschedule(c.Context(), args[0], when, a.operator(), h.now()); err != nil {
					return err
				}
				if !a.json {
					fmt.Fprintf(a.out, "发布时间改为 %s\n", h.said(when))
				}
				return a.then(c.Context(), h, args[0], nil)
			})
		},
	}
	c.Flags().StringVar(&at, "at", "", "新的发布时间，如 2026-11-26T09:00:00+08:00 或者 \"2026-11-26 09:00\"；now 是尽快")
	return c
}

// said is a release time in words.
func (h *house) said(t time.Time) string {
	if !t.After(h.now()) {
		return "尽快"
	}
	return t.In(h.cfg.Timezone).Format(time.DateTime)
}

// releaseTime reads --at; a time without a zone is on the office's clock.
func (h *house) releaseTime(s string) (time.Time, error) {
	switch s {
	case "":
		return time.Time{}, errors.New("请用 --at 写明新的发布时间，如 --at \"2026-11-26 09:00\"")
	case "now":
		return h.now(), nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, s, h.cfg.Timezone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--at 要写成 2026-11-26T09:00:00+08:00 或者 \"2026-11-26 09:00\"，现在是“%.40s”", s)
}
