package site

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"tongfa/channels"
	"tongfa/press"
)

// amended is the receipt of an amendment: what the disk shows of every entry.
func (s *Site) amended(ctx context.Context, a press.Act) (press.Receipt, error) {
	r := press.Receipt{Status: press.Live}
	for _, e := range a.Edition.Entries {
		rel := s.contentPath(e.Item.ID, e.Public)
		p := press.Part{Copy: e.Copy.ID, Ref: rel, URL: s.address(rel), Status: press.Gone}
		open, err := s.amendable([]press.Entry{e})
		if err != nil {
			return press.Receipt{}, err
		}
		if len(open) > 0 {
			shown, err := s.allShown(ctx, open)
			if err != nil {
				return press.Receipt{}, err
			}
			if p.Status = press.Live; !shown {
				p.Status, r.Status = press.Absent, press.Absent
			}
		}
		r.Parts = append(r.Parts, p)
	}
	if len(r.Parts) > 0 {
		r.Ref, r.URL = r.Parts[0].Ref, r.Parts[0].URL
	}
	if len(r.Parts) > 0 && allGone(r.Parts) {
		r.Status, r.Note = press.Gone, "页面已撤回，没有更正"
	}
	return r, nil
}

// lookAmended is Lookup for an amendment. What is not on its lists as it is now is Absent too: the act is made again, which is harmless.
func (s *Site) lookAmended(ctx context.Context, a press.Act, steps []channels.Step) (press.Receipt, error) {
	entries, err := s.amendable(a.Edition.Entries)
	if err != nil {
		return press.Receipt{}, err
	}
	r, err := s.amended(ctx, a)
	if err != nil || r.Status == press.Absent {
		return absent(r), err
	}
	_, begun := channels.StepNamed(steps, stepLists)
	_, wrote := channels.StepNamed(steps, stepPage)
	if (begun || wrote) && !done(steps, stepLists) || !s.listed(entries) {
		return absent(r), nil
	}
	if stands, err := s.stands(ctx, entries); err != nil || !stands {
		return absent(r), err
	}
	return r, nil
}

// stands reports whether the pages of an amendment show everything, with every link. The ledger does not tell the amendment yet, so it is remembered for
// whoever writes the pages and lists again meanwhile: first this, then the look at the links. A publication that links a page is
// remembered first, and then looks at the page; so one of the two sees the other.
func (s *Site) stands(ctx context.Context, entries []press.Entry) (bool, error) {
	shown, err := s.allShown(ctx, entries)
	if err != nil || !shown {
		return false, err
	}
	for _, e := range entries {
		s.recent.add(e)
	}
	for _, e := range entries {
		if linked, err := s.allLinked(ctx, e); err != nil || !linked {
			return false, err
		}
	}
	return true, nil
}

// allLinked reports whether a page has every link that it is to have.
func (s *Site) allLinked(ctx context.Context, e press.Entry) (bool, error) {
	gained, err := s.linksNow(ctx, e)
	if err != nil {
		return false, err
	}
	rel := s.contentPath(e.Item.ID, e.Public)
	wanted, err := s.mergeLinks(rel, e, gained)
	if err != nil {
		return false, err
	}
	there, err := s.linksOnDisk(rel)
	if err != nil {
		return false, err
	}
	for _, l := range wanted {
		if !slices.ContainsFunc(there, func(t press.Link) bool { return t.Rel == l.Rel && t.URL == l.URL }) {
			return false, nil
		}
	}
	return true, nil
}

// allShown reports whether the pages on disk and the files beside them show the entries: revision, remarks, every word and every byte.
func (s *Site) allShown(ctx context.Context, entries []press.Entry) (bool, error) {
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return false, fmt.Errorf("look at page: %w", err)
		}
		if ok, err := s.pageShows(e); err != nil || !ok {
			return false, err
		}
		if ok, err := s.filesShow(e); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

func (s *Site) pageShows(e press.Entry) (bool, error) {
	rel := s.contentPath(e.Item.ID, e.Public)
	page, err := readPage(s.abs(rel))
	if err != nil {
		return false, diskTrouble(rel, err)
	}
	st := stateIn(page)
	if !st.live() || st.Marker != e.Copy.Marker || st.Revision != e.Revision.Number || st.Remarks != channels.RemarksKey(e.Remarks) {
		return false, nil
	}
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return false, nil // no page of ours
	}
	for id, want := range map[string]string{articleID: press.Text(e.Revision.Body), titleID: e.Revision.Title} {
		n := channels.FindElement(root, func(n *html.Node) bool { return channels.AttrOf(n, "id") == id })
		if n == nil || press.Fold(channels.NodeText(n)) != press.Fold(want) {
			return false, nil
		}
	}
	return s.beside(e, root) == "", nil
}

func (s *Site) filesShow(e press.Entry) (bool, error) {
	dir := filesDir(s.contentPath(e.Item.ID, e.Public))
	if info, err := os.Lstat(s.abs(dir)); err == nil && !info.IsDir() {
		return false, nil
	}
	for _, a := range channels.FilesOf(e.Revision) {
		rel := path.Join(dir, channels.FileName(a))
		digest, err := digestOf(s.abs(rel), a.Size)
		if err != nil {
			return false, diskTrouble(rel, err)
		}
		if digest != a.Digest {
			return false, nil
		}
	}
	stray, err := s.strayFiles(e)
	return len(stray) == 0, err
}

// mostFile is how large a file may be of which nobody wrote down the size.
const mostFile = 1 << 30

// digestOf is the SHA-256 of a file; "" when there is none of the size. Size 0 is not known.
func digestOf(path string, size int64) (string, error) {
	f, info, err := openFile(path)
	if f == nil {
		return "", err
	}
	defer f.Close()
	if most := cmp.Or(size, mostFile); info.Size() > most {
		return "", nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// listedAs reports whether a list page has a link to an entry, under its title if that is what the entry's page shows.
func (s *Site) listedAs(list string, e press.Entry, st pageState) bool {
	return strings.Contains(list, s.href(s.contentPath(e.Item.ID, e.Public))) &&
		(st.Older(e) || strings.Contains(list, template.HTMLEscapeString(e.Revision.Title)))
}
