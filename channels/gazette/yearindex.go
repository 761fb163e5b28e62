package gazette

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"tongfa/press"
	"tongfa/typeset"
)

// indexName is the page on which the last issue of a year lists what all of them have printed, and indexSection the section of the directory that leads to it.
const (
	indexName    = "yearindex.html"
	indexSection = "年度总目录"
)

// yearIndex is the index that an edition carries: what issues before it have printed, as it was settled at its freeze, and what it prints itself, by section in
// the order of the configuration, and in each the numbered issues before the supplements.
func (c *Channel) yearIndex(ed press.Edition, own []article) []press.Indexed {
	if !ed.WithIndex {
		return nil
	}
	out := slices.Clone(ed.Index)
	begins := map[place]record{}
	for i, x := range out {
		p := place{year: x.Year, number: x.Number, supplement: x.Supplement}
		if _, read := begins[p]; !read && !x.Imported {
			begins[p], _, _ = c.readRecord(p) // one that cannot be read is listed without its pages
		}
		if a, ok := begins[p].at(x.Position); ok && !x.Imported {
			out[i].Page = a.Begins
		}
	}
	for _, a := range own {
		out = append(out, press.Indexed{Section: a.Section, Title: a.Title, DocNumber: a.DocNumber, Year: ed.Year, Number: ed.Number, Supplement: ed.Supplement, Position: a.Position})
	}
	slices.SortStableFunc(out, func(a, b press.Indexed) int {
		return cmp.Or(cmp.Compare(c.rank(a.Section), c.rank(b.Section)), cmp.Compare(a.Section, b.Section), compareBool(a.Supplement, b.Supplement), a.Number-b.Number, a.Position-b.Position)
	})
	return out
}

// indexWith is the index with what was withdrawn of the issue that carries it.
func (r record) indexWith(w withdrawals) []press.Indexed {
	out := slices.Clone(r.YearIndex)
	for i, x := range out {
		a, own := r.at(x.Position)
		if !own || r.place() != (place{year: x.Year, number: x.Number, supplement: x.Supplement}) {
			continue
		}
		if gone, ok := w.of(a.Marker); ok {
			out[i].Withdrawn = true
			if gone.How == press.NoticeGone {
				out[i].Title, out[i].DocNumber = "", ""
			}
		}
	}
	return out
}

// indexTitle is what the index is called: 2026年总目录.
func (r record) indexTitle() string { return fmt.Sprintf("%d年总目录", r.Year) }

// listedIndex is the line of the directory that leads to the index.
func (r record) listedIndex(base string) listedArticle {
	return listedArticle{Ordinal: fmt.Sprintf("%02d", len(r.Articles)+min(1, len(r.Errata))+1), Title: r.indexTitle(), DocNumber: fmt.Sprintf("%d篇", len(r.YearIndex)), Page: base + indexName}
}

// after is what stands behind the articles of an issue: its corrections, and the index of its year.
func (r record) after() (out []neighbour) {
	if len(r.Errata) > 0 {
		out = append(out, neighbour{r.errataTitle(), errataName})
	}
	if len(r.YearIndex) > 0 {
		out = append(out, neighbour{r.indexTitle(), indexName})
	}
	return out
}

// indexOf draws the index of a year as a page of the issue that carries it.
func (c *Channel) indexOf(r record, w withdrawals) ([]byte, error) {
	p := contentsPage{frame: c.inIssue("index", r.indexTitle()+" - "+r.Title, r), Year: r.Year, Articles: len(r.YearIndex), Inside: true, PDF: r.link(r.place().indexPDF()),
		Before: r.neighbour(len(r.Articles) + min(1, len(r.Errata)))}
	if len(w) > 0 {
		p.PDF = fileLink{} // which names what was withdrawn
	}
	for _, x := range r.indexWith(w) {
		if n := len(p.Sections); n == 0 || p.Sections[n-1].Name != x.Section {
			p.Sections = append(p.Sections, contentsSection{Name: x.Section})
		}
		s := &p.Sections[len(p.Sections)-1]
		s.Articles = append(s.Articles, r.indexLine(x))
	}
	return c.pages.Render("contents", p)
}

// indexLine is a line of the index as its page has it, with links that lead from this issue to the others beside it.
func (r record) indexLine(x press.Indexed) contentsArticle {
	at := place{year: x.Year, number: x.Number, supplement: x.Supplement}
	base := "../" + at.folder() + "/"
	if at == r.place() {
		base = ""
	}
	from := record{Format: recordFormat, Year: x.Year, Number: x.Number, Supplement: x.Supplement}
	a := article{Position: x.Position}
	if x.Imported {
		from.Format, a.PDFPage = importFormat, x.Page
	}
	l := listedArticle{Title: x.Title, DocNumber: x.DocNumber, Page: base + from.pageOf(a), Withdrawn: x.Withdrawn}
	if l.Title == "" {
		l.Title = "本篇"
	}
	return contentsArticle{l, press.IssueNumber(x.Number, x.Supplement), base + "index.html"}
}

// setIndex is the index as the last article of the issue. Pages are where its own articles begin, by their items; nil before anybody knows.
func (r record) setIndex(w withdrawals, pages map[string]int) typeset.Article {
	var lines []typeset.Indexed
	for _, x := range r.indexWith(w) {
		a, own := r.at(x.Position)
		if own = own && r.place() == (place{year: x.Year, number: x.Number, supplement: x.Supplement}); own {
			x.Page = pages[a.Item]
		}
		l := typeset.Indexed{Section: x.Section, Title: x.Title, Number: x.DocNumber, Issue: press.IssueNumber(x.Number, x.Supplement), Page: x.Page}
		switch {
		case x.Withdrawn && x.Title == "":
			l.Title = "本篇已撤回"
		case x.Withdrawn:
			l.Title += "（已撤回）"
		}
		lines = append(lines, l)
	}
	return typeset.YearIndex(r.indexTitle(), lines)
}

// indexID is the article of a work that is the index.
const indexID = "year-index"

// paged sets a work with the pages of its own articles in its index. They come before it, so that where they begin does not depend on what it says.
func (c *Channel) paged(r record, w *typeset.Work, gone withdrawals, m typeset.Making) error {
	if len(r.YearIndex) == 0 {
		return nil
	}
	m.Formats, m.Done = []typeset.Format{typeset.FormatPDF}, nil
	_, book, err := c.make(w, m)
	if err != nil {
		return madeTrouble(err)
	}
	reset(w, r.setIndex(gone, beginnings(w, book)))
	return nil
}

// reset puts an article in the place of the one with its id.
func reset(w *typeset.Work, a typeset.Article) {
	for _, s := range w.Sections {
		for i := range s.Articles {
			if s.Articles[i].ID == a.ID {
				s.Articles[i] = a
			}
		}
	}
}

// beginnings are the numbers printed on the pages on which the articles of a work begin, by their ids: the bookmarks are in the order of the articles.
func beginnings(w *typeset.Work, b *typeset.Book) map[string]int {
	out := map[string]int{}
	for i, s := range w.Sections {
		for k, a := range s.Articles {
			if i >= len(b.Outline) || k >= len(b.Outline[i].Kids) {
				return out
			}
			if p := b.Outline[i].Kids[k].Page; p >= 0 && p < len(b.Pages) {
				out[a.ID], _ = strconv.Atoi(b.Pages[p].Label) // a page without a number has none
			}
		}
	}
	return out
}
