package site

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"tongfa/channels"
	"tongfa/config"
	"tongfa/press"
)

// Options is what a website needs beside its configuration. Archive and Blobs are required.
type Options struct {
	Archive  channels.Archive
	Blobs    channels.Blobs
	Get      *channels.Getter // for Observe; nil means a guarded one that reaches public addresses only
	Now      func() time.Time // nil means time.Now
	Location *time.Location   // the zone of every time on a page; nil means Asia/Shanghai
	Office   string           // 主办单位 in the footer; the site's name if empty
	Hasty    bool             // no refresh of the lists waits for more acts to share it: for a replay, whose time stands still meanwhile
	Disk     channels.Disk    // how files are changed; the zero Disk means the machine's own
}

// Site is one website. It implements channels.Channel, Amender, Corrector, Withdrawer, Observer, Surveyor, Shelver, Addresser and Limiter and is safe for
// concurrent use. One process at a time may write to a Root.
type Site struct {
	c       config.Site
	o       Options
	base    string // path of URL, without a slash at the end: what every link begins with
	assets  assets
	pages   channels.Pages
	disk    disk
	columns map[string]config.Column
	lists   refresher
	pending pending
	writing locks
	recent  recent
}

// defaultPageSize is how many entries stand on a list page when the configuration does not say.
const defaultPageSize = 20

// New makes a website. It writes nothing; Setup does. An error is the configuration's: its text is for the operator.
func New(c config.Site, o Options) (*Site, error) {
	u, err := url.Parse(c.URL)
	switch {
	case c.Root == "":
		return nil, fmt.Errorf("网站没有写 root（网页文件放在哪个文件夹）")
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, fmt.Errorf("网站的 url %q 不是以 http:// 或 https:// 开头的地址", c.URL)
	case o.Archive == nil || o.Blobs == nil:
		return nil, fmt.Errorf("make site: no archive or no blobs")
	}
	c.URL = strings.TrimRight(c.URL, "/")
	if c.Domain == "" {
		c.Domain = u.Hostname()
	}
	if c.PageSize <= 0 {
		c.PageSize = defaultPageSize
	}
	if c.Name == "" {
		c.Name = c.Domain
	}
	o = withDefaults(c, o)
	s := &Site{c: c, o: o, base: strings.TrimRight(u.EscapedPath(), "/"), disk: disk{o.Disk, filepath.Clean(c.Root)}}
	if !o.Hasty {
		s.lists.pause = mostPause
	}
	if s.columns, err = columnsByName(c.Columns); err != nil {
		return nil, err
	}
	if s.assets, err = readAssets(c.Name + "\n" + o.Office + "\n" + c.URL); err != nil {
		return nil, err
	}
	if s.pages, err = channels.ParsePages(pageFiles); err != nil {
		return nil, err
	}
	return s, nil
}

func withDefaults(c config.Site, o Options) Options {
	if o.Get == nil {
		o.Get = channels.NewGetter(nil, nil)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Location == nil {
		o.Location = time.FixedZone("Asia/Shanghai", 8*60*60)
	}
	if o.Office == "" {
		o.Office = c.Name
	}
	if o.Disk.Create == nil {
		o.Disk = channels.NewDisk()
	}
	return o
}

// Limits is what the website takes. A page may be long; the title still has to fit the head of a page and a list.
func (s *Site) Limits() press.Limits { return press.Limits{Title: 200} }

// Address is where the page of an entry is, or will be: it depends on the item and on its publication time only.
func (s *Site) Address(e press.Entry) string {
	return s.c.URL + "/" + s.contentPath(e.Item.ID, e.Public)
}

// Shelves are the lists that an entry is shown on: the home page, its column, its theme, its year in the catalogue, and its
// month for search and sitemap. In the catalogue it stands at the serial number of its index number.
func (s *Site) Shelves(e press.Entry) []channels.Shelf {
	shelves := []channels.Shelf{{Name: shelfHome}, {Name: shelfColumn + columnOf(e.Revision.Meta, e.Item.Kind)}}
	if t := topTheme(e.Revision.Meta.Theme); t != "" {
		shelves = append(shelves, channels.Shelf{Name: shelfTheme + t})
	}
	year, serial := indexPlace(e.Item.IndexNumber)
	if year == "" {
		year = s.local(e.Public).Format("2006")
	}
	return append(shelves,
		channels.Shelf{Name: shelfIndex + year, Position: serial},
		channels.Shelf{Name: shelfMonth + s.local(e.Public).Format("2006-01")})
}

// local is a moment in the site's zone; the zero moment, which only an entry that was never composed has, is now.
func (s *Site) local(t time.Time) time.Time {
	if t.IsZero() {
		t = s.o.Now()
	}
	return t.In(s.o.Location)
}

// abs is the absolute path in the file system of a slash-separated path below Root.
func (s *Site) abs(rel string) string { return filepath.Join(s.disk.root, filepath.FromSlash(rel)) }

// href is the address of a path below Root for a link on one of our pages: without scheme and host, so that it
// holds under http and https and over IPv6 alike.
func (s *Site) href(rel string) string {
	return s.base + "/" + strings.TrimSuffix((&url.URL{Path: rel}).EscapedPath(), "index.html")
}

// address is the full public address of a path below Root.
func (s *Site) address(rel string) string { return s.c.URL + "/" + (&url.URL{Path: rel}).EscapedPath() }

var (
	_ channels.Channel    = (*Site)(nil)
	_ channels.Amender    = (*Site)(nil)
	_ channels.Corrector  = (*Site)(nil)
	_ channels.Withdrawer = (*Site)(nil)
	_ channels.Surveyor   = (*Site)(nil)
	_ channels.Observer   = (*Site)(nil)
	_ channels.Shelver    = (*Site)(nil)
	_ channels.Addresser  = (*Site)(nil)
	_ channels.Limiter    = (*Site)(nil)
)

// archiveTrouble reports that the ledger could not be asked; nothing was executed by it, and what was written may be written again.
func archiveTrouble(err error) error {
	if err == nil {
		return nil
	}
	return &press.Trouble{Remedy: press.TryAgain, What: "读取台账失败，网站列表没有更新，稍后会自动再试", Err: fmt.Errorf("read archive: %w", err)}
}
