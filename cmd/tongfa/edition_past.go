package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"tongfa/ledger"
	"tongfa/press"
)

func (a *app) editionPastCmd() *cobra.Command {
	f := ledger.BackFilter{}
	c := &cobra.Command{Use: "past", Short: "列出导入的过刊，新的在前；可以按标题、文号找", Args: noArgs}
	c.Flags().StringVar(&f.Channel, "channel", "", "只列这个公报的")
	c.Flags().StringVar(&f.Words, "search", "", "按标题、文号找")
	c.Flags().IntVar(&f.Limit, "limit", 200, "最多列几期")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.within(c.Context(), func(h *house) error { return a.past(c.Context(), h, f) })
	}
	return c
}

// pastIssue is an imported issue in JSON.
type pastIssue struct {
	Channel    string              `json:"channel"`
	Year       int                 `json:"year"`
	Number     int                 `json:"number"`
	Supplement bool                `json:"supplement,omitempty"`
	Total      int                 `json:"total,omitempty"`
	Date       string              `json:"date"`
	Title      string              `json:"title"`
	Articles   int                 `json:"articles"`
	URL        string              `json:"url,omitempty"`
	By         string              `json:"imported_by"`
	At         string              `json:"imported_at"`
	Found      []press.BackArticle `json:"found,omitempty"`
}

func (a *app) past(ctx context.Context, h *house, f ledger.BackFilter) error {
	list, err := h.led.BackIssues(ctx, f)
	if err != nil {
		return err
	}
	out := []pastIssue{}
	rows := [][]string{{"期", "出版日期", "篇数", "导入", "网址"}}
	for _, b := range list {
		out = append(out, pastIssue{b.Channel, b.Year, b.Number, b.Supplement, b.Total, b.Day, b.Title, b.Count, b.URL, b.By, stamp(b.At), b.Found})
		rows = append(rows, []string{b.Name(), b.Day, fmt.Sprint(b.Count), at(b.At, h.cfg.Timezone), cmp.Or(b.URL, "还没有放好，请再导入一次")})
		for _, x := range b.Found {
			rows = append(rows, []string{"", "", "", "", clip(x.Title, 60)})
		}
	}
	if a.json {
		return a.printJSON(out)
	}
	if len(list) == 0 {
		fmt.Fprintln(a.out, "没有")
		return nil
	}
	table(a.out, rows)
	return nil
}
