package typeset

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"tongfa/press"
)

// HTML says how the edition for phones is written.
type HTML struct {
	Style *Style // whose rows of faces it is set in; nil for those of Gazette
	Faces Faces  // what is used of them goes along as web fonts; nil leaves the choice to the reader's machine
}

// WriteHTML writes a work as one HTML file that needs nothing beside it: for a phone, a screen reader, a browser that has no Chinese fonts, and paper. Its
// pictures, its look and the part of the faces that it uses are in it; no script, and nothing is fetched from anywhere.
func WriteHTML(out io.Writer, w *Work, o HTML) error {
	if o.Style == nil {
		o.Style = Gazette()
	}
	h := &page{w: w, o: o, fonts: &webFonts{faces: o.Faces, used: map[*Face]map[rune]uint16{}, missed: map[rune]*Missing{}}}
	if o.Faces != nil {
		h.needs()
		if err := h.fonts.missing(); err != nil {
			return err
		}
	}
	b := bufio.NewWriterSize(out, 64<<10)
	h.write(b)
	return b.Flush()
}

// Missed tells without laying anything out whether a work has characters that no face has: a MissingError, or nil. The faces may be bare ones.
func Missed(w *Work, s *Style, faces Faces) error {
	h := &page{w: w, o: HTML{Style: s, Faces: faces}, fonts: &webFonts{faces: faces, used: map[*Face]map[rune]uint16{}, missed: map[rune]*Missing{}}}
	h.needs()
	return h.fonts.missing()
}

// page is one HTML file being written.
type page struct {
	w     *Work
	o     HTML
	fonts *webFonts
}

// needs goes through all that is shown, and notes which face it is set in.
func (h *page) needs() {
	s := h.o.Style
	use := func(row Fonts, texts ...string) {
		for _, t := range texts {
			h.fonts.use(row, t, "网页")
		}
	}
	use(s.Title, h.w.title())
	use(s.Head, h.w.Volume, "目录")
	if h.w.Cover != nil {
		use(s.Head, h.w.Cover.Notes...)
	}
	if !h.w.Issued.IsZero() {
		use(s.Head, h.w.Issued.Format("2006年1月2日"))
	}
	use(s.Body, "目录到正文返回刊期附件：。0123456789", h.w.Issuer, h.w.Statement)
	for _, f := range h.w.Colophon {
		use(s.Body, f.Name, "：", f.Value)
	}
	n := 0
	for _, sec := range h.w.Sections {
		use(s.Head, sec.Title)
		for i := range sec.Articles {
			n++
			h.needsOf(&sec.Articles[i], n)
		}
	}
}

func (h *page) needsOf(a *Article, n int) {
	s := h.o.Style
	h.fonts.use(s.Title, a.Title, fmt.Sprintf("第%d篇《%s》的标题", n, a.Title))
	h.fonts.use(s.Kai, a.Number, fmt.Sprintf("第%d篇的文号", n))
	h.fonts.use(s.Body, a.Title+a.Origin, fmt.Sprintf("第%d篇《%s》", n, a.Title))
	for i, name := range a.Attachments {
		h.fonts.use(s.Body, attachmentLine(i, len(a.Attachments), name), fmt.Sprintf("第%d篇的附件名称", n))
	}
	h.fonts.use(s.Body, marksOf(a.Body), fmt.Sprintf("第%d篇的脚注", n))
	annexed := false
	for i, b := range a.Body {
		where := fmt.Sprintf("第%d篇第%d段", n, i+1)
		if isAnnex(b) || annexed {
			h.fonts.use(s.Head, press.SpanText(b.Spans), where)
			h.fonts.use(s.Title, press.SpanText(b.Spans), where)
		}
		annexed = isAnnex(b)
		h.fonts.use(s.Body, press.Text([]press.Block{b}), where)
		press.Walk([]press.Block{b}, func(b press.Block) { h.needsOfBlock(b, where) })
	}
}

// marksOf are the marks of the footnotes of a body, which count through all of it.
func marksOf(body []press.Block) string {
	var b strings.Builder
	n := 0
	press.Walk(body, func(bl press.Block) {
		count := func(ss []press.Span) {
			for _, s := range ss {
				if s.Note != "" {
					n++
					b.WriteString(press.NoteMark(n))
				}
			}
		}
		count(bl.Spans)
		if bl.Table != nil {
			for _, row := range bl.Table.Rows {
				for _, c := range row {
					count(c.Spans)
				}
			}
		}
	})
	return b.String()
}

