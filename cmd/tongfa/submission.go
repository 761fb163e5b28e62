package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tongfa/intake"
	"tongfa/ledger"
	"tongfa/press"
	"tongfa/workday"
)

func (a *app) submissionCmd() *cobra.Command {
	c := &cobra.Command{Use: "submission", Short: "部门报送：登记、补交、退回、收稿、通报", Args: cobra.ArbitraryArgs, RunE: a.needSub}
	c.AddCommand(a.submissionListCmd(), a.submissionAddCmd(), a.submissionPapersCmd(), a.submissionNoticeCmd(),
		a.submissionMove("show 回执号", "一件报送的全部情况", 1, func(context.Context, *house, ledger.Submission, []string) error { return nil }),
		a.submissionMove("return 回执号 原因", "退回一件报送，报送单位改好再报", 2, func(ctx context.Context, h *house, s ledger.Submission, args []string) error {
			return h.led.ReturnSubmission(ctx, s.N, args[1], a.operator(), h.now())
		}),
		a.submissionMove("link 回执号 稿件", "关联已经录过的稿件", 2, func(ctx context.Context, h *house, s ledger.Submission, args []string) error {
			return h.led.LinkSubmission(ctx, s.N, args[1], a.operator(), h.now())
		}),
		a.submissionMove("take 回执号", "用报送的定稿录成一篇稿件草稿，标题、文号、单位以报送的为准", 1, func(ctx context.Context, h *house, s ledger.Submission, _ []string) error {
			return a.takeIn(ctx, h, s)
		}),
	)
	return c
}

// submissionMove is a command that does something to one submission and shows it.
func (a *app) submissionMove(use, short string, n int, do func(context.Context, *house, ledger.Submission, []string) error) *cobra.Command {
	what := map[int]string{1: "哪一件（回执号，如 2026-12 或 报送〔2026〕12号）", 2: "哪一件和" + strings.Fields(use)[len(strings.Fields(use))-1]}[n]
	return &cobra.Command{Use: use, Short: short, Args: exactly(n, what), RunE: func(c *cobra.Command, args []string) error {
		return a.within(c.Context(), func(h *house) error {
			s, err := h.led.FindSubmission(c.Context(), args[0])
			if err != nil {
				return plainly(err)
			}
			if err := do(c.Context(), h, s, args); err != nil {
				return plainly(err)
			}
			if s, err = h.led.Submission(c.Context(), s.N); err != nil {
				return err
			}
			return a.printSubmission(s)
		})
	}}
}

// plainly leaves the mark of an error out of what is told to people.
func plainly(err error) error {
	for _, mark := range []error{ledger.ErrNoSubmission, ledger.ErrNotRegistered} {
		if errors.Is(err, mark) {
			return errors.New(strings.TrimSuffix(err.Error(), "："+mark.Error()))
		}
	}
	return err
}

func (a *app) submissionListCmd() *cobra.Command {
	var f ledger.SubmissionFilter
	var state string
	c := &cobra.Command{Use: "list", Short: "列出报送，新的在前", Args: noArgs}
	c.Flags().StringVar(&f.Unit, "unit", "", "只列这个单位的")
	c.Flags().StringVar(&state, "state", "", "只列这个状态的：received returned taken printed")
	c.Flags().BoolVar(&f.Late, "late", false, "只列迟报的")
	c.Flags().StringVar(&f.Number, "number", "", "按文号、统一编号或回执号找")
	c.Flags().Int64Var(&f.Before, "after", 0, "上一页给的翻页标记")
	c.Flags().IntVar(&f.Limit, "limit", 50, "最多列几件")
	c.RunE = func(c *cobra.Command, _ []string) error {
		f.State = press.SubmissionState(state)
		if state != "" && f.State.Name() == state {
			a.begun = false
			return fmt.Errorf("没有“%s”这个状态，可以写：received returned taken printed", state)
		}
		return a.within(c.Context(), func(h *house) error {
			list, next, err := h.led.Submissions(c.Context(), f)
			if err != nil {
				return err
			}
			return a.printSubmissions(list, next)
		})
	}
	return c
}

func (a *app) printSubmissions(list []ledger.Submission, next int64) error {
	if a.json {
		doc := map[string]any{"submissions": append([]ledger.Submission{}, list...)}
		if next > 0 {
			doc["next"] = next
		}
		return a.printJSON(doc)
	}
	rows := [][]string{{"回执号", "状态", "收到", "时限", "材料", "单位", "标题"}}
	for _, s := range list {
		papers := "齐"
		if n := len(s.Missing()); n > 0 {
			papers = fmt.Sprintf("缺%d项", n)
		}
		rows = append(rows, []string{s.Receipt(), s.Shown().Name(), s.ReceivedOn.String(), lateWord(s), papers, clip(s.Unit, 24), s.Title})
	}
	table(a.out, fitted(a.out, rows))
	if next > 0 {
		fmt.Fprintf(a.out, "还有，加 --after %d 看下一页\n", next)
	}
	return nil
}

