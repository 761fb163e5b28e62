package channels

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tongfa/press"
)

// TextIn is the text of the element with an id, one line a block and tabs between cells; false when there is no such element. How the
// source is broken into lines does not show in it.
// What stands in script, style, template or an element marked data-aside is not part of it.
func TextIn(page []byte, id string) (string, bool) {
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return "", false
	}
	return textIn(root, id)
}

func textIn(root *html.Node, id string) (string, bool) {
	if id == "" {
		return "", false
	}
	n := FindElement(root, func(n *html.Node) bool { return AttrOf(n, "id") == id })
	if n == nil {
		return "", false
	}
	return NodeText(n), true
}

// LinksIn are the addresses that a page links or shows.
func LinksIn(page []byte) map[string]bool {
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return map[string]bool{}
	}
	return linksIn(root)
}

func linksIn(root *html.Node) map[string]bool {
	found := map[string]bool{}
	for n := range root.Descendants() {
		for _, key := range []string{"href", "src"} {
			if v := strings.TrimSpace(AttrOf(n, key)); v != "" {
				found[v] = true
			}
		}
	}
	return found
}

// FindElement is the first element, in document order, for which ok holds; nil when there is none.
func FindElement(n *html.Node, ok func(*html.Node) bool) *html.Node {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && ok(d) {
			return d
		}
	}
	return nil
}

// AttrOf is the value of an attribute, or "".
func AttrOf(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// NodeText is the text below a node, as TextIn gives it.
func NodeText(n *html.Node) string {
	var b strings.Builder
	writeNode(&b, n)
	return strings.TrimSpace(b.String())
}

func writeNode(b *strings.Builder, n *html.Node) {
	if n.Type == html.TextNode {
		b.WriteString(sourceLines(n.Data))
		return
	}
	if skipped(n) {
		return
	}
	if (n.DataAtom == atom.Td || n.DataAtom == atom.Th) && hasCellBefore(n) {
		b.WriteByte('\t')
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		writeNode(b, c)
	}
	switch n.DataAtom {
	case atom.P, atom.Div, atom.Section, atom.Article, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Li, atom.Tr, atom.Br,
		atom.Figcaption, atom.Caption, atom.Blockquote, atom.Dt, atom.Dd, atom.Pre:
		b.WriteByte('\n')
	}
}

// sourceLines is a piece of text without the line breaks of its source, which no reader sees: between elements they are nothing,
// between words a space.
func sourceLines(text string) string {
	if !strings.ContainsAny(text, "\n\r") {
		return text
	}
	if strings.Trim(text, " \t\r\n\f") == "" {
		return ""
	}
	return strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(text)
}

func hasCellBefore(n *html.Node) bool {
	for s := n.PrevSibling; s != nil; s = s.PrevSibling {
		if s.DataAtom == atom.Td || s.DataAtom == atom.Th {
			return true
		}
	}
	return false
}

func skipped(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Template, atom.Noscript:
		return true
	}
	for _, a := range n.Attr {
		if a.Key == "data-aside" {
			return true
		}
	}
	return false
}

// Compare says whether a text seen in public says the same words as the approved one, white space apart, and if not,
// tells a person where the first difference is, what it is, and how many there are.
func Compare(approved, seen string) (equal bool, detail string) {
	changes, detail := difference(approved, seen)
	return len(changes) == 0, detail
}

// Limits of the changes that a sighting carries.
const (
	mostChanges = 20
	mostSaid    = 200 // characters of a text in a change
)

// difference is what was changed between the approved text and the one that was seen: the first few changes, and a sentence on all of them.
func difference(approved, seen string) (changes []press.Change, detail string) {
	changes = press.Diff(approved, seen)
	if len(changes) == 0 {
		return nil, ""
	}
	a, s := press.Fold(approved), press.Fold(seen)
	detail = fmt.Sprintf("第%d字起与原文不同，共%d处；%s%s（原文%d字，所见%d字）", utf8.RuneCountInString(a[:commonPrefix(a, s)])+1, len(changes),
		firstOf(changes), tell(changes[0]), utf8.RuneCountInString(a), utf8.RuneCountInString(s))
	changes = changes[:min(len(changes), mostChanges)]
	for i, c := range changes {
		changes[i] = press.Change{Before: cut(c.Before, mostSaid), Was: cut(c.Was, mostSaid), Now: cut(c.Now, mostSaid), After: cut(c.After, mostSaid)}
	}
	return changes, detail
}

// firstOf introduces the first of several changes.
func firstOf(changes []press.Change) string {
	if len(changes) > 1 {
		return "第一处："
	}
	return ""
}

// told is how much of a text a sentence quotes.
const told = 16

// tell says one change in a sentence.
func tell(c press.Change) string {
	place := "开头"
	if c.Before != "" {
		place = "“" + c.Before + "”之后"
	}
	switch {
	case c.Was == "":
		return place + "多了“" + cut(c.Now, told) + "”"
	case c.Now == "" && c.After == "":
		return place + "缺少“" + cut(c.Was, told) + "”，所见到此为止"
	case c.Now == "":
		return place + "缺少“" + cut(c.Was, told) + "”"
	}
	return place + "的“" + cut(c.Was, told) + "”变成“" + cut(c.Now, told) + "”"
}

// cut is the beginning of a text, with dots where something was left out.
func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-2]) + "……"
}

// commonPrefix is the length in bytes of what two texts begin with alike, cut at a rune.
func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	for n > 0 && n < len(a) && !utf8.RuneStart(a[n]) {
		n--
	}
	return n
}

// Sighted makes a sighting of a text that was seen.
func Sighted(e press.Entry, approved, seen string) press.Sighting {
	s := press.Sighting{Copy: e.Copy.ID, Status: press.SeenEqual, Digest: press.DigestText(seen), URL: e.Copy.URL}
	if s.Changes, s.Detail = difference(approved, seen); len(s.Changes) > 0 {
		s.Status = press.SeenDiffers
	}
	return s
}
