package main

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tongfa/ledger"
	"tongfa/press"
	"tongfa/scheduler"
)

func (a *app) editionCmd() *cobra.Command {
	c := &cobra.Command{Use: "edition", Short: "各期公报和公众号消息：列出、编排、定稿、发行", Args: cobra.ArbitraryArgs, RunE: a.needSub}
	c.AddCommand(a.editionListCmd(), a.editionShowCmd(), a.editionNewCmd(), a.editionPutCmd(), a.editionOrderCmd(), a.editionAtCmd(), a.editionIssueCmd(),
		a.editionCandidatesCmd(), a.editionProofCmd(), a.editionRoundsCmd(), a.editionPassCmd(), a.editionRemarkCmd(), a.editionSettleCmd(), a.editionImportCmd(), a.editionAnnounceCmd(), a.editionPastCmd(),
		a.editionMove("drop 期 稿件", "把一篇稿件从一期里撤出来，等下一期", 2, func(ctx context.Context, h *house, p press.Plan, args []string) error {
			return h.led.Drop(ctx, p, args[0], args[1], a.edit(), h.now())
		}),
		a.editionMove("section 期 稿件 栏目", "把一篇稿件放进公报的一个栏目", 3, a.toSection),
		a.editionMove("name 期 期名", "给一期一个名字，印在期号后面，如“专刊”；空的去掉", 2, func(ctx context.Context, h *house, _ press.Plan, args []string) error {
			return h.led.Rename(ctx, args[0], args[1], a.edit(), h.now())
		}),
		a.editionMove("supplement 期 on|off", "把编排中的一期设为增刊，或改回编期号的一期", 2, func(ctx context.Context, h *house, p press.Plan, args []string) error {
			on, err := a.onOff(args[1])
			if err != nil {
				return err
			}
			return h.led.Supplement(ctx, p, args[0], on, a.edit(), h.now())
		}),
		a.editionMove("index 期 on|off", "编排中的一期带不带年度总目录：全年各期的标题，按栏目列在最后", 2, func(ctx context.Context, h *house, p press.Plan, args []string) error {
			on, err := a.onOff(args[1])
			if err != nil {
				return err
			}
			return h.led.YearIndex(ctx, p, args[0], on, a.edit(), h.now())
		}),
		a.editionMove("freeze 期", "清样定稿：公报给期号，不再增减", 1, func(ctx context.Context, h *house, p press.Plan, args []string) error {
			_, err := h.led.Freeze(ctx, p, args[0], a.edit(), h.now())
			return err
		}),
		a.editionMove("thaw 期 原因", "撤销定稿；已经编了期号的不能撤销", 2, func(ctx context.Context, h *house, _ press.Plan, args []string) error {
			return h.led.Thaw(ctx, args[0], args[1], a.edit(), h.now())
		}),
		a.editionMove("abandon 期 原因", "放弃还没有发行的一期：稿件等下一期，已给的期号由下一期接着用", 2, func(ctx context.Context, h *house, _ press.Plan, args []string) error {
			return h.led.Abandon(ctx, args[0], args[1], a.edit(), h.now())
		}),
	)
	return c
}

// onOff reads the word of an option.
func (a *app) onOff(s string) (bool, error) {
	if s != "on" && s != "off" {
		a.begun = false
		return false, fmt.Errorf("要写 on 或 off，现在是“%s”", s)
	}
	return s == "on", nil
}

// edit is who changes an edition from the command line: as it stands.
func (a *app) edit() ledger.Edit { return ledger.Edit{Who: a.operator()} }

func (a *app) editionPutCmd() *cobra.Command {
	var section string
	c := a.editionMove("put 期 稿件", "把一篇待发布的稿件编入一期；已经编入旧版的，换成新版", 2, func(ctx context.Context, h *house, p press.Plan, args []string) error {
		if err := h.led.Put(ctx, p, args[0], args[1], a.edit(), h.now()); err != nil || section == "" {
			return err
		}
		return a.toSection(ctx, h, p, append(args, section))
	})
	c.Flags().StringVar(&section, "section", "", "放进公报的哪个栏目；默认按配置归栏")
	return c
}

