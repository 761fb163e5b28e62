package standin

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Publish states of freepublish/get.
const (
	statusPublished  = 0
	statusPublishing = 1
	statusOriginal   = 2 // 原创审核不通过
	statusFailed     = 3 // 常规失败
	statusRefused    = 4 // 平台审核不通过
	statusDeleted    = 5 // 成功后用户删除所有文章
	statusBanned     = 6 // 成功后系统封禁所有文章
)

// Outcome decides how one accepted submission or mass message ends.
type Outcome struct {
	Status int           `json:"status"` // 0 published, 2 original check failed, 3 failed, 4 refused by the platform
	After  time.Duration `json:"after"`  // nanoseconds in JSON; 0 means the account's or Options.Review
	Err    int           `json:"err"`    // mass messages: the reason err(n) of their callback
}

// job is one accepted freepublish/submit.
type job struct {
	ID      int64
	MediaID string
	Draft   *draft // as it was submitted, until the job ends
	Sent    time.Time
	Due     time.Time
	Ends    int // what Status becomes when due
	Status  int
	Post    string // article_id
	Fate    fate   // what happens to its callback
}

// post is what one publish or one mass message made public.
type post struct {
	ArticleID string
	Mid       int64
	At        time.Time
	Updated   time.Time
	Pushed    bool // 群发: no freepublish interface knows it
	Pieces    []*piece
}

func (p *post) key() string { return p.ArticleID }

// allGone says whether a reader finds nothing any more, and whether that is the platform's doing.
func (p *post) allGone() (gone, banned bool) {
	banned = true
	for _, one := range p.Pieces {
		if !one.Deleted && !one.Banned {
			return false, false
		}
		banned = banned && one.Banned
	}
	return true, banned
}

// copied returns the pieces of a draft as they are now, for something that must not change with the draft.
func copied(pieces []*piece) []*piece {
	var out []*piece
	for _, p := range pieces {
		one := *p
		out = append(out, &one)
	}
	return out
}

// ready checks that a draft can be published or pushed: 40007, 53504, 53505 (or manual, for a mass message).
func (c *call) ready(mediaID string, manual int) (*draft, *refusal) {
	d, no := c.draft(mediaID)
	switch {
	case no != nil:
		return nil, no
	case d.InReview:
		return nil, refuse(40007, "invalid media_id")
	case d.OnlyHere:
		return nil, refuse(53504, "the draft must be used in the console")
	case d.AutoSaved:
		return nil, refuse(manual, "the draft must be saved manually first")
	}
	return d, nil
}

func (c *call) publishSubmit() (fields, *refusal) {
	var in struct {
		MediaID string `json:"media_id"`
	}
	if no := c.decode(&in); no != nil {
		return nil, no
	}
	d, no := c.ready(in.MediaID, 53505)
	if again := c.again(in.MediaID); no != nil && again != nil {
		d, no = again, nil
	}
	if no == nil {
		no = c.tooFrequent()
	}
	if no != nil {
		return nil, no
	}
	j := c.takeOn(d)
	c.leaveBox(c.acc, d, c.time)
	c.later(j.Due, c.finishJob(c.acc, j))
	c.settle(c.time)
	out := done()
	out["publish_id"], out["msg_data_id"] = c.idOut(j.ID), c.idOut(j.ID)
	return out, nil
}

// twiceWithin is how soon a second submit must come to be accepted with Switches.SubmitTwice.
const twiceWithin = 10 * time.Second

// again is the draft of a submit that the platform has not noticed yet, in the world where it then publishes it twice.
func (c *call) again(mediaID string) *draft {
	j := c.acc.accepted[mediaID]
	if !c.o.Switch.SubmitTwice || j == nil || j.Draft == nil || c.time.Sub(j.Sent) >= twiceWithin {
		return nil
	}
	return j.Draft
}

// tooFrequent is the limiter of submissions, which has nothing to do with the day's quota.
func (c *call) tooFrequent() *refusal {
	if c.o.SubmitMax <= 0 {
		return nil
	}
	recent := slices.DeleteFunc(c.acc.submits, func(t time.Time) bool { return c.time.Sub(t) >= c.o.SubmitPer })
	if c.acc.submits = recent; len(recent) >= c.o.SubmitMax {
		return refuse(53501, "submit too frequently")
	}
	c.acc.submits = append(recent, c.time)
	return nil
}

