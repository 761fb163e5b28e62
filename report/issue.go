package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"tongfa/press"
	"tongfa/typeset"
)

// IssueChecked is what the verification blocks of an issue prove of the files that are at hand.
type IssueChecked struct {
	Blocks   []typeset.Proof `json:"blocks"`
	Verdicts []Verdict       `json:"verdicts"`
}

// OK reports whether everything holds.
func (c IssueChecked) OK() bool {
	return !slices.ContainsFunc(c.Verdicts, func(v Verdict) bool { return !v.OK && !v.Remark })
}

// What an issue of the gazette may be at most. Whoever hands one over may be hostile.
const (
	mostBlock = 4 << 20   // of a verification block, or another list
	mostOfOne = 512 << 20 // of one file
)

// Names of the lists of an issue's folder.
const (
	editionName   = "edition.json"
	withdrawnName = "withdrawn.json"
	replacedName  = "replaced.json"
)

// CheckBlock checks a verification block, by its name, with those of its files that lie beside it.
func CheckBlock(folder fs.FS, name string) (IssueChecked, error) {
	c := &issueChecker{folder: folder}
	if err := c.block(name); err != nil {
		return IssueChecked{}, err
	}
	c.source()
	return c.out, nil
}

// CheckIssue checks the folder of an issue: every file of it against its lists, and every verification block in it.
func CheckIssue(folder fs.FS) (IssueChecked, error) {
	c := &issueChecker{folder: folder, whole: true}
	if err := c.edition(); err != nil {
		return IssueChecked{}, err
	}
	names, err := fs.Glob(folder, "verify*.json")
	if err != nil || len(names) == 0 {
		return IssueChecked{}, errors.New("这个文件夹里没有 verify.json，不是带校验数据的一期公报")
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) }) // as issued, then what replaced it
	for _, name := range names {
		if err := c.block(name); err != nil {
			return IssueChecked{}, err
		}
	}
	c.source()
	return c.out, nil
}

// issueChecker is one check.
type issueChecker struct {
	folder fs.FS
	whole  bool // the folder is that of an issue, in which nothing may be missing but what was withdrawn
	gone   map[string]bool
	out    IssueChecked
}

func (c *issueChecker) say(name string, ok, remark bool, format string, args ...any) {
	c.out.Verdicts = append(c.out.Verdicts, Verdict{name, ok, remark, fmt.Sprintf(format, args...)})
}

// read reads a plain file of at most so many bytes.
func (c *issueChecker) read(name string, most int64) ([]byte, error) {
	info, err := fs.Lstat(c.folder, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("不是普通文件")
	case info.Size() > most:
		return nil, errors.New("文件太大")
	}
	f, err := c.folder.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, most))
	return data, errors.Join(err, f.Close())
}

// block checks one verification block.
func (c *issueChecker) block(name string) error {
	data, err := c.read(name, mostBlock)
	if err != nil {
		return fmt.Errorf("校验数据 %s 读不出来：%w", name, err)
	}
	var p typeset.Proof
	if err := json.Unmarshal(data, &p); err != nil {
		return fmt.Errorf("%s 不是校验数据，读不懂", name)
	}
	if p.Format != typeset.ProofFormat {
		return fmt.Errorf("%s 的格式是“%.40s”，这个程序只认识“%s”，请换新版本的程序", name, p.Format, typeset.ProofFormat)
	}
	for _, f := range p.Files {
		if !proper(f.Name) || strings.Contains(f.Name, "/") || len(p.Files) > mostFiles {
			return fmt.Errorf("%s 里有不该有的文件名“%.60q”，不是校验数据", name, f.Name)
		}
	}
	c.out.Blocks = append(c.out.Blocks, p)
	texts := c.files(p, name)
	c.together(p, texts)
	return nil
}

// extracted is the text of a file, read from it again.
type extracted struct {
	file typeset.Checked
	text string // folded
}

// files compares the files of a block that are there with their digests, and reads their texts.
func (c *issueChecker) files(p typeset.Proof, block string) (texts []extracted) {
	same, missing, gone := 0, []string{}, []string{}
	for _, f := range p.Files {
		data, err := c.read(f.Name, mostOfOne)
		switch {
		case errors.Is(err, fs.ErrNotExist) && c.gone[f.Name]:
			gone = append(gone, f.Name)
			continue
		case errors.Is(err, fs.ErrNotExist):
			missing = append(missing, f.Name)
			continue
		case err != nil:
			c.say("文件", false, false, "%s：读不出来：%v", f.Name, err)
			continue
		}
		if why := unlike(f, data); why != "" {
			c.say("文件", false, false, "%s：%s", f.Name, why)
		} else {
			same++
		}
		text, err := typeset.Extract(f.Format, data)
		if err != nil {
			c.say("文字", false, false, "%s 里的文字读不出来：%v", f.Name, err)
			continue
		}
		texts = append(texts, extracted{f, press.Fold(text)})
	}
	if same > 0 {
		c.say("文件", true, false, "%d个文件的大小、SHA-256 和 SM3 都与 %s 相符", same, block)
	}
	if len(gone) > 0 {
		c.say("撤回", true, true, "%s 所列的%s因为有稿件撤回已经撤下，没有核对", block, listed(gone))
	}
	if len(missing) > 0 {
		c.say("缺少", false, !c.whole, "%s 所列的%s不在这里，没有核对", block, listed(missing))
	}
	if same == 0 && len(texts) == 0 && len(gone) == 0 {
		c.say("文件", false, false, "%s 所列的文件一个也不在这里；请把要核对的文件和它放在同一个文件夹里", block)
	}
	return texts
}

