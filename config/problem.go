package config

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// Problem is one thing that is wrong in a configuration.
type Problem struct {
	File   string // as it was named to Load or Parse
	Line   int    // from 1; 0 when the file as a whole is meant
	Column int    // from 1, in characters
	Key    string // dotted path of the key, such as channels.wechat.appid; empty for the file as a whole
	Text   string // plain Chinese: what is wrong, what is allowed, what to do; never a secret
	Source string // the line of the file and a caret under the place, two lines, secrets masked; empty without Line
	Err    error  // the cause in the machine's words, where there is one
}

// String is the problem as a person reads it: FILE:line:column, key and text, then the excerpt.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	b.WriteString(": ")
	if p.Key != "" {
		b.WriteString(p.Key + "：")
	}
	b.WriteString(p.Text)
	if p.Source != "" {
		b.WriteString("\n" + p.Source)
	}
	return b.String()
}

// Problems is everything wrong in one file, in the order of its lines. It is the error of Load and Parse.
type Problems []Problem

// Error lists the problems, each with its excerpt.
func (ps Problems) Error() string {
	out := make([]string, len(ps))
	for i, p := range ps {
		out[i] = p.String()
	}
	return strings.Join(out, "\n")
}

// Unwrap gives the causes, so that errors.Is finds fs.ErrNotExist.
func (ps Problems) Unwrap() []error {
	var errs []error
	for _, p := range ps {
		if p.Err != nil {
			errs = append(errs, p.Err)
		}
	}
	return errs
}

// place is where something stands in the file.
type place struct{ line, column int }

// excerpt draws the line with a caret under the column. Wide characters before the caret become ideographic spaces, so
// that it stands right in any terminal that shows Chinese.
func excerpt(lines []string, at place) string {
	if at.line < 1 || at.line > len(lines) {
		return ""
	}
	text, column := []rune(lines[at.line-1]), max(at.column, 1)
	first := max(0, column-80)
	last := min(len(text), first+120)
	if first > len(text) {
		return ""
	}
	var pad strings.Builder
	for _, r := range text[first:min(column-1, last)] {
		pad.WriteRune(blank(r))
	}
	number := fmt.Sprintf("%5d", at.line)
	return fmt.Sprintf("%s | %s\n%s | %s^", number, visible(string(text[first:last])), strings.Repeat(" ", len(number)), pad.String())
}

func blank(r rune) rune {
	switch {
	case r == '\t':
		return '\t'
	case wide(r):
		return '\u3000'
	}
	return ' '
}

// wide reports characters that take two cells in a terminal.
func wide(r rune) bool {
	return r >= 0x1100 && r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff ||
		r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0xffe0 && r <= 0xffe6 || r >= 0x20000 && r <= 0x3fffd
}

// visible replaces what would disturb a terminal.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && !unicode.IsPrint(r) && r != '\u3000' {
			return '\ufffd'
		}
		return r
	}, s)
}

// show quotes a value for a message: short, printable, and hidden if it looks like an AppSecret that strayed to a wrong key.
func show(s string) string {
	s = visible(hexSecret.ReplaceAllString(s, "***"))
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "…"
	}
	return "“" + s + "”"
}

// Shapes of secrets in a text that may not even be YAML.
var (
	// hexSecret is the shape of a WeChat AppSecret (32 hex digits) and of anything longer.
	hexSecret = regexp.MustCompile(`[0-9A-Fa-f]{32,}`)
	// secretKey is a key that sounds like a secret, with its colon.
	secretKey = regexp.MustCompile(`(?i)[\w-]*(?:secret|passw|token|密码|密钥|口令)[\w-]*["']?\s*[:：]`)
	// secretRef is what may stand beside such a key without being a secret itself.
	secretRef = regexp.MustCompile(`^\s*(?:\{\s*)?(?:env:\s*[A-Z_][A-Z0-9_]*|file:\s*\S*?)\s*(?:[},#].*)?$`)
)

// mask hides what a secret key is given, on its own line and on the deeper ones below it. It works on text and
// not on a tree, because a file that cannot be parsed has excerpts too.
func mask(lines []string) []string {
	out := make([]string, len(lines))
	under := -1 // indent of the secret key whose value may go on
	for i, line := range lines {
		out[i] = hexSecret.ReplaceAllString(line, stars)
		trimmed := strings.TrimLeft(line, " \t")
		indent := len(line) - len(trimmed)
		if under >= 0 && trimmed != "" {
			if indent > under || strings.HasPrefix(trimmed, "-") && indent == under {
				out[i] = maskRest(out[i], indent)
				continue
			}
			under = -1
		}
		if loc := secretKey.FindStringIndex(out[i]); loc != nil && !strings.HasPrefix(trimmed, "#") {
			under = indent
			out[i] = maskRest(out[i], loc[1])
		}
	}
	return out
}

// maskRest hides a line from byte n on unless what stands there only names where a secret is.
func maskRest(line string, n int) string {
	rest := line[min(n, len(line)):]
	if strings.TrimSpace(rest) == "" || secretRef.MatchString(rest) && !secretKey.MatchString(rest) {
		return line
	}
	space := rest[:len(rest)-len(strings.TrimLeft(rest, " \t"))]
	return line[:min(n, len(line))] + space + stars
}
