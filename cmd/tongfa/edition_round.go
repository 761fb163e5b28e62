package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tongfa/channels"
	"tongfa/ledger"
	"tongfa/press"
)

// pullRound makes the files of a new proof round, writes them where a folder is named, and records the round. What could not be made or written is not
// recorded.
func (h *house) pullRound(ctx context.Context, a *app, key, dir string) error {
	line, err := h.led.Edition(ctx, key)
	if err != nil {
		return err
	}
	p, err := h.plan(line.Slot.Channel)
	if err != nil {
		return err
	}
	if line.State != press.EditionPlanned {
		return fmt.Errorf("%s处于“%s”，只有编排中的一期才能出校样", key, line.State.Name())
	}
	before, err := h.led.Rounds(ctx, key)
	if err != nil {
		return err
	}
	e, err := h.led.Numbering(ctx, p, line.Edition)
	if err != nil {
		return err
	}
	e.Composed = h.now()
	made, err := h.makeRound(ctx, a, e, len(before)+1)
	if err != nil {
		return err
	}
	if dir != "" {
		if err := writeRound(dir, len(before)+1, made); err != nil {
			return err
		}
	}
	if _, err = h.led.PullProof(ctx, p, key, made.Made, ledger.Edit{Who: a.operator(), Seen: line.Version}, h.now()); err != nil {
		return err
	}
	return a.tellRounds(ctx, h, key)
}

// makeRound makes the files of a round of an edition.
func (h *house) makeRound(ctx context.Context, a *app, e press.Edition, n int) (channels.Made, error) {
	if len(e.Entries)+len(e.Errata) == 0 {
		return channels.Made{}, fmt.Errorf("%s里还没有稿件，也没有等待刊登的更正，出不了校样", e.Key)
	}
	d, ok := h.driverOf(e.Slot.Channel).(channels.Roundsman)
	if !ok {
		return channels.Made{}, fmt.Errorf("渠道“%s”不编期号，没有校次", e.Slot.Channel)
	}
	bar := a.bar(e.Title + " " + press.Ordinal(n))
	bar.draw("排版")
	made, err := d.Round(ctx, e, press.RoundMark(n), bar.done)
	bar.clear()
	made.As = n
	return made, err
}

// writeRound writes the files of a round, with their verification block.
func writeRound(dir string, n int, made channels.Made) error {
	sub := fmt.Sprintf("proof-%d", n)
	for _, f := range made.Written {
		if err := writeIn(dir, path.Join(sub, f.Name), f.Data); err != nil {
			return err
		}
	}
	return writeIn(dir, path.Join(sub, "verify.json"), made.Block)
}

// remakeRound makes the files of a round again, and says where they are not what they were.
func (h *house) remakeRound(ctx context.Context, a *app, key string, n int, dir string) error {
	rounds, err := h.led.Rounds(ctx, key)
	if err != nil {
		return err
	}
	if n < 1 || n > len(rounds) {
		return fmt.Errorf("%s没有第%d校，现在有%d校", key, n, len(rounds))
	}
	e, err := h.led.RoundEdition(ctx, key, rounds[n-1])
	if err != nil {
		return err
	}
	made, err := h.makeRound(ctx, a, e, n)
	if err != nil {
		return err
	}
	if err := writeRound(dir, n, made); err != nil {
		return err
	}
	others := rounds[n-1].Unlike(made.Made)
	if a.json {
		return a.printJSON(map[string]any{"round": n, "dir": dir, "pages": made.Pages, "files": made.Files, "unlike": some(others)})
	}
	fmt.Fprintf(a.out, "%s的文件写在 %s，%d页\n", press.Ordinal(n), path.Join(dir, fmt.Sprintf("proof-%d", n)), made.Pages)
	if len(others) > 0 {
		paragraph(a.out, "", "! 和出校样时的摘要不同："+strings.Join(others, "、")+"。程序、字体或者公报的配置换过，文字仍与当时的内容一致")
	}
	return nil
}

// some is a list that JSON shows as one, also when it is empty.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func (a *app) editionRoundsCmd() *cobra.Command {
	return &cobra.Command{Use: "rounds 期", Short: "各校次：谁出的、和前一校比改了什么、谁读过、有哪些意见，以及现在的内容和最后一校比改了什么", Args: exactly(1, "哪一期（键见 edition list）"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.within(c.Context(), func(h *house) error { return a.tellRounds(c.Context(), h, h.key(args[0])) })
		}}
}

