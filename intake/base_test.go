package intake

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io/fs"
	"strings"
	"testing"

	"tongfa/press"
)

// head is front matter that is right, so that a test can be wrong in one point only.
const head = "---\ntitle: 示例区关于某事的通知\nkind: notice\n---\n"

// files stands for a folder.
type files map[string][]byte

func (f files) open(name string) ([]byte, error) {
	if data, ok := f[name]; ok {
		return data, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func read(t *testing.T, name, text string, f files, o Options) Package {
	t.Helper()
	p, err := ReadBytes(name, []byte(text), f.open, o)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return p
}

// problems are what a document was refused for; a document that was taken fails the test.
func problems(t *testing.T, err error) []Problem {
	t.Helper()
	var r *Refusal
	if !errors.As(err, &r) || len(r.Problems) == 0 {
		t.Fatalf("not refused: %v", err)
	}
	return r.Problems
}

func body(p Package) string { return press.Text(p.Revision.Body) }

func warned(p Package, part string) bool {
	for _, w := range p.Warnings {
		if strings.Contains(w.Text, part) {
			return true
		}
	}
	return false
}

func pngOf(w, h int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	m.Set(0, 0, color.RGBA{200, 10, 10, 255})
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// chunk writes a PNG chunk.
func chunk(name string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(append(out, name...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// hugePNG claims to be of many pixels in its head.
func hugePNG(w, h uint32) []byte {
	ihdr := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	return append(append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(ihdr, 8, 2, 0, 0, 0))...), chunk("IEND", nil)...)
}

// jpegOf makes a photograph, red in its upper left corner, with an EXIF segment of the given orientation; 0 makes no segment.
func jpegOf(w, h int, orientation uint16) []byte {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 255, 255, 255}
			if x < w/2 && y < h/2 {
				c = color.RGBA{255, 0, 0, 255}
			}
			m.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		panic(err)
	}
	if orientation == 0 {
		return b.Bytes()
	}
	exif := []byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01")
	exif = append(binary.BigEndian.AppendUint16(exif, orientation), 0, 0, 0, 0, 0, 0)
	exif = append(exif, "GPSLatitude 36.2"...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2))
	return bytes.Join([][]byte{b.Bytes()[:2], segment, exif, b.Bytes()[2:]}, nil)
}

// part is a part of a zip; a name that begins with stored: is not compressed.
type part struct{ name, text string }

func zipOf(parts ...part) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range parts {
		h := &zip.FileHeader{Name: p.name, Method: zip.Deflate}
		if name, ok := strings.CutPrefix(p.name, "stored:"); ok {
			h.Name, h.Method = name, zip.Store
		}
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write([]byte(p.text))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func docxOf(more ...part) []byte {
	return zipOf(append([]part{{"[Content_Types].xml", "<Types/>"}, {"word/document.xml", "<w:document/>"}}, more...)...)
}

// oleOf is the outside of an old Office file: its head and directory names.
func oleOf(streams ...string) []byte {
	b := append([]byte(oleHead), make([]byte, 2048)...)
	for _, s := range streams {
		b = append(b, utf16Name(s)...)
	}
	return append(b, make([]byte, 4096-len(b)%512)...)
}

const pdf = "%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
