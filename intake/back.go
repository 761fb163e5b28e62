package intake

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongfa/press"
)

// backColumns are the columns of a list of past issues, by the names that its heading may have for them.
func backColumns() map[string]string {
	out := map[string]string{}
	for key, names := range map[string]string{
		"year": "year 年 年份 年度", "number": "number 期号 期 号", "total": "total 总期号 总期 总号", "date": "date 出版日期 日期", "section": "section 栏目",
		"title": "title 标题 题名", "doc_number": "doc_number 文号 发文字号", "issuer": "issuer 发布机构 发文机关", "page": "page 页码 页", "pdf": "pdf file 文件 文件名",
	} {
		for _, n := range strings.Fields(names) {
			out[n] = key
		}
	}
	return out
}

// mostBackLines bounds a list of past issues.
const mostBackLines = 100_000

// BackIssues reads a list of the past issues of a gazette (过刊清单): a table in CSV with a heading, one article a line. What an issue is said to be on its first
// line need not be said again on the others. Everything that is wrong is told with its line, and nothing is taken of a list in which anything is. The issues
// come in the order of their numbers, the supplements of a year after its issues. PDFs are not looked at.
func BackIssues(name string, data []byte, today time.Time) ([]press.BackIssue, error) {
	text, _, ok := decode(data, true)
	if !ok {
		return nil, refusal([]Problem{{File: name, Text: "读不出文字", Do: "请另存为 UTF-8 的 CSV"}})
	}
	b := &backList{file: name, today: today.Format(time.DateOnly), at: map[backKey]int{}}
	b.read(text)
	if len(b.issues) == 0 && len(b.wrong) == 0 {
		b.say(1, "", "清单里没有内容", "第一行写列名，以下每行一篇")
	}
	slices.SortStableFunc(b.issues, func(x, y press.BackIssue) int {
		return cmp.Or(x.Year-y.Year, one(x.Supplement)-one(y.Supplement), x.Number-y.Number)
	})
	b.order()
	return b.issues, refusal(b.wrong)
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

type backKey struct {
	year, number int
	supplement   bool
}

// backList is a list that is being read.
type backList struct {
	file   string
	today  string
	column map[string]int // where a column stands
	issues []press.BackIssue
	at     map[backKey]int // in issues
	wrong  []Problem
}

func (b *backList) say(line int, field, text, do string) {
	if len(b.wrong) < mostProblems {
		b.wrong = append(b.wrong, Problem{File: b.file, Line: line, Field: field, Text: text, Do: do})
	}
}

// mostProblems bounds what is told of one list.
const mostProblems = 200

func (b *backList) read(text string) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	for n := 0; ; n++ {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			var at *csv.ParseError
			line := 0
			if errors.As(err, &at) {
				line = at.Line
			}
			b.say(line, "", "不是 CSV（逗号分隔，带逗号或换行的字段用英文双引号括起来）", "请从电子表格另存为 CSV")
			return
		}
		line, _ := r.FieldPos(0)
		switch {
		case n == 0:
			if !b.heading(row) {
				return
			}
		case n > mostBackLines:
			b.say(line, "", fmt.Sprintf("清单超过%d行", mostBackLines), "请分成几份导入")
			return
		case strings.TrimSpace(strings.Join(row, "")) != "":
			b.take(line, row)
		}
	}
}

// heading finds the columns by their names.
func (b *backList) heading(row []string) bool {
	b.column = map[string]int{}
	known := backColumns()
	for i, cell := range row {
		cell = strings.ToLower(strings.TrimSpace(cell))
		key, ok := known[cell]
		if !ok && cell != "" {
			b.say(1, "", fmt.Sprintf("没有叫“%s”的列", clip(cell)), "可以有：年份、期号、总期号、出版日期、栏目、标题、文号、发布机构、页码、文件")
		}
		if _, twice := b.column[key]; ok && twice {
			b.say(1, key, fmt.Sprintf("列“%s”写了两次", clip(cell)), "")
		}
		if ok {
			b.column[key] = i
		}
	}
	for _, x := range [][2]string{{"year", "年份"}, {"number", "期号"}, {"date", "出版日期"}, {"title", "标题"}, {"pdf", "文件"}} {
		if _, ok := b.column[x[0]]; !ok {
			b.say(1, x[0], "缺少列“"+x[1]+"”", "第一行写列名")
		}
	}
	return len(b.wrong) == 0
}

