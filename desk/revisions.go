package desk

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongfa/ledger"
	"tongfa/press"
)

// itemTabs are the pages of one item.
type itemTabs struct {
	frame
	Item press.Item
	Here string
}

// Tabs are those of the item's own page.
func (p itemPage) Tabs() itemTabs { return itemTabs{p.frame, p.Story.Item, "item"} }

// sideRow is one line of two revisions beside each other, or a gap where both say the same for long.
type sideRow struct {
	press.Row
	Gap int // lines that are left out here
}

// nearby is how many lines stay on both sides of a change.
const nearby = 2

// sideBySide sets the texts of two revisions beside each other.
func sideBySide(was, now press.Revision) []sideRow {
	rows := press.SideBySide(textLines(was.Body), textLines(now.Body))
	keep := make([]bool, len(rows))
	for i, r := range rows {
		if !r.Same() {
			for j := max(0, i-nearby); j <= min(len(rows)-1, i+nearby); j++ {
				keep[j] = true
			}
		}
	}
	var out []sideRow
	for i := 0; i < len(rows); i++ {
		if keep[i] {
			out = append(out, sideRow{Row: rows[i]})
			continue
		}
		gap := i
		for i+1 < len(rows) && !keep[i+1] {
			i++
		}
		out = append(out, sideRow{Gap: i - gap + 1})
	}
	return out
}

func textLines(body []press.Block) []string {
	text := press.Text(body)
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// changedFact is one line of the metadata in two revisions.
type changedFact struct {
	Name     string
	Was, Now []press.Marked
}

// changedFacts are the lines of the metadata that differ. The title is the first of them.
func (d *desk) changedFacts(r *http.Request, it press.Item, was, now press.Revision) (out []changedFact) {
	a, b := d.metaFacts(r, it, was), d.metaFacts(r, it, now)
	for _, name := range namesOf(a, b) {
		x, y := valueOf(a, name), valueOf(b, name)
		if x != y {
			p, q := press.Marks(x, y)
			out = append(out, changedFact{name, p, q})
		}
	}
	return out
}

func (d *desk) metaFacts(r *http.Request, it press.Item, v press.Revision) []fact {
	all := append([]fact{{Name: "标题", Value: v.Title}}, d.facts(r, it, v)...)
	for _, rel := range v.Meta.Relations {
		all = append(all, fact{Name: "关联文件：" + string(rel.Type) + " " + rel.To, Value: rel.To})
	}
	return slices.DeleteFunc(all, func(f fact) bool { return f.Name == "图片" || f.Name == "附件" })
}

func namesOf(lists ...[]fact) (out []string) {
	for _, l := range lists {
		for _, f := range l {
			if !slices.Contains(out, f.Name) {
				out = append(out, f.Name)
			}
		}
	}
	return out
}

func valueOf(list []fact, name string) string {
	for _, f := range list {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// changedFile is a file that only one of two revisions has, or that has another text beside it.
type changedFile struct {
	Name, What string
	Added      bool
	URL        string
}

func changedFiles(it press.Item, was, now press.Revision) (out []changedFile) {
	link := fileOf(it.ID)
	for _, list := range []struct {
		what     string
		was, now []press.Asset
	}{{"附件", was.Attachments, now.Attachments}, {"图片", was.Images, now.Images}} {
		has := func(in []press.Asset, a press.Asset) bool {
			return slices.ContainsFunc(in, func(b press.Asset) bool { return a.Digest == b.Digest && a.Name == b.Name })
		}
		for _, a := range list.was {
			if !has(list.now, a) {
				out = append(out, changedFile{a.Name, list.what, false, link(a)})
			}
		}
		for _, a := range list.now {
			if !has(list.was, a) {
				out = append(out, changedFile{a.Name, list.what, true, link(a)})
			}
		}
	}
	return out
}

// changedAlts are the texts that stand in for pictures, where they differ.
func changedAlts(was, now press.Revision) (out []changedFact) {
	alts := func(r press.Revision) map[string]string {
		m := map[string]string{}
		press.Walk(r.Body, func(b press.Block) {
			if b.Picture != nil {
				m[b.Picture.Digest] = b.Picture.Alt
			}
		})
		return m
	}
	a, b := alts(was), alts(now)
	for _, img := range now.Images {
		if x, ok := a[img.Digest]; ok && x != b[img.Digest] {
			p, q := press.Marks(x, b[img.Digest])
			out = append(out, changedFact{"替代文字：" + img.Name, p, q})
		}
	}
	return out
}

// comparison is two revisions beside each other.
type comparison struct {
	Was, Now press.Revision
	Facts    []changedFact
	Rows     []sideRow
	Files    []changedFile
	Same     bool
}

func (d *desk) compared(r *http.Request, it press.Item, was, now press.Revision) comparison {
	c := comparison{Was: was, Now: now, Facts: append(d.changedFacts(r, it, was, now), changedAlts(was, now)...), Rows: sideBySide(was, now), Files: changedFiles(it, was, now)}
	c.Same = len(c.Facts) == 0 && len(c.Files) == 0 && !slices.ContainsFunc(c.Rows, func(x sideRow) bool { return x.Gap == 0 })
	return c
}

// revisionsPage compares any two revisions of an item.
type revisionsPage struct {
	frame
	Tabs  itemTabs
	Story ledger.Story
	A, B  int
	Diff  comparison
}

func (d *desk) revisions(w http.ResponseWriter, r *http.Request) {
	s, err := d.Ledger.Story(r.Context(), r.PathValue("id"), d.Now())
	if err != nil {
		d.fail(w, r, err)
		return
	}
	n := len(s.Revisions)
	a, b := numberIn(r, "a", max(1, n-1), n), numberIn(r, "b", n, n)
	f := d.frame(r, d.t(r, "版本：%s", s.Title), "matrix")
	d.show(w, r, http.StatusOK, "revisions", revisionsPage{f, itemTabs{f, s.Item, "revisions"}, s, a, b, d.compared(r, s.Item, s.Revisions[a-1], s.Revisions[b-1])})
}

// numberIn reads the number of a revision, or gives the usual one.
func numberIn(r *http.Request, key string, usual, most int) int {
	n, err := strconv.Atoi(r.URL.Query().Get(key))
	if err != nil || n < 1 || n > most {
		return usual
	}
	return n
}

// revisionOf finds a revision of a story.
func revisionOf(s ledger.Story, number int) (press.Revision, bool) {
	if number < 1 || number > len(s.Revisions) {
		return press.Revision{}, false
	}
	return s.Revisions[number-1], true
}
