package press

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Diff tells word by word what was changed between two texts: Han characters one by one, Latin words and numbers whole. White space and whatever else Fold
// removes is no difference. Changes come in the order of the text; two with next to nothing between them are told as one, so
// that a sentence which was written anew is not told letter by letter. Texts that say the same words have no changes.
//
// The script is the shortest one where texts are as alike as two revisions are. Where they are not, it is cut at the furthest
// point that was reached, which bounds the time; memory grows with the length of the texts and not with their distance.
func Diff(was, now string) []Change {
	if Fold(was) == Fold(now) {
		return nil
	}
	d := newDiffer(was, now)
	d.compare(0, len(d.was), 0, len(d.now))
	edits := calm(d.edits())
	var out []Change
	for i, e := range edits {
		if c := d.change(edits, i, e); Fold(c.Was) != Fold(c.Now) { // equal ones part their words elsewhere, such as "e mail" and "email"
			out = append(out, c)
		}
	}
	return out
}

// token is one word or one character of a text.
type token struct {
	from, to int // bytes
	runes    int // that are seen
	id       int // equal for equal words
}

type differ struct {
	wasText, nowText string
	was, now         []token
	gone, come       []bool // tokens of was and now that the other does not have
	ahead, back      []int  // furthest points by diagonal, from the beginning and from the end
	zero             int    // where diagonal 0 is in them
}

func newDiffer(was, now string) *differ {
	ids := map[string]int{}
	d := &differ{wasText: was, nowText: now, was: tokens(was, ids), now: tokens(now, ids)}
	d.gone, d.come = make([]bool, len(d.was)), make([]bool, len(d.now))
	d.ahead, d.back = make([]int, len(d.was)+len(d.now)+3), make([]int, len(d.was)+len(d.now)+3)
	d.zero = len(d.now) + 1
	return d
}

// tokens parts a text into words.
func tokens(text string, ids map[string]int) (out []token) {
	inWord := false
	for at, r := range text {
		size := runeLen(text[at:])
		switch word := wordRune(r); {
		case unicode.IsSpace(r):
			inWord = false
		case unseen(r):
		case word && inWord:
			out[len(out)-1].to = at + size
			out[len(out)-1].runes++
		default:
			out = append(out, token{from: at, to: at + size, runes: 1})
			inWord = word
		}
	}
	for i := range out {
		word := Fold(text[out[i].from:out[i].to])
		id, ok := ids[word]
		if !ok {
			id = len(ids)
			ids[word] = id
		}
		out[i].id = id
	}
	return out
}

