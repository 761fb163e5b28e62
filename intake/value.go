package intake

import "fmt"

// shape is what sort of value was written.
type shape int

const (
	absent shape = iota // nothing, null
	words               // text
	figure              // a number or a truth value without quotation marks
	list
	table
)

// value is a piece of metadata with its place, the same for YAML, JSON and flags, so that the keys are read in one way.
type value struct {
	shape     shape
	text      string // words; for a figure as it was written
	list      []value
	fields    []field
	file      string
	line, col int
}

// place is where the value stands, for a problem with it.
func (v value) place(fieldName string) Problem {
	return Problem{File: v.file, Line: v.line, Column: v.col, Field: fieldName}
}

// field is a key with its value; line and column are those of the key.
type field struct {
	key       string
	value     value
	line, col int
}

// name is the shape in a message.
func (v value) name() string {
	switch v.shape {
	case absent:
		return "空值"
	case words:
		return "文字"
	case figure:
		return fmt.Sprintf("没有引号的“%s”", clip(v.text))
	case list:
		return "列表"
	}
	return "一组键值"
}
