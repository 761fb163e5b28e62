package gazette

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"tongfa/channels"
	"tongfa/config"
	"tongfa/press"
	"tongfa/typeset"
)

// Options is what a gazette needs beside its configuration. Archive, Blobs and Withheld are required.
type Options struct {
	Archive  channels.Archive
	Blobs    channels.Blobs
	Get      *channels.Getter // for Observe; nil means a guarded one that reaches public addresses only
	Now      func() time.Time // nil means time.Now
	Location *time.Location   // the zone of every date on a page; nil means Asia/Shanghai
	Withheld string           // folder that is not public, for the files of withdrawn articles and the office's own copies of its issues
	Disk     channels.Disk    // how files are changed; the zero Disk means the machine's own
}

// Channel is one gazette. It implements channels.Channel, Amender, Corrector, Withdrawer, Surveyor, Observer, Shelver,
// Addresser and Limiter and is safe for concurrent use. One process at a time may write to a Root.
type Channel struct {
	cfg   config.Gazette
	o     Options
	pages channels.Pages
	disk  disk
	faces func() (typeset.Faces, error) // those that come with the program
	make  func(*typeset.Work, typeset.Making) (map[typeset.Format][]byte, *typeset.Book, error)
	own   *ownCharacters
	mu    sync.Mutex // one writer at a time: issues are few, and the lists show them all
}

// New makes a gazette. It writes nothing; Setup does. An error is the configuration's: its text is for the operator.
func New(cfg config.Gazette, o Options) (*Channel, error) {
	u, err := url.Parse(cfg.URL)
	switch {
	case cfg.Name == "":
		return nil, fmt.Errorf("公报没有写 name（刊名）")
	case cfg.Root == "":
		return nil, fmt.Errorf("公报没有写 root（网页文件放在哪个文件夹）")
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, fmt.Errorf("公报的 url %q 不是以 http:// 或 https:// 开头的地址", cfg.URL)
	case o.Withheld == "":
		return nil, fmt.Errorf("make gazette: no folder for withdrawn files")
	case within(o.Withheld, cfg.Root):
		return nil, fmt.Errorf("撤回文件的存放处 %s 在公报对外公开的文件夹里面，请放到别处", o.Withheld)
	case o.Archive == nil || o.Blobs == nil:
		return nil, fmt.Errorf("make gazette: no archive or no blobs")
	}
	cfg.URL, cfg.Root = strings.TrimRight(cfg.URL, "/"), filepath.Clean(cfg.Root)
	c := &Channel{cfg: cfg, o: withDefaults(o)}
	c.disk, c.faces, c.make, c.own = disk{c.o.Disk}, typeset.Builtin, typeset.Make, &ownCharacters{}
	if c.pages, err = channels.ParsePages(pageFiles); err != nil {
		return nil, err
	}
	return c, nil
}

func withDefaults(o Options) Options {
	if o.Get == nil {
		o.Get = channels.NewGetter(nil, nil)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Location == nil {
		o.Location = time.FixedZone("Asia/Shanghai", 8*60*60)
	}
	if o.Disk.Create == nil {
		o.Disk = channels.NewDisk()
	}
	return o
}

// within reports whether a path is a folder or lies in it.
func within(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// Limits is what the gazette takes: a title still has to fit the directory.
func (c *Channel) Limits() press.Limits { return press.Limits{Title: 200} }

// Address is where the page of an entry is, or will be once its issue is numbered: Arrange writes the place of an entry into
// its copy's Ref. Before that nobody knows it, and it is "".
func (c *Channel) Address(e press.Entry) string {
	p, ok := parsePlace(e.Copy.Ref)
	if !ok {
		return ""
	}
	return c.cfg.URL + "/" + p.page()
}

// Shelves puts an issue, by its first article, on the shelf of its year at the place of its number.
func (c *Channel) Shelves(e press.Entry) []channels.Shelf {
	p, ok := parsePlace(e.Copy.Ref)
	if !ok || p.article != 1 {
		return nil
	}
	name := shelfIssues
	if p.supplement {
		name = shelfSupplements
	}
	return []channels.Shelf{{Name: fmt.Sprintf("%s%04d", name, p.year), Position: int64(p.number)}}
}

// shelfIssues and shelfSupplements begin the names of the shelves, one a year.
const (
	shelfIssues      = "issues/"
	shelfSupplements = "supplements/"
)

// abs is the path in the file system of a slash-separated path below Root.
func (c *Channel) abs(rel string) string { return filepath.Join(c.cfg.Root, filepath.FromSlash(rel)) }

var (
	_ channels.Channel    = (*Channel)(nil)
	_ channels.Amender    = (*Channel)(nil)
	_ channels.Corrector  = (*Channel)(nil)
	_ channels.Surveyor   = (*Channel)(nil)
	_ channels.Withdrawer = (*Channel)(nil)
	_ channels.Observer   = (*Channel)(nil)
	_ channels.Shelver    = (*Channel)(nil)
	_ channels.Addresser  = (*Channel)(nil)
	_ channels.Limiter    = (*Channel)(nil)
)
