package site

import (
	"html/template"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"tongfa/press"
)

// set gives a text the look that every reader of official documents expects and that Markdown and plain text cannot carry: the
// addressees at the margin, the signature and its date on the right, chapters, names of tables and the title of an enclosed
// document in the middle. What has an alignment of its own keeps it, and no word is touched.
func set(body []press.Block) []press.Block {
	out := slices.Clone(body)
	if i := slices.IndexFunc(out, isParagraph); i >= 0 && addressees(press.Text(out[i:i+1])) {
		align(&out[i], press.AlignLeft)
	}
	for i := range out {
		text := press.Text(out[i : i+1])
		switch {
		case out[i].Kind == press.Heading && inTheMiddle(out[i].Level, text):
			align(&out[i], press.AlignCenter)
		case isParagraph(out[i]) && dateLine.MatchString(text) && i > 0:
			align(&out[i], press.AlignRight)
			signatures(out[:i])
		case isParagraph(out[i]) && tableName.MatchString(text) && i+1 < len(out) && out[i+1].Kind == press.TableKind:
			align(&out[i], press.AlignCenter)
		}
	}
	return out
}

func isParagraph(b press.Block) bool { return b.Kind == press.Paragraph }

func align(b *press.Block, a press.Align) {
	if b.Align == press.AlignBody {
		b.Align = a
	}
}

// addressees reports whether a first paragraph names those whom a document is addressed to.
func addressees(text string) bool {
	return strings.HasSuffix(text, "：") && !strings.ContainsAny(text, "。；？") && utf8.RuneCountInString(text) <= 80
}

var (
	chapter   = regexp.MustCompile(`^第[一二三四五六七八九十百零〇0-9]+[编章节]`)
	enclosed  = regexp.MustCompile(`^[^一二三四五六七八九十（(0-9][^、。；：]*(办法|规定|细则|条例|规则|制度|方案|预案|规划|意见|清单|名单)$`)
	tableName = regexp.MustCompile(`^附?表\s*[0-9一二三四五六七八九十-]+`)
	signer    = regexp.MustCompile(`^[^0-9（(、。；：，！？“]{2,30}(政府|局|厅|委|办|部|处|院|所|站|队|会|室|组|中心|公司|法院|检察院)$`)
	dateLine  = regexp.MustCompile(`^(20\d\d年\d{1,2}月\d{1,2}日|二[〇○零][一二三四五六七八九〇○零]{2}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}日)$`)
)

// inTheMiddle reports whether a heading is a chapter's, or the title of a document that this one encloses.
func inTheMiddle(level int, heading string) bool {
	return chapter.MatchString(heading) || level <= 1 && enclosed.MatchString(heading)
}

// signersMost is how many offices may sign one above the other.
const signersMost = 6

// signatures moves the names of offices at the end of blocks, which stand above a date, to the right.
func signatures(blocks []press.Block) {
	for n := 0; n < signersMost && len(blocks) > 0; n++ {
		last := &blocks[len(blocks)-1]
		if !isParagraph(*last) || !signer.MatchString(press.Text(blocks[len(blocks)-1:])) {
			return
		}
		align(last, press.AlignRight)
		blocks = blocks[:len(blocks)-1]
	}
}

var titleBreak = regexp.MustCompile(`关于|《`)

// titleHTML is a title that is broken, where it does not fit in one line, before "关于" and before the name of a document rather than
// in the middle of one.
func titleHTML(title string) template.HTML {
	return template.HTML(titleBreak.ReplaceAllString(template.HTMLEscapeString(title), "<wbr>$0"))
}
