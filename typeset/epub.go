package typeset

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// EPUB says how an EPUB is written.
type EPUB struct {
	Made time.Time // in its metadata; the same moment gives the same bytes
}

// WriteEPUB writes a work as EPUB 3.3 with accessibility metadata: one file an article, a directory two levels deep. It carries no font, as readers have
// Chinese ones.
func WriteEPUB(out io.Writer, w *Work, o EPUB) error {
	a := newArchive(out, o.Made)
	a.add("mimetype", []byte("application/epub+zip"), zip.Store)
	a.add("META-INF/container.xml", []byte(`<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>`), zip.Deflate)
	e := &epub{w: w, o: o, a: a, pictures: map[string]string{}}
	e.addPictures()
	e.chapters()
	e.nav()
	e.opf()
	a.add("EPUB/book.css", []byte(bookCSS), zip.Deflate)
	return a.close()
}

const bookCSS = `body{line-height:1.7;text-align:justify}h1,h2{text-align:center;line-height:1.4;word-break:keep-all;overflow-wrap:anywhere}p{text-indent:2em;margin:.3em 0}
.number,.center,figcaption,caption{text-align:center;text-indent:0}.right{text-align:right;text-indent:0}.annex{text-indent:0;margin-top:2em}.annex-title{text-align:center;text-indent:0;font-size:1.1em;font-weight:bold;margin:1em 0}.left{text-indent:0}
table{border-collapse:collapse;width:100%}td,th{border:1px solid #777;padding:.2em .4em;text-indent:0}img{max-width:100%}figure{margin:1em 0;text-align:center}
blockquote{margin:.5em 0 .5em 1em;padding-left:1em;border-left:3px solid #999}
.name{color:#a8101c;border-bottom:2px solid #a8101c;padding:1em 0 .3em}.scroll{overflow-x:auto;margin:1em 0}td,th{font-size:.9em}.longest{min-width:9em}
.long{word-break:break-all}.short{white-space:nowrap}
.notes{margin-top:1.5em;padding-top:.5em;border-top:1px solid #777;font-size:.9em}.notes p,.scroll p{text-indent:0}sup{line-height:0}sup a{text-decoration:none}
`

type epub struct {
	w        *Work
	o        EPUB
	a        *archive
	pictures map[string]string // file name by digest
	manifest strings.Builder
	spine    strings.Builder
}

func (e *epub) addPictures() {
	for i, digest := range slices.Sorted(maps.Keys(e.w.Pictures)) {
		p := e.w.Pictures[digest]
		ext := "png"
		if p.Mime == "image/jpeg" {
			ext = "jpg"
		}
		name := fmt.Sprintf("picture-%d.%s", i+1, ext)
		e.pictures[digest] = name
		fmt.Fprintf(&e.manifest, "<item id=\"p%d\" href=\"%s\" media-type=\"%s\"/>\n", i+1, name, p.Mime)
		e.a.add("EPUB/"+name, p.Data, zip.Store)
	}
}

