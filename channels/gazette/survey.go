package gazette

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

// Survey tells every article that stands in the gazette's folder, and all else that stands there and is not the gazette's own. An issue of which no article
// stands there, and a folder where an issue would be, are told with their number, so that no number is given twice. It tells
// everything whatever the moment: a folder does not say when it became public.
func (c *Channel) Survey(ctx context.Context, _ time.Time, _ channels.Journal, tell func(press.Found) error) (complete bool, err error) {
	found, err := c.everything(ctx)
	if err != nil {
		return false, err
	}
	for _, f := range found {
		if err := tell(f); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (c *Channel) everything(ctx context.Context) (found []press.Found, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	years, err := c.folders(c.cfg.Root, yearForm)
	if err != nil {
		return nil, err
	}
	found, err = c.strangers("", func(name string) bool {
		return name == "index.html" || name == styleName || name == verifyFolder && c.isDir(name) || yearForm.MatchString(name) && c.isDir(name)
	})
	if err == nil && c.isDir(verifyFolder) {
		var more []press.Found
		more, err = c.strangers(verifyFolder, func(name string) bool {
			return slices.Contains([]string{"index.html", "digests.js", "verify.js"}, name)
		})
		found = append(found, more...)
	}
	for _, y := range years {
		if err != nil {
			return nil, err
		}
		var more []press.Found
		more, err = c.inYear(ctx, y)
		found = append(found, more...)
	}
	return found, err
}

func (c *Channel) inYear(ctx context.Context, year int) ([]press.Found, error) {
	dir := fmt.Sprintf("%04d", year)
	issues, err := c.issueFolders(year)
	if err != nil {
		return nil, err
	}
	ours, err := c.places(year)
	if err != nil {
		return nil, err
	}
	found, err := c.strangers(dir, func(name string) bool {
		return (name == "index.html" || name == contentsName) && len(ours) > 0 || isIssueFolder(year, name) && c.isDir(dir+"/"+name)
	})
	for _, p := range issues {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		var more []press.Found
		more, err = c.inIssueFolder(p)
		found = append(found, more...)
	}
	return found, err
}

// inIssueFolder tells the articles of an issue, or that there is something else where one would be.
func (c *Channel) inIssueFolder(p place) ([]press.Found, error) {
	issue := press.Found{Ref: p.issue(), URL: c.cfg.URL + "/" + p.issue() + "/", Year: p.year, Number: p.number, Supplement: p.supplement}
	r, there, err := c.readRecord(p)
	if !there {
		if err != nil && press.RemedyOf(err) != press.AskPerson {
			return nil, err
		}
		return []press.Found{issue}, nil
	}
	w, err := c.readWithdrawals(p)
	if err != nil {
		return nil, err
	}
	var found []press.Found
	for _, a := range r.Articles {
		if f, ok := c.foundArticle(r, a, w); ok {
			found = append(found, f)
		}
	}
	if len(found) == 0 {
		issue.Title, issue.Total = r.Title, r.Total
		if r.Format == importFormat && len(c.damaged(r, w)) == 0 {
			issue.Imported = r.Source
		}
		found = append(found, issue)
	}
	more, err := c.inside(r, w)
	return append(found, more...), err
}

// foundArticle is an article whose page stands in its place, be it as a notice.
func (c *Channel) foundArticle(r record, a article, w withdrawals) (press.Found, bool) {
	p := r.place().of(a.Position)
	if head, ok := c.headAt(p.page()); !ok || head.Marker != a.Marker {
		return press.Found{}, false
	}
	_, gone := w.of(a.Marker)
	return press.Found{Marker: a.Marker, Ref: p.ref(), URL: c.cfg.URL + "/" + p.page(), Title: a.Title, Revision: a.Revision, Withdrawn: gone,
		Year: r.Year, Number: r.Number, Total: r.Total, Supplement: r.Supplement, Place: a.Position}, true
}

func (c *Channel) headAt(rel string) (channels.Head, bool) {
	page, err := readPlain(c.abs(rel))
	if err != nil {
		return channels.Head{}, false
	}
	return channels.HeadOf(page)
}

// inside tells what stands in the folder of an issue and is not part of it.
func (c *Channel) inside(r record, w withdrawals) (found []press.Found, err error) {
	root := c.abs(r.place().issue())
	ours := map[string]bool{".": true, recordName: true, withdrawnName: true}
	for _, f := range r.Files {
		ours[f.Path], ours[path.Dir(f.Path)] = true, true
	}
	if x, ok := c.replacedOf(r); ok {
		ours[replacedName] = true
		for _, f := range x.Files {
			ours[f.Path] = true
		}
	}
	if w.replaces(r) {
		for _, name := range c.outdated(r, w) {
			ours[name] = false
		}
	}
	err = filepath.WalkDir(root, func(at string, e fs.DirEntry, err error) error {
		if err != nil {
			return c.diskTrouble(at, err)
		}
		rel, err := filepath.Rel(root, at)
		if err != nil || ours[filepath.ToSlash(rel)] && (e.IsDir() || e.Type().IsRegular()) {
			return err
		}
		found = append(found, c.stranger(c.rel(at), e))
		if e.IsDir() {
			return fs.SkipDir
		}
		return nil
	})
	return found, err
}

// strangers tells what a folder holds besides what is ours. Nothing is being written meanwhile.
func (c *Channel) strangers(rel string, ours func(name string) bool) (found []press.Found, err error) {
	entries, err := os.ReadDir(c.abs(rel))
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // nothing is there before Setup
		return nil, c.diskTrouble(c.abs(rel), err)
	}
	for _, e := range entries {
		if ours(e.Name()) && (e.IsDir() || e.Type().IsRegular()) {
			continue
		}
		found = append(found, c.stranger(path.Join(rel, e.Name()), e))
	}
	return found, nil
}

func (c *Channel) stranger(rel string, e fs.DirEntry) press.Found {
	url := c.cfg.URL + "/" + href(rel)
	if e.IsDir() {
		url += "/"
	}
	return press.Found{Ref: rel, URL: url, Title: rel}
}

func (c *Channel) isDir(rel string) bool {
	info, err := os.Lstat(c.abs(rel))
	return err == nil && info.IsDir()
}
