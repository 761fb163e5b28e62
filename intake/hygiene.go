package intake

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// origin is where a text stands: line is that of its first line, 0 when unknown.
type origin struct {
	file  string
	line  int
	field string
}

// verdict is what happens to a character.
type verdict int

const (
	keep     verdict = iota
	newline          // becomes a line break
	takeOut          // removed with a warning
	notTaken         // the document is refused
)

// judge looks at one character. Nothing is normalised: a character is kept as it is or not at all. Private-use characters
// show another glyph, or none, on every other machine; U+FFFD is the grave of a character that an earlier conversion lost.
func judge(c rune) (verdict, string) {
	switch {
	case c == '\t' || c == '\n' || ' ' <= c && c <= '~':
		return keep, ""
	case c == 0:
		return notTaken, "空字符"
	case c == '\v', c == '\f', c == 0x85, c == 0x2028, c == 0x2029:
		return newline, "特殊换行符"
	case c < 0xa0:
		return takeOut, "控制字符"
	case c == 0x061c, 0x200e <= c && c <= 0x200f, 0x202a <= c && c <= 0x202e, 0x2066 <= c && c <= 0x206f:
		return takeOut, "改变文字方向的不可见字符"
	case c == 0xad, c == 0x034f, c == 0x180e, 0x200b <= c && c <= 0x200d, 0x2060 <= c && c <= 0x2065, c == 0xfeff,
		0xfff9 <= c && c <= 0xfffc, c == 0x115f, c == 0x1160, c == 0x3164, c == 0xffa0, 0xe0000 <= c && c <= 0xe007f:
		return takeOut, "不可见字符"
	case c == utf8.RuneError:
		return notTaken, "乱码替换符"
	case unicode.Is(unicode.Co, c):
		return notTaken, "自造字（私用区字符）"
	case c&0xfffe == 0xfffe, 0xfdd0 <= c && c <= 0xfdef:
		return notTaken, "非字符"
	}
	return keep, ""
}

// oddIn gives the characters of a text that are not kept.
func oddIn(text string) map[rune]bool {
	odd := map[rune]bool{}
	for _, c := range text {
		if v, _ := judge(c); v != keep {
			odd[c] = true
		}
	}
	return odd
}

// clean takes out of a text what readers cannot see, and says so. What it cannot take out without losing a word is a problem.
func (r *reading) clean(text string, o origin) string {
	odd := func(c rune) bool { v, _ := judge(c); return v != keep }
	first := strings.IndexFunc(text, odd)
	if first < 0 {
		return text
	}
	var b strings.Builder
	b.WriteString(text[:first])
	line, start := strings.Count(text[:first], "\n"), strings.LastIndexByte(text[:first], '\n')+1
	for i, c := range text[first:] {
		v, name := judge(c)
		if c == '\n' {
			line, start = line+1, first+i+1
		}
		switch v {
		case keep:
			b.WriteRune(c)
			continue
		case newline:
			b.WriteByte('\n')
		}
		if o.line > 0 || !r.told[c] {
			r.odd(o, line, utf8.RuneCountInString(text[start:first+i])+1, v, name+"（"+code(c)+"）")
		}
	}
	return b.String()
}

// odd tells of one character that was not kept; line counts from the first of the text.
func (r *reading) odd(o origin, line, col int, v verdict, what string) {
	if o.line > 0 {
		line += o.line
	} else {
		line = 0
	}
	inField := ""
	if o.field != "" && o.field != "body" {
		inField = o.field + "里的"
	}
	switch v {
	case newline:
		r.warn(line, inField+what+"已换成普通换行")
	case takeOut:
		r.warn(line, inField+what+"已去掉")
	case notTaken:
		if line == 0 || o.field != "body" {
			col = 0 // a value's own column is not known once its quotation marks are gone
		}
		r.refuse(Problem{File: o.file, Line: line, Column: col, Field: o.field, Text: "有" + what, Do: "请改成正常的字，或删去"})
	}
}
