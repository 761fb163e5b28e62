package intake

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"tongfa/press"
)

// Package is one item as it was handed in.
type Package struct {
	Item      press.Item        // ExternalID, Kind, IndexNumber, Wants, ReleaseAt, BelongsWith; no ID yet
	Revision  press.Revision    // Title, ShortTitle, Body, Meta, Cover, Images, Attachments; Number and Digest are the ledger's to give
	Approvals []press.Approval  // Step, By, Office, At, Pass, Ground; the digest they speak of is the ledger's to fill in
	Files     map[string][]byte // bytes of every asset by its digest
	Source    string            // path, for messages
	Warnings  []Warning         // what was changed or left out, and what looks wrong
}

// Warning tells the office what was done to its document, without refusing it.
type Warning struct {
	Line    int    // of the document, of a JSON document's body, from 1; 0 when it has no line
	Text    string // Chinese
	Dropped string // the words that were left out, whole; empty when no word was
}

// Rule is the name under which warnings of this room stand among the findings of the gates.
const Rule press.Rule = "intake"

// Finding is the warning in the form that the gates use.
func (w Warning) Finding() press.Finding {
	f := press.Finding{Rule: Rule, Severity: press.Warn, Field: "body", Message: w.Text}
	if w.Line > 0 {
		f.Place = fmt.Sprintf("第%d行", w.Line)
	}
	return f
}

// Limits bound what is taken in. A zero field means the default.
type Limits struct {
	Text       int64 // bytes of a document; 5 MB
	Attachment int64 // bytes of one attachment or picture; 50 MB
	Total      int64 // bytes of all files of a package; 200 MB
	Files      int   // files of a package; 200
	Pixels     int   // of one picture; 40 million
	Nesting    int   // of lists, quotations, elements, JSON; 64
	Notes      int   // footnotes of a document; 1,000
	Note       int   // characters of one; 5,000
}

// Options say how to read what the document leaves open.
type Options struct {
	Location *time.Location    // of times without a zone; nil is Asia/Shanghai
	Meta     map[string]string // keys of the item package from flags; lists are parted by commas; they win over every file
	Channels []string          // configured names; nil takes any
	Steps    []string          // configured sign-offs beside secrecy; nil means first, second, final
	Limits   Limits
	Own      bool // the page was written by Page, and its list markers are kept
}

func (o Options) filled() Options {
	if o.Location == nil {
		o.Location = shanghai()
	}
	if o.Steps == nil {
		o.Steps = []string{string(press.FirstReview), string(press.SecondReview), string(press.FinalReview)}
	}
	fill(&o.Limits.Text, 5<<20)
	fill(&o.Limits.Attachment, 50<<20)
	fill(&o.Limits.Total, 200<<20)
	fill(&o.Limits.Files, 200)
	fill(&o.Limits.Pixels, 40_000_000)
	fill(&o.Limits.Nesting, 64)
	fill(&o.Limits.Notes, 1000)
	fill(&o.Limits.Note, 5000)
	return o
}

// document bounds the bytes of a document by its name: a word processor's holds its pictures too.
func (l Limits) document(name string) int64 {
	if format(name) == "docx" {
		return l.Attachment
	}
	return l.Text
}

func fill[T int | int64](n *T, standard T) {
	if *n <= 0 {
		*n = standard
	}
}

// shanghai needs no time zone database: China has had one zone without summer time since 1991.
func shanghai() *time.Location {
	if l, err := time.LoadLocation("Asia/Shanghai"); err == nil {
		return l
	}
	return time.FixedZone("Asia/Shanghai", 8*60*60)
}

// ReadBytes reads one document whose bytes are at hand. The format is told by the name's extension. The function open
// gives the files that the document names, and NAME.yaml beside it, by their slash-separated path relative to the
// document; it answers fs.ErrNotExist for what is not there. It may be nil when there are no files.
// The error is a *Refusal.
func ReadBytes(name string, data []byte, open func(name string) ([]byte, error), o Options) (Package, error) {
	p, _, err := readDocument(name, path.Base(strings.ReplaceAll(name, "\\", "/")), data, open, o.filled())
	return p, err
}

// readDocument also tells which files the document claims as its own, even when it is refused.
func readDocument(shown, name string, data []byte, open func(string) ([]byte, error), o Options) (Package, []string, error) {
	r := newReading(shown, name, open, o)
	r.document(data)
	r.pkg.Warnings = r.finishedWarnings()
	if err := refusal(r.problems); err != nil {
		return Package{Source: shown}, r.claimed(), err
	}
	return r.pkg, r.claimed(), nil
}

