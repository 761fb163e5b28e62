package site

import (
	"fmt"
	"slices"
	"strings"

	"tongfa/channels"
)

// How much the home page shows.
const (
	homeNewest  = 9  // entries of the whole site
	homeRows    = 7  // entries of a column
	homeColumns = 24 // columns
)

type homePage struct {
	frame
	First   *row  // the newest entry, with its summary
	Newest  []row // those after it
	Columns []homeColumn
	Blocks  []navLink // of 政府信息公开
	Years   []navLink
	Themes  []navLink
}

type homeColumn struct {
	Name, URL string
	Rows      []row
}

type catalogPage struct {
	frame
	Heading string
	Blocks  []navLink
	Years   []navLink
	Themes  []navLink
	Rows    []row
}

type mapPage struct {
	frame
	Heading string
	Columns []navLink
	Catalog []navLink
}

// home writes the home page: the newest entries, each column's newest, and the block of 政府信息公开.
func (r *round) home() error {
	p := homePage{frame: r.s.frame("", r.s.siteMetas())}
	p.Nav = r.s.nav("首页")
	top, err := r.top(shelfHome)
	if err != nil {
		return err
	}
	rows, err := r.newest(shelfHome, top, homeNewest)
	if err != nil {
		return err
	}
	if len(rows) > 0 {
		p.First, p.Newest = &rows[0], rows[1:]
	}
	columns, err := r.columns()
	if err != nil {
		return err
	}
	for _, c := range columns[:min(len(columns), homeColumns)] {
		rows, err := r.newest(shelfColumn+c.Name, c.Position, homeRows)
		if err != nil {
			return err
		}
		if len(rows) > 0 {
			p.Columns = append(p.Columns, homeColumn{c.Name, r.s.href(r.s.column(c.Name).Path + "/index.html"), rows})
		}
	}
	if p.Blocks, p.Years, p.Themes, err = r.catalogLinks(columns); err != nil {
		return err
	}
	return r.write("index.html", "home", p)
}

// columns are the columns with their highest positions: those of the configuration in its order, then those met in items by name.
func (r *round) columns() (all []channels.Shelf, err error) {
	shelves, err := r.s.o.Archive.Shelves(r.ctx, shelfColumn)
	if err != nil {
		return nil, archiveTrouble(err)
	}
	tops := map[string]int64{}
	for _, sh := range shelves {
		tops[strings.TrimPrefix(sh.Name, shelfColumn)] = sh.Position
	}
	for _, c := range r.s.c.Columns {
		all = append(all, channels.Shelf{Name: c.Name, Position: tops[c.Name]})
		delete(tops, c.Name)
	}
	for _, sh := range shelves {
		name := strings.TrimPrefix(sh.Name, shelfColumn)
		if top, met := tops[name]; met {
			all = append(all, channels.Shelf{Name: name, Position: top})
		}
	}
	return all, nil
}

// catalogLinks are the blocks of 政府信息公开 and the years and themes of its catalogue. A block other than the catalogue is a
// column of the office's own; one that the office has no column for is not shown, for an empty column is a fault of its own.
func (r *round) catalogLinks(columns []channels.Shelf) (blocks, years, themes []navLink, err error) {
	const ours = "法定主动公开内容"
	for _, word := range []string{"公开指南", "公开制度", ours, "年度报告", "依申请公开"} {
		if word == ours {
			blocks = append(blocks, navLink{Name: ours, URL: r.s.href("catalog/index.html")})
			continue
		}
		i := slices.IndexFunc(columns, func(c channels.Shelf) bool {
			return strings.Contains(c.Name, word) || word == "年度报告" && strings.Contains(c.Name, "年报")
		})
		if i >= 0 {
			blocks = append(blocks, navLink{Name: columns[i].Name, URL: r.s.href(r.s.column(columns[i].Name).Path + "/index.html")})
		}
	}
	if years, err = r.shelfLinks(shelfIndex, func(name string) (string, list) { return name + "年", r.s.yearList(name) }); err != nil {
		return nil, nil, nil, err
	}
	slices.Reverse(years)
	themes, err = r.shelfLinks(shelfTheme, func(name string) (string, list) { return name, r.s.themeList(name) })
	return blocks, years, themes, err
}

// shelfLinks are links to the lists of a kind that have a page.
func (r *round) shelfLinks(prefix string, of func(name string) (string, list)) (links []navLink, err error) {
	shelves, err := r.s.o.Archive.Shelves(r.ctx, prefix)
	if err != nil {
		return nil, archiveTrouble(err)
	}
	for _, sh := range shelves {
		label, l := of(strings.TrimPrefix(sh.Name, prefix))
		if r.exists(l.dir + "/index.html") {
			links = append(links, navLink{Name: label, URL: r.s.href(l.dir + "/index.html")})
		}
	}
	return links, nil
}

// catalogIndex writes the entrance of the disclosure catalogue.
func (r *round) catalogIndex() error {
	columns, err := r.columns()
	if err != nil {
		return err
	}
	p := catalogPage{frame: r.s.frame(catalogName, r.s.columnMetas(r.s.catalogColumn())), Heading: catalogName}
	p.Nav, p.Crumbs = r.s.nav(catalogName), []navLink{{Name: catalogName}}
	if p.Blocks, p.Years, p.Themes, err = r.catalogLinks(columns); err != nil {
		return err
	}
	top, err := r.top(shelfHome)
	if err != nil {
		return err
	}
	if p.Rows, err = r.newest(shelfHome, top, homeNewest); err != nil {
		return err
	}
	return r.write("catalog/index.html", "catalog", p)
}

// siteMap writes the page for people that leads everywhere.
func (r *round) siteMap() error {
	columns, err := r.columns()
	if err != nil {
		return err
	}
	p := mapPage{frame: r.s.frame("网站地图", r.s.siteMetas()), Heading: "网站地图"}
	p.Nav, p.Crumbs = r.s.nav("网站地图"), []navLink{{Name: "网站地图"}}
	for _, c := range columns {
		if dir := r.s.column(c.Name).Path; r.exists(dir + "/index.html") {
			p.Columns = append(p.Columns, navLink{Name: c.Name, URL: r.s.href(dir + "/index.html")})
		}
	}
	_, years, themes, err := r.catalogLinks(columns)
	if err != nil {
		return err
	}
	p.Catalog = append(append(p.Catalog, years...), themes...)
	return r.write("map.html", "map", p)
}

// chunkSize is how many positions of a month stand in one file of the search index and of the sitemap.
const chunkSize = 500

func chunkOf(position int64) int64 { return (position-1)/chunkSize + 1 }

func chunkName(month string, chunk int64) string { return fmt.Sprintf("%s-%d", month, chunk) }
