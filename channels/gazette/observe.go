package gazette

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"tongfa/channels"
	"tongfa/press"
)

// Observe fetches the page of an entry as a reader does, and compares its title and text with the approved ones, and each
// attachment and picture by its SHA-256.
func (c *Channel) Observe(ctx context.Context, e press.Entry) (press.Sighting, error) {
	address := e.Copy.URL
	if address == "" {
		address = c.Address(e)
	}
	seen := press.Sighting{Copy: e.Copy.ID, URL: address, At: c.o.Now()}
	if address == "" {
		seen.Status, seen.Detail = press.SeenBlind, "这一期还没有编号，不知道网址"
		return seen, nil
	}
	page, err := c.o.Get.Get(ctx, address)
	seen.Elapsed = page.Elapsed
	if err != nil {
		seen.Status, seen.Detail = press.SeenBlind, blindDetail(err)
		return seen, nil
	}
	if status, detail := answer(page); status != "" {
		seen.Status, seen.Detail = status, detail
		return seen, nil
	}
	seen.Status, seen.Digest, seen.Detail = comparePage(e, page.Body)
	if seen.Status == press.SeenEqual {
		seen.Status, seen.Detail = c.compareFiles(ctx, e, address, page.Body)
	}
	return seen, nil
}

// blindDetail says in words why nothing could be seen.
func blindDetail(err error) string {
	var dns *net.DNSError
	var netErr net.Error
	switch {
	case errors.Is(err, channels.ErrPrivate):
		return "公报地址指向内部网络，核验程序不访问；如确属本单位网络，请系统管理员在 allow_private 中登记"
	case errors.Is(err, context.Canceled):
		return "核验被中断，稍后再看"
	case errors.As(err, &dns):
		return "公报域名解析失败，没有看到页面"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		return "公报网站在限定时间内没有响应，没有看到页面"
	}
	return "无法连接公报网站，没有看到页面"
}

// answer judges what the server said before anything of the page is read; "" means go on.
func answer(p channels.Page) (press.SightingStatus, string) {
	_, withdrawn := stateIn(p.Body)
	switch {
	case p.Status == http.StatusNotFound, p.Status == http.StatusGone:
		return press.SeenGone, fmt.Sprintf("页面打不开（HTTP %d）", p.Status)
	case p.Status >= 300 && p.Status < 400:
		return press.SeenMoved, "页面被跳转到 " + p.Location
	case p.Status != http.StatusOK:
		return press.SeenBlind, fmt.Sprintf("公报网站返回 HTTP %d，没有看到页面", p.Status)
	case withdrawn != "":
		return press.SeenGone, "页面显示已撤回"
	}
	return "", ""
}

// comparePage compares title and text.
func comparePage(e press.Entry, page []byte) (status press.SightingStatus, digest, detail string) {
	text, ok := channels.TextIn(page, textID)
	if !ok {
		return press.SeenDiffers, "", "页面上找不到正文"
	}
	sighted := channels.Sighted(e, press.Text(e.Revision.Body), text)
	if sighted.Status != press.SeenEqual {
		return press.SeenDiffers, sighted.Digest, "正文" + sighted.Detail
	}
	title, _ := channels.TextIn(page, titleID)
	if equal, where := channels.Compare(e.Revision.Title, title); !equal {
		return press.SeenDiffers, sighted.Digest, "标题" + where
	}
	return press.SeenEqual, sighted.Digest, ""
}

// compareFiles fetches every attachment and picture of the revision. A file that cannot be fetched now says nothing of the page.
func (c *Channel) compareFiles(ctx context.Context, e press.Entry, address string, page []byte) (press.SightingStatus, string) {
	base, name := path.Split(address)
	dir := strings.TrimSuffix(name, ".html")
	linked := linksIn(page)
	for _, a := range assetsOf(e.Revision) {
		rel := href(path.Join(dir, fileName(a)))
		if !linked[rel] && slices.ContainsFunc(e.Revision.Attachments, func(x press.Asset) bool { return x.Digest == a.Digest }) {
			return press.SeenDiffers, "页面上没有附件“" + a.Name + "”的链接"
		}
		got, err := c.o.Get.Get(ctx, base+rel)
		switch {
		case err != nil:
			return press.SeenBlind, "文件“" + a.Name + "”：" + blindDetail(err)
		case got.Status >= 500 || got.Status == http.StatusTooManyRequests:
			return press.SeenBlind, fmt.Sprintf("文件“%s”：公报网站返回 HTTP %d，没有看到", a.Name, got.Status)
		case got.Status != http.StatusOK:
			return press.SeenDiffers, fmt.Sprintf("文件“%s”打不开（HTTP %d）", a.Name, got.Status)
		case sum(got.Body) != a.Digest:
			return press.SeenDiffers, fmt.Sprintf("文件“%s”与审签的文件不同（原文件%d字节，所见%d字节）", a.Name, a.Size, len(got.Body))
		}
	}
	return press.SeenEqual, ""
}

// linksIn are the addresses that a page links or shows.
func linksIn(page []byte) map[string]bool {
	found := map[string]bool{}
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return found
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			found[channels.AttrOf(n, "href")] = true
			found[channels.AttrOf(n, "src")] = true
		}
	}
	return found
}
