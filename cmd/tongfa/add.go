package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tongfa/intake"
	"tongfa/ledger"
	"tongfa/press"
)

// metaFlags are the keys of the item package that have an option of their own; every other key is given with --meta.
var metaFlags = []struct{ key, help string }{
	{"external_id", "来文系统里的编号；同一编号再报送是同一篇稿件"},
	{"kind", "稿件种类：policy interpretation notice news budget enforcement personnel\nconsultation feedback proposal meeting list report other"},
	{"title", "标题"},
	{"doc_number", "文号，如 示政办发〔2026〕1号"},
	{"issuer", "发布机构"},
	{"formed_on", "成文日期，如 2026-11-20"},
	{"theme", "主题分类"},
	{"genre", "体裁分类"},
	{"disclosure", "公开属性：主动公开 依申请公开 不予公开"},
	{"column", "栏目"},
	{"channels", "在哪些渠道发布，用逗号分开"},
	{"release_at", "不早于什么时候发布，如 2026-11-23T18:00"},
	{"summary", "内容概述"},
}

func (a *app) addCmd() *cobra.Command {
	meta := map[string]*string{}
	var more []string
	c := &cobra.Command{
		Use:   "add 文件或文件夹...",
		Short: "报送稿件：.md（带元数据）、.json、.docx、.html、.txt，或者装着它们的文件夹",
		Long: `报送稿件。.md 的元数据写在开头的 --- 之间；.json 用同样的键，正文写在 body 里；.docx、.html 和 .txt 的
元数据写在旁边的 文件名.yaml 里，或者用选项给出（选项优先）。.docx 里有没有接受的修订、隐藏文字、
公式或图表时不收，并指出是第几段；脚注和尾注随正文收下（.md 里写作 [^1] 和 [^1]: 注文）。随稿件报送的
审签由报送人担保，照样检查。

有稿件被门禁拦住时，稿件照样收下，等补齐以后自动放行，退出码是 3；有文件读不懂时，读得懂的照样收下，退出码是 1。`,
		Example: `  tongfa add 通知.md
  tongfa add 报告.txt --kind report --title "2019年政府信息公开工作年度报告" --column 年度报告 --channels site,wechat
  tongfa add --json 收文/`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("要写明报送哪些文件或文件夹，运行 %s --help 看用法", c.CommandPath())
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			given, err := metaOf(meta, more)
			if err != nil {
				a.begun = false
				return err
			}
			return a.within(c.Context(), func(h *house) error { return a.add(c.Context(), h, args, given) })
		},
	}
	for _, m := range metaFlags {
		meta[m.key] = c.Flags().String(strings.ReplaceAll(m.key, "_", "-"), "", m.help)
	}
	c.Flags().StringArrayVar(&more, "meta", nil, "稿件的其他键，写成 键=值，可以写几次")
	return c
}

func metaOf(flags map[string]*string, more []string) (map[string]string, error) {
	given := map[string]string{}
	for _, kv := range more {
		k, v, ok := strings.Cut(kv, "=")
		if !ok {
			return nil, fmt.Errorf("--meta 要写成 键=值，现在是“%s”", kv)
		}
		given[strings.TrimSpace(k)] = v
	}
	for k, v := range flags {
		if *v != "" {
			given[k] = *v
		}
	}
	return given, nil
}

// filed is one line of what add prints.
type filed struct {
	ID         press.ItemID    `json:"id"`
	ExternalID string          `json:"external_id"`
	State      press.State     `json:"state"`
	Findings   []press.Finding `json:"findings"`

	title   string
	outcome ledger.Outcome
}

func (a *app) add(ctx context.Context, h *house, paths []string, given map[string]string) error {
	var list []filed
	var wrong []string
	for _, path := range paths {
		packages, err := intake.Read(path, h.reading(given))
		if err != nil {
			wrong = append(wrong, say(err))
		}
		for _, p := range packages {
			f, err := h.file(ctx, p, a.who(), h.now())
			if ctx.Err() != nil { // told to end: what was taken in is told, the rest is for the next time
				return errors.Join(a.printFiled(list), ctx.Err())
			}
			if err != nil {
				wrong = append(wrong, p.Source+"："+say(err))
				continue
			}
			list = append(list, f)
		}
	}
	if err := a.printFiled(list); err != nil {
		return err
	}
	for _, w := range wrong {
		fmt.Fprintln(a.err, w)
	}
	if len(wrong) > 0 {
		return fmt.Errorf("有%d处没有收下，其余%d篇已收下", len(wrong), len(list))
	}
	for _, f := range list {
		if press.Stops(f.Findings) {
			return errStopped
		}
	}
	return nil
}

// reading is how documents are read in this house.
func (h *house) reading(given map[string]string) intake.Options {
	o := intake.Options{Location: h.cfg.Timezone, Meta: given, Limits: intake.Limits{Attachment: h.cfg.MaxAttachment}}
	for _, c := range h.cfg.Channels {
		o.Channels = append(o.Channels, c.Name)
	}
	for _, s := range h.cfg.Steps {
		o.Steps = append(o.Steps, string(s))
	}
	return o
}

// file hands one package to the ledger.
func (h *house) file(ctx context.Context, p intake.Package, by string, now time.Time) (filed, error) {
	got, err := h.led.File(ctx, ledger.Filing{Item: p.Item, Revision: p.Revision, Approvals: p.Approvals, Files: maps.Clone(p.Files),
		By: ledger.Who{Name: by, Role: press.Registrar}}, now)
	f := filed{ID: got.ID, ExternalID: got.ExternalID, State: got.State, Findings: got.Findings, title: p.Revision.Title, outcome: got.Outcome}
	for _, w := range p.Warnings {
		f.Findings = append(f.Findings, w.Finding())
	}
	return f, err
}

func (a *app) printFiled(list []filed) error {
	if a.json {
		return a.printJSON(append([]filed{}, list...))
	}
	words := map[ledger.Outcome]string{ledger.New: "收下", ledger.Same: "已有", ledger.Revised: "新版本"}
	for _, f := range list {
		paragraph(a.out, "", fmt.Sprintf("%s %s %s %s", words[f.outcome], f.ID, f.State.Name(), titled(f.title)))
		findings(a.out, f.Findings)
	}
	return nil
}
