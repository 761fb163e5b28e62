package channeltest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"tongfa/press"
)

// listLag is how long the outside takes to list what was submitted: a look that finds nothing proves nothing before.
const listLag = 90 * time.Second

// outside is the platform the Fake speaks to. It takes drafts, publishes them after a review, shows pages, and forgets to mention what
// was submitted a moment ago. The same draft submitted twice is out there twice.
type outside struct {
	now func() time.Time

	mu     sync.Mutex
	review time.Duration
	refuse map[string]string
	calls  int
	faults map[int]Fault // by the number of the call
	drafts []draft
	posts  []*post
}

type article struct {
	marker, title, text string
	revision            int
	remarks             []string
}

type draft struct {
	id       string
	articles []article
}

// post is one article out there.
type post struct {
	article
	issue   string // of the submission it came with
	at      time.Time
	public  time.Time
	deleted bool
	refused string
	seen    string // the words that the public sees
	foreign bool   // put there by hand
}

func (p *post) url() string {
	return "https://fake.example.gov.cn/" + p.issue + "/" + p.marker
}

// Errors of a call, as a driver would see them.
var (
	errNoRoute = errors.New("connect: connection refused")
	errTimeout = errors.New("post https://fake.example.gov.cn/api?secret=" + Secret + ": timeout")
	errGarbage = errors.New("invalid character '<' looking for beginning of value")
)

// call is one request and its answer. Whether do is carried out and whether the answer arrives is up to the faults.
func (o *outside) call(ctx context.Context, do func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	fault := o.faults[o.calls]
	delete(o.faults, o.calls)
	o.calls++
	if fault == LostBefore {
		return errNoRoute
	}
	do()
	switch fault {
	case LostAfter:
		return errTimeout
	case Garbage:
		return errGarbage
	}
	return nil
}

// fail makes calls go wrong, times of them after letting some pass.
func (o *outside) fail(kind Fault, pass, times int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for n := range times {
		o.faults[o.calls+pass+n] = kind
	}
}

func (o *outside) draft(ctx context.Context, articles []article) (id string, err error) {
	err = o.call(ctx, func() {
		id = fmt.Sprintf("D%d", len(o.drafts)+1)
		o.drafts = append(o.drafts, draft{id, articles})
	})
	return id, err
}

// findDraft is the draft whose first article has a marker. Drafts are listed at once.
func (o *outside) findDraft(ctx context.Context, marker string) (id string, err error) {
	err = o.call(ctx, func() {
		for _, d := range o.drafts {
			if d.articles[0].marker == marker {
				id = d.id
			}
		}
	})
	return id, err
}

func (o *outside) submit(ctx context.Context, id string) (issue string, err error) {
	err = o.call(ctx, func() {
		i := slices.IndexFunc(o.drafts, func(d draft) bool { return d.id == id })
		if i < 0 {
			return
		}
		issue = fmt.Sprintf("P%d", len(o.posts)+1)
		for _, a := range o.drafts[i].articles {
			p := &post{article: a, issue: issue, at: o.now(), public: o.now().Add(o.review), seen: a.text}
			p.refused = o.refuse[a.marker] + o.refuse[a.title]
			o.posts = append(o.posts, p)
		}
	})
	return issue, err
}

// view is what the outside tells of one article.
type view struct {
	found, public bool
	refused       string
	issue, url    string
}

func (o *outside) viewOf(p *post) view {
	return view{found: true, public: !o.now().Before(p.public), refused: p.refused, issue: p.issue, url: p.url()}
}

// list tells what is listed under each marker: what was submitted within the lag is not.
func (o *outside) list(ctx context.Context, markers []string) (views []view, err error) {
	err = o.call(ctx, func() { views = o.look(markers, listLag) })
	return views, err
}

// status tells of articles one by one and knows no lag.
func (o *outside) status(ctx context.Context, markers []string) (views []view, err error) {
	err = o.call(ctx, func() { views = o.look(markers, 0) })
	return views, err
}

func (o *outside) look(markers []string, lag time.Duration) []view {
	views := make([]view, len(markers))
	for i, m := range markers {
		for _, p := range o.posts {
			if p.marker == m && !p.deleted && !o.now().Before(p.at.Add(lag)) {
				views[i] = o.viewOf(p)
			}
		}
	}
	return views
}

// amend changes articles where they are. What is deleted stays so, unless it is to be brought back.
func (o *outside) amend(ctx context.Context, articles []article, back bool) error {
	return o.call(ctx, func() {
		for _, a := range articles {
			for _, p := range o.posts {
				if p.marker == a.marker && (back || !p.deleted) {
					p.article, p.seen, p.deleted = a, a.text, false
				}
			}
		}
	})
}

// showing says of each article whether it is there and whether it shows what it is to show.
func (o *outside) showing(ctx context.Context, articles []article) (there, shown []bool, err error) {
	there, shown = make([]bool, len(articles)), make([]bool, len(articles))
	err = o.call(ctx, func() {
		for i, a := range articles {
			for _, p := range o.posts {
				if p.marker == a.marker && !p.deleted {
					there[i] = true
					shown[i] = p.revision == a.revision && p.seen == a.text && slices.Equal(p.remarks, a.remarks)
				}
			}
		}
	})
	return there, shown, err
}

// all lists everything that was ever put there and not refused.
func (o *outside) all(ctx context.Context) (posts []post, err error) {
	err = o.call(ctx, func() {
		for _, p := range o.posts {
			if p.refused == "" {
				posts = append(posts, *p)
			}
		}
	})
	return posts, err
}

func (o *outside) remove(ctx context.Context, markers []string) error {
	return o.call(ctx, func() {
		for _, p := range o.posts {
			p.deleted = p.deleted || slices.Contains(markers, p.marker)
		}
	})
}

// page is what the public gets; false when there is none.
func (o *outside) page(ctx context.Context, url string) (text string, ok bool, err error) {
	err = o.call(ctx, func() {
		for _, p := range o.posts {
			if p.url() == url && o.out(p) {
				text, ok = p.seen, true
			}
		}
	})
	return text, ok, err
}

// out reports whether the public finds a post. The lock is held.
func (o *outside) out(p *post) bool {
	return !p.deleted && p.refused == "" && !o.now().Before(p.public)
}

// published lists the posts that the public finds, in the order they became public.
func (o *outside) published() []post {
	o.mu.Lock()
	defer o.mu.Unlock()
	var out []post
	for _, p := range o.posts {
		if o.out(p) {
			out = append(out, *p)
		}
	}
	slices.SortStableFunc(out, func(a, b post) int { return a.public.Compare(b.public) })
	return out
}

// count is how many articles with a marker were handed over and neither deleted nor refused.
func (o *outside) count(marker string) (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range o.posts {
		if p.marker == marker && !p.deleted && p.refused == "" {
			n++
		}
	}
	return n
}

// change does something to every article with a marker, by hand.
func (o *outside) change(marker string, f func(*post)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range o.posts {
		if p.marker == marker {
			f(p)
		}
	}
}

func (o *outside) set(review time.Duration, refuse map[string]string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.review, o.refuse = review, maps.Clone(refuse)
}

func articlesOf(e press.Edition) []article {
	var list []article
	for _, en := range e.Entries {
		a := article{marker: en.Copy.Marker, title: en.Revision.Title, text: press.Text(en.Revision.Body), revision: en.Revision.Number}
		for _, r := range en.Remarks {
			a.remarks = append(a.remarks, r.Text)
		}
		list = append(list, a)
	}
	return list
}