func lateWord(s ledger.Submission) string {
	if s.Late > 0 {
		return fmt.Sprintf("迟%d个工作日", s.Late)
	}
	return "按期"
}

func (a *app) printSubmission(s ledger.Submission) error {
	if a.json {
		return a.printJSON(s)
	}
	fmt.Fprintf(a.out, "%s  %s\n", s.Receipt(), s.Shown().Name())
	paragraph(a.out, "", titled(s.Title))
	rows := [][]string{{"  报送单位", s.Unit}, {"  文号", s.DocNumber}, {"  统一编号", s.RegNumber}, {"  印发日期", s.FormedOn.String()}, {"  报送期限", s.DueOn.String()},
		{"  收到日期", s.ReceivedOn.String() + "（" + lateWord(s) + "）"}, {"  报送人", s.HandedBy}, {"  收件人", s.By}, {"  备注", s.Note}, {"  退回原因", s.Reason}, {"  稿件", string(s.Item)}}
	if s.Print != nil {
		rows = append(rows, []string{"  刊登", s.Print.Say()})
	}
	for _, p := range s.Papers {
		rows = append(rows, []string{"  " + p.Kind.Name(), fmt.Sprintf("%s（%d字节，SHA-256 %.16s…）", p.Name, p.Size, p.Digest)})
	}
	for _, k := range s.Missing() {
		rows = append(rows, []string{"  " + k.Name(), "还缺"})
	}
	var kept [][]string
	for _, r := range rows {
		if r[1] != "" {
			kept = append(kept, r)
		}
	}
	table(a.out, kept)
	return nil
}

// paperFlags are the files of a submission, by the options that name them.
func paperFlags(c *cobra.Command) map[press.Paper]*[]string {
	out := map[press.Paper]*[]string{}
	for _, k := range press.Papers() {
		out[k] = c.Flags().StringArray(string(k), nil, k.Name()+"的文件")
	}
	return out
}

// papers reads the files of a submission.
func (h *house) papers(paths map[press.Paper]*[]string) (out []ledger.SubmissionPaper, files map[string][]byte, err error) {
	files = map[string][]byte{}
	for _, k := range press.Papers() {
		for _, path := range *paths[k] {
			data, err := os.ReadFile(path)
			if err != nil {
				if errors.Is(err, fs.ErrNotExist) {
					return nil, nil, fmt.Errorf("没有文件“%s”", path)
				}
				return nil, nil, fmt.Errorf("文件“%s”读不出来：%w", path, err)
			}
			if most := h.cfg.MaxAttachment; most > 0 && int64(len(data)) > most {
				return nil, nil, fmt.Errorf("文件“%s”超过上限%d MB", path, most>>20)
			}
			asset, err := intake.Paper(filepath.Base(path), data, h.reading(nil))
			if err != nil {
				return nil, nil, err
			}
			files[asset.Digest] = data
			out = append(out, ledger.SubmissionPaper{Kind: k, Asset: asset})
		}
	}
	return out, files, nil
}

func (a *app) submissionAddCmd() *cobra.Command {
	var s ledger.Submission
	var formed, received string
	c := &cobra.Command{Use: "add", Short: "登记一件报送，给回执号", Args: noArgs,
		Example: `  tongfa submission add --unit 示例区农业农村局 --title 关于印发农村改厕办法的通知 --doc-number 示农发〔2026〕3号 \
    --formed-on 2026-11-20 --final 定稿.docx --scan 原件.pdf`}
	c.Flags().StringVar(&s.Unit, "unit", "", "报送单位")
	c.Flags().StringVar(&s.Title, "title", "", "标题")
	c.Flags().StringVar(&s.DocNumber, "doc-number", "", "文号")
	c.Flags().StringVar(&s.RegNumber, "reg-number", "", "统一编号")
	c.Flags().StringVar(&formed, "formed-on", "", "印发日期，如 2026-11-20；报送期限从这一天起算")
	c.Flags().StringVar(&received, "received-on", "", "收到日期，默认今天")
	c.Flags().StringVar(&s.HandedBy, "handed-by", "", "报送人")
	c.Flags().StringVar(&s.Note, "remark", "", "备注")
	paths := paperFlags(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		var err error
		if s.FormedOn, err = dayOf(formed); err == nil {
			s.ReceivedOn, err = dayOf(received)
		}
		if err != nil {
			a.begun = false
			return err
		}
		return a.within(c.Context(), func(h *house) error { return a.handIn(c.Context(), h, s, paths) })
	}
	return c
}

func (a *app) handIn(ctx context.Context, h *house, s ledger.Submission, paths map[press.Paper]*[]string) error {
	papers, files, err := h.papers(paths)
	if err != nil {
		return err
	}
	s.Papers = papers
	got, what, err := h.led.Receive(ctx, s, files, a.operator(), h.now())
	var lacking *ledger.Lacking
	if errors.As(err, &lacking) {
		a.begun = false
	}
	if err != nil {
		return err
	}
	if what == ledger.Same {
		fmt.Fprintln(a.err, "这一件先前已经收到，没有重复登记。")
	}
	return a.printSubmission(got)
}

