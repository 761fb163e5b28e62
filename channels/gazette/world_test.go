package gazette

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
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
	"tongfa/typeset"
	"tongfa/workday"
)

// office is a gazette under test with a memory in place of the ledger, and a file server in place of the web.
type office struct {
	t           testing.TB
	gazette     *Channel
	memory      *channeltest.Memory
	cfg         config.Gazette
	withheld    string
	mu          sync.Mutex
	now         time.Time
	items       int
	numbers     map[int]int // year -> last number
	total       int
	supplements int
	gets        int // GETs that reached the server
	broken      []brokenGet
}

type brokenGet struct {
	at      int
	garbage bool
}

var zone = time.FixedZone("Asia/Shanghai", 8*60*60)

func newOffice(t testing.TB, change ...func(*config.Gazette)) *office {
	t.Helper()
	dir := channeltest.FastDir(t)
	o := &office{t: t, now: time.Date(2026, 11, 24, 9, 0, 0, 0, zone), withheld: filepath.Join(dir, "withheld"), numbers: map[int]int{2026: 3}, total: 122}
	t.Cleanup(func() { openAll(dir) }) // so that what was made read-only can be removed
	o.cfg = config.Gazette{
		Root: filepath.Join(dir, "public", "gazette"), URL: "https://www.example.gov.cn/gazette", Name: "示例区人民政府公报", Host: "示例区人民政府办公室",
		Statement: "在本公报上刊登的规范性文件文本为标准文本。",
		Sections: []config.Section{
			{Name: "政府文件", Kinds: []press.Kind{press.Policy}}, {Name: "政策解读", Kinds: []press.Kind{press.Interpretation}},
			{Name: "人事任免", Kinds: []press.Kind{press.Personnel}}, {Name: "大事记", Columns: []string{"大事记"}},
		},
	}
	for _, f := range change {
		f(&o.cfg)
	}
	o.memory = channeltest.NewMemory(o.clock)
	o.gazette = o.open()
	return o
}

func openAll(dir string) {
	_ = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(p, 0o755)
		}
		return err
	})
}

func (o *office) open() *Channel {
	o.t.Helper()
	c, err := New(o.cfg, Options{Archive: o.memory, Blobs: o.memory, Get: channels.NewGetter([]netip.Prefix{}, o), Now: o.clock, Location: zone, Withheld: o.withheld})
	if err != nil {
		o.t.Fatal(err)
	}
	c.disk, c.faces, c.make = hasty(c.disk), unpacked, remembered
	return c
}

// remembered makes the same work once: tests that stop at every change of the disk make it over and over.
func remembered(w *typeset.Work, m typeset.Making) (map[typeset.Format][]byte, *typeset.Book, error) {
	text, err := json.Marshal(w)
	if err != nil || m.Done != nil || len(w.Sections) == 0 || m.PDF.Signature != nil || m.Watermark != "" {
		return typeset.Make(w, m)
	}
	key := fmt.Sprintf("%s %v %v", text, m.Made, m.Formats)
	made.Lock()
	defer made.Unlock()
	if x, ok := made.works[key]; ok {
		return x.files, x.book, nil
	}
	files, book, err := typeset.Make(w, m)
	if err == nil {
		made.works[key] = madeWork{files, book}
	}
	return files, book, err
}

type madeWork struct {
	files map[typeset.Format][]byte
	book  *typeset.Book
}

var made = struct {
	sync.Mutex
	works map[string]madeWork
}{works: map[string]madeWork{}}

// unpacked are the built-in faces, once for all tests.
var unpacked = sync.OnceValues(typeset.Builtin)

// hasty is a disk that does not wait for the platter, which hundreds of issues in a test need not.
func hasty(d disk) disk {
	create := d.Create
	d.Create = func(path string) (channels.File, error) {
		f, err := create(path)
		return hastyFile{f}, err
	}
	d.Sync = func(string) error { return nil }
	return d
}

