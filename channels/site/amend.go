package site

import (
	"context"
	"fmt"
	"os"
	"path"
	"slices"

	"tongfa/channels"
	"tongfa/press"
)

// Means is how the website is corrected: where the text stands.
func (s *Site) Means() []press.Means {
	return []press.Means{{Way: press.InPlace, What: "原网址不变，页面换成新的文字和附件，注明更正日期和内容；列表、目录、检索同时更新。所在的栏目和主题列表不随更正改变，要换栏目的请撤回后重新发布"}}
}

// Amend writes the pages of the entries as the act gives them, then the lists. Files come before the page that links them, and what the new text has no
// more goes when the new page stands. The page that is there, or its files, may have been changed, cut, deleted or replaced by anything: it
// is as approved afterwards.
func (s *Site) Amend(ctx context.Context, a press.Act, j channels.Journal) (press.Receipt, error) {
	steps, err := j.Steps(ctx)
	if err != nil {
		return press.Receipt{}, fmt.Errorf("read journal: %w", err)
	}
	part := s.lists.begin()
	defer part.end()
	entries, err := s.amendable(a.Edition.Entries)
	if err != nil {
		return press.Receipt{}, err
	}
	written := len(entries) == 0
	if done(steps, stepPage) && !written {
		if written, err = s.stands(ctx, entries); err != nil {
			return press.Receipt{}, err
		}
	}
	if !written {
		if err := s.amendStep(ctx, entries, j); err != nil {
			return press.Receipt{}, err
		}
	}
	if len(entries) > 0 && !(written && done(steps, stepLists) && s.listed(entries)) {
		if err := s.listStep(ctx, s.published(entries), j, part); err != nil {
			return press.Receipt{}, err
		}
	}
	return s.amended(ctx, a)
}

// amendable leaves out what was withdrawn, also where the notice that said so is gone.
func (s *Site) amendable(entries []press.Entry) (left []press.Entry, err error) {
	if left, err = s.notWithdrawn(entries); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(left, func(e press.Entry) bool { return e.Copy.State == press.CopyWithdrawn }), nil
}

// amendStep writes files and pages between an intent and what came of it.
func (s *Site) amendStep(ctx context.Context, entries []press.Entry, j channels.Journal) error {
	var gained [][]press.Link
	files, err := s.files(ctx, entries)
	if err != nil {
		return err
	}
	for _, e := range entries {
		links, err := s.linksNow(ctx, e)
		if err != nil {
			return err
		}
		gained = append(gained, links)
	}
	if err := j.Intend(ctx, stepPage); err != nil {
		return fmt.Errorf("record intent: %w", err)
	}
	for i, e := range entries {
		if err := s.amendPage(e, gained[i], files); err != nil {
			return err
		}
	}
	if err := j.Done(ctx, stepPage, s.Address(entries[0])); err != nil {
		return fmt.Errorf("record pages: %w", err)
	}
	return nil
}

// linksNow are the links that an entry has gained since the act was opened: as the ledger has them, and from pages that it does not
// call public yet.
func (s *Site) linksNow(ctx context.Context, e press.Entry) ([]press.Link, error) {
	now, _, err := s.o.Archive.Entry(ctx, e.Item.ID)
	if err != nil {
		return nil, archiveTrouble(err)
	}
	return append(now.Links, s.recent.linking(e.Item.ID, s.Address)...), nil
}

// amendPage puts the files of an entry in place, then its page, then clears away the files that it no longer has.
func (s *Site) amendPage(e press.Entry, gained []press.Link, files []blob) error {
	rel := s.contentPath(e.Item.ID, e.Public)
	dir := filesDir(rel)
	defer s.writing.lock([]string{rel})()
	st, err := s.stateOf(e)
	if err != nil || st.Withdrawn != "" && st.Marker == e.Copy.Marker {
		return err // withdrawn since
	}
	b := s.disk.batch()
	if info, err := os.Lstat(s.abs(dir)); err == nil && !info.IsDir() {
		if err := b.drop(dir); err != nil {
			return err
		}
	}
	for _, f := range files {
		if path.Dir(f.rel) != dir {
			continue
		}
		if err := b.put(f.rel, f.data); err != nil {
			return err
		}
	}
	if err := b.flush(); err != nil {
		return err
	}
	if err := s.stageArticle(b, e, gained); err != nil {
		return err
	}
	if err := b.publish(); err != nil {
		return err
	}
	if err := b.flush(); err != nil {
		return err
	}
	s.recent.add(e)
	s.pending.done([]string{rel}) // whatever kept its publication from being finished, it stands now
	if err := s.clearFiles(b, e); err != nil {
		return err
	}
	return b.flush()
}

// clearFiles takes out of service what stands beside a page and is none of its files.
func (s *Site) clearFiles(b *batch, e press.Entry) error {
	left, err := s.strayFiles(e)
	if err != nil {
		return err
	}
	dir := filesDir(s.contentPath(e.Item.ID, e.Public))
	if len(left) > 0 && len(channels.FilesOf(e.Revision)) == 0 {
		return b.drop(dir)
	}
	for _, name := range left {
		if err := b.drop(path.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// strayFiles are the names in an entry's folder that are none of its files.
func (s *Site) strayFiles(e press.Entry) (left []string, err error) {
	dir := filesDir(s.contentPath(e.Item.ID, e.Public))
	there, err := os.ReadDir(s.abs(dir))
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, diskTrouble(dir, err)
	}
	wanted := map[string]bool{}
	for _, a := range channels.FilesOf(e.Revision) {
		wanted[channels.FileName(a)] = true
	}
	for _, f := range there {
		if !wanted[f.Name()] {
			left = append(left, f.Name())
		}
	}
	return left, nil
}
