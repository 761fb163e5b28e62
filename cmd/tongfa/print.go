package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

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

// findings writes what the gates say, one line each.
func findings(w io.Writer, fs []press.Finding) {
	words := map[press.Severity]string{press.Stop: "✗ 停", press.Warn: "! 提醒", press.Info: "· 告知"}
	for _, f := range fs {
		where := f.Field
		if f.Place != "" {
			where += " " + f.Place
		}
		line := fmt.Sprintf("  %s [%s] %s：%s", words[f.Severity], f.Rule, strings.TrimSpace(where), f.Message)
		if f.Waivable && f.Severity == press.Stop {
			line += "（可由负责人准许放行：tongfa waive）"
		}
		fmt.Fprintln(w, line)
	}
}
