package site

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// found is an entry in the search index. Its names are short because every reader who searches loads them.
type found struct {
	Title  string `json:"t"`
	URL    string `json:"u"`
	Number string `json:"n,omitempty"` // 索引号
	Doc    string `json:"d,omitempty"` // 文号
	Issuer string `json:"i,omitempty"`
	Date   string `json:"p"`
}

// month writes the chunks of search index and sitemap that hold the given positions of a month.
func (r *round) month(month string, positions map[int64]bool) error {
	top, err := r.top(shelfMonth + month)
	if err != nil {
		return err
	}
	chunks := map[int64]bool{}
	for p := range positions {
		if p <= 0 {
			p = top
		}
		if p > 0 {
			chunks[chunkOf(p)] = true
		}
	}
	for _, k := range slices.Sorted(maps.Keys(chunks)) {
		if err := r.chunk(month, k); err != nil {
			return err
		}
	}
	return nil
}

// chunk writes chunk k of a month, for search and for crawlers. A sitemap may not be empty, so one that became empty goes; readers may be
// about to load a chunk of the search index, so that stays and says that it is empty.
func (r *round) chunk(month string, k int64) error {
	rows, err := r.rows(shelfMonth+month, (k-1)*chunkSize+1, k*chunkSize)
	if err != nil {
		return err
	}
	index, sitemap := "search/"+chunkName(month, k)+".json", "sitemap-"+chunkName(month, k)+".xml"
	if len(rows) == 0 && !r.exists(index) {
		return nil
	}
	entries := make([]found, len(rows))
	m := urlSet{NS: sitemapNS}
	for i, row := range rows {
		entries[i] = found{row.Title, row.URL, row.IndexNumber, row.DocNumber, row.Issuer, row.Date}
		m.URLs = append(m.URLs, siteURL{r.s.address(row.path), row.public})
	}
	if err := r.putJSON(index, entries); err != nil {
		return err
	}
	if len(rows) == 0 {
		return r.b.drop(sitemap)
	}
	return r.putXML(sitemap, m)
}

// searchIndex writes the list of chunks, newest first. It is one short name for five hundred entries.
func (r *round) searchIndex() error {
	names, err := r.chunkNames("search/", ".json")
	if err != nil {
		return err
	}
	return r.putJSON("search/index.json", map[string][]string{"chunks": names})
}

// chunkNames are the chunks that exist, newest first.
func (r *round) chunkNames(before, after string) (names []string, err error) {
	months, err := r.s.o.Archive.Shelves(r.ctx, shelfMonth)
	if err != nil {
		return nil, archiveTrouble(err)
	}
	names = []string{}
	for _, m := range slices.Backward(months) {
		for k := chunkOf(max(1, m.Position)); k >= 1; k-- {
			if name := chunkName(strings.TrimPrefix(m.Name, shelfMonth), k); r.exists(before + name + after) {
				names = append(names, name)
			}
		}
	}
	return names, nil
}

func (r *round) putJSON(rel string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %s: %w", rel, err)
	}
	return r.b.put(rel, append(data, '\n'))
}

const sitemapNS = "http://www.sitemaps.org/schemas/sitemap/0.9"

type urlSet struct {
	XMLName xml.Name  `xml:"urlset"`
	NS      string    `xml:"xmlns,attr"`
	URLs    []siteURL `xml:"url"`
}

type siteURL struct {
	Loc     string `xml:"loc"`
	LastMod string `xml:"lastmod"`
}

type sitemapIndex struct {
	XMLName xml.Name     `xml:"sitemapindex"`
	NS      string       `xml:"xmlns,attr"`
	Maps    []sitemapLoc `xml:"sitemap"`
}

type sitemapLoc struct {
	Loc string `xml:"loc"`
}

// sitemapIndex writes the list of sitemaps.
func (r *round) sitemapIndex() error {
	names, err := r.chunkNames("sitemap-", ".xml")
	if err != nil {
		return err
	}
	m := sitemapIndex{NS: sitemapNS}
	for _, n := range names {
		m.Maps = append(m.Maps, sitemapLoc{r.s.address("sitemap-" + n + ".xml")})
	}
	return r.putXML("sitemap.xml", m)
}

func (r *round) putXML(rel string, v any) error {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	enc := xml.NewEncoder(&b)
	enc.Indent("", " ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("encode %s: %w", rel, err)
	}
	b.WriteByte('\n')
	return r.b.put(rel, b.Bytes())
}

// Atom, RFC 4287.
type atomFeed struct {
	XMLName xml.Name    `xml:"feed"`
	NS      string      `xml:"xmlns,attr"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  atomAuthor  `xml:"author"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string       `xml:"id"`
	Title     string       `xml:"title"`
	Updated   string       `xml:"updated"`
	Published string       `xml:"published"`
	Link      atomLink     `xml:"link"`
	Author    atomAuthor   `xml:"author"`
	Category  atomCategory `xml:"category"`
	Summary   string       `xml:"summary,omitempty"`
}

type atomCategory struct {
	Term string `xml:"term,attr"`
}

// feedMost is how many entries the feed has.
const feedMost = 20

// feed writes the Atom feed of the newest entries.
func (r *round) feed() error {
	top, err := r.top(shelfHome)
	if err != nil {
		return err
	}
	rows, err := r.newest(shelfHome, top, feedMost)
	if err != nil {
		return err
	}
	f := atomFeed{NS: "http://www.w3.org/2005/Atom", Lang: "zh-CN", ID: r.s.address(""), Title: r.s.c.Name, Updated: "2000-01-01T00:00:00+08:00",
		Author: atomAuthor{r.s.o.Office}, Links: []atomLink{{"self", "application/atom+xml", r.s.address("feed.xml")}, {"alternate", "text/html", r.s.address("")}}}
	for _, row := range rows {
		link := r.s.address(row.path)
		f.Entries = append(f.Entries, atomEntry{ID: link, Title: clean(row.Title), Updated: row.public, Published: row.public,
			Link: atomLink{"alternate", "text/html", link}, Author: atomAuthor{clean(row.Issuer)}, Category: atomCategory{clean(row.column)}, Summary: clean(row.Summary)})
		f.Updated = max(f.Updated, row.public)
	}
	return r.putXML("feed.xml", f)
}

// clean removes the characters that XML cannot carry.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, s)
}
