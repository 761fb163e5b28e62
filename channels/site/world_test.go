package site

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"tongfa/channels"
	"tongfa/channels/channeltest"
	"tongfa/config"
	"tongfa/press"
)

// town is a website under test with a memory in place of the ledger. Its built-in server is reached without a network.
type town struct {
	t      testing.TB
	site   *Site
	memory *channeltest.Memory
	cms    config.Site
	mu     sync.Mutex
	synced bool // wait for the disk
	now    time.Time
	items  int
	gets   int         // GETs that reached the server
	broken []brokenGet // GETs that are to fail
}

type brokenGet struct {
	at      int
	garbage bool
}

var zone = time.FixedZone("Asia/Shanghai", 8*60*60)

func newTown(t testing.TB, change ...func(*config.Site)) *town {
	t.Helper()
	w := &town{t: t, now: time.Date(2026, 11, 24, 18, 0, 0, 0, zone)}
	w.cms = config.Site{
		Root: channeltest.FastDir(t), URL: "https://www.example.gov.cn", Name: "示例区人民政府", IDCode: "3700000001", Contact: "电话：0000-0000000",
		ICP: "示ICP备00000000号", Police: "示公网安备 00000000000000号",
		Columns: []config.Column{
			{Name: "通知公告", Path: "tzgg", Description: "发布通知和公告", Keywords: "通知,公告", Type: "通知公告"},
			{Name: "政策文件", Path: "zcwj"}, {Name: "政策解读", Path: "zcjd"}, {Name: "政务动态", Path: "zwdt"},
		},
	}
	for _, f := range change {
		f(&w.cms)
	}
	w.memory = channeltest.NewMemory(w.clock)
	w.site = w.open(w.memory)
	return w
}

func (w *town) open(a channels.Archive) *Site {
	w.t.Helper()
	s, err := New(w.cms, Options{Archive: a, Blobs: w.memory, Get: channels.NewGetter([]netip.Prefix{}, w), Now: w.clock, Location: zone,
		Office: "示例区人民政府办公室"})
	if err != nil {
		w.t.Fatal(err)
	}
	if !w.synced {
		unsync(s)
	}
	return s
}

// unsynced is a file that does not wait for the disk: tests look at what was written, not at what would survive a power cut.
type unsynced struct{ channels.File }

func (unsynced) Sync() error { return nil }

func unsync(s *Site) {
	create := s.disk.Create
	s.disk.Create = func(path string) (channels.File, error) {
		f, err := create(path)
		return unsynced{f}, err
	}
	s.disk.Sync = func(string) error { return nil }
}

func (w *town) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *town) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// RoundTrip answers from the built-in server.
func (w *town) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	var b *brokenGet
	for i := range w.broken {
		if w.broken[i].at == w.gets {
			b = &w.broken[i]
		}
	}
	w.gets++
	w.mu.Unlock()
	rec := httptest.NewRecorder()
	if b != nil && !b.garbage {
		return nil, fmt.Errorf("connection reset by peer")
	}
	if b != nil {
		rec.WriteHeader(http.StatusBadGateway)
		return rec.Result(), nil
	}
	w.site.Handler(nil).ServeHTTP(rec, r)
	res := rec.Result()
	res.Request = r
	return res, nil
}

func (w *town) breakGet(after int, garbage bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = append(w.broken, brokenGet{w.gets + after, garbage})
}