// takeOn makes the job of a submit.
func (c *call) takeOn(d *draft) *job {
	outcome := c.nextOutcome(c.acc)
	j := &job{
		ID: c.mid(), MediaID: d.MediaID, Status: statusPublishing, Ends: outcome.Status, Sent: c.time, Due: c.time.Add(outcome.After),
		Draft: &draft{MediaID: d.MediaID, Pieces: copied(d.Pieces), Created: d.Created, Updated: d.Updated}, Fate: c.fate(c.acc, publishEvent),
	}
	if j.Fate.Kind == "early" {
		j.Due = c.time
	}
	c.acc.Jobs[j.ID], c.acc.accepted[j.MediaID] = j, j
	c.touchJob(c.acc, j)
	c.record(Effect{Kind: "submit", Ref: strconv.FormatInt(j.ID, 10), of: j.Draft.Pieces})
	return j
}

func (w *WeChat) touchJob(a *account, j *job) { w.touch("job", a.AppID, strconv.FormatInt(j.ID, 10)) }

func (w *WeChat) touchPost(a *account, p *post) {
	if p.Pushed {
		w.touch("pushed", a.AppID, p.ArticleID)
		return
	}
	w.touch("post", a.AppID, p.ArticleID)
}

// nextOutcome takes the next decided outcome of an account, or success.
func (w *WeChat) nextOutcome(a *account) Outcome {
	var o Outcome
	if a.Trial {
		o.Status = statusFailed
	}
	if len(a.Next) > 0 {
		o, a.Next = a.Next[0], a.Next[1:]
		w.touch("account", a.AppID, "")
	}
	if o.After == 0 {
		o.After = w.o.Review
		if a.Review != nil {
			o.After = *a.Review
		}
	}
	return o
}

// leaveBox takes an accepted draft out of the box: now, after DraftLinger, or when its job ends.
func (w *WeChat) leaveBox(a *account, d *draft, now time.Time) {
	switch {
	case w.o.Switch.DraftLeavesLate:
		d.InReview = true
	case w.o.DraftLinger > 0:
		d.InReview, d.Leaves = true, now.Add(w.o.DraftLinger)
		w.later(d.Leaves, w.leaving(a, d.MediaID))
	default:
		w.takeDraft(a, d.MediaID)
	}
	w.touch("draft", a.AppID, d.MediaID)
}

func (w *WeChat) leaving(a *account, mediaID string) func(time.Time) {
	return func(time.Time) {
		if d, ok := a.Drafts.get(mediaID); ok && d.InReview {
			w.takeDraft(a, mediaID)
		}
	}
}

// finishBox settles what becomes of the draft when its job ends.
func (w *WeChat) finishBox(a *account, d *draft, ok bool) {
	back := w.o.Switch.RefusedDraftBack && !ok
	kept, inBox := a.Drafts.get(d.MediaID)
	switch {
	case inBox && back:
		kept.InReview, kept.Leaves = false, time.Time{}
		w.touch("draft", a.AppID, d.MediaID)
	case inBox && kept.InReview && kept.Leaves.IsZero():
		w.takeDraft(a, d.MediaID)
	case !inBox && back:
		returned := *d
		returned.Pieces, returned.InReview, returned.Leaves = copied(d.Pieces), false, time.Time{}
		a.Drafts.put(&returned)
		w.touch("draft", a.AppID, d.MediaID)
		w.showDraft(a, &returned)
	}
}

// finishJob ends a review.
func (w *WeChat) finishJob(a *account, j *job) func(time.Time) {
	return func(at time.Time) {
		j.Status = j.Ends
		w.finishBox(a, j.Draft, j.Status == statusPublished)
		e := Effect{At: at, AppID: a.AppID, Kind: "published", Path: "review", Ref: strconv.FormatInt(j.ID, 10), of: j.Draft.Pieces}
		var p *post
		if j.Status == statusPublished {
			p = w.makePublic(a, j.ID, at, j.Draft.Pieces, false)
			j.Post = p.ArticleID
		} else {
			e.Kind, e.Result = "refused", fmt.Sprintf("status %d", j.Status)
		}
		w.record(e)
		w.announce(a, publishEvent, w.jobNews(a, j, p), j.Fate, at)
		if !w.o.Switch.SubmitTwice {
			j.Draft = nil
		}
		w.touchJob(a, j)
	}
}