// needsOfBlock is what of a block stands in another face than the body's.
func (h *page) needsOfBlock(b press.Block, where string) {
	s := h.o.Style
	if b.Kind == press.Heading {
		h.fonts.use([]Fonts{s.Head, s.Kai, s.Strong, s.Body}[min(max(b.Level, 1), 4)-1], press.SpanText(b.Spans), where)
	}
	h.needsOfSpans(b.Spans, where)
	if b.Picture != nil {
		h.fonts.use(s.Head, b.Picture.Caption, where)
	}
	if b.Table == nil {
		return
	}
	h.fonts.use(s.Head, b.Table.Caption, where)
	for r, row := range b.Table.Rows {
		for _, c := range row {
			if r < b.Table.Head || c.Header {
				h.fonts.use(s.Strong, press.SpanText(c.Spans), where)
			}
			h.needsOfSpans(c.Spans, where)
		}
	}
}

func (h *page) needsOfSpans(ss []press.Span, where string) {
	for _, sp := range ss {
		if sp.Bold {
			h.fonts.use(h.o.Style.Strong, sp.Text, where)
		}
		if sp.Italic {
			h.fonts.use(h.o.Style.Kai, sp.Text, where)
		}
	}
}

// families are a row of faces as CSS names them, with what a machine may have after them.
func families(row Fonts, last string) string {
	var out []string
	for _, name := range row {
		out = append(out, `"`+cssName(name)+`"`)
	}
	return strings.Join(append(out, last), ",")
}

// cssName is a name that cannot end a string of CSS, nor its element.
func cssName(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("\"\\<>\n\r\f", r) {
			return -1
		}
		return r
	}, name)
}

func (h *page) css() string {
	var b strings.Builder
	done := map[*Face]bool{}
	s := h.o.Style
	for _, row := range []Fonts{s.Body, s.Strong, s.Head, s.Kai, s.Title} {
		for _, name := range row {
			f := h.o.Faces[name]
			if f == nil || done[f] || len(h.fonts.used[f]) == 0 {
				continue
			}
			done[f] = true
			file := webFont(f, h.fonts.used[f])
			b.Grow(base64.StdEncoding.EncodedLen(len(file)) + 4096)
			fmt.Fprintf(&b, "@font-face{font-family:\"%s\";font-display:swap;src:url(data:font/woff;base64,", cssName(name))
			inBase64(&b, file)
			b.WriteString(") format(\"woff\")}\n")
		}
	}
	fmt.Fprintf(&b, ":root{--body:%s;--strong:%s;--head:%s;--kai:%s;--title:%s}\n", families(s.Body, "serif"), families(s.Strong, "serif"),
		families(s.Head, "sans-serif"), families(s.Kai, "serif"), families(s.Title, "serif"))
	b.WriteString(pageCSS)
	return b.String()
}

// inBase64 writes data piece by piece.
func inBase64(w io.Writer, data []byte) {
	e := base64.NewEncoder(base64.StdEncoding, w)
	_, _ = e.Write(data) // what is written to tells of its errors itself
	_ = e.Close()
}

