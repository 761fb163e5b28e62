package gazette

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"tongfa/channels"
	"tongfa/press"
)

// plan is what is to be done to the files of one issue.
type plan struct {
	issue     place
	writes    []write
	away      []string     // files that hold what was withdrawn and are to leave the public folder
	keep      []blob       // what replaces the files of the issue, made anew: the office keeps a copy of it first
	lost      []string     // files that are not what was issued and cannot be made again
	withdrawn map[int]bool // articles
}

// write is a file that is to be written, and what was found in its place if that was never issued.
type write struct {
	blob
	found []byte
}

// note asks a person for what cannot be made again.
func (p plan) note() string {
	names := p.lost
	if len(names) > 12 {
		names = append(slices.Clone(names[:12]), "……")
	}
	return fmt.Sprintf("%s有%d个文件与出刊时不同或不见了，系统不能原样重做（%s），没有写入；请系统管理员从备份恢复文件夹 %s 中的这些文件，然后重试",
		p.issue.name(), len(p.lost), strings.Join(names, "、"), p.issue.issue())
}

// spoilt reports whether something of an article is lost.
func (p plan) spoilt(at place) bool {
	a := article{Page: path.Base(at.page())}
	return slices.ContainsFunc(p.lost, func(f string) bool { return a.of(f) || f == recordName || f == withdrawnName })
}

// planner compares the files of one issue with what was issued. Nothing is ever written that edition.json does not vouch for.
type planner struct {
	c       *Channel
	record  record
	kept    keptIssue
	gone    withdrawals
	made    map[string][]byte      // what was made again of the text of the whole issue
	entries map[string]press.Entry // of the act, by marker
	plan    plan
}

// take adds an entry of an act.
func (p *planner) take(a press.Act, e press.Entry) error {
	art, known := p.record.at(e.Position)
	if !known || art.Marker != e.Copy.Marker {
		return &press.Trouble{Remedy: press.AskPerson, Who: press.GazetteEditor.Name(), What: fmt.Sprintf("在 %s 没有找到“%s”", p.plan.issue.issue(), e.Revision.Title),
			Do: "核对这一期的文件夹是否被移走或替换", Err: fmt.Errorf("amend %s: article %d has another marker", p.plan.issue.issue(), e.Position)}
	}
	if restores(a) && art.Digest != e.Revision.Digest {
		return &press.Trouble{Remedy: press.AskPerson, Who: press.GazetteEditor.Name(), What: fmt.Sprintf("“%s”已经刊登，已出刊的公报不能就地改文字", art.Title),
			Do: "改用“" + press.Erratum.Name() + "”", Err: fmt.Errorf("amend %s: article %d is issued in another revision", p.plan.issue.issue(), e.Position)}
	}
	_, gone := p.gone.of(art.Marker)
	if !gone && e.Copy.State == press.CopyWithdrawn { // and withdrawn.json was lost
		p.gone, gone = append(p.gone, withdrawal{Marker: art.Marker}), true
	}
	p.plan.withdrawn[art.Position] = gone
	p.entries[art.Marker] = e
	return nil
}

// restores reports whether an act asks for the issue as it was, and not only for remarks on some of its articles.
func restores(a press.Act) bool { return a.Verb == press.Amend && a.Way != press.Erratum }

// recordItself plans for edition.json as the office's own copy has it.
func (p *planner) recordItself() {
	want := p.kept[recordName]
	path := p.c.abs(p.plan.issue.issue() + "/" + recordName)
	found, err := readPlain(path)
	switch {
	case err == nil && bytes.Equal(found, want):
	case p.c.blocked(path):
		p.plan.lost = append(p.plan.lost, recordName)
	default:
		p.plan.writes = append(p.plan.writes, write{blob{recordName, want}, found})
	}
}

// concerns reports whether a file belongs to an article of the act.
func (p *planner) concerns(file string) bool {
	return slices.ContainsFunc(p.record.Articles, func(a article) bool {
		_, mine := p.entries[a.Marker]
		return mine && a.of(file)
	})
}

