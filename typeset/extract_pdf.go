package typeset

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
)

// This is a reader of the PDFs that this package writes, made from the bytes alone: it shares nothing with the writer. It takes what an incremental update (a
// signature) adds, and nothing that is compressed into object streams.

// The values of PDF: number and name, string, array, dictionary, reference, and a word of a content stream.
type (
	pdfNum  float64
	pdfSym  string
	pdfStr  string
	pdfArr  []any
	pdfDict map[string]any
	pdfRef  int
	pdfWord string
)

// lexer reads values.
type lexer struct {
	b     []byte
	at    int
	depth int
}

// mostDeep bounds values within values.
const mostDeep = 64

var errPDF = errors.New("broken PDF")

func white(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}
func delim(c byte) bool { return strings.IndexByte("()<>[]{}/%", c) >= 0 }

func (l *lexer) skip() {
	for l.at < len(l.b) {
		switch c := l.b[l.at]; {
		case white(c):
			l.at++
		case c == '%':
			for l.at < len(l.b) && l.b[l.at] != '\n' && l.b[l.at] != '\r' {
				l.at++
			}
		default:
			return
		}
	}
}

func (l *lexer) word() string {
	from := l.at
	for l.at < len(l.b) && !white(l.b[l.at]) && !delim(l.b[l.at]) {
		l.at++
	}
	return string(l.b[from:l.at])
}

// next is the next value, or word; io.EOF at the end.
func (l *lexer) next() (any, error) {
	l.skip()
	if l.at >= len(l.b) {
		return nil, io.EOF
	}
	if l.depth++; l.depth > mostDeep {
		return nil, errPDF
	}
	defer func() { l.depth-- }()
	switch c := l.b[l.at]; {
	case c == '/':
		l.at++
		return pdfSym(l.word()), nil
	case c == '(':
		return l.literal()
	case bytes.HasPrefix(l.b[l.at:], []byte("<<")):
		l.at += 2
		return l.dict()
	case c == '<':
		return l.hex()
	case c == '[':
		l.at++
		return l.array()
	case delim(c):
		l.at++
		return pdfWord(c), nil
	}
	w := l.word()
	n, err := strconv.ParseFloat(w, 64)
	if err != nil {
		return pdfWord(w), nil
	}
	return l.reference(n), nil
}

// reference is a number, or the reference that begins with it.
func (l *lexer) reference(n float64) any {
	kept := l.at
	l.skip()
	if l.word() == "0" {
		l.skip()
		if l.word() == "R" {
			return pdfRef(int(n))
		}
	}
	l.at = kept
	return pdfNum(n)
}

func (l *lexer) literal() (any, error) {
	var out []byte
	deep := 0
	for l.at++; l.at < len(l.b); l.at++ {
		switch c := l.b[l.at]; {
		case c == '\\' && l.at+1 < len(l.b):
			l.at++
			out = append(out, l.b[l.at])
		case c == '(':
			deep++
			out = append(out, c)
		case c == ')' && deep == 0:
			l.at++
			return pdfStr(out), nil
		case c == ')':
			deep--
			out = append(out, c)
		default:
			out = append(out, c)
		}
	}
	return nil, errPDF
}

func (l *lexer) hex() (any, error) {
	end := bytes.IndexByte(l.b[l.at:], '>')
	if end < 0 {
		return nil, errPDF
	}
	digits := bytes.Join(bytes.Fields(l.b[l.at+1:l.at+end]), nil)
	l.at += end + 1
	if len(digits)%2 == 1 {
		digits = append(digits, '0')
	}
	out := make([]byte, len(digits)/2)
	for i := range out {
		n, err := strconv.ParseUint(string(digits[2*i:2*i+2]), 16, 8)
		if err != nil {
			return nil, errPDF
		}
		out[i] = byte(n)
	}
	return pdfStr(out), nil
}

func (l *lexer) array() (any, error) {
	out := pdfArr{}
	for {
		v, err := l.next()
		if err != nil {
			return nil, errPDF
		}
		if v == pdfWord("]") {
			return out, nil
		}
		out = append(out, v)
	}
}

func (l *lexer) dict() (any, error) {
	out := pdfDict{}
	for {
		l.skip()
		if bytes.HasPrefix(l.b[l.at:], []byte(">>")) {
			l.at += 2
			return out, nil
		}
		k, err := l.next()
		if err != nil {
			return nil, errPDF
		}
		key, ok := k.(pdfSym)
		if !ok {
			return nil, errPDF
		}
		v, err := l.next()
		if err != nil {
			return nil, errPDF
		}
		out[string(key)] = v
	}
}

