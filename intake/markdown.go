package intake

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"tongfa/press"
)

// markdownHTML renders Markdown to HTML, which then goes the way of all HTML, so that HTML inside Markdown is cleaned too.
//
// It differs from CommonMark in three points. Lines indented by four spaces are paragraphs and no code. Emphasis works beside
// Chinese characters (see emphasis). A list item keeps the number that was written, since "3." in an official text means 3.
func (r *reading) markdownHTML(body string) (string, bool) {
	if !r.tameMarkdown(body) {
		return "", false
	}
	md := goldmark.New(
		goldmark.WithParser(markdownParser()),
		goldmark.WithExtensions(extension.Table, extension.NewCJK(extension.WithEastAsianLineBreaks()), extension.NewFootnote(extension.WithFootnoteBacklinkHTML("↩"))),
		goldmark.WithRendererOptions(html.WithUnsafe()),
	)
	md.Parser().AddOptions(parser.WithASTTransformers(util.Prioritized(loneNotes{r}, 998))) // before those that no mark leads to are gone
	source := []byte(body)
	doc := md.Parser().Parse(text.NewReader(source))
	if err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering && n.Kind() == ast.KindListItem {
			n.SetAttributeString(markerAttribute, []byte(writtenMarker(source, n)))
		}
		return ast.WalkContinue, nil
	}); err != nil {
		r.refuse(Problem{Field: "body", Text: "正文读不懂", Do: "请检查Markdown写法"})
		return "", false
	}
	var b bytes.Buffer
	if err := md.Renderer().Render(&b, source, doc); err != nil {
		r.refuse(Problem{Field: "body", Text: "正文读不懂", Do: "请检查Markdown写法"})
		return "", false
	}
	return b.String(), true
}

// loneNotes refuses footnotes that no mark leads to: the parser would leave them out.
type loneNotes struct{ r *reading }

func (l loneNotes) Transform(doc *ast.Document, in text.Reader, _ parser.Context) {
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if note, ok := n.(*extast.Footnote); ok && entering && note.Index < 0 {
			label := "[^" + string(note.Ref) + "]"
			l.r.refuse(Problem{Line: l.r.lineOf(label + ":"), Field: "body", Text: "脚注" + clip(label) + "在正文里没有标记", Do: "请在正文里要注释的字词后面写上" + clip(label) + "，或者删去这条脚注"})
		}
		return ast.WalkContinue, nil
	})
}

// markerAttribute carries a list item's marker from the Markdown to the weaver.
const markerAttribute = "data-marker"

var number = regexp.MustCompile(`^\d{1,9}[.)]`)

func writtenMarker(source []byte, item ast.Node) string {
	at := item.Pos()
	if at < 0 || at >= len(source) {
		return bullet
	}
	rest := source[at:min(len(source), at+12)]
	if m := number.Find(bytes.TrimLeft(rest, " \t")); m != nil {
		return string(m)
	}
	return bullet
}

func markdownParser() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewSetextHeadingParser(), 100),
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(parser.NewListParser(), 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(parser.NewBlockquoteParser(), 800),
			util.Prioritized(parser.NewHTMLBlockParser(), 900),
			util.Prioritized(paragraph{parser.NewParagraphParser()}, 1000),
		),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(parser.NewLinkParser(), 200),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(parser.NewRawHTMLParser(), 400),
			util.Prioritized(emphasis{}, 500),
		),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
	)
}

// paragraph takes indented lines too, which would otherwise be lost, there being no code blocks.
type paragraph struct{ parser.BlockParser }

func (paragraph) CanAcceptIndentedLine() bool { return true }

// emphasis is the parser of * and _ with one rule changed. CommonMark decides by the neighbours of a run whether it may open or
// close, and leaves `**重点。**后文` as it stands, because a closing run after a punctuation mark must be followed by a space or
// another mark; Chinese has no such spaces (commonmark-spec issue 650). Here a Chinese character or mark is a good
// neighbour on either side of a * run.
type emphasis struct{}

func (emphasis) IsDelimiter(b byte) bool { return b == '*' || b == '_' }

func (emphasis) CanOpenCloser(opener, closer *parser.Delimiter) bool {
	return opener.Char == closer.Char
}

