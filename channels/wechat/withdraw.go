package wechat

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/silenceper/wechat/v2/officialaccount/freepublish"

	"tongfa/channels"
	"tongfa/press"
)

// standing is how an entry that is to be withdrawn stands out there.
type standing struct {
	entry  press.Entry
	ref    reference // where it is, when it is there
	status press.Status
	note   string
	again  time.Time // for CannotTell
	last   bool      // nothing else is left of its message but what is withdrawn with it
}

// refLink is an article of which only the address is known, as a person sent it by hand.
const refLink = "link"

func gone(e press.Entry) standing { return standing{entry: e, status: press.Gone} }

func there(e press.Entry, r reference) standing {
	return standing{entry: e, ref: r, status: press.Absent}
}

func byHand(e press.Entry, note string) standing {
	return standing{entry: e, status: press.NeedsHand, note: note}
}

// lookWithdrawn says whether the articles of a withdrawal are gone.
func (c *Channel) lookWithdrawn(ctx context.Context, a press.Act, j channels.Journal, steps []channels.Step) (press.Receipt, error) {
	list, err := c.standings(ctx, a, j, steps)
	if err != nil {
		return press.Receipt{}, err
	}
	return withdrawal(list), nil
}

// Withdraw deletes the articles of the entries and leaves the others of their message. A draft that nobody has published is deleted
// too. Deleting cannot be undone, and a day has only ten such calls.
func (c *Channel) Withdraw(ctx context.Context, a press.Act, j channels.Journal) (press.Receipt, error) {
	steps, err := j.Steps(ctx)
	if err != nil {
		return press.Receipt{}, fmt.Errorf("read journal: %w", err)
	}
	list, err := c.standings(ctx, a, j, steps)
	if err != nil {
		return press.Receipt{}, err
	}
	whole := map[string]string{} // what came of deleting a message as a whole
	for i, s := range list {
		if s.status != press.Absent {
			continue
		}
		note, asked := whole[s.ref.id]
		if !asked {
			if note, err = c.remove(ctx, a, j, s); spentUp(err) {
				return c.putOff(list, press.TroubleOf(err)), nil
			}
			if err != nil {
				return press.Receipt{}, err
			}
		}
		if s.last {
			whole[s.ref.id] = note
		}
		switch list[i].status, list[i].note = press.Gone, note; {
		case note != "":
			list[i].status = press.NeedsHand
		case s.ref.kind == refDraft:
			list[i] = c.draftDeleted(s.entry, c.o.Now())
		}
	}
	return withdrawal(list), nil
}

// spentUp reports whether a day's calls are used up, by our count or by the platform's.
func spentUp(err error) bool {
	return err != nil && press.RemedyOf(err) == press.TryLater && (coded(err, 45009) || press.TroubleOf(err).Code == "")
}

// putOff is the receipt of a withdrawal for which the day has no more deletions: what is gone is told, the rest goes on after midnight in
// Beijing.
func (c *Channel) putOff(list []standing, t *press.Trouble) press.Receipt {
	left := 0
	for _, s := range list {
		if s.status == press.Absent {
			left++
		}
	}
	for i, s := range list {
		if s.status == press.Absent {
			list[i].status, list[i].again = press.CannotTell, t.When
			list[i].note = fmt.Sprintf("今天用接口删除文章的次数已用完，还有%d篇没有删除，次日零时后自动继续；急的请新媒体编辑现在就到公众平台“发表记录”里删除", left)
		}
	}
	return withdrawal(list)
}

// withdrawal puts what is known of the entries into one receipt. What can be deleted now comes before what has to wait.
func withdrawal(list []standing) press.Receipt {
	rank := map[press.Status]int{press.Gone: 0, press.NeedsHand: 1, press.CannotTell: 2, press.Absent: 3}
	r := press.Receipt{Status: press.Gone}
	for _, s := range list {
		p := press.Part{Copy: s.entry.Copy.ID, Status: s.status, Note: s.note, URL: s.entry.Copy.URL, Ref: s.entry.Copy.Ref}
		if rank[s.status] > rank[r.Status] {
			r.Status, r.Note, r.Again = s.status, s.note, s.again
		}
		r.Parts = append(r.Parts, p)
	}
	if r.Status == press.Absent {
		return absent()
	}
	return r
}

