package ledger

import (
	"encoding/json"
	"strings"
	"unicode"

	"tongfa/press"
)

// snippet is the part of a text around the first word of a query that occurs in it.
func snippet(body []byte, query string) string {
	var blocks []press.Block
	if json.Unmarshal(body, &blocks) != nil {
		return ""
	}
	text := []rune(strings.Join(strings.Fields(press.Text(blocks)), " "))
	const before, most = 30, 120
	at := 0
	for _, w := range wordsOf(query) {
		lower := strings.Map(unicode.ToLower, string(text)) // rune by rune, so that a place in one is a place in the other
		if i := strings.Index(lower, strings.Map(unicode.ToLower, w)); i >= 0 {
			at = len([]rune(lower[:i]))
			break
		}
	}
	from := max(0, at-before)
	to := min(len(text), from+most)
	s := string(text[from:to])
	if from > 0 {
		s = "……" + s
	}
	if to < len(text) {
		s += "……"
	}
	return s
}