// pdfObject is an object, and its stream as it stands in the file.
type pdfObject struct {
	value  any
	stream []byte
}

// pdfFile is a file that was read.
type pdfFile struct {
	objects map[int]pdfObject
	trailer pdfDict
}

// readPDF reads all objects one after the other. What is written again later counts.
func readPDF(data []byte) (*pdfFile, error) {
	if !bytes.HasPrefix(data, []byte("%PDF-")) {
		return nil, errPDF
	}
	f := &pdfFile{objects: map[int]pdfObject{}}
	l := &lexer{b: data}
	var before [2]any // the two values before a word
	for {
		v, err := l.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		switch v {
		case pdfWord("obj"):
			n, ok := before[0].(pdfNum)
			if !ok {
				return nil, errPDF
			}
			if err := f.object(l, int(n)); err != nil {
				return nil, err
			}
		case pdfWord("trailer"):
			if err := f.end(l); err != nil {
				return nil, err
			}
		}
		before[0], before[1] = before[1], v
	}
	if f.trailer == nil {
		return nil, errPDF
	}
	return f, nil
}

func (f *pdfFile) end(l *lexer) error {
	v, err := l.next()
	if err != nil {
		return errPDF
	}
	d, ok := v.(pdfDict)
	if !ok {
		return errPDF
	}
	f.trailer = d
	return nil
}

func (f *pdfFile) object(l *lexer, n int) error {
	v, err := l.next()
	if err != nil {
		return errPDF
	}
	o := pdfObject{value: v}
	d, isDict := v.(pdfDict)
	l.skip()
	if isDict && bytes.HasPrefix(l.b[l.at:], []byte("stream")) {
		size, ok := d["Length"].(pdfNum)
		from := l.at + len("stream")
		if from < len(l.b) && l.b[from] == '\r' {
			from++
		}
		from++ // the end of its line
		if !ok || size < 0 || from > len(l.b) || int(size) > len(l.b)-from {
			return errPDF
		}
		o.stream, l.at = l.b[from:from+int(size)], from+int(size)
		if d["Type"] == pdfSym("XRef") && d["Root"] != nil {
			f.trailer = d
		}
	}
	f.objects[n] = o
	return nil
}

// get follows a reference.
func (f *pdfFile) get(v any) any {
	for range mostDeep {
		r, ok := v.(pdfRef)
		if !ok {
			return v
		}
		v = f.objects[int(r)].value
	}
	return nil
}

func (f *pdfFile) dict(v any) pdfDict {
	d, _ := f.get(v).(pdfDict)
	return d
}

// data is a stream unpacked.
func (f *pdfFile) data(v any) ([]byte, error) {
	r, ok := v.(pdfRef)
	if !ok {
		return nil, errPDF
	}
	o := f.objects[int(r)]
	d, _ := o.value.(pdfDict)
	if d["Filter"] == nil {
		return o.stream, nil
	}
	if d["Filter"] != pdfSym("FlateDecode") {
		return nil, fmt.Errorf("%w: filter %v", errPDF, d["Filter"])
	}
	z, err := zlib.NewReader(bytes.NewReader(o.stream))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, mostPart))
}

// extractPDF reads the text by the tags: the elements in their order, of each the pieces of content that belong to it.
func extractPDF(data []byte) (string, error) {
	f, err := readPDF(data)
	if err != nil {
		return "", err
	}
	root := f.dict(f.trailer["Root"])
	r := &tagReader{f: f, pieces: map[int]map[int]string{}, fonts: map[any]map[uint16]string{}, seen: map[int]bool{}}
	tree := f.dict(root["StructTreeRoot"])
	if tree == nil {
		return "", fmt.Errorf("%w: it is not tagged", errPDF)
	}
	if err := r.kids(tree["K"], 0, false); err != nil {
		return "", err
	}
	return r.out.String(), nil
}

// tagReader walks the tree of elements.
type tagReader struct {
	f      *pdfFile
	out    strings.Builder
	pieces map[int]map[int]string    // by page and number
	fonts  map[any]map[uint16]string // what the codes of a font stand for
	seen   map[int]bool              // elements; a tree has each once
}

