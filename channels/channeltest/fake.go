package channeltest

import (
	"context"
	"errors"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

// Fake (假渠道) is a small channel whose outside is in memory: an edition becomes a draft, the draft is submitted, and after a review its
// articles are public. It is the model of a correct driver, and stands for a channel in tests of other rooms. It is safe
// for concurrent use; its fields are to be set while no act is under way.
type Fake struct {
	Review time.Duration     // from a submission until it is public
	Refuse map[string]string // by marker or by title: why the review does not let an article pass
	Quota  channels.Quota    // of submissions; none without a name

	out *outside
	bug bug
}

// bug is a mistake that a driver's author may make. Only the test of the suite plants one.
type bug int

const (
	sound             bug = iota
	actsUnannounced       // submits without Intend and Done
	absentWhenUnknown     // says Absent though the list may lag
	forgetsDone           // does not read what is done when it resumes
	goneUnmade            // says Gone and does nothing
	ignoresJournal        // goes on when Intend or Done fails
	leaksSecret           // passes the outside's error on as it is
	speaksEnglish         // does not say in Chinese what happened
	equalUnseen           // observes without looking
	goneWhenBlind         // takes a page that does not answer for one that is gone
	looksByActing         // makes a draft and submits it when it is asked to look
	changesWords          // leaves out the last words of a text
	bluntWithdrawal       // deletes the whole edition where one entry is to be withdrawn
	skipsEntry            // leaves an entry out of the receipt
	amendsNothing         // says Live and leaves the old text
	amendsByNewPost       // puts the new text beside the old one
	amendsWithdrawal      // brings back what was withdrawn
	losesRemarks          // leaves out the remarks
	liveUnamended         // looks whether an article is there, not what it says
	surveysOwnOnly        // does not tell what a human put there
	surveysDeleted        // tells as public what was withdrawn
	surveysOne            // tells the first article and says that this is all
	completeUnseen        // says that a survey is complete which could not look
	meansNothing          // names a way of correction and does not explain it
)

// The steps that must not be made twice.
const (
	stepDraft    = "draft"
	stepSubmit   = "submit"
	stepWithdraw = "withdraw"
	stepAmend    = "amend"
)

// NewFake makes a Fake with nothing published. Its outside takes the time from now.
func NewFake(now func() time.Time) *Fake {
	return &Fake{out: &outside{now: now, faults: map[int]Fault{}}}
}

// Fail makes the next calls of the outside go wrong, as many as times.
func (f *Fake) Fail(kind Fault, times int) { f.out.fail(kind, 0, times) }

// FailAfter lets n calls of the outside pass and makes the one after them go wrong.
func (f *Fake) FailAfter(kind Fault, n int) { f.out.fail(kind, n, 1) }

// Calls is how many calls of the outside were made so far.
func (f *Fake) Calls() int {
	f.out.mu.Lock()
	defer f.out.mu.Unlock()
	return f.out.calls
}

// Published lists the markers of what the public finds, in the order it became public; twice what is there twice.
func (f *Fake) Published() []string {
	var markers []string
	for _, p := range f.out.published() {
		markers = append(markers, p.marker)
	}
	return markers
}

// Count is how many copies with a marker were handed over and neither withdrawn nor refused.
func (f *Fake) Count(marker string) int { return f.out.count(marker) }

// Texts gives the words that the public reads, by marker.
func (f *Fake) Texts() map[string]string {
	texts := map[string]string{}
	for _, p := range f.out.published() {
		texts[p.marker] = p.seen
	}
	return texts
}

// Tamper changes the words that the public reads, by hand.
func (f *Fake) Tamper(marker, text string) { f.out.change(marker, func(p *post) { p.seen = text }) }

// Remove deletes an article by hand.
func (f *Fake) Remove(marker string) { f.out.change(marker, func(p *post) { p.deleted = true }) }

// Publish drafts and submits an edition. It goes on after the last step that is done.
func (f *Fake) Publish(ctx context.Context, a press.Act, j channels.Journal) (press.Receipt, error) {
	f.out.set(f.Review, f.Refuse)
	id, err := f.draft(ctx, a, j)
	if err != nil {
		return press.Receipt{}, err
	}
	issue, err := f.submit(ctx, id, j)
	if err != nil {
		return press.Receipt{}, err
	}
	views, err := f.out.status(ctx, markersOf(a.Edition))
	if err != nil { // it was accepted, whatever became of this question
		return press.Receipt{Status: press.HandedOver, Ref: issue}, nil
	}
	return f.report(a, views), nil
}

// draft is the id of the edition's draft: the one that is known, the one that an earlier run made and did not live to note, or a new one.
func (f *Fake) draft(ctx context.Context, a press.Act, j channels.Journal) (string, error) {
	steps, err := j.Steps(ctx)
	if err != nil {
		return "", err
	}
	s, begun := channels.StepNamed(steps, stepDraft)
	if f.bug == forgetsDone {
		begun = false
	}
	if begun && !s.Done.IsZero() {
		return s.Ref, nil
	}
	articles := articlesOf(a.Edition)
	if f.bug == changesWords {
		articles[0].text = articles[0].text[:len(articles[0].text)-len("。")]
	}
	if begun {
		id, err := f.out.findDraft(ctx, articles[0].marker)
		if err != nil {
			return "", f.trouble(err)
		}
		if id != "" {
			return id, f.heed(j.Done(ctx, stepDraft, id))
		}
	}
	return f.step(ctx, j, stepDraft, func() (string, error) { return f.out.draft(ctx, articles) })
}

func (f *Fake) submit(ctx context.Context, id string, j channels.Journal) (issue string, err error) {
	if f.Quota.Name != "" {
		if err := j.Spend(ctx, f.Quota, 1); err != nil {
			return "", err
		}
	}
	if f.bug == actsUnannounced {
		issue, err = f.out.submit(ctx, id)
		return issue, f.trouble(err)
	}
	return f.step(ctx, j, stepSubmit, func() (string, error) { return f.out.submit(ctx, id) })
}

// step makes one step between Intend and Done.
func (f *Fake) step(ctx context.Context, j channels.Journal, name string, do func() (string, error)) (string, error) {
	if err := f.heed(j.Intend(ctx, name)); err != nil {
		return "", err
	}
	ref, err := do()
	if err != nil {
		return "", f.trouble(err)
	}
	return ref, f.heed(j.Done(ctx, name, ref))
}

func (f *Fake) heed(err error) error {
	if f.bug == ignoresJournal {
		return nil
	}
	return err
}

// Lookup asks the outside for the articles. The list may not have what was submitted a moment ago, so that what it does not show is proved
// absent only once the lag is over.
func (f *Fake) Lookup(ctx context.Context, a press.Act, j channels.Journal) (press.Receipt, error) {
	steps, err := j.Steps(ctx)
	if err != nil {
		return press.Receipt{}, err
	}
	if f.bug == looksByActing {
		return f.Publish(ctx, a, j)
	}
	switch a.Verb {
	case press.Withdraw:
		return f.lookWithdrawn(ctx, a)
	case press.Amend, press.Annotate:
		return f.lookAmended(ctx, a)
	}
	s, begun := channels.StepNamed(steps, stepSubmit)
	ask := f.out.list
	if begun && !s.Done.IsZero() {
		ask = f.out.status
	}
	views, err := ask(ctx, markersOf(a.Edition))
	if err != nil {
		return press.Receipt{}, f.trouble(err)
	}
	if begun && !s.Done.IsZero() || found(views) {
		return f.report(a, views), nil
	}
	if over := s.Intended.Add(listLag); begun && f.out.now().Before(over) && f.bug != absentWhenUnknown {
		return press.Receipt{Status: press.CannotTell, Note: "平台列表尚未更新，稍后自动再查", Again: over}, nil
	}
	return press.Receipt{Status: press.Absent}, nil
}

func (f *Fake) lookWithdrawn(ctx context.Context, a press.Act) (press.Receipt, error) {
	views, err := f.out.status(ctx, markersOf(a.Edition))
	if err != nil {
		return press.Receipt{}, f.trouble(err)
	}
	if found(views) {
		return press.Receipt{Status: press.Absent}, nil
	}
	return press.Receipt{Status: press.Gone}, nil
}

func found(views []view) bool {
	for _, v := range views {
		if v.found {
			return true
		}
	}
	return false
}

// Withdraw deletes the entries. Deleting what is not there changes nothing, so that it may be repeated.
func (f *Fake) Withdraw(ctx context.Context, a press.Act, j channels.Journal) (press.Receipt, error) {
	markers := markersOf(a.Edition)
	if f.bug == bluntWithdrawal {
		markers = f.Published()
	}
	if f.bug != goneUnmade {
		_, err := f.step(ctx, j, stepWithdraw, func() (string, error) { return "", f.out.remove(ctx, markers) })
		if err != nil {
			return press.Receipt{}, err
		}
	}
	return press.Receipt{Status: press.Gone}, nil
}

// Observe reads the page as the public does.
func (f *Fake) Observe(ctx context.Context, e press.Entry) (press.Sighting, error) {
	s := press.Sighting{Copy: e.Copy.ID, URL: e.Copy.URL, At: f.out.now()}
	text, ok, err := f.out.page(ctx, e.Copy.URL)
	switch {
	case err != nil && f.bug != goneWhenBlind:
		s.Status, s.Detail = press.SeenBlind, "网页没有应答"
		return s, nil
	case f.bug == equalUnseen:
		text = press.Text(e.Revision.Body)
	case !ok:
		s.Status, s.Detail = press.SeenGone, "网页已不存在"
		return s, nil
	}
	s = channels.Sighted(e, press.Text(e.Revision.Body), text)
	s.At = f.out.now()
	return s, nil
}

// report puts what the outside tells of the articles into a receipt.
func (f *Fake) report(a press.Act, views []view) press.Receipt {
	r := press.Receipt{Status: press.Refused}
	rank := map[press.Status]int{press.Refused: 0, press.Live: 1, press.HandedOver: 2, press.NeedsHand: 3}
	for i, v := range views {
		p := partOf(a.Edition.Entries[i].Copy.ID, v)
		if rank[p.Status] >= rank[r.Status] {
			r.Status, r.Note = p.Status, p.Note
		}
		r.Ref, r.URL = v.issue, v.url
		r.Parts = append(r.Parts, p)
	}
	if f.bug == skipsEntry {
		r.Parts = r.Parts[1:]
	}
	return r
}

func partOf(id int64, v view) press.Part {
	p := press.Part{Copy: id, Ref: v.issue, URL: v.url}
	switch {
	case !v.found:
		p.Status, p.Note = press.NeedsHand, "平台上找不到已提交的文章，请新媒体编辑核实后登记结果"
	case !v.public:
		p.Status, p.URL = press.HandedOver, ""
	case v.refused != "":
		p.Status, p.Note, p.URL = press.Refused, v.refused, ""
	default:
		p.Status = press.Live
	}
	return p
}

// trouble says what a failed call means: a connection that was refused did nothing, anything else may have done something. The outside's own
// words are not passed on, because they may contain a secret.
func (f *Fake) trouble(err error) error {
	if err == nil {
		return nil
	}
	t := &press.Trouble{Remedy: press.LookFirst, What: "平台没有给出可识别的答复，结果待核实", Err: errors.New("no usable answer")}
	if errors.Is(err, errNoRoute) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		t = &press.Trouble{Remedy: press.TryAgain, What: "连接不上平台，稍后自动重试", Err: err}
	}
	switch f.bug {
	case leaksSecret:
		t.Err = err
	case speaksEnglish:
		t.What = "no usable answer"
	}
	return t
}

func markersOf(e press.Edition) []string {
	var markers []string
	for _, en := range e.Entries {
		markers = append(markers, en.Copy.Marker)
	}
	return markers
}
