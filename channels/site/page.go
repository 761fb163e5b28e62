package site

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"

	"tongfa/config"
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed assets/*
var assetFiles embed.FS

// frame is what every page has around its content. Templates reach it through the page structs that embed it.
type frame struct {
	HeadTitle  string // <title>
	Marker     string // of the copy, on an item's page
	Withdrawn  string // see pageState
	ItemPage   bool   // write Marker, Withdrawn and what follows into the first tag, see channels.Head
	Revision   int
	RemarksKey string
	ValidNow   string // "" where it is what the document's own metadata say
	Refresh    string // address that a redirecting page leads to
	NoIndex    bool
	Metas      []meta
	Nav        []navLink
	Crumbs     []navLink // without the home page, which every trail begins with
	Site       siteInfo
	Query      string // what stands in the search box
}

type meta struct{ Name, Content string }

type navLink struct {
	Name    string
	URL     string // "" for the page itself
	Current bool
}

// siteInfo is the part of a page that is the same on the whole website.
type siteInfo struct {
	Name, Domain, IDCode, Office, Contact, ICP, Police string
	Report                                             string // 我为政府网站找错, with the site's own code
	Home, CSS, JS, Icon, Search, SearchPage, Feed, Map string
	Catalog                                            string
}

// frame begins a page. Its title is followed by the site's name, as search engines and screen readers read it first.
func (s *Site) frame(title string, metas []meta) frame {
	head := s.c.Name
	if title != "" {
		head = title + " - " + s.c.Name
	}
	return frame{HeadTitle: head, Metas: metas, Nav: s.nav(""), Site: s.info()}
}

func (s *Site) info() siteInfo {
	in := siteInfo{
		Name: s.c.Name, Domain: s.c.Domain, IDCode: s.c.IDCode, Office: s.o.Office, Contact: s.c.Contact, ICP: s.c.ICP, Police: s.c.Police,
		Home: s.href("index.html"), CSS: s.href(s.assets.css), JS: s.href(s.assets.js), Icon: s.href(s.assets.icon),
		SearchPage: s.href("search.html"), Feed: s.href("feed.xml"), Map: s.href("map.html"), Catalog: s.href("catalog/index.html"),
	}
	in.Search = in.SearchPage
	if s.c.Serve != "" { // the daemon itself answers, so the box can search the full text without any script
		in.Search = s.href("search")
	}
	if len(s.c.IDCode) == 10 {
		in.Report = "https://zfwzgl.www.gov.cn/exposure/jiucuo.html?site_code=" + url.QueryEscape(s.c.IDCode)
	}
	return in
}

// nav is the bar of columns. It holds the configured columns only, so that a column which is met later does not change old pages.
func (s *Site) nav(current string) []navLink {
	nav := []navLink{{Name: "首页", URL: s.href("index.html"), Current: current == "首页"}}
	for _, c := range s.c.Columns {
		c = s.column(c.Name)
		nav = append(nav, navLink{c.Name, s.href(c.Path + "/index.html"), c.Name == current})
	}
	if len(s.c.Columns) == 0 {
		nav = append(nav, navLink{"全部栏目", s.href("map.html"), current == "网站地图"})
	}
	return append(nav, navLink{catalogName, s.href("catalog/index.html"), current == catalogName})
}

// siteMetas are the three tags of the home page; columnMetas adds the four of a column.
func (s *Site) siteMetas() []meta {
	return []meta{{"SiteName", s.c.Name}, {"SiteDomain", s.c.Domain}, {"SiteIDCode", s.c.IDCode}}
}

func (s *Site) columnMetas(c config.Column) []meta {
	return append(s.siteMetas(),
		meta{"ColumnName", c.Name}, meta{"ColumnDescription", c.Description}, meta{"ColumnKeywords", c.Keywords}, meta{"ColumnType", c.Type})
}

// assets are the site's own files. Their folder is named for their content, so they may be cached for ever and an old page
// keeps the look it was written with. The name also tells the templates and what of the configuration stands beside a text, so that Observe knows
// which pages it could write again word by word.
type assets struct {
	css, js, icon string
	files         []blob
}

func readAssets(configured string) (assets, error) {
	names, err := fs.Glob(assetFiles, "assets/*")
	if err != nil {
		return assets{}, fmt.Errorf("list assets: %w", err)
	}
	var a assets
	sum := sha256.New()
	if err := sumPages(sum, configured); err != nil {
		return assets{}, err
	}
	for _, n := range names {
		data, err := assetFiles.ReadFile(n)
		if err != nil {
			return assets{}, fmt.Errorf("read asset: %w", err)
		}
		fmt.Fprintf(sum, "%s %d\n", n, len(data))
		sum.Write(data)
		a.files = append(a.files, blob{path.Base(n), data})
	}
	dir := "assets/" + hex.EncodeToString(sum.Sum(nil))[:10] + "/"
	for i := range a.files {
		a.files[i].rel = dir + a.files[i].rel
	}
	a.css, a.js, a.icon = dir+"site.css", dir+"site.js", dir+"icon.svg"
	return a, nil
}

func sumPages(sum io.Writer, configured string) error {
	names, err := fs.Glob(pageFiles, "pages/*")
	if err != nil {
		return fmt.Errorf("list templates: %w", err)
	}
	fmt.Fprintf(sum, "%q\n", configured)
	for _, n := range names {
		data, err := pageFiles.ReadFile(n)
		if err != nil {
			return fmt.Errorf("read template: %w", err)
		}
		fmt.Fprintf(sum, "%s %d\n%s", n, len(data), data)
	}
	return nil
}
