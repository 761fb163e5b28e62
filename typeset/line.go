package typeset

import (
	"math"
	"unicode"
)

// box is one character with what the line breaker needs to know of it.
type box struct {
	r           rune
	glyph       uint16
	face        *Face
	size        Length
	span        int // which span of the paragraph it is of: marks, link
	class       class
	w           Length // its advance, with its blanks
	left, right Length // blank beside the ink of a mark, which the edge of a line and a neighbour take away

	gap, stretch, shrink Length // between it and the next
	breakable            bool   // a line may end after it
	penalty              int64  // for ending one there
}

// line is a range of boxes that stand on one line, and where each of them stands.
type line struct {
	from, to int      // what is drawn; a space at the edges is left out
	x        []Length // of each box, from the start of the line
	w        Length   // from the start to the end of what is drawn
	last     bool
}

// The bounds of what a line may be stretched and shrunk, in ems of the body. They are what a reader does not see.
const (
	letterStretch = 16 // a line may put 1/16 em between two squares
	gapParts      = 4  // Han and Latin stand 1/4 em apart,
	gapStretch    = 4  // at most 1/4 more,
	gapShrink     = 8  // and 1/8 less
)

// prepare says how each box stands to the next: what may part them, what gives way between them, and whether a line may end there.
func prepare(bs []box) {
	for i := range bs {
		b := &bs[i]
		b.w = b.face.Advance(b.glyph, b.size)
		b.left, b.right, b.gap, b.stretch, b.shrink, b.breakable, b.penalty = 0, 0, 0, 0, 0, false, 0
		square := b.w >= b.size*9/10
		switch {
		case !square: // a proportional mark has no blank to give
		case b.class == opening:
			b.left = b.w / 2
		case b.class == closing, b.class == stop, b.class == pause:
			b.right = b.w / 2
		}
	}
	for i := range bs {
		if i+1 < len(bs) {
			between(&bs[i], &bs[i+1])
			canBreak(bs, i)
		}
	}
}

// between sets the glue between two neighbours.
func between(a, b *box) {
	em := min(a.size, b.size)
	switch {
	case a.class == space:
		a.stretch, a.shrink = em/4, em/8
	case b.class == space:
	case a.class.mark() && b.class.mark() && a.right+b.left > 0:
		// Marks beside each other share one half of a square; where the ink of the two meets already, they share none.
		if a.class == opening || b.class != opening {
			a.gap = -(a.right + b.left)
			a.right, b.left = 0, 0
			break
		}
		keep := em / 2
		a.gap = keep - (a.right + b.left)
		a.shrink = keep / 2
	case a.right > 0: // a mark within the line gives way by half of its blank
		a.shrink = a.right / 2
		a.stretch = em / letterStretch
	case b.left > 0:
		a.shrink = b.left / 2
		a.stretch = em / letterStretch
	case latin(a) && wide(b), wide(a) && latin(b):
		a.gap, a.stretch, a.shrink = em/gapParts, em/gapStretch, em/gapShrink
	case a.class == word || b.class == word, a.class == dash && b.class == dash, a.class == dots && b.class == dots:
	default:
		a.stretch = em / letterStretch
	}
}

// latin are letters and digits, beside which Han stands a little apart. A sign such as a bracket of ASCII has its own air.
func latin(b *box) bool {
	return b.class == word && (unicode.IsLetter(b.r) || unicode.IsDigit(b.r)) || b.class == suffix && b.w < b.size*9/10
}

func wide(b *box) bool { return b.class == han }

// Penalties of the breaks that are allowed and not liked, in the unit of a line's cost.
const (
	mildly    = 400
	unwilling = 4000
	emergency = 60000
)

