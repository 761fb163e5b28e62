package press

// Marked is a piece of a text that is compared with another: what both say, or what only this one says.
type Marked struct {
	Text    string
	Changed bool
}

// Row is a line of two texts beside each other. A side without parts has no such line.
type Row struct{ Was, Now []Marked }

// Same reports whether both sides say the same.
func (r Row) Same() bool {
	return len(r.Was) == 1 && len(r.Now) == 1 && !r.Was[0].Changed && !r.Now[0].Changed
}

// SideBySide sets two texts beside each other, line by line. Lines that say the same stand beside each other; what stands between them is paired in its
// order and marked word by word.
func SideBySide(was, now []string) []Row {
	a, b := lines(was, now)
	d := &differ{was: a, now: b, gone: make([]bool, len(a)), come: make([]bool, len(b)),
		ahead: make([]int, len(a)+len(b)+3), back: make([]int, len(a)+len(b)+3), zero: len(b) + 1}
	d.compare(0, len(a), 0, len(b))
	var out []Row
	for x, y := 0, 0; x < len(a) || y < len(b); {
		x0, y0 := x, y
		for x < len(a) && d.gone[x] {
			x++
		}
		for y < len(b) && d.come[y] {
			y++
		}
		out = append(out, pair(was[x0:x], now[y0:y])...)
		if x < len(a) && y < len(b) {
			out = append(out, Row{[]Marked{{was[x], false}}, []Marked{{now[y], false}}})
			x, y = x+1, y+1
		}
	}
	return out
}

// lines are the lines of two texts as tokens: those that say the same have the same id.
func lines(was, now []string) (a, b []token) {
	ids := map[string]int{}
	of := func(list []string) (out []token) {
		for _, s := range list {
			key := Fold(s)
			id, ok := ids[key]
			if !ok {
				id = len(ids)
				ids[key] = id
			}
			out = append(out, token{id: id, runes: 1})
		}
		return out
	}
	return of(was), of(now)
}

func pair(was, now []string) (out []Row) {
	for i := range max(len(was), len(now)) {
		switch {
		case i >= len(now):
			out = append(out, Row{Was: []Marked{{was[i], true}}})
		case i >= len(was):
			out = append(out, Row{Now: []Marked{{now[i], true}}})
		default:
			a, b := Marks(was[i], now[i])
			out = append(out, Row{a, b})
		}
	}
	return out
}

// Marks parts two texts into what both say and what only one does. The parts of each are the whole of it.
func Marks(was, now string) (a, b []Marked) {
	d := newDiffer(was, now)
	d.compare(0, len(d.was), 0, len(d.now))
	edits := calm(d.edits())
	cutA, cutB := make([]bool, len(d.was)), make([]bool, len(d.now))
	for _, e := range edits {
		mark(cutA[e.was:e.wasEnd])
		mark(cutB[e.now:e.nowEnd])
	}
	return parts(was, d.was, cutA), parts(now, d.now, cutB)
}

func parts(text string, of []token, changed []bool) (out []Marked) {
	from := 0
	for i := range of {
		if i+1 < len(of) && changed[i] == changed[i+1] {
			continue
		}
		to := of[i].to
		if i+1 == len(of) {
			to = len(text)
		}
		out = append(out, Marked{text[from:to], changed[i]})
		from = to
	}
	if len(of) == 0 && text != "" {
		out = append(out, Marked{text, false})
	}
	return out
}
