package gazette

import (
	"context"
	"path"
	"strings"

	"tongfa/channels"
	"tongfa/press"
)

// toCome stands where an issue's number will.
const toCome = "期号待编"

// Preview draws the page of an article as it would stand in an issue of its own. Its number, and what stands before and after it, are known once people
// have made the issue.
func (c *Channel) Preview(_ context.Context, e press.Entry) (channels.Preview, error) {
	e.Position = 1
	r, err := c.recordOf(press.Edition{Composed: e.Public, Entries: []press.Entry{e}})
	if err != nil {
		return channels.Preview{}, err
	}
	r.Title = c.cfg.Name
	p, err := c.articlePage(r, e)
	if err != nil {
		return channels.Preview{}, err
	}
	p.Number, p.PDF = toCome, fileLink{}
	page, err := c.pages.Render("article", p)
	if err != nil {
		return channels.Preview{}, err
	}
	dir := strings.TrimSuffix(r.Articles[0].Page, ".html")
	out := channels.Preview{Page: page, Files: []channels.PreviewFile{{URL: p.Style, MIME: "text/css; charset=utf-8", Data: styleSheet}},
		Note: "期号、出版日期和前后篇在定稿时才确定"}
	out.Files = append(out.Files, channels.PreviewFiles(e.Revision, func(name string) string { return href(path.Join(dir, name)) })...)
	return out, nil
}