// canBreak says whether a line may end after a box, and how much that is disliked.
func canBreak(bs []box, i int) {
	a, b := &bs[i], &bs[i+1]
	switch {
	case a.class == forced:
		a.breakable = true
	case a.class == space:
		a.breakable = b.class != space && b.first()
	case !a.last() || !b.first():
	case a.class == dash && b.class == dash, a.class == dots && b.class == dots:
	case a.class == word && b.class == word:
		breakWord(bs, i)
	case a.class == prefix, b.class == suffix:
	case a.class == word && unicode.IsDigit(a.r) && b.class == han && isCounter(b.r):
		a.breakable, a.penalty = true, unwilling // 数字与其后的量词
	case a.class == han && b.class == word && a.r == '第':
		a.breakable, a.penalty = true, unwilling
	case b.class == dash, b.class == dots:
		a.breakable, a.penalty = true, mildly
	default:
		a.breakable = true
	}
}

// isCounter are the characters that belong to the number before them.
func isCounter(r rune) bool {
	switch r {
	case '年', '月', '日', '时', '分', '秒', '万', '亿', '千', '百', '元', '个', '名', '人', '条', '项', '件', '号', '期', '篇', '页', '章', '款', '平', '公', '米', '吨', '户', '次', '岁', '届':
		return true
	}
	return false
}

// breakWord lets a long address break after its signs, and anything that no line can hold break anywhere.
func breakWord(bs []box, i int) {
	a, b := &bs[i], &bs[i+1]
	switch {
	case a.r == '-' && unicode.IsLetter(b.r):
		a.breakable, a.penalty = true, mildly
	case a.r == '/' && b.r != '/', a.r == '?' || a.r == '&' || a.r == '=' || a.r == '_':
		a.breakable, a.penalty = true, unwilling
	default:
		a.breakable, a.penalty = true, emergency
		if wordLength(bs, i) < 12 {
			a.breakable = false
		}
	}
}

// wordLength is how many boxes the word around a box has, up to a bound that is enough to know.
func wordLength(bs []box, i int) int {
	n := 1
	for k := i; k > 0 && n < 12 && bs[k-1].class == word; k-- {
		n++
	}
	for k := i; k+1 < len(bs) && n < 12 && bs[k+1].class == word; k++ {
		n++
	}
	return n
}

// breaker finds the best way to break one paragraph.
type breaker struct {
	bs      []box
	width   Length
	indent  Length
	sums    []sum // before each box
	justify bool
}

// sum adds up what stands before a box, with the glue after each.
type sum struct{ w, stretch, shrink Length }

// breakLines breaks a paragraph into lines of a width, the first of which is shorter by the indent. No box is lost and none is moved; a line is wider than it
// should be only where a single box is.
func breakLines(bs []box, width, indent Length, justify bool) []line {
	k := &breaker{bs: bs, width: width, indent: indent, justify: justify}
	var out []line
	for from := 0; from < len(bs); {
		to := from
		for to < len(bs) && bs[to].class != forced {
			to++
		}
		out = append(out, k.piece(from, to)...)
		from = to + 1
		k.indent = 0 // only the first line of a paragraph is indented
	}
	return out
}

// piece breaks what stands between two forced breaks.
func (k *breaker) piece(from, to int) []line {
	if from == to {
		return []line{{from: from, to: to, last: true}}
	}
	k.add(from, to)
	ends := k.best(from, to)
	var out []line
	start := from
	for _, end := range ends {
		out = append(out, k.place(start, end, end == to, start == from))
		start = end
		for start < to && k.bs[start].class == space {
			start++
		}
	}
	return out
}

func (k *breaker) add(from, to int) {
	k.sums = make([]sum, len(k.bs)+1)
	for i := from; i < to; i++ {
		b, s := &k.bs[i], k.sums[i]
		k.sums[i+1] = sum{s.w + b.w + b.gap, s.stretch + b.stretch, s.shrink + b.shrink}
	}
}

// measure is the natural width of a line, and how much it may be stretched and shrunk.
func (k *breaker) measure(from, to int) (nat, stretch, shrink Length) {
	for to > from+1 && k.bs[to-1].class == space {
		to--
	}
	a, b := k.sums[from], k.sums[to-1]
	last, first := &k.bs[to-1], &k.bs[from]
	nat = b.w - a.w + last.w - last.right - first.left
	return nat, b.stretch - a.stretch, b.shrink - a.shrink
}

const farAway = math.MaxInt64 / 4

