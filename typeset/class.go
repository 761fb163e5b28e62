package typeset

import (
	"strings"
	"unicode"
)

// class is how a character behaves at the edges of a line and beside others (字符类别), after GB/T 15834-2011 §5.1 and CLREQ.
type class uint8

const (
	han       class = iota // a square of its own: Han, kana, full-width letters and signs
	opening                // （「《“: never at the end of a line
	closing                // ）」》”: never at its start
	stop                   // 。！？: never at its start
	pause                  // ，、；：: never at its start
	middle                 // · between names: never at its start (间隔号)
	connector              // ～ – between numbers and places: never at its start (连接号)
	slash                  // ／: neither at the start nor at the end (分隔号)
	dash                   // ——: two make one mark, which is never parted (破折号)
	dots                   // ……: likewise (省略号)
	word                   // Latin letters, digits, and the signs that go with them
	prefix                 // ¥ № §: never at the end
	suffix                 // ％ ℃ ‰: never at the start
	space                  // parts words, and vanishes at the edges
	forced                 // ends the line
)

const (
	openings  = "（〔［｛《〈「『【〖“‘｟"
	closings  = "）〕］｝》〉」』】〗”’｠"
	stops     = "。！？．"
	pauses    = "，、；："
	prefixes  = "¥￥＄$№§£€"
	suffixes  = "％%‰℃℉°′″々〻ー"
	middles   = "·・‧"
	connected = "～〜–－"
)

// classOf is the class of a character.
func classOf(r rune) class {
	switch {
	case r == '\n':
		return forced
	case r == ' ' || r == '\t' || r == '\u00a0' || r == '\u3000':
		return space
	case r == '—' || r == '―' || r == '⸺':
		return dash
	case r == '…' || r == '⋯':
		return dots
	case r == '／':
		return slash
	case strings.ContainsRune(openings, r):
		return opening
	case strings.ContainsRune(closings, r):
		return closing
	case strings.ContainsRune(stops, r):
		return stop
	case strings.ContainsRune(pauses, r):
		return pause
	case strings.ContainsRune(middles, r):
		return middle
	case strings.ContainsRune(connected, r):
		return connector
	case strings.ContainsRune(prefixes, r):
		return prefix
	case strings.ContainsRune(suffixes, r):
		return suffix
	case fullWidth(r):
		return word
	case r < 0x2e80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsPunct(r) || unicode.IsSymbol(r) || unicode.IsMark(r)) && !ideographic(r):
		return word
	}
	return han
}

// ideographic are the signs below the Han blocks that stand in a square of their own: circled numbers, Roman numerals, boxes, stars, arrows.
func ideographic(r rune) bool { return r >= 0x2150 && r < 0x2e80 }

// fullWidth are the letters and digits that are as wide as Han: a number written with them is parted as little as any other.
func fullWidth(r rune) bool {
	return r >= '０' && r <= '９' || r >= 'Ａ' && r <= 'Ｚ' || r >= 'ａ' && r <= 'ｚ'
}

// mark reports whether a class is a mark whose ink fills one half of its square.
func (c class) mark() bool { return c == opening || c == closing || c == stop || c == pause }

// The signs of ASCII that stand in Chinese text in place of the full ones keep to the same edges.
const (
	neverFirst = ",.:;!?)]}>~/"
	neverLast  = "([{<#@"
)

// first reports whether a line may begin with a box, last whether it may end with one.
func (b *box) first() bool {
	return b.class.startable() && (b.class != word || !strings.ContainsRune(neverFirst, b.r))
}

func (b *box) last() bool {
	return b.class.endable() && (b.class != word || !strings.ContainsRune(neverLast, b.r))
}

// startable reports whether a line may begin with a class.
func (c class) startable() bool {
	switch c {
	case closing, stop, pause, middle, connector, slash, suffix, space, forced:
		return false
	}
	return true
}

// endable reports whether a line may end with a class.
func (c class) endable() bool { return c != opening && c != prefix && c != slash }

// hangs reports whether a mark may stand outside the line's end: those that are small and low.
func hangs(r rune) bool { return r == '，' || r == '。' || r == '、' || r == '．' }

// settle changes the classes that depend on what stands beside them: a dash alone joins two places or years (连接号), an apostrophe belongs to its word, and
// the straight quotes of ASCII open and close by turns.
func settle(bs []box) {
	open := false
	for i := range bs {
		b := &bs[i]
		switch {
		case b.class == forced:
			open = false
		case b.class == dash && !isClass(bs, i-1, dash) && !isClass(bs, i+1, dash):
			b.class = connector
		case b.r == '’' && isClass(bs, i-1, word) && isClass(bs, i+1, word):
			b.class = word
		case b.r == '"':
			if b.class = opening; open {
				b.class = closing
			}
			open = !open
		}
	}
}

func isClass(bs []box, i int, c class) bool { return i >= 0 && i < len(bs) && bs[i].class == c }
