package main

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tongfa/config"
	"tongfa/ledger"
)

func (a *app) restoreCmd() *cobra.Command {
	var force bool
	var without string
	c := &cobra.Command{
		Use: "restore 备份文件", Short: "用一份备份代替现在的台账；先普查各渠道，再接着发布", Args: cobra.MaximumNArgs(1),
		Long: `用一份检查过的备份代替现在的台账。现在的台账改名留下，不删。服务要先停掉。

恢复以后，备份之后发布过什么，台账里没有。所以下一次 tongfa serve 或 tongfa pass 先普查每个渠道：
已经发布的由台账认领，不会再发；普查不了的渠道，备份里等待发布的由人查明以后登记。普查以前一件也不发。`,
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case without != "" && len(args) == 0:
				return a.within(c.Context(), func(h *house) error {
					if _, err := h.plan(without); err != nil {
						return err
					}
					return h.led.Reconciled(c.Context(), without, a.who()+"决定不等普查", nil, h.now())
				})
			case without != "" || len(args) == 0:
				a.begun = false
				return fmt.Errorf("要写明一份备份文件，或者 --without-survey 和一个渠道")
			}
			return a.restore(c, args[0], force)
		},
	}
	c.Flags().BoolVar(&force, "force", false, "备份属于另一个台账，也用它")
	c.Flags().StringVar(&without, "without-survey", "", "这个渠道一直普查不成：不再等，备份里等待发布的全部由人查明")
	return c
}

func (a *app) restore(c *cobra.Command, file string, force bool) error {
	cfg, err := config.Load(cmp.Or(a.config, "tongfa.yaml"))
	if err != nil {
		return err
	}
	now := time.Now
	if a.now != nil {
		now = a.now
	}
	done, err := ledger.Restore(c.Context(), ledger.Restoring{File: file, Path: filepath.Join(cfg.Data, "tongfa.db"),
		Rules: ledger.Rules{Zone: cfg.Timezone}, Force: force, By: a.who(), Now: now()})
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(done)
	}
	fmt.Fprintf(a.out, "已恢复：%d篇稿件，%d条记录，最后一条是%s的\n", done.Items, done.Moves, at(done.Last, cfg.Timezone))
	if done.Aside != "" {
		fmt.Fprintf(a.out, "原来的台账留在 %s\n", done.Aside)
	}
	if done.Kept {
		fmt.Fprintln(a.out, "备份以后停用的人员、改过的角色和密码、撤销的接口令牌照旧算数；备份以后新增的人员和令牌、改过的词表和放假安排没有了，请核对")
	} else {
		fmt.Fprintln(a.out, "读不到原来的台账：人员、角色、密码、词表和放假安排都是备份时的样子，备份以后停用的人员又能登录，请马上核对（tongfa user list）")
	}
	if len(done.Revoked) > 0 {
		fmt.Fprintf(a.out, "不知道哪些接口令牌已经撤销，所以全部撤销了：%s。请新增令牌交给各系统\n", strings.Join(done.Revoked, "、"))
	}
	fmt.Fprintln(a.out, "各渠道在普查以前不发布；运行 tongfa serve 即开始普查，认领了什么见 tongfa check")
	return nil
}