func runeLen(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// wordRune reports whether a character makes a word with its neighbours.
func wordRune(r rune) bool {
	if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
		return false
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// compare marks what differs between was[x0:x1] and now[y0:y1].
func (d *differ) compare(x0, x1, y0, y1 int) {
	for {
		for x0 < x1 && y0 < y1 && d.was[x0].id == d.now[y0].id {
			x0, y0 = x0+1, y0+1
		}
		for x0 < x1 && y0 < y1 && d.was[x1-1].id == d.now[y1-1].id {
			x1, y1 = x1-1, y1-1
		}
		if x0 == x1 || y0 == y1 {
			mark(d.gone[x0:x1])
			mark(d.come[y0:y1])
			return
		}
		x, y := d.middle(x0, x1, y0, y1)
		d.compare(x0, x, y0, y)
		x0, y0 = x, y
	}
}

func mark(list []bool) {
	for i := range list {
		list[i] = true
	}
}

// mostSteps is how far the search for a shortest script goes before it takes what it has.
const mostSteps = 512

// front is one of the two searches of Myers' algorithm (An O(ND) Difference Algorithm, 1986, section 4b): the diagonals it has reached.
type front struct{ from, to int }

// grow adds a diagonal on each side that is not at the border, and marks the ones beyond as unreached.
func (f *front) grow(reach []int, zero, lowest, highest, unreached int) {
	if f.from > lowest {
		f.from--
		reach[zero+f.from-1] = unreached
	} else {
		f.from++
	}
	if f.to < highest {
		f.to++
		reach[zero+f.to+1] = unreached
	} else {
		f.to--
	}
}

func (f front) has(diagonal int) bool { return f.from <= diagonal && diagonal <= f.to }

// middle is a point on a shortest way from (x0, y0) to (x1, y1), found from both ends at once.
func (d *differ) middle(x0, x1, y0, y1 int) (x, y int) {
	lowest, highest := x0-y1, x1-y0
	ahead, back := front{x0 - y0, x0 - y0}, front{x1 - y1, x1 - y1}
	odd := (ahead.from-back.from)%2 != 0
	d.ahead[d.zero+ahead.from], d.back[d.zero+back.from] = x0, x1
	for step := 1; ; step++ {
		ahead.grow(d.ahead, d.zero, lowest, highest, -1)
		for k := ahead.to; k >= ahead.from; k -= 2 {
			x := d.forward(k, x1, y1)
			if odd && back.has(k) && d.back[d.zero+k] <= x {
				return x, x - k
			}
		}
		back.grow(d.back, d.zero, lowest, highest, math.MaxInt)
		for k := back.to; k >= back.from; k -= 2 {
			x := d.backward(k, x0, y0)
			if !odd && ahead.has(k) && x <= d.ahead[d.zero+k] {
				return x, x - k
			}
		}
		if step >= mostSteps {
			return d.furthest(ahead, back, x0, x1, y0, y1)
		}
	}
}

func (d *differ) forward(k, x1, y1 int) int {
	x := max(d.ahead[d.zero+k-1]+1, d.ahead[d.zero+k+1])
	for x < x1 && x-k < y1 && d.was[x].id == d.now[x-k].id {
		x++
	}
	d.ahead[d.zero+k] = x
	return x
}

func (d *differ) backward(k, x0, y0 int) int {
	x := min(d.back[d.zero+k-1], d.back[d.zero+k+1]-1)
	for x > x0 && x-k > y0 && d.was[x-1].id == d.now[x-k-1].id {
		x--
	}
	d.back[d.zero+k] = x
	return x
}

// furthest is the point at which either search has come furthest.
func (d *differ) furthest(ahead, back front, x0, x1, y0, y1 int) (int, int) {
	best, bestX, bestY := -1, 0, 0
	for k := ahead.to; k >= ahead.from; k -= 2 {
		x := min(d.ahead[d.zero+k], x1, y1+k)
		if far := x + x - k - x0 - y0; far > best {
			best, bestX, bestY = far, x, x-k
		}
	}
	for k := back.to; k >= back.from; k -= 2 {
		x := max(d.back[d.zero+k], x0, y0+k)
		if far := x1 + y1 - x - (x - k); far > best {
			best, bestX, bestY = far, x, x-k
		}
	}
	return bestX, bestY
}

// edit says that was[was:wasEnd] became now[now:nowEnd].
type edit struct {
	was, wasEnd, now, nowEnd int
	kept                     int // characters that both have between the edit before and this one
	size                     int // characters of the longer side
}

// edits are the marked tokens as edits.
func (d *differ) edits() (out []edit) {
	kept := 0
	for x, y := 0, 0; x < len(d.was) || y < len(d.now); {
		e := edit{was: x, now: y, kept: kept}
		gone, come := 0, 0
		for ; x < len(d.was) && d.gone[x]; x++ {
			gone += d.was[x].runes
		}
		for ; y < len(d.now) && d.come[y]; y++ {
			come += d.now[y].runes
		}
		if e.wasEnd, e.nowEnd, e.size = x, y, max(gone, come); e.size > 0 {
			out = append(out, e)
			kept = 0
			continue
		}
		kept += d.was[x].runes
		x, y = x+1, y+1
	}
	return out
}

// Edits that are parted by a few characters are one: always when there are no more than fewKept, and up to someKept when the edits on both sides
// are so much longer that what both texts have there is an accident.
const (
	fewKept  = 2
	someKept = 6
)

func calm(edits []edit) (out []edit) {
	for _, e := range edits {
		if len(out) == 0 || !adjoining(out[len(out)-1], e) {
			out = append(out, e)
			continue
		}
		last := &out[len(out)-1]
		last.wasEnd, last.nowEnd = e.wasEnd, e.nowEnd
		last.size += e.kept + e.size
	}
	return out
}

func adjoining(a, b edit) bool {
	return b.kept <= fewKept || b.kept <= someKept && 2*b.kept <= min(a.size, b.size)
}

// aroundRunes is how much of what both texts say stands on each side of a change.
const aroundRunes = 8

func (d *differ) change(edits []edit, i int, e edit) Change {
	from, to := 0, len(d.was)
	if i > 0 {
		from = edits[i-1].wasEnd
	}
	if i+1 < len(edits) {
		to = edits[i+1].was
	}
	from, to = d.sameLine(from, to, e)
	before, after := []rune(spanOf(d.wasText, d.was[from:e.was])), []rune(spanOf(d.wasText, d.was[e.wasEnd:to]))
	return Change{
		Before: string(before[max(0, len(before)-aroundRunes):]),
		Was:    spanOf(d.wasText, d.was[e.was:e.wasEnd]),
		Now:    spanOf(d.nowText, d.now[e.now:e.nowEnd]),
		After:  string(after[:min(len(after), aroundRunes)]),
	}
}

// sameLine leaves of what stands around a change what stands in the same paragraph as its first and its last word. Where a whole paragraph came or went,
// what stands in others says where.
func (d *differ) sameLine(from, to int, e edit) (int, int) {
	first, last := from, to
	breaks := func(i int) bool { // between a token and the one before it
		return i > 0 && i < len(d.was) && strings.Contains(d.wasText[d.was[i-1].to:d.was[i].from], "\n")
	}
	for i := e.was; i > from; i-- {
		if breaks(i) {
			from = i
		}
	}
	for i := e.wasEnd; i < to; i++ {
		if breaks(i) {
			to = i
		}
	}
	if from == e.was && to == e.wasEnd && (e.was == e.wasEnd || e.now == e.nowEnd) {
		return first, last
	}
	return from, to
}

// spanOf is what a text says from the first of some tokens to the last: on one line, with a space only where words would run into each other.
func spanOf(text string, of []token) string {
	var b strings.Builder
	for i, p := range of {
		if i > 0 && of[i-1].to < p.from && wordEnds(text[:of[i-1].to]) && wordBegins(text[p.from:]) {
			b.WriteByte(' ')
		}
		b.WriteString(Fold(text[p.from:p.to]))
	}
	return b.String()
}

func wordEnds(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return wordRune(r)
}

func wordBegins(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return wordRune(r)
}
