package desk

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
)

// The languages of the desk. Every word is written in Chinese where it is used, and its English stands in a file of en, by the Chinese.
// What the ledger, the gates and the drivers say of a matter stays in Chinese, marked as such.
const (
	chinese = "zh"
	english = "en"
)

// readWords reads the English of every Chinese word of the desk.
func readWords() map[string]string {
	all := map[string]string{}
	names, err := fs.Glob(files, "en/*.json")
	if err != nil {
		panic(err) // unreachable: the pattern is right
	}
	for _, n := range names {
		data, err := files.ReadFile(n)
		if err != nil {
			panic(err) // unreachable: it is embedded
		}
		if err := json.Unmarshal(data, &all); err != nil {
			panic(n + ": " + err.Error()) // a test rules it out
		}
	}
	return all
}

// say is a word or a sentence in a language. With more than the word it is a format, as in fmt.Sprintf.
func (d *desk) say(lang, zh string, more ...any) string {
	if en, ok := d.words[zh]; ok && lang == english {
		zh = ofNumber(en, more)
	}
	if len(more) == 0 {
		return zh
	}
	return fmt.Sprintf(zh, more...)
}

// ofNumber chooses between what is said of one and of any other number, where an English sentence has both: "%d item|%d items".
func ofNumber(en string, more []any) string {
	one, many, both := strings.Cut(en, "|")
	if !both {
		return en
	}
	if len(more) > 0 && more[0] == 1 {
		return one
	}
	return many
}

// t is say in the language of a request.
func (d *desk) t(r *http.Request, zh string, more ...any) string {
	return d.say(langOf(r), zh, more...)
}

// langOf is the language that a request is answered in: as the person chose, or as the browser remembers from before it was signed in.
func langOf(r *http.Request) string {
	lang := personOf(r).Lang
	if c, err := r.Cookie("lang"); err == nil && lang == "" {
		lang = c.Value
	}
	if lang == english {
		return english
	}
	return chinese
}

// themeOf is light or dark, or "" where the browser decides.
func themeOf(r *http.Request) string {
	theme := personOf(r).Theme
	if c, err := r.Cookie("theme"); err == nil && theme == "" {
		theme = c.Value
	}
	if theme == "light" || theme == "dark" {
		return theme
	}
	return ""
}
