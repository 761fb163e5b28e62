package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Limits of a file. A large district's configuration takes about 20 kB; the parser's time grows with the square of the depth.
const (
	mostBytes = 256 << 10
	mostDepth = 24
)

// Load reads and checks the configuration at path. The error is a Problems with everything that is wrong. Secrets that are
// not there yet are no error, see Config.MissingSecrets.
func Load(path string) (*Config, error) {
	whole := func(err error, format string, args ...any) error {
		return Problems{{File: path, Text: fmt.Sprintf(format, args...), Err: err}}
	}
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, whole(err, "找不到配置文件。用 --config 指明它在哪里，或者用 tongfa init 目录 生成一份")
	case err != nil:
		return nil, whole(err, "打不开配置文件，请检查权限")
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, whole(nil, "这是一个文件夹，请指明其中的配置文件，例如 %s", filepath.Join(path, "tongfa.yaml"))
	}
	data, err := io.ReadAll(io.LimitReader(f, mostBytes+1))
	if err != nil {
		return nil, whole(err, "读配置文件时出错")
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, whole(err, "不知道配置文件在哪个文件夹")
	}
	return Parse(path, data, dir, os.Getenv)
}

// Parse checks a configuration that was read from a file called name. Relative paths in it are relative to dir; environment
// variables that hold secrets are asked of getenv, nil meaning that none is set. The error is a Problems.
func Parse(name string, data []byte, dir string, getenv func(string) string) (*Config, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	r := &reader{file: name, dir: dir, getenv: getenv, at: map[string]place{}}
	if !r.readable(data) {
		return nil, r.problems
	}
	r.lines = mask(strings.Split(string(data), "\n"))
	root := r.parse(data)
	if root == nil {
		return nil, r.problems
	}
	cfg := r.config(value{r: r, node: root})
	r.across(cfg)
	cfg.MissingSecrets = r.gone
	if len(r.problems) > 0 {
		return nil, r.sorted()
	}
	return cfg, nil
}

// reader collects what is wrong while the tree is walked.
type reader struct {
	file, dir string
	getenv    func(string) string
	lines     []string // masked, for excerpts
	at        map[string]place
	problems  Problems
	gone      []Problem // secrets that are not there
	secrets   []secretFile
	declared  []string // names of all channels, also of those that could not be read
}

func (r *reader) problem(at place, key, format string, args ...any) Problem {
	return Problem{
		File: r.file, Line: at.line, Column: at.column, Key: hexSecret.ReplaceAllString(key, stars),
		Text: fmt.Sprintf(format, args...), Source: excerpt(r.lines, at),
	}
}

func (r *reader) fail(at place, key, format string, args ...any) {
	r.problems = append(r.problems, r.problem(at, key, format, args...))
}

// failKey complains about a key that was read before, or about the nearest key above it if it was left to its default. With
// "@" in front, it points at the key and not at its value.
func (r *reader) failKey(key, format string, args ...any) {
	for k := key; ; {
		if at, ok := r.at[k]; ok {
			r.fail(at, strings.TrimPrefix(key, "@"), format, args...)
			return
		}
		i := strings.LastIndexByte(k, '.')
		if i < 0 {
			r.fail(place{}, key, format, args...)
			return
		}
		k = k[:i]
	}
}

func (r *reader) sorted() Problems {
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return r.problems
}

// readable looks at what must be right before the parser may see the bytes.
func (r *reader) readable(data []byte) bool {
	switch {
	case len(data) > mostBytes:
		r.fail(place{}, "", "文件太大（超过 %d KB），请检查是否选错了文件", mostBytes>>10)
	case !utf8.Valid(data):
		r.fail(place{line: 1 + bytes.Count(data[:invalidAt(data)], []byte("\n")), column: 1}, "", "文件不是 UTF-8 编码，请用文本编辑器另存为 UTF-8")
	case bytes.IndexByte(data, 0) >= 0:
		r.fail(place{}, "", "文件里有不可见的空字符，不是文本文件，请检查是否选错了文件")
	case deep(data):
		r.fail(place{}, "", "嵌套超过 %d 层，不是 tongfa 的配置文件", mostDepth)
	}
	return len(r.problems) == 0
}

