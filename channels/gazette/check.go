package gazette

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"tongfa/press"
	"tongfa/typeset"
)

// Rules of an issue, as findings name them.
const (
	RuleEmpty   press.Rule = "gazette_empty"   // nothing in the issue
	RuleDouble  press.Rule = "gazette_double"  // the same thing twice
	RuleMissing press.Rule = "gazette_missing" // something an article should have
	RuleSection press.Rule = "gazette_section" // a section without articles, an article without section
	RuleOrder   press.Rule = "gazette_order"   // positions that are not 1 to n
	RuleOpen    press.Rule = "gazette_open"    // not to be disclosed
	RuleGlyph   press.Rule = "gazette_glyph"   // a character that no face has
	RuleSigns   press.Rule = "gazette_signs"   // a certificate that is not valid on the day of the issue
)

// Check tells what is wrong with an issue as it is planned. It looks at the entries as Arrange would put them, and a Stop
// among the findings should keep the issue from being frozen.
func (c *Channel) Check(e press.Edition) []press.Finding {
	if len(e.Entries) == 0 && len(e.Errata) == 0 {
		return []press.Finding{{Rule: RuleEmpty, Severity: press.Stop, Field: "entries", Message: "这一期还没有稿件，先编入稿件再定稿"}}
	}
	k := checker{c: c, seen: map[string]string{}}
	if e.State == press.EditionFrozen {
		k.positions(e.Entries)
	}
	e = c.Arrange(e)
	for _, en := range e.Entries {
		k.place = fmt.Sprintf("第%d篇", en.Position)
		k.entry(e, en)
	}
	k.place = ""
	k.errata(e.Errata)
	k.sections(e.Entries)
	k.characters(e)
	k.signatures(e)
	return k.found
}

type checker struct {
	c     *Channel
	place string
	seen  map[string]string // what was met, and where
	found []press.Finding
}

func (k *checker) say(rule press.Rule, s press.Severity, field, format string, args ...any) {
	k.found = append(k.found, press.Finding{Rule: rule, Severity: s, Field: field, Place: k.place, Message: fmt.Sprintf(format, args...)})
}

// signatures asks that whoever signs can do so on the day of the issue.
func (k *checker) signatures(e press.Edition) {
	for _, s := range []struct {
		name string
		c    *typeset.Credential
	}{{"PDF", k.c.cfg.PDFSignature}, {"OFD", k.c.cfg.OFDSignature}} {
		if s.c != nil && e.Due().After(s.c.Certificate.NotAfter) {
			k.say(RuleSigns, press.Stop, "signature", "给 %s 签名的证书%s到期，出刊日%s签不了；请系统管理员换上新证书，或者从配置里去掉签名", s.name,
				s.c.Certificate.NotAfter.In(k.c.o.Location).Format(time.DateOnly), e.Due().In(k.c.o.Location).Format(time.DateOnly))
		}
	}
}

// positions asks that the numbers of a frozen issue run from 1 to n, as pages and links are named for them.
func (k *checker) positions(entries []press.Entry) {
	at := make([]int, len(entries))
	for i, e := range entries {
		at[i] = e.Position
	}
	slices.Sort(at)
	for i, n := range at {
		if n != i+1 {
			k.say(RuleOrder, press.Stop, "position", "各篇的序号应当从1连续排到%d，现在是%v，请重新编排", len(at), at)
			return
		}
	}
}

