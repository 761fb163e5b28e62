package channels

import (
	"html/template"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// TitleHTML is a title in phrases, each of which a style sheet keeps together (class phrase, an inline block) as long as one line holds it.
func TitleHTML(title string) template.HTML {
	var b strings.Builder
	for _, p := range phrases(title) {
		b.WriteString(`<span class="phrase">` + template.HTMLEscapeString(p) + "</span>")
	}
	return template.HTML(b.String())
}

var phraseEnds = regexp.MustCompile(`关于(?:印发|公布|发布|做好|转发|废止|修改)?|》、?|）|办公室|人民政府`)

// phrases parts a title where its lines may be broken, so that no word and no name is torn: 示例区人民政府办公室 / 关于印发 / 《……》的通知.
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
		if !short && !strings.ContainsRune("的办公"+noStart, firstRune(title[end:])) {
			out = append(out, title[from:end])
			from = end
		}
	}
	return append(out, title[from:])
}

// noStart are characters that begin no line.
const noStart = "》〉）〕】”’、，。：；！？)]"

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}
