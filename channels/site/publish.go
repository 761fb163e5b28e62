package site

import (
	"context"
	"fmt"
	"os"
	"path"

	"tongfa/channels"
	"tongfa/press"
)

// Steps of an act, as the journal names them.
const (
	stepPage     = "page"     // the files and pages of the edition
	stepWithdraw = "withdraw" // the notice in place of the page
	stepLists    = "lists"    // the lists that show it
)

// Publish writes the pages of an edition and then the lists that show them. It may be called again at any time.
func (s *Site) Publish(ctx context.Context, a press.Act, j channels.Journal) (press.Receipt, error) {
	steps, err := j.Steps(ctx)
	if err != nil {
		return press.Receipt{}, fmt.Errorf("read journal: %w", err)
	}
	part := s.lists.begin()
	defer part.end()
	entries, err := s.notWithdrawn(a.Edition.Entries)
	if err != nil {
		return press.Receipt{}, err
	}
	if !s.pagesDone(entries, steps) {
		fresh, err := s.notCorrected(entries)
		if err == nil {
			err = s.writeStep(ctx, fresh, j)
		}
		if err != nil {
			return press.Receipt{}, err
		}
	}
	if !done(steps, stepLists) {
		if err := s.listStep(ctx, s.published(entries), j, part); err != nil {
			return press.Receipt{}, err
		}
	}
	return s.receipt(a, press.Live)
}

func done(steps []channels.Step, name string) bool {
	st, ok := channels.StepNamed(steps, name)
	return ok && !st.Done.IsZero()
}

// notWithdrawn leaves out the entries whose very copy was withdrawn: a late call must not bring them back.
func (s *Site) notWithdrawn(entries []press.Entry) (left []press.Entry, err error) {
	for _, e := range entries {
		st, err := s.stateOf(e)
		if err != nil {
			return nil, err
		}
		if st.Withdrawn == "" || st.Marker != e.Copy.Marker {
			left = append(left, e)
		}
	}
	return left, nil
}

// notCorrected leaves out the entries whose page shows a later revision of the very copy: a ledger that was restored from a copy may not
// know of a correction, and a survey tells it. Nor may it know of a later copy that was published since; that is a person's matter.
func (s *Site) notCorrected(entries []press.Entry) (left []press.Entry, err error) {
	for _, e := range entries {
		st, err := s.stateOf(e)
		if err != nil {
			return nil, err
		}
		if st.live() && st.Marker != e.Copy.Marker {
			return nil, s.otherCopy(e)
		}
		if !st.live() || !st.Older(e) {
			left = append(left, e)
		}
	}
	return left, nil
}

func (s *Site) otherCopy(e press.Entry) error {
	rel := s.contentPath(e.Item.ID, e.Public)
	return &press.Trouble{Remedy: press.AskPerson, Who: press.Operator.Name(), Err: fmt.Errorf("publish %s: a live page with another marker is there", rel),
		What: "网址 " + s.address(rel) + " 上已有这一稿件的另一份公开网页，台账里没有它的记录，没有覆盖",
		Do:   "核对那一页：台账是从旧备份恢复的，先查清恢复以前发布了什么；确认要用这一份代替的，移走那个网页文件后重试"}
}

func (s *Site) stateOf(e press.Entry) (pageState, error) {
	rel := s.contentPath(e.Item.ID, e.Public)
	st, err := readState(s.abs(rel))
	if err != nil {
		return st, diskTrouble(rel, err)
	}
	return st, nil
}

// pagesDone reports whether the journal says that the pages were written and the disk still agrees.
func (s *Site) pagesDone(entries []press.Entry, steps []channels.Step) bool {
	if !done(steps, stepPage) {
		return false
	}
	for _, e := range entries {
		st, err := s.stateOf(e)
		if err != nil || !st.live() || st.Marker != e.Copy.Marker {
			return false
		}
	}
	return true
}

// writeStep writes files and pages between an intent and what came of it. Everything that can go wrong before the disk is
// touched goes wrong before the intent.
func (s *Site) writeStep(ctx context.Context, entries []press.Entry, j channels.Journal) error {
	if len(entries) == 0 {
		return nil
	}
	files, err := s.files(ctx, entries)
	if err != nil {
		return err
	}
	if err := j.Intend(ctx, stepPage); err != nil {
		return fmt.Errorf("record intent: %w", err)
	}
	if err := s.writePages(entries, files); err != nil {
		return err
	}
	if err := j.Done(ctx, stepPage, s.Address(entries[0])); err != nil {
		return fmt.Errorf("record pages: %w", err)
	}
	return nil
}

type blob struct {
	rel  string
	data []byte
}

// files fetches the attachments and pictures of entries and checks that they are what was approved.
func (s *Site) files(ctx context.Context, entries []press.Entry) (files []blob, err error) {
	for _, e := range entries {
		dir := filesDir(s.contentPath(e.Item.ID, e.Public))
		for _, a := range channels.FilesOf(e.Revision) {
			data, err := channels.Approved(ctx, s.o.Blobs, a.Digest, "文件“"+a.Name+"”")
			if err != nil {
				return nil, err
			}
			files = append(files, blob{path.Join(dir, channels.FileName(a)), data})
		}
	}
	return files, nil
}

