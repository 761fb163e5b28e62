package intake

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// numbering is what a document says of its lists, and how far they have counted.
type numbering struct {
	kinds  map[string]map[int]*listLevel // by abstract number
	of     map[string]string             // abstract number by number
	starts map[string]map[int]int        // where a number begins anew
	begun  map[string]bool
	counts map[string]*[9]int
}

type listLevel struct {
	start  int
	format string
	text   string
}

func (d *docx) readNumbering() error {
	n := &d.lists
	n.kinds, n.of, n.starts = map[string]map[int]*listLevel{}, map[string]string{}, map[string]map[int]int{}
	n.begun, n.counts = map[string]bool{}, map[string]*[9]int{}
	return d.each(func(_ string, _ xml.StartElement) error {
		return d.each(func(name string, el xml.StartElement) error {
			switch name {
			case "abstractNum":
				levels := map[int]*listLevel{}
				n.kinds[attr(el, "abstractNumId")] = levels
				return d.each(func(name string, el xml.StartElement) error {
					if name != "lvl" {
						return d.dec.Skip()
					}
					l, err := d.listLevel()
					levels[atoi(attr(el, "ilvl"), 0, 8)] = l
					return err
				})
			case "num":
				id := attr(el, "numId")
				return d.each(func(name string, el xml.StartElement) error {
					switch name {
					case "abstractNumId":
						n.of[id] = attr(el, "val")
					case "lvlOverride":
						return d.override(id, atoi(attr(el, "ilvl"), 0, 8))
					}
					return d.dec.Skip()
				})
			}
			return d.dec.Skip()
		})
	})
}

func (d *docx) listLevel() (*listLevel, error) {
	l := &listLevel{start: 1, format: "decimal"}
	err := d.each(func(name string, el xml.StartElement) error {
		switch name {
		case "start":
			if v, err := strconv.Atoi(attr(el, "val")); err == nil {
				l.start = v
			}
		case "numFmt":
			l.format = attr(el, "val")
		case "lvlText":
			l.text = attr(el, "val")
		}
		return d.dec.Skip()
	})
	return l, err
}

func (d *docx) override(id string, level int) error {
	return d.each(func(name string, el xml.StartElement) error {
		if v, err := strconv.Atoi(attr(el, "val")); name == "startOverride" && err == nil {
			if d.lists.starts[id] == nil {
				d.lists.starts[id] = map[int]int{}
			}
			d.lists.starts[id][level] = v
		}
		return d.dec.Skip()
	})
}

// number is what numbering writes before a paragraph, and whether it is an item of a list. What Chinese documents number, 一、 and （一） and
// 第一条, are paragraphs that begin with it; dots and figures are lists.
func (d *docx) number(s docStyle) (text string, listed bool) {
	n := &d.lists
	abstract, ok := n.of[s.numID]
	if s.numID == "" || s.numID == "0" || !ok {
		return "", false
	}
	levels := n.kinds[abstract]
	l := levels[s.ilvl]
	if l == nil {
		return "", false
	}
	n.count(abstract, s.numID, s.ilvl)
	if l.format == "bullet" {
		return bullet, true
	}
	counts := n.counts[abstract]
	var b strings.Builder
	for i := 0; i < len(l.text); i++ {
		if l.text[i] != '%' || i+1 == len(l.text) || l.text[i+1] < '1' || l.text[i+1] > '9' {
			b.WriteByte(l.text[i])
			continue
		}
		i++
		at := int(l.text[i] - '1')
		format, value := "decimal", counts[at]
		if of := levels[at]; of != nil {
			format = of.format
			if value == 0 {
				value = of.start
			}
		}
		word, ok := numbered(value, format)
		if !ok {
			d.r.refuse(Problem{Field: "body", Text: "第" + strconv.Itoa(max(1, d.told)) + "段用了不认识的自动编号（" + clip(format) + "）", Do: "请把自动编号改成手工写的编号，再提交"})
		}
		b.WriteString(word)
	}
	text = strings.TrimSpace(b.String())
	plain := strings.Trim(text, "0123456789.()abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ") == ""
	return text, plain && text != ""
}

// count moves a list on by one at a level, and begins the levels below anew.
func (n *numbering) count(abstract, id string, level int) {
	counts := n.counts[abstract]
	if counts == nil {
		counts = new([9]int)
		n.counts[abstract] = counts
	}
	start := 1
	if l := n.kinds[abstract][level]; l != nil {
		start = l.start
	}
	if v, ok := n.starts[id][level]; ok && !n.begun[id+"/"+strconv.Itoa(level)] {
		n.begun[id+"/"+strconv.Itoa(level)] = true
		counts[level] = v
	} else if counts[level] == 0 {
		counts[level] = start
	} else {
		counts[level]++
	}
	for i := level + 1; i < len(counts); i++ {
		counts[i] = 0
	}
}

// numbered writes a number in one of the ways of a word processor.
func numbered(n int, format string) (string, bool) {
	switch format {
	case "none":
		return "", true
	case "decimal", "decimalHalfWidth":
		return strconv.Itoa(n), true
	case "decimalZero":
		if n < 10 {
			return "0" + strconv.Itoa(n), true
		}
		return strconv.Itoa(n), true
	case "decimalFullWidth", "decimalFullWidth2":
		return strings.Map(func(c rune) rune { return c - '0' + '０' }, strconv.Itoa(n)), true
	case "decimalEnclosedCircle", "decimalEnclosedCircleChinese":
		if n >= 1 && n <= 20 {
			return string(rune('①' + n - 1)), true
		}
		return strconv.Itoa(n), true
	case "upperLetter":
		return numeral(n, "A"), true
	case "lowerLetter":
		return numeral(n, "a"), true
	case "upperRoman":
		return numeral(n, "I"), true
	case "lowerRoman":
		return numeral(n, "i"), true
	case "chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting", "taiwaneseCountingThousand", "koreanCounting":
		return inChinese(n, "〇一二三四五六七八九"), true
	case "ideographDigital", "taiwaneseDigital", "japaneseDigitalTenThousand":
		return strings.Map(func(c rune) rune { return []rune("〇一二三四五六七八九")[c-'0'] }, strconv.Itoa(max(0, n))), true
	case "chineseLegalSimplified":
		return inChinese(n, "零壹贰叁肆伍陆柒捌玖"), true
	case "ideographTraditional":
		return cycle(n, "甲乙丙丁戊己庚辛壬癸"), true
	case "ideographZodiac":
		return cycle(n, "子丑寅卯辰巳午未申酉戌亥"), true
	}
	return "", false
}

func cycle(n int, of string) string {
	rs := []rune(of)
	if n < 1 {
		return ""
	}
	return string(rs[(n-1)%len(rs)])
}

// inChinese writes a number below ten thousand with 十, 百 and 千.
func inChinese(n int, digits string) string {
	ds := []rune(digits)
	units := []string{"", "十", "百", "千"}
	if ds[1] == '壹' {
		units = []string{"", "拾", "佰", "仟"}
	}
	if n <= 0 || n > 9999 {
		return strconv.Itoa(n)
	}
	s := strconv.Itoa(n)
	var b strings.Builder
	zero := false
	for i, c := range s {
		if c == '0' {
			zero = true
			continue
		}
		if zero {
			b.WriteRune('零')
			zero = false
		}
		b.WriteRune(ds[c-'0'])
		b.WriteString(units[len(s)-1-i])
	}
	if n >= 10 && n < 20 && ds[1] == '一' {
		return strings.TrimPrefix(b.String(), "一")
	}
	return b.String()
}