// kids goes through what an element holds. What is within an article or a part (a section of an issue) is the work's text.
func (r *tagReader) kids(v any, page int, text bool) error {
	switch k := v.(type) {
	case pdfArr:
		for _, x := range k {
			if err := r.kids(x, page, text); err != nil {
				return err
			}
		}
	case pdfNum:
		return r.piece(page, int(k), text)
	case pdfRef:
		if r.seen[int(k)] {
			return nil
		}
		r.seen[int(k)] = true
		return r.kids(r.f.get(k), page, text)
	case pdfDict:
		if p, ok := k["Pg"].(pdfRef); ok {
			page = int(p)
		}
		if n, ok := k["MCID"].(pdfNum); ok {
			return r.piece(page, int(n), text)
		}
		if k["Type"] == pdfSym("OBJR") {
			return nil
		}
		role := k["S"]
		err := r.kids(k["K"], page, text || role == pdfSym("Art") || role == pdfSym("Part"))
		if name, _ := role.(pdfSym); !Role(name).inline() {
			r.out.WriteByte('\n')
		}
		return err
	}
	return nil
}

// piece writes a piece of a page's content.
func (r *tagReader) piece(page, n int, text bool) error {
	if !text {
		return nil
	}
	if r.pieces[page] == nil {
		if err := r.read(page); err != nil {
			return err
		}
	}
	r.out.WriteString(r.pieces[page][n])
	return nil
}

// read takes the content of a page apart.
func (r *tagReader) read(page int) error {
	pg := r.f.dict(pdfRef(page))
	data, err := r.f.data(pg["Contents"])
	if err != nil {
		return err
	}
	fonts := r.f.dict(r.f.dict(pg["Resources"])["Font"])
	pieces := map[int]string{}
	r.pieces[page] = pieces
	l := &lexer{b: data}
	var args []any
	var open []int // of the marked content that is open; -1 for what belongs to no element
	var font map[uint16]string
	for {
		v, err := l.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		op, ok := v.(pdfWord)
		if !ok {
			args = append(args, v)
			continue
		}
		switch op {
		case "BMC":
			open = append(open, -1)
		case "BDC":
			open = append(open, markOf(args))
		case "EMC":
			open = open[:max(0, len(open)-1)]
		case "Tf":
			if len(args) == 2 {
				name, _ := args[0].(pdfSym)
				if font, err = r.font(fonts[string(name)]); err != nil {
					return err
				}
			}
		case "Tj", "TJ":
			if len(open) > 0 && open[len(open)-1] >= 0 {
				pieces[open[len(open)-1]] += shown(args, font)
			}
		}
		args = args[:0]
	}
}

// markOf is the number of marked content; -1 when it has none.
func markOf(args []any) int {
	if len(args) == 2 {
		if d, ok := args[1].(pdfDict); ok {
			if n, ok := d["MCID"].(pdfNum); ok {
				return int(n)
			}
		}
	}
	return -1
}

// shown is the text of what is shown.
func shown(args []any, font map[uint16]string) string {
	var b strings.Builder
	for _, a := range args {
		switch v := a.(type) {
		case pdfArr:
			b.WriteString(shown(v, font))
		case pdfStr:
			for i := 0; i+1 < len(v); i += 2 {
				b.WriteString(font[uint16(v[i])<<8|uint16(v[i+1])])
			}
		}
	}
	return b.String()
}

// font reads what the codes of a font stand for.
func (r *tagReader) font(v any) (map[uint16]string, error) {
	if m, ok := r.fonts[v]; ok {
		return m, nil
	}
	data, err := r.f.data(r.f.dict(v)["ToUnicode"])
	if err != nil {
		return nil, err
	}
	m := map[uint16]string{}
	l := &lexer{b: data}
	var codes []pdfStr
	in := false
	for {
		v, err := l.next()
		if err != nil {
			break
		}
		switch x := v.(type) {
		case pdfWord:
			in = x == "beginbfchar"
			codes = codes[:0]
		case pdfStr:
			if codes = append(codes, x); in && len(codes) == 2 {
				if len(codes[0]) == 2 {
					m[uint16(codes[0][0])<<8|uint16(codes[0][1])] = utf16Text(codes[1])
				}
				codes = codes[:0]
			}
		}
	}
	r.fonts[v] = m
	return m, nil
}

func utf16Text(s pdfStr) string {
	var units []uint16
	for i := 0; i+1 < len(s); i += 2 {
		units = append(units, uint16(s[i])<<8|uint16(s[i+1]))
	}
	return string(utf16.Decode(units))
}
