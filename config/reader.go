package config

import (
	"fmt"
	"math"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
)

// value is a node of the tree with the path by which a person finds it.
type value struct {
	r    *reader
	node ast.Node
	key  string
}

func (v value) fail(format string, args ...any) { v.r.fail(placeOf(v.node), v.key, format, args...) }

func (v value) missing(format string, args ...any) {
	v.r.gone = append(v.r.gone, v.r.problem(placeOf(v.node), v.key, format, args...))
}

// child is a value inside v under name; the top of the file has no path of its own.
func (v value) child(node ast.Node, name string) value {
	if v.key != "" {
		name = v.key + "." + name
	}
	return value{v.r, node, name}
}

// wrong says that v should have been something else.
func (v value) wrong(want string) { v.fail("应当是%s，这里是%s", want, describeNode(v.node)) }

// table is a mapping whose keys are known.
type table struct {
	value
	fields map[string]value
	keys   []entry // in the order of the file
}

type entry struct {
	name string
	key  value // stands where the key stands
	val  value
}

// open reads v as a mapping and refuses every key that is not allowed, and every key that stands twice. It returns nil when v
// is no mapping. Without allowed keys every key is taken: the names are the operator's own.
func (v value) open(allowed ...string) *table {
	m, ok := v.node.(*ast.MappingNode)
	if !ok {
		v.wrong("一组“键: 值”" + listed(allowed))
		return nil
	}
	t := &table{value: v, fields: map[string]value{}}
	for _, kv := range m.Values {
		name := kv.Key.GetToken().Value
		key := v.child(kv.Key, name)
		switch first, twice := t.fields[name]; {
		case len(allowed) > 0 && !slices.Contains(allowed, name):
			key.fail("不认识的键%s%s%s", show(name), nearest(name, allowed), listed(allowed))
			continue
		case twice:
			key.fail("这个键写了两次，第 %d 行已经有了，请删去一个", placeOf(first.node).line)
			continue
		}
		val := v.child(kv.Value, name)
		t.fields[name] = val
		t.keys = append(t.keys, entry{name, key, val})
		v.r.at[val.key], v.r.at["@"+val.key] = placeOf(kv.Value), placeOf(kv.Key)
	}
	return t
}

func listed(allowed []string) string {
	if len(allowed) == 0 {
		return ""
	}
	return "，可以写：" + strings.Join(allowed, " ")
}

// get finds a key with a value. A key with nothing behind it is refused: it might mean the default, or a slip.
func (t *table) get(name string) (value, bool) {
	v, ok := t.fields[name]
	if !ok {
		return v, false
	}
	if _, null := v.node.(*ast.NullNode); null {
		t.r.fail(t.place(name), v.key, "只有键，没有值。写上值；要用默认值就删去这一行")
		return v, false
	}
	return v, true
}

// place is where the key itself stands.
func (t *table) place(name string) place {
	for _, e := range t.keys {
		if e.name == name {
			return placeOf(e.key.node)
		}
	}
	return placeOf(t.node)
}

// need complains when a key is absent that has no default.
func (t *table) need(name, why string) {
	if _, ok := t.fields[name]; ok {
		return
	}
	key := t.child(nil, name).key
	at, known := t.r.at["@"+t.key]
	if !known {
		at = placeOf(t.node)
	}
	t.r.fail(at, key, "缺少 %s：%s", name, why)
}

// textMost is the length in characters of the longest text a key may have.
const textMost = 300

func (v value) text() (string, bool) {
	var s string
	switch n := v.node.(type) {
	case *ast.StringNode:
		s = n.Value
	case *ast.LiteralNode:
		s = strings.TrimRight(n.Value.Value, "\n")
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		v.fail("应当是文字，请加引号：%q", n.GetToken().Value)
		return "", false
	default:
		v.wrong("文字")
		return "", false
	}
	switch {
	case strings.TrimSpace(s) == "":
		v.fail("内容是空的。写上内容；不用这一项就删去这一行")
	case strings.TrimSpace(s) != s:
		v.fail("%s的前后有空格，请去掉", show(s))
	case strings.ContainsFunc(s, unicode.IsControl):
		v.fail("%s里有换行、制表符或者不可见的字符，请写在一行里", show(s))
	case utf8.RuneCountInString(s) > textMost:
		v.fail("%s太长，最多 %d 个字", show(s), textMost)
	default:
		return s, true
	}
	return "", false
}

