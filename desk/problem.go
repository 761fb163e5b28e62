package desk

import (
	"errors"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"tongfa/ledger"
	"tongfa/press"
)

// problem is what is wrong with an answer on a form, and the field that it is about; "" for the form as a whole.
type problem struct {
	Field, Text string
	Foreign     bool // the ledger's own words, which are Chinese
}

// problems are all of them.
type problems []problem

// Of is what is wrong with one field.
func (ps problems) Of(field string) string {
	for _, p := range ps {
		if p.Field == field {
			return p.Text
		}
	}
	return ""
}

func (ps *problems) add(field, text string) {
	if text != "" {
		*ps = append(*ps, problem{Field: field, Text: text})
	}
}

// refused is what the ledger says when it does not take a move; ok is false for what is no refusal but something broken.
func refused(err error) (problems, bool) {
	var t *press.Trouble
	if err == nil || errors.As(err, &t) || ledger.Broke(err) {
		return nil, false
	}
	return problems{{Text: err.Error() + "。没有执行。", Foreign: true}}, true
}

// clip is the beginning of a text.
func clip(s string, most int) string {
	if rs := []rune(strings.ToValidUTF8(s, "")); len(rs) > most {
		return string(rs[:most])
	}
	return strings.ToValidUTF8(s, "")
}

// bounded bounds what a form gives back to its reader.
func bounded(s string, most int) string { return clip(strings.TrimSpace(s), most) }

// shortened is the beginning of a text that is too long to be shown.
func shortened(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// oneLine is what a person typed in one line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// written is a text that a person typed, without what cannot be seen and would only confuse who reads it: control characters, and those that turn
// the direction of writing.
func written(s string) string {
	s = strings.Map(func(c rune) rune {
		if c == '\n' || c == '\t' {
			return c
		}
		if unicode.IsControl(c) || unicode.In(c, unicode.Bidi_Control) || c == utf8.RuneError {
			return -1
		}
		return c
	}, strings.ToValidUTF8(s, ""))
	return strings.TrimSpace(s)
}

// reasonWrong is what is wrong with a reason.
func (d *desk) reasonWrong(r *http.Request, reason string, most int) string {
	switch n := utf8.RuneCountInString(reason); {
	case n == 0:
		return d.t(r, "请写明理由。")
	case n > most:
		return d.t(r, "理由太长：现在%d字，请写在%d字以内。", n, most)
	}
	return ""
}
