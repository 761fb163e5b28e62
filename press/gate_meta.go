package press

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongfa/workday"
)

// need is one entry of the catalogue that a kind must have.
type need struct {
	field, name string
	sev         Severity
	has         func(*check) bool
}

// needs is the catalogue of Article 12 and of the website guide, by kind: every page names who published it; what
// belongs in the statutory columns also has its date and its column; a policy has all of it.
func needs(k Kind) []need {
	formal, theme := Stop, Warn
	switch k {
	case News, OtherKind:
		formal, theme = Warn, Info
	case Policy:
		theme = Stop
	}
	list := []need{
		{"title", "标题", Stop, func(c *check) bool { return !blank(c.Revision.Title) }},
		{"issuer", "发布机构", Stop, func(c *check) bool { return !blank(c.Revision.Meta.Issuer) }},
		{"column", "栏目", formal, func(c *check) bool { return !blank(c.Revision.Meta.Column) }},
		{"formed_on", "成文日期", formal, func(c *check) bool { return !c.Revision.Meta.FormedOn.IsZero() }},
		{"theme", "主题分类", theme, func(c *check) bool { return !blank(c.Revision.Meta.Theme) }},
	}
	if k == News || k == OtherKind {
		return list[:3]
	}
	if k == Policy {
		list = append(list,
			need{"genre", "体裁分类", Warn, func(c *check) bool { return !blank(c.Revision.Meta.Genre) }},
			need{"summary", "内容概述", Warn, func(c *check) bool { return !blank(c.Revision.Meta.Summary) }})
	}
	return list
}

func (c *check) metadata() {
	if !c.Item.Kind.Valid() {
		c.stop(ruleMeta, "kind", "", "稿件种类“%s”无法识别。请改为规定的种类之一", quote(string(c.Item.Kind)))
	}
	for _, n := range needs(c.Item.Kind) {
		if !n.has(c) {
			c.say(n.sev, ruleMeta, n.field, "", "没有填写%s。请补充后重新送审", n.name)
		}
	}
	if c.empty() {
		c.stop(ruleMeta, "body", "", "正文是空的，也没有图片和附件。请检查是否交错了文件")
	}
	c.validity()
}

func (c *check) empty() bool {
	if len(c.Revision.Attachments) > 0 || slices.ContainsFunc(c.pieces, func(p piece) bool { return p.field == "body" }) {
		return false
	}
	figures := 0
	Walk(c.Revision.Body, func(b Block) {
		if b.Kind == Figure {
			figures++
		}
	})
	return figures == 0
}

func (c *check) validity() {
	switch v := c.Revision.Meta.Validity; v {
	case "", InForce, Amended:
	case Expired, Repealed:
		c.warn(ruleMeta, "validity", "", "有效性是“%s”。请确认要发布的是已经%s的文件", v, v)
	default:
		c.warn(ruleMeta, "validity", "", "有效性“%s”无法识别，应当是有效、失效、废止或者已修改", quote(string(v)))
	}
}

// The forms of a document number: 示政办发〔2026〕1号, 第12号 of an order, 2026年第3号 of an announcement.
var (
	docNumber   = regexp.MustCompile(`^\p{Han}[\p{Han}A-Za-z]*〔([0-9]{4})〕([1-9][0-9]{0,4})号$`)
	orderNumber = regexp.MustCompile(`^[\p{Han}]*第([1-9][0-9]{0,4}|[一二三四五六七八九十百]+)号$`)
	yearNumber  = regexp.MustCompile(`^[\p{Han}]*([0-9]{4})年第([1-9][0-9]{0,4})号$`)
	looseNumber = regexp.MustCompile(`^(\p{Han}[\p{Han}A-Za-z]*)[\[(（【［〔〈<{｛]([0-9]{4})[\])）】］〕〉>}｝]第?0*([1-9][0-9]{0,4})号?$`)
	shortYear   = regexp.MustCompile(`[\[(（【［〔〈<{｛][0-9]{1,3}[\])）】］〕〉>}｝]`)
)

func (c *check) docNumber() {
	number := c.Revision.Meta.DocNumber
	switch {
	case blank(number) && c.Item.Kind == Policy:
		c.stop(ruleDocNumber, "doc_number", "", "政策文件没有文号。请补充文号；确实没有文号的，写明理由后准许放行")
	case blank(number), docNumber.MatchString(number), yearNumber.MatchString(number), orderNumber.MatchString(number):
	default:
		c.stop(ruleDocNumber, "doc_number", "", "文号“%s”的写法不规范。%s", quote(number), advice(number))
	}
}