// file plans for one file of the issue.
func (p *planner) file(ctx context.Context, f sealed) error {
	path := p.c.abs(p.plan.issue.issue() + "/" + f.Path)
	found, err := readSealed(path, f)
	switch {
	case p.gone.covers(p.record, f.Path):
		return nil
	case errors.Is(err, fs.ErrPermission):
		return p.c.diskTrouble(path, err)
	case p.c.blocked(path):
		p.plan.lost = append(p.plan.lost, f.Path)
		return nil
	}
	was := p.record.part(f.Path, found)
	issued := was.issued
	if err != nil || sum(issued) != f.SHA256 {
		was.broken = true
		if issued, err = p.again(ctx, f); err != nil {
			return err
		}
	}
	want, known, err := p.remarked(ctx, f, issued, was)
	switch {
	case err != nil:
		return err
	case issued == nil || !known:
		p.plan.lost = append(p.plan.lost, f.Path)
		return nil
	case found != nil && bytes.Equal(found, want):
		return nil
	}
	w := write{blob: blob{f.Path, want}}
	if was.broken {
		w.found = found
	}
	p.plan.writes = append(p.plan.writes, w)
	return nil
}

// readPlain reads a file of an issue, or one of the office's own. Nothing that the program writes is larger, but for attachments.
func readPlain(path string) ([]byte, error) { return channels.ReadPlain(path, mostKept) }

// readSealed reads a file of an issue, which is at most as large as it was issued or, if somebody changed it, as a page may be.
func readSealed(path string, f sealed) ([]byte, error) {
	return channels.ReadPlain(path, max(mostKept, int64(f.Bytes)))
}

// blocked reports whether a folder stands where a file belongs, or something else where one of its folders belongs. What is in it is not for a
// program to remove, and nothing is written through a link.
func (c *Channel) blocked(path string) bool {
	info, err := os.Lstat(path)
	if err == nil && info.IsDir() {
		return true
	}
	for dir := filepath.Dir(path); dir != c.cfg.Root && within(dir, c.cfg.Root); dir = filepath.Dir(dir) {
		if info, err := os.Lstat(dir); err == nil && !info.IsDir() {
			return true
		}
	}
	return false
}

// remarked puts on a page the remarks that belong there: those that the act gives for its own entries; on other pages those that stand there, or
// those that the ledger knows where the page was broken; it may know none of that page. Any other file stays as it was issued.
func (p *planner) remarked(ctx context.Context, f sealed, issued []byte, was parted) (want []byte, known bool, err error) {
	a, isPage := p.record.pageAt(f.Path)
	if !isPage || issued == nil {
		return issued, true, nil
	}
	e, known := p.entries[a.Marker]
	if !known && !was.broken {
		want, err = join(issued, was.block)
		return want, true, err
	}
	if !known {
		if e, known, err = p.c.archived(ctx, a); err != nil || !known {
			return nil, false, err
		}
	}
	block, err := p.c.remarksOf(e)
	if err != nil {
		return nil, false, err
	}
	want, err = join(issued, block)
	return want, true, err
}

// archived is the entry of an article as the ledger has it, if that is the copy and the revision which was printed.
func (c *Channel) archived(ctx context.Context, a article) (press.Entry, bool, error) {
	e, ok, err := c.o.Archive.Entry(ctx, press.ItemID(a.Item))
	if err != nil {
		return press.Entry{}, false, archiveTrouble(err)
	}
	if !ok || e.Copy.Marker != a.Marker {
		return press.Entry{}, false, nil
	}
	e.Position = a.Position
	return e, true, nil
}

// again makes a file again that may be public; nil for any other. An article may have been withdrawn, and withdrawn.json be lost with the rest: of
// what is not the act's own, only what the ledger knows to be public comes back.
func (p *planner) again(ctx context.Context, f sealed) ([]byte, error) {
	if public, err := p.mayReturn(ctx, f.Path); err != nil || !public {
		return nil, err
	}
	i := slices.IndexFunc(p.record.Articles, func(a article) bool { return a.of(f.Path) })
	if i >= 0 {
		a := p.record.Articles[i]
		_, known := p.entries[a.Marker]
		if !known {
			var err error
			if _, known, err = p.c.archived(ctx, a); err != nil {
				return nil, err
			}
		}
		if !known {
			return nil, nil
		}
	}
	return p.make(ctx, f)
}

// mayReturn reports whether a file that holds the whole issue may be public: every article of it has to be. A directory shows no more than titles, and may return
// unless something is known to have been withdrawn.
func (p *planner) mayReturn(ctx context.Context, file string) (bool, error) {
	switch {
	case !p.record.wholeFile(file):
		return true, nil
	case p.record.directory(file):
		return keptFile(p.c.keptReplacedAt(p.record.place()), replacedName) == nil, nil
	}
	for _, a := range p.record.Articles {
		if _, mine := p.entries[a.Marker]; mine {
			continue
		}
		if _, known, err := p.c.archived(ctx, a); err != nil || !known {
			return false, err
		}
	}
	return true, nil
}

