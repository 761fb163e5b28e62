package typeset

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

// box is one character with what the line breaker needs to know of it.
type box struct {
	r           rune
	text        string // the same as it stands in the text
	glyph       uint16
	face        *Face
	size        Length
	span        int // which span of the paragraph it is of: marks, link
	class       class
	w           Length // its advance, with its blanks
	raised      Length // of its baseline: an exponent
	left, right Length // blank beside the ink of a mark, which the edge of a line and a neighbour take away

	gap, stretch, shrink Length // between it and the next
	order                order  // in which it gives way
	breakable            bool   // a line may end after it
	penalty              int64  // for ending one there
}

// order is which blank gives way first when a line is too full: that of brackets and middle dots, then of commas, then of full stops, and at last the air
// between Han and Latin. When a line is too short, that air and the spaces between words grow first, and then what is between squares.
type order uint8

const (
	byBracket order = iota
	byPause
	byStop
	byAir
	orders
)

// line is a range of boxes that stand on one line, and where each of them stands.
type line struct {
	from, to int      // what is drawn; a space at the edges is left out
	x        []Length // of each box, from the start of the line
	w        Length   // from the start to the end of what is drawn
	last     bool
	spread   int    // thousandths of an em that were put between two squares; see Bound
	over     Length // how much wider than it should be
	lone     bool   // the last of several, with a single character on it
	edge     bool   // begins or ends with what may not stand there
}

// The bounds of what a line may be stretched and shrunk, in ems. They are what a reader does not see: a mark within a line gives at most half of its blank,
// the air between Han and Latin is between 1/8 and 3/8 em, a space between words may be half as wide again, and what is put between any two squares beyond that
// is at most Bound; where a line would have to be looser, a long word or an address is parted instead.
const (
	letterStretch = 16 // 1/16 em between two squares is comfortable
	gapParts      = 4  // Han and Latin stand 1/4 em apart,
	gapStretch    = 8  // at most 1/8 more before all squares move apart alike: holes around figures are seen first
	gapShrink     = 8  // and 1/8 less
)

// Bound is the most that a justified line may put between two squares before it is called loose, in thousandths of an em: a quarter of an em, as the rules of
// Chinese and of Japanese layout have it. The cost of a line rises with the cube of what it needs, so that few lines come near it, and those because a number or a
// name that must be whole went to the next. Report counts the lines beyond it.
const Bound = 250

