package press

import (
	"fmt"
	"slices"
	"strings"

	"tongfa/workday"
)

// The codes of the rules. They stand in the ledger, in waivers and in other people's programs, and so never change.
const (
	ruleDigest     Rule = "digest"
	ruleDisclosure Rule = "disclosure"
	ruleMark       Rule = "mark"
	ruleSecrecy    Rule = "secrecy"
	ruleSignoff    Rule = "signoff"
	rulePeople     Rule = "signoff.people"
	ruleSignedAt   Rule = "signoff.time"
	ruleMeta       Rule = "meta"
	ruleDocNumber  Rule = "docno"
	ruleDate       Rule = "date"
	ruleIDNumber   Rule = "pii.id"
	rulePhone      Rule = "pii.phone"
	ruleCard       Rule = "pii.card"
	ruleAddress    Rule = "pii.address"
	ruleWord       Rule = "word"
	rulePicture    Rule = "picture"
	ruleAlt        Rule = "alt"
	ruleChannel    Rule = "channel"
	ruleLimit      Rule = "limit"
	ruleRelation   Rule = "relation"
	ruleDeadline   Rule = "deadline"
)

// RuleInfo is what people are told about a rule.
type RuleInfo struct {
	Code     Rule
	Name     string // what is looked at
	Source   string // the law, the standard or the promise behind it
	Waivable bool   // a named person may let a stop pass, with a reason
}

// Rules lists the rules of Check in the order in which it applies them.
func Rules() []RuleInfo {
	return []RuleInfo{
		{ruleDigest, "文本与登记的版本一致", "《中华人民共和国政府信息公开条例》第六条：准确公开", false},
		{ruleDisclosure, "公开属性为主动公开", "《中华人民共和国政府信息公开条例》第十三条至第十六条、第十九条", false},
		{ruleMark, "没有密级标志和内部标志", "《中华人民共和国保守国家秘密法》；《互联网政务应用安全管理规定》", false},
		{ruleSecrecy, "保密审查已经通过", "《中华人民共和国政府信息公开条例》第十七条：先审查、后公开，一事一审", false},
		{ruleSignoff, "审签齐全", "《国务院办公厅关于推进政务新媒体健康有序发展的意见》（国办发〔2018〕123号）：分级分类审核、先审后发", false},
		{rulePeople, "审签由不同的人完成", "政务信息发布三审三校制度；人员不足的单位可以在配置中改为允许一人多签", false},
		{ruleSignedAt, "审签时间合理", "审签记录应当真实、可以核对", false},
		{ruleMeta, "目录信息齐全", "《中华人民共和国政府信息公开条例》第十二条；《政府网站发展指引》（国办发〔2017〕47号）", false},
		{ruleDocNumber, "文号规范", "《党政机关公文格式》（GB/T 9704-2012）：年份用六角括号，序号不编虚位，不加“第”字", true},
		{ruleDate, "日期真实", "国务院办公厅秘书局2019年印发的政府网站与政务新媒体检查指标（国办秘函〔2019〕19号）：不得伪造发稿日期", false},
		{ruleIDNumber, "没有身份证号", personalLaw, true},
		{rulePhone, "没有手机号", personalLaw, true},
		{ruleCard, "没有银行卡号", personalLaw, true},
		{ruleAddress, "没有家庭住址", personalLaw, true},
		{ruleWord, "没有词表里的用语", "本单位的词表（设置·词表）", true},
		{rulePicture, "图片文件齐全", "发布的内容应当完整", false},
		{ruleAlt, "图片有替代文字", "《中华人民共和国无障碍环境建设法》；《信息技术 互联网内容无障碍可访问性技术要求与测试方法》（GB/T 37668-2019）", true},
		{ruleChannel, "发布渠道存在", "配置文件中的channels", false},
		{ruleLimit, "不超过各渠道的限制", "各渠道接口的限制", false},
		{ruleRelation, "解读、反馈与原件关联", "国务院办公厅《〈关于全面推进政务公开工作的意见〉实施细则》（国办发〔2016〕80号）：文件与解读同步组织、同步审签、同步发布", false},
		{ruleDeadline, "在法定期限内公开", "《中华人民共和国政府信息公开条例》第二十六条；《中华人民共和国预算法》第十四条；国办发〔2018〕118号", false},
	}
}

