package intake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// readJSON reads one object. It keeps places and repeated keys, both of which encoding/json's Unmarshal throws away.
func readJSON(file, text string, nesting int) (value, []Problem) {
	j := jsonReader{file: file, text: text, nesting: nesting, dec: json.NewDecoder(strings.NewReader(text))}
	j.dec.UseNumber()
	v, err := j.value(0)
	if err == nil {
		err = j.end(v)
	}
	if err != nil {
		return value{}, []Problem{j.problem(err)}
	}
	return v, nil
}

type jsonReader struct {
	file    string
	text    string
	nesting int
	dec     *json.Decoder
	counted int // offset up to which lines and columns are counted
	line    int // from 0
	col     int // from 0
	values  int
}

// maxValues bounds the memory that a metadata tree takes.
const maxValues = 100_000

// jsonFault is a problem whose place is known by offset.
type jsonFault struct {
	offset   int
	text, do string
}

func (e *jsonFault) Error() string { return e.text }

// next is the offset of the next token.
func (j *jsonReader) next() int {
	i := int(j.dec.InputOffset())
	return i + len(j.text[i:]) - len(strings.TrimLeft(j.text[i:], " \t\r\n,:"))
}

// place gives line and column of an offset. It counts onwards from the last place, so that all places cost one reading of the text.
func (j *jsonReader) place(offset int) (line, col int) {
	offset = min(offset, len(j.text))
	if offset < j.counted {
		j.counted, j.line, j.col = 0, 0, 0
	}
	for _, c := range j.text[j.counted:offset] {
		j.col++
		if c == '\n' {
			j.line, j.col = j.line+1, 0
		}
	}
	j.counted = offset
	return j.line + 1, j.col + 1
}

func (j *jsonReader) value(depth int) (value, error) {
	at := j.next()
	v := value{file: j.file}
	v.line, v.col = j.place(at)
	if depth > j.nesting {
		return v, &jsonFault{at, fmt.Sprintf("嵌套超过%d层", j.nesting), "请检查是否误粘贴"}
	}
	if j.values++; j.values > maxValues {
		return v, &jsonFault{at, fmt.Sprintf("值超过%d个", maxValues), "请检查是否误粘贴"}
	}
	t, err := j.dec.Token()
	if err != nil {
		return v, err
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '{' {
			v.shape = table
			return j.object(v, depth)
		}
		v.shape = list
		return j.array(v, depth)
	case string:
		v.shape, v.text = words, t
	case json.Number:
		v.shape, v.text = figure, t.String()
	case bool:
		v.shape, v.text = figure, fmt.Sprint(t)
	}
	return v, nil
}

func (j *jsonReader) object(v value, depth int) (value, error) {
	for j.dec.More() {
		f := field{}
		f.line, f.col = j.place(j.next())
		t, err := j.dec.Token()
		if err != nil {
			return v, err
		}
		f.key, _ = t.(string)
		if f.value, err = j.value(depth + 1); err != nil {
			return v, err
		}
		v.fields = append(v.fields, f)
	}
	_, err := j.dec.Token()
	return v, err
}

func (j *jsonReader) array(v value, depth int) (value, error) {
	for j.dec.More() {
		e, err := j.value(depth + 1)
		if err != nil {
			return v, err
		}
		v.list = append(v.list, e)
	}
	_, err := j.dec.Token()
	return v, err
}

// end checks that the document is one object and nothing after it.
func (j *jsonReader) end(v value) error {
	if v.shape != table {
		return &jsonFault{0, "JSON的最外层应当是一个对象{ }，现在是" + v.name(), "一份文件写一份稿件；多份稿件请分成多个文件"}
	}
	rest := int(j.dec.InputOffset())
	if strings.TrimSpace(j.text[rest:]) != "" {
		return &jsonFault{j.next(), "JSON对象后面还有多余的内容", "一份文件只写一份稿件"}
	}
	return nil
}

func (j *jsonReader) problem(err error) Problem {
	p := Problem{File: j.file}
	var fault *jsonFault
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &fault):
		p.Line, p.Column = j.place(fault.offset)
		p.Text, p.Do = fault.text, fault.do
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		p.Line, p.Column = j.place(len(j.text))
		p.Text, p.Do = "JSON到这里突然结束，内容不完整", "请重新导出或重新发送整个文件"
	case errors.As(err, &syntax):
		at := min(max(0, int(syntax.Offset)-1), len(j.text))
		at += len(j.text[at:]) - len(strings.TrimLeft(j.text[at:], " \t\r\n"))
		p.Line, p.Column = j.place(at)
		p.Text, p.Do = "JSON写法有误", "请检查这里的引号、逗号和括号"
	default:
		p.Text, p.Do = "JSON写法有误", "请检查引号、逗号和括号"
	}
	return p
}