// toSection puts an entry last in a section.
func (a *app) toSection(ctx context.Context, h *house, p press.Plan, args []string) error {
	if names := h.sections(p.Channel); !slices.Contains(names, args[2]) {
		return fmt.Errorf("没有叫“%s”的栏目，可以写：%s", args[2], strings.Join(names, "、"))
	}
	return a.arrange(ctx, h, p, args[0], func(places []ledger.Place) ([]ledger.Place, error) {
		i, err := h.placed(ctx, places, args[1])
		if err != nil {
			return nil, err
		}
		pl := places[i]
		pl.Section = args[2]
		return append(slices.Delete(places, i, i+1), pl), nil
	})
}

// placed is where an item stands.
func (h *house) placed(ctx context.Context, places []ledger.Place, ref string) (int, error) {
	s, err := h.led.Story(ctx, ref, h.now())
	if err != nil {
		return 0, err
	}
	i := slices.IndexFunc(places, func(p ledger.Place) bool { return p.Item == s.Item.ID })
	if i < 0 {
		return 0, fmt.Errorf("这一期里没有稿件%s", ref)
	}
	return i, nil
}

// arrange changes the order of an edition, beginning with the one that it would have.
func (a *app) arrange(ctx context.Context, h *house, p press.Plan, key string, do func([]ledger.Place) ([]ledger.Place, error)) error {
	e, err := h.led.Edition(ctx, key)
	if err != nil {
		return err
	}
	if p.Arrange != nil {
		e.Edition = p.Arrange(e.Edition)
	}
	var places []ledger.Place
	for _, en := range e.Entries {
		places = append(places, ledger.Place{Item: en.Item.ID, Section: en.Section})
	}
	if places, err = do(places); err != nil {
		return err
	}
	return h.led.Arrange(ctx, key, places, ledger.Edit{Who: a.operator(), Seen: e.Version}, h.now())
}

func (a *app) editionOrderCmd() *cobra.Command {
	return a.editionMove("order 期 稿件...", "排顺序：写出的稿件依次排在最前，其余的跟在后面；公报在各栏目之内排", -2, func(ctx context.Context, h *house, p press.Plan, args []string) error {
		return a.arrange(ctx, h, p, args[0], func(places []ledger.Place) ([]ledger.Place, error) {
			var first []ledger.Place
			for _, ref := range args[1:] {
				i, err := h.placed(ctx, places, ref)
				if err != nil {
					return nil, err
				}
				first = append(first, places[i])
				places = slices.Delete(places, i, i+1)
			}
			return append(first, places...), nil
		})
	})
}

func (a *app) editionAtCmd() *cobra.Command {
	return &cobra.Command{Use: "at 期 时间", Short: "改编排中的一期的预定时间，如 2026-12-01T09:00；期的键随着变", Args: exactly(2, "哪一期和时间"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.within(c.Context(), func(h *house) error {
				when, err := h.when(args[1])
				if err != nil {
					a.begun = false
					return err
				}
				key, err := h.led.Replan(c.Context(), h.key(args[0]), when, a.edit(), h.now())
				if err != nil {
					return err
				}
				return a.editionShow(c.Context(), h, key)
			})
		}}
}

func (a *app) editionIssueCmd() *cobra.Command {
	var at string
	c := a.editionMove("issue 期", "发行已定稿的一期，不早于它的预定时间", 1, func(ctx context.Context, h *house, p press.Plan, args []string) error {
		if at == "" {
			return h.led.Issue(ctx, p, args[0], a.edit(), h.now())
		}
		if at == "off" {
			return h.led.CallOff(ctx, args[0], "", a.edit(), h.now())
		}
		when, err := h.when(at)
		if err != nil {
			a.begun = false
			return err
		}
		return h.led.IssueAt(ctx, p, args[0], when, a.edit(), h.now())
	})
	c.Flags().StringVar(&at, "at", "", "到这个时刻再发行，如纸质版出版的时刻 2026-12-01T09:00；off 取消")
	return c
}

func (a *app) editionCandidatesCmd() *cobra.Command {
	var words, after string
	var limit int
	c := &cobra.Command{Use: "candidates 期", Short: "可以编入一期的稿件，不能编入的说明原因", Args: exactly(1, "哪一期（键见 edition list）")}
	c.Flags().StringVar(&words, "search", "", "按标题、文号、编号找")
	c.Flags().StringVar(&after, "after", "", "上一页给的翻页标记")
	c.Flags().IntVar(&limit, "limit", 30, "最多列几篇")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.within(c.Context(), func(h *house) error {
			e, err := h.led.Edition(c.Context(), h.key(args[0]))
			if err != nil {
				return err
			}
			p, err := h.plan(e.Slot.Channel)
			if err != nil {
				return err
			}
			list, next, err := h.led.Candidates(c.Context(), p, e.Edition, words, after, limit, h.now())
			if err != nil {
				return err
			}
			return a.printCandidates(list, next)
		})
	}
	return c
}

