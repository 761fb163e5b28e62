package desk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"
)

// mostDepth bounds how deep the order of a move may be nested.
const mostDepth = 16

// order reads what a move is asked with, a JSON object, strictly: a key that is not known, or stands twice, is a slip that would otherwise be
// taken for a word. Nothing sent means the empty object. It answers what cannot be taken, and reports whether all is well.
func (d *desk) order(w http.ResponseWriter, r *http.Request, dst any) bool {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		d.unread(w, r, err)
		return false
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return true
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		d.wrongType(w, r, "application/json")
		return false
	}
	if p := strictly(body, dst); p != nil {
		status, code := http.StatusBadRequest, "bad_json"
		if p.Field != "" {
			status, code = http.StatusUnprocessableEntity, "invalid"
		}
		d.problem(w, r, apiProblem{Status: status, Code: code, Errors: []fieldProblem{*p}})
		return false
	}
	return true
}

// unread answers a body that is too large, or did not come to its end.
func (d *desk) unread(w http.ResponseWriter, r *http.Request, err error) {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		d.problem(w, r, apiProblem{Status: http.StatusRequestEntityTooLarge, Code: "too_large", Detail: fmt.Sprintf("这个地址最多收%d KB", large.Limit>>10)})
		return
	}
	d.problem(w, r, apiProblem{Status: http.StatusBadRequest, Code: "broken_off"})
}

func (d *desk) wrongType(w http.ResponseWriter, r *http.Request, accept string) {
	w.Header().Set("Accept-Post", accept)
	d.problem(w, r, apiProblem{Status: http.StatusUnsupportedMediaType, Code: "media_type", Detail: "可以用：" + accept})
}

// strictly reads JSON into a struct, or says in words what is wrong with it and where.
func strictly(body []byte, dst any) *fieldProblem {
	at := func(offset int64, field, message string) *fieldProblem {
		line, column := placeIn(body, offset)
		return &fieldProblem{Field: field, Line: line, Column: column, Message: message}
	}
	if i := badUTF8(body); i >= 0 {
		return at(int64(i), "", "这里不是UTF-8的文字")
	}
	if p := checkKeys(body, dst, at); p != nil {
		return p
	}
	err := json.Unmarshal(body, dst)
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return at(kind.Offset, kind.Field, "应当是"+typeName(kind.Type)+"，现在是"+jsonName(kind.Value))
	}
	if err != nil { // of a type that reads itself, such as a time
		return at(0, "", "有一项的写法不对：时间要写成 2026-12-01T09:00:00+08:00")
	}
	return nil
}

func badUTF8(b []byte) int {
	for i := 0; i < len(b); {
		c, n := utf8.DecodeRune(b[i:])
		if c == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// placeIn is the line and the column of an offset.
func placeIn(body []byte, offset int64) (line, column int) {
	before := body[:min(max(offset, 0), int64(len(body)))]
	line = bytes.Count(before, []byte("\n")) + 1
	return line, utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
}

func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "文字"
	case reflect.Bool:
		return "true或者false"
	case reflect.Int, reflect.Int64:
		return "整数"
	case reflect.Slice:
		return "列表"
	}
	return "一组键值"
}

func jsonName(s string) string {
	kind, _, _ := strings.Cut(s, " ")
	if name, ok := map[string]string{"string": "文字", "number": "数字", "bool": "true或者false", "array": "列表", "object": "一组键值"}[kind]; ok {
		return name
	}
	return "别的"
}

// checkKeys goes through the tokens: one object, every key known at the top and only once anywhere, not too deep, nothing after it.
func checkKeys(body []byte, dst any, at func(int64, string, string) *fieldProblem) *fieldProblem {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	k := keyCheck{dec: dec, at: at, known: keysOf(dst)}
	t, err := dec.Token()
	if err != nil {
		return k.broken(err)
	}
	if t != json.Delim('{') {
		return at(0, "", "最外层应当是一个对象{ }")
	}
	if p := k.object("", 1); p != nil {
		return p
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return at(dec.InputOffset(), "", "对象后面还有多余的内容")
	}
	return nil
}

// keysOf are the keys of a struct.
func keysOf(dst any) []string {
	t := reflect.TypeOf(dst).Elem()
	var out []string
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		out = append(out, name)
	}
	return out
}

type keyCheck struct {
	dec   *json.Decoder
	at    func(int64, string, string) *fieldProblem
	known []string
}

func (k *keyCheck) broken(err error) *fieldProblem {
	var s *json.SyntaxError
	switch {
	case errors.As(err, &s):
		return k.at(s.Offset-1, "", "写法有误，请检查这里的引号、逗号和括号")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return k.at(k.dec.InputOffset(), "", "到这里突然结束，内容不完整")
	}
	return k.at(k.dec.InputOffset(), "", "写法有误")
}

func (k *keyCheck) object(path string, depth int) *fieldProblem {
	if depth > mostDepth {
		return k.at(k.dec.InputOffset(), path, fmt.Sprintf("嵌套超过%d层", mostDepth))
	}
	seen := map[string]bool{}
	for k.dec.More() {
		t, err := k.dec.Token()
		if err != nil {
			return k.broken(err)
		}
		name, _ := t.(string)
		place := k.dec.InputOffset() - int64(len(name)) - 2
		field := strings.TrimPrefix(path+"."+name, ".")
		switch {
		case seen[name]:
			return k.at(place, clipped(field), "这个键写了两次")
		case depth == 1 && !contains(k.known, name):
			return k.at(place, clipped(field), "不认识的键，可以写："+strings.Join(k.known, " "))
		}
		seen[name] = true
		if p := k.value(field, depth); p != nil {
			return p
		}
	}
	if _, err := k.dec.Token(); err != nil {
		return k.broken(err)
	}
	return nil
}

func (k *keyCheck) value(path string, depth int) *fieldProblem {
	t, err := k.dec.Token()
	if err != nil {
		return k.broken(err)
	}
	switch t {
	case json.Delim('{'):
		return k.object(path, depth+1)
	case json.Delim('['):
		if depth+1 > mostDepth {
			return k.at(k.dec.InputOffset(), clipped(path), fmt.Sprintf("嵌套超过%d层", mostDepth))
		}
		for k.dec.More() {
			if p := k.value(path, depth+1); p != nil {
				return p
			}
		}
		if _, err := k.dec.Token(); err != nil {
			return k.broken(err)
		}
	}
	return nil
}

// contains compares exactly: encoding/json would take a key in other letters for the same.
func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// clipped keeps what was sent from making an answer long.
func clipped(s string) string { return shortened(s, 60) }