// remove deletes one article, or the message of which nothing else is left. A note asks a person to do it.
func (c *Channel) remove(ctx context.Context, a press.Act, j channels.Journal, s standing) (note string, err error) {
	ep, do := pubDelete, func() error { return c.deleteArticle(ctx, s.ref.id, s.index()) }
	if a.Way == press.Republish {
		ep = pubReplace
	}
	switch s.ref.kind {
	case refDraft:
		ep, do = draftDelete, func() error { return c.deleteDraft(ctx, s.ref.id) }
	case refMass:
		ep, do = massDelete, func() error { return c.deleteSent(ctx, msgID{ID: number(s.ref.id), Index: s.ref.place}) }
	case refLink:
		ep, do = massDelete, func() error { return c.deleteSent(ctx, msgID{URL: s.ref.id, Index: s.ref.place}) }
	}
	_, err = c.once(ctx, j, deleting(s.entry), ep, func() (string, error) {
		err := do()
		if coded(err, 53600) {
			err = nil // it is not there, which is what was wanted
		}
		return s.ref.String(), err
	})
	if s.ref.kind == refDraft && coded(err, 40007) {
		return "", lookFirst(err, "草稿刚刚不在了，可能有人发布了它，结果待核实")
	}
	if coded(err, 40059, 40060, 48001) {
		return "平台的接口删不了这篇文章（代码 " + press.TroubleOf(err).Code + "），请新媒体编辑在公众平台“发表记录”里删除", nil
	}
	return "", err
}

// index is what the platform is told to delete: 0 means everything, and is said only when everything is meant.
func (s standing) index() int {
	if s.last {
		return 0
	}
	return s.ref.place
}

func deleting(e press.Entry) string { return stepDelete + " " + e.Copy.Marker }

