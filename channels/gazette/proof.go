package gazette

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tongfa/channels"
	"tongfa/press"
	"tongfa/typeset"
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
	case indexName:
		if len(r.YearIndex) == 0 {
			return channels.Sheet{}, channels.ErrNoSheet
		}
		data, err := c.indexOf(r, nil)
		return channels.Sheet{MIME: page, Data: data}, err
	case recordName:
		data, err := r.encode()
		return channels.Sheet{MIME: "text/plain; charset=utf-8", Data: data}, err
	}
	if s, ok, err := c.proofFile(ctx, e, r, name); ok || err != nil {
		return s, err
	}
	return c.proofArticle(ctx, e, r, name)
}

// proofFile makes one of the files in which the issue is read beside its pages.
func (c *Channel) proofFile(ctx context.Context, ed press.Edition, r record, name string) (channels.Sheet, bool, error) {
	if name == verifyName {
		m, err := c.making(r)
		if err != nil {
			return channels.Sheet{}, true, err
		}
		set, err := c.setOf(ctx, r, ed, m, nil)
		return channels.Sheet{MIME: "application/json", Data: set.proof.JSON()}, true, err
	}
	w := c.workOf(r, ed.Entries)
	f := typeset.FormatPDF
	if i := slices.IndexFunc(typeset.Formats(), func(f typeset.Format) bool { return r.place().file(f, 0) == name }); i >= 0 {
		f = typeset.Formats()[i]
	} else if one, ok := r.single(w, name); ok {
		w = one
	} else {
		return channels.Sheet{}, false, nil
	}
	data, err := c.makeOne(ctx, r, w, ed.Entries, f)
	return channels.Sheet{MIME: mimeOf(f), Data: data}, true, err
}

// makeOne makes one file of a work.
func (c *Channel) makeOne(ctx context.Context, r record, w *typeset.Work, entries []press.Entry, f typeset.Format) ([]byte, error) {
	if err := c.pictures(ctx, w, entries); err != nil {
		return nil, err
	}
	m, err := c.making(r)
	if err != nil {
		return nil, err
	}
	if m.Formats = []typeset.Format{f}; f == typeset.FormatOFD {
		if m.OFD.Attachments, err = c.attached(ctx, entries); err != nil {
			return nil, err
		}
	}
	files, _, err := c.make(w, m)
	if err != nil {
		return nil, madeTrouble(err)
	}
	return files[f], nil
}

// mimeOf is what a web server calls a format.
func mimeOf(f typeset.Format) string {
	switch f {
	case typeset.FormatPDF:
		return "application/pdf"
	case typeset.FormatOFD:
		return "application/ofd"
	case typeset.FormatEPUB:
		return "application/epub+zip"
	}
	return "text/html; charset=utf-8"
}

// single is the article of a work whose PDF has this name, as a work of its own.
func (r record) single(w *typeset.Work, name string) (*typeset.Work, bool) {
	for _, s := range w.Sections {
		for _, a := range s.Articles {
			if r.pdfOf(a.ID) == name {
				return w.Single(a), true
			}
		}
	}
	return nil, false
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
