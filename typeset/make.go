package typeset

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Making says what is made of a work, and how.
type Making struct {
	Style     *Style
	Faces     Faces
	Made      time.Time // in the metadata; the same moment gives the same bytes
	Formats   []Format  // nil for all
	Watermark string    // across every page of PDF and OFD; "" for none
	PDF       PDF       // what a PDF has besides; its moment and its watermark are those of the making
	OFD       OFD
	Fallback  []Fallback        // asked in their order for the characters that no face of the style has, and loaded only then
	Done      func(Format, int) // told after each format, with its bytes; nil for nobody
}

// Make lays a work out once and writes its formats; twice when characters are missing that a fallback face has.
func Make(w *Work, m Making) (map[Format][]byte, *Book, error) {
	if m.Formats == nil {
		m.Formats = Formats()
	}
	files, book, err := m.make(w)
	var none MissingError
	if !errors.As(err, &none) || len(m.Fallback) == 0 {
		return files, book, err
	}
	found, loadErr := m.fallBack(none)
	if loadErr != nil || !found {
		return nil, nil, errors.Join(err, loadErr)
	}
	return m.make(w)
}

func (m *Making) make(w *Work) (map[Format][]byte, *Book, error) {
	var book *Book
	if slices.Contains(m.Formats, FormatPDF) || slices.Contains(m.Formats, FormatOFD) {
		var err error
		if book, err = Compose(w, m.Style, m.Faces); err != nil {
			return nil, nil, err
		}
	}
	m.PDF.Made, m.OFD.Made = m.Made, m.Made
	m.PDF.Watermark, m.OFD.Watermark = m.Watermark, m.Watermark
	out := map[Format][]byte{}
	for _, f := range m.Formats {
		var b bytes.Buffer
		if err := m.write(&b, f, w, book); err != nil {
			return nil, nil, fmt.Errorf("make %s: %w", f, err)
		}
		out[f] = b.Bytes()
		if m.Done != nil {
			m.Done(f, b.Len())
		}
	}
	return out, book, nil
}

func (m *Making) write(b *bytes.Buffer, f Format, w *Work, book *Book) error {
	switch f {
	case FormatPDF:
		return WritePDF(b, book, m.PDF)
	case FormatOFD:
		return WriteOFD(b, book, m.OFD)
	case FormatEPUB:
		return WriteEPUB(b, w, EPUB{Made: m.Made})
	case FormatHTML:
		return WriteHTML(b, w, HTML{Style: m.Style, Faces: m.Faces})
	}
	return fmt.Errorf("no format is called %q", f)
}

// Single is one article of a work as a work of its own: the PDF of an article beside that of the whole. Its pages name the issue that it stood in.
func (w *Work) Single(a Article) *Work {
	volume := ""
	if w.Volume != "" {
		volume = w.Name + " " + w.Volume
	}
	return &Work{Name: a.Title, Volume: volume, Issuer: w.Issuer, Pictures: w.Pictures, Sections: []Section{{Articles: []Article{a}}}}
}
