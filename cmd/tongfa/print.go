package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/mattn/go-runewidth"
	"golang.org/x/term"

	"tongfa/press"
)

// printJSON writes a result for programs.
func (a *app) printJSON(v any) error {
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// table writes rows in columns; a Han character is two columns wide. The last column is not padded.
func table(w io.Writer, rows [][]string) {
	var widths []int
	for _, r := range rows {
		for i, c := range r {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], runewidth.StringWidth(c))
		}
	}
	for _, r := range rows {
		var b strings.Builder
		for i, c := range r {
			b.WriteString(c)
			if i < len(r)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-runewidth.StringWidth(c)+2))
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

// plainWidth is how many columns the output has that goes to no terminal.
const plainWidth = 100

// sizeOf is how many columns and lines a writer has; no lines where it is no terminal.
func sizeOf(w io.Writer) (columns, lines int) {
	if f, ok := w.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		if c, l, err := term.GetSize(int(f.Fd())); err == nil && c > 0 {
			return c, l
		}
	}
	return plainWidth, 0
}

// fitted is a table whose last column is shortened so that no row is wider than the screen.
func fitted(w io.Writer, rows [][]string) [][]string {
	columns, _ := sizeOf(w)
	left := columns
	last := len(rows[0]) - 1
	for i := range last {
		widest := 0
		for _, r := range rows {
			widest = max(widest, runewidth.StringWidth(r[i]))
		}
		left -= widest + 2
	}
	for _, r := range rows {
		r[last] = clip(r[last], max(20, left))
	}
	return rows
}

// paragraph writes a text that goes on under its own first words when it is wider than the screen.
func paragraph(w io.Writer, indent, text string) {
	columns, _ := sizeOf(w)
	for i, l := range wrapped(strings.TrimSpace(text), columns-runewidth.StringWidth(indent)) {
		if i == 1 {
			indent = strings.Repeat(" ", runewidth.StringWidth(indent)+2)
		}
		fmt.Fprintln(w, indent+l)
	}
}

// wrapped breaks a text: between Han characters or at a space, never inside a word or a number unless that alone is too wide, and
// never before a mark that ends something or after one that begins it. Every line but the first is to be set in by two columns.
func wrapped(s string, width int) []string {
	var out []string
	rs := []rune(s)
	start, may, w := 0, 0, 0
	for i := 0; i < len(rs); i++ {
		if i > start && breaks(rs[i-1], rs[i]) {
			may = i
		}
		if w += runewidth.RuneWidth(rs[i]); w <= max(width, 10) {
			continue
		}
		if may <= start {
			may = i
		}
		out = append(out, strings.TrimRight(string(rs[start:may]), " "))
		if len(out) == 1 {
			width -= 2
		}
		start, w = may, 0
		i = start - 1
	}
	return append(out, string(rs[start:]))
}

// breaks reports whether a line may end between two characters.
func breaks(a, b rune) bool {
	if strings.ContainsRune("，。、；：？！）》〉〕】”’…—％%", b) || strings.ContainsRune("（《〈〔【“‘", a) {
		return false
	}
	return a == ' ' || runewidth.RuneWidth(a) == 2 || runewidth.RuneWidth(b) == 2
}

// titled puts a title in its marks. The marks that it has itself become single ones, as GB/T 15834 has it.
func titled(s string) string {
	return "《" + strings.NewReplacer("《", "〈", "》", "〉").Replace(s) + "》"
}

// clip shortens a cell to a width.
func clip(s string, width int) string { return runewidth.Truncate(s, width, "…") }

// at is a moment as people read it, in the office's zone.
func at(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return "—"
	}
	return t.In(zone).Format("2006-01-02 15:04:05")
}

// stamp is a moment as programs read it; "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

// cell is a copy in the matrix: glyph and word.
func cell(c press.Copy) string { return c.State.Glyph() + " " + c.State.Name() }

// findings writes what the gates say, a paragraph each.
func findings(w io.Writer, fs []press.Finding) {
	words := map[press.Severity]string{press.Stop: "✗ 停", press.Warn: "! 提醒", press.Info: "· 告知"}
	for _, f := range fs {
		where := f.Field
		if f.Place != "" {
			where += " " + f.Place
		}
		line := fmt.Sprintf("%s [%s] %s：%s", words[f.Severity], f.Rule, strings.TrimSpace(where), f.Message)
		if f.Waivable && f.Severity == press.Stop {
			line += "（可由负责人准许放行：tongfa waive）"
		}
		paragraph(w, "  ", line)
	}
}