const pageCSS = `:root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--faint:#595959;--line:#8a8a8a;--red:#a8101c;--link:#0b4f9e;--back:#f3f1ec}
@media (prefers-color-scheme:dark){:root{--ink:#e8e6e1;--paper:#16171a;--faint:#b3b0aa;--line:#77777a;--red:#ff8a86;--link:#8fbfff;--back:#222429}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:1.0625rem/1.8 var(--body);font-synthesis:none;overflow-wrap:anywhere;line-break:strict;text-autospace:normal}
header,main,footer,.toc{max-width:44rem;margin:0 auto;padding:0 1rem}
a{color:var(--link);text-underline-offset:.2em}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem;padding:.75rem 1rem;background:var(--paper)}
.skip:focus{left:.5rem;top:.5rem;z-index:1}
header{text-align:center;padding-top:2rem;border-bottom:3px solid var(--red);padding-bottom:1rem}
header h1{margin:0;color:var(--red);font:400 1.75rem/1.4 var(--title)}
header p{margin:.4rem 0 0;font-family:var(--head);text-align:center;text-indent:0}
header img{max-width:100%;height:auto;margin-top:1rem}
h2,h3,h4,h5,h6{line-height:1.5;font-weight:400;text-wrap:balance}
.toc h2{font-family:var(--head);text-align:center}
.toc ol{list-style:none;margin:0;padding:0}
.toc ol ol{padding-left:1em}
.toc a{display:block;padding:.5rem 0;min-height:2.75rem;text-decoration:none;border-bottom:1px solid var(--back)}
.toc .part>a{font-family:var(--head)}
h2.section{font:400 1.25rem/1.5 var(--head);text-align:center;color:var(--red);border-bottom:1px solid var(--red);padding:1.5rem 0 .5rem;margin:1rem 0 0}
article{padding:1rem 0 2rem;border-bottom:1px solid var(--line)}
h3,article>h2{font:400 1.375rem/1.5 var(--title);text-align:center;margin:1.5rem 0 .75rem}
h4,h5,h6{font-size:1.0625rem;margin:1rem 0 .5rem;text-indent:2em}
h4{font-family:var(--head)}h5{font-family:var(--kai)}h6{font-family:var(--strong)}
p{margin:.5rem 0;text-indent:2em;text-align:justify;text-wrap:pretty}
strong,b,th{font-family:var(--strong);font-weight:400}em{font-family:var(--kai);font-style:normal}strong em{font-family:var(--strong)}
.number{text-align:center;text-indent:0;font-family:var(--kai),serif;margin-bottom:1rem}
.left{text-align:left;text-indent:0}.center{text-align:center;text-indent:0}.right{text-align:right;text-indent:0}
.annex{font-family:var(--head);text-indent:0;margin-top:2rem}
.annex-title{font:400 1.1875rem/1.5 var(--title);text-align:center;text-indent:0;text-wrap:balance;margin:1rem 0}
.origin{text-indent:0;color:var(--faint);font-size:.9375rem}
blockquote{margin:1rem 0;padding:.25rem 0 .25rem 1rem;border-left:4px solid var(--line)}
.scroll{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;min-width:100%;font-size:.9375rem;line-height:1.5;overflow-wrap:normal}
article>h1,article>h2,article>h3{word-break:keep-all}
caption{padding:.5rem;font-family:var(--head);text-align:center}
@media (max-width:40rem){caption{text-align:left}}
th,td{border:1px solid var(--line);padding:.4rem .5rem;min-width:4em;vertical-align:middle}
th{background:var(--back)}
.long{word-break:break-all}.short{white-space:nowrap;min-width:0}.longer{min-width:9em}.longest{min-width:14em}
figure{margin:1.25rem 0;text-align:center}
figure img{max-width:100%;height:auto}
figcaption{font-family:var(--head);font-size:.9375rem}
.notes{margin-top:1.5rem;border-top:1px solid var(--line);font-size:.9375rem}
.notes p{text-indent:0;padding-left:1.25em}.notes p>a{margin-left:-1.25em}
sup{line-height:0}sup a{padding:.5em .25em;margin:0 -.25em}sup a{text-decoration:none}
aside:target,a:target{background:var(--back)}
.back{text-align:right;text-indent:0;font-size:.9375rem}
.back a{display:inline-block;padding:.5rem 0}
footer{padding-top:1rem;padding-bottom:3rem;color:var(--faint);font-size:.9375rem}
footer p{text-indent:0;margin:.25rem 0}
@media print{:root{color-scheme:light;--ink:#000;--paper:#fff;--faint:#333;--line:#555;--red:#a8101c;--link:#000;--back:#fff}
body{font-size:10.5pt;line-height:1.6}.skip,.back{display:none}.scroll{overflow:visible}table{min-width:0;width:100%}tr,figure{break-inside:avoid}
h2,h3,h4,h5,h6{break-after:avoid}article{border:0}@page{size:A4;margin:24mm 25mm}}
`

// policy forbids what the page does not need: it runs nothing and fetches nothing. The look is allowed by its digest.
func policy(css string) string {
	sum := sha256.Sum256([]byte(css))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
}

