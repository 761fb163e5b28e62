package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tongfa/channels/gazette"
	"tongfa/ledger"
	"tongfa/press"
	"tongfa/scheduler"
)

func (a *app) editionCmd() *cobra.Command {
	c := &cobra.Command{Use: "edition", Short: "各期：列出、编排、定稿、发行", Args: cobra.ArbitraryArgs, RunE: a.needSub}
	c.AddCommand(a.editionListCmd(), a.editionShowCmd(), a.editionNewCmd(),
		a.editionMove("put 期 稿件", "把一篇待发布的稿件编入一期", 2, func(ctx context.Context, h *house, p press.Plan, args []string) error {
			return h.led.Put(ctx, p, args[0], args[1], h.now())
		}),
		a.editionMove("drop 期 稿件", "把一篇稿件从一期里撤出来，等下一期", 2, func(ctx context.Context, h *house, _ press.Plan, args []string) error {
			return h.led.Drop(ctx, args[0], args[1], h.now())
		}),
		a.editionMove("freeze 期", "清样定稿：给期号，不再增减", 1, func(ctx context.Context, h *house, p press.Plan, args []string) error {
			_, err := h.led.Freeze(ctx, p, args[0], a.operator(), h.now())
			return err
		}),
		a.editionMove("issue 期", "发行已定稿的一期", 1, func(ctx context.Context, h *house, p press.Plan, args []string) error {
			return h.led.Issue(ctx, p, args[0], a.operator(), h.now())
		}),
	)
	return c
}

// needSub answers a group of commands that was called without one of them.
func (a *app) needSub(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return c.Help()
	}
	a.begun = false
	return fmt.Errorf("没有“%s %s”这个命令，运行 %s --help 看全部命令", c.CommandPath(), args[0], c.CommandPath())
}

// editionMove is a command that changes one edition and shows it.
func (a *app) editionMove(use, short string, n int, do func(context.Context, *house, press.Plan, []string) error) *cobra.Command {
	what := map[int]string{1: "哪一期（键见 edition list）", 2: "哪一期和哪一篇稿件"}[n]
	return &cobra.Command{Use: use, Short: short, Args: exactly(n, what), RunE: func(c *cobra.Command, args []string) error {
		return a.within(c.Context(), func(h *house) error {
			e, err := h.led.Edition(c.Context(), args[0])
			if err != nil {
				return err
			}
			p, err := h.plan(e.Slot.Channel)
			if err != nil {
				return err
			}
			if err := do(c.Context(), h, p, args); err != nil {
				return err
			}
			return a.editionShow(c.Context(), h, args[0])
		})
	}}
}

func (a *app) editionListCmd() *cobra.Command {
	var channel string
	var limit int
	c := &cobra.Command{Use: "list", Short: "列出各期，新的在前", Args: noArgs}
	c.Flags().StringVar(&channel, "channel", "", "只列这个渠道的")
	c.Flags().IntVar(&limit, "limit", 50, "最多列几期")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.within(c.Context(), func(h *house) error {
			list, err := h.led.Editions(c.Context(), channel, time.Time{}, limit)
			if err != nil {
				return err
			}
			return a.printEditions(h, list)
		})
	}
	return c
}

type editionLine struct {
	Key      string             `json:"key"`
	Channel  string             `json:"channel"`
	Slot     string             `json:"slot"`
	State    press.EditionState `json:"state"`
	Title    string             `json:"title,omitempty"`
	Year     int                `json:"year,omitempty"`
	Number   int                `json:"number,omitempty"`
	Total    int                `json:"total,omitempty"`
	Count    int                `json:"count"`
	Composed string             `json:"composed"`
	OutAt    string             `json:"out_at,omitempty"`
	Entries  []editionEntry     `json:"entries,omitempty"`
}

type editionEntry struct {
	Position int          `json:"position"`
	Section  string       `json:"section,omitempty"`
	ID       press.ItemID `json:"id"`
	Title    string       `json:"title"`
	URL      string       `json:"url,omitempty"`
}

