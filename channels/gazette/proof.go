package gazette

import (
	"context"
	"fmt"
	"strings"

	"tongfa/channels"
	"tongfa/press"
)

// Proof draws a file of an issue as it will be. Its paths are those that the issue will have below the gazette's address, so that every link within
// it leads to where it will.
func (c *Channel) Proof(ctx context.Context, e press.Edition, path string) (channels.Sheet, error) {
	p, err := issuePlace(e)
	if err != nil {
		return channels.Sheet{}, err
	}
	name, inside := strings.CutPrefix(path, p.issue()+"/")
	switch {
	case path == "", path == "index.html", path == fmt.Sprintf("%04d/index.html", p.year):
		return channels.Sheet{Go: p.issue() + "/index.html"}, nil
	case !inside:
		return channels.Sheet{}, channels.ErrNoSheet
	}
	r, err := c.recordOf(e)
	if err != nil {
		return channels.Sheet{}, err
	}
	const page = "text/html; charset=utf-8"
	switch name {
	case "index.html":
		data, err := c.issueOf(r)
		return channels.Sheet{MIME: page, Data: data}, err
	case styleName:
		return channels.Sheet{MIME: "text/css; charset=utf-8", Data: styleSheet}, nil
	case errataName:
		if len(r.Errata) == 0 {
			return channels.Sheet{}, channels.ErrNoSheet
		}
		data, err := c.errataOf(r)
		return channels.Sheet{MIME: page, Data: data}, err
	case recordName:
		data, err := r.encode()
		return channels.Sheet{MIME: "text/plain; charset=utf-8", Data: data}, err
	}
	return c.proofArticle(ctx, e, r, name)
}

// proofArticle draws the page of an article, or gives one of its files.
func (c *Channel) proofArticle(ctx context.Context, ed press.Edition, r record, name string) (channels.Sheet, error) {
	for _, e := range ed.Entries {
		a, ok := r.at(e.Position)
		if !ok || !a.of(name) {
			continue
		}
		if name == a.Page {
			data, err := c.articleOf(r, e)
			if err != nil {
				return channels.Sheet{}, err
			}
			files := []blob{{a.Page, data}}
			err = c.remarkOn(files, r, []press.Entry{e})
			return channels.Sheet{MIME: "text/html; charset=utf-8", Data: files[0].data}, err
		}
		for _, f := range channels.FilesOf(e.Revision) {
			if strings.TrimSuffix(a.Page, ".html")+"/"+channels.FileName(f) == name {
				data, err := channels.Approved(ctx, c.o.Blobs, f.Digest, "文件“"+f.Name+"”")
				return channels.Sheet{MIME: f.MIME, Data: data}, err
			}
		}
	}
	return channels.Sheet{}, channels.ErrNoSheet
}

var _ channels.Proofer = (*Channel)(nil)
