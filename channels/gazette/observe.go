package gazette

import (
	"bytes"
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tongfa/channels"
	"tongfa/press"
)

// Observe looks at the page of an entry and its files as a reader does.
func (c *Channel) Observe(ctx context.Context, e press.Entry) (press.Sighting, error) {
	address := cmp.Or(e.Copy.URL, c.Address(e))
	if address == "" {
		return press.Sighting{Copy: e.Copy.ID, At: c.o.Now(), Status: press.SeenBlind, Detail: "这一期还没有编号，不知道网址"}, nil
	}
	base, name := path.Split(address)
	dir := strings.TrimSuffix(name, ".html")
	sight := channels.Sight{
		Get: c.o.Get, Place: "公报网站", TitleID: titleID, TextID: textID,
		File: func(a press.Asset) (link, address string) {
			link = href(path.Join(dir, channels.FileName(a)))
			return link, base + link
		},
		Beside: c.beside, Files: func(e press.Entry) []channels.FileBeside { return c.madeFor(e, base) },
	}
	return sight.Look(ctx, e, address, c.o.Now()), nil
}

// beside says what is wrong around the text of a page that a reader sees: remarks that it ought to have or ought not to have, and anything
// that is not as the issue's record has it. Where the issue itself is not at hand, only the remarks are looked at.
func (c *Channel) beside(e press.Entry, root *html.Node) string {
	if said := differentRemarks(root, e.Remarks); said != "" {
		return said
	}
	p, ok := parsePlace(e.Copy.Ref)
	if !ok {
		return ""
	}
	r, there := c.vouched(p.wholeIssue())
	if !there {
		return ""
	}
	a, known := r.at(p.article)
	local, err := readPlain(c.abs(p.page()))
	if !known || err != nil {
		return ""
	}
	was := part(local)
	if was.broken || !r.sealed(a.Page, was.issued) {
		return "网页文件与出刊时的记录（" + recordName + "）不符：正文以外的内容被改动过"
	}
	if !c.sameAs(root, e, was) {
		return "网页上有出刊时没有的内容，或者少了内容：正文以外与本期的文件不同"
	}
	return ""
}

// vouched is the record of an issue, the office's own if there is one.
func (c *Channel) vouched(p place) (record, bool) {
	r, there := c.kept(p).record(p)
	if !there {
		r, there, _ = c.readRecord(p)
	}
	return r, there
}

// mostFetched is how large a file of an issue is fetched at each look. A larger one is compared on the disk when the issue is looked up.
const mostFetched = 32 << 20

// madeFor are the files that a reader finds beside the page of an article: its PDF, and beside the first one that is not withdrawn those of the whole issue with its
// directory and verification block, so that each of them is looked at once.
func (c *Channel) madeFor(e press.Entry, base string) (out []channels.FileBeside) {
	p, ok := parsePlace(e.Copy.Ref)
	if !ok {
		return nil
	}
	r, there := c.vouched(p.wholeIssue())
	w, err := c.readWithdrawals(p)
	if !there || err != nil {
		return nil
	}
	a, _ := r.at(p.article)
	add := func(f sealed) {
		if f.Bytes > mostFetched {
			return
		}
		address := base + f.Path
		if f.Path == "index.html" {
			address = base // where readers find it
		}
		out = append(out, channels.FileBeside{Name: f.Path, Address: address, Digest: f.SHA256})
	}
	if f, ok := named(r.Files, a.PDF); ok {
		add(f)
	}
	first := slices.IndexFunc(r.Articles, func(a article) bool { _, gone := w.of(a.Marker); return !gone })
	if first < 0 || r.Articles[first].Position != p.article || r.Text == nil {
		return out
	}
	for _, f := range r.Files {
		if !w.covers(r, f.Path) && (r.wholeFile(f.Path) || r.madeOfText(f.Path) && !r.isPDF(f.Path)) {
			add(f)
		}
	}
	if x, ok := c.replacedOf(r); ok && w.replaces(r) {
		for _, f := range x.Files {
			add(f)
		}
	}
	return out
}

// sameAs reports whether a page is the one in the folder. One with the remarks that the ledger knows is as good: it was fetched a moment before
// another one was put there.
func (c *Channel) sameAs(root *html.Node, e press.Entry, local parted) bool {
	seen := drawn(root)
	block, err := c.remarksOf(e)
	if err != nil {
		return false
	}
	for _, b := range [][]byte{local.block, block} {
		page, err := join(local.issued, b)
		if err != nil {
			continue
		}
		if want, err := html.Parse(bytes.NewReader(page)); err == nil && bytes.Equal(drawn(want), seen) {
			return true
		}
	}
	return false
}

// drawn is a page as its elements are, whatever its source looks like.
func drawn(root *html.Node) []byte {
	var b bytes.Buffer
	if err := html.Render(&b, root); err != nil {
		return nil // unreachable: a buffer takes everything
	}
	return b.Bytes()
}

// differentRemarks says which remark a page lacks, or has too many; "" when it shows what it ought to.
func differentRemarks(root *html.Node, remarks []press.Remark) string {
	var shown []string
	for n := range root.Descendants() {
		if n.DataAtom == atom.P && channels.AttrOf(n, "class") == wordsClass {
			shown = append(shown, press.Fold(channels.NodeText(n)))
		}
	}
	for _, r := range remarks {
		at := slices.Index(shown, press.Fold(r.Text))
		if at < 0 {
			return "网页上没有附注“" + r.Text + "”"
		}
		shown = slices.Delete(shown, at, at+1)
	}
	if len(shown) > 0 {
		return "网页上有台账里没有的附注“" + shown[0] + "”"
	}
	return ""
}
