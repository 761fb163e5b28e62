package typeset

import "strings"

// Report says how well the lines of a book are set, so that a machine looks at every one of them. All counts but Lines and Justified are zero in a book that
// may be printed.
type Report struct {
	Lines     int // of all text: paragraphs, titles, tables, notes
	Justified int // of which this many are filled from edge to edge
	Loose     int // of these, spread by more than Bound
	Overfull  int // wider than their measure
	Lone      int // paragraphs whose last line is a single character (孤字)
	Edges     int // begin or end with a mark that may not stand there
	Parted    int // columns that end between what belongs together: a heading and its text, the first line of a paragraph and the next, the last and the one before
	Widest    int // thousandths of an em between two squares of the loosest line
	Faults    []string
}

// OK reports whether no line is at fault.
func (r *Report) OK() bool { return r.Loose+r.Overfull+r.Lone+r.Edges+r.Parted == 0 }

// mostFaults bounds how many lines at fault are kept with their words.
const mostFaults = 20

func (r *Report) count(w row) {
	k := w.check
	r.Lines++
	if k.justified {
		r.Justified++
		r.Widest = max(r.Widest, k.spread)
	}
	for _, f := range []struct {
		is   bool
		n    *int
		word string
	}{{k.loose, &r.Loose, "过松"}, {k.over, &r.Overfull, "过满"}, {k.lone, &r.Lone, "孤字"}, {k.edge, &r.Edges, "标点在行端"}} {
		if !f.is {
			continue
		}
		*f.n++
		r.fault(f.word, &w)
	}
}

// part counts a column that ends after something that should stand with what follows.
func (r *Report) part(p *piece) {
	r.Parted++
	for i := range p.rows {
		r.fault("与下文分开", &p.rows[i].row)
	}
}

func (r *Report) fault(word string, w *row) {
	if len(r.Faults) < mostFaults {
		r.Faults = append(r.Faults, word+"："+w.words())
	}
}

// words is what a row says.
func (r *row) words() string {
	var b strings.Builder
	for _, u := range r.runs {
		for _, g := range u.Glyphs {
			b.WriteString(g.Text)
		}
	}
	return b.String()
}
