package typeset

import (
	"time"

	"tongfa/press"
)

// Length is a distance in thousandths of a point; a point is 1/72 inch.
type Length int64

// Point is one point.
const Point Length = 1000

// MM is a number of millimetres, rounded to a thousandth of a point.
func MM(mm float64) Length { return Length(mm*72000/25.4 + 0.5) }

// MM is a length in millimetres.
func (l Length) MM() float64 { return float64(l) * 25.4 / 72000 }

// Points is a length in points.
func (l Length) Points() float64 { return float64(l) / 1000 }

// Work is what is set: a gazette issue of many articles, or a single document, which is a Work with one section and one article.
type Work struct {
	Name      string    // of the publication: 示例区人民政府公报; of a document: its title
	Volume    string    // 2026年第4期（总第16期）; "" for a document
	Issued    time.Time // printed on the cover and in the metadata; zero when not known yet (a proof)
	Issuer    string    // 主办: author in the metadata
	Cover     *Cover
	Colophon  []Fact // 版权页: 主管、主办、编辑、地址、邮编、电话、网址、准印证号, in this order
	Statement string // what the office says of the standing of this text (标准文本声明)
	Sections  []Section
	Pictures  map[string]Picture // by the digest that a press.Picture names
	Head      *RedHead           // official document style: 发文机关标志 and the record lines
}

// Cover is the first page of an issue.
type Cover struct {
	Picture string // digest of a picture; "" for none
	Notes   []string
}

// Start is where an article begins.
type Start uint8

// The starts; an article that leaves it open begins as its style says.
const (
	Continuous Start = iota // below the one before
	NewPage
	OddPage // on a right-hand page, after a blank one where needed
)

// Fact is a name and its value.
type Fact struct{ Name, Value string }

// Section is a part of an issue (栏目).
type Section struct {
	Title    string // "" for a document
	Articles []Article
}

// heading is the title of a section as it is printed: an only article of the same name stands for both (更正).
func (s *Section) heading() string {
	if len(s.Articles) == 1 && s.Articles[0].Title == s.Title {
		return ""
	}
	return s.Title
}

// Article is one document of an issue.
type Article struct {
	ID          string // of its item: addresses in HTML and EPUB are made of it
	Title       string
	Number      string // 文号, set under the title; "" for none
	Body        []press.Block
	Attachments []string // names of what is attached and not printed
	Seal        string   // digest of the picture of the seal over its signature; "" for none
	Start       Start    // where it begins; the zero value leaves it to the style
	Origin      string   // a line under the article in the electronic formats: 本文刊于…; "" for none
}

// RedHead is what GB/T 9704 puts around a document: the issuing body's mark in red, number and signer, and the record at the end (版记).
type RedHead struct {
	Mark      string // 示例区人民政府办公室文件
	Number    string
	Signer    string // 签发人, of documents that go upwards; "" for none
	Secrecy   string // 密级, "" for none
	Urgency   string
	Copies    string // 抄送
	Printer   string // 印发机关
	PrintedOn string // 2026年11月26日印发
}

// Picture is an image as it came, and its size in pixels.
type Picture struct {
	Mime string // image/png or image/jpeg
	Data []byte
	W, H int
}

// Colour is an RGB colour, 8 bits each; the zero Colour is black.
type Colour struct{ R, G, B uint8 }

// Book is a Work laid out.
type Book struct {
	Work     *Work
	Style    *Style
	Pages    []Page
	Outline  []Bookmark
	Elements []Element // in reading order; the first is the document
	Report   Report    // how well its lines are set
}

// Page is one page. What is drawn comes in reading order; what belongs to no element (running head, page number, rule) has Element -1.
type Page struct {
	W, H   Length
	Label  string // the number that is printed, "" on a page without
	Runs   []Run
	Rules  []Rule
	Images []Image
	Links  []Link

	turned bool // a landscape page among upright ones
	bare   bool // without number and running head
}

// Run is a row of glyphs of one face, size and colour on one baseline.
type Run struct {
	Face    *Face
	Size    Length
	X, Y    Length // where the first glyph stands
	Glyphs  []Glyph
	Colour  Colour
	Element int
}

// Glyph is one glyph and the characters that it stands for. A space that only parts words, or a mark that a line break swallowed, has Text all the same, so
// that a reader who copies gets every character of the model.
type Glyph struct {
	ID   uint16
	Text string
	X    Length // from the X of its Run
}

// Rule is a filled rectangle: a line of a table, an underline, the red line of a document's head.
type Rule struct {
	X, Y, W, H Length
	Colour     Colour
	Element    int
}

// Image is a picture in its place.
type Image struct {
	Digest     string
	X, Y, W, H Length
	Element    int
}

// Link is an area that leads somewhere: to an address, or to a place in the book.
type Link struct {
	X, Y, W, H Length
	URL        string // "" for a place in the book
	Page       int
	At         Length // y on that page
	Element    int
}

// Bookmark is one entry of the outline, with its place.
type Bookmark struct {
	Title string
	Page  int
	At    Length
	Kids  []Bookmark
}

// Role is what an element is, by the names of PDF's standard structure types.
type Role string

// The roles that are used.
const (
	RoleDocument  Role = "Document"
	RolePart      Role = "Part"
	RoleArticle   Role = "Art"
	RoleTOC       Role = "TOC"
	RoleTOCI      Role = "TOCI"
	RoleH1        Role = "H1"
	RoleH2        Role = "H2"
	RoleH3        Role = "H3"
	RoleH4        Role = "H4"
	RoleP         Role = "P"
	RoleList      Role = "L"
	RoleItem      Role = "LI"
	RoleTable     Role = "Table"
	RoleRow       Role = "TR"
	RoleHeadCell  Role = "TH"
	RoleCell      Role = "TD"
	RoleFigure    Role = "Figure"
	RoleCaption   Role = "Caption"
	RoleNote      Role = "Note"
	RoleLink      Role = "Link"
	RoleReference Role = "Reference" // the mark of a footnote in the text; its link is in it
	RoleLabel     Role = "Lbl"       // the mark before a footnote
)

// inline reports whether an element stands in the middle of the text of its parent.
func (r Role) inline() bool { return r == RoleLink || r == RoleReference || r == RoleLabel }

// Element is one logical element of the work. What is drawn names the innermost element that it belongs to.
type Element struct {
	Role             Role
	Parent           int // -1 for the document
	Alt              string
	ColSpan, RowSpan int
	Text             string // of the model, for elements that hold text themselves; writers and Extract compare with it
}
