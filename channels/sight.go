package channels

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tongfa/press"
)

// Sight is how a driver looks at a page that it wrote itself, as a reader sees it.
type Sight struct {
	Get             *Getter
	Place           string                                     // what a sentence calls the place, such as 网站
	TitleID, TextID string                                     // of the elements that hold exactly the approved title and text
	File            func(a press.Asset) (link, address string) // how the page links a file, and where the file is

	// Files are those that the driver made itself and put beside the page. It may be nil.
	Files func(e press.Entry) []FileBeside

	// Beside looks at what stands around title and text, and says what is not as the driver writes it; "" for nothing. It may be nil.
	Beside func(e press.Entry, root *html.Node) string
}

// FileBeside is a file that a driver made and put out beside a page, and its SHA-256.
type FileBeside struct{ Name, Address, Digest string }

// mostPage is more than any page of an item has. A larger one is not taken apart, for that takes many times its size.
const mostPage = 16 << 20

// Look fetches the page of an entry and compares its title and text with the approved ones, and each attachment and picture by its
// SHA-256.
func (s Sight) Look(ctx context.Context, e press.Entry, address string, now time.Time) press.Sighting {
	seen := press.Sighting{Copy: e.Copy.ID, URL: address, At: now}
	page, err := s.Get.Get(ctx, address)
	seen.Elapsed = page.Elapsed
	if err != nil {
		seen.Status, seen.Detail = press.SeenBlind, Blind(s.Place, err)
		return seen
	}
	if seen.Status, seen.Detail = s.answer(page); seen.Status != "" {
		return seen
	}
	if len(page.Body) > mostPage {
		seen.Status, seen.Detail = press.SeenDiffers, fmt.Sprintf("返回的页面有%dMB，不是原来的页面", len(page.Body)>>20)
		return seen
	}
	root, err := html.Parse(bytes.NewReader(page.Body))
	if err != nil {
		seen.Status, seen.Detail = press.SeenDiffers, "返回的内容不是网页"
		return seen
	}
	s.compare(&seen, e, root)
	if seen.Status == press.SeenEqual {
		seen.Status, seen.Detail = s.compareFiles(ctx, e, linksIn(root))
	}
	return seen
}

// Blind says in words why nothing could be seen.
func Blind(place string, err error) string {
	var dns *net.DNSError
	var netErr net.Error
	switch {
	case errors.Is(err, ErrPrivate):
		return place + "地址指向内部网络，核验程序不访问；如确属本单位网络或演练用的模拟接口，请系统管理员在 allow_private 中登记"
	case errors.Is(err, resty.ErrResponseBodyTooLarge):
		return place + "返回的内容没有尽头或者过大，没有看完页面"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return place + "只返回了一部分内容，没有看到完整页面"
	case errors.Is(err, context.Canceled):
		return "核验被中断，稍后再看"
	case errors.As(err, &dns):
		return place + "域名解析失败，没有看到页面"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		return place + "在限定时间内没有响应，没有看到页面"
	}
	return "无法连接" + place + "，没有看到页面"
}

// answer judges what the server said before anything of the page is read; "" means go on.
func (s Sight) answer(p Page) (press.SightingStatus, string) {
	switch {
	case p.Status == http.StatusNotFound, p.Status == http.StatusGone:
		return press.SeenGone, fmt.Sprintf("页面打不开（HTTP %d）", p.Status)
	case p.Status >= 300 && p.Status < 400:
		return press.SeenMoved, "页面被跳转到 " + p.Location
	case p.Status != http.StatusOK:
		return press.SeenBlind, fmt.Sprintf("%s返回 HTTP %d，没有看到页面", s.Place, p.Status)
	}
	if head, _ := HeadOf(p.Body); head.Withdrawn != "" {
		return press.SeenGone, "页面显示已撤回"
	}
	return "", ""
}

// sentOn is the address that a page sends its readers to by itself; "" when it does not.
func sentOn(root *html.Node) string {
	n := FindElement(root, func(n *html.Node) bool {
		return n.DataAtom == atom.Meta && strings.EqualFold(strings.TrimSpace(AttrOf(n, "http-equiv")), "refresh")
	})
	if n == nil {
		return ""
	}
	content := AttrOf(n, "content")
	if at := strings.Index(strings.ToLower(content), "url="); at >= 0 {
		return strings.Trim(content[at+len("url="):], " '\"")
	}
	return cmp.Or(content, "另一页")
}

// compare compares title and text, and what stands beside them.
func (s Sight) compare(seen *press.Sighting, e press.Entry, root *html.Node) {
	if to := sentOn(root); to != "" {
		seen.Status, seen.Detail = press.SeenMoved, "页面自动跳转到 "+to
		return
	}
	seen.Status = press.SeenDiffers
	text, ok := textIn(root, s.TextID)
	if !ok {
		seen.Detail = "页面上找不到正文，网站返回的可能是另一个页面"
		return
	}
	seen.Digest = press.DigestText(text)
	if seen.Changes, seen.Detail = difference(press.Text(e.Revision.Body), text); seen.Detail != "" {
		seen.Detail = "正文" + seen.Detail
		return
	}
	title, _ := textIn(root, s.TitleID)
	if seen.Changes, seen.Detail = difference(e.Revision.Title, title); seen.Detail != "" {
		seen.Detail = "标题" + seen.Detail
		return
	}
	if s.Beside != nil {
		if seen.Detail = s.Beside(e, root); seen.Detail != "" {
			return
		}
	}
	seen.Status = press.SeenEqual
}

// compareFiles fetches every attachment and picture of the revision, and what the driver made beside the page. A file that cannot be fetched now says nothing of the page.
func (s Sight) compareFiles(ctx context.Context, e press.Entry, linked map[string]bool) (press.SightingStatus, string) {
	for _, a := range FilesOf(e.Revision) {
		link, address := s.File(a)
		if !linked[link] && slices.ContainsFunc(e.Revision.Attachments, func(x press.Asset) bool { return x.Digest == a.Digest }) {
			return press.SeenDiffers, "页面上没有附件“" + a.Name + "”的链接"
		}
		got, status, said := s.fetch(ctx, a.Name, address)
		switch {
		case status != "":
			return status, said
		case hexDigest(got) != a.Digest:
			return press.SeenDiffers, fmt.Sprintf("文件“%s”与审签的文件不同（原文件%d字节，所见%d字节）", a.Name, a.Size, len(got))
		}
	}
	if s.Files == nil {
		return press.SeenEqual, ""
	}
	for _, m := range s.Files(e) {
		got, status, said := s.fetch(ctx, m.Name, m.Address)
		switch {
		case status != "":
			return status, said
		case hexDigest(got) != m.Digest:
			return press.SeenDiffers, fmt.Sprintf("文件“%s”与发布的文件不同", m.Name)
		}
	}
	return press.SeenEqual, ""
}

// fetch gets a file that stands beside a page; a status where it is not there.
func (s Sight) fetch(ctx context.Context, name, address string) ([]byte, press.SightingStatus, string) {
	got, err := s.Get.Get(ctx, address)
	switch {
	case err != nil:
		return nil, press.SeenBlind, "文件“" + name + "”：" + Blind(s.Place, err)
	case got.Status >= 500 || got.Status == http.StatusTooManyRequests:
		return nil, press.SeenBlind, fmt.Sprintf("文件“%s”：%s返回 HTTP %d，没有看到", name, s.Place, got.Status)
	case got.Status != http.StatusOK:
		return nil, press.SeenDiffers, fmt.Sprintf("文件“%s”打不开（HTTP %d）", name, got.Status)
	}
	return got.Body, "", ""
}