// prepare says how each box stands to the next: what may part them, what gives way between them, and whether a line may end there.
func prepare(bs []box) {
	settle(bs)
	for i := range bs {
		b := &bs[i]
		b.w = b.face.Advance(b.glyph, b.size)
		b.left, b.right, b.gap, b.stretch, b.shrink, b.order, b.breakable, b.penalty = 0, 0, 0, 0, 0, 0, false, 0
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
	titles(bs)
}

// between sets the glue between two neighbours.
func between(a, b *box) {
	em := min(a.size, b.size)
	switch {
	case a.class == space:
		a.stretch, a.shrink, a.order = em/8, em/8, byAir
	case b.class == space:
		if a.right > 0 { // the space is blank enough
			a.gap, a.right = -a.right, 0
		}
	case a.class.mark() && b.class.mark() && a.right+b.left > 0:
		// Marks beside each other share one half of a square; where the ink of the two meets already, they share none.
		if a.class == opening || b.class != opening {
			a.gap = -(a.right + b.left)
			a.right, b.left = 0, 0
			break
		}
		keep := em / 2
		a.gap = keep - (a.right + b.left)
		a.shrink, a.order = keep/2, byBracket
	case a.class == middle || b.class == middle: // · takes half a square, whatever its face gives it
		a.gap = half(a) + half(b)
		a.shrink, a.stretch, a.order = max(0, em/8+a.gap/2), em/letterStretch, byBracket
	case a.right > 0: // a mark within the line gives way by half of its blank
		a.shrink, a.order = a.right/2, a.class.order()
		a.stretch = em / letterStretch
	case b.left > 0:
		a.shrink, a.order = b.left/2, byBracket
		a.stretch = em / letterStretch
	case a.class == dash && b.class == dash:
		a.gap = joined(a, b)
	case latin(a) && wide(b), wide(a) && latin(b), a.class == word && strings.ContainsRune(",;:!?", a.r) && wide(b):
		a.gap, a.stretch, a.shrink, a.order = em/gapParts, em/gapStretch, em/gapShrink, byAir
	case a.class == word || b.class == word, a.class == dots && b.class == dots:
	default:
		a.stretch = em / letterStretch
	}
}

// order is when the blank of a mark gives way.
func (c class) order() order {
	switch c {
	case pause:
		return byPause
	case stop:
		return byStop
	}
	return byBracket
}

// half is what a middle dot lacks of half a square on one side, or has too much.
func half(b *box) Length {
	if b.class != middle {
		return 0
	}
	return (b.size/2 - b.w) / 2
}

// joined closes the gap between the two halves of a dash, as it is one mark: by the blanks beside their ink, and a hair more.
func joined(a, b *box) Length {
	_, right := a.face.bearings(a.glyph, a.size)
	left, _ := b.face.bearings(b.glyph, b.size)
	if right+left <= 0 {
		return 0
	}
	return -(right + left) - min(a.size, b.size)/100
}

// latin are letters and digits, beside which Han stands a little apart. A sign such as a bracket of ASCII has its own air.
func latin(b *box) bool {
	return b.class == word && b.w < b.size*9/10 && (unicode.IsLetter(b.r) || unicode.IsDigit(b.r)) || b.class == suffix && b.w < b.size*9/10
}

// wide are the characters of Chinese; signs such as stars and circled figures have air of their own.
func wide(b *box) bool {
	return b.class == han && (unicode.IsLetter(b.r) || b.r == '〇') && b.raised == 0
}

// Penalties of the breaks that are allowed and not liked, in the unit of a line's cost.
const (
	mildly    = 400
	reluctant = 1500
	unwilling = 4000
	emergency = 60000
	never     = 2 * costTooLoose // what only a line that no break can save is parted by
)

// canBreak says whether a line may end after a box, and how much that is disliked.
func canBreak(bs []box, i int) {
	a, b := &bs[i], &bs[i+1]
	switch {
	case a.class == forced:
		a.breakable = true
	case a.class == space:
		a.breakable = b.class != space && b.first() && beforeSpace(bs, i)
	case !a.last() || !b.first():
	case a.class == dash && b.class == dash, a.class == dots && b.class == dots:
	case a.class == word && b.class == word:
		breakWord(bs, i)
		a.stretch = a.size / (2 * letterStretch) // a line of little but an address is filled as well
	case a.class == prefix, b.class == suffix:
	case b.raised > 0: // a footnote's mark, an exponent
	case digit(a) && b.class == han && b.r == '号', a.r == '第' && digit(b), a.r == '〕' && digit(b): // 〔2026〕12号
	case b.r == '-' && !negative(bs, i+1):
	case digit(a) && b.class == han && isCounter(b.r), a.r == '第', b.r == '〔':
		a.breakable, a.penalty = true, unwilling // 数字与其后的量词
	case digit(b) && (a.r == '年' || a.r == '月') && i > 0 && digit(&bs[i-1]): // 2026年11月|30日
		a.breakable, a.penalty = true, reluctant
	case b.class == dash, b.class == dots, alone(bs, i):
		a.breakable, a.penalty = true, mildly
	default:
		a.breakable = true
	}
}

// beforeSpace reports whether a line may end with what stands before a row of spaces, as the spaces vanish at its end.
func beforeSpace(bs []box, i int) bool {
	for i >= 0 && bs[i].class == space {
		i--
	}
	return i < 0 || bs[i].last()
}

func digit(b *box) bool { return b.class == word && unicode.IsDigit(b.r) }

// negative reports whether a hyphen is the sign of the number after it.
func negative(bs []box, i int) bool { return i+1 < len(bs) && digit(&bs[i+1]) && !digit(&bs[i-1]) }

// alone reports whether a break would leave one character of what stands in brackets on its side: 县（市、|区）, 《示|例》.
func alone(bs []box, i int) bool {
	return bs[i+1].class == han && isClass(bs, i+2, closing) || bs[i].class == han && isClass(bs, i-1, opening)
}

// shortTitle is how long the name of a document may be to be kept on one line where that costs little.
const shortTitle = 10

// titles makes breaks within short names of documents unwelcome.
func titles(bs []box) {
	for i := range bs {
		if bs[i].r != '《' {
			continue
		}
		end := i + 1
		for end < len(bs) && end-i <= shortTitle && bs[end].r != '》' && bs[end].class != forced {
			end++
		}
		if end == len(bs) || bs[end].r != '》' {
			continue
		}
		for k := i; k < end; k++ {
			bs[k].penalty += mildly / 2
		}
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
	case digit(a) && b.r == '/', a.r == '/' && digit(b) && i > 0 && digit(&bs[i-1]) && wordLength(bs, i) < 12: // a fraction, a date
	case b.r == '@':
		a.breakable, a.penalty = true, unwilling
	case a.r == '/' && b.r != '/', a.r == '?' || a.r == '&' || a.r == '=' || a.r == '_', a.r == '.' && unicode.IsLetter(b.r) && wordLength(bs, i) >= 12:
		a.breakable, a.penalty = true, unwilling
	default:
		if wordLength(bs, i) < 12 {
			break
		}
		if a.breakable, a.penalty = true, emergency; inAddress(bs, i) {
			a.penalty = emergency / 6 // better parted anywhere than spread
		}
	}
}

// inAddress reports whether a sign of addresses stands in the word around a box, not far from it.
func inAddress(bs []box, i int) bool {
	for _, step := range []int{-1, 1} {
		for k, n := i, 0; k >= 0 && k < len(bs) && n < 16 && bs[k].class == word; k, n = k+step, n+1 {
			if strings.ContainsRune("/@?=&_", bs[k].r) {
				return true
			}
		}
	}
	return false
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

// breaker finds the best way to break a paragraph, and keeps the room that it needs for the next one.
type breaker struct {
	bs      []box
	width   Length
	indent  Length
	sums    []sum // before each box
	costs   []int64
	backs   []int
	justify bool
	hang    bool // small marks stand outside at the end of a line, where they are only trimmed otherwise
}

// sum adds up what stands before a box, with the glue after each.
type sum struct {
	w, air, letters Length // natural width; what spaces and the air beside Latin grow by first, and then what is between all squares
	shrink          [orders]Length
}

func (s *sum) add(b *box) {
	s.w += b.w + b.gap
	s.shrink[b.order] += b.shrink
	air, letters := b.grows()
	s.air += air
	s.letters += letters
}

// grows is by how much the blank after a box grows first, and by how much with all others.
func (b *box) grows() (air, letters Length) {
	if b.order == byAir && b.stretch > 0 {
		return b.stretch, b.size / letterStretch
	}
	return 0, b.stretch
}

// lines breaks a paragraph into lines of a width, the first of which is shorter by the indent. No box is lost and none is moved; a line is wider than it
// should be only where a single box is.
func (k *breaker) lines(bs []box, width, indent Length, justify, hang bool) (out []line) {
	k.bs, k.width, k.indent, k.justify, k.hang = bs, width, indent, justify, hang
	k.sums = room(k.sums, len(bs)+1)
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

// room is a slice of n elements, the one that there is if it is large enough.
func room[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/2)
	}
	return s[:n]
}

// piece breaks what stands between two forced breaks.
func (k *breaker) piece(from, to int) []line {
	if from == to {
		return []line{{from: from, to: to, last: true}}
	}
	k.add(from, to)
	ends, cost := k.best(from, to)
	if cost >= costTooLoose && cost < costTooWide {
		k.part(from, to)
		ends, cost = k.best(from, to)
	}
	if cost >= costTooWide {
		k.loosen(from, to)
		ends, _ = k.best(from, to)
	}
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

// part allows breaks in words and numbers of documents, at a price that only a line beyond Bound is worth: in a narrow column between long words there is nothing
// else that gives way.
func (k *breaker) part(from, to int) {
	for i := from; i+1 < to; i++ {
		a, b := &k.bs[i], &k.bs[i+1]
		switch {
		case a.breakable || !b.first() || !a.last():
		case a.class == word && b.class == word && unicode.IsLetter(a.r) && unicode.IsLetter(b.r):
			a.breakable, a.penalty = true, costTooLoose/8
		case a.r == '〕' && digit(b), a.class == word && b.class == word && !(digit(a) && digit(b)):
			a.breakable, a.penalty = true, costTooLoose/4
		}
	}
}

// loosen allows every break, at a price that is paid only where a line would run over its edge: a word longer than the line, a row of marks that may not be
// parted. What stays within the page is read; what does not is lost.
func (k *breaker) loosen(from, to int) {
	for i := from; i+1 < to; i++ {
		b := &k.bs[i]
		if b.breakable {
			continue
		}
		b.breakable, b.penalty = true, never
		if b.class != word || k.bs[i+1].class != word {
			b.penalty = 4 * never
		}
	}
}

func (k *breaker) add(from, to int) {
	k.sums[from] = sum{}
	for i := from; i < to; i++ {
		k.sums[i+1] = k.sums[i]
		k.sums[i+1].add(&k.bs[i])
	}
}

// measure is the natural width of a line, and how much it may be stretched and shrunk.
func (k *breaker) measure(from, to int) sum {
	for to > from+1 && k.bs[to-1].class == space {
		to--
	}
	a, b := &k.sums[from], &k.sums[to-1]
	last, first := &k.bs[to-1], &k.bs[from]
	m := sum{w: b.w - a.w + last.w - k.trim(last) - first.left, air: b.air - a.air, letters: b.letters - a.letters}
	for i := range m.shrink {
		m.shrink[i] = b.shrink[i] - a.shrink[i]
	}
	return m
}

func (s *sum) give() (n Length) {
	for _, l := range s.shrink {
		n += l
	}
	return n
}

// trim is what of the last box of a line does not count: its blank, or all of a mark that hangs.
func (k *breaker) trim(b *box) Length {
	if k.hang && b.right > 0 && hangs(b.r) {
		return b.w
	}
	return b.right
}

const (
	farAway    = math.MaxInt64 / 4
	mostOnLine = 1000 // boxes; a line of more has glyphs without width
)

// best is the ends of the lines that cost least together, and the most that one of them costs.
func (k *breaker) best(from, to int) (ends []int, worst int64) {
	n := to - from
	k.costs, k.backs = room(k.costs, n+1), room(k.backs, n+1)
	cost, back := k.costs, k.backs
	cost[0], back[0] = 0, 0
	low := 0 // the first box of the longest line that ends here and is not too wide; it only ever moves on
	for j := 1; j <= n; j++ {
		cost[j] = farAway
		if j < n && !k.bs[from+j-1].breakable {
			continue
		}
		for low = max(low, j-mostOnLine); low < j-1; low++ {
			if _, tooWide := k.cost(from, from+low, from+j, to); !tooWide {
				break
			}
		}
		reached := func(i int) bool { return i == 0 || cost[i] < farAway && k.bs[from+i-1].breakable }
		for i := low; i < j; i++ {
			if !reached(i) {
				continue
			}
			c, _ := k.cost(from, from+i, from+j, to)
			if loose := c >= costTooLoose; loose && cost[j] < costTooLoose && j < n {
				break // a shorter line is only looser
			}
			if c += min(cost[i], farAway/2); c <= cost[j] {
				cost[j], back[j] = c, i
			}
		}
		for i := low - 1; i >= 0 && cost[j] >= farAway; i-- { // one way is needed, the least wide of those that are too wide
			if reached(i) {
				c, _ := k.cost(from, from+i, from+j, to)
				cost[j], back[j] = c+min(cost[i], farAway/2), i
			}
		}
	}
	for j := n; j > 0; j = back[j] {
		ends = append(ends, from+j)
		if c, tooWide := k.cost(from, from+back[j], from+j, to); !tooWide || j-back[j] > 1 {
			worst = max(worst, c)
		}
	}
	slices.Reverse(ends)
	return ends, worst
}

// The cost of a line: nothing for one that fits as it is, rising with the cube of how far it is stretched or shrunk.
const (
	costLine     = 100
	costLone     = 3_000_000         // the last line is one character and a stop (孤字不成行)
	costShort    = 20_000            // or two
	costTooWide  = 1_000_000_000_000 // more than any number of breaks that are never liked
	costTooLoose = 50_000_000
)

func (k *breaker) cost(start, from, to, end int) (c int64, tooWide bool) {
	for from < to && from > start && k.bs[from].class == space {
		from++
	}
	if from == to {
		return costLine, false
	}
	m := k.measure(from, to)
	width := k.width
	if from == start {
		width -= k.indent
	}
	c = costLine
	if to < end {
		c += k.bs[to-1].penalty
	}
	delta, give := int64(width-m.w), int64(m.give())
	switch {
	case delta < 0 && -delta > give:
		return c + costTooWide + (-delta - give), true
	case delta < 0:
		r := -delta * 1000 / give
		return c + r*r*r/1_000_000, false
	case to == end: // the last line ends where it ends
		return c + k.lone(start, from, to), false
	case !k.justify:
		r := delta * 1000 / int64(max(1, width))
		return c + r*r*r/1_000_000, false
	}
	rest := max(0, delta-int64(m.air)) // what has to go between squares
	if rest > 0 && (m.letters == 0 || rest*1000/int64(m.letters) > Bound*letterStretch) {
		return c + costTooLoose + rest, false
	}
	r := delta * 1000 / max(1, int64(m.air/2+m.letters))
	return c + r*r*r/1_000_000, false
}

// lone is the cost of a last line that is too short to stand alone.
func (k *breaker) lone(start, from, to int) int64 {
	if from == start {
		return 0
	}
	switch k.count(from, to) {
	case 0, 1:
		return costLone
	case 2:
		if k.justify { // a ragged line of a narrow cell may end with two, rather than begin with one
			return costShort
		}
	}
	return 0
}

// count is how many characters of a range are no marks.
func (k *breaker) count(from, to int) (n int) {
	for i := from; i < to && n < 3; i++ {
		if c := k.bs[i].class; !c.mark() && c != space && c != dots && c != dash && k.bs[i].raised == 0 {
			n++
		}
	}
	return n
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
	m := k.measure(from, to)
	width := k.width
	if first {
		width -= k.indent
	}
	g := k.glue(&l, m, width-m.w)
	l.x = make([]Length, to-from)
	x := -k.bs[from].left
	for i := from; i < to; i++ {
		b := &k.bs[i]
		l.x[i-from] = x + g.moved()
		x += b.w + b.gap
		g.pass(b)
	}
	end := &k.bs[to-1]
	l.w = l.x[to-from-1] + end.w - end.right
	l.lone = last && !first && k.count(from, to) <= 1
	l.edge = !first && !k.bs[from].first() || !last && !end.last()
	return l
}

// glue deals out what a line has too much or too little of, by the order in which blanks give way.
type glue struct {
	want [orders + 1]Length // for each order; the last is what goes between squares
	all  [orders + 1]Length
	gone [orders + 1]Length
	grow bool
}

// glue decides how much each kind of blank gives, and notes on the line what is beyond the bounds.
func (k *breaker) glue(l *line, m sum, delta Length) *glue {
	g := &glue{grow: delta > 0}
	switch {
	case delta < 0:
		rest := -delta
		for i := range m.shrink {
			g.all[i] = m.shrink[i]
			g.want[i] = -min(rest, m.shrink[i])
			rest += g.want[i]
		}
		l.over = rest
	case k.justify && !l.last:
		g.all[byAir], g.all[orders] = m.air, m.letters
		g.want[byAir] = min(delta, m.air)
		rest := delta - g.want[byAir]
		switch {
		case rest == 0:
		case m.letters == 0:
			l.spread = 1000 // one word on a line of its own: it stays ragged
		default:
			g.want[orders] = rest
			l.spread = int(rest * 1000 / letterStretch / m.letters)
		}
	}
	return g
}

func (g *glue) moved() (n Length) {
	for i := range g.want {
		if g.all[i] > 0 {
			n += g.gone[i] * g.want[i] / g.all[i]
		}
	}
	return n
}

func (g *glue) pass(b *box) {
	if !g.grow {
		g.gone[b.order] += b.shrink
		return
	}
	air, letters := b.grows()
	g.gone[byAir] += air
	g.gone[orders] += letters
}
