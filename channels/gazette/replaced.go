package gazette

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"tongfa/channels"
	"tongfa/press"
	"tongfa/typeset"
)

// replaced is replaced.json: what stands in the place of the files of a whole issue, and of its directory, since articles of it were withdrawn. edition.json keeps
// what was issued.
type replaced struct {
	Format    string    `json:"format"`
	Version   int       `json:"version"`   // of the files: how many articles are withdrawn
	Withdrawn []string  `json:"withdrawn"` // their markers
	Text      *textSeal `json:"text,omitempty"`
	Files     []sealed  `json:"files"` // nothing but the directory where no whole issue could be made again
}

const (
	replacedName   = "replaced.json"
	replacedFormat = "tongfa-gazette-replaced/1"
)

// verifyNameOf is the verification block of a version of the files.
func verifyNameOf(version int) string { return fmt.Sprintf("verify-r%d.json", version) }

// within are the withdrawals of articles that an issue holds, in the order of its articles.
func (w withdrawals) within(r record) (out withdrawals) {
	for _, a := range r.Articles {
		if gone, ok := w.of(a.Marker); ok {
			out = append(out, gone)
		}
	}
	return out
}

func (w withdrawals) markers() (out []string) {
	for _, x := range w {
		out = append(out, x.Marker)
	}
	return out
}

// last is when the last of the articles was withdrawn.
func (w withdrawals) last(zone *time.Location) (at time.Time) {
	for _, x := range w {
		if t, err := time.Parse(time.RFC3339, x.At); err == nil && t.After(at) {
			at = t
		}
	}
	return at.In(zone)
}

// replaces reports whether an issue of which these articles are withdrawn needs other files than it was issued with.
func (w withdrawals) replaces(r record) bool { return r.Text != nil && len(w.within(r)) > 0 }

// keptReplacedAt is where the office's own copy is of what replaces the files of an issue.
func (c *Channel) keptReplacedAt(p place) string {
	return strings.TrimSuffix(c.keptAt(p), ".zip") + "-replaced.zip"
}

// decodeReplaced reads replaced.json, and believes nothing of it that no issue has.
func decodeReplaced(data []byte, r record) (replaced, bool) {
	var x replaced
	if err := json.Unmarshal(data, &x); err != nil || x.Format != replacedFormat || x.Version != len(x.Withdrawn) {
		return x, false
	}
	return x, !slices.ContainsFunc(x.Files, func(f sealed) bool { return !x.has(r, f.Path) })
}

// has reports whether a file is one of those that replace the files of an issue.
func (x replaced) has(r record, file string) bool {
	return r.directory(file) || file == verifyNameOf(x.Version) ||
		slices.ContainsFunc(typeset.Formats(), func(f typeset.Format) bool { return r.place().file(f, x.Version) == file })
}

// covers reports whether it is about just these withdrawals.
func (x replaced) covers(r record, w withdrawals) bool {
	return slices.Equal(x.Withdrawn, w.within(r).markers())
}

// replacedOf is what replaces the files of an issue: as the office's own copy has it, else as it stands there.
func (c *Channel) replacedOf(r record) (replaced, bool) {
	data := keptFile(c.keptReplacedAt(r.place()), replacedName)
	if data == nil {
		data, _ = readPlain(c.abs(r.place().issue() + "/" + replacedName))
	}
	return decodeReplaced(data, r)
}

// unreplaced lists what is wrong with the files that replace those of the issue: they are not for these withdrawals, or not as they were made, or one is still
// there which holds what was withdrawn.
func (c *Channel) unreplaced(r record, w withdrawals) (bad []string) {
	if !w.replaces(r) {
		return nil
	}
	x, ok := c.replacedOf(r)
	own := keptFile(c.keptReplacedAt(r.place()), replacedName)
	if !ok || !x.covers(r, w) || own != nil && !channels.SameFile(c.abs(r.place().issue()+"/"+replacedName), own) {
		bad = append(bad, replacedName)
	}
	for _, f := range x.Files {
		if data, err := readSealed(c.abs(r.place().issue()+"/"+f.Path), f); ok && (err != nil || sum(data) != f.SHA256) {
			bad = append(bad, f.Path)
		}
	}
	return append(bad, c.outdated(r, w)...)
}

