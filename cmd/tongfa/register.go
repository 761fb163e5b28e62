package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"tongfa/intake"
	"tongfa/ledger"
	"tongfa/press"
	"tongfa/workday"
)

func (a *app) registerCmd() *cobra.Command {
	c := &cobra.Command{Use: "register", Short: "规范性文件登记簿：列出、导入、登记、说明不刊登的原因", Args: cobra.ArbitraryArgs, RunE: a.needSub}
	c.AddCommand(a.registerListCmd(), a.registerImportCmd(), a.registerAddCmd(), a.registerExplainCmd())
	return c
}

func (a *app) registerListCmd() *cobra.Command {
	var f ledger.RegisterFilter
	var from, to, issue string
	c := &cobra.Command{Use: "list", Short: "列出登记的规范性文件和刊登情况，后登记的在前；--issue 核对一期公报还缺什么", Args: noArgs}
	c.Flags().StringVar(&from, "from", "", "登记日期从这一天起")
	c.Flags().StringVar(&to, "to", "", "到这一天为止")
	c.Flags().StringVar(&f.Unit, "unit", "", "只列这个单位的")
	c.Flags().BoolVar(&f.Missing, "missing", false, "只列没有刊登、也没有说明的")
	c.Flags().StringVar(&f.Number, "number", "", "按统一编号或文号找")
	c.Flags().StringVar(&issue, "issue", "", "只列这一期应刊登而没有编入的（键见 edition list）")
	c.Flags().StringVar(&f.After, "after", "", "上一页给的翻页标记")
	c.Flags().IntVar(&f.Limit, "limit", 50, "最多列几件")
	c.RunE = func(c *cobra.Command, _ []string) error {
		var err error
		if f.From, err = dayOf(from); err == nil {
			f.To, err = dayOf(to)
		}
		if err != nil {
			a.begun = false
			return err
		}
		return a.within(c.Context(), func(h *house) error {
			f.On = workday.DateOf(h.now().In(h.cfg.Timezone))
			if issue != "" {
				return a.owing(c.Context(), h, issue)
			}
			lines, next, err := h.led.RegisterLines(c.Context(), f)
			if err != nil {
				return err
			}
			return a.printRegister(lines, next)
		})
	}
	return c
}

// owing lists what an issue leaves out.
func (a *app) owing(ctx context.Context, h *house, key string) error {
	e, err := h.led.Edition(ctx, h.key(key))
	if err != nil {
		return err
	}
	lines, older, err := h.led.Owing(ctx, e.Edition, h.now())
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{"register": append([]ledger.RegisterLine{}, lines...), "older": older})
	}
	if len(lines)+older == 0 {
		fmt.Fprintln(a.out, "没有应刊登而没有编入的")
		return nil
	}
	if err := a.printRegister(lines, ""); err != nil {
		return err
	}
	if older > 0 {
		fmt.Fprintf(a.out, "此前一年内登记的还有%d件没有刊登，也没有说明\n", older)
	}
	return nil
}

func (a *app) printRegister(lines []ledger.RegisterLine, next string) error {
	if a.json {
		doc := map[string]any{"register": append([]ledger.RegisterLine{}, lines...)}
		if next != "" {
			doc["next"] = next
		}
		return a.printJSON(doc)
	}
	for _, r := range lines {
		fmt.Fprintf(a.out, "%s %s  %s  %s  %s\n", r.Status.Glyph(), r.RegNumber, r.On, r.Status.Name(), r.Unit)
		paragraph(a.out, "    ", titled(r.Title)+r.DocNumber)
		switch {
		case r.Status == ledger.RegExplained && !r.HoldsUntil.IsZero():
			paragraph(a.out, "    ", fmt.Sprintf("%s（到%s）", r.Explained, r.HoldsUntil))
		case r.Status == ledger.RegExplained:
			paragraph(a.out, "    ", r.Explained)
		case r.Status == ledger.RegMissing:
			paragraph(a.out, "    ", r.Do())
		case r.Print != nil:
			paragraph(a.out, "    ", r.Print.Say())
		}
	}
	if next != "" {
		fmt.Fprintf(a.out, "还有，加 --after %s 看下一页\n", next)
	}
	return nil
}

