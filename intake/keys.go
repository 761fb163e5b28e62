package intake

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tongfa/press"
)

// key is one key of the item package and how its value is taken.
type key struct {
	name string
	list bool // a flag gives it parted by commas
	take func(r *reading, name string, v value)
}

// keys are all keys, in the order in which a message lists them.
func keys() []key {
	return []key{
		{"external_id", false, line(func(p *Package) *string { return &p.Item.ExternalID })},
		{"kind", false, (*reading).takeKind},
		{"title", false, line(func(p *Package) *string { return &p.Revision.Title })},
		{"short_title", false, line(func(p *Package) *string { return &p.Revision.ShortTitle })},
		{"index_number", false, line(func(p *Package) *string { return &p.Item.IndexNumber })},
		{"doc_number", false, line(func(p *Package) *string { return &p.Revision.Meta.DocNumber })},
		{"reg_number", false, line(func(p *Package) *string { return &p.Revision.Meta.RegNumber })},
		{"issuer", false, line(func(p *Package) *string { return &p.Revision.Meta.Issuer })},
		{"source", false, line(func(p *Package) *string { return &p.Revision.Meta.Source })},
		{"author", false, line(func(p *Package) *string { return &p.Revision.Meta.Author })},
		{"formed_on", false, date(func(p *Package) *press.Date { return &p.Revision.Meta.FormedOn })},
		{"approved_on", false, date(func(p *Package) *press.Date { return &p.Revision.Meta.ApprovedOn })},
		{"theme", false, line(func(p *Package) *string { return &p.Revision.Meta.Theme })},
		{"genre", false, line(func(p *Package) *string { return &p.Revision.Meta.Genre })},
		{"validity", false, (*reading).takeValidity},
		{"disclosure", false, (*reading).takeDisclosure},
		{"disclosure_ground", false, line(func(p *Package) *string { return &p.Revision.Meta.DisclosureGround })},
		{"column", false, line(func(p *Package) *string { return &p.Revision.Meta.Column })},
		{"channels", true, (*reading).takeChannels},
		{"release_at", false, func(r *reading, name string, v value) { r.pkg.Item.ReleaseAt = r.instant(name, v) }},
		{"belongs_with", true, func(r *reading, name string, v value) { r.pkg.Item.BelongsWith = r.lines(name, v) }},
		{"relations", true, (*reading).takeRelations},
		{"summary", false, (*reading).takeSummary},
		{"keywords", true, func(r *reading, name string, v value) { r.pkg.Revision.Meta.Keywords = r.lines(name, v) }},
		{"cover", false, (*reading).checkName},
		{"attachments", true, func(r *reading, name string, v value) { r.lines(name, v) }},
		{"approvals", true, (*reading).takeApprovals},
	}
}

func keyNames() []string {
	var names []string
	for _, k := range keys() {
		names = append(names, k.name)
	}
	return names
}

// split parts a document into its own metadata and its body. It is not ok when the metadata cannot be read at all.
func (r *reading) split(text string) (own []field, body string, ok bool) {
	switch format(r.name) {
	case "md", "markdown":
		return r.frontMatter(text)
	case "json":
		return r.jsonParts(text)
	}
	return nil, text, true
}

func (r *reading) frontMatter(text string) (own []field, body string, ok bool) {
	first, rest, _ := strings.Cut(text, "\n")
	if strings.TrimRight(first, " ") != "---" {
		return nil, text, true
	}
	from := len(text) - len(rest)
	at := from
	for lines := 1; at < len(text); lines++ {
		l, after, _ := strings.Cut(text[at:], "\n")
		next := len(text) - len(after)
		if end := strings.TrimRight(l, " "); end == "---" || end == "..." {
			if at-from > maxYAML {
				break
			}
			v, ps := readYAML(r.file, text[from:at], 1, r.o.Limits.Nesting)
			r.refuse(ps...)
			r.bodyAt = next
			return v.fields, text[next:], len(ps) == 0
		}
		at = next
	}
	r.refuse(Problem{Line: 1, Text: "开头的---说明信息没有结束，或超过64 KB", Do: "请在说明信息之后单独写一行---"})
	return nil, "", false
}

