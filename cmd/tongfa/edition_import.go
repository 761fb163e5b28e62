package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"tongfa/channels/gazette"
	"tongfa/intake"
	"tongfa/ledger"
	"tongfa/press"
	"tongfa/typeset"
)

func (a *app) editionImportCmd() *cobra.Command {
	var channel, files string
	var dry bool
	c := &cobra.Command{
		Use: "import 清单.csv", Short: "导入过刊：启用以前出版的各期公报，一期一个 PDF 和它的目录", Args: exactly(1, "过刊清单（CSV）"),
		Long: `清单是 CSV 表，第一行写列名，以下每行一篇：年份、期号、总期号、出版日期、栏目、标题、文号、发布机构、页码、文件。
同一期的总期号、出版日期和文件写在它的第一行即可；页码是标题在 PDF 里的第几页，从1数起；增刊的期号写“增刊1”，没有总期号。
先核对整份清单和每个 PDF，有一处不对就一期都不导入；导入时一期一期完整放到公报文件夹里，中断后再运行一次即接着做，重复导入没有影响。
导入以后不再改动。编辑台正在运行（tongfa serve）时不能导入，请先停下。`,
		Example: `  tongfa edition import 过刊.csv --files 扫描件 --dry-run
  tongfa edition import 过刊.csv --files 扫描件`,
	}
	c.Flags().StringVar(&channel, "channel", "", "哪个公报渠道；只有一个时可以不写")
	c.Flags().StringVar(&files, "files", "", "PDF 在哪个文件夹；默认和清单在一起")
	c.Flags().BoolVar(&dry, "dry-run", false, "只核对，不导入")
	c.RunE = func(c *cobra.Command, args []string) error {
		list, err := os.ReadFile(args[0])
		if err != nil {
			a.begun = false
			return errors.New("打不开清单文件，请检查路径和权限")
		}
		if files == "" {
			files = filepath.Dir(args[0])
		}
		return a.within(c.Context(), func(h *house) error {
			im, err := h.importer(a, channel, files)
			if err != nil {
				return err
			}
			defer im.dir.Close()
			if err := im.check(c.Context(), filepath.Base(args[0]), list); err != nil {
				return err
			}
			if dry {
				return im.tell("可以导入")
			}
			if err := im.all(c.Context()); err != nil {
				return errors.Join(err, im.toldHalf())
			}
			return im.tell("已导入")
		})
	}
	return c
}

// importer takes past issues from a list and a folder of PDFs.
type importer struct {
	a      *app
	h      *house
	plan   press.Plan
	driver *gazette.Channel
	dir    *os.Root // of the PDFs: no name of the list leads out of it
	issues []press.BackIssue
	done   []importedIssue
}

// importedIssue is what came of one issue, in JSON.
type importedIssue struct {
	Year       int    `json:"year"`
	Number     int    `json:"number"`
	Supplement bool   `json:"supplement,omitempty"`
	Total      int    `json:"total,omitempty"`
	Date       string `json:"date"`
	Articles   int    `json:"articles"`
	Pages      int    `json:"pages"`
	SHA256     string `json:"pdf_sha256"`
	URL        string `json:"url,omitempty"` // once it is there
}

// importer finds the gazette and opens the folder of the PDFs.
func (h *house) importer(a *app, channel, files string) (*importer, error) {
	im := &importer{a: a, h: h}
	for _, c := range h.lanes {
		g, ok := c.Driver.(*gazette.Channel)
		switch {
		case !ok || channel != "" && c.Plan.Channel != channel:
		case im.driver != nil:
			a.begun = false
			return nil, errors.New("配置里有几个公报，用 --channel 写明导入哪一个")
		default:
			im.plan, im.driver = c.Plan, g
		}
	}
	if im.driver == nil {
		a.begun = false
		return nil, errors.New("配置里没有这个公报渠道")
	}
	var err error
	if im.dir, err = os.OpenRoot(files); err != nil {
		a.begun = false
		return nil, fmt.Errorf("打不开 PDF 的文件夹 %s，请检查路径和权限", files)
	}
	return im, nil
}

// check reads the list and every PDF, and asks the ledger. Anything wrong is told at once, and then nothing is imported.
func (im *importer) check(ctx context.Context, name string, list []byte) error {
	issues, err := intake.BackIssues(name, list, im.h.now().In(im.h.cfg.Timezone))
	if err != nil {
		return &stop{say(err)}
	}
	var wrong []intake.Problem
	same := map[string]string{} // digest of a PDF -> the issue that it is
	bar := im.a.bar("核对 PDF")
	for i := range issues {
		b := &issues[i]
		if err := ctx.Err(); err != nil {
			return err
		}
		bar.draw(b.Name())
		pages, why := im.read(b)
		if other := same[b.PDF]; why == "" && other != "" {
			why = "和" + other + "的一模一样"
		}
		same[b.PDF] = b.Name()
		if why != "" {
			wrong = append(wrong, intake.Problem{File: name, Line: b.Line, Field: "pdf", Text: fmt.Sprintf("%s的文件“%s”%s", b.Name(), b.File, why)})
		}
		im.done = append(im.done, importedIssue{b.Year, b.Number, b.Supplement, b.Total, b.Day, len(b.Articles), pages, b.PDF, ""})
	}
	bar.clear()
	against, _, err := im.h.led.CheckBack(ctx, im.plan, issues)
	if err != nil {
		return err
	}
	for i, why := range against {
		wrong = append(wrong, intake.Problem{File: name, Line: issues[i].Line, Text: why})
	}
	if len(wrong) > 0 {
		slices.SortStableFunc(wrong, func(x, y intake.Problem) int { return x.Line - y.Line })
		return &stop{say(&intake.Refusal{Problems: wrong})}
	}
	im.issues = issues
	return nil
}

