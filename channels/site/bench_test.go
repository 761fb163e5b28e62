package site

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tongfa/channels"
	"tongfa/config"
	"tongfa/press"
)

// BenchmarkPublish publishes one item after the other into archives of different sizes, with real syncs. Time and files touched are to
// be the same for all of them.
func BenchmarkPublish(b *testing.B) {
	for _, size := range []int64{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("%dk", size/1000), func(b *testing.B) {
			c := newCity(b, size)
			for b.Loop() {
				c.publish()
			}
			b.ReportMetric(float64(c.touched.Load())/float64(b.N), "files/op")
		})
	}
}

// BenchmarkAmend corrects one item after the other in archives of different sizes, with real syncs.
func BenchmarkAmend(b *testing.B) {
	for _, size := range []int64{1_000, 100_000} {
		b.Run(fmt.Sprintf("%dk", size/1000), func(b *testing.B) {
			c := newCity(b, size)
			e := c.publish()
			c.touched.Store(0)
			for b.Loop() {
				e.Revision.Number++
				e.Revision.Title = fmt.Sprintf("示例区人民政府办公室关于第%d次修订的通知", e.Revision.Number)
				e.Remarks = []press.Remark{{At: c.clock(), Kind: press.RemarkCorrection, Text: e.Revision.Title}}
				c.act(press.Amend, e)
			}
			b.ReportMetric(float64(c.touched.Load())/float64(b.N), "files/op")
		})
	}
}

// BenchmarkObserve looks at a page and its attachment, without a network.
func BenchmarkObserve(b *testing.B) {
	w := newTown(b)
	e := w.publish(w.entry(w.withNames("表.pdf")))[0]
	b.ReportAllocs()
	for b.Loop() {
		w.sees(e, press.SeenEqual)
	}
}

// BenchmarkPublishTogether publishes with as many hands as a channel has, which share the writing of the lists.
func BenchmarkPublishTogether(b *testing.B) {
	c := newCity(b, 100_000)
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c.publish()
		}
	})
	b.ReportMetric(float64(c.touched.Load())/float64(b.N), "files/op")
}

// city is a website that has been there for years. Its archive computes what it holds; on disk are the files that a publication looks at.
type city struct {
	*town
	archive *longArchive
	acts    atomic.Int64
	touched atomic.Int64
}

func newCity(b *testing.B, size int64) *city {
	w := newTown(b, func(c *config.Site) { c.Root = b.TempDir() })
	w.synced = true
	c := &city{town: w, archive: &longArchive{size: size}}
	w.site = w.open(c.archive)
	rename := w.site.disk.Rename
	w.site.disk.Rename = func(from, to string) error { c.touched.Add(1); return rename(from, to) }
	if err := w.site.Setup(b.Context()); err != nil {
		b.Fatal(err)
	}
	for n := max(1, size-2*chunkSize); n <= size; n++ {
		c.file(w.site.contentPath(itemOf(n), c.archive.public(n)), `<!doctype html>`+"\n"+`<html lang="zh-CN" data-marker="m">`)
	}
	c.lists()
	c.publish()
	c.touched.Store(0)
	return c
}

// lists puts a file where the newest pages of each list and the chunks of each month would be.
func (c *city) lists() {
	for _, sh := range c.archive.shelves("") {
		var l list
		name := sh.Name[strings.Index(sh.Name, "/")+1:]
		switch {
		case strings.HasPrefix(sh.Name, shelfColumn):
			l = c.site.columnList(name)
		case strings.HasPrefix(sh.Name, shelfIndex):
			l = c.site.yearList(name)
		case strings.HasPrefix(sh.Name, shelfTheme):
			l = c.site.themeList(name)
		case strings.HasPrefix(sh.Name, shelfMonth):
			c.file("search/"+chunkName(name, 1)+".json", "")
			c.file("sitemap-"+chunkName(name, 1)+".xml", "")
			continue
		default:
			continue
		}
		c.file(l.dir+"/index.html", "")
		for k := max(1, c.site.pageOf(sh.Position)-10); k <= c.site.pageOf(sh.Position); k++ {
			c.file(c.site.pagePath(l.dir, k), "")
		}
	}
}

func (c *city) file(rel, data string) {
	path := c.site.abs(rel)
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, []byte(data), 0o644)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// publish composes the next item and publishes it.
func (c *city) publish() press.Entry {
	e := c.archive.next()
	c.act(press.Publish, e)
	return e
}

func (c *city) act(v press.Verb, e press.Entry) {
	a := press.Act{ID: c.acts.Add(1), Verb: v, Edition: press.Edition{Entries: []press.Entry{e}}}
	r, err := channels.Deliver(context.Background(), c.site, a, c.memory.Journal(a.ID))
	if err != nil || r.Status != press.Live {
		c.t.Error(r.Status, err)
	}
}

// longArchive is an archive of any size without holes. It holds item n in one of ten columns, three hundred to the month from January 2000 on.
type longArchive struct {
	mu   sync.Mutex
	size int64
}