// entry is an item with everything that a page can show.
func (w *town) entry(change ...func(*press.Entry)) press.Entry {
	w.mu.Lock()
	w.items++
	n := w.items
	w.mu.Unlock()
	e := press.Entry{
		Item: press.Item{ID: press.ItemID(fmt.Sprintf("20261124-a%05d", n)), Kind: press.Policy, IndexNumber: fmt.Sprintf("11370000MB2840001X/2026-%05d", n)},
		Revision: press.Revision{Number: 1, Title: fmt.Sprintf("示例区人民政府办公室关于第%d项工作的通知", n),
			Body: []press.Block{
				{Kind: press.Paragraph, Align: press.AlignLeft, Spans: []press.Span{{Text: "各街道办事处，区政府各部门："}}},
				press.P(fmt.Sprintf("现将第%d项工作的有关事项通知如下。", n)), press.H(1, "一、总体要求"), {Kind: press.Paragraph, Spans: []press.Span{{Text: "坚持以人民为中心，依法依规推进", Note: "依据见https://www.example.org/gb。"}, {Text: "，按期完成"}, {Text: "。", Note: "以印发之日为准。"}}},
			},
			Meta: press.Meta{Column: "通知公告", Theme: `综合政务\其他`, Genre: "通知", Issuer: "示例区人民政府办公室", DocNumber: fmt.Sprintf("示政办发〔2026〕%d号", n),
				Validity: press.InForce, Disclosure: press.Proactive,
				Keywords: []string{"示例", "工作"}, Summary: "关于工作的通知"}},
	}
	formed := &e.Revision.Meta.FormedOn
	formed.Year, formed.Month, formed.Day = 2026, 11, 20
	e.Item.Head = 1
	for _, f := range change {
		f(&e)
	}
	e.Revision.Item = e.Item.ID
	e.Revision.Digest = e.Revision.Sum()
	return e
}

func (w *town) compose(entries ...press.Entry) press.Edition {
	e := press.Edition{Slot: press.Slot{Channel: "site", At: w.clock()}, Entries: entries}
	w.mu.Lock()
	e.Seq = w.items
	w.mu.Unlock()
	w.memory.Compose(&e, w.site)
	return e
}

func (w *town) deliver(a press.Act) (press.Receipt, error) {
	r, err := channels.Deliver(context.Background(), w.site, a, w.memory.Journal(a.ID))
	if err == nil {
		w.memory.Settle(a, r)
	}
	return r, err
}

// publish composes and publishes one edition, and gives its entries back as the ledger knows them afterwards.
func (w *town) publish(entries ...press.Entry) []press.Entry {
	w.t.Helper()
	ed := w.compose(entries...)
	r, err := w.deliver(w.memory.Open(press.Publish, ed))
	if err != nil || r.Status != press.Live {
		w.t.Fatalf("publish: %v, %v", r.Status, err)
	}
	return w.memory.Open(press.Publish, ed).Edition.Entries
}

func (w *town) withdraw(notice string, entries ...press.Entry) {
	w.t.Helper()
	a := w.memory.Open(press.Withdraw, press.Edition{Key: "w", Entries: entries})
	a.Notice = notice
	r, err := w.deliver(a)
	if err != nil || r.Status != press.Gone {
		w.t.Fatalf("withdraw: %v, %v", r.Status, err)
	}
}

func (w *town) path(e press.Entry) string { return w.site.contentPath(e.Item.ID, e.Public) }

func (w *town) read(rel string) []byte {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.cms.Root, filepath.FromSlash(rel)))
	if err != nil {
		w.t.Fatal(err)
	}
	return data
}

// tree is every file below Root with its content.
func (w *town) tree() map[string]string {
	w.t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(w.cms.Root, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		rel, _ := filepath.Rel(w.cms.Root, p)
		files[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return files
}

func (w *town) dom(rel string) *html.Node { return parse(w.t, w.read(rel)) }

func parse(t testing.TB, page []byte) *html.Node {
	t.Helper()
	n, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func all(root *html.Node, tag string) (nodes []*html.Node) {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == tag {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// links are the addresses that a page's links lead to.
func links(root *html.Node) map[string]string {
	m := map[string]string{}
	for _, a := range all(root, "a") {
		m[channels.AttrOf(a, "href")] = channels.NodeText(a)
	}
	return m
}

func guideMetas(root *html.Node) (names []string, values map[string]string) {
	values = map[string]string{}
	for _, m := range all(root, "meta") {
		if n := channels.AttrOf(m, "name"); n != "" && strings.ToLower(n[:1]) != n[:1] {
			names = append(names, n)
			values[n] = channels.AttrOf(m, "content")
		}
	}
	return names, values
}

func isClass(name string) func(*html.Node) bool {
	return func(n *html.Node) bool { return channels.AttrOf(n, "class") == name }
}
