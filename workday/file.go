package workday

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Limits of a file. A year takes about 3 kB; the parser's time grows with the square of the depth.
const (
	mostBytes = 256 << 10
	mostDepth = 16
)

// Parse reads an operator's file of holiday notices: YAML, or the JSON of the community's holiday data, which has the
// same keys. It holds one notice or a list of them.
//
//	year: 2027
//	number: 国办发明电〔2026〕1号
//	days:
//	  - {name: 元旦, date: 2027-01-01, isOffDay: true}
//	  - {name: 元旦, date: 2027-01-03, isOffDay: false}
//
// Further keys, all optional: kind (notice, amendment, overlay), issued_on, region, papers, confirmed. Unknown keys are
// refused. The error is a Problems that lists everything wrong at once, in Chinese and with line numbers; warnings do not stop the file.
func Parse(data []byte) (notices []Notice, warnings Problems, err error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if p, ok := unreadable(data); ok {
		return nil, nil, Problems{p}
	}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, nil, Problems{syntax(err)}
	}
	r := new(reader)
	for _, doc := range file.Docs {
		r.document(doc.Body)
	}
	if len(r.notices) == 0 && len(r.wrong) == 0 {
		r.fail(0, "文件里没有放假安排，至少要写year和days")
	}
	if len(r.wrong) > 0 {
		return nil, r.warn, r.wrong
	}
	return r.notices, r.warn, nil
}

// Problem is one thing wrong in a file.
type Problem struct {
	Line int    // 0 when it concerns the whole file
	Text string // what is wrong and what to do, in Chinese
}

// String is the line for a person.
func (p Problem) String() string {
	if p.Line == 0 {
		return p.Text
	}
	return fmt.Sprintf("第%d行：%s", p.Line, p.Text)
}

// Problems is everything wrong in a file. As an error it is one line a problem.
type Problems []Problem

// Error lists the problems.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// unreadable looks at what must be right before the parser may see the bytes.
func unreadable(data []byte) (Problem, bool) {
	switch {
	case len(data) > mostBytes:
		return Problem{Text: fmt.Sprintf("文件太大（%d字节），放假安排文件不超过%d字节，请检查是否选错了文件", len(data), mostBytes)}, true
	case !utf8.Valid(data):
		return Problem{Text: "文件不是UTF-8编码，请用文本编辑器另存为UTF-8后再导入"}, true
	case bytes.IndexByte(data, 0) >= 0:
		return Problem{Text: "文件里有不可见的空字符，不是文本文件，请检查是否选错了文件"}, true
	case nested(data):
		return Problem{Text: fmt.Sprintf("括号嵌套超过%d层，不是放假安排文件", mostDepth)}, true
	}
	return Problem{}, false
}

// nested reports brackets or block lists nested deeper than any notice. A bracket inside a text counts too: no name of a holiday has so many.
func nested(data []byte) bool {
	depth, dashes := 0, 0
	for _, b := range data {
		switch b {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case '-', '?', ':':
			dashes++
		case '\n':
			dashes = 0
		}
		if depth > mostDepth || dashes > 20*mostDepth {
			return true
		}
	}
	return false
}

func syntax(err error) Problem {
	p := Problem{Text: "不是有效的YAML或JSON，请检查冒号、引号、括号和缩进"}
	var se *yaml.SyntaxError
	if !errors.As(err, &se) {
		return p
	}
	if t := se.GetToken(); t != nil && t.Position != nil {
		p.Line = t.Position.Line
	}
	if strings.Contains(se.GetMessage(), "already defined") {
		p.Text = "同一个键写了两次，请删去一个"
	}
	return p
}

// reader walks the parsed file by hand, so that every problem has its line and nothing is accepted by accident: no
// anchors, no conversions of one type to another.
type reader struct {
	notices     []Notice
	wrong, warn Problems
}

func (r *reader) fail(line int, format string, args ...any) {
	r.wrong = append(r.wrong, Problem{line, fmt.Sprintf(format, args...)})
}

func (r *reader) document(body ast.Node) {
	switch n := body.(type) {
	case nil:
	case *ast.SequenceNode:
		for _, v := range n.Values {
			r.notice(v)
		}
	default:
		r.notice(n)
	}
}

