package site

import (
	"fmt"
	"slices"
	"strings"

	"tongfa/channels"
	"tongfa/config"
	"tongfa/press"
)

// row is one line of a list.
type row struct {
	Title, URL               string
	Date, DateTime           string // published: day, and to the minute
	IndexNumber, DocNumber   string
	Issuer, Formed, Validity string
	Summary                  string
	path                     string // of the page, below Root
	public                   string // RFC 3339
	column                   string
}

func (s *Site) row(l channels.Listed, page string) row {
	public := s.local(l.Public)
	return row{
		Title: l.Title, URL: s.href(page), Date: public.Format("2006-01-02"), DateTime: public.Format(minutes),
		IndexNumber: l.IndexNumber, DocNumber: l.Meta.DocNumber, Issuer: sourceOf(press.Meta{Issuer: l.Meta.Issuer}, s.o.Office),
		Formed: dateText(l.Meta.FormedOn), Validity: string(l.Meta.Validity),
		Summary: strings.Join(strings.Fields(l.Meta.Summary), " "),
		path:    page, public: public.Format("2006-01-02T15:04:05-07:00"),
		column: columnOf(l.Meta, l.Kind),
	}
}

// as is the row for a page as that is now: a document that was repealed since says so in the catalogue too.
func (r row) as(st pageState) row {
	if st.Validity != "" {
		r.Validity = st.Validity
	}
	return r
}

// Off is what a list says beside the title of a document that no longer holds; "" for one that does.
func (r row) Off() string {
	switch press.Validity(r.Validity) {
	case press.Repealed, press.Expired:
		return "已" + r.Validity
	}
	return ""
}

// list is one shelf as a series of pages.
type list struct {
	shelf, dir, heading, intro string
	table                      bool // the catalogue's table; otherwise titles and dates
	nav                        string
	crumbs                     []navLink
	column                     config.Column
}

// listPage is a page of a column or of the catalogue.
type listPage struct {
	frame
	Heading string
	Intro   string
	Table   bool
	Rows    []row
	Pager   []navLink
	Number  int64 // of this page, 0 for the newest one
	Empty   string
}

func (s *Site) columnList(name string) list {
	c := s.column(name)
	return list{shelf: shelfColumn + name, dir: c.Path, heading: c.Name, nav: c.Name, column: c, crumbs: []navLink{{Name: c.Name}}}
}

func (s *Site) yearList(year string) list {
	return list{shelf: shelfIndex + year, dir: "catalog/" + safeName(year), heading: year + "年政府信息公开目录", table: true, nav: catalogName,
		intro: "按索引号排列", column: s.catalogColumn(), crumbs: []navLink{{catalogName, s.href("catalog/index.html"), false}, {Name: year + "年"}}}
}

func (s *Site) themeList(theme string) list {
	return list{shelf: shelfTheme + theme, dir: themeDir(theme), heading: theme, table: true, nav: catalogName,
		intro: "主题分类：" + theme, column: s.catalogColumn(),
		crumbs: []navLink{{catalogName, s.href("catalog/index.html"), false}, {Name: theme}}}
}

// safeName is a shelf's own word where it is plain, else a digest of it.
func safeName(s string) string { return safeID(press.ItemID(s)) }

const catalogName = "政府信息公开"

func (s *Site) catalogColumn() config.Column {
	c := s.column(catalogName)
	if _, ok := s.columns[catalogName]; !ok {
		c.Description = s.c.Name + "政府信息公开目录，可按索引号和主题查阅"
		c.Keywords = "政府信息公开,政府信息公开目录,索引号"
	}
	return c
}

func (s *Site) pageOf(position int64) int64 { return (position-1)/int64(s.c.PageSize) + 1 }

func (s *Site) pagePath(dir string, page int64) string {
	return fmt.Sprintf("%s/page-%d.html", dir, page)
}

// list writes the pages of a list that show the given positions, and the newest page. The pages beside one that this process has not
// written before are rendered too, because they may have gained a neighbour, now or before a crash; where nothing changed, nothing is touched.
func (r *round) list(l list, positions map[int64]bool) error {
	top, err := r.top(l.shelf)
	if err != nil {
		return err
	}
	for _, k := range r.s.pagesOf(positions, top) {
		if err := r.listPage(l, k, top); err != nil {
			return err
		}
		path := r.s.pagePath(l.dir, k)
		if r.shelves.beside[path] {
			continue
		}
		r.shelves.beside[path] = r.exists(path)
		for _, step := range []int64{-1, +1} {
			if beside := r.near(l.dir, k, step, top); beside > 0 {
				if err := r.listPage(l, beside, top); err != nil {
					return err
				}
			}
		}
	}
	return r.listIndex(l, top)
}

