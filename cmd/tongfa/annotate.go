package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tongfa/ledger"
	"tongfa/press"
)

func (a *app) annotateCmd() *cobra.Command {
	var one ledger.Annotation
	var validity, on, list string
	c := &cobra.Command{
		Use: "annotate 稿件或文号…", Short: "标注：已公开的文件失效、废止或已修改", Args: cobra.ArbitraryArgs,
		Long: `给已公开的每一份加上效力提示，目录同时改变；已签发的文本不变。接口做不到的列为人工任务。
清单是 CSV 文件，每行：编号或文号,有效性,依据,网址,日期,理由；后面的可以不写。有问题的行逐行说明，不影响其他行。`,
		Example: `  tongfa annotate "示政发〔2025〕3号" --validity 废止 --by "示政发〔2026〕9号" --on 2026-12-01
  tongfa annotate --list 清理结果.csv`,
		RunE: func(c *cobra.Command, args []string) error {
			lines, err := annotations(args, one, validity, on, list)
			if err != nil {
				a.begun = false
				return err
			}
			return a.within(c.Context(), func(h *house) error {
				out, err := h.led.Annotate(c.Context(), lines, h.amenders(), a.operator(), h.now())
				if err != nil {
					return err
				}
				for _, x := range out {
					if x.Problem == "" {
						err = errors.Join(err, h.carryOut(c.Context(), string(x.Item)))
					}
				}
				return errors.Join(a.annotated(out), err)
			})
		},
	}
	c.Flags().StringVar(&validity, "validity", "", "有效、失效、废止、已修改")
	c.Flags().StringVar(&one.By, "by", "", "依据：废止或修改它的文件")
	c.Flags().StringVar(&one.URL, "url", "", "依据的网址")
	c.Flags().StringVar(&on, "on", "", "从哪一天起，如 2026-12-01")
	c.Flags().StringVar(&one.Reason, "reason", "", "理由，会公开显示")
	c.Flags().StringVar(&list, "list", "", "清单文件（CSV）")
	return c
}

// annotations are those of the arguments, or of a list.
func annotations(refs []string, one ledger.Annotation, validity, on, list string) (out []ledger.Annotation, err error) {
	switch {
	case list == "" && len(refs) == 0:
		return nil, errors.New("要写明哪一篇稿件或者文号，或者用 --list 给出清单，运行 tongfa annotate --help 看用法")
	case list != "" && (len(refs) > 0 || validity != ""):
		return nil, errors.New("用了 --list，就不能再写稿件和 --validity")
	case list != "":
		return annotationList(list)
	}
	if one.On, err = ledger.AnnotationDate(on); err != nil {
		return nil, err
	}
	one.Validity = press.Validity(validity)
	for _, ref := range refs {
		one.Ref = ref
		out = append(out, one)
	}
	return out, nil
}

func annotationList(path string) ([]ledger.Annotation, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, errors.New("打不开清单文件，请检查路径和权限")
	}
	return ledger.ReadAnnotations(b)
}

// annotatedLine is one line of what came of a list, in JSON.
type annotatedLine struct {
	Ref     string       `json:"ref"`
	Item    press.ItemID `json:"item,omitempty"`
	Title   string       `json:"title,omitempty"`
	Made    []string     `json:"made,omitempty"`
	Hand    []string     `json:"by_hand,omitempty"`
	Problem string       `json:"problem,omitempty"`
}

// annotated tells each line; one that was not done makes the command fail.
func (a *app) annotated(out []ledger.Annotated) error {
	bad := 0
	lines := make([]annotatedLine, 0, len(out))
	for _, x := range out {
		if x.Problem != "" {
			bad++
		}
		lines = append(lines, annotatedLine(x))
		if a.json {
			continue
		}
		said := cmp.Or(x.Problem, "已标注")
		if len(x.Made) > 0 {
			said += "，自动：" + strings.Join(x.Made, "、")
		}
		if len(x.Hand) > 0 {
			said += "，需人工：" + strings.Join(x.Hand, "、")
		}
		paragraph(a.out, "", fmt.Sprintf("%s %s：%s", x.Ref, x.Title, said))
	}
	if a.json {
		if err := a.printJSON(lines); err != nil {
			return err
		}
	}
	if bad > 0 {
		return &stop{fmt.Sprintf("%d行没有标注，其余已处理", bad)}
	}
	return nil
}