// cell is what a row has in a column, as one line.
func (b *backList) cell(row []string, key string) string {
	i, ok := b.column[key]
	if !ok || i >= len(row) {
		return ""
	}
	return strings.Join(strings.Fields(strings.Map(func(c rune) rune {
		if v, _ := judge(c); v != keep {
			return ' '
		}
		return c
	}, row[i])), " ")
}

var backNumber = regexp.MustCompile(`^(?:第)?(增刊|s)?(?:第)?(\d{1,3})(?:号|期)?$`)

// take takes one line.
func (b *backList) take(line int, row []string) {
	year, _ := strconv.Atoi(b.cell(row, "year"))
	if year < 1900 || year > 9999 {
		b.say(line, "year", "年份“"+clip(b.cell(row, "year"))+"”不对", "写四位数，如 2019")
		return
	}
	m := backNumber.FindStringSubmatch(strings.ToLower(b.cell(row, "number")))
	number := 0
	if m != nil {
		number, _ = strconv.Atoi(m[2])
	}
	if number < 1 || number > 366 {
		b.say(line, "number", "期号“"+clip(b.cell(row, "number"))+"”不对", "写年内第几期，如 4；增刊写“增刊1”")
		return
	}
	key := backKey{year, number, m[1] != ""}
	i, known := b.at[key]
	if !known {
		i = len(b.issues)
		b.at[key] = i
		b.issues = append(b.issues, press.BackIssue{Year: year, Number: number, Supplement: key.supplement, Line: line})
	}
	b.about(line, row, &b.issues[i])
	if a, ok := b.article(line, row); ok {
		b.issues[i].Articles = append(b.issues[i].Articles, a)
	}
}

// about takes what a line says of its issue, which the lines before may have said, and then alike.
func (b *backList) about(line int, row []string, x *press.BackIssue) {
	if s := b.cell(row, "total"); s != "" {
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(s, "总"), "第"), "期"))
		switch {
		case err != nil || n < 1 || n > 1_000_000:
			b.say(line, "total", "总期号“"+clip(s)+"”不对", "写自创刊起的第几期，如 122")
		case x.Supplement:
			b.say(line, "total", "增刊没有总期号", "这一列空着")
		case x.Total != 0 && x.Total != n:
			b.say(line, "total", fmt.Sprintf("%s的总期号前面写的是%d，这里是%d", x.Name(), x.Total, n), "")
		default:
			x.Total = n
		}
	}
	if s := b.cell(row, "date"); s != "" {
		day := b.day(line, s, x.Year)
		if x.Day != "" && day != "" && x.Day != day {
			b.say(line, "date", fmt.Sprintf("%s的出版日期前面写的是%s，这里是%s", x.Name(), x.Day, day), "")
		}
		x.Day = cmp.Or(x.Day, day)
	}
	if s := b.cell(row, "pdf"); s != "" {
		if x.File != "" && x.File != s {
			b.say(line, "pdf", fmt.Sprintf("%s的文件前面写的是“%s”，这里是“%s”", x.Name(), clip(x.File), clip(s)), "一期一个 PDF")
		}
		x.File = cmp.Or(x.File, s)
	}
}

// day is the day of an issue, which must be one on which an issue of that year can have come out.
func (b *backList) day(line int, s string, year int) string {
	var day time.Time
	var err error
	for _, form := range []string{"2006-1-2", "2006/1/2", "2006.1.2", "2006年1月2日"} {
		if day, err = time.Parse(form, s); err == nil {
			break
		}
	}
	out := day.Format(time.DateOnly)
	switch {
	case err != nil:
		b.say(line, "date", "日期“"+clip(s)+"”不对", "写成 2019-12-30")
	case out > b.today:
		b.say(line, "date", "出版日期"+out+"还没有到", "过刊是已经出版的，请核对")
	case day.Year() != year && !(day.Year() == year+1 && day.Month() <= 3):
		b.say(line, "date", fmt.Sprintf("出版日期%s和%d年对不上", out, year), "请核对年份和日期")
	default:
		return out
	}
	return ""
}

