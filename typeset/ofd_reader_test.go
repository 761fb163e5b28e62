package typeset

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/draw"
	_ "image/png"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	printing "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// ofdReader is what opens an OFD in a test: ofd.js, which others wrote, in a browser.
type ofdReader struct{ ctx context.Context }

// newOFDReader starts the browser, or ends the test with a word where something is not installed.
func newOFDReader(t *testing.T) ofdReader {
	t.Helper()
	if _, err := os.Stat("testdata/ofdreader/node_modules/ofd.umd.min.js"); err != nil {
		missing(t, "no reader of OFD: run typeset/testdata/ofdreader/fetch")
	}
	return ofdReader{browser(t)}
}

// pixelsPerMM is the size at which the reader draws: at that of a screen, as it has it fixed for pictures.
const pixelsPerMM = 3.785

// enlarged is how many times as large it prints, as a browser places what it draws at whole pixels.
const enlarged = 4

// print has the reader draw all pages of an OFD, and prints them to a PDF.
func (r ofdReader) print(t *testing.T, data []byte) string {
	t.Helper()
	parts := partsOf(t, data)
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir("testdata/ofdreader")))
	mux.Handle("/ofd.umd.min.js", http.FileServer(http.Dir("testdata/ofdreader/node_modules")))
	mux.HandleFunc("/issue.ofd", func(w http.ResponseWriter, _ *http.Request) { w.Write(data) })
	mux.HandleFunc("/font/{name}", func(w http.ResponseWriter, q *http.Request) { w.Write(parts["Doc_0/Res/"+q.PathValue("name")]) })
	s := httptest.NewServer(mux)
	defer s.Close()
	fonts, err := json.Marshal(fontsOf(t, parts))
	if err != nil {
		t.Fatal(err)
	}
	var pages int
	var pdf []byte
	err = chromedp.Run(r.ctx, chromedp.Navigate(s.URL+"/page.html"),
		chromedp.Evaluate(fmt.Sprintf("show(%v, %d, %s)", pixelsPerMM, enlarged, fonts), &pages, awaited),
		chromedp.ActionFunc(func(ctx context.Context) (err error) {
			pdf, _, err = printing.PrintToPDF().WithPreferCSSPageSize(true).WithPrintBackground(true).Do(ctx)
			return err
		}))
	if err != nil {
		t.Fatalf("ofd.js: %v", err)
	}
	return onDisk(t, "reader.pdf", pdf)
}

