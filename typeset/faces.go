package typeset

import (
	"fmt"
	"strings"
	"unicode"
)

// Faces are the faces that a work may be set in, by name. It is safe for concurrent use once it is filled.
type Faces map[string]*Face

// Missing is a character that no face of its row has, and where it stands first.
type Missing struct {
	Char  rune
	Where string // 第3篇《…》第2段
	Count int
}

// MissingError says that a work cannot be set: nothing is drawn in place of a character that no face has.
type MissingError []Missing

// Error names the characters and their places, in Chinese for editors.
func (m MissingError) Error() string {
	return "缺字：" + m.List() + "。请在配置的 fonts 或 fallback_fonts 里加一种有这些字的字体，或者改用现有的字"
}

// List are the characters and their places.
func (m MissingError) List() string {
	var b strings.Builder
	for i, x := range m {
		if i == 20 {
			fmt.Fprintf(&b, "……共%d字", len(m))
			break
		}
		if i > 0 {
			b.WriteString("；")
		}
		if unicode.IsGraphic(x.Char) {
			fmt.Fprintf(&b, "“%c”", x.Char)
		} else {
			b.WriteString("看不见的字符")
		}
		fmt.Fprintf(&b, "（U+%04X，%s", x.Char, x.Where)
		if x.Count > 1 {
			fmt.Fprintf(&b, "，共%d处", x.Count)
		}
		b.WriteString("）")
	}
	return b.String()
}

// find is the first face of a row that has a character.
func (fs Faces) find(row Fonts, r rune) (*Face, uint16, bool) {
	for _, name := range row {
		if f := fs[name]; f != nil {
			if g, ok := f.Glyph(r); ok {
				return f, g, true
			}
		}
	}
	return nil, 0, false
}
