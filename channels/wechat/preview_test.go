package wechat

import (
	"context"
	"strings"
	"testing"

	"tongfa/channels"
)

var _ channels.Previewer = (*Channel)(nil)

// The body that is seen before is the body that is handed over, but for the addresses of the pictures.
func TestPreviewIsTheBody(t *testing.T) {
	w := newOffice(t, modePublish)
	e := full(w)
	e.Copy.Marker = "0123456789abcdef0123"
	e.Public = w.clock()
	seen, err := w.c.Preview(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	body := w.c.render(e, func(digest string) string { return "picture/" + digest })
	if !strings.Contains(string(seen.Page), `<div id="js_content">`+body+`</div>`) {
		t.Error("the body is not what would be handed over")
	}
	if !strings.Contains(string(seen.Page), title(e.Revision)) || strings.Contains(string(seen.Page), "<script") {
		t.Errorf("page %s", seen.Page)
	}
	for _, f := range seen.Files[:1] {
		if !strings.Contains(string(seen.Page), `"`+f.URL+`"`) {
			t.Errorf("the page does not refer to %s", f.URL)
		}
	}
}
