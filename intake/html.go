package intake

import (
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tongfa/press"
)

// body makes blocks of the body, in whatever format it came. HTML is parsed with the characters that will be taken out still in it, as a
// browser parses it: what is a word there must not become a tag here because the invisible character behind its < is gone.
func (r *reading) body(text string) {
	clean := r.clean(text, origin{file: r.file, line: r.bodyLine(), field: "body"})
	switch r.form {
	case "txt":
		r.textBody(clean)
	case "md", "markdown":
		if page, ok := r.markdownHTML(clean); ok {
			r.htmlBody(page, true)
			r.strayMarks(r.pkg.Revision.Body)
		}
	default:
		r.told = oddIn(text)
		r.htmlBody(text, false)
	}
}

// bodyLine is the number of the body's first line.
func (r *reading) bodyLine() int { return 1 + strings.Count(r.source[:r.bodyAt], "\n") }

// htmlBody parses as a browser does and rebuilds from an allow-list. What a browser would swallow because a tag, a comment
// or a script was never closed is refused first: that is a half-sent file.
func (r *reading) htmlBody(page string, markdown bool) {
	if !r.wholeHTML(page, markdown) {
		return
	}
	doc, err := html.ParseWithOptions(strings.NewReader(page), html.ParseOptionEnableScripting(false))
	if err != nil {
		r.deep()
		return
	}
	w := weaver{r: r, markdown: markdown, notes: r.footnotesOf(doc, markdown)}
	w.walk(doc, marks{}, 0)
	w.flush()
	r.pkg.Revision.Body = r.withoutTitle(w.tidied(w.out), markdown)
	levelHeadings(r.pkg.Revision.Body)
}

func (r *reading) deep() {
	if !r.tooDeep {
		r.tooDeep = true
		r.refuse(Problem{Field: "body", Text: fmt.Sprintf("正文里的标记嵌套超过%d层", r.o.Limits.Nesting), Do: "请检查是否有没结束的标记，或另存为简单的网页"})
	}
}

// scan looks at the tags of a page before it is parsed.
type scan struct {
	r        *reading
	z        *html.Tokenizer
	markdown bool // the page was made of Markdown, so its lines are not those of the document
	line     int
	raw      string // element whose content is raw and not yet closed
	at       int    // its line
	ok       bool
}

// place is the line of the token, or for Markdown that of the next needle in the document.
func (s *scan) place(needle string) int {
	if s.markdown {
		return s.r.lineOf(needle)
	}
	return s.line
}

// wholeHTML reports whether every tag, comment and raw element is complete, and notes what is taken out of tags.
func (r *reading) wholeHTML(page string, markdown bool) bool {
	s := scan{r: r, z: html.NewTokenizer(strings.NewReader(page)), markdown: markdown, line: r.bodyLine(), ok: true}
	rest := len(page)
	for {
		t := s.z.Next()
		raw := string(s.z.Raw())
		if t == html.ErrorToken {
			if s.z.Err() != io.EOF || rest > 0 {
				s.bad(s.line, "文件到这里突然结束，标记不完整", "请重新导出或重新发送整个文件")
			}
			break
		}
		rest -= len(raw)
		s.token(t, raw)
		s.line += strings.Count(raw, "\n")
	}
	if s.raw != "" {
		if markdown {
			s.at = r.lastLineOf("<" + s.raw)
		}
		s.bad(s.at, "<"+s.raw+">没有结束标记，后面的内容会被吞掉", "请补上</"+s.raw+">，或删去它")
	}
	return s.ok
}

func (s *scan) bad(line int, text, do string) {
	s.ok = false
	s.r.refuse(Problem{Line: line, Field: "body", Text: text, Do: do})
}

func (s *scan) token(t html.TokenType, raw string) {
	switch t {
	case html.CommentToken:
		s.comment(raw)
	case html.EndTagToken:
		if name, _ := s.z.TagName(); string(name) == s.raw {
			s.raw = ""
		}
	case html.StartTagToken, html.SelfClosingTagToken:
		name, more := s.z.TagName()
		switch tag := string(name); tag {
		case "noscript":
			s.z.NextIsNotRawText()
		case "script", "style", "textarea", "title", "iframe", "noembed", "noframes", "xmp":
			s.raw, s.at = tag, s.line
		case "frameset":
			s.bad(s.place("<frameset"), "这是框架网页，正文不在这个文件里", "请打开正文所在的框架，单独保存")
		}
		if more {
			s.attributes()
		}
	}
}

