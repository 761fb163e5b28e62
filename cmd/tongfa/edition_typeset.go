package main

import (
	"fmt"
	"path/filepath"

	"github.com/dustin/go-humanize"

	"tongfa/channels/gazette"
	"tongfa/typeset"
)

// tellMade says what was made of an issue, and whether it says what was approved.
func (a *app) tellMade(title string, m gazette.Made, dir string) {
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
}

// tellFile says of one file whether it says what its work says.
func (a *app) tellFile(f typeset.Checked, name string) {
	mark, said := "✓", "文字与原文逐字一致"
	if !f.Same {
		mark, said = "✗", f.Difference
	}
	paragraph(a.out, "", fmt.Sprintf("%s %s（%s）%s", mark, name, humanize.IBytes(uint64(f.Bytes)), said))
}
