package gazette

import (
	"cmp"
	"fmt"
	"slices"

	"tongfa/press"
)

// contentsName is the page of all titles of a year (年度总目录).
const contentsName = "contents.html"

type contentsPage struct {
	frame
	Year     int
	Articles int
	Sections []contentsSection

	// Of the page within the issue that carries the index.
	Inside        bool
	PDF           fileLink
	Before, After *neighbour
}

// contentsSection is a section with what the issues of a year have printed in it.
type contentsSection struct {
	Name     string
	Articles []contentsArticle
}

// contentsArticle is one title with the issue that printed it.
type contentsArticle struct {
	listedArticle
	Issue     string // 第4号
	Directory string // of that issue
}

// contentsOf draws all titles of a year by section, the sections in the order of the configuration and then as they come, and in each the issues in their order.
func (c *Channel) contentsOf(year int, issues []withdrawnFrom) ([]byte, error) {
	p := contentsPage{frame: c.frame("index", fmt.Sprintf("%d年总目录 - %s", year, c.cfg.Name), "../"), Year: year}
	for _, r := range slices.Backward(issues) {
		base := r.place().folder() + "/"
		for _, s := range r.sections(base, r.gone) {
			i := slices.IndexFunc(p.Sections, func(x contentsSection) bool { return x.Name == s.Name })
			if i < 0 {
				i = len(p.Sections)
				p.Sections = append(p.Sections, contentsSection{Name: s.Name})
			}
			for _, a := range s.Articles {
				p.Sections[i].Articles = append(p.Sections[i].Articles, contentsArticle{a, press.IssueNumber(r.Number, r.Supplement), base + "index.html"})
			}
		}
		p.Articles += len(r.Articles)
	}
	slices.SortStableFunc(p.Sections, func(a, b contentsSection) int { return cmp.Compare(c.contentsRank(a.Name), c.contentsRank(b.Name)) })
	return c.pages.Render("contents", p)
}

// contentsRank is the place of a section among the titles of a year: corrections come last.
func (c *Channel) contentsRank(section string) int {
	if section == errataSection {
		return len(c.cfg.Sections) + 1
	}
	return c.rank(section)
}