// reading is the work on one document.
type reading struct {
	o        Options
	file     string // shown in messages
	name     string // without folder
	form     string // of the body: txt, md or markdown, and otherwise a page
	open     func(string) ([]byte, error)
	pkg      Package
	problems []Problem
	notes    []note
	loaded   map[string]loadedFile // by cleaned name
	total    int64
	asked    map[string]value // metadata by key, the uppermost layer
	source   string           // characters of the document, for finding lines
	lower    string           // source in lower case, made when first needed
	bodyAt   int              // offset in source at which the body begins
	within   *value           // the JSON value that is the body: its lines are not those of the file
	seen     map[string]int   // where lineOf stopped for each needle
	page     string           // title element of an HTML page
	tooDeep  bool             // reported once
	told     map[rune]bool    // characters of an HTML page that were told with their places before it was parsed
}

func newReading(shown, name string, open func(string) ([]byte, error), o Options) *reading {
	if open == nil {
		open = func(string) ([]byte, error) { return nil, fs.ErrNotExist }
	}
	return &reading{
		o: o, file: shown, name: name, form: format(name), open: open,
		pkg:    Package{Source: shown, Files: map[string][]byte{}},
		loaded: map[string]loadedFile{}, seen: map[string]int{},
	}
}

// format is what the extension says a document is.
func format(name string) string { return strings.TrimPrefix(strings.ToLower(path.Ext(name)), ".") }

// document reads everything; problems gather on the way.
func (r *reading) document(data []byte) {
	if !r.readable() {
		return
	}
	if most := r.o.Limits.document(r.name); int64(len(data)) > most {
		r.refuse(Problem{Text: fmt.Sprintf("稿件有%s，超过上限%s", bytesOf(int64(len(data))), bytesOf(most)), Do: "请把图片和大表格改作附件"})
		return
	}
	if len(data) == 0 {
		r.refuse(Problem{Text: "文件是空的", Do: "请检查是否保存或上传完整"})
		return
	}
	if r.form == "docx" {
		side := r.sideFile()
		if len(r.problems) > 0 {
			return
		}
		r.take(nil, side)
		if r.docxBody(data); len(r.problems) == 0 {
			r.attachments()
			r.finish()
		}
		return
	}
	text, ok := r.characters(data, r.file)
	if !ok {
		return
	}
	r.source = text
	own, body, ok := r.split(text)
	side := r.sideFile()
	if !ok || len(r.problems) > 0 {
		return
	}
	r.take(own, side)
	r.body(body)
	r.attachments()
	r.finish()
}

// readable refuses the formats that this room knows of and does not read, with advice.
func (r *reading) readable() bool {
	switch ext := format(r.name); ext {
	case "md", "markdown", "json", "html", "htm", "txt", "docx":
		return true
	case "docm", "dotx", "dotm":
		r.refuse(Problem{Text: "不能读" + ext + "格式的正文", Do: "请在文字处理软件里另存为不带宏的docx，再提交"})
	case "doc", "wps", "rtf", "odt":
		r.refuse(Problem{Text: "不能读" + ext + "格式的正文", Do: "请在文字处理软件里另存为docx；原文件可以作为附件"})
	case "pdf", "ofd":
		r.refuse(Problem{Text: "不能把" + ext + "版式文件当作正文", Do: "请提交它的原稿（docx、html、md或txt），版式文件可以作为附件"})
	default:
		r.refuse(Problem{Text: "认不出的稿件格式“" + clip(ext) + "”", Do: "可用的格式：docx、md、json、html、txt"})
	}
	return false
}

// sideFile reads NAME.yaml beside the document, if there is one.
func (r *reading) sideFile() []field {
	base := strings.TrimSuffix(r.name, path.Ext(r.name))
	var fields []field
	found := ""
	for _, ext := range []string{".yaml", ".yml"} {
		data, err := r.open(base + ext)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if found != "" {
			r.refuse(Problem{File: r.beside(base + ext), Text: "和" + found + "说的是同一份稿件", Do: "请只留一个"})
			continue
		}
		found = base + ext
		if err != nil {
			r.cannotOpen(Problem{File: r.beside(found)}, "", err)
			continue
		}
		fields = r.sideFields(r.beside(found), data)
	}
	return fields
}

func (r *reading) sideFields(file string, data []byte) []field {
	if len(data) > maxYAML {
		r.refuse(Problem{File: file, Text: fmt.Sprintf("说明文件有%s，超过上限%s", bytesOf(int64(len(data))), bytesOf(maxYAML)), Do: "请只写说明信息，正文写在稿件里"})
		return nil
	}
	text, ok := r.characters(data, file)
	if !ok {
		return nil
	}
	v, ps := readYAML(file, text, 0, r.o.Limits.Nesting)
	r.refuse(ps...)
	return v.fields
}