// writePages puts files in place, and then all pages of the edition together.
func (s *Site) writePages(entries []press.Entry, files []blob) error {
	var pages []string
	for _, e := range entries {
		pages = append(pages, s.contentPath(e.Item.ID, e.Public))
	}
	b := s.disk.batch()
	for _, f := range files {
		if err := b.put(f.rel, f.data); err != nil {
			return err
		}
	}
	if err := b.flush(); err != nil {
		return err
	}
	defer s.writing.lock(pages)()
	s.pending.add(pages)
	for _, e := range entries {
		if err := s.stageArticle(b, e, nil); err != nil {
			b.discard()
			return err
		}
		s.recent.add(e)
	}
	if err := b.publish(); err != nil {
		return err
	}
	if err := b.flush(); err != nil {
		return err
	}
	s.pending.done(pages)
	return nil
}

// listStep refreshes the lists. They are written again whatever happens, so the intent only tells a later look that they may be old.
func (s *Site) listStep(ctx context.Context, c changes, j channels.Journal, part *part) error {
	if err := j.Intend(ctx, stepLists); err != nil {
		return fmt.Errorf("record intent: %w", err)
	}
	if err := s.refreshed(ctx, part.join(c)); err != nil {
		return err
	}
	if err := j.Done(ctx, stepLists, ""); err != nil {
		return fmt.Errorf("record lists: %w", err)
	}
	return nil
}

// receipt reports what the disk shows of every entry; want is what an entry that is as it should be counts as.
func (s *Site) receipt(a press.Act, want press.Status) (press.Receipt, error) {
	r := press.Receipt{Status: want}
	for _, e := range a.Edition.Entries {
		rel := s.contentPath(e.Item.ID, e.Public)
		p := press.Part{Copy: e.Copy.ID, Ref: rel, URL: s.address(rel)}
		st, err := s.stateOf(e)
		if err != nil {
			return press.Receipt{}, err
		}
		_, filesErr := os.Lstat(s.abs(filesDir(rel)))
		switch {
		case st.there && st.Marker == e.Copy.Marker && st.Withdrawn != "" && (want == press.Live || os.IsNotExist(filesErr)):
			p.Status = press.Gone
		case st.live() && st.Marker == e.Copy.Marker:
			p.Status = press.Live
		default:
			p.Status = press.Absent
		}
		if p.Status != want && !(want == press.Live && p.Status == press.Gone) {
			r.Status = press.Absent
		}
		r.Parts = append(r.Parts, p)
	}
	if len(r.Parts) > 0 {
		r.Ref, r.URL = r.Parts[0].Ref, r.Parts[0].URL
	}
	if want == press.Live && len(r.Parts) > 0 && allGone(r.Parts) {
		r.Status, r.Note = press.Gone, "这一期的页面都已撤回，没有重新发布"
	}
	return r, nil
}

func allGone(parts []press.Part) bool {
	for _, p := range parts {
		if p.Status != press.Gone {
			return false
		}
	}
	return true
}

// Lookup reads the pages on disk, which are the website. An act whose lists may be old is Absent: it is resumed.
func (s *Site) Lookup(ctx context.Context, a press.Act, j channels.Journal) (press.Receipt, error) {
	steps, err := j.Steps(ctx)
	if err != nil {
		return press.Receipt{}, fmt.Errorf("read journal: %w", err)
	}
	want := press.Live
	switch a.Verb {
	case press.Withdraw:
		want = press.Gone
	case press.Amend, press.Annotate:
		return s.lookAmended(ctx, a, steps)
	}
	r, err := s.receipt(a, want)
	if err == nil && a.LookOnly && want == press.Live {
		return s.foundOut(a, r), nil
	}
	if err != nil || r.Status == press.Absent {
		return absent(r), err
	}
	_, begun := channels.StepNamed(steps, stepLists)
	_, wrote := channels.StepNamed(steps, stepPage)
	_, took := channels.StepNamed(steps, stepWithdraw)
	switch {
	case done(steps, stepLists):
		return r, nil
	case begun, wrote, took, want == press.Gone: // of a withdrawal that the ledger forgot, lists may still show the title
		return absent(r), nil
	case want == press.Live && r.Status == press.Live && !s.listed(a.Edition.Entries):
		return absent(r), nil
	}
	return r, nil
}

// foundOut is the look at a publication that must not go on. A page that readers can open is public, whatever is missing beside it: of
// an edition that is there in part the receipt tells which parts.
func (s *Site) foundOut(a press.Act, r press.Receipt) press.Receipt {
	for i, p := range r.Parts {
		if p.Status == press.Live {
			s.pending.done([]string{s.contentPath(a.Edition.Entries[i].Item.ID, a.Edition.Entries[i].Public)})
		}
	}
	return r
}

// absent makes a receipt say that the act may be made or resumed.
func absent(r press.Receipt) press.Receipt {
	return press.Receipt{Status: press.Absent, Note: r.Note}
}

// listed reports whether the column pages show the entries under their titles: how a ledger that was restored, and remembers nothing of an act,
// learns that it was finished.
func (s *Site) listed(entries []press.Entry) bool {
	for _, e := range entries {
		dir := s.column(shelvedIn(e)).Path
		rel := dir + "/index.html"
		if pos := e.Places[shelfColumn+shelvedIn(e)]; pos > 0 {
			rel = s.pagePath(dir, s.pageOf(pos))
		}
		page, err := readPage(s.abs(rel))
		st, stErr := s.stateOf(e)
		if err != nil || page == nil || stErr != nil || st.live() && !s.listedAs(string(page), e, st) {
			return false
		}
	}
	return true
}