func lineOf(e press.Edition) editionLine {
	return editionLine{Key: e.Key, Channel: e.Slot.Channel, Slot: stamp(e.Slot.At), State: e.State, Title: e.Title,
		Year: e.Year, Number: e.Number, Total: e.Total, Count: len(e.Entries), Composed: stamp(e.Composed)}
}

func (a *app) printEditions(h *house, list []ledger.EditionLine) error {
	if a.json {
		out := []editionLine{}
		for _, e := range list {
			l := lineOf(e.Edition)
			l.Count, l.OutAt = e.Count, stamp(e.OutAt)
			out = append(out, l)
		}
		return a.printJSON(out)
	}
	rows := [][]string{{"期", "状态", "篇数", "公开", "名称"}}
	for _, e := range list {
		rows = append(rows, []string{e.Key, e.State.Name(), fmt.Sprint(e.Count), at(e.OutAt, h.cfg.Timezone), e.Title})
	}
	table(a.out, rows)
	return nil
}

func (a *app) editionShowCmd() *cobra.Command {
	return &cobra.Command{Use: "show 期", Short: "一期里有哪些稿件", Args: exactly(1, "哪一期（键见 edition list）"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.within(c.Context(), func(h *house) error { return a.editionShow(c.Context(), h, args[0]) })
		}}
}

func (a *app) editionShow(ctx context.Context, h *house, key string) error {
	e, err := h.led.Edition(ctx, key)
	if err != nil {
		return err
	}
	l := lineOf(e.Edition)
	for _, en := range e.Entries {
		l.Entries = append(l.Entries, editionEntry{en.Position, en.Section, en.Item.ID, en.Revision.Title, en.Copy.URL})
	}
	if a.json {
		return a.printJSON(l)
	}
	fmt.Fprintf(a.out, "%s  %s  %s\n", e.Key, e.State.Name(), e.Title)
	rows := [][]string{{"序", "栏目", "编号", "标题"}}
	for _, en := range l.Entries {
		rows = append(rows, []string{fmt.Sprint(en.Position), en.Section, string(en.ID), clip(en.Title, 60)})
	}
	table(a.out, rows)
	findings(a.out, h.missing(e.Edition))
	return nil
}

// missing is what an editor would want to know of an issue before she freezes it.
func (h *house) missing(e press.Edition) []press.Finding {
	i := slices.IndexFunc(h.lanes, func(c scheduler.Channel) bool { return c.Plan.Channel == e.Slot.Channel })
	if i < 0 || e.State != press.EditionPlanned && e.State != press.EditionFrozen {
		return nil
	}
	if g, ok := h.lanes[i].Driver.(*gazette.Channel); ok {
		return g.Check(e)
	}
	return nil
}

func (a *app) editionNewCmd() *cobra.Command {
	var slot string
	c := &cobra.Command{Use: "new 渠道", Short: "新开一期公报，由人编排", Args: exactly(1, "哪个公报渠道")}
	c.Flags().StringVar(&slot, "at", "", "预定的发行时间，如 2026-12-01T09:00；默认现在")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.within(c.Context(), func(h *house) error {
			when, err := h.when(slot)
			if err != nil {
				a.begun = false
				return err
			}
			p, err := h.plan(args[0])
			if err != nil {
				return err
			}
			key, err := h.led.Plan(c.Context(), p, when, h.now())
			if err != nil {
				return err
			}
			return a.editionShow(c.Context(), h, key)
		})
	}
	return c
}

// when reads a moment of the office's wall clock; "" is now.
func (h *house) when(s string) (time.Time, error) {
	if s == "" {
		return h.now(), nil
	}
	for _, form := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(form, s, h.cfg.Timezone); err == nil {
			return t, nil
		}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, fmt.Errorf("时间要写成 2026-12-01T09:00，现在是“%s”", s)
	}
	return t, nil
}