func invalidAt(data []byte) int {
	for i := 0; i < len(data); {
		c, n := utf8.DecodeRune(data[i:])
		if c == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(data)
}

// deep reports brackets, or indicators on one line, in a number that no configuration has. Brackets in texts are counted too.
func deep(data []byte) bool {
	open, marks := 0, 0
	for _, b := range data {
		switch b {
		case '[', '{':
			open++
		case ']', '}':
			open = max(0, open-1)
		case '-', '?', ':':
			marks++
		case '\n':
			marks = 0
		}
		if open > mostDepth || marks > 40*mostDepth {
			return true
		}
	}
	return false
}

// parse turns the bytes into the mapping at the top of the file, or says why not and returns nil.
func (r *reader) parse(data []byte) (root ast.Node) {
	defer func() {
		if recover() != nil { // the parser is foreign code that is handed whatever a person typed
			r.fail(place{}, "", "不是有效的 YAML，解析器无法处理，请检查冒号、引号、括号和缩进")
			root = nil
		}
	}()
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil
	}
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if root != nil {
			r.fail(placeOf(doc.Body), "", "一个文件里只能有一份配置，请删去 --- 和后面的部分")
			return nil
		}
		root = doc.Body
	}
	if root == nil {
		r.fail(place{}, "", "配置是空的。用 tongfa init 目录 可以生成一份带说明的配置")
		return nil
	}
	ast.Walk(plain{r}, root)
	if len(r.problems) > 0 {
		return nil
	}
	return root
}

// plain walks the tree and refuses everything in it that does not mean what it looks like.
type plain struct{ r *reader }

// Visit implements ast.Visitor.
func (p plain) Visit(n ast.Node) ast.Visitor {
	what := ""
	switch n.(type) {
	case *ast.AnchorNode:
		what = "锚点（&）"
	case *ast.AliasNode:
		what = "引用（*）。以 * 开头的文字要加引号"
	case *ast.MergeKeyNode:
		what = "合并键（<<）"
	case *ast.TagNode:
		what = "类型标记（!）。以 ! 开头的文字要加引号"
	case *ast.MappingKeyNode:
		what = "复合键（?）"
	case *ast.DirectiveNode:
		what = "指令（%）"
	default:
		return p
	}
	p.r.fail(placeOf(n), "", "配置里不能用%s", what)
	return nil
}

// syntax says in Chinese what the parser complains about.
func (r *reader) syntax(err error) {
	at, text := place{}, "请检查冒号、引号、括号和缩进"
	var se *yaml.SyntaxError
	if errors.As(err, &se) {
		if t := se.GetToken(); t != nil && t.Position != nil {
			at = place{t.Position.Line, t.Position.Column}
		}
		text = explain(se.GetMessage())
	}
	r.fail(at, "", "YAML 语法错误：%s", text)
}

// explain translates the parser's commonest complaints; the words looked for are those of goccy/go-yaml.
func explain(message string) string {
	for _, e := range []struct{ words, text string }{
		{"tab character", "缩进里有制表符（Tab），只能用空格"},
		{"cannot start any token", "缩进里有制表符（Tab），只能用空格"},
		{"end character of", "引号没有配对"},
		{"mapping value is not allowed", "这里不能再有冒号：一行只能写一个键；值里有“: ”的要加引号"},
		{"map key-value is pre-defined", "缩进不对：上一行已经有值，下面不能再写键"},
		{"value is not allowed in this context", "这里多出了内容，多半是缩进不对或者引号后面还有字"},
		{"non-map value", "这一行不是“键: 值”，冒号要用半角，后面要有空格"},
		{"unexpected key name", "这一行不是“键: 值”，冒号要用半角，后面要有空格"},
		{"must be specified", "方括号或花括号没有配对，或者少了逗号"},
		{"end token", "方括号或花括号没有配对"},
		{"corresponding to", "方括号或花括号没有配对"},
		{"flow map content", "花括号没有配对"},
		{"sequence entries are not allowed", "这里不能写列表项（-），请检查缩进"},
		{"reserved character", "值不能以 @ 或 ` 开头，请加引号"},
	} {
		if strings.Contains(message, e.words) {
			return e.text
		}
	}
	return "请检查冒号、引号、括号和缩进"
}