// unlike says how a file differs from what a block says of it; "" when it does not.
func unlike(f typeset.Checked, data []byte) string {
	d := typeset.DigestsOf(data)
	switch {
	case len(data) != f.Bytes:
		return fmt.Sprintf("应当有%d字节，这里有%d字节，不是发布的那个文件", f.Bytes, len(data))
	case d.SHA256 != f.SHA256:
		return "SHA-256 不符，被改动过"
	case d.SM3 != f.SM3:
		return "SM3 不符，校验数据被改动过，或者文件被改动过"
	}
	return ""
}

// listed names some files.
func listed(names []string) string {
	if len(names) > 4 {
		return fmt.Sprintf("%s等%d个文件", strings.Join(names[:4], "、"), len(names))
	}
	return strings.Join(names, "、")
}

// together compares the texts with the block, and with each other.
func (c *issueChecker) together(p typeset.Proof, texts []extracted) {
	var whole []extracted
	articles := 0
	for _, x := range texts {
		if x.file.Article == 0 {
			whole = append(whole, x)
			continue
		}
		if c.article(p, x) {
			articles++
		}
	}
	good := 0
	for i, x := range whole {
		switch {
		case typeset.DigestsOf([]byte(x.text)) == p.Text:
			good++
		case i > 0 && x.text != whole[0].text:
			c.say("文字", false, false, "%s 的文字与 %s 不同：%s", x.file.Name, whole[0].file.Name, firstDifference(whole[0].text, x.text))
		default:
			c.say("文字", false, false, "%s 的文字与校验数据的全文摘要不符", x.file.Name)
		}
	}
	if good > 0 && good == len(whole) {
		c.say("文字", true, false, "从%s里重新读出的文字逐字相同，%d字，与全文摘要相符", formatsOf(whole), p.Characters)
	}
	if articles > 0 {
		c.say("单篇", true, false, "%d篇的单篇 PDF 的文字与各篇的摘要相符", articles)
	}
	c.inside(whole, texts)
}

// article compares the text of an article's PDF with the block.
func (c *issueChecker) article(p typeset.Proof, x extracted) bool {
	i := slices.IndexFunc(p.Articles, func(a typeset.ArticleText) bool { return a.Article == x.file.Article })
	if i < 0 || typeset.DigestsOf([]byte(x.text)) != p.Articles[i].Text {
		c.say("单篇", false, false, "%s 的文字与这一篇的摘要不符", x.file.Name)
		return false
	}
	return true
}

// inside finds the text of every article alone in that of the whole, one after the other.
func (c *issueChecker) inside(whole, texts []extracted) {
	if len(whole) == 0 {
		return
	}
	rest, n := whole[0].text, 0
	for _, x := range texts {
		if x.file.Article == 0 {
			continue
		}
		at := strings.Index(rest, x.text)
		if at < 0 {
			c.say("单篇", false, false, "%s 的文字在整期里找不到", x.file.Name)
			return
		}
		rest, n = rest[at+len(x.text):], n+1
	}
	if n > 0 {
		c.say("单篇", true, false, "这%d篇的文字都在整期里，次序相同", n)
	}
}

func formatsOf(all []extracted) string {
	var names []string
	for _, x := range all {
		names = append(names, strings.ToUpper(string(x.file.Format)))
	}
	return strings.Join(names, "、")
}

// firstDifference shows where two texts part.
func firstDifference(a, b string) string {
	x, y := []rune(a), []rune(b)
	at := 0
	for at < len(x) && at < len(y) && x[at] == y[at] {
		at++
	}
	show := func(rs []rune) string {
		if at >= len(rs) {
			return "（到此为止）"
		}
		return "“" + string(rs[max(0, at-6):min(len(rs), at+10)]) + "”"
	}
	return "前者是" + show(x) + "，后者是" + show(y)
}

