package press

import (
	"html"
	"strconv"
	"strings"
)

// HTML is the text of a span with its marks, without its link and its footnote: every page that shows a body writes these alike.
func (s Span) HTML() string {
	text := strings.ReplaceAll(html.EscapeString(s.Text), "\n", "<br>")
	for _, m := range []struct {
		on  bool
		tag string
	}{{s.Sub, "sub"}, {s.Sup, "sup"}, {s.Under, "u"}, {s.Italic, "em"}, {s.Bold, "strong"}} {
		if m.on {
			text = "<" + m.tag + ">" + text + "</" + m.tag + ">"
		}
	}
	return text
}

// Covers is what the element of a cell says of the columns and rows that it covers; "" for an ordinary one.
func (c Cell) Covers() (attributes string) {
	if c.ColSpan > 1 {
		attributes = ` colspan="` + strconv.Itoa(c.ColSpan) + `"`
	}
	if c.RowSpan > 1 {
		attributes += ` rowspan="` + strconv.Itoa(c.RowSpan) + `"`
	}
	return attributes
}
