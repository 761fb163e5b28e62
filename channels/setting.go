package channels

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"tongfa/press"
)

// Role is what a block is in an official document (公文要素). Markdown and plain text do not carry it, so it is read from the words, the order and
// the neighbours of blocks, and tells how every channel sets the block.
type Role string

// Roles. The zero value is whatever has none: it is set as its kind and its alignment say.
const (
	Addressee Role = "addressee" // 主送机关: at the margin
	Signature Role = "signature" // 发文机关署名: on the right
	Date      Role = "date"      // 成文日期: on the right
	Chapter   Role = "chapter"   // 编, 章, 节: in the centre
	Clause    Role = "clause"    // 第三条: its number is bold
	Annex     Role = "annex"     // 附件说明, the line that names the first annex: its further lines hang
	AnnexMore Role = "annex-more"
	Label     Role = "label"     // 附件1, alone above an enclosed document: at the margin
	Enclosed  Role = "enclosed"  // the title of a document that this one encloses: in the centre
	TableName Role = "tablename" // in the centre, above its table
	TableUnit Role = "unit"      // 单位：万元, above a table: on the right
)

// Align is how a block of a role stands.
func (r Role) Align() press.Align {
	switch r {
	case Addressee, Label:
		return press.AlignLeft
	case Chapter, Enclosed, TableName:
		return press.AlignCenter
	case Signature, Date, TableUnit:
		return press.AlignRight
	}
	return press.AlignBody
}

// Piece is a block as it is to be set: with its role, the alignment that follows from it and, in a clause, the bold number.
type Piece struct {
	press.Block
	Role Role
}

// Set gives a body the look that every reader of official documents expects. What has another alignment of its own keeps it and has no role; no
// word is touched, and neither is body.
func Set(body []press.Block) []Piece {
	s := setter{body: body, words: make([]string, len(body)), roles: make([]Role, len(body))}
	for i, b := range body {
		if b.Kind == press.Heading || b.Kind == press.Paragraph {
			s.words[i] = words(press.SpanText(b.Spans))
		}
	}
	for i := range body {
		s.read(i)
	}
	out := make([]Piece, len(body))
	for i, b := range body {
		out[i] = piece(b, s.roles[i])
	}
	return out
}

// SetBlocks are the blocks of a body as Set sets them, for who sets roles in his own way and wants the alignments that print has too.
func SetBlocks(body []press.Block) []press.Block {
	out := make([]press.Block, len(body))
	for i, p := range Set(body) {
		out[i] = p.Block
	}
	return out
}

// words is a text without white space. A long one, which can be nothing but a clause or a note of annexes, is spared the work.
func words(text string) string {
	if len(text) > 2*addresseesMost*utf8.UTFMax {
		return text
	}
	return press.Fold(text)
}

func piece(b press.Block, r Role) Piece {
	switch {
	case b.Align == press.AlignBody:
		b.Align = r.Align()
	case b.Align != r.Align():
		return Piece{Block: b}
	}
	if r == Clause {
		b.Spans = boldNumber(b.Spans)
	}
	return Piece{b, r}
}

var (
	chapterHead  = regexp.MustCompile(`^第[一二三四五六七八九十百零〇0-9]+[编章节]`)
	clauseNumber = regexp.MustCompile(`^第[一二三四五六七八九十百千零〇0-9]+条(?:之[一二三四五六七八九十]+)?[\s\x{3000}]`)
	numbered     = regexp.MustCompile(`^(?:[（(]?[一二三四五六七八九十0-9]+[）)、.．]|第[一二三四五六七八九十百零〇0-9]+[条项])`)
	documentName = regexp.MustCompile(`^[^、。；：]*(?:办法|规定|细则|条例|规则|制度|方案|预案|规划|意见|清单|名单)(?:（[^（）]*）)*$`)
	annexNote    = regexp.MustCompile(`^附件[：:]`)
	annexLabel   = regexp.MustCompile(`^附件[0-9一二三四五六七八九十]*$`)
	annexMore    = regexp.MustCompile(`^[0-9]+[.．、]`)
	tableName    = regexp.MustCompile(`^附?表[0-9一二三四五六七八九十-]+`)
	tableUnit    = regexp.MustCompile(`^[（(]?(?:金额)?单位[：:][^，。；：]{1,8}[）)]?$`)
	dateLine     = regexp.MustCompile(`^(?:(?:19|20)\d\d年\d{1,2}月\d{1,2}日|二[〇○零][一二三四五六七八九〇○零]{2}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}日)$`)
	office       = regexp.MustCompile(`(?:政府|局|厅|委|办|部|处|院|所|站|队|会|室|组|中心|公司|馆|校|学|社|团)$`)
	seal         = regexp.MustCompile(`[（(](?:代?章|盖章|公章|印章)[）)]$`)
	remark       = regexp.MustCompile(`^[（(].*[）)]$`)
	sentence     = regexp.MustCompile(`^(?:经|根据|依据|按照|为了|现将|现就)|(?:如下|决定|公告|通告|公示|公布|通知|包括|要求|规定|事项|情况|清单|名单|内容)：$`)
	lastWords    = regexp.MustCompile(`^(?:特此|此复|专此|以上|妥否|附件)`)
)

// Limits in characters and lines of what is still a name and no sentence.
const (
	addresseesMost = 120
	titleMost      = 60
	signerMost     = 30
	signersMost    = 6
)