func (r *reading) jsonParts(text string) (own []field, body string, ok bool) {
	v, ps := readJSON(r.file, text, r.o.Limits.Nesting)
	if r.refuse(ps...); len(ps) > 0 {
		return nil, "", false
	}
	found := map[string]bool{}
	var within *value
	r.form = "markdown"
	for _, f := range v.fields {
		if f.key != "body" && f.key != "body_format" {
			own = append(own, f)
			continue
		}
		if found[f.key] {
			r.at(f.keyPlace(v.file), f.key, "重复的键", "请只留一个")
		}
		found[f.key] = true
		switch {
		case f.value.shape != words:
			r.at(f.value, f.key, "应当是文字，现在是"+f.value.name(), "请把它写成一段加引号的文字")
		case f.key == "body":
			body, within = f.value.text, &f.value
		case f.value.text != "markdown" && f.value.text != "html":
			r.at(f.value, f.key, "“"+clip(f.value.text)+"”不是可用的值", "可用的值：markdown、html")
		default:
			r.form = f.value.text
		}
	}
	if !found["body"] {
		r.refuse(Problem{Line: v.line, Column: v.col, Field: "body", Text: "没有正文", Do: "请用键body给出正文，用body_format说明是markdown还是html"})
	}
	r.source, r.within = newlines(body), within
	return own, r.source, true
}

// keyPlace is the place of the key itself.
func (f field) keyPlace(file string) value { return value{file: file, line: f.line, col: f.col} }

// take lays the layers over each other and reads every key once. What is wrong in a lower layer is reported even where a
// higher one hides it.
func (r *reading) take(own, side []field) {
	r.asked = map[string]value{}
	for _, layer := range [][]field{own, side, r.flags()} {
		first := map[string]int{}
		for _, f := range layer {
			if line, again := first[f.key]; again {
				r.at(f.keyPlace(f.value.file), f.key, fmt.Sprintf("重复的键，第%d行已经写过", line), "请只留一个")
				continue
			}
			first[f.key] = f.line
			if !slices.Contains(keyNames(), f.key) {
				r.at(f.keyPlace(f.value.file), "", "不认识的键“"+clip(f.key)+"”", near(f.key)+"可用的键："+strings.Join(keyNames(), "、"))
				continue
			}
			if f.value.shape != absent {
				r.asked[f.key] = f.value
			}
		}
	}
	for _, k := range keys() {
		if v, ok := r.asked[k.name]; ok {
			k.take(r, k.name, v)
		}
	}
	if _, ok := r.asked["kind"]; !ok {
		r.refuse(Problem{Field: "kind", Text: "没有写明稿件种类", Do: "可用的值：" + kindNames()})
	}
}

// flags makes the values of Options.Meta look like those of a file.
func (r *reading) flags() []field {
	var fs []field
	for _, k := range keys() {
		text, ok := r.o.Meta[k.name]
		if !ok {
			continue
		}
		if k.name == "approvals" {
			r.refuse(Problem{File: flagsName, Field: k.name, Text: "审签记录不能用参数给出", Do: "请写在稿件或它的说明文件里"})
			continue
		}
		v := value{shape: words, text: text, file: flagsName}
		if k.list {
			v = flagList(k.name, text)
		}
		fs = append(fs, field{key: k.name, value: v})
	}
	unknown := []string{}
	for name := range r.o.Meta {
		if !slices.Contains(keyNames(), name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		fs = append(fs, field{key: name, value: value{shape: words, file: flagsName}})
	}
	return fs
}

// flagsName stands where a file name would, for values that came as flags or from a form.
const flagsName = "参数"

func flagList(name, text string) value {
	v := value{shape: list, file: flagsName}
	if name == "relations" {
		v.shape = table
	}
	for _, e := range strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == '，' }) {
		e = strings.TrimSpace(e)
		if name != "relations" {
			v.list = append(v.list, value{shape: words, text: e, file: flagsName})
			continue
		}
		k, to, _ := strings.Cut(e, "=")
		v.fields = append(v.fields, field{key: strings.TrimSpace(k), value: value{shape: words, text: strings.TrimSpace(to), file: flagsName}})
	}
	return v
}

// near proposes the key that was probably meant.
func near(written string) string {
	best, least := "", 3
	for _, name := range keyNames() {
		if d := distance(strings.ToLower(written), name); d < least {
			best, least = name, d
		}
	}
	if best == "" {
		return ""
	}
	return "是不是想写" + best + "？"
}

// distance is Levenshtein's, on bytes; long words are far from everything.
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
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// maxLine bounds a value of one line, maxSummary the summary, in characters. Channels have their own, lower limits.
const (
	maxLine    = 1000
	maxSummary = 5000
)

// line makes the taker of a text of one line.
func line(into func(*Package) *string) func(*reading, string, value) {
	return func(r *reading, name string, v value) { *into(&r.pkg), _ = r.words(name, v) }
}

