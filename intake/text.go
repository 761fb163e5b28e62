package intake

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"tongfa/press"
)

// textBody makes blocks of plain text, one paragraph a line. Headings are told by their numbering. The buttons and captions
// of the page that a text was copied from stand around its title and at its end; they are left out and reported.
func (r *reading) textBody(text string) {
	lines := strings.Split(text, "\n")
	filled := filledLines(lines)
	if len(filled) == 0 {
		return
	}
	if r.pkg.Revision.Title == "" && r.asked["title"].shape == absent {
		r.pkg.Revision.Title = trim(lines[filled[0]])
		filled = filled[1:]
	}
	title := press.Fold(r.pkg.Revision.Title)
	begun := false
	for i, at := range filled {
		l := trim(lines[at])
		edge := i < 10 && !begun || i >= len(filled)-6
		switch {
		case !begun && press.Fold(l) == title:
			r.drop(at+1, "与标题相同的一行没有放进正文", l)
		case emptyPicture(l):
			r.drop(at+1, "这里原来可能有一张图片或表格，文本里没有，请补上；残留的记号已去掉", l)
		case edge && furniture(l):
			r.drop(at+1, "网页上的按钮文字没有放进正文", l)
		default:
			begun = true
			r.pkg.Revision.Body = append(r.pkg.Revision.Body, textBlock(l))
		}
	}
}

func filledLines(lines []string) (at []int) {
	for i, l := range lines {
		if trim(l) != "" {
			at = append(at, i)
		}
	}
	return at
}

// trim takes white space of every width off both ends: the indent of a paragraph is the channel's business.
func trim(s string) string { return strings.TrimFunc(s, unicode.IsSpace) }

var pictureMark = regexp.MustCompile(`^[|\s]*!\[\]\(\s*\)[|\s]*$`)

// emptyPicture knows what converters leave where a picture without address stood.
func emptyPicture(l string) bool { return pictureMark.MatchString(l) }

// furniture knows the lines that belong to a page and not to its text. Only whole lines count, white space and brackets aside.
func furniture(l string) bool {
	l = strings.Trim(press.Fold(l), "【】[]()（）:：|")
	switch l {
	case "字号", "大中小", "字号:大中小", "字号：大中小", "字体", "字体:大中小", "字体：大中小", "字体大中小", "字号大中小",
		"扫码使用手机浏览本页内容", "打印本页", "关闭窗口", "打印本页】【关闭窗口", "打印", "关闭", "打印本页关闭窗口", "打印关闭",
		"分享到", "分享", "收藏", "保存", "返回顶部":
		return true
	}
	return false
}

var (
	chapter = regexp.MustCompile(`^(?:[一二三四五六七八九十百]+、|第[一二三四五六七八九十百]+章)`)
	section = regexp.MustCompile(`^(?:[（(][一二三四五六七八九十百]+[）)]|第[一二三四五六七八九十百]+节)`)
)

// maxHeading is how many characters a numbered line may have and still be a heading.
const maxHeading = 40

// textBlock is a heading when the line is numbered like one (一、 （一）), short, and no sentence.
func textBlock(l string) press.Block {
	if utf8.RuneCountInString(l) > maxHeading || strings.ContainsAny(l, "。；！？;!?") || strings.HasSuffix(l, "：") ||
		strings.HasSuffix(l, ":") || strings.HasSuffix(l, "，") || strings.HasSuffix(l, ",") {
		return press.P(l)
	}
	switch {
	case chapter.MatchString(l):
		return press.H(1, l)
	case section.MatchString(l):
		return press.H(2, l)
	}
	return press.P(l)
}