// beside shows another file the way the document is shown.
func (r *reading) beside(name string) string {
	if dir := strings.TrimSuffix(r.file, r.name); dir != r.file {
		return dir + name
	}
	return name
}

// refuse adds problems; those without a file are in the document.
func (r *reading) refuse(ps ...Problem) {
	for _, p := range ps {
		if p.File == "" {
			p.File = r.file
		}
		if r.within != nil && p.Field == "body" && p.Line > 0 {
			p.Text = fmt.Sprintf("正文第%d行", p.Line) + p.Text
			p.Line, p.Column = r.within.line, r.within.col
		}
		if !slices.Contains(r.problems, p) && len(r.problems) < maxProblems {
			r.problems = append(r.problems, p)
		}
	}
}

// maxProblems keeps a hostile document from making a message without end.
const maxProblems = 200

// at is a problem at the place of a value.
func (r *reading) at(v value, fieldName, text, do string) {
	p := v.place(fieldName)
	p.Text, p.Do = text, do
	r.refuse(p)
}

// cannotOpen is a problem at p: with the file there, or with the named file that is asked for there.
func (r *reading) cannotOpen(p Problem, name string, err error) {
	var t *fileTrouble
	switch {
	case errors.As(err, &t):
		p.Text, p.Do = t.text, t.do
	case errors.Is(err, fs.ErrNotExist):
		p.Text, p.Do = "找不到文件", "请检查名称，并把它和稿件放在同一个文件夹里提交"
	default:
		p.Text, p.Do = "打不开文件", "请检查文件是否完整、是否有权限读取"
	}
	if name != "" {
		p.Text += "：“" + clip(name) + "”"
	}
	r.refuse(p)
}

// note is a warning that gathers the lines of its like.
type note struct {
	Warning
	lines []int
	count int
}

// warn notes something; the same words at several places become one warning that names the places.
func (r *reading) warn(line int, text string) {
	for i := range r.notes {
		if n := &r.notes[i]; n.Text == text && n.Dropped == "" {
			n.count++
			if line > 0 && len(n.lines) < 10 && !slices.Contains(n.lines, line) {
				n.lines = append(n.lines, line)
			}
			return
		}
	}
	n := note{Warning: Warning{Line: line, Text: text}, count: 1}
	if line > 0 {
		n.lines = []int{line}
	}
	r.notes = append(r.notes, n)
}

// drop notes words that were left out.
func (r *reading) drop(line int, text, words string) {
	words = r.clean(words, origin{field: "body"})
	if strings.TrimSpace(words) == "" {
		r.warn(line, text)
		return
	}
	r.notes = append(r.notes, note{Warning: Warning{Line: line, Text: text + "：“" + clip(words) + "”", Dropped: words}, count: 1})
}

func (r *reading) finishedWarnings() []Warning {
	var out []Warning
	for _, n := range r.notes {
		if n.count > 1 {
			n.Text += fmt.Sprintf("（共%d处", n.count)
			for i, l := range n.lines {
				n.Text += map[bool]string{true: "：第", false: "、"}[i == 0] + fmt.Sprint(l)
			}
			if len(n.lines) > 0 {
				n.Text += "行"
			}
			n.Text += "）"
		}
		out = append(out, n.Warning)
	}
	return out
}

// lineOf finds the line of the next occurrence of an ASCII needle in the document, ignoring case; 0 if there is none.
func (r *reading) lineOf(needle string) int {
	if r.lower == "" {
		r.lower = asciiLower(r.source)
	}
	needle = asciiLower(needle)
	from := max(r.seen[needle], r.bodyAt)
	i := strings.Index(r.lower[from:], needle)
	if i < 0 || needle == "" {
		return 0
	}
	r.seen[needle] = from + i + len(needle)
	return 1 + strings.Count(r.lower[:from+i], "\n")
}

// lastLineOf finds the line of the last occurrence of an ASCII needle in the document; 0 if there is none.
func (r *reading) lastLineOf(needle string) int {
	i := strings.LastIndex(asciiLower(r.source), needle)
	if i < r.bodyAt {
		return 0
	}
	return 1 + strings.Count(r.source[:i], "\n")
}

// asciiLower keeps every byte in its place, which strings.ToLower does not.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func bytesOf(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d KB", (n+1023)/1024)
}