func date(into func(*Package) *press.Date) func(*reading, string, value) {
	return func(r *reading, name string, v value) {
		text, ok := r.words(name, v)
		if !ok || text == "" {
			return
		}
		var d press.Date
		if d.UnmarshalText([]byte(text)) != nil {
			r.at(v, name, "日期“"+clip(text)+"”写得不对，或者这一天不存在", "请写成2026-11-20的样子")
			return
		}
		*into(&r.pkg) = d
	}
}

// words reads a text of one line, cleaned.
func (r *reading) words(name string, v value) (string, bool) {
	text, ok := r.text(name, v, maxLine)
	if ok && strings.Contains(text, "\n") {
		r.at(v, name, "不能换行", "请写成一行")
		return "", false
	}
	return text, ok
}

func (r *reading) text(name string, v value, most int) (string, bool) {
	if v.shape == figure {
		r.at(v, name, "应当是文字，现在是"+v.name(), "请加上引号，例如 \""+clip(v.text)+"\"")
		return "", false
	}
	if v.shape != words {
		r.at(v, name, "应当是文字，现在是"+v.name(), "请只写一项文字")
		return "", false
	}
	text := strings.TrimSpace(r.clean(newlines(v.text), origin{file: v.file, line: v.line, field: name}))
	if n := len([]rune(text)); n > most {
		r.at(v, name, fmt.Sprintf("有%d字，超过上限%d字", n, most), "请缩短")
		return "", false
	}
	return text, true
}

// lines reads one text or a list of texts, none of them empty or twice.
func (r *reading) lines(name string, v value) []string {
	vs := v.list
	if v.shape != list {
		vs = []value{v}
	}
	var out []string
	for _, e := range vs {
		text, ok := r.words(name, e)
		switch {
		case !ok:
		case text == "":
			r.at(e, name, "有一项是空的", "请删去或填写")
		case slices.Contains(out, text):
			r.at(e, name, "“"+clip(text)+"”写了两次", "请只留一个")
		default:
			out = append(out, text)
		}
	}
	return out
}

// oneOf reads a value out of a closed list.
func (r *reading) oneOf(name string, v value, allowed []string) string {
	text, ok := r.words(name, v)
	if !ok {
		return ""
	}
	if !slices.Contains(allowed, text) {
		r.at(v, name, "“"+clip(text)+"”不是可用的值", "可用的值："+strings.Join(allowed, "、"))
		return ""
	}
	return text
}

func kindNames() string {
	var b []string
	for _, k := range press.Kinds() {
		b = append(b, string(k.Kind)+"（"+k.Name+"）")
	}
	return strings.Join(b, "、")
}

func (r *reading) takeKind(name string, v value) {
	text, ok := r.words(name, v)
	if !ok {
		return
	}
	if !press.Kind(text).Valid() {
		r.at(v, name, "“"+clip(text)+"”不是可用的种类", "可用的值："+kindNames())
		return
	}
	r.pkg.Item.Kind = press.Kind(text)
}

func (r *reading) takeValidity(name string, v value) {
	r.pkg.Revision.Meta.Validity = press.Validity(r.oneOf(name, v,
		[]string{string(press.InForce), string(press.Expired), string(press.Repealed), string(press.Amended)}))
}

func (r *reading) takeDisclosure(name string, v value) {
	r.pkg.Revision.Meta.Disclosure = press.Disclosure(r.oneOf(name, v,
		[]string{string(press.Proactive), string(press.OnRequest), string(press.Withheld)}))
}

func (r *reading) takeSummary(name string, v value) {
	r.pkg.Revision.Meta.Summary, _ = r.text(name, v, maxSummary)
}

func (r *reading) checkName(name string, v value) { r.words(name, v) }

// instantLayouts are the ways to write an instant; those without a zone are in the office's.
func instantLayouts() []string {
	return []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z07:00",
		"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"}
}

func (r *reading) instant(name string, v value) time.Time {
	text, ok := r.words(name, v)
	if !ok {
		return time.Time{}
	}
	for _, layout := range instantLayouts() {
		if t, err := time.ParseInLocation(layout, text, r.o.Location); err == nil && t.Year() >= 1 {
			return t.UTC()
		}
	}
	r.at(v, name, "时间“"+clip(text)+"”写得不对，或者这个时间不存在", "请写成2026-11-23T18:00:00+08:00的样子，要有日期和时刻")
	return time.Time{}
}
