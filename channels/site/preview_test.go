package site

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"tongfa/channels"
)

var _ channels.Previewer = (*Site)(nil)

// What is seen before is what comes, byte for byte.
func TestPreviewIsThePage(t *testing.T) {
	w := newTown(t)
	e := w.compose(w.entry()).Entries[0]
	seen, err := w.site.Preview(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(w.site.abs(w.path(e))); err == nil {
		t.Error("a preview wrote the page")
	}
	w.publish(e)
	page := w.read(w.path(e))
	if !bytes.Equal(page, seen.Page) {
		t.Errorf("the page differs from its preview:\n%s\n---\n%s", page, seen.Page)
	}
	css := false
	for _, f := range seen.Files {
		if !bytes.Contains(page, []byte(f.URL)) && !strings.HasSuffix(f.URL, ".svg") {
			t.Errorf("the page does not refer to %s", f.URL)
		}
		css = css || strings.HasPrefix(f.MIME, "text/css") && len(f.Data) > 0
	}
	if !css {
		t.Error("no style sheet")
	}
}
