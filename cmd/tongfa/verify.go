package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"tongfa/press"
)

func (a *app) verifyCmd() *cobra.Command {
	return &cobra.Command{
		Use: "verify [稿件]", Short: "现在就去看网上所见是否与签发文本一致；不写稿件就看全部",
		Long: `现在就去各渠道看公开的页面，与签发的文本逐字比较，结果记入台账。
有不一致、消失、被屏蔽的，退出码是 1。`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.within(c.Context(), func(h *house) error {
				if len(args) == 1 {
					return a.verifyItem(c.Context(), h, args[0])
				}
				return a.verifyAll(c.Context(), h)
			})
		},
	}
}

// looked counts what a verification saw.
type looked struct {
	Looked int           `json:"looked"`
	Equal  int           `json:"equal"`
	Blind  int           `json:"blind"`
	Wrong  []lookedWrong `json:"wrong"`
}

type lookedWrong struct {
	ID      press.ItemID         `json:"id"`
	Channel string               `json:"channel"`
	URL     string               `json:"url"`
	Status  press.SightingStatus `json:"status"`
	Detail  string               `json:"detail"`
	Changes []press.Change       `json:"changes,omitempty"` // against the approved text, word by word
}

func (a *app) verifyItem(ctx context.Context, h *house, ref string) error {
	entries, err := h.led.PublicCopies(ctx, ref)
	if err != nil {
		return err
	}
	sum := looked{Wrong: []lookedWrong{}}
	if err := h.look(ctx, entries, &sum); err != nil {
		return err
	}
	return a.printLooked(sum)
}

// pageOfLooks is how many copies are read from the ledger at a time.
const pageOfLooks = 100

func (a *app) verifyAll(ctx context.Context, h *house) error {
	sum := looked{Wrong: []lookedWrong{}}
	var last int64
	for {
		entries, err := h.led.PublicPage(ctx, last, pageOfLooks)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			return a.printLooked(sum)
		}
		last = entries[len(entries)-1].Copy.ID
		if err := h.look(ctx, entries, &sum); err != nil {
			return err
		}
	}
}

func (h *house) look(ctx context.Context, entries []press.Entry, sum *looked) error {
	s := h.scheduler()
	for _, e := range entries {
		seen, err := s.Look(ctx, e, h.now())
		if err != nil {
			return err
		}
		sum.Looked++
		switch seen.Status {
		case press.SeenEqual:
			sum.Equal++
		case press.SeenBlind:
			sum.Blind++
		default:
			sum.Wrong = append(sum.Wrong, lookedWrong{e.Item.ID, e.Copy.Channel, e.Copy.URL, seen.Status, seen.Detail, seen.Changes})
		}
	}
	return nil
}

func (a *app) printLooked(sum looked) error {
	if a.json {
		if err := a.printJSON(sum); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.out, "核验%d处：一致%d，未能核验%d，不一致%d\n", sum.Looked, sum.Equal, sum.Blind, len(sum.Wrong))
		for _, w := range sum.Wrong {
			fmt.Fprintf(a.out, "  %s %s %s %s\n", w.ID, w.Channel, w.URL, w.Detail)
			a.printChanges(w.Changes)
		}
	}
	if len(sum.Wrong) > 0 {
		return fmt.Errorf("有%d处与签发文本不一致", len(sum.Wrong))
	}
	return nil
}

// printChanges tells word by word what was seen instead of the approved text.
func (a *app) printChanges(changes []press.Change) {
	for _, c := range changes {
		line := c.Before
		if c.Was != "" {
			line += "〔签发：" + c.Was + "〕"
		}
		if c.Now != "" {
			line += "〔所见：" + c.Now + "〕"
		}
		paragraph(a.out, "    ", "…"+line+c.After+"…")
	}
}