// versioned is the name of a file of some version of an issue.
var versioned = regexp.MustCompile(`^(?:gazette-\d{4}-s?\d{1,3}|verify)-r\d+\.[a-z]+$`)

// outdated lists the files in the folder of an issue that hold all of it as it was before the last withdrawal.
func (c *Channel) outdated(r record, w withdrawals) (names []string) {
	now := replaced{Version: len(w.within(r))}
	entries, _ := os.ReadDir(c.abs(r.place().issue())) // what cannot be read is found elsewhere
	for _, e := range entries {
		name := e.Name()
		if !r.directory(name) && (r.wholeFile(name) || versioned.MatchString(name) && !now.has(r, name)) {
			names = append(names, name)
		}
	}
	return names
}

// takeAway moves the files that hold what was withdrawn out of the public folder into the folder Withheld.
func (c *Channel) takeAway(r record, names []string) error {
	for _, name := range names {
		path := c.abs(r.place().issue() + "/" + name)
		data, err := channels.ReadPlain(path, r.most())
		if err == nil {
			err = c.keep(filepath.Join(c.o.Withheld, filepath.FromSlash(r.place().issue()+"/"+name)), data)
		} else if errors.Is(err, fs.ErrNotExist) || errors.Is(err, channels.ErrNotFile) {
			err = nil // nothing that was issued
		}
		if err == nil {
			err = c.disk.removeTree(path)
		}
		if err != nil {
			return c.diskTrouble(path, err)
		}
	}
	return nil
}

// most is how large a file of an issue may be, also one that was changed.
func (r record) most() int64 {
	most := int64(mostKept)
	for _, f := range r.Files {
		most = max(most, 2*int64(f.Bytes))
	}
	return most
}

// replaceWhole puts files in the place of those of a whole issue that went with a withdrawal: the same without the articles that are withdrawn, and a directory that
// says so. Where they cannot be made, the directory says that. Everything may be done again.
func (c *Channel) replaceWhole(ctx context.Context, p place, mine []string) error {
	r, _, err := c.readRecord(p)
	if err != nil {
		return err
	}
	w, err := c.readWithdrawals(p)
	if err != nil || !w.replaces(r) {
		return err
	}
	files, err := c.replacement(ctx, r, w.trusted(r, keptFile(c.keptReplacedAt(p), ownWithdrawn), mine))
	if err != nil {
		return err
	}
	if err := c.putKept(c.keptReplacedAt(p), keptOf(files)); err != nil {
		return err
	}
	dir := c.abs(p.issue())
	if err := c.disk.open(dir); err != nil {
		return c.diskTrouble(dir, err)
	}
	for _, f := range files {
		path := filepath.Join(dir, f.rel)
		if err == nil && f.rel != ownWithdrawn {
			err = c.diskTrouble(path, c.disk.put(path, f.data, 0o444))
		}
	}
	if closeErr := c.disk.close(dir); err == nil && closeErr != nil {
		err = c.diskTrouble(dir, closeErr)
	}
	return err
}

// ownWithdrawn is withdrawn.json as the office's own copy has it, which nobody else can have written.
const ownWithdrawn = "own-" + withdrawnName

func keptOf(files []blob) keptIssue {
	k := keptIssue{}
	for _, f := range files {
		k[f.rel] = f.data
	}
	return k
}

