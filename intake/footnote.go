package intake

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tongfa/press"
)

// noteAttribute carries the text of a footnote in what Page writes: the mark is an element without a word.
const noteAttribute = "data-note"

// footnotes are the notes of a page by the elements that stand for them in its text. Word, WPS, Markdown and most other writers of pages agree on one thing
// only: the mark leads to the note, and the note leads back to the mark. Where both do, it is a footnote; whatever else looks like one stays as it is written.
type footnotes struct {
	of    map[*html.Node]*html.Node // the note, by its mark
	apart map[*html.Node]bool       // what is no text where it stands: the notes, and in them the marks that lead back
	marks []string                  // as they were written
	count int                       // that the body has taken
	used  map[*html.Node]bool       // marks that stand in it
	added map[string][]string       // the addresses written into a note, by its text
}

func noFootnotes() *footnotes {
	return &footnotes{of: map[*html.Node]*html.Node{}, apart: map[*html.Node]bool{}, used: map[*html.Node]bool{}, added: map[string][]string{}}
}

var (
	noteMark = regexp.MustCompile(`^[\[［【〔(（]?(?:[0-9]{1,4}|[①-⑳]|[ivxlc]{1,6}|[a-z]|[*＊†‡]|注[0-9]{0,3})[\]］】〕)）]?$`)
	backMark = regexp.MustCompile(`^(?:[↩↑^⤴⬆︎]{1,2}|返回(?:正文)?)$`)
	notesTop = regexp.MustCompile(`^(?:注释|脚注|尾注|注|Footnotes|Notes)[:：]?$`)
)

// footnotesOf finds the footnotes of a page. In one that was made of Markdown a mark may begin its paragraph; elsewhere a number at the beginning of a
// line that leads to a heading and back is a table of contents.
func (r *reading) footnotesOf(doc *html.Node, markdown bool) *footnotes {
	f := noFootnotes()
	ids, at, links := anchors(doc)
	for _, back := range links[:min(len(links), mostLinks)] {
		mark := linkIn(ids[fragment(back)])
		if mark == nil {
			continue
		}
		to := ids[fragment(mark)]
		if to == nil || at[mark] >= at[back] {
			continue
		}
		note := noteAround(to)
		if note == nil || !within(back, note) || within(mark, note) || !noteMark.MatchString(markText(mark)) || !markdown && !textBefore(mark) {
			continue
		}
		mark, back = widen(mark, noteMark), widen(back, noteMark, backMark)
		f.of[mark], f.apart[note] = note, true
		words := markText(back)
		if noteMark.MatchString(words) || backMark.MatchString(words) {
			f.apart[back] = true
		}
		if !markdown { // there the marks are those that the parser made
			f.marks = append(f.marks, markText(mark), words)
		}
		if len(f.of) > r.o.Limits.Notes {
			r.tooManyNotes()
			break
		}
	}
	return f
}

// mostLinks bounds the links within a page that are looked at.
const mostLinks = 20_000

func (r *reading) tooManyNotes() {
	r.refuse(Problem{Field: "body", Text: fmt.Sprintf("脚注超过%d条", r.o.Limits.Notes), Do: "请拆成几份稿件，或者把注释改作附件"})
}

// anchors are the elements that links lead to by their names, the place of each link in the order of the page, and the links that lead within the page.
func anchors(doc *html.Node) (ids map[string]*html.Node, at map[*html.Node]int, links []*html.Node) {
	ids, at = map[string]*html.Node{}, map[*html.Node]int{}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		names := []string{attribute(n, "id")}
		if n.DataAtom == atom.A {
			names = append(names, attribute(n, "name"))
			if fragment(n) != "" {
				at[n] = len(links)
				links = append(links, n)
			}
		}
		for _, name := range names {
			if name != "" && ids[name] == nil {
				ids[name] = n
			}
		}
	}
	return ids, at, links
}

// fragment is the name of what a link within its page leads to.
func fragment(a *html.Node) string {
	name, within := strings.CutPrefix(strings.TrimSpace(attribute(a, "href")), "#")
	if !within {
		return ""
	}
	if plain, err := url.PathUnescape(name); err == nil {
		return plain
	}
	return name
}

