package channels

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-resty/resty/v2"
	"golang.org/x/net/html"

	"tongfa/press"
)

// shelf is a website in memory: what it says by the path of an address.
type shelf map[string]string

func (s shelf) RoundTrip(r *http.Request) (*http.Response, error) {
	said, ok := s[r.URL.Path]
	status := http.StatusOK
	switch {
	case said == "broken":
		return nil, errors.New("connection refused")
	case said == "busy":
		status = http.StatusServiceUnavailable
	case said == "moved":
		status = http.StatusFound
	case !ok:
		status = http.StatusNotFound
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Location": {"https://other.example/"}}, Body: io.NopCloser(bytes.NewReader([]byte(said))), Request: r}, nil
}

func TestAPageIsSeenAsAReaderSeesIt(t *testing.T) {
	const page = `<!doctype html><h1 id="t">关于工作的通知</h1><div id="x"><p>现通知如下。</p></div><a href="a.pdf">表</a>`
	for name, c := range map[string]struct {
		page, file string
		status     press.SightingStatus
		words      string
	}{
		"as approved":             {page, "%PDF", press.SeenEqual, ""},
		"another word":            {strings.Replace(page, "如下", "如上", 1), "%PDF", press.SeenDiffers, "正文第5字起"},
		"another title":           {strings.Replace(page, "工作", "劳动", 1), "%PDF", press.SeenDiffers, "标题第3字起"},
		"sent on":                 {strings.Replace(page, "<h1", `<meta http-equiv=refresh content="3; URL='https://evil.example/'"><h1`, 1), "%PDF", press.SeenMoved, "https://evil.example/"},
		"loads itself again":      {strings.Replace(page, "<h1", `<meta http-equiv="REFRESH" content="3"><h1`, 1), "%PDF", press.SeenMoved, "自动跳转到 3"},
		"far too large":           {page + strings.Repeat("<p>大</p>", 2<<20), "%PDF", press.SeenDiffers, "MB"},
		"something beside":        {page + "<em>旁边</em>", "%PDF", press.SeenDiffers, "旁边有字"},
		"no text":                 {"<p>首页</p>", "%PDF", press.SeenDiffers, "找不到正文"},
		"withdrawn":               {"<!doctype html>\n<html lang=\"zh-CN\" data-marker=\"a\" data-withdrawn=\"gone\">", "%PDF", press.SeenGone, "已撤回"},
		"moved":                   {"moved", "%PDF", press.SeenMoved, "https://other.example/"},
		"a busy server":           {"busy", "%PDF", press.SeenBlind, "网站返回 HTTP 503，没有看到页面"},
		"no server":               {"broken", "%PDF", press.SeenBlind, "无法连接网站"},
		"no link to the file":     {strings.Replace(page, "a.pdf", "b.pdf", 1), "%PDF", press.SeenDiffers, "没有附件“表.pdf”的链接"},
		"another file":            {page, "%PDX", press.SeenDiffers, "与审签的文件不同"},
		"a file that is busy":     {page, "busy", press.SeenBlind, "文件“表.pdf”：网站返回 HTTP 503"},
		"a file that is not told": {page, "broken", press.SeenBlind, "文件“表.pdf”：无法连接网站"},
		"a file that moved":       {page, "moved", press.SeenDiffers, "打不开（HTTP 302）"},
	} {
		s := Sight{
			Get: NewGetter(nil, shelf{"/n.html": c.page, "/a.pdf": c.file}), Place: "网站", TitleID: "t", TextID: "x",
			Beside: func(_ press.Entry, root *html.Node) string {
				if FindElement(root, func(n *html.Node) bool { return n.Data == "em" }) != nil {
					return "旁边有字"
				}
				return ""
			},
			File: func(press.Asset) (string, string) { return "a.pdf", "https://www.example.gov.cn/a.pdf" },
		}
		e := press.Entry{Revision: press.Revision{Title: "关于工作的通知", Body: []press.Block{press.P("现通知如下。")},
			Attachments: []press.Asset{{Name: "表.pdf", Digest: hexDigest([]byte("%PDF"))}}}}
		e.Copy.ID = 7
		now := time.Date(2026, 11, 24, 18, 0, 0, 0, time.UTC)
		got := s.Look(t.Context(), e, "https://www.example.gov.cn/n.html", now)
		if got.Status != c.status || !strings.Contains(got.Detail, c.words) || got.Copy != 7 || !got.At.Equal(now) || got.URL != "https://www.example.gov.cn/n.html" {
			t.Errorf("%s: %+v, want %s %q", name, got, c.status, c.words)
		}
	}
}

func TestWhyNothingWasSeen(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("get: %w", ErrPrivate), "allow_private"}, {context.Canceled, "核验被中断"}, {context.DeadlineExceeded, "没有响应"},
		{&net.DNSError{Err: "no such host"}, "网站域名解析失败"}, {errors.New("refused"), "无法连接网站"},
		{fmt.Errorf("get: %w", resty.ErrResponseBodyTooLarge), "没有尽头"}, {fmt.Errorf("get: %w", io.ErrUnexpectedEOF), "一部分"},
	} {
		if got := Blind("网站", c.err); !strings.Contains(got, c.want) {
			t.Errorf("%v is told as %q, want %q", c.err, got, c.want)
		}
	}
}
