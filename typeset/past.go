package typeset

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	reader "github.com/digitorus/pdf"
)

// What is wrong with a PDF that somebody else made.
var (
	ErrNotPDF      = errors.New("not a PDF")
	ErrCutPDF      = errors.New("the PDF has no end")
	ErrEncrypted   = errors.New("the PDF is encrypted")
	ErrActive      = errors.New("the PDF has scripts, or starts programs")
	ErrUnreadable  = errors.New("the PDF cannot be read")
	errTooSlow     = errors.New("it takes too long to read")
	errNoPageCount = errors.New("it has no pages")
	errVast        = errors.New("it claims to have more objects than any PDF has")
)

// mostReading is how long a PDF may take to be read.
const mostReading = 20 * time.Second

// PagesOf reads how many pages a PDF has that somebody else made, such as a past issue's. One that is not whole, wants a password, or does anything by itself
// when it is opened is refused, and one that breaks its reader or keeps it busy.
func PagesOf(data []byte) (int, error) {
	switch {
	case !bytes.HasPrefix(data, []byte("%PDF-")):
		return 0, ErrNotPDF
	case !bytes.Contains(data[max(0, len(data)-64<<10):], []byte("%%EOF")):
		return 0, ErrCutPDF
	}
	for _, mark := range []string{"/JavaScript", "/Launch", "/RichMedia"} {
		if bytes.Contains(data, []byte(mark)) {
			return 0, ErrActive
		}
	}
	if vastTable(data) {
		return 0, fmt.Errorf("%w: %w", ErrUnreadable, errVast)
	}
	type answer struct {
		pages int
		err   error
	}
	got := make(chan answer, 1)
	go func() {
		n, err := pagesOf(data)
		got <- answer{n, err}
	}()
	select {
	case a := <-got:
		return a.pages, a.err
	case <-time.After(mostReading):
		return 0, fmt.Errorf("%w: %w", ErrUnreadable, errTooSlow)
	}
}

// mostObjects is how many objects a PDF may claim to have: the reader makes room for all of them before it looks for the first.
const mostObjects = 4_000_000

var tableSize = regexp.MustCompile(`/Size\s*(\d+)|xref\s+(\d+)\s+(\d+)\s|\n(\d+)\s+(\d+)\s+\d{10}\s\d{5}\s[nf]`)

func vastTable(data []byte) bool {
	for _, m := range tableSize.FindAllSubmatch(data, -1) {
		for _, digits := range m[1:] {
			if n, err := strconv.Atoi(string(digits)); len(digits) > 0 && (err != nil || n > mostObjects) {
				return true
			}
		}
	}
	return false
}

// pagesOf reads the pages and what the catalogue does when it is opened. The reader panics at what it does not expect.
func pagesOf(data []byte) (pages int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrUnreadable, r)
		}
	}()
	r, err := reader.NewReader(bytes.NewReader(data), int64(len(data)))
	if errors.Is(err, reader.ErrInvalidPassword) || err != nil && bytes.Contains(data, []byte("/Encrypt")) {
		return 0, ErrEncrypted
	}
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if !r.Trailer().Key("Encrypt").IsNull() {
		return 0, ErrEncrypted
	}
	root := r.Trailer().Key("Root")
	if s := root.Key("OpenAction").Key("S").Name(); s == "JavaScript" || s == "Launch" || !root.Key("Names").Key("JavaScript").IsNull() {
		return 0, ErrActive
	}
	pages = r.NumPage()
	if pages < 1 {
		return 0, fmt.Errorf("%w: %w", ErrUnreadable, errNoPageCount)
	}
	return pages, nil
}
