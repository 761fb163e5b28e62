package site

import (
	"context"
	"fmt"

	"tongfa/channels"
	"tongfa/press"
)

// noticePage stands where a withdrawn item stood.
type noticePage struct {
	frame
	Heading string
	Title   string // of the item; "" when only the fact is told
	At      string
	Reason  string
	Target  string // where readers are sent
}

// Withdraw puts a notice in the place of each page, takes the item's files out of service, and takes it from the lists and from
// the pages that linked it. A notice that is there already keeps its time.
func (s *Site) Withdraw(ctx context.Context, a press.Act, j channels.Journal) (press.Receipt, error) {
	steps, err := j.Steps(ctx)
	if err != nil {
		return press.Receipt{}, fmt.Errorf("read journal: %w", err)
	}
	part := s.lists.begin()
	defer part.end()
	r, err := s.receipt(a, press.Gone)
	if err != nil {
		return press.Receipt{}, err
	}
	if !done(steps, stepWithdraw) || r.Status != press.Gone {
		if err := j.Intend(ctx, stepWithdraw); err != nil {
			return press.Receipt{}, fmt.Errorf("record intent: %w", err)
		}
		if err := s.putNotices(a); err != nil {
			return press.Receipt{}, err
		}
		if err := j.Done(ctx, stepWithdraw, r.URL); err != nil {
			return press.Receipt{}, fmt.Errorf("record notice: %w", err)
		}
	}
	if !done(steps, stepLists) {
		if err := s.listStep(ctx, s.withdrawn(a.Edition.Entries), j, part); err != nil {
			return press.Receipt{}, err
		}
	}
	return s.receipt(a, press.Gone)
}

func (s *Site) putNotices(a press.Act) error {
	b := s.disk.batch()
	for _, e := range a.Edition.Entries {
		if err := s.putNotice(b, a, e); err != nil {
			return err
		}
	}
	return b.flush()
}

func (s *Site) putNotice(b *batch, a press.Act, e press.Entry) error {
	rel := s.contentPath(e.Item.ID, e.Public)
	defer s.writing.lock([]string{rel})()
	st, err := s.stateOf(e)
	if err != nil {
		return err
	}
	if st.Withdrawn == "" || st.Marker != e.Copy.Marker {
		page, err := s.renderNotice(a, e)
		if err != nil {
			return err
		}
		if err := b.put(rel, page); err != nil {
			return err
		}
	}
	return b.drop(filesDir(rel))
}

func (s *Site) renderNotice(a press.Act, e press.Entry) ([]byte, error) {
	p := noticePage{frame: s.frame("已撤回", s.siteMetas()), Heading: "本页内容已撤回", At: s.local(s.o.Now()).Format(minutes)}
	p.ItemPage, p.Marker, p.NoIndex = true, e.Copy.Marker, true
	p.Crumbs = []navLink{{Name: "已撤回"}}
	p.Withdrawn, p.Target = channels.NoticeOf(a)
	p.Refresh = p.Target
	if p.Withdrawn != press.NoticeGone {
		p.Title, p.Reason = e.Revision.Title, a.Reason
	}
	if p.Withdrawn == channels.NoticeMoved {
		p.Heading = "本页内容已移至新的地址"
	}
	return s.pages.Render("notice", p)
}
