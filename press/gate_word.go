package press

import (
	"strings"
	"unicode/utf8"
)

// Word is one entry of the office's own list of words (词表): what may not be written, or should be looked at before it goes out.
type Word struct {
	Text    string
	Level   Severity // Stop or Warn
	Instead string   // what to write; "" for no advice
}

// Words is a list of words, made to be looked up quickly in many texts. It never changes once made. The nil Words is empty.
type Words struct {
	by map[rune][]Word // by the first character of the folded text
	n  int
}

// NewWords makes a list. White space within a word does not count, as it does not in the texts.
func NewWords(list []Word) *Words {
	w := &Words{by: map[rune][]Word{}}
	for _, one := range list {
		one.Text = Fold(one.Text)
		if first, n := utf8.DecodeRuneInString(one.Text); n > 0 {
			w.by[first] = append(w.by[first], one)
			w.n++
		}
	}
	return w
}

// Len is how many words there are.
func (w *Words) Len() int {
	if w == nil {
		return 0
	}
	return w.n
}

// In are the words that a text has, each once, in the order in which they come.
func (w *Words) In(text string) []Word {
	if w.Len() == 0 {
		return nil
	}
	text = Fold(text)
	var out []Word
	had := map[string]bool{}
	for i, r := range text {
		for _, one := range w.by[r] {
			if strings.HasPrefix(text[i:], one.Text) && !had[one.Text] {
				had[one.Text] = true
				out = append(out, one)
			}
		}
	}
	return out
}

// words looks for what is on the office's list.
func (c *check) words() {
	if c.Words.Len() == 0 {
		return
	}
	for _, p := range c.pieces {
		for _, w := range c.Words.In(p.text) {
			do := "请核对用语；确需使用的，写明理由后放行"
			if w.Instead != "" {
				do = "请改为“" + quote(w.Instead) + "”"
			}
			c.say(w.Level, ruleWord, p.field, p.place, "%s出现“%s”，在本单位的词表里。%s", p.where, quote(w.Text), do)
		}
	}
}
