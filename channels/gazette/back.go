package gazette

import (
	"context"
	"errors"
	"fmt"

	"tongfa/channels"
	"tongfa/press"
	"tongfa/typeset"
)

// backPage is the directory of an imported issue.
type backPage struct {
	frame
	Sections []sectionList
	PDF      string
	Size     string
}

// Import puts an issue into the tree that came out before the ledger was kept: a directory whose titles lead to the pages of its PDF, the PDF, and edition.json
// with the digest of both. Its folder comes as a whole like that of any issue, and is never written again: an issue that is there is compared and left as it
// is. The lists do not show it before Relist.
func (c *Channel) Import(ctx context.Context, b press.BackIssue, pdf []byte) (url string, err error) {
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("import %s: %w", b.Name(), err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r, files, err := c.backFiles(b, pdf)
	if err != nil {
		return "", err
	}
	p := r.place()
	url = c.cfg.URL + "/" + p.issue() + "/"
	old, there, err := c.readRecord(p)
	switch {
	case err != nil:
		return "", err
	case there && (old.Format != importFormat || old.Source != r.Source):
		return "", foreign(p, errors.New("another issue, or imported from something else"))
	case there:
		return url, c.backWhole(old)
	}
	return url, c.diskTrouble(c.abs(p.issue()), c.disk.putFolder(c.abs(p.issue()), files))
}

// backWhole asks that an imported issue is as it was put there.
func (c *Channel) backWhole(r record) error {
	bad := c.damaged(r, nil)
	if len(bad) == 0 {
		return nil
	}
	return &press.Trouble{Remedy: press.AskPerson, Who: press.Operator.Name(), What: fmt.Sprintf("导入过的%s有文件被改动或不见了：%s", r.place().name(), bad[0]),
		Do: fmt.Sprintf("查明原因后移走公报文件夹里的 %s，再导入一次", r.place().issue()), Err: fmt.Errorf("imported issue %s is damaged", r.place().issue())}
}

// backFiles draws the files of an imported issue.
func (c *Channel) backFiles(b press.BackIssue, pdf []byte) (record, []blob, error) {
	if b.Year < 1 || b.Number < 1 || sum(pdf) != b.PDF {
		return record{}, nil, fmt.Errorf("import %s: it has no number, or its PDF is another one", b.Name())
	}
	r := record{Format: importFormat, Name: c.cfg.Name, Host: c.cfg.Host, Year: b.Year, Number: b.Number, Supplement: b.Supplement, Total: b.Total, Date: b.Day, Articles: []article{},
		Title: c.Title(press.Edition{Year: b.Year, Number: b.Number, Total: b.Total, Supplement: b.Supplement}), Source: b.Digest()}
	for i, x := range b.Articles {
		a := article{Position: i + 1, Section: x.Section, Title: x.Title, DocNumber: x.DocNumber, Issuer: x.Issuer, PDFPage: x.Page}
		a.Page = r.pageOf(a)
		r.Articles = append(r.Articles, a)
	}
	name := r.place().file(typeset.FormatPDF, 0)
	index, err := c.pages.Render("back", backPage{c.inIssue("issue", r.Title, r), r.sections("", nil), name, channels.SizeText(int64(len(pdf)))})
	if err != nil {
		return r, nil, err
	}
	files := []blob{{"index.html", index}, {styleName, styleSheet}, {name, pdf}}
	for _, f := range files {
		r.Files = append(r.Files, sealed{Path: f.rel, Bytes: len(f.data), SHA256: sum(f.data)})
	}
	data, err := r.encode()
	return r, append(files, blob{recordName, data}), err
}

// Relist draws the home page and the pages of years again, after issues were imported.
func (c *Channel) Relist(ctx context.Context, years ...int) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("list years again: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	lists, err := c.lists(years...)
	if err != nil {
		return err
	}
	return c.putLists(lists)
}
