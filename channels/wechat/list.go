package wechat

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tongfa/channels"
	"tongfa/press"
)

// listKind is one of the two lists the platform has.
type listKind struct {
	ep endpoint
}

var (
	draftList     = listKind{draftBatch}
	publishedList = listKind{pubBatch}
)

const (
	pageSize  = 20 // what the platform gives at most
	mostPages = 10 // of one look
	listFresh = 30 * time.Second
	listSlack = 10 * time.Minute // between our clock and the platform's
)

// message is a draft or a published message: what a list tells of it.
type message struct {
	ID       string
	Made     time.Time
	Changed  time.Time // last
	Articles []listed
}

// listed is one article of a message.
type listed struct {
	Marker  string
	Title   string
	URL     string
	Deleted bool
}

// snapshot is a list as it was read: the newest messages, back to since.
type snapshot struct {
	at       time.Time // when the first call was made
	since    time.Time
	complete bool // everything created after since is in it
	contents bool // markers were also looked for in the contents
	messages []message
}

// good reports whether a snapshot answers a question: what is in the list that was created after since, as seen not before notBefore?
func (s *snapshot) good(now, heard time.Time, q question) bool {
	return s != nil && now.Sub(s.at) < listFresh && !s.at.Before(heard) && !s.at.Before(q.notBefore) && !s.since.After(q.since) && (s.contents || !q.contents)
}

// question is what a look at a list wants to know.
type question struct {
	markers   []string
	since     time.Time // the message was not made before
	notBefore time.Time // an older snapshot proves nothing
	contents  bool      // the markers are not in the articles' addresses
}

// lister reads a list once for everybody who asks within a short time: calls are rationed.
type lister struct {
	c    *Channel
	kind listKind
	turn chan struct{} // holds one token; who has it may read and write last
	last *snapshot
}

func newLister(c *Channel, kind listKind) *lister {
	l := &lister{c: c, kind: kind, turn: make(chan struct{}, 1)}
	l.turn <- struct{}{}
	return l
}

// find looks for the messages with all the markers, the newest first. complete means that what was not found is not there.
func (l *lister) find(ctx context.Context, j channels.Journal, q question) (found []message, complete bool, err error) {
	s, err := l.snapshot(ctx, j, q)
	if err != nil {
		return nil, false, err
	}
	for _, m := range s.messages {
		if m.has(q.markers) {
			found = append(found, m)
		}
	}
	slices.SortStableFunc(found, func(a, b message) int { return b.Changed.Compare(a.Changed) })
	return found, s.complete, nil
}

func (m message) has(markers []string) bool {
	for _, marker := range markers {
		if m.index(marker) == 0 {
			return false
		}
	}
	return true
}

// index is the place of the article with a marker, counted from 1; 0 when there is none.
func (m message) index(marker string) int {
	return 1 + slices.IndexFunc(m.Articles, func(a listed) bool { return a.Marker == marker })
}

func (l *lister) snapshot(ctx context.Context, j channels.Journal, q question) (*snapshot, error) {
	select {
	case <-l.turn:
	case <-ctx.Done():
		return nil, notBegun(ctx.Err())
	}
	defer func() { l.turn <- struct{}{} }()
	if l.last.good(l.c.o.Now(), l.c.heard.last(), q) {
		return l.last, nil
	}
	s, err := l.read(ctx, j, q)
	if err != nil {
		return nil, err
	}
	l.last = s
	return s, nil
}

// read reads a list, and once more if it moved meanwhile.
func (l *lister) read(ctx context.Context, j channels.Journal, q question) (*snapshot, error) {
	s, moved, err := l.readOnce(ctx, j, q)
	if err == nil && moved {
		s, moved, err = l.readOnce(ctx, j, q)
	}
	if err != nil {
		return nil, err
	}
	s.complete = s.complete && !moved
	return s, nil
}

