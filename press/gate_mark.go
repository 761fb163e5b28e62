package press

import (
	"regexp"
	"strings"
)

// A classification mark stops an item for good: nobody at a desk on the Internet may decide otherwise. So it must not be
// found where a text only speaks of secrets (国家秘密, 商业秘密, 不得公开的情形). A mark is a grade with a star, or a line
// that says nothing else.
var (
	starred   = regexp.MustCompile(`(?:绝密|机密|秘密)[★☆]`)
	gradeLine = regexp.MustCompile(`^[（(【\[〔《]?(?:密级[:：])?(?:绝密|机密|秘密|工作秘密)[·.\-—]?(?:长期|[0-9０-９一二三四五六七八九十]{1,3}(?:年|个月|月))?[）)】\]〕》]?$`)
	innerLine = regexp.MustCompile(`^[（(【\[〔]?(?:(?:本件|此件|仅供)?(?:` + innerWords + `)[,，、;；:：!！。.]?){1,4}[）)】\]〕]?$`)
	graded    = regexp.MustCompile(`密级[:：](?:绝密|机密|秘密|工作秘密|内部)`)
	bracketed = regexp.MustCompile(`[（(【\[〔](?:绝密|机密|秘密|工作秘密|` + innerWords + `)[）)】\]〕]`)
)

const innerWords = `内部资料|内部文件|内部材料|内部刊物|内部事项|内部使用|内部参考|不得公开|不得外传|不得转发|不得上网|严禁公开|严禁外传|严禁上网|禁止外传|请勿外传|注意保存|注意保密|妥善保管`

func (c *check) marks() {
	for _, p := range c.pieces {
		if !mayBeMarked(p.text) {
			continue
		}
		for l := range strings.SplitSeq(p.text, "\n") {
			c.mark(p, Fold(l))
		}
	}
}

// mayBeMarked spares nearly every paragraph the closer look.
func mayBeMarked(s string) bool {
	for _, word := range []string{"密", "内部", "外传", "不得", "严禁", "保存", "保管"} {
		if strings.Contains(s, word) {
			return true
		}
	}
	return strings.ContainsAny(s, "★☆")
}

func (c *check) mark(p piece, line string) {
	named := p.field != "body"
	switch {
	case c.star(p, line):
	case strings.Contains(line, "密级") && graded.MatchString(line),
		!p.cell && !p.item && gradeLine.MatchString(line),
		!p.cell && !p.item && innerLine.MatchString(line),
		named && bracketed.MatchString(line):
		c.stop(ruleMark, p.field, p.place, "%s带有密级标志或者内部标志“%s”。涉密和内部材料不得在互联网上处理，请立即停止办理并报告保密工作机构", p.where, quote(line))
	}
}

// star finds a grade with a star. Within quotation marks a text explains how the mark is written; a person should know.
func (c *check) star(p piece, line string) bool {
	if !strings.ContainsAny(line, "★☆") {
		return false
	}
	for _, m := range starred.FindAllStringIndex(line, -1) {
		before := line[:m[0]]
		if strings.HasSuffix(before, "“") || strings.HasSuffix(before, "‘") || strings.HasSuffix(before, "\"") || strings.HasSuffix(before, "「") {
			c.warn(ruleMark, p.field, p.place, "%s提到密级标志“%s”。如果只是说明标志的写法，可以发布；如果是文件自己的标志，请立即停止办理", p.where, line[m[0]:m[1]])
			continue
		}
		c.stop(ruleMark, p.field, p.place, "%s带有密级标志“%s”。涉密材料不得在互联网上处理，请立即停止办理并报告保密工作机构", p.where, line[m[0]:m[1]])
		return true
	}
	return false
}
