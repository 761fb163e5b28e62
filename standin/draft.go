package standin

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// piece is one article (图文) of a draft, of a job and of what was published.
type piece struct {
	Type, Title, Author, Digest, Content, SourceURL string

	Thumb        string   // media_id of the cover
	Cover        string   // its picture, which outlives the material
	Images       []string `json:",omitempty"` // newspic: media_ids
	Shown        []string `json:",omitempty"` // newspic: their pictures
	Comments     int64
	FansOnly     int64
	Crop235      string
	Crop11       string
	PreviewKey   string         // of the temporary link, while it is a draft
	PageID       string         // of the page, once public
	Reads        map[string]int `json:",omitempty"` // by day, where a human said so
	Remarks      []*remark      `json:",omitempty"`
	Deleted      bool
	Banned       bool
	EditedByHand bool
}

// draft is one entry of the draft box.
type draft struct {
	MediaID   string
	Pieces    []*piece
	Created   time.Time
	Updated   time.Time
	Leaves    time.Time // when an accepted draft goes (DraftLinger)
	InReview  bool      // accepted, but still in the box (DraftLeavesLate, DraftLinger, or while the administrator thinks)
	OnlyHere  bool      // a human used a feature that only the console can publish: 53504
	AutoSaved bool      // the console saved it last, not a human: 53505, 48021
}

func (d *draft) key() string { return d.MediaID }

// articleIn is an article as a client sends it. Fields that are not here are ignored, as WeChat ignores them.
type articleIn struct {
	Type      string `json:"article_type"`
	Title     string `json:"title"`
	Author    string `json:"author"`
	Digest    string `json:"digest"`
	Content   string `json:"content"`
	SourceURL string `json:"content_source_url"`
	Thumb     string `json:"thumb_media_id"`
	Comments  number `json:"need_open_comment"`
	FansOnly  number `json:"only_fans_can_comment"`
	Crop235   string `json:"pic_crop_235_1"`
	Crop11    string `json:"pic_crop_1_1"`
	ImageInfo struct {
		List []struct {
			ID string `json:"image_media_id"`
		} `json:"image_list"`
	} `json:"image_info"`
}

// visibleEscape finds \uXXXX; the document warns that it "ends up visible" in the article.
var visibleEscape = regexp.MustCompile(`\\(\\|u[0-9a-fA-F]{4})`)

