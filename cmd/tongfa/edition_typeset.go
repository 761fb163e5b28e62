package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/dustin/go-humanize"

	"tongfa/channels/gazette"
	"tongfa/press"
	"tongfa/scheduler"
	"tongfa/typeset"
)

// writeFormats makes an issue of the gazette in all formats, and each of its articles as a PDF, into the folder of its proof. Of another channel nothing is made.
func (h *house) writeFormats(ctx context.Context, a *app, e press.Edition, dir string) error {
	i := slices.IndexFunc(h.lanes, func(c scheduler.Channel) bool { return c.Plan.Channel == e.Slot.Channel })
	if i < 0 {
		return nil
	}
	g, ok := h.lanes[i].Driver.(*gazette.Channel)
	if !ok {
		return nil
	}
	first, err := g.Proof(ctx, e, "")
	if err != nil {
		return err
	}
	dir = filepath.Join(dir, filepath.FromSlash(path.Dir(first.Go)))
	bar := a.bar(e.Title)
	bar.draw("排版")
	made, err := g.Make(ctx, e, bar.done)
	bar.clear()
	for _, f := range made.Files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644); err != nil {
			return fmt.Errorf("写不了清样：%w", err)
		}
	}
	if len(made.Files) > 0 {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, "verify.json"), made.Proof.JSON(), 0o644))
		err = errors.Join(err, a.tellMade(e.Title, made, dir))
	}
	return err
}

// tellMade says what was made of an issue, and whether it says what was approved.
func (a *app) tellMade(title string, m gazette.Files, dir string) error {
	if a.json {
		return a.printJSON(madeWork{Title: title, Pages: m.Pages, Proof: m.Proof})
	}
	fmt.Fprintf(a.out, "%s，%s字，%d页\n", title, humanize.Comma(int64(m.Proof.Characters)), m.Pages)
	same := 0
	for _, f := range m.Proof.Files {
		if f.Article > 0 && f.Same {
			same++
			continue
		}
		a.tellFile(f, filepath.Join(dir, f.Name))
	}
	if same > 0 {
		fmt.Fprintf(a.out, "✓ %d篇的单篇 PDF 与原文逐字一致\n", same)
	}
	return nil
}

// tellFile says of one file whether it says what its work says.
func (a *app) tellFile(f typeset.Checked, name string) {
	mark, said := "✓", "文字与原文逐字一致"
	if !f.Same {
		mark, said = "✗", f.Difference
	}
	paragraph(a.out, "", fmt.Sprintf("%s %s（%s）%s", mark, name, humanize.IBytes(uint64(f.Bytes)), said))
}
