package typeset

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tongfa/press"
)

// Text is the one text of a work: what every format must give back, article by article, in reading order. Blank space does not count when it is compared (see
// press.Fold), as each format breaks lines where it likes. Names of the publication, page numbers, running heads and the directory stand around the text and
// are not part of it.
func (w *Work) Text() string {
	var b strings.Builder
	for _, s := range w.Sections {
		if t := s.heading(); t != "" {
			b.WriteString(t + "\n")
		}
		for _, a := range s.Articles {
			b.WriteString(a.text())
		}
	}
	return b.String()
}

func (a *Article) text() string {
	var b strings.Builder
	b.WriteString(a.Title + "\n")
	if a.Number != "" {
		b.WriteString(a.Number + "\n")
	}
	b.WriteString(press.Text(a.blocks()) + "\n")
	return b.String()
}

// texts tells of each element of a book whether it belongs to the work's text: whether it stands within an article or a section.
func (b *Book) texts() []bool {
	out := make([]bool, len(b.Elements))
	for i, e := range b.Elements {
		if out[i] = e.Role == RoleArticle || e.Role == RolePart; !out[i] && e.Parent >= 0 && e.Parent < i {
			out[i] = out[e.Parent]
		}
	}
	return out
}

// blocks is what every format prints of an article: its body, with the names of its attachments where GB/T 9704 puts them, after the text and before the
// signature.
func (a *Article) blocks() []press.Block {
	if len(a.Attachments) == 0 {
		return a.Body
	}
	at := len(a.Body)
	for i := range a.Body {
		if signature(a.Body[i:]) > 0 {
			at = i
			break
		}
	}
	out := slices.Clone(a.Body[:at])
	for i, name := range a.Attachments {
		out = append(out, press.P(attachmentLine(i, len(a.Attachments), name)))
	}
	return append(out, a.Body[at:]...)
}

// attachmentLine names an attachment (附件说明): the first after the word, each with its number when there are several, without a mark at the end.
func attachmentLine(i, of int, name string) string {
	switch {
	case of == 1:
		return "附件：" + name
	case i == 0:
		return "附件：1. " + name
	}
	return fmt.Sprintf("%d. %s", i+1, name)
}

var dateLine = regexp.MustCompile(`^(\d{4}|[〇○零一二三四五六七八九]{4})年[\d一二三四五六七八九十]{1,3}月[\d一二三四五六七八九十]{1,3}日$`)

// signature is how many blocks at the start of some are a signature: paragraphs on the right (发文机关署名) of which the last is a date (成文日期).
func signature(bs []press.Block) int {
	for i, b := range bs {
		if b.Kind != press.Paragraph || b.Align != press.AlignRight || i > mostSigners {
			return 0
		}
		if dateLine.MatchString(press.Fold(press.SpanText(b.Spans))) {
			return i + 1
		}
	}
	return 0
}

// mostSigners bounds how many bodies sign together.
const mostSigners = 20