const (
	benchColumns  = 10
	benchPerMonth = 300
	benchPerYear  = 12 * benchPerMonth
)

func itemOf(n int64) press.ItemID { return press.ItemID(fmt.Sprintf("20261124-a%07d", n)) }

// public is when item n was published.
func (a *longArchive) public(n int64) time.Time {
	return time.Date(2000, time.Month(1+(n-1)/benchPerMonth), 1, 9, 0, 0, 0, zone)
}

func (a *longArchive) next() press.Entry {
	a.mu.Lock()
	a.size++
	n := a.size
	a.mu.Unlock()
	l := a.listed(n, n)
	e := press.Entry{Item: press.Item{ID: l.Item, Kind: l.Kind, IndexNumber: l.IndexNumber}, Public: l.Public,
		Copy:     press.Copy{ID: n, Item: l.Item, Marker: fmt.Sprintf("m%d", n)},
		Revision: press.Revision{Item: l.Item, Number: 1, Title: l.Title, Meta: l.Meta, Body: []press.Block{press.P("各有关单位："), press.P(strings.Repeat("坚持以人民为中心。", 200))}}}
	e.Places = map[string]int64{shelfHome: n, shelfColumn + l.Meta.Column: (n-1)/benchColumns + 1, shelfTheme + "综合政务": n,
		shelfIndex + l.Public.Format("2006"): (n-1)%benchPerYear + 1, shelfMonth + l.Public.Format("2006-01"): (n-1)%benchPerMonth + 1}
	return e
}

func (a *longArchive) listed(n, position int64) channels.Listed {
	public := a.public(n)
	return channels.Listed{Position: position, Item: itemOf(n), Kind: press.Notice, Title: fmt.Sprintf("示例区人民政府办公室关于第%d项工作的通知", n), Public: public,
		IndexNumber: fmt.Sprintf("11370000MB2840001X/%d-%05d", public.Year(), (n-1)%benchPerYear+1),
		Meta:        press.Meta{Column: fmt.Sprintf("栏目%d", (n-1)%benchColumns), Theme: `综合政务\其他`, Issuer: "示例区人民政府办公室", DocNumber: fmt.Sprintf("示政办发〔%d〕%d号", public.Year(), n)}}
}

// spread is which items stand on a shelf: the first one, how far they lie apart, and the highest position.
func (a *longArchive) spread(shelf string) (first, step, top int64) {
	a.mu.Lock()
	size := a.size
	a.mu.Unlock()
	var n, m int64
	switch {
	case strings.HasPrefix(shelf, shelfColumn+"栏目"):
		fmt.Sscan(strings.TrimPrefix(shelf, shelfColumn+"栏目"), &n)
		return n + 1, benchColumns, (size-n-1)/benchColumns + 1
	case strings.HasPrefix(shelf, shelfIndex):
		fmt.Sscan(strings.TrimPrefix(shelf, shelfIndex), &n)
		first = (n-2000)*benchPerYear + 1
		return first, 1, min(benchPerYear, size-first+1)
	case strings.HasPrefix(shelf, shelfMonth):
		fmt.Sscanf(strings.TrimPrefix(shelf, shelfMonth), "%d-%d", &n, &m)
		first = ((n-2000)*12+m-1)*benchPerMonth + 1
		return first, 1, min(benchPerMonth, size-first+1)
	case shelf == shelfHome, strings.HasPrefix(shelf, shelfTheme+"综合政务"):
		return 1, 1, size
	}
	return 0, 0, 0
}

func (a *longArchive) Shelf(_ context.Context, shelf string, from, to int64) (all []channels.Listed, err error) {
	first, step, top := a.spread(shelf)
	for p := from; p <= min(to, top); p++ {
		all = append(all, a.listed(first+(p-1)*step, p))
	}
	return all, nil
}

func (a *longArchive) Top(_ context.Context, shelf string) (int64, error) {
	_, _, top := a.spread(shelf)
	return max(0, top), nil
}

func (a *longArchive) Shelves(_ context.Context, prefix string) ([]channels.Shelf, error) {
	return a.shelves(prefix), nil
}

func (a *longArchive) shelves(prefix string) (all []channels.Shelf) {
	a.mu.Lock()
	size := a.size
	a.mu.Unlock()
	var names []string
	for n := range int64(benchColumns) {
		names = append(names, fmt.Sprintf("%s栏目%d", shelfColumn, n))
	}
	for n := int64(1); n <= size; n += benchPerYear {
		names = append(names, shelfIndex+a.public(n).Format("2006"))
	}
	for n := int64(1); n <= size; n += benchPerMonth {
		names = append(names, shelfMonth+a.public(n).Format("2006-01"))
	}
	for _, name := range append(names, shelfHome, shelfTheme+"综合政务") {
		if _, _, top := a.spread(name); strings.HasPrefix(name, prefix) && top > 0 {
			all = append(all, channels.Shelf{Name: name, Position: top})
		}
	}
	return all
}

func (a *longArchive) Entry(context.Context, press.ItemID) (press.Entry, bool, error) {
	return press.Entry{}, false, nil
}