func (a *app) editionPassCmd() *cobra.Command {
	var round int
	c := a.roundMove("pass 期", "校对通过：最后一校可以定稿", 1, func(ctx context.Context, h *house, key string, last int, _ []string) error {
		if round == 0 {
			round = last
		}
		return h.led.PassProof(ctx, key, round, a.operator(), h.now())
	})
	c.Flags().IntVar(&round, "round", 0, "第几校；默认最后一校")
	return c
}

func (a *app) editionRemarkCmd() *cobra.Command {
	var x press.Reading
	var item string
	c := a.roundMove("remark 期 意见", "提校对意见：要改什么，在哪里", 2, func(ctx context.Context, h *house, key string, last int, args []string) error {
		if x.Round == 0 {
			x.Round = last
		}
		if item != "" {
			s, err := h.led.Story(ctx, item, h.now())
			if err != nil {
				return err
			}
			x.Item = s.Item.ID
		}
		x.Text = args[1]
		return h.led.RemarkProof(ctx, key, x, a.operator(), h.now())
	})
	c.Flags().IntVar(&x.Round, "round", 0, "第几校；默认最后一校")
	c.Flags().StringVar(&item, "item", "", "是哪一篇稿件")
	c.Flags().StringVar(&x.Place, "place", "", "位置，如“第2段”“第15页”“封面”")
	return c
}

func (a *app) editionSettleCmd() *cobra.Command {
	var keep bool
	c := a.roundMove("settle 期 意见号 说明", "处理校对意见：已经改了，或者不改（--keep，要写理由）", -2, func(ctx context.Context, h *house, key string, _ int, args []string) error {
		id, err := strconv.ParseInt(args[1], 10, 64)
		if err != nil {
			a.begun = false
			return fmt.Errorf("意见号是一个数，见 edition rounds，现在是“%s”", args[1])
		}
		return h.led.SettleRemark(ctx, key, id, !keep, strings.Join(args[2:], " "), a.operator(), h.now())
	})
	c.Flags().BoolVar(&keep, "keep", false, "不改，保持原样")
	return c
}

// roundMove is a command that says something of the rounds of an issue and shows them; n is how many arguments it takes, or minus the fewest.
func (a *app) roundMove(use, short string, n int, do func(ctx context.Context, h *house, key string, last int, args []string) error) *cobra.Command {
	check := exactly(n, map[int]string{1: "哪一期（键见 edition list）", 2: "哪一期和意见"}[n])
	if n < 0 {
		check = atLeast(-n, "哪一期和意见号")
	}
	return &cobra.Command{Use: use, Short: short, Args: check, RunE: func(c *cobra.Command, args []string) error {
		return a.within(c.Context(), func(h *house) error {
			key := h.key(args[0])
			rounds, err := h.led.Rounds(c.Context(), key)
			if err != nil {
				return err
			}
			if err := do(c.Context(), h, key, len(rounds), args); err != nil {
				return err
			}
			return a.tellRounds(c.Context(), h, key)
		})
	}}
}

// roundLine is a proof round as a program reads it.
type roundLine struct {
	Number   int              `json:"number"`
	At       string           `json:"at"`
	By       string           `json:"by"`
	Pages    int              `json:"pages,omitempty"`
	Digest   string           `json:"digest"`
	Passed   string           `json:"passed_by,omitempty"`
	Open     int              `json:"open_remarks"`
	Changed  []ledger.Changed `json:"changed"` // since the round before
	Files    []press.MadeFile `json:"files,omitempty"`
	Readings []readingLine    `json:"readings,omitempty"`
}

type readingLine struct {
	ID      int64        `json:"id"`
	At      string       `json:"at"`
	By      string       `json:"by"`
	Pass    bool         `json:"pass"`
	Item    press.ItemID `json:"item,omitempty"`
	Place   string       `json:"place,omitempty"`
	Text    string       `json:"text,omitempty"`
	Settled string       `json:"settled,omitempty"`
	Settler string       `json:"settled_by,omitempty"`
	Mended  bool         `json:"mended,omitempty"`
	Outcome string       `json:"outcome,omitempty"`
}