// mostPDF bounds the PDF of a past issue.
const mostPDF = 256 << 20

// read looks at the PDF of an issue: its digest, its pages, and that every article begins on one of them.
func (im *importer) read(b *press.BackIssue) (pages int, why string) {
	data, err := im.pdf(b.File)
	if err != nil {
		return 0, err.Error()
	}
	b.PDF = digestOf(data)
	pages, err = typeset.PagesOf(data)
	for reason, said := range map[error]string{typeset.ErrNotPDF: "不是 PDF", typeset.ErrCutPDF: "没有结尾，文件不完整", typeset.ErrEncrypted: "加了密码，请去掉密码后再导入",
		typeset.ErrActive: "带脚本或者启动命令，请重新导出为普通 PDF", typeset.ErrUnreadable: "读不出来，请重新导出"} {
		if errors.Is(err, reason) {
			return 0, said
		}
	}
	for _, x := range b.Articles {
		if x.Page > pages {
			return pages, fmt.Sprintf("只有%d页，《%s》写的是第%d页", pages, x.Title, x.Page)
		}
	}
	return pages, ""
}

func digestOf(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// pdf reads a file of the folder that is one: neither a link that leads out of it nor a device.
func (im *importer) pdf(name string) ([]byte, error) {
	info, err := im.dir.Stat(name)
	if err != nil {
		return nil, errors.New("在 PDF 的文件夹里没有，或者打不开")
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, errors.New("不是普通文件")
	case info.Size() > mostPDF:
		return nil, fmt.Errorf("有%s，最大%s", humanize.IBytes(uint64(info.Size())), humanize.IBytes(mostPDF))
	}
	f, err := im.dir.Open(name)
	if err != nil {
		return nil, errors.New("在 PDF 的文件夹里没有，或者打不开")
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, mostPDF+1))
	if err != nil || len(data) > mostPDF {
		return nil, errors.New("读不完整，请重试")
	}
	return data, nil
}

// all puts every issue into the public folder, one after the other, as the only one at work there.
func (im *importer) all(ctx context.Context) error {
	h := im.h
	lease, err := h.led.Take(ctx, "tongfa edition import", h.now())
	if errors.Is(err, ledger.ErrHeld) {
		return errors.New("编辑台正在运行（tongfa serve）。请先停下它，导入完再启动")
	}
	if err != nil {
		return err
	}
	defer lease.Release()
	if err := h.setUp(ctx); err != nil {
		return err
	}
	bar := im.a.bar("导入")
	defer bar.clear()
	years := map[int]bool{}
	for i, b := range im.issues {
		bar.draw(b.Name())
		if im.done[i].URL, err = im.one(ctx, b); err != nil {
			break
		}
		years[b.Year] = true
	}
	var list []int
	for y := range years {
		list = append(list, y)
	}
	slices.Sort(list)
	return errors.Join(err, im.driver.Relist(ctx, list...))
}

// one is recorded, put in its place, and noted to be there, so that a crash between is found again.
func (im *importer) one(ctx context.Context, b press.BackIssue) (string, error) {
	data, err := im.pdf(b.File)
	if err != nil || digestOf(data) != b.PDF {
		return "", fmt.Errorf("%s的文件“%s”在核对以后变了，没有导入；请再运行一次", b.Name(), b.File)
	}
	title := im.plan.Issues.Title(press.Edition{Year: b.Year, Number: b.Number, Total: b.Total, Supplement: b.Supplement})
	if err := im.h.led.BeginBack(ctx, im.plan, b, title, im.a.operator(), im.h.now()); err != nil {
		return "", err
	}
	url, err := im.driver.Import(ctx, b, data)
	if err != nil {
		return "", err
	}
	return url, im.h.led.EndBack(ctx, im.plan.Channel, b, url, im.h.now())
}

// toldHalf is tell after an import that was broken off, if anything came of it.
func (im *importer) toldHalf() error {
	if !slices.ContainsFunc(im.done, func(d importedIssue) bool { return d.URL != "" }) {
		return nil
	}
	return im.tell("已导入")
}

// tell says what was checked, or is there now.
func (im *importer) tell(word string) error {
	if im.a.json {
		return im.a.printJSON(im.done)
	}
	rows := [][]string{{"期", "总期号", "出版日期", "篇数", "页数", "网址"}}
	articles, there := 0, 0
	for i, d := range im.done {
		rows = append(rows, []string{im.issues[i].Name(), orDash(d.Total), d.Date, fmt.Sprint(d.Articles), fmt.Sprint(d.Pages), d.URL})
		if word == "可以导入" || d.URL != "" {
			articles, there = articles+d.Articles, there+1
		}
	}
	table(im.a.out, rows)
	fmt.Fprintf(im.a.out, "%s%d期，%d篇\n", word, there, articles)
	return nil
}

func orDash(n int) string {
	if n == 0 {
		return "—"
	}
	return fmt.Sprint(n)
}