func (t *table) text(key string, dst *string) bool {
	v, ok := t.get(key)
	if !ok {
		return false
	}
	s, ok := v.text()
	if ok {
		*dst = s
	}
	return ok
}

// match reads a text of a fixed form.
func (t *table) match(key string, dst *string, form *regexp.Regexp, want string) {
	var s string
	if !t.text(key, &s) {
		return
	}
	if !form.MatchString(s) {
		t.fields[key].fail("%s不对，应当是%s", show(s), want)
		return
	}
	*dst = s
}

func (t *table) choice(key string, dst *string, allowed ...string) {
	v, ok := t.get(key)
	if !ok {
		return
	}
	s, isText := v.node.(*ast.StringNode)
	if !isText {
		v.wrong("这几个词之一：" + strings.Join(allowed, " "))
		return
	}
	if !slices.Contains(allowed, s.Value) {
		v.fail("%s不能用%s%s", show(s.Value), nearest(s.Value, allowed), listed(allowed))
		return
	}
	*dst = s.Value
}

func (t *table) boolean(key string, dst *bool) {
	v, ok := t.get(key)
	if !ok {
		return
	}
	b, ok := v.node.(*ast.BoolNode)
	if !ok {
		v.wrong(" true 或者 false")
		return
	}
	*dst = b.Value
}

func (t *table) integer(key string, dst *int, least, most int) {
	v, ok := t.get(key)
	if !ok {
		return
	}
	if n, ok := v.integer(least, most); ok {
		*dst = n
	}
}

func (v value) integer(least, most int) (int, bool) {
	want := fmt.Sprintf(" %d 到 %d 之间的整数", least, most)
	if _, ok := v.node.(*ast.IntegerNode); !ok {
		v.wrong(want)
		return 0, false
	}
	n, err := strconv.Atoi(v.node.GetToken().Value)
	if err != nil || n < least || n > most {
		v.fail("%s不对，应当是%s", show(v.node.GetToken().Value), want)
		return 0, false
	}
	return n, true
}

// duration reads a length of time between two bounds, both allowed.
func (t *table) duration(key string, dst *time.Duration, least, most time.Duration) {
	v, ok := t.get(key)
	if !ok {
		return
	}
	if d, ok := v.duration(least, most); ok {
		*dst = d
	}
}

func (v value) duration(least, most time.Duration) (time.Duration, bool) {
	const form = "时长，例如 30s、10m、24h、7d、1h30m"
	s, ok := v.node.(*ast.StringNode)
	if !ok {
		if _, number := v.node.(*ast.IntegerNode); number {
			v.fail("%s缺少单位，应当是%s", show(v.node.GetToken().Value), form)
		} else {
			v.wrong(form)
		}
		return 0, false
	}
	d, ok := parseDuration(s.Value)
	switch {
	case !ok:
		v.fail("%s不是%s", show(s.Value), form)
	case d < least || d > most:
		v.fail("%s超出范围，应当在 %s 到 %s 之间", show(s.Value), short(least), short(most))
	default:
		return d, true
	}
	return 0, false
}

const day = 24 * time.Hour

var dayForm = regexp.MustCompile(`^([0-9]{1,6})d`)

// parseDuration reads Go's form of a duration with days in front: 7d, 1d12h. Signs are refused.
func parseDuration(s string) (time.Duration, bool) {
	var days time.Duration
	rest := s
	if m := dayForm.FindStringSubmatch(s); m != nil {
		n, _ := strconv.Atoi(m[1])
		if n > 36500 {
			return 0, false
		}
		days, rest = time.Duration(n)*day, s[len(m[0]):]
		if rest == "" {
			return days, true
		}
	}
	d, err := time.ParseDuration(rest)
	if err != nil || strings.ContainsAny(rest, "+-") || d > math.MaxInt64-days {
		return 0, false
	}
	return days + d, true
}

// short writes a duration as an operator would.
func short(d time.Duration) string {
	if d >= day && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	s := d.String()
	s = strings.TrimSuffix(s, "m0s") + map[bool]string{true: "m"}[strings.HasSuffix(s, "m0s")]
	return strings.TrimSuffix(s, "h0m") + map[bool]string{true: "h"}[strings.HasSuffix(s, "h0m")]
}

// list reads a list, or a single value as a list of one, and returns its elements.
func (t *table) list(key string) ([]value, bool) {
	v, ok := t.get(key)
	if !ok {
		return nil, false
	}
	seq, ok := v.node.(*ast.SequenceNode)
	if !ok {
		if _, m := v.node.(*ast.MappingNode); m {
			v.wrong("列表")
			return nil, false
		}
		return []value{v}, true
	}
	out := make([]value, len(seq.Values))
	for i, n := range seq.Values {
		out[i] = value{v.r, n, fmt.Sprintf("%s[%d]", v.key, i)}
	}
	return out, true
}

