package gazette

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"tongfa/press"
)

// dressed gives a body the alignment that a gazette prints it with: the titles of what is printed after the covering text and of parts and chapters
// stand in the centre, the addressee is not indented, a signature and its date stand on the right. It changes no word.
func dressed(body []press.Block) []press.Block {
	body = slices.Clone(body)
	for i, b := range body {
		if b.Align != press.AlignBody {
			continue
		}
		switch text := press.Fold(press.SpanText(b.Spans)); {
		case b.Kind == press.Heading && (chapter.MatchString(text) || b.Level <= 1 && !numberedHead.MatchString(text)):
			body[i].Align = press.AlignCenter
		case b.Kind == press.Paragraph && i == 0 && strings.HasSuffix(text, "："):
			body[i].Align = press.AlignLeft
		case b.Kind == press.Paragraph && signedDay.MatchString(text):
			body[i].Align = press.AlignRight
			signature(body[:i])
		}
	}
	return body
}

var (
	chapter      = regexp.MustCompile(`^第[一二三四五六七八九十百零〇0-9]+[编章节]`)
	numberedHead = regexp.MustCompile(`^([（(]?[一二三四五六七八九十0-9]+[）)、.．]|第[一二三四五六七八九十百零〇0-9]+条)`)
	signedDay    = regexp.MustCompile(`^\d{4}年\d{1,2}月\d{1,2}日$`)
)

// signature puts the last paragraphs before a date on the right, as far as they are the names of offices and no sentences.
func signature(before []press.Block) {
	for i := len(before) - 1; i > 0; i-- {
		b := before[i]
		text := press.SpanText(b.Spans)
		if b.Kind != press.Paragraph || b.Align != press.AlignBody || text == "" || len([]rune(text)) > 30 || strings.ContainsAny(text, "。；：，？！（）.;:") {
			return
		}
		before[i].Align = press.AlignRight
	}
}

var phraseEnds = regexp.MustCompile(`关于(?:印发|公布|发布|做好|转发|废止|修改)?|》、?|）|办公室|人民政府`)

// phrases parts a title where its lines may be broken, so that no word and no name is torn: 示例区人民政府办公室 / 关于印发 / 《……》的通知. A phrase
// that is too long for the line of a phone may be broken in its middle.
func phrases(title string) (out []string) {
	var ends []int
	for _, m := range phraseEnds.FindAllStringIndex(title, -1) {
		ends = append(ends, m[1])
		if strings.HasPrefix(title[m[0]:], "关于") {
			ends = append(ends, m[0])
		}
	}
	for i, r := range title {
		if r == '《' || r == '（' {
			ends = append(ends, i)
		}
	}
	slices.Sort(ends)
	from := 0
	for _, end := range ends {
		short := utf8.RuneCountInString(title[end:]) < 4 || utf8.RuneCountInString(title[from:end]) < 3
		if !short && !strings.ContainsRune("的办公"+noStart, first(title[end:])) {
			out = append(out, loosened(title[from:end])...)
			from = end
		}
	}
	return append(out, loosened(title[from:])...)
}

// Characters that begin no line and those that end none.
const (
	noStart = "》〉）〕】”’、，。：；！？)]"
	noEnd   = "《〈（〔【“‘([0123456789"
)

// loosened lets a long phrase be broken between any two characters, but for the four at each end.
func loosened(phrase string) []string {
	const longest, whole = 16, 4
	runes := []rune(phrase)
	if len(runes) <= longest {
		return []string{phrase}
	}
	out, from := []string{}, 0
	for i := whole; i <= len(runes)-whole; i++ {
		if !strings.ContainsRune(noStart, runes[i]) && !strings.ContainsRune(noEnd, runes[i-1]) && !(runes[i] < 128 && runes[i-1] < 128) {
			out = append(out, string(runes[from:i]))
			from = i
		}
	}
	return append(out, string(runes[from:]))
}

func first(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}
