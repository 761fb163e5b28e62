package typeset

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// OFD says how an OFD is written.
type OFD struct {
	Made        time.Time // in its metadata; the same moment gives the same bytes
	Watermark   string    // drawn grey across every page, in its background; "" for none
	Attachments []Attached
	Signer      OFDSigner // nil for no signature
}

// WriteOFD writes a book as OFD (GB/T 33190-2016): the same glyphs at the same places as the PDF, with embedded subset fonts, an outline, links and permissions.
// It keeps to the plain part of the standard that readers agree on: no empty element, characters beyond the BMP in an object of their own, and a new object
// where a mark was squeezed, as some readers narrow the glyph there.
func WriteOFD(w io.Writer, b *Book, o OFD) error {
	d := &ofd{b: b, o: o, a: newArchive(w, o.Made), signedAt: o.Made.UTC()}
	var err error
	if c, ok := o.Signer.(*Credential); ok {
		if d.signedAt, err = c.moment(FormatOFD, o.Made); err != nil {
			return err
		}
	}
	d.a.digested = o.Signer != nil
	if d.mark, err = b.watermark(o.Watermark); err != nil {
		return err
	}
	d.faces, d.order = subsets(b, d.mark...)
	d.text = b.texts()
	d.root()
	d.resources()
	for i := range b.Pages {
		d.page(i)
	}
	d.readingOrder()
	d.attachments()
	d.document()
	if err = d.sign(); err != nil {
		return err
	}
	return d.a.close()
}

type ofd struct {
	b        *Book
	o        OFD
	a        *archive
	signedAt time.Time
	mark     []Run // the watermark, around the origin; none without one
	faces    map[*Face]*subset
	order    []*subset

	fontID  map[*Face]int
	imageID map[string]int
	text    []bool // of each element, whether it belongs to the work's text; element 0 is the document, which draws nothing
	placed  []object
	tagged  bool // whether some text is read in another order than it is drawn
	at      int  // the page that is being written
	last    int  // the last identifier that was given
}

const ofdHead = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
const ofdNS = `xmlns:ofd="http://www.ofdspec.org/2016"`

func (d *ofd) id() int {
	d.last++
	return d.last
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a Buffer takes everything
	return b.String()
}

