package wechat

import (
	"context"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

// surveyed are the list calls with the reserve that a survey leaves for those who ask what became of a submission.
var (
	surveyPublished = endpoint{path: pubBatch.path, perDay: pubBatch.perDay, reserve: 50}
	surveyDrafts    = endpoint{path: draftBatch.path, perDay: draftBatch.perDay, reserve: 200}
)

const mostSurvey = 500 // pages

// Survey tells what was published since a moment, whoever published it, and which of our drafts are in the box. A person's own drafts are
// nobody's business. It is complete only where everything that can be public is listed: what was sent to followers is not, neither by us in
// mode mass nor by a person who sends our drafts.
func (c *Channel) Survey(ctx context.Context, since time.Time, j channels.Journal, tell func(press.Found) error) (complete bool, err error) {
	drafts, err := c.survey(ctx, j, surveyDrafts, time.Time{}, func(m message) error { return c.tellDraft(m, tell) })
	if err != nil {
		return false, err
	}
	published, err := c.survey(ctx, j, surveyPublished, since, func(m message) error { return c.tellPublished(m, tell) })
	if coded(err, 48001) && c.c.Mode != modePublish {
		return false, nil // an account that may not publish may not list either
	}
	return drafts && published && c.c.Mode == modePublish, err
}

// survey pages through a list, the newest first, until everything is older than since. The day's limit ends it early, which is no error, and a
// list that moved meanwhile proves nothing of what it did not tell.
func (c *Channel) survey(ctx context.Context, j channels.Journal, ep endpoint, since time.Time, each func(message) error) (complete bool, err error) {
	in := window{Count: pageSize, NoContent: 1}
	back := since.Add(-listSlack)
	var still stillness
	for range mostSurvey {
		p, err := c.surveyPage(ctx, j, ep, in)
		if press.RemedyOf(err) == press.TryLater {
			c.o.Log.Info("survey is cut short", "path", ep.path, "err", err)
			return false, nil
		}
		if err != nil {
			return false, err
		}
		still.see(p)
		for _, it := range p.Items {
			if m := it.message(); since.IsZero() || !m.Changed.Before(back) {
				if err := each(m); err != nil {
					return false, err
				}
			}
		}
		in.Offset += len(p.Items)
		short := p.Total <= pageSize*mostPages // the order was only observed, so a short list is read to its end
		if in.Offset >= p.Total || !since.IsZero() && !short && p.reaches(back) {
			return !still.moved, nil
		}
		if len(p.Items) == 0 { // it ends before its own count
			return false, nil
		}
	}
	return false, nil
}

// surveyPage reads a page without contents, and once more with them if an article's address does not tell its marker: the body may.
func (c *Channel) surveyPage(ctx context.Context, j channels.Journal, ep endpoint, in window) (listPage, error) {
	if err := c.spend(ctx, j, ep); err != nil {
		return listPage{}, err
	}
	p, err := c.page(ctx, ep, in)
	if err != nil || !p.unmarked() {
		return p, err
	}
	if err := c.spend(ctx, j, ep); err != nil {
		return listPage{}, err
	}
	in.NoContent = 0
	return c.page(ctx, ep, in)
}

// unmarked reports whether any article of a page has no marker.
func (p listPage) unmarked() bool {
	for _, it := range p.Items {
		for _, a := range it.message().Articles {
			if a.Marker == "" {
				return true
			}
		}
	}
	return false
}

// tellPublished tells the articles of a message. The list has provisional addresses only: enough to look at what a stranger is, but no
// address of a copy.
func (c *Channel) tellPublished(m message, tell func(press.Found) error) error {
	for i, a := range m.Articles {
		f := press.Found{
			Marker: a.Marker, Ref: reference{refArticle, m.ID, i + 1}.String(), Title: a.Title, Public: m.Made, Withdrawn: a.Deleted, Place: i + 1,
		}
		if a.Marker == "" {
			f.URL = c.secure(a.URL)
		}
		if err := tell(f); err != nil {
			return err
		}
	}
	return nil
}

// tellDraft tells the articles of a draft that carry a marker. They are not public and have no address.
func (c *Channel) tellDraft(m message, tell func(press.Found) error) error {
	for i, a := range m.Articles {
		if a.Marker == "" {
			continue
		}
		if err := tell(press.Found{Marker: a.Marker, Ref: reference{refDraft, m.ID, i + 1}.String(), Title: a.Title, Place: i + 1}); err != nil {
			return err
		}
	}
	return nil
}
