package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tongfa/ledger"
	"tongfa/press"
)

// operator is the person at this machine, in the role that its moves need.
func (a *app) operator() ledger.Who { return ledger.Who{Name: a.who(), Role: press.Operator} }

func (a *app) holdCmd() *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use: "hold 稿件", Short: "暂缓发布", Args: exactly(1, "哪一篇稿件"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.within(c.Context(), func(h *house) error {
				err := h.led.Hold(c.Context(), args[0], reason, a.operator(), h.now())
				return a.then(c.Context(), h, args[0], err)
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "理由，记入台账")
	return c
}

func (a *app) releaseCmd() *cobra.Command {
	return &cobra.Command{
		Use: "release 稿件", Short: "解除暂缓；不会早于发布时间发出", Args: exactly(1, "哪一篇稿件"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.within(c.Context(), func(h *house) error {
				return a.then(c.Context(), h, args[0], h.led.Release(c.Context(), args[0], a.operator(), h.now()))
			})
		},
	}
}

// then tells where an item stands after a move.
func (a *app) then(ctx context.Context, h *house, ref string, err error) error {
	if err != nil {
		return err
	}
	s, err := h.led.Story(ctx, ref, h.now())
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(h.statusOf(s))
	}
	table(a.out, fitted(a.out, h.matrix([]ledger.Line{s.Line})))
	for _, c := range s.Copies {
		if note := cmp.Or(c.Task, c.Note, c.Behind(s.Item)); note != "" {
			fmt.Fprintf(a.out, "%s：%s\n", c.Channel, note)
		}
	}
	return nil
}

// thenAll is then for several items: what many of them say is said once.
func (a *app) thenAll(ctx context.Context, h *house, refs []string) error {
	var lines []ledger.Line
	var all []statusLine
	said := map[string]int{}
	var notes []string
	for _, ref := range refs {
		s, err := h.led.Story(ctx, ref, h.now())
		if err != nil {
			return err
		}
		lines, all = append(lines, s.Line), append(all, h.statusOf(s))
		for _, c := range s.Copies {
			note := cmp.Or(c.Task, c.Note, c.Behind(s.Item))
			if note == "" {
				continue
			}
			if note = c.Channel + "：" + note; said[note] == 0 {
				notes = append(notes, note)
			}
			said[note]++
		}
	}
	if a.json {
		return a.printJSON(all)
	}
	table(a.out, fitted(a.out, h.matrix(lines)))
	for _, note := range notes {
		fmt.Fprintf(a.out, "%s（%d篇）\n", note, said[note])
	}
	return nil
}

func (h *house) statusOf(s ledger.Story) statusLine {
	return statusLine{s.Item.ID, s.Item.ExternalID, s.Title, s.Shown, h.cells(s.Line)}
}

func (a *app) withdrawCmd() *cobra.Command {
	var reason, notice string
	c := &cobra.Command{
		Use: "withdraw 稿件…", Short: "从所有渠道撤回", Args: atLeast(1, "哪一篇稿件"),
		Long: `从所有渠道撤回：已公开的立即撤下，还在路上的一旦发出即撤下，还没有开始的不再发出。
一次可以写多篇，要么全部撤回，要么一篇也不撤；同一条公众号消息里的一次删除。接口撤不了的，作为人工任务列出。`,
		RunE: func(c *cobra.Command, args []string) error {
			return a.within(c.Context(), func(h *house) error { return a.withdraw(c.Context(), h, args, reason, notice) })
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "理由，会在公开的撤回说明里显示")
	c.Flags().StringVar(&notice, "notice", press.NoticePage, "撤下以后：notice 留说明页，gone 只说已撤下，或者写一个网址转过去")
	return c
}

func (a *app) withdraw(ctx context.Context, h *house, refs []string, reason, notice string) error {
	if len(refs) == 1 {
		err := h.led.Withdraw(ctx, refs[0], reason, notice, a.operator(), h.now())
		if err == nil {
			err = h.carryOut(ctx, refs[0])
		}
		return a.then(ctx, h, refs[0], err)
	}
	if err := h.led.WithdrawAll(ctx, refs, reason, notice, a.operator(), h.now()); err != nil {
		return err
	}
	err := h.carryOut(ctx, refs...)
	return errors.Join(err, a.thenAll(ctx, h, refs))
}

func (a *app) retryCmd() *cobra.Command {
	var channel string
	var hint ledger.Hint
	c := &cobra.Command{
		Use: "retry 稿件", Short: "处理好以后再试；先查明再动手，不会重发", Args: exactly(1, "哪一篇稿件"),
		RunE: func(c *cobra.Command, args []string) error {
			if more := one(hint); more != nil {
				a.begun = false
				return more
			}
			return a.within(c.Context(), func(h *house) error {
				if channel != "" {
					if _, err := h.plan(channel); err != nil {
						return err
					}
				}
				n, err := h.led.Retry(c.Context(), args[0], channel, hint, a.operator(), h.now())
				if err == nil && n == 0 {
					err = errors.New("没有可以重试的渠道")
				}
				if err == nil {
					err = h.carryOut(c.Context(), args[0])
				}
				return a.then(c.Context(), h, args[0], err)
			})
		},
	}
	c.Flags().StringVar(&channel, "channel", "", "只对这个渠道；默认全部")
	c.Flags().StringVar(&hint.Link, "link", "", "已经人工发布，登记它的链接")
	c.Flags().BoolVar(&hint.Absent, "absent", false, "已经人工查明没有发布，可以重新发布")
	c.Flags().BoolVar(&hint.Done, "done", false, "要求人工改的已经改好")
	c.Flags().BoolVar(&hint.Leave, "leave", false, "要求人工改的决定不改，保留原样")
	return c
}

// one wants a hint that says one thing.
func one(h ledger.Hint) error {
	said := 0
	for _, yes := range []bool{h.Link != "", h.Absent, h.Done, h.Leave} {
		if yes {
			said++
		}
	}
	if said > 1 {
		return errors.New("--link、--absent、--done、--leave 只能写一个")
	}
	return nil
}

// patience is how long a command waits for the daemon to carry out what it has recorded.
const patience = 20 * time.Second

// carryOut sees to it that the acts of items that are due are made: by this process where nobody else is at work, else by the daemon, for
// which it waits a while. Another command ends soon and makes only its own. What takes longer is not lost; it is in the ledger.
func (h *house) carryOut(ctx context.Context, refs ...string) error {
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for tick := time.NewTicker(100 * time.Millisecond); ; {
		lease, err := h.led.Take(ctx, "tongfa 命令", h.now())
		if err == nil {
			return errors.Join(h.finish(ctx, refs), lease.Release())
		}
		if !errors.Is(err, ledger.ErrHeld) {
			return err
		}
		if refs, err = h.pending(ctx, refs); err != nil || len(refs) == 0 {
			return err
		}
		select {
		case <-wait.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// finish makes the acts of items. Only the holder of the lease does.
func (h *house) finish(ctx context.Context, refs []string) error {
	err := h.secrets()
	if err != nil {
		return err
	}
	s := h.scheduler()
	for _, ref := range refs {
		err = errors.Join(err, s.Finish(ctx, ref, h.now()))
	}
	return err
}

// pending leaves out the items at the beginning of which nothing is due or under way any more.
func (h *house) pending(ctx context.Context, refs []string) ([]string, error) {
	for len(refs) > 0 {
		open, err := h.led.Pending(ctx, refs[0])
		if err != nil || open {
			return refs, err
		}
		refs = refs[1:]
	}
	return nil, nil
}
