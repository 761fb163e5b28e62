package wechat

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/silenceper/wechat/v2/officialaccount/draft"

	"tongfa/channels"
	"tongfa/press"
)

// fresh is how long a new cover may be unknown to the draft service.
const fresh = 2 * time.Minute

// articles uploads what an edition needs and makes its articles. It may be repeated: what was uploaded is remembered.
func (c *Channel) articles(ctx context.Context, a press.Act, j channels.Journal) ([]article, error) {
	if n := len(a.Edition.Entries); n == 0 || n > mostArticles {
		return nil, &press.Trouble{Remedy: press.AskPerson, Who: operator, Do: "检查渠道配置 per_message",
			What: fmt.Sprintf("一条消息只能有1到%d篇文章，这一期有%d篇", mostArticles, n), Err: errors.New("wrong number of articles")}
	}
	var list []article
	for _, e := range a.Edition.Entries {
		one, err := c.article(ctx, e, len(a.Edition.Entries) == 1, j)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

func (c *Channel) article(ctx context.Context, e press.Entry, single bool, j channels.Journal) (article, error) {
	pictures, err := c.pictures(ctx, e, j)
	if err != nil {
		return article{}, err
	}
	content := c.render(e, func(digest string) string { return pictures[digest] })
	if len(content) >= contentBytes {
		return article{}, &press.Trouble{Remedy: press.ChangeText, Who: editor, Do: "拆成几篇，或者把大的表格改成附件", Code: "45002",
			What: fmt.Sprintf("《%s》的正文排版后有%d字节，平台要求小于1MB", e.Revision.Title, len(content)), Err: errors.New("content is too large")}
	}
	if n := utf8.RuneCountInString(content); n > contentWarn {
		c.o.Log.Warn("content is longer than the documented limit", "item", string(e.Item.ID), "characters", n)
	}
	cover, err := c.cover(ctx, e, j)
	if err != nil {
		return article{}, err
	}
	out := article{ArticleType: "news", Article: draft.Article{
		Title: title(e.Revision), Author: c.author(e.Revision.Meta), Content: content, ContentSourceURL: sourceURL(e), ThumbMediaID: cover,
	}}
	if c.c.Comment {
		out.NeedOpenComment = 1
	}
	if single { // the platform shows no digest in a message of several
		out.Digest = digest(e.Revision)
	}
	return out, nil
}

// title is the full title, or the short one where there is one and the documented limit asks for it.
func title(r press.Revision) string { return separators.Replace(r.TitleWithin(titleSafe)) }

// author is the line under the title. A name that is too long is replaced, never cut.
func (c *Channel) author(m press.Meta) string {
	for _, name := range []string{c.c.Author, m.Author, m.Issuer, c.c.Account} {
		if n := utf8.RuneCountInString(name); n > 0 && n <= authorMax {
			return name
		}
	}
	return ""
}

// digest is what a card shows below the title: the summary, or how the text begins.
func digest(r press.Revision) string {
	s, most := r.Meta.Summary, digestMax
	if strings.TrimSpace(s) == "" {
		s, most = press.Bare(r.Body), 54
	}
	s = strings.Join(strings.Fields(s), " ") // of every width, separators included
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}

// pictures uploads the pictures of a body and returns their addresses by digest.
func (c *Channel) pictures(ctx context.Context, e press.Entry, j channels.Journal) (map[string]string, error) {
	at := map[string]string{}
	var err error
	press.Walk(e.Revision.Body, func(b press.Block) {
		if b.Kind != press.Figure || b.Picture == nil || err != nil || at[b.Picture.Digest] != "" {
			return
		}
		at[b.Picture.Digest], err = c.bodyPicture(ctx, b.Picture.Digest, e, j)
	})
	return at, err
}

func (c *Channel) bodyPicture(ctx context.Context, digest string, e press.Entry, j channels.Journal) (string, error) {
	return c.uploaded(ctx, j, "body:"+digest, func() (string, error) {
		data, err := c.blob(ctx, digest, e)
		if err != nil {
			return "", err
		}
		out, ext, err := bodyImage(data)
		if err != nil {
			return "", badPicture("正文的图片", e, err)
		}
		return c.uploadPicture(ctx, digest[:min(len(digest), 16)]+"."+ext, out)
	})
}

// cover is the media id of an entry's cover.
func (c *Channel) cover(ctx context.Context, e press.Entry, j channels.Journal) (string, error) {
	ref, err := c.uploaded(ctx, j, coverKey(e), func() (string, error) {
		data, name, err := c.coverFile(ctx, e)
		if err != nil {
			return "", err
		}
		id, err := c.uploadCover(ctx, name, data)
		return id + " " + strconv.FormatInt(c.o.Now().Unix(), 10), err
	})
	id, _, _ := strings.Cut(ref, " ")
	return id, err
}

func coverKey(e press.Entry) string {
	if e.Revision.Cover == nil {
		return "cover:plain-1"
	}
	return "cover:" + e.Revision.Cover.Digest
}

func (c *Channel) coverFile(ctx context.Context, e press.Entry) (data []byte, name string, err error) {
	if e.Revision.Cover == nil {
		data, err = plainCover()
		return data, "cover.png", err
	}
	data, err = c.blob(ctx, e.Revision.Cover.Digest, e)
	if err != nil {
		return nil, "", err
	}
	if data, err = coverImage(data); err != nil {
		return nil, "", badPicture("封面", e, err)
	}
	return data, "cover.jpg", nil
}

func badPicture(what string, e press.Entry, err error) error {
	return &press.Trouble{Remedy: press.ChangeText, Who: editor, Do: "换成 JPG 或 PNG 图片后重新送审",
		What: fmt.Sprintf("《%s》%s打不开或者太大", e.Revision.Title, what), Err: err}
}

// uploaded is what the platform called a file, uploading it when it never was.
func (c *Channel) uploaded(ctx context.Context, j channels.Journal, key string, upload func() (string, error)) (string, error) {
	key = c.c.AppID + ":" + key
	ref, ok, err := j.Asset(ctx, key)
	if err != nil {
		return "", fmt.Errorf("read upload: %w", err)
	}
	if ok && ref != "" {
		return ref, nil
	}
	if ref, err = upload(); err != nil {
		return "", err
	}
	if err := j.Keep(context.WithoutCancel(ctx), key, ref); err != nil {
		return "", fmt.Errorf("keep upload: %w", err)
	}
	return ref, nil
}

// blob reads a picture of an entry.
func (c *Channel) blob(ctx context.Context, digest string, e press.Entry) ([]byte, error) {
	return channels.Approved(ctx, c.o.Blobs, digest, "《"+e.Revision.Title+"》的图片")
}

// coverLost deals with a cover that the draft service does not know. A new one becomes known in seconds; one that somebody deleted from the
// library is forgotten, so that the next attempt uploads it again.
func (c *Channel) coverLost(ctx context.Context, a press.Act, j channels.Journal, refused error) error {
	const most = 8 // attempts
	if a.Attempt >= most {
		return refused
	}
	for _, e := range a.Edition.Entries {
		key := c.c.AppID + ":" + coverKey(e)
		ref, ok, err := j.Asset(ctx, key)
		if err != nil {
			return fmt.Errorf("read upload: %w", err)
		}
		if !ok || c.isFresh(ref) {
			continue
		}
		if err := j.Keep(ctx, key, ""); err != nil {
			return fmt.Errorf("forget upload: %w", err)
		}
	}
	return &press.Trouble{Remedy: press.TryAgain, What: "平台还不认识封面（刚上传，或者在素材库里被删除），稍后自动重试", Code: "40007",
		Raw: press.TroubleOf(refused).Raw, Err: errors.New("cover is not known yet")}
}

func (c *Channel) isFresh(ref string) bool {
	_, at, _ := strings.Cut(ref, " ")
	unix, err := strconv.ParseInt(at, 10, 64)
	return err == nil && c.o.Now().Sub(time.Unix(unix, 0)) < fresh
}
