package intake

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that keeps a document from being taken in.
type Problem struct {
	File   string // as the office named it
	Line   int    // from 1; 0 when the problem has no line
	Column int    // from 1, in characters; 0 when it has no column
	Field  string // key of the item package; empty when it belongs to none
	Text   string // Chinese: what is wrong
	Do     string // Chinese: what to do about it
}

// String is the problem on one line: file:line:column: field: what is wrong. What to do.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(strings.Map(func(c rune) rune {
		if v, _ := judge(c); v != keep || c < ' ' {
			return ' ' // a name may hold what steers a terminal
		}
		return c
	}, p.File))
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
		if p.Column > 0 {
			fmt.Fprintf(&b, ":%d", p.Column)
		}
	}
	b.WriteString("：")
	if p.Field != "" {
		b.WriteString(p.Field + "：")
	}
	b.WriteString(p.Text)
	if p.Do != "" {
		b.WriteString("。" + p.Do)
	}
	return b.String()
}

// Refusal is the error of this room: the document was not taken, and Problems says why, in the order of the file.
type Refusal struct {
	Problems []Problem
}

// Error lists all problems, one a line, in Chinese, because it is the office that reads it.
func (r *Refusal) Error() string {
	lines := make([]string, len(r.Problems))
	for i, p := range r.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// refusal makes an error of problems, or nil of none.
func refusal(ps []Problem) error {
	if len(ps) == 0 {
		return nil
	}
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if a.File != b.File || a.Line == 0 || b.Line == 0 {
			return 0
		}
		return (a.Line-b.Line)*10_000 + a.Column - b.Column
	})
	return &Refusal{Problems: ps}
}

// fileTrouble is a problem with opening a file, told by whoever opens files.
type fileTrouble struct{ text, do string }

func (e *fileTrouble) Error() string { return e.text }

// clip keeps a message readable when what was written is long, or would turn the message around.
func clip(s string) string {
	const most = 40
	visible := strings.Map(func(c rune) rune {
		if v, _ := judge(c); v == takeOut || v == newline {
			return ' '
		}
		return c
	}, s)
	r := []rune(strings.Join(strings.Fields(visible), " "))
	if len(r) <= most {
		return string(r)
	}
	return string(r[:most]) + "……"
}
