package gazette

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"tongfa/press"
)

// errataName is the page on which an issue corrects earlier ones.
const errataName = "errata.html"

// errataSection is the section of the directory that leads to it; it comes last.
const errataSection = "更正"

// erratum is one correction as edition.json tells of it.
type erratum struct {
	Item       string         `json:"item"`
	Title      string         `json:"title"`
	DocNumber  string         `json:"doc_number,omitempty"`
	Year       int            `json:"year"`
	Number     int            `json:"number"`
	Supplement bool           `json:"supplement,omitempty"` // that issue was one
	URL        string         `json:"url,omitempty"`
	Reason     string         `json:"reason,omitempty"`
	Changes    []press.Change `json:"changes,omitempty"`
}

// errataIn are the corrections of an edition in the order in which they are printed: that of the issues which they correct.
func errataIn(ed press.Edition) (out []erratum) {
	list := slices.Clone(ed.Errata)
	slices.SortStableFunc(list, func(a, b press.Correction) int {
		return cmp.Or(a.Year-b.Year, compareBool(a.Supplement, b.Supplement), a.Number-b.Number)
	})
	for _, x := range list {
		out = append(out, erratum{string(x.Item), x.Title, x.DocNumber, x.Year, x.Number, x.Supplement, x.URL, strings.TrimSpace(x.Reason), x.Changes})
	}
	return out
}

// compareBool puts what is not before what is.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// corrects reports whether an issue prints these corrections. How their changes are told word by word does not matter.
func (r record) corrects(ed press.Edition) bool {
	return slices.EqualFunc(r.Errata, errataIn(ed), func(a, b erratum) bool {
		return a.Item == b.Item && a.Year == b.Year && a.Number == b.Number && a.Supplement == b.Supplement
	})
}

type errataPage struct {
	frame
	Section string
	Heading []string // in pieces that a line keeps together
	Errata  []printedErratum
	PDF     fileLink
	Before  *neighbour
	After   *neighbour
}

// printedErratum is a correction as readers read it.
type printedErratum struct {
	ID, Ordinal                          string
	Issue, Title, DocNumber, URL, Reason string
	Changes                              []printedChange
	One                                  bool // change, which one sentence tells
}

// printedChange is one change as a sentence, in pieces: words of ours and words of the text.
type printedChange struct {
	Said []phrase
	Last bool // of its erratum
}

// phrase is a piece of such a sentence: what we say, or what is quoted, with the words that differ in the middle.
type phrase struct{ Say, Before, Mark, After string }

func (c *Channel) errataOf(r record) ([]byte, error) {
	p := errataPage{frame: c.inIssue("errata", r.errataTitle()+" - "+r.Title, r), Section: errataSection, Heading: r.errataHeading(), PDF: r.link(r.place().errataPDF()), Before: r.neighbour(len(r.Articles)), After: r.neighbour(len(r.Articles) + 2)}
	for i, e := range r.Errata {
		x := printed(i, e, len(r.Errata))
		x.URL = c.relative(e.URL)
		p.Errata = append(p.Errata, x)
	}
	return c.pages.Render("errata", p)
}

// printed is one of so many corrections as readers read it, without its link.
func printed(i int, e erratum, of int) printedErratum {
	x := printedErratum{ID: erratumID(i), Issue: e.issue(), Title: inBookMarks(e.Title), DocNumber: e.DocNumber,
		Reason: strings.TrimRight(e.Reason, "。"), One: len(e.Changes) == 1}
	if of > 1 {
		x.Ordinal = chineseNumber(i+1) + "、"
	}
	for j, ch := range e.Changes {
		x.Changes = append(x.Changes, worded(ch))
		x.Changes[j].Last = j == len(e.Changes)-1
	}
	return x
}

// chineseNumber writes a number up to 99 as lists do: 一, 十, 二十一.
func chineseNumber(n int) string {
	digits := []string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	switch tens := n / 10; {
	case n > 99:
		return fmt.Sprint(n)
	case tens == 0:
		return digits[n]
	case tens == 1:
		return "十" + digits[n%10]
	default:
		return digits[tens] + "十" + digits[n%10]
	}
}

// erratumID is the anchor of a correction on its page.
func erratumID(i int) string { return fmt.Sprintf("e%d", i+1) }