// best is the ends of the lines that cost least together.
func (k *breaker) best(from, to int) []int {
	n := to - from
	cost, back := make([]int64, n+1), make([]int, n+1)
	for j := 1; j <= n; j++ {
		cost[j] = farAway
		if j < n && !k.bs[from+j-1].breakable {
			continue
		}
		for i := j - 1; i >= 0; i-- {
			if i > 0 && (cost[i] >= farAway || !k.bs[from+i-1].breakable) {
				continue
			}
			c, tooWide := k.cost(from, from+i, from+j, to)
			if tooWide && cost[j] < farAway {
				break
			}
			if c += cost[i]; c < cost[j] {
				cost[j], back[j] = c, i
			}
			if tooWide {
				break // one way is needed, and a longer line is only worse
			}
		}
	}
	var ends []int
	for j := n; j > 0; j = back[j] {
		ends = append(ends, from+j)
	}
	for i, j := 0, len(ends)-1; i < j; i, j = i+1, j-1 {
		ends[i], ends[j] = ends[j], ends[i]
	}
	return ends
}

// The cost of a line: nothing for one that fits as it is, rising with the cube of how far it is stretched or shrunk.
const (
	costLine     = 100
	costLone     = 3_000_000 // the last line is one character and a stop (孤字不成行)
	costShort    = 20_000    // or two
	costTooWide  = 1_000_000_000
	mostStretch  = 4000 // thousandths of the stretch that is comfortable; beyond it the line is loose, and taken only when there is no other
	costTooLoose = 50_000_000
)

func (k *breaker) cost(start, from, to, end int) (c int64, tooWide bool) {
	for from < to && from > start && k.bs[from].class == space {
		from++
	}
	if from == to {
		return costLine, false
	}
	nat, stretch, shrink := k.measure(from, to)
	width := k.width
	if from == start {
		width -= k.indent
	}
	c = costLine
	if to < end {
		c += k.bs[to-1].penalty
	}
	delta := int64(width - nat)
	switch {
	case delta < 0 && -delta > int64(shrink):
		return c + costTooWide + (-delta - int64(shrink)), true
	case delta < 0:
		r := -delta * 1000 / int64(shrink)
		return c + r*r*r/1_000_000, false
	case to == end: // the last line ends where it ends
		return c + k.lone(start, from, to), false
	case !k.justify:
		r := delta * 1000 / int64(width)
		return c + r*r*r/1_000_000, false
	case stretch == 0 || delta*1000/int64(stretch) > mostStretch:
		return c + costTooLoose + delta, false
	}
	r := delta * 1000 / int64(stretch)
	return c + r*r*r/1_000_000, false
}

// lone is the cost of a last line that is too short to stand alone.
func (k *breaker) lone(start, from, to int) int64 {
	if from == start {
		return 0
	}
	n := 0
	for _, b := range k.bs[from:to] {
		if b.class != space && b.class != closing && b.class != stop && b.class != pause {
			n++
		}
	}
	switch {
	case n <= 1:
		return costLone
	case n == 2:
		return costShort
	}
	return 0
}

// place gives every box of a line its place.
func (k *breaker) place(from, to int, last, first bool) line {
	for to > from && k.bs[to-1].class == space {
		to--
	}
	l := line{from: from, to: to, last: last}
	if from == to {
		return l
	}
	nat, stretch, shrink := k.measure(from, to)
	width := k.width
	if first {
		width -= k.indent
	}
	delta := width - nat
	var give, all Length // what has been given of what there is
	of := func(b *box) Length { return b.stretch }
	switch {
	case delta < 0:
		all, of = shrink, func(b *box) Length { return b.shrink }
		delta = max(delta, -shrink)
	case k.justify && !last:
		all = stretch
	}
	l.x = make([]Length, to-from)
	x := -k.bs[from].left
	for i := from; i < to; i++ {
		b := &k.bs[i]
		moved := Length(0)
		if all > 0 {
			moved = give * delta / all
		}
		l.x[i-from] = x + moved
		x += b.w + b.gap
		give += of(b)
	}
	end := &k.bs[to-1]
	l.w = l.x[to-from-1] + end.w - end.right
	return l
}
