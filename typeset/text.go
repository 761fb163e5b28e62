package typeset

import (
	"strings"

	"tongfa/press"
)

// Text is the one text of a work: what every format must give back, article by article, in reading order. Blank space does not count when it is compared (see
// press.Fold), as each format breaks lines where it likes. Names of the publication, page numbers, running heads and the directory stand around the text and
// are not part of it.
func (w *Work) Text() string {
	var b strings.Builder
	for _, s := range w.Sections {
		if s.Title != "" {
			b.WriteString(s.Title + "\n")
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
	b.WriteString(press.Text(a.Body) + "\n")
	for i, name := range a.Attachments {
		b.WriteString(attachmentLine(i, len(a.Attachments), name) + "\n")
	}
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
