package press

import "regexp"

// address is an http or https address as it is written into plain text. A full stop, a bracket or a comma behind it belongs to the sentence.
var address = regexp.MustCompile(`https?://[A-Za-z0-9\-._~:/?#@!$&'*+,;=%\[\]()]*[A-Za-z0-9\-_~/#=&%]`)

// Linked is a plain text, such as that of a footnote, with a link behind every address that is written out in it. The words are the same.
func Linked(text string) (out []Span) {
	at := 0
	for _, m := range address.FindAllStringIndex(text, -1) {
		if m[0] > at {
			out = append(out, Span{Text: text[at:m[0]]})
		}
		out = append(out, Span{Text: text[m[0]:m[1]], Link: text[m[0]:m[1]]})
		at = m[1]
	}
	if at < len(text) || len(out) == 0 {
		out = append(out, Span{Text: text[at:]})
	}
	return out
}

// Notes are the footnotes of a body, in the order of their numbers.
func Notes(blocks []Block) []string {
	var w textWriter
	w.blocks(blocks)
	return w.notes
}

// SpansIn calls f for all spans of a block itself, those in the cells of its table included, in the order in which they are read. Those of blocks inside it
// are not among them: see Walk.
func SpansIn(b Block, f func([]Span)) {
	f(b.Spans)
	if b.Table == nil {
		return
	}
	for _, row := range b.Table.Rows {
		for _, c := range row {
			f(c.Spans)
		}
	}
}