// advice names what is wrong with a document number, with the right form where it can be told.
func advice(number string) string {
	folded := strings.Map(func(r rune) rune { return plain(r) }, Fold(number))
	if m := looseNumber.FindStringSubmatch(folded); m != nil {
		return fmt.Sprintf("请改为“%s”：年份用六角括号〔〕，不留空格，序号前不加“第”和0", quote(m[1]+"〔"+m[2]+"〕"+m[3]+"号"))
	}
	if shortYear.MatchString(folded) {
		return "年份要写四位，例如“示政办发〔2026〕1号”"
	}
	return "应当由机关代字、六角括号内的四位年份、序号组成，例如“示政办发〔2026〕1号”"
}

// earliest is the founding of the People's Republic; no document of its offices is older.
var earliest = workday.Date{Year: 1949, Month: 10, Day: 1}

// mostAhead is how far ahead a release may be set without a question.
const mostAhead = 366

func (c *check) dates() {
	m := c.Revision.Meta
	c.past("formed_on", "成文日期", m.FormedOn)
	c.past("approved_on", "批准日期", m.ApprovedOn)
	if year := numberYear(m.DocNumber); year != 0 && m.FormedOn.Valid() && year != m.FormedOn.Year {
		c.warn(ruleDate, "doc_number", "", "文号的年份是%d年，成文日期是%s。请核对两处哪一处写错了", year, m.FormedOn)
	}
	c.signature()
	c.release()
}

func (c *check) past(field, name string, d workday.Date) {
	switch {
	case d.IsZero():
	case !d.Valid():
		c.stop(ruleDate, field, "", "%s不是存在的日期。请改正", name)
	case d.Before(earliest):
		c.stop(ruleDate, field, "", "%s%s早于1949年10月1日。请改正", name, d)
	case !c.Now.IsZero() && d.After(c.today()):
		c.stop(ruleDate, field, "", "%s%s在今天之后，不可能属实。请改正，或者到那一天再送审", name, d)
	}
}

func (c *check) today() workday.Date { return workday.DateOf(c.Now) }

func numberYear(number string) int {
	for _, form := range []*regexp.Regexp{docNumber, yearNumber} {
		if m := form.FindStringSubmatch(number); m != nil {
			year, _ := strconv.Atoi(m[1])
			return year
		}
	}
	return 0
}

// dateLine is a line that is a date and nothing else: the date under a signature.
var dateLine = regexp.MustCompile(`^([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日$`)

// signature compares the date under the text with the one in the form. A document that carries another has several
// such dates; one of them must be the right one.
func (c *check) signature() {
	formed := c.Revision.Meta.FormedOn
	if !formed.Valid() {
		return
	}
	var first string
	var at piece
	for _, p := range c.pieces {
		if p.field != "body" || p.cell || !strings.HasSuffix(strings.TrimSpace(p.text), "日") {
			continue
		}
		lines := strings.Split(strings.TrimSpace(p.text), "\n")
		m := dateLine.FindStringSubmatch(strings.Map(plain, Fold(lines[len(lines)-1])))
		if m == nil {
			continue
		}
		if dateWritten(m) == formed {
			return
		}
		if first == "" {
			first, at = m[0], p
		}
	}
	if first != "" {
		c.warn(ruleDate, "formed_on", at.place, "%s的落款日期是%s，填写的成文日期是%s。请核对两处哪一处写错了", at.where, first, formed)
	}
}

func dateWritten(m []string) workday.Date {
	var n [3]int
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1])
	}
	return workday.Date{Year: n[0], Month: time.Month(n[1]), Day: n[2]}
}

// release looks at the moments before which the item may not go out.
func (c *check) release() {
	c.moment("发布时间", c.Item.ReleaseAt)
	for _, w := range c.Item.Wants {
		c.moment("渠道“"+quote(w.Channel)+"”的发布时间", w.NotBefore)
	}
}

func (c *check) moment(name string, t time.Time) {
	if t.IsZero() || c.Now.IsZero() {
		return
	}
	day := workday.DateOf(t.In(c.Now.Location()))
	formed := c.Revision.Meta.FormedOn
	switch {
	case formed.Valid() && day.Before(formed):
		c.warn(ruleDate, "release_at", "", "%s%s早于成文日期%s。请核对", name, day, formed)
	case day.DaysSince(c.today()) > mostAhead:
		c.warn(ruleDate, "release_at", "", "%s%s在一年以后。请核对年份是否写错", name, day)
	}
}
