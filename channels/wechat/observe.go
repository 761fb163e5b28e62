package wechat

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/net/html"

	"tongfa/channels"
	"tongfa/press"
)

// The elements of an article's page.
const (
	contentID = "js_content"
	titleID   = "activity-name"
)

// Observe reads an article as the public does and compares its title, its text and the number of its pictures with what was approved. The
// platform answers 200 also where there is nothing to read.
func (c *Channel) Observe(ctx context.Context, e press.Entry) (press.Sighting, error) {
	seen := press.Sighting{Copy: e.Copy.ID, URL: e.Copy.URL, At: c.o.Now(), Status: press.SeenBlind}
	if e.Copy.URL == "" {
		seen.Detail = "还没有文章链接，无法查看；请新媒体编辑登记链接"
		return seen, nil
	}
	page, err := c.o.Get.Get(ctx, c.secure(e.Copy.URL))
	seen.Elapsed = page.Elapsed
	switch {
	case err != nil:
		seen.Detail = channels.Blind("微信", err)
	case page.Status >= 300 && page.Status < 400:
		seen.Status, seen.Detail = press.SeenMoved, "文章被跳转到 "+page.Location
	case page.Status == http.StatusNotFound || page.Status == http.StatusGone:
		seen.Status, seen.Detail = press.SeenGone, fmt.Sprintf("文章打不开（HTTP %d）", page.Status)
	case page.Status != http.StatusOK:
		seen.Detail = fmt.Sprintf("微信返回 HTTP %d，没有看到文章", page.Status)
	default:
		seen.Status, seen.Digest, seen.Detail = comparePage(e, page.Body)
	}
	return seen, nil
}

// secure is an article's address as it is really served: the interface still tells http, which is answered with a redirect.
func (c *Channel) secure(address string) string {
	host, rest, found := strings.Cut(strings.TrimPrefix(address, "http://"), "/")
	if found && strings.HasPrefix(address, "http://") && c.c.Articles == "https://"+host {
		return c.c.Articles + "/" + rest
	}
	return address
}

func comparePage(e press.Entry, body []byte) (status press.SightingStatus, digest, detail string) {
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return press.SeenBlind, "", "网页无法读取"
	}
	content := byID(root, contentID)
	if content == nil {
		status, detail = notice(channels.NodeText(root))
		return status, "", detail
	}
	s := channels.Sighted(e, press.Text(e.Revision.Body), channels.NodeText(content))
	if s.Status != press.SeenEqual {
		return s.Status, s.Digest, "正文" + s.Detail
	}
	if n := byID(root, titleID); n != nil {
		if equal, where := channels.Compare(title(e.Revision), channels.NodeText(n)); !equal {
			return press.SeenDiffers, s.Digest, "标题" + where
		}
	}
	if want, got := figures(e.Revision.Body), images(content); want != got {
		return press.SeenDiffers, s.Digest, fmt.Sprintf("正文应有%d张图片，所见%d张", want, got)
	}
	return press.SeenEqual, s.Digest, ""
}

func byID(root *html.Node, id string) *html.Node {
	return channels.FindElement(root, func(n *html.Node) bool { return channels.AttrOf(n, "id") == id })
}

// ownerDeleted is what is told of an article that the account itself has taken back.
const ownerDeleted = "文章已被发布者删除"

// notice reads the page that stands where an article was.
func notice(text string) (press.SightingStatus, string) {
	for _, k := range []struct {
		status press.SightingStatus
		detail string
		words  []string
	}{
		{press.SeenBlind, "微信要求验证，没有看到文章，稍后再看", []string{"环境异常", "完成验证", "访问过于频繁", "操作频繁", "请在微信客户端打开"}},
		{press.SeenGone, ownerDeleted, []string{"已被发布者删除", "内容已删除"}},
		{press.SeenBanned, "文章被平台屏蔽，请公众号管理员立即查看通知",
			[]string{"因违规无法查看", "违反相关", "被投诉", "已停止访问", "内容无法查看", "账号已被屏蔽", "账号已停止使用", "此帐号"}},
		{press.SeenMoved, "公众号已迁移，文章不在原处", []string{"公众号已迁移", "帐号已迁移", "账号已迁移"}},
		{press.SeenGone, "链接打不开文章", []string{"链接已失效", "链接无效", "链接不存在", "参数错误"}},
		{press.SeenBlind, "这是临时链接，已经过期；请新媒体编辑登记永久链接", []string{"链接已过期"}},
	} {
		for _, w := range k.words {
			if strings.Contains(text, w) {
				return k.status, k.detail
			}
		}
	}
	return press.SeenBlind, "网页上没有文章，也没有认识的提示，无法判断"
}

// figures counts the pictures that a body shows.
func figures(blocks []press.Block) (n int) {
	press.Walk(blocks, func(b press.Block) {
		if b.Kind == press.Figure && b.Picture != nil {
			n++
		}
	})
	return n
}

func images(content *html.Node) (n int) {
	for d := range content.Descendants() {
		if d.Type == html.ElementNode && d.Data == "img" {
			n++
		}
	}
	return n
}