// setter reads the roles of a body in the order of its blocks. Only a date looks back, at who signed above it.
type setter struct {
	body  []press.Block
	words []string // of headings and paragraphs
	roles []Role
}

func (s *setter) read(i int) {
	switch s.body[i].Kind {
	case press.Heading:
		s.roles[i] = s.heading(i)
	case press.Paragraph:
		s.roles[i] = s.paragraph(i)
		if s.roles[i] == Date {
			s.sign(i)
		}
	}
}

// heading: an unnumbered one of the first level after the date of the covering text begins what that encloses.
func (s *setter) heading(i int) Role {
	w := s.words[i]
	switch {
	case chapterHead.MatchString(w):
		return Chapter
	case annexLabel.MatchString(w):
		return Label
	case numbered.MatchString(w):
		return ""
	case s.after(i, Label), s.body[i].Level <= 1 && (documentName.MatchString(w) || slices.Contains(s.roles[:i], Date)):
		return Enclosed
	}
	return ""
}

func (s *setter) paragraph(i int) Role {
	w := s.words[i]
	switch {
	case s.opens(i) && addressees(w):
		return Addressee
	case i > 0 && dateLine.MatchString(w) && (s.signers(i) > 0 || s.closes(i+1)):
		return Date
	case i > 0 && strings.HasSuffix(w, "日") && signedInOne(press.SpanText(s.body[i].Spans)):
		return Signature
	case tableName.MatchString(w) && (s.table(i+1) || s.unit(i+1)):
		return TableName
	case s.unit(i):
		return TableUnit
	case annexNote.MatchString(w):
		return Annex
	case (s.after(i, Annex) || s.after(i, AnnexMore)) && annexMore.MatchString(w):
		return AnnexMore
	case annexLabel.MatchString(w):
		return Label
	case s.after(i, Label) && titleLike(w):
		return Enclosed
	case clauseNumber.MatchString(press.SpanText(s.body[i].Spans)):
		return Clause
	}
	return ""
}

// opens reports whether nothing stands before a block but lines with an alignment of their own, such as a document number.
func (s *setter) opens(i int) bool {
	return !slices.ContainsFunc(s.body[:i], func(b press.Block) bool { return b.Kind != press.Paragraph || b.Align == press.AlignBody })
}

func (s *setter) after(i int, r Role) bool { return i > 0 && s.roles[i-1] == r }

func (s *setter) table(i int) bool { return i < len(s.body) && s.body[i].Kind == press.TableKind }

func (s *setter) unit(i int) bool {
	return i < len(s.body) && s.body[i].Kind == press.Paragraph && tableUnit.MatchString(s.words[i]) && s.table(i+1)
}

// closes reports whether the covering text is over at a block: a date that more paragraphs follow is a day in a story.
func (s *setter) closes(i int) bool {
	return i >= len(s.body) || s.body[i].Kind != press.Paragraph || remark.MatchString(s.words[i]) || annexLabel.MatchString(s.words[i])
}

// signers is how many paragraphs above a date are the names of who signed. The last may be any name; those above it must be offices.
func (s *setter) signers(date int) (n int) {
	for i := date - 1; i > 0 && n < signersMost; i-- {
		if s.body[i].Kind != press.Paragraph || s.roles[i] != "" || !signer(s.words[i]) || n > 0 && !office.MatchString(sealless(s.words[i])) {
			break
		}
		n++
	}
	return n
}

func (s *setter) sign(date int) {
	for i := date - s.signers(date); i < date; i++ {
		s.roles[i] = Signature
	}
}

// addressees reports whether a first paragraph names those whom a document is addressed to.
func addressees(w string) bool {
	return strings.HasSuffix(w, "：") && !strings.ContainsAny(w, "。；？！") && utf8.RuneCountInString(w) <= addresseesMost && !sentence.MatchString(w)
}

func signer(w string) bool {
	w = sealless(w)
	return w != "" && utf8.RuneCountInString(w) <= signerMost && !strings.ContainsAny(w, "。；：，、！？（）《》“”.;:") &&
		!numbered.MatchString(w) && !lastWords.MatchString(w)
}

func sealless(w string) string { return seal.ReplaceAllString(w, "") }

// signedInOne reports whether a paragraph of several lines is a signature with its date below it.
func signedInOne(text string) bool {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = press.Fold(lines[i])
	}
	n := len(lines) - 1
	return n > 0 && n <= signersMost && dateLine.MatchString(lines[n]) && !slices.ContainsFunc(lines[:n], func(l string) bool { return !signer(l) })
}

func titleLike(w string) bool {
	return w != "" && utf8.RuneCountInString(w) <= titleMost && !strings.ContainsAny(w, "。；：") && !numbered.MatchString(w)
}

// boldNumber makes the number of a clause bold where the text has it plain.
func boldNumber(spans []press.Span) []press.Span {
	at := clauseNumber.FindString(spans[0].Text)
	if at == "" || spans[0].Bold || spans[0].Link != "" {
		return spans
	}
	number, rest := spans[0], spans[0]
	number.Text, number.Bold, number.Note = strings.TrimSpace(at), true, ""
	rest.Text = strings.TrimPrefix(rest.Text, number.Text)
	return slices.Concat([]press.Span{number, rest}, spans[1:])
}