// mm is a length in millimetres, to a ten-thousandth.
func mm(l Length) string {
	n := int64(l) * 254000 / 72000 // in ten-thousandths of a millimetre, l being thousandths of a point
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	s := fmt.Sprintf("%s%d.%04d", sign, n/10000, n%10000)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// paper is an edge of a page in millimetres, to a hundredth: a thousandth of a point would make A4 210.0001 mm wide.
func paper(l Length) string {
	return strconv.FormatFloat(math.Round(l.MM()*100)/100, 'f', -1, 64)
}

func (d *ofd) root() {
	var b bytes.Buffer
	sum := sha256.Sum256([]byte(d.b.Work.Name + d.b.Work.Volume + d.o.Made.UTC().String()))
	b.WriteString(ofdHead)
	fmt.Fprintf(&b, `<ofd:OFD %s Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:DocID>%s</ofd:DocID><ofd:Title>%s</ofd:Title>`, ofdNS, hex.EncodeToString(sum[:16]), escape(strings.TrimSpace(d.b.Work.Name+" "+d.b.Work.Volume)))
	if d.b.Work.Issuer != "" {
		fmt.Fprintf(&b, `<ofd:Author>%s</ofd:Author>`, escape(d.b.Work.Issuer))
	}
	day := d.o.Made.Format(time.DateOnly)
	fmt.Fprintf(&b, `<ofd:CreationDate>%s</ofd:CreationDate><ofd:ModDate>%s</ofd:ModDate><ofd:Creator>Tongfa</ofd:Creator></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>`, day, day)
	if d.o.Signer != nil {
		b.WriteString(`<ofd:Signatures>Doc_0/Signs/Signatures.xml</ofd:Signatures>`)
	}
	b.WriteString(`</ofd:DocBody></ofd:OFD>`)
	d.a.text("OFD.xml", &b)
}

// resources are the fonts and the pictures.
func (d *ofd) resources() {
	d.fontID, d.imageID = map[*Face]int{}, map[string]int{}
	var fonts, media bytes.Buffer
	for i, s := range d.order {
		id, file := d.id(), fmt.Sprintf("font_%d.ttf", i+1)
		d.fontID[s.face] = id
		bold := ""
		if s.face.Bold {
			bold = ` Bold="true"`
		}
		family := s.face.Family
		if family == "" {
			family = s.face.Name
		}
		fmt.Fprintf(&fonts, `<ofd:Font ID="%d" FontName="%s" FamilyName="%s"%s><ofd:FontFile>%s</ofd:FontFile></ofd:Font>`, id, escape(family), escape(family), bold, file)
		d.a.add("Doc_0/Res/"+file, s.file(), zip.Deflate)
	}
	used := map[string]bool{}
	for i := range d.b.Pages {
		for _, im := range d.b.Pages[i].Images {
			used[im.Digest] = true
		}
	}
	for i, digest := range slices.Sorted(maps.Keys(used)) {
		pic, ok := d.b.Work.Pictures[digest]
		if !ok {
			continue
		}
		id, ext, format := d.id(), "png", "PNG"
		if pic.Mime == "image/jpeg" {
			ext, format = "jpg", "JPEG"
		}
		file := fmt.Sprintf("image_%d.%s", i+1, ext)
		d.imageID[digest] = id
		fmt.Fprintf(&media, `<ofd:MultiMedia ID="%d" Type="Image" Format="%s"><ofd:MediaFile>%s</ofd:MediaFile></ofd:MultiMedia>`, id, format, file)
		d.a.add("Doc_0/Res/"+file, pic.Data, zip.Store)
	}
	if fonts.Len() > 0 {
		d.resource("PublicRes.xml", "Fonts", &fonts)
	}
	if media.Len() > 0 {
		d.resource("DocumentRes.xml", "MultiMedias", &media)
	}
}

func (d *ofd) resource(name, element string, inner *bytes.Buffer) {
	var b bytes.Buffer
	fmt.Fprintf(&b, `%s<ofd:Res %s BaseLoc="Res"><ofd:%s>%s</ofd:%s></ofd:Res>`, ofdHead, ofdNS, element, inner.String(), element)
	d.a.text("Doc_0/"+name, &b)
}

// page writes what is drawn on one page.
func (d *ofd) page(n int) {
	pg := &d.b.Pages[n]
	d.at = n
	var b bytes.Buffer
	fmt.Fprintf(&b, `%s<ofd:Page %s><ofd:Area><ofd:PhysicalBox>0 0 %s %s</ofd:PhysicalBox></ofd:Area>`, ofdHead, ofdNS, paper(pg.W), paper(pg.H))
	under := d.background(pg) // identifiers rise in the order in which things are drawn: some readers go by them
	body, rest := d.layer(pg, "Body", func(e int) bool { return d.text[max(e, 0)] }), d.layer(pg, "Foreground", func(e int) bool { return !d.text[max(e, 0)] })
	if len(under)+len(body)+len(rest) > 0 {
		fmt.Fprintf(&b, `<ofd:Content>%s%s%s</ofd:Content>`, under, body, rest)
	}
	b.WriteString(`</ofd:Page>`)
	d.a.text(fmt.Sprintf("Doc_0/Pages/Page_%d/Content.xml", n), &b)
}

// layer is what of a page belongs in one layer. The body holds the text of the work, and nothing else: cover, directory, running heads and page numbers stand
// in the foreground, so that whoever takes the text of the body gets the articles.
func (d *ofd) layer(pg *Page, kind string, belongs func(element int) bool) string {
	var b bytes.Buffer
	id := d.id()
	for _, r := range pg.Rules {
		if belongs(r.Element) {
			fmt.Fprintf(&b, `<ofd:PathObject ID="%d" Boundary="%s" Stroke="false" Fill="true"><ofd:FillColor Value="%s"/><ofd:AbbreviatedData>M 0 0 L %s 0 L %s %s L 0 %s C</ofd:AbbreviatedData></ofd:PathObject>`,
				d.id(), box4(r.X, r.Y, r.W, r.H), rgb(r.Colour), mm(r.W), mm(r.W), mm(r.H), mm(r.H))
		}
	}
	for _, im := range pg.Images {
		if id, ok := d.imageID[im.Digest]; ok && belongs(im.Element) {
			fmt.Fprintf(&b, `<ofd:ImageObject ID="%d" Boundary="%s" CTM="%s 0 0 %s 0 0" ResourceID="%d"/>`, d.id(), box4(im.X, im.Y, im.W, im.H), mm(im.W), mm(im.H), id)
		}
	}
	for i := range pg.Runs {
		if belongs(pg.Runs[i].Element) {
			d.run(&b, &pg.Runs[i])
		}
	}
	d.links(&b, pg, belongs)
	if b.Len() == 0 {
		return ""
	}
	return fmt.Sprintf(`<ofd:Layer Type="%s" ID="%d">%s</ofd:Layer>`, kind, id, b.String())
}

// box4 is a rectangle, never without width or height.
func box4(x, y, w, h Length) string {
	return mm(x) + " " + mm(y) + " " + mm(max(w, 10)) + " " + mm(max(h, 10))
}

func rgb(c Colour) string { return fmt.Sprintf("%d %d %d", c.R, c.G, c.B) }

// run writes glyphs as text objects.
func (d *ofd) run(b *bytes.Buffer, r *Run) {
	d.parted(r, func(gs []Glyph) { d.object(b, r, gs) })
}

// parted hands on the glyphs of a run in as many pieces as there are objects.
func (d *ofd) parted(r *Run, piece func([]Glyph)) {
	for from := 0; from < len(r.Glyphs); {
		to := from + 1
		for to < len(r.Glyphs) && !d.parts(r, to) {
			to++
		}
		piece(r.Glyphs[from:to])
		from = to
	}
}

// parts reports whether a new object begins at a glyph.
func (d *ofd) parts(r *Run, i int) bool {
	wide := func(g Glyph) bool { return len(g.Text) == 4 } // four bytes of UTF-8 are beyond the BMP
	before := r.Glyphs[i-1]
	return wide(before) || wide(r.Glyphs[i]) || r.Glyphs[i].X-before.X < r.Face.Advance(before.ID, r.Size)*95/100
}

// object writes glyphs that follow each other as one text object.
func (d *ofd) object(b *bytes.Buffer, r *Run, gs []Glyph) {
	last := gs[len(gs)-1]
	w := last.X - gs[0].X + r.Face.Advance(last.ID, r.Size)
	top := r.Size * 9 / 10
	id := d.id()
	d.placed = append(d.placed, object{id, d.at, r.Element})
	d.words(b, r, gs, id, fmt.Sprintf(`Boundary="%s"`, box4(r.X+gs[0].X, r.Y-top, w, r.Size*5/4)), 0, top)
}

// words is a text object in its place.
func (d *ofd) words(b *bytes.Buffer, r *Run, gs []Glyph, id int, place string, x, y Length) {
	var text strings.Builder
	var deltas []Length
	for i, g := range gs {
		text.WriteString(g.Text)
		if i > 0 {
			deltas = append(deltas, g.X-gs[i-1].X)
		}
	}
	fmt.Fprintf(b, `<ofd:TextObject ID="%d" %s Font="%d" Size="%s">`, id, place, d.fontID[r.Face], mm(r.Size))
	if r.Colour != (Colour{}) {
		fmt.Fprintf(b, `<ofd:FillColor Value="%s"/>`, rgb(r.Colour))
	}
	fmt.Fprintf(b, `<ofd:TextCode X="%s" Y="%s"`, mm(x), mm(y))
	if len(deltas) > 0 {
		fmt.Fprintf(b, ` DeltaX="%s"`, runLength(deltas))
	}
	fmt.Fprintf(b, `>%s</ofd:TextCode></ofd:TextObject>`, escape(text.String()))
}

// runLength are distances, those that repeat written as "g n d".
func runLength(ds []Length) string {
	var out []string
	for i := 0; i < len(ds); {
		n := 1
		for i+n < len(ds) && ds[i+n] == ds[i] {
			n++
		}
		if n > 2 {
			out = append(out, "g", strconv.Itoa(n), mm(ds[i]))
		} else {
			for range n {
				out = append(out, mm(ds[i]))
			}
		}
		i += n
	}
	return strings.Join(out, " ")
}

// links are areas that lead somewhere. They are filled with a colour that cannot be seen through and through: some readers paint an area black that is neither
// filled nor stroked.
func (d *ofd) links(b *bytes.Buffer, pg *Page, belongs func(element int) bool) {
	for _, l := range pg.Links {
		if !belongs(l.Element) {
			continue
		}
		action := fmt.Sprintf(`<ofd:URI URI="%s"/>`, escape(l.URL))
		if l.URL == "" {
			action = d.dest(l.Page, l.At)
		}
		fmt.Fprintf(b, `<ofd:PathObject ID="%d" Boundary="%s" Stroke="false" Fill="true"><ofd:Actions><ofd:Action Event="CLICK">%s</ofd:Action></ofd:Actions><ofd:FillColor Value="255 255 255" Alpha="0"/><ofd:AbbreviatedData>M 0 0 L %s 0 L %s %s L 0 %s C</ofd:AbbreviatedData></ofd:PathObject>`,
			d.id(), box4(l.X, l.Y, l.W, l.H), action, mm(l.W), mm(l.W), mm(l.H), mm(l.H))
	}
}

// pageNumber is the identifier of a page: they are numbered from a place that nothing else reaches, as a page may be named before it is written.
func pageNumber(n int) int { return 10_000_000 + n }

func (d *ofd) dest(page int, at Length) string {
	page = min(max(page, 0), len(d.b.Pages)-1)
	return fmt.Sprintf(`<ofd:Goto><ofd:Dest Type="XYZ" PageID="%d" Left="0" Top="%s" Zoom="0"/></ofd:Goto>`, pageNumber(page), mm(at))
}

func (d *ofd) document() {
	var b bytes.Buffer
	b.WriteString(ofdHead)
	w, h := d.b.Style.PageW, d.b.Style.PageH
	fmt.Fprintf(&b, `<ofd:Document %s><ofd:CommonData><ofd:MaxUnitID>%d</ofd:MaxUnitID><ofd:PageArea><ofd:PhysicalBox>0 0 %s %s</ofd:PhysicalBox></ofd:PageArea>`, ofdNS, pageNumber(len(d.b.Pages)), paper(w), paper(h))
	if len(d.fontID) > 0 {
		b.WriteString(`<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>`)
	}
	if len(d.imageID) > 0 {
		b.WriteString(`<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>`)
	}
	b.WriteString(`</ofd:CommonData><ofd:Pages>`)
	for i := range d.b.Pages {
		fmt.Fprintf(&b, `<ofd:Page ID="%d" BaseLoc="Pages/Page_%d/Content.xml"/>`, pageNumber(i), i)
	}
	b.WriteString(`</ofd:Pages>`)
	if len(d.b.Outline) > 0 {
		b.WriteString(`<ofd:Outlines>`)
		d.outline(&b, d.b.Outline)
		b.WriteString(`</ofd:Outlines>`)
	}
	b.WriteString(`<ofd:Permissions><ofd:Edit>false</ofd:Edit><ofd:Annot>false</ofd:Annot><ofd:Export>true</ofd:Export><ofd:Signature>true</ofd:Signature><ofd:Watermark>false</ofd:Watermark><ofd:PrintScreen>true</ofd:PrintScreen></ofd:Permissions>`)
	if d.tagged {
		b.WriteString(`<ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags>`)
	}
	if len(d.o.Attachments) > 0 {
		b.WriteString(`<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>`)
	}
	b.WriteString(`</ofd:Document>`)
	d.a.text("Doc_0/Document.xml", &b)
}

func (d *ofd) outline(b *bytes.Buffer, ms []Bookmark) {
	for _, m := range ms {
		fmt.Fprintf(b, `<ofd:OutlineElem Title="%s"><ofd:Actions><ofd:Action Event="CLICK">%s</ofd:Action></ofd:Actions>`, escape(m.Title), d.dest(m.Page, m.At))
		d.outline(b, m.Kids)
		b.WriteString(`</ofd:OutlineElem>`)
	}
}
