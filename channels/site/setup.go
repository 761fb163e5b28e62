package site

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// errorPage is 404.html, and the built-in server's answer to what it cannot serve.
type errorPage struct {
	frame
	Heading string
	Text    string
}

type searchPage struct {
	frame
	Heading  string
	FullText string // address of the full-text search; empty where only files are served
	Index    string // folder of the static index
}

// Setup makes the site presentable before the first item: assets, search page, error page, and every list that is not there
// yet. It removes what an earlier run of the program left half written, so the caller must be the only one who writes to Root.
// It is to be called once at the start.
func (s *Site) Setup(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("set up site: %w", err)
	}
	b := s.disk.batch()
	if err := b.makeDir(s.disk.root); err != nil {
		return diskTrouble(".", err)
	}
	if err := s.clearTmp(); err != nil {
		return err
	}
	if err := s.putFixed(b); err != nil {
		return err
	}
	if err := b.flush(); err != nil {
		return err
	}
	return s.refresh(ctx, s.emptyLists())
}

// clearTmp removes half-written files of an earlier run.
func (s *Site) clearTmp() error {
	left, err := filepath.Glob(filepath.Join(s.disk.root, tmpDir, tmpName+"*"))
	if err != nil {
		return fmt.Errorf("list half-written files: %w", err)
	}
	for _, path := range left {
		if err := s.disk.Remove(path); err != nil {
			return diskTrouble(tmpDir, err)
		}
	}
	return nil
}

// putFixed writes the files that depend on the program and the configuration only.
func (s *Site) putFixed(b *batch) error {
	for _, f := range s.assets.files {
		if err := b.put(f.rel, f.data); err != nil {
			return err
		}
	}
	search := searchPage{frame: s.frame("站内搜索", s.siteMetas()), Heading: "站内搜索", Index: s.href("search/")}
	if s.c.Serve != "" {
		search.FullText = search.Site.Search
	}
	search.Nav, search.Crumbs = s.nav(""), []navLink{{Name: "站内搜索"}}
	pages := []struct {
		rel, template string
		data          any
	}{
		{"search.html", "search", search},
		{"404.html", "error", s.errorPage("页面没有找到", "您要找的页面不存在，可能是地址有误，或者页面已经调整。")},
	}
	for _, p := range pages {
		page, err := s.pages.Render(p.template, p.data)
		if err != nil {
			return err
		}
		if err := b.put(p.rel, page); err != nil {
			return err
		}
	}
	return b.put("robots.txt", []byte("User-agent: *\nDisallow: "+s.base+"/search\n\nSitemap: "+s.address("sitemap.xml")+"\n"))
}

func (s *Site) errorPage(heading, text string) errorPage {
	p := errorPage{frame: s.frame(heading, s.siteMetas()), Heading: heading, Text: text}
	p.NoIndex, p.Crumbs = true, []navLink{{Name: heading}}
	return p
}

// emptyLists asks for the configured columns that have no page yet.
func (s *Site) emptyLists() changes {
	c := newChanges()
	for _, col := range s.c.Columns {
		if _, err := os.Stat(s.abs(s.column(col.Name).Path + "/index.html")); err != nil {
			c.place(shelfColumn+col.Name, 0)
		}
	}
	return c
}
