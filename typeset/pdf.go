package typeset

import (
	"bytes"
	"cmp"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

// PDF says how a PDF is written.
type PDF struct {
	Made      time.Time   // in its metadata; the same moment gives the same bytes
	Watermark string      // drawn grey across every page, as an artefact; "" for none
	Signature *Credential // who signs it (PAdES); nil for nobody
}

// WritePDF writes a book as PDF 1.7, structured as PDF/A-2a asks: embedded subset fonts that give back the text, tags with alternative texts, bookmarks,
// metadata and an output intent. That it conforms is not claimed, only that it is built so.
func WritePDF(w io.Writer, b *Book, o PDF) error {
	p := &pdf{b: b, o: o}
	var err error
	if o.Signature != nil {
		if p.signedAt, err = o.Signature.moment(FormatPDF, o.Made); err != nil {
			return err
		}
	}
	if p.mark, err = b.watermark(o.Watermark); err != nil {
		return err
	}
	p.fonts()
	if err := p.images(); err != nil {
		return err
	}
	p.reserve()
	p.signature()
	for i := range b.Pages {
		p.page(i)
	}
	p.structure()
	p.outlines()
	p.catalog()
	return p.finish(w)
}

// pdf is a file being written. Objects are numbered from 1 as they are reserved.
type pdf struct {
	b    *Book
	o    PDF
	mark []Run // the watermark, around the origin; none without one
	objs [][]byte

	packer *zlib.Writer // of one stream after the other
	packed bytes.Buffer // the stream
	body   content      // of the page that is being written

	faces    map[*Face]*subset
	fontName map[*Face]string
	fontRefs string
	imageOf  map[string]string // resource name by digest
	imgRefs  string

	pageIDs           []int
	tree, firstElem   int
	kids              [][]string // of each element, in reading order
	parents           [][]int    // of each page: the element of each marked piece
	linkParents       []int      // the element of each link's annotation
	inline            []bool     // elements that stand in the middle of their parent's text, and are among its kids already
	first             []int      // the page on which an element is drawn first
	catalogID, infoID int
	outlineID         int

	signatureID, fieldID int // 0 without a signature
	signedAt             time.Time
}

// add puts an object in, and returns its number.
func (p *pdf) add(body string) int {
	p.objs = append(p.objs, []byte(body))
	return len(p.objs)
}

func (p *pdf) set(id int, body string) { p.objs[id-1] = []byte(body) }

// stream puts a compressed stream in.
func (p *pdf) stream(dict string, data []byte) int {
	if p.packer == nil {
		p.packer, _ = zlib.NewWriterLevel(&p.packed, zlib.BestSpeed) // the level is one that there is
	}
	p.packed.Reset()
	p.packer.Reset(&p.packed)
	_, _ = p.packer.Write(data) // a Buffer takes everything
	_ = p.packer.Close()
	return p.raw(dict+" /Filter /FlateDecode", p.packed.Bytes())
}

func (p *pdf) raw(dict string, data []byte) int {
	b := make([]byte, 0, len(dict)+len(data)+48)
	b = append(fmt.Appendf(b, "<< %s /Length %d >>\nstream\n", dict, len(data)), data...)
	p.objs = append(p.objs, append(b, "\nendstream"...))
	return len(p.objs)
}

func ref(id int) string { return itoa(id) + " 0 R" }

// num is a length in points, with three digits.
func num(l Length) string {
	s := ""
	if l < 0 {
		s, l = "-", -l
	}
	if l%1000 == 0 {
		return s + itoa(int(l/1000))
	}
	return s + strings.TrimRight(fmt.Sprintf("%d.%03d", l/1000, l%1000), "0")
}

// text is a string for people, in UTF-16 with a mark.
func pdfText(s string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	b.WriteString(">")
	return b.String()
}

func (p *pdf) fonts() {
	var all []*subset
	p.faces, all = subsets(p.b, p.mark...)
	p.fontName = map[*Face]string{}
	for i, s := range all {
		name := "F" + itoa(i+1)
		p.fontName[s.face] = name
		p.fontRefs += " /" + name + " " + ref(p.font(s))
	}
}

// font is a composite font whose codes are the glyphs of the subset.
func (p *pdf) font(s *subset) int {
	f := s.face
	file := s.file()
	sum := sha256.Sum256(file)
	tag := make([]byte, 6)
	for i := range tag {
		tag[i] = 'A' + sum[i]%26
	}
	base := "/" + string(tag) + "+" + pdfName(f.Name)
	k := func(units int) int { return units * 1000 / f.upem }
	data := p.stream(fmt.Sprintf("/Length1 %d", len(file)), file)
	flags := 4
	desc := p.add(fmt.Sprintf("<< /Type /FontDescriptor /FontName %s /Flags %d /FontBBox [%d %d %d %d] /ItalicAngle 0 /Ascent %d /Descent %d /CapHeight %d /StemV 80 /FontFile2 %s >>",
		base, flags, -k(f.upem), k(f.descent), k(2*f.upem), k(f.ascent), k(f.ascent), k(f.descent), k(f.ascent), ref(data)))
	var w strings.Builder
	for i, gt := range s.order {
		fmt.Fprintf(&w, "%d [%d] ", i+1, k(f.advance(gt.id)))
	}
	cid := p.add(fmt.Sprintf("<< /Type /Font /Subtype /CIDFontType2 /BaseFont %s /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor %s /DW %d /W [%s] /CIDToGIDMap /Identity >>",
		base, ref(desc), k(f.advance(0)), w.String()))
	return p.add(fmt.Sprintf("<< /Type /Font /Subtype /Type0 /BaseFont %s /Encoding /Identity-H /DescendantFonts [%s] /ToUnicode %s >>", base, ref(cid), ref(p.stream("", s.toUnicode()))))
}

// pdfName is a name of ASCII letters.
func pdfName(s string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 127 && !strings.ContainsRune("()<>[]{}/%#", r) {
			return r
		}
		return '-'
	}, s)
}

