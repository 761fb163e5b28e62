package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tongfa/channels"
	"tongfa/ledger"
	"tongfa/press"
)

func (a *app) correctCmd() *cobra.Command {
	var cor ledger.Correction
	var ways []string
	var only bool
	c := &cobra.Command{
		Use: "correct 稿件", Short: "更正：让已公开的内容与已签发的最新一版一致", Args: exactly(1, "哪一篇稿件"),
		Long: `先重新报送并签发新的一版，再更正。每个渠道按它能做到的方式更正：网站就地更正并附说明，公众号撤下重发，
公报在下一期刊登更正，接口做不到的列为人工任务。先用 --plan 看各渠道会怎么做，用 --way 改选。`,
		Example: `  tongfa correct oa-2026-0001 --plan
  tongfa correct oa-2026-0001 --reason "第三条的日期有误" --way wechat=leave`,
		RunE: func(c *cobra.Command, args []string) error {
			var err error
			if cor.Ways, err = chosenWays(ways); err != nil {
				a.begun = false
				return err
			}
			return a.within(c.Context(), func(h *house) error {
				cor.Means = h.means()
				if only {
					return a.planCorrection(c.Context(), h, args[0], cor)
				}
				plan, err := h.led.Correct(c.Context(), args[0], cor, a.operator(), h.now())
				if err != nil {
					return err
				}
				if !a.json {
					a.printPlan(plan)
				}
				return a.then(c.Context(), h, args[0], h.carryOut(c.Context(), args[0]))
			})
		},
	}
	c.Flags().StringVar(&cor.Reason, "reason", "", "理由，会在公开的更正说明里显示")
	c.Flags().StringArrayVar(&ways, "way", nil, "渠道=方式，可写多次；方式有 in_place 就地更正、republish 撤下重发、erratum 下期刊登更正、by_hand 人工更正、leave 保留原文")
	c.Flags().BoolVar(&cor.Restore, "restore", false, "公开内容被改动时，恢复成已经发布的那一版")
	c.Flags().BoolVar(&only, "plan", false, "只看各渠道会怎么做，什么也不改")
	return c
}

// chosenWays reads channel=way.
func chosenWays(list []string) (map[string]press.Way, error) {
	out := map[string]press.Way{}
	for _, s := range list {
		channel, way, ok := strings.Cut(s, "=")
		w := press.Way(way)
		if !ok || channel == "" || w.Name() == way {
			return nil, fmt.Errorf("--way “%s”不对，要写成 渠道=方式，如 wechat=leave", s)
		}
		if _, twice := out[channel]; twice {
			return nil, errors.New("--way 对同一个渠道写了两次：" + channel)
		}
		out[channel] = w
	}
	return out, nil
}

// means is what each channel can do to show a later text, best first.
func (h *house) means() map[string][]press.Means {
	out := map[string][]press.Means{}
	for _, l := range h.lanes {
		if c, ok := l.Driver.(channels.Corrector); ok {
			out[l.Plan.Channel] = c.Means()
		}
	}
	return out
}

// amenders are the channels that can change what is public.
func (h *house) amenders() map[string]bool {
	out := map[string]bool{}
	for _, l := range h.lanes {
		_, out[l.Plan.Channel] = l.Driver.(channels.Amender)
	}
	return out
}

// plannedLine is one channel of a plan in JSON.
type plannedLine struct {
	Channel string          `json:"channel"`
	State   press.CopyState `json:"state"`
	Shows   int             `json:"shows"`
	Will    int             `json:"will"`
	Way     press.Way       `json:"way,omitempty"`
	Other   []press.Way     `json:"other,omitempty"`
	What    string          `json:"what"`
}

func (a *app) planCorrection(ctx context.Context, h *house, ref string, cor ledger.Correction) error {
	plan, err := h.led.PlanCorrection(ctx, ref, cor, h.now())
	if err != nil {
		return err
	}
	if !a.json {
		a.printPlan(plan)
		return nil
	}
	lines := make([]plannedLine, 0, len(plan))
	for _, p := range plan {
		lines = append(lines, plannedLine{p.Channel, p.Copy.State, p.Copy.Revision, p.Will, p.Way, p.Other, p.What})
	}
	return a.printJSON(lines)
}

func (a *app) printPlan(plan []ledger.Planned) {
	for _, p := range plan {
		line := fmt.Sprintf("%s：%s", p.Channel, cmp.Or(p.Way.Name(), "不用做"))
		if p.What != "" {
			line += "——" + p.What
		}
		if len(p.Other) > 0 {
			var names []string
			for _, w := range p.Other {
				names = append(names, w.Name()+" "+string(w))
			}
			line += "（也可以：" + strings.Join(names, "、") + "）"
		}
		paragraph(a.out, "", line)
	}
}