// replacement makes what replaces the files of an issue: the whole in four formats, its verification block, replaced.json and the directory, in the order in which
// they are written, and what only the office's own copy has.
func (c *Channel) replacement(ctx context.Context, r record, w withdrawals) ([]blob, error) {
	x := replaced{Format: replacedFormat, Version: len(w), Withdrawn: w.markers()}
	set, err := c.wholeWithout(ctx, r, w)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var files []blob
	if err == nil {
		x.Text = &textSeal{set.proof.Characters, set.proof.Text}
		files = append(set.files, blob{verifyNameOf(x.Version), set.proof.JSON()})
	}
	for _, f := range files {
		x.Files = append(x.Files, takenAway(f, set.signers))
	}
	if len(r.YearIndex) > 0 {
		page, err := c.indexOf(r, w)
		if err != nil {
			return nil, err
		}
		files = append(files, blob{indexName, page})
		x.Files = append(x.Files, sealed{Path: indexName, Bytes: len(page), SHA256: sum(page)})
	}
	index, err := c.pages.Render("issue", issuePage{c.inIssue("issue", r.Title, r), r.sections("", w), c.replacedFormats(r, w, x)})
	if err != nil {
		return nil, err
	}
	x.Files = append(x.Files, sealed{Path: "index.html", Bytes: len(index), SHA256: sum(index)})
	data, err := json.MarshalIndent(x, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", replacedName, err)
	}
	own, err := json.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", withdrawnName, err)
	}
	return append(files, blob{replacedName, append(data, '\n')}, blob{"index.html", index}, blob{ownWithdrawn, own}), nil
}

// wholeWithout makes the whole issue without the articles that are withdrawn.
func (c *Channel) wholeWithout(ctx context.Context, r record, w withdrawals) (fileSet, error) {
	work, err := c.workAgain(ctx, r, w)
	if err != nil {
		return fileSet{}, err
	}
	m, err := c.making(r)
	if err != nil {
		return fileSet{}, err
	}
	m.Made = w.last(time.UTC)
	if c.signsAt(m.Made) { // what is withdrawn leaves, whoever can still sign
		m = c.signed(m)
	}
	if m.OFD.Attachments, err = c.attachedAgain(ctx, r, w); err != nil {
		return fileSet{}, err
	}
	set, err := c.whole(r, work, m, len(w), nil)
	if err == nil && !set.proof.Same() {
		err = unevenTrouble(set.proof)
	}
	if err != nil {
		return fileSet{}, err
	}
	set.proof.Edition.Why, set.proof.Edition.Instead = c.whyReplaced(r, w), verifyName
	return set, nil
}

// workAgain is the work of an issue with a notice in the place of each article that is withdrawn: from the office's own copy, else from the ledger.
func (c *Channel) workAgain(ctx context.Context, r record, w withdrawals) (*typeset.Work, error) {
	work, ok := c.keptWork(r.place())
	if !ok {
		var err error
		if work, err = c.workFromLedger(ctx, r, w); err != nil {
			return nil, err
		}
	}
	for _, s := range work.Sections {
		for i := range s.Articles {
			k := slices.IndexFunc(r.Articles, func(a article) bool { return a.Item == s.Articles[i].ID })
			if k < 0 {
				continue
			}
			if gone, ok := w.of(r.Articles[k].Marker); ok {
				s.Articles[i] = c.tombstone(r.Articles[k], gone)
			}
		}
	}
	if work.Cover == nil {
		work.Cover = &typeset.Cover{}
	}
	work.Cover.Notes = append(work.Cover.Notes, strings.Split(strings.TrimSuffix(c.whyReplaced(r, w), "。"), "：")...)
	if err := c.picturesAgain(ctx, work); err != nil || len(r.YearIndex) == 0 {
		return work, err
	}
	m, err := c.making(r)
	if err != nil {
		return nil, err
	}
	return work, c.paged(r, work, w, m)
}