// make makes the bytes of a file again as they were issued; nil when that cannot be done.
func (p *planner) make(ctx context.Context, f sealed) ([]byte, error) {
	data := p.kept[f.Path]
	if data == nil && strings.HasPrefix(f.Path, p.record.place().stem()) {
		data = keptFile(p.c.keptFilesAt(p.record.place()), f.Path)
	}
	if sum(data) == f.SHA256 {
		return data, nil
	}
	if p.record.madeOfText(f.Path) {
		return p.makeFile(ctx, f)
	}
	if a, isPage := p.record.pageAt(f.Path); isPage {
		return p.makePage(ctx, a, f)
	}
	var err error
	switch f.Path {
	case "index.html":
		data, err = p.c.issueOf(p.record)
	case styleName:
		data = styleSheet
	case errataName:
		data, err = p.c.errataOf(p.record)
	case indexName:
		data, err = p.c.indexOf(p.record, nil)
	default: // an attachment or a picture is approved by the very digest that edition.json has; one that cannot be read is as good as lost
		data, _ = p.c.o.Blobs.Blob(ctx, f.SHA256)
		err = ctx.Err()
	}
	if err != nil || sum(data) != f.SHA256 {
		return nil, err
	}
	return data, nil
}

// mostLinks is up to how many links of an article are tried with and without.
const mostLinks = 8

// makePage draws a page again. It may have gained links since it was issued, so that each choice of them is tried, all of them first.
func (p *planner) makePage(ctx context.Context, a article, f sealed) ([]byte, error) {
	e, known := p.entries[a.Marker]
	if !known || e.Revision.Digest != a.Digest {
		var err error
		if e, known, err = p.c.archived(ctx, a); err != nil {
			return nil, err
		}
	}
	if !known || e.Revision.Digest != a.Digest || len(e.Links) > mostLinks {
		return nil, nil
	}
	links := e.Links
	for without := range 1 << len(links) {
		e.Links = slices.Clone(links)
		for i := len(links) - 1; i >= 0; i-- {
			if without>>i&1 == 1 {
				e.Links = slices.Delete(e.Links, i, i+1)
			}
		}
		page, err := p.c.articleOf(p.record, e)
		if err != nil || sum(page) == f.SHA256 {
			return page, err
		}
	}
	return nil, nil
}

// carryOut writes what is planned for an issue and closes its folder again. What was found in place of an issued file is kept first.
func (c *Channel) carryOut(p plan) error {
	dir := c.abs(p.issue.issue())
	if len(p.keep) > 0 {
		if err := c.putKept(c.keptReplacedAt(p.issue), keptOf(p.keep)); err != nil {
			return err
		}
	}
	for _, w := range p.writes {
		if w.found == nil {
			continue
		}
		kept := filepath.Join(c.o.Withheld, filepath.FromSlash(p.issue.issue()+"/"+w.rel)) + "." + sum(w.found)[:8]
		if err := c.disk.put(kept, w.found, 0o400); err != nil {
			return c.diskTrouble(kept, err)
		}
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return c.putBack(dir, p.writes)
	}
	err := c.sendAway(dir, p)
	if err == nil {
		err = c.writeInto(dir, p.writes)
	}
	if closeErr := c.disk.close(dir); err == nil && closeErr != nil {
		err = c.diskTrouble(dir, closeErr)
	}
	return err
}

// sendAway moves files out of the public folder that ought not to be there.
func (c *Channel) sendAway(dir string, p plan) error {
	if len(p.away) == 0 {
		return nil
	}
	if err := c.disk.open(dir); err != nil {
		return c.diskTrouble(dir, err)
	}
	r, _, err := c.readRecord(p.issue)
	if err != nil {
		return err
	}
	return c.takeAway(r, p.away)
}

// putBack puts an issue back of which nothing is left: as a whole, as when it came out.
func (c *Channel) putBack(dir string, writes []write) error {
	if len(writes) == 0 {
		return nil // nobody has it
	}
	var files []blob
	for _, w := range writes {
		files = append(files, w.blob)
	}
	return c.diskTrouble(dir, c.disk.putFolder(dir, files))
}

func (c *Channel) writeInto(dir string, writes []write) error {
	for _, w := range writes {
		path := filepath.Join(dir, filepath.FromSlash(w.rel))
		if err := c.disk.open(dir, filepath.Dir(path)); err != nil {
			return c.diskTrouble(dir, err)
		}
		if err := c.disk.put(path, w.data, 0o444); err != nil {
			return c.diskTrouble(path, err)
		}
	}
	return nil
}