const personalLaw = "《中华人民共和国政府信息公开条例》第十五条；《中华人民共和国个人信息保护法》：除依法必须公开的外，作去标识化处理"

// Check runs every gate that needs nothing but the subject itself. The findings come in the order of Rules, within a
// rule in the order in which a reader meets them, and the same subject always gets the same findings.
func Check(s Subject) []Finding {
	c := newCheck(s)
	c.integrity()
	c.disclosure()
	c.marks()
	c.secrecy()
	c.signoffs()
	c.metadata()
	c.docNumber()
	c.dates()
	c.persons()
	c.words()
	c.pictures()
	c.limits()
	c.relations()
	c.deadline()
	return c.result()
}

// check is one run of the gates.
type check struct {
	Subject
	digest string  // computed here: what an approval must name
	pieces []piece // every text that readers will see
	found  []Finding
}

func newCheck(s Subject) *check {
	if s.Calendar == nil {
		s.Calendar = new(workday.Calendar)
	}
	return &check{Subject: s, digest: s.Revision.Sum(), pieces: piecesOf(s.Revision)}
}

func (c *check) stop(r Rule, field, place, format string, args ...any) {
	c.say(Stop, r, field, place, format, args...)
}

func (c *check) warn(r Rule, field, place, format string, args ...any) {
	c.say(Warn, r, field, place, format, args...)
}

func (c *check) say(sev Severity, r Rule, field, place, format string, args ...any) {
	c.found = append(c.found, Finding{Rule: r, Severity: sev, Field: field, Place: place, Message: fmt.Sprintf(format, args...)})
}

// mostOfARule bounds what one rule says of one item: a list of a thousand people is one problem and not a thousand.
const mostOfARule = 20

// result puts the findings in order, applies the waivers and counts what is too much to list.
func (c *check) result() []Finding {
	var out []Finding
	for _, info := range Rules() {
		var of []Finding
		for _, f := range c.found {
			if f.Rule == info.Code {
				of = append(of, f)
			}
		}
		out = append(out, c.waived(info, bounded(of))...)
	}
	return out
}

// bounded keeps the first findings of a rule, stops before all others so that none of them is lost in the rest.
func bounded(fs []Finding) []Finding {
	if len(fs) <= mostOfARule {
		return fs
	}
	slices.SortStableFunc(fs, func(a, b Finding) int { return weight(a.Severity) - weight(b.Severity) })
	rest := fs[mostOfARule]
	rest.Place, rest.Message = "", fmt.Sprintf("另有%d处同类问题没有列出，请通读全文一并处理", len(fs)-mostOfARule)
	return append(fs[:mostOfARule:mostOfARule], rest)
}

func weight(s Severity) int { return slices.Index([]Severity{Stop, Warn, Info}, s) }

// waived marks the stops that may be waived and turns those that were into warnings.
func (c *check) waived(info RuleInfo, fs []Finding) []Finding {
	if !info.Waivable {
		return fs
	}
	w, ok := c.waiver(info.Code)
	for i := range fs {
		switch {
		case fs[i].Severity != Stop:
		case ok:
			fs[i].Severity = Warn
			fs[i].Message += fmt.Sprintf("（%s已准许放行，理由：%s）", quote(w.By), quote(w.Reason))
		default:
			fs[i].Waivable = true
		}
	}
	return fs
}

// waiver finds the waiver of a rule. It holds for the revision it was given for and for no other.
func (c *check) waiver(r Rule) (Waiver, bool) {
	i := slices.IndexFunc(c.Waivers, func(w Waiver) bool {
		return w.Rule == r && w.Item == c.Item.ID && w.Revision == c.Revision.Number && !blank(w.By) && !blank(w.Reason)
	})
	if i < 0 {
		return Waiver{}, false
	}
	return c.Waivers[i], true
}

func blank(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unseen(r) }) < 0
}

// quote repeats what somebody wrote in a message: short, in one line, and without the digits of anything that might be personal.
func quote(s string) string {
	const most = 40
	rs := []rune(strings.Join(strings.Fields(s), " "))
	if len(rs) > most {
		rs = append(rs[:most], []rune("……")...)
	}
	digits := 0
	for _, r := range rs {
		if isDigit(plain(r)) {
			digits++
		}
	}
	if digits < shortestNumber {
		return string(rs)
	}
	for i, r := range rs {
		if isDigit(plain(r)) {
			rs[i] = '*'
		}
	}
	return string(rs)
}