func (r *reader) notice(node ast.Node) {
	m, ok := node.(*ast.MappingNode)
	if !ok {
		r.fail(lineOf(node), "这里应当是一份放假安排（year、days等键），实际不是")
		return
	}
	n, before := notice{Notice: Notice{Kind: Yearly}, line: lineOf(m)}, len(r.wrong)
	for _, kv := range m.Values {
		r.key(&n, keyOf(kv), kv.Value)
	}
	if len(r.wrong) > before {
		return // what follows would only repeat it in other words
	}
	r.check(n)
	r.notices = append(r.notices, n.Notice)
}

// notice is a Notice with the lines it stood on.
type notice struct {
	Notice
	line  int
	lines []int // of Days
}

func (r *reader) key(n *notice, key string, v ast.Node) {
	switch key {
	case "year":
		n.Year = r.number(v, "year")
	case "kind":
		n.Kind = r.kind(v)
	case "number":
		n.Number = r.text(v, key)
	case "region":
		n.Region = r.text(v, key)
	case "issued_on":
		n.IssuedOn = r.date(v, key)
	case "confirmed":
		n.Confirmed = r.boolean(v, key)
	case "papers":
		for _, p := range r.list(v, key) {
			n.Papers = append(n.Papers, r.text(p, key))
		}
	case "days":
		for _, d := range r.list(v, key) {
			n.Days = append(n.Days, r.day(d))
			n.lines = append(n.lines, lineOf(d))
		}
	case "$schema", "$id":
	default:
		r.fail(lineOf(v), "不认识的键“%s”，可以写：year kind number issued_on region papers confirmed days", clip(key))
	}
}

func (r *reader) day(node ast.Node) Day {
	m, ok := node.(*ast.MappingNode)
	if !ok {
		r.fail(lineOf(node), "days的每一项应当写成{name: 元旦, date: 2027-01-01, isOffDay: true}")
		return Day{}
	}
	var d Day
	var dated, decided bool
	for _, kv := range m.Values {
		switch key := keyOf(kv); key {
		case "name":
			d.Name = r.text(kv.Value, key)
		case "date":
			d.Date, dated = r.date(kv.Value, key), true
		case "isOffDay":
			d.Off, decided = r.boolean(kv.Value, key), true
		default:
			r.fail(lineOf(kv.Value), "不认识的键“%s”，一天可以写：name date isOffDay", clip(key))
		}
	}
	if !dated {
		r.fail(lineOf(m), "这一天没有写date")
	}
	if !decided {
		r.fail(lineOf(m), "这一天没有写isOffDay（true为放假，false为上班）")
	}
	return d
}

func (r *reader) kind(v ast.Node) NoticeKind {
	switch k := NoticeKind(r.text(v, "kind")); k {
	case Yearly, Amendment, Overlay:
		return k
	}
	r.fail(lineOf(v), "kind应当是notice（年度通知）、amendment（调整通知）或者overlay（地区假日）")
	return Yearly
}

func (r *reader) list(v ast.Node, key string) []ast.Node {
	s, ok := v.(*ast.SequenceNode)
	if !ok {
		r.fail(lineOf(v), "%s应当是一个列表", key)
		return nil
	}
	return s.Values
}

func (r *reader) text(v ast.Node, key string) string {
	if s, ok := v.(*ast.StringNode); ok {
		return s.Value
	}
	r.fail(lineOf(v), "%s应当是文字", key)
	return ""
}

func (r *reader) date(v ast.Node, key string) Date {
	s, ok := v.(*ast.StringNode)
	if !ok {
		r.fail(lineOf(v), "%s应当是日期，写成2027-01-01的样子", key)
		return Date{}
	}
	d, err := ParseDate(s.Value)
	if err != nil {
		r.fail(lineOf(v), "%s", err)
	}
	return d
}

func (r *reader) number(v ast.Node, key string) int {
	if i, ok := v.(*ast.IntegerNode); ok {
		if n, err := strconv.Atoi(i.GetToken().Value); err == nil {
			return n
		}
	}
	r.fail(lineOf(v), "%s应当是四位数字，例如2027", key)
	return 0
}

func (r *reader) boolean(v ast.Node, key string) bool {
	if b, ok := v.(*ast.BoolNode); ok {
		return b.Value
	}
	r.fail(lineOf(v), "%s应当是true或者false", key)
	return false
}

func keyOf(kv *ast.MappingValueNode) string { return kv.Key.GetToken().Value }

func lineOf(n ast.Node) int {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 0
	}
	return n.GetToken().Position.Line
}
