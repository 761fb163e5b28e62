package site

import (
	"bytes"
	"net/http/httptest"
	"net/netip"
	"os"
	"path"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"tongfa/channels"
	"tongfa/channels/channeltest"
	"tongfa/config"
	"tongfa/press"
	"tongfa/standin"
)

// newHosted is a town whose website stands on a host that can fail.
func newHosted(t *testing.T) (*town, *standin.Host) {
	t.Helper()
	root := channeltest.FastDir(t)
	host := standin.NewHost(root)
	srv := httptest.NewServer(host)
	t.Cleanup(srv.Close)
	w := newTown(t, func(c *config.Site) { c.Root, c.URL = root, srv.URL })
	w.site.o.Get = channels.NewGetter([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, nil)
	return w, host
}

func TestAHostThatFailsIsNotAPageThatChanged(t *testing.T) {
	w, host := newHosted(t)
	e := w.amend(press.Annotate, w.publish(w.entry(w.withNames("表.pdf")))[0], func(e *press.Entry) { e.Remarks = append(e.Remarks, repealedBy(w.clock())) })
	page := "/" + w.path(e)
	w.sees(e, press.SeenEqual)
	for name, c := range map[string]struct {
		fault standin.HostFault
		want  press.SightingStatus
		words string
	}{
		"drop":     {standin.HostFault{Do: standin.HostDrop}, press.SeenBlind, "无法连接网站"},
		"500":      {standin.HostFault{Do: standin.HostStatus, Status: 500}, press.SeenBlind, "HTTP 500"},
		"503":      {standin.HostFault{Do: standin.HostStatus, Status: 503}, press.SeenBlind, "HTTP 503"},
		"429":      {standin.HostFault{Do: standin.HostStatus, Status: 429}, press.SeenBlind, "HTTP 429"},
		"403":      {standin.HostFault{Do: standin.HostStatus, Status: 403}, press.SeenBlind, "HTTP 403"},
		"redirect": {standin.HostFault{Do: standin.HostRedirect, To: "https://other.example/"}, press.SeenMoved, "https://other.example/"},
		"half":     {standin.HostFault{Do: standin.HostHalf}, press.SeenBlind, "一部分"},
		"endless":  {standin.HostFault{Do: standin.HostEndless}, press.SeenBlind, "没有尽头"},
		"soft 404": {standin.HostFault{Do: standin.HostOther, Body: "<html><body><h1>您访问的页面不存在</h1></body></html>"}, press.SeenDiffers, "找不到正文"},
	} {
		c.fault.Path = page
		if err := host.Fail(c.fault); err != nil {
			t.Fatal(err)
		}
		if s := w.sees(e, c.want); !strings.Contains(s.Detail, c.words) {
			t.Errorf("%s is told as %q", name, s.Detail)
		}
		host.Mend()
	}
	const late = 30 * time.Millisecond
	must(t, host.Fail(standin.HostFault{Path: page, Delay: late}))
	if s := w.sees(e, press.SeenEqual); s.Elapsed < late {
		t.Errorf("a slow page took %v", s.Elapsed)
	}
	host.Mend()
	must(t, host.Fail(standin.HostFault{Path: page, Do: standin.HostStale}))
	now := w.amend(press.Amend, e, w.revised())
	if s := w.sees(now, press.SeenDiffers); len(s.Changes) == 0 {
		t.Errorf("an old copy in a cache is told as %q", s.Detail)
	}
}

func TestWhatABurglarDoesIsSeen(t *testing.T) {
	for name, c := range map[string]struct {
		do    func(h *standin.Host, page, file string) error
		want  press.SightingStatus
		words string
	}{
		"words":             {edited("依法依规", "酌情"), press.SeenDiffers, "共1处"},
		"title":             {edited("关于第", "有关第"), press.SeenDiffers, "标题"},
		"deleted":           {func(h *standin.Host, page, _ string) error { return h.Delete(page) }, press.SeenGone, "HTTP 404"},
		"file, same size":   {func(h *standin.Host, _, file string) error { return h.Edit(file, "%PDF", "%PDX") }, press.SeenDiffers, "与审签的文件不同"},
		"file gone":         {func(h *standin.Host, _, file string) error { return h.Delete(file) }, press.SeenDiffers, "打不开"},
		"refresh":           {edited("<title>", `<meta http-equiv="Refresh" content="0;URL='https://evil.example/'"><title>`), press.SeenMoved, "https://evil.example/"},
		"script":            {injected("<script>location='https://evil.example/'</script>"), press.SeenDiffers, "脚本"},
		"script from afar":  {injected(`<script src="https://evil.example/x.js"></script>`), press.SeenDiffers, "脚本"},
		"handler":           {edited("<main", `<main onclick="x()"`), press.SeenDiffers, "脚本（onclick）"},
		"frame":             {injected(`<iframe src="https://evil.example/"></iframe>`), press.SeenDiffers, "内嵌页面"},
		"object":            {injected(`<object data="/x.swf"></object>`), press.SeenDiffers, "内嵌页面"},
		"form":              {injected(`<form action="https://evil.example/"></form>`), press.SeenDiffers, "表单"},
		"hidden link":       {injected(`<div style="display:none"><a href="https://evil.example/">x</a></div>`), press.SeenDiffers, "样式"},
		"link without text": {edited("依法依规", `依法<a href="https://evil.example/"></a>依规`), press.SeenDiffers, "https://evil.example/"},
		"script link":       {edited("依法依规", `<a href="javascript:x()">依法依规</a>`), press.SeenDiffers, "javascript:x()"},
		"protocol link":     {edited("依法依规", `<a href="//evil.example/">依法依规</a>`), press.SeenDiffers, "//evil.example/"},
		"picture from afar": {injected(`<img src="https://evil.example/x.gif" alt="">`), press.SeenDiffers, "https://evil.example/x.gif"},
		"picture within":    {injected(`<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt="">`), press.SeenDiffers, "data:image"},
		"drawing":           {injected(`<svg><path d="M0 0h9v9"/></svg>`), press.SeenDiffers, "图形"},
		"another QR code":   {edited("M4 4h7v1h-7z", "M4 4h6v1h-6z"), press.SeenDiffers, "二维码"},
		"no QR code":        {edited(`<svg class="qr"`, `<b class="qr"`), press.SeenDiffers, "二维码"},
		"style":             {edited("<title>", "<style>#main{display:none}</style><title>"), press.SeenDiffers, "style"},
		"style sheet":       {edited("<title>", `<link rel="stylesheet" href="/evil.css"><title>`), press.SeenDiffers, "样式表"},
		"other words":       {edited("</article>", "<p>点此领取补贴</p></article>"), press.SeenDiffers, "正文之外的文字"},
		"banner gone":       {edited("本文件已废止", "本文件有效"), press.SeenDiffers, "正文之外的文字"},
		"another page":      {edited(`data-marker="`, `data-marker="0`), press.SeenDiffers, "不是系统为这一稿件写的页面"},
	} {
		t.Run(name, func(t *testing.T) {
			w, host := newHosted(t)
			e := w.amend(press.Annotate, w.publish(w.entry(w.withNames("表.pdf")))[0], func(e *press.Entry) { e.Remarks = append(e.Remarks, repealedBy(w.clock())) })
			w.sees(e, press.SeenEqual)
			page := "/" + w.path(e)
			must(t, c.do(host, page, path.Join(filesDir(page), channels.FileName(e.Revision.Attachments[0]))))
			if s := w.sees(e, c.want); !strings.Contains(s.Detail, c.words) {
				t.Errorf("told as %q, want %q", s.Detail, c.words)
			}
		})
	}
}

func edited(was, now string) func(*standin.Host, string, string) error {
	return func(h *standin.Host, page, _ string) error { return h.Edit(page, was, now) }
}

func injected(code string) func(*standin.Host, string, string) error {
	return func(h *standin.Host, page, _ string) error { return h.Inject(page, code) }
}

// An item may link to other websites, show pictures and be related to others: none of that is foreign. A page with an older look is not either.
func TestWhatTheProgramWritesIsNotForeign(t *testing.T) {
	w, _ := newHosted(t)
	picture := []byte("\x89PNG")
	e := w.publish(w.entry(func(e *press.Entry) {
		digest := w.memory.Put(picture)
		e.Revision.Images = []press.Asset{{Digest: digest, Name: "图.png", MIME: "image/png", Width: 3, Height: 2}}
		e.Revision.Body = append(e.Revision.Body, press.Block{Kind: press.Figure, Picture: &press.Picture{Digest: digest, Alt: "图"}},
			press.Block{Kind: press.Paragraph, Spans: []press.Span{{Text: "见国家平台", Link: "https://www.example.org/a?b=1&c=2"}}},
			press.Block{Kind: press.TableKind, Table: &press.Table{Rows: [][]press.Cell{{{Spans: []press.Span{{Text: "邮箱", Link: "mailto:a@example.org"}}}}}}})
		e.Links = []press.Link{{Rel: press.LinkInterprets, Title: "上级文件", URL: "https://www.example.org/doc"}}
	}))[0]
	e = w.amend(press.Amend, e, w.revised(func(e *press.Entry) { e.Remarks = append(e.Remarks, repealedBy(w.clock())) }))
	w.publish(w.entry(func(n *press.Entry) {
		n.Links = []press.Link{{Rel: press.LinkInterprets, Item: e.Item.ID, Title: e.Revision.Title, URL: e.Copy.URL}}
	}))
	w.sees(e, press.SeenEqual)
	rel := w.site.abs(w.path(e))
	older := strings.ReplaceAll(string(w.read(w.path(e))), path.Dir(w.site.assets.css), "assets/0123456789")
	must(t, os.WriteFile(rel, []byte(strings.Replace(older, "扫码在手机上阅读", "手机扫码", 1)), 0o644))
	w.sees(e, press.SeenEqual)
	must(t, os.WriteFile(rel, []byte(strings.Replace(older, "更正为12月11日", "", 1)), 0o644))
	w.sees(e, press.SeenDiffers)
}

// crumbs is a file that arrives on the disk a few bytes at a time.
type crumbs struct{ channels.File }

func (c crumbs) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		m, err := c.File.Write(p[:min(len(p), 256)])
		n += m
		if err != nil {
			return n, err
		}
		p = p[m:]
		runtime.Gosched()
	}
	return n, nil
}

// Readers who come while a page is written again and again, slowly, find a whole page each time.
func TestNobodySeesHalfAPage(t *testing.T) {
	w := newTown(t)
	create := w.site.disk.Create
	w.site.disk.Create = func(name string) (channels.File, error) {
		f, err := create(name)
		return crumbs{f}, err
	}
	e := w.publish(w.entry(w.withNames("表.pdf")))[0]
	name := w.site.abs(w.path(e))
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for reads := 0; ; reads++ {
				page, err := os.ReadFile(name)
				if err != nil || !bytes.HasPrefix(page, []byte("<!doctype html>")) || !bytes.HasSuffix(bytes.TrimSpace(page), []byte("</html>")) {
					t.Errorf("read %d: %d bytes, %v", reads, len(page), err)
					return
				}
				select {
				case <-stop:
					return
				default:
					runtime.Gosched()
				}
			}
		})
	}
	for range 10 {
		e = w.amend(press.Amend, e, w.revised())
	}
	close(stop)
	readers.Wait()
}