func (a *app) registerImportCmd() *cobra.Command {
	var dry bool
	c := &cobra.Command{Use: "import 文件.csv", Short: "从表格导入登记簿：新的登记，统一编号已有而内容不同的改动", Args: exactly(1, "哪个CSV文件"),
		Long: "从表格导入登记簿。第一行写列名，顺序不论：统一编号,标题,文号,制定单位,登记日期；UTF-8 或者 GB18030 编码。\n有一处不对就一件也不导入。"}
	c.Flags().BoolVar(&dry, "dry-run", false, "只看会怎样，不导入")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.within(c.Context(), func(h *house) error {
			data, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("文件“%s”读不出来，请检查路径和权限", args[0])
			}
			lines, err := intake.Register(filepath.Base(args[0]), data)
			if err != nil {
				return err
			}
			got, err := h.led.ImportRegister(c.Context(), lines, press.ByTable, dry, a.operator(), h.now())
			if err != nil {
				return err
			}
			return a.printImported(got, dry)
		})
	}
	return c
}

func (a *app) printImported(got []ledger.Imported, dry bool) error {
	type line struct {
		RegNumber string         `json:"reg_number"`
		Title     string         `json:"title"`
		Outcome   ledger.Outcome `json:"outcome"`
	}
	lines, count := []line{}, map[ledger.Outcome]int{}
	for _, x := range got {
		lines = append(lines, line{x.RegNumber, x.Title, x.Outcome})
		count[x.Outcome]++
	}
	if a.json {
		return a.printJSON(map[string]any{"dry_run": dry, "lines": lines})
	}
	words := map[ledger.Outcome]string{ledger.New: "新增", ledger.Revised: "改动"}
	for _, x := range lines {
		if w := words[x.Outcome]; w != "" {
			fmt.Fprintf(a.out, "%s %s %s\n", w, x.RegNumber, titled(x.Title))
		}
	}
	did := "已导入"
	if dry {
		did = "只是看看，没有导入"
	}
	fmt.Fprintf(a.out, "%s：新增%d件，改动%d件，%d件没有变化\n", did, count[ledger.New], count[ledger.Revised], count[ledger.Same])
	return nil
}

func (a *app) registerAddCmd() *cobra.Command {
	var r press.Registered
	var on string
	c := &cobra.Command{Use: "add 统一编号", Short: "登记一件规范性文件", Args: exactly(1, "统一编号")}
	c.Flags().StringVar(&r.Title, "title", "", "标题")
	c.Flags().StringVar(&r.DocNumber, "doc-number", "", "文号")
	c.Flags().StringVar(&r.Unit, "unit", "", "制定单位")
	c.Flags().StringVar(&on, "on", "", "登记日期，默认今天")
	c.RunE = func(c *cobra.Command, args []string) error {
		var err error
		if r.On, err = dayOf(on); err != nil {
			a.begun = false
			return err
		}
		return a.within(c.Context(), func(h *house) error {
			if r.RegNumber = args[0]; on == "" {
				r.On = workday.DateOf(h.now().In(h.cfg.Timezone))
			}
			got, err := h.led.ImportRegister(c.Context(), []press.Registered{r}, press.ByPerson, false, a.operator(), h.now())
			var lacking *ledger.Lacking
			if errors.As(err, &lacking) {
				a.begun = false
			}
			if err != nil {
				return err
			}
			return a.printImported(got, false)
		})
	}
	return c
}

func (a *app) registerExplainCmd() *cobra.Command {
	var until string
	var back bool
	c := &cobra.Command{Use: "explain 统一编号 原因", Short: "说明一件登记的规范性文件为什么不刊登，如“涉密，不刊登”“下期刊登”",
		Example: `  tongfa register explain XXDR-2026-0010001 涉密，不刊登
  tongfa register explain XXDR-2026-0010002 下期刊登 --until 2026-12-31
  tongfa register explain XXDR-2026-0010001 --back`,
		Args: func(c *cobra.Command, args []string) error {
			if back && len(args) == 1 || !back && len(args) == 2 {
				return nil
			}
			return fmt.Errorf("要写明统一编号和原因，运行 %s --help 看用法", c.CommandPath())
		}}
	c.Flags().StringVar(&until, "until", "", "说明有效到哪一天，过了这一天又会提醒；默认一直有效")
	c.Flags().BoolVar(&back, "back", false, "收回说明")
	c.RunE = func(c *cobra.Command, args []string) error {
		e := ledger.Explanation{}
		var err error
		if e.HoldsUntil, err = dayOf(until); err != nil {
			a.begun = false
			return err
		}
		if !back {
			e.Text = args[1]
		}
		return a.within(c.Context(), func(h *house) error {
			n, err := h.led.RegisterNumber(c.Context(), args[0])
			if err != nil {
				return plainly(err)
			}
			if err := h.led.Explain(c.Context(), n, e, a.operator(), h.now()); err != nil {
				return err
			}
			r, _, err := h.led.RegisterEntry(c.Context(), n, workday.DateOf(h.now().In(h.cfg.Timezone)))
			if err != nil {
				return err
			}
			return a.printRegister([]ledger.RegisterLine{r}, "")
		})
	}
	return c
}
