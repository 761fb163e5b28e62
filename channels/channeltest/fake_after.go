package channeltest

import (
	"context"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

// Means implements channels.Corrector.
func (f *Fake) Means() []press.Means {
	if f.bug == meansNothing {
		return []press.Means{{Way: press.InPlace}}
	}
	return []press.Means{{Way: press.InPlace, What: "在原地址换成新的文字"}}
}

// Amend changes the articles where they are. It may be repeated; what is deleted stays so.
func (f *Fake) Amend(ctx context.Context, a press.Act, j channels.Journal) (press.Receipt, error) {
	articles := articlesOf(a.Edition)
	if f.bug == losesRemarks {
		for i := range articles {
			articles[i].remarks = nil
		}
	}
	_, err := f.step(ctx, j, stepAmend, func() (string, error) {
		switch f.bug {
		case amendsNothing:
			return "", nil
		case amendsByNewPost:
			id, err := f.out.draft(ctx, articles)
			if err != nil {
				return "", err
			}
			return f.out.submit(ctx, id)
		}
		return "", f.out.amend(ctx, articles, f.bug == amendsWithdrawal)
	})
	if err != nil {
		return press.Receipt{}, err
	}
	if f.bug == amendsNothing || f.bug == losesRemarks {
		return press.Receipt{Status: press.Live}, nil
	}
	return f.lookAmended(ctx, a)
}

func (f *Fake) lookAmended(ctx context.Context, a press.Act) (press.Receipt, error) {
	there, shown, err := f.out.showing(ctx, articlesOf(a.Edition))
	if err != nil {
		return press.Receipt{}, f.trouble(err)
	}
	r := press.Receipt{Status: press.Gone, Note: "文章已被删除，没有更正"}
	for i, e := range a.Edition.Entries {
		p := press.Part{Copy: e.Copy.ID, Status: press.Gone}
		switch {
		case there[i] && !shown[i] && f.bug != liveUnamended:
			return press.Receipt{Status: press.Absent}, nil
		case there[i]:
			p.Status, r.Status, r.Note = press.Live, press.Live, ""
		}
		r.Parts = append(r.Parts, p)
	}
	return r, nil
}

// Survey implements channels.Surveyor.
func (f *Fake) Survey(ctx context.Context, since time.Time, _ channels.Journal, tell func(press.Found) error) (bool, error) {
	posts, err := f.out.all(ctx)
	if err != nil {
		return f.bug == completeUnseen, f.unlessBug(completeUnseen, f.trouble(err))
	}
	for i, p := range posts {
		if p.at.Before(since) || f.bug == surveysOne && i > 0 || f.bug == surveysOwnOnly && p.foreign {
			continue
		}
		if err := tell(f.foundOf(p)); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (f *Fake) unlessBug(b bug, err error) error {
	if f.bug == b {
		return nil
	}
	return err
}

func (f *Fake) foundOf(p post) press.Found {
	return press.Found{Marker: p.marker, Ref: p.issue, URL: p.url(), Title: p.title, Revision: p.revision, Public: p.public,
		Withdrawn: p.deleted && f.bug != surveysDeleted}
}

// Stranger puts an article there by hand that no edition has.
func (f *Fake) Stranger(title string) {
	f.out.mu.Lock()
	defer f.out.mu.Unlock()
	at := f.out.now()
	f.out.posts = append(f.out.posts, &post{article: article{title: title, text: title}, issue: "H", at: at, public: at, seen: title, foreign: true})
}

// Remarks gives the remarks that the public reads, by marker.
func (f *Fake) Remarks(marker string) (remarks []string) {
	for _, p := range f.out.published() {
		if p.marker == marker {
			remarks = append(remarks, p.remarks...)
		}
	}
	return remarks
}
