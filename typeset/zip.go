package typeset

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"io"
	"time"

	"github.com/emmansun/gmsm/sm3"
)

// archive writes a ZIP file whose bytes depend on its content only.
type archive struct {
	z   *zip.Writer
	at  time.Time
	err error

	packer   *flate.Writer
	digested bool // whether the SM3 digest of each part is kept
	sums     []partSum
}

func newArchive(w io.Writer, at time.Time) *archive {
	a := &archive{z: zip.NewWriter(w), at: at.UTC().Truncate(2 * time.Second)}
	a.z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { // parts are written one after the other: one compressor serves all
		if a.packer == nil {
			var err error
			a.packer, err = flate.NewWriter(w, flate.DefaultCompression)
			return a.packer, err
		}
		a.packer.Reset(w)
		return a.packer, nil
	})
	if a.at.Year() < 1980 {
		a.at = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return a
}

// add puts a file in. What fails is told at the end.
func (a *archive) add(name string, data []byte, method uint16) {
	if a.err != nil {
		return
	}
	h := &zip.FileHeader{Name: name, Method: method, Modified: a.at}
	if name == "mimetype" {
		h.Modified = time.Time{} // a moment would be written as an extra field, which EPUB forbids there
	}
	w, err := a.z.CreateHeader(h)
	if err == nil {
		_, err = w.Write(data)
	}
	if a.digested {
		a.sums = append(a.sums, partSum{name, sm3.Sum(data)})
	}
	a.err = err
}

func (a *archive) text(name string, b *bytes.Buffer) { a.add(name, b.Bytes(), zip.Deflate) }

func (a *archive) close() error {
	if a.err != nil {
		return a.err
	}
	return a.z.Close()
}