// decodeArticles reads a body with articles in it.
func (c *call) decodeArticles(into any) *refusal {
	if !c.o.Switch.DecodeEscapes {
		c.body = visibleEscape.ReplaceAllFunc(c.body, func(b []byte) []byte {
			if b[1] == '\\' {
				return b // an escaped backslash: what follows is plain text
			}
			return append([]byte(`\`), b...)
		})
	}
	return c.decode(into)
}

func (c *call) draftAdd() (fields, *refusal) {
	var in struct {
		Articles []articleIn `json:"articles"`
	}
	if no := c.decodeArticles(&in); no != nil {
		return nil, no
	}
	if len(in.Articles) == 0 {
		return nil, refuse(44003, "empty news data")
	}
	if len(in.Articles) > c.o.MaxArticles {
		return nil, refuse(45008, "article size out of limit")
	}
	d := &draft{Created: c.time, Updated: c.time}
	for _, a := range in.Articles {
		p, no := c.accept(a, len(in.Articles) == 1)
		if no != nil {
			return nil, no
		}
		d.Pieces = append(d.Pieces, p)
	}
	d.MediaID = c.newID("draft", 64)
	c.acc.Drafts.put(d)
	c.touch("draft", c.acc.AppID, d.MediaID)
	c.showDraft(c.acc, d)
	c.record(Effect{Kind: "draft-add", Ref: d.MediaID, of: d.Pieces})
	return fields{"media_id": d.MediaID, "item": []any{}}, nil
}

// accept checks one article in the order of its fields and makes a piece of it.
func (c *call) accept(a articleIn, single bool) (*piece, *refusal) {
	if no := c.withinLimits(a); no != nil {
		return nil, no
	}
	p := &piece{
		Type: "news", Title: a.Title, Author: a.Author, Digest: a.Digest, SourceURL: a.SourceURL, Thumb: a.Thumb,
		Comments: a.Comments.n, FansOnly: a.FansOnly.n, Crop235: a.Crop235, Crop11: a.Crop11,
	}
	if no := c.pictures(a, p); no != nil {
		return nil, no
	}
	cl := c.cleaner()
	content, err := cl.clean(a.Content)
	if err != nil || cl.foreign > 0 && c.o.Switch.RefuseForeignLinks {
		return nil, refuse(45166, "invalid content")
	}
	p.Content = content
	if p.Digest == "" && single {
		p.Digest = firstRunes(strings.ReplaceAll(plainText(content), "\n", " "), 54)
	}
	p.PreviewKey = c.newID("preview", 43)
	return p, nil
}

func (c *call) withinLimits(a articleIn) *refusal {
	switch o := c.o; {
	case a.Type != "" && a.Type != "news" && a.Type != "newspic":
		return refuse(40035, "invalid parameter")
	case strings.TrimSpace(a.Title) == "":
		return refuse(44003, "empty news data")
	case utf8.RuneCountInString(a.Title) > o.TitleMax:
		return refuse(45003, "title size out of limit")
	case utf8.RuneCountInString(a.Author) > o.AuthorMax:
		return refuse(45110, "author size out of limit")
	case utf8.RuneCountInString(a.Digest) > o.DigestMax:
		return refuse(45004, "description size out of limit")
	case strings.TrimSpace(a.Content) == "":
		return refuse(44004, "empty content")
	case len(a.Content) >= o.ContentBytes || o.ContentMax > 0 && utf8.RuneCountInString(a.Content) > o.ContentMax:
		return refuse(45002, "content size out of limit")
	case !sourceURLGood(a.SourceURL):
		return refuse(41039, "invalid content_source_url")
	case a.Comments.n != 0 && c.acc.NoComments:
		return refuse(88000, "open comment without comment privilege")
	case !cropGood(a.Crop235) || !cropGood(a.Crop11):
		return refuse(53402, "cover crop failed")
	}
	return nil
}

// pictures finds the cover and, for a newspic, the pictures; what is missing, foreign, temporary or too fresh answers 40007.
func (c *call) pictures(a articleIn, p *piece) *refusal {
	if a.Type == "newspic" {
		p.Type = "newspic"
		if len(a.ImageInfo.List) == 0 || len(a.ImageInfo.List) > 20 {
			return refuse(40007, "invalid media_id")
		}
		for _, i := range a.ImageInfo.List {
			m, ok := c.usable(i.ID)
			if !ok {
				return refuse(40007, "invalid media_id")
			}
			p.Images, p.Shown = append(p.Images, i.ID), append(p.Shown, m.Picture)
		}
		p.Thumb, p.Cover = p.Images[0], p.Shown[0]
		return nil
	}
	m, ok := c.usable(a.Thumb)
	if !ok {
		return refuse(40007, "invalid media_id")
	}
	p.Cover = m.Picture
	return nil
}

func sourceURLGood(s string) bool {
	if s == "" {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && len(s) <= 1024 && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

var cropForm = regexp.MustCompile(`^(?:[01](?:\.\d{1,6})?_){3}[01](?:\.\d{1,6})?$`)

// cropGood checks X1_Y1_X2_Y2: fractions of the picture with at most six decimals, the second corner right of and below the first.
func cropGood(s string) bool {
	if s == "" {
		return true
	}
	if !cropForm.MatchString(s) {
		return false
	}
	var v [4]float64
	for i, f := range strings.Split(s, "_") {
		v[i], _ = strconv.ParseFloat(f, 64)
	}
	return v[0] < v[2] && v[1] < v[3] && max(v[2], v[3]) <= 1
}

func firstRunes(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

func (c *call) draftUpdate() (fields, *refusal) {
	var in struct {
		MediaID  string          `json:"media_id"`
		Index    int             `json:"index"`
		Articles json.RawMessage `json:"articles"`
	}
	if no := c.decodeArticles(&in); no != nil {
		return nil, no
	}
	var a articleIn
	if len(in.Articles) == 0 {
		return nil, refuse(44003, "empty news data")
	}
	if json.Unmarshal(in.Articles, &a) != nil { // an array, as draft/add wants it, is wrong here
		return nil, refuse(47001, "data format error")
	}
	d, no := c.draft(in.MediaID)
	if no != nil {
		return nil, no
	}
	if in.Index < 0 || in.Index >= len(d.Pieces) {
		return nil, refuse(40114, "invalid index")
	}
	p, no := c.accept(a, len(d.Pieces) == 1)
	if no != nil {
		return nil, no
	}
	delete(c.pieces, d.Pieces[in.Index].PreviewKey)
	d.Pieces[in.Index], d.Updated = p, c.time
	c.touch("draft", c.acc.AppID, d.MediaID)
	c.showDraft(c.acc, d)
	c.record(Effect{Kind: "draft-update", Ref: d.MediaID, of: d.Pieces})
	return done(), nil
}

// draft finds a draft of the account: 41006 without media_id, 40007 without draft.
func (c *call) draft(mediaID string) (*draft, *refusal) {
	if mediaID == "" {
		return nil, refuse(41006, "media_id missing")
	}
	d, ok := c.acc.Drafts.get(mediaID)
	if !ok {
		return nil, refuse(40007, "invalid media_id")
	}
	return d, nil
}

func (c *call) draftOfBody() (*draft, *refusal) {
	var in struct {
		MediaID string `json:"media_id"`
	}
	if no := c.decode(&in); no != nil {
		return nil, no
	}
	return c.draft(in.MediaID)
}

func (c *call) draftGet() (fields, *refusal) {
	d, no := c.draftOfBody()
	if no != nil {
		return nil, no
	}
	return c.draftOut(d, true), nil
}

func (c *call) draftDelete() (fields, *refusal) {
	d, no := c.draftOfBody()
	if no != nil {
		return nil, no
	}
	c.takeDraft(c.acc, d.MediaID)
	c.record(Effect{Kind: "draft-delete", Ref: d.MediaID, of: d.Pieces})
	return done(), nil
}

func (c *call) draftCount() (fields, *refusal) {
	return fields{"total_count": len(c.acc.Drafts.List) - c.unlisted()}, nil
}

// window is the body of both batchget calls.
type window struct {
	Offset    int    `json:"offset"`
	Count     int    `json:"count"`
	NoContent number `json:"no_content"`
}

func (c *call) window() (window, *refusal) {
	var in window
	if no := c.decode(&in); no != nil {
		return in, no
	}
	if in.NoContent.loose && c.o.Switch.StrictNumbers {
		return in, refuse(47001, "data format error")
	}
	if in.Count < 1 || in.Count > 20 || in.Offset < 0 {
		return in, refuse(40035, "invalid parameter")
	}
	return in, nil
}

// unlisted counts the drafts that are too fresh to be listed.
func (c *call) unlisted() int {
	return c.acc.Drafts.fresh(func(d *draft) bool { return c.time.Sub(d.Created) < c.o.DraftListed })
}

// draftBatchget lists the box, the newest first: an order that was observed, not promised.
func (c *call) draftBatchget() (fields, *refusal) {
	in, no := c.window()
	if no != nil {
		return nil, no
	}
	items := []any{}
	hidden := c.unlisted()
	for _, d := range c.acc.Drafts.page(in.Offset+hidden, in.Count) {
		items = append(items, fields{
			"media_id": d.MediaID, "content": c.draftOut(d, in.NoContent.n == 0), "update_time": d.Updated.Unix(),
		})
	}
	return fields{"total_count": len(c.acc.Drafts.List) - hidden, "item_count": len(items), "item": items}, nil
}

func (c *call) draftOut(d *draft, content bool) fields {
	items := []any{}
	for _, p := range d.Pieces {
		one := c.pieceOut(p, content)
		one["url"] = c.baseURL() + "/s?tempkey=" + p.PreviewKey + "#rd"
		items = append(items, one)
	}
	return fields{"news_item": items, "create_time": d.Created.Unix(), "update_time": d.Updated.Unix()}
}

// pieceOut is an article as draft/get and its relatives return it; show_cover_pic and content_length are nowhere asked for.
func (c *call) pieceOut(p *piece, content bool) fields {
	out := fields{
		"article_type": p.Type, "title": p.Title, "author": p.Author, "digest": p.Digest, "content_source_url": p.SourceURL,
		"thumb_media_id": p.Thumb, "show_cover_pic": 0, "need_open_comment": p.Comments, "only_fans_can_comment": p.FansOnly,
		"thumb_url": c.pictureURL(p.Cover), "content_length": len(p.Content),
	}
	if p.Crop235 != "" || p.Crop11 != "" {
		out["pic_crop_235_1"], out["pic_crop_1_1"] = p.Crop235, p.Crop11
	}
	if p.Type == "newspic" {
		list := []any{}
		for _, id := range p.Images {
			list = append(list, fields{"image_media_id": id})
		}
		out["image_info"] = fields{"image_list": list}
	}
	if content {
		out["content"] = p.Content
	}
	return out
}

// takeDraft removes a draft and its preview from the box. Callers hold mu.
func (w *WeChat) takeDraft(a *account, mediaID string) {
	d, ok := a.Drafts.get(mediaID)
	if !ok {
		return
	}
	for _, p := range d.Pieces {
		delete(w.pieces, p.PreviewKey)
	}
	a.Drafts.remove(mediaID)
	w.touch("draft", a.AppID, mediaID)
}
