package wechat

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/silenceper/wechat/v2/officialaccount/broadcast"
	"github.com/silenceper/wechat/v2/officialaccount/draft"
	"github.com/silenceper/wechat/v2/officialaccount/freepublish"
	"github.com/silenceper/wechat/v2/util"
)

// article is one article of a draft: the library's, with what it lacks.
type article struct {
	draft.Article
	ArticleType string `json:"article_type"`
}

// number is an identifier that the documents call a string and the platform sends as an integer.
type number string

// UnmarshalJSON takes both.
func (n *number) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if s == "null" || s == "" {
		return nil
	}
	if _, err := strconv.ParseUint(s, 10, 64); err != nil {
		return fmt.Errorf("read identifier %q: %w", s, err)
	}
	*n = number(s)
	return nil
}

// MarshalJSON sends an integer.
func (n number) MarshalJSON() ([]byte, error) { return []byte(n), nil }

func (c *Channel) uploadPicture(ctx context.Context, name string, data []byte) (address string, err error) {
	var out struct {
		URL string `json:"url"`
	}
	if err := c.upload(ctx, uploadImg, "", name, data, &out); err != nil {
		return "", err
	}
	if out.URL == "" {
		return "", c.nameless(uploadImg)
	}
	return out.URL, nil
}

func (c *Channel) uploadCover(ctx context.Context, name string, data []byte) (mediaID string, err error) {
	var out struct {
		MediaID string `json:"media_id"`
	}
	if err := c.upload(ctx, addMaterial, "&type=image", name, data, &out); err != nil {
		return "", err
	}
	if out.MediaID == "" {
		return "", c.nameless(addMaterial)
	}
	return out.MediaID, nil
}

func (c *Channel) addDraft(ctx context.Context, articles []article) (mediaID string, err error) {
	var out struct {
		MediaID string `json:"media_id"`
	}
	in := struct {
		Articles []article `json:"articles"`
	}{articles}
	if err := c.post(ctx, draftAdd, in, &out); err != nil {
		return "", err
	}
	if out.MediaID == "" {
		return "", c.nameless(draftAdd)
	}
	return out.MediaID, nil
}

type mediaID struct {
	MediaID string `json:"media_id"`
}

// kept is a draft as the platform stores it.
type kept struct {
	Items   []draft.Article `json:"news_item"`
	Created int64           `json:"create_time"`
	Updated int64           `json:"update_time"`
}

func (c *Channel) getDraft(ctx context.Context, id string) (kept, error) {
	var out kept
	if err := c.post(ctx, draftGet, mediaID{id}, &out); err != nil {
		return out, err
	}
	if len(out.Items) == 0 {
		return out, c.nameless(draftGet)
	}
	return out, nil
}

func (c *Channel) deleteDraft(ctx context.Context, id string) error {
	return c.confirmed(ctx, draftDelete, mediaID{id})
}

// confirmed makes a call whose only answer is yes. An answer that says nothing at all is not a yes.
func (c *Channel) confirmed(ctx context.Context, ep endpoint, in any) error {
	var out struct {
		Code *int64 `json:"errcode"`
	}
	if err := c.post(ctx, ep, in, &out); err != nil {
		return err
	}
	if out.Code == nil {
		return c.nameless(ep)
	}
	return nil
}

// submitted is the answer to freepublish/submit.
type submitted struct {
	PublishID number `json:"publish_id"`
	DataID    number `json:"msg_data_id"`
}

func (c *Channel) submitDraft(ctx context.Context, id string) (submitted, error) {
	var out submitted
	if err := c.post(ctx, pubSubmit, mediaID{id}, &out); err != nil {
		return out, err
	}
	if out.PublishID == "" {
		return out, c.nameless(pubSubmit)
	}
	return out, nil
}

// publication is the answer to freepublish/get.
type publication struct {
	Status    *freepublish.PublishStatus       `json:"publish_status"`
	ArticleID string                           `json:"article_id"`
	Detail    freepublish.PublishArticleDetail `json:"article_detail"`
	Failed    []uint                           `json:"fail_idx"`
}

func (c *Channel) publicationOf(ctx context.Context, publishID string) (publication, error) {
	var out publication
	in := struct {
		ID number `json:"publish_id"`
	}{number(publishID)}
	if err := c.post(ctx, pubGet, in, &out); err != nil {
		return out, err
	}
	if out.Status == nil {
		return out, c.nameless(pubGet)
	}
	out.ArticleID = strings.TrimSpace(out.ArticleID)
	return out, nil
}

func (c *Channel) articlesOf(ctx context.Context, articleID string) ([]freepublish.Article, error) {
	var out struct {
		Items []freepublish.Article `json:"news_item"`
	}
	in := struct {
		ID string `json:"article_id"`
	}{articleID}
	if err := c.post(ctx, pubArticle, in, &out); err != nil {
		return nil, err
	}
	if len(out.Items) == 0 {
		return nil, c.nameless(pubArticle)
	}
	return out.Items, nil
}

// deleteArticle deletes the article at index, counted from 1; 0 deletes the whole message.
func (c *Channel) deleteArticle(ctx context.Context, articleID string, index int) error {
	return c.confirmed(ctx, pubDelete, struct {
		ID    string `json:"article_id"`
		Index int    `json:"index"`
	}{articleID, index})
}

// sent is the answer to sendall, and to its repetition.
type sent struct {
	util.CommonError
	MsgID  number `json:"msg_id"`
	DataID number `json:"msg_data_id"`
}

func (c *Channel) sendAll(ctx context.Context, id, clientID string) (sent, error) {
	in := struct {
		Filter   map[string]any    `json:"filter"`
		News     mediaID           `json:"mpnews"`
		Type     broadcast.MsgType `json:"msgtype"`
		Reprint  int               `json:"send_ignore_reprint"`
		ClientID string            `json:"clientmsgid"`
	}{map[string]any{"is_to_all": true, "tag_id": ""}, mediaID{id}, broadcast.MsgTypeNews, 0, clientID}
	var out sent
	err := c.post(ctx, massSend, in, &out)
	if err == nil && out.MsgID == "" {
		err = c.nameless(massSend)
	}
	return out, err
}

type msgID struct {
	ID    number `json:"msg_id,omitempty"`
	URL   string `json:"url,omitempty"`
	Index int    `json:"article_idx,omitempty"`
}

// The states of a mass message.
const (
	massSending = "SENDING"
	massSuccess = "SEND_SUCCESS"
	massFailed  = "SEND_FAIL"
	massDeleted = "DELETE"
)

func (c *Channel) massStatus(ctx context.Context, id string) (string, error) {
	var out struct {
		Status string `json:"msg_status"`
	}
	if err := c.post(ctx, massGet, msgID{ID: number(id)}, &out); err != nil {
		return "", err
	}
	if out.Status == "" {
		return "", c.nameless(massGet)
	}
	return out.Status, nil
}

// deleteSent deletes one article of a mass message, counted from 1, by the message's id or by the article's address.
func (c *Channel) deleteSent(ctx context.Context, what msgID) error {
	return c.confirmed(ctx, massDelete, what)
}

// window is what both list calls take.
type window struct {
	Offset    int `json:"offset"`
	Count     int `json:"count"`
	NoContent int `json:"no_content"`
}