// errataTitle names the issues that are corrected, each once: 对2026年第2号、第3号所载文件的更正.
func (r record) errataTitle() string { return strings.Join(r.errataHeading(), "") }

func (r record) errataHeading() []string {
	list := slices.DeleteFunc(slices.Clone(r.Errata), func(e erratum) bool { return e.issue() == "" })
	list = slices.CompactFunc(list, func(a, b erratum) bool { return a.issue() == b.issue() })
	if len(list) == 0 {
		return []string{errataSection}
	}
	var heading []string
	for i, e := range list {
		name := e.issue()
		if i > 0 && list[i-1].Year == e.Year {
			name = press.IssueNumber(e.Number, e.Supplement)
		}
		if i < len(list)-1 {
			name += "、"
		}
		heading = append(heading, name)
	}
	heading[0] = "对" + heading[0]
	return append(heading, "所载文件的更正")
}

// issue is the issue that printed what is corrected; "" where nobody knows.
func (e erratum) issue() string {
	if e.Year <= 0 || e.Number <= 0 {
		return ""
	}
	return press.IssueName(e.Year, e.Number, e.Supplement)
}

// listedErrata is the line of the directory that leads to the corrections.
func (r record) listedErrata(base string) listedArticle {
	return listedArticle{Ordinal: fmt.Sprintf("%02d", len(r.Articles)+1), Title: r.errataTitle(), DocNumber: fmt.Sprintf("%d则", len(r.Errata)), Page: base + errataName}
}

// inBookMarks is a title as a sentence names it: within 《》, those of its own becoming 〈〉.
func inBookMarks(title string) string {
	return "《" + strings.NewReplacer("《", "〈", "》", "〉").Replace(title) + "》"
}

// worded says a change as errata do: “…”应为“…”, “…”后应补“…”, “…”中的“…”应删去.
func worded(ch press.Change) printedChange {
	return printedChange{Said: phrases(ch)}
}

func phrases(ch press.Change) []phrase {
	q := quoter(ch)
	whole := func(mark string) phrase { return phrase{Before: q(ch.Before), Mark: q(mark), After: q(ch.After)} }
	switch {
	case ch.Was == "" && ch.Before == "" && ch.After == "":
		return []phrase{{Say: "应补"}, {Mark: q(ch.Now)}}
	case ch.Was == "" && ch.Before == "":
		return []phrase{{After: q(ch.After)}, {Say: "前应补"}, {Mark: q(ch.Now)}}
	case ch.Was == "":
		return []phrase{{Before: q(ch.Before)}, {Say: "后应补"}, {Mark: q(ch.Now)}}
	case ch.Now == "":
		return []phrase{whole(ch.Was), {Say: "中的"}, {Mark: q(ch.Was)}, {Say: "应删去"}}
	}
	return []phrase{whole(ch.Was), {Say: "应为"}, whole(ch.Now)}
}

// quoter makes quotation marks within a quotation single ones, unless they are what was wrong.
func quoter(ch press.Change) func(string) string {
	if strings.ContainsAny(ch.Was+ch.Now, "“”‘’") {
		return func(s string) string { return s }
	}
	return strings.NewReplacer("“", "‘", "”", "’").Replace
}

// HTML is the sentence with its quotations, in each of which the words that differ stand out.
func (p printedChange) HTML() template.HTML {
	var b strings.Builder
	for _, x := range p.Said {
		if x.Say != "" {
			b.WriteString(x.Say)
			continue
		}
		b.WriteString("<q>“" + template.HTMLEscapeString(x.Before))
		if x.Mark != "" {
			b.WriteString("<strong>" + template.HTMLEscapeString(x.Mark) + "</strong>")
		}
		b.WriteString(template.HTMLEscapeString(x.After) + "”</q>")
	}
	return template.HTML(b.String())
}

// text is the sentence as it is set in a line.
func (p printedChange) text() string {
	var b strings.Builder
	for _, x := range p.Said {
		if x.Say != "" {
			b.WriteString(x.Say)
			continue
		}
		b.WriteString("“" + x.Before + x.Mark + x.After + "”")
	}
	return b.String()
}

// stop ends the sentence of one change among several.
func (p printedChange) stop() string {
	if p.Last {
		return "。"
	}
	return "；"
}