func (s *Site) pagesOf(positions map[int64]bool, top int64) (pages []int64) {
	for p := range positions {
		if p <= 0 {
			p = top // the ledger gave no position: the newest page is the one to look at
		}
		if p > 0 {
			pages = append(pages, s.pageOf(p))
		}
	}
	slices.Sort(pages)
	return slices.Compact(pages)
}

// probes is how far a neighbouring page is looked for where a whole page of positions is missing.
const probes = 64

// near is the nearest page before (step -1) or after (+1) page k; 0 when there is none close by.
func (r *round) near(dir string, k, step, top int64) int64 {
	last := r.s.pageOf(max(1, top))
	for j, n := k+step, 0; n < probes && j >= 1 && j <= last; j, n = j+step, n+1 {
		if r.exists(r.s.pagePath(dir, j)) {
			return j
		}
	}
	return 0
}

// listPage writes page k. A page that was never there and would be empty is not begun.
func (r *round) listPage(l list, k, top int64) error {
	n := int64(r.s.c.PageSize)
	rows, err := r.rows(l.shelf, (k-1)*n+1, k*n)
	if err != nil || len(rows) == 0 && !r.exists(r.s.pagePath(l.dir, k)) {
		return err
	}
	p := r.s.listFrame(l, fmt.Sprintf("%s（第%d页）", l.heading, k))
	p.Rows, p.Number, p.Empty = rows, k, "本页的内容已撤回。"
	p.Pager = append(p.Pager, navLink{Name: "最新", URL: r.s.href(l.dir + "/index.html")})
	if up := r.near(l.dir, k, +1, top); up > 0 {
		p.Pager = append(p.Pager, navLink{Name: "较新一页", URL: r.s.href(r.s.pagePath(l.dir, up))})
	}
	p.Pager = append(p.Pager, navLink{Name: fmt.Sprintf("第%d页", k), Current: true})
	if down := r.near(l.dir, k, -1, top); down > 0 {
		p.Pager = append(p.Pager, navLink{Name: "较早一页", URL: r.s.href(r.s.pagePath(l.dir, down))})
	}
	return r.write(r.s.pagePath(l.dir, k), "list", p)
}

func (s *Site) listFrame(l list, title string) listPage {
	p := listPage{frame: s.frame(title, s.columnMetas(l.column)), Heading: l.heading, Intro: l.intro, Table: l.table, Empty: "暂无内容。"}
	p.Nav, p.Crumbs = s.nav(l.nav), l.crumbs
	return p
}

// pagerMost is how many page numbers the newest page shows before it goes on with the first one.
const pagerMost = 6

// listIndex writes the newest page of a list: as many entries as a page holds, and the way to all others.
func (r *round) listIndex(l list, top int64) error {
	n := int64(r.s.c.PageSize)
	rows, err := r.newest(l.shelf, top, n)
	if err != nil {
		return err
	}
	p := r.s.listFrame(l, l.heading)
	p.Rows = rows
	for k := r.s.pageOf(max(1, top)); top > n && k > 0 && len(p.Pager) < pagerMost; k = r.near(l.dir, k, -1, top) {
		if r.exists(r.s.pagePath(l.dir, k)) {
			p.Pager = append(p.Pager, navLink{Name: fmt.Sprintf("第%d页", k), URL: r.s.href(r.s.pagePath(l.dir, k))})
		}
	}
	if one := r.s.href(r.s.pagePath(l.dir, 1)); len(p.Pager) == pagerMost && p.Pager[pagerMost-1].URL != one && r.exists(r.s.pagePath(l.dir, 1)) {
		p.Pager = append(p.Pager, navLink{Name: "最早一页", URL: one})
	}
	if len(p.Pager) > 0 {
		p.Pager = append([]navLink{{Name: "最新", Current: true}}, p.Pager...)
	}
	return r.write(l.dir+"/index.html", "list", p)
}

// newest are the n newest entries of a shelf. It looks a few pages back past entries that cannot be shown, and no further.
func (r *round) newest(shelf string, top, n int64) (rows []row, err error) {
	for looked := int64(0); looked < 4 && top > 0 && int64(len(rows)) < n; looked++ {
		more, err := r.rows(shelf, top-n+1, top)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
		top -= n
	}
	return rows[:min(int64(len(rows)), n)], nil
}