// tellRounds shows the rounds of an issue, and what changed since the last.
func (a *app) tellRounds(ctx context.Context, h *house, key string) error {
	e, err := h.led.Edition(ctx, key)
	if err != nil {
		return err
	}
	p, err := h.plan(e.Slot.Channel)
	if err != nil {
		return err
	}
	if p.Issues == nil {
		return fmt.Errorf("渠道“%s”不编期号，没有校次", p.Channel)
	}
	rounds, err := h.led.Rounds(ctx, key)
	if err != nil {
		return err
	}
	_, since, some, sinceErr := h.led.Since(ctx, p, e.Edition, h.now())
	if ledger.Broke(sinceErr) {
		return sinceErr
	}
	if a.json {
		return a.printRounds(ctx, h, e.Edition, rounds, since)
	}
	fmt.Fprintf(a.out, "%s  %s\n", h.localKey(e.Edition), e.State.Name())
	var was press.Contents
	for i, r := range rounds {
		pages := ""
		if r.Pages > 0 {
			pages = fmt.Sprintf("  %d页", r.Pages)
		}
		fmt.Fprintf(a.out, "%s  %s  %s出%s  %s\n", press.Ordinal(r.Number), at(r.At, h.cfg.Timezone), r.By, pages, readState(r))
		if i > 0 {
			paragraph(a.out, "  ", "与"+press.Ordinal(r.Number-1)+"相比："+press.SayTurns(press.Turns(was, r.Contents)))
		}
		for _, x := range r.Readings {
			paragraph(a.out, "  ", sayReading(x))
		}
		was = r.Contents
	}
	switch {
	case len(rounds) == 0:
		fmt.Fprintln(a.out, "还没有出过校样（tongfa edition proof 期 --round）")
	case errors.Is(sinceErr, nil) && some && e.State == press.EditionPlanned:
		paragraph(a.out, "", "现在的内容与"+press.Ordinal(len(rounds))+"相比："+press.SayTurns(since))
	case e.Proof > 0:
		fmt.Fprintf(a.out, "定稿与%s相同\n", press.Ordinal(e.Proof))
	}
	return nil
}

// readState is what the readers of a round came to.
func readState(r press.Round) string {
	switch open := len(r.Open()); {
	case open > 0:
		return fmt.Sprintf("%d条意见没有处理", open)
	case r.Passed() != "":
		return r.Passed() + "通过"
	case len(r.Readings) > 0:
		return "意见都已处理，还没有人通过"
	}
	return "还没有人读过"
}

// sayReading is one reader's word in a line.
func sayReading(x press.Reading) string {
	if x.Pass {
		return "✓ " + x.By + "：通过"
	}
	where := strings.TrimSpace(string(x.Item) + " " + x.Place)
	if where != "" {
		where = "（" + where + "）"
	}
	s := fmt.Sprintf("意见%d %s%s：%s", x.ID, x.By, where, x.Text)
	switch {
	case x.Open():
		return "! " + s
	case x.Mended:
		return strings.TrimSuffix("✓ "+s+" —— "+x.Settler+"：已改，"+x.Outcome, "，")
	}
	return "✓ " + s + " —— " + x.Settler + "：不改，" + x.Outcome
}

func (a *app) printRounds(ctx context.Context, h *house, e press.Edition, rounds []press.Round, since []press.Turn) error {
	lines := []roundLine{}
	var was press.Contents
	for i, r := range rounds {
		l := roundLine{Number: r.Number, At: stamp(r.At), By: r.By, Pages: r.Pages, Digest: r.Digest, Passed: r.Passed(), Open: len(r.Open()), Files: r.Files, Changed: []ledger.Changed{}}
		if i > 0 {
			changed, err := h.led.Differences(ctx, press.Turns(was, r.Contents))
			if err != nil {
				return err
			}
			l.Changed = some(changed)
		}
		for _, x := range r.Readings {
			l.Readings = append(l.Readings, readingLine{x.ID, stamp(x.At), x.By, x.Pass, x.Item, x.Place, x.Text, stamp(x.Settled), x.Settler, x.Mended, x.Outcome})
		}
		lines, was = append(lines, l), r.Contents
	}
	now, err := h.led.Differences(ctx, since)
	if err != nil {
		return err
	}
	return a.printJSON(map[string]any{"key": e.Key, "state": e.State, "frozen_as": e.Proof, "rounds": lines, "changed_since": some(now)})
}