type hastyFile struct{ channels.File }

func (hastyFile) Sync() error { return nil }

func (o *office) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

func (o *office) advance(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(d)
}

// RoundTrip answers as a plain web server in front of Root does.
func (o *office) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	o.mu.Lock()
	var b *brokenGet
	for i := range o.broken {
		if o.broken[i].at == o.gets {
			b = &o.broken[i]
		}
	}
	o.gets++
	o.mu.Unlock()
	rec := httptest.NewRecorder()
	switch {
	case b != nil && !b.garbage:
		return nil, errors.New("connection reset by peer")
	case b != nil:
		rec.WriteHeader(http.StatusBadGateway)
	default:
		http.StripPrefix("/gazette/", http.FileServer(http.Dir(o.cfg.Root))).ServeHTTP(rec, r)
	}
	res := rec.Result()
	res.Request = r
	return res, nil
}

func (o *office) breakGet(after int, garbage bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.broken = append(o.broken, brokenGet{o.gets + after, garbage})
}

// entry is a policy document with everything that a page can show.
func (o *office) entry(change ...func(*press.Entry)) press.Entry {
	o.mu.Lock()
	o.items++
	n := o.items
	o.mu.Unlock()
	e := press.Entry{
		Item: press.Item{ID: press.ItemID(fmt.Sprintf("20261124-a%05d", n)), Kind: press.Policy, Head: 1},
		Revision: press.Revision{Number: 1, Title: fmt.Sprintf("示例区人民政府办公室关于第%d项工作的通知", n),
			Body: []press.Block{
				press.P("各街道办事处，区政府各部门："), press.P(fmt.Sprintf("现将第%d项工作的有关事项通知如下。", n)), press.H(1, "一、总体要求"),
				{Kind: press.Paragraph, Spans: []press.Span{{Text: "坚持以人民为中心，依法依规推进", Note: "依据见https://www.example.org/gb。"}, {Text: "，按期完成"}, {Text: "。", Note: "以印发之日为准。"}}},
				press.P("示例区人民政府办公室"), press.P("2026年11月20日"),
			},
			Meta: press.Meta{Column: "通知公告", Issuer: "示例区人民政府办公室", DocNumber: fmt.Sprintf("示政办发〔2026〕%d号", n),
				FormedOn: workday.Date{Year: 2026, Month: 11, Day: 20}, Disclosure: press.Proactive}},
	}
	for _, f := range change {
		f(&e)
	}
	return sealedEntry(e)
}

func sealedEntry(e press.Entry) press.Entry {
	e.Revision.Item = e.Item.ID
	e.Revision.Digest = e.Revision.Sum()
	return e
}

func kind(k press.Kind) func(*press.Entry) { return func(e *press.Entry) { e.Item.Kind = k } }

func titled(s string) func(*press.Entry) { return func(e *press.Entry) { e.Revision.Title = s } }

func (o *office) withFile(e press.Entry, name, data string) press.Entry {
	digest := o.memory.Put([]byte(data))
	e.Revision.Attachments = append(e.Revision.Attachments, press.Asset{Digest: digest, Name: name, MIME: "application/pdf", Size: int64(len(data))})
	return sealedEntry(e)
}

// compose numbers and arranges an issue as the ledger does when it is frozen.
func (o *office) compose(entries ...press.Entry) press.Edition {
	o.mu.Lock()
	year := o.now.In(zone).Year()
	o.numbers[year]++
	o.total++
	ed := press.Edition{Slot: press.Slot{Channel: "gazette", At: o.now}, Seq: o.total, Year: year, Number: o.numbers[year], Total: o.total, Composed: o.now, Entries: entries}
	o.mu.Unlock()
	return o.composed(ed)
}