// standings asks where the entries of a withdrawal are. Entries of one message cost one question.
func (c *Channel) standings(ctx context.Context, a press.Act, j channels.Journal, steps []channels.Step) ([]standing, error) {
	var list []standing
	w := &withdrawer{c: c, j: j, steps: steps, since: a.Edition.Composed, taken: markers(a), articles: map[string][]freepublish.Article{}}
	for _, e := range a.Edition.Entries {
		s, err := w.standing(ctx, e, parseReference(e.Copy.Ref))
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	w.markLast(list)
	return list, nil
}

// markers are those of everything that an act withdraws.
func markers(a press.Act) map[string]bool {
	set := map[string]bool{}
	for _, e := range a.Edition.Entries {
		set[e.Copy.Marker] = true
	}
	return set
}

// withdrawer remembers what it was told while it asks about one act.
type withdrawer struct {
	c        *Channel
	j        channels.Journal
	steps    []channels.Step
	since    time.Time
	taken    map[string]bool                  // markers of what is withdrawn
	articles map[string][]freepublish.Article // by article_id; nil when there are none
}

func (w *withdrawer) standing(ctx context.Context, e press.Entry, r reference) (standing, error) {
	switch r.kind {
	case refArticle:
		return w.article(ctx, e, r)
	case refMass:
		return w.mass(ctx, e, r)
	case refJob:
		return w.job(ctx, e, r)
	case refDraft:
		return w.draft(ctx, e, r)
	}
	return w.search(ctx, e, r)
}

// article finds an entry's article in its message, by the marker rather than by its place.
func (w *withdrawer) article(ctx context.Context, e press.Entry, r reference) (standing, error) {
	items, asked := w.articles[r.id]
	if !asked {
		if err := w.c.spend(ctx, w.j, pubArticle); err != nil {
			return standing{}, err
		}
		var err error
		items, err = w.c.articlesOf(ctx, r.id)
		if err != nil && !coded(err, 53600) {
			return standing{}, err
		}
		w.articles[r.id] = items
	}
	if len(items) == 0 {
		return gone(e), nil
	}
	place := placeOf(items, e.Copy.Marker, r.place)
	switch {
	case place == 0:
		return byHand(e, "公众平台上这条消息里的文章与台账对不上，请新媒体编辑在“发表记录”里核对后删除"), nil
	case items[place-1].IsDeleted:
		return gone(e), nil
	}
	return there(e, reference{refArticle, r.id, place}), nil
}

// placeOf is where the article with a marker is, from 1. One without any marker, which a person may have edited, is believed to be
// at its old place.
func placeOf(items []freepublish.Article, marker string, old int) int {
	for i, it := range items {
		if markerIn(it.ContentSourceURL) == marker || markerInBody(it.Content) == marker {
			return i + 1
		}
	}
	if old <= len(items) && markerIn(items[old-1].ContentSourceURL) == "" && markerInBody(items[old-1].Content) == "" {
		return old
	}
	return 0
}

// markLast marks the entries of messages of which nothing is left but what is withdrawn: one call deletes them all.
func (w *withdrawer) markLast(list []standing) {
	taken := map[string]int{}
	for _, s := range list {
		if s.status == press.Absent && s.ref.kind == refArticle {
			taken[s.ref.id]++
		}
	}
	for i, s := range list {
		if s.ref.kind != refArticle {
			continue
		}
		left := 0
		for _, it := range w.articles[s.ref.id] {
			if !it.IsDeleted {
				left++
			}
		}
		list[i].last = s.status == press.Absent && left > 1 && taken[s.ref.id] == left
	}
}

// mass asks about an article that was sent to followers. The platform tells only when the whole message was deleted, so the
// journal and the public page are asked too.
func (w *withdrawer) mass(ctx context.Context, e press.Entry, r reference) (standing, error) {
	if w.deleted(e) {
		return gone(e), nil
	}
	if err := w.c.spend(ctx, w.j, massGet); err != nil {
		return standing{}, err
	}
	status, err := w.c.massStatus(ctx, r.id)
	switch {
	case coded(err, 40059):
		return byHand(e, "平台查不到这次群发，请新媒体编辑在公众平台“发表记录”里核对后删除"), nil
	case err != nil:
		return standing{}, err
	case status == massSending:
		return standing{entry: e, status: press.CannotTell, note: "群发还在进行，完成后删除", again: w.c.o.Now().Add(2 * time.Minute)}, nil
	case status == massFailed:
		return w.refused(ctx, e)
	case status == massDeleted, w.publicGone(ctx, e):
		return gone(e), nil
	}
	return there(e, r), nil
}

// deleted reports whether this act has deleted an entry.
func (w *withdrawer) deleted(e press.Entry) bool {
	_, st := outcome(w.steps, deleting(e))
	return st == made
}

// deletionOf is how this act's deletion of a draft stands. A draft goes as a whole, under the name of any of its entries.
func (w *withdrawer) deletionOf(r reference) (channels.Step, state) {
	for _, s := range slices.Backward(w.steps) {
		done := parseReference(s.Ref)
		switch {
		case !strings.HasPrefix(s.Name, stepDelete+" "):
		case s.Done.IsZero():
			return s, unknown
		case done.kind == refDraft && done.id == r.id:
			return s, made
		}
	}
	return channels.Step{}, never
}

// quick is how soon after a deletion without an answer a draft must be found gone to have gone by it. It was looked at just before, and nobody
// publishes or sends a draft so fast. After that she may have, and what was sent to followers is listed nowhere.
const quick = 2 * time.Minute

// draftGone is a draft that is not in the box any more. If this act took it out it is gone, unless the box told late that a person had published it.
func (w *withdrawer) draftGone(ctx context.Context, e press.Entry, r reference) (standing, error) {
	s, st := w.deletionOf(r)
	notBefore := w.c.o.Now().Add(-w.c.settle())
	if st != never {
		notBefore = newer(notBefore, s.Intended)
	}
	if sure := w.c.sureGone(s.Intended); st != never && !w.c.o.Now().Before(sure) {
		notBefore = newer(notBefore, sure)
	}
	found, err := w.published(ctx, e, notBefore)
	switch {
	case err != nil:
		return standing{}, err
	case len(found) > 0:
		return w.article(ctx, e, reference{refArticle, found[0].ID, found[0].index(e.Copy.Marker)})
	case st == unknown && w.c.o.Now().Sub(s.Intended) <= quick:
		st, err = made, w.j.Done(context.WithoutCancel(ctx), s.Name, r.String())
	}
	switch {
	case err != nil:
		return standing{}, wrap("record deletion", err)
	case st == made:
		return w.c.draftDeleted(e, s.Intended), nil
	case st == unknown && w.c.o.Now().Before(w.c.sureGone(s.Intended)):
		return standing{entry: e, status: press.CannotTell, note: "草稿已不在草稿箱，正在核实是不是有人发布了", again: w.c.sureGone(s.Intended)}, nil
	}
	return w.linked(ctx, e, r)
}

// sureGone is when a person's publication of a draft that was deleted at a moment has certainly been listed.
func (c *Channel) sureGone(deleted time.Time) time.Time {
	return deleted.Add(submitLags * c.settle())
}

// draftDeleted is a draft that was deleted at a moment, and is not in the list of what was published.
func (c *Channel) draftDeleted(e press.Entry, at time.Time) standing {
	if sure := c.sureGone(at); c.o.Now().Before(sure) {
		return standing{entry: e, status: press.CannotTell, note: "草稿已删除，正在核实是不是有人在这以前发布了", again: sure}
	}
	return gone(e)
}

// publicGone reports whether an article's address says that the account has deleted it. A page that cannot be found is none: the address, which a person
// may have entered, may be wrong.
func (w *withdrawer) publicGone(ctx context.Context, e press.Entry) bool {
	if e.Copy.URL == "" {
		return false
	}
	s, err := w.c.Observe(ctx, e)
	return err == nil && s.Status == press.SeenGone && s.Detail == ownerDeleted
}

// job asks what became of a submission, as nothing can be deleted before it is published.
func (w *withdrawer) job(ctx context.Context, e press.Entry, r reference) (standing, error) {
	if err := w.c.spend(ctx, w.j, pubGet); err != nil {
		return standing{}, err
	}
	p, err := w.c.publicationOf(ctx, r.id)
	switch {
	case coded(err, 53502):
		return w.search(ctx, e, r)
	case err != nil:
		return standing{}, err
	}
	switch *p.Status {
	case freepublish.PublishStatusSuccess:
		if p.ArticleID != "" {
			return w.article(ctx, e, reference{refArticle, p.ArticleID, r.place})
		}
	case freepublish.PublishStatusOriginalFail, freepublish.PublishStatusFail, freepublish.PublishStatusAuditRefused:
		return w.refused(ctx, e)
	case freepublish.PublishStatusUserDeleted, freepublish.PublishStatusSystemBanned:
		return gone(e), nil
	}
	return standing{entry: e, status: press.CannotTell, note: "平台还在审核，通过后立即删除", again: w.c.o.Now().Add(5 * time.Minute)}, nil
}

// refused is what the platform did not let out. Its draft is in the box again, and a person may have published that.
func (w *withdrawer) refused(ctx context.Context, e press.Entry) (standing, error) {
	found, err := w.published(ctx, e, w.c.o.Now().Add(-w.c.settle()))
	if err != nil || len(found) == 0 {
		return gone(e), err
	}
	return w.article(ctx, e, reference{refArticle, found[0].ID, found[0].index(e.Copy.Marker)})
}

// published finds the messages in the published list that an entry is in. An account that may not ask knows of none.
func (w *withdrawer) published(ctx context.Context, e press.Entry, notBefore time.Time) ([]message, error) {
	one := press.Act{Edition: press.Edition{Entries: []press.Entry{e}}}
	found, _, err := w.c.published.find(ctx, w.j, asking(one, w.since, notBefore))
	if coded(err, 48001) {
		return nil, nil
	}
	return found, err
}

// draft deletes a draft that nobody has published, if it holds nothing else and is as we made it.
func (w *withdrawer) draft(ctx context.Context, e press.Entry, r reference) (standing, error) {
	if err := w.c.spend(ctx, w.j, draftGet); err != nil {
		return standing{}, err
	}
	d, err := w.c.getDraft(ctx, r.id)
	switch {
	case coded(err, 40007):
		return w.draftGone(ctx, e, r)
	case err != nil:
		return standing{}, err
	case !d.untouched() || !w.all(d):
		return byHand(e, fmt.Sprintf("草稿箱里的这份草稿还有其他文章或被人改过，请新媒体编辑人工删除其中的第%d篇", r.place)), nil
	}
	s := there(e, r)
	s.last = true
	return s, nil
}

// all reports whether everything in a draft is to be withdrawn.
func (w *withdrawer) all(d kept) bool {
	for _, it := range d.Items {
		marker := markerIn(it.ContentSourceURL)
		if marker == "" {
			marker = markerInBody(it.Content)
		}
		if !w.taken[marker] {
			return false
		}
	}
	return true
}

// search looks for an article of which the ledger does not know what it became: by its marker, and then by its address.
func (w *withdrawer) search(ctx context.Context, e press.Entry, r reference) (standing, error) {
	found, err := w.published(ctx, e, w.c.o.Now().Add(-w.c.settle()))
	switch {
	case err != nil:
		return standing{}, err
	case len(found) > 0:
		return w.article(ctx, e, reference{refArticle, found[0].ID, found[0].index(e.Copy.Marker)})
	case w.deleted(e):
		return gone(e), nil
	}
	return w.linked(ctx, e, r)
}

// linked is an article of which nothing is known but the address that a person entered. Deleting cannot be undone, so the page there must be the
// article's own.
func (w *withdrawer) linked(ctx context.Context, e press.Entry, r reference) (standing, error) {
	if e.Copy.URL == "" || r.place < 1 {
		return byHand(e, unlisted), nil
	}
	s, err := w.c.Observe(ctx, e)
	switch {
	case err != nil:
		return standing{}, err
	case s.Status == press.SeenGone && s.Detail == ownerDeleted:
		return gone(e), nil
	case s.Status == press.SeenEqual, s.Status == press.SeenBlind && e.Copy.State == press.CopyVerified:
		return there(e, reference{refLink, e.Copy.URL, r.place}), nil
	}
	return byHand(e, "登记的链接打开以后不是这篇文章（"+s.Detail+"），没有自动删除；请新媒体编辑在公众平台“发表记录”里核对后删除"), nil
}

const unlisted = "平台的接口查不到这篇文章（人工群发的文章查不到），请新媒体编辑在公众平台“发表记录”里核对后删除"