// linkIn is the link that an element is, is inside of, or has inside.
func linkIn(n *html.Node) *html.Node {
	const near = 4
	if n == nil {
		return nil
	}
	for up, i := n, 0; up != nil && i < near && inLine(up); up, i = up.Parent, i+1 {
		if up.DataAtom == atom.A && fragment(up) != "" {
			return up
		}
	}
	i := 0
	for d := range n.Descendants() {
		if d.DataAtom == atom.A && fragment(d) != "" {
			return d
		}
		if i++; i >= near || !inLine(n) {
			break
		}
	}
	return nil
}

func inLine(n *html.Node) bool {
	switch n.DataAtom {
	case atom.A, atom.Sup, atom.Span, atom.Small, atom.B, atom.Strong, atom.I, atom.Em, atom.U, atom.Font:
		return true
	}
	return false
}

// noteAround is the block that a note is: the paragraph or the item around what its mark leads to, or the element around several paragraphs that has a
// number in its name, as Word writes it. Nil for a heading, a cell and whatever else is no note.
func noteAround(n *html.Node) *html.Node {
	for n != nil && inLine(n) {
		n = n.Parent
	}
	if n == nil {
		return nil
	}
	switch n.DataAtom {
	case atom.Li, atom.Div, atom.Aside, atom.Dd:
		return n
	case atom.P:
		up := n.Parent
		if up == nil || firstElement(up) != n {
			return n
		}
		id := attribute(up, "id")
		if up.DataAtom == atom.Li || (up.DataAtom == atom.Div || up.DataAtom == atom.Aside) && strings.TrimRight(id, "0123456789") != id {
			return up
		}
		return n
	}
	return nil
}

func firstElement(n *html.Node) *html.Node {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			return c
		}
	}
	return nil
}

func within(n, outer *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == outer {
			return true
		}
	}
	return false
}

// markText is what an element says, as far as is needed to tell a mark from other words.
func markText(n *html.Node) string {
	const enough = 80
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data[:min(len(d.Data), 2*enough)])
		}
		if b.Len() > enough {
			break
		}
	}
	return strings.ToLower(press.Fold(b.String()))
}

// textBefore reports whether a block says something before an element in it.
func textBefore(n *html.Node) bool {
	for ; n != nil && n.Parent != nil; n = n.Parent {
		for s := n.PrevSibling; s != nil; s = s.PrevSibling {
			if s.Type == html.TextNode && press.Fold(s.Data) != "" || s.Type == html.ElementNode && markText(s) != "" {
				return true
			}
		}
		if !inLine(n.Parent) {
			return false
		}
	}
	return false
}

// widen is the largest element in the line around a mark that says nothing more, such as the raised brackets around its number.
func widen(n *html.Node, kinds ...*regexp.Regexp) *html.Node {
	for up := n.Parent; up != nil && inLine(up); up = up.Parent {
		words, fits := markText(up), false
		for _, k := range kinds {
			fits = fits || k.MatchString(words)
		}
		if !fits {
			break
		}
		n = up
	}
	return n
}

// footnote puts a note behind the words before it.
func (w *weaver) footnote(mark, note *html.Node, depth int) {
	w.notes.used[mark] = true
	text := w.noteText(mark, note, depth)
	if text == "" {
		w.r.warn(0, "有一条空的脚注，没有放进正文")
		return
	}
	w.note(text)
}

func (w *weaver) note(text string) {
	r := w.r
	if w.notes.count++; w.notes.count > r.o.Limits.Notes {
		r.tooManyNotes()
		return
	}
	if n := utf8.RuneCountInString(text); n > r.o.Limits.Note {
		r.refuse(Problem{Field: "body", Text: fmt.Sprintf("脚注“%s”有%d字，超过上限%d字", clip(oneLine(text)), n, r.o.Limits.Note), Do: "请把它改作正文的一段或者附件"})
		return
	}
	if n := len(w.cur); n > 0 && w.cur[n-1].Note == "" && !strings.HasSuffix(w.cur[n-1].Text, "\n") {
		w.cur[n-1].Note = text
		return
	}
	w.cur = append(w.cur, press.Span{Note: text})
}