// page writes one XHTML file.
func (e *epub) page(name, title string, body []byte) {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="zh-CN" xml:lang="zh-CN"><head><meta charset="utf-8"/><title>%s</title><link rel="stylesheet" href="book.css"/></head><body>
`, escape(title))
	b.Write(body)
	b.WriteString("</body></html>\n")
	e.a.text("EPUB/"+name, &b)
	id := strings.TrimSuffix(name, ".xhtml")
	props := ""
	if name == "nav.xhtml" {
		props = ` properties="nav"`
	}
	fmt.Fprintf(&e.manifest, "<item id=\"%s\" href=\"%s\" media-type=\"application/xhtml+xml\"%s/>\n", id, name, props)
	fmt.Fprintf(&e.spine, "<itemref idref=\"%s\"/>\n", id)
}

// title is what the whole is called.
func (w *Work) title() string { return strings.TrimSpace(w.Name + " " + w.Volume) }

func (e *epub) chapters() {
	if e.w.Cover != nil {
		var b bytes.Buffer
		fmt.Fprintf(&b, "<h1 class=\"name\">%s</h1>\n<p class=\"center\">%s</p>\n", escape(e.w.Name), escape(e.w.Volume))
		if !e.w.Issued.IsZero() {
			fmt.Fprintf(&b, "<p class=\"center\">%s</p>\n", e.w.Issued.Format("2006年1月2日"))
		}
		if name := e.pictures[e.w.Cover.Picture]; name != "" {
			fmt.Fprintf(&b, "<figure><img src=\"%s\" alt=\"封面图\"/></figure>\n", name)
		}
		for _, n := range e.w.Cover.Notes {
			fmt.Fprintf(&b, "<p class=\"center\">%s</p>\n", escape(n))
		}
		if e.w.Statement != "" {
			fmt.Fprintf(&b, "<p>%s</p>\n", escape(e.w.Statement))
		}
		for _, f := range e.w.Colophon {
			if f.Value != "" {
				fmt.Fprintf(&b, "<p class=\"left\">%s：%s</p>\n", escape(f.Name), escape(f.Value))
			}
		}
		e.page("cover.xhtml", e.w.title(), b.Bytes())
	}
	n := 0
	for _, s := range e.w.Sections {
		for i, a := range s.Articles {
			n++
			m := &markup{picture: func(d string) string { return e.pictures[d] }, level: 1, book: true}
			if title := s.heading(); i == 0 && title != "" {
				m.level = 2
				fmt.Fprintf(m, "<h1 class=\"section\">%s</h1>\n", escape(title))
			}
			m.article(a)
			e.page(fmt.Sprintf("article-%d.xhtml", n), a.Title, m.Bytes())
		}
	}
}

func (e *epub) nav() {
	var b bytes.Buffer
	b.WriteString("<nav epub:type=\"toc\" id=\"toc\"><h1>目录</h1>\n<ol>\n")
	n := 0
	for _, s := range e.w.Sections {
		title := s.heading()
		if title != "" && len(s.Articles) > 0 {
			fmt.Fprintf(&b, "<li><a href=\"article-%d.xhtml\">%s</a><ol>\n", n+1, escape(title))
		}
		for _, a := range s.Articles {
			n++
			fmt.Fprintf(&b, "<li><a href=\"article-%d.xhtml\">%s</a></li>\n", n, escape(a.Title))
		}
		if title != "" && len(s.Articles) > 0 {
			b.WriteString("</ol></li>\n")
		}
	}
	b.WriteString("</ol></nav>\n")
	e.page("nav.xhtml", "目录", b.Bytes())
}

func (e *epub) opf() {
	sum := sha256.Sum256([]byte(e.w.title() + e.w.Text()))
	var b bytes.Buffer
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="zh-CN"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:sha256:%x</dc:identifier><dc:title>%s</dc:title><dc:language>zh-CN</dc:language>
`, sum, escape(e.w.title()))
	if e.w.Issuer != "" {
		fmt.Fprintf(&b, "<dc:publisher>%s</dc:publisher><dc:creator>%s</dc:creator>\n", escape(e.w.Issuer), escape(e.w.Issuer))
	}
	fmt.Fprintf(&b, `<meta property="dcterms:modified">%s</meta>
<meta property="schema:accessMode">textual</meta><meta property="schema:accessMode">visual</meta><meta property="schema:accessModeSufficient">textual</meta>
<meta property="schema:accessibilityFeature">structuralNavigation</meta><meta property="schema:accessibilityFeature">tableOfContents</meta>
<meta property="schema:accessibilityFeature">alternativeText</meta><meta property="schema:accessibilityHazard">none</meta>
<meta property="schema:accessibilitySummary">正文为文字，有目录，图片有替代文字。</meta>
</metadata><manifest>
%s<item id="css" href="book.css" media-type="text/css"/>
</manifest><spine>
%s</spine></package>
`, e.o.Made.UTC().Format("2006-01-02T15:04:05Z"), e.manifest.String(), e.spine.String())
	e.a.text("EPUB/package.opf", &b)
}
