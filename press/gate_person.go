package press

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"tongfa/workday"
)

// persons looks for what identifies a private person. The law sometimes asks for it to be published, and then a named
// person says so; it is never repeated in full in a finding, because findings are mailed, logged and shown on screens.
func (c *check) persons() {
	today := c.today()
	if c.Now.IsZero() {
		today = workday.Date{Year: 2100, Month: 1, Day: 1}
	}
	for _, p := range c.pieces {
		for _, n := range numbersIn(p.text, p.label, today) {
			c.number(p, n)
		}
		for _, a := range addressesIn(p) {
			c.stop(ruleAddress, p.field, p.place, "%s含有家庭住址（%s）。请只写到镇、街道；%s", p.where, a, unlessLaw)
		}
	}
}

const unlessLaw = "依法必须公开的，由有权限的人写明理由后准许放行"

func (c *check) number(p piece, n number) {
	switch {
	case n.rule == rulePhone:
		c.stop(n.rule, p.field, p.place, "%s含有手机号%s。请删去、改为办公电话或者隐去中间四位；%s", p.where, n.masked, unlessLaw)
	case n.rule == ruleCard:
		c.stop(n.rule, p.field, p.place, "%s含有银行卡号%s。请删去或者隐去中间各位；%s", p.where, n.masked, unlessLaw)
	case n.sure:
		c.stop(n.rule, p.field, p.place, "%s含有身份证号%s。请删去或者隐去出生日期等中间各位；%s", p.where, n.masked, unlessLaw)
	default:
		c.warn(n.rule, p.field, p.place, "%s的号码%s像身份证号，但校验码不对。请核对，确是身份证号的，隐去中间各位", p.where, n.masked)
	}
}

// The forms of a home address. Numbers are Arabic or Chinese; the text was folded before.
const (
	num   = `[0-9A-Za-z零〇一二三四五六七八九十百]{1,5}`
	house = num + `(?:号楼|[#＃]楼?|幢|栋|座|号院|楼)`
)

// homes are the endings of the names of places where people live.
var homes = []string{"小区", "花园", "家园", "公寓", "苑", "新村", "新城", "宿舍", "家属院", "家属楼", "社区", "里", "府", "庭"}

var (
	flat     = regexp.MustCompile(house + `[^，。；、,;]{0,4}?` + num + `单元[^，。；、,;]{0,4}?(?:` + num + `(?:室|户|号)|[0-9]{3,4})`)
	room     = regexp.MustCompile(`(?:` + strings.Join(homes, "|") + `)[^，。；、,;]{0,6}?` + house + `[^，。；、,;]{0,3}?` + num + `(?:室|户)`)
	dashed   = regexp.MustCompile(`(?:` + strings.Join(homes, "|") + `)[0-9]{1,3}(?:号楼|#)?[-－—][0-9]{1,2}[-－—][0-9]{2,4}(?:室|户)?`)
	village  = regexp.MustCompile(`[\p{Han}]{1,8}(?:村|社区|屯)第?` + num + `(?:组|社|队)附?` + num + `号`)
	labelled = regexp.MustCompile(`(?:家庭住址|家庭地址|现住址|住址|户籍地址|户籍所在地|居住地址|身份证地址)(?:[:：为是]|\p{Han}{0,6}[省市区县镇村])[^，。；,;]{0,40}?` + num + `(?:号|室)`)
	numbered = regexp.MustCompile(num + `(?:号|室|户)`)
)

// homeWords make a table cell a home address; an office in front of a building makes it none, unless people live there.
var (
	livingWords = []string{"小区", "花园", "家园", "公寓", "苑", "新村", "宿舍", "家属"}
	homeWords   = []string{"住址", "家庭地址", "户籍地", "居住地址"}
	officeWords = []string{"大厦", "写字楼", "政府", "行政", "办公", "政务", "商务", "产业园", "科技园", "工业园", "广场", "医院", "学校", "大学", "中学", "小学", "公司", "法院", "中心", "局", "委员会", "法庭", "派出所", "办事处", "学院", "会议", "报名", "受理"}
)

// addressesIn gives the home addresses of a piece with every number in them masked.
func addressesIn(p piece) []string {
	if !strings.ContainsAny(p.text, "室户号元-－—") {
		return nil
	}
	text := strings.Map(plain, Fold(p.text))
	if p.cell && hasAny(p.label, homeWords) && numbered.MatchString(text) {
		return []string{maskAddress(text)}
	}
	var out []string
	for phrase := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("，。；,;", r) }) {
		for len(phrase) > longestPhrase {
			cut := longestPhrase
			for !utf8.RuneStart(phrase[cut]) {
				cut--
			}
			out, phrase = append(out, addressesOf(phrase[:cut])...), phrase[cut:]
		}
		out = append(out, addressesOf(phrase)...)
	}
	return out
}

// longestPhrase is as many bytes as the forms are laid over at once: they are quick on a sentence and slow on a book.
const longestPhrase = 1500

func addressesOf(phrase string) []string {
	var out []string
	taken := 0 // what an earlier form has claimed already
	for _, form := range formsFor(phrase) {
		for _, m := range form.FindAllStringIndex(phrase, -1) {
			if m[0] < taken || (form == flat || form == room) && office(phrase, m) {
				continue
			}
			taken = m[1]
			out = append(out, maskAddress(phrase[m[0]:m[1]]))
		}
	}
	return out
}

// formsFor spares a text the forms whose words it does not have.
func formsFor(text string) []*regexp.Regexp {
	var forms []*regexp.Regexp
	if strings.Contains(text, "址") || strings.Contains(text, "户籍") {
		forms = append(forms, labelled)
	}
	if strings.Contains(text, "单元") {
		forms = append(forms, flat)
	}
	living := hasAny(text, homes)
	if living && strings.ContainsAny(text, "室户") {
		forms = append(forms, room)
	}
	if living && strings.ContainsAny(text, "-－—") {
		forms = append(forms, dashed)
	}
	if strings.ContainsAny(text, "组社队") && strings.Contains(text, "号") {
		forms = append(forms, village)
	}
	return forms
}

// office reports whether a building is one where people work: its name says so, and it does not name a place where they live.
func office(phrase string, m []int) bool {
	from := m[0]
	for range 12 {
		r, size := utf8.DecodeLastRuneInString(phrase[:from])
		if size == 0 || strings.ContainsRune("、:：", r) {
			break
		}
		from -= size
	}
	around := phrase[from:m[1]]
	return hasAny(around, officeWords) && !hasAny(around, livingWords)
}

// maskAddress hides every number and keeps the end of a long address, which is where the numbers are.
func maskAddress(s string) string {
	const most = 30
	rs := []rune(s)
	if len(rs) > most {
		rs = rs[len(rs)-most:]
	}
	for i, r := range rs {
		if isDigit(r) || strings.ContainsRune("零〇一二三四五六七八九十百", r) {
			rs[i] = '*'
		}
	}
	return string(rs)
}