// noteText is what a note says, one line a paragraph. An address behind words in it is written out, since a note is plain text.
func (w *weaver) noteText(mark, note *html.Node, depth int) string {
	in := w.inner()
	in.notes = &footnotes{of: w.notes.of, apart: w.notes.apart, used: w.notes.used, added: w.notes.added}
	in.align, in.level = press.AlignBody, 0
	in.children(note, marks{}, depth+1)
	in.flush()
	var lines, added []string
	for _, b := range in.out {
		if b.Kind == press.TableKind || b.Kind == press.Figure {
			w.r.refuse(Problem{Field: "body", Text: "脚注“" + clip(oneLine(textOf(note))) + "”里有表格或图片", Do: "请把它移到正文里，脚注里只留文字"})
			return ""
		}
		for _, l := range blockLines(b) {
			var line strings.Builder
			for _, s := range l {
				if s.Note != "" {
					w.r.refuse(Problem{Field: "body", Text: "脚注“" + clip(oneLine(textOf(note))) + "”里又有脚注", Do: "请把里面的那一条并进去"})
				}
				if s.Sup || s.Sub {
					w.r.warn(0, "脚注里的上标、下标改成了普通文字（“"+clip(s.Text)+"”），请核对")
				}
				line.WriteString(s.Text)
				if to := strings.TrimPrefix(s.Link, "mailto:"); to != "" && !strings.Contains(s.Text, strings.TrimSuffix(to, "/")) {
					added = append(added, "（"+to+"）")
					line.WriteString("（" + to + "）")
				}
			}
			lines = append(lines, strings.TrimSpace(line.String()))
		}
	}
	text := withoutMark(strings.TrimSpace(strings.Join(lines, "\n")), markText(mark))
	w.notes.added[text] = added
	return text
}

// withoutMark takes the mark off the beginning of a note where it was typed there. A bare number needs a stop after it: "2 月" is no mark.
func withoutMark(text, mark string) string {
	rest, ok := strings.CutPrefix(text, mark)
	if !ok || mark == "" {
		return text
	}
	if strings.Trim(mark, "0123456789abcdefghijklmnopqrstuvwxyz注") == "" {
		if after := strings.TrimLeft(rest, ".．、:："); after != rest {
			return strings.TrimSpace(after)
		}
		return text
	}
	return strings.TrimSpace(rest)
}

// tidied takes the heading off notes that no longer stand below it, and says what became of the marks.
func (w *weaver) tidied(blocks []press.Block) []press.Block {
	for mark, note := range w.notes.of {
		if !w.notes.used[mark] {
			w.r.refuse(Problem{Field: "body", Text: "脚注“" + clip(oneLine(textOf(note))) + "”的标记不在正文里", Do: "请把标记放回正文的字词后面，或者删去这条脚注"})
		}
	}
	if w.notes.count == 0 {
		return blocks
	}
	if n := len(blocks); n > 0 && isText(blocks[n-1]) && notesTop.MatchString(press.Fold(press.SpanText(blocks[n-1].Spans))) {
		w.r.drop(0, "脚注的小标题没有放进正文", press.SpanText(blocks[n-1].Spans))
		blocks = blocks[:n-1]
	}
	if len(w.notes.marks) > 0 {
		w.r.drop(0, "脚注按在正文里出现的先后重新编号，原来的标记没有保留", strings.Join(w.notes.marks, " "))
	}
	return blocks
}

// noNotes refuses notes where only plain words can stand.
func (r *reading) noNotes(spans []press.Span, where string) {
	for _, s := range spans {
		if s.Note != "" {
			r.refuse(Problem{Field: "body", Text: where + "“" + clip(oneLine(press.SpanText(spans))) + "”上有脚注", Do: "请把这条脚注移到正文里的字词上，或者写成正文的一段"})
			return
		}
	}
}

// plain refuses notes in a caption, which is plain words.
func (r *reading) plain(blocks []press.Block, where string) {
	for _, b := range blocks {
		for _, l := range blockLines(b) {
			r.noNotes(l, where)
		}
	}
}
