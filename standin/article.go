package standin

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// onPage is a piece and where it belongs; post is nil for the preview of a draft.
type onPage struct {
	acc   *account
	post  *post
	draft *draft
	piece *piece
	index int
}

func (w *WeChat) showDraft(a *account, d *draft) {
	for _, p := range d.Pieces {
		w.pieces[p.PreviewKey] = &onPage{acc: a, draft: d, piece: p}
	}
}

func (w *WeChat) showPost(a *account, p *post) {
	a.byMid[p.Mid] = p
	for i, one := range p.Pieces {
		at := &onPage{acc: a, post: p, piece: one, index: i}
		w.pieces[one.PageID] = at
		w.mark(at)
	}
}

// mark lets Live find a public article by its marker.
func (w *WeChat) mark(at *onPage) {
	if list := w.markers[at.piece.SourceURL]; !slices.Contains(list, at) {
		w.markers[at.piece.SourceURL] = append(list, at)
	}
}

// pageURL is the permanent link of piece i of a post.
func (w *WeChat) pageURL(a *account, p *post, i int, one *piece) string {
	if !w.o.Switch.LongURLs {
		return w.baseURL() + "/s/" + one.PageID
	}
	sum := sha256.Sum256([]byte(a.AppID))
	q := "__biz=" + base64.StdEncoding.EncodeToString(sum[:6]) + "&mid=" + strconv.FormatInt(p.Mid, 10) + "&idx=" + strconv.Itoa(i+1) +
		"&sn=" + one.PageID + "&chksm=" + hex.EncodeToString(sum[6:16]) + "#rd"
	return w.baseURL() + "/s?" + q
}

// findPage finds the public page or the preview that an address, or a bare page id, means.
func (w *WeChat) findPage(address string) *onPage {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	q := u.Query()
	for _, key := range []string{q.Get("sn"), q.Get("tempkey"), u.Path[strings.LastIndex(u.Path, "/")+1:]} {
		if at := w.pieces[key]; key != "" && at != nil {
			return at
		}
	}
	return nil
}

var sentArticle = regexp.MustCompile(`^https?://mp\.weixin\.qq\.com/`)

// cleaner knows which pictures and links are WeChat's own.
func (w *WeChat) cleaner() *cleaner {
	return &cleaner{picture: w.ownPicture, link: func(href string) bool {
		at := w.findPage(href)
		return sentArticle.MatchString(href) || at != nil && at.post != nil
	}}
}

var foreignPicture = regexp.MustCompile(`^https?://mmbiz\.(?:qpic|qlogo)\.cn/`)

// ownPicture keeps pictures of the stand-in, and those of the real WeChat, which it cannot know.
func (w *WeChat) ownPicture(src string) ([]html.Attribute, bool) {
	id, p := w.findPicture(src)
	if p == nil {
		return []html.Attribute{{Key: "data-src", Val: src}}, foreignPicture.MatchString(src)
	}
	format := strings.Replace(p.Ext, "jpg", "jpeg", 1)
	base, _, _ := strings.Cut(src, "/mmbiz")
	kept := []html.Attribute{
		{Key: "data-src", Val: fmt.Sprintf("%s/mmbiz_%s/%s/%s?wx_fmt=%s&from=appmsg", base, p.Ext, id, bodySizePart, format)},
		{Key: "data-type", Val: format},
	}
	if p.Width > 0 {
		ratio := strconv.FormatFloat(float64(p.Height)/float64(p.Width), 'g', 6, 64)
		kept = append(kept, html.Attribute{Key: "data-ratio", Val: ratio}, html.Attribute{Key: "data-w", Val: strconv.Itoa(p.Width)})
	}
	return kept, true
}

// page answers the address of an article: always HTTP 200, as the real ones.
func (w *WeChat) page(r *http.Request) reply {
	at := w.findPage(r.URL.RequestURI())
	switch {
	case w.world.Captcha:
		return notice("环境异常", "环境异常", "当前环境异常，完成验证后即可继续访问。", "去验证")
	case at == nil:
		return notice("链接无效", "链接已失效", "没有找到这篇文章，请检查链接是否完整。", "")
	case at.piece.Banned:
		return notice("此内容无法查看", "此内容因违规无法查看", "此内容违反相关规定，已停止访问。", "")
	case at.piece.Deleted:
		return notice("内容已删除", "该内容已被发布者删除", "", "")
	}
	return w.articlePage(at)
}