// source says what the check cannot know.
func (c *issueChecker) source() {
	c.say("说明", true, true, "以上只说明文件与校验数据相符；校验数据本身请与公报网站上的同名文件比较，或者与另外留存的比较")
}

// listedFile is a file as the lists of an issue's folder name it.
type listedFile struct {
	Path   string `json:"path"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// wholeIssue is the name of a file that holds all of an issue as it came out.
var wholeIssue = regexp.MustCompile(`^gazette-\d{4}-s?\d+\.[a-z]+$`)

// edition compares every file of the folder with edition.json, and with replaced.json where articles were withdrawn.
func (c *issueChecker) edition() error {
	var e struct {
		Title    string       `json:"title"`
		Files    []listedFile `json:"files"`
		Articles []struct {
			Page   string `json:"page"`
			PDF    string `json:"pdf"`
			Marker string `json:"marker"`
		} `json:"articles"`
	}
	var withdrawn []struct{ Marker string }
	var x struct{ Files []listedFile }
	if err := c.list(editionName, &e); err != nil {
		return fmt.Errorf("这不是一期公报的文件夹：%w", err)
	}
	if err := errors.Join(c.optional(withdrawnName, &withdrawn), c.optional(replacedName, &x)); err != nil {
		return err
	}
	c.gone = map[string]bool{}
	var folders []string
	for _, a := range e.Articles {
		if slices.ContainsFunc(withdrawn, func(w struct{ Marker string }) bool { return w.Marker == a.Marker }) {
			c.gone[a.Page], c.gone[a.PDF] = true, true
			folders = append(folders, strings.TrimSuffix(a.Page, ".html")+"/")
		}
	}
	stands := map[string]listedFile{}
	for _, f := range e.Files {
		switch {
		case slices.ContainsFunc(folders, func(dir string) bool { return strings.HasPrefix(f.Path, dir) }), len(x.Files) > 0 && wholeIssue.MatchString(f.Path):
			c.gone[f.Path] = true
		}
		stands[f.Path] = f
	}
	for _, f := range x.Files {
		stands[f.Path] = f
		delete(c.gone, f.Path)
	}
	return c.compare(stands)
}

func (c *issueChecker) list(name string, v any) error {
	data, err := c.read(name, mostBlock)
	if err != nil {
		return fmt.Errorf("%s 读不出来：%w", name, err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s 读不懂", name)
	}
	return nil
}

func (c *issueChecker) optional(name string, v any) error {
	if _, err := fs.Lstat(c.folder, name); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return c.list(name, v)
}

// compare finds that the folder holds what its lists say, and nothing else.
func (c *issueChecker) compare(stands map[string]listedFile) error {
	seen, bad := map[string]bool{}, 0
	say := func(format string, args ...any) {
		if bad++; bad <= 20 {
			c.say("文件夹", false, false, format, args...)
		}
	}
	err := fs.WalkDir(c.folder, ".", func(name string, d fs.DirEntry, err error) error {
		f, known := stands[name]
		switch {
		case err != nil:
			return fmt.Errorf("文件夹读不出来：%w", err)
		case d.IsDir(), name == editionName, name == withdrawnName, name == replacedName:
			return nil
		case !known:
			say("%s 不在清单里，是后来放进去的", name)
			return nil
		case c.gone[name] && path.Ext(name) != ".html":
			say("%s 里有撤回的稿件，不应当还在", name)
			return nil
		}
		seen[name] = true
		if c.gone[name] {
			return nil // the notice in the place of a page
		}
		if data, err := c.read(name, mostOfOne); err != nil {
			say("%s：读不出来：%v", name, err)
		} else if sumOf(withoutRemarks(name, data)) != f.SHA256 {
			say("%s 与清单的摘要不符，被改动过", name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range sortedNames(stands) {
		if !seen[name] && !c.gone[name] {
			say("%s 在清单里，文件夹里没有", name)
		}
	}
	if bad == 0 {
		c.say("文件夹", true, false, "%d个文件与清单（%s）的摘要一致，没有多的，没有少的", len(seen), editionName)
	}
	return nil
}

func sortedNames(m map[string]listedFile) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func sumOf(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// withoutRemarks is a page of the gazette as it was issued: without what was remarked on it since, which stands between two marks, the first of which seals it.
func withoutRemarks(name string, page []byte) []byte {
	const begin, markEnd, end = "<!--remarks sha256:", "-->\n", "<!--/remarks-->\n"
	from := bytes.Index(page, []byte(begin))
	if from < 0 || path.Ext(name) != ".html" {
		return page
	}
	seal, rest, ok := bytes.Cut(page[from+len(begin):], []byte(markEnd))
	block, after, closed := bytes.Cut(rest, []byte(end))
	if !ok || !closed || sumOf(block) != string(seal) {
		return page
	}
	return slices.Concat(page[:from], after)
}