// workFromLedger is the work of an issue as the ledger still has its articles: each that is not withdrawn in the revision that was printed.
func (c *Channel) workFromLedger(ctx context.Context, r record, w withdrawals) (*typeset.Work, error) {
	var entries []press.Entry
	for _, a := range r.Articles {
		if _, gone := w.of(a.Marker); gone {
			entries = append(entries, press.Entry{Position: a.Position})
			continue
		}
		e, known, err := c.archived(ctx, a)
		if err == nil && (!known || e.Revision.Digest != a.Digest) {
			err = fmt.Errorf("the ledger has no public article %s as it was printed", a.Page)
		}
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return c.workOf(r, entries), nil
}

// tombstone is what is set in the place of an article that was withdrawn.
func (c *Channel) tombstone(a article, gone withdrawal) typeset.Article {
	if gone.How == press.NoticeGone {
		return typeset.Article{ID: a.Item, Title: "本篇已撤回", Body: []press.Block{press.P("本篇内容不再提供。")}}
	}
	out := typeset.Article{ID: a.Item, Title: a.Title + "（已撤回）", Number: a.DocNumber, Body: []press.Block{press.P("本篇已撤回，不再提供。")}}
	if at, err := time.Parse(time.RFC3339, gone.At); err == nil {
		out.Body[0] = press.P("本篇已于" + at.In(c.o.Location).Format("2006年1月2日 15:04") + "撤回，不再提供。")
	}
	if gone.Reason != "" {
		out.Body = append(out.Body, press.P("撤回原因："+gone.Reason))
	}
	if gone.Target != "" {
		out.Body = append(out.Body, press.P("新的地址："+gone.Target))
	}
	return out
}

// picturesAgain reads the pictures that a work shows from the ledger.
func (c *Channel) picturesAgain(ctx context.Context, w *typeset.Work) error {
	var failed error
	for _, s := range w.Sections {
		for _, a := range s.Articles {
			press.Walk(a.Body, func(b press.Block) {
				if b.Picture == nil || failed != nil {
					return
				}
				data, err := channels.Approved(ctx, c.o.Blobs, b.Picture.Digest, "图片")
				if err == nil {
					w.Pictures[b.Picture.Digest], err = typeset.NewPicture(data)
				}
				failed = err
			})
		}
	}
	return failed
}

// whyReplaced says why the files of an issue are not those that were issued.
func (c *Channel) whyReplaced(r record, w withdrawals) string {
	var names []string
	for _, x := range w {
		names = append(names, strings.TrimLeft(strings.TrimSuffix(x.Page, ".html"), "0"))
	}
	return fmt.Sprintf("本期第%s篇已撤回，本文件于%s重新制作：撤回的只留说明，其余各篇文字未动。", strings.Join(names, "、"), w.last(c.o.Location).Format("2006年1月2日 15:04"))
}

// replacedFormats says in the directory what became of the files of the issue.
func (c *Channel) replacedFormats(r record, w withdrawals, x replaced) formatsBlock {
	var names []string
	for _, g := range w {
		names = append(names, strings.TrimLeft(strings.TrimSuffix(g.Page, ".html"), "0"))
	}
	said := "本期第" + strings.Join(names, "、") + "篇已撤回，发行时的整期文件不再提供。"
	if x.Text == nil {
		return formatsBlock{Said: said + "其余各篇的网页和单篇 PDF 不受影响。", Issued: verifyName}
	}
	b := r.formatsOf(x.Version, x.Files)
	b.Said = said + "下列文件于" + w.last(c.o.Location).Format("2006年1月2日 15:04") + "重新制作，撤回的只留说明，其余各篇文字未动。"
	b.Replaced, b.Characters, b.Verify, b.Issued = true, grouped(x.Text.Characters), verifyNameOf(x.Version), verifyName
	return b
}

// trusted are the withdrawals of an issue in words that somebody answers for: those of an act for its own articles, those of the office's own copy for others.
// Of what else withdrawn.json says, only the bare fact counts, as anybody may have written it.
func (w withdrawals) trusted(r record, kept []byte, mine []string) (out withdrawals) {
	var own withdrawals
	_ = json.Unmarshal(kept, &own) // none where it cannot be read
	for _, x := range w.within(r) {
		old, kept := own.of(x.Marker)
		switch {
		case slices.Contains(mine, x.Marker):
		case kept:
			x = old
		default:
			x.How, x.Title, x.Reason, x.Target = press.NoticeGone, "", "", ""
		}
		i := slices.IndexFunc(r.Articles, func(a article) bool { return a.Marker == x.Marker })
		x.Page = r.Articles[i].Page
		out = append(out, x)
	}
	return out
}

// withOwn adds the withdrawals that the office's own copy knows, where withdrawn.json was lost or cut.
func (w withdrawals) withOwn(kept []byte) withdrawals {
	var own withdrawals
	_ = json.Unmarshal(kept, &own) // none where it cannot be read
	for _, x := range own {
		if _, ok := w.of(x.Marker); !ok {
			w = append(w, x)
		}
	}
	return w
}

// replacedFiles plans for what replaces the files of the issue: as the office's own copy has it, else made anew, also where it could not be made before.
func (p *planner) replacedFiles(ctx context.Context) error {
	w := p.gone.within(p.record)
	if !w.replaces(p.record) {
		return nil
	}
	at := p.c.keptReplacedAt(p.record.place())
	if public, err := p.contradicted(ctx, w, keptFile(at, ownWithdrawn)); err != nil || public {
		p.plan.lost = append(p.plan.lost, withdrawnName)
		return err
	}
	files, whole := p.c.keptReplacement(p.record, w)
	if !whole {
		made, err := p.c.replacement(ctx, p.record, w.trusted(p.record, keptFile(at, ownWithdrawn), nil))
		if err != nil {
			return err
		}
		if files == nil || len(made) > len(files)+1 {
			files, p.plan.keep = made, made
		}
	}
	p.plan.away = p.c.outdated(p.record, w)
	for _, f := range files {
		path := p.c.abs(p.plan.issue.issue() + "/" + f.rel)
		found, err := channels.ReadPlain(path, p.record.most())
		switch {
		case f.rel == ownWithdrawn, err == nil && bytes.Equal(found, f.data):
		case p.c.blocked(path):
			p.plan.lost = append(p.plan.lost, f.rel)
		default:
			p.plan.writes = append(p.plan.writes, write{f, found})
		}
	}
	return nil
}

// contradicted reports whether withdrawn.json says of an article that it is withdrawn which the office's own copy does not know of, and which the ledger has as public. Then
// somebody else may have written it, or a withdrawal is under way: in either case a repair leaves the whole files alone.
func (p *planner) contradicted(ctx context.Context, w withdrawals, kept []byte) (bool, error) {
	own := withdrawals(nil).withOwn(kept)
	for _, x := range w {
		if _, ok := own.of(x.Marker); ok {
			continue
		}
		e, mine := p.entries[x.Marker]
		if mine && e.Copy.State != press.CopyWithdrawn {
			p.plan.withdrawn[e.Position] = false
			return true, nil
		}
		i := slices.IndexFunc(p.record.Articles, func(a article) bool { return a.Marker == x.Marker })
		if mine || i < 0 {
			continue
		}
		if _, public, err := p.c.archived(ctx, p.record.Articles[i]); err != nil || public {
			return public, err
		}
	}
	return false, nil
}

// keptReplacement is what replaces the files of an issue as the office's own copy has it, if that is for these withdrawals, and whether the whole issue is among it.
func (c *Channel) keptReplacement(r record, w withdrawals) (files []blob, whole bool) {
	at := c.keptReplacedAt(r.place())
	data := keptFile(at, replacedName)
	x, ok := decodeReplaced(data, r)
	if !ok || !x.covers(r, w) {
		return nil, false
	}
	for _, f := range x.Files {
		one := keptFile(at, f.Path)
		if sum(one) != f.SHA256 {
			return nil, false
		}
		files = append(files, blob{f.Path, one})
	}
	return slices.Insert(files, len(files)-1, blob{replacedName, data}), x.Text != nil
}
