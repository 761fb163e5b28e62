//go:build rivals

package typeset

import (
	"os"
	"strings"
	"testing"

	"tongfa/press"
)

// TestAnotherReaderDrawsAWholeEdition compares every page of an issue of the usual size, in every style of a gazette, and of the text file that TONGFA_TEXT names, as an
// issue and as an official document. By hand, as it takes minutes (docs/typesetting.md).
func TestAnotherReaderDrawsAWholeEdition(t *testing.T) {
	r := newOFDReader(t)
	if name := os.Getenv("TONGFA_TEXT"); name != "" {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		a := Article{ID: "1", Title: "政府信息公开工作年度报告"}
		for _, l := range strings.Split(string(data), "\n") {
			if l = strings.TrimSpace(l); l != "" {
				a.Body = append(a.Body, press.P(l))
			}
		}
		w := &Work{Name: a.Title, Sections: []Section{{Articles: []Article{a}}}}
		r.compare(t, w, Making{Style: Gazette()}, mostSquare)
		r.compare(t, w, Making{Style: Official()}, mostSquare)
	}
	for _, s := range []*Style{Gazette(), Gazette16(), GazetteTwoColumns()} {
		r.compare(t, edition(t), Making{Style: s}, 0.22) // bold titles and pictures that lie a quarter of a pixel off, which poppler rounds
	}
}