// pageData fills the template of an article.
type pageData struct {
	Title, Author, Account, Digest, URL, Cover, Source string
	Unix                                               int64
	At                                                 string
	Preview                                            bool
	Shown                                              []string
	Content                                            template.HTML
}

func (w *WeChat) articlePage(at *onPage) reply {
	p := at.piece
	d := pageData{
		Title: p.Title, Author: p.Author, Account: at.acc.Name, Digest: p.Digest, Source: p.SourceURL, Cover: w.pictureURL(p.Cover),
		Content: template.HTML(p.Content), // cleaned when it was stored
		Preview: at.post == nil,
	}
	if d.Account == "" {
		d.Account = at.acc.AppID
	}
	when := w.now()
	if at.post != nil {
		when = at.post.At
		for i, one := range at.post.Pieces {
			if one == p {
				d.URL = w.pageURL(at.acc, at.post, i, one)
			}
		}
	}
	d.Unix, d.At = when.Unix(), when.In(beijing).Format("2006年1月2日 15:04")
	for _, id := range p.Shown {
		d.Shown = append(d.Shown, w.pictureURL(id))
	}
	return fill(articleTemplate, d)
}

func notice(title, headline, text, button string) reply {
	return fill(noticeTemplate, struct{ Title, Headline, Text, Button string }{title, headline, text, button})
}

func fill(t *template.Template, data any) reply {
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return reply{status: http.StatusInternalServerError, kind: "text/plain; charset=utf-8", body: []byte("page: " + err.Error())}
	}
	return reply{status: http.StatusOK, kind: "text/html; charset=UTF-8", body: b.Bytes()}
}

// LiveArticle is one article as a reader of the stand-in could find it.
type LiveArticle struct {
	AppID     string    `json:"appid"`
	ArticleID string    `json:"article_id"`
	Mid       int64     `json:"mid"`
	Index     int       `json:"index"` // from 1
	Title     string    `json:"title"`
	Marker    string    `json:"marker"` // content_source_url
	URL       string    `json:"url"`
	Text      string    `json:"text"` // plain text of the body
	At        time.Time `json:"at"`
	Pushed    bool      `json:"pushed"` // by a mass message
	Deleted   bool      `json:"deleted"`
	Banned    bool      `json:"banned"`
	Edited    bool      `json:"edited"` // by a human, after it was published
}

// Articles returns everything that was ever made public, account by account, in the order of publication.
func (w *WeChat) Articles() []LiveArticle {
	w.enter()
	defer w.mu.Unlock()
	out := []LiveArticle{}
	for _, appid := range w.appids() {
		a := w.world.Accounts[appid]
		for _, p := range a.Posts.List {
			out = append(out, w.liveOf(a, p)...)
		}
		for _, p := range a.Pushed.List {
			out = append(out, w.liveOf(a, p)...)
		}
	}
	return out
}

// Live returns the articles with this marker that a reader can still read. No test may ever find two.
func (w *WeChat) Live(marker string) []LiveArticle {
	w.enter()
	defer w.mu.Unlock()
	var out []LiveArticle
	for _, at := range w.readable(marker) {
		out = append(out, w.live(at.acc, at.post, at.index, at.piece))
	}
	return out
}

// readable lists the articles with a marker that are still there. Callers hold mu.
func (w *WeChat) readable(marker string) []*onPage {
	var out []*onPage
	for _, at := range w.markers[marker] {
		if p := at.piece; p.SourceURL == marker && !p.Deleted && !p.Banned {
			out = append(out, at)
		}
	}
	return out
}

// Twice returns the markers that have more than one live article: what no run may ever bring about.
func (w *WeChat) Twice() []string {
	w.enter()
	defer w.mu.Unlock()
	var out []string
	for marker := range w.markers {
		if marker != "" && len(w.readable(marker)) > 1 {
			out = append(out, marker)
		}
	}
	slices.Sort(out)
	return out
}

func (w *WeChat) liveOf(a *account, p *post) []LiveArticle {
	var out []LiveArticle
	for i, one := range p.Pieces {
		out = append(out, w.live(a, p, i, one))
	}
	return out
}

func (w *WeChat) live(a *account, p *post, i int, one *piece) LiveArticle {
	return LiveArticle{
		AppID: a.AppID, ArticleID: p.ArticleID, Mid: p.Mid, Index: i + 1, Title: one.Title, Marker: one.SourceURL,
		URL: w.pageURL(a, p, i, one), Text: plainText(one.Content), At: p.At, Pushed: p.Pushed,
		Deleted: one.Deleted, Banned: one.Banned, Edited: one.EditedByHand,
	}
}