// partsOf are the files of an archive.
func partsOf(t *testing.T, data []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if out[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// fontsOf says of each text object which font file of the archive it is set in.
func fontsOf(t *testing.T, parts map[string][]byte) map[string]string {
	t.Helper()
	file, out := map[string]string{}, map[string]string{}
	for name, data := range parts {
		if !strings.HasSuffix(name, "Res.xml") {
			continue
		}
		root, err := parsed(data)
		if err != nil {
			t.Fatal(err)
		}
		root.each(func(n *node) {
			if n.name == "Font" {
				file[n.attr["ID"]] = n.kid("FontFile").text
			}
		})
	}
	for name, data := range parts {
		if !strings.HasSuffix(name, "Content.xml") {
			continue
		}
		root, err := parsed(data)
		if err != nil {
			t.Fatal(err)
		}
		root.each(func(n *node) {
			if n.name == "TextObject" {
				out[n.attr["ID"]] = file[n.attr["Font"]]
			}
		})
	}
	return out
}

// perInch is how fine pages are drawn to be compared: a character of the body is 10 pixels wide.
const perInch = 72

// drawnPages are the pages of a PDF as grey pictures, drawn by poppler.
func drawnPages(t *testing.T, pdf string, perInch int) []*image.Gray {
	t.Helper()
	dir := t.TempDir()
	tool(t, "pdftoppm", "poppler-utils", "-png", "-r", fmt.Sprint(perInch), pdf, filepath.Join(dir, "p"))
	names, err := filepath.Glob(filepath.Join(dir, "p*.png"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names) // they are numbered with leading zeros
	var out []*image.Gray
	for _, n := range names {
		f, err := os.Open(n)
		if err != nil {
			t.Fatal(err)
		}
		m, _, err := image.Decode(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		grey := image.NewGray(m.Bounds())
		draw.Draw(grey, m.Bounds(), m, m.Bounds().Min, draw.Src)
		out = append(out, grey)
	}
	return out
}

// square is the edge of the squares, in pixels, whose ink is compared: less than a character.
const square = 4

// ink is how dark each square of a page is, 1 being black.
func ink(m *image.Gray, cols, rows int) []float64 {
	out := make([]float64, cols*rows)
	for y := range m.Bounds().Dy() {
		row := m.Pix[y*m.Stride:][:m.Bounds().Dx()]
		for x, v := range row {
			out[y/square*cols+x/square] += float64(255-v) / (255 * square * square)
		}
	}
	return out
}

// unlike is how much ink of two pages stands in other places, as a part of all ink, and by how much a square differs, which one most. The few squares that differ
// most do not count: poppler draws the edges of a picture at whole pixels.
func unlike(a, b *image.Gray) (part float64, dark float64, at image.Point) {
	const few = 20
	cols, rows := max(a.Bounds().Dx(), b.Bounds().Dx())/square+1, max(a.Bounds().Dy(), b.Bounds().Dy())/square+1
	x, y := ink(a, cols, rows), ink(b, cols, rows)
	var all, off, worst float64
	by := make([]float64, len(x))
	for i := range x {
		d := math.Abs(x[i] - y[i])
		all, off, by[i] = all+x[i]+y[i], off+d, d
		if d > worst {
			worst, at = d, image.Pt(i%cols*square, i/cols*square)
		}
	}
	if all == 0 {
		return 0, 0, at
	}
	slices.Sort(by)
	return off / all, by[len(by)-1-few], at
}

// compare makes a work as PDF and as OFD, has the reader draw the OFD, and tells of every page that is not like that of the PDF.
func (r ofdReader) compare(t *testing.T, w *Work, m Making, square float64) {
	t.Helper()
	m.Faces, m.Made, m.Formats = faces(t), made(), []Format{FormatPDF, FormatOFD}
	out, book, err := Make(w, m)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := drawnPages(t, onDisk(t, "ours.pdf", out[FormatPDF]), perInch), drawnPages(t, r.print(t, out[FormatOFD]), perInch/enlarged)
	if len(theirs) != len(ours) || len(ours) != len(book.Pages) {
		t.Fatalf("%s: the reader draws %d pages, the PDF has %d", m.Style.Name, len(theirs), len(ours))
	}
	var most, dark float64
	for i := range ours {
		part, worst, at := unlike(ours[i], theirs[i])
		most, dark = max(most, part), max(dark, worst)
		if part > mostUnlike || worst > square {
			t.Errorf("%s, page %d: %.3f of the ink stands elsewhere, at %v a square is darker by %.3f", m.Style.Name, i+1, part, at, worst)
		}
	}
	t.Logf("%s: %d pages, at most %.3f of the ink of a page elsewhere, %.3f in a square", m.Style.Name, len(ours), most, dark)
}

// How far two pages may differ that show the same: by less than a line that stands a third of a character off.
const (
	mostUnlike = 0.12
	mostSquare = 0.14
)

// TestAnotherReaderDrawsTheOFDAsThePDF opens OFDs in a reader that others wrote and compares every page with that of the PDF.
// The second carries all that an OFD may have besides: a watermark, a file, and a signature.
func TestAnotherReaderDrawsTheOFDAsThePDF(t *testing.T) {
	t.Parallel()
	r := newOFDReader(t)
	w := issue(t)
	r.compare(t, w, Making{Style: Gazette()}, mostSquare)
	w.Head = &RedHead{Mark: "示例区人民政府办公室文件", Number: "示政办发〔2026〕12号", Copies: "区委各部门。", Printer: "示例区人民政府办公室", PrintedOn: "2026年11月26日印发"}
	r.compare(t, w, Making{Style: Official(), Watermark: "清样 不得外传", OFD: OFD{Signer: credential(t, sm2Key(t)), Attachments: []Attached{{"统计表.xlsx", []byte("x")}}}}, mostSquare)
}

// TestAReaderThatDrawsElsewhereIsSeen moves one line of an OFD by a third of a character.
func TestAReaderThatDrawsElsewhereIsSeen(t *testing.T) {
	t.Parallel()
	r := newOFDReader(t)
	w := issue(t)
	w.Sections = w.Sections[1:]
	out := files(t, w, Gazette(), faces(t))
	last := "Doc_0/Pages/Page_3/Content.xml"
	content := string(partsOf(t, out[FormatOFD])[last])
	moved := regexp.MustCompile(`(<ofd:TextCode X=")0(" Y="[0-9.]+" DeltaX="[^"]+">见)`).ReplaceAllString(content, "${1}1.2$2")
	if moved == content {
		t.Fatal("there is no line to be moved")
	}
	ours, theirs := drawnPages(t, onDisk(t, "ours.pdf", out[FormatPDF]), perInch), drawnPages(t, r.print(t, replaced(t, out[FormatOFD], last, []byte(moved))), perInch/enlarged)
	part, worst, _ := unlike(ours[3], theirs[3])
	t.Logf("a line that is moved: %.3f of the ink of its page elsewhere, %.3f in a square", part, worst)
	if part <= mostUnlike && worst <= mostSquare {
		t.Error("a line is moved, and nobody sees it")
	}
}