func (a *app) printCandidates(list []ledger.Candidate, next string) error {
	type line struct {
		ID    press.ItemID `json:"id"`
		Kind  press.Kind   `json:"kind"`
		Title string       `json:"title"`
		Left  *int         `json:"days_left,omitempty"`
		Why   string       `json:"why,omitempty"` // why it cannot be taken
	}
	lines := []line{}
	rows := [][]string{{"编号", "种类", "期限", "标题", "不能编入的原因"}}
	for _, c := range list {
		x := line{ID: c.Item.ID, Kind: c.Item.Kind, Title: c.Title, Why: c.Why}
		left := "—"
		if c.Term {
			x.Left, left = &c.Left, fmt.Sprintf("剩%d%s", c.Left, c.Unit)
		}
		lines = append(lines, x)
		rows = append(rows, []string{string(c.Item.ID), c.Item.Kind.Name(), left, clip(c.Title, 50), c.Why})
	}
	if a.json {
		return a.printJSON(map[string]any{"items": lines, "next": next})
	}
	table(a.out, rows)
	if next != "" {
		fmt.Fprintf(a.out, "还有，加 --after %s 看下一页\n", next)
	}
	return nil
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
	what := map[int]string{1: "哪一期（键见 edition list）", 2: "哪一期和" + strings.Fields(use)[len(strings.Fields(use))-1], 3: "哪一期、哪一篇稿件和栏目"}[n]
	check := exactly(n, what)
	if n < 0 {
		check = cobra.MinimumNArgs(-n)
	}
	return &cobra.Command{Use: use, Short: short, Args: check, RunE: func(c *cobra.Command, args []string) error {
		return a.within(c.Context(), func(h *house) error {
			args[0] = h.key(args[0])
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
	var channel, state string
	var limit int
	c := &cobra.Command{Use: "list", Short: "列出各期，新的在前", Args: noArgs}
	c.Flags().StringVar(&channel, "channel", "", "只列这个渠道的")
	c.Flags().StringVar(&state, "state", "", "只列这个状态的：planned frozen composed out partly failed")
	c.Flags().IntVar(&limit, "limit", 50, "最多列几期")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.within(c.Context(), func(h *house) error {
			list, err := h.led.EditionsBy(c.Context(), ledger.EditionFilter{Channel: channel, State: press.EditionState(state), Limit: limit})
			if err != nil {
				return err
			}
			return a.printEditions(h, list)
		})
	}
	return c
}

type editionLine struct {
	Key        string             `json:"key"`
	Channel    string             `json:"channel"`
	Slot       string             `json:"slot"`
	State      press.EditionState `json:"state"`
	Title      string             `json:"title,omitempty"`
	Year       int                `json:"year,omitempty"`
	Number     int                `json:"number,omitempty"`
	Total      int                `json:"total,omitempty"`
	Supplement bool               `json:"supplement,omitempty"`
	WithIndex  bool               `json:"with_index,omitempty"`
	Count      int                `json:"count"`
	Composed   string             `json:"composed"`
	OutAt      string             `json:"out_at,omitempty"`
	Name       string             `json:"name,omitempty"`
	IssueAt    string             `json:"issue_at,omitempty"` // it goes out then by itself
	Stopped    string             `json:"stopped,omitempty"`  // why it did not
	Proof      int                `json:"proof,omitempty"`    // the proof round that it was frozen as
	Entries    []editionEntry     `json:"entries,omitempty"`
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
		Year: e.Year, Number: e.Number, Total: e.Total, Supplement: e.Supplement, WithIndex: e.WithIndex, Count: len(e.Entries), Composed: stamp(e.Composed),
		Name: e.Name, IssueAt: stamp(e.IssueAt), Stopped: e.Stopped, Proof: e.Proof}
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
		rows = append(rows, []string{h.localKey(e.Edition), e.State.Name(), fmt.Sprint(e.Count), at(e.OutAt, h.cfg.Timezone), strings.TrimSpace(cmp.Or(e.Title, e.Name))})
	}
	table(a.out, rows)
	return nil
}

func (a *app) editionShowCmd() *cobra.Command {
	return &cobra.Command{Use: "show 期", Short: "一期里有哪些稿件", Args: exactly(1, "哪一期（键见 edition list）"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.within(c.Context(), func(h *house) error { return a.editionShow(c.Context(), h, h.key(args[0])) })
		}}
}

// laidOut is an edition as it will be, and as a program reads it.
func (h *house) laidOut(ctx context.Context, key string) (e ledger.EditionLine, l editionLine, err error) {
	if e, err = h.led.Edition(ctx, key); err != nil {
		return e, l, err
	}
	if p, err := h.plan(e.Slot.Channel); err == nil && p.Arrange != nil && e.State == press.EditionPlanned {
		e.Edition = p.Arrange(e.Edition) // as it will be
	}
	l = lineOf(e.Edition)
	for _, en := range e.Entries {
		l.Entries = append(l.Entries, editionEntry{en.Position, en.Section, en.Item.ID, en.Revision.Title, en.Copy.URL})
	}
	return e, l, nil
}

func (a *app) editionShow(ctx context.Context, h *house, key string) error {
	e, l, err := h.laidOut(ctx, key)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(l)
	}
	fmt.Fprintf(a.out, "%s  %s  %s\n", h.localKey(e.Edition), e.State.Name(), cmp.Or(e.Title, e.Name))
	if !e.IssueAt.IsZero() && e.State == press.EditionFrozen {
		fmt.Fprintf(a.out, "到点发行：%s\n", at(e.IssueAt, h.cfg.Timezone))
	}
	if e.Proof > 0 {
		fmt.Fprintf(a.out, "定稿与%s相同\n", press.Ordinal(e.Proof))
	}
	if e.Stopped != "" {
		fmt.Fprintf(a.out, "到点没有发出：%s\n", e.Stopped)
	}
	rows := [][]string{{"序", "栏目", "编号", "标题"}}
	for _, en := range l.Entries {
		rows = append(rows, []string{fmt.Sprint(en.Position), en.Section, string(en.ID), clip(en.Title, 60)})
	}
	table(a.out, rows)
	found, err := h.missing(ctx, e.Edition)
	findings(a.out, found)
	return err
}