// makePublic puts pieces on their pages.
func (w *WeChat) makePublic(a *account, mid int64, at time.Time, pieces []*piece, pushed bool) *post {
	p := &post{ArticleID: w.newID("article", 43), Mid: mid, At: at, Updated: at, Pushed: pushed, Pieces: copied(pieces)}
	for _, one := range p.Pieces {
		one.PageID = w.newID("page", 22)
	}
	if pushed {
		a.Pushed.put(p)
	} else {
		a.Posts.put(p)
	}
	w.touchPost(a, p)
	w.showPost(a, p)
	return p
}

// publishGet is the only call that tells the permanent links.
func (c *call) publishGet() (fields, *refusal) {
	var in struct {
		ID number `json:"publish_id"`
	}
	if no := c.decode(&in); no != nil {
		return nil, no
	}
	j := c.acc.Jobs[in.ID.n]
	if j == nil {
		return nil, refuse(53502, "invalid publish_id")
	}
	failed := []int{}
	if j.Status != statusPublished { // also while publishing, as in the document's own sample: only the status decides
		failed = []int{1}
	}
	out := fields{"publish_id": c.idOut(j.ID), "publish_status": j.Status, "fail_idx": failed}
	p, ok := c.acc.Posts.get(j.Post)
	if !ok {
		return out, nil
	}
	if gone, banned := p.allGone(); gone {
		out["publish_status"] = statusDeleted
		if banned {
			out["publish_status"] = statusBanned
		}
	}
	items := []any{}
	for i, one := range p.Pieces {
		items = append(items, fields{"idx": i + 1, "article_url": c.pageURL(c.acc, p, i, one)})
	}
	out["article_id"] = p.ArticleID
	out["article_detail"] = fields{"count": len(items), "item": items}
	return out, nil
}

func (c *call) post(articleID string) (*post, *refusal) {
	p, ok := c.acc.Posts.get(articleID)
	if !ok {
		return nil, refuse(53600, "invalid article_id")
	}
	return p, nil
}

func (c *call) publishArticle() (fields, *refusal) {
	var in struct {
		ID string `json:"article_id"`
	}
	if no := c.decode(&in); no != nil {
		return nil, no
	}
	p, no := c.post(in.ID)
	if no != nil {
		return nil, no
	}
	return c.postOut(p, true), nil
}

// publishBatchget lists what was published without a push, deleted articles included and marked, the newest first.
func (c *call) publishBatchget() (fields, *refusal) {
	in, no := c.window()
	if no != nil {
		return nil, no
	}
	items := []any{}
	hidden := c.acc.Posts.fresh(func(p *post) bool { return c.time.Sub(p.At) < c.o.PostListed })
	for _, p := range c.acc.Posts.page(in.Offset+hidden, in.Count) {
		items = append(items, fields{
			"article_id": p.ArticleID, "content": c.postOut(p, in.NoContent.n == 0), "update_time": p.Updated.Unix(),
		})
	}
	return fields{"total_count": len(c.acc.Posts.List) - hidden, "item_count": len(items), "item": items}, nil
}

// postOut is a published message; its url is a temporary link that also opens the page, not the permanent one.
func (c *call) postOut(p *post, content bool) fields {
	items := []any{}
	for _, one := range p.Pieces {
		out := c.pieceOut(one, content)
		out["url"] = c.baseURL() + "/s/" + one.PageID + "?chksm=" + one.PreviewKey[:16] + "#rd"
		out["is_deleted"] = one.Deleted
		items = append(items, out)
	}
	return fields{"news_item": items, "create_time": p.At.Unix(), "update_time": p.Updated.Unix()}
}

// publishDelete deletes the article at index, counted from 1; index 0 or none deletes them all.
func (c *call) publishDelete() (fields, *refusal) {
	var in struct {
		ID    string `json:"article_id"`
		Index int    `json:"index"`
	}
	if no := c.decode(&in); no != nil {
		return nil, no
	}
	p, no := c.post(in.ID)
	if no != nil {
		return nil, no
	}
	if in.Index < 0 || in.Index > len(p.Pieces) {
		return nil, refuse(40114, "invalid index")
	}
	p.delete(in.Index, c.time)
	c.touchPost(c.acc, p)
	c.record(Effect{Kind: "article-delete", Ref: p.ArticleID, of: p.Pieces})
	return done(), nil
}

// delete marks the piece at index, counted from 1, or all of them for 0.
func (p *post) delete(index int, at time.Time) {
	p.Updated = at
	for i, one := range p.Pieces {
		if index == 0 || index == i+1 {
			one.Deleted = true
		}
	}
}
