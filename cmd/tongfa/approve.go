package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"tongfa/ledger"
	"tongfa/press"
)

func (a *app) approveCmd() *cobra.Command {
	var v press.Approval
	var refuse bool
	c := &cobra.Command{
		Use: "approve 稿件", Short: "登记一个审签环节的意见；最后一个通过即签发", Args: exactly(1, "哪一篇稿件"),
		Example: `  tongfa approve oa-2026-0001 --step secrecy --by 王某 --office 区政府办公室 --ground 不涉密
  tongfa approve oa-2026-0001 --step final --by 孙某
  tongfa approve oa-2026-0001 --step first --by 李某 --refuse --ground 附件与正文不符`,
		RunE: func(c *cobra.Command, args []string) error {
			if v.Step == "" || v.By == "" {
				a.begun = false
				return fmt.Errorf("要用 --step 写明审签环节（secrecy、first、second、final 或配置里的名称），用 --by 写明审签人")
			}
			v.Pass = !refuse
			return a.within(c.Context(), func(h *house) error { return a.approve(c.Context(), h, args[0], v) })
		},
	}
	c.Flags().StringVar((*string)(&v.Step), "step", "", "审签环节")
	c.Flags().StringVar(&v.By, "by", "", "审签人")
	c.Flags().StringVar(&v.Office, "office", "", "审签人所在的科室，默认是本机关")
	c.Flags().StringVar(&v.Ground, "ground", "", "意见或依据")
	c.Flags().BoolVar(&refuse, "refuse", false, "不通过，退回")
	return c
}

func (a *app) approve(ctx context.Context, h *house, ref string, v press.Approval) error {
	v.Office, v.At = cmp.Or(v.Office, h.cfg.Office), h.now()
	found, err := h.led.Sign(ctx, ref, v, ledger.Who{Name: a.who(), Role: press.Registrar}, h.now())
	if err != nil {
		return err
	}
	return a.afterGates(ctx, h, ref, found)
}

// afterGates tells where an item stands after a move that asked the gates.
func (a *app) afterGates(ctx context.Context, h *house, ref string, found []press.Finding) error {
	s, err := h.led.Story(ctx, ref, h.now())
	if err != nil {
		return err
	}
	f := filed{ID: s.Item.ID, ExternalID: s.Item.ExternalID, State: s.Shown, Findings: append([]press.Finding{}, found...)}
	if a.json {
		return a.printJSON(f)
	}
	fmt.Fprintf(a.out, "%s %s %s\n", s.Item.ID, s.Shown.Name(), titled(s.Title))
	findings(a.out, found)
	return nil
}

func (a *app) waiveCmd() *cobra.Command {
	var rule, reason string
	c := &cobra.Command{
		Use: "waive 稿件", Short: "负责人写明理由，准许一项可放行的门禁", Args: exactly(1, "哪一篇稿件"),
		Example: `  tongfa waive demo-2026-0012 --rule pii.id --reason "依法公示，须列明证件号" --as 赵某`,
		RunE: func(c *cobra.Command, args []string) error {
			return a.within(c.Context(), func(h *house) error {
				found, err := h.led.Waive(c.Context(), args[0], press.Rule(rule), reason, ledger.Who{Name: a.who(), Role: press.Publisher}, h.now())
				if err != nil {
					return err
				}
				return a.afterGates(c.Context(), h, args[0], found)
			})
		},
	}
	c.Flags().StringVar(&rule, "rule", "", "门禁的代号，见 add 或 show 的输出")
	c.Flags().StringVar(&reason, "reason", "", "理由，记入台账")
	return c
}