// supplement is compose for a supplement.
func (o *office) supplement(entries ...press.Entry) press.Edition {
	o.mu.Lock()
	o.supplements++
	ed := press.Edition{Slot: press.Slot{Channel: "gazette", At: o.now}, Seq: 1000 + o.supplements, Year: o.now.In(zone).Year(), Number: o.supplements, Supplement: true,
		Composed: o.now, Entries: entries}
	o.mu.Unlock()
	return o.composed(ed)
}

func (o *office) composed(ed press.Edition) press.Edition {
	ed = o.gazette.Arrange(ed)
	ed.Title = o.gazette.Title(ed)
	o.memory.Compose(&ed, o.gazette)
	return ed
}

func (o *office) deliver(a press.Act) (press.Receipt, error) {
	r, err := channels.Deliver(context.Background(), o.gazette, a, o.memory.Journal(a.ID))
	if err == nil {
		o.memory.Settle(a, r)
	}
	return r, err
}

// publish issues entries and gives the issue back as the ledger knows it afterwards.
func (o *office) publish(entries ...press.Entry) press.Edition {
	o.t.Helper()
	return o.out(o.compose(entries...))
}

func (o *office) out(ed press.Edition) press.Edition {
	o.t.Helper()
	r, err := o.deliver(o.memory.Open(press.Publish, ed))
	if err != nil || r.Status != press.Live {
		o.t.Fatalf("publish: %v %v, %v", r.Status, r.Note, err)
	}
	return o.memory.Open(press.Publish, ed).Edition
}

func (o *office) withdraw(notice string, e press.Entry) {
	o.t.Helper()
	a := o.memory.Open(press.Withdraw, press.Edition{Key: "w", Entries: []press.Entry{e}})
	a.Notice = notice
	if r, err := o.deliver(a); err != nil || r.Status != press.Gone {
		o.t.Fatalf("withdraw: %v, %v", r.Status, err)
	}
}

// apart are the files that were taken out of public, without the copies of what was issued.
func (o *office) apart() map[string]string {
	o.t.Helper()
	files := tree(o.t, o.withheld)
	maps.DeleteFunc(files, func(name, _ string) bool { return strings.HasPrefix(name, keptFolder+"/") })
	return files
}

// forget removes the office's own copies of what was issued.
func (o *office) forget() {
	o.t.Helper()
	if err := os.RemoveAll(filepath.Join(o.withheld, keptFolder)); err != nil {
		o.t.Fatal(err)
	}
}

// unlock makes a file and its folder writable, as somebody with rights on the machine would.
func (o *office) unlock(path string) {
	o.t.Helper()
	for p, m := range map[string]fs.FileMode{filepath.Dir(path): 0o755, path: 0o644} {
		if err := os.Chmod(p, m); err != nil && !errors.Is(err, fs.ErrNotExist) {
			o.t.Fatal(err)
		}
	}
}

func (o *office) write(path string, data []byte) {
	o.t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) read(rel string) []byte {
	o.t.Helper()
	data, err := os.ReadFile(filepath.Join(o.cfg.Root, filepath.FromSlash(rel)))
	if err != nil {
		o.t.Fatal(err)
	}
	return data
}

// tree is every file below a folder with its content.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		rel, _ := filepath.Rel(dir, p)
		files[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return files
}

func (o *office) dom(rel string) *html.Node {
	o.t.Helper()
	n, err := html.Parse(bytes.NewReader(o.read(rel)))
	if err != nil {
		o.t.Fatal(err)
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

// texts are the texts of all elements of a kind.
func texts(root *html.Node, tag string) (out []string) {
	for _, n := range all(root, tag) {
		out = append(out, strings.Join(strings.Fields(channels.NodeText(n)), " "))
	}
	return out
}

// links are the addresses that a page's links lead to, with their words.
func links(root *html.Node) map[string]string {
	m := map[string]string{}
	for _, a := range all(root, "a") {
		m[channels.AttrOf(a, "href")] = channels.NodeText(a)
	}
	return m
}