// readOnce pages through a list until it ends or until everything is older than the question. The order, newest first, was only
// observed; so a short list is read to its end.
func (l *lister) readOnce(ctx context.Context, j channels.Journal, q question) (s *snapshot, moved bool, err error) {
	s = &snapshot{at: l.c.o.Now(), since: q.since, contents: q.contents}
	in := window{Count: pageSize, NoContent: 1}
	if q.contents {
		in.NoContent = 0
	}
	var still stillness
	for range mostPages {
		if err := l.c.spend(ctx, j, l.kind.ep); err != nil {
			return nil, false, err
		}
		in.Offset = len(s.messages)
		p, err := l.c.page(ctx, l.kind.ep, in)
		if err != nil {
			return nil, false, err
		}
		still.see(p)
		for _, it := range p.Items {
			s.messages = append(s.messages, it.message())
		}
		if len(s.messages) >= p.Total || p.Total > pageSize*mostPages && p.reaches(q.since.Add(-listSlack)) {
			s.complete = true
			return s, still.moved, nil
		}
		if len(p.Items) == 0 { // it ends before its own count
			return s, still.moved, nil
		}
	}
	return s, still.moved, nil
}

// stillness watches whether a list stays as it is while it is read page by page. What a person deletes meanwhile lets the rest move up, so that
// something is passed over; what is added moves it down, so that something is told twice.
type stillness struct {
	pages, total int
	seen         map[string]bool
	moved        bool
}

func (s *stillness) see(p listPage) {
	if s.pages++; s.pages == 1 {
		s.total, s.seen = p.Total, map[string]bool{}
	}
	s.moved = s.moved || p.Total != s.total
	for _, it := range p.Items {
		id := it.message().ID
		s.moved = s.moved || s.seen[id]
		s.seen[id] = true
	}
}

// listPage is one answer of a list call. The library's types lack the times.
type listPage struct {
	Total int        `json:"total_count"`
	Items []listItem `json:"item"`
}

type listItem struct {
	MediaID   string `json:"media_id"`
	ArticleID string `json:"article_id"`
	Content   struct {
		News []struct {
			Title     string `json:"title"`
			Content   string `json:"content"`
			SourceURL string `json:"content_source_url"`
			URL       string `json:"url"`
			Deleted   bool   `json:"is_deleted"`
		} `json:"news_item"`
		Created int64 `json:"create_time"`
		Updated int64 `json:"update_time"`
	} `json:"content"`
	Updated int64 `json:"update_time"`
}

// reaches reports whether a page goes back beyond t.
func (p listPage) reaches(t time.Time) bool {
	return len(p.Items) > 0 && p.Items[len(p.Items)-1].message().Changed.Before(t)
}

func (it listItem) message() message {
	changed := max(it.Content.Created, it.Content.Updated, it.Updated)
	m := message{ID: it.MediaID + it.ArticleID, Made: time.Unix(it.Content.Created, 0), Changed: time.Unix(changed, 0)}
	if it.Content.Created == 0 {
		m.Made = m.Changed
	}
	for _, a := range it.Content.News {
		marker := markerIn(a.SourceURL)
		if marker == "" {
			marker = markerInBody(a.Content)
		}
		m.Articles = append(m.Articles, listed{Marker: marker, Title: a.Title, URL: a.URL, Deleted: a.Deleted})
	}
	return m
}

// page asks for one page of a list.
func (c *Channel) page(ctx context.Context, ep endpoint, in window) (listPage, error) {
	var out struct {
		listPage
		Told *int `json:"total_count"`
	}
	if err := c.post(ctx, ep, in, &out); err != nil {
		return listPage{}, err
	}
	if out.Told == nil { // {} is not an empty list
		return listPage{}, c.nameless(ep)
	}
	for _, it := range out.Items {
		if strings.ContainsRune(it.MediaID+it.ArticleID, utf8.RuneError) {
			return listPage{}, c.nameless(ep)
		}
	}
	out.Total = *out.Told
	return out.listPage, nil
}

// asking makes a question about an edition.
func asking(a press.Act, since, notBefore time.Time) question {
	q := question{since: since, notBefore: notBefore}
	for _, e := range a.Edition.Entries {
		q.markers = append(q.markers, e.Copy.Marker)
		q.contents = q.contents || sourceURL(e) == ""
	}
	return q
}
