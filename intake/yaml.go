package intake

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxYAML bounds front matter and side files, in bytes. The parser's time grows with the square of hostile input.
const maxYAML = 64 << 10

// readYAML reads a mapping. Lines are counted from after, the number of lines that stand above the YAML.
func readYAML(file, text string, after, nesting int) (v value, ps []Problem) {
	bad := func(line, col int, what, do string) (value, []Problem) {
		return value{}, []Problem{{File: file, Line: after + line, Column: col, Text: what, Do: do}}
	}
	if line := tooDeepYAML(text, nesting); line > 0 {
		return bad(line, 0, fmt.Sprintf("括号或列表嵌套超过%d层", nesting), "请检查是否误粘贴")
	}
	defer func() {
		// A parser that stumbles over hostile input must not take the daemon with it.
		if recover() != nil {
			v, ps = bad(1, 0, "YAML写法有误，读不懂", "请对照样例检查冒号、引号和缩进")
		}
	}()
	f, err := parser.ParseBytes([]byte(text), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return bad(placeOfYAML(err))
	}
	y := yamlReader{file: file, after: after, nesting: nesting}
	var body ast.Node
	for _, d := range f.Docs {
		if d.Body == nil {
			continue
		}
		if body != nil {
			return bad(d.Body.GetToken().Position.Line, 0, "说明信息里有两段YAML", "请合成一段，中间不要有---")
		}
		body = d.Body
	}
	if body == nil {
		return value{shape: table, file: file, line: after + 1}, nil
	}
	if v = y.value(body, 0); v.shape != table {
		y.problem(v.line, v.col, "这里应当是“键: 值”的写法，现在是"+v.name(), "请对照样例填写，冒号用英文冒号并在后面加空格")
	}
	return v, y.problems
}

// placeOfYAML tells where and how a parser's error lies, in Chinese.
func placeOfYAML(err error) (line, col int, what, do string) {
	var e yaml.Error
	if !errors.As(err, &e) || e.GetToken() == nil {
		return 1, 0, "YAML写法有误，读不懂", "请对照样例检查冒号、引号和缩进"
	}
	p := e.GetToken().Position
	m := e.GetMessage()
	switch {
	case strings.Contains(m, "'\t'"), strings.Contains(m, "tab character"):
		return p.Line, p.Column, "这里用了制表符（Tab）", "请把Tab换成空格"
	case strings.Contains(m, "quoted text"):
		return p.Line, p.Column, "引号没有配对", "请补上另一半引号"
	case strings.Contains(m, "end token"), strings.Contains(m, "must be specified"):
		return p.Line, p.Column, "方括号或花括号没有配对", "请补上另一半括号，项目之间用英文逗号"
	case strings.Contains(m, "reserved character"):
		return p.Line, p.Column, "值不能以“" + clip(e.GetToken().Value) + "”开头", "请给这个值加上引号"
	case strings.Contains(m, "mapping value is not allowed"):
		return p.Line, p.Column, "这里不能再出现“键: 值”", "值里面有英文冒号时请给整个值加引号，并检查缩进"
	}
	return p.Line, p.Column, "YAML写法有误（" + m + "）", "请对照样例检查冒号、引号和缩进"
}

// tooDeepYAML gives the line at which flow brackets or dashes nest deeper than allowed. It counts roughly, without regard to
// quotation marks, because it only has to keep hostile input from the recursive parser.
func tooDeepYAML(text string, nesting int) int {
	depth := 0
	for i, line := range strings.Split(text, "\n") {
		for _, c := range line {
			switch c {
			case '[', '{':
				depth++
			case ']', '}':
				depth = max(0, depth-1)
			}
			if depth > nesting {
				return i + 1
			}
		}
		if strings.Count(line, "- ")+strings.Count(line, "? ") > nesting || indent(line) > 8*nesting {
			return i + 1
		}
	}
	return 0
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// yamlReader turns syntax trees into values and gathers what it does not like.
type yamlReader struct {
	file     string
	after    int
	nesting  int
	problems []Problem
}

func (y *yamlReader) problem(line, col int, text, do string) {
	y.problems = append(y.problems, Problem{File: y.file, Line: line, Column: col, Text: text, Do: do})
}

func (y *yamlReader) place(n ast.Node) value {
	p := n.GetToken().Position
	return value{file: y.file, line: y.after + p.Line, col: p.Column}
}

func (y *yamlReader) value(n ast.Node, depth int) value {
	if n == nil {
		return value{file: y.file}
	}
	v := y.place(n)
	if depth > y.nesting {
		y.problem(v.line, v.col, fmt.Sprintf("嵌套超过%d层", y.nesting), "请检查是否误粘贴")
		return v
	}
	switch n := n.(type) {
	case *ast.NullNode:
	case *ast.StringNode:
		v.shape, v.text = words, n.Value
	case *ast.LiteralNode:
		v.shape, v.text = words, strings.TrimSuffix(n.Value.Value, "\n")
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		v.shape, v.text = figure, n.GetToken().Value
	case *ast.SequenceNode:
		v.shape = list
		for _, e := range n.Values {
			v.list = append(v.list, y.value(e, depth+1))
		}
	case *ast.MappingNode:
		v.shape = table
		for _, e := range n.Values {
			v.fields = append(v.fields, y.field(e, depth))
		}
		if len(n.Values) > 0 && !n.IsFlowStyle {
			v.line, v.col = v.fields[0].line, v.fields[0].col
		}
	case *ast.MappingValueNode:
		f := y.field(n, depth)
		v.shape, v.fields, v.line, v.col = table, []field{f}, f.line, f.col
	default:
		y.problem(v.line, v.col, "不支持YAML的锚点、引用和标签（&、*、!）", "请直接写出值；值以这些字符开头时请加引号")
	}
	return v
}

func (y *yamlReader) field(n *ast.MappingValueNode, depth int) field {
	k := y.place(n.Key)
	f := field{line: k.line, col: k.col, value: y.value(n.Value, depth+1)}
	switch key := n.Key.(type) {
	case *ast.StringNode:
		f.key = key.Value
	case *ast.MergeKeyNode:
		y.problem(k.line, k.col, "不支持YAML的合并键<<", "请直接写出各个键")
	default:
		f.key = n.Key.GetToken().Value
	}
	if f.value.shape == absent && f.value.line == 0 {
		f.value.line, f.value.col = k.line, k.col
	}
	return f
}