// dayOf reads a day of an option.
func dayOf(s string) (press.Date, error) {
	if s == "" {
		return press.Date{}, nil
	}
	d, err := workday.ParseDate(s)
	if err != nil || !d.Valid() {
		return d, fmt.Errorf("日期要写成 2026-11-20，现在是“%s”", s)
	}
	return d, nil
}

func (a *app) submissionPapersCmd() *cobra.Command {
	var paths map[press.Paper]*[]string
	c := a.submissionMove("papers 回执号", "补交材料", 1, func(ctx context.Context, h *house, s ledger.Submission, _ []string) error {
		papers, files, err := h.papers(paths)
		if err != nil {
			return err
		}
		return h.led.AddPapers(ctx, s.N, papers, files, a.operator(), h.now())
	})
	paths = paperFlags(c)
	return c
}

// takeIn files the final text of a submission as a draft.
func (a *app) takeIn(ctx context.Context, h *house, s ledger.Submission) error {
	final, ok := s.Paper(press.FinalText)
	switch {
	case s.Item != "":
		return fmt.Errorf("%s已经收成稿件%s", s.Receipt(), s.Item)
	case !ok:
		return fmt.Errorf("%s还没有定稿电子文本，请先补交", s.Receipt())
	}
	data, err := h.led.Blob(ctx, final.Digest)
	if err != nil {
		return err
	}
	meta := map[string]string{"kind": string(press.Policy), "title": s.Title, "issuer": s.Unit, "formed_on": s.FormedOn.String(), "disclosure": string(press.Proactive)}
	for key, value := range map[string]string{"doc_number": s.DocNumber, "reg_number": s.RegNumber} {
		if value != "" {
			meta[key] = value
		}
	}
	var channels []string
	for _, c := range h.cfg.Channels {
		if c.Gazette != nil || c.Site != nil {
			channels = append(channels, c.Name)
		}
	}
	meta["channels"] = strings.Join(channels, ",")
	p, err := intake.ReadBytes(final.Name, data, nil, h.reading(meta))
	if err != nil {
		return err
	}
	got, err := h.led.File(ctx, ledger.Filing{Item: p.Item, Revision: p.Revision, Files: maps.Clone(p.Files), By: ledger.Who{Name: a.who(), Role: press.Registrar},
		Draft: true, Handed: s.N}, h.now())
	if err != nil {
		return err
	}
	fmt.Fprintf(a.err, "收成稿件草稿%s，请核对后送审。\n", got.ID)
	return nil
}

func (a *app) submissionNoticeCmd() *cobra.Command {
	var year, quarter int
	c := &cobra.Command{Use: "notice", Short: "报送刊登情况通报：一个季度里各单位报送、迟报、刊登各多少", Args: noArgs}
	c.Flags().IntVar(&year, "year", 0, "哪一年，默认今年")
	c.Flags().IntVar(&quarter, "quarter", 0, "第几季度，1到4；默认本季度，写了年份就是全年")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if quarter < 0 || quarter > 4 || year != 0 && (year < 2000 || year > 2199) {
			a.begun = false
			return errors.New("季度写1到4，年份写四位数")
		}
		return a.within(c.Context(), func(h *house) error {
			from, to := noticeDays(workday.DateOf(h.now().In(h.cfg.Timezone)), year, quarter)
			n, err := h.led.Notice(c.Context(), from, to)
			if err != nil {
				return err
			}
			return a.printNotice(n)
		})
	}
	return c
}

// noticeDays are the days of a quarter, of a whole year where only that is given, and of the quarter that runs where nothing is.
func noticeDays(today press.Date, year, quarter int) (from, to press.Date) {
	first, months := time.Month(1), 12
	switch {
	case quarter > 0:
		first, months = time.Month(3*quarter-2), 3
	case year == 0:
		first, months = (today.Month-1)/3*3+1, 3
	}
	if year == 0 {
		year = today.Year
	}
	at := time.Date(year, first, 1, 0, 0, 0, 0, time.UTC)
	return workday.DateOf(at), workday.DateOf(at.AddDate(0, months, -1))
}

func (a *app) printNotice(n ledger.Notice) error {
	if a.json {
		return a.printJSON(n)
	}
	fmt.Fprintf(a.out, "%s 到 %s 报送刊登情况\n", n.From, n.To)
	rows := [][]string{{"单位", "报送", "按期", "迟报", "最长迟（工作日）", "已刊登", "未刊登", "退回", "登记而未报送"}}
	sum := n.Sum
	sum.Unit = "合计"
	for _, x := range append(n.Units, sum) {
		row := []string{x.Unit}
		for _, v := range []int{x.Submitted, x.InTime, x.Late, x.DaysLate, x.Printed, x.NotPrinted, x.Returned, x.Owed} {
			row = append(row, strconv.Itoa(v))
		}
		rows = append(rows, row)
	}
	table(a.out, rows)
	return nil
}