// toUnicode tells the text of each glyph.
func (s *subset) toUnicode() []byte {
	var b bytes.Buffer
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	for i := 0; i < len(s.order); i += 100 {
		part := s.order[i:min(i+100, len(s.order))]
		fmt.Fprintf(&b, "%d beginbfchar\n", len(part))
		for k, gt := range part {
			fmt.Fprintf(&b, "<%04X> <", i+k+1)
			for _, u := range utf16.Encode([]rune(gt.text)) {
				fmt.Fprintf(&b, "%04X", u)
			}
			b.WriteString(">\n")
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return b.Bytes()
}

// reserve numbers what others refer to before it is written.
func (p *pdf) reserve() {
	p.catalogID, p.infoID, p.tree = p.add(""), p.add(""), p.add("")
	for range p.b.Pages {
		p.pageIDs = append(p.pageIDs, p.add(""))
	}
	p.firstElem = len(p.objs) + 1
	for range p.b.Elements {
		p.add("")
	}
	p.kids = make([][]string, len(p.b.Elements))
	p.parents = make([][]int, len(p.b.Pages))
	p.inline = make([]bool, len(p.b.Elements))
	p.first = make([]int, len(p.b.Elements))
	for i := range p.first {
		p.first[i] = len(p.b.Pages)
	}
}

// elem is the object of an element.
func (p *pdf) elem(i int) string { return ref(p.firstElem + i) }

// content writes what is drawn on a page, each piece marked with its element.
type content struct {
	bytes.Buffer
	p      *pdf
	page   int
	open   int // the element that is open; -2 for none, -1 for an artefact
	colour Colour
	h      Length
}

// mark opens an element, unless it is open.
func (c *content) mark(e int) {
	if c.open == e {
		return
	}
	c.end()
	if e < 0 {
		c.WriteString("/Artifact BMC\n")
		c.open = -1
		return
	}
	c.p.met(e, c.page)
	id := len(c.p.parents[c.page])
	c.p.parents[c.page] = append(c.p.parents[c.page], e)
	c.p.kids[e] = append(c.p.kids[e], fmt.Sprintf("<< /Type /MCR /Pg %s /MCID %d >>", ref(c.p.pageIDs[c.page]), id))
	fmt.Fprintf(c, "/%s << /MCID %d >> BDC\n", c.p.b.Elements[e].Role, id)
	c.open = e
}

// met notes that an element is drawn: where first, and, for a link, where in the text around it.
func (p *pdf) met(e, page int) {
	for at := e; p.b.Elements[at].Role.inline() && !p.inline[at] && p.b.Elements[at].Parent >= 0; at = p.b.Elements[at].Parent {
		p.inline[at] = true
		p.kids[p.b.Elements[at].Parent] = append(p.kids[p.b.Elements[at].Parent], p.elem(at))
	}
	for ; e >= 0 && p.first[e] > page; e = p.b.Elements[e].Parent {
		p.first[e] = page
	}
}

func (c *content) end() {
	if c.open > -2 {
		c.WriteString("EMC\n")
	}
	c.open = -2
}

func (c *content) fill(k Colour) {
	if k != c.colour {
		fmt.Fprintf(c, "%s %s %s rg\n", part(k.R), part(k.G), part(k.B))
		c.colour = k
	}
}

// part is a part of a colour from 0 to 1.
func part(v uint8) string { return num(Length(int(v) * 1000 / 255)) }

func (p *pdf) page(n int) {
	pg := &p.b.Pages[n]
	c := &p.body
	c.Reset()
	c.p, c.page, c.open, c.h, c.colour = p, n, -2, pg.H, Colour{}
	c.watermark(pg)
	for _, r := range pg.Rules {
		c.mark(r.Element)
		c.fill(r.Colour)
		fmt.Fprintf(c, "%s %s %s %s re f\n", num(r.X), num(pg.H-r.Y-r.H), num(r.W), num(r.H))
	}
	for _, im := range pg.Images {
		if name, ok := p.imageOf[im.Digest]; ok {
			c.mark(im.Element)
			fmt.Fprintf(c, "q %s 0 0 %s %s %s cm /%s Do Q\n", num(im.W), num(im.H), num(im.X), num(pg.H-im.Y-im.H), name)
		}
	}
	for i := range pg.Runs {
		c.run(&pg.Runs[i])
	}
	c.end()
	body := p.stream("", c.Bytes())
	p.set(p.pageIDs[n], fmt.Sprintf("<< /Type /Page /Parent %s /MediaBox [0 0 %s %s] /Resources << /Font <<%s >> /XObject <<%s >> >> /Contents %s /StructParents %d /Tabs /S%s >>",
		ref(p.tree), num(pg.W), num(pg.H), p.fontRefs, p.imgRefs, ref(body), n, p.annotations(n)))
}

const hexes = "0123456789ABCDEF"

// run shows glyphs. Where the next one does not stand where the face would put it, the difference is written.
func (c *content) run(r *Run) {
	c.mark(r.Element)
	c.fill(r.Colour)
	s := c.p.faces[r.Face]
	fmt.Fprintf(c, "BT /%s %s Tf 1 0 0 1 %s %s Tm [<", c.p.fontName[r.Face], num(r.Size), num(r.X), num(c.h-r.Y))
	var pen Length
	for i, g := range r.Glyphs {
		if i > 0 && pen != g.X {
			if adj := (pen - g.X) * 1000 / r.Size; adj != 0 {
				fmt.Fprintf(c, ">%d<", adj)
				pen -= adj * r.Size / 1000
			}
		}
		id := s.ids[glyphText{g.ID, g.Text}]
		c.Write([]byte{hexes[id>>12], hexes[id>>8&15], hexes[id>>4&15], hexes[id&15]})
		pen += r.Face.Advance(g.ID, r.Size)
	}
	c.WriteString(">] TJ ET\n")
}

// annotations are the links of a page.
func (p *pdf) annotations(n int) string {
	var refs []string
	if n == 0 && p.fieldID > 0 {
		refs = append(refs, ref(p.fieldID))
	}
	pg := &p.b.Pages[n]
	for _, l := range pg.Links {
		to := fmt.Sprintf("/Dest [%s /XYZ 0 %s null]", ref(p.pageIDs[min(max(l.Page, 0), len(p.pageIDs)-1)]), num(pg.H-l.At))
		what := "转到"
		if l.Element >= 0 {
			what = cmp.Or(p.b.Elements[l.Element].Alt, what)
		}
		if l.URL != "" {
			to, what = "/A << /S /URI /URI ("+uri(l.URL)+") >>", l.URL
		}
		parent := ""
		if l.Element >= 0 {
			parent = fmt.Sprintf(" /StructParent %d", len(p.b.Pages)+len(p.linkParents))
			p.linkParents = append(p.linkParents, l.Element)
		}
		id := p.add(fmt.Sprintf("<< /Type /Annot /Subtype /Link /Rect [%s %s %s %s] /Border [0 0 0] /F 4 /Contents %s %s%s >>",
			num(l.X), num(pg.H-l.Y-l.H), num(l.X+l.W), num(pg.H-l.Y), pdfText(what), to, parent))
		refs = append(refs, ref(id))
		if l.Element >= 0 {
			p.kids[l.Element] = append(p.kids[l.Element], fmt.Sprintf("<< /Type /OBJR /Pg %s /Obj %s >>", ref(p.pageIDs[n]), ref(id)))
		}
	}
	if len(refs) == 0 {
		return ""
	}
	return " /Annots [" + strings.Join(refs, " ") + "]"
}

// uri is an address as a literal string.
func uri(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch ch := s[i]; {
		case ch == '(' || ch == ')' || ch == '\\':
			b.WriteByte('\\')
			b.WriteByte(ch)
		case ch <= ' ' || ch >= 127:
			fmt.Fprintf(&b, "%%%02X", ch)
		default:
			b.WriteByte(ch)
		}
	}
	return b.String()
}

// structure writes the tree of elements and what leads back from the pages to it.
func (p *pdf) structure() {
	order := make([][]int, len(p.b.Elements))
	for i, e := range p.b.Elements {
		if e.Parent >= 0 && !p.inline[i] {
			order[e.Parent] = append(order[e.Parent], i)
		}
	}
	// Cover and directory are made after the text, whose pages they name.
	slices.SortStableFunc(order[0], func(a, b int) int { return p.first[a] - p.first[b] })
	root := p.add("")
	for i, e := range p.b.Elements {
		parent := ref(root)
		if e.Parent >= 0 {
			parent = p.elem(e.Parent)
		}
		kids := p.kids[i]
		for _, k := range order[i] {
			kids = append(kids, p.elem(k))
		}
		p.set(p.firstElem+i, fmt.Sprintf("<< /Type /StructElem /S /%s /P %s%s /K [%s] >>", e.Role, parent, attributes(e), strings.Join(kids, " ")))
	}
	var nums strings.Builder
	for n, es := range p.parents {
		fmt.Fprintf(&nums, "%d [", n)
		for _, e := range es {
			nums.WriteString(p.elem(e) + " ")
		}
		nums.WriteString("] ")
	}
	for i, e := range p.linkParents {
		fmt.Fprintf(&nums, "%d %s ", len(p.b.Pages)+i, p.elem(e))
	}
	tree := p.add("<< /Nums [" + nums.String() + "] >>")
	p.set(root, fmt.Sprintf("<< /Type /StructTreeRoot /K [%s] /ParentTree %s /ParentTreeNextKey %d >>", p.elem(0), ref(tree), len(p.b.Pages)+len(p.linkParents)))
	p.set(p.catalogID, ref(root)) // the catalogue is written last, and needs it
}

// attributes say what the tag alone does not.
func attributes(e Element) string {
	s := ""
	if e.Alt != "" {
		s += " /Alt " + pdfText(e.Alt)
	}
	if e.Role == RoleCell || e.Role == RoleHeadCell {
		s += " /A << /O /Table"
		if e.ColSpan > 1 {
			s += " /ColSpan " + itoa(e.ColSpan)
		}
		if e.RowSpan > 1 {
			s += " /RowSpan " + itoa(e.RowSpan)
		}
		if e.Role == RoleHeadCell {
			s += " /Scope /Column"
		}
		s += " >>"
	}
	return s
}

// outlines writes the bookmarks.
func (p *pdf) outlines() {
	if len(p.b.Outline) > 0 {
		p.outlineID = p.add("")
		first, last, n := p.bookmarks(p.b.Outline, p.outlineID)
		p.set(p.outlineID, fmt.Sprintf("<< /Type /Outlines /First %s /Last %s /Count %d >>", ref(first), ref(last), n))
	}
}

func (p *pdf) bookmarks(ms []Bookmark, parent int) (first, last, n int) {
	ids := make([]int, len(ms))
	for i := range ms {
		ids[i] = p.add("")
	}
	for i, m := range ms {
		page := min(max(m.Page, 0), len(p.pageIDs)-1)
		s := fmt.Sprintf("<< /Title %s /Parent %s /Dest [%s /XYZ 0 %s null]", pdfText(m.Title), ref(parent), ref(p.pageIDs[page]), num(p.b.Pages[page].H-m.At))
		if i > 0 {
			s += " /Prev " + ref(ids[i-1])
		}
		if i+1 < len(ms) {
			s += " /Next " + ref(ids[i+1])
		}
		n++
		if len(m.Kids) > 0 {
			a, b, kids := p.bookmarks(m.Kids, ids[i])
			s += fmt.Sprintf(" /First %s /Last %s /Count %d", ref(a), ref(b), kids)
			n += kids
		}
		p.set(ids[i], s+" >>")
	}
	return ids[0], ids[len(ids)-1], n
}

func (p *pdf) catalog() {
	root := string(p.objs[p.catalogID-1])
	var kids strings.Builder
	for _, id := range p.pageIDs {
		kids.WriteString(ref(id) + " ")
	}
	p.set(p.tree, fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", kids.String(), len(p.pageIDs)))
	icc := p.stream("/N 3", srgb())
	intent := p.add(fmt.Sprintf("<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB IEC61966-2.1) /Info (sRGB IEC61966-2.1) /DestOutputProfile %s >>", ref(icc)))
	meta := p.raw("/Type /Metadata /Subtype /XML", p.xmp())
	outline := ""
	if p.outlineID > 0 {
		outline = " /Outlines " + ref(p.outlineID) + " /PageMode /UseOutlines"
	}
	form := ""
	if p.fieldID > 0 { // 3: there is a signature, and what is added must be added at the end
		form = " /AcroForm << /SigFlags 3 /Fields [" + ref(p.fieldID) + "] >>"
	}
	p.set(p.catalogID, fmt.Sprintf("<< /Type /Catalog /Version /1.7 /Pages %s /StructTreeRoot %s /MarkInfo << /Marked true >> /Lang (zh-CN) /Metadata %s /OutputIntents [%s] /ViewerPreferences << /DisplayDocTitle true >> /PageLabels << /Nums [%s] >>%s%s >>",
		ref(p.tree), root, ref(meta), ref(intent), p.labels(), outline, form))
	p.set(p.infoID, fmt.Sprintf("<< /Title %s /Author %s /Producer (Tongfa) /CreationDate (%s) /ModDate (%s) >>", pdfText(p.title()), pdfText(p.b.Work.Issuer), p.date(), p.date()))
}

// labels number the pages as they are printed: those before the body in Roman numerals.
func (p *pdf) labels() string {
	for i := range p.b.Pages {
		if p.b.Pages[i].Label != "" {
			if i == 0 {
				return "0 << /S /D >>"
			}
			return fmt.Sprintf("0 << /S /r >> %d << /S /D >>", i)
		}
	}
	return "0 << /S /D >>"
}

func (p *pdf) title() string {
	return strings.TrimSpace(p.b.Work.Name + " " + p.b.Work.Volume)
}

func (p *pdf) date() string { return pdfDate(p.o.Made) }

func pdfDate(t time.Time) string { return "D:" + t.UTC().Format("20060102150405") + "+00'00'" }

// xmp is the metadata that PDF/A asks for.
func (p *pdf) xmp() []byte {
	esc := func(s string) string {
		var b bytes.Buffer
		_ = xml.EscapeText(&b, []byte(s)) // a Buffer takes everything
		return b.String()
	}
	at := p.o.Made.UTC().Format("2006-01-02T15:04:05Z")
	return []byte(`<?xpacket begin="` + "\ufeff" + `" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">` + esc(p.title()) + `</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>` + esc(p.b.Work.Issuer) + `</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>zh-CN</rdf:li></rdf:Bag></dc:language>
<xmp:CreateDate>` + at + `</xmp:CreateDate><xmp:ModifyDate>` + at + `</xmp:ModifyDate>
<pdf:Producer>Tongfa</pdf:Producer>
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>`)
}

// finish writes the objects, their places, and the trailer. The file's id is the digest of its content, so that the same book has the same one.
func (p *pdf) finish(to io.Writer) error {
	if g, ok := to.(interface{ Grow(int) }); ok { // a buffer of the right size
		all := 0
		for _, o := range p.objs {
			all += len(o) + 48
		}
		g.Grow(all + 1024)
	}
	sum := sha256.New()
	out, whole, w := &bytes.Buffer{}, &bytes.Buffer{}, to
	if p.signatureID > 0 {
		w = whole
	}
	start, at := 0, make([]int, len(p.objs))
	write := func(parts ...[]byte) error {
		for _, b := range parts {
			sum.Write(b)
			start += len(b)
			if _, err := w.Write(b); err != nil {
				return err
			}
		}
		return nil
	}
	if err := write([]byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")); err != nil {
		return err
	}
	for i, o := range p.objs {
		at[i] = start
		if err := write(fmt.Appendf(nil, "%d 0 obj\n", i+1), o, []byte("\nendobj\n")); err != nil {
			return err
		}
		p.objs[i] = nil
	}
	id := hex.EncodeToString(sum.Sum(nil)[:16])
	fmt.Fprintf(out, "xref\n0 %d\n0000000000 65535 f \n", len(p.objs)+1)
	for _, a := range at {
		fmt.Fprintf(out, "%010d 00000 n \n", a)
	}
	fmt.Fprintf(out, "trailer\n<< /Size %d /Root %s /Info %s /ID [<%s> <%s>] >>\nstartxref\n%d\n%%%%EOF\n", len(p.objs)+1, ref(p.catalogID), ref(p.infoID), id, id, start)
	_, err := w.Write(out.Bytes())
	if err != nil || p.signatureID == 0 {
		return err
	}
	return p.signed(to, whole.Bytes(), at[p.signatureID-1])
}