func (k *checker) entry(e press.Edition, en press.Entry) {
	r, m := en.Revision, en.Revision.Meta
	k.once("item", "稿件", string(en.Item.ID), press.Stop)
	k.once("doc_number", "文号", m.DocNumber, press.Stop)
	k.once("title", "标题", r.Title, press.Warn)
	if strings.TrimSpace(r.Title) == "" {
		k.say(RuleMissing, press.Stop, "title", "没有标题，目录里无法列出，请补上")
	}
	if press.Fold(press.Text(r.Body)) == "" && len(r.Images)+len(r.Attachments) == 0 {
		k.say(RuleMissing, press.Stop, "body", "“%s”没有正文，也没有图片和附件", r.Title)
	}
	if m.Disclosure != "" && m.Disclosure != press.Proactive {
		k.say(RuleOpen, press.Stop, "disclosure", "“%s”的公开属性是“%s”，不能刊登", r.Title, m.Disclosure)
	}
	k.facts(e, en)
	if k.c.rank(en.Section) == len(k.c.cfg.Sections) {
		k.say(RuleSection, press.Warn, "section", "“%s”不属于配置的任何栏目，将排在最后的“%s”；请在配置的 sections 里为“%s”指定栏目", r.Title, unsorted, en.Item.Kind.Name())
	}
}

func (k *checker) facts(e press.Edition, en press.Entry) {
	m, title := en.Revision.Meta, en.Revision.Title
	if en.Item.Kind == press.Policy && m.DocNumber == "" {
		k.say(RuleMissing, press.Warn, "doc_number", "“%s”是政策文件，但没有文号；请核对原件后补上，或者确认它本来没有", title)
	}
	if m.Issuer == "" {
		k.say(RuleMissing, press.Warn, "issuer", "“%s”没有写发布机构，请补上", title)
	}
	switch {
	case m.FormedOn.IsZero():
		k.say(RuleMissing, press.Warn, "formed_on", "“%s”没有成文日期，将排在本栏目最后，请补上", title)
	case !e.Slot.At.IsZero() && m.FormedOn.String() > e.Slot.At.In(k.c.o.Location).Format("2006-01-02"):
		k.say(RuleMissing, press.Warn, "formed_on", "“%s”的成文日期%s晚于出版日期，请核对", title, m.FormedOn)
	}
}

// once asks that a value stands in the issue once.
func (k *checker) once(field, name, value string, s press.Severity) {
	key := press.Fold(value)
	if key == "" {
		return
	}
	key = field + " " + key
	if before, ok := k.seen[key]; ok {
		k.say(RuleDouble, s, field, "%s“%s”与%s重复，请核对是否编入了两次", name, value, before)
		return
	}
	k.seen[key] = k.place
}

// errata asks that readers learn from each correction what was wrong.
func (k *checker) errata(list []press.Correction) {
	for _, x := range list {
		if x.Year <= 0 || x.Number <= 0 {
			k.say(RuleMissing, press.Warn, "errata", "对“%s”的更正没有写明原来刊登在哪一期，请核对", x.Title)
		}
		if len(x.Changes) == 0 && strings.TrimSpace(x.Reason) == "" {
			k.say(RuleMissing, press.Warn, "errata", "对“%s”的更正没有改动的文字，也没有写原因，请核对", x.Title)
		}
	}
}

// characters asks that every character can be printed.
func (k *checker) characters(e press.Edition) {
	missing, err := k.c.missing(e)
	var t *press.Trouble
	if errors.As(err, &t) {
		k.say(RuleGlyph, press.Stop, "fonts", "%s，%s", t.What, t.Do)
	}
	for _, m := range missing {
		k.place = m.Where
		times := ""
		if m.Count > 1 {
			times = fmt.Sprintf("，共%d处", m.Count)
		}
		name := "看不见的字符"
		if unicode.IsGraphic(m.Char) {
			name = "“" + string(m.Char) + "”"
		}
		k.say(RuleGlyph, press.Stop, "body", "字体里没有%s（U+%04X%s），印不出来；%s", name, m.Char, times, missingRemedy)
	}
	k.place = ""
}

func (k *checker) sections(entries []press.Entry) {
	for _, s := range k.c.cfg.Sections {
		if !slices.ContainsFunc(entries, func(e press.Entry) bool { return e.Section == s.Name }) {
			k.say(RuleSection, press.Info, "section", "栏目“%s”本期没有稿件，目录里不列这个栏目", s.Name)
		}
	}
}