func (emphasis) OnMatch(consumes int) ast.Node { return ast.NewEmphasis(consumes) }

func (emphasis) Trigger() []byte { return []byte{'*', '_'} }

func (e emphasis) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	d := parser.ScanDelimiter(line, before, 1, e)
	if d == nil {
		return nil
	}
	if d.Char == '*' {
		after := ' '
		if d.OriginalLength < len(line) {
			after = util.ToRune(line, d.OriginalLength)
		}
		d.CanOpen = !util.IsSpaceRune(after) && mayTouch(after, before)
		d.CanClose = !util.IsSpaceRune(before) && mayTouch(before, after)
	}
	d.Segment = segment.WithStop(segment.Start + d.OriginalLength)
	block.Advance(d.OriginalLength)
	pc.PushDelimiter(d)
	return d
}

// mayTouch reports whether a run may stand between inner, the emphasised side, and outer.
func mayTouch(inner, outer rune) bool {
	return wide(inner) || !util.IsPunctRune(inner) || wide(outer) || util.IsSpaceRune(outer) || util.IsPunctRune(outer)
}

// maxMarks bounds the characters that make a Markdown parser look back; its time grows with the square of some of them.
const maxMarks = 20_000

// maxNoteMarks bounds the marks and the notes of footnotes, each of which is looked for among all.
const maxNoteMarks = 4000

// tameMarkdown refuses what would take a Markdown parser minutes, or a stack without end.
func (r *reading) tameMarkdown(body string) bool {
	var stars, brackets, fences, notes int
	for i, l := range strings.Split(body, "\n") {
		if nested(l) > r.o.Limits.Nesting {
			r.refuse(Problem{Line: r.bodyLine() + i, Field: "body", Text: fmt.Sprintf("引用或列表嵌套超过%d层", r.o.Limits.Nesting), Do: "请检查是否误粘贴"})
			return false
		}
		stars += runs(l, '*') + runs(l, '_')
		brackets += runs(l, '[') + runs(l, '<')
		notes += strings.Count(l, "[^")
		if t := strings.TrimLeft(l, " >"); strings.HasPrefix(t, "```") || strings.HasPrefix(t, "~~~") {
			fences++
		}
	}
	if max(stars, brackets, fences) > maxMarks {
		r.refuse(Problem{Field: "body", Text: fmt.Sprintf("Markdown记号（*、_、[、```）超过%d个", maxMarks), Do: "请拆成几份稿件，或改用html"})
		return false
	}
	if notes > maxNoteMarks {
		r.tooManyNotes()
		return false
	}
	return true
}

// nested counts the quotation and list marks at the head of a line.
func nested(l string) (n int) {
	for {
		l = strings.TrimLeft(l, " \t")
		switch m := number.FindString(l); {
		case strings.HasPrefix(l, ">"):
			l = l[1:]
		case strings.HasPrefix(l, "- "), strings.HasPrefix(l, "* "), strings.HasPrefix(l, "+ "),
			strings.HasPrefix(l, "-\t"), strings.HasPrefix(l, "*\t"), strings.HasPrefix(l, "+\t"):
			l = l[2:]
		case m != "" && strings.HasPrefix(l[len(m):], " "):
			l = l[len(m)+1:]
		default:
			return n
		}
		n++
	}
}

// runs counts the groups of equal bytes c in a line.
func runs(l string, c byte) (n int) {
	for i := range len(l) {
		if l[i] == c && (i == 0 || l[i-1] != c) {
			n++
		}
	}
	return n
}

var strayNote = regexp.MustCompile(`\[\^[^\]\[\s]{1,20}\]`)

// strayMarks warns of Markdown that stayed as it was written.
func (r *reading) strayMarks(blocks []press.Block) {
	press.Walk(blocks, func(b press.Block) {
		for _, s := range b.Spans {
			if strings.Contains(s.Text+s.Note, "**") {
				r.warn(r.lineOf("**"), "正文里还有未识别的**：“"+clip(s.Text)+"”，请检查加粗记号")
			}
		}
	})
	for _, m := range strayNote.FindAllString(press.Text(blocks), -1) {
		r.warn(r.lineOf(m), "正文里的"+m+"没有对应的脚注，请补上以“"+m+": ”开头的一行，或者删去")
	}
}