// missing is what an editor would want to know of an edition before she freezes it: what the ledger knows, and what its channel says.
func (h *house) missing(ctx context.Context, e press.Edition) ([]press.Finding, error) {
	i := slices.IndexFunc(h.lanes, func(c scheduler.Channel) bool { return c.Plan.Channel == e.Slot.Channel })
	if i < 0 || e.State != press.EditionPlanned && e.State != press.EditionFrozen {
		return nil, nil
	}
	return h.led.Proofread(ctx, h.lanes[i].Plan, e, h.now())
}

// localKey is the key of an edition with its slot on the office's clock, which the commands take as well.
func (h *house) localKey(e press.Edition) string {
	return fmt.Sprintf("%s@%s#%d", e.Slot.Channel, e.Slot.At.In(h.cfg.Timezone).Format("2006-01-02T15:04:05"), e.Seq)
}

var localKeys = regexp.MustCompile(`^([^@#]+)@(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:#(\d{1,4}))?$`)

// key is the key that a person means who writes the slot on the office's clock; "#1" need not be written.
func (h *house) key(s string) string {
	m := localKeys.FindStringSubmatch(s)
	if m == nil {
		return s
	}
	slot, err := h.when(m[2])
	if err != nil {
		return s
	}
	seq, _ := strconv.Atoi(cmp.Or(m[3], "1")) // the pattern rules out anything else
	return press.EditionKey(press.Slot{Channel: m[1], At: slot}, seq)
}

func (a *app) editionNewCmd() *cobra.Command {
	var slot string
	var supplement bool
	c := &cobra.Command{Use: "new 渠道", Short: "新开一期公报或公众号消息，由人编排", Args: exactly(1, "哪个渠道")}
	c.Flags().StringVar(&slot, "at", "", "预定的发行时间，如 2026-12-01T09:00；默认现在")
	c.Flags().BoolVar(&supplement, "supplement", false, "是增刊：单独编号，不占年内期号和总期号")
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
			plan := h.led.Plan
			if supplement {
				plan = h.led.PlanSupplement
			}
			key, err := plan(c.Context(), p, when, a.operator(), h.now())
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