func (h *page) write(b *bufio.Writer) {
	w, css := h.w, h.css()
	fmt.Fprintf(b, "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"%s\">\n"+
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>%s</title>\n", policy(css), escape(cmp.Or(w.title(), "文件")))
	if w.Issuer != "" {
		fmt.Fprintf(b, "<meta name=\"author\" content=\"%s\">\n", escape(w.Issuer))
	}
	b.WriteString("<style>")
	b.WriteString(css)
	b.WriteString("</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#text\">到正文</a>\n")
	if h.publication() {
		h.head(b)
		h.contents(b)
	}
	b.WriteString("<main id=\"text\" tabindex=\"-1\">\n")
	h.sections(b)
	b.WriteString("</main>\n")
	h.foot(b)
	b.WriteString("</body>\n</html>\n")
}

// publication reports whether the work is one with a name and a directory of its own, and not a document by itself.
func (h *page) publication() bool { return h.w.Cover != nil || h.w.articles() != 1 }

func (w *Work) articles() (n int) {
	for _, s := range w.Sections {
		n += len(s.Articles)
	}
	return n
}

func (h *page) head(b *bufio.Writer) {
	w := h.w
	fmt.Fprintf(b, "<header>\n<h1>%s</h1>\n", escape(cmp.Or(w.Name, "文件")))
	if w.Volume != "" {
		fmt.Fprintf(b, "<p>%s</p>\n", escape(w.Volume))
	}
	if !w.Issued.IsZero() {
		fmt.Fprintf(b, "<p>%s</p>\n", w.Issued.Format("2006年1月2日"))
	}
	if w.Cover != nil {
		if src := h.picture(w.Cover.Picture); src != "" {
			fmt.Fprintf(b, "<img src=\"%s\" alt=\"封面图\">\n", src)
		}
		for _, n := range w.Cover.Notes {
			fmt.Fprintf(b, "<p>%s</p>\n", escape(n))
		}
	}
	b.WriteString("</header>\n")
}

// contents is the directory, two levels deep.
func (h *page) contents(b *bufio.Writer) {
	b.WriteString("<nav class=\"toc\" id=\"toc\" aria-labelledby=\"toc-title\" tabindex=\"-1\">\n<h2 id=\"toc-title\">目录</h2>\n<ol>\n")
	n := 0
	for i, s := range h.w.Sections {
		title := s.heading()
		if title != "" {
			fmt.Fprintf(b, "<li class=\"part\"><a href=\"#s-%d\">%s</a>\n<ol>\n", i+1, escape(title))
		}
		for _, a := range s.Articles {
			n++
			class := ""
			if title != s.Title {
				class = " class=\"part\""
			}
			fmt.Fprintf(b, "<li%s><a href=\"#n-%d\">%s</a></li>\n", class, n, escape(a.Title))
		}
		if title != "" {
			b.WriteString("</ol></li>\n")
		}
	}
	b.WriteString("</ol>\n</nav>\n")
}

func (h *page) sections(b *bufio.Writer) {
	n := 0
	m := &markup{picture: h.picture, level: 3}
	if !h.publication() {
		m.level = 1
	}
	for i, s := range h.w.Sections {
		title := s.heading()
		if title != "" {
			fmt.Fprintf(m, "<h2 class=\"section\" id=\"s-%d\">%s</h2>\n", i+1, escape(title))
		}
		if m.level > 1 {
			if m.level = 3; title != s.Title {
				m.level = 2
			}
		}
		for _, a := range s.Articles {
			n++
			m.anchor = fmt.Sprintf("n-%d", n)
			m.article(a)
			if h.publication() {
				fmt.Fprintf(m, "<p class=\"back\"><a href=\"#toc\">返回目录</a></p>\n")
			}
			_, _ = m.WriteTo(b) // b tells of its errors when it is flushed
		}
	}
}

// picture is a picture as an address that holds it.
func (h *page) picture(digest string) string {
	p, ok := h.w.Pictures[digest]
	if !ok || p.Mime != "image/png" && p.Mime != "image/jpeg" {
		return ""
	}
	return "data:" + p.Mime + ";base64," + base64.StdEncoding.EncodeToString(p.Data)
}

func (h *page) foot(b *bufio.Writer) {
	w := h.w
	if w.Statement == "" && len(w.Colophon) == 0 {
		return
	}
	b.WriteString("<footer>\n")
	if w.Statement != "" {
		fmt.Fprintf(b, "<p>%s</p>\n", escape(w.Statement))
	}
	for _, f := range w.Colophon {
		if f.Value != "" {
			fmt.Fprintf(b, "<p>%s：%s</p>\n", escape(f.Name), escape(f.Value))
		}
	}
	b.WriteString("</footer>\n")
}
