package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tongfa/press"
	"tongfa/report"
)

func (a *app) evidenceCmd() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use: "evidence 稿件编号 -o 文件", Short: "取证：一篇稿件的全部记录，一个可以离线核对的证据包", Args: exactly(1, "哪一篇稿件"),
		Example: "  tongfa evidence oa-2026-0001 -o 证据.zip\n  tongfa evidence check 证据.zip\n  tongfa evidence check public/gazette/2026/04",
		RunE: func(c *cobra.Command, args []string) error {
			if out == "" {
				a.begun = false
				return errors.New("要用 -o 写明写到哪个文件")
			}
			return a.within(c.Context(), func(h *house) error { return a.evidence(c.Context(), h, args[0], out) })
		},
	}
	c.Flags().StringVarP(&out, "output", "o", "", "写到哪个文件（不能已经存在）")
	c.AddCommand(&cobra.Command{
		Use: "check 证据包|verify.json|文件夹", Short: "离线核对一个证据包，或者一期公报的文件；不需要台账和配置", Args: exactly(1, "哪个证据包、校验数据或文件夹"),
		Long: `离线核对，不需要台账和配置。可以给：

证据包（.zip）       tongfa evidence 写出的：逐项重算摘要和流转的链条。
verify.json          一期公报的校验数据：核对同一文件夹里它所列文件的 SHA-256 和 SM3，从每个文件里重新读出文字，
                     互相比较，并与全文和各篇的摘要比较。不在这里的文件会说明没有核对。
一期公报的文件夹     同上，再按 edition.json 核对每个文件：没有多的，没有少的，没有改过的；撤回的稿件已经撤下。

全部对得上，退出码是 0；有对不上的，是 1。`,
		Example: `  tongfa evidence check 证据.zip
  tongfa evidence check 下载/verify.json
  tongfa evidence check public/gazette/2026/04`,
		RunE: func(_ *cobra.Command, args []string) error { return a.checkEvidence(args[0]) },
	})
	return c
}

// checkIssue checks the files of an issue of the gazette: its folder, or a verification block with what lies beside it.
func (a *app) checkIssue(name string, folder bool) (err error) {
	var c report.IssueChecked
	if folder {
		c, err = report.CheckIssue(os.DirFS(name))
	} else {
		c, err = report.CheckBlock(os.DirFS(filepath.Dir(name)), filepath.Base(name))
	}
	if err != nil {
		return err
	}
	if a.json {
		if err := a.printJSON(c); err != nil {
			return err
		}
	} else {
		for _, p := range c.Blocks {
			title := strings.TrimSpace(p.Title + " " + p.Volume)
			if p.Edition != nil && p.Edition.Version > 0 {
				title += fmt.Sprintf("，撤回后的第%d版：%s", p.Edition.Version, p.Edition.Why)
			}
			paragraph(a.out, "", title)
		}
		a.tellVerdicts(c.Verdicts)
	}
	if !c.OK() {
		return errors.New("公报的文件有对不上的地方，见上")
	}
	return nil
}

func (a *app) tellVerdicts(all []report.Verdict) {
	for _, v := range all {
		mark := "✗"
		switch {
		case v.Remark:
			mark = "·"
		case v.OK:
			mark = "✓"
		}
		paragraph(a.out, "", fmt.Sprintf("%s %s：%s", mark, v.Name, v.Said))
	}
}

// evidence writes the bundle beside its name first, so that a file of that name is whole.
func (a *app) evidence(ctx context.Context, h *house, ref, out string) (err error) {
	if _, err := os.Lstat(out); err == nil {
		return fmt.Errorf("文件 %s 已经存在，请换一个文件名", out)
	}
	e, err := h.led.Evidence(ctx, ref, h.now())
	if err != nil {
		return err
	}
	who := a.operator()
	f, err := os.CreateTemp(filepath.Dir(out), ".tongfa-evidence-*")
	if err != nil {
		return fmt.Errorf("写不了 %s，请检查文件夹和权限：%w", out, err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // it is gone where all went well
	x := report.Export{At: h.now().In(h.cfg.Timezone), By: who.Name, Role: who.Role, Office: h.cfg.Office, Program: version()}
	sum, err := report.Write(f, e, x, func(digest string) ([]byte, error) { return h.led.Blob(ctx, digest) })
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("证据没有写成：%w", err)
	}
	if err := h.led.Note(ctx, "export_evidence", string(e.Item.ID), "sha256 "+sum, who, h.now()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), out); err != nil {
		return fmt.Errorf("证据没有写成：%w", err)
	}
	if a.json {
		return a.printJSON(struct {
			ID     press.ItemID `json:"id"`
			File   string       `json:"file"`
			SHA256 string       `json:"sha256"`
		}{e.Item.ID, out, sum})
	}
	fmt.Fprintf(a.out, "证据已写到 %s\nSHA-256 %s\n", out, sum)
	if len(e.Broken) > 0 {
		fmt.Fprintf(a.err, "注意：这篇稿件的流转记录有%d处对不上，已写在证据里\n", len(e.Broken))
	}
	return nil
}

func (a *app) checkEvidence(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("打不开 %s：%w", name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("打不开 %s：%w", name, err)
	}
	if info.IsDir() || strings.EqualFold(filepath.Ext(name), ".json") {
		return a.checkIssue(name, info.IsDir())
	}
	c, err := report.Check(f, info.Size())
	if err != nil {
		return err
	}
	if a.json {
		if err := a.printJSON(c); err != nil {
			return err
		}
	} else {
		m := c.Manifest
		fmt.Fprintf(a.out, "稿件%s《%s》，%s于%s由%s导出\n", m.Item, m.Title, m.Office, m.At.Format("2006-01-02 15:04:05"), m.By)
		a.tellVerdicts(c.Verdicts)
	}
	if !c.OK() {
		return errors.New("证据包有对不上的地方，见上")
	}
	return nil
}