// mostBackTitle bounds a title of the list.
const mostBackTitle = 200

func (b *backList) article(line int, row []string) (press.BackArticle, bool) {
	a := press.BackArticle{Section: b.cell(row, "section"), Title: b.cell(row, "title"), DocNumber: b.cell(row, "doc_number"), Issuer: b.cell(row, "issuer")}
	if a.Title == "" {
		b.say(line, "title", "没有标题", "每行一篇")
		return a, false
	}
	for field, s := range map[string]string{"section": a.Section, "title": a.Title, "doc_number": a.DocNumber, "issuer": a.Issuer} {
		if n := len([]rune(s)); n > mostBackTitle {
			b.say(line, field, fmt.Sprintf("有%d个字，最多%d个字", n, mostBackTitle), "")
			return a, false
		}
	}
	if s := b.cell(row, "page"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			b.say(line, "page", "页码“"+clip(s)+"”不对", "写标题在 PDF 的第几页，从1数起")
			return a, false
		}
		a.Page = n
	}
	return a, true
}

// order asks that the numbers of each year follow on each other, and the totals too, that days do not go back, and that each issue has what it needs.
func (b *backList) order() {
	files := map[string]string{}
	var last, supplement *press.BackIssue
	for i := range b.issues {
		x := &b.issues[i]
		if x.Day == "" && !b.saidOf(x.Line, "date") {
			b.say(x.Line, "date", x.Name()+"没有出版日期", "")
		}
		if x.File == "" {
			b.say(x.Line, "pdf", x.Name()+"没有写 PDF 文件", "")
		}
		if other := files[x.File]; x.File != "" && other != "" {
			b.say(x.Line, "pdf", fmt.Sprintf("%s和%s写了同一个文件“%s”", x.Name(), other, clip(x.File)), "一期一个 PDF")
		}
		files[x.File] = x.Name()
		before := &last
		if x.Supplement {
			before = &supplement
		}
		b.follows(*before, x)
		*before = x
	}
}

// follows asks that an issue follows on the one before it.
func (b *backList) follows(last, x *press.BackIssue) {
	switch {
	case last == nil:
		return
	case x.Year == last.Year && x.Number != last.Number+1:
		b.say(x.Line, "number", fmt.Sprintf("%s后面是%s，中间缺期", last.Name(), x.Name()), "请补上缺的期，或者核对期号")
	case x.Year != last.Year && !x.Supplement && x.Year != last.Year+1:
		b.say(x.Line, "year", fmt.Sprintf("%s后面是%s，中间缺%d年", last.Name(), x.Name(), x.Year-last.Year-1), "请补上，或者分成几份导入")
	case x.Year != last.Year && x.Number != 1:
		b.say(x.Line, "number", fmt.Sprintf("%d年从%s开始，缺前面的期", x.Year, press.IssueNumber(x.Number, x.Supplement)), "请补上缺的期，或者核对期号")
	}
	if x.Day != "" && last.Day != "" && x.Day < last.Day {
		b.say(x.Line, "date", fmt.Sprintf("%s（%s）早于前一期%s（%s）", x.Name(), x.Day, last.Name(), last.Day), "请核对日期")
	}
	switch {
	case x.Supplement:
	case x.Total == 0 && last.Total != 0, x.Total != 0 && last.Total == 0:
		b.say(x.Line, "total", fmt.Sprintf("%s和%s只有一期写了总期号", last.Name(), x.Name()), "要么都写，要么都不写")
	case x.Total != 0 && x.Total != last.Total+1:
		b.say(x.Line, "total", fmt.Sprintf("%s是总第%d期，%s是总第%d期，没有逐期加一", last.Name(), last.Total, x.Name(), x.Total), "请核对总期号")
	}
}

// saidOf reports whether a line was told to be wrong in a field.
func (b *backList) saidOf(line int, field string) bool {
	return slices.ContainsFunc(b.wrong, func(p Problem) bool { return p.Line == line && p.Field == field })
}
