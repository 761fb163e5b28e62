package intake

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tongfa/press"
)

// mostRegistered bounds the lines of a register that is handed in at once.
const mostRegistered = 5000

// Register reads a table of registered normative documents (规范性文件登记簿) as a spreadsheet writes it: CSV in UTF-8 or GB18030, its first line the
// names of the columns, in any order. The error is a *Refusal with everything that is wrong, line by line; what is wrong is taken in no part.
func Register(name string, data []byte) ([]press.Registered, error) {
	text, _, ok := decode(data, true)
	if !ok {
		return nil, refusal([]Problem{{File: name, Text: "文件不是文本，或者编码读不出来", Do: "请在表格软件里另存为 CSV（UTF-8）"}})
	}
	c := csv.NewReader(strings.NewReader(newlines(text)))
	c.FieldsPerRecord, c.TrimLeadingSpace, c.LazyQuotes = -1, true, true
	head, err := c.Read()
	if err != nil {
		return nil, refusal([]Problem{{File: name, Text: "文件是空的", Do: registerHelp}})
	}
	r := registerReader{name: name, at: registerColumns(head), first: map[string]int{}}
	for _, need := range []string{"reg_number", "title", "unit", "registered_on"} {
		if _, ok := r.at[need]; !ok {
			r.problems = append(r.problems, Problem{File: name, Line: 1, Text: "第一行缺少“" + registerNames()[need][0] + "”这一列", Do: registerHelp})
		}
	}
	if len(r.problems) > 0 {
		return nil, refusal(r.problems)
	}
	return r.read(c)
}

// registerHelp says how the table is written.
const registerHelp = "第一行写列名：统一编号,标题,文号,制定单位,登记日期；文号可以没有"

// registerNames are what the columns may be called.
func registerNames() map[string][]string {
	return map[string][]string{
		"reg_number":    {"统一编号", "登记编号", "reg_number"},
		"title":         {"标题", "文件名称", "文件标题", "名称", "title"},
		"doc_number":    {"文号", "发文字号", "doc_number"},
		"unit":          {"制定单位", "制定机关", "发文机关", "单位", "unit"},
		"registered_on": {"登记日期", "登记时间", "registered_on"},
	}
}

func registerColumns(head []string) map[string]int {
	at := map[string]int{}
	for key, names := range registerNames() {
		for _, n := range names {
			for i, h := range head {
				if _, had := at[key]; !had && trim(h) == n {
					at[key] = i
				}
			}
		}
	}
	return at
}

type registerReader struct {
	name     string
	at       map[string]int
	first    map[string]int // the line on which a number stands first
	out      []press.Registered
	problems []Problem
}

func (r *registerReader) read(c *csv.Reader) ([]press.Registered, error) {
	for {
		cells, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := c.FieldPos(0)
		if err != nil {
			r.problems = append(r.problems, Problem{File: r.name, Line: line, Text: "这一行读不出来", Do: "请检查引号和逗号"})
			break
		}
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue
		}
		r.line(line, cells)
		if len(r.out) > mostRegistered {
			return nil, refusal([]Problem{{File: r.name, Line: line, Text: fmt.Sprintf("一次最多%d件", mostRegistered), Do: "请分几次导入"}})
		}
	}
	if len(r.problems) == 0 && len(r.out) == 0 {
		r.problems = []Problem{{File: r.name, Text: "除了列名没有内容", Do: registerHelp}}
	}
	if err := refusal(r.problems); err != nil {
		return nil, err
	}
	return r.out, nil
}

func (r *registerReader) line(line int, cells []string) {
	cell := func(key string) string {
		i, ok := r.at[key]
		if !ok || i >= len(cells) {
			return ""
		}
		return strings.Join(strings.Fields(strings.TrimPrefix(cells[i], "'")), " ")
	}
	x := press.Registered{RegNumber: cell("reg_number"), Title: cell("title"), DocNumber: press.DocNumber(cell("doc_number")), Unit: cell("unit")}
	wrong := func(field, text, do string) {
		r.problems = append(r.problems, Problem{File: r.name, Line: line, Field: field, Text: text, Do: do})
	}
	for _, f := range []struct{ name, value string }{{"统一编号", x.RegNumber}, {"标题", x.Title}, {"制定单位", x.Unit}} {
		if f.value == "" {
			wrong(f.name, "没有填写", "")
		}
	}
	var ok bool
	if x.On, ok = looseDate(cell("registered_on")); !ok {
		wrong("登记日期", "“"+clip(cell("registered_on"))+"”不是日期", "请写成 2026-11-20")
	}
	if before := r.first[x.RegNumber]; before > 0 && x.RegNumber != "" {
		wrong("统一编号", fmt.Sprintf("“%s”与第%d行重复", clip(x.RegNumber), before), "")
	}
	r.first[x.RegNumber] = line
	r.out = append(r.out, x)
}

var dateParts = regexp.MustCompile(`^([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?: 0?0:00(?::00)?)?$`)

// looseDate reads a date as spreadsheets of offices write it.
func looseDate(s string) (press.Date, bool) {
	m := dateParts.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return press.Date{}, false
	}
	n := func(i int) int { v, _ := strconv.Atoi(m[i]); return v } // it is digits
	d := press.Date{Year: n(1), Month: time.Month(n(2)), Day: n(3)}
	return d, d.Valid()
}
