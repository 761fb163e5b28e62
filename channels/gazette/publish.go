package gazette

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"tongfa/channels"
	"tongfa/press"
	"tongfa/typeset"
)

// Steps of an act, as the journal names them.
const (
	stepIssue    = "issue"    // the folder of the issue
	stepWithdraw = "withdraw" // the notice in place of the page
	stepLists    = "lists"    // the lists that show it
)

// Publish builds the folder of an issue, puts it in place as a whole, and then refreshes the lists. It may be called again at any time:
// an issue that is there is not touched.
func (c *Channel) Publish(ctx context.Context, a press.Act, j channels.Journal) (press.Receipt, error) {
	steps, err := j.Steps(ctx)
	if err != nil {
		return press.Receipt{}, fmt.Errorf("read journal: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	there, err := c.issued(a.Edition)
	if err != nil {
		return press.Receipt{}, err
	}
	if err := c.issueStep(ctx, a.Edition, there, steps, j); err != nil {
		return press.Receipt{}, err
	}
	if err := c.listStep(ctx, a.Edition, steps, j); err != nil {
		return press.Receipt{}, err
	}
	return c.receipt(ctx, a)
}

func done(steps []channels.Step, name string) bool {
	st, ok := channels.StepNamed(steps, name)
	return ok && !st.Done.IsZero()
}

// issued reports whether an edition is in its place. Something else there is a person's matter.
func (c *Channel) issued(ed press.Edition) (bool, error) {
	p, err := issuePlace(ed)
	if err != nil {
		return false, err
	}
	r, there, err := c.readRecord(p)
	if err != nil || !there {
		return false, err
	}
	if !r.holds(ed) {
		return false, foreign(p, fmt.Errorf("holds %q with other copies", r.Title))
	}
	return true, nil
}

// listsOf draws the lists that show an edition's issue.
func (c *Channel) listsOf(ed press.Edition) ([]blob, error) {
	p, err := issuePlace(ed)
	if err != nil {
		return nil, err
	}
	return c.lists(p.year)
}

// issuePlace is the place of an edition. One without entries may still be there to print corrections.
func issuePlace(ed press.Edition) (place, error) {
	if len(ed.Entries) == 0 && len(ed.Errata) > 0 {
		return placeOf(ed, press.Entry{Position: 1})
	}
	if len(ed.Entries) == 0 {
		return place{}, &press.Trouble{Remedy: press.AskPerson, Who: press.GazetteEditor.Name(), What: "这一期公报里没有稿件，不能发行",
			Do: "编入稿件后重新定稿", Err: fmt.Errorf("edition %s has no entries", ed.Key)}
	}
	p, err := placeOf(ed, ed.Entries[0])
	p.article = 0
	return p, err
}

// issueStep puts the folder in place between an intent and what came of it, or takes down that it is there. Everything that can go wrong
// before the disk is touched goes wrong before the intent.
func (c *Channel) issueStep(ctx context.Context, ed press.Edition, there bool, steps []channels.Step, j channels.Journal) error {
	p, err := issuePlace(ed)
	if err != nil {
		return err
	}
	if !there {
		files, work, err := c.build(ctx, ed)
		if err != nil {
			return err
		}
		if err := j.Intend(ctx, stepIssue); err != nil {
			return fmt.Errorf("record intent: %w", err)
		}
		if err := c.keepIssued(p, files, work); err != nil {
			return err
		}
		if err := c.disk.putFolder(c.abs(p.issue()), files); err != nil {
			return c.diskTrouble(c.abs(p.issue()), err)
		}
	} else if _, begun := channels.StepNamed(steps, stepIssue); !begun || done(steps, stepIssue) {
		return nil
	}
	if err := j.Done(ctx, stepIssue, p.issue()); err != nil {
		return fmt.Errorf("record issue: %w", err)
	}
	return nil
}

// listStep refreshes the lists, if they are not as they should be.
func (c *Channel) listStep(ctx context.Context, ed press.Edition, steps []channels.Step, j channels.Journal) error {
	lists, err := c.listsOf(ed)
	if err != nil {
		return err
	}
	if done(steps, stepLists) && c.fresh(lists) {
		return nil
	}
	if err := j.Intend(ctx, stepLists); err != nil {
		return fmt.Errorf("record intent: %w", err)
	}
	if err := c.putLists(lists); err != nil {
		return err
	}
	if err := j.Done(ctx, stepLists, ""); err != nil {
		return fmt.Errorf("record lists: %w", err)
	}
	return nil
}

// build makes every file of an issue, reads the text of each format again, and checks that the attachments are what was approved.
func (c *Channel) build(ctx context.Context, ed press.Edition) ([]blob, *typeset.Work, error) {
	r, err := c.recordOf(ed)
	if err != nil {
		return nil, nil, err
	}
	set, err := c.set(ctx, r, ed)
	if err != nil {
		return nil, nil, err
	}
	files, err := c.folderOf(ctx, r, ed, set)
	return files, set.work, err
}

// folderOf is the folder of an issue around the files that were made of its text. Its pages tell of those files, and edition.json of everything.
func (c *Channel) folderOf(ctx context.Context, r record, ed press.Edition, set fileSet) ([]blob, error) {
	r.Text = &textSeal{set.proof.Characters, set.proof.Text}
	for i := range r.Articles {
		r.Articles[i].Begins = set.begins[r.Articles[i].Item]
	}
	for _, f := range set.files {
		r.Files = append(r.Files, takenAway(f, set.signers))
	}
	index, err := c.issueOf(r)
	if err != nil {
		return nil, err
	}
	files := []blob{{"index.html", index}, {styleName, styleSheet}}
	for _, e := range ed.Entries {
		a, _ := r.at(e.Position)
		page, err := c.articleOf(r, e)
		if err != nil {
			return nil, err
		}
		files = append(files, blob{a.Page, page})
		beside, err := c.assets(ctx, e, strings.TrimSuffix(a.Page, ".html"))
		if err != nil {
			return nil, err
		}
		files = append(files, beside...)
	}
	if len(r.Errata) > 0 {
		page, err := c.errataOf(r)
		if err != nil {
			return nil, err
		}
		files = append(files, blob{errataName, page})
	}
	if len(r.YearIndex) > 0 {
		page, err := c.indexOf(r, nil)
		if err != nil {
			return nil, err
		}
		files = append(files, blob{indexName, page})
	}
	for _, f := range files {
		r.Files = append(r.Files, sealed{Path: f.rel, Bytes: len(f.data), SHA256: sum(f.data)})
	}
	if err := c.remarkOn(files, r, ed.Entries); err != nil {
		return nil, err
	}
	data, err := r.encode()
	return append(append(files, set.files...), blob{recordName, data}), err
}

// takenAway seals a file that readers take away, by both standards.
func takenAway(f blob, signers map[string]string) sealed {
	d := typeset.DigestsOf(f.data)
	return sealed{f.rel, len(f.data), d.SHA256, d.SM3, signers[path.Ext(f.rel)]}
}

// remarkOn puts on the pages of an issue what was to be remarked of their articles before it came out. It is no part of what is issued.
func (c *Channel) remarkOn(files []blob, r record, entries []press.Entry) error {
	for _, e := range entries {
		a, _ := r.at(e.Position)
		block, err := c.remarksOf(e)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(files, func(f blob) bool { return f.rel == a.Page })
		if files[at].data, err = join(files[at].data, block); err != nil {
			return err
		}
	}
	return nil
}

// recordOf is what an edition will hold, but for the digests of its files.
func (c *Channel) recordOf(ed press.Edition) (record, error) {
	day := ed.Composed
	if due := ed.Due(); due.After(day) { // an issue that was frozen before its day bears the day it is issued for
		day = due
	}
	r := record{Format: recordFormat, Name: c.cfg.Name, Host: c.cfg.Host, Year: ed.Year, Number: ed.Number, Total: ed.Total, Supplement: ed.Supplement, Title: c.Title(ed), Theme: ed.Name,
		Date: day.In(c.o.Location).Format("2006-01-02"), Statement: c.cfg.Statement, Articles: []article{}, Errata: errataIn(ed)}
	entries := slices.Clone(ed.Entries)
	slices.SortStableFunc(entries, func(x, y press.Entry) int { return x.Position - y.Position })
	for i, e := range entries {
		if e.Position != i+1 || e.Copy.Marker == "" {
			return r, &press.Trouble{Remedy: press.AskPerson, Who: press.GazetteEditor.Name(), What: "这一期公报的篇次不连续，没有发行",
				Do: "重新编排后再定稿", Err: fmt.Errorf("edition %s: entry %d has position %d, marker %q", ed.Key, i+1, e.Position, e.Copy.Marker)}
		}
		m := e.Revision.Meta
		r.Articles = append(r.Articles, article{Position: e.Position, Section: c.sectionOf(e), Title: e.Revision.Title, DocNumber: m.DocNumber,
			Issuer: m.Issuer, FormedOn: formedOn(m), Page: fmt.Sprintf("%02d.html", e.Position), PDF: r.place().of(e.Position).pdf(), Item: string(e.Item.ID),
			Revision: e.Revision.Number, Digest: e.Revision.Digest, Text: press.DigestText(press.Text(e.Revision.Body)), Marker: e.Copy.Marker})
	}
	r.YearIndex = c.yearIndex(ed, r.Articles)
	return r, nil
}

// assets fetches the attachments and pictures of an entry.
func (c *Channel) assets(ctx context.Context, e press.Entry, dir string) (files []blob, err error) {
	for _, a := range channels.FilesOf(e.Revision) {
		data, err := channels.Approved(ctx, c.o.Blobs, a.Digest, "文件“"+a.Name+"”")
		if err != nil {
			return nil, err
		}
		files = append(files, blob{dir + "/" + channels.FileName(a), data})
	}
	return files, nil
}

// Lookup reads the folders on disk, which are the gazette. An issue that is there with old lists is Absent, so that the
// act is resumed; for an act that is only looked for, what counts is the issue.
func (c *Channel) Lookup(ctx context.Context, a press.Act, j channels.Journal) (press.Receipt, error) {
	steps, err := j.Steps(ctx)
	if err != nil {
		return press.Receipt{}, fmt.Errorf("read journal: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch a.Verb {
	case press.Withdraw:
		return c.lookWithdrawn(a)
	case press.Amend, press.Annotate:
		return c.lookAmended(ctx, a, steps)
	}
	there, err := c.issued(a.Edition)
	if err != nil {
		return press.Receipt{}, err
	}
	if !there {
		return press.Receipt{Status: press.Absent}, nil
	}
	lists, err := c.listsOf(a.Edition)
	if err != nil {
		return press.Receipt{}, err
	}
	if !c.fresh(lists) && !a.LookOnly {
		return press.Receipt{Status: press.Absent, Note: "这一期已在原处，目录还没有更新"}, nil
	}
	return c.receipt(ctx, a)
}

// receipt reports what the disk shows of an issue that is there. Files that are not what was issued are a person's matter.
func (c *Channel) receipt(ctx context.Context, a press.Act) (press.Receipt, error) {
	p, err := issuePlace(a.Edition)
	if err != nil {
		return press.Receipt{}, err
	}
	r, _, err := c.readRecord(p)
	if err != nil {
		return press.Receipt{}, err
	}
	w, err := c.readWithdrawals(p)
	if err != nil {
		return press.Receipt{}, err
	}
	out, err := c.parts(a, w)
	if err != nil {
		return press.Receipt{}, err
	}
	data, err := r.encode()
	if err != nil {
		return press.Receipt{}, err
	}
	out.Raw = recordName + " sha256:" + sum(data)
	if bad := c.damaged(r, w); len(bad) > 0 {
		return damageFound(out, p, bad), nil
	}
	if out.Note == "" {
		out.Note, err = c.lost(ctx)
	}
	return out, err
}

// parts is a receipt's word on each entry: public, but for those that were withdrawn.
func (c *Channel) parts(a press.Act, w withdrawals) (out press.Receipt, err error) {
	out.Status = press.Gone
	if p, err := issuePlace(a.Edition); err == nil && len(a.Edition.Entries) == 0 {
		return press.Receipt{Status: press.Live, Ref: p.issue(), URL: c.cfg.URL + "/" + p.issue() + "/"}, nil
	}
	for _, e := range a.Edition.Entries {
		p, err := placeOf(a.Edition, e)
		if err != nil {
			return out, err
		}
		part := press.Part{Copy: e.Copy.ID, Status: press.Gone, Ref: p.ref(), URL: c.cfg.URL + "/" + p.page()}
		if _, gone := w.of(e.Copy.Marker); !gone {
			part.Status, out.Status = press.Live, press.Live
		}
		out.Ref, out.URL = p.issue(), c.cfg.URL+"/"+p.issue()+"/"
		out.Parts = append(out.Parts, part)
	}
	if out.Status == press.Gone {
		out.Note = "这一期的各篇都已撤回，没有重新发布"
	}
	return out, nil
}

// damageFound calls a person to an issue whose bytes are not what was issued.
func damageFound(r press.Receipt, p place, bad []string) press.Receipt {
	r.Status = press.NeedsHand
	for i := range r.Parts {
		if r.Parts[i].Status == press.Live {
			r.Parts[i].Status = press.NeedsHand
		}
	}
	r.Note = fmt.Sprintf("%s已在原处，但有%d个文件与出刊时不同或不见了（%s），请系统管理员从备份恢复文件夹 %s 后重试",
		p.name(), len(bad), strings.Join(bad[:min(3, len(bad))], "、"), p.issue())
	return r
}