// comment reports the text of what browsers take for a comment though it was not written as one.
func (s *scan) comment(raw string) {
	switch {
	case strings.HasPrefix(raw, "<![if ") || raw == "<![endif]>": // Word writes them around footnotes, and browsers read over them
	case !strings.HasPrefix(raw, "<!--"):
		s.r.drop(s.place(raw[:2]), "不完整的标记没有放进正文", strings.Trim(raw, "<>!?/"))
	case !strings.HasSuffix(raw, "-->") && !strings.HasSuffix(raw, "--!>"):
		s.bad(s.place("<!--"), "<!--没有结束标记，后面的内容会被吞掉", "请补上-->，或删去它")
	default:
		s.r.warn(s.place("<!--"), "网页注释没有放进正文")
	}
}

func (s *scan) attributes() {
	for more := true; more; {
		var name []byte
		name, _, more = s.z.TagAttr()
		key := string(name)
		switch {
		case strings.HasPrefix(key, "on"):
			s.r.warn(s.place(key), "去掉了网页标记里的脚本（on事件）")
		case strings.ContainsFunc(key, wide):
			s.bad(s.place(key), "标记没有写完整，把文字“"+clip(key)+"”吞了进去", "请在文字前补上>")
		}
	}
}

// withoutTitle takes the title out of the body: it is printed by every channel itself.
func (r *reading) withoutTitle(blocks []press.Block, markdown bool) []press.Block {
	rev := &r.pkg.Revision
	at := titleBlock(blocks, markdown)
	if rev.Title == "" && r.asked["title"].shape == absent {
		if at >= 0 {
			r.noNotes(blocks[at].Spans, "标题")
			rev.Title = oneLine(press.SpanText(blocks[at].Spans))
			return append(blocks[:at:at], blocks[at+1:]...)
		}
		rev.Title, r.page = r.page, ""
	}
	if r.page != "" && press.Fold(r.page) != press.Fold(rev.Title) {
		r.drop(0, "网页的title没有使用", r.page)
	}
	if len(blocks) == 0 || !isText(blocks[0]) || press.Fold(press.SpanText(blocks[0].Spans)) != press.Fold(rev.Title) {
		return blocks
	}
	r.noNotes(blocks[0].Spans, "标题")
	r.drop(0, "与标题相同的一行没有放进正文", press.SpanText(blocks[0].Spans))
	return blocks[1:]
}

func isText(b press.Block) bool { return b.Kind == press.Heading || b.Kind == press.Paragraph }

// titleBlock finds the only heading of the first level; in Markdown it must stand first.
func titleBlock(blocks []press.Block, markdown bool) int {
	at := -1
	for i, b := range blocks {
		if b.Kind != press.Heading || b.Level != 1 {
			continue
		}
		if at >= 0 {
			return -1
		}
		at = i
	}
	if markdown && at > 0 {
		return -1
	}
	return at
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// levelHeadings makes the highest heading level 1 and the lowest at most 4, since an office may begin with h2 or h3.
func levelHeadings(blocks []press.Block) {
	least := 7
	press.Walk(blocks, func(b press.Block) {
		if b.Kind == press.Heading {
			least = min(least, b.Level)
		}
	})
	shiftHeadings(blocks, least-1)
}

func shiftHeadings(blocks []press.Block, by int) {
	for i := range blocks {
		b := &blocks[i]
		if b.Kind == press.Heading {
			b.Level = min(b.Level-by, 4)
		}
		for _, it := range b.Items {
			shiftHeadings(it.Blocks, by)
		}
		shiftHeadings(b.Blocks, by)
	}
}

// textOf is all text below a node.
func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// fate is what the weaver does with an element.
type fate int

const (
	flow    fate = iota // its content counts, inside the line
	apart               // its content counts, as lines of its own
	silent              // nothing to see, nothing to say
	dropped             // taken out with a warning
)

func fateOf(n *html.Node) fate {
	switch n.DataAtom {
	case atom.Meta, atom.Link, atom.Base, atom.Col, atom.Colgroup, atom.Param, atom.Source, atom.Track, atom.Wbr, atom.Area:
		return silent
	case atom.Script, atom.Style, atom.Iframe, atom.Object, atom.Embed, atom.Applet, atom.Svg, atom.Canvas, atom.Audio, atom.Video,
		atom.Template, atom.Input, atom.Button, atom.Select, atom.Textarea, atom.Datalist, atom.Noembed, atom.Noframes, atom.Frame:
		return dropped
	case atom.Address, atom.Article, atom.Aside, atom.Body, atom.Center, atom.Dd, atom.Details, atom.Dialog, atom.Dir, atom.Div, atom.Dl,
		atom.Dt, atom.Fieldset, atom.Footer, atom.Form, atom.Header, atom.Hgroup, atom.Hr, atom.Legend, atom.Main, atom.Menu, atom.Nav,
		atom.Section, atom.Summary, atom.P, atom.Pre, atom.Li, atom.Figcaption, atom.Caption, atom.Option, atom.Listing, atom.Xmp, atom.Plaintext:
		return apart
	}
	if n.DataAtom == 0 && n.Data == "search" {
		return apart
	}
	return flow
}