// texts reads a list of texts, none of them twice.
func (t *table) texts(key string, each func(v value, s string)) bool {
	vs, ok := t.list(key)
	seen := map[string]bool{}
	for _, v := range vs {
		s, fine := v.text()
		switch {
		case !fine:
		case seen[s]:
			v.fail("%s在这个列表里写了两次", show(s))
		default:
			seen[s] = true
			each(v, s)
		}
	}
	return ok
}

func (t *table) durations(key string, dst *[]time.Duration, least, most time.Duration) {
	vs, ok := t.list(key)
	if !ok {
		return
	}
	if len(vs) == 0 {
		t.fields[key].fail("列表是空的，至少写一个时长；要用默认值就删去这一行")
		return
	}
	*dst = nil
	for _, v := range vs {
		if d, ok := v.duration(least, most); ok {
			*dst = append(*dst, d)
		}
	}
}

// path reads a path of the file system and makes it absolute.
func (t *table) path(key string, dst *string) {
	var s string
	if t.text(key, &s) {
		*dst = t.r.absolute(s)
	}
}

func (r *reader) absolute(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(r.dir, path)
}

var sizeForm = regexp.MustCompile(`^([0-9]{1,9}) ?(KB|MB|GB)$`)

// size reads a number of bytes with a unit; the units are powers of 1024.
func (t *table) size(key string, dst *int64, least, most int64) {
	v, ok := t.get(key)
	if !ok {
		return
	}
	const form = "带单位的大小，例如 500KB、50MB、1GB"
	s, ok := v.node.(*ast.StringNode)
	if !ok {
		v.wrong(form)
		return
	}
	m := sizeForm.FindStringSubmatch(s.Value)
	if m == nil {
		v.fail("%s不是%s", show(s.Value), form)
		return
	}
	n, _ := strconv.ParseInt(m[1], 10, 64)
	n *= map[string]int64{"KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}[m[2]]
	if n < least || n > most {
		v.fail("%s超出范围，应当在 %dKB 到 %dGB 之间", show(s.Value), least>>10, most>>30)
		return
	}
	*dst = n
}

// prefix reads a network: a CIDR, or an address standing for itself.
func (v value) prefix(s string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		v.fail("%s不是网段或地址，例如 127.0.0.0/8、10.1.2.0/24、10.1.2.3", show(s))
	case p.Masked() != p:
		v.fail("%s的主机位不是零，是不是 %s？", show(s), p.Masked())
	case p.Bits() == 0:
		v.fail("%s包含了所有地址，等于没有限制，请写出具体的网段", show(s))
	default:
		return p, true
	}
	return netip.Prefix{}, false
}

// nearest guesses what was meant.
func nearest(word string, allowed []string) string {
	best, least := "", 3
	for _, a := range allowed {
		if d := distance(strings.ToLower(word), a); d < least && d < len(a) {
			best, least = a, d
		}
	}
	if best == "" {
		return ""
	}
	return "（是不是 " + best + "？）"
}

// distance is the number of characters to insert, delete or replace; words far longer than any key are not compared.
func distance(a, b string) int {
	if len(a) > 40 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// describeNode says what was found; the text of a scalar is quoted.
func describeNode(n ast.Node) string {
	switch n := n.(type) {
	case *ast.MappingNode:
		return "一组“键: 值”"
	case *ast.SequenceNode:
		return "列表"
	case *ast.NullNode:
		return "空值"
	case *ast.BoolNode:
		return "是非值" + show(n.GetToken().Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "数字" + show(n.GetToken().Value)
	case *ast.StringNode:
		return "文字" + show(n.Value)
	case *ast.LiteralNode:
		return "多行文字"
	}
	return "别的内容"
}

// placeOf is where a node begins: a mapping at its first key, a list at its first mark.
func placeOf(n ast.Node) place {
	switch m := n.(type) {
	case nil:
		return place{}
	case *ast.MappingNode:
		if !m.IsFlowStyle && len(m.Values) > 0 {
			return placeOf(m.Values[0].Key)
		}
	}
	t := n.GetToken()
	if t == nil || t.Position == nil {
		return place{}
	}
	return place{t.Position.Line, t.Position.Column}
}
